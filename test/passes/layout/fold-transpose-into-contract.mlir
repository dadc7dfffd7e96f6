// RUN: ingot-opt %s --fold-transpose-into-contract | FileCheck %s

// Scores of attention: heads are read where they are.

// CHECK-LABEL: func.func @scores
// CHECK-SAME: %[[Q:[a-z0-9]+]]: tensor<?x128x12x64xf32>, %[[K:[a-z0-9]+]]: tensor<?x128x12x64xf32>
// CHECK-NOT: ingot.transpose
// CHECK: ingot.contract %[[Q]], %[[K]] batch [0, 2] x [0, 2] contracting [3] x [3]
func.func @scores(%q: tensor<?x128x12x64xf32>, %k: tensor<?x128x12x64xf32>) -> tensor<?x12x128x128xf32> {
  %0 = ingot.transpose %q permutation = [0, 2, 1, 3] : (tensor<?x128x12x64xf32>) -> tensor<?x12x128x64xf32>
  %1 = ingot.transpose %k permutation = [0, 2, 3, 1] : (tensor<?x128x12x64xf32>) -> tensor<?x12x64x128xf32>
  %2 = ingot.contract %0, %1 batch [0, 1] x [0, 1] contracting [3] x [2] : (tensor<?x12x128x64xf32>, tensor<?x12x64x128xf32>) -> tensor<?x12x128x128xf32>
  return %2 : tensor<?x12x128x128xf32>
}

// Exchanging the free dimensions exchanges the operands.

// CHECK-LABEL: func.func @exchanged
// CHECK-SAME: %[[A:[a-z0-9]+]]: tensor<2x3x4xf32>, %[[B:[a-z0-9]+]]: tensor<2x4x5xf32>
// CHECK: ingot.contract %[[B]], %[[A]] batch [0] x [0] contracting [1] x [2]
// CHECK-NOT: ingot.transpose
func.func @exchanged(%a: tensor<2x3x4xf32>, %b: tensor<2x4x5xf32>) -> tensor<2x5x3xf32> {
  %0 = ingot.contract %a, %b batch [0] x [0] contracting [2] x [1] : (tensor<2x3x4xf32>, tensor<2x4x5xf32>) -> tensor<2x3x5xf32>
  %1 = ingot.transpose %0 permutation = [0, 2, 1] : (tensor<2x3x5xf32>) -> tensor<2x5x3xf32>
  return %1 : tensor<2x5x3xf32>
}

// The order of the free dimensions is that of the result: the transposes stay.

// CHECK-LABEL: func.func @freeOrder
// CHECK: ingot.transpose
// CHECK: ingot.contract
func.func @freeOrder(%a: tensor<3x2x4xf32>, %b: tensor<4x5xf32>) -> tensor<2x3x5xf32> {
  %0 = ingot.transpose %a permutation = [1, 0, 2] : (tensor<3x2x4xf32>) -> tensor<2x3x4xf32>
  %1 = ingot.contract %0, %b batch [] x [] contracting [2] x [0] : (tensor<2x3x4xf32>, tensor<4x5xf32>) -> tensor<2x3x5xf32>
  return %1 : tensor<2x3x5xf32>
}

// CHECK-LABEL: func.func @mixed
// CHECK: ingot.contract
// CHECK: ingot.transpose
func.func @mixed(%a: tensor<2x3x4xf32>, %b: tensor<2x4x5xf32>) -> tensor<3x2x5xf32> {
  %0 = ingot.contract %a, %b batch [0] x [0] contracting [2] x [1] : (tensor<2x3x4xf32>, tensor<2x4x5xf32>) -> tensor<2x3x5xf32>
  %1 = ingot.transpose %0 permutation = [1, 0, 2] : (tensor<2x3x5xf32>) -> tensor<3x2x5xf32>
  return %1 : tensor<3x2x5xf32>
}
