//===- MixedPatterns.h - Making dynamic entries static ----------*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// For the implementation of the dialect only.
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_IR_INGOT_MIXEDPATTERNS_H
#define INGOT_IR_INGOT_MIXEDPATTERNS_H

#include "ir/Ingot/OpUtils.h"

namespace ingot::detail {

/// Replaces `op` by a copy that `change` made more static, cast back to the old type.
template <typename OpTy>
void replaceByCopy(mlir::PatternRewriter &rewriter, OpTy op, llvm::function_ref<void(OpTy)> change) {
  auto copy = mlir::cast<OpTy>(op->clone());
  change(copy);
  rewriter.insert(copy);
  rewriter.replaceOp(op, castTo(rewriter, op.getLoc(), copy->getResult(0), op->getResult(0).getType()));
}

/// A size operand that is a constant becomes part of the attribute and of the result type. `FirstDim` is the result dimension of the
/// first size.
template <typename OpTy, int64_t FirstDim = 0> struct MakeSizesStatic : mlir::OpRewritePattern<OpTy> {
  using mlir::OpRewritePattern<OpTy>::OpRewritePattern;

  mlir::LogicalResult matchAndRewrite(OpTy op, mlir::PatternRewriter &rewriter) const override {
    llvm::SmallVector<mlir::OpFoldResult> sizes = op.getMixedSizes();
    if (mlir::failed(mlir::foldDynamicIndexList(sizes, /*onlyNonNegative=*/true)))
      return rewriter.notifyMatchFailure(op, "no size operand is a constant");
    llvm::SmallVector<int64_t> statics;
    llvm::SmallVector<mlir::Value> dynamics;
    splitMixed(sizes, statics, dynamics);
    auto type = tensorType(op->getResult(0));
    llvm::SmallVector<int64_t> shape(type.getShape());
    for (auto [index, size] : llvm::enumerate(statics)) {
      int64_t &known = shape[index + FirstDim];
      if (size == mlir::ShapedType::kDynamic)
        continue;
      if (known != mlir::ShapedType::kDynamic && known != size)
        return rewriter.notifyMatchFailure(op, "the constant contradicts the result's type");
      known = size;
    }
    replaceByCopy<OpTy>(rewriter, op, [&](OpTy copy) {
      copy.getSizesMutable().assign(dynamics);
      copy.setStaticSizes(statics);
      copy->getResult(0).setType(mlir::RankedTensorType::get(shape, type.getElementType()));
    });
    return mlir::success();
  }
};

} // namespace ingot::detail

#endif // INGOT_IR_INGOT_MIXEDPATTERNS_H
