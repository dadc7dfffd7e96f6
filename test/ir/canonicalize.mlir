// RUN: ingot-opt %s --split-input-file --canonicalize | FileCheck %s

// CHECK-LABEL: func.func @reshape_of_reshape
// CHECK-SAME: (%[[X:.*]]: tensor<2x6xf32>)
// CHECK-NEXT: %[[R:.*]] = ingot.reshape %[[X]] sizes [4, 3]
// CHECK-NEXT: return %[[R]]
func.func @reshape_of_reshape(%x: tensor<2x6xf32>) -> tensor<4x3xf32> {
  %0 = ingot.reshape %x sizes [12] : (tensor<2x6xf32>) -> tensor<12xf32>
  %1 = ingot.reshape %0 sizes [4, 3] : (tensor<12xf32>) -> tensor<4x3xf32>
  return %1 : tensor<4x3xf32>
}

// -----

// CHECK-LABEL: func.func @reshape_there_and_back
// CHECK-SAME: (%[[X:.*]]: tensor<2x6xf32>)
// CHECK-NEXT: return %[[X]]
func.func @reshape_there_and_back(%x: tensor<2x6xf32>) -> tensor<2x6xf32> {
  %0 = ingot.reshape %x sizes [12] : (tensor<2x6xf32>) -> tensor<12xf32>
  %1 = ingot.reshape %0 sizes [2, 6] : (tensor<12xf32>) -> tensor<2x6xf32>
  return %1 : tensor<2x6xf32>
}

// -----

// The sizes are x's own, which the op's operands prove.
// CHECK-LABEL: func.func @reshape_to_own_sizes
// CHECK-SAME: (%[[X:.*]]: tensor<?x?x4xf32>)
// CHECK-NEXT: return %[[X]]
func.func @reshape_to_own_sizes(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %e = ingot.exp %x : tensor<?x?x4xf32>
  %n = tensor.dim %e, %c0 : tensor<?x?x4xf32>
  %m = tensor.dim %x, %c1 : tensor<?x?x4xf32>
  %0 = ingot.reshape %x sizes [%n, %m, 4] : (tensor<?x?x4xf32>) -> tensor<?x?x4xf32>
  return %0 : tensor<?x?x4xf32>
}

// -----

// Two dynamic sizes in another order are another shape.
// CHECK-LABEL: func.func @reshape_to_swapped_sizes
// CHECK: ingot.reshape
func.func @reshape_to_swapped_sizes(%x: tensor<?x?xf32>) -> tensor<?x?xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %n = tensor.dim %x, %c0 : tensor<?x?xf32>
  %m = tensor.dim %x, %c1 : tensor<?x?xf32>
  %0 = ingot.reshape %x sizes [%m, %n] : (tensor<?x?xf32>) -> tensor<?x?xf32>
  return %0 : tensor<?x?xf32>
}

// -----

// CHECK-LABEL: func.func @reshape_of_constant
// CHECK-NEXT: %[[C:.*]] = ingot.constant dense<{{\[\[1, 2\], \[3, 4\]\]}}> : tensor<2x2xi64>
// CHECK-NEXT: return %[[C]]
func.func @reshape_of_constant() -> tensor<2x2xi64> {
  %c = ingot.constant dense<[1, 2, 3, 4]> : tensor<4xi64>
  %0 = ingot.reshape %c sizes [2, 2] : (tensor<4xi64>) -> tensor<2x2xi64>
  return %0 : tensor<2x2xi64>
}

// -----

// CHECK-LABEL: func.func @reshape_constant_size
// CHECK-NEXT: %[[R:.*]] = ingot.reshape %{{.*}} sizes [4, 3] : (tensor<12xf32>) -> tensor<4x3xf32>
// CHECK-NEXT: tensor.cast %[[R]] : tensor<4x3xf32> to tensor<?x3xf32>
func.func @reshape_constant_size(%x: tensor<12xf32>) -> tensor<?x3xf32> {
  %c4 = arith.constant 4 : index
  %0 = ingot.reshape %x sizes [%c4, 3] : (tensor<12xf32>) -> tensor<?x3xf32>
  return %0 : tensor<?x3xf32>
}

// -----

