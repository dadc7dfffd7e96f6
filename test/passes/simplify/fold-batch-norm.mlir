// RUN: ingot-opt %s --fold-batch-norm --canonicalize --constant-fold --canonicalize --split-input-file | FileCheck %s

// Scale and shift of a batch normalization behind the transpose of a convolution.

// CHECK-LABEL: func.func @conv
// CHECK-DAG: %[[W:.*]] = ingot.constant dense<{{\[\[\[\[}}2.000000e+00, 3.000000e+01]]]]> : tensor<1x1x1x2xf32>
// CHECK-DAG: %[[B:.*]] = ingot.constant dense<[1.200000e+01, 3.300000e+01]> : tensor<2xf32>
// CHECK: ingot.conv %{{.*}}, %[[W]]
// CHECK-NOT: ingot.mul
// CHECK: %[[BIAS:.*]] = ingot.broadcast %[[B]] dimensions = [1]
// CHECK: ingot.add %{{.*}}, %[[BIAS]]
// CHECK-NOT: ingot.{{add|mul}}
// CHECK: return
func.func @conv(%x: tensor<1x4x4x1xf32>) -> tensor<1x2x4x4xf32> {
  %w = ingot.constant dense<[[[[1.0, 10.0]]]]> : tensor<1x1x1x2xf32>
  %s = ingot.constant dense<[2.0, 3.0]> : tensor<2xf32>
  %b = ingot.constant dense<[5.0, 10.0]> : tensor<2xf32>
  %t = ingot.constant dense<[2.0, 3.0]> : tensor<2xf32>
  %0 = ingot.conv %x, %w strides [1, 1] dilations [1, 1] pads [0, 0] x [0, 0] : (tensor<1x4x4x1xf32>, tensor<1x1x1x2xf32>) -> tensor<1x4x4x2xf32>
  %1 = ingot.transpose %0 permutation = [0, 3, 1, 2] : (tensor<1x4x4x2xf32>) -> tensor<1x2x4x4xf32>
  %bb = ingot.broadcast %b dimensions = [1] sizes [1, 2, 4, 4] : (tensor<2xf32>) -> tensor<1x2x4x4xf32>
  %2 = ingot.add %1, %bb : tensor<1x2x4x4xf32>
  %ss = ingot.broadcast %s dimensions = [1] sizes [1, 2, 4, 4] : (tensor<2xf32>) -> tensor<1x2x4x4xf32>
  %3 = ingot.mul %2, %ss : tensor<1x2x4x4xf32>
  %tt = ingot.broadcast %t dimensions = [1] sizes [1, 2, 4, 4] : (tensor<2xf32>) -> tensor<1x2x4x4xf32>
  %4 = ingot.add %3, %tt : tensor<1x2x4x4xf32>
  return %4 : tensor<1x2x4x4xf32>
}

// -----

// The free dimension of a contraction's constant operand, and a dynamic batch.

// CHECK-LABEL: func.func @contract
// CHECK-DAG: %[[W:.*]] = ingot.constant dense<{{\[\[}}5.000000e-01, 2.500000e-01], [1.000000e+00, 5.000000e-01], [2.000000e+00, 1.000000e+00]]> : tensor<3x2xf32>
// CHECK: %[[R:.*]] = ingot.contract %{{.*}}, %[[W]]
// CHECK: return %[[R]]
func.func @contract(%x: tensor<?x3xf32>) -> tensor<?x2xf32> {
  %c0 = arith.constant 0 : index
  %n = tensor.dim %x, %c0 : tensor<?x3xf32>
  %w = ingot.constant dense<[[1.0, 1.0], [2.0, 2.0], [4.0, 4.0]]> : tensor<3x2xf32>
  %s = ingot.constant dense<[2.0, 4.0]> : tensor<2xf32>
  %0 = ingot.contract %x, %w batch [] x [] contracting [1] x [0] : (tensor<?x3xf32>, tensor<3x2xf32>) -> tensor<?x2xf32>
  %ss = ingot.broadcast %s dimensions = [1] sizes [%n, 2] : (tensor<2xf32>) -> tensor<?x2xf32>
  %1 = ingot.div %0, %ss : tensor<?x2xf32>
  return %1 : tensor<?x2xf32>
}

