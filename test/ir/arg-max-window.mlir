// RUN: ingot-opt %s | ingot-opt | FileCheck %s
// RUN: ingot-opt %s --mlir-print-op-generic | ingot-opt | FileCheck %s

// CHECK-LABEL: func.func @f0
// CHECK: ingot.arg_max_window %{{.*}} window [1, 2, 2, 1] strides [1, 2, 2, 1] dilations [1, 1, 1, 1] pads [0, 0, 0, 0] x [0, 1, 0, 0] : (tensor<?x5x4x3xf32>) -> tensor<?x3x2x3xi64>
func.func @f0(%x: tensor<?x5x4x3xf32>) -> tensor<?x3x2x3xi64> {
  %r = ingot.arg_max_window %x window [1, 2, 2, 1] strides [1, 2, 2, 1] dilations [1, 1, 1, 1] pads [0, 0, 0, 0] x [0, 1, 0, 0] : (tensor<?x5x4x3xf32>) -> tensor<?x3x2x3xi64>
  return %r : tensor<?x3x2x3xi64>
}
