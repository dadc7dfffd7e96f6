// RUN: ingot-opt %s --split-input-file --verify-diagnostics

func.func @element_type(%x: tensor<2xi1>) {
  // expected-error@+1 {{must be ranked tensor of number values}}
  %r = ingot.sign %x : tensor<2xi1>
  return
}
