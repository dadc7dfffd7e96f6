// RUN: ingot-opt %s --sink-transposes --simplify-movement --canonicalize --cse --split-input-file | FileCheck %s

// Between two convolutions everything works channels last.

// CHECK-LABEL: func.func @residual
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<1x3x8x8xf32>
// CHECK: %[[T:.*]] = ingot.transpose %[[X]] permutation = [0, 2, 3, 1]
// CHECK-NOT: transpose
// CHECK: ingot.add {{.*}} : tensor<1x8x8x16xf32>
// CHECK-NOT: transpose
// CHECK: ingot.max {{.*}} : tensor<1x8x8x16xf32>
// CHECK-NOT: transpose
// CHECK: %[[R:.*]] = ingot.reduce sum {{.*}} dimensions = [1, 2] : (tensor<1x8x8x16xf32>) -> tensor<1x16xf32>
// CHECK: return %[[R]]
func.func @residual(%x: tensor<1x3x8x8xf32>, %w: tensor<3x3x3x16xf32>, %v: tensor<1x1x16x16xf32>, %b: tensor<16xf32>) -> tensor<1x16xf32> {
  %zero = ingot.constant dense<0.0> : tensor<f32>
  %0 = ingot.transpose %x permutation = [0, 2, 3, 1] : (tensor<1x3x8x8xf32>) -> tensor<1x8x8x3xf32>
  %1 = ingot.conv %0, %w strides [1, 1] dilations [1, 1] pads [1, 1] x [1, 1] : (tensor<1x8x8x3xf32>, tensor<3x3x3x16xf32>) -> tensor<1x8x8x16xf32>
  %2 = ingot.transpose %1 permutation = [0, 3, 1, 2] : (tensor<1x8x8x16xf32>) -> tensor<1x16x8x8xf32>
  %b0 = ingot.broadcast %b dimensions = [1] sizes [1, 16, 8, 8] : (tensor<16xf32>) -> tensor<1x16x8x8xf32>
  %3 = ingot.add %2, %b0 : tensor<1x16x8x8xf32>
  %4 = ingot.transpose %3 permutation = [0, 2, 3, 1] : (tensor<1x16x8x8xf32>) -> tensor<1x8x8x16xf32>
  %5 = ingot.conv %4, %v strides [1, 1] dilations [1, 1] pads [0, 0] x [0, 0] : (tensor<1x8x8x16xf32>, tensor<1x1x16x16xf32>) -> tensor<1x8x8x16xf32>
  %6 = ingot.transpose %5 permutation = [0, 3, 1, 2] : (tensor<1x8x8x16xf32>) -> tensor<1x16x8x8xf32>
  %7 = ingot.add %6, %3 : tensor<1x16x8x8xf32>
  %z0 = ingot.broadcast %zero dimensions = [] sizes [1, 16, 8, 8] : (tensor<f32>) -> tensor<1x16x8x8xf32>
  %8 = ingot.max %7, %z0 : tensor<1x16x8x8xf32>
  %9 = ingot.reduce sum %8 dimensions = [2, 3] : (tensor<1x16x8x8xf32>) -> tensor<1x16xf32>
  return %9 : tensor<1x16xf32>
}

// -----

// Squeeze and excite: the gate is broadcast along the channels wherever they are.

// CHECK-LABEL: func.func @gate
// CHECK-NOT: ingot.transpose
// CHECK: ingot.reduce sum {{.*}} dimensions = [1, 2]
// CHECK-NOT: ingot.transpose
// CHECK: ingot.broadcast {{.*}} sizes [1, 8, 8, 16]
// CHECK: ingot.mul {{.*}} : tensor<1x8x8x16xf32>
// CHECK-NOT: ingot.transpose
// CHECK: return
func.func @gate(%x: tensor<1x8x8x16xf32>, %w: tensor<1x1x16x16xf32>) -> tensor<1x8x8x16xf32> {
  %0 = ingot.transpose %x permutation = [0, 3, 1, 2] : (tensor<1x8x8x16xf32>) -> tensor<1x16x8x8xf32>
  %1 = ingot.reduce sum %0 dimensions = [2, 3] : (tensor<1x16x8x8xf32>) -> tensor<1x16xf32>
  %2 = ingot.reshape %1 sizes [1, 16, 1, 1] : (tensor<1x16xf32>) -> tensor<1x16x1x1xf32>
  %3 = ingot.transpose %2 permutation = [0, 2, 3, 1] : (tensor<1x16x1x1xf32>) -> tensor<1x1x1x16xf32>
  %4 = ingot.conv %3, %w strides [1, 1] dilations [1, 1] pads [0, 0] x [0, 0] : (tensor<1x1x1x16xf32>, tensor<1x1x16x16xf32>) -> tensor<1x1x1x16xf32>
  %5 = ingot.transpose %4 permutation = [0, 3, 1, 2] : (tensor<1x1x1x16xf32>) -> tensor<1x16x1x1xf32>
  %6 = ingot.sigmoid %5 : tensor<1x16x1x1xf32>
  %7 = ingot.broadcast %6 dimensions = [0, 1, 2, 3] sizes [1, 16, 8, 8] : (tensor<1x16x1x1xf32>) -> tensor<1x16x8x8xf32>
  %8 = ingot.mul %0, %7 : tensor<1x16x8x8xf32>
  %9 = ingot.transpose %8 permutation = [0, 2, 3, 1] : (tensor<1x16x8x8xf32>) -> tensor<1x8x8x16xf32>
  return %9 : tensor<1x8x8x16xf32>
}

// -----

// U-Net: concat, resize and pad follow; sizes are dynamic.

