// RUN: ingot-opt %s --contiguous-operands --split-input-file | FileCheck %s

// Rows of a matrix are contiguous, columns are not.
// CHECK-LABEL: func.func @columns(
// CHECK: %[[ROWS:.*]] = memref.subview %{{.*}}[2, 0]
// CHECK: %[[COLUMNS:.*]] = memref.subview %{{.*}}[0, 1]
// CHECK: %[[COPY:.*]] = memref.alloc() {{.*}} : memref<4x2xf32>
// CHECK: memref.copy %[[COLUMNS]], %[[COPY]]
// CHECK: linalg_ext.dispatch @k ins(%[[ROWS]], %[[COPY]]
func.func @columns(%x: memref<4x4xf32>, %o: memref<2x2xf32>) {
  %r = memref.subview %x[2, 0] [2, 4] [1, 1] : memref<4x4xf32> to memref<2x4xf32, strided<[4, 1], offset: 8>>
  %c = memref.subview %x[0, 1] [4, 2] [1, 1] : memref<4x4xf32> to memref<4x2xf32, strided<[4, 1], offset: 1>>
  linalg_ext.dispatch @k ins(%r, %c : memref<2x4xf32, strided<[4, 1], offset: 8>>, memref<4x2xf32, strided<[4, 1], offset: 1>>) scalars() outs(%o : memref<2x2xf32>)
  return
}

// -----

// An output is copied back, and not copied in before.
// CHECK-LABEL: func.func @output(
// CHECK: %[[VIEW:.*]] = memref.subview
// CHECK-NEXT: %[[COPY:.*]] = memref.alloc
// CHECK-NEXT: linalg_ext.dispatch @k ins() scalars() outs(%[[COPY]]
// CHECK-NEXT: memref.copy %[[COPY]], %[[VIEW]]
func.func @output(%x: memref<4x4xf32>) {
  %c = memref.subview %x[0, 1] [4, 2] [1, 1] : memref<4x4xf32> to memref<4x2xf32, strided<[4, 1], offset: 1>>
  linalg_ext.dispatch @k ins() scalars() outs(%c : memref<4x2xf32, strided<[4, 1], offset: 1>>)
  return
}

// -----

// Whole trailing dimensions of unknown size are seen to be contiguous; a reshape's sizes become values.
// CHECK-LABEL: func.func @dynamic(
// CHECK-NOT: memref.copy
// CHECK: memref.reinterpret_cast %{{.*}} to offset: [0], sizes: [%[[A:.*]], 8], strides: [8, 1]
// CHECK-NOT: memref.reshape
func.func @dynamic(%n: index, %m: index, %i: index, %o: memref<?x8xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : i64
  %x = memref.alloc(%n, %m) : memref<?x?xf32>
  %r = memref.subview %x[%i, 0] [1, %m] [1, 1] : memref<?x?xf32> to memref<?xf32, strided<[1], offset: ?>>
  linalg_ext.dispatch @k ins(%r : memref<?xf32, strided<[1], offset: ?>>) scalars() outs(%x : memref<?x?xf32>)
  %s = memref.alloc() : memref<2xi64>
  %k = arith.index_cast %n : index to i64
  memref.store %k, %s[%c0] : memref<2xi64>
  memref.store %c8, %s[%c1] : memref<2xi64>
  %y = memref.reshape %x(%s) : (memref<?x?xf32>, memref<2xi64>) -> memref<?x8xf32>
  linalg_ext.dispatch @k ins(%y : memref<?x8xf32>) scalars() outs(%o : memref<?x8xf32>)
  return
}
