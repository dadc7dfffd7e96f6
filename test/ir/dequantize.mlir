// RUN: ingot-opt %s | ingot-opt | FileCheck %s
// RUN: ingot-opt %s --mlir-print-op-generic | ingot-opt | FileCheck %s

// CHECK-LABEL: func.func @f0
// CHECK: ingot.dequantize %{{.*}} scale %{{.*}} zero_point %{{.*}} {axis = 1 : i64, block_size = 3 : i64} : (tensor<4x6xi8>, tensor<4x2xf32>, tensor<4x2xi8>) -> tensor<4x6xf32>
func.func @f0(%x: tensor<4x6xi8>, %s: tensor<4x2xf32>, %z: tensor<4x2xi8>) -> tensor<4x6xf32> {
  %r = ingot.dequantize %x scale %s zero_point %z {axis = 1 : i64, block_size = 3 : i64} : (tensor<4x6xi8>, tensor<4x2xf32>, tensor<4x2xi8>) -> tensor<4x6xf32>
  return %r : tensor<4x6xf32>
}
