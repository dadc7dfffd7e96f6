//===- Context.cpp - Planning and running functions ----------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Context.h"
#include "ThreadPool.h"

#include "ingot/manifest_generated.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

using namespace ingot::runtime;

namespace {

constexpr size_t chunkHeader = memoryAlignment;
static_assert(sizeof(Chunk) <= chunkHeader, "the header fits");

} // namespace

alignas(memoryAlignment) char ingot::runtime::zeros[zerosBytes];

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

void *ingot::runtime::mapMemory(size_t bytes) {
  size_t whole = (bytes + hugePage - 1) / hugePage * hugePage, mapped;
  if (__builtin_add_overflow(whole, hugePage, &mapped))
    return nullptr;
  void *memory = mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED)
    return nullptr;
  auto *begin = static_cast<char *>(memory);
  size_t before = (hugePage - reinterpret_cast<uintptr_t>(begin) % hugePage) % hugePage;
  if (before)
    munmap(begin, before);
  munmap(begin + before + whole, hugePage - before);
#ifdef MADV_HUGEPAGE
  madvise(begin + before, whole, MADV_HUGEPAGE);
#endif
  return begin + before;
}

void ingot::runtime::unmapMemory(void *memory, size_t bytes) { munmap(memory, (bytes + hugePage - 1) / hugePage * hugePage); }

/// What contexts use when the caller has no functions for memory. Large arenas lie on huge pages: kernels stream through them, and each
/// 4 KiB page is a fault at first and a TLB entry later. The heap's own memory would be of small pages where it was used before.
static void *allocateDefault(void *, size_t bytes, size_t align) {
  if (bytes >= 2 * hugePage)
    return mapMemory(bytes);
  void *memory = nullptr;
  return posix_memalign(&memory, align, bytes) ? nullptr : memory;
}

static void releaseDefault(void *, void *memory, size_t bytes) {
  if (bytes >= 2 * hugePage)
    unmapMemory(memory, bytes);
  else
    free(memory);
}

void *ingot::runtime::allocate(ingot_context &context, size_t bytes) {
  return context.options.allocate(context.options.user, (bytes + memoryAlignment - 1) / memoryAlignment * memoryAlignment,
                                  memoryAlignment);
}

void ingot::runtime::release(ingot_context &context, void *memory, size_t bytes) {
  if (memory)
    context.options.release(context.options.user, memory, (bytes + memoryAlignment - 1) / memoryAlignment * memoryAlignment);
}

bool ingot::runtime::reserve(ingot_context &context, Buffer &buffer, size_t bytes) {
  if (buffer.data && buffer.bytes >= bytes)
    return true;
  bytes = bytes < memoryAlignment ? memoryAlignment : bytes;
  release(context, buffer.data, buffer.bytes);
  buffer.data = allocate(context, bytes);
  buffer.bytes = buffer.data ? bytes : 0;
  return buffer.data;
}

static void releaseChunks(ingot_context &context) {
  while (Chunk *chunk = context.chunks) {
    context.chunks = chunk->next;
    release(context, chunk, chunk->bytes);
  }
}

static bool addChunk(ingot_context &context, size_t payload) {
  size_t bytes;
  if (__builtin_add_overflow(payload, chunkHeader, &bytes))
    return false;
  auto *chunk = static_cast<Chunk *>(allocate(context, bytes));
  if (!chunk)
    return false;
  chunk->next = context.chunks;
  chunk->bytes = bytes;
  context.chunks = chunk;
  context.chunkUsed = chunkHeader;
  return true;
}

/// Before a run: all memory of the last one is free again, in one piece, so that the same run does not allocate again.
static void rewindChunks(ingot_context &context) {
  context.chunkUsed = chunkHeader;
  if (!context.chunks || !context.chunks->next)
    return;
  size_t total = 0;
  for (Chunk *chunk = context.chunks; chunk; chunk = chunk->next)
    total += chunk->bytes;
  releaseChunks(context);
  addChunk(context, total); // failing is no error: chunks come one by one again
}

