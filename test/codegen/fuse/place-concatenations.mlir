// RUN: ingot-opt %s --place-concatenations --split-input-file | FileCheck %s

// Both parts are made for the concatenation alone: their kernels store into one buffer, one after the other.
// CHECK-LABEL: func.func @both(
// CHECK-SAME: %[[X:.*]]: tensor<4x3xf32>
// CHECK: %[[E:.*]] = tensor.empty() : tensor<4x6xf32>
// CHECK: %[[A:.*]] = linalg_ext.dispatch @[[F:.*]] ins(%[[X]] : tensor<4x3xf32>) scalars() outs(%[[E]] : tensor<4x6xf32>) {accumulates}
// CHECK: %[[B:.*]] = linalg_ext.dispatch @[[S:.*]] ins(%[[X]] : tensor<4x3xf32>) scalars() outs(%[[A]] : tensor<4x6xf32>) {accumulates}
// CHECK-NOT: dispatch
// CHECK: return %[[B]]
// CHECK-NOT: tensor.concat
// CHECK: func.func private @[[F]](%{{.*}}: tensor<4x3xf32>, %[[O:.*]]: tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK: tensor.insert_slice %{{.*}} into %[[O]][0, 0] [4, 3] [1, 1]
// CHECK: func.func private @[[S]](
// CHECK: tensor.insert_slice %{{.*}} into %{{.*}}[0, 3] [4, 3] [1, 1]
#id = affine_map<(i, j) -> (i, j)>
func.func @both(%x: tensor<4x3xf32>) -> tensor<4x6xf32> {
  %e = tensor.empty() : tensor<4x3xf32>
  %a = linalg_ext.dispatch @negated ins(%x : tensor<4x3xf32>) scalars() outs(%e : tensor<4x3xf32>) -> tensor<4x3xf32>
  %b = linalg_ext.dispatch @negated ins(%x : tensor<4x3xf32>) scalars() outs(%e : tensor<4x3xf32>) -> tensor<4x3xf32>
  %w = tensor.empty() : tensor<4x6xf32>
  %r = linalg_ext.dispatch @joined ins(%a, %b : tensor<4x3xf32>, tensor<4x3xf32>) scalars() outs(%w : tensor<4x6xf32>) -> tensor<4x6xf32>
  return %r : tensor<4x6xf32>
}
func.func private @negated(%x: tensor<4x3xf32>, %o: tensor<4x3xf32>) -> tensor<4x3xf32> attributes {ingot.kernel, ingot.form = "map"} {
  %e = tensor.empty() : tensor<4x3xf32>
  %r = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%x : tensor<4x3xf32>) outs(%e : tensor<4x3xf32>) {
  ^bb0(%a: f32, %q: f32):
    %0 = arith.negf %a : f32
    linalg.yield %0 : f32
  } -> tensor<4x3xf32>
  return %r : tensor<4x3xf32>
}
func.func private @joined(%x: tensor<4x3xf32>, %y: tensor<4x3xf32>, %o: tensor<4x6xf32>) -> tensor<4x6xf32> attributes {ingot.kernel, ingot.form = "copy"} {
  %r = tensor.concat dim(1) %x, %y : (tensor<4x3xf32>, tensor<4x3xf32>) -> tensor<4x6xf32>
  return %r : tensor<4x6xf32>
}

// -----

