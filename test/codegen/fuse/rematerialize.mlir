// RUN: ingot-opt %s --rematerialize | FileCheck %s
// RUN: ingot-opt %s --rematerialize=budget=1 | FileCheck %s --check-prefix=ALL
// RUN: ingot-opt %s --rematerialize --form-kernels --canonicalize --cse | FileCheck %s --check-prefix=KERNELS

#id = affine_map<(m, n) -> (m, n)>

// Of a product, two elementwise steps on it and a number for each element, all read behind the loss, the product alone is kept: the product
// runs once, elementwise ops again in front of their first reader, and what needs only arguments as well.
// CHECK-LABEL: func.func @step
// CHECK-SAME: ingot.saved_bytes = [24576, 8192]
// CHECK: %[[Y:.*]] = linalg.matmul
// CHECK: %[[E:.*]] = linalg.generic {{.*}} ins(%[[Y]]
// CHECK-NOT: ingot.recomputed
// CHECK: %[[LOSS:.*]] = linalg.generic {{.*}} iterator_types = ["reduction", "reduction"]
// CHECK-NOT: linalg.matmul
// CHECK: %[[AGAIN:.*]] = linalg.generic {{.*}} ins(%[[Y]] {{.*}} attrs = {ingot.recomputed}
// CHECK: math.exp
// CHECK: %[[SIN:.*]] = linalg.generic {{.*}} ins(%[[AGAIN]] {{.*}} attrs = {ingot.recomputed}
// CHECK: math.sin
// CHECK: linalg.generic {{.*}} ins(%[[AGAIN]], %[[SIN]], %[[Y]] :
// CHECK: return %[[LOSS]],

// With room for all nothing changes.
// ALL-NOT: ingot.recomputed

// Kernels that do the same twice are not made one; what reads the values has them inside.
// KERNELS-LABEL: func.func @step
// KERNELS: linalg_ext.dispatch @kernel_contract
// KERNELS: linalg_ext.dispatch @kernel_{{.*}} ins(%{{[0-9]+}}#{{.*}} {ingot.recomputed}
// KERNELS-LABEL: func.func @inference

func.func @step(%x: tensor<?x16xf32>, %w: tensor<16x32xf32>) -> (tensor<f32> {ingot.output_role = "loss"}, tensor<?x32xf32>) attributes {ingot.role = "step"} {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %n = tensor.dim %x, %c0 : tensor<?x16xf32>
  %e = tensor.empty(%n) : tensor<?x32xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<?x32xf32>) -> tensor<?x32xf32>
  %y = linalg.matmul ins(%x, %w : tensor<?x16xf32>, tensor<16x32xf32>) outs(%f : tensor<?x32xf32>) -> tensor<?x32xf32>
  %a = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%y : tensor<?x32xf32>) outs(%e : tensor<?x32xf32>) {
  ^bb0(%i: f32, %o: f32):
    %0 = math.exp %i : f32
    linalg.yield %0 : f32
  } -> tensor<?x32xf32>
  %b = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%a : tensor<?x32xf32>) outs(%e : tensor<?x32xf32>) {
  ^bb0(%i: f32, %o: f32):
    %0 = math.sin %i : f32
    linalg.yield %0 : f32
  } -> tensor<?x32xf32>
  %s = tensor.empty() : tensor<f32>
  %fs = linalg.fill ins(%zero : f32) outs(%s : tensor<f32>) -> tensor<f32>
  %loss = linalg.generic {indexing_maps = [#id, affine_map<(m, n) -> ()>], iterator_types = ["reduction", "reduction"]} ins(%b : tensor<?x32xf32>) outs(%fs : tensor<f32>) {
  ^bb0(%i: f32, %o: f32):
    %0 = arith.addf %i, %o : f32
    linalg.yield %0 : f32
  } -> tensor<f32>
  %g = linalg.generic {indexing_maps = [#id, #id, #id, #id], iterator_types = ["parallel", "parallel"]} ins(%a, %b, %y : tensor<?x32xf32>, tensor<?x32xf32>, tensor<?x32xf32>) outs(%e : tensor<?x32xf32>) {
  ^bb0(%i: f32, %j: f32, %k: f32, %o: f32):
    %0 = arith.mulf %i, %j : f32
    %1 = arith.addf %0, %k : f32
    linalg.yield %1 : f32
  } -> tensor<?x32xf32>
  return %loss, %g : tensor<f32>, tensor<?x32xf32>
}

// Without a loss there is no backward pass.
// CHECK-LABEL: func.func @inference
// CHECK-NOT: ingot.recomputed
func.func @inference(%x: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %e = tensor.empty() : tensor<4x4xf32>
  %a = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%x : tensor<4x4xf32>) outs(%e : tensor<4x4xf32>) {
  ^bb0(%i: f32, %o: f32):
    %0 = math.exp %i : f32
    linalg.yield %0 : f32
  } -> tensor<4x4xf32>
  return %a : tensor<4x4xf32>
}
