//===- Reduction.cpp - Evaluation of reductions and normalizations -------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ir/Eval/Elements.h"

#include <complex>

using namespace mlir;
using namespace ingot;
using namespace ingot::eval;

//===--- reduce ------------------------------------------------------------===//

// What a reduction of nothing is: the neutral element, which for the extremes of floats is an infinity.
template <typename C> static C neutral(ReduceKind kind, Type type) {
  if (kind == ReduceKind::Sum)
    return C(0);
  if (kind == ReduceKind::Product)
    return C(1);
  bool isMax = kind == ReduceKind::Max;
  return dispatch(type, [&](auto tag) -> C {
    using T = typename decltype(tag)::type;
    if constexpr (isReal<T>)
      return static_cast<C>(isMax ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::infinity());
    else if constexpr (std::is_same_v<T, Bool>)
      return C(!isMax);
    else
      return static_cast<C>(isMax ? std::numeric_limits<T>::min() : std::numeric_limits<T>::max());
  });
}

template <typename C> static C join(ReduceKind kind, C x, C y) {
  switch (kind) {
  case ReduceKind::Sum:
    return wrapping(x, y, [](auto a, auto b) { return a + b; });
  case ReduceKind::Product:
    return wrapping(x, y, [](auto a, auto b) { return a * b; });
  // NaN stays.
  case ReduceKind::Max:
    return x != x || x > y ? x : y;
  case ReduceKind::Min:
    return x != x || x < y ? x : y;
  }
  llvm_unreachable("unknown kind");
}

// Strides of a tensor without `dimensions`, as seen from the indices of x: 0 along those dimensions.
static SmallVector<int64_t> reducedStrides(ArrayRef<int64_t> shape, ArrayRef<int64_t> dimensions,
                                           SmallVectorImpl<int64_t> &reduced) {
  SmallVector<int64_t> kept, strides(shape.size(), 0);
  for (int64_t dim = 0; dim < static_cast<int64_t>(shape.size()); ++dim)
    if (!llvm::is_contained(dimensions, dim)) {
      kept.push_back(dim);
      reduced.push_back(shape[dim]);
    }
  SmallVector<int64_t> own = rowMajorStrides(reduced);
  for (auto [i, dim] : llvm::enumerate(kept))
    strides[dim] = own[i];
  return strides;
}

LogicalResult ReduceOp::evaluate(EvalState &state) {
  const EvalTensor &x = state.tensor(getX());
  SmallVector<int64_t> shape;
  SmallVector<int64_t> strides = reducedStrides(x.getShape(), getDimensions(), shape);
  ReduceKind kind = getKind();
  if (failed(state.checkShape(shape)))
    return failure();
  EvalTensor result = dispatchCompute(x.getElementType(), [&](auto tag) {
    using C = typename decltype(tag)::type;
    std::vector<C> values = loadAll<C>(x), out(product(shape), neutral<C>(kind, x.getElementType()));
    const C *from = values.data();
    forEachRow(x.getShape(), strides, 0, [&](int64_t offset, int64_t stride, int64_t count) {
      for (int64_t i = 0; i < count; ++i) {
        C &total = out[offset + i * stride];
        total = join<C>(kind, total, *from++);
      }
    });
    return storeAll(shape, x.getElementType(), out);
  });
  state.set(getResult(), result);
  return success();
}

// The first NaN counts as the extreme element.
LogicalResult ArgReduceOp::evaluate(EvalState &state) {
  const EvalTensor &x = state.tensor(getX());
  int64_t axis = getAxis();
  AxisLoops loops(x.getShape(), axis);
  if (loops.size == 0 && loops.outer * loops.inner > 0)
    return state.error("dimension " + Twine(axis) + " has no element");
  SmallVector<int64_t> shape(x.getShape());
  shape.erase(shape.begin() + axis);
  EvalTensor result = EvalTensor::uninitialized(shape, getResult().getType().getElementType());
  bool isMax = getKind() == ArgKind::Max, last = getLast();
  dispatchCompute(x.getElementType(), [&](auto tag) {
    using C = typename decltype(tag)::type;
    std::vector<C> values = loadAll<C>(x);
    for (int64_t outer = 0; outer < loops.outer; ++outer)
      for (int64_t inner = 0; inner < loops.inner; ++inner) {
        int64_t best = 0;
        auto at = [&](int64_t i) { return values[(outer * loops.size + i) * loops.inner + inner]; };
        for (int64_t i = 1; i < loops.size && at(best) == at(best); ++i) {
          C value = at(i), extreme = at(best);
          if (value != value || (isMax ? value > extreme : value < extreme) || (last && value == extreme))
            best = i;
        }
        result.data<int64_t>()[outer * loops.inner + inner] = best;
      }
  });
  state.set(getResult(), result);
  return success();
}

