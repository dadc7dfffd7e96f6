// Gates of whole panels, rows that show only at run time.
// SIZES: s=0,1,2,3,5,8,19
func.func @lstm_step(%h: tensor<?x32xf32>, %c: tensor<?x32xf32>, %x: tensor<?x128xf32>) -> (tensor<?x32xf32>, tensor<?x32xf32>) {
  %index = ingot.iota dimension = 0 sizes [1024] : tensor<1024xf32>
  %f0 = ingot.sin %index : tensor<1024xf32>
  %cos0 = ingot.cos %f0 : tensor<1024xf32>
  %tanh0 = ingot.tanh %f0 : tensor<1024xf32>
  %sin0 = ingot.sin %f0 : tensor<1024xf32>
  %f1 = ingot.concat %f0, %cos0, %tanh0, %sin0 axis = 0 : (tensor<1024xf32>, tensor<1024xf32>, tensor<1024xf32>, tensor<1024xf32>) -> tensor<4096xf32>
  %w = ingot.reshape %f1 sizes [128, 32] : (tensor<4096xf32>) -> tensor<128x32xf32>
  %c0 = arith.constant 0 : index
  %n = tensor.dim %h, %c0 : tensor<?x32xf32>
  %p = ingot.contract %h, %w batch [] x [] contracting [1] x [1] : (tensor<?x32xf32>, tensor<128x32xf32>) -> tensor<?x128xf32>
  %all = ingot.add %x, %p : tensor<?x128xf32>
  %is = ingot.slice %all [0, 0] [%n, 32] [1, 1] : (tensor<?x128xf32>) -> tensor<?x32xf32>
  %i = ingot.sigmoid %is : tensor<?x32xf32>
  %os = ingot.slice %all [0, 32] [%n, 32] [1, 1] : (tensor<?x128xf32>) -> tensor<?x32xf32>
  %o = ingot.sigmoid %os : tensor<?x32xf32>
  %fs = ingot.slice %all [0, 64] [%n, 32] [1, 1] : (tensor<?x128xf32>) -> tensor<?x32xf32>
  %f = ingot.sigmoid %fs : tensor<?x32xf32>
  %gs = ingot.slice %all [0, 96] [%n, 32] [1, 1] : (tensor<?x128xf32>) -> tensor<?x32xf32>
  %g = ingot.tanh %gs : tensor<?x32xf32>
  %fc = ingot.mul %f, %c : tensor<?x32xf32>
  %ig = ingot.mul %i, %g : tensor<?x32xf32>
  %c1 = ingot.add %fc, %ig : tensor<?x32xf32>
  %tc = ingot.tanh %c1 : tensor<?x32xf32>
  %h1 = ingot.mul %o, %tc : tensor<?x32xf32>
  return %h1, %c1 : tensor<?x32xf32>, tensor<?x32xf32>
}

// -----

