// RUN: ingot-opt %s --to-linalg --canonicalize --split-input-file | FileCheck %s

// Indices wrap once and are clamped; the slice is read along the innermost loop.
// CHECK-LABEL: func.func @gather
// CHECK: linalg.generic
// CHECK: arith.index_cast
// CHECK: arith.maxsi
// CHECK: %[[I:.*]] = linalg.index 2
// CHECK: tensor.extract %{{.*}}[%{{.*}}, %[[I]]]
func.func @gather(%x: tensor<100x64xf32>, %i: tensor<2x?xi64>) -> tensor<2x?x64xf32> {
  %y = ingot.gather %x[%i] axis = 0 : (tensor<100x64xf32>, tensor<2x?xi64>) -> tensor<2x?x64xf32>
  return %y : tensor<2x?x64xf32>
}

// -----

// CHECK-LABEL: func.func @scatter
// CHECK: linalg_ext.scatter max ins(%{{.*}}, %{{.*}} : tensor<3x1xi64>, tensor<3x4xi8>) outs(%{{.*}} : tensor<8x4xi8>) {is_unsigned}
func.func @scatter(%x: tensor<8x4xui8>, %i: tensor<3x1xi64>, %u: tensor<3x4xui8>) -> tensor<8x4xui8> {
  %y = ingot.scatter_nd max %u into %x[%i] : (tensor<8x4xui8>, tensor<3x1xi64>, tensor<3x4xui8>) -> tensor<8x4xui8>
  return %y : tensor<8x4xui8>
}

// -----

// CHECK-LABEL: func.func @nonzero
// CHECK: linalg.generic {{.*}}iterator_types = ["reduction"]
// CHECK: %[[N:.*]] = arith.index_cast
// CHECK: tensor.empty(%[[N]]) : tensor<1x?xi64>
// CHECK: linalg_ext.nonzero
func.func @nonzero(%x: tensor<8xf32>) -> tensor<1x?xi64> {
  %y = ingot.nonzero %x : (tensor<8xf32>) -> tensor<1x?xi64>
  return %y : tensor<1x?xi64>
}

// -----

// CHECK-LABEL: func.func @topk
// CHECK: linalg_ext.kernel_call "ingot_kernel_sort"
// CHECK-SAME: dtypes [1, 1, 7, 7]
func.func @topk(%x: tensor<4x100xf32>) -> (tensor<4x5xf32>, tensor<4x5xi64>) {
  %v, %i = ingot.topk %x k [5] axis = 1 : (tensor<4x100xf32>) -> (tensor<4x5xf32>, tensor<4x5xi64>)
  return %v, %i : tensor<4x5xf32>, tensor<4x5xi64>
}

// -----

// CHECK-LABEL: func.func @cumulate
// CHECK: linalg_ext.scan sum
// CHECK-SAME: axis = 1 {reverse}
func.func @cumulate(%x: tensor<4x100xf32>) -> tensor<4x100xf32> {
  %y = ingot.cumulate sum %x axis = 1 {reverse} : tensor<4x100xf32>
  return %y : tensor<4x100xf32>
}
