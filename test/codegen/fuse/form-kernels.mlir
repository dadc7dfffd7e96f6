// RUN: ingot-opt %s --form-kernels --cse --canonicalize --split-input-file | FileCheck %s

// A contraction takes the elementwise work on its result along: bias and activation. The fill it starts from is inside.
// CHECK-LABEL: func.func @epilogue(
// CHECK-SAME: %[[A:.*]]: tensor<32x64xf32>, %[[W:.*]]: tensor<64x48xf32>, %[[BIAS:.*]]: tensor<48xf32>)
// CHECK: linalg_ext.dispatch @[[K:.*]] ins(%[[A]], %[[W]], %[[BIAS]] :
// CHECK-NOT: linalg_ext.dispatch
// CHECK: return
// CHECK: func.func private @[[K]]({{.*}}) -> tensor<32x48xf32> attributes {ingot.form = "contract", ingot.kernel}
// CHECK: linalg.fill
// CHECK: linalg.generic {{.*}}"reduction"
// CHECK: linalg.generic
// CHECK: linalg.generic
// CHECK: return
#id = affine_map<(i, j) -> (i, j)>
#column = affine_map<(i, j) -> (j)>
func.func @epilogue(%a: tensor<32x64xf32>, %w: tensor<64x48xf32>, %bias: tensor<48xf32>) -> tensor<32x48xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<32x48xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<32x48xf32>) -> tensor<32x48xf32>
  %m = linalg.matmul ins(%a, %w : tensor<32x64xf32>, tensor<64x48xf32>) outs(%f : tensor<32x48xf32>) -> tensor<32x48xf32>
  %s = linalg.generic {indexing_maps = [#id, #column, #id], iterator_types = ["parallel", "parallel"]}
      ins(%m, %bias : tensor<32x48xf32>, tensor<48xf32>) outs(%e : tensor<32x48xf32>) {
  ^bb0(%x: f32, %y: f32, %o: f32):
    %0 = arith.addf %x, %y : f32
    linalg.yield %0 : f32
  } -> tensor<32x48xf32>
  %r = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%s : tensor<32x48xf32>) outs(%e : tensor<32x48xf32>) {
  ^bb0(%x: f32, %o: f32):
    %0 = arith.maximumf %x, %zero : f32
    linalg.yield %0 : f32
  } -> tensor<32x48xf32>
  return %r : tensor<32x48xf32>
}

// -----

// The sum of two contractions joins one of them and reads the other's result from memory.
// CHECK-LABEL: func.func @residual(
// CHECK-SAME: %[[A:.*]]: tensor<?x64xf32>, %[[B:.*]]: tensor<?x64xf32>, %[[W:.*]]: tensor<64x64xf32>)
// CHECK: %[[X:.*]] = linalg_ext.dispatch @[[PLAIN:.*]] ins(%{{[AB[:alnum:]]+}}, %[[W]] :
// CHECK: linalg_ext.dispatch @[[SUM:.*]] ins(%{{.*}}, %[[W]], %[[X]] :
// CHECK-NOT: linalg_ext.dispatch
// CHECK: return
// CHECK: func.func private @[[PLAIN]]({{.*}}ingot.form = "contract"
// CHECK: func.func private @[[SUM]]({{.*}}ingot.form = "contract"
// CHECK: arith.mulf
// CHECK: linalg.generic
// CHECK: arith.addf
#id = affine_map<(i, j) -> (i, j)>
func.func @residual(%a: tensor<?x64xf32>, %b: tensor<?x64xf32>, %w: tensor<64x64xf32>) -> tensor<?x64xf32> {
  %zero = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  %n = tensor.dim %a, %c0 : tensor<?x64xf32>
  %e = tensor.empty(%n) : tensor<?x64xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<?x64xf32>) -> tensor<?x64xf32>
  %x = linalg.matmul ins(%a, %w : tensor<?x64xf32>, tensor<64x64xf32>) outs(%f : tensor<?x64xf32>) -> tensor<?x64xf32>
  %y = linalg.matmul ins(%b, %w : tensor<?x64xf32>, tensor<64x64xf32>) outs(%f : tensor<?x64xf32>) -> tensor<?x64xf32>
  %r = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %y : tensor<?x64xf32>, tensor<?x64xf32>) outs(%e : tensor<?x64xf32>) {
  ^bb0(%p: f32, %q: f32, %o: f32):
    %0 = arith.addf %p, %q : f32
    linalg.yield %0 : f32
  } -> tensor<?x64xf32>
  return %r : tensor<?x64xf32>
}

// -----

