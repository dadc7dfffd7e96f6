// RUN: ingot-opt %s | ingot-opt | FileCheck %s
// RUN: ingot-opt %s --mlir-print-op-generic | ingot-opt | FileCheck %s
// RUN: ingot-opt %s --canonicalize --cse | FileCheck %s

// CHECK-LABEL: func.func @assign
// CHECK: ingot.assign "bn1.running_mean", %{{.*}} : tensor<8xf32>
func.func @assign(%m: tensor<8xf32>) {
  ingot.assign "bn1.running_mean", %m : tensor<8xf32>
  return
}
