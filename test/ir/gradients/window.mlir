// RUN: ingot-opt %s --split-input-file | FileCheck %s
// CHECK: func.func

// FIRST ORDER
func.func @pool_max(%x: tensor<1x5x4x2xf64>) -> (tensor<1x3x4x2xf64>) {
  %y = ingot.reduce_window max %x window [1, 3, 2, 1] strides [1, 2, 1, 1] dilations [1, 1, 1, 1] pads [0, 1, 0, 0] x [0, 1, 1, 0] : (tensor<1x5x4x2xf64>) -> tensor<1x3x4x2xf64>
  return %y : tensor<1x3x4x2xf64>
}

// -----

// FIRST ORDER
func.func @pool_dilated_max(%x: tensor<7x4xf64>) -> (tensor<3x4xf64>) {
  %y = ingot.reduce_window max %x window [3, 1] strides [2, 1] dilations [2, 1] pads [1, 0] x [1, 0] : (tensor<7x4xf64>) -> tensor<3x4xf64>
  return %y : tensor<3x4xf64>
}

// -----

// FIRST ORDER
func.func @pool_disjoint_max(%x: tensor<1x5x4x2xf64>) -> (tensor<1x2x2x2xf64>) {
  %y = ingot.reduce_window max %x window [1, 2, 2, 1] strides [1, 2, 2, 1] dilations [1, 1, 1, 1] pads [0, 0, 0, 0] x [0, 0, 0, 0] : (tensor<1x5x4x2xf64>) -> tensor<1x2x2x2xf64>
  return %y : tensor<1x2x2x2xf64>
}

// -----

// FIRST ORDER
func.func @pool_dynamic_max(%x: tensor<?x?x2xf64> {ingot.sizes = array<i64: 2,5,2>}) -> (tensor<?x?x2xf64>) {
  %y = ingot.reduce_window max %x window [1, 3, 1] strides [1, 2, 1] dilations [1, 1, 1] pads [0, 1, 0] x [0, 1, 0] : (tensor<?x?x2xf64>) -> tensor<?x?x2xf64>
  return %y : tensor<?x?x2xf64>
}

// -----

func.func @pool_sum(%x: tensor<1x5x4x2xf64>) -> (tensor<1x3x4x2xf64>) {
  %y = ingot.reduce_window sum %x window [1, 3, 2, 1] strides [1, 2, 1, 1] dilations [1, 1, 1, 1] pads [0, 1, 0, 0] x [0, 1, 1, 0] : (tensor<1x5x4x2xf64>) -> tensor<1x3x4x2xf64>
  return %y : tensor<1x3x4x2xf64>
}

// -----

func.func @pool_dilated_sum(%x: tensor<7x4xf64>) -> (tensor<3x4xf64>) {
  %y = ingot.reduce_window sum %x window [3, 1] strides [2, 1] dilations [2, 1] pads [1, 0] x [1, 0] : (tensor<7x4xf64>) -> tensor<3x4xf64>
  return %y : tensor<3x4xf64>
}

// -----

func.func @pool_disjoint_sum(%x: tensor<1x5x4x2xf64>) -> (tensor<1x2x2x2xf64>) {
  %y = ingot.reduce_window sum %x window [1, 2, 2, 1] strides [1, 2, 2, 1] dilations [1, 1, 1, 1] pads [0, 0, 0, 0] x [0, 0, 0, 0] : (tensor<1x5x4x2xf64>) -> tensor<1x2x2x2xf64>
  return %y : tensor<1x2x2x2xf64>
}

// -----

func.func @pool_dynamic_sum(%x: tensor<?x?x2xf64> {ingot.sizes = array<i64: 2,5,2>}) -> (tensor<?x?x2xf64>) {
  %y = ingot.reduce_window sum %x window [1, 3, 1] strides [1, 2, 1] dilations [1, 1, 1] pads [0, 1, 0] x [0, 1, 0] : (tensor<?x?x2xf64>) -> tensor<?x?x2xf64>
  return %y : tensor<?x?x2xf64>
}

// -----

