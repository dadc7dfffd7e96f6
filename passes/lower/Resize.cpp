//===- Resize.cpp - Resampling -------------------------------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Coordinates are computed in f64, as in ONNX's definition: with f32, which neighbour `nearest` takes would depend on rounding.
// They and the weights depend on one loop each and are tables, constant where the sizes are. Along the innermost dimension neighbours are
// gathered, so that it goes first and alone: there are fewer elements then. Dimensions that keep their size are read at the loop's index.
//
//===----------------------------------------------------------------------===//

#include "passes/lower/Lowering.h"

#include <cmath>

using namespace mlir;

namespace ingot::lower {
namespace {

/// A neighbour along one dimension. A missing weight is 1.
struct Tap {
  Value index, weight;
};

/// For each index along a dimension of the result: the first of its neighbours before it is kept inside of x, and their weights.
struct Tables {
  Value base;
  SmallVector<Value> weights;
};

/// f64 arithmetic with folding of constants left to the canonicalizer.
struct Real {
  LinalgBuilder &b;
  Value number(double v) { return b.constantNumber(b.getF64Type(), v); }
  Value add(Value x, Value y) { return b.createOrFold<arith::AddFOp>(x, y); }
  Value sub(Value x, Value y) { return b.createOrFold<arith::SubFOp>(x, y); }
  Value mul(Value x, Value y) { return b.createOrFold<arith::MulFOp>(x, y); }
  Value div(Value x, Value y) { return b.createOrFold<arith::DivFOp>(x, y); }
  Value floor(Value x) { return b.createOrFold<math::FloorOp>(x); }
  Value ceil(Value x) { return b.createOrFold<math::CeilOp>(x); }
  Value abs(Value x) { return b.createOrFold<math::AbsFOp>(x); }
  Value less(Value x, Value y) { return b.createOrFold<arith::CmpFOp>(arith::CmpFPredicate::OLT, x, y); }
  Value fromIndex(Value i) {
    return b.createOrFold<arith::SIToFPOp>(b.getF64Type(), b.createOrFold<arith::IndexCastOp>(b.getI64Type(), i));
  }
  Value toIndex(Value x) {
    // Coordinates of NaN or infinity, from a hostile scale, must not be poison.
    x = b.createOrFold<arith::MinNumFOp>(b.createOrFold<arith::MaxNumFOp>(x, number(-1e15)), number(1e15));
    return b.createOrFold<arith::IndexCastOp>(b.getIndexType(), b.createOrFold<arith::FPToSIOp>(b.getI64Type(), x));
  }
};

/// One resized dimension.
struct Dimension {
  int64_t d;
  OpFoldResult in, out;
  Value inIndex, inReal, outReal, scale; // before the body
  Value exactOut;                        // the result's size before it was rounded down to an integer
  std::optional<int64_t> factor;         // result sizes are this multiple, and neighbours are found by integer division
  Value start, end;                      // of the region, for crops
};

struct Resampler {
  ResizeOp op;
  LinalgBuilder &b;
  SmallVector<Dimension> resized;
  Sizes sizes;

  bool crops() { return op.getCoordinates() == ResizeCoordinates::CropAndResize; }

