//===- Reduction.cpp - Reduce*, ArgMax and ArgMin -------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// `axes` was an attribute until opset 17 (ReduceSum: 12), since then it is an input. Sums of 16-bit floats are taken in f32.
//
//===----------------------------------------------------------------------===//

#include "frontend/decode/Reduction.h"

#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;

namespace ingot {

SmallVector<int64_t> axesFrom(Value x, int64_t first) {
  return llvm::to_vector(llvm::seq<int64_t>(first, rankOf(x)));
}

Value reduceMean(ImportBuilder &b, Value x, ArrayRef<int64_t> axes, bool keepDims) {
  Type type = elementTypeOf(x);
  Value wide = isSmallFloat(type) ? b.castTo(x, b.getF32Type()) : x;
  Dims reduced;
  for (int64_t axis : axes)
    reduced.push_back(b.size(x, axis));
  Dim count = b.product(reduced);
  Value sum = b.reduce(ReduceKind::Sum, wide, axes, keepDims);
  Type sumType = elementTypeOf(sum);
  std::optional<int64_t> known = ImportBuilder::known(count);
  // A product with the reciprocal would round twice where the count is no power of two.
  Value mean =
      known && *known == 1 ? sum : b.div(sum, known ? b.scalarInt(*known, sumType) : b.castTo(b.dimScalar(count), sumType));
  return b.castTo(mean, type);
}

namespace {

struct ReduceArguments {
  Value x;
  SmallVector<int64_t> axes;
  bool keepDims = true;
  // Axes that are known at run time only: whether each dimension is one of them (i1). All results keep their dimensions then.
  SmallVector<Value> isReduced;

