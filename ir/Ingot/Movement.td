//===-------------------------------------------------------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===-------------------------------------------------------------------------===//

include "IngotBase.td"

def Ingot_ReshapeOp : Ingot_Op<"reshape", [Pure]> {
  let summary = "The same elements in row-major order under other sizes";
  let arguments = (ins Ingot_Tensor:$x, Variadic<Index>:$sizes, DenseI64ArrayAttr:$static_sizes);
  let results = (outs Ingot_Tensor:$result);
  let builders = [OpBuilder<(ins "::mlir::Value":$x, "::llvm::ArrayRef<::mlir::OpFoldResult>":$sizes)>];
  let extraClassDeclaration = Ingot_Mixed<"Sizes">.decl;
  let assemblyFormat = "$x `sizes` custom<DynamicIndexList>($sizes, $static_sizes) attr-dict `:` functional-type($x, $result)";
  let hasVerifier = 1;
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

def Ingot_BroadcastOp : Ingot_Op<"broadcast", [Pure, DeclareOpInterfaceMethods<Ingot_AxisOpInterface>]> {
  let summary = "Repeats a tensor along new dimensions and along dimensions of size 1";
  let arguments = (ins Ingot_Tensor:$x, DenseI64ArrayAttr:$dimensions, Variadic<Index>:$sizes, DenseI64ArrayAttr:$static_sizes,
                       OptionalAttr<DenseI64ArrayAttr>:$maybe_one);
  let results = (outs Ingot_Tensor:$result);
  let builders = [OpBuilder<(ins "::mlir::Value":$x, "::llvm::ArrayRef<int64_t>":$dimensions, "::llvm::ArrayRef<::mlir::OpFoldResult>":$sizes, CArg<"::llvm::ArrayRef<int64_t>", "{}">:$maybeOne)>];
  let extraClassDeclaration = Ingot_Mixed<"Sizes">.decl # [{
    /// Whether dimension `i` of x is repeated: always (static 1), never, or (`maybe_one`) when it is 1 at run time.
    bool mayRepeat(int64_t i);
  }];
  let assemblyFormat = "$x `dimensions` `=` $dimensions `sizes` custom<DynamicIndexList>($sizes, $static_sizes) attr-dict `:` functional-type($x, $result)";
  let hasVerifier = 1;
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

