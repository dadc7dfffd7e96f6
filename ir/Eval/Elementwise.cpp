//===- Elementwise.cpp - Evaluation of elementwise ops -------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Chunks of elements are widened, computed with and rounded back: `double` holds every sum, product and quotient of two floats of
// a narrower type well enough that rounding it gives the correctly rounded result.
//
//===----------------------------------------------------------------------===//

#include "ir/Eval/Elements.h"

#include <array>

using namespace mlir;
using namespace ingot;
using namespace ingot::eval;

static constexpr int64_t kChunk = 512;

//===--- Loops -------------------------------------------------------------===//

static LogicalResult checkSameShape(EvalState &state, Operation *op) {
  ArrayRef<int64_t> shape = state.tensor(op->getOperand(0)).getShape();
  for (Value operand : op->getOperands())
    if (state.tensor(operand).getShape() != shape)
      return state.error("operands have shapes " + describe(shape) + " and " + describe(state.tensor(operand).getShape()));
  return success();
}

// Calls `fn` with the elements of N operands, computed with in `C`, and stores what it returns.
template <typename C, size_t N, typename Fn> static LogicalResult mapElements(EvalState &state, Operation *op, Fn fn) {
  if (failed(checkSameShape(state, op)))
    return failure();
  std::array<const EvalTensor *, N> operands;
  for (size_t n = 0; n < N; ++n)
    operands[n] = &state.tensor(op->getOperand(n));
  EvalTensor result = EvalTensor::uninitialized(operands[0]->getShape(), getElementTypeOrSelf(op->getResult(0)));
  C in[N][kChunk];
  auto at = [&](int64_t i) {
    if constexpr (N == 1)
      return fn(in[0][i]);
    else if constexpr (N == 2)
      return fn(in[0][i], in[1][i]);
    else
      return fn(in[0][i], in[1][i], in[2][i]);
  };
  decltype(at(0)) out[kChunk];
  for (int64_t first = 0; first < result.getNumElements(); first += kChunk) {
    int64_t count = std::min(kChunk, result.getNumElements() - first);
    for (size_t n = 0; n < N; ++n)
      load(*operands[n], first, count, in[n]);
    for (int64_t i = 0; i < count; ++i)
      out[i] = at(i);
    store(result, first, count, out);
  }
  state.set(op->getResult(0), result);
  return success();
}

template <size_t N, typename Fn> static LogicalResult mapReals(EvalState &state, Operation *op, Fn fn) {
  return mapElements<double, N>(state, op, fn);
}
// `fn` must work on double, int64_t and uint64_t.
template <size_t N, typename Fn> static LogicalResult mapNumbers(EvalState &state, Operation *op, Fn fn) {
  return dispatchCompute(getElementTypeOrSelf(op->getOperand(0)),
                         [&](auto tag) { return mapElements<typename decltype(tag)::type, N>(state, op, fn); });
}
template <size_t N, typename Fn> static LogicalResult mapIntegers(EvalState &state, Operation *op, Fn fn) {
  if (getElementTypeOrSelf(op->getOperand(0)).isUnsignedInteger() || getElementTypeOrSelf(op->getOperand(0)).isInteger(1))
    return mapElements<uint64_t, N>(state, op, fn);
  return mapElements<int64_t, N>(state, op, fn);
}

//===--- Functions of one number -------------------------------------------===//

#define INGOT_EVAL_REAL(OP, EXPRESSION)                                                                                            \
  LogicalResult OP::evaluate(EvalState &state) {                                                                                   \
    return mapReals<1>(state, *this, [](double x) -> double { return EXPRESSION; });                                               \
  }

