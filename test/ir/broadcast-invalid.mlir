// RUN: ingot-opt %s --split-input-file --verify-diagnostics

func.func @c1(%x: tensor<3xf32>) {
  // expected-error@+1 {{(C1) sizes are not those of the result}}
  %r = ingot.broadcast %x dimensions = [1] sizes [2, 3] : (tensor<3xf32>) -> tensor<2x4xf32>
  return
}

// -----

func.func @c2(%x: tensor<3xf32>) {
  // expected-error@+1 {{(C2) the element type changes from 'f32' to 'f16'}}
  %r = ingot.broadcast %x dimensions = [0] sizes [3] : (tensor<3xf32>) -> tensor<3xf16>
  return
}

// -----

func.func @c3(%x: tensor<3xf32>) {
  // expected-error@+1 {{(C3) 2 dimensions are given for an operand of rank 1}}
  %r = ingot.broadcast %x dimensions = [0, 1] sizes [3, 2] : (tensor<3xf32>) -> tensor<3x2xf32>
  return
}

// -----

func.func @c4(%x: tensor<3x3xf32>) {
  // expected-error@+1 {{(C4) dimensions [0, 0] are not distinct dimensions of rank 2}}
  %r = ingot.broadcast %x dimensions = [0, 0] sizes [3, 3] : (tensor<3x3xf32>) -> tensor<3x3xf32>
  return
}

// -----

func.func @c5(%x: tensor<3xf32>) {
  // expected-error@+1 {{(C5) dimension 0 of size 3 cannot become one of size 6}}
  %r = ingot.broadcast %x dimensions = [0] sizes [6] : (tensor<3xf32>) -> tensor<6xf32>
  return
}

// -----

func.func @c6(%x: tensor<?xf32>) {
  // expected-error@+1 {{(C6) maybe_one [1] are not distinct dimensions of rank 1}}
  %r = ingot.broadcast %x dimensions = [0] sizes [6] {maybe_one = array<i64: 1>} : (tensor<?xf32>) -> tensor<6xf32>
  return
}
