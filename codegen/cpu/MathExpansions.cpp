//===- MathExpansions.cpp - Elementary functions as polynomials -------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// f16 and bf16 are computed in f32. Largest errors (in units in the last place where nothing else is said), measured against
// extended precision by test/codegen/math:
//   f32: exp, log 1; exp2, log2, log10, tanh, sin, cos 2 (sin, cos and tan for |x| < 2^31); atan, asin, acos, log1p, asinh, acosh, erf 3;
//        atanh, expm1, sinh, cosh, tan 4; pow, cbrt 1 (in double precision). Without AVX-512, results of exp below
//        2^-125 are 0.
//   f64: 4 for all (expm1 4.2 without fused multiply-add); pow relative 3e-13; sin, cos, tan for |x| < 2^30, without fused multiply-add for
//        |x| < 2^20.
//
//===----------------------------------------------------------------------===//

#include "codegen/cpu/MathExpansions.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/TypeUtilities.h"

#include <cmath>
#include <limits>

using namespace mlir;

namespace ingot {
namespace {

// Arithmetic on values of one type, scalar or vector. `V` makes formulas read like formulas.
class Formulas {
public:
  Formulas(OpBuilder &b, Location loc, MathInstructions has) : b(b), loc(loc), fma(has.fma), scalef(has.scalef) {}

  Type like(Type shape, Type element) {
    if (auto vector = dyn_cast<VectorType>(shape))
      return vector.clone(element);
    return element;
  }
  bool isDouble(Value x) { return getElementTypeOrSelf(x.getType()).isF64(); }
  Value constant(Type type, double value) {
    FloatAttr attr = b.getFloatAttr(getElementTypeOrSelf(type), value);
    if (auto vector = dyn_cast<VectorType>(type))
      return arith::ConstantOp::create(b, loc, DenseElementsAttr::get(vector, attr.getValue()));
    return arith::ConstantOp::create(b, loc, attr);
  }
  Value c(Value x, double value) { return constant(x.getType(), value); }
  Type bitsType(Value x) { return like(x.getType(), isDouble(x) ? b.getI64Type() : b.getI32Type()); }
  Value intConstant(Type type, int64_t value) {
    IntegerAttr attr = b.getIntegerAttr(getElementTypeOrSelf(type), value);
    if (auto vector = dyn_cast<VectorType>(type))
      return arith::ConstantOp::create(b, loc, DenseElementsAttr::get(vector, attr.getValue()));
    return arith::ConstantOp::create(b, loc, attr);
  }

  Value add(Value x, Value y) { return arith::AddFOp::create(b, loc, x, y); }
  Value sub(Value x, Value y) { return arith::SubFOp::create(b, loc, x, y); }
  Value mul(Value x, Value y) { return arith::MulFOp::create(b, loc, x, y); }
  Value div(Value x, Value y) { return arith::DivFOp::create(b, loc, x, y); }
  Value add(Value x, double y) { return add(x, c(x, y)); }
  Value sub(Value x, double y) { return sub(x, c(x, y)); }
  Value mul(Value x, double y) { return mul(x, c(x, y)); }
  Value neg(Value x) { return arith::NegFOp::create(b, loc, x); }
  Value abs(Value x) { return math::AbsFOp::create(b, loc, x); }
  Value sqrt(Value x) { return math::SqrtOp::create(b, loc, x); }
  Value trunc(Value x) { return math::TruncOp::create(b, loc, x); }
  Value floor(Value x) { return math::FloorOp::create(b, loc, x); }
  Value roundEven(Value x) { return math::RoundEvenOp::create(b, loc, x); }
  Value withSign(Value magnitude, Value sign) { return math::CopySignOp::create(b, loc, magnitude, sign); }
  // x * y + z, in one rounding where the processor can.
  Value mad(Value x, Value y, Value z) {
    if (fma)
      return math::FmaOp::create(b, loc, x, y, z);
    return add(mul(x, y), z);
  }
  Value mad(Value x, Value y, double z) { return mad(x, y, c(x, z)); }
  Value mad(Value x, double y, Value z) { return mad(x, c(x, y), z); }
  // Coefficients from the highest power down.
  Value polynomial(Value x, ArrayRef<double> coefficients) {
    Value result = c(x, coefficients.front());
    for (double coefficient : coefficients.drop_front())
      result = mad(result, x, coefficient);
    return result;
  }

  Value compare(arith::CmpFPredicate predicate, Value x, Value y) { return arith::CmpFOp::create(b, loc, predicate, x, y); }
  Value less(Value x, double y) { return compare(arith::CmpFPredicate::OLT, x, c(x, y)); }
  Value greater(Value x, double y) { return compare(arith::CmpFPredicate::OGT, x, c(x, y)); }
  Value equal(Value x, double y) { return compare(arith::CmpFPredicate::OEQ, x, c(x, y)); }
  Value isNan(Value x) { return compare(arith::CmpFPredicate::UNO, x, x); }
  Value select(Value condition, Value x, Value y) { return arith::SelectOp::create(b, loc, condition, x, y); }
  Value both(Value x, Value y) { return arith::AndIOp::create(b, loc, x, y); }
  Value either(Value x, Value y) { return arith::OrIOp::create(b, loc, x, y); }
  Value bits(Value x) { return arith::BitcastOp::create(b, loc, bitsType(x), x); }
  Value fromBits(Value x, Value model) { return arith::BitcastOp::create(b, loc, model.getType(), x); }
  // NaN stays what it is: comparisons with it are false.
  Value atMost(Value x, double limit) { return select(greater(x, limit), c(x, limit), x); }
  Value atLeast(Value x, double limit) { return select(less(x, limit), c(x, limit), x); }

