// RUN: ingot-opt %s | ingot-opt | FileCheck %s
// RUN: ingot-opt %s --mlir-print-op-generic | ingot-opt | FileCheck %s

// CHECK-LABEL: func.func @f0
// CHECK: ingot.composite "swish"(%{{.*}}) {parameters = {alpha = 1.000000e+00 : f64}} : (tensor<?xf32>) -> tensor<?xf32> {
// CHECK-NEXT: ^bb0(%[[A:.*]]: tensor<?xf32>):
// CHECK: ingot.yield %{{.*}} : tensor<?xf32>
func.func @f0(%x: tensor<?xf32>) -> tensor<?xf32> {
  %r = ingot.composite "swish"(%x) {parameters = {alpha = 1.0 : f64}} : (tensor<?xf32>) -> tensor<?xf32> {
  ^bb0(%a: tensor<?xf32>):
    %s = ingot.sigmoid %a : tensor<?xf32>
    %p = ingot.mul %a, %s : tensor<?xf32>
    ingot.yield %p : tensor<?xf32>
  }
  return %r : tensor<?xf32>
}
