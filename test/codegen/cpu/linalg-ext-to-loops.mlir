// RUN: ingot-opt %s --linalg-ext-to-loops --split-input-file | FileCheck %s

// The slice of an update is copied by the innermost loop; nothing is written into an empty tensor.
// CHECK-LABEL: func.func @scatter
// CHECK: scf.if
// CHECK: scf.for
// CHECK: arith.maxsi
// CHECK: scf.for
// CHECK: arith.addf
// CHECK: memref.store
func.func @scatter(%x: memref<?x8xf32>, %i: memref<3x1xi64>, %u: memref<3x8xf32>) {
  linalg_ext.scatter add ins(%i, %u : memref<3x1xi64>, memref<3x8xf32>) outs(%x : memref<?x8xf32>)
  return
}

// -----

// CHECK-LABEL: func.func @scan
// CHECK: scf.for
// CHECK: %{{.*}} = scf.for {{.*}} iter_args(%{{.*}} = %{{.*}}) -> (f32)
// CHECK: arith.extf
// CHECK: arith.truncf
func.func @scan(%x: memref<4x?xbf16>, %y: memref<4x?xbf16>) {
  linalg_ext.scan sum ins(%x : memref<4x?xbf16>) outs(%y : memref<4x?xbf16>) axis = 1
  return
}

// -----

// CHECK-LABEL: func.func @arg_reduce
// CHECK: scf.for {{.*}} -> (i8, index)
// CHECK: arith.cmpi ult
func.func @arg_reduce(%x: memref<4x16xi8>, %y: memref<4xi64>) {
  linalg_ext.arg_reduce min ins(%x : memref<4x16xi8>) outs(%y : memref<4xi64>) axis = 1 {is_unsigned}
  return
}

// -----

// CHECK-LABEL: func.func @nonzero
// CHECK: memref.alloca() : memref<index>
// CHECK: arith.cmpf une
func.func @nonzero(%x: memref<8xf32>, %y: memref<1x?xi64>) {
  linalg_ext.nonzero ins(%x : memref<8xf32>) outs(%y : memref<1x?xi64>)
  return
}

// -----

// CHECK: func.func private @ingot_kernel_sort(index) -> i32 attributes {ingot.runtime_kernel}
// CHECK-LABEL: func.func @call
// CHECK: memref.alloca() : memref<28xi64>
// CHECK: %[[CODE:.*]] = call @ingot_kernel_sort
// CHECK: %[[OK:.*]] = arith.cmpi eq, %[[CODE]]
// CHECK: linalg_ext.assert %[[OK]]
func.func @call(%x: memref<4x?xf32>, %v: memref<4x3xf32>, %i: memref<4x3xi64>, %w: memref<?xi64>, %axis: index) {
  linalg_ext.kernel_call "ingot_kernel_sort" ins(%x : memref<4x?xf32>) scalars(%axis, %axis : index, index)
    outs(%v, %i, %w : memref<4x3xf32>, memref<4x3xi64>, memref<?xi64>) dtypes [1, 1, 7, 7]
  return
}

// -----

// On tensors there is nothing to lower yet.
// CHECK-LABEL: func.func @tensors
// CHECK: linalg_ext.nonzero
func.func @tensors(%x: tensor<8xf32>, %y: tensor<1x8xi64>) -> tensor<1x8xi64> {
  %r = linalg_ext.nonzero ins(%x : tensor<8xf32>) outs(%y : tensor<1x8xi64>) -> tensor<1x8xi64>
  return %r : tensor<1x8xi64>
}