INGOT_EVAL_REAL(CeilOp, std::ceil(x))
INGOT_EVAL_REAL(FloorOp, std::floor(x))
INGOT_EVAL_REAL(RoundOp, std::nearbyint(x))
INGOT_EVAL_REAL(SqrtOp, std::sqrt(x))
INGOT_EVAL_REAL(RsqrtOp, 1 / std::sqrt(x))
INGOT_EVAL_REAL(ExpOp, std::exp(x))
INGOT_EVAL_REAL(Expm1Op, std::expm1(x))
INGOT_EVAL_REAL(LogOp, std::log(x))
INGOT_EVAL_REAL(Log1pOp, std::log1p(x))
INGOT_EVAL_REAL(SinOp, std::sin(x))
INGOT_EVAL_REAL(CosOp, std::cos(x))
INGOT_EVAL_REAL(TanOp, std::tan(x))
INGOT_EVAL_REAL(AsinOp, std::asin(x))
INGOT_EVAL_REAL(AcosOp, std::acos(x))
INGOT_EVAL_REAL(AtanOp, std::atan(x))
INGOT_EVAL_REAL(SinhOp, std::sinh(x))
INGOT_EVAL_REAL(CoshOp, std::cosh(x))
INGOT_EVAL_REAL(AsinhOp, std::asinh(x))
INGOT_EVAL_REAL(AcoshOp, std::acosh(x))
INGOT_EVAL_REAL(AtanhOp, std::atanh(x))
INGOT_EVAL_REAL(TanhOp, std::tanh(x))
INGOT_EVAL_REAL(ErfOp, std::erf(x))
INGOT_EVAL_REAL(SigmoidOp, x >= 0 ? 1 / (1 + std::exp(-x)) : std::exp(x) / (1 + std::exp(x)))

LogicalResult AbsOp::evaluate(EvalState &state) {
  return mapNumbers<1>(state, *this, [](auto x) -> decltype(x) {
    if constexpr (std::is_same_v<decltype(x), double>)
      return std::fabs(x);
    else
      return static_cast<int64_t>(x) < 0 && std::is_signed_v<decltype(x)> ? decltype(x)(0 - static_cast<uint64_t>(x)) : x;
  });
}

LogicalResult NegOp::evaluate(EvalState &state) {
  return mapNumbers<1>(state, *this, [](auto x) -> decltype(x) {
    if constexpr (std::is_same_v<decltype(x), double>)
      return -x;
    else
      return static_cast<decltype(x)>(0 - static_cast<uint64_t>(x));
  });
}

// Zero and NaN are their own sign.
LogicalResult SignOp::evaluate(EvalState &state) {
  return mapNumbers<1>(state, *this, [](auto x) -> decltype(x) { return x > 0 ? decltype(x)(1) : x < 0 ? decltype(x)(-1) : x; });
}

LogicalResult NotOp::evaluate(EvalState &state) {
  if (getX().getType().getElementType().isInteger(1))
    return mapElements<uint64_t, 1>(state, *this, [](uint64_t x) { return x ^ 1; });
  return mapIntegers<1>(state, *this, [](auto x) -> decltype(x) { return ~x; });
}

LogicalResult IsNanOp::evaluate(EvalState &state) {
  return mapElements<double, 1>(state, *this, [](double x) { return uint64_t(std::isnan(x)); });
}

LogicalResult IsInfOp::evaluate(EvalState &state) {
  bool positive = getPositive(), negative = getNegative();
  return mapElements<double, 1>(state, *this, [=](double x) { return uint64_t(std::isinf(x) && (x > 0 ? positive : negative)); });
}

LogicalResult CastOp::evaluate(EvalState &state) {
  state.set(getResult(), state.tensor(getX()).converted(getResult().getType().getElementType()));
  return success();
}

LogicalResult BitcastOp::evaluate(EvalState &state) {
  const EvalTensor &x = state.tensor(getX());
  EvalTensor result = x.retyped(getResult().getType().getElementType());
  // A byte that becomes a bool must be 0 or 1.
  if (result.getElementType().isInteger(1) && !x.getElementType().isInteger(1))
    result = x.converted(result.getElementType());
  state.set(getResult(), result);
  return success();
}

//===--- Functions of two and three numbers --------------------------------===//