// -----

// The output channels of a transposed convolution are the filter's last but one dimension.

// CHECK-LABEL: func.func @transposed
// CHECK-DAG: ingot.constant dense<{{\[\[\[\[}}2.000000e+00], [3.000000e+01]]]]> : tensor<1x1x2x1xf32>
// CHECK: %[[R:.*]] = ingot.conv_grad_input
// CHECK: return %[[R]]
func.func @transposed(%x: tensor<1x4x4x1xf32>) -> tensor<1x4x4x2xf32> {
  %w = ingot.constant dense<[[[[1.0], [10.0]]]]> : tensor<1x1x2x1xf32>
  %s = ingot.constant dense<[2.0, 3.0]> : tensor<2xf32>
  %0 = ingot.conv_grad_input %x, %w sizes [4, 4] strides [1, 1] dilations [1, 1] pads [0, 0] x [0, 0] : (tensor<1x4x4x1xf32>, tensor<1x1x2x1xf32>) -> tensor<1x4x4x2xf32>
  %ss = ingot.broadcast %s dimensions = [3] sizes [1, 4, 4, 2] : (tensor<2xf32>) -> tensor<1x4x4x2xf32>
  %1 = ingot.mul %0, %ss : tensor<1x4x4x2xf32>
  return %1 : tensor<1x4x4x2xf32>
}

// -----

// Not folded: a factor for each row, weights that are no constants, and a result that is used unscaled as well.

// CHECK-LABEL: func.func @rows
// CHECK: ingot.mul
func.func @rows(%x: tensor<2x3xf32>) -> tensor<2x2xf32> {
  %w = ingot.constant dense<1.0> : tensor<3x2xf32>
  %s = ingot.constant dense<[2.0, 4.0]> : tensor<2xf32>
  %0 = ingot.contract %x, %w batch [] x [] contracting [1] x [0] : (tensor<2x3xf32>, tensor<3x2xf32>) -> tensor<2x2xf32>
  %ss = ingot.broadcast %s dimensions = [0] sizes [2, 2] : (tensor<2xf32>) -> tensor<2x2xf32>
  %1 = ingot.mul %0, %ss : tensor<2x2xf32>
  return %1 : tensor<2x2xf32>
}

// CHECK-LABEL: func.func @runtimeWeights
// CHECK: ingot.mul
func.func @runtimeWeights(%x: tensor<2x3xf32>, %w: tensor<3x2xf32>) -> tensor<2x2xf32> {
  %s = ingot.constant dense<[2.0, 4.0]> : tensor<2xf32>
  %0 = ingot.contract %x, %w batch [] x [] contracting [1] x [0] : (tensor<2x3xf32>, tensor<3x2xf32>) -> tensor<2x2xf32>
  %ss = ingot.broadcast %s dimensions = [1] sizes [2, 2] : (tensor<2xf32>) -> tensor<2x2xf32>
  %1 = ingot.mul %0, %ss : tensor<2x2xf32>
  return %1 : tensor<2x2xf32>
}

// CHECK-LABEL: func.func @twoUses
// CHECK: ingot.mul
func.func @twoUses(%x: tensor<2x3xf32>) -> (tensor<2x2xf32>, tensor<2x2xf32>) {
  %w = ingot.constant dense<1.0> : tensor<3x2xf32>
  %s = ingot.constant dense<[2.0, 4.0]> : tensor<2xf32>
  %0 = ingot.contract %x, %w batch [] x [] contracting [1] x [0] : (tensor<2x3xf32>, tensor<3x2xf32>) -> tensor<2x2xf32>
  %ss = ingot.broadcast %s dimensions = [1] sizes [2, 2] : (tensor<2xf32>) -> tensor<2x2xf32>
  %1 = ingot.mul %0, %ss : tensor<2x2xf32>
  return %0, %1 : tensor<2x2xf32>, tensor<2x2xf32>
}
