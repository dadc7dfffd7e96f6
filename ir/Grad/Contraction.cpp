//===- Contraction.cpp - Gradients of matrix products and convolutions ---===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ir/Grad/Grad.h"

using namespace mlir;
using namespace ingot;

// d lhs contracts dy with rhs over rhs's free dimensions, d rhs contracts it with lhs over lhs's; a transpose restores their order.
INGOT_RULE(ContractOp) {
  Value lhs = op.getLhs(), rhs = op.getRhs(), dy = dys[0];
  Type elementType = op.getLhs().getType().getElementType();
  if (op.getResult().getType().getElementType() != elementType)
    dy = b.make<CastOp>(dy, elementType);
  int64_t batch = op.getLhsBatch().size();
  SmallVector<int64_t> lhsFree = op.getLhsFree(), rhsFree = op.getRhsFree();
  auto range = [](int64_t from, int64_t count) { return llvm::to_vector(llvm::seq<int64_t>(from, from + count)); };
  SmallVector<int64_t> dyBatch = range(0, batch), dyLeft = range(batch, lhsFree.size()),
                       dyRight = range(batch + lhsFree.size(), rhsFree.size());

  auto joined = [](ArrayRef<int64_t> batchDims, ArrayRef<int64_t> some, ArrayRef<int64_t> others) {
    SmallVector<int64_t> all(batchDims);
    llvm::append_range(all, some);
    llvm::append_range(all, others);
    return all;
  };
  auto contracted = [](ArrayRef<int64_t> own, ArrayRef<int64_t> others) {
    // The product has the other operand's contracting dimensions in ascending order; these are the own ones they are paired with.
    SmallVector<int64_t> order = llvm::to_vector(llvm::seq<int64_t>(0, own.size()));
    llvm::sort(order, [&](int64_t left, int64_t right) { return others[left] < others[right]; });
    return permute(own, order);
  };
  // dy times the other operand, or the other operand times dy: whichever leaves less to transpose.
  auto build = [&](Value other, ArrayRef<int64_t> otherBatch, ArrayRef<int64_t> otherFree, ArrayRef<int64_t> dyDims,
                   ArrayRef<int64_t> batchDims, ArrayRef<int64_t> free, ArrayRef<int64_t> rest) {
    // Dimension i of the product is dimension `order[i]` of the operand.
    SmallVector<int64_t> order = joined(batchDims, free, rest), turned = joined(batchDims, rest, free);
    if (!isIdentityPermutation(order) && isIdentityPermutation(turned))
      return b.make<ContractOp>(other, dy, otherBatch, dyBatch, otherFree, dyDims);
    return b.transpose(b.make<ContractOp>(dy, other, dyBatch, otherBatch, dyDims, otherFree), invertPermutation(order));
  };
  Value left, right;
  if (b.needs(0))
    left = build(rhs, op.getRhsBatch(), rhsFree, dyRight, op.getLhsBatch(), lhsFree,
                 contracted(op.getLhsContracting(), op.getRhsContracting()));
  if (b.needs(1))
    right = build(lhs, op.getLhsBatch(), lhsFree, dyLeft, op.getRhsBatch(), rhsFree,
                  contracted(op.getRhsContracting(), op.getLhsContracting()));
  return {left, right};
}

// What `conv` with `padHigh` makes of `x` has `counts` windows: x is lengthened (or cut) for it. Returns x and the pads that are
// left.
static std::pair<Value, SmallVector<int64_t>> padForWindows(GradBuilder &b, Value x, ArrayRef<OpFoldResult> window,
                                                            ArrayRef<OpFoldResult> counts, ArrayRef<int64_t> strides,
                                                            ArrayRef<int64_t> dilations, ArrayRef<int64_t> padLow,
                                                            ArrayRef<int64_t> padHigh) {
  SizeMath math = b.math();
  SmallVector<OpFoldResult> sizes = b.sizes(x), low(sizes.size(), b.index(0)), high = low;
  SmallVector<int64_t> left(padHigh);
  for (size_t dim = 0; dim < counts.size(); ++dim) {
    OpFoldResult size = sizes[dim + 1];
    OpFoldResult made = math.windows(size, window[dim], strides[dim], dilations[dim], padLow[dim], padHigh[dim]);
    if (isEqualConstantIntOrValue(made, counts[dim]))
      continue;
    // (counts - 1) * stride + (window - 1) * dilation + 1 elements are read.
    OpFoldResult read = math.add(math.add(math.mul(math.sub(counts[dim], b.index(1)), b.index(strides[dim])),
                                          math.mul(math.sub(window[dim], b.index(1)), b.index(dilations[dim]))),
                                 b.index(1));
    OpFoldResult missing = math.sub(math.sub(read, b.index(padLow[dim])), size);
    left[dim] = 0;
    if (std::optional<int64_t> known = getConstantIntValue(missing); known && *known >= 0)
      left[dim] = *known;
    else
      high[dim + 1] = missing;
  }
  return {b.pad(x, low, high), left};
}

