// RUN: ingot-opt %s --split-input-file --verify-diagnostics

func.func @c1() {
  // expected-error@+1 {{(C1) sizes are not those of the result}}
  %r = ingot.iota dimension = 0 sizes [4] : tensor<5xi64>
  return
}

// -----

func.func @c2() {
  // expected-error@+1 {{(C2) dimension 1 is out of range for rank 1}}
  %r = ingot.iota dimension = 1 sizes [4] : tensor<4xi64>
  return
}

// -----

func.func @c2_scalar() {
  // expected-error@+1 {{(C2) dimension 0 is out of range for rank 0}}
  %r = ingot.iota dimension = 0 sizes [] : tensor<i64>
  return
}
