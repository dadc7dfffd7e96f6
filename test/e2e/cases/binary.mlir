// SIZES: s=0,1,5,22
func.func @add_f32(%x: tensor<?x3xf32>, %y: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %r = ingot.add %x, %y : tensor<?x3xf32>
  return %r : tensor<?x3xf32>
}

// -----

// SIZES: s=1,13
func.func @add_f64(%x: tensor<?x3xf64>, %y: tensor<?x3xf64>) -> tensor<?x3xf64> {
  %r = ingot.add %x, %y : tensor<?x3xf64>
  return %r : tensor<?x3xf64>
}

// -----

// SIZES: s=1,13
func.func @add_f16(%x: tensor<?x3xf16>, %y: tensor<?x3xf16>) -> tensor<?x3xf16> {
  %r = ingot.add %x, %y : tensor<?x3xf16>
  return %r : tensor<?x3xf16>
}

// -----

// SIZES: s=1,13
func.func @add_bf16(%x: tensor<?x3xbf16>, %y: tensor<?x3xbf16>) -> tensor<?x3xbf16> {
  %r = ingot.add %x, %y : tensor<?x3xbf16>
  return %r : tensor<?x3xbf16>
}

// -----

// SIZES: s=1,13
func.func @add_i8(%x: tensor<?x3xi8>, %y: tensor<?x3xi8>) -> tensor<?x3xi8> {
  %r = ingot.add %x, %y : tensor<?x3xi8>
  return %r : tensor<?x3xi8>
}

// -----

// SIZES: s=1,13
func.func @add_i32(%x: tensor<?x3xi32>, %y: tensor<?x3xi32>) -> tensor<?x3xi32> {
  %r = ingot.add %x, %y : tensor<?x3xi32>
  return %r : tensor<?x3xi32>
}

// -----

// SIZES: s=1,13
func.func @add_i64(%x: tensor<?x3xi64>, %y: tensor<?x3xi64>) -> tensor<?x3xi64> {
  %r = ingot.add %x, %y : tensor<?x3xi64>
  return %r : tensor<?x3xi64>
}

// -----

// SIZES: s=1,13
func.func @add_ui8(%x: tensor<?x3xui8>, %y: tensor<?x3xui8>) -> tensor<?x3xui8> {
  %r = ingot.add %x, %y : tensor<?x3xui8>
  return %r : tensor<?x3xui8>
}

// -----

// SIZES: s=1,13
func.func @add_ui32(%x: tensor<?x3xui32>, %y: tensor<?x3xui32>) -> tensor<?x3xui32> {
  %r = ingot.add %x, %y : tensor<?x3xui32>
  return %r : tensor<?x3xui32>
}

// -----

// SIZES: s=1,13
func.func @add_ui64(%x: tensor<?x3xui64>, %y: tensor<?x3xui64>) -> tensor<?x3xui64> {
  %r = ingot.add %x, %y : tensor<?x3xui64>
  return %r : tensor<?x3xui64>
}

// -----

// SIZES: s=1,13
func.func @add_i16(%x: tensor<?x3xi16>, %y: tensor<?x3xi16>) -> tensor<?x3xi16> {
  %r = ingot.add %x, %y : tensor<?x3xi16>
  return %r : tensor<?x3xi16>
}

// -----

// SIZES: s=0,1,5,22
func.func @sub_f32(%x: tensor<?x3xf32>, %y: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %r = ingot.sub %x, %y : tensor<?x3xf32>
  return %r : tensor<?x3xf32>
}

// -----

// SIZES: s=1,13
func.func @sub_f64(%x: tensor<?x3xf64>, %y: tensor<?x3xf64>) -> tensor<?x3xf64> {
  %r = ingot.sub %x, %y : tensor<?x3xf64>
  return %r : tensor<?x3xf64>
}

// -----

// SIZES: s=1,13
func.func @sub_f16(%x: tensor<?x3xf16>, %y: tensor<?x3xf16>) -> tensor<?x3xf16> {
  %r = ingot.sub %x, %y : tensor<?x3xf16>
  return %r : tensor<?x3xf16>
}

// -----

// SIZES: s=1,13
func.func @sub_bf16(%x: tensor<?x3xbf16>, %y: tensor<?x3xbf16>) -> tensor<?x3xbf16> {
  %r = ingot.sub %x, %y : tensor<?x3xbf16>
  return %r : tensor<?x3xbf16>
}

// -----

// SIZES: s=1,13
func.func @sub_i8(%x: tensor<?x3xi8>, %y: tensor<?x3xi8>) -> tensor<?x3xi8> {
  %r = ingot.sub %x, %y : tensor<?x3xi8>
  return %r : tensor<?x3xi8>
}

// -----

// SIZES: s=1,13
func.func @sub_i32(%x: tensor<?x3xi32>, %y: tensor<?x3xi32>) -> tensor<?x3xi32> {
  %r = ingot.sub %x, %y : tensor<?x3xi32>
  return %r : tensor<?x3xi32>
}

// -----

// SIZES: s=1,13
func.func @sub_i64(%x: tensor<?x3xi64>, %y: tensor<?x3xi64>) -> tensor<?x3xi64> {
  %r = ingot.sub %x, %y : tensor<?x3xi64>
  return %r : tensor<?x3xi64>
}

// -----

// SIZES: s=1,13
func.func @sub_ui8(%x: tensor<?x3xui8>, %y: tensor<?x3xui8>) -> tensor<?x3xui8> {
  %r = ingot.sub %x, %y : tensor<?x3xui8>
  return %r : tensor<?x3xui8>
}

// -----

// SIZES: s=1,13
func.func @sub_ui32(%x: tensor<?x3xui32>, %y: tensor<?x3xui32>) -> tensor<?x3xui32> {
  %r = ingot.sub %x, %y : tensor<?x3xui32>
  return %r : tensor<?x3xui32>
}

