// SIZES: s=0,1,7,16,50
func.func @matmul(%l: tensor<?x33xf32>, %r: tensor<33x20xf32>) -> tensor<?x20xf32> {
  %y = ingot.contract %l, %r batch [] x [] contracting [1] x [0] : (tensor<?x33xf32>, tensor<33x20xf32>) -> tensor<?x20xf32>
  return %y : tensor<?x20xf32>
}

// -----

// DIMS: m k k n
// SIZES: m=1,9 k=1,17,64 n=1,8,37
// SIZES: m=3 k=0 n=4
func.func @matmul_dynamic(%l: tensor<?x?xf32>, %r: tensor<?x?xf32>) -> tensor<?x?xf32> {
  %y = ingot.contract %l, %r batch [] x [] contracting [1] x [0] : (tensor<?x?xf32>, tensor<?x?xf32>) -> tensor<?x?xf32>
  return %y : tensor<?x?xf32>
}

// -----

// SIZES: s=1,13
func.func @matmul_transposed_rhs(%l: tensor<?x40xf32>, %r: tensor<24x40xf32>) -> tensor<?x24xf32> {
  %y = ingot.contract %l, %r batch [] x [] contracting [1] x [1] : (tensor<?x40xf32>, tensor<24x40xf32>) -> tensor<?x24xf32>
  return %y : tensor<?x24xf32>
}

// -----

// SIZES: s=1,13
func.func @matmul_transposed_lhs(%l: tensor<40x?xf32>, %r: tensor<40x24xf32>) -> tensor<?x24xf32> {
  %y = ingot.contract %l, %r batch [] x [] contracting [0] x [0] : (tensor<40x?xf32>, tensor<40x24xf32>) -> tensor<?x24xf32>
  return %y : tensor<?x24xf32>
}

// -----

// DIMS: b s b t
// SIZES: b=1,2 s=1,9 t=1,20
func.func @batch_matmul(%l: tensor<?x4x?x8xf32>, %r: tensor<?x4x8x?xf32>) -> tensor<?x4x?x?xf32> {
  %y = ingot.contract %l, %r batch [0, 1] x [0, 1] contracting [3] x [2] : (tensor<?x4x?x8xf32>, tensor<?x4x8x?xf32>) -> tensor<?x4x?x?xf32>
  return %y : tensor<?x4x?x?xf32>
}

// -----

// DIMS: s t
// SIZES: s=1,9 t=1,20
func.func @batch_matmul_transposed(%l: tensor<3x?x16xf32>, %r: tensor<3x?x16xf32>) -> tensor<3x?x?xf32> {
  %y = ingot.contract %l, %r batch [0] x [0] contracting [2] x [2] : (tensor<3x?x16xf32>, tensor<3x?x16xf32>) -> tensor<3x?x?xf32>
  return %y : tensor<3x?x?xf32>
}

// -----

// SIZES: s=0,1,9
func.func @matvec(%l: tensor<?x100xf32>, %r: tensor<100xf32>) -> tensor<?xf32> {
  %y = ingot.contract %l, %r batch [] x [] contracting [1] x [0] : (tensor<?x100xf32>, tensor<100xf32>) -> tensor<?xf32>
  return %y : tensor<?xf32>
}

// -----

// SIZES: s=0,1,300
func.func @dot(%l: tensor<?xf32>, %r: tensor<?xf32>) -> tensor<f32> {
  %y = ingot.contract %l, %r batch [] x [] contracting [0] x [0] : (tensor<?xf32>, tensor<?xf32>) -> tensor<f32>
  return %y : tensor<f32>
}

// -----

// SIZES: s=0,1,9
func.func @outer(%l: tensor<?xf32>, %r: tensor<5xf32>) -> tensor<?x5xf32> {
  %y = ingot.contract %l, %r batch [] x [] contracting [] x [] : (tensor<?xf32>, tensor<5xf32>) -> tensor<?x5xf32>
  return %y : tensor<?x5xf32>
}

// -----