// An argument is copied into its slice. The size of the whole is known before the kernel.
// CHECK-LABEL: func.func @one(
// CHECK-SAME: %[[X:.*]]: tensor<?x3xf32>, %[[N:.*]]: index
// CHECK: %[[E:.*]] = tensor.empty(%[[N]]) : tensor<?x6xf32>
// CHECK: %[[A:.*]] = linalg_ext.dispatch @{{.*}} outs(%[[E]] : tensor<?x6xf32>) {accumulates}
// CHECK: %[[B:.*]] = linalg_ext.dispatch @[[C:.*]] ins(%[[X]] : tensor<?x3xf32>) scalars() outs(%[[A]] : tensor<?x6xf32>) {accumulates}
// CHECK: return %[[B]]
// CHECK: func.func private @[[C]](%[[P:.*]]: tensor<?x3xf32>, %[[O:.*]]: tensor<?x6xf32>) -> tensor<?x6xf32> attributes {ingot.form = "copy", ingot.kernel}
// CHECK: %[[D:.*]] = tensor.dim %[[O]]
// CHECK: tensor.insert_slice %[[P]] into %[[O]][0, 0] [%[[D]], 3] [1, 1]
#id = affine_map<(i, j) -> (i, j)>
func.func @one(%x: tensor<?x3xf32>, %n: index) -> tensor<?x6xf32> {
  %e = tensor.empty(%n) : tensor<?x3xf32>
  %a = linalg_ext.dispatch @negated ins(%x : tensor<?x3xf32>) scalars() outs(%e : tensor<?x3xf32>) -> tensor<?x3xf32>
  %w = tensor.empty(%n) : tensor<?x6xf32>
  %r = linalg_ext.dispatch @joined ins(%x, %a : tensor<?x3xf32>, tensor<?x3xf32>) scalars() outs(%w : tensor<?x6xf32>) -> tensor<?x6xf32>
  return %r : tensor<?x6xf32>
}
func.func private @negated(%x: tensor<?x3xf32>, %o: tensor<?x3xf32>) -> tensor<?x3xf32> attributes {ingot.kernel, ingot.form = "map"} {
  %c0 = arith.constant 0 : index
  %n = tensor.dim %x, %c0 : tensor<?x3xf32>
  %e = tensor.empty(%n) : tensor<?x3xf32>
  %r = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%x : tensor<?x3xf32>) outs(%e : tensor<?x3xf32>) {
  ^bb0(%a: f32, %q: f32):
    %0 = arith.negf %a : f32
    linalg.yield %0 : f32
  } -> tensor<?x3xf32>
  return %r : tensor<?x3xf32>
}
func.func private @joined(%x: tensor<?x3xf32>, %y: tensor<?x3xf32>, %o: tensor<?x6xf32>) -> tensor<?x6xf32> attributes {ingot.kernel, ingot.form = "copy"} {
  %r = tensor.concat dim(1) %x, %y : (tensor<?x3xf32>, tensor<?x3xf32>) -> tensor<?x6xf32>
  return %r : tensor<?x6xf32>
}

// -----

// What somebody else reads as well stays where it is, and a copy of all parts is as good as one of some.
// CHECK-LABEL: func.func @shared(
// CHECK: dispatch @joined
#id = affine_map<(i, j) -> (i, j)>
func.func @shared(%x: tensor<4x3xf32>) -> (tensor<4x3xf32>, tensor<4x6xf32>) {
  %e = tensor.empty() : tensor<4x3xf32>
  %a = linalg_ext.dispatch @negated ins(%x : tensor<4x3xf32>) scalars() outs(%e : tensor<4x3xf32>) -> tensor<4x3xf32>
  %w = tensor.empty() : tensor<4x6xf32>
  %r = linalg_ext.dispatch @joined ins(%a, %x : tensor<4x3xf32>, tensor<4x3xf32>) scalars() outs(%w : tensor<4x6xf32>) -> tensor<4x6xf32>
  return %a, %r : tensor<4x3xf32>, tensor<4x6xf32>
}
func.func private @negated(%x: tensor<4x3xf32>, %o: tensor<4x3xf32>) -> tensor<4x3xf32> attributes {ingot.kernel, ingot.form = "map"} {
  %e = tensor.empty() : tensor<4x3xf32>
  %r = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%x : tensor<4x3xf32>) outs(%e : tensor<4x3xf32>) {
  ^bb0(%a: f32, %q: f32):
    %0 = arith.negf %a : f32
    linalg.yield %0 : f32
  } -> tensor<4x3xf32>
  return %r : tensor<4x3xf32>
}
func.func private @joined(%x: tensor<4x3xf32>, %y: tensor<4x3xf32>, %o: tensor<4x6xf32>) -> tensor<4x6xf32> attributes {ingot.kernel, ingot.form = "copy"} {
  %r = tensor.concat dim(1) %x, %y : (tensor<4x3xf32>, tensor<4x3xf32>) -> tensor<4x6xf32>
  return %r : tensor<4x6xf32>
}

