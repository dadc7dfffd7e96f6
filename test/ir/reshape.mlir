// RUN: ingot-opt %s | ingot-opt | FileCheck %s
// RUN: ingot-opt %s --mlir-print-op-generic | ingot-opt | FileCheck %s

// CHECK-LABEL: func.func @f0
// CHECK: ingot.reshape %{{.*}} sizes [%{{.*}}, 2] : (tensor<?x4xf32>) -> tensor<?x2xf32>
func.func @f0(%x: tensor<?x4xf32>, %n: index) -> tensor<?x2xf32> {
  %r = ingot.reshape %x sizes [%n, 2] : (tensor<?x4xf32>) -> tensor<?x2xf32>
  return %r : tensor<?x2xf32>
}

// CHECK-LABEL: func.func @f1
// CHECK: ingot.reshape %{{.*}} sizes [] : (tensor<1xi1>) -> tensor<i1>
func.func @f1(%x: tensor<1xi1>) -> tensor<i1> {
  %r = ingot.reshape %x sizes [] : (tensor<1xi1>) -> tensor<i1>
  return %r : tensor<i1>
}
