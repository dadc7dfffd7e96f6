// RUN: ingot-opt %s --split-input-file | FileCheck %s
// CHECK: func.func

func.func @nearest_half_pixel(%x: tensor<3x4xf64>) -> (tensor<5x7xf64>) {
  %y = ingot.resize nearest half_pixel floor %x sizes [5, 7] : (tensor<3x4xf64>) -> tensor<5x7xf64>
  return %y : tensor<5x7xf64>
}

// -----

func.func @nearest_half_pixel_symmetric(%x: tensor<3x4xf64>) -> (tensor<5x7xf64>) {
  %y = ingot.resize nearest half_pixel_symmetric floor %x sizes [5, 7] : (tensor<3x4xf64>) -> tensor<5x7xf64>
  return %y : tensor<5x7xf64>
}

// -----

func.func @nearest_pytorch_half_pixel(%x: tensor<3x4xf64>) -> (tensor<5x7xf64>) {
  %y = ingot.resize nearest pytorch_half_pixel floor %x sizes [5, 7] : (tensor<3x4xf64>) -> tensor<5x7xf64>
  return %y : tensor<5x7xf64>
}

// -----

func.func @nearest_align_corners(%x: tensor<3x4xf64>) -> (tensor<5x7xf64>) {
  %y = ingot.resize nearest align_corners floor %x sizes [5, 7] : (tensor<3x4xf64>) -> tensor<5x7xf64>
  return %y : tensor<5x7xf64>
}

// -----

func.func @nearest_asymmetric(%x: tensor<3x4xf64>) -> (tensor<5x7xf64>) {
  %y = ingot.resize nearest asymmetric floor %x sizes [5, 7] : (tensor<3x4xf64>) -> tensor<5x7xf64>
  return %y : tensor<5x7xf64>
}

// -----

func.func @linear_half_pixel(%x: tensor<3x4xf64>) -> (tensor<5x7xf64>) {
  %y = ingot.resize linear half_pixel floor %x sizes [5, 7] : (tensor<3x4xf64>) -> tensor<5x7xf64>
  return %y : tensor<5x7xf64>
}

// -----

func.func @linear_half_pixel_symmetric(%x: tensor<3x4xf64>) -> (tensor<5x7xf64>) {
  %y = ingot.resize linear half_pixel_symmetric floor %x sizes [5, 7] : (tensor<3x4xf64>) -> tensor<5x7xf64>
  return %y : tensor<5x7xf64>
}

// -----

func.func @linear_pytorch_half_pixel(%x: tensor<3x4xf64>) -> (tensor<5x7xf64>) {
  %y = ingot.resize linear pytorch_half_pixel floor %x sizes [5, 7] : (tensor<3x4xf64>) -> tensor<5x7xf64>
  return %y : tensor<5x7xf64>
}

// -----

func.func @linear_align_corners(%x: tensor<3x4xf64>) -> (tensor<5x7xf64>) {
  %y = ingot.resize linear align_corners floor %x sizes [5, 7] : (tensor<3x4xf64>) -> tensor<5x7xf64>
  return %y : tensor<5x7xf64>
}

// -----

func.func @linear_asymmetric(%x: tensor<3x4xf64>) -> (tensor<5x7xf64>) {
  %y = ingot.resize linear asymmetric floor %x sizes [5, 7] : (tensor<3x4xf64>) -> tensor<5x7xf64>
  return %y : tensor<5x7xf64>
}

// -----

func.func @cubic_half_pixel(%x: tensor<3x4xf64>) -> (tensor<5x7xf64>) {
  %y = ingot.resize cubic half_pixel floor %x sizes [5, 7] : (tensor<3x4xf64>) -> tensor<5x7xf64>
  return %y : tensor<5x7xf64>
}

// -----

func.func @cubic_half_pixel_symmetric(%x: tensor<3x4xf64>) -> (tensor<5x7xf64>) {
  %y = ingot.resize cubic half_pixel_symmetric floor %x sizes [5, 7] : (tensor<3x4xf64>) -> tensor<5x7xf64>
  return %y : tensor<5x7xf64>
}

// -----

func.func @cubic_pytorch_half_pixel(%x: tensor<3x4xf64>) -> (tensor<5x7xf64>) {
  %y = ingot.resize cubic pytorch_half_pixel floor %x sizes [5, 7] : (tensor<3x4xf64>) -> tensor<5x7xf64>
  return %y : tensor<5x7xf64>
}

// -----

func.func @cubic_align_corners(%x: tensor<3x4xf64>) -> (tensor<5x7xf64>) {
  %y = ingot.resize cubic align_corners floor %x sizes [5, 7] : (tensor<3x4xf64>) -> tensor<5x7xf64>
  return %y : tensor<5x7xf64>
}

// -----

func.func @cubic_asymmetric(%x: tensor<3x4xf64>) -> (tensor<5x7xf64>) {
  %y = ingot.resize cubic asymmetric floor %x sizes [5, 7] : (tensor<3x4xf64>) -> tensor<5x7xf64>
  return %y : tensor<5x7xf64>
}

