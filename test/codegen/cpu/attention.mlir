// RUN: ingot-opt %s --emit-kernels=cpu=x86-64-v4 --canonicalize --cse --split-input-file | FileCheck %s

#q = affine_map<(h, s, t, d) -> (h, s, d)>
#k = affine_map<(h, s, t, d) -> (h, t, d)>
#s = affine_map<(h, s, t, d) -> (h, s, t)>
#p = affine_map<(h, s, d, t) -> (h, s, t)>
#v = affine_map<(h, s, d, t) -> (h, t, d)>
#o = affine_map<(h, s, d, t) -> (h, s, d)>
#id = affine_map<(h, s, t) -> (h, s, t)>
#r = affine_map<(h, s, t) -> (h, s)>

// One block of keys: two panels of 32 queries a head. The queries are turned, keys and values read as scalars, and the probabilities of a
// panel lie on the stack only.
// CHECK-LABEL: func.func private @block(
// CHECK-SAME: %[[Q:[^:]*]]: memref<?xf32, strided<[1], offset: ?>>, %[[K:[^:]*]]: memref<?xf32, strided<[1], offset: ?>>, %[[V:[^:]*]]: memref<?xf32, strided<[1], offset: ?>>, %[[Y:[^:]*]]: memref<?xf32, strided<[1], offset: ?>>)
// CHECK: scf.forall (%{{.*}}) in (4)
// CHECK-DAG: %[[TURNED:.*]] = memref.alloca() {alignment = 64 : i64} : memref<512xf32>
// CHECK-DAG: %[[SCORES:.*]] = memref.alloca() {alignment = 64 : i64} : memref<2048xf32>
// CHECK-COUNT-32: vector.load %[[Q]]
// CHECK: %[[SUMS:.*]]:16 = scf.for
// CHECK-COUNT-8: memref.load %[[K]]
// CHECK: vector.store %{{.*}}, %[[SCORES]]
// CHECK: math.exp
// CHECK: scf.for {{.*}} -> (vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>)
// CHECK-COUNT-8: memref.load %[[V]]
// CHECK: vector.store %{{.*}}, %[[Y]]
// CHECK-NOT: scf.if
func.func private @block(%q: tensor<2x64x16xf32>, %k: tensor<2x64x16xf32>, %v: tensor<2x64x16xf32>, %y: tensor<2x64x16xf32>) -> tensor<2x64x16xf32> attributes
    {ingot.form = "attention", ingot.kernel,
     ingot.config = {rows = 8, vectors = 2, lanes = 16, block_keys = 64, few_queries = 8, serial = false}} {
  %zero = arith.constant 0.0 : f32
  %low = arith.constant 0xFF800000 : f32
  %e = tensor.empty() : tensor<2x64x64xf32>
  %er = tensor.empty() : tensor<2x64xf32>
  %eo = tensor.empty() : tensor<2x64x16xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<2x64x64xf32>) -> tensor<2x64x64xf32>
  %fo = linalg.fill ins(%zero : f32) outs(%eo : tensor<2x64x16xf32>) -> tensor<2x64x16xf32>
  %fs = linalg.fill ins(%zero : f32) outs(%er : tensor<2x64xf32>) -> tensor<2x64xf32>
  %fm = linalg.fill ins(%low : f32) outs(%er : tensor<2x64xf32>) -> tensor<2x64xf32>
  %s = linalg.generic {indexing_maps = [#q, #k, #s], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%q, %k : tensor<2x64x16xf32>, tensor<2x64x16xf32>) outs(%f : tensor<2x64x64xf32>) {
  ^bb0(%a: f32, %b: f32, %acc: f32):
    %0 = arith.mulf %a, %b : f32
    %1 = arith.addf %acc, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<2x64x64xf32>
  %max = linalg.generic {indexing_maps = [#id, #r], iterator_types = ["parallel", "parallel", "reduction"]} ins(%s : tensor<2x64x64xf32>) outs(%fm : tensor<2x64xf32>) {
  ^bb0(%a: f32, %acc: f32):
    %0 = arith.maximumf %acc, %a : f32
    linalg.yield %0 : f32
  } -> tensor<2x64xf32>
  %exp = linalg.generic {indexing_maps = [#id, #r, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%s, %max : tensor<2x64x64xf32>, tensor<2x64xf32>) outs(%e : tensor<2x64x64xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %0 = arith.subf %a, %b : f32
    %1 = math.exp %0 : f32
    linalg.yield %1 : f32
  } -> tensor<2x64x64xf32>
  %sum = linalg.generic {indexing_maps = [#id, #r], iterator_types = ["parallel", "parallel", "reduction"]} ins(%exp : tensor<2x64x64xf32>) outs(%fs : tensor<2x64xf32>) {
  ^bb0(%a: f32, %acc: f32):
    %0 = arith.addf %acc, %a : f32
    linalg.yield %0 : f32
  } -> tensor<2x64xf32>
  %p = linalg.generic {indexing_maps = [#id, #r, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%exp, %sum : tensor<2x64x64xf32>, tensor<2x64xf32>) outs(%e : tensor<2x64x64xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %0 = arith.divf %a, %b : f32
    linalg.yield %0 : f32
  } -> tensor<2x64x64xf32>
  %r = linalg.generic {indexing_maps = [#p, #v, #o], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%p, %v : tensor<2x64x64xf32>, tensor<2x64x16xf32>) outs(%fo : tensor<2x64x16xf32>) {
  ^bb0(%a: f32, %b: f32, %acc: f32):
    %0 = arith.mulf %a, %b : f32
    %1 = arith.addf %acc, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<2x64x16xf32>
  return %r : tensor<2x64x16xf32>
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

// Several blocks: what earlier ones gave shrinks where a larger score comes. A last panel of 8 queries takes one register. The last tile of
// keys repeats the last key.
// CHECK-LABEL: func.func private @blocks(
// CHECK: scf.forall (%{{.*}}) in (4)
// CHECK: scf.if
// CHECK: scf.for {{.*}} -> (vector<16xf32>, vector<16xf32>)
// CHECK: arith.minsi
// CHECK: math.exp
// CHECK: } else {
// CHECK: scf.for {{.*}} -> (vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>)
func.func private @blocks(%q: tensor<2x40x16xf32>, %k: tensor<2x203x16xf32>, %v: tensor<2x203x16xf32>, %y: tensor<2x40x16xf32>) -> tensor<2x40x16xf32> attributes
    {ingot.form = "attention", ingot.kernel,
     ingot.config = {rows = 8, vectors = 2, lanes = 16, block_keys = 104, few_queries = 8, serial = false}} {
  %zero = arith.constant 0.0 : f32
  %low = arith.constant 0xFF800000 : f32
  %e = tensor.empty() : tensor<2x40x203xf32>
  %er = tensor.empty() : tensor<2x40xf32>
  %eo = tensor.empty() : tensor<2x40x16xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<2x40x203xf32>) -> tensor<2x40x203xf32>
  %fo = linalg.fill ins(%zero : f32) outs(%eo : tensor<2x40x16xf32>) -> tensor<2x40x16xf32>
  %fs = linalg.fill ins(%zero : f32) outs(%er : tensor<2x40xf32>) -> tensor<2x40xf32>
  %fm = linalg.fill ins(%low : f32) outs(%er : tensor<2x40xf32>) -> tensor<2x40xf32>
  %s = linalg.generic {indexing_maps = [#q, #k, #s], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%q, %k : tensor<2x40x16xf32>, tensor<2x203x16xf32>) outs(%f : tensor<2x40x203xf32>) {
  ^bb0(%a: f32, %b: f32, %acc: f32):
    %0 = arith.mulf %a, %b : f32
    %1 = arith.addf %acc, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<2x40x203xf32>
  %max = linalg.generic {indexing_maps = [#id, #r], iterator_types = ["parallel", "parallel", "reduction"]} ins(%s : tensor<2x40x203xf32>) outs(%fm : tensor<2x40xf32>) {
  ^bb0(%a: f32, %acc: f32):
    %0 = arith.maximumf %acc, %a : f32
    linalg.yield %0 : f32
  } -> tensor<2x40xf32>
  %exp = linalg.generic {indexing_maps = [#id, #r, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%s, %max : tensor<2x40x203xf32>, tensor<2x40xf32>) outs(%e : tensor<2x40x203xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %0 = arith.subf %a, %b : f32
    %1 = math.exp %0 : f32
    linalg.yield %1 : f32
  } -> tensor<2x40x203xf32>
  %sum = linalg.generic {indexing_maps = [#id, #r], iterator_types = ["parallel", "parallel", "reduction"]} ins(%exp : tensor<2x40x203xf32>) outs(%fs : tensor<2x40xf32>) {
  ^bb0(%a: f32, %acc: f32):
    %0 = arith.addf %acc, %a : f32
    linalg.yield %0 : f32
  } -> tensor<2x40xf32>
  %p = linalg.generic {indexing_maps = [#id, #r, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%exp, %sum : tensor<2x40x203xf32>, tensor<2x40xf32>) outs(%e : tensor<2x40x203xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %0 = arith.divf %a, %b : f32
    linalg.yield %0 : f32
  } -> tensor<2x40x203xf32>
  %r = linalg.generic {indexing_maps = [#p, #v, #o], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%p, %v : tensor<2x40x203xf32>, tensor<2x203x16xf32>) outs(%fo : tensor<2x40x16xf32>) {
  ^bb0(%a: f32, %b: f32, %acc: f32):
    %0 = arith.mulf %a, %b : f32
    %1 = arith.addf %acc, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<2x40x16xf32>
  return %r : tensor<2x40x16xf32>
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

// A bias may hide keys: the last tile with a score that counts ends the loops over exponentials and values.
// CHECK-LABEL: func.func private @biased(
// CHECK: scf.for {{.*}} -> (vector<16xf32>, index)
// CHECK: arith.cmpf uge
// CHECK: %[[ANY:.*]] = vector.reduction <or>
// CHECK: arith.select %[[ANY]], %{{.*}}, %{{.*}} : index
// CHECK: %[[SEEN:.*]]:2 = scf.for {{.*}} -> (vector<16xf32>, index)
// CHECK: scf.for %{{[^ ]*}} = %{{[^ ]*}} to %[[SEEN]]#1 step
// CHECK: math.exp
// CHECK: scf.for %{{[^ ]*}} = %{{[^ ]*}} to %[[SEEN]]#1 step
// CHECK: memref.load
func.func private @biased(%q: tensor<2x40x16xf32>, %k: tensor<2x203x16xf32>, %v: tensor<2x203x16xf32>, %m: tensor<2x40x203xf32>, %y: tensor<2x40x16xf32>) -> tensor<2x40x16xf32> attributes
    {ingot.form = "attention", ingot.kernel,
     ingot.config = {rows = 8, vectors = 2, lanes = 16, block_keys = 104, few_queries = 8, serial = false}} {
  %zero = arith.constant 0.0 : f32
  %low = arith.constant 0xFF800000 : f32
  %e = tensor.empty() : tensor<2x40x203xf32>
  %er = tensor.empty() : tensor<2x40xf32>
  %eo = tensor.empty() : tensor<2x40x16xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<2x40x203xf32>) -> tensor<2x40x203xf32>
  %fo = linalg.fill ins(%zero : f32) outs(%eo : tensor<2x40x16xf32>) -> tensor<2x40x16xf32>
  %fs = linalg.fill ins(%zero : f32) outs(%er : tensor<2x40xf32>) -> tensor<2x40xf32>
  %fm = linalg.fill ins(%low : f32) outs(%er : tensor<2x40xf32>) -> tensor<2x40xf32>
  %s = linalg.generic {indexing_maps = [#q, #k, #s], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%q, %k : tensor<2x40x16xf32>, tensor<2x203x16xf32>) outs(%f : tensor<2x40x203xf32>) {
  ^bb0(%a: f32, %b: f32, %acc: f32):
    %0 = arith.mulf %a, %b : f32
    %1 = arith.addf %acc, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<2x40x203xf32>
  %w = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%s, %m : tensor<2x40x203xf32>, tensor<2x40x203xf32>) outs(%e : tensor<2x40x203xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %0 = arith.addf %a, %b : f32
    linalg.yield %0 : f32
  } -> tensor<2x40x203xf32>
  %max = linalg.generic {indexing_maps = [#id, #r], iterator_types = ["parallel", "parallel", "reduction"]} ins(%w : tensor<2x40x203xf32>) outs(%fm : tensor<2x40xf32>) {
  ^bb0(%a: f32, %acc: f32):
    %0 = arith.maximumf %acc, %a : f32
    linalg.yield %0 : f32
  } -> tensor<2x40xf32>
  %exp = linalg.generic {indexing_maps = [#id, #r, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%w, %max : tensor<2x40x203xf32>, tensor<2x40xf32>) outs(%e : tensor<2x40x203xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %0 = arith.subf %a, %b : f32
    %1 = math.exp %0 : f32
    linalg.yield %1 : f32
  } -> tensor<2x40x203xf32>
  %sum = linalg.generic {indexing_maps = [#id, #r], iterator_types = ["parallel", "parallel", "reduction"]} ins(%exp : tensor<2x40x203xf32>) outs(%fs : tensor<2x40xf32>) {
  ^bb0(%a: f32, %acc: f32):
    %0 = arith.addf %acc, %a : f32
    linalg.yield %0 : f32
  } -> tensor<2x40xf32>
  %p = linalg.generic {indexing_maps = [#id, #r, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%exp, %sum : tensor<2x40x203xf32>, tensor<2x40xf32>) outs(%e : tensor<2x40x203xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %0 = arith.divf %a, %b : f32
    linalg.yield %0 : f32
  } -> tensor<2x40x203xf32>
  %r = linalg.generic {indexing_maps = [#p, #v, #o], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%p, %v : tensor<2x40x203xf32>, tensor<2x203x16xf32>) outs(%fo : tensor<2x40x16xf32>) {
  ^bb0(%a: f32, %b: f32, %acc: f32):
    %0 = arith.mulf %a, %b : f32
    %1 = arith.addf %acc, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<2x40x16xf32>
  return %r : tensor<2x40x16xf32>
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

// A single query: whole vectors of keys and values.
// CHECK-LABEL: func.func private @single(
// CHECK-SAME: %{{[^:]*}}: memref<?xf32, strided<[1], offset: ?>>, %[[K:[^:]*]]: memref<?xf32, strided<[1], offset: ?>>, %[[V:[^:]*]]: memref<?xf32, strided<[1], offset: ?>>, %{{[^:]*}}: memref<?xf32, strided<[1], offset: ?>>)
// CHECK: scf.forall (%{{.*}}) in (2)
// CHECK-COUNT-16: vector.load %[[K]]
// CHECK-NOT: memref.load %[[V]]
// CHECK-COUNT-8: vector.load %[[V]]
func.func private @single(%q: tensor<2x1x16xf32>, %k: tensor<2x200x16xf32>, %v: tensor<2x200x16xf32>, %y: tensor<2x1x16xf32>) -> tensor<2x1x16xf32> attributes
    {ingot.form = "attention", ingot.kernel,
     ingot.config = {rows = 8, vectors = 2, lanes = 16, block_keys = 104, few_queries = 8, serial = false}} {
  %zero = arith.constant 0.0 : f32
  %low = arith.constant 0xFF800000 : f32
  %e = tensor.empty() : tensor<2x1x200xf32>
  %er = tensor.empty() : tensor<2x1xf32>
  %eo = tensor.empty() : tensor<2x1x16xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<2x1x200xf32>) -> tensor<2x1x200xf32>
  %fo = linalg.fill ins(%zero : f32) outs(%eo : tensor<2x1x16xf32>) -> tensor<2x1x16xf32>
  %fs = linalg.fill ins(%zero : f32) outs(%er : tensor<2x1xf32>) -> tensor<2x1xf32>
  %fm = linalg.fill ins(%low : f32) outs(%er : tensor<2x1xf32>) -> tensor<2x1xf32>
  %s = linalg.generic {indexing_maps = [#q, #k, #s], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%q, %k : tensor<2x1x16xf32>, tensor<2x200x16xf32>) outs(%f : tensor<2x1x200xf32>) {
  ^bb0(%a: f32, %b: f32, %acc: f32):
    %0 = arith.mulf %a, %b : f32
    %1 = arith.addf %acc, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<2x1x200xf32>
  %max = linalg.generic {indexing_maps = [#id, #r], iterator_types = ["parallel", "parallel", "reduction"]} ins(%s : tensor<2x1x200xf32>) outs(%fm : tensor<2x1xf32>) {
  ^bb0(%a: f32, %acc: f32):
    %0 = arith.maximumf %acc, %a : f32
    linalg.yield %0 : f32
  } -> tensor<2x1xf32>
  %exp = linalg.generic {indexing_maps = [#id, #r, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%s, %max : tensor<2x1x200xf32>, tensor<2x1xf32>) outs(%e : tensor<2x1x200xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %0 = arith.subf %a, %b : f32
    %1 = math.exp %0 : f32
    linalg.yield %1 : f32
  } -> tensor<2x1x200xf32>
  %sum = linalg.generic {indexing_maps = [#id, #r], iterator_types = ["parallel", "parallel", "reduction"]} ins(%exp : tensor<2x1x200xf32>) outs(%fs : tensor<2x1xf32>) {
  ^bb0(%a: f32, %acc: f32):
    %0 = arith.addf %acc, %a : f32
    linalg.yield %0 : f32
  } -> tensor<2x1xf32>
  %p = linalg.generic {indexing_maps = [#id, #r, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%exp, %sum : tensor<2x1x200xf32>, tensor<2x1xf32>) outs(%e : tensor<2x1x200xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %0 = arith.divf %a, %b : f32
    linalg.yield %0 : f32
  } -> tensor<2x1x200xf32>
  %r = linalg.generic {indexing_maps = [#p, #v, #o], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%p, %v : tensor<2x1x200xf32>, tensor<2x200x16xf32>) outs(%fo : tensor<2x1x16xf32>) {
  ^bb0(%a: f32, %b: f32, %acc: f32):
    %0 = arith.mulf %a, %b : f32
    %1 = arith.addf %acc, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<2x1x16xf32>
  return %r : tensor<2x1x16xf32>
}
