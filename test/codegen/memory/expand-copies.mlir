// RUN: ingot-opt %s --expand-copies --split-input-file | FileCheck %s

// CHECK-LABEL: func.func @whole(
// CHECK-NOT: scf.for
// CHECK: %[[BYTES:.*]] = llvm.mlir.constant(64 : i64)
// CHECK: "llvm.intr.memcpy"(%{{.*}}, %{{.*}}, %[[BYTES]]) <{isVolatile = false}>
func.func @whole(%x: memref<4x4xf32>, %y: memref<4x4xf32>) {
  memref.copy %x, %y : memref<4x4xf32> to memref<4x4xf32>
  return
}

// -----

// Rows of two contiguous elements, in a loop over the rest.
// CHECK-LABEL: func.func @rows(
// CHECK: %[[BYTES:.*]] = llvm.mlir.constant(8 : i64)
// CHECK: scf.for
// CHECK-NOT: scf.for
// CHECK: "llvm.intr.memcpy"(%{{.*}}, %{{.*}}, %[[BYTES]])
// CHECK-NOT: memref.copy
func.func @rows(%x: memref<4x4xf32>, %y: memref<4x2xf32>) {
  %v = memref.subview %x[0, 1] [4, 2] [1, 1] : memref<4x4xf32> to memref<4x2xf32, strided<[4, 1], offset: 1>>
  memref.copy %v, %y : memref<4x2xf32, strided<[4, 1], offset: 1>> to memref<4x2xf32>
  return
}

// -----

// Trailing whole dimensions belong to the run, also when their size is not known.
// CHECK-LABEL: func.func @slices(
// CHECK: scf.for
// CHECK-NOT: scf.for
// CHECK: llvm.intr.memcpy
func.func @slices(%x: memref<?x8x?xf32, strided<[?, ?, 1], offset: ?>>, %y: memref<?x8x?xf32>, %z: memref<3x2x5xf32, strided<[20, 5, 1]>>, %w: memref<3x2x5xf32>) {
  memref.copy %z, %w : memref<3x2x5xf32, strided<[20, 5, 1]>> to memref<3x2x5xf32>
  return
}

// -----

// CHECK-LABEL: func.func @itself(
// CHECK-NEXT: return
func.func @itself(%x: memref<4xf32>) {
  memref.copy %x, %x : memref<4xf32> to memref<4xf32>
  return
}