// SIZES: s=1,13
func.func @matmul_f64(%l: tensor<?x17xf64>, %r: tensor<17x9xf64>) -> tensor<?x9xf64> {
  %y = ingot.contract %l, %r batch [] x [] contracting [1] x [0] : (tensor<?x17xf64>, tensor<17x9xf64>) -> tensor<?x9xf64>
  return %y : tensor<?x9xf64>
}

// -----

// SIZES: s=1,13
func.func @matmul_f16(%l: tensor<?x17xf16>, %r: tensor<17x9xf16>) -> tensor<?x9xf16> {
  %y = ingot.contract %l, %r batch [] x [] contracting [1] x [0] : (tensor<?x17xf16>, tensor<17x9xf16>) -> tensor<?x9xf16>
  return %y : tensor<?x9xf16>
}

// -----

// SIZES: s=1,13
func.func @matmul_bf16(%l: tensor<?x17xbf16>, %r: tensor<17x9xbf16>) -> tensor<?x9xbf16> {
  %y = ingot.contract %l, %r batch [] x [] contracting [1] x [0] : (tensor<?x17xbf16>, tensor<17x9xbf16>) -> tensor<?x9xbf16>
  return %y : tensor<?x9xbf16>
}

// -----

// SIZES: s=1,13
func.func @matmul_i8_i32(%l: tensor<?x17xi8>, %r: tensor<17x9xi8>) -> tensor<?x9xi32> {
  %y = ingot.contract %l, %r batch [] x [] contracting [1] x [0] : (tensor<?x17xi8>, tensor<17x9xi8>) -> tensor<?x9xi32>
  return %y : tensor<?x9xi32>
}

// -----

// SIZES: s=1,13
// INPUT 0: 0 255
// INPUT 1: -128 127
func.func @matmul_ui8_i8_i32(%l: tensor<?x33xui8>, %r: tensor<33x9xi8>) -> tensor<?x9xi32> {
  %y = ingot.contract %l, %r batch [] x [] contracting [1] x [0] : (tensor<?x33xui8>, tensor<33x9xi8>) -> tensor<?x9xi32>
  return %y : tensor<?x9xi32>
}

// -----

// SIZES: s=1,13
func.func @matmul_i64(%l: tensor<?x17xi64>, %r: tensor<17x9xi64>) -> tensor<?x9xi64> {
  %y = ingot.contract %l, %r batch [] x [] contracting [1] x [0] : (tensor<?x17xi64>, tensor<17x9xi64>) -> tensor<?x9xi64>
  return %y : tensor<?x9xi64>
}

// -----

// SIZES: s=65,128
func.func @matmul_large(%l: tensor<?x256xf32>, %r: tensor<256x192xf32>) -> tensor<?x192xf32> {
  %y = ingot.contract %l, %r batch [] x [] contracting [1] x [0] : (tensor<?x256xf32>, tensor<256x192xf32>) -> tensor<?x192xf32>
  return %y : tensor<?x192xf32>
}

// -----

// SIZES: s=0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,31,129,135,143
func.func @matmul_weights(%x: tensor<?x12xf32>) -> tensor<?x9xf32> {
  %w = ingot.constant dense<[[-0.73, 0.69, 0.53, -0.49, -0.01, -0.10, 0.30, 0.58, -0.81], [-0.94, 0.67, -0.13, 0.52, -1.00, -0.11, 0.44, -0.54, 0.89], [0.80, -0.94, -0.95, 0.08, 0.88, -0.24, -0.57, -0.16, -0.94], [-0.56, -0.12, -0.01, -0.53, -0.54, -0.56, -0.08, -0.42, -0.96], [0.68, 0.11, 0.28, -0.63, 0.99, 0.72, -0.76, -0.33, 0.44], [0.42, 0.87, -0.16, 0.66, 0.34, -0.39, 0.18, 0.76, 0.69], [0.01, 0.18, -0.93, -0.51, 0.59, -0.17, -0.65, 0.10, 0.41], [0.35, -0.25, -0.12, 0.02, 0.56, 0.04, -0.21, -0.02, -0.94], [-0.91, 0.41, 0.97, 0.19, -0.21, -0.66, 0.00, 0.96, 0.54], [0.08, 0.72, -0.54, 0.03, 0.90, 0.16, -0.08, -0.46, 0.10], [0.91, -0.99, 0.57, 0.64, 0.77, 0.48, 0.62, 0.04, 0.12], [-0.15, -0.89, 0.74, 0.14, -0.60, 0.01, -0.03, -0.29, -0.31]]> : tensor<12x9xf32>
  %y = ingot.contract %x, %w batch [] x [] contracting [1] x [0] : (tensor<?x12xf32>, tensor<12x9xf32>) -> tensor<?x9xf32>
  return %y : tensor<?x9xf32>
}