//===----------------------------------------------------------------------===//
// The environment of compiled code
//===----------------------------------------------------------------------===//

static ingot_context &contextOf(const ingot_env *env) { return *static_cast<ingot_context *>(env->host); }

static void envParallelFor(const ingot_env *env, int64_t tasks, ingot_task_fn body, void *argument) {
  parallelFor(env->thread_count, tasks, body, argument);
}

static void envCallerParallelFor(const ingot_env *env, int64_t tasks, ingot_task_fn body, void *argument) {
  ingot_context &context = contextOf(env);
  if (tasks > 0)
    context.options.parallel_for(context.options.user, tasks, body, argument);
}

static int64_t now() {
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1'000'000'000 + t.tv_nsec;
}

static constexpr int64_t eventCapacity = 1 << 16;
static std::atomic<int32_t> numberedThreads;
static thread_local int32_t threadNumber = -1;

static void recordEvent(ingot_context &context, int32_t kernel, int32_t thread, int64_t start, int64_t end) {
  int64_t index = context.eventCount.fetch_add(1, std::memory_order_relaxed);
  if (index < eventCapacity)
    context.events[index] = {kernel, thread, start, end};
}

namespace {
struct TracedLoop {
  ingot_context *context;
  ingot_task_fn body;
  void *argument;
};
} // namespace

static void tracedTasks(void *argument, int64_t begin, int64_t end) {
  auto &loop = *static_cast<TracedLoop *>(argument);
  if (threadNumber < 0)
    threadNumber = numberedThreads.fetch_add(1, std::memory_order_relaxed);
  int64_t start = now();
  loop.body(loop.argument, begin, end);
  recordEvent(*loop.context, loop.context->runningKernel, threadNumber, start, now());
}

static void envTracedParallelFor(const ingot_env *env, int64_t tasks, ingot_task_fn body, void *argument) {
  TracedLoop loop = {&contextOf(env), body, argument};
  (contextOf(env).options.parallel_for ? envCallerParallelFor : envParallelFor)(env, tasks, tracedTasks, &loop);
}

static void *envAllocate(const ingot_env *env, int64_t bytes) {
  ingot_context &context = contextOf(env);
  if (bytes < 0 || bytes > INT64_MAX - int64_t(2 * memoryAlignment))
    return nullptr;
  size_t size = (size_t(bytes) + memoryAlignment - 1) / memoryAlignment * memoryAlignment;
  while (context.allocating.test_and_set(std::memory_order_acquire)) {
  }
  void *memory = nullptr;
  // Twice the last chunk, so that few are needed until one holds everything.
  if ((context.chunks && context.chunks->bytes - context.chunkUsed >= size) ||
      addChunk(context, context.chunks && context.chunks->bytes * 2 > size ? context.chunks->bytes * 2 : size) ||
      addChunk(context, size)) {
    memory = reinterpret_cast<char *>(context.chunks) + context.chunkUsed;
    context.chunkUsed += size;
  }
  context.allocating.clear(std::memory_order_release);
  return memory;
}

/// Whether the caller gave a buffer for an output. What an earlier run returned from a context's memory is none: callers pass the same
/// ingot_tensor again and again.
static bool isCallers(const ingot_context &context, int32_t index) {
  return context.callerOutputs && context.callerOutputs[index].data && context.callerOutputs[index].bytes >= 0;
}

/// Bytes at the caller's buffer for an output.
static int64_t capacityOf(const ingot_tensor &tensor, int32_t dtype) {
  int64_t bytes = 0;
  if (tensor.bytes > 0)
    return tensor.bytes;
  return tensor.rank >= 0 && tensor.rank <= INGOT_MAX_RANK && countBytes(dtype, tensor.dims, tensor.rank, bytes) ? bytes : 0;
}

