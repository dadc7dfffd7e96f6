// RUN: ingot-opt %s --pack-weights --choose-config=cpu=x86-64-v4 --split-input-file --verify-diagnostics | FileCheck %s

#in = affine_map<(n, h, w, f, kh, kw, c) -> (n, h + kh, w + kw, c)>
#filter = affine_map<(n, h, w, f, kh, kw, c) -> (kh, kw, c, f)>
#out = affine_map<(n, h, w, f, kh, kw, c) -> (n, h, w, f)>

// Forbidden where it would be taken; with another tile and other rows; and asked for where it would not pay.
// CHECK-LABEL: func.func @choices(
// CHECK: func.func private @never(
// CHECK-SAME: rows = 8 : i64
// CHECK-SAME: ingot.form = "contract"
// CHECK: func.func private @small(
// CHECK-SAME: ingot.config = {block_tiles = 20 : i64, lanes = 16 : i64, packed = 1 : i64, rows = 5 : i64, serial = false, shared = 0 : i64, tasks = 4 : i64, tile = 2 : i64, vectors = 2 : i64}, ingot.form = "winograd"
// CHECK: func.func private @always(
// CHECK-SAME: ingot.form = "winograd"
func.func @choices(%x: tensor<1x58x58x64xf32>, %narrow: tensor<1x58x58x8xf32>) -> (tensor<1x56x56x64xf32>, tensor<1x56x56x64xf32>, tensor<1x56x56x64xf32>) {
  %w = arith.constant dense<0.5> : tensor<3x3x64x64xf32>
  %v = arith.constant dense<0.5> : tensor<3x3x8x64xf32>
  %y = tensor.empty() : tensor<1x56x56x64xf32>
  %a = linalg_ext.dispatch @never ins(%x, %w : tensor<1x58x58x64xf32>, tensor<3x3x64x64xf32>) scalars() outs(%y : tensor<1x56x56x64xf32>) -> tensor<1x56x56x64xf32>
  %b = linalg_ext.dispatch @small ins(%x, %w : tensor<1x58x58x64xf32>, tensor<3x3x64x64xf32>) scalars() outs(%y : tensor<1x56x56x64xf32>) -> tensor<1x56x56x64xf32>
  %c = linalg_ext.dispatch @always ins(%narrow, %v : tensor<1x58x58x8xf32>, tensor<3x3x8x64xf32>) scalars() outs(%y : tensor<1x56x56x64xf32>) -> tensor<1x56x56x64xf32>
  return %a, %b, %c : tensor<1x56x56x64xf32>, tensor<1x56x56x64xf32>, tensor<1x56x56x64xf32>
}
func.func private @never(%x: tensor<1x58x58x64xf32>, %w: tensor<3x3x64x64xf32>, %y: tensor<1x56x56x64xf32>) -> tensor<1x56x56x64xf32> attributes {ingot.form = "contract", ingot.kernel, ingot.pin = {winograd = false}} {
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty() : tensor<1x56x56x64xf32>
  %start = linalg.fill ins(%zero : f32) outs(%empty : tensor<1x56x56x64xf32>) -> tensor<1x56x56x64xf32>
  %r = linalg.generic {indexing_maps = [#in, #filter, #out], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]}
      ins(%x, %w : tensor<1x58x58x64xf32>, tensor<3x3x64x64xf32>) outs(%start : tensor<1x56x56x64xf32>) {
  ^bb0(%a: f32, %b: f32, %acc: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %acc, %p : f32
    linalg.yield %s : f32
  } -> tensor<1x56x56x64xf32>
  return %r : tensor<1x56x56x64xf32>
}
func.func private @small(%x: tensor<1x58x58x64xf32>, %w: tensor<3x3x64x64xf32>, %y: tensor<1x56x56x64xf32>) -> tensor<1x56x56x64xf32> attributes {ingot.form = "contract", ingot.kernel, ingot.pin = {rows = 5 : i64, tile = 2 : i64}} {
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty() : tensor<1x56x56x64xf32>
  %start = linalg.fill ins(%zero : f32) outs(%empty : tensor<1x56x56x64xf32>) -> tensor<1x56x56x64xf32>
  %r = linalg.generic {indexing_maps = [#in, #filter, #out], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]}
      ins(%x, %w : tensor<1x58x58x64xf32>, tensor<3x3x64x64xf32>) outs(%start : tensor<1x56x56x64xf32>) {
  ^bb0(%a: f32, %b: f32, %acc: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %acc, %p : f32
    linalg.yield %s : f32
  } -> tensor<1x56x56x64xf32>
  return %r : tensor<1x56x56x64xf32>
}
func.func private @always(%x: tensor<1x58x58x8xf32>, %w: tensor<3x3x8x64xf32>, %y: tensor<1x56x56x64xf32>) -> tensor<1x56x56x64xf32> attributes {ingot.form = "contract", ingot.kernel, ingot.pin = {winograd = true}} {
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty() : tensor<1x56x56x64xf32>
  %start = linalg.fill ins(%zero : f32) outs(%empty : tensor<1x56x56x64xf32>) -> tensor<1x56x56x64xf32>
  %r = linalg.generic {indexing_maps = [#in, #filter, #out], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]}
      ins(%x, %w : tensor<1x58x58x8xf32>, tensor<3x3x8x64xf32>) outs(%start : tensor<1x56x56x64xf32>) {
  ^bb0(%a: f32, %b: f32, %acc: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %acc, %p : f32
    linalg.yield %s : f32
  } -> tensor<1x56x56x64xf32>
  return %r : tensor<1x56x56x64xf32>
}

// -----

// What cannot be is said, and the kernel works in its own form.
// CHECK-LABEL: func.func private @product(
// CHECK-SAME: ingot.form = "contract"
// expected-warning@+1 {{cannot take Winograd's form}}
func.func private @product(%a: tensor<8x64xf32>, %w: tensor<64x32xf32>, %y: tensor<8x32xf32>) -> tensor<8x32xf32> attributes {ingot.form = "contract", ingot.kernel, ingot.pin = {winograd = true}} {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<8x32xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<8x32xf32>) -> tensor<8x32xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %w : tensor<8x64xf32>, tensor<64x32xf32>) outs(%f : tensor<8x32xf32>) {
  ^bb0(%x: f32, %b: f32, %acc: f32):
    %p = arith.mulf %x, %b : f32
    %s = arith.addf %acc, %p : f32
    linalg.yield %s : f32
  } -> tensor<8x32xf32>
  return %r : tensor<8x32xf32>
}
