// RUN: ingot-opt %s --split-input-file | FileCheck %s
// CHECK: func.func

func.func @neg(%x: tensor<5xf64>) -> (tensor<5xf64>) {
  %y = ingot.neg %x : tensor<5xf64>
  return %y : tensor<5xf64>
}

// -----

func.func @sqrt(%x: tensor<5xf64>) -> (tensor<5xf64>) {
  %y = ingot.sqrt %x : tensor<5xf64>
  return %y : tensor<5xf64>
}

// -----

func.func @rsqrt(%x: tensor<5xf64>) -> (tensor<5xf64>) {
  %y = ingot.rsqrt %x : tensor<5xf64>
  return %y : tensor<5xf64>
}

// -----

func.func @exp(%x: tensor<5xf64>) -> (tensor<5xf64>) {
  %y = ingot.exp %x : tensor<5xf64>
  return %y : tensor<5xf64>
}

// -----

func.func @expm1(%x: tensor<5xf64>) -> (tensor<5xf64>) {
  %y = ingot.expm1 %x : tensor<5xf64>
  return %y : tensor<5xf64>
}

// -----

func.func @log(%x: tensor<5xf64>) -> (tensor<5xf64>) {
  %y = ingot.log %x : tensor<5xf64>
  return %y : tensor<5xf64>
}

// -----

func.func @log1p(%x: tensor<5xf64>) -> (tensor<5xf64>) {
  %y = ingot.log1p %x : tensor<5xf64>
  return %y : tensor<5xf64>
}

// -----

func.func @sin(%x: tensor<5xf64>) -> (tensor<5xf64>) {
  %y = ingot.sin %x : tensor<5xf64>
  return %y : tensor<5xf64>
}

// -----

func.func @cos(%x: tensor<5xf64>) -> (tensor<5xf64>) {
  %y = ingot.cos %x : tensor<5xf64>
  return %y : tensor<5xf64>
}

// -----

func.func @tan(%x: tensor<5xf64>) -> (tensor<5xf64>) {
  %y = ingot.tan %x : tensor<5xf64>
  return %y : tensor<5xf64>
}

// -----

func.func @asin(%x: tensor<5xf64>) -> (tensor<5xf64>) {
  %y = ingot.asin %x : tensor<5xf64>
  return %y : tensor<5xf64>
}

// -----

func.func @acos(%x: tensor<5xf64>) -> (tensor<5xf64>) {
  %y = ingot.acos %x : tensor<5xf64>
  return %y : tensor<5xf64>
}

// -----

func.func @atan(%x: tensor<5xf64>) -> (tensor<5xf64>) {
  %y = ingot.atan %x : tensor<5xf64>
  return %y : tensor<5xf64>
}

// -----

func.func @sinh(%x: tensor<5xf64>) -> (tensor<5xf64>) {
  %y = ingot.sinh %x : tensor<5xf64>
  return %y : tensor<5xf64>
}

// -----

func.func @cosh(%x: tensor<5xf64>) -> (tensor<5xf64>) {
  %y = ingot.cosh %x : tensor<5xf64>
  return %y : tensor<5xf64>
}

// -----

func.func @asinh(%x: tensor<5xf64>) -> (tensor<5xf64>) {
  %y = ingot.asinh %x : tensor<5xf64>
  return %y : tensor<5xf64>
}

// -----

func.func @atanh(%x: tensor<5xf64>) -> (tensor<5xf64>) {
  %y = ingot.atanh %x : tensor<5xf64>
  return %y : tensor<5xf64>
}

// -----

func.func @tanh(%x: tensor<5xf64>) -> (tensor<5xf64>) {
  %y = ingot.tanh %x : tensor<5xf64>
  return %y : tensor<5xf64>
}

// -----

func.func @erf(%x: tensor<5xf64>) -> (tensor<5xf64>) {
  %y = ingot.erf %x : tensor<5xf64>
  return %y : tensor<5xf64>
}

// -----

func.func @sigmoid(%x: tensor<5xf64>) -> (tensor<5xf64>) {
  %y = ingot.sigmoid %x : tensor<5xf64>
  return %y : tensor<5xf64>
}

// -----

// LOW: 1.15
func.func @acosh(%x: tensor<5xf64>) -> (tensor<5xf64>) {
  %y = ingot.acosh %x : tensor<5xf64>
  return %y : tensor<5xf64>
}

// -----

// LOW: -0.31
// FIRST ORDER
func.func @abs(%x: tensor<5xf64>) -> (tensor<5xf64>) {
  %y = ingot.abs %x : tensor<5xf64>
  return %y : tensor<5xf64>
}

// -----

// LOW: -0.31
// FIRST ORDER
func.func @sign(%x: tensor<5xf64>) -> (tensor<5xf64>) {
  %y = ingot.sign %x : tensor<5xf64>
  return %y : tensor<5xf64>
}

