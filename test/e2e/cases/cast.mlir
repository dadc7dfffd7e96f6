// SIZES: s=1,37
// INPUT 0: -300 300
func.func @f32_to_f64(%x: tensor<?xf32>) -> tensor<?xf64> {
  %r = ingot.cast %x : (tensor<?xf32>) -> tensor<?xf64>
  return %r : tensor<?xf64>
}

// -----

// SIZES: s=1,37
// INPUT 0: -300 300
func.func @f32_to_f16(%x: tensor<?xf32>) -> tensor<?xf16> {
  %r = ingot.cast %x : (tensor<?xf32>) -> tensor<?xf16>
  return %r : tensor<?xf16>
}

// -----

// SIZES: s=1,37
// INPUT 0: -300 300
func.func @f32_to_bf16(%x: tensor<?xf32>) -> tensor<?xbf16> {
  %r = ingot.cast %x : (tensor<?xf32>) -> tensor<?xbf16>
  return %r : tensor<?xbf16>
}

// -----

// SIZES: s=1,37
func.func @f32_to_i1(%x: tensor<?xf32>) -> tensor<?xi1> {
  %r = ingot.cast %x : (tensor<?xf32>) -> tensor<?xi1>
  return %r : tensor<?xi1>
}

// -----

// SIZES: s=1,37
// INPUT 0: -300 300
func.func @f32_to_i8(%x: tensor<?xf32>) -> tensor<?xi8> {
  %r = ingot.cast %x : (tensor<?xf32>) -> tensor<?xi8>
  return %r : tensor<?xi8>
}

// -----

// SIZES: s=1,37
// INPUT 0: -300 300
func.func @f32_to_i16(%x: tensor<?xf32>) -> tensor<?xi16> {
  %r = ingot.cast %x : (tensor<?xf32>) -> tensor<?xi16>
  return %r : tensor<?xi16>
}

// -----

// SIZES: s=1,37
// INPUT 0: -300 300
func.func @f32_to_i32(%x: tensor<?xf32>) -> tensor<?xi32> {
  %r = ingot.cast %x : (tensor<?xf32>) -> tensor<?xi32>
  return %r : tensor<?xi32>
}

// -----

// SIZES: s=1,37
// INPUT 0: -300 300
func.func @f32_to_i64(%x: tensor<?xf32>) -> tensor<?xi64> {
  %r = ingot.cast %x : (tensor<?xf32>) -> tensor<?xi64>
  return %r : tensor<?xi64>
}

// -----

// SIZES: s=1,37
// INPUT 0: -300 300
func.func @f32_to_ui8(%x: tensor<?xf32>) -> tensor<?xui8> {
  %r = ingot.cast %x : (tensor<?xf32>) -> tensor<?xui8>
  return %r : tensor<?xui8>
}

// -----

// SIZES: s=1,37
// INPUT 0: -300 300
func.func @f32_to_ui16(%x: tensor<?xf32>) -> tensor<?xui16> {
  %r = ingot.cast %x : (tensor<?xf32>) -> tensor<?xui16>
  return %r : tensor<?xui16>
}

// -----

// SIZES: s=1,37
// INPUT 0: -300 300
func.func @f32_to_ui32(%x: tensor<?xf32>) -> tensor<?xui32> {
  %r = ingot.cast %x : (tensor<?xf32>) -> tensor<?xui32>
  return %r : tensor<?xui32>
}

// -----

// SIZES: s=1,37
// INPUT 0: -300 300
func.func @f32_to_ui64(%x: tensor<?xf32>) -> tensor<?xui64> {
  %r = ingot.cast %x : (tensor<?xf32>) -> tensor<?xui64>
  return %r : tensor<?xui64>
}

// -----

// SIZES: s=1,37
// INPUT 0: -300 300
func.func @f64_to_f32(%x: tensor<?xf64>) -> tensor<?xf32> {
  %r = ingot.cast %x : (tensor<?xf64>) -> tensor<?xf32>
  return %r : tensor<?xf32>
}

// -----

