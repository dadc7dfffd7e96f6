// RUN: ingot-opt %s | ingot-opt | FileCheck %s
// RUN: ingot-opt %s --mlir-print-op-generic | ingot-opt | FileCheck %s

// CHECK-LABEL: func.func @f0
// CHECK: ingot.iota dimension = 1 sizes [%{{.*}}, 3] : tensor<?x3xi64>
func.func @f0(%n: index) -> tensor<?x3xi64> {
  %r = ingot.iota dimension = 1 sizes [%n, 3] : tensor<?x3xi64>
  return %r : tensor<?x3xi64>
}

// CHECK-LABEL: func.func @f1
// CHECK: ingot.iota dimension = 0 sizes [4] : tensor<4xf32>
func.func @f1() -> tensor<4xf32> {
  %r = ingot.iota dimension = 0 sizes [4] : tensor<4xf32>
  return %r : tensor<4xf32>
}
