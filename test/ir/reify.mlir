// RUN: ingot-opt %s --split-input-file --test-ingot-reify --cse | FileCheck %s

// CHECK-LABEL: func.func @conv
// CHECK: %[[H:.*]] = tensor.dim %arg0, %c1
// CHECK: %[[A:.*]] = arith.addi %[[H]], %c1
// CHECK: %[[D:.*]] = arith.divui %[[A]], %c2
// CHECK: return %[[D]]
func.func @conv(%x: tensor<1x?x8x4xf32>, %f: tensor<3x3x4x8xf32>) -> index {
  %c1 = arith.constant 1 : index
  %0 = ingot.conv %x, %f strides [2, 1] dilations [1, 1] pads [1, 1] x [1, 1] : (tensor<1x?x8x4xf32>, tensor<3x3x4x8xf32>) -> tensor<1x?x8x8xf32>
  %d = tensor.dim %0, %c1 : tensor<1x?x8x8xf32>
  return %d : index
}

// -----

// A window that may be larger than x leaves no result, not a negative size.
// CHECK-LABEL: func.func @conv_too_small
// CHECK: %[[A:.*]] = arith.addi %{{.*}}, %c-4
// CHECK: %[[M:.*]] = arith.maxsi %[[A]], %c0
// CHECK: return %[[M]]
func.func @conv_too_small(%x: tensor<1x?x4xf32>, %f: tensor<5x4x8xf32>) -> index {
  %c1 = arith.constant 1 : index
  %0 = ingot.conv %x, %f strides [1] dilations [1] pads [0] x [0] : (tensor<1x?x4xf32>, tensor<5x4x8xf32>) -> tensor<1x?x8xf32>
  %d = tensor.dim %0, %c1 : tensor<1x?x8xf32>
  return %d : index
}

// -----

// CHECK-LABEL: func.func @conv_grad_input
// CHECK: return %arg2
func.func @conv_grad_input(%d: tensor<1x?x6xf32>, %f: tensor<3x4x6xf32>, %n: index) -> index {
  %c1 = arith.constant 1 : index
  %0 = ingot.conv_grad_input %d, %f sizes [%n] strides [1] dilations [1] pads [0] x [0] : (tensor<1x?x6xf32>, tensor<3x4x6xf32>, index) -> tensor<1x?x4xf32>
  %e = tensor.dim %0, %c1 : tensor<1x?x4xf32>
  return %e : index
}

// -----

// CHECK-LABEL: func.func @concat
// CHECK: %[[X:.*]] = tensor.dim %arg0, %c0
// CHECK: %[[A:.*]] = arith.addi %[[X]], %c3
// CHECK: %[[Y:.*]] = tensor.dim %arg1, %c0
// CHECK: %[[B:.*]] = arith.addi %[[A]], %[[Y]]
// CHECK: return %[[B]]
func.func @concat(%x: tensor<?xf32>, %y: tensor<?xf32>, %z: tensor<3xf32>) -> index {
  %c0 = arith.constant 0 : index
  %0 = ingot.concat %x, %z, %y axis = 0 : (tensor<?xf32>, tensor<3xf32>, tensor<?xf32>) -> tensor<?xf32>
  %d = tensor.dim %0, %c0 : tensor<?xf32>
  return %d : index
}

// -----

// CHECK-LABEL: func.func @pad
// CHECK: %[[P:.*]] = arith.addi %arg2, %c2
// CHECK: %[[X:.*]] = tensor.dim %arg0, %c0
// CHECK: %[[S:.*]] = arith.addi %[[X]], %[[P]]
// CHECK: return %[[S]]
func.func @pad(%x: tensor<?xf32>, %v: tensor<f32>, %n: index) -> index {
  %c0 = arith.constant 0 : index
  %0 = ingot.pad %x, %v low [%n] high [2] : (tensor<?xf32>, tensor<f32>, index) -> tensor<?xf32>
  %d = tensor.dim %0, %c0 : tensor<?xf32>
  return %d : index
}

// -----

// CHECK-LABEL: func.func @pool
// CHECK: %[[X:.*]] = tensor.dim %arg0, %c1
// CHECK: %[[H:.*]] = arith.divui %[[X]], %c2
// CHECK: return %[[H]]
func.func @pool(%x: tensor<1x?x4xf32>) -> index {
  %c1 = arith.constant 1 : index
  %0 = ingot.reduce_window max %x window [1, 2, 1] strides [1, 2, 1] dilations [1, 1, 1] pads [0, 0, 0] x [0, 0, 0] : (tensor<1x?x4xf32>) -> tensor<1x?x4xf32>
  %d = tensor.dim %0, %c1 : tensor<1x?x4xf32>
  return %d : index
}

