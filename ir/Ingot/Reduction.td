//===-------------------------------------------------------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===-------------------------------------------------------------------------===//

include "IngotBase.td"

def Ingot_ReduceKind : Ingot_I32Enum<"ReduceKind", "What `reduce` takes of the reduced elements", [
    I32EnumAttrCase<"Sum", 0, "sum">, I32EnumAttrCase<"Product", 1, "product">, I32EnumAttrCase<"Max", 2, "max">,
    I32EnumAttrCase<"Min", 3, "min">]>;
def Ingot_ReduceKindAttr : Ingot_EnumAttr<Ingot_ReduceKind, "reduce_kind">;

def Ingot_ReduceOp : Ingot_CountedOp<"reduce", [Pure, Ingot_InferType]> {
  let summary = "Sum, product, maximum or minimum over dimensions, which the result no longer has";
  let arguments = (ins Ingot_ReduceKindAttr:$kind, Ingot_Tensor:$x, DenseI64ArrayAttr:$dimensions);
  let results = (outs Ingot_Tensor:$result);
  let assemblyFormat = "$kind $x `dimensions` `=` $dimensions attr-dict `:` functional-type($x, $result)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

def Ingot_ArgKind : Ingot_I32Enum<"ArgKind", "Which element `arg_reduce` looks for", [
    I32EnumAttrCase<"Max", 0, "max">, I32EnumAttrCase<"Min", 1, "min">]>;
def Ingot_ArgKindAttr : Ingot_EnumAttr<Ingot_ArgKind, "arg_kind">;

def Ingot_ArgReduceOp : Ingot_CountedOp<"arg_reduce", [Pure, Ingot_InferType]> {
  let summary = "Index of the first (or last) extreme element along `axis`, which the result no longer has";
  let arguments = (ins Ingot_ArgKindAttr:$kind, Ingot_NumberTensor:$x, ConfinedAttr<I64Attr, [IntNonNegative]>:$axis, UnitAttr:$last);
  let results = (outs Ingot_I64Tensor:$result);
  let assemblyFormat = "$kind $x `axis` `=` $axis attr-dict `:` functional-type($x, $result)";
  let hasVerifier = 1;
}

def Ingot_SoftmaxOp : Ingot_Op<"softmax", [Pure, SameOperandsAndResultType, DeclareOpInterfaceMethods<Ingot_AxisOpInterface>]> {
  let summary = "Normalized exponential along one axis";
  let arguments = (ins Ingot_FloatTensor:$x, ConfinedAttr<I64Attr, [IntNonNegative]>:$axis);
  let results = (outs Ingot_FloatTensor:$result);
  let assemblyFormat = "$x `axis` `=` $axis attr-dict `:` type($x)";
  let hasVerifier = 1;
}

def Ingot_LogSoftmaxOp : Ingot_Op<"log_softmax", [Pure, SameOperandsAndResultType, DeclareOpInterfaceMethods<Ingot_AxisOpInterface>]> {
  let summary = "Logarithm of the normalized exponential along one axis";
  let arguments = (ins Ingot_FloatTensor:$x, ConfinedAttr<I64Attr, [IntNonNegative]>:$axis);
  let results = (outs Ingot_FloatTensor:$result);
  let assemblyFormat = "$x `axis` `=` $axis attr-dict `:` type($x)";
  let hasVerifier = 1;
}

def Ingot_NormalizeOp : Ingot_Op<"normalize", [Pure, SameOperandsAndResultType, DeclareOpInterfaceMethods<Ingot_AxisOpInterface>]> {
  let summary = "x divided by its root mean square over `dimensions`, after subtracting the mean unless `rms`; no affine part";
  let arguments = (ins Ingot_FloatTensor:$x, DenseI64ArrayAttr:$dimensions, F64Attr:$epsilon, UnitAttr:$rms);
  let results = (outs Ingot_FloatTensor:$result);
  let assemblyFormat = "$x `dimensions` `=` $dimensions `epsilon` `=` $epsilon attr-dict `:` type($x)";
  let hasVerifier = 1;
}

def Ingot_AttentionOp : Ingot_CountedOp<"attention", [Pure]> {
  let summary = "`softmax(q k^T * scale + mask) v` for each batch and head";
  // q is [batch, heads, queries, d], k [batch, kv heads, keys, d], v [batch, kv heads, keys, e]; heads is a multiple of kv heads.
  let arguments = (ins Ingot_FloatTensor:$q, Ingot_FloatTensor:$k, Ingot_FloatTensor:$v, Optional<Ingot_FloatTensor>:$mask,
                       F64Attr:$scale, UnitAttr:$causal);
  let results = (outs Ingot_FloatTensor:$result);
  let builders = [OpBuilder<(ins "::mlir::Value":$q, "::mlir::Value":$k, "::mlir::Value":$v, "::mlir::Value":$mask, "double":$scale, CArg<"bool", "false">:$causal)>];
  let assemblyFormat = "$q `,` $k `,` $v (`mask` $mask^)? `scale` `=` $scale attr-dict `:` functional-type(operands, $result)";
  let hasVerifier = 1;
}

def Ingot_FftOp : Ingot_Op<"fft", [Pure]> {
  let summary = "Discrete Fourier transform along `axis`; the last dimension holds real and imaginary part";
  let arguments = (ins Ingot_FloatTensor:$x, ConfinedAttr<I64Attr, [IntNonNegative]>:$axis, UnitAttr:$inverse, UnitAttr:$onesided);
  let results = (outs Ingot_FloatTensor:$result);
  let builders = [OpBuilder<(ins "::mlir::Value":$x, "int64_t":$axis, CArg<"bool", "false">:$inverse, CArg<"bool", "false">:$onesided)>];
  let assemblyFormat = "$x `axis` `=` $axis attr-dict `:` functional-type($x, $result)";
  let hasVerifier = 1;
}
