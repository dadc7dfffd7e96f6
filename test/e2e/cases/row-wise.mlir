// SIZES: s=0,1,9
func.func @softmax_f32(%x: tensor<?x19xf32>) -> tensor<?x19xf32> {
  %r = ingot.softmax %x axis = 1 : tensor<?x19xf32>
  return %r : tensor<?x19xf32>
}

// -----

// SIZES: s=0,1,9
func.func @log_softmax_f32(%x: tensor<?x19xf32>) -> tensor<?x19xf32> {
  %r = ingot.log_softmax %x axis = 1 : tensor<?x19xf32>
  return %r : tensor<?x19xf32>
}

// -----

// SIZES: s=0,1,9
func.func @normalize_f32(%x: tensor<?x19xf32>) -> tensor<?x19xf32> {
  %r = ingot.normalize %x dimensions = [1] epsilon = 1.000000e-05 : tensor<?x19xf32>
  return %r : tensor<?x19xf32>
}

// -----

// SIZES: s=0,1,9
func.func @softmax_f64(%x: tensor<?x19xf64>) -> tensor<?x19xf64> {
  %r = ingot.softmax %x axis = 1 : tensor<?x19xf64>
  return %r : tensor<?x19xf64>
}

// -----

// SIZES: s=0,1,9
func.func @log_softmax_f64(%x: tensor<?x19xf64>) -> tensor<?x19xf64> {
  %r = ingot.log_softmax %x axis = 1 : tensor<?x19xf64>
  return %r : tensor<?x19xf64>
}

// -----

// SIZES: s=0,1,9
func.func @normalize_f64(%x: tensor<?x19xf64>) -> tensor<?x19xf64> {
  %r = ingot.normalize %x dimensions = [1] epsilon = 1.000000e-05 : tensor<?x19xf64>
  return %r : tensor<?x19xf64>
}

// -----

// SIZES: s=0,1,9
func.func @softmax_f16(%x: tensor<?x19xf16>) -> tensor<?x19xf16> {
  %r = ingot.softmax %x axis = 1 : tensor<?x19xf16>
  return %r : tensor<?x19xf16>
}

// -----

// SIZES: s=0,1,9
func.func @log_softmax_f16(%x: tensor<?x19xf16>) -> tensor<?x19xf16> {
  %r = ingot.log_softmax %x axis = 1 : tensor<?x19xf16>
  return %r : tensor<?x19xf16>
}

// -----

// SIZES: s=0,1,9
func.func @normalize_f16(%x: tensor<?x19xf16>) -> tensor<?x19xf16> {
  %r = ingot.normalize %x dimensions = [1] epsilon = 1.000000e-05 : tensor<?x19xf16>
  return %r : tensor<?x19xf16>
}

// -----

// SIZES: s=0,1,9
func.func @softmax_bf16(%x: tensor<?x19xbf16>) -> tensor<?x19xbf16> {
  %r = ingot.softmax %x axis = 1 : tensor<?x19xbf16>
  return %r : tensor<?x19xbf16>
}

// -----

// SIZES: s=0,1,9
func.func @log_softmax_bf16(%x: tensor<?x19xbf16>) -> tensor<?x19xbf16> {
  %r = ingot.log_softmax %x axis = 1 : tensor<?x19xbf16>
  return %r : tensor<?x19xbf16>
}

// -----

// SIZES: s=0,1,9
func.func @normalize_bf16(%x: tensor<?x19xbf16>) -> tensor<?x19xbf16> {
  %r = ingot.normalize %x dimensions = [1] epsilon = 1.000000e-05 : tensor<?x19xbf16>
  return %r : tensor<?x19xbf16>
}

// -----

// SIZES: s=0,1,7,16,33,1000
func.func @softmax_dynamic_row(%x: tensor<3x?xf32>) -> tensor<3x?xf32> {
  %r = ingot.softmax %x axis = 1 : tensor<3x?xf32>
  return %r : tensor<3x?xf32>
}

// -----

// SIZES: s=1,7
func.func @softmax_middle(%x: tensor<?x5x4xf32>) -> tensor<?x5x4xf32> {
  %r = ingot.softmax %x axis = 1 : tensor<?x5x4xf32>
  return %r : tensor<?x5x4xf32>
}

// -----

// SIZES: s=60
// INPUT 0: special
func.func @softmax_special(%x: tensor<?x6xf32>) -> tensor<?x6xf32> {
  %r = ingot.softmax %x axis = 1 : tensor<?x6xf32>
  return %r : tensor<?x6xf32>
}

// -----

// SIZES: s=0,1,7,16,33,1000
func.func @log_softmax_dynamic_row(%x: tensor<3x?xf32>) -> tensor<3x?xf32> {
  %r = ingot.log_softmax %x axis = 1 : tensor<3x?xf32>
  return %r : tensor<3x?xf32>
}

// -----

