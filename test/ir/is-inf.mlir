// RUN: ingot-opt %s | ingot-opt | FileCheck %s
// RUN: ingot-opt %s --mlir-print-op-generic | ingot-opt | FileCheck %s

// CHECK-LABEL: func.func @f0
// CHECK: ingot.is_inf %{{.*}} : (tensor<?xf32>) -> tensor<?xi1>
func.func @f0(%x: tensor<?xf32>) -> tensor<?xi1> {
  %r = ingot.is_inf %x : (tensor<?xf32>) -> tensor<?xi1>
  return %r : tensor<?xi1>
}

// CHECK-LABEL: func.func @f1
// CHECK: ingot.is_inf %{{.*}} {negative = false} : (tensor<2xf32>) -> tensor<2xi1>
func.func @f1(%x: tensor<2xf32>) -> tensor<2xi1> {
  %r = ingot.is_inf %x {negative = false} : (tensor<2xf32>) -> tensor<2xi1>
  return %r : tensor<2xi1>
}
