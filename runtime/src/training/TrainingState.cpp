//===- TrainingState.cpp - Variables and counters of training ------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Exchange.h"
#include "Training.h"

#include <math.h>

using namespace ingot::runtime;

static constexpr size_t alignment = 64;
static constexpr int64_t defaultScaleInterval = 2000;
static constexpr double defaultHalfScale = 65536;

//===----------------------------------------------------------------------===//
// Life
//===----------------------------------------------------------------------===//

/// A state whose variables are zeros.
static ingot_status newState(const ingot_model *model, const ingot_state_options &options, ingot_state **result) {
  auto *state = static_cast<ingot_state *>(options.allocate(options.user, sizeof(ingot_state), alignment));
  if (!state)
    return fail(INGOT_STATUS_MEMORY, "out of memory");
  memset(static_cast<void *>(state), 0, sizeof(*state));
  state->model = model;
  state->training = trainingOf(model);
  state->options = options;
  state->variableCount = int32_t(sizeOf(state->training->variables()));
  state->algorithmCount = int32_t(sizeOf(state->training->algorithms()));
  int32_t outputs = 0;
  for (int32_t i = 0; i < model->functionCount; ++i)
    outputs = outputs > model->functions[i].outputCount ? outputs : model->functions[i].outputCount;
  size_t variableBytes = size_t(state->variableCount) * sizeof(Variable);
  size_t algorithmBytes = size_t(state->algorithmCount + 1) * sizeof(Algorithm); // functions of no algorithm use the last
  size_t outputBytes = size_t(outputs) * sizeof(ingot_tensor);
  state->collective.size = 1;
  state->tablesBytes = variableBytes + algorithmBytes + outputBytes;
  state->tables = options.allocate(options.user, state->tablesBytes, alignment);
  if (state->tables) {
    memset(state->tables, 0, state->tablesBytes);
    state->variables = static_cast<Variable *>(state->tables);
    state->algorithms = reinterpret_cast<Algorithm *>(static_cast<char *>(state->tables) + variableBytes);
    state->outputs = reinterpret_cast<ingot_tensor *>(static_cast<char *>(state->tables) + variableBytes + algorithmBytes);
    for (int32_t i = 0; i < state->variableCount; ++i) {
      ingot_variable_info info;
      describeVariable(model, i, info);
      state->variables[i].bytes = info.bytes;
    }
    placeVariables(*state);
  }
  ingot_status status = state->tables ? allocateValues(*state) : fail(INGOT_STATUS_MEMORY, "out of memory");
  if (status) {
    ingot_state_destroy(state);
    return status;
  }
  *result = state;
  return INGOT_STATUS_OK;
}

ingot_status ingot_state_create(const ingot_model *model, const ingot_state_options *options, ingot_state **result) {
  if (!model || !result)
    return fail(INGOT_STATUS_ARGUMENT, "ingot_state_create: a null pointer");
  *result = nullptr;
  ingot_training_info training;
  if (ingot_status status = ingot_model_training(model, &training))
    return status;
  ingot_state_options chosen;
  memset(&chosen, 0, sizeof(chosen));
  if (options) {
    if (options->struct_bytes < sizeof(size_t))
      return fail(INGOT_STATUS_ARGUMENT, "ingot_state_options.struct_bytes is not set");
    memcpy(&chosen, options, options->struct_bytes < sizeof(chosen) ? options->struct_bytes : sizeof(chosen));
  }
  if (!chosen.allocate != !chosen.release)
    return fail(INGOT_STATUS_ARGUMENT, "ingot_state_options: allocate and release go together");
  if (chosen.initialization < INGOT_INIT_MODEL || chosen.initialization > INGOT_INIT_NORMAL)
    return fail(INGOT_STATUS_ARGUMENT, "ingot_state_options: there is no initialization %d", chosen.initialization);
  if (chosen.numeric_policy != INGOT_NUMERIC_ERROR && chosen.numeric_policy != INGOT_NUMERIC_SKIP)
    return fail(INGOT_STATUS_ARGUMENT, "ingot_state_options: there is no numeric policy %d", chosen.numeric_policy);
  if (!isfinite(chosen.gain) || chosen.gain < 0 || !isfinite(chosen.loss_scale) || chosen.loss_scale < 0 || chosen.scale_interval < 0)
    return fail(INGOT_STATUS_ARGUMENT, "ingot_state_options: a number is negative or not finite");
  if (!chosen.allocate) {
    chosen.allocate = allocateZeros;
    chosen.release = releaseZeros;
  }
  ingot_state *state;
  if (ingot_status status = newState(model, chosen, &state))
    return status;
  state->seed = chosen.seed;
  state->lossScale = chosen.loss_scale > 0 ? chosen.loss_scale : scalesDynamically(*state) ? defaultHalfScale : 1;
  if (!chosen.scale_interval)
    state->options.scale_interval = defaultScaleInterval;
  for (int32_t i = 0; i <= state->algorithmCount; ++i) {
    Algorithm &algorithm = state->algorithms[i];
    algorithm.learningRate = training.learning_rate;
    algorithm.weightDecay = 1;
    algorithm.clipValue = algorithm.clipNorm = -1;
    algorithm.plateau.scale = 1;
    if (*training.schedule) {
      if (ingot_status status = ingot_schedule_parse(training.schedule, training.learning_rate, &algorithm.schedule)) {
        ingot_state_destroy(state);
        return status;
      }
      algorithm.hasSchedule = true;
    }
  }
  initialize(*state);
  *result = state;
  return INGOT_STATUS_OK;
}

