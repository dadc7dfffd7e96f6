//===- SizePatterns.cpp - Arithmetic on sizes --------------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/simplify/SizePatterns.h"
#include "passes/Utils.h"

#include <numeric>

using namespace mlir;

namespace ingot {

namespace {

/// `a == c ? f(a) : a` is `a` when `f(c)` is `c`: the size of a broadcast of `a` with `min(a, k)`.
struct SelectOfItself : OpRewritePattern<arith::SelectOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(arith::SelectOp op, PatternRewriter &rewriter) const override {
    auto compare = op.getCondition().getDefiningOp<arith::CmpIOp>();
    if (!compare || compare.getPredicate() != arith::CmpIPredicate::eq || compare.getLhs() != op.getFalseValue())
      return rewriter.notifyMatchFailure(op, "not a choice between a value and something else for one of its values");
    std::optional<int64_t> constant = getConstantIntValue(compare.getRhs());
    Operation *choice = op.getTrueValue().getDefiningOp();
    if (!constant || !choice || !isa<arith::MinSIOp, arith::MaxSIOp>(choice))
      return rewriter.notifyMatchFailure(op, "no minimum or maximum for a constant");
    Value other = choice->getOperand(choice->getOperand(0) == compare.getLhs() ? 1 : 0);
    std::optional<int64_t> limit = getConstantIntValue(other);
    if (!limit || !llvm::is_contained(choice->getOperands(), compare.getLhs()))
      return rewriter.notifyMatchFailure(op, "the limit is not a constant");
    int64_t result = isa<arith::MinSIOp>(choice) ? std::min(*constant, *limit) : std::max(*constant, *limit);
    if (result != *constant)
      return rewriter.notifyMatchFailure(op, "the value changes");
    rewriter.replaceOp(op, op.getFalseValue());
    return success();
  }
};

/// A product of sizes.
struct Product {
  int64_t constant = 1;
  SmallVector<Value> factors;

  static Product of(Value value) {
    Product result;
    SmallVector<Value> worklist{value};
    while (!worklist.empty()) {
      Value next = worklist.pop_back_val();
      if (std::optional<int64_t> constant = getConstantIntValue(next))
        result.constant *= *constant;
      else if (auto product = next.getDefiningOp<arith::MulIOp>())
        worklist.append({product.getRhs(), product.getLhs()});
      else
        result.factors.push_back(next);
    }
    return result;
  }

  Value build(OpBuilder &builder, Location loc) const {
    Value result;
    for (Value factor : factors)
      result = result ? arith::MulIOp::create(builder, loc, result, factor).getResult() : factor;
    if (result && constant == 1)
      return result;
    Value scale = arith::ConstantIndexOp::create(builder, loc, constant);
    return result ? arith::MulIOp::create(builder, loc, result, scale).getResult() : scale;
  }
};

/// `(a * b * 12) / (a * 4)` is `b * 3`: what `-1` stands for in a reshape. A divisor of 0 has no meaning to keep.
template <typename DivOp>
struct CancelFactors : OpRewritePattern<DivOp> {
  using OpRewritePattern<DivOp>::OpRewritePattern;

  LogicalResult matchAndRewrite(DivOp op, PatternRewriter &rewriter) const override {
    if (!op.getType().isIndex())
      return rewriter.notifyMatchFailure(op, "not a size");
    Product above = Product::of(op.getLhs()), below = Product::of(op.getRhs());
    if (above.constant <= 0 || below.constant <= 0)
      return rewriter.notifyMatchFailure(op, "a constant factor is not positive");
    size_t before = below.factors.size();
    for (Value factor : llvm::to_vector(below.factors)) {
      auto found = llvm::find(above.factors, factor);
      if (found == above.factors.end())
        continue;
      above.factors.erase(found);
      below.factors.erase(llvm::find(below.factors, factor));
    }
    int64_t common = std::gcd(above.constant, below.constant);
    if (before == below.factors.size() && common == 1)
      return rewriter.notifyMatchFailure(op, "no common factor");
    above.constant /= common;
    below.constant /= common;
    Value result = above.build(rewriter, op.getLoc());
    if (!below.factors.empty() || below.constant != 1)
      result = DivOp::create(rewriter, op.getLoc(), result, below.build(rewriter, op.getLoc()));
    rewriter.replaceOp(op, result);
    return success();
  }
};

/// Nothing behind an assertion that fails is reached. With the sizes that make it fail the ops there may even contradict each other: a
/// branch for other sizes, squeezing a dimension that is not 1.
struct DropBehindFailure : OpRewritePattern<AssertOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(AssertOp op, PatternRewriter &rewriter) const override {
    if (!matchPattern(op.getCondition(), m_Zero()))
      return rewriter.notifyMatchFailure(op, "not known to fail");
    Block *block = op->getBlock();
    Operation *terminator = block->getTerminator();
    SmallVector<Operation *> dead;
    for (Operation *next = op->getNextNode(); next && next != terminator; next = next->getNextNode())
      if (!isStandIn(next))
        dead.push_back(next);
    if (dead.empty())
      return rewriter.notifyMatchFailure(op, "nothing behind it");
    SmallVector<Value> standIns;
    for (Value operand : terminator->getOperands()) {
      auto type = dyn_cast<RankedTensorType>(operand.getType());
      bool isDead = operand.getDefiningOp() && llvm::is_contained(dead, operand.getDefiningOp());
      if (isDead && !type)
        return rewriter.notifyMatchFailure(op, "a result that is no tensor");
      rewriter.setInsertionPoint(terminator);
      standIns.push_back(isDead ? buildStandIn(rewriter, operand.getLoc(), type) : operand);
    }
    rewriter.modifyOpInPlace(terminator, [&] { terminator->setOperands(standIns); });
    for (Operation *next : llvm::reverse(dead))
      rewriter.eraseOp(next);
    return success();
  }

private:
  static bool isStandIn(Operation *op) {
    return isa<ConstantOp, tensor::CastOp>(op) || (isa<BroadcastOp>(op) && isConstant(op->getOperand(0)));
  }

  /// Zeros; dynamic dimensions get size 1.
  static Value buildStandIn(OpBuilder &builder, Location loc, RankedTensorType type) {
    SmallVector<OpFoldResult> sizes;
    for (int64_t size : type.getShape())
      sizes.push_back(builder.getIndexAttr(ShapedType::isDynamic(size) ? 1 : size));
    auto scalarType = RankedTensorType::get({}, type.getElementType());
    TypedAttr zero = isa<FloatType>(type.getElementType()) ? TypedAttr(builder.getFloatAttr(type.getElementType(), 0.0))
                                                           : TypedAttr(builder.getIntegerAttr(type.getElementType(), 0));
    Value scalar = ConstantOp::create(builder, loc, DenseElementsAttr::get(scalarType, Attribute(zero)));
    Value result = BroadcastOp::create(builder, loc, scalar, ArrayRef<int64_t>(), sizes);
    return result.getType() == type ? result : tensor::CastOp::create(builder, loc, type, result).getResult();
  }
};

} // namespace

void populateSizePatterns(RewritePatternSet &patterns) {
  patterns.add<SelectOfItself, CancelFactors<arith::FloorDivSIOp>, CancelFactors<arith::DivSIOp>, CancelFactors<arith::DivUIOp>,
               DropBehindFailure>(patterns.getContext());
}

} // namespace ingot