// Softmax spelled out is one kernel of the form `rows`, also where sizes are dynamic: the input is read whole by the first and the
// second step, which proves that their domains are the same.
// CHECK-LABEL: func.func @softmax(
// CHECK: linalg_ext.dispatch @[[K:.*]] ins(%{{.*}} : tensor<?x?xf32>)
// CHECK-NOT: linalg_ext.dispatch
// CHECK: return
// CHECK: func.func private @[[K]]({{.*}}ingot.form = "rows"
// CHECK: arith.maximumf
// CHECK: math.exp
// CHECK: arith.addf
// CHECK: arith.divf
#id = affine_map<(i, j) -> (i, j)>
#row = affine_map<(i, j) -> (i)>
func.func @softmax(%x: tensor<?x?xf32>) -> tensor<?x?xf32> {
  %zero = arith.constant 0.0 : f32
  %lowest = arith.constant 0xFF800000 : f32
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %n = tensor.dim %x, %c0 : tensor<?x?xf32>
  %k = tensor.dim %x, %c1 : tensor<?x?xf32>
  %e1 = tensor.empty(%n) : tensor<?xf32>
  %e2 = tensor.empty(%n, %k) : tensor<?x?xf32>
  %f1 = linalg.fill ins(%lowest : f32) outs(%e1 : tensor<?xf32>) -> tensor<?xf32>
  %m = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<?x?xf32>) outs(%f1 : tensor<?xf32>) {
  ^bb0(%a: f32, %o: f32):
    %0 = arith.maximumf %a, %o : f32
    linalg.yield %0 : f32
  } -> tensor<?xf32>
  %p = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %m : tensor<?x?xf32>, tensor<?xf32>) outs(%e2 : tensor<?x?xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %0 = arith.subf %a, %b : f32
    %1 = math.exp %0 : f32
    linalg.yield %1 : f32
  } -> tensor<?x?xf32>
  %f2 = linalg.fill ins(%zero : f32) outs(%e1 : tensor<?xf32>) -> tensor<?xf32>
  %s = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
      ins(%p : tensor<?x?xf32>) outs(%f2 : tensor<?xf32>) {
  ^bb0(%a: f32, %o: f32):
    %0 = arith.addf %a, %o : f32
    linalg.yield %0 : f32
  } -> tensor<?xf32>
  %r = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]}
      ins(%p, %s : tensor<?x?xf32>, tensor<?xf32>) outs(%e2 : tensor<?x?xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %0 = arith.divf %a, %b : f32
    linalg.yield %0 : f32
  } -> tensor<?x?xf32>
  return %r : tensor<?x?xf32>
}

// -----

