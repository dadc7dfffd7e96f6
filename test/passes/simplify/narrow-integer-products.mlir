// RUN: ingot-opt %s --narrow-integer-products --split-input-file | FileCheck %s

// The zero point becomes a correction by the sums of the columns.
// CHECK-LABEL: func.func @contract(
// CHECK-SAME: %[[X:.*]]: tensor<?x2xui8>, %[[Z:.*]]: tensor<ui8>
// CHECK-DAG: %[[ZERO:.*]] = ingot.cast %[[Z]]
// CHECK-DAG: %[[SUMS:.*]] = ingot.constant dense<[5, 7, 9]> : tensor<3xi32>
// CHECK: %[[PRODUCT:.*]] = ingot.contract %[[X]], %{{.*}} : (tensor<?x2xui8>, tensor<2x3xi32>) -> tensor<?x3xi32>
// CHECK-DAG: %[[WIDE:.*]] = ingot.broadcast %[[SUMS]] dimensions = [1]
// CHECK-DAG: %[[ZEROS:.*]] = ingot.broadcast %[[ZERO]] dimensions = []
// CHECK: %[[MUL:.*]] = ingot.mul %[[ZEROS]], %[[WIDE]]
// CHECK: %[[R:.*]] = ingot.sub %[[PRODUCT]], %[[MUL]]
// CHECK: return %[[R]]
func.func @contract(%x: tensor<?x2xui8>, %z: tensor<ui8>, %n: index) -> tensor<?x3xi32> {
  %w = ingot.constant dense<[[1, 2, 3], [4, 5, 6]]> : tensor<2x3xi32>
  %wide = ingot.cast %x : (tensor<?x2xui8>) -> tensor<?x2xi32>
  %zero = ingot.cast %z : (tensor<ui8>) -> tensor<i32>
  %zeros = ingot.broadcast %zero dimensions = [] sizes [%n, 2] : (tensor<i32>) -> tensor<?x2xi32>
  %centered = ingot.sub %wide, %zeros : tensor<?x2xi32>
  %y = ingot.contract %centered, %w batch [] x [] contracting [1] x [0] : (tensor<?x2xi32>, tensor<2x3xi32>) -> tensor<?x3xi32>
  return %y : tensor<?x3xi32>
}

// -----

// Signed values are moved by 128.
// CHECK-LABEL: func.func @signed(
// CHECK: %[[TOP:.*]] = ingot.constant dense<128> : tensor<ui8>
// CHECK: %[[BITS:.*]] = ingot.bitcast %arg0 : (tensor<4x2xi8>) -> tensor<4x2xui8>
// CHECK: ingot.xor %[[BITS]]
// CHECK: ingot.contract {{.*}} : (tensor<4x2xui8>, tensor<2x3xi32>) -> tensor<4x3xi32>
// CHECK: ingot.sub
func.func @signed(%x: tensor<4x2xi8>) -> tensor<4x3xi32> {
  %w = ingot.constant dense<[[1, 2, 3], [4, 5, 6]]> : tensor<2x3xi32>
  %wide = ingot.cast %x : (tensor<4x2xi8>) -> tensor<4x2xi32>
  %y = ingot.contract %wide, %w batch [] x [] contracting [1] x [0] : (tensor<4x2xi32>, tensor<2x3xi32>) -> tensor<4x3xi32>
  return %y : tensor<4x3xi32>
}

// -----

