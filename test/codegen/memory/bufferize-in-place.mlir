// RUN: ingot-opt %s --bufferize-main --canonicalize --split-input-file | FileCheck %s

// A kernel that reads a variable only where it writes the next value changes it in place: elementwise work,
#id = affine_map<(d0, d1) -> (d0, d1)>
// CHECK-LABEL: func.func @map(
// CHECK-SAME: %[[P:.*]]: memref<4x4xf32> {ingot.written}, %[[G:.*]]: memref<4x4xf32>
// CHECK-NEXT: linalg_ext.dispatch @k ins(%[[P]], %[[G]] : memref<4x4xf32>, memref<4x4xf32>) scalars() outs(%[[P]] : memref<4x4xf32>)
// CHECK-NEXT: return %[[P]]
func.func @map(%p: tensor<4x4xf32> {ingot.written}, %g: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %n = linalg_ext.dispatch @k ins(%p, %g : tensor<4x4xf32>, tensor<4x4xf32>) scalars() outs(%p : tensor<4x4xf32>) -> tensor<4x4xf32>
  return %n : tensor<4x4xf32>
}
func.func private @k(%p: tensor<4x4xf32>, %g: tensor<4x4xf32>, %o: tensor<4x4xf32>) -> tensor<4x4xf32> attributes {ingot.kernel, ingot.form = "map"} {
  %e = tensor.empty() : tensor<4x4xf32>
  %n = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%p, %g : tensor<4x4xf32>, tensor<4x4xf32>) outs(%e : tensor<4x4xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %d = arith.subf %a, %b : f32
    linalg.yield %d : f32
  } -> tensor<4x4xf32>
  return %n : tensor<4x4xf32>
}

// -----

// the work on the result of a product,
#a = affine_map<(d0, d1, d2) -> (d2, d0)>
#b = affine_map<(d0, d1, d2) -> (d2, d1)>
#c = affine_map<(d0, d1, d2) -> (d0, d1)>
#id = affine_map<(d0, d1) -> (d0, d1)>
// CHECK-LABEL: func.func @contract(
// CHECK-SAME: %[[P:.*]]: memref<4x4xf32> {ingot.written}
// CHECK-NEXT: linalg_ext.dispatch @k {{.*}} outs(%[[P]] : memref<4x4xf32>)
// CHECK-NEXT: return %[[P]]
func.func @contract(%p: tensor<4x4xf32> {ingot.written}, %x: tensor<8x4xf32>, %y: tensor<8x4xf32>) -> tensor<4x4xf32> {
  %n = linalg_ext.dispatch @k ins(%x, %y, %p : tensor<8x4xf32>, tensor<8x4xf32>, tensor<4x4xf32>) scalars() outs(%p : tensor<4x4xf32>) -> tensor<4x4xf32>
  return %n : tensor<4x4xf32>
}
func.func private @k(%x: tensor<8x4xf32>, %y: tensor<8x4xf32>, %p: tensor<4x4xf32>, %o: tensor<4x4xf32>) -> tensor<4x4xf32> attributes {ingot.kernel, ingot.form = "contract"} {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<4x4xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<4x4xf32>) -> tensor<4x4xf32>
  %g = linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %y : tensor<8x4xf32>, tensor<8x4xf32>) outs(%f : tensor<4x4xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %m = arith.mulf %a, %b : f32
    %s = arith.addf %out, %m : f32
    linalg.yield %s : f32
  } -> tensor<4x4xf32>
  %n = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%p, %g : tensor<4x4xf32>, tensor<4x4xf32>) outs(%e : tensor<4x4xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %d = arith.subf %a, %b : f32
    linalg.yield %d : f32
  } -> tensor<4x4xf32>
  return %n : tensor<4x4xf32>
}

// -----

// and what is done once for each row, behind a sum.
#in = affine_map<(d0, d1) -> (d0, d1)>
#sum = affine_map<(d0, d1) -> (d1)>
#id = affine_map<(d0) -> (d0)>
// CHECK-LABEL: func.func @rows(
// CHECK-SAME: %[[P:.*]]: memref<?xf32> {ingot.written}
// CHECK-NOT: alloc
// CHECK: linalg_ext.dispatch @k {{.*}} outs(%[[P]] : memref<?xf32>)
// CHECK-NEXT: return %[[P]]
func.func @rows(%p: tensor<?xf32> {ingot.written}, %x: tensor<8x?xf32>) -> tensor<?xf32> {
  %n = linalg_ext.dispatch @k ins(%x, %p : tensor<8x?xf32>, tensor<?xf32>) scalars() outs(%p : tensor<?xf32>) -> tensor<?xf32>
  return %n : tensor<?xf32>
}
func.func private @k(%x: tensor<8x?xf32>, %p: tensor<?xf32>, %o: tensor<?xf32>) -> tensor<?xf32> attributes {ingot.kernel, ingot.form = "rows"} {
  %zero = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  %size = tensor.dim %p, %c0 : tensor<?xf32>
  %e = tensor.empty(%size) : tensor<?xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<?xf32>) -> tensor<?xf32>
  %g = linalg.generic {indexing_maps = [#in, #sum], iterator_types = ["reduction", "parallel"]} ins(%x : tensor<8x?xf32>) outs(%f : tensor<?xf32>) {
  ^bb0(%a: f32, %out: f32):
    %s = arith.addf %out, %a : f32
    linalg.yield %s : f32
  } -> tensor<?xf32>
  %n = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]} ins(%p, %g : tensor<?xf32>, tensor<?xf32>) outs(%e : tensor<?xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %d = arith.subf %a, %b : f32
    linalg.yield %d : f32
  } -> tensor<?xf32>
  return %n : tensor<?xf32>
}

