// RUN: ingot-opt %s --place-variables --split-input-file | FileCheck %s
// RUN: ingot-opt %s --place-variables --split-input-file --remarks-filter=memory 2>&1 >/dev/null | FileCheck %s --check-prefix=REMARK

// The dispatch that makes the next value writes into the variable, behind the last reader of the old one.
// CHECK-LABEL: func.func @update
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<8xf32>, %[[W:[a-z0-9]+]]: tensor<8xf32>
// CHECK: %[[Y:.*]] = linalg_ext.dispatch @map ins(%[[X]], %[[W]]
// CHECK: %[[NEXT:.*]] = linalg_ext.dispatch @map ins(%[[W]], %[[X]] : {{.*}} outs(%[[W]] : tensor<8xf32>)
// CHECK: return %[[Y]], %[[NEXT]]
func.func @update(%x: tensor<8xf32>, %w: tensor<8xf32> {ingot.variable = "w", ingot.written}) -> (tensor<8xf32>, tensor<8xf32> {ingot.variable = "w"}) {
  %e = tensor.empty() : tensor<8xf32>
  %next = linalg_ext.dispatch @map ins(%w, %x : tensor<8xf32>, tensor<8xf32>) scalars() outs(%e : tensor<8xf32>) -> tensor<8xf32>
  %y = linalg_ext.dispatch @map ins(%x, %w : tensor<8xf32>, tensor<8xf32>) scalars() outs(%e : tensor<8xf32>) -> tensor<8xf32>
  return %y, %next : tensor<8xf32>, tensor<8xf32>
}
func.func private @map(%x: tensor<8xf32>, %y: tensor<8xf32>, %out: tensor<8xf32>) -> tensor<8xf32> attributes {ingot.form = "map", ingot.kernel} {
  return %out : tensor<8xf32>
}

// -----

// Through reshapes, of the variable and of the result.
// CHECK-LABEL: func.func @reshaped
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<8xf32>, %[[W:[a-z0-9]+]]: tensor<2x4xf32>
// CHECK: %[[OLD:.*]] = tensor.collapse_shape %[[W]]
// CHECK: %[[OUT:.*]] = tensor.collapse_shape %[[W]]
// CHECK: %[[NEXT:.*]] = linalg_ext.dispatch @map ins(%[[OLD]], %[[X]] : {{.*}} outs(%[[OUT]] : tensor<8xf32>)
// CHECK: %[[SHAPED:.*]] = tensor.expand_shape %[[NEXT]]
// CHECK: return %[[SHAPED]]
func.func @reshaped(%x: tensor<8xf32>, %w: tensor<2x4xf32> {ingot.variable = "w", ingot.written}) -> (tensor<2x4xf32> {ingot.variable = "w"}) {
  %flat = tensor.collapse_shape %w [[0, 1]] : tensor<2x4xf32> into tensor<8xf32>
  %e = tensor.empty() : tensor<8xf32>
  %next = linalg_ext.dispatch @map ins(%flat, %x : tensor<8xf32>, tensor<8xf32>) scalars() outs(%e : tensor<8xf32>) -> tensor<8xf32>
  %shaped = tensor.expand_shape %next [[0, 1]] output_shape [2, 4] : tensor<8xf32> into tensor<2x4xf32>
  return %shaped : tensor<2x4xf32>
}
func.func private @map(%x: tensor<8xf32>, %y: tensor<8xf32>, %out: tensor<8xf32>) -> tensor<8xf32> attributes {ingot.form = "map", ingot.kernel} {
  return %out : tensor<8xf32>
}

// -----

// What needs the new value before the old one was read for the last time: the new one has memory of its own.
// REMARK: PlaceVariables | Category:memory | Remark="a variable is copied: what it becomes is needed before its old value was read for the last time"
// REMARK-NOT: PlaceVariables
// CHECK-LABEL: func.func @needed_before
// CHECK: %[[E:.*]] = tensor.empty()
// CHECK: %[[NEXT:.*]] = linalg_ext.dispatch @map ins({{.*}}) scalars() outs(%[[E]] : tensor<8xf32>)
// CHECK: return %{{.*}}, %[[NEXT]]
func.func @needed_before(%x: tensor<8xf32>, %w: tensor<8xf32> {ingot.variable = "w", ingot.written}) -> (tensor<8xf32>, tensor<8xf32> {ingot.variable = "w"}) {
  %e = tensor.empty() : tensor<8xf32>
  %next = linalg_ext.dispatch @map ins(%w, %x : tensor<8xf32>, tensor<8xf32>) scalars() outs(%e : tensor<8xf32>) -> tensor<8xf32>
  %y = linalg_ext.dispatch @map ins(%next, %w : tensor<8xf32>, tensor<8xf32>) scalars() outs(%e : tensor<8xf32>) -> tensor<8xf32>
  return %y, %next : tensor<8xf32>, tensor<8xf32>
}
func.func private @map(%x: tensor<8xf32>, %y: tensor<8xf32>, %out: tensor<8xf32>) -> tensor<8xf32> attributes {ingot.form = "map", ingot.kernel} {
  return %out : tensor<8xf32>
}

// -----

// A kernel that adds to its output keeps the one that it has; a function without variables stays as it is.
// CHECK-LABEL: func.func @accumulates
// CHECK: linalg_ext.dispatch @add {{.*}} outs(%{{.*}} : tensor<8xf32>)
// CHECK-LABEL: func.func @inference
// CHECK: %[[E:.*]] = tensor.empty()
// CHECK: outs(%[[E]] : tensor<8xf32>)
func.func @accumulates(%x: tensor<8xf32>, %y: tensor<8xf32>, %w: tensor<8xf32> {ingot.variable = "w", ingot.written}) -> (tensor<8xf32> {ingot.variable = "w"}) {
  %next = linalg_ext.dispatch @add ins(%x : tensor<8xf32>) scalars() outs(%y : tensor<8xf32>) -> tensor<8xf32>
  return %next : tensor<8xf32>
}
func.func @inference(%x: tensor<8xf32>, %w: tensor<8xf32>) -> tensor<8xf32> {
  %e = tensor.empty() : tensor<8xf32>
  %y = linalg_ext.dispatch @add ins(%w : tensor<8xf32>) scalars() outs(%e : tensor<8xf32>) -> tensor<8xf32>
  return %y : tensor<8xf32>
}
func.func private @add(%x: tensor<8xf32>, %out: tensor<8xf32>) -> tensor<8xf32> attributes {ingot.form = "map", ingot.kernel} {
  return %out : tensor<8xf32>
}
