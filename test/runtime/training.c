/*===- training.c - A library that trains, written by hand as the compiler would make one ----------------------------------===*\
|*
|* Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
|*
|* A linear regression with two weights, the mean squared error, and momentum 0.5. A negative label is an error. MANIFEST is the path of the
|* FlatBuffer, QUERY the query's name.
|*
\*===----------------------------------------------------------------------------------------------------------------------===*/
#include "ingot/abi.h"

#include <math.h>
#include <string.h>

#define TEXT_OF(x) #x
#define TEXT(x) TEXT_OF(x)
__asm__(".section .rodata.training_manifest,\"a\",@progbits\n"
        ".balign 16\n" TEXT(QUERY) "_manifest: .incbin \"" MANIFEST "\"\n" TEXT(QUERY) "_manifest_end: .byte 0\n"
        ".previous\n");
#define JOIN_OF(a, b) a##b
#define JOIN(a, b) JOIN_OF(a, b)
#define BEGIN JOIN(QUERY, _manifest)
#define END JOIN(QUERY, _manifest_end)
extern const char BEGIN[] __attribute__((visibility("hidden")));
extern const char END[] __attribute__((visibility("hidden")));

static const float constants[1024] __attribute__((aligned(4096))) = {1.0f, -2.0f};

static int32_t rows_plan(const ingot_env *env, ingot_frame *frame) {
  (void)env;
  frame->output_dims[0] = frame->input_dims[0];
  frame->output_dims[1] = 1;
  frame->arena_bytes = 0;
  return INGOT_OK;
}

static int32_t labelled_plan(const ingot_env *env, ingot_frame *frame) {
  if (frame->input_dims[0] != frame->input_dims[2]) {
    frame->error_detail = 1 * INGOT_MAX_RANK;
    return INGOT_ERROR_SHAPE;
  }
  rows_plan(env, frame);
  frame->arena_bytes = 8 * frame->input_dims[0];
  return INGOT_OK;
}

static void predict(int64_t n, const float *x, const float *w, const float *b, float *out) {
  for (int64_t i = 0; i < n; ++i)
    out[i] = x[2 * i] * w[0] + x[2 * i + 1] * w[1] + b[0];
}

static int32_t model_run(const ingot_env *env, ingot_frame *frame) {
  (void)env;
  predict(frame->input_dims[0], frame->inputs[0], frame->inputs[1], frame->inputs[2], frame->outputs[0]);
  return INGOT_OK;
}

/* The loss; its gradients by w[0], w[1] and b, times `scale`. */
static float differentiate(int64_t n, const float *x, const float *y, const float *prediction, float scale, float *gradient) {
  float loss = 0;
  gradient[0] = gradient[1] = gradient[2] = 0;
  for (int64_t i = 0; i < n; ++i) {
    float d = prediction[i] - y[i];
    loss += d * d / (float)n;
    gradient[0] += 2 * d * x[2 * i] / (float)n * scale;
    gradient[1] += 2 * d * x[2 * i + 1] / (float)n * scale;
    gradient[2] += 2 * d / (float)n * scale;
  }
  for (int i = 0; i < 3; ++i)
    if (scale != 1 && fabsf(gradient[i]) > 65504)
      gradient[i] = INFINITY;
  return loss;
}

static int32_t check_labels(ingot_frame *frame, const float *y) {
  for (int64_t i = 0; i < frame->input_dims[0]; ++i)
    if (y[i] < 0) {
      frame->error_node = 0;
      frame->error_detail = 0;
      return INGOT_ERROR_ASSERT;
    }
  return INGOT_OK;
}

/* What compiled code tells of its kernels, and leaves in the arena. */
static void compute(const ingot_env *env, ingot_frame *frame, const float *w, const float *b) {
  int64_t n = frame->input_dims[0];
  const float *y = frame->inputs[1];
  float *values = frame->arena;
  if (env->profile)
    env->profile(env, 0, 1);
  predict(n, frame->inputs[0], w, b, values);
  if (env->profile)
    env->profile(env, 0, 0), env->profile(env, 1, 1);
  for (int64_t i = 0; i < n; ++i)
    values[n + i] = (values[i] - y[i]) * (values[i] - y[i]);
  memcpy(frame->outputs[0], values, (size_t)n * 4);
  if (env->profile)
    env->profile(env, 1, 0);
}

static int is_finite(const float *gradient) { return isfinite(gradient[0]) && isfinite(gradient[1]) && isfinite(gradient[2]); }

static void update(const float *gradient, float scale, float lr, float *w, float *b, float *vw, float *vb, float *ema) {
  float *v[3] = {&vw[0], &vw[1], vb}, *p[3] = {&w[0], &w[1], b};
  for (int i = 0; i < 3; ++i) {
    *v[i] = 0.5f * *v[i] + gradient[i] * scale;
    *p[i] -= lr * *v[i];
  }
  ema[0] = 0.75f * ema[0] + 0.25f * w[0];
  ema[1] = 0.75f * ema[1] + 0.25f * w[1];
}

