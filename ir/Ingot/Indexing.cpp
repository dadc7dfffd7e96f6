//===- Indexing.cpp - Gather, scatter, resize, cumulate, sort, topk ------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ir/Ingot/MixedPatterns.h"

using namespace mlir;
using namespace ingot;
using namespace ingot::detail;

static constexpr int64_t kDynamic = ShapedType::kDynamic;

#define INGOT_REIFY_TRACED(OP)                                                                                                     \
  LogicalResult OP::reifyResultShapes(OpBuilder &builder, ReifiedRankedShapedTypeDims &sizes) {                                    \
    return reifySizes(*this, builder, sizes);                                                                                      \
  }

INGOT_REIFY_TRACED(GatherOp)
INGOT_REIFY_TRACED(GatherNdOp)
INGOT_REIFY_TRACED(GatherElementsOp)
INGOT_REIFY_TRACED(NonzeroOp)
INGOT_REIFY_TRACED(ScatterNdOp)
INGOT_REIFY_TRACED(ScatterElementsOp)
INGOT_REIFY_TRACED(ResizeOp)
INGOT_REIFY_TRACED(CumulateOp)
INGOT_REIFY_TRACED(SortOp)
INGOT_REIFY_TRACED(TopkOp)

//===--- gather ------------------------------------------------------------===//

void GatherOp::build(OpBuilder &builder, OperationState &state, Value x, Value indices, int64_t axis) {
  build(builder, state, orElse(inferGatherType(tensorType(x), tensorType(indices), axis), x.getType()), x, indices, axis);
}

LogicalResult GatherOp::verify() {
  if (failed(verifyAxis(*this, "C1", getAxis(), getX().getType().getRank())))
    return failure();
  return verifyType(*this, "C2", "the result", getResult().getType(),
                    inferGatherType(getX().getType(), getIndices().getType(), getAxis()));
}

SizeSource GatherOp::getSizeSource(unsigned, int64_t dim) {
  int64_t axis = getAxis(), indexed = getIndices().getType().getRank();
  if (dim < axis)
    return {getX(), dim};
  return dim < axis + indexed ? SizeSource(getIndices(), dim - axis) : SizeSource(getX(), dim - indexed + 1);
}

//===--- gather_nd ---------------------------------------------------------===//

void GatherNdOp::build(OpBuilder &builder, OperationState &state, Value x, Value indices, int64_t batchDims) {
  build(builder, state, orElse(inferGatherNdType(tensorType(x), tensorType(indices), batchDims), x.getType()), x, indices,
        batchDims);
}

LogicalResult GatherNdOp::verify() {
  auto x = getX().getType(), indices = getIndices().getType();
  int64_t batch = getBatchDims();
  if (batch < 0 || batch >= indices.getRank() || batch > x.getRank() ||
      failed(verifyCompatibleShape(x.getShape().take_front(batch), indices.getShape().take_front(batch))))
    return emitOpError() << "(C1) " << x << " and " << indices << " do not share " << batch << " batch dimensions";
  int64_t tuple = indices.getShape().back();
  if (tuple == kDynamic || tuple > x.getRank() - batch)
    return emitOpError() << "(C2) the last dimension of " << indices << " is not the length of an index into " << x;
  return verifyType(*this, "C3", "the result", getResult().getType(), inferGatherNdType(x, indices, batch));
}

SizeSource GatherNdOp::getSizeSource(unsigned, int64_t dim) {
  int64_t outer = getIndices().getType().getRank() - 1;
  if (dim < outer)
    return {getIndices(), dim};
  return {getX(), dim - outer + static_cast<int64_t>(getBatchDims()) + getIndices().getType().getShape().back()};
}

//===--- gather_elements ---------------------------------------------------===//

void GatherElementsOp::build(OpBuilder &builder, OperationState &state, Value x, Value indices, int64_t axis) {
  build(builder, state, tensorType(indices).clone(tensorType(x).getElementType()), x, indices, axis);
}

