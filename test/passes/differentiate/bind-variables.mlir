// RUN: ingot-opt %s --bind-variables --split-input-file --verify-diagnostics | FileCheck %s

// Scalars, then variables, behind the inputs; what is assigned are results behind the others.
// CHECK: ingot.variables = [{kind = "parameter", name = "w", role = "scale", type = tensor<3xf32>, value = dense<1.000000e+00> : tensor<3xf32>}, {kind = "buffer", name = "mean"{{.*}}}]
// CHECK-LABEL: func.func @step(
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<3xf32> {ingot.name = "x"}
// CHECK-SAME: %[[LR:[a-z0-9]+]]: tensor<f32> {ingot.name = "lr", ingot.scalar = "lr"}
// CHECK-SAME: %[[W:[a-z0-9]+]]: tensor<3xf32> {ingot.name = "w", ingot.variable = "w", ingot.written}
// CHECK-SAME: %[[M:[a-z0-9]+]]: tensor<3xf32> {ingot.name = "mean", ingot.variable = "mean", ingot.written}
// CHECK-SAME: -> (tensor<3xf32> {ingot.name = "y"}, tensor<3xf32> {ingot.name = "w", ingot.variable = "w"}, tensor<3xf32> {ingot.name = "mean", ingot.variable = "mean"})
// CHECK-NOT: ingot.parameter
// CHECK-NOT: ingot.assign
// CHECK: %[[Y:.*]] = ingot.mul %[[X]], %[[W]]
// CHECK: %[[Z:.*]] = ingot.mul %[[Y]], %[[W]]
// CHECK: return %[[Y]], %[[Z]], %[[X]]
func.func @step(%x: tensor<3xf32> {ingot.name = "x"}) -> (tensor<3xf32> {ingot.name = "y"}) {
  %lr = ingot.step_scalar "lr" : tensor<f32>
  %w = ingot.parameter parameter "w" dense<1.0> : tensor<3xf32>
  %y = ingot.mul %x, %w : tensor<3xf32>
  %again = ingot.parameter parameter "w" dense<1.0> : tensor<3xf32>
  %z = ingot.mul %y, %again : tensor<3xf32>
  ingot.assign "w", %z : tensor<3xf32>
  // Written without having been read here.
  ingot.assign "mean", %x : tensor<3xf32>
  return %y : tensor<3xf32>
}

// A function that only reads has no results for them; the function in training mode goes away.
// CHECK-LABEL: func.func @model(
// CHECK-DAG: {ingot.name = "w", ingot.variable = "w"}
// CHECK-DAG: {ingot.name = "mean", ingot.variable = "mean"}
// CHECK: -> (tensor<3xf32> {ingot.name = "y"})
// CHECK-NOT: @forward
func.func @model(%x: tensor<3xf32> {ingot.name = "x"}) -> (tensor<3xf32> {ingot.name = "y"}) {
  %w = ingot.parameter parameter "w" dense<1.0> : tensor<3xf32>
  %m = ingot.parameter buffer "mean" dense<0.0> : tensor<3xf32>
  %y = ingot.mul %w, %m : tensor<3xf32>
  return %y : tensor<3xf32>
}
func.func @forward() attributes {ingot.forward} {
  return
}

// -----

// What initializing anew needs: biases, and of matrices which dimension comes out. One without a value begins with uniform numbers
// between plus and minus the root of 6 / inputs.
// CHECK: ingot.variables = [{kind = "parameter", name = "rows", output_axis = 0 : i64, type = tensor<2x3xf32>, {{[^}]*}}},
// CHECK-SAME: {kind = "parameter", name = "columns", output_axis = 1 : i64, type = tensor<6x2xf32>, uniform = 1.000000e+00 : f64, {{[^}]*}}},
// CHECK-SAME: {kind = "parameter", name = "bias", role = "bias", type = tensor<2xf32>, {{[^}]*}}}]
func.func @step(%x: tensor<4x3xf32>, %z: tensor<4x6xf32>) -> tensor<4x2xf32> attributes {ingot.role = "step"} {
  %rows = ingot.parameter parameter "rows" dense<1.0> : tensor<2x3xf32>
  %columns = ingot.parameter parameter "columns" {ingot.random} dense<0.0> : tensor<6x2xf32>
  %bias = ingot.parameter parameter "bias" dense<1.0> : tensor<2xf32>
  %turned = ingot.transpose %rows permutation = [1, 0] : (tensor<2x3xf32>) -> tensor<3x2xf32>
  %p = ingot.contract %x, %turned batch [] x [] contracting [1] x [0] : (tensor<4x3xf32>, tensor<3x2xf32>) -> tensor<4x2xf32>
  %q = ingot.contract %z, %columns batch [] x [] contracting [1] x [0] : (tensor<4x6xf32>, tensor<6x2xf32>) -> tensor<4x2xf32>
  %b = ingot.broadcast %bias dimensions = [1] sizes [4, 2] : (tensor<2xf32>) -> tensor<4x2xf32>
  %s = ingot.add %p, %b : tensor<4x2xf32>
  %t = ingot.add %s, %q : tensor<4x2xf32>
  return %t : tensor<4x2xf32>
}

// -----

// Nothing to bind: nothing changes.
// CHECK-LABEL: module {
// CHECK: func.func @inference(%{{.*}}: tensor<3xf32>) -> tensor<3xf32>
func.func @inference(%x: tensor<3xf32>) -> tensor<3xf32> {
  return %x : tensor<3xf32>
}

// -----

func.func @unknown(%x: tensor<3xf32>) {
  // expected-error @+1 {{assigns to 'w', which no function reads}}
  ingot.assign "w", %x : tensor<3xf32>
  return
}

// -----

func.func @a() -> tensor<3xf32> {
  %w = ingot.parameter parameter "w" dense<1.0> : tensor<3xf32>
  return %w : tensor<3xf32>
}
func.func @b() -> tensor<2xf32> {
  // expected-error @+1 {{has a type of its own for the variable 'w'}}
  %w = ingot.parameter parameter "w" dense<1.0> : tensor<2xf32>
  return %w : tensor<2xf32>
}
