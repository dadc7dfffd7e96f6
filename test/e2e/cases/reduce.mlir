// SIZES: s=1,37
func.func @sum_rows_f32(%x: tensor<?x21xf32>) -> tensor<?xf32> {
  %r = ingot.reduce sum %x dimensions = [1] : (tensor<?x21xf32>) -> tensor<?xf32>
  return %r : tensor<?xf32>
}

// -----

// SIZES: s=1,37
func.func @sum_rows_f64(%x: tensor<?x21xf64>) -> tensor<?xf64> {
  %r = ingot.reduce sum %x dimensions = [1] : (tensor<?x21xf64>) -> tensor<?xf64>
  return %r : tensor<?xf64>
}

// -----

// SIZES: s=1,37
func.func @sum_rows_f16(%x: tensor<?x21xf16>) -> tensor<?xf16> {
  %r = ingot.reduce sum %x dimensions = [1] : (tensor<?x21xf16>) -> tensor<?xf16>
  return %r : tensor<?xf16>
}

// -----

// SIZES: s=1,37
func.func @sum_rows_bf16(%x: tensor<?x21xbf16>) -> tensor<?xbf16> {
  %r = ingot.reduce sum %x dimensions = [1] : (tensor<?x21xbf16>) -> tensor<?xbf16>
  return %r : tensor<?xbf16>
}

// -----

// SIZES: s=1,37
func.func @sum_rows_i32(%x: tensor<?x21xi32>) -> tensor<?xi32> {
  %r = ingot.reduce sum %x dimensions = [1] : (tensor<?x21xi32>) -> tensor<?xi32>
  return %r : tensor<?xi32>
}

// -----

// SIZES: s=1,37
func.func @sum_rows_i64(%x: tensor<?x21xi64>) -> tensor<?xi64> {
  %r = ingot.reduce sum %x dimensions = [1] : (tensor<?x21xi64>) -> tensor<?xi64>
  return %r : tensor<?xi64>
}

// -----

// SIZES: s=1,37
func.func @sum_rows_ui8(%x: tensor<?x21xui8>) -> tensor<?xui8> {
  %r = ingot.reduce sum %x dimensions = [1] : (tensor<?x21xui8>) -> tensor<?xui8>
  return %r : tensor<?xui8>
}

// -----

// SIZES: s=1,37
func.func @sum_rows_i8(%x: tensor<?x21xi8>) -> tensor<?xi8> {
  %r = ingot.reduce sum %x dimensions = [1] : (tensor<?x21xi8>) -> tensor<?xi8>
  return %r : tensor<?xi8>
}

// -----

// SIZES: s=0,1,37,300
// INPUT 0: 0.9 1.1
func.func @sum_columns(%x: tensor<?x21xf32>) -> tensor<21xf32> {
  %r = ingot.reduce sum %x dimensions = [0] : (tensor<?x21xf32>) -> tensor<21xf32>
  return %r : tensor<21xf32>
}

// -----

// SIZES: s=1,5
// INPUT 0: 0.9 1.1
func.func @sum_outer_and_inner(%x: tensor<?x3x17xf32>) -> tensor<3xf32> {
  %r = ingot.reduce sum %x dimensions = [2, 0] : (tensor<?x3x17xf32>) -> tensor<3xf32>
  return %r : tensor<3xf32>
}

// -----

// SIZES: s=1,33,4000
// INPUT 0: 0.9 1.1
func.func @sum_all(%x: tensor<?x5xf32>) -> tensor<f32> {
  %r = ingot.reduce sum %x dimensions = [0, 1] : (tensor<?x5xf32>) -> tensor<f32>
  return %r : tensor<f32>
}

// -----

// SIZES: s=1,37
// INPUT 0: 0.5 1.4
func.func @product_rows_f32(%x: tensor<?x21xf32>) -> tensor<?xf32> {
  %r = ingot.reduce product %x dimensions = [1] : (tensor<?x21xf32>) -> tensor<?xf32>
  return %r : tensor<?xf32>
}

