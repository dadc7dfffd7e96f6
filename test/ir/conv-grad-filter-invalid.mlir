// RUN: ingot-opt %s --split-input-file --verify-diagnostics

func.func @c1(%x: tensor<1x8x4xf32>, %d: tensor<6x6xf32>) {
  // expected-error-re@+1 {{(C1) {{.*}}do not both have a rank of 3 or more}}
  %r = ingot.conv_grad_filter %x, %d filter_sizes [3] strides [1] dilations [1] pads [0] x [0] : (tensor<1x8x4xf32>, tensor<6x6xf32>) -> tensor<3x4x6xf32>
  return
}

// -----

func.func @c2(%x: tensor<1x8x4xf32>, %d: tensor<1x6x6xf32>) {
  // expected-error@+1 {{(C2) a pad is negative}}
  %r = ingot.conv_grad_filter %x, %d filter_sizes [3] strides [1] dilations [1] pads [0] x [-2] : (tensor<1x8x4xf32>, tensor<1x6x6xf32>) -> tensor<3x4x6xf32>
  return
}

// -----

func.func @c3(%x: tensor<1x8x4xf32>, %d: tensor<1x6x6xf32>) {
  // expected-error@+1 {{(C3) 4 groups do not divide the channels}}
  %r = ingot.conv_grad_filter %x, %d filter_sizes [3] strides [1] dilations [1] pads [0] x [0] {groups = 4 : i64} : (tensor<1x8x4xf32>, tensor<1x6x6xf32>) -> tensor<3x4x6xf32>
  return
}

// -----

func.func @c4(%x: tensor<1x8x4xf32>, %d: tensor<1x6x6xf16>) {
  // expected-error@+1 {{(C4) 'f32' and 'f16' cannot be multiplied into 'f32'}}
  %r = ingot.conv_grad_filter %x, %d filter_sizes [3] strides [1] dilations [1] pads [0] x [0] : (tensor<1x8x4xf32>, tensor<1x6x6xf16>) -> tensor<3x4x6xf32>
  return
}

// -----

func.func @c5(%x: tensor<1x8x4xf32>, %d: tensor<1x6x6xf32>) {
  // expected-error@+1 {{(C5) filter_sizes [3, 3] are not 1 sizes}}
  %r = ingot.conv_grad_filter %x, %d filter_sizes [3, 3] strides [1] dilations [1] pads [0] x [0] : (tensor<1x8x4xf32>, tensor<1x6x6xf32>) -> tensor<3x4x6xf32>
  return
}

// -----

func.func @c6(%x: tensor<1x8x4xf32>, %d: tensor<1x6x6xf32>) {
  // expected-error@+1 {{(C6) the result is 'tensor<3x4x7xf32>', not 'tensor<3x4x6xf32>'}}
  %r = ingot.conv_grad_filter %x, %d filter_sizes [3] strides [1] dilations [1] pads [0] x [0] : (tensor<1x8x4xf32>, tensor<1x6x6xf32>) -> tensor<3x4x7xf32>
  return
}
