//===- Structural.cpp - Evaluation of constants, generators and calls ----===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ir/Eval/Elements.h"

#include "llvm/ADT/StringMap.h"

#include <array>
#include <random>

using namespace mlir;
using namespace ingot;
using namespace ingot::eval;

LogicalResult ConstantOp::evaluate(EvalState &state) {
  FailureOr<EvalTensor> value = EvalTensor::fromAttribute(getValue());
  if (failed(value))
    return state.error("a constant has no data");
  state.set(getResult(), *value);
  return success();
}

LogicalResult IotaOp::evaluate(EvalState &state) {
  FailureOr<SmallVector<int64_t>> shape = state.sizes(getSizes(), getStaticSizes());
  if (failed(shape))
    return failure();
  EvalTensor line = EvalTensor::uninitialized({(*shape)[getDimension()]}, getResult().getType().getElementType());
  for (int64_t i = 0; i < line.getNumElements(); ++i)
    line.setInt(i, i);
  SmallVector<int64_t> strides(shape->size(), 0);
  strides[getDimension()] = 1;
  state.set(getResult(), strided(line, *shape, strides));
  return success();
}

//===--- random ------------------------------------------------------------===//

// Philox 4x32 with ten rounds (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3").
//
// The layout that compiled code shares: the key is the seed, its low word first; with a seed of the run, that one's hash is joined
// to it by xor. The counter is (n / 4, step) as two 64-bit numbers, low words first, for element n in row-major order, the step 0
// where none is given; the element takes word n % 4 of the four that come out. With u = word >> 8, a number of 24 bits:
//   uniform: u * 2^-24 * (second - first) + first, in f32 and without fused operations, thus in [first, second).
//   normal: elements 2k and 2k + 1 have the words a and b. In f64, r = sqrt(-2 log((a_u + 1) * 2^-24)) and t = 2 pi * b_u * 2^-24
//   give r cos(t) * second + first for element 2k and r sin(t) * second + first for element 2k + 1, rounded to f32.
static std::array<uint32_t, 4> philox(uint64_t seed, uint64_t counter, uint64_t step) {
  uint32_t key[2] = {static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32)};
  std::array<uint32_t, 4> words = {static_cast<uint32_t>(counter), static_cast<uint32_t>(counter >> 32),
                                   static_cast<uint32_t>(step), static_cast<uint32_t>(step >> 32)};
  for (int round = 0; round < 10; ++round) {
    uint64_t left = uint64_t(0xD2511F53) * words[0], right = uint64_t(0xCD9E8D57) * words[2];
    words = {static_cast<uint32_t>(right >> 32) ^ words[1] ^ key[0], static_cast<uint32_t>(right),
             static_cast<uint32_t>(left >> 32) ^ words[3] ^ key[1], static_cast<uint32_t>(left)};
    key[0] += 0x9E3779B9;
    key[1] += 0xBB67AE85;
  }
  return words;
}

// The finalizer of SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators"): seeds that follow each
// other get keys that have nothing in common.
static uint64_t hashSeed(uint64_t seed) {
  seed += 0x9E3779B97F4A7C15;
  seed = (seed ^ (seed >> 30)) * 0xBF58476D1CE4E5B9;
  seed = (seed ^ (seed >> 27)) * 0x94D049BB133111EB;
  return seed ^ (seed >> 31);
}

static float uniformNumber(uint32_t word, float low, float high) {
  float range = high - low, scaled = static_cast<float>(word >> 8) * 0x1p-24f;
  // volatile keeps the product rounded on its own, whatever the compiler may fuse.
  volatile float product = scaled * range;
  return product + low;
}

static float normalNumber(const std::array<uint32_t, 4> &words, unsigned i, float mean, float deviation) {
  double a = (static_cast<double>(words[i & ~1u] >> 8) + 1) * 0x1p-24, b = static_cast<double>(words[i | 1u] >> 8) * 0x1p-24;
  double radius = std::sqrt(-2 * std::log(a)), angle = 2 * M_PI * b;
  return static_cast<float>(radius * (i & 1 ? std::sin(angle) : std::cos(angle)) * deviation + mean);
}

