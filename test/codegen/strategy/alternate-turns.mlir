// RUN: ingot-opt %s --alternate-turns --split-input-file | FileCheck %s

// In a loop the kernel gets its counter, elsewhere 0. The weights are 256 KiB.
// CHECK-LABEL: func.func @main(
// CHECK: linalg_ext.dispatch @large ins({{.*}}) scalars(%c0{{.*}} : index)
// CHECK: scf.for %[[T:[a-z0-9]+]] =
// CHECK: linalg_ext.dispatch @large ins({{.*}}) scalars(%[[T]] : index)
// CHECK: linalg_ext.dispatch @small ins({{.*}}) scalars()
// CHECK: func.func private @large(%{{.*}}: tensor<1x256xf32>, %{{.*}}: tensor<65536xf32>, %{{.*}}: index {ingot.turn}, %{{.*}}: tensor<1x256xf32>)
// CHECK: func.func private @small(%{{.*}}: tensor<1x256xf32>, %{{.*}}: tensor<32768xf32>, %{{.*}}: tensor<1x256xf32>)
func.func @main(%x: tensor<1x256xf32>, %w: tensor<65536xf32>, %s: tensor<32768xf32>) -> tensor<1x256xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c9 = arith.constant 9 : index
  %e = tensor.empty() : tensor<1x256xf32>
  %start = linalg_ext.dispatch @large ins(%x, %w : tensor<1x256xf32>, tensor<65536xf32>) scalars() outs(%e : tensor<1x256xf32>) -> tensor<1x256xf32>
  %r = scf.for %t = %c0 to %c9 step %c1 iter_args(%h = %start) -> (tensor<1x256xf32>) {
    %a = linalg_ext.dispatch @large ins(%h, %w : tensor<1x256xf32>, tensor<65536xf32>) scalars() outs(%e : tensor<1x256xf32>) -> tensor<1x256xf32>
    %b = linalg_ext.dispatch @small ins(%a, %s : tensor<1x256xf32>, tensor<32768xf32>) scalars() outs(%e : tensor<1x256xf32>) -> tensor<1x256xf32>
    scf.yield %b : tensor<1x256xf32>
  }
  return %r : tensor<1x256xf32>
}
func.func private @large(%a: tensor<1x256xf32>, %w: tensor<65536xf32>, %o: tensor<1x256xf32>) -> tensor<1x256xf32>
    attributes {ingot.kernel, ingot.form = "contract", ingot.config = {packed = 1 : i64}} {
  return %o : tensor<1x256xf32>
}
func.func private @small(%a: tensor<1x256xf32>, %w: tensor<32768xf32>, %o: tensor<1x256xf32>) -> tensor<1x256xf32>
    attributes {ingot.kernel, ingot.form = "contract", ingot.config = {packed = 1 : i64}} {
  return %o : tensor<1x256xf32>
}

// -----

// Outside of loops nothing changes.
// CHECK-LABEL: func.func @once(
// CHECK: scalars()
// CHECK-NOT: ingot.turn
func.func @once(%x: tensor<1x256xf32>, %w: tensor<65536xf32>) -> tensor<1x256xf32> {
  %e = tensor.empty() : tensor<1x256xf32>
  %r = linalg_ext.dispatch @k ins(%x, %w : tensor<1x256xf32>, tensor<65536xf32>) scalars() outs(%e : tensor<1x256xf32>) -> tensor<1x256xf32>
  return %r : tensor<1x256xf32>
}
func.func private @k(%a: tensor<1x256xf32>, %w: tensor<65536xf32>, %o: tensor<1x256xf32>) -> tensor<1x256xf32>
    attributes {ingot.kernel, ingot.form = "contract", ingot.config = {packed = 1 : i64}} {
  return %o : tensor<1x256xf32>
}
