//===- SimplifyMovement.cpp - Data movement that moves nothing ---------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Pairs of one op and its like (two transposes, two reshapes, ...) are the ops' own canonicalization.
//
//===----------------------------------------------------------------------===//

#include "passes/Passes.h"
#include "passes/Utils.h"

#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

using namespace mlir;

namespace ingot {

#define GEN_PASS_DEF_SIMPLIFYMOVEMENTPASS
#include "passes/Passes.h.inc"

/// Replaces `op` by `value`, whose type may be more or less static.
static void replaceWithCast(PatternRewriter &rewriter, Operation *op, Value value) {
  Type type = op->getResult(0).getType();
  if (value.getType() != type)
    value = tensor::CastOp::create(rewriter, op->getLoc(), type, value);
  rewriter.replaceOp(op, value);
}

namespace {

/// A transpose that keeps the order of dimensions other than of size 1 is a reshape.
struct TransposeOfUnits : OpRewritePattern<TransposeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(TransposeOp op, PatternRewriter &rewriter) const override {
    if (!movesOnlyUnits(getTensorType(op.getX()), op.getPermutation()))
      return rewriter.notifyMatchFailure(op, "the order of dimensions changes");
    SmallVector<OpFoldResult> sizes = getMixedSizes(rewriter, op.getLoc(), op.getX());
    sizes = permute<OpFoldResult>(sizes, op.getPermutation());
    replaceWithCast(rewriter, op, buildReshape(rewriter, op.getLoc(), op.getX(), sizes));
    return success();
  }
};

/// A slice that lies in one of the concatenated tensors reads that one.
struct SliceOfConcat : OpRewritePattern<SliceOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(SliceOp op, PatternRewriter &rewriter) const override {
    auto concat = op.getX().getDefiningOp<ConcatOp>();
    if (!concat)
      return rewriter.notifyMatchFailure(op, "not a slice of a concat");
    int64_t axis = concat.getAxis();
    int64_t offset = op.getStaticOffsets()[axis], size = op.getStaticSizes()[axis], step = op.getStaticSteps()[axis];
    if (ShapedType::isDynamic(offset) || ShapedType::isDynamic(size) || ShapedType::isDynamic(step) || size == 0)
      return rewriter.notifyMatchFailure(op, "dynamic or empty along the axis of the concat");
    int64_t last = offset + (size - 1) * step, begin = 0;
    for (Value input : concat.getInputs()) {
      int64_t inputSize = getTensorType(input).getDimSize(axis);
      if (ShapedType::isDynamic(inputSize))
        return rewriter.notifyMatchFailure(op, "an input of unknown size comes first");
      if (std::min(offset, last) >= begin && std::max(offset, last) < begin + inputSize) {
        SmallVector<OpFoldResult> offsets = op.getMixedOffsets();
        offsets[axis] = rewriter.getIndexAttr(offset - begin);
        replaceWithCast(rewriter, op,
                        SliceOp::create(rewriter, op.getLoc(), input, offsets, op.getMixedSizes(), op.getMixedSteps()));
        return success();
      }
      begin += inputSize;
    }
    return rewriter.notifyMatchFailure(op, "the slice spans several inputs");
  }
};

/// Slices of one tensor that lie side by side, put together again, are one slice: often the whole tensor.
struct ConcatOfSlices : OpRewritePattern<ConcatOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ConcatOp op, PatternRewriter &rewriter) const override {
    int64_t axis = op.getAxis();
    SmallVector<Value> inputs;
    bool merged = false;
    for (Value input : op.getInputs()) {
      Value joint = inputs.empty() ? Value() : join(inputs.back(), input, axis, rewriter);
      if (!joint) {
        inputs.push_back(input);
        continue;
      }
      inputs.back() = joint;
      merged = true;
    }
    if (!merged)
      return rewriter.notifyMatchFailure(op, "no two neighbours are neighbouring slices");
    Value result = inputs.size() == 1 ? inputs.front() : ConcatOp::create(rewriter, op.getLoc(), inputs, axis).getResult();
    replaceWithCast(rewriter, op, result);
    return success();
  }

