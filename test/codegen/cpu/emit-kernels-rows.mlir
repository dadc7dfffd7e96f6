// RUN: ingot-opt %s --choose-config=cpu=x86-64-v4 --emit-kernels=cpu=x86-64-v4 --canonicalize --cse --split-input-file | FileCheck %s

// Softmax reads its input twice: for the maximum, and for the exponentials, which are summed on the way and spilled into the output.
// The last step works there in place. 1000 = 31 * 32 + 8: one vector of each stage is partly off, and what is off is kept out of sums.
// CHECK-LABEL: func.func private @softmax(
// CHECK-SAME: %[[X:[a-z0-9]+]]: memref<?xf32, strided<[1], offset: ?>>, %{{[a-z0-9]+}}: index, %[[O:[a-z0-9]+]]: memref<
// CHECK-NOT: memref.alloc
// CHECK: scf.forall
// CHECK: %[[MAX:.*]] = scf.for %{{.*}} = %c0 to %c992 step %c32 iter_args
// CHECK: vector.load %[[X]]
// CHECK: scf.yield
// CHECK: %[[MASK:.*]] = vector.constant_mask [8] : vector<32xi1>
// CHECK: vector.maskedload %[[X]][{{.*}}], %[[MASK]]
// CHECK: arith.select %[[MASK]]
// CHECK: scf.for %{{.*}} = %c0 to %c992 step %c32 iter_args
// CHECK: vector.load %[[X]]
// CHECK: %[[E:.*]] = math.exp
// CHECK: vector.store %[[E]], %[[O]]
// CHECK: arith.addf %[[E]]
// CHECK: arith.select %[[MASK]]
// CHECK: vector.reduction <add>
// CHECK: scf.for %{{.*}} = %c0 to %c992 step %c32 {
// CHECK-NOT: math.exp
// CHECK-NOT: load %[[X]][
// CHECK: vector.load %[[O]]
// CHECK: arith.divf
// CHECK: vector.store %{{.*}}, %[[O]]
// CHECK: return
#id = affine_map<(i, j) -> (i, j)>
#row = affine_map<(i, j) -> (i)>
func.func private @softmax(%x: tensor<?x1000xf32>, %o: tensor<?x1000xf32>) -> tensor<?x1000xf32> attributes {ingot.kernel, ingot.form = "rows"} {
  %zero = arith.constant 0.0 : f32
  %lowest = arith.constant 0xFF800000 : f32
  %c0 = arith.constant 0 : index
  %n = tensor.dim %x, %c0 : tensor<?x1000xf32>
  %e1 = tensor.empty(%n) : tensor<?xf32>
  %e2 = tensor.empty(%n) : tensor<?x1000xf32>
  %f1 = linalg.fill ins(%lowest : f32) outs(%e1 : tensor<?xf32>) -> tensor<?xf32>
  %m = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<?x1000xf32>) outs(%f1 : tensor<?xf32>) {
  ^bb0(%a: f32, %q: f32):
    %0 = arith.maximumf %a, %q : f32
    linalg.yield %0 : f32
  } -> tensor<?xf32>
  %p = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %m : tensor<?x1000xf32>, tensor<?xf32>) outs(%e2 : tensor<?x1000xf32>) {
  ^bb0(%a: f32, %b: f32, %q: f32):
    %0 = arith.subf %a, %b : f32
    %1 = math.exp %0 : f32
    linalg.yield %1 : f32
  } -> tensor<?x1000xf32>
  %f2 = linalg.fill ins(%zero : f32) outs(%e1 : tensor<?xf32>) -> tensor<?xf32>
  %s = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
      ins(%p : tensor<?x1000xf32>) outs(%f2 : tensor<?xf32>) {
  ^bb0(%a: f32, %q: f32):
    %0 = arith.addf %a, %q : f32
    linalg.yield %0 : f32
  } -> tensor<?xf32>
  %r = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]}
      ins(%p, %s : tensor<?x1000xf32>, tensor<?xf32>) outs(%e2 : tensor<?x1000xf32>) {
  ^bb0(%a: f32, %b: f32, %q: f32):
    %0 = arith.divf %a, %b : f32
    linalg.yield %0 : f32
  } -> tensor<?x1000xf32>
  return %r : tensor<?x1000xf32>
}

