// RUN: ingot-opt %s --split-input-file --verify-diagnostics

func.func @element_type(%x: tensor<2xi32>) {
  // expected-error@+1 {{must be ranked tensor of float values}}
  %r = ingot.floor %x : tensor<2xi32>
  return
}
