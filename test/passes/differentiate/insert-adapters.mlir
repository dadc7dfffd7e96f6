// RUN: ingot-opt %s --insert-adapters="adapters=^fc.*weight:r=4" | FileCheck %s
// RUN: ingot-opt %s --insert-adapters="adapters=^fc.*weight:r=4" --build-training="forward=gemm inference=gemm losses=output:y:reduction=sum" --bind-variables --canonicalize | FileCheck %s --check-prefix=FROZEN
// RUN: not ingot-opt %s --insert-adapters="adapters=nothing:r=4" 2>&1 | FileCheck %s --check-prefix=NAME
// RUN: not ingot-opt %s --insert-adapters="adapters=fc1:r=0" 2>&1 | FileCheck %s --check-prefix=RANK
// RUN: not ingot-opt %s --insert-adapters="adapters=table" 2>&1 | FileCheck %s --check-prefix=USE

// NAME: --lora: 'nothing:r=4' names no weight of a MatMul, Gemm or 1x1 Conv; there are: fc1.weight, fc2.weight, fc3.weight, fc4.weight, table
// RANK: --lora: 'fc1:r=0': expected r=RANK, alpha=NUMBER or init=kaiming_uniform|gaussian|zeros, not 'r=0'
// USE: error: --lora: 'table' is also read here, where no adapter can go

// CHECK: module attributes {ingot.adapters = [{a = "fc1.lora_A", b = "fc1.lora_B", output_dim = 0 : i64, scale = 4.000000e+00 : f64, weight = "fc1.weight"}
// CHECK-SAME: weight = "fc2.weight"

// The weight is a constant; A [r, in] has random values within 1 / sqrt(in), B [out, r] is zero.
// CHECK-LABEL: func.func @gemm
// CHECK-SAME: %[[X:.*]]: tensor<?x4xf32>
// CHECK-DAG: %[[B:.*]] = ingot.parameter parameter "fc1.lora_B" dense<0.000000e+00> : tensor<6x4xf32>
// CHECK-DAG: %[[A:.*]] = ingot.parameter parameter "fc1.lora_A" dense<{{.*}}> : tensor<4x4xf32>
// CHECK: %[[W:.*]] = ingot.constant dense<5.000000e-01> : tensor<6x4xf32>
// CHECK: %[[Y:.*]] = ingot.contract %[[X]], %[[W]]
// CHECK: %[[LOW:.*]] = ingot.contract %[[X]], %[[A]] batch [] x [] contracting [1] x [1]
// CHECK: %[[SCALED:.*]] = ingot.mul %[[LOW]]
// CHECK: %[[Z:.*]] = ingot.contract %[[SCALED]], %[[B]] batch [] x [] contracting [1] x [1]
// CHECK: %[[SUM:.*]] = ingot.add %[[Y]], %[[Z]]
// CHECK: return %[[SUM]]

// Nothing is left of the training of what is frozen: no variable, no gradient, and no product but those three, dy B, and the gradients
// of B and A.
// FROZEN: ingot.variables = [
// FROZEN-NOT: fc1.weight
// FROZEN-LABEL: func.func @train(
// FROZEN-NOT: "fc1.weight"
// FROZEN-SAME: "fc1.lora_B"
// FROZEN-COUNT-6: ingot.contract
// FROZEN-NOT: ingot.contract
// FROZEN: return
func.func @gemm(%x: tensor<?x4xf32> {ingot.name = "x"}) -> (tensor<?x6xf32> {ingot.name = "y"}) {
  %w = ingot.parameter parameter "fc1.weight" dense<0.5> : tensor<6x4xf32>
  %y = ingot.contract %x, %w batch [] x [] contracting [1] x [1] : (tensor<?x4xf32>, tensor<6x4xf32>) -> tensor<?x6xf32>
  return %y : tensor<?x6xf32>
}

