// RUN: ingot-opt %s --split-input-file --verify-diagnostics

func.func @element_type(%x: tensor<2xf32>, %y: tensor<2xi32>) {
  // expected-error@+1 {{failed to verify that all of {lhs, result} have same element type}}
  %r = ingot.pow %x, %y : (tensor<2xf32>, tensor<2xi32>) -> tensor<2xi32>
  return
}
