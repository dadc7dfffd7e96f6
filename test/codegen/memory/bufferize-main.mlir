// RUN: ingot-opt %s --bufferize-main --canonicalize --split-input-file | FileCheck %s

// A dispatch writes its output without reading it: no copy. Each tensor.empty is a buffer of its own.
// CHECK-LABEL: func.func @chain(
// CHECK-SAME: %[[X:.*]]: memref<4xf32>
// CHECK: %[[A:.*]] = memref.alloc()
// CHECK: linalg_ext.dispatch @k ins(%[[X]] : memref<4xf32>) scalars() outs(%[[A]] : memref<4xf32>)
// CHECK: %[[B:.*]] = memref.alloc()
// CHECK: linalg_ext.dispatch @k ins(%[[A]] : memref<4xf32>) scalars() outs(%[[B]] : memref<4xf32>)
// CHECK-NOT: memref.copy
// CHECK: return %[[B]]
func.func @chain(%x: tensor<4xf32>) -> tensor<4xf32> {
  %e = tensor.empty() : tensor<4xf32>
  %a = linalg_ext.dispatch @k ins(%x : tensor<4xf32>) scalars() outs(%e : tensor<4xf32>) -> tensor<4xf32>
  %b = linalg_ext.dispatch @k ins(%a : tensor<4xf32>) scalars() outs(%e : tensor<4xf32>) -> tensor<4xf32>
  return %b : tensor<4xf32>
}

// Kernels keep their meaning on tensors.
// CHECK-LABEL: func.func private @k(
// CHECK-SAME: tensor<4xf32>
func.func private @k(%x: tensor<4xf32>, %o: tensor<4xf32>) -> tensor<4xf32> attributes {ingot.kernel} {
  return %x : tensor<4xf32>
}

// -----

// An argument is the caller's: writing to it needs a copy, and so does reading an output that accumulates.
// CHECK-LABEL: func.func @accumulate(
// CHECK-SAME: %[[X:.*]]: memref<4xf32>
// CHECK: %[[A:.*]] = memref.alloc()
// CHECK: memref.copy %[[X]], %[[A]]
// CHECK: linalg_ext.dispatch @k ins() scalars() outs(%[[A]] : memref<4xf32>) {accumulates}
func.func @accumulate(%x: tensor<4xf32>) -> tensor<4xf32> {
  %a = linalg_ext.dispatch @k ins() scalars() outs(%x : tensor<4xf32>) {accumulates} -> tensor<4xf32>
  return %a : tensor<4xf32>
}
func.func private @k(%o: tensor<4xf32>) -> tensor<4xf32> attributes {ingot.kernel} {
  return %o : tensor<4xf32>
}

// -----

// Scatter changes what its output holds.
// CHECK-LABEL: func.func @scatter(
// CHECK: memref.copy
// CHECK: linalg_ext.scatter add
func.func @scatter(%x: tensor<8xf32>, %i: tensor<3xi64>, %u: tensor<3xf32>) -> tensor<8xf32> {
  %r = linalg_ext.scatter add ins(%i, %u : tensor<3xi64>, tensor<3xf32>) outs(%x : tensor<8xf32>) {axis = 0 : i64} -> tensor<8xf32>
  return %r : tensor<8xf32>
}
