// RUN: ingot-opt %s --to-linalg --canonicalize --split-input-file | FileCheck %s

// CHECK-LABEL: func.func @matmul
// CHECK: linalg.fill
// CHECK: linalg.contract
func.func @matmul(%a: tensor<?x8x16xf32>, %b: tensor<?x16x4xf32>) -> tensor<?x8x4xf32> {
  %r = ingot.contract %a, %b batch [0] x [0] contracting [2] x [1] : (tensor<?x8x16xf32>, tensor<?x16x4xf32>) -> tensor<?x8x4xf32>
  return %r : tensor<?x8x4xf32>
}

// -----

// CHECK-LABEL: func.func @conv
// CHECK: tensor.pad
// CHECK: linalg.conv_2d_nhwc_hwcf
func.func @conv(%x: tensor<1x16x?x3xf32>, %w: tensor<3x3x3x8xf32>) -> tensor<1x8x?x8xf32> {
  %y = ingot.conv %x, %w strides [2, 2] dilations [1, 1] pads [1, 1] x [1, 1] : (tensor<1x16x?x3xf32>, tensor<3x3x3x8xf32>) -> tensor<1x8x?x8xf32>
  return %y : tensor<1x8x?x8xf32>
}

// -----

// CHECK-LABEL: func.func @depthwise
// CHECK: linalg.depthwise_conv_2d_nhwc_hwc
func.func @depthwise(%x: tensor<1x16x16x8xf32>) -> tensor<1x14x14x8xf32> {
  %w = ingot.constant dense<0.5> : tensor<3x3x1x8xf32>
  %y = ingot.conv %x, %w strides [1, 1] dilations [1, 1] pads [0, 0] x [0, 0] {groups = 8} : (tensor<1x16x16x8xf32>, tensor<3x3x1x8xf32>) -> tensor<1x14x14x8xf32>
  return %y : tensor<1x14x14x8xf32>
}

// -----

// CHECK-LABEL: func.func @grouped
// CHECK: linalg.generic {{.*}}iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction"]
// CHECK: tensor.collapse_shape
func.func @grouped(%x: tensor<1x16x8xf32>, %w: tensor<3x4x6xf32>) -> tensor<1x14x6xf32> {
  %y = ingot.conv %x, %w strides [1] dilations [1] pads [0] x [0] {groups = 2} : (tensor<1x16x8xf32>, tensor<3x4x6xf32>) -> tensor<1x14x6xf32>
  return %y : tensor<1x14x6xf32>
}

// -----

// Kernel and stride 2: one 1x1 convolution, then the interleaving of its result.
// CHECK-LABEL: func.func @transposed
// CHECK: linalg.conv_2d_nhwc_hwcf
// CHECK-SAME: tensor<1x1x4x12xf32>
// CHECK: return %{{.*}} : tensor<1x8x?x3xf32>
func.func @transposed(%x: tensor<1x4x?x4xf32>, %w: tensor<2x2x3x4xf32>, %s: index) -> tensor<1x8x?x3xf32> {
  %y = ingot.conv_grad_input %x, %w sizes [8, %s] strides [2, 2] dilations [1, 1] pads [0, 0] x [0, 0] : (tensor<1x4x?x4xf32>, tensor<2x2x3x4xf32>, index) -> tensor<1x8x?x3xf32>
  return %y : tensor<1x8x?x3xf32>
}

// -----

// With enough channels the remainders of result positions are dimensions of the product, which puts each result into its place: halves
// that begin their window one element later (pads of half the stride), what is within a half beside the channels.
// CHECK-LABEL: func.func @transposed_in_place
// CHECK: tensor.pad %{{.*}} low[0, 1, 1, 0] high[0, 1, 1, 0]
// CHECK: linalg.generic {{.*}} ins(%{{.*}}, %{{.*}} : tensor<1x6x7x8xf32>, tensor<2x1x2x2x2x8x16xf32>) outs(%{{.*}} : tensor<1x4x2x1x5x2x16xf32>)
// CHECK: tensor.collapse_shape
// CHECK-NOT: linalg
// CHECK: return
func.func @transposed_in_place(%x: tensor<1x4x5x8xf32>, %w: tensor<4x4x16x8xf32>) -> tensor<1x8x10x16xf32> {
  %y = ingot.conv_grad_input %x, %w sizes [8, 10] strides [2, 2] dilations [1, 1] pads [1, 1] x [1, 1] : (tensor<1x4x5x8xf32>, tensor<4x4x16x8xf32>) -> tensor<1x8x10x16xf32>
  return %y : tensor<1x8x10x16xf32>
}

// -----

// CHECK-LABEL: func.func @max_pool
// CHECK: tensor.pad
// CHECK: tensor.empty() : tensor<3x3xf32>
// CHECK: iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction"]
// CHECK: arith.maximumf
func.func @max_pool(%x: tensor<1x8x8x4xf32>) -> tensor<1x4x4x4xf32> {
  %y = ingot.reduce_window max %x window [1, 3, 3, 1] strides [1, 2, 2, 1] dilations [1, 1, 1, 1] pads [0, 1, 1, 0] x [0, 1, 1, 0] : (tensor<1x8x8x4xf32>) -> tensor<1x4x4x4xf32>
  return %y : tensor<1x4x4x4xf32>
}

// -----

// CHECK-LABEL: func.func @mean_pool
// CHECK: linalg.index
// CHECK: arith.divf
func.func @mean_pool(%x: tensor<1x8x?x4xf32>) -> tensor<1x4x?x4xf32> {
  %y = ingot.reduce_window mean %x window [1, 3, 3, 1] strides [1, 2, 2, 1] dilations [1, 1, 1, 1] pads [0, 1, 1, 0] x [0, 1, 1, 0] : (tensor<1x8x?x4xf32>) -> tensor<1x4x?x4xf32>
  return %y : tensor<1x4x?x4xf32>
}