// SIZES: s=1,37
// INPUT 0: -300 300
func.func @f64_to_i32(%x: tensor<?xf64>) -> tensor<?xi32> {
  %r = ingot.cast %x : (tensor<?xf64>) -> tensor<?xi32>
  return %r : tensor<?xi32>
}

// -----

// SIZES: s=1,37
// INPUT 0: -300 300
func.func @f64_to_ui8(%x: tensor<?xf64>) -> tensor<?xui8> {
  %r = ingot.cast %x : (tensor<?xf64>) -> tensor<?xui8>
  return %r : tensor<?xui8>
}

// -----

// SIZES: s=1,37
// INPUT 0: -300 300
func.func @f16_to_f32(%x: tensor<?xf16>) -> tensor<?xf32> {
  %r = ingot.cast %x : (tensor<?xf16>) -> tensor<?xf32>
  return %r : tensor<?xf32>
}

// -----

// SIZES: s=1,37
// INPUT 0: -300 300
func.func @f16_to_f64(%x: tensor<?xf16>) -> tensor<?xf64> {
  %r = ingot.cast %x : (tensor<?xf16>) -> tensor<?xf64>
  return %r : tensor<?xf64>
}

// -----

// SIZES: s=1,37
// INPUT 0: -300 300
func.func @f16_to_bf16(%x: tensor<?xf16>) -> tensor<?xbf16> {
  %r = ingot.cast %x : (tensor<?xf16>) -> tensor<?xbf16>
  return %r : tensor<?xbf16>
}

// -----

// SIZES: s=1,37
func.func @f16_to_i1(%x: tensor<?xf16>) -> tensor<?xi1> {
  %r = ingot.cast %x : (tensor<?xf16>) -> tensor<?xi1>
  return %r : tensor<?xi1>
}

// -----

// SIZES: s=1,37
// INPUT 0: -300 300
func.func @f16_to_i8(%x: tensor<?xf16>) -> tensor<?xi8> {
  %r = ingot.cast %x : (tensor<?xf16>) -> tensor<?xi8>
  return %r : tensor<?xi8>
}

// -----

// SIZES: s=1,37
// INPUT 0: -300 300
func.func @f16_to_i16(%x: tensor<?xf16>) -> tensor<?xi16> {
  %r = ingot.cast %x : (tensor<?xf16>) -> tensor<?xi16>
  return %r : tensor<?xi16>
}

// -----

// SIZES: s=1,37
// INPUT 0: -300 300
func.func @f16_to_i32(%x: tensor<?xf16>) -> tensor<?xi32> {
  %r = ingot.cast %x : (tensor<?xf16>) -> tensor<?xi32>
  return %r : tensor<?xi32>
}

// -----

// SIZES: s=1,37
// INPUT 0: -300 300
func.func @f16_to_i64(%x: tensor<?xf16>) -> tensor<?xi64> {
  %r = ingot.cast %x : (tensor<?xf16>) -> tensor<?xi64>
  return %r : tensor<?xi64>
}

// -----

// SIZES: s=1,37
// INPUT 0: -300 300
func.func @f16_to_ui8(%x: tensor<?xf16>) -> tensor<?xui8> {
  %r = ingot.cast %x : (tensor<?xf16>) -> tensor<?xui8>
  return %r : tensor<?xui8>
}

// -----

// SIZES: s=1,37
// INPUT 0: -300 300
func.func @f16_to_ui16(%x: tensor<?xf16>) -> tensor<?xui16> {
  %r = ingot.cast %x : (tensor<?xf16>) -> tensor<?xui16>
  return %r : tensor<?xui16>
}

// -----

// SIZES: s=1,37
// INPUT 0: -300 300
func.func @f16_to_ui32(%x: tensor<?xf16>) -> tensor<?xui32> {
  %r = ingot.cast %x : (tensor<?xf16>) -> tensor<?xui32>
  return %r : tensor<?xui32>
}

// -----

// SIZES: s=1,37
// INPUT 0: -300 300
func.func @f16_to_ui64(%x: tensor<?xf16>) -> tensor<?xui64> {
  %r = ingot.cast %x : (tensor<?xf16>) -> tensor<?xui64>
  return %r : tensor<?xui64>
}

// -----