  Resampler(ResizeOp op, ResizeOp::Adaptor adaptor, LinalgBuilder &b) : op(op), b(b) {
    Value x = adaptor.getX();
    sizes = getMixedValues(op.getStaticSizes(), adaptor.getSizes(), op.getContext());
    auto type = cast<RankedTensorType>(op.getType());
    for (int64_t d = 0; d < type.getRank(); ++d)
      if (!type.isDynamicDim(d))
        sizes[d] = b.getIndexAttr(type.getDimSize(d));
    DenseElementsAttr scales;
    if (op.getScales())
      matchPattern(op.getScales(), m_Constant(&scales));
    Real real{b};
    for (int64_t d = 0; d < type.getRank(); ++d) {
      OpFoldResult in = b.dim(x, d), out = sizes[d];
      std::optional<double> scale = knownScale(d, in, out, scales);
      bool same = sameSize(op.getX(), d, op.getResult(), d);
      if (!crops() && (same || isEqualConstantIntOrValue(in, out)) && (!op.getScales() || scale == 1.0))
        continue;
      if (!crops() && scale == 1.0)
        continue;
      Dimension dimension{d, in, out, b.value(in), real.fromIndex(b.value(in)), real.fromIndex(b.value(out)), {}, {}, {}, {}, {}};
      if (scale)
        dimension.scale = real.number(*scale);
      else if (adaptor.getScales())
        dimension.scale = arith::ExtFOp::create(b, b.getF64Type(), b.extract(adaptor.getScales(), {b.index(d)}));
      else
        dimension.scale = real.div(dimension.outReal, dimension.inReal);
      dimension.exactOut = op.getScales() ? real.mul(dimension.inReal, dimension.scale) : dimension.outReal;
      if (scale)
        dimension.factor = wholeFactor(*scale);
      if (crops() && adaptor.getRoi()) {
        int64_t rank = type.getRank();
        dimension.start = arith::ExtFOp::create(b, b.getF64Type(), b.extract(adaptor.getRoi(), {b.index(d)}));
        dimension.end = arith::ExtFOp::create(b, b.getF64Type(), b.extract(adaptor.getRoi(), {b.index(rank + d)}));
      }
      resized.push_back(dimension);
    }
  }

  std::optional<double> knownScale(int64_t d, OpFoldResult in, OpFoldResult out, DenseElementsAttr scales) {
    if (scales && d < scales.getNumElements())
      return scales.getValues<APFloat>()[d].convertToFloat();
    if (op.getScales())
      return std::nullopt;
    std::optional<int64_t> from = getConstantIntValue(in), to = getConstantIntValue(out);
    if (from && to && *from > 0)
      return static_cast<double>(*to) / static_cast<double>(*from);
    return std::nullopt;
  }

  /// Whether the nearest neighbour of i is i / factor, exactly.
  std::optional<int64_t> wholeFactor(double scale) {
    if (op.getMode() != ResizeMode::Nearest || scale < 1 || scale != std::floor(scale) || scale > 1024)
      return std::nullopt;
    bool halfPixel = op.getCoordinates() == ResizeCoordinates::HalfPixel &&
                     (op.getRounding() == ResizeRounding::RoundPreferFloor || op.getRounding() == ResizeRounding::RoundPreferCeil);
    bool asymmetric =
        op.getCoordinates() == ResizeCoordinates::Asymmetric &&
        (op.getRounding() == ResizeRounding::Floor || (scale == 2 && op.getRounding() == ResizeRounding::RoundPreferFloor));
    if (halfPixel || asymmetric)
      return static_cast<int64_t>(scale);
    return std::nullopt;
  }

  /// Where in x the result's index lies, as a real number.
  Value coordinate(LinalgBuilder &in, const Dimension &dim, Value index) {
    Real r{in};
    Value position = r.fromIndex(index), half = r.number(0.5), one = r.number(1), zero = r.number(0);
    auto halfPixel = [&] { return r.sub(r.div(r.add(position, half), dim.scale), half); };
    auto unlessSingle = [&](Value usual, Value single) {
      return in.createOrFold<arith::SelectOp>(r.less(one, dim.outReal), usual, single);
    };
    Value last = r.sub(dim.inReal, one), steps = r.sub(dim.exactOut, one);
    switch (op.getCoordinates()) {
    case ResizeCoordinates::HalfPixel:
      return halfPixel();
    case ResizeCoordinates::HalfPixelSymmetric: {
      Value adjustment = r.div(dim.outReal, dim.exactOut);
      Value offset = r.mul(r.mul(dim.inReal, half), r.sub(one, adjustment));
      return r.add(offset, halfPixel());
    }
    case ResizeCoordinates::PytorchHalfPixel:
      return unlessSingle(halfPixel(), zero);
    case ResizeCoordinates::AlignCorners:
      return unlessSingle(r.div(r.mul(position, last), steps), zero);
    case ResizeCoordinates::Asymmetric:
      return r.div(position, dim.scale);
    case ResizeCoordinates::CropAndResize: {
      Value start = dim.start ? dim.start : zero, end = dim.end ? dim.end : one;
      Value usual = r.add(r.mul(start, last), r.div(r.mul(r.mul(position, r.sub(end, start)), last), steps));
      return unlessSingle(usual, r.add(r.mul(start, last), r.mul(r.mul(half, r.sub(end, start)), last)));
    }
    case ResizeCoordinates::HalfPixelForNearest:
      return r.div(r.add(position, half), dim.scale);
    }
    llvm_unreachable("unknown coordinates");
  }

