// RUN: ingot-opt %s --verify-bufferize-contract --split-input-file --verify-diagnostics

func.func @fine(%x: memref<4xf32>) -> memref<4xf32> {
  %o = memref.alloc() : memref<4xf32>
  linalg_ext.dispatch @k ins(%x : memref<4xf32>) scalars() outs(%o : memref<4xf32>)
  return %o : memref<4xf32>
}
func.func private @k(%x: tensor<4xf32>, %o: tensor<4xf32>) -> tensor<4xf32> attributes {ingot.kernel, ingot.form = "map"} {
  %r = linalg.exp ins(%x : tensor<4xf32>) outs(%o : tensor<4xf32>) -> tensor<4xf32>
  return %r : tensor<4xf32>
}

// -----

// expected-error@+1 {{'func.func' op is on tensors at the end of bufferize}}
func.func @argument(%x: tensor<4xf32>) {
  return
}

// -----

func.func @value() {
  // expected-error@+1 {{'arith.constant' op is on tensors at the end of bufferize}}
  %0 = arith.constant dense<0.0> : tensor<4xf32>
  return
}

// -----

func.func @tensor_op() {
  // expected-error@+1 {{'tensor.empty' op is not allowed at the end of bufferize outside of kernels}}
  %0 = tensor.empty() : tensor<4xf32>
  return
}

// -----

func.func @bufferization(%x: memref<4xf32>) {
  // expected-error@+1 {{'bufferization.to_tensor' op is not allowed at the end of bufferize outside of kernels}}
  %0 = bufferization.to_tensor %x : memref<4xf32> to tensor<4xf32>
  return
}
