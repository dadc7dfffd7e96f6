//===- Initialize.cpp - What variables start with ------------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Random numbers are Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011), keyed by the seed, with the
// variable's number and the element's as the counter: each value depends on nothing else.
//
//===----------------------------------------------------------------------===//

#include "Floats.h"
#include "Training.h"

#include <math.h>
#include <string.h>

using namespace ingot::runtime;

static const char *const initializationNames[] = {"model",          "kaiming_uniform", "kaiming_normal", "xavier_uniform",
                                                  "xavier_normal", "uniform",         "normal"};

int32_t ingot_initialization_find(const char *name) {
  for (int32_t i = 0; name && i < int32_t(sizeof(initializationNames) / sizeof(*initializationNames)); ++i)
    if (!strcmp(initializationNames[i], name))
      return i;
  return -1;
}

//===----------------------------------------------------------------------===//
// Random numbers
//===----------------------------------------------------------------------===//

static void philox(uint64_t key, uint32_t counter[4]) {
  uint32_t key0 = uint32_t(key), key1 = uint32_t(key >> 32);
  for (int round = 0; round < 10; ++round, key0 += 0x9E3779B9u, key1 += 0xBB67AE85u) {
    uint64_t a = uint64_t(0xD2511F53u) * counter[0], b = uint64_t(0xCD9E8D57u) * counter[2];
    uint32_t next[4] = {uint32_t(b >> 32) ^ counter[1] ^ key0, uint32_t(b), uint32_t(a >> 32) ^ counter[3] ^ key1, uint32_t(a)};
    memcpy(counter, next, sizeof(next));
  }
}

namespace {
/// Values of one variable, two at a time.
struct Random {
  uint64_t seed;
  uint32_t variable;

  /// Both in [0, 1), of 53 bits.
  void pair(int64_t index, double &first, double &second) const {
    uint32_t words[4] = {uint32_t(index), uint32_t(uint64_t(index) >> 32), variable, 0};
    philox(seed, words);
    first = double(((uint64_t(words[0]) << 32 | words[1]) >> 11)) * 0x1p-53;
    second = double(((uint64_t(words[2]) << 32 | words[3]) >> 11)) * 0x1p-53;
  }
};
} // namespace

//===----------------------------------------------------------------------===//
// Elements of any type
//===----------------------------------------------------------------------===//

/// Writes element `index` of an array of that type. Integers are rounded and kept within their range.
static void store(int32_t dtype, void *array, int64_t index, double value) {
  auto put = [&](auto element) { memcpy(static_cast<char *>(array) + index * int64_t(sizeof(element)), &element, sizeof(element)); };
  auto whole = [&](double lowest, double highest) {
    double rounded = nearbyint(value);
    return rounded >= lowest ? rounded > highest ? highest : rounded : lowest; // of what is no number, the lowest
  };
  switch (dtype) {
  case INGOT_F32: return put(float(value));
  case INGOT_F64: return put(value);
  case INGOT_F16: return put(toHalf(float(value)));
  case INGOT_BF16: return put(toBFloat(float(value)));
  case INGOT_BOOL: return put(uint8_t(value != 0));
  case INGOT_U8: return put(uint8_t(whole(0, 255)));
  case INGOT_I8: return put(int8_t(whole(-128, 127)));
  case INGOT_U16: return put(uint16_t(whole(0, 65535)));
  case INGOT_I16: return put(int16_t(whole(-32768, 32767)));
  case INGOT_I32: return put(int32_t(whole(-2147483648.0, 2147483647.0)));
  case INGOT_U32: return put(uint32_t(whole(0, 4294967295.0)));
  case INGOT_I64: return put(int64_t(whole(-0x1p63, 0x1p63 - 1024)));
  case INGOT_U64: return put(uint64_t(whole(0, 0x1p64 - 2048)));
  }
}

double ingot::runtime::readScalar(int32_t dtype, const void *from) {
  auto get = [&](auto element) {
    memcpy(&element, from, sizeof(element));
    return element;
  };
  switch (dtype) {
  case INGOT_F32: return double(get(float()));
  case INGOT_F64: return get(double());
  case INGOT_F16: return double(fromHalf(get(uint16_t())));
  case INGOT_BF16: return double(fromBFloat(get(uint16_t())));
  case INGOT_BOOL: case INGOT_U8: return double(get(uint8_t()));
  case INGOT_I8: return double(get(int8_t()));
  case INGOT_U16: return double(get(uint16_t()));
  case INGOT_I16: return double(get(int16_t()));
  case INGOT_I32: return double(get(int32_t()));
  case INGOT_U32: return double(get(uint32_t()));
  case INGOT_I64: return double(get(int64_t()));
  case INGOT_U64: return double(get(uint64_t()));
  }
  return 0;
}

