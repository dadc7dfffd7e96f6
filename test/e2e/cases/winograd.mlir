// Constant filters, made of what folds, so that 3x3 convolutions take the form of Winograd. Sizes that are no multiples of tiles and
// vectors.
// DIMS: n h w
// SIZES: n=1,2 h=1,9 w=1,3,17,30
// SIZES: n=0 h=4 w=4
// TOLERANCE: 1e-4
func.func @dynamic(%x: tensor<?x?x?x24xf32>) -> tensor<?x?x?x40xf32> {
  %i = ingot.iota dimension = 0 sizes [960] : tensor<960xf32>
  %f0 = ingot.sin %i : tensor<960xf32>
  %cos0 = ingot.cos %f0 : tensor<960xf32>
  %tanh0 = ingot.tanh %f0 : tensor<960xf32>
  %f1 = ingot.concat %f0, %cos0, %tanh0 axis = 0 : (tensor<960xf32>, tensor<960xf32>, tensor<960xf32>) -> tensor<2880xf32>
  %cos1 = ingot.cos %f1 : tensor<2880xf32>
  %tanh1 = ingot.tanh %f1 : tensor<2880xf32>
  %f2 = ingot.concat %f1, %cos1, %tanh1 axis = 0 : (tensor<2880xf32>, tensor<2880xf32>, tensor<2880xf32>) -> tensor<8640xf32>
  %f = ingot.reshape %f2 sizes [3, 3, 24, 40] : (tensor<8640xf32>) -> tensor<3x3x24x40xf32>
  %y = ingot.conv %x, %f strides [1, 1] dilations [1, 1] pads [1, 1] x [1, 1] : (tensor<?x?x?x24xf32>, tensor<3x3x24x40xf32>) -> tensor<?x?x?x40xf32>
  return %y : tensor<?x?x?x40xf32>
}

// -----

// A last panel of 16, of which 2 exist, and channels that end inside a vector; an epilogue, and the border of the next convolution.
// SIZES: n=0,1,3,7
// TOLERANCE: 1e-4
func.func @chain(%x: tensor<?x7x13x34xf32>, %r: tensor<?x7x13x34xf32>) -> tensor<?x7x13x34xf32> {
  %i = ingot.iota dimension = 0 sizes [867] : tensor<867xf32>
  %f0 = ingot.sin %i : tensor<867xf32>
  %cos0 = ingot.cos %f0 : tensor<867xf32>
  %tanh0 = ingot.tanh %f0 : tensor<867xf32>
  %neg0 = ingot.neg %f0 : tensor<867xf32>
  %f1 = ingot.concat %f0, %cos0, %tanh0, %neg0 axis = 0 : (tensor<867xf32>, tensor<867xf32>, tensor<867xf32>, tensor<867xf32>) -> tensor<3468xf32>
  %cos1 = ingot.cos %f1 : tensor<3468xf32>
  %tanh1 = ingot.tanh %f1 : tensor<3468xf32>
  %f2 = ingot.concat %f1, %cos1, %tanh1 axis = 0 : (tensor<3468xf32>, tensor<3468xf32>, tensor<3468xf32>) -> tensor<10404xf32>
  %f = ingot.reshape %f2 sizes [3, 3, 34, 34] : (tensor<10404xf32>) -> tensor<3x3x34x34xf32>
  %y = ingot.conv %x, %f strides [1, 1] dilations [1, 1] pads [1, 1] x [1, 1] : (tensor<?x7x13x34xf32>, tensor<3x3x34x34xf32>) -> tensor<?x7x13x34xf32>
  %a = ingot.tanh %y : tensor<?x7x13x34xf32>
  %b = ingot.add %a, %r : tensor<?x7x13x34xf32>
  %z = ingot.conv %b, %f strides [1, 1] dilations [1, 1] pads [1, 1] x [1, 1] : (tensor<?x7x13x34xf32>, tensor<3x3x34x34xf32>) -> tensor<?x7x13x34xf32>
  return %z : tensor<?x7x13x34xf32>
}

// -----

// One block of tiles of 2x2 that all tasks share.
// TOLERANCE: 1e-4
func.func @shared(%x: tensor<1x9x9x48xf32>) -> tensor<1x7x7x64xf32> {
  %i = ingot.iota dimension = 0 sizes [1024] : tensor<1024xf32>
  %f0 = ingot.sin %i : tensor<1024xf32>
  %cos0 = ingot.cos %f0 : tensor<1024xf32>
  %tanh0 = ingot.tanh %f0 : tensor<1024xf32>
  %f1 = ingot.concat %f0, %cos0, %tanh0 axis = 0 : (tensor<1024xf32>, tensor<1024xf32>, tensor<1024xf32>) -> tensor<3072xf32>
  %cos1 = ingot.cos %f1 : tensor<3072xf32>
  %tanh1 = ingot.tanh %f1 : tensor<3072xf32>
  %f2 = ingot.concat %f1, %cos1, %tanh1 axis = 0 : (tensor<3072xf32>, tensor<3072xf32>, tensor<3072xf32>) -> tensor<9216xf32>
  %cos2 = ingot.cos %f2 : tensor<9216xf32>
  %tanh2 = ingot.tanh %f2 : tensor<9216xf32>
  %f3 = ingot.concat %f2, %cos2, %tanh2 axis = 0 : (tensor<9216xf32>, tensor<9216xf32>, tensor<9216xf32>) -> tensor<27648xf32>
  %f = ingot.reshape %f3 sizes [3, 3, 48, 64] : (tensor<27648xf32>) -> tensor<3x3x48x64xf32>
  %y = ingot.conv %x, %f strides [1, 1] dilations [1, 1] pads [0, 0] x [0, 0] : (tensor<1x9x9x48xf32>, tensor<3x3x48x64xf32>) -> tensor<1x7x7x64xf32>
  return %y : tensor<1x7x7x64xf32>
}

// -----

// Tiles of 2x2 in several blocks, and a last panel that is full.
// TOLERANCE: 1e-4
func.func @small_tiles_in_blocks(%x: tensor<3x9x9x32xf32>) -> tensor<3x7x7x64xf32> {
  %i = ingot.iota dimension = 0 sizes [1024] : tensor<1024xf32>
  %f0 = ingot.sin %i : tensor<1024xf32>
  %cos0 = ingot.cos %f0 : tensor<1024xf32>
  %tanh0 = ingot.tanh %f0 : tensor<1024xf32>
  %f1 = ingot.concat %f0, %cos0, %tanh0 axis = 0 : (tensor<1024xf32>, tensor<1024xf32>, tensor<1024xf32>) -> tensor<3072xf32>
  %cos1 = ingot.cos %f1 : tensor<3072xf32>
  %tanh1 = ingot.tanh %f1 : tensor<3072xf32>
  %f2 = ingot.concat %f1, %cos1, %tanh1 axis = 0 : (tensor<3072xf32>, tensor<3072xf32>, tensor<3072xf32>) -> tensor<9216xf32>
  %cos2 = ingot.cos %f2 : tensor<9216xf32>
  %f3 = ingot.concat %f2, %cos2 axis = 0 : (tensor<9216xf32>, tensor<9216xf32>) -> tensor<18432xf32>
  %f = ingot.reshape %f3 sizes [3, 3, 32, 64] : (tensor<18432xf32>) -> tensor<3x3x32x64xf32>
  %y = ingot.conv %x, %f strides [1, 1] dilations [1, 1] pads [0, 0] x [0, 0] : (tensor<3x9x9x32xf32>, tensor<3x3x32x64xf32>) -> tensor<3x7x7x64xf32>
  return %y : tensor<3x7x7x64xf32>
}
