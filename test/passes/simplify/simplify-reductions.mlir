// RUN: ingot-opt %s --simplify-reductions | FileCheck %s

// CHECK-LABEL: func.func @mean
// CHECK: %[[N:.*]] = ingot.constant dense<4.900000e+01> : tensor<f32>
// CHECK: %[[SUM:.*]] = ingot.reduce sum %{{.*}} dimensions = [1, 2] : (tensor<?x7x7x16xf32>) -> tensor<?x16xf32>
// CHECK: %[[MEAN:.*]] = ingot.div %[[SUM]]
// CHECK: ingot.reshape %[[MEAN]] sizes [%{{.*}}, 1, 1, 16]
// CHECK-NOT: reduce_window
func.func @mean(%x: tensor<?x7x7x16xf32>) -> tensor<?x1x1x16xf32> {
  %0 = ingot.reduce_window mean %x window [1, 7, 7, 1] strides [1, 1, 1, 1] dilations [1, 1, 1, 1] pads [0, 0, 0, 0] x [0, 0, 0, 0] : (tensor<?x7x7x16xf32>) -> tensor<?x1x1x16xf32>
  return %0 : tensor<?x1x1x16xf32>
}

// CHECK-LABEL: func.func @padded
// CHECK: ingot.reduce_window
func.func @padded(%x: tensor<1x7x7x16xf32>) -> tensor<1x2x1x16xf32> {
  %0 = ingot.reduce_window max %x window [1, 7, 7, 1] strides [1, 1, 1, 1] dilations [1, 1, 1, 1] pads [0, 1, 0, 0] x [0, 0, 0, 0] : (tensor<1x7x7x16xf32>) -> tensor<1x2x1x16xf32>
  return %0 : tensor<1x2x1x16xf32>
}

// CHECK-LABEL: func.func @smaller
// CHECK: ingot.reduce_window
func.func @smaller(%x: tensor<1x8x8x16xf32>) -> tensor<1x2x2x16xf32> {
  %0 = ingot.reduce_window sum %x window [1, 7, 7, 1] strides [1, 1, 1, 1] dilations [1, 1, 1, 1] pads [0, 0, 0, 0] x [0, 0, 0, 0] : (tensor<1x8x8x16xf32>) -> tensor<1x2x2x16xf32>
  return %0 : tensor<1x2x2x16xf32>
}

// CHECK-LABEL: func.func @units
// CHECK-NOT: ingot.reduce
// CHECK: ingot.reshape %{{.*}} sizes [4, 5]
func.func @units(%x: tensor<4x1x5xf32>) -> tensor<4x5xf32> {
  %0 = ingot.reduce max %x dimensions = [1] : (tensor<4x1x5xf32>) -> tensor<4x5xf32>
  return %0 : tensor<4x5xf32>
}
