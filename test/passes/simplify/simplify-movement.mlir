// RUN: ingot-opt %s --simplify-movement | FileCheck %s

// CHECK-LABEL: func.func @units
// CHECK: ingot.reshape %{{.*}} sizes [%{{.*}}, 1, 1, 16] : (tensor<?x16x1x1xf32>) -> tensor<?x1x1x16xf32>
// CHECK-NOT: ingot.transpose
func.func @units(%x: tensor<?x16x1x1xf32>) -> tensor<?x1x1x16xf32> {
  %0 = ingot.transpose %x permutation = [0, 2, 3, 1] : (tensor<?x16x1x1xf32>) -> tensor<?x1x1x16xf32>
  return %0 : tensor<?x1x1x16xf32>
}

// CHECK-LABEL: func.func @order
// CHECK: ingot.transpose
func.func @order(%x: tensor<?x16x1x1xf32>) -> tensor<16x?x1x1xf32> {
  %0 = ingot.transpose %x permutation = [1, 0, 2, 3] : (tensor<?x16x1x1xf32>) -> tensor<16x?x1x1xf32>
  return %0 : tensor<16x?x1x1xf32>
}

// CHECK-LABEL: func.func @broadcast
// CHECK: ingot.broadcast %{{.*}} dimensions = [3] sizes [1, 4, 5, 8]
// CHECK-NOT: ingot.transpose
func.func @broadcast(%b: tensor<8xf32>) -> tensor<1x4x5x8xf32> {
  %0 = ingot.broadcast %b dimensions = [1] sizes [1, 8, 4, 5] : (tensor<8xf32>) -> tensor<1x8x4x5xf32>
  %1 = ingot.transpose %0 permutation = [0, 2, 3, 1] : (tensor<1x8x4x5xf32>) -> tensor<1x4x5x8xf32>
  return %1 : tensor<1x4x5x8xf32>
}

// CHECK-LABEL: func.func @sliceOfConcat
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<2x3xf32>, %[[Y:[a-z0-9]+]]: tensor<2x5xf32>
// CHECK: %[[C:.*]] = ingot.concat
// CHECK: %[[IN:.*]] = ingot.slice %[[Y]] [0, 1] [2, 2] [1, 1]
// CHECK: %[[OVER:.*]] = ingot.slice %[[C]]
// CHECK: return %[[IN]], %[[OVER]]
func.func @sliceOfConcat(%x: tensor<2x3xf32>, %y: tensor<2x5xf32>) -> (tensor<2x2xf32>, tensor<2x2xf32>) {
  %0 = ingot.concat %x, %y axis = 1 : (tensor<2x3xf32>, tensor<2x5xf32>) -> tensor<2x8xf32>
  %1 = ingot.slice %0 [0, 4] [2, 2] [1, 1] : (tensor<2x8xf32>) -> tensor<2x2xf32>
  %2 = ingot.slice %0 [0, 2] [2, 2] [1, 1] : (tensor<2x8xf32>) -> tensor<2x2xf32>
  return %1, %2 : tensor<2x2xf32>, tensor<2x2xf32>
}

// CHECK-LABEL: func.func @concatOfSlices
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<2x8xf32>
// CHECK: return %[[X]]
func.func @concatOfSlices(%x: tensor<2x8xf32>) -> tensor<2x8xf32> {
  %0 = ingot.slice %x [0, 0] [2, 3] [1, 1] : (tensor<2x8xf32>) -> tensor<2x3xf32>
  %1 = ingot.slice %x [0, 3] [2, 5] [1, 1] : (tensor<2x8xf32>) -> tensor<2x5xf32>
  %2 = ingot.concat %0, %1 axis = 1 : (tensor<2x3xf32>, tensor<2x5xf32>) -> tensor<2x8xf32>
  return %2 : tensor<2x8xf32>
}

// CHECK-LABEL: func.func @exchanged
// CHECK: ingot.concat
func.func @exchanged(%x: tensor<2x8xf32>) -> tensor<2x8xf32> {
  %0 = ingot.slice %x [0, 0] [2, 3] [1, 1] : (tensor<2x8xf32>) -> tensor<2x3xf32>
  %1 = ingot.slice %x [0, 3] [2, 5] [1, 1] : (tensor<2x8xf32>) -> tensor<2x5xf32>
  %2 = ingot.concat %1, %0 axis = 1 : (tensor<2x5xf32>, tensor<2x3xf32>) -> tensor<2x8xf32>
  return %2 : tensor<2x8xf32>
}

// CHECK-LABEL: func.func @gather
// CHECK: %[[S:.*]] = ingot.slice %{{.*}} [0, 2, 0] [4, 1, 5] [1, 1, 1]
// CHECK: ingot.reshape %[[S]] sizes [4, 5]
func.func @gather(%x: tensor<4x3x5xf32>) -> tensor<4x5xf32> {
  %last = ingot.constant dense<-1> : tensor<i64>
  %0 = ingot.gather %x[%last] axis = 1 : (tensor<4x3x5xf32>, tensor<i64>) -> tensor<4x5xf32>
  return %0 : tensor<4x5xf32>
}

// Out of range: the run reports it.
// CHECK-LABEL: func.func @outOfRange
// CHECK: ingot.gather
func.func @outOfRange(%x: tensor<4x3x5xf32>) -> tensor<4x5xf32> {
  %three = ingot.constant dense<3> : tensor<i64>
  %0 = ingot.gather %x[%three] axis = 1 : (tensor<4x3x5xf32>, tensor<i64>) -> tensor<4x5xf32>
  return %0 : tensor<4x5xf32>
}
