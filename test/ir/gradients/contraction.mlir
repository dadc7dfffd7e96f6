// RUN: ingot-opt %s --split-input-file | FileCheck %s
// CHECK: func.func

func.func @matmul(%x: tensor<2x3xf64>, %z: tensor<3x4xf64>) -> (tensor<2x4xf64>) {
  %y = ingot.contract %x, %z batch [] x [] contracting [1] x [0] : (tensor<2x3xf64>, tensor<3x4xf64>) -> tensor<2x4xf64>
  return %y : tensor<2x4xf64>
}

// -----

func.func @matmul_transposed(%x: tensor<2x3xf64>, %z: tensor<4x3xf64>) -> (tensor<2x4xf64>) {
  %y = ingot.contract %x, %z batch [] x [] contracting [1] x [1] : (tensor<2x3xf64>, tensor<4x3xf64>) -> tensor<2x4xf64>
  return %y : tensor<2x4xf64>
}

// -----

func.func @batched(%x: tensor<2x3x4xf64>, %z: tensor<4x5x2xf64>) -> (tensor<2x3x5xf64>) {
  %y = ingot.contract %x, %z batch [0] x [2] contracting [2] x [0] : (tensor<2x3x4xf64>, tensor<4x5x2xf64>) -> tensor<2x3x5xf64>
  return %y : tensor<2x3x5xf64>
}

// -----

func.func @two_contracted(%x: tensor<2x3x4xf64>, %z: tensor<4x5x2xf64>) -> (tensor<3x5xf64>) {
  %y = ingot.contract %x, %z batch [] x [] contracting [2, 0] x [0, 2] : (tensor<2x3x4xf64>, tensor<4x5x2xf64>) -> tensor<3x5xf64>
  return %y : tensor<3x5xf64>
}

// -----

func.func @outer(%x: tensor<2xf64>, %z: tensor<3xf64>) -> (tensor<2x3xf64>) {
  %y = ingot.contract %x, %z batch [] x [] contracting [] x [] : (tensor<2xf64>, tensor<3xf64>) -> tensor<2x3xf64>
  return %y : tensor<2x3xf64>
}

// -----

func.func @dot(%x: tensor<5xf64>, %z: tensor<5xf64>) -> (tensor<f64>) {
  %y = ingot.contract %x, %z batch [] x [] contracting [0] x [0] : (tensor<5xf64>, tensor<5xf64>) -> tensor<f64>
  return %y : tensor<f64>
}

// -----

func.func @matmul_dynamic(%x: tensor<?x3xf64> {ingot.sizes = array<i64: 2,3>}, %z: tensor<3x?xf64> {ingot.sizes = array<i64: 3,4>}) -> (tensor<?x?xf64>) {
  %y = ingot.contract %x, %z batch [] x [] contracting [1] x [0] : (tensor<?x3xf64>, tensor<3x?xf64>) -> tensor<?x?xf64>
  return %y : tensor<?x?xf64>
}

// -----

func.func @conv(%x: tensor<1x5x4x4xf64>, %f: tensor<3x2x2x6xf64>) -> (tensor<1x3x4x6xf64>) {
  %y = ingot.conv %x, %f strides [2, 1] dilations [1, 2] pads [1, 1] x [1, 1] {groups = 2 : i64} : (tensor<1x5x4x4xf64>, tensor<3x2x2x6xf64>) -> tensor<1x3x4x6xf64>
  return %y : tensor<1x3x4x6xf64>
}

// -----

func.func @conv_1d(%x: tensor<2x7x2xf64>, %f: tensor<3x2x3xf64>) -> (tensor<2x2x3xf64>) {
  %y = ingot.conv %x, %f strides [3] dilations [2] pads [0] x [1] : (tensor<2x7x2xf64>, tensor<3x2x3xf64>) -> tensor<2x2x3xf64>
  return %y : tensor<2x2x3xf64>
}

// -----

func.func @conv_rest(%x: tensor<1x6x2xf64>, %f: tensor<3x2x2xf64>) -> (tensor<1x2x2xf64>) {
  %y = ingot.conv %x, %f strides [2] dilations [1] pads [0] x [0] : (tensor<1x6x2xf64>, tensor<3x2x2xf64>) -> tensor<1x2x2xf64>
  return %y : tensor<1x2x2xf64>
}

// -----

func.func @conv_depthwise(%x: tensor<1x4x3xf64>, %f: tensor<3x1x3xf64>) -> (tensor<1x4x3xf64>) {
  %y = ingot.conv %x, %f strides [1] dilations [1] pads [1] x [1] {groups = 3 : i64} : (tensor<1x4x3xf64>, tensor<3x1x3xf64>) -> tensor<1x4x3xf64>
  return %y : tensor<1x4x3xf64>
}

// -----

func.func @conv_3d(%x: tensor<1x2x3x2x1xf64>, %f: tensor<2x2x1x1x2xf64>) -> (tensor<1x1x2x2x2xf64>) {
  %y = ingot.conv %x, %f strides [1, 1, 1] dilations [1, 1, 1] pads [0, 0, 0] x [0, 0, 0] : (tensor<1x2x3x2x1xf64>, tensor<2x2x1x1x2xf64>) -> tensor<1x1x2x2x2xf64>
  return %y : tensor<1x1x2x2x2xf64>
}

