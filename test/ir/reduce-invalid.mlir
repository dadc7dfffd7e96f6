// RUN: ingot-opt %s --split-input-file --verify-diagnostics

func.func @c1(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{(C1) dimensions [1, 1] are not distinct dimensions of rank 2}}
  %r = ingot.reduce sum %x dimensions = [1, 1] : (tensor<2x3xf32>) -> tensor<2xf32>
  return
}

// -----

func.func @c2(%x: tensor<2x3xi1>) {
  // expected-error@+1 {{(C2) bool has no sum and no product}}
  %r = ingot.reduce sum %x dimensions = [1] : (tensor<2x3xi1>) -> tensor<2xi1>
  return
}

// -----

func.func @c3(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{(C3) the result is 'tensor<3xf32>', not 'tensor<2xf32>'}}
  %r = ingot.reduce sum %x dimensions = [1] : (tensor<2x3xf32>) -> tensor<3xf32>
  return
}
