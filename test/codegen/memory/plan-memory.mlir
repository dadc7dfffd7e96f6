// RUN: ingot-opt %s --plan-memory --split-input-file | FileCheck %s

// Static sizes: the first and third buffer are never alive together. The last one lives in the output.
// CHECK: module attributes {ingot.functions = [{arena_bytes = 512 : i64
// CHECK-LABEL: func.func @main_plan(
// CHECK: llvm.getelementptr %{{.*}}[56]
// CHECK: return
// CHECK-LABEL: func.func @main_run(
// CHECK-NOT: memref.alloc
// CHECK-NOT: memref.copy
func.func @main(%x: memref<64xf32> {ingot.name = "x"}) -> memref<64xf32> {
  %a = memref.alloc() : memref<64xf32>
  linalg_ext.dispatch @k ins(%x : memref<64xf32>) scalars() outs(%a : memref<64xf32>)
  %b = memref.alloc() : memref<64xf32>
  linalg_ext.dispatch @k ins(%a : memref<64xf32>) scalars() outs(%b : memref<64xf32>)
  %c = memref.alloc() : memref<64xf32>
  linalg_ext.dispatch @k ins(%b : memref<64xf32>) scalars() outs(%c : memref<64xf32>)
  %d = memref.alloc() : memref<64xf32>
  linalg_ext.dispatch @k ins(%c : memref<64xf32>) scalars() outs(%d : memref<64xf32>)
  return %d : memref<64xf32>
}

// -----

// Sizes by a formula: buffers that are not alive together share a slot as large as the larger one. Equal symbols are compared.
// CHECK: arena_bytes = -1
// CHECK-LABEL: func.func @main_plan(
// CHECK: llvm.icmp "ne"
// CHECK: cf.cond_br %{{.*}}, ^bb1, ^bb2
// CHECK: ^bb1:
// CHECK: llvm.getelementptr %{{.*}}[68]
// CHECK: ^bb2:
// CHECK: arith.maxui
// CHECK-LABEL: func.func @main_run(
// CHECK: arith.maxui
// CHECK-NOT: memref.alloc
func.func @main(%x: memref<?xf32> {ingot.symbols = ["n"]}, %y: memref<?xf32> {ingot.symbols = ["n"]}) -> memref<?xf32> {
  %c0 = arith.constant 0 : index
  %c3 = arith.constant 3 : index
  %n = memref.dim %x, %c0 : memref<?xf32>
  %m = arith.muli %n, %c3 : index
  %a = memref.alloc(%m) : memref<?xf32>
  linalg_ext.dispatch @k ins(%x : memref<?xf32>) scalars() outs(%a : memref<?xf32>)
  %b = memref.alloc(%n) : memref<?xf32>
  linalg_ext.dispatch @k ins(%a : memref<?xf32>) scalars() outs(%b : memref<?xf32>)
  %c = memref.alloc(%n) : memref<?xf32>
  linalg_ext.dispatch @k ins(%b : memref<?xf32>) scalars() outs(%c : memref<?xf32>)
  %d = memref.alloc(%n) : memref<?xf32>
  linalg_ext.dispatch @k ins(%c, %y : memref<?xf32>, memref<?xf32>) scalars() outs(%d : memref<?xf32>)
  return %d : memref<?xf32>
}

// -----

// A size that depends on computed data: the environment has the memory, and the output is known after the run.
// CHECK: data_dependent
// CHECK-LABEL: func.func @main_plan(
// CHECK: %[[UNKNOWN:.*]] = llvm.mlir.constant(-1 : i64)
// CHECK: llvm.store %[[UNKNOWN]]
// CHECK-LABEL: func.func @main_run(
// CHECK: memref.alloc(%
// CHECK: llvm.getelementptr %{{.*}}[24]
// CHECK: linalg_ext.assert %{{.*}}, ""
// CHECK: memref.copy
func.func @main(%x: memref<64xf32>) -> memref<?xf32> {
  %count = memref.alloc() : memref<i64>
  linalg_ext.dispatch @count ins(%x : memref<64xf32>) scalars() outs(%count : memref<i64>)
  %k = memref.load %count[] : memref<i64>
  %n = arith.index_cast %k : i64 to index
  %b = memref.alloc(%n) : memref<?xf32>
  linalg_ext.dispatch @k ins(%x : memref<64xf32>) scalars() outs(%b : memref<?xf32>)
  return %b : memref<?xf32>
}

// -----

// An input's value may decide a size: the plan reads it.
// CHECK-LABEL: func.func @main_plan(
// CHECK: memref.load
// CHECK-LABEL: func.func @main_run(
// CHECK-NOT: memref.alloc
func.func @main(%k: memref<i64>) -> memref<?xf32> {
  %v = memref.load %k[] : memref<i64>
  %n = arith.index_cast %v : i64 to index
  %b = memref.alloc(%n) : memref<?xf32>
  linalg_ext.dispatch @k ins() scalars() outs(%b : memref<?xf32>)
  return %b : memref<?xf32>
}

// -----

// A buffer that reaches the next iteration, where its allocation runs again, is not in the arena.
// CHECK-LABEL: func.func @main_run(
// CHECK: scf.for
// CHECK: memref.alloc
func.func @main(%x: memref<8xf32>, %n: memref<i64>) -> memref<8xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %v = memref.load %n[] : memref<i64>
  %to = arith.index_cast %v : i64 to index
  %r = scf.for %i = %c0 to %to step %c1 iter_args(%s = %x) -> memref<8xf32> {
    %e = memref.alloc() : memref<8xf32>
    linalg_ext.dispatch @k ins(%s : memref<8xf32>) scalars() outs(%e : memref<8xf32>)
    scf.yield %e : memref<8xf32>
  }
  return %r : memref<8xf32>
}
