//===- Resampling.cpp - Resize, Upsample and GridSample -----------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "frontend/Decoder.h"

#include <cmath>

using namespace mlir;

namespace ingot {
namespace {

// --- Resize --------------------------------------------------------------------------------------------------------------------------

struct ResizeForm {
  ResizeMode mode = ResizeMode::Nearest;
  ResizeCoordinates coordinates = ResizeCoordinates::Asymmetric;
  ResizeRounding rounding = ResizeRounding::Floor;
  double cubicCoefficient = -0.75, extrapolation = 0;
  bool excludeOutside = false, antialias = false;
};

Decoded build(ImportBuilder &b, Value x, Value scales, Value roi, ArrayRef<Dim> sizes, const ResizeForm &form) {
  SmallVector<Value> dynamicSizes;
  SmallVector<int64_t> staticSizes;
  dispatchIndexOpFoldResults(sizes, dynamicSizes, staticSizes);
  return b.create<ResizeOp>(b.tensorType(sizes, elementTypeOf(x)), x, scales, roi, dynamicSizes, staticSizes, form.mode, form.coordinates,
                            form.rounding, APFloat(form.cubicCoefficient), APFloat(form.extrapolation), form.excludeOutside, form.antialias);
}

/// Elements of a float tensor, each an f64 attribute or value.
SmallVector<OpFoldResult> floatElements(NodeReader &node, ImportBuilder &b, unsigned input) {
  if (auto host = node.hostInput(input); host && isa<FloatType>(host->elementType)) {
    for (OpFoldResult &e : host->elements) // exact integers are sizes
      if (auto value = llvm::dyn_cast<Value>(e); value && value.getType().isIndex())
        e = b.createOrFold<arith::SIToFPOp>(b.getLoc(), b.getF64Type(), arith::IndexCastOp::create(b, b.getLoc(), b.getI64Type(), value));
    return host->elements;
  }
  SmallVector<OpFoldResult> result;
  Value wide = b.castTo(node.input(input), b.getF64Type());
  for (int64_t i = 0; i < typeOf(wide).getNumElements(); ++i)
    result.push_back(Value(tensor::ExtractOp::create(b, b.getLoc(), wide, b.index(i))));
  return result;
}

/// floor(size * scale), and whether the ratio of both sizes is the scale exactly.
std::pair<Dim, bool> scaledSize(ImportBuilder &b, Dim size, OpFoldResult scale) {
  auto attr = llvm::dyn_cast<Attribute>(scale);
  if (attr) {
    double factor = llvm::cast<FloatAttr>(attr).getValueAsDouble();
    if (b.known(size)) {
      double exact = static_cast<double>(*b.known(size)) * factor;
      return {b.dim(static_cast<int64_t>(std::floor(exact))), std::floor(exact) == exact};
    }
    if (factor == std::floor(factor))
      return {b.mulDims(size, b.dim(static_cast<int64_t>(factor))), true};
    if (1 / factor == std::floor(1 / factor)) // exact only for multiples, so the scale is given as well
      return {b.floorDivDims(size, b.dim(static_cast<int64_t>(1 / factor))), false};
    scale = Value(arith::ConstantOp::create(b, b.getLoc(), b.getF64FloatAttr(factor)));
  }
  Value integer = arith::IndexCastOp::create(b, b.getLoc(), b.getI64Type(), b.index(size));
  Value real = arith::SIToFPOp::create(b, b.getLoc(), b.getF64Type(), integer);
  Value product = arith::MulFOp::create(b, b.getLoc(), real, llvm::cast<Value>(scale));
  Value floor = arith::FPToSIOp::create(b, b.getLoc(), b.getI64Type(), product); // neither is negative
  return {Dim(Value(arith::IndexCastOp::create(b, b.getLoc(), b.getIndexType(), floor))), false};
}

Decoded resizeByScales(NodeReader &node, ImportBuilder &b, ArrayRef<OpFoldResult> scales, ArrayRef<int64_t> axes, Value roi,
                       std::optional<SmallVector<double>> roiValues, const ResizeForm &form) {
  Value x = node.input(0);
  if (scales.size() != axes.size())
    return node.fail("it needs a scale for each axis");
  Dims sizes = b.sizes(x);
  SmallVector<OpFoldResult> all(rankOf(x), b.getF64FloatAttr(1));
  bool exact = true;
  for (auto [i, axis] : llvm::enumerate(axes)) {
    all[axis] = scales[i];
    auto attr = llvm::dyn_cast<Attribute>(scales[i]);
    if (attr && !(llvm::cast<FloatAttr>(attr).getValueAsDouble() > 0 && llvm::cast<FloatAttr>(attr).getValueAsDouble() < 1e6))
      return node.fail("its scales must be positive");
    OpFoldResult factor = scales[i];
    if (form.coordinates == ResizeCoordinates::CropAndResize) {
      if (!attr || !roiValues)
        return node.unsupported("tf_crop_and_resize needs scales and roi that are known at compile time, or sizes");
      double share = (*roiValues)[axis + rankOf(x)] - (*roiValues)[axis];
      factor = b.getF64FloatAttr(llvm::cast<FloatAttr>(attr).getValueAsDouble() * share);
    }
    auto [size, ratio] = scaledSize(b, sizes[axis], factor);
    sizes[axis] = size;
    exact &= ratio && form.coordinates != ResizeCoordinates::CropAndResize;
  }
  Value given;
  if (!exact) {
    SmallVector<Value> elements;
    SmallVector<double> known;
    for (OpFoldResult e : all)
      if (auto attr = llvm::dyn_cast<Attribute>(e))
        known.push_back(llvm::cast<FloatAttr>(attr).getValueAsDouble());
    if (known.size() == all.size()) {
      given = b.constantFloats(known);
    } else {
      for (OpFoldResult e : all) {
        auto attr = llvm::dyn_cast<Attribute>(e);
        elements.push_back(attr ? Value(arith::ConstantOp::create(b, b.getLoc(), b.getF32FloatAttr(llvm::cast<FloatAttr>(attr).getValueAsDouble())))
                                : Value(arith::TruncFOp::create(b, b.getLoc(), b.getF32Type(), llvm::cast<Value>(e))));
      }
      given = tensor::FromElementsOp::create(b, b.getLoc(), RankedTensorType::get({rankOf(x)}, b.getF32Type()), elements);
    }
  }
  return build(b, x, given, roi, sizes, form);
}

/// The same where sizes are known at run time only.
Decoded resizeKeepingAspectAtRunTime(ImportBuilder &b, Value x, ArrayRef<Dim> wanted, ArrayRef<int64_t> axes, Value roi, bool notLarger,
                                     const ResizeForm &form) {
  Location loc = b.getLoc();
  Type f64 = b.getF64Type();
  auto real = [&](Dim dim) -> Value {
    return arith::SIToFPOp::create(b, loc, f64, arith::IndexCastOp::create(b, loc, b.getI64Type(), b.index(dim)));
  };
  Dims sizes = b.sizes(x);
  Value factor;
  for (auto [size, axis] : llvm::zip(wanted, axes)) {
    Value ratio = arith::DivFOp::create(b, loc, real(size), real(sizes[axis]));
    if (!factor)
      factor = ratio;
    else
      factor = notLarger ? arith::MinimumFOp::create(b, loc, factor, ratio).getResult()
                         : arith::MaximumFOp::create(b, loc, factor, ratio).getResult();
  }
  Type f32 = b.getF32Type();
  SmallVector<Value> scales(rankOf(x), arith::ConstantOp::create(b, loc, b.getF32FloatAttr(1)));
  Value half = arith::ConstantOp::create(b, loc, b.getF64FloatAttr(0.5));
  for (int64_t axis : axes) {
    scales[axis] = arith::TruncFOp::create(b, loc, f32, factor);
    Value rounded = arith::AddFOp::create(b, loc, arith::MulFOp::create(b, loc, factor, real(sizes[axis])), half);
    Value integer = arith::FPToSIOp::create(b, loc, b.getI64Type(), rounded); // neither is negative
    sizes[axis] = Value(arith::IndexCastOp::create(b, loc, b.getIndexType(), integer));
  }
  Value given = tensor::FromElementsOp::create(b, loc, RankedTensorType::get({rankOf(x)}, f32), scales);
  return build(b, x, given, roi, sizes, form);
}

/// The sizes that keep the ratio of the axes: all are scaled by the least or greatest factor.
Decoded resizeKeepingAspect(NodeReader &node, ImportBuilder &b, ArrayRef<Dim> wanted, ArrayRef<int64_t> axes, Value roi, bool notLarger,
                            const ResizeForm &form) {
  Value x = node.input(0);
  Dims sizes = b.sizes(x);
  std::optional<double> factor;
  bool isKnown = true;
  for (auto [size, axis] : llvm::zip(wanted, axes)) {
    if (b.isKnown(sizes[axis], 0))
      return node.fail("an axis of no elements has no ratio to keep");
    isKnown &= b.known(size) && b.known(sizes[axis]);
  }
  if (!isKnown)
    return resizeKeepingAspectAtRunTime(b, x, wanted, axes, roi, notLarger, form);
  for (auto [size, axis] : llvm::zip(wanted, axes)) {
    double ratio = static_cast<double>(*b.known(size)) / static_cast<double>(*b.known(sizes[axis]));
    factor = !factor ? ratio : notLarger ? std::min(*factor, ratio) : std::max(*factor, ratio);
  }
  SmallVector<double> scales(rankOf(x), 1);
  for (int64_t axis : axes) {
    scales[axis] = factor.value_or(1);
    sizes[axis] = b.dim(static_cast<int64_t>(std::floor(factor.value_or(1) * static_cast<double>(*b.known(sizes[axis])) + 0.5)));
  }
  return build(b, x, b.constantFloats(scales), roi, sizes, form);
}

std::optional<ResizeMode> modeOf(NodeReader &node) {
  StringRef name = node.s("mode", "nearest");
  if (name == "bilinear" || name == "trilinear")
    name = "linear";
  auto mode = symbolizeResizeMode(name);
  if (!mode)
    (void)node.fail("there is no mode '" + name + "'");
  return mode;
}

Decoded resize(NodeReader &node, ImportBuilder &b) {
  Value x = node.input(0);
  auto mode = modeOf(node);
  auto coordinates = symbolizeResizeCoordinates(node.s("coordinate_transformation_mode", "half_pixel"));
  auto rounding = symbolizeResizeRounding(node.s("nearest_mode", "round_prefer_floor"));
  if (!mode || !coordinates || !rounding)
    return node.fail("a mode of it is not known");
  ResizeForm form;
  form.mode = *mode;
  form.coordinates = *coordinates;
  form.rounding = *rounding;
  form.cubicCoefficient = node.f("cubic_coeff_a", -0.75);
  form.extrapolation = node.f("extrapolation_value", 0);
  form.excludeOutside = node.i("exclude_outside", 0) != 0;
  form.antialias = node.i("antialias", 0) != 0;

  SmallVector<int64_t> axes;
  for (int64_t axis : node.has("axes") ? node.ints("axes") : llvm::to_vector(llvm::seq<int64_t>(0, rankOf(x))))
    axes.push_back(node.normalizeAxis(axis, rankOf(x)));
  if (node.failed())
    return failure();

  Value roi;
  std::optional<SmallVector<double>> roiValues;
  if (form.coordinates == ResizeCoordinates::CropAndResize) {
    if (!node.hasInput(1))
      return node.fail("tf_crop_and_resize needs a roi");
    if (auto given = node.constantFloats(1)) {
      if (given->size() != 2 * axes.size())
        return node.fail("its roi must have two numbers for each axis");
      roiValues.emplace(2 * rankOf(x), 0);
      std::fill(roiValues->begin() + rankOf(x), roiValues->end(), 1);
      for (auto [i, axis] : llvm::enumerate(axes)) {
        (*roiValues)[axis] = (*given)[i];
        (*roiValues)[rankOf(x) + axis] = (*given)[axes.size() + i];
      }
      roi = b.constantFloats(*roiValues);
    } else {
      roi = b.castTo(node.input(1), b.getF32Type());
      if (!node.checkRank(roi, 1, 1))
        return failure();
      if (node.has("axes")) {
        // Numbers for all dimensions: the whole of those that are not named.
        int64_t count = axes.size();
        SmallVector<Value> starts(rankOf(x), b.constantFloats({0.0}, b.getF32Type())), ends(rankOf(x), b.constantFloats({1.0}, b.getF32Type()));
        for (auto [i, axis] : llvm::enumerate(axes)) {
          starts[axis] = b.sliceAlong(roi, 0, b.dim(i), b.dim(1));
          ends[axis] = b.sliceAlong(roi, 0, b.dim(count + i), b.dim(1));
        }
        llvm::append_range(starts, ends);
        roi = b.concat(starts, 0);
      }
    }
  }

  auto isEmpty = [&](unsigned i) {
    Value input = node.input(i);
    return !input || (typeOf(input).hasStaticShape() && typeOf(input).getNumElements() == 0);
  };
  if (!isEmpty(3)) {
    auto sizes = node.shapeInput(3);
    if (failed(sizes))
      return failure();
    if (sizes->size() != axes.size())
      return node.fail("it needs a size for each axis");
    StringRef policy = node.s("keep_aspect_ratio_policy", "stretch");
    if (policy != "stretch")
      return resizeKeepingAspect(node, b, *sizes, axes, roi, policy == "not_larger", form);
    Dims all = b.sizes(x);
    for (auto [i, axis] : llvm::enumerate(axes)) {
      all[axis] = (*sizes)[i];
      if (b.known(all[axis]) && *b.known(all[axis]) < 0)
        return node.fail("a size is negative");
    }
    return build(b, x, Value(), roi, all, form);
  }
  if (isEmpty(2))
    return node.fail("it has neither scales nor sizes");
  if (!typeOf(node.input(2)).hasStaticShape() || !node.checkRank(node.input(2), 1, 1))
    return node.fail("its scales must be a list of known length");
  return resizeByScales(node, b, floatElements(node, b, 2), axes, roi, roiValues, form);
}

// Resize until opset 10 and Upsample: no shift between the grids, the neighbour below.
Decoded upsampleBy(NodeReader &node, ImportBuilder &b, ArrayRef<OpFoldResult> scales) {
  auto mode = modeOf(node);
  if (!mode)
    return failure();
  ResizeForm form;
  form.mode = *mode;
  return resizeByScales(node, b, scales, llvm::to_vector(llvm::seq<int64_t>(0, rankOf(node.input(0)))), Value(), std::nullopt, form);
}

Decoded upsample(NodeReader &node, ImportBuilder &b) {
  Value scales = node.input(1);
  if (!typeOf(scales).hasStaticShape() || !node.checkRank(scales, 1, 1))
    return node.fail("its scales must be a list of known length");
  return upsampleBy(node, b, floatElements(node, b, 1));
}

Decoded upsampleByAttribute(NodeReader &node, ImportBuilder &b) {
  SmallVector<OpFoldResult> scales;
  if (node.has("scales"))
    for (double scale : node.floats("scales"))
      scales.push_back(b.getF64FloatAttr(scale));
  else
    for (double scale : {1.0, 1.0, node.f("height_scale", 1), node.f("width_scale", 1)})
      scales.push_back(b.getF64FloatAttr(scale));
  return upsampleBy(node, b, scales);
}

// --- GridSample ----------------------------------------------------------------------------------------------------------------------

/// Samples [N, C, spatial...] at [N, points..., r] coordinates by gathering the neighbours of every point.
class GridSampler {
public:
  GridSampler(NodeReader &node, ImportBuilder &b) : b(b), x(node.input(0)), spatial(rankOf(x) - 2) {
    type = elementTypeOf(x).isF64() ? Type(b.getF64Type()) : Type(b.getF32Type());
    mode = node.s("mode", "linear");
    padding = node.s("padding_mode", "zeros");
    alignCorners = node.i("align_corners", 0) != 0;
    grid = b.castTo(node.input(1), type);
    SmallVector<int64_t> shape(shapeOf(grid));
    shape.back() = spatial;
    grid = b.castShape(grid, RankedTensorType::get(shape, type));
    points = b.sizes(grid);
    points.pop_back();
  }

