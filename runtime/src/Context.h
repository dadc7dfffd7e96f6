//===- Context.h - What a context holds -----------------------------*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_RUNTIME_SRC_CONTEXT_H
#define INGOT_RUNTIME_SRC_CONTEXT_H

#include "Internal.h"

#include <atomic>

namespace ingot::runtime {

/// Memory that grows and is kept from run to run.
struct Buffer {
  void *data;
  size_t bytes;
};

/// A piece of the memory that env->allocate hands out.
struct Chunk {
  Chunk *next;
  size_t bytes; ///< of the whole chunk, this header included
};

/// The value of a state.
struct StateSlot {
  Buffer now;
  Buffer next;                  ///< where a run writes a state that does not grow
  int64_t dims[INGOT_MAX_RANK]; ///< as it is stored
  bool isSet;                   ///< set by the caller or by a run; until then the inputs decide sizes that the model leaves open
};

/// How a state of training, which contexts know nothing of, passes its variables.
struct TrainingArguments {
  void (*pass)(void *state, const Function &function, int64_t *scalars, void **variables);
  void *state;
  void *observer; ///< of who looks at the run by env.profile
};

constexpr size_t memoryAlignment = 64;

/// Stands for inputs without data while planning.
constexpr size_t zerosBytes = 4096;
extern char zeros[zerosBytes];

} // namespace ingot::runtime

struct ingot_context {
  const ingot_model *model;
  ingot_context_options options;
  ingot_env env;

  // Of the running function, as long as the longest that the model's functions need.
  void **inputs;
  void **outputs;
  int64_t *inputDims;
  int64_t *outputDims;
  ingot::runtime::Buffer *owned; ///< per output: memory of the context, for outputs without memory of the caller's
  ingot::runtime::Buffer tables; ///< what the five above point into

  ingot::runtime::Buffer arena;
  ingot::runtime::Chunk *chunks; ///< the newest first
  size_t chunkUsed;              ///< bytes of the newest in use
  std::atomic_flag allocating;

  const ingot::runtime::Function *running;
  const ingot::runtime::TrainingArguments *training; ///< what the running function gets of a state of training, or null
  int64_t *scalars;      ///< eight bytes for each of the running function's
  const ingot_tensor *callerOutputs;

  ingot::runtime::StateSlot *states; ///< of all functions
  ingot::runtime::Buffer stateTable;

  ingot_kernel_profile *profile;
  int64_t *profileBegin;
  ingot::runtime::Buffer profileTable;

  ingot_profile_event *events;
  std::atomic<int64_t> eventCount; ///< also of those that there was no room for
  ingot::runtime::Buffer eventTable;
  int32_t runningKernel;
};

namespace ingot::runtime {

void *allocate(ingot_context &context, size_t bytes);
void release(ingot_context &context, void *memory, size_t bytes);
/// Makes `buffer` hold at least `bytes` (and be some address even for none). Its contents are lost when it grows.
bool reserve(ingot_context &context, Buffer &buffer, size_t bytes);

bool buildStates(ingot_context &context);
void releaseStates(ingot_context &context);
/// Passes the running function's states behind its inputs, which have been taken.
ingot_status takeStates(ingot_context &context);
/// Passes the running function's scalars and variables behind its states. Without a state of training only their
/// sizes, for a plan.
ingot_status takeVariables(ingot_context &context, bool needData);
/// Checks that what the run will make of the states fits, and chooses where it goes.
ingot_status placeStates(ingot_context &context);
/// Where the run writes state `index`, or null when that has no room for `bytes`.
void *stateMemory(ingot_context &context, int32_t index, int64_t bytes);
/// After a run that succeeded. Fails when a size that only the run could tell is not the state's.
ingot_status keepStates(ingot_context &context);

} // namespace ingot::runtime

#endif // INGOT_RUNTIME_SRC_CONTEXT_H
