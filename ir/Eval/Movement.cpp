//===- Movement.cpp - Evaluation of ops that move elements ---------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ir/Eval/Elements.h"

#include <numeric>

using namespace mlir;
using namespace ingot;
using namespace ingot::eval;

LogicalResult ReshapeOp::evaluate(EvalState &state) {
  EvalTensor x = state.tensor(getX());
  FailureOr<SmallVector<int64_t>> shape = state.sizes(getSizes(), getStaticSizes());
  if (failed(shape))
    return failure();
  if (product(*shape) != x.getNumElements())
    return state.error("a tensor of shape " + describe(x.getShape()) + " cannot become one of " + describe(*shape));
  state.set(getResult(), x.reshaped(*shape));
  return success();
}

LogicalResult BroadcastOp::evaluate(EvalState &state) {
  const EvalTensor &x = state.tensor(getX());
  FailureOr<SmallVector<int64_t>> shape = state.sizes(getSizes(), getStaticSizes());
  if (failed(shape))
    return failure();
  SmallVector<int64_t> own = rowMajorStrides(x.getShape()), strides(shape->size(), 0);
  for (auto [dim, target] : llvm::enumerate(getDimensions())) {
    int64_t size = x.getDimSize(dim);
    if (size != 1 && size != (*shape)[target])
      return state.error("dimension " + Twine(dim) + " of size " + Twine(size) + " cannot be broadcast to size " +
                         Twine((*shape)[target]));
    strides[target] = size == 1 ? 0 : own[dim];
  }
  state.set(getResult(), strided(x, *shape, strides));
  return success();
}

LogicalResult TransposeOp::evaluate(EvalState &state) {
  state.set(getResult(), transposed(state.tensor(getX()), getPermutation()));
  return success();
}

LogicalResult SliceOp::evaluate(EvalState &state) {
  FailureOr<EvalTensor> result =
      eval::slice(state, state.tensor(getX()), state.integers(getOffsets(), getStaticOffsets()),
                  state.integers(getSizes(), getStaticSizes()), state.integers(getSteps(), getStaticSteps()));
  if (failed(result))
    return failure();
  state.set(getResult(), *result);
  return success();
}

LogicalResult UpdateSliceOp::evaluate(EvalState &state) {
  const EvalTensor &x = state.tensor(getX()), &update = state.tensor(getUpdate());
  FailureOr<EvalTensor> result = updateSlice(state, x, update, state.integers(getOffsets(), getStaticOffsets()), update.getShape(),
                                             SmallVector<int64_t>(x.getRank(), 1));
  if (failed(result))
    return failure();
  state.set(getResult(), *result);
  return success();
}

LogicalResult ConcatOp::evaluate(EvalState &state) {
  SmallVector<EvalTensor> inputs = llvm::map_to_vector(getInputs(), [&](Value value) { return state.tensor(value); });
  FailureOr<EvalTensor> result = concatenate(state, inputs, getAxis());
  if (failed(result))
    return failure();
  state.set(getResult(), *result);
  return success();
}

// Where the padded dimension's index `i`, counted from the first element of x, is read; -1 for the padding value. Reflection does
// not repeat the ends and goes back and forth as often as it takes, so that both kinds are periodic.
static int64_t readPadded(PadMode mode, int64_t i, int64_t size) {
  if (i >= 0 && i < size)
    return i;
  auto modulo = [&](int64_t period) { return ((i % period) + period) % period; };
  switch (mode) {
  case PadMode::Constant:
    return -1;
  case PadMode::Edge:
    return i < 0 ? 0 : size - 1;
  case PadMode::Wrap:
    return modulo(size);
  case PadMode::Reflect: {
    int64_t period = std::max<int64_t>(2 * (size - 1), 1), rest = modulo(period);
    return std::min(rest, period - rest);
  }
  }
  llvm_unreachable("unknown mode");
}

LogicalResult PadOp::evaluate(EvalState &state) {
  const EvalTensor &x = state.tensor(getX());
  SmallVector<int64_t> low = state.integers(getLow(), getStaticLow()), high = state.integers(getHigh(), getStaticHigh()), shape;
  for (int64_t dim = 0; dim < x.getRank(); ++dim)
    shape.push_back(x.getDimSize(dim) + low[dim] + high[dim]);
  if (failed(state.checkShape(shape)))
    return failure();
  std::vector<std::vector<int64_t>> indices(x.getRank());
  for (int64_t dim = 0; dim < x.getRank(); ++dim) {
    int64_t size = x.getDimSize(dim);
    if (size == 0 && shape[dim] > 0 && getMode() != PadMode::Constant)
      return state.error("dimension " + Twine(dim) + " has no element to pad with");
    for (int64_t i = 0; i < shape[dim]; ++i)
      indices[dim].push_back(readPadded(getMode(), i - low[dim], size));
  }
  state.set(getResult(), eval::select(x, indices, state.tensor(getValue())));
  return success();
}

LogicalResult ReverseOp::evaluate(EvalState &state) {
  const EvalTensor &x = state.tensor(getX());
  SmallVector<int64_t> strides = rowMajorStrides(x.getShape());
  int64_t start = 0;
  for (int64_t dim : getDimensions()) {
    start += strides[dim] * (x.getDimSize(dim) - 1);
    strides[dim] = -strides[dim];
  }
  state.set(getResult(), strided(x, x.getShape(), strides, start));
  return success();
}

