// RUN: ingot-opt %s --freeze-parameters | FileCheck %s

// CHECK-LABEL: func.func @all
// CHECK-SAME: (%[[X:.*]]: tensor<2xf32>)
// CHECK: %[[W:.*]] = ingot.constant dense<[1.000000e+00, 2.000000e+00]> : tensor<2xf32>
// CHECK: %[[STEP:.*]] = ingot.constant dense<0> : tensor<i64>
// CHECK: %[[Y:.*]] = ingot.add %[[X]], %[[W]]
// CHECK-NOT: ingot.assign
// CHECK: return %[[Y]], %[[STEP]]
func.func @all(%x: tensor<2xf32>) -> (tensor<2xf32>, tensor<i64>) {
  %w = ingot.parameter parameter "w" dense<[1.0, 2.0]> : tensor<2xf32>
  %step = ingot.step_scalar "step" : tensor<i64>
  %y = ingot.add %x, %w : tensor<2xf32>
  ingot.assign "w", %y : tensor<2xf32>
  return %y, %step : tensor<2xf32>, tensor<i64>
}