static SmallVector<OpFoldResult> spatialSizes(GradBuilder &b, Value x) {
  SmallVector<OpFoldResult> sizes = b.sizes(x);
  return llvm::to_vector(ArrayRef(sizes).drop_front().drop_back());
}

static SmallVector<OpFoldResult> windowSizes(GradBuilder &b, Value filter) {
  SmallVector<OpFoldResult> sizes = b.sizes(filter);
  sizes.pop_back_n(2);
  return sizes;
}

// `conv_grad_input` for a window whose sizes only the run knows: the convolution of dy, spread out by the strides, with the filter
// turned around and its channels and features exchanged.
static Value convGradInputOfDynamicWindow(GradBuilder &b, Value dy, Value filter, ArrayRef<OpFoldResult> sizes,
                                          ArrayRef<int64_t> strides, ArrayRef<int64_t> dilations, ArrayRef<int64_t> padLow,
                                          int64_t groups) {
  SizeMath math = b.math();
  SmallVector<OpFoldResult> filterSizes = b.sizes(filter), window = windowSizes(b, filter);
  int64_t spatial = window.size();
  SmallVector<OpFoldResult> split(filterSizes), joined(window), low{b.index(0)}, high{b.index(0)};
  OpFoldResult perGroup = math.div(filterSizes.back(), b.index(groups));
  split.back() = b.index(groups);
  split.push_back(perGroup);
  SmallVector<int64_t> turned = llvm::to_vector(llvm::seq<int64_t>(0, spatial)), order(turned);
  order.append({spatial + 2, spatial + 1, spatial});
  joined.push_back(perGroup);
  joined.push_back(math.mul(filterSizes[spatial], b.index(groups)));
  filter = b.reshape(b.transpose(b.reshape(b.make<ReverseOp>(filter, turned), split), order), joined);
  for (int64_t dim = 0; dim < spatial; ++dim) {
    OpFoldResult extent = math.mul(math.sub(window[dim], b.index(1)), b.index(dilations[dim]));
    low.push_back(math.sub(extent, b.index(padLow[dim])));
    high.push_back(
        math.sub(math.sub(math.add(sizes[dim], extent), low.back()), math.mul(b.size(dy, dim + 1), b.index(strides[dim]))));
    dy = b.interleave(dy, dim + 1, strides[dim]);
  }
  low.push_back(b.index(0));
  high.push_back(b.index(0));
  SmallVector<int64_t> ones(spatial, 1), zeros(spatial, 0);
  return b.make<ConvOp>(b.pad(dy, low, high), filter, ones, dilations, zeros, zeros, groups);
}

// `conv_grad_filter` for such a window: a convolution of x with dy in which samples are channels and stride and dilation change
// places.
static Value convGradFilterOfDynamicWindow(GradBuilder &b, Value x, Value dy, ArrayRef<OpFoldResult> filterSizes,
                                           ArrayRef<int64_t> strides, ArrayRef<int64_t> dilations, ArrayRef<int64_t> padLow,
                                           ArrayRef<int64_t> padHigh, int64_t groups) {
  SizeMath math = b.math();
  int64_t spatial = strides.size();
  SmallVector<int64_t> xOrder{spatial + 1}, dyOrder = llvm::to_vector(llvm::seq<int64_t>(1, spatial + 1)), back(dyOrder);
  xOrder.append(dyOrder);
  xOrder.push_back(0);
  dyOrder.append({0, spatial + 1});
  back.append({0, spatial + 1});
  OpFoldResult features = math.div(filterSizes.back(), b.index(groups));
  SmallVector<Value> parts;
  for (int64_t group = 0; group < groups; ++group) {
    auto part = [&](Value tensor, OpFoldResult count) {
      SmallVector<OpFoldResult> sizes = b.sizes(tensor), offsets(sizes.size(), b.index(0));
      offsets.back() = math.mul(count, b.index(group));
      sizes.back() = count;
      return groups == 1 ? tensor : b.slice(tensor, offsets, sizes);
    };
    Value image = b.transpose(part(x, filterSizes[spatial]), xOrder), kernel = b.transpose(part(dy, features), dyOrder);
    Value y = b.make<ConvOp>(image, kernel, dilations, strides, padLow, padHigh);
    SmallVector<OpFoldResult> kept = b.sizes(y), offsets(spatial + 2, b.index(0));
    for (int64_t dim = 0; dim < spatial; ++dim)
      kept[dim + 1] = filterSizes[dim];
    parts.push_back(b.transpose(b.slice(y, offsets, kept), back));
  }
  return parts.size() == 1 ? parts.front() : b.make<ConcatOp>(ValueRange(parts), spatial + 1);
}