// Layer normalization as exporters spell it: mean, difference, square, mean, square root, scale and shift. The work on one number
// a row is inside as well.
// CHECK-LABEL: func.func @layer_norm(
// CHECK: linalg_ext.dispatch @[[K:.*]] ins(%{{.*}}, %{{.*}}, %{{.*}} : tensor<8x768xf32>, tensor<768xf32>, tensor<768xf32>)
// CHECK-NOT: linalg_ext.dispatch
// CHECK: return
// CHECK: func.func private @[[K]]({{.*}}ingot.form = "rows"
// CHECK: math.rsqrt
#id = affine_map<(i, j) -> (i, j)>
#row = affine_map<(i, j) -> (i)>
#column = affine_map<(i, j) -> (j)>
#one = affine_map<(i) -> (i)>
func.func @layer_norm(%x: tensor<8x768xf32>, %scale: tensor<768xf32>, %shift: tensor<768xf32>) -> tensor<8x768xf32> {
  %zero = arith.constant 0.0 : f32
  %n = arith.constant 768.0 : f32
  %eps = arith.constant 1.0e-5 : f32
  %e1 = tensor.empty() : tensor<8xf32>
  %e2 = tensor.empty() : tensor<8x768xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e1 : tensor<8xf32>) -> tensor<8xf32>
  %sum = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<8x768xf32>) outs(%f : tensor<8xf32>) {
  ^bb0(%a: f32, %o: f32):
    %0 = arith.addf %a, %o : f32
    linalg.yield %0 : f32
  } -> tensor<8xf32>
  %mean = linalg.generic {indexing_maps = [#one, #one], iterator_types = ["parallel"]} ins(%sum : tensor<8xf32>) outs(%e1 : tensor<8xf32>) {
  ^bb0(%a: f32, %o: f32):
    %0 = arith.divf %a, %n : f32
    linalg.yield %0 : f32
  } -> tensor<8xf32>
  %d = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %mean : tensor<8x768xf32>, tensor<8xf32>) outs(%e2 : tensor<8x768xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %0 = arith.subf %a, %b : f32
    linalg.yield %0 : f32
  } -> tensor<8x768xf32>
  %squares = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
      ins(%d : tensor<8x768xf32>) outs(%f : tensor<8xf32>) {
  ^bb0(%a: f32, %o: f32):
    %0 = arith.mulf %a, %a : f32
    %1 = arith.addf %0, %o : f32
    linalg.yield %1 : f32
  } -> tensor<8xf32>
  %factor = linalg.generic {indexing_maps = [#one, #one], iterator_types = ["parallel"]} ins(%squares : tensor<8xf32>) outs(%e1 : tensor<8xf32>) {
  ^bb0(%a: f32, %o: f32):
    %0 = arith.divf %a, %n : f32
    %1 = arith.addf %0, %eps : f32
    %2 = math.rsqrt %1 : f32
    linalg.yield %2 : f32
  } -> tensor<8xf32>
  %r = linalg.generic {indexing_maps = [#id, #row, #column, #column, #id], iterator_types = ["parallel", "parallel"]}
      ins(%d, %factor, %scale, %shift : tensor<8x768xf32>, tensor<8xf32>, tensor<768xf32>, tensor<768xf32>) outs(%e2 : tensor<8x768xf32>) {
  ^bb0(%a: f32, %b: f32, %c: f32, %s: f32, %o: f32):
    %0 = arith.mulf %a, %b : f32
    %1 = arith.mulf %0, %c : f32
    %2 = arith.addf %1, %s : f32
    linalg.yield %2 : f32
  } -> tensor<8x768xf32>
  return %r : tensor<8x768xf32>
}

// -----

// A reduction of what is left after another, or of other dimensions, is a pass of its own.
// CHECK-LABEL: func.func @other_dims(
// CHECK: %[[ROWS:.*]]:2 = linalg_ext.dispatch
// CHECK: linalg_ext.dispatch @{{.*}} ins(%[[ROWS]]
// CHECK: linalg_ext.dispatch @{{.*}} ins(%[[ROWS]]
// CHECK-NOT: linalg_ext.dispatch
// CHECK: return
#id = affine_map<(i, j) -> (i, j)>
#row = affine_map<(i, j) -> (i)>
#column = affine_map<(i, j) -> (j)>
func.func @other_dims(%x: tensor<8x16xf32>) -> (tensor<16xf32>, tensor<f32>) {
  %zero = arith.constant 0.0 : f32
  %e0 = tensor.empty() : tensor<8x16xf32>
  %e1 = tensor.empty() : tensor<8xf32>
  %e2 = tensor.empty() : tensor<16xf32>
  %e3 = tensor.empty() : tensor<f32>
  %f1 = linalg.fill ins(%zero : f32) outs(%e1 : tensor<8xf32>) -> tensor<8xf32>
  %f2 = linalg.fill ins(%zero : f32) outs(%e2 : tensor<16xf32>) -> tensor<16xf32>
  %f3 = linalg.fill ins(%zero : f32) outs(%e3 : tensor<f32>) -> tensor<f32>
  %y = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%x : tensor<8x16xf32>) outs(%e0 : tensor<8x16xf32>) {
  ^bb0(%a: f32, %o: f32):
    %0 = math.exp %a : f32
    linalg.yield %0 : f32
  } -> tensor<8x16xf32>
  %rows = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]} ins(%y : tensor<8x16xf32>) outs(%f1 : tensor<8xf32>) {
  ^bb0(%a: f32, %o: f32):
    %0 = arith.addf %a, %o : f32
    linalg.yield %0 : f32
  } -> tensor<8xf32>
  %columns = linalg.generic {indexing_maps = [#id, #column], iterator_types = ["reduction", "parallel"]} ins(%y : tensor<8x16xf32>) outs(%f2 : tensor<16xf32>) {
  ^bb0(%a: f32, %o: f32):
    %0 = arith.addf %a, %o : f32
    linalg.yield %0 : f32
  } -> tensor<16xf32>
  %all = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> ()>], iterator_types = ["reduction"]}
      ins(%rows : tensor<8xf32>) outs(%f3 : tensor<f32>) {
  ^bb0(%a: f32, %o: f32):
    %0 = arith.addf %a, %o : f32
    linalg.yield %0 : f32
  } -> tensor<f32>
  return %columns, %all : tensor<16xf32>, tensor<f32>
}

// -----