  Value sample() {
    SmallVector<int64_t> channelsLast = {0};
    for (int64_t d = 0; d < spatial; ++d)
      channelsLast.push_back(d + 2);
    channelsLast.push_back(1);
    image = b.castTo(b.transpose(x, channelsLast), type);
    for (int64_t d = 0; d < spatial; ++d)
      coordinates.push_back(coordinate(d));

    Value sum;
    if (mode == "nearest")
      sum = pixel(coordinates);
    else
      accumulate(0, {}, Value(), sum);

    SmallVector<int64_t> channelsSecond = {0, rankOf(sum) - 1};
    for (int64_t d = 1; d + 1 < rankOf(sum); ++d)
      channelsSecond.push_back(d);
    return b.castTo(b.transpose(sum, channelsSecond), elementTypeOf(x));
  }

private:
  Value length(int64_t d) { return b.castTo(b.dimScalar(b.size(x, d + 2)), type); }

  /// Where the points lie along spatial dimension d, in pixels. The grid has the last dimension first.
  Value coordinate(int64_t d) {
    Value g = b.pick(grid, rankOf(grid) - 1, b.dim(spatial - 1 - d));
    Value pixels = alignCorners ? b.mul(b.mul(b.add(g, 1), 0.5), b.sub(length(d), 1)) : b.mul(b.sub(b.mul(b.add(g, 1), length(d)), 1), 0.5);
    if (mode == "nearest")
      pixels = b.create<RoundOp>(pixels);
    if (padding == "border")
      return clampTo(pixels, d);
    return padding == "reflection" ? reflect(pixels, d) : pixels;
  }

