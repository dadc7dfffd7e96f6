// RUN: ingot-opt %s --place-constants | FileCheck %s

// Equal data has one place, whatever its type; every entry starts at a multiple of 64. Kernels keep their constants.
// CHECK: module attributes {ingot.weights = [
// CHECK-SAME: offset = 0 : i64, value = dense<[1.000000e+00, 2.000000e+00, 3.000000e+00]>
// CHECK-SAME: offset = 64 : i64, value = dense<{{.*}}> : tensor<2x2xi64>
// CHECK-SAME: ingot.weights_bytes = 96 : i64
// CHECK-LABEL: func.func @main(
// CHECK-SAME: %[[X:.*]]: tensor<3xf32>, %[[SECTION:.*]]: memref<?xi8> {ingot.constants})
// CHECK-DAG: memref.view %[[SECTION]][%c0{{.*}}][] : memref<?xi8> to memref<3xf32>
// CHECK-DAG: memref.view %[[SECTION]][%c0{{.*}}][] : memref<?xi8> to memref<1x3xf32>
// CHECK-DAG: memref.view %[[SECTION]][%c64{{.*}}][] : memref<?xi8> to memref<2x2xi64>
// CHECK: bufferization.to_tensor %{{.*}} restrict
// CHECK-NOT: arith.constant dense
func.func @main(%x: tensor<3xf32>) -> (tensor<3xf32>, tensor<1x3xf32>, tensor<2x2xi64>, tensor<3xf32>) {
  %a = arith.constant dense<[1.0, 2.0, 3.0]> : tensor<3xf32>
  %b = arith.constant dense<[[1.0, 2.0, 3.0]]> : tensor<1x3xf32>
  %c = arith.constant dense<[[1, 2], [3, 4]]> : tensor<2x2xi64>
  %d = arith.constant dense<[1.0, 2.0, 3.0]> : tensor<3xf32>
  return %a, %b, %c, %d : tensor<3xf32>, tensor<1x3xf32>, tensor<2x2xi64>, tensor<3xf32>
}

// CHECK-LABEL: func.func private @kernel
// CHECK: arith.constant dense
func.func private @kernel(%x: tensor<3xf32>) -> tensor<3xf32> attributes {ingot.kernel} {
  %a = arith.constant dense<[1.0, 2.0, 3.0]> : tensor<3xf32>
  return %a : tensor<3xf32>
}
