// RUN: ingot-opt %s --split-input-file --verify-diagnostics

func.func @c1(%x: tensor<4xf32>) {
  // expected-error@+1 {{(C1) axis 1 is out of range for rank 1}}
  %r:2 = ingot.sort %x axis = 1 : (tensor<4xf32>) -> (tensor<4xf32>, tensor<4xi64>)
  return
}

// -----

func.func @c2(%x: tensor<4xf32>) {
  // expected-error@+1 {{(C2) the tensor of indices is 'tensor<5xi64>', not 'tensor<4xi64>'}}
  %r:2 = ingot.sort %x axis = 0 : (tensor<4xf32>) -> (tensor<4xf32>, tensor<5xi64>)
  return
}
