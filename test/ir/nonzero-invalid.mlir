// RUN: ingot-opt %s --split-input-file --verify-diagnostics

func.func @c1(%x: tensor<4x4xf32>) {
  // expected-error@+1 {{(C1) the result is 'tensor<3x?xi64>', not 'tensor<2x?xi64>'}}
  %r = ingot.nonzero %x : (tensor<4x4xf32>) -> tensor<3x?xi64>
  return
}
