//===- Movement.cpp - Reshape, broadcast, transpose, slice, concat, pad, ... ===//
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

INGOT_REIFY_TRACED(ReshapeOp)
INGOT_REIFY_TRACED(BroadcastOp)
INGOT_REIFY_TRACED(TransposeOp)
INGOT_REIFY_TRACED(SliceOp)
INGOT_REIFY_TRACED(UpdateSliceOp)
INGOT_REIFY_TRACED(ReverseOp)

//===--- reshape -----------------------------------------------------------===//

void ReshapeOp::build(OpBuilder &builder, OperationState &state, Value x, ArrayRef<OpFoldResult> sizes) {
  SmallVector<int64_t> statics;
  SmallVector<Value> dynamics;
  splitMixed(sizes, statics, dynamics);
  build(builder, state, getTensorType(sizes, tensorType(x).getElementType()), x, dynamics, statics);
}

LogicalResult ReshapeOp::verify() {
  auto from = getX().getType(), to = getResult().getType();
  if (failed(verifySizes(*this, "C1", getStaticSizes(), getSizes(), to.getShape())))
    return failure();
  if (from.getElementType() != to.getElementType())
    return emitOpError() << "(C2) the element type changes from " << from.getElementType() << " to " << to.getElementType();
  if (from.hasStaticShape() && to.hasStaticShape() && from.getNumElements() != to.getNumElements())
    return emitOpError() << "(C3) x has " << from.getNumElements() << " elements, the result " << to.getNumElements();
  return success();
}

SizeSource ReshapeOp::getSizeSource(unsigned, int64_t dim) {
  return getMixedSizes()[dim];
}

// Whether a reshape from one list of sizes to an equally long one keeps them all: one size may be unproven, since the others and
// the number of elements leave only one value for it, unless there are no elements.
static bool keepsSizes(ReshapeOp op) {
  int64_t unproven = 0;
  for (int64_t dim = 0; dim < op.getX().getType().getRank(); ++dim) {
    if (op.getResult().getType().getDimSize(dim) == 0)
      return false;
    unproven += !areSizesEqual(op.getX(), dim, op.getResult(), dim);
  }
  return unproven <= 1;
}

OpFoldResult ReshapeOp::fold(FoldAdaptor adaptor) {
  auto from = getX().getType(), to = getResult().getType();
  if (from == to && (from.hasStaticShape() || keepsSizes(*this)))
    return getX();
  if (auto inner = getX().getDefiningOp<ReshapeOp>()) {
    if (inner.getX().getType() == to && to.hasStaticShape())
      return inner.getX();
    getXMutable().assign(inner.getX());
    return getResult();
  }
  if (!to.hasStaticShape() || !from.hasStaticShape())
    return {};
  if (auto dense = dyn_cast_if_present<DenseElementsAttr>(adaptor.getX()))
    return dense.reshape(to);
  if (auto resource = dyn_cast_if_present<DenseResourceElementsAttr>(adaptor.getX()))
    return DenseResourceElementsAttr::get(to, resource.getRawHandle());
  return {};
}

void ReshapeOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<MakeSizesStatic<ReshapeOp>>(context);
}

//===--- broadcast ---------------------------------------------------------===//

void BroadcastOp::build(OpBuilder &builder, OperationState &state, Value x, ArrayRef<int64_t> dimensions,
                        ArrayRef<OpFoldResult> sizes, ArrayRef<int64_t> maybeOne) {
  SmallVector<int64_t> statics;
  SmallVector<Value> dynamics;
  splitMixed(sizes, statics, dynamics);
  build(builder, state, getTensorType(sizes, tensorType(x).getElementType()), x, dimensions, dynamics, statics,
        maybeOne.empty() ? DenseI64ArrayAttr() : builder.getDenseI64ArrayAttr(maybeOne));
}

bool BroadcastOp::mayRepeat(int64_t dim) {
  int64_t size = getX().getType().getDimSize(dim);
  return size == 1 || (size == kDynamic && getMaybeOne() && llvm::is_contained(*getMaybeOne(), dim));
}

