//===-------------------------------------------------------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===-------------------------------------------------------------------------===//

include "IngotBase.td"

def Ingot_ContractOp : Ingot_CountedOp<"contract", [Pure]> {
  let summary = "Sum of products over contracted dimensions, with batch dimensions: the general matrix product";
  // Result dimensions: batch (in the order of `lhs_batch`), free ones of lhs, free ones of rhs.
  let arguments = (ins Ingot_NumberTensor:$lhs, Ingot_NumberTensor:$rhs,
                       DenseI64ArrayAttr:$lhs_batch, DenseI64ArrayAttr:$rhs_batch,
                       DenseI64ArrayAttr:$lhs_contracting, DenseI64ArrayAttr:$rhs_contracting);
  let results = (outs Ingot_NumberTensor:$result);
  let builders = [OpBuilder<(ins "::mlir::Value":$lhs, "::mlir::Value":$rhs, "::llvm::ArrayRef<int64_t>":$lhsBatch, "::llvm::ArrayRef<int64_t>":$rhsBatch, "::llvm::ArrayRef<int64_t>":$lhsContracting, "::llvm::ArrayRef<int64_t>":$rhsContracting,
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
  let arguments = (ins Ingot_NumberTensor:$x, Ingot_NumberTensor:$filter, DenseI64ArrayAttr:$strides,
                       DenseI64ArrayAttr:$dilations, DenseI64ArrayAttr:$pad_low, DenseI64ArrayAttr:$pad_high,
                       DefaultValuedAttr<I64Attr, "1">:$groups);
  let results = (outs Ingot_NumberTensor:$result);
  let builders = [OpBuilder<(ins "::mlir::Value":$x, "::mlir::Value":$filter, "::llvm::ArrayRef<int64_t>":$strides, "::llvm::ArrayRef<int64_t>":$dilations, "::llvm::ArrayRef<int64_t>":$padLow, "::llvm::ArrayRef<int64_t>":$padHigh,
    CArg<"int64_t", "1">:$groups, CArg<"::mlir::Type", "{}">:$elementType)>];
  let assemblyFormat = [{ $x `,` $filter `strides` $strides `dilations` $dilations `pads` $pad_low `x` $pad_high attr-dict `:`
    functional-type(operands, $result) }];
  let hasVerifier = 1;
}

def Ingot_ConvGradInputOp : Ingot_ConvLikeOp<"conv_grad_input"> {
  let summary = "Gradient of `conv` in its input: the transposed convolution";
  // dy is [N, spatial..., F], filter [spatial..., C / groups, F] as in `conv`; sizes are the result's spatial ones.
  let arguments = (ins Ingot_NumberTensor:$dy, Ingot_NumberTensor:$filter, Variadic<Index>:$sizes, DenseI64ArrayAttr:$static_sizes,
                       DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$dilations, DenseI64ArrayAttr:$pad_low,
                       DenseI64ArrayAttr:$pad_high, DefaultValuedAttr<I64Attr, "1">:$groups);
  let results = (outs Ingot_NumberTensor:$result);
  let builders = [OpBuilder<(ins "::mlir::Value":$dy, "::mlir::Value":$filter, "::llvm::ArrayRef<::mlir::OpFoldResult>":$sizes, "::llvm::ArrayRef<int64_t>":$strides, "::llvm::ArrayRef<int64_t>":$dilations, "::llvm::ArrayRef<int64_t>":$padLow, "::llvm::ArrayRef<int64_t>":$padHigh,
    CArg<"int64_t", "1">:$groups)>];
  let extraClassDeclaration = Ingot_Mixed<"Sizes">.decl;
  let hasCanonicalizer = 1;
  let assemblyFormat = [{ $dy `,` $filter `sizes` custom<DynamicIndexList>($sizes, $static_sizes) `strides` $strides `dilations`
    $dilations `pads` $pad_low `x` $pad_high attr-dict `:` functional-type(operands, $result) }];
  let hasVerifier = 1;
}

def Ingot_ConvGradFilterOp : Ingot_ConvLikeOp<"conv_grad_filter"> {
  let summary = "Gradient of `conv` in its filter";
  let arguments = (ins Ingot_NumberTensor:$x, Ingot_NumberTensor:$dy, DenseI64ArrayAttr:$filter_sizes, DenseI64ArrayAttr:$strides,
                       DenseI64ArrayAttr:$dilations, DenseI64ArrayAttr:$pad_low, DenseI64ArrayAttr:$pad_high,
                       DefaultValuedAttr<I64Attr, "1">:$groups);
  let results = (outs Ingot_NumberTensor:$result);
  let builders = [OpBuilder<(ins "::mlir::Value":$x, "::mlir::Value":$dy, "::llvm::ArrayRef<int64_t>":$filterSizes, "::llvm::ArrayRef<int64_t>":$strides, "::llvm::ArrayRef<int64_t>":$dilations, "::llvm::ArrayRef<int64_t>":$padLow, "::llvm::ArrayRef<int64_t>":$padHigh,
    CArg<"int64_t", "1">:$groups)>];
  let assemblyFormat = [{ $x `,` $dy `filter_sizes` $filter_sizes `strides` $strides `dilations` $dilations `pads` $pad_low `x`
    $pad_high attr-dict `:` functional-type(operands, $result) }];
  let hasVerifier = 1;
}