// Gates that end within a panel.
// SIZES: s=1,4,9
func.func @lstm_step_narrow(%h: tensor<?x20xf32>, %c: tensor<?x20xf32>, %x: tensor<?x80xf32>) -> (tensor<?x20xf32>, tensor<?x20xf32>) {
  %index = ingot.iota dimension = 0 sizes [400] : tensor<400xf32>
  %f0 = ingot.sin %index : tensor<400xf32>
  %cos0 = ingot.cos %f0 : tensor<400xf32>
  %tanh0 = ingot.tanh %f0 : tensor<400xf32>
  %sin0 = ingot.sin %f0 : tensor<400xf32>
  %f1 = ingot.concat %f0, %cos0, %tanh0, %sin0 axis = 0 : (tensor<400xf32>, tensor<400xf32>, tensor<400xf32>, tensor<400xf32>) -> tensor<1600xf32>
  %w = ingot.reshape %f1 sizes [80, 20] : (tensor<1600xf32>) -> tensor<80x20xf32>
  %c0 = arith.constant 0 : index
  %n = tensor.dim %h, %c0 : tensor<?x20xf32>
  %p = ingot.contract %h, %w batch [] x [] contracting [1] x [1] : (tensor<?x20xf32>, tensor<80x20xf32>) -> tensor<?x80xf32>
  %all = ingot.add %x, %p : tensor<?x80xf32>
  %is = ingot.slice %all [0, 0] [%n, 20] [1, 1] : (tensor<?x80xf32>) -> tensor<?x20xf32>
  %i = ingot.sigmoid %is : tensor<?x20xf32>
  %os = ingot.slice %all [0, 20] [%n, 20] [1, 1] : (tensor<?x80xf32>) -> tensor<?x20xf32>
  %o = ingot.sigmoid %os : tensor<?x20xf32>
  %fs = ingot.slice %all [0, 40] [%n, 20] [1, 1] : (tensor<?x80xf32>) -> tensor<?x20xf32>
  %f = ingot.sigmoid %fs : tensor<?x20xf32>
  %gs = ingot.slice %all [0, 60] [%n, 20] [1, 1] : (tensor<?x80xf32>) -> tensor<?x20xf32>
  %g = ingot.tanh %gs : tensor<?x20xf32>
  %fc = ingot.mul %f, %c : tensor<?x20xf32>
  %ig = ingot.mul %i, %g : tensor<?x20xf32>
  %c1 = ingot.add %fc, %ig : tensor<?x20xf32>
  %tc = ingot.tanh %c1 : tensor<?x20xf32>
  %h1 = ingot.mul %o, %tc : tensor<?x20xf32>
  return %h1, %c1 : tensor<?x20xf32>, tensor<?x20xf32>
}

// -----

// Gates of less than a register, an odd number of products.
// SIZES: s=1,2,8
func.func @lstm_step_few(%h: tensor<?x7xf32>, %c: tensor<?x7xf32>, %x: tensor<?x28xf32>) -> (tensor<?x7xf32>, tensor<?x7xf32>) {
  %index = ingot.iota dimension = 0 sizes [196] : tensor<196xf32>
  %f0 = ingot.sin %index : tensor<196xf32>
  %w = ingot.reshape %f0 sizes [28, 7] : (tensor<196xf32>) -> tensor<28x7xf32>
  %c0 = arith.constant 0 : index
  %n = tensor.dim %h, %c0 : tensor<?x7xf32>
  %p = ingot.contract %h, %w batch [] x [] contracting [1] x [1] : (tensor<?x7xf32>, tensor<28x7xf32>) -> tensor<?x28xf32>
  %all = ingot.add %x, %p : tensor<?x28xf32>
  %is = ingot.slice %all [0, 0] [%n, 7] [1, 1] : (tensor<?x28xf32>) -> tensor<?x7xf32>
  %i = ingot.sigmoid %is : tensor<?x7xf32>
  %os = ingot.slice %all [0, 7] [%n, 7] [1, 1] : (tensor<?x28xf32>) -> tensor<?x7xf32>
  %o = ingot.sigmoid %os : tensor<?x7xf32>
  %fs = ingot.slice %all [0, 14] [%n, 7] [1, 1] : (tensor<?x28xf32>) -> tensor<?x7xf32>
  %f = ingot.sigmoid %fs : tensor<?x7xf32>
  %gs = ingot.slice %all [0, 21] [%n, 7] [1, 1] : (tensor<?x28xf32>) -> tensor<?x7xf32>
  %g = ingot.tanh %gs : tensor<?x7xf32>
  %fc = ingot.mul %f, %c : tensor<?x7xf32>
  %ig = ingot.mul %i, %g : tensor<?x7xf32>
  %c1 = ingot.add %fc, %ig : tensor<?x7xf32>
  %tc = ingot.tanh %c1 : tensor<?x7xf32>
  %h1 = ingot.mul %o, %tc : tensor<?x7xf32>
  return %h1, %c1 : tensor<?x7xf32>, tensor<?x7xf32>
}

// -----