// CHECK-LABEL: func.func @broadcast_to_same_sizes
// CHECK-SAME: (%[[X:.*]]: tensor<2x?xf32>
// CHECK-NEXT: return %[[X]]
func.func @broadcast_to_same_sizes(%x: tensor<2x?xf32>, %n: index) -> tensor<2x?xf32> {
  %0 = ingot.broadcast %x dimensions = [0, 1] sizes [2, %n] : (tensor<2x?xf32>) -> tensor<2x?xf32>
  return %0 : tensor<2x?xf32>
}

// -----

// CHECK-LABEL: func.func @broadcast_maybe
// CHECK: ingot.broadcast
func.func @broadcast_maybe(%x: tensor<2x?xf32>, %n: index) -> tensor<2x?xf32> {
  %0 = ingot.broadcast %x dimensions = [0, 1] sizes [2, %n] {maybe_one = array<i64: 1>} : (tensor<2x?xf32>) -> tensor<2x?xf32>
  return %0 : tensor<2x?xf32>
}

// -----

// CHECK-LABEL: func.func @broadcast_maybe_known
// CHECK-SAME: (%[[X:.*]]: tensor<2x?xf32>
// CHECK-NEXT: return %[[X]]
func.func @broadcast_maybe_known(%x: tensor<2x?xf32>) -> tensor<2x?xf32> {
  %c1 = arith.constant 1 : index
  %n = tensor.dim %x, %c1 : tensor<2x?xf32>
  %0 = ingot.broadcast %x dimensions = [0, 1] sizes [2, %n] {maybe_one = array<i64: 1>} : (tensor<2x?xf32>) -> tensor<2x?xf32>
  return %0 : tensor<2x?xf32>
}

// -----

// CHECK-LABEL: func.func @broadcast_of_reshape
// CHECK-SAME: (%[[X:.*]]: tensor<3x?xf32>
// CHECK-NEXT: ingot.broadcast %[[X]] dimensions = [1, 3] sizes [7, 3, 5, %{{.*}}] : (tensor<3x?xf32>) -> tensor<7x3x5x?xf32>
func.func @broadcast_of_reshape(%x: tensor<3x?xf32>, %n: index) -> tensor<7x3x5x?xf32> {
  %0 = ingot.reshape %x sizes [3, 1, %n] : (tensor<3x?xf32>) -> tensor<3x1x?xf32>
  %1 = ingot.broadcast %0 dimensions = [1, 2, 3] sizes [7, 3, 5, %n] : (tensor<3x1x?xf32>) -> tensor<7x3x5x?xf32>
  return %1 : tensor<7x3x5x?xf32>
}

// -----

// CHECK-LABEL: func.func @broadcast_of_broadcast
// CHECK-SAME: (%[[X:.*]]: tensor<?xf32>
// CHECK-NEXT: ingot.broadcast %[[X]] dimensions = [2] sizes [7, 3, %{{.*}}] {maybe_one = array<i64: 0>} : (tensor<?xf32>) -> tensor<7x3x?xf32>
func.func @broadcast_of_broadcast(%x: tensor<?xf32>, %n: index, %m: index) -> tensor<7x3x?xf32> {
  %0 = ingot.broadcast %x dimensions = [1] sizes [3, %n] : (tensor<?xf32>) -> tensor<3x?xf32>
  %1 = ingot.broadcast %0 dimensions = [1, 2] sizes [7, 3, %m] {maybe_one = array<i64: 1>} : (tensor<3x?xf32>) -> tensor<7x3x?xf32>
  return %1 : tensor<7x3x?xf32>
}

// -----

// CHECK-LABEL: func.func @broadcast_of_transpose
// CHECK-SAME: (%[[X:.*]]: tensor<2x3x4xf32>)
// CHECK-NEXT: ingot.broadcast %[[X]] dimensions = [2, 3, 1] sizes [5, 4, 2, 3] : (tensor<2x3x4xf32>) -> tensor<5x4x2x3xf32>
func.func @broadcast_of_transpose(%x: tensor<2x3x4xf32>) -> tensor<5x4x2x3xf32> {
  %0 = ingot.transpose %x permutation = [2, 0, 1] : (tensor<2x3x4xf32>) -> tensor<4x2x3xf32>
  %1 = ingot.broadcast %0 dimensions = [1, 2, 3] sizes [5, 4, 2, 3] : (tensor<4x2x3xf32>) -> tensor<5x4x2x3xf32>
  return %1 : tensor<5x4x2x3xf32>
}

