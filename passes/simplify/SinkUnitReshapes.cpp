//===- SinkUnitReshapes.cpp - Unit dimensions out of the way of fusion -------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Everything moves toward the uses, so the patterns end.
//
//===----------------------------------------------------------------------===//

#include "passes/Passes.h"
#include "passes/Utils.h"

#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

using namespace mlir;

namespace ingot {

#define GEN_PASS_DEF_SINKUNITRESHAPESPASS
#include "passes/Passes.h.inc"

namespace {

/// A reshape that adds or removes dimensions of size 1. `toResult[i]` is the result's dimension for dimension i of x, or -1.
struct UnitReshape {
  mutable ReshapeOp op; // accessors of ops are not const
  SmallVector<int64_t> toResult;

  static std::optional<UnitReshape> match(Value value) {
    auto op = value.getDefiningOp<ReshapeOp>();
    if (!op || op.getX().getType() == op.getType())
      return std::nullopt;
    std::optional<SmallVector<int64_t>> map = matchUnitReshape(op.getX(), op.getResult());
    if (!map)
      return std::nullopt;
    return UnitReshape{op, *map};
  }

  /// Entry j is the dimension of x for dimension j of the result, or -1.
  SmallVector<int64_t> fromResult() const {
    SmallVector<int64_t> map(getTensorType(op.getResult()).getRank(), -1);
    for (auto [i, j] : llvm::enumerate(toResult))
      if (j >= 0)
        map[j] = i;
    return map;
  }
};

/// `broadcast` of a smaller tensor with the dimensions that `keep[i]` is true for; the others have size 1.
Value dropUnits(OpBuilder &builder, BroadcastOp op, ArrayRef<bool> keep, SmallVectorImpl<int64_t> &maybeOne) {
  SmallVector<OpFoldResult> sizes;
  int64_t kept = 0;
  for (int64_t i = 0, e = getTensorType(op.getX()).getRank(); i < e; ++i) {
    if (!keep[i])
      continue;
    sizes.push_back(getMixedSize(builder, op.getLoc(), op.getX(), i));
    if (op.getMaybeOne() && llvm::is_contained(*op.getMaybeOne(), i))
      maybeOne.push_back(kept);
    ++kept;
  }
  return kept == getTensorType(op.getX()).getRank() ? op.getX() : buildReshape(builder, op.getLoc(), op.getX(), sizes);
}

/// elementwise(reshape(x), ...) is reshape(elementwise(x, ...)) when the other operands take x's shape for free.
struct ElementwiseOfUnitReshape : RewritePattern {
  explicit ElementwiseOfUnitReshape(MLIRContext *context) : RewritePattern(MatchAnyOpTypeTag(), 1, context) {}

  LogicalResult matchAndRewrite(Operation *op, PatternRewriter &rewriter) const override {
    if (!isElementwise(op))
      return rewriter.notifyMatchFailure(op, "not elementwise");
    std::optional<UnitReshape> reshape;
    for (Value operand : op->getOperands())
      if ((reshape = UnitReshape::match(operand)))
        break;
    if (!reshape)
      return rewriter.notifyMatchFailure(op, "no operand is a reshape of unit dimensions");
    for (Value operand : op->getOperands())
      if (!isFree(operand, *reshape))
        return rewriter.notifyMatchFailure(op, "an operand would need a reshape of its own");
    Location loc = op->getLoc();
    SmallVector<OpFoldResult> sizes = getMixedSizes(rewriter, loc, reshape->op.getX());
    SmallVector<Value> operands;
    for (Value operand : op->getOperands())
      operands.push_back(reshaped(operand, *reshape, sizes, rewriter));
    auto element = getTensorType(op->getResult(0)).getElementType();
    auto type = RankedTensorType::get(getTensorType(reshape->op.getX()).getShape(), element);
    Value result = rebuildWith(rewriter, op, operands, type)->getResult(0);
    result = ReshapeOp::create(rewriter, loc, result, reshape->op.getMixedSizes());
    if (result.getType() != op->getResult(0).getType())
      result = tensor::CastOp::create(rewriter, loc, op->getResult(0).getType(), result);
    rewriter.replaceOp(op, result);
    return success();
  }

private:
  static bool isSame(Value operand, const UnitReshape &reshape) {
    std::optional<UnitReshape> other = UnitReshape::match(operand);
    return other && other->op.getX().getType() == reshape.op.getX().getType() && other->toResult == reshape.toResult;
  }