// -----

// SIZES: s=1,13
func.func @sub_ui64(%x: tensor<?x3xui64>, %y: tensor<?x3xui64>) -> tensor<?x3xui64> {
  %r = ingot.sub %x, %y : tensor<?x3xui64>
  return %r : tensor<?x3xui64>
}

// -----

// SIZES: s=1,13
func.func @sub_i16(%x: tensor<?x3xi16>, %y: tensor<?x3xi16>) -> tensor<?x3xi16> {
  %r = ingot.sub %x, %y : tensor<?x3xi16>
  return %r : tensor<?x3xi16>
}

// -----

// SIZES: s=0,1,5,22
func.func @mul_f32(%x: tensor<?x3xf32>, %y: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %r = ingot.mul %x, %y : tensor<?x3xf32>
  return %r : tensor<?x3xf32>
}

// -----

// SIZES: s=1,13
func.func @mul_f64(%x: tensor<?x3xf64>, %y: tensor<?x3xf64>) -> tensor<?x3xf64> {
  %r = ingot.mul %x, %y : tensor<?x3xf64>
  return %r : tensor<?x3xf64>
}

// -----

// SIZES: s=1,13
func.func @mul_f16(%x: tensor<?x3xf16>, %y: tensor<?x3xf16>) -> tensor<?x3xf16> {
  %r = ingot.mul %x, %y : tensor<?x3xf16>
  return %r : tensor<?x3xf16>
}

// -----

// SIZES: s=1,13
func.func @mul_bf16(%x: tensor<?x3xbf16>, %y: tensor<?x3xbf16>) -> tensor<?x3xbf16> {
  %r = ingot.mul %x, %y : tensor<?x3xbf16>
  return %r : tensor<?x3xbf16>
}

// -----

// SIZES: s=1,13
func.func @mul_i8(%x: tensor<?x3xi8>, %y: tensor<?x3xi8>) -> tensor<?x3xi8> {
  %r = ingot.mul %x, %y : tensor<?x3xi8>
  return %r : tensor<?x3xi8>
}

// -----

// SIZES: s=1,13
func.func @mul_i32(%x: tensor<?x3xi32>, %y: tensor<?x3xi32>) -> tensor<?x3xi32> {
  %r = ingot.mul %x, %y : tensor<?x3xi32>
  return %r : tensor<?x3xi32>
}

// -----

// SIZES: s=1,13
func.func @mul_i64(%x: tensor<?x3xi64>, %y: tensor<?x3xi64>) -> tensor<?x3xi64> {
  %r = ingot.mul %x, %y : tensor<?x3xi64>
  return %r : tensor<?x3xi64>
}

// -----

// SIZES: s=1,13
func.func @mul_ui8(%x: tensor<?x3xui8>, %y: tensor<?x3xui8>) -> tensor<?x3xui8> {
  %r = ingot.mul %x, %y : tensor<?x3xui8>
  return %r : tensor<?x3xui8>
}

// -----

// SIZES: s=1,13
func.func @mul_ui32(%x: tensor<?x3xui32>, %y: tensor<?x3xui32>) -> tensor<?x3xui32> {
  %r = ingot.mul %x, %y : tensor<?x3xui32>
  return %r : tensor<?x3xui32>
}

// -----

// SIZES: s=1,13
func.func @mul_ui64(%x: tensor<?x3xui64>, %y: tensor<?x3xui64>) -> tensor<?x3xui64> {
  %r = ingot.mul %x, %y : tensor<?x3xui64>
  return %r : tensor<?x3xui64>
}

// -----

// SIZES: s=1,13
func.func @mul_i16(%x: tensor<?x3xi16>, %y: tensor<?x3xi16>) -> tensor<?x3xi16> {
  %r = ingot.mul %x, %y : tensor<?x3xi16>
  return %r : tensor<?x3xi16>
}

// -----

// SIZES: s=0,1,5,22
// INPUT 1: 1 9
func.func @div_f32(%x: tensor<?x3xf32>, %y: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %r = ingot.div %x, %y : tensor<?x3xf32>
  return %r : tensor<?x3xf32>
}

// -----

// SIZES: s=1,13
// INPUT 1: 1 9
func.func @div_f64(%x: tensor<?x3xf64>, %y: tensor<?x3xf64>) -> tensor<?x3xf64> {
  %r = ingot.div %x, %y : tensor<?x3xf64>
  return %r : tensor<?x3xf64>
}

// -----

// SIZES: s=1,13
// INPUT 1: 1 9
func.func @div_f16(%x: tensor<?x3xf16>, %y: tensor<?x3xf16>) -> tensor<?x3xf16> {
  %r = ingot.div %x, %y : tensor<?x3xf16>
  return %r : tensor<?x3xf16>
}

// -----

// SIZES: s=1,13
// INPUT 1: 1 9
func.func @div_bf16(%x: tensor<?x3xbf16>, %y: tensor<?x3xbf16>) -> tensor<?x3xbf16> {
  %r = ingot.div %x, %y : tensor<?x3xbf16>
  return %r : tensor<?x3xbf16>
}

// -----

// SIZES: s=1,13
// INPUT 1: 1 7
func.func @div_i8(%x: tensor<?x3xi8>, %y: tensor<?x3xi8>) -> tensor<?x3xi8> {
  %r = ingot.div %x, %y : tensor<?x3xi8>
  return %r : tensor<?x3xi8>
}

// -----

// SIZES: s=1,13
// INPUT 1: 1 7
func.func @div_i32(%x: tensor<?x3xi32>, %y: tensor<?x3xi32>) -> tensor<?x3xi32> {
  %r = ingot.div %x, %y : tensor<?x3xi32>
  return %r : tensor<?x3xi32>
}

// -----

