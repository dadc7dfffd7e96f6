// RUN: ingot-opt %s | ingot-opt | FileCheck %s
// RUN: ingot-opt %s --mlir-print-op-generic | ingot-opt | FileCheck %s

// CHECK-LABEL: func.func @f0
// CHECK: ingot.topk %{{.*}} k [%{{.*}}] axis = 1 : (tensor<?x9xf32>) -> (tensor<?x?xf32>, tensor<?x?xi64>)
func.func @f0(%x: tensor<?x9xf32>, %k: index) -> (tensor<?x?xf32>, tensor<?x?xi64>) {
  %r:2 = ingot.topk %x k [%k] axis = 1 : (tensor<?x9xf32>) -> (tensor<?x?xf32>, tensor<?x?xi64>)
  return %r#0, %r#1 : tensor<?x?xf32>, tensor<?x?xi64>
}

// CHECK-LABEL: func.func @f1
// CHECK: ingot.topk %{{.*}} k [3] axis = 0 {largest = false, sorted = false} : (tensor<9xi8>) -> (tensor<3xi8>, tensor<3xi64>)
func.func @f1(%x: tensor<9xi8>) -> (tensor<3xi8>, tensor<3xi64>) {
  %r:2 = ingot.topk %x k [3] axis = 0 {largest = false, sorted = false} : (tensor<9xi8>) -> (tensor<3xi8>, tensor<3xi64>)
  return %r#0, %r#1 : tensor<3xi8>, tensor<3xi64>
}
