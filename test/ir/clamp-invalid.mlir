// RUN: ingot-opt %s --split-input-file --verify-diagnostics

func.func @shape(%x: tensor<2xf32>, %y: tensor<3xf32>) {
  // expected-error@+1 {{requires the same type for all operands and results}}
  %r = ingot.clamp %x, %y, %x : (tensor<2xf32>, tensor<3xf32>, tensor<2xf32>) -> tensor<2xf32>
  return
}
