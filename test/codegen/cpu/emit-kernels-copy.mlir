// RUN: ingot-opt %s --choose-config=cpu=x86-64-v4 --emit-kernels=cpu=x86-64-v4 --canonicalize --cse --split-input-file | FileCheck %s

// Each part of a concatenation is copied line by line to its place.
// CHECK-LABEL: func.func private @concat(
// CHECK-SAME: %[[X:[a-z0-9]+]]: memref<?xf32, strided<[1], offset: ?>>, %[[Y:[a-z0-9]+]]: memref<{{[^>]*>>}}, %[[O:[a-z0-9]+]]: memref<
// CHECK: scf.for %{{.*}} = %c0 to %c4 step %c1
// CHECK: %[[V:.*]] = vector.load %[[X]]
// CHECK: vector.store %[[V]], %[[O]]
// CHECK: scf.for %{{.*}} = %c0 to %c4 step %c1
// CHECK: scf.for %{{.*}} = %c0 to %c32 step %c16
// CHECK: %[[V2:.*]] = vector.load %[[Y]]
// CHECK: vector.store %[[V2]], %[[O]]
// CHECK: return
func.func private @concat(%x: tensor<4x16xf32>, %y: tensor<4x32xf32>, %o: tensor<4x48xf32>) -> tensor<4x48xf32> attributes {ingot.kernel, ingot.form = "copy"} {
  %r = tensor.concat dim(1) %x, %y : (tensor<4x16xf32>, tensor<4x32xf32>) -> tensor<4x48xf32>
  return %r : tensor<4x48xf32>
}

// -----

// Padding of whole rows is one run in front, the source as one run, and one behind.
// CHECK-LABEL: func.func private @pad(
// CHECK-SAME: %[[X:[a-z0-9]+]]: memref<?xf32, strided<[1], offset: ?>>, %{{[a-z0-9]+}}: index, %[[O:[a-z0-9]+]]: memref<
// CHECK: scf.for %{{.*}} = %c0 to %c32 step %c16
// CHECK-NEXT: vector.store %[[ONE:.*]], %[[O]]
// CHECK: scf.for
// CHECK: %[[V:.*]] = vector.load %[[X]]
// CHECK: vector.store %[[V]], %[[O]]
// CHECK: vector.maskedload %[[X]]
// CHECK: vector.store %[[ONE]], %[[O]]
// CHECK: return
func.func private @pad(%x: tensor<?x16xf32>, %o: tensor<?x16xf32>) -> tensor<?x16xf32> attributes {ingot.kernel, ingot.form = "copy"} {
  %one = arith.constant 1.0 : f32
  %p = tensor.pad %x low[2, 0] high[1, 0] {
  ^bb0(%i: index, %j: index):
    tensor.yield %one : f32
  } : tensor<?x16xf32> to tensor<?x16xf32>
  return %p : tensor<?x16xf32>
}