// -----

func.func @conv_dynamic(%x: tensor<?x?x4x2xf64> {ingot.sizes = array<i64: 2,5,4,2>}, %f: tensor<3x2x2x3xf64>) -> (tensor<?x?x5x3xf64>) {
  %y = ingot.conv %x, %f strides [2, 1] dilations [1, 1] pads [1, 1] x [0, 1] : (tensor<?x?x4x2xf64>, tensor<3x2x2x3xf64>) -> tensor<?x?x5x3xf64>
  return %y : tensor<?x?x5x3xf64>
}

// -----

func.func @conv_dynamic_window(%x: tensor<1x?x4xf64> {ingot.sizes = array<i64: 1,7,4>}, %f: tensor<?x2x4xf64> {ingot.sizes = array<i64: 3,2,4>}) -> (tensor<1x?x4xf64>) {
  %y = ingot.conv %x, %f strides [2] dilations [1] pads [1] x [1] {groups = 2 : i64} : (tensor<1x?x4xf64>, tensor<?x2x4xf64>) -> tensor<1x?x4xf64>
  return %y : tensor<1x?x4xf64>
}

// -----

func.func @conv_dynamic_window_dilated(%x: tensor<2x6x2xf64>, %f: tensor<?x2x3xf64> {ingot.sizes = array<i64: 2,2,3>}) -> (tensor<2x?x3xf64>) {
  %y = ingot.conv %x, %f strides [1] dilations [3] pads [0] x [2] : (tensor<2x6x2xf64>, tensor<?x2x3xf64>) -> tensor<2x?x3xf64>
  return %y : tensor<2x?x3xf64>
}

// -----

func.func @transposed(%x: tensor<1x3x2x4xf64>, %f: tensor<3x2x3x4xf64>) -> (tensor<1x7x3x3xf64>) {
  %y = ingot.conv_grad_input %x, %f sizes [7, 3] strides [2, 1] dilations [1, 1] pads [0, 0] x [0, 0] : (tensor<1x3x2x4xf64>, tensor<3x2x3x4xf64>) -> tensor<1x7x3x3xf64>
  return %y : tensor<1x7x3x3xf64>
}

// -----

func.func @transposed_output_padding(%x: tensor<1x3x4xf64>, %f: tensor<3x3x4xf64>) -> (tensor<1x6x3xf64>) {
  %y = ingot.conv_grad_input %x, %f sizes [6] strides [2] dilations [1] pads [1] x [1] : (tensor<1x3x4xf64>, tensor<3x3x4xf64>) -> tensor<1x6x3xf64>
  return %y : tensor<1x6x3xf64>
}

// -----

func.func @transposed_cut(%x: tensor<1x3x4xf64>, %f: tensor<3x3x4xf64>) -> (tensor<1x4x3xf64>) {
  %y = ingot.conv_grad_input %x, %f sizes [4] strides [2] dilations [1] pads [1] x [0] : (tensor<1x3x4xf64>, tensor<3x3x4xf64>) -> tensor<1x4x3xf64>
  return %y : tensor<1x4x3xf64>
}

// -----

func.func @transposed_long(%x: tensor<1x2x4xf64>, %f: tensor<2x3x4xf64>) -> (tensor<1x9x3xf64>) {
  %y = ingot.conv_grad_input %x, %f sizes [9] strides [2] dilations [1] pads [0] x [0] : (tensor<1x2x4xf64>, tensor<2x3x4xf64>) -> tensor<1x9x3xf64>
  return %y : tensor<1x9x3xf64>
}

// -----

func.func @transposed_grouped(%x: tensor<1x3x4xf64>, %f: tensor<2x2x4xf64>) -> (tensor<1x5x4xf64>) {
  %y = ingot.conv_grad_input %x, %f sizes [5] strides [2] dilations [2] pads [1] x [1] {groups = 2 : i64} : (tensor<1x3x4xf64>, tensor<2x2x4xf64>) -> tensor<1x5x4xf64>
  return %y : tensor<1x5x4xf64>
}

// -----

func.func @filter_gradient(%x: tensor<2x5x4xf64>, %d: tensor<2x3x6xf64>) -> (tensor<3x2x6xf64>) {
  %y = ingot.conv_grad_filter %x, %d filter_sizes [3] strides [2] dilations [1] pads [1] x [1] {groups = 2 : i64} : (tensor<2x5x4xf64>, tensor<2x3x6xf64>) -> tensor<3x2x6xf64>
  return %y : tensor<3x2x6xf64>
}

// -----

func.func @filter_gradient_rest(%x: tensor<1x6x2xf64>, %d: tensor<1x2x2xf64>) -> (tensor<3x2x2xf64>) {
  %y = ingot.conv_grad_filter %x, %d filter_sizes [3] strides [2] dilations [1] pads [0] x [0] : (tensor<1x6x2xf64>, tensor<1x2x2xf64>) -> tensor<3x2x2xf64>
  return %y : tensor<3x2x2xf64>
}
