// RUN: ingot-opt %s --drop-gradient-marks | FileCheck %s

// CHECK-LABEL: func.func @f
// CHECK-SAME: %{{.*}}: tensor<?x3xf32>, %[[V:.*]]: tensor<2x3xf32>
// CHECK-NEXT: return %[[V]]
func.func @f(%x: tensor<?x3xf32>, %v: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = ingot.stop_gradient %v : tensor<2x3xf32>
  %1 = ingot.straight_through %0, %x : (tensor<2x3xf32>, tensor<?x3xf32>) -> tensor<2x3xf32>
  return %1 : tensor<2x3xf32>
}
