// RUN: ingot-opt %s --split-input-file --verify-diagnostics

func.func @c1(%x: tensor<4xf32>) {
  // expected-error@+1 {{(C1) sizes has 1 entries, not 2}}
  %r = ingot.reshape %x sizes [2] : (tensor<4xf32>) -> tensor<2x2xf32>
  return
}

// -----

func.func @c1_operands(%x: tensor<4xf32>) {
  // expected-error@+1 {{(C1) sizes has 1 dynamic entries but 0 operands}}
  %r = "ingot.reshape"(%x) {static_sizes = array<i64: -9223372036854775808>} : (tensor<4xf32>) -> tensor<?xf32>
  return
}

// -----

func.func @c2(%x: tensor<4xf32>) {
  // expected-error@+1 {{(C2) the element type changes from 'f32' to 'i32'}}
  %r = ingot.reshape %x sizes [4] : (tensor<4xf32>) -> tensor<4xi32>
  return
}

// -----

func.func @c3(%x: tensor<4xf32>) {
  // expected-error@+1 {{(C3) x has 4 elements, the result 5}}
  %r = ingot.reshape %x sizes [5] : (tensor<4xf32>) -> tensor<5xf32>
  return
}