static int64_t *outputDimsOf(ingot_context &context, int32_t index) {
  int64_t *dims = context.outputDims;
  for (int32_t i = 0; i < index; ++i)
    dims += context.running->outputs[i].rank;
  return dims;
}

static void *envAllocateOutput(const ingot_env *env, int32_t index, const int64_t *dims, int32_t rank, int64_t bytes) {
  ingot_context &context = contextOf(env);
  const Function *function = context.running;
  if (index < 0 || index >= function->outputCount + function->stateCount || rank != function->outputs[index].rank || bytes < 0)
    return nullptr;
  if (rank)
    memmove(outputDimsOf(context, index), dims, size_t(rank) * sizeof(int64_t));
  if (index >= function->outputCount)
    return stateMemory(context, index - function->outputCount, bytes);
  void *memory = nullptr;
  if (bytes && isCallers(context, index) && capacityOf(context.callerOutputs[index], function->outputs[index].dtype) >= bytes)
    memory = context.callerOutputs[index].data;
  else if (reserve(context, context.owned[index], size_t(bytes)))
    memory = context.owned[index].data;
  context.outputs[index] = memory;
  return memory;
}

static void envProfile(const ingot_env *env, int32_t kernel, int32_t begin) {
  ingot_context &context = contextOf(env);
  if (kernel < 0 || kernel >= context.model->kernelCount)
    return;
  int64_t time = now();
  if (begin) {
    context.runningKernel = kernel;
    context.profileBegin[kernel] = time;
    return;
  }
  ingot_kernel_profile &entry = context.profile[kernel];
  int64_t duration = time - context.profileBegin[kernel];
  entry.min_ns = entry.calls && entry.min_ns < duration ? entry.min_ns : duration;
  entry.total_ns += duration;
  entry.last_start_ns = context.profileBegin[kernel];
  entry.last_end_ns = time;
  ++entry.calls;
  if (context.events)
    recordEvent(context, kernel, -1, entry.last_start_ns, time);
}

//===----------------------------------------------------------------------===//
// Contexts
//===----------------------------------------------------------------------===//

static int32_t larger(int32_t a, int32_t b) { return a > b ? a : b; }

/// One block for the arguments of every function.
static bool buildArgumentTables(ingot_context &context) {
  int32_t inputs = 0, outputs = 0, inputRanks = 0, outputRanks = 0, scalars = 0;
  for (int32_t i = 0; i < context.model->functionCount; ++i) {
    const Function &function = context.model->functions[i];
    inputs = larger(inputs, function.argumentCount());
    scalars = larger(scalars, function.scalarCount);
    outputs = larger(outputs, function.outputCount + function.stateCount);
    inputRanks = larger(inputRanks, function.inputRanks);
    outputRanks = larger(outputRanks, function.outputRanks);
  }
  size_t words = size_t(inputs) + size_t(outputs) * 3 + size_t(inputRanks) + size_t(outputRanks) + size_t(scalars) + 1;
  static_assert(sizeof(Buffer) == 16 && sizeof(void *) == 8 && sizeof(int64_t) == 8, "the block is counted in words");
  if (!reserve(context, context.tables, words * 8))
    return false;
  memset(context.tables.data, 0, context.tables.bytes);
  auto *word = static_cast<char *>(context.tables.data);
  context.owned = reinterpret_cast<Buffer *>(word);
  context.inputs = reinterpret_cast<void **>(word += size_t(outputs) * 16);
  context.outputs = reinterpret_cast<void **>(word += size_t(inputs) * 8);
  context.inputDims = reinterpret_cast<int64_t *>(word += size_t(outputs) * 8);
  context.outputDims = reinterpret_cast<int64_t *>(word += size_t(inputRanks) * 8);
  context.scalars = reinterpret_cast<int64_t *>(word += size_t(outputRanks) * 8);
  return true;
}

