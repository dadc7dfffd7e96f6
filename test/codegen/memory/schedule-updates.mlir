// RUN: ingot-opt %s --schedule-updates | FileCheck %s

// Numbers come first; the update of %w follows its gradient and the last reader of the old value, and is not the last thing to happen.
// CHECK-LABEL: func.func @step
// CHECK: dispatch @number
// CHECK: dispatch @forward
// CHECK: dispatch @gradient
// CHECK: dispatch @reader
// CHECK: dispatch @update
// CHECK: dispatch @other
func.func @step(%x: tensor<8xf32>, %rate: tensor<f64> {ingot.scalar = "lr"}, %w: tensor<8xf32> {ingot.variable = "w", ingot.written})
    -> (tensor<8xf32>, tensor<8xf32> {ingot.variable = "w"}) {
  %e0 = tensor.empty() : tensor<8xf32>
  %y = linalg_ext.dispatch @forward ins(%x, %w : tensor<8xf32>, tensor<8xf32>) scalars() outs(%e0 : tensor<8xf32>) -> tensor<8xf32>
  %e1 = tensor.empty() : tensor<8xf32>
  %g = linalg_ext.dispatch @gradient ins(%x, %y : tensor<8xf32>, tensor<8xf32>) scalars() outs(%e1 : tensor<8xf32>) -> tensor<8xf32>
  %e2 = tensor.empty() : tensor<8xf32>
  %dx = linalg_ext.dispatch @reader ins(%y, %w : tensor<8xf32>, tensor<8xf32>) scalars() outs(%e2 : tensor<8xf32>) -> tensor<8xf32>
  %e3 = tensor.empty() : tensor<8xf32>
  %z = linalg_ext.dispatch @other ins(%dx : tensor<8xf32>) scalars() outs(%e3 : tensor<8xf32>) -> tensor<8xf32>
  %e4 = tensor.empty() : tensor<f32>
  %r = linalg_ext.dispatch @number ins(%rate : tensor<f64>) scalars() outs(%e4 : tensor<f32>) -> tensor<f32>
  %e5 = tensor.empty() : tensor<8xf32>
  %next = linalg_ext.dispatch @update ins(%w, %g, %r : tensor<8xf32>, tensor<8xf32>, tensor<f32>) scalars() outs(%e5 : tensor<8xf32>) -> tensor<8xf32>
  return %z, %next : tensor<8xf32>, tensor<8xf32>
}

// A function that changes nothing stays as it is.
// CHECK-LABEL: func.func @inference
// CHECK: dispatch @forward
// CHECK: dispatch @number
func.func @inference(%x: tensor<8xf32>, %rate: tensor<f64>, %w: tensor<8xf32>) -> (tensor<8xf32>, tensor<f32>) {
  %e0 = tensor.empty() : tensor<8xf32>
  %y = linalg_ext.dispatch @forward ins(%x, %w : tensor<8xf32>, tensor<8xf32>) scalars() outs(%e0 : tensor<8xf32>) -> tensor<8xf32>
  %e4 = tensor.empty() : tensor<f32>
  %r = linalg_ext.dispatch @number ins(%rate : tensor<f64>) scalars() outs(%e4 : tensor<f32>) -> tensor<f32>
  return %y, %r : tensor<8xf32>, tensor<f32>
}

func.func private @forward(%x: tensor<8xf32>, %w: tensor<8xf32>, %out: tensor<8xf32>) -> tensor<8xf32> attributes {ingot.kernel} {
  return %out : tensor<8xf32>
}
func.func private @gradient(%x: tensor<8xf32>, %w: tensor<8xf32>, %out: tensor<8xf32>) -> tensor<8xf32> attributes {ingot.kernel} {
  return %out : tensor<8xf32>
}
func.func private @reader(%x: tensor<8xf32>, %w: tensor<8xf32>, %out: tensor<8xf32>) -> tensor<8xf32> attributes {ingot.kernel} {
  return %out : tensor<8xf32>
}
func.func private @other(%x: tensor<8xf32>, %out: tensor<8xf32>) -> tensor<8xf32> attributes {ingot.kernel} {
  return %out : tensor<8xf32>
}
func.func private @number(%x: tensor<f64>, %out: tensor<f32>) -> tensor<f32> attributes {ingot.kernel} {
  return %out : tensor<f32>
}
func.func private @update(%x: tensor<8xf32>, %g: tensor<8xf32>, %r: tensor<f32>, %out: tensor<8xf32>) -> tensor<8xf32> attributes {ingot.kernel} {
  return %out : tensor<8xf32>
}