// -----

// CHECK-LABEL: func.func @transpose_of_broadcast
// CHECK-SAME: (%[[X:.*]]: tensor<3xf32>)
// CHECK-NEXT: ingot.broadcast %[[X]] dimensions = [2] sizes [4, 2, 3] : (tensor<3xf32>) -> tensor<4x2x3xf32>
func.func @transpose_of_broadcast(%x: tensor<3xf32>) -> tensor<4x2x3xf32> {
  %0 = ingot.broadcast %x dimensions = [1] sizes [2, 3, 4] : (tensor<3xf32>) -> tensor<2x3x4xf32>
  %1 = ingot.transpose %0 permutation = [2, 0, 1] : (tensor<2x3x4xf32>) -> tensor<4x2x3xf32>
  return %1 : tensor<4x2x3xf32>
}

// -----

// CHECK-LABEL: func.func @transposes_cancel
// CHECK-SAME: (%[[X:.*]]: tensor<?x3x4xf32>)
// CHECK-NEXT: return %[[X]]
func.func @transposes_cancel(%x: tensor<?x3x4xf32>) -> tensor<?x3x4xf32> {
  %0 = ingot.transpose %x permutation = [2, 0, 1] : (tensor<?x3x4xf32>) -> tensor<4x?x3xf32>
  %1 = ingot.transpose %0 permutation = [1, 2, 0] : (tensor<4x?x3xf32>) -> tensor<?x3x4xf32>
  return %1 : tensor<?x3x4xf32>
}

// -----

// CHECK-LABEL: func.func @transposes_join
// CHECK-NEXT: ingot.transpose %{{.*}} permutation = [1, 2, 0] : (tensor<2x3x4xf32>) -> tensor<3x4x2xf32>
// CHECK-NEXT: return
func.func @transposes_join(%x: tensor<2x3x4xf32>) -> tensor<3x4x2xf32> {
  %0 = ingot.transpose %x permutation = [2, 0, 1] : (tensor<2x3x4xf32>) -> tensor<4x2x3xf32>
  %1 = ingot.transpose %0 permutation = [2, 0, 1] : (tensor<4x2x3xf32>) -> tensor<3x4x2xf32>
  return %1 : tensor<3x4x2xf32>
}

// -----

// CHECK-LABEL: func.func @slice_of_all
// CHECK-SAME: (%[[X:.*]]: tensor<4x?xf32>)
// CHECK-NEXT: return %[[X]]
func.func @slice_of_all(%x: tensor<4x?xf32>) -> tensor<4x?xf32> {
  %c1 = arith.constant 1 : index
  %n = tensor.dim %x, %c1 : tensor<4x?xf32>
  %0 = ingot.slice %x[0, 0] [4, %n] [1, 1] : (tensor<4x?xf32>) -> tensor<4x?xf32>
  return %0 : tensor<4x?xf32>
}

// -----

// x[6], x[4], x[2] and of these the last and the first.
// CHECK-LABEL: func.func @slice_of_slice
// CHECK-NEXT: ingot.slice %{{.*}}[2] [2] [4] : (tensor<8xf32>) -> tensor<2xf32>
func.func @slice_of_slice(%x: tensor<8xf32>) -> tensor<2xf32> {
  %0 = ingot.slice %x[6] [3] [-2] : (tensor<8xf32>) -> tensor<3xf32>
  %1 = ingot.slice %0[2] [2] [-2] : (tensor<3xf32>) -> tensor<2xf32>
  return %1 : tensor<2xf32>
}

// -----

// CHECK-LABEL: func.func @slice_constant_operands
// CHECK-NEXT: %[[S:.*]] = ingot.slice %{{.*}}[1] [3] [-1] : (tensor<?xf32>) -> tensor<3xf32>
func.func @slice_constant_operands(%x: tensor<?xf32>) -> tensor<?xf32> {
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %cm1 = arith.constant -1 : index
  %0 = ingot.slice %x[%c1] [%c3] [%cm1] : (tensor<?xf32>) -> tensor<?xf32>
  return %0 : tensor<?xf32>
}

// -----

