// RUN: ingot-opt %s | ingot-opt | FileCheck %s
// RUN: ingot-opt %s --mlir-print-op-generic | ingot-opt | FileCheck %s

// CHECK-LABEL: func.func @f0
// CHECK: ingot.scatter_nd replace %{{.*}} into %{{.*}}[%{{.*}}] : (tensor<8x4xf32>, tensor<?x1xi64>, tensor<?x4xf32>) -> tensor<8x4xf32>
func.func @f0(%u: tensor<?x4xf32>, %x: tensor<8x4xf32>, %i: tensor<?x1xi64>) -> tensor<8x4xf32> {
  %r = ingot.scatter_nd replace %u into %x[%i] : (tensor<8x4xf32>, tensor<?x1xi64>, tensor<?x4xf32>) -> tensor<8x4xf32>
  return %r : tensor<8x4xf32>
}

// CHECK-LABEL: func.func @f1
// CHECK: ingot.scatter_nd add %{{.*}} into %{{.*}}[%{{.*}}] : (tensor<8x4xf32>, tensor<?x1xi64>, tensor<?x4xf32>) -> tensor<8x4xf32>
func.func @f1(%u: tensor<?x4xf32>, %x: tensor<8x4xf32>, %i: tensor<?x1xi64>) -> tensor<8x4xf32> {
  %r = ingot.scatter_nd add %u into %x[%i] : (tensor<8x4xf32>, tensor<?x1xi64>, tensor<?x4xf32>) -> tensor<8x4xf32>
  return %r : tensor<8x4xf32>
}

// CHECK-LABEL: func.func @f2
// CHECK: ingot.scatter_nd mul %{{.*}} into %{{.*}}[%{{.*}}] : (tensor<8x4xf32>, tensor<?x1xi64>, tensor<?x4xf32>) -> tensor<8x4xf32>
func.func @f2(%u: tensor<?x4xf32>, %x: tensor<8x4xf32>, %i: tensor<?x1xi64>) -> tensor<8x4xf32> {
  %r = ingot.scatter_nd mul %u into %x[%i] : (tensor<8x4xf32>, tensor<?x1xi64>, tensor<?x4xf32>) -> tensor<8x4xf32>
  return %r : tensor<8x4xf32>
}

// CHECK-LABEL: func.func @f3
// CHECK: ingot.scatter_nd min %{{.*}} into %{{.*}}[%{{.*}}] : (tensor<8x4xf32>, tensor<?x1xi64>, tensor<?x4xf32>) -> tensor<8x4xf32>
func.func @f3(%u: tensor<?x4xf32>, %x: tensor<8x4xf32>, %i: tensor<?x1xi64>) -> tensor<8x4xf32> {
  %r = ingot.scatter_nd min %u into %x[%i] : (tensor<8x4xf32>, tensor<?x1xi64>, tensor<?x4xf32>) -> tensor<8x4xf32>
  return %r : tensor<8x4xf32>
}

// CHECK-LABEL: func.func @f4
// CHECK: ingot.scatter_nd max %{{.*}} into %{{.*}}[%{{.*}}] : (tensor<8x4xf32>, tensor<?x1xi64>, tensor<?x4xf32>) -> tensor<8x4xf32>
func.func @f4(%u: tensor<?x4xf32>, %x: tensor<8x4xf32>, %i: tensor<?x1xi64>) -> tensor<8x4xf32> {
  %r = ingot.scatter_nd max %u into %x[%i] : (tensor<8x4xf32>, tensor<?x1xi64>, tensor<?x4xf32>) -> tensor<8x4xf32>
  return %r : tensor<8x4xf32>
}