// -----

// SIZES: s=0,1,7,8,9,31
func.func @dense_bias_relu_residual(%x: tensor<?x12xf32>, %z: tensor<?x9xf32>) -> tensor<?x9xf32> {
  %c0 = arith.constant 0 : index
  %x0 = tensor.dim %x, %c0 : tensor<?x12xf32>
  %w = ingot.constant dense<[[-0.73, 0.69, 0.53, -0.49, -0.01, -0.10, 0.30, 0.58, -0.81], [-0.94, 0.67, -0.13, 0.52, -1.00, -0.11, 0.44, -0.54, 0.89], [0.80, -0.94, -0.95, 0.08, 0.88, -0.24, -0.57, -0.16, -0.94], [-0.56, -0.12, -0.01, -0.53, -0.54, -0.56, -0.08, -0.42, -0.96], [0.68, 0.11, 0.28, -0.63, 0.99, 0.72, -0.76, -0.33, 0.44], [0.42, 0.87, -0.16, 0.66, 0.34, -0.39, 0.18, 0.76, 0.69], [0.01, 0.18, -0.93, -0.51, 0.59, -0.17, -0.65, 0.10, 0.41], [0.35, -0.25, -0.12, 0.02, 0.56, 0.04, -0.21, -0.02, -0.94], [-0.91, 0.41, 0.97, 0.19, -0.21, -0.66, 0.00, 0.96, 0.54], [0.08, 0.72, -0.54, 0.03, 0.90, 0.16, -0.08, -0.46, 0.10], [0.91, -0.99, 0.57, 0.64, 0.77, 0.48, 0.62, 0.04, 0.12], [-0.15, -0.89, 0.74, 0.14, -0.60, 0.01, -0.03, -0.29, -0.31]]> : tensor<12x9xf32>
  %b = ingot.constant dense<[0.08, 0.25, 0.22, -0.08, -0.94, -0.54, -0.65, 0.17, 0.72]> : tensor<9xf32>
  %y = ingot.contract %x, %w batch [] x [] contracting [1] x [0] : (tensor<?x12xf32>, tensor<12x9xf32>) -> tensor<?x9xf32>
  %bb = ingot.broadcast %b dimensions = [1] sizes [%x0, 9] : (tensor<9xf32>) -> tensor<?x9xf32>
  %a = ingot.add %y, %bb : tensor<?x9xf32>
  %s = ingot.add %a, %z : tensor<?x9xf32>
  %zero = ingot.constant dense<0.0> : tensor<f32>
  %zb = ingot.broadcast %zero dimensions = [] sizes [%x0, 9] : (tensor<f32>) -> tensor<?x9xf32>
  %r = ingot.max %s, %zb : tensor<?x9xf32>
  return %r : tensor<?x9xf32>
}

// -----