// The value of the first step is needed by an op that stays in the main function, before the second: the two cannot be one kernel.
// CHECK-LABEL: func.func @needed_between(
// CHECK: %[[FIRST:.*]] = linalg_ext.dispatch
// CHECK: %[[SORTED:.*]] = linalg_ext.scan sum ins(%[[FIRST]]
// CHECK: linalg_ext.dispatch @{{.*}} ins(%[[FIRST]], %[[SORTED]]
#one = affine_map<(i) -> (i)>
func.func @needed_between(%x: tensor<64xf32>) -> tensor<64xf32> {
  %e = tensor.empty() : tensor<64xf32>
  %y = linalg.generic {indexing_maps = [#one, #one], iterator_types = ["parallel"]} ins(%x : tensor<64xf32>) outs(%e : tensor<64xf32>) {
  ^bb0(%a: f32, %o: f32):
    %0 = math.exp %a : f32
    linalg.yield %0 : f32
  } -> tensor<64xf32>
  %s = linalg_ext.scan sum ins(%y : tensor<64xf32>) outs(%e : tensor<64xf32>) axis = 0 -> tensor<64xf32>
  %r = linalg.generic {indexing_maps = [#one, #one, #one], iterator_types = ["parallel"]}
      ins(%y, %s : tensor<64xf32>, tensor<64xf32>) outs(%e : tensor<64xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %0 = arith.addf %a, %b : f32
    linalg.yield %0 : f32
  } -> tensor<64xf32>
  return %r : tensor<64xf32>
}

// -----

// A value that is also needed later is another result of the kernel.
// CHECK-LABEL: func.func @two_results(
// CHECK: %[[R:.*]]:2 = linalg_ext.dispatch
// CHECK-NOT: linalg_ext.dispatch
// CHECK: return %[[R]]#0, %[[R]]#1
#one = affine_map<(i) -> (i)>
func.func @two_results(%x: tensor<64xf32>) -> (tensor<64xf32>, tensor<64xf32>) {
  %e = tensor.empty() : tensor<64xf32>
  %y = linalg.generic {indexing_maps = [#one, #one], iterator_types = ["parallel"]} ins(%x : tensor<64xf32>) outs(%e : tensor<64xf32>) {
  ^bb0(%a: f32, %o: f32):
    %0 = math.exp %a : f32
    linalg.yield %0 : f32
  } -> tensor<64xf32>
  %r = linalg.generic {indexing_maps = [#one, #one], iterator_types = ["parallel"]} ins(%y : tensor<64xf32>) outs(%e : tensor<64xf32>) {
  ^bb0(%a: f32, %o: f32):
    %0 = arith.negf %a : f32
    linalg.yield %0 : f32
  } -> tensor<64xf32>
  return %y, %r : tensor<64xf32>, tensor<64xf32>
}

// -----

// The input of the next convolution is padded: the producer stores into the interior of the padded buffer.
// CHECK-LABEL: func.func @pad(
// CHECK: linalg_ext.dispatch @[[K:.*]] ins(%{{.*}} : tensor<1x?x8x16xf32>){{.*}} -> tensor<1x?x10x16xf32>
// CHECK-NOT: linalg_ext.dispatch
// CHECK: return
// CHECK: func.func private @[[K]]({{.*}}ingot.form = "map"
// CHECK: linalg.generic
// CHECK: tensor.pad
#id = affine_map<(n, h, w, c) -> (n, h, w, c)>
func.func @pad(%x: tensor<1x?x8x16xf32>) -> tensor<1x?x10x16xf32> {
  %zero = arith.constant 0.0 : f32
  %c1 = arith.constant 1 : index
  %h = tensor.dim %x, %c1 : tensor<1x?x8x16xf32>
  %e = tensor.empty(%h) : tensor<1x?x8x16xf32>
  %y = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%x : tensor<1x?x8x16xf32>) outs(%e : tensor<1x?x8x16xf32>) {
  ^bb0(%a: f32, %o: f32):
    %0 = arith.maximumf %a, %zero : f32
    linalg.yield %0 : f32
  } -> tensor<1x?x8x16xf32>
  %p = tensor.pad %y low[0, 1, 1, 0] high[0, 1, 1, 0] {
  ^bb0(%i: index, %j: index, %k: index, %l: index):
    tensor.yield %zero : f32
  } : tensor<1x?x8x16xf32> to tensor<1x?x10x16xf32>
  return %p : tensor<1x?x10x16xf32>
}

// -----

// A transpose that leaves the innermost dimension in its place only changes where the contraction stores its rows. What comes after
// would run in the other order: it is a kernel of its own.
// CHECK-LABEL: func.func @permuted(
// CHECK: %[[T:.*]] = linalg_ext.dispatch @[[K:.*]] ins(%{{.*}}, %{{.*}} : tensor<4x8x64xf32>, tensor<64x32xf32>){{.*}} -> tensor<8x4x32xf32>
// CHECK: linalg_ext.dispatch @{{.*}} ins(%[[T]] :
// CHECK-NOT: linalg_ext.dispatch
// CHECK: return
// CHECK: func.func private @[[K]]({{.*}}ingot.form = "contract"
#a = affine_map<(i, j, n, k) -> (i, j, k)>
#w = affine_map<(i, j, n, k) -> (k, n)>
#r = affine_map<(i, j, n, k) -> (i, j, n)>
#id = affine_map<(i, j, n) -> (i, j, n)>
#swap = affine_map<(i, j, n) -> (j, i, n)>
func.func @permuted(%a: tensor<4x8x64xf32>, %w: tensor<64x32xf32>) -> tensor<8x4x32xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<4x8x32xf32>
  %e2 = tensor.empty() : tensor<8x4x32xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<4x8x32xf32>) -> tensor<4x8x32xf32>
  %m = linalg.contract indexing_maps = [#a, #w, #r] ins(%a, %w : tensor<4x8x64xf32>, tensor<64x32xf32>)
      outs(%f : tensor<4x8x32xf32>) -> tensor<4x8x32xf32>
  %t = linalg.generic {indexing_maps = [#swap, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%m : tensor<4x8x32xf32>) outs(%e2 : tensor<8x4x32xf32>) {
  ^bb0(%x: f32, %o: f32):
    linalg.yield %x : f32
  } -> tensor<8x4x32xf32>
  %r = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%t : tensor<8x4x32xf32>) outs(%e2 : tensor<8x4x32xf32>) {
  ^bb0(%x: f32, %o: f32):
    %0 = math.tanh %x : f32
    linalg.yield %0 : f32
  } -> tensor<8x4x32xf32>
  return %r : tensor<8x4x32xf32>
}

// -----

// One that moves the innermost dimension does not join: it would store single elements.
// CHECK-LABEL: func.func @transposed(
// CHECK: %[[M:.*]] = linalg_ext.dispatch @kernel_contract
// CHECK: linalg_ext.dispatch @kernel_map{{.*}} ins(%[[M]] :
func.func @transposed(%a: tensor<16x64xf32>, %w: tensor<64x32xf32>) -> tensor<32x16xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<16x32xf32>
  %e2 = tensor.empty() : tensor<32x16xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<16x32xf32>) -> tensor<16x32xf32>
  %m = linalg.matmul ins(%a, %w : tensor<16x64xf32>, tensor<64x32xf32>) outs(%f : tensor<16x32xf32>) -> tensor<16x32xf32>
  %t = linalg.transpose ins(%m : tensor<16x32xf32>) outs(%e2 : tensor<32x16xf32>) permutation = [1, 0]
  return %t : tensor<32x16xf32>
}

// -----

// Slices and changes of shape are read through: they are part of the kernel, which gets the whole tensor.
// CHECK-LABEL: func.func @views(
// CHECK-SAME: %[[X:.*]]: tensor<4x3x64xf32>, %[[AT:.*]]: index)
// CHECK-NOT: tensor.extract_slice
// CHECK: linalg_ext.dispatch @[[K:.*]] ins(%[[X]] : tensor<4x3x64xf32>) scalars(%[[AT]] : index)
// CHECK: return
// CHECK: func.func private @[[K]](%[[WHOLE:.*]]: tensor<4x3x64xf32>, %[[OFFSET:.*]]: index, %{{.*}}: tensor<4x8x8xf32>)
// CHECK: tensor.extract_slice %[[WHOLE]][0, %[[OFFSET]], 0]
// CHECK: tensor.expand_shape
// CHECK: linalg.generic
#id = affine_map<(i, j, k) -> (i, j, k)>
func.func @views(%x: tensor<4x3x64xf32>, %at: index) -> tensor<4x8x8xf32> {
  %s = tensor.extract_slice %x[0, %at, 0] [4, 1, 64] [1, 1, 1] : tensor<4x3x64xf32> to tensor<4x64xf32>
  %v = tensor.expand_shape %s [[0], [1, 2]] output_shape [4, 8, 8] : tensor<4x64xf32> into tensor<4x8x8xf32>
  %e = tensor.empty() : tensor<4x8x8xf32>
  %r = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%v : tensor<4x8x8xf32>) outs(%e : tensor<4x8x8xf32>) {
  ^bb0(%a: f32, %o: f32):
    %0 = math.exp %a : f32
    linalg.yield %0 : f32
  } -> tensor<4x8x8xf32>
  return %r : tensor<4x8x8xf32>
}

