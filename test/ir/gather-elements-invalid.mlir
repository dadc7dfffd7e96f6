// RUN: ingot-opt %s --split-input-file --verify-diagnostics

func.func @c1(%x: tensor<2x4xf32>, %i: tensor<3xi64>) {
  // expected-error-re@+1 {{(C1) {{.*}}differ in rank}}
  %r = ingot.gather_elements %x[%i] axis = 0 : (tensor<2x4xf32>, tensor<3xi64>) -> tensor<3xf32>
  return
}

// -----

func.func @c2(%x: tensor<4xf32>, %i: tensor<3xi64>) {
  // expected-error@+1 {{(C2) axis 1 is out of range for rank 1}}
  %r = ingot.gather_elements %x[%i] axis = 1 : (tensor<4xf32>, tensor<3xi64>) -> tensor<3xf32>
  return
}

// -----

func.func @c3(%x: tensor<4xf32>, %i: tensor<3xi64>) {
  // expected-error@+1 {{(C3) the result is 'tensor<4xf32>', not 'tensor<3xf32>'}}
  %r = ingot.gather_elements %x[%i] axis = 0 : (tensor<4xf32>, tensor<3xi64>) -> tensor<4xf32>
  return
}