LogicalResult BroadcastOp::verify() {
  auto from = getX().getType(), to = getResult().getType();
  if (failed(verifySizes(*this, "C1", getStaticSizes(), getSizes(), to.getShape())))
    return failure();
  if (from.getElementType() != to.getElementType())
    return emitOpError() << "(C2) the element type changes from " << from.getElementType() << " to " << to.getElementType();
  if (static_cast<int64_t>(getDimensions().size()) != from.getRank())
    return emitOpError() << "(C3) " << getDimensions().size() << " dimensions are given for an operand of rank " << from.getRank();
  if (failed(verifyDimensions(*this, "C4", "dimensions", getDimensions(), to.getRank())))
    return failure();
  for (auto [dim, target] : llvm::enumerate(getDimensions())) {
    int64_t size = from.getDimSize(dim), repeated = to.getDimSize(target);
    if (size != kDynamic && size != 1 && repeated != kDynamic && size != repeated)
      return emitOpError() << "(C5) dimension " << dim << " of size " << size << " cannot become one of size " << repeated;
  }
  if (getMaybeOne())
    return verifyDimensions(*this, "C6", "maybe_one", *getMaybeOne(), from.getRank());
  return success();
}

SizeSource BroadcastOp::getSizeSource(unsigned, int64_t dim) {
  return getMixedSizes()[dim];
}

OpFoldResult BroadcastOp::fold(FoldAdaptor) {
  if (getX().getType() != getResult().getType() || !isIdentityPermutation(getDimensions()))
    return {};
  for (int64_t dim = 0; dim < getX().getType().getRank(); ++dim)
    if (getX().getType().isDynamicDim(dim) && mayRepeat(dim) && !areSizesEqual(getX(), dim, getResult(), dim))
      return {};
  return getX();
}

SmallVector<unsigned> BroadcastOp::getTransposableOperands() {
  return {};
}

FailureOr<SmallVector<Value>> BroadcastOp::permuteDimensions(OpBuilder &builder, ValueRange operands,
                                                             ArrayRef<int64_t> permutation) {
  if (!operands.empty() || !isPermutation(permutation, getResult().getType().getRank()))
    return failure();
  SmallVector<int64_t> dimensions;
  for (int64_t dim : getDimensions())
    dimensions.push_back(permuteAxis(dim, permutation));
  SmallVector<OpFoldResult> sizes = permute<OpFoldResult>(getMixedSizes(), permutation);
  auto copy = BroadcastOp::create(builder, getLoc(), getX(), dimensions, sizes, getMaybeOne().value_or(ArrayRef<int64_t>()));
  return SmallVector<Value>{castTo(builder, getLoc(), copy, permuteType(getResult().getType(), permutation))};
}

// Which dimension of `op`'s result each dimension of its operand became, where the reshape only adds dimensions of size 1.
static FailureOr<SmallVector<int64_t>> findAddedUnitDims(ReshapeOp op) {
  auto from = op.getX().getType(), to = op.getResult().getType();
  SmallVector<int64_t> dimensions;
  int64_t source = 0, unproven = 0;
  for (int64_t dim = 0; dim < to.getRank(); ++dim) {
    int64_t size = to.getDimSize(dim);
    if (size == 0)
      return failure();
    bool left = source < from.getRank();
    if (size == 1 && (!left || from.getDimSize(source) != 1))
      continue;
    if (!left || (from.getDimSize(source) != size))
      return failure();
    unproven += size == kDynamic && !areSizesEqual(op.getX(), source, op.getResult(), dim);
    dimensions.push_back(dim);
    ++source;
  }
  if (source != from.getRank() || unproven > 1)
    return failure();
  return dimensions;
}

namespace {
// broadcast(op(x)), where op only moves or adds dimensions, is a broadcast of x.
struct BroadcastOfMoved : OpRewritePattern<BroadcastOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(BroadcastOp op, PatternRewriter &rewriter) const override {
    // Dimension `moved[i]` of the operand is dimension `i` of its own operand.
    SmallVector<int64_t> moved, maybeOne;
    Value source;
    BroadcastOp inner;
    if (auto reshape = op.getX().getDefiningOp<ReshapeOp>()) {
      FailureOr<SmallVector<int64_t>> added = findAddedUnitDims(reshape);
      if (failed(added))
        return rewriter.notifyMatchFailure(op, "the reshape does more than adding dimensions of size 1");
      moved = *added;
      source = reshape.getX();
    } else if (auto transpose = op.getX().getDefiningOp<TransposeOp>()) {
      moved = invertPermutation(transpose.getPermutation());
      source = transpose.getX();
    } else if ((inner = op.getX().getDefiningOp<BroadcastOp>())) {
      moved = llvm::to_vector(inner.getDimensions());
      source = inner.getX();
    } else {
      return rewriter.notifyMatchFailure(op, "the operand is not made by a reshape, transpose or broadcast");
    }
    SmallVector<int64_t> dimensions;
    for (auto [dim, through] : llvm::enumerate(moved)) {
      dimensions.push_back(op.getDimensions()[through]);
      if (tensorType(source).isDynamicDim(dim) && ((inner && inner.mayRepeat(dim)) || op.mayRepeat(through)))
        maybeOne.push_back(dim);
    }
    Value joined = BroadcastOp::create(rewriter, op.getLoc(), source, dimensions, op.getMixedSizes(), maybeOne);
    rewriter.replaceOp(op, castTo(rewriter, op.getLoc(), joined, op.getResult().getType()));
    return success();
  }
};