// -----

// Merging dimensions that do not lie one after another has no strides: the slice stays in the main function.
// CHECK-LABEL: func.func @no_strides(
// CHECK: tensor.extract_slice
// CHECK: linalg_ext.dispatch
// CHECK: return
#one = affine_map<(i) -> (i)>
func.func @no_strides(%x: tensor<4x64xf32>) -> tensor<128xf32> {
  %s = tensor.extract_slice %x[0, 0] [4, 32] [1, 1] : tensor<4x64xf32> to tensor<4x32xf32>
  %v = tensor.collapse_shape %s [[0, 1]] : tensor<4x32xf32> into tensor<128xf32>
  %e = tensor.empty() : tensor<128xf32>
  %r = linalg.generic {indexing_maps = [#one, #one], iterator_types = ["parallel"]} ins(%v : tensor<128xf32>) outs(%e : tensor<128xf32>) {
  ^bb0(%a: f32, %o: f32):
    %0 = math.exp %a : f32
    linalg.yield %0 : f32
  } -> tensor<128xf32>
  return %r : tensor<128xf32>
}

// -----

// Equal work is one kernel, also in several functions. The constants that they read are arguments, scalars are part of the code.
// CHECK-LABEL: func.func @equal(
// CHECK: linalg_ext.dispatch @[[K:.*]] ins(
// CHECK: linalg_ext.dispatch @[[K]] ins(
// CHECK: linalg_ext.dispatch @[[OTHER:.*]] ins(
// CHECK: return
// CHECK: func.func private @[[K]](
// CHECK: func.func private @[[OTHER]](
// CHECK-NOT: func.func private
#one = affine_map<(i) -> (i)>
func.func @equal(%x: tensor<64xf32>) -> (tensor<64xf32>, tensor<64xf32>, tensor<64xf32>) {
  %two = arith.constant 2.0 : f32
  %three = arith.constant 3.0 : f32
  %e = tensor.empty() : tensor<64xf32>
  %y = linalg.generic {indexing_maps = [#one, #one], iterator_types = ["parallel"]} ins(%x : tensor<64xf32>) outs(%e : tensor<64xf32>) {
  ^bb0(%a: f32, %o: f32):
    %0 = arith.mulf %a, %two : f32
    linalg.yield %0 : f32
  } -> tensor<64xf32>
  %s = linalg_ext.scan sum ins(%y : tensor<64xf32>) outs(%e : tensor<64xf32>) axis = 0 -> tensor<64xf32>
  %z = linalg.generic {indexing_maps = [#one, #one], iterator_types = ["parallel"]} ins(%s : tensor<64xf32>) outs(%e : tensor<64xf32>) {
  ^bb0(%a: f32, %o: f32):
    %0 = arith.mulf %a, %two : f32
    linalg.yield %0 : f32
  } -> tensor<64xf32>
  %t = linalg_ext.scan sum ins(%s : tensor<64xf32>) outs(%e : tensor<64xf32>) axis = 0 -> tensor<64xf32>
  %w = linalg.generic {indexing_maps = [#one, #one], iterator_types = ["parallel"]} ins(%t : tensor<64xf32>) outs(%e : tensor<64xf32>) {
  ^bb0(%a: f32, %o: f32):
    %0 = arith.mulf %a, %three : f32
    linalg.yield %0 : f32
  } -> tensor<64xf32>
  return %y, %z, %w : tensor<64xf32>, tensor<64xf32>, tensor<64xf32>
}

// -----

// Elementwise work takes a tensor of equal elements as a number; a convolution reads its filter from memory in any case.
// CHECK-LABEL: func.func @splat(
// CHECK-DAG: %[[FILTER:.*]] = arith.constant dense<2.0{{.*}}> : tensor<3x3x8x16xf32>
// CHECK: linalg_ext.dispatch @[[K:.*]] ins(%{{.*}}, %[[FILTER]] : tensor<1x10x10x8xf32>, tensor<3x3x8x16xf32>) scalars()
// CHECK: return
// CHECK: func.func private @[[K]]({{.*}}ingot.form = "contract"
// CHECK-DAG: arith.constant dense<5.0
// CHECK: arith.mulf
#id = affine_map<(n, h, w, c) -> (n, h, w, c)>
func.func @splat(%x: tensor<1x10x10x8xf32>) -> tensor<1x8x8x16xf32> {
  %zero = arith.constant 0.0 : f32
  %w = arith.constant dense<2.0> : tensor<3x3x8x16xf32>
  %five = arith.constant dense<5.0> : tensor<1x8x8x16xf32>
  %e = tensor.empty() : tensor<1x8x8x16xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x8x8x16xf32>) -> tensor<1x8x8x16xf32>
  %c = linalg.conv_2d_nhwc_hwcf ins(%x, %w : tensor<1x10x10x8xf32>, tensor<3x3x8x16xf32>) outs(%f : tensor<1x8x8x16xf32>) -> tensor<1x8x8x16xf32>
  %r = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%c, %five : tensor<1x8x8x16xf32>, tensor<1x8x8x16xf32>) outs(%e : tensor<1x8x8x16xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %0 = arith.mulf %a, %b : f32
    linalg.yield %0 : f32
  } -> tensor<1x8x8x16xf32>
  return %r : tensor<1x8x8x16xf32>
}

// -----

// A depthwise convolution is a window, with the epilogue of one.
// CHECK-LABEL: func.func @window(
// CHECK: linalg_ext.dispatch @[[K:.*]] ins(
// CHECK-NOT: linalg_ext.dispatch
// CHECK: return
// CHECK: func.func private @[[K]]({{.*}}ingot.form = "window"
#id = affine_map<(n, h, w, c) -> (n, h, w, c)>
func.func @window(%x: tensor<1x10x10x8xf32>, %w: tensor<3x3x8xf32>) -> tensor<1x8x8x8xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x8x8x8xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x8x8x8xf32>) -> tensor<1x8x8x8xf32>
  %c = linalg.depthwise_conv_2d_nhwc_hwc ins(%x, %w : tensor<1x10x10x8xf32>, tensor<3x3x8xf32>) outs(%f : tensor<1x8x8x8xf32>) -> tensor<1x8x8x8xf32>
  %r = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%c : tensor<1x8x8x8xf32>) outs(%e : tensor<1x8x8x8xf32>) {
  ^bb0(%a: f32, %o: f32):
    %0 = arith.maximumf %a, %zero : f32
    linalg.yield %0 : f32
  } -> tensor<1x8x8x8xf32>
  return %r : tensor<1x8x8x8xf32>
}