// SIZES: s=1,13
// INPUT 1: 1 7
func.func @div_i64(%x: tensor<?x3xi64>, %y: tensor<?x3xi64>) -> tensor<?x3xi64> {
  %r = ingot.div %x, %y : tensor<?x3xi64>
  return %r : tensor<?x3xi64>
}

// -----

// SIZES: s=1,13
// INPUT 1: 1 7
func.func @div_ui8(%x: tensor<?x3xui8>, %y: tensor<?x3xui8>) -> tensor<?x3xui8> {
  %r = ingot.div %x, %y : tensor<?x3xui8>
  return %r : tensor<?x3xui8>
}

// -----

// SIZES: s=1,13
// INPUT 1: 1 7
func.func @div_ui32(%x: tensor<?x3xui32>, %y: tensor<?x3xui32>) -> tensor<?x3xui32> {
  %r = ingot.div %x, %y : tensor<?x3xui32>
  return %r : tensor<?x3xui32>
}

// -----

// SIZES: s=1,13
// INPUT 1: 1 7
func.func @div_ui64(%x: tensor<?x3xui64>, %y: tensor<?x3xui64>) -> tensor<?x3xui64> {
  %r = ingot.div %x, %y : tensor<?x3xui64>
  return %r : tensor<?x3xui64>
}

// -----

// SIZES: s=1,13
// INPUT 1: 1 7
func.func @div_i16(%x: tensor<?x3xi16>, %y: tensor<?x3xi16>) -> tensor<?x3xi16> {
  %r = ingot.div %x, %y : tensor<?x3xi16>
  return %r : tensor<?x3xi16>
}

// -----

// SIZES: s=0,1,5,22
func.func @max_f32(%x: tensor<?x3xf32>, %y: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %r = ingot.max %x, %y : tensor<?x3xf32>
  return %r : tensor<?x3xf32>
}

// -----

// SIZES: s=1,13
func.func @max_f64(%x: tensor<?x3xf64>, %y: tensor<?x3xf64>) -> tensor<?x3xf64> {
  %r = ingot.max %x, %y : tensor<?x3xf64>
  return %r : tensor<?x3xf64>
}

// -----

// SIZES: s=1,13
func.func @max_f16(%x: tensor<?x3xf16>, %y: tensor<?x3xf16>) -> tensor<?x3xf16> {
  %r = ingot.max %x, %y : tensor<?x3xf16>
  return %r : tensor<?x3xf16>
}

// -----

// SIZES: s=1,13
func.func @max_bf16(%x: tensor<?x3xbf16>, %y: tensor<?x3xbf16>) -> tensor<?x3xbf16> {
  %r = ingot.max %x, %y : tensor<?x3xbf16>
  return %r : tensor<?x3xbf16>
}

// -----

// SIZES: s=1,13
func.func @max_i8(%x: tensor<?x3xi8>, %y: tensor<?x3xi8>) -> tensor<?x3xi8> {
  %r = ingot.max %x, %y : tensor<?x3xi8>
  return %r : tensor<?x3xi8>
}

// -----

// SIZES: s=1,13
func.func @max_i32(%x: tensor<?x3xi32>, %y: tensor<?x3xi32>) -> tensor<?x3xi32> {
  %r = ingot.max %x, %y : tensor<?x3xi32>
  return %r : tensor<?x3xi32>
}

// -----

// SIZES: s=1,13
func.func @max_i64(%x: tensor<?x3xi64>, %y: tensor<?x3xi64>) -> tensor<?x3xi64> {
  %r = ingot.max %x, %y : tensor<?x3xi64>
  return %r : tensor<?x3xi64>
}

// -----

// SIZES: s=1,13
func.func @max_ui8(%x: tensor<?x3xui8>, %y: tensor<?x3xui8>) -> tensor<?x3xui8> {
  %r = ingot.max %x, %y : tensor<?x3xui8>
  return %r : tensor<?x3xui8>
}

// -----

// SIZES: s=1,13
func.func @max_ui32(%x: tensor<?x3xui32>, %y: tensor<?x3xui32>) -> tensor<?x3xui32> {
  %r = ingot.max %x, %y : tensor<?x3xui32>
  return %r : tensor<?x3xui32>
}

// -----

// SIZES: s=1,13
func.func @max_ui64(%x: tensor<?x3xui64>, %y: tensor<?x3xui64>) -> tensor<?x3xui64> {
  %r = ingot.max %x, %y : tensor<?x3xui64>
  return %r : tensor<?x3xui64>
}

// -----

// SIZES: s=1,13
func.func @max_i16(%x: tensor<?x3xi16>, %y: tensor<?x3xi16>) -> tensor<?x3xi16> {
  %r = ingot.max %x, %y : tensor<?x3xi16>
  return %r : tensor<?x3xi16>
}

// -----

// SIZES: s=0,1,5,22
func.func @min_f32(%x: tensor<?x3xf32>, %y: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %r = ingot.min %x, %y : tensor<?x3xf32>
  return %r : tensor<?x3xf32>
}

// -----

// SIZES: s=1,13
func.func @min_f64(%x: tensor<?x3xf64>, %y: tensor<?x3xf64>) -> tensor<?x3xf64> {
  %r = ingot.min %x, %y : tensor<?x3xf64>
  return %r : tensor<?x3xf64>
}

// -----

// SIZES: s=1,13
func.func @min_f16(%x: tensor<?x3xf16>, %y: tensor<?x3xf16>) -> tensor<?x3xf16> {
  %r = ingot.min %x, %y : tensor<?x3xf16>
  return %r : tensor<?x3xf16>
}

// -----

// SIZES: s=1,13
func.func @min_bf16(%x: tensor<?x3xbf16>, %y: tensor<?x3xbf16>) -> tensor<?x3xbf16> {
  %r = ingot.min %x, %y : tensor<?x3xbf16>
  return %r : tensor<?x3xbf16>
}

// -----