//===--- softmax -----------------------------------------------------------===//

// Calls `fn(row)` with each row along the axis, which `fn` replaces.
template <typename Fn> static EvalTensor mapRows(const EvalTensor &x, int64_t axis, Fn fn) {
  AxisLoops loops(x.getShape(), axis);
  std::vector<double> values = loadAll<double>(x), row(loops.size);
  for (int64_t outer = 0; outer < loops.outer; ++outer)
    for (int64_t inner = 0; inner < loops.inner; ++inner) {
      double *first = values.data() + outer * loops.size * loops.inner + inner;
      for (int64_t i = 0; i < loops.size; ++i)
        row[i] = first[i * loops.inner];
      fn(MutableArrayRef<double>(row));
      for (int64_t i = 0; i < loops.size; ++i)
        first[i * loops.inner] = row[i];
    }
  return storeAll(x.getShape(), x.getElementType(), values);
}

// Subtracts the maximum and returns the sum of the exponentials. A NaN reaches every element through the sum; so does a row of -inf
// only, by -inf - -inf.
static double shiftByMaximum(MutableArrayRef<double> row) {
  double maximum = -std::numeric_limits<double>::infinity(), sum = 0;
  for (double value : row)
    maximum = std::max(maximum, value);
  for (double &value : row) {
    value -= maximum;
    sum += std::exp(value);
  }
  return sum;
}

static void softmax(MutableArrayRef<double> row) {
  double sum = shiftByMaximum(row);
  for (double &value : row)
    value = std::exp(value) / sum;
}

LogicalResult SoftmaxOp::evaluate(EvalState &state) {
  state.set(getResult(), mapRows(state.tensor(getX()), getAxis(), softmax));
  return success();
}

LogicalResult LogSoftmaxOp::evaluate(EvalState &state) {
  state.set(getResult(), mapRows(state.tensor(getX()), getAxis(), [](MutableArrayRef<double> row) {
              double logarithm = std::log(shiftByMaximum(row));
              for (double &value : row)
                value -= logarithm;
            }));
  return success();
}

//===--- normalize ---------------------------------------------------------===//

LogicalResult NormalizeOp::evaluate(EvalState &state) {
  const EvalTensor &x = state.tensor(getX());
  SmallVector<int64_t> shape;
  SmallVector<int64_t> strides = reducedStrides(x.getShape(), getDimensions(), shape);
  std::vector<double> values = loadAll<double>(x), means(product(shape)), squares(means.size());
  auto forEach = [&](auto fn) {
    double *value = values.data();
    forEachRow(x.getShape(), strides, 0, [&](int64_t offset, int64_t stride, int64_t count) {
      for (int64_t i = 0; i < count; ++i)
        fn(*value++, offset + i * stride);
    });
  };
  double count = 1, epsilon = getEpsilon().convertToDouble();
  for (int64_t dim : getDimensions())
    count *= static_cast<double>(x.getDimSize(dim));
  if (!getRms()) {
    forEach([&](double value, int64_t at) { means[at] += value / count; });
    forEach([&](double &value, int64_t at) { value -= means[at]; });
  }
  forEach([&](double value, int64_t at) { squares[at] += value * value / count; });
  forEach([&](double &value, int64_t at) { value /= std::sqrt(squares[at] + epsilon); });
  state.set(getResult(), storeAll(x.getShape(), x.getElementType(), values));
  return success();
}

//===--- attention ---------------------------------------------------------===//

