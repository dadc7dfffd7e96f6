//===- SimplifyAlgebra.cpp - Cheaper equal forms of elementwise ops ----------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A rewrite here is exact, or as accurate as the form it replaces. Neutral elements (x + 0, x * 1) are the ops' own folders.
//
//===----------------------------------------------------------------------===//

#include "passes/Passes.h"
#include "passes/Utils.h"

#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

using namespace mlir;

namespace ingot {

#define GEN_PASS_DEF_SIMPLIFYALGEBRAPASS
#include "passes/Passes.h.inc"

static std::optional<double> getDoubleSplat(Value value) {
  std::optional<APFloat> splat = getFloatSplat(value);
  if (!splat)
    return std::nullopt;
  bool losesInfo;
  splat->convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven, &losesInfo);
  return splat->convertToDouble();
}

namespace {

/// Small whole exponents are products, and one half is a square root.
struct PowBySplat : OpRewritePattern<PowOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(PowOp op, PatternRewriter &rewriter) const override {
    Value x = op.getLhs();
    bool isFloat = isa<FloatType>(getTensorType(x).getElementType());
    std::optional<double> exponent = getDoubleSplat(op.getRhs());
    if (!exponent)
      if (std::optional<APInt> integer = getIntSplat(op.getRhs()))
        exponent = integer->sextOrTrunc(64).getSExtValue();
    if (!exponent)
      return rewriter.notifyMatchFailure(op, "the exponent is not one constant number");
    Location loc = op.getLoc();
    if (*exponent == 1) {
      rewriter.replaceOp(op, x);
      return success();
    }
    if (*exponent == 2 || *exponent == 3) {
      Value square = MulOp::create(rewriter, loc, x.getType(), x, x);
      rewriter.replaceOp(op, *exponent == 2 ? square : MulOp::create(rewriter, loc, x.getType(), square, x).getResult());
      return success();
    }
    if (!isFloat)
      return rewriter.notifyMatchFailure(op, "no product of few factors");
    if (*exponent == 0.5) {
      rewriter.replaceOpWithNewOp<SqrtOp>(op, x.getType(), x);
      return success();
    }
    if (*exponent == -1) {
      rewriter.replaceOpWithNewOp<DivOp>(op, x.getType(), buildSplat(rewriter, loc, 1.0, x), x);
      return success();
    }
    return rewriter.notifyMatchFailure(op, "no product of few factors");
  }
};

/// The reciprocal of a power of two is exact, and a product is cheaper than a quotient.
struct DivByPowerOfTwo : OpRewritePattern<DivOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(DivOp op, PatternRewriter &rewriter) const override {
    std::optional<APFloat> divisor = getFloatSplat(op.getRhs());
    APFloat reciprocal(APFloat::IEEEdouble());
    if (!divisor || !divisor->getExactInverse(&reciprocal))
      return rewriter.notifyMatchFailure(op, "the divisor is not one power of two");
    bool losesInfo;
    reciprocal.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven, &losesInfo);
    Value factor = buildSplat(rewriter, op.getLoc(), reciprocal.convertToDouble(), op.getLhs());
    rewriter.replaceOpWithNewOp<MulOp>(op, op.getType(), op.getLhs(), factor);
    return success();
  }
};

/// (x * a) * b = x * (a * b), where the product neither overflows nor underflows.
struct MergeFactors : OpRewritePattern<MulOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(MulOp op, PatternRewriter &rewriter) const override {
    auto [x, outer] = splitFactor(op);
    if (!outer)
      return rewriter.notifyMatchFailure(op, "no factor is one constant number");
    auto inner = x.getDefiningOp<MulOp>();
    if (!inner || !inner->hasOneUse())
      return rewriter.notifyMatchFailure(op, "the other factor is no product used here only");
    auto [innerX, innerFactor] = splitFactor(inner);
    if (!innerFactor)
      return rewriter.notifyMatchFailure(op, "the inner product has no factor that is one constant number");
    APFloat product = *outer;
    product.multiply(*innerFactor, APFloat::rmNearestTiesToEven);
    if (!product.isNormal())
      return rewriter.notifyMatchFailure(op, "the product of the factors is not a normal number");
    bool losesInfo;
    product.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven, &losesInfo);
    rewriter.replaceOpWithNewOp<MulOp>(op, op.getType(), innerX,
                                       buildSplat(rewriter, op.getLoc(), product.convertToDouble(), innerX));
    return success();
  }