// `maybe_one` lists only what is in doubt.
struct DropKnownMaybeOne : OpRewritePattern<BroadcastOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(BroadcastOp op, PatternRewriter &rewriter) const override {
    if (!op.getMaybeOne())
      return rewriter.notifyMatchFailure(op, "has no maybe_one");
    SmallVector<int64_t> doubtful;
    ArrayRef<int64_t> entries = *op.getMaybeOne();
    for (int64_t dim : entries)
      if (op.getX().getType().isDynamicDim(dim) && !areSizesEqual(op.getX(), dim, op.getResult(), op.getDimensions()[dim]))
        doubtful.push_back(dim);
    if (doubtful.size() == entries.size())
      return rewriter.notifyMatchFailure(op, "all entries are in doubt");
    rewriter.modifyOpInPlace(
        op, [&] { op.setMaybeOneAttr(doubtful.empty() ? DenseI64ArrayAttr() : rewriter.getDenseI64ArrayAttr(doubtful)); });
    return success();
  }
};
} // namespace

void BroadcastOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<MakeSizesStatic<BroadcastOp>, BroadcastOfMoved, DropKnownMaybeOne>(context);
}

//===--- transpose ---------------------------------------------------------===//

LogicalResult TransposeOp::verify() {
  if (!isPermutation(getPermutation(), getX().getType().getRank()))
    return emitOpError() << "(C1) [" << getPermutation() << "] is not a permutation of the dimensions of rank "
                         << getX().getType().getRank();
  return verifyType(*this, "C2", "the result", getResult().getType(), permuteType(getX().getType(), getPermutation()));
}

LogicalResult TransposeOp::inferReturnTypes(MLIRContext *, std::optional<Location>, Adaptor adaptor, SmallVectorImpl<Type> &types) {
  auto x = tensorType(adaptor.getX());
  types.push_back(isPermutation(adaptor.getPermutation(), x.getRank()) ? permuteType(x, adaptor.getPermutation()) : x);
  return success();
}

bool TransposeOp::isCompatibleReturnTypes(TypeRange inferred, TypeRange declared) {
  return areCompatible(inferred, declared);
}

SizeSource TransposeOp::getSizeSource(unsigned, int64_t dim) {
  return {getX(), getPermutation()[dim]};
}

OpFoldResult TransposeOp::fold(FoldAdaptor adaptor) {
  if (isIdentityPermutation(getPermutation()) && getX().getType() == getResult().getType())
    return getX();
  auto inner = getX().getDefiningOp<TransposeOp>();
  if (inner && inner.getX().getType() == getResult().getType() &&
      isIdentityPermutation(permute(inner.getPermutation(), getPermutation())))
    return inner.getX();
  auto dense = dyn_cast_if_present<DenseElementsAttr>(adaptor.getX());
  if (dense && dense.isSplat() && getResult().getType().hasStaticShape())
    return dense.resizeSplat(getResult().getType());
  return {};
}

namespace {
struct JoinTransposes : OpRewritePattern<TransposeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(TransposeOp op, PatternRewriter &rewriter) const override {
    auto inner = op.getX().getDefiningOp<TransposeOp>();
    if (!inner)
      return rewriter.notifyMatchFailure(op, "the operand is not a transpose");
    rewriter.replaceOpWithNewOp<TransposeOp>(op, op.getResult().getType(), inner.getX(),
                                             permute(inner.getPermutation(), op.getPermutation()));
    return success();
  }
};

