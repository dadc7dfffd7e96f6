// RUN: ingot-opt %s | ingot-opt | FileCheck %s
// RUN: ingot-opt %s --mlir-print-op-generic | ingot-opt | FileCheck %s

// CHECK-LABEL: func.func @f0
// CHECK: ingot.log_softmax %{{.*}} axis = 1 : tensor<?x3xf32>
func.func @f0(%x: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %r = ingot.log_softmax %x axis = 1 : tensor<?x3xf32>
  return %r : tensor<?x3xf32>
}
