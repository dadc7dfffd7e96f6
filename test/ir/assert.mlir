// RUN: ingot-opt %s | ingot-opt | FileCheck %s
// RUN: ingot-opt %s --mlir-print-op-generic | ingot-opt | FileCheck %s

// CHECK-LABEL: func.func @f0
// CHECK: ingot.assert %{{.*}}, "the batch is not 1"
func.func @f0(%c: i1) {
  ingot.assert %c, "the batch is not 1"
  return
}
