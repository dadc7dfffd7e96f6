// RUN: ingot-opt %s --split-input-file --verify-diagnostics

func.func @c1(%x: tensor<4x4xf32>, %i: tensor<3xi64>, %u: tensor<3xf32>) {
  // expected-error-re@+1 {{(C1) {{.*}}differ in rank}}
  %r = ingot.scatter_elements add %u into %x[%i] axis = 0 : (tensor<4x4xf32>, tensor<3xi64>, tensor<3xf32>) -> tensor<4x4xf32>
  return
}

// -----

func.func @c2(%x: tensor<4xf32>, %i: tensor<3xi64>, %u: tensor<3xf32>) {
  // expected-error@+1 {{(C2) axis 1 is out of range for rank 1}}
  %r = ingot.scatter_elements add %u into %x[%i] axis = 1 : (tensor<4xf32>, tensor<3xi64>, tensor<3xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @c3(%x: tensor<4xf32>, %i: tensor<3xi64>, %u: tensor<2xf32>) {
  // expected-error@+1 {{(C3) the tensor of updates is 'tensor<2xf32>', not 'tensor<3xf32>'}}
  %r = ingot.scatter_elements add %u into %x[%i] axis = 0 : (tensor<4xf32>, tensor<3xi64>, tensor<2xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @c4(%x: tensor<4xf32>, %i: tensor<3xi64>, %u: tensor<3xf32>) {
  // expected-error@+1 {{(C4) the result is 'tensor<3xf32>', not 'tensor<4xf32>'}}
  %r = ingot.scatter_elements add %u into %x[%i] axis = 0 : (tensor<4xf32>, tensor<3xi64>, tensor<3xf32>) -> tensor<3xf32>
  return
}
