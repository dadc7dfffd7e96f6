//===-------------------------------------------------------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===-------------------------------------------------------------------------===//

include "IngotBase.td"

def Ingot_ContractOp : Ingot_CountedOp<"contract", [Pure]> {
  let summary = "Sum of products over contracted dimensions, with batch dimensions: the general matrix product";
  let description = [{
    `result[b..., l..., r...] = sum over c... of lhs[b, l, c] * rhs[b, r, c]`: dimensions `lhs_batch[i]` and `rhs_batch[i]` run
    together and come first, in this order; `lhs_contracting[i]` and `rhs_contracting[i]` run together and are summed; then come
    the free ones of lhs and those of rhs, ascending.

    (C1) lhs and rhs have equally many batch and contracting dimensions.
    (C2) those of an operand are distinct.
    (C3) dimensions that run together have one size.
    (C4) the element types are one float type, the result's the same or wider; or integers, the result's an integer at least as
      wide.
    (C5) the result has the sizes of the batch and the free dimensions.

    Integers are extended to the result's type and wrap; f16 and bf16 accumulate in f32. An empty sum is 0; NaN spreads. Gradient:
    `dlhs` contracts dy with rhs over its free dimensions, `drhs` with lhs.

    ```mlir
    %y = ingot.contract %l, %b batch [0] x [0] contracting [2] x [1] : (tensor<?x4x8xf32>, tensor<?x8x5xf32>) -> tensor<?x4x5xf32>
    ```
  }];
  // Result dimensions: batch (in the order of `lhs_batch`), free ones of lhs, free ones of rhs.
  let arguments = (ins Ingot_NumberTensor:$lhs, Ingot_NumberTensor:$rhs,
                       DenseI64ArrayAttr:$lhs_batch, DenseI64ArrayAttr:$rhs_batch,
                       DenseI64ArrayAttr:$lhs_contracting, DenseI64ArrayAttr:$rhs_contracting);
  let results = (outs Ingot_NumberTensor:$result);
  let builders = [OpBuilder<(ins CppValue:$lhs, CppValue:$rhs, CppInts:$lhsBatch, CppInts:$rhsBatch, CppInts:$lhsContracting,
    CppInts:$rhsContracting,
    CArg<"::mlir::Type", "{}">:$elementType)>];
  let extraClassDeclaration = [{
    /// Dimensions of an operand that are neither batch nor contracting, in order.
    ::llvm::SmallVector<int64_t> getLhsFree();
    ::llvm::SmallVector<int64_t> getRhsFree();
  }];
  let assemblyFormat = [{ $lhs `,` $rhs `batch` $lhs_batch `x` $rhs_batch `contracting` $lhs_contracting `x` $rhs_contracting
    attr-dict `:` functional-type(operands, $result) }];
  let hasVerifier = 1;
}

// x is [N, spatial..., C], filter [spatial..., C / groups, F], the result [N, spatial..., F].
class Ingot_ConvLikeOp<string mnemonic, list<Trait> traits = []> : Ingot_CountedOp<mnemonic, [Pure] # traits>;

def Ingot_ConvOp : Ingot_ConvLikeOp<"conv"> {
  let summary = "Convolution (cross-correlation), channels last";
  let description = [{
    `result[n, o..., f] = sum over k..., c of x[n, o * strides + k * dilations - pad_low, c] * filter[k..., c, f]`, where x is 0
    outside: x is [N, spatial..., C], the filter [spatial..., C / groups, F], the result [N, spatial..., F]. Feature `f` reads the
    channels of its group, `f / (F / groups)`.

    (C1) x and the filter have one rank, 3 or more.
    (C2) strides, dilations and pads have an entry for each spatial dimension; strides and dilations are positive, pads not
      negative.
    (C3) `groups` divides C and F, and the filter has C / groups channels.
    (C4) the element types are one float type, the result's the same or wider; or integers, the result's an integer at least as
      wide.
    (C5) the result has the sizes that the windows leave.

    A window larger than the padded x leaves no result. f16 and bf16 accumulate in f32, integers wrap. Gradient: `conv_grad_input`
    and `conv_grad_filter` of dy.

    ```mlir
    %y = ingot.conv %x, %f strides [2, 2] dilations [1, 1] pads [1, 1] x [1, 1] {groups = 2 : i64}
       : (tensor<?x8x8x6xf32>, tensor<3x3x3x4xf32>) -> tensor<?x4x4x4xf32>
    ```
  }];
  let arguments = (ins Ingot_NumberTensor:$x, Ingot_NumberTensor:$filter, DenseI64ArrayAttr:$strides,
                       DenseI64ArrayAttr:$dilations, DenseI64ArrayAttr:$pad_low, DenseI64ArrayAttr:$pad_high,
                       DefaultValuedAttr<I64Attr, "1">:$groups);
  let results = (outs Ingot_NumberTensor:$result);
  let builders = [OpBuilder<(ins CppValue:$x, CppValue:$filter, CppInts:$strides, CppInts:$dilations, CppInts:$padLow,
    CppInts:$padHigh,
    CArg<"int64_t", "1">:$groups, CArg<"::mlir::Type", "{}">:$elementType)>];
  let assemblyFormat = [{ $x `,` $filter `strides` $strides `dilations` $dilations `pads` $pad_low `x` $pad_high attr-dict `:`
    functional-type(operands, $result) }];
  let hasVerifier = 1;
}

