// RUN: ingot-opt %s --pass-environment --mlir-print-debuginfo --mlir-print-local-scope | FileCheck %s

// Each call is bracketed for the profile and has a number of its own. What ends and what begins at one place is told at once.
// CHECK: ingot.calls = {{\[\[}}"k", loc("a"("Relu, opset 17")), []], ["k", loc("b"("Relu, opset 17")), []], ["k", loc("c"("Relu, opset 17")), []], ["k", loc("d"("Relu, opset 17")), []]]
// CHECK-LABEL: func.func @main_run(
// CHECK-SAME: %[[ENV:[a-z0-9]+]]: !llvm.ptr
// CHECK: llvm.getelementptr %[[ENV]][32]
// CHECK: %[[WANTED:.*]] = llvm.icmp "ne"
// CHECK: cf.cond_br %[[WANTED]], ^[[B1:.*]], ^[[R1:.*]] loc
// CHECK: ^[[B1]]:
// CHECK-COUNT-1: llvm.call
// CHECK: cf.br ^[[R1]]
// CHECK: ^[[R1]]:
// CHECK: call @k(%[[ENV]], %
// CHECK: cf.cond_br %[[WANTED]], ^[[B2:.*]], ^[[R2:.*]] loc
// CHECK: ^[[B2]]:
// CHECK-COUNT-2: llvm.call
// CHECK: cf.br ^[[R2]]
// CHECK: ^[[R2]]:
// CHECK: call @k(%[[ENV]], %
// CHECK: cf.cond_br %[[WANTED]]
// CHECK-COUNT-1: llvm.call
// What writes memory may take time of its own.
// CHECK: memref.store
// CHECK: cf.cond_br %[[WANTED]]
// CHECK-COUNT-1: llvm.call
// CHECK: call @k(%[[ENV]], %
// Inside of loops there are no blocks yet.
// CHECK: scf.for
// CHECK: scf.if %[[WANTED]]
// CHECK-COUNT-1: llvm.call
// CHECK: call @k(%[[ENV]], %
// CHECK: scf.if %[[WANTED]]
func.func @main_run(%env: !llvm.ptr, %frame: !llvm.ptr, %x: memref<?xf32>) -> i32 attributes {ingot.entry = "run"} {
  func.call @k(%x) : (memref<?xf32>) -> () loc("a"("Relu, opset 17"))
  func.call @k(%x) : (memref<?xf32>) -> () loc("b"("Relu, opset 17"))
  %i = arith.constant 0 : index
  %one = arith.constant 1 : index
  %f = arith.constant 0.0 : f32
  memref.store %f, %x[%i] : memref<?xf32>
  func.call @k(%x) : (memref<?xf32>) -> () loc("c"("Relu, opset 17"))
  scf.for %j = %i to %one step %one {
    func.call @k(%x) : (memref<?xf32>) -> () loc("d"("Relu, opset 17"))
  }
  %0 = arith.constant 0 : i32
  return %0 : i32
}
// CHECK: func.func private @k(%{{.*}}: !llvm.ptr {{.*}}, %{{.*}}: memref<?xf32>
func.func private @k(%x: memref<?xf32>) attributes {ingot.kernel} {
  return
}
