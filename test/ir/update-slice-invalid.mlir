// RUN: ingot-opt %s --split-input-file --verify-diagnostics

func.func @c1(%u: tensor<2xi32>, %x: tensor<8xf32>) {
  // expected-error-re@+1 {{(C1) {{.*}}differs in rank or element type}}
  %r = ingot.update_slice %u into %x[0] : (tensor<8xf32>, tensor<2xi32>) -> tensor<8xf32>
  return
}

// -----

func.func @c2(%u: tensor<2xf32>, %x: tensor<8xf32>) {
  // expected-error@+1 {{(C2) offsets has 2 entries, not 1}}
  %r = ingot.update_slice %u into %x[0, 0] : (tensor<8xf32>, tensor<2xf32>) -> tensor<8xf32>
  return
}

// -----

func.func @c3(%u: tensor<2xf32>, %x: tensor<8xf32>) {
  // expected-error@+1 {{(C3) the update leaves dimension 0, whose size is 8}}
  %r = ingot.update_slice %u into %x[7] : (tensor<8xf32>, tensor<2xf32>) -> tensor<8xf32>
  return
}

// -----

func.func @c4(%u: tensor<2xf32>, %x: tensor<8xf32>) {
  // expected-error@+1 {{(C4) the result is 'tensor<9xf32>', not 'tensor<8xf32>'}}
  %r = ingot.update_slice %u into %x[6] : (tensor<8xf32>, tensor<2xf32>) -> tensor<9xf32>
  return
}
