// The same of f16, whose elements are widened while they are packed: rows along the sum, columns along the columns or along the sum, and odd sums.
// SIZES: m=1,7,64,200
func.func @half(%x: tensor<?x96xf16>, %w: tensor<96x80xf16>) -> tensor<?x80xf32> {
  %0 = ingot.contract %x, %w batch [] x [] contracting [1] x [0] : (tensor<?x96xf16>, tensor<96x80xf16>) -> tensor<?x80xf32>
  return %0 : tensor<?x80xf32>
}

// -----

// SIZES: m=1,7,64,200
func.func @half_turned(%x: tensor<?x96xf16>, %w: tensor<80x96xf16>) -> tensor<?x80xf32> {
  %0 = ingot.contract %x, %w batch [] x [] contracting [1] x [1] : (tensor<?x96xf16>, tensor<80x96xf16>) -> tensor<?x80xf32>
  return %0 : tensor<?x80xf32>
}

// -----

// SIZES: m=64,77 k=65,301
// DIMS: m k k
func.func @half_odd(%x: tensor<?x?xf16>, %w: tensor<?x70xf16>) -> tensor<?x70xf32> {
  %0 = ingot.contract %x, %w batch [] x [] contracting [1] x [0] : (tensor<?x?xf16>, tensor<?x70xf16>) -> tensor<?x70xf32>
  return %0 : tensor<?x70xf32>
}

// -----

// SIZES: m=64,77 k=65,301
// DIMS: m k k
func.func @half_odd_turned(%x: tensor<?x?xf16>, %w: tensor<70x?xf16>) -> tensor<?x70xf32> {
  %0 = ingot.contract %x, %w batch [] x [] contracting [1] x [1] : (tensor<?x?xf16>, tensor<70x?xf16>) -> tensor<?x70xf32>
  return %0 : tensor<?x70xf32>
}

// -----

// A weight's gradient: the sum runs along the batch, rows lie along the rows.
// SIZES: n=1,33,64,301
func.func @half_weight_gradient(%x: tensor<?x96xf16>, %dy: tensor<?x80xf16>) -> tensor<80x96xf32> {
  %0 = ingot.contract %dy, %x batch [] x [] contracting [0] x [0] : (tensor<?x80xf16>, tensor<?x96xf16>) -> tensor<80x96xf32>
  return %0 : tensor<80x96xf32>
}

// -----

// SIZES: n=1,4
func.func @half_conv(%x: tensor<?x12x12x32xf16>, %f: tensor<3x3x32x48xf16>) -> tensor<?x6x6x48xf32> {
  %0 = ingot.conv %x, %f strides [2, 2] dilations [1, 1] pads [1, 1] x [1, 1] : (tensor<?x12x12x32xf16>, tensor<3x3x32x48xf16>) -> tensor<?x6x6x48xf32>
  return %0 : tensor<?x6x6x48xf32>
}

// -----

// Channels that pairs would lie across.
// SIZES: n=1,4
func.func @half_conv_odd(%x: tensor<?x12x12x33xf16>, %f: tensor<3x3x33x48xf16>) -> tensor<?x12x12x48xf32> {
  %0 = ingot.conv %x, %f strides [1, 1] dilations [1, 1] pads [1, 1] x [1, 1] : (tensor<?x12x12x33xf16>, tensor<3x3x33x48xf16>) -> tensor<?x12x12x48xf32>
  return %0 : tensor<?x12x12x48xf32>
}

// -----

// SIZES: n=1,5
func.func @half_filter_gradient(%x: tensor<?x9x9x33xf16>, %dy: tensor<?x9x9x40xf16>) -> tensor<3x3x33x40xf32> {
  %0 = ingot.conv_grad_filter %x, %dy filter_sizes [3, 3] strides [1, 1] dilations [1, 1] pads [1, 1] x [1, 1] : (tensor<?x9x9x33xf16>, tensor<?x9x9x40xf16>) -> tensor<3x3x33x40xf32>
  return %0 : tensor<3x3x33x40xf32>
}

// -----

// SIZES: n=1,5
func.func @half_batch(%x: tensor<?x40x64xf16>, %y: tensor<?x64x48xf16>) -> tensor<?x40x48xf32> {
  %0 = ingot.contract %x, %y batch [0] x [0] contracting [2] x [1] : (tensor<?x40x64xf16>, tensor<?x64x48xf16>) -> tensor<?x40x48xf32>
  return %0 : tensor<?x40x48xf32>
}

// -----

// No more columns than one register has.
// SIZES: n=1,5
func.func @half_filter_gradient_narrow(%x: tensor<?x9x9x8xf16>, %dy: tensor<?x9x9x16xf16>) -> tensor<3x3x8x16xf32> {
  %0 = ingot.conv_grad_filter %x, %dy filter_sizes [3, 3] strides [1, 1] dilations [1, 1] pads [1, 1] x [1, 1] : (tensor<?x9x9x8xf16>, tensor<?x9x9x16xf16>) -> tensor<3x3x8x16xf32>
  return %0 : tensor<3x3x8x16xf32>
}
