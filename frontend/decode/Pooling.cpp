//===- Pooling.cpp - Pooling over windows and over everything -------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Pooling is `ingot.reduce_window` on channels last. The number of windows rounds down there; `ceil_mode` adds padding behind and
// takes as many windows as ONNX says.
//
//===----------------------------------------------------------------------===//

#include "frontend/decode/Reduction.h"
#include "frontend/decode/Window.h"

using namespace mlir;

namespace ingot {

namespace {

struct Pool {
  WindowAttributes window;
  /// How many windows there are, where that is less than fit into the padded input; null entries else.
  Dims counts;
  /// Padding behind that only `ceil_mode` asks for: it counts for no mean.
  SmallVector<int64_t> ceilHigh;
};

} // namespace

static FailureOr<Pool> readPool(NodeReader &node, ImportBuilder &b, Value x) {
  if (!node.checkRank(x, 3))
    return failure();
  if (!node.has("kernel_shape"))
    return node.fail("kernel_shape is missing");
  FailureOr<WindowAttributes> window = readWindow(node, b, x, {});
  if (failed(window))
    return failure();
  Pool pool = {*window, {}, SmallVector<int64_t>(window->kernel.size(), 0)};
  bool ceil = node.i("ceil_mode", 0) != 0 && node.s("auto_pad", "NOTSET") == "NOTSET";
  for (size_t i = 0; i < window->kernel.size(); ++i) {
    pool.counts.push_back({});
    int64_t stride = window->strides[i], extent = window->extent(i);
    if (!ceil || stride == 1)
      continue;
    Dim size = b.size(x, i + 2);
    Dim reach = b.addDims(size, b.addDims(window->low[i], window->high[i]));
    Dim count = b.addDims(b.ceilDivDims(b.subDims(reach, b.dim(extent)), b.dim(stride)), b.dim(1));
    // A window that begins behind the input, in the padding, is none.
    count = b.minDims(count, b.ceilDivDims(b.addDims(size, window->low[i]), b.dim(stride)));
    if (std::optional<int64_t> knownCount = ImportBuilder::known(count), knownReach = ImportBuilder::known(reach);
        knownCount && knownReach) {
      pool.ceilHigh[i] = std::max<int64_t>(0, (*knownCount - 1) * stride + extent - *knownReach);
      int64_t fitting = (*knownReach + pool.ceilHigh[i] - extent) / stride + 1;
      if (fitting != *knownCount)
        pool.counts[i] = count;
    } else {
      pool.ceilHigh[i] = stride - 1;
      pool.counts[i] = count;
    }
  }
  return pool;
}

static Value padSpatial(ImportBuilder &b, Value x, ArrayRef<Dim> low, ArrayRef<Dim> high, double value) {
  auto isZero = [](Dim d) { return ImportBuilder::isKnown(d, 0); };
  if (llvm::all_of(low, isZero) && llvm::all_of(high, isZero))
    return x;
  Type type = elementTypeOf(x);
  return b.pad(x, aroundSpatial(low, b.dim(0)), aroundSpatial(high, b.dim(0)), b.scalar(value, type));
}

// Drops the windows that rounding up does not have.
static Value takeWindows(ImportBuilder &b, Value y, const Pool &pool) {
  for (auto [i, count] : llvm::enumerate(pool.counts))
    if (count)
      y = b.sliceAlong(y, i + 1, b.dim(0), count);
  return y;
}

// The window reduction of x, channels last, under the pool's padding, which must be static.
static Value reduceWindow(ImportBuilder &b, WindowKind kind, Value x, const Pool &pool, ArrayRef<int64_t> low,
                          ArrayRef<int64_t> high, bool countPadding = false) {
  const WindowAttributes &window = pool.window;
  SmallVector<int64_t> allHigh(high);
  for (auto [entry, more] : llvm::zip(allHigh, pool.ceilHigh))
    entry += more;
  return takeWindows(b,
                     b.create<ReduceWindowOp>(kind, x, aroundSpatial(window.kernel, 1), aroundSpatial(window.strides, 1),
                                              aroundSpatial(window.dilations, 1), aroundSpatial(low, 0), aroundSpatial(allHigh, 0),
                                              countPadding),
                     pool);
}

//===--- MaxPool -----------------------------------------------------------===//

static double lowestOf(Type type) {
  if (auto integer = dyn_cast<IntegerType>(type))
    return integer.isUnsigned() ? 0.0 : -std::ldexp(1.0, integer.getWidth() - 1);
  return -std::numeric_limits<double>::infinity();
}

// Row-major indices into [N, C, spatial...] to ones whose spatial part counts the first spatial dimension fastest.
static Value columnMajor(ImportBuilder &b, Value indices, Value x) {
  int64_t rank = rankOf(x);
  Dims sizes = b.sizes(x);
  Value rest = indices, spatial = b.splatLike(0, indices);
  SmallVector<Value> coordinates(rank);
  for (int64_t dim = rank - 1; dim >= 2; --dim) {
    Value size = b.dimScalar(sizes[dim]);
    Value quotient = b.div(rest, size);
    coordinates[dim] = b.sub(rest, b.mul(quotient, size));
    rest = quotient;
  }
  Dim stride = b.dim(1);
  for (int64_t dim = 2; dim < rank; ++dim) {
    spatial = b.add(spatial, b.mul(coordinates[dim], b.dimScalar(stride)));
    stride = b.mulDims(stride, sizes[dim]);
  }
  return b.add(b.mul(rest, b.dimScalar(stride)), spatial);
}

// Where each maximum was. Windows over the unpadded input in ONNX's own layout, as the indices are those.
static FailureOr<Value> maxIndices(NodeReader &node, ImportBuilder &b, Value x, const Pool &pool) {
  if (!pool.window.hasStaticPads())
    return node.unsupported("MaxPool's indices with padding that depends on the input's size",
                            "use explicit pads or fix the input's size");
  auto full = [](ArrayRef<int64_t> spatial, int64_t outer) {
    SmallVector<int64_t> all = {outer, outer};
    llvm::append_range(all, spatial);
    return all;
  };
  SmallVector<int64_t> high = pool.window.staticHigh();
  for (auto [entry, more] : llvm::zip(high, pool.ceilHigh))
    entry += more;
  Value indices = b.create<ArgMaxWindowOp>(x, full(pool.window.kernel, 1), full(pool.window.strides, 1),
                                           full(pool.window.dilations, 1), full(pool.window.staticLow(), 0), full(high, 0));
  for (auto [i, count] : llvm::enumerate(pool.counts))
    if (count)
      indices = b.sliceAlong(indices, i + 2, b.dim(0), count);
  return node.i("storage_order", 0) ? columnMajor(b, indices, x) : indices;
}

static Decoded maxPool(NodeReader &node, ImportBuilder &b) {
  Value x = node.input(0);
  FailureOr<Pool> pool = readPool(node, b, x);
  if (failed(pool))
    return failure();
  Value input = toChannelsLast(b, x);
  SmallVector<int64_t> low(pool->window.kernel.size(), 0), high = low;
  if (pool->window.hasStaticPads()) {
    low = pool->window.staticLow();
    high = pool->window.staticHigh();
  } else {
    input = padSpatial(b, input, pool->window.low, pool->window.high, lowestOf(elementTypeOf(x)));
  }
  SmallVector<Value> results = {toChannelsFirst(b, reduceWindow(b, WindowKind::Max, input, *pool, low, high))};
  if (node.outputUsed(1)) {
    FailureOr<Value> indices = maxIndices(node, b, x, *pool);
    if (failed(indices))
      return failure();
    results.push_back(*indices);
  }
  return results;
}

// Each element goes where its maximum was; the rest is 0.
static Decoded maxUnpool(NodeReader &node, ImportBuilder &b) {
  Value x = node.input(0), indices = node.input(1);
  if (!node.checkRank(x, 3) || !node.has("kernel_shape"))
    return node.failed() ? LogicalResult(failure()) : node.fail("kernel_shape is missing");
  FailureOr<WindowAttributes> window = readWindow(node, b, x, {});
  if (failed(window))
    return failure();
  Dims sizes = b.sizes(x);
  for (size_t i = 0; i < window->kernel.size(); ++i) {
    Dim full = b.addDims(b.mulDims(b.subDims(sizes[i + 2], b.dim(1)), b.dim(window->strides[i])), b.dim(window->kernel[i]));
    sizes[i + 2] = b.subDims(full, b.addDims(window->low[i], window->high[i]));
  }
  auto flat = [&](Value v) { return b.reshape(v, Dims{b.product(b.sizes(v))}); };
  Value zeros = b.splat(0, elementTypeOf(x), {b.product(sizes)});
  Value y = b.reshape(b.create<ScatterElementsOp>(zeros, flat(indices), flat(x), int64_t(0), ScatterKind::Replace), sizes);
  if (!node.hasInput(2))
    return y;
  // The indices hold for the size computed above; a larger one wanted adds zeros behind.
  FailureOr<Dims> wanted = node.shapeInput(2);
  if (failed(wanted))
    return failure();
  if (!node.check(static_cast<int64_t>(wanted->size()) == rankOf(x), "output_shape does not have the input's rank"))
    return failure();
  Dims none, more;
  for (auto [is, want] : llvm::zip(sizes, *wanted)) {
    none.push_back(b.dim(0));
    more.push_back(b.subDims(want, is));
  }
  return b.pad(y, none, more, b.scalar(0, elementTypeOf(x)));
}

//===--- Means and norms ---------------------------------------------------===//

// The sum over each window of x, channels last, zeros in the padding.
static Value sumWindows(ImportBuilder &b, Value x, const Pool &pool) {
  SmallVector<int64_t> zero(pool.window.kernel.size(), 0);
  if (pool.window.hasStaticPads())
    return reduceWindow(b, WindowKind::Sum, x, pool, pool.window.staticLow(), pool.window.staticHigh());
  return reduceWindow(b, WindowKind::Sum, padSpatial(b, x, pool.window.low, pool.window.high, 0), pool, zero, zero);
}

static Decoded averagePool(NodeReader &node, ImportBuilder &b) {
  Value x = node.input(0);
  FailureOr<Pool> pool = readPool(node, b, x);
  if (failed(pool))
    return failure();
  bool countPads = node.i("count_include_pad", 0) != 0;
  Value input = toChannelsLast(b, x);
  SmallVector<int64_t> zero(pool->window.kernel.size(), 0);
  Value y;
  if (countPads) {
    // Padding that `pads` asks for counts, padding that rounding up needs does not.
    bool roundsUp = llvm::any_of(pool->ceilHigh, [](int64_t high) { return high != 0; });
    if (roundsUp || !pool->window.hasStaticPads()) {
      input = padSpatial(b, input, pool->window.low, pool->window.high, 0);
      y = reduceWindow(b, WindowKind::Mean, input, *pool, zero, zero);
    } else {
      y = reduceWindow(b, WindowKind::Mean, input, *pool, pool->window.staticLow(), pool->window.staticHigh(),
                       /*countPadding=*/true);
    }
  } else if (pool->window.hasStaticPads()) {
    y = reduceWindow(b, WindowKind::Mean, input, *pool, pool->window.staticLow(), pool->window.staticHigh());
  } else {
    Dims sizes = b.sizes(input);
    sizes.front() = sizes.back() = b.dim(1);
    Value ones = b.splat(1, elementTypeOf(x), sizes);
    y = b.div(sumWindows(b, input, *pool), sumWindows(b, ones, *pool));
  }
  return toChannelsFirst(b, y);
}

// |x|^p, the sum of which has the p-th root as norm.
static Value powerOfAbs(ImportBuilder &b, Value x, double p) {
  if (p == 1)
    return b.create<AbsOp>(x);
  if (p == 2)
    return b.create<MulOp>(x, x);
  return b.create<PowOp>(b.create<AbsOp>(x), b.splatLike(p, x));
}

static Value rootOf(ImportBuilder &b, Value x, double p) {
  if (p == 1)
    return x;
  if (p == 2)
    return b.create<SqrtOp>(x);
  return b.create<PowOp>(x, b.splatLike(1.0 / p, x));
}

// p is a float in version 1, an integer later.
static FailureOr<double> normOrder(NodeReader &node) {
  double p = node.opset() < 2 ? node.f("p", 2.0) : static_cast<double>(node.i("p", 2));
  if (!node.check(p > 0, "p must be positive"))
    return failure();
  return p;
}

static Decoded lpPool(NodeReader &node, ImportBuilder &b) {
  Value x = node.input(0);
  FailureOr<Pool> pool = readPool(node, b, x);
  FailureOr<double> p = normOrder(node);
  if (failed(pool) || failed(p))
    return failure();
  Value sum = sumWindows(b, powerOfAbs(b, toChannelsLast(b, x), *p), *pool);
  return toChannelsFirst(b, rootOf(b, sum, *p));
}

//===--- Global pooling ----------------------------------------------------===//

// Reduces the spatial dimensions, channels last, to sizes of 1; in ONNX's layout again without moving anything.
static Value reduceSpatial(ImportBuilder &b, Value x, llvm::function_ref<Value(Value, ArrayRef<int64_t>)> reduce) {
  SmallVector<int64_t> spatial = llvm::to_vector(llvm::seq<int64_t>(1, rankOf(x) - 1));
  Dims sizes = b.sizes(x);
  for (Dim &size : llvm::drop_begin(sizes, 2))
    size = b.dim(1);
  return b.reshape(reduce(toChannelsLast(b, x), spatial), sizes);
}

static Decoded globalAveragePool(NodeReader &node, ImportBuilder &b) {
  Value x = node.input(0);
  if (!node.checkRank(x, 3))
    return failure();
  return reduceSpatial(b, x, [&](Value v, ArrayRef<int64_t> spatial) { return reduceMean(b, v, spatial, /*keepDims=*/false); });
}

static Decoded globalMaxPool(NodeReader &node, ImportBuilder &b) {
  Value x = node.input(0);
  if (!node.checkRank(x, 3))
    return failure();
  return reduceSpatial(b, x, [&](Value v, ArrayRef<int64_t> spatial) { return b.reduce(ReduceKind::Max, v, spatial, false); });
}

static Decoded globalLpPool(NodeReader &node, ImportBuilder &b) {
  Value x = node.input(0);
  FailureOr<double> p = normOrder(node);
  if (!node.checkRank(x, 3) || failed(p))
    return failure();
  return reduceSpatial(b, x, [&](Value v, ArrayRef<int64_t> spatial) {
    return rootOf(b, b.reduce(ReduceKind::Sum, powerOfAbs(b, v, *p), spatial, false), *p);
  });
}

void registerPooling(DecoderTable &table) {
  table.on("MaxPool", 1, maxPool);
  table.on("MaxUnpool", 9, maxUnpool);
  table.on("AveragePool", 1, averagePool);
  table.on("LpPool", 1, lpPool);
  table.on("GlobalAveragePool", 1, globalAveragePool);
  table.on("GlobalMaxPool", 1, globalMaxPool);
  table.on("GlobalLpPool", 1, globalLpPool);
}

} // namespace ingot