// SIZES: s=1,13
func.func @min_i8(%x: tensor<?x3xi8>, %y: tensor<?x3xi8>) -> tensor<?x3xi8> {
  %r = ingot.min %x, %y : tensor<?x3xi8>
  return %r : tensor<?x3xi8>
}

// -----

// SIZES: s=1,13
func.func @min_i32(%x: tensor<?x3xi32>, %y: tensor<?x3xi32>) -> tensor<?x3xi32> {
  %r = ingot.min %x, %y : tensor<?x3xi32>
  return %r : tensor<?x3xi32>
}

// -----

// SIZES: s=1,13
func.func @min_i64(%x: tensor<?x3xi64>, %y: tensor<?x3xi64>) -> tensor<?x3xi64> {
  %r = ingot.min %x, %y : tensor<?x3xi64>
  return %r : tensor<?x3xi64>
}

// -----

// SIZES: s=1,13
func.func @min_ui8(%x: tensor<?x3xui8>, %y: tensor<?x3xui8>) -> tensor<?x3xui8> {
  %r = ingot.min %x, %y : tensor<?x3xui8>
  return %r : tensor<?x3xui8>
}

// -----

// SIZES: s=1,13
func.func @min_ui32(%x: tensor<?x3xui32>, %y: tensor<?x3xui32>) -> tensor<?x3xui32> {
  %r = ingot.min %x, %y : tensor<?x3xui32>
  return %r : tensor<?x3xui32>
}

// -----

// SIZES: s=1,13
func.func @min_ui64(%x: tensor<?x3xui64>, %y: tensor<?x3xui64>) -> tensor<?x3xui64> {
  %r = ingot.min %x, %y : tensor<?x3xui64>
  return %r : tensor<?x3xui64>
}

// -----

// SIZES: s=1,13
func.func @min_i16(%x: tensor<?x3xi16>, %y: tensor<?x3xi16>) -> tensor<?x3xi16> {
  %r = ingot.min %x, %y : tensor<?x3xi16>
  return %r : tensor<?x3xi16>
}

// -----

// SIZES: s=0,1,5,22
// INPUT 1: 1 9
func.func @rem_f32(%x: tensor<?x3xf32>, %y: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %r = ingot.rem %x, %y : tensor<?x3xf32>
  return %r : tensor<?x3xf32>
}

// -----

// SIZES: s=1,13
// INPUT 1: 1 9
func.func @rem_f64(%x: tensor<?x3xf64>, %y: tensor<?x3xf64>) -> tensor<?x3xf64> {
  %r = ingot.rem %x, %y : tensor<?x3xf64>
  return %r : tensor<?x3xf64>
}

// -----

// SIZES: s=1,13
// INPUT 1: 1 9
func.func @rem_f16(%x: tensor<?x3xf16>, %y: tensor<?x3xf16>) -> tensor<?x3xf16> {
  %r = ingot.rem %x, %y : tensor<?x3xf16>
  return %r : tensor<?x3xf16>
}

// -----

// SIZES: s=1,13
// INPUT 1: 1 9
func.func @rem_bf16(%x: tensor<?x3xbf16>, %y: tensor<?x3xbf16>) -> tensor<?x3xbf16> {
  %r = ingot.rem %x, %y : tensor<?x3xbf16>
  return %r : tensor<?x3xbf16>
}

// -----

// SIZES: s=1,13
// INPUT 1: 1 7
func.func @rem_i8(%x: tensor<?x3xi8>, %y: tensor<?x3xi8>) -> tensor<?x3xi8> {
  %r = ingot.rem %x, %y : tensor<?x3xi8>
  return %r : tensor<?x3xi8>
}

// -----

// SIZES: s=1,13
// INPUT 1: 1 7
func.func @rem_i32(%x: tensor<?x3xi32>, %y: tensor<?x3xi32>) -> tensor<?x3xi32> {
  %r = ingot.rem %x, %y : tensor<?x3xi32>
  return %r : tensor<?x3xi32>
}

// -----

// SIZES: s=1,13
// INPUT 1: 1 7
func.func @rem_i64(%x: tensor<?x3xi64>, %y: tensor<?x3xi64>) -> tensor<?x3xi64> {
  %r = ingot.rem %x, %y : tensor<?x3xi64>
  return %r : tensor<?x3xi64>
}

// -----

// SIZES: s=1,13
// INPUT 1: 1 7
func.func @rem_ui8(%x: tensor<?x3xui8>, %y: tensor<?x3xui8>) -> tensor<?x3xui8> {
  %r = ingot.rem %x, %y : tensor<?x3xui8>
  return %r : tensor<?x3xui8>
}

// -----

// SIZES: s=1,13
// INPUT 1: 1 7
func.func @rem_ui32(%x: tensor<?x3xui32>, %y: tensor<?x3xui32>) -> tensor<?x3xui32> {
  %r = ingot.rem %x, %y : tensor<?x3xui32>
  return %r : tensor<?x3xui32>
}

// -----

// SIZES: s=1,13
// INPUT 1: 1 7
func.func @rem_ui64(%x: tensor<?x3xui64>, %y: tensor<?x3xui64>) -> tensor<?x3xui64> {
  %r = ingot.rem %x, %y : tensor<?x3xui64>
  return %r : tensor<?x3xui64>
}

// -----

// SIZES: s=1,13
// INPUT 1: 1 7
func.func @rem_i16(%x: tensor<?x3xi16>, %y: tensor<?x3xi16>) -> tensor<?x3xi16> {
  %r = ingot.rem %x, %y : tensor<?x3xi16>
  return %r : tensor<?x3xi16>
}

// -----

// SIZES: s=301
// INPUT 0: special
// INPUT 1: special
func.func @max_special(%x: tensor<?xf32>, %y: tensor<?xf32>) -> tensor<?xf32> {
  %r = ingot.max %x, %y : tensor<?xf32>
  return %r : tensor<?xf32>
}

