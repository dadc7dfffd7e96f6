// RUN: ingot-opt %s | ingot-opt | FileCheck %s
// RUN: ingot-opt %s --mlir-print-op-generic | ingot-opt | FileCheck %s

// CHECK-LABEL: func.func @f0
// CHECK: ingot.broadcast %{{.*}} dimensions = [1] sizes [%{{.*}}, 3] : (tensor<3xf32>) -> tensor<?x3xf32>
func.func @f0(%x: tensor<3xf32>, %n: index) -> tensor<?x3xf32> {
  %r = ingot.broadcast %x dimensions = [1] sizes [%n, 3] : (tensor<3xf32>) -> tensor<?x3xf32>
  return %r : tensor<?x3xf32>
}

// CHECK-LABEL: func.func @f1
// CHECK: ingot.broadcast %{{.*}} dimensions = [0, 1] sizes [%{{.*}}, 4] {maybe_one = array<i64: 0>} : (tensor<?x1xf32>) -> tensor<?x4xf32>
func.func @f1(%x: tensor<?x1xf32>, %n: index) -> tensor<?x4xf32> {
  %r = ingot.broadcast %x dimensions = [0, 1] sizes [%n, 4] {maybe_one = array<i64: 0>} : (tensor<?x1xf32>) -> tensor<?x4xf32>
  return %r : tensor<?x4xf32>
}

// CHECK-LABEL: func.func @f2
// CHECK: ingot.broadcast %{{.*}} dimensions = [2, 0] sizes [3, 5, 2] : (tensor<2x3xf32>) -> tensor<3x5x2xf32>
func.func @f2(%x: tensor<2x3xf32>) -> tensor<3x5x2xf32> {
  %r = ingot.broadcast %x dimensions = [2, 0] sizes [3, 5, 2] : (tensor<2x3xf32>) -> tensor<3x5x2xf32>
  return %r : tensor<3x5x2xf32>
}