  Value toDouble(Value x) { return isDouble(x) ? x : arith::ExtFOp::create(b, loc, like(x.getType(), b.getF64Type()), x).getResult(); }
  Value toSingle(Value x) { return arith::TruncFOp::create(b, loc, like(x.getType(), b.getF32Type()), x); }

  //===--------------------------------------------------------------------===//
  // Exponentials
  //===--------------------------------------------------------------------===//

  // Adding 1.5 * 2^(mantissa bits) leaves the nearest integer in the low bits, without a conversion.
  double magic(Value x) { return isDouble(x) ? 6755399441055744.0 : 12582912.0; }
  int64_t mantissaBits(Value x) { return isDouble(x) ? 52 : 23; }
  int64_t bias(Value x) { return isDouble(x) ? 1023 : 127; }

  // p * 2^n, where the low bits of `shifted` hold n. One power less and a doubling: 2^n itself need not be finite, and what should be
  // infinite becomes so by itself. The least n, with which limits for the argument end, gives 2^(n-1) the bits of 0.
  Value scale(Value p, Value shifted) {
    Value n = bits(shifted);
    Value exponent = arith::AddIOp::create(b, loc, n, intConstant(n.getType(), bias(p) - 1));
    Value power = fromBits(arith::ShLIOp::create(b, loc, exponent, intConstant(n.getType(), mantissaBits(p))), p);
    return mul(add(p, p), power);
  }

  Value shuffle(Value x, Value y, int64_t first, int64_t count, int64_t last) {
    SmallVector<int64_t> lanes;
    for (int64_t i = 0; i < count; ++i)
      lanes.push_back(std::min(first + i, last));
    return vector::ShuffleOp::create(b, loc, x, y, lanes);
  }

  // p * 2^n by the instruction that takes any n, and makes of NaN and infinities what they ought to be. Scalars and vectors of any length
  // go through it, as a value must not depend on where it was computed.
  Value scaleWhole(Value p, Value n) {
    Type element = getElementTypeOrSelf(p.getType());
    int64_t most = 512 / element.getIntOrFloatBitWidth(), least = most / 4;
    auto type = dyn_cast<VectorType>(p.getType());
    if (!type) {
      auto wide = VectorType::get({least}, element);
      Value result = scaleWhole(vector::BroadcastOp::create(b, loc, wide, p), vector::BroadcastOp::create(b, loc, wide, n));
      return vector::ExtractOp::create(b, loc, result, ArrayRef<int64_t>{0});
    }
    int64_t lanes = type.getNumElements();
    if (type.getRank() != 1) {
      auto line = VectorType::get({lanes}, element);
      Value result = scaleWhole(vector::ShapeCastOp::create(b, loc, line, p), vector::ShapeCastOp::create(b, loc, line, n));
      return vector::ShapeCastOp::create(b, loc, type, result);
    }
    int64_t whole = std::max<int64_t>(llvm::PowerOf2Ceil(lanes), least);
    if (whole != lanes) {
      Value result = scaleWhole(shuffle(p, p, 0, whole, lanes - 1), shuffle(n, n, 0, whole, lanes - 1));
      return shuffle(result, result, 0, lanes, lanes - 1);
    }
    if (lanes > most) {
      int64_t half = lanes / 2;
      Value low = scaleWhole(shuffle(p, p, 0, half, lanes), shuffle(n, n, 0, half, lanes));
      Value high = scaleWhole(shuffle(p, p, half, half, lanes), shuffle(n, n, half, half, lanes));
      return shuffle(low, high, 0, lanes, lanes);
    }
    bool full = lanes == most;
    Type mask = b.getIntegerType(lanes == 16 ? 16 : 8);
    SmallVector<Value> operands{p, n, p, intConstant(mask, -1)};
    if (full)
      operands.push_back(intConstant(b.getI32Type(), 4)); // rounding as usual
    std::string name = std::string("llvm.x86.avx512.mask.scalef.") + (element.isF64() ? "pd." : "ps.") + std::to_string(512 * lanes / most);
    return LLVM::CallIntrinsicOp::create(b, loc, type, b.getStringAttr(name), operands).getResults();
  }

  // exp(r) for |r| <= ln(2) / 2.
  Value expReduced(Value r) {
    if (isDouble(r)) {
      SmallVector<double> terms;
      double factorial = 1;
      for (int k = 0; k <= 13; ++k) {
        terms.insert(terms.begin(), 1 / factorial);
        factorial *= k + 1;
      }
      return polynomial(r, terms);
    }
    // In pairs: the steps of a polynomial wait for each other, and what waits fills the processor's queues. The last two terms apart,
    // so that only one rounding is as large as the result's.
    Value square = mul(r, r);
    Value third = mad(r, c(r, 1.9875691500e-4), c(r, 1.3981999507e-3)), second = mad(r, c(r, 8.3334519073e-3), c(r, 4.1665795894e-2)),
          first = mad(r, c(r, 1.6666665459e-1), c(r, 5.0000001201e-1));
    return add(mad(mad(mad(third, square, second), square, first), square, r), 1.0);
  }

