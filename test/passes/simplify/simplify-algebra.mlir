// RUN: ingot-opt %s --simplify-algebra | FileCheck %s

// CHECK-LABEL: func.func @powers
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<?x4xf32>
// CHECK-DAG: %[[SQUARE:.*]] = ingot.mul %[[X]], %[[X]]
// CHECK-DAG: %[[ROOT:.*]] = ingot.sqrt %[[X]]
// CHECK: return %[[SQUARE]], %[[ROOT]], %[[X]]
func.func @powers(%x: tensor<?x4xf32>, %n: index) -> (tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x4xf32>) {
  %c2 = ingot.constant dense<2.0> : tensor<f32>
  %ch = ingot.constant dense<0.5> : tensor<f32>
  %c1 = ingot.constant dense<1> : tensor<i64>
  %two = ingot.broadcast %c2 dimensions = [] sizes [%n, 4] : (tensor<f32>) -> tensor<?x4xf32>
  %half = ingot.broadcast %ch dimensions = [] sizes [%n, 4] : (tensor<f32>) -> tensor<?x4xf32>
  %one = ingot.broadcast %c1 dimensions = [] sizes [%n, 4] : (tensor<i64>) -> tensor<?x4xi64>
  %0 = ingot.pow %x, %two : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  %1 = ingot.pow %x, %half : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  %2 = ingot.pow %x, %one : (tensor<?x4xf32>, tensor<?x4xi64>) -> tensor<?x4xf32>
  return %0, %1, %2 : tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x4xf32>
}

// An exponent that no few products make, and one that is not known.
// CHECK-LABEL: func.func @otherPowers
// CHECK-COUNT-2: ingot.pow
func.func @otherPowers(%x: tensor<4xf32>, %y: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %c = ingot.constant dense<2.5> : tensor<4xf32>
  %0 = ingot.pow %x, %c : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %1 = ingot.pow %x, %y : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %0, %1 : tensor<4xf32>, tensor<4xf32>
}

// CHECK-LABEL: func.func @divide
// CHECK: %[[EIGHTH:.*]] = ingot.constant dense<1.250000e-01> : tensor<f32>
// CHECK: %[[FACTOR:.*]] = ingot.broadcast %[[EIGHTH]]
// CHECK: ingot.mul %{{.*}}, %[[FACTOR]]
// CHECK: ingot.div
// CHECK-NOT: ingot.div
func.func @divide(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %eight = ingot.constant dense<8.0> : tensor<4xf32>
  %three = ingot.constant dense<3.0> : tensor<4xf32>
  %0 = ingot.div %x, %eight : tensor<4xf32>
  %1 = ingot.div %x, %three : tensor<4xf32>
  return %0, %1 : tensor<4xf32>, tensor<4xf32>
}

// CHECK-LABEL: func.func @factors
// CHECK: ingot.constant dense<6.000000e+00> : tensor<f32>
// CHECK: ingot.mul
// CHECK-NOT: ingot.mul
// CHECK: return
func.func @factors(%x: tensor<4xf32>) -> tensor<4xf32> {
  %two = ingot.constant dense<2.0> : tensor<4xf32>
  %three = ingot.constant dense<3.0> : tensor<4xf32>
  %0 = ingot.mul %x, %two : tensor<4xf32>
  %1 = ingot.mul %three, %0 : tensor<4xf32>
  return %1 : tensor<4xf32>
}

// The product of the factors overflows though x * a * b need not.
// CHECK-LABEL: func.func @overflow
// CHECK-COUNT-2: ingot.mul
func.func @overflow(%x: tensor<4xf32>) -> tensor<4xf32> {
  %a = ingot.constant dense<1.0e30> : tensor<4xf32>
  %0 = ingot.mul %x, %a : tensor<4xf32>
  %1 = ingot.mul %0, %a : tensor<4xf32>
  return %1 : tensor<4xf32>
}

// CHECK-LABEL: func.func @casts
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<4xf16>, %[[I:[a-z0-9]+]]: tensor<4xi64>
// CHECK: %[[A:.*]] = ingot.cast %[[X]] : (tensor<4xf16>) -> tensor<4xi32>
// CHECK: %[[N:.*]] = ingot.cast %[[I]] : (tensor<4xi64>) -> tensor<4xi32>
// CHECK: %[[W:.*]] = ingot.cast %[[N]] : (tensor<4xi32>) -> tensor<4xi64>
// CHECK: return %[[X]], %[[A]], %[[W]]
func.func @casts(%x: tensor<4xf16>, %i: tensor<4xi64>) -> (tensor<4xf16>, tensor<4xi32>, tensor<4xi64>) {
  %0 = ingot.cast %x : (tensor<4xf16>) -> tensor<4xf32>
  %1 = ingot.cast %0 : (tensor<4xf32>) -> tensor<4xf16>
  %2 = ingot.cast %0 : (tensor<4xf32>) -> tensor<4xi32>
  %3 = ingot.cast %i : (tensor<4xi64>) -> tensor<4xi32>
  %4 = ingot.cast %3 : (tensor<4xi32>) -> tensor<4xi64>
  return %1, %2, %4 : tensor<4xf16>, tensor<4xi32>, tensor<4xi64>
}

// CHECK-LABEL: func.func @sigmoid
// CHECK: %[[S:.*]] = ingot.sigmoid
// CHECK: return %[[S]]
func.func @sigmoid(%x: tensor<4xf32>) -> tensor<4xf32> {
  %one = ingot.constant dense<1.0> : tensor<4xf32>
  %0 = ingot.neg %x : tensor<4xf32>
  %1 = ingot.exp %0 : tensor<4xf32>
  %2 = ingot.add %1, %one : tensor<4xf32>
  %3 = ingot.div %one, %2 : tensor<4xf32>
  return %3 : tensor<4xf32>
}
