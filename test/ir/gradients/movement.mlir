// RUN: ingot-opt %s --split-input-file | FileCheck %s
// CHECK: func.func

func.func @reshape(%x: tensor<2x3xf64>) -> (tensor<6xf64>) {
  %y = ingot.reshape %x sizes [6] : (tensor<2x3xf64>) -> tensor<6xf64>
  return %y : tensor<6xf64>
}

// -----

func.func @transpose(%x: tensor<2x3x4xf64>) -> (tensor<4x2x3xf64>) {
  %y = ingot.transpose %x permutation = [2, 0, 1] : (tensor<2x3x4xf64>) -> tensor<4x2x3xf64>
  return %y : tensor<4x2x3xf64>
}

// -----

func.func @reverse(%x: tensor<2x3xf64>) -> (tensor<2x3xf64>) {
  %y = ingot.reverse %x dimensions = [1] : tensor<2x3xf64>
  return %y : tensor<2x3xf64>
}

// -----

func.func @broadcast(%x: tensor<3x1xf64>) -> (tensor<2x5x3xf64>) {
  %y = ingot.broadcast %x dimensions = [2, 1] sizes [2, 5, 3] : (tensor<3x1xf64>) -> tensor<2x5x3xf64>
  return %y : tensor<2x5x3xf64>
}

// -----

func.func @broadcast_order(%x: tensor<3x2xf64>) -> (tensor<2x4x3xf64>) {
  %y = ingot.broadcast %x dimensions = [2, 0] sizes [2, 4, 3] : (tensor<3x2xf64>) -> tensor<2x4x3xf64>
  return %y : tensor<2x4x3xf64>
}

// -----

func.func @broadcast_maybe_one(%x: tensor<?x3x?xf64> {ingot.sizes = array<i64: 1,3,2>}, %l: tensor<?xf64> {ingot.sizes = array<i64: 4>}) -> (tensor<4x?x?x3xf64>) {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %n = tensor.dim %l, %c0 : tensor<?xf64>
  %m = tensor.dim %x, %c2 : tensor<?x3x?xf64>
  %y = ingot.broadcast %x dimensions = [1, 3, 2] sizes [4, %n, %m, 3] {maybe_one = array<i64: 0>} : (tensor<?x3x?xf64>) -> tensor<4x?x?x3xf64>
  return %y : tensor<4x?x?x3xf64>
}

// -----

func.func @broadcast_maybe_all(%x: tensor<?x3x?xf64> {ingot.sizes = array<i64: 4,3,2>}, %l: tensor<?xf64> {ingot.sizes = array<i64: 4>}) -> (tensor<4x?x?x3xf64>) {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %n = tensor.dim %l, %c0 : tensor<?xf64>
  %m = tensor.dim %x, %c2 : tensor<?x3x?xf64>
  %y = ingot.broadcast %x dimensions = [1, 3, 2] sizes [4, %n, %m, 3] {maybe_one = array<i64: 0>} : (tensor<?x3x?xf64>) -> tensor<4x?x?x3xf64>
  return %y : tensor<4x?x?x3xf64>
}

// -----

func.func @concat(%x: tensor<2x3xf64>, %z: tensor<2x1xf64>) -> (tensor<2x4xf64>) {
  %y = ingot.concat %x, %z axis = 1 : (tensor<2x3xf64>, tensor<2x1xf64>) -> tensor<2x4xf64>
  return %y : tensor<2x4xf64>
}

// -----

func.func @concat_dynamic(%x: tensor<?x2xf64> {ingot.sizes = array<i64: 2,2>}, %z: tensor<?x2xf64> {ingot.sizes = array<i64: 1,2>}) -> (tensor<?x2xf64>) {
  %y = ingot.concat %x, %z, %x axis = 0 : (tensor<?x2xf64>, tensor<?x2xf64>, tensor<?x2xf64>) -> tensor<?x2xf64>
  return %y : tensor<?x2xf64>
}

// -----

func.func @slice(%x: tensor<5x7xf64>) -> (tensor<2x3xf64>) {
  %y = ingot.slice %x[1, 2] [2, 3] [1, 1] : (tensor<5x7xf64>) -> tensor<2x3xf64>
  return %y : tensor<2x3xf64>
}

// -----

func.func @slice_steps(%x: tensor<7x8xf64>) -> (tensor<3x3xf64>) {
  %y = ingot.slice %x[0, 7] [3, 3] [3, -2] : (tensor<7x8xf64>) -> tensor<3x3xf64>
  return %y : tensor<3x3xf64>
}

// -----

func.func @slice_to_the_end(%x: tensor<8xf64>) -> (tensor<3xf64>) {
  %y = ingot.slice %x[1] [3] [3] : (tensor<8xf64>) -> tensor<3xf64>
  return %y : tensor<3xf64>
}

// -----

func.func @slice_dynamic(%x: tensor<?x8xf64> {ingot.sizes = array<i64: 6,8>}, %n: tensor<?xf64> {ingot.sizes = array<i64: 2>}) -> (tensor<?x3xf64>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %k = tensor.dim %n, %c0 : tensor<?xf64>
  %y = ingot.slice %x[%c1, %k] [%k, 3] [%k, %c1] : (tensor<?x8xf64>) -> tensor<?x3xf64>
  return %y : tensor<?x3xf64>
}

