// RUN: ingot-opt %s --emit-kernels=cpu=x86-64-v4 | FileCheck %s

// Tasks that run in a loop use one scratch memory after another: it is taken before the loop, which would not give it back.
// CHECK-LABEL: func.func private @serial(
// CHECK: memref.alloca()
// CHECK: scf.for
// CHECK-NOT: memref.alloca()
// CHECK: return
#x = affine_map<(n, y, x, f, i, j, c) -> (n, y + i, x + j, c)>
#w = affine_map<(n, y, x, f, i, j, c) -> (i, j, c, f)>
#o = affine_map<(n, y, x, f, i, j, c) -> (n, y, x, f)>
func.func private @serial(%x: tensor<?x16x16x16xf32>, %w: tensor<3x3x16x32xf32>, %n: index, %o: tensor<?x14x14x32xf32>) -> tensor<?x14x14x32xf32>
    attributes {ingot.config = {block_rows = 128 : i64, chains = 8 : i64, lanes = 16 : i64, pack_columns = 256 : i64, pack_rows = 256 : i64,
                                pack_steps = 256 : i64, parts = 16 : i64, rows = 8 : i64, serial = true, vectors = 2 : i64},
                ingot.form = "contract", ingot.kernel} {
  %zero = arith.constant 0.0 : f32
  %f = linalg.fill ins(%zero : f32) outs(%o : tensor<?x14x14x32xf32>) -> tensor<?x14x14x32xf32>
  %r = linalg.generic {indexing_maps = [#x, #w, #o], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]}
      ins(%x, %w : tensor<?x16x16x16xf32>, tensor<3x3x16x32xf32>) outs(%f : tensor<?x14x14x32xf32>) {
  ^bb0(%a: f32, %b: f32, %acc: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %acc, %p : f32
    linalg.yield %s : f32
  } -> tensor<?x14x14x32xf32>
  return %r : tensor<?x14x14x32xf32>
}
