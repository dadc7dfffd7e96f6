//===- Quantization.cpp - quantize, dequantize and rescale --------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/lower/Lowering.h"

using namespace mlir;

namespace ingot::lower {
namespace {

/// A scale or zero point read for each element: one number, one an index along `axis`, or one a block.
struct Parameter {
  Value tensor;
  Type logical;
  TypedAttr splat;
  int64_t blockSize, axis;

  Parameter(Value original, Value converted, int64_t axis, int64_t blockSize)
      : tensor(converted), logical(elementOf(original)), splat(splatOf(original)), blockSize(blockSize), axis(axis) {}

  bool blocked() const { return !splat && blockSize > 0 && rankOf(tensor) > 0; }

  /// An unread scalar stands for what the body reads itself.
  std::optional<Input> input(LinalgBuilder &b, int64_t rank) const {
    if (splat)
      return Input{{}, {}, splat};
    if (blocked())
      return std::nullopt;
    SmallVector<AffineExpr> exprs;
    int64_t own = rankOf(tensor);
    if (own == 1) {
      bool single = cast<RankedTensorType>(tensor.getType()).getDimSize(0) == 1;
      exprs.push_back(single ? b.getAffineConstantExpr(0) : b.getAffineDimExpr(axis));
    }
    return Input{tensor, AffineMap::get(rank, 0, exprs, b.getContext())};
  }

  Value readBlock(LinalgBuilder &in, int64_t rank) const {
    SmallVector<Value> position;
    for (int64_t d = 0; d < rank; ++d) {
      Value index = in.loopIndex(d);
      position.push_back(d == axis ? arith::DivUIOp::create(in, index, in.index(blockSize)).getResult() : index);
    }
    return in.extract(tensor, position);
  }
};

/// The body gets the elements of x, scale and zero point in their compute types.
Value quantizing(LinalgBuilder &b, Value x, Type xLogical, const Parameter &scale, const Parameter &zeroPoint, Type result,
                 LinalgBuilder::BodyFn body) {
  int64_t rank = rankOf(x);
  SmallVector<Input> inputs{{x, b.identity(rank)}};
  std::optional<Input> scaleInput = scale.input(b, rank), zeroInput = zeroPoint.input(b, rank);
  if (scaleInput)
    inputs.push_back(*scaleInput);
  if (zeroInput)
    inputs.push_back(*zeroInput);
  return b.parallel(inputs, b.sizes(x), storageType(result), [&](LinalgBuilder &in, ValueRange args) {
    unsigned next = 1;
    Value s = scaleInput ? args[next++] : scale.readBlock(in, rank);
    Value z = zeroInput ? args[next++] : zeroPoint.readBlock(in, rank);
    SmallVector<Value> elements{Element(in, xLogical).load(args[0]), Element(in, scale.logical).load(s),
                                Element(in, zeroPoint.logical).load(z)};
    return Element(in, result).store(body(in, elements));
  });
}

/// `saturate(round_half_even(value) + zeroPoint)`. Sums of 8- and 16-bit numbers are exact in f32, wider ones in f64.
Value roundedAndSaturated(LinalgBuilder &in, Value value, Value zeroPoint, Type zeroLogical, Type result) {
  bool narrow = result.getIntOrFloatBitWidth() <= 16;
  Type real = narrow && value.getType().isF32() ? Type(in.getF32Type()) : Type(in.getF64Type());
  value = convertElement(in, value, value.getType(), real);
  Value rounded = math::RoundEvenOp::create(in, value);
  Value zero = convertElement(in, zeroPoint, zeroLogical, real);
  Value sum = arith::AddFOp::create(in, rounded, zero);
  if (!narrow)
    return convertElement(in, sum, real, result);
  // Through i32: conversions to narrow integers are not vectorized everywhere.
  Element e(in, result);
  int64_t bits = result.getIntOrFloatBitWidth();
  double low = e.isUnsigned() ? 0 : -static_cast<double>(int64_t(1) << (bits - 1));
  double high = static_cast<double>((int64_t(1) << (e.isUnsigned() ? bits : bits - 1)) - 1);
  sum = arith::MaxNumFOp::create(in, sum, in.constantNumber(real, low));
  sum = arith::MinNumFOp::create(in, sum, in.constantNumber(real, high));
  Value wide = arith::FPToSIOp::create(in, in.getI32Type(), sum);
  return arith::TruncIOp::create(in, e.compute, wide);
}

struct LowerQuantize : LowerOp<QuantizeOp> {
  using LowerOp::LowerOp;
  FailureOr<Value> lower(QuantizeOp op, Adaptor adaptor, LinalgBuilder &b, ConversionPatternRewriter &) const override {
    Parameter scale(op.getScale(), adaptor.getScale(), op.getAxis(), op.getBlockSize());
    Parameter zeroPoint(op.getZeroPoint(), adaptor.getZeroPoint(), op.getAxis(), op.getBlockSize());
    Type x = elementOf(op.getX()), result = elementOf(op.getResult());
    return quantizing(b, adaptor.getX(), x, scale, zeroPoint, result, [&](LinalgBuilder &in, ValueRange args) {
      Type real = args[1].getType();
      Value number = convertElement(in, args[0], x, real);
      return roundedAndSaturated(in, arith::DivFOp::create(in, number, args[1]), args[2], zeroPoint.logical, result);
    });
  }
};

struct LowerDequantize : LowerOp<DequantizeOp> {
  using LowerOp::LowerOp;
  FailureOr<Value> lower(DequantizeOp op, Adaptor adaptor, LinalgBuilder &b, ConversionPatternRewriter &) const override {
    Parameter scale(op.getScale(), adaptor.getScale(), op.getAxis(), op.getBlockSize());
    Parameter zeroPoint(op.getZeroPoint(), adaptor.getZeroPoint(), op.getAxis(), op.getBlockSize());
    Type x = elementOf(op.getX()), result = elementOf(op.getResult());
    return quantizing(b, adaptor.getX(), x, scale, zeroPoint, result, [&](LinalgBuilder &in, ValueRange args) {
      Type wide = x.getIntOrFloatBitWidth() < 32 ? in.getI32Type() : in.getI64Type();
      Value difference = in.createOrFold<arith::SubIOp>(convertElement(in, args[0], x, wide),
                                                        convertElement(in, args[2], zeroPoint.logical, wide));
      Element e(in, result);
      Value number = convertElement(in, difference, wide, e.compute);
      return e.mul(number, convertElement(in, args[1], args[1].getType(), e.compute));
    });
  }
};

struct LowerRescale : LowerOp<RescaleOp> {
  using LowerOp::LowerOp;
  FailureOr<Value> lower(RescaleOp op, Adaptor adaptor, LinalgBuilder &b, ConversionPatternRewriter &) const override {
    Parameter scale(op.getScale(), adaptor.getScale(), op.getAxis(), 0);
    Parameter zeroPoint(op.getZeroPoint(), adaptor.getZeroPoint(), op.getAxis(), 0);
    Type x = elementOf(op.getX()), result = elementOf(op.getResult());
    return quantizing(b, adaptor.getX(), x, scale, zeroPoint, result, [&](LinalgBuilder &in, ValueRange args) {
      Value number = convertElement(in, args[0], x, args[1].getType());
      return roundedAndSaturated(in, arith::MulFOp::create(in, number, args[1]), args[2], zeroPoint.logical, result);
    });
  }
};

} // namespace

void populateQuantization(const TypeConverter &types, Patterns &patterns) {
  patterns.add<LowerQuantize, LowerDequantize, LowerRescale>(types, patterns.getContext());
}

} // namespace ingot::lower
