// RUN: ingot-opt %s --emit-kernels=cpu=x86-64-v4 --canonicalize --cse --split-input-file | FileCheck %s

#in = affine_map<(n, h, w, f, kh, kw, c) -> (n, h + kh, w + kw, c)>
#filter = affine_map<(n, h, w, f, kh, kw, c) -> (kh, kw, c, f)>
#out = affine_map<(n, h, w, f, kh, kw, c) -> (n, h, w, f)>

// Tiles of 2x2 cover 14x14 exactly: no result is stored behind a condition, and 7 tiles are multiplied at once.
// CHECK-LABEL: func.func private @whole_tiles(
// CHECK-SAME: %[[X:[^:]*]]: memref<?xf32, strided<[1], offset: ?>>, %[[W:[^:]*]]: memref<?xf32, strided<[1], offset: ?>>, %[[Y:[^:]*]]: memref<?xf32, strided<[1], offset: ?>>)
// CHECK: scf.forall (%{{.*}}) in (4)
// The buffers: 16 points of 14 tiles with 32 channels, and as many with 32 filters, a gap after each point.
// CHECK: %[[V:.*]] = memref.alloca() {alignment = 64 : i64} : memref<7424xf32>
// CHECK-COUNT-16: vector.load %[[X]]
// CHECK-COUNT-16: vector.store %{{.*}}, %[[V]]
// CHECK: %[[M:.*]] = memref.alloca() {alignment = 64 : i64} : memref<7424xf32>
// CHECK: scf.for
// CHECK: %[[SUMS:.*]]:14 = scf.for
// CHECK-COUNT-2: vector.load %[[W]]
// CHECK-COUNT-7: memref.load %[[V]]
// CHECK: vector.store %[[SUMS]]#0, %[[M]]
// CHECK-COUNT-16: vector.load %[[M]]
// CHECK-NOT: scf.if
// CHECK-COUNT-4: vector.store %{{.*}}, %[[Y]]
// CHECK-NOT: maskedstore
func.func private @whole_tiles(%x: tensor<1x16x16x32xf32>, %w: tensor<3x3x32x64xf32>, %y: tensor<1x14x14x64xf32>) -> tensor<1x14x14x64xf32> attributes
    {ingot.form = "winograd", ingot.kernel,
     ingot.config = {tile = 2, packed = 1, rows = 7, vectors = 2, lanes = 16, block_tiles = 14, tasks = 4, shared = 0, serial = false}} {
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty() : tensor<1x14x14x64xf32>
  %start = linalg.fill ins(%zero : f32) outs(%empty : tensor<1x14x14x64xf32>) -> tensor<1x14x14x64xf32>
  %r = linalg.generic {indexing_maps = [#in, #filter, #out], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]}
      ins(%x, %w : tensor<1x16x16x32xf32>, tensor<3x3x32x64xf32>) outs(%start : tensor<1x14x14x64xf32>) {
  ^bb0(%a: f32, %b: f32, %acc: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %acc, %p : f32
    linalg.yield %s : f32
  } -> tensor<1x14x14x64xf32>
  return %r : tensor<1x14x14x64xf32>
}

// -----

#in = affine_map<(n, h, w, f, kh, kw, c) -> (n, h + kh, w + kw, c)>
#filter = affine_map<(n, h, w, f, kh, kw, c) -> (kh, kw, c, f)>
#out = affine_map<(n, h, w, f, kh, kw, c) -> (n, h, w, f)>

// Sizes of the run: loads stay inside the input, results that stick out are not stored. 20 channels and 24 filters end in masks. With
// 4x4 results the epilogue exists once, in a loop.
// CHECK-LABEL: func.func private @dynamic(
// CHECK-SAME: %[[X:[^:]*]]: memref<{{[^:]*}}: ?>>, %[[N:[^:]*]]: index, %{{.*}}: index, %{{.*}}: index, %[[W:[^:]*]]: memref<{{[^:]*}}: ?>>, %[[Y:[^:]*]]: memref<{{[^:]*}}: ?>>, %{{.*}}: index, %{{.*}}: index, %{{.*}}: index)
// CHECK: scf.forall
// CHECK: arith.minsi
// CHECK: vector.load %[[X]]
// CHECK: vector.maskedload %[[X]]
// CHECK: scf.for
// CHECK: scf.if
// CHECK: vector.store %{{.*}}, %[[Y]]
// CHECK: scf.if
// CHECK: vector.maskedstore %[[Y]]
// CHECK-NOT: vector.maskedstore %[[Y]]
func.func private @dynamic(%x: tensor<?x?x?x20xf32>, %w: tensor<3x3x20x24xf32>, %y: tensor<?x?x?x24xf32>) -> tensor<?x?x?x24xf32> attributes
    {ingot.form = "winograd", ingot.kernel,
     ingot.config = {tile = 4, packed = 1, rows = 8, vectors = 2, lanes = 16, block_tiles = 24, tasks = 4, shared = 0, serial = false}} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %zero = arith.constant 0.0 : f32
  %n = tensor.dim %y, %c0 : tensor<?x?x?x24xf32>
  %h = tensor.dim %y, %c1 : tensor<?x?x?x24xf32>
  %v = tensor.dim %y, %c2 : tensor<?x?x?x24xf32>
  %empty = tensor.empty(%n, %h, %v) : tensor<?x?x?x24xf32>
  %start = linalg.fill ins(%zero : f32) outs(%empty : tensor<?x?x?x24xf32>) -> tensor<?x?x?x24xf32>
  %r = linalg.generic {indexing_maps = [#in, #filter, #out], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]}
      ins(%x, %w : tensor<?x?x?x20xf32>, tensor<3x3x20x24xf32>) outs(%start : tensor<?x?x?x24xf32>) {
  ^bb0(%a: f32, %b: f32, %acc: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %acc, %p : f32
    linalg.yield %s : f32
  } -> tensor<?x?x?x24xf32>
  return %r : tensor<?x?x?x24xf32>
}
