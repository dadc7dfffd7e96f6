// Products of bytes with constant weights, in groups of four or two steps. Sums whose length is no multiple of a group, columns that are
// none of a vector, one row up to several tiles.
// SIZES: m=0,1,2,7,19
// INPUT 0: 0 255
func.func @unsigned_zero_point(%x: tensor<?x33xui8>) -> tensor<?x31xi32> {
  %i = ingot.iota dimension = 0 sizes [1023] : tensor<1023xi32>
  %p = ingot.constant dense<37> : tensor<1023xi32>
  %q = ingot.constant dense<255> : tensor<1023xi32>
  %c = ingot.constant dense<127> : tensor<1023xi32>
  %w0 = ingot.mul %i, %p : tensor<1023xi32>
  %w1 = ingot.rem %w0, %q : tensor<1023xi32>
  %w2 = ingot.sub %w1, %c : tensor<1023xi32>
  %w = ingot.reshape %w2 sizes [33, 31] : (tensor<1023xi32>) -> tensor<33x31xi32>
  %wide = ingot.cast %x : (tensor<?x33xui8>) -> tensor<?x33xi32>
  %z = ingot.constant dense<131> : tensor<i32>
  %c0 = arith.constant 0 : index
  %n = tensor.dim %x, %c0 : tensor<?x33xui8>
  %zs = ingot.broadcast %z dimensions = [] sizes [%n, 33] : (tensor<i32>) -> tensor<?x33xi32>
  %centered = ingot.sub %wide, %zs : tensor<?x33xi32>
  %y = ingot.contract %centered, %w batch [] x [] contracting [1] x [0] : (tensor<?x33xi32>, tensor<33x31xi32>) -> tensor<?x31xi32>
  return %y : tensor<?x31xi32>
}

// -----

// Signed values, the zero point known at run time only, scaled at once.
// DIMS: m
// SIZES: m=1,3,8,33
// INPUT 0: -128 127
// INPUT 1: -128 127
func.func @signed(%x: tensor<?x30xi8>, %zero: tensor<i8>, %b: tensor<34xf32>) -> tensor<?x34xf32> {
  %i = ingot.iota dimension = 0 sizes [1020] : tensor<1020xi32>
  %p = ingot.constant dense<53> : tensor<1020xi32>
  %q = ingot.constant dense<256> : tensor<1020xi32>
  %c = ingot.constant dense<128> : tensor<1020xi32>
  %w0 = ingot.mul %i, %p : tensor<1020xi32>
  %w1 = ingot.rem %w0, %q : tensor<1020xi32>
  %w2 = ingot.sub %w1, %c : tensor<1020xi32>
  %w = ingot.reshape %w2 sizes [30, 34] : (tensor<1020xi32>) -> tensor<30x34xi32>
  %wide = ingot.cast %x : (tensor<?x30xi8>) -> tensor<?x30xi32>
  %z = ingot.cast %zero : (tensor<i8>) -> tensor<i32>
  %c0 = arith.constant 0 : index
  %n = tensor.dim %x, %c0 : tensor<?x30xi8>
  %zs = ingot.broadcast %z dimensions = [] sizes [%n, 30] : (tensor<i32>) -> tensor<?x30xi32>
  %centered = ingot.sub %wide, %zs : tensor<?x30xi32>
  %y = ingot.contract %centered, %w batch [] x [] contracting [1] x [0] : (tensor<?x30xi32>, tensor<30x34xi32>) -> tensor<?x34xi32>
  %f = ingot.cast %y : (tensor<?x34xi32>) -> tensor<?x34xf32>
  %bs = ingot.broadcast %b dimensions = [1] sizes [%n, 34] : (tensor<34xf32>) -> tensor<?x34xf32>
  %r = ingot.mul %f, %bs : tensor<?x34xf32>
  return %r : tensor<?x34xf32>
}

// -----

