// RUN: ingot-opt %s --split-input-file --verify-diagnostics

func.func @shape(%x: tensor<2xf32>) {
  // expected-error@+1 {{requires the same type for all operands and results}}
  %y = "ingot.stop_gradient"(%x) : (tensor<2xf32>) -> tensor<3xf32>
  return
}
