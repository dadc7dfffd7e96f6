//===- Steps.cpp - Running the functions of training ---------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Compiled functions change the variables in place, and leave them when the loss or a gradient is not finite or a check fails. What a step
// counts changes here, after the function has succeeded.
//
//===----------------------------------------------------------------------===//

#include "../Context.h"
#include "Exchange.h"
#include "Training.h"

#include <math.h>
#include <stdio.h>

using namespace ingot::runtime;

//===----------------------------------------------------------------------===//
// Arguments
//===----------------------------------------------------------------------===//

/// Passes scalars and variables to a function that runs.
static void pass(void *argument, const Function &function, int64_t *scalars, void **variables) {
  auto &state = *static_cast<ingot_state *>(argument);
  for (int32_t i = 0; i < function.scalarCount; ++i)
    writeScalar(state, *function.info->scalars()->Get(uint32_t(i)), &scalars[i]);
  for (int32_t i = 0; i < function.variableCount; ++i)
    variables[i] = state.variables[function.info->variables()->Get(uint32_t(i))->variable()].data;
}

static ingot_status runWith(ingot_context &context, ingot_state &state, int32_t function, const ingot_tensor *inputs, int32_t inputCount,
                            ingot_tensor *outputs, int32_t outputCount, void *observer) {
  if (function >= 0 && function < state.model->functionCount)
    if (ingot_status status = needVariablesOf(state, state.model->functions[function]))
      return status;
  TrainingArguments arguments = {pass, &state, observer};
  context.training = &arguments;
  ingot_status status = ingot_context_run(&context, function, inputs, inputCount, outputs, outputCount);
  context.training = nullptr;
  return status;
}

ingot_status ingot::runtime::runWith(ingot_context &context, ingot_state &state, int32_t function, const ingot_tensor *inputs,
                                     int32_t inputCount, void *observer) {
  return ::runWith(context, state, function, inputs, inputCount, nullptr, 0, observer);
}

ingot_status ingot::runtime::readHyper(const ingot_hyper *from, ingot_hyper &to) {
  to = INGOT_HYPER_UNCHANGED;
  if (!from)
    return INGOT_STATUS_OK;
  if (from->struct_bytes < sizeof(size_t))
    return fail(INGOT_STATUS_ARGUMENT, "ingot_hyper.struct_bytes is not set");
  memcpy(&to, from, from->struct_bytes < sizeof(to) ? from->struct_bytes : sizeof(to));
  // Infinity is a way to say that nothing is clipped.
  if (!isfinite(to.learning_rate) || !isfinite(to.weight_decay) || isnan(to.clip_value) || isnan(to.clip_norm) || !isfinite(to.loss_scale))
    return fail(INGOT_STATUS_ARGUMENT, "ingot_hyper: a number is not finite");
  return INGOT_STATUS_OK;
}

Scalars ingot::runtime::scalarsOf(const ingot_state &state, const Algorithm &algorithm, const ingot_hyper &hyper) {
  Scalars result;
  result.learningRate = hyper.learning_rate >= 0 ? hyper.learning_rate : learningRateOf(algorithm);
  result.weightDecay = hyper.weight_decay >= 0 ? hyper.weight_decay : algorithm.weightDecay;
  result.clipValue = hyper.clip_value >= 0 ? hyper.clip_value : algorithm.clipValue;
  result.clipNorm = hyper.clip_norm >= 0 ? hyper.clip_norm : algorithm.clipNorm;
  result.lossScale = hyper.loss_scale > 0 ? hyper.loss_scale : state.lossScale;
  result.keep = algorithm.accumulated > 0;
  result.gradientScale = 1 / (double(algorithm.accumulated > 1 ? algorithm.accumulated : 1) * result.lossScale);
  result.step = algorithm.step + 1;
  return result;
}

