//===-------------------------------------------------------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===-------------------------------------------------------------------------===//

include "IngotBase.td"

def Ingot_ReshapeOp : Ingot_Op<"reshape", [Pure]> {
  let summary = "The same elements in row-major order under other sizes";
  let description = [{
    The elements of x, in row-major order, under the sizes `sizes`.

    (C1) `sizes` are the result's sizes.
    (C2) x and the result have one element type.
    (C3) x and the result have equally many elements; where a size is dynamic, that is for the run to see to.

    Gradient: `dx = reshape(dy)`.

    ```mlir
    %y = ingot.reshape %x sizes [%n, 2] : (tensor<?x4xf32>) -> tensor<?x2xf32>
    ```
  }];
  let arguments = (ins Ingot_Tensor:$x, Variadic<Index>:$sizes, DenseI64ArrayAttr:$static_sizes);
  let results = (outs Ingot_Tensor:$result);
  let builders = [OpBuilder<(ins CppValue:$x, CppSizes:$sizes)>];
  let extraClassDeclaration = Ingot_Mixed<"Sizes">.decl;
  let assemblyFormat = "$x `sizes` custom<DynamicIndexList>($sizes, $static_sizes) attr-dict `:` functional-type($x, $result)";
  let hasVerifier = 1;
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

def Ingot_BroadcastOp : Ingot_Op<"broadcast", [Pure, DeclareOpInterfaceMethods<Ingot_AxisOpInterface>]> {
  let summary = "Repeats a tensor along new dimensions and along dimensions of size 1";
  let description = [{
    Dimension `i` of x becomes dimension `dimensions[i]` of the result; x is repeated along the others. A dimension of x of static
    size 1 is repeated as well, and so is one listed in `maybe_one`, which is dynamic, when it is 1 at run time. Otherwise its
    size is the result's. `dimensions` need not ascend: the op can transpose as well.

    (C1) `sizes` are the result's sizes.
    (C2) x and the result have one element type.
    (C3) `dimensions` has an entry for each dimension of x.
    (C4) the entries of `dimensions` are distinct dimensions of the result.
    (C5) a static size of x is 1 or the result's.
    (C6) the entries of `maybe_one` are distinct dimensions of x.

    Gradient: `dx = reduce sum(dy)` over what was repeated.

    ```mlir
    %y = ingot.broadcast %x dimensions = [1] sizes [%n, 3] : (tensor<3xf32>) -> tensor<?x3xf32>
    ```
  }];
  let arguments = (ins Ingot_Tensor:$x, DenseI64ArrayAttr:$dimensions, Variadic<Index>:$sizes, DenseI64ArrayAttr:$static_sizes,
                       OptionalAttr<DenseI64ArrayAttr>:$maybe_one);
  let results = (outs Ingot_Tensor:$result);
  let builders = [OpBuilder<(ins CppValue:$x, CppInts:$dimensions, CppSizes:$sizes, CArg<"::llvm::ArrayRef<int64_t>",
    "{}">:$maybeOne)>];
  let extraClassDeclaration = Ingot_Mixed<"Sizes">.decl # [{
    /// Whether dimension `i` of x is repeated: always (static 1), never, or (`maybe_one`) when it is 1 at run time.
    bool mayRepeat(int64_t i);
  }];
  let assemblyFormat = [{ $x `dimensions` `=` $dimensions `sizes` custom<DynamicIndexList>($sizes, $static_sizes) attr-dict `:`
    functional-type($x, $result) }];
  let hasVerifier = 1;
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