LogicalResult RandomOp::evaluate(EvalState &state) {
  FailureOr<SmallVector<int64_t>> shape = state.sizes(getSizes(), getStaticSizes());
  if (failed(shape))
    return failure();
  EvalTensor result = EvalTensor::uninitialized(*shape, getResult().getType().getElementType());
  auto first = static_cast<float>(getFirst().convertToDouble()), second = static_cast<float>(getSecond().convertToDouble());
  uint64_t key = getSeed(), step = 0;
  if (getRunSeed()) {
    key ^= hashSeed(state.tensor(getRunSeed()).getInt(0));
    step = state.tensor(getStep()).getInt(0);
  }
  std::array<uint32_t, 4> words = {};
  for (int64_t i = 0; i < result.getNumElements(); ++i) {
    if (i % 4 == 0)
      words = philox(key, i / 4, step);
    float value =
        getKind() == RandomKind::Uniform ? uniformNumber(words[i % 4], first, second) : normalNumber(words, i % 4, first, second);
    result.setDouble(i, value);
  }
  state.set(getResult(), result);
  return success();
}

//===--- Variables ---------------------------------------------------------===//

LogicalResult ParameterOp::evaluate(EvalState &state) {
  if (state.variables)
    if (auto now = state.variables->values.find(getName()); now != state.variables->values.end()) {
      state.set(getResult(), now->second);
      return success();
    }
  FailureOr<EvalTensor> value = EvalTensor::fromAttribute(getValue());
  if (failed(value))
    return state.error("the variable '" + getName() + "' has no initial value");
  state.set(getResult(), *value);
  return success();
}

LogicalResult AssignOp::evaluate(EvalState &state) {
  if (state.variables)
    state.variables->changed[getName()] = state.tensor(getValue());
  return success();
}

LogicalResult StepScalarOp::evaluate(EvalState &state) {
  if (state.variables)
    if (auto given = state.variables->scalars.find(getName()); given != state.variables->scalars.end()) {
      state.set(getResult(), given->second);
      return success();
    }
  state.set(getResult(), EvalTensor::scalar(getResult().getType().getElementType(), int64_t(getName() == "seed" || getName() == "step" ? 0 : 1)));
  return success();
}

//===--- composite, custom_call, assert ------------------------------------===//

LogicalResult CompositeOp::evaluate(EvalState &state) {
  SmallVector<EvalTensor> inputs = llvm::map_to_vector(getInputs(), [&](Value value) { return state.tensor(value); });
  FailureOr<SmallVector<EvalTensor>> results = state.run(getBody().front(), inputs);
  if (failed(results))
    return failure();
  for (auto [value, result] : llvm::zip_equal(getResults(), *results))
    state.set(value, result);
  return success();
}

LogicalResult AssertOp::evaluate(EvalState &state) {
  return state.tensor(getCondition()).getInt(0) ? success() : state.error(getMessage());
}

namespace ingot::eval {
LogicalResult evaluateNonMaxSuppression(CustomCallOp op, EvalState &state);
}

// NumPy's `random.uniform` after `random.seed(seed)`: two outputs of MT19937 make a number of 53 bits.
static LogicalResult evaluateMersenneTwister(CustomCallOp op, EvalState &state) {
  auto seed = op.getParametersAttr() ? op.getParametersAttr().getAs<IntegerAttr>("seed") : IntegerAttr();
  int64_t count = state.index(op.getInputs()[0]);
  if (failed(state.checkShape({count})))
    return failure();
  EvalTensor result = EvalTensor::uninitialized({count}, cast<RankedTensorType>(op.getResult(0).getType()).getElementType());
  std::mt19937 generator(static_cast<uint32_t>(seed ? seed.getInt() : 0));
  for (int64_t i = 0; i < count; ++i) {
    uint32_t upper = generator() >> 5, lower = generator() >> 6;
    result.setDouble(i, (upper * 67108864.0 + lower) / 9007199254740992.0);
  }
  state.set(op.getResult(0), result);
  return success();
}

static llvm::StringMap<CustomCallEvaluator> &customCalls() {
  static llvm::StringMap<CustomCallEvaluator> calls = {{"non_max_suppression", evaluateNonMaxSuppression},
                                                       {"mt19937_uniform", evaluateMersenneTwister}};
  return calls;
}

void ingot::registerCustomCall(StringRef callee, CustomCallEvaluator evaluator) {
  customCalls()[callee] = evaluator;
}

LogicalResult CustomCallOp::evaluate(EvalState &state) {
  auto it = customCalls().find(getCallee());
  if (it == customCalls().end())
    return state.error("the evaluator has no meaning for '" + getCallee() + "'");
  return it->second(*this, state);
}
