// RUN: ingot-opt %s | ingot-opt | FileCheck %s
// RUN: ingot-opt %s --mlir-print-op-generic | ingot-opt | FileCheck %s

// CHECK-LABEL: func.func @f0
// CHECK: ingot.attention %{{.*}}, %{{.*}}, %{{.*}} mask %{{.*}} scale = 1.250000e-01 : (tensor<?x4x?x8xf32>, tensor<?x2x?x8xf32>, tensor<?x2x?x6xf32>, tensor<1x1x?x?xf32>) -> tensor<?x4x?x6xf32>
func.func @f0(%q: tensor<?x4x?x8xf32>, %k: tensor<?x2x?x8xf32>, %v: tensor<?x2x?x6xf32>, %m: tensor<1x1x?x?xf32>) -> tensor<?x4x?x6xf32> {
  %r = ingot.attention %q, %k, %v mask %m scale = 1.250000e-01 : (tensor<?x4x?x8xf32>, tensor<?x2x?x8xf32>, tensor<?x2x?x6xf32>, tensor<1x1x?x?xf32>) -> tensor<?x4x?x6xf32>
  return %r : tensor<?x4x?x6xf32>
}

// CHECK-LABEL: func.func @f1
// CHECK: ingot.attention %{{.*}}, %{{.*}}, %{{.*}} scale = 1.000000e+00 {causal} : (tensor<1x4x5x8xf32>, tensor<1x4x7x8xf32>, tensor<1x4x7x6xf32>) -> tensor<1x4x5x6xf32>
func.func @f1(%q: tensor<1x4x5x8xf32>, %k: tensor<1x4x7x8xf32>, %v: tensor<1x4x7x6xf32>) -> tensor<1x4x5x6xf32> {
  %r = ingot.attention %q, %k, %v scale = 1.000000e+00 {causal} : (tensor<1x4x5x8xf32>, tensor<1x4x7x8xf32>, tensor<1x4x7x6xf32>) -> tensor<1x4x5x6xf32>
  return %r : tensor<1x4x5x6xf32>
}