// -----

// Work in a branch forms its kernels there.
// CHECK-LABEL: func.func @branch(
// CHECK: scf.if
// CHECK: linalg_ext.dispatch
// CHECK: else
// CHECK: return
#one = affine_map<(i) -> (i)>
func.func @branch(%c: i1, %x: tensor<64xf32>) -> tensor<64xf32> {
  %e = tensor.empty() : tensor<64xf32>
  %r = scf.if %c -> tensor<64xf32> {
    %y = linalg.generic {indexing_maps = [#one, #one], iterator_types = ["parallel"]} ins(%x : tensor<64xf32>) outs(%e : tensor<64xf32>) {
    ^bb0(%a: f32, %o: f32):
      %0 = math.exp %a : f32
      linalg.yield %0 : f32
    } -> tensor<64xf32>
    scf.yield %y : tensor<64xf32>
  } else {
    scf.yield %x : tensor<64xf32>
  }
  return %r : tensor<64xf32>
}

// -----

// The gates of a product with constant weights are combined in its kernel.
// CHECK-LABEL: func.func @gates(
// CHECK: linalg_ext.dispatch @[[K:.*]] ins(
// CHECK-NOT: extract_slice
// CHECK-NOT: linalg_ext.dispatch
// CHECK: return
// CHECK: func.func private @[[K]]({{.*}}) -> tensor<?x16xf32> attributes {ingot.form = "contract"
// CHECK-COUNT-2: tensor.extract_slice
// CHECK: arith.mulf
// CHECK: return
#id = affine_map<(i, j) -> (i, j)>
func.func @gates(%a: tensor<?x8xf32>) -> tensor<?x16xf32> {
  %w = arith.constant dense<0.5> : tensor<8x32xf32>
  %zero = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  %n = tensor.dim %a, %c0 : tensor<?x8xf32>
  %e = tensor.empty(%n) : tensor<?x32xf32>
  %o = tensor.empty(%n) : tensor<?x16xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<?x32xf32>) -> tensor<?x32xf32>
  %m = linalg.matmul ins(%a, %w : tensor<?x8xf32>, tensor<8x32xf32>) outs(%f : tensor<?x32xf32>) -> tensor<?x32xf32>
  %first = tensor.extract_slice %m[0, 0] [%n, 16] [1, 1] : tensor<?x32xf32> to tensor<?x16xf32>
  %second = tensor.extract_slice %m[0, 16] [%n, 16] [1, 1] : tensor<?x32xf32> to tensor<?x16xf32>
  %y = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%first, %second : tensor<?x16xf32>, tensor<?x16xf32>) outs(%o : tensor<?x16xf32>) {
  ^bb0(%x: f32, %y: f32, %s: f32):
    %0 = arith.mulf %x, %y : f32
    linalg.yield %0 : f32
  } -> tensor<?x16xf32>
  return %y : tensor<?x16xf32>
}