  bool reducesNothing() const { return axes.empty() && isReduced.empty(); }
  ReduceArguments of(Value other) const { return {other, axes, keepDims, isReduced}; }
};

using ReduceBuilder = Value (*)(ImportBuilder &b, const ReduceArguments &args);

} // namespace

// One bool a dimension: whether it is among the axes, which may be negative.
static SmallVector<Value> readRuntimeAxes(ImportBuilder &b, Value axes, int64_t rank) {
  SmallVector<Value> isReduced(rank);
  for (int64_t i = 0; i < shapeOf(axes)[0]; ++i) {
    Dim axis = b.extractDim(axes, i);
    for (int64_t dim = 0; dim < rank; ++dim) {
      Value hit = arith::OrIOp::create(
          b, b.getLoc(), arith::CmpIOp::create(b, b.getLoc(), arith::CmpIPredicate::eq, b.index(axis), b.index(dim)),
          arith::CmpIOp::create(b, b.getLoc(), arith::CmpIPredicate::eq, b.index(axis), b.index(dim - rank)));
      isReduced[dim] = isReduced[dim] ? arith::OrIOp::create(b, b.getLoc(), isReduced[dim], hit).getResult() : hit;
    }
  }
  return isReduced;
}

static FailureOr<ReduceArguments> readReduce(NodeReader &node, ImportBuilder &b, bool axesAreInput) {
  ReduceArguments args;
  args.x = node.input(0);
  args.keepDims = node.i("keepdims", 1) != 0;
  SmallVector<int64_t> axes;
  if (axesAreInput && node.hasInput(1)) {
    Value input = node.input(1);
    std::optional<SmallVector<int64_t>> known = node.constantInts(1);
    if (!known && (rankOf(input) != 1 || !typeOf(input).hasStaticShape()))
      return node.unsupported("the number of a reduction's axes is known at run time only", "make them a constant");
    if (!known && shapeOf(input)[0] > rankOf(args.x))
      return node.fail("it has more axes than its input has dimensions");
    if (!known && shapeOf(input)[0] > 0) {
      args.isReduced = readRuntimeAxes(b, input, rankOf(args.x));
      return args;
    }
    if (known)
      axes = *known;
  } else if (!axesAreInput) {
    axes = node.ints("axes");
  }
  if (axes.empty() && !(axesAreInput && node.i("noop_with_empty_axes", 0)))
    args.axes = axesFrom(args.x, 0);
  else
    args.axes = node.normalizeAxes(axes, rankOf(args.x));
  if (node.failed())
    return failure();
  return args;
}

// The reduction proper. Axes of run time: one dimension after another, each reduced or left as it is.
static Value reduceOver(ImportBuilder &b, ReduceKind kind, const ReduceArguments &args, bool keepDims) {
  if (args.isReduced.empty())
    return args.axes.empty() ? args.x : b.reduce(kind, args.x, args.axes, keepDims);
  Value x = args.x;
  for (auto [dim, isReduced] : llvm::enumerate(args.isReduced)) {
    Dims sizes = b.sizes(x);
    sizes[dim] = b.selectDim(isReduced, b.dim(1), sizes[dim]);
    RankedTensorType type = b.tensorType(sizes, elementTypeOf(x));
    auto choice = scf::IfOp::create(b, b.getLoc(), TypeRange{type}, isReduced, /*withElseRegion=*/true);
    for (bool reduces : {true, false}) {
      OpBuilder::InsertionGuard guard(b);
      DimScope scope(b.getDims());
      b.setInsertionPointToStart(reduces ? choice.thenBlock() : choice.elseBlock());
      Value result = reduces ? b.reduce(kind, x, {static_cast<int64_t>(dim)}, /*keepDims=*/true) : x;
      scf::YieldOp::create(b, b.getLoc(), b.castShape(result, type));
    }
    x = choice.getResult(0);
    for (auto [i, size] : llvm::enumerate(sizes))
      b.getDims().setSize(x, i, size);
  }
  return x;
}

// Drops the dimensions that axes of run time have reduced to 1. Size j of the result is that of the j-th dimension kept.
static Value dropReduced(ImportBuilder &b, Value y, const ReduceArguments &args, int64_t numAxes) {
  if (args.isReduced.empty() || args.keepDims)
    return y;
  Dims kept(rankOf(y) - numAxes, b.dim(1));
  Value position = b.index(int64_t(0)), one = b.index(1);
  for (auto [dim, isReduced] : llvm::enumerate(args.isReduced)) {
    Dim size = b.size(y, dim);
    for (auto [j, target] : llvm::enumerate(kept)) {
      Value here = arith::CmpIOp::create(b, b.getLoc(), arith::CmpIPredicate::eq, position, b.index(int64_t(j)));
      Value isKept = arith::XOrIOp::create(b, b.getLoc(), isReduced, arith::ConstantOp::create(b, b.getLoc(), b.getBoolAttr(true)));
      target = b.selectDim(arith::AndIOp::create(b, b.getLoc(), here, isKept).getResult(), size, target);
    }
    Value next = arith::AddIOp::create(b, b.getLoc(), position, one);
    position = arith::SelectOp::create(b, b.getLoc(), isReduced, position, next);
  }
  return b.reshape(y, kept);
}

// Does the work in f32 for 16-bit floats.
template <ReduceBuilder build> static Value inF32(ImportBuilder &b, const ReduceArguments &args) {
  Type type = elementTypeOf(args.x);
  if (!isSmallFloat(type))
    return build(b, args);
  ReduceArguments wide = args;
  wide.x = b.castTo(args.x, b.getF32Type());
  return b.castTo(build(b, wide), type);
}

// Roots and logarithms of integers: computed in f64, rounded toward zero.
template <ReduceBuilder build> static Value inFloat(ImportBuilder &b, const ReduceArguments &args) {
  Type type = elementTypeOf(args.x);
  if (isa<FloatType>(type))
    return inF32<build>(b, args);
  ReduceArguments wide = args;
  wide.x = b.castTo(args.x, b.getF64Type());
  return b.castTo(build(b, wide), type);
}

template <ReduceKind kind> static Value reduceBy(ImportBuilder &b, const ReduceArguments &args) {
  return reduceOver(b, kind, args, args.keepDims);
}

static Value reduceSum(ImportBuilder &b, const ReduceArguments &args) {
  return reduceBy<ReduceKind::Sum>(b, args);
}

static Value reduceMeanOf(ImportBuilder &b, const ReduceArguments &args) {
  if (args.isReduced.empty())
    return args.axes.empty() ? args.x : reduceMean(b, args.x, args.axes, args.keepDims);
  Dims counted;
  for (auto [dim, isReduced] : llvm::enumerate(args.isReduced))
    counted.push_back(b.selectDim(isReduced, b.size(args.x, dim), b.dim(1)));
  Value sum = reduceSum(b, args);
  return b.div(sum, b.castTo(b.dimScalar(b.product(counted)), elementTypeOf(sum)));
}

static Value reduceL1(ImportBuilder &b, const ReduceArguments &args) {
  return reduceSum(b, args.of(b.create<AbsOp>(args.x)));
}

static Value reduceSumSquare(ImportBuilder &b, const ReduceArguments &args) {
  return reduceSum(b, args.of(b.create<MulOp>(args.x, args.x)));
}

static Value reduceL2(ImportBuilder &b, const ReduceArguments &args) {
  return b.create<SqrtOp>(reduceSumSquare(b, args));
}

static Value reduceLogSum(ImportBuilder &b, const ReduceArguments &args) {
  return b.create<LogOp>(reduceSum(b, args));
}

// m + log(sum(exp(x - m))) with m the maximum, so that nothing overflows; 0 takes the place of an infinite m.
static Value reduceLogSumExp(ImportBuilder &b, const ReduceArguments &args) {
  if (args.reducesNothing())
    return args.x;
  Value maximum = reduceOver(b, ReduceKind::Max, args, /*keepDims=*/true);
  Value shift = b.select(b.create<IsInfOp>(maximum), b.splatLike(0, maximum), maximum);
  Value centered = b.create<SubOp>(args.x, b.broadcastLike(shift, args.x));
  Value sum = reduceOver(b, ReduceKind::Sum, args.of(b.create<ExpOp>(centered)), /*keepDims=*/true);
  Value result = b.create<AddOp>(b.create<LogOp>(sum), shift);
  return args.keepDims ? result : b.squeeze(result, args.axes);
}

// Truth values: the maximum is `or`, the minimum `and`.
template <ReduceKind kind> static Value reduceExtreme(ImportBuilder &b, const ReduceArguments &args) {
  if (!elementTypeOf(args.x).isInteger(1))
    return reduceBy<kind>(b, args);
  Type byte = b.getIntegerType(8, /*isSigned=*/false);
  return b.castTo(reduceBy<kind>(b, args.of(b.castTo(args.x, byte))), b.getI1Type());
}

template <ReduceBuilder build, bool axesAreInput> static Decoded reduceNode(NodeReader &node, ImportBuilder &b) {
  FailureOr<ReduceArguments> args = readReduce(node, b, axesAreInput);
  if (failed(args))
    return failure();
  Value y = build(b, *args);
  return args->isReduced.empty() ? y : dropReduced(b, y, *args, shapeOf(node.input(1))[0]);
}

template <ReduceBuilder build> static void onReduce(DecoderTable &table, StringRef op, int64_t axesAreInputSince = 18) {
  table.on(op, 1, reduceNode<build, false>);
  table.on(op, axesAreInputSince, reduceNode<build, true>);
}

//===--- ArgMax and ArgMin -------------------------------------------------===//

template <ArgKind kind> static Decoded argReduce(NodeReader &node, ImportBuilder &b) {
  Value x = node.input(0);
  if (!node.checkRank(x, 1))
    return failure();
  int64_t axis = node.axis("axis", 0, rankOf(x));
  bool last = node.i("select_last_index", 0) != 0;
  SmallVector<int64_t> shape(shapeOf(x));
  shape.erase(shape.begin() + axis);
  Value index = b.create<ArgReduceOp>(RankedTensorType::get(shape, b.getI64Type()), kind, x, uint64_t(axis), last);
  return node.i("keepdims", 1) ? b.unsqueeze(index, {axis}) : index;
}

void registerReduction(DecoderTable &table) {
  onReduce<inF32<reduceSum>>(table, "ReduceSum", 13);
  onReduce<inF32<reduceBy<ReduceKind::Product>>>(table, "ReduceProd");
  onReduce<reduceExtreme<ReduceKind::Max>>(table, "ReduceMax");
  onReduce<reduceExtreme<ReduceKind::Min>>(table, "ReduceMin");
  onReduce<inF32<reduceMeanOf>>(table, "ReduceMean");
  onReduce<inF32<reduceL1>>(table, "ReduceL1");
  onReduce<inFloat<reduceL2>>(table, "ReduceL2");
  onReduce<inF32<reduceSumSquare>>(table, "ReduceSumSquare");
  onReduce<inFloat<reduceLogSum>>(table, "ReduceLogSum");
  onReduce<inFloat<reduceLogSumExp>>(table, "ReduceLogSumExp");
  table.on("ArgMax", 1, argReduce<ArgKind::Max>);
  table.on("ArgMin", 1, argReduce<ArgKind::Min>);
}

} // namespace ingot