static bool buildProfile(ingot_context &context) {
  size_t count = size_t(context.model->kernelCount);
  if (!reserve(context, context.profileTable, count * (sizeof(ingot_kernel_profile) + sizeof(int64_t))))
    return false;
  if (context.options.profile == 2) {
    if (!reserve(context, context.eventTable, size_t(eventCapacity) * sizeof(ingot_profile_event)))
      return false;
    context.events = static_cast<ingot_profile_event *>(context.eventTable.data);
  }
  memset(context.profileTable.data, 0, context.profileTable.bytes);
  context.profile = static_cast<ingot_kernel_profile *>(context.profileTable.data);
  context.profileBegin = reinterpret_cast<int64_t *>(context.profile + count);
  const auto *manifest = ingot::manifest::GetManifest(context.model->library->manifest);
  for (size_t i = 0; i < count; ++i) {
    const auto *kernel = manifest->kernels()->Get(uint32_t(i));
    ingot_kernel_profile &entry = context.profile[i];
    entry.name = kernel->name() ? kernel->name()->c_str() : "";
    entry.description = kernel->description() ? kernel->description()->c_str() : "";
    entry.node_count = kernel->nodes() ? int32_t(kernel->nodes()->size()) : 0;
    const auto *node = entry.node_count ? manifest->nodes()->Get(uint32_t(kernel->nodes()->Get(0))) : nullptr;
    entry.node = node && node->name() ? node->name()->c_str() : "";
    entry.op = node && node->op() ? node->op()->c_str() : "";
  }
  return true;
}

ingot_status ingot_context_create(const ingot_model *model, const ingot_context_options *options, ingot_context **result) {
  if (!model || !result)
    return fail(INGOT_STATUS_ARGUMENT, "ingot_context_create: a null pointer");
  *result = nullptr;
  ingot_context_options chosen;
  memset(&chosen, 0, sizeof(chosen));
  if (options) {
    // A caller compiled against an older header has a shorter structure, one against a newer header a longer one.
    if (options->struct_bytes < sizeof(size_t))
      return fail(INGOT_STATUS_ARGUMENT, "ingot_context_options.struct_bytes is not set");
    memcpy(&chosen, options, options->struct_bytes < sizeof(chosen) ? options->struct_bytes : sizeof(chosen));
  }
  if (!chosen.allocate != !chosen.release)
    return fail(INGOT_STATUS_ARGUMENT, "ingot_context_options: allocate and release go together");
  if (!chosen.allocate) {
    chosen.allocate = allocateDefault;
    chosen.release = releaseDefault;
  }
  auto *context = static_cast<ingot_context *>(chosen.allocate(chosen.user, sizeof(ingot_context), memoryAlignment));
  if (!context)
    return fail(INGOT_STATUS_MEMORY, "out of memory");
  memset(static_cast<void *>(context), 0, sizeof(*context));
  context->model = model;
  context->options = chosen;
  if (!buildArgumentTables(*context) || (chosen.profile && !buildProfile(*context)) || !buildStates(*context)) {
    ingot_context_destroy(context);
    return fail(INGOT_STATUS_MEMORY, "out of memory");
  }
  uint32_t threads = chosen.threads ? chosen.threads : ingot_default_threads();
  ingot_env &env = context->env;
  env.abi_version = INGOT_ABI_VERSION;
  env.thread_count = chosen.parallel_for ? threads : reserveThreads(threads);
  env.parallel_for = context->events ? envTracedParallelFor : chosen.parallel_for ? envCallerParallelFor : envParallelFor;
  env.allocate = envAllocate;
  env.allocate_output = envAllocateOutput;
  env.profile = chosen.profile ? envProfile : nullptr;
  env.host = context;
  *result = context;
  return INGOT_STATUS_OK;
}

void ingot_context_destroy(ingot_context *context) {
  if (!context)
    return;
  releaseChunks(*context);
  releaseStates(*context);
  release(*context, context->arena.data, context->arena.bytes);
  int32_t outputs = 0;
  for (int32_t i = 0; i < context->model->functionCount; ++i)
    outputs = larger(outputs, context->model->functions[i].outputCount);
  for (int32_t i = 0; context->owned && i < outputs; ++i)
    release(*context, context->owned[i].data, context->owned[i].bytes);
  release(*context, context->profileTable.data, context->profileTable.bytes);
  release(*context, context->eventTable.data, context->eventTable.bytes);
  release(*context, context->tables.data, context->tables.bytes);
  ingot_context_options options = context->options;
  options.release(options.user, context, sizeof(*context));
}

