// RUN: ingot-opt %s --form-kernels --pack-weights --split-input-file | FileCheck %s

// Panels of 32 columns, in each the columns of one step of the sum side by side; the last panel has 16 where they suffice, padded with
// zeros. The data follows four bytes that hold its alignment.
// CHECK-LABEL: func.func @panels(
// CHECK: %[[W:.*]] = arith.constant dense_resource<packed> : tensor<96xi8>
// CHECK: linalg_ext.dispatch @[[K:.*]] ins(%{{.*}}, %[[W]] : tensor<4x2xi8>, tensor<96xi8>)
// CHECK: func.func private @[[K]]({{.*}}ingot.config = {packed = 1 : i64}
// CHECK: packed: "0x40000000000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F404142434445464748494A4B4C4D4E4F505152535455565758595A5B5C5D5E5F2021220000000000000000000000000060616200000000000000000000000000"
func.func @panels(%a: tensor<4x2xi8>) -> tensor<4x35xi32> {
  %zero = arith.constant 0 : i32
  %w = arith.constant dense<"0x000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F202122404142434445464748494A4B4C4D4E4F505152535455565758595A5B5C5D5E5F606162"> : tensor<2x35xi8>
  %e = tensor.empty() : tensor<4x35xi32>
  %f = linalg.fill ins(%zero : i32) outs(%e : tensor<4x35xi32>) -> tensor<4x35xi32>
  %r = linalg.matmul ins(%a, %w : tensor<4x2xi8>, tensor<2x35xi8>) outs(%f : tensor<4x35xi32>) -> tensor<4x35xi32>
  return %r : tensor<4x35xi32>
}

// -----

// More than 16 columns take a whole panel.
// CHECK-LABEL: func.func @wide_tail(
// CHECK: arith.constant dense_resource<packed> : tensor<64xi8>
// CHECK: packed: "0x40000000000102030405060708090A0B0C0D0E0F10110000000000000000000000000000404142434445464748494A4B4C4D4E4F50510000000000000000000000000000"
func.func @wide_tail(%a: tensor<4x2xi8>) -> tensor<4x18xi32> {
  %zero = arith.constant 0 : i32
  %w = arith.constant dense<"0x000102030405060708090A0B0C0D0E0F1011404142434445464748494A4B4C4D4E4F5051"> : tensor<2x18xi8>
  %e = tensor.empty() : tensor<4x18xi32>
  %f = linalg.fill ins(%zero : i32) outs(%e : tensor<4x18xi32>) -> tensor<4x18xi32>
  %r = linalg.matmul ins(%a, %w : tensor<4x2xi8>, tensor<2x18xi8>) outs(%f : tensor<4x18xi32>) -> tensor<4x18xi32>
  return %r : tensor<4x18xi32>
}

// -----

