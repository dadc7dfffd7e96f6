//===- Window.cpp - Pooling ----------------------------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ir/Grad/Grad.h"

using namespace mlir;
using namespace ingot;

using Sizes = SmallVector<OpFoldResult>;

INGOT_NOT_DIFFERENTIABLE(ArgMaxWindowOp)

// How many elements of x each window has, in the sizes of dy.
static Value countElements(GradBuilder &b, ReduceWindowOp op, Value dy) {
  Type elementType = getElementTypeOrSelf(dy.getType());
  // Dimensions that are not pooled have one count.
  Sizes sizes = b.sizes(op.getX()), all = b.sizes(dy);
  SmallVector<int64_t> pooled;
  for (auto [dim, window] : llvm::enumerate(op.getWindow())) {
    if (window == 1 && op.getStrides()[dim] == 1 && op.getPadLow()[dim] == 0 && op.getPadHigh()[dim] == 0)
      sizes[dim] = b.index(1);
    else
      pooled.push_back(dim);
  }
  Value counts = b.make<ReduceWindowOp>(WindowKind::Sum, b.splat(1, elementType, sizes), op.getWindow(), op.getStrides(),
                                        op.getDilations(), op.getPadLow(), op.getPadHigh());
  return b.cast(b.broadcast(b.reshape(counts, llvm::map_to_vector(pooled, [&](int64_t dim) { return all[dim]; })), pooled, all),
                dy.getType());
}

// The sum over the windows that an element is in: with dy spread out by the strides, a sum over windows of the same size.
static Value sumWindows(GradBuilder &b, ReduceWindowOp op, Value dy) {
  SizeMath math = b.math();
  Sizes sizes = b.sizes(op.getX()), low, high;
  int64_t rank = sizes.size();
  bool disjoint = llvm::all_of(llvm::seq<int64_t>(0, rank), [&](int64_t dim) {
    return op.getWindow()[dim] == op.getStrides()[dim] && op.getDilations()[dim] == 1 && op.getPadLow()[dim] == 0;
  });
  if (disjoint) {
    // Each element is in one window, or in none at the end.
    Sizes split, joined;
    SmallVector<int64_t> dimensions;
    for (auto [dim, size] : llvm::enumerate(sizes)) {
      OpFoldResult count = b.size(dy, dim), window = b.index(op.getWindow()[dim]);
      dimensions.push_back(split.size());
      split.push_back(count);
      if (op.getWindow()[dim] != 1)
        split.push_back(window);
      joined.push_back(math.mul(count, window));
      low.push_back(b.index(0));
      high.push_back(math.sub(size, joined.back()));
    }
    return b.pad(b.reshape(b.broadcast(dy, dimensions, split), joined), low, high);
  }
  SmallVector<int64_t> ones(rank, 1), zeros(rank, 0);
  for (auto [dim, size] : llvm::enumerate(sizes)) {
    OpFoldResult extent = b.index((op.getWindow()[dim] - 1) * op.getDilations()[dim]);
    int64_t stride = op.getStrides()[dim];
    low.push_back(math.sub(extent, b.index(op.getPadLow()[dim])));
    high.push_back(math.sub(math.sub(math.add(size, extent), low.back()), math.mul(b.size(dy, dim), b.index(stride))));
    dy = b.interleave(dy, dim, stride);
  }
  return b.make<ReduceWindowOp>(WindowKind::Sum, b.pad(dy, low, high), op.getWindow(), ones, op.getDilations(), zeros, zeros);
}

INGOT_RULE(ReduceWindowOp) {
  Value x = op.getX(), dy = dys[0];
  if (op.getKind() == WindowKind::Max)
    return {b.make<MaxPoolGradOp>(x, dy, op.getWindow(), op.getStrides(), op.getDilations(), op.getPadLow(), op.getPadHigh())};
  if (op.getKind() == WindowKind::Mean) {
    auto isZero = [](int64_t pad) { return pad == 0; };
    double all = 1;
    for (int64_t window : op.getWindow())
      all *= static_cast<double>(window);
    if (op.getCountPadding() || (llvm::all_of(op.getPadLow(), isZero) && llvm::all_of(op.getPadHigh(), isZero)))
      dy = b.scale(dy, 1 / all);
    else
      dy = b.div(dy, countElements(b, op, dy));
  }
  return {b.cast(sumWindows(b, op, dy), x.getType())};
}

// Linear in dy: each gets what arrived where its window has the first maximum.
INGOT_RULE(MaxPoolGradOp) {
  if (!b.needs(1))
    return {};
  Value from =
      b.make<ArgMaxWindowOp>(op.getX(), op.getWindow(), op.getStrides(), op.getDilations(), op.getPadLow(), op.getPadHigh());
  Value line = b.reshape(dys[0], {b.product(b.sizes(op.getX()))});
  Value taken = b.cast(b.make<GatherOp>(line, from, int64_t(0)), op.getDy().getType());
  // A window without elements took nothing.
  return {Value(), b.select(b.compare(Comparison::LT, from, b.splat(0, from)), b.splat(0, taken), taken)};
}
