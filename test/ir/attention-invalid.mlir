// RUN: ingot-opt %s --split-input-file --verify-diagnostics

func.func @c1(%q: tensor<4x5x8xf32>, %k: tensor<1x4x7x8xf32>, %v: tensor<1x4x7x6xf32>) {
  // expected-error@+1 {{(C1) q, k and v are not all of rank 4}}
  %r = ingot.attention %q, %k, %v scale = 1.0 : (tensor<4x5x8xf32>, tensor<1x4x7x8xf32>, tensor<1x4x7x6xf32>) -> tensor<1x4x5x6xf32>
  return
}

// -----

func.func @c2(%q: tensor<1x4x5x8xf32>, %k: tensor<1x4x7x8xf16>, %v: tensor<1x4x7x6xf32>) {
  // expected-error@+1 {{(C2) q, k and v are not all of one element type}}
  %r = ingot.attention %q, %k, %v scale = 1.0 : (tensor<1x4x5x8xf32>, tensor<1x4x7x8xf16>, tensor<1x4x7x6xf32>) -> tensor<1x4x5x6xf32>
  return
}

// -----

func.func @c3(%q: tensor<1x4x5x8xf32>, %k: tensor<1x4x7x8xf32>, %v: tensor<1x4x9x6xf32>) {
  // expected-error@+1 {{(C3) the sizes of}}
  %r = ingot.attention %q, %k, %v scale = 1.0 : (tensor<1x4x5x8xf32>, tensor<1x4x7x8xf32>, tensor<1x4x9x6xf32>) -> tensor<1x4x5x6xf32>
  return
}

// -----

func.func @c4(%q: tensor<1x4x5x8xf32>, %k: tensor<1x3x7x8xf32>, %v: tensor<1x3x7x6xf32>) {
  // expected-error@+1 {{(C4) 4 heads are not a multiple of 3}}
  %r = ingot.attention %q, %k, %v scale = 1.0 : (tensor<1x4x5x8xf32>, tensor<1x3x7x8xf32>, tensor<1x3x7x6xf32>) -> tensor<1x4x5x6xf32>
  return
}

// -----

func.func @c5(%q: tensor<1x4x5x8xf32>, %k: tensor<1x4x7x8xf32>, %v: tensor<1x4x7x6xf32>, %m: tensor<1x1x5x8xf32>) {
  // expected-error@+1 {{(C5) the mask 'tensor<1x1x5x8xf32>' does not broadcast}}
  %r = ingot.attention %q, %k, %v mask %m scale = 1.0 : (tensor<1x4x5x8xf32>, tensor<1x4x7x8xf32>, tensor<1x4x7x6xf32>, tensor<1x1x5x8xf32>) -> tensor<1x4x5x6xf32>
  return
}

// -----

func.func @c6(%q: tensor<1x4x5x8xf32>, %k: tensor<1x4x7x8xf32>, %v: tensor<1x4x7x6xf32>) {
  // expected-error@+1 {{(C6) the result is 'tensor<1x4x5x8xf32>', not 'tensor<1x4x5x6xf32>'}}
  %r = ingot.attention %q, %k, %v scale = 1.0 : (tensor<1x4x5x8xf32>, tensor<1x4x7x8xf32>, tensor<1x4x7x6xf32>) -> tensor<1x4x5x8xf32>
  return
}
