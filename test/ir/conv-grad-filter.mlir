// RUN: ingot-opt %s | ingot-opt | FileCheck %s
// RUN: ingot-opt %s --mlir-print-op-generic | ingot-opt | FileCheck %s

// CHECK-LABEL: func.func @f0
// CHECK: ingot.conv_grad_filter %{{.*}}, %{{.*}} filter_sizes [3] strides [1] dilations [1] pads [0] x [0] : (tensor<?x8x3xf32>, tensor<?x6x4xf32>) -> tensor<3x3x4xf32>
func.func @f0(%x: tensor<?x8x3xf32>, %d: tensor<?x6x4xf32>) -> tensor<3x3x4xf32> {
  %r = ingot.conv_grad_filter %x, %d filter_sizes [3] strides [1] dilations [1] pads [0] x [0] : (tensor<?x8x3xf32>, tensor<?x6x4xf32>) -> tensor<3x3x4xf32>
  return %r : tensor<3x3x4xf32>
}