  // The limits lie where the result is 0 or infinite already: no comparison has to put that right. NaN passes through all steps.
  Value exp(Value x) {
    bool d = isDouble(x);
    double low = d ? (scalef ? -746 : -708.39) : scalef ? -104.5 : -87.33, high = d ? 710 : 89;
    // A negation is folded into the multiply-adds.
    auto negation = x.getDefiningOp<arith::NegFOp>();
    Value clamped = negation ? atMost(atLeast(negation.getOperand(), -high), -low) : atMost(atLeast(x, low), high);
    Value shifted = mad(clamped, c(x, negation ? -1.4426950408889634 : 1.4426950408889634), c(x, magic(x)));
    Value n = sub(shifted, magic(x));
    Value r = mad(n, d ? -6.93147180369123816490e-01 : -0.693359375, negation ? neg(clamped) : clamped);
    r = mad(n, d ? -1.90821492927058770002e-10 : 2.12194440e-4, r);
    return scalef ? scaleWhole(expReduced(r), n) : scale(expReduced(r), shifted);
  }

  Value exp2(Value x) {
    bool d = isDouble(x);
    double low = d ? (scalef ? -1076 : -1022) : scalef ? -151 : -126, high = d ? 1024 : 128;
    Value clamped = atMost(atLeast(x, low), high);
    Value shifted = add(clamped, magic(x));
    Value n = sub(shifted, magic(x));
    Value p = expReduced(mul(sub(clamped, n), 0.6931471805599453));
    return scalef ? scaleWhole(p, n) : scale(p, shifted);
  }

  Value expm1(Value x) {
    // Near zero the difference would cancel.
    SmallVector<double> terms;
    double factorial = 1;
    for (int k = 2; k <= (isDouble(x) ? 14 : 8); ++k)
      terms.insert(terms.begin(), 1 / (factorial *= k));
    Value small = mad(mul(x, x), polynomial(x, terms), x);
    return select(less(abs(x), 0.35), small, sub(exp(x), 1.0));
  }

  //===--------------------------------------------------------------------===//
  // Logarithms
  //===--------------------------------------------------------------------===//

  Value log(Value x) {
    bool d = isDouble(x);
    double smallest = d ? 2.2250738585072014e-308 : 1.17549435e-38;
    double lift = d ? 18014398509481984.0 /* 2^54 */ : 33554432.0 /* 2^25 */;
    Value denormal = less(x, smallest);
    Value scaled = select(denormal, mul(x, lift), x);
    Value raw = bits(scaled);
    Type ints = raw.getType();
    int64_t mantissa = mantissaBits(x);
    // Exponent and mantissa such that the latter lies in [sqrt(1/2), sqrt(2)).
    int64_t rootHalf = d ? 0x3fe6a09e667f3bcdLL : 0x3f3504f3;
    Value offset = arith::SubIOp::create(b, loc, raw, intConstant(ints, rootHalf));
    Value exponent = arith::ShRSIOp::create(b, loc, offset, intConstant(ints, mantissa));
    Value kept = arith::SubIOp::create(b, loc, raw, arith::ShLIOp::create(b, loc, exponent, intConstant(ints, mantissa)));
    Value m = fromBits(kept, x);
    Value e = integerToFloat(exponent, x);
    e = sub(e, select(denormal, c(x, d ? 54 : 25), c(x, 0)));
    Value f = sub(m, 1.0), result;
    if (d) {
      Value s = div(f, add(f, 2.0)), z = mul(s, s);
      SmallVector<double> terms;
      for (int k = 1; k <= 12; ++k)
        terms.insert(terms.begin(), 2.0 / (2 * k + 1));
      // 2 atanh(s), arranged so that the largest part, f, is exact: 2 s = f - s f.
      Value tail = mul(mul(s, z), polynomial(z, terms));
      Value low = mad(e, 1.90821492927058770002e-10, sub(tail, mul(s, f)));
      result = mad(e, 6.93147180369123816490e-01, add(f, low));
    } else {
      Value z = mul(f, f);
      Value p = polynomial(f, {7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1,
                               2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1});
      Value y = mul(mul(f, z), p);
      y = mad(e, -2.12194440e-4, y);
      y = mad(z, -0.5, y);
      result = mad(e, 0.693359375, add(f, y));
    }
    constexpr double inf = std::numeric_limits<double>::infinity();
    result = select(equal(x, inf), x, result);
    result = select(equal(x, 0), c(x, -inf), result);
    // Negative or NaN.
    return select(compare(arith::CmpFPredicate::UGE, x, c(x, 0)), select(isNan(x), x, result), c(x, std::nan("")));
  }

  // A small integer as a float, without the 64-bit conversion that older processors lack.
  Value integerToFloat(Value n, Value model) {
    if (!isDouble(model))
      return arith::SIToFPOp::create(b, loc, model.getType(), n);
    Value biased = arith::AddIOp::create(b, loc, n, intConstant(n.getType(), 0x4338000000000000LL));
    return sub(fromBits(biased, model), 6755399441055744.0);
  }

  Value log1p(Value x) {
    constexpr double inf = std::numeric_limits<double>::infinity();
    Value u = add(x, 1.0), d = sub(u, 1.0);
    Value corrected = mul(log(u), div(x, d));
    Value result = select(equal(d, 0), x, corrected);
    return select(equal(u, inf), u, select(equal(u, 0), c(x, -inf), result));
  }

