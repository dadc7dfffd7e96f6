// SIZES: s=1,13
func.func @abs_f64(%x: tensor<?x5xf64>) -> tensor<?x5xf64> {
  %y = ingot.abs %x : tensor<?x5xf64>
  return %y : tensor<?x5xf64>
}

// -----

// SIZES: s=1,13
func.func @abs_f16(%x: tensor<?x5xf16>) -> tensor<?x5xf16> {
  %y = ingot.abs %x : tensor<?x5xf16>
  return %y : tensor<?x5xf16>
}

// -----

// SIZES: s=1,13
func.func @abs_bf16(%x: tensor<?x5xbf16>) -> tensor<?x5xbf16> {
  %y = ingot.abs %x : tensor<?x5xbf16>
  return %y : tensor<?x5xbf16>
}

// -----

// SIZES: s=1,13
// INPUT 0: -5 5
func.func @exp_f64(%x: tensor<?x5xf64>) -> tensor<?x5xf64> {
  %y = ingot.exp %x : tensor<?x5xf64>
  return %y : tensor<?x5xf64>
}

// -----

// SIZES: s=1,13
// INPUT 0: -5 5
func.func @exp_f16(%x: tensor<?x5xf16>) -> tensor<?x5xf16> {
  %y = ingot.exp %x : tensor<?x5xf16>
  return %y : tensor<?x5xf16>
}

// -----

// SIZES: s=1,13
// INPUT 0: -5 5
func.func @exp_bf16(%x: tensor<?x5xbf16>) -> tensor<?x5xbf16> {
  %y = ingot.exp %x : tensor<?x5xbf16>
  return %y : tensor<?x5xbf16>
}

// -----

// SIZES: s=1,13
// INPUT 0: 0.1 9
func.func @log_f64(%x: tensor<?x5xf64>) -> tensor<?x5xf64> {
  %y = ingot.log %x : tensor<?x5xf64>
  return %y : tensor<?x5xf64>
}

// -----

// SIZES: s=1,13
// INPUT 0: 0.1 9
func.func @log_f16(%x: tensor<?x5xf16>) -> tensor<?x5xf16> {
  %y = ingot.log %x : tensor<?x5xf16>
  return %y : tensor<?x5xf16>
}

// -----

// SIZES: s=1,13
// INPUT 0: 0.1 9
func.func @log_bf16(%x: tensor<?x5xbf16>) -> tensor<?x5xbf16> {
  %y = ingot.log %x : tensor<?x5xbf16>
  return %y : tensor<?x5xbf16>
}

// -----

// SIZES: s=1,13
func.func @tanh_f64(%x: tensor<?x5xf64>) -> tensor<?x5xf64> {
  %y = ingot.tanh %x : tensor<?x5xf64>
  return %y : tensor<?x5xf64>
}

// -----

// SIZES: s=1,13
func.func @tanh_f16(%x: tensor<?x5xf16>) -> tensor<?x5xf16> {
  %y = ingot.tanh %x : tensor<?x5xf16>
  return %y : tensor<?x5xf16>
}

// -----

// SIZES: s=1,13
func.func @tanh_bf16(%x: tensor<?x5xbf16>) -> tensor<?x5xbf16> {
  %y = ingot.tanh %x : tensor<?x5xbf16>
  return %y : tensor<?x5xbf16>
}

// -----

// SIZES: s=1,13
func.func @erf_f64(%x: tensor<?x5xf64>) -> tensor<?x5xf64> {
  %y = ingot.erf %x : tensor<?x5xf64>
  return %y : tensor<?x5xf64>
}

// -----

// SIZES: s=1,13
func.func @erf_f16(%x: tensor<?x5xf16>) -> tensor<?x5xf16> {
  %y = ingot.erf %x : tensor<?x5xf16>
  return %y : tensor<?x5xf16>
}

// -----

// SIZES: s=1,13
func.func @erf_bf16(%x: tensor<?x5xbf16>) -> tensor<?x5xbf16> {
  %y = ingot.erf %x : tensor<?x5xbf16>
  return %y : tensor<?x5xbf16>
}

// -----