// One row, gates of a panel and a half.
func.func @lstm_step_static(%h: tensor<1x48xf32>, %c: tensor<1x48xf32>, %x: tensor<1x192xf32>) -> (tensor<1x48xf32>, tensor<1x48xf32>) {
  %index = ingot.iota dimension = 0 sizes [1024] : tensor<1024xf32>
  %f0 = ingot.sin %index : tensor<1024xf32>
  %cos0 = ingot.cos %f0 : tensor<1024xf32>
  %tanh0 = ingot.tanh %f0 : tensor<1024xf32>
  %f1 = ingot.concat %f0, %cos0, %tanh0 axis = 0 : (tensor<1024xf32>, tensor<1024xf32>, tensor<1024xf32>) -> tensor<3072xf32>
  %cos1 = ingot.cos %f1 : tensor<3072xf32>
  %tanh1 = ingot.tanh %f1 : tensor<3072xf32>
  %f2 = ingot.concat %f1, %cos1, %tanh1 axis = 0 : (tensor<3072xf32>, tensor<3072xf32>, tensor<3072xf32>) -> tensor<9216xf32>
  %w = ingot.reshape %f2 sizes [192, 48] : (tensor<9216xf32>) -> tensor<192x48xf32>
  %p = ingot.contract %h, %w batch [] x [] contracting [1] x [1] : (tensor<1x48xf32>, tensor<192x48xf32>) -> tensor<1x192xf32>
  %all = ingot.add %x, %p : tensor<1x192xf32>
  %is = ingot.slice %all [0, 0] [1, 48] [1, 1] : (tensor<1x192xf32>) -> tensor<1x48xf32>
  %i = ingot.sigmoid %is : tensor<1x48xf32>
  %os = ingot.slice %all [0, 48] [1, 48] [1, 1] : (tensor<1x192xf32>) -> tensor<1x48xf32>
  %o = ingot.sigmoid %os : tensor<1x48xf32>
  %fs = ingot.slice %all [0, 96] [1, 48] [1, 1] : (tensor<1x192xf32>) -> tensor<1x48xf32>
  %f = ingot.sigmoid %fs : tensor<1x48xf32>
  %gs = ingot.slice %all [0, 144] [1, 48] [1, 1] : (tensor<1x192xf32>) -> tensor<1x48xf32>
  %g = ingot.tanh %gs : tensor<1x48xf32>
  %fc = ingot.mul %f, %c : tensor<1x48xf32>
  %ig = ingot.mul %i, %g : tensor<1x48xf32>
  %c1 = ingot.add %fc, %ig : tensor<1x48xf32>
  %tc = ingot.tanh %c1 : tensor<1x48xf32>
  %h1 = ingot.mul %o, %tc : tensor<1x48xf32>
  return %h1, %c1 : tensor<1x48xf32>, tensor<1x48xf32>
}

// -----

// Several rows.
func.func @lstm_step_rows(%h: tensor<6x32xf32>, %c: tensor<6x32xf32>, %x: tensor<6x128xf32>) -> (tensor<6x32xf32>, tensor<6x32xf32>) {
  %index = ingot.iota dimension = 0 sizes [1024] : tensor<1024xf32>
  %f0 = ingot.sin %index : tensor<1024xf32>
  %cos0 = ingot.cos %f0 : tensor<1024xf32>
  %tanh0 = ingot.tanh %f0 : tensor<1024xf32>
  %sin0 = ingot.sin %f0 : tensor<1024xf32>
  %f1 = ingot.concat %f0, %cos0, %tanh0, %sin0 axis = 0 : (tensor<1024xf32>, tensor<1024xf32>, tensor<1024xf32>, tensor<1024xf32>) -> tensor<4096xf32>
  %w = ingot.reshape %f1 sizes [128, 32] : (tensor<4096xf32>) -> tensor<128x32xf32>
  %p = ingot.contract %h, %w batch [] x [] contracting [1] x [1] : (tensor<6x32xf32>, tensor<128x32xf32>) -> tensor<6x128xf32>
  %all = ingot.add %x, %p : tensor<6x128xf32>
  %is = ingot.slice %all [0, 0] [6, 32] [1, 1] : (tensor<6x128xf32>) -> tensor<6x32xf32>
  %i = ingot.sigmoid %is : tensor<6x32xf32>
  %os = ingot.slice %all [0, 32] [6, 32] [1, 1] : (tensor<6x128xf32>) -> tensor<6x32xf32>
  %o = ingot.sigmoid %os : tensor<6x32xf32>
  %fs = ingot.slice %all [0, 64] [6, 32] [1, 1] : (tensor<6x128xf32>) -> tensor<6x32xf32>
  %f = ingot.sigmoid %fs : tensor<6x32xf32>
  %gs = ingot.slice %all [0, 96] [6, 32] [1, 1] : (tensor<6x128xf32>) -> tensor<6x32xf32>
  %g = ingot.tanh %gs : tensor<6x32xf32>
  %fc = ingot.mul %f, %c : tensor<6x32xf32>
  %ig = ingot.mul %i, %g : tensor<6x32xf32>
  %c1 = ingot.add %fc, %ig : tensor<6x32xf32>
  %tc = ingot.tanh %c1 : tensor<6x32xf32>
  %h1 = ingot.mul %o, %tc : tensor<6x32xf32>
  return %h1, %c1 : tensor<6x32xf32>, tensor<6x32xf32>
}