  //===--------------------------------------------------------------------===//
  // Hyperbolic functions
  //===--------------------------------------------------------------------===//

  Value tanh(Value x) {
    Value a = abs(x);
    if (isDouble(x)) {
      Value e = expm1(mul(atMost(a, 22.0), 2.0));
      return withSign(div(e, add(e, 2.0)), x);
    }
    Value z = mul(x, x);
    Value p = polynomial(z, {-5.70498872745e-3, 2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1, -3.33332819422e-1});
    Value small = mad(mul(z, x), p, x);
    Value e = exp(mul(atMost(a, 9.5), 2.0));
    Value large = withSign(sub(c(x, 1), div(c(x, 2), add(e, 1.0))), x);
    return select(less(a, 0.625), small, large);
  }

  // exp(a) / 2 where exp(a) itself may be too large.
  Value halfExp(Value a) {
    Value root = exp(mul(a, 0.5));
    return mul(mul(root, 0.5), root);
  }

  Value sinh(Value x) {
    Value a = abs(x), e = expm1(a);
    Value result = mul(add(e, div(e, add(e, 1.0))), 0.5);
    return withSign(select(greater(a, isDouble(x) ? 700 : 80), halfExp(a), result), x);
  }

  Value cosh(Value x) {
    Value a = abs(x), e = exp(a);
    Value result = mad(e, c(x, 0.5), div(c(x, 0.5), e));
    return select(greater(a, isDouble(x) ? 700 : 80), halfExp(a), result);
  }

  Value asinh(Value x) {
    Value a = abs(x), z = mul(a, a);
    Value moderate = log1p(add(a, div(z, add(sqrt(add(z, 1.0)), 1.0))));
    Value huge = add(log(a), 0.6931471805599453);
    return withSign(select(greater(a, isDouble(x) ? 1e150 : 1e18), huge, moderate), x);
  }

  Value acosh(Value x) {
    Value t = sub(x, 1.0);
    // Two roots, each of which is NaN below 1; the root of the product would overflow to a number far below 0.
    Value moderate = log1p(add(t, mul(sqrt(t), sqrt(add(x, 1.0)))));
    return select(greater(x, isDouble(x) ? 1e150 : 1e18), add(log(x), 0.6931471805599453), moderate);
  }

  Value atanh(Value x) {
    Value a = abs(x);
    return withSign(mul(log1p(div(add(a, a), sub(c(x, 1), a))), 0.5), x);
  }

  Value erfDouble(Value x) {
    Value a = abs(x), z = mul(x, x);
    Value inner = mul(x, div(polynomial(z, {9.60497373987051638749e0, 9.00260197203842689217e1, 2.23200534594684319226e3,
                                            7.00332514112805075473e3, 5.55923013010394962768e4}),
                             polynomial(z, {1.0, 3.35617141647503099647e1, 5.21357949780152679795e2, 4.59432382970980127987e3,
                                            2.26290000613890934246e4, 4.92673942608635921086e4})));
    Value t = atMost(a, 6.5);
    Value ratio = div(polynomial(t, {2.46196981473530512524e-10, 5.64189564831068821977e-1, 7.46321056442269912687e0,
                                     4.86371970985681366614e1, 1.96520832956077098242e2, 5.26445194995477358631e2,
                                     9.34528527171957607540e2, 1.02755188689515710272e3, 5.57535335369399327526e2}),
                      polynomial(t, {1.0, 1.32281951154744992508e1, 8.67072140885989742329e1, 3.54937778887819891062e2,
                                     9.75708501743205489753e2, 1.82390916687909736289e3, 2.24633760818710981792e3,
                                     1.65666309194161350182e3, 5.57535340817727675546e2}));
    Value outer = withSign(sub(c(x, 1), mul(exp(neg(mul(t, t))), ratio)), x);
    return select(less(a, 1.0), inner, outer);
  }

  // On [-4, 4], where it reaches 1 in single precision, x (1/4 + P(x^2) / Q(x^2)). The quotient is small where erf(x) is near 1, and with
  // it the rounding errors of both polynomials; x / 4 has none. Double arithmetic is only used where the input is double.
  Value erf(Value x) {
    if (isDouble(x))
      return erfDouble(x);
    Value t = atMost(atLeast(x, -4.0), 4.0), z = mul(t, t);
    Value p = polynomial(z, {-1.3631118235934991e-05, -2.187973768741358e-05, 0.00015079892182257026, 0.04488876089453697,
                             0.12456119805574417, 1.6250014305114746});
    Value q = polynomial(z, {6.922647298779339e-05, 0.0021932825911790133, 0.028133289888501167, 0.2133971005678177,
                             0.9339855313301086, 1.850000023841858});
    return mad(t, div(p, q), mul(t, 0.25));
  }

  //===--------------------------------------------------------------------===//
  // Trigonometric functions
  //===--------------------------------------------------------------------===//

