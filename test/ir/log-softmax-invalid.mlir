// RUN: ingot-opt %s --split-input-file --verify-diagnostics

func.func @c1(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{(C1) axis 2 is out of range for rank 2}}
  %r = ingot.log_softmax %x axis = 2 : tensor<2x3xf32>
  return
}
