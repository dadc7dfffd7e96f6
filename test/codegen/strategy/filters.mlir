// RUN: ingot-opt %s --form-kernels --pack-weights=cpu=x86-64-v4 --choose-config=cpu=x86-64-v4 --verify-strategy-contract | FileCheck %s
// RUN: ingot-opt %s --form-kernels --pack-weights="cpu=x86-64-v4 accuracy=strict" | FileCheck %s --check-prefix=STRICT

// Filters that are no constants are transformed by a kernel of their own, in front of the loop that uses them.
// CHECK-LABEL: func.func @loop(
// CHECK-SAME: %[[X:.*]]: tensor<1x58x58x64xf32>, %[[W:.*]]: tensor<3x3x64x64xf32>
// CHECK: %[[T:.*]] = linalg_ext.dispatch @kernel_filters ins(%[[W]] : tensor<3x3x64x64xf32>) scalars() outs(%{{.*}} : tensor<147456xf32>)
// CHECK: scf.for
// CHECK: linalg_ext.dispatch @{{.*}} ins(%{{.*}}, %[[T]] : tensor<1x58x58x64xf32>, tensor<147456xf32>)
// CHECK: ingot.config = {{{.*}}packed = 1 : i64{{.*}}tile = 4 : i64{{.*}}}, ingot.form = "winograd"
// CHECK: func.func private @kernel_filters(
// CHECK-SAME: channel_stride = 64 : i64, channels = 64 : i64, filter_stride = 1 : i64, filters = 64 : i64
// CHECK-SAME: serial = false, tile = 4 : i64}, ingot.form = "filters"
// STRICT: tensor<65536xf32>
// STRICT: tile = 2 : i64
func.func @loop(%x: tensor<1x58x58x64xf32>, %w: tensor<3x3x64x64xf32>) -> tensor<1x56x56x64xf32> {
  %zero = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %e = tensor.empty() : tensor<1x56x56x64xf32>
  %r = scf.for %i = %c0 to %c4 step %c1 iter_args(%a = %e) -> (tensor<1x56x56x64xf32>) {
    %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x56x56x64xf32>) -> tensor<1x56x56x64xf32>
    %y = linalg.conv_2d_nhwc_hwcf {dilations = dense<1> : tensor<2xi64>, strides = dense<1> : tensor<2xi64>}
        ins(%x, %w : tensor<1x58x58x64xf32>, tensor<3x3x64x64xf32>) outs(%f : tensor<1x56x56x64xf32>) -> tensor<1x56x56x64xf32>
    scf.yield %y : tensor<1x56x56x64xf32>
  }
  return %r : tensor<1x56x56x64xf32>
}