//===----------------------------------------------------------------------===//
// Scalars
//===----------------------------------------------------------------------===//

/// Ranks do not drop the same elements.
static uint64_t rankSeed(const ingot_state &state) { return state.seed + uint64_t(state.collective.rank) * 0x9E3779B97F4A7C15u; }

void ingot::runtime::writeScalar(const ingot_state &state, const m::ScalarInfo &info, void *to) {
  const Scalars &now = state.scalars;
  double value = 0;
  int64_t whole = 0;
  bool isWhole = false;
  switch (info.kind()) {
  case m::ScalarKind_LearningRate: value = now.learningRate * info.argument(); break;
  case m::ScalarKind_Step: whole = now.step, isWhole = true; break;
  case m::ScalarKind_Seed: whole = int64_t(rankSeed(state)), isWhole = true; break;
  case m::ScalarKind_Power: value = pow(info.argument(), double(now.step)); break;
  case m::ScalarKind_LossScale: value = now.lossScale; break;
  case m::ScalarKind_Keep: value = now.keep; break;
  case m::ScalarKind_GradientScale: value = now.gradientScale * info.argument(); break;
  case m::ScalarKind_ClipNorm: value = now.clipNorm >= 0 ? now.clipNorm : info.argument(); break;
  case m::ScalarKind_ClipValue: value = now.clipValue >= 0 ? now.clipValue : info.argument(); break;
  case m::ScalarKind_Constant: value = info.argument(); break;
  case m::ScalarKind_Batch: whole = state.batch, isWhole = true; break;
  case m::ScalarKind_WeightDecay: value = now.weightDecay * info.argument(); break;
  }
  int32_t dtype = info.dtype();
  if (isWhole && (dtype == INGOT_I64 || dtype == INGOT_U64)) // all 64 bits of a seed
    memcpy(to, &whole, sizeof(whole));
  else if (isWhole && (dtype == INGOT_I32 || dtype == INGOT_U32))
    memcpy(to, &whole, 4);
  else
    store(dtype, to, 0, isWhole ? double(whole) : value);
}

//===----------------------------------------------------------------------===//
// Initial values
//===----------------------------------------------------------------------===//

static int64_t elementsOf(const ingot_state &state, uint32_t index) {
  return state.variables[index].bytes / ingot_dtype_bytes(state.training->variables()->Get(index)->tensor()->dtype());
}

static void fill(ingot_state &state, uint32_t index, double value) {
  int32_t dtype = state.training->variables()->Get(index)->tensor()->dtype();
  for (int64_t i = 0, count = elementsOf(state, index); i < count; ++i)
    store(dtype, state.variables[index].data, i, value);
}

static void fillUniform(ingot_state &state, uint32_t index, double low, double high) {
  int32_t dtype = state.training->variables()->Get(index)->tensor()->dtype();
  Random random = {state.seed, index};
  for (int64_t i = 0, count = elementsOf(state, index); i < count; i += 2) {
    double first, second;
    random.pair(i / 2, first, second);
    store(dtype, state.variables[index].data, i, low + (high - low) * first);
    if (i + 1 < count)
      store(dtype, state.variables[index].data, i + 1, low + (high - low) * second);
  }
}

/// By Box and Muller.
static void fillNormal(ingot_state &state, uint32_t index, double mean, double deviation) {
  int32_t dtype = state.training->variables()->Get(index)->tensor()->dtype();
  Random random = {state.seed, index};
  for (int64_t i = 0, count = elementsOf(state, index); i < count; i += 2) {
    double first, second;
    random.pair(i / 2, first, second);
    double radius = deviation * sqrt(-2 * log1p(-first)), angle = 6.283185307179586476925 * second;
    store(dtype, state.variables[index].data, i, mean + radius * cos(angle));
    if (i + 1 < count)
      store(dtype, state.variables[index].data, i + 1, mean + radius * sin(angle));
  }
}

