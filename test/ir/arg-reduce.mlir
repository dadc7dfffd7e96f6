// RUN: ingot-opt %s | ingot-opt | FileCheck %s
// RUN: ingot-opt %s --mlir-print-op-generic | ingot-opt | FileCheck %s

// CHECK-LABEL: func.func @f0
// CHECK: ingot.arg_reduce max %{{.*}} axis = 1 : (tensor<?x3xf32>) -> tensor<?xi64>
func.func @f0(%x: tensor<?x3xf32>) -> tensor<?xi64> {
  %r = ingot.arg_reduce max %x axis = 1 : (tensor<?x3xf32>) -> tensor<?xi64>
  return %r : tensor<?xi64>
}

// CHECK-LABEL: func.func @f1
// CHECK: ingot.arg_reduce min %{{.*}} axis = 0 {last} : (tensor<4xi8>) -> tensor<i64>
func.func @f1(%x: tensor<4xi8>) -> tensor<i64> {
  %r = ingot.arg_reduce min %x axis = 0 {last} : (tensor<4xi8>) -> tensor<i64>
  return %r : tensor<i64>
}
