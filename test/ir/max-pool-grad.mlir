// RUN: ingot-opt %s | ingot-opt | FileCheck %s
// RUN: ingot-opt %s --mlir-print-op-generic | ingot-opt | FileCheck %s

// CHECK-LABEL: func.func @f0
// CHECK: ingot.max_pool_grad %{{.*}}, %{{.*}} window [1, 2, 2, 1] strides [1, 2, 2, 1] dilations [1, 1, 1, 1] pads [0, 0, 0, 0] x [0, 1, 0, 0] : (tensor<?x5x4x3xf32>, tensor<?x3x2x3xf32>) -> tensor<?x5x4x3xf32>
func.func @f0(%x: tensor<?x5x4x3xf32>, %d: tensor<?x3x2x3xf32>) -> tensor<?x5x4x3xf32> {
  %r = ingot.max_pool_grad %x, %d window [1, 2, 2, 1] strides [1, 2, 2, 1] dilations [1, 1, 1, 1] pads [0, 0, 0, 0] x [0, 1, 0, 0] : (tensor<?x5x4x3xf32>, tensor<?x3x2x3xf32>) -> tensor<?x5x4x3xf32>
  return %r : tensor<?x5x4x3xf32>
}
