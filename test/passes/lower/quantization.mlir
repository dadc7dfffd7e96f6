// RUN: ingot-opt %s --to-linalg --canonicalize --split-input-file | FileCheck %s

// CHECK-LABEL: func.func @quantize
// CHECK: math.roundeven
// CHECK: arith.fptosi
// CHECK: arith.trunci {{.*}} : i32 to i8
func.func @quantize(%x: tensor<8xf32>, %s: tensor<f32>, %z: tensor<ui8>) -> tensor<8xui8> {
  %y = ingot.quantize %x scale %s zero_point %z : (tensor<8xf32>, tensor<f32>, tensor<ui8>) -> tensor<8xui8>
  return %y : tensor<8xui8>
}

// -----

// CHECK-LABEL: func.func @dequantize
// CHECK: arith.extsi
// CHECK: arith.sitofp
// CHECK: arith.mulf
func.func @dequantize(%x: tensor<8x4xi8>, %s: tensor<4xf32>) -> tensor<8x4xf32> {
  %z = ingot.constant dense<0> : tensor<4xi8>
  %y = ingot.dequantize %x scale %s zero_point %z {axis = 1 : i64} : (tensor<8x4xi8>, tensor<4xf32>, tensor<4xi8>) -> tensor<8x4xf32>
  return %y : tensor<8x4xf32>
}
