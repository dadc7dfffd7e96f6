// RUN: ingot-opt %s --outline-tasks --split-input-file | FileCheck %s

// CHECK-LABEL: func.func private @k_tasks0(
// CHECK-SAME: !llvm.ptr, %{{.*}}: i64, %{{.*}}: i64)
// CHECK: scf.for
// CHECK: memref.store
// CHECK-NOT: scf.forall
// CHECK-LABEL: func.func private @k(
// CHECK-SAME: %[[ENV:.*]]: !llvm.ptr, %[[X:.*]]: memref<?xf32, strided<[1], offset: ?>>, %[[N:.*]]: index)
// CHECK: %[[CONTEXT:.*]] = llvm.alloca %{{.*}} x !llvm.struct<(i64, struct<(ptr, ptr, i64, array<1 x i64>, array<1 x i64>)>)>
// CHECK: scf.if
// CHECK: %[[BODY:.*]] = func.constant @k_tasks0
// CHECK: %[[CALLEE:.*]] = llvm.load
// CHECK: llvm.call %[[CALLEE]](%[[ENV]], %{{.*}}, %{{.*}}, %[[CONTEXT]])
// CHECK: else
// CHECK: func.call @k_tasks0(%[[CONTEXT]]
func.func private @k(%env: !llvm.ptr, %x: memref<?xf32, strided<[1], offset: ?>>, %n: index) attributes {ingot.kernel} {
  %f = arith.constant 1.0 : f32
  scf.forall (%i) in (%n) {
    %j = arith.addi %i, %n : index
    memref.store %f, %x[%j] : memref<?xf32, strided<[1], offset: ?>>
  }
  return
}

// -----

// A serial loop, and one inside of another, stay where they are.
// CHECK-LABEL: func.func private @serial(
// CHECK-NOT: llvm.call
// CHECK: scf.for
// CHECK-NOT: _tasks
func.func private @serial(%env: !llvm.ptr, %x: memref<?xf32>, %n: index) attributes {ingot.kernel} {
  %f = arith.constant 1.0 : f32
  scf.forall (%i) in (%n) {
    memref.store %f, %x[%i] : memref<?xf32>
  } {ingot.serial}
  return
}

// -----

// Scratch memory is taken once a call of the body.
// CHECK-LABEL: func.func private @scratch_tasks0(
// CHECK: memref.alloca
// CHECK: scf.for
// CHECK-NOT: memref.alloca
func.func private @scratch(%env: !llvm.ptr, %n: index) attributes {ingot.kernel} {
  %f = arith.constant 1.0 : f32
  scf.forall (%i) in (%n) {
    %s = memref.alloca() : memref<16xf32>
    %c0 = arith.constant 0 : index
    memref.store %f, %s[%c0] : memref<16xf32>
  }
  return
}

// -----

// A kernel that goes backwards in every other turn.
// CHECK-LABEL: func.func private @turns_tasks0(
// CHECK: %[[ODD:.*]] = arith.trunci %{{.*}} : i64 to i1
// CHECK: scf.for %[[I:[a-z0-9]+]] =
// CHECK: %[[BACK:.*]] = arith.subi %{{.*}}, %[[I]]
// CHECK: %[[TASK:.*]] = arith.select %[[ODD]], %[[BACK]], %[[I]]
// CHECK: memref.store %{{.*}}, %{{.*}}[%[[TASK]]]
func.func private @turns(%env: !llvm.ptr, %x: memref<?xf32>, %n: index, %turn: index {ingot.turn}) attributes {ingot.kernel} {
  %f = arith.constant 1.0 : f32
  scf.forall (%i) in (%n) {
    memref.store %f, %x[%i] : memref<?xf32>
  }
  return
}

// -----

// Serial tasks take their scratch memory once, too: a loop gives none of it back before the function ends. A scope does.
// CHECK-LABEL: func.func private @serial(
// CHECK: memref.alloca() : memref<16xf32>
// CHECK: scf.for
// CHECK: memref.alloca_scope
// CHECK-NEXT: memref.alloca() : memref<8xf32>
func.func private @serial(%env: !llvm.ptr, %n: index) attributes {ingot.kernel} {
  %f = arith.constant 1.0 : f32
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.for %i = %c0 to %n step %c1 {
    %s = memref.alloca() : memref<16xf32>
    memref.store %f, %s[%c0] : memref<16xf32>
    memref.alloca_scope {
      %t = memref.alloca() : memref<8xf32>
      memref.store %f, %t[%c0] : memref<8xf32>
    }
  }
  return
}
