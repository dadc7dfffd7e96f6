//===- Reduction.cpp - Reduce*, ArgMax and ArgMin -------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// `axes` was an attribute until opset 17 (ReduceSum: 12), since then it is an input. Sums of 16-bit floats are taken in f32.
//
//===----------------------------------------------------------------------===//

#include "frontend/decode/Reduction.h"

using namespace mlir;

namespace ingot {

SmallVector<int64_t> axesFrom(Value x, int64_t first) { return llvm::to_vector(llvm::seq<int64_t>(first, rankOf(x))); }

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
  Value mean = known && *known == 1 ? sum : b.div(sum, known ? b.scalarInt(*known, sumType) : b.castTo(b.dimScalar(count), sumType));
  return b.castTo(mean, type);
}

namespace {

struct ReduceArguments {
  Value x;
  SmallVector<int64_t> axes;
  bool keepDims = true;
};

using ReduceBuilder = Value (*)(ImportBuilder &b, const ReduceArguments &args);

} // namespace

static FailureOr<ReduceArguments> readReduce(NodeReader &node, bool axesAreInput) {
  ReduceArguments args;
  args.x = node.input(0);
  args.keepDims = node.i("keepdims", 1) != 0;
  SmallVector<int64_t> axes;
  if (axesAreInput && node.hasInput(1)) {
    std::optional<SmallVector<int64_t>> known = node.constantInts(1);
    if (!known)
      return node.unsupported("the axes of a reduction are known at run time only", "make them a constant");
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

// Does the work in f32 for 16-bit floats.
template <ReduceBuilder build>
static Value inF32(ImportBuilder &b, const ReduceArguments &args) {
  Type type = elementTypeOf(args.x);
  if (!isSmallFloat(type))
    return build(b, args);
  ReduceArguments wide = args;
  wide.x = b.castTo(args.x, b.getF32Type());
  return b.castTo(build(b, wide), type);
}

// Roots and logarithms of integers: computed in f64, rounded toward zero.
template <ReduceBuilder build>
static Value inFloat(ImportBuilder &b, const ReduceArguments &args) {
  Type type = elementTypeOf(args.x);
  if (isa<FloatType>(type))
    return inF32<build>(b, args);
  ReduceArguments wide = args;
  wide.x = b.castTo(args.x, b.getF64Type());
  return b.castTo(build(b, wide), type);
}

static Value reduceSum(ImportBuilder &b, const ReduceArguments &args) {
  return args.axes.empty() ? args.x : b.reduce(ReduceKind::Sum, args.x, args.axes, args.keepDims);
}

static Value reduceProd(ImportBuilder &b, const ReduceArguments &args) {
  return args.axes.empty() ? args.x : b.reduce(ReduceKind::Product, args.x, args.axes, args.keepDims);
}

template <ReduceKind kind>
static Value reduceExtreme(ImportBuilder &b, const ReduceArguments &args) {
  return args.axes.empty() ? args.x : b.reduce(kind, args.x, args.axes, args.keepDims);
}

static Value reduceMeanOf(ImportBuilder &b, const ReduceArguments &args) {
  return args.axes.empty() ? args.x : reduceMean(b, args.x, args.axes, args.keepDims);
}

static Value reduceL1(ImportBuilder &b, const ReduceArguments &args) {
  return reduceSum(b, {b.create<AbsOp>(args.x), args.axes, args.keepDims});
}

static Value reduceSumSquare(ImportBuilder &b, const ReduceArguments &args) {
  return reduceSum(b, {b.create<MulOp>(args.x, args.x), args.axes, args.keepDims});
}

static Value reduceL2(ImportBuilder &b, const ReduceArguments &args) { return b.create<SqrtOp>(reduceSumSquare(b, args)); }

static Value reduceLogSum(ImportBuilder &b, const ReduceArguments &args) { return b.create<LogOp>(reduceSum(b, args)); }

// m + log(sum(exp(x - m))) with m the maximum, so that nothing overflows; where m is infinite, x itself.
static Value reduceLogSumExp(ImportBuilder &b, const ReduceArguments &args) {
  if (args.axes.empty())
    return args.x;
  Value maximum = b.reduce(ReduceKind::Max, args.x, args.axes, /*keepDims=*/true);
  Value shift = b.select(b.create<IsInfOp>(maximum), b.splatLike(0, maximum), maximum);
  Value sum = b.reduce(ReduceKind::Sum, b.create<ExpOp>(b.sub(args.x, shift)), args.axes, /*keepDims=*/true);
  Value result = b.create<AddOp>(b.create<LogOp>(sum), shift);
  return args.keepDims ? result : b.squeeze(result, args.axes);
}

// Truth values: the maximum is `or`, the minimum `and`.
template <ReduceKind kind>
static Value reduceExtremeOrBool(ImportBuilder &b, const ReduceArguments &args) {
  if (!elementTypeOf(args.x).isInteger(1))
    return reduceExtreme<kind>(b, args);
  Type byte = b.getIntegerType(8, /*isSigned=*/false);
  return b.castTo(reduceExtreme<kind>(b, {b.castTo(args.x, byte), args.axes, args.keepDims}), b.getI1Type());
}

template <ReduceBuilder build, bool axesAreInput>
static Decoded reduceNode(NodeReader &node, ImportBuilder &b) {
  FailureOr<ReduceArguments> args = readReduce(node, axesAreInput);
  if (failed(args))
    return failure();
  return build(b, *args);
}

template <ReduceBuilder build>
static void onReduce(DecoderTable &table, StringRef op, int64_t axesAreInputSince = 18) {
  table.on(op, 1, reduceNode<build, false>);
  table.on(op, axesAreInputSince, reduceNode<build, true>);
}

//===--- ArgMax and ArgMin -------------------------------------------------===//

template <ArgKind kind>
static Decoded argReduce(NodeReader &node, ImportBuilder &b) {
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
  onReduce<inF32<reduceProd>>(table, "ReduceProd");
  onReduce<reduceExtremeOrBool<ReduceKind::Max>>(table, "ReduceMax");
  onReduce<reduceExtremeOrBool<ReduceKind::Min>>(table, "ReduceMin");
  onReduce<reduceMeanOf>(table, "ReduceMean");
  onReduce<inF32<reduceL1>>(table, "ReduceL1");
  onReduce<inFloat<reduceL2>>(table, "ReduceL2");
  onReduce<inF32<reduceSumSquare>>(table, "ReduceSumSquare");
  onReduce<inFloat<reduceLogSum>>(table, "ReduceLogSum");
  onReduce<inFloat<reduceLogSumExp>>(table, "ReduceLogSumExp");
  table.on("ArgMax", 1, argReduce<ArgKind::Max>);
  table.on("ArgMin", 1, argReduce<ArgKind::Min>);
}

} // namespace ingot
