//===- Random.cpp - Random numbers and dropout --------------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// In training every node draws other numbers in each step: its `random` takes the seed of the run and the number of the step. Else
// every run gives the same ones. So do the iterations of a loop: their number takes part in both.
//
//===----------------------------------------------------------------------===//

#include "frontend/Decoder.h"
#include "frontend/GraphImporter.h"
#include "frontend/decode/Reduction.h"

#include "llvm/ADT/bit.h"

using namespace mlir;

namespace ingot {
namespace {

/// Without a seed of its own a node gets one from its name, so that runs can be repeated and nodes differ.
int64_t seedOf(NodeReader &node) {
  if (auto seed = node.f("seed"))
    return llvm::bit_cast<int64_t>(*seed);
  return node.getImporter().uniqueSeed(node.name());
}

bool drawsInEachStep(NodeReader &node) {
  return node.mode() == ImportMode::Training || node.mode() == ImportMode::Algorithm;
}

Value draw(NodeReader &node, ImportBuilder &b, Type type, RandomKind kind, double first, double second, int64_t seed,
           ArrayRef<Dim> sizes) {
  GraphImporter &importer = node.getImporter();
  Value runSeed, step;
  if (drawsInEachStep(node)) {
    runSeed = importer.stepScalar("seed");
    step = importer.stepScalar("step");
  }
  if (importer.isInLoop()) {
    // Above the number of the step, of which there are fewer than 2^32.
    Value iteration = b.mul(importer.iterationNumber(b), b.scalarInt(int64_t(1) << 32, b.getI64Type()));
    step = step ? b.add(step, iteration) : iteration;
    if (!runSeed)
      runSeed = b.scalarInt(0, b.getI64Type());
  }
  return b.create<RandomOp>(type, kind, first, second, seed, sizes, runSeed, step);
}

Value random(NodeReader &node, ImportBuilder &b, Type type, ArrayRef<Dim> sizes) {
  bool normal = node.op().starts_with("RandomNormal");
  double first = normal ? node.f("mean", 0) : node.f("low", 0), second = normal ? node.f("scale", 1) : node.f("high", 1);
  return draw(node, b, type, normal ? RandomKind::Normal : RandomKind::Uniform, first, second, seedOf(node), sizes);
}

Decoded randomOfShape(NodeReader &node, ImportBuilder &b) {
  Type type = node.dtype(node.i("dtype", 1));
  SmallVector<int64_t> shape = node.ints("shape");
  if (!isa<FloatType>(type) || llvm::any_of(shape, [](int64_t d) { return d < 0; }))
    return node.fail("it needs a float type and sizes that are not negative");
  return random(node, b, type, b.dimList(shape));
}

Decoded randomLike(NodeReader &node, ImportBuilder &b) {
  Value x = node.input(0);
  Type type = node.has("dtype") ? node.dtype(node.i("dtype", 1)) : elementTypeOf(x);
  if (!isa<FloatType>(type))
    return node.fail("it needs a float type");
  return random(node, b, type, b.sizes(x));
}

/// Numbers of [0, 1) with the 24 bits of f32: rounded to fewer, some would be 1.
Value uniform(NodeReader &node, ImportBuilder &b, int64_t seed, ArrayRef<Dim> sizes) {
  return draw(node, b, b.getF32Type(), RandomKind::Uniform, 0.0, 1.0, seed, sizes);
}

Decoded bernoulli(NodeReader &node, ImportBuilder &b) {
  Value x = node.input(0);
  Type type = node.has("dtype") ? node.dtype(node.i("dtype", 1)) : elementTypeOf(x);
  Value drawn = uniform(node, b, seedOf(node), b.sizes(x));
  Type common = elementTypeOf(x).isF64() ? elementTypeOf(x) : Type(b.getF32Type());
  return b.castTo(b.compare(Comparison::LT, b.castTo(drawn, common), b.castTo(x, common)), type);
}

/// The class whose part of the cumulated probabilities a uniform number falls into: how many of them are not above it.
Decoded multinomial(NodeReader &node, ImportBuilder &b) {
  Value x = node.input(0);
  int64_t count = node.i("sample_size", 1);
  Type type = node.dtype(node.i("dtype", 6));
  if (!node.checkRank(x, 2, 2) || !node.check(count >= 1, "sample_size must be positive") ||
      !node.check(type.isInteger(32) || type.isInteger(64), "dtype must be int32 or int64"))
    return failure();
  if (!elementTypeOf(x).isF64())
    x = b.castTo(x, b.getF32Type());
  Type real = elementTypeOf(x);
  Dims sizes = b.sizes(x), drawn = {sizes[0], b.dim(count)}, all = {sizes[0], b.dim(count), sizes[1]};
  Value cumulated = b.create<CumulateOp>(b.create<SoftmaxOp>(x, uint64_t(1)), CumulateKind::Sum, uint64_t(1), false, false);
  Value u = b.castTo(uniform(node, b, seedOf(node), drawn), real);
  Value isAbove = b.compare(Comparison::GE, b.broadcastAlong(u, {0, 1}, all), b.broadcastAlong(cumulated, {0, 2}, all));
  Value classes = b.reduce(ReduceKind::Sum, b.castTo(isAbove, type), {2}, /*keepDims=*/false);
  // The last sum may be rounded below 1.
  Value last = b.broadcastTo(b.dimScalar(b.subDims(sizes[1], b.dim(1)), type), drawn);
  return b.create<MinOp>(classes, last);
}

//===--- Dropout -----------------------------------------------------------===//

/// Whether elements are dropped, as far as that is known at compile time.
enum class Dropping { Never, Always, AtRunTime };

Dropping isDropping(NodeReader &node) {
  if (node.mode() == ImportMode::Inference)
    return Dropping::Never;
  if (node.opset() >= 12 && node.hasInput(2) && !node.constantInput(2))
    return Dropping::AtRunTime;
  if (node.mode() == ImportMode::Training)
    return Dropping::Always;
  bool always = node.opset() < 7 ? node.i("is_test", 0) == 0 && node.outputUsed(1)
                                 : node.opset() >= 12 && node.hasInput(2) && node.constantInt(2).value_or(0) != 0;
  return always ? Dropping::Always : Dropping::Never;
}

/// Numbers of [0, 1) in x's sizes. A seed of the file's means NumPy's stream from that seed; in training every step needs numbers
/// of its own, and in a loop every iteration, so there it only tells nodes apart.
Value dropoutNumbers(NodeReader &node, ImportBuilder &b, Value x) {
  auto seed = node.opset() >= 12 ? node.i("seed") : std::nullopt;
  Dims sizes = b.sizes(x);
  if (!seed || drawsInEachStep(node) || node.getImporter().isInLoop())
    return uniform(node, b, seed ? *seed : node.getImporter().uniqueSeed(node.name()), sizes);
  Dim count = b.product(sizes);
  DictionaryAttr parameters = b.getDictionaryAttr(b.getNamedAttr("seed", b.getI64IntegerAttr(*seed)));
  auto type = RankedTensorType::get({ShapedType::kDynamic}, b.getF64Type());
  auto call = b.create<CustomCallOp>(TypeRange{type}, ValueRange{b.index(count)}, "mt19937_uniform", parameters);
  return b.reshape(call->getResult(0), sizes);
}

Decoded dropout(NodeReader &node, ImportBuilder &b) {
  Value x = node.input(0);
  Type type = elementTypeOf(x);
  // Until opset 9 the mask has the type of the data.
  Type maskType = node.opset() < 10 ? type : Type(b.getI1Type());
  Dropping dropping = isDropping(node);
  bool ratioIsInput = node.opset() >= 12 && node.hasInput(1);
  std::optional<double> ratio = ratioIsInput ? node.constantFloat(1) : node.opset() >= 12 ? 0.5 : node.f("ratio", 0.5);
  if (ratio && (*ratio < 0 || *ratio >= 1))
    return node.fail("ratio must be at least 0 and less than 1");
  if (dropping == Dropping::Never || ratio == 0.0)
    return SmallVector<Value>{x, b.splat(1, maskType, b.sizes(x))};

  Value u = dropoutNumbers(node, b, x);
  Value ratioValue =
      ratio ? b.scalar(*ratio, elementTypeOf(u)) : b.castTo(b.reshape(node.input(1), ArrayRef<int64_t>{}), elementTypeOf(u));
  Value keep = b.compare(Comparison::GE, u, b.broadcastLike(ratioValue, u));
  Value scaled =
      ratio ? b.mul(x, 1 / (1 - *ratio)) : b.mul(x, b.castTo(b.div(b.scalar(1, elementTypeOf(u)), b.rsub(1, ratioValue)), type));
  Value y = b.select(keep, scaled, b.splatLike(0, x));
  if (dropping == Dropping::AtRunTime) {
    Value mode = b.broadcastLike(b.reshape(node.input(2), ArrayRef<int64_t>{}), x);
    y = b.select(mode, y, x);
    keep = b.create<OrOp>(keep, b.create<NotOp>(mode));
  }
  return SmallVector<Value>{y, b.castTo(keep, maskType)};
}

} // namespace

void registerRandom(DecoderTable &table) {
  table.on("RandomNormal", 1, randomOfShape);
  table.on("RandomUniform", 1, randomOfShape);
  table.on("RandomNormalLike", 1, randomLike);
  table.on("RandomUniformLike", 1, randomLike);
  table.on("Bernoulli", 15, bernoulli);
  table.on("Multinomial", 7, multinomial);
  table.on("Dropout", 1, dropout);
}

} // namespace ingot
