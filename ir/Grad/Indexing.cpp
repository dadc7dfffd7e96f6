//===- Indexing.cpp - Gather, scatter, cumulate, sort, topk --------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ir/Grad/Grad.h"

using namespace mlir;
using namespace ingot;

using Sizes = SmallVector<OpFoldResult>;

INGOT_NOT_DIFFERENTIABLE(NonzeroOp)

//===--- Gather ------------------------------------------------------------===//

static SmallVector<int64_t> range(int64_t from, int64_t to) {
  return llvm::to_vector(llvm::seq<int64_t>(from, to));
}

// dy is added to the rows that it was read from.
INGOT_RULE(GatherOp) {
  Value dy = dys[0];
  int64_t axis = op.getAxis(), indexRank = op.getIndices().getType().getRank(),
          rank = cast<RankedTensorType>(dy.getType()).getRank();
  // The dimensions of the indices first, as one.
  SmallVector<int64_t> order = range(axis, axis + indexRank);
  llvm::append_range(order, range(0, axis));
  llvm::append_range(order, range(axis + indexRank, rank));
  Value rows = b.transpose(dy, order);
  Sizes all = b.sizes(rows), flat{b.product(ArrayRef(all).take_front(indexRank))};
  llvm::append_range(flat, ArrayRef(all).drop_front(indexRank));
  Value sum = b.scatterRows(b.reshape(rows, flat), op.getIndices(), b.size(op.getX(), axis));
  SmallVector<int64_t> back{axis};
  llvm::append_range(back, remainingDimensions(op.getX().getType().getRank(), {axis}));
  return {b.cast(b.transpose(sum, invertPermutation(back)), op.getX().getType())};
}

// The tuples of `gather_nd`, with the batch dimensions' own indices in front.
static Value fullTuples(GradBuilder &b, Value indices, int64_t batchDims) {
  Type elementType = getElementTypeOrSelf(indices.getType());
  Sizes sizes = b.sizes(indices);
  int64_t last = sizes.size() - 1;
  sizes[last] = b.index(1);
  SmallVector<Value> parts;
  for (int64_t dim = 0; dim < batchDims; ++dim)
    parts.push_back(b.iota(elementType, dim, sizes));
  parts.push_back(indices);
  return parts.size() == 1 ? indices : b.make<ConcatOp>(ValueRange(parts), last);
}

INGOT_RULE(GatherNdOp) {
  Value tuples = fullTuples(b, op.getIndices(), op.getBatchDims());
  return {b.make<ScatterNdOp>(b.splat(0, op.getX()), tuples, dys[0], ScatterKind::Add)};
}

INGOT_RULE(GatherElementsOp) {
  Value x = op.getX(), indices = op.getIndices();
  int64_t axis = op.getAxis(), rank = op.getX().getType().getRank();
  bool isOneEach = op.getIndices().getType().getDimSize(axis) == 1 && llvm::all_of(llvm::seq<int64_t>(0, rank), [&](int64_t dim) {
                     return dim == axis || areSizesEqual(x, dim, indices, dim);
                   });
  if (!isOneEach)
    return {b.make<ScatterElementsOp>(b.splat(0, x), indices, dys[0], axis, ScatterKind::Add)};
  // One element of each row (a label's): what others compute along the row takes it in passing, which a scatter does not allow.
  Type integer = op.getIndices().getType().getElementType();
  Sizes sizes = b.sizes(x);
  SmallVector<int64_t> all = range(0, rank);
  auto repeated = [&](Value v) {
    return b.cast(b.broadcast(v, all, sizes), cast<RankedTensorType>(x.getType()).clone(getElementTypeOrSelf(v.getType())));
  };
  Value size = b.cast(b.broadcast(b.number(sizes[axis], integer), {}, b.sizes(indices)), indices.getType());
  Value at = b.select(b.compare(Comparison::LT, indices, b.splat(0, indices)), b.add(indices, size), indices);
  Value here = b.cast(b.iota(integer, axis, sizes), cast<RankedTensorType>(x.getType()).clone(integer));
  return {b.select(b.compare(Comparison::EQ, here, repeated(at)), repeated(dys[0]), b.splat(0, x))};
}

//===--- Scatter -----------------------------------------------------------===//

using GatherFn = function_ref<Value(Value x)>;
using ScatterFn = function_ref<Value(ScatterKind kind, Value x, Value updates)>;