// SIZES: s=1,13
func.func @sigmoid_f64(%x: tensor<?x5xf64>) -> tensor<?x5xf64> {
  %y = ingot.sigmoid %x : tensor<?x5xf64>
  return %y : tensor<?x5xf64>
}

// -----

// SIZES: s=1,13
func.func @sigmoid_f16(%x: tensor<?x5xf16>) -> tensor<?x5xf16> {
  %y = ingot.sigmoid %x : tensor<?x5xf16>
  return %y : tensor<?x5xf16>
}

// -----

// SIZES: s=1,13
func.func @sigmoid_bf16(%x: tensor<?x5xbf16>) -> tensor<?x5xbf16> {
  %y = ingot.sigmoid %x : tensor<?x5xbf16>
  return %y : tensor<?x5xbf16>
}

// -----

// SIZES: s=1,13
// INPUT 0: -3 3
func.func @sin_f64(%x: tensor<?x5xf64>) -> tensor<?x5xf64> {
  %y = ingot.sin %x : tensor<?x5xf64>
  return %y : tensor<?x5xf64>
}

// -----

// SIZES: s=1,13
// INPUT 0: -3 3
func.func @sin_f16(%x: tensor<?x5xf16>) -> tensor<?x5xf16> {
  %y = ingot.sin %x : tensor<?x5xf16>
  return %y : tensor<?x5xf16>
}

// -----

// SIZES: s=1,13
// INPUT 0: -3 3
func.func @sin_bf16(%x: tensor<?x5xbf16>) -> tensor<?x5xbf16> {
  %y = ingot.sin %x : tensor<?x5xbf16>
  return %y : tensor<?x5xbf16>
}

// -----

// SIZES: s=1,13
// INPUT 0: 0 9
func.func @sqrt_f64(%x: tensor<?x5xf64>) -> tensor<?x5xf64> {
  %y = ingot.sqrt %x : tensor<?x5xf64>
  return %y : tensor<?x5xf64>
}

// -----

// SIZES: s=1,13
// INPUT 0: 0 9
func.func @sqrt_f16(%x: tensor<?x5xf16>) -> tensor<?x5xf16> {
  %y = ingot.sqrt %x : tensor<?x5xf16>
  return %y : tensor<?x5xf16>
}

// -----

// SIZES: s=1,13
// INPUT 0: 0 9
func.func @sqrt_bf16(%x: tensor<?x5xbf16>) -> tensor<?x5xbf16> {
  %y = ingot.sqrt %x : tensor<?x5xbf16>
  return %y : tensor<?x5xbf16>
}

// -----

// SIZES: s=1,13
func.func @floor_f64(%x: tensor<?x5xf64>) -> tensor<?x5xf64> {
  %y = ingot.floor %x : tensor<?x5xf64>
  return %y : tensor<?x5xf64>
}

// -----

// SIZES: s=1,13
func.func @floor_f16(%x: tensor<?x5xf16>) -> tensor<?x5xf16> {
  %y = ingot.floor %x : tensor<?x5xf16>
  return %y : tensor<?x5xf16>
}

// -----

// SIZES: s=1,13
func.func @floor_bf16(%x: tensor<?x5xbf16>) -> tensor<?x5xbf16> {
  %y = ingot.floor %x : tensor<?x5xbf16>
  return %y : tensor<?x5xbf16>
}

// -----

// SIZES: s=1,13
func.func @neg_f64(%x: tensor<?x5xf64>) -> tensor<?x5xf64> {
  %y = ingot.neg %x : tensor<?x5xf64>
  return %y : tensor<?x5xf64>
}

// -----

// SIZES: s=1,13
func.func @neg_f16(%x: tensor<?x5xf16>) -> tensor<?x5xf16> {
  %y = ingot.neg %x : tensor<?x5xf16>
  return %y : tensor<?x5xf16>
}

// -----

// SIZES: s=1,13
func.func @neg_bf16(%x: tensor<?x5xbf16>) -> tensor<?x5xbf16> {
  %y = ingot.neg %x : tensor<?x5xbf16>
  return %y : tensor<?x5xbf16>
}

// -----

// SIZES: s=1,13
func.func @sinh_f64(%x: tensor<?x5xf64>) -> tensor<?x5xf64> {
  %y = ingot.sinh %x : tensor<?x5xf64>
  return %y : tensor<?x5xf64>
}

