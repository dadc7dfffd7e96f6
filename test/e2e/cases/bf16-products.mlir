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
