// RUN: ingot-opt %s --split-input-file --verify-diagnostics

func.func @c1(%x: tensor<4xf32>) {
  // expected-error@+1 {{(C1) axis 1 is out of range for rank 1}}
  %r:2 = ingot.topk %x k [2] axis = 1 : (tensor<4xf32>) -> (tensor<2xf32>, tensor<2xi64>)
  return
}

// -----

func.func @c2(%x: tensor<4xf32>) {
  // expected-error@+1 {{(C2) k has 2 entries, not 1}}
  %r:2 = ingot.topk %x k [2, 2] axis = 0 : (tensor<4xf32>) -> (tensor<2xf32>, tensor<2xi64>)
  return
}

// -----

func.func @c3(%x: tensor<4xf32>) {
  // expected-error@+1 {{(C3) k is 5 but x has 4 elements along dimension 0}}
  %r:2 = ingot.topk %x k [5] axis = 0 : (tensor<4xf32>) -> (tensor<5xf32>, tensor<5xi64>)
  return
}

// -----

func.func @c4(%x: tensor<4xf32>) {
  // expected-error@+1 {{(C4) the tensor of values is 'tensor<3xf32>', not 'tensor<2xf32>'}}
  %r:2 = ingot.topk %x k [2] axis = 0 : (tensor<4xf32>) -> (tensor<3xf32>, tensor<2xi64>)
  return
}