// SIZES: s=1,37
// INPUT 0: -300 300
func.func @bf16_to_f32(%x: tensor<?xbf16>) -> tensor<?xf32> {
  %r = ingot.cast %x : (tensor<?xbf16>) -> tensor<?xf32>
  return %r : tensor<?xf32>
}

// -----

// SIZES: s=1,37
// INPUT 0: -300 300
func.func @bf16_to_i32(%x: tensor<?xbf16>) -> tensor<?xi32> {
  %r = ingot.cast %x : (tensor<?xbf16>) -> tensor<?xi32>
  return %r : tensor<?xi32>
}

// -----

// SIZES: s=1,37
// INPUT 0: -300 300
func.func @bf16_to_ui8(%x: tensor<?xbf16>) -> tensor<?xui8> {
  %r = ingot.cast %x : (tensor<?xbf16>) -> tensor<?xui8>
  return %r : tensor<?xui8>
}

// -----

// SIZES: s=1,37
func.func @i1_to_f32(%x: tensor<?xi1>) -> tensor<?xf32> {
  %r = ingot.cast %x : (tensor<?xi1>) -> tensor<?xf32>
  return %r : tensor<?xf32>
}

// -----

// SIZES: s=1,37
func.func @i1_to_f64(%x: tensor<?xi1>) -> tensor<?xf64> {
  %r = ingot.cast %x : (tensor<?xi1>) -> tensor<?xf64>
  return %r : tensor<?xf64>
}

// -----

// SIZES: s=1,37
func.func @i1_to_f16(%x: tensor<?xi1>) -> tensor<?xf16> {
  %r = ingot.cast %x : (tensor<?xi1>) -> tensor<?xf16>
  return %r : tensor<?xf16>
}

// -----

// SIZES: s=1,37
func.func @i1_to_bf16(%x: tensor<?xi1>) -> tensor<?xbf16> {
  %r = ingot.cast %x : (tensor<?xi1>) -> tensor<?xbf16>
  return %r : tensor<?xbf16>
}

// -----

// SIZES: s=1,37
func.func @i1_to_i8(%x: tensor<?xi1>) -> tensor<?xi8> {
  %r = ingot.cast %x : (tensor<?xi1>) -> tensor<?xi8>
  return %r : tensor<?xi8>
}

// -----

// SIZES: s=1,37
func.func @i1_to_i16(%x: tensor<?xi1>) -> tensor<?xi16> {
  %r = ingot.cast %x : (tensor<?xi1>) -> tensor<?xi16>
  return %r : tensor<?xi16>
}

// -----

// SIZES: s=1,37
func.func @i1_to_i32(%x: tensor<?xi1>) -> tensor<?xi32> {
  %r = ingot.cast %x : (tensor<?xi1>) -> tensor<?xi32>
  return %r : tensor<?xi32>
}

// -----

// SIZES: s=1,37
func.func @i1_to_i64(%x: tensor<?xi1>) -> tensor<?xi64> {
  %r = ingot.cast %x : (tensor<?xi1>) -> tensor<?xi64>
  return %r : tensor<?xi64>
}

// -----

// SIZES: s=1,37
func.func @i1_to_ui8(%x: tensor<?xi1>) -> tensor<?xui8> {
  %r = ingot.cast %x : (tensor<?xi1>) -> tensor<?xui8>
  return %r : tensor<?xui8>
}

// -----

// SIZES: s=1,37
func.func @i1_to_ui16(%x: tensor<?xi1>) -> tensor<?xui16> {
  %r = ingot.cast %x : (tensor<?xi1>) -> tensor<?xui16>
  return %r : tensor<?xui16>
}

// -----

// SIZES: s=1,37
func.func @i1_to_ui32(%x: tensor<?xi1>) -> tensor<?xui32> {
  %r = ingot.cast %x : (tensor<?xi1>) -> tensor<?xui32>
  return %r : tensor<?xui32>
}

// -----

// SIZES: s=1,37
func.func @i1_to_ui64(%x: tensor<?xi1>) -> tensor<?xui64> {
  %r = ingot.cast %x : (tensor<?xi1>) -> tensor<?xui64>
  return %r : tensor<?xui64>
}

