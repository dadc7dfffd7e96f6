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

// The sizes of broadcasting and of a reshape's -1: 384 = 12 * 32 whatever n is.

// CHECK-LABEL: func.func @heads
// CHECK-SAME: -> tensor<?x12x32xf32>
// CHECK: ingot.reshape %{{.*}} sizes [%{{.*}}, 12, 32]
func.func @heads(%x: tensor<?x384xf32>) -> tensor<?x?x32xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c32 = arith.constant 32 : index
  %c384 = arith.constant 384 : index
  %c512 = arith.constant 512 : index
  %n = tensor.dim %x, %c0 : tensor<?x384xf32>
  %limited = arith.minsi %n, %c512 : index
  %isOne = arith.cmpi eq, %n, %c1 : index
  %m = arith.select %isOne, %limited, %n : index
  %above = arith.muli %m, %c384 : index
  %below = arith.muli %n, %c32 : index
  %h = arith.floordivsi %above, %below : index
  %0 = ingot.reshape %x sizes [%n, %h, 32] : (tensor<?x384xf32>) -> tensor<?x?x32xf32>
  return %0 : tensor<?x?x32xf32>
}

// No common factor, and a limit that changes the value.

// CHECK-LABEL: func.func @notSimplified
// CHECK: arith.select
// CHECK: arith.floordivsi
func.func @notSimplified(%n: index, %m: index) -> (index, index) {
  %c4 = arith.constant 4 : index
  %c2 = arith.constant 2 : index
  %c3 = arith.constant 3 : index
  %isFour = arith.cmpi eq, %n, %c4 : index
  %limited = arith.minsi %n, %c2 : index
  %0 = arith.select %isFour, %limited, %n : index
  %1 = arith.muli %m, %c2 : index
  %2 = arith.floordivsi %1, %c3 : index
  return %0, %2 : index, index
}

// A branch for other sizes than these.

// CHECK-LABEL: func.func @otherBranch
// CHECK: scf.if
// CHECK: ingot.assert %false, "one column only"
// CHECK-NOT: ingot.reshape
// CHECK: scf.yield
func.func @otherBranch(%p: i1, %x: tensor<4x2xf32>) -> tensor<?xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %n = tensor.dim %x, %c0 : tensor<4x2xf32>
  %0 = scf.if %p -> tensor<?xf32> {
    %m = tensor.dim %x, %c1 : tensor<4x2xf32>
    %isOne = arith.cmpi eq, %m, %c1 : index
    ingot.assert %isOne, "one column only"
    %y = tensor.cast %x : tensor<4x2xf32> to tensor<?x?xf32>
    %1 = ingot.reshape %y sizes [%n] : (tensor<?x?xf32>) -> tensor<?xf32>
    scf.yield %1 : tensor<?xf32>
  } else {
    %2 = ingot.reduce sum %x dimensions = [1] : (tensor<4x2xf32>) -> tensor<4xf32>
    %3 = tensor.cast %2 : tensor<4xf32> to tensor<?xf32>
    scf.yield %3 : tensor<?xf32>
  }
  return %0 : tensor<?xf32>
}