/// Everything but memory, of a state of the same model.
static ingot_status copyValues(ingot_state &to, const ingot_state &from) {
  Property *properties;
  if (from.gradients)
    if (ingot_status status = needGradients(to))
      return status;
  if (!copyProperties(to, from.properties, &properties))
    return fail(INGOT_STATUS_MEMORY, "out of memory");
  releaseProperties(to, to.properties);
  to.properties = properties;
  memcpy(to.memory, from.memory, from.memoryBytes);
  if (from.gradients)
    memcpy(to.gradients, from.gradients, from.gradientBytes);
  else if (to.gradients)
    memset(to.gradients, 0, to.gradientBytes);
  memcpy(to.algorithms, from.algorithms, size_t(from.algorithmCount + 1) * sizeof(Algorithm));
  to.seed = from.seed;
  to.batch = from.batch;
  to.lossScale = from.lossScale;
  to.cleanSteps = from.cleanSteps;
  return INGOT_STATUS_OK;
}

ingot_status ingot_state_clone(const ingot_state *state, ingot_state **clone) {
  if (!state || !clone)
    return fail(INGOT_STATUS_ARGUMENT, "ingot_state_clone: a null pointer");
  *clone = nullptr;
  ingot_state *made;
  if (ingot_status status = newState(state->model, state->options, &made))
    return status;
  if (ingot_status status = copyValues(*made, *state)) {
    ingot_state_destroy(made);
    return status;
  }
  *clone = made;
  return INGOT_STATUS_OK;
}

ingot_status ingot_state_assign(ingot_state *state, const ingot_state *source) {
  if (!state || !source || state->model != source->model)
    return fail(INGOT_STATUS_ARGUMENT, "ingot_state_assign: a null pointer, or states of different models");
  return state == source ? INGOT_STATUS_OK : copyValues(*state, *source);
}

void ingot_state_destroy(ingot_state *state) {
  if (!state)
    return;
  destroyExchange(*state);
  releaseProperties(*state, state->properties);
  ingot_state_options options = state->options;
  if (state->memory)
    options.release(options.user, state->memory, state->memoryBytes);
  if (state->gradients)
    options.release(options.user, state->gradients, state->gradientBytes);
  if (state->tables)
    options.release(options.user, state->tables, state->tablesBytes);
  options.release(options.user, state, sizeof(*state));
}

//===----------------------------------------------------------------------===//
// Variables
//===----------------------------------------------------------------------===//

const char *ingot::runtime::kindName(int32_t kind) {
  static const char *const names[] = {"parameter", "gradient", "slot", "buffer"};
  return kind >= 0 && kind < 4 ? names[kind] : "variable";
}

ingot_status ingot_state_variable(ingot_state *state, int32_t index, ingot_tensor *tensor) {
  if (!state || !tensor || index < 0 || index >= state->variableCount)
    return fail(INGOT_STATUS_ARGUMENT, "ingot_state_variable: a null pointer, or no variable %d", index);
  if (ingot_status status = needVariable(*state, index))
    return status;
  ingot_variable_info info;
  describeVariable(state->model, index, info);
  memset(tensor, 0, sizeof(*tensor));
  tensor->data = state->variables[index].data;
  tensor->bytes = info.bytes;
  tensor->dtype = info.tensor.dtype;
  tensor->rank = info.tensor.rank;
  memcpy(tensor->dims, info.tensor.dims, size_t(info.tensor.rank) * sizeof(int64_t));
  return INGOT_STATUS_OK;
}