  Value clamped(LinalgBuilder &in, Value index, const Dimension &dim) {
    Value last = in.createOrFold<arith::SubIOp>(dim.inIndex, in.index(1));
    return in.createOrFold<arith::MaxSIOp>(in.createOrFold<arith::MinSIOp>(index, last), in.index(0));
  }

  Value isInside(LinalgBuilder &in, Value index, const Dimension &dim) {
    return in.createOrFold<arith::CmpIOp>(arith::CmpIPredicate::ult, index, dim.inIndex);
  }

  Value nearest(LinalgBuilder &in, const Dimension &dim, Value position) {
    Real r{in};
    Value half = r.number(0.5), rounded;
    switch (op.getRounding()) {
    case ResizeRounding::RoundPreferFloor:
      rounded = r.ceil(r.sub(position, half));
      break;
    case ResizeRounding::RoundPreferCeil:
      rounded = r.floor(r.add(position, half));
      break;
    case ResizeRounding::Floor:
      rounded = r.floor(position);
      break;
    case ResizeRounding::Ceil:
      rounded = r.ceil(position);
      break;
    }
    return clamped(in, r.toIndex(rounded), dim);
  }

  /// The cubic kernel at distance `x >= 0`: within 1, and from 1 to 2.
  Value cubicNear(Real r, Value x) {
    double a = op.getCubicCoefficient().convertToDouble();
    Value inner = r.sub(r.mul(r.number(a + 2), x), r.number(a + 3));
    return r.add(r.mul(r.mul(inner, x), x), r.number(1));
  }
  Value cubicFar(Real r, Value x) {
    double a = op.getCubicCoefficient().convertToDouble();
    Value inner = r.add(r.mul(r.sub(r.mul(r.number(a), x), r.number(5 * a)), x), r.number(8 * a));
    return r.sub(r.mul(inner, x), r.number(4 * a));
  }

  /// The tensor of what `element` gives for each index along `dim` of the result.
  Value table(const Dimension &dim, Type type, llvm::function_ref<Value(LinalgBuilder &, Value)> element) {
    if (Value constant = constantTable(dim, type, element))
      return constant;
    return b.parallel({}, {dim.out}, type, [&](LinalgBuilder &in, ValueRange) { return element(in, in.loopIndex(0)); });
  }

  Value constantTable(const Dimension &dim, Type type, llvm::function_ref<Value(LinalgBuilder &, Value)> element) {
    constexpr int64_t longest = 1 << 14; // what it takes to compile grows with it
    std::optional<int64_t> size = getConstantIntValue(dim.out);
    if (!size || *size > longest)
      return {};
    SmallVector<Attribute> values;
    for (int64_t i = 0; i < *size; ++i) {
      Block scratch;
      LinalgBuilder in(b.getLoc(), b.getContext());
      in.setInsertionPointToEnd(&scratch);
      Attribute value;
      if (!matchPattern(element(in, in.index(i)), m_Constant(&value)))
        return {};
      values.push_back(value);
    }
    return b.constant(DenseElementsAttr::get(RankedTensorType::get({*size}, type), values));
  }

  /// How far before the position rounded down the first neighbour is.
  int64_t firstNeighbour() { return op.getMode() == ResizeMode::Linear ? 0 : -1; }

