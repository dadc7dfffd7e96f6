// RUN: ingot-opt %s | ingot-opt | FileCheck %s
// RUN: ingot-opt %s --mlir-print-op-generic | ingot-opt | FileCheck %s

// CHECK-LABEL: func.func @f0
// CHECK: ingot.gather %{{.*}}[%{{.*}}] axis = 1 : (tensor<?x8x4xf32>, tensor<2x?xi64>) -> tensor<?x2x?x4xf32>
func.func @f0(%x: tensor<?x8x4xf32>, %i: tensor<2x?xi64>) -> tensor<?x2x?x4xf32> {
  %r = ingot.gather %x[%i] axis = 1 : (tensor<?x8x4xf32>, tensor<2x?xi64>) -> tensor<?x2x?x4xf32>
  return %r : tensor<?x2x?x4xf32>
}
