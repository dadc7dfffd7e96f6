// RUN: ingot-opt %s --pass-pipeline='builtin.module(func.func(expand-math))' | FileCheck %s
// RUN: ingot-opt %s --pass-pipeline='builtin.module(func.func(expand-math{fma=false}))' | FileCheck %s --check-prefix=NOFMA

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