// -----

func.func @slice_backwards_dynamic(%x: tensor<6xf64>) -> (tensor<3xf64>) {
  %s = arith.constant -2 : index
  %o = arith.constant 5 : index
  %t = arith.addi %s, %o : index
  %u = arith.subi %t, %o : index
  %y = ingot.slice %x[%o] [3] [%u] : (tensor<6xf64>) -> tensor<3xf64>
  return %y : tensor<3xf64>
}

// -----

func.func @slices_that_partition(%x: tensor<2x9xf64>) -> (tensor<2x3xf64>) {
  %a = ingot.slice %x[0, 3] [2, 3] [1, 1] : (tensor<2x9xf64>) -> tensor<2x3xf64>
  %b = ingot.slice %x[0, 0] [2, 3] [1, 1] : (tensor<2x9xf64>) -> tensor<2x3xf64>
  %c = ingot.slice %x[0, 6] [2, 3] [1, 1] : (tensor<2x9xf64>) -> tensor<2x3xf64>
  %d = ingot.mul %a, %b : tensor<2x3xf64>
  %y = ingot.mul %d, %c : tensor<2x3xf64>
  return %y : tensor<2x3xf64>
}

// -----

func.func @slices_with_gaps(%x: tensor<?x9xf64>) -> (tensor<?x2xf64>) {
  %c0 = arith.constant 0 : index
  %n = tensor.dim %x, %c0 : tensor<?x9xf64>
  %a = ingot.slice %x[0, 1] [%n, 2] [1, 1] : (tensor<?x9xf64>) -> tensor<?x2xf64>
  %b = ingot.slice %x[0, 5] [%n, 2] [1, 1] : (tensor<?x9xf64>) -> tensor<?x2xf64>
  %c = ingot.slice %x[0, 1] [%n, 2] [1, 1] : (tensor<?x9xf64>) -> tensor<?x2xf64>
  %e = ingot.exp %c : tensor<?x2xf64>
  %d = ingot.mul %a, %b : tensor<?x2xf64>
  %y = ingot.mul %d, %e : tensor<?x2xf64>
  return %y : tensor<?x2xf64>
}

// -----

func.func @slices_that_overlap(%x: tensor<5x4xf64>) -> (tensor<2x3xf64>) {
  %a = ingot.slice %x[0, 1] [2, 3] [1, 1] : (tensor<5x4xf64>) -> tensor<2x3xf64>
  %b = ingot.slice %x[1, 0] [2, 3] [1, 1] : (tensor<5x4xf64>) -> tensor<2x3xf64>
  %c = ingot.slice %x[3, 0] [2, 3] [1, 1] : (tensor<5x4xf64>) -> tensor<2x3xf64>
  %d = ingot.mul %a, %b : tensor<2x3xf64>
  %y = ingot.mul %d, %c : tensor<2x3xf64>
  return %y : tensor<2x3xf64>
}

// -----

func.func @slice_and_whole(%x: tensor<4x3xf64>) -> (tensor<1x3xf64>, tensor<4x3xf64>) {
  %a = ingot.slice %x[2, 0] [1, 3] [1, 1] : (tensor<4x3xf64>) -> tensor<1x3xf64>
  %b = ingot.mul %x, %x : tensor<4x3xf64>
  %c = ingot.mul %a, %a : tensor<1x3xf64>
  return %c, %b : tensor<1x3xf64>, tensor<4x3xf64>
}

// -----

func.func @update_slice(%x: tensor<4x5xf64>, %u: tensor<2x3xf64>) -> (tensor<4x5xf64>) {
  %y = ingot.update_slice %u into %x[1, 2] : (tensor<4x5xf64>, tensor<2x3xf64>) -> tensor<4x5xf64>
  return %y : tensor<4x5xf64>
}

// -----

func.func @update_slice_dynamic(%x: tensor<?x5xf64> {ingot.sizes = array<i64: 4,5>}, %u: tensor<?x3xf64> {ingot.sizes = array<i64: 2,3>}) -> (tensor<?x5xf64>) {
  %c1 = arith.constant 1 : index
  %e = ingot.exp %x : tensor<?x5xf64>
  %y = ingot.update_slice %u into %e[%c1, 2] : (tensor<?x5xf64>, tensor<?x3xf64>, index) -> tensor<?x5xf64>
  return %y : tensor<?x5xf64>
}

// -----

func.func @pad_constant(%x: tensor<3x4xf64>, %v: tensor<f64>) -> (tensor<6x8xf64>) {
  %y = ingot.pad %x, %v low [1, 2] high [2, 2] : (tensor<3x4xf64>, tensor<f64>) -> tensor<6x8xf64>
  return %y : tensor<6x8xf64>
}

// -----

