// RUN: ingot-opt %s | ingot-opt | FileCheck %s
// RUN: ingot-opt %s --mlir-print-op-generic | ingot-opt | FileCheck %s

// CHECK-LABEL: func.func @f0
// CHECK: ingot.sub %{{.*}}, %{{.*}} : tensor<?x3xf32>
func.func @f0(%x: tensor<?x3xf32>, %y: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %r = ingot.sub %x, %y : tensor<?x3xf32>
  return %r : tensor<?x3xf32>
}

// CHECK-LABEL: func.func @f1
// CHECK: ingot.sub %{{.*}}, %{{.*}} : (tensor<?xi32>, tensor<2xi32>) -> tensor<?xi32>
func.func @f1(%x: tensor<?xi32>, %y: tensor<2xi32>) -> tensor<?xi32> {
  %r = ingot.sub %x, %y : (tensor<?xi32>, tensor<2xi32>) -> tensor<?xi32>
  return %r : tensor<?xi32>
}