// Padding of what is left when the zero point is taken away is padding by the zero point.
// CHECK-LABEL: func.func @conv(
// CHECK: ingot.constant dense<[4, 6]> : tensor<2xi32>
// CHECK: %[[LAST:.*]] = ingot.transpose %arg0 permutation = [0, 2, 1] : (tensor<1x2x4xui8>) -> tensor<1x4x2xui8>
// CHECK: %[[OUTSIDE:.*]] = ingot.cast %{{.*}} : (tensor<i32>) -> tensor<ui8>
// CHECK: %[[PADDED:.*]] = ingot.pad %[[LAST]], %[[OUTSIDE]] low [0, 1, 0] high [0, 1, 0] : (tensor<1x4x2xui8>, tensor<ui8>) -> tensor<1x6x2xui8>
// CHECK: ingot.conv %[[PADDED]], {{.*}} pads [0] x [0] : (tensor<1x6x2xui8>, tensor<1x2x2xi32>) -> tensor<1x6x2xi32>
// CHECK: ingot.sub
func.func @conv(%x: tensor<1x2x4xui8>) -> tensor<1x6x2xi32> {
  %f = ingot.constant dense<[[[1, 2], [3, 4]]]> : tensor<1x2x2xi32>
  %wide = ingot.cast %x : (tensor<1x2x4xui8>) -> tensor<1x2x4xi32>
  %zero = ingot.constant dense<3> : tensor<i32>
  %zeros = ingot.broadcast %zero dimensions = [] sizes [1, 2, 4] : (tensor<i32>) -> tensor<1x2x4xi32>
  %centered = ingot.sub %wide, %zeros : tensor<1x2x4xi32>
  %last = ingot.transpose %centered permutation = [0, 2, 1] : (tensor<1x2x4xi32>) -> tensor<1x4x2xi32>
  %y = ingot.conv %last, %f strides [1] dilations [1] pads [1] x [1] : (tensor<1x4x2xi32>, tensor<1x2x2xi32>) -> tensor<1x6x2xi32>
  return %y : tensor<1x6x2xi32>
}

// -----

// Unsigned weights less their zero point: 9 bits that differ by no more than 8 bits hold.
// CHECK-LABEL: func.func @centered(
// CHECK-SAME: %[[X:.*]]: tensor<4x2xui8>
// CHECK-DAG: %[[W:.*]] = ingot.constant dense_resource<centered> : tensor<2x2xi32>
// CHECK-DAG: %[[SHIFT:.*]] = ingot.constant dense<-72> : tensor<i32>
// CHECK: %[[PRODUCT:.*]] = ingot.contract %[[X]], %[[W]]
// CHECK: %[[WIDE:.*]] = ingot.cast %[[X]]
// CHECK: %[[SUMS:.*]] = ingot.reduce sum %[[WIDE]] dimensions = [1]
// CHECK-DAG: %[[ROWS:.*]] = ingot.broadcast %[[SUMS]] dimensions = [0]
// CHECK-DAG: %[[FACTOR:.*]] = ingot.broadcast %[[SHIFT]] dimensions = []
// CHECK: %[[MUL:.*]] = ingot.mul %[[FACTOR]], %[[ROWS]]
// CHECK: ingot.sub %[[PRODUCT]], %[[MUL]]
func.func @centered(%x: tensor<4x2xui8>) -> tensor<4x2xi32> {
  %w = ingot.constant dense<[[-56, 199], [0, 1]]> : tensor<2x2xi32>
  %wide = ingot.cast %x : (tensor<4x2xui8>) -> tensor<4x2xi32>
  %y = ingot.contract %wide, %w batch [] x [] contracting [1] x [0] : (tensor<4x2xi32>, tensor<2x2xi32>) -> tensor<4x2xi32>
  return %y : tensor<4x2xi32>
}

// -----

// Zero points by row, weights of more than 16 bits, and weights that are no constants stay.
// CHECK-LABEL: func.func @others(
// CHECK-COUNT-3: ingot.contract {{.*}} (tensor<4x2xi32>, tensor<2x1xi32>)
func.func @others(%x: tensor<4x2xui8>, %z: tensor<4xi32>, %v: tensor<2x1xi32>) -> (tensor<4x1xi32>, tensor<4x1xi32>, tensor<4x1xi32>) {
  %wide = ingot.cast %x : (tensor<4x2xui8>) -> tensor<4x2xi32>
  %zs = ingot.broadcast %z dimensions = [0] sizes [4, 2] : (tensor<4xi32>) -> tensor<4x2xi32>
  %centered = ingot.sub %wide, %zs : tensor<4x2xi32>
  %small = ingot.constant dense<1> : tensor<2x1xi32>
  %large = ingot.constant dense<32768> : tensor<2x1xi32>
  %a = ingot.contract %centered, %small batch [] x [] contracting [1] x [0] : (tensor<4x2xi32>, tensor<2x1xi32>) -> tensor<4x1xi32>
  %b = ingot.contract %wide, %large batch [] x [] contracting [1] x [0] : (tensor<4x2xi32>, tensor<2x1xi32>) -> tensor<4x1xi32>
  %c = ingot.contract %wide, %v batch [] x [] contracting [1] x [0] : (tensor<4x2xi32>, tensor<2x1xi32>) -> tensor<4x1xi32>
  return %a, %b, %c : tensor<4x1xi32>, tensor<4x1xi32>, tensor<4x1xi32>
}
