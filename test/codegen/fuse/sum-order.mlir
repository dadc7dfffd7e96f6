// RUN: ingot-opt %s --rematerialize=budget=1 | FileCheck %s
// RUN: ingot-opt %s --rematerialize=budget=1 --form-kernels | FileCheck %s --check-prefix=KERNELS

// In training functions the order of a sum is settled before kernels are formed: the numbers say which loops are walked as one (those of one
// number), and along which vectors run (a negative one).

#nhwc = affine_map<(n, h, w, c) -> (n, h, w, c)>
#c = affine_map<(n, h, w, c) -> (c)>
#hc = affine_map<(n, h, w, c) -> (h, c)>
#row = affine_map<(b, k) -> (b, k)>
#b = affine_map<(b, k) -> (b)>

// CHECK-LABEL: func.func @rows
// CHECK: ingot.sum_order = array<i64: 0, -1>
func.func @rows(%x: tensor<?x10xf32>, %e: tensor<?xf32>) -> tensor<?xf32> attributes {ingot.role = "step"} {
  %zero = arith.constant 0.0 : f32
  %i = linalg.fill ins(%zero : f32) outs(%e : tensor<?xf32>) -> tensor<?xf32>
  %0 = linalg.generic {indexing_maps = [#row, #b], iterator_types = ["parallel", "reduction"]} ins(%x : tensor<?x10xf32>) outs(%i : tensor<?xf32>) {
  ^bb0(%a: f32, %o: f32):
    %s = arith.addf %o, %a : f32
    linalg.yield %s : f32
  } -> tensor<?xf32>
  return %0 : tensor<?xf32>
}

// CHECK-LABEL: func.func @columns
// CHECK: ingot.sum_order = array<i64: 1, 1, 1, 0>
func.func @columns(%x: tensor<8x7x7x24xf32>) -> tensor<24xf32> attributes {ingot.role = "gradient"} {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<24xf32>
  %i = linalg.fill ins(%zero : f32) outs(%e : tensor<24xf32>) -> tensor<24xf32>
  %0 = linalg.generic {indexing_maps = [#nhwc, #c], iterator_types = ["reduction", "reduction", "reduction", "parallel"]} ins(%x : tensor<8x7x7x24xf32>) outs(%i : tensor<24xf32>) {
  ^bb0(%a: f32, %o: f32):
    %s = arith.addf %o, %a : f32
    linalg.yield %s : f32
  } -> tensor<24xf32>
  return %0 : tensor<24xf32>
}

// What is summed is stored with padding: its kernel has no rows of all columns and lines.
// CHECK-LABEL: func.func @padded
// CHECK: ingot.sum_order = array<i64: 1, 2, 3, 0>
func.func @padded(%x: tensor<8x7x7x24xf32>) -> (tensor<24xf32>, tensor<8x9x9x24xf32>) attributes {ingot.role = "step"} {
  %zero = arith.constant 0.0 : f32
  %f = tensor.empty() : tensor<8x7x7x24xf32>
  %y = linalg.generic {indexing_maps = [#nhwc, #nhwc], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%x : tensor<8x7x7x24xf32>) outs(%f : tensor<8x7x7x24xf32>) {
  ^bb0(%a: f32, %o: f32):
    %n = arith.negf %a : f32
    linalg.yield %n : f32
  } -> tensor<8x7x7x24xf32>
  %e = tensor.empty() : tensor<24xf32>
  %i = linalg.fill ins(%zero : f32) outs(%e : tensor<24xf32>) -> tensor<24xf32>
  %0 = linalg.generic {indexing_maps = [#nhwc, #c], iterator_types = ["reduction", "reduction", "reduction", "parallel"]} ins(%y : tensor<8x7x7x24xf32>) outs(%i : tensor<24xf32>) {
  ^bb0(%a: f32, %o: f32):
    %s = arith.addf %o, %a : f32
    linalg.yield %s : f32
  } -> tensor<24xf32>
  %p = tensor.pad %y low[0, 1, 1, 0] high[0, 1, 1, 0] {
  ^bb0(%n: index, %h: index, %w: index, %c: index):
    tensor.yield %zero : f32
  } : tensor<8x7x7x24xf32> to tensor<8x9x9x24xf32>
  return %0, %p : tensor<24xf32>, tensor<8x9x9x24xf32>
}

// Who walks lines and columns apart stays out of the kernel of a sum that walks them as one.
// CHECK-LABEL: func.func @apart
// CHECK: ingot.sum_order = array<i64: 1, 1, 1, 0>
// KERNELS-LABEL: func.func @apart
// KERNELS: dispatch @kernel_map{{.*}} {ingot.recomputed}
// KERNELS: dispatch @kernel_rows
func.func @apart(%x: tensor<8x7x7x24xf32>, %y: tensor<7x24xf32>) -> tensor<24xf32> attributes {ingot.role = "step"} {
  %zero = arith.constant 0.0 : f32
  %f = tensor.empty() : tensor<8x7x7x24xf32>
  %z = linalg.generic {indexing_maps = [#nhwc, #hc, #nhwc], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%x, %y : tensor<8x7x7x24xf32>, tensor<7x24xf32>) outs(%f : tensor<8x7x7x24xf32>) attrs = {ingot.recomputed} {
  ^bb0(%a: f32, %g: f32, %o: f32):
    %n = arith.mulf %a, %g : f32
    linalg.yield %n : f32
  } -> tensor<8x7x7x24xf32>
  %e = tensor.empty() : tensor<24xf32>
  %i = linalg.fill ins(%zero : f32) outs(%e : tensor<24xf32>) -> tensor<24xf32>
  %0 = linalg.generic {indexing_maps = [#nhwc, #c], iterator_types = ["reduction", "reduction", "reduction", "parallel"]} ins(%z : tensor<8x7x7x24xf32>) outs(%i : tensor<24xf32>) attrs = {ingot.sum_order = array<i64: 1, 1, 1, 0>} {
  ^bb0(%a: f32, %o: f32):
    %s = arith.addf %o, %a : f32
    linalg.yield %s : f32
  } -> tensor<24xf32>
  return %0 : tensor<24xf32>
}

// Elsewhere kernels sum as suits them.
// CHECK-LABEL: func.func @inference
// CHECK-NOT: ingot.sum_order
func.func @inference(%x: tensor<?x10xf32>, %e: tensor<?xf32>) -> tensor<?xf32> {
  %zero = arith.constant 0.0 : f32
  %i = linalg.fill ins(%zero : f32) outs(%e : tensor<?xf32>) -> tensor<?xf32>
  %0 = linalg.generic {indexing_maps = [#row, #b], iterator_types = ["parallel", "reduction"]} ins(%x : tensor<?x10xf32>) outs(%i : tensor<?xf32>) {
  ^bb0(%a: f32, %o: f32):
    %s = arith.addf %o, %a : f32
    linalg.yield %s : f32
  } -> tensor<?xf32>
  return %0 : tensor<?xf32>
}