  // x = n * pi / 2 + r. In double precision, so that the difference keeps its digits for large x.
  std::pair<Value, Value> reduceByHalfPi(Value x) {
    Value wide = toDouble(x);
    Value n = roundEven(mul(wide, 0.63661977236758134308));
    Value r = wide;
    // Without a fused operation the products must be exact: parts of 33 bits for |n| up to 2^20; parts of 22 bits for up to 2^31, which
    // leave enough digits for single precision.
    if (fma)
      for (double part : {1.57079632679489655800e+00, 6.12323399573676603587e-17})
        r = mad(n, -part, r);
    else if (isDouble(x))
      for (double part : {1.57079632673412561417e+00, 6.07710050630396597660e-11, 2.02226624871116645580e-21, 8.47842766036889956997e-32})
        r = sub(r, mul(n, part));
    else
      for (double part : {0x1.921fb8p+0, -0x1.5dde98p-23, 0x1.846988p-48, 0x1.8cc51701b839ap-72})
        r = sub(r, mul(n, part));
    return {n, r};
  }

  std::pair<Value, Value> sinCosReduced(Value r) {
    Value z = mul(r, r);
    if (!isDouble(r)) {
      Value s = mad(mul(r, z), polynomial(z, {-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1}), r);
      Value cosine = mad(mul(z, z), polynomial(z, {2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2}), mad(z, -0.5, c(r, 1)));
      return {s, cosine};
    }
    SmallVector<double> sines, cosines;
    double factorial = 1;
    for (int k = 1; k <= 18; ++k) {
      factorial *= k;
      double term = ((k / 2) % 2 ? -1 : 1) / factorial;
      if (k >= 2)
        (k % 2 ? sines : cosines).insert((k % 2 ? sines : cosines).begin(), term);
    }
    return {mad(mul(r, z), polynomial(z, sines), r), mad(z, polynomial(z, cosines), c(r, 1))};
  }

  // sin(x + quarter * pi / 2).
  Value sine(Value x, int quarter) {
    auto [n, wide] = reduceByHalfPi(x);
    auto [s, cosine] = sinCosReduced(isDouble(x) ? wide : toSingle(wide));
    // The quadrant, 0 to 3, as a float.
    Value turned = add(n, quarter);
    Value q = sub(turned, mul(floor(mul(turned, 0.25)), 4.0));
    Value odd = either(equal(q, 1), equal(q, 3)), negative = greater(q, 1.5);
    Value result = select(odd, cosine, s);
    return select(negative, neg(result), result);
  }

  Value tan(Value x) {
    auto [n, wide] = reduceByHalfPi(x);
    auto [s, cosine] = sinCosReduced(isDouble(x) ? wide : toSingle(wide));
    Value half = mul(n, 0.5);
    Value odd = compare(arith::CmpFPredicate::ONE, half, floor(half));
    return div(select(odd, neg(cosine), s), select(odd, s, cosine));
  }

  Value atan(Value x) {
    bool d = isDouble(x);
    Value a = abs(x);
    Value large = greater(a, 2.414213562373095), medium = greater(a, d ? 0.66 : 0.4142135623730950);
    Value t = select(large, div(c(x, -1), a), select(medium, div(sub(a, 1.0), add(a, 1.0)), a));
    Value base = select(large, c(x, 1.5707963267948966), select(medium, c(x, 0.7853981633974483), c(x, 0)));
    Value z = mul(t, t), tail;
    if (d) {
      Value p = polynomial(z, {-8.750608600031904122785e-1, -1.615753718733365076637e1, -7.500855792314704667340e1,
                               -1.228866684490136173410e2, -6.485021904942025371773e1});
      Value q = polynomial(z, {1.0, 2.485846490142306297962e1, 1.650270098316988542046e2, 4.328810604912902668951e2,
                               4.853903996359136964868e2, 1.945506571482613964425e2});
      tail = mul(mul(t, z), div(p, q));
    } else {
      tail = mul(mul(t, z), polynomial(z, {8.05374449538e-2, -1.38776856032e-1, 1.99777106478e-1, -3.33329491539e-1}));
    }
    return withSign(add(base, add(t, tail)), x);
  }

  Value atan2(Value y, Value x) {
    constexpr double pi = 3.14159265358979323846, inf = std::numeric_limits<double>::infinity();
    Value ratio = div(y, x);
    // inf / inf is 1 in magnitude here.
    Value infinite = both(equal(abs(x), inf), equal(abs(y), inf));
    ratio = select(infinite, withSign(withSign(c(x, 1), y), c(x, 1)), ratio);
    Value angle = abs(atan(abs(ratio)));
    Value zero = both(equal(x, 0), equal(y, 0));
    angle = select(zero, c(x, 0), angle);
    // The sign bit of x, so that -0 counts as negative.
    Value left = less(withSign(c(x, 1), x), 0);
    angle = select(left, sub(c(x, pi), angle), angle);
    return select(either(isNan(x), isNan(y)), add(x, y), withSign(angle, y));
  }

  Value asin(Value x) {
    Value a = abs(x);
    if (isDouble(x))
      return atan(div(x, sqrt(mul(sub(c(x, 1), x), add(x, 1.0)))));
    Value large = greater(a, 0.5);
    Value z = select(large, mul(sub(c(x, 1), a), 0.5), mul(a, a));
    Value root = select(large, sqrt(z), a);
    Value p = polynomial(z, {4.2163199048e-2, 2.4181311049e-2, 4.5470025998e-2, 7.4953002686e-2, 1.6666752422e-1});
    Value value = mad(mul(z, root), p, root);
    return withSign(select(large, sub(c(x, 1.5707963267948966), add(value, value)), value), x);
  }

