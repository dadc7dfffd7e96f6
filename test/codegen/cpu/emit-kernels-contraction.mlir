// RUN: ingot-opt %s --choose-config=cpu=x86-64-v4 --emit-kernels=cpu=x86-64-v4 --canonicalize --cse --split-input-file | FileCheck %s

// 8 rows by 32 columns stay in 16 registers over the whole sum: two loads of packed columns and eight broadcasts a step. The epilogue
// is on the registers before they are stored.
// CHECK-LABEL: func.func private @tile(
// CHECK-SAME: %[[A:[a-z0-9]+]]: memref<?xf32, strided<[1], offset: ?>>, %[[W:[a-z0-9]+]]: memref<{{[^>]*>>}}, %[[BIAS:[a-z0-9]+]]: memref<{{[^>]*>>}}, %[[O:[a-z0-9]+]]: memref<
// CHECK-NOT: memref.alloc
// CHECK: scf.forall
// CHECK: scf.for %{{.*}} = %c0 to %c8 step %c1 {
// CHECK: %[[SUM:.*]]:16 = scf.for %{{.*}} = %c0 to %c128 step %c1 iter_args(
// CHECK-COUNT-2: vector.load %[[W]]
// CHECK-NOT: vector.load
// CHECK-COUNT-8: vector.broadcast
// CHECK-NOT: vector.broadcast
// CHECK: scf.yield
// CHECK: vector.load %[[BIAS]]
// CHECK: %[[R:.*]] = arith.addf %[[SUM]]#0
// CHECK: vector.store %[[R]], %[[O]]
// CHECK-NOT: memref.alloc
// CHECK-NOT: masked
// CHECK: return
#a = affine_map<(m, n, k) -> (m, k)>
#w = affine_map<(m, n, k) -> (k, n)>
#r = affine_map<(m, n, k) -> (m, n)>
#id = affine_map<(m, n) -> (m, n)>
#column = affine_map<(m, n) -> (n)>
func.func private @tile(%a: tensor<64x128xf32>, %w: tensor<128x64xf32>, %bias: tensor<64xf32>, %o: tensor<64x64xf32>) -> tensor<64x64xf32>
    attributes {ingot.kernel, ingot.form = "contract", ingot.config = {packed = 1 : i64}} {
  %zero = arith.constant 0.0 : f32
  %f = linalg.fill ins(%zero : f32) outs(%o : tensor<64x64xf32>) -> tensor<64x64xf32>
  %m = linalg.generic {indexing_maps = [#a, #w, #r], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %w : tensor<64x128xf32>, tensor<128x64xf32>) outs(%f : tensor<64x64xf32>) {
  ^bb0(%x: f32, %y: f32, %s: f32):
    %0 = arith.mulf %x, %y : f32
    %1 = arith.addf %s, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<64x64xf32>
  %e = linalg.generic {indexing_maps = [#id, #column, #id], iterator_types = ["parallel", "parallel"]}
      ins(%m, %bias : tensor<64x64xf32>, tensor<64xf32>) outs(%o : tensor<64x64xf32>) {
  ^bb0(%x: f32, %y: f32, %s: f32):
    %0 = arith.addf %x, %y : f32
    linalg.yield %0 : f32
  } -> tensor<64x64xf32>
  return %e : tensor<64x64xf32>
}

// -----

// An unknown number of rows: tiles of 8, then what is left in tiles of 4 to 1, which have 8 sums in flight as well. Less than 8 rows are
// one task, as they are not worth a second thread. 40 columns: a full tile of 32, and a register that is half off for the rest. No row
// is loaded under a mask.
// CHECK-LABEL: func.func private @dynamic(
// CHECK-SAME: %[[A:[a-z0-9]+]]: memref<?xf32, strided<[1], offset: ?>>, %[[M:[a-z0-9]+]]: index, %[[W:[a-z0-9]+]]: memref<
// CHECK-NOT: memref.alloc
// CHECK: %[[FEW:.*]] = arith.cmpi ult, %{{.*}}, %c8
// CHECK: %[[TASKS:.*]] = arith.select %[[FEW]], %c1, %c2
// CHECK: scf.forall
// CHECK: scf.if
// CHECK: scf.for {{.*}} step %c8
// CHECK: :16 = scf.for
// CHECK: scf.for {{.*}} step %c4
// CHECK: :8 = scf.for
// CHECK: scf.for {{.*}} step %c3
// CHECK: :12 = scf.for {{.*}} step %c2
// CHECK: scf.for {{.*}} step %c2
// CHECK: :8 = scf.for {{.*}} step %c2
// CHECK: scf.for {{.*}} step %c1
// CHECK: :8 = scf.for {{.*}} step %c4
// CHECK: else
// CHECK: scf.for {{.*}} step %c8
// CHECK: %[[MASK:.*]] = vector.constant_mask [8] : vector<16xi1>
// CHECK: %[[SUM:.*]]:8 = scf.for
// CHECK: vector.maskedload %[[W]][%{{.*}}], %[[MASK]]
// CHECK: memref.load %[[A]]
// CHECK: vector.maskedstore %{{.*}}, %[[MASK]], %[[SUM]]#0
// CHECK: scf.for {{.*}} step %c4
// CHECK: scf.for {{.*}} step %c2
// CHECK: scf.for {{.*}} step %c1
// CHECK: return
#a = affine_map<(m, n, k) -> (m, k)>
#w = affine_map<(m, n, k) -> (k, n)>
#r = affine_map<(m, n, k) -> (m, n)>
func.func private @dynamic(%a: tensor<?x16xf32>, %w: tensor<16x40xf32>, %o: tensor<?x40xf32>) -> tensor<?x40xf32>
    attributes {ingot.kernel, ingot.form = "contract"} {
  %zero = arith.constant 0.0 : f32
  %f = linalg.fill ins(%zero : f32) outs(%o : tensor<?x40xf32>) -> tensor<?x40xf32>
  %m = linalg.generic {indexing_maps = [#a, #w, #r], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %w : tensor<?x16xf32>, tensor<16x40xf32>) outs(%f : tensor<?x40xf32>) {
  ^bb0(%x: f32, %y: f32, %s: f32):
    %0 = arith.mulf %x, %y : f32
    %1 = arith.addf %s, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<?x40xf32>
  return %m : tensor<?x40xf32>
}

// -----

// Seven rows are one tile of seven.
// CHECK-LABEL: func.func private @seven(
// CHECK: :14 = scf.for {{.*}} iter_args
// CHECK-NOT: iter_args
// CHECK: return
#a = affine_map<(m, n, k) -> (m, k)>
#w = affine_map<(m, n, k) -> (k, n)>
#r = affine_map<(m, n, k) -> (m, n)>
#id = affine_map<(m, n) -> (m, n)>
#column = affine_map<(m, n) -> (n)>
func.func private @seven(%a: tensor<7x128xf32>, %w: tensor<128x64xf32>, %bias: tensor<64xf32>, %o: tensor<7x64xf32>) -> tensor<7x64xf32>
    attributes {ingot.kernel, ingot.form = "contract", ingot.config = {packed = 1 : i64}} {
  %zero = arith.constant 0.0 : f32
  %f = linalg.fill ins(%zero : f32) outs(%o : tensor<7x64xf32>) -> tensor<7x64xf32>
  %m = linalg.generic {indexing_maps = [#a, #w, #r], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %w : tensor<7x128xf32>, tensor<128x64xf32>) outs(%f : tensor<7x64xf32>) {
  ^bb0(%x: f32, %y: f32, %s: f32):
    %0 = arith.mulf %x, %y : f32
    %1 = arith.addf %s, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<7x64xf32>
  %e = linalg.generic {indexing_maps = [#id, #column, #id], iterator_types = ["parallel", "parallel"]}
      ins(%m, %bias : tensor<7x64xf32>, tensor<64xf32>) outs(%o : tensor<7x64xf32>) {
  ^bb0(%x: f32, %y: f32, %s: f32):
    %0 = arith.addf %x, %y : f32
    linalg.yield %0 : f32
  } -> tensor<7x64xf32>
  return %e : tensor<7x64xf32>
}

// -----

// Two rows: each element has two sums, which take turns.
// CHECK-LABEL: func.func private @two(
// CHECK: %[[SUM:.*]]:8 = scf.for {{.*}} to %c128 step %c2 iter_args
// CHECK-NOT: iter_args
// CHECK: arith.addf %[[SUM]]#0, %[[SUM]]#4
// CHECK: return
#a = affine_map<(m, n, k) -> (m, k)>
#w = affine_map<(m, n, k) -> (k, n)>
#r = affine_map<(m, n, k) -> (m, n)>
#id = affine_map<(m, n) -> (m, n)>
#column = affine_map<(m, n) -> (n)>
func.func private @two(%a: tensor<2x128xf32>, %w: tensor<128x128xf32>, %bias: tensor<128xf32>, %o: tensor<2x128xf32>) -> tensor<2x128xf32>
    attributes {ingot.kernel, ingot.form = "contract", ingot.config = {packed = 1 : i64}} {
  %zero = arith.constant 0.0 : f32
  %f = linalg.fill ins(%zero : f32) outs(%o : tensor<2x128xf32>) -> tensor<2x128xf32>
  %m = linalg.generic {indexing_maps = [#a, #w, #r], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %w : tensor<2x128xf32>, tensor<128x128xf32>) outs(%f : tensor<2x128xf32>) {
  ^bb0(%x: f32, %y: f32, %s: f32):
    %0 = arith.mulf %x, %y : f32
    %1 = arith.addf %s, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<2x128xf32>
  %e = linalg.generic {indexing_maps = [#id, #column, #id], iterator_types = ["parallel", "parallel"]}
      ins(%m, %bias : tensor<2x128xf32>, tensor<128xf32>) outs(%o : tensor<2x128xf32>) {
  ^bb0(%x: f32, %y: f32, %s: f32):
    %0 = arith.addf %x, %y : f32
    linalg.yield %0 : f32
  } -> tensor<2x128xf32>
  return %e : tensor<2x128xf32>
}

// -----

// A column operand whose columns do not lie one after another is packed by each task, on its stack, where rows are few; 16 x 16 blocks are
// turned in registers.
// CHECK-LABEL: func.func private @transposed(
// CHECK-SAME: %[[A:[a-z0-9]+]]: memref<?xf32, strided<[1], offset: ?>>, %[[W:[a-z0-9]+]]: memref<
// CHECK-NOT: memref.alloc(
// CHECK: %[[PANEL:.*]] = memref.alloca() {{.*}}: memref<4096xf32>
// CHECK-COUNT-16: vector.load %[[W]]
// CHECK: vector.store %{{.*}}, %[[PANEL]]
// CHECK: :12 = scf.for
// CHECK-NOT: load %[[W]][
// CHECK: vector.load %[[PANEL]]
// CHECK: return
#a = affine_map<(m, n, k) -> (m, k)>
#w = affine_map<(m, n, k) -> (n, k)>
#r = affine_map<(m, n, k) -> (m, n)>
#id = affine_map<(m, n) -> (m, n)>
#column = affine_map<(m, n) -> (n)>
func.func private @transposed(%a: tensor<6x128xf32>, %w: tensor<64x128xf32>, %bias: tensor<64xf32>, %o: tensor<6x64xf32>) -> tensor<6x64xf32>
    attributes {ingot.kernel, ingot.form = "contract"} {
  %zero = arith.constant 0.0 : f32
  %f = linalg.fill ins(%zero : f32) outs(%o : tensor<6x64xf32>) -> tensor<6x64xf32>
  %m = linalg.generic {indexing_maps = [#a, #w, #r], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %w : tensor<6x128xf32>, tensor<64x128xf32>) outs(%f : tensor<6x64xf32>) {
  ^bb0(%x: f32, %y: f32, %s: f32):
    %0 = arith.mulf %x, %y : f32
    %1 = arith.addf %s, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<6x64xf32>
  %e = linalg.generic {indexing_maps = [#id, #column, #id], iterator_types = ["parallel", "parallel"]}
      ins(%m, %bias : tensor<6x64xf32>, tensor<64xf32>) outs(%o : tensor<6x64xf32>) {
  ^bb0(%x: f32, %y: f32, %s: f32):
    %0 = arith.addf %x, %y : f32
    linalg.yield %0 : f32
  } -> tensor<6x64xf32>
  return %e : tensor<6x64xf32>
}

// -----

// More rows: a task has a block of the result. It lists where its rows lie, packs a piece of the columns in units of 32, 16 x 16 squares
// turned in registers, and multiplies tile by unit; a sum that is one piece goes to the epilogue from the registers.
// CHECK-LABEL: func.func private @blocked(
// CHECK-SAME: %[[A:[a-z0-9]+]]: memref<?xf32, strided<[1], offset: ?>>, %[[W:[a-z0-9]+]]: memref<{{[^>]*>>}}, %[[BIAS:[a-z0-9]+]]: memref<{{[^>]*>>}}, %[[O:[a-z0-9]+]]: memref<
// CHECK-NOT: memref.alloc(
// CHECK: %[[ROWS:.*]] = memref.alloca() {{.*}}: memref<64xindex>
// CHECK: %[[PACKED:.*]] = memref.alloca() {{.*}}: memref<8224xf32>
// CHECK: memref.store %{{.*}}, %[[ROWS]]
// CHECK-COUNT-16: vector.load %[[W]]
// CHECK: vector.store %{{.*}}, %[[PACKED]]
// CHECK-COUNT-8: memref.load %[[ROWS]]
// CHECK: %[[SUM:.*]]:16 = scf.for %{{.*}} = %c0 to %c128 step %c1 iter_args(
// CHECK-COUNT-2: vector.load %[[PACKED]]
// CHECK-COUNT-8: vector.broadcast
// CHECK: vector.load %[[BIAS]]
// CHECK: %[[R:.*]] = arith.addf %[[SUM]]#0
// CHECK: vector.store %[[R]], %[[O]]
// CHECK: return
#a = affine_map<(m, n, k) -> (m, k)>
#w = affine_map<(m, n, k) -> (n, k)>
#r = affine_map<(m, n, k) -> (m, n)>
#id = affine_map<(m, n) -> (m, n)>
#column = affine_map<(m, n) -> (n)>
func.func private @blocked(%a: tensor<64x128xf32>, %w: tensor<64x128xf32>, %bias: tensor<64xf32>, %o: tensor<64x64xf32>) -> tensor<64x64xf32>
    attributes {ingot.kernel, ingot.form = "contract"} {
  %zero = arith.constant 0.0 : f32
  %f = linalg.fill ins(%zero : f32) outs(%o : tensor<64x64xf32>) -> tensor<64x64xf32>
  %m = linalg.generic {indexing_maps = [#a, #w, #r], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %w : tensor<64x128xf32>, tensor<64x128xf32>) outs(%f : tensor<64x64xf32>) {
  ^bb0(%x: f32, %y: f32, %s: f32):
    %0 = arith.mulf %x, %y : f32
    %1 = arith.addf %s, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<64x64xf32>
  %e = linalg.generic {indexing_maps = [#id, #column, #id], iterator_types = ["parallel", "parallel"]}
      ins(%m, %bias : tensor<64x64xf32>, tensor<64xf32>) outs(%o : tensor<64x64xf32>) {
  ^bb0(%x: f32, %y: f32, %s: f32):
    %0 = arith.addf %x, %y : f32
    linalg.yield %0 : f32
  } -> tensor<64x64xf32>
  return %e : tensor<64x64xf32>
}

// -----

// Rows that lie one after another are packed as well, eight to a step; of a long sum the pieces are added in memory, and few blocks are cut in
// parts along it, whose sums lie in the caller's frame.
// CHECK-LABEL: func.func private @along_rows(
// CHECK-SAME: %[[A:[a-z0-9]+]]: memref<?xf32, strided<[1], offset: ?>>, %[[W:[a-z0-9]+]]: memref<
// CHECK: %[[SUMS:.*]] = memref.alloca() {{.*}}: memref<65536xf32>
// CHECK: scf.forall (%{{.*}}) in (16)
// CHECK: vector.load %[[A]]{{.*}} vector<8xf32>
// CHECK: vector.load %[[W]]
// CHECK: :16 = scf.for
// CHECK: scf.if
// CHECK: else
// CHECK: arith.addf
// CHECK: scf.for %{{.*}} = %c1 to %c16 step %c1 iter_args
// CHECK: arith.addf
// CHECK: return
#a = affine_map<(m, n, k) -> (k, m)>
#w = affine_map<(m, n, k) -> (k, n)>
#r = affine_map<(m, n, k) -> (m, n)>
func.func private @along_rows(%a: tensor<20480x64xf32>, %w: tensor<20480x64xf32>, %o: tensor<64x64xf32>) -> tensor<64x64xf32>
    attributes {ingot.kernel, ingot.form = "contract"} {
  %zero = arith.constant 0.0 : f32
  %f = linalg.fill ins(%zero : f32) outs(%o : tensor<64x64xf32>) -> tensor<64x64xf32>
  %m = linalg.generic {indexing_maps = [#a, #w, #r], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %w : tensor<20480x64xf32>, tensor<20480x64xf32>) outs(%f : tensor<64x64xf32>) {
  ^bb0(%x: f32, %y: f32, %s: f32):
    %0 = arith.mulf %x, %y : f32
    %1 = arith.addf %s, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<64x64xf32>
  return %m : tensor<64x64xf32>
}

// -----

// Two gates of 32 columns: the weights of each are read from their own panels, and the epilogue has the same columns of both.
// CHECK-LABEL: func.func private @gates(
// CHECK-SAME: %[[A:[a-z0-9]+]]: memref<?xf32, strided<[1], offset: ?>>, %[[W:[a-z0-9]+]]: memref<{{[^>]*>>}}, %[[O:[a-z0-9]+]]: memref<
// CHECK: :8 = scf.for {{.*}} to %c128 step %c4
// CHECK: vector.load %[[W]]
// CHECK: :8 = scf.for {{.*}} to %c128 step %c4
// CHECK: %[[AT:.*]] = arith.addi %{{.*}}, %c4096
// CHECK: vector.load %[[W]][%[[AT]]]
// CHECK: math.exp
// CHECK: %[[R:.*]] = arith.mulf
// CHECK: vector.store %[[R]], %[[O]]
// CHECK: math.exp
// CHECK: %[[R2:.*]] = arith.mulf
// CHECK: vector.store %[[R2]], %[[O]]
// CHECK-NOT: vector.store
// CHECK: return
#a = affine_map<(m, n, k) -> (m, k)>
#w = affine_map<(m, n, k) -> (k, n)>
#r = affine_map<(m, n, k) -> (m, n)>
#id = affine_map<(m, n) -> (m, n)>
func.func private @gates(%a: tensor<1x128xf32>, %w: tensor<128x64xf32>, %o: tensor<1x32xf32>) -> tensor<1x32xf32>
    attributes {ingot.kernel, ingot.form = "contract", ingot.config = {packed = 1 : i64}} {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x64xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x64xf32>) -> tensor<1x64xf32>
  %m = linalg.generic {indexing_maps = [#a, #w, #r], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %w : tensor<1x128xf32>, tensor<128x64xf32>) outs(%f : tensor<1x64xf32>) {
  ^bb0(%x: f32, %y: f32, %s: f32):
    %0 = arith.mulf %x, %y : f32
    %1 = arith.addf %s, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<1x64xf32>
  %first = tensor.extract_slice %m[0, 0] [1, 32] [1, 1] : tensor<1x64xf32> to tensor<1x32xf32>
  %second = tensor.extract_slice %m[0, 32] [1, 32] [1, 1] : tensor<1x64xf32> to tensor<1x32xf32>
  %y = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%first, %second : tensor<1x32xf32>, tensor<1x32xf32>) outs(%o : tensor<1x32xf32>) {
  ^bb0(%x: f32, %y: f32, %s: f32):
    %0 = math.exp %y : f32
    %1 = arith.mulf %x, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<1x32xf32>
  return %y : tensor<1x32xf32>
}