// -----

// LOW: -0.31
// FIRST ORDER
func.func @ceil(%x: tensor<5xf64>) -> (tensor<5xf64>) {
  %y = ingot.ceil %x : tensor<5xf64>
  return %y : tensor<5xf64>
}

// -----

// LOW: -0.31
// FIRST ORDER
func.func @floor(%x: tensor<5xf64>) -> (tensor<5xf64>) {
  %y = ingot.floor %x : tensor<5xf64>
  return %y : tensor<5xf64>
}

// -----

// LOW: -0.31
// FIRST ORDER
func.func @round(%x: tensor<5xf64>) -> (tensor<5xf64>) {
  %y = ingot.round %x : tensor<5xf64>
  return %y : tensor<5xf64>
}

// -----

func.func @add(%x: tensor<5xf64>, %z: tensor<5xf64>) -> (tensor<5xf64>) {
  %y = ingot.add %x, %z : tensor<5xf64>
  return %y : tensor<5xf64>
}

// -----

func.func @sub(%x: tensor<5xf64>, %z: tensor<5xf64>) -> (tensor<5xf64>) {
  %y = ingot.sub %x, %z : tensor<5xf64>
  return %y : tensor<5xf64>
}

// -----

func.func @mul(%x: tensor<5xf64>, %z: tensor<5xf64>) -> (tensor<5xf64>) {
  %y = ingot.mul %x, %z : tensor<5xf64>
  return %y : tensor<5xf64>
}

// -----

func.func @div(%x: tensor<5xf64>, %z: tensor<5xf64>) -> (tensor<5xf64>) {
  %y = ingot.div %x, %z : tensor<5xf64>
  return %y : tensor<5xf64>
}

// -----

// FIRST ORDER
func.func @max(%x: tensor<5xf64>, %z: tensor<5xf64>) -> (tensor<5xf64>) {
  %y = ingot.max %x, %z : tensor<5xf64>
  return %y : tensor<5xf64>
}

// -----

// FIRST ORDER
func.func @min(%x: tensor<5xf64>, %z: tensor<5xf64>) -> (tensor<5xf64>) {
  %y = ingot.min %x, %z : tensor<5xf64>
  return %y : tensor<5xf64>
}

// -----

func.func @mul_same(%x: tensor<5xf64>) -> (tensor<5xf64>) {
  %y = ingot.mul %x, %x : tensor<5xf64>
  return %y : tensor<5xf64>
}

// -----

// LOW: -0.33
func.func @relu(%x: tensor<7xf64>) -> (tensor<7xf64>) {
  %c = ingot.constant dense<0.0> : tensor<7xf64>
  %y = ingot.max %x, %c : tensor<7xf64>
  return %y : tensor<7xf64>
}

// -----

func.func @min_constant(%x: tensor<7xf64>) -> (tensor<7xf64>) {
  %c = ingot.constant dense<0.5> : tensor<7xf64>
  %y = ingot.min %c, %x : tensor<7xf64>
  return %y : tensor<7xf64>
}

// -----

// FIRST ORDER
func.func @rem(%x: tensor<5xf64>, %z: tensor<5xf64>) -> (tensor<5xf64>) {
  %y = ingot.rem %x, %z : tensor<5xf64>
  return %y : tensor<5xf64>
}

// -----

// FIRST ORDER
func.func @rem_fmod(%x: tensor<5xf64>, %z: tensor<5xf64>) -> (tensor<5xf64>) {
  %n = ingot.neg %x : tensor<5xf64>
  %y = ingot.rem %n, %z {fmod} : tensor<5xf64>
  return %y : tensor<5xf64>
}

// -----

func.func @pow(%x: tensor<5xf64>, %z: tensor<5xf64>) -> (tensor<5xf64>) {
  %y = ingot.pow %x, %z : (tensor<5xf64>, tensor<5xf64>) -> tensor<5xf64>
  return %y : tensor<5xf64>
}

// -----

func.func @pow_2_0(%x: tensor<5xf64>) -> (tensor<5xf64>) {
  %c = ingot.constant dense<2.0> : tensor<5xf64>
  %y = ingot.pow %x, %c : (tensor<5xf64>, tensor<5xf64>) -> tensor<5xf64>
  return %y : tensor<5xf64>
}

// -----

func.func @pow_3_0(%x: tensor<5xf64>) -> (tensor<5xf64>) {
  %c = ingot.constant dense<3.0> : tensor<5xf64>
  %y = ingot.pow %x, %c : (tensor<5xf64>, tensor<5xf64>) -> tensor<5xf64>
  return %y : tensor<5xf64>
}

// -----

