//===- Quantization.cpp - Evaluation of quantize and dequantize ----------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Quotients and products are rounded to f32 (f64 with a scale of that type) before they are rounded to integers: which of two
// integers a tie goes to is part of the meaning.
//
//===----------------------------------------------------------------------===//

#include "ir/Eval/Elements.h"

using namespace mlir;
using namespace ingot;
using namespace ingot::eval;

namespace {
/// Where an element's scale or zero point lies: there is one, one for each index along the axis, or one for each block along it.
struct ParameterLoops {
  AxisLoops loops;
  int64_t count, blockSize, blocks;

  ParameterLoops(const EvalTensor &x, const EvalTensor &parameter, int64_t axis, int64_t blockSize)
      : loops(x.getShape(), x.getRank() == 0 ? 0 : axis), count(parameter.getNumElements()), blockSize(blockSize),
        blocks(blockSize > 0 ? llvm::divideCeil(loops.size, blockSize) : 0) {}

  int64_t operator()(int64_t i) const {
    if (count == 1)
      return 0;
    int64_t inner = i % loops.inner, at = i / loops.inner % loops.size, outer = i / loops.inner / loops.size;
    return blockSize > 0 ? (outer * blocks + at / blockSize) * loops.inner + inner : at;
  }
};
} // namespace

// Calls `fn(element, parameter)` for each element of x; fails where scale or zero point do not fit.
template <typename Fn>
static LogicalResult forEachQuantized(EvalState &state, const EvalTensor &x, const EvalTensor &scale, int64_t axis,
                                      int64_t blockSize, Fn fn) {
  if (x.getRank() == 0) {
    if (scale.getNumElements() != 1)
      return state.error("a scale of shape " + describe(scale.getShape()) + " does not fit a scalar");
    fn(0, 0);
    return success();
  }
  ParameterLoops parameter(x, scale, axis, blockSize);
  int64_t needed = blockSize > 0 ? parameter.loops.outer * parameter.blocks * parameter.loops.inner : parameter.loops.size;
  if (parameter.count != 1 && parameter.count != needed)
    return state.error("a scale of shape " + describe(scale.getShape()) + " does not fit x of shape " + describe(x.getShape()));
  for (int64_t i = 0; i < x.getNumElements(); ++i)
    fn(i, parameter(i));
  return success();
}

static int64_t parameterOf(const EvalTensor &tensor, int64_t parameter) {
  return tensor.getNumElements() == 1 ? 0 : parameter;
}

// `saturate(round_half_even(value) + zero point)`.
static void putQuantized(EvalTensor &result, int64_t i, double value, const EvalTensor &zeroPoint, int64_t parameter) {
  result.setDouble(i, std::nearbyint(value) + zeroPoint.getDouble(parameterOf(zeroPoint, parameter)));
}

LogicalResult QuantizeOp::evaluate(EvalState &state) {
  const EvalTensor &x = state.tensor(getX()), &scale = state.tensor(getScale()), &zeroPoint = state.tensor(getZeroPoint());
  EvalTensor result = EvalTensor::uninitialized(x.getShape(), getResult().getType().getElementType());
  bool isDouble = scale.getElementType().isF64();
  if (failed(forEachQuantized(state, x, scale, getAxis(), getBlockSize(), [&](int64_t i, int64_t parameter) {
        double number = x.getDouble(i), divisor = scale.getDouble(parameter);
        double quotient = isDouble ? number / divisor : static_cast<float>(number) / static_cast<float>(divisor);
        putQuantized(result, i, quotient, zeroPoint, parameter);
      })))
    return failure();
  state.set(getResult(), result);
  return success();
}

LogicalResult DequantizeOp::evaluate(EvalState &state) {
  const EvalTensor &x = state.tensor(getX()), &scale = state.tensor(getScale()), &zeroPoint = state.tensor(getZeroPoint());
  EvalTensor result = EvalTensor::uninitialized(x.getShape(), getResult().getType().getElementType());
  bool isDouble = result.getElementType().isF64();
  if (failed(forEachQuantized(state, x, scale, getAxis(), getBlockSize(), [&](int64_t i, int64_t parameter) {
        int64_t difference = x.getInt(i) - zeroPoint.getInt(parameterOf(zeroPoint, parameter));
        double factor = scale.getDouble(parameter);
        result.setDouble(i, isDouble ? static_cast<double>(difference) * factor
                                     : static_cast<float>(difference) * static_cast<float>(factor));
      })))
    return failure();
  state.set(getResult(), result);
  return success();
}

LogicalResult RescaleOp::evaluate(EvalState &state) {
  const EvalTensor &x = state.tensor(getX()), &scale = state.tensor(getScale()), &zeroPoint = state.tensor(getZeroPoint());
  EvalTensor result = EvalTensor::uninitialized(x.getShape(), getResult().getType().getElementType());
  bool isDouble = scale.getElementType().isF64();
  if (failed(forEachQuantized(state, x, scale, getAxis(), /*blockSize=*/0, [&](int64_t i, int64_t parameter) {
        int64_t number = x.getInt(i);
        double factor = scale.getDouble(parameter);
        double product = isDouble ? static_cast<double>(number) * factor : static_cast<float>(number) * static_cast<float>(factor);
        putQuantized(result, i, product, zeroPoint, parameter);
      })))
    return failure();
  state.set(getResult(), result);
  return success();
}
