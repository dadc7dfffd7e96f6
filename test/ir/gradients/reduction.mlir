// RUN: ingot-opt %s --split-input-file | FileCheck %s
// CHECK: func.func

// LOW: 0.5
func.func @reduce_sum(%x: tensor<2x3x4xf64>) -> (tensor<3xf64>) {
  %y = ingot.reduce sum %x dimensions = [2, 0] : (tensor<2x3x4xf64>) -> tensor<3xf64>
  return %y : tensor<3xf64>
}

// -----

// LOW: 0.5
func.func @reduce_product(%x: tensor<2x3x4xf64>) -> (tensor<3xf64>) {
  %y = ingot.reduce product %x dimensions = [2, 0] : (tensor<2x3x4xf64>) -> tensor<3xf64>
  return %y : tensor<3xf64>
}

// -----

// LOW: 0.5
// FIRST ORDER
func.func @reduce_max(%x: tensor<2x3x4xf64>) -> (tensor<3xf64>) {
  %y = ingot.reduce max %x dimensions = [2, 0] : (tensor<2x3x4xf64>) -> tensor<3xf64>
  return %y : tensor<3xf64>
}

// -----

// LOW: 0.5
// FIRST ORDER
func.func @reduce_min(%x: tensor<2x3x4xf64>) -> (tensor<3xf64>) {
  %y = ingot.reduce min %x dimensions = [2, 0] : (tensor<2x3x4xf64>) -> tensor<3xf64>
  return %y : tensor<3xf64>
}

// -----

// FIRST ORDER
func.func @product_with_zeros(%x: tensor<3x4xf64>) -> (tensor<3xf64>) {
  %m = ingot.constant dense<[[1.0, 1.0, 1.0, 1.0], [1.0, 0.0, 1.0, 1.0], [0.0, 1.0, 0.0, 1.0]]> : tensor<3x4xf64>
  %c = ingot.constant dense<0.6> : tensor<3x4xf64>
  %d = ingot.constant dense<[[0.0, 0.0, 0.0, 0.0], [0.0, 0.6, 0.0, 0.0], [0.6, 0.0, 0.6, 0.0]]> : tensor<3x4xf64>
  %p = ingot.sub %x, %c : tensor<3x4xf64>
  %q = ingot.mul %p, %m : tensor<3x4xf64>
  %y = ingot.reduce product %q dimensions = [1] : (tensor<3x4xf64>) -> tensor<3xf64>
  return %y : tensor<3xf64>
}

// -----

func.func @reduce_dynamic(%x: tensor<?x3x?xf64> {ingot.sizes = array<i64: 4,3,2>}) -> (tensor<3xf64>) {
  %y = ingot.reduce sum %x dimensions = [2, 0] : (tensor<?x3x?xf64>) -> tensor<3xf64>
  return %y : tensor<3xf64>
}

// -----

func.func @softmax(%x: tensor<2x3x2xf64>) -> (tensor<2x3x2xf64>) {
  %y = ingot.softmax %x axis = 1 : tensor<2x3x2xf64>
  return %y : tensor<2x3x2xf64>
}

// -----

func.func @softmax_dynamic(%x: tensor<?x?xf64> {ingot.sizes = array<i64: 2,4>}) -> (tensor<?x?xf64>) {
  %y = ingot.softmax %x axis = 1 : tensor<?x?xf64>
  return %y : tensor<?x?xf64>
}

// -----

func.func @log_softmax(%x: tensor<2x3xf64>) -> (tensor<2x3xf64>) {
  %y = ingot.log_softmax %x axis = 1 : tensor<2x3xf64>
  return %y : tensor<2x3xf64>
}

// -----

func.func @normalize(%x: tensor<2x3x4xf64>) -> (tensor<2x3x4xf64>) {
  %y = ingot.normalize %x dimensions = [1, 2] epsilon = 1.0e-2 : tensor<2x3x4xf64>
  return %y : tensor<2x3x4xf64>
}

// -----

func.func @normalize_rms(%x: tensor<3x4xf64>) -> (tensor<3x4xf64>) {
  %y = ingot.normalize %x dimensions = [1] epsilon = 1.0e-2 {rms} : tensor<3x4xf64>
  return %y : tensor<3x4xf64>
}

// -----

func.func @normalize_dynamic(%x: tensor<?x?xf64> {ingot.sizes = array<i64: 2,4>}) -> (tensor<?x?xf64>) {
  %y = ingot.normalize %x dimensions = [1] epsilon = 1.0e-2 : tensor<?x?xf64>
  return %y : tensor<?x?xf64>
}

// -----

func.func @fft(%x: tensor<2x5x2xf64>) -> (tensor<2x5x2xf64>) {
  %y = ingot.fft %x axis = 1 : (tensor<2x5x2xf64>) -> tensor<2x5x2xf64>
  return %y : tensor<2x5x2xf64>
}

// -----

func.func @fft_real(%x: tensor<6x1xf64>) -> (tensor<6x2xf64>) {
  %y = ingot.fft %x axis = 0 : (tensor<6x1xf64>) -> tensor<6x2xf64>
  return %y : tensor<6x2xf64>
}

// -----

func.func @fft_onesided(%x: tensor<2x5x1xf64>) -> (tensor<2x3x2xf64>) {
  %y = ingot.fft %x axis = 1 {onesided} : (tensor<2x5x1xf64>) -> tensor<2x3x2xf64>
  return %y : tensor<2x3x2xf64>
}