// CHECK-LABEL: func.func @decoder
// CHECK-NOT: ingot.transpose
// CHECK: ingot.resize nearest {{.*}} sizes [1, %{{.*}}, %{{.*}}, 16]
// CHECK-NOT: ingot.transpose
// CHECK: ingot.concat {{.*}} axis = 3
// CHECK-NOT: ingot.transpose
// CHECK: return
func.func @decoder(%x: tensor<1x?x?x16xf32>, %skip: tensor<1x?x?x8xf32>, %h: index, %w: index) -> tensor<1x?x?x24xf32> {
  %0 = ingot.transpose %x permutation = [0, 3, 1, 2] : (tensor<1x?x?x16xf32>) -> tensor<1x16x?x?xf32>
  %1 = ingot.transpose %skip permutation = [0, 3, 1, 2] : (tensor<1x?x?x8xf32>) -> tensor<1x8x?x?xf32>
  %2 = ingot.resize nearest asymmetric floor %0 sizes [1, 16, %h, %w] : (tensor<1x16x?x?xf32>, index, index) -> tensor<1x16x?x?xf32>
  %3 = ingot.concat %2, %1 axis = 1 : (tensor<1x16x?x?xf32>, tensor<1x8x?x?xf32>) -> tensor<1x24x?x?xf32>
  %4 = ingot.transpose %3 permutation = [0, 2, 3, 1] : (tensor<1x24x?x?xf32>) -> tensor<1x?x?x24xf32>
  return %4 : tensor<1x?x?x24xf32>
}

// -----

// Text recognition: from [n, c, 1, w] to [n, w, c] needs no transpose when the channels are last.

// CHECK-LABEL: func.func @neck
// CHECK-NOT: ingot.transpose
// CHECK: ingot.reshape
// CHECK-NOT: ingot.transpose
// CHECK: return
func.func @neck(%x: tensor<?x1x?x32xf32>) -> tensor<?x?x32xf32> {
  %0 = ingot.transpose %x permutation = [0, 3, 1, 2] : (tensor<?x1x?x32xf32>) -> tensor<?x32x1x?xf32>
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %n = tensor.dim %x, %c0 : tensor<?x1x?x32xf32>
  %w = tensor.dim %x, %c2 : tensor<?x1x?x32xf32>
  %1 = ingot.reshape %0 sizes [%n, 32, %w] : (tensor<?x32x1x?xf32>) -> tensor<?x32x?xf32>
  %2 = ingot.transpose %1 permutation = [0, 2, 1] : (tensor<?x32x?xf32>) -> tensor<?x?x32xf32>
  return %2 : tensor<?x?x32xf32>
}

// -----

// A result in the model's own order keeps one transpose, of the smaller tensor.

// CHECK-LABEL: func.func @upward
// CHECK: ingot.transpose {{.*}} -> tensor<1x4x4x3xf32>
// CHECK-NOT: ingot.transpose
func.func @upward(%x: tensor<1x3x4x4xf32>, %w: tensor<1x1x3x3xf32>) -> tensor<1x8x8x3xf32> {
  %0 = ingot.resize nearest asymmetric floor %x sizes [1, 3, 8, 8] : (tensor<1x3x4x4xf32>) -> tensor<1x3x8x8xf32>
  %1 = ingot.transpose %0 permutation = [0, 2, 3, 1] : (tensor<1x3x8x8xf32>) -> tensor<1x8x8x3xf32>
  %2 = ingot.conv %1, %w strides [1, 1] dilations [1, 1] pads [0, 0] x [0, 0] : (tensor<1x8x8x3xf32>, tensor<1x1x3x3xf32>) -> tensor<1x8x8x3xf32>
  return %2 : tensor<1x8x8x3xf32>
}

// -----

// Where a transpose costs the same in front of and behind a softmax, its rows are left one element after the other.

// CHECK-LABEL: func.func @rows
// CHECK: ingot.softmax %{{.*}} axis = 3
// CHECK: ingot.transpose
func.func @rows(%x: tensor<1x8x8x4xf32>) -> tensor<1x4x8x8xf32> {
  %0 = ingot.transpose %x permutation = [0, 3, 1, 2] : (tensor<1x8x8x4xf32>) -> tensor<1x4x8x8xf32>
  %1 = ingot.softmax %0 axis = 1 : tensor<1x4x8x8xf32>
  return %1 : tensor<1x4x8x8xf32>
}

// -----

// Merging channels with rows fixes their order: the transpose stays.

// CHECK-LABEL: func.func @flatten
// CHECK: ingot.transpose
// CHECK: ingot.reshape
func.func @flatten(%x: tensor<2x4x4x8xf32>) -> tensor<2x128xf32> {
  %0 = ingot.transpose %x permutation = [0, 3, 1, 2] : (tensor<2x4x4x8xf32>) -> tensor<2x8x4x4xf32>
  %1 = ingot.reshape %0 sizes [2, 128] : (tensor<2x8x4x4xf32>) -> tensor<2x128xf32>
  return %1 : tensor<2x128xf32>
}

// -----

// One transposed and one plain operand: moving the transpose down would make two.

// CHECK-LABEL: func.func @noGain
// CHECK: ingot.transpose
// CHECK: ingot.add {{.*}} : tensor<1x8x4x4xf32>
func.func @noGain(%x: tensor<1x4x4x8xf32>, %y: tensor<1x8x4x4xf32>) -> tensor<1x8x4x4xf32> {
  %0 = ingot.transpose %x permutation = [0, 3, 1, 2] : (tensor<1x4x4x8xf32>) -> tensor<1x8x4x4xf32>
  %1 = ingot.add %0, %y : tensor<1x8x4x4xf32>
  return %1 : tensor<1x8x4x4xf32>
}