  Value clampTo(Value pixels, int64_t d) { return b.max(b.min(pixels, b.sub(length(d), 1)), b.scalar(0, type)); }

  /// Mirrored at the borders (pixel centres or pixel edges) until it lies between them.
  Value reflect(Value pixels, int64_t d) {
    double low = alignCorners ? 0 : -0.5;
    Value range = alignCorners ? b.sub(length(d), 1) : length(d);
    // An image of one pixel has no range to go back and forth in.
    range = b.max(range, b.scalar(1e-30, type));
    Value offset = b.create<AbsOp>(b.sub(pixels, low));
    Value period = b.mul(range, 2);
    Value turns = b.create<FloorOp>(b.div(offset, period));
    Value rest = b.sub(offset, b.mul(turns, period));
    return b.add(b.min(rest, b.sub(period, rest)), low);
  }

  /// The pixels at whole coordinates, which may lie outside: [N, points..., C].
  Value pixel(ArrayRef<Value> at) {
    SmallVector<Value> indices;
    Value inside;
    for (auto [d, value] : llvm::enumerate(at)) {
      Value last = b.sub(length(d), 1);
      if (padding == "zeros") {
        Value in = b.create<AndOp>(b.compare(Comparison::GE, value, 0), b.compare(Comparison::LE, value, last));
        inside = inside ? b.create<AndOp>(inside, in) : in;
      }
      Value whole = padding == "reflection" ? b.create<RoundOp>(reflect(value, d)) : value;
      indices.push_back(b.unsqueeze(b.castTo(clampTo(whole, d), b.getI64Type()), {rankOf(value)}));
    }
    Value result = b.create<GatherNdOp>(image, b.concat(indices, rankOf(grid) - 1), 1);
    if (!inside)
      return result;
    Value mask = b.broadcastTo(b.unsqueeze(inside, {rankOf(inside)}), b.sizes(result));
    return b.select(mask, result, b.splatLike(0, result));
  }

