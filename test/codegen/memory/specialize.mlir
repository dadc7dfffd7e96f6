// RUN: ingot-opt %s --ingot-fuse --ingot-strategy=cpu=x86-64-v3 --ingot-bufferize --ingot-plan-memory | FileCheck %s

// The entry points of the function leave for those of its copy when the sizes are the copy's, which the manifest does not list.
// CHECK: ingot.functions = [{arena_bytes = -1 : i64, inputs = {{.*}}, name = "main", outputs = {{.*}}, specializations = ["n=8"]}]
// CHECK-LABEL: func.func @main_plan
// CHECK: %[[SIZE:.*]] = llvm.load
// CHECK: %[[SAME:.*]] = llvm.icmp "eq" %{{.*}}, %{{.*}} : i64
// CHECK: cf.cond_br %{{.*}}, ^[[CALL:.*]], ^
// CHECK: call @main$8_plan(%arg0, %arg1) : (!llvm.ptr, !llvm.ptr) -> i32
// CHECK-LABEL: func.func @main_run
// CHECK: call @main$8_run(%arg0, %arg1) : (!llvm.ptr, !llvm.ptr) -> i32
// CHECK-LABEL: func.func @main$8_plan
// CHECK-LABEL: func.func @main$8_run
#map = affine_map<(d0) -> (d0)>
func.func @main(%x: tensor<?xf32> {ingot.name = "x", ingot.symbols = ["n"]}) -> tensor<?xf32> {
  %c0 = arith.constant 0 : index
  %n = tensor.dim %x, %c0 : tensor<?xf32>
  %empty = tensor.empty(%n) : tensor<?xf32>
  %0 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel"]} ins(%x : tensor<?xf32>) outs(%empty : tensor<?xf32>) {
  ^bb0(%in: f32, %out: f32):
    %y = arith.negf %in : f32
    linalg.yield %y : f32
  } -> tensor<?xf32>
  return %0 : tensor<?xf32>
}
func.func @main$8(%x: tensor<8xf32> {ingot.name = "x", ingot.symbols = [""]}) -> tensor<8xf32> attributes {ingot.sizes = "n=8", ingot.specializes = "main"} {
  %empty = tensor.empty() : tensor<8xf32>
  %0 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel"]} ins(%x : tensor<8xf32>) outs(%empty : tensor<8xf32>) {
  ^bb0(%in: f32, %out: f32):
    %y = arith.negf %in : f32
    linalg.yield %y : f32
  } -> tensor<8xf32>
  return %0 : tensor<8xf32>
}
