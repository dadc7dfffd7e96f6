// RUN: ingot-opt %s --pass-pipeline='builtin.module(func.func(expand-math))' | FileCheck %s
// RUN: ingot-opt %s --pass-pipeline='builtin.module(func.func(expand-math{fma=false}))' | FileCheck %s --check-prefix=NOFMA
// RUN: ingot-opt %s --pass-pipeline='builtin.module(func.func(expand-math{scalef=true}))' | FileCheck %s --check-prefix=SCALEF

// CHECK-LABEL: func.func @functions(
// CHECK-NOT: math.{{exp|log|tanh|erf|sin|cos|tan|powf}}
// CHECK: math.fma
// NOFMA-LABEL: func.func @functions(
// NOFMA-NOT: math.fma
func.func @functions(%x: vector<16xf32>, %y: f64) -> (vector<16xf32>, f64) {
  %0 = math.exp %x : vector<16xf32>
  %1 = math.log %0 : vector<16xf32>
  %2 = math.tanh %1 : vector<16xf32>
  %3 = math.erf %2 : vector<16xf32>
  %4 = math.sin %3 : vector<16xf32>
  %5 = math.cos %4 : vector<16xf32>
  %6 = math.tan %5 : vector<16xf32>
  %7 = math.powf %6, %x : vector<16xf32>
  %8 = math.exp %y : f64
  return %7, %8 : vector<16xf32>, f64
}

// What is one instruction stays.
// CHECK-LABEL: func.func @instructions(
// CHECK: math.sqrt
// CHECK: math.roundeven
// CHECK: math.floor
func.func @instructions(%x: f32) -> f32 {
  %0 = math.sqrt %x : f32
  %1 = math.roundeven %0 : f32
  %2 = math.floor %1 : f32
  return %2 : f32
}

// Without FMA there is no conversion of f16 either; bf16 is rounded by hand everywhere.
// CHECK-LABEL: func.func @conversions(
// CHECK: arith.extf %{{.*}} : f16 to f32
// CHECK: arith.shrui
// CHECK-NOT: arith.truncf
// NOFMA-LABEL: func.func @conversions(
// NOFMA-NOT: arith.extf
func.func @conversions(%x: f16) -> bf16 {
  %0 = arith.extf %x : f16 to f32
  %1 = arith.truncf %0 : f32 to bf16
  return %1 : bf16
}

// x * sigmoid(x) is one division. The argument's negation is left to the multiply-adds.
// CHECK-LABEL: func.func @swish(
// CHECK-SAME: %[[X:.*]]: vector<16xf32>)
// CHECK: %[[QUOTIENT:.*]] = arith.divf %[[X]]
// CHECK-NEXT: return %[[QUOTIENT]]
func.func @swish(%x: vector<16xf32>) -> vector<16xf32> {
  %one = arith.constant dense<1.0> : vector<16xf32>
  %0 = arith.negf %x : vector<16xf32>
  %1 = math.exp %0 : vector<16xf32>
  %2 = arith.addf %1, %one : vector<16xf32>
  %3 = arith.divf %one, %2 : vector<16xf32>
  %4 = arith.mulf %x, %3 fastmath<contract> : vector<16xf32>
  return %4 : vector<16xf32>
}

// Not in a training function, where the bits must not depend on whether the sigmoid is stored as well.
// CHECK-LABEL: func.func @swish_of_training(
// CHECK: arith.divf
// CHECK-NEXT: arith.mulf
func.func @swish_of_training(%x: vector<16xf32>) -> vector<16xf32> {
  %one = arith.constant dense<1.0> : vector<16xf32>
  %0 = arith.negf %x : vector<16xf32>
  %1 = math.exp %0 : vector<16xf32>
  %2 = arith.addf %1, %one : vector<16xf32>
  %3 = arith.divf %one, %2 : vector<16xf32>
  %4 = arith.mulf %x, %3 : vector<16xf32>
  return %4 : vector<16xf32>
}

// A scalar and a vector of any length go through the same instruction.
// SCALEF-LABEL: func.func @powers(
// SCALEF: call_intrinsic "llvm.x86.avx512.mask.scalef.ps.128"
// SCALEF: call_intrinsic "llvm.x86.avx512.mask.scalef.ps.512"
// SCALEF: call_intrinsic "llvm.x86.avx512.mask.scalef.ps.512"
// SCALEF: call_intrinsic "llvm.x86.avx512.mask.scalef.ps.256"
// SCALEF: call_intrinsic "llvm.x86.avx512.mask.scalef.pd.512"
func.func @powers(%x: f32, %y: vector<32xf32>, %z: vector<6xf32>, %w: vector<8xf64>)
    -> (f32, vector<32xf32>, vector<6xf32>, vector<8xf64>) {
  %0 = math.exp %x : f32
  %1 = math.exp %y : vector<32xf32>
  %2 = math.exp %z : vector<6xf32>
  %3 = math.exp2 %w : vector<8xf64>
  return %0, %1, %2, %3 : f32, vector<32xf32>, vector<6xf32>, vector<8xf64>
}
