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

// SIZES: n=2,5
func.func @grad_recurrent(%x: tensor<7x?x8xf32>, %w: tensor<12x8xf32>, %r: tensor<12x3xf32>, %h: tensor<?x3xf32>) -> (tensor<12x8xf32>, tensor<12x3xf32>, tensor<7x?x8xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c7 = arith.constant 7 : index
  %n = tensor.dim %h, %c0 : tensor<?x3xf32>
  %p = ingot.contract %x, %w batch [] x [] contracting [2] x [1] : (tensor<7x?x8xf32>, tensor<12x8xf32>) -> tensor<7x?x12xf32>
  %zero = ingot.constant dense<0.0> : tensor<f32>
  %zeros = ingot.broadcast %zero dimensions = [] sizes [7, %n, 3] : (tensor<f32>) -> tensor<7x?x3xf32>
  %hn, %cn, %y = scf.for %k = %c0 to %c7 step %c1 iter_args(%s = %h, %c = %h, %all = %zeros) -> (tensor<?x3xf32>, tensor<?x3xf32>, tensor<7x?x3xf32>) {
    %row = ingot.slice %p[%k, 0, 0] [1, %n, 12] [1, 1, 1] : (tensor<7x?x12xf32>) -> tensor<1x?x12xf32>
    %now = ingot.reshape %row sizes [%n, 12] : (tensor<1x?x12xf32>) -> tensor<?x12xf32>
    %m = ingot.contract %s, %r batch [] x [] contracting [1] x [1] : (tensor<?x3xf32>, tensor<12x3xf32>) -> tensor<?x12xf32>
    %a = ingot.add %now, %m : tensor<?x12xf32>
    %a0 = ingot.slice %a[0, 0] [%n, 3] [1, 1] : (tensor<?x12xf32>) -> tensor<?x3xf32>
    %a1 = ingot.slice %a[0, 3] [%n, 3] [1, 1] : (tensor<?x12xf32>) -> tensor<?x3xf32>
    %a2 = ingot.slice %a[0, 6] [%n, 3] [1, 1] : (tensor<?x12xf32>) -> tensor<?x3xf32>
    %a3 = ingot.slice %a[0, 9] [%n, 3] [1, 1] : (tensor<?x12xf32>) -> tensor<?x3xf32>
    %i = ingot.sigmoid %a0 : tensor<?x3xf32>
    %o = ingot.sigmoid %a1 : tensor<?x3xf32>
    %f = ingot.sigmoid %a2 : tensor<?x3xf32>
    %g = ingot.tanh %a3 : tensor<?x3xf32>
    %fc = ingot.mul %f, %c : tensor<?x3xf32>
    %ig = ingot.mul %i, %g : tensor<?x3xf32>
    %next = ingot.add %fc, %ig : tensor<?x3xf32>
    %t = ingot.tanh %next : tensor<?x3xf32>
    %out = ingot.mul %o, %t : tensor<?x3xf32>
    %line = ingot.reshape %out sizes [1, %n, 3] : (tensor<?x3xf32>) -> tensor<1x?x3xf32>
    %to = ingot.update_slice %line into %all[%k, 0, 0] : (tensor<7x?x3xf32>, tensor<1x?x3xf32>, index) -> tensor<7x?x3xf32>
    scf.yield %out, %next, %to : tensor<?x3xf32>, tensor<?x3xf32>, tensor<7x?x3xf32>
  }
  %q = ingot.mul %y, %y : tensor<7x?x3xf32>
  %loss = ingot.reduce sum %q dimensions = [0, 1, 2] : (tensor<7x?x3xf32>) -> tensor<f32>
  %dw, %dr, %dx = ingot.grad %loss wrt %w, %r, %x : (tensor<f32>, tensor<12x8xf32>, tensor<12x3xf32>, tensor<7x?x8xf32>) -> (tensor<12x8xf32>, tensor<12x3xf32>, tensor<7x?x8xf32>)
  return %dw, %dr, %dx : tensor<12x8xf32>, tensor<12x3xf32>, tensor<7x?x8xf32>
}

// -----