  static bool isFree(Value operand, const UnitReshape &reshape) {
    return isSame(operand, reshape) || operand.getDefiningOp<BroadcastOp>() ||
           (isConstant(operand) && getTensorType(reshape.op.getX()).hasStaticShape());
  }

  static Value reshaped(Value operand, const UnitReshape &reshape, ArrayRef<OpFoldResult> sizes, PatternRewriter &rewriter) {
    if (isSame(operand, reshape))
      return operand.getDefiningOp<ReshapeOp>().getX();
    auto broadcast = operand.getDefiningOp<BroadcastOp>();
    if (!broadcast)
      return buildReshape(rewriter, operand.getLoc(), operand, sizes);
    SmallVector<int64_t> fromResult = reshape.fromResult(), dimensions, maybeOne;
    SmallVector<bool> keep;
    for (int64_t dim : broadcast.getDimensions()) {
      keep.push_back(fromResult[dim] >= 0);
      if (fromResult[dim] >= 0)
        dimensions.push_back(fromResult[dim]);
    }
    Value x = dropUnits(rewriter, broadcast, keep, maybeOne);
    return BroadcastOp::create(rewriter, broadcast.getLoc(), x, dimensions, sizes, maybeOne);
  }
};

/// An elementwise op on broadcasts of one shape along the same dimensions is computed before the broadcast.
struct ElementwiseOfBroadcasts : RewritePattern {
  explicit ElementwiseOfBroadcasts(MLIRContext *context) : RewritePattern(MatchAnyOpTypeTag(), 1, context) {}

  LogicalResult matchAndRewrite(Operation *op, PatternRewriter &rewriter) const override {
    if (!isElementwise(op))
      return rewriter.notifyMatchFailure(op, "not elementwise");
    BroadcastOp base;
    for (Value operand : op->getOperands()) {
      auto broadcast = operand.getDefiningOp<BroadcastOp>();
      if (!broadcast)
        return rewriter.notifyMatchFailure(op, "an operand is no broadcast");
      if (!base || getTensorType(broadcast.getX()).getRank() > getTensorType(base.getX()).getRank())
        base = broadcast;
    }
    if (!base)
      return rewriter.notifyMatchFailure(op, "no operands");
    RankedTensorType small = getTensorType(base.getX());
    if (small.getShape() == getTensorType(op->getResult(0)).getShape() && small.hasStaticShape())
      return rewriter.notifyMatchFailure(op, "the broadcast repeats nothing");
    for (Value operand : op->getOperands()) {
      auto broadcast = operand.getDefiningOp<BroadcastOp>();
      RankedTensorType type = getTensorType(broadcast.getX());
      bool same = type.getShape() == small.getShape() && broadcast.getDimensions() == base.getDimensions() &&
                  broadcast.getMaybeOneAttr() == base.getMaybeOneAttr();
      for (int64_t i = 0, e = same ? type.getRank() : 0; i < e; ++i)
        same &= areSizesEqual(broadcast.getX(), i, base.getX(), i);
      if (!same && type.getRank() != 0)
        return rewriter.notifyMatchFailure(op, "the broadcasts differ");
    }
    Location loc = op->getLoc();
    SmallVector<OpFoldResult> sizes = getMixedSizes(rewriter, loc, base.getX());
    SmallVector<Value> operands;
    for (Value operand : op->getOperands()) {
      Value x = operand.getDefiningOp<BroadcastOp>().getX();
      bool isScalar = getTensorType(x).getRank() == 0 && small.getRank() != 0;
      operands.push_back(isScalar ? BroadcastOp::create(rewriter, loc, x, ArrayRef<int64_t>(), sizes).getResult() : x);
    }
    auto type = RankedTensorType::get(small.getShape(), getTensorType(op->getResult(0)).getElementType());
    Value result = rebuildWith(rewriter, op, operands, type)->getResult(0);
    ArrayRef<int64_t> maybeOne = base.getMaybeOne().value_or(ArrayRef<int64_t>());
    result = BroadcastOp::create(rewriter, loc, result, base.getDimensions(), base.getMixedSizes(), maybeOne);
    if (result.getType() != op->getResult(0).getType())
      result = tensor::CastOp::create(rewriter, loc, op->getResult(0).getType(), result);
    rewriter.replaceOp(op, result);
    return success();
  }
};

struct SinkUnitReshapesPass : impl::SinkUnitReshapesPassBase<SinkUnitReshapesPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<ElementwiseOfUnitReshape, ElementwiseOfBroadcasts>(&getContext());
    // Among them: a broadcast of such a reshape says itself where the dimensions go.
    BroadcastOp::getCanonicalizationPatterns(patterns, &getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace

} // namespace ingot
