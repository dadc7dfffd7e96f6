// RUN: ingot-opt %s --expand-gradients | FileCheck %s

// Only what leads from an x to a y is built: nothing for the data.
// CHECK-LABEL: func.func @filter_only
// CHECK-SAME: %[[X:.*]]: tensor<?x8x8x3xf32>, %[[F:.*]]: tensor<3x3x3x4xf32>, %[[DY:.*]]: tensor<?x6x6x4xf32>
// CHECK: ingot.conv %
// CHECK-NOT: conv_grad_input
// CHECK: %[[DF:.*]] = ingot.conv_grad_filter %[[X]], %[[DY]]
// CHECK-NEXT: return %{{.*}}, %[[DF]]
func.func @filter_only(%x: tensor<?x8x8x3xf32>, %f: tensor<3x3x3x4xf32>, %dy: tensor<?x6x6x4xf32>) -> (tensor<?x6x6x4xf32>, tensor<3x3x3x4xf32>) {
  %y = ingot.conv %x, %f strides [1, 1] dilations [1, 1] pads [0, 0] x [0, 0] : (tensor<?x8x8x3xf32>, tensor<3x3x3x4xf32>) -> tensor<?x6x6x4xf32>
  %df = ingot.grad %y cotangents %dy wrt %f : (tensor<?x6x6x4xf32>, tensor<?x6x6x4xf32>, tensor<3x3x3x4xf32>) -> tensor<3x3x3x4xf32>
  return %y, %df : tensor<?x6x6x4xf32>, tensor<3x3x3x4xf32>
}

// Cotangents of several uses are summed.
// CHECK-LABEL: func.func @two_uses
// CHECK-SAME: %[[X:.*]]: tensor<3xf32>, %[[DY:.*]]: tensor<3xf32>
// CHECK: %[[S:.*]] = ingot.sin %[[X]]
// CHECK: %[[DS:.*]] = ingot.mul %[[DY]], %[[X]]
// CHECK: %[[LEFT:.*]] = ingot.mul %[[DY]], %[[S]]
// CHECK: %[[C:.*]] = ingot.cos %[[X]]
// CHECK: %[[RIGHT:.*]] = ingot.mul %[[DS]], %[[C]]
// CHECK: ingot.add %[[LEFT]], %[[RIGHT]]
func.func @two_uses(%x: tensor<3xf32>, %dy: tensor<3xf32>) -> tensor<3xf32> {
  %s = ingot.sin %x : tensor<3xf32>
  %y = ingot.mul %s, %x : tensor<3xf32>
  %dx = ingot.grad %y cotangents %dy wrt %x : (tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<3xf32>
  return %dx : tensor<3xf32>
}

// What does not depend on x, depends on it in jumps, or was told to stop gives zeros.
// CHECK-LABEL: func.func @zeros
// CHECK: %[[Z:.*]] = ingot.broadcast %{{.*}} dimensions = []
// CHECK: return %[[Z]]
func.func @zeros(%x: tensor<?xf32>, %a: tensor<?xf32>) -> tensor<?xf32> {
  %0 = ingot.sign %x : tensor<?xf32>
  %1 = ingot.stop_gradient %x : tensor<?xf32>
  %2 = ingot.cast %x : (tensor<?xf32>) -> tensor<?xi32>
  %3 = ingot.cast %2 : (tensor<?xi32>) -> tensor<?xf32>
  %4 = ingot.add %0, %1 : tensor<?xf32>
  %5 = ingot.mul %4, %3 : tensor<?xf32>
  %dx = ingot.grad %5 cotangents %a wrt %x : (tensor<?xf32>, tensor<?xf32>, tensor<?xf32>) -> tensor<?xf32>
  return %dx : tensor<?xf32>
}

// CHECK-LABEL: func.func @straight_through
// CHECK-SAME: %{{.*}}: tensor<3xf32>, %[[DY:.*]]: tensor<3xf32>
// CHECK: return %[[DY]]
func.func @straight_through(%x: tensor<3xf32>, %dy: tensor<3xf32>) -> tensor<3xf32> {
  %0 = ingot.round %x : tensor<3xf32>
  %1 = ingot.straight_through %0, %x : tensor<3xf32>
  %dx = ingot.grad %1 cotangents %dy wrt %x : (tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<3xf32>
  return %dx : tensor<3xf32>
}

// A gradient of a gradient: 6 x.
// CHECK-LABEL: func.func @second_order
// CHECK-NOT: ingot.grad
func.func @second_order(%x: tensor<f32>) -> tensor<f32> {
  %0 = ingot.mul %x, %x : tensor<f32>
  %1 = ingot.mul %0, %x : tensor<f32>
  %dx = ingot.grad %1 wrt %x : (tensor<f32>, tensor<f32>) -> tensor<f32>
  %ddx = ingot.grad %dx wrt %x : (tensor<f32>, tensor<f32>) -> tensor<f32>
  return %ddx : tensor<f32>
}
