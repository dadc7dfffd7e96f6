// RUN: ingot-opt %s | ingot-opt | FileCheck %s
// RUN: ingot-opt %s --mlir-print-op-generic | ingot-opt | FileCheck %s

// CHECK-LABEL: func.func @f0
// CHECK: ingot.normalize %{{.*}} dimensions = [2] epsilon = 1.000000e-05 : tensor<?x?x8xf32>
func.func @f0(%x: tensor<?x?x8xf32>) -> tensor<?x?x8xf32> {
  %r = ingot.normalize %x dimensions = [2] epsilon = 1.000000e-05 : tensor<?x?x8xf32>
  return %r : tensor<?x?x8xf32>
}

// CHECK-LABEL: func.func @f1
// CHECK: ingot.normalize %{{.*}} dimensions = [0, 1] epsilon = 0.000000e+00 {rms} : tensor<2x8xf16>
func.func @f1(%x: tensor<2x8xf16>) -> tensor<2x8xf16> {
  %r = ingot.normalize %x dimensions = [0, 1] epsilon = 0.000000e+00 {rms} : tensor<2x8xf16>
  return %r : tensor<2x8xf16>
}