  /// Weights of the neighbours of `position`, in f64.
  SmallVector<Value> weights(LinalgBuilder &in, const Dimension &dim, Value position) {
    Real r{in};
    Value floor = r.floor(position), fraction = r.sub(position, floor), one = r.number(1);
    Value rest = r.sub(one, fraction);
    SmallVector<Value> result;
    if (op.getMode() == ResizeMode::Linear)
      result = {rest, fraction};
    else
      result = {cubicFar(r, r.add(one, fraction)), cubicNear(r, fraction), cubicNear(r, rest), cubicFar(r, r.add(one, rest))};
    if (!op.getExcludeOutside())
      return result;
    Value total, base = r.toIndex(floor);
    for (auto [i, weight] : llvm::enumerate(result)) {
      Value index = in.createOrFold<arith::AddIOp>(base, in.index(firstNeighbour() + static_cast<int64_t>(i)));
      weight = in.createOrFold<arith::SelectOp>(isInside(in, index, dim), weight, r.number(0));
      total = total ? r.add(total, weight) : weight;
    }
    for (Value &weight : result)
      weight = r.div(weight, total);
    return result;
  }

  /// Neighbours along `dim` and their weights in `compute` (f32 or f64).
  Tables tablesOf(const Dimension &dim, Type compute) {
    Tables tables;
    if (dim.factor)
      return tables;
    auto asInteger = [](LinalgBuilder &in, Value index) { return in.createOrFold<arith::IndexCastOp>(in.getI64Type(), index); };
    if (op.getMode() == ResizeMode::Nearest) {
      tables.base = table(dim, b.getI64Type(), [&](LinalgBuilder &in, Value index) {
        return asInteger(in, nearest(in, dim, coordinate(in, dim, index)));
      });
      return tables;
    }
    tables.base = table(dim, b.getI64Type(), [&](LinalgBuilder &in, Value index) {
      Real r{in};
      Value floor = r.toIndex(r.floor(coordinate(in, dim, index)));
      return asInteger(in, in.createOrFold<arith::AddIOp>(floor, in.index(firstNeighbour())));
    });
    int64_t taps = op.getMode() == ResizeMode::Linear ? 2 : 4;
    for (int64_t tap = 0; tap < taps; ++tap)
      tables.weights.push_back(table(dim, compute, [&](LinalgBuilder &in, Value index) {
        Value weight = weights(in, dim, coordinate(in, dim, index))[tap];
        return compute == in.getF64Type() ? weight : in.createOrFold<arith::TruncFOp>(compute, weight);
      }));
    return tables;
  }

  /// The neighbours at a point of the body: `base` and `weights` are the elements of the tables.
  SmallVector<Tap> taps(LinalgBuilder &in, const Dimension &dim, Value base, ValueRange weights) {
    if (dim.factor)
      return {{clamped(in, arith::DivUIOp::create(in, in.loopIndex(dim.d), in.index(*dim.factor)), dim), {}}};
    base = arith::IndexCastOp::create(in, in.getIndexType(), base);
    if (weights.empty())
      return {{base, {}}};
    SmallVector<Tap> result;
    for (auto [i, weight] : llvm::enumerate(weights))
      result.push_back({clamped(in, in.createOrFold<arith::AddIOp>(base, in.index(i)), dim), weight});
    return result;
  }

  /// Whether a crop reads outside x, where the result is the extrapolation value.
  Value outside(LinalgBuilder &in) {
    Value result;
    Real r{in};
    for (const Dimension &dim : resized) {
      Value position = coordinate(in, dim, in.loopIndex(dim.d));
      Value beyond = arith::OrIOp::create(in, r.less(position, r.number(0)), r.less(r.sub(dim.inReal, r.number(1)), position));
      result = result ? arith::OrIOp::create(in, result, beyond).getResult() : beyond;
    }
    return result;
  }

