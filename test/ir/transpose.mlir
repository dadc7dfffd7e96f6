// RUN: ingot-opt %s | ingot-opt | FileCheck %s
// RUN: ingot-opt %s --mlir-print-op-generic | ingot-opt | FileCheck %s

// CHECK-LABEL: func.func @f0
// CHECK: ingot.transpose %{{.*}} permutation = [2, 0, 1] : (tensor<?x3x4xf32>) -> tensor<4x?x3xf32>
func.func @f0(%x: tensor<?x3x4xf32>) -> tensor<4x?x3xf32> {
  %r = ingot.transpose %x permutation = [2, 0, 1] : (tensor<?x3x4xf32>) -> tensor<4x?x3xf32>
  return %r : tensor<4x?x3xf32>
}