// -----

// SIZES: s=301
// INPUT 0: special
// INPUT 1: special
func.func @min_special(%x: tensor<?xf32>, %y: tensor<?xf32>) -> tensor<?xf32> {
  %r = ingot.min %x, %y : tensor<?xf32>
  return %r : tensor<?xf32>
}

// -----

// SIZES: s=301
// INPUT 0: special
// INPUT 1: special
func.func @add_special(%x: tensor<?xf32>, %y: tensor<?xf32>) -> tensor<?xf32> {
  %r = ingot.add %x, %y : tensor<?xf32>
  return %r : tensor<?xf32>
}

// -----

// SIZES: s=301
// INPUT 0: special
// INPUT 1: special
func.func @mul_special(%x: tensor<?xf32>, %y: tensor<?xf32>) -> tensor<?xf32> {
  %r = ingot.mul %x, %y : tensor<?xf32>
  return %r : tensor<?xf32>
}

// -----

// SIZES: s=301
// INPUT 0: special
// INPUT 1: special
func.func @div_special(%x: tensor<?xf32>, %y: tensor<?xf32>) -> tensor<?xf32> {
  %r = ingot.div %x, %y : tensor<?xf32>
  return %r : tensor<?xf32>
}

// -----

// SIZES: s=301
// INPUT 0: special
// INPUT 1: special
func.func @sub_special(%x: tensor<?xf32>, %y: tensor<?xf32>) -> tensor<?xf32> {
  %r = ingot.sub %x, %y : tensor<?xf32>
  return %r : tensor<?xf32>
}

// -----

// SIZES: s=50
// INPUT 0: -20 20
// INPUT 1: -3 3
func.func @div_by_zero_i32(%x: tensor<?xi32>, %y: tensor<?xi32>) -> tensor<?xi32> {
  %r = ingot.div %x, %y : tensor<?xi32>
  return %r : tensor<?xi32>
}

// -----

// SIZES: s=1,39
func.func @and_i1(%x: tensor<?xi1>, %y: tensor<?xi1>) -> tensor<?xi1> {
  %r = ingot.and %x, %y : tensor<?xi1>
  return %r : tensor<?xi1>
}

// -----

// SIZES: s=1,39
func.func @and_i8(%x: tensor<?xi8>, %y: tensor<?xi8>) -> tensor<?xi8> {
  %r = ingot.and %x, %y : tensor<?xi8>
  return %r : tensor<?xi8>
}

// -----

// SIZES: s=1,39
func.func @and_ui32(%x: tensor<?xui32>, %y: tensor<?xui32>) -> tensor<?xui32> {
  %r = ingot.and %x, %y : tensor<?xui32>
  return %r : tensor<?xui32>
}

// -----

// SIZES: s=1,39
func.func @and_i64(%x: tensor<?xi64>, %y: tensor<?xi64>) -> tensor<?xi64> {
  %r = ingot.and %x, %y : tensor<?xi64>
  return %r : tensor<?xi64>
}

// -----

// SIZES: s=1,39
func.func @or_i1(%x: tensor<?xi1>, %y: tensor<?xi1>) -> tensor<?xi1> {
  %r = ingot.or %x, %y : tensor<?xi1>
  return %r : tensor<?xi1>
}

// -----

// SIZES: s=1,39
func.func @or_i8(%x: tensor<?xi8>, %y: tensor<?xi8>) -> tensor<?xi8> {
  %r = ingot.or %x, %y : tensor<?xi8>
  return %r : tensor<?xi8>
}

// -----

// SIZES: s=1,39
func.func @or_ui32(%x: tensor<?xui32>, %y: tensor<?xui32>) -> tensor<?xui32> {
  %r = ingot.or %x, %y : tensor<?xui32>
  return %r : tensor<?xui32>
}

// -----

// SIZES: s=1,39
func.func @or_i64(%x: tensor<?xi64>, %y: tensor<?xi64>) -> tensor<?xi64> {
  %r = ingot.or %x, %y : tensor<?xi64>
  return %r : tensor<?xi64>
}

// -----

// SIZES: s=1,39
func.func @xor_i1(%x: tensor<?xi1>, %y: tensor<?xi1>) -> tensor<?xi1> {
  %r = ingot.xor %x, %y : tensor<?xi1>
  return %r : tensor<?xi1>
}

// -----

// SIZES: s=1,39
func.func @xor_i8(%x: tensor<?xi8>, %y: tensor<?xi8>) -> tensor<?xi8> {
  %r = ingot.xor %x, %y : tensor<?xi8>
  return %r : tensor<?xi8>
}

// -----

// SIZES: s=1,39
func.func @xor_ui32(%x: tensor<?xui32>, %y: tensor<?xui32>) -> tensor<?xui32> {
  %r = ingot.xor %x, %y : tensor<?xui32>
  return %r : tensor<?xui32>
}

// -----

// SIZES: s=1,39
func.func @xor_i64(%x: tensor<?xi64>, %y: tensor<?xi64>) -> tensor<?xi64> {
  %r = ingot.xor %x, %y : tensor<?xi64>
  return %r : tensor<?xi64>
}

// -----

// SIZES: s=39
// INPUT 0: 0 200
// INPUT 1: 0 7
func.func @shl_ui8(%x: tensor<?xui8>, %y: tensor<?xui8>) -> tensor<?xui8> {
  %r = ingot.shl %x, %y : tensor<?xui8>
  return %r : tensor<?xui8>
}

// -----

// SIZES: s=39
// INPUT 0: 0 200
// INPUT 1: 0 7
func.func @shl_ui32(%x: tensor<?xui32>, %y: tensor<?xui32>) -> tensor<?xui32> {
  %r = ingot.shl %x, %y : tensor<?xui32>
  return %r : tensor<?xui32>
}

// -----