// -----

// SIZES: s=1,37
// INPUT 0: 0.5 1.4
func.func @product_rows_f64(%x: tensor<?x21xf64>) -> tensor<?xf64> {
  %r = ingot.reduce product %x dimensions = [1] : (tensor<?x21xf64>) -> tensor<?xf64>
  return %r : tensor<?xf64>
}

// -----

// SIZES: s=1,37
// INPUT 0: 0.5 1.4
func.func @product_rows_f16(%x: tensor<?x21xf16>) -> tensor<?xf16> {
  %r = ingot.reduce product %x dimensions = [1] : (tensor<?x21xf16>) -> tensor<?xf16>
  return %r : tensor<?xf16>
}

// -----

// SIZES: s=1,37
// INPUT 0: 0.5 1.4
func.func @product_rows_bf16(%x: tensor<?x21xbf16>) -> tensor<?xbf16> {
  %r = ingot.reduce product %x dimensions = [1] : (tensor<?x21xbf16>) -> tensor<?xbf16>
  return %r : tensor<?xbf16>
}

// -----

// SIZES: s=1,37
// INPUT 0: 1 2
func.func @product_rows_i32(%x: tensor<?x21xi32>) -> tensor<?xi32> {
  %r = ingot.reduce product %x dimensions = [1] : (tensor<?x21xi32>) -> tensor<?xi32>
  return %r : tensor<?xi32>
}

// -----

// SIZES: s=1,37
// INPUT 0: 1 2
func.func @product_rows_i64(%x: tensor<?x21xi64>) -> tensor<?xi64> {
  %r = ingot.reduce product %x dimensions = [1] : (tensor<?x21xi64>) -> tensor<?xi64>
  return %r : tensor<?xi64>
}

// -----

// SIZES: s=1,37
// INPUT 0: 1 2
func.func @product_rows_ui8(%x: tensor<?x21xui8>) -> tensor<?xui8> {
  %r = ingot.reduce product %x dimensions = [1] : (tensor<?x21xui8>) -> tensor<?xui8>
  return %r : tensor<?xui8>
}

// -----

// SIZES: s=1,37
// INPUT 0: 1 2
func.func @product_rows_i8(%x: tensor<?x21xi8>) -> tensor<?xi8> {
  %r = ingot.reduce product %x dimensions = [1] : (tensor<?x21xi8>) -> tensor<?xi8>
  return %r : tensor<?xi8>
}

// -----

// SIZES: s=0,1,37,300
// INPUT 0: 0.9 1.1
func.func @product_columns(%x: tensor<?x21xf32>) -> tensor<21xf32> {
  %r = ingot.reduce product %x dimensions = [0] : (tensor<?x21xf32>) -> tensor<21xf32>
  return %r : tensor<21xf32>
}

// -----

// SIZES: s=1,5
// INPUT 0: 0.9 1.1
func.func @product_outer_and_inner(%x: tensor<?x3x17xf32>) -> tensor<3xf32> {
  %r = ingot.reduce product %x dimensions = [2, 0] : (tensor<?x3x17xf32>) -> tensor<3xf32>
  return %r : tensor<3xf32>
}

// -----

// SIZES: s=1,33
// INPUT 0: 0.9 1.1
func.func @product_all(%x: tensor<?x5xf32>) -> tensor<f32> {
  %r = ingot.reduce product %x dimensions = [0, 1] : (tensor<?x5xf32>) -> tensor<f32>
  return %r : tensor<f32>
}

// -----

// SIZES: s=1,37
func.func @max_rows_f32(%x: tensor<?x21xf32>) -> tensor<?xf32> {
  %r = ingot.reduce max %x dimensions = [1] : (tensor<?x21xf32>) -> tensor<?xf32>
  return %r : tensor<?xf32>
}

