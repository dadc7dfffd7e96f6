//===- Arith.cpp - Evaluation of arithmetic on scalars -------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Works on tensors as well, element by element. Integers wrap at their width.
//
//===----------------------------------------------------------------------===//

#include "ir/Eval/Elements.h"
#include "ir/Eval/Upstream.h"

using namespace mlir;
using namespace ingot;
using namespace ingot::eval;

namespace {
/// The operands and the result of one op, by element.
struct Elements {
  Operation *op;
  EvalState &state;
  EvalTensor result;

  Elements(Operation *op, EvalState &state)
      : op(op), state(state), result(EvalTensor::uninitialized(state.tensor(op->getOperands().back()).getShape(),
                                                               getElementTypeOrSelf(op->getResult(0)))) {}

  const EvalTensor &operand(unsigned i) { return state.tensor(op->getOperand(i)); }
  unsigned width(unsigned i) {
    Type type = operand(i).getElementType();
    return type.isIndex() ? 64 : type.getIntOrFloatBitWidth();
  }
  /// The bits of an integer without and with its sign.
  uint64_t bits(unsigned i, int64_t at) {
    return static_cast<uint64_t>(operand(i).getInt(at)) & llvm::maskTrailingOnes<uint64_t>(width(i));
  }
  int64_t number(unsigned i, int64_t at) { return llvm::SignExtend64(bits(i, at), width(i)); }
  double real(unsigned i, int64_t at) { return operand(i).getDouble(at); }

  // Through the wrapping of a signed type: a bool takes the lowest bit.
  void put(int64_t at, int64_t value) { result.setInt(at, result.getElementType().isInteger(1) ? value & 1 : value); }

  template <typename Fn> LogicalResult integers(Fn fn) {
    for (int64_t i = 0; i < result.getNumElements(); ++i)
      put(i, static_cast<int64_t>(fn(number(0, i), number(1, i))));
    return finish();
  }
  template <typename Fn> LogicalResult naturals(Fn fn) {
    for (int64_t i = 0; i < result.getNumElements(); ++i)
      put(i, static_cast<int64_t>(fn(bits(0, i), bits(1, i))));
    return finish();
  }
  template <typename Fn> LogicalResult divisions(Fn fn) {
    for (int64_t i = 0; i < result.getNumElements(); ++i) {
      int64_t x = number(0, i), y = number(1, i);
      if (y == 0)
        return state.error("division by zero");
      put(i, y == -1 && x == std::numeric_limits<int64_t>::min() ? fn(x + 1, int64_t(-1)) : fn(x, y));
    }
    return finish();
  }
  template <typename Fn> LogicalResult naturalDivisions(Fn fn) {
    for (int64_t i = 0; i < result.getNumElements(); ++i) {
      if (bits(1, i) == 0)
        return state.error("division by zero");
      put(i, static_cast<int64_t>(fn(bits(0, i), bits(1, i))));
    }
    return finish();
  }
  template <typename Fn> LogicalResult reals(Fn fn) {
    for (int64_t i = 0; i < result.getNumElements(); ++i)
      result.setDouble(i, fn(real(0, i), real(1, i)));
    return finish();
  }
  LogicalResult finish() {
    state.set(op->getResult(0), result);
    return success();
  }
};

bool compareIntegers(arith::CmpIPredicate predicate, int64_t x, int64_t y, uint64_t ux, uint64_t uy) {
  using P = arith::CmpIPredicate;
  switch (predicate) {
  case P::eq:
    return ux == uy;
  case P::ne:
    return ux != uy;
  case P::slt:
    return x < y;
  case P::sle:
    return x <= y;
  case P::sgt:
    return x > y;
  case P::sge:
    return x >= y;
  case P::ult:
    return ux < uy;
  case P::ule:
    return ux <= uy;
  case P::ugt:
    return ux > uy;
  case P::uge:
    return ux >= uy;
  }
  llvm_unreachable("unknown predicate");
}

int64_t floorDivide(int64_t x, int64_t y) {
  return x / y - (x % y != 0 && (x < 0) != (y < 0));
}
int64_t ceilDivide(int64_t x, int64_t y) {
  return x / y + (x % y != 0 && (x < 0) == (y < 0));
}
double propagateNan(double x, double y, double otherwise) {
  return std::isnan(x) ? x : std::isnan(y) ? y : otherwise;
}
} // namespace