// A transposed operand is packed the same way.
// CHECK-LABEL: func.func @transposed(
// CHECK: arith.constant dense_resource<packed> : tensor<32xi8>
// CHECK: packed: "0x400000000010200000000000000000000000000001112100000000000000000000000000"
#a = affine_map<(m, n, k) -> (m, k)>
#w = affine_map<(m, n, k) -> (n, k)>
#r = affine_map<(m, n, k) -> (m, n)>
func.func @transposed(%a: tensor<4x2xi8>) -> tensor<4x3xi32> {
  %zero = arith.constant 0 : i32
  %w = arith.constant dense<"0x000110112021"> : tensor<3x2xi8>
  %e = tensor.empty() : tensor<4x3xi32>
  %f = linalg.fill ins(%zero : i32) outs(%e : tensor<4x3xi32>) -> tensor<4x3xi32>
  %r = linalg.contract indexing_maps = [#a, #w, #r] ins(%a, %w : tensor<4x2xi8>, tensor<3x2xi8>) outs(%f : tensor<4x3xi32>) -> tensor<4x3xi32>
  return %r : tensor<4x3xi32>
}

// -----

// Groups follow one another. One operand for the whole batch would be one group.
// CHECK-LABEL: func.func @groups(
// CHECK: arith.constant dense_resource<packed> : tensor<64xi8>
// CHECK: packed: "0x4000000000010200000000000000000000000000101112000000000000000000000000004041420000000000000000000000000050515200000000000000000000000000"
#a = affine_map<(g, m, n, k) -> (m, g, k)>
#w = affine_map<(g, m, n, k) -> (g, k, n)>
#r = affine_map<(g, m, n, k) -> (m, g, n)>
func.func @groups(%a: tensor<4x2x2xi8>) -> tensor<4x2x3xi32> {
  %zero = arith.constant 0 : i32
  %w = arith.constant dense<"0x000102101112404142505152"> : tensor<2x2x3xi8>
  %e = tensor.empty() : tensor<4x2x3xi32>
  %f = linalg.fill ins(%zero : i32) outs(%e : tensor<4x2x3xi32>) -> tensor<4x2x3xi32>
  %r = linalg.contract indexing_maps = [#a, #w, #r] ins(%a, %w : tensor<4x2x2xi8>, tensor<2x2x3xi8>) outs(%f : tensor<4x2x3xi32>) -> tensor<4x2x3xi32>
  return %r : tensor<4x2x3xi32>
}

// -----

// Integers that were widened for exact sums are stored in the bits that their values need.
// CHECK-LABEL: func.func @narrow(
// CHECK: arith.constant dense_resource<packed> : tensor<16xi8>
// CHECK: ingot.config = {packed = 1 : i64, stored = i8}
// CHECK: packed: "0x40000000649C7F00000000000000000000000000"
func.func @narrow(%a: tensor<4x1xi32>) -> tensor<4x3xi32> {
  %zero = arith.constant 0 : i32
  %w = arith.constant dense<[[100, -100, 127]]> : tensor<1x3xi32>
  %e = tensor.empty() : tensor<4x3xi32>
  %f = linalg.fill ins(%zero : i32) outs(%e : tensor<4x3xi32>) -> tensor<4x3xi32>
  %r = linalg.matmul ins(%a, %w : tensor<4x1xi32>, tensor<1x3xi32>) outs(%f : tensor<4x3xi32>) -> tensor<4x3xi32>
  return %r : tensor<4x3xi32>
}

// -----

// What is not constant is read where it lies.
// CHECK-LABEL: func.func @variable(
// CHECK-SAME: %[[A:.*]]: tensor<4x2xf32>, %[[W:.*]]: tensor<2x16xf32>)
// CHECK: linalg_ext.dispatch @{{.*}} ins(%[[A]], %[[W]] : tensor<4x2xf32>, tensor<2x16xf32>)
// CHECK-NOT: packed
func.func @variable(%a: tensor<4x2xf32>, %w: tensor<2x16xf32>) -> tensor<4x16xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<4x16xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<4x16xf32>) -> tensor<4x16xf32>
  %r = linalg.matmul ins(%a, %w : tensor<4x2xf32>, tensor<2x16xf32>) outs(%f : tensor<4x16xf32>) -> tensor<4x16xf32>
  return %r : tensor<4x16xf32>
}

// -----

// Nor is the operand of a kernel that another call gives something that is not constant.
// CHECK-LABEL: func.func @sometimes(
// CHECK: %[[W:.*]] = arith.constant dense<{{.*}}> : tensor<1x2xf32>
// CHECK: linalg_ext.dispatch @[[K:.*]] ins(%{{.*}}, %[[W]] :
// CHECK: linalg_ext.dispatch @[[K]] ins(
// CHECK-NOT: packed
func.func @sometimes(%a: tensor<4x1xf32>, %v: tensor<1x2xf32>) -> (tensor<4x2xf32>, tensor<4x2xf32>) {
  %zero = arith.constant 0.0 : f32
  %w = arith.constant dense<[[1.0, 2.0]]> : tensor<1x2xf32>
  %e = tensor.empty() : tensor<4x2xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<4x2xf32>) -> tensor<4x2xf32>
  %r = linalg.matmul ins(%a, %w : tensor<4x1xf32>, tensor<1x2xf32>) outs(%f : tensor<4x2xf32>) -> tensor<4x2xf32>
  %s = linalg.matmul ins(%a, %v : tensor<4x1xf32>, tensor<1x2xf32>) outs(%f : tensor<4x2xf32>) -> tensor<4x2xf32>
  return %r, %s : tensor<4x2xf32>, tensor<4x2xf32>
}

// -----