uint32_t ingot_context_threads(const ingot_context *context) { return context ? context->env.thread_count : 0; }

ingot_status ingot_context_profile(const ingot_context *context, int32_t kernel, ingot_kernel_profile *profile) {
  if (!context || !profile || kernel < 0 || kernel >= context->model->kernelCount)
    return fail(INGOT_STATUS_ARGUMENT, "ingot_context_profile: a null pointer, or no kernel %d", kernel);
  if (!context->profile)
    return fail(INGOT_STATUS_ARGUMENT, "ingot_context_profile: the context was created without ingot_context_options.profile");
  *profile = context->profile[kernel];
  return INGOT_STATUS_OK;
}

ingot_status ingot_context_profile_events(const ingot_context *context, const ingot_profile_event **events, int64_t *count) {
  if (!context || !events || !count)
    return fail(INGOT_STATUS_ARGUMENT, "ingot_context_profile_events: a null pointer");
  if (!context->events)
    return fail(INGOT_STATUS_ARGUMENT, "ingot_context_profile_events: the context was created without ingot_context_options.profile 2");
  int64_t recorded = context->eventCount.load(std::memory_order_acquire);
  *events = context->events;
  *count = recorded < eventCapacity ? recorded : eventCapacity;
  return INGOT_STATUS_OK;
}

void ingot_context_profile_reset(ingot_context *context) {
  if (context)
    context->eventCount.store(0, std::memory_order_relaxed);
  for (int32_t i = 0; context && context->profile && i < context->model->kernelCount; ++i)
    context->profile[i].calls = context->profile[i].total_ns = context->profile[i].min_ns = 0;
}

//===----------------------------------------------------------------------===//
// Plan and run
//===----------------------------------------------------------------------===//

static ingot_status report(ingot_context &context, ingot_status status) {
  if (context.options.log)
    context.options.log(context.options.user, INGOT_LOG_ERROR, ingot_last_error());
  return status;
}

/// Says why a compiled function failed, in terms of the ONNX model.
static ingot_status explain(ingot_context &context, const ingot_frame &frame, int32_t code) {
  const auto *manifest = ingot::manifest::GetManifest(context.model->library->manifest);
  const char *name = "", *op = "";
  if (frame.error_node >= 0 && manifest->nodes() && uint32_t(frame.error_node) < manifest->nodes()->size()) {
    const auto *node = manifest->nodes()->Get(uint32_t(frame.error_node));
    name = node->name() ? node->name()->c_str() : "";
    op = node->op() ? node->op()->c_str() : "";
  }
  char where[256] = "";
  if (*name || *op)
    snprintf(where, sizeof(where), "node '%s' (%s): ", name, op);
  switch (code) {
  case INGOT_ERROR_SHAPE: {
    int32_t input = frame.error_detail / INGOT_MAX_RANK, dim = frame.error_detail % INGOT_MAX_RANK;
    const Function &function = *context.running;
    if (frame.error_detail < 0 || input >= function.argumentCount() || dim >= function.inputs[input].rank)
      return fail(INGOT_STATUS_SHAPE, "%sthe sizes of the inputs do not fit together", where);
    const int64_t *dims = context.inputDims;
    for (int32_t i = 0; i < input; ++i)
      dims += function.inputs[i].rank;
    const char *symbol = function.inputs[input].symbols[dim];
    return fail(INGOT_STATUS_SHAPE,
                "%s%s '%s' has size %lld in dimension %d%s%s%s, which disagrees with the model or with another input", where,
                input < function.inputCount                         ? "input"
                : input < function.inputCount + function.stateCount ? "state"
                                                                    : "variable",
                function.inputs[input].name, static_cast<long long>(dims[dim]),
                dim, *symbol ? " (" : "", symbol, *symbol ? ")" : "");
  }
  case INGOT_ERROR_ASSERT: {
    const auto *messages = manifest->messages();
    bool known = messages && frame.error_detail >= 0 && uint32_t(frame.error_detail) < messages->size();
    return fail(INGOT_STATUS_ASSERT, "%s%s", where, known ? messages->Get(uint32_t(frame.error_detail))->c_str() : "a check of the model failed");
  }
  case INGOT_ERROR_MEMORY:
    return fail(INGOT_STATUS_MEMORY, "%sout of memory", where);
  case INGOT_ERROR_INDEX:
    return fail(INGOT_STATUS_INDEX, "%san index lies outside of the tensor", where);
  default:
    return fail(INGOT_STATUS_INTERNAL, "%sthe compiled code returned %d", where, code);
  }
}

