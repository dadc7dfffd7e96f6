//===- Window.cpp - Pooling ----------------------------------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A pool is a reduction whose window dimensions are loops of their own; an empty tensor that nobody reads gives them their sizes.
//
//===----------------------------------------------------------------------===//

#include "passes/lower/Lowering.h"

using namespace mlir;

namespace ingot::lower {
namespace {

/// The loops over windows: one for each dimension of x, then one for each dimension with a window.
struct WindowLoops {
  LinalgBuilder &b;
  ArrayRef<int64_t> window, strides, dilations, padLow, padHigh;
  int64_t rank;
  SmallVector<int64_t> pooled; // dimensions with a window
  Sizes sizes;                 // of the result

  template <typename OpT>
  WindowLoops(LinalgBuilder &b, OpT op, Value x) : WindowLoops(b, op, x, op->getResult(0).getType()) {}
  /// `pools`: the type of what has an element for each window.
  template <typename OpT>
  WindowLoops(LinalgBuilder &b, OpT op, Value x, Type pools)
      : b(b), window(op.getWindow()), strides(op.getStrides()), dilations(op.getDilations()), padLow(op.getPadLow()),
        padHigh(op.getPadHigh()), rank(rankOf(x)) {
    auto type = cast<RankedTensorType>(pools);
    for (int64_t d = 0; d < rank; ++d) {
      if (window[d] != 1)
        pooled.push_back(d);
      if (!type.isDynamicDim(d)) {
        sizes.push_back(b.getIndexAttr(type.getDimSize(d)));
        continue;
      }
      int64_t extent = (window[d] - 1) * dilations[d] + 1;
      OpFoldResult span = b.add(b.dim(x, d), b.getIndexAttr(padLow[d] + padHigh[d] - extent));
      sizes.push_back(b.max(b.add(b.floorDiv(span, strides[d]), b.getIndexAttr(1)), b.getIndexAttr(0)));
    }
    if (pooled.empty())
      pooled.push_back(rank - 1);
  }

  int64_t loops() const { return rank + pooled.size(); }

  Value padded(Value x, TypedAttr value) {
    Sizes low, high;
    for (int64_t d = 0; d < rank; ++d) {
      low.push_back(b.getIndexAttr(padLow[d]));
      high.push_back(b.getIndexAttr(padHigh[d]));
    }
    bool pads = llvm::any_of(padLow, [](int64_t p) { return p != 0; }) || llvm::any_of(padHigh, [](int64_t p) { return p != 0; });
    return pads ? b.pad(x, low, high, b.constant(value)) : x;
  }

  SmallVector<Input> inputs(Value padded) {
    SmallVector<AffineExpr> exprs, windowExprs;
    Sizes windowSizes;
    for (int64_t d = 0; d < rank; ++d)
      exprs.push_back(b.getAffineDimExpr(d) * strides[d]);
    for (auto [i, d] : llvm::enumerate(pooled)) {
      AffineExpr loop = b.getAffineDimExpr(rank + i);
      exprs[d] = exprs[d] + loop * dilations[d];
      windowExprs.push_back(loop);
      windowSizes.push_back(b.getIndexAttr(window[d]));
    }
    return {{padded, AffineMap::get(loops(), 0, exprs, b.getContext())},
            {b.empty(windowSizes, elementOf(padded)), AffineMap::get(loops(), 0, windowExprs, b.getContext())}};
  }

  AffineMap resultMap() { return b.select(loops(), llvm::to_vector(llvm::seq<int64_t>(0, rank))); }

  SmallVector<bool> reduced() {
    SmallVector<bool> result(rank, false);
    result.append(pooled.size(), true);
    return result;
  }

