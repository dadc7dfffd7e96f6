// RUN: ingot-opt %s --split-input-file | FileCheck %s
// CHECK: func.func

func.func @dequantize_scale(%s: tensor<f64>) -> (tensor<5xf64>) {
  %q = ingot.constant dense<[-7, 0, 3, 127, -128]> : tensor<5xi8>
  %z = ingot.constant dense<3> : tensor<i8>
  %y = ingot.dequantize %q scale %s zero_point %z : (tensor<5xi8>, tensor<f64>, tensor<i8>) -> tensor<5xf64>
  return %y : tensor<5xf64>
}

// -----

func.func @dequantize_axis(%s: tensor<3xf64>) -> (tensor<2x3xf64>) {
  %q = ingot.constant dense<[[-7, 0, 3], [127, -128, 9]]> : tensor<2x3xi8>
  %z = ingot.constant dense<[3, -1, 0]> : tensor<3xi8>
  %y = ingot.dequantize %q scale %s zero_point %z {axis = 1 : i64} : (tensor<2x3xi8>, tensor<3xf64>, tensor<3xi8>) -> tensor<2x3xf64>
  return %y : tensor<2x3xf64>
}

// -----

func.func @dequantize_blocks(%s: tensor<2x3xf64>) -> (tensor<2x5xf64>) {
  %q = ingot.constant dense<[[-7, 0, 3, 5, 6], [127, -128, 9, 1, 2]]> : tensor<2x5xi8>
  %z = ingot.constant dense<[[3, -1, 0], [1, 2, 3]]> : tensor<2x3xi8>
  %y = ingot.dequantize %q scale %s zero_point %z {axis = 1 : i64, block_size = 2 : i64} : (tensor<2x5xi8>, tensor<2x3xf64>, tensor<2x3xi8>) -> tensor<2x5xf64>
  return %y : tensor<2x5xf64>
}
