//===- Dims.cpp - Arithmetic on sizes -----------------------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "frontend/Dims.h"

#include "ir/Ingot/Ingot.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

namespace ingot {

AffineExpr DimTable::symbolFor(Value value) {
  symbols.push_back(value);
  AffineExpr symbol = getAffineSymbolExpr(symbols.size() - 1, context);
  exprs[value] = symbol;
  values[symbol] = value;
  return symbol;
}

AffineExpr DimTable::simplify(AffineExpr expr) const {
  expr = simplifyAffineExpr(expr, 0, symbols.size());
  for (auto [from, to] : equalities)
    if (AffineExpr replaced = expr.replace(from, to); replaced != expr)
      expr = simplifyAffineExpr(replaced, 0, symbols.size());
  return expr;
}

static int64_t countNodes(AffineExpr expr) {
  int64_t count = 0;
  expr.walk([&](AffineExpr) { ++count; });
  return count;
}

void DimTable::declareEqual(ImplicitLocOpBuilder &b, Dim x, Dim y) {
  AffineExpr from = exprOf(b, x), to = exprOf(b, y);
  // The simpler one stays; among symbols the older one.
  int64_t complexity = countNodes(from) - countNodes(to);
  auto left = dyn_cast<AffineSymbolExpr>(from), right = dyn_cast<AffineSymbolExpr>(to);
  if (complexity < 0 || (left && right && left.getPosition() < right.getPosition()))
    std::swap(from, to);
  if (from != to)
    equalities.emplace_back(from, to);
}

void DimTable::collectOrigins(Value value, llvm::DenseSet<Value> &origins) const {
  if (getConstantIntValue(value))
    return;
  if (auto found = exprs.find(value); found != exprs.end() && !isa<AffineSymbolExpr>(found->second))
    return collectOrigins(found->second, origins);
  Operation *op = value.getDefiningOp();
  if (isa_and_present<arith::MaxSIOp, arith::MinSIOp, arith::MulIOp, arith::FloorDivSIOp, arith::CeilDivSIOp, arith::RemSIOp>(op)) {
    for (Value operand : op->getOperands())
      collectOrigins(operand, origins);
  } else if (isa_and_present<arith::SelectOp>(op)) {
    collectOrigins(op->getOperand(1), origins);
    collectOrigins(op->getOperand(2), origins);
  } else {
    origins.insert(value);
  }
}

void DimTable::collectOrigins(AffineExpr expr, llvm::DenseSet<Value> &origins) const {
  expr.walk([&](AffineExpr part) {
    if (auto symbol = dyn_cast<AffineSymbolExpr>(part))
      collectOrigins(symbols[symbol.getPosition()], origins);
  });
}

bool DimTable::haveSameOrigin(ImplicitLocOpBuilder &b, Dim x, Dim y) {
  llvm::DenseSet<Value> first, second;
  collectOrigins(exprOf(b, x), first);
  collectOrigins(exprOf(b, y), second);
  return !first.empty() && first == second;
}

AffineExpr DimTable::exprOf(ImplicitLocOpBuilder &b, Dim dim) {
  if (auto known = getConstantIntValue(dim))
    return getAffineConstantExpr(*known, context);
  Value value = cast<Value>(dim);
  if (auto found = exprs.find(value); found != exprs.end())
    return simplify(found->second);

  // Arithmetic that others built (the ops' own size computations) is taken apart.
  AffineExpr expr;
  Operation *op = value.getDefiningOp();
  auto lhs = [&] { return exprOf(b, op->getOperand(0)); };
  auto rhs = [&] { return exprOf(b, op->getOperand(1)); };
  auto other = [&](Opaque kind) { return exprOf(b, opaque(b, kind, op->getOperand(0), op->getOperand(1))); };
  std::optional<int64_t> divisor;
  if (op && op->getNumOperands() == 2)
    divisor = getConstantIntValue(op->getOperand(1));
  bool divisible = divisor && *divisor > 0;
  if (!op) {
  } else if (isa<arith::AddIOp>(op)) {
    expr = lhs() + rhs();
  } else if (isa<arith::SubIOp>(op)) {
    expr = lhs() - rhs();
  } else if (isa<arith::MulIOp>(op)) {
    AffineExpr l = lhs(), r = rhs();
    expr = l.isSymbolicOrConstant() && (isa<AffineConstantExpr>(l) || isa<AffineConstantExpr>(r)) ? l * r : other(Opaque::Mul);
  } else if (isa<arith::FloorDivSIOp, arith::DivSIOp, arith::DivUIOp>(op)) {
    expr = divisible ? lhs().floorDiv(*divisor) : other(Opaque::FloorDiv);
  } else if (isa<arith::CeilDivSIOp, arith::CeilDivUIOp>(op)) {
    expr = divisible ? (lhs() + (*divisor - 1)).floorDiv(*divisor) : other(Opaque::CeilDiv);
  } else if (isa<arith::RemSIOp, arith::RemUIOp>(op) && divisible) {
    expr = lhs() % *divisor;
  } else if (isa<arith::MaxSIOp>(op)) {
    expr = other(Opaque::Max);
  } else if (isa<arith::MinSIOp>(op)) {
    expr = other(Opaque::Min);
  } else if (auto dimOp = dyn_cast<tensor::DimOp>(op)) {
    auto index = dimOp.getConstantIndex();
    if (index && isa<RankedTensorType>(dimOp.getSource().getType()) && *index >= 0 &&
        *index < cast<RankedTensorType>(dimOp.getSource().getType()).getRank()) {
      auto key = std::make_pair(dimOp.getSource(), *index);
      if (inProgress.contains(key))
        return symbolFor(value);
      expr = exprOf(b, sizeOf(b, dimOp.getSource(), *index));
    }
  }
  if (!expr)
    return symbolFor(value);
  expr = simplify(expr);
  exprs[value] = expr;
  return expr;
}

Value DimTable::emit(ImplicitLocOpBuilder &b, AffineExpr expr) {
  auto operand = [&](AffineExpr e) -> Value {
    Dim dim = materialize(b, e);
    if (auto attr = dyn_cast<Attribute>(dim))
      return arith::ConstantIndexOp::create(b, b.getLoc(), *getConstantIntValue(attr));
    return cast<Value>(dim);
  };
  auto binary = cast<AffineBinaryOpExpr>(expr);
  AffineExpr l = binary.getLHS(), r = binary.getRHS();
  switch (expr.getKind()) {
  case AffineExprKind::Add: {
    // x + y * -1 is x - y.
    auto negated = [](AffineExpr e) -> AffineExpr {
      auto mul = dyn_cast<AffineBinaryOpExpr>(e);
      auto factor = mul && mul.getKind() == AffineExprKind::Mul ? dyn_cast<AffineConstantExpr>(mul.getRHS()) : nullptr;
      return factor && factor.getValue() < 0 ? mul.getLHS() * -factor.getValue() : AffineExpr();
    };
    if (AffineExpr positive = negated(r))
      return b.createOrFold<arith::SubIOp>(operand(l), operand(positive));
    if (AffineExpr positive = negated(l))
      return b.createOrFold<arith::SubIOp>(operand(r), operand(positive));
    return b.createOrFold<arith::AddIOp>(operand(l), operand(r));
  }
  case AffineExprKind::Mul:
    return b.createOrFold<arith::MulIOp>(operand(l), operand(r));
  case AffineExprKind::FloorDiv:
    return b.createOrFold<arith::FloorDivSIOp>(operand(l), operand(r));
  case AffineExprKind::CeilDiv:
    return b.createOrFold<arith::CeilDivSIOp>(operand(l), operand(r));
  default: {
    // The operand may be negative (an offset), the affine mod never is.
    Value quotient = b.createOrFold<arith::FloorDivSIOp>(operand(l), operand(r));
    return b.createOrFold<arith::SubIOp>(operand(l), b.createOrFold<arith::MulIOp>(quotient, operand(r)));
  }
  }
}

Dim DimTable::materialize(ImplicitLocOpBuilder &b, AffineExpr expr) {
  expr = simplify(expr);
  if (auto constant = dyn_cast<AffineConstantExpr>(expr))
    return b.getIndexAttr(constant.getValue());
  if (auto found = values.find(expr); found != values.end())
    return found->second;
  Value value = emit(b, expr);
  values[expr] = value;
  exprs[value] = expr;
  return value;
}

bool DimTable::isNonNegative(Value value) const {
  if (auto known = getConstantIntValue(value))
    return *known >= 0;
  if (auto found = exprs.find(value); found != exprs.end() && !isa<AffineSymbolExpr>(found->second))
    return isNonNegative(found->second);
  Operation *op = value.getDefiningOp();
  if (!op)
    return false;
  auto operand = [&](unsigned i) { return isNonNegative(op->getOperand(i)); };
  if (isa<tensor::DimOp>(op))
    return true;
  if (isa<arith::MaxSIOp>(op))
    return operand(0) || operand(1);
  if (isa<arith::MinSIOp, arith::MulIOp>(op))
    return operand(0) && operand(1);
  if (isa<arith::SelectOp>(op))
    return operand(1) && operand(2);
  auto found = exprs.find(value);
  return found != exprs.end() && nonNegative.contains(found->second);
}

bool DimTable::isNonNegative(AffineExpr expr) const {
  if (auto constant = dyn_cast<AffineConstantExpr>(expr))
    return constant.getValue() >= 0;
  if (nonNegative.contains(expr))
    return true;
  if (auto symbol = dyn_cast<AffineSymbolExpr>(expr))
    return isNonNegative(symbols[symbol.getPosition()]);
  auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
  if (!binary)
    return false;
  switch (expr.getKind()) {
  case AffineExprKind::Add:
  case AffineExprKind::Mul:
  case AffineExprKind::FloorDiv:
  case AffineExprKind::CeilDiv:
    return isNonNegative(binary.getLHS()) && isNonNegative(binary.getRHS());
  default:
    return true; // mod
  }
}

void DimTable::setSize(Value tensor, int64_t dim, Dim size) { sizes[{tensor, dim}] = size; }

Dim DimTable::sizeOf(ImplicitLocOpBuilder &b, Value tensor, int64_t dim) {
  auto type = cast<RankedTensorType>(tensor.getType());
  if (!type.isDynamicDim(dim))
    return b.getIndexAttr(type.getDimSize(dim));
  auto key = std::make_pair(tensor, dim);
  if (auto found = sizes.find(key); found != sizes.end())
    return equalities.empty() ? found->second : materialize(b, exprOf(b, found->second));
  Dim size = traceSize(b, tensor, dim);
  sizes[key] = size;
  nonNegative.insert(exprOf(b, size));
  return size;
}

Dim DimTable::traceSize(ImplicitLocOpBuilder &b, Value tensor, int64_t dim) {
  auto ask = [&]() -> Dim {
    Value index = arith::ConstantIndexOp::create(b, b.getLoc(), dim);
    Value size = tensor::DimOp::create(b, b.getLoc(), tensor, index);
    return materialize(b, symbolFor(size));
  };
  auto result = dyn_cast<OpResult>(tensor);
  auto key = std::make_pair(tensor, dim);
  if (!result || inProgress.contains(key))
    return ask();
  Operation *op = result.getOwner();
  if (auto cast = dyn_cast<tensor::CastOp>(op))
    return isa<RankedTensorType>(cast.getSource().getType()) ? sizeOf(b, cast.getSource(), dim) : ask();
  if (auto sized = dyn_cast<SizeOpInterface>(op)) {
    SizeSource source = sized.getSizeSource(result.getResultNumber(), dim);
    if (source.size)
      return materialize(b, exprOf(b, source.size));
    if (source.tensor)
      return sizeOf(b, source.tensor, source.dim);
  }
  auto reifiable = dyn_cast<ReifyRankedShapedTypeOpInterface>(op);
  if (!reifiable)
    return ask();
  inProgress.insert(key);
  ReifiedRankedShapedTypeDims shapes;
  Dim size;
  if (succeeded(reifiable.reifyResultShapes(b, shapes)) && result.getResultNumber() < shapes.size() &&
      dim < static_cast<int64_t>(shapes[result.getResultNumber()].size()))
    if (Dim reified = shapes[result.getResultNumber()][dim])
      size = materialize(b, exprOf(b, reified));
  inProgress.erase(key);
  return size ? size : ask();
}

Dim DimTable::opaque(ImplicitLocOpBuilder &b, Opaque kind, Dim lhs, Dim rhs) {
  AffineExpr l = exprOf(b, lhs), r = exprOf(b, rhs);
  bool commutes = kind == Opaque::Mul || kind == Opaque::Max || kind == Opaque::Min;
  if (commutes && std::less<const void *>()(r.getAsOpaquePointer(), l.getAsOpaquePointer()))
    std::swap(l, r);
  auto key = std::make_tuple(static_cast<int>(kind), l.getAsOpaquePointer(), r.getAsOpaquePointer());
  if (auto found = opaques.find(key); found != opaques.end())
    return found->second;

  auto operand = [&](AffineExpr e) -> Value {
    Dim dim = materialize(b, e);
    if (auto known = getConstantIntValue(dim))
      return arith::ConstantIndexOp::create(b, b.getLoc(), *known);
    return cast<Value>(dim);
  };
  Value x = operand(l), y = operand(r), value;
  switch (kind) {
  case Opaque::Mul:
    value = b.createOrFold<arith::MulIOp>(x, y);
    break;
  case Opaque::FloorDiv:
    value = b.createOrFold<arith::FloorDivSIOp>(x, y);
    break;
  case Opaque::CeilDiv:
    value = b.createOrFold<arith::CeilDivSIOp>(x, y);
    break;
  case Opaque::Mod:
    value = b.createOrFold<arith::RemSIOp>(x, y);
    break;
  case Opaque::Max:
    value = b.createOrFold<arith::MaxSIOp>(x, y);
    break;
  case Opaque::Min:
    value = b.createOrFold<arith::MinSIOp>(x, y);
    break;
  }
  Dim result = value;
  if (auto known = getConstantIntValue(value))
    result = b.getIndexAttr(*known);
  else if (!exprs.count(value))
    symbolFor(value);
  opaques[key] = result;
  return result;
}

} // namespace ingot
