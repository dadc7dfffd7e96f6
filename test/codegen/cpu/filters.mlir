// RUN: ingot-opt %s --emit-kernels=cpu=x86-64-v4 --canonicalize | FileCheck %s

// Filters transformed at run time: in double precision, put together on the stack and copied point by point.
// CHECK-LABEL: func.func private @filters(
// CHECK-SAME: %[[W:[a-z0-9]+]]: memref<?xf32, strided<[1], offset: ?>>, %[[O:[a-z0-9]+]]: memref<
// CHECK: scf.forall (%{{.*}}) in (16)
// CHECK: %[[BUFFER:.*]] = memref.alloca()
// CHECK-COUNT-9: vector.load %[[W]]
// CHECK-NOT: vector.load %[[W]]
// CHECK-COUNT-36: vector.store %{{.*}}, %[[BUFFER]]
// CHECK: %[[V:.*]] = vector.load %[[BUFFER]]
// CHECK: vector.store %[[V]], %[[O]]
// CHECK: return
func.func private @filters(%w: tensor<3x3x64x64xf32>, %o: tensor<147456xf32>) -> tensor<147456xf32>
    attributes {ingot.kernel, ingot.form = "filters", ingot.config = {channel_stride = 64 : i64, channels = 64 : i64, filter_stride = 1 : i64,
    filters = 64 : i64, kh_stride = 12288 : i64, kw_stride = 4096 : i64, offset = 0 : i64, serial = false, tile = 4 : i64}} {
  return %o : tensor<147456xf32>
}
