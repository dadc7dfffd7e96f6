//===- Variables.cpp - What the manifest says of training ----------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Training.h"

using namespace ingot::runtime;

void ingot::runtime::describeVariable(const ingot_model *model, int32_t index, ingot_variable_info &info) {
  const m::VariableInfo *variable = trainingOf(model)->variables()->Get(uint32_t(index));
  fillTensor(variable->tensor(), info.tensor);
  info.kind = variable->kind();
  info.parameter = variable->parameter();
  info.role = textOf(variable->role());
  countBytes(info.tensor.dtype, info.tensor.dims, info.tensor.rank, info.bytes);
}

/// The function that no algorithm names: the model's.
static int32_t inferFunction(const ingot_model *model, const m::TrainingInfo *training) {
  for (int32_t function = 0; function < model->functionCount; ++function) {
    bool used = false;
    for (uint32_t i = 0; i < sizeOf(training->algorithms()); ++i) {
      const m::AlgorithmInfo *a = training->algorithms()->Get(i);
      used |= a->step() == function || a->gradient() == function || a->apply() == function || a->evaluate() == function;
    }
    if (!used)
      return function;
  }
  return -1;
}

ingot_status ingot_model_training(const ingot_model *model, ingot_training_info *info) {
  if (!model || !info)
    return fail(INGOT_STATUS_ARGUMENT, "ingot_model_training: a null pointer");
  const m::TrainingInfo *training = trainingOf(model);
  if (!training)
    return fail(INGOT_STATUS_NOT_FOUND, "the library was compiled for inference alone; compile it with 'ingot train'");
  info->variable_count = int32_t(sizeOf(training->variables()));
  info->algorithm_count = int32_t(sizeOf(training->algorithms()));
  info->infer = inferFunction(model, training);
  info->model_hash = training->model_hash();
  info->loss = textOf(training->loss());
  info->optimizer = textOf(training->optimizer());
  info->precision = textOf(training->precision());
  info->schedule = textOf(training->schedule());
  info->learning_rate = training->learning_rate() > 0 ? training->learning_rate() : 0.001;
  return INGOT_STATUS_OK;
}

ingot_status ingot_model_variable(const ingot_model *model, int32_t index, ingot_variable_info *info) {
  const m::TrainingInfo *training = trainingOf(model);
  if (!training || !info || index < 0 || uint32_t(index) >= sizeOf(training->variables()))
    return fail(INGOT_STATUS_ARGUMENT, "ingot_model_variable: a null pointer, or no variable %d", index);
  describeVariable(model, index, *info);
  return INGOT_STATUS_OK;
}

ingot_status ingot_model_algorithm(const ingot_model *model, int32_t index, ingot_algorithm_info *info) {
  const m::TrainingInfo *training = trainingOf(model);
  if (!training || !info || index < 0 || uint32_t(index) >= sizeOf(training->algorithms()))
    return fail(INGOT_STATUS_ARGUMENT, "ingot_model_algorithm: a null pointer, or no algorithm %d", index);
  const m::AlgorithmInfo *a = training->algorithms()->Get(uint32_t(index));
  *info = {textOf(a->name()), a->step(), a->gradient(), a->apply(), a->evaluate()};
  return INGOT_STATUS_OK;
}

int32_t ingot_model_find_variable(const ingot_model *model, int32_t kind, const char *name, const char *role) {
  const m::TrainingInfo *training = trainingOf(model);
  for (uint32_t i = 0; training && name && i < sizeOf(training->variables()); ++i) {
    const m::VariableInfo *variable = training->variables()->Get(i);
    if (variable->kind() != kind || (role && strcmp(textOf(variable->role()), role)))
      continue;
    bool belongs = kind == m::VariableKind_Gradient || kind == m::VariableKind_Slot;
    if (!strcmp(variable->tensor()->name()->c_str(), name) ||
        (belongs && variable->parameter() >= 0 &&
         !strcmp(training->variables()->Get(uint32_t(variable->parameter()))->tensor()->name()->c_str(), name)))
      return int32_t(i);
  }
  return -1;
}

int32_t ingot_model_find_algorithm(const ingot_model *model, const char *name) {
  const m::TrainingInfo *training = trainingOf(model);
  for (uint32_t i = 0; training && name && i < sizeOf(training->algorithms()); ++i)
    if (!strcmp(textOf(training->algorithms()->Get(i)->name()), name))
      return int32_t(i);
  return -1;
}
