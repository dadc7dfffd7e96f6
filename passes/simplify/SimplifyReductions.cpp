//===- SimplifyReductions.cpp - Windows over everything are reductions -------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/Passes.h"
#include "passes/Utils.h"

#include "mlir/IR/Remarks.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

using namespace mlir;

namespace ingot {

#define GEN_PASS_DEF_SIMPLIFYREDUCTIONSPASS
#include "passes/Passes.h.inc"

namespace {

/// A window that is as large as its dimensions, without padding, has one position.
struct WindowOverEverything : OpRewritePattern<ReduceWindowOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ReduceWindowOp op, PatternRewriter &rewriter) const override {
    Value x = op.getX();
    RankedTensorType type = getTensorType(x);
    SmallVector<int64_t> dimensions;
    int64_t count = 1;
    for (int64_t i = 0, e = type.getRank(); i < e; ++i) {
      if (op.getPadLow()[i] != 0 || op.getPadHigh()[i] != 0)
        return rewriter.notifyMatchFailure(op, "the input is padded");
      int64_t window = op.getWindow()[i];
      if (window == 1 && type.getDimSize(i) != 1) {
        if (op.getStrides()[i] != 1)
          return rewriter.notifyMatchFailure(op, "a dimension is read with gaps");
        continue;
      }
      if (type.getDimSize(i) != window || op.getDilations()[i] != 1)
        return rewriter.notifyMatchFailure(op, "a window does not cover its dimension");
      if (window == 1)
        continue;
      dimensions.push_back(i);
      count *= window;
    }
    Location loc = op.getLoc();
    if (dimensions.empty()) {
      if (x.getType() != op.getType())
        return rewriter.notifyMatchFailure(op, "the types differ");
      rewriter.replaceOp(op, x);
      return success();
    }
    Type element = type.getElementType();
    if (op.getKind() == WindowKind::Mean && !isa<FloatType>(element))
      return rewriter.notifyMatchFailure(op, "a mean of integers");
    SmallVector<int64_t> shape;
    SmallVector<OpFoldResult> sizes;
    for (int64_t i = 0, e = type.getRank(); i < e; ++i) {
      bool reduced = llvm::is_contained(dimensions, i);
      if (!reduced)
        shape.push_back(type.getDimSize(i));
      sizes.push_back(reduced ? OpFoldResult(rewriter.getIndexAttr(1)) : getMixedSize(rewriter, loc, x, i));
    }
    ReduceKind kind = op.getKind() == WindowKind::Max ? ReduceKind::Max : ReduceKind::Sum;
    Value result = ReduceOp::create(rewriter, loc, RankedTensorType::get(shape, element), kind, x, dimensions);
    if (op.getKind() == WindowKind::Mean)
      result = DivOp::create(rewriter, loc, result.getType(), result, buildSplat(rewriter, loc, count, result));
    result = buildReshape(rewriter, loc, result, sizes);
    if (result.getType() != op.getType())
      result = tensor::CastOp::create(rewriter, loc, op.getType(), result);
    rewriter.replaceOp(op, result);
    return success();
  }
};

/// Reducing dimensions of size 1 only drops them.
struct ReduceOfUnits : OpRewritePattern<ReduceOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ReduceOp op, PatternRewriter &rewriter) const override {
    RankedTensorType type = getTensorType(op.getX());
    if (!llvm::all_of(op.getDimensions(), [&](int64_t dim) { return type.getDimSize(dim) == 1; }))
      return rewriter.notifyMatchFailure(op, "a reduced dimension is not of size 1");
    if (type.getElementType() != getTensorType(op.getResult()).getElementType())
      return rewriter.notifyMatchFailure(op, "the element type changes");
    SmallVector<OpFoldResult> sizes;
    for (int64_t i = 0, e = type.getRank(); i < e; ++i)
      if (!llvm::is_contained(op.getDimensions(), i))
        sizes.push_back(getMixedSize(rewriter, op.getLoc(), op.getX(), i));
    Value result = buildReshape(rewriter, op.getLoc(), op.getX(), sizes);
    if (result.getType() != op.getType())
      result = tensor::CastOp::create(rewriter, op.getLoc(), op.getType(), result);
    rewriter.replaceOp(op, result);
    return success();
  }
};

struct SimplifyReductionsPass : impl::SimplifyReductionsPassBase<SimplifyReductionsPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<WindowOverEverything, ReduceOfUnits>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace

} // namespace ingot
