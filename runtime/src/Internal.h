//===- Internal.h - What the runtime's files share ------------------*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_RUNTIME_SRC_INTERNAL_H
#define INGOT_RUNTIME_SRC_INTERNAL_H

#include "ingot/runtime.h"
#include "ingot/training.h"

namespace ingot::manifest {
struct FunctionInfo;
struct Manifest;
struct TrainingInfo;
} // namespace ingot::manifest

namespace ingot::runtime {

constexpr size_t hugePage = size_t(2) << 20;

/// Fresh pages for `bytes`, huge ones where the system has them, zeros until something is written; null when there are none.
void *mapMemory(size_t bytes);
void unmapMemory(void *memory, size_t bytes);

/// Keeps `status` and the formatted text for ingot_last_error() and returns `status`.
ingot_status fail(ingot_status status, const char *format, ...) __attribute__((format(printf, 2, 3)));

/// Bytes of a dense tensor; false when a size is negative or the product overflows.
bool countBytes(int32_t dtype, const int64_t *dims, int32_t rank, int64_t &bytes);

/// Whether this machine has the CPU feature of that LLVM name. Unknown names are missing features.
bool hasCpuFeature(const char *name);

//===----------------------------------------------------------------------===//
// Files
//===----------------------------------------------------------------------===//

/// A view of bytes that somebody else keeps.
struct Bytes {
  const unsigned char *data = nullptr;
  uint64_t size = 0;
};

/// Checks that `image` is a shared object for this machine, complete (every loaded segment lies within it) and that it exports the
/// query. Sets `manifest` when there is a manifest section.
ingot_status checkElf(Bytes image, Bytes &manifest);

//===----------------------------------------------------------------------===//
// Models
//===----------------------------------------------------------------------===//

struct Function {
  const char *name;
  ingot_compiled_function code;
  int64_t arenaBytes;
  int64_t operations;
  int32_t inputCount; ///< without states
  int32_t outputCount;
  int32_t stateCount;
  int32_t firstState; ///< of the states of all functions
  int32_t scalarCount;
  int32_t variableCount;
  int32_t inputRanks; ///< sum of the ranks of all inputs, states, scalars and variables
  int32_t outputRanks;
  bool isStatic; ///< every size and the arena are known: no plan is needed
  const ingot_tensor_info *inputs; ///< followed by states as they are stored, scalars, and variables
  const ingot_tensor_info *outputs;
  const ingot_state_info *states; ///< as the model sees them
  const manifest::FunctionInfo *info;

  int32_t argumentCount() const { return inputCount + stateCount + scalarCount + variableCount; }
};

/// What of a manifest must be known before code runs.
struct ManifestCheck {
  bool hasLevels = false;
  uint32_t bestLevel = 0; ///< the highest of the manifest's levels that this machine has
};

/// Runs the FlatBuffers verifier, then checks version, CPU and everything else that does not need the library itself.
ingot_status checkManifest(Bytes manifest, ManifestCheck &check);
/// The part of it that is about training, of which the verifier has seen the structure.
ingot_status checkTraining(const manifest::Manifest *manifest);

/// Appends what training adds to the arguments of a function: scalars and variables.
void fillTrainingArguments(const manifest::Manifest *manifest, const manifest::FunctionInfo *info, ingot_tensor_info *to);
/// How a tensor of the manifest is described.
void fillTensor(const void *tensorInfo, ingot_tensor_info &to);
/// The model's training, or null.
const manifest::TrainingInfo *trainingOf(const ingot_model *model);

} // namespace ingot::runtime

struct ingot_model {
  const ingot_library *library;
  const ingot::runtime::Function *functions;
  int32_t functionCount;
  int32_t kernelCount;
  uint32_t level;
  const void *constants;

  ingot_tensor_info *tensors; ///< of all functions
  ingot_state_info *states;   ///< of all functions
  void *handle;               ///< of dlopen, or null
  int fd;                     ///< kept open while a library loaded through /proc/self/fd is there, else -1
  void *weights;              ///< the mapping of a file of weights, or null
  uint64_t weightsBytes;
};

#endif // INGOT_RUNTIME_SRC_INTERNAL_H