// -----

// SIZES: s=1,37
func.func @max_rows_f64(%x: tensor<?x21xf64>) -> tensor<?xf64> {
  %r = ingot.reduce max %x dimensions = [1] : (tensor<?x21xf64>) -> tensor<?xf64>
  return %r : tensor<?xf64>
}

// -----

// SIZES: s=1,37
func.func @max_rows_f16(%x: tensor<?x21xf16>) -> tensor<?xf16> {
  %r = ingot.reduce max %x dimensions = [1] : (tensor<?x21xf16>) -> tensor<?xf16>
  return %r : tensor<?xf16>
}

// -----

// SIZES: s=1,37
func.func @max_rows_bf16(%x: tensor<?x21xbf16>) -> tensor<?xbf16> {
  %r = ingot.reduce max %x dimensions = [1] : (tensor<?x21xbf16>) -> tensor<?xbf16>
  return %r : tensor<?xbf16>
}

// -----

// SIZES: s=1,37
func.func @max_rows_i32(%x: tensor<?x21xi32>) -> tensor<?xi32> {
  %r = ingot.reduce max %x dimensions = [1] : (tensor<?x21xi32>) -> tensor<?xi32>
  return %r : tensor<?xi32>
}

// -----

// SIZES: s=1,37
func.func @max_rows_i64(%x: tensor<?x21xi64>) -> tensor<?xi64> {
  %r = ingot.reduce max %x dimensions = [1] : (tensor<?x21xi64>) -> tensor<?xi64>
  return %r : tensor<?xi64>
}

// -----

// SIZES: s=1,37
func.func @max_rows_ui8(%x: tensor<?x21xui8>) -> tensor<?xui8> {
  %r = ingot.reduce max %x dimensions = [1] : (tensor<?x21xui8>) -> tensor<?xui8>
  return %r : tensor<?xui8>
}

// -----

// SIZES: s=1,37
func.func @max_rows_i8(%x: tensor<?x21xi8>) -> tensor<?xi8> {
  %r = ingot.reduce max %x dimensions = [1] : (tensor<?x21xi8>) -> tensor<?xi8>
  return %r : tensor<?xi8>
}

// -----

// SIZES: s=1,37,300
// INPUT 0: 0.9 1.1
func.func @max_columns(%x: tensor<?x21xf32>) -> tensor<21xf32> {
  %r = ingot.reduce max %x dimensions = [0] : (tensor<?x21xf32>) -> tensor<21xf32>
  return %r : tensor<21xf32>
}

// -----

// SIZES: s=1,5
// INPUT 0: 0.9 1.1
func.func @max_outer_and_inner(%x: tensor<?x3x17xf32>) -> tensor<3xf32> {
  %r = ingot.reduce max %x dimensions = [2, 0] : (tensor<?x3x17xf32>) -> tensor<3xf32>
  return %r : tensor<3xf32>
}

// -----

// SIZES: s=1,33,4000
// INPUT 0: 0.9 1.1
func.func @max_all(%x: tensor<?x5xf32>) -> tensor<f32> {
  %r = ingot.reduce max %x dimensions = [0, 1] : (tensor<?x5xf32>) -> tensor<f32>
  return %r : tensor<f32>
}

// -----

// SIZES: s=1,37
func.func @min_rows_f32(%x: tensor<?x21xf32>) -> tensor<?xf32> {
  %r = ingot.reduce min %x dimensions = [1] : (tensor<?x21xf32>) -> tensor<?xf32>
  return %r : tensor<?xf32>
}

// -----

// SIZES: s=1,37
func.func @min_rows_f64(%x: tensor<?x21xf64>) -> tensor<?xf64> {
  %r = ingot.reduce min %x dimensions = [1] : (tensor<?x21xf64>) -> tensor<?xf64>
  return %r : tensor<?xf64>
}

// -----

