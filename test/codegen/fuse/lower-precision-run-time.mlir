// RUN: ingot-opt %s --lower-precision=run-time --canonicalize --cse | FileCheck %s --check-prefixes=CHECK,BF16
// RUN: ingot-opt %s --lower-precision="run-time type=f16" --canonicalize --cse | FileCheck %s --check-prefixes=CHECK,F16

// Both operands are rounded, once for all products that read them; sums and sums of elements stay f32.
// CHECK-LABEL: func.func @product(
// CHECK-SAME: %[[X:.*]]: tensor<?x16xf32>, %[[Y:.*]]: tensor<16x8xf32>, %[[Z:[a-z0-9]*]]: tensor<?x8xf32>,
// CHECK-DAG: %[[A:.*]] = linalg.generic {{.*}} ins(%[[X]] : tensor<?x16xf32>)
// CHECK-DAG: %[[B:.*]] = linalg.generic {{.*}} ins(%[[Y]] : tensor<16x8xf32>)
// CHECK-DAG: %[[C:.*]] = linalg.generic {{.*}} ins(%[[Z]] : tensor<?x8xf32>)
// BF16: linalg.generic {{.*}} ins(%[[A]], %[[B]] : tensor<?x16xbf16>, tensor<16x8xbf16>) outs({{.*}} : tensor<?x8xf32>)
// BF16: linalg.generic {{.*}} ins(%[[A]], %[[C]] : tensor<?x16xbf16>, tensor<?x8xbf16>) outs({{.*}} : tensor<16x8xf32>)
// F16: linalg.generic {{.*}} ins(%[[A]], %[[B]] : tensor<?x16xf16>, tensor<16x8xf16>) outs({{.*}} : tensor<?x8xf32>)
// F16: linalg.generic {{.*}} ins(%[[A]], %[[C]] : tensor<?x16xf16>, tensor<?x8xf16>) outs({{.*}} : tensor<16x8xf32>)
// CHECK: linalg.generic {{.*}} ins(%[[Z]] : tensor<?x8xf32>) outs({{.*}} : tensor<?xf32>)
func.func @product(%x: tensor<?x16xf32>, %y: tensor<16x8xf32>, %z: tensor<?x8xf32>, %o: tensor<?x8xf32>, %p: tensor<16x8xf32>, %q: tensor<?xf32>)
    -> (tensor<?x8xf32>, tensor<16x8xf32>, tensor<?xf32>) {
  %0 = linalg.matmul ins(%x, %y : tensor<?x16xf32>, tensor<16x8xf32>) outs(%o : tensor<?x8xf32>) -> tensor<?x8xf32>
  %1 = linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (k, m)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>],
                       iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %z : tensor<?x16xf32>, tensor<?x8xf32>) outs(%p : tensor<16x8xf32>) {
  ^bb0(%a: f32, %b: f32, %acc: f32):
    %m = arith.mulf %a, %b : f32
    %s = arith.addf %acc, %m : f32
    linalg.yield %s : f32
  } -> tensor<16x8xf32>
  %2 = linalg.generic {indexing_maps = [affine_map<(m, n) -> (m, n)>, affine_map<(m, n) -> (m)>], iterator_types = ["parallel", "reduction"]}
      ins(%z : tensor<?x8xf32>) outs(%q : tensor<?xf32>) {
  ^bb0(%a: f32, %acc: f32):
    %s = arith.addf %acc, %a : f32
    linalg.yield %s : f32
  } -> tensor<?xf32>
  return %0, %1, %2 : tensor<?x8xf32>, tensor<16x8xf32>, tensor<?xf32>
}

// Constants are packed in bf16 only.
// CHECK-LABEL: func.func @constant(
// BF16: arith.constant dense<1.500000e+00> : tensor<16x8xbf16>
// F16-NOT: f16
func.func @constant(%x: tensor<?x16xf32>, %o: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %w = arith.constant dense<1.5> : tensor<16x8xf32>
  %0 = linalg.matmul ins(%x, %w : tensor<?x16xf32>, tensor<16x8xf32>) outs(%o : tensor<?x8xf32>) -> tensor<?x8xf32>
  return %0 : tensor<?x8xf32>
}