static std::optional<LogicalResult> evaluateIntegers(Operation *op, Elements &e) {
  return llvm::TypeSwitch<Operation *, std::optional<LogicalResult>>(op)
      .Case([&](arith::AddIOp) { return e.naturals([](auto x, auto y) { return x + y; }); })
      .Case([&](arith::SubIOp) { return e.naturals([](auto x, auto y) { return x - y; }); })
      .Case([&](arith::MulIOp) { return e.naturals([](auto x, auto y) { return x * y; }); })
      .Case([&](arith::AndIOp) { return e.naturals([](auto x, auto y) { return x & y; }); })
      .Case([&](arith::OrIOp) { return e.naturals([](auto x, auto y) { return x | y; }); })
      .Case([&](arith::XOrIOp) { return e.naturals([](auto x, auto y) { return x ^ y; }); })
      .Case([&](arith::ShLIOp) { return e.naturals([](uint64_t x, uint64_t y) { return y < 64 ? x << y : 0; }); })
      .Case([&](arith::ShRUIOp) { return e.naturals([](uint64_t x, uint64_t y) { return y < 64 ? x >> y : 0; }); })
      .Case([&](arith::ShRSIOp) { return e.integers([](int64_t x, int64_t y) { return x >> std::clamp<int64_t>(y, 0, 63); }); })
      .Case([&](arith::MaxSIOp) { return e.integers([](auto x, auto y) { return std::max(x, y); }); })
      .Case([&](arith::MinSIOp) { return e.integers([](auto x, auto y) { return std::min(x, y); }); })
      .Case([&](arith::MaxUIOp) { return e.naturals([](auto x, auto y) { return std::max(x, y); }); })
      .Case([&](arith::MinUIOp) { return e.naturals([](auto x, auto y) { return std::min(x, y); }); })
      .Case([&](arith::DivSIOp) { return e.divisions([](int64_t x, int64_t y) { return x / y; }); })
      .Case([&](arith::FloorDivSIOp) { return e.divisions(floorDivide); })
      .Case([&](arith::CeilDivSIOp) { return e.divisions(ceilDivide); })
      .Case([&](arith::RemSIOp) { return e.divisions([](int64_t x, int64_t y) { return x % y; }); })
      .Case([&](arith::DivUIOp) { return e.naturalDivisions([](auto x, auto y) { return x / y; }); })
      .Case([&](arith::CeilDivUIOp) { return e.naturalDivisions([](auto x, auto y) { return x / y + (x % y != 0); }); })
      .Case([&](arith::RemUIOp) { return e.naturalDivisions([](auto x, auto y) { return x % y; }); })
      .Case([&](arith::CmpIOp compare) {
        for (int64_t i = 0; i < e.result.getNumElements(); ++i)
          e.put(i, compareIntegers(compare.getPredicate(), e.number(0, i), e.number(1, i), e.bits(0, i), e.bits(1, i)));
        return e.finish();
      })
      .Default([](Operation *) { return std::nullopt; });
}

static std::optional<LogicalResult> evaluateReals(Operation *op, Elements &e) {
  return llvm::TypeSwitch<Operation *, std::optional<LogicalResult>>(op)
      .Case([&](arith::AddFOp) { return e.reals([](double x, double y) { return x + y; }); })
      .Case([&](arith::SubFOp) { return e.reals([](double x, double y) { return x - y; }); })
      .Case([&](arith::MulFOp) { return e.reals([](double x, double y) { return x * y; }); })
      .Case([&](arith::DivFOp) { return e.reals([](double x, double y) { return x / y; }); })
      .Case([&](arith::RemFOp) { return e.reals([](double x, double y) { return std::fmod(x, y); }); })
      .Case([&](arith::MaximumFOp) { return e.reals([](double x, double y) { return propagateNan(x, y, std::max(x, y)); }); })
      .Case([&](arith::MinimumFOp) { return e.reals([](double x, double y) { return propagateNan(x, y, std::min(x, y)); }); })
      .Case([&](arith::MaxNumFOp) { return e.reals([](double x, double y) { return std::fmax(x, y); }); })
      .Case([&](arith::MinNumFOp) { return e.reals([](double x, double y) { return std::fmin(x, y); }); })
      .Case([&](arith::NegFOp) {
        for (int64_t i = 0; i < e.result.getNumElements(); ++i)
          e.result.setDouble(i, -e.real(0, i));
        return e.finish();
      })
      .Case([&](arith::CmpFOp compare) {
        for (int64_t i = 0; i < e.result.getNumElements(); ++i)
          e.put(i, arith::applyCmpPredicate(compare.getPredicate(), APFloat(e.real(0, i)), APFloat(e.real(1, i))));
        return e.finish();
      })
      .Default([](Operation *) { return std::nullopt; });
}