def Ingot_TransposeOp : Ingot_Op<"transpose", [Pure, Ingot_InferType]> {
  let summary = "Permutes dimensions: dimension i of the result is dimension `permutation[i]` of x";
  let description = [{
    `result[i0, ...] = x[j0, ...]` with `j_permutation[k] = i_k`: dimension `k` of the result is dimension `permutation[k]` of x.

    (C1) `permutation` is a permutation of the dimensions of x.
    (C2) the result has x's element type and the permuted sizes.

    Gradient: dy transposed by the inverse.

    ```mlir
    %y = ingot.transpose %x permutation = [2, 0, 1] : (tensor<?x3x4xf32>) -> tensor<4x?x3xf32>
    ```
  }];
  let arguments = (ins Ingot_Tensor:$x, DenseI64ArrayAttr:$permutation);
  let results = (outs Ingot_Tensor:$result);
  let assemblyFormat = "$x `permutation` `=` $permutation attr-dict `:` functional-type($x, $result)";
  let hasVerifier = 1;
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

def Ingot_SliceOp : Ingot_Op<"slice", [Pure, AttrSizedOperandSegments]> {
  let summary = "The elements at `offset + i * step`";
  let description = [{
    `result[i0, ...] = x[offsets[0] + i0 * steps[0], ...]`; the lists are offsets, sizes and steps. A negative step reads
    backwards.

    (C1) offsets, sizes and steps have an entry for each dimension of x; offsets and sizes are not negative.
    (C2) the result has x's element type and `sizes` as its sizes.
    (C3) no step is 0.
    (C4) every element read lies in x; with dynamic entries that is for the op's user to see to.

    A size of 0 reads nothing, whatever the offset. Gradient: zeros, but dy where it was read.

    ```mlir
    %y = ingot.slice %x[%o, 7] [%n, 3] [%s, -2] : (tensor<?x8xf32>) -> tensor<?x3xf32>
    ```
  }];
  let arguments = (ins Ingot_Tensor:$x, Variadic<Index>:$offsets, Variadic<Index>:$sizes, Variadic<Index>:$steps,
                       DenseI64ArrayAttr:$static_offsets, DenseI64ArrayAttr:$static_sizes, DenseI64ArrayAttr:$static_steps);
  let results = (outs Ingot_Tensor:$result);
  let builders = [OpBuilder<(ins CppValue:$x, CppSizes:$offsets, CppSizes:$sizes, CppSizes:$steps)>];
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
  let description = [{
    x, in which the elements from `offsets` on are those of `update`.

    (C1) `update` has x's rank and element type.
    (C2) `offsets` has an entry for each dimension of x, none negative.
    (C3) `update` lies in x; with dynamic sizes that is for the op's user to see to.
    (C4) the result has x's type.

    An empty update changes nothing. Gradient: `dupdate` is the slice of dy, `dx` dy with zeros there.

    ```mlir
    %y = ingot.update_slice %u into %x[1, %o] : (tensor<2x?xf32>, tensor<1x?xf32>, index) -> tensor<2x?xf32>
    ```
  }];
  let arguments = (ins Ingot_Tensor:$x, Ingot_Tensor:$update, Variadic<Index>:$offsets, DenseI64ArrayAttr:$static_offsets);
  let results = (outs Ingot_Tensor:$result);
  let builders = [OpBuilder<(ins CppValue:$x, CppValue:$update, CppSizes:$offsets)>];
  let extraClassDeclaration = Ingot_Mixed<"Offsets">.decl;
  let hasFolder = 1;
  let hasCanonicalizer = 1;
  let assemblyFormat = [{ $update `into` $x custom<DynamicIndexList>($offsets, $static_offsets) attr-dict `:`
    functional-type(operands, $result) }];
  let hasVerifier = 1;
}

def Ingot_ConcatOp : Ingot_Op<"concat", [Pure, DeclareOpInterfaceMethods<Ingot_AxisOpInterface>]> {
  let summary = "Tensors one after another along `axis`";
  let description = [{
    The inputs one after another along dimension `axis`.

    (C1) there is an input.
    (C2) `axis < rank`.
    (C3) the inputs differ in the size of dimension `axis` only.
    (C4) the result has their element type, sizes, and along `axis` the sum of theirs.

    Inputs may be empty. Gradient: each input's slice of dy.

    ```mlir
    %y = ingot.concat %x, %y axis = 1 : (tensor<?x2xf32>, tensor<3x5xf32>) -> tensor<3x7xf32>
    ```
  }];
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
  let description = [{
    x with `low[d]` elements before and `high[d]` after it in dimension `d`; a negative number takes elements away. New elements
    are `value` (`constant`), x mirrored without its border (`reflect`), its border (`edge`) or x again (`wrap`).

    (C1) `low` and `high` have an entry for each dimension of x.
    (C2) `value` is a scalar of x's element type.
    (C3) the result has x's element type, and its sizes with the padding.

    Padding an empty dimension by anything but a constant is an error of the run. Gradient: `dx` sums dy over the places that each
    element was copied to, `dvalue` over those filled with it.

    ```mlir
    %y = ingot.pad %x, %v low [1, %n] high [0, -1] : (tensor<2x?xf32>, tensor<f32>, index) -> tensor<3x?xf32>
    ```
  }];
  let arguments = (ins Ingot_Tensor:$x, Ingot_Tensor:$value, Variadic<Index>:$low, Variadic<Index>:$high,
                       DenseI64ArrayAttr:$static_low, DenseI64ArrayAttr:$static_high,
                       DefaultValuedAttr<Ingot_PadModeAttr, "::ingot::PadMode::Constant">:$mode);
  let results = (outs Ingot_Tensor:$result);
  let builders = [OpBuilder<(ins CppValue:$x, CppValue:$value, CppSizes:$low, CppSizes:$high,
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
  let description = [{
    `result[i] = x[size - 1 - i]` along each of `dimensions`.

    (C1) the entries of `dimensions` are distinct dimensions of x.

    Gradient: dy reversed likewise.

    ```mlir
    %y = ingot.reverse %x dimensions = [1, 0] : tensor<?x3xi1>
    ```
  }];
  let arguments = (ins Ingot_Tensor:$x, DenseI64ArrayAttr:$dimensions);
  let results = (outs Ingot_Tensor:$result);
  let assemblyFormat = "$x `dimensions` `=` $dimensions attr-dict `:` type($x)";
  let hasVerifier = 1;
}

def Ingot_GatherOp : Ingot_Op<"gather", [Pure]> {
  let summary = "Slices of x at `indices` along `axis`; a negative index counts from the end";
  let description = [{
    `result[a..., i..., b...] = x[a..., indices[i...], b...]`, where `a` are the dimensions before `axis`. A negative index counts
    from the end.

    (C1) `axis < rank(x)`.
    (C2) the result has x's element type, and x's sizes with those of `indices` in place of `axis`.

    An index outside of x is an error of the run. Gradient: dy added to the elements it was read from.

    ```mlir
    %y = ingot.gather %x[%i] axis = 1 : (tensor<?x8x4xf32>, tensor<2x?xi64>) -> tensor<?x2x?x4xf32>
    ```
  }];
  let arguments = (ins Ingot_Tensor:$x, Ingot_IndexTensor:$indices, ConfinedAttr<I64Attr, [IntNonNegative]>:$axis);
  let results = (outs Ingot_Tensor:$result);
  let builders = [OpBuilder<(ins CppValue:$x, CppValue:$indices, "int64_t":$axis)>];
  let assemblyFormat = "$x `[` $indices `]` `axis` `=` $axis attr-dict `:` functional-type(operands, $result)";
  let hasVerifier = 1;
}

def Ingot_GatherNdOp : Ingot_Op<"gather_nd", [Pure]> {
  let summary = "Slices of x at index tuples, the last dimension of `indices`";
  let description = [{
    `result[b..., i..., r...] = x[b..., indices[b..., i..., :], r...]` with `batch_dims` dimensions `b`. A negative index counts
    from the end.

    (C1) x and `indices` share their first `batch_dims` dimensions, and `indices` has one more.
    (C2) the last dimension of `indices` is static and at most `rank(x) - batch_dims`.
    (C3) the result has x's element type, and the sizes of `indices` but the last, then those of x that are not indexed.

    An index outside of x is an error of the run. Gradient: dy added to the elements it was read from.

    ```mlir
    %y = ingot.gather_nd %x[%i] {batch_dims = 1 : i64} : (tensor<2x?x4xf32>, tensor<2x3x1xi64>) -> tensor<2x3x4xf32>
    ```
  }];
  let arguments = (ins Ingot_Tensor:$x, Ingot_IndexTensor:$indices, DefaultValuedAttr<I64Attr, "0">:$batch_dims);
  let results = (outs Ingot_Tensor:$result);
  let builders = [OpBuilder<(ins CppValue:$x, CppValue:$indices, CArg<"int64_t", "0">:$batchDims)>];
  let assemblyFormat = "$x `[` $indices `]` attr-dict `:` functional-type(operands, $result)";
  let hasVerifier = 1;
}

def Ingot_GatherElementsOp : Ingot_Op<"gather_elements", [Pure]> {
  let summary = "Elements of x whose index along `axis` is given for each element of the result";
  let description = [{
    `result[a..., i, b...] = x[a..., indices[a..., i, b...], b...]`, `i` along `axis`. A negative index counts from the end.

    (C1) x and `indices` have one rank.
    (C2) `axis < rank(x)`.
    (C3) the result has x's element type and the sizes of `indices`.

    An index outside of x is an error of the run. Gradient: dy added to the elements it was read from.

    ```mlir
    %y = ingot.gather_elements %x[%i] axis = 0 : (tensor<3x4xf32>, tensor<2x?xi32>) -> tensor<2x?xf32>
    ```
  }];
  let arguments = (ins Ingot_Tensor:$x, Ingot_IndexTensor:$indices, ConfinedAttr<I64Attr, [IntNonNegative]>:$axis);
  let results = (outs Ingot_Tensor:$result);
  let builders = [OpBuilder<(ins CppValue:$x, CppValue:$indices, "int64_t":$axis)>];
  let assemblyFormat = "$x `[` $indices `]` `axis` `=` $axis attr-dict `:` functional-type(operands, $result)";
  let hasVerifier = 1;
}

def Ingot_NonzeroOp : Ingot_Op<"nonzero", [Pure]> {
  let summary = "Indices of the elements that are not zero, a column each, in row-major order";
  let description = [{
    The index of each element that is not 0 (NaN is not), a column each, in row-major order.

    (C1) the result is of i64, its first size the rank of x, its second dynamic.

    How many there are only the run knows. A scalar has columns without rows. Gradient: none.

    ```mlir
    %y = ingot.nonzero %x : (tensor<2x?xi1>) -> tensor<2x?xi64>
    ```
  }];
  let arguments = (ins Ingot_Tensor:$x);
  let results = (outs Ingot_I64Tensor:$result);
  let builders = [OpBuilder<(ins CppValue:$x)>];
  let assemblyFormat = "$x attr-dict `:` functional-type($x, $result)";
  let hasVerifier = 1;
}

def Ingot_ScatterKind : Ingot_I32Enum<"ScatterKind", "How `scatter` joins an update with what is there", [
    I32EnumAttrCase<"Replace", 0, "replace">, I32EnumAttrCase<"Add", 1, "add">, I32EnumAttrCase<"Mul", 2, "mul">,
    I32EnumAttrCase<"Min", 3, "min">, I32EnumAttrCase<"Max", 4, "max">]>;
def Ingot_ScatterKindAttr : Ingot_EnumAttr<Ingot_ScatterKind, "scatter_kind">;

def Ingot_ScatterNdOp : Ingot_Op<"scatter_nd", [Pure]> {
  let summary = "x with slices at index tuples joined with `updates`, in row-major order of the updates";
  let description = [{
    x, in which `result[indices[i..., :], r...]` is joined with `updates[i..., r...]`: replaced, added, multiplied, minimum or
    maximum, one update after another in row-major order. A negative index counts from the end.

    (C1) the last dimension of `indices` is static and at most `rank(x)`.
    (C2) `updates` has x's element type, and the sizes of `indices` but the last, then those of x that are not indexed.
    (C3) the result has x's type.

    An index outside of x is an error of the run. Gradient: `dupdates` is gathered from dy, `dx` is dy where nothing was replaced; with
    `mul` each times the other factors, with `min` and `max` shared by all that equal the result.

    ```mlir
    %y = ingot.scatter_nd replace %u into %x[%i] : (tensor<8x4xf32>, tensor<?x1xi64>, tensor<?x4xf32>) -> tensor<8x4xf32>
    ```
  }];
  let arguments = (ins Ingot_Tensor:$x, Ingot_IndexTensor:$indices, Ingot_Tensor:$updates, Ingot_ScatterKindAttr:$kind);
  let results = (outs Ingot_Tensor:$result);
  let builders = [OpBuilder<(ins CppValue:$x, CppValue:$indices, CppValue:$updates, "::ingot::ScatterKind":$kind)>];
  let assemblyFormat = "$kind $updates `into` $x `[` $indices `]` attr-dict `:` functional-type(operands, $result)";
  let hasVerifier = 1;
}

def Ingot_ScatterElementsOp : Ingot_Op<"scatter_elements", [Pure]> {
  let summary = "x with elements whose index along `axis` is given joined with `updates`, in row-major order of the updates";
  let description = [{
    x, in which `result[a..., indices[a..., i, b...], b...]`, `i` along `axis`, is joined with `updates[a..., i, b...]`: replaced,
    added, multiplied, minimum or maximum, one update after another in row-major order. A negative index counts from the end.

    (C1) x and `indices` have one rank.
    (C2) `axis < rank(x)`.
    (C3) `updates` has x's element type and the sizes of `indices`.
    (C4) the result has x's type.

    An index outside of x is an error of the run. Gradient: `dupdates` is gathered from dy, `dx` is dy where nothing was replaced; with
    `mul` each times the other factors, with `min` and `max` shared by all that equal the result.

    ```mlir
    %y = ingot.scatter_elements add %u into %x[%i] axis = 1 : (tensor<3x4xf32>, tensor<2x?xi64>, tensor<2x?xf32>) -> tensor<3x4xf32>
    ```
  }];
  let arguments = (ins Ingot_Tensor:$x, Ingot_IndexTensor:$indices, Ingot_Tensor:$updates,
                       ConfinedAttr<I64Attr, [IntNonNegative]>:$axis, Ingot_ScatterKindAttr:$kind);
  let results = (outs Ingot_Tensor:$result);
  let builders = [OpBuilder<(ins CppValue:$x, CppValue:$indices, CppValue:$updates, "int64_t":$axis,
    "::ingot::ScatterKind":$kind)>];
  let assemblyFormat = [{ $kind $updates `into` $x `[` $indices `]` `axis` `=` $axis attr-dict `:` functional-type(operands,
    $result) }];
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
  let description = [{
    x sampled at other sizes, as ONNX's Resize of the newest version. `coordinates` says which coordinate of x an index of the
    result samples, from the scale of its dimension, which is that of `scales` or the quotient of the sizes; `roi` is the region
    for `tf_crop_and_resize`, all starts and then all ends. `nearest` takes a neighbour by `rounding`; `linear` and `cubic` (with
    `cubic_coefficient`) interpolate along each dimension whose size or scale changes. `antialias` widens the filter when
    shrinking, `exclude_outside` drops the weights of samples outside, `extrapolation` is what lies outside of the region.

    (C1) x and the result have one rank and element type.
    (C2) `sizes` are the result's sizes.
    (C3) `scales` has an entry for each dimension of x.
    (C4) `roi` is there for `tf_crop_and_resize` only, with two entries for each dimension of x.

    Integers compute in f32 and are rounded. Gradient: dy times the transposed matrix of the resampling, along each dimension.

    ```mlir
    %y = ingot.resize linear half_pixel floor %x sizes [1, 3, %h, %w] : (tensor<1x3x?x?xf32>, index, index) -> tensor<1x3x?x?xf32>
    ```
  }];
  let arguments = (ins Ingot_NumberTensor:$x, Optional<RankedTensorOf<[F32]>>:$scales, Optional<RankedTensorOf<[F32]>>:$roi,
                       Variadic<Index>:$sizes, DenseI64ArrayAttr:$static_sizes,
                       Ingot_ResizeModeAttr:$mode, Ingot_ResizeCoordinatesAttr:$coordinates, Ingot_ResizeRoundingAttr:$rounding,
                       DefaultValuedAttr<F64Attr, "-0.75">:$cubic_coefficient, DefaultValuedAttr<F64Attr, "0.0">:$extrapolation,
                       UnitAttr:$exclude_outside, UnitAttr:$antialias);
  let results = (outs Ingot_NumberTensor:$result);
  let extraClassDeclaration = Ingot_Mixed<"Sizes">.decl;
  let hasCanonicalizer = 1;
  let assemblyFormat = [{ $mode $coordinates $rounding $x (`scales` $scales^)? (`roi` $roi^)? `sizes`
    custom<DynamicIndexList>($sizes, $static_sizes)
    attr-dict `:` functional-type(operands, $result) }];
  let hasVerifier = 1;
}

def Ingot_CumulateKind : Ingot_I32Enum<"CumulateKind", "What `cumulate` runs up", [
    I32EnumAttrCase<"Sum", 0, "sum">, I32EnumAttrCase<"Product", 1, "product">]>;
def Ingot_CumulateKindAttr : Ingot_EnumAttr<Ingot_CumulateKind, "cumulate_kind">;

def Ingot_CumulateOp : Ingot_Op<"cumulate", [Pure, SameOperandsAndResultType]> {
  let summary = "Running sum or product along `axis`";
  let description = [{
    `result[i] = x[0] + ... + x[i]` along `axis`, or the product; without x[i] if `exclusive` (0 or 1 comes first), from the end
    if `reverse`.

    (C1) `axis < rank(x)`.

    Integers wrap; f16 and bf16 accumulate in f32; NaN stays from where it appears. Gradient: of a sum, dy run up from
    the other end; of a product, `dy * result` so, divided by x (for the first zero, the products without it).

    ```mlir
    %y = ingot.cumulate sum %x axis = 0 : tensor<?x3xf32>
    ```
  }];
  let arguments = (ins Ingot_NumberTensor:$x, Ingot_CumulateKindAttr:$kind, ConfinedAttr<I64Attr, [IntNonNegative]>:$axis,
                       UnitAttr:$exclusive, UnitAttr:$reverse);
  let results = (outs Ingot_NumberTensor:$result);
  let assemblyFormat = "$kind $x `axis` `=` $axis attr-dict `:` type($x)";
  let hasVerifier = 1;
}

def Ingot_SortOp : Ingot_Op<"sort", [Pure]> {
  let summary = "Values in order along `axis`, stable, and their indices";
  let description = [{
    The elements of x in ascending order along `axis`, or `descending`, and the index each had. Equal ones keep their order.

    (C1) `axis < rank(x)`.
    (C2) values have x's type, indices its sizes and i64.

    NaN counts as larger than everything. Gradient: dy of the values where they came from.

    ```mlir
    %values, %indices = ingot.sort %x axis = 1 {descending} : (tensor<?x3xf32>) -> (tensor<?x3xf32>, tensor<?x3xi64>)
    ```
  }];
  let arguments = (ins Ingot_NumberTensor:$x, ConfinedAttr<I64Attr, [IntNonNegative]>:$axis, UnitAttr:$descending);
  let results = (outs Ingot_NumberTensor:$values, Ingot_I64Tensor:$indices);
  let builders = [OpBuilder<(ins CppValue:$x, "int64_t":$axis, "bool":$descending)>];
  let assemblyFormat = "$x `axis` `=` $axis attr-dict `:` functional-type($x, results)";
  let hasVerifier = 1;
}

def Ingot_TopkOp : Ingot_Op<"topk", [Pure]> {
  let summary = "The k largest or smallest values along `axis` and their indices; among equals the lower index first";
  let description = [{
    The `k` largest (else smallest) elements of x along `axis` in order, and the index each had; of equal ones the first. Unless
    `sorted`, their order is not specified, though it is the same.

    (C1) `axis < rank(x)`.
    (C2) `k` is one number, not negative.
    (C3) `k` is at most the size of `axis`.
    (C4) values have x's element type and its sizes with `k` along `axis`, indices these sizes and i64.

    NaN counts as larger than everything. Gradient: dy of the values where they came from.

    ```mlir
    %values, %indices = ingot.topk %x k [%k] axis = 1 : (tensor<?x9xf32>) -> (tensor<?x?xf32>, tensor<?x?xi64>)
    ```
  }];
  let arguments = (ins Ingot_NumberTensor:$x, Variadic<Index>:$k, DenseI64ArrayAttr:$static_k,
                       ConfinedAttr<I64Attr, [IntNonNegative]>:$axis, DefaultValuedAttr<BoolAttr, "true">:$largest,
                       DefaultValuedAttr<BoolAttr, "true">:$sorted);
  let results = (outs Ingot_NumberTensor:$values, Ingot_I64Tensor:$indices);
  let builders = [OpBuilder<(ins CppValue:$x, "::mlir::OpFoldResult":$k, "int64_t":$axis, "bool":$largest, "bool":$sorted)>];
  let extraClassDeclaration = [{
    ::mlir::OpFoldResult getMixedK() { return ::mlir::getMixedValues(getStaticK(), getK(), getContext()).front(); }
  }];
  let hasCanonicalizer = 1;
  let assemblyFormat = "$x `k` custom<DynamicIndexList>($k, $static_k) `axis` `=` $axis attr-dict `:` functional-type($x, results)";
  let hasVerifier = 1;
}