// -----

// The gates of the state meet those of the input, which are cut from memory. One is returned as well.
// SIZES: s=1,3,9
func.func @gru_step(%h: tensor<?x24xf32>, %x: tensor<?x72xf32>, %b: tensor<24xf32>) -> (tensor<?x24xf32>, tensor<?x24xf32>) {
  %index = ingot.iota dimension = 0 sizes [432] : tensor<432xf32>
  %f0 = ingot.sin %index : tensor<432xf32>
  %cos0 = ingot.cos %f0 : tensor<432xf32>
  %tanh0 = ingot.tanh %f0 : tensor<432xf32>
  %sin0 = ingot.sin %f0 : tensor<432xf32>
  %f1 = ingot.concat %f0, %cos0, %tanh0, %sin0 axis = 0 : (tensor<432xf32>, tensor<432xf32>, tensor<432xf32>, tensor<432xf32>) -> tensor<1728xf32>
  %w = ingot.reshape %f1 sizes [72, 24] : (tensor<1728xf32>) -> tensor<72x24xf32>
  %c0 = arith.constant 0 : index
  %n = tensor.dim %h, %c0 : tensor<?x24xf32>
  %one = arith.constant dense<1.0> : tensor<f32>
  %ones = ingot.broadcast %one dimensions = [] sizes [%n, 24] : (tensor<f32>) -> tensor<?x24xf32>
  %p = ingot.contract %h, %w batch [] x [] contracting [1] x [1] : (tensor<?x24xf32>, tensor<72x24xf32>) -> tensor<?x72xf32>
  %px = ingot.slice %p [0, 0] [%n, 24] [1, 1] : (tensor<?x72xf32>) -> tensor<?x24xf32>
  %xx = ingot.slice %x [0, 0] [%n, 24] [1, 1] : (tensor<?x72xf32>) -> tensor<?x24xf32>
  %zs = ingot.add %px, %xx : tensor<?x24xf32>
  %z = ingot.sigmoid %zs : tensor<?x24xf32>
  %pr = ingot.slice %p [0, 24] [%n, 24] [1, 1] : (tensor<?x72xf32>) -> tensor<?x24xf32>
  %xr = ingot.slice %x [0, 24] [%n, 24] [1, 1] : (tensor<?x72xf32>) -> tensor<?x24xf32>
  %rs = ingot.add %pr, %xr : tensor<?x24xf32>
  %r = ingot.sigmoid %rs : tensor<?x24xf32>
  %ph = ingot.slice %p [0, 48] [%n, 24] [1, 1] : (tensor<?x72xf32>) -> tensor<?x24xf32>
  %xh = ingot.slice %x [0, 48] [%n, 24] [1, 1] : (tensor<?x72xf32>) -> tensor<?x24xf32>
  %bias = ingot.broadcast %b dimensions = [1] sizes [%n, 24] : (tensor<24xf32>) -> tensor<?x24xf32>
  %pb = ingot.add %ph, %bias : tensor<?x24xf32>
  %rp = ingot.mul %r, %pb : tensor<?x24xf32>
  %cs = ingot.add %rp, %xh : tensor<?x24xf32>
  %c = ingot.tanh %cs : tensor<?x24xf32>
  %nz = ingot.sub %ones, %z : tensor<?x24xf32>
  %zc = ingot.mul %nz, %c : tensor<?x24xf32>
  %zh = ingot.mul %z, %h : tensor<?x24xf32>
  %y = ingot.add %zc, %zh : tensor<?x24xf32>
  return %y, %z : tensor<?x24xf32>, tensor<?x24xf32>
}