// SIZES: s=39
// INPUT 0: 0 200
// INPUT 1: 0 7
func.func @shl_ui64(%x: tensor<?xui64>, %y: tensor<?xui64>) -> tensor<?xui64> {
  %r = ingot.shl %x, %y : tensor<?xui64>
  return %r : tensor<?xui64>
}

// -----

// SIZES: s=39
// INPUT 0: 0 200
// INPUT 1: 0 7
func.func @shr_ui8(%x: tensor<?xui8>, %y: tensor<?xui8>) -> tensor<?xui8> {
  %r = ingot.shr %x, %y : tensor<?xui8>
  return %r : tensor<?xui8>
}

// -----

// SIZES: s=39
// INPUT 0: 0 200
// INPUT 1: 0 7
func.func @shr_ui32(%x: tensor<?xui32>, %y: tensor<?xui32>) -> tensor<?xui32> {
  %r = ingot.shr %x, %y : tensor<?xui32>
  return %r : tensor<?xui32>
}

// -----

// SIZES: s=39
// INPUT 0: 0 200
// INPUT 1: 0 7
func.func @shr_ui64(%x: tensor<?xui64>, %y: tensor<?xui64>) -> tensor<?xui64> {
  %r = ingot.shr %x, %y : tensor<?xui64>
  return %r : tensor<?xui64>
}

// -----

// SIZES: s=1,45
// INPUT 0: 0 4
// INPUT 1: 0 3
func.func @pow_f32_f32(%x: tensor<?xf32>, %y: tensor<?xf32>) -> tensor<?xf32> {
  %r = ingot.pow %x, %y : (tensor<?xf32>, tensor<?xf32>) -> tensor<?xf32>
  return %r : tensor<?xf32>
}

// -----

// SIZES: s=1,45
// INPUT 0: 0 4
// INPUT 1: 0 3
func.func @pow_f32_i64(%x: tensor<?xf32>, %y: tensor<?xi64>) -> tensor<?xf32> {
  %r = ingot.pow %x, %y : (tensor<?xf32>, tensor<?xi64>) -> tensor<?xf32>
  return %r : tensor<?xf32>
}

// -----

// SIZES: s=1,45
// INPUT 0: 0 4
// INPUT 1: 0 3
func.func @pow_f64_f64(%x: tensor<?xf64>, %y: tensor<?xf64>) -> tensor<?xf64> {
  %r = ingot.pow %x, %y : (tensor<?xf64>, tensor<?xf64>) -> tensor<?xf64>
  return %r : tensor<?xf64>
}

// -----

// SIZES: s=1,45
// INPUT 0: 0 4
// INPUT 1: 0 3
func.func @pow_f32_i32(%x: tensor<?xf32>, %y: tensor<?xi32>) -> tensor<?xf32> {
  %r = ingot.pow %x, %y : (tensor<?xf32>, tensor<?xi32>) -> tensor<?xf32>
  return %r : tensor<?xf32>
}

// -----

// SIZES: s=1,45
// INPUT 0: 0 4
// INPUT 1: 0 3
func.func @pow_i32_i32(%x: tensor<?xi32>, %y: tensor<?xi32>) -> tensor<?xi32> {
  %r = ingot.pow %x, %y : (tensor<?xi32>, tensor<?xi32>) -> tensor<?xi32>
  return %r : tensor<?xi32>
}

// -----

// SIZES: s=1,45
// INPUT 0: 0 4
// INPUT 1: 0 3
func.func @pow_f16_f16(%x: tensor<?xf16>, %y: tensor<?xf16>) -> tensor<?xf16> {
  %r = ingot.pow %x, %y : (tensor<?xf16>, tensor<?xf16>) -> tensor<?xf16>
  return %r : tensor<?xf16>
}

// -----

// SIZES: s=1,45
func.func @pow_negative_base(%x: tensor<?xf32>) -> tensor<?xf32> {
  %c = ingot.constant dense<3.0> : tensor<1xf32>
  %c0 = arith.constant 0 : index
  %n = tensor.dim %x, %c0 : tensor<?xf32>
  %e = ingot.broadcast %c dimensions = [0] sizes [%n] : (tensor<1xf32>) -> tensor<?xf32>
  %r = ingot.pow %x, %e : (tensor<?xf32>, tensor<?xf32>) -> tensor<?xf32>
  return %r : tensor<?xf32>
}

// -----

// SIZES: s=1,45
// INPUT 0: special
// INPUT 1: special
func.func @compare_eq_f32(%x: tensor<?xf32>, %y: tensor<?xf32>) -> tensor<?xi1> {
  %r = ingot.compare eq %x, %y : (tensor<?xf32>, tensor<?xf32>) -> tensor<?xi1>
  return %r : tensor<?xi1>
}

// -----

// SIZES: s=1,45
// INPUT 0: -2 2
// INPUT 1: -2 2
func.func @compare_eq_i64(%x: tensor<?xi64>, %y: tensor<?xi64>) -> tensor<?xi1> {
  %r = ingot.compare eq %x, %y : (tensor<?xi64>, tensor<?xi64>) -> tensor<?xi1>
  return %r : tensor<?xi1>
}

// -----

// SIZES: s=1,45
func.func @compare_eq_ui8(%x: tensor<?xui8>, %y: tensor<?xui8>) -> tensor<?xi1> {
  %r = ingot.compare eq %x, %y : (tensor<?xui8>, tensor<?xui8>) -> tensor<?xi1>
  return %r : tensor<?xi1>
}

// -----

// SIZES: s=1,45
func.func @compare_eq_i1(%x: tensor<?xi1>, %y: tensor<?xi1>) -> tensor<?xi1> {
  %r = ingot.compare eq %x, %y : (tensor<?xi1>, tensor<?xi1>) -> tensor<?xi1>
  return %r : tensor<?xi1>
}

// -----

