// RUN: ingot-opt %s | ingot-opt | FileCheck %s
// RUN: ingot-opt %s --mlir-print-op-generic | ingot-opt | FileCheck %s

// CHECK-LABEL: func.func @f0
// CHECK: ingot.conv %{{.*}}, %{{.*}} strides [2, 2] dilations [1, 1] pads [1, 1] x [1, 1] {groups = 2 : i64} : (tensor<?x8x8x6xf32>, tensor<3x3x3x4xf32>) -> tensor<?x4x4x4xf32>
func.func @f0(%x: tensor<?x8x8x6xf32>, %f: tensor<3x3x3x4xf32>) -> tensor<?x4x4x4xf32> {
  %r = ingot.conv %x, %f strides [2, 2] dilations [1, 1] pads [1, 1] x [1, 1] {groups = 2 : i64} : (tensor<?x8x8x6xf32>, tensor<3x3x3x4xf32>) -> tensor<?x4x4x4xf32>
  return %r : tensor<?x4x4x4xf32>
}

// CHECK-LABEL: func.func @f1
// CHECK: ingot.conv %{{.*}}, %{{.*}} strides [1] dilations [2] pads [0] x [0] : (tensor<1x?x1xui8>, tensor<5x1x2xi8>) -> tensor<1x?x2xi32>
func.func @f1(%x: tensor<1x?x1xui8>, %f: tensor<5x1x2xi8>) -> tensor<1x?x2xi32> {
  %r = ingot.conv %x, %f strides [1] dilations [2] pads [0] x [0] : (tensor<1x?x1xui8>, tensor<5x1x2xi8>) -> tensor<1x?x2xi32>
  return %r : tensor<1x?x2xi32>
}
