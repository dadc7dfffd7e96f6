// RUN: ingot-opt %s --ingot-simplify=shapes=batch=2 --ingot-layout | FileCheck %s
// RUN: not ingot-opt %s --ingot-simplify=shapes=rows=2 2>&1 | FileCheck %s --check-prefix=NAME

// The phases together: a convolution with its batch normalization and activation, in ONNX's order of dimensions, becomes one convolution
// with a bias, channels last.

// NAME: the model has no input and no dimension of this name

// CHECK: func.func @model(%[[X:[a-z0-9]+]]: tensor<2x1x4x4xf32> {{.*}}) -> (tensor<2x2xf32> {ingot.name = "y"})
// CHECK: %[[T:.*]] = ingot.reshape %[[X]] sizes [2, 4, 4, 1]
// CHECK: %[[C:.*]] = ingot.conv %[[T]]
// CHECK: %[[A:.*]] = ingot.add %[[C]]
// CHECK: %[[M:.*]] = ingot.max %[[A]]
// CHECK: %[[R:.*]] = ingot.reduce max %[[M]] dimensions = [1, 2]
// CHECK: return %[[R]]
func.func @model(%x: tensor<?x1x4x4xf32> {ingot.name = "x", ingot.symbols = ["batch", "", "", ""]}) -> (tensor<?x2xf32> {ingot.name = "y"}) {
  %c0 = arith.constant 0 : index
  %n = tensor.dim %x, %c0 : tensor<?x1x4x4xf32>
  %w = ingot.constant dense<[[[[1.0]]], [[[2.0]]]]> : tensor<2x1x1x1xf32>
  %scale = ingot.constant dense<[2.0, 3.0]> : tensor<2xf32>
  %shift = ingot.constant dense<[5.0, 7.0]> : tensor<2xf32>
  %zero = ingot.constant dense<0.0> : tensor<f32>
  %0 = ingot.transpose %x permutation = [0, 2, 3, 1] : (tensor<?x1x4x4xf32>) -> tensor<?x4x4x1xf32>
  %1 = ingot.transpose %w permutation = [2, 3, 1, 0] : (tensor<2x1x1x1xf32>) -> tensor<1x1x1x2xf32>
  %2 = ingot.conv %0, %1 strides [1, 1] dilations [1, 1] pads [0, 0] x [0, 0] : (tensor<?x4x4x1xf32>, tensor<1x1x1x2xf32>) -> tensor<?x4x4x2xf32>
  %3 = ingot.transpose %2 permutation = [0, 3, 1, 2] : (tensor<?x4x4x2xf32>) -> tensor<?x2x4x4xf32>
  %4 = ingot.broadcast %scale dimensions = [1] sizes [%n, 2, 4, 4] : (tensor<2xf32>) -> tensor<?x2x4x4xf32>
  %5 = ingot.mul %3, %4 : tensor<?x2x4x4xf32>
  %6 = ingot.broadcast %shift dimensions = [1] sizes [%n, 2, 4, 4] : (tensor<2xf32>) -> tensor<?x2x4x4xf32>
  %7 = ingot.add %5, %6 : tensor<?x2x4x4xf32>
  %8 = ingot.broadcast %zero dimensions = [] sizes [%n, 2, 4, 4] : (tensor<f32>) -> tensor<?x2x4x4xf32>
  %9 = ingot.max %7, %8 : tensor<?x2x4x4xf32>
  %10 = ingot.reduce_window max %9 window [1, 1, 4, 4] strides [1, 1, 1, 1] dilations [1, 1, 1, 1] pads [0, 0, 0, 0] x [0, 0, 0, 0] : (tensor<?x2x4x4xf32>) -> tensor<?x2x1x1xf32>
  %11 = ingot.reshape %10 sizes [%n, 2] : (tensor<?x2x1x1xf32>) -> tensor<?x2xf32>
  return %11 : tensor<?x2xf32>
}
