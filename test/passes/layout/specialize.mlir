// RUN: ingot-opt %s --split-input-file --specialize='sizes=batch=1,batch=2,seq=8' | FileCheck %s

// A copy for each combination; what depends on the sizes gets them, the constant is the same.
// CHECK-LABEL: func.func @main(
// CHECK-SAME: tensor<?x?x4xf32>
// CHECK: ingot.add {{.*}} : tensor<?x?x4xf32>
// CHECK-LABEL: func.func @main$1x8(
// CHECK-SAME: tensor<1x8x4xf32> {ingot.name = "x", ingot.symbols = ["", "", ""]}
// CHECK-SAME: tensor<1x8x4xf32>
// CHECK-SAME: attributes {ingot.sizes = "batch=1, seq=8", ingot.specializes = "main"}
// CHECK: ingot.add {{.*}} : tensor<1x8x4xf32>
// CHECK-LABEL: func.func @main$2x8(
// CHECK-SAME: attributes {ingot.sizes = "batch=2, seq=8", ingot.specializes = "main"}
// CHECK: ingot.add {{.*}} : tensor<2x8x4xf32>
func.func @main(%x: tensor<?x?x4xf32> {ingot.name = "x", ingot.symbols = ["batch", "seq", ""]},
                %y: tensor<?x?x4xf32> {ingot.name = "y", ingot.symbols = ["batch", "seq", ""]}) -> tensor<?x?x4xf32> {
  %0 = ingot.add %x, %y : tensor<?x?x4xf32>
  return %0 : tensor<?x?x4xf32>
}
