// RUN: ingot-opt %s | ingot-opt | FileCheck %s
// RUN: ingot-opt %s --mlir-print-op-generic | ingot-opt | FileCheck %s

// CHECK-LABEL: func.func @f0
// CHECK: ingot.contract %{{.*}}, %{{.*}} batch [0] x [0] contracting [2] x [1] : (tensor<?x4x8xf32>, tensor<?x8x5xf32>) -> tensor<?x4x5xf32>
func.func @f0(%l: tensor<?x4x8xf32>, %b: tensor<?x8x5xf32>) -> tensor<?x4x5xf32> {
  %r = ingot.contract %l, %b batch [0] x [0] contracting [2] x [1] : (tensor<?x4x8xf32>, tensor<?x8x5xf32>) -> tensor<?x4x5xf32>
  return %r : tensor<?x4x5xf32>
}

// CHECK-LABEL: func.func @f1
// CHECK: ingot.contract %{{.*}}, %{{.*}} batch [] x [] contracting [] x [] : (tensor<3xi8>, tensor<4xui8>) -> tensor<3x4xi32>
func.func @f1(%l: tensor<3xi8>, %b: tensor<4xui8>) -> tensor<3x4xi32> {
  %r = ingot.contract %l, %b batch [] x [] contracting [] x [] : (tensor<3xi8>, tensor<4xui8>) -> tensor<3x4xi32>
  return %r : tensor<3x4xi32>
}