static void fillAsModel(ingot_state &state, uint32_t index, const WeightsReader &weights) {
  const m::VariableInfo *variable = state.training->variables()->Get(index);
  const m::Initial *initial = variable->initial();
  switch (initial ? initial->kind() : m::InitialKind_Zeros) {
  case m::InitialKind_Zeros: // memory starts as zeros
  case m::InitialKind_Parameter:
    return;
  case m::InitialKind_Constant: return fill(state, index, initial->first());
  case m::InitialKind_Weights:
    return weights.read(state.variables[index].data, initial->offset(), initial->length());
  case m::InitialKind_Uniform: return fillUniform(state, index, initial->first(), initial->second());
  case m::InitialKind_Normal: return fillNormal(state, index, initial->first(), initial->second());
  }
}

/// Whether the rule that the caller chose says what a parameter starts with.
static bool fillByRule(ingot_state &state, uint32_t index) {
  const m::VariableInfo *variable = state.training->variables()->Get(index);
  int32_t rule = state.options.initialization;
  if (rule == INGOT_INIT_MODEL || variable->kind() != m::VariableKind_Parameter)
    return false;
  uint32_t rank = sizeOf(variable->tensor()->dims());
  const char *role = textOf(variable->role());
  if (!strcmp(role, "bias") || !strcmp(role, "scale")) {
    fill(state, index, *role == 's');
    return true;
  }
  if (rank < 2)
    return false;
  uint32_t outputAxis = variable->output_axis() == 1 ? 1 : 0;
  double in = 1, out = 1;
  for (uint32_t i = 0; i < rank; ++i) {
    double size = double(variable->tensor()->dims()->Get(i)->size());
    in *= i == outputAxis ? 1 : size;
    out *= i == 1 - outputAxis ? 1 : size;
  }
  double gain = state.options.gain;
  switch (rule) {
  case INGOT_INIT_KAIMING_UNIFORM: case INGOT_INIT_KAIMING_NORMAL: {
    double deviation = (gain > 0 ? gain : sqrt(2.0)) / sqrt(in);
    rule == INGOT_INIT_KAIMING_NORMAL ? fillNormal(state, index, 0, deviation)
                                      : fillUniform(state, index, -sqrt(3.0) * deviation, sqrt(3.0) * deviation);
    return true;
  }
  case INGOT_INIT_XAVIER_UNIFORM: case INGOT_INIT_XAVIER_NORMAL: {
    double deviation = (gain > 0 ? gain : 1.0) * sqrt(2.0 / (in + out));
    rule == INGOT_INIT_XAVIER_NORMAL ? fillNormal(state, index, 0, deviation)
                                     : fillUniform(state, index, -sqrt(3.0) * deviation, sqrt(3.0) * deviation);
    return true;
  }
  case INGOT_INIT_UNIFORM:
    gain = gain > 0 ? gain : 0.05;
    fillUniform(state, index, -gain, gain);
    return true;
  default:
    fillNormal(state, index, 0, gain > 0 ? gain : 0.02);
    return true;
  }
}

/// What a mask leaves out is zero from the begin, whatever rule has drawn it.
static void applyMask(ingot_state &state, uint32_t mask) {
  uint32_t parameter = uint32_t(state.training->variables()->Get(mask)->parameter());
  int32_t dtype = state.training->variables()->Get(parameter)->tensor()->dtype();
  const char *kept = static_cast<const char *>(state.variables[mask].data);
  for (int64_t i = 0, count = elementsOf(state, parameter); i < count; ++i)
    if (readScalar(dtype, kept + i * ingot_dtype_bytes(dtype)) == 0)
      store(dtype, state.variables[parameter].data, i, 0);
}

void ingot::runtime::initialize(ingot_state &state) {
  WeightsReader weights(*state.model);
  for (uint32_t i = 0; i < uint32_t(state.variableCount); ++i)
    if (!fillByRule(state, i))
      fillAsModel(state, i, weights);
  for (uint32_t i = 0; i < uint32_t(state.variableCount); ++i) {
    const m::VariableInfo *variable = state.training->variables()->Get(i);
    if (variable->kind() == m::VariableKind_Slot && variable->parameter() >= 0 && !strcmp(textOf(variable->role()), "mask"))
      applyMask(state, i);
  }
  for (uint32_t i = 0; i < uint32_t(state.variableCount); ++i) {
    const m::VariableInfo *variable = state.training->variables()->Get(i);
    if (variable->initial() && variable->initial()->kind() == m::InitialKind_Parameter && state.variables[i].bytes)
      memcpy(state.variables[i].data, state.variables[variable->parameter()].data, size_t(state.variables[i].bytes));
  }
}