func.func @pad_negative_constant(%x: tensor<5x4xf64>, %v: tensor<f64>) -> (tensor<4x3xf64>) {
  %y = ingot.pad %x, %v low [-2, 1] high [1, -2] : (tensor<5x4xf64>, tensor<f64>) -> tensor<4x3xf64>
  return %y : tensor<4x3xf64>
}

// -----

func.func @pad_dynamic_constant(%x: tensor<?x4xf64>, %v: tensor<f64>, %l: tensor<?xf64> {ingot.sizes = array<i64: 2>}) -> (tensor<?x4xf64>) {
  %c0 = arith.constant 0 : index
  %n = tensor.dim %l, %c0 : tensor<?xf64>
  %y = ingot.pad %x, %v low [%n, 0] high [1, 0] : (tensor<?x4xf64>, tensor<f64>, index) -> tensor<?x4xf64>
  return %y : tensor<?x4xf64>
}

// -----

func.func @pad_reflect(%x: tensor<3x4xf64>, %v: tensor<f64>) -> (tensor<6x8xf64>) {
  %y = ingot.pad %x, %v low [1, 2] high [2, 2] {mode = #ingot<pad_mode reflect>} : (tensor<3x4xf64>, tensor<f64>) -> tensor<6x8xf64>
  return %y : tensor<6x8xf64>
}

// -----

func.func @pad_negative_reflect(%x: tensor<5x4xf64>, %v: tensor<f64>) -> (tensor<4x3xf64>) {
  %y = ingot.pad %x, %v low [-2, 1] high [1, -2] {mode = #ingot<pad_mode reflect>} : (tensor<5x4xf64>, tensor<f64>) -> tensor<4x3xf64>
  return %y : tensor<4x3xf64>
}

// -----

func.func @pad_dynamic_reflect(%x: tensor<?x4xf64>, %v: tensor<f64>, %l: tensor<?xf64> {ingot.sizes = array<i64: 2>}) -> (tensor<?x4xf64>) {
  %c0 = arith.constant 0 : index
  %n = tensor.dim %l, %c0 : tensor<?xf64>
  %y = ingot.pad %x, %v low [%n, 0] high [1, 0] {mode = #ingot<pad_mode reflect>} : (tensor<?x4xf64>, tensor<f64>, index) -> tensor<?x4xf64>
  return %y : tensor<?x4xf64>
}

// -----

func.func @pad_edge(%x: tensor<3x4xf64>, %v: tensor<f64>) -> (tensor<6x8xf64>) {
  %y = ingot.pad %x, %v low [1, 2] high [2, 2] {mode = #ingot<pad_mode edge>} : (tensor<3x4xf64>, tensor<f64>) -> tensor<6x8xf64>
  return %y : tensor<6x8xf64>
}

// -----

func.func @pad_negative_edge(%x: tensor<5x4xf64>, %v: tensor<f64>) -> (tensor<4x3xf64>) {
  %y = ingot.pad %x, %v low [-2, 1] high [1, -2] {mode = #ingot<pad_mode edge>} : (tensor<5x4xf64>, tensor<f64>) -> tensor<4x3xf64>
  return %y : tensor<4x3xf64>
}

// -----

func.func @pad_dynamic_edge(%x: tensor<?x4xf64>, %v: tensor<f64>, %l: tensor<?xf64> {ingot.sizes = array<i64: 2>}) -> (tensor<?x4xf64>) {
  %c0 = arith.constant 0 : index
  %n = tensor.dim %l, %c0 : tensor<?xf64>
  %y = ingot.pad %x, %v low [%n, 0] high [1, 0] {mode = #ingot<pad_mode edge>} : (tensor<?x4xf64>, tensor<f64>, index) -> tensor<?x4xf64>
  return %y : tensor<?x4xf64>
}

// -----

func.func @pad_wrap(%x: tensor<3x4xf64>, %v: tensor<f64>) -> (tensor<6x8xf64>) {
  %y = ingot.pad %x, %v low [1, 2] high [2, 2] {mode = #ingot<pad_mode wrap>} : (tensor<3x4xf64>, tensor<f64>) -> tensor<6x8xf64>
  return %y : tensor<6x8xf64>
}

// -----

func.func @pad_negative_wrap(%x: tensor<5x4xf64>, %v: tensor<f64>) -> (tensor<4x3xf64>) {
  %y = ingot.pad %x, %v low [-2, 1] high [1, -2] {mode = #ingot<pad_mode wrap>} : (tensor<5x4xf64>, tensor<f64>) -> tensor<4x3xf64>
  return %y : tensor<4x3xf64>
}

// -----

func.func @pad_dynamic_wrap(%x: tensor<?x4xf64>, %v: tensor<f64>, %l: tensor<?xf64> {ingot.sizes = array<i64: 2>}) -> (tensor<?x4xf64>) {
  %c0 = arith.constant 0 : index
  %n = tensor.dim %l, %c0 : tensor<?xf64>
  %y = ingot.pad %x, %v low [%n, 0] high [1, 0] {mode = #ingot<pad_mode wrap>} : (tensor<?x4xf64>, tensor<f64>, index) -> tensor<?x4xf64>
  return %y : tensor<?x4xf64>
}
