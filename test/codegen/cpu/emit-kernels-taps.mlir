// RUN: ingot-opt %s --emit-kernels=cpu=x86-64-v4 --canonicalize --cse | FileCheck %s

// The filter gradient of a depthwise convolution: parts of the lines, and for each line the sums of all places of the window in registers; what
// does not move with the place is loaded once.
// CHECK-LABEL: func.func private @taps(
// CHECK-SAME: %[[X:[a-z0-9]+]]: memref<?xf32, strided<[1], offset: ?>>, %[[DY:[a-z0-9]+]]: memref<{{[^>]*>>}}, %[[O:[a-z0-9]+]]: memref<
// CHECK: %[[SUMS:.*]] = memref.alloca()
// CHECK: scf.forall (%{{.*}}) in (16)
// CHECK: %[[S:.*]]:9 = scf.for {{.*}} iter_args
// CHECK: vector.load %[[X]]
// CHECK: vector.load %[[DY]]
// CHECK-COUNT-8: vector.load %[[X]]
// CHECK-NOT: vector.load %[[DY]]
// CHECK: scf.yield
// CHECK: vector.maskedstore
// CHECK: return
#x = affine_map<(kh, kw, c, n, h, w) -> (n, h + kh, w + kw, c)>
#dy = affine_map<(kh, kw, c, n, h, w) -> (n, h, w, c)>
#r = affine_map<(kh, kw, c, n, h, w) -> (kh, kw, c)>
func.func private @taps(%x: tensor<4x18x18x40xf32>, %dy: tensor<4x16x16x40xf32>, %o: tensor<3x3x40xf32>) -> tensor<3x3x40xf32>
    attributes {ingot.kernel, ingot.form = "rows", ingot.config = {width = 32 : i64, task_elements = 8192 : i64, serial = false}} {
  %zero = arith.constant 0.0 : f32
  %f = linalg.fill ins(%zero : f32) outs(%o : tensor<3x3x40xf32>) -> tensor<3x3x40xf32>
  %r = linalg.generic {indexing_maps = [#x, #dy, #r], iterator_types = ["parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]}
      ins(%x, %dy : tensor<4x18x18x40xf32>, tensor<4x16x16x40xf32>) outs(%f : tensor<3x3x40xf32>) {
  ^bb0(%a: f32, %b: f32, %s: f32):
    %0 = arith.mulf %a, %b : f32
    %1 = arith.addf %s, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<3x3x40xf32>
  return %r : tensor<3x3x40xf32>
}
