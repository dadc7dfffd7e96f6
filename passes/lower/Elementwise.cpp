//===- Elementwise.cpp - Unary, binary and conversion ops ---------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Every op becomes one generic op whose body computes in f32 where elements are 16-bit floats. Broadcast operands are read through
// their maps, splat constants become constants of the body.
//
//===----------------------------------------------------------------------===//

#include "passes/lower/Lowering.h"

using namespace mlir;

namespace ingot::lower {
namespace {

/// The body gets the operands' elements in their compute types and returns one in the result's (or an i1 for bool).
using ElementsFn = function_ref<Value(LinalgBuilder &, ValueRange)>;

Value elementwise(Operation *op, ValueRange operands, LinalgBuilder &b, ConversionPatternRewriter &rewriter, ElementsFn body) {
  SmallVector<Input> inputs;
  for (auto [original, converted] : llvm::zip(op->getOperands(), operands))
    inputs.push_back(elementwiseInput(b, rewriter, original, converted));
  Type element = elementOf(op->getResult(0));
  Sizes sizes = elementwiseSizes(b, operands, op->getResult(0).getType());
  return b.parallel(inputs, sizes, storageType(element), [&](LinalgBuilder &in, ValueRange args) {
    SmallVector<Value> elements;
    for (auto [i, operand] : llvm::enumerate(op->getOperands()))
      elements.push_back(Element(in, elementOf(operand)).load(args[i]));
    return Element(in, element).store(body(in, elements));
  });
}

template <typename OpT> using ScalarFn = Value (*)(OpT op, Element &e, ValueRange args);

/// An op whose body needs the op and arithmetic on its first operand's type.
template <typename OpT> struct Elementwise : LowerOp<OpT> {
  Elementwise(const TypeConverter &types, MLIRContext *context, ScalarFn<OpT> fn) : LowerOp<OpT>(types, context), fn(fn) {}

  FailureOr<Value> lower(OpT op, typename OpT::Adaptor adaptor, LinalgBuilder &b,
                         ConversionPatternRewriter &rewriter) const override {
    return elementwise(op, adaptor.getOperands(), b, rewriter, [&](LinalgBuilder &in, ValueRange args) {
      Element e(in, elementOf(op->getOperand(0)));
      return fn(op, e, args);
    });
  }
  ScalarFn<OpT> fn;
};

template <typename OpT, typename MathOp> Value mathOp(OpT, Element &e, ValueRange args) {
  return MathOp::create(e.b, args[0]);
}

Value negate(NegOp, Element &e, ValueRange args) {
  return e.isFloat() ? arith::NegFOp::create(e.b, args[0]).getResult() : e.sub(e.integer(0), args[0]);
}

Value absolute(AbsOp, Element &e, ValueRange args) {
  if (e.isFloat())
    return math::AbsFOp::create(e.b, args[0]);
  return e.isUnsigned() ? args[0] : e.max(args[0], e.sub(e.integer(0), args[0]));
}

Value sign(SignOp, Element &e, ValueRange args) {
  Value zero = e.integer(0), one = e.integer(1);
  Value positive = e.compare(Comparison::GT, args[0], zero);
  if (e.isUnsigned())
    return e.select(positive, one, zero);
  Value negative = e.compare(Comparison::LT, args[0], zero);
  // Zero and NaN are their own sign.
  return e.select(positive, one, e.select(negative, e.integer(-1), args[0]));
}

Value rsqrt(RsqrtOp, Element &e, ValueRange args) {
  return e.div(e.number(1), math::SqrtOp::create(e.b, args[0]));
}

Value sigmoid(SigmoidOp, Element &e, ValueRange args) {
  Value power = math::ExpOp::create(e.b, arith::NegFOp::create(e.b, args[0]));
  return e.div(e.number(1), e.add(e.number(1), power));
}

Value complement(NotOp, Element &e, ValueRange args) {
  return e.b.createOrFold<arith::XOrIOp>(args[0], e.integer(e.isBool() ? 1 : -1));
}

Value isNan(IsNanOp, Element &e, ValueRange args) {
  return e.compare(Comparison::NE, args[0], args[0]);
}

Value isInf(IsInfOp op, Element &e, ValueRange args) {
  Value result;
  auto either = [&](double infinity) {
    Value equal = e.compare(Comparison::EQ, args[0], e.number(infinity));
    result = result ? arith::OrIOp::create(e.b, result, equal).getResult() : equal;
  };
  if (op.getPositive())
    either(std::numeric_limits<double>::infinity());
  if (op.getNegative())
    either(-std::numeric_limits<double>::infinity());
  return result ? result : arith::ConstantOp::create(e.b, e.b.getBoolAttr(false)).getResult();
}

Value castElement(CastOp op, Element &e, ValueRange args) {
  return convertElement(e.b, args[0], e.logical, elementOf(op.getResult()));
}

Value shiftLeft(ShlOp, Element &e, ValueRange args) {
  Value width = e.integer(e.width());
  Value fits = arith::CmpIOp::create(e.b, arith::CmpIPredicate::ult, args[1], width);
  Value count = e.b.createOrFold<arith::MinUIOp>(args[1], e.integer(e.width() - 1));
  return e.select(fits, e.b.createOrFold<arith::ShLIOp>(args[0], count), e.integer(0));
}

Value shiftRight(ShrOp, Element &e, ValueRange args) {
  Value count = e.b.createOrFold<arith::MinUIOp>(args[1], e.integer(e.width() - 1));
  if (!e.isUnsigned())
    return e.b.createOrFold<arith::ShRSIOp>(args[0], count);
  Value fits = arith::CmpIOp::create(e.b, arith::CmpIPredicate::ult, args[1], e.integer(e.width()));
  return e.select(fits, e.b.createOrFold<arith::ShRUIOp>(args[0], count), e.integer(0));
}

/// Integer power by repeated squaring. From an exponent of 64 on every base but -1, 0 and 1 overflows, so that six bits do.
Value integerPower(Element &e, Value base, Element &exponentType, Value exponent) {
  LinalgBuilder &b = e.b;
  Element &x = exponentType;
  Value zero = x.integer(0), magnitude = exponent, negative;
  if (!x.isUnsigned()) {
    negative = x.compare(Comparison::LT, exponent, zero);
    magnitude = x.select(negative, x.sub(zero, exponent), exponent);
  }
  Value parity = b.createOrFold<arith::AndIOp>(magnitude, x.integer(1));
  Value large = b.createOrFold<arith::CmpIOp>(arith::CmpIPredicate::ugt, magnitude, x.integer(63));
  Value bits = x.select(large, x.add(x.integer(62), parity), magnitude);
  Value result = e.integer(1), square = base;
  for (int bit = 0; bit < 6; ++bit) {
    Value set = b.createOrFold<arith::AndIOp>(bits, x.integer(int64_t(1) << bit));
    result = e.select(x.isNonzero(set), e.mul(result, square), result);
    square = e.mul(square, square);
  }
  if (!negative)
    return result;
  // 1 / base^n: what truncates to zero unless the base is 1 or -1.
  Value one = e.compare(Comparison::EQ, base, e.integer(1));
  Value unit = one;
  if (!e.isUnsigned())
    unit = arith::OrIOp::create(b, one, e.compare(Comparison::EQ, base, e.integer(-1)));
  return e.select(negative, e.select(unit, result, e.integer(0)), result);
}

Value power(PowOp op, Element &e, ValueRange args) {
  LinalgBuilder &b = e.b;
  Element exponentType(b, elementOf(op.getRhs()));
  if (!e.isFloat() && !exponentType.isFloat())
    return integerPower(e, args[0], exponentType, args[1]);
  if (!e.isFloat()) {
    Type wide = b.getF64Type();
    Value result = math::PowFOp::create(b, convertElement(b, args[0], e.logical, wide),
                                        convertElement(b, args[1], exponentType.logical, wide));
    return convertElement(b, result, wide, e.logical);
  }
  FloatAttr constant;
  Value exponent = convertElement(b, args[1], exponentType.logical, e.compute);
  if (matchPattern(exponent, m_Constant(&constant))) {
    double n = constant.getValueAsDouble();
    if (n == 2)
      return e.mul(args[0], args[0]);
    if (n == 3)
      return e.mul(e.mul(args[0], args[0]), args[0]);
    if (n == 1)
      return args[0];
    if (n == -1)
      return e.div(e.number(1), args[0]);
  }
  return math::PowFOp::create(b, args[0], exponent);
}

Value compare(CompareOp op, Element &e, ValueRange args) {
  return e.compare(op.getRelation(), args[0], args[1]);
}

Value selectElement(SelectOp, Element &e, ValueRange args) {
  return e.select(e.isNonzero(args[0]), args[1], args[2]);
}

Value clamp(ClampOp, Element &e, ValueRange args) {
  return e.min(e.max(args[0], args[1]), args[2]);
}

/// Adds the pattern for the op that `fn` takes.
struct AddElementwise {
  const TypeConverter &types;
  Patterns &patterns;
  template <typename OpT> void operator()(Value (*fn)(OpT, Element &, ValueRange)) {
    patterns.add<Elementwise<OpT>>(types, patterns.getContext(), fn);
  }
};

struct LowerBitcast : LowerOp<BitcastOp> {
  using LowerOp::LowerOp;
  FailureOr<Value> lower(BitcastOp op, Adaptor adaptor, LinalgBuilder &b, ConversionPatternRewriter &) const override {
    Value x = adaptor.getX();
    Type to = storageType(elementOf(op.getResult()));
    if (elementOf(x) == to)
      return x;
    return b.parallel({{x, b.identity(rankOf(x))}}, b.sizes(x), to,
                      [&](LinalgBuilder &in, ValueRange args) { return arith::BitcastOp::create(in, to, args[0]); });
  }
};

} // namespace

void populateElementwise(const TypeConverter &types, Patterns &patterns) {
  MLIRContext *context = patterns.getContext();
  AddElementwise on{types, patterns};
  on(negate), on(absolute), on(sign), on(rsqrt), on(sigmoid), on(complement), on(isNan), on(isInf), on(castElement);
  on(shiftLeft), on(shiftRight), on(power), on(compare), on(selectElement), on(clamp);
  on(mathOp<CeilOp, math::CeilOp>), on(mathOp<FloorOp, math::FloorOp>), on(mathOp<RoundOp, math::RoundEvenOp>);
  on(mathOp<SqrtOp, math::SqrtOp>), on(mathOp<ExpOp, math::ExpOp>), on(mathOp<Expm1Op, math::ExpM1Op>);
  on(mathOp<LogOp, math::LogOp>), on(mathOp<Log1pOp, math::Log1pOp>), on(mathOp<ErfOp, math::ErfOp>);
  on(mathOp<SinOp, math::SinOp>), on(mathOp<CosOp, math::CosOp>), on(mathOp<TanOp, math::TanOp>);
  on(mathOp<AsinOp, math::AsinOp>), on(mathOp<AcosOp, math::AcosOp>), on(mathOp<AtanOp, math::AtanOp>);
  on(mathOp<SinhOp, math::SinhOp>), on(mathOp<CoshOp, math::CoshOp>), on(mathOp<TanhOp, math::TanhOp>);
  on(mathOp<AsinhOp, math::AsinhOp>), on(mathOp<AcoshOp, math::AcoshOp>), on(mathOp<AtanhOp, math::AtanhOp>);
  on(+[](AddOp, Element &e, ValueRange args) { return e.add(args[0], args[1]); });
  on(+[](SubOp, Element &e, ValueRange args) { return e.sub(args[0], args[1]); });
  on(+[](MulOp, Element &e, ValueRange args) { return e.mul(args[0], args[1]); });
  on(+[](DivOp, Element &e, ValueRange args) { return e.div(args[0], args[1]); });
  on(+[](MaxOp, Element &e, ValueRange args) { return e.max(args[0], args[1]); });
  on(+[](MinOp, Element &e, ValueRange args) { return e.min(args[0], args[1]); });
  on(+[](RemOp op, Element &e, ValueRange args) { return e.rem(args[0], args[1], op.getFmod()); });
  on(+[](AndOp, Element &e, ValueRange args) { return e.b.createOrFold<arith::AndIOp>(args[0], args[1]); });
  on(+[](OrOp, Element &e, ValueRange args) { return e.b.createOrFold<arith::OrIOp>(args[0], args[1]); });
  on(+[](XorOp, Element &e, ValueRange args) { return e.b.createOrFold<arith::XOrIOp>(args[0], args[1]); });
  patterns.add<LowerBitcast>(types, context);
}

} // namespace ingot::lower
