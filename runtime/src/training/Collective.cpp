//===- Collective.cpp - Training on more than one rank -------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef _GNU_SOURCE
#define _GNU_SOURCE // dladdr
#endif

#include "Floats.h"
#include "Training.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

using namespace ingot::runtime;

//===----------------------------------------------------------------------===//
// Gradients
//===----------------------------------------------------------------------===//

ingot_status ingot::runtime::collectiveFailed(const ingot_state &state) {
  const char *text = state.collective.error ? state.collective.error(state.collective.user) : nullptr;
  return fail(INGOT_STATUS_SYSTEM, "rank %d of %d cannot reach the others: %s", state.collective.rank, state.collective.size,
              text && *text ? text : "no reason is known");
}

template <typename T> static void multiply(void *data, int64_t count, T factor) {
  auto *values = static_cast<T *>(data);
  for (int64_t i = 0; i < count; ++i)
    values[i] *= factor;
}

template <uint16_t (*To)(float), float (*From)(uint16_t)> static void multiplyHalves(void *data, int64_t count, float factor) {
  auto *values = static_cast<uint16_t *>(data);
  for (int64_t i = 0; i < count; ++i)
    values[i] = To(From(values[i]) * factor);
}

/// The mean over all ranks of memory of one type.
static ingot_status average(const ingot_state &state, void *data, int64_t bytes, int32_t dtype) {
  int64_t count = bytes / ingot_dtype_bytes(dtype);
  if (!count)
    return INGOT_STATUS_OK;
  if (state.collective.allreduce(state.collective.user, data, count, dtype))
    return collectiveFailed(state);
  double factor = 1.0 / state.collective.size;
  switch (dtype) {
  case INGOT_F32: multiply(data, count, float(factor)); break;
  case INGOT_F64: multiply(data, count, factor); break;
  case INGOT_F16: multiplyHalves<toHalf, fromHalf>(data, count, float(factor)); break;
  case INGOT_BF16: multiplyHalves<toBFloat, fromBFloat>(data, count, float(factor)); break;
  default: return fail(INGOT_STATUS_DTYPE, "gradients of the type %s cannot be averaged", ingot_dtype_name(dtype));
  }
  return INGOT_STATUS_OK;
}

namespace {
/// Gradients that lie one behind another, which are exchanged as one piece.
struct Piece {
  const ingot_state &state;
  int64_t begin = 0, end = 0; ///< offsets
  int32_t dtype = 0;

  ingot_status add(int32_t variable) {
    const Variable &added = state.variables[variable];
    int32_t type = state.training->variables()->Get(uint32_t(variable))->tensor()->dtype();
    int64_t behind = (end + 63) / 64 * 64;
    if (type != dtype || added.offset != behind || end == begin) {
      if (ingot_status status = finish())
        return status;
      begin = added.offset;
      dtype = type;
    }
    end = added.offset + added.bytes;
    return INGOT_STATUS_OK;
  }
  ingot_status finish() {
    ingot_status status = end > begin ? average(state, state.gradients + begin, end - begin, dtype) : INGOT_STATUS_OK;
    begin = end = 0;
    return status;
  }
};
} // namespace

ingot_status ingot::runtime::averageGradients(ingot_state &state, int32_t apply) {
  const Function &function = state.model->functions[apply];
  memset(state.exchanged, 0, size_t(state.variableCount));
  for (int32_t i = 0; i < function.variableCount; ++i) {
    int32_t variable = function.info->variables()->Get(uint32_t(i))->variable();
    state.exchanged[variable] = state.training->variables()->Get(uint32_t(variable))->kind() == m::VariableKind_Gradient;
  }
  Piece piece = {state};
  const auto *buckets = state.training->buckets();
  for (uint32_t i = 0; i < sizeOf(buckets); ++i) {
    for (uint32_t j = 0; j < sizeOf(buckets->Get(i)->variables()); ++j) {
      int32_t variable = buckets->Get(i)->variables()->Get(j);
      if (!state.exchanged[variable])
        continue;
      state.exchanged[variable] = 0;
      if (ingot_status status = piece.add(variable))
        return status;
    }
    if (ingot_status status = piece.finish())
      return status;
  }
  for (int32_t i = 0; i < state.variableCount; ++i)
    if (state.exchanged[i])
      if (ingot_status status = piece.add(i))
        return status;
  return piece.finish();
}

