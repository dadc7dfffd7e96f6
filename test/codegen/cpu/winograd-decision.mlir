// RUN: ingot-opt %s --pack-weights --choose-config=cpu=x86-64-v4 --split-input-file | FileCheck %s

#in = affine_map<(n, h, w, f, kh, kw, c) -> (n, h + kh, w + kw, c)>
#filter = affine_map<(n, h, w, f, kh, kw, c) -> (kh, kw, c, f)>
#out = affine_map<(n, h, w, f, kh, kw, c) -> (n, h, w, f)>

// 36 points instead of 9 taps: 36 x 64 x 64 weights. 196 tiles are 24 times 8 and a rest, or 28 times 7.
// CHECK-LABEL: func.func @large(
// CHECK: %[[W:.*]] = arith.constant dense_resource<{{.*}}> : tensor<147456xf32>
// CHECK: linalg_ext.dispatch @conv ins(%{{.*}}, %[[W]]
// CHECK: func.func private @conv(
// CHECK-SAME: ingot.config = {block_tiles = 21 : i64, lanes = 16 : i64, packed = 1 : i64, rows = 7 : i64, serial = false, shared = 0 : i64, tasks = 4 : i64, tile = 4 : i64, vectors = 2 : i64}, ingot.form = "winograd"
func.func @large(%x: tensor<1x58x58x64xf32>) -> tensor<1x56x56x64xf32> {
  %w = arith.constant dense<0.5> : tensor<3x3x64x64xf32>
  %y = tensor.empty() : tensor<1x56x56x64xf32>
  %r = linalg_ext.dispatch @conv ins(%x, %w : tensor<1x58x58x64xf32>, tensor<3x3x64x64xf32>) scalars() outs(%y : tensor<1x56x56x64xf32>) -> tensor<1x56x56x64xf32>
  return %r : tensor<1x56x56x64xf32>
}
func.func private @conv(%x: tensor<1x58x58x64xf32>, %w: tensor<3x3x64x64xf32>, %y: tensor<1x56x56x64xf32>) -> tensor<1x56x56x64xf32> attributes {ingot.form = "contract", ingot.kernel} {
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

// -----

#in = affine_map<(n, h, w, f, kh, kw, c) -> (n, h * 2 + kh, w * 2 + kw, c)>
#filter = affine_map<(n, h, w, f, kh, kw, c) -> (kh, kw, c, f)>
#out = affine_map<(n, h, w, f, kh, kw, c) -> (n, h, w, f)>

// A stride of 2 leaves nothing to share between results.
// CHECK-LABEL: func.func @stride(
// CHECK: arith.constant dense_resource<{{.*}}> : tensor<36864xf32>
// CHECK: func.func private @conv(
// CHECK-SAME: ingot.form = "contract"
func.func @stride(%x: tensor<1x57x57x64xf32>) -> tensor<1x28x28x64xf32> {
  %w = arith.constant dense<0.5> : tensor<3x3x64x64xf32>
  %y = tensor.empty() : tensor<1x28x28x64xf32>
  %r = linalg_ext.dispatch @conv ins(%x, %w : tensor<1x57x57x64xf32>, tensor<3x3x64x64xf32>) scalars() outs(%y : tensor<1x28x28x64xf32>) -> tensor<1x28x28x64xf32>
  return %r : tensor<1x28x28x64xf32>
}
func.func private @conv(%x: tensor<1x57x57x64xf32>, %w: tensor<3x3x64x64xf32>, %y: tensor<1x28x28x64xf32>) -> tensor<1x28x28x64xf32> attributes {ingot.form = "contract", ingot.kernel} {
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty() : tensor<1x28x28x64xf32>
  %start = linalg.fill ins(%zero : f32) outs(%empty : tensor<1x28x28x64xf32>) -> tensor<1x28x28x64xf32>
  %r = linalg.generic {indexing_maps = [#in, #filter, #out], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]}
      ins(%x, %w : tensor<1x57x57x64xf32>, tensor<3x3x64x64xf32>) outs(%start : tensor<1x28x28x64xf32>) {
  ^bb0(%a: f32, %b: f32, %acc: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %acc, %p : f32
    linalg.yield %s : f32
  } -> tensor<1x28x28x64xf32>
  return %r : tensor<1x28x28x64xf32>
}