LogicalResult GatherElementsOp::verify() {
  auto x = getX().getType(), indices = getIndices().getType();
  if (x.getRank() != indices.getRank())
    return emitOpError() << "(C1) " << x << " and " << indices << " differ in rank";
  if (failed(verifyAxis(*this, "C2", getAxis(), x.getRank())))
    return failure();
  return verifyType(*this, "C3", "the result", getResult().getType(), indices.clone(x.getElementType()));
}

SizeSource GatherElementsOp::getSizeSource(unsigned, int64_t dim) {
  return {getIndices(), dim};
}

//===--- nonzero -----------------------------------------------------------===//

static RankedTensorType inferNonzeroType(RankedTensorType x) {
  return RankedTensorType::get({x.getRank(), kDynamic}, IntegerType::get(x.getContext(), 64));
}

void NonzeroOp::build(OpBuilder &builder, OperationState &state, Value x) {
  build(builder, state, inferNonzeroType(tensorType(x)), x);
}

LogicalResult NonzeroOp::verify() {
  return verifyType(*this, "C1", "the result", getResult().getType(), inferNonzeroType(getX().getType()));
}

SizeSource NonzeroOp::getSizeSource(unsigned, int64_t dim) {
  return dim == 0 ? SizeSource(OpFoldResult(Builder(getContext()).getIndexAttr(getX().getType().getRank()))) : SizeSource();
}

//===--- scatter_nd --------------------------------------------------------===//

void ScatterNdOp::build(OpBuilder &builder, OperationState &state, Value x, Value indices, Value updates, ScatterKind kind) {
  build(builder, state, x.getType(), x, indices, updates, kind);
}

LogicalResult ScatterNdOp::verify() {
  auto x = getX().getType(), indices = getIndices().getType(), updates = getUpdates().getType();
  int64_t tuple = indices.getRank() == 0 ? kDynamic : indices.getShape().back();
  if (tuple == kDynamic || tuple > x.getRank())
    return emitOpError() << "(C1) the last dimension of " << indices << " is not the length of an index into " << x;
  if (failed(verifyType(*this, "C2", "the tensor of updates", updates, inferGatherNdType(x, indices, /*batchDims=*/0))))
    return failure();
  return verifyType(*this, "C3", "the result", getResult().getType(), x);
}

SizeSource ScatterNdOp::getSizeSource(unsigned, int64_t dim) {
  return {getX(), dim};
}

//===--- scatter_elements --------------------------------------------------===//

void ScatterElementsOp::build(OpBuilder &builder, OperationState &state, Value x, Value indices, Value updates, int64_t axis,
                              ScatterKind kind) {
  build(builder, state, x.getType(), x, indices, updates, axis, kind);
}

LogicalResult ScatterElementsOp::verify() {
  auto x = getX().getType(), indices = getIndices().getType();
  if (x.getRank() != indices.getRank())
    return emitOpError() << "(C1) " << x << " and " << indices << " differ in rank";
  if (failed(verifyAxis(*this, "C2", getAxis(), x.getRank())) ||
      failed(verifyType(*this, "C3", "the tensor of updates", getUpdates().getType(), indices.clone(x.getElementType()))))
    return failure();
  return verifyType(*this, "C4", "the result", getResult().getType(), x);
}

SizeSource ScatterElementsOp::getSizeSource(unsigned, int64_t dim) {
  return {getX(), dim};
}

//===--- resize ------------------------------------------------------------===//

LogicalResult ResizeOp::verify() {
  auto x = getX().getType(), result = getResult().getType();
  if (x.getRank() != result.getRank() || x.getElementType() != result.getElementType())
    return emitOpError() << "(C1) " << x << " and " << result << " differ in rank or element type";
  if (failed(verifySizes(*this, "C2", getStaticSizes(), getSizes(), result.getShape())))
    return failure();
  auto isList = [](RankedTensorType type, int64_t length) { return succeeded(verifyCompatibleShape(type.getShape(), {length})); };
  if (getScales() && !isList(getScales().getType(), x.getRank()))
    return emitOpError() << "(C3) the scales " << getScales().getType() << " are not one for each dimension of " << x;
  bool crops = getCoordinates() == ResizeCoordinates::CropAndResize;
  if (crops ? !getRoi() || !isList(getRoi().getType(), 2 * x.getRank()) : bool(getRoi()))
    return emitOpError("(C4) tf_crop_and_resize, and only it, has a region of interest, of two entries for each dimension");
  return success();
}

