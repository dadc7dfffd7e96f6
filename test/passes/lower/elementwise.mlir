// RUN: ingot-opt %s --to-linalg --canonicalize --split-input-file | FileCheck %s

// CHECK-LABEL: func.func @add
// CHECK: linalg.generic {{.*}}iterator_types = ["parallel", "parallel"]
// CHECK: arith.addf {{.*}} fastmath<contract> : f32
func.func @add(%a: tensor<2x?xf32>, %b: tensor<2x?xf32>) -> tensor<2x?xf32> {
  %r = ingot.add %a, %b : tensor<2x?xf32>
  return %r : tensor<2x?xf32>
}

// -----

// 16-bit floats are computed in f32 within the body.
// CHECK-LABEL: func.func @half
// CHECK: arith.extf {{.*}} : f16 to f32
// CHECK: arith.mulf {{.*}} : f32
// CHECK: arith.truncf {{.*}} : f32 to f16
func.func @half(%a: tensor<4xf16>, %b: tensor<4xf16>) -> tensor<4xf16> {
  %r = ingot.mul %a, %b : tensor<4xf16>
  return %r : tensor<4xf16>
}

// -----

// Bool is a byte, unsigned integers are signless; what they were is noted.
// CHECK-LABEL: func.func @signless
// CHECK-SAME: %{{.*}}: tensor<4xi8> {ingot.element = ui8}
// CHECK-SAME: -> (tensor<4xi8> {ingot.element = i1})
// CHECK: arith.cmpi ult
// CHECK: arith.extui {{.*}} : i1 to i8
func.func @signless(%a: tensor<4xui8>, %b: tensor<4xui8>) -> tensor<4xi1> {
  %r = ingot.compare lt %a, %b : (tensor<4xui8>, tensor<4xui8>) -> tensor<4xi1>
  return %r : tensor<4xi1>
}

// -----

// Broadcast operands are read through maps, splat constants are constants of the body.
// CHECK: #[[$ROW:.*]] = affine_map<(d0, d1) -> (d1)>
// CHECK-LABEL: func.func @broadcast_operand
// CHECK: linalg.generic {indexing_maps = [#{{.*}}, #[[$ROW]], #{{.*}}]
// CHECK-NOT: linalg.generic
func.func @broadcast_operand(%x: tensor<?x8xf32>, %bias: tensor<8xf32>) -> tensor<?x8xf32> {
  %c0 = arith.constant 0 : index
  %n = tensor.dim %x, %c0 : tensor<?x8xf32>
  %b = ingot.broadcast %bias dimensions = [1] sizes [%n, 8] : (tensor<8xf32>) -> tensor<?x8xf32>
  %y = ingot.add %x, %b : tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// -----

// CHECK-LABEL: func.func @relu
// CHECK-SAME: (%[[X:.*]]: tensor<3xf32>)
// CHECK: linalg.generic {{.*}} ins(%[[X]] : tensor<3xf32>)
// CHECK: arith.maximumf %{{.*}}, %cst
func.func @relu(%x: tensor<3xf32>) -> tensor<3xf32> {
  %zero = ingot.constant dense<0.0> : tensor<3xf32>
  %y = ingot.max %x, %zero : tensor<3xf32>
  return %y : tensor<3xf32>
}

// -----

// A conversion that does not fit saturates instead of being poison.
// CHECK-LABEL: func.func @saturate
// CHECK: arith.maxnumf
// CHECK: arith.minnumf
// CHECK: arith.fptosi
func.func @saturate(%x: tensor<3xf32>) -> tensor<3xi32> {
  %y = ingot.cast %x : (tensor<3xf32>) -> tensor<3xi32>
  return %y : tensor<3xi32>
}

// -----

// A division cannot trap.
// CHECK-LABEL: func.func @divide
// CHECK: arith.select
// CHECK: arith.divsi
func.func @divide(%x: tensor<3xi32>, %y: tensor<3xi32>) -> tensor<3xi32> {
  %r = ingot.div %x, %y : tensor<3xi32>
  return %r : tensor<3xi32>
}

// -----

// CHECK-LABEL: func.func @square
// CHECK-NOT: powf
// CHECK: arith.mulf
func.func @square(%x: tensor<3xf32>) -> tensor<3xf32> {
  %two = ingot.constant dense<2.0> : tensor<3xf32>
  %r = ingot.pow %x, %two : (tensor<3xf32>, tensor<3xf32>) -> tensor<3xf32>
  return %r : tensor<3xf32>
}

// -----

// CHECK-LABEL: func.func @control_flow
// CHECK: arith.cmpi ne
// CHECK: scf.if {{.*}} -> (tensor<2xi8>)
func.func @control_flow(%c: tensor<i1>, %x: tensor<2xui8>) -> tensor<2xui8> {
  %p = tensor.extract %c[] : tensor<i1>
  %r = scf.if %p -> tensor<2xui8> {
    %d = ingot.add %x, %x : tensor<2xui8>
    scf.yield %d : tensor<2xui8>
  } else {
    scf.yield %x : tensor<2xui8>
  }
  return %r : tensor<2xui8>
}