// transpose(broadcast(x)) is a broadcast of x to other dimensions.
struct TransposeOfBroadcast : OpRewritePattern<TransposeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(TransposeOp op, PatternRewriter &rewriter) const override {
    auto broadcast = op.getX().getDefiningOp<BroadcastOp>();
    if (!broadcast)
      return rewriter.notifyMatchFailure(op, "the operand is not a broadcast");
    FailureOr<SmallVector<Value>> moved = broadcast.permuteDimensions(rewriter, {}, op.getPermutation());
    if (failed(moved))
      return rewriter.notifyMatchFailure(op, "the broadcast does not move");
    rewriter.replaceOp(op, castTo(rewriter, op.getLoc(), moved->front(), op.getResult().getType()));
    return success();
  }
};
} // namespace

void TransposeOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<JoinTransposes, TransposeOfBroadcast>(context);
}

//===--- slice -------------------------------------------------------------===//

void SliceOp::build(OpBuilder &builder, OperationState &state, Value x, ArrayRef<OpFoldResult> offsets,
                    ArrayRef<OpFoldResult> sizes, ArrayRef<OpFoldResult> steps) {
  SmallVector<int64_t> staticOffsets, staticSizes, staticSteps;
  SmallVector<Value> dynamicOffsets, dynamicSizes, dynamicSteps;
  splitMixed(offsets, staticOffsets, dynamicOffsets);
  splitMixed(sizes, staticSizes, dynamicSizes);
  splitMixed(steps, staticSteps, dynamicSteps);
  build(builder, state, getTensorType(sizes, tensorType(x).getElementType()), x, dynamicOffsets, dynamicSizes, dynamicSteps,
        staticOffsets, staticSizes, staticSteps);
}

LogicalResult SliceOp::verify() {
  auto from = getX().getType(), to = getResult().getType();
  int64_t rank = from.getRank();
  if (failed(verifyMixed(*this, "C1", "offsets", getStaticOffsets(), getOffsets(), rank)) ||
      failed(verifyMixed(*this, "C1", "sizes", getStaticSizes(), getSizes(), rank)) ||
      failed(verifyMixed(*this, "C1", "steps", getStaticSteps(), getSteps(), rank, std::numeric_limits<int64_t>::min())))
    return failure();
  if (from.getElementType() != to.getElementType() || to.getRank() != rank ||
      failed(verifyCompatibleShape(getStaticSizes(), to.getShape())))
    return emitOpError() << "(C2) the result is " << to << ", which is not of the sliced sizes";
  for (int64_t dim = 0; dim < rank; ++dim) {
    int64_t offset = getStaticOffsets()[dim], size = getStaticSizes()[dim], step = getStaticSteps()[dim],
            limit = from.getDimSize(dim);
    if (step == 0)
      return emitOpError() << "(C3) the step of dimension " << dim << " is 0";
    if (offset == kDynamic || size == kDynamic || step == kDynamic || limit == kDynamic || size == 0)
      continue;
    __int128 last = __int128(offset) + __int128(size - 1) * step;
    if (offset >= limit || last < 0 || last >= limit)
      return emitOpError() << "(C4) the slice of dimension " << dim << " leaves x, whose size there is " << limit;
  }
  return success();
}

SizeSource SliceOp::getSizeSource(unsigned, int64_t dim) {
  return getMixedSizes()[dim];
}

OpFoldResult SliceOp::fold(FoldAdaptor adaptor) {
  if (auto dense = dyn_cast_if_present<DenseElementsAttr>(adaptor.getX()))
    if (dense.isSplat() && getResult().getType().hasStaticShape())
      return dense.resizeSplat(getResult().getType());
  if (getX().getType() != getResult().getType())
    return {};
  for (int64_t dim = 0; dim < getX().getType().getRank(); ++dim)
    if (getStaticOffsets()[dim] != 0 || getStaticSteps()[dim] != 1 || !areSizesEqual(getX(), dim, getResult(), dim))
      return {};
  return getX();
}

namespace {
struct MakeSliceStatic : OpRewritePattern<SliceOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(SliceOp op, PatternRewriter &rewriter) const override {
    SmallVector<OpFoldResult> offsets = op.getMixedOffsets(), sizes = op.getMixedSizes(), steps = op.getMixedSteps();
    bool changed = succeeded(foldDynamicIndexList(offsets, /*onlyNonNegative=*/true));
    changed |= succeeded(foldDynamicIndexList(sizes, /*onlyNonNegative=*/true));
    changed |= succeeded(foldDynamicIndexList(steps));
    if (!changed)
      return rewriter.notifyMatchFailure(op, "no operand is a constant");
    Value slice = SliceOp::create(rewriter, op.getLoc(), op.getX(), offsets, sizes, steps);
    if (failed(verifyCompatibleShape(slice.getType(), op.getResult().getType())))
      return rewriter.notifyMatchFailure(op, "the constants contradict the result's type");
    rewriter.replaceOp(op, castTo(rewriter, op.getLoc(), slice, op.getResult().getType()));
    return success();
  }
};

