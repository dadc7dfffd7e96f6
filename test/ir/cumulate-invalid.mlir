// RUN: ingot-opt %s --split-input-file --verify-diagnostics

func.func @c1(%x: tensor<4xf32>) {
  // expected-error@+1 {{(C1) axis 1 is out of range for rank 1}}
  %r = ingot.cumulate sum %x axis = 1 : tensor<4xf32>
  return
}