INGOT_RULE(ConvOp) {
  Value x = op.getX(), filter = op.getFilter(), dx, dfilter;
  int64_t groups = op.getGroups();
  ArrayRef<int64_t> window = op.getFilter().getType().getShape().drop_back(2);
  bool isDynamic = llvm::is_contained(window, ShapedType::kDynamic);
  Value dy = b.castElements(dys[0], getElementTypeOrSelf(x.getType()));
  if (b.needs(0))
    dx = isDynamic ? convGradInputOfDynamicWindow(b, dy, filter, spatialSizes(b, x), op.getStrides(), op.getDilations(),
                                                  op.getPadLow(), groups)
                   : b.make<ConvGradInputOp>(dy, filter, spatialSizes(b, x), op.getStrides(), op.getDilations(), op.getPadLow(),
                                             op.getPadHigh(), groups);
  if (b.needs(1))
    dfilter = isDynamic ? convGradFilterOfDynamicWindow(b, x, dy, b.sizes(filter), op.getStrides(), op.getDilations(),
                                                        op.getPadLow(), op.getPadHigh(), groups)
                        : b.make<ConvGradFilterOp>(x, dy, window, op.getStrides(), op.getDilations(), op.getPadLow(),
                                                   op.getPadHigh(), groups);
  return {b.cast(dx, x.getType()), b.cast(dfilter, filter.getType())};
}

// Both are linear in both operands: the three products of a sample, a filter and a cotangent are each other's gradients.
INGOT_RULE(ConvGradInputOp) {
  Type element = getElementTypeOrSelf(op.getDy().getType());
  ArrayRef<int64_t> window = op.getFilter().getType().getShape().drop_back(2);
  auto [x, padHigh] = padForWindows(b, b.castElements(dys[0], element), windowSizes(b, op.getFilter()), spatialSizes(b, op.getDy()),
                                    op.getStrides(), op.getDilations(), op.getPadLow(), op.getPadHigh());
  int64_t groups = op.getGroups();
  Value dDy, dFilter;
  if (b.needs(0))
    dDy = b.make<ConvOp>(x, op.getFilter(), op.getStrides(), op.getDilations(), op.getPadLow(), padHigh, groups);
  if (b.needs(1))
    dFilter =
        llvm::is_contained(window, ShapedType::kDynamic)
            ? convGradFilterOfDynamicWindow(b, x, op.getDy(), b.sizes(op.getFilter()), op.getStrides(), op.getDilations(),
                                            op.getPadLow(), padHigh, groups)
            : b.make<ConvGradFilterOp>(x, op.getDy(), window, op.getStrides(), op.getDilations(), op.getPadLow(), padHigh, groups);
  return {b.cast(dDy, op.getDy().getType()), b.cast(dFilter, op.getFilter().getType())};
}

INGOT_RULE(ConvGradFilterOp) {
  Value filter = b.castElements(dys[0], getElementTypeOrSelf(op.getX().getType())), dx, dDy;
  int64_t groups = op.getGroups();
  if (b.needs(0))
    dx = b.make<ConvGradInputOp>(op.getDy(), filter, spatialSizes(b, op.getX()), op.getStrides(), op.getDilations(), op.getPadLow(),
                                 op.getPadHigh(), groups);
  if (b.needs(1)) {
    auto [x, padHigh] = padForWindows(b, op.getX(), windowSizes(b, filter), spatialSizes(b, op.getDy()), op.getStrides(),
                                      op.getDilations(), op.getPadLow(), op.getPadHigh());
    dDy = b.make<ConvOp>(x, filter, op.getStrides(), op.getDilations(), op.getPadLow(), padHigh, groups);
  }
  return {b.cast(dx, op.getX().getType()), b.cast(dDy, op.getDy().getType())};
}
