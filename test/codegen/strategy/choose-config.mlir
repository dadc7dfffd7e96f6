// RUN: ingot-opt %s --form-kernels --choose-config=cpu=x86-64-v4 --split-input-file | FileCheck %s --check-prefixes=CHECK,V4
// RUN: ingot-opt %s --form-kernels --choose-config=cpu=x86-64-v3 --split-input-file | FileCheck %s --check-prefixes=CHECK,V3
// RUN: ingot-opt %s --form-kernels --choose-config=cpu=x86-64-v2 --split-input-file | FileCheck %s --check-prefixes=CHECK,V2
// RUN: not ingot-opt %s --choose-config=cpu=z80 --split-input-file 2>&1 | FileCheck %s --check-prefix=UNKNOWN

// UNKNOWN: unknown processor 'z80'

// CHECK-LABEL: func.func @large(
// V4: ingot.config = {block_rows = 128 : i64, chains = 8 : i64, lanes = 16 : i64, pack_columns = 128 : i64, pack_rows = 192 : i64, pack_steps = 160 : i64, parts = 16 : i64, rows = 8 : i64, serial = false, vectors = 2 : i64}
// V3: ingot.config = {block_rows = 128 : i64, chains = 8 : i64, lanes = 8 : i64, pack_columns = 128 : i64, pack_rows = 128 : i64, pack_steps = 512 : i64, parts = 16 : i64, rows = 6 : i64, serial = false, vectors = 2 : i64}
// V2: ingot.config = {block_rows = 128 : i64, chains = 8 : i64, lanes = 4 : i64, pack_columns = 128 : i64, pack_rows = 128 : i64, pack_steps = 512 : i64, parts = 16 : i64, rows = 4 : i64, serial = false, vectors = 2 : i64}
func.func @large(%a: tensor<512x512xf32>, %w: tensor<512x512xf32>) -> tensor<512x512xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<512x512xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<512x512xf32>) -> tensor<512x512xf32>
  %r = linalg.matmul ins(%a, %w : tensor<512x512xf32>, tensor<512x512xf32>) outs(%f : tensor<512x512xf32>) -> tensor<512x512xf32>
  return %r : tensor<512x512xf32>
}

// -----

// One row of little work.
// CHECK-LABEL: func.func @vector(
// V4: rows = 8 : i64, serial = true
// V3: rows = 6 : i64, serial = true
// V2: rows = 4 : i64, serial = true
func.func @vector(%a: tensor<1x64xf32>, %w: tensor<64x512xf32>) -> tensor<1x512xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x512xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x512xf32>) -> tensor<1x512xf32>
  %r = linalg.matmul ins(%a, %w : tensor<1x64xf32>, tensor<64x512xf32>) outs(%f : tensor<1x512xf32>) -> tensor<1x512xf32>
  return %r : tensor<1x512xf32>
}

// -----

// `serial` is about few rows where their number is unknown. f64 halves the lanes.
// CHECK-LABEL: func.func @dynamic(
// V4: lanes = 8 : i64, {{.*}}rows = 8 : i64, serial = true
// V3: lanes = 4 : i64, {{.*}}rows = 6 : i64, serial = true
// V2: lanes = 2 : i64, {{.*}}rows = 4 : i64, serial = true
func.func @dynamic(%a: tensor<?x4xf64>, %w: tensor<4x4xf64>) -> tensor<?x4xf64> {
  %zero = arith.constant 0.0 : f64
  %c0 = arith.constant 0 : index
  %n = tensor.dim %a, %c0 : tensor<?x4xf64>
  %e = tensor.empty(%n) : tensor<?x4xf64>
  %f = linalg.fill ins(%zero : f64) outs(%e : tensor<?x4xf64>) -> tensor<?x4xf64>
  %r = linalg.matmul ins(%a, %w : tensor<?x4xf64>, tensor<4x4xf64>) outs(%f : tensor<?x4xf64>) -> tensor<?x4xf64>
  return %r : tensor<?x4xf64>
}

// -----

