//===- Nccl.cpp - Ranks with a GPU each ----------------------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// "FILE,RANK,SIZE[,SECONDS]": rank 0 writes the identifier by which the others find it to the file, which must not be there before, and
// removes it when all have come; SECONDS (60) is how long they wait for it. Rank r uses GPU r modulo the number of GPUs. The libraries of CUDA
// and NCCL are loaded here, by declarations of their stable C interfaces: to build this, neither is needed.
//
//===----------------------------------------------------------------------===//

#include "Reduce.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

namespace {

struct UniqueId {
  char bytes[128];
};

/// Functions of libcudart and libnccl.
struct Calls {
  int (*getDeviceCount)(int *);
  int (*setDevice)(int);
  int (*allocate)(void **, size_t);
  int (*release)(void *);
  int (*copy)(void *, const void *, size_t, int);
  int (*synchronize)(void *);
  const char *(*cudaError)(int);
  int (*getUniqueId)(UniqueId *);
  int (*initRank)(void **, int, UniqueId, int);
  int (*allreduce)(const void *, void *, size_t, int, int, void *, void *);
  int (*broadcast)(const void *, void *, size_t, int, int, void *, void *);
  int (*destroyComm)(void *);
  const char *(*ncclError)(int);
};

constexpr int hostToDevice = 1, deviceToHost = 2, sum = 0, bytesType = 1;
constexpr size_t bufferBytes = size_t(64) << 20;

struct Ranks {
  Calls calls;
  void *comm;
  void *buffer; ///< on the GPU
  int device;
  char error[256];
};

} // namespace

static bool cudaOk(Ranks &ranks, int code) {
  if (code)
    snprintf(ranks.error, sizeof(ranks.error), "CUDA: %s", ranks.calls.cudaError(code));
  return !code;
}

static bool ncclOk(Ranks &ranks, int code) {
  if (code)
    snprintf(ranks.error, sizeof(ranks.error), "NCCL: %s", ranks.calls.ncclError(code));
  return !code;
}

/// NCCL's number of a type, -1 where it has none.
static int typeOf(int32_t dtype) {
  switch (dtype) {
  case INGOT_I8: return 0;
  case INGOT_U8: return 1;
  case INGOT_I32: return 2;
  case INGOT_U32: return 3;
  case INGOT_I64: return 4;
  case INGOT_U64: return 5;
  case INGOT_F16: return 6;
  case INGOT_F32: return 7;
  case INGOT_F64: return 8;
  case INGOT_BF16: return 9;
  default: return -1;
  }
}

/// To the GPU, `call` there, and back, piece by piece.
template <typename Call> static int32_t throughGpu(Ranks &ranks, void *data, int64_t bytes, Call call) {
  auto *at = static_cast<char *>(data);
  if (!cudaOk(ranks, ranks.calls.setDevice(ranks.device)))
    return 1;
  for (int64_t left = bytes; left > 0;) {
    size_t piece = size_t(left) < bufferBytes ? size_t(left) : bufferBytes;
    if (!cudaOk(ranks, ranks.calls.copy(ranks.buffer, at, piece, hostToDevice)) || !ncclOk(ranks, call(piece)) ||
        !cudaOk(ranks, ranks.calls.synchronize(nullptr)) || !cudaOk(ranks, ranks.calls.copy(at, ranks.buffer, piece, deviceToHost)))
      return 1;
    at += piece;
    left -= int64_t(piece);
  }
  return 0;
}

static int32_t allreduce(void *user, void *data, int64_t count, int32_t dtype) {
  auto &ranks = *static_cast<Ranks *>(user);
  int64_t size;
  int type = typeOf(dtype);
  ingot::runtime::addUpOf(dtype, size);
  if (type < 0 || count < 0) {
    snprintf(ranks.error, sizeof(ranks.error), "there is no sum of elements of the type %d", dtype);
    return 1;
  }
  return throughGpu(ranks, data, count * size, [&](size_t bytes) {
    return ranks.calls.allreduce(ranks.buffer, ranks.buffer, bytes / size_t(size), type, sum, ranks.comm, nullptr);
  });
}

static int32_t broadcast(void *user, void *data, int64_t bytes, int32_t root) {
  auto &ranks = *static_cast<Ranks *>(user);
  return throughGpu(ranks, data, bytes, [&](size_t piece) {
    return ranks.calls.broadcast(ranks.buffer, ranks.buffer, piece, bytesType, root, ranks.comm, nullptr);
  });
}

static int32_t barrier(void *user) {
  float nothing = 0;
  return allreduce(user, &nothing, 1, INGOT_F32);
}

static const char *lastError(void *user) { return static_cast<Ranks *>(user)->error; }

static void destroy(void *user) {
  auto *ranks = static_cast<Ranks *>(user);
  if (ranks->comm)
    ranks->calls.destroyComm(ranks->comm);
  if (ranks->buffer)
    ranks->calls.release(ranks->buffer);
  free(ranks);
}

//===----------------------------------------------------------------------===//
// Connecting
//===----------------------------------------------------------------------===//