// Bytes times bytes: four steps of the sum lie together for each column, the fifth one alone in the second group. 3 columns in a panel of 16.
// CHECK-LABEL: func.func @bytes(
// CHECK: arith.constant dense_resource<packed> : tensor<128xi8>
// CHECK: ingot.config = {grouping = "bytes", packed = 1 : i64, stored = i8}
// CHECK: packed: "0x40000000000306090104070A0205080B000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000C0000000D0000000E00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
#a = affine_map<(d0, d1, d2) -> (d0, d2)>
#w = affine_map<(d0, d1, d2) -> (d2, d1)>
#r = affine_map<(d0, d1, d2) -> (d0, d1)>
func.func @bytes(%a: tensor<4x5xi8>) -> tensor<4x3xi32> {
  %zero = arith.constant 0 : i32
  %w = arith.constant dense<[[0, 1, 2], [3, 4, 5], [6, 7, 8], [9, 10, 11], [12, 13, 14]]> : tensor<5x3xi32>
  %e = tensor.empty() : tensor<4x3xi32>
  %f = linalg.fill ins(%zero : i32) outs(%e : tensor<4x3xi32>) -> tensor<4x3xi32>
  %y = linalg.generic {indexing_maps = [#a, #w, #r], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %w : tensor<4x5xi8>, tensor<5x3xi32>) outs(%f : tensor<4x3xi32>) {
  ^bb0(%x: i8, %v: i32, %acc: i32):
    %wide = arith.extui %x : i8 to i32
    %product = arith.muli %wide, %v : i32
    %sum = arith.addi %acc, %product : i32
    linalg.yield %sum : i32
  } -> tensor<4x3xi32>
  return %y : tensor<4x3xi32>
}

// -----

// 9 bits need words, two of which lie together.
// CHECK-LABEL: func.func @words(
// CHECK: arith.constant dense_resource<packed> : tensor<64xi16>
// CHECK: ingot.config = {grouping = "words", packed = 1 : i64, stored = i16}
#a = affine_map<(d0, d1, d2) -> (d0, d2)>
#w = affine_map<(d0, d1, d2) -> (d2, d1)>
#r = affine_map<(d0, d1, d2) -> (d0, d1)>
func.func @words(%a: tensor<4x3xi8>) -> tensor<4x3xi32> {
  %zero = arith.constant 0 : i32
  %w = arith.constant dense<[[0, 1, 2], [3, 4, 5], [6, 7, 200]]> : tensor<3x3xi32>
  %e = tensor.empty() : tensor<4x3xi32>
  %f = linalg.fill ins(%zero : i32) outs(%e : tensor<4x3xi32>) -> tensor<4x3xi32>
  %y = linalg.generic {indexing_maps = [#a, #w, #r], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %w : tensor<4x3xi8>, tensor<3x3xi32>) outs(%f : tensor<4x3xi32>) {
  ^bb0(%x: i8, %v: i32, %acc: i32):
    %wide = arith.extui %x : i8 to i32
    %product = arith.muli %wide, %v : i32
    %sum = arith.addi %acc, %product : i32
    linalg.yield %sum : i32
  } -> tensor<4x3xi32>
  return %y : tensor<4x3xi32>
}

// -----

// f32 weights that are whole numbers of 8 bits.
// CHECK-LABEL: func.func @whole(
// CHECK: arith.constant dense_resource<packed> : tensor<32xi8>
// CHECK: ingot.config = {packed = 1 : i64, stored = i8}
func.func @whole(%a: tensor<4x2xf32>) -> tensor<4x3xf32> {
  %zero = arith.constant 0.0 : f32
  %w = arith.constant dense<[[0.0, 1.0, -2.0], [3.0, 127.0, -128.0]]> : tensor<2x3xf32>
  %e = tensor.empty() : tensor<4x3xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<4x3xf32>) -> tensor<4x3xf32>
  %r = linalg.matmul ins(%a, %w : tensor<4x2xf32>, tensor<2x3xf32>) outs(%f : tensor<4x3xf32>) -> tensor<4x3xf32>
  return %r : tensor<4x3xf32>
}

// -----

// Two gates of three columns: each begins with a panel of its own.
// CHECK-LABEL: func.func @gates(
// CHECK: arith.constant dense_resource<packed> : tensor<32xi8>
// CHECK: packed: "0x400000000001020000000000000000000000000003040500000000000000000000000000"
#id = affine_map<(i, j) -> (i, j)>
func.func @gates(%a: tensor<4x1xi8>) -> tensor<4x3xi32> {
  %zero = arith.constant 0 : i32
  %w = arith.constant dense<"0x000102030405"> : tensor<1x6xi8>
  %e = tensor.empty() : tensor<4x6xi32>
  %o = tensor.empty() : tensor<4x3xi32>
  %f = linalg.fill ins(%zero : i32) outs(%e : tensor<4x6xi32>) -> tensor<4x6xi32>
  %r = linalg.matmul ins(%a, %w : tensor<4x1xi8>, tensor<1x6xi8>) outs(%f : tensor<4x6xi32>) -> tensor<4x6xi32>
  %first = tensor.extract_slice %r[0, 0] [4, 3] [1, 1] : tensor<4x6xi32> to tensor<4x3xi32>
  %second = tensor.extract_slice %r[0, 3] [4, 3] [1, 1] : tensor<4x6xi32> to tensor<4x3xi32>
  %y = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%first, %second : tensor<4x3xi32>, tensor<4x3xi32>) outs(%o : tensor<4x3xi32>) {
  ^bb0(%x: i32, %y: i32, %s: i32):
    %0 = arith.muli %x, %y : i32
    linalg.yield %0 : i32
  } -> tensor<4x3xi32>
  return %y : tensor<4x3xi32>
}