ingot_status ingot_state_tensor(ingot_state *state, int32_t kind, const char *name, const char *role, ingot_tensor *tensor) {
  if (!state || !name || !tensor)
    return fail(INGOT_STATUS_ARGUMENT, "ingot_state_tensor: a null pointer");
  int32_t index = ingot_model_find_variable(state->model, kind, name, role);
  if (index < 0)
    return fail(INGOT_STATUS_NOT_FOUND, "the model has no %s '%s'%s%s%s", kindName(kind), name, role ? " with the role '" : "",
                role ? role : "", role ? "'" : "");
  return ingot_state_variable(state, index, tensor);
}

static bool isOfKind(const ingot_state &state, int32_t index, int32_t kind) {
  return state.training->variables()->Get(uint32_t(index))->kind() == kind;
}

int64_t ingot_state_flat_bytes(const ingot_state *state, int32_t kind) {
  int64_t bytes = 0;
  for (int32_t i = 0; state && i < state->variableCount; ++i)
    bytes += isOfKind(*state, i, kind) ? state->variables[i].bytes : 0;
  return bytes;
}

static ingot_status checkFlat(const ingot_state *state, int32_t kind, const void *buffer, int64_t bytes) {
  if (!state || kind < INGOT_PARAMETER || kind > INGOT_BUFFER || (!buffer && bytes))
    return fail(INGOT_STATUS_ARGUMENT, "ingot_state_flat: a null pointer, or no kind %d", kind);
  int64_t needed = ingot_state_flat_bytes(state, kind);
  if (bytes != needed)
    return fail(INGOT_STATUS_SHAPE, "all variables of the kind '%s' have %lld bytes, the buffer has %lld", kindName(kind),
                static_cast<long long>(needed), static_cast<long long>(bytes));
  return INGOT_STATUS_OK;
}

ingot_status ingot_state_flat_get(const ingot_state *state, int32_t kind, void *buffer, int64_t bytes) {
  if (ingot_status status = checkFlat(state, kind, buffer, bytes))
    return status;
  auto *at = static_cast<char *>(buffer);
  for (int32_t i = 0; i < state->variableCount; ++i)
    if (isOfKind(*state, i, kind) && state->variables[i].bytes) {
      if (const char *data = state->variables[i].data)
        memcpy(at, data, size_t(state->variables[i].bytes));
      else // gradients that nothing has used
        memset(at, 0, size_t(state->variables[i].bytes));
      at += state->variables[i].bytes;
    }
  return INGOT_STATUS_OK;
}

ingot_status ingot_state_flat_set(ingot_state *state, int32_t kind, const void *buffer, int64_t bytes) {
  if (ingot_status status = checkFlat(state, kind, buffer, bytes))
    return status;
  if (kind == INGOT_GRADIENT)
    if (ingot_status status = needGradients(*state))
      return status;
  const auto *at = static_cast<const char *>(buffer);
  for (int32_t i = 0; i < state->variableCount; ++i)
    if (isOfKind(*state, i, kind) && state->variables[i].bytes) {
      memcpy(state->variables[i].data, at, size_t(state->variables[i].bytes));
      at += state->variables[i].bytes;
    }
  return INGOT_STATUS_OK;
}

//===----------------------------------------------------------------------===//
// Counters
//===----------------------------------------------------------------------===//

static Algorithm *algorithmOf(const ingot_state *state, int32_t algorithm) {
  return state && algorithm >= 0 && algorithm < state->algorithmCount ? &state->algorithms[algorithm] : nullptr;
}

/// Algorithms begin to end - 1 that a call with number `algorithm` means; fails when there is none.
static ingot_status rangeOf(const ingot_state *state, int32_t algorithm, int32_t &begin, int32_t &end) {
  if (!state || algorithm < -1 || algorithm >= state->algorithmCount)
    return fail(INGOT_STATUS_ARGUMENT, "no state, or no algorithm %d", algorithm);
  begin = algorithm < 0 ? 0 : algorithm;
  end = algorithm < 0 ? state->algorithmCount + 1 : algorithm + 1;
  return INGOT_STATUS_OK;
}

uint64_t ingot_state_seed(const ingot_state *state) { return state ? state->seed : 0; }

void ingot_state_set_seed(ingot_state *state, uint64_t seed) {
  if (state)
    state->seed = seed;
}

int64_t ingot_state_step(const ingot_state *state, int32_t algorithm) {
  const Algorithm *found = algorithmOf(state, algorithm);
  return found ? found->step : 0;
}

