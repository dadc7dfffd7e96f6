// RUN: ingot-opt %s --dedupe-constants | FileCheck %s

// CHECK-LABEL: func.func @same
// CHECK: %[[C:.*]] = ingot.constant dense_resource<a>
// CHECK-NEXT: %[[D:.*]] = ingot.constant dense_resource<c>
// CHECK-NEXT: ingot.add %[[C]], %[[C]]
// CHECK-NEXT: ingot.add %{{.*}}, %[[D]]
func.func @same() -> tensor<2xf32> {
  %0 = ingot.constant dense_resource<a> : tensor<2xf32>
  %1 = ingot.constant dense_resource<b> : tensor<2xf32>
  %2 = ingot.constant dense_resource<c> : tensor<2xf32>
  %3 = ingot.add %0, %1 : tensor<2xf32>
  %4 = ingot.add %3, %2 : tensor<2xf32>
  return %4 : tensor<2xf32>
}

// The same bytes as another type are another constant.
// CHECK-LABEL: func.func @types
// CHECK-COUNT-2: ingot.constant
func.func @types() -> (tensor<2xf32>, tensor<2xi32>) {
  %0 = ingot.constant dense<0.0> : tensor<2xf32>
  %1 = ingot.constant dense<0> : tensor<2xi32>
  return %0, %1 : tensor<2xf32>, tensor<2xi32>
}

{-#
  dialect_resources: {
    builtin: {
      a: "0x040000000000803F00000040",
      b: "0x040000000000803F00000040",
      c: "0x040000000000803F00008040"
    }
  }
#-}
