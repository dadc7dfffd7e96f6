/*===- fake.c - A library written by hand as the compiler would make one ---------------------------------------------------===*\
|*
|* Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
|*
|* MANIFEST is the FlatBuffer's path. FAKE_ABI_VERSION and FAKE_NEWER make variants that the runtime must refuse; FAKE_QUERY renames the
|* query for static linking; FAKE_LEVELS makes a library with code for three x86-64 levels.
|*
\*===----------------------------------------------------------------------------------------------------------------------===*/
#include "ingot/abi.h"

#ifndef FAKE_ABI_VERSION
#define FAKE_ABI_VERSION INGOT_ABI_VERSION
#endif
#ifndef FAKE_QUERY
#define FAKE_QUERY ingot_library_query
#endif

#ifdef FAKE_STATIC
#define SECTION ".section .rodata.fake_manifest,\"a\",@progbits\n"
#else
#define SECTION ".section .ingot.manifest,\"a\",@progbits\n"
#endif
__asm__(SECTION ".balign 16\n"
        "fake_manifest: .incbin \"" MANIFEST "\"\n"
        "fake_manifest_end: .byte 0\n"
        ".previous\n");
extern const char fake_manifest[] __attribute__((visibility("hidden")));
extern const char fake_manifest_end[] __attribute__((visibility("hidden")));

static const float constants[1024] __attribute__((aligned(4096))) = {0.5f, 0.25f};

static void add_task(void *argument, int64_t begin, int64_t end) {
  const ingot_frame *frame = argument;
  const float *x = frame->inputs[0], *y = frame->inputs[1], *bias = frame->constants;
  float *z = frame->outputs[0], *scratch = frame->arena;
  for (int64_t i = begin; i < end; ++i) {
    scratch[i] = x[i] + y[i];
    z[i] = scratch[i] + bias[0];
  }
}

static int32_t add_plan(const ingot_env *env, ingot_frame *frame) {
  (void)env;
  if (frame->input_dims[0] != frame->input_dims[1]) {
    frame->error_detail = 1 * INGOT_MAX_RANK + 0;
    return INGOT_ERROR_SHAPE;
  }
  frame->output_dims[0] = frame->input_dims[0];
  frame->arena_bytes = frame->input_dims[0] * 4;
  return INGOT_OK;
}

static int32_t add_run(const ingot_env *env, ingot_frame *frame) {
  if (env->profile)
    env->profile(env, 0, 1);
  env->parallel_for(env, frame->input_dims[0], add_task, frame);
  if (env->profile)
    env->profile(env, 0, 0);
  return INGOT_OK;
}

static int32_t one_run(const ingot_env *env, ingot_frame *frame) {
  (void)env;
  ((float *)frame->outputs[0])[0] = ((const float *)frame->inputs[0])[0] + ((const float *)frame->inputs[1])[0];
  return INGOT_OK;
}

static int32_t nonzero_plan(const ingot_env *env, ingot_frame *frame) {
  (void)env;
  frame->output_dims[0] = -1;
  frame->arena_bytes = 0;
  return INGOT_OK;
}

static int32_t nonzero_run(const ingot_env *env, ingot_frame *frame) {
  const float *x = frame->inputs[0];
  int64_t count = 0, n = frame->input_dims[0];
  int64_t *found = env->allocate(env, n * 8), *more = env->allocate(env, n * 16);
  if (!found || !more)
    return INGOT_ERROR_MEMORY;
  for (int64_t i = 0; i < n; ++i)
    if (x[i] != 0)
      found[count++] = i;
  for (int64_t i = 0; i < 2 * n; ++i)
    more[i] = -1;
  int64_t *out = env->allocate_output(env, 0, &count, 1, count * 8);
  if (!out)
    return INGOT_ERROR_MEMORY;
  for (int64_t i = 0; i < count; ++i)
    out[i] = found[i];
  return INGOT_OK;
}

static int32_t fail_plan(const ingot_env *env, ingot_frame *frame) {
  (void)env;
  frame->arena_bytes = 0;
  return INGOT_OK;
}

static int32_t fail_run(const ingot_env *env, ingot_frame *frame) {
  (void)env;
  frame->error_node = 0;
  frame->error_detail = 0;
  return *(const int32_t *)frame->inputs[0];
}

static int32_t fill_plan(const ingot_env *env, ingot_frame *frame) {
  (void)env;
  const int64_t *shape = frame->inputs[0];
  frame->output_dims[0] = shape[0];
  frame->output_dims[1] = shape[1];
  frame->arena_bytes = 0;
  return INGOT_OK;
}

static int32_t fill_run(const ingot_env *env, ingot_frame *frame) {
  (void)env;
  for (int64_t i = 0; i < frame->output_dims[0] * frame->output_dims[1]; ++i)
    ((float *)frame->outputs[0])[i] = 7;
  return INGOT_OK;
}

/* input rows [k, 4]; states past, stored as [p, 2, 2], and hidden [2]. Fails on a first element below 0, after it has written. */
static int32_t cache_plan(const ingot_env *env, ingot_frame *frame) {
  (void)env;
  frame->output_dims[0] = 1;
  frame->output_dims[1] = frame->input_dims[2] + frame->input_dims[0];
  frame->output_dims[2] = frame->output_dims[3] = frame->output_dims[4] = 2;
  frame->arena_bytes = 0;
  return INGOT_OK;
}

static int32_t cache_run(const ingot_env *env, ingot_frame *frame) {
  (void)env;
  const float *rows = frame->inputs[0], *hidden = frame->inputs[2];
  float *sum = frame->outputs[0], *present = frame->outputs[1], *next = frame->outputs[2];
  int64_t past = frame->input_dims[2], k = frame->input_dims[0];
  if (present != frame->inputs[1])
    return INGOT_ERROR_INDEX;
  for (int64_t i = 0; i < 4 * k; ++i)
    present[4 * past + i] = rows[i];
  next[0] = hidden[0] + 1;
  next[1] = hidden[1] + rows[0];
  if (rows[0] < 0)
    return INGOT_ERROR_MEMORY;
  sum[0] = 0;
  for (int64_t i = 0; i < 4 * (past + k); ++i)
    sum[0] += present[i];
  return INGOT_OK;
}

static const ingot_compiled_function functions[] = {
    {"add", add_plan, add_run},    {"one", 0, one_run},           {"nonzero", nonzero_plan, nonzero_run},
    {"fail", fail_plan, fail_run}, {"fill", fill_plan, fill_run},
    {"cache", cache_plan, cache_run},
};

static ingot_library library;

__attribute__((visibility("default"))) const ingot_library *FAKE_QUERY(uint32_t max_version, uint32_t level) {
#ifdef FAKE_NEWER
  return 0;
#endif
#ifdef FAKE_LEVELS
  if (level < 2 || level > 4)
    return 0;
#else
  if (level)
    return 0;
#endif
  if (max_version < INGOT_ABI_VERSION)
    return 0;
  library.abi_version = FAKE_ABI_VERSION;
  library.function_count = sizeof(functions) / sizeof(*functions);
  library.functions = functions;
  library.manifest = fake_manifest;
  library.manifest_bytes = (uint64_t)(fake_manifest_end - fake_manifest);
  library.constants = constants;
  library.constants_bytes = sizeof(constants);
  return &library;
}