// Weights of 9 bits: unsigned ones with a zero point.
// SIZES: m=1,5,16
// INPUT 0: 0 255
func.func @wide_weights(%x: tensor<?x29xui8>) -> tensor<?x35xi32> {
  %i = ingot.iota dimension = 0 sizes [1015] : tensor<1015xi32>
  %p = ingot.constant dense<91> : tensor<1015xi32>
  %q = ingot.constant dense<256> : tensor<1015xi32>
  %c = ingot.constant dense<97> : tensor<1015xi32>
  %w0 = ingot.mul %i, %p : tensor<1015xi32>
  %w1 = ingot.rem %w0, %q : tensor<1015xi32>
  %w2 = ingot.sub %w1, %c : tensor<1015xi32>
  %w = ingot.reshape %w2 sizes [29, 35] : (tensor<1015xi32>) -> tensor<29x35xi32>
  %wide = ingot.cast %x : (tensor<?x29xui8>) -> tensor<?x29xi32>
  %y = ingot.contract %wide, %w batch [] x [] contracting [1] x [0] : (tensor<?x29xi32>, tensor<29x35xi32>) -> tensor<?x35xi32>
  return %y : tensor<?x35xi32>
}

// -----

// Weights that bytes cannot hold however they are moved.
// SIZES: m=1,5,16
// INPUT 0: 0 255
func.func @words(%x: tensor<?x29xui8>) -> tensor<?x35xi32> {
  %i = ingot.iota dimension = 0 sizes [1015] : tensor<1015xi32>
  %p = ingot.constant dense<91> : tensor<1015xi32>
  %q = ingot.constant dense<400> : tensor<1015xi32>
  %c = ingot.constant dense<200> : tensor<1015xi32>
  %w0 = ingot.mul %i, %p : tensor<1015xi32>
  %w1 = ingot.rem %w0, %q : tensor<1015xi32>
  %w2 = ingot.sub %w1, %c : tensor<1015xi32>
  %w = ingot.reshape %w2 sizes [29, 35] : (tensor<1015xi32>) -> tensor<29x35xi32>
  %wide = ingot.cast %x : (tensor<?x29xui8>) -> tensor<?x29xi32>
  %y = ingot.contract %wide, %w batch [] x [] contracting [1] x [0] : (tensor<?x29xi32>, tensor<29x35xi32>) -> tensor<?x35xi32>
  return %y : tensor<?x35xi32>
}

// -----

// Long sums, whose chains of dependent additions are cut, and the largest products that can meet.
// INPUT 0: 255 255
func.func @largest(%x: tensor<3x1024xui8>) -> tensor<3x33xi32> {
  %a = ingot.constant dense<-128> : tensor<1024x33xi8>
  %wide = ingot.cast %x : (tensor<3x1024xui8>) -> tensor<3x1024xi32>
  %w = ingot.cast %a : (tensor<1024x33xi8>) -> tensor<1024x33xi32>
  %y = ingot.contract %wide, %w batch [] x [] contracting [1] x [0] : (tensor<3x1024xi32>, tensor<1024x33xi32>) -> tensor<3x33xi32>
  return %y : tensor<3x33xi32>
}

// -----

// The sum runs along the rows of a transposed operand: its elements do not lie together.
// SIZES: m=1,6,17
// INPUT 0: 0 255
func.func @strided(%x: tensor<33x?xui8>) -> tensor<?x31xi32> {
  %i = ingot.iota dimension = 0 sizes [1023] : tensor<1023xi32>
  %p = ingot.constant dense<37> : tensor<1023xi32>
  %q = ingot.constant dense<255> : tensor<1023xi32>
  %c = ingot.constant dense<127> : tensor<1023xi32>
  %w0 = ingot.mul %i, %p : tensor<1023xi32>
  %w1 = ingot.rem %w0, %q : tensor<1023xi32>
  %w2 = ingot.sub %w1, %c : tensor<1023xi32>
  %w = ingot.reshape %w2 sizes [33, 31] : (tensor<1023xi32>) -> tensor<33x31xi32>
  %y = ingot.contract %x, %w batch [] x [] contracting [0] x [0] : (tensor<33x?xui8>, tensor<33x31xi32>) -> tensor<?x31xi32>
  return %y : tensor<?x31xi32>
}

// -----

