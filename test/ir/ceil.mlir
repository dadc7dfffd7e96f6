// RUN: ingot-opt %s | ingot-opt | FileCheck %s
// RUN: ingot-opt %s --mlir-print-op-generic | ingot-opt | FileCheck %s

// CHECK-LABEL: func.func @f0
// CHECK: ingot.ceil %{{.*}} : tensor<?x3xf32>
func.func @f0(%x: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %r = ingot.ceil %x : tensor<?x3xf32>
  return %r : tensor<?x3xf32>
}

// CHECK-LABEL: func.func @f1
// CHECK: ingot.ceil %{{.*}} : tensor<f16>
func.func @f1(%x: tensor<f16>) -> tensor<f16> {
  %r = ingot.ceil %x : tensor<f16>
  return %r : tensor<f16>
}
