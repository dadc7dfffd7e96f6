// RUN: ingot-opt %s | ingot-opt | FileCheck %s
// RUN: ingot-opt %s --mlir-print-op-generic | ingot-opt | FileCheck %s

// CHECK-LABEL: func.func @f0
// CHECK: ingot.bitcast %{{.*}} : (tensor<?xf32>) -> tensor<?xui32>
func.func @f0(%x: tensor<?xf32>) -> tensor<?xui32> {
  %r = ingot.bitcast %x : (tensor<?xf32>) -> tensor<?xui32>
  return %r : tensor<?xui32>
}