  /// Where in the unpadded x a loop of dimension d reads; inside a body.
  Value position(LinalgBuilder &in, int64_t d) {
    Value start = in.createOrFold<arith::MulIOp>(in.loopIndex(d), in.index(strides[d]));
    auto found = llvm::find(pooled, d);
    if (found != pooled.end()) {
      Value offset = in.createOrFold<arith::MulIOp>(in.loopIndex(rank + (found - pooled.begin())), in.index(dilations[d]));
      start = in.createOrFold<arith::AddIOp>(start, offset);
    }
    return in.createOrFold<arith::SubIOp>(start, in.index(padLow[d]));
  }
};

Value windowMaximum(WindowLoops &loops, Value x, Type logical) {
  LinalgBuilder &b = loops.b;
  Element outer(b, logical);
  Value padded = loops.padded(x, outer.lowest(outer.storage));
  Value init = b.filled(loops.sizes, outer.lowest(outer.compute));
  Value best =
      b.accumulate(loops.inputs(padded), init, loops.resultMap(), loops.reduced(), [&](LinalgBuilder &in, ValueRange args) {
        Element e(in, logical);
        return e.max(args[2], e.load(args[0]));
      });
  return b.convert(best, outer.compute, outer.storage);
}

struct LowerReduceWindow : LowerOp<ReduceWindowOp> {
  using LowerOp::LowerOp;
  FailureOr<Value> lower(ReduceWindowOp op, Adaptor adaptor, LinalgBuilder &b, ConversionPatternRewriter &) const override {
    Value x = adaptor.getX();
    Type logical = elementOf(op.getX());
    WindowLoops loops(b, op, x);
    if (op.getKind() == WindowKind::Max)
      return windowMaximum(loops, x, logical);
    Element outer(b, logical);
    Value padded = loops.padded(x, b.number(outer.storage, 0));
    Value init = b.filled(loops.sizes, b.number(outer.compute, 0));
    Value sum =
        b.accumulate(loops.inputs(padded), init, loops.resultMap(), loops.reduced(), [&](LinalgBuilder &in, ValueRange args) {
          Element e(in, logical);
          return e.add(args[2], e.load(args[0]));
        });
    if (op.getKind() == WindowKind::Sum)
      return b.convert(sum, outer.compute, outer.storage);
    return mean(op, loops, sum, x, logical);
  }

  static Value mean(ReduceWindowOp op, WindowLoops &loops, Value sum, Value x, Type logical) {
    LinalgBuilder &b = loops.b;
    int64_t elements = 1;
    bool constant = true;
    SmallVector<Value> size(loops.rank);
    for (int64_t d = 0; d < loops.rank; ++d) {
      elements *= loops.window[d];
      if (op.getCountPadding() || (loops.padLow[d] == 0 && loops.padHigh[d] == 0))
        continue;
      constant = false;
      size[d] = b.value(b.dim(x, d));
    }
    return b.parallel({{sum, b.identity(loops.rank)}}, loops.sizes, storageType(logical), [&](LinalgBuilder &in, ValueRange args) {
      Element e(in, logical);
      if (constant) {
        if (e.isFloat())
          return e.store(e.mul(args[0], e.number(1.0 / static_cast<double>(elements))));
        return e.store(e.div(args[0], e.integer(elements)));
      }
      Value count;
      int64_t factor = 1;
      for (int64_t d = 0; d < loops.rank; ++d) {
        if (!size[d]) {
          factor *= loops.window[d];
          continue;
        }
        Value inside = insideCount(in, loops, d, size[d]);
        count = count ? arith::MulIOp::create(in, count, inside).getResult() : inside;
      }
      count = in.createOrFold<arith::MulIOp>(count, in.index(factor));
      Value number = arith::IndexCastOp::create(in, in.getI64Type(), count);
      return e.store(e.div(args[0], convertElement(in, number, in.getI64Type(), e.compute)));
    });
  }

