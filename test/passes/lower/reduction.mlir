// RUN: ingot-opt %s --to-linalg --canonicalize --split-input-file | FileCheck %s

// CHECK-LABEL: func.func @sum
// CHECK: %[[INIT:.*]] = linalg.fill
// CHECK: linalg.generic {{.*}}iterator_types = ["parallel", "reduction", "parallel"]{{.*}} outs(%[[INIT]]
// CHECK: arith.addf
func.func @sum(%x: tensor<2x?x4xf32>) -> tensor<2x4xf32> {
  %r = ingot.reduce sum %x dimensions = [1] : (tensor<2x?x4xf32>) -> tensor<2x4xf32>
  return %r : tensor<2x4xf32>
}

// -----

// 16-bit floats accumulate in f32.
// CHECK-LABEL: func.func @sum_half
// CHECK: outs(%{{.*}} : tensor<2xf32>)
// CHECK: arith.truncf
func.func @sum_half(%x: tensor<2x8xbf16>) -> tensor<2xbf16> {
  %r = ingot.reduce sum %x dimensions = [1] : (tensor<2x8xbf16>) -> tensor<2xbf16>
  return %r : tensor<2xbf16>
}

// -----

// CHECK-LABEL: func.func @max_unsigned
// CHECK: arith.maxui
func.func @max_unsigned(%x: tensor<2x8xui8>) -> tensor<2xui8> {
  %r = ingot.reduce max %x dimensions = [1] : (tensor<2x8xui8>) -> tensor<2xui8>
  return %r : tensor<2xui8>
}

// -----

// One division a row.
// CHECK-LABEL: func.func @softmax
// CHECK: arith.maximumf
// CHECK: math.exp
// CHECK: arith.addf
// CHECK: ins(%{{.*}} : tensor<?xf32>)
// CHECK: arith.divf
// CHECK: arith.mulf
func.func @softmax(%x: tensor<?x16xf32>) -> tensor<?x16xf32> {
  %r = ingot.softmax %x axis = 1 : tensor<?x16xf32>
  return %r : tensor<?x16xf32>
}

// -----

// CHECK-LABEL: func.func @normalize
// CHECK: arith.addf
// CHECK: arith.mulf
// CHECK: arith.subf
// CHECK: math.sqrt
// CHECK: arith.divf
func.func @normalize(%x: tensor<4x16xf32>) -> tensor<4x16xf32> {
  %r = ingot.normalize %x dimensions = [1] epsilon = 1.000000e-05 : tensor<4x16xf32>
  return %r : tensor<4x16xf32>
}

// -----

// CHECK-LABEL: func.func @arg_max
// CHECK: linalg_ext.arg_reduce max ins(%{{.*}} : tensor<4x16xf32>) outs(%{{.*}} : tensor<4xi64>) axis = 1
func.func @arg_max(%x: tensor<4x16xf32>) -> tensor<4xi64> {
  %r = ingot.arg_reduce max %x axis = 1 : (tensor<4x16xf32>) -> tensor<4xi64>
  return %r : tensor<4xi64>
}
