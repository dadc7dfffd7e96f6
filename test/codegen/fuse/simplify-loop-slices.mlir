// RUN: ingot-opt %s --simplify-loop-slices --split-input-file | FileCheck %s

// All rows are written, forwards: nothing is there before. A row is written without the dimension that a view adds.
// CHECK-LABEL: func.func @written(
// CHECK-NOT: arith.constant dense
// CHECK: %[[E:.*]] = tensor.empty() : tensor<10x4x8xf32>
// CHECK: scf.for {{.*}} iter_args(%[[A:.*]] = %[[E]])
// CHECK-NOT: tensor.expand_shape
// CHECK: tensor.insert_slice %{{.*}} into %[[A]][%{{.*}}, 0, 0] [1, 4, 8] [1, 1, 1] : tensor<4x8xf32> into tensor<10x4x8xf32>
func.func @written(%x: tensor<4x8xf32>) -> tensor<10x4x8xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c10 = arith.constant 10 : index
  %zero = arith.constant dense<0.0> : tensor<10x4x8xf32>
  %r = scf.for %i = %c0 to %c10 step %c1 iter_args(%a = %zero) -> (tensor<10x4x8xf32>) {
    %e = tensor.expand_shape %x [[0, 1], [2]] output_shape [1, 4, 8] : tensor<4x8xf32> into tensor<1x4x8xf32>
    %n = tensor.insert_slice %e into %a[%i, 0, 0] [1, 4, 8] [1, 1, 1] : tensor<1x4x8xf32> into tensor<10x4x8xf32>
    scf.yield %n : tensor<10x4x8xf32>
  }
  return %r : tensor<10x4x8xf32>
}

// -----

// Backwards, of sizes that are known at run time only.
// CHECK-LABEL: func.func @backwards(
// CHECK-SAME: %[[X:.*]]: tensor<?x8xf32>, %[[S:.*]]: tensor<?x?x8xf32>
// CHECK: %[[E:.*]] = tensor.empty(%{{.*}}, %{{.*}}) : tensor<?x?x8xf32>
// CHECK: scf.for {{.*}} iter_args(%{{.*}} = %[[E]])
func.func @backwards(%x: tensor<?x8xf32>, %s: tensor<?x?x8xf32>) -> tensor<?x?x8xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %n = tensor.dim %s, %c0 : tensor<?x?x8xf32>
  %b = tensor.dim %s, %c1 : tensor<?x?x8xf32>
  %last = arith.subi %n, %c1 : index
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%a = %s) -> (tensor<?x?x8xf32>) {
    %row = arith.subi %last, %i : index
    %w = tensor.insert_slice %x into %a[%row, 0, 0] [1, %b, 8] [1, 1, 1] : tensor<?x8xf32> into tensor<?x?x8xf32>
    scf.yield %w : tensor<?x?x8xf32>
  }
  return %r : tensor<?x?x8xf32>
}

// -----

// Not all rows, every other row, or a row that is read before: the first values stay.
// CHECK-LABEL: func.func @kept(
// CHECK: scf.for {{.*}} iter_args(%{{.*}} = %arg1)
// CHECK: scf.for {{.*}} iter_args(%{{.*}} = %arg1)
// CHECK: scf.for {{.*}} iter_args(%{{.*}} = %arg1)
// CHECK: scf.for {{.*}} iter_args(%{{.*}} = %arg1)
func.func @kept(%x: tensor<1x8xf32>, %s: tensor<10x8xf32>) -> (tensor<10x8xf32>, tensor<10x8xf32>, tensor<10x8xf32>, tensor<10x8xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c9 = arith.constant 9 : index
  %c10 = arith.constant 10 : index
  %p = scf.for %i = %c0 to %c9 step %c1 iter_args(%a = %s) -> (tensor<10x8xf32>) {
    %w = tensor.insert_slice %x into %a[%i, 0] [1, 8] [1, 1] : tensor<1x8xf32> into tensor<10x8xf32>
    scf.yield %w : tensor<10x8xf32>
  }
  %q = scf.for %i = %c0 to %c10 step %c2 iter_args(%a = %s) -> (tensor<10x8xf32>) {
    %w = tensor.insert_slice %x into %a[%i, 0] [1, 8] [1, 1] : tensor<1x8xf32> into tensor<10x8xf32>
    scf.yield %w : tensor<10x8xf32>
  }
  %r = scf.for %i = %c0 to %c10 step %c1 iter_args(%a = %s) -> (tensor<10x8xf32>) {
    %old = tensor.extract_slice %a[%i, 0] [1, 8] [1, 1] : tensor<10x8xf32> to tensor<1x8xf32>
    %w = tensor.insert_slice %old into %a[%i, 0] [1, 8] [1, 1] : tensor<1x8xf32> into tensor<10x8xf32>
    scf.yield %w : tensor<10x8xf32>
  }
  // The same row each time.
  %t = scf.for %i = %c0 to %c10 step %c1 iter_args(%a = %s) -> (tensor<10x8xf32>) {
    %w = tensor.insert_slice %x into %a[%c2, 0] [1, 8] [1, 1] : tensor<1x8xf32> into tensor<10x8xf32>
    scf.yield %w : tensor<10x8xf32>
  }
  return %p, %q, %r, %t : tensor<10x8xf32>, tensor<10x8xf32>, tensor<10x8xf32>, tensor<10x8xf32>
}

// -----

// What is computed of a row alone is computed without the row's own dimension.
// CHECK-LABEL: func.func @read(
// CHECK: %[[S:.*]] = tensor.extract_slice
// CHECK: %[[C:.*]] = tensor.collapse_shape %[[S]]
// CHECK: linalg.generic {{.*}} ins(%[[C]] : tensor<4x8xf32>)
// CHECK-NOT: tensor.collapse_shape
// CHECK: scf.yield
#id2 = affine_map<(d0, d1) -> (d0, d1)>
#id3 = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
func.func @read(%x: tensor<10x4x8xf32>, %h: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c10 = arith.constant 10 : index
  %r = scf.for %i = %c0 to %c10 step %c1 iter_args(%a = %h) -> (tensor<4x8xf32>) {
    %s = tensor.extract_slice %x[%i, 0, 0] [1, 4, 8] [1, 1, 1] : tensor<10x4x8xf32> to tensor<1x4x8xf32>
    %e = tensor.empty() : tensor<1x4x8xf32>
    %q = linalg.generic {indexing_maps = [#id3, #id3], iterator_types = ["parallel", "parallel", "parallel"]}
        ins(%s : tensor<1x4x8xf32>) outs(%e : tensor<1x4x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      %v = arith.mulf %in, %in : f32
      linalg.yield %v : f32
    } -> tensor<1x4x8xf32>
    %c = tensor.collapse_shape %q [[0, 1], [2]] : tensor<1x4x8xf32> into tensor<4x8xf32>
    %f = tensor.empty() : tensor<4x8xf32>
    %n = linalg.generic {indexing_maps = [#id2, #id2, #id2], iterator_types = ["parallel", "parallel"]}
        ins(%c, %a : tensor<4x8xf32>, tensor<4x8xf32>) outs(%f : tensor<4x8xf32>) {
    ^bb0(%in: f32, %old: f32, %out: f32):
      %v = arith.addf %in, %old : f32
      linalg.yield %v : f32
    } -> tensor<4x8xf32>
    scf.yield %n : tensor<4x8xf32>
  }
  return %r : tensor<4x8xf32>
}