// -----

// SIZES: s=1,37
func.func @i8_to_f32(%x: tensor<?xi8>) -> tensor<?xf32> {
  %r = ingot.cast %x : (tensor<?xi8>) -> tensor<?xf32>
  return %r : tensor<?xf32>
}

// -----

// SIZES: s=1,37
func.func @i8_to_i32(%x: tensor<?xi8>) -> tensor<?xi32> {
  %r = ingot.cast %x : (tensor<?xi8>) -> tensor<?xi32>
  return %r : tensor<?xi32>
}

// -----

// SIZES: s=1,37
func.func @i8_to_ui8(%x: tensor<?xi8>) -> tensor<?xui8> {
  %r = ingot.cast %x : (tensor<?xi8>) -> tensor<?xui8>
  return %r : tensor<?xui8>
}

// -----

// SIZES: s=1,37
func.func @i16_to_f32(%x: tensor<?xi16>) -> tensor<?xf32> {
  %r = ingot.cast %x : (tensor<?xi16>) -> tensor<?xf32>
  return %r : tensor<?xf32>
}

// -----

// SIZES: s=1,37
func.func @i16_to_i32(%x: tensor<?xi16>) -> tensor<?xi32> {
  %r = ingot.cast %x : (tensor<?xi16>) -> tensor<?xi32>
  return %r : tensor<?xi32>
}

// -----

// SIZES: s=1,37
func.func @i16_to_ui8(%x: tensor<?xi16>) -> tensor<?xui8> {
  %r = ingot.cast %x : (tensor<?xi16>) -> tensor<?xui8>
  return %r : tensor<?xui8>
}

// -----

// SIZES: s=1,37
func.func @i32_to_f32(%x: tensor<?xi32>) -> tensor<?xf32> {
  %r = ingot.cast %x : (tensor<?xi32>) -> tensor<?xf32>
  return %r : tensor<?xf32>
}

// -----

// SIZES: s=1,37
func.func @i32_to_ui8(%x: tensor<?xi32>) -> tensor<?xui8> {
  %r = ingot.cast %x : (tensor<?xi32>) -> tensor<?xui8>
  return %r : tensor<?xui8>
}

// -----

// SIZES: s=1,37
func.func @i64_to_f32(%x: tensor<?xi64>) -> tensor<?xf32> {
  %r = ingot.cast %x : (tensor<?xi64>) -> tensor<?xf32>
  return %r : tensor<?xf32>
}

// -----

// SIZES: s=1,37
func.func @i64_to_f64(%x: tensor<?xi64>) -> tensor<?xf64> {
  %r = ingot.cast %x : (tensor<?xi64>) -> tensor<?xf64>
  return %r : tensor<?xf64>
}

// -----

// SIZES: s=1,37
func.func @i64_to_f16(%x: tensor<?xi64>) -> tensor<?xf16> {
  %r = ingot.cast %x : (tensor<?xi64>) -> tensor<?xf16>
  return %r : tensor<?xf16>
}

// -----

// SIZES: s=1,37
func.func @i64_to_bf16(%x: tensor<?xi64>) -> tensor<?xbf16> {
  %r = ingot.cast %x : (tensor<?xi64>) -> tensor<?xbf16>
  return %r : tensor<?xbf16>
}

// -----

// SIZES: s=1,37
func.func @i64_to_i1(%x: tensor<?xi64>) -> tensor<?xi1> {
  %r = ingot.cast %x : (tensor<?xi64>) -> tensor<?xi1>
  return %r : tensor<?xi1>
}

// -----

// SIZES: s=1,37
func.func @i64_to_i8(%x: tensor<?xi64>) -> tensor<?xi8> {
  %r = ingot.cast %x : (tensor<?xi64>) -> tensor<?xi8>
  return %r : tensor<?xi8>
}

// -----

// SIZES: s=1,37
func.func @i64_to_i16(%x: tensor<?xi64>) -> tensor<?xi16> {
  %r = ingot.cast %x : (tensor<?xi64>) -> tensor<?xi16>
  return %r : tensor<?xi16>
}

