// RUN: ingot-opt %s --split-weight-scales --split-input-file | FileCheck %s

// CHECK-LABEL: func.func @columns(
// CHECK: %[[W:.*]] = ingot.cast %{{.*}} : (tensor<64x64xi8>) -> tensor<64x64xf32>
// CHECK: %[[Y:.*]] = ingot.contract %arg0, %[[W]]
// CHECK: %[[S:.*]] = ingot.broadcast %{{.*}} dimensions = [1]
// CHECK: %[[R:.*]] = ingot.mul %[[Y]], %[[S]]
// CHECK: return %[[R]]
func.func @columns(%x: tensor<?x64xf32>) -> tensor<?x64xf32> {
  %q = ingot.constant dense<7> : tensor<64x64xi8>
  %s = ingot.constant dense<0.5> : tensor<1x64xf32>
  %f = ingot.cast %q : (tensor<64x64xi8>) -> tensor<64x64xf32>
  %ss = ingot.broadcast %s dimensions = [0, 1] sizes [64, 64] : (tensor<1x64xf32>) -> tensor<64x64xf32>
  %w = ingot.mul %f, %ss : tensor<64x64xf32>
  %y = ingot.contract %x, %w batch [] x [] contracting [1] x [0] : (tensor<?x64xf32>, tensor<64x64xf32>) -> tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}

// -----

// CHECK-LABEL: func.func @dequantized(
// CHECK: %[[F:.*]] = ingot.cast %{{.*}} : (tensor<64x65xi8>) -> tensor<64x65xf32>
// CHECK: %[[W:.*]] = ingot.transpose %[[F]]
// CHECK: %[[Y:.*]] = ingot.contract %arg0, %[[W]]
// CHECK: ingot.mul %[[Y]]
func.func @dequantized(%x: tensor<3x65xf32>) -> tensor<3x64xf32> {
  %q = ingot.constant dense<7> : tensor<64x65xi8>
  %s = ingot.constant dense<0.5> : tensor<64xf32>
  %z = ingot.constant dense<0> : tensor<64xi8>
  %d = ingot.dequantize %q scale %s zero_point %z {axis = 0 : i64} : (tensor<64x65xi8>, tensor<64xf32>, tensor<64xi8>) -> tensor<64x65xf32>
  %w = ingot.transpose %d permutation = [1, 0] : (tensor<64x65xf32>) -> tensor<65x64xf32>
  %y = ingot.contract %x, %w batch [] x [] contracting [1] x [0] : (tensor<3x65xf32>, tensor<65x64xf32>) -> tensor<3x64xf32>
  return %y : tensor<3x64xf32>
}

// -----

// A scale that varies along the sum cannot leave it.
// CHECK-LABEL: func.func @rows(
// CHECK: ingot.mul
// CHECK: ingot.contract
// CHECK-NEXT: return
func.func @rows(%x: tensor<?x64xf32>) -> tensor<?x64xf32> {
  %q = ingot.constant dense<7> : tensor<64x64xi8>
  %s = ingot.constant dense<0.5> : tensor<64xf32>
  %f = ingot.cast %q : (tensor<64x64xi8>) -> tensor<64x64xf32>
  %ss = ingot.broadcast %s dimensions = [0] sizes [64, 64] : (tensor<64xf32>) -> tensor<64x64xf32>
  %w = ingot.mul %f, %ss : tensor<64x64xf32>
  %y = ingot.contract %x, %w batch [] x [] contracting [1] x [0] : (tensor<?x64xf32>, tensor<64x64xf32>) -> tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}