ingot_status ingot_state_set_step(ingot_state *state, int32_t algorithm, int64_t step) {
  int32_t begin, end;
  if (ingot_status status = rangeOf(state, algorithm, begin, end))
    return status;
  if (step < 0)
    return fail(INGOT_STATUS_ARGUMENT, "a number of steps is not negative");
  for (; begin < end; ++begin)
    state->algorithms[begin].step = step;
  return INGOT_STATUS_OK;
}

int64_t ingot_state_batch(const ingot_state *state) { return state ? state->batch : 0; }

ingot_status ingot_state_set_batch(ingot_state *state, int64_t batch) {
  if (!state || batch < 0)
    return fail(INGOT_STATUS_ARGUMENT, "ingot_state_set_batch: no state, or a negative number");
  state->batch = batch;
  return INGOT_STATUS_OK;
}

double ingot_state_loss_scale(const ingot_state *state) { return state ? state->lossScale : 0; }

ingot_status ingot_state_set_hyper(ingot_state *state, int32_t algorithm, const ingot_hyper *hyper) {
  int32_t begin, end;
  if (ingot_status status = rangeOf(state, algorithm, begin, end))
    return status;
  ingot_hyper given;
  if (ingot_status status = readHyper(hyper, given))
    return status;
  for (; begin < end; ++begin) {
    Algorithm &to = state->algorithms[begin];
    if (given.learning_rate >= 0) {
      to.learningRate = given.learning_rate;
      to.hasSchedule = false;
    }
    to.weightDecay = given.weight_decay >= 0 ? given.weight_decay : to.weightDecay;
    to.clipValue = given.clip_value >= 0 ? given.clip_value : to.clipValue;
    to.clipNorm = given.clip_norm >= 0 ? given.clip_norm : to.clipNorm;
  }
  if (given.loss_scale > 0) {
    state->lossScale = given.loss_scale;
    state->cleanSteps = 0;
  }
  return INGOT_STATUS_OK;
}

ingot_status ingot_state_set_schedule(ingot_state *state, int32_t algorithm, const ingot_schedule *schedule) {
  int32_t begin, end;
  if (ingot_status status = rangeOf(state, algorithm, begin, end))
    return status;
  if (schedule)
    if (ingot_status status = ingot_schedule_check(schedule))
      return status;
  for (; begin < end; ++begin) {
    Algorithm &to = state->algorithms[begin];
    if (!schedule) {
      to.learningRate = learningRateOf(to);
      to.hasSchedule = false;
      continue;
    }
    to.schedule = *schedule;
    to.hasSchedule = true;
    to.plateau = {1, 0, 0, 0, 0};
  }
  return INGOT_STATUS_OK;
}

ingot_status ingot_state_schedule(const ingot_state *state, int32_t algorithm, ingot_schedule *schedule) {
  const Algorithm *found = algorithmOf(state, algorithm);
  if (!found || !schedule)
    return fail(INGOT_STATUS_ARGUMENT, "ingot_state_schedule: a null pointer, or no algorithm %d", algorithm);
  if (!found->hasSchedule)
    return fail(INGOT_STATUS_NOT_FOUND, "the learning rate is constant");
  *schedule = found->schedule;
  return INGOT_STATUS_OK;
}

ingot_status ingot_state_report(ingot_state *state, int32_t algorithm, double metric) {
  int32_t begin, end;
  if (ingot_status status = rangeOf(state, algorithm, begin, end))
    return status;
  for (; begin < end; ++begin)
    if (state->algorithms[begin].hasSchedule && state->algorithms[begin].schedule.kind == INGOT_SCHEDULE_PLATEAU)
      ingot_plateau_report(&state->algorithms[begin].schedule, &state->algorithms[begin].plateau, metric);
  return INGOT_STATUS_OK;
}

double ingot::runtime::learningRateOf(const Algorithm &algorithm) {
  if (!algorithm.hasSchedule)
    return algorithm.learningRate;
  double rate = ingot_schedule_value(&algorithm.schedule, algorithm.step);
  if (algorithm.schedule.kind != INGOT_SCHEDULE_PLATEAU)
    return rate;
  double lowest = algorithm.schedule.minimum < rate ? algorithm.schedule.minimum : rate;
  return rate * algorithm.plateau.scale > lowest ? rate * algorithm.plateau.scale : lowest;
}

double ingot_state_learning_rate(const ingot_state *state, int32_t algorithm) {
  const Algorithm *found = algorithmOf(state, algorithm);
  return found ? learningRateOf(*found) : 0;
}