/// Checks the inputs and copies their pointers and sizes into the tables.
static ingot_status takeInputs(ingot_context &context, const ingot_tensor *inputs, bool needData) {
  const Function &function = *context.running;
  int64_t *dims = context.inputDims;
  for (int32_t i = 0; i < function.inputCount; ++i) {
    const ingot_tensor &tensor = inputs[i];
    const ingot_tensor_info &info = function.inputs[i];
    if (tensor.dtype != info.dtype)
      return fail(INGOT_STATUS_DTYPE, "input '%s' is %s, the model takes %s", info.name, ingot_dtype_name(tensor.dtype),
                  ingot_dtype_name(info.dtype));
    if (tensor.rank != info.rank)
      return fail(INGOT_STATUS_SHAPE, "input '%s' has %d dimensions, the model takes %d", info.name, tensor.rank, info.rank);
    int64_t bytes;
    if (!countBytes(tensor.dtype, tensor.dims, tensor.rank, bytes))
      return fail(INGOT_STATUS_SHAPE, "input '%s' has a negative or too large size", info.name);
    for (int32_t j = 0; j < info.rank; ++j) {
      if (info.dims[j] >= 0 && tensor.dims[j] != info.dims[j])
        return fail(INGOT_STATUS_SHAPE, "input '%s' has size %lld in dimension %d, the model takes %lld", info.name,
                    static_cast<long long>(tensor.dims[j]), j, static_cast<long long>(info.dims[j]));
      *dims++ = tensor.dims[j];
    }
    if (tensor.data && tensor.bytes > 0 && tensor.bytes < bytes)
      return fail(INGOT_STATUS_SHAPE, "input '%s' has %lld bytes, its sizes need %lld", info.name, static_cast<long long>(tensor.bytes),
                  static_cast<long long>(bytes));
    if (!tensor.data && bytes && needData)
      return fail(INGOT_STATUS_ARGUMENT, "input '%s' has no data", info.name);
    if (uintptr_t(tensor.data) % uintptr_t(ingot_dtype_bytes(info.dtype)))
      return fail(INGOT_STATUS_ARGUMENT, "input '%s' is not aligned to its element size", info.name);
    context.inputs[i] = tensor.data ? tensor.data : bytes <= int64_t(sizeof(zeros)) ? zeros : nullptr;
  }
  return INGOT_STATUS_OK;
}

static void initialize(ingot_context &context, ingot_frame &frame) {
  frame.inputs = context.inputs;
  frame.outputs = context.outputs;
  frame.input_dims = context.inputDims;
  frame.output_dims = context.outputDims;
  frame.constants = context.model->constants;
  frame.state = nullptr;
  frame.arena = context.arena.data;
  frame.arena_bytes = 0;
  frame.error_node = -1;
  frame.error_detail = -1;
}

