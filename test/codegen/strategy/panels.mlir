// RUN: ingot-opt %s --form-kernels --pack-weights=cpu=x86-64-v4 --choose-config=cpu=x86-64-v4 --verify-strategy-contract | FileCheck %s

#rows = affine_map<(d0, d1, d2) -> (d0, d2)>
#turned = affine_map<(d0, d1, d2) -> (d1, d2)>
#straight = affine_map<(d0, d1, d2) -> (d2, d1)>
#result = affine_map<(d0, d1, d2) -> (d0, d1)>

// A loop that multiplies by the same matrix in each iteration has it packed once, in front of it: turned where its columns lie along the
// sum.
// CHECK-LABEL: func.func @turned(
// CHECK-SAME: %[[H:.*]]: tensor<4x96xf32>, %[[W:.*]]: tensor<96x96xf32>
// CHECK: %[[P:.*]] = linalg_ext.dispatch @[[PACK:.*]] ins(%[[W]] : tensor<96x96xf32>) scalars() outs(%{{.*}} : tensor<3x96x32xf32>)
// CHECK: %[[C:.*]] = tensor.collapse_shape %[[P]] {{\[}}[0, 1, 2]] : tensor<3x96x32xf32> into tensor<9216xf32>
// CHECK: scf.for
// CHECK: linalg_ext.dispatch @{{.*}} ins(%{{.*}}, %[[C]] : tensor<4x96xf32>, tensor<9216xf32>)
func.func @turned(%h: tensor<4x96xf32>, %w: tensor<96x96xf32>) -> tensor<4x96xf32> {
  %zero = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %e = tensor.empty() : tensor<4x96xf32>
  %r = scf.for %i = %c0 to %c4 step %c1 iter_args(%a = %h) -> (tensor<4x96xf32>) {
    %f = linalg.fill ins(%zero : f32) outs(%e : tensor<4x96xf32>) -> tensor<4x96xf32>
    %y = linalg.generic {indexing_maps = [#rows, #turned, #result], iterator_types = ["parallel", "parallel", "reduction"]}
        ins(%a, %w : tensor<4x96xf32>, tensor<96x96xf32>) outs(%f : tensor<4x96xf32>) {
    ^bb0(%x: f32, %v: f32, %out: f32):
      %p = arith.mulf %x, %v : f32
      %s = arith.addf %out, %p : f32
      linalg.yield %s : f32
    } -> tensor<4x96xf32>
    scf.yield %y : tensor<4x96xf32>
  }
  return %r : tensor<4x96xf32>
}

// Outside of loops, and where the loop makes the matrix itself, the kernel packs. So it does where panels would not be whole.
// CHECK-LABEL: func.func @kernelPacks(
// CHECK-NOT: kernel_panels
// CHECK: return
func.func @kernelPacks(%h: tensor<4x48xf32>, %w: tensor<48x48xf32>, %g: tensor<4x64xf32>, %m: tensor<64x64xf32>)
    -> (tensor<4x48xf32>, tensor<4x64xf32>, tensor<64x64xf32>) {
  %zero = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %e = tensor.empty() : tensor<4x48xf32>
  %r = scf.for %i = %c0 to %c4 step %c1 iter_args(%a = %h) -> (tensor<4x48xf32>) {
    %f = linalg.fill ins(%zero : f32) outs(%e : tensor<4x48xf32>) -> tensor<4x48xf32>
    %y = linalg.generic {indexing_maps = [#rows, #straight, #result], iterator_types = ["parallel", "parallel", "reduction"]}
        ins(%a, %w : tensor<4x48xf32>, tensor<48x48xf32>) outs(%f : tensor<4x48xf32>) {
    ^bb0(%x: f32, %v: f32, %out: f32):
      %p = arith.mulf %x, %v : f32
      %s = arith.addf %out, %p : f32
      linalg.yield %s : f32
    } -> tensor<4x48xf32>
    scf.yield %y : tensor<4x48xf32>
  }
  %e2 = tensor.empty() : tensor<4x64xf32>
  %q:2 = scf.for %i = %c0 to %c4 step %c1 iter_args(%a = %g, %n = %m) -> (tensor<4x64xf32>, tensor<64x64xf32>) {
    %f = linalg.fill ins(%zero : f32) outs(%e2 : tensor<4x64xf32>) -> tensor<4x64xf32>
    %y = linalg.generic {indexing_maps = [#rows, #straight, #result], iterator_types = ["parallel", "parallel", "reduction"]}
        ins(%a, %n : tensor<4x64xf32>, tensor<64x64xf32>) outs(%f : tensor<4x64xf32>) {
    ^bb0(%x: f32, %v: f32, %out: f32):
      %p = arith.mulf %x, %v : f32
      %s = arith.addf %out, %p : f32
      linalg.yield %s : f32
    } -> tensor<4x64xf32>
    %e3 = tensor.empty() : tensor<64x64xf32>
    %z = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
        ins(%n : tensor<64x64xf32>) outs(%e3 : tensor<64x64xf32>) {
    ^bb0(%x: f32, %out: f32):
      %s = arith.addf %x, %x : f32
      linalg.yield %s : f32
    } -> tensor<64x64xf32>
    scf.yield %y, %z : tensor<4x64xf32>, tensor<64x64xf32>
  }
  return %r, %q#0, %q#1 : tensor<4x48xf32>, tensor<4x64xf32>, tensor<64x64xf32>
}