#define INGOT_EVAL_WRAPPING(OP, EXPRESSION)                                                                                        \
  LogicalResult OP::evaluate(EvalState &state) {                                                                                   \
    return mapNumbers<2>(state, *this, [](auto lhs, auto rhs) -> decltype(lhs) {                                                   \
      return wrapping(lhs, rhs, [](auto x, auto y) { return EXPRESSION; });                                                        \
    });                                                                                                                            \
  }

INGOT_EVAL_WRAPPING(AddOp, x + y)
INGOT_EVAL_WRAPPING(SubOp, x - y)
INGOT_EVAL_WRAPPING(MulOp, x *y)

#define INGOT_EVAL_BITWISE(OP, EXPRESSION)                                                                                         \
  LogicalResult OP::evaluate(EvalState &state) {                                                                                   \
    return mapIntegers<2>(state, *this, [](auto x, auto y) -> decltype(x) { return EXPRESSION; });                                 \
  }

INGOT_EVAL_BITWISE(AndOp, x &y)
INGOT_EVAL_BITWISE(OrOp, x | y)
INGOT_EVAL_BITWISE(XorOp, x ^ y)

// A quotient by zero is zero for integers; the lowest number by -1 wraps to itself.
template <typename T> static T divide(T x, T y) {
  if constexpr (std::is_integral_v<T>) {
    if (y == 0)
      return 0;
    if constexpr (std::is_signed_v<T>)
      if (y == -1)
        return static_cast<T>(0 - static_cast<uint64_t>(x));
  }
  return x / y;
}

// The remainder by zero is zero for integers and NaN for floats.
template <typename T> static T remainder(T x, T y, bool fmod) {
  T rest;
  if constexpr (std::is_same_v<T, double>) {
    rest = std::fmod(x, y);
  } else {
    if (y == 0)
      return 0;
    if constexpr (std::is_signed_v<T>)
      if (y == -1)
        return 0;
    rest = x % y;
  }
  return !fmod && rest != 0 && (rest < 0) != (y < 0) ? rest + y : rest;
}

template <typename T> static T larger(T x, T y) {
  if constexpr (std::is_same_v<T, double>)
    if (std::isnan(x) || std::isnan(y))
      return std::numeric_limits<double>::quiet_NaN();
  // Of two zeros the positive one, as IEEE 754's maximum.
  if constexpr (std::is_same_v<T, double>)
    if (x == y)
      return std::signbit(x) ? y : x;
  return x > y ? x : y;
}

template <typename T> static T smaller(T x, T y) {
  if constexpr (std::is_same_v<T, double>) {
    if (std::isnan(x) || std::isnan(y))
      return std::numeric_limits<double>::quiet_NaN();
    if (x == y)
      return std::signbit(x) ? x : y;
  }
  return x < y ? x : y;
}

LogicalResult DivOp::evaluate(EvalState &state) {
  return mapNumbers<2>(state, *this, [](auto x, auto y) -> decltype(x) { return divide(x, y); });
}

LogicalResult RemOp::evaluate(EvalState &state) {
  bool fmod = getFmod();
  return mapNumbers<2>(state, *this, [=](auto x, auto y) -> decltype(x) { return remainder(x, y, fmod); });
}

LogicalResult MaxOp::evaluate(EvalState &state) {
  return mapNumbers<2>(state, *this, [](auto x, auto y) -> decltype(x) { return larger(x, y); });
}

LogicalResult MinOp::evaluate(EvalState &state) {
  return mapNumbers<2>(state, *this, [](auto x, auto y) -> decltype(x) { return smaller(x, y); });
}

LogicalResult ClampOp::evaluate(EvalState &state) {
  return mapNumbers<3>(state, *this, [](auto x, auto low, auto high) -> decltype(x) { return smaller(larger(x, low), high); });
}

// A negative count is a large unsigned one.
LogicalResult ShlOp::evaluate(EvalState &state) {
  uint64_t width = getResult().getType().getElementTypeBitWidth();
  return mapIntegers<2>(state, *this, [=](auto x, auto y) -> decltype(x) {
    auto count = static_cast<uint64_t>(y);
    return count < width ? static_cast<decltype(x)>(static_cast<uint64_t>(x) << count) : decltype(x)(0);
  });
}

