// SIZES: s=0,1,3
func.func @max_3x3_f32(%x: tensor<?x9x8x5xf32>) -> tensor<?x5x4x5xf32> {
  %r = ingot.reduce_window max %x window [1, 3, 3, 1] strides [1, 2, 2, 1] dilations [1, 1, 1, 1] pads [0, 1, 1, 0] x [0, 1, 1, 0] : (tensor<?x9x8x5xf32>) -> tensor<?x5x4x5xf32>
  return %r : tensor<?x5x4x5xf32>
}

// -----

// SIZES: s=0,1,3
func.func @max_3x3_f16(%x: tensor<?x9x8x5xf16>) -> tensor<?x5x4x5xf16> {
  %r = ingot.reduce_window max %x window [1, 3, 3, 1] strides [1, 2, 2, 1] dilations [1, 1, 1, 1] pads [0, 1, 1, 0] x [0, 1, 1, 0] : (tensor<?x9x8x5xf16>) -> tensor<?x5x4x5xf16>
  return %r : tensor<?x5x4x5xf16>
}

// -----

// SIZES: s=0,1,3
func.func @sum_3x3_f32(%x: tensor<?x9x8x5xf32>) -> tensor<?x5x4x5xf32> {
  %r = ingot.reduce_window sum %x window [1, 3, 3, 1] strides [1, 2, 2, 1] dilations [1, 1, 1, 1] pads [0, 1, 1, 0] x [0, 1, 1, 0] : (tensor<?x9x8x5xf32>) -> tensor<?x5x4x5xf32>
  return %r : tensor<?x5x4x5xf32>
}

// -----

// SIZES: s=0,1,3
func.func @sum_3x3_f16(%x: tensor<?x9x8x5xf16>) -> tensor<?x5x4x5xf16> {
  %r = ingot.reduce_window sum %x window [1, 3, 3, 1] strides [1, 2, 2, 1] dilations [1, 1, 1, 1] pads [0, 1, 1, 0] x [0, 1, 1, 0] : (tensor<?x9x8x5xf16>) -> tensor<?x5x4x5xf16>
  return %r : tensor<?x5x4x5xf16>
}

// -----

// SIZES: s=0,1,3
func.func @mean_3x3_f32(%x: tensor<?x9x8x5xf32>) -> tensor<?x5x4x5xf32> {
  %r = ingot.reduce_window mean %x window [1, 3, 3, 1] strides [1, 2, 2, 1] dilations [1, 1, 1, 1] pads [0, 1, 1, 0] x [0, 1, 1, 0] : (tensor<?x9x8x5xf32>) -> tensor<?x5x4x5xf32>
  return %r : tensor<?x5x4x5xf32>
}

// -----

// SIZES: s=0,1,3
func.func @mean_3x3_f16(%x: tensor<?x9x8x5xf16>) -> tensor<?x5x4x5xf16> {
  %r = ingot.reduce_window mean %x window [1, 3, 3, 1] strides [1, 2, 2, 1] dilations [1, 1, 1, 1] pads [0, 1, 1, 0] x [0, 1, 1, 0] : (tensor<?x9x8x5xf16>) -> tensor<?x5x4x5xf16>
  return %r : tensor<?x5x4x5xf16>
}

// -----

// SIZES: s=1,5
func.func @mean_count_padding(%x: tensor<1x?x8x20xf32>) -> tensor<1x?x8x20xf32> {
  %r = ingot.reduce_window mean %x window [1, 2, 2, 1] strides [1, 1, 1, 1] dilations [1, 1, 1, 1] pads [0, 1, 0, 0] x [0, 1, 1, 0] {count_padding} : (tensor<1x?x8x20xf32>) -> tensor<1x?x8x20xf32>
  return %r : tensor<1x?x8x20xf32>
}

// -----

// SIZES: s=3,7
func.func @max_dilated(%x: tensor<1x?x8x20xf32>) -> tensor<1x?x6x20xf32> {
  %r = ingot.reduce_window max %x window [1, 2, 2, 1] strides [1, 1, 1, 1] dilations [1, 2, 2, 1] pads [0, 0, 0, 0] x [0, 0, 0, 0] : (tensor<1x?x8x20xf32>) -> tensor<1x?x6x20xf32>
  return %r : tensor<1x?x6x20xf32>
}

// -----

// SIZES: s=2,7
func.func @max_i8(%x: tensor<1x?x8x3xi8>) -> tensor<1x?x4x3xi8> {
  %r = ingot.reduce_window max %x window [1, 2, 2, 1] strides [1, 2, 2, 1] dilations [1, 1, 1, 1] pads [0, 0, 0, 0] x [0, 0, 0, 0] : (tensor<1x?x8x3xi8>) -> tensor<1x?x4x3xi8>
  return %r : tensor<1x?x4x3xi8>
}

// -----

// SIZES: s=1,7
func.func @max_nchw(%x: tensor<1x3x?x8xf32>) -> tensor<1x3x?x4xf32> {
  %r = ingot.reduce_window max %x window [1, 1, 3, 3] strides [1, 1, 2, 2] dilations [1, 1, 1, 1] pads [0, 0, 1, 1] x [0, 0, 1, 1] : (tensor<1x3x?x8xf32>) -> tensor<1x3x?x4xf32>
  return %r : tensor<1x3x?x4xf32>
}

// -----

// SIZES: s=1,3
func.func @arg_max(%x: tensor<?x5x4x3xf32>) -> tensor<?x3x2x3xi64> {
  %r = ingot.arg_max_window %x window [1, 2, 2, 1] strides [1, 2, 2, 1] dilations [1, 1, 1, 1] pads [0, 0, 0, 0] x [0, 1, 0, 0] : (tensor<?x5x4x3xf32>) -> tensor<?x3x2x3xi64>
  return %r : tensor<?x3x2x3xi64>
}

// -----

// SIZES: s=1,3
func.func @max_gradient(%x: tensor<?x5x4x3xf32>, %d: tensor<?x3x2x3xf32>) -> tensor<?x5x4x3xf32> {
  %r = ingot.max_pool_grad %x, %d window [1, 2, 2, 1] strides [1, 2, 2, 1] dilations [1, 1, 1, 1] pads [0, 0, 0, 0] x [0, 1, 0, 0] : (tensor<?x5x4x3xf32>, tensor<?x3x2x3xf32>) -> tensor<?x5x4x3xf32>
  return %r : tensor<?x5x4x3xf32>
}

// -----

// SIZES: s=0,1,3
func.func @global_mean(%x: tensor<?x7x7x20xf32>) -> tensor<?x20xf32> {
  %c0 = arith.constant 0 : index
  %x0 = tensor.dim %x, %c0 : tensor<?x7x7x20xf32>
  %s = ingot.reduce sum %x dimensions = [1, 2] : (tensor<?x7x7x20xf32>) -> tensor<?x20xf32>
  %n = ingot.constant dense<49.0> : tensor<f32>
  %nb = ingot.broadcast %n dimensions = [] sizes [%x0, 20] : (tensor<f32>) -> tensor<?x20xf32>
  %r = ingot.div %s, %nb : tensor<?x20xf32>
  return %r : tensor<?x20xf32>
}
