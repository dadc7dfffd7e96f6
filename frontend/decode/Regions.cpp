//===- Regions.cpp - Pooling of regions, deformed and folded windows ----------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Operators whose windows lie where data say. All of them gather from, or add to, elements at computed indices, with weights that
// are ordinary arithmetic: so they have gradients, by the positions as well.
//
//===----------------------------------------------------------------------===//

#include "frontend/Decoder.h"

using namespace mlir;

namespace ingot {
namespace {

Type computeTypeOf(ImportBuilder &b, Value x) {
  return elementTypeOf(x).isF64() ? Type(b.getF64Type()) : Type(b.getF32Type());
}
Value lengthOf(ImportBuilder &b, Dim size, Type type) {
  return b.castTo(b.dimScalar(size), type);
}
/// Whole numbers as indices, a new last dimension for each of a tuple's entries.
Value asIndex(ImportBuilder &b, Value whole) {
  return b.unsqueeze(b.castTo(whole, b.getI64Type()), {rankOf(whole)});
}

//===--- RoiAlign ----------------------------------------------------------===//

/// The points of all regions along one spatial dimension: [regions, points].
struct RegionPoints {
  Value low, high, fraction; ///< the neighbours and how far the point is from the lower one
  Value inside;              ///< whether the point is in the image (or at most one pixel outside)
  Value taken;               ///< whether the region has so many points; null where all have
  Value count;               ///< [regions], points a bin
  Dim perBin;                ///< the most of any region
};

class RegionAligner {
public:
  RegionAligner(NodeReader &node, ImportBuilder &b)
      : node(node), b(b), x(node.input(0)), regions(node.input(1)), type(computeTypeOf(b, x)),
        halfPixel(node.opset() >= 16 && node.s("coordinate_transformation_mode", "half_pixel") == "half_pixel"),
        isMax(node.s("mode", "avg") == "max"), ratio(node.i("sampling_ratio", 0)) {}

  Value align() {
    int64_t height = node.i("output_height", 1), width = node.i("output_width", 1);
    RegionPoints rows = pointsAlong(1, b.size(x, 2), height), columns = pointsAlong(0, b.size(x, 3), width);
    image = b.castTo(b.transpose(x, {0, 2, 3, 1}), type);
    points = {b.size(regions, 0), b.size(rows.low, 1), b.size(columns.low, 1)};
    Value result;
    for (bool lower : {true, false})
      for (bool left : {true, false}) {
        Value weight = b.mul(alongRows(lower ? b.rsub(1, rows.fraction) : rows.fraction),
                             alongColumns(left ? b.rsub(1, columns.fraction) : columns.fraction));
        Value pixel = gather(lower ? rows.low : rows.high, left ? columns.low : columns.high);
        Value term = b.mul(pixel, spread(weight, pixel));
        // ONNX's maximum is that of the weighted neighbours.
        result = !result ? term : isMax ? b.max(result, term) : b.add(result, term);
      }
    Value inside = b.create<AndOp>(alongRows(rows.inside), alongColumns(columns.inside));
    result = b.select(spread(inside, result), result, b.splatLike(0, result));
    if (rows.taken) {
      Value taken = b.create<AndOp>(alongRows(rows.taken), alongColumns(columns.taken));
      result = b.select(spread(taken, result), result, b.splatLike(isMax ? -std::numeric_limits<float>::max() : 0, result));
    }
    Dim channels = b.size(x, 1);
    result = b.reshape(result, {points[0], b.dim(height), rows.perBin, b.dim(width), columns.perBin, channels});
    result = b.reduce(isMax ? ReduceKind::Max : ReduceKind::Sum, result, {2, 4}, /*keepDims=*/false);
    if (!isMax)
      result = b.div(result, b.broadcastAlong(b.mul(rows.count, columns.count), {0}, b.sizes(result)));
    return b.castTo(b.transpose(result, {0, 3, 1, 2}), elementTypeOf(x));
  }

private:
  Value alongRows(Value v) { return b.broadcastAlong(v, {0, 1}, points); }
  Value alongColumns(Value v) { return b.broadcastAlong(v, {0, 2}, points); }
  Value spread(Value v, Value like) { return b.broadcastAlong(v, {0, 1, 2}, b.sizes(like)); }

