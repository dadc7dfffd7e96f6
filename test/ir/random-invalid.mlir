// RUN: ingot-opt %s --split-input-file --verify-diagnostics

func.func @c1() {
  // expected-error@+1 {{(C1) sizes has the entry -4, less than 0}}
  %r = ingot.random uniform(0.0, 1.0) seed = 1 sizes [-4] : tensor<4xf32>
  return
}
