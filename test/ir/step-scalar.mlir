// RUN: ingot-opt %s | ingot-opt | FileCheck %s
// RUN: ingot-opt %s --mlir-print-op-generic | ingot-opt | FileCheck %s
// RUN: ingot-opt %s --canonicalize --constant-fold | FileCheck %s

// CHECK-LABEL: func.func @step_scalar
// CHECK: ingot.step_scalar "seed" : tensor<i64>
func.func @step_scalar() -> tensor<i64> {
  %s = ingot.step_scalar "seed" : tensor<i64>
  return %s : tensor<i64>
}
