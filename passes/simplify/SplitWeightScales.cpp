//===- SplitWeightScales.cpp - Scales of 8-bit weights behind the product ----===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/Passes.h"
#include "passes/Utils.h"
#include "passes/simplify/WeightFolding.h"

#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

using namespace mlir;

namespace ingot {

#define GEN_PASS_DEF_SPLITWEIGHTSCALESPASS
#include "passes/Passes.h.inc"

namespace {

/// Below this the weights stay in the nearest cache whatever their type.
constexpr int64_t minElements = 4096;

/// Weights `whole * scale`, transposed: `whole` a constant of bytes, or its cast to float, and `scale` constants that vary along
/// dimension `dim` of the weights, or (-1) along none.
struct ScaledWeights {
  Value whole, scale;
  int64_t dim = -1;
  SmallVector<TransposeOp> transposes; // innermost first
};

bool isByteConstant(Value value) {
  auto type = dyn_cast<IntegerType>(getTensorType(value).getElementType());
  return isConstant(value) && type && type.getWidth() == 8;
}

bool isAllZero(Value value) {
  if (std::optional<APInt> splat = getIntSplat(value))
    return splat->isZero();
  auto constant = value.getDefiningOp<ConstantOp>();
  return constant && llvm::all_of(getConstantBytes(constant.getValue()), [](char byte) { return byte == 0; });
}

/// Whether `value` is made of a constant and varies along one dimension at most of what it is broadcast to.
bool matchScale(Value value, ScaledWeights &weights) {
  SmallVector<int64_t> dimensions;
  if (auto broadcast = value.getDefiningOp<BroadcastOp>()) {
    dimensions.assign(broadcast.getDimensions().begin(), broadcast.getDimensions().end());
    value = broadcast.getX();
  } else {
    dimensions = llvm::to_vector(llvm::seq<int64_t>(0, getTensorType(value).getRank()));
  }
  Value source = value;
  while (isa_and_nonnull<ReshapeOp, CastOp>(source.getDefiningOp()))
    source = source.getDefiningOp()->getOperand(0);
  RankedTensorType type = getTensorType(value);
  if (!isConstant(source) || !type.hasStaticShape())
    return false;
  weights.dim = -1;
  weights.scale = value;
  for (auto [size, dim] : llvm::zip(type.getShape(), dimensions)) {
    if (size == 1)
      continue;
    if (weights.dim >= 0)
      return false;
    weights.dim = dim;
  }
  return true;
}

std::optional<ScaledWeights> matchScaledWeights(Value value) {
  ScaledWeights weights;
  Operation *op = value.getDefiningOp();
  if (auto transpose = dyn_cast_or_null<TransposeOp>(op)) {
    std::optional<ScaledWeights> inner = matchScaledWeights(transpose.getX());
    if (!inner)
      return std::nullopt;
    if (inner->dim >= 0)
      inner->dim = llvm::find(transpose.getPermutation(), inner->dim) - transpose.getPermutation().begin();
    inner->transposes.push_back(transpose);
    return inner;
  }
  if (auto mul = dyn_cast_or_null<MulOp>(op)) {
    for (auto [whole, scale] : {std::pair(mul.getLhs(), mul.getRhs()), std::pair(mul.getRhs(), mul.getLhs())}) {
      auto cast = whole.getDefiningOp<CastOp>();
      if (!cast || !isByteConstant(cast.getX()) || !matchScale(scale, weights))
        continue;
      weights.whole = whole;
      return weights;
    }
    return std::nullopt;
  }
  auto dequantize = dyn_cast_or_null<DequantizeOp>(op);
  // With a zero point the numbers need a ninth bit.
  if (!dequantize || !isByteConstant(dequantize.getX()) || dequantize.getBlockSize() != 0 || !isConstant(dequantize.getScale()) ||
      !isAllZero(dequantize.getZeroPoint()))
    return std::nullopt;
  weights.whole = dequantize.getX();
  weights.scale = dequantize.getScale();
  RankedTensorType type = getTensorType(weights.scale);
  if (type.getRank() == 1 && type.getDimSize(0) != 1)
    weights.dim = dequantize.getAxis();
  return weights;
}

struct ScaleBehindContract : OpRewritePattern<ContractOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ContractOp op, PatternRewriter &rewriter) const override {
    RankedTensorType type = getTensorType(op.getRhs());
    if (!type.getElementType().isF32() || !op.getType().getElementType().isF32())
      return rewriter.notifyMatchFailure(op, "no product of f32");
    if (!type.hasStaticShape() || type.getNumElements() < minElements)
      return rewriter.notifyMatchFailure(op, "few weights");
    std::optional<ScaledWeights> weights = matchScaledWeights(op.getRhs());
    if (!weights)
      return rewriter.notifyMatchFailure(op, "the weights are not scaled bytes");
    SmallVector<int64_t> free = op.getRhsFree();
    SmallVector<int64_t> dimensions;
    SmallVector<OpFoldResult> scaleSizes;
    if (weights->dim >= 0) {
      auto *found = llvm::find(free, weights->dim);
      if (found == free.end())
        return rewriter.notifyMatchFailure(op, "the scale varies along the sum");
      dimensions.push_back(op.getType().getRank() - (free.end() - found));
      scaleSizes.push_back(rewriter.getIndexAttr(getTensorType(weights->scale).getNumElements()));
    }
    Location loc = op.getLoc();
    Value whole = weights->whole;
    if (isByteConstant(whole))
      whole = CastOp::create(rewriter, loc, whole, type.getElementType());
    for (TransposeOp transpose : weights->transposes)
      whole = buildTranspose(rewriter, loc, whole, transpose.getPermutation());
    Value product = ContractOp::create(rewriter, loc, op.getType(), op.getLhs(), whole, op.getLhsBatch(), op.getRhsBatch(),
                                       op.getLhsContracting(), op.getRhsContracting());
    Value scale = buildReshape(rewriter, loc, weights->scale, scaleSizes);
    scale = BroadcastOp::create(rewriter, loc, scale, dimensions, getMixedSizes(rewriter, loc, product));
    rewriter.replaceOpWithNewOp<MulOp>(op, op.getType(), product, scale);
    return success();
  }
};

struct SplitWeightScalesPass : impl::SplitWeightScalesPassBase<SplitWeightScalesPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<ScaleBehindContract>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace

} // namespace ingot
