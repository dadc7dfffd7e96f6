// RUN: ingot-opt %s | ingot-opt | FileCheck %s
// RUN: ingot-opt %s --mlir-print-op-generic | ingot-opt | FileCheck %s

// CHECK-LABEL: func.func @f0
// CHECK: ingot.custom_call "non_max_suppression"(%{{.*}}, %{{.*}}) {parameters = {center = 1 : i64}} : (tensor<?x4xf32>, index) -> tensor<?x3xi64>
func.func @f0(%x: tensor<?x4xf32>, %n: index) -> tensor<?x3xi64> {
  %r = ingot.custom_call "non_max_suppression"(%x, %n) {parameters = {center = 1 : i64}} : (tensor<?x4xf32>, index) -> tensor<?x3xi64>
  return %r : tensor<?x3xi64>
}
