// RUN: ingot-opt %s --split-input-file --verify-diagnostics

func.func @nothing(%y: tensor<f32>) {
  // expected-error@+1 {{(C1) has no y or no x}}
  "ingot.grad"(%y) {operandSegmentSizes = array<i32: 1, 0, 0>} : (tensor<f32>) -> ()
  return
}

// -----

func.func @cotangents(%y: tensor<2xf32>, %dy: tensor<3xf32>, %x: tensor<4xf32>) {
  // expected-error@+1 {{(C2) the cotangents do not have the types of the ys}}
  %dx = ingot.grad %y cotangents %dy wrt %x : (tensor<2xf32>, tensor<3xf32>, tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @scalar(%y: tensor<2xf32>, %x: tensor<4xf32>) {
  // expected-error@+1 {{(C3) y 0 is 'tensor<2xf32>': what is no scalar needs a cotangent}}
  %dx = ingot.grad %y wrt %x : (tensor<2xf32>, tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @results(%y: tensor<f32>, %x: tensor<4xf32>) {
  // expected-error@+1 {{(C4) the results do not have the types of the xs}}
  %dx = ingot.grad %y wrt %x : (tensor<f32>, tensor<4xf32>) -> tensor<5xf32>
  return
}
