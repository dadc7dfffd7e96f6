// RUN: ingot-opt %s | ingot-opt | FileCheck %s
// RUN: ingot-opt %s --mlir-print-op-generic | ingot-opt | FileCheck %s

// CHECK-LABEL: func.func @f0
// CHECK: ingot.nonzero %{{.*}} : (tensor<2x?xi1>) -> tensor<2x?xi64>
func.func @f0(%x: tensor<2x?xi1>) -> tensor<2x?xi64> {
  %r = ingot.nonzero %x : (tensor<2x?xi1>) -> tensor<2x?xi64>
  return %r : tensor<2x?xi64>
}
