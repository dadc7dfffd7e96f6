// RUN: ingot-opt %s --split-input-file --verify-diagnostics

func.func @c1(%x: tensor<8xf32>) {
  // expected-error@+1 {{(C1) offsets has 2 entries, not 1}}
  %r = ingot.slice %x[0, 0] [2] [1] : (tensor<8xf32>) -> tensor<2xf32>
  return
}

// -----

func.func @c1_negative(%x: tensor<8xf32>) {
  // expected-error@+1 {{(C1) offsets has the entry -1, less than 0}}
  %r = ingot.slice %x[-1] [2] [1] : (tensor<8xf32>) -> tensor<2xf32>
  return
}

// -----

func.func @c2(%x: tensor<8xf32>) {
  // expected-error@+1 {{(C2) the result is 'tensor<3xf32>', which is not of the sliced sizes}}
  %r = ingot.slice %x[0] [2] [1] : (tensor<8xf32>) -> tensor<3xf32>
  return
}

// -----

func.func @c3(%x: tensor<8xf32>) {
  // expected-error@+1 {{(C3) the step of dimension 0 is 0}}
  %r = ingot.slice %x[0] [2] [0] : (tensor<8xf32>) -> tensor<2xf32>
  return
}

// -----

func.func @c4(%x: tensor<8xf32>) {
  // expected-error@+1 {{(C4) the slice of dimension 0 leaves x, whose size there is 8}}
  %r = ingot.slice %x[2] [4] [2] : (tensor<8xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @c4_backwards(%x: tensor<8xf32>) {
  // expected-error@+1 {{(C4) the slice of dimension 0 leaves x, whose size there is 8}}
  %r = ingot.slice %x[2] [4] [-1] : (tensor<8xf32>) -> tensor<4xf32>
  return
}
