// RUN: ingot-opt %s --split-input-file --verify-diagnostics

func.func @element_type(%x: tensor<2xi1>) {
  // expected-error@+1 {{must be ranked tensor of number values}}
  %r = ingot.add %x, %x : tensor<2xi1>
  return
}

// -----

func.func @shape(%x: tensor<2xf32>, %y: tensor<3xf32>) {
  // expected-error@+1 {{requires the same type for all operands and results}}
  %r = ingot.add %x, %y : (tensor<2xf32>, tensor<3xf32>) -> tensor<2xf32>
  return
}