// CHECK-LABEL: func.func @concat_simplifies
// CHECK-SAME: (%[[X:.*]]: tensor<2xf32>, %[[Y:.*]]: tensor<?xf32>, %{{.*}}: tensor<0xf32>)
// CHECK-NEXT: ingot.concat %[[X]], %[[Y]], %[[X]] axis = 0
func.func @concat_simplifies(%x: tensor<2xf32>, %y: tensor<?xf32>, %e: tensor<0xf32>) -> tensor<?xf32> {
  %0 = ingot.concat %x, %y axis = 0 : (tensor<2xf32>, tensor<?xf32>) -> tensor<?xf32>
  %1 = ingot.concat %0, %e, %x axis = 0 : (tensor<?xf32>, tensor<0xf32>, tensor<2xf32>) -> tensor<?xf32>
  return %1 : tensor<?xf32>
}

// -----

// CHECK-LABEL: func.func @concat_of_one
// CHECK-SAME: (%[[X:.*]]: tensor<2xf32>)
// CHECK-NEXT: return %[[X]]
func.func @concat_of_one(%x: tensor<2xf32>) -> tensor<2xf32> {
  %0 = ingot.concat %x axis = 0 : (tensor<2xf32>) -> tensor<2xf32>
  return %0 : tensor<2xf32>
}

// -----

// CHECK-LABEL: func.func @pad_by_nothing
// CHECK-SAME: (%[[X:.*]]: tensor<?xf32>
// CHECK-NEXT: return %[[X]]
func.func @pad_by_nothing(%x: tensor<?xf32>, %v: tensor<f32>) -> tensor<?xf32> {
  %0 = ingot.pad %x, %v low [0] high [0] : (tensor<?xf32>, tensor<f32>) -> tensor<?xf32>
  return %0 : tensor<?xf32>
}

// -----

