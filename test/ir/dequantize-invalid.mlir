// RUN: ingot-opt %s --split-input-file --verify-diagnostics

func.func @c1(%x: tensor<2x3xi8>, %s: tensor<3xf32>, %z: tensor<3xi8>) {
  // expected-error@+1 {{(C1) axis 2 is out of range for rank 2}}
  %r = ingot.dequantize %x scale %s zero_point %z {axis = 2 : i64} : (tensor<2x3xi8>, tensor<3xf32>, tensor<3xi8>) -> tensor<2x3xf32>
  return
}

// -----

func.func @c2(%x: tensor<2x6xi8>, %s: tensor<2x2xf32>, %z: tensor<2x2xi8>) {
  // expected-error-re@+1 {{(C2) {{.*}}along dimension 1}}
  %r = ingot.dequantize %x scale %s zero_point %z {axis = 1 : i64, block_size = 2 : i64} : (tensor<2x6xi8>, tensor<2x2xf32>, tensor<2x2xi8>) -> tensor<2x6xf32>
  return
}

// -----

func.func @c3(%x: tensor<2x3xi8>, %s: tensor<f32>, %z: tensor<ui8>) {
  // expected-error@+1 {{(C3) the zero point 'tensor<ui8>' does not have the element type of 'tensor<2x3xi8>'}}
  %r = ingot.dequantize %x scale %s zero_point %z : (tensor<2x3xi8>, tensor<f32>, tensor<ui8>) -> tensor<2x3xf32>
  return
}

// -----

func.func @c4(%x: tensor<2x3xi8>, %s: tensor<f32>, %z: tensor<i8>) {
  // expected-error@+1 {{(C4) the result is 'tensor<2x3xf16>', not 'tensor<2x3xf32>'}}
  %r = ingot.dequantize %x scale %s zero_point %z : (tensor<2x3xi8>, tensor<f32>, tensor<i8>) -> tensor<2x3xf16>
  return
}