// -----

// Other weights are not packed gate by gate.
// CHECK-LABEL: func.func @gates_of_input(
// CHECK: linalg_ext.dispatch
// CHECK: linalg_ext.dispatch
// CHECK: return
#id = affine_map<(i, j) -> (i, j)>
func.func @gates_of_input(%a: tensor<?x8xf32>, %w: tensor<8x32xf32>) -> tensor<?x16xf32> {
  %zero = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  %n = tensor.dim %a, %c0 : tensor<?x8xf32>
  %e = tensor.empty(%n) : tensor<?x32xf32>
  %o = tensor.empty(%n) : tensor<?x16xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<?x32xf32>) -> tensor<?x32xf32>
  %m = linalg.matmul ins(%a, %w : tensor<?x8xf32>, tensor<8x32xf32>) outs(%f : tensor<?x32xf32>) -> tensor<?x32xf32>
  %first = tensor.extract_slice %m[0, 0] [%n, 16] [1, 1] : tensor<?x32xf32> to tensor<?x16xf32>
  %second = tensor.extract_slice %m[0, 16] [%n, 16] [1, 1] : tensor<?x32xf32> to tensor<?x16xf32>
  %y = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%first, %second : tensor<?x16xf32>, tensor<?x16xf32>) outs(%o : tensor<?x16xf32>) {
  ^bb0(%x: f32, %y: f32, %s: f32):
    %0 = arith.mulf %x, %y : f32
    linalg.yield %0 : f32
  } -> tensor<?x16xf32>
  return %y : tensor<?x16xf32>
}

// -----