def Ingot_TransposeOp : Ingot_Op<"transpose", [Pure, Ingot_InferType]> {
  let summary = "Permutes dimensions: dimension i of the result is dimension `permutation[i]` of x";
  let arguments = (ins Ingot_Tensor:$x, DenseI64ArrayAttr:$permutation);
  let results = (outs Ingot_Tensor:$result);
  let assemblyFormat = "$x `permutation` `=` $permutation attr-dict `:` functional-type($x, $result)";
  let hasVerifier = 1;
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

def Ingot_SliceOp : Ingot_Op<"slice", [Pure, AttrSizedOperandSegments]> {
  let summary = "The elements at `offset + i * step`";
  let arguments = (ins Ingot_Tensor:$x, Variadic<Index>:$offsets, Variadic<Index>:$sizes, Variadic<Index>:$steps,
                       DenseI64ArrayAttr:$static_offsets, DenseI64ArrayAttr:$static_sizes, DenseI64ArrayAttr:$static_steps);
  let results = (outs Ingot_Tensor:$result);
  let builders = [OpBuilder<(ins "::mlir::Value":$x, "::llvm::ArrayRef<::mlir::OpFoldResult>":$offsets, "::llvm::ArrayRef<::mlir::OpFoldResult>":$sizes, "::llvm::ArrayRef<::mlir::OpFoldResult>":$steps)>];
  let extraClassDeclaration = Ingot_Mixed<"Offsets">.decl # Ingot_Mixed<"Sizes">.decl #
    Ingot_Mixed<"Steps">.decl;
  let hasCanonicalizer = 1;
  let assemblyFormat = [{ $x custom<DynamicIndexList>($offsets, $static_offsets) custom<DynamicIndexList>($sizes, $static_sizes)
    custom<DynamicIndexList>($steps, $static_steps) attr-dict `:` functional-type($x, $result) }];
  let hasVerifier = 1;
  let hasFolder = 1;
}

def Ingot_UpdateSliceOp : Ingot_Op<"update_slice", [Pure]> {
  let summary = "x with the elements from `offsets` on replaced by `update`";
  let arguments = (ins Ingot_Tensor:$x, Ingot_Tensor:$update, Variadic<Index>:$offsets, DenseI64ArrayAttr:$static_offsets);
  let results = (outs Ingot_Tensor:$result);
  let builders = [OpBuilder<(ins "::mlir::Value":$x, "::mlir::Value":$update, "::llvm::ArrayRef<::mlir::OpFoldResult>":$offsets)>];
  let extraClassDeclaration = Ingot_Mixed<"Offsets">.decl;
  let hasFolder = 1;
  let hasCanonicalizer = 1;
  let assemblyFormat = "$update `into` $x custom<DynamicIndexList>($offsets, $static_offsets) attr-dict `:` functional-type(operands, $result)";
  let hasVerifier = 1;
}

def Ingot_ConcatOp : Ingot_Op<"concat", [Pure, DeclareOpInterfaceMethods<Ingot_AxisOpInterface>]> {
  let summary = "Tensors one after another along `axis`";
  let arguments = (ins Variadic<Ingot_Tensor>:$inputs, ConfinedAttr<I64Attr, [IntNonNegative]>:$axis);
  let results = (outs Ingot_Tensor:$result);
  let builders = [OpBuilder<(ins "::mlir::ValueRange":$inputs, "int64_t":$axis)>];
  let hasCanonicalizer = 1;
  let assemblyFormat = "$inputs `axis` `=` $axis attr-dict `:` functional-type($inputs, $result)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

def Ingot_PadMode : Ingot_I32Enum<"PadMode", "What `pad` fills with", [
    I32EnumAttrCase<"Constant", 0, "constant">, I32EnumAttrCase<"Reflect", 1, "reflect">,
    I32EnumAttrCase<"Edge", 2, "edge">, I32EnumAttrCase<"Wrap", 3, "wrap">]>;
def Ingot_PadModeAttr : Ingot_EnumAttr<Ingot_PadMode, "pad_mode">;

def Ingot_PadOp : Ingot_Op<"pad", [Pure, AttrSizedOperandSegments, DeclareOpInterfaceMethods<Ingot_AxisOpInterface>]> {
  let summary = "Adds elements before and after each dimension";
  let arguments = (ins Ingot_Tensor:$x, Ingot_Tensor:$value, Variadic<Index>:$low, Variadic<Index>:$high,
                       DenseI64ArrayAttr:$static_low, DenseI64ArrayAttr:$static_high,
                       DefaultValuedAttr<Ingot_PadModeAttr, "::ingot::PadMode::Constant">:$mode);
  let results = (outs Ingot_Tensor:$result);
  let builders = [OpBuilder<(ins "::mlir::Value":$x, "::mlir::Value":$value, "::llvm::ArrayRef<::mlir::OpFoldResult>":$low, "::llvm::ArrayRef<::mlir::OpFoldResult>":$high,
    CArg<"::ingot::PadMode", "::ingot::PadMode::Constant">:$mode)>];
  let extraClassDeclaration = Ingot_Mixed<"Low">.decl # Ingot_Mixed<"High">.decl;
  let hasFolder = 1;
  let hasCanonicalizer = 1;
  let assemblyFormat = [{ $x `,` $value `low` custom<DynamicIndexList>($low, $static_low) `high`
    custom<DynamicIndexList>($high, $static_high) attr-dict `:` functional-type(operands, $result) }];
  let hasVerifier = 1;
}

def Ingot_ReverseOp : Ingot_Op<"reverse", [Pure, SameOperandsAndResultType]> {
  let summary = "Elements in opposite order along `dimensions`";
  let arguments = (ins Ingot_Tensor:$x, DenseI64ArrayAttr:$dimensions);
  let results = (outs Ingot_Tensor:$result);
  let assemblyFormat = "$x `dimensions` `=` $dimensions attr-dict `:` type($x)";
  let hasVerifier = 1;
}

def Ingot_GatherOp : Ingot_Op<"gather", [Pure]> {
  let summary = "Slices of x at `indices` along `axis`; a negative index counts from the end";
  let arguments = (ins Ingot_Tensor:$x, Ingot_IndexTensor:$indices, ConfinedAttr<I64Attr, [IntNonNegative]>:$axis);
  let results = (outs Ingot_Tensor:$result);
  let builders = [OpBuilder<(ins "::mlir::Value":$x, "::mlir::Value":$indices, "int64_t":$axis)>];
  let assemblyFormat = "$x `[` $indices `]` `axis` `=` $axis attr-dict `:` functional-type(operands, $result)";
  let hasVerifier = 1;
}

def Ingot_GatherNdOp : Ingot_Op<"gather_nd", [Pure]> {
  let summary = "Slices of x at index tuples, the last dimension of `indices`";
  let arguments = (ins Ingot_Tensor:$x, Ingot_IndexTensor:$indices, DefaultValuedAttr<I64Attr, "0">:$batch_dims);
  let results = (outs Ingot_Tensor:$result);
  let builders = [OpBuilder<(ins "::mlir::Value":$x, "::mlir::Value":$indices, CArg<"int64_t", "0">:$batchDims)>];
  let assemblyFormat = "$x `[` $indices `]` attr-dict `:` functional-type(operands, $result)";
  let hasVerifier = 1;
}

def Ingot_GatherElementsOp : Ingot_Op<"gather_elements", [Pure]> {
  let summary = "Elements of x whose index along `axis` is given for each element of the result";
  let arguments = (ins Ingot_Tensor:$x, Ingot_IndexTensor:$indices, ConfinedAttr<I64Attr, [IntNonNegative]>:$axis);
  let results = (outs Ingot_Tensor:$result);
  let builders = [OpBuilder<(ins "::mlir::Value":$x, "::mlir::Value":$indices, "int64_t":$axis)>];
  let assemblyFormat = "$x `[` $indices `]` `axis` `=` $axis attr-dict `:` functional-type(operands, $result)";
  let hasVerifier = 1;
}

def Ingot_NonzeroOp : Ingot_Op<"nonzero", [Pure]> {
  let summary = "Indices of the elements that are not zero, a column each, in row-major order";
  let arguments = (ins Ingot_Tensor:$x);
  let results = (outs Ingot_I64Tensor:$result);
  let builders = [OpBuilder<(ins "::mlir::Value":$x)>];
  let assemblyFormat = "$x attr-dict `:` functional-type($x, $result)";
  let hasVerifier = 1;
}

def Ingot_ScatterKind : Ingot_I32Enum<"ScatterKind", "How `scatter` joins an update with what is there", [
    I32EnumAttrCase<"Replace", 0, "replace">, I32EnumAttrCase<"Add", 1, "add">, I32EnumAttrCase<"Mul", 2, "mul">,
    I32EnumAttrCase<"Min", 3, "min">, I32EnumAttrCase<"Max", 4, "max">]>;
def Ingot_ScatterKindAttr : Ingot_EnumAttr<Ingot_ScatterKind, "scatter_kind">;

def Ingot_ScatterNdOp : Ingot_Op<"scatter_nd", [Pure]> {
  let summary = "x with slices at index tuples joined with `updates`, in row-major order of the updates";
  let arguments = (ins Ingot_Tensor:$x, Ingot_IndexTensor:$indices, Ingot_Tensor:$updates, Ingot_ScatterKindAttr:$kind);
  let results = (outs Ingot_Tensor:$result);
  let builders = [OpBuilder<(ins "::mlir::Value":$x, "::mlir::Value":$indices, "::mlir::Value":$updates, "::ingot::ScatterKind":$kind)>];
  let assemblyFormat = "$kind $updates `into` $x `[` $indices `]` attr-dict `:` functional-type(operands, $result)";
  let hasVerifier = 1;
}

def Ingot_ScatterElementsOp : Ingot_Op<"scatter_elements", [Pure]> {
  let summary = "x with elements whose index along `axis` is given joined with `updates`, in row-major order of the updates";
  let arguments = (ins Ingot_Tensor:$x, Ingot_IndexTensor:$indices, Ingot_Tensor:$updates,
                       ConfinedAttr<I64Attr, [IntNonNegative]>:$axis, Ingot_ScatterKindAttr:$kind);
  let results = (outs Ingot_Tensor:$result);
  let builders = [OpBuilder<(ins "::mlir::Value":$x, "::mlir::Value":$indices, "::mlir::Value":$updates, "int64_t":$axis, "::ingot::ScatterKind":$kind)>];
  let assemblyFormat = "$kind $updates `into` $x `[` $indices `]` `axis` `=` $axis attr-dict `:` functional-type(operands, $result)";
  let hasVerifier = 1;
}

def Ingot_ResizeMode : Ingot_I32Enum<"ResizeMode", "Interpolation of `resize`", [
    I32EnumAttrCase<"Nearest", 0, "nearest">, I32EnumAttrCase<"Linear", 1, "linear">, I32EnumAttrCase<"Cubic", 2, "cubic">]>;
def Ingot_ResizeModeAttr : Ingot_EnumAttr<Ingot_ResizeMode, "resize_mode">;

def Ingot_ResizeCoordinates : Ingot_I32Enum<"ResizeCoordinates", "Which input coordinate a result coordinate samples", [
    I32EnumAttrCase<"HalfPixel", 0, "half_pixel">, I32EnumAttrCase<"HalfPixelSymmetric", 1, "half_pixel_symmetric">,
    I32EnumAttrCase<"PytorchHalfPixel", 2, "pytorch_half_pixel">, I32EnumAttrCase<"AlignCorners", 3, "align_corners">,
    I32EnumAttrCase<"Asymmetric", 4, "asymmetric">, I32EnumAttrCase<"CropAndResize", 5, "tf_crop_and_resize">,
    I32EnumAttrCase<"HalfPixelForNearest", 6, "tf_half_pixel_for_nn">]>;
def Ingot_ResizeCoordinatesAttr : Ingot_EnumAttr<Ingot_ResizeCoordinates, "resize_coordinates">;

def Ingot_ResizeRounding : Ingot_I32Enum<"ResizeRounding", "Which neighbour `nearest` takes", [
    I32EnumAttrCase<"RoundPreferFloor", 0, "round_prefer_floor">, I32EnumAttrCase<"RoundPreferCeil", 1, "round_prefer_ceil">,
    I32EnumAttrCase<"Floor", 2, "floor">, I32EnumAttrCase<"Ceil", 3, "ceil">]>;
def Ingot_ResizeRoundingAttr : Ingot_EnumAttr<Ingot_ResizeRounding, "resize_rounding">;

def Ingot_ResizeOp : Ingot_Op<"resize", [Pure, AttrSizedOperandSegments]> {
  let summary = "Resampling along every dimension whose size changes";
  let arguments = (ins Ingot_NumberTensor:$x, Optional<RankedTensorOf<[F32]>>:$scales, Optional<RankedTensorOf<[F32]>>:$roi, Variadic<Index>:$sizes, DenseI64ArrayAttr:$static_sizes,
                       Ingot_ResizeModeAttr:$mode, Ingot_ResizeCoordinatesAttr:$coordinates, Ingot_ResizeRoundingAttr:$rounding,
                       DefaultValuedAttr<F64Attr, "-0.75">:$cubic_coefficient, DefaultValuedAttr<F64Attr, "0.0">:$extrapolation,
                       UnitAttr:$exclude_outside, UnitAttr:$antialias);
  let results = (outs Ingot_NumberTensor:$result);
  let extraClassDeclaration = Ingot_Mixed<"Sizes">.decl;
  let hasCanonicalizer = 1;
  let assemblyFormat = [{ $mode $coordinates $rounding $x (`scales` $scales^)? (`roi` $roi^)? `sizes` custom<DynamicIndexList>($sizes, $static_sizes)
    attr-dict `:` functional-type(operands, $result) }];
  let hasVerifier = 1;
}

def Ingot_CumulateKind : Ingot_I32Enum<"CumulateKind", "What `cumulate` runs up", [
    I32EnumAttrCase<"Sum", 0, "sum">, I32EnumAttrCase<"Product", 1, "product">]>;
def Ingot_CumulateKindAttr : Ingot_EnumAttr<Ingot_CumulateKind, "cumulate_kind">;

def Ingot_CumulateOp : Ingot_Op<"cumulate", [Pure, SameOperandsAndResultType]> {
  let summary = "Running sum or product along `axis`";
  let arguments = (ins Ingot_NumberTensor:$x, Ingot_CumulateKindAttr:$kind, ConfinedAttr<I64Attr, [IntNonNegative]>:$axis,
                       UnitAttr:$exclusive, UnitAttr:$reverse);
  let results = (outs Ingot_NumberTensor:$result);
  let assemblyFormat = "$kind $x `axis` `=` $axis attr-dict `:` type($x)";
  let hasVerifier = 1;
}

def Ingot_SortOp : Ingot_Op<"sort", [Pure]> {
  let summary = "Values in order along `axis`, stable, and their indices";
  let arguments = (ins Ingot_NumberTensor:$x, ConfinedAttr<I64Attr, [IntNonNegative]>:$axis, UnitAttr:$descending);
  let results = (outs Ingot_NumberTensor:$values, Ingot_I64Tensor:$indices);
  let builders = [OpBuilder<(ins "::mlir::Value":$x, "int64_t":$axis, "bool":$descending)>];
  let assemblyFormat = "$x `axis` `=` $axis attr-dict `:` functional-type($x, results)";
  let hasVerifier = 1;
}

def Ingot_TopkOp : Ingot_Op<"topk", [Pure]> {
  let summary = "The k largest or smallest values along `axis` and their indices; among equals the lower index first";
  let arguments = (ins Ingot_NumberTensor:$x, Variadic<Index>:$k, DenseI64ArrayAttr:$static_k,
                       ConfinedAttr<I64Attr, [IntNonNegative]>:$axis, DefaultValuedAttr<BoolAttr, "true">:$largest,
                       DefaultValuedAttr<BoolAttr, "true">:$sorted);
  let results = (outs Ingot_NumberTensor:$values, Ingot_I64Tensor:$indices);
  let builders = [OpBuilder<(ins "::mlir::Value":$x, "::mlir::OpFoldResult":$k, "int64_t":$axis, "bool":$largest, "bool":$sorted)>];
  let extraClassDeclaration = [{
    ::mlir::OpFoldResult getMixedK() { return ::mlir::getMixedValues(getStaticK(), getK(), getContext()).front(); }
  }];
  let hasCanonicalizer = 1;
  let assemblyFormat = "$x `k` custom<DynamicIndexList>($k, $static_k) `axis` `=` $axis attr-dict `:` functional-type($x, results)";
  let hasVerifier = 1;
}
