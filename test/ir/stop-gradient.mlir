// RUN: ingot-opt %s | ingot-opt | FileCheck %s
// RUN: ingot-opt %s --mlir-print-op-generic | ingot-opt | FileCheck %s

// No canonicalization removes it before gradients are expanded.
// RUN: ingot-opt %s --canonicalize --cse | FileCheck %s

// CHECK-LABEL: func.func @f0
// CHECK: ingot.stop_gradient %{{.*}} : tensor<?x3xf32>
func.func @f0(%x: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %y = ingot.stop_gradient %x : tensor<?x3xf32>
  return %y : tensor<?x3xf32>
}
