//===- Contraction.cpp - Evaluation of matrix products and convolutions --===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Whole networks are evaluated here, so that products go through one blocked kernel: floats accumulate in f64, integers wrap.
//
//===----------------------------------------------------------------------===//

#include "ir/Eval/Elements.h"

using namespace mlir;
using namespace ingot;
using namespace ingot::eval;

//===--- Matrix product ----------------------------------------------------===//

static constexpr int64_t kPanel = 8, kRows = 4;

namespace {
// One block of up to `Rows` rows times one panel of `kPanel` columns. The loops over both are unrolled into registers.
template <typename T, int64_t Rows>
__attribute__((always_inline)) inline void multiplyBlock(int64_t depth, const T *a, const T *panel, T *sums) {
  T acc[Rows][kPanel] = {};
  for (int64_t k = 0; k < depth; ++k)
    for (int64_t r = 0; r < Rows; ++r)
      for (int64_t c = 0; c < kPanel; ++c)
        acc[r][c] += a[r * depth + k] * panel[k * kPanel + c];
  std::memcpy(sums, acc, sizeof(acc));
}

template <typename T>
__attribute__((always_inline)) inline void multiplyPanels(int64_t rows, int64_t columns, int64_t depth, const T *a, const T *panels,
                                                          T *out) {
  T sums[kRows * kPanel];
  for (int64_t column = 0; column < columns; column += kPanel) {
    const T *panel = panels + column * depth;
    int64_t width = std::min(kPanel, columns - column);
    for (int64_t row = 0; row < rows;) {
      int64_t height = rows - row >= kRows ? kRows : 1;
      if (height == kRows)
        multiplyBlock<T, kRows>(depth, a + row * depth, panel, sums);
      else
        multiplyBlock<T, 1>(depth, a + row * depth, panel, sums);
      for (int64_t r = 0; r < height; ++r)
        std::memcpy(out + (row + r) * columns + column, sums + r * kPanel, width * sizeof(T));
      row += height;
    }
  }
}
} // namespace

// The compiler itself is built for any machine; the evaluator of a whole network is worth the better instructions.
#if defined(__x86_64__) && defined(__clang__)
#define INGOT_EVAL_CLONES __attribute__((target_clones("arch=haswell", "default")))
#else
#define INGOT_EVAL_CLONES
#endif

// out[rows x columns] = a[rows x depth] * panels, both in row-major order. Panel i holds columns 8 i to 8 i + 7, row by row.
INGOT_EVAL_CLONES static void multiply(int64_t rows, int64_t columns, int64_t depth, const double *a, const double *panels,
                                       double *out) {
  multiplyPanels(rows, columns, depth, a, panels, out);
}
INGOT_EVAL_CLONES static void multiply(int64_t rows, int64_t columns, int64_t depth, const uint64_t *a, const uint64_t *panels,
                                       uint64_t *out) {
  multiplyPanels(rows, columns, depth, a, panels, out);
}

// Packs a matrix of depth x columns, read by `at(k, column)`, into panels, the last one filled up with zeros.
template <typename T, typename Fn> static std::vector<T> pack(int64_t depth, int64_t columns, Fn at) {
  std::vector<T> panels(llvm::alignTo(columns, kPanel) * depth);
  for (int64_t column = 0; column < columns; column += kPanel)
    for (int64_t k = 0; k < depth; ++k)
      for (int64_t c = 0; c < std::min(kPanel, columns - column); ++c)
        panels[(column * depth) + k * kPanel + c] = at(k, column + c);
  return panels;
}

template <typename Fn> static decltype(auto) dispatchProduct(Type type, Fn fn) {
  return isa<FloatType>(type) ? fn(Tag<double>()) : fn(Tag<uint64_t>());
}

//===--- contract ----------------------------------------------------------===//

LogicalResult ContractOp::evaluate(EvalState &state) {
  const EvalTensor &lhs = state.tensor(getLhs()), &rhs = state.tensor(getRhs());
  for (auto [left, right] : llvm::zip(llvm::concat<const int64_t>(getLhsBatch(), getLhsContracting()),
                                      llvm::concat<const int64_t>(getRhsBatch(), getRhsContracting())))
    if (lhs.getDimSize(left) != rhs.getDimSize(right))
      return state.error("dimension " + Twine(left) + " of " + describe(lhs.getShape()) + " does not fit dimension " +
                         Twine(right) + " of " + describe(rhs.getShape()));
  SmallVector<int64_t> lhsFree = getLhsFree(), rhsFree = getRhsFree(), lhsOrder(getLhsBatch()), rhsOrder(getRhsBatch()), shape;
  int64_t batches = 1, rows = 1, columns = 1, depth = 1;
  auto take = [&](const EvalTensor &x, ArrayRef<int64_t> dims, int64_t &count, bool isFree) {
    for (int64_t dim : dims) {
      count *= x.getDimSize(dim);
      if (isFree)
        shape.push_back(x.getDimSize(dim));
    }
  };
  take(lhs, getLhsBatch(), batches, true);
  take(lhs, lhsFree, rows, true);
  take(rhs, rhsFree, columns, true);
  take(lhs, getLhsContracting(), depth, false);
  if (failed(state.checkShape(shape)))
    return failure();
  llvm::append_range(lhsOrder, lhsFree);
  llvm::append_range(lhsOrder, getLhsContracting());
  llvm::append_range(rhsOrder, getRhsContracting());
  llvm::append_range(rhsOrder, rhsFree);
  EvalTensor a = transposed(lhs, lhsOrder), b = transposed(rhs, rhsOrder);
  EvalTensor result = EvalTensor::uninitialized(shape, getResult().getType().getElementType());
  dispatchProduct(result.getElementType(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    std::vector<T> left(rows * depth), right(depth * columns), out(rows * columns);
    for (int64_t batch = 0; batch < batches; ++batch) {
      load(a, batch * rows * depth, rows * depth, left.data());
      load(b, batch * depth * columns, depth * columns, right.data());
      std::vector<T> panels = pack<T>(depth, columns, [&](int64_t k, int64_t column) { return right[k * columns + column]; });
      multiply(rows, columns, depth, left.data(), panels.data(), out.data());
      store(result, batch * rows * columns, rows * columns, out.data());
    }
  });
  state.set(getResult(), result);
  return success();
}

