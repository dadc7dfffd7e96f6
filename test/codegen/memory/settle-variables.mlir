// RUN: ingot-opt %s --settle-variables | FileCheck %s

// What was written in place is no result any more.
// CHECK-LABEL: func.func @in_place
// CHECK-SAME: %[[W:.*]]: memref<8xf32> {ingot.variable = "w", ingot.written})
// CHECK-NOT: memref.copy
// CHECK: return %{{.*}} : memref<4xf32>
func.func @in_place(%y: memref<4xf32>, %w: memref<8xf32> {ingot.variable = "w", ingot.written}) -> (memref<4xf32>, memref<2x4xf32> {ingot.variable = "w"}) {
  %shaped = memref.expand_shape %w [[0, 1]] output_shape [2, 4] : memref<8xf32> into memref<2x4xf32>
  return %y, %shaped : memref<4xf32>, memref<2x4xf32>
}

// What has memory of its own is copied at the end.
// CHECK-LABEL: func.func @elsewhere
// CHECK-SAME: %[[X:[a-z0-9]+]]: memref<8xf32>, %[[W:[a-z0-9]+]]: memref<8xf32>
// CHECK: memref.copy %[[X]], %[[W]]
// CHECK-NEXT: return
// CHECK-NOT: memref<8xf32>
func.func @elsewhere(%x: memref<8xf32>, %w: memref<8xf32> {ingot.variable = "w", ingot.written}) -> (memref<8xf32> {ingot.variable = "w"}) {
  return %x : memref<8xf32>
}

// Two that become each other: all is read before anything is written.
// CHECK-LABEL: func.func @swap
// CHECK-SAME: %[[A:[a-z0-9]+]]: memref<?xf32> {{.*}}, %[[B:[a-z0-9]+]]: memref<?xf32>
// CHECK: %[[NA:.*]] = memref.alloc(%{{.*}})
// CHECK: memref.copy %[[B]], %[[NA]]
// CHECK: %[[NB:.*]] = memref.alloc(%{{.*}})
// CHECK: memref.copy %[[A]], %[[NB]]
// CHECK: memref.copy %[[NA]], %[[A]]
// CHECK: memref.copy %[[NB]], %[[B]]
// CHECK-NEXT: return
func.func @swap(%a: memref<?xf32> {ingot.variable = "a", ingot.written}, %b: memref<?xf32> {ingot.variable = "b", ingot.written})
    -> (memref<?xf32> {ingot.variable = "a"}, memref<?xf32> {ingot.variable = "b"}) {
  return %b, %a : memref<?xf32>, memref<?xf32>
}

// Other results stay.
// CHECK-LABEL: func.func @inference
// CHECK: return %{{.*}} : memref<8xf32>
func.func @inference(%x: memref<8xf32>) -> memref<8xf32> {
  return %x : memref<8xf32>
}
