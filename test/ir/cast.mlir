// RUN: ingot-opt %s | ingot-opt | FileCheck %s
// RUN: ingot-opt %s --mlir-print-op-generic | ingot-opt | FileCheck %s

// CHECK-LABEL: func.func @f0
// CHECK: ingot.cast %{{.*}} : (tensor<?xf32>) -> tensor<?xui8>
func.func @f0(%x: tensor<?xf32>) -> tensor<?xui8> {
  %r = ingot.cast %x : (tensor<?xf32>) -> tensor<?xui8>
  return %r : tensor<?xui8>
}

// CHECK-LABEL: func.func @f1
// CHECK: ingot.cast %{{.*}} : (tensor<i1>) -> tensor<bf16>
func.func @f1(%x: tensor<i1>) -> tensor<bf16> {
  %r = ingot.cast %x : (tensor<i1>) -> tensor<bf16>
  return %r : tensor<bf16>
}
