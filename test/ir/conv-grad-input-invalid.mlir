// RUN: ingot-opt %s --split-input-file --verify-diagnostics

func.func @c1(%d: tensor<1x6x6xf32>, %f: tensor<3x6xf32>) {
  // expected-error-re@+1 {{(C1) {{.*}}do not both have a rank of 3 or more}}
  %r = ingot.conv_grad_input %d, %f sizes [8] strides [1] dilations [1] pads [0] x [0] : (tensor<1x6x6xf32>, tensor<3x6xf32>) -> tensor<1x8x4xf32>
  return
}

// -----

func.func @c2(%d: tensor<1x6x6xf32>, %f: tensor<3x4x6xf32>) {
  // expected-error@+1 {{(C2) strides and dilations are not all positive}}
  %r = ingot.conv_grad_input %d, %f sizes [8] strides [1] dilations [0] pads [0] x [0] : (tensor<1x6x6xf32>, tensor<3x4x6xf32>) -> tensor<1x8x4xf32>
  return
}

// -----

func.func @c3(%d: tensor<1x6x6xf32>, %f: tensor<3x4x5xf32>) {
  // expected-error@+1 {{(C3) the filter has 5 features, dy has 6}}
  %r = ingot.conv_grad_input %d, %f sizes [8] strides [1] dilations [1] pads [0] x [0] : (tensor<1x6x6xf32>, tensor<3x4x5xf32>) -> tensor<1x8x4xf32>
  return
}

// -----

func.func @c3_groups(%d: tensor<1x6x6xf32>, %f: tensor<3x4x6xf32>) {
  // expected-error@+1 {{(C3) 4 groups do not divide the channels}}
  %r = ingot.conv_grad_input %d, %f sizes [8] strides [1] dilations [1] pads [0] x [0] {groups = 4 : i64} : (tensor<1x6x6xf32>, tensor<3x4x6xf32>) -> tensor<1x8x4xf32>
  return
}

// -----

func.func @c4(%d: tensor<1x6x6xf32>, %f: tensor<3x4x6xf16>) {
  // expected-error@+1 {{(C4) 'f32' and 'f16' cannot be multiplied into 'f32'}}
  %r = ingot.conv_grad_input %d, %f sizes [8] strides [1] dilations [1] pads [0] x [0] : (tensor<1x6x6xf32>, tensor<3x4x6xf16>) -> tensor<1x8x4xf32>
  return
}

// -----

func.func @c5(%d: tensor<1x6x6xf32>, %f: tensor<3x4x6xf32>) {
  // expected-error@+1 {{(C5) sizes has 2 entries, not 1}}
  %r = ingot.conv_grad_input %d, %f sizes [8, 8] strides [1] dilations [1] pads [0] x [0] : (tensor<1x6x6xf32>, tensor<3x4x6xf32>) -> tensor<1x8x4xf32>
  return
}

// -----

func.func @c6(%d: tensor<1x6x6xf32>, %f: tensor<3x4x6xf32>) {
  // expected-error@+1 {{(C6) the result is 'tensor<1x9x4xf32>', not 'tensor<1x8x4xf32>'}}
  %r = ingot.conv_grad_input %d, %f sizes [8] strides [1] dilations [1] pads [0] x [0] : (tensor<1x6x6xf32>, tensor<3x4x6xf32>) -> tensor<1x9x4xf32>
  return
}