// A slice of a slice, all constant, is one slice.
struct JoinSlices : OpRewritePattern<SliceOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(SliceOp op, PatternRewriter &rewriter) const override {
    auto inner = op.getX().getDefiningOp<SliceOp>();
    if (!inner || !inner.getOffsets().empty() || !inner.getSteps().empty() || !op.getOffsets().empty() || !op.getSteps().empty())
      return rewriter.notifyMatchFailure(op, "not a slice of a slice by constants");
    SmallVector<OpFoldResult> offsets, steps;
    for (int64_t dim = 0; dim < op.getX().getType().getRank(); ++dim) {
      int64_t offset, step;
      if (llvm::MulOverflow(op.getStaticOffsets()[dim], inner.getStaticSteps()[dim], offset) ||
          llvm::AddOverflow(offset, inner.getStaticOffsets()[dim], offset) || offset < 0 ||
          llvm::MulOverflow(op.getStaticSteps()[dim], inner.getStaticSteps()[dim], step))
        return rewriter.notifyMatchFailure(op, "the joined slice cannot be said");
      offsets.push_back(rewriter.getIndexAttr(offset));
      steps.push_back(rewriter.getIndexAttr(step));
    }
    Value joined = SliceOp::create(rewriter, op.getLoc(), inner.getX(), offsets, op.getMixedSizes(), steps);
    rewriter.replaceOp(op, castTo(rewriter, op.getLoc(), joined, op.getResult().getType()));
    return success();
  }
};
} // namespace

void SliceOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<MakeSliceStatic, JoinSlices>(context);
}

//===--- update_slice ------------------------------------------------------===//

void UpdateSliceOp::build(OpBuilder &builder, OperationState &state, Value x, Value update, ArrayRef<OpFoldResult> offsets) {
  SmallVector<int64_t> statics;
  SmallVector<Value> dynamics;
  splitMixed(offsets, statics, dynamics);
  build(builder, state, x.getType(), x, update, dynamics, statics);
}

LogicalResult UpdateSliceOp::verify() {
  auto x = getX().getType(), update = getUpdate().getType();
  if (update.getRank() != x.getRank() || update.getElementType() != x.getElementType())
    return emitOpError() << "(C1) the update " << update << " differs in rank or element type from " << x;
  if (failed(verifyMixed(*this, "C2", "offsets", getStaticOffsets(), getOffsets(), x.getRank())))
    return failure();
  for (auto [dim, offset] : llvm::enumerate(getStaticOffsets())) {
    int64_t size = update.getDimSize(dim), limit = x.getDimSize(dim);
    if (size != kDynamic && limit != kDynamic && (size > limit || (offset != kDynamic && offset > limit - size)))
      return emitOpError() << "(C3) the update leaves dimension " << dim << ", whose size is " << limit;
  }
  return verifyType(*this, "C4", "the result", getResult().getType(), x);
}

SizeSource UpdateSliceOp::getSizeSource(unsigned, int64_t dim) {
  return {getX(), dim};
}

OpFoldResult UpdateSliceOp::fold(FoldAdaptor) {
  if (getUpdate().getType() == getResult().getType() && getResult().getType().hasStaticShape())
    return getUpdate();
  return {};
}

namespace {
struct MakeOffsetsStatic : OpRewritePattern<UpdateSliceOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(UpdateSliceOp op, PatternRewriter &rewriter) const override {
    SmallVector<OpFoldResult> offsets = op.getMixedOffsets();
    if (failed(foldDynamicIndexList(offsets, /*onlyNonNegative=*/true)))
      return rewriter.notifyMatchFailure(op, "no offset is a constant");
    rewriter.replaceOpWithNewOp<UpdateSliceOp>(op, op.getX(), op.getUpdate(), offsets);
    return success();
  }
};
} // namespace

void UpdateSliceOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<MakeOffsetsStatic>(context);
}