func.func @pow_0_5(%x: tensor<5xf64>) -> (tensor<5xf64>) {
  %c = ingot.constant dense<0.5> : tensor<5xf64>
  %y = ingot.pow %x, %c : (tensor<5xf64>, tensor<5xf64>) -> tensor<5xf64>
  return %y : tensor<5xf64>
}

// -----

func.func @pow_m1_5(%x: tensor<5xf64>) -> (tensor<5xf64>) {
  %c = ingot.constant dense<-1.5> : tensor<5xf64>
  %y = ingot.pow %x, %c : (tensor<5xf64>, tensor<5xf64>) -> tensor<5xf64>
  return %y : tensor<5xf64>
}

// -----

func.func @pow_0_0(%x: tensor<5xf64>) -> (tensor<5xf64>) {
  %c = ingot.constant dense<0.0> : tensor<5xf64>
  %y = ingot.pow %x, %c : (tensor<5xf64>, tensor<5xf64>) -> tensor<5xf64>
  return %y : tensor<5xf64>
}

// -----

func.func @pow_1_0(%x: tensor<5xf64>) -> (tensor<5xf64>) {
  %c = ingot.constant dense<1.0> : tensor<5xf64>
  %y = ingot.pow %x, %c : (tensor<5xf64>, tensor<5xf64>) -> tensor<5xf64>
  return %y : tensor<5xf64>
}

// -----

func.func @pow_integer(%x: tensor<5xf64>) -> (tensor<5xf64>) {
  %c = ingot.constant dense<[2, 0, 3, 1, -2]> : tensor<5xi64>
  %y = ingot.pow %x, %c : (tensor<5xf64>, tensor<5xi64>) -> tensor<5xf64>
  return %y : tensor<5xf64>
}

// -----

// LOW: -0.9
func.func @pow_of_negative(%x: tensor<5xf64>) -> (tensor<5xf64>) {
  %c = ingot.constant dense<3.0> : tensor<5xf64>
  %y = ingot.pow %x, %c : (tensor<5xf64>, tensor<5xf64>) -> tensor<5xf64>
  return %y : tensor<5xf64>
}

// -----

func.func @select(%c: tensor<5xi1>, %x: tensor<5xf64>, %z: tensor<5xf64>) -> (tensor<5xf64>) {
  %y = ingot.select %c, %x, %z : (tensor<5xi1>, tensor<5xf64>, tensor<5xf64>) -> tensor<5xf64>
  return %y : tensor<5xf64>
}

// -----

// FIRST ORDER
func.func @clamp(%x: tensor<9xf64>, %l: tensor<9xf64>, %h: tensor<9xf64>) -> (tensor<9xf64>) {
  %y = ingot.clamp %x, %l, %h : tensor<9xf64>
  return %y : tensor<9xf64>
}

// -----

func.func @cast_through_f32(%x: tensor<5xf64>) -> (tensor<5xf64>) {
  %i = ingot.cast %x : (tensor<5xf64>) -> tensor<5xi32>
  %f = ingot.cast %i : (tensor<5xi32>) -> tensor<5xf64>
  %e = ingot.exp %x : tensor<5xf64>
  %y = ingot.add %e, %f : tensor<5xf64>
  return %y : tensor<5xf64>
}

// -----

// LOW: -0.33
func.func @leaky_relu(%x: tensor<7xf64>) -> (tensor<7xf64>) {
  %c = ingot.constant dense<0.0> : tensor<7xf64>
  %s = ingot.constant dense<0.1> : tensor<7xf64>
  %l = ingot.compare lt %x, %c : (tensor<7xf64>, tensor<7xf64>) -> tensor<7xi1>
  %m = ingot.mul %x, %s : tensor<7xf64>
  %y = ingot.select %l, %m, %x : (tensor<7xi1>, tensor<7xf64>, tensor<7xf64>) -> tensor<7xf64>
  return %y : tensor<7xf64>
}

// -----

func.func @chain_dynamic(%x: tensor<?x4xf64>, %z: tensor<?x4xf64>) -> (tensor<?x4xf64>) {
  %a = ingot.mul %x, %z : tensor<?x4xf64>
  %b = ingot.tanh %a : tensor<?x4xf64>
  %c = ingot.div %b, %x : tensor<?x4xf64>
  %y = ingot.mul %c, %a : tensor<?x4xf64>
  return %y : tensor<?x4xf64>
}

// -----

func.func @composite(%x: tensor<5xf64>, %z: tensor<5xf64>) -> (tensor<5xf64>) {
  %y = ingot.composite "swish"(%x, %z) : (tensor<5xf64>, tensor<5xf64>) -> tensor<5xf64> {
  ^bb0(%a: tensor<5xf64>, %b: tensor<5xf64>):
  %s = ingot.sigmoid %a : tensor<5xf64>
  %p = ingot.mul %b, %s : tensor<5xf64>
  ingot.yield %p : tensor<5xf64>
  }
  return %y : tensor<5xf64>
}
