// RUN: ingot-opt %s --verify-plan-memory-contract --split-input-file --verify-diagnostics

func.func @f_plan(%env: !llvm.ptr, %frame: !llvm.ptr) -> i32 attributes {ingot.entry = "plan", ingot.function = "f"} {
  %r = arith.constant 0 : i32
  return %r : i32
}
// What depends on data, and what a loop hands on, may be allocated.
func.func @f_run(%env: !llvm.ptr, %frame: !llvm.ptr, %count: memref<i64>) -> i32 attributes {ingot.entry = "run", ingot.function = "f"} {
  %r = arith.constant 0 : i32
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %n = memref.load %count[] : memref<i64>
  %k = arith.index_cast %n : i64 to index
  %a = memref.alloc(%k) : memref<?xf32>
  scf.for %i = %c0 to %k step %c1 {
    %b = memref.alloc() : memref<8xf32>
  }
  return %r : i32
}

// -----

// expected-error@+1 {{is neither a kernel nor an entry point at the end of plan-memory}}
func.func @main(%x: memref<4xf32>) -> memref<4xf32> {
  return %x : memref<4xf32>
}

// -----

// expected-error@+1 {{'f' has no plan at the end of plan-memory}}
module {
  func.func @f_run(%env: !llvm.ptr, %frame: !llvm.ptr) -> i32 attributes {ingot.entry = "run", ingot.function = "f"} {
    %r = arith.constant 0 : i32
    return %r : i32
  }
}

// -----

func.func @f_plan(%env: !llvm.ptr, %frame: !llvm.ptr) -> i32 attributes {ingot.entry = "plan", ingot.function = "f"} {
  %r = arith.constant 0 : i32
  return %r : i32
}
func.func @f_run(%env: !llvm.ptr, %frame: !llvm.ptr) -> i32 attributes {ingot.entry = "run", ingot.function = "f"} {
  %r = arith.constant 0 : i32
  // expected-error@+1 {{'memref.alloc' op of a size that the plan can know, at the end of plan-memory}}
  %a = memref.alloc() : memref<8xf32>
  return %r : i32
}

// -----

func.func @f_plan(%env: !llvm.ptr, %frame: !llvm.ptr) -> i32 attributes {ingot.entry = "plan", ingot.function = "f"} {
  %r = arith.constant 0 : i32
  return %r : i32
}
func.func @f_run(%env: !llvm.ptr, %frame: !llvm.ptr) -> i32 attributes {ingot.entry = "run", ingot.function = "f"} {
  %r = arith.constant 0 : i32
  %size = llvm.load %frame : !llvm.ptr -> i64
  %n = arith.index_cast %size : i64 to index
  %m = arith.addi %n, %n : index
  // expected-error@+1 {{'memref.alloc' op of a size that the plan can know, at the end of plan-memory}}
  %a = memref.alloc(%m) : memref<?xf32>
  return %r : i32
}
