// RUN: ingot-opt %s --choose-config=cpu=znver4 --emit-kernels=cpu=znver4 --canonicalize --cse --split-input-file | FileCheck %s --check-prefix=VNNI
// RUN: ingot-opt %s --choose-config=cpu=alderlake --emit-kernels=cpu=alderlake --split-input-file | FileCheck %s --check-prefix=AVXVNNI
// RUN: ingot-opt %s --choose-config=cpu=x86-64-v4 --emit-kernels=cpu=x86-64-v4 --split-input-file | FileCheck %s --check-prefix=V4
// RUN: ingot-opt %s --choose-config=cpu=x86-64-v3 --emit-kernels=cpu=x86-64-v3 --split-input-file | FileCheck %s --check-prefix=V3
// RUN: ingot-opt %s --choose-config=cpu=x86-64-v2 --emit-kernels=cpu=x86-64-v2 --split-input-file | FileCheck %s --check-prefix=V2

// Four bytes of a row are one number for all lanes; what a processor has multiplies them with four of each column. The last step alone
// is read alone.
// VNNI-LABEL: func.func private @bytes(
// VNNI: scf.for %{{.*}} = %c0 to %c8 step %c1 iter_args
// VNNI-COUNT-2: vector.load {{.*}}, vector<64xi8>
// VNNI: %[[FOUR:.*]] = vector.load {{.*}}, vector<4xi8>
// VNNI: %[[ONE:.*]] = vector.bitcast %[[FOUR]] : vector<4xi8> to vector<1xi32>
// VNNI: %[[ROW:.*]] = vector.extract %[[ONE]][0]
// VNNI: %[[ALL:.*]] = vector.broadcast %[[ROW]] : i32 to vector<16xi32>
// VNNI: %[[BYTES:.*]] = vector.bitcast %[[ALL]] : vector<16xi32> to vector<64xi8>
// VNNI: llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%{{.*}}, %[[BYTES]], %{{.*}}) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
// VNNI: scf.yield
// VNNI-NOT: vector<4xi8>
// VNNI: memref.load {{.*}} : memref<?xi8
// VNNI: arith.extui {{.*}} : i8 to i32
// VNNI: llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"
// AVXVNNI: llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.256"
// V4: %[[EVEN:.*]] = llvm.call_intrinsic "llvm.x86.avx512.pmaddw.d.512"(%{{.*}}, %{{.*}}) : (vector<32xi16>, vector<32xi16>) -> vector<16xi32>
// V4: arith.addi %{{.*}}, %[[EVEN]]
// V4: %[[ODD:.*]] = llvm.call_intrinsic "llvm.x86.avx512.pmaddw.d.512"
// V4: arith.addi %{{.*}}, %[[ODD]]
// V3: llvm.call_intrinsic "llvm.x86.avx2.pmadd.wd"
// V2: llvm.call_intrinsic "llvm.x86.sse2.pmadd.wd"
#a = affine_map<(m, n, k) -> (m, k)>
#w = affine_map<(m, n, k) -> (k, n)>
#r = affine_map<(m, n, k) -> (m, n)>
func.func private @bytes(%a: tensor<512x33xi8>, %w: tensor<33x64xi32>, %o: tensor<512x64xi32>) -> tensor<512x64xi32>
    attributes {ingot.kernel, ingot.form = "contract", ingot.config = {grouping = "bytes", packed = 1 : i64, stored = i8}} {
  %zero = arith.constant 0 : i32
  %f = linalg.fill ins(%zero : i32) outs(%o : tensor<512x64xi32>) -> tensor<512x64xi32>
  %y = linalg.generic {indexing_maps = [#a, #w, #r], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %w : tensor<512x33xi8>, tensor<33x64xi32>) outs(%f : tensor<512x64xi32>) {
  ^bb0(%x: i8, %v: i32, %acc: i32):
    %wide = arith.extui %x : i8 to i32
    %product = arith.muli %wide, %v : i32
    %sum = arith.addi %acc, %product : i32
    linalg.yield %sum : i32
  } -> tensor<512x64xi32>
  return %y : tensor<512x64xi32>
}

// -----

// Two words.
// VNNI-LABEL: func.func private @words(
// VNNI: vector.load {{.*}}, vector<32xi16>
// VNNI: %[[TWO:.*]] = vector.load {{.*}}, vector<2xi8>
// VNNI: arith.extui %[[TWO]] : vector<2xi8> to vector<2xi16>
// VNNI: llvm.call_intrinsic "llvm.x86.avx512.vpdpwssd.512"
// V3-LABEL: func.func private @words(
// V3: llvm.call_intrinsic "llvm.x86.avx2.pmadd.wd"
#a = affine_map<(m, n, k) -> (m, k)>
#w = affine_map<(m, n, k) -> (k, n)>
#r = affine_map<(m, n, k) -> (m, n)>
func.func private @words(%a: tensor<512x33xi8>, %w: tensor<33x64xi32>, %o: tensor<512x64xi32>) -> tensor<512x64xi32>
    attributes {ingot.kernel, ingot.form = "contract", ingot.config = {grouping = "words", packed = 1 : i64, stored = i16}} {
  %zero = arith.constant 0 : i32
  %f = linalg.fill ins(%zero : i32) outs(%o : tensor<512x64xi32>) -> tensor<512x64xi32>
  %y = linalg.generic {indexing_maps = [#a, #w, #r], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %w : tensor<512x33xi8>, tensor<33x64xi32>) outs(%f : tensor<512x64xi32>) {
  ^bb0(%x: i8, %v: i32, %acc: i32):
    %wide = arith.extui %x : i8 to i32
    %product = arith.muli %wide, %v : i32
    %sum = arith.addi %acc, %product : i32
    linalg.yield %sum : i32
  } -> tensor<512x64xi32>
  return %y : tensor<512x64xi32>
}

// -----

// Two bf16; where no instruction multiplies them, they are the halves of two f32.
// VNNI-LABEL: func.func private @bf16(
// VNNI: llvm.call_intrinsic "llvm.x86.avx512bf16.dpbf16ps.512"({{.*}}) : (vector<16xf32>, vector<32xbf16>, vector<32xbf16>) -> vector<16xf32>
// V4-LABEL: func.func private @bf16(
// V4: arith.shli {{.*}} : vector<16xi32>
// V4: arith.andi {{.*}} : vector<16xi32>
// V4: vector.fma {{.*}} : vector<16xf32>
#a = affine_map<(m, n, k) -> (m, k)>
#w = affine_map<(m, n, k) -> (k, n)>
#r = affine_map<(m, n, k) -> (m, n)>
func.func private @bf16(%a: tensor<512x32xbf16>, %w: tensor<32x64xbf16>, %o: tensor<512x64xf32>) -> tensor<512x64xf32>
    attributes {ingot.kernel, ingot.form = "contract", ingot.config = {grouping = "bf16", packed = 1 : i64}} {
  %zero = arith.constant 0.0 : f32
  %f = linalg.fill ins(%zero : f32) outs(%o : tensor<512x64xf32>) -> tensor<512x64xf32>
  %y = linalg.generic {indexing_maps = [#a, #w, #r], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %w : tensor<512x32xbf16>, tensor<32x64xbf16>) outs(%f : tensor<512x64xf32>) {
  ^bb0(%x: bf16, %v: bf16, %acc: f32):
    %l = arith.extf %x : bf16 to f32
    %r = arith.extf %v : bf16 to f32
    %product = arith.mulf %l, %r : f32
    %sum = arith.addf %acc, %product : f32
    linalg.yield %sum : f32
  } -> tensor<512x64xf32>
  return %y : tensor<512x64xf32>
}

// -----

// Both made at run time: columns are packed as single steps and put together, rows have their pairs in memory.
// VNNI-LABEL: func.func private @run_time(
// VNNI: memref.alloca() {{.*}} : memref<{{.*}}xbf16
// VNNI: vector.shuffle {{.*}} : vector<16xbf16>, vector<16xbf16>
// VNNI: vector.load {{.*}}, vector<32xbf16>
// VNNI: vector.load {{.*}}, vector<2xbf16>
// VNNI: llvm.call_intrinsic "llvm.x86.avx512bf16.dpbf16ps.512"({{.*}}) : (vector<16xf32>, vector<32xbf16>, vector<32xbf16>) -> vector<16xf32>
// V3-LABEL: func.func private @run_time(
// V3: arith.shli {{.*}} : vector<8xi32>
// V3: vector.fma {{.*}} : vector<8xf32>
#a = affine_map<(m, n, k) -> (m, k)>
#w = affine_map<(m, n, k) -> (k, n)>
#r = affine_map<(m, n, k) -> (m, n)>
func.func private @run_time(%a: tensor<512x128xbf16>, %w: tensor<128x64xbf16>, %o: tensor<512x64xf32>) -> tensor<512x64xf32>
    attributes {ingot.kernel, ingot.form = "contract"} {
  %zero = arith.constant 0.0 : f32
  %f = linalg.fill ins(%zero : f32) outs(%o : tensor<512x64xf32>) -> tensor<512x64xf32>
  %y = linalg.generic {indexing_maps = [#a, #w, #r], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %w : tensor<512x128xbf16>, tensor<128x64xbf16>) outs(%f : tensor<512x64xf32>) {
  ^bb0(%x: bf16, %v: bf16, %acc: f32):
    %l = arith.extf %x : bf16 to f32
    %r = arith.extf %v : bf16 to f32
    %product = arith.mulf %l, %r : f32
    %sum = arith.addf %acc, %product : f32
    linalg.yield %sum : f32
  } -> tensor<512x64xf32>
  return %y : tensor<512x64xf32>
}
