// RUN: ingot-opt %s --pass-environment --mlir-print-debuginfo --mlir-print-local-scope | FileCheck %s

// Each call is bracketed for the profile and has a number of its own.
// CHECK: ingot.calls = {{\[\[}}"k", loc("a"("Relu, opset 17"))], ["k", loc("b"("Relu, opset 17"))]]
// CHECK-LABEL: func.func @main_run(
// CHECK-SAME: %[[ENV:[a-z0-9]+]]: !llvm.ptr
// CHECK: llvm.getelementptr %[[ENV]][32]
// CHECK: scf.if
// CHECK: llvm.call
// CHECK: call @k(%[[ENV]], %
// CHECK: scf.if
// CHECK: llvm.call
func.func @main_run(%env: !llvm.ptr, %frame: !llvm.ptr, %x: memref<?xf32>) -> i32 attributes {ingot.entry = "run"} {
  func.call @k(%x) : (memref<?xf32>) -> () loc("a"("Relu, opset 17"))
  func.call @k(%x) : (memref<?xf32>) -> () loc("b"("Relu, opset 17"))
  %0 = arith.constant 0 : i32
  return %0 : i32
}
// CHECK: func.func private @k(%{{.*}}: !llvm.ptr {{.*}}, %{{.*}}: memref<?xf32>
func.func private @k(%x: memref<?xf32>) attributes {ingot.kernel} {
  return
}
