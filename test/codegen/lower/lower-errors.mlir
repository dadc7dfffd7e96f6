// RUN: ingot-opt %s --lower-errors --allow-unregistered-dialect --mlir-print-local-scope | FileCheck %s

// CHECK: ingot.messages = ["sizes differ"]
// CHECK-SAME: ingot.nodes = ["add (Add, opset 17)"]
// CHECK-LABEL: func.func @main_run(
// CHECK-SAME: %[[ENV:[a-z0-9]+]]: !llvm.ptr, %[[FRAME:[a-z0-9]+]]: !llvm.ptr
// CHECK: cf.cond_br %{{.*}}, ^[[GO:.*]], ^[[LEAVE:.*]]
// CHECK: ^[[GO]]:
// The environment's memory.
// CHECK: llvm.getelementptr %[[ENV]][16]
// CHECK: llvm.call
// CHECK: cf.cond_br
// CHECK: ^[[LEAVE]]:
// CHECK: llvm.getelementptr %[[FRAME]][64]
// CHECK: llvm.getelementptr %[[FRAME]][68]
// CHECK: return
// CHECK-NOT: memref.alloc
func.func @main_run(%env: !llvm.ptr, %frame: !llvm.ptr, %ok: i1, %n: index) -> i32 attributes {ingot.entry = "run"} {
  %0 = arith.constant 0 : i32
  linalg_ext.assert %ok, "sizes differ" loc("add"("Add, opset 17"))
  %m = memref.alloc(%n) : memref<?x4xf32>
  "test.use"(%m) : (memref<?x4xf32>) -> ()
  return %0 : i32
}