// -----

// A part goes elsewhere too: the products are stored for it.
// SIZES: s=1,9
func.func @gated_unit(%x: tensor<?x24xf32>) -> (tensor<?x40xf32>, tensor<40xf32>) {
  %index = ingot.iota dimension = 0 sizes [480] : tensor<480xf32>
  %f0 = ingot.sin %index : tensor<480xf32>
  %cos0 = ingot.cos %f0 : tensor<480xf32>
  %tanh0 = ingot.tanh %f0 : tensor<480xf32>
  %sin0 = ingot.sin %f0 : tensor<480xf32>
  %f1 = ingot.concat %f0, %cos0, %tanh0, %sin0 axis = 0 : (tensor<480xf32>, tensor<480xf32>, tensor<480xf32>, tensor<480xf32>) -> tensor<1920xf32>
  %w = ingot.reshape %f1 sizes [80, 24] : (tensor<1920xf32>) -> tensor<80x24xf32>
  %c0 = arith.constant 0 : index
  %n = tensor.dim %x, %c0 : tensor<?x24xf32>
  %p = ingot.contract %x, %w batch [] x [] contracting [1] x [1] : (tensor<?x24xf32>, tensor<80x24xf32>) -> tensor<?x80xf32>
  %a = ingot.slice %p [0, 0] [%n, 40] [1, 1] : (tensor<?x80xf32>) -> tensor<?x40xf32>
  %b = ingot.slice %p [0, 40] [%n, 40] [1, 1] : (tensor<?x80xf32>) -> tensor<?x40xf32>
  %s = ingot.sigmoid %b : tensor<?x40xf32>
  %y = ingot.mul %a, %s : tensor<?x40xf32>
  %sum = ingot.reduce max %a dimensions = [0] : (tensor<?x40xf32>) -> tensor<40xf32>
  return %y, %sum : tensor<?x40xf32>, tensor<40xf32>
}

// -----

