//===- Exchange.cpp - Gradients of all ranks, while they are made ---------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Gradients are averaged in buckets, in the order of the manifest on every rank. The compiled function says by ingot_env.profile which kernel
// has run, and the manifest which gradients nothing looks at behind it: a bucket that is complete goes to a thread that exchanges it
// while the function goes on. Without that thread all of them follow the function; what is computed is the same.
//
//===----------------------------------------------------------------------===//

#include "Exchange.h"
#include "../Context.h"
#include "Floats.h"
#include "Training.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>

using namespace ingot::runtime;

struct ingot::runtime::Exchange {
  ingot_state *state;
  size_t bytes;          ///< of this and the tables behind it
  int32_t *bucketOf;     ///< of each variable; what is in no bucket is in the last
  int32_t *waiting;      ///< of each bucket: gradients that the function has not finished
  uint8_t *exchanged;    ///< of each variable: whether this update uses its gradient
  int32_t buckets;
  void (*profile)(const ingot_env *env, int32_t kernel, int32_t begin); ///< who looks on besides

  bool hasThread, ends;
  pthread_t thread;
  pthread_mutex_t mutex; ///< guards all that follows
  pthread_cond_t changed;
  int32_t ready, done; ///< buckets that may be exchanged, and that have been
  ingot_status status;
  char problem[256];
};

//===----------------------------------------------------------------------===//
// Means
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
  char *begin = nullptr, *end = nullptr;
  int32_t dtype = 0;

  ingot_status add(int32_t variable) {
    const Variable &added = state.variables[variable];
    int32_t type = state.training->variables()->Get(uint32_t(variable))->tensor()->dtype();
    char *behind = begin + (end - begin + 63) / 64 * 64;
    if (type != dtype || added.data != behind || end == begin) {
      if (ingot_status status = finish())
        return status;
      begin = added.data;
      dtype = type;
    }
    end = added.data + added.bytes;
    return INGOT_STATUS_OK;
  }
  ingot_status finish() {
    ingot_status status = end > begin ? average(state, begin, end - begin, dtype) : INGOT_STATUS_OK;
    begin = end = nullptr;
    return status;
  }
};
} // namespace

static ingot_status exchangeBucket(const Exchange &exchange, int32_t bucket) {
  const ingot_state &state = *exchange.state;
  Piece piece = {state};
  ingot_status status = INGOT_STATUS_OK;
  if (bucket + 1 < exchange.buckets) {
    const auto *variables = state.training->buckets()->Get(uint32_t(bucket))->variables();
    for (uint32_t i = 0; !status && i < sizeOf(variables); ++i)
      if (exchange.exchanged[variables->Get(i)])
        status = piece.add(variables->Get(i));
  } else {
    for (int32_t i = 0; !status && i < state.variableCount; ++i)
      if (exchange.exchanged[i] && exchange.bucketOf[i] == bucket)
        status = piece.add(i);
  }
  return status ? status : piece.finish();
}

//===----------------------------------------------------------------------===//
// The thread
//===----------------------------------------------------------------------===//

/// Exchanges what is ready, in order. After a failure nothing more: the ranks do not understand each other any longer.
static void exchangeReady(Exchange &exchange) {
  while (exchange.done < exchange.ready) {
    int32_t bucket = exchange.done;
    bool goesOn = !exchange.status;
    pthread_mutex_unlock(&exchange.mutex);
    ingot_status status = goesOn ? exchangeBucket(exchange, bucket) : INGOT_STATUS_OK;
    pthread_mutex_lock(&exchange.mutex);
    if (status) {
      exchange.status = status;
      snprintf(exchange.problem, sizeof(exchange.problem), "%s", ingot_last_error());
    }
    exchange.done = bucket + 1;
  }
}

static void *work(void *argument) {
  auto &exchange = *static_cast<Exchange *>(argument);
  pthread_mutex_lock(&exchange.mutex);
  while (!exchange.ends) {
    exchangeReady(exchange);
    pthread_cond_broadcast(&exchange.changed);
    if (!exchange.ends && exchange.done == exchange.ready)
      pthread_cond_wait(&exchange.changed, &exchange.mutex);
  }
  pthread_mutex_unlock(&exchange.mutex);
  return nullptr;
}

static bool startThread(Exchange &exchange) {
  // Signals are the application's business, in its own threads.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  bool started = !pthread_create(&exchange.thread, nullptr, work, &exchange);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return started;
}

