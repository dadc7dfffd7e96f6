// SIZES: s=259
// INPUT 0: special
func.func @abs_special(%x: tensor<?xf32>) -> tensor<?xf32> {
  %y = ingot.abs %x : tensor<?xf32>
  return %y : tensor<?xf32>
}

// -----

// SIZES: s=259
// INPUT 0: special
func.func @neg_special(%x: tensor<?xf32>) -> tensor<?xf32> {
  %y = ingot.neg %x : tensor<?xf32>
  return %y : tensor<?xf32>
}

// -----

// SIZES: s=259
// INPUT 0: special
func.func @sign_special(%x: tensor<?xf32>) -> tensor<?xf32> {
  %y = ingot.sign %x : tensor<?xf32>
  return %y : tensor<?xf32>
}

// -----

// SIZES: s=259
// INPUT 0: special
func.func @ceil_special(%x: tensor<?xf32>) -> tensor<?xf32> {
  %y = ingot.ceil %x : tensor<?xf32>
  return %y : tensor<?xf32>
}

// -----

// SIZES: s=259
// INPUT 0: special
func.func @floor_special(%x: tensor<?xf32>) -> tensor<?xf32> {
  %y = ingot.floor %x : tensor<?xf32>
  return %y : tensor<?xf32>
}

// -----

// SIZES: s=259
// INPUT 0: special
func.func @round_special(%x: tensor<?xf32>) -> tensor<?xf32> {
  %y = ingot.round %x : tensor<?xf32>
  return %y : tensor<?xf32>
}

// -----

// SIZES: s=259
// INPUT 0: special
func.func @sqrt_special(%x: tensor<?xf32>) -> tensor<?xf32> {
  %y = ingot.sqrt %x : tensor<?xf32>
  return %y : tensor<?xf32>
}

// -----

// SIZES: s=259
// INPUT 0: special
func.func @rsqrt_special(%x: tensor<?xf32>) -> tensor<?xf32> {
  %y = ingot.rsqrt %x : tensor<?xf32>
  return %y : tensor<?xf32>
}

// -----

// SIZES: s=259
// INPUT 0: special
func.func @exp_special(%x: tensor<?xf32>) -> tensor<?xf32> {
  %y = ingot.exp %x : tensor<?xf32>
  return %y : tensor<?xf32>
}

// -----

// SIZES: s=259
// INPUT 0: special
func.func @expm1_special(%x: tensor<?xf32>) -> tensor<?xf32> {
  %y = ingot.expm1 %x : tensor<?xf32>
  return %y : tensor<?xf32>
}

// -----

// SIZES: s=259
// INPUT 0: special
func.func @log_special(%x: tensor<?xf32>) -> tensor<?xf32> {
  %y = ingot.log %x : tensor<?xf32>
  return %y : tensor<?xf32>
}

// -----

// SIZES: s=259
// INPUT 0: special
func.func @log1p_special(%x: tensor<?xf32>) -> tensor<?xf32> {
  %y = ingot.log1p %x : tensor<?xf32>
  return %y : tensor<?xf32>
}

// -----

// SIZES: s=259
// INPUT 0: -1e6 1e6
func.func @sin_large(%x: tensor<?xf32>) -> tensor<?xf32> {
  %y = ingot.sin %x : tensor<?xf32>
  return %y : tensor<?xf32>
}

// -----

// SIZES: s=259
// INPUT 0: -1e6 1e6
func.func @cos_large(%x: tensor<?xf32>) -> tensor<?xf32> {
  %y = ingot.cos %x : tensor<?xf32>
  return %y : tensor<?xf32>
}

// -----

// SIZES: s=259
// INPUT 0: -1e6 1e6
// TOLERANCE: 1e-3
func.func @tan_large(%x: tensor<?xf32>) -> tensor<?xf32> {
  %y = ingot.tan %x : tensor<?xf32>
  return %y : tensor<?xf32>
}

// -----

// SIZES: s=259
// INPUT 0: special
func.func @asin_special(%x: tensor<?xf32>) -> tensor<?xf32> {
  %y = ingot.asin %x : tensor<?xf32>
  return %y : tensor<?xf32>
}

// -----

// SIZES: s=259
// INPUT 0: special
func.func @acos_special(%x: tensor<?xf32>) -> tensor<?xf32> {
  %y = ingot.acos %x : tensor<?xf32>
  return %y : tensor<?xf32>
}

// -----

// SIZES: s=259
// INPUT 0: special
func.func @atan_special(%x: tensor<?xf32>) -> tensor<?xf32> {
  %y = ingot.atan %x : tensor<?xf32>
  return %y : tensor<?xf32>
}

// -----

// SIZES: s=259
// INPUT 0: special
func.func @sinh_special(%x: tensor<?xf32>) -> tensor<?xf32> {
  %y = ingot.sinh %x : tensor<?xf32>
  return %y : tensor<?xf32>
}

// -----

// SIZES: s=259
// INPUT 0: special
func.func @cosh_special(%x: tensor<?xf32>) -> tensor<?xf32> {
  %y = ingot.cosh %x : tensor<?xf32>
  return %y : tensor<?xf32>
}

// -----

// SIZES: s=259
// INPUT 0: special
func.func @asinh_special(%x: tensor<?xf32>) -> tensor<?xf32> {
  %y = ingot.asinh %x : tensor<?xf32>
  return %y : tensor<?xf32>
}

// -----

// SIZES: s=259
// INPUT 0: special
func.func @acosh_special(%x: tensor<?xf32>) -> tensor<?xf32> {
  %y = ingot.acosh %x : tensor<?xf32>
  return %y : tensor<?xf32>
}

// -----

// SIZES: s=259
// INPUT 0: special
func.func @atanh_special(%x: tensor<?xf32>) -> tensor<?xf32> {
  %y = ingot.atanh %x : tensor<?xf32>
  return %y : tensor<?xf32>
}

// -----

// SIZES: s=259
// INPUT 0: special
func.func @tanh_special(%x: tensor<?xf32>) -> tensor<?xf32> {
  %y = ingot.tanh %x : tensor<?xf32>
  return %y : tensor<?xf32>
}

// -----

// SIZES: s=259
// INPUT 0: special
func.func @erf_special(%x: tensor<?xf32>) -> tensor<?xf32> {
  %y = ingot.erf %x : tensor<?xf32>
  return %y : tensor<?xf32>
}

// -----

// SIZES: s=259
// INPUT 0: special
func.func @sigmoid_special(%x: tensor<?xf32>) -> tensor<?xf32> {
  %y = ingot.sigmoid %x : tensor<?xf32>
  return %y : tensor<?xf32>
}