/// Finds the sizes of the outputs and of the arena, and makes the arena that large.
static ingot_status plan(ingot_context &context, ingot_frame &frame) {
  const Function &function = *context.running;
  if (function.isStatic) {
    int64_t *dims = context.outputDims;
    for (int32_t i = 0; i < function.outputCount + function.stateCount; ++i)
      for (int32_t j = 0; j < function.outputs[i].rank; ++j)
        *dims++ = function.outputs[i].dims[j];
    frame.arena_bytes = function.arenaBytes;
  } else if (int32_t code = function.code.plan(&context.env, &frame)) {
    return explain(context, frame, code);
  }
  if (frame.arena_bytes < 0)
    return fail(INGOT_STATUS_INTERNAL, "the plan of function '%s' computed no size of the arena", function.name);
  if (context.options.log && size_t(frame.arena_bytes) > context.arena.bytes)
    context.options.log(context.options.user, INGOT_LOG_DEBUG, "the arena grows");
  if (!reserve(context, context.arena, size_t(frame.arena_bytes)))
    return fail(INGOT_STATUS_MEMORY, "out of memory: the arena needs %lld bytes", static_cast<long long>(frame.arena_bytes));
  frame.arena = context.arena.data;
  return INGOT_STATUS_OK;
}

static bool dependsOnData(const int64_t *dims, int32_t rank) {
  for (int32_t i = 0; i < rank; ++i)
    if (dims[i] < 0)
      return true;
  return false;
}

/// Chooses where each output of known size goes.
static ingot_status placeOutputs(ingot_context &context) {
  const Function &function = *context.running;
  const int64_t *dims = context.outputDims;
  for (int32_t i = 0; i < function.outputCount; dims += function.outputs[i].rank, ++i) {
    const ingot_tensor_info &info = function.outputs[i];
    context.outputs[i] = nullptr;
    // Whether a run asks for memory is up to the compiled code; what it does not fill by then has no size.
    if (info.shape_depends_on_data || dependsOnData(dims, info.rank))
      continue;
    int64_t bytes;
    if (!countBytes(info.dtype, dims, info.rank, bytes))
      return fail(INGOT_STATUS_SHAPE, "output '%s' would have a negative or too large size", info.name);
    if (isCallers(context, i)) {
      const ingot_tensor &tensor = context.callerOutputs[i];
      bool same = tensor.rank == info.rank && (!info.rank || !memcmp(tensor.dims, dims, size_t(info.rank) * sizeof(int64_t)));
      if (tensor.dtype && tensor.dtype != info.dtype)
        return fail(INGOT_STATUS_DTYPE, "the buffer for output '%s' is %s, the model gives %s", info.name, ingot_dtype_name(tensor.dtype),
                    ingot_dtype_name(info.dtype));
      if (tensor.bytes ? tensor.bytes < bytes : !same)
        return fail(INGOT_STATUS_SHAPE, tensor.bytes ? "the buffer for output '%s' is too small: %lld of %lld bytes"
                                                     : "the buffer for output '%s' has other sizes than the output",
                    info.name, static_cast<long long>(tensor.bytes), static_cast<long long>(bytes));
      if (uintptr_t(tensor.data) % uintptr_t(ingot_dtype_bytes(info.dtype)))
        return fail(INGOT_STATUS_ARGUMENT, "the buffer for output '%s' is not aligned to its element size", info.name);
      context.outputs[i] = tensor.data;
    } else {
      if (!reserve(context, context.owned[i], size_t(bytes)))
        return fail(INGOT_STATUS_MEMORY, "out of memory: output '%s' needs %lld bytes", info.name, static_cast<long long>(bytes));
      context.outputs[i] = context.owned[i].data;
    }
  }
  return INGOT_STATUS_OK;
}

static void describeOutputs(const ingot_context &context, ingot_tensor *outputs) {
  const Function &function = *context.running;
  const int64_t *dims = context.outputDims;
  for (int32_t i = 0; i < function.outputCount; ++i) {
    outputs[i].dtype = function.outputs[i].dtype;
    outputs[i].rank = function.outputs[i].rank;
    for (int32_t j = 0; j < outputs[i].rank; ++j)
      outputs[i].dims[j] = *dims++;
  }
}