// -----

// A scalar is an argument and spread over a vector. An unknown size: whole vectors, then one under a mask.
// CHECK-LABEL: func.func private @map(
// CHECK-SAME: %[[X:[a-z0-9]+]]: memref<?xf32, strided<[1], offset: ?>>, %{{[a-z0-9]+}}: index, %[[SCALE:[a-z0-9]+]]: f32
// CHECK: scf.forall
// CHECK: scf.for {{.*}} step %c32 {
// CHECK: vector.load %[[X]]
// CHECK: vector.broadcast %[[SCALE]] : f32 to vector<32xf32>
// CHECK: vector.store
// CHECK: scf.for {{.*}} step %c32 {
// CHECK: %[[MASK:.*]] = vector.create_mask
// CHECK: vector.maskedload %[[X]][{{.*}}], %[[MASK]]
// CHECK: vector.maskedstore
// CHECK: return
#one = affine_map<(i) -> (i)>
func.func private @map(%x: tensor<?xf32>, %scale: f32, %o: tensor<?xf32>) -> tensor<?xf32> attributes {ingot.kernel, ingot.form = "map"} {
  %r = linalg.generic {indexing_maps = [#one, #one], iterator_types = ["parallel"]} ins(%x : tensor<?xf32>) outs(%o : tensor<?xf32>) {
  ^bb0(%a: f32, %q: f32):
    %0 = arith.mulf %a, %scale : f32
    linalg.yield %0 : f32
  } -> tensor<?xf32>
  return %r : tensor<?xf32>
}

// -----

// An element read at computed places is a vector load where the places are neighbours: rows of a table.
// CHECK-LABEL: func.func private @gather(
// CHECK: memref.load
// CHECK: %[[ROW:.*]] = arith.index_cast
// CHECK: vector.load
// CHECK-NOT: vector.gather
// CHECK: return
#id = affine_map<(i, j) -> (i, j)>
func.func private @gather(%x: tensor<?x64xf32>, %i: tensor<8xi64>, %o: tensor<8x64xf32>) -> tensor<8x64xf32> attributes {ingot.kernel, ingot.form = "map"} {
  %r = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i)>, #id], iterator_types = ["parallel", "parallel"]}
      ins(%i : tensor<8xi64>) outs(%o : tensor<8x64xf32>) {
  ^bb0(%a: i64, %q: f32):
    %0 = arith.index_cast %a : i64 to index
    %1 = linalg.index 1 : index
    %2 = tensor.extract %x[%0, %1] : tensor<?x64xf32>
    linalg.yield %2 : f32
  } -> tensor<8x64xf32>
  return %r : tensor<8x64xf32>
}

// -----

// Wide elements with one stride are gathered; none is read one by one.
// CHECK-LABEL: func.func private @transpose(
// CHECK: scf.for
// CHECK: vector.gather
// CHECK: vector.store
// CHECK-NOT: memref.load
// CHECK: return
#id = affine_map<(i, j) -> (i, j)>
#swap = affine_map<(i, j) -> (j, i)>
func.func private @transpose(%x: tensor<64x128xf64>, %o: tensor<128x64xf64>) -> tensor<128x64xf64> attributes {ingot.kernel, ingot.form = "map"} {
  %r = linalg.generic {indexing_maps = [#swap, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<64x128xf64>) outs(%o : tensor<128x64xf64>) {
  ^bb0(%a: f64, %q: f64):
    linalg.yield %a : f64
  } -> tensor<128x64xf64>
  return %r : tensor<128x64xf64>
}

// -----

// A value that is padded goes straight to the interior; the border is filled by loops of its own, whole lines and their ends.
// CHECK-LABEL: func.func private @pad(
// CHECK-SAME: %[[X:[a-z0-9]+]]: memref<?xf32, strided<[1], offset: ?>>, %[[O:[a-z0-9]+]]: memref<
// CHECK-NOT: memref.alloc
// CHECK: scf.for %{{.*}} = %c0 to %c8 step %c1
// CHECK: vector.load %[[X]]
// CHECK: vector.store %{{.*}}, %[[O]]
// CHECK: scf.for %{{.*}} = %c0 to %c10 step %c1
// CHECK-NOT: vector.load
// CHECK: scf.if
// CHECK-COUNT-2: vector.store %cst{{.*}}, %[[O]]
// CHECK: else
// CHECK: scf.for %{{.*}} = %c0 to %c160
// CHECK: vector.store %cst{{.*}}, %[[O]]
// CHECK: return
#id = affine_map<(n, h, w, c) -> (n, h, w, c)>
func.func private @pad(%x: tensor<1x8x8x16xf32>, %o: tensor<1x10x10x16xf32>) -> tensor<1x10x10x16xf32> attributes {ingot.kernel, ingot.form = "map"} {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x8x8x16xf32>
  %y = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%x : tensor<1x8x8x16xf32>) outs(%e : tensor<1x8x8x16xf32>) {
  ^bb0(%a: f32, %q: f32):
    %0 = arith.maximumf %a, %zero : f32
    linalg.yield %0 : f32
  } -> tensor<1x8x8x16xf32>
  %p = tensor.pad %y low[0, 1, 1, 0] high[0, 1, 1, 0] {
  ^bb0(%i: index, %j: index, %k: index, %l: index):
    tensor.yield %zero : f32
  } : tensor<1x8x8x16xf32> to tensor<1x10x10x16xf32>
  return %p : tensor<1x10x10x16xf32>
}

