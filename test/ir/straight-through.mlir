// RUN: ingot-opt %s | ingot-opt | FileCheck %s
// RUN: ingot-opt %s --mlir-print-op-generic | ingot-opt | FileCheck %s
// RUN: ingot-opt %s --canonicalize --cse | FileCheck %s

// CHECK-LABEL: func.func @f0
// CHECK: ingot.straight_through %{{.*}}, %{{.*}} : tensor<?x3xf32>
func.func @f0(%v: tensor<?x3xf32>, %p: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %y = ingot.straight_through %v, %p : tensor<?x3xf32>
  return %y : tensor<?x3xf32>
}

// CHECK-LABEL: func.func @f1
// CHECK: ingot.straight_through %{{.*}}, %{{.*}} : (tensor<2x3xf32>, tensor<?x3xf32>) -> tensor<2x3xf32>
func.func @f1(%v: tensor<2x3xf32>, %p: tensor<?x3xf32>) -> tensor<2x3xf32> {
  %y = ingot.straight_through %v, %p : (tensor<2x3xf32>, tensor<?x3xf32>) -> tensor<2x3xf32>
  return %y : tensor<2x3xf32>
}