SizeSource ResizeOp::getSizeSource(unsigned, int64_t dim) {
  return getMixedSizes()[dim];
}

void ResizeOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<MakeSizesStatic<ResizeOp>>(context);
}

//===--- cumulate ----------------------------------------------------------===//

LogicalResult CumulateOp::verify() {
  return verifyAxis(*this, "C1", getAxis(), getX().getType().getRank());
}

SizeSource CumulateOp::getSizeSource(unsigned, int64_t dim) {
  return {getX(), dim};
}

//===--- sort --------------------------------------------------------------===//

static RankedTensorType toI64(RankedTensorType type) {
  return type.clone(IntegerType::get(type.getContext(), 64));
}

void SortOp::build(OpBuilder &builder, OperationState &state, Value x, int64_t axis, bool descending) {
  build(builder, state, x.getType(), toI64(tensorType(x)), x, axis, descending);
}

LogicalResult SortOp::verify() {
  auto x = getX().getType();
  if (failed(verifyAxis(*this, "C1", getAxis(), x.getRank())) ||
      failed(verifyType(*this, "C2", "the tensor of values", getValues().getType(), x)))
    return failure();
  return verifyType(*this, "C2", "the tensor of indices", getIndices().getType(), toI64(x));
}

SizeSource SortOp::getSizeSource(unsigned, int64_t dim) {
  return {getX(), dim};
}

//===--- topk --------------------------------------------------------------===//

void TopkOp::build(OpBuilder &builder, OperationState &state, Value x, OpFoldResult k, int64_t axis, bool largest, bool sorted) {
  SmallVector<int64_t> statics;
  SmallVector<Value> dynamics;
  splitMixed(k, statics, dynamics);
  auto values = cast<RankedTensorType>(orElse(inferTopkType(tensorType(x), statics[0], axis), x.getType()));
  build(builder, state, values, toI64(values), x, dynamics, statics, axis, largest, sorted);
}

LogicalResult TopkOp::verify() {
  auto x = getX().getType();
  if (failed(verifyAxis(*this, "C1", getAxis(), x.getRank())) || failed(verifyMixed(*this, "C2", "k", getStaticK(), getK(), 1)))
    return failure();
  int64_t k = getStaticK().front(), size = x.getDimSize(getAxis());
  if (k != kDynamic && size != kDynamic && k > size)
    return emitOpError() << "(C3) k is " << k << " but x has " << size << " elements along dimension " << getAxis();
  RankedTensorType values = inferTopkType(x, k, getAxis());
  if (failed(verifyType(*this, "C4", "the tensor of values", getValues().getType(), values)))
    return failure();
  return verifyType(*this, "C4", "the tensor of indices", getIndices().getType(), toI64(values));
}

SizeSource TopkOp::getSizeSource(unsigned, int64_t dim) {
  return dim == static_cast<int64_t>(getAxis()) ? SizeSource(getMixedK()) : SizeSource(getX(), dim);
}

namespace {
struct MakeKStatic : OpRewritePattern<TopkOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(TopkOp op, PatternRewriter &rewriter) const override {
    SmallVector<OpFoldResult> k = {op.getMixedK()};
    if (failed(foldDynamicIndexList(k, /*onlyNonNegative=*/true)))
      return rewriter.notifyMatchFailure(op, "k is not a constant operand");
    auto copy = TopkOp::create(rewriter, op.getLoc(), op.getX(), k[0], op.getAxis(), op.getLargest(), op.getSorted());
    rewriter.replaceOp(op, {castTo(rewriter, op.getLoc(), copy.getValues(), op.getValues().getType()),
                            castTo(rewriter, op.getLoc(), copy.getIndices(), op.getIndices().getType())});
    return success();
  }
};
} // namespace

void TopkOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<MakeKStatic>(context);
}
