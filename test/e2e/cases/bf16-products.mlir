// Products of bf16 with constant weights, summed in f32: pairs of steps lie together, and the sums' lengths are odd.
// SIZES: m=0,1,7,19
// TOLERANCE: 1e-3
func.func @matrix(%x: tensor<?x33xbf16>) -> tensor<?x31xf32> {
  %i = ingot.iota dimension = 0 sizes [1023] : tensor<1023xf32>
  %s = ingot.sin %i : tensor<1023xf32>
  %h = ingot.cast %s : (tensor<1023xf32>) -> tensor<1023xbf16>
  %w = ingot.reshape %h sizes [33, 31] : (tensor<1023xbf16>) -> tensor<33x31xbf16>
  %y = ingot.contract %x, %w batch [] x [] contracting [1] x [0] : (tensor<?x33xbf16>, tensor<33x31xbf16>) -> tensor<?x31xf32>
  return %y : tensor<?x31xf32>
}

// -----

// Rounded in the epilogue of the first product for the second.
// SIZES: m=1,9,32
// TOLERANCE: 1e-2
func.func @chain(%x: tensor<?x32xbf16>, %b: tensor<32xf32>) -> (tensor<?x32xf32>, tensor<?x32xf32>) {
  %i = ingot.iota dimension = 0 sizes [1024] : tensor<1024xf32>
  %s = ingot.sin %i : tensor<1024xf32>
  %h = ingot.cast %s : (tensor<1024xf32>) -> tensor<1024xbf16>
  %w = ingot.reshape %h sizes [32, 32] : (tensor<1024xbf16>) -> tensor<32x32xbf16>
  %y = ingot.contract %x, %w batch [] x [] contracting [1] x [0] : (tensor<?x32xbf16>, tensor<32x32xbf16>) -> tensor<?x32xf32>
  %c0 = arith.constant 0 : index
  %n = tensor.dim %x, %c0 : tensor<?x32xbf16>
  %bs = ingot.broadcast %b dimensions = [1] sizes [%n, 32] : (tensor<32xf32>) -> tensor<?x32xf32>
  %t = ingot.add %y, %bs : tensor<?x32xf32>
  %r = ingot.cast %t : (tensor<?x32xf32>) -> tensor<?x32xbf16>
  %z = ingot.contract %r, %w batch [] x [] contracting [1] x [0] : (tensor<?x32xbf16>, tensor<32x32xbf16>) -> tensor<?x32xf32>
  return %t, %z : tensor<?x32xf32>, tensor<?x32xf32>
}

// -----

// DIMS: n h w
// SIZES: n=1,2 h=1,6 w=1,5,18
// TOLERANCE: 1e-3
func.func @convolution(%x: tensor<?x?x?x5xbf16>) -> tensor<?x?x?x21xf32> {
  %i = ingot.iota dimension = 0 sizes [945] : tensor<945xf32>
  %s = ingot.sin %i : tensor<945xf32>
  %h = ingot.cast %s : (tensor<945xf32>) -> tensor<945xbf16>
  %f = ingot.reshape %h sizes [3, 3, 5, 21] : (tensor<945xbf16>) -> tensor<3x3x5x21xbf16>
  %y = ingot.conv %x, %f strides [1, 1] dilations [1, 1] pads [1, 1] x [1, 1]
    : (tensor<?x?x?x5xbf16>, tensor<3x3x5x21xbf16>) -> tensor<?x?x?x21xf32>
  return %y : tensor<?x?x?x21xf32>
}
// -----

// Both operands made at run time, as in training: rows along the sum, columns along the columns or along the sum, and odd sums.
// SIZES: m=1,7,64,200
func.func @run_time(%x: tensor<?x96xbf16>, %w: tensor<96x80xbf16>) -> tensor<?x80xf32> {
  %0 = ingot.contract %x, %w batch [] x [] contracting [1] x [0] : (tensor<?x96xbf16>, tensor<96x80xbf16>) -> tensor<?x80xf32>
  return %0 : tensor<?x80xf32>
}

// -----

// SIZES: m=1,7,64,200
func.func @run_time_turned(%x: tensor<?x96xbf16>, %w: tensor<80x96xbf16>) -> tensor<?x80xf32> {
  %0 = ingot.contract %x, %w batch [] x [] contracting [1] x [1] : (tensor<?x96xbf16>, tensor<80x96xbf16>) -> tensor<?x80xf32>
  return %0 : tensor<?x80xf32>
}