static ingot_status checkCall(const ingot_context *context, const ingot_state *state, const char *what) {
  if (!context || !state)
    return fail(INGOT_STATUS_ARGUMENT, "%s: a null pointer", what);
  if (context->model != state->model)
    return fail(INGOT_STATUS_ARGUMENT, "%s: the context and the state are of different models", what);
  return INGOT_STATUS_OK;
}

static ingot_status checkAlgorithm(const ingot_context *context, const ingot_state *state, int32_t algorithm, const ingot_step_info *info,
                                   const char *what) {
  if (ingot_status status = checkCall(context, state, what))
    return status;
  if (algorithm < 0 || algorithm >= state->algorithmCount)
    return fail(INGOT_STATUS_ARGUMENT, "%s: the model has no algorithm %d", what, algorithm);
  if (info && info->struct_bytes < sizeof(size_t))
    return fail(INGOT_STATUS_ARGUMENT, "%s: ingot_step_info.struct_bytes is not set; begin with INGOT_STEP_INFO", what);
  return INGOT_STATUS_OK;
}

//===----------------------------------------------------------------------===//
// Running
//===----------------------------------------------------------------------===//

namespace {
/// What a function said beside the outputs of the model.
struct Said {
  double loss = 0, gradientNorm = 0;
  bool hasLoss = false, hasGradientNorm = false, foundInf = false;
  const char *lossName = "";
};

/// The function that said it.
struct Ran {
  int32_t function;
  const ingot_tensor *inputs;
  int32_t inputCount;
};
} // namespace

static m::OutputRole roleOf(const Function &function, int32_t output) {
  const auto *roles = function.info->output_roles();
  return sizeOf(roles) ? m::OutputRole(roles->Get(uint32_t(output))) : m::OutputRole_Model;
}

/// Whether the caller of a step gets an output. The others are numbers of ingot_step_info.
static bool isReturned(const Function &function, int32_t output) {
  m::OutputRole role = roleOf(function, output);
  return role == m::OutputRole_Model || role == m::OutputRole_Metric;
}

static int32_t returnedOutputs(const Function &function) {
  int32_t count = 0;
  for (int32_t i = 0; i < function.outputCount; ++i)
    count += isReturned(function, i);
  return count;
}

int32_t ingot_model_output_role(const ingot_model *model, int32_t function, int32_t index) {
  if (!model || function < 0 || function >= model->functionCount || index < 0 || index >= model->functions[function].outputCount)
    return -1;
  return roleOf(model->functions[function], index);
}

/// Runs a function with the state's variables. The caller has the outputs of the model alone; the others are read into `said`.
static ingot_status runFunction(ingot_context &context, ingot_state &state, int32_t index, const Scalars &scalars,
                                const ingot_tensor *inputs, int32_t inputCount, ingot_tensor *outputs, int32_t outputCount, Said &said) {
  const Function &function = context.model->functions[index];
  if (outputs ? outputCount != returnedOutputs(function) : outputCount != 0)
    return fail(INGOT_STATUS_ARGUMENT, "function '%s' has %d outputs of the model, not %d", function.name, returnedOutputs(function),
                outputs ? outputCount : 0);
  for (int32_t i = 0, next = 0; i < function.outputCount; ++i) {
    if (outputs && isReturned(function, i))
      state.outputs[i] = outputs[next++];
    else
      memset(&state.outputs[i], 0, sizeof(ingot_tensor));
  }
  state.scalars = scalars;
  if (ingot_status status = runWith(context, state, index, inputs, inputCount, state.outputs, function.outputCount, state.exchange))
    return status;
  for (int32_t i = 0, next = 0; i < function.outputCount; ++i) {
    const ingot_tensor &output = state.outputs[i];
    m::OutputRole role = roleOf(function, i);
    if (isReturned(function, i)) {
      if (outputs)
        outputs[next++] = output;
      continue;
    }
    int64_t bytes = 0;
    if (!countBytes(output.dtype, output.dims, output.rank, bytes) || bytes != ingot_dtype_bytes(output.dtype))
      return fail(INGOT_STATUS_INTERNAL, "output '%s' of function '%s' is not one number", function.outputs[i].name, function.name);
    double value = readScalar(output.dtype, output.data);
    switch (role) {
    case m::OutputRole_Loss:
      // Of several losses the first is reported, and each must be finite.
      if (!said.hasLoss || (isfinite(said.loss) && !isfinite(value)))
        said.loss = value, said.lossName = function.outputs[i].name;
      said.hasLoss = true;
      break;
    case m::OutputRole_FoundInf:
      said.foundInf |= value != 0;
      break;
    default:
      said.gradientNorm = value;
      said.hasGradientNorm = true;
    }
  }
  said.foundInf |= said.hasLoss && !isfinite(said.loss);
  return INGOT_STATUS_OK;
}