private:
  static Value join(Value first, Value second, int64_t axis, PatternRewriter &rewriter) {
    auto a = first.getDefiningOp<SliceOp>(), b = second.getDefiningOp<SliceOp>();
    if (!a || !b || a.getX() != b.getX())
      return {};
    auto offsetsA = a.getMixedOffsets(), offsetsB = b.getMixedOffsets(), sizesA = a.getMixedSizes(), sizesB = b.getMixedSizes();
    auto stepsA = a.getMixedSteps(), stepsB = b.getMixedSteps();
    for (int64_t i = 0, e = offsetsA.size(); i < e; ++i) {
      if (!isEqualConstantIntOrValue(stepsA[i], stepsB[i]))
        return {};
      if (i != axis && (!isEqualConstantIntOrValue(offsetsA[i], offsetsB[i]) || !isEqualConstantIntOrValue(sizesA[i], sizesB[i])))
        return {};
    }
    std::optional<int64_t> offsetA = getConstantIntValue(offsetsA[axis]), offsetB = getConstantIntValue(offsetsB[axis]);
    std::optional<int64_t> sizeA = getConstantIntValue(sizesA[axis]), sizeB = getConstantIntValue(sizesB[axis]);
    if (!offsetA || !offsetB || !sizeA || !sizeB || !isConstantIntValue(stepsA[axis], 1) || *offsetA + *sizeA != *offsetB)
      return {};
    sizesA[axis] = rewriter.getIndexAttr(*sizeA + *sizeB);
    return SliceOp::create(rewriter, b.getLoc(), a.getX(), offsetsA, sizesA, stepsA);
  }
};

/// A concat of concats along the same axis is one.
struct ConcatOfConcats : OpRewritePattern<ConcatOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ConcatOp op, PatternRewriter &rewriter) const override {
    SmallVector<Value> inputs;
    bool flattened = false;
    for (Value input : op.getInputs()) {
      auto inner = input.getDefiningOp<ConcatOp>();
      if (!inner || inner.getAxis() != op.getAxis() || !inner->hasOneUse()) {
        inputs.push_back(input);
        continue;
      }
      llvm::append_range(inputs, inner.getInputs());
      flattened = true;
    }
    if (!flattened)
      return rewriter.notifyMatchFailure(op, "no input is a concat along this axis alone");
    replaceWithCast(rewriter, op, ConcatOp::create(rewriter, op.getLoc(), inputs, op.getAxis()));
    return success();
  }
};

/// Taking one constant index is a slice.
struct GatherOfOne : OpRewritePattern<GatherOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(GatherOp op, PatternRewriter &rewriter) const override {
    RankedTensorType indices = getTensorType(op.getIndices()), type = getTensorType(op.getX());
    if (!indices.hasStaticShape() || indices.getNumElements() != 1)
      return rewriter.notifyMatchFailure(op, "more than one index");
    std::optional<APInt> index = getIntSplat(op.getIndices());
    int64_t axis = op.getAxis(), size = type.getDimSize(axis);
    if (!index || ShapedType::isDynamic(size))
      return rewriter.notifyMatchFailure(op, "index or size are not known: the run checks the range");
    int64_t at = index->getSExtValue() + (index->isNegative() ? size : 0);
    if (at < 0 || at >= size)
      return rewriter.notifyMatchFailure(op, "out of range: the run reports it");
    Location loc = op.getLoc();
    SmallVector<OpFoldResult> offsets(type.getRank(), rewriter.getIndexAttr(0)), steps(type.getRank(), rewriter.getIndexAttr(1));
    SmallVector<OpFoldResult> sizes = getMixedSizes(rewriter, loc, op.getX());
    offsets[axis] = rewriter.getIndexAttr(at);
    sizes[axis] = rewriter.getIndexAttr(1);
    Value slice = SliceOp::create(rewriter, loc, op.getX(), offsets, sizes, steps);
    sizes.erase(sizes.begin() + axis);
    sizes.insert(sizes.begin() + axis, indices.getRank(), rewriter.getIndexAttr(1));
    replaceWithCast(rewriter, op, buildReshape(rewriter, loc, slice, sizes));
    return success();
  }
};

struct SimplifyMovementPass : impl::SimplifyMovementPassBase<SimplifyMovementPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<TransposeOfUnits, SliceOfConcat, ConcatOfSlices, ConcatOfConcats, GatherOfOne>(&getContext());
    TransposeOp::getCanonicalizationPatterns(patterns, &getContext());
    ReshapeOp::getCanonicalizationPatterns(patterns, &getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace

} // namespace ingot