func.func @pool_mean(%x: tensor<1x5x4x2xf64>) -> (tensor<1x3x4x2xf64>) {
  %y = ingot.reduce_window mean %x window [1, 3, 2, 1] strides [1, 2, 1, 1] dilations [1, 1, 1, 1] pads [0, 1, 0, 0] x [0, 1, 1, 0] : (tensor<1x5x4x2xf64>) -> tensor<1x3x4x2xf64>
  return %y : tensor<1x3x4x2xf64>
}

// -----

func.func @pool_dilated_mean(%x: tensor<7x4xf64>) -> (tensor<3x4xf64>) {
  %y = ingot.reduce_window mean %x window [3, 1] strides [2, 1] dilations [2, 1] pads [1, 0] x [1, 0] : (tensor<7x4xf64>) -> tensor<3x4xf64>
  return %y : tensor<3x4xf64>
}

// -----

func.func @pool_disjoint_mean(%x: tensor<1x5x4x2xf64>) -> (tensor<1x2x2x2xf64>) {
  %y = ingot.reduce_window mean %x window [1, 2, 2, 1] strides [1, 2, 2, 1] dilations [1, 1, 1, 1] pads [0, 0, 0, 0] x [0, 0, 0, 0] : (tensor<1x5x4x2xf64>) -> tensor<1x2x2x2xf64>
  return %y : tensor<1x2x2x2xf64>
}

// -----

func.func @pool_dynamic_mean(%x: tensor<?x?x2xf64> {ingot.sizes = array<i64: 2,5,2>}) -> (tensor<?x?x2xf64>) {
  %y = ingot.reduce_window mean %x window [1, 3, 1] strides [1, 2, 1] dilations [1, 1, 1] pads [0, 1, 0] x [0, 1, 0] : (tensor<?x?x2xf64>) -> tensor<?x?x2xf64>
  return %y : tensor<?x?x2xf64>
}

// -----

func.func @pool_mean_counting(%x: tensor<1x5x4x2xf64>) -> (tensor<1x3x4x2xf64>) {
  %y = ingot.reduce_window mean %x window [1, 3, 2, 1] strides [1, 2, 1, 1] dilations [1, 1, 1, 1] pads [0, 1, 0, 0] x [0, 1, 1, 0] {count_padding} : (tensor<1x5x4x2xf64>) -> tensor<1x3x4x2xf64>
  return %y : tensor<1x3x4x2xf64>
}

// -----

func.func @pool_dilated_mean_counting(%x: tensor<7x4xf64>) -> (tensor<3x4xf64>) {
  %y = ingot.reduce_window mean %x window [3, 1] strides [2, 1] dilations [2, 1] pads [1, 0] x [1, 0] {count_padding} : (tensor<7x4xf64>) -> tensor<3x4xf64>
  return %y : tensor<3x4xf64>
}

// -----

func.func @pool_disjoint_mean_counting(%x: tensor<1x5x4x2xf64>) -> (tensor<1x2x2x2xf64>) {
  %y = ingot.reduce_window mean %x window [1, 2, 2, 1] strides [1, 2, 2, 1] dilations [1, 1, 1, 1] pads [0, 0, 0, 0] x [0, 0, 0, 0] {count_padding} : (tensor<1x5x4x2xf64>) -> tensor<1x2x2x2xf64>
  return %y : tensor<1x2x2x2xf64>
}

// -----

func.func @pool_dynamic_mean_counting(%x: tensor<?x?x2xf64> {ingot.sizes = array<i64: 2,5,2>}) -> (tensor<?x?x2xf64>) {
  %y = ingot.reduce_window mean %x window [1, 3, 1] strides [1, 2, 1] dilations [1, 1, 1] pads [0, 1, 0] x [0, 1, 0] {count_padding} : (tensor<?x?x2xf64>) -> tensor<?x?x2xf64>
  return %y : tensor<?x?x2xf64>
}

// -----

// FIRST ORDER
func.func @max_pool_grad(%x: tensor<5x2xf64>, %d: tensor<3x2xf64>) -> (tensor<5x2xf64>) {
  %s = ingot.stop_gradient %x : tensor<5x2xf64>
  %y = ingot.max_pool_grad %s, %d window [3, 1] strides [1, 1] dilations [1, 1] pads [0, 0] x [0, 0] : (tensor<5x2xf64>, tensor<3x2xf64>) -> tensor<5x2xf64>
  return %y : tensor<5x2xf64>
}
