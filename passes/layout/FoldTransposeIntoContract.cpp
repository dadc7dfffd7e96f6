//===- FoldTransposeIntoContract.cpp - Read transposed operands in place -----===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A contraction names its batch and contracting dimensions wherever they are; only the order of the free ones decides that of the
// result.
//
//===----------------------------------------------------------------------===//

#include "passes/Passes.h"
#include "passes/Utils.h"

#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

using namespace mlir;

namespace ingot {

#define GEN_PASS_DEF_FOLDTRANSPOSEINTOCONTRACTPASS
#include "passes/Passes.h.inc"

namespace {

struct FoldTransposedOperand : OpRewritePattern<ContractOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ContractOp op, PatternRewriter &rewriter) const override {
    for (bool isLhs : {true, false}) {
      auto transpose = (isLhs ? op.getLhs() : op.getRhs()).getDefiningOp<TransposeOp>();
      if (!transpose)
        continue;
      ArrayRef<int64_t> permutation = transpose.getPermutation();
      SmallVector<int64_t> free = mapThrough(permutation, isLhs ? op.getLhsFree() : op.getRhsFree());
      if (!llvm::is_sorted(free))
        continue;
      rewriter.modifyOpInPlace(op, [&] {
        op->setOperand(isLhs ? 0 : 1, transpose.getX());
        if (isLhs) {
          op.setLhsBatch(mapThrough(permutation, op.getLhsBatch()));
          op.setLhsContracting(mapThrough(permutation, op.getLhsContracting()));
        } else {
          op.setRhsBatch(mapThrough(permutation, op.getRhsBatch()));
          op.setRhsContracting(mapThrough(permutation, op.getRhsContracting()));
        }
      });
      return success();
    }
    return rewriter.notifyMatchFailure(op, "no operand is transposed with its free dimensions in order");
  }

private:
  static SmallVector<int64_t> mapThrough(ArrayRef<int64_t> permutation, ArrayRef<int64_t> dims) {
    SmallVector<int64_t> result;
    for (int64_t dim : dims)
      result.push_back(permutation[dim]);
    return result;
  }
};

/// Batch dimensions come in the order of the attribute, and exchanging the operands exchanges their free dimensions.
struct FoldTransposedResult : OpRewritePattern<TransposeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(TransposeOp op, PatternRewriter &rewriter) const override {
    auto contract = op.getX().getDefiningOp<ContractOp>();
    if (!contract || !contract->hasOneUse())
      return rewriter.notifyMatchFailure(op, "not the only use of a contraction");
    int64_t batch = contract.getLhsBatch().size(), lhs = contract.getLhsFree().size(), rhs = contract.getRhsFree().size();
    ArrayRef<int64_t> permutation = op.getPermutation();
    SmallVector<int64_t> lhsBatch, rhsBatch;
    for (int64_t i = 0; i < batch; ++i) {
      if (permutation[i] >= batch)
        return rewriter.notifyMatchFailure(op, "a batch dimension does not stay in front");
      lhsBatch.push_back(contract.getLhsBatch()[permutation[i]]);
      rhsBatch.push_back(contract.getRhsBatch()[permutation[i]]);
    }
    auto isRun = [&](int64_t at, int64_t first, int64_t count) {
      for (int64_t i = 0; i < count; ++i)
        if (permutation[at + i] != first + i)
          return false;
      return true;
    };
    bool isKept = isRun(batch, batch, lhs + rhs);
    bool isExchanged = isRun(batch, batch + lhs, rhs) && isRun(batch + rhs, batch, lhs);
    if (!isKept && !isExchanged)
      return rewriter.notifyMatchFailure(op, "free dimensions of the operands are mixed");
    Type element = getTensorType(op.getResult()).getElementType();
    ContractOp result =
        isKept ? ContractOp::create(rewriter, contract.getLoc(), contract.getLhs(), contract.getRhs(), lhsBatch, rhsBatch,
                                    contract.getLhsContracting(), contract.getRhsContracting(), element)
               : ContractOp::create(rewriter, contract.getLoc(), contract.getRhs(), contract.getLhs(), rhsBatch, lhsBatch,
                                    contract.getRhsContracting(), contract.getLhsContracting(), element);
    Value value = result;
    if (value.getType() != op.getType())
      value = tensor::CastOp::create(rewriter, op.getLoc(), op.getType(), value);
    rewriter.replaceOp(op, value);
    return success();
  }
};

struct FoldTransposeIntoContractPass : impl::FoldTransposeIntoContractPassBase<FoldTransposeIntoContractPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<FoldTransposedOperand, FoldTransposedResult>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace

} // namespace ingot
