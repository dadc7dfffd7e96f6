// RUN: ingot-opt %s | ingot-opt | FileCheck %s
// RUN: ingot-opt %s --mlir-print-op-generic | ingot-opt | FileCheck %s

// CHECK-LABEL: func.func @f0
// CHECK: ingot.is_nan %{{.*}} : (tensor<?xf32>) -> tensor<?xi1>
func.func @f0(%x: tensor<?xf32>) -> tensor<?xi1> {
  %r = ingot.is_nan %x : (tensor<?xf32>) -> tensor<?xi1>
  return %r : tensor<?xi1>
}