// SIZES: n=1,4
func.func @grad_attention(%q: tensor<?x4x6x8xf32>, %k: tensor<?x2x7x8xf32>, %v: tensor<?x2x7x5xf32>, %m: tensor<1x1x6x7xf32>) -> (tensor<?x4x6x8xf32>, tensor<?x2x7x8xf32>, tensor<?x2x7x5xf32>, tensor<1x1x6x7xf32>) {
  %y = ingot.attention %q, %k, %v mask %m scale = 0.35 {causal} : (tensor<?x4x6x8xf32>, tensor<?x2x7x8xf32>, tensor<?x2x7x5xf32>, tensor<1x1x6x7xf32>) -> tensor<?x4x6x5xf32>
  %e = ingot.tanh %y : tensor<?x4x6x5xf32>
  %loss = ingot.reduce sum %e dimensions = [0, 1, 2, 3] : (tensor<?x4x6x5xf32>) -> tensor<f32>
  %dq, %dk, %dv, %dm = ingot.grad %loss wrt %q, %k, %v, %m : (tensor<f32>, tensor<?x4x6x8xf32>, tensor<?x2x7x8xf32>, tensor<?x2x7x5xf32>, tensor<1x1x6x7xf32>) -> (tensor<?x4x6x8xf32>, tensor<?x2x7x8xf32>, tensor<?x2x7x5xf32>, tensor<1x1x6x7xf32>)
  return %dq, %dk, %dv, %dm : tensor<?x4x6x8xf32>, tensor<?x2x7x8xf32>, tensor<?x2x7x5xf32>, tensor<1x1x6x7xf32>
}

// -----

// SIZES: n=1,3
func.func @grad_pooling(%x: tensor<?x9x8x3xf32>, %d: tensor<?x9x8x3xf32>) -> tensor<?x9x8x3xf32> {
  %c0 = arith.constant 0 : index
  %n = tensor.dim %x, %c0 : tensor<?x9x8x3xf32>
  %0 = ingot.normalize %x dimensions = [3] epsilon = 1.0e-5 : tensor<?x9x8x3xf32>
  %1 = ingot.reduce_window max %0 window [1, 3, 2, 1] strides [1, 2, 2, 1] dilations [1, 1, 1, 1] pads [0, 1, 0, 0] x [0, 1, 0, 0] : (tensor<?x9x8x3xf32>) -> tensor<?x5x4x3xf32>
  %2 = ingot.reduce_window mean %1 window [1, 2, 2, 1] strides [1, 1, 1, 1] dilations [1, 1, 1, 1] pads [0, 1, 0, 0] x [0, 0, 0, 0] : (tensor<?x5x4x3xf32>) -> tensor<?x5x3x3xf32>
  %3 = ingot.resize linear half_pixel floor %2 sizes [%n, 10, 6, 3] : (tensor<?x5x3x3xf32>, index) -> tensor<?x10x6x3xf32>
  %4 = ingot.mul %3, %3 : tensor<?x10x6x3xf32>
  %loss = ingot.reduce sum %4 dimensions = [0, 1, 2, 3] : (tensor<?x10x6x3xf32>) -> tensor<f32>
  %dx = ingot.grad %loss wrt %x : (tensor<f32>, tensor<?x9x8x3xf32>) -> tensor<?x9x8x3xf32>
  return %dx : tensor<?x9x8x3xf32>
}

// -----

// SIZES: n=1,6
func.func @grad_embedding(%table: tensor<11x4xf32>, %ids: tensor<?x3xi64>) -> tensor<11x4xf32> {
  %c0 = arith.constant 0 : index
  %n = tensor.dim %ids, %c0 : tensor<?x3xi64>
  %k = ingot.constant dense<11> : tensor<i64>
  %ks = ingot.broadcast %k dimensions = [] sizes [%n, 3] : (tensor<i64>) -> tensor<?x3xi64>
  %i = ingot.rem %ids, %ks : tensor<?x3xi64>
  %e = ingot.gather %table[%i] axis = 0 : (tensor<11x4xf32>, tensor<?x3xi64>) -> tensor<?x3x4xf32>
  %l = ingot.contract %e, %table batch [] x [] contracting [2] x [1] : (tensor<?x3x4xf32>, tensor<11x4xf32>) -> tensor<?x3x11xf32>
  %p = ingot.log_softmax %l axis = 2 : tensor<?x3x11xf32>
  %loss = ingot.reduce sum %p dimensions = [0, 1, 2] : (tensor<?x3x11xf32>) -> tensor<f32>
  %d = ingot.grad %loss wrt %table : (tensor<f32>, tensor<11x4xf32>) -> tensor<11x4xf32>
  return %d : tensor<11x4xf32>
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
