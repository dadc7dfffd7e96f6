//===- Movement.cpp - Gradients of data movement ---------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ir/Grad/Grad.h"

using namespace mlir;
using namespace ingot;

using Sizes = SmallVector<OpFoldResult>;

INGOT_RULE(ReshapeOp) {
  return {b.reshapeLike(dys[0], op.getX())};
}
INGOT_RULE(TransposeOp) {
  return {b.transpose(dys[0], invertPermutation(op.getPermutation()))};
}
INGOT_RULE(ReverseOp) {
  return {b.make<ReverseOp>(dys[0], op.getDimensions())};
}

// Sum over what was repeated. A dimension that is repeated if it is 1 at run time is split into its size and how often that was.
INGOT_RULE(BroadcastOp) {
  SizeMath math = b.math();
  Value dy = dys[0];
  Sizes sizes = b.sizes(dy), split;
  SmallVector<int64_t> sources(sizes.size(), -1), summed, kept;
  for (auto [dim, target] : llvm::enumerate(op.getDimensions()))
    if (op.getX().getType().getDimSize(dim) != 1 || sizes[target] == b.index(1))
      sources[target] = dim;
  bool splits = false;
  for (auto [target, size] : llvm::enumerate(sizes)) {
    int64_t source = sources[target];
    if (source < 0) {
      summed.push_back(split.size());
      split.push_back(size);
      continue;
    }
    bool maybe = op.getX().getType().isDynamicDim(source) && op.mayRepeat(source) &&
                 !areSizesEqual(op.getX(), source, op.getResult(), target);
    if (maybe) {
      OpFoldResult own = b.size(op.getX(), source);
      summed.push_back(split.size());
      split.push_back(math.div(size, math.max(own, b.index(1))));
      size = own;
      splits = true;
    }
    split.push_back(size);
    kept.push_back(source);
  }
  Value sum = b.sum(splits ? b.reshape(dy, split) : dy, summed);
  // Dimension i of the sum is that of x's dimension kept[i]; those of size 1 that were repeated come back by the reshape.
  SmallVector<int64_t> ascending(kept), order;
  llvm::sort(ascending);
  for (int64_t source : ascending)
    order.push_back(std::distance(kept.begin(), llvm::find(kept, source)));
  return {b.reshapeLike(b.transpose(sum, order), op.getX())};
}

// The cotangent of each input is its slice.
INGOT_RULE(ConcatOp) {
  SizeMath math = b.math();
  SmallVector<Value> cotangents;
  OpFoldResult offset = b.index(0);
  for (auto [i, input] : llvm::enumerate(op.getInputs())) {
    Sizes sizes = b.sizes(input), offsets(sizes.size(), b.index(0));
    offsets[op.getAxis()] = offset;
    cotangents.push_back(b.needs(i) ? b.cast(b.slice(dys[0], offsets, sizes), input.getType()) : Value());
    offset = math.add(offset, sizes[op.getAxis()]);
  }
  return cotangents;
}

// Zeros, but dy where it was read from.
INGOT_RULE(SliceOp) {
  SizeMath math = b.math();
  Value dy = dys[0];
  Sizes offsets = op.getMixedOffsets(), steps = op.getMixedSteps(), all = b.sizes(op.getX()), low, high;
  for (auto [dim, size] : llvm::enumerate(all)) {
    std::optional<int64_t> known = getConstantIntValue(steps[dim]);
    OpFoldResult count = b.size(dy, dim), offset = offsets[dim];
    if (!known) {
      // In which direction only the run knows: position i goes to offset + i * step.
      Type integer = b.getBuilder().getI64Type();
      auto repeated = [&](OpFoldResult number) { return b.broadcast(b.number(number, integer), {}, {count}); };
      Value target = b.add(b.mul(b.iota(integer, 0, {count}), repeated(steps[dim])), repeated(offset));
      dy = b.scatterAlong(dy, target, dim, size);
      low.push_back(b.index(0));
      high.push_back(b.index(0));
      continue;
    }
    int64_t step = *known;
    if (step < 0) {
      dy = b.make<ReverseOp>(dy, ArrayRef<int64_t>{static_cast<int64_t>(dim)});
      step = -step;
      offset = math.sub(offset, math.mul(math.sub(count, b.index(1)), b.index(step)));
    }
    dy = b.interleave(dy, dim, step);
    low.push_back(offset);
    high.push_back(math.sub(math.sub(size, offset), math.mul(count, b.index(step))));
  }
  return {b.cast(b.pad(dy, low, high), op.getX().getType())};
}

// x where it was not replaced, the update where it went.
INGOT_RULE(UpdateSliceOp) {
  Value dx, dupdate;
  if (b.needs(0))
    dx = b.make<UpdateSliceOp>(dys[0], b.splat(0, op.getUpdate()), op.getMixedOffsets());
  if (b.needs(1))
    dupdate = b.cast(b.slice(dys[0], op.getMixedOffsets(), b.sizes(op.getUpdate())), op.getUpdate().getType());
  return {b.cast(dx, op.getX().getType()), dupdate};
}

INGOT_RULE(PadOp) {
  SizeMath math = b.math();
  Value x = op.getX(), dy = dys[0];
  Sizes low = op.getMixedLow(), high = op.getMixedHigh(), sizes = b.sizes(x);
  if (op.getMode() == PadMode::Constant) {
    auto isNatural = [](OpFoldResult size) { return getConstantIntValue(size).value_or(-1) >= 0; };
    Value dx;
    if (llvm::all_of(low, isNatural) && llvm::all_of(high, isNatural)) {
      dx = b.slice(dy, low, sizes);
    } else {
      auto negated = [&](OpFoldResult size) { return math.sub(b.index(0), size); };
      dx = b.pad(dy, llvm::map_to_vector(low, negated), llvm::map_to_vector(high, negated));
    }
    // All of dy that did not come from x.
    Value dvalue = b.needs(1) ? b.sub(b.sumAll(dy), b.sumAll(dx)) : Value();
    return {b.cast(dx, x.getType()), dvalue};
  }
  for (auto [dim, size] : llvm::enumerate(sizes)) {
    if (isZeroInteger(low[dim]) && isZeroInteger(high[dim]))
      continue;
    // Which element is read where, is what the same padding makes of the elements' indices.
    Type integer = b.getBuilder().getI64Type();
    Value read =
        b.make<PadOp>(b.iota(integer, 0, {size}), b.scalar(0, integer), ArrayRef(low[dim]), ArrayRef(high[dim]), op.getMode());
    dy = b.scatterAlong(dy, read, dim, size);
  }
  return {b.cast(dy, x.getType())};
}