// A product that is needed whole is stored anyway.
// CHECK-LABEL: func.func @gates_and_all(
// CHECK: linalg_ext.dispatch
// CHECK: linalg_ext.dispatch
// CHECK: return
#id = affine_map<(i, j) -> (i, j)>
func.func @gates_and_all(%a: tensor<?x8xf32>) -> (tensor<?x16xf32>, tensor<?x32xf32>) {
  %w = arith.constant dense<0.5> : tensor<8x32xf32>
  %zero = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  %n = tensor.dim %a, %c0 : tensor<?x8xf32>
  %e = tensor.empty(%n) : tensor<?x32xf32>
  %o = tensor.empty(%n) : tensor<?x16xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<?x32xf32>) -> tensor<?x32xf32>
  %m = linalg.matmul ins(%a, %w : tensor<?x8xf32>, tensor<8x32xf32>) outs(%f : tensor<?x32xf32>) -> tensor<?x32xf32>
  %first = tensor.extract_slice %m[0, 0] [%n, 16] [1, 1] : tensor<?x32xf32> to tensor<?x16xf32>
  %second = tensor.extract_slice %m[0, 16] [%n, 16] [1, 1] : tensor<?x32xf32> to tensor<?x16xf32>
  %y = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%first, %second : tensor<?x16xf32>, tensor<?x16xf32>) outs(%o : tensor<?x16xf32>) {
  ^bb0(%x: f32, %y: f32, %s: f32):
    %0 = arith.mulf %x, %y : f32
    linalg.yield %0 : f32
  } -> tensor<?x16xf32>
  return %y, %m : tensor<?x16xf32>, tensor<?x32xf32>
}

// -----

// Zeros that are data as well stay the start of the product: it would be no contraction otherwise.
// CHECK-LABEL: func.func @shared_zeros
// CHECK: linalg_ext.dispatch @kernel_contract
func.func @shared_zeros(%a: tensor<8x16xf32>, %b: tensor<16x32xf32>, %part: tensor<4x32xf32>) -> (tensor<8x32xf32>, tensor<8x32xf32>) {
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty() : tensor<8x32xf32>
  %zeros = linalg.fill ins(%zero : f32) outs(%empty : tensor<8x32xf32>) -> tensor<8x32xf32>
  %product = linalg.matmul ins(%a, %b : tensor<8x16xf32>, tensor<16x32xf32>) outs(%zeros : tensor<8x32xf32>) -> tensor<8x32xf32>
  %spread = tensor.insert_slice %part into %zeros[0, 0] [4, 32] [2, 1] : tensor<4x32xf32> into tensor<8x32xf32>
  return %product, %spread : tensor<8x32xf32>, tensor<8x32xf32>
}

// -----

// Half of a dimension was cut away: what lies on both sides of the one element that is left is no run of memory, and is copied.
// CHECK-LABEL: func.func @cutMiddle(
// CHECK: tensor.extract_slice
// CHECK: linalg_ext.dispatch
#id = affine_map<(i, j) -> (i, j)>
func.func @cutMiddle(%x: tensor<7x4x3x16xf32>) -> tensor<7x64xf32> {
  %s = tensor.extract_slice %x[0, 0, 1, 0] [7, 4, 1, 16] [1, 1, 1, 1] : tensor<7x4x3x16xf32> to tensor<7x4x1x16xf32>
  %c = tensor.collapse_shape %s [[0], [1, 2, 3]] : tensor<7x4x1x16xf32> into tensor<7x64xf32>
  %e = tensor.empty() : tensor<7x64xf32>
  %r = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%c : tensor<7x64xf32>) outs(%e : tensor<7x64xf32>) {
  ^bb0(%in: f32, %out: f32):
    %v = math.exp %in : f32
    linalg.yield %v : f32
  } -> tensor<7x64xf32>
  return %r : tensor<7x64xf32>
}

// -----

// What a product reads is made before it, also where work on the product's result reads it again.
// CHECK-LABEL: func.func @operand_and_residual
// CHECK: %[[A:.*]] = linalg_ext.dispatch @kernel_map
// CHECK: linalg_ext.dispatch @kernel_contract{{.*}} ins({{.*}}%[[A]]
#same = affine_map<(d0, d1) -> (d0, d1)>
func.func @operand_and_residual(%x: tensor<8x8xf32>, %w: tensor<8x8xf32>) -> tensor<8x8xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<8x8xf32>
  %a = linalg.generic {indexing_maps = [#same, #same], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<8x8xf32>) outs(%e : tensor<8x8xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = arith.maximumf %in, %zero : f32
    linalg.yield %0 : f32
  } -> tensor<8x8xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<8x8xf32>) -> tensor<8x8xf32>
  %m = linalg.matmul ins(%a, %w : tensor<8x8xf32>, tensor<8x8xf32>) outs(%f : tensor<8x8xf32>) -> tensor<8x8xf32>
  %y = linalg.generic {indexing_maps = [#same, #same, #same], iterator_types = ["parallel", "parallel"]}
      ins(%a, %m : tensor<8x8xf32>, tensor<8x8xf32>) outs(%e : tensor<8x8xf32>) {
  ^bb0(%p: f32, %q: f32, %out: f32):
    %0 = arith.addf %p, %q : f32
    linalg.yield %0 : f32
  } -> tensor<8x8xf32>
  return %y : tensor<8x8xf32>
}