static std::optional<LogicalResult> evaluateConversion(Operation *op, Elements &e) {
  auto each = [&](auto fn) {
    for (int64_t i = 0; i < e.result.getNumElements(); ++i)
      fn(i);
    return e.finish();
  };
  return llvm::TypeSwitch<Operation *, std::optional<LogicalResult>>(op)
      .Case<arith::ExtSIOp, arith::TruncIOp, arith::IndexCastOp>(
          [&](auto) { return each([&](int64_t i) { e.put(i, e.number(0, i)); }); })
      .Case<arith::ExtUIOp, arith::IndexCastUIOp>(
          [&](auto) { return each([&](int64_t i) { e.put(i, static_cast<int64_t>(e.bits(0, i))); }); })
      .Case([&](arith::SIToFPOp) { return each([&](int64_t i) { e.result.setInt(i, e.number(0, i)); }); })
      .Case([&](arith::UIToFPOp) { return each([&](int64_t i) { e.result.setDouble(i, static_cast<double>(e.bits(0, i))); }); })
      .Case<arith::FPToSIOp, arith::FPToUIOp>(
          [&](auto) { return each([&](int64_t i) { e.put(i, static_cast<int64_t>(e.real(0, i))); }); })
      .Case<arith::ExtFOp, arith::TruncFOp>([&](auto) { return each([&](int64_t i) { e.result.setDouble(i, e.real(0, i)); }); })
      .Default([](Operation *) { return std::nullopt; });
}

static LogicalResult evaluateSelect(arith::SelectOp op, EvalState &state) {
  const EvalTensor &condition = state.tensor(op.getCondition());
  const EvalTensor &onTrue = state.tensor(op.getTrueValue()), &onFalse = state.tensor(op.getFalseValue());
  if (condition.getRank() == 0) {
    EvalTensor chosen = condition.getInt(0) ? onTrue : onFalse;
    state.set(op.getResult(), chosen);
    return success();
  }
  EvalTensor result = onFalse.copied();
  unsigned bytes = result.getElementBytes();
  for (int64_t i = 0; i < condition.getNumElements(); ++i)
    if (condition.getInt(i))
      std::memcpy(result.bytes() + i * bytes, onTrue.bytes() + i * bytes, bytes);
  state.set(op.getResult(), result);
  return success();
}

std::optional<LogicalResult> eval::evaluateArith(Operation *op, EvalState &state) {
  if (!isa<arith::ArithDialect>(op->getDialect()))
    return std::nullopt;
  if (auto constant = dyn_cast<arith::ConstantOp>(op)) {
    FailureOr<EvalTensor> value = EvalTensor::fromAttribute(constant.getValue());
    if (failed(value))
      return state.error("a constant has no data");
    state.set(constant.getResult(), *value);
    return success();
  }
  if (auto choice = dyn_cast<arith::SelectOp>(op))
    return evaluateSelect(choice, state);
  if (op->getNumOperands() == 0 || op->getNumResults() != 1)
    return std::nullopt;
  Elements elements(op, state);
  for (auto evaluate : {evaluateIntegers, evaluateReals, evaluateConversion})
    if (std::optional<LogicalResult> result = evaluate(op, elements))
      return result;
  return std::nullopt;
}