// -----

// SIZES: s=1,37
func.func @i64_to_i32(%x: tensor<?xi64>) -> tensor<?xi32> {
  %r = ingot.cast %x : (tensor<?xi64>) -> tensor<?xi32>
  return %r : tensor<?xi32>
}

// -----

// SIZES: s=1,37
func.func @i64_to_ui8(%x: tensor<?xi64>) -> tensor<?xui8> {
  %r = ingot.cast %x : (tensor<?xi64>) -> tensor<?xui8>
  return %r : tensor<?xui8>
}

// -----

// SIZES: s=1,37
func.func @i64_to_ui16(%x: tensor<?xi64>) -> tensor<?xui16> {
  %r = ingot.cast %x : (tensor<?xi64>) -> tensor<?xui16>
  return %r : tensor<?xui16>
}

// -----

// SIZES: s=1,37
func.func @i64_to_ui32(%x: tensor<?xi64>) -> tensor<?xui32> {
  %r = ingot.cast %x : (tensor<?xi64>) -> tensor<?xui32>
  return %r : tensor<?xui32>
}

// -----

// SIZES: s=1,37
func.func @i64_to_ui64(%x: tensor<?xi64>) -> tensor<?xui64> {
  %r = ingot.cast %x : (tensor<?xi64>) -> tensor<?xui64>
  return %r : tensor<?xui64>
}

// -----

// SIZES: s=1,37
func.func @ui8_to_f32(%x: tensor<?xui8>) -> tensor<?xf32> {
  %r = ingot.cast %x : (tensor<?xui8>) -> tensor<?xf32>
  return %r : tensor<?xf32>
}

// -----

// SIZES: s=1,37
func.func @ui8_to_f64(%x: tensor<?xui8>) -> tensor<?xf64> {
  %r = ingot.cast %x : (tensor<?xui8>) -> tensor<?xf64>
  return %r : tensor<?xf64>
}

// -----

// SIZES: s=1,37
func.func @ui8_to_f16(%x: tensor<?xui8>) -> tensor<?xf16> {
  %r = ingot.cast %x : (tensor<?xui8>) -> tensor<?xf16>
  return %r : tensor<?xf16>
}

// -----

// SIZES: s=1,37
func.func @ui8_to_bf16(%x: tensor<?xui8>) -> tensor<?xbf16> {
  %r = ingot.cast %x : (tensor<?xui8>) -> tensor<?xbf16>
  return %r : tensor<?xbf16>
}

// -----

// SIZES: s=1,37
func.func @ui8_to_i1(%x: tensor<?xui8>) -> tensor<?xi1> {
  %r = ingot.cast %x : (tensor<?xui8>) -> tensor<?xi1>
  return %r : tensor<?xi1>
}

// -----

// SIZES: s=1,37
func.func @ui8_to_i8(%x: tensor<?xui8>) -> tensor<?xi8> {
  %r = ingot.cast %x : (tensor<?xui8>) -> tensor<?xi8>
  return %r : tensor<?xi8>
}

// -----

// SIZES: s=1,37
func.func @ui8_to_i16(%x: tensor<?xui8>) -> tensor<?xi16> {
  %r = ingot.cast %x : (tensor<?xui8>) -> tensor<?xi16>
  return %r : tensor<?xi16>
}

// -----

// SIZES: s=1,37
func.func @ui8_to_i32(%x: tensor<?xui8>) -> tensor<?xi32> {
  %r = ingot.cast %x : (tensor<?xui8>) -> tensor<?xi32>
  return %r : tensor<?xi32>
}

// -----

// SIZES: s=1,37
func.func @ui8_to_i64(%x: tensor<?xui8>) -> tensor<?xi64> {
  %r = ingot.cast %x : (tensor<?xui8>) -> tensor<?xi64>
  return %r : tensor<?xi64>
}

// -----

// SIZES: s=1,37
func.func @ui8_to_ui16(%x: tensor<?xui8>) -> tensor<?xui16> {
  %r = ingot.cast %x : (tensor<?xui8>) -> tensor<?xui16>
  return %r : tensor<?xui16>
}

// -----

