//===- Random.cpp - Random numbers and dropout --------------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "frontend/Decoder.h"

#include "llvm/ADT/bit.h"
#include "llvm/Support/xxhash.h"

using namespace mlir;

namespace ingot {
namespace {

/// Without a seed of its own a node gets one from its name, so that runs can be repeated and nodes differ.
int64_t seedOf(NodeReader &node) {
  if (auto seed = node.f("seed"))
    return llvm::bit_cast<int64_t>(*seed);
  if (auto seed = node.i("seed"); seed && node.op() == "Dropout")
    return *seed;
  return static_cast<int64_t>(llvm::xxh3_64bits(node.name()) >> 1);
}

Value random(NodeReader &node, ImportBuilder &b, Type type, ArrayRef<Dim> sizes) {
  bool normal = node.op().starts_with("RandomNormal");
  double first = normal ? node.f("mean", 0) : node.f("low", 0), second = normal ? node.f("scale", 1) : node.f("high", 1);
  return b.create<RandomOp>(type, normal ? RandomKind::Normal : RandomKind::Uniform, first, second, seedOf(node), sizes);
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

Value uniformLike(NodeReader &node, ImportBuilder &b, Value x) {
  return b.create<RandomOp>(elementTypeOf(x), RandomKind::Uniform, 0.0, 1.0, seedOf(node), b.sizes(x));
}

Decoded bernoulli(NodeReader &node, ImportBuilder &b) {
  Value x = node.input(0);
  Type type = node.has("dtype") ? node.dtype(node.i("dtype", 1)) : elementTypeOf(x);
  return b.castTo(b.compare(Comparison::LT, uniformLike(node, b, x), x), type);
}

Decoded dropout(NodeReader &node, ImportBuilder &b) {
  Value x = node.input(0);
  // Until opset 9 the mask has the type of the data.
  Type maskType = node.opset() < 10 ? elementTypeOf(x) : Type(b.getI1Type());
  bool training = node.opset() < 7 && node.i("is_test", 0) == 0 && node.outputUsed(1);
  double ratio = node.f("ratio", 0.5);
  if (node.opset() >= 12) {
    auto mode = node.hasInput(2) ? node.constantInt(2) : std::optional<int64_t>(0);
    auto given = node.hasInput(1) ? node.constantFloat(1) : std::optional<double>(0.5);
    if (!mode)
      return node.unsupported("a training_mode that is not known at compile time is not supported", "export the model for inference");
    training = *mode != 0;
    if (training && !given)
      return node.unsupported("a ratio that is not known at compile time is not supported", "export the model for inference");
    ratio = given.value_or(0.5);
  }
  if (!training || ratio == 0)
    return SmallVector<Value>{x, b.splat(1, maskType, b.sizes(x))};
  if (ratio < 0 || ratio >= 1)
    return node.fail("ratio must be at least 0 and less than 1");
  Value keep = b.compare(Comparison::GE, uniformLike(node, b, x), ratio);
  Value scaled = b.mul(x, 1 / (1 - ratio));
  return SmallVector<Value>{b.select(keep, scaled, b.splatLike(0, x)), b.castTo(keep, maskType)};
}

} // namespace

void registerRandom(DecoderTable &table) {
  table.on("RandomNormal", 1, randomOfShape);
  table.on("RandomUniform", 1, randomOfShape);
  table.on("RandomNormalLike", 1, randomLike);
  table.on("RandomUniformLike", 1, randomLike);
  table.on("Bernoulli", 15, bernoulli);
  table.on("Dropout", 1, dropout);
}

} // namespace ingot
