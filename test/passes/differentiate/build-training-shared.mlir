// RUN: ingot-opt %s "--build-training=forward=forward algorithm=a losses={{output:d:reduction=mean}} optimizer=adam ema=0.5" "--build-training=forward=forward algorithm=b losses={{output:d:reduction=sum}} optimizer=adam ema=0.5" --bind-variables | FileCheck %s

// Two algorithms that change one parameter have moments, averages and gradients of their own; the mask is the parameter's.
// CHECK-LABEL: func.func @a(
// CHECK-DAG: ingot.variable = "mask:w"}
// CHECK-DAG: ingot.variable = "exp_avg:w", ingot.written}
// CHECK-LABEL: func.func @a_gradient(
// CHECK-SAME: ingot.variable = "gradient:w"
// CHECK-LABEL: func.func @b(
// CHECK-NOT: ingot.variable = "exp_avg:w"
// CHECK-NOT: ingot.variable = "ema:w"
// CHECK-DAG: ingot.variable = "mask:w"}
// CHECK-DAG: ingot.variable = "b.exp_avg:w", ingot.written}
// CHECK-DAG: ingot.variable = "b.ema:w", ingot.written}
// CHECK-LABEL: func.func @b_gradient(
// CHECK-SAME: ingot.variable = "b.gradient:w"
// CHECK-LABEL: func.func @b_apply(
// CHECK-DAG: ingot.variable = "b.gradient:w"
// CHECK-DAG: ingot.variable = "b.exp_avg_sq:w"
func.func @model(%z: tensor<3xf32> {ingot.name = "z"}) -> (tensor<3xf32> {ingot.name = "d"}) {
  return %z : tensor<3xf32>
}
func.func @forward(%z: tensor<3xf32> {ingot.name = "z"}) -> (tensor<3xf32> {ingot.name = "d"}) {
  %w = ingot.parameter parameter "w" {ingot.mask = dense<1.0> : tensor<3xf32>} dense<1.0> : tensor<3xf32>
  %y = ingot.mul %z, %w : tensor<3xf32>
  return %y : tensor<3xf32>
}