// CHECK-LABEL: func.func @update_of_all
// CHECK-SAME: (%{{.*}}: tensor<4xf32>, %[[U:.*]]: tensor<4xf32>)
// CHECK-NEXT: return %[[U]]
func.func @update_of_all(%x: tensor<4xf32>, %u: tensor<4xf32>) -> tensor<4xf32> {
  %0 = ingot.update_slice %u into %x[0] : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

// CHECK-LABEL: func.func @neutral_elements
// CHECK-SAME: (%[[X:.*]]: tensor<2x?xf32>
// CHECK-NEXT: return %[[X]]
func.func @neutral_elements(%x: tensor<2x?xf32>, %n: index) -> tensor<2x?xf32> {
  %zero = ingot.constant dense<0.0> : tensor<f32>
  %one = ingot.constant dense<1.0> : tensor<1xf32>
  %z = ingot.broadcast %zero dimensions = [] sizes [2, %n] : (tensor<f32>) -> tensor<2x?xf32>
  %o = ingot.broadcast %one dimensions = [1] sizes [2, %n] : (tensor<1xf32>) -> tensor<2x?xf32>
  %0 = ingot.add %z, %x : tensor<2x?xf32>
  %1 = ingot.sub %0, %z : tensor<2x?xf32>
  %2 = ingot.mul %1, %o : tensor<2x?xf32>
  %3 = ingot.div %2, %o : tensor<2x?xf32>
  %4 = ingot.pow %3, %o : (tensor<2x?xf32>, tensor<2x?xf32>) -> tensor<2x?xf32>
  return %4 : tensor<2x?xf32>
}

// -----

// CHECK-LABEL: func.func @not_neutral
// CHECK: ingot.sub
// CHECK: ingot.div
func.func @not_neutral(%x: tensor<2xf32>) -> (tensor<2xf32>, tensor<2xf32>) {
  %z = ingot.constant dense<0.0> : tensor<2xf32>
  %o = ingot.constant dense<1.0> : tensor<2xf32>
  %0 = ingot.sub %z, %x : tensor<2xf32>
  %1 = ingot.div %o, %x : tensor<2xf32>
  return %0, %1 : tensor<2xf32>, tensor<2xf32>
}

// -----

// CHECK-LABEL: func.func @bits
// CHECK-SAME: (%[[X:.*]]: tensor<2xui8>, %[[B:.*]]: tensor<2xi1>)
// CHECK-NEXT: return %[[X]], %[[B]]
func.func @bits(%x: tensor<2xui8>, %b: tensor<2xi1>) -> (tensor<2xui8>, tensor<2xi1>) {
  %z = ingot.constant dense<0> : tensor<2xui8>
  %o = ingot.constant dense<255> : tensor<2xui8>
  %t = ingot.constant dense<true> : tensor<2xi1>
  %0 = ingot.and %x, %o : tensor<2xui8>
  %1 = ingot.or %0, %z : tensor<2xui8>
  %2 = ingot.xor %1, %z : tensor<2xui8>
  %3 = ingot.not %2 : tensor<2xui8>
  %4 = ingot.not %3 : tensor<2xui8>
  %5 = ingot.shl %4, %z : tensor<2xui8>
  %6 = ingot.shr %5, %z : tensor<2xui8>
  %7 = ingot.and %b, %t : tensor<2xi1>
  return %6, %7 : tensor<2xui8>, tensor<2xi1>
}

// -----

// CHECK-LABEL: func.func @select_known
// CHECK-SAME: (%{{.*}}: tensor<2xi1>, %[[X:.*]]: tensor<2xf32>, %[[Y:.*]]: tensor<2xf32>)
// CHECK-NEXT: return %[[X]], %[[Y]], %[[X]]
func.func @select_known(%c: tensor<2xi1>, %x: tensor<2xf32>, %y: tensor<2xf32>) -> (tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) {
  %t = ingot.constant dense<true> : tensor<2xi1>
  %f = ingot.constant dense<false> : tensor<2xi1>
  %0 = ingot.select %t, %x, %y : (tensor<2xi1>, tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  %1 = ingot.select %f, %x, %y : (tensor<2xi1>, tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  %2 = ingot.select %c, %x, %x : (tensor<2xi1>, tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  return %0, %1, %2 : tensor<2xf32>, tensor<2xf32>, tensor<2xf32>
}

// -----

// CHECK-LABEL: func.func @casts
// CHECK-SAME: (%[[X:.*]]: tensor<2xf32>, %[[I:.*]]: tensor<2xi32>, %[[B:.*]]: tensor<2xi1>)
// CHECK-NEXT: %[[H:.*]] = ingot.cast %[[X]] : (tensor<2xf32>) -> tensor<2xf16>
// CHECK-NEXT: %[[F:.*]] = ingot.cast %[[H]]
// CHECK-NEXT: %[[G:.*]] = ingot.cast %[[I]] : (tensor<2xi32>) -> tensor<2xf32>
// CHECK-NEXT: %[[J:.*]] = ingot.cast %[[G]]
// CHECK-NEXT: return %[[X]], %[[F]], %[[J]], %[[B]]
func.func @casts(%x: tensor<2xf32>, %i: tensor<2xi32>, %b: tensor<2xi1>)
    -> (tensor<2xf32>, tensor<2xf32>, tensor<2xi32>, tensor<2xi1>) {
  %0 = ingot.cast %x : (tensor<2xf32>) -> tensor<2xf64>
  %1 = ingot.cast %0 : (tensor<2xf64>) -> tensor<2xf32>
  %2 = ingot.cast %1 : (tensor<2xf32>) -> tensor<2xf32>
  %3 = ingot.cast %x : (tensor<2xf32>) -> tensor<2xf16>
  %4 = ingot.cast %3 : (tensor<2xf16>) -> tensor<2xf32>
  %5 = ingot.cast %i : (tensor<2xi32>) -> tensor<2xf32>
  %6 = ingot.cast %5 : (tensor<2xf32>) -> tensor<2xi32>
  %7 = ingot.cast %b : (tensor<2xi1>) -> tensor<2xf32>
  %8 = ingot.cast %7 : (tensor<2xf32>) -> tensor<2xi1>
  return %2, %4, %6, %8 : tensor<2xf32>, tensor<2xf32>, tensor<2xi32>, tensor<2xi1>
}

// -----

// CHECK-LABEL: func.func @repeated
// CHECK-SAME: (%[[X:.*]]: tensor<2xf32>, %[[L:.*]]: tensor<2xf32>, %[[H:.*]]: tensor<2xf32>)
// CHECK-NEXT: %[[A:.*]] = ingot.abs %[[X]]
// CHECK-NEXT: %[[F:.*]] = ingot.floor %[[A]]
// CHECK-NEXT: %[[C:.*]] = ingot.clamp %[[F]], %[[L]], %[[H]]
// CHECK-NEXT: return %[[C]]
func.func @repeated(%x: tensor<2xf32>, %l: tensor<2xf32>, %h: tensor<2xf32>) -> tensor<2xf32> {
  %0 = ingot.abs %x : tensor<2xf32>
  %1 = ingot.abs %0 : tensor<2xf32>
  %2 = ingot.floor %1 : tensor<2xf32>
  %3 = ingot.floor %2 : tensor<2xf32>
  %4 = ingot.neg %3 : tensor<2xf32>
  %5 = ingot.neg %4 : tensor<2xf32>
  %6 = ingot.max %5, %5 : tensor<2xf32>
  %7 = ingot.clamp %6, %l, %h : tensor<2xf32>
  %8 = ingot.clamp %7, %l, %h : tensor<2xf32>
  return %8 : tensor<2xf32>
}

// -----

// CHECK-LABEL: func.func @reduce_over_nothing
// CHECK-SAME: (%[[X:.*]]: tensor<?xf32>)
// CHECK-NEXT: return %[[X]]
func.func @reduce_over_nothing(%x: tensor<?xf32>) -> tensor<?xf32> {
  %0 = ingot.reduce sum %x dimensions = [] : (tensor<?xf32>) -> tensor<?xf32>
  return %0 : tensor<?xf32>
}

// -----

// CHECK-LABEL: func.func @constant_sizes
// CHECK: ingot.iota dimension = 0 sizes [4] : tensor<4xi64>
// CHECK: ingot.pad %{{.*}} low [1] high [2] : (tensor<3xf32>, tensor<f32>) -> tensor<6xf32>
// CHECK: ingot.topk %{{.*}} k [2] axis = 0 : (tensor<3xf32>) -> (tensor<2xf32>, tensor<2xi64>)
func.func @constant_sizes(%x: tensor<3xf32>, %v: tensor<f32>) -> (tensor<?xi64>, tensor<?xf32>, tensor<?xf32>) {
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c4 = arith.constant 4 : index
  %0 = ingot.iota dimension = 0 sizes [%c4] : tensor<?xi64>
  %1 = ingot.pad %x, %v low [%c1] high [%c2] : (tensor<3xf32>, tensor<f32>, index, index) -> tensor<?xf32>
  %2:2 = ingot.topk %x k [%c2] axis = 0 : (tensor<3xf32>) -> (tensor<?xf32>, tensor<?xi64>)
  return %0, %1, %2#0 : tensor<?xi64>, tensor<?xf32>, tensor<?xf32>
}

// -----

// CHECK-LABEL: func.func @dim_of_chain
// CHECK-SAME: (%[[X:.*]]: tensor<?x?x?x4xf32>, %{{.*}}: tensor<3x3x4x8xf32>, %[[N:.*]]: index)
// CHECK: %[[C1:.*]] = arith.constant 1 : index
// CHECK: %[[D:.*]] = tensor.dim %[[X]], %[[C1]]
// CHECK: return %[[D]], %[[N]]
func.func @dim_of_chain(%x: tensor<?x?x?x4xf32>, %f: tensor<3x3x4x8xf32>, %n: index) -> (index, index) {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %0 = ingot.conv %x, %f strides [1, 2] dilations [1, 1] pads [1, 1] x [1, 1] : (tensor<?x?x?x4xf32>, tensor<3x3x4x8xf32>) -> tensor<?x?x?x8xf32>
  %1 = ingot.exp %0 : tensor<?x?x?x8xf32>
  %2 = ingot.transpose %1 permutation = [3, 2, 1, 0] : (tensor<?x?x?x8xf32>) -> tensor<8x?x?x?xf32>
  %3 = ingot.softmax %2 axis = 0 : tensor<8x?x?x?xf32>
  %d = tensor.dim %3, %c2 : tensor<8x?x?x?xf32>
  %4 = ingot.reshape %3 sizes [%n] : (tensor<8x?x?x?xf32>) -> tensor<?xf32>
  %e = tensor.dim %4, %c0 : tensor<?xf32>
  return %d, %e : index, index
}
