// RUN: ingot-opt %s --ingot-fuse | FileCheck %s

// The size of joined dimensions is plain arithmetic at the end of the phase, which the plan of memory can compute.
// CHECK-LABEL: func.func @joined(
// CHECK-NOT: affine.apply
// CHECK: arith.muli
// CHECK-NOT: affine.apply
func.func @joined(%x: tensor<16x?x17xf32>) -> tensor<?x34xf32> {
  %y = tensor.collapse_shape %x [[0, 1], [2]] : tensor<16x?x17xf32> into tensor<?x17xf32>
  %r = tensor.concat dim(1) %y, %y : (tensor<?x17xf32>, tensor<?x17xf32>) -> tensor<?x34xf32>
  return %r : tensor<?x34xf32>
}
