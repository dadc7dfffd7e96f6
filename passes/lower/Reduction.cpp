//===- Reduction.cpp - Reductions, softmax and normalization ------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reductions keep the order of dimensions and leave the reduced ones out of the result. 16-bit floats accumulate in f32; integers
// in their own type, where they wrap. Softmax and normalization divide once per row: the reciprocal is computed on the reduced
// shape.
//
//===----------------------------------------------------------------------===//

#include "ir/LinalgExt/LinalgExt.h"
#include "passes/lower/Lowering.h"

using namespace mlir;

namespace ingot::lower {
namespace {

/// The loops of a reduction of a tensor of some rank over `dims`.
struct ReductionLoops {
  SmallVector<bool> reduced;
  SmallVector<int64_t> kept;
  AffineMap map;

  ReductionLoops(LinalgBuilder &b, int64_t rank, ArrayRef<int64_t> dims) : reduced(rank, false) {
    for (int64_t d : dims)
      reduced[d] = true;
    for (int64_t d = 0; d < rank; ++d)
      if (!reduced[d])
        kept.push_back(d);
    map = b.select(rank, kept);
  }
  Sizes keptSizes(ArrayRef<OpFoldResult> sizes) const {
    Sizes result;
    for (int64_t d : kept)
      result.push_back(sizes[d]);
    return result;
  }
};

/// What softmax and normalization are made of: reductions and elementwise steps in the compute type of one tensor.
struct RowOps {
  LinalgBuilder &b;
  Type logical;
  Type compute;
  Sizes sizes;
  ReductionLoops loops;

  RowOps(LinalgBuilder &b, Value x, Type logical, ArrayRef<int64_t> dims)
      : b(b), logical(logical), compute(computeType(logical)), sizes(b.sizes(x)), loops(b, rankOf(x), dims) {}

  Input full(Value tensor) { return {tensor, b.identity(sizes.size())}; }
  Input row(Value tensor) { return {tensor, loops.map}; }

  using StepFn = function_ref<Value(Element &, ValueRange)>;

