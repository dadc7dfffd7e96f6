// RUN: ingot-opt %s --split-input-file --verify-diagnostics

func.func @shape(%x: tensor<2xf32>) {
  // expected-error@+1 {{requires the same shape for all operands and results}}
  %r = ingot.cast %x : (tensor<2xf32>) -> tensor<3xi32>
  return
}
