// RUN: ingot-opt %s --choose-config=cpu=x86-64-v4 --emit-kernels=cpu=x86-64-v4 --canonicalize --cse --split-input-file | FileCheck %s

// A 3x3 window is unrolled for eight neighbours at once, which share loads: 3 times 10 of the input for 72 products. The 9 weights stay in
// registers for all lines.
// CHECK-LABEL: func.func private @depthwise(
// CHECK-SAME: %[[X:[a-z0-9]+]]: memref<?xf32, strided<[1], offset: ?>>, %[[W:[a-z0-9]+]]: memref<{{[^>]*>>}}, %[[O:[a-z0-9]+]]: memref<
// CHECK-NOT: memref.alloc
// CHECK-NOT: iter_args
// CHECK-COUNT-9: vector.load %[[W]]
// CHECK: scf.for %{{.*}} = %c0 to %c16 step %c8
// CHECK-COUNT-30: vector.load %[[X]]
// CHECK-NOT: vector.load
// CHECK: vector.fma
// CHECK-COUNT-8: vector.store %{{.*}}, %[[O]]
// CHECK-NOT: vector.store
// CHECK: return
#x = affine_map<(h, w, c, kh, kw) -> (h + kh, w + kw, c)>
#w = affine_map<(h, w, c, kh, kw) -> (kh, kw, c)>
#r = affine_map<(h, w, c, kh, kw) -> (h, w, c)>
func.func private @depthwise(%x: tensor<10x18x64xf32>, %w: tensor<3x3x64xf32>, %o: tensor<8x16x64xf32>) -> tensor<8x16x64xf32> attributes {ingot.kernel, ingot.form = "window"} {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<8x16x64xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<8x16x64xf32>) -> tensor<8x16x64xf32>
  %m = linalg.generic {indexing_maps = [#x, #w, #r], iterator_types = ["parallel", "parallel", "parallel", "reduction", "reduction"]}
      ins(%x, %w : tensor<10x18x64xf32>, tensor<3x3x64xf32>) outs(%f : tensor<8x16x64xf32>) {
  ^bb0(%a: f32, %b: f32, %s: f32):
    %0 = arith.mulf %a, %b : f32
    %1 = arith.addf %s, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<8x16x64xf32>
  return %m : tensor<8x16x64xf32>
}

// -----

// Three channels: a mask leaves out the rest of the smallest vector.
// CHECK-LABEL: func.func private @three_channels(
// CHECK: %[[MASK:.*]] = vector.constant_mask [3] : vector<4xi1>
// CHECK: vector.maskedload %{{.*}}, %[[MASK]]
// CHECK: vector.maskedstore %{{.*}}, %[[MASK]]
// CHECK: return
#x = affine_map<(h, w, c, kh, kw) -> (h + kh, w + kw, c)>
#w = affine_map<(h, w, c, kh, kw) -> (kh, kw, c)>
#r = affine_map<(h, w, c, kh, kw) -> (h, w, c)>
func.func private @three_channels(%x: tensor<10x18x3xf32>, %w: tensor<3x3x3xf32>, %o: tensor<8x16x3xf32>) -> tensor<8x16x3xf32> attributes {ingot.kernel, ingot.form = "window"} {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<8x16x3xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<8x16x3xf32>) -> tensor<8x16x3xf32>
  %m = linalg.generic {indexing_maps = [#x, #w, #r], iterator_types = ["parallel", "parallel", "parallel", "reduction", "reduction"]}
      ins(%x, %w : tensor<10x18x3xf32>, tensor<3x3x3xf32>) outs(%f : tensor<8x16x3xf32>) {
  ^bb0(%a: f32, %b: f32, %s: f32):
    %0 = arith.mulf %a, %b : f32
    %1 = arith.addf %s, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<8x16x3xf32>
  return %m : tensor<8x16x3xf32>
}