// SIZES: s=1,37
func.func @min_rows_f16(%x: tensor<?x21xf16>) -> tensor<?xf16> {
  %r = ingot.reduce min %x dimensions = [1] : (tensor<?x21xf16>) -> tensor<?xf16>
  return %r : tensor<?xf16>
}

// -----

// SIZES: s=1,37
func.func @min_rows_bf16(%x: tensor<?x21xbf16>) -> tensor<?xbf16> {
  %r = ingot.reduce min %x dimensions = [1] : (tensor<?x21xbf16>) -> tensor<?xbf16>
  return %r : tensor<?xbf16>
}

// -----

// SIZES: s=1,37
func.func @min_rows_i32(%x: tensor<?x21xi32>) -> tensor<?xi32> {
  %r = ingot.reduce min %x dimensions = [1] : (tensor<?x21xi32>) -> tensor<?xi32>
  return %r : tensor<?xi32>
}

// -----

// SIZES: s=1,37
func.func @min_rows_i64(%x: tensor<?x21xi64>) -> tensor<?xi64> {
  %r = ingot.reduce min %x dimensions = [1] : (tensor<?x21xi64>) -> tensor<?xi64>
  return %r : tensor<?xi64>
}

// -----

// SIZES: s=1,37
func.func @min_rows_ui8(%x: tensor<?x21xui8>) -> tensor<?xui8> {
  %r = ingot.reduce min %x dimensions = [1] : (tensor<?x21xui8>) -> tensor<?xui8>
  return %r : tensor<?xui8>
}

// -----

// SIZES: s=1,37
func.func @min_rows_i8(%x: tensor<?x21xi8>) -> tensor<?xi8> {
  %r = ingot.reduce min %x dimensions = [1] : (tensor<?x21xi8>) -> tensor<?xi8>
  return %r : tensor<?xi8>
}

// -----

// SIZES: s=1,37,300
// INPUT 0: 0.9 1.1
func.func @min_columns(%x: tensor<?x21xf32>) -> tensor<21xf32> {
  %r = ingot.reduce min %x dimensions = [0] : (tensor<?x21xf32>) -> tensor<21xf32>
  return %r : tensor<21xf32>
}

// -----

// SIZES: s=1,5
// INPUT 0: 0.9 1.1
func.func @min_outer_and_inner(%x: tensor<?x3x17xf32>) -> tensor<3xf32> {
  %r = ingot.reduce min %x dimensions = [2, 0] : (tensor<?x3x17xf32>) -> tensor<3xf32>
  return %r : tensor<3xf32>
}

// -----

// SIZES: s=1,33,4000
// INPUT 0: 0.9 1.1
func.func @min_all(%x: tensor<?x5xf32>) -> tensor<f32> {
  %r = ingot.reduce min %x dimensions = [0, 1] : (tensor<?x5xf32>) -> tensor<f32>
  return %r : tensor<f32>
}

// -----

// SIZES: s=1,33
func.func @max_bool(%x: tensor<?x5xi1>) -> tensor<?xi1> {
  %r = ingot.reduce max %x dimensions = [1] : (tensor<?x5xi1>) -> tensor<?xi1>
  return %r : tensor<?xi1>
}

// -----

// SIZES: s=133
// INPUT 0: special
func.func @max_special(%x: tensor<?x3xf32>) -> tensor<?xf32> {
  %r = ingot.reduce max %x dimensions = [1] : (tensor<?x3xf32>) -> tensor<?xf32>
  return %r : tensor<?xf32>
}

// -----

// SIZES: s=1,33
func.func @min_bool(%x: tensor<?x5xi1>) -> tensor<?xi1> {
  %r = ingot.reduce min %x dimensions = [1] : (tensor<?x5xi1>) -> tensor<?xi1>
  return %r : tensor<?xi1>
}

// -----

