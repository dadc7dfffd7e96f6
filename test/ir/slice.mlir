// RUN: ingot-opt %s | ingot-opt | FileCheck %s
// RUN: ingot-opt %s --mlir-print-op-generic | ingot-opt | FileCheck %s

// CHECK-LABEL: func.func @f0
// CHECK: ingot.slice %{{.*}}[%{{.*}}, 7] [%{{.*}}, 3] [%{{.*}}, -2] : (tensor<?x8xf32>) -> tensor<?x3xf32>
func.func @f0(%x: tensor<?x8xf32>, %o: index, %n: index, %s: index) -> tensor<?x3xf32> {
  %r = ingot.slice %x[%o, 7] [%n, 3] [%s, -2] : (tensor<?x8xf32>) -> tensor<?x3xf32>
  return %r : tensor<?x3xf32>
}

// CHECK-LABEL: func.func @f1
// CHECK: ingot.slice %{{.*}}[8] [0] [1] : (tensor<8xf32>) -> tensor<0xf32>
func.func @f1(%x: tensor<8xf32>) -> tensor<0xf32> {
  %r = ingot.slice %x[8] [0] [1] : (tensor<8xf32>) -> tensor<0xf32>
  return %r : tensor<0xf32>
}
