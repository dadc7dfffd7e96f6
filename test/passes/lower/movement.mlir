// RUN: ingot-opt %s --to-linalg --canonicalize --split-input-file | FileCheck %s

// Sizes that are known to be equal keep the views apart.
// CHECK-LABEL: func.func @split_heads
// CHECK: tensor.expand_shape %{{.*}} {{\[}}[0], [1], [2, 3]]
func.func @split_heads(%x: tensor<?x?x768xf32>) -> tensor<?x?x12x64xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %b = tensor.dim %x, %c0 : tensor<?x?x768xf32>
  %s = tensor.dim %x, %c1 : tensor<?x?x768xf32>
  %y = ingot.reshape %x sizes [%b, %s, 12, 64] : (tensor<?x?x768xf32>) -> tensor<?x?x12x64xf32>
  return %y : tensor<?x?x12x64xf32>
}

// -----

// CHECK-LABEL: func.func @join
// CHECK: tensor.collapse_shape %{{.*}} {{\[}}[0, 1], [2]]
func.func @join(%x: tensor<?x?x64xf32>) -> tensor<?x64xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %b = tensor.dim %x, %c0 : tensor<?x?x64xf32>
  %s = tensor.dim %x, %c1 : tensor<?x?x64xf32>
  %n = arith.muli %b, %s : index
  %y = ingot.reshape %x sizes [%n, 64] : (tensor<?x?x64xf32>) -> tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}

// -----

// What cannot be matched is one group.
// CHECK-LABEL: func.func @regroup
// CHECK: tensor.collapse_shape %{{.*}} {{\[}}[0, 1]]
// CHECK: tensor.expand_shape
func.func @regroup(%x: tensor<6x4xf32>) -> tensor<8x3xf32> {
  %y = ingot.reshape %x sizes [8, 3] : (tensor<6x4xf32>) -> tensor<8x3xf32>
  return %y : tensor<8x3xf32>
}

// -----

// CHECK: #[[$T:.*]] = affine_map<(d0, d1, d2) -> (d2, d0, d1)>
// CHECK-LABEL: func.func @transpose
// CHECK: linalg.generic {indexing_maps = [#[[$T]]
func.func @transpose(%x: tensor<2x3x4xf32>) -> tensor<3x4x2xf32> {
  %y = ingot.transpose %x permutation = [1, 2, 0] : (tensor<2x3x4xf32>) -> tensor<3x4x2xf32>
  return %y : tensor<3x4x2xf32>
}

// -----

// A transpose that only moves dimensions of size 1 is a view.
// CHECK-LABEL: func.func @transpose_unit
// CHECK-NOT: linalg.generic
// CHECK: tensor.expand_shape
func.func @transpose_unit(%x: tensor<1x3x1x4xf32>) -> tensor<3x1x4x1xf32> {
  %y = ingot.transpose %x permutation = [1, 0, 3, 2] : (tensor<1x3x1x4xf32>) -> tensor<3x1x4x1xf32>
  return %y : tensor<3x1x4x1xf32>
}

// -----

// CHECK-LABEL: func.func @slice
// CHECK: tensor.extract_slice
func.func @slice(%x: tensor<4x8xf32>, %o: index) -> tensor<2x8xf32> {
  %y = ingot.slice %x [%o, 0] [2, 8] [1, 1] : (tensor<4x8xf32>) -> tensor<2x8xf32>
  return %y : tensor<2x8xf32>
}

// -----

// CHECK-LABEL: func.func @strided
// CHECK: linalg.generic
// CHECK: tensor.extract
func.func @strided(%x: tensor<4x8xf32>) -> tensor<4x4xf32> {
  %y = ingot.slice %x [0, 1] [4, 4] [1, 2] : (tensor<4x8xf32>) -> tensor<4x4xf32>
  return %y : tensor<4x4xf32>
}

// -----

// CHECK-LABEL: func.func @pad_constant
// CHECK: tensor.pad
func.func @pad_constant(%x: tensor<4x8xf32>) -> tensor<6x8xf32> {
  %v = ingot.constant dense<0.0> : tensor<f32>
  %y = ingot.pad %x, %v low [1, 0] high [1, 0] : (tensor<4x8xf32>, tensor<f32>) -> tensor<6x8xf32>
  return %y : tensor<6x8xf32>
}

// -----

// CHECK-LABEL: func.func @pad_reflect
// CHECK: linalg.generic
// CHECK: tensor.extract
func.func @pad_reflect(%x: tensor<4x8xf32>) -> tensor<6x8xf32> {
  %v = ingot.constant dense<0.0> : tensor<f32>
  %y = ingot.pad %x, %v low [1, 0] high [1, 0] {mode = #ingot<pad_mode reflect>} : (tensor<4x8xf32>, tensor<f32>) -> tensor<6x8xf32>
  return %y : tensor<6x8xf32>
}

// -----

// Dimensions that may be 1 at run time are chosen for each element.
// CHECK-LABEL: func.func @maybe_one
// CHECK: arith.cmpi eq
// CHECK: linalg.generic
// CHECK: arith.select
func.func @maybe_one(%x: tensor<?xf32>, %n: index) -> tensor<4x?xf32> {
  %y = ingot.broadcast %x dimensions = [1] sizes [4, %n] {maybe_one = array<i64: 0>} : (tensor<?xf32>) -> tensor<4x?xf32>
  return %y : tensor<4x?xf32>
}

// -----

// CHECK-LABEL: func.func @concat
// CHECK: tensor.concat dim(1)
func.func @concat(%x: tensor<4x?xf32>, %y: tensor<4x3xf32>) -> tensor<4x?xf32> {
  %z = ingot.concat %x, %y axis = 1 : (tensor<4x?xf32>, tensor<4x3xf32>) -> tensor<4x?xf32>
  return %z : tensor<4x?xf32>
}

// -----

// An empty slice at the end of its source.
// CHECK-LABEL: func.func @slice_empty
// CHECK: tensor.empty() : tensor<4x0xf32>
func.func @slice_empty(%x: tensor<4x8xf32>) -> tensor<4x0xf32> {
  %y = ingot.slice %x [0, 8] [4, 0] [1, 1] : (tensor<4x8xf32>) -> tensor<4x0xf32>
  return %y : tensor<4x0xf32>
}