// SIZES: s=1,45
// INPUT 0: special
// INPUT 1: special
func.func @compare_ne_f32(%x: tensor<?xf32>, %y: tensor<?xf32>) -> tensor<?xi1> {
  %r = ingot.compare ne %x, %y : (tensor<?xf32>, tensor<?xf32>) -> tensor<?xi1>
  return %r : tensor<?xi1>
}

// -----

// SIZES: s=1,45
// INPUT 0: -2 2
// INPUT 1: -2 2
func.func @compare_ne_i64(%x: tensor<?xi64>, %y: tensor<?xi64>) -> tensor<?xi1> {
  %r = ingot.compare ne %x, %y : (tensor<?xi64>, tensor<?xi64>) -> tensor<?xi1>
  return %r : tensor<?xi1>
}

// -----

// SIZES: s=1,45
func.func @compare_ne_ui8(%x: tensor<?xui8>, %y: tensor<?xui8>) -> tensor<?xi1> {
  %r = ingot.compare ne %x, %y : (tensor<?xui8>, tensor<?xui8>) -> tensor<?xi1>
  return %r : tensor<?xi1>
}

// -----

// SIZES: s=1,45
func.func @compare_ne_i1(%x: tensor<?xi1>, %y: tensor<?xi1>) -> tensor<?xi1> {
  %r = ingot.compare ne %x, %y : (tensor<?xi1>, tensor<?xi1>) -> tensor<?xi1>
  return %r : tensor<?xi1>
}

// -----

// SIZES: s=1,45
// INPUT 0: special
// INPUT 1: special
func.func @compare_lt_f32(%x: tensor<?xf32>, %y: tensor<?xf32>) -> tensor<?xi1> {
  %r = ingot.compare lt %x, %y : (tensor<?xf32>, tensor<?xf32>) -> tensor<?xi1>
  return %r : tensor<?xi1>
}

// -----

// SIZES: s=1,45
// INPUT 0: -2 2
// INPUT 1: -2 2
func.func @compare_lt_i64(%x: tensor<?xi64>, %y: tensor<?xi64>) -> tensor<?xi1> {
  %r = ingot.compare lt %x, %y : (tensor<?xi64>, tensor<?xi64>) -> tensor<?xi1>
  return %r : tensor<?xi1>
}

// -----

// SIZES: s=1,45
func.func @compare_lt_ui8(%x: tensor<?xui8>, %y: tensor<?xui8>) -> tensor<?xi1> {
  %r = ingot.compare lt %x, %y : (tensor<?xui8>, tensor<?xui8>) -> tensor<?xi1>
  return %r : tensor<?xi1>
}

// -----

// SIZES: s=1,45
func.func @compare_lt_f16(%x: tensor<?xf16>, %y: tensor<?xf16>) -> tensor<?xi1> {
  %r = ingot.compare lt %x, %y : (tensor<?xf16>, tensor<?xf16>) -> tensor<?xi1>
  return %r : tensor<?xi1>
}

// -----

// SIZES: s=1,45
// INPUT 0: special
// INPUT 1: special
func.func @compare_le_f32(%x: tensor<?xf32>, %y: tensor<?xf32>) -> tensor<?xi1> {
  %r = ingot.compare le %x, %y : (tensor<?xf32>, tensor<?xf32>) -> tensor<?xi1>
  return %r : tensor<?xi1>
}

// -----

// SIZES: s=1,45
// INPUT 0: -2 2
// INPUT 1: -2 2
func.func @compare_le_i64(%x: tensor<?xi64>, %y: tensor<?xi64>) -> tensor<?xi1> {
  %r = ingot.compare le %x, %y : (tensor<?xi64>, tensor<?xi64>) -> tensor<?xi1>
  return %r : tensor<?xi1>
}

// -----

// SIZES: s=1,45
func.func @compare_le_ui8(%x: tensor<?xui8>, %y: tensor<?xui8>) -> tensor<?xi1> {
  %r = ingot.compare le %x, %y : (tensor<?xui8>, tensor<?xui8>) -> tensor<?xi1>
  return %r : tensor<?xi1>
}

// -----

// SIZES: s=1,45
func.func @compare_le_f16(%x: tensor<?xf16>, %y: tensor<?xf16>) -> tensor<?xi1> {
  %r = ingot.compare le %x, %y : (tensor<?xf16>, tensor<?xf16>) -> tensor<?xi1>
  return %r : tensor<?xi1>
}

// -----

// SIZES: s=1,45
// INPUT 0: special
// INPUT 1: special
func.func @compare_gt_f32(%x: tensor<?xf32>, %y: tensor<?xf32>) -> tensor<?xi1> {
  %r = ingot.compare gt %x, %y : (tensor<?xf32>, tensor<?xf32>) -> tensor<?xi1>
  return %r : tensor<?xi1>
}

// -----

// SIZES: s=1,45
// INPUT 0: -2 2
// INPUT 1: -2 2
func.func @compare_gt_i64(%x: tensor<?xi64>, %y: tensor<?xi64>) -> tensor<?xi1> {
  %r = ingot.compare gt %x, %y : (tensor<?xi64>, tensor<?xi64>) -> tensor<?xi1>
  return %r : tensor<?xi1>
}

// -----

// SIZES: s=1,45
func.func @compare_gt_ui8(%x: tensor<?xui8>, %y: tensor<?xui8>) -> tensor<?xi1> {
  %r = ingot.compare gt %x, %y : (tensor<?xui8>, tensor<?xui8>) -> tensor<?xi1>
  return %r : tensor<?xi1>
}

// -----

// SIZES: s=1,45
func.func @compare_gt_f16(%x: tensor<?xf16>, %y: tensor<?xf16>) -> tensor<?xi1> {
  %r = ingot.compare gt %x, %y : (tensor<?xf16>, tensor<?xf16>) -> tensor<?xi1>
  return %r : tensor<?xi1>
}

