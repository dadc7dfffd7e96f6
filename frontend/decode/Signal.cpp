//===- Signal.cpp - Fourier transforms and sampling grids -----------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "frontend/Decoder.h"

using namespace mlir;

namespace ingot {
namespace {

/// x cut or filled with zeros to `length` along `axis`.
Value fitTo(ImportBuilder &b, Value x, int64_t axis, Dim length) {
  Dim own = b.size(x, axis);
  if (b.same(own, length))
    return x;
  Value cut = b.sliceAlong(x, axis, b.dim(0), b.minDims(own, length));
  Dims low(rankOf(x), b.dim(0)), high = low;
  high[axis] = b.subDims(length, b.minDims(own, length));
  return b.pad(cut, low, high, b.scalar(0, elementTypeOf(x)));
}

bool checkParts(NodeReader &node, Value x) {
  int64_t parts = shapeOf(x).back();
  if (ShapedType::isDynamic(parts)) {
    (void)node.unsupported("whether its numbers are real or complex is known at run time only", "fix the last size of its input");
    return false;
  }
  return node.check(parts == 1 || parts == 2, "the last dimension must have size 1 (real) or 2 (complex)");
}

Decoded dft(NodeReader &node, ImportBuilder &b) {
  Value x = node.input(0);
  if (!node.checkRank(x, 2) || !checkParts(node, x))
    return failure();
  int64_t axis = -2;
  if (node.opset() < 20) {
    axis = node.i("axis", 1);
  } else if (node.hasInput(2)) {
    auto given = node.constantInt(2);
    if (!given)
      return node.unsupported("an axis that is not known at compile time is not supported");
    axis = *given;
  }
  axis = node.normalizeAxis(axis, rankOf(x));
  if (node.failed() || !node.check(axis < rankOf(x) - 1, "the last dimension holds the parts of numbers and is no axis"))
    return failure();
  bool inverse = node.i("inverse", 0) != 0, onesided = node.i("onesided", 0) != 0;
  Dim length = b.size(x, axis);
  if (onesided && inverse)
    length = b.mulDims(b.subDims(length, b.dim(1)), b.dim(2));
  if (node.hasInput(1)) {
    auto given = node.shapeInput(1);
    if (failed(given) || !node.check(given->size() == 1, "dft_length must be a scalar"))
      return failure();
    length = given->front();
  }
  if (!onesided || !inverse) {
    if (!node.check(!onesided || shapeOf(x).back() == 1, "the transform of complex numbers has two sides"))
      return failure();
    return b.create<FftOp>(fitTo(b, x, axis, length), axis, inverse, onesided);
  }
  // Real numbers from one side of their transform: the other side is its conjugate, backwards.
  if (!node.check(shapeOf(x).back() == 2, "the one-sided inverse needs complex numbers"))
    return failure();
  int64_t last = rankOf(x) - 1;
  Dim one = b.dim(1), bins = b.addDims(b.floorDivDims(length, b.dim(2)), one), others = b.subDims(length, bins);
  x = fitTo(b, x, axis, bins);
  Dims offsets(rankOf(x), b.dim(0)), sizes = b.sizes(x), steps(rankOf(x), one);
  offsets[axis] = others;
  sizes[axis] = others;
  steps[axis] = b.dim(-1);
  Value mirrored = b.slice(x, offsets, sizes, steps);
  Value conjugate = b.concat({b.sliceAlong(mirrored, last, b.dim(0), one), b.create<NegOp>(b.sliceAlong(mirrored, last, one, one))}, last);
  Value whole = b.create<FftOp>(b.concat({x, conjugate}, axis), axis, true, false);
  return b.sliceAlong(whole, last, b.dim(0), one);
}

/// Frames of the signal, weighted by the window, each transformed.
Decoded stft(NodeReader &node, ImportBuilder &b) {
  Value x = node.input(0), window = node.input(2);
  if (!node.checkRank(x, 2, 3) || (window && !node.checkRank(window, 1, 1)))
    return failure();
  if (rankOf(x) == 2)
    x = b.unsqueeze(x, {2});
  auto step = node.shapeInput(1);
  if (!checkParts(node, x) || failed(step) || !node.check(step->size() == 1, "frame_step must be a scalar") ||
      !node.check(!b.known(step->front()) || *b.known(step->front()) > 0, "frame_step must be positive"))
    return failure();
  Dim length;
  if (node.hasInput(3)) {
    auto given = node.shapeInput(3);
    if (failed(given) || !node.check(given->size() == 1, "frame_length must be a scalar"))
      return failure();
    length = given->front();
  } else if (window) {
    length = b.size(window, 0);
  } else {
    return node.fail("it needs a window or a frame_length");
  }
  bool onesided = node.i("onesided", 1) != 0;
  if (!node.check(!onesided || shapeOf(x).back() == 1, "the transform of complex numbers has two sides"))
    return failure();
  Dim frames = b.addDims(b.floorDivDims(b.subDims(b.size(x, 1), length), step->front()), b.dim(1));
  frames = b.maxDims(frames, b.dim(0));
  Type integer = b.getI64Type();
  Value start = b.mul(b.iota(integer, {frames, length}, 0), b.dimScalar(step->front(), integer));
  Value framed = b.create<GatherOp>(x, b.add(start, b.iota(integer, {frames, length}, 1)), 1);
  if (window)
    framed = b.mul(framed, b.reshape(b.castTo(window, elementTypeOf(x)), {b.dim(1), b.dim(1), length, b.dim(1)}));
  return b.create<FftOp>(framed, 2, false, onesided);
}

/// The points of a regular grid between -1 and 1, moved by an affine map; the last dimension first.
Decoded affineGrid(NodeReader &node, ImportBuilder &b) {
  Value theta = node.input(0);
  auto size = node.shapeInput(1);
  if (failed(size) || !node.checkRank(theta, 3, 3) ||
      !node.check(size->size() == 4 || size->size() == 5, "its size must have four or five numbers"))
    return failure();
  int64_t spatial = size->size() - 2;
  bool alignCorners = node.i("align_corners", 0) != 0;
  for (auto [d, wanted] : {std::pair(1, spatial), std::pair(2, spatial + 1)})
    if (auto known = b.known(b.size(theta, d)); !node.check(!known || *known == wanted, "theta does not fit the number of dimensions"))
      return failure();
  Type type = elementTypeOf(theta);
  Dims points = {size->front()};
  points.append(size->begin() + 2, size->end());
  SmallVector<Value> coordinates; // of the last dimension first
  for (int64_t d = spatial; d > 0; --d) {
    Value index = b.castTo(b.iota(b.getI64Type(), points, d), type);
    Value count = b.castTo(b.dimScalar(points[d]), type);
    coordinates.push_back(alignCorners ? b.sub(b.div(b.mul(index, 2), b.max(b.sub(count, 1), b.scalar(1, type))), 1)
                                       : b.sub(b.div(b.add(b.mul(index, 2), 1), count), 1));
  }
  Dims perImage(spatial + 1, b.dim(1));
  perImage[0] = b.size(theta, 0);
  SmallVector<Value> results;
  for (int64_t row = 0; row < spatial; ++row) {
    Value numbers = b.pick(theta, 1, b.dim(row));
    auto factor = [&](int64_t column) { return b.reshape(b.pick(numbers, 1, b.dim(column)), perImage); };
    Value sum = b.broadcastTo(factor(spatial), points);
    for (int64_t d = 0; d < spatial; ++d)
      sum = b.add(sum, b.mul(coordinates[d], factor(d)));
    results.push_back(b.unsqueeze(sum, {spatial + 1}));
  }
  return b.concat(results, spatial + 1);
}

} // namespace

void registerSignal(DecoderTable &table) {
  table.on("DFT", 17, dft);
  table.on("STFT", 17, stft);
  table.on("AffineGrid", 20, affineGrid);
}

} // namespace ingot
