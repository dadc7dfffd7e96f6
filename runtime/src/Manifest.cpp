//===- Manifest.cpp - Checks of a library's manifest ---------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Internal.h"

#include "ingot/manifest_generated.h"

#include <string.h>

using namespace ingot::runtime;
namespace m = ingot::manifest;

static ingot_status damaged(const char *what) { return fail(INGOT_STATUS_NOT_A_LIBRARY, "the library's manifest is damaged: %s", what); }

template <typename V> static uint32_t sizeOf(const V *vector) { return vector ? vector->size() : 0; }

static bool isValid(const m::TensorInfo *tensor) {
  if (sizeOf(tensor->dims()) > INGOT_MAX_RANK || !ingot_dtype_bytes(tensor->dtype()))
    return false;
  for (uint32_t i = 0; i < sizeOf(tensor->dims()); ++i)
    if (tensor->dims()->Get(i)->size() < -1)
      return false;
  return true;
}

static ingot_status checkFunctions(const m::Manifest *manifest) {
  if (!sizeOf(manifest->functions()))
    return damaged("it has no function");
  for (const m::FunctionInfo *function : *manifest->functions()) {
    for (uint32_t i = 0; i < sizeOf(function->inputs()); ++i)
      if (!isValid(function->inputs()->Get(i)))
        return damaged("an input's type");
    for (uint32_t i = 0; i < sizeOf(function->outputs()); ++i)
      if (!isValid(function->outputs()->Get(i)))
        return damaged("an output's type");
    for (uint32_t i = 0; i < sizeOf(function->states()); ++i) {
      const m::StateInfo *state = function->states()->Get(i);
      bool grows = state->axis() >= 0;
      if (!isValid(state->tensor()) || state->axis() < -1 ||
          (grows && uint32_t(state->axis()) >= sizeOf(state->tensor()->dims())) ||
          (grows && (state->capacity() < 1 || state->tensor()->dims()->Get(0)->size() >= 0)))
        return damaged("a state's type");
    }
    if (function->arena_bytes() < -1)
      return damaged("the arena's size");
  }
  return INGOT_STATUS_OK;
}

static ingot_status checkTables(const m::Manifest *manifest) {
  for (uint32_t i = 0; i < sizeOf(manifest->weights()); ++i) {
    const m::WeightInfo *weight = manifest->weights()->Get(i);
    if (weight->offset() > manifest->weights_bytes() || weight->length() > manifest->weights_bytes() - weight->offset())
      return damaged("a weight lies outside of the weights");
  }
  for (uint32_t i = 0; i < sizeOf(manifest->kernels()); ++i) {
    const auto *nodes = manifest->kernels()->Get(i)->nodes();
    for (uint32_t j = 0; j < sizeOf(nodes); ++j)
      if (nodes->Get(j) < 0 || uint32_t(nodes->Get(j)) >= sizeOf(manifest->nodes()))
        return damaged("a kernel's node");
  }
  // The file of weights lies beside the library; a path could reach anywhere.
  if (const auto *file = manifest->weights_file())
    if (file->size() && (strchr(file->c_str(), '/') || !strcmp(file->c_str(), "..")))
      return damaged("the name of the file of weights");
  return INGOT_STATUS_OK;
}

static ingot_status checkCpu(const m::Manifest *manifest, ManifestCheck &check) {
  check.hasLevels = sizeOf(manifest->levels()) != 0;
  if (check.hasLevels) {
    uint32_t machine = ingot_cpu_level();
    for (uint32_t level : *manifest->levels())
      if (level <= machine && level > check.bestLevel)
        check.bestLevel = level;
    if (!check.bestLevel)
      return fail(INGOT_STATUS_CPU, "the library has no code for this processor (x86-64-v%u)", machine);
    return INGOT_STATUS_OK;
  }
  for (uint32_t i = 0; i < sizeOf(manifest->features()); ++i) {
    const char *feature = manifest->features()->Get(i)->c_str();
    if (!hasCpuFeature(feature))
      return fail(INGOT_STATUS_CPU, "the library was compiled for the processor '%s' and needs the CPU feature '%s', which this machine lacks",
                  manifest->cpu() ? manifest->cpu()->c_str() : "?", feature);
  }
  return INGOT_STATUS_OK;
}

ingot_status ingot::runtime::checkManifest(Bytes bytes, ManifestCheck &check) {
  if (bytes.size < 8 || bytes.size > FLATBUFFERS_MAX_BUFFER_SIZE || uintptr_t(bytes.data) % 8)
    return damaged("its size or place");
  if (!m::ManifestBufferHasIdentifier(bytes.data))
    return damaged("it is no manifest");
  flatbuffers::Verifier verifier(bytes.data, size_t(bytes.size), /*max_depth=*/16, /*max_tables=*/10000000);
  if (!verifier.VerifyBuffer<m::Manifest>(m::ManifestIdentifier()))
    return damaged("the FlatBuffers verifier refuses it");
  const m::Manifest *manifest = m::GetManifest(bytes.data);
  if (manifest->format_version() < 1 || manifest->format_version() > INGOT_MANIFEST_FORMAT)
    return fail(INGOT_STATUS_VERSION, "the library has manifest format %u (compiler %s), this runtime reads format %u; compile the model again",
                manifest->format_version(), manifest->compiler_version()->c_str(), INGOT_MANIFEST_FORMAT);
  if (ingot_status status = checkFunctions(manifest))
    return status;
  if (ingot_status status = checkTables(manifest))
    return status;
  if (ingot_status status = checkTraining(manifest))
    return status;
  return checkCpu(manifest, check);
}