// -----

// SIZES: s=1,45
// INPUT 0: special
// INPUT 1: special
func.func @compare_ge_f32(%x: tensor<?xf32>, %y: tensor<?xf32>) -> tensor<?xi1> {
  %r = ingot.compare ge %x, %y : (tensor<?xf32>, tensor<?xf32>) -> tensor<?xi1>
  return %r : tensor<?xi1>
}

// -----

// SIZES: s=1,45
// INPUT 0: -2 2
// INPUT 1: -2 2
func.func @compare_ge_i64(%x: tensor<?xi64>, %y: tensor<?xi64>) -> tensor<?xi1> {
  %r = ingot.compare ge %x, %y : (tensor<?xi64>, tensor<?xi64>) -> tensor<?xi1>
  return %r : tensor<?xi1>
}

// -----

// SIZES: s=1,45
func.func @compare_ge_ui8(%x: tensor<?xui8>, %y: tensor<?xui8>) -> tensor<?xi1> {
  %r = ingot.compare ge %x, %y : (tensor<?xui8>, tensor<?xui8>) -> tensor<?xi1>
  return %r : tensor<?xi1>
}

// -----

// SIZES: s=1,45
func.func @compare_ge_f16(%x: tensor<?xf16>, %y: tensor<?xf16>) -> tensor<?xi1> {
  %r = ingot.compare ge %x, %y : (tensor<?xf16>, tensor<?xf16>) -> tensor<?xi1>
  return %r : tensor<?xi1>
}

// -----

// SIZES: s=0,1,45
func.func @select_f32(%c: tensor<?xi1>, %x: tensor<?xf32>, %y: tensor<?xf32>) -> tensor<?xf32> {
  %r = ingot.select %c, %x, %y : (tensor<?xi1>, tensor<?xf32>, tensor<?xf32>) -> tensor<?xf32>
  return %r : tensor<?xf32>
}

// -----

// SIZES: s=0,1,45
func.func @select_i64(%c: tensor<?xi1>, %x: tensor<?xi64>, %y: tensor<?xi64>) -> tensor<?xi64> {
  %r = ingot.select %c, %x, %y : (tensor<?xi1>, tensor<?xi64>, tensor<?xi64>) -> tensor<?xi64>
  return %r : tensor<?xi64>
}

// -----

// SIZES: s=0,1,45
func.func @select_f16(%c: tensor<?xi1>, %x: tensor<?xf16>, %y: tensor<?xf16>) -> tensor<?xf16> {
  %r = ingot.select %c, %x, %y : (tensor<?xi1>, tensor<?xf16>, tensor<?xf16>) -> tensor<?xf16>
  return %r : tensor<?xf16>
}

// -----

// SIZES: s=0,1,45
func.func @select_ui8(%c: tensor<?xi1>, %x: tensor<?xui8>, %y: tensor<?xui8>) -> tensor<?xui8> {
  %r = ingot.select %c, %x, %y : (tensor<?xi1>, tensor<?xui8>, tensor<?xui8>) -> tensor<?xui8>
  return %r : tensor<?xui8>
}

// -----

// SIZES: s=0,1,45
func.func @select_i1(%c: tensor<?xi1>, %x: tensor<?xi1>, %y: tensor<?xi1>) -> tensor<?xi1> {
  %r = ingot.select %c, %x, %y : (tensor<?xi1>, tensor<?xi1>, tensor<?xi1>) -> tensor<?xi1>
  return %r : tensor<?xi1>
}

// -----

// SIZES: s=1,45
func.func @clamp_f32(%x: tensor<?xf32>) -> tensor<?xf32> {
  %l = ingot.constant dense<-1.0> : tensor<1xf32>
  %h = ingot.constant dense<1.5> : tensor<1xf32>
  %c0 = arith.constant 0 : index
  %n = tensor.dim %x, %c0 : tensor<?xf32>
  %lb = ingot.broadcast %l dimensions = [0] sizes [%n] : (tensor<1xf32>) -> tensor<?xf32>
  %hb = ingot.broadcast %h dimensions = [0] sizes [%n] : (tensor<1xf32>) -> tensor<?xf32>
  %r = ingot.clamp %x, %lb, %hb : tensor<?xf32>
  return %r : tensor<?xf32>
}

// -----

// SIZES: s=1,45
func.func @clamp_i32(%x: tensor<?xi32>) -> tensor<?xi32> {
  %l = ingot.constant dense<-1> : tensor<1xi32>
  %h = ingot.constant dense<6> : tensor<1xi32>
  %c0 = arith.constant 0 : index
  %n = tensor.dim %x, %c0 : tensor<?xi32>
  %lb = ingot.broadcast %l dimensions = [0] sizes [%n] : (tensor<1xi32>) -> tensor<?xi32>
  %hb = ingot.broadcast %h dimensions = [0] sizes [%n] : (tensor<1xi32>) -> tensor<?xi32>
  %r = ingot.clamp %x, %lb, %hb : tensor<?xi32>
  return %r : tensor<?xi32>
}

// -----

// SIZES: s=1,45
func.func @clamp_bf16(%x: tensor<?xbf16>) -> tensor<?xbf16> {
  %l = ingot.constant dense<-1.0> : tensor<1xbf16>
  %h = ingot.constant dense<1.5> : tensor<1xbf16>
  %c0 = arith.constant 0 : index
  %n = tensor.dim %x, %c0 : tensor<?xbf16>
  %lb = ingot.broadcast %l dimensions = [0] sizes [%n] : (tensor<1xbf16>) -> tensor<?xbf16>
  %hb = ingot.broadcast %h dimensions = [0] sizes [%n] : (tensor<1xbf16>) -> tensor<?xbf16>
  %r = ingot.clamp %x, %lb, %hb : tensor<?xbf16>
  return %r : tensor<?xbf16>
}