// -----

// What lies along columns and is stored along rows is turned in registers, 16 x 16 elements at once, and read from the stack.
// CHECK-LABEL: func.func private @turned(
// CHECK-SAME: %[[X:[a-z0-9]+]]: memref<?xf32, strided<[1], offset: ?>>, %[[O:[a-z0-9]+]]: memref<
// CHECK-NOT: gather
// CHECK-COUNT-16: vector.load %[[X]]
// CHECK-COUNT-64: vector.shuffle
// CHECK-COUNT-16: vector.store
// CHECK: scf.for %{{.*}} = %c0 to %c16 step %c1
// CHECK: vector.load
// CHECK: vector.store %{{.*}}, %[[O]]
// CHECK: return
#t = affine_map<(i, j) -> (j, i)>
#id = affine_map<(i, j) -> (i, j)>
func.func private @turned(%x: tensor<64x128xf32>, %o: tensor<128x64xf32>) -> tensor<128x64xf32> attributes {ingot.kernel, ingot.form = "map"} {
  %e = tensor.empty() : tensor<128x64xf32>
  %r = linalg.generic {indexing_maps = [#t, #id], iterator_types = ["parallel", "parallel"]} ins(%x : tensor<64x128xf32>) outs(%e : tensor<128x64xf32>) {
  ^bb0(%a: f32, %q: f32):
    %0 = arith.negf %a : f32
    linalg.yield %0 : f32
  } -> tensor<128x64xf32>
  return %r : tensor<128x64xf32>
}

// -----

// Three planes: a vector of each, interleaved.
// CHECK-LABEL: func.func private @planes(
// CHECK-SAME: %[[X:[a-z0-9]+]]: memref<?xf32, strided<[1], offset: ?>>, %[[O:[a-z0-9]+]]: memref<
// CHECK-NOT: scatter
// CHECK-COUNT-3: vector.load %[[X]]
// CHECK-COUNT-6: vector.shuffle
// CHECK-COUNT-3: vector.store %{{.*}}, %[[O]]
// CHECK: return
#planes = affine_map<(i, j) -> (j, i)>
#id2 = affine_map<(i, j) -> (i, j)>
func.func private @planes(%x: tensor<3x4096xf32>, %o: tensor<4096x3xf32>) -> tensor<4096x3xf32> attributes {ingot.kernel, ingot.form = "map"} {
  %e = tensor.empty() : tensor<4096x3xf32>
  %r = linalg.generic {indexing_maps = [#planes, #id2], iterator_types = ["parallel", "parallel"]} ins(%x : tensor<3x4096xf32>) outs(%e : tensor<4096x3xf32>) {
  ^bb0(%a: f32, %q: f32):
    linalg.yield %a : f32
  } -> tensor<4096x3xf32>
  return %r : tensor<4096x3xf32>
}
