// RUN: ingot-opt %s --build-training="forward=main inference=main losses=output:y scale-loss" --canonicalize | FileCheck %s
// RUN: ingot-opt %s --build-training="forward=main inference=main losses=output:y" | FileCheck %s --check-prefix=WITHOUT

// WITHOUT-NOT: loss_scale
// WITHOUT-NOT: found_inf

// The gradient is that of the loss times the scale until it is divided; what is found not to be finite keeps everything as it is.
// CHECK-LABEL: func.func @train(
// CHECK-SAME: tensor<f64> {ingot.name = "found_inf", ingot.output_role = "found_inf"
// CHECK: %[[SCALE:.*]] = ingot.step_scalar "loss_scale"
// CHECK: %[[W:.*]] = ingot.parameter parameter "w"
// CHECK: %[[DY:.*]] = ingot.cast %[[SCALE]] : (tensor<f64>) -> tensor<f32>
// CHECK: ingot.broadcast %[[DY]]
// CHECK: %[[INVERSE:.*]] = ingot.div %{{.*}}, %[[SCALE]]
// CHECK: ingot.cast %[[INVERSE]]
// CHECK: %[[NORM:.*]] = ingot.sqrt
// CHECK: %[[GOOD:.*]] = ingot.and
// CHECK: ingot.select %{{.*}}, %{{.*}}, %[[W]]
// CHECK: ingot.select %[[GOOD]]

// Accumulated gradients stay scaled: the runtime says by what they are divided.
// CHECK-LABEL: func.func @train_gradient(
// CHECK: ingot.step_scalar "loss_scale"
// CHECK-NOT: ingot.div
// CHECK-LABEL: func.func @train_apply(
// CHECK-SAME: ingot.output_role = "found_inf"
// CHECK: ingot.step_scalar "grad_scale"
func.func @main(%x: tensor<3xf32> {ingot.name = "x"}) -> (tensor<f32> {ingot.name = "y"}) {
  %w = ingot.parameter parameter "w" dense<1.0> : tensor<3xf32>
  %p = ingot.mul %x, %w : tensor<3xf32>
  %y = ingot.reduce sum %p dimensions = [0] : (tensor<3xf32>) -> tensor<f32>
  return %y : tensor<f32>
}