static void describe(const Algorithm &algorithm, const Said &said, const Scalars &scalars, bool skipped,
                     bool updated, ingot_step_info *info) {
  if (!info)
    return;
  ingot_step_info made;
  memset(&made, 0, sizeof(made));
  made.struct_bytes = info->struct_bytes;
  made.step = algorithm.step;
  made.loss = said.loss;
  made.gradient_norm = said.gradientNorm;
  made.learning_rate = scalars.learningRate;
  made.loss_scale = scalars.lossScale;
  made.has_loss = said.hasLoss;
  made.has_gradient_norm = said.hasGradientNorm;
  made.found_inf = said.foundInf;
  made.skipped = skipped;
  made.updated = updated;
  memcpy(info, &made, made.struct_bytes < sizeof(made) ? made.struct_bytes : sizeof(made));
}

//===----------------------------------------------------------------------===//
// Counting
//===----------------------------------------------------------------------===//

/// What follows from a loss or gradient that is not finite: whether the step succeeds as a skipped one, or the error.
static ingot_status refuse(ingot_context &context, ingot_state &state, const Algorithm &algorithm, const Said &said, const Ran &ran) {
  const m::AlgorithmInfo *functions = state.training->algorithms()->Get(uint32_t(&algorithm - state.algorithms));
  // One of the model's file makes gradients, if it does, of losses that nobody scales.
  bool hasGradients = functions->gradient() >= 0;
  // That the scale was too high is no fault of the model. At the lowest scale it was not the scale.
  if (hasGradients && scalesDynamically(state) && state.lossScale > 1) {
    state.lossScale = state.lossScale > 2 ? state.lossScale / 2 : 1;
    state.cleanSteps = 0;
    return INGOT_STATUS_OK;
  }
  if (state.options.numeric_policy == INGOT_NUMERIC_SKIP)
    return INGOT_STATUS_OK;
  const char *name = textOf(functions->name());
  long long step = algorithm.step + 1;
  char place[200] = "", source[240] = "";
  if (locate(context, state, ran.function, ran.inputs, ran.inputCount, place, sizeof(place)))
    snprintf(source, sizeof(source), "; it comes from %s", place);
  if (said.hasLoss && !isfinite(said.loss))
    return fail(INGOT_STATUS_NUMERIC, "the loss '%s' is %s in step %lld of '%s'%s; the parameters have not been changed", said.lossName,
                isnan(said.loss) ? "not a number" : "infinite", step, name, source);
  return fail(INGOT_STATUS_NUMERIC, "%s is not finite in step %lld of '%s'%s; the parameters have not been changed",
              hasGradients ? "a gradient" : "an update", step, name, source);
}

static void countUpdate(ingot_state &state, Algorithm &algorithm) {
  ++algorithm.step;
  algorithm.accumulated = 0;
  if (!scalesDynamically(state) || ++state.cleanSteps < state.options.scale_interval)
    return;
  state.lossScale *= isfinite(state.lossScale * 2) ? 2 : 1;
  state.cleanSteps = 0;
}

//===----------------------------------------------------------------------===//
// Steps
//===----------------------------------------------------------------------===//

