// RUN: ingot-opt %s | ingot-opt | FileCheck %s
// RUN: ingot-opt %s --mlir-print-op-generic | ingot-opt | FileCheck %s

// CHECK-LABEL: func.func @f0
// CHECK: ingot.pow %{{.*}}, %{{.*}} : (tensor<?xf32>, tensor<?xi64>) -> tensor<?xf32>
func.func @f0(%x: tensor<?xf32>, %y: tensor<?xi64>) -> tensor<?xf32> {
  %r = ingot.pow %x, %y : (tensor<?xf32>, tensor<?xi64>) -> tensor<?xf32>
  return %r : tensor<?xf32>
}