  Value gather(Value row, Value column) {
    Value batch = b.broadcastAlong(b.castTo(node.input(2), b.getI64Type()), {0}, points);
    Value indices = b.concat({b.unsqueeze(batch, {3}), asIndex(b, alongRows(row)), asIndex(b, alongColumns(column))}, 3);
    return b.create<GatherNdOp>(image, indices);
  }

  /// `first` is 0 for x and 1 for y: a region is x1, y1, x2, y2.
  RegionPoints pointsAlong(int64_t first, Dim size, int64_t bins) {
    Value corners = b.castTo(regions, type);
    auto corner = [&](int64_t i) {
      return b.sub(b.mul(b.pick(corners, 1, b.dim(i)), node.f("spatial_scale", 1)), halfPixel ? 0.5 : 0.0);
    };
    Value start = corner(first), length = b.sub(corner(first + 2), start);
    if (!halfPixel)
      length = b.max(length, b.scalar(1, type));
    Value bin = b.div(length, static_cast<double>(bins));
    RegionPoints result;
    if (ratio > 0) {
      result.count = b.splatLike(static_cast<double>(ratio), start);
      result.perBin = b.dim(ratio);
    } else {
      result.count = b.max(b.create<CeilOp>(bin), b.scalar(1, type));
      Value most = b.max(b.reduce(ReduceKind::Max, result.count, {0}, /*keepDims=*/false), b.scalar(1, type));
      result.perBin = b.extractDim(b.castTo(most, b.getI64Type()));
    }
    Dims sizes = {b.size(regions, 0), b.dim(bins), result.perBin}, flat = {sizes[0], b.mulDims(sizes[1], sizes[2])};
    auto all = [&](Value v) { return b.broadcastAlong(v, {0}, sizes); };
    Value place = b.iota(type, sizes, 2);
    Value at = b.add(b.add(all(start), b.mul(b.iota(type, sizes, 1), all(bin))),
                     b.div(b.mul(b.add(place, 0.5), all(bin)), all(result.count)));
    if (ratio <= 0)
      result.taken = b.reshape(b.compare(Comparison::LT, place, all(result.count)), flat);
    at = b.reshape(at, flat);
    Value extent = lengthOf(b, size, type), last = b.sub(extent, 1);
    result.inside = b.create<AndOp>(b.compare(Comparison::GE, at, -1), b.compare(Comparison::LE, at, extent));
    at = b.max(b.min(at, last), b.scalar(0, type));
    result.low = b.create<FloorOp>(at);
    result.fraction = b.sub(at, result.low);
    result.high = b.min(b.add(result.low, 1), last);
    return result;
  }