static ingot_status fusedStep(ingot_context &context, ingot_state &state, Algorithm &algorithm, int32_t function, const ingot_hyper &hyper,
                              const ingot_tensor *inputs, int32_t inputCount, ingot_tensor *outputs, int32_t outputCount,
                              ingot_step_info *info) {
  Said said;
  Scalars scalars = scalarsOf(state, algorithm, hyper);
  if (ingot_status status = runFunction(context, state, function, scalars, inputs, inputCount, outputs, outputCount, said))
    return status;
  ingot_status status = said.foundInf ? refuse(context, state, algorithm, said, {function, inputs, inputCount}) : INGOT_STATUS_OK;
  if (!status)
    ++state.batch;
  if (!said.foundInf)
    countUpdate(state, algorithm);
  describe(algorithm, said, scalars, said.foundInf && !status, !said.foundInf, info);
  return status;
}

/// Tells the other ranks whether this one can go on, and what its loss was. All of them get the same answer.
static ingot_status agree(ingot_state &state, ingot_status status, Said &said) {
  double told[3] = {status ? 1.0 : 0.0, said.foundInf ? 1.0 : 0.0, status ? 0.0 : said.loss};
  if (state.collective.allreduce(state.collective.user, told, 3, INGOT_F64))
    return status ? status : collectiveFailed(state);
  if (status)
    return status;
  if (told[0] > 0)
    return fail(INGOT_STATUS_SYSTEM, "the step failed on %d of %d ranks; no parameter has been changed", int(told[0]),
                state.collective.size);
  said.loss = told[2] / state.collective.size;
  said.foundInf = told[1] > 0 || !isfinite(said.loss);
  return INGOT_STATUS_OK;
}

/// Adds to the gradients, and exchanges those that the function `apply` uses as they get ready. Where a rank fails the others must not wait for
/// it: it takes part with whatever its gradients are, and then they agree to drop them.
static ingot_status exchangedGradients(ingot_context &context, ingot_state &state, int32_t gradient, int32_t apply, const Scalars &scalars,
                                       const ingot_tensor *inputs, int32_t inputCount, ingot_tensor *outputs, int32_t outputCount, Said &said) {
  beginExchange(state, apply);
  ingot_status ran;
  {
    ObservedRun run(context, state);
    ran = runFunction(context, state, gradient, scalars, inputs, inputCount, outputs, outputCount, said);
  }
  char problem[256] = "";
  if (ran)
    snprintf(problem, sizeof(problem), "%s", ingot_last_error());
  ingot_status exchanged = finishExchange(state);
  if (!exchanged)
    exchanged = agree(state, ran, said);
  return ran ? fail(ran, "%s", problem) : exchanged;
}

/// Updates from the gradients; `said` is what their function said.
static ingot_status update(ingot_context &context, ingot_state &state, Algorithm &algorithm, int32_t function, const ingot_hyper &hyper,
                           Said said, ingot_step_info *info) {
  Scalars scalars = scalarsOf(state, algorithm, hyper);
  if (ingot_status status = runFunction(context, state, function, scalars, nullptr, 0, nullptr, 0, said))
    return status;
  ingot_status status = INGOT_STATUS_OK;
  if (said.foundInf) {
    algorithm.accumulated = 0; // what was added up is of no use
    status = refuse(context, state, algorithm, said, {function, nullptr, 0});
  } else {
    countUpdate(state, algorithm);
  }
  describe(algorithm, said, scalars, said.foundInf && !status, !said.foundInf, info);
  return status;
}

