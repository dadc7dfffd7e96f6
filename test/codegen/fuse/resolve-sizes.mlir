// RUN: ingot-opt %s --resolve-sizes --cse --split-input-file | FileCheck %s

// Through views and destinations up to the input that decides.
// CHECK-LABEL: func.func @views(
// CHECK-SAME: %[[X:.*]]: tensor<?x4xf32>
// CHECK: %[[N:.*]] = tensor.dim %[[X]], %c0
// CHECK-NOT: tensor.dim
// CHECK: return %[[N]], %[[N]]
func.func @views(%x: tensor<?x4xf32>) -> (index, index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %n = tensor.dim %x, %c0 : tensor<?x4xf32>
  %e = tensor.empty(%n) : tensor<9x?x4xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<9x?x4xf32>) -> tensor<9x?x4xf32>
  %s = tensor.extract_slice %f[3, 0, 0] [1, %n, 4] [1, 1, 1] : tensor<9x?x4xf32> to tensor<1x?x4xf32>
  %c = tensor.collapse_shape %s [[0, 1], [2]] : tensor<1x?x4xf32> into tensor<?x4xf32>
  %a = tensor.dim %c, %c0 : tensor<?x4xf32>
  %b = tensor.dim %f, %c1 : tensor<9x?x4xf32>
  return %a, %b : index, index
}

// -----

// What a loop carries keeps its size if each iteration yields that size, here by way of the argument itself.
// CHECK-LABEL: func.func @carried(
// CHECK-SAME: %[[X:.*]]: tensor<?xf32>
// CHECK: scf.for
// CHECK: %[[N:.*]] = tensor.dim %[[X]], %c0
// CHECK: tensor.empty(%[[N]])
// CHECK: %[[M:.*]] = tensor.dim %[[X]], %c0
// CHECK: return %{{.*}}, %[[M]]
func.func @carried(%x: tensor<?xf32>, %k: index) -> (tensor<?xf32>, index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %r = scf.for %i = %c0 to %k step %c1 iter_args(%a = %x) -> (tensor<?xf32>) {
    %n = tensor.dim %a, %c0 : tensor<?xf32>
    %e = tensor.empty(%n) : tensor<?xf32>
    %f = linalg.fill ins(%zero : f32) outs(%e : tensor<?xf32>) -> tensor<?xf32>
    scf.yield %f : tensor<?xf32>
  }
  %m = tensor.dim %r, %c0 : tensor<?xf32>
  return %r, %m : tensor<?xf32>, index
}

// -----

// A list that grows does not.
// CHECK-LABEL: func.func @grows(
// CHECK: scf.for {{.*}} iter_args(%[[A:.*]] =
// CHECK: tensor.dim %[[A]], %c0
// CHECK: %[[M:.*]] = tensor.dim
// CHECK: return %{{.*}}, %[[M]]
func.func @grows(%x: tensor<?xf32>, %k: index) -> (tensor<?xf32>, index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %r = scf.for %i = %c0 to %k step %c1 iter_args(%a = %x) -> (tensor<?xf32>) {
    %n = tensor.dim %a, %c0 : tensor<?xf32>
    %more = arith.addi %n, %c1 : index
    %e = tensor.empty(%more) : tensor<?xf32>
    %f = linalg.fill ins(%zero : f32) outs(%e : tensor<?xf32>) -> tensor<?xf32>
    scf.yield %f : tensor<?xf32>
  }
  %m = tensor.dim %r, %c0 : tensor<?xf32>
  return %r, %m : tensor<?xf32>, index
}

// -----

// The product of several sizes is none of them.
// CHECK-LABEL: func.func @product(
// CHECK: %[[C:.*]] = tensor.collapse_shape
// CHECK: %[[N:.*]] = tensor.dim %[[C]], %c0
// CHECK: return %[[N]]
func.func @product(%x: tensor<?x?x?xf32>) -> index {
  %c0 = arith.constant 0 : index
  %c = tensor.collapse_shape %x [[0, 1, 2]] : tensor<?x?x?xf32> into tensor<?xf32>
  %n = tensor.dim %c, %c0 : tensor<?xf32>
  return %n : index
}
