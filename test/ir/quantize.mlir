// RUN: ingot-opt %s | ingot-opt | FileCheck %s
// RUN: ingot-opt %s --mlir-print-op-generic | ingot-opt | FileCheck %s

// CHECK-LABEL: func.func @f0
// CHECK: ingot.quantize %{{.*}} scale %{{.*}} zero_point %{{.*}} {axis = 1 : i64} : (tensor<?x3xf32>, tensor<3xf32>, tensor<3xui8>) -> tensor<?x3xui8>
func.func @f0(%x: tensor<?x3xf32>, %s: tensor<3xf32>, %z: tensor<3xui8>) -> tensor<?x3xui8> {
  %r = ingot.quantize %x scale %s zero_point %z {axis = 1 : i64} : (tensor<?x3xf32>, tensor<3xf32>, tensor<3xui8>) -> tensor<?x3xui8>
  return %r : tensor<?x3xui8>
}

// CHECK-LABEL: func.func @f1
// CHECK: ingot.quantize %{{.*}} scale %{{.*}} zero_point %{{.*}} : (tensor<f16>, tensor<f16>, tensor<i8>) -> tensor<i8>
func.func @f1(%x: tensor<f16>, %s: tensor<f16>, %z: tensor<i8>) -> tensor<i8> {
  %r = ingot.quantize %x scale %s zero_point %z : (tensor<f16>, tensor<f16>, tensor<i8>) -> tensor<i8>
  return %r : tensor<i8>
}