  Value interpolate(Value x, Type logical) {
    Type real = isa<FloatType>(logical) ? computeType(logical) : Type(b.getF32Type());
    int64_t last = sizes.size() - 1;
    // What is rounded to an integer at the end must not depend on how sums are contracted.
    bool separable = isa<FloatType>(logical) && op.getMode() != ResizeMode::Nearest && !crops();
    if (!separable || resized.size() < 2 || resized.back().d != last || shrinks(resized.front()))
      return interpolateAlong(x, logical, logical, real, resized, sizes);
    Sizes wide = b.sizes(x);
    wide[last] = sizes[last];
    Value lines = interpolateAlong(x, logical, real, real, resized.back(), wide);
    return interpolateAlong(lines, real, logical, real, ArrayRef<Dimension>(resized).drop_back(), sizes);
  }

  /// Whether so many elements fall away along `dim` that it should go first.
  static bool shrinks(const Dimension &dim) {
    auto in = getConstantIntValue(dim.in), out = getConstantIntValue(dim.out);
    return in && out && *in > 2 * *out;
  }

  Value interpolateAlong(Value x, Type from, Type to, Type real, ArrayRef<Dimension> dims, ArrayRef<OpFoldResult> resultSizes) {
    int64_t rank = resultSizes.size();
    SmallVector<Tables> tables;
    SmallVector<Input> inputs;
    for (const Dimension &dim : dims) {
      tables.push_back(tablesOf(dim, real));
      if (tables.back().base)
        inputs.push_back({tables.back().base, b.select(rank, {dim.d})});
      for (Value weight : tables.back().weights)
        inputs.push_back({weight, b.select(rank, {dim.d})});
    }
    return b.parallel(inputs, resultSizes, storageType(to), [&](LinalgBuilder &in, ValueRange args) {
      SmallVector<SmallVector<Tap>> all;
      SmallVector<Value> position(rank);
      for (auto [dim, table] : llvm::zip(dims, tables)) {
        Value base = table.base ? args.front() : Value();
        args = args.drop_front(table.base ? 1 : 0);
        all.push_back(taps(in, dim, base, args.take_front(table.weights.size())));
        args = args.drop_front(table.weights.size());
        position[dim.d] = all.back().front().index;
      }
      for (int64_t d = 0; d < rank; ++d)
        if (!position[d])
          position[d] = in.loopIndex(d);
      if (op.getMode() == ResizeMode::Nearest && !crops())
        return in.extract(x, position);
      Value sum = weighted(in, x, from, real, dims, all, position, 0);
      if (crops()) {
        Value beyond = dims.empty() ? Value() : outside(in);
        Value extrapolated = in.constantNumber(real, op.getExtrapolation().convertToDouble());
        if (beyond)
          sum = arith::SelectOp::create(in, beyond, extrapolated, sum);
      }
      return Element(in, to).store(convertElement(in, sum, real, to));
    });
  }

  Value weighted(LinalgBuilder &in, Value x, Type logical, Type real, ArrayRef<Dimension> dims, ArrayRef<SmallVector<Tap>> all,
                 SmallVector<Value> &position, size_t depth) {
    if (depth == all.size())
      return convertElement(in, Element(in, logical).load(in.extract(x, position)), logical, real);
    Element e(in, real);
    Value sum;
    for (const Tap &tap : all[depth]) {
      position[dims[depth].d] = tap.index;
      Value part = weighted(in, x, logical, real, dims, all, position, depth + 1);
      if (tap.weight)
        part = e.mul(part, tap.weight);
      sum = sum ? e.add(sum, part) : part;
    }
    return sum;
  }

  /// Shrinking with the kernel stretched over all that falls on a result element: one dimension after the other, each a reduction
  /// over neighbours divided by the sum of their weights.
  Value antialiased(Value x, Type logical) {
    Type real = isa<FloatType>(logical) ? computeType(logical) : Type(b.getF32Type());
    Type current = logical;
    for (const Dimension &dim : resized) {
      x = antialiasedAlong(x, current, real, dim);
      current = real;
    }
    return b.convert(x, current, logical);
  }

