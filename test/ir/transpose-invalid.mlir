// RUN: ingot-opt %s --split-input-file --verify-diagnostics

func.func @c1(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{(C1) [0, 0] is not a permutation of the dimensions of rank 2}}
  %r = ingot.transpose %x permutation = [0, 0] : (tensor<2x3xf32>) -> tensor<2x2xf32>
  return
}

// -----

func.func @c2(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{(C2) the result is 'tensor<2x3xf32>', not 'tensor<3x2xf32>'}}
  %r = ingot.transpose %x permutation = [1, 0] : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return
}
