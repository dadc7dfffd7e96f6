// RUN: ingot-opt %s | ingot-opt | FileCheck %s
// RUN: ingot-opt %s --mlir-print-op-generic | ingot-opt | FileCheck %s

// CHECK-LABEL: func.func @f0
// CHECK: ingot.random uniform(0.000000e+00, 1.000000e+00) seed = 7 sizes [%{{.*}}] : tensor<?xf32>
func.func @f0(%n: index) -> tensor<?xf32> {
  %r = ingot.random uniform(0.000000e+00, 1.000000e+00) seed = 7 sizes [%n] : tensor<?xf32>
  return %r : tensor<?xf32>
}

// CHECK-LABEL: func.func @f1
// CHECK: ingot.random normal(0.000000e+00, 2.000000e+00) seed = 0 sizes [2, 3] : tensor<2x3xf16>
func.func @f1() -> tensor<2x3xf16> {
  %r = ingot.random normal(0.000000e+00, 2.000000e+00) seed = 0 sizes [2, 3] : tensor<2x3xf16>
  return %r : tensor<2x3xf16>
}

// CHECK-LABEL: func.func @f2
// CHECK: ingot.random uniform(0.000000e+00, 1.000000e+00) seed = 5 of(%{{.*}}, %{{.*}}) sizes [%{{.*}}, 3] : tensor<?x3xf32>
func.func @f2(%n: index, %seed: tensor<i64>, %step: tensor<i64>) -> tensor<?x3xf32> {
  %r = ingot.random uniform(0.0, 1.0) seed = 5 of(%seed, %step) sizes [%n, 3] : tensor<?x3xf32>
  return %r : tensor<?x3xf32>
}
