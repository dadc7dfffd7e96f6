// SIZES: s=0,1,17
func.func @transpose_201_f32(%x: tensor<?x3x4xf32>) -> tensor<4x?x3xf32> {
  %r = ingot.transpose %x permutation = [2, 0, 1] : (tensor<?x3x4xf32>) -> tensor<4x?x3xf32>
  return %r : tensor<4x?x3xf32>
}

// -----

// SIZES: s=0,1,17
func.func @transpose_201_i8(%x: tensor<?x3x4xi8>) -> tensor<4x?x3xi8> {
  %r = ingot.transpose %x permutation = [2, 0, 1] : (tensor<?x3x4xi8>) -> tensor<4x?x3xi8>
  return %r : tensor<4x?x3xi8>
}

// -----

// SIZES: s=0,1,17
func.func @transpose_201_i64(%x: tensor<?x3x4xi64>) -> tensor<4x?x3xi64> {
  %r = ingot.transpose %x permutation = [2, 0, 1] : (tensor<?x3x4xi64>) -> tensor<4x?x3xi64>
  return %r : tensor<4x?x3xi64>
}

// -----

// SIZES: s=0,1,17
func.func @transpose_201_f16(%x: tensor<?x3x4xf16>) -> tensor<4x?x3xf16> {
  %r = ingot.transpose %x permutation = [2, 0, 1] : (tensor<?x3x4xf16>) -> tensor<4x?x3xf16>
  return %r : tensor<4x?x3xf16>
}

// -----

// SIZES: s=0,1,17
func.func @transpose_201_i1(%x: tensor<?x3x4xi1>) -> tensor<4x?x3xi1> {
  %r = ingot.transpose %x permutation = [2, 0, 1] : (tensor<?x3x4xi1>) -> tensor<4x?x3xi1>
  return %r : tensor<4x?x3xi1>
}

// -----

// SIZES: s=1,16,33,129
func.func @transpose_large(%x: tensor<?x37xf32>) -> tensor<37x?xf32> {
  %r = ingot.transpose %x permutation = [1, 0] : (tensor<?x37xf32>) -> tensor<37x?xf32>
  return %r : tensor<37x?xf32>
}

// -----

// SIZES: s=1,9
func.func @transpose_heads(%x: tensor<1x?x4x8xf32>) -> tensor<1x4x?x8xf32> {
  %r = ingot.transpose %x permutation = [0, 2, 1, 3] : (tensor<1x?x4x8xf32>) -> tensor<1x4x?x8xf32>
  return %r : tensor<1x4x?x8xf32>
}

// -----

// SIZES: s=0,1,9
func.func @reshape_split(%x: tensor<?x12xf32>) -> tensor<?x3x4xf32> {
  %c0 = arith.constant 0 : index
  %x0 = tensor.dim %x, %c0 : tensor<?x12xf32>
  %r = ingot.reshape %x sizes [%x0, 3, 4] : (tensor<?x12xf32>) -> tensor<?x3x4xf32>
  return %r : tensor<?x3x4xf32>
}

// -----

// SIZES: s=1,9
func.func @reshape_regroup(%x: tensor<?x12xf32>) -> tensor<6x?xf32> {
  %c0 = arith.constant 0 : index
  %x0 = tensor.dim %x, %c0 : tensor<?x12xf32>
  %c2 = arith.constant 2 : index
  %n = arith.muli %x0, %c2 : index
  %r = ingot.reshape %x sizes [6, %n] : (tensor<?x12xf32>) -> tensor<6x?xf32>
  return %r : tensor<6x?xf32>
}

// -----

// SIZES: s=0,1,9
func.func @broadcast_row(%b: tensor<5xf32>, %x: tensor<?x5xf32>) -> tensor<?x5xf32> {
  %c0 = arith.constant 0 : index
  %x0 = tensor.dim %x, %c0 : tensor<?x5xf32>
  %r = ingot.broadcast %b dimensions = [1] sizes [%x0, 5] : (tensor<5xf32>) -> tensor<?x5xf32>
  return %r : tensor<?x5xf32>
}

// -----

// SIZES: s=1,9
func.func @broadcast_column(%b: tensor<?x1xf32>) -> tensor<?x6xf32> {
  %c0 = arith.constant 0 : index
  %b0 = tensor.dim %b, %c0 : tensor<?x1xf32>
  %r = ingot.broadcast %b dimensions = [0, 1] sizes [%b0, 6] : (tensor<?x1xf32>) -> tensor<?x6xf32>
  return %r : tensor<?x6xf32>
}

