//===- Run.cpp - ingot run ------------------------------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "utils/ingot/Command.h"

using namespace llvm;

namespace ingot {

Outcome runRun(RunCommand &command) {
  LoadedModel model;
  if (Outcome outcome = model.open(command.model); outcome != Outcome::Ok)
    return outcome;
  if (!command.function.empty())
    if (Outcome outcome = model.select(command.function); outcome != Outcome::Ok)
      return outcome;
  std::vector<NpzArray> arrays;
  if (!command.inputs.empty())
    if (Status status = readNpz(command.inputs, arrays); !status.ok())
      return fail(status);
  std::vector<ingot_tensor> inputs, outputs(model.outputs().size());
  StateValues states;
  if (Outcome outcome = bindInputs(model, arrays, command.inputs, inputs, states); outcome != Outcome::Ok)
    return outcome;
  RunContext context;
  if (ingot_status status = context.create(model.get(), command.threads, /*profile=*/false))
    return fail(status);
  if (!command.loadState.empty())
    if (ingot_status status = ingot_context_state_load(context.get(), command.loadState.c_str()))
      return fail(status);
  if (Outcome outcome = setStates(context.get(), states); outcome != Outcome::Ok)
    return outcome;
  RunState state;
  if (ingot_status status = state.create(model.get(), command.checkpoint))
    return fail(status);
  auto count = int32_t(inputs.size()), outputCount = int32_t(outputs.size());
  ingot_status status = !state.get() ? ingot_context_run(context.get(), model.functionIndex(), inputs.data(), count, outputs.data(), outputCount)
                        : command.function.empty()
                            ? ingot_infer(context.get(), state.get(), inputs.data(), count, outputs.data(), outputCount)
                            : ingot_state_run(context.get(), state.get(), model.functionIndex(), inputs.data(), count, outputs.data(), outputCount);
  if (status)
    return fail(status);
  if (!command.saveState.empty())
    if (ingot_status status = ingot_context_state_save(context.get(), command.saveState.c_str()))
      return fail(status);
  if (command.outputs.empty()) {
    for (size_t i = 0; i < outputs.size(); ++i)
      outs() << model.outputs()[i].name << ": " << ingot_dtype_name(outputs[i].dtype) << ' '
             << formatDims(ArrayRef<int64_t>(outputs[i].dims, size_t(outputs[i].rank))) << '\n';
    return Outcome::Ok;
  }
  std::vector<NpzArray> results;
  for (size_t i = 0; i < outputs.size(); ++i)
    results.push_back(arrayOf(outputs[i], model.outputs()[i].name));
  if (Outcome outcome = getStates(model, context.get(), results); outcome != Outcome::Ok)
    return outcome;
  Status written = writeNpz(command.outputs, results);
  return written.ok() ? Outcome::Ok : fail(written);
}

} // namespace ingot