// -----

// SIZES: s=1,13
func.func @sinh_f16(%x: tensor<?x5xf16>) -> tensor<?x5xf16> {
  %y = ingot.sinh %x : tensor<?x5xf16>
  return %y : tensor<?x5xf16>
}

// -----

// SIZES: s=1,13
func.func @sinh_bf16(%x: tensor<?x5xbf16>) -> tensor<?x5xbf16> {
  %y = ingot.sinh %x : tensor<?x5xbf16>
  return %y : tensor<?x5xbf16>
}

// -----

// SIZES: s=1,13
func.func @atan_f64(%x: tensor<?x5xf64>) -> tensor<?x5xf64> {
  %y = ingot.atan %x : tensor<?x5xf64>
  return %y : tensor<?x5xf64>
}

// -----

// SIZES: s=1,13
func.func @atan_f16(%x: tensor<?x5xf16>) -> tensor<?x5xf16> {
  %y = ingot.atan %x : tensor<?x5xf16>
  return %y : tensor<?x5xf16>
}

// -----

// SIZES: s=1,13
func.func @atan_bf16(%x: tensor<?x5xbf16>) -> tensor<?x5xbf16> {
  %y = ingot.atan %x : tensor<?x5xbf16>
  return %y : tensor<?x5xbf16>
}

// -----

// SIZES: s=0,33
func.func @abs_i8(%x: tensor<?xi8>) -> tensor<?xi8> {
  %y = ingot.abs %x : tensor<?xi8>
  return %y : tensor<?xi8>
}

// -----

// SIZES: s=0,33
func.func @abs_i16(%x: tensor<?xi16>) -> tensor<?xi16> {
  %y = ingot.abs %x : tensor<?xi16>
  return %y : tensor<?xi16>
}

// -----

// SIZES: s=0,33
func.func @abs_i32(%x: tensor<?xi32>) -> tensor<?xi32> {
  %y = ingot.abs %x : tensor<?xi32>
  return %y : tensor<?xi32>
}

// -----

// SIZES: s=0,33
func.func @abs_i64(%x: tensor<?xi64>) -> tensor<?xi64> {
  %y = ingot.abs %x : tensor<?xi64>
  return %y : tensor<?xi64>
}

// -----

// SIZES: s=0,33
func.func @abs_ui8(%x: tensor<?xui8>) -> tensor<?xui8> {
  %y = ingot.abs %x : tensor<?xui8>
  return %y : tensor<?xui8>
}

// -----

// SIZES: s=0,33
func.func @neg_i8(%x: tensor<?xi8>) -> tensor<?xi8> {
  %y = ingot.neg %x : tensor<?xi8>
  return %y : tensor<?xi8>
}

// -----

// SIZES: s=0,33
func.func @neg_i16(%x: tensor<?xi16>) -> tensor<?xi16> {
  %y = ingot.neg %x : tensor<?xi16>
  return %y : tensor<?xi16>
}

// -----

// SIZES: s=0,33
func.func @neg_i32(%x: tensor<?xi32>) -> tensor<?xi32> {
  %y = ingot.neg %x : tensor<?xi32>
  return %y : tensor<?xi32>
}

// -----

// SIZES: s=0,33
func.func @neg_i64(%x: tensor<?xi64>) -> tensor<?xi64> {
  %y = ingot.neg %x : tensor<?xi64>
  return %y : tensor<?xi64>
}

// -----

// SIZES: s=0,33
func.func @neg_ui8(%x: tensor<?xui8>) -> tensor<?xui8> {
  %y = ingot.neg %x : tensor<?xui8>
  return %y : tensor<?xui8>
}

// -----

// SIZES: s=0,33
func.func @sign_i8(%x: tensor<?xi8>) -> tensor<?xi8> {
  %y = ingot.sign %x : tensor<?xi8>
  return %y : tensor<?xi8>
}

// -----

// SIZES: s=0,33
func.func @sign_i16(%x: tensor<?xi16>) -> tensor<?xi16> {
  %y = ingot.sign %x : tensor<?xi16>
  return %y : tensor<?xi16>
}

// -----