// SIZES: s=1,7
func.func @log_softmax_middle(%x: tensor<?x5x4xf32>) -> tensor<?x5x4xf32> {
  %r = ingot.log_softmax %x axis = 1 : tensor<?x5x4xf32>
  return %r : tensor<?x5x4xf32>
}

// -----

// SIZES: s=60
// INPUT 0: special
func.func @log_softmax_special(%x: tensor<?x6xf32>) -> tensor<?x6xf32> {
  %r = ingot.log_softmax %x axis = 1 : tensor<?x6xf32>
  return %r : tensor<?x6xf32>
}

// -----

// SIZES: s=1,9
func.func @rms_normalize(%x: tensor<?x64xf32>) -> tensor<?x64xf32> {
  %r = ingot.normalize %x dimensions = [1] epsilon = 1.000000e-05 {rms} : tensor<?x64xf32>
  return %r : tensor<?x64xf32>
}

// -----

// SIZES: s=1,9
func.func @normalize_two_dimensions(%x: tensor<2x?x4x6xf32>) -> tensor<2x?x4x6xf32> {
  %r = ingot.normalize %x dimensions = [2, 3] epsilon = 1.000000e-03 : tensor<2x?x4x6xf32>
  return %r : tensor<2x?x4x6xf32>
}

// -----

// SIZES: s=0,1,9,130
func.func @layer_norm_affine(%x: tensor<?x48xf32>) -> tensor<?x48xf32> {
  %c0 = arith.constant 0 : index
  %x0 = tensor.dim %x, %c0 : tensor<?x48xf32>
  %g = ingot.constant dense<1.5> : tensor<48xf32>
  %b = ingot.constant dense<-0.25> : tensor<48xf32>
  %n = ingot.normalize %x dimensions = [1] epsilon = 1.000000e-05 : tensor<?x48xf32>
  %gb = ingot.broadcast %g dimensions = [1] sizes [%x0, 48] : (tensor<48xf32>) -> tensor<?x48xf32>
  %bb = ingot.broadcast %b dimensions = [1] sizes [%x0, 48] : (tensor<48xf32>) -> tensor<?x48xf32>
  %m = ingot.mul %n, %gb : tensor<?x48xf32>
  %r = ingot.add %m, %bb : tensor<?x48xf32>
  return %r : tensor<?x48xf32>
}

// -----

// SIZES: s=0,1,9,100
func.func @softmax_spelled_out(%x: tensor<?x40xf32>) -> tensor<?x40xf32> {
  %c0 = arith.constant 0 : index
  %x0 = tensor.dim %x, %c0 : tensor<?x40xf32>
  %m = ingot.reduce max %x dimensions = [1] : (tensor<?x40xf32>) -> tensor<?xf32>
  %mb = ingot.broadcast %m dimensions = [0] sizes [%x0, 40] : (tensor<?xf32>) -> tensor<?x40xf32>
  %d = ingot.sub %x, %mb : tensor<?x40xf32>
  %e = ingot.exp %d : tensor<?x40xf32>
  %s = ingot.reduce sum %e dimensions = [1] : (tensor<?x40xf32>) -> tensor<?xf32>
  %sb = ingot.broadcast %s dimensions = [0] sizes [%x0, 40] : (tensor<?xf32>) -> tensor<?x40xf32>
  %r = ingot.div %e, %sb : tensor<?x40xf32>
  return %r : tensor<?x40xf32>
}

// -----

// SIZES: s=0,1,9,100
func.func @layer_norm_spelled_out(%x: tensor<?x40xf32>, %y: tensor<?x40xf32>) -> tensor<?x40xf32> {
  %c0 = arith.constant 0 : index
  %x0 = tensor.dim %x, %c0 : tensor<?x40xf32>
  %h = ingot.add %x, %y : tensor<?x40xf32>
  %n = ingot.constant dense<40.0> : tensor<f32>
  %nb = ingot.broadcast %n dimensions = [] sizes [%x0] : (tensor<f32>) -> tensor<?xf32>
  %s = ingot.reduce sum %h dimensions = [1] : (tensor<?x40xf32>) -> tensor<?xf32>
  %m = ingot.div %s, %nb : tensor<?xf32>
  %mb = ingot.broadcast %m dimensions = [0] sizes [%x0, 40] : (tensor<?xf32>) -> tensor<?x40xf32>
  %d = ingot.sub %h, %mb : tensor<?x40xf32>
  %q = ingot.mul %d, %d : tensor<?x40xf32>
  %v = ingot.reduce sum %q dimensions = [1] : (tensor<?x40xf32>) -> tensor<?xf32>
  %w = ingot.div %v, %nb : tensor<?xf32>
  %ec = ingot.constant dense<1.000000e-05> : tensor<f32>
  %eb = ingot.broadcast %ec dimensions = [] sizes [%x0] : (tensor<f32>) -> tensor<?xf32>
  %u = ingot.add %w, %eb : tensor<?xf32>
  %i = ingot.rsqrt %u : tensor<?xf32>
  %ib = ingot.broadcast %i dimensions = [0] sizes [%x0, 40] : (tensor<?xf32>) -> tensor<?x40xf32>
  %r = ingot.mul %d, %ib : tensor<?x40xf32>
  return %r : tensor<?x40xf32>
}

