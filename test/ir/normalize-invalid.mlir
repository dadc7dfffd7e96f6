// RUN: ingot-opt %s --split-input-file --verify-diagnostics

func.func @c1(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{(C1) there is no dimension to normalize over}}
  %r = ingot.normalize %x dimensions = [] epsilon = 0.0 : tensor<2x3xf32>
  return
}

// -----

func.func @c1_range(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{(C1) dimensions [2] are not distinct dimensions of rank 2}}
  %r = ingot.normalize %x dimensions = [2] epsilon = 0.0 : tensor<2x3xf32>
  return
}

// -----

func.func @c2(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{(C2) epsilon is negative}}
  %r = ingot.normalize %x dimensions = [1] epsilon = -1.0 : tensor<2x3xf32>
  return
}
