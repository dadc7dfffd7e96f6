// RUN: ingot-opt %s | ingot-opt | FileCheck %s
// RUN: ingot-opt %s --mlir-print-op-generic | ingot-opt | FileCheck %s

// CHECK-LABEL: func.func @f0
// CHECK: ingot.gather_nd %{{.*}}[%{{.*}}] {batch_dims = 1 : i64} : (tensor<2x?x4xf32>, tensor<2x3x1xi64>) -> tensor<2x3x4xf32>
func.func @f0(%x: tensor<2x?x4xf32>, %i: tensor<2x3x1xi64>) -> tensor<2x3x4xf32> {
  %r = ingot.gather_nd %x[%i] {batch_dims = 1 : i64} : (tensor<2x?x4xf32>, tensor<2x3x1xi64>) -> tensor<2x3x4xf32>
  return %r : tensor<2x3x4xf32>
}

// CHECK-LABEL: func.func @f1
// CHECK: ingot.gather_nd %{{.*}}[%{{.*}}] : (tensor<2x3xi1>, tensor<?x2xi32>) -> tensor<?xi1>
func.func @f1(%x: tensor<2x3xi1>, %i: tensor<?x2xi32>) -> tensor<?xi1> {
  %r = ingot.gather_nd %x[%i] : (tensor<2x3xi1>, tensor<?x2xi32>) -> tensor<?xi1>
  return %r : tensor<?xi1>
}
