// RUN: ingot-opt %s --to-linalg --split-input-file | FileCheck %s

// The gradient of a filter is a product: its rows are the places of the window and the channels.
// CHECK: #map = affine_map<(d0, d1, d2, d3, d4, d5, d6) -> (d4, d5 * 2 + d0, d6 * 2 + d1, d2)>
// CHECK: #map1 = affine_map<(d0, d1, d2, d3, d4, d5, d6) -> (d4, d5, d6, d3)>
// CHECK-LABEL: func.func @filter(
// CHECK: tensor.pad
// CHECK: linalg.generic {indexing_maps = [#map, #map1, #map2]
// CHECK-SAME: outs(%{{.*}} : tensor<3x3x6x5xf32>)
// CHECK: return
func.func @filter(%x: tensor<2x9x8x6xf32>, %d: tensor<2x5x4x5xf32>) -> tensor<3x3x6x5xf32> {
  %r = ingot.conv_grad_filter %x, %d filter_sizes [3, 3] strides [2, 2] dilations [1, 1] pads [1, 1] x [1, 1] : (tensor<2x9x8x6xf32>, tensor<2x5x4x5xf32>) -> tensor<3x3x6x5xf32>
  return %r : tensor<3x3x6x5xf32>
}

// -----

// 3x3 under stride 2: four convolutions, of 4, 2, 2 and 1 places of the window, each stored into every second line and column.
// CHECK-LABEL: func.func @input(
// CHECK-NOT: linalg.fill {{.*}} tensor<2x8x8x16xf32>
// CHECK-COUNT-4: linalg.conv_2d_nhwc_hwcf
// CHECK: tensor.insert_slice %{{.*}} into %{{.*}}[0, 0, 0, 0] [2, 4, 4, 16] [1, 2, 2, 1]
// CHECK: return
func.func @input(%d: tensor<2x4x4x20xf32>, %w: tensor<3x3x16x20xf32>) -> tensor<2x8x8x16xf32> {
  %r = ingot.conv_grad_input %d, %w sizes [8, 8] strides [2, 2] dilations [1, 1] pads [1, 1] x [1, 1] : (tensor<2x4x4x20xf32>, tensor<3x3x16x20xf32>) -> tensor<2x8x8x16xf32>
  return %r : tensor<2x8x8x16xf32>
}

// -----

// A window keeps which of its places holds the first maximum, and each remainder of positions asks the windows above it.
// CHECK-LABEL: func.func @pool(
// CHECK-NOT: linalg_ext.scatter
// CHECK: arith.maximumf
// CHECK: arith.minsi
// CHECK-COUNT-4: tensor.insert_slice {{.*}} [1, 4, 4, 16] [1, 2, 2, 1]
// CHECK-NOT: linalg_ext.scatter
// CHECK: return
func.func @pool(%x: tensor<1x8x8x16xf32>, %d: tensor<1x4x4x16xf32>) -> tensor<1x8x8x16xf32> {
  %r = ingot.max_pool_grad %x, %d window [1, 3, 3, 1] strides [1, 2, 2, 1] dilations [1, 1, 1, 1] pads [0, 1, 1, 0] x [0, 0, 0, 0] : (tensor<1x8x8x16xf32>, tensor<1x4x4x16xf32>) -> tensor<1x8x8x16xf32>
  return %r : tensor<1x8x8x16xf32>
}
