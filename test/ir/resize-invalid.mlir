// RUN: ingot-opt %s --split-input-file --verify-diagnostics

func.func @c1(%x: tensor<4xf32>) {
  // expected-error-re@+1 {{(C1) {{.*}}differ in rank or element type}}
  %r = ingot.resize linear half_pixel floor %x sizes [2, 2] : (tensor<4xf32>) -> tensor<2x2xf32>
  return
}

// -----

func.func @c2(%x: tensor<4xf32>) {
  // expected-error@+1 {{(C2) sizes are not those of the result}}
  %r = ingot.resize linear half_pixel floor %x sizes [2] : (tensor<4xf32>) -> tensor<3xf32>
  return
}

// -----

func.func @c3(%x: tensor<4xf32>, %s: tensor<2xf32>) {
  // expected-error@+1 {{(C3) the scales 'tensor<2xf32>' are not one for each dimension}}
  %r = ingot.resize linear half_pixel floor %x scales %s sizes [2] : (tensor<4xf32>, tensor<2xf32>) -> tensor<2xf32>
  return
}

// -----

func.func @c4(%x: tensor<4xf32>) {
  // expected-error@+1 {{(C4) tf_crop_and_resize, and only it, has a region of interest}}
  %r = ingot.resize linear tf_crop_and_resize floor %x sizes [2] : (tensor<4xf32>) -> tensor<2xf32>
  return
}

// -----

func.func @c4_only(%x: tensor<4xf32>, %s: tensor<2xf32>) {
  // expected-error@+1 {{(C4) tf_crop_and_resize, and only it, has a region of interest}}
  %r = ingot.resize linear half_pixel floor %x roi %s sizes [2] : (tensor<4xf32>, tensor<2xf32>) -> tensor<2xf32>
  return
}