// -----

func.func @fft_onesided_complex(%x: tensor<4x2xf64>) -> (tensor<3x2xf64>) {
  %y = ingot.fft %x axis = 0 {onesided} : (tensor<4x2xf64>) -> tensor<3x2xf64>
  return %y : tensor<3x2xf64>
}

// -----

func.func @fft_inverse(%x: tensor<5x2xf64>) -> (tensor<5x2xf64>) {
  %y = ingot.fft %x axis = 0 {inverse} : (tensor<5x2xf64>) -> tensor<5x2xf64>
  return %y : tensor<5x2xf64>
}

// -----

func.func @fft_inverse_real(%x: tensor<5x1xf64>) -> (tensor<5x2xf64>) {
  %y = ingot.fft %x axis = 0 {inverse} : (tensor<5x1xf64>) -> tensor<5x2xf64>
  return %y : tensor<5x2xf64>
}

// -----

func.func @fft_dynamic(%x: tensor<?x?x1xf64> {ingot.sizes = array<i64: 2,6,1>}) -> (tensor<?x?x2xf64>) {
  %y = ingot.fft %x axis = 1 {onesided} : (tensor<?x?x1xf64>) -> tensor<?x?x2xf64>
  return %y : tensor<?x?x2xf64>
}

// -----

func.func @attention(%q: tensor<2x2x3x4xf64>, %k: tensor<2x2x3x4xf64>, %v: tensor<2x2x3x2xf64>) -> (tensor<2x2x3x2xf64>) {
  %y = ingot.attention %q, %k, %v scale = 0.7 : (tensor<2x2x3x4xf64>, tensor<2x2x3x4xf64>, tensor<2x2x3x2xf64>) -> tensor<2x2x3x2xf64>
  return %y : tensor<2x2x3x2xf64>
}

// -----

func.func @attention_causal(%q: tensor<1x2x3x2xf64>, %k: tensor<1x2x3x2xf64>, %v: tensor<1x2x3x2xf64>) -> (tensor<1x2x3x2xf64>) {
  %y = ingot.attention %q, %k, %v scale = 0.7 {causal} : (tensor<1x2x3x2xf64>, tensor<1x2x3x2xf64>, tensor<1x2x3x2xf64>) -> tensor<1x2x3x2xf64>
  return %y : tensor<1x2x3x2xf64>
}

// -----

func.func @attention_masked(%q: tensor<1x2x3x2xf64>, %k: tensor<1x2x4x2xf64>, %v: tensor<1x2x4x2xf64>, %m: tensor<1x1x3x4xf64>) -> (tensor<1x2x3x2xf64>) {
  %y = ingot.attention %q, %k, %v mask %m scale = 0.7 : (tensor<1x2x3x2xf64>, tensor<1x2x4x2xf64>, tensor<1x2x4x2xf64>, tensor<1x1x3x4xf64>) -> tensor<1x2x3x2xf64>
  return %y : tensor<1x2x3x2xf64>
}

// -----

func.func @attention_grouped(%q: tensor<1x4x2x2xf64>, %k: tensor<1x2x3x2xf64>, %v: tensor<1x2x3x2xf64>, %m: tensor<1x4x1x3xf64>) -> (tensor<1x4x2x2xf64>) {
  %y = ingot.attention %q, %k, %v mask %m scale = 0.7 {causal} : (tensor<1x4x2x2xf64>, tensor<1x2x3x2xf64>, tensor<1x2x3x2xf64>, tensor<1x4x1x3xf64>) -> tensor<1x4x2x2xf64>
  return %y : tensor<1x4x2x2xf64>
}

// -----

func.func @attention_dynamic(%q: tensor<?x2x?x2xf64> {ingot.sizes = array<i64: 2,2,3,2>}, %k: tensor<?x2x?x2xf64> {ingot.sizes = array<i64: 2,2,4,2>}, %v: tensor<?x2x?x3xf64> {ingot.sizes = array<i64: 2,2,4,3>}, %m: tensor<?x1x?x?xf64> {ingot.sizes = array<i64: 1,1,3,4>}) -> (tensor<?x2x?x3xf64>) {
  %y = ingot.attention %q, %k, %v mask %m scale = 0.7 : (tensor<?x2x?x2xf64>, tensor<?x2x?x2xf64>, tensor<?x2x?x3xf64>, tensor<?x1x?x?xf64>) -> tensor<?x2x?x3xf64>
  return %y : tensor<?x2x?x3xf64>
}

// -----

func.func @attention_dynamic_heads(%q: tensor<1x?x2x2xf64> {ingot.sizes = array<i64: 1,4,2,2>}, %k: tensor<1x?x3x2xf64> {ingot.sizes = array<i64: 1,2,3,2>}, %v: tensor<1x?x3x2xf64> {ingot.sizes = array<i64: 1,2,3,2>}) -> (tensor<1x?x2x2xf64>) {
  %y = ingot.attention %q, %k, %v scale = 0.7 : (tensor<1x?x2x2xf64>, tensor<1x?x3x2xf64>, tensor<1x?x3x2xf64>) -> tensor<1x?x2x2xf64>
  return %y : tensor<1x?x2x2xf64>
}
