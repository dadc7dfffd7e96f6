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
  let arguments = (ins Ingot_NumberTensor:$x, Ingot_FloatTensor:$scale, Ingot_IntTensor:$zero_point, DefaultValuedAttr<I64Attr, "0">:$axis,
                       DefaultValuedAttr<I64Attr, "0">:$block_size);
  let results = (outs Ingot_IntTensor:$result);
  let builders = [OpBuilder<(ins "::mlir::Value":$x, "::mlir::Value":$scale, "::mlir::Value":$zeroPoint, CArg<"int64_t", "0">:$axis, CArg<"int64_t", "0">:$blockSize)>];
  let assemblyFormat = "$x `scale` $scale `zero_point` $zero_point attr-dict `:` functional-type(operands, $result)";
  let hasVerifier = 1;
}

def Ingot_DequantizeOp : Ingot_Op<"dequantize", [Pure]> {
  let summary = "`(x - zero_point) * scale`";
  let arguments = (ins Ingot_IntTensor:$x, Ingot_FloatTensor:$scale, Ingot_IntTensor:$zero_point, DefaultValuedAttr<I64Attr, "0">:$axis,
                       DefaultValuedAttr<I64Attr, "0">:$block_size);
  let results = (outs Ingot_FloatTensor:$result);
  let builders = [OpBuilder<(ins "::mlir::Value":$x, "::mlir::Value":$scale, "::mlir::Value":$zeroPoint, CArg<"int64_t", "0">:$axis, CArg<"int64_t", "0">:$blockSize)>];
  let assemblyFormat = "$x `scale` $scale `zero_point` $zero_point attr-dict `:` functional-type(operands, $result)";
  let hasVerifier = 1;
}

def Ingot_RescaleOp : Ingot_Op<"rescale", [Pure]> {
  let summary = "An integer accumulator times a float scale, rounded half to even, plus zero point, saturated";
  let arguments = (ins Ingot_IntTensor:$x, Ingot_FloatTensor:$scale, Ingot_IntTensor:$zero_point, DefaultValuedAttr<I64Attr, "0">:$axis);
  let results = (outs Ingot_IntTensor:$result);
  let builders = [OpBuilder<(ins "::mlir::Value":$x, "::mlir::Value":$scale, "::mlir::Value":$zeroPoint, CArg<"int64_t", "0">:$axis)>];
  let assemblyFormat = "$x `scale` $scale `zero_point` $zero_point attr-dict `:` functional-type(operands, $result)";
  let hasVerifier = 1;
}