// -----

// A value that is joined with itself is copied to both places.
// CHECK-LABEL: func.func @twice(
// CHECK: linalg_ext.dispatch @joined
#id = affine_map<(i, j) -> (i, j)>
func.func @twice(%x: tensor<4x3xf32>) -> tensor<4x6xf32> {
  %e = tensor.empty() : tensor<4x3xf32>
  %a = linalg_ext.dispatch @negated ins(%x : tensor<4x3xf32>) scalars() outs(%e : tensor<4x3xf32>) -> tensor<4x3xf32>
  %w = tensor.empty() : tensor<4x6xf32>
  %r = linalg_ext.dispatch @joined ins(%a : tensor<4x3xf32>) scalars() outs(%w : tensor<4x6xf32>) -> tensor<4x6xf32>
  return %r : tensor<4x6xf32>
}
func.func private @negated(%x: tensor<4x3xf32>, %o: tensor<4x3xf32>) -> tensor<4x3xf32> attributes {ingot.kernel, ingot.form = "map"} {
  %e = tensor.empty() : tensor<4x3xf32>
  %r = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%x : tensor<4x3xf32>) outs(%e : tensor<4x3xf32>) {
  ^bb0(%a: f32, %q: f32):
    %0 = arith.negf %a : f32
    linalg.yield %0 : f32
  } -> tensor<4x3xf32>
  return %r : tensor<4x3xf32>
}
func.func private @joined(%x: tensor<4x3xf32>, %o: tensor<4x6xf32>) -> tensor<4x6xf32> attributes {ingot.kernel, ingot.form = "copy"} {
  %r = tensor.concat dim(1) %x, %x : (tensor<4x3xf32>, tensor<4x3xf32>) -> tensor<4x6xf32>
  return %r : tensor<4x6xf32>
}

// -----

// Every second line of a result: the kernel that makes the lines stores them there.
// CHECK-LABEL: func.func @strided(
// CHECK-SAME: %[[X:.*]]: tensor<4x3xf32>, %[[W:.*]]: tensor<8x3xf32>
// CHECK: %[[R:.*]] = linalg_ext.dispatch @[[F:.*]] ins(%[[X]] : tensor<4x3xf32>) scalars() outs(%[[W]] : tensor<8x3xf32>) {accumulates}
// CHECK-NOT: tensor.insert_slice
// CHECK: return %[[R]]
// CHECK: func.func private @[[F]](%{{.*}}: tensor<4x3xf32>, %[[O:.*]]: tensor<8x3xf32>) -> tensor<8x3xf32>
// CHECK: tensor.insert_slice %{{.*}} into %[[O]][1, 0] [4, 3] [2, 1]
#id = affine_map<(i, j) -> (i, j)>
func.func @strided(%x: tensor<4x3xf32>, %w: tensor<8x3xf32>) -> tensor<8x3xf32> {
  %e = tensor.empty() : tensor<4x3xf32>
  %a = linalg_ext.dispatch @negated ins(%x : tensor<4x3xf32>) scalars() outs(%e : tensor<4x3xf32>) -> tensor<4x3xf32>
  %r = tensor.insert_slice %a into %w[1, 0] [4, 3] [2, 1] : tensor<4x3xf32> into tensor<8x3xf32>
  return %r : tensor<8x3xf32>
}
func.func private @negated(%x: tensor<4x3xf32>, %o: tensor<4x3xf32>) -> tensor<4x3xf32> attributes {ingot.kernel, ingot.form = "map"} {
  %e = tensor.empty() : tensor<4x3xf32>
  %r = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%x : tensor<4x3xf32>) outs(%e : tensor<4x3xf32>) {
  ^bb0(%a: f32, %q: f32):
    %0 = arith.negf %a : f32
    linalg.yield %0 : f32
  } -> tensor<4x3xf32>
  return %r : tensor<4x3xf32>
}