// CHECK-LABEL: func.func @window(
// V4: columns = 6 : i64, lanes = 16 : i64, serial = false}
// V3: columns = 4 : i64, lanes = 8 : i64, serial = false}
// V2: columns = 4 : i64, lanes = 4 : i64, serial = false}
func.func @window(%x: tensor<1x20x20x96xf32>, %w: tensor<3x3x96xf32>) -> tensor<1x18x18x96xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x18x18x96xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x18x18x96xf32>) -> tensor<1x18x18x96xf32>
  %r = linalg.depthwise_conv_2d_nhwc_hwc ins(%x, %w : tensor<1x20x20x96xf32>, tensor<3x3x96xf32>) outs(%f : tensor<1x18x18x96xf32>) -> tensor<1x18x18x96xf32>
  return %r : tensor<1x18x18x96xf32>
}

// -----

// An exponential counts as eight additions, so that a task is as long with fewer of them.
// CHECK-LABEL: func.func @costly(
// V4: ingot.config = {serial = false, task_elements = 1820 : i64, width = 32 : i64}
// V3: ingot.config = {serial = false, task_elements = 1820 : i64, width = 16 : i64}
// V2: ingot.config = {serial = false, task_elements = 1820 : i64, width = 8 : i64}
#one = affine_map<(i) -> (i)>
func.func @costly(%x: tensor<?xf32>) -> tensor<?xf32> {
  %c0 = arith.constant 0 : index
  %n = tensor.dim %x, %c0 : tensor<?xf32>
  %e = tensor.empty(%n) : tensor<?xf32>
  %r = linalg.generic {indexing_maps = [#one, #one], iterator_types = ["parallel"]} ins(%x : tensor<?xf32>) outs(%e : tensor<?xf32>) {
  ^bb0(%a: f32, %o: f32):
    %0 = math.exp %a : f32
    linalg.yield %0 : f32
  } -> tensor<?xf32>
  return %r : tensor<?xf32>
}

// -----

// CHECK-LABEL: func.func @small(
// CHECK: ingot.config = {serial = true
#one = affine_map<(i) -> (i)>
func.func @small(%x: tensor<1000xf32>) -> tensor<1000xf32> {
  %e = tensor.empty() : tensor<1000xf32>
  %r = linalg.generic {indexing_maps = [#one, #one], iterator_types = ["parallel"]} ins(%x : tensor<1000xf32>) outs(%e : tensor<1000xf32>) {
  ^bb0(%a: f32, %o: f32):
    %0 = arith.addf %a, %a : f32
    linalg.yield %0 : f32
  } -> tensor<1000xf32>
  return %r : tensor<1000xf32>
}

// -----

// Decided anew for another processor, what was packed stays.
// CHECK-LABEL: func.func private @packed(
// V4-SAME: ingot.config = {block_rows = 128 : i64, chains = 8 : i64, lanes = 16 : i64, packed = 1 : i64, rows = 8 : i64
// V3-SAME: ingot.config = {block_rows = 128 : i64, chains = 8 : i64, lanes = 8 : i64, packed = 1 : i64, rows = 6 : i64
// V2-SAME: ingot.config = {block_rows = 128 : i64, chains = 8 : i64, lanes = 4 : i64, packed = 1 : i64, rows = 4 : i64
#a = affine_map<(m, n, k) -> (m, k)>
#w = affine_map<(m, n, k) -> (k, n)>
#r = affine_map<(m, n, k) -> (m, n)>
func.func private @packed(%a: tensor<64x64xf32>, %w: tensor<64x64xf32>, %o: tensor<64x64xf32>) -> tensor<64x64xf32>
    attributes {ingot.kernel, ingot.form = "contract", ingot.config = {packed = 1 : i64, lanes = 99 : i64}} {
  %zero = arith.constant 0.0 : f32
  %f = linalg.fill ins(%zero : f32) outs(%o : tensor<64x64xf32>) -> tensor<64x64xf32>
  %m = linalg.generic {indexing_maps = [#a, #w, #r], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %w : tensor<64x64xf32>, tensor<64x64xf32>) outs(%f : tensor<64x64xf32>) {
  ^bb0(%x: f32, %y: f32, %s: f32):
    %0 = arith.mulf %x, %y : f32
    %1 = arith.addf %s, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<64x64xf32>
  return %m : tensor<64x64xf32>
}

// -----

#q = affine_map<(h, s, t, d) -> (h, s, d)>
#k = affine_map<(h, s, t, d) -> (h, t, d)>
#s = affine_map<(h, s, t, d) -> (h, s, t)>
#p = affine_map<(h, s, d, t) -> (h, s, t)>
#v = affine_map<(h, s, d, t) -> (h, t, d)>
#o = affine_map<(h, s, d, t) -> (h, s, d)>
#id = affine_map<(h, s, t) -> (h, s, t)>
#r = affine_map<(h, s, t) -> (h, s)>

// CHECK-LABEL: func.func @attention(
// CHECK: linalg_ext.dispatch @kernel_attention
// CHECK-NOT: linalg_ext.dispatch
// V4: ingot.config = {block_keys = 104 : i64, few_queries = 4 : i64, lanes = 16 : i64, rows = 8 : i64, serial = false, vectors = 2 : i64}
// V3: ingot.config = {block_keys = 204 : i64, few_queries = 2 : i64, lanes = 8 : i64, rows = 6 : i64, serial = false, vectors = 2 : i64}
// V2: ingot.config = {block_keys = 200 : i64, few_queries = 1 : i64, lanes = 4 : i64, rows = 4 : i64, serial = false, vectors = 2 : i64}
func.func @attention(%q: tensor<2x64x64xf32>, %k: tensor<2x200x64xf32>, %v: tensor<2x200x64xf32>) -> tensor<2x64x64xf32> {
  %zero = arith.constant 0.0 : f32
  %low = arith.constant 0xFF800000 : f32
  %e = tensor.empty() : tensor<2x64x200xf32>
  %er = tensor.empty() : tensor<2x64xf32>
  %eo = tensor.empty() : tensor<2x64x64xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<2x64x200xf32>) -> tensor<2x64x200xf32>
  %fo = linalg.fill ins(%zero : f32) outs(%eo : tensor<2x64x64xf32>) -> tensor<2x64x64xf32>
  %fs = linalg.fill ins(%zero : f32) outs(%er : tensor<2x64xf32>) -> tensor<2x64xf32>
  %fm = linalg.fill ins(%low : f32) outs(%er : tensor<2x64xf32>) -> tensor<2x64xf32>
  %s = linalg.generic {indexing_maps = [#q, #k, #s], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%q, %k : tensor<2x64x64xf32>, tensor<2x200x64xf32>) outs(%f : tensor<2x64x200xf32>) {
  ^bb0(%a: f32, %b: f32, %acc: f32):
    %0 = arith.mulf %a, %b : f32
    %1 = arith.addf %acc, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<2x64x200xf32>
  %max = linalg.generic {indexing_maps = [#id, #r], iterator_types = ["parallel", "parallel", "reduction"]} ins(%s : tensor<2x64x200xf32>) outs(%fm : tensor<2x64xf32>) {
  ^bb0(%a: f32, %acc: f32):
    %0 = arith.maximumf %acc, %a : f32
    linalg.yield %0 : f32
  } -> tensor<2x64xf32>
  %exp = linalg.generic {indexing_maps = [#id, #r, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%s, %max : tensor<2x64x200xf32>, tensor<2x64xf32>) outs(%e : tensor<2x64x200xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %0 = arith.subf %a, %b : f32
    %1 = math.exp %0 : f32
    linalg.yield %1 : f32
  } -> tensor<2x64x200xf32>
  %sum = linalg.generic {indexing_maps = [#id, #r], iterator_types = ["parallel", "parallel", "reduction"]} ins(%exp : tensor<2x64x200xf32>) outs(%fs : tensor<2x64xf32>) {
  ^bb0(%a: f32, %acc: f32):
    %0 = arith.addf %acc, %a : f32
    linalg.yield %0 : f32
  } -> tensor<2x64xf32>
  %p = linalg.generic {indexing_maps = [#id, #r, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%exp, %sum : tensor<2x64x200xf32>, tensor<2x64xf32>) outs(%e : tensor<2x64x200xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %0 = arith.divf %a, %b : f32
    linalg.yield %0 : f32
  } -> tensor<2x64x200xf32>
  %r = linalg.generic {indexing_maps = [#p, #v, #o], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%p, %v : tensor<2x64x200xf32>, tensor<2x200x64xf32>) outs(%fo : tensor<2x64x64xf32>) {
  ^bb0(%a: f32, %b: f32, %acc: f32):
    %0 = arith.mulf %a, %b : f32
    %1 = arith.addf %acc, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<2x64x64xf32>
  return %r : tensor<2x64x64xf32>
}
