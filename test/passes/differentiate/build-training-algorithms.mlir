// RUN: ingot-opt %s "--build-training=forward=forward algorithm=d losses={{output:d:reduction=mean}} train=^D" "--build-training=forward=forward algorithm=g losses={{output:d:reduction=sum}} train=^G" --bind-variables | FileCheck %s

// Each algorithm changes its own parameters, and reads the others. All have the functions that one alone would have.
// CHECK: ingot.algorithms = ["d", "g"]
// CHECK-NOT: func.func @forward
// CHECK-LABEL: func.func @d(
// CHECK-SAME: ingot.variable = "G/w"}
// CHECK-SAME: ingot.variable = "D/w", ingot.written
// CHECK-LABEL: func.func @d_gradient(
// CHECK-SAME: "gradient:D/w"
// CHECK-NOT: "gradient:G/w"
// CHECK-LABEL: func.func @d_apply(
// CHECK-NOT: "G/w"
// CHECK-LABEL: func.func @d_evaluate(
// CHECK-LABEL: func.func @g(
// CHECK-SAME: ingot.variable = "G/w", ingot.written
// CHECK-SAME: ingot.variable = "D/w"}
// CHECK-LABEL: func.func @g_gradient(
// CHECK-SAME: "gradient:G/w"
// CHECK-NOT: "gradient:D/w"
// CHECK-LABEL: func.func @g_apply(
// CHECK-LABEL: func.func @g_evaluate(
func.func @model(%z: tensor<3xf32> {ingot.name = "z"}) -> (tensor<3xf32> {ingot.name = "d"}) {
  return %z : tensor<3xf32>
}
func.func @forward(%z: tensor<3xf32> {ingot.name = "z"}) -> (tensor<3xf32> {ingot.name = "d"}) {
  %d = ingot.parameter parameter "D/w" dense<1.0> : tensor<3xf32>
  %g = ingot.parameter parameter "G/w" dense<1.0> : tensor<3xf32>
  %fake = ingot.mul %z, %g : tensor<3xf32>
  %y = ingot.mul %fake, %d : tensor<3xf32>
  return %y : tensor<3xf32>
}