// Both scatters, given how to read and join at the indices. Of several replacements of one element all get its cotangent: ONNX
// leaves open which of them it is. A minimum or maximum is shared by all that equal it.
static SmallVector<Value> buildScatterVJP(GradBuilder &b, ScatterKind kind, Value x, Value updates, Value y, Value dy,
                                          GatherFn gather, ScatterFn scatter) {
  if (kind == ScatterKind::Replace)
    return {scatter(ScatterKind::Replace, dy, b.splat(0, updates)), gather(dy)};
  if (kind == ScatterKind::Add)
    return {dy, gather(dy)};
  if (kind == ScatterKind::Mul) {
    // The product of the others: of all that are not zero, by the own one, if no other is zero.
    Value isZero = b.isZero(updates), one = b.splat(1, updates), zero = b.splat(0, updates);
    Value factors = b.select(isZero, one, updates), zeros = b.select(isZero, one, zero);
    Value all = scatter(ScatterKind::Mul, b.splat(1, x), factors), count = scatter(ScatterKind::Add, b.splat(0, x), zeros);
    Value dx = b.mul(dy, b.select(b.isZero(count), all, b.splat(0, all)));
    Value others = b.div(gather(b.mul(b.mul(dy, x), all)), factors);
    return {dx, b.select(b.isZero(b.sub(gather(count), zeros)), others, zero)};
  }
  Value fromX = b.castElements(b.compare(Comparison::EQ, x, y), getElementTypeOrSelf(x.getType()));
  Value fromUpdate = b.castElements(b.compare(Comparison::EQ, updates, gather(y)), getElementTypeOrSelf(x.getType()));
  Value share = b.div(dy, scatter(ScatterKind::Add, fromX, fromUpdate));
  // What is neither from x nor from an update (NaN) has no share.
  share = b.select(b.compare(Comparison::EQ, y, y), share, b.splat(0, share));
  return {b.mul(share, fromX), b.mul(gather(share), fromUpdate)};
}

INGOT_RULE(ScatterNdOp) {
  Value indices = op.getIndices();
  auto gather = [&](Value x) { return b.cast(b.make<GatherNdOp>(x, indices), op.getUpdates().getType()); };
  auto scatter = [&](ScatterKind kind, Value x, Value updates) { return b.make<ScatterNdOp>(x, indices, updates, kind); };
  SmallVector<Value> d = buildScatterVJP(b, op.getKind(), op.getX(), op.getUpdates(), op.getResult(), dys[0], gather, scatter);
  return {d[0], Value(), d[1]};
}

INGOT_RULE(ScatterElementsOp) {
  Value indices = op.getIndices();
  int64_t axis = op.getAxis();
  auto gather = [&](Value x) { return b.cast(b.make<GatherElementsOp>(x, indices, axis), op.getUpdates().getType()); };
  auto scatter = [&](ScatterKind kind, Value x, Value updates) {
    return b.make<ScatterElementsOp>(x, indices, updates, axis, kind);
  };
  SmallVector<Value> d = buildScatterVJP(b, op.getKind(), op.getX(), op.getUpdates(), op.getResult(), dys[0], gather, scatter);
  return {d[0], Value(), d[1]};
}

//===--- Running sums and products -----------------------------------------===//

INGOT_RULE(CumulateOp) {
  Value x = op.getX(), dy = dys[0];
  auto cumulate = [&](CumulateKind kind, Value v, bool exclusive, bool reverse) {
    return b.make<CumulateOp>(v, kind, op.getAxis(), exclusive, reverse);
  };
  // The sum of what comes after (before, if reverse).
  auto after = [&](Value v) { return cumulate(CumulateKind::Sum, v, op.getExclusive(), !op.getReverse()); };
  if (op.getKind() == CumulateKind::Sum)
    return {after(dy)};
  // Up to the first zero dx = after(dy * y) / x; for the first zero itself the products are those without it; behind it nothing
  // counts.
  Value isZero = b.isZero(x), one = b.splat(1, x), zero = b.splat(0, x);
  Value zeros = cumulate(CumulateKind::Sum, b.select(isZero, one, zero), /*exclusive=*/false, op.getReverse());
  Value isFirst = b.make<AndOp>(isZero, b.compare(Comparison::EQ, zeros, one));
  Value without = cumulate(CumulateKind::Product, b.select(isFirst, one, x), op.getExclusive(), op.getReverse());
  Value before = b.div(after(b.mul(dy, op.getResult())), b.select(isZero, one, x));
  return {b.select(isFirst, after(b.mul(dy, without)), b.select(b.isZero(zeros), before, zero))};
}

//===--- Order -------------------------------------------------------------===//

INGOT_RULE(SortOp) {
  return {b.make<ScatterElementsOp>(b.splat(0, op.getX()), op.getIndices(), dys[0], static_cast<int64_t>(op.getAxis()),
                                    ScatterKind::Add)};
}

INGOT_RULE(TopkOp) {
  return {b.make<ScatterElementsOp>(b.splat(0, op.getX()), op.getIndices(), dys[0], static_cast<int64_t>(op.getAxis()),
                                    ScatterKind::Add)};
}
