//===- Element.cpp - Arithmetic on elements -----------------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/lower/Lowering.h"

using namespace mlir;

namespace ingot::lower {

static constexpr arith::FastMathFlags contract = arith::FastMathFlags::contract;

Element::Element(LinalgBuilder &builder, Type logical)
    : b(builder), logical(logical), storage(storageType(logical)), compute(computeType(logical)) {}

Value Element::load(Value stored) {
  if (storage == compute || stored.getType() == compute)
    return stored;
  return b.createOrFold<arith::ExtFOp>(compute, stored);
}

Value Element::store(Value computed) {
  if (computed.getType() == storage)
    return computed;
  if (isFloat())
    return b.createOrFold<arith::TruncFOp>(storage, computed);
  return b.createOrFold<arith::ExtUIOp>(storage, computed); // i1 to bool
}

Value Element::number(double value) {
  return b.constantNumber(compute, value);
}

Value Element::integer(int64_t value) {
  if (isFloat())
    return number(static_cast<double>(value));
  return b.constant(IntegerAttr::get(compute, APInt(width(), value, /*isSigned=*/true, /*implicitTrunc=*/true)));
}

Value Element::add(Value x, Value y) {
  if (isFloat())
    return arith::AddFOp::create(b, x, y, contract);
  return b.createOrFold<arith::AddIOp>(x, y);
}

Value Element::sub(Value x, Value y) {
  if (isFloat())
    return arith::SubFOp::create(b, x, y, contract);
  return b.createOrFold<arith::SubIOp>(x, y);
}

Value Element::mul(Value x, Value y) {
  if (isFloat())
    return arith::MulFOp::create(b, x, y, contract);
  return b.createOrFold<arith::MulIOp>(x, y);
}

/// A divisor without the values that trap: 0 and, for signed ones, -1.
static Value safeDivisor(Element &e, Value y, Value isZero, Value isMinusOne) {
  LinalgBuilder &b = e.b;
  Value unsafe = isMinusOne ? b.createOrFold<arith::OrIOp>(isZero, isMinusOne) : isZero;
  return b.createOrFold<arith::SelectOp>(unsafe, e.integer(1), y);
}

Value Element::div(Value x, Value y) {
  if (isFloat())
    return arith::DivFOp::create(b, x, y, contract);
  Value zero = integer(0);
  Value isZero = b.createOrFold<arith::CmpIOp>(arith::CmpIPredicate::eq, y, zero);
  if (isUnsigned()) {
    Value quotient = b.createOrFold<arith::DivUIOp>(x, safeDivisor(*this, y, isZero, {}));
    return b.createOrFold<arith::SelectOp>(isZero, zero, quotient);
  }
  Value isMinusOne = b.createOrFold<arith::CmpIOp>(arith::CmpIPredicate::eq, y, integer(-1));
  Value quotient = b.createOrFold<arith::DivSIOp>(x, safeDivisor(*this, y, isZero, isMinusOne));
  quotient = b.createOrFold<arith::SelectOp>(isMinusOne, b.createOrFold<arith::SubIOp>(zero, x), quotient);
  return b.createOrFold<arith::SelectOp>(isZero, zero, quotient);
}

Value Element::rem(Value x, Value y, bool fmod) {
  Value zero = integer(0);
  if (isFloat()) {
    Value rest = arith::RemFOp::create(b, x, y);
    if (fmod)
      return rest;
    // With the divisor's sign: a rest of the other sign is one divisor too far.
    Value restNegative = arith::CmpFOp::create(b, arith::CmpFPredicate::OLT, rest, zero);
    Value divisorNegative = arith::CmpFOp::create(b, arith::CmpFPredicate::OLT, y, zero);
    Value differ = arith::XOrIOp::create(b, restNegative, divisorNegative);
    Value nonzero = arith::CmpFOp::create(b, arith::CmpFPredicate::ONE, rest, zero);
    Value shifted = arith::AddFOp::create(b, rest, y);
    return arith::SelectOp::create(b, arith::AndIOp::create(b, differ, nonzero), shifted, rest);
  }
  Value isZero = b.createOrFold<arith::CmpIOp>(arith::CmpIPredicate::eq, y, zero);
  if (isUnsigned()) {
    Value rest = b.createOrFold<arith::RemUIOp>(x, safeDivisor(*this, y, isZero, {}));
    return b.createOrFold<arith::SelectOp>(isZero, zero, rest);
  }
  Value isMinusOne = b.createOrFold<arith::CmpIOp>(arith::CmpIPredicate::eq, y, integer(-1));
  Value rest = b.createOrFold<arith::RemSIOp>(x, safeDivisor(*this, y, isZero, isMinusOne));
  if (!fmod) {
    Value signs = b.createOrFold<arith::XOrIOp>(rest, y);
    Value differ = b.createOrFold<arith::CmpIOp>(arith::CmpIPredicate::slt, signs, zero);
    Value nonzero = b.createOrFold<arith::CmpIOp>(arith::CmpIPredicate::ne, rest, zero);
    Value shifted = b.createOrFold<arith::AddIOp>(rest, y);
    rest = b.createOrFold<arith::SelectOp>(b.createOrFold<arith::AndIOp>(differ, nonzero), shifted, rest);
  }
  Value unsafe = b.createOrFold<arith::OrIOp>(isZero, isMinusOne);
  return b.createOrFold<arith::SelectOp>(unsafe, zero, rest);
}

Value Element::max(Value x, Value y) {
  if (isFloat())
    return arith::MaximumFOp::create(b, x, y);
  if (isUnsigned())
    return b.createOrFold<arith::MaxUIOp>(x, y);
  return b.createOrFold<arith::MaxSIOp>(x, y);
}

Value Element::min(Value x, Value y) {
  if (isFloat())
    return arith::MinimumFOp::create(b, x, y);
  if (isUnsigned())
    return b.createOrFold<arith::MinUIOp>(x, y);
  return b.createOrFold<arith::MinSIOp>(x, y);
}

Value Element::compare(Comparison relation, Value x, Value y) {
  if (isFloat()) {
    static const arith::CmpFPredicate predicates[] = {arith::CmpFPredicate::OEQ, arith::CmpFPredicate::UNE,
                                                      arith::CmpFPredicate::OLT, arith::CmpFPredicate::OLE,
                                                      arith::CmpFPredicate::OGT, arith::CmpFPredicate::OGE};
    return arith::CmpFOp::create(b, predicates[static_cast<unsigned>(relation)], x, y);
  }
  static const arith::CmpIPredicate unsignedPredicates[] = {arith::CmpIPredicate::eq,  arith::CmpIPredicate::ne,
                                                            arith::CmpIPredicate::ult, arith::CmpIPredicate::ule,
                                                            arith::CmpIPredicate::ugt, arith::CmpIPredicate::uge};
  static const arith::CmpIPredicate signedPredicates[] = {arith::CmpIPredicate::eq,  arith::CmpIPredicate::ne,
                                                          arith::CmpIPredicate::slt, arith::CmpIPredicate::sle,
                                                          arith::CmpIPredicate::sgt, arith::CmpIPredicate::sge};
  return b.createOrFold<arith::CmpIOp>((isUnsigned() ? unsignedPredicates : signedPredicates)[static_cast<unsigned>(relation)], x,
                                       y);
}

Value Element::isNonzero(Value x) {
  return compare(Comparison::NE, x, integer(0));
}

Value Element::select(Value condition, Value x, Value y) {
  return b.createOrFold<arith::SelectOp>(condition, x, y);
}

TypedAttr Element::lowest(Type type) const {
  if (auto floatType = dyn_cast<FloatType>(type))
    return FloatAttr::get(type, APFloat::getInf(floatType.getFloatSemantics(), /*Negative=*/true));
  unsigned bits = type.getIntOrFloatBitWidth();
  return IntegerAttr::get(type, isUnsigned() ? APInt(bits, 0) : APInt::getSignedMinValue(bits));
}

TypedAttr Element::highest(Type type) const {
  if (auto floatType = dyn_cast<FloatType>(type))
    return FloatAttr::get(type, APFloat::getInf(floatType.getFloatSemantics()));
  unsigned bits = type.getIntOrFloatBitWidth();
  if (isBool())
    return IntegerAttr::get(type, APInt(bits, 1));
  return IntegerAttr::get(type, isUnsigned() ? APInt::getMaxValue(bits) : APInt::getSignedMaxValue(bits));
}

/// Float to integer: toward zero, saturated, NaN to the lowest value. Conversion of what does not fit would be poison.
static Value floatToInteger(LinalgBuilder &b, Value value, Element &to) {
  auto type = cast<FloatType>(value.getType());
  unsigned bits = to.width();
  APFloat low(type.getFloatSemantics()), high(type.getFloatSemantics());
  APInt lowInt = to.isUnsigned() ? APInt(bits, 0) : APInt::getSignedMinValue(bits);
  APInt highInt = to.isUnsigned() ? APInt::getMaxValue(bits) : APInt::getSignedMaxValue(bits);
  low.convertFromAPInt(lowInt, !to.isUnsigned(), APFloat::rmTowardZero);
  bool isExact = high.convertFromAPInt(highInt, !to.isUnsigned(), APFloat::rmTowardZero) == APFloat::opOK;
  Value original = value;
  value = arith::MaxNumFOp::create(b, value, b.constant(FloatAttr::get(type, low)));
  value = arith::MinNumFOp::create(b, value, b.constant(FloatAttr::get(type, high)));
  Value integer = to.isUnsigned() ? Value(arith::FPToUIOp::create(b, to.compute, value)) : arith::FPToSIOp::create(b, to.compute, value);
  if (isExact)
    return integer;
  // The highest integer is no float: what is above the float before it saturates.
  Value tooHigh = arith::CmpFOp::create(b, arith::CmpFPredicate::OGT, original, b.constant(FloatAttr::get(type, high)));
  return arith::SelectOp::create(b, tooHigh, b.constant(IntegerAttr::get(to.compute, highInt)), integer);
}

Value convertElement(LinalgBuilder &b, Value value, Type fromType, Type toType) {
  Element from(b, fromType), to(b, toType);
  if (fromType == toType)
    return value;
  if (to.isBool())
    return b.createOrFold<arith::ExtUIOp>(to.compute, from.isNonzero(value));
  if (from.isFloat() && to.isFloat()) {
    if (from.width() < to.width())
      return b.createOrFold<arith::ExtFOp>(to.compute, value);
    return from.width() > to.width() ? b.createOrFold<arith::TruncFOp>(to.compute, value) : value;
  }
  if (from.isFloat())
    return floatToInteger(b, value, to);
  if (to.isFloat()) {
    if (from.isUnsigned())
      return b.createOrFold<arith::UIToFPOp>(to.compute, value);
    return b.createOrFold<arith::SIToFPOp>(to.compute, value);
  }
  if (from.width() < to.width()) {
    if (from.isUnsigned())
      return b.createOrFold<arith::ExtUIOp>(to.compute, value);
    return b.createOrFold<arith::ExtSIOp>(to.compute, value);
  }
  return from.width() > to.width() ? b.createOrFold<arith::TruncIOp>(to.compute, value) : value;
}

//===----------------------------------------------------------------------===//
// Constants
//===----------------------------------------------------------------------===//

static ElementsAttr constantOf(Value original) {
  ElementsAttr attr;
  return matchPattern(original, m_Constant(&attr)) ? attr : ElementsAttr();
}

TypedAttr splatOf(Value original) {
  if (auto broadcast = original.getDefiningOp<BroadcastOp>())
    original = broadcast.getX();
  ElementsAttr attr = constantOf(original);
  if (!attr)
    return {};
  auto dense = dyn_cast<DenseElementsAttr>(attr);
  if (!dense || !dense.isSplat())
    return {};
  Type element = dense.getElementType(), storage = storageType(element);
  if (isa<FloatType>(element))
    return FloatAttr::get(storage, dense.getSplatValue<APFloat>());
  return IntegerAttr::get(storage, dense.getSplatValue<APInt>().zext(storage.getIntOrFloatBitWidth()));
}

ElementsAttr convertElements(ElementsAttr attr) {
  auto type = cast<ShapedType>(attr.getType());
  Type element = type.getElementType(), storage = storageType(element);
  if (element == storage)
    return attr;
  auto newType = type.clone(storage);
  // The same bytes: resources of bool hold one for each element as well.
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(attr))
    return DenseResourceElementsAttr::get(newType, resource.getRawHandle());
  auto dense = cast<DenseElementsAttr>(attr);
  unsigned bits = storage.getIntOrFloatBitWidth();
  if (dense.isSplat())
    return DenseElementsAttr::get(newType, dense.getSplatValue<APInt>().zext(bits));
  if (!element.isInteger(1))
    return DenseElementsAttr::getFromRawBuffer(newType, dense.getRawData());
  SmallVector<APInt> values;
  for (bool value : dense.getValues<bool>())
    values.emplace_back(bits, value);
  return DenseElementsAttr::get(newType, values);
}

