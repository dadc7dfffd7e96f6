//===- Training.cpp - What of training inference must know -------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Context.h"

#include "ingot/manifest_generated.h"

using namespace ingot::runtime;
namespace m = ingot::manifest;

template <typename V> static uint32_t sizeOf(const V *vector) { return vector ? vector->size() : 0; }

static ingot_status damaged(const char *what) { return fail(INGOT_STATUS_NOT_A_LIBRARY, "the library's manifest is damaged: %s", what); }

//===----------------------------------------------------------------------===//
// Checks
//===----------------------------------------------------------------------===//

/// Bytes of a tensor whose sizes are all known; false when one is not, or when they overflow.
static bool countKnownBytes(const m::TensorInfo *tensor, int64_t &bytes) {
  int64_t dims[INGOT_MAX_RANK];
  if (sizeOf(tensor->dims()) > INGOT_MAX_RANK || !ingot_dtype_bytes(tensor->dtype()))
    return false;
  for (uint32_t i = 0; i < sizeOf(tensor->dims()); ++i)
    dims[i] = tensor->dims()->Get(i)->size();
  return countBytes(tensor->dtype(), dims, int32_t(sizeOf(tensor->dims())), bytes);
}

static ingot_status checkVariables(const m::Manifest *manifest) {
  const auto *variables = manifest->training()->variables();
  int64_t total = 0;
  for (uint32_t i = 0; i < sizeOf(variables); ++i) {
    const m::VariableInfo *variable = variables->Get(i);
    int64_t bytes;
    // Each is padded to 64 bytes in memory.
    if (!countKnownBytes(variable->tensor(), bytes) || __builtin_add_overflow(total, bytes, &total) || total > INT64_MAX / 4)
      return damaged("a variable's type");
    if (variable->kind() < m::VariableKind_MIN || variable->kind() > m::VariableKind_MAX)
      return damaged("a variable's kind");
    bool belongs = variable->kind() == m::VariableKind_Gradient || variable->kind() == m::VariableKind_Slot;
    int32_t parameter = variable->parameter();
    if (parameter < -1 || (belongs && parameter >= 0 && (uint32_t(parameter) >= variables->size() ||
                                                         variables->Get(uint32_t(parameter))->kind() != m::VariableKind_Parameter)))
      return damaged("a variable's parameter");
    const m::Initial *initial = variable->initial();
    if (!initial)
      continue;
    if (initial->kind() < m::InitialKind_MIN || initial->kind() > m::InitialKind_MAX)
      return damaged("a variable's initial value");
    if (initial->kind() == m::InitialKind_Weights &&
        (initial->length() != uint64_t(bytes) || initial->offset() > manifest->weights_bytes() ||
         initial->length() > manifest->weights_bytes() - initial->offset()))
      return damaged("a variable's initial value lies outside of the weights");
    if (initial->kind() == m::InitialKind_Parameter) {
      int64_t parameterBytes;
      if (!belongs || parameter < 0 || !countKnownBytes(variables->Get(uint32_t(parameter))->tensor(), parameterBytes) ||
          parameterBytes != bytes || variables->Get(uint32_t(parameter))->tensor()->dtype() != variable->tensor()->dtype())
        return damaged("a variable's initial value");
    }
  }
  return INGOT_STATUS_OK;
}

static ingot_status checkFunction(const m::Manifest *manifest, const m::FunctionInfo *function) {
  uint32_t variables = manifest->training() ? sizeOf(manifest->training()->variables()) : 0;
  for (uint32_t i = 0; i < sizeOf(function->variables()); ++i)
    if (function->variables()->Get(i)->variable() < 0 || uint32_t(function->variables()->Get(i)->variable()) >= variables)
      return damaged("a function's variable");
  for (uint32_t i = 0; i < sizeOf(function->scalars()); ++i)
    if (!ingot_dtype_bytes(function->scalars()->Get(i)->dtype()) || function->scalars()->Get(i)->kind() < m::ScalarKind_MIN ||
        function->scalars()->Get(i)->kind() > m::ScalarKind_MAX)
      return damaged("a function's scalar");
  if (!manifest->training() && sizeOf(function->scalars()))
    return damaged("a scalar without training");
  uint32_t roles = sizeOf(function->output_roles());
  if (roles && roles != sizeOf(function->outputs()))
    return damaged("the roles of a function's outputs");
  return INGOT_STATUS_OK;
}