//===----------------------------------------------------------------------===//
// States
//===----------------------------------------------------------------------===//

ingot_status ingot_state_set_collective(ingot_state *state, const ingot_collective *collective) {
  if (!state)
    return fail(INGOT_STATUS_ARGUMENT, "ingot_state_set_collective: a null pointer");
  ingot_collective chosen;
  memset(&chosen, 0, sizeof(chosen));
  chosen.size = 1;
  if (collective) {
    if (collective->struct_bytes < sizeof(size_t))
      return fail(INGOT_STATUS_ARGUMENT, "ingot_collective.struct_bytes is not set");
    memcpy(&chosen, collective, collective->struct_bytes < sizeof(chosen) ? collective->struct_bytes : sizeof(chosen));
    if (chosen.size < 1 || chosen.rank < 0 || chosen.rank >= chosen.size || !chosen.allreduce || !chosen.broadcast || !chosen.barrier)
      return fail(INGOT_STATUS_ARGUMENT, "ingot_collective: a function is missing, or rank %d of %d", chosen.rank, chosen.size);
  }
  state->collective = chosen;
  return INGOT_STATUS_OK;
}

ingot_status ingot_state_broadcast(ingot_state *state, int32_t root) {
  if (!state || root < 0 || root >= state->collective.size)
    return fail(INGOT_STATUS_ARGUMENT, "ingot_state_broadcast: no state, or no rank %d", root);
  if (!hasOthers(*state))
    return INGOT_STATUS_OK;
  struct {
    uint64_t modelHash, bytes, gradientBytes, seed;
    int64_t batch, cleanSteps;
    double lossScale;
  } told = {state->training->model_hash(), state->memoryBytes, 0, state->seed, state->batch, state->cleanSteps, state->lossScale};
  told.gradientBytes = state->gradients ? state->gradientBytes : 0;
  const ingot_collective &all = state->collective;
  if (all.broadcast(all.user, &told, int64_t(sizeof(told)), root))
    return collectiveFailed(*state);
  // The ranks with another model say so to all before anybody waits for bytes of theirs.
  bool isOther = told.modelHash != state->training->model_hash() || told.bytes != state->memoryBytes;
  ingot_status ready = !isOther && told.gradientBytes ? needGradients(*state) : INGOT_STATUS_OK;
  double wrong[2] = {isOther ? 1.0 : 0.0, ready ? 1.0 : 0.0};
  if (all.allreduce(all.user, wrong, 2, INGOT_F64))
    return collectiveFailed(*state);
  if (wrong[0] > 0)
    return fail(INGOT_STATUS_STATE, "%d of %d ranks have another model than rank %d", int(wrong[0]), all.size, root);
  if (ready)
    return ready;
  if (wrong[1] > 0)
    return fail(INGOT_STATUS_SYSTEM, "%d of %d ranks have no memory for gradients", int(wrong[1]), all.size);
  if (all.broadcast(all.user, state->algorithms, int64_t(size_t(state->algorithmCount + 1) * sizeof(Algorithm)), root) ||
      all.broadcast(all.user, state->memory, int64_t(state->memoryBytes), root) ||
      (told.gradientBytes && all.broadcast(all.user, state->gradients, int64_t(told.gradientBytes), root)))
    return collectiveFailed(*state);
  if (!told.gradientBytes && state->gradients)
    memset(state->gradients, 0, state->gradientBytes);
  state->seed = told.seed;
  state->batch = told.batch;
  state->cleanSteps = told.cleanSteps;
  state->lossScale = told.lossScale;
  return INGOT_STATUS_OK;
}

//===----------------------------------------------------------------------===//
// Plug-ins
//===----------------------------------------------------------------------===//