ingot_status ingot::runtime::createExchange(ingot_state &state) {
  // A rank that finds no memory when the others exchange would leave them alone.
  if (ingot_status status = needGradients(state))
    return status;
  int32_t buckets = int32_t(sizeOf(state.training->buckets())) + 1;
  size_t bytes = sizeof(Exchange) + size_t(state.variableCount + buckets) * sizeof(int32_t) + size_t(state.variableCount);
  void *memory = state.options.allocate(state.options.user, bytes, alignof(Exchange) > 64 ? alignof(Exchange) : 64);
  if (!memory)
    return fail(INGOT_STATUS_MEMORY, "out of memory");
  memset(memory, 0, bytes);
  auto *exchange = static_cast<Exchange *>(memory);
  exchange->state = &state;
  exchange->bytes = bytes;
  exchange->buckets = buckets;
  exchange->bucketOf = reinterpret_cast<int32_t *>(exchange + 1);
  exchange->waiting = exchange->bucketOf + state.variableCount;
  exchange->exchanged = reinterpret_cast<uint8_t *>(exchange->waiting + buckets);
  for (int32_t i = 0; i < state.variableCount; ++i)
    exchange->bucketOf[i] = buckets - 1;
  for (int32_t i = 0; i + 1 < buckets; ++i) {
    const auto *variables = state.training->buckets()->Get(uint32_t(i))->variables();
    for (uint32_t j = 0; j < sizeOf(variables); ++j)
      exchange->bucketOf[variables->Get(j)] = i;
  }
  pthread_mutex_init(&exchange->mutex, nullptr);
  pthread_cond_init(&exchange->changed, nullptr);
  // Where there are no threads, the exchange follows the function.
  exchange->hasThread = (state.collective.flags & INGOT_COLLECTIVE_ANY_THREAD) && startThread(*exchange);
  state.exchange = exchange;
  return INGOT_STATUS_OK;
}

void ingot::runtime::destroyExchange(ingot_state &state) {
  Exchange *exchange = state.exchange;
  state.exchange = nullptr;
  if (!exchange)
    return;
  if (exchange->hasThread) {
    pthread_mutex_lock(&exchange->mutex);
    exchange->ends = true;
    pthread_cond_broadcast(&exchange->changed);
    pthread_mutex_unlock(&exchange->mutex);
    pthread_join(exchange->thread, nullptr);
  }
  pthread_cond_destroy(&exchange->changed);
  pthread_mutex_destroy(&exchange->mutex);
  state.options.release(state.options.user, exchange, exchange->bytes);
}

//===----------------------------------------------------------------------===//
// One update
//===----------------------------------------------------------------------===//

void ingot::runtime::beginExchange(ingot_state &state, int32_t apply) {
  Exchange &exchange = *state.exchange;
  const Function &function = state.model->functions[apply];
  memset(exchange.exchanged, 0, size_t(state.variableCount));
  memset(exchange.waiting, 0, size_t(exchange.buckets) * sizeof(int32_t));
  for (int32_t i = 0; i < function.variableCount; ++i) {
    int32_t variable = function.info->variables()->Get(uint32_t(i))->variable();
    if (!isGradient(state, variable) || exchange.exchanged[variable])
      continue;
    exchange.exchanged[variable] = 1;
    ++exchange.waiting[exchange.bucketOf[variable]];
  }
  pthread_mutex_lock(&exchange.mutex);
  exchange.ready = exchange.done = 0;
  exchange.status = INGOT_STATUS_OK;
  pthread_mutex_unlock(&exchange.mutex);
}

/// The thread may begin with all buckets before `count`.
static void handOver(Exchange &exchange, int32_t count) {
  pthread_mutex_lock(&exchange.mutex);
  exchange.ready = count;
  pthread_cond_broadcast(&exchange.changed);
  pthread_mutex_unlock(&exchange.mutex);
}

static void onKernel(const ingot_env *env, int32_t kernel, int32_t begin) {
  const auto &context = *static_cast<const ingot_context *>(env->host);
  Exchange &exchange = *static_cast<Exchange *>(context.training->observer);
  if (exchange.profile)
    exchange.profile(env, kernel, begin);
  const auto *kernels = m::GetManifest(context.model->library->manifest)->kernels();
  const auto *finished = begin || kernel < 0 || uint32_t(kernel) >= sizeOf(kernels) ? nullptr : kernels->Get(uint32_t(kernel))->finished();
  if (!sizeOf(finished))
    return;
  for (uint32_t i = 0; i < finished->size(); ++i)
    if (int32_t variable = finished->Get(i); exchange.exchanged[variable])
      --exchange.waiting[exchange.bucketOf[variable]];
  // Nobody but this thread changes `ready`. The last bucket waits for the end: what is in it has no place of its own.
  int32_t ready = exchange.ready;
  while (ready + 1 < exchange.buckets && exchange.waiting[ready] <= 0)
    ++ready;
  if (ready > exchange.ready)
    handOver(exchange, ready);
}

ObservedRun::ObservedRun(ingot_context &context, ingot_state &state)
    : context(context), exchange(*state.exchange), profile(context.env.profile) {
  exchange.profile = profile;
  if (exchange.hasThread)
    context.env.profile = onKernel;
}

ObservedRun::~ObservedRun() { context.env.profile = profile; }

ingot_status ingot::runtime::finishExchange(ingot_state &state) {
  Exchange &exchange = *state.exchange;
  handOver(exchange, exchange.buckets);
  pthread_mutex_lock(&exchange.mutex);
  if (!exchange.hasThread)
    exchangeReady(exchange);
  while (exchange.done < exchange.buckets)
    pthread_cond_wait(&exchange.changed, &exchange.mutex);
  ingot_status status = exchange.status;
  pthread_mutex_unlock(&exchange.mutex);
  return status ? fail(status, "%s", exchange.problem) : INGOT_STATUS_OK;
}
