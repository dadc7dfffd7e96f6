// RUN: ingot-opt %s | ingot-opt | FileCheck %s
// RUN: ingot-opt %s --mlir-print-op-generic | ingot-opt | FileCheck %s

// CHECK-LABEL: func.func @f0
// CHECK: ingot.gather_elements %{{.*}}[%{{.*}}] axis = 0 : (tensor<3x4xf32>, tensor<2x?xi32>) -> tensor<2x?xf32>
func.func @f0(%x: tensor<3x4xf32>, %i: tensor<2x?xi32>) -> tensor<2x?xf32> {
  %r = ingot.gather_elements %x[%i] axis = 0 : (tensor<3x4xf32>, tensor<2x?xi32>) -> tensor<2x?xf32>
  return %r : tensor<2x?xf32>
}
