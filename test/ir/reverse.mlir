// RUN: ingot-opt %s | ingot-opt | FileCheck %s
// RUN: ingot-opt %s --mlir-print-op-generic | ingot-opt | FileCheck %s

// CHECK-LABEL: func.func @f0
// CHECK: ingot.reverse %{{.*}} dimensions = [1, 0] : tensor<?x3xi1>
func.func @f0(%x: tensor<?x3xi1>) -> tensor<?x3xi1> {
  %r = ingot.reverse %x dimensions = [1, 0] : tensor<?x3xi1>
  return %r : tensor<?x3xi1>
}
