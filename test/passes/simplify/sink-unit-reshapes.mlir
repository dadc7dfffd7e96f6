// RUN: ingot-opt %s --sink-unit-reshapes --canonicalize | FileCheck %s

// A normalization as exporters write it: the mean keeps its dimension, is divided, and broadcast again.

// CHECK-LABEL: func.func @center
// CHECK: %[[SUM:.*]] = ingot.reduce sum
// CHECK-NOT: ingot.reshape
// CHECK: %[[MEAN:.*]] = ingot.div %[[SUM]], %{{.*}} : tensor<?xf32>
// CHECK: %[[B:.*]] = ingot.broadcast %[[MEAN]] dimensions = [0] sizes [%{{.*}}, 8] : (tensor<?xf32>) -> tensor<?x8xf32>
// CHECK: ingot.sub %{{.*}}, %[[B]]
func.func @center(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %c0 = arith.constant 0 : index
  %n = tensor.dim %x, %c0 : tensor<?x8xf32>
  %eight = ingot.constant dense<8.0> : tensor<f32>
  %0 = ingot.reduce sum %x dimensions = [1] : (tensor<?x8xf32>) -> tensor<?xf32>
  %1 = ingot.reshape %0 sizes [%n, 1] : (tensor<?xf32>) -> tensor<?x1xf32>
  %2 = ingot.broadcast %eight dimensions = [] sizes [%n, 1] : (tensor<f32>) -> tensor<?x1xf32>
  %3 = ingot.div %1, %2 : tensor<?x1xf32>
  %4 = ingot.broadcast %3 dimensions = [0, 1] sizes [%n, 8] : (tensor<?x1xf32>) -> tensor<?x8xf32>
  %5 = ingot.sub %x, %4 : tensor<?x8xf32>
  return %5 : tensor<?x8xf32>
}

// Both operands come from reshapes of one kind; a bias goes along.

// CHECK-LABEL: func.func @both
// CHECK-DAG: %[[B:.*]] = ingot.broadcast %{{.*}} dimensions = [1] sizes [2, 3] : (tensor<3xf32>) -> tensor<2x3xf32>
// CHECK-DAG: %[[S:.*]] = ingot.add %{{.*}}, %{{.*}} : tensor<2x3xf32>
// CHECK: %[[T:.*]] = ingot.add %[[S]], %[[B]] : tensor<2x3xf32>
// CHECK: ingot.reshape %[[T]] sizes [2, 3, 1, 1]
func.func @both(%x: tensor<2x3xf32>, %y: tensor<2x3xf32>, %b: tensor<3xf32>) -> tensor<2x3x1x1xf32> {
  %0 = ingot.reshape %x sizes [2, 3, 1, 1] : (tensor<2x3xf32>) -> tensor<2x3x1x1xf32>
  %1 = ingot.reshape %y sizes [2, 3, 1, 1] : (tensor<2x3xf32>) -> tensor<2x3x1x1xf32>
  %2 = ingot.add %0, %1 : tensor<2x3x1x1xf32>
  %3 = ingot.broadcast %b dimensions = [1] sizes [2, 3, 1, 1] : (tensor<3xf32>) -> tensor<2x3x1x1xf32>
  %4 = ingot.add %2, %3 : tensor<2x3x1x1xf32>
  return %4 : tensor<2x3x1x1xf32>
}

// CHECK-LABEL: func.func @beforeBroadcast
// CHECK: %[[E:.*]] = ingot.exp %{{.*}} : tensor<3xf32>
// CHECK: ingot.broadcast %[[E]]
func.func @beforeBroadcast(%x: tensor<3xf32>) -> tensor<2x3xf32> {
  %0 = ingot.broadcast %x dimensions = [1] sizes [2, 3] : (tensor<3xf32>) -> tensor<2x3xf32>
  %1 = ingot.exp %0 : tensor<2x3xf32>
  return %1 : tensor<2x3xf32>
}

// The other operand would need a reshape: nothing is gained.

// CHECK-LABEL: func.func @otherOperand
// CHECK: ingot.reshape
// CHECK: ingot.add {{.*}} : tensor<2x3x1xf32>
func.func @otherOperand(%x: tensor<2x3xf32>, %y: tensor<2x3x1xf32>) -> tensor<2x3x1xf32> {
  %0 = ingot.reshape %x sizes [2, 3, 1] : (tensor<2x3xf32>) -> tensor<2x3x1xf32>
  %1 = ingot.add %0, %y : tensor<2x3x1xf32>
  return %1 : tensor<2x3x1xf32>
}

// A reshape that merges dimensions stays.

// CHECK-LABEL: func.func @merge
// CHECK: ingot.reshape
// CHECK: ingot.exp {{.*}} : tensor<6xf32>
func.func @merge(%x: tensor<2x3xf32>) -> tensor<6xf32> {
  %0 = ingot.reshape %x sizes [6] : (tensor<2x3xf32>) -> tensor<6xf32>
  %1 = ingot.exp %0 : tensor<6xf32>
  return %1 : tensor<6xf32>
}