  /// How many positions of the window at this loop's index lie inside x; at least 1.
  static Value insideCount(LinalgBuilder &in, WindowLoops &loops, int64_t d, Value size) {
    int64_t window = loops.window[d], dilation = loops.dilations[d];
    Value zero = in.index(0), one = in.index(1);
    Value start = in.createOrFold<arith::SubIOp>(in.createOrFold<arith::MulIOp>(in.loopIndex(d), in.index(loops.strides[d])),
                                                 in.index(loops.padLow[d]));
    // First and last position t of the window with 0 <= start + t * dilation < size.
    Value before = arith::MaxSIOp::create(in, arith::SubIOp::create(in, zero, start), zero);
    Value room = arith::SubIOp::create(in, size, start);
    if (dilation != 1) {
      before = arith::CeilDivSIOp::create(in, before, in.index(dilation));
      room = arith::CeilDivSIOp::create(in, room, in.index(dilation));
    }
    Value end = arith::MinSIOp::create(in, room, in.index(window));
    return arith::MaxSIOp::create(in, arith::SubIOp::create(in, end, before), one);
  }
};

struct LowerArgMaxWindow : LowerOp<ArgMaxWindowOp> {
  using LowerOp::LowerOp;
  FailureOr<Value> lower(ArgMaxWindowOp op, Adaptor adaptor, LinalgBuilder &b, ConversionPatternRewriter &) const override {
    Value x = adaptor.getX();
    Type logical = elementOf(op.getX());
    WindowLoops loops(b, op, x);
    Value best = windowMaximum(loops, x, logical);
    Element outer(b, logical);
    Value padded = loops.padded(x, outer.lowest(outer.storage));
    SmallVector<Input> inputs = loops.inputs(padded);
    inputs.push_back({best, loops.resultMap()});
    SmallVector<Value> size;
    for (OpFoldResult s : b.sizes(x))
      size.push_back(b.value(s));
    // The least index among those that hold the maximum.
    Value init = b.filled(loops.sizes, b.getI64IntegerAttr(std::numeric_limits<int64_t>::max()));
    return b.accumulate(inputs, init, loops.resultMap(), loops.reduced(), [&](LinalgBuilder &in, ValueRange args) {
      Element e(in, logical);
      Value element = e.load(args[0]);
      Value wanted = e.compare(Comparison::EQ, element, e.load(args[2]));
      if (e.isFloat())
        wanted = arith::OrIOp::create(in, wanted, e.compare(Comparison::NE, element, element));
      Value flat = in.index(0);
      for (int64_t d = 0; d < loops.rank; ++d) {
        Value position = loops.position(in, d);
        flat = arith::AddIOp::create(in, in.createOrFold<arith::MulIOp>(flat, size[d]), position);
        if (loops.padLow[d] == 0 && loops.padHigh[d] == 0)
          continue;
        // As unsigned numbers, positions before the start are beyond the end.
        wanted = arith::AndIOp::create(in, wanted, arith::CmpIOp::create(in, arith::CmpIPredicate::ult, position, size[d]));
      }
      Value candidate = arith::IndexCastOp::create(in, in.getI64Type(), flat);
      Value none = in.constant(in.getI64IntegerAttr(std::numeric_limits<int64_t>::max()));
      return arith::MinSIOp::create(in, args[3], arith::SelectOp::create(in, wanted, candidate, none));
    });
  }
};

/// Each dy is added to where its window had the first maximum. A window keeps which of its places that is, and each remainder of x's
/// positions under the strides asks the windows above it, of which there are as many for all of its positions.
struct LowerMaxPoolGrad : LowerOp<MaxPoolGradOp> {
  using LowerOp::LowerOp;
  FailureOr<Value> lower(MaxPoolGradOp op, Adaptor adaptor, LinalgBuilder &b, ConversionPatternRewriter &) const override {
    Value x = adaptor.getX(), dy = adaptor.getDy();
    Type logical = elementOf(op.getX());
    WindowLoops loops(b, op, x, op.getDy().getType());
    Value places = firstMaxima(loops, x, logical);
    int64_t rank = loops.rank;

    // Of one dimension: the positions of x of one remainder, and the windows that reach them, `place + stride * j` those from j - low on.
    struct Remainder {
      int64_t first, taps, place, count, low, high;
    };
    auto type = cast<RankedTensorType>(op.getType()), dyType = cast<RankedTensorType>(op.getDy().getType());
    SmallVector<SmallVector<Remainder>> dims(rank);
    SmallVector<int64_t> low(rank, 0), high(rank, 0);
    int64_t parts = 1;
    bool covers = true;
    for (int64_t d = 0; d < rank; ++d) {
      int64_t s = loops.strides[d], pad = loops.padLow[d];
      if (loops.window[d] == 1 && s == 1 && pad == 0 && loops.padHigh[d] == 0) {
        dims[d].push_back({0, 1, 0, -1, 0, 0});
        continue;
      }
      for (int64_t r = 0; r < s; ++r) {
        Remainder part{r, (loops.window[d] - r + s - 1) / s, ((r - pad) % s + s) % s, 0, 0, 0};
        part.count = std::max<int64_t>((type.getDimSize(d) - part.place + s - 1) / s, 0);
        if (part.taps <= 0 || part.count == 0) {
          covers &= part.count == 0;
          continue;
        }
        int64_t base = (part.place + pad - r) / s;
        part.low = part.taps - 1 - base;
        part.high = base + part.count - dyType.getDimSize(d);
        low[d] = std::max(low[d], part.low);
        high[d] = std::max(high[d], part.high);
        dims[d].push_back(part);
      }
      parts *= dims[d].size();
    }
    Element e(b, logical);
    auto padded = [&](Value tensor, TypedAttr value) {
      bool pads = llvm::any_of(low, [](int64_t p) { return p != 0; }) || llvm::any_of(high, [](int64_t p) { return p != 0; });
      return pads ? b.pad(tensor, getAsIndexOpFoldResult(b.getContext(), low), getAsIndexOpFoldResult(b.getContext(), high), b.constant(value))
                  : tensor;
    };
    places = padded(places, b.getIntegerAttr(elementOf(places), -1));
    dy = padded(dy, b.number(e.storage, 0));
    Sizes sizes = b.sizes(x);
    Value result = covers && parts > 0 ? b.empty(sizes, e.storage) : b.filled(sizes, b.number(e.storage, 0));
    for (int64_t part = 0; part < parts; ++part) {
      SmallVector<Remainder> chosen;
      int64_t rest = part;
      for (auto &list : dims) {
        chosen.push_back(list[rest % list.size()]);
        rest /= list.size();
      }
      SmallVector<int64_t> walked; // dimensions with several windows
      Sizes offsets, steps, counts, starts, windowSizes, unit(rank, b.getIndexAttr(1)), kept;
      SmallVector<AffineExpr> exprs, windowExprs;
      for (auto [d, r] : llvm::enumerate(chosen)) {
        bool whole = r.count < 0;
        offsets.push_back(b.getIndexAttr(r.place));
        steps.push_back(b.getIndexAttr(whole ? 1 : loops.strides[d]));
        counts.push_back(whole ? sizes[d] : OpFoldResult(b.getIndexAttr(r.count)));
        starts.push_back(b.getIndexAttr(whole ? 0 : low[d] - r.low));
        kept.push_back(whole ? sizes[d] : OpFoldResult(b.getIndexAttr(r.count + r.taps - 1)));
        exprs.push_back(b.getAffineDimExpr(d));
        if (r.taps < 2)
          continue;
        AffineExpr window = b.getAffineDimExpr(rank + walked.size());
        exprs.back() = exprs.back() + window;
        windowExprs.push_back(window);
        windowSizes.push_back(b.getIndexAttr(r.taps));
        walked.push_back(d);
      }
      auto slice = [&](Value tensor) -> Value { return tensor::ExtractSliceOp::create(b, tensor, starts, kept, unit); };
      int64_t all = rank + walked.size();
      AffineMap map = AffineMap::get(all, 0, exprs, b.getContext());
      SmallVector<Input> inputs{{slice(places), map}, {slice(dy), map}};
      // The last window of a position has it at the place `first` of the remainder, those before it a stride further each.
      auto chosenValue = [&](LinalgBuilder &in, ValueRange args) {
        Value wanted = in.index(0);
        for (int64_t d = 0; d < rank; ++d) {
          Value place = in.index(chosen[d].first);
          if (auto found = llvm::find(walked, d); found != walked.end()) {
            Value back = arith::SubIOp::create(in, in.index(chosen[d].taps - 1), in.loopIndex(rank + (found - walked.begin())));
            place = arith::AddIOp::create(in, place, arith::MulIOp::create(in, back, in.index(loops.strides[d])));
          }
          wanted = in.createOrFold<arith::AddIOp>(in.createOrFold<arith::MulIOp>(wanted, in.index(loops.window[d])), place);
        }
        Value number = arith::IndexCastOp::create(in, args[0].getType(), wanted);
        Value taken = arith::CmpIOp::create(in, arith::CmpIPredicate::eq, args[0], number);
        Element inner(in, logical);
        return arith::SelectOp::create(in, taken, inner.load(args[1]), inner.number(0)).getResult();
      };
      Value sums;
      if (walked.empty()) {
        sums = b.parallel(inputs, counts, e.storage, [&](LinalgBuilder &in, ValueRange args) {
          return Element(in, logical).store(chosenValue(in, args));
        });
      } else {
        inputs.push_back({b.empty(windowSizes, e.storage), AffineMap::get(all, 0, windowExprs, b.getContext())});
        SmallVector<bool> reduced(rank, false);
        reduced.append(walked.size(), true);
        sums = b.accumulate(inputs, b.filled(counts, b.number(e.compute, 0)), b.select(all, llvm::to_vector(llvm::seq<int64_t>(0, rank))),
                            reduced, [&](LinalgBuilder &in, ValueRange args) {
                              return Element(in, logical).add(args.back(), chosenValue(in, args));
                            });
        sums = b.convert(sums, e.compute, e.storage);
      }
      result = tensor::InsertSliceOp::create(b, sums, result, offsets, counts, steps);
    }
    return result;
  }

