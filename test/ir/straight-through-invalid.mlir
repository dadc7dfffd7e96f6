// RUN: ingot-opt %s --split-input-file --verify-diagnostics

func.func @shape(%v: tensor<2xf32>, %p: tensor<3xf32>) {
  // expected-error@+1 {{requires the same type for all operands and results}}
  %y = ingot.straight_through %v, %p : (tensor<2xf32>, tensor<3xf32>) -> tensor<2xf32>
  return
}
