// RUN: ingot-opt %s | ingot-opt | FileCheck %s
// RUN: ingot-opt %s --mlir-print-op-generic | ingot-opt | FileCheck %s

// CHECK-LABEL: func.func @f0
// CHECK: ingot.scatter_elements add %{{.*}} into %{{.*}}[%{{.*}}] axis = 1 : (tensor<3x4xf32>, tensor<2x?xi64>, tensor<2x?xf32>) -> tensor<3x4xf32>
func.func @f0(%u: tensor<2x?xf32>, %x: tensor<3x4xf32>, %i: tensor<2x?xi64>) -> tensor<3x4xf32> {
  %r = ingot.scatter_elements add %u into %x[%i] axis = 1 : (tensor<3x4xf32>, tensor<2x?xi64>, tensor<2x?xf32>) -> tensor<3x4xf32>
  return %r : tensor<3x4xf32>
}
