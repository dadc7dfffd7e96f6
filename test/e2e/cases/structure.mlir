// SIZES: s=0,1,45
func.func @composite(%x: tensor<?xf32>) -> tensor<?xf32> {
  %r = ingot.composite "swish"(%x) {parameters = {alpha = 1.0 : f64}} : (tensor<?xf32>) -> tensor<?xf32> {
  ^bb0(%a: tensor<?xf32>):
    %s = ingot.sigmoid %a : tensor<?xf32>
    %p = ingot.mul %a, %s : tensor<?xf32>
    ingot.yield %p : tensor<?xf32>
  }
  return %r : tensor<?xf32>
}

// -----

// SIZES: s=1,5,9,45
func.func @if_else(%c: tensor<i1>, %x: tensor<?xf32>) -> tensor<?xf32> {
  %p = tensor.extract %c[] : tensor<i1>
  %r = scf.if %p -> tensor<?xf32> {
    %d = ingot.exp %x : tensor<?xf32>
    scf.yield %d : tensor<?xf32>
  } else {
    %n = ingot.neg %x : tensor<?xf32>
    scf.yield %n : tensor<?xf32>
  }
  return %r : tensor<?xf32>
}

// -----

// SIZES: s=0,1,5,45
// INPUT 1: 0 6
func.func @for_loop(%x: tensor<?xf32>, %n: tensor<i64>) -> tensor<?xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %v = tensor.extract %n[] : tensor<i64>
  %e = arith.index_cast %v : i64 to index
  %r = scf.for %i = %c0 to %e step %c1 iter_args(%a = %x) -> (tensor<?xf32>) {
    %b = ingot.mul %a, %x : tensor<?xf32>
    scf.yield %b : tensor<?xf32>
  }
  return %r : tensor<?xf32>
}

// -----

// INPUT 0: 1 2
func.func @while_loop(%x: tensor<4xf32>) -> tensor<4xf32> {
  %c0 = arith.constant 0 : index
  %limit = arith.constant 100.0 : f32
  %r = scf.while (%a = %x) : (tensor<4xf32>) -> tensor<4xf32> {
    %v = tensor.extract %a[%c0] : tensor<4xf32>
    %p = arith.cmpf olt, %v, %limit : f32
    scf.condition(%p) %a : tensor<4xf32>
  } do {
  ^bb0(%b: tensor<4xf32>):
    %s = ingot.add %b, %b : tensor<4xf32>
    scf.yield %s : tensor<4xf32>
  }
  return %r : tensor<4xf32>
}

// -----

// SIZES: s=0,1,45
func.func @two_results_shared(%x: tensor<?x8xf32>) -> (tensor<?x8xf32>, tensor<?xf32>) {
  %e = ingot.exp %x : tensor<?x8xf32>
  %s = ingot.reduce sum %e dimensions = [1] : (tensor<?x8xf32>) -> tensor<?xf32>
  return %e, %s : tensor<?x8xf32>, tensor<?xf32>
}

// -----

// SIZES: s=0,1,45
func.func @same_result_twice(%x: tensor<?x8xf32>) -> (tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32>) {
  %e = ingot.exp %x : tensor<?x8xf32>
  return %e, %e, %x : tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32>
}

// -----

// SIZES: s=0,1,17,400
func.func @long_chain(%x: tensor<?xf32>, %y: tensor<?xf32>) -> tensor<?xf32> {
  %v0 = ingot.add %x, %y : tensor<?xf32>
  %v1 = ingot.tanh %v0 : tensor<?xf32>
  %v2 = ingot.sigmoid %v1 : tensor<?xf32>
  %v3 = ingot.neg %v2 : tensor<?xf32>
  %v4 = ingot.abs %v3 : tensor<?xf32>
  %v5 = ingot.tanh %v4 : tensor<?xf32>
  %v6 = ingot.sigmoid %v5 : tensor<?xf32>
  %v7 = ingot.neg %v6 : tensor<?xf32>
  %v8 = ingot.abs %v7 : tensor<?xf32>
  %v9 = ingot.tanh %v8 : tensor<?xf32>
  %v10 = ingot.sigmoid %v9 : tensor<?xf32>
  %v11 = ingot.neg %v10 : tensor<?xf32>
  %v12 = ingot.abs %v11 : tensor<?xf32>
  return %v12 : tensor<?xf32>
}

// -----

// SIZES: s=0,1,45
func.func @random_uniform(%x: tensor<?xf32>) -> tensor<?xf32> {
  %c0 = arith.constant 0 : index
  %x0 = tensor.dim %x, %c0 : tensor<?xf32>
  %r = ingot.random uniform(0.000000e+00, 1.000000e+00) seed = 7 sizes [%x0] : tensor<?xf32>
  return %r : tensor<?xf32>
}

// -----

// SIZES: s=0,1,45
func.func @random_normal(%x: tensor<?xf32>) -> tensor<?xf32> {
  %c0 = arith.constant 0 : index
  %x0 = tensor.dim %x, %c0 : tensor<?xf32>
  %r = ingot.random normal(0.000000e+00, 2.000000e+00) seed = 3 sizes [%x0] : tensor<?xf32>
  return %r : tensor<?xf32>
}

// -----

// SIZES: s=0,1,45
// INPUT 1: 0 100
// INPUT 2: 1 1000
func.func @random_of_step(%x: tensor<?xf32>, %seed: tensor<i64>, %step: tensor<i64>) -> (tensor<?xf32>, tensor<?x3xf64>) {
  %c0 = arith.constant 0 : index
  %x0 = tensor.dim %x, %c0 : tensor<?xf32>
  %u = ingot.random uniform(0.0, 1.0) seed = 7 of(%seed, %step) sizes [%x0] : tensor<?xf32>
  %n = ingot.random normal(0.0, 2.0) seed = -3 of(%seed, %step) sizes [%x0, 3] : tensor<?x3xf64>
  return %u, %n : tensor<?xf32>, tensor<?x3xf64>
}

// -----

// SIZES: s=0,1,700
func.func @mt19937_uniform(%x: tensor<?xf32>) -> tensor<?xf64> {
  %c0 = arith.constant 0 : index
  %x0 = tensor.dim %x, %c0 : tensor<?xf32>
  %u = ingot.custom_call "mt19937_uniform"(%x0) {parameters = {seed = 42 : i64}} : (index) -> tensor<?xf64>
  return %u : tensor<?xf64>
}

// -----

// SIZES: s=1,45
func.func @variables(%x: tensor<?x2xf32>) -> (tensor<?x2xf32>, tensor<i64>) {
  %c0 = arith.constant 0 : index
  %x0 = tensor.dim %x, %c0 : tensor<?x2xf32>
  %w = ingot.parameter parameter "w" dense<[1.0, 2.0]> : tensor<2xf32>
  %step = ingot.step_scalar "step" : tensor<i64>
  %wide = ingot.broadcast %w dimensions = [1] sizes [%x0, 2] : (tensor<2xf32>) -> tensor<?x2xf32>
  %y = ingot.mul %x, %wide : tensor<?x2xf32>
  %sum = ingot.reduce sum %y dimensions = [0] : (tensor<?x2xf32>) -> tensor<2xf32>
  ingot.assign "w", %sum : tensor<2xf32>
  return %y, %step : tensor<?x2xf32>, tensor<i64>
}
