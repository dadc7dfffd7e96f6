//===- Collective.cpp - Training on more than one rank -------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef _GNU_SOURCE
#define _GNU_SOURCE // dladdr
#endif

#include "Exchange.h"
#include "Training.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

using namespace ingot::runtime;

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
  destroyExchange(*state);
  state->collective = chosen;
  if (!hasOthers(*state))
    return INGOT_STATUS_OK;
  ingot_status status = createExchange(*state);
  if (status)
    state->collective.size = 1;
  return status;
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
