// RUN: ingot-opt %s --split-input-file --verify-diagnostics

func.func @c1(%x: tensor<8xf32>, %d: tensor<4xf32>) {
  // expected-error@+1 {{(C1) window, strides, dilations and pads do not all have 1 entries}}
  %r = ingot.max_pool_grad %x, %d window [2, 2] strides [2] dilations [1] pads [0] x [0] : (tensor<8xf32>, tensor<4xf32>) -> tensor<8xf32>
  return
}

// -----

func.func @c2(%x: tensor<8xf32>, %d: tensor<4xf32>) {
  // expected-error@+1 {{(C2) window, strides and dilations are not all positive}}
  %r = ingot.max_pool_grad %x, %d window [0] strides [2] dilations [1] pads [0] x [0] : (tensor<8xf32>, tensor<4xf32>) -> tensor<8xf32>
  return
}

// -----

func.func @c3(%x: tensor<8xf32>, %d: tensor<5xf32>) {
  // expected-error@+1 {{(C3) the gradient dy is 'tensor<5xf32>', not 'tensor<4xf32>'}}
  %r = ingot.max_pool_grad %x, %d window [2] strides [2] dilations [1] pads [0] x [0] : (tensor<8xf32>, tensor<5xf32>) -> tensor<8xf32>
  return
}

// -----

func.func @c4(%x: tensor<8xf32>, %d: tensor<4xf32>) {
  // expected-error@+1 {{(C4) the result is 'tensor<7xf32>', not 'tensor<8xf32>'}}
  %r = ingot.max_pool_grad %x, %d window [2] strides [2] dilations [1] pads [0] x [0] : (tensor<8xf32>, tensor<4xf32>) -> tensor<7xf32>
  return
}
