// RUN: ingot-opt %s | ingot-opt | FileCheck %s
// RUN: ingot-opt %s --mlir-print-op-generic | ingot-opt | FileCheck %s

// CHECK-LABEL: func.func @f0
// CHECK: ingot.and %{{.*}}, %{{.*}} : tensor<?xi1>
func.func @f0(%x: tensor<?xi1>, %y: tensor<?xi1>) -> tensor<?xi1> {
  %r = ingot.and %x, %y : tensor<?xi1>
  return %r : tensor<?xi1>
}

// CHECK-LABEL: func.func @f1
// CHECK: ingot.and %{{.*}}, %{{.*}} : tensor<ui64>
func.func @f1(%x: tensor<ui64>, %y: tensor<ui64>) -> tensor<ui64> {
  %r = ingot.and %x, %y : tensor<ui64>
  return %r : tensor<ui64>
}
