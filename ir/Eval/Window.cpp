//===- Window.cpp - Evaluation of pooling --------------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ir/Eval/Elements.h"

using namespace mlir;
using namespace ingot;
using namespace ingot::eval;

namespace {
// The windows of one op over x.
struct Windows {
  ArrayRef<int64_t> x, window, strides, dilations, padLow;
  SmallVector<int64_t> shape, xStrides; // of the result; of x

  template <typename OpTy>
  Windows(OpTy op, const EvalTensor &tensor)
      : x(tensor.getShape()), window(op.getWindow()), strides(op.getStrides()), dilations(op.getDilations()),
        padLow(op.getPadLow()), xStrides(rowMajorStrides(tensor.getShape())) {
    for (size_t d = 0; d < x.size(); ++d) {
      int64_t room = x[d] + padLow[d] + op.getPadHigh()[d] - ((window[d] - 1) * dilations[d] + 1);
      shape.push_back(room < 0 ? 0 : room / strides[d] + 1);
    }
  }

  // Calls `fn(position in x)` for each element of the window at `at` that is not padding, in row-major order.
  template <typename Fn> void forEachIn(ArrayRef<int64_t> at, Fn fn) const {
    // The window's indices that lie in x are one range for each dimension.
    SmallVector<int64_t, 6> counts, steps;
    int64_t start = 0;
    for (size_t d = 0; d < x.size(); ++d) {
      int64_t origin = at[d] * strides[d] - padLow[d], first = origin >= 0 ? 0 : llvm::divideCeil(-origin, dilations[d]);
      int64_t room = x[d] - origin, end = room <= 0 ? 0 : std::min<int64_t>(window[d], llvm::divideCeil(room, dilations[d]));
      counts.push_back(end - first);
      steps.push_back(dilations[d] * xStrides[d]);
      start += (origin + first * dilations[d]) * xStrides[d];
    }
    forEachRow(counts, steps, start, [&](int64_t offset, int64_t stride, int64_t count) {
      for (int64_t i = 0; i < count; ++i)
        fn(offset + i * stride);
    });
  }
};

template <typename C> C lowest(Type type) {
  if constexpr (std::is_same_v<C, double>)
    return -std::numeric_limits<double>::infinity();
  return dispatch(type, [](auto tag) -> C {
    using T = typename decltype(tag)::type;
    if constexpr (std::is_integral_v<T>)
      return static_cast<C>(std::numeric_limits<T>::min());
    return C(0);
  });
}
} // namespace

// Padding is never a maximum, adds nothing to a sum, and counts in a mean only with `count_padding`. The maximum is NaN where an
// element is.
LogicalResult ReduceWindowOp::evaluate(EvalState &state) {
  const EvalTensor &x = state.tensor(getX());
  Windows windows(*this, x);
  if (failed(state.checkShape(windows.shape)))
    return failure();
  int64_t full = product(getWindow());
  EvalTensor result = EvalTensor::uninitialized(windows.shape, x.getElementType());
  dispatchCompute(x.getElementType(), [&](auto tag) {
    using C = typename decltype(tag)::type;
    std::vector<C> values = loadAll<C>(x), out;
    out.reserve(result.getNumElements());
    forEachIndex(windows.shape, [&](ArrayRef<int64_t> at) {
      bool isMax = getKind() == WindowKind::Max;
      C total = isMax ? lowest<C>(x.getElementType()) : C(0);
      int64_t count = 0;
      windows.forEachIn(at, [&](int64_t position) {
        C value = values[position];
        if (isMax)
          total = total != total || total > value ? total : value;
        else
          total = wrapping(total, value, [](auto a, auto b) { return a + b; });
        ++count;
      });
      if (getKind() == WindowKind::Mean) {
        int64_t divisor = getCountPadding() ? full : count;
        if constexpr (std::is_same_v<C, double>)
          total /= static_cast<double>(divisor);
        else
          total = divisor ? total / static_cast<C>(divisor) : C(0);
      }
      out.push_back(total);
    });
    store(result, 0, result.getNumElements(), out.data());
  });
  state.set(getResult(), result);
  return success();
}

// The position of the first maximum, or of the first NaN; -1 for a window that holds only padding.
template <typename C> static int64_t findMaximum(const Windows &windows, ArrayRef<int64_t> at, const std::vector<C> &values) {
  int64_t best = -1;
  windows.forEachIn(at, [&](int64_t position) {
    C value = values[position];
    if (best < 0 || (values[best] == values[best] && (value > values[best] || value != value)))
      best = position;
  });
  return best;
}

LogicalResult ArgMaxWindowOp::evaluate(EvalState &state) {
  const EvalTensor &x = state.tensor(getX());
  Windows windows(*this, x);
  if (failed(state.checkShape(windows.shape)))
    return failure();
  EvalTensor result = EvalTensor::uninitialized(windows.shape, getResult().getType().getElementType());
  dispatchCompute(x.getElementType(), [&](auto tag) {
    using C = typename decltype(tag)::type;
    std::vector<C> values = loadAll<C>(x);
    int64_t *out = result.data<int64_t>();
    forEachIndex(windows.shape, [&](ArrayRef<int64_t> at) { *out++ = findMaximum(windows, at, values); });
  });
  state.set(getResult(), result);
  return success();
}

LogicalResult MaxPoolGradOp::evaluate(EvalState &state) {
  const EvalTensor &x = state.tensor(getX()), &dy = state.tensor(getDy());
  Windows windows(*this, x);
  if (dy.getShape() != ArrayRef<int64_t>(windows.shape))
    return state.error("dy of shape " + describe(dy.getShape()) + " does not fit windows of shape " + describe(windows.shape));
  std::vector<double> values = loadAll<double>(x), gradient = loadAll<double>(dy), out(values.size());
  int64_t next = 0;
  forEachIndex(windows.shape, [&](ArrayRef<int64_t> at) {
    int64_t best = findMaximum(windows, at, values);
    if (best >= 0)
      out[best] += gradient[next];
    ++next;
  });
  state.set(getResult(), storeAll(x.getShape(), x.getElementType(), out));
  return success();
}
