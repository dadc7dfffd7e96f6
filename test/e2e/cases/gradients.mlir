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