  /// Which place of each window, counted in row-major order, holds its first maximum; a large number where all are outside of x.
  static Value firstMaxima(WindowLoops &loops, Value x, Type logical) {
    LinalgBuilder &b = loops.b;
    Value best = windowMaximum(loops, x, logical);
    Element outer(b, logical);
    Value padded = loops.padded(x, outer.lowest(outer.storage));
    SmallVector<Input> inputs = loops.inputs(padded);
    inputs.push_back({best, loops.resultMap()});
    SmallVector<Value> size;
    for (OpFoldResult s : b.sizes(x))
      size.push_back(b.value(s));
    // As wide as what it is compared beside: a vector of both has as many elements.
    Type number = outer.width() > 32 ? b.getI64Type() : b.getI32Type();
    TypedAttr none = b.getIntegerAttr(number, std::numeric_limits<int32_t>::max());
    return b.accumulate(inputs, b.filled(loops.sizes, none), loops.resultMap(), loops.reduced(), [&](LinalgBuilder &in, ValueRange args) {
      Element e(in, logical);
      Value element = e.load(args[0]);
      Value wanted = arith::OrIOp::create(in, e.compare(Comparison::EQ, element, e.load(args[2])), e.compare(Comparison::NE, element, element));
      Value place = in.index(0), inside;
      for (int64_t d = 0; d < loops.rank; ++d) {
        Value own = in.index(0);
        if (auto found = llvm::find(loops.pooled, d); found != loops.pooled.end())
          own = in.loopIndex(loops.rank + (found - loops.pooled.begin()));
        place = in.createOrFold<arith::AddIOp>(in.createOrFold<arith::MulIOp>(place, in.index(loops.window[d])), own);
        if (loops.padLow[d] == 0 && loops.padHigh[d] == 0)
          continue;
        // As unsigned numbers, positions before the start are beyond the end.
        Value exists = arith::CmpIOp::create(in, arith::CmpIPredicate::ult, loops.position(in, d), size[d]);
        inside = inside ? arith::AndIOp::create(in, inside, exists).getResult() : exists;
      }
      Value candidate = arith::IndexCastOp::create(in, number, place), otherwise = in.constant(none);
      if (inside)
        candidate = arith::SelectOp::create(in, inside, candidate, otherwise);
      return arith::MinSIOp::create(in, args[3], arith::SelectOp::create(in, wanted, candidate, otherwise)).getResult();
    });
  }
};

} // namespace

void populateWindow(const TypeConverter &types, Patterns &patterns) {
  patterns.add<LowerReduceWindow, LowerArgMaxWindow, LowerMaxPoolGrad>(types, patterns.getContext());
}

} // namespace ingot::lower