ingot_status ingot_train_step(ingot_context *context, ingot_state *state, int32_t index, const ingot_tensor *inputs, int32_t inputCount,
                              ingot_tensor *outputs, int32_t outputCount, uint32_t flags, ingot_step_info *info) {
  if (ingot_status status = checkAlgorithm(context, state, index, info, "ingot_train_step"))
    return status;
  if (flags & ~INGOT_TRAIN_ACCUMULATE)
    return fail(INGOT_STATUS_ARGUMENT, "ingot_train_step: unknown flags");
  const m::AlgorithmInfo *functions = state->training->algorithms()->Get(uint32_t(index));
  Algorithm &algorithm = state->algorithms[index];
  ingot_hyper hyper = INGOT_HYPER_UNCHANGED;
  bool accumulate = flags & INGOT_TRAIN_ACCUMULATE;
  if (!accumulate && !algorithm.accumulated && functions->step() >= 0 && !hasOthers(*state))
    return fusedStep(*context, *state, algorithm, functions->step(), hyper, inputs, inputCount, outputs, outputCount, info);
  if (functions->gradient() < 0 || functions->apply() < 0)
    return fail(INGOT_STATUS_NOT_FOUND, "the library has no functions for gradients alone in '%s'", textOf(functions->name()));

  Said said;
  Scalars scalars = scalarsOf(*state, algorithm, hyper);
  bool exchanges = !accumulate && hasOthers(*state);
  ingot_status ran = exchanges ? exchangedGradients(*context, *state, functions->gradient(), functions->apply(), scalars, inputs, inputCount,
                                                    outputs, outputCount, said)
                               : runFunction(*context, *state, functions->gradient(), scalars, inputs, inputCount, outputs, outputCount, said);
  if (exchanges && (ran || said.foundInf))
    algorithm.accumulated = 0;
  if (ran)
    return ran;
  if (said.foundInf) {
    ingot_status status = refuse(*context, *state, algorithm, said, {functions->gradient(), inputs, inputCount});
    // Skipped is the whole update that this batch is a part of.
    if (!status) {
      ++state->batch;
      algorithm.accumulated = 0;
    }
    describe(algorithm, said, scalars, !status, false, info);
    return status;
  }
  ++state->batch;
  ++algorithm.accumulated;
  if (!accumulate)
    return update(*context, *state, algorithm, functions->apply(), hyper, said, info);
  describe(algorithm, said, scalars, false, false, info);
  return INGOT_STATUS_OK;
}

ingot_status ingot_optimizer_step(ingot_context *context, ingot_state *state, int32_t index, const ingot_hyper *hyper,
                                  ingot_step_info *info) {
  if (ingot_status status = checkAlgorithm(context, state, index, info, "ingot_optimizer_step"))
    return status;
  ingot_hyper given;
  if (ingot_status status = readHyper(hyper, given))
    return status;
  const m::AlgorithmInfo *functions = state->training->algorithms()->Get(uint32_t(index));
  if (functions->apply() < 0)
    return fail(INGOT_STATUS_NOT_FOUND, "the library has no function for the update alone in '%s'", textOf(functions->name()));
  ingot_status ready = INGOT_STATUS_OK;
  Said said;
  if (!state->algorithms[index].accumulated)
    ready = fail(INGOT_STATUS_ARGUMENT, "ingot_optimizer_step: no gradients have been accumulated");
  else
    ready = needGradients(*state);
  if (hasOthers(*state)) {
    ready = agree(*state, ready, said);
    if (!ready) {
      beginExchange(*state, functions->apply());
      ready = finishExchange(*state);
      state->algorithms[index].accumulated = ready ? 0 : state->algorithms[index].accumulated;
    }
  }
  return ready ? ready : update(*context, *state, state->algorithms[index], functions->apply(), given, said, info);
}

ingot_status ingot_fused_step(ingot_context *context, ingot_state *state, int32_t index, const ingot_hyper *hyper,
                              const ingot_tensor *inputs, int32_t inputCount, ingot_tensor *outputs, int32_t outputCount,
                              ingot_step_info *info) {
  if (ingot_status status = checkAlgorithm(context, state, index, info, "ingot_fused_step"))
    return status;
  ingot_hyper given;
  if (ingot_status status = readHyper(hyper, given))
    return status;
  const m::AlgorithmInfo *functions = state->training->algorithms()->Get(uint32_t(index));
  if (functions->step() < 0)
    return fail(INGOT_STATUS_NOT_FOUND, "the library has no step in one function in '%s'", textOf(functions->name()));
  if (state->algorithms[index].accumulated)
    return fail(INGOT_STATUS_ARGUMENT, "ingot_fused_step: gradients have been accumulated, which it would not use");
  if (hasOthers(*state))
    return fail(INGOT_STATUS_ARGUMENT, "ingot_fused_step: it would not exchange gradients with the other ranks");
  return fusedStep(*context, *state, state->algorithms[index], functions->step(), given, inputs, inputCount, outputs, outputCount, info);
}