// -----

// DIMS: t s
// SIZES: s=9 t=1,9
// SIZES: s=1 t=1
func.func @broadcast_maybe_one(%b: tensor<?xf32>, %x: tensor<?xf32>) -> tensor<4x?xf32> {
  %c0 = arith.constant 0 : index
  %x0 = tensor.dim %x, %c0 : tensor<?xf32>
  %r = ingot.broadcast %b dimensions = [1] sizes [4, %x0] {maybe_one = array<i64: 0>} : (tensor<?xf32>) -> tensor<4x?xf32>
  return %r : tensor<4x?xf32>
}

// -----

func.func @slice_static(%x: tensor<7x9xf32>) -> tensor<5x6xf32> {
  %r = ingot.slice %x [1, 2] [5, 6] [1, 1] : (tensor<7x9xf32>) -> tensor<5x6xf32>
  return %r : tensor<5x6xf32>
}

// -----

// SIZES: s=0,1,9
func.func @slice_steps(%x: tensor<?x9xf32>) -> tensor<?x3xf32> {
  %c0 = arith.constant 0 : index
  %x0 = tensor.dim %x, %c0 : tensor<?x9xf32>
  %r = ingot.slice %x [0, 8] [%x0, 3] [1, -4] : (tensor<?x9xf32>) -> tensor<?x3xf32>
  return %r : tensor<?x3xf32>
}

// -----

// INPUT 1: 0 5
func.func @slice_run_time(%x: tensor<9xf32>, %o: tensor<i64>) -> tensor<4xf32> {
  %v = tensor.extract %o[] : tensor<i64>
  %i = arith.index_cast %v : i64 to index
  %r = ingot.slice %x [%i] [4] [1] : (tensor<9xf32>) -> tensor<4xf32>
  return %r : tensor<4xf32>
}

// -----

// SIZES: s=1,9
func.func @update_slice(%x: tensor<?x6xf32>, %u: tensor<?x2xf32>) -> tensor<?x6xf32> {
  %r = ingot.update_slice %u into %x[0, 3] : (tensor<?x6xf32>, tensor<?x2xf32>) -> tensor<?x6xf32>
  return %r : tensor<?x6xf32>
}

// -----

// SIZES: s=0,1,9
func.func @concat_inner(%x: tensor<?x3xf32>, %y: tensor<?x5xf32>) -> tensor<?x8xf32> {
  %r = ingot.concat %x, %y axis = 1 : (tensor<?x3xf32>, tensor<?x5xf32>) -> tensor<?x8xf32>
  return %r : tensor<?x8xf32>
}

// -----

// DIMS: s t
// SIZES: s=0,1,9 t=1,4
func.func @concat_outer(%x: tensor<?x3xf32>, %y: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %r = ingot.concat %x, %y axis = 0 : (tensor<?x3xf32>, tensor<?x3xf32>) -> tensor<?x3xf32>
  return %r : tensor<?x3xf32>
}

// -----

// SIZES: s=1,9
func.func @concat_of_computed(%x: tensor<?x3xf32>) -> tensor<?x9xf32> {
  %a = ingot.exp %x : tensor<?x3xf32>
  %b = ingot.neg %x : tensor<?x3xf32>
  %r = ingot.concat %a, %b, %x axis = 1 : (tensor<?x3xf32>, tensor<?x3xf32>, tensor<?x3xf32>) -> tensor<?x9xf32>
  return %r : tensor<?x9xf32>
}

// -----

// SIZES: s=2,9
func.func @pad_constant(%x: tensor<?x6xf32>) -> tensor<?x11xf32> {
  %v = ingot.constant dense<0.5> : tensor<f32>
  %c0 = arith.constant 0 : index
  %x0 = tensor.dim %x, %c0 : tensor<?x6xf32>
  %r = ingot.pad %x, %v low [1, 2] high [0, 3] : (tensor<?x6xf32>, tensor<f32>) -> tensor<?x11xf32>
  return %r : tensor<?x11xf32>
}

// -----