LogicalResult ShrOp::evaluate(EvalState &state) {
  uint64_t width = getResult().getType().getElementTypeBitWidth();
  return mapIntegers<2>(state, *this, [=](auto x, auto y) -> decltype(x) {
    auto count = static_cast<uint64_t>(y);
    if (count < width)
      return x >> count;
    return x < 0 ? decltype(x)(-1) : 0;
  });
}

// By repeated squaring; what 1 / x^n truncates to when the exponent is negative.
static uint64_t integerPower(uint64_t base, uint64_t exponent, bool isNegative, bool isSigned) {
  uint64_t result = 1;
  if (isNegative) {
    if (base == 1)
      return 1;
    if (isSigned && base == ~uint64_t(0))
      return exponent & 1 ? base : 1;
    return 0;
  }
  for (; exponent; exponent >>= 1, base *= base)
    if (exponent & 1)
      result *= base;
  return result;
}

LogicalResult PowOp::evaluate(EvalState &state) {
  Type baseType = getLhs().getType().getElementType(), exponentType = getRhs().getType().getElementType();
  if (isa<FloatType>(baseType) || isa<FloatType>(exponentType))
    return mapReals<2>(state, *this, [](double x, double y) { return std::pow(x, y); });
  bool baseSigned = !baseType.isUnsignedInteger(), exponentSigned = !exponentType.isUnsignedInteger();
  return mapElements<int64_t, 2>(state, *this, [=](int64_t x, int64_t y) {
    bool isNegative = exponentSigned && y < 0;
    uint64_t magnitude = isNegative ? 0 - static_cast<uint64_t>(y) : static_cast<uint64_t>(y);
    return static_cast<int64_t>(integerPower(static_cast<uint64_t>(x), magnitude, isNegative, baseSigned));
  });
}

LogicalResult CompareOp::evaluate(EvalState &state) {
  if (failed(checkSameShape(state, *this)))
    return failure();
  const EvalTensor &lhs = state.tensor(getLhs()), &rhs = state.tensor(getRhs());
  EvalTensor result = EvalTensor::uninitialized(lhs.getShape(), getResult().getType().getElementType());
  auto *out = result.data<uint8_t>();
  dispatchCompute(lhs.getElementType(), [&](auto tag) {
    using C = typename decltype(tag)::type;
    std::vector<C> x = loadAll<C>(lhs), y = loadAll<C>(rhs);
    auto each = [&](auto relation) {
      for (size_t i = 0; i < x.size(); ++i)
        out[i] = relation(x[i], y[i]);
    };
    switch (getRelation()) {
    case Comparison::EQ:
      return each([](C a, C b) { return a == b; });
    case Comparison::NE:
      return each([](C a, C b) { return a != b; });
    case Comparison::LT:
      return each([](C a, C b) { return a < b; });
    case Comparison::LE:
      return each([](C a, C b) { return a <= b; });
    case Comparison::GT:
      return each([](C a, C b) { return a > b; });
    case Comparison::GE:
      return each([](C a, C b) { return a >= b; });
    }
  });
  state.set(getResult(), result);
  return success();
}

LogicalResult SelectOp::evaluate(EvalState &state) {
  if (failed(checkSameShape(state, *this)))
    return failure();
  const EvalTensor &condition = state.tensor(getCondition());
  const EvalTensor &onTrue = state.tensor(getOnTrue()), &onFalse = state.tensor(getOnFalse());
  EvalTensor result = EvalTensor::uninitialized(condition.getShape(), onTrue.getElementType());
  dispatchBytes(result.getElementBytes(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    for (int64_t i = 0; i < result.getNumElements(); ++i)
      result.data<T>()[i] = condition.data<uint8_t>()[i] ? onTrue.data<T>()[i] : onFalse.data<T>()[i];
  });
  state.set(getResult(), result);
  return success();
}
