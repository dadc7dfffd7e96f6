// RUN: ingot-opt %s --pass-environment --mlir-print-debuginfo --mlir-print-local-scope | FileCheck %s

// With each call stands what nothing looks at behind it: gradients that can be exchanged while the function goes on. What a loop changes is
// finished with the next kernel behind it, and what goes where it cannot be followed never is.
// CHECK: ingot.calls = {{\[\[}}"k", loc("a"), []], ["k", loc("b"), ["one"]], ["k", loc("c"), []], ["k", loc("d"), []], ["k", loc("e"), ["two"]], ["k", loc("f"), []]]
func.func @gradient_run(%env: !llvm.ptr, %frame: !llvm.ptr, %memory: memref<?xi8>, %n: index) -> i32 attributes {ingot.entry = "run"} {
  %zero = arith.constant 0 : index
  %step = arith.constant 1 : index
  %x = memref.view %memory[%zero][] {ingot.variable = "one"} : memref<?xi8> to memref<4xf32>
  %y = memref.view %memory[%n][] {ingot.variable = "two"} : memref<?xi8> to memref<2x2xf32>
  %lost = memref.view %memory[%step][] {ingot.variable = "lost"} : memref<?xi8> to memref<4xf32>
  %plain = memref.view %memory[%step][] : memref<?xi8> to memref<4xf32>
  %flat = memref.reinterpret_cast %y to offset: [0], sizes: [4], strides: [1] : memref<2x2xf32> to memref<4xf32>
  func.call @k(%x) : (memref<4xf32>) -> () loc("a")
  func.call @k(%x) : (memref<4xf32>) -> () loc("b")
  func.call @k(%flat) : (memref<4xf32>) -> () loc("c")
  scf.for %i = %zero to %n step %step {
    func.call @k(%flat) : (memref<4xf32>) -> () loc("d")
  }
  func.call @k(%plain) : (memref<4xf32>) -> () loc("e")
  %address = memref.extract_aligned_pointer_as_index %lost : memref<4xf32> -> index
  func.call @k(%lost) : (memref<4xf32>) -> () loc("f")
  %ok = arith.constant 0 : i32
  return %ok : i32
}

func.func private @k(%x: memref<4xf32>) attributes {ingot.kernel} {
  return
}
