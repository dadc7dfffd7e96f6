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
  WindowLoops(LinalgBuilder &b, OpT op, Value x)
      : b(b), window(op.getWindow()), strides(op.getStrides()), dilations(op.getDilations()), padLow(op.getPadLow()),
        padHigh(op.getPadHigh()), rank(rankOf(x)) {
    auto type = cast<RankedTensorType>(op->getResult(0).getType());
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

} // namespace

void populateWindow(const TypeConverter &types, Patterns &patterns) {
  patterns.add<LowerReduceWindow, LowerArgMaxWindow>(types, patterns.getContext());
}

} // namespace ingot::lower
