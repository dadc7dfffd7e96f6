// SIZES: s=0,1,7,16,33,257
func.func @abs(%x: tensor<?xf32>) -> tensor<?xf32> {
  %y = ingot.abs %x : tensor<?xf32>
  return %y : tensor<?xf32>
}

// -----

// SIZES: s=0,1,7,16,33,257
func.func @neg(%x: tensor<?xf32>) -> tensor<?xf32> {
  %y = ingot.neg %x : tensor<?xf32>
  return %y : tensor<?xf32>
}

// -----

// SIZES: s=0,1,7,16,33,257
func.func @sign(%x: tensor<?xf32>) -> tensor<?xf32> {
  %y = ingot.sign %x : tensor<?xf32>
  return %y : tensor<?xf32>
}

// -----

// SIZES: s=0,1,7,16,33,257
// INPUT 0: -9 9
func.func @ceil(%x: tensor<?xf32>) -> tensor<?xf32> {
  %y = ingot.ceil %x : tensor<?xf32>
  return %y : tensor<?xf32>
}

// -----

// SIZES: s=0,1,7,16,33,257
// INPUT 0: -9 9
func.func @floor(%x: tensor<?xf32>) -> tensor<?xf32> {
  %y = ingot.floor %x : tensor<?xf32>
  return %y : tensor<?xf32>
}

// -----

// SIZES: s=0,1,7,16,33,257
// INPUT 0: -9 9
func.func @round(%x: tensor<?xf32>) -> tensor<?xf32> {
  %y = ingot.round %x : tensor<?xf32>
  return %y : tensor<?xf32>
}

// -----

// SIZES: s=0,1,7,16,33,257
// INPUT 0: 0 100
func.func @sqrt(%x: tensor<?xf32>) -> tensor<?xf32> {
  %y = ingot.sqrt %x : tensor<?xf32>
  return %y : tensor<?xf32>
}

// -----

// SIZES: s=0,1,7,16,33,257
// INPUT 0: 0.01 100
func.func @rsqrt(%x: tensor<?xf32>) -> tensor<?xf32> {
  %y = ingot.rsqrt %x : tensor<?xf32>
  return %y : tensor<?xf32>
}

// -----

// SIZES: s=0,1,7,16,33,257
// INPUT 0: -80 80
func.func @exp(%x: tensor<?xf32>) -> tensor<?xf32> {
  %y = ingot.exp %x : tensor<?xf32>
  return %y : tensor<?xf32>
}

// -----

// SIZES: s=0,1,7,16,33,257
func.func @expm1(%x: tensor<?xf32>) -> tensor<?xf32> {
  %y = ingot.expm1 %x : tensor<?xf32>
  return %y : tensor<?xf32>
}

// -----

// SIZES: s=0,1,7,16,33,257
// INPUT 0: 0.001 50
func.func @log(%x: tensor<?xf32>) -> tensor<?xf32> {
  %y = ingot.log %x : tensor<?xf32>
  return %y : tensor<?xf32>
}

// -----

// SIZES: s=0,1,7,16,33,257
// INPUT 0: -0.9 50
func.func @log1p(%x: tensor<?xf32>) -> tensor<?xf32> {
  %y = ingot.log1p %x : tensor<?xf32>
  return %y : tensor<?xf32>
}

// -----

// SIZES: s=0,1,7,16,33,257
// INPUT 0: -100 100
func.func @sin(%x: tensor<?xf32>) -> tensor<?xf32> {
  %y = ingot.sin %x : tensor<?xf32>
  return %y : tensor<?xf32>
}

// -----

// SIZES: s=0,1,7,16,33,257
// INPUT 0: -100 100
func.func @cos(%x: tensor<?xf32>) -> tensor<?xf32> {
  %y = ingot.cos %x : tensor<?xf32>
  return %y : tensor<?xf32>
}

// -----

// SIZES: s=0,1,7,16,33,257
// INPUT 0: -1.5 1.5
func.func @tan(%x: tensor<?xf32>) -> tensor<?xf32> {
  %y = ingot.tan %x : tensor<?xf32>
  return %y : tensor<?xf32>
}

// -----

// SIZES: s=0,1,7,16,33,257
// INPUT 0: -1 1
func.func @asin(%x: tensor<?xf32>) -> tensor<?xf32> {
  %y = ingot.asin %x : tensor<?xf32>
  return %y : tensor<?xf32>
}

// -----

// SIZES: s=0,1,7,16,33,257
// INPUT 0: -1 1
func.func @acos(%x: tensor<?xf32>) -> tensor<?xf32> {
  %y = ingot.acos %x : tensor<?xf32>
  return %y : tensor<?xf32>
}

// -----

// SIZES: s=0,1,7,16,33,257
func.func @atan(%x: tensor<?xf32>) -> tensor<?xf32> {
  %y = ingot.atan %x : tensor<?xf32>
  return %y : tensor<?xf32>
}

// -----

// SIZES: s=0,1,7,16,33,257
// INPUT 0: -20 20
func.func @sinh(%x: tensor<?xf32>) -> tensor<?xf32> {
  %y = ingot.sinh %x : tensor<?xf32>
  return %y : tensor<?xf32>
}

// -----

// SIZES: s=0,1,7,16,33,257
// INPUT 0: -20 20
func.func @cosh(%x: tensor<?xf32>) -> tensor<?xf32> {
  %y = ingot.cosh %x : tensor<?xf32>
  return %y : tensor<?xf32>
}

// -----

// SIZES: s=0,1,7,16,33,257
func.func @asinh(%x: tensor<?xf32>) -> tensor<?xf32> {
  %y = ingot.asinh %x : tensor<?xf32>
  return %y : tensor<?xf32>
}

// -----

// SIZES: s=0,1,7,16,33,257
// INPUT 0: 1 50
func.func @acosh(%x: tensor<?xf32>) -> tensor<?xf32> {
  %y = ingot.acosh %x : tensor<?xf32>
  return %y : tensor<?xf32>
}

// -----

// SIZES: s=0,1,7,16,33,257
// INPUT 0: -0.99 0.99
func.func @atanh(%x: tensor<?xf32>) -> tensor<?xf32> {
  %y = ingot.atanh %x : tensor<?xf32>
  return %y : tensor<?xf32>
}

// -----

// SIZES: s=0,1,7,16,33,257
// INPUT 0: -9 9
func.func @tanh(%x: tensor<?xf32>) -> tensor<?xf32> {
  %y = ingot.tanh %x : tensor<?xf32>
  return %y : tensor<?xf32>
}

// -----

// SIZES: s=0,1,7,16,33,257
// INPUT 0: -4 4
func.func @erf(%x: tensor<?xf32>) -> tensor<?xf32> {
  %y = ingot.erf %x : tensor<?xf32>
  return %y : tensor<?xf32>
}

// -----

// SIZES: s=0,1,7,16,33,257
// INPUT 0: -30 30
func.func @sigmoid(%x: tensor<?xf32>) -> tensor<?xf32> {
  %y = ingot.sigmoid %x : tensor<?xf32>
  return %y : tensor<?xf32>
}
