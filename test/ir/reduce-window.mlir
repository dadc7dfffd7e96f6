// RUN: ingot-opt %s | ingot-opt | FileCheck %s
// RUN: ingot-opt %s --mlir-print-op-generic | ingot-opt | FileCheck %s

// CHECK-LABEL: func.func @f0
// CHECK: ingot.reduce_window max %{{.*}} window [1, 2, 2, 1] strides [1, 2, 2, 1] dilations [1, 1, 1, 1] pads [0, 0, 0, 0] x [0, 1, 0, 0] : (tensor<?x5x4x3xf32>) -> tensor<?x3x2x3xf32>
func.func @f0(%x: tensor<?x5x4x3xf32>) -> tensor<?x3x2x3xf32> {
  %r = ingot.reduce_window max %x window [1, 2, 2, 1] strides [1, 2, 2, 1] dilations [1, 1, 1, 1] pads [0, 0, 0, 0] x [0, 1, 0, 0] : (tensor<?x5x4x3xf32>) -> tensor<?x3x2x3xf32>
  return %r : tensor<?x3x2x3xf32>
}

// CHECK-LABEL: func.func @f1
// CHECK: ingot.reduce_window sum %{{.*}} window [1, 2, 2, 1] strides [1, 2, 2, 1] dilations [1, 1, 1, 1] pads [0, 0, 0, 0] x [0, 1, 0, 0] : (tensor<?x5x4x3xf32>) -> tensor<?x3x2x3xf32>
func.func @f1(%x: tensor<?x5x4x3xf32>) -> tensor<?x3x2x3xf32> {
  %r = ingot.reduce_window sum %x window [1, 2, 2, 1] strides [1, 2, 2, 1] dilations [1, 1, 1, 1] pads [0, 0, 0, 0] x [0, 1, 0, 0] : (tensor<?x5x4x3xf32>) -> tensor<?x3x2x3xf32>
  return %r : tensor<?x3x2x3xf32>
}

// CHECK-LABEL: func.func @f2
// CHECK: ingot.reduce_window mean %{{.*}} window [1, 2, 2, 1] strides [1, 2, 2, 1] dilations [1, 1, 1, 1] pads [0, 0, 0, 0] x [0, 1, 0, 0] {count_padding} : (tensor<?x5x4x3xf32>) -> tensor<?x3x2x3xf32>
func.func @f2(%x: tensor<?x5x4x3xf32>) -> tensor<?x3x2x3xf32> {
  %r = ingot.reduce_window mean %x window [1, 2, 2, 1] strides [1, 2, 2, 1] dilations [1, 1, 1, 1] pads [0, 0, 0, 0] x [0, 1, 0, 0] {count_padding} : (tensor<?x5x4x3xf32>) -> tensor<?x3x2x3xf32>
  return %r : tensor<?x3x2x3xf32>
}
