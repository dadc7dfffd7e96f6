// RUN: ingot-opt %s --split-input-file --verify-diagnostics

func.func @c1(%x: tensor<2x3xf32>, %s: tensor<3xf32>, %z: tensor<3xi8>) {
  // expected-error@+1 {{(C1) axis 2 is out of range for rank 2}}
  %r = ingot.quantize %x scale %s zero_point %z {axis = 2 : i64} : (tensor<2x3xf32>, tensor<3xf32>, tensor<3xi8>) -> tensor<2x3xi8>
  return
}

// -----

func.func @c2(%x: tensor<2x3xf32>, %s: tensor<3xf32>, %z: tensor<3xi8>) {
  // expected-error@+1 {{(C2) scale 'tensor<3xf32>' and zero point 'tensor<3xi8>' do not fit 'tensor<2x3xf32>' along dimension 0}}
  %r = ingot.quantize %x scale %s zero_point %z {axis = 0 : i64} : (tensor<2x3xf32>, tensor<3xf32>, tensor<3xi8>) -> tensor<2x3xi8>
  return
}

// -----

func.func @c3(%x: tensor<2x3xf32>, %s: tensor<f32>, %z: tensor<i8>) {
  // expected-error@+1 {{(C3) the result is 'tensor<2x3xui8>', not 'tensor<2x3xi8>'}}
  %r = ingot.quantize %x scale %s zero_point %z : (tensor<2x3xf32>, tensor<f32>, tensor<i8>) -> tensor<2x3xui8>
  return
}