private:
  static std::pair<Value, std::optional<APFloat>> splitFactor(MulOp op) {
    if (std::optional<APFloat> factor = getFloatSplat(op.getRhs()))
      return {op.getLhs(), factor};
    return {op.getRhs(), getFloatSplat(op.getLhs())};
  }
};

/// Whether a conversion from `from` to `to` keeps every value.
bool isExact(Type from, Type to) {
  auto fromFloat = dyn_cast<FloatType>(from), toFloat = dyn_cast<FloatType>(to);
  if (fromFloat && toFloat)
    return APFloat::isRepresentableBy(fromFloat.getFloatSemantics(), toFloat.getFloatSemantics());
  auto fromInt = dyn_cast<IntegerType>(from), toInt = dyn_cast<IntegerType>(to);
  if (!fromInt || fromFloat)
    return false;
  bool fromSigned = !fromInt.isUnsigned() && fromInt.getWidth() > 1;
  unsigned bits = fromInt.getWidth() - (fromSigned ? 1 : 0);
  if (toFloat)
    return bits <= toFloat.getFPMantissaWidth();
  if (!toInt || toInt.getWidth() == 1)
    return false;
  bool toSigned = !toInt.isUnsigned();
  return (toSigned || !fromSigned) && bits <= toInt.getWidth() - (toSigned ? 1 : 0);
}

/// A conversion by way of a type that holds every value of the first is the direct one.
struct CastOfCast : OpRewritePattern<CastOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(CastOp op, PatternRewriter &rewriter) const override {
    auto inner = op.getX().getDefiningOp<CastOp>();
    if (!inner)
      return rewriter.notifyMatchFailure(op, "not a cast of a cast");
    Type from = getTensorType(inner.getX()).getElementType(), to = getTensorType(op.getResult()).getElementType();
    if (!isExact(from, getTensorType(inner.getResult()).getElementType()))
      return rewriter.notifyMatchFailure(op, "the inner cast does not keep every value");
    if (from == to && inner.getX().getType() == op.getType())
      rewriter.replaceOp(op, inner.getX());
    else
      rewriter.replaceOpWithNewOp<CastOp>(op, op.getType(), inner.getX());
    return success();
  }
};

/// 1 / (1 + exp(-x)), as some exporters spell it.
struct SigmoidSpelledOut : OpRewritePattern<DivOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(DivOp op, PatternRewriter &rewriter) const override {
    auto isOne = [](Value value) { return getDoubleSplat(value) == 1.0; };
    auto sum = op.getRhs().getDefiningOp<AddOp>();
    if (!isOne(op.getLhs()) || !sum || !(isOne(sum.getLhs()) || isOne(sum.getRhs())))
      return rewriter.notifyMatchFailure(op, "not 1 / (1 + y)");
    auto exp = (isOne(sum.getLhs()) ? sum.getRhs() : sum.getLhs()).getDefiningOp<ExpOp>();
    auto neg = exp ? exp.getX().getDefiningOp<NegOp>() : NegOp();
    if (!neg)
      return rewriter.notifyMatchFailure(op, "not 1 / (1 + exp(-x))");
    rewriter.replaceOpWithNewOp<SigmoidOp>(op, op.getType(), neg.getX());
    return success();
  }
};

struct SimplifyAlgebraPass : impl::SimplifyAlgebraPassBase<SimplifyAlgebraPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<PowBySplat, DivByPowerOfTwo, MergeFactors, CastOfCast, SigmoidSpelledOut>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace

} // namespace ingot
