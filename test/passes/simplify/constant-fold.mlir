// RUN: ingot-opt %s --constant-fold --split-input-file | FileCheck %s
// RUN: ingot-opt %s --constant-fold=budget=8 --split-input-file | FileCheck %s --check-prefix=BUDGET

// CHECK-LABEL: func.func @expression
// CHECK: %[[C:.*]] = ingot.constant dense<[3.000000e+00, 6.000000e+00, 9.000000e+00]> : tensor<3xf32>
// CHECK-NEXT: return %[[C]]
// BUDGET-LABEL: func.func @expression
// BUDGET: ingot.mul
func.func @expression() -> tensor<3xf32> {
  %i = ingot.constant dense<[1, 2, 3]> : tensor<3xi8>
  %s = ingot.constant dense<3.0> : tensor<f32>
  %0 = ingot.cast %i : (tensor<3xi8>) -> tensor<3xf32>
  %1 = ingot.broadcast %s dimensions = [] sizes [3] : (tensor<f32>) -> tensor<3xf32>
  %2 = ingot.mul %0, %1 : tensor<3xf32>
  return %2 : tensor<3xf32>
}

// -----

// CHECK-LABEL: func.func @transposed
// CHECK: ingot.constant dense<{{\[\[}}1, 4], [2, 5], [3, 6]]> : tensor<3x2xi16>
// CHECK-NOT: ingot.transpose
func.func @transposed() -> tensor<3x2xi16> {
  %c = ingot.constant dense<[[1, 2, 3], [4, 5, 6]]> : tensor<2x3xi16>
  %0 = ingot.transpose %c permutation = [1, 0] : (tensor<2x3xi16>) -> tensor<3x2xi16>
  return %0 : tensor<3x2xi16>
}

// -----

// Along the first dimension, and the dividend broadcast.

// CHECK-LABEL: func.func @channels
// CHECK-DAG: ingot.constant dense<{{\[\[}}1.000000e+00, 2.000000e+00], [6.000000e+00, 8.000000e+00]]> : tensor<2x2xf32>
// CHECK-DAG: ingot.constant dense<{{\[\[}}8.000000e+00, 4.000000e+00], [5.333333{{.*}}, 4.000000e+00]]> : tensor<2x2xf32>
func.func @channels() -> (tensor<2x2xf32>, tensor<2x2xf32>) {
  %w = ingot.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>
  %s = ingot.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %t = ingot.constant dense<[8.0, 16.0]> : tensor<2xf32>
  %0 = ingot.broadcast %s dimensions = [0] sizes [2, 2] : (tensor<2xf32>) -> tensor<2x2xf32>
  %1 = ingot.mul %w, %0 : tensor<2x2xf32>
  %2 = ingot.broadcast %t dimensions = [0] sizes [2, 2] : (tensor<2xf32>) -> tensor<2x2xf32>
  %3 = ingot.div %2, %w : tensor<2x2xf32>
  return %1, %3 : tensor<2x2xf32>, tensor<2x2xf32>
}

// -----

// A broadcast is not made larger memory, nor is what is computed from broadcasts alone.

// CHECK-LABEL: func.func @growth
// CHECK: ingot.broadcast
// CHECK: ingot.exp
func.func @growth() -> tensor<100x100xf32> {
  %c = ingot.constant dense<[1.0]> : tensor<1xf32>
  %0 = ingot.broadcast %c dimensions = [0] sizes [100, 100] : (tensor<1xf32>) -> tensor<100x100xf32>
  %1 = ingot.exp %0 : tensor<100x100xf32>
  return %1 : tensor<100x100xf32>
}

// -----

// What fails at run time fails then.

// CHECK-LABEL: func.func @outOfRange
// CHECK: ingot.gather
func.func @outOfRange() -> tensor<f32> {
  %c = ingot.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %i = ingot.constant dense<7> : tensor<i64>
  %0 = ingot.gather %c[%i] axis = 0 : (tensor<2xf32>, tensor<i64>) -> tensor<f32>
  return %0 : tensor<f32>
}