// SIZES: s=0,33
func.func @sign_i32(%x: tensor<?xi32>) -> tensor<?xi32> {
  %y = ingot.sign %x : tensor<?xi32>
  return %y : tensor<?xi32>
}

// -----

// SIZES: s=0,33
func.func @sign_i64(%x: tensor<?xi64>) -> tensor<?xi64> {
  %y = ingot.sign %x : tensor<?xi64>
  return %y : tensor<?xi64>
}

// -----

// SIZES: s=0,33
func.func @sign_ui8(%x: tensor<?xui8>) -> tensor<?xui8> {
  %y = ingot.sign %x : tensor<?xui8>
  return %y : tensor<?xui8>
}

// -----

// SIZES: s=33
func.func @not_i1(%x: tensor<?xi1>) -> tensor<?xi1> {
  %y = ingot.not %x : tensor<?xi1>
  return %y : tensor<?xi1>
}

// -----

// SIZES: s=33
func.func @not_i8(%x: tensor<?xi8>) -> tensor<?xi8> {
  %y = ingot.not %x : tensor<?xi8>
  return %y : tensor<?xi8>
}

// -----

// SIZES: s=33
func.func @not_ui16(%x: tensor<?xui16>) -> tensor<?xui16> {
  %y = ingot.not %x : tensor<?xui16>
  return %y : tensor<?xui16>
}

// -----

// SIZES: s=33
func.func @not_i32(%x: tensor<?xi32>) -> tensor<?xi32> {
  %y = ingot.not %x : tensor<?xi32>
  return %y : tensor<?xi32>
}

// -----

// SIZES: s=33
func.func @not_i64(%x: tensor<?xi64>) -> tensor<?xi64> {
  %y = ingot.not %x : tensor<?xi64>
  return %y : tensor<?xi64>
}

// -----

// SIZES: s=1,77
// INPUT 0: special
func.func @is_nan_f32(%x: tensor<?xf32>) -> tensor<?xi1> {
  %y = ingot.is_nan %x : (tensor<?xf32>) -> tensor<?xi1>
  return %y : tensor<?xi1>
}

// -----

// SIZES: s=1,77
// INPUT 0: special
func.func @is_nan_f64(%x: tensor<?xf64>) -> tensor<?xi1> {
  %y = ingot.is_nan %x : (tensor<?xf64>) -> tensor<?xi1>
  return %y : tensor<?xi1>
}

// -----

// SIZES: s=1,77
// INPUT 0: special
func.func @is_nan_f16(%x: tensor<?xf16>) -> tensor<?xi1> {
  %y = ingot.is_nan %x : (tensor<?xf16>) -> tensor<?xi1>
  return %y : tensor<?xi1>
}

// -----

// SIZES: s=1,77
// INPUT 0: special
func.func @is_nan_bf16(%x: tensor<?xbf16>) -> tensor<?xi1> {
  %y = ingot.is_nan %x : (tensor<?xbf16>) -> tensor<?xi1>
  return %y : tensor<?xi1>
}

// -----

// SIZES: s=1,77
// INPUT 0: special
func.func @is_inf_f32(%x: tensor<?xf32>) -> tensor<?xi1> {
  %y = ingot.is_inf %x : (tensor<?xf32>) -> tensor<?xi1>
  return %y : tensor<?xi1>
}

// -----

// SIZES: s=1,77
// INPUT 0: special
func.func @is_inf_f64(%x: tensor<?xf64>) -> tensor<?xi1> {
  %y = ingot.is_inf %x : (tensor<?xf64>) -> tensor<?xi1>
  return %y : tensor<?xi1>
}

// -----

// SIZES: s=1,77
// INPUT 0: special
func.func @is_inf_f16(%x: tensor<?xf16>) -> tensor<?xi1> {
  %y = ingot.is_inf %x : (tensor<?xf16>) -> tensor<?xi1>
  return %y : tensor<?xi1>
}

// -----

// SIZES: s=1,77
// INPUT 0: special
func.func @is_inf_bf16(%x: tensor<?xbf16>) -> tensor<?xi1> {
  %y = ingot.is_inf %x : (tensor<?xbf16>) -> tensor<?xi1>
  return %y : tensor<?xi1>
}
