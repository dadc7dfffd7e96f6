//===-------------------------------------------------------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===-------------------------------------------------------------------------===//

include "IngotBase.td"

def Ingot_ConstantOp : Ingot_Op<"constant", [Pure, ConstantLike, AllTypesMatch<["value", "result"]>]> {
  let summary = "A tensor known at compile time";
  let arguments = (ins ElementsAttr:$value);
  let results = (outs Ingot_Tensor:$result);
  let assemblyFormat = "attr-dict $value";
  let hasFolder = 1;
}

def Ingot_IotaOp : Ingot_Op<"iota", [Pure]> {
  let summary = "The index along one dimension";
  let arguments = (ins Variadic<Index>:$sizes, DenseI64ArrayAttr:$static_sizes, I64Attr:$dimension);
  let results = (outs Ingot_NumberTensor:$result);
  let builders = [OpBuilder<(ins "::mlir::Type":$elementType, "int64_t":$dimension, "::llvm::ArrayRef<::mlir::OpFoldResult>":$sizes)>];
  let extraClassDeclaration = Ingot_Mixed<"Sizes">.decl;
  let hasCanonicalizer = 1;
  let assemblyFormat = "`dimension` `=` $dimension `sizes` custom<DynamicIndexList>($sizes, $static_sizes) attr-dict `:` type($result)";
  let hasVerifier = 1;
}

def Ingot_RandomKind : Ingot_I32Enum<"RandomKind", "Distribution of `random`", [
    I32EnumAttrCase<"Uniform", 0, "uniform">, I32EnumAttrCase<"Normal", 1, "normal">]>;
def Ingot_RandomKindAttr : Ingot_EnumAttr<Ingot_RandomKind, "random_kind">;

def Ingot_RandomOp : Ingot_Op<"random"> {
  let summary = "Random numbers from a counter-based generator (Philox 4x32-10)";
  let arguments = (ins Variadic<Index>:$sizes, DenseI64ArrayAttr:$static_sizes, Ingot_RandomKindAttr:$kind,
                       F64Attr:$first, F64Attr:$second, I64Attr:$seed);
  let results = (outs Ingot_FloatTensor:$result);
  let builders = [OpBuilder<(ins "::mlir::Type":$elementType, "::ingot::RandomKind":$kind, "double":$first, "double":$second,
    "int64_t":$seed, "::llvm::ArrayRef<::mlir::OpFoldResult>":$sizes)>];
  let extraClassDeclaration = Ingot_Mixed<"Sizes">.decl;
  let hasCanonicalizer = 1;
  let assemblyFormat = "$kind `(` $first `,` $second `)` `seed` `=` $seed `sizes` custom<DynamicIndexList>($sizes, $static_sizes) attr-dict `:` type($result)";
  let hasVerifier = 1;
}

def Ingot_YieldOp : Op<Ingot_Dialect, "yield", [Pure, Terminator, ParentOneOf<["CompositeOp"]>]> {
  let summary = "Ends the region of `composite`";
  let arguments = (ins Variadic<AnyType>:$values);
  let assemblyFormat = "attr-dict ($values^ `:` type($values))?";
}

def Ingot_CompositeOp : Ingot_Op<"composite", [Pure, IsolatedFromAbove, SingleBlock]> {
  let summary = "A named group of ops; the region is its definition";
  let arguments = (ins Variadic<AnyType>:$inputs, StrAttr:$name, OptionalAttr<DictionaryAttr>:$parameters);
  let results = (outs Variadic<Ingot_Tensor>:$results);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$name `(` $inputs `)` attr-dict `:` functional-type($inputs, $results) $body";
  let hasVerifier = 1;
}

def Ingot_CustomCallOp : Ingot_Op<"custom_call", [Pure]> {
  let summary = "A call of a C function of the runtime's kernel library";
  let arguments = (ins Variadic<AnyType>:$inputs, StrAttr:$callee, OptionalAttr<DictionaryAttr>:$parameters);
  let results = (outs Variadic<Ingot_Tensor>:$results);
  let assemblyFormat = "$callee `(` $inputs `)` attr-dict `:` functional-type($inputs, $results)";
  let hasVerifier = 1;
}

def Ingot_AssertOp : Ingot_Op<"assert"> {
  let summary = "Stops the run with an error when the condition is false";
  let arguments = (ins I1:$condition, StrAttr:$message);
  let assemblyFormat = "$condition `,` $message attr-dict";
}
