// RUN: ingot-opt %s --verify-fuse-contract --split-input-file --verify-diagnostics

func.func @fine(%x: tensor<?x4xf32>, %c: i1) -> tensor<?xf32> {
  %c0 = arith.constant 0 : index
  %weights = arith.constant dense<1.0> : tensor<2x4xf32>
  %n = tensor.dim %x, %c0 : tensor<?x4xf32>
  %e = tensor.empty(%n) : tensor<?x4xf32>
  %y = linalg_ext.dispatch @k ins(%x : tensor<?x4xf32>) scalars() outs(%e : tensor<?x4xf32>) -> tensor<?x4xf32>
  %s = arith.select %c, %y, %x : tensor<?x4xf32>
  %r = tensor.collapse_shape %s [[0, 1]] : tensor<?x4xf32> into tensor<?xf32>
  return %r : tensor<?xf32>
}
func.func private @k(%x: tensor<?x4xf32>, %o: tensor<?x4xf32>) -> tensor<?x4xf32> attributes {ingot.kernel, ingot.form = "map"} {
  %r = linalg.exp ins(%x : tensor<?x4xf32>) outs(%o : tensor<?x4xf32>) -> tensor<?x4xf32>
  return %r : tensor<?x4xf32>
}

// -----

func.func @linalg(%x: tensor<4xf32>) -> tensor<4xf32> {
  %e = tensor.empty() : tensor<4xf32>
  // expected-error@+1 {{'linalg.exp' op is not allowed at the end of fuse outside of kernels}}
  %r = linalg.exp ins(%x : tensor<4xf32>) outs(%e : tensor<4xf32>) -> tensor<4xf32>
  return %r : tensor<4xf32>
}

// -----

func.func @pad(%x: tensor<4xf32>) -> tensor<6xf32> {
  %zero = arith.constant 0.0 : f32
  // expected-error@+1 {{'tensor.pad' op is not allowed at the end of fuse outside of kernels}}
  %r = tensor.pad %x low[1] high[1] {
  ^bb0(%i: index):
    tensor.yield %zero : f32
  } : tensor<4xf32> to tensor<6xf32>
  return %r : tensor<6xf32>
}

// -----

func.func @elementwise(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error@+1 {{'arith.addf' op is not allowed at the end of fuse outside of kernels}}
  %r = arith.addf %x, %x : tensor<4xf32>
  return %r : tensor<4xf32>
}

// -----

func.func @unknown_kernel(%x: tensor<4xf32>) -> tensor<4xf32> {
  %e = tensor.empty() : tensor<4xf32>
  // expected-error@+1 {{names no kernel: @k}}
  %r = linalg_ext.dispatch @k ins(%x : tensor<4xf32>) scalars() outs(%e : tensor<4xf32>) -> tensor<4xf32>
  return %r : tensor<4xf32>
}

// -----

func.func @operands(%x: tensor<4xf32>) -> tensor<4xf32> {
  %e = tensor.empty() : tensor<4xf32>
  // expected-error@+1 {{does not pass what @k takes}}
  %r = linalg_ext.dispatch @k ins(%x, %x : tensor<4xf32>, tensor<4xf32>) scalars() outs(%e : tensor<4xf32>) -> tensor<4xf32>
  return %r : tensor<4xf32>
}
func.func private @k(%x: tensor<4xf32>, %o: tensor<4xf32>) -> tensor<4xf32> attributes {ingot.kernel, ingot.form = "map"} {
  return %o : tensor<4xf32>
}

// -----

// expected-error@+1 {{is a kernel without ingot.form}}
func.func private @k(%x: tensor<4xf32>, %o: tensor<4xf32>) -> tensor<4xf32> attributes {ingot.kernel} {
  return %o : tensor<4xf32>
}