//===--- Convolutions ------------------------------------------------------===//

namespace {
// How a convolution's input x [N, spatial..., C] and output y [N, spatial..., F] meet under the window.
struct ConvLoops {
  ArrayRef<int64_t> x, y, window, strides, dilations, padLow;
  int64_t groups, channels, features; // of one group
  SmallVector<int64_t> xStrides;
  int64_t rows, taps, depth; // output positions, window positions, taps * channels

  template <typename OpTy>
  ConvLoops(OpTy op, ArrayRef<int64_t> x, ArrayRef<int64_t> y, ArrayRef<int64_t> window)
      : x(x), y(y), window(window), strides(op.getStrides()), dilations(op.getDilations()), padLow(op.getPadLow()),
        groups(op.getGroups()), channels(x.back() / groups), features(y.back() / groups), xStrides(rowMajorStrides(x)),
        rows(product(y.drop_back())), taps(product(window)), depth(taps * channels) {}

  // Calls `fn(tap, position of the first channel of group 0 in x)` for each window position that lies in x at output row `row`.
  template <typename Fn> void forEachTap(int64_t row, Fn fn) const {
    int64_t spatial = window.size(), tap = 0;
    SmallVector<int64_t, 6> at(spatial);
    for (int64_t d = spatial - 1; d >= 0; --d) {
      at[d] = row % y[d + 1] * strides[d] - padLow[d];
      row /= y[d + 1];
    }
    int64_t batch = row;
    forEachIndex(window, [&](ArrayRef<int64_t> k) {
      int64_t position = batch * xStrides[0];
      bool inside = true;
      for (int64_t d = 0; d < spatial; ++d) {
        int64_t i = at[d] + k[d] * dilations[d];
        inside &= i >= 0 && i < x[d + 1];
        position += i * xStrides[d + 1];
      }
      if (inside)
        fn(tap, position);
      ++tap;
    });
  }
};
} // namespace

// As many output rows at a time as keep what they read in the second cache.
static int64_t rowsPerBlock(int64_t depth) {
  return std::clamp<int64_t>((int64_t(1) << 15) / std::max<int64_t>(depth, 1), 4, 256) / 4 * 4;
}

LogicalResult ConvOp::evaluate(EvalState &state) {
  const EvalTensor &x = state.tensor(getX()), &filter = state.tensor(getFilter());
  int64_t spatial = getStrides().size();
  SmallVector<int64_t> shape{x.getDimSize(0)};
  for (int64_t d = 0; d < spatial; ++d) {
    int64_t extent = (filter.getDimSize(d) - 1) * getDilations()[d] + 1;
    int64_t room = x.getDimSize(d + 1) + getPadLow()[d] + getPadHigh()[d] - extent;
    shape.push_back(room < 0 ? 0 : room / getStrides()[d] + 1);
  }
  shape.push_back(filter.getShape().back());
  if (failed(state.checkShape(shape)))
    return failure();
  if (filter.getDimSize(spatial) * static_cast<int64_t>(getGroups()) != x.getShape().back())
    return state.error("a filter of shape " + describe(filter.getShape()) + " does not fit x of shape " + describe(x.getShape()) +
                       " in " + Twine(getGroups()) + " groups");
  ConvLoops loops(*this, x.getShape(), shape, filter.getShape().take_front(spatial));
  EvalTensor result(shape, getResult().getType().getElementType());
  dispatchProduct(result.getElementType(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    std::vector<T> data = loadAll<T>(x), weights = loadAll<T>(filter), results(result.getNumElements());
    int64_t block = rowsPerBlock(loops.depth), allFeatures = shape.back();
    std::vector<T> patches(block * loops.depth), out(block * loops.features);
    for (int64_t group = 0; group < loops.groups; ++group) {
      std::vector<T> panels = pack<T>(loops.depth, loops.features, [&](int64_t k, int64_t feature) {
        return weights[k * allFeatures + group * loops.features + feature];
      });
      for (int64_t first = 0; first < loops.rows; first += block) {
        int64_t count = std::min(block, loops.rows - first);
        std::fill(patches.begin(), patches.end(), T(0));
        for (int64_t row = 0; row < count; ++row)
          loops.forEachTap(first + row, [&](int64_t tap, int64_t position) {
            const T *from = data.data() + position + group * loops.channels;
            std::copy(from, from + loops.channels, patches.data() + row * loops.depth + tap * loops.channels);
          });
        multiply(count, loops.features, loops.depth, patches.data(), panels.data(), out.data());
        for (int64_t row = 0; row < count; ++row)
          std::copy_n(out.data() + row * loops.features, loops.features,
                      results.data() + (first + row) * allFeatures + group * loops.features);
      }
    }
    store(result, 0, result.getNumElements(), results.data());
  });
  state.set(getResult(), result);
  return success();
}