//===--- concat ------------------------------------------------------------===//

static SmallVector<RankedTensorType> tensorTypes(ValueRange values) {
  return llvm::map_to_vector(values, [](Value value) { return tensorType(value); });
}

void ConcatOp::build(OpBuilder &builder, OperationState &state, ValueRange inputs, int64_t axis) {
  RankedTensorType inferred = inferConcatType(tensorTypes(inputs), axis);
  Type fallback = inputs.empty() ? Type(RankedTensorType::get({0}, builder.getF32Type())) : inputs[0].getType();
  build(builder, state, orElse(inferred, fallback), inputs, axis);
}

LogicalResult ConcatOp::verify() {
  if (getInputs().empty())
    return emitOpError("(C1) there is nothing to join");
  auto first = tensorType(getInputs().front());
  if (failed(verifyAxis(*this, "C2", getAxis(), first.getRank())))
    return failure();
  SmallVector<RankedTensorType> types = tensorTypes(getInputs());
  for (RankedTensorType type : types) {
    bool matches = type.getRank() == first.getRank() && type.getElementType() == first.getElementType();
    for (int64_t dim = 0; matches && dim < type.getRank(); ++dim)
      matches = dim == static_cast<int64_t>(getAxis()) ||
                succeeded(verifyCompatibleShape(type.getShape().slice(dim, 1), first.getShape().slice(dim, 1)));
    if (!matches)
      return emitOpError() << "(C3) " << type << " and " << first << " differ in more than the size of dimension " << getAxis();
  }
  return verifyType(*this, "C4", "the result", getResult().getType(), inferConcatType(types, getAxis()));
}

SizeSource ConcatOp::getSizeSource(unsigned, int64_t dim) {
  if (dim == static_cast<int64_t>(getAxis()))
    return getInputs().size() == 1 ? SizeSource(getInputs().front(), dim) : SizeSource();
  for (Value input : getInputs())
    if (!tensorType(input).isDynamicDim(dim))
      return {input, dim};
  return {getInputs().front(), dim};
}

LogicalResult ConcatOp::reifyResultShapes(OpBuilder &builder, ReifiedRankedShapedTypeDims &sizes) {
  return reifySizes(*this, builder, sizes, [&](unsigned, int64_t dim, SizeMath &math) {
    OpFoldResult sum = math.constant(0);
    for (Value input : getInputs())
      sum = math.add(sum, getMixedSize(builder, getLoc(), input, dim));
    return sum;
  });
}

OpFoldResult ConcatOp::fold(FoldAdaptor) {
  if (getInputs().size() == 1 && getInputs().front().getType() == getResult().getType())
    return getInputs().front();
  return {};
}

FailureOr<SmallVector<Value>> ConcatOp::permuteDimensions(OpBuilder &builder, ValueRange operands, ArrayRef<int64_t> permutation) {
  if (operands.size() != getInputs().size() || !isPermutation(permutation, getResult().getType().getRank()))
    return failure();
  return SmallVector<Value>{ConcatOp::create(builder, getLoc(), permuteType(getResult().getType(), permutation), operands,
                                             permuteAxis(getAxis(), permutation))};
}

SmallVector<unsigned> ConcatOp::getTransposableOperands() {
  return llvm::to_vector(llvm::seq<unsigned>(0, getInputs().size()));
}

namespace {
// Inputs without elements add nothing, and a concat along the same axis is part of this one.
struct SimplifyConcat : OpRewritePattern<ConcatOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ConcatOp op, PatternRewriter &rewriter) const override {
    SmallVector<Value> inputs;
    for (Value input : op.getInputs()) {
      auto inner = input.getDefiningOp<ConcatOp>();
      if (inner && inner.getAxis() == op.getAxis() && inner->hasOneUse())
        llvm::append_range(inputs, inner.getInputs());
      else if (tensorType(input).getDimSize(op.getAxis()) != 0)
        inputs.push_back(input);
    }
    if (inputs.empty() || llvm::equal(inputs, op.getInputs()))
      return rewriter.notifyMatchFailure(op, "every input counts");
    rewriter.replaceOpWithNewOp<ConcatOp>(op, op.getResult().getType(), inputs, op.getAxis());
    return success();
  }
};
} // namespace

void ConcatOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<SimplifyConcat>(context);
}

//===--- pad ---------------------------------------------------------------===//

