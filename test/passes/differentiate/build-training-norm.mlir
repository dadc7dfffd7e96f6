// RUN: ingot-opt %s "--build-training=forward=forward losses={{output:y:reduction=mean}} clip-norm=1" | FileCheck %s

// The norm of a large parameter is summed by rows, which are tasks of their own; that of a small one at once.
// CHECK-LABEL: func.func @train_apply
// CHECK-DAG: %[[LARGE:.*]] = ingot.parameter gradient "gradient:large"
// CHECK-DAG: %[[SMALL:.*]] = ingot.parameter gradient "gradient:small"
// CHECK: %[[ROWS:.*]] = ingot.reduce sum %{{.*}} dimensions = [1, 2] : (tensor<64x32x32xf32>) -> tensor<64xf32>
// CHECK: ingot.reduce sum %[[ROWS]] dimensions = [0] : (tensor<64xf32>) -> tensor<f32>
// CHECK: ingot.reduce sum %{{.*}} dimensions = [0, 1] : (tensor<4x3xf32>) -> tensor<f32>
func.func @forward(%x: tensor<4x3xf32> {ingot.name = "x"}) -> (tensor<4x3xf32> {ingot.name = "y"}) {
  %large = ingot.parameter parameter "large" dense<1.0> : tensor<64x32x32xf32>
  %small = ingot.parameter parameter "small" dense<1.0> : tensor<4x3xf32>
  %sum = ingot.reduce sum %large dimensions = [0, 1, 2] : (tensor<64x32x32xf32>) -> tensor<f32>
  %wide = ingot.broadcast %sum dimensions = [] sizes [4, 3] : (tensor<f32>) -> tensor<4x3xf32>
  %0 = ingot.mul %x, %small : tensor<4x3xf32>
  %y = ingot.add %0, %wide : tensor<4x3xf32>
  return %y : tensor<4x3xf32>
}
