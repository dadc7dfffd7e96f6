// RUN: ingot-opt %s --ingot-to-llvm=cpu=x86-64-v4 | FileCheck %s

// Everything that kernels are made of becomes the LLVM dialect.
// CHECK-LABEL: llvm.func @kernel(
// CHECK-NOT: {{vector\.|scf\.|memref\.|arith\.|unrealized}}
// CHECK: llvm.intr.masked.load
// CHECK: llvm.intr.fmuladd
// CHECK: llvm.intr.masked.store
// CHECK: reassoc
func.func private @kernel(%env: !llvm.ptr, %x: memref<?xf32, strided<[1], offset: ?>>, %y: memref<?xf32, strided<[1], offset: ?>>, %n: index) -> f32 {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %zero = arith.constant 0.0 : f32
  %zeros = vector.broadcast %zero : f32 to vector<16xf32>
  %sum = scf.for %i = %c0 to %n step %c16 iter_args(%acc = %zeros) -> vector<16xf32> {
    %left = arith.subi %n, %i : index
    %mask = vector.create_mask %left : vector<16xi1>
    %a = vector.maskedload %x[%i], %mask, %zeros : memref<?xf32, strided<[1], offset: ?>>, vector<16xi1>, vector<16xf32> into vector<16xf32>
    %b = vector.fma %a, %a, %acc : vector<16xf32>
    vector.maskedstore %y[%i], %mask, %b : memref<?xf32, strided<[1], offset: ?>>, vector<16xi1>, vector<16xf32>
    scf.yield %b : vector<16xf32>
  }
  %total = vector.reduction <add>, %sum : vector<16xf32> into f32
  return %total : f32
}