  Value acos(Value x) {
    Value half = asin(sqrt(mul(sub(c(x, 1), abs(x)), 0.5)));
    Value near = add(half, half);
    near = select(less(x, 0), sub(c(x, 3.14159265358979323846), near), near);
    return select(greater(abs(x), 0.5), near, sub(c(x, 1.5707963267948966), asin(x)));
  }

  //===--------------------------------------------------------------------===//
  // Powers and remainders
  //===--------------------------------------------------------------------===//

  Value pow(Value x, Value y) {
    Type type = x.getType();
    bool narrow = !isDouble(x);
    x = toDouble(x);
    y = toDouble(y);
    constexpr double inf = std::numeric_limits<double>::infinity();
    Value a = abs(x);
    Value result = exp(mul(y, log(a)));
    // 0 times infinity is not NaN here.
    result = select(equal(a, 1), c(x, 1), result);
    Value isInteger = equal(sub(y, floor(y)), 0), halved = mul(y, 0.5);
    Value infiniteExponent = equal(abs(y), inf);
    isInteger = either(isInteger, infiniteExponent);
    Value odd = both(both(isInteger, compare(arith::CmpFPredicate::ONE, halved, floor(halved))),
                     compare(arith::CmpFPredicate::ONE, abs(y), c(y, inf)));
    Value negative = less(withSign(c(x, 1), x), 0);
    Value signedResult = select(both(negative, odd), neg(result), result);
    Value undefined = both(both(less(x, 0), compare(arith::CmpFPredicate::ONE, x, c(x, -inf))),
                           arith::XOrIOp::create(b, loc, isInteger, allOnes(isInteger)));
    result = select(undefined, c(x, std::nan("")), signedResult);
    result = select(either(isNan(x), isNan(y)), add(x, y), result);
    result = select(either(equal(y, 0), equal(x, 1)), c(x, 1), result);
    return narrow ? arith::TruncFOp::create(b, loc, type, result).getResult() : result;
  }

  Value allOnes(Value flag) { return intConstant(flag.getType(), 1); }

  Value cbrt(Value x) {
    Value wide = toDouble(x), a = abs(wide);
    Value root = exp(mul(log(a), 1.0 / 3));
    // One Newton step.
    Value better = sub(root, div(sub(root, div(a, mul(root, root))), c(root, 3)));
    constexpr double inf = std::numeric_limits<double>::infinity();
    Value result = withSign(select(either(equal(a, 0), either(equal(a, inf), isNan(a))), a, better), wide);
    return isDouble(x) ? result : arith::TruncFOp::create(b, loc, x.getType(), result).getResult();
  }

  // C's fmod: the sign of x, smaller than y.
  Value remainder(Value x, Value y) {
    Type type = x.getType();
    bool narrow = !isDouble(x);
    Value wideX = toDouble(x), wideY = toDouble(y);
    constexpr double inf = std::numeric_limits<double>::infinity();
    Value a = abs(wideX), m = abs(wideY);
    // The difference is exact, but a large quotient is not: what is left is divided again.
    Value r = a;
    for (int round = 0; round < 3; ++round)
      r = mad(neg(trunc(div(r, m))), m, r);
    r = select(less(r, 0), add(r, m), r);
    r = select(compare(arith::CmpFPredicate::OGE, r, m), sub(r, m), r);
    r = select(both(equal(m, inf), compare(arith::CmpFPredicate::OLT, a, c(a, inf))), a, r);
    Value result = withSign(r, wideX);
    return narrow ? arith::TruncFOp::create(b, loc, type, result).getResult() : result;
  }

  Value integerPower(Value base, Value exponent) {
    Type type = base.getType();
    unsigned width = getElementTypeOrSelf(type).getIntOrFloatBitWidth();
    Value zero = intConstant(type, 0), one = intConstant(type, 1);
    auto is = [&](arith::CmpIPredicate predicate, Value a, Value with) { return arith::CmpIOp::create(b, loc, predicate, a, with); };
    Value result = one, power = base;
    // A result that fits never uses higher bits unless the base is 0, 1 or -1, whose powers repeat.
    for (unsigned bit = 0; bit < width; ++bit) {
      Value at = arith::ShRUIOp::create(b, loc, exponent, intConstant(type, bit));
      Value used = is(arith::CmpIPredicate::ne, arith::AndIOp::create(b, loc, at, one), zero);
      result = select(used, arith::MulIOp::create(b, loc, result, power), result);
      if (bit + 1 < width)
        power = arith::MulIOp::create(b, loc, power, power);
    }
    // 1 / base^n is 0 but for 1 and -1.
    Value minusOne = intConstant(type, -1);
    Value odd = is(arith::CmpIPredicate::ne, arith::AndIOp::create(b, loc, exponent, one), zero);
    Value inverse = select(is(arith::CmpIPredicate::eq, base, one), one,
                           select(is(arith::CmpIPredicate::eq, base, minusOne), select(odd, minusOne, one), zero));
    return select(is(arith::CmpIPredicate::slt, exponent, zero), inverse, result);
  }

  Value roundAway(Value x) {
    double belowHalf = isDouble(x) ? 0.49999999999999994 : 0.49999997;
    return trunc(add(x, withSign(c(x, belowHalf), x)));
  }