//===----------------------------------------------------------------------===//
// Operands of elementwise ops
//===----------------------------------------------------------------------===//

Input elementwiseInput(LinalgBuilder &b, ConversionPatternRewriter &rewriter, Value original, Value converted) {
  int64_t rank = rankOf(original);
  if (TypedAttr splat = splatOf(original))
    return {{}, {}, splat};
  Input plain{converted, b.identity(rank)};
  auto broadcast = original.getDefiningOp<BroadcastOp>();
  if (!broadcast)
    return plain;
  SmallVector<AffineExpr> exprs;
  ArrayRef<int64_t> dims = broadcast.getDimensions();
  auto type = cast<RankedTensorType>(broadcast.getX().getType());
  for (int64_t i = 0; i < type.getRank(); ++i) {
    bool repeats = broadcast.mayRepeat(i);
    if (repeats && type.isDynamicDim(i))
      return plain;
    exprs.push_back(type.getDimSize(i) == 1 ? b.getAffineConstantExpr(0) : b.getAffineDimExpr(dims[i]));
  }
  Value source = rewriter.getRemappedValue(broadcast.getX());
  if (!source)
    return plain;
  return {source, AffineMap::get(rank, 0, exprs, b.getContext())};
}

Sizes elementwiseSizes(LinalgBuilder &b, ValueRange converted, Type resultType) {
  auto type = cast<RankedTensorType>(resultType);
  Sizes sizes;
  for (int64_t d = 0; d < type.getRank(); ++d) {
    if (!type.isDynamicDim(d)) {
      sizes.push_back(b.getIndexAttr(type.getDimSize(d)));
      continue;
    }
    OpFoldResult size;
    for (Value value : converted) {
      auto valueType = cast<RankedTensorType>(value.getType());
      if (!valueType.isDynamicDim(d)) {
        size = b.getIndexAttr(valueType.getDimSize(d));
        break;
      }
    }
    sizes.push_back(size ? size : b.dim(converted.front(), d));
  }
  return sizes;
}

} // namespace ingot::lower
