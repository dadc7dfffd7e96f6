// RUN: ingot-opt %s | ingot-opt | FileCheck %s
// RUN: ingot-opt %s --mlir-print-op-generic | ingot-opt | FileCheck %s

// CHECK-LABEL: func.func @f0
// CHECK: ingot.fft %{{.*}} axis = 1 {onesided} : (tensor<?x16x1xf32>) -> tensor<?x9x2xf32>
func.func @f0(%x: tensor<?x16x1xf32>) -> tensor<?x9x2xf32> {
  %r = ingot.fft %x axis = 1 {onesided} : (tensor<?x16x1xf32>) -> tensor<?x9x2xf32>
  return %r : tensor<?x9x2xf32>
}

// CHECK-LABEL: func.func @f1
// CHECK: ingot.fft %{{.*}} axis = 0 {inverse} : (tensor<16x2xf32>) -> tensor<16x2xf32>
func.func @f1(%x: tensor<16x2xf32>) -> tensor<16x2xf32> {
  %r = ingot.fft %x axis = 0 {inverse} : (tensor<16x2xf32>) -> tensor<16x2xf32>
  return %r : tensor<16x2xf32>
}
