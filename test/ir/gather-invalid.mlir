// RUN: ingot-opt %s --split-input-file --verify-diagnostics

func.func @c1(%x: tensor<2xf32>, %i: tensor<3xi64>) {
  // expected-error@+1 {{(C1) axis 1 is out of range for rank 1}}
  %r = ingot.gather %x[%i] axis = 1 : (tensor<2xf32>, tensor<3xi64>) -> tensor<3xf32>
  return
}

// -----

func.func @c2(%x: tensor<2x4xf32>, %i: tensor<3xi64>) {
  // expected-error@+1 {{(C2) the result is 'tensor<3xf32>', not 'tensor<3x4xf32>'}}
  %r = ingot.gather %x[%i] axis = 0 : (tensor<2x4xf32>, tensor<3xi64>) -> tensor<3xf32>
  return
}
