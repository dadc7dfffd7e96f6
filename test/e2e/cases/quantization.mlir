// SIZES: s=0,1,19
// INPUT 0: -9 9
func.func @quantize_ui8(%x: tensor<?x7xf32>) -> tensor<?x7xui8> {
  %s = ingot.constant dense<0.0371> : tensor<f32>
  %z = ingot.constant dense<3> : tensor<ui8>
  %r = ingot.quantize %x scale %s zero_point %z : (tensor<?x7xf32>, tensor<f32>, tensor<ui8>) -> tensor<?x7xui8>
  return %r : tensor<?x7xui8>
}

// -----

// SIZES: s=0,1,19
func.func @dequantize_channels_ui8(%x: tensor<?x3xui8>) -> tensor<?x3xf32> {
  %s = ingot.constant dense<[0.5, 0.25, 0.0625]> : tensor<3xf32>
  %z = ingot.constant dense<[3, 0, 7]> : tensor<3xui8>
  %r = ingot.dequantize %x scale %s zero_point %z {axis = 1 : i64} : (tensor<?x3xui8>, tensor<3xf32>, tensor<3xui8>) -> tensor<?x3xf32>
  return %r : tensor<?x3xf32>
}

// -----

// SIZES: s=1,119
// INPUT 0: -30000 30000
func.func @rescale_ui8(%x: tensor<?xi32>) -> tensor<?xui8> {
  %s = ingot.constant dense<0.0131> : tensor<f32>
  %z = ingot.constant dense<3> : tensor<ui8>
  %r = ingot.rescale %x scale %s zero_point %z : (tensor<?xi32>, tensor<f32>, tensor<ui8>) -> tensor<?xui8>
  return %r : tensor<?xui8>
}

// -----

// SIZES: s=0,1,19
// INPUT 0: -9 9
func.func @quantize_i8(%x: tensor<?x7xf32>) -> tensor<?x7xi8> {
  %s = ingot.constant dense<0.0371> : tensor<f32>
  %z = ingot.constant dense<3> : tensor<i8>
  %r = ingot.quantize %x scale %s zero_point %z : (tensor<?x7xf32>, tensor<f32>, tensor<i8>) -> tensor<?x7xi8>
  return %r : tensor<?x7xi8>
}

// -----

// SIZES: s=0,1,19
func.func @dequantize_channels_i8(%x: tensor<?x3xi8>) -> tensor<?x3xf32> {
  %s = ingot.constant dense<[0.5, 0.25, 0.0625]> : tensor<3xf32>
  %z = ingot.constant dense<[3, 0, 7]> : tensor<3xi8>
  %r = ingot.dequantize %x scale %s zero_point %z {axis = 1 : i64} : (tensor<?x3xi8>, tensor<3xf32>, tensor<3xi8>) -> tensor<?x3xf32>
  return %r : tensor<?x3xf32>
}

// -----

// SIZES: s=1,119
// INPUT 0: -30000 30000
func.func @rescale_i8(%x: tensor<?xi32>) -> tensor<?xi8> {
  %s = ingot.constant dense<0.0131> : tensor<f32>
  %z = ingot.constant dense<3> : tensor<i8>
  %r = ingot.rescale %x scale %s zero_point %z : (tensor<?xi32>, tensor<f32>, tensor<i8>) -> tensor<?xi8>
  return %r : tensor<?xi8>
}

// -----

func.func @dequantize_blocks(%x: tensor<4x6xi8>, %s: tensor<4x2xf32>, %z: tensor<4x2xi8>) -> tensor<4x6xf32> {
  %r = ingot.dequantize %x scale %s zero_point %z {axis = 1 : i64, block_size = 3 : i64} : (tensor<4x6xi8>, tensor<4x2xf32>, tensor<4x2xi8>) -> tensor<4x6xf32>
  return %r : tensor<4x6xf32>
}

// -----

// SIZES: s=0,1,9
func.func @quantized_matmul(%x: tensor<?x16xf32>) -> tensor<?x8xf32> {
  %xs = ingot.constant dense<0.02> : tensor<f32>
  %xz = ingot.constant dense<128> : tensor<ui8>
  %q = ingot.quantize %x scale %xs zero_point %xz : (tensor<?x16xf32>, tensor<f32>, tensor<ui8>) -> tensor<?x16xui8>
  %w = ingot.constant dense<5> : tensor<16x8xi8>
  %a = ingot.contract %q, %w batch [] x [] contracting [1] x [0] : (tensor<?x16xui8>, tensor<16x8xi8>) -> tensor<?x8xi32>
  %f = ingot.cast %a : (tensor<?x8xi32>) -> tensor<?x8xf32>
  return %f : tensor<?x8xf32>
}