  /// Adds up weight * pixel over all neighbours, dimension by dimension.
  void accumulate(int64_t d, SmallVector<Value> at, Value weight, Value &sum) {
    if (d == spatial) {
      Value value = pixel(at);
      Value term = b.mul(value, b.broadcastTo(b.unsqueeze(weight, {rankOf(weight)}), b.sizes(value)));
      sum = sum ? b.add(sum, term) : term;
      return;
    }
    Value base = b.create<FloorOp>(coordinates[d]), t = b.sub(coordinates[d], base);
    bool cubic = mode == "cubic" || mode == "bicubic";
    for (int tap = cubic ? -1 : 0; tap < (cubic ? 3 : 2); ++tap) {
      Value own = cubic ? cubicWeight(t, tap) : tap ? t : b.rsub(1, t);
      SmallVector<Value> next = at;
      next.push_back(b.add(base, tap));
      accumulate(d + 1, next, weight ? b.mul(weight, own) : own, sum);
    }
  }

  /// Keys' kernel with a = -0.75 at the distance of a tap.
  Value cubicWeight(Value t, int tap) {
    const double a = -0.75;
    Value distance = tap <= 0 ? b.add(t, -tap) : b.rsub(tap, t);
    auto polynomial = [&](double c3, double c2, double c1, double c0) {
      Value p = b.add(b.mul(distance, c3), c2);
      return b.add(b.mul(b.add(b.mul(p, distance), c1), distance), c0);
    };
    bool near = tap == 0 || tap == 1;
    return near ? polynomial(a + 2, -(a + 3), 0, 1) : polynomial(a, -5 * a, 8 * a, -4 * a);
  }