// -----

// Not where other elements are read: here those across the diagonal,
#id = affine_map<(d0, d1) -> (d0, d1)>
#turned = affine_map<(d0, d1) -> (d1, d0)>
// CHECK-LABEL: func.func @transposed(
// CHECK-SAME: %[[P:.*]]: memref<4x4xf32> {ingot.written}
// CHECK: %[[N:.*]] = memref.alloc
// CHECK: linalg_ext.dispatch @k {{.*}} outs(%[[N]] : memref<4x4xf32>)
func.func @transposed(%p: tensor<4x4xf32> {ingot.written}) -> tensor<4x4xf32> {
  %n = linalg_ext.dispatch @k ins(%p : tensor<4x4xf32>) scalars() outs(%p : tensor<4x4xf32>) -> tensor<4x4xf32>
  return %n : tensor<4x4xf32>
}
func.func private @k(%p: tensor<4x4xf32>, %o: tensor<4x4xf32>) -> tensor<4x4xf32> attributes {ingot.kernel, ingot.form = "map"} {
  %e = tensor.empty() : tensor<4x4xf32>
  %n = linalg.generic {indexing_maps = [#id, #turned], iterator_types = ["parallel", "parallel"]} ins(%p : tensor<4x4xf32>) outs(%e : tensor<4x4xf32>) {
  ^bb0(%a: f32, %out: f32):
    %d = arith.addf %a, %a : f32
    linalg.yield %d : f32
  } -> tensor<4x4xf32>
  return %n : tensor<4x4xf32>
}

// -----

// where another result is computed from the old value, maybe after it is gone,
#id = affine_map<(d0) -> (d0)>
// CHECK-LABEL: func.func @twice(
// CHECK-SAME: %[[P:.*]]: memref<4xf32> {ingot.written}
// CHECK-COUNT-2: memref.alloc
// CHECK: linalg_ext.dispatch @k ins(%[[P]] : memref<4xf32>) scalars() outs(%alloc{{[_0-9]*}}, %alloc{{[_0-9]*}} : memref<4xf32>, memref<4xf32>)
func.func @twice(%p: tensor<4xf32> {ingot.written}) -> (tensor<4xf32>, tensor<4xf32>) {
  %e = tensor.empty() : tensor<4xf32>
  %n:2 = linalg_ext.dispatch @k ins(%p : tensor<4xf32>) scalars() outs(%p, %e : tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>, tensor<4xf32>
  return %n#0, %n#1 : tensor<4xf32>, tensor<4xf32>
}
func.func private @k(%p: tensor<4xf32>, %o: tensor<4xf32>, %q: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) attributes {ingot.kernel, ingot.form = "map"} {
  %e = tensor.empty() : tensor<4xf32>
  %n = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]} ins(%p : tensor<4xf32>) outs(%e : tensor<4xf32>) {
  ^bb0(%a: f32, %out: f32):
    %d = arith.addf %a, %a : f32
    linalg.yield %d : f32
  } -> tensor<4xf32>
  %m = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]} ins(%p : tensor<4xf32>) outs(%e : tensor<4xf32>) {
  ^bb0(%a: f32, %out: f32):
    %d = arith.mulf %a, %a : f32
    linalg.yield %d : f32
  } -> tensor<4xf32>
  return %n, %m : tensor<4xf32>, tensor<4xf32>
}

// -----

// or where a row's element is read for all of the row, in one pass or another.
#in = affine_map<(d0, d1) -> (d0, d1)>
#sum = affine_map<(d0, d1) -> (d1)>
#id = affine_map<(d0) -> (d0)>
// CHECK-LABEL: func.func @scaled(
// CHECK-SAME: %[[P:.*]]: memref<4xf32> {ingot.written}
// CHECK: %[[N:.*]] = memref.alloc
// CHECK: linalg_ext.dispatch @k {{.*}} outs(%[[N]] : memref<4xf32>)
func.func @scaled(%p: tensor<4xf32> {ingot.written}, %x: tensor<8x4xf32>) -> tensor<4xf32> {
  %n = linalg_ext.dispatch @k ins(%x, %p : tensor<8x4xf32>, tensor<4xf32>) scalars() outs(%p : tensor<4xf32>) -> tensor<4xf32>
  return %n : tensor<4xf32>
}
func.func private @k(%x: tensor<8x4xf32>, %p: tensor<4xf32>, %o: tensor<4xf32>) -> tensor<4xf32> attributes {ingot.kernel, ingot.form = "rows"} {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<4xf32>
  %e2 = tensor.empty() : tensor<8x4xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<4xf32>) -> tensor<4xf32>
  %y = linalg.generic {indexing_maps = [#in, #sum, #in], iterator_types = ["parallel", "parallel"]} ins(%x, %p : tensor<8x4xf32>, tensor<4xf32>) outs(%e2 : tensor<8x4xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %m = arith.mulf %a, %b : f32
    linalg.yield %m : f32
  } -> tensor<8x4xf32>
  %g = linalg.generic {indexing_maps = [#in, #sum], iterator_types = ["reduction", "parallel"]} ins(%y : tensor<8x4xf32>) outs(%f : tensor<4xf32>) {
  ^bb0(%a: f32, %out: f32):
    %s = arith.addf %out, %a : f32
    linalg.yield %s : f32
  } -> tensor<4xf32>
  %n = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]} ins(%p, %g : tensor<4xf32>, tensor<4xf32>) outs(%e : tensor<4xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %d = arith.subf %a, %b : f32
    linalg.yield %d : f32
  } -> tensor<4xf32>
  return %n : tensor<4xf32>
}
