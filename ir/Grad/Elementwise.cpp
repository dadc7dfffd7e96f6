//===- Elementwise.cpp - Gradients of ops on corresponding elements ------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ir/Grad/Grad.h"

using namespace mlir;
using namespace ingot;

//===--- None by nature ----------------------------------------------------===//

INGOT_NOT_DIFFERENTIABLE(SignOp)
INGOT_NOT_DIFFERENTIABLE(CeilOp)
INGOT_NOT_DIFFERENTIABLE(FloorOp)
INGOT_NOT_DIFFERENTIABLE(RoundOp)
INGOT_NOT_DIFFERENTIABLE(NotOp)
INGOT_NOT_DIFFERENTIABLE(IsNanOp)
INGOT_NOT_DIFFERENTIABLE(IsInfOp)
INGOT_NOT_DIFFERENTIABLE(BitcastOp)
INGOT_NOT_DIFFERENTIABLE(AndOp)
INGOT_NOT_DIFFERENTIABLE(OrOp)
INGOT_NOT_DIFFERENTIABLE(XorOp)
INGOT_NOT_DIFFERENTIABLE(ShlOp)
INGOT_NOT_DIFFERENTIABLE(ShrOp)
INGOT_NOT_DIFFERENTIABLE(CompareOp)

//===--- One operand -------------------------------------------------------===//

INGOT_RULE(AbsOp) {
  return {b.mul(dys[0], b.make<SignOp>(op.getX()))};
}
INGOT_RULE(NegOp) {
  return {b.neg(dys[0])};
}

// dx = dy / (2 y), 0 at 0: what is below the root of a norm is 0 only where its own derivative is.
INGOT_RULE(SqrtOp) {
  Value y = op.getResult();
  return {b.select(b.isZero(y), b.splat(0, y), b.div(dys[0], b.add(y, y)))};
}

// dx = -dy y^3 / 2
INGOT_RULE(RsqrtOp) {
  Value y = op.getResult();
  return {b.mul(b.scale(dys[0], -0.5), b.mul(y, b.mul(y, y)))};
}

INGOT_RULE(ExpOp) {
  return {b.mul(dys[0], op.getResult())};
}
INGOT_RULE(Expm1Op) {
  return {b.mul(dys[0], b.add(op.getResult(), b.splat(1, dys[0])))};
}
INGOT_RULE(LogOp) {
  return {b.div(dys[0], op.getX())};
}
INGOT_RULE(Log1pOp) {
  return {b.div(dys[0], b.add(op.getX(), b.splat(1, dys[0])))};
}
INGOT_RULE(SinOp) {
  return {b.mul(dys[0], b.make<CosOp>(op.getX()))};
}
INGOT_RULE(CosOp) {
  return {b.neg(b.mul(dys[0], b.make<SinOp>(op.getX())))};
}

// dx = dy (1 + y^2)
INGOT_RULE(TanOp) {
  return {b.mul(dys[0], b.add(b.splat(1, dys[0]), b.mul(op.getResult(), op.getResult())))};
}

// 1 - x^2
static Value oneMinusSquare(GradBuilder &b, Value x) {
  return b.sub(b.splat(1, x), b.mul(x, x));
}
// 1 + x^2
static Value onePlusSquare(GradBuilder &b, Value x) {
  return b.add(b.splat(1, x), b.mul(x, x));
}

INGOT_RULE(AsinOp) {
  return {b.mul(dys[0], b.make<RsqrtOp>(oneMinusSquare(b, op.getX())))};
}
INGOT_RULE(AcosOp) {
  return {b.neg(b.mul(dys[0], b.make<RsqrtOp>(oneMinusSquare(b, op.getX()))))};
}
INGOT_RULE(AtanOp) {
  return {b.div(dys[0], onePlusSquare(b, op.getX()))};
}
INGOT_RULE(SinhOp) {
  return {b.mul(dys[0], b.make<CoshOp>(op.getX()))};
}
INGOT_RULE(CoshOp) {
  return {b.mul(dys[0], b.make<SinhOp>(op.getX()))};
}
INGOT_RULE(AsinhOp) {
  return {b.mul(dys[0], b.make<RsqrtOp>(onePlusSquare(b, op.getX())))};
}
INGOT_RULE(AcoshOp) {
  return {b.mul(dys[0], b.make<RsqrtOp>(b.neg(oneMinusSquare(b, op.getX()))))};
}
INGOT_RULE(AtanhOp) {
  return {b.div(dys[0], oneMinusSquare(b, op.getX()))};
}
INGOT_RULE(TanhOp) {
  return {b.mul(dys[0], oneMinusSquare(b, op.getResult()))};
}

// dx = dy 2/sqrt(pi) exp(-x^2)
INGOT_RULE(ErfOp) {
  Value bell = b.make<ExpOp>(b.neg(b.mul(op.getX(), op.getX())));
  return {b.mul(dys[0], b.scale(bell, 1.1283791670955126))};
}

