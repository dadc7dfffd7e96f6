//===- Reduction.cpp - Gradients of reductions, softmax, normalization ---===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ir/Grad/Grad.h"

using namespace mlir;
using namespace ingot;

// Sum: dy to every element. Maximum and minimum: dy shared by the elements that equal the result.
Differentiability ReduceOp::getDifferentiability() {
  return getKind() == ReduceKind::Product ? Differentiability::NoRule : Differentiability::HasRule;
}

INGOT_RULE_WHERE_ANY(ReduceOp) {
  Value x = op.getX();
  if (!isa<FloatType>(op.getX().getType().getElementType()))
    return {Value()};
  Value dy = b.expandLike(dys[0], x, op.getDimensions());
  if (op.getKind() == ReduceKind::Sum)
    return {dy};
  Value taken = b.compare(Comparison::EQ, x, b.expandLike(op.getResult(), x, op.getDimensions()));
  Value share = b.select(taken, b.splat(1, dy), b.splat(0, dy));
  return {b.div(b.mul(dy, share), b.sumBack(share, op.getDimensions()))};
}

// dx = y * (dy - sum(dy * y)), the sum along the axis.
INGOT_RULE(SoftmaxOp) {
  Value y = op.getResult(), dy = dys[0];
  return {b.mul(y, b.sub(dy, b.sumBack(b.mul(dy, y), static_cast<int64_t>(op.getAxis()))))};
}

// dx = dy - exp(y) * sum(dy), the sum along the axis.
INGOT_RULE(LogSoftmaxOp) {
  Value y = op.getResult(), dy = dys[0];
  return {b.sub(dy, b.mul(b.make<ExpOp>(y), b.sumBack(dy, static_cast<int64_t>(op.getAxis()))))};
}

INGOT_NOT_DIFFERENTIABLE(ArgReduceOp)

INGOT_NO_RULE_YET(NormalizeOp)
INGOT_NO_RULE_YET(AttentionOp)
INGOT_NO_RULE_YET(FftOp)
