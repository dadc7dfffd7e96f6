// RUN: ingot-opt %s | ingot-opt | FileCheck %s
// RUN: ingot-opt %s --mlir-print-op-generic | ingot-opt | FileCheck %s

// CHECK-LABEL: func.func @f0
// CHECK: ingot.rescale %{{.*}} scale %{{.*}} zero_point %{{.*}} : (tensor<?xi32>, tensor<f32>, tensor<ui8>) -> tensor<?xui8>
func.func @f0(%x: tensor<?xi32>, %s: tensor<f32>, %z: tensor<ui8>) -> tensor<?xui8> {
  %r = ingot.rescale %x scale %s zero_point %z : (tensor<?xi32>, tensor<f32>, tensor<ui8>) -> tensor<?xui8>
  return %r : tensor<?xui8>
}
