// RUN: ingot-opt %s --resolve-sizes --form-kernels --cse --canonicalize --split-input-file | FileCheck %s

// The products, a mask for all heads, softmax, the second products and the order they are stored in: one kernel, and no scores outside.
// CHECK-LABEL: func.func @masked(
// CHECK-SAME: %[[Q:.*]]: tensor<1x2x?x16xf32>, %[[K:.*]]: tensor<1x2x?x16xf32>, %[[V:.*]]: tensor<1x2x?x16xf32>, %[[M:.*]]: tensor<1x1x?x?xf32>)
// CHECK: linalg_ext.dispatch @[[A:.*]] ins(%[[Q]], %[[K]], %[[M]], %[[V]] :
// CHECK-SAME: -> tensor<1x?x2x16xf32>
// CHECK-NOT: linalg_ext.dispatch
// CHECK: return
// CHECK: func.func private @[[A]]({{.*}}) -> tensor<1x?x2x16xf32> attributes {ingot.form = "attention", ingot.kernel}
#q = affine_map<(b, h, s, t, d) -> (b, h, s, d)>
#k = affine_map<(b, h, s, t, d) -> (b, h, t, d)>
#s = affine_map<(b, h, s, t, d) -> (b, h, s, t)>
#p = affine_map<(b, h, s, d, t) -> (b, h, s, t)>
#v = affine_map<(b, h, s, d, t) -> (b, h, t, d)>
#o = affine_map<(b, h, s, d, t) -> (b, h, s, d)>
#id = affine_map<(b, h, s, t) -> (b, h, s, t)>
#m = affine_map<(b, h, s, t) -> (0, 0, s, t)>
#r = affine_map<(b, h, s, t) -> (b, h, s)>
#turn = affine_map<(b, s, h, d) -> (b, h, s, d)>
#id3 = affine_map<(b, h, s) -> (b, h, s)>
func.func @masked(%q: tensor<1x2x?x16xf32>, %k: tensor<1x2x?x16xf32>, %v: tensor<1x2x?x16xf32>, %mask: tensor<1x1x?x?xf32>) -> tensor<1x?x2x16xf32> {
  %c2 = arith.constant 2 : index
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : f32
  %low = arith.constant 0xFF800000 : f32
  %ns = tensor.dim %q, %c2 : tensor<1x2x?x16xf32>
  %nt = tensor.dim %k, %c2 : tensor<1x2x?x16xf32>
  %e = tensor.empty(%ns, %nt) : tensor<1x2x?x?xf32>
  %er = tensor.empty(%ns) : tensor<1x2x?xf32>
  %eo = tensor.empty(%ns) : tensor<1x2x?x16xf32>
  %et = tensor.empty(%ns) : tensor<1x?x2x16xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x2x?x?xf32>) -> tensor<1x2x?x?xf32>
  %fo = linalg.fill ins(%zero : f32) outs(%eo : tensor<1x2x?x16xf32>) -> tensor<1x2x?x16xf32>
  %fs = linalg.fill ins(%zero : f32) outs(%er : tensor<1x2x?xf32>) -> tensor<1x2x?xf32>
  %fm = linalg.fill ins(%low : f32) outs(%er : tensor<1x2x?xf32>) -> tensor<1x2x?xf32>
  %s = linalg.contract indexing_maps = [#q, #k, #s] ins(%q, %k : tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>) outs(%f : tensor<1x2x?x?xf32>) -> tensor<1x2x?x?xf32>
  %w = linalg.generic {indexing_maps = [#id, #m, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%s, %mask : tensor<1x2x?x?xf32>, tensor<1x1x?x?xf32>) outs(%e : tensor<1x2x?x?xf32>) {
  ^bb0(%x: f32, %y: f32, %out: f32):
    %0 = arith.addf %x, %y : f32
    linalg.yield %0 : f32
  } -> tensor<1x2x?x?xf32>
  %max = linalg.generic {indexing_maps = [#id, #r], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%w : tensor<1x2x?x?xf32>) outs(%fm : tensor<1x2x?xf32>) {
  ^bb0(%x: f32, %out: f32):
    %0 = arith.maximumf %out, %x : f32
    linalg.yield %0 : f32
  } -> tensor<1x2x?xf32>
  %exp = linalg.generic {indexing_maps = [#id, #r, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%w, %max : tensor<1x2x?x?xf32>, tensor<1x2x?xf32>) outs(%e : tensor<1x2x?x?xf32>) {
  ^bb0(%x: f32, %y: f32, %out: f32):
    %0 = arith.subf %x, %y : f32
    %1 = math.exp %0 : f32
    linalg.yield %1 : f32
  } -> tensor<1x2x?x?xf32>
  %sum = linalg.generic {indexing_maps = [#id, #r], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%exp : tensor<1x2x?x?xf32>) outs(%fs : tensor<1x2x?xf32>) {
  ^bb0(%x: f32, %out: f32):
    %0 = arith.addf %out, %x : f32
    linalg.yield %0 : f32
  } -> tensor<1x2x?xf32>
  %inv = linalg.generic {indexing_maps = [#id3, #id3], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%sum : tensor<1x2x?xf32>) outs(%er : tensor<1x2x?xf32>) {
  ^bb0(%x: f32, %out: f32):
    %0 = arith.divf %one, %x : f32
    linalg.yield %0 : f32
  } -> tensor<1x2x?xf32>
  %p = linalg.generic {indexing_maps = [#id, #r, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%exp, %inv : tensor<1x2x?x?xf32>, tensor<1x2x?xf32>) outs(%e : tensor<1x2x?x?xf32>) {
  ^bb0(%x: f32, %y: f32, %out: f32):
    %0 = arith.mulf %x, %y : f32
    linalg.yield %0 : f32
  } -> tensor<1x2x?x?xf32>
  %y = linalg.contract indexing_maps = [#p, #v, #o] ins(%p, %v : tensor<1x2x?x?xf32>, tensor<1x2x?x16xf32>) outs(%fo : tensor<1x2x?x16xf32>) -> tensor<1x2x?x16xf32>
  %t = linalg.generic {indexing_maps = [#turn, affine_map<(b, s, h, d) -> (b, s, h, d)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%y : tensor<1x2x?x16xf32>) outs(%et : tensor<1x?x2x16xf32>) {
  ^bb0(%x: f32, %out: f32):
    linalg.yield %x : f32
  } -> tensor<1x?x2x16xf32>
  return %t : tensor<1x?x2x16xf32>
}

// -----

// Keys and values of one head are read where they lie by both heads that repeat them, and the scale of the keys is no pass of its own. What
// asks for the size of the repeated keys gets it from where they take it.
// CHECK-LABEL: func.func @repeated(
// CHECK-SAME: %[[Q:.*]]: tensor<2x8x16xf32>, %[[K:.*]]: tensor<1x?x16xf32>, %[[V:.*]]: tensor<1x?x16xf32>)
// CHECK: linalg_ext.dispatch @[[A:.*]] ins(%[[K]], %[[V]], %[[Q]] :
// CHECK-NOT: linalg_ext.dispatch
// CHECK: return
// CHECK: func.func private @[[A]]({{.*}}ingot.form = "attention"
#q = affine_map<(h, s, t, d) -> (h, s, d)>
#k = affine_map<(h, s, t, d) -> (h, t, d)>
#s = affine_map<(h, s, t, d) -> (h, s, t)>
#v = affine_map<(h, s, d, t) -> (h, t, d)>
#p = affine_map<(h, s, d, t) -> (h, s, t)>
#id = affine_map<(h, s, t) -> (h, s, t)>
#r = affine_map<(h, s, t) -> (h, s)>
#four = affine_map<(g, h, t, d) -> (g, t, d)>
#id4 = affine_map<(g, h, t, d) -> (g, h, t, d)>
func.func @repeated(%q: tensor<2x8x16xf32>, %k: tensor<1x?x16xf32>, %v: tensor<1x?x16xf32>) -> tensor<2x8x16xf32> {
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %half = arith.constant 0.5 : f32
  %low = arith.constant 0xFF800000 : f32
  %n = tensor.dim %k, %c1 : tensor<1x?x16xf32>
  %e4 = tensor.empty(%n) : tensor<1x2x?x16xf32>
  %k4 = linalg.generic {indexing_maps = [#four, #id4], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%k : tensor<1x?x16xf32>) outs(%e4 : tensor<1x2x?x16xf32>) {
  ^bb0(%x: f32, %out: f32):
    linalg.yield %x : f32
  } -> tensor<1x2x?x16xf32>
  %v4 = linalg.generic {indexing_maps = [#four, #id4], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%v : tensor<1x?x16xf32>) outs(%e4 : tensor<1x2x?x16xf32>) {
  ^bb0(%x: f32, %out: f32):
    linalg.yield %x : f32
  } -> tensor<1x2x?x16xf32>
  %k3 = tensor.collapse_shape %k4 [[0, 1], [2], [3]] : tensor<1x2x?x16xf32> into tensor<2x?x16xf32>
  %v3 = tensor.collapse_shape %v4 [[0, 1], [2], [3]] : tensor<1x2x?x16xf32> into tensor<2x?x16xf32>
  %m = tensor.dim %k3, %c1 : tensor<2x?x16xf32>
  %e3 = tensor.empty(%m) : tensor<2x?x16xf32>
  %ks = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%k3 : tensor<2x?x16xf32>) outs(%e3 : tensor<2x?x16xf32>) {
  ^bb0(%x: f32, %out: f32):
    %0 = arith.mulf %x, %half : f32
    linalg.yield %0 : f32
  } -> tensor<2x?x16xf32>
  %e = tensor.empty(%m) : tensor<2x8x?xf32>
  %er = tensor.empty() : tensor<2x8xf32>
  %eo = tensor.empty() : tensor<2x8x16xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<2x8x?xf32>) -> tensor<2x8x?xf32>
  %fo = linalg.fill ins(%zero : f32) outs(%eo : tensor<2x8x16xf32>) -> tensor<2x8x16xf32>
  %fs = linalg.fill ins(%zero : f32) outs(%er : tensor<2x8xf32>) -> tensor<2x8xf32>
  %fm = linalg.fill ins(%low : f32) outs(%er : tensor<2x8xf32>) -> tensor<2x8xf32>
  %s = linalg.contract indexing_maps = [#q, #k, #s] ins(%q, %ks : tensor<2x8x16xf32>, tensor<2x?x16xf32>) outs(%f : tensor<2x8x?xf32>) -> tensor<2x8x?xf32>
  %max = linalg.generic {indexing_maps = [#id, #r], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%s : tensor<2x8x?xf32>) outs(%fm : tensor<2x8xf32>) {
  ^bb0(%x: f32, %out: f32):
    %0 = arith.maximumf %x, %out : f32
    linalg.yield %0 : f32
  } -> tensor<2x8xf32>
  %exp = linalg.generic {indexing_maps = [#id, #r, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%s, %max : tensor<2x8x?xf32>, tensor<2x8xf32>) outs(%e : tensor<2x8x?xf32>) {
  ^bb0(%x: f32, %y: f32, %out: f32):
    %0 = arith.subf %x, %y : f32
    %1 = math.exp %0 : f32
    linalg.yield %1 : f32
  } -> tensor<2x8x?xf32>
  %sum = linalg.generic {indexing_maps = [#id, #r], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%exp : tensor<2x8x?xf32>) outs(%fs : tensor<2x8xf32>) {
  ^bb0(%x: f32, %out: f32):
    %0 = arith.addf %x, %out : f32
    linalg.yield %0 : f32
  } -> tensor<2x8xf32>
  %p = linalg.generic {indexing_maps = [#id, #r, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%exp, %sum : tensor<2x8x?xf32>, tensor<2x8xf32>) outs(%e : tensor<2x8x?xf32>) {
  ^bb0(%x: f32, %y: f32, %out: f32):
    %0 = arith.divf %x, %y : f32
    linalg.yield %0 : f32
  } -> tensor<2x8x?xf32>
  %y = linalg.contract indexing_maps = [#p, #v, affine_map<(h, s, d, t) -> (h, s, d)>] ins(%p, %v3 : tensor<2x8x?xf32>, tensor<2x?x16xf32>) outs(%fo : tensor<2x8x16xf32>) -> tensor<2x8x16xf32>
  return %y : tensor<2x8x16xf32>
}

// -----

// Probabilities that somebody else sees have to be stored.
// CHECK-LABEL: func.func @seen(
// CHECK: linalg_ext.dispatch @kernel_contract
// CHECK: linalg_ext.dispatch @kernel_rows
// CHECK: linalg_ext.dispatch @kernel_contract
// CHECK-NOT: "attention"
#id = affine_map<(s, t) -> (s, t)>
#r = affine_map<(s, t) -> (s)>
func.func @seen(%q: tensor<8x16xf32>, %k: tensor<16x24xf32>, %v: tensor<24x16xf32>) -> (tensor<8x16xf32>, tensor<8x24xf32>) {
  %zero = arith.constant 0.0 : f32
  %low = arith.constant 0xFF800000 : f32
  %e = tensor.empty() : tensor<8x24xf32>
  %er = tensor.empty() : tensor<8xf32>
  %eo = tensor.empty() : tensor<8x16xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<8x24xf32>) -> tensor<8x24xf32>
  %fo = linalg.fill ins(%zero : f32) outs(%eo : tensor<8x16xf32>) -> tensor<8x16xf32>
  %fs = linalg.fill ins(%zero : f32) outs(%er : tensor<8xf32>) -> tensor<8xf32>
  %fm = linalg.fill ins(%low : f32) outs(%er : tensor<8xf32>) -> tensor<8xf32>
  %s = linalg.matmul ins(%q, %k : tensor<8x16xf32>, tensor<16x24xf32>) outs(%f : tensor<8x24xf32>) -> tensor<8x24xf32>
  %max = linalg.generic {indexing_maps = [#id, #r], iterator_types = ["parallel", "reduction"]} ins(%s : tensor<8x24xf32>) outs(%fm : tensor<8xf32>) {
  ^bb0(%x: f32, %out: f32):
    %0 = arith.maximumf %out, %x : f32
    linalg.yield %0 : f32
  } -> tensor<8xf32>
  %exp = linalg.generic {indexing_maps = [#id, #r, #id], iterator_types = ["parallel", "parallel"]}
      ins(%s, %max : tensor<8x24xf32>, tensor<8xf32>) outs(%e : tensor<8x24xf32>) {
  ^bb0(%x: f32, %y: f32, %out: f32):
    %0 = arith.subf %x, %y : f32
    %1 = math.exp %0 : f32
    linalg.yield %1 : f32
  } -> tensor<8x24xf32>
  %sum = linalg.generic {indexing_maps = [#id, #r], iterator_types = ["parallel", "reduction"]} ins(%exp : tensor<8x24xf32>) outs(%fs : tensor<8xf32>) {
  ^bb0(%x: f32, %out: f32):
    %0 = arith.addf %out, %x : f32
    linalg.yield %0 : f32
  } -> tensor<8xf32>
  %p = linalg.generic {indexing_maps = [#id, #r, #id], iterator_types = ["parallel", "parallel"]}
      ins(%exp, %sum : tensor<8x24xf32>, tensor<8xf32>) outs(%e : tensor<8x24xf32>) {
  ^bb0(%x: f32, %y: f32, %out: f32):
    %0 = arith.divf %x, %y : f32
    linalg.yield %0 : f32
  } -> tensor<8x24xf32>
  %y = linalg.matmul ins(%p, %v : tensor<8x24xf32>, tensor<24x16xf32>) outs(%fo : tensor<8x16xf32>) -> tensor<8x16xf32>
  return %y, %p : tensor<8x16xf32>, tensor<8x24xf32>
}
