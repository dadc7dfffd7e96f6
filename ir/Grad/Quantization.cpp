//===- Quantization.cpp - Quantize, dequantize, rescale ------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The cotangent of quantized values is one of floats, as if they were not rounded: straight through (Bengio et al., 2013), and 0
// where they are saturated. With the two rules a scale gets the gradient of LSQ (Esser et al., 2020).
//
//===----------------------------------------------------------------------===//

#include "ir/Grad/Grad.h"

using namespace mlir;
using namespace ingot;

using Sizes = SmallVector<OpFoldResult>;

INGOT_NOT_DIFFERENTIABLE(RescaleOp)

namespace {
// A scale or zero point: one for all elements, for each index along an axis, or for each block along it.
class Parameter {
public:
  Parameter(GradBuilder &b, Value x, Value parameter, int64_t axis, int64_t blockSize)
      : b(b), x(x), parameter(parameter), axis(axis), blockSize(blockSize) {}

  // Repeated to x's sizes.
  Value expand(Type elementType) {
    Value value = b.castElements(parameter, elementType);
    Sizes sizes = b.sizes(x);
    if (!isBlocked())
      return b.broadcast(isScalar() ? b.reshape(value, {}) : value,
                         isScalar() ? SmallVector<int64_t>() : SmallVector<int64_t>{axis}, sizes);
    Sizes split = splitSizes();
    SmallVector<int64_t> all = llvm::to_vector(llvm::seq<int64_t>(0, split.size()));
    Value whole = b.reshape(b.broadcast(value, remainingDimensions(split.size(), {axis + 1}), split), joinedSizes());
    return b.slice(whole, Sizes(sizes.size(), b.index(0)), sizes);
  }

  // The sum of what its elements were repeated to.
  Value reduce(Value d) {
    int64_t rank = b.sizes(x).size();
    if (!isBlocked())
      return b.reshapeLike(
          b.castElements(b.sum(d, isScalar() ? remainingDimensions(rank, {}) : remainingDimensions(rank, {axis})), type()),
          parameter);
    Sizes joined = joinedSizes(), low(rank, b.index(0)), high = low;
    high[axis] = b.math().sub(joined[axis], b.size(x, axis));
    return b.reshapeLike(b.castElements(b.sum(b.reshape(b.pad(d, low, high), splitSizes()), {axis + 1}), type()), parameter);
  }

private:
  Type type() { return getElementTypeOrSelf(parameter.getType()); }
  bool isScalar() {
    auto tensor = cast<RankedTensorType>(parameter.getType());
    return tensor.getRank() == 0 || (tensor.hasStaticShape() && tensor.getNumElements() == 1);
  }
  bool isBlocked() { return blockSize > 0 && !isScalar(); }
  Sizes splitSizes() {
    Sizes sizes = b.sizes(parameter);
    sizes.insert(sizes.begin() + axis + 1, b.index(blockSize));
    return sizes;
  }
  Sizes joinedSizes() {
    Sizes sizes = b.sizes(parameter);
    sizes[axis] = b.math().mul(sizes[axis], b.index(blockSize));
    return sizes;
  }

  GradBuilder &b;
  Value x, parameter;
  int64_t axis, blockSize;
};
} // namespace

// With q = x / scale + zero_point before rounding and saturation: dx = dq / scale, dscale = -dq * x / scale^2.
INGOT_RULE(QuantizeOp) {
  Value x = op.getX();
  Type type = getElementTypeOrSelf(dys[0].getType());
  Parameter scaleOf(b, x, op.getScale(), op.getAxis(), op.getBlockSize()),
      zeroOf(b, x, op.getZeroPoint(), op.getAxis(), op.getBlockSize());
  Value scale = scaleOf.expand(type), wide = b.castElements(x, type);
  auto element = cast<IntegerType>(op.getResult().getType().getElementType());
  unsigned width = element.getWidth();
  double low = element.isUnsigned() ? 0 : -std::ldexp(1.0, width - 1),
         high = std::ldexp(1.0, element.isUnsigned() ? width : width - 1) - 1;
  Value level = b.add(b.make<RoundOp>(b.div(wide, scale)), zeroOf.expand(type));
  Value zero = b.splat(0, wide), dq = dys[0];
  dq = b.select(b.compare(Comparison::GE, level, b.splat(low, level)), dq, zero);
  dq = b.select(b.compare(Comparison::LE, level, b.splat(high, level)), dq, zero);
  Value dx = b.div(dq, scale), dscale;
  if (b.needs(1))
    dscale = scaleOf.reduce(b.neg(b.div(b.mul(dx, wide), scale)));
  bool isFloat = isa<FloatType>(op.getX().getType().getElementType());
  return {isFloat ? b.cast(b.castElements(dx, op.getX().getType().getElementType()), x.getType()) : Value(), dscale};
}

INGOT_RULE(DequantizeOp) {
  Value x = op.getX(), dy = dys[0];
  Type type = getElementTypeOrSelf(dy.getType());
  Parameter scaleOf(b, x, op.getScale(), op.getAxis(), op.getBlockSize()),
      zeroOf(b, x, op.getZeroPoint(), op.getAxis(), op.getBlockSize());
  Value dq, dscale;
  if (b.needs(0))
    dq = b.mul(dy, scaleOf.expand(type));
  if (b.needs(1))
    dscale = scaleOf.reduce(b.mul(dy, b.sub(b.castElements(x, type), zeroOf.expand(type))));
  return {dq, dscale};
}
