// RUN: ingot-opt %s --split-input-file --verify-diagnostics

func.func @c1() {
  // expected-error@+1 {{(C1) the name is empty}}
  %w = ingot.parameter parameter "" dense<1.0> : tensor<2xf32>
  return
}