  /// `combine` gets the inputs' elements in the compute type, and last the accumulator.
  Value reduce(ArrayRef<Input> inputs, TypedAttr neutral, StepFn combine) {
    Value init = b.filled(loops.keptSizes(sizes), neutral);
    return b.accumulate(inputs, init, loops.map, loops.reduced, [&](LinalgBuilder &in, ValueRange args) {
      Element e(in, logical);
      return combine(e, loaded(e, args));
    });
  }
  /// One step over all elements; `element` is the result's.
  Value map(ArrayRef<Input> inputs, Type element, StepFn step) {
    return b.parallel(inputs, sizes, element, [&](LinalgBuilder &in, ValueRange args) {
      Element e(in, logical);
      Value result = step(e, loaded(e, args));
      return element == e.storage ? e.store(result) : result;
    });
  }
  /// One step over the reduced shape.
  Value mapRows(ArrayRef<Value> tensors, StepFn step) {
    SmallVector<Input> inputs;
    for (Value tensor : tensors)
      inputs.push_back({tensor, b.identity(loops.kept.size())});
    return b.parallel(inputs, loops.keptSizes(sizes), compute, [&](LinalgBuilder &in, ValueRange args) {
      Element e(in, logical);
      return step(e, args);
    });
  }

private:
  static SmallVector<Value> loaded(Element &e, ValueRange args) {
    SmallVector<Value> result;
    for (Value arg : args)
      result.push_back(e.load(arg));
    return result;
  }
};

Value combineElements(Element &e, ReduceKind kind, Value a, Value b) {
  switch (kind) {
  case ReduceKind::Sum:
    return e.add(a, b);
  case ReduceKind::Product:
    return e.mul(a, b);
  case ReduceKind::Max:
    return e.max(a, b);
  case ReduceKind::Min:
    return e.min(a, b);
  }
  llvm_unreachable("unknown kind");
}

TypedAttr neutralOf(Element &e, ReduceKind kind, Type type) {
  switch (kind) {
  case ReduceKind::Sum:
    return e.b.number(type, 0);
  case ReduceKind::Product:
    return e.b.number(type, 1);
  case ReduceKind::Max:
    return e.lowest(type);
  case ReduceKind::Min:
    return e.highest(type);
  }
  llvm_unreachable("unknown kind");
}

struct LowerReduce : LowerOp<ReduceOp> {
  using LowerOp::LowerOp;
  FailureOr<Value> lower(ReduceOp op, Adaptor adaptor, LinalgBuilder &b, ConversionPatternRewriter &) const override {
    Type logical = elementOf(op.getX());
    RowOps rows(b, adaptor.getX(), logical, op.getDimensions());
    Element outer(b, logical);
    Value sum = rows.reduce({rows.full(adaptor.getX())}, neutralOf(outer, op.getKind(), rows.compute),
                            [&](Element &e, ValueRange args) { return combineElements(e, op.getKind(), args[1], args[0]); });
    return b.convert(sum, rows.compute, storageType(logical));
  }
};

struct LowerArgReduce : LowerOp<ArgReduceOp> {
  using LowerOp::LowerOp;
  FailureOr<Value> lower(ArgReduceOp op, Adaptor adaptor, LinalgBuilder &b, ConversionPatternRewriter &) const override {
    Sizes sizes = b.sizes(adaptor.getX());
    sizes.erase(sizes.begin() + op.getAxis());
    Value init = b.empty(sizes, b.getI64Type());
    bool isUnsigned = Element(b, elementOf(op.getX())).isUnsigned();
    auto kind = op.getKind() == ArgKind::Max ? linalg_ext::ArgKind::Max : linalg_ext::ArgKind::Min;
    return linalg_ext::ArgReduceOp::create(b, init.getType(), kind, ValueRange{adaptor.getX()}, ValueRange{init}, op.getAxis(),
                                           op.getLast(), isUnsigned)
        .getResult(0);
  }
};

Value maximum(RowOps &rows, Value x) {
  Element outer(rows.b, rows.logical);
  return rows.reduce({rows.full(x)}, outer.lowest(rows.compute),
                     [](Element &e, ValueRange args) { return e.max(args[1], args[0]); });
}

struct LowerSoftmax : LowerOp<SoftmaxOp> {
  using LowerOp::LowerOp;
  FailureOr<Value> lower(SoftmaxOp op, Adaptor adaptor, LinalgBuilder &b, ConversionPatternRewriter &) const override {
    Value x = adaptor.getX();
    RowOps rows(b, x, elementOf(op.getX()), {static_cast<int64_t>(op.getAxis())});
    Value max = maximum(rows, x);
    Value power = rows.map({rows.full(x), rows.row(max)}, rows.compute,
                           [](Element &e, ValueRange args) { return math::ExpOp::create(e.b, e.sub(args[0], args[1])); });
    Value sum = rows.reduce({rows.full(power)}, b.number(rows.compute, 0),
                            [](Element &e, ValueRange args) { return e.add(args[1], args[0]); });
    Value inverse = rows.mapRows({sum}, [](Element &e, ValueRange args) { return e.div(e.number(1), args[0]); });
    return rows.map({rows.full(power), rows.row(inverse)}, storageType(rows.logical),
                    [](Element &e, ValueRange args) { return e.mul(args[0], args[1]); });
  }
};

struct LowerLogSoftmax : LowerOp<LogSoftmaxOp> {
  using LowerOp::LowerOp;
  FailureOr<Value> lower(LogSoftmaxOp op, Adaptor adaptor, LinalgBuilder &b, ConversionPatternRewriter &) const override {
    Value x = adaptor.getX();
    RowOps rows(b, x, elementOf(op.getX()), {static_cast<int64_t>(op.getAxis())});
    Value max = maximum(rows, x);
    Value sum = rows.reduce({rows.full(x), rows.row(max)}, b.number(rows.compute, 0), [](Element &e, ValueRange args) {
      return e.add(args[2], math::ExpOp::create(e.b, e.sub(args[0], args[1])));
    });
    Value log = rows.mapRows({sum}, [](Element &e, ValueRange args) { return math::LogOp::create(e.b, args[0]); });
    return rows.map({rows.full(x), rows.row(max), rows.row(log)}, storageType(rows.logical),
                    [](Element &e, ValueRange args) { return e.sub(e.sub(args[0], args[1]), args[2]); });
  }
};

struct LowerNormalize : LowerOp<NormalizeOp> {
  using LowerOp::LowerOp;
  FailureOr<Value> lower(NormalizeOp op, Adaptor adaptor, LinalgBuilder &b, ConversionPatternRewriter &) const override {
    Value x = adaptor.getX();
    RowOps rows(b, x, elementOf(op.getX()), op.getDimensions());
    Sizes counted;
    for (int64_t d : op.getDimensions())
      counted.push_back(rows.sizes[d]);
    OpFoldResult count = b.product(counted);
    Value factor; // 1 / count
    if (std::optional<int64_t> known = getConstantIntValue(count)) {
      factor = b.constantNumber(rows.compute, 1.0 / *known);
    } else {
      Value number = arith::IndexCastOp::create(b, b.getI64Type(), b.value(count));
      Value real = arith::SIToFPOp::create(b, rows.compute, number);
      factor = arith::DivFOp::create(b, b.constantNumber(rows.compute, 1), real);
    }
    auto mean = [&](Value sum) { return rows.mapRows({sum}, [&](Element &e, ValueRange args) { return e.mul(args[0], factor); }); };
    TypedAttr zero = b.number(rows.compute, 0);
    SmallVector<Input> inputs{rows.full(x)};
    if (!op.getRms())
      inputs.push_back(
          rows.row(mean(rows.reduce({rows.full(x)}, zero, [](Element &e, ValueRange args) { return e.add(args[1], args[0]); }))));
    auto centred = [&](Element &e, ValueRange args) { return op.getRms() ? args[0] : e.sub(args[0], args[1]); };
    Value squares = rows.reduce(inputs, zero, [&](Element &e, ValueRange args) {
      Value difference = centred(e, args);
      return e.add(args.back(), e.mul(difference, difference));
    });
    double epsilon = op.getEpsilon().convertToDouble();
    Value inverse = rows.mapRows({squares}, [&](Element &e, ValueRange args) {
      Value variance = e.add(e.mul(args[0], factor), e.number(epsilon));
      return e.div(e.number(1), math::SqrtOp::create(e.b, variance));
    });
    inputs.push_back(rows.row(inverse));
    return rows.map(inputs, storageType(rows.logical),
                    [&](Element &e, ValueRange args) { return e.mul(centred(e, args), args[inputs.size() - 1]); });
  }
};

} // namespace

void populateReduction(const TypeConverter &types, Patterns &patterns) {
  patterns.add<LowerReduce, LowerArgReduce, LowerSoftmax, LowerLogSoftmax, LowerNormalize>(types, patterns.getContext());
}

} // namespace ingot::lower