static ingot_status begin(ingot_context *context, int32_t function, const ingot_tensor *inputs, int32_t inputCount,
                          const ingot_tensor *outputs, int32_t outputCount) {
  if (!context || function < 0 || function >= context->model->functionCount)
    return fail(INGOT_STATUS_ARGUMENT, "no context, or no function %d", function);
  const Function &f = context->model->functions[function];
  if (inputCount != f.inputCount || (f.inputCount && !inputs))
    return fail(INGOT_STATUS_ARGUMENT, "function '%s' takes %d inputs, not %d", f.name, f.inputCount, inputs ? inputCount : 0);
  if (outputs ? outputCount != f.outputCount : outputCount != 0)
    return fail(INGOT_STATUS_ARGUMENT, "function '%s' has %d outputs, not %d", f.name, f.outputCount, outputs ? outputCount : 0);
  context->running = &f;
  return INGOT_STATUS_OK;
}

ingot_status ingot_context_plan(ingot_context *context, int32_t function, const ingot_tensor *inputs, int32_t inputCount,
                                ingot_tensor *outputs, int32_t outputCount, int64_t *arenaBytes) {
  if (ingot_status status = begin(context, function, inputs, inputCount, outputs, outputCount))
    return status;
  if (ingot_status status = takeInputs(*context, inputs, /*needData=*/false))
    return report(*context, status);
  if (ingot_status status = takeStates(*context))
    return report(*context, status);
  if (ingot_status status = takeVariables(*context, /*needData=*/false))
    return report(*context, status);
  ingot_frame frame;
  initialize(*context, frame);
  context->callerOutputs = nullptr;
  rewindChunks(*context);
  if (ingot_status status = plan(*context, frame))
    return report(*context, status);
  if (outputs)
    describeOutputs(*context, outputs);
  if (arenaBytes)
    *arenaBytes = frame.arena_bytes;
  return INGOT_STATUS_OK;
}

ingot_status ingot_context_run(ingot_context *context, int32_t function, const ingot_tensor *inputs, int32_t inputCount,
                               ingot_tensor *outputs, int32_t outputCount) {
  if (ingot_status status = begin(context, function, inputs, inputCount, outputs, outputCount))
    return status;
  if (ingot_status status = takeInputs(*context, inputs, /*needData=*/true))
    return report(*context, status);
  if (ingot_status status = takeStates(*context))
    return report(*context, status);
  if (ingot_status status = takeVariables(*context, /*needData=*/true))
    return report(*context, status);
  ingot_frame frame;
  initialize(*context, frame);
  context->callerOutputs = outputs;
  rewindChunks(*context);
  if (ingot_status status = plan(*context, frame))
    return report(*context, status);
  if (ingot_status status = placeOutputs(*context))
    return report(*context, status);
  if (ingot_status status = placeStates(*context))
    return report(*context, status);
  const Function &f = *context->running;
  if (int32_t code = f.code.run(&context->env, &frame))
    return report(*context, explain(*context, frame, code));
  const int64_t *dims = context->outputDims;
  for (int32_t i = 0; i < f.outputCount; dims += f.outputs[i].rank, ++i)
    if (!context->outputs[i] || dependsOnData(dims, f.outputs[i].rank))
      return report(*context, fail(INGOT_STATUS_INTERNAL, "the run left output '%s' without a size", f.outputs[i].name));
  if (ingot_status status = keepStates(*context))
    return report(*context, status);
  if (outputs) {
    describeOutputs(*context, outputs);
    for (int32_t i = 0; i < f.outputCount; ++i) {
      if (outputs[i].data != context->outputs[i] || !isCallers(*context, i))
        outputs[i].bytes = INGOT_CONTEXT_MEMORY;
      outputs[i].data = context->outputs[i];
    }
  }
  return INGOT_STATUS_OK;
}
