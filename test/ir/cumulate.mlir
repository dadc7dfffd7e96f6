// RUN: ingot-opt %s | ingot-opt | FileCheck %s
// RUN: ingot-opt %s --mlir-print-op-generic | ingot-opt | FileCheck %s

// CHECK-LABEL: func.func @f0
// CHECK: ingot.cumulate sum %{{.*}} axis = 0 : tensor<?x3xf32>
func.func @f0(%x: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %r = ingot.cumulate sum %x axis = 0 : tensor<?x3xf32>
  return %r : tensor<?x3xf32>
}

// CHECK-LABEL: func.func @f1
// CHECK: ingot.cumulate product %{{.*}} axis = 0 {exclusive, reverse} : tensor<3xi32>
func.func @f1(%x: tensor<3xi32>) -> tensor<3xi32> {
  %r = ingot.cumulate product %x axis = 0 {exclusive, reverse} : tensor<3xi32>
  return %r : tensor<3xi32>
}
