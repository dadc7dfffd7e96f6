// SIZES: n=1,7,33
func.func @grad_mlp(%x: tensor<?x12xf32>, %w: tensor<12x16xf32>, %b: tensor<16xf32>, %v: tensor<16x5xf32>) -> (tensor<12x16xf32>, tensor<16xf32>, tensor<16x5xf32>) {
  %c0 = arith.constant 0 : index
  %n = tensor.dim %x, %c0 : tensor<?x12xf32>
  %0 = ingot.contract %x, %w batch [] x [] contracting [1] x [0] : (tensor<?x12xf32>, tensor<12x16xf32>) -> tensor<?x16xf32>
  %1 = ingot.broadcast %b dimensions = [1] sizes [%n, 16] : (tensor<16xf32>) -> tensor<?x16xf32>
  %2 = ingot.add %0, %1 : tensor<?x16xf32>
  %3 = ingot.tanh %2 : tensor<?x16xf32>
  %4 = ingot.contract %3, %v batch [] x [] contracting [1] x [0] : (tensor<?x16xf32>, tensor<16x5xf32>) -> tensor<?x5xf32>
  %5 = ingot.log_softmax %4 axis = 1 : tensor<?x5xf32>
  %loss = ingot.reduce sum %5 dimensions = [0, 1] : (tensor<?x5xf32>) -> tensor<f32>
  %dw, %db, %dv = ingot.grad %loss wrt %w, %b, %v : (tensor<f32>, tensor<12x16xf32>, tensor<16xf32>, tensor<16x5xf32>) -> (tensor<12x16xf32>, tensor<16xf32>, tensor<16x5xf32>)
  return %dw, %db, %dv : tensor<12x16xf32>, tensor<16xf32>, tensor<16x5xf32>
}

// -----

// SIZES: n=1,3
func.func @grad_conv(%x: tensor<?x9x9x3xf32>, %f: tensor<3x3x3x8xf32>) -> (tensor<?x9x9x3xf32>, tensor<3x3x3x8xf32>) {
  %0 = ingot.conv %x, %f strides [2, 2] dilations [1, 1] pads [1, 1] x [1, 1] : (tensor<?x9x9x3xf32>, tensor<3x3x3x8xf32>) -> tensor<?x5x5x8xf32>
  %1 = ingot.sigmoid %0 : tensor<?x5x5x8xf32>
  %2 = ingot.mul %1, %0 : tensor<?x5x5x8xf32>
  %loss = ingot.reduce sum %2 dimensions = [0, 1, 2, 3] : (tensor<?x5x5x8xf32>) -> tensor<f32>
  %dx, %df = ingot.grad %loss wrt %x, %f : (tensor<f32>, tensor<?x9x9x3xf32>, tensor<3x3x3x8xf32>) -> (tensor<?x9x9x3xf32>, tensor<3x3x3x8xf32>)
  return %dx, %df : tensor<?x9x9x3xf32>, tensor<3x3x3x8xf32>
}

// -----

// A spike with the derivative of a fast sigmoid, and a rounding that passes gradients on.
// SIZES: n=1,7,33
func.func @grad_surrogate(%u: tensor<?x5xf32>, %w: tensor<5xf32>) -> (tensor<?x5xf32>, tensor<5xf32>) {
  %c0 = arith.constant 0 : index
  %n = tensor.dim %u, %c0 : tensor<?x5xf32>
  %0 = ingot.broadcast %w dimensions = [1] sizes [%n, 5] : (tensor<5xf32>) -> tensor<?x5xf32>
  %1 = ingot.compare gt %u, %0 : (tensor<?x5xf32>, tensor<?x5xf32>) -> tensor<?x5xi1>
  %2 = ingot.cast %1 : (tensor<?x5xi1>) -> tensor<?x5xf32>
  %x = ingot.sub %u, %0 : tensor<?x5xf32>
  %a = ingot.abs %x : tensor<?x5xf32>
  %k = ingot.constant dense<2.5> : tensor<f32>
  %ks = ingot.broadcast %k dimensions = [] sizes [%n, 5] : (tensor<f32>) -> tensor<?x5xf32>
  %one = ingot.constant dense<1.0> : tensor<f32>
  %ones = ingot.broadcast %one dimensions = [] sizes [%n, 5] : (tensor<f32>) -> tensor<?x5xf32>
  %3 = ingot.mul %a, %ks : tensor<?x5xf32>
  %4 = ingot.add %3, %ones : tensor<?x5xf32>
  %5 = ingot.mul %4, %4 : tensor<?x5xf32>
  %d = ingot.div %ones, %5 : tensor<?x5xf32>
  %stop = ingot.stop_gradient %d : tensor<?x5xf32>
  %p = ingot.mul %x, %stop : tensor<?x5xf32>
  %spike = ingot.straight_through %2, %p : tensor<?x5xf32>
  %r = ingot.round %u : tensor<?x5xf32>
  %rounded = ingot.straight_through %r, %u : tensor<?x5xf32>
  %6 = ingot.mul %spike, %rounded : tensor<?x5xf32>
  %loss = ingot.reduce sum %6 dimensions = [0, 1] : (tensor<?x5xf32>) -> tensor<f32>
  %du, %dw = ingot.grad %loss wrt %u, %w : (tensor<f32>, tensor<?x5xf32>, tensor<5xf32>) -> (tensor<?x5xf32>, tensor<5xf32>)
  return %du, %dw : tensor<?x5xf32>, tensor<5xf32>
}