// SIZES: s=2,9
func.func @pad_reflect(%x: tensor<?x6xf32>) -> tensor<?x11xf32> {
  %v = ingot.constant dense<0.5> : tensor<f32>
  %c0 = arith.constant 0 : index
  %x0 = tensor.dim %x, %c0 : tensor<?x6xf32>
  %r = ingot.pad %x, %v low [1, 2] high [0, 3] {mode = #ingot<pad_mode reflect>} : (tensor<?x6xf32>, tensor<f32>) -> tensor<?x11xf32>
  return %r : tensor<?x11xf32>
}

// -----

// SIZES: s=2,9
func.func @pad_edge(%x: tensor<?x6xf32>) -> tensor<?x11xf32> {
  %v = ingot.constant dense<0.5> : tensor<f32>
  %c0 = arith.constant 0 : index
  %x0 = tensor.dim %x, %c0 : tensor<?x6xf32>
  %r = ingot.pad %x, %v low [1, 2] high [0, 3] {mode = #ingot<pad_mode edge>} : (tensor<?x6xf32>, tensor<f32>) -> tensor<?x11xf32>
  return %r : tensor<?x11xf32>
}

// -----

// SIZES: s=2,9
func.func @pad_wrap(%x: tensor<?x6xf32>) -> tensor<?x11xf32> {
  %v = ingot.constant dense<0.5> : tensor<f32>
  %c0 = arith.constant 0 : index
  %x0 = tensor.dim %x, %c0 : tensor<?x6xf32>
  %r = ingot.pad %x, %v low [1, 2] high [0, 3] {mode = #ingot<pad_mode wrap>} : (tensor<?x6xf32>, tensor<f32>) -> tensor<?x11xf32>
  return %r : tensor<?x11xf32>
}

// -----

// SIZES: s=0,2,9
func.func @pad_negative(%x: tensor<?x6xi32>) -> tensor<?x3xi32> {
  %v = ingot.constant dense<7> : tensor<i32>
  %r = ingot.pad %x, %v low [0, -1] high [2, -2] : (tensor<?x6xi32>, tensor<i32>) -> tensor<?x3xi32>
  return %r : tensor<?x3xi32>
}

// -----

// SIZES: s=0,1,9
func.func @reverse(%x: tensor<?x7xf32>) -> tensor<?x7xf32> {
  %r = ingot.reverse %x dimensions = [1, 0] : tensor<?x7xf32>
  return %r : tensor<?x7xf32>
}

// -----

// SIZES: s=0,1,9
func.func @iota(%x: tensor<?xf32>) -> tensor<?x5xi64> {
  %c0 = arith.constant 0 : index
  %x0 = tensor.dim %x, %c0 : tensor<?xf32>
  %r = ingot.iota dimension = 1 sizes [%x0, 5] : tensor<?x5xi64>
  return %r : tensor<?x5xi64>
}

// -----

// SIZES: s=0,9
func.func @identity(%x: tensor<?x7xf32>) -> tensor<?x7xf32> {
  return %x : tensor<?x7xf32>
}

// -----

func.func @constant(%x: tensor<2xf32>) -> tensor<2x3xf32> {
  %r = ingot.constant dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf32>
  return %r : tensor<2x3xf32>
}

// -----

func.func @rank_0(%x: tensor<f32>) -> tensor<f32> {
  %r = ingot.exp %x : tensor<f32>
  return %r : tensor<f32>
}

// -----

// Dimensions that do not lie one after another in memory are merged.
func.func @flattened_slice(%x: tensor<4x64xf32>) -> tensor<128xf32> {
  %s = ingot.slice %x [0, 16] [4, 32] [1, 1] : (tensor<4x64xf32>) -> tensor<4x32xf32>
  %f = ingot.reshape %s sizes [128] : (tensor<4x32xf32>) -> tensor<128xf32>
  %r = ingot.exp %f : tensor<128xf32>
  return %r : tensor<128xf32>
}

// -----

// SIZES: h=1,5 w=0,1,16,23,40
// DIMS: h w h w
func.func @planes_interleaved(%x: tensor<2x3x?x?xf32>, %y: tensor<2x3x?x?xf32>) -> tensor<2x?x?x3xf32> {
  %a = ingot.mul %x, %y : tensor<2x3x?x?xf32>
  %r = ingot.transpose %a permutation = [0, 2, 3, 1] : (tensor<2x3x?x?xf32>) -> tensor<2x?x?x3xf32>
  return %r : tensor<2x?x?x3xf32>
}

// -----

func.func @planes_interleaved_padded(%x: tensor<1x3x9x37xf32>, %v: tensor<f32>) -> tensor<1x11x39x3xf32> {
  %z = ingot.constant dense<0.5> : tensor<f32>
  %r = ingot.transpose %x permutation = [0, 2, 3, 1] : (tensor<1x3x9x37xf32>) -> tensor<1x9x37x3xf32>
  %p = ingot.pad %r, %z low [0, 1, 1, 0] high [0, 1, 1, 0] : (tensor<1x9x37x3xf32>, tensor<f32>) -> tensor<1x11x39x3xf32>
  return %p : tensor<1x11x39x3xf32>
}

// -----

// SIZES: m=0,1,16,33 n=1,15,16,50
// DIMS: m n n
func.func @squares_turned(%x: tensor<?x?xf32>, %y: tensor<?xf32>) -> tensor<?x?xf32> {
  %r = ingot.transpose %x permutation = [1, 0] : (tensor<?x?xf32>) -> tensor<?x?xf32>
  %c0 = arith.constant 0 : index
  %m = tensor.dim %x, %c0 : tensor<?x?xf32>
  %c1 = arith.constant 1 : index
  %n = tensor.dim %x, %c1 : tensor<?x?xf32>
  %b = ingot.broadcast %y dimensions = [0] sizes [%n, %m] : (tensor<?xf32>) -> tensor<?x?xf32>
  %s = ingot.add %r, %b : tensor<?x?xf32>
  return %s : tensor<?x?xf32>
}

// -----

func.func @squares_turned_i32(%x: tensor<3x40x20xi32>) -> tensor<3x20x40xi32> {
  %r = ingot.transpose %x permutation = [0, 2, 1] : (tensor<3x40x20xi32>) -> tensor<3x20x40xi32>
  return %r : tensor<3x20x40xi32>
}

// -----

// A part of the middle dimension goes, and what lies on both sides of it becomes one dimension: not a matter of strides.
// SIZES: n=1,7
func.func @joined_around_a_slice(%x: tensor<?x4x48xf32>) -> (tensor<16x?x4xf32>, tensor<?x64xf32>) {
  %c0 = arith.constant 0 : index
  %n = tensor.dim %x, %c0 : tensor<?x4x48xf32>
  %a = ingot.reshape %x sizes [%n, 4, 3, 16] : (tensor<?x4x48xf32>) -> tensor<?x4x3x16xf32>
  %b = ingot.slice %a [0, 0, 1, 0] [%n, 4, 1, 16] [1, 1, 1, 1] : (tensor<?x4x3x16xf32>) -> tensor<?x4x1x16xf32>
  %c = ingot.reshape %b sizes [%n, 16, 4] : (tensor<?x4x1x16xf32>) -> tensor<?x16x4xf32>
  %d = ingot.transpose %c permutation = [1, 0, 2] : (tensor<?x16x4xf32>) -> tensor<16x?x4xf32>
  %e = ingot.reshape %b sizes [%n, 64] : (tensor<?x4x1x16xf32>) -> tensor<?x64xf32>
  %f = ingot.tanh %e : tensor<?x64xf32>
  return %d, %f : tensor<16x?x4xf32>, tensor<?x64xf32>
}

// -----

// The same in two steps: first the dimension of one element goes.
// SIZES: n=1,7
func.func @joined_after_a_slice(%x: tensor<?x4x48xf32>) -> tensor<?x64xf32> {
  %c0 = arith.constant 0 : index
  %n = tensor.dim %x, %c0 : tensor<?x4x48xf32>
  %a = ingot.reshape %x sizes [%n, 4, 3, 16] : (tensor<?x4x48xf32>) -> tensor<?x4x3x16xf32>
  %b = ingot.slice %a [0, 0, 2, 0] [%n, 4, 1, 16] [1, 1, 1, 1] : (tensor<?x4x3x16xf32>) -> tensor<?x4x1x16xf32>
  %c = ingot.reshape %b sizes [%n, 4, 16] : (tensor<?x4x1x16xf32>) -> tensor<?x4x16xf32>
  %d = ingot.reshape %c sizes [%n, 64] : (tensor<?x4x16xf32>) -> tensor<?x64xf32>
  %e = ingot.tanh %d : tensor<?x64xf32>
  return %e : tensor<?x64xf32>
}
