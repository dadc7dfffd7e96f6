//===- Contraction.cpp - Gradients of matrix products and convolutions ---===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ir/Grad/Grad.h"

using namespace mlir;
using namespace ingot;

// d lhs contracts dy with rhs over rhs's free dimensions, d rhs contracts it with lhs over lhs's; a transpose restores their order.
INGOT_RULE(ContractOp) {
  Value lhs = op.getLhs(), rhs = op.getRhs(), dy = dys[0];
  Type elementType = op.getLhs().getType().getElementType();
  if (!isa<FloatType>(elementType))
    return {Value(), Value()};
  if (op.getResult().getType().getElementType() != elementType)
    dy = b.make<CastOp>(dy, elementType);
  int64_t batch = op.getLhsBatch().size();
  SmallVector<int64_t> lhsFree = op.getLhsFree(), rhsFree = op.getRhsFree();
  auto range = [](int64_t from, int64_t count) { return llvm::to_vector(llvm::seq<int64_t>(from, from + count)); };
  SmallVector<int64_t> dyBatch = range(0, batch), dyLeft = range(batch, lhsFree.size()),
                       dyRight = range(batch + lhsFree.size(), rhsFree.size());

  // Dimension i of `product` is dimension `order[i]` of the operand.
  auto restore = [&](Value product, ArrayRef<int64_t> order) -> Value {
    SmallVector<int64_t> permutation = invertPermutation(order);
    return isIdentityPermutation(permutation) ? product : b.make<TransposeOp>(product, permutation);
  };
  auto contracted = [](ArrayRef<int64_t> own, ArrayRef<int64_t> others) {
    // The product has the other operand's contracting dimensions in ascending order; these are the own ones they are paired with.
    SmallVector<int64_t> order = llvm::to_vector(llvm::seq<int64_t>(0, own.size()));
    llvm::sort(order, [&](int64_t left, int64_t right) { return others[left] < others[right]; });
    return permute(own, order);
  };
  SmallVector<int64_t> lhsOrder(op.getLhsBatch()), rhsOrder(op.getRhsBatch());
  llvm::append_range(lhsOrder, lhsFree);
  llvm::append_range(lhsOrder, contracted(op.getLhsContracting(), op.getRhsContracting()));
  llvm::append_range(rhsOrder, rhsFree);
  llvm::append_range(rhsOrder, contracted(op.getRhsContracting(), op.getLhsContracting()));
  Value left, right;
  if (b.needs(0))
    left = restore(b.make<ContractOp>(dy, rhs, dyBatch, op.getRhsBatch(), dyRight, rhsFree), lhsOrder);
  if (b.needs(1))
    right = restore(b.make<ContractOp>(dy, lhs, dyBatch, op.getLhsBatch(), dyLeft, lhsFree), rhsOrder);
  return {left, right};
}

// `conv_grad_filter` takes static window sizes.
Differentiability ConvOp::getDifferentiability() {
  ArrayRef<int64_t> window = getFilter().getType().getShape().drop_back(2);
  return llvm::is_contained(window, ShapedType::kDynamic) ? Differentiability::NoRule : Differentiability::HasRule;
}

INGOT_RULE_WHERE_ANY(ConvOp) {
  if (!isa<FloatType>(op.getX().getType().getElementType()))
    return {};
  Value dx, dfilter;
  if (b.needs(0)) {
    SmallVector<OpFoldResult> sizes = getMixedSizes(b.getBuilder(), b.getLoc(), op.getX());
    dx = b.make<ConvGradInputOp>(dys[0], op.getFilter(), ArrayRef(sizes).drop_front().drop_back(), op.getStrides(),
                                 op.getDilations(), op.getPadLow(), op.getPadHigh(), static_cast<int64_t>(op.getGroups()));
  }
  if (b.needs(1))
    dfilter = b.make<ConvGradFilterOp>(op.getX(), dys[0], op.getFilter().getType().getShape().drop_back(2), op.getStrides(),
                                       op.getDilations(), op.getPadLow(), op.getPadHigh(), static_cast<int64_t>(op.getGroups()));
  return {b.cast(dx, op.getX().getType()), b.cast(dfilter, op.getFilter().getType())};
}

INGOT_NO_RULE_YET(ConvGradInputOp)
INGOT_NO_RULE_YET(ConvGradFilterOp)