  Value antialiasedAlong(Value x, Type logical, Type real, const Dimension &dim) {
    Real outer{b};
    double support = op.getMode() == ResizeMode::Linear ? 1 : 2;
    Value shrink = arith::MinimumFOp::create(b, dim.scale, outer.number(1));
    Value reach = outer.toIndex(outer.ceil(outer.div(outer.number(support), shrink)));
    Value before = arith::SubIOp::create(b, reach, b.index(1));
    OpFoldResult count = arith::MulIOp::create(b, reach, b.index(2)).getResult();
    Sizes partial = b.sizes(x);
    int64_t rank = partial.size();
    partial[dim.d] = dim.out;
    Value window = b.empty({count}, real);

    // Weight and neighbour of a loop over [result index, neighbour].
    auto tap = [&](LinalgBuilder &in, int64_t result, int64_t neighbour) -> Tap {
      Real r{in};
      Value position = coordinate(in, dim, in.loopIndex(result));
      Value first = arith::SubIOp::create(in, r.toIndex(r.floor(position)), before);
      Value index = arith::AddIOp::create(in, first, in.loopIndex(neighbour));
      Value distance = r.mul(r.abs(r.sub(r.fromIndex(index), position)), shrink);
      Value weight;
      if (support == 1) {
        weight = arith::MaximumFOp::create(in, r.sub(r.number(1), distance), r.number(0));
      } else {
        weight = arith::SelectOp::create(in, r.less(distance, r.number(2)), cubicFar(r, distance), r.number(0));
        Value isNear = arith::CmpFOp::create(in, arith::CmpFPredicate::OLE, distance, r.number(1));
        weight = arith::SelectOp::create(in, isNear, cubicNear(r, distance), weight);
      }
      if (op.getExcludeOutside())
        weight = arith::SelectOp::create(in, isInside(in, index, dim), weight, r.number(0));
      return {clamped(in, index, dim), convertElement(in, weight, in.getF64Type(), real)};
    };

    SmallVector<bool> reduced(rank + 1, false);
    reduced[rank] = true;
    SmallVector<int64_t> kept = llvm::to_vector(llvm::seq<int64_t>(0, rank));
    Value sum = b.accumulate({{window, b.select(rank + 1, {rank})}}, b.filled(partial, b.number(real, 0)), b.select(rank + 1, kept),
                             reduced, [&](LinalgBuilder &in, ValueRange args) {
                               Tap neighbour = tap(in, dim.d, rank);
                               SmallVector<Value> position;
                               for (int64_t d = 0; d < rank; ++d)
                                 position.push_back(d == dim.d ? neighbour.index : in.loopIndex(d));
                               Element e(in, real);
                               Value element = Element(in, logical).load(in.extract(x, position));
                               return e.add(args[1], e.mul(convertElement(in, element, logical, real), neighbour.weight));
                             });
    Value total =
        b.accumulate({{window, b.select(2, {1})}}, b.filled({dim.out}, b.number(real, 0)), b.select(2, {0}), {false, true},
                     [&](LinalgBuilder &in, ValueRange args) { return Element(in, real).add(args[1], tap(in, 0, 1).weight); });
    return b.parallel({{sum, b.identity(rank)}, {total, b.select(rank, {dim.d})}}, partial, real,
                      [&](LinalgBuilder &in, ValueRange args) { return Element(in, real).div(args[0], args[1]); });
  }
};

struct LowerResize : LowerOp<ResizeOp> {
  using LowerOp::LowerOp;
  FailureOr<Value> lower(ResizeOp op, Adaptor adaptor, LinalgBuilder &b, ConversionPatternRewriter &) const override {
    Resampler resampler(op, adaptor, b);
    Type logical = elementOf(op.getX());
    if (resampler.resized.empty())
      return adaptor.getX();
    if (op.getAntialias() && op.getMode() != ResizeMode::Nearest && !resampler.crops())
      return resampler.antialiased(adaptor.getX(), logical);
    return resampler.interpolate(adaptor.getX(), logical);
  }
};

} // namespace

void populateResize(const TypeConverter &types, Patterns &patterns) {
  patterns.add<LowerResize>(types, patterns.getContext());
}

} // namespace ingot::lower
