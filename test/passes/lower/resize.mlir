// RUN: ingot-opt %s --to-linalg --canonicalize --split-input-file | FileCheck %s

// A whole factor needs no arithmetic on coordinates.
// CHECK-LABEL: func.func @nearest
// CHECK: linalg.generic
// CHECK-NOT: f64
// CHECK: arith.divui
// CHECK: tensor.extract
func.func @nearest(%x: tensor<1x4x4x8xf32>) -> tensor<1x8x8x8xf32> {
  %y = ingot.resize nearest asymmetric floor %x sizes [1, 8, 8, 8] : (tensor<1x4x4x8xf32>) -> tensor<1x8x8x8xf32>
  return %y : tensor<1x8x8x8xf32>
}

// -----

// CHECK-LABEL: func.func @linear
// CHECK-COUNT-4: tensor.extract
func.func @linear(%x: tensor<1x4x4x8xf32>) -> tensor<1x7x9x8xf32> {
  %y = ingot.resize linear half_pixel round_prefer_floor %x sizes [1, 7, 9, 8] : (tensor<1x4x4x8xf32>) -> tensor<1x7x9x8xf32>
  return %y : tensor<1x7x9x8xf32>
}
