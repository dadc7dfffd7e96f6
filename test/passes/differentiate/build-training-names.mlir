// RUN: ingot-opt %s "--build-training=forward=forward losses={{mse:out,t}} optimizer=adagrad" --bind-variables | FileCheck %s

// A scalar parameter is one like others, though the step's own numbers are f64. What belongs to a parameter is not called like a variable of
// the model, nor an output like what a step says of itself; and the model's function gives way to an algorithm.
// CHECK-LABEL: func.func @train_model(
// CHECK-LABEL: func.func @train(
// CHECK-DAG: tensor<f32> {ingot.name = "sum:s", ingot.variable = "sum:s", ingot.written}
// CHECK-DAG: tensor<f32> {ingot.name = "sum:s'", ingot.variable = "sum:s'", ingot.written}
// CHECK-DAG: ingot.name = "model.gradient_norm"
// CHECK-LABEL: func.func @train_gradient(
// CHECK-DAG: ingot.name = "model.gradient_norm"
// CHECK-LABEL: func.func @train_evaluate(
// CHECK-SAME: ingot.name = "model.gradient_norm"
func.func @train(%x: tensor<3xf32> {ingot.name = "x"}) -> (tensor<3xf32> {ingot.name = "out"}, tensor<3xf32> {ingot.name = "gradient_norm"}) {
  return %x, %x : tensor<3xf32>, tensor<3xf32>
}
func.func @forward(%x: tensor<3xf32> {ingot.name = "x"}) -> (tensor<3xf32> {ingot.name = "out"}, tensor<3xf32> {ingot.name = "gradient_norm"}) {
  %s = ingot.parameter parameter "s" dense<1.0> : tensor<f32>
  %o = ingot.parameter parameter "sum:s" dense<1.0> : tensor<f32>
  %t = ingot.add %s, %o : tensor<f32>
  %c3 = arith.constant 3 : index
  %w = ingot.broadcast %t dimensions = [] sizes [3] : (tensor<f32>) -> tensor<3xf32>
  %y = ingot.mul %x, %w : tensor<3xf32>
  return %y, %x : tensor<3xf32>, tensor<3xf32>
}