// SIZES: s=1,37
func.func @ui8_to_ui32(%x: tensor<?xui8>) -> tensor<?xui32> {
  %r = ingot.cast %x : (tensor<?xui8>) -> tensor<?xui32>
  return %r : tensor<?xui32>
}

// -----

// SIZES: s=1,37
func.func @ui8_to_ui64(%x: tensor<?xui8>) -> tensor<?xui64> {
  %r = ingot.cast %x : (tensor<?xui8>) -> tensor<?xui64>
  return %r : tensor<?xui64>
}

// -----

// SIZES: s=1,37
func.func @ui16_to_f32(%x: tensor<?xui16>) -> tensor<?xf32> {
  %r = ingot.cast %x : (tensor<?xui16>) -> tensor<?xf32>
  return %r : tensor<?xf32>
}

// -----

// SIZES: s=1,37
func.func @ui16_to_i32(%x: tensor<?xui16>) -> tensor<?xi32> {
  %r = ingot.cast %x : (tensor<?xui16>) -> tensor<?xi32>
  return %r : tensor<?xi32>
}

// -----

// SIZES: s=1,37
func.func @ui16_to_ui8(%x: tensor<?xui16>) -> tensor<?xui8> {
  %r = ingot.cast %x : (tensor<?xui16>) -> tensor<?xui8>
  return %r : tensor<?xui8>
}

// -----

// SIZES: s=1,37
func.func @ui32_to_f32(%x: tensor<?xui32>) -> tensor<?xf32> {
  %r = ingot.cast %x : (tensor<?xui32>) -> tensor<?xf32>
  return %r : tensor<?xf32>
}

// -----

// SIZES: s=1,37
func.func @ui32_to_i32(%x: tensor<?xui32>) -> tensor<?xi32> {
  %r = ingot.cast %x : (tensor<?xui32>) -> tensor<?xi32>
  return %r : tensor<?xi32>
}

// -----

// SIZES: s=1,37
func.func @ui32_to_ui8(%x: tensor<?xui32>) -> tensor<?xui8> {
  %r = ingot.cast %x : (tensor<?xui32>) -> tensor<?xui8>
  return %r : tensor<?xui8>
}

// -----

// SIZES: s=1,37
func.func @ui64_to_f32(%x: tensor<?xui64>) -> tensor<?xf32> {
  %r = ingot.cast %x : (tensor<?xui64>) -> tensor<?xf32>
  return %r : tensor<?xf32>
}

// -----

// SIZES: s=1,37
func.func @ui64_to_i32(%x: tensor<?xui64>) -> tensor<?xi32> {
  %r = ingot.cast %x : (tensor<?xui64>) -> tensor<?xi32>
  return %r : tensor<?xi32>
}

// -----

// SIZES: s=1,37
func.func @ui64_to_ui8(%x: tensor<?xui64>) -> tensor<?xui8> {
  %r = ingot.cast %x : (tensor<?xui64>) -> tensor<?xui8>
  return %r : tensor<?xui8>
}

// -----

// SIZES: s=99
// INPUT 0: special
func.func @special_to_i32(%x: tensor<?xf32>) -> tensor<?xi32> {
  %r = ingot.cast %x : (tensor<?xf32>) -> tensor<?xi32>
  return %r : tensor<?xi32>
}

// -----

// SIZES: s=99
// INPUT 0: special
func.func @special_to_f16(%x: tensor<?xf32>) -> tensor<?xf16> {
  %r = ingot.cast %x : (tensor<?xf32>) -> tensor<?xf16>
  return %r : tensor<?xf16>
}

// -----

// SIZES: s=99
// INPUT 0: special
func.func @special_to_bool(%x: tensor<?xf32>) -> tensor<?xi1> {
  %r = ingot.cast %x : (tensor<?xf32>) -> tensor<?xi1>
  return %r : tensor<?xi1>
}

// -----

// SIZES: s=19
func.func @bits_f32_ui32(%x: tensor<?xf32>) -> tensor<?xui32> {
  %r = ingot.bitcast %x : (tensor<?xf32>) -> tensor<?xui32>
  return %r : tensor<?xui32>
}
