// RUN: ingot-opt %s --ingot-fuse --ingot-strategy=cpu=x86-64-v3 --ingot-bufferize | FileCheck %s --check-prefix=BUFFERS
// RUN: ingot-opt %s --ingot-fuse --ingot-strategy=cpu=x86-64-v3 --ingot-bufferize --ingot-plan-memory | FileCheck %s

// What a state that grows becomes is its own memory: the new rows are written behind the old ones, by the kernel that makes them, and
// nothing is copied.
// BUFFERS-LABEL: func.func @main
// BUFFERS: memref.alloc
// BUFFERS-NOT: memref.alloc
// BUFFERS: return
// CHECK-LABEL: func.func @main_run
// CHECK-NOT: memref.copy
// CHECK: linalg_ext.dispatch @kernel_map
// CHECK-NOT: memref.copy
// CHECK-LABEL: func.func private @kernel_map
#map = affine_map<(d0, d1) -> (d0, d1)>
func.func @main(%new: tensor<1x4xf32> {ingot.name = "new"},
                %past: tensor<?x4xf32> {ingot.name = "past", ingot.state = {axis = 0 : i64, capacity = 16 : i64, output = "present"}, ingot.symbols = ["past", ""]})
    -> (tensor<?x4xf32> {ingot.name = "present", ingot.state = "past"}) {
  %empty = tensor.empty() : tensor<1x4xf32>
  %0 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel"]} ins(%new : tensor<1x4xf32>) outs(%empty : tensor<1x4xf32>) {
  ^bb0(%in: f32, %out: f32):
    %n = arith.negf %in : f32
    linalg.yield %n : f32
  } -> tensor<1x4xf32>
  %1 = tensor.concat dim(0) %past, %0 : (tensor<?x4xf32>, tensor<1x4xf32>) -> tensor<?x4xf32>
  return %1 : tensor<?x4xf32>
}