// What each output position took from x with a weight, it gives back with that weight.
LogicalResult ConvGradInputOp::evaluate(EvalState &state) {
  const EvalTensor &dy = state.tensor(getDy()), &filter = state.tensor(getFilter());
  int64_t spatial = getStrides().size();
  FailureOr<SmallVector<int64_t>> sizes = state.sizes(getSizes(), getStaticSizes());
  if (failed(sizes))
    return failure();
  if (filter.getShape().back() != dy.getShape().back())
    return state.error("a filter of shape " + describe(filter.getShape()) + " does not fit dy of shape " + describe(dy.getShape()));
  SmallVector<int64_t> shape{dy.getDimSize(0)};
  llvm::append_range(shape, *sizes);
  shape.push_back(filter.getDimSize(spatial) * static_cast<int64_t>(getGroups()));
  if (failed(state.checkShape(shape)))
    return failure();
  ConvLoops loops(*this, shape, dy.getShape(), filter.getShape().take_front(spatial));
  EvalTensor result = EvalTensor::uninitialized(shape, getResult().getType().getElementType());
  dispatchProduct(result.getElementType(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    std::vector<T> data = loadAll<T>(dy), weights = loadAll<T>(filter), results(result.getNumElements(), T(0));
    int64_t block = rowsPerBlock(loops.depth), allFeatures = dy.getShape().back();
    std::vector<T> rows(block * loops.features), out(block * loops.depth);
    for (int64_t group = 0; group < loops.groups; ++group) {
      std::vector<T> panels = pack<T>(loops.features, loops.depth, [&](int64_t feature, int64_t k) {
        return weights[k * allFeatures + group * loops.features + feature];
      });
      for (int64_t first = 0; first < loops.rows; first += block) {
        int64_t count = std::min(block, loops.rows - first);
        for (int64_t row = 0; row < count; ++row)
          std::copy_n(data.data() + (first + row) * allFeatures + group * loops.features, loops.features,
                      rows.data() + row * loops.features);
        multiply(count, loops.depth, loops.features, rows.data(), panels.data(), out.data());
        for (int64_t row = 0; row < count; ++row)
          loops.forEachTap(first + row, [&](int64_t tap, int64_t position) {
            const T *from = out.data() + row * loops.depth + tap * loops.channels;
            T *to = results.data() + position + group * loops.channels;
            for (int64_t c = 0; c < loops.channels; ++c)
              to[c] += from[c];
          });
      }
    }
    store(result, 0, result.getNumElements(), results.data());
  });
  state.set(getResult(), result);
  return success();
}

LogicalResult ConvGradFilterOp::evaluate(EvalState &state) {
  const EvalTensor &x = state.tensor(getX()), &dy = state.tensor(getDy());
  SmallVector<int64_t> shape(getFilterSizes());
  shape.push_back(x.getShape().back() / static_cast<int64_t>(getGroups()));
  shape.push_back(dy.getShape().back());
  if (x.getDimSize(0) != dy.getDimSize(0))
    return state.error("x of shape " + describe(x.getShape()) + " and dy of shape " + describe(dy.getShape()) +
                       " differ in their batch");
  if (failed(state.checkShape(shape)))
    return failure();
  ConvLoops loops(*this, x.getShape(), dy.getShape(), getFilterSizes());
  EvalTensor result = EvalTensor::uninitialized(shape, getResult().getType().getElementType());
  dispatchProduct(result.getElementType(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    std::vector<T> data = loadAll<T>(x), gradient = loadAll<T>(dy), results(result.getNumElements(), T(0));
    int64_t allFeatures = dy.getShape().back();
    for (int64_t row = 0; row < loops.rows; ++row)
      loops.forEachTap(row, [&](int64_t tap, int64_t position) {
        for (int64_t group = 0; group < loops.groups; ++group)
          for (int64_t c = 0; c < loops.channels; ++c) {
            T value = data[position + group * loops.channels + c];
            int64_t first = group * loops.features;
            T *to = results.data() + (tap * loops.channels + c) * allFeatures + first;
            for (int64_t f = 0; f < loops.features; ++f)
              to[f] += value * gradient[row * allFeatures + first + f];
          }
      });
    store(result, 0, result.getNumElements(), results.data());
  });
  state.set(getResult(), result);
  return success();
}
