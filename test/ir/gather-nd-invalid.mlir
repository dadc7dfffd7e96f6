// RUN: ingot-opt %s --split-input-file --verify-diagnostics

func.func @c1(%x: tensor<2x4xf32>, %i: tensor<3x1xi64>) {
  // expected-error-re@+1 {{(C1) {{.*}}do not share 1 batch dimensions}}
  %r = ingot.gather_nd %x[%i] {batch_dims = 1 : i64} : (tensor<2x4xf32>, tensor<3x1xi64>) -> tensor<2xf32>
  return
}

// -----

func.func @c2(%x: tensor<2x4xf32>, %i: tensor<3x3xi64>) {
  // expected-error-re@+1 {{(C2) {{.*}}is not the length of an index into 'tensor<2x4xf32>'}}
  %r = ingot.gather_nd %x[%i] : (tensor<2x4xf32>, tensor<3x3xi64>) -> tensor<3xf32>
  return
}

// -----

func.func @c3(%x: tensor<2x4xf32>, %i: tensor<3x2xi64>) {
  // expected-error@+1 {{(C3) the result is 'tensor<4xf32>', not 'tensor<3xf32>'}}
  %r = ingot.gather_nd %x[%i] : (tensor<2x4xf32>, tensor<3x2xi64>) -> tensor<4xf32>
  return
}