static void *openFirst(const char *const *names) {
  void *handle = nullptr;
  for (; !handle && *names; ++names)
    handle = dlopen(*names, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  return handle;
}

static bool load(Calls &calls, char *error, size_t errorBytes) {
  static const char *const cudaNames[] = {"libcudart.so", "libcudart.so.13", "libcudart.so.12", "libcudart.so.11.0", nullptr};
  static const char *const ncclNames[] = {"libnccl.so.2", "libnccl.so", nullptr};
  void *nccl = openFirst(ncclNames), *cuda = nccl ? openFirst(cudaNames) : nullptr;
  if (!nccl || !cuda) {
    snprintf(error, errorBytes, "%s was not found (%s)", nccl ? "the CUDA runtime library libcudart.so" : "the library libnccl.so.2",
             dlerror());
    return false;
  }
  struct {
    void *handle;
    const char *name;
    void *to;
  } symbols[] = {
      {cuda, "cudaGetDeviceCount", &calls.getDeviceCount}, {cuda, "cudaSetDevice", &calls.setDevice},
      {cuda, "cudaMalloc", &calls.allocate},               {cuda, "cudaFree", &calls.release},
      {cuda, "cudaMemcpy", &calls.copy},                   {cuda, "cudaStreamSynchronize", &calls.synchronize},
      {cuda, "cudaGetErrorString", &calls.cudaError},      {nccl, "ncclGetUniqueId", &calls.getUniqueId},
      {nccl, "ncclCommInitRank", &calls.initRank},         {nccl, "ncclAllReduce", &calls.allreduce},
      {nccl, "ncclBroadcast", &calls.broadcast},           {nccl, "ncclCommDestroy", &calls.destroyComm},
      {nccl, "ncclGetErrorString", &calls.ncclError},
  };
  for (auto &symbol : symbols) {
    void *address = dlsym(symbol.handle, symbol.name);
    if (!address) {
      snprintf(error, errorBytes, "the library lacks %s", symbol.name);
      return false;
    }
    memcpy(symbol.to, &address, sizeof(address));
  }
  return true;
}

/// From the end: the path itself may have commas.
static bool parse(const char *options, char *path, size_t pathSize, int &rank, int &size, double &seconds) {
  const char *at = options + strlen(options);
  for (int commas = 0; commas < 3 && at != options;)
    commas += *--at == ',';
  char tail;
  seconds = 60;
  if (sscanf(at, ",%d,%d,%lf%c", &rank, &size, &seconds, &tail) != 3) {
    at = options + strlen(options);
    for (int commas = 0; commas < 2 && at != options;)
      commas += *--at == ',';
    if (sscanf(at, ",%d,%d%c", &rank, &size, &tail) != 2)
      return false;
  }
  snprintf(path, pathSize, "%.*s", int(at - options), options);
  return at != options && size_t(at - options) < pathSize && size >= 1 && rank >= 0 && rank < size && seconds >= 0;
}

static bool writeId(const char *path, const UniqueId &id) {
  char temporary[PATH_MAX + 8];
  snprintf(temporary, sizeof(temporary), "%s.tmp", path);
  FILE *file = fopen(temporary, "wbe");
  bool ok = file && fwrite(&id, sizeof(id), 1, file) == 1;
  ok = (!file || !fclose(file)) && ok;
  return ok && !rename(temporary, path);
}

static bool readId(const char *path, UniqueId &id, double seconds) {
  for (double waited = 0;; waited += 0.01) {
    FILE *file = fopen(path, "rbe");
    bool ok = file && fread(&id, sizeof(id), 1, file) == 1;
    if (file)
      fclose(file);
    if (ok || waited > seconds)
      return ok;
    timespec rest = {0, 10000000};
    nanosleep(&rest, nullptr);
  }
}

extern "C" INGOT_API int32_t ingot_collective_create(const char *options, ingot_collective *collective, char *error, size_t errorBytes) {
  char path[PATH_MAX];
  int rank, size, devices = 0;
  double seconds;
  if (!parse(options, path, sizeof(path), rank, size, seconds)) {
    snprintf(error, errorBytes, "'%s' is not FILE,RANK,SIZE with a rank below the size", options);
    return 1;
  }
  auto *ranks = static_cast<Ranks *>(calloc(1, sizeof(Ranks)));
  if (!ranks || !load(ranks->calls, error, errorBytes)) {
    free(ranks);
    return 1;
  }
  UniqueId id;
  bool ok = cudaOk(*ranks, ranks->calls.getDeviceCount(&devices));
  if (ok && devices < 1) {
    snprintf(ranks->error, sizeof(ranks->error), "there is no GPU");
    ok = false;
  }
  ranks->device = devices > 0 ? rank % devices : 0;
  ok = ok && cudaOk(*ranks, ranks->calls.setDevice(ranks->device)) && cudaOk(*ranks, ranks->calls.allocate(&ranks->buffer, bufferBytes)) &&
       (rank || ncclOk(*ranks, ranks->calls.getUniqueId(&id)));
  if (ok && !(rank ? readId(path, id, seconds) : writeId(path, id))) {
    snprintf(ranks->error, sizeof(ranks->error), "cannot %s '%s': %s", rank ? "read" : "write", path, strerror(errno));
    ok = false;
  }
  ok = ok && ncclOk(*ranks, ranks->calls.initRank(&ranks->comm, size, id, rank));
  if (ok && !rank)
    unlink(path);
  if (!ok) {
    snprintf(error, errorBytes, "%s", ranks->error);
    destroy(ranks);
    return 1;
  }
  collective->user = ranks;
  collective->rank = rank;
  collective->size = size;
  collective->allreduce = allreduce;
  collective->broadcast = broadcast;
  collective->barrier = barrier;
  collective->error = lastError;
  collective->destroy = destroy;
  collective->flags = INGOT_COLLECTIVE_ANY_THREAD;
  return 0;
}