  ImportBuilder &b;
  Value x, grid, image;
  int64_t spatial;
  Type type;
  StringRef mode, padding;
  bool alignCorners;
  Dims points;
  SmallVector<Value> coordinates;
};

Decoded gridSample(NodeReader &node, ImportBuilder &b) {
  Value x = node.input(0), grid = node.input(1);
  StringRef mode = node.s("mode", "linear"), padding = node.s("padding_mode", "zeros");
  if (!node.checkRank(x, 3) || !node.checkRank(grid, rankOf(x), rankOf(x)))
    return failure();
  if (auto coordinates = b.known(b.size(grid, rankOf(grid) - 1)); coordinates && *coordinates != rankOf(x) - 2)
    return node.fail("its grid must have " + Twine(rankOf(x) - 2) + " coordinates for each point");
  if (mode != "linear" && mode != "bilinear" && mode != "nearest" && mode != "cubic" && mode != "bicubic")
    return node.fail("there is no mode '" + mode + "'");
  if (padding != "zeros" && padding != "border" && padding != "reflection")
    return node.fail("there is no padding_mode '" + padding + "'");
  if (!isa<FloatType>(elementTypeOf(x)))
    return node.unsupported("only float images are supported");
  return GridSampler(node, b).sample();
}

} // namespace

void registerResampling(DecoderTable &table) {
  table.on("Upsample", 1, upsampleByAttribute);
  table.on("Upsample", 9, upsample);
  table.on("Resize", 10, upsample);
  table.on("Resize", 11, resize);
  table.on("GridSample", 16, gridSample);
}

} // namespace ingot
