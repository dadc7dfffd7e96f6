// RUN: ingot-opt %s --split-input-file --verify-diagnostics

func.func @c1(%x: tensor<1x8x4xf32>, %f: tensor<3x6xf32>) {
  // expected-error-re@+1 {{(C1) {{.*}}do not both have a rank of 3 or more}}
  %r = ingot.conv %x, %f strides [1] dilations [1] pads [0] x [0] : (tensor<1x8x4xf32>, tensor<3x6xf32>) -> tensor<1x6x6xf32>
  return
}

// -----

func.func @c2(%x: tensor<1x8x4xf32>, %f: tensor<3x4x6xf32>) {
  // expected-error@+1 {{(C2) strides, dilations and pads do not all have 1 entries}}
  %r = ingot.conv %x, %f strides [1, 1] dilations [1] pads [0] x [0] : (tensor<1x8x4xf32>, tensor<3x4x6xf32>) -> tensor<1x6x6xf32>
  return
}

// -----

func.func @c2_stride(%x: tensor<1x8x4xf32>, %f: tensor<3x4x6xf32>) {
  // expected-error@+1 {{(C2) strides and dilations are not all positive}}
  %r = ingot.conv %x, %f strides [0] dilations [1] pads [0] x [0] : (tensor<1x8x4xf32>, tensor<3x4x6xf32>) -> tensor<1x6x6xf32>
  return
}

// -----

func.func @c2_pad(%x: tensor<1x8x4xf32>, %f: tensor<3x4x6xf32>) {
  // expected-error@+1 {{(C2) a pad is negative}}
  %r = ingot.conv %x, %f strides [1] dilations [1] pads [-1] x [0] : (tensor<1x8x4xf32>, tensor<3x4x6xf32>) -> tensor<1x6x6xf32>
  return
}

// -----

func.func @c3(%x: tensor<1x8x4xf32>, %f: tensor<3x4x6xf32>) {
  // expected-error@+1 {{(C3) 3 groups do not divide the channels}}
  %r = ingot.conv %x, %f strides [1] dilations [1] pads [0] x [0] {groups = 3 : i64} : (tensor<1x8x4xf32>, tensor<3x4x6xf32>) -> tensor<1x6x6xf32>
  return
}

// -----

func.func @c3_filter(%x: tensor<1x8x4xf32>, %f: tensor<3x3x6xf32>) {
  // expected-error@+1 {{(C3) the filter reads 3 channels a group, x has 4 in 1 groups}}
  %r = ingot.conv %x, %f strides [1] dilations [1] pads [0] x [0] : (tensor<1x8x4xf32>, tensor<3x3x6xf32>) -> tensor<1x6x6xf32>
  return
}

// -----

func.func @c4(%x: tensor<1x8x4xf32>, %f: tensor<3x4x6xi8>) {
  // expected-error@+1 {{(C4) 'f32' and 'i8' cannot be multiplied into 'f32'}}
  %r = ingot.conv %x, %f strides [1] dilations [1] pads [0] x [0] : (tensor<1x8x4xf32>, tensor<3x4x6xi8>) -> tensor<1x6x6xf32>
  return
}

// -----

func.func @c5(%x: tensor<1x8x4xf32>, %f: tensor<3x4x6xf32>) {
  // expected-error@+1 {{(C5) the result is 'tensor<1x7x6xf32>', not 'tensor<1x6x6xf32>'}}
  %r = ingot.conv %x, %f strides [1] dilations [1] pads [0] x [0] : (tensor<1x8x4xf32>, tensor<3x4x6xf32>) -> tensor<1x7x6xf32>
  return
}
