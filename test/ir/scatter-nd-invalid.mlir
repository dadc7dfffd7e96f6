// RUN: ingot-opt %s --split-input-file --verify-diagnostics

func.func @c1(%x: tensor<4xf32>, %i: tensor<3x2xi64>, %u: tensor<3xf32>) {
  // expected-error-re@+1 {{(C1) {{.*}}is not the length of an index into 'tensor<4xf32>'}}
  %r = ingot.scatter_nd add %u into %x[%i] : (tensor<4xf32>, tensor<3x2xi64>, tensor<3xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @c2(%x: tensor<4xf32>, %i: tensor<3x1xi64>, %u: tensor<2xf32>) {
  // expected-error@+1 {{(C2) the tensor of updates is 'tensor<2xf32>', not 'tensor<3xf32>'}}
  %r = ingot.scatter_nd add %u into %x[%i] : (tensor<4xf32>, tensor<3x1xi64>, tensor<2xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @c3(%x: tensor<4xf32>, %i: tensor<3x1xi64>, %u: tensor<3xf32>) {
  // expected-error@+1 {{(C3) the result is 'tensor<5xf32>', not 'tensor<4xf32>'}}
  %r = ingot.scatter_nd add %u into %x[%i] : (tensor<4xf32>, tensor<3x1xi64>, tensor<3xf32>) -> tensor<5xf32>
  return
}
