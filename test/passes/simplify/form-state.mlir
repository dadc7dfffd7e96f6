// RUN: ingot-opt %s --split-input-file --form-state='states=past_*=present_*:16,h=h_out' | FileCheck %s

// The axis that grows comes first; argument and result move behind the others.
// CHECK-LABEL: func.func @cache
// CHECK-SAME: (%[[NEW:.*]]: tensor<2x1x4xf32> {ingot.name = "new"}, %[[PAST:.*]]: tensor<?x2x4xf32> {ingot.name = "past_k",
// CHECK-SAME: ingot.state = {axis = 1 : i64, capacity = 16 : i64, output = "present_k"}, ingot.symbols = ["past", "", ""]}, %[[H:.*]]: tensor<3xf32>
// CHECK-SAME: ingot.state = {axis = -1 : i64, capacity = 0 : i64, output = "h_out"}
// CHECK-SAME: -> (tensor<2x?x4xf32> {ingot.name = "y"}, tensor<?x2x4xf32> {ingot.name = "present_k", ingot.state = "past_k"},
// CHECK-SAME: tensor<3xf32> {ingot.name = "h_out", ingot.state = "h"})
func.func @cache(%past: tensor<2x?x4xf32> {ingot.name = "past_k", ingot.symbols = ["", "past", ""]},
                 %h: tensor<3xf32> {ingot.name = "h"}, %new: tensor<2x1x4xf32> {ingot.name = "new"})
    -> (tensor<2x?x4xf32> {ingot.name = "present_k"}, tensor<3xf32> {ingot.name = "h_out"}, tensor<2x?x4xf32> {ingot.name = "y"}) {
  // CHECK: %[[ROWS:.*]] = ingot.transpose %[[NEW]] permutation = [1, 0, 2] : (tensor<2x1x4xf32>) -> tensor<1x2x4xf32>
  // CHECK: %[[ALL:.*]] = ingot.concat %[[PAST]], %[[ROWS]] axis = 0 : (tensor<?x2x4xf32>, tensor<1x2x4xf32>) -> tensor<?x2x4xf32>
  // CHECK: %[[SEEN:.*]] = ingot.transpose %[[ALL]] permutation = [1, 0, 2] : (tensor<?x2x4xf32>) -> tensor<2x?x4xf32>
  // CHECK: %[[Y:.*]] = ingot.neg %[[SEEN]]
  // CHECK: %[[NEXT:.*]] = ingot.abs %[[H]]
  // CHECK: return %[[Y]], %[[ALL]], %[[NEXT]]
  %0 = ingot.concat %past, %new axis = 1 : (tensor<2x?x4xf32>, tensor<2x1x4xf32>) -> tensor<2x?x4xf32>
  %1 = ingot.neg %0 : tensor<2x?x4xf32>
  %2 = ingot.abs %h : tensor<3xf32>
  return %0, %2, %1 : tensor<2x?x4xf32>, tensor<3xf32>, tensor<2x?x4xf32>
}

// -----

// Sizes of the state are read where they are now.
// CHECK-LABEL: func.func @sizes
// CHECK: tensor.dim %{{.*}}, %c0
func.func @sizes(%past: tensor<2x?x4xf32> {ingot.name = "past_k"}, %h: tensor<3xf32> {ingot.name = "h"}, %new: tensor<2x1x4xf32> {ingot.name = "new"})
    -> (tensor<2x?x4xf32> {ingot.name = "present_k"}, tensor<3xf32> {ingot.name = "h_out"}, tensor<?xi64> {ingot.name = "positions"}) {
  %c1 = arith.constant 1 : index
  %rows = tensor.dim %past, %c1 : tensor<2x?x4xf32>
  %0 = ingot.concat %past, %new axis = 1 : (tensor<2x?x4xf32>, tensor<2x1x4xf32>) -> tensor<2x?x4xf32>
  %1 = ingot.iota dimension = 0 sizes [%rows] : tensor<?xi64>
  return %0, %h, %1 : tensor<2x?x4xf32>, tensor<3xf32>, tensor<?xi64>
}
