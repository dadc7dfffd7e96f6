//===- Structural.cpp - Constants, checks and ops of other dialects -----------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ir/LinalgExt/LinalgExt.h"
#include "passes/lower/Lowering.h"

using namespace mlir;

namespace ingot::lower {
namespace {

struct LowerConstant : LowerOp<ConstantOp> {
  using LowerOp::LowerOp;
  FailureOr<Value> lower(ConstantOp op, Adaptor, LinalgBuilder &b, ConversionPatternRewriter &) const override {
    return b.constant(cast<TypedAttr>(Attribute(convertElements(op.getValue()))));
  }
};

/// `arith.constant` of tensors with bool or unsigned elements.
struct ConvertArithConstant : OpConversionPattern<arith::ConstantOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(arith::ConstantOp op, OpAdaptor, ConversionPatternRewriter &rewriter) const override {
    auto elements = dyn_cast<ElementsAttr>(op.getValue());
    if (!elements)
      return rewriter.notifyMatchFailure(op, "not a tensor");
    rewriter.replaceOpWithNewOp<arith::ConstantOp>(op, cast<TypedAttr>(Attribute(convertElements(elements))));
    return success();
  }
};

struct ConvertExtract : OpConversionPattern<tensor::ExtractOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(tensor::ExtractOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    Value element = tensor::ExtractOp::create(rewriter, op.getLoc(), adaptor.getTensor(), adaptor.getIndices());
    if (op.getType().isInteger(1)) {
      Value zero = arith::ConstantOp::create(rewriter, op.getLoc(), rewriter.getZeroAttr(element.getType()));
      element = arith::CmpIOp::create(rewriter, op.getLoc(), arith::CmpIPredicate::ne, element, zero);
    }
    rewriter.replaceOp(op, element);
    return success();
  }
};

struct ConvertFromElements : OpConversionPattern<tensor::FromElementsOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(tensor::FromElementsOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    auto type = cast<RankedTensorType>(getTypeConverter()->convertType(op.getType()));
    SmallVector<Value> elements;
    for (Value element : adaptor.getElements()) {
      if (element.getType().isInteger(1) && type.getElementType().isInteger(8))
        element = arith::ExtUIOp::create(rewriter, op.getLoc(), type.getElementType(), element);
      elements.push_back(element);
    }
    rewriter.replaceOpWithNewOp<tensor::FromElementsOp>(op, type, elements);
    return success();
  }
};

/// Ops of the tensor and arith dialects that mean the same on the converted types.
struct ConvertTypes : ConversionPattern {
  ConvertTypes(const TypeConverter &types, MLIRContext *context)
      : ConversionPattern(types, MatchAnyOpTypeTag(), /*benefit=*/0, context) {}
  LogicalResult matchAndRewrite(Operation *op, ArrayRef<Value> operands, ConversionPatternRewriter &rewriter) const override {
    if (!isa<tensor::TensorDialect, arith::ArithDialect>(op->getDialect()) || op->getNumRegions() != 0)
      return rewriter.notifyMatchFailure(op, "not an op that is generic in its types");
    SmallVector<Type> results;
    if (failed(getTypeConverter()->convertTypes(op->getResultTypes(), results)))
      return failure();
    OperationState state(op->getLoc(), op->getName(), operands, results, op->getAttrs());
    rewriter.replaceOp(op, rewriter.create(state));
    return success();
  }
};

struct LowerAssert : OpConversionPattern<AssertOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(AssertOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOpWithNewOp<linalg_ext::AssertOp>(op, adaptor.getCondition(), op.getMessage());
    return success();
  }
};

} // namespace

void populateStructural(const TypeConverter &types, Patterns &patterns) {
  patterns.add<LowerConstant, ConvertArithConstant, ConvertExtract, ConvertFromElements, ConvertTypes, LowerAssert>(
      types, patterns.getContext());
}

} // namespace ingot::lower
