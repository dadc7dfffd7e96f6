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
  Value left = b.make<ContractOp>(dy, rhs, dyBatch, op.getRhsBatch(), dyRight, rhsFree);
  Value right = b.make<ContractOp>(dy, lhs, dyBatch, op.getLhsBatch(), dyLeft, lhsFree);
  return {restore(left, lhsOrder), restore(right, rhsOrder)};
}

// A filter of dynamic window sizes has no rule: `conv_grad_filter` takes them static.
Differentiability ConvOp::getDifferentiability() {
  ArrayRef<int64_t> window = getFilter().getType().getShape().drop_back(2);
  return llvm::is_contained(window, ShapedType::kDynamic) ? Differentiability::NoRuleYet : Differentiability::HasRule;
}

SmallVector<Value> ConvOp::buildVJP(OpBuilder &builder, ValueRange cotangents) {
  if (!isa<FloatType>(getX().getType().getElementType()))
    return {Value(), Value()};
  GradBuilder b(builder, getLoc());
  SmallVector<OpFoldResult> sizes = getMixedSizes(builder, getLoc(), getX());
  Value dx = b.make<ConvGradInputOp>(cotangents[0], getFilter(), ArrayRef(sizes).drop_front().drop_back(), getStrides(),
                                     getDilations(), getPadLow(), getPadHigh(), static_cast<int64_t>(getGroups()));
  Value dfilter = b.make<ConvGradFilterOp>(getX(), cotangents[0], getFilter().getType().getShape().drop_back(2), getStrides(),
                                           getDilations(), getPadLow(), getPadHigh(), static_cast<int64_t>(getGroups()));
  auto cast = [&](Value value, Type type) { return value.getType() == type ? value : b.make<tensor::CastOp>(type, value); };
  return {cast(dx, getX().getType()), cast(dfilter, getFilter().getType())};
}

INGOT_NO_RULE_YET(ConvGradInputOp)
INGOT_NO_RULE_YET(ConvGradFilterOp)