// dx = dy y (1 - y)
INGOT_RULE(SigmoidOp) {
  Value y = op.getResult();
  return {b.mul(dys[0], b.mul(y, b.sub(b.splat(1, y), y)))};
}

// Between floats the cotangent is cast back; through an integer nothing flows.
INGOT_RULE(CastOp) {
  Type from = op.getX().getType().getElementType(), to = op.getResult().getType().getElementType();
  if (!isa<FloatType>(from) || !isa<FloatType>(to))
    return {Value()};
  return {b.make<CastOp>(dys[0], from)};
}

//===--- Two and three operands --------------------------------------------===//

INGOT_RULE(AddOp) {
  return {dys[0], dys[0]};
}
INGOT_RULE(SubOp) {
  return {dys[0], b.neg(dys[0])};
}
INGOT_RULE(MulOp) {
  return {b.mul(dys[0], op.getRhs()), b.mul(dys[0], op.getLhs())};
}

// d lhs = dy / rhs, d rhs = -dy y / rhs
INGOT_RULE(DivOp) {
  Value left = b.div(dys[0], op.getRhs());
  return {left, b.neg(b.mul(left, op.getResult()))};
}

// With the quotient q, an integer: d lhs = dy, d rhs = -dy q.
INGOT_RULE(RemOp) {
  Value drhs;
  if (b.needs(1))
    drhs = b.neg(b.mul(dys[0], b.make<RoundOp>(b.div(b.sub(op.getLhs(), op.getResult()), op.getRhs()))));
  return {dys[0], drhs};
}

// The cotangent goes to the operand that was taken, half to each where they are equal. But where only one is differentiated, the
// other is taken to be the result: relu, the maximum of x and 0, has the derivative 0 at 0.
static SmallVector<Value> buildExtremeVJP(GradBuilder &b, Comparison beats, Value lhs, Value rhs, Value dy) {
  Value zero = b.splat(0, dy);
  if (!b.needs(1))
    return {b.select(b.compare(beats, lhs, rhs), dy, zero)};
  if (!b.needs(0))
    return {Value(), b.select(b.compare(beats, rhs, lhs), dy, zero)};
  Value shared = b.select(b.compare(Comparison::EQ, lhs, rhs), b.scale(dy, 0.5), zero);
  auto share = [&](Value own, Value other) { return b.select(b.compare(beats, own, other), dy, shared); };
  return {share(lhs, rhs), share(rhs, lhs)};
}

INGOT_RULE(MaxOp) {
  return buildExtremeVJP(b, Comparison::GT, op.getLhs(), op.getRhs(), dys[0]);
}
INGOT_RULE(MinOp) {
  return buildExtremeVJP(b, Comparison::LT, op.getLhs(), op.getRhs(), dys[0]);
}

// d lhs = dy rhs lhs^(rhs - 1), 0 where rhs is 0; d rhs = dy y log(lhs), 0 where lhs is 0.
INGOT_RULE(PowOp) {
  Value lhs = op.getLhs(), dy = dys[0], zero = b.splat(0, lhs), one = b.splat(1, lhs);
  Type type = op.getLhs().getType().getElementType(), exponentType = op.getRhs().getType().getElementType();
  Value rhs = b.cast(b.castElements(op.getRhs(), type), lhs.getType());
  Value left, right;
  if (isSplatOf(op.getRhs(), 2)) {
    left = b.mul(dy, b.add(lhs, lhs));
  } else if (isSplatOf(op.getRhs(), 3)) {
    left = b.mul(dy, b.scale(b.mul(lhs, lhs), 3));
  } else if (b.needs(0)) {
    left = b.mul(rhs, b.make<PowOp>(lhs, b.sub(rhs, one)));
    if (!matchSplat(op.getRhs()) || isSplatOf(op.getRhs(), 0))
      left = b.select(b.isZero(rhs), zero, left);
    left = b.mul(dy, left);
  }
  if (b.needs(1) && isa<FloatType>(exponentType)) {
    Value log = b.make<LogOp>(b.select(b.isZero(lhs), one, lhs));
    right = b.cast(b.castElements(b.mul(dy, b.mul(op.getResult(), log)), exponentType), op.getRhs().getType());
  }
  return {left, right};
}

INGOT_RULE(SelectOp) {
  Value zero = b.splat(0, dys[0]);
  return {Value(), b.select(op.getCondition(), dys[0], zero), b.select(op.getCondition(), zero, dys[0])};
}

// The cotangent goes to the bound where x is outside, to x elsewhere.
INGOT_RULE(ClampOp) {
  Value dy = dys[0], zero = b.splat(0, dy);
  Value above = b.compare(Comparison::GT, b.make<MaxOp>(op.getX(), op.getLow()), op.getHigh());
  Value below = b.compare(Comparison::LT, op.getX(), op.getLow());
  Value rest = b.select(above, zero, dy);
  return {b.select(below, zero, rest), b.select(below, rest, zero), b.select(above, dy, zero)};
}