// With `causal` a query sees the keys up to its own number.
LogicalResult AttentionOp::evaluate(EvalState &state) {
  const EvalTensor &q = state.tensor(getQ()), &k = state.tensor(getK()), &v = state.tensor(getV());
  int64_t batches = q.getDimSize(0), heads = q.getDimSize(1), queries = q.getDimSize(2), depth = q.getDimSize(3);
  int64_t kvHeads = k.getDimSize(1), keys = k.getDimSize(2), width = v.getDimSize(3);
  SmallVector<int64_t> keyShape{batches, kvHeads, keys, depth}, valueShape{batches, kvHeads, keys, width};
  if (k.getShape() != ArrayRef<int64_t>(keyShape) || v.getShape() != ArrayRef<int64_t>(valueShape) || kvHeads == 0 ||
      heads % kvHeads)
    return state.error("q, k and v of shapes " + describe(q.getShape()) + ", " + describe(k.getShape()) + " and " +
                       describe(v.getShape()) + " do not fit");
  std::vector<double> query = loadAll<double>(q), key = loadAll<double>(k), value = loadAll<double>(v), mask;
  SmallVector<int64_t> maskStrides(4, 0);
  if (getMask()) {
    const EvalTensor &tensor = state.tensor(getMask());
    mask = loadAll<double>(tensor);
    int64_t full[] = {batches, heads, queries, keys};
    SmallVector<int64_t> strides = rowMajorStrides(tensor.getShape());
    for (int64_t dim = 0; dim < 4; ++dim) {
      if (tensor.getDimSize(dim) != 1 && tensor.getDimSize(dim) != full[dim])
        return state.error("the mask of shape " + describe(tensor.getShape()) + " does not broadcast to " + describe(full));
      maskStrides[dim] = tensor.getDimSize(dim) == 1 ? 0 : strides[dim];
    }
  }
  SmallVector<int64_t> shape{batches, heads, queries, width};
  std::vector<double> out(product(shape)), weights(keys);
  double scale = getScale().convertToDouble();
  forEachIndex({batches, heads, queries}, [&](ArrayRef<int64_t> at) {
    int64_t kvHead = at[0] * kvHeads + at[1] / (heads / kvHeads), row = (at[0] * heads + at[1]) * queries + at[2];
    for (int64_t j = 0; j < keys; ++j) {
      double sum = 0;
      for (int64_t d = 0; d < depth; ++d)
        sum += query[row * depth + d] * key[(kvHead * keys + j) * depth + d];
      weights[j] = sum * scale;
      if (!mask.empty())
        weights[j] += mask[at[0] * maskStrides[0] + at[1] * maskStrides[1] + at[2] * maskStrides[2] + j * maskStrides[3]];
      if (getCausal() && j > at[2])
        weights[j] = -std::numeric_limits<double>::infinity();
    }
    softmax(weights);
    for (int64_t j = 0; j < keys; ++j)
      for (int64_t e = 0; e < width; ++e)
        out[row * width + e] += weights[j] * value[(kvHead * keys + j) * width + e];
  });
  state.set(getResult(), storeAll(shape, q.getElementType(), out));
  return success();
}

//===--- fft ---------------------------------------------------------------===//

// By definition: the inverse divides by the length, and only the forward transform can leave out the second half.
LogicalResult FftOp::evaluate(EvalState &state) {
  const EvalTensor &x = state.tensor(getX());
  bool isComplex = x.getShape().back() == 2, inverse = getInverse();
  AxisLoops loops(x.getShape().drop_back(), getAxis());
  int64_t size = loops.size, bins = getOnesided() && !inverse ? size / 2 + 1 : size;
  SmallVector<int64_t> shape(x.getShape());
  shape[getAxis()] = bins;
  shape.back() = 2;
  if (size == 0)
    shape[getAxis()] = bins = 0;
  std::vector<double> values = loadAll<double>(x), out(product(shape));
  std::vector<std::complex<double>> roots(size), lane(size);
  for (int64_t i = 0; i < size; ++i)
    roots[i] = std::polar(1.0, (inverse ? 2 : -2) * M_PI * static_cast<double>(i) / static_cast<double>(size));
  for (int64_t outer = 0; outer < loops.outer; ++outer)
    for (int64_t inner = 0; inner < loops.inner; ++inner) {
      for (int64_t i = 0; i < size; ++i) {
        int64_t at = (outer * size + i) * loops.inner + inner;
        lane[i] = isComplex ? std::complex<double>(values[2 * at], values[2 * at + 1]) : std::complex<double>(values[at]);
      }
      for (int64_t bin = 0; bin < bins; ++bin) {
        std::complex<double> sum = 0;
        for (int64_t i = 0, root = 0; i < size; ++i, root = (root + bin) % size)
          sum += lane[i] * roots[root];
        if (inverse)
          sum /= static_cast<double>(size);
        int64_t at = (outer * bins + bin) * loops.inner + inner;
        out[2 * at] = sum.real();
        out[2 * at + 1] = sum.imag();
      }
    }
  state.set(getResult(), storeAll(shape, x.getElementType(), out));
  return success();
}
