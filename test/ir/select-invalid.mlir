// RUN: ingot-opt %s --split-input-file --verify-diagnostics

func.func @element_type(%c: tensor<2xi1>, %x: tensor<2xf32>, %y: tensor<2xi32>) {
  // expected-error@+1 {{failed to verify that all of {on_true, on_false, result} have same element type}}
  %r = ingot.select %c, %x, %y : (tensor<2xi1>, tensor<2xf32>, tensor<2xi32>) -> tensor<2xf32>
  return
}
