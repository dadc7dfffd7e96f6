// RUN: ingot-opt %s --lower-precision --canonicalize --cse --split-input-file | FileCheck %s

// Weights are rounded here, activations once for both products that read them, in front of the border; sums stay f32.
// CHECK-LABEL: func.func @convolutions(
// CHECK-SAME: %[[X:.*]]: tensor<1x4x4x16xf32>
// CHECK-DAG: %[[W:.*]] = arith.constant dense<1.000000e+00> : tensor<1x1x16x8xbf16>
// CHECK-DAG: %[[V:.*]] = arith.constant dense<1.500000e+00> : tensor<3x3x16x8xbf16>
// CHECK: %[[ROUNDED:.*]] = linalg.generic {{.*}} ins(%[[X]] : tensor<1x4x4x16xf32>) outs({{.*}} : tensor<1x4x4x16xbf16>)
// CHECK: arith.truncf
// CHECK-NOT: arith.truncf
// CHECK: linalg.generic {{.*}} ins(%[[ROUNDED]], %[[W]] : tensor<1x4x4x16xbf16>, tensor<1x1x16x8xbf16>) outs({{.*}} : tensor<1x4x4x8xf32>)
// CHECK-DAG: arith.extf
// CHECK-DAG: arith.extf
// CHECK: arith.mulf {{.*}} : f32
// CHECK: %[[PADDED:.*]] = tensor.pad %[[ROUNDED]]
// CHECK: linalg.generic {{.*}} ins(%[[PADDED]], %[[V]] : tensor<1x6x6x16xbf16>, tensor<3x3x16x8xbf16>)
func.func @convolutions(%x: tensor<1x4x4x16xf32>) -> (tensor<1x4x4x8xf32>, tensor<1x2x2x8xf32>) {
  // 1.001 is the f32 that rounds to 1 in bf16.
  %w = arith.constant dense<1.001> : tensor<1x1x16x8xf32>
  %v = arith.constant dense<1.5> : tensor<3x3x16x8xf32>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x4x4x8xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x4x4x8xf32>) -> tensor<1x4x4x8xf32>
  %y = linalg.conv_2d_nhwc_hwcf ins(%x, %w : tensor<1x4x4x16xf32>, tensor<1x1x16x8xf32>) outs(%f : tensor<1x4x4x8xf32>) -> tensor<1x4x4x8xf32>
  %p = tensor.pad %x low[0, 1, 1, 0] high[0, 1, 1, 0] {
  ^bb0(%i: index, %j: index, %k: index, %l: index):
    tensor.yield %zero : f32
  } : tensor<1x4x4x16xf32> to tensor<1x6x6x16xf32>
  %e2 = tensor.empty() : tensor<1x2x2x8xf32>
  %f2 = linalg.fill ins(%zero : f32) outs(%e2 : tensor<1x2x2x8xf32>) -> tensor<1x2x2x8xf32>
  %z = linalg.conv_2d_nhwc_hwcf {strides = dense<2> : vector<2xi64>} ins(%p, %v : tensor<1x6x6x16xf32>, tensor<3x3x16x8xf32>) outs(%f2 : tensor<1x2x2x8xf32>) -> tensor<1x2x2x8xf32>
  return %y, %z : tensor<1x4x4x8xf32>, tensor<1x2x2x8xf32>
}

// -----

// Products of activations, short sums, other types, and what Winograd's form takes stay.
// CHECK-LABEL: func.func @others(
// CHECK-NOT: bf16
func.func @others(%a: tensor<4x16xf32>, %b: tensor<16x8xf32>, %c: tensor<4x3xf32>, %d: tensor<4x16xf64>, %x: tensor<1x34x34x64xf32>)
    -> (tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf64>, tensor<1x32x32x64xf32>) {
  %zero = arith.constant 0.0 : f32
  %zero64 = arith.constant 0.0 : f64
  %e = tensor.empty() : tensor<4x8xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<4x8xf32>) -> tensor<4x8xf32>
  %y0 = linalg.matmul ins(%a, %b : tensor<4x16xf32>, tensor<16x8xf32>) outs(%f : tensor<4x8xf32>) -> tensor<4x8xf32>
  %w = arith.constant dense<1.5> : tensor<3x8xf32>
  %y1 = linalg.matmul ins(%c, %w : tensor<4x3xf32>, tensor<3x8xf32>) outs(%f : tensor<4x8xf32>) -> tensor<4x8xf32>
  %e64 = tensor.empty() : tensor<4x8xf64>
  %f64 = linalg.fill ins(%zero64 : f64) outs(%e64 : tensor<4x8xf64>) -> tensor<4x8xf64>
  %w64 = arith.constant dense<1.5> : tensor<16x8xf64>
  %y2 = linalg.matmul ins(%d, %w64 : tensor<4x16xf64>, tensor<16x8xf64>) outs(%f64 : tensor<4x8xf64>) -> tensor<4x8xf64>
  %v = arith.constant dense<1.5> : tensor<3x3x64x64xf32>
  %ex = tensor.empty() : tensor<1x32x32x64xf32>
  %fx = linalg.fill ins(%zero : f32) outs(%ex : tensor<1x32x32x64xf32>) -> tensor<1x32x32x64xf32>
  %y3 = linalg.conv_2d_nhwc_hwcf ins(%x, %v : tensor<1x34x34x64xf32>, tensor<3x3x64x64xf32>) outs(%fx : tensor<1x32x32x64xf32>) -> tensor<1x32x32x64xf32>
  return %y0, %y1, %y2, %y3 : tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf64>, tensor<1x32x32x64xf32>
}
