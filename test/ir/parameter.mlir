// RUN: ingot-opt %s | ingot-opt | FileCheck %s
// RUN: ingot-opt %s --mlir-print-op-generic | ingot-opt | FileCheck %s
// RUN: ingot-opt %s --canonicalize --constant-fold --cse | FileCheck %s --check-prefix=KEPT

// CHECK-LABEL: func.func @parameter
// CHECK: ingot.parameter parameter "fc1.weight" dense<[1.000000e+00, 2.000000e+00]> : tensor<2xf32>
// CHECK: ingot.parameter buffer "steps" dense<0> : tensor<i64>
// A value that is known folds nothing.
// KEPT-LABEL: func.func @parameter
// KEPT: %[[W:.*]] = ingot.parameter parameter "fc1.weight"
// KEPT-NOT: ingot.parameter parameter
// KEPT: ingot.add %[[W]], %[[W]]
func.func @parameter() -> (tensor<2xf32>, tensor<i64>) {
  %w = ingot.parameter parameter "fc1.weight" dense<[1.0, 2.0]> : tensor<2xf32>
  %again = ingot.parameter parameter "fc1.weight" dense<[1.0, 2.0]> : tensor<2xf32>
  %n = ingot.parameter buffer "steps" dense<0> : tensor<i64>
  %y = ingot.add %w, %again : tensor<2xf32>
  return %y, %n : tensor<2xf32>, tensor<i64>
}
