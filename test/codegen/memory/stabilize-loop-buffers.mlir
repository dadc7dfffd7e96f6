// RUN: ingot-opt %s --stabilize-loop-buffers --canonicalize --split-input-file | FileCheck %s

// The state lies in one place from iteration to iteration.
// CHECK-LABEL: func.func @state(
// CHECK-SAME: %[[X:[a-z0-9]+]]: memref<?x8xf32>
// CHECK: %[[STATE:.*]] = memref.alloc(%{{.*}}) {{.*}} : memref<?x8xf32>
// CHECK: memref.copy %[[X]], %[[STATE]]
// CHECK: scf.for
// CHECK-NOT: iter_args
// CHECK: %[[NEXT:.*]] = memref.alloc
// CHECK: linalg_ext.dispatch @k ins(%[[STATE]] : memref<?x8xf32>) scalars() outs(%[[NEXT]]
// CHECK: memref.copy %[[NEXT]], %[[STATE]]
// CHECK: return %[[STATE]]
func.func @state(%x: memref<?x8xf32>, %n: index) -> memref<?x8xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%s = %x) -> memref<?x8xf32> {
    %d = memref.dim %s, %c0 : memref<?x8xf32>
    %e = memref.alloc(%d) : memref<?x8xf32>
    linalg_ext.dispatch @k ins(%s : memref<?x8xf32>) scalars() outs(%e : memref<?x8xf32>)
    scf.yield %e : memref<?x8xf32>
  }
  return %r : memref<?x8xf32>
}

// -----

// The size of the first value is seen through a view: a recurrent cell whose state comes from a tensor with one more dimension.
// CHECK-LABEL: func.func @through_view(
// CHECK: %[[STATE:.*]] = memref.alloc(%{{.*}}) {{.*}} : memref<?x8xf32>
// CHECK: scf.for
// CHECK-NOT: iter_args
// CHECK: return %[[STATE]]
func.func @through_view(%batch: index, %n: index) -> memref<?x8xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %x = memref.alloc(%batch) : memref<1x?x8xf32>
  %first = memref.collapse_shape %x [[0, 1], [2]] : memref<1x?x8xf32> into memref<?x8xf32>
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%s = %first) -> memref<?x8xf32> {
    %e = memref.alloc(%batch) : memref<?x8xf32>
    linalg_ext.dispatch @k ins(%s : memref<?x8xf32>) scalars() outs(%e : memref<?x8xf32>)
    scf.yield %e : memref<?x8xf32>
  }
  return %r : memref<?x8xf32>
}
func.func private @k(memref<?x8xf32>, memref<?x8xf32>)

// -----

// So is that of a copy.
// CHECK-LABEL: func.func @copied(
// CHECK: scf.for
// CHECK-NOT: iter_args
func.func @copied(%batch: index, %n: index) -> memref<?x8xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %x = memref.alloc(%batch) : memref<1x?x8xf32>
  %view = memref.collapse_shape %x [[0, 1], [2]] : memref<1x?x8xf32> into memref<?x8xf32>
  %d = memref.dim %view, %c0 : memref<?x8xf32>
  %first = memref.alloc(%d) : memref<?x8xf32>
  memref.copy %view, %first : memref<?x8xf32> to memref<?x8xf32>
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%s = %first) -> memref<?x8xf32> {
    %e = memref.alloc(%batch) : memref<?x8xf32>
    linalg_ext.dispatch @k ins(%s : memref<?x8xf32>) scalars() outs(%e : memref<?x8xf32>)
    scf.yield %e : memref<?x8xf32>
  }
  return %r : memref<?x8xf32>
}
func.func private @k(memref<?x8xf32>, memref<?x8xf32>)

// -----

