// RUN: ingot-opt %s --verify-linalg-contract --split-input-file --verify-diagnostics

func.func @fine(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = tensor.empty() : tensor<4xf32>
  %1 = linalg.exp ins(%x : tensor<4xf32>) outs(%0 : tensor<4xf32>) -> tensor<4xf32>
  return %1 : tensor<4xf32>
}

// -----

func.func @dialect(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error@+1 {{'ingot.exp' op is not allowed at the end of to-linalg}}
  %0 = ingot.exp %x : tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

// expected-error@+1 {{has a tensor of i1 (bool is i8) at the end of to-linalg}}
func.func @bool(%x: tensor<4xi1>) {
  return
}

// -----

// expected-error@+1 {{has an unsigned element type at the end of to-linalg}}
func.func @unsigned(%x: tensor<4xui8>) {
  return
}