def Ingot_ConvGradInputOp : Ingot_ConvLikeOp<"conv_grad_input"> {
  let summary = "Gradient of `conv` in its input: the transposed convolution";
  let description = [{
    `result[n, i..., c] = sum over o..., k..., f with i = o * strides + k * dilations - pad_low of dy[n, o..., f] * filter[k...,
    c, f]`: what of `dy`, which is [N, spatial..., F], comes back to an input of the spatial sizes `sizes`. Where nothing comes
    back it is 0; what falls outside is dropped. This is ONNX's ConvTranspose.

    (C1) dy and the filter have one rank, 3 or more.
    (C2) strides, dilations and pads have an entry for each spatial dimension; strides and dilations are positive, pads not
      negative.
    (C3) `groups` divides F, and the filter has F features.
    (C4) the element types are one float type, the result's the same or wider; or integers, the result's an integer at least as
      wide.
    (C5) `sizes` has an entry for each spatial dimension.
    (C6) the result has these sizes and the filter's channels times `groups`.

    Gradient: with z the cotangent of the result, `ddy = conv(z, filter)`, `dfilter = conv_grad_filter(z, dy)`.

    ```mlir
    %y = ingot.conv_grad_input %d, %f sizes [8, %n] strides [2, 2] dilations [1, 1] pads [0, 0] x [0, 0]
       : (tensor<?x4x4x6xf32>, tensor<2x2x3x6xf32>, index) -> tensor<?x8x?x3xf32>
    ```
  }];
  // dy is [N, spatial..., F], filter [spatial..., C / groups, F] as in `conv`; sizes are the result's spatial ones.
  let arguments = (ins Ingot_NumberTensor:$dy, Ingot_NumberTensor:$filter, Variadic<Index>:$sizes, DenseI64ArrayAttr:$static_sizes,
                       DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$dilations, DenseI64ArrayAttr:$pad_low,
                       DenseI64ArrayAttr:$pad_high, DefaultValuedAttr<I64Attr, "1">:$groups);
  let results = (outs Ingot_NumberTensor:$result);
  let builders = [OpBuilder<(ins CppValue:$dy, CppValue:$filter, CppSizes:$sizes, CppInts:$strides, CppInts:$dilations,
    CppInts:$padLow, CppInts:$padHigh,
    CArg<"int64_t", "1">:$groups)>];
  let extraClassDeclaration = Ingot_Mixed<"Sizes">.decl;
  let hasCanonicalizer = 1;
  let assemblyFormat = [{ $dy `,` $filter `sizes` custom<DynamicIndexList>($sizes, $static_sizes) `strides` $strides `dilations`
    $dilations `pads` $pad_low `x` $pad_high attr-dict `:` functional-type(operands, $result) }];
  let hasVerifier = 1;
}

def Ingot_ConvGradFilterOp : Ingot_ConvLikeOp<"conv_grad_filter"> {
  let summary = "Gradient of `conv` in its filter";
  let description = [{
    `result[k..., c, f] = sum over n, o... of x[n, o * strides + k * dilations - pad_low, c] * dy[n, o..., f]`, x being 0 outside:
    how a filter of the window `filter_sizes` changes the sum of `dy * conv(x, filter)`.

    (C1) x and dy have one rank, 3 or more.
    (C2) strides, dilations and pads have an entry for each spatial dimension; strides and dilations are positive, pads not
      negative.
    (C3) `groups` divides C and F.
    (C4) the element types are one float type, the result's the same or wider; or integers, the result's an integer at least as
      wide.
    (C5) `filter_sizes` has an entry for each spatial dimension.
    (C6) the result has these sizes, C / groups channels and F features.

    Gradient: with w the cotangent of the result, `dx = conv_grad_input(dy, w)`, `ddy = conv(x, w)`.

    ```mlir
    %y = ingot.conv_grad_filter %x, %d filter_sizes [3] strides [1] dilations [1] pads [0] x [0]
       : (tensor<?x8x3xf32>, tensor<?x6x4xf32>) -> tensor<3x3x4xf32>
    ```
  }];
  let arguments = (ins Ingot_NumberTensor:$x, Ingot_NumberTensor:$dy, DenseI64ArrayAttr:$filter_sizes, DenseI64ArrayAttr:$strides,
                       DenseI64ArrayAttr:$dilations, DenseI64ArrayAttr:$pad_low, DenseI64ArrayAttr:$pad_high,
                       DefaultValuedAttr<I64Attr, "1">:$groups);
  let results = (outs Ingot_NumberTensor:$result);
  let builders = [OpBuilder<(ins CppValue:$x, CppValue:$dy, CppInts:$filterSizes, CppInts:$strides, CppInts:$dilations,
    CppInts:$padLow, CppInts:$padHigh,
    CArg<"int64_t", "1">:$groups)>];
  let assemblyFormat = [{ $x `,` $dy `filter_sizes` $filter_sizes `strides` $strides `dilations` $dilations `pads` $pad_low `x`
    $pad_high attr-dict `:` functional-type(operands, $result) }];
  let hasVerifier = 1;
}