// SIZES: s=133
// INPUT 0: special
func.func @min_special(%x: tensor<?x3xf32>) -> tensor<?xf32> {
  %r = ingot.reduce min %x dimensions = [1] : (tensor<?x3xf32>) -> tensor<?xf32>
  return %r : tensor<?xf32>
}

// -----

// SIZES: s=0,1,9
func.func @sum_of_squares_fused(%x: tensor<?x70xf32>) -> tensor<?xf32> {
  %q = ingot.mul %x, %x : tensor<?x70xf32>
  %r = ingot.reduce sum %q dimensions = [1] : (tensor<?x70xf32>) -> tensor<?xf32>
  %s = ingot.sqrt %r : tensor<?xf32>
  return %s : tensor<?xf32>
}

// -----

// SIZES: s=0,1,9
func.func @mean_and_centre(%x: tensor<?x24xf32>) -> tensor<?x24xf32> {
  %c0 = arith.constant 0 : index
  %x0 = tensor.dim %x, %c0 : tensor<?x24xf32>
  %s = ingot.reduce sum %x dimensions = [1] : (tensor<?x24xf32>) -> tensor<?xf32>
  %n = ingot.constant dense<24.0> : tensor<f32>
  %nb = ingot.broadcast %n dimensions = [] sizes [%x0] : (tensor<f32>) -> tensor<?xf32>
  %m = ingot.div %s, %nb : tensor<?xf32>
  %mb = ingot.broadcast %m dimensions = [0] sizes [%x0, 24] : (tensor<?xf32>) -> tensor<?x24xf32>
  %r = ingot.sub %x, %mb : tensor<?x24xf32>
  return %r : tensor<?x24xf32>
}

// -----

// SIZES: n=0,1,63,64,65,127,128,129,3136 c=1,8,33
// INPUT 0: 0.5 1
// TOLERANCE: 1e-6
// Down long columns, in blocks; with what is reduced otherwise in the same pass.
// DIMS: n c
func.func @long_columns(%x: tensor<?x?xf32>) -> (tensor<?xf32>, tensor<?xf32>, tensor<?xf32>) {
  %0 = ingot.reduce sum %x dimensions = [0] : (tensor<?x?xf32>) -> tensor<?xf32>
  %1 = ingot.mul %x, %x : tensor<?x?xf32>
  %2 = ingot.reduce sum %1 dimensions = [0] : (tensor<?x?xf32>) -> tensor<?xf32>
  %3 = ingot.reduce max %x dimensions = [0] : (tensor<?x?xf32>) -> tensor<?xf32>
  return %0, %2, %3 : tensor<?xf32>, tensor<?xf32>, tensor<?xf32>
}

// -----

// SIZES: n=1,3,16
// INPUT 0: 0.5 1
// TOLERANCE: 1e-6
func.func @statistics_of_a_batch(%x: tensor<?x14x14x8xf32>) -> (tensor<8xf32>, tensor<8xf32>) {
  %0 = ingot.reduce sum %x dimensions = [0, 1, 2] : (tensor<?x14x14x8xf32>) -> tensor<8xf32>
  %c0 = arith.constant 0 : index
  %n = tensor.dim %x, %c0 : tensor<?x14x14x8xf32>
  %scale = ingot.constant dense<1.0e-3> : tensor<8xf32>
  %1 = ingot.mul %0, %scale : tensor<8xf32>
  %2 = ingot.broadcast %1 dimensions = [3] sizes [%n, 14, 14, 8] : (tensor<8xf32>) -> tensor<?x14x14x8xf32>
  %3 = ingot.sub %x, %2 : tensor<?x14x14x8xf32>
  %4 = ingot.mul %3, %3 : tensor<?x14x14x8xf32>
  %5 = ingot.reduce sum %4 dimensions = [0, 1, 2] : (tensor<?x14x14x8xf32>) -> tensor<8xf32>
  return %0, %5 : tensor<8xf32>, tensor<8xf32>
}
