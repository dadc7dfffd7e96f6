// RUN: ingot-opt %s | ingot-opt | FileCheck %s
// RUN: ingot-opt %s --mlir-print-op-generic | ingot-opt | FileCheck %s

// CHECK-LABEL: func.func @f0
// CHECK: ingot.update_slice %{{.*}} into %{{.*}}[1, %{{.*}}] : (tensor<2x?xf32>, tensor<1x?xf32>, index) -> tensor<2x?xf32>
func.func @f0(%u: tensor<1x?xf32>, %x: tensor<2x?xf32>, %o: index) -> tensor<2x?xf32> {
  %r = ingot.update_slice %u into %x[1, %o] : (tensor<2x?xf32>, tensor<1x?xf32>, index) -> tensor<2x?xf32>
  return %r : tensor<2x?xf32>
}