// -----

// CHECK-LABEL: func.func @contract
// CHECK-DAG: %[[B:.*]] = tensor.dim %arg0, %c0
// CHECK-DAG: %[[N:.*]] = tensor.dim %arg1, %c2
// CHECK: return %[[B]], %[[N]]
func.func @contract(%x: tensor<?x4x8xf32>, %y: tensor<?x8x?xf32>) -> (index, index) {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %0 = ingot.contract %x, %y batch [0] x [0] contracting [2] x [1] : (tensor<?x4x8xf32>, tensor<?x8x?xf32>) -> tensor<?x4x?xf32>
  %d = tensor.dim %0, %c0 : tensor<?x4x?xf32>
  %e = tensor.dim %0, %c2 : tensor<?x4x?xf32>
  return %d, %e : index, index
}

// -----

// CHECK-LABEL: func.func @gather
// CHECK-DAG: %[[A:.*]] = tensor.dim %arg0, %c0
// CHECK-DAG: %[[I:.*]] = tensor.dim %arg1, %c1
// CHECK-DAG: %[[B:.*]] = tensor.dim %arg0, %c2
// CHECK: return %[[A]], %[[I]], %[[B]]
func.func @gather(%x: tensor<?x8x?xf32>, %i: tensor<2x?xi64>) -> (index, index, index) {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %c3 = arith.constant 3 : index
  %0 = ingot.gather %x[%i] axis = 1 : (tensor<?x8x?xf32>, tensor<2x?xi64>) -> tensor<?x2x?x?xf32>
  %d = tensor.dim %0, %c0 : tensor<?x2x?x?xf32>
  %e = tensor.dim %0, %c2 : tensor<?x2x?x?xf32>
  %f = tensor.dim %0, %c3 : tensor<?x2x?x?xf32>
  return %d, %e, %f : index, index, index
}

// -----

// CHECK-LABEL: func.func @gather_nd
// CHECK-DAG: %[[I:.*]] = tensor.dim %arg1, %c1
// CHECK-DAG: %[[X:.*]] = tensor.dim %arg0, %c2
// CHECK: return %[[I]], %[[X]]
func.func @gather_nd(%x: tensor<2x8x?xf32>, %i: tensor<2x?x1xi64>) -> (index, index) {
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %0 = ingot.gather_nd %x[%i] {batch_dims = 1 : i64} : (tensor<2x8x?xf32>, tensor<2x?x1xi64>) -> tensor<2x?x?xf32>
  %d = tensor.dim %0, %c1 : tensor<2x?x?xf32>
  %e = tensor.dim %0, %c2 : tensor<2x?x?xf32>
  return %d, %e : index, index
}

// -----

// CHECK-LABEL: func.func @reduce
// CHECK: %[[X:.*]] = tensor.dim %arg0, %c2
// CHECK: return %[[X]]
func.func @reduce(%x: tensor<?x3x?xf32>) -> index {
  %c1 = arith.constant 1 : index
  %0 = ingot.reduce sum %x dimensions = [0] : (tensor<?x3x?xf32>) -> tensor<3x?xf32>
  %d = tensor.dim %0, %c1 : tensor<3x?xf32>
  return %d : index
}

// -----

// CHECK-LABEL: func.func @fft
// CHECK: %[[X:.*]] = tensor.dim %arg0, %c0
// CHECK: %[[H:.*]] = arith.divui %[[X]], %c2
// CHECK: %[[S:.*]] = arith.addi %[[H]], %c1
// CHECK: return %[[S]]
func.func @fft(%x: tensor<?x1xf32>) -> index {
  %c0 = arith.constant 0 : index
  %0 = ingot.fft %x axis = 0 {onesided} : (tensor<?x1xf32>) -> tensor<?x2xf32>
  %d = tensor.dim %0, %c0 : tensor<?x2xf32>
  return %d : index
}

// -----

// Only the run knows.
// CHECK-LABEL: func.func @nonzero
// CHECK: %[[N:.*]] = ingot.nonzero
// CHECK: %[[D:.*]] = tensor.dim %[[N]]
// CHECK: return %[[D]]
func.func @nonzero(%x: tensor<?xf32>) -> index {
  %c1 = arith.constant 1 : index
  %0 = ingot.nonzero %x : (tensor<?xf32>) -> tensor<1x?xi64>
  %d = tensor.dim %0, %c1 : tensor<1x?xi64>
  return %d : index
}
