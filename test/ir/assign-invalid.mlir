// RUN: ingot-opt %s --split-input-file --verify-diagnostics

func.func @c1(%m: tensor<8xf32>) {
  // expected-error@+1 {{(C1) the name is empty}}
  ingot.assign "", %m : tensor<8xf32>
  return
}
