// RUN: ingot-opt %s --split-input-file --verify-diagnostics

func.func @c1(%x: tensor<2xf32>) {
  // expected-error@+1 {{(C1) dimensions [1] are not distinct dimensions of rank 1}}
  %r = ingot.reverse %x dimensions = [1] : tensor<2xf32>
  return
}
