// RUN: ingot-opt %s --split-input-file --verify-diagnostics

func.func @c1(%x: tensor<2xf32>, %v: tensor<f32>) {
  // expected-error@+1 {{(C1) low has 0 entries, not 1}}
  %r = ingot.pad %x, %v low [] high [0] : (tensor<2xf32>, tensor<f32>) -> tensor<2xf32>
  return
}

// -----

func.func @c2(%x: tensor<2xf32>, %v: tensor<1xf32>) {
  // expected-error@+1 {{(C2) the value 'tensor<1xf32>' is not a scalar of x's element type}}
  %r = ingot.pad %x, %v low [0] high [0] : (tensor<2xf32>, tensor<1xf32>) -> tensor<2xf32>
  return
}

// -----

func.func @c3(%x: tensor<2xf32>, %v: tensor<f32>) {
  // expected-error@+1 {{(C3) the result is 'tensor<4xf32>', not 'tensor<3xf32>'}}
  %r = ingot.pad %x, %v low [1] high [0] : (tensor<2xf32>, tensor<f32>) -> tensor<4xf32>
  return
}

// -----

func.func @c3_negative(%x: tensor<2xf32>, %v: tensor<f32>) {
  // expected-error@+1 {{(C3) the result is 'tensor<?xf32>'}}
  %r = ingot.pad %x, %v low [-3] high [0] : (tensor<2xf32>, tensor<f32>) -> tensor<?xf32>
  return
}
