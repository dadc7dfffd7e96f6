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

// -----

// Neighbours and weights are tables, constant where the sizes are.
// CHECK-LABEL: func.func @tables
// CHECK-DAG: arith.constant dense<[-1, 0, 0, 1, 1, 2, 2, 3]> : tensor<8xi64>
// CHECK-DAG: arith.constant dense<[2.500000e-01, 7.500000e-01, 2.500000e-01, 7.500000e-01, 2.500000e-01, 7.500000e-01, 2.500000e-01, 7.500000e-01]> : tensor<8xf32>
// CHECK-NOT: f64
// CHECK: return
func.func @tables(%x: tensor<1x4x5x8xf32>) -> tensor<1x8x5x8xf32> {
  %y = ingot.resize linear half_pixel round_prefer_floor %x sizes [1, 8, 5, 8] : (tensor<1x4x5x8xf32>) -> tensor<1x8x5x8xf32>
  return %y : tensor<1x8x5x8xf32>
}

// -----

// Along the innermost dimension neighbours are gathered: that is done first, for the lines that x has.
// CHECK-LABEL: func.func @planes
// CHECK: %[[LINES:.*]] = linalg.generic
// CHECK-COUNT-2: tensor.extract %arg0
// CHECK-NOT: tensor.extract
// CHECK: -> tensor<3x4x10xf32>
// CHECK: linalg.generic
// CHECK-COUNT-2: tensor.extract %[[LINES]]
// CHECK-NOT: tensor.extract
// CHECK: -> tensor<3x8x10xf32>
func.func @planes(%x: tensor<3x4x5xf32>) -> tensor<3x8x10xf32> {
  %y = ingot.resize linear half_pixel round_prefer_floor %x sizes [3, 8, 10] : (tensor<3x4x5xf32>) -> tensor<3x8x10xf32>
  return %y : tensor<3x8x10xf32>
}
