// RUN: ingot-opt %s | ingot-opt | FileCheck %s
// RUN: ingot-opt %s --mlir-print-op-generic | ingot-opt | FileCheck %s

// CHECK-LABEL: func.func @f0
// CHECK: ingot.pad %{{.*}}, %{{.*}} low [1, %{{.*}}] high [0, -1] : (tensor<2x?xf32>, tensor<f32>, index) -> tensor<3x?xf32>
func.func @f0(%x: tensor<2x?xf32>, %v: tensor<f32>, %n: index) -> tensor<3x?xf32> {
  %r = ingot.pad %x, %v low [1, %n] high [0, -1] : (tensor<2x?xf32>, tensor<f32>, index) -> tensor<3x?xf32>
  return %r : tensor<3x?xf32>
}

// CHECK-LABEL: func.func @f1
// CHECK: ingot.pad %{{.*}}, %{{.*}} low [1] high [2] {mode = #ingot<pad_mode reflect>} : (tensor<4xi64>, tensor<i64>) -> tensor<7xi64>
func.func @f1(%x: tensor<4xi64>, %v: tensor<i64>) -> tensor<7xi64> {
  %r = ingot.pad %x, %v low [1] high [2] {mode = #ingot<pad_mode reflect>} : (tensor<4xi64>, tensor<i64>) -> tensor<7xi64>
  return %r : tensor<7xi64>
}
