// RUN: ingot-opt %s | ingot-opt | FileCheck %s
// RUN: ingot-opt %s --mlir-print-op-generic | ingot-opt | FileCheck %s

// CHECK-LABEL: func.func @f0
// CHECK: ingot.resize linear half_pixel floor %{{.*}} sizes [1, 3, %{{.*}}, %{{.*}}] : (tensor<1x3x?x?xf32>, index, index) -> tensor<1x3x?x?xf32>
func.func @f0(%x: tensor<1x3x?x?xf32>, %h: index, %w: index) -> tensor<1x3x?x?xf32> {
  %r = ingot.resize linear half_pixel floor %x sizes [1, 3, %h, %w] : (tensor<1x3x?x?xf32>, index, index) -> tensor<1x3x?x?xf32>
  return %r : tensor<1x3x?x?xf32>
}

// CHECK-LABEL: func.func @f1
// CHECK: ingot.resize nearest asymmetric round_prefer_ceil %{{.*}} scales %{{.*}} sizes [4, 4] : (tensor<2x2xui8>, tensor<2xf32>) -> tensor<4x4xui8>
func.func @f1(%x: tensor<2x2xui8>, %s: tensor<2xf32>) -> tensor<4x4xui8> {
  %r = ingot.resize nearest asymmetric round_prefer_ceil %x scales %s sizes [4, 4] : (tensor<2x2xui8>, tensor<2xf32>) -> tensor<4x4xui8>
  return %r : tensor<4x4xui8>
}

// CHECK-LABEL: func.func @f2
// CHECK: ingot.resize cubic tf_crop_and_resize ceil %{{.*}} roi %{{.*}} sizes [4, 4] {antialias, cubic_coefficient = -5.000000e-01 : f64, extrapolation = 1.000000e+01 : f64} : (tensor<2x2xf32>, tensor<4xf32>) -> tensor<4x4xf32>
func.func @f2(%x: tensor<2x2xf32>, %b: tensor<4xf32>) -> tensor<4x4xf32> {
  %r = ingot.resize cubic tf_crop_and_resize ceil %x roi %b sizes [4, 4] {antialias, cubic_coefficient = -5.000000e-01 : f64, extrapolation = 1.000000e+01 : f64} : (tensor<2x2xf32>, tensor<4xf32>) -> tensor<4x4xf32>
  return %r : tensor<4x4xf32>
}