// A state that a loop over time carries, with steps written to their place.
// SIZES: s=1,2,9
func.func @gated_loop(%x: tensor<5x?x64xf32>, %start: tensor<?x32xf32>) -> (tensor<?x32xf32>, tensor<5x?x32xf32>) {
  %index = ingot.iota dimension = 0 sizes [512] : tensor<512xf32>
  %f0 = ingot.sin %index : tensor<512xf32>
  %cos0 = ingot.cos %f0 : tensor<512xf32>
  %tanh0 = ingot.tanh %f0 : tensor<512xf32>
  %sin0 = ingot.sin %f0 : tensor<512xf32>
  %f1 = ingot.concat %f0, %cos0, %tanh0, %sin0 axis = 0 : (tensor<512xf32>, tensor<512xf32>, tensor<512xf32>, tensor<512xf32>) -> tensor<2048xf32>
  %w = ingot.reshape %f1 sizes [64, 32] : (tensor<2048xf32>) -> tensor<64x32xf32>
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c5 = arith.constant 5 : index
  %n = tensor.dim %start, %c0 : tensor<?x32xf32>
  %zero = arith.constant dense<0.0> : tensor<f32>
  %y0 = ingot.broadcast %zero dimensions = [] sizes [5, %n, 32] : (tensor<f32>) -> tensor<5x?x32xf32>
  %r:2 = scf.for %t = %c0 to %c5 step %c1 iter_args(%h = %start, %y = %y0) -> (tensor<?x32xf32>, tensor<5x?x32xf32>) {
    %m = tensor.dim %h, %c0 : tensor<?x32xf32>
    %now = ingot.slice %x [%t, 0, 0] [1, %n, 64] [1, 1, 1] : (tensor<5x?x64xf32>) -> tensor<1x?x64xf32>
    %xt = ingot.reshape %now sizes [%n, 64] : (tensor<1x?x64xf32>) -> tensor<?x64xf32>
    %p = ingot.contract %h, %w batch [] x [] contracting [1] x [1] : (tensor<?x32xf32>, tensor<64x32xf32>) -> tensor<?x64xf32>
    %all = ingot.add %p, %xt : tensor<?x64xf32>
    %a = ingot.slice %all [0, 0] [%m, 32] [1, 1] : (tensor<?x64xf32>) -> tensor<?x32xf32>
    %b = ingot.slice %all [0, 32] [%m, 32] [1, 1] : (tensor<?x64xf32>) -> tensor<?x32xf32>
    %s = ingot.sigmoid %a : tensor<?x32xf32>
    %g = ingot.tanh %b : tensor<?x32xf32>
    %next = ingot.mul %s, %g : tensor<?x32xf32>
    %row = ingot.reshape %next sizes [1, %n, 32] : (tensor<?x32xf32>) -> tensor<1x?x32xf32>
    %z = ingot.update_slice %row into %y [%t, 0, 0] : (tensor<5x?x32xf32>, tensor<1x?x32xf32>, index) -> tensor<5x?x32xf32>
    scf.yield %next, %z : tensor<?x32xf32>, tensor<5x?x32xf32>
  }
  return %r#0, %r#1 : tensor<?x32xf32>, tensor<5x?x32xf32>
}

// -----

// The same matrices in all iterations, both ways round, that are made at run time; rows of the result from the last to the first.
// SIZES: s=0,1,3,8,9,19
func.func @same_matrices(%h: tensor<?x96xf32>, %w: tensor<64x96xf32>, %v: tensor<64x96xf32>) -> (tensor<?x96xf32>, tensor<5x?x96xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %c5 = arith.constant 5 : index
  %n = tensor.dim %h, %c0 : tensor<?x96xf32>
  %small = arith.constant dense<0.05> : tensor<64x96xf32>
  %ws = ingot.mul %w, %small : tensor<64x96xf32>
  %vs = ingot.mul %v, %small : tensor<64x96xf32>
  %zero = arith.constant dense<0.0> : tensor<f32>
  %all = ingot.broadcast %zero dimensions = [] sizes [5, %n, 96] : (tensor<f32>) -> tensor<5x?x96xf32>
  %r:2 = scf.for %i = %c0 to %c5 step %c1 iter_args(%a = %h, %rows = %all) -> (tensor<?x96xf32>, tensor<5x?x96xf32>) {
    %p = ingot.contract %a, %ws batch [] x [] contracting [1] x [1] : (tensor<?x96xf32>, tensor<64x96xf32>) -> tensor<?x64xf32>
    %t = ingot.tanh %p : tensor<?x64xf32>
    %q = ingot.contract %t, %vs batch [] x [] contracting [1] x [0] : (tensor<?x64xf32>, tensor<64x96xf32>) -> tensor<?x96xf32>
    %b = ingot.tanh %q : tensor<?x96xf32>
    %row = arith.subi %c4, %i : index
    %line = ingot.reshape %b sizes [1, %n, 96] : (tensor<?x96xf32>) -> tensor<1x?x96xf32>
    %next = ingot.update_slice %line into %rows [%row, 0, 0] : (tensor<5x?x96xf32>, tensor<1x?x96xf32>, index) -> tensor<5x?x96xf32>
    scf.yield %b, %next : tensor<?x96xf32>, tensor<5x?x96xf32>
  }
  return %r#0, %r#1 : tensor<?x96xf32>, tensor<5x?x96xf32>
}