  NodeReader &node;
  ImportBuilder &b;
  Value x, regions, image;
  Type type;
  bool halfPixel, isMax;
  int64_t ratio;
  Dims points;
};

Decoded roiAlign(NodeReader &node, ImportBuilder &b) {
  if (!node.checkRank(node.input(0), 4, 4) || !node.checkRank(node.input(1), 2, 2) || !node.checkRank(node.input(2), 1, 1))
    return failure();
  StringRef mode = node.s("mode", "avg");
  if (!node.check(mode == "avg" || mode == "max", "mode must be 'avg' or 'max'") ||
      !node.check(node.i("output_height", 1) > 0 && node.i("output_width", 1) > 0, "its output sizes must be positive") ||
      !node.check(b.known(b.size(node.input(1), 1)).value_or(4) == 4, "a region must have four corners"))
    return failure();
  return RegionAligner(node, b).align();
}

//===--- MaxRoiPool --------------------------------------------------------===//

/// Along one dimension a bin takes whole pixels: first over columns, then over rows, each maximum masked by who belongs to the bin.
Decoded maxRoiPool(NodeReader &node, ImportBuilder &b) {
  Value x = node.input(0), regions = node.input(1);
  SmallVector<int64_t> pooled = node.ints("pooled_shape");
  if (!node.checkRank(x, 4, 4) || !node.checkRank(regions, 2, 2) ||
      !node.check(pooled.size() == 2 && pooled[0] > 0 && pooled[1] > 0, "pooled_shape must be two positive sizes"))
    return failure();
  Type type = computeTypeOf(b, x);
  regions = b.castTo(regions, type);
  double scale = node.f("spatial_scale", 1);
  Dim count = b.size(regions, 0);
  Value batch = b.castTo(b.pick(regions, 1, b.dim(0)), b.getI64Type());
  Value image = b.create<GatherOp>(b.castTo(x, type), batch, uint64_t(0)); // [regions, C, H, W]
  // [regions, bins, pixels]: whether the pixel is in the bin.
  auto members = [&](int64_t first, int64_t bins, Dim size) {
    // Halves are rounded away from 0.
    auto corner = [&](int64_t i) {
      Value v = b.mul(b.pick(regions, 1, b.dim(i)), scale);
      return b.mul(b.create<SignOp>(v), b.create<FloorOp>(b.add(b.create<AbsOp>(v), 0.5)));
    };
    Value start = corner(first), length = b.max(b.add(b.sub(corner(first + 2), start), 1), b.scalar(1, type));
    Value bin = b.div(length, static_cast<double>(bins));
    Dims edges = {count, b.dim(bins)}, all = {count, b.dim(bins), size};
    auto spread = [&](Value v) { return b.broadcastAlong(v, {0}, edges); };
    Value place = b.iota(type, edges, 1), pixel = b.iota(type, all, 2);
    Value low = b.add(b.create<FloorOp>(b.mul(place, spread(bin))), spread(start));
    Value high = b.add(b.create<CeilOp>(b.mul(b.add(place, 1), spread(bin))), spread(start));
    auto at = [&](Value v) { return b.broadcastAlong(v, {0, 1}, all); };
    return Value(b.create<AndOp>(b.compare(Comparison::GE, pixel, at(low)), b.compare(Comparison::LT, pixel, at(high))));
  };
  // x: [regions, C, rest, pixels] to [regions, C, rest, bins].
  auto maximum = [&](Value v, Value member) {
    Dims sizes = b.sizes(v), all = {sizes[0], sizes[1], sizes[2], b.size(member, 1), sizes[3]};
    Value wide = b.broadcastAlong(v, {0, 1, 2, 4}, all);
    Value lowest = b.splatLike(-std::numeric_limits<float>::max(), wide);
    return b.reduce(ReduceKind::Max, b.select(b.broadcastAlong(member, {0, 3, 4}, all), wide, lowest), {4}, /*keepDims=*/false);
  };
  Value rows = members(2, pooled[0], b.size(x, 2)), columns = members(1, pooled[1], b.size(x, 3));
  Value result = maximum(image, columns);
  result = b.swapDims(maximum(b.swapDims(result, 2, 3), rows), 2, 3);
  // A bin without pixels is 0.
  auto isEmpty = b.compare(Comparison::LE, result, -std::numeric_limits<float>::max());
  return b.castTo(b.select(isEmpty, b.splatLike(0, result), result), elementTypeOf(x));
}

//===--- DeformConv --------------------------------------------------------===//

Decoded deformConv(NodeReader &node, ImportBuilder &b) {
  Value x = node.input(0), w = node.input(1), offset = node.input(2);
  if (rankOf(x) != 4)
    return node.unsupported("only two spatial dimensions are supported");
  if (!node.checkRank(w, 4, 4) || !node.checkRank(offset, 4, 4))
    return failure();
  int64_t groups = node.i("group", 1), offsetGroups = node.i("offset_group", 1), kh = shapeOf(w)[2], kw = shapeOf(w)[3];
  SmallVector<int64_t> strides = node.ints("strides", {1, 1}), dilations = node.ints("dilations", {1, 1}),
                       pads = node.ints("pads", {0, 0, 0, 0});
  if (ShapedType::isDynamic(kh) || ShapedType::isDynamic(kw))
    return node.unsupported("the sizes of its filter are not known at compile time");
  if (!node.check(groups > 0 && offsetGroups > 0, "group and offset_group must be positive") ||
      !node.check(strides.size() == 2 && dilations.size() == 2 && pads.size() == 4,
                  "strides, dilations and pads must be of two dimensions"))
    return failure();
  int64_t taps = kh * kw;
  Type type = computeTypeOf(b, x);
  Dim channels = b.size(x, 1), perOffset = b.floorDivDims(channels, b.dim(offsetGroups)), inputs = b.size(w, 1);
  for (auto [size, parts] : {std::pair(b.known(channels), offsetGroups), std::pair(b.known(b.size(w, 0)), groups)})
    if (!node.check(size.value_or(0) % parts == 0, "its channels are no multiple of its groups"))
      return failure();
  Dims out = {b.size(offset, 2), b.size(offset, 3)};
  Dims grid = {b.size(x, 0), b.dim(offsetGroups), b.dim(taps), out[0], out[1]}; // of sampled points
  Value shifts = b.reshape(b.castTo(offset, type), {grid[0], grid[1], grid[2], b.dim(2), out[0], out[1]});
  Value image =
      b.transpose(b.reshape(b.castTo(x, type), {grid[0], grid[1], perOffset, b.size(x, 2), b.size(x, 3)}), {0, 1, 3, 4, 2});

  // Where the points lie along spatial dimension d.
  auto coordinate = [&](int64_t d) {
    SmallVector<double> ofTap;
    for (int64_t tap = 0; tap < taps; ++tap)
      ofTap.push_back(static_cast<double>((d ? tap % kw : tap / kw) * dilations[d] - pads[d]));
    Value start = b.broadcastAlong(b.constantFloats(ofTap, type), {2}, grid);
    Value window = b.mul(b.iota(type, grid, 3 + d), static_cast<double>(strides[d]));
    return b.add(b.add(start, window), b.pick(shifts, 3, b.dim(d)));
  };
  Value y = coordinate(0), column = coordinate(1), top = b.create<FloorOp>(y), left = b.create<FloorOp>(column);
  Value down = b.sub(y, top), right = b.sub(column, left);
  auto inRange = [&](Value at, int64_t d) {
    Value last = b.sub(lengthOf(b, b.size(x, 2 + d), type), 1);
    return Value(b.create<AndOp>(b.compare(Comparison::GE, at, 0.0), b.compare(Comparison::LE, at, last)));
  };
  auto clamped = [&](Value at, int64_t d) {
    return b.max(b.min(at, b.sub(lengthOf(b, b.size(x, 2 + d), type), 1)), b.scalar(0, type));
  };
  Value patches;
  for (int dy = 0; dy < 2; ++dy)
    for (int dx = 0; dx < 2; ++dx) {
      Value row = b.add(top, dy), at = b.add(left, dx);
      Value weight = b.mul(dy ? down : b.rsub(1, down), dx ? right : b.rsub(1, right));
      Value inside = b.create<AndOp>(inRange(row, 0), inRange(at, 1));
      weight = b.select(inside, weight, b.splatLike(0, weight));
      Value indices = b.concat({asIndex(b, clamped(row, 0)), asIndex(b, clamped(at, 1))}, 5);
      Value pixel = b.create<GatherNdOp>(image, indices, 2); // [N, offset groups, taps, oh, ow, channels of the group]
      Value term = b.mul(pixel, b.broadcastAlong(weight, {0, 1, 2, 3, 4}, b.sizes(pixel)));
      patches = patches ? b.add(patches, term) : term;
    }
  if (node.hasInput(4)) {
    Value mask = b.reshape(b.castTo(node.input(4), type), grid);
    patches = b.mul(patches, b.broadcastAlong(mask, {0, 1, 2, 3, 4}, b.sizes(patches)));
  }
  patches = b.reshape(b.transpose(patches, {0, 3, 4, 2, 1, 5}), {grid[0], out[0], out[1], grid[2], b.dim(groups), inputs});
  Dim perGroup = b.floorDivDims(b.size(w, 0), b.dim(groups));
  Value filter = b.reshape(b.castTo(w, type), {b.dim(groups), perGroup, inputs, grid[2]});
  Value product = b.create<ContractOp>(patches, filter, ArrayRef<int64_t>{4}, ArrayRef<int64_t>{0}, ArrayRef<int64_t>{3, 5},
                                       ArrayRef<int64_t>{3, 2}); // [groups, N, oh, ow, outputs of the group]
  Value result = b.reshape(b.transpose(product, {1, 0, 4, 2, 3}), {grid[0], b.size(w, 0), out[0], out[1]});
  if (node.hasInput(3))
    result = b.add(result, b.broadcastVector(b.castTo(node.input(3), type), 1, result));
  return b.castTo(result, elementTypeOf(x));
}

//===--- Col2Im ------------------------------------------------------------===//

/// Every element of every block is added to its place in the image with its padding, which then is cut off.
Decoded col2Im(NodeReader &node, ImportBuilder &b) {
  Value x = node.input(0);
  FailureOr<Dims> image = node.shapeInput(1), block = node.shapeInput(2);
  if (failed(image) || failed(block) || !node.checkRank(x, 3, 3))
    return failure();
  int64_t rank = image->size();
  SmallVector<int64_t> ones(rank, 1), zeros(2 * rank, 0);
  SmallVector<int64_t> strides = node.ints("strides", ones), dilations = node.ints("dilations", ones),
                       pads = node.ints("pads", zeros);
  if (!node.check(rank > 0 && block->size() == image->size() && strides.size() == size_t(rank) &&
                      dilations.size() == size_t(rank) && pads.size() == size_t(2 * rank),
                  "image_shape, block_shape, strides, dilations and pads must be of the same dimensions"))
    return failure();
  Dims padded, places(*block);
  for (int64_t d = 0; d < rank; ++d) {
    padded.push_back(b.addDims((*image)[d], b.dim(pads[d] + pads[rank + d])));
    Dim covered = b.addDims(b.mulDims(b.subDims((*block)[d], b.dim(1)), b.dim(dilations[d])), b.dim(1));
    places.push_back(b.addDims(b.floorDivDims(b.subDims(padded[d], covered), b.dim(strides[d])), b.dim(1)));
  }
  Type i64 = b.getI64Type();
  Value index;
  for (int64_t d = 0; d < rank; ++d) {
    auto times = [&](Value v, int64_t factor) { return b.mul(v, b.scalarInt(factor, i64)); };
    Value at = b.add(times(b.iota(i64, places, d), dilations[d]), times(b.iota(i64, places, rank + d), strides[d]));
    index = index ? b.add(b.mul(index, b.dimScalar(padded[d])), at) : at;
  }
  Dim elements = b.product(*block), windows = b.product(ArrayRef<Dim>(places).drop_front(rank));
  Dim batch = b.size(x, 0), channels = b.floorDivDims(b.size(x, 1), elements);
  Value updates = b.transpose(b.reshape(x, {batch, channels, elements, windows}), {2, 3, 0, 1});
  Value empty = b.splat(0, elementTypeOf(x), {b.product(padded), batch, channels});
  Value sum = b.create<ScatterNdOp>(empty, b.reshape(index, {elements, windows, b.dim(1)}), updates, ScatterKind::Add);
  Dims unfolded(padded), offsets = {b.dim(0), b.dim(0)}, sizes = {batch, channels};
  unfolded.append({batch, channels});
  SmallVector<int64_t> order = {rank, rank + 1};
  for (int64_t d = 0; d < rank; ++d) {
    order.push_back(d);
    offsets.push_back(b.dim(pads[d]));
    sizes.push_back((*image)[d]);
  }
  return b.slice(b.transpose(b.reshape(sum, unfolded), order), offsets, sizes);
}

//===--- Det ---------------------------------------------------------------===//

/// Elimination with the largest pivot of each column, unrolled: the matrices' size is known.
Decoded determinant(NodeReader &node, ImportBuilder &b) {
  Value x = node.input(0);
  int64_t rank = rankOf(x);
  if (!node.checkRank(x, 2))
    return failure();
  int64_t size = shapeOf(x)[rank - 1];
  constexpr int64_t kMaxSize = 64;
  if (ShapedType::isDynamic(size) || size > kMaxSize)
    return node.unsupported("only matrices of a known size up to " + Twine(kMaxSize) + " are supported");
  if (!node.check(size > 0 && shapeOf(x)[rank - 2] == size, "its matrices are not square"))
    return failure();
  Type type = computeTypeOf(b, x);
  Dims sizes = b.sizes(x);
  Dim count = b.product(ArrayRef<Dim>(sizes).drop_back(2));
  Value rest = b.reshape(b.castTo(x, type), {count, b.dim(size), b.dim(size)});
  Value result = b.splat(1, type, {count});
  for (int64_t n = size; n > 0; --n) {
    Value column = b.pick(rest, 2, b.dim(0)); // [count, n]
    Value best = b.create<ArgReduceOp>(RankedTensorType::get({shapeOf(column)[0]}, b.getI64Type()), ArgKind::Max,
                                       b.create<AbsOp>(column), uint64_t(1), false);
    Value first = b.pick(rest, 1, b.dim(0));
    Value pivotRow = b.create<GatherNdOp>(rest, b.unsqueeze(best, {1}), 1); // [count, n]
    Value pivot = b.pick(pivotRow, 1, b.dim(0));
    Value isSwapped = b.compare(Comparison::NE, best, b.splatLike(0, best));
    result = b.mul(result, b.select(isSwapped, b.create<NegOp>(pivot), pivot));
    if (n == 1)
      break;
    // The row of the pivot goes; the first row takes its place.
    Dims square = {count, b.dim(n), b.dim(n)}, smaller = {count, b.dim(n - 1), b.dim(n - 1)};
    Value isPivot = b.compare(Comparison::EQ, b.iota(b.getI64Type(), square, 1), b.broadcastAlong(best, {0}, square));
    rest = b.select(isPivot, b.broadcastAlong(first, {0, 2}, square), rest);
    Value safe = b.select(b.compare(Comparison::EQ, pivot, 0.0), b.splatLike(1, pivot), pivot);
    Value factors = b.div(b.sliceAlong(b.pick(rest, 2, b.dim(0)), 1, b.dim(1), b.dim(n - 1)),
                          b.broadcastAlong(safe, {0}, {count, b.dim(n - 1)}));
    Value row = b.sliceAlong(pivotRow, 1, b.dim(1), b.dim(n - 1));
    Value outer = b.mul(b.broadcastAlong(factors, {0, 1}, smaller), b.broadcastAlong(row, {0, 2}, smaller));
    rest = b.sub(b.slice(rest, {b.dim(0), b.dim(1), b.dim(1)}, smaller), outer);
  }
  return b.castTo(b.reshape(result, ArrayRef<Dim>(sizes).drop_back(2)), elementTypeOf(x));
}

//===--- TensorScatter -----------------------------------------------------===//

/// The rows of `update` go to the rows of a cache from an index on that each sequence of the batch has of its own.
Decoded tensorScatter(NodeReader &node, ImportBuilder &b) {
  Value cache = node.input(0), update = node.input(1);
  int64_t rank = rankOf(cache), axis = node.axis("axis", -2, rank);
  StringRef mode = node.s("mode", "linear");
  if (node.failed() || !node.checkRank(cache, 2) || !node.checkRank(update, rank, rank) ||
      !node.check(axis > 0, "axis must not be that of the batch") ||
      !node.check(mode == "linear" || mode == "circular", "mode must be 'linear' or 'circular'"))
    return failure();
  Type i64 = b.getI64Type();
  Dims rows = b.sizes(update);
  rows.resize(axis + 1);
  Value at = b.iota(i64, rows, axis);
  if (node.hasInput(2))
    at = b.add(at, b.broadcastAlong(b.castTo(node.input(2), i64), {0}, rows));
  if (mode == "circular")
    at = b.create<RemOp>(at, b.broadcastTo(b.dimScalar(b.size(cache, axis)), rows), /*fmod=*/false);
  SmallVector<Value> indices;
  for (int64_t d = 0; d < axis; ++d)
    indices.push_back(b.unsqueeze(b.iota(i64, rows, d), {axis + 1}));
  indices.push_back(b.unsqueeze(at, {axis + 1}));
  return b.create<ScatterNdOp>(cache, b.concat(indices, axis + 1), update, ScatterKind::Replace);
}

} // namespace

void registerRegions(DecoderTable &table) {
  table.on("RoiAlign", 10, roiAlign);
  table.on("MaxRoiPool", 1, maxRoiPool);
  table.on("DeformConv", 19, deformConv);
  table.on("Col2Im", 18, col2Im);
  table.on("Det", 11, determinant);
  table.on("TensorScatter", 24, tensorScatter);
}

} // namespace ingot
