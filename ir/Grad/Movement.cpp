//===- Movement.cpp - Gradients of data movement ---------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ir/Grad/Grad.h"

using namespace mlir;
using namespace ingot;

INGOT_RULE(ReshapeOp) { return {b.reshapeLike(dys[0], op.getX())}; }
INGOT_RULE(TransposeOp) { return {b.make<TransposeOp>(dys[0], invertPermutation(op.getPermutation()))}; }
INGOT_RULE(ReverseOp) { return {b.make<ReverseOp>(dys[0], op.getDimensions())}; }

// Sum over what was repeated. Where only the run knows whether a dimension was (`maybe_one`), there is no rule.
Differentiability BroadcastOp::getDifferentiability() {
  for (int64_t dim = 0; dim < getX().getType().getRank(); ++dim)
    if (getX().getType().isDynamicDim(dim) && mayRepeat(dim))
      return Differentiability::NoRule;
  return Differentiability::HasRule;
}

INGOT_RULE_WHERE_ANY(BroadcastOp) {
  SmallVector<int64_t> kept, keptOrder;
  for (auto [dim, target] : llvm::enumerate(op.getDimensions()))
    if (!op.mayRepeat(dim))
      kept.push_back(target);
  SmallVector<int64_t> ascending(kept);
  llvm::sort(ascending);
  Value sum = b.sum(dys[0], remainingDimensions(op.getResult().getType().getRank(), kept));
  for (int64_t target : kept)
    keptOrder.push_back(std::distance(ascending.begin(), llvm::find(ascending, target)));
  if (!isIdentityPermutation(keptOrder))
    sum = b.make<TransposeOp>(sum, keptOrder);
  return {b.reshapeLike(sum, op.getX())};
}

// The cotangent of each input is its slice.
INGOT_RULE(ConcatOp) {
  OpBuilder &builder = b.getBuilder();
  SizeMath math(builder, b.getLoc());
  SmallVector<Value> cotangents;
  OpFoldResult offset = math.constant(0);
  int64_t rank = op.getResult().getType().getRank();
  for (Value input : op.getInputs()) {
    SmallVector<OpFoldResult> offsets(rank, math.constant(0)), steps(rank, math.constant(1));
    SmallVector<OpFoldResult> sizes = getMixedSizes(builder, b.getLoc(), input);
    offsets[op.getAxis()] = offset;
    Value slice = b.make<SliceOp>(dys[0], offsets, sizes, steps);
    cotangents.push_back(slice.getType() == input.getType() ? slice : b.make<tensor::CastOp>(input.getType(), slice));
    offset = math.add(offset, sizes[op.getAxis()]);
  }
  return cotangents;
}

INGOT_NO_RULE_YET(SliceOp)
INGOT_NO_RULE_YET(UpdateSliceOp)
INGOT_NO_RULE_YET(PadOp)