  //===--------------------------------------------------------------------===//
  // 16-bit floats
  //===--------------------------------------------------------------------===//

  Value ints(Value model, int64_t value) { return intConstant(model.getType(), value); }

  Value truncateToBF16(Value x, Type type) {
    Value u = bits(x);
    Value lsb = arith::AndIOp::create(b, loc, arith::ShRUIOp::create(b, loc, u, ints(u, 16)), ints(u, 1));
    Value rounded = arith::AddIOp::create(b, loc, u, arith::AddIOp::create(b, loc, lsb, ints(u, 0x7fff)));
    // Rounding would turn some NaN into infinity.
    Value quiet = arith::OrIOp::create(b, loc, u, ints(u, 0x400000));
    rounded = select(isNan(x), quiet, rounded);
    Value high = arith::ShRUIOp::create(b, loc, rounded, ints(u, 16));
    Value narrow = arith::TruncIOp::create(b, loc, like(type, b.getIntegerType(16)), high);
    return arith::BitcastOp::create(b, loc, type, narrow);
  }

  // As integers: LLVM would pull what is computed with the result to the narrow type, which most processors cannot compute in.
  Value extendFromBF16(Value h, Type type) {
    Value narrow = arith::BitcastOp::create(b, loc, like(type, b.getIntegerType(16)), h);
    Value u = arith::ExtUIOp::create(b, loc, like(type, b.getI32Type()), narrow);
    return fromBits(arith::ShLIOp::create(b, loc, u, ints(u, 16)), constant(type, 0));
  }

  Value extendFromHalf(Value h, Type type) {
    Value narrow = arith::BitcastOp::create(b, loc, like(type, b.getIntegerType(16)), h);
    Value u = arith::ExtUIOp::create(b, loc, like(type, b.getI32Type()), narrow);
    Value sign = arith::ShLIOp::create(b, loc, arith::AndIOp::create(b, loc, u, ints(u, 0x8000)), ints(u, 16));
    Value magnitude = arith::ShLIOp::create(b, loc, arith::AndIOp::create(b, loc, u, ints(u, 0x7fff)), ints(u, 13));
    // Multiplying by 2^112 moves the exponent and makes denormals normal; infinity and NaN need the rest.
    Value model = constant(type, 0);
    Value value = mul(fromBits(magnitude, model), 0x1p112);
    Value special = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::uge, magnitude, ints(u, 0x7c00 << 13));
    Value raw = bits(value);
    raw = select(special, arith::OrIOp::create(b, loc, magnitude, ints(u, 0x7f800000)), raw);
    return fromBits(arith::OrIOp::create(b, loc, raw, sign), model);
  }

  Value truncateToHalf(Value x, Type type) {
    Value u = bits(x);
    Value sign = arith::AndIOp::create(b, loc, arith::ShRUIOp::create(b, loc, u, ints(u, 16)), ints(u, 0x8000));
    Value magnitude = arith::AndIOp::create(b, loc, u, ints(u, 0x7fffffff));
    // Denormal results: adding 0.5 puts the rounding of the float unit where that of the half is.
    Value shifted = bits(add(fromBits(magnitude, x), 0.5));
    Value denormal = arith::SubIOp::create(b, loc, shifted, ints(u, 0x3f000000));
    Value lsb = arith::AndIOp::create(b, loc, arith::ShRUIOp::create(b, loc, magnitude, ints(u, 13)), ints(u, 1));
    Value rebased = arith::AddIOp::create(b, loc, magnitude, ints(u, static_cast<int32_t>(0xc8000fffu)));
    Value normal = arith::ShRUIOp::create(b, loc, arith::AddIOp::create(b, loc, rebased, lsb), ints(u, 13));
    auto atLeastBits = [&](int64_t limit) { return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::uge, magnitude, ints(u, limit)); };
    Value result = select(atLeastBits(0x38800000), normal, denormal);
    result = select(atLeastBits(0x477ff000), ints(u, 0x7c00), result);
    result = select(isNan(x), ints(u, 0x7e00), result);
    Value narrow = arith::TruncIOp::create(b, loc, like(type, b.getIntegerType(16)), arith::OrIOp::create(b, loc, result, sign));
    return arith::BitcastOp::create(b, loc, type, narrow);
  }

private:
  OpBuilder &b;
  Location loc;
  bool fma, scalef;
};