// -----

// Pixels of three channels: groups run through a line of the window, whose 9 bytes lie together.
// CHECK-LABEL: func.func @line(
// CHECK: arith.constant dense_resource<packed> : tensor<576xi8>
// CHECK: ingot.config = {grouped_loops = 2 : i64, grouping = "bytes", packed = 1 : i64, stored = i8}
#x = affine_map<(n, h, w, f, kh, kw, c) -> (n, h * 2 + kh, w * 2 + kw, c)>
#f = affine_map<(n, h, w, f, kh, kw, c) -> (kh, kw, c, f)>
#y = affine_map<(n, h, w, f, kh, kw, c) -> (n, h, w, f)>
func.func @line(%a: tensor<1x5x?x3xi8>, %n: index) -> tensor<1x2x?x3xi32> {
  %zero = arith.constant 0 : i32
  %w = arith.constant dense<3> : tensor<3x3x3x3xi32>
  %e = tensor.empty(%n) : tensor<1x2x?x3xi32>
  %f = linalg.fill ins(%zero : i32) outs(%e : tensor<1x2x?x3xi32>) -> tensor<1x2x?x3xi32>
  %y = linalg.generic {indexing_maps = [#x, #f, #y],
      iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]}
      ins(%a, %w : tensor<1x5x?x3xi8>, tensor<3x3x3x3xi32>) outs(%f : tensor<1x2x?x3xi32>) {
  ^bb0(%x: i8, %v: i32, %acc: i32):
    %wide = arith.extui %x : i8 to i32
    %product = arith.muli %wide, %v : i32
    %sum = arith.addi %acc, %product : i32
    linalg.yield %sum : i32
  } -> tensor<1x2x?x3xi32>
  return %y : tensor<1x2x?x3xi32>
}

// -----

// Of several loops of columns the innermost fills panels; each value of the others has its own.
// CHECK-LABEL: func.func @several_columns(
// CHECK: arith.constant dense_resource<packed> : tensor<32xi8>
// CHECK: packed: "0x40000000000102030405060708090A0B0C0D0E0F202122232425262728292A2B2C2D2E2F"
#x = affine_map<(m, o, n, k) -> (m, k)>
#w = affine_map<(m, o, n, k) -> (k, o, n)>
#y = affine_map<(m, o, n, k) -> (m, o, n)>
func.func @several_columns(%a: tensor<4x1xi8>) -> tensor<4x2x16xi32> {
  %zero = arith.constant 0 : i32
  %w = arith.constant dense<"0x000102030405060708090A0B0C0D0E0F202122232425262728292A2B2C2D2E2F"> : tensor<1x2x16xi8>
  %e = tensor.empty() : tensor<4x2x16xi32>
  %f = linalg.fill ins(%zero : i32) outs(%e : tensor<4x2x16xi32>) -> tensor<4x2x16xi32>
  %r = linalg.generic {indexing_maps = [#x, #w, #y], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%a, %w : tensor<4x1xi8>, tensor<1x2x16xi8>) outs(%f : tensor<4x2x16xi32>) {
  ^bb0(%p: i8, %q: i8, %s: i32):
    %0 = arith.extsi %p : i8 to i32
    %1 = arith.extsi %q : i8 to i32
    %2 = arith.muli %0, %1 : i32
    %3 = arith.addi %s, %2 : i32
    linalg.yield %3 : i32
  } -> tensor<4x2x16xi32>
  return %r : tensor<4x2x16xi32>
}
