// RUN: ingot-opt %s --split-input-file --verify-diagnostics

func.func @c1() {
  // expected-error@+1 {{(C1) there is nothing to join}}
  %r = "ingot.concat"() {axis = 0 : i64} : () -> tensor<1xf32>
  return
}

// -----

func.func @c2(%x: tensor<2xf32>) {
  // expected-error@+1 {{(C2) axis 1 is out of range for rank 1}}
  %r = ingot.concat %x, %x axis = 1 : (tensor<2xf32>, tensor<2xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @c3(%x: tensor<2x3xf32>, %y: tensor<2x4xf32>) {
  // expected-error-re@+1 {{(C3) {{.*}}differ in more than the size of dimension 0}}
  %r = ingot.concat %x, %y axis = 0 : (tensor<2x3xf32>, tensor<2x4xf32>) -> tensor<4x3xf32>
  return
}

// -----

func.func @c4(%x: tensor<2xf32>) {
  // expected-error@+1 {{(C4) the result is 'tensor<5xf32>', not 'tensor<4xf32>'}}
  %r = ingot.concat %x, %x axis = 0 : (tensor<2xf32>, tensor<2xf32>) -> tensor<5xf32>
  return
}
