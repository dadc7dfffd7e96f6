// RUN: ingot-opt %s --split-input-file --verify-diagnostics

func.func @c1(%x: tensor<2x3xi32>, %s: tensor<3xf32>, %z: tensor<i8>) {
  // expected-error@+1 {{(C1) axis 2 is out of range for rank 2}}
  %r = ingot.rescale %x scale %s zero_point %z {axis = 2 : i64} : (tensor<2x3xi32>, tensor<3xf32>, tensor<i8>) -> tensor<2x3xi8>
  return
}

// -----

func.func @c2(%x: tensor<2x3xi32>, %s: tensor<3xf32>, %z: tensor<i8>) {
  // expected-error-re@+1 {{(C2) {{.*}}do not fit}}
  %r = ingot.rescale %x scale %s zero_point %z {axis = 0 : i64} : (tensor<2x3xi32>, tensor<3xf32>, tensor<i8>) -> tensor<2x3xi8>
  return
}

// -----

func.func @c3(%x: tensor<2x3xi32>, %s: tensor<f32>, %z: tensor<i8>) {
  // expected-error@+1 {{(C3) the result is 'tensor<2x3xui8>', not 'tensor<2x3xi8>'}}
  %r = ingot.rescale %x scale %s zero_point %z : (tensor<2x3xi32>, tensor<f32>, tensor<i8>) -> tensor<2x3xui8>
  return
}