ingot_status ingot_set_accumulated(ingot_state *state, int32_t algorithm, int32_t batches) {
  if (!state || algorithm < 0 || algorithm >= state->algorithmCount || batches < 0)
    return fail(INGOT_STATUS_ARGUMENT, "ingot_set_accumulated: no state, no algorithm %d, or a negative number", algorithm);
  state->algorithms[algorithm].accumulated = batches;
  return INGOT_STATUS_OK;
}

ingot_status ingot_zero_grad(ingot_state *state, int32_t algorithm) { return ingot_set_accumulated(state, algorithm, 0); }

int32_t ingot_accumulated(const ingot_state *state, int32_t algorithm) {
  return state && algorithm >= 0 && algorithm < state->algorithmCount ? state->algorithms[algorithm].accumulated : 0;
}

ingot_status ingot_evaluate_step(ingot_context *context, ingot_state *state, int32_t index, const ingot_tensor *inputs, int32_t inputCount,
                                 ingot_tensor *outputs, int32_t outputCount, ingot_step_info *info) {
  if (ingot_status status = checkAlgorithm(context, state, index, info, "ingot_evaluate_step"))
    return status;
  const m::AlgorithmInfo *functions = state->training->algorithms()->Get(uint32_t(index));
  if (functions->evaluate() < 0)
    return fail(INGOT_STATUS_NOT_FOUND, "the library has no function that evaluates in '%s'", textOf(functions->name()));
  Said said;
  ingot_hyper hyper = INGOT_HYPER_UNCHANGED;
  Scalars scalars = scalarsOf(*state, state->algorithms[index], hyper);
  if (ingot_status status =
          runFunction(*context, *state, functions->evaluate(), scalars, inputs, inputCount, outputs, outputCount, said))
    return status;
  describe(state->algorithms[index], said, scalars, false, false, info);
  return INGOT_STATUS_OK;
}

ingot_status ingot_infer(ingot_context *context, ingot_state *state, const ingot_tensor *inputs, int32_t inputCount, ingot_tensor *outputs,
                         int32_t outputCount) {
  if (ingot_status status = checkCall(context, state, "ingot_infer"))
    return status;
  ingot_training_info info;
  if (ingot_status status = ingot_model_training(state->model, &info))
    return status;
  if (info.infer < 0)
    return fail(INGOT_STATUS_NOT_FOUND, "the library has no function for inference");
  return ingot_state_run(context, state, info.infer, inputs, inputCount, outputs, outputCount);
}

/// The algorithm that a function belongs to, or the place behind the last.
static int32_t algorithmOfFunction(const ingot_state &state, int32_t function) {
  int32_t i = 0;
  for (; i < state.algorithmCount; ++i) {
    const m::AlgorithmInfo *a = state.training->algorithms()->Get(uint32_t(i));
    if (a->step() == function || a->gradient() == function || a->apply() == function || a->evaluate() == function)
      break;
  }
  return i;
}

ingot_status ingot_state_run(ingot_context *context, ingot_state *state, int32_t function, const ingot_tensor *inputs, int32_t inputCount,
                             ingot_tensor *outputs, int32_t outputCount) {
  if (ingot_status status = checkCall(context, state, "ingot_state_run"))
    return status;
  ingot_hyper hyper = INGOT_HYPER_UNCHANGED;
  state->scalars = scalarsOf(*state, state->algorithms[algorithmOfFunction(*state, function)], hyper);
  return runWith(*context, *state, function, inputs, inputCount, outputs, outputCount, nullptr);
}
