// RUN: ingot-opt %s --to-linalg --canonicalize | FileCheck %s

// Ten rounds of two products on the element's index, all in one elementwise op.
// CHECK-LABEL: func.func @uniform
// CHECK-SAME: (%{{.*}}: tensor<?x4xf32>, %[[SEED:.*]]: tensor<i64>, %[[STEP:.*]]: tensor<i64>)
// CHECK: linalg.generic
// CHECK-SAME: iterator_types = ["parallel", "parallel"]
// CHECK-SAME: ins(%[[SEED]], %[[STEP]] : tensor<i64>, tensor<i64>)
// CHECK: linalg.index 0
// CHECK: linalg.index 1
// CHECK-COUNT-20: arith.muli {{.*}} : i64
// CHECK-NOT: arith.muli
// CHECK: arith.sitofp
// CHECK: arith.mulf
// CHECK-NEXT: linalg.yield
func.func @uniform(%x: tensor<?x4xf32>, %seed: tensor<i64>, %step: tensor<i64>) -> tensor<?x4xf32> {
  %c0 = arith.constant 0 : index
  %n = tensor.dim %x, %c0 : tensor<?x4xf32>
  %r = ingot.random uniform(0.0, 1.0) seed = 7 of(%seed, %step) sizes [%n, 4] : tensor<?x4xf32>
  return %r : tensor<?x4xf32>
}

// CHECK-LABEL: func.func @normal
// CHECK: linalg.generic
// CHECK: math.log %{{.*}} : f64
// CHECK: arith.truncf %{{.*}} : f64 to f32
// CHECK: arith.truncf %{{.*}} : f32 to f16
func.func @normal() -> tensor<3xf16> {
  %r = ingot.random normal(1.0, 2.0) seed = 7 sizes [3] : tensor<3xf16>
  return %r : tensor<3xf16>
}
