// RUN: ingot-opt %s --form-kernels --choose-config=cpu=x86-64-v4 --split-input-file | FileCheck %s

#id = affine_map<(m, n) -> (m, n)>
#lhs = affine_map<(m, n, k) -> (m, k)>
#rhs = affine_map<(m, n, k) -> (k, n)>
#out = affine_map<(m, n, k) -> (m, n)>

// The node's kernel has what was chosen for it; another with the same body has its own decisions.
// CHECK-LABEL: func.func @two(
// CHECK: linalg_ext.dispatch @[[FIRST:.*]] ins
// CHECK: linalg_ext.dispatch @[[SECOND:.*]] ins
// CHECK: func.func private @[[FIRST]](
// CHECK-SAME: rows = 6 : i64, serial = true,
// CHECK-SAME: ingot.pin = {rows = 6 : i64, threads = 1 : i64}
// CHECK: func.func private @[[SECOND]](
// CHECK-SAME: rows = 8 : i64, serial = false
// CHECK-NOT: ingot.pin =
module attributes {ingot.pins = {first = {rows = 6 : i64, threads = 1 : i64}}} {
  func.func @two(%a: tensor<512x512xf32>, %w: tensor<512x512xf32>) -> (tensor<512x512xf32>, tensor<512x512xf32>) {
    %zero = arith.constant 0.0 : f32
    %e = tensor.empty() : tensor<512x512xf32>
    %f = linalg.fill ins(%zero : f32) outs(%e : tensor<512x512xf32>) -> tensor<512x512xf32>
    %r = linalg.matmul ins(%a, %w : tensor<512x512xf32>, tensor<512x512xf32>) outs(%f : tensor<512x512xf32>) -> tensor<512x512xf32> loc("first"("MatMul, opset 17"))
    %s = linalg.matmul ins(%w, %a : tensor<512x512xf32>, tensor<512x512xf32>) outs(%f : tensor<512x512xf32>) -> tensor<512x512xf32> loc("second"("MatMul, opset 17"))
    return %r, %s : tensor<512x512xf32>, tensor<512x512xf32>
  }
}

// -----

#id = affine_map<(m, n) -> (m, n)>

// A node that is kept apart joins nobody, and nobody joins it.
// CHECK-LABEL: func.func @apart(
// CHECK-COUNT-3: linalg_ext.dispatch
// CHECK-NOT: linalg_ext.dispatch
// CHECK: func.func private
module attributes {ingot.pins = {middle = {fuse = false}}} {
  func.func @apart(%a: tensor<64x64xf32>) -> tensor<64x64xf32> {
    %e = tensor.empty() : tensor<64x64xf32>
    %0 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%a : tensor<64x64xf32>) outs(%e : tensor<64x64xf32>) {
    ^bb0(%x: f32, %y: f32):
      %r = math.absf %x : f32
      linalg.yield %r : f32
    } -> tensor<64x64xf32> loc("before"("Abs, opset 17"))
    %1 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%0 : tensor<64x64xf32>) outs(%e : tensor<64x64xf32>) {
    ^bb0(%x: f32, %y: f32):
      %r = arith.mulf %x, %x : f32
      linalg.yield %r : f32
    } -> tensor<64x64xf32> loc("middle"("Mul, opset 17"))
    %2 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%1 : tensor<64x64xf32>) outs(%e : tensor<64x64xf32>) {
    ^bb0(%x: f32, %y: f32):
      %r = math.sqrt %x : f32
      linalg.yield %r : f32
    } -> tensor<64x64xf32> loc("after"("Sqrt, opset 17"))
    return %2 : tensor<64x64xf32>
  }
}
