//===- Reduction.cpp - Gradients of reductions, softmax, normalization ---===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ir/Grad/Grad.h"

using namespace mlir;
using namespace ingot;

using Sizes = SmallVector<OpFoldResult>;

INGOT_NOT_DIFFERENTIABLE(ArgReduceOp)

// 16-bit floats are too coarse for sums: statistics are f32.
static Type statisticsType(GradBuilder &b, Value x) {
  Type type = getElementTypeOrSelf(x.getType());
  return type.getIntOrFloatBitWidth() < 32 ? Type(b.getBuilder().getF32Type()) : type;
}

// Sum: dy to every element. Maximum and minimum: dy shared by the elements that equal the result.
INGOT_RULE(ReduceOp) {
  Value x = op.getX();
  ArrayRef<int64_t> dimensions = op.getDimensions();
  Value dy = b.expandLike(dys[0], x, dimensions);
  if (op.getKind() == ReduceKind::Sum)
    return {dy};
  Value one = b.splat(1, dy), zero = b.splat(0, dy);
  if (op.getKind() == ReduceKind::Product) {
    // The product of the others: of all that are not zero, by the own one, if no other is zero.
    Value isZero = b.isZero(x), factors = b.select(isZero, one, x), zeros = b.select(isZero, one, zero);
    Value all = b.make<ReduceOp>(ReduceKind::Product, factors, dimensions);
    Value others = b.div(b.mul(dy, b.expandLike(all, x, dimensions)), factors);
    return {b.select(b.isZero(b.sub(b.sumBack(zeros, dimensions), zeros)), others, zero)};
  }
  Value taken = b.compare(Comparison::EQ, x, b.expandLike(op.getResult(), x, dimensions));
  Value share = b.select(taken, one, zero);
  return {b.div(b.mul(dy, share), b.sumBack(share, dimensions))};
}

// dx = y * (dy - sum(dy * y)), the sum along the axis.
INGOT_RULE(SoftmaxOp) {
  Value y = op.getResult(), dy = dys[0];
  return {b.mul(y, b.sub(dy, b.sumBack(b.mul(dy, y), static_cast<int64_t>(op.getAxis()))))};
}

// dx = dy - exp(y) * sum(dy), the sum along the axis.
INGOT_RULE(LogSoftmaxOp) {
  Value y = op.getResult(), dy = dys[0];
  return {b.sub(dy, b.mul(b.make<ExpOp>(y), b.sumBack(dy, static_cast<int64_t>(op.getAxis()))))};
}

// With r = 1 / sqrt(mean((x - mean(x))^2) + epsilon): dx = r * (dy - mean(dy) - y * mean(dy * y)). With `rms` no mean is
// subtracted.
INGOT_RULE(NormalizeOp) {
  ArrayRef<int64_t> dimensions = op.getDimensions();
  Type type = statisticsType(b, op.getX());
  Value x = b.castElements(op.getX(), type), y = b.castElements(op.getResult(), type), dy = b.castElements(dys[0], type);
  Value centred = op.getRms() ? x : b.sub(x, b.meanBack(x, dimensions));
  Value variance = b.meanBack(b.mul(centred, centred), dimensions);
  Value r = b.make<RsqrtOp>(b.add(variance, b.splat(op.getEpsilon().convertToDouble(), variance)));
  Value rest = b.sub(dy, b.mul(y, b.meanBack(b.mul(dy, y), dimensions)));
  if (!op.getRms())
    rest = b.sub(rest, b.meanBack(dy, dimensions));
  return {b.castElements(b.mul(r, rest), getElementTypeOrSelf(op.getX().getType()))};
}