// Convolutions: padding is by the zero point, channels are no multiple of a group.
// DIMS: n h w
// SIZES: n=1,2 h=1,6 w=1,5,18
// INPUT 0: 0 255
func.func @convolution(%x: tensor<?x?x?x3xui8>) -> tensor<?x?x?x37xi32> {
  %i = ingot.iota dimension = 0 sizes [999] : tensor<999xi32>
  %p = ingot.constant dense<71> : tensor<999xi32>
  %q = ingot.constant dense<255> : tensor<999xi32>
  %c = ingot.constant dense<127> : tensor<999xi32>
  %w0 = ingot.mul %i, %p : tensor<999xi32>
  %w1 = ingot.rem %w0, %q : tensor<999xi32>
  %w2 = ingot.sub %w1, %c : tensor<999xi32>
  %f = ingot.reshape %w2 sizes [3, 3, 3, 37] : (tensor<999xi32>) -> tensor<3x3x3x37xi32>
  %wide = ingot.cast %x : (tensor<?x?x?x3xui8>) -> tensor<?x?x?x3xi32>
  %z = ingot.constant dense<77> : tensor<i32>
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %n = tensor.dim %x, %c0 : tensor<?x?x?x3xui8>
  %h = tensor.dim %x, %c1 : tensor<?x?x?x3xui8>
  %v = tensor.dim %x, %c2 : tensor<?x?x?x3xui8>
  %zs = ingot.broadcast %z dimensions = [] sizes [%n, %h, %v, 3] : (tensor<i32>) -> tensor<?x?x?x3xi32>
  %centered = ingot.sub %wide, %zs : tensor<?x?x?x3xi32>
  %y = ingot.conv %centered, %f strides [1, 1] dilations [1, 1] pads [1, 1] x [1, 1]
    : (tensor<?x?x?x3xi32>, tensor<3x3x3x37xi32>) -> tensor<?x?x?x37xi32>
  return %y : tensor<?x?x?x37xi32>
}

// -----

// Channels in whole groups, strides, two groups of channels, a zero point known at run time.
// SIZES: n=1,2
// INPUT 0: -128 127
// INPUT 1: -128 127
func.func @grouped_convolution(%x: tensor<?x9x11x16xi8>, %zero: tensor<i8>) -> tensor<?x5x6x10xi32> {
  %i = ingot.iota dimension = 0 sizes [720] : tensor<720xi32>
  %p = ingot.constant dense<71> : tensor<720xi32>
  %q = ingot.constant dense<255> : tensor<720xi32>
  %c = ingot.constant dense<127> : tensor<720xi32>
  %w0 = ingot.mul %i, %p : tensor<720xi32>
  %w1 = ingot.rem %w0, %q : tensor<720xi32>
  %w2 = ingot.sub %w1, %c : tensor<720xi32>
  %f = ingot.reshape %w2 sizes [3, 3, 8, 10] : (tensor<720xi32>) -> tensor<3x3x8x10xi32>
  %wide = ingot.cast %x : (tensor<?x9x11x16xi8>) -> tensor<?x9x11x16xi32>
  %z = ingot.cast %zero : (tensor<i8>) -> tensor<i32>
  %c0 = arith.constant 0 : index
  %n = tensor.dim %x, %c0 : tensor<?x9x11x16xi8>
  %zs = ingot.broadcast %z dimensions = [] sizes [%n, 9, 11, 16] : (tensor<i32>) -> tensor<?x9x11x16xi32>
  %centered = ingot.sub %wide, %zs : tensor<?x9x11x16xi32>
  %y = ingot.conv %centered, %f strides [2, 2] dilations [1, 1] pads [1, 1] x [1, 1] {groups = 2 : i64}
    : (tensor<?x9x11x16xi32>, tensor<3x3x8x10xi32>) -> tensor<?x5x6x10xi32>
  return %y : tensor<?x5x6x10xi32>
}

// -----

// Weights of 8 bits with a scale a column, computed with in f32: they stay 8 bits in memory.
// SIZES: m=1,9
func.func @scaled_weights(%x: tensor<?x64xf32>, %b: tensor<64xf32>) -> tensor<?x64xf32> {
  %q = ingot.constant dense<-77> : tensor<64x64xi8>
  %s = ingot.constant dense<0.03125> : tensor<64xf32>
  %f = ingot.cast %q : (tensor<64x64xi8>) -> tensor<64x64xf32>
  %ss = ingot.broadcast %s dimensions = [1] sizes [64, 64] : (tensor<64xf32>) -> tensor<64x64xf32>
  %w = ingot.mul %f, %ss : tensor<64x64xf32>
  %y = ingot.contract %x, %w batch [] x [] contracting [1] x [0] : (tensor<?x64xf32>, tensor<64x64xf32>) -> tensor<?x64xf32>
  %c0 = arith.constant 0 : index
  %n = tensor.dim %x, %c0 : tensor<?x64xf32>
  %bs = ingot.broadcast %b dimensions = [1] sizes [%n, 64] : (tensor<64xf32>) -> tensor<?x64xf32>
  %r = ingot.add %y, %bs : tensor<?x64xf32>
  return %r : tensor<?x64xf32>
}
