// RUN: ingot-opt %s | ingot-opt | FileCheck %s
// RUN: ingot-opt %s --mlir-print-op-generic | ingot-opt | FileCheck %s

// CHECK-LABEL: func.func @f0
// CHECK: ingot.clamp %{{.*}}, %{{.*}}, %{{.*}} : tensor<?xf32>
func.func @f0(%x: tensor<?xf32>, %l: tensor<?xf32>, %h: tensor<?xf32>) -> tensor<?xf32> {
  %r = ingot.clamp %x, %l, %h : tensor<?xf32>
  return %r : tensor<?xf32>
}
