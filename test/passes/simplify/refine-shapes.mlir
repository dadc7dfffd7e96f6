// RUN: ingot-opt %s --refine-shapes | FileCheck %s

// A size read from an input that has become static ends as a static type of the result.

// CHECK-LABEL: func.func @sizes
// CHECK-SAME: -> tensor<4x6xf32>
// CHECK: ingot.reshape %{{.*}} sizes [4, 6] : (tensor<4x2x3xf32>) -> tensor<4x6xf32>
// CHECK: ingot.exp %{{.*}} : tensor<4x6xf32>
func.func @sizes(%x: tensor<4x2x3xf32>) -> tensor<?x?xf32> {
  %c0 = arith.constant 0 : index
  %c6 = arith.constant 6 : index
  %n = tensor.dim %x, %c0 : tensor<4x2x3xf32>
  %0 = ingot.reshape %x sizes [%n, %c6] : (tensor<4x2x3xf32>) -> tensor<?x?xf32>
  %1 = ingot.exp %0 : tensor<?x?xf32>
  return %1 : tensor<?x?xf32>
}

// What one operand knows, the result does.

// CHECK-LABEL: func.func @joined
// CHECK-SAME: -> tensor<4x3xf32>
func.func @joined(%x: tensor<?x3xf32>, %y: tensor<4x?xf32>) -> tensor<?x?xf32> {
  %0 = tensor.cast %x : tensor<?x3xf32> to tensor<?x?xf32>
  %1 = tensor.cast %y : tensor<4x?xf32> to tensor<?x?xf32>
  %2 = ingot.add %0, %1 : tensor<?x?xf32>
  return %2 : tensor<?x?xf32>
}

// Through convolution, pooling and contraction.

// CHECK-LABEL: func.func @network
// CHECK-SAME: -> tensor<1x3x3x5xf32>
func.func @network(%x: tensor<1x8x8x2xf32>, %w: tensor<3x3x2x4xf32>, %v: tensor<4x5xf32>) -> tensor<?x?x?x5xf32> {
  %0 = tensor.cast %x : tensor<1x8x8x2xf32> to tensor<?x?x?x2xf32>
  %1 = ingot.conv %0, %w strides [1, 1] dilations [1, 1] pads [0, 0] x [0, 0] : (tensor<?x?x?x2xf32>, tensor<3x3x2x4xf32>) -> tensor<?x?x?x4xf32>
  %2 = ingot.reduce_window max %1 window [1, 2, 2, 1] strides [1, 2, 2, 1] dilations [1, 1, 1, 1] pads [0, 0, 0, 0] x [0, 0, 0, 0] : (tensor<?x?x?x4xf32>) -> tensor<?x?x?x4xf32>
  %3 = ingot.contract %2, %v batch [] x [] contracting [3] x [0] : (tensor<?x?x?x4xf32>, tensor<4x5xf32>) -> tensor<?x?x?x5xf32>
  return %3 : tensor<?x?x?x5xf32>
}

// A loop keeps the types it carries.

// CHECK-LABEL: func.func @loop
// CHECK: tensor.cast %{{.*}} : tensor<4xf32> to tensor<?xf32>
// CHECK: scf.for {{.*}} -> (tensor<?xf32>)
// CHECK: ingot.concat {{.*}} (tensor<?xf32>, tensor<4xf32>) -> tensor<?xf32>
func.func @loop(%x: tensor<4xf32>, %n: index) -> tensor<?xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %y = tensor.cast %x : tensor<4xf32> to tensor<?xf32>
  %0 = ingot.exp %y : tensor<?xf32>
  %1 = scf.for %i = %c0 to %n step %c1 iter_args(%a = %0) -> (tensor<?xf32>) {
    %2 = ingot.concat %a, %x axis = 0 : (tensor<?xf32>, tensor<4xf32>) -> tensor<?xf32>
    scf.yield %2 : tensor<?xf32>
  }
  return %1 : tensor<?xf32>
}
