// RUN: ingot-opt %s --split-input-file --verify-diagnostics

func.func @element_type(%x: tensor<2xi32>) {
  // expected-error@+1 {{must be ranked tensor of float values}}
  %r = ingot.is_nan %x : (tensor<2xi32>) -> tensor<2xi1>
  return
}

// -----

func.func @shape(%x: tensor<2xf32>) {
  // expected-error@+1 {{requires the same shape for all operands and results}}
  %r = ingot.is_nan %x : (tensor<2xf32>) -> tensor<3xi1>
  return
}