/// Loads the first of the places where a plug-in may be. It stays loaded: what it brings along (MPI) cannot always be unloaded.
static void *loadPlugin(const char *kind, int length) {
  if (memchr(kind, '/', size_t(length))) {
    char path[PATH_MAX];
    snprintf(path, sizeof(path), "%.*s", length, kind);
    return dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  }
  char folders[2][PATH_MAX] = {"", ""};
  if (const char *folder = getenv("INGOT_PLUGINS"))
    snprintf(folders[0], sizeof(folders[0]), "%s/", folder);
  Dl_info here;
  if (dladdr(reinterpret_cast<void *>(&ingot_collective_close), &here) && here.dli_fname) {
    // A program is named as it was called.
    char real[PATH_MAX];
    const char *name = strchr(here.dli_fname, '/') && realpath(here.dli_fname, real) ? real : here.dli_fname;
    ssize_t count = strchr(name, '/') ? -1 : readlink("/proc/self/exe", real, sizeof(real) - 1);
    if (count > 0) {
      real[count] = 0;
      name = real;
    }
    const char *slash = strrchr(name, '/');
    snprintf(folders[1], sizeof(folders[1]), "%.*s", slash ? int(slash - name) + 1 : 0, name);
  }
  char path[PATH_MAX + 64];
  for (const char *folder : folders)
    for (const char *below : {"", "../lib/"}) {
      snprintf(path, sizeof(path), "%s%slibingot_collective_%.*s.so", folder, below, length, kind);
      if (*folder && !access(path, R_OK))
        return dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    }
  snprintf(path, sizeof(path), "libingot_collective_%.*s.so", length, kind);
  return dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
}

namespace {
/// What ingot_collective_open returns, and the library that it needs.
struct Opened {
  ingot_collective collective;
  void *handle;
};
} // namespace

ingot_status ingot_collective_open(const char *text, ingot_collective **collective) {
  if (!text || !collective)
    return fail(INGOT_STATUS_ARGUMENT, "ingot_collective_open: a null pointer");
  *collective = nullptr;
  int length = int(strcspn(text, ":"));
  const char *options = text[length] ? text + length + 1 : text + length;
  if (!length || length > NAME_MAX)
    return fail(INGOT_STATUS_ARGUMENT, "'%s' is no collective: shm:NAME,RANK,SIZE, mpi or nccl:FILE,RANK,SIZE", text);
  void *handle = loadPlugin(text, length);
  if (!handle) {
    const char *reason = dlerror();
    return fail(INGOT_STATUS_NOT_FOUND, "cannot load the plug-in '%.*s': %s", length, text, reason ? reason : "unknown reason");
  }
  void *symbol = dlsym(handle, INGOT_COLLECTIVE_CREATE);
  auto *opened = static_cast<Opened *>(calloc(1, sizeof(Opened)));
  if (!symbol || !opened) {
    dlclose(handle);
    free(opened);
    return symbol ? fail(INGOT_STATUS_MEMORY, "out of memory")
                  : fail(INGOT_STATUS_NOT_FOUND, "'%.*s' is no plug-in: it does not export %s", length, text, INGOT_COLLECTIVE_CREATE);
  }
  ingot_collective_create_fn create;
  memcpy(&create, &symbol, sizeof(create));
  char error[256] = "";
  opened->collective.struct_bytes = sizeof(ingot_collective);
  opened->handle = handle;
  if (create(options, &opened->collective, error, sizeof(error))) {
    free(opened);
    dlclose(handle);
    return fail(INGOT_STATUS_SYSTEM, "the plug-in '%.*s' cannot connect: %s", length, text, *error ? error : "no reason is known");
  }
  *collective = &opened->collective;
  return INGOT_STATUS_OK;
}

void ingot_collective_close(ingot_collective *collective) {
  if (!collective)
    return;
  auto *opened = reinterpret_cast<Opened *>(collective);
  if (collective->destroy)
    collective->destroy(collective->user);
  dlclose(opened->handle);
  free(opened);
}
