// RUN: ingot-opt %s | ingot-opt | FileCheck %s
// RUN: ingot-opt %s --mlir-print-op-generic | ingot-opt | FileCheck %s

// CHECK-LABEL: func.func @f0
// CHECK: ingot.concat %{{.*}}, %{{.*}} axis = 1 : (tensor<?x2xf32>, tensor<3x5xf32>) -> tensor<3x7xf32>
func.func @f0(%x: tensor<?x2xf32>, %y: tensor<3x5xf32>) -> tensor<3x7xf32> {
  %r = ingot.concat %x, %y axis = 1 : (tensor<?x2xf32>, tensor<3x5xf32>) -> tensor<3x7xf32>
  return %r : tensor<3x7xf32>
}