// Dao et al., "FlashAttention", section 3 and appendix B: with p = softmax(s), dv = p^T dy, dp = dy v^T, ds = p * (dp - sum(dy *
// y)), dq = ds k * scale, dk = ds^T q * scale. The query heads that share a key head lie below each other.
INGOT_RULE(AttentionOp) {
  SizeMath math = b.math();
  Value q = op.getQ(), k = op.getK(), v = op.getV(), dy = dys[0];
  Type element = getElementTypeOrSelf(q.getType()), wide = statisticsType(b, q);
  double factor = op.getScale().convertToDouble();
  Sizes qs = b.sizes(q), ks = b.sizes(k), vs = b.sizes(v);
  bool grouped = !areSizesEqual(q, 1, k, 1);
  OpFoldResult rows = grouped ? math.mul(math.div(qs[1], ks[1]), qs[2]) : qs[2];
  Sizes scoreSizes{qs[0], qs[1], qs[2], ks[2]}, sharedSizes{qs[0], ks[1], rows, ks[2]};
  auto share = [&](Value x, OpFoldResult last) { return grouped ? b.reshape(x, Sizes{qs[0], ks[1], rows, last}) : x; };
  auto spread = [&](Value x, OpFoldResult last) { return grouped ? b.reshape(x, Sizes{qs[0], qs[1], qs[2], last}) : x; };
  const SmallVector<int64_t> batch{0, 1};
  auto contract = [&](Value lhs, Value rhs, int64_t lhsDim, int64_t rhsDim, Type type) {
    return b.make<ContractOp>(lhs, rhs, batch, batch, ArrayRef<int64_t>{lhsDim}, ArrayRef<int64_t>{rhsDim}, type);
  };

  Value queries = share(q, qs[3]), dyRows = share(dy, vs[3]);
  Value scores = spread(contract(queries, k, 3, 3, wide), ks[2]);
  scores = b.mul(scores, b.splat(factor, scores));
  if (Value mask = op.getMask()) {
    SmallVector<int64_t> maybeOne;
    for (int64_t dim = 0; dim < 4; ++dim)
      if (op.getMask().getType().isDynamicDim(dim) && !areSizesEqual(mask, dim, dim == 3 ? k : q, dim == 3 ? 2 : dim))
        maybeOne.push_back(dim);
    Value wideMask = b.castElements(mask, wide);
    scores = b.add(scores, b.make<BroadcastOp>(wideMask, ArrayRef<int64_t>{0, 1, 2, 3}, scoreSizes, maybeOne));
  }
  if (op.getCausal()) {
    Type integer = b.getBuilder().getI64Type();
    Value seen = b.compare(Comparison::LE, b.iota(integer, 3, scoreSizes), b.iota(integer, 2, scoreSizes));
    scores = b.select(seen, scores, b.splat(-std::numeric_limits<double>::infinity(), scores));
  }
  Value p = b.make<SoftmaxOp>(scores, 3);
  SmallVector<Value> d(op->getNumOperands());
  if (b.needs(2))
    d[2] = b.cast(contract(share(b.castElements(p, element), ks[2]), dyRows, 2, 2, element), v.getType());
  if (!b.needs(0) && !b.needs(1) && (!op.getMask() || !b.needs(3)))
    return d;
  Value dp = spread(contract(dyRows, v, 3, 3, wide), ks[2]);
  Value through = b.sum(b.mul(b.castElements(dy, wide), b.castElements(op.getResult(), wide)), {3});
  Value ds = b.mul(p, b.sub(dp, b.broadcast(through, {0, 1, 2}, b.sizes(dp))));
  if (op.getMask() && b.needs(3)) {
    // Its rule is that of the broadcast.
    SmallVector<int64_t> summed;
    Sizes split, sizes = b.sizes(op.getMask());
    for (int64_t dim = 0; dim < 4; ++dim) {
      summed.push_back(split.size());
      split.push_back(math.div(scoreSizes[dim], math.max(sizes[dim], b.index(1))));
      split.push_back(sizes[dim]);
    }
    d[3] = b.castElements(b.cast(b.sum(b.reshape(ds, split), summed), op.getMask().getType().clone(wide)), element);
  }
  Value scaled = share(b.castElements(b.mul(ds, b.splat(factor, ds)), element), ks[2]);
  if (b.needs(0))
    d[0] = b.cast(spread(contract(scaled, k, 3, 2, element), qs[3]), q.getType());
  if (b.needs(1))
    d[1] = b.cast(contract(scaled, queries, 2, 2, element), k.getType());
  return d;
}

// The transform is linear; its transpose is the other direction but for the factor n. What `onesided` left out gets zeros, and of a
// real x only the real part counts.
INGOT_RULE(FftOp) {
  Value x = op.getX(), dy = dys[0];
  int64_t axis = op.getAxis(), last = op.getX().getType().getRank() - 1;
  Sizes sizes = b.sizes(x);
  OpFoldResult n = sizes[axis];
  if (op.getOnesided() && !op.getInverse()) {
    Sizes low(last + 1, b.index(0)), high = low;
    high[axis] = b.math().sub(n, b.size(dy, axis));
    dy = b.pad(dy, low, high);
  }
  Value dx = b.make<FftOp>(dy, axis, !op.getInverse());
  Value length = b.broadcast(b.number(n, getElementTypeOrSelf(x.getType())), {}, b.sizes(dx));
  dx = op.getInverse() ? b.div(dx, length) : b.mul(dx, length);
  if (op.getX().getType().getDimSize(last) == 1)
    dx = b.slice(dx, Sizes(last + 1, b.index(0)), sizes);
  return {b.cast(dx, x.getType())};
}
