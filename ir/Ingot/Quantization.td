//===-------------------------------------------------------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===-------------------------------------------------------------------------===//

include "IngotBase.td"

// scale and zero_point are scalars, or have one entry for each index along `axis`, or (blocked) x's rank with `block_size` elements
// along `axis` an entry.
def Ingot_QuantizeOp : Ingot_Op<"quantize", [Pure]> {
  let summary = "`saturate(round_half_even(x / scale) + zero_point)`";
  let description = [{
    `result = saturate(round_half_even(x / scale) + zero_point)` for each element.

    (C1) `axis < rank(x)`, unless scale and zero point are scalars.
    (C2) scale and zero point are scalars, or have an entry for each index along `axis`, or x's rank with an entry for
      `block_size` elements along `axis`.
    (C3) the result has x's sizes and the element type of the zero point.

    NaN gives a value that is not specified, infinities saturate. Gradient: straight through: with `dq` that of the result as a float,
    `dx = dq / scale` and `dscale = -dq * x / scale^2`, 0 where the result is saturated.

    ```mlir
    %y = ingot.quantize %x scale %s zero_point %z {axis = 1 : i64}
       : (tensor<?x3xf32>, tensor<3xf32>, tensor<3xui8>) -> tensor<?x3xui8>
    ```
  }];
  let arguments = (ins Ingot_NumberTensor:$x, Ingot_FloatTensor:$scale, Ingot_IntTensor:$zero_point, DefaultValuedAttr<I64Attr,
                       "0">:$axis,
                       DefaultValuedAttr<I64Attr, "0">:$block_size);
  let results = (outs Ingot_IntTensor:$result);
  let builders = [OpBuilder<(ins CppValue:$x, CppValue:$scale, CppValue:$zeroPoint, CArg<"int64_t", "0">:$axis, CArg<"int64_t",
    "0">:$blockSize)>];
  let assemblyFormat = "$x `scale` $scale `zero_point` $zero_point attr-dict `:` functional-type(operands, $result)";
  let hasVerifier = 1;
}

def Ingot_DequantizeOp : Ingot_Op<"dequantize", [Pure]> {
  let summary = "`(x - zero_point) * scale`";
  let description = [{
    `result = (x - zero_point) * scale` for each element, the difference exact.

    (C1) `axis < rank(x)`, unless scale and zero point are scalars.
    (C2) scale and zero point are scalars, or have an entry for each index along `axis`, or x's rank with an entry for
      `block_size` elements along `axis`.
    (C3) the zero point has x's element type.
    (C4) the result has x's sizes and the element type of the scale.

    Gradient: `dq = dy * scale` for what `quantize` made, `dscale = dy * (x - zero_point)`.

    ```mlir
    %y = ingot.dequantize %x scale %s zero_point %z {axis = 1 : i64, block_size = 3 : i64}
       : (tensor<4x6xi8>, tensor<4x2xf32>, tensor<4x2xi8>) -> tensor<4x6xf32>
    ```
  }];
  let arguments = (ins Ingot_IntTensor:$x, Ingot_FloatTensor:$scale, Ingot_IntTensor:$zero_point, DefaultValuedAttr<I64Attr,
                       "0">:$axis,
                       DefaultValuedAttr<I64Attr, "0">:$block_size);
  let results = (outs Ingot_FloatTensor:$result);
  let builders = [OpBuilder<(ins CppValue:$x, CppValue:$scale, CppValue:$zeroPoint, CArg<"int64_t", "0">:$axis, CArg<"int64_t",
    "0">:$blockSize)>];
  let assemblyFormat = "$x `scale` $scale `zero_point` $zero_point attr-dict `:` functional-type(operands, $result)";
  let hasVerifier = 1;
}

def Ingot_RescaleOp : Ingot_Op<"rescale", [Pure]> {
  let summary = "An integer accumulator times a float scale, rounded half to even, plus zero point, saturated";
  let description = [{
    `result = saturate(round_half_even(x * scale) + zero_point)` for each element, the product in f32: what follows an integer
    `contract` or `conv`.

    (C1) `axis < rank(x)`, unless scale and zero point are scalars.
    (C2) scale and zero point are each a scalar or have an entry for each index along `axis`.
    (C3) the result has x's sizes and the element type of the zero point.

    Gradient: none.

    ```mlir
    %y = ingot.rescale %x scale %s zero_point %z : (tensor<?xi32>, tensor<f32>, tensor<ui8>) -> tensor<?xui8>
    ```
  }];
  let arguments = (ins Ingot_IntTensor:$x, Ingot_FloatTensor:$scale, Ingot_IntTensor:$zero_point, DefaultValuedAttr<I64Attr,
                       "0">:$axis);
  let results = (outs Ingot_IntTensor:$result);
  let builders = [OpBuilder<(ins CppValue:$x, CppValue:$scale, CppValue:$zeroPoint, CArg<"int64_t", "0">:$axis)>];
  let assemblyFormat = "$x `scale` $scale `zero_point` $zero_point attr-dict `:` functional-type(operands, $result)";
  let hasVerifier = 1;
}
