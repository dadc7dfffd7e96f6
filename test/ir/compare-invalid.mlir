// RUN: ingot-opt %s --split-input-file --verify-diagnostics

func.func @element_type(%x: tensor<2xf32>, %y: tensor<2xi32>) {
  // expected-error@+1 {{requires the same element type for all operands}}
  %r = ingot.compare lt %x, %y : (tensor<2xf32>, tensor<2xi32>) -> tensor<2xi1>
  return
}
