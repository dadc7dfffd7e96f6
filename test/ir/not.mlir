// RUN: ingot-opt %s | ingot-opt | FileCheck %s
// RUN: ingot-opt %s --mlir-print-op-generic | ingot-opt | FileCheck %s

// CHECK-LABEL: func.func @f0
// CHECK: ingot.not %{{.*}} : tensor<?xi1>
func.func @f0(%x: tensor<?xi1>) -> tensor<?xi1> {
  %r = ingot.not %x : tensor<?xi1>
  return %r : tensor<?xi1>
}

// CHECK-LABEL: func.func @f1
// CHECK: ingot.not %{{.*}} : tensor<2xui8>
func.func @f1(%x: tensor<2xui8>) -> tensor<2xui8> {
  %r = ingot.not %x : tensor<2xui8>
  return %r : tensor<2xui8>
}
