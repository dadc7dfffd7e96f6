// RUN: ingot-opt %s --expand-gradients --canonicalize --cse --split-input-file | FileCheck %s

// The step's output and the state before it are on tapes. The rows of x's gradient are the cotangents of the steps' products: with them the
// weights' gradient is one product over all steps, behind the loop.
// CHECK-LABEL: func.func @recurrent
// CHECK-SAME: %[[X:.*]]: tensor<6x2x3xf32>, %[[W:.*]]: tensor<3x3xf32>
// CHECK: %[[F:.*]]:3 = scf.for {{.*}} -> (tensor<2x3xf32>, tensor<6x2x3xf32>, tensor<6x2x3xf32>)
// CHECK: ingot.contract
// CHECK: ingot.tanh
// CHECK: ingot.update_slice
// CHECK: ingot.update_slice
// CHECK: %[[R:.*]]:2 = scf.for {{.*}} -> (tensor<2x3xf32>, tensor<6x2x3xf32>)
// CHECK: ingot.contract
// CHECK-NOT: ingot.contract
// CHECK: scf.yield
// CHECK-DAG: %[[DS:.*]] = ingot.reshape %[[R]]#1 sizes [12, 3]
// CHECK-DAG: %[[S:.*]] = ingot.reshape %[[F]]#{{[12]}} sizes [12, 3]
// CHECK: ingot.contract %[[DS]], %[[S]] batch [] x [] contracting [0] x [0]
func.func @recurrent(%x: tensor<6x2x3xf32>, %w: tensor<3x3xf32>, %h: tensor<2x3xf32>, %dy: tensor<2x3xf32>) -> (tensor<6x2x3xf32>, tensor<3x3xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c6 = arith.constant 6 : index
  %y = scf.for %k = %c0 to %c6 step %c1 iter_args(%p = %h) -> (tensor<2x3xf32>) {
    %r = ingot.slice %x[%k, 0, 0] [1, 2, 3] [1, 1, 1] : (tensor<6x2x3xf32>) -> tensor<1x2x3xf32>
    %f = ingot.reshape %r sizes [2, 3] : (tensor<1x2x3xf32>) -> tensor<2x3xf32>
    %m = ingot.contract %p, %w batch [] x [] contracting [1] x [1] : (tensor<2x3xf32>, tensor<3x3xf32>) -> tensor<2x3xf32>
    %a = ingot.add %m, %f : tensor<2x3xf32>
    %t = ingot.tanh %a : tensor<2x3xf32>
    scf.yield %t : tensor<2x3xf32>
  }
  %dx, %dw = ingot.grad %y cotangents %dy wrt %x, %w : (tensor<2x3xf32>, tensor<2x3xf32>, tensor<6x2x3xf32>, tensor<3x3xf32>) -> (tensor<6x2x3xf32>, tensor<3x3xf32>)
  return %dx, %dw : tensor<6x2x3xf32>, tensor<3x3xf32>
}

// -----

// What a loop does to values that no x leads to is not reversed.
// CHECK-LABEL: func.func @inactive
// CHECK: scf.for
// CHECK-NOT: scf.for
func.func @inactive(%x: tensor<3xf32>, %z: tensor<3xf32>, %dy: tensor<3xf32>) -> tensor<3xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c6 = arith.constant 6 : index
  %y = scf.for %k = %c0 to %c6 step %c1 iter_args(%p = %z) -> (tensor<3xf32>) {
    %t = ingot.tanh %p : tensor<3xf32>
    scf.yield %t : tensor<3xf32>
  }
  %m = ingot.mul %x, %y : tensor<3xf32>
  %dx = ingot.grad %m cotangents %dy wrt %x : (tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<3xf32>
  return %dx : tensor<3xf32>
}

// -----

// The gates of a step are slices of one product: their cotangents are one concatenation.
// CHECK-LABEL: func.func @gates
// CHECK: %[[D:.*]] = ingot.concat
// CHECK: return %[[D]]
func.func @gates(%x: tensor<2x6xf32>, %dy: tensor<2x3xf32>) -> tensor<2x6xf32> {
  %a = ingot.slice %x[0, 0] [2, 3] [1, 1] : (tensor<2x6xf32>) -> tensor<2x3xf32>
  %b = ingot.slice %x[0, 3] [2, 3] [1, 1] : (tensor<2x6xf32>) -> tensor<2x3xf32>
  %c = ingot.mul %a, %b : tensor<2x3xf32>
  %dx = ingot.grad %c cotangents %dy wrt %x : (tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x6xf32>) -> tensor<2x6xf32>
  return %dx : tensor<2x6xf32>
}