static int32_t step_run(const ingot_env *env, ingot_frame *frame) {
  const float *x = frame->inputs[0], *y = frame->inputs[1], *lr = frame->inputs[2], *scale = frame->inputs[3];
  float *w = frame->inputs[4], *b = frame->inputs[5], gradient[3];
  int64_t *seen = frame->inputs[9];
  if (check_labels(frame, y))
    return INGOT_ERROR_ASSERT;
  compute(env, frame, w, b);
  float loss = differentiate(frame->input_dims[0], x, y, frame->outputs[0], *scale, gradient);
  *(float *)frame->outputs[1] = loss;
  *(uint8_t *)frame->outputs[2] = !is_finite(gradient);
  if (!isfinite(loss) || !is_finite(gradient))
    return INGOT_OK;
  ++*seen;
  update(gradient, 1 / *scale, *lr, w, b, frame->inputs[6], frame->inputs[7], frame->inputs[8]);
  return INGOT_OK;
}

static int32_t gradient_run(const ingot_env *env, ingot_frame *frame) {
  (void)env;
  const float *x = frame->inputs[0], *y = frame->inputs[1], *keep = frame->inputs[2], *scale = frame->inputs[3];
  float *gw = frame->inputs[6], *gb = frame->inputs[7], gradient[3];
  int64_t *seen = frame->inputs[8];
  if (check_labels(frame, y))
    return INGOT_ERROR_ASSERT;
  predict(frame->input_dims[0], x, frame->inputs[4], frame->inputs[5], frame->outputs[0]);
  float loss = differentiate(frame->input_dims[0], x, y, frame->outputs[0], *scale, gradient);
  *(float *)frame->outputs[1] = loss;
  if (!isfinite(loss))
    return INGOT_OK;
  ++*seen;
  gw[0] = (*keep ? gw[0] : 0) + gradient[0];
  gw[1] = (*keep ? gw[1] : 0) + gradient[1];
  gb[0] = (*keep ? gb[0] : 0) + gradient[2];
  return INGOT_OK;
}

static int32_t apply_run(const ingot_env *env, ingot_frame *frame) {
  (void)env;
  const float *lr = frame->inputs[0], *scale = frame->inputs[1], *clip = frame->inputs[2], *gw = frame->inputs[5], *gb = frame->inputs[6];
  float gradient[3] = {gw[0], gw[1], gb[0]};
  float norm = sqrtf(gw[0] * gw[0] + gw[1] * gw[1] + gb[0] * gb[0]) * *scale;
  *(float *)frame->outputs[0] = norm;
  *(float *)frame->outputs[1] = is_finite(gradient) ? 0 : 1;
  if (is_finite(gradient))
    update(gradient, norm > *clip ? *scale * *clip / norm : *scale, *lr, frame->inputs[3], frame->inputs[4], frame->inputs[7],
           frame->inputs[8], frame->inputs[9]);
  return INGOT_OK;
}

static int32_t evaluate_run(const ingot_env *env, ingot_frame *frame) {
  (void)env;
  float gradient[3];
  const float *y = frame->inputs[1];
  predict(frame->input_dims[0], frame->inputs[0], frame->inputs[2], frame->inputs[3], frame->outputs[0]);
  *(double *)frame->outputs[1] = differentiate(frame->input_dims[0], frame->inputs[0], y, frame->outputs[0], 1, gradient);
  return INGOT_OK;
}

static int32_t scalars_run(const ingot_env *env, ingot_frame *frame) {
  (void)env;
  for (int i = 0; i < 14; ++i)
    memcpy((char *)frame->outputs[0] + 8 * i, frame->inputs[i], 8);
  return INGOT_OK;
}

static const ingot_compiled_function functions[] = {
    {"model", rows_plan, model_run}, {"step", labelled_plan, step_run},         {"gradient", labelled_plan, gradient_run},
    {"apply", 0, apply_run},         {"evaluate", labelled_plan, evaluate_run}, {"scalars", 0, scalars_run},
};

static ingot_library library;

__attribute__((visibility("default"))) const ingot_library *QUERY(uint32_t max_version, uint32_t level) {
  if (level || max_version < INGOT_ABI_VERSION)
    return 0;
  library.abi_version = INGOT_ABI_VERSION;
  library.function_count = sizeof(functions) / sizeof(*functions);
  library.functions = functions;
  library.manifest = BEGIN;
  library.manifest_bytes = (uint64_t)(END - BEGIN);
  library.constants = constants;
  library.constants_bytes = sizeof(constants);
  return &library;
}
