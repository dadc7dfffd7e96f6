//===- Decompose.cpp - Ops that other ingot ops say ---------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Runs before the conversion, on `ingot` ops, so that what it builds is folded and lowered like everything else.
//
//===----------------------------------------------------------------------===//

#include "ir/Eval/Eval.h"
#include "passes/lower/Lowering.h"

#include <cmath>

using namespace mlir;

namespace ingot::lower {
namespace {

/// Builds `ingot` ops, and constants in their place where the operands are.
struct GraphBuilder {
  LinalgBuilder b;

  GraphBuilder(Operation *op) : b(op->getLoc(), op) {}

  template <typename OpT, typename... Args> Value make(Args &&...args) {
    auto op = OpT::create(b, std::forward<Args>(args)...);
    if (Value folded = foldByEvaluation(b, op)) {
      op.erase();
      return folded;
    }
    return op->getResult(0);
  }

  Sizes fixed(ArrayRef<int64_t> values) { return getAsIndexOpFoldResult(b.getContext(), values); }
  Value scalar(Type element, double value) {
    auto type = RankedTensorType::get({}, element);
    return ConstantOp::create(b, DenseElementsAttr::get(type, Attribute(b.getFloatAttr(element, value))));
  }
  Value splat(Type element, double value, ArrayRef<OpFoldResult> sizes) {
    return BroadcastOp::create(b, scalar(element, value), ArrayRef<int64_t>{}, sizes);
  }
  Value zero(Type element) {
    return ConstantOp::create(b, DenseElementsAttr::get(RankedTensorType::get({}, element), b.getZeroAttr(element)));
  }
  Value reshape(Value x, ArrayRef<OpFoldResult> sizes) { return make<ReshapeOp>(x, sizes); }
  Value transpose(Value x, ArrayRef<int64_t> permutation) { return make<TransposeOp>(x, b.getDenseI64ArrayAttr(permutation)); }
  Value slice(Value x, ArrayRef<OpFoldResult> offsets, ArrayRef<OpFoldResult> sizes) {
    return make<SliceOp>(x, offsets, sizes, Sizes(sizes.size(), b.getIndexAttr(1)));
  }
  Value pad(Value x, ArrayRef<OpFoldResult> low, ArrayRef<OpFoldResult> high) {
    return make<PadOp>(x, zero(elementOf(x)), low, high);
  }
  Value broadcastRows(Value x, ArrayRef<int64_t> dims, ArrayRef<OpFoldResult> sizes) {
    return BroadcastOp::create(b, x, dims, sizes);
  }
};

/// A spatial dimension of a transposed convolution with stride s. Position o = s * i + r of the result reads the elements
/// i + (r + pad) / s - j of dy, and of the filter those that (r + pad) % s + j * s numbers. Where the quotient depends on the upper
/// half of r alone or not at all, r = within * half + b, all positions of one remainder read a window that begins at i + half.
struct PhaseDim {
  int64_t stride, taps, halves, within, low, high;
  bool exact; // the phases make up the result, nothing is cut off
};

std::optional<PhaseDim> getPhases(ConvGradInputOp op, int64_t d, int64_t size, int64_t stride, OpFoldResult resultSize) {
  auto dyType = cast<RankedTensorType>(op.getDy().getType());
  // A single element is spread by the filter alone: any stride gives the same, and this one needs no overlap.
  if (dyType.getDimSize(d + 1) == 1)
    stride = size;
  int64_t pad = op.getPadLow()[d], rest = pad % stride;
  if (pad < 0 || (rest != 0 && 2 * rest != stride))
    return std::nullopt;
  PhaseDim dim;
  dim.stride = stride;
  dim.taps = (size + stride - 1) / stride;
  dim.halves = rest == 0 ? 1 : 2;
  dim.within = stride / dim.halves;
  dim.low = dim.taps - 1 - pad / stride;
  std::optional<int64_t> beyond = constantBeyond(resultSize, stride, op.getDy(), d + 1);
  if (auto known = getConstantIntValue(resultSize); known && !dyType.isDynamicDim(d + 1))
    beyond = *known - stride * dyType.getDimSize(d + 1);
  if (!beyond)
    return std::nullopt;
  dim.high = llvm::divideCeilSigned(*beyond, stride) + dim.halves + dim.taps - 2 - dim.low;
  dim.exact = *beyond % stride == 0;
  if (dim.low < 0 || dim.high < 0)
    return std::nullopt;
  return dim;
}

/// A transposed convolution whose kernel writes each result where it belongs: the remainders are dimensions of the product. Null
/// where the pads do not allow it, or where so few channels would leave most lanes of a vector empty.
Value convGradInputByPhases(GraphBuilder &g, ConvGradInputOp op, Value filter, ArrayRef<int64_t> size, ArrayRef<int64_t> strides,
                            ArrayRef<int64_t> dilations) {
  LinalgBuilder &b = g.b;
  int64_t spatial = strides.size(), channels = size[spatial], features = size[spatial + 1];
  Type element = elementOf(op.getResult());
  if (op.getGroups() != 1 || !(element.isF32() || element.isF64()) || elementOf(op.getDy()) != element)
    return {};
  auto resultType = cast<RankedTensorType>(op.getType());
  Sizes resultSizes = op.getMixedSizes();
  SmallVector<PhaseDim> dims;
  for (int64_t d = 0; d < spatial; ++d) {
    if (!resultType.isDynamicDim(d + 1))
      resultSizes[d] = b.getIndexAttr(resultType.getDimSize(d + 1));
    auto dim = dilations[d] == 1 ? getPhases(op, d, size[d], strides[d], resultSizes[d]) : std::nullopt;
    if (!dim)
      return {};
    dims.push_back(*dim);
  }
  constexpr int64_t leastColumns = 16; // with fewer, all remainders side by side fill a vector better
  if (dims.back().within * channels < leastColumns || llvm::all_of(dims, [](const PhaseDim &dim) { return dim.stride == 1; }))
    return {};

  // The filter as [half, b, ..., half, tap..., feature, (b, channel)].
  SmallVector<int64_t> split, padHigh(spatial + 2, 0), reversed, order, packed;
  for (auto [d, dim] : llvm::enumerate(dims)) {
    padHigh[d] = dim.taps * dim.stride - size[d];
    split.append({dim.taps, dim.halves, dim.within});
    if (dim.taps > 1)
      reversed.push_back(3 * d);
    if (dim.halves > 1)
      reversed.push_back(3 * d + 1);
    order.push_back(3 * d + 1);
    packed.push_back(dim.halves);
    if (static_cast<int64_t>(d) + 1 < spatial) {
      order.push_back(3 * d + 2);
      packed.push_back(dim.within);
    }
  }
  split.append({channels, features});
  for (int64_t d = 0; d < spatial; ++d) {
    order.push_back(3 * d);
    packed.push_back(dims[d].taps);
  }
  order.append({3 * spatial + 1, 3 * spatial - 1, 3 * spatial});
  packed.append({features, dims.back().within * channels});
  if (llvm::any_of(padHigh, [](int64_t p) { return p != 0; }))
    filter = g.pad(filter, g.fixed(SmallVector<int64_t>(spatial + 2, 0)), g.fixed(padHigh));
  filter = g.reshape(filter, g.fixed(split));
  if (!reversed.empty())
    filter = g.make<ReverseOp>(filter.getType(), filter, b.getDenseI64ArrayAttr(reversed));
  filter = g.reshape(g.transpose(filter, order), g.fixed(packed));

  // Loops: n, then for each dimension the position, half and b (the last one with the channels), then taps and features.
  int64_t positions = 1 + 3 * spatial, loops = positions + spatial + 1;
  Sizes low{b.getIndexAttr(0)}, high{b.getIndexAttr(0)}, sizes{b.dim(op.getDy(), 0)};
  SmallVector<AffineExpr> dyExprs{b.getAffineDimExpr(0)};
  SmallVector<int64_t> filterLoops;
  bool pads = false;
  for (auto [d, dim] : llvm::enumerate(dims)) {
    low.push_back(b.getIndexAttr(dim.low));
    high.push_back(b.getIndexAttr(dim.high));
    pads |= dim.low != 0 || dim.high != 0;
    int64_t position = 1 + 3 * d;
    dyExprs.push_back(b.getAffineDimExpr(position) + b.getAffineDimExpr(position + 1) + b.getAffineDimExpr(positions + d));
    filterLoops.push_back(position + 1);
    if (static_cast<int64_t>(d) + 1 < spatial)
      filterLoops.push_back(position + 2);
    // As many positions as there are windows.
    OpFoldResult windows = b.add(b.dim(op.getDy(), d + 1), b.getIndexAttr(dim.low + dim.high + 2 - dim.halves - dim.taps));
    sizes.append({windows, b.getIndexAttr(dim.halves), b.getIndexAttr(dim.within)});
  }
  sizes.back() = b.getIndexAttr(dims.back().within * channels);
  low.push_back(b.getIndexAttr(0));
  high.push_back(b.getIndexAttr(0));
  dyExprs.push_back(b.getAffineDimExpr(loops - 1));
  for (int64_t d = 0; d <= spatial; ++d)
    filterLoops.push_back(positions + d);
  filterLoops.push_back(positions - 1);
  Value dy = pads ? g.pad(op.getDy(), low, high) : Value(op.getDy());
  SmallVector<bool> reduced(loops, false);
  for (int64_t d = positions; d < loops; ++d)
    reduced[d] = true;
  Value y = b.accumulate({{dy, AffineMap::get(loops, 0, dyExprs, b.getContext())}, {filter, b.select(loops, filterLoops)}},
                         b.filled(sizes, b.number(element, 0)), b.select(loops, llvm::to_vector(llvm::seq<int64_t>(0, positions))),
                         reduced, [&](LinalgBuilder &in, ValueRange args) {
                           Element e(in, element);
                           return e.add(args[2], e.mul(args[0], args[1]));
                         });

  Sizes splitSizes = b.sizes(y), joined{splitSizes.front()}, kept{splitSizes.front()};
  splitSizes.back() = b.getIndexAttr(dims.back().within);
  splitSizes.push_back(b.getIndexAttr(channels));
  bool exact = true;
  for (auto [d, dim] : llvm::enumerate(dims)) {
    joined.push_back(b.mul(splitSizes[1 + 3 * d], b.getIndexAttr(dim.stride)));
    kept.push_back(resultSizes[d]);
    exact &= dim.exact;
  }
  joined.push_back(b.getIndexAttr(channels));
  kept.push_back(b.getIndexAttr(channels));
  y = g.reshape(g.reshape(y, splitSizes), joined);
  return exact ? y : g.slice(y, Sizes(spatial + 2, b.getIndexAttr(0)), kept);
}

/// A transposed convolution whose window is no multiple of the stride: each remainder of the result's positions is a convolution of stride 1
/// by the filter's elements of that remainder, however many they are, and its results are stored where they belong. Null where sizes are
/// not known.
Value convGradInputByRemainders(GraphBuilder &g, ConvGradInputOp op, Value filter, ArrayRef<int64_t> size, ArrayRef<int64_t> strides,
                                ArrayRef<int64_t> dilations) {
  LinalgBuilder &b = g.b;
  int64_t spatial = strides.size(), groups = op.getGroups(), channels = size[spatial], perGroup = size[spatial + 1] / groups;
  auto resultType = cast<RankedTensorType>(op.getType()), dyType = cast<RankedTensorType>(op.getDy().getType());
  Type element = elementOf(op.getResult());
  if (!isa<FloatType>(element) || channels * groups < 16)
    return {};
  bool wastes = groups > 1, any = false;
  for (int64_t d = 0; d < spatial; ++d) {
    if (resultType.isDynamicDim(d + 1) || dyType.isDynamicDim(d + 1) || (strides[d] > 1 && dilations[d] > 1))
      return {};
    any |= strides[d] > 1;
    wastes |= size[d] % strides[d] != 0;
  }
  if (!any || !wastes)
    return {};

  struct Remainder {
    int64_t first, step, taps, place, count, low, high; // of the filter's elements, of the result's, and pads
  };
  SmallVector<SmallVector<Remainder>> dims;
  int64_t parts = 1;
  bool covers = true;
  for (int64_t d = 0; d < spatial; ++d) {
    int64_t s = strides[d], pad = op.getPadLow()[d];
    dims.emplace_back();
    for (int64_t r = 0; r < s; ++r) {
      Remainder part{r, s, (size[d] - r + s - 1) / s, (((r - pad) % s) + s) % s, 0, 0, 0};
      part.count = (resultType.getDimSize(d + 1) - part.place + s - 1) / s;
      if (part.taps <= 0 || part.count <= 0) {
        covers &= part.count <= 0;
        continue;
      }
      int64_t base = (part.place + pad - r) / s, reach = (part.taps - 1) * dilations[d];
      part.low = reach - base;
      part.high = base + part.count - dyType.getDimSize(d + 1);
      dims.back().push_back(part);
    }
    parts *= dims.back().size();
  }
  constexpr int64_t mostParts = 16;
  if (parts > mostParts)
    return {};

  Sizes resultSizes = b.sizes(op.getDy());
  for (int64_t d = 0; d < spatial; ++d)
    resultSizes[d + 1] = b.getIndexAttr(resultType.getDimSize(d + 1));
  resultSizes.back() = b.getIndexAttr(channels * groups);
  Value result = covers ? b.empty(resultSizes, element) : b.filled(resultSizes, b.number(element, 0));
  SmallVector<int64_t> ones(spatial, 1);
  for (int64_t part = 0; part < parts; ++part) {
    SmallVector<Remainder> chosen;
    int64_t rest = part;
    for (auto &list : dims) {
      chosen.push_back(list[rest % list.size()]);
      rest /= list.size();
    }
    SmallVector<int64_t> first(spatial + 2, 0), kept(size), step(spatial + 2, 1), reversed, split, order, joined, low, high;
    Sizes crop(spatial + 2, b.getIndexAttr(0)), cropped = b.sizes(op.getDy());
    Sizes offsets(spatial + 2, b.getIndexAttr(0)), steps(spatial + 2, b.getIndexAttr(1));
    bool crops = false;
    for (auto [d, r] : llvm::enumerate(chosen)) {
      first[d] = r.first;
      kept[d] = r.taps;
      step[d] = r.step;
      if (r.taps > 1)
        reversed.push_back(d);
      split.push_back(r.taps);
      order.push_back(d);
      joined.push_back(r.taps);
      low.push_back(std::max<int64_t>(r.low, 0));
      high.push_back(std::max<int64_t>(r.high, 0));
      // Pads that are negative leave elements of dy out.
      if (r.low < 0 || r.high < 0) {
        crop[d + 1] = b.getIndexAttr(std::max<int64_t>(-r.low, 0));
        cropped[d + 1] = b.getIndexAttr(dyType.getDimSize(d + 1) + std::min<int64_t>(r.low, 0) + std::min<int64_t>(r.high, 0));
        crops = true;
      }
      offsets[d + 1] = b.getIndexAttr(r.place);
      steps[d + 1] = b.getIndexAttr(r.step);
    }
    Value own = g.make<SliceOp>(filter, g.fixed(first), g.fixed(kept), g.fixed(step));
    if (!reversed.empty())
      own = g.make<ReverseOp>(own.getType(), own, b.getDenseI64ArrayAttr(reversed));
    split.append({channels, groups, perGroup});
    order.append({spatial + 2, spatial + 1, spatial});
    joined.append({perGroup, groups * channels});
    own = g.reshape(g.transpose(g.reshape(own, g.fixed(split)), order), g.fixed(joined));
    Value dy = crops ? g.slice(op.getDy(), crop, cropped) : Value(op.getDy());
    Value y = ConvOp::create(b, dy, own, ones, dilations, low, high, groups, element);
    result = tensor::InsertSliceOp::create(b, y, result, offsets, b.sizes(y), steps);
  }
  return result;
}

/// Transposed convolution. With stride s, result positions i = s * q + r - pad of one remainder r are a convolution with stride 1
/// by every s-th filter element: all of them together are one convolution with s^k times the channels, whose result is interleaved.
/// A filter that is no multiple of the stride is padded to one.
Value decomposeConvGradInput(ConvGradInputOp op) {
  GraphBuilder g(op);
  LinalgBuilder &b = g.b;
  Value dy = op.getDy(), filter = op.getFilter();
  auto filterType = cast<RankedTensorType>(filter.getType());
  int64_t spatial = op.getStrides().size(), groups = op.getGroups();
  if (!filterType.hasStaticShape())
    return {};
  SmallVector<int64_t> strides(op.getStrides()), dilations(op.getDilations());

  // A dilated filter under a stride is the filter with its gaps written out.
  SmallVector<int64_t> size(filterType.getShape());
  for (int64_t d = 0; d < spatial; ++d) {
    if (strides[d] == 1 || dilations[d] == 1)
      continue;
    SmallVector<int64_t> split(size), padHigh(size.size() + 1, 0), joined(size);
    split.insert(split.begin() + d + 1, 1);
    filter = g.reshape(filter, g.fixed(split));
    padHigh[d + 1] = dilations[d] - 1;
    filter = g.pad(filter, g.fixed(SmallVector<int64_t>(split.size(), 0)), g.fixed(padHigh));
    joined[d] = size[d] * dilations[d];
    filter = g.reshape(filter, g.fixed(joined));
    SmallVector<int64_t> kept(joined);
    kept[d] = (size[d] - 1) * dilations[d] + 1;
    filter = g.slice(filter, g.fixed(SmallVector<int64_t>(kept.size(), 0)), g.fixed(kept));
    size = kept;
    dilations[d] = 1;
  }

  if (Value y = convGradInputByRemainders(g, op, filter, size, strides, dilations))
    return y;
  if (Value y = convGradInputByPhases(g, op, filter, size, strides, dilations))
    return y;

  // [k..., C/g, F] to [t, s, t, s, ..., C/g, g, F/g], the filter padded to t * s.
  int64_t channels = size[spatial], features = size[spatial + 1], perGroup = features / groups;
  SmallVector<int64_t> taps(spatial), padHigh(spatial + 2, 0), split;
  for (int64_t d = 0; d < spatial; ++d) {
    taps[d] = (size[d] + strides[d] - 1) / strides[d];
    padHigh[d] = taps[d] * strides[d] - size[d];
    split.append({taps[d], strides[d]});
  }
  split.append({channels, groups, perGroup});
  if (llvm::any_of(padHigh, [](int64_t p) { return p != 0; }))
    filter = g.pad(filter, g.fixed(SmallVector<int64_t>(spatial + 2, 0)), g.fixed(padHigh));
  filter = g.reshape(filter, g.fixed(split));
  SmallVector<int64_t> reversed;
  for (int64_t d = 0; d < spatial; ++d)
    if (taps[d] > 1)
      reversed.push_back(2 * d);
  if (!reversed.empty())
    filter = g.make<ReverseOp>(filter.getType(), filter, b.getDenseI64ArrayAttr(reversed));
  // To [t..., F/g, g * s... * C/g].
  SmallVector<int64_t> order, packed;
  int64_t phases = 1;
  for (int64_t d = 0; d < spatial; ++d) {
    order.push_back(2 * d);
    packed.push_back(taps[d]);
    phases *= strides[d];
  }
  order.append({2 * spatial + 2, 2 * spatial + 1});
  for (int64_t d = 0; d < spatial; ++d)
    order.push_back(2 * d + 1);
  order.push_back(2 * spatial);
  packed.append({perGroup, groups * phases * channels});
  filter = g.reshape(g.transpose(filter, order), g.fixed(packed));

  // Phases q run from floor(pad / s) on; the result starts `skipped` positions into their interleaving.
  SmallVector<int64_t> ones(spatial, 1), low(spatial), high(spatial), skipped(spatial);
  Sizes resultSizes = op.getMixedSizes();
  auto resultType = cast<RankedTensorType>(op.getType());
  auto dyType = cast<RankedTensorType>(dy.getType());
  SmallVector<int64_t> windowDilations(spatial);
  Sizes padLow(spatial + 2, b.getIndexAttr(0)), padHighSizes(spatial + 2, b.getIndexAttr(0));
  Sizes counts;
  SmallVector<bool> whole(spatial, false); // the interleaved phases are the result, all of it
  bool lateral = false;                    // pads that a convolution cannot have: negative or dynamic ones
  for (int64_t d = 0; d < spatial; ++d) {
    int64_t s = strides[d], pad = op.getPadLow()[d], dilation = dilations[d];
    int64_t first = pad / s;
    skipped[d] = pad - first * s;
    windowDilations[d] = dilation;
    int64_t extent = (taps[d] - 1) * dilation;
    low[d] = extent - first;
    if (!resultType.isDynamicDim(d + 1))
      resultSizes[d] = b.getIndexAttr(resultType.getDimSize(d + 1));
    // Count = last - first + 1 phases; the pad that makes the convolution produce them.
    OpFoldResult last = b.floorDiv(b.add(resultSizes[d], b.getIndexAttr(pad - 1)), s);
    OpFoldResult count = b.add(last, b.getIndexAttr(1 - first));
    std::optional<int64_t> beyond = constantBeyond(resultSizes[d], s, dy, d + 1);
    if (s == 1 && dyType.isDynamicDim(d + 1)) {
      high[d] = extent - op.getPadHigh()[d];
    } else if (dyType.isDynamicDim(d + 1) && beyond) {
      // The size is s * n + beyond for the n elements of dy.
      int64_t rest = *beyond + pad - 1;
      high[d] = (rest >= 0 ? rest / s : -((-rest + s - 1) / s)) + 1;
      whole[d] = *beyond == 0 && skipped[d] == 0 && high[d] == first;
    } else {
      OpFoldResult needed = b.add(b.sub(count, b.dim(dy, d + 1)), b.getIndexAttr(first));
      std::optional<int64_t> known = getConstantIntValue(needed);
      lateral |= !known;
      high[d] = known.value_or(0);
      padHighSizes[d + 1] = needed;
    }
    if (getConstantIntValue(padHighSizes[d + 1]) == 0)
      padHighSizes[d + 1] = b.getIndexAttr(high[d]);
    padLow[d + 1] = b.getIndexAttr(low[d]);
    lateral |= low[d] < 0 || high[d] < 0;
    counts.push_back(count);
  }
  if (lateral) {
    dy = g.pad(dy, padLow, padHighSizes);
    low.assign(spatial, 0);
    high.assign(spatial, 0);
  }
  Value y = ConvOp::create(b, dy, filter, ones, windowDilations, low, high, groups, elementOf(op.getResult()));
  if (phases == 1)
    return y;

  // [n, q..., g, s..., c] to [n, q, s, q, s, ..., g, c]. Sizes of the convolution's own result keep reshapes traceable.
  Sizes splitSizes{b.dim(y, 0)};
  for (int64_t d = 0; d < spatial; ++d) {
    if (!getConstantIntValue(counts[d]))
      counts[d] = b.dim(y, d + 1);
    splitSizes.push_back(counts[d]);
  }
  splitSizes.push_back(b.getIndexAttr(groups));
  for (int64_t s : strides)
    splitSizes.push_back(b.getIndexAttr(s));
  splitSizes.push_back(b.getIndexAttr(channels));
  y = g.reshape(y, splitSizes);
  SmallVector<int64_t> interleave{0};
  for (int64_t d = 0; d < spatial; ++d)
    interleave.append({1 + d, spatial + 2 + d});
  interleave.append({spatial + 1, 2 * spatial + 2});
  y = g.transpose(y, interleave);
  Sizes joined{splitSizes.front()}, offsets{b.getIndexAttr(0)}, kept{splitSizes.front()};
  bool cuts = false;
  for (int64_t d = 0; d < spatial; ++d) {
    OpFoldResult interleaved = b.mul(counts[d], b.getIndexAttr(strides[d]));
    joined.push_back(interleaved);
    offsets.push_back(b.getIndexAttr(skipped[d]));
    kept.push_back(resultSizes[d]);
    cuts |= !whole[d] && (skipped[d] != 0 || !isEqualConstantIntOrValue(interleaved, resultSizes[d]));
  }
  for (Sizes *sizes : {&joined, &kept})
    sizes->push_back(b.getIndexAttr(groups * channels));
  offsets.push_back(b.getIndexAttr(0));
  y = g.reshape(y, joined);
  return cuts ? g.slice(y, offsets, kept) : y;
}

Value decomposeAttention(AttentionOp op) {
  GraphBuilder g(op);
  LinalgBuilder &b = g.b;
  Value q = op.getQ(), k = op.getK(), v = op.getV();
  Type element = elementOf(q);
  Sizes qs = b.sizes(q), ks = b.sizes(k), vs = b.sizes(v);
  // Query heads that share a key head are a dimension of their own.
  std::optional<int64_t> heads = getConstantIntValue(qs[1]), keyHeads = getConstantIntValue(ks[1]);
  bool grouped = !sameSize(q, 1, k, 1) && (!heads || heads != keyHeads);
  OpFoldResult share = b.getIndexAttr(1);
  if (grouped && heads && keyHeads)
    share = b.getIndexAttr(*heads / *keyHeads);
  else if (grouped)
    share = arith::DivUIOp::create(b, b.value(qs[1]), b.value(ks[1])).getResult();
  Sizes rows{qs[0], ks[1], b.mul(share, qs[2]), qs[3]}; // the queries of all heads that share
  Value queries = grouped ? g.reshape(q, rows) : q;
  SmallVector<int64_t> batch{0, 1};
  Value scores = ContractOp::create(b, queries, k, batch, batch, ArrayRef<int64_t>{3}, ArrayRef<int64_t>{3});
  Sizes scoreSizes{qs[0], qs[1], qs[2], ks[2]};
  if (grouped)
    scores = g.reshape(scores, scoreSizes);
  scores = MulOp::create(b, scores, g.splat(element, op.getScale().convertToDouble(), scoreSizes));
  if (Value mask = op.getMask()) {
    // Aligned at the end; sizes of 1 repeat, dynamic ones perhaps.
    SmallVector<int64_t> dims, maybeOne;
    auto type = cast<RankedTensorType>(mask.getType());
    for (int64_t i = 0; i < type.getRank(); ++i) {
      int64_t d = 4 - type.getRank() + i;
      dims.push_back(d);
      Value like = d == 3 ? k : q;
      if (type.isDynamicDim(i) && !sameSize(mask, i, like, d == 3 ? 2 : d))
        maybeOne.push_back(i);
    }
    scores = AddOp::create(b, scores, BroadcastOp::create(b, mask, dims, scoreSizes, maybeOne));
  }
  if (op.getCausal()) {
    Value query = IotaOp::create(b, b.getI64Type(), int64_t(2), scoreSizes),
          key = IotaOp::create(b, b.getI64Type(), int64_t(3), scoreSizes);
    Value seen = CompareOp::create(b, Comparison::LE, key, query);
    scores = SelectOp::create(b, seen, scores, g.splat(element, -std::numeric_limits<double>::infinity(), scoreSizes));
  }
  Value weights = SoftmaxOp::create(b, scores.getType(), scores, 3);
  if (grouped)
    weights = g.reshape(weights, Sizes{rows[0], rows[1], rows[2], ks[2]});
  Value result = ContractOp::create(b, weights, v, batch, batch, ArrayRef<int64_t>{3}, ArrayRef<int64_t>{2});
  return grouped ? g.reshape(result, Sizes{qs[0], qs[1], qs[2], vs[3]}) : result;
}

/// The transform as a product with the matrix of its roots of unity: a contraction over positions and parts.
Value decomposeFft(FftOp op) {
  GraphBuilder g(op);
  LinalgBuilder &b = g.b;
  Value x = op.getX();
  auto type = cast<RankedTensorType>(x.getType());
  Type element = elementOf(x);
  int64_t rank = type.getRank(), axis = op.getAxis();
  OpFoldResult n = b.dim(x, axis), bins = n;
  if (op.getOnesided())
    bins = b.add(b.floorDiv(n, 2), b.getIndexAttr(1));
  int64_t inputParts = type.getDimSize(rank - 1), outputParts = cast<RankedTensorType>(op.getType()).getDimSize(rank - 1);
  if (ShapedType::isDynamic(inputParts) || ShapedType::isDynamic(outputParts))
    return {};
  // The angle is 2 pi (k * j mod n) / n: exact in integers before it is a float.
  Type wide = b.getF64Type(), integer = b.getI64Type();
  Sizes sizes{bins, n};
  Value product = MulOp::create(b, IotaOp::create(b, integer, int64_t(0), sizes), IotaOp::create(b, integer, int64_t(1), sizes));
  Value length = BroadcastOp::create(b,
                                     tensor::FromElementsOp::create(b, RankedTensorType::get({}, integer),
                                                                    arith::IndexCastOp::create(b, integer, b.value(n)).getResult()),
                                     ArrayRef<int64_t>{}, sizes);
  Value rest = CastOp::create(b, RemOp::create(b, product.getType(), product, length, b.getUnitAttr()), wide);
  Value turn = DivOp::create(b, rest, CastOp::create(b, length, wide));
  Value angle = MulOp::create(b, turn, g.splat(wide, op.getInverse() ? 2 * M_PI : -2 * M_PI, sizes));
  Value scale = op.getInverse() ? Value(CastOp::create(b, length, wide)) : Value();
  auto finish = [&](Value value) -> Value {
    if (scale)
      value = DivOp::create(b, value, scale);
    return CastOp::create(b, value, element);
  };
  Value cosine = finish(CosOp::create(b, angle)), sine = finish(SinOp::create(b, angle));
  // real' = cos * real - sin * imaginary, imaginary' = sin * real + cos * imaginary.
  Value negative = NegOp::create(b, sine);
  Sizes matrixSizes{bins, b.getIndexAttr(1), n, b.getIndexAttr(1)};
  auto entry = [&](Value value) { return g.reshape(value, matrixSizes); };
  auto row = [&](Value real, Value imaginary) -> Value {
    if (inputParts == 1)
      return entry(real);
    return ConcatOp::create(b, ValueRange{entry(real), entry(imaginary)}, 3);
  };
  Value matrix = row(cosine, negative);
  if (outputParts == 2)
    matrix = ConcatOp::create(b, ValueRange{matrix, row(sine, cosine)}, 1);
  // Result dimensions: bins, parts, then those of x but axis and parts.
  Value y = ContractOp::create(b, matrix, x, ArrayRef<int64_t>{}, ArrayRef<int64_t>{}, ArrayRef<int64_t>{2, 3},
                               ArrayRef<int64_t>{axis, rank - 1});
  SmallVector<int64_t> order;
  for (int64_t d = 0, free = 2; d < rank - 1; ++d)
    order.push_back(d == axis ? 0 : free++);
  order.push_back(1);
  return g.transpose(y, order);
}

/// Each dy is added to where its window had the first maximum.
Value decomposeMaxPoolGrad(MaxPoolGradOp op) {
  // Where sizes are known the lowering has a form without a scatter.
  auto type = cast<RankedTensorType>(op.getX().getType());
  int64_t parts = 1;
  bool known = true;
  for (int64_t d = 0; d < type.getRank(); ++d) {
    bool pooled = op.getWindow()[d] != 1 || op.getStrides()[d] != 1 || op.getPadLow()[d] != 0 || op.getPadHigh()[d] != 0;
    known &= op.getDilations()[d] == 1 && (!pooled || (!type.isDynamicDim(d) && type.getDimSize(d) > 0));
    parts *= op.getStrides()[d];
  }
  constexpr int64_t mostParts = 16;
  if (known && parts <= mostParts && type.getRank() > 1)
    return {};
  GraphBuilder g(op);
  LinalgBuilder &b = g.b;
  Value x = op.getX(), dy = op.getDy();
  Value indices = ArgMaxWindowOp::create(b, x, op.getWindow(), op.getStrides(), op.getDilations(), op.getPadLow(), op.getPadHigh());
  OpFoldResult updates = b.product(b.sizes(dy)), elements = b.product(b.sizes(x));
  Value zeros = BroadcastOp::create(b, g.zero(elementOf(x)), ArrayRef<int64_t>{}, Sizes{elements});
  Value sum = ScatterNdOp::create(b, zeros, g.reshape(indices, Sizes{updates, b.getIndexAttr(1)}), g.reshape(dy, Sizes{updates}),
                                  ScatterKind::Add);
  return g.reshape(sum, b.sizes(x));
}

void inlineComposite(CompositeOp op) {
  IRMapping mapping;
  Block &body = op.getBody().front();
  mapping.map(body.getArguments(), op.getInputs());
  OpBuilder builder(op);
  for (Operation &inner : body.without_terminator())
    builder.clone(inner, mapping);
  SmallVector<Value> results;
  for (Value value : body.getTerminator()->getOperands())
    results.push_back(mapping.lookupOrDefault(value));
  op.replaceAllUsesWith(results);
  op.erase();
}

/// Replaces an op; a declared type may be less static than what was built.
void replace(Operation *op, Value value) {
  if (!value)
    return;
  Type type = op->getResult(0).getType();
  if (value.getType() != type) {
    OpBuilder builder(op);
    value = tensor::CastOp::create(builder, op->getLoc(), type, value);
  }
  op->getResult(0).replaceAllUsesWith(value);
  op->erase();
}

} // namespace

void decompose(Operation *root) {
  // Composites nest: inner ones first.
  root->walk<WalkOrder::PostOrder>([](CompositeOp op) { inlineComposite(op); });
  root->walk([](Operation *op) {
    if (auto conv = dyn_cast<ConvGradInputOp>(op))
      replace(op, decomposeConvGradInput(conv));
    else if (auto attention = dyn_cast<AttentionOp>(op))
      replace(op, decomposeAttention(attention));
    else if (auto fft = dyn_cast<FftOp>(op))
      replace(op, decomposeFft(fft));
    else if (auto pool = dyn_cast<MaxPoolGradOp>(op))
      replace(op, decomposeMaxPoolGrad(pool));
  });
}

} // namespace ingot::lower
