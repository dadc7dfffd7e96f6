// RUN: ingot-opt %s | ingot-opt | FileCheck %s
// RUN: ingot-opt %s --mlir-print-op-generic | ingot-opt | FileCheck %s

// CHECK-LABEL: func.func @f0
// CHECK: ingot.constant dense<[1.000000e+00, 2.000000e+00]> : tensor<2xf32>
func.func @f0() -> tensor<2xf32> {
  %r = ingot.constant dense<[1.000000e+00, 2.000000e+00]> : tensor<2xf32>
  return %r : tensor<2xf32>
}

// CHECK-LABEL: func.func @f1
// CHECK: ingot.constant dense<3> : tensor<4xui8>
func.func @f1() -> tensor<4xui8> {
  %r = ingot.constant dense<3> : tensor<4xui8>
  return %r : tensor<4xui8>
}

// CHECK-LABEL: func.func @f2
// CHECK: ingot.constant dense<true> : tensor<i1>
func.func @f2() -> tensor<i1> {
  %r = ingot.constant dense<true> : tensor<i1>
  return %r : tensor<i1>
}

// CHECK-LABEL: func.func @f3
// CHECK: ingot.constant dense_resource<weight> : tensor<2xf32>
func.func @f3() -> tensor<2xf32> {
  %r = ingot.constant dense_resource<weight> : tensor<2xf32>
  return %r : tensor<2xf32>
}

// CHECK-LABEL: func.func @f4
// CHECK: ingot.constant dense<> : tensor<0xi64>
func.func @f4() -> tensor<0xi64> {
  %r = ingot.constant dense<> : tensor<0xi64>
  return %r : tensor<0xi64>
}

{-#
  dialect_resources: {
    builtin: {
      weight: "0x040000000000803F00000040"
    }
  }
#-}
