// RUN: ingot-opt %s --split-input-file --verify-diagnostics

func.func @element_type(%x: tensor<2xf32>) {
  // expected-error@+1 {{must be ranked tensor of integer or bool values}}
  %r = ingot.and %x, %x : tensor<2xf32>
  return
}
