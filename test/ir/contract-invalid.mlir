// RUN: ingot-opt %s --split-input-file --verify-diagnostics

func.func @c1(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{(C1) lhs and rhs do not have equally many batch and contracting dimensions}}
  %r = ingot.contract %x, %x batch [0] x [] contracting [] x [] : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @c2(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{(C2) the dimensions of lhs [0, 0] are not distinct dimensions of rank 2}}
  %r = ingot.contract %x, %x batch [0] x [0] contracting [0] x [1] : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @c3(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{(C3) dimension 1 of lhs has size 3, dimension 0 of rhs 2}}
  %r = ingot.contract %x, %x batch [] x [] contracting [1] x [0] : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @c4(%x: tensor<3xf32>, %y: tensor<3xf16>) {
  // expected-error@+1 {{(C4) 'f32' and 'f16' cannot be multiplied into 'f32'}}
  %r = ingot.contract %x, %y batch [] x [] contracting [0] x [0] : (tensor<3xf32>, tensor<3xf16>) -> tensor<f32>
  return
}

// -----

func.func @c4_narrow(%x: tensor<3xi32>) {
  // expected-error@+1 {{(C4) 'i32' and 'i32' cannot be multiplied into 'i8'}}
  %r = ingot.contract %x, %x batch [] x [] contracting [0] x [0] : (tensor<3xi32>, tensor<3xi32>) -> tensor<i8>
  return
}

// -----

func.func @c5(%x: tensor<3xf32>) {
  // expected-error@+1 {{(C5) the result is 'tensor<3xf32>', not 'tensor<f32>'}}
  %r = ingot.contract %x, %x batch [] x [] contracting [0] x [0] : (tensor<3xf32>, tensor<3xf32>) -> tensor<3xf32>
  return
}