void PadOp::build(OpBuilder &builder, OperationState &state, Value x, Value value, ArrayRef<OpFoldResult> low,
                  ArrayRef<OpFoldResult> high, PadMode mode) {
  SmallVector<int64_t> staticLow, staticHigh;
  SmallVector<Value> dynamicLow, dynamicHigh;
  splitMixed(low, staticLow, dynamicLow);
  splitMixed(high, staticHigh, dynamicHigh);
  build(builder, state, orElse(inferPadType(tensorType(x), staticLow, staticHigh), x.getType()), x, value, dynamicLow, dynamicHigh,
        staticLow, staticHigh, mode);
}

LogicalResult PadOp::verify() {
  auto x = getX().getType(), value = getValue().getType();
  int64_t lowest = std::numeric_limits<int64_t>::min();
  if (failed(verifyMixed(*this, "C1", "low", getStaticLow(), getLow(), x.getRank(), lowest)) ||
      failed(verifyMixed(*this, "C1", "high", getStaticHigh(), getHigh(), x.getRank(), lowest)))
    return failure();
  if (value.getRank() != 0 || value.getElementType() != x.getElementType())
    return emitOpError() << "(C2) the value " << value << " is not a scalar of x's element type";
  return verifyType(*this, "C3", "the result", getResult().getType(), inferPadType(x, getStaticLow(), getStaticHigh()));
}

SizeSource PadOp::getSizeSource(unsigned, int64_t dim) {
  return getStaticLow()[dim] == 0 && getStaticHigh()[dim] == 0 ? SizeSource(getX(), dim) : SizeSource();
}

LogicalResult PadOp::reifyResultShapes(OpBuilder &builder, ReifiedRankedShapedTypeDims &sizes) {
  return reifySizes(*this, builder, sizes, [&](unsigned, int64_t dim, SizeMath &math) {
    OpFoldResult pads = math.add(getMixedLow()[dim], getMixedHigh()[dim]);
    return math.add(getMixedSize(builder, getLoc(), getX(), dim), pads);
  });
}

OpFoldResult PadOp::fold(FoldAdaptor) {
  auto isZero = [](int64_t entry) { return entry == 0; };
  if (getX().getType() == getResult().getType() && llvm::all_of(getStaticLow(), isZero) && llvm::all_of(getStaticHigh(), isZero))
    return getX();
  return {};
}

FailureOr<SmallVector<Value>> PadOp::permuteDimensions(OpBuilder &builder, ValueRange operands, ArrayRef<int64_t> permutation) {
  if (operands.size() != 1 || !isPermutation(permutation, getX().getType().getRank()))
    return failure();
  Value pad = PadOp::create(builder, getLoc(), operands[0], getValue(), permute<OpFoldResult>(getMixedLow(), permutation),
                            permute<OpFoldResult>(getMixedHigh(), permutation), getMode());
  return SmallVector<Value>{castTo(builder, getLoc(), pad, permuteType(getResult().getType(), permutation))};
}

SmallVector<unsigned> PadOp::getTransposableOperands() {
  return {0};
}

namespace {
struct MakePadsStatic : OpRewritePattern<PadOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(PadOp op, PatternRewriter &rewriter) const override {
    SmallVector<OpFoldResult> low = op.getMixedLow(), high = op.getMixedHigh();
    bool changed = succeeded(foldDynamicIndexList(low));
    changed |= succeeded(foldDynamicIndexList(high));
    if (!changed)
      return rewriter.notifyMatchFailure(op, "no operand is a constant");
    RankedTensorType type = inferPadType(op.getX().getType(), getShape(low), getShape(high));
    if (!type || failed(verifyCompatibleShape(type, op.getResult().getType())))
      return rewriter.notifyMatchFailure(op, "the constants contradict the result's type");
    Value pad = PadOp::create(rewriter, op.getLoc(), op.getX(), op.getValue(), low, high, op.getMode());
    rewriter.replaceOp(op, castTo(rewriter, op.getLoc(), pad, op.getResult().getType()));
    return success();
  }
};
} // namespace

void PadOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<MakePadsStatic>(context);
}

//===--- reverse -----------------------------------------------------------===//

LogicalResult ReverseOp::verify() {
  return verifyDimensions(*this, "C1", "dimensions", getDimensions(), getX().getType().getRank());
}

SizeSource ReverseOp::getSizeSource(unsigned, int64_t dim) {
  return {getX(), dim};
}
