// RUN: ingot-opt %s | ingot-opt | FileCheck %s
// RUN: ingot-opt %s --mlir-print-op-generic | ingot-opt | FileCheck %s

// CHECK-LABEL: func.func @f0
// CHECK: ingot.grad %{{.*}} cotangents %{{.*}} wrt %{{.*}}, %{{.*}} : (tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x3xf32>, tensor<3x4xf32>)
func.func @f0(%x: tensor<?x3xf32>, %w: tensor<3x4xf32>, %dy: tensor<?x4xf32>) -> (tensor<?x3xf32>, tensor<3x4xf32>) {
  %y = ingot.contract %x, %w batch [] x [] contracting [1] x [0] : (tensor<?x3xf32>, tensor<3x4xf32>) -> tensor<?x4xf32>
  %dx, %dw = ingot.grad %y cotangents %dy wrt %x, %w
     : (tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x3xf32>, tensor<3x4xf32>) -> (tensor<?x3xf32>, tensor<3x4xf32>)
  return %dx, %dw : tensor<?x3xf32>, tensor<3x4xf32>
}

// CHECK-LABEL: func.func @f1
// CHECK: ingot.grad %{{.*}}, %{{.*}} wrt %{{.*}} : (tensor<f32>, tensor<f64>, tensor<3xf32>) -> tensor<3xf32>
func.func @f1(%x: tensor<3xf32>, %y: tensor<f32>, %z: tensor<f64>) -> tensor<3xf32> {
  %dx = ingot.grad %y, %z wrt %x : (tensor<f32>, tensor<f64>, tensor<3xf32>) -> tensor<3xf32>
  return %dx : tensor<3xf32>
}