// And that of a part: of the states of two directions, one.
// CHECK-LABEL: func.func @part(
// CHECK: scf.for
// CHECK-NOT: iter_args
func.func @part(%batch: index, %n: index) -> memref<?x8xf32, strided<[?, 1], offset: ?>> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %x = memref.alloc(%batch) : memref<2x?x8xf32>
  %one = memref.subview %x[1, 0, 0] [1, %batch, 8] [1, 1, 1] : memref<2x?x8xf32> to memref<1x?x8xf32, strided<[?, 8, 1], offset: ?>>
  %view = memref.collapse_shape %one [[0, 1], [2]] : memref<1x?x8xf32, strided<[?, 8, 1], offset: ?>> into memref<?x8xf32, strided<[?, 1], offset: ?>>
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%s = %view) -> memref<?x8xf32, strided<[?, 1], offset: ?>> {
    %e = memref.alloc(%batch) : memref<?x8xf32>
    linalg_ext.dispatch @k ins(%s : memref<?x8xf32, strided<[?, 1], offset: ?>>) scalars() outs(%e : memref<?x8xf32>)
    %cast = memref.cast %e : memref<?x8xf32> to memref<?x8xf32, strided<[?, 1], offset: ?>>
    scf.yield %cast : memref<?x8xf32, strided<[?, 1], offset: ?>>
  }
  return %r : memref<?x8xf32, strided<[?, 1], offset: ?>>
}
func.func private @k(memref<?x8xf32, strided<[?, 1], offset: ?>>, memref<?x8xf32>)

// -----

// Two open dimensions that become one say nothing about either.
// CHECK-LABEL: func.func @joined(
// CHECK: iter_args
func.func @joined(%a: index, %b: index, %n: index) -> memref<?x8xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %x = memref.alloc(%a, %b) : memref<?x?x8xf32>
  %first = memref.collapse_shape %x [[0, 1], [2]] : memref<?x?x8xf32> into memref<?x8xf32>
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%s = %first) -> memref<?x8xf32> {
    %e = memref.alloc(%a) : memref<?x8xf32>
    linalg_ext.dispatch @k ins(%s : memref<?x8xf32>) scalars() outs(%e : memref<?x8xf32>)
    scf.yield %e : memref<?x8xf32>
  }
  return %r : memref<?x8xf32>
}
func.func private @k(memref<?x8xf32>, memref<?x8xf32>)

// -----

// Exchanged values: neither copy may see what the other wrote.
// CHECK-LABEL: func.func @swap(
// CHECK: %[[A:.*]] = memref.alloc
// CHECK: %[[B:.*]] = memref.alloc
// CHECK: scf.for
// CHECK: %[[SAVED:.*]] = memref.alloc
// CHECK: memref.copy %[[B]], %[[SAVED]]
// CHECK: %[[SAVED2:.*]] = memref.alloc
// CHECK: memref.copy %[[A]], %[[SAVED2]]
// CHECK: memref.copy %[[SAVED]], %[[A]]
// CHECK: memref.copy %[[SAVED2]], %[[B]]
func.func @swap(%x: memref<8xf32>, %y: memref<8xf32>, %n: index) -> (memref<8xf32>, memref<8xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %r:2 = scf.for %i = %c0 to %n step %c1 iter_args(%s = %x, %t = %y) -> (memref<8xf32>, memref<8xf32>) {
    scf.yield %t, %s : memref<8xf32>, memref<8xf32>
  }
  return %r#0, %r#1 : memref<8xf32>, memref<8xf32>
}

// -----

// A buffer that grows cannot stay where it is.
// CHECK-LABEL: func.func @grows(
// CHECK: iter_args
func.func @grows(%x: memref<?xf32>, %n: index) -> memref<?xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%s = %x) -> memref<?xf32> {
    %d = memref.dim %s, %c0 : memref<?xf32>
    %more = arith.addi %d, %c1 : index
    %e = memref.alloc(%more) : memref<?xf32>
    linalg_ext.dispatch @k ins(%s : memref<?xf32>) scalars() outs(%e : memref<?xf32>)
    scf.yield %e : memref<?xf32>
  }
  return %r : memref<?xf32>
}
