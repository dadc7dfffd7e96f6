// RUN: ingot-opt %s | ingot-opt | FileCheck %s
// RUN: ingot-opt %s --mlir-print-op-generic | ingot-opt | FileCheck %s

// CHECK-LABEL: func.func @f0
// CHECK: ingot.shl %{{.*}}, %{{.*}} : tensor<?xui32>
func.func @f0(%x: tensor<?xui32>, %y: tensor<?xui32>) -> tensor<?xui32> {
  %r = ingot.shl %x, %y : tensor<?xui32>
  return %r : tensor<?xui32>
}