LogicalResult NonzeroOp::evaluate(EvalState &state) {
  const EvalTensor &x = state.tensor(getX());
  std::vector<int64_t> found;
  dispatch(x.getElementType(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    for (int64_t i = 0; i < x.getNumElements(); ++i)
      if (convert<Bool>(x.data<T>()[i]).value)
        found.push_back(i);
  });
  int64_t columns = found.size();
  EvalTensor result = EvalTensor::uninitialized({x.getRank(), columns}, getResult().getType().getElementType());
  SmallVector<int64_t> strides = rowMajorStrides(x.getShape());
  for (int64_t dim = 0; dim < x.getRank(); ++dim)
    for (int64_t i = 0; i < columns; ++i)
      result.data<int64_t>()[dim * columns + i] = found[i] / strides[dim] % x.getDimSize(dim);
  state.set(getResult(), result);
  return success();
}

template <typename C, typename Fn>
static EvalTensor runUp(const EvalTensor &x, int64_t axis, bool exclusive, bool reverse, C neutral, Fn join) {
  AxisLoops loops(x.getShape(), axis);
  std::vector<C> values = loadAll<C>(x), results(values.size());
  for (int64_t outer = 0; outer < loops.outer; ++outer)
    for (int64_t inner = 0; inner < loops.inner; ++inner) {
      C total = neutral;
      for (int64_t step = 0; step < loops.size; ++step) {
        int64_t at = (outer * loops.size + (reverse ? loops.size - 1 - step : step)) * loops.inner + inner;
        C next = join(total, values[at]);
        results[at] = exclusive ? total : next;
        total = next;
      }
    }
  return storeAll(x.getShape(), x.getElementType(), results);
}

LogicalResult CumulateOp::evaluate(EvalState &state) {
  const EvalTensor &x = state.tensor(getX());
  bool isSum = getKind() == CumulateKind::Sum;
  auto run = [&](auto neutral) {
    using C = decltype(neutral);
    return runUp<C>(x, getAxis(), getExclusive(), getReverse(), neutral, [&](C a, C b) { return isSum ? a + b : a * b; });
  };
  // Unsigned arithmetic wraps as that of the narrower type would.
  EvalTensor result = isa<FloatType>(x.getElementType()) ? run(isSum ? 0.0 : 1.0) : run(isSum ? uint64_t(0) : uint64_t(1));
  state.set(getResult(), result);
  return success();
}

//===--- Order -------------------------------------------------------------===//

// NaN counts as the largest number, in both directions.
template <typename C> static bool isLess(C x, C y) {
  if constexpr (std::is_same_v<C, double>) {
    if (std::isnan(x))
      return false;
    if (std::isnan(y))
      return true;
  }
  return x < y;
}

// The first k elements in order along the axis, equal ones by their index.
static void order(EvalState &state, const EvalTensor &x, int64_t axis, int64_t k, bool descending, Value valuesOut,
                  Value indicesOut) {
  AxisLoops loops(x.getShape(), axis);
  SmallVector<int64_t> shape(x.getShape());
  shape[axis] = k;
  EvalTensor values = EvalTensor::uninitialized(shape, x.getElementType());
  EvalTensor indices = EvalTensor::uninitialized(shape, getElementTypeOrSelf(indicesOut));
  unsigned bytes = x.getElementBytes();
  dispatchCompute(x.getElementType(), [&](auto tag) {
    using C = typename decltype(tag)::type;
    std::vector<C> all = loadAll<C>(x);
    std::vector<int64_t> positions(loops.size);
    for (int64_t outer = 0; outer < loops.outer; ++outer)
      for (int64_t inner = 0; inner < loops.inner; ++inner) {
        const C *lane = all.data() + outer * loops.size * loops.inner + inner;
        std::iota(positions.begin(), positions.end(), 0);
        std::sort(positions.begin(), positions.end(), [&](int64_t a, int64_t b) {
          C left = lane[a * loops.inner], right = lane[b * loops.inner];
          if (descending)
            std::swap(left, right);
          return isLess(left, right) || (!isLess(right, left) && a < b);
        });
        for (int64_t i = 0; i < k; ++i) {
          int64_t to = (outer * k + i) * loops.inner + inner, from = (outer * loops.size + positions[i]) * loops.inner + inner;
          std::memcpy(values.bytes() + to * bytes, x.bytes() + from * bytes, bytes);
          indices.data<int64_t>()[to] = positions[i];
        }
      }
  });
  state.set(valuesOut, values);
  state.set(indicesOut, indices);
}

LogicalResult SortOp::evaluate(EvalState &state) {
  EvalTensor x = state.tensor(getX());
  order(state, x, getAxis(), x.getDimSize(getAxis()), getDescending(), getValues(), getIndices());
  return success();
}

LogicalResult TopkOp::evaluate(EvalState &state) {
  EvalTensor x = state.tensor(getX());
  int64_t k = state.index(getMixedK()), size = x.getDimSize(getAxis());
  if (k < 0 || k > size)
    return state.error("k is " + Twine(k) + " but x has " + Twine(size) + " elements along dimension " + Twine(getAxis()));
  order(state, x, getAxis(), k, getLargest(), getValues(), getIndices());
  return success();
}
