// RUN: ingot-opt %s | ingot-opt | FileCheck %s
// RUN: ingot-opt %s --mlir-print-op-generic | ingot-opt | FileCheck %s

// CHECK-LABEL: func.func @f0
// CHECK: ingot.rem %{{.*}}, %{{.*}} : tensor<?xf32>
func.func @f0(%x: tensor<?xf32>, %y: tensor<?xf32>) -> tensor<?xf32> {
  %r = ingot.rem %x, %y : tensor<?xf32>
  return %r : tensor<?xf32>
}

// CHECK-LABEL: func.func @f1
// CHECK: ingot.rem %{{.*}}, %{{.*}} {fmod} : tensor<2xi8>
func.func @f1(%x: tensor<2xi8>, %y: tensor<2xi8>) -> tensor<2xi8> {
  %r = ingot.rem %x, %y {fmod} : tensor<2xi8>
  return %r : tensor<2xi8>
}