// -----

// SIZES: n=1,5,64
func.func @slice_of_equal_elements(%x: tensor<3x?x64xf32>) -> tensor<3x?x64xf32> {
  %c1 = arith.constant 1 : index
  %n = tensor.dim %x, %c1 : tensor<3x?x64xf32>
  %table = ingot.constant dense<0.25> : tensor<64x64xf32>
  %rows = ingot.slice %table[0, 0] [%n, 64] [1, 1] : (tensor<64x64xf32>) -> tensor<?x64xf32>
  %all = ingot.broadcast %rows dimensions = [1, 2] sizes [3, %n, 64] : (tensor<?x64xf32>) -> tensor<3x?x64xf32>
  %sum = ingot.add %x, %all : tensor<3x?x64xf32>
  %norm = ingot.normalize %sum dimensions = [2] epsilon = 1.000000e-05 : tensor<3x?x64xf32>
  return %norm : tensor<3x?x64xf32>
}

// -----

// `p` waits in the memory of a result while the row is summed, and is read for the other result when that has been stored.
func.func @kept_for_the_second_result(%x: tensor<5x33xf32>, %w: tensor<5x33xf32>, %c: tensor<5x33xf32>)
    -> (tensor<5x33xf32>, tensor<5x33xf32>, tensor<5x33xf32>) {
  %s = ingot.reduce sum %x dimensions = [1] : (tensor<5x33xf32>) -> tensor<5xf32>
  %sb = ingot.broadcast %s dimensions = [0] sizes [5, 33] : (tensor<5xf32>) -> tensor<5x33xf32>
  %p = ingot.mul %w, %c : tensor<5x33xf32>
  %d = ingot.sub %x, %sb : tensor<5x33xf32>
  %m = ingot.add %d, %w : tensor<5x33xf32>
  %v = ingot.mul %d, %d : tensor<5x33xf32>
  %r = ingot.sub %p, %m : tensor<5x33xf32>
  return %m, %v, %r : tensor<5x33xf32>, tensor<5x33xf32>, tensor<5x33xf32>
}

// -----

// SIZES: n=1,7,100
func.func @kept_for_the_second_column(%x: tensor<?x8xf64>, %w: tensor<?x8xf64>, %c: tensor<?x8xf64>) -> (tensor<?x8xf64>, tensor<?x8xf64>) {
  %c0 = arith.constant 0 : index
  %n = tensor.dim %x, %c0 : tensor<?x8xf64>
  %s = ingot.reduce sum %x dimensions = [0] : (tensor<?x8xf64>) -> tensor<8xf64>
  %sb = ingot.broadcast %s dimensions = [1] sizes [%n, 8] : (tensor<8xf64>) -> tensor<?x8xf64>
  %p = ingot.mul %w, %c : tensor<?x8xf64>
  %d = ingot.sub %x, %sb : tensor<?x8xf64>
  %r = ingot.sub %p, %d : tensor<?x8xf64>
  return %d, %r : tensor<?x8xf64>, tensor<?x8xf64>
}

// -----

// Exponentials wait in the memory of another result until the sum of the last stage has read them.
// SIZES: s=0,1,9
func.func @exponentials_wait_where_a_result_goes(%t: tensor<?x19xf32>, %x: tensor<?x19xf32>) -> (tensor<?x19xf32>, tensor<?xf32>) {
  %l = ingot.log_softmax %x axis = 1 : tensor<?x19xf32>
  %p = ingot.softmax %t axis = 1 : tensor<?x19xf32>
  %q = ingot.mul %p, %l : tensor<?x19xf32>
  %s = ingot.reduce sum %q dimensions = [1] : (tensor<?x19xf32>) -> tensor<?xf32>
  return %l, %s : tensor<?x19xf32>, tensor<?xf32>
}

// -----

// Sums over domains of different sizes are no kernel, though one op reads both.
// SIZES: n=1,5,32,100
func.func @sums_of_other_sizes(%x: tensor<?xf32>, %w: tensor<8xf32>) -> (tensor<f32>, tensor<8xf32>) {
  %s = ingot.reduce sum %x dimensions = [0] : (tensor<?xf32>) -> tensor<f32>
  %q = ingot.mul %w, %w : tensor<8xf32>
  %t = ingot.reduce sum %q dimensions = [0] : (tensor<8xf32>) -> tensor<f32>
  %tb = ingot.broadcast %t dimensions = [] sizes [8] : (tensor<f32>) -> tensor<8xf32>
  %sb = ingot.broadcast %s dimensions = [] sizes [8] : (tensor<f32>) -> tensor<8xf32>
  %d = ingot.div %w, %tb : tensor<8xf32>
  %r = ingot.add %d, %sb : tensor<8xf32>
  return %s, %r : tensor<f32>, tensor<8xf32>
}