ingot_status ingot::runtime::checkTraining(const m::Manifest *manifest) {
  for (const m::FunctionInfo *function : *manifest->functions())
    if (ingot_status status = checkFunction(manifest, function))
      return status;
  const m::TrainingInfo *training = manifest->training();
  if (!training)
    return INGOT_STATUS_OK;
  if (ingot_status status = checkVariables(manifest))
    return status;
  int64_t functions = manifest->functions()->size();
  for (uint32_t i = 0; i < sizeOf(training->algorithms()); ++i) {
    const m::AlgorithmInfo *algorithm = training->algorithms()->Get(i);
    for (int32_t function : {algorithm->step(), algorithm->gradient(), algorithm->apply(), algorithm->evaluate()})
      if (function < -1 || function >= functions)
        return damaged("an algorithm's function");
  }
  for (uint32_t i = 0; i < sizeOf(training->buckets()); ++i) {
    const auto *bucket = training->buckets()->Get(i)->variables();
    for (uint32_t j = 0; j < sizeOf(bucket); ++j)
      if (bucket->Get(j) < 0 || uint32_t(bucket->Get(j)) >= sizeOf(training->variables()) ||
          training->variables()->Get(uint32_t(bucket->Get(j)))->kind() != m::VariableKind_Gradient)
        return damaged("a bucket of gradients");
  }
  for (uint32_t i = 0; i < sizeOf(manifest->kernels()); ++i) {
    const auto *finished = manifest->kernels()->Get(i)->finished();
    for (uint32_t j = 0; j < sizeOf(finished); ++j)
      if (finished->Get(j) < 0 || uint32_t(finished->Get(j)) >= sizeOf(training->variables()) ||
          training->variables()->Get(uint32_t(finished->Get(j)))->kind() != m::VariableKind_Gradient)
        return damaged("a gradient that a kernel finishes");
  }
  return INGOT_STATUS_OK;
}

//===----------------------------------------------------------------------===//
// Arguments
//===----------------------------------------------------------------------===//

void ingot::runtime::fillTrainingArguments(const m::Manifest *manifest, const m::FunctionInfo *info, ingot_tensor_info *to) {
  for (uint32_t i = 0; i < sizeOf(info->scalars()); ++i, ++to) {
    to->name = info->scalars()->Get(i)->name() ? info->scalars()->Get(i)->name()->c_str() : "";
    to->dtype = info->scalars()->Get(i)->dtype();
    for (const char *&symbol : to->symbols)
      symbol = "";
  }
  for (uint32_t i = 0; i < sizeOf(info->variables()); ++i)
    fillTensor(manifest->training()->variables()->Get(uint32_t(info->variables()->Get(i)->variable()))->tensor(), *to++);
}

const m::TrainingInfo *ingot::runtime::trainingOf(const ingot_model *model) {
  return model ? m::GetManifest(model->library->manifest)->training() : nullptr;
}

ingot_status ingot::runtime::takeVariables(ingot_context &context, bool needData) {
  const Function &function = *context.running;
  if (!function.scalarCount && !function.variableCount)
    return INGOT_STATUS_OK;
  if (!context.training && needData)
    return fail(INGOT_STATUS_ARGUMENT, "function '%s' takes variables of training: run it with an ingot_state", function.name);
  int32_t at = function.inputCount + function.stateCount;
  int64_t *dims = context.inputDims;
  for (int32_t i = 0; i < at; ++i)
    dims += function.inputs[i].rank;
  for (int32_t i = 0; i < function.scalarCount; ++i) {
    context.scalars[i] = 0;
    context.inputs[at + i] = &context.scalars[i];
  }
  void **variables = context.inputs + at + function.scalarCount;
  for (int32_t i = 0; i < function.variableCount; ++i) {
    const ingot_tensor_info &info = function.inputs[at + function.scalarCount + i];
    variables[i] = nullptr;
    for (int32_t j = 0; j < info.rank; ++j)
      *dims++ = info.dims[j];
  }
  if (context.training)
    context.training->pass(context.training->state, function, context.scalars, variables);
  return INGOT_STATUS_OK;
}
