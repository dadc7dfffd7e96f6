// RUN: ingot-opt %s --split-input-file --verify-diagnostics

func.func @c1(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{(C1) axis 2 is out of range for rank 2}}
  %r = ingot.arg_reduce max %x axis = 2 : (tensor<2x3xf32>) -> tensor<2xi64>
  return
}

// -----

func.func @c2(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{(C2) the result is 'tensor<3xi64>', not 'tensor<2xi64>'}}
  %r = ingot.arg_reduce max %x axis = 1 : (tensor<2x3xf32>) -> tensor<3xi64>
  return
}
