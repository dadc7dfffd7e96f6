// RUN: ingot-opt %s | ingot-opt | FileCheck %s
// RUN: ingot-opt %s --mlir-print-op-generic | ingot-opt | FileCheck %s

// CHECK-LABEL: func.func @f0
// CHECK: ingot.reduce sum %{{.*}} dimensions = [2, 0] : (tensor<?x3x4xf32>) -> tensor<3xf32>
func.func @f0(%x: tensor<?x3x4xf32>) -> tensor<3xf32> {
  %r = ingot.reduce sum %x dimensions = [2, 0] : (tensor<?x3x4xf32>) -> tensor<3xf32>
  return %r : tensor<3xf32>
}

// CHECK-LABEL: func.func @f1
// CHECK: ingot.reduce product %{{.*}} dimensions = [2, 0] : (tensor<?x3x4xf32>) -> tensor<3xf32>
func.func @f1(%x: tensor<?x3x4xf32>) -> tensor<3xf32> {
  %r = ingot.reduce product %x dimensions = [2, 0] : (tensor<?x3x4xf32>) -> tensor<3xf32>
  return %r : tensor<3xf32>
}

// CHECK-LABEL: func.func @f2
// CHECK: ingot.reduce max %{{.*}} dimensions = [2, 0] : (tensor<?x3x4xf32>) -> tensor<3xf32>
func.func @f2(%x: tensor<?x3x4xf32>) -> tensor<3xf32> {
  %r = ingot.reduce max %x dimensions = [2, 0] : (tensor<?x3x4xf32>) -> tensor<3xf32>
  return %r : tensor<3xf32>
}

// CHECK-LABEL: func.func @f3
// CHECK: ingot.reduce min %{{.*}} dimensions = [2, 0] : (tensor<?x3x4xf32>) -> tensor<3xf32>
func.func @f3(%x: tensor<?x3x4xf32>) -> tensor<3xf32> {
  %r = ingot.reduce min %x dimensions = [2, 0] : (tensor<?x3x4xf32>) -> tensor<3xf32>
  return %r : tensor<3xf32>
}

// CHECK-LABEL: func.func @f4
// CHECK: ingot.reduce max %{{.*}} dimensions = [0] : (tensor<?xi1>) -> tensor<i1>
func.func @f4(%x: tensor<?xi1>) -> tensor<i1> {
  %r = ingot.reduce max %x dimensions = [0] : (tensor<?xi1>) -> tensor<i1>
  return %r : tensor<i1>
}