// SIZES: s=0,1,9,40
func.func @two_layers_gelu(%x: tensor<?x12xf32>, %w1: tensor<12x32xf32>, %w2: tensor<32x12xf32>) -> tensor<?x12xf32> {
  %c0 = arith.constant 0 : index
  %x0 = tensor.dim %x, %c0 : tensor<?x12xf32>
  %h = ingot.contract %x, %w1 batch [] x [] contracting [1] x [0] : (tensor<?x12xf32>, tensor<12x32xf32>) -> tensor<?x32xf32>
  %k = ingot.constant dense<0.70710678> : tensor<f32>
  %kb = ingot.broadcast %k dimensions = [] sizes [%x0, 32] : (tensor<f32>) -> tensor<?x32xf32>
  %q = ingot.mul %h, %kb : tensor<?x32xf32>
  %e = ingot.erf %q : tensor<?x32xf32>
  %one = ingot.constant dense<1.0> : tensor<f32>
  %ob = ingot.broadcast %one dimensions = [] sizes [%x0, 32] : (tensor<f32>) -> tensor<?x32xf32>
  %p = ingot.add %e, %ob : tensor<?x32xf32>
  %g = ingot.mul %h, %p : tensor<?x32xf32>
  %y = ingot.contract %g, %w2 batch [] x [] contracting [1] x [0] : (tensor<?x32xf32>, tensor<32x12xf32>) -> tensor<?x12xf32>
  %r = ingot.add %y, %x : tensor<?x12xf32>
  return %r : tensor<?x12xf32>
}

// -----

// DIMS: m k k n
// SIZES: m=1,9 k=1,17 n=1,20
func.func @chain_at_run_time(%x: tensor<?x?xf32>, %y: tensor<?x?xf32>) -> tensor<?x?xf32> {
  %h = ingot.contract %x, %y batch [] x [] contracting [1] x [0] : (tensor<?x?xf32>, tensor<?x?xf32>) -> tensor<?x?xf32>
  %t = ingot.transpose %h permutation = [1, 0] : (tensor<?x?xf32>) -> tensor<?x?xf32>
  %r = ingot.contract %t, %x batch [] x [] contracting [1] x [0] : (tensor<?x?xf32>, tensor<?x?xf32>) -> tensor<?x?xf32>
  return %r : tensor<?x?xf32>
}

// -----

// Lines of a static number of rows in a batch known at run time.
// SIZES: b=0,1,3,30
func.func @lines_of_a_batch(%x: tensor<?x3x3x12xf32>, %w: tensor<12x37xf32>) -> tensor<?x3x3x37xf32> {
  %0 = ingot.contract %x, %w batch [] x [] contracting [3] x [0] : (tensor<?x3x3x12xf32>, tensor<12x37xf32>) -> tensor<?x3x3x37xf32>
  %1 = ingot.exp %0 : tensor<?x3x3x37xf32>
  return %1 : tensor<?x3x3x37xf32>
}

// -----

// A line that is several tasks, and one that is not a whole number of them.
// SIZES: b=1,2
func.func @long_lines_of_a_batch(%x: tensor<?x20x15x12xf32>, %w: tensor<12x37xf32>, %z: tensor<?x20x15x37xf32>) -> tensor<?x20x15x37xf32> {
  %0 = ingot.contract %x, %w batch [] x [] contracting [3] x [0] : (tensor<?x20x15x12xf32>, tensor<12x37xf32>) -> tensor<?x20x15x37xf32>
  %1 = ingot.add %0, %z : tensor<?x20x15x37xf32>
  return %1 : tensor<?x20x15x37xf32>
}

// -----

// SIZES: b=1,2,70
func.func @short_lines_of_a_batch(%x: tensor<?x3x12xf32>, %w: tensor<12x37xf32>) -> tensor<?x3x37xf32> {
  %0 = ingot.contract %x, %w batch [] x [] contracting [2] x [0] : (tensor<?x3x12xf32>, tensor<12x37xf32>) -> tensor<?x3x37xf32>
  return %0 : tensor<?x3x37xf32>
}

// -----

// The operand is added to the product that reads it.
// SIZES: n=1,5,64
func.func @operand_and_residual(%x: tensor<?x33xf32>, %w: tensor<33x33xf32>) -> tensor<?x33xf32> {
  %c0 = arith.constant 0 : index
  %n = tensor.dim %x, %c0 : tensor<?x33xf32>
  %a = ingot.tanh %x : tensor<?x33xf32>
  %m = ingot.contract %a, %w batch [] x [] contracting [1] x [0] : (tensor<?x33xf32>, tensor<33x33xf32>) -> tensor<?x33xf32>
  %y = ingot.add %a, %m : tensor<?x33xf32>
  return %y : tensor<?x33xf32>
}
