// RUN: ingot-opt %s --split-input-file --verify-diagnostics

func.func @c1(%x: tensor<8xf32>) {
  // expected-error@+1 {{(C1) window, strides, dilations and pads do not all have 1 entries}}
  %r = ingot.reduce_window max %x window [2, 2] strides [2] dilations [1] pads [0] x [0] : (tensor<8xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @c2(%x: tensor<8xf32>) {
  // expected-error@+1 {{(C2) window, strides and dilations are not all positive}}
  %r = ingot.reduce_window max %x window [0] strides [2] dilations [1] pads [0] x [0] : (tensor<8xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @c2_pad(%x: tensor<8xf32>) {
  // expected-error@+1 {{(C2) a pad is negative}}
  %r = ingot.reduce_window max %x window [2] strides [2] dilations [1] pads [0] x [-1] : (tensor<8xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @c3(%x: tensor<8xf32>) {
  // expected-error@+1 {{(C3) the result is 'tensor<5xf32>', not 'tensor<4xf32>'}}
  %r = ingot.reduce_window max %x window [2] strides [2] dilations [1] pads [0] x [0] : (tensor<8xf32>) -> tensor<5xf32>
  return
}