// -----

// SIZES: m=64,77 k=65,301
// DIMS: m k k
func.func @run_time_odd(%x: tensor<?x?xbf16>, %w: tensor<?x70xbf16>) -> tensor<?x70xf32> {
  %0 = ingot.contract %x, %w batch [] x [] contracting [1] x [0] : (tensor<?x?xbf16>, tensor<?x70xbf16>) -> tensor<?x70xf32>
  return %0 : tensor<?x70xf32>
}

// -----

// SIZES: m=64,77 k=65,301
// DIMS: m k k
func.func @run_time_odd_turned(%x: tensor<?x?xbf16>, %w: tensor<70x?xbf16>) -> tensor<?x70xf32> {
  %0 = ingot.contract %x, %w batch [] x [] contracting [1] x [1] : (tensor<?x?xbf16>, tensor<70x?xbf16>) -> tensor<?x70xf32>
  return %0 : tensor<?x70xf32>
}

// -----

// A weight's gradient: the sum runs along the batch, rows lie along the rows.
// SIZES: n=1,33,64,301
func.func @run_time_weight_gradient(%x: tensor<?x96xbf16>, %dy: tensor<?x80xbf16>) -> tensor<80x96xf32> {
  %0 = ingot.contract %dy, %x batch [] x [] contracting [0] x [0] : (tensor<?x80xbf16>, tensor<?x96xbf16>) -> tensor<80x96xf32>
  return %0 : tensor<80x96xf32>
}

// -----

// SIZES: n=1,4
func.func @run_time_conv(%x: tensor<?x12x12x32xbf16>, %f: tensor<3x3x32x48xbf16>) -> tensor<?x6x6x48xf32> {
  %0 = ingot.conv %x, %f strides [2, 2] dilations [1, 1] pads [1, 1] x [1, 1] : (tensor<?x12x12x32xbf16>, tensor<3x3x32x48xbf16>) -> tensor<?x6x6x48xf32>
  return %0 : tensor<?x6x6x48xf32>
}

// -----

// Channels that pairs would lie across.
// SIZES: n=1,4
func.func @run_time_conv_odd(%x: tensor<?x12x12x33xbf16>, %f: tensor<3x3x33x48xbf16>) -> tensor<?x12x12x48xf32> {
  %0 = ingot.conv %x, %f strides [1, 1] dilations [1, 1] pads [1, 1] x [1, 1] : (tensor<?x12x12x33xbf16>, tensor<3x3x33x48xbf16>) -> tensor<?x12x12x48xf32>
  return %0 : tensor<?x12x12x48xf32>
}

// -----

// SIZES: n=1,5
func.func @run_time_filter_gradient(%x: tensor<?x9x9x33xbf16>, %dy: tensor<?x9x9x40xbf16>) -> tensor<3x3x33x40xf32> {
  %0 = ingot.conv_grad_filter %x, %dy filter_sizes [3, 3] strides [1, 1] dilations [1, 1] pads [1, 1] x [1, 1] : (tensor<?x9x9x33xbf16>, tensor<?x9x9x40xbf16>) -> tensor<3x3x33x40xf32>
  return %0 : tensor<3x3x33x40xf32>
}

// -----

// SIZES: n=1,5
func.func @run_time_batch(%x: tensor<?x40x64xbf16>, %y: tensor<?x64x48xbf16>) -> tensor<?x40x48xf32> {
  %0 = ingot.contract %x, %y batch [0] x [0] contracting [2] x [1] : (tensor<?x40x64xbf16>, tensor<?x64x48xbf16>) -> tensor<?x40x48xf32>
  return %0 : tensor<?x40x48xf32>
}

// -----

// No more columns than one register has.
// SIZES: n=1,5
func.func @run_time_filter_gradient_narrow(%x: tensor<?x9x9x8xbf16>, %dy: tensor<?x9x9x16xbf16>) -> tensor<3x3x8x16xf32> {
  %0 = ingot.conv_grad_filter %x, %dy filter_sizes [3, 3] strides [1, 1] dilations [1, 1] pads [1, 1] x [1, 1] : (tensor<?x9x9x8xbf16>, tensor<?x9x9x16xbf16>) -> tensor<3x3x8x16xf32>
  return %0 : tensor<3x3x8x16xf32>
}
