// A step of an algorithm of the model's file changes all of its variables or none. Whatever makes its numbers.
// RUN: ingot-opt %s --guard-updates --split-input-file | FileCheck %s

// CHECK-LABEL: func.func @step(
// CHECK-SAME: -> (tensor<f32> {{{.*}}ingot.output_role = "loss"{{.*}}}, tensor<f64> {ingot.name = "found_inf", ingot.output_role = "found_inf"
// CHECK-DAG: %[[W:.*]] = ingot.parameter parameter "w"
// CHECK-DAG: %[[T:.*]] = ingot.parameter buffer "t"
// CHECK: %[[LOSS:.*]] = ingot.reduce sum
// CHECK: %[[NEXT:.*]] = ingot.sub %[[W]]
// CHECK: %[[COUNT:.*]] = ingot.add %[[T]]
// CHECK: %[[SIZE:.*]] = ingot.abs %[[LOSS]]
// CHECK: %[[A:.*]] = ingot.compare lt %[[SIZE]], %{{.*}} : (tensor<f32>, tensor<f32>) -> tensor<i1>
// CHECK: ingot.abs %[[NEXT]]
// CHECK: ingot.abs %[[W]]
// CHECK: %[[OLD:.*]] = ingot.not
// CHECK: %[[EACH:.*]] = ingot.or %{{.*}}, %[[OLD]] : tensor<4x3xi1>
// CHECK: %[[ROWS:.*]] = ingot.reduce min %[[EACH]] dimensions = [1]
// CHECK: %[[ALL:.*]] = ingot.reduce min %[[ROWS]] dimensions = [0]
// CHECK: %[[GOOD:.*]] = ingot.and %[[A]], %[[ALL]]
// CHECK: ingot.select %{{.*}}, %[[NEXT]], %[[W]]
// CHECK: ingot.assign "w"
// CHECK: %[[KEPT:.*]] = ingot.select %[[GOOD]], %[[COUNT]], %[[T]]
// CHECK: ingot.assign "t", %[[KEPT]]
// CHECK: %[[FOUND:.*]] = ingot.select %[[GOOD]]
// CHECK: return %[[LOSS]], %[[FOUND]]
func.func @step(%x: tensor<4x3xf32>) -> (tensor<f32> {ingot.name = "loss", ingot.output_role = "loss"}) attributes {ingot.role = "step"} {
  %w = ingot.parameter parameter "w" dense<1.0> : tensor<4x3xf32>
  %t = ingot.parameter buffer "t" dense<0> : tensor<i64>
  %p = ingot.mul %x, %w : tensor<4x3xf32>
  %loss = ingot.reduce sum %p dimensions = [0, 1] : (tensor<4x3xf32>) -> tensor<f32>
  %next = ingot.sub %w, %x : tensor<4x3xf32>
  %one = ingot.constant dense<1> : tensor<i64>
  %count = ingot.add %t, %one : tensor<i64>
  ingot.assign "w", %next : tensor<4x3xf32>
  ingot.assign "t", %count : tensor<i64>
  return %loss : tensor<f32>
}

// First values may be what they are.
// CHECK-LABEL: func.func @initialize(
// CHECK-NOT: ingot.select
// CHECK: return
func.func @initialize() attributes {ingot.role = "initialize"} {
  %w = ingot.constant dense<2.0> : tensor<4x3xf32>
  ingot.assign "w", %w : tensor<4x3xf32>
  return
}
