// RUN: ingot-opt %s --expand-gradients --split-input-file --verify-diagnostics

func.func @refused(%x: tensor<3xf32>) -> tensor<3xf32> {
  // expected-error@+1 {{the gradient needs that of 'ingot.custom_call', which has none}}
  %0 = ingot.custom_call "mine"(%x) : (tensor<3xf32>) -> tensor<3xf32>
  // expected-note@+1 {{on the way to what is differentiated}}
  %1 = ingot.exp %0 : tensor<3xf32>
  // expected-note@+1 {{on the way to what is differentiated}}
  %2 = ingot.reduce sum %1 dimensions = [0] : (tensor<3xf32>) -> tensor<f32>
  %dx = ingot.grad %2 wrt %x : (tensor<f32>, tensor<3xf32>) -> tensor<3xf32>
  return %dx : tensor<3xf32>
}

// -----

// It is not on the way.
func.func @elsewhere(%x: tensor<3xf32>, %z: tensor<3xf32>) -> tensor<3xf32> {
  %0 = ingot.custom_call "mine"(%z) : (tensor<3xf32>) -> tensor<3xf32>
  %1 = ingot.mul %0, %x : tensor<3xf32>
  %2 = ingot.reduce sum %1 dimensions = [0] : (tensor<3xf32>) -> tensor<f32>
  %dx = ingot.grad %2 wrt %x : (tensor<f32>, tensor<3xf32>) -> tensor<3xf32>
  return %dx : tensor<3xf32>
}