Value expandFloat(Operation *op, ValueRange x, Formulas &f) {
  return llvm::TypeSwitch<Operation *, Value>(op)
      .Case([&](math::ExpOp) { return f.exp(x[0]); })
      .Case([&](math::Exp2Op) { return f.exp2(x[0]); })
      .Case([&](math::ExpM1Op) { return f.expm1(x[0]); })
      .Case([&](math::LogOp) { return f.log(x[0]); })
      .Case([&](math::Log2Op) { return f.mul(f.log(x[0]), 1.4426950408889634); })
      .Case([&](math::Log10Op) { return f.mul(f.log(x[0]), 0.4342944819032518); })
      .Case([&](math::Log1pOp) { return f.log1p(x[0]); })
      .Case([&](math::TanhOp) { return f.tanh(x[0]); })
      .Case([&](math::SinhOp) { return f.sinh(x[0]); })
      .Case([&](math::CoshOp) { return f.cosh(x[0]); })
      .Case([&](math::AsinhOp) { return f.asinh(x[0]); })
      .Case([&](math::AcoshOp) { return f.acosh(x[0]); })
      .Case([&](math::AtanhOp) { return f.atanh(x[0]); })
      .Case([&](math::ErfOp) { return f.erf(x[0]); })
      .Case([&](math::ErfcOp) { return f.sub(f.c(x[0], 1), f.erf(x[0])); })
      .Case([&](math::SinOp) { return f.sine(x[0], 0); })
      .Case([&](math::CosOp) { return f.sine(x[0], 1); })
      .Case([&](math::TanOp) { return f.tan(x[0]); })
      .Case([&](math::AtanOp) { return f.atan(x[0]); })
      .Case([&](math::Atan2Op) { return f.atan2(x[0], x[1]); })
      .Case([&](math::AsinOp) { return f.asin(x[0]); })
      .Case([&](math::AcosOp) { return f.acos(x[0]); })
      .Case([&](math::PowFOp) { return f.pow(x[0], x[1]); })
      .Case([&](math::CbrtOp) { return f.cbrt(x[0]); })
      .Case([&](math::RsqrtOp) { return f.div(f.c(x[0], 1), f.sqrt(x[0])); })
      .Case([&](math::RoundOp) { return f.roundAway(x[0]); })
      .Case([&](math::FmaOp) { return f.mad(x[0], x[1], x[2]); })
      .Case([&](math::ClampFOp) {
        Value low = f.select(f.compare(arith::CmpFPredicate::OLT, x[0], x[1]), x[1], x[0]);
        return f.select(f.compare(arith::CmpFPredicate::OGT, low, x[2]), x[2], low);
      })
      .Case([&](arith::RemFOp) { return f.remainder(x[0], x[1]); })
      .Default([](Operation *) { return Value(); });
}

} // namespace

FailureOr<Value> expandMath(Operation *op, MathInstructions has) {
  OpBuilder b(op);
  Formulas f(b, op->getLoc(), has);
  if (isa<math::AbsFOp, math::AbsIOp, math::CeilOp, math::FloorOp, math::TruncOp, math::RoundEvenOp, math::CopySignOp, math::SqrtOp,
          math::CountLeadingZerosOp, math::CountTrailingZerosOp, math::CtPopOp, math::IsFiniteOp, math::IsInfOp, math::IsNaNOp,
          math::IsNormalOp>(op))
    return Value();
  if (isa<math::FmaOp>(op) && has.fma)
    return Value();
  if (isa<math::IPowIOp>(op))
    return f.integerPower(op->getOperand(0), op->getOperand(1));
  Type type = op->getResult(0).getType(), element = getElementTypeOrSelf(type);
  if (isa<math::FPowIOp>(op)) {
    Value exponent = arith::SIToFPOp::create(b, op->getLoc(), f.like(type, b.getF64Type()), op->getOperand(1));
    Value wide = f.pow(f.toDouble(op->getOperand(0)), exponent);
    return element.isF64() ? wide : arith::TruncFOp::create(b, op->getLoc(), type, wide).getResult();
  }
  if (!element.isF32() && !element.isF64() && !element.isF16() && !element.isBF16())
    return failure();
  bool narrow = element.isF16() || element.isBF16();
  SmallVector<Value> operands(op->getOperands());
  if (narrow)
    for (Value &operand : operands)
      operand = arith::ExtFOp::create(b, op->getLoc(), f.like(type, b.getF32Type()), operand);
  Value value = expandFloat(op, operands, f);
  if (!value)
    return failure();
  return narrow ? arith::TruncFOp::create(b, op->getLoc(), type, value).getResult() : value;
}

Value expandConversion(Operation *op, bool f16c) {
  OpBuilder b(op);
  Formulas f(b, op->getLoc(), {});
  Value x = op->getOperand(0);
  Type from = x.getType(), to = op->getResult(0).getType();
  Type fromElement = getElementTypeOrSelf(from), toElement = getElementTypeOrSelf(to);
  Type single = f.like(to, b.getF32Type());
  if (isa<arith::SIToFPOp, arith::UIToFPOp>(op)) {
    if (!toElement.isF16() && !toElement.isBF16())
      return {};
    Value wide = isa<arith::SIToFPOp>(op) ? Value(arith::SIToFPOp::create(b, op->getLoc(), single, x))
                                          : arith::UIToFPOp::create(b, op->getLoc(), single, x);
    return arith::TruncFOp::create(b, op->getLoc(), to, wide);
  }
  if (isa<arith::ExtFOp>(op)) {
    if (toElement.isF64() && (fromElement.isF16() || fromElement.isBF16()))
      return arith::ExtFOp::create(b, op->getLoc(), to, arith::ExtFOp::create(b, op->getLoc(), single, x).getResult());
    if (fromElement.isF16() && !f16c)
      return f.extendFromHalf(x, to);
    if (fromElement.isBF16())
      return f.extendFromBF16(x, to);
    return {};
  }
  if (fromElement.isF64() && (toElement.isF16() || toElement.isBF16()))
    return arith::TruncFOp::create(b, op->getLoc(), to, arith::TruncFOp::create(b, op->getLoc(), single, x).getResult());
  if (toElement.isBF16())
    return f.truncateToBF16(x, to);
  if (toElement.isF16() && !f16c)
    return f.truncateToHalf(x, to);
  return {};
}

} // namespace ingot
