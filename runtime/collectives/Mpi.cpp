//===- Mpi.cpp - Ranks that mpirun has started ---------------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// No options. Initializes MPI unless the program has, and finalizes it then.
//
//===----------------------------------------------------------------------===//

#define OMPI_SKIP_MPICXX 1
#define MPICH_SKIP_MPICXX 1

#include "Reduce.h"

#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>

using namespace ingot::runtime;

namespace {
struct Ranks {
  MPI_Comm all;
  MPI_Op addF16, addBF16; ///< of 16-bit words
  bool finalize;
  char error[MPI_MAX_ERROR_STRING];
};
} // namespace

/// MPI counts by int.
static constexpr int64_t mostAtOnce = int64_t(1) << 28;

static int32_t check(Ranks &ranks, int code) {
  int length = 0;
  if (code == MPI_SUCCESS)
    return 0;
  MPI_Error_string(code, ranks.error, &length);
  ranks.error[length < MPI_MAX_ERROR_STRING ? length : MPI_MAX_ERROR_STRING - 1] = 0;
  return 1;
}

template <int32_t dtype> static void addHalves(void *in, void *inOut, int *count, MPI_Datatype *) {
  int64_t bytes;
  const void *sources[2] = {inOut, in};
  addUpOf(dtype, bytes)(inOut, sources, 2, *count);
}

static int32_t allreduce(void *user, void *data, int64_t count, int32_t dtype) {
  auto &ranks = *static_cast<Ranks *>(user);
  MPI_Datatype type;
  MPI_Op op = MPI_SUM;
  switch (dtype) {
  case INGOT_F32: type = MPI_FLOAT; break;
  case INGOT_F64: type = MPI_DOUBLE; break;
  case INGOT_I8: type = MPI_INT8_T; break;
  case INGOT_U8: type = MPI_UINT8_T; break;
  case INGOT_I16: type = MPI_INT16_T; break;
  case INGOT_U16: type = MPI_UINT16_T; break;
  case INGOT_I32: type = MPI_INT32_T; break;
  case INGOT_U32: type = MPI_UINT32_T; break;
  case INGOT_I64: type = MPI_INT64_T; break;
  case INGOT_U64: type = MPI_UINT64_T; break;
  case INGOT_F16: type = MPI_UINT16_T, op = ranks.addF16; break;
  case INGOT_BF16: type = MPI_UINT16_T, op = ranks.addBF16; break;
  default:
    snprintf(ranks.error, sizeof(ranks.error), "there is no sum of elements of the type %d", dtype);
    return 1;
  }
  int64_t size;
  addUpOf(dtype, size);
  auto *at = static_cast<char *>(data);
  for (int64_t left = count; left > 0; left -= mostAtOnce, at += mostAtOnce * size)
    if (check(ranks, MPI_Allreduce(MPI_IN_PLACE, at, int(left < mostAtOnce ? left : mostAtOnce), type, op, ranks.all)))
      return 1;
  return 0;
}

static int32_t broadcast(void *user, void *data, int64_t bytes, int32_t root) {
  auto &ranks = *static_cast<Ranks *>(user);
  auto *at = static_cast<char *>(data);
  for (int64_t left = bytes; left > 0; left -= mostAtOnce, at += mostAtOnce)
    if (check(ranks, MPI_Bcast(at, int(left < mostAtOnce ? left : mostAtOnce), MPI_BYTE, root, ranks.all)))
      return 1;
  return 0;
}

static int32_t barrier(void *user) {
  auto &ranks = *static_cast<Ranks *>(user);
  return check(ranks, MPI_Barrier(ranks.all));
}

static const char *lastError(void *user) { return static_cast<Ranks *>(user)->error; }

static void destroy(void *user) {
  auto *ranks = static_cast<Ranks *>(user);
  int isFinalized = 0;
  MPI_Finalized(&isFinalized);
  if (!isFinalized) {
    MPI_Op_free(&ranks->addF16);
    MPI_Op_free(&ranks->addBF16);
    MPI_Comm_free(&ranks->all);
    if (ranks->finalize)
      MPI_Finalize();
  }
  free(ranks);
}

extern "C" INGOT_API int32_t ingot_collective_create(const char *options, ingot_collective *collective, char *error, size_t errorBytes) {
  if (*options) {
    snprintf(error, errorBytes, "'%s': it takes no options", options);
    return 1;
  }
  int isInitialized = 0, isFinalized = 0, provided;
  MPI_Initialized(&isInitialized);
  MPI_Finalized(&isFinalized);
  auto *ranks = static_cast<Ranks *>(calloc(1, sizeof(Ranks)));
  if (!ranks || isFinalized) {
    snprintf(error, errorBytes, ranks ? "MPI has been finalized" : "out of memory");
    free(ranks);
    return 1;
  }
  int code = isInitialized ? MPI_SUCCESS : MPI_Init_thread(nullptr, nullptr, MPI_THREAD_SERIALIZED, &provided);
  ranks->finalize = !isInitialized;
  if (!check(*ranks, code))
    code = MPI_Comm_dup(MPI_COMM_WORLD, &ranks->all);
  if (!check(*ranks, code))
    code = MPI_Comm_set_errhandler(ranks->all, MPI_ERRORS_RETURN);
  if (!check(*ranks, code))
    code = MPI_Op_create(addHalves<INGOT_F16>, 1, &ranks->addF16);
  if (!check(*ranks, code))
    code = MPI_Op_create(addHalves<INGOT_BF16>, 1, &ranks->addBF16);
  if (check(*ranks, code)) {
    snprintf(error, errorBytes, "%s", ranks->error);
    free(ranks);
    return 1;
  }
  int rank = 0, size = 1;
  MPI_Comm_rank(ranks->all, &rank);
  MPI_Comm_size(ranks->all, &size);
  collective->user = ranks;
  collective->rank = rank;
  collective->size = size;
  collective->allreduce = allreduce;
  collective->broadcast = broadcast;
  collective->barrier = barrier;
  collective->error = lastError;
  collective->destroy = destroy;
  // The program may have begun with less.
  int support = MPI_THREAD_SINGLE;
  MPI_Query_thread(&support);
  collective->flags = support >= MPI_THREAD_SERIALIZED ? INGOT_COLLECTIVE_ANY_THREAD : 0;
  return 0;
}
