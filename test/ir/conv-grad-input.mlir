// RUN: ingot-opt %s | ingot-opt | FileCheck %s
// RUN: ingot-opt %s --mlir-print-op-generic | ingot-opt | FileCheck %s

// CHECK-LABEL: func.func @f0
// CHECK: ingot.conv_grad_input %{{.*}}, %{{.*}} sizes [8, %{{.*}}] strides [2, 2] dilations [1, 1] pads [0, 0] x [0, 0] : (tensor<?x4x4x6xf32>, tensor<2x2x3x6xf32>, index) -> tensor<?x8x?x3xf32>
func.func @f0(%d: tensor<?x4x4x6xf32>, %f: tensor<2x2x3x6xf32>, %n: index) -> tensor<?x8x?x3xf32> {
  %r = ingot.conv_grad_input %d, %f sizes [8, %n] strides [2, 2] dilations [1, 1] pads [0, 0] x [0, 0] : (tensor<?x4x4x6xf32>, tensor<2x2x3x6xf32>, index) -> tensor<?x8x?x3xf32>
  return %r : tensor<?x8x?x3xf32>
}
