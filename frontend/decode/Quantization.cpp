//===- Quantization.cpp - Between floats and small integers ---------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "frontend/decode/Quantization.h"
#include "frontend/TensorData.h"
#include "frontend/decode/Contraction.h"

using namespace mlir;

namespace ingot {

static Value asScalar(ImportBuilder &b, Value x) {
  return x && rankOf(x) > 0 ? b.reshape(x, ArrayRef<int64_t>{}) : x;
}

namespace {

struct Granularity {
  Value scale, zeroPoint;
  int64_t axis = 0, blockSize = 0;
};

} // namespace

// Brings scale and zero point into one of the three forms that the ops know: a scalar, a vector along the axis, blocks.
static FailureOr<Granularity> readGranularity(NodeReader &node, ImportBuilder &b, Value x, Type integer) {
  Granularity g;
  g.scale = node.input(1);
  g.zeroPoint = node.input(2);
  int64_t blockSize = node.i("block_size", 0);
  if (!node.check(blockSize >= 0, "block_size must not be negative"))
    return failure();
  if (rankOf(g.scale) == 0 || (rankOf(g.scale) == 1 && shapeOf(g.scale)[0] == 1 && blockSize == 0)) {
    g.scale = asScalar(b, g.scale);
    g.zeroPoint = asScalar(b, g.zeroPoint);
  } else {
    g.axis = node.axis("axis", 1, std::max<int64_t>(rankOf(x), 1));
    // One dimension has one axis, whatever the default says.
    if (rankOf(x) == 1)
      g.axis = 0;
    g.blockSize = blockSize;
    if (node.failed() || !node.check(rankOf(g.scale) == (blockSize > 0 ? rankOf(x) : 1),
                                     "the scale's rank fits neither one scale, nor one for each index of the axis, nor blocks"))
      return failure();
  }
  if (!g.zeroPoint)
    g.zeroPoint = b.splat(0, integer, b.sizes(g.scale));
  if (!node.check(rankOf(g.zeroPoint) == rankOf(g.scale), "scale and zero point differ in shape"))
    return failure();
  return g;
}

static Decoded quantizeLinear(NodeReader &node, ImportBuilder &b) {
  Value x = node.input(0);
  Type integer = b.getIntegerType(8, /*isSigned=*/false);
  if (node.hasInput(2))
    integer = elementTypeOf(node.input(2));
  else if (node.i("output_dtype", 0) != 0)
    integer = node.dtype(node.i("output_dtype", 0));
  if (node.failed())
    return failure();
  if (!isa<IntegerType>(integer))
    return node.unsupported("quantization to a type that is no integer", "quantize to int8 or uint8");
  FailureOr<Granularity> g = readGranularity(node, b, x, integer);
  if (failed(g))
    return failure();
  // The division is done in the scale's type unless `precision` names another.
  Type precision = elementTypeOf(g->scale);
  if (node.i("precision", 0) != 0)
    precision = node.dtype(node.i("precision", 0));
  if (!isa<FloatType>(precision))
    precision = b.getF32Type();
  Type resultType = RankedTensorType::get(shapeOf(x), integer);
  Value quantized = b.create<QuantizeOp>(resultType, b.castTo(x, precision), b.castTo(g->scale, precision), g->zeroPoint, g->axis,
                                         g->blockSize);
  // Integers of 2 and 4 bits are bytes here, with their own bounds.
  int bits = node.hasInput(2) ? node.narrowBits(2) : narrowBitsOf(node.i("output_dtype", 0));
  if (!bits)
    return quantized;
  return cast<IntegerType>(integer).isUnsigned() ? b.clamp(quantized, 0, (1 << bits) - 1)
                                                 : b.clamp(quantized, -(1 << (bits - 1)), (1 << (bits - 1)) - 1);
}

static Decoded dequantizeLinear(NodeReader &node, ImportBuilder &b) {
  Value x = node.input(0);
  if (!isa<IntegerType>(elementTypeOf(x)))
    return node.unsupported("dequantization of a type that is no integer", "use int8 or uint8");
  FailureOr<Granularity> g = readGranularity(node, b, x, elementTypeOf(x));
  if (failed(g))
    return failure();
  Type type = elementTypeOf(g->scale);
  if (node.i("output_dtype", 0) != 0)
    type = node.dtype(node.i("output_dtype", 0));
  if (node.failed() || !node.check(isa<FloatType>(type), "the result of DequantizeLinear must be a float"))
    return failure();
  Type resultType = RankedTensorType::get(shapeOf(x), type);
  return b.create<DequantizeOp>(resultType, x, b.castTo(g->scale, type), g->zeroPoint, g->axis, g->blockSize);
}

//===--- DynamicQuantizeLinear ---------------------------------------------===//

DynamicallyQuantized quantizeDynamically(ImportBuilder &b, Value x) {
  SmallVector<int64_t> all = llvm::to_vector(llvm::seq<int64_t>(0, rankOf(x)));
  auto extreme = [&](ReduceKind kind) { return all.empty() ? x : b.reduce(kind, x, all, /*keepDims=*/false); };
  // The range always holds 0.
  Value low = b.min(extreme(ReduceKind::Min), b.scalar(0, elementTypeOf(x)));
  Value high = b.max(extreme(ReduceKind::Max), b.scalar(0, elementTypeOf(x)));
  Value step = b.div(b.sub(high, low), 255.0);
  Value scale = b.select(b.compare(Comparison::EQ, high, low), b.splatLike(1, step), step);
  Value zero = b.create<RoundOp>(b.clamp(b.create<NegOp>(b.div(low, scale)), 0, 255));
  Type byte = b.getIntegerType(8, /*isSigned=*/false);
  Value zeroPoint = b.castTo(zero, byte);
  Type resultType = RankedTensorType::get(shapeOf(x), byte);
  return {b.create<QuantizeOp>(resultType, x, scale, zeroPoint, int64_t(0), int64_t(0)), scale, zeroPoint};
}

static Decoded dynamicQuantizeLinear(NodeReader &node, ImportBuilder &b) {
  DynamicallyQuantized q = quantizeDynamically(b, node.input(0));
  return SmallVector<Value>{q.values, q.scale, q.zeroPoint};
}

//===--- QLinearMatMul -----------------------------------------------------===//

static Decoded qLinearMatMul(NodeReader &node, ImportBuilder &b) {
  Value lhs = node.input(0), lhsScale = node.input(1), lhsZero = node.input(2);
  Value rhs = node.input(3), rhsScale = node.input(4), rhsZero = node.input(5);
  if (!node.check(rankOf(lhs) >= 1 && rankOf(rhs) >= 1, "the operands of a matrix product need at least one dimension"))
    return failure();
  Value sum = matmul(b, centered(b, lhs, rowZeroPoint(b, lhsZero, lhs)), centered(b, rhs, rhsZero));
  Value zeroPoint = node.input(7);
  auto isOne = [](Value v) { return llvm::all_of(shapeOf(v), [](int64_t size) { return size == 1; }); };
  Type f32 = b.getF32Type();
  if (isOne(lhsScale) && isOne(rhsScale) && isOne(node.input(6)) && isOne(zeroPoint)) {
    auto scalar = [&](unsigned i) { return b.castTo(asScalar(b, node.input(i)), f32); };
    Value scale = b.div(b.mul(scalar(1), scalar(4)), scalar(6));
    zeroPoint = asScalar(b, zeroPoint);
    Type resultType = RankedTensorType::get(shapeOf(sum), elementTypeOf(zeroPoint));
    return b.create<RescaleOp>(resultType, sum, scale, zeroPoint, uint64_t(0));
  }
  // Scales by row or column: the real product first, then quantized. Columns of the result align at the right.
  Value real = b.mul(b.mul(b.castTo(sum, f32), b.castTo(rowZeroPoint(b, lhsScale, lhs), f32)), b.castTo(rhsScale, f32));
  real = b.div(real, b.castTo(rowZeroPoint(b, node.input(6), lhs), f32));
  auto integer = cast<IntegerType>(elementTypeOf(zeroPoint));
  bool isUnsigned = integer.isUnsigned();
  double lowest = isUnsigned ? 0 : -std::ldexp(1.0, integer.getWidth() - 1);
  double highest = std::ldexp(1.0, integer.getWidth() - (isUnsigned ? 0 : 1)) - 1;
  Value shifted = b.add(b.create<RoundOp>(real), b.castTo(rowZeroPoint(b, zeroPoint, lhs), f32));
  return b.castTo(b.clamp(shifted, lowest, highest), integer);
}

void registerQuantization(DecoderTable &table) {
  table.on("QuantizeLinear", 10, quantizeLinear);
  table.on("DequantizeLinear", 10, dequantizeLinear);
  table.on("com.microsoft", "QuantizeLinear", 1, quantizeLinear);
  table.on("com.microsoft", "DequantizeLinear", 1, dequantizeLinear);
  table.on("DynamicQuantizeLinear", 11, dynamicQuantizeLinear);
  table.on("QLinearMatMul", 10, qLinearMatMul);
}

} // namespace ingot