// Any transposition, and the weight on the left.
// CHECK-LABEL: func.func @transposed
// CHECK-SAME: %[[X:.*]]: tensor<?x5x4xf32>
// CHECK-DAG: %[[B:.*]] = ingot.parameter parameter "fc2.lora_B" dense<0.000000e+00> : tensor<6x4xf32>
// CHECK-DAG: %[[A:.*]] = ingot.parameter parameter "fc2.lora_A" dense<{{.*}}> : tensor<4x4xf32>
// CHECK: %[[LOW:.*]] = ingot.contract %[[A]], %[[X]] batch [] x [] contracting [1] x [2] : (tensor<4x4xf32>, tensor<?x5x4xf32>) -> tensor<4x?x5xf32>
// CHECK: ingot.contract %[[B]], %{{.*}} batch [] x [] contracting [1] x [0] : (tensor<6x4xf32>, tensor<4x?x5xf32>) -> tensor<6x?x5xf32>
func.func @transposed(%x: tensor<?x5x4xf32>) -> tensor<6x?x5xf32> {
  %w = ingot.parameter parameter "fc2.weight" dense<0.5> : tensor<4x6xf32>
  %t = ingot.transpose %w permutation = [1, 0] : (tensor<4x6xf32>) -> tensor<6x4xf32>
  %y = ingot.contract %t, %x batch [] x [] contracting [1] x [2] : (tensor<6x4xf32>, tensor<?x5x4xf32>) -> tensor<6x?x5xf32>
  return %y : tensor<6x?x5xf32>
}

// CHECK-LABEL: func.func @pointwise
// CHECK-SAME: %[[X:.*]]: tensor<?x9x9x3xf32>
// CHECK: %[[LOW:.*]] = ingot.conv %[[X]], %{{.*}} strides [2, 2] dilations [1, 1] pads [0, 0] x [0, 0] : (tensor<?x9x9x3xf32>, tensor<1x1x3x4xf32>) -> tensor<?x5x5x4xf32>
// CHECK: ingot.contract %{{.*}}, %{{.*}} batch [] x [] contracting [3] x [1] : (tensor<?x5x5x4xf32>, tensor<8x4xf32>) -> tensor<?x5x5x8xf32>
func.func @pointwise(%x: tensor<?x9x9x3xf32>) -> tensor<?x5x5x8xf32> {
  %w = ingot.parameter parameter "fc3.weight" dense<0.5> : tensor<8x3x1x1xf32>
  %f = ingot.transpose %w permutation = [2, 3, 1, 0] : (tensor<8x3x1x1xf32>) -> tensor<1x1x3x8xf32>
  %y = ingot.conv %x, %f strides [2, 2] dilations [1, 1] pads [0, 0] x [0, 0] : (tensor<?x9x9x3xf32>, tensor<1x1x3x8xf32>) -> tensor<?x5x5x8xf32>
  return %y : tensor<?x5x5x8xf32>
}

// A frozen weight may be quantized.
// CHECK-LABEL: func.func @quantized
// CHECK-DAG: "fc4.lora_A" dense<{{.*}}> : tensor<4x4xf32>
// CHECK: ingot.dequantize
// CHECK-COUNT-3: ingot.contract
func.func @quantized(%x: tensor<?x4xf32>) -> tensor<?x6xf32> {
  %q = ingot.constant dense<3> : tensor<6x4xi8> loc("fc4.weight")
  %s = ingot.constant dense<0.5> : tensor<f32>
  %z = ingot.constant dense<0> : tensor<i8>
  %w = ingot.dequantize %q scale %s zero_point %z : (tensor<6x4xi8>, tensor<f32>, tensor<i8>) -> tensor<6x4xf32>
  %y = ingot.contract %x, %w batch [] x [] contracting [1] x [1] : (tensor<?x4xf32>, tensor<6x4xf32>) -> tensor<?x6xf32>
  return %y : tensor<?x6xf32>
}

func.func @tied(%x: tensor<?x4xf32>, %i: tensor<3xi64>) -> (tensor<?x6xf32>, tensor<3x4xf32>) {
  %w = ingot.parameter parameter "table" dense<0.5> : tensor<6x4xf32>
  %y = ingot.contract %x, %w batch [] x [] contracting [1] x [1] : (tensor<?x4xf32>, tensor<6x4xf32>) -> tensor<?x6xf32>
  %g = ingot.gather %w[%i] axis = 0 : (tensor<6x4xf32>, tensor<3xi64>) -> tensor<3x4xf32>
  return %y, %g : tensor<?x6xf32>, tensor<3x4xf32>
}
