// RUN: ingot-opt %s --split-input-file --verify-diagnostics

func.func @c1() {
  // expected-error@+1 {{(C1) the name is empty}}
  %s = ingot.step_scalar "" : tensor<i64>
  return
}

// -----

func.func @c2() {
  // expected-error@+1 {{(C2) the result has rank 1 instead of 0}}
  %s = ingot.step_scalar "seed" : tensor<2xi64>
  return
}