// -----

func.func @nearest_repeats(%x: tensor<2x3x4x2xf64>) -> (tensor<2x6x12x2xf64>) {
  %y = ingot.resize nearest asymmetric floor %x sizes [2, 6, 12, 2] : (tensor<2x3x4x2xf64>) -> tensor<2x6x12x2xf64>
  return %y : tensor<2x6x12x2xf64>
}

// -----

func.func @linear_channels_last(%x: tensor<1x3x2x2xf64>) -> (tensor<1x6x5x2xf64>) {
  %y = ingot.resize linear half_pixel floor %x sizes [1, 6, 5, 2] : (tensor<1x3x2x2xf64>) -> tensor<1x6x5x2xf64>
  return %y : tensor<1x6x5x2xf64>
}

// -----

func.func @nearest_round_prefer_floor(%x: tensor<5xf64>) -> (tensor<3xf64>) {
  %y = ingot.resize nearest half_pixel round_prefer_floor %x sizes [3] : (tensor<5xf64>) -> tensor<3xf64>
  return %y : tensor<3xf64>
}

// -----

func.func @nearest_round_prefer_ceil(%x: tensor<5xf64>) -> (tensor<3xf64>) {
  %y = ingot.resize nearest half_pixel round_prefer_ceil %x sizes [3] : (tensor<5xf64>) -> tensor<3xf64>
  return %y : tensor<3xf64>
}

// -----

func.func @nearest_ceil(%x: tensor<5xf64>) -> (tensor<3xf64>) {
  %y = ingot.resize nearest half_pixel ceil %x sizes [3] : (tensor<5xf64>) -> tensor<3xf64>
  return %y : tensor<3xf64>
}

// -----

func.func @nearest_tf(%x: tensor<4xf64>) -> (tensor<7xf64>) {
  %y = ingot.resize nearest tf_half_pixel_for_nn floor %x sizes [7] : (tensor<4xf64>) -> tensor<7xf64>
  return %y : tensor<7xf64>
}

// -----

func.func @shrink(%x: tensor<8x3xf64>) -> (tensor<3x3xf64>) {
  %y = ingot.resize linear half_pixel floor %x sizes [3, 3] : (tensor<8x3xf64>) -> tensor<3x3xf64>
  return %y : tensor<3x3xf64>
}

// -----

func.func @antialias(%x: tensor<8x3xf64>) -> (tensor<3x3xf64>) {
  %y = ingot.resize linear half_pixel floor %x sizes [3, 3] {antialias} : (tensor<8x3xf64>) -> tensor<3x3xf64>
  return %y : tensor<3x3xf64>
}

// -----

func.func @antialias_cubic(%x: tensor<8xf64>) -> (tensor<5xf64>) {
  %y = ingot.resize cubic half_pixel floor %x sizes [5] {antialias, cubic_coefficient = -0.5 : f64, exclude_outside} : (tensor<8xf64>) -> tensor<5xf64>
  return %y : tensor<5xf64>
}

// -----

func.func @exclude_outside(%x: tensor<4xf64>) -> (tensor<7xf64>) {
  %y = ingot.resize cubic half_pixel floor %x sizes [7] {exclude_outside} : (tensor<4xf64>) -> tensor<7xf64>
  return %y : tensor<7xf64>
}

// -----

func.func @crop_and_resize(%x: tensor<4x5xf64>) -> (tensor<3x4xf64>) {
  %r = ingot.constant dense<[0.2, 0.0, 1.3, 0.8]> : tensor<4xf32>
  %y = ingot.resize linear tf_crop_and_resize floor %x roi %r sizes [3, 4] {extrapolation = 10.0 : f64} : (tensor<4x5xf64>, tensor<4xf32>) -> tensor<3x4xf64>
  return %y : tensor<3x4xf64>
}

// -----

func.func @scales(%x: tensor<3x4xf64>) -> (tensor<3x6xf64>) {
  %s = ingot.constant dense<[1.0, 1.7]> : tensor<2xf32>
  %y = ingot.resize linear half_pixel floor %x scales %s sizes [3, 6] : (tensor<3x4xf64>, tensor<2xf32>) -> tensor<3x6xf64>
  return %y : tensor<3x6xf64>
}

// -----

func.func @resize_dynamic(%x: tensor<?x?xf64> {ingot.sizes = array<i64: 3,4>}, %s: tensor<?x?xf64> {ingot.sizes = array<i64: 5,6>}) -> (tensor<?x?xf64>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %h = tensor.dim %s, %c0 : tensor<?x?xf64>
  %w = tensor.dim %s, %c1 : tensor<?x?xf64>
  %y = ingot.resize linear half_pixel floor %x sizes [%h, %w] : (tensor<?x?xf64>, index, index) -> tensor<?x?xf64>
  return %y : tensor<?x?xf64>
}
