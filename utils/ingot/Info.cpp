//===- Info.cpp - ingot info ----------------------------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "utils/ingot/Command.h"

#include "frontend/Importer.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/JSON.h"

using namespace llvm;

namespace ingot {

static void printTensor(StringRef role, const ingot_tensor_info &info) {
  outs() << "  " << role << ' ' << info.name << ": " << ingot_dtype_name(info.dtype) << ' '
         << formatDims(ArrayRef<int64_t>(info.dims, size_t(info.rank)), info.symbols)
         << (info.shape_depends_on_data ? " (known after the run)" : "") << '\n';
}

static void jsonFields(json::OStream &out, const ingot_tensor_info &info) {
  out.attribute("name", info.name);
  out.attribute("dtype", ingot_dtype_name(info.dtype));
  out.attributeArray("dims", [&] {
    for (int32_t i = 0; i < info.rank; ++i)
      if (info.dims[i] >= 0)
        out.value(info.dims[i]);
      else if (*info.symbols[i])
        out.value(info.symbols[i]);
      else
        out.value(nullptr);
  });
}

static void jsonTensor(json::OStream &out, const ingot_tensor_info &info) {
  out.object([&] { jsonFields(out, info); });
}

static void jsonState(json::OStream &out, const ingot_state_info &state) {
  out.object([&] {
    jsonFields(out, state.tensor);
    out.attribute("output", state.output);
    if (state.axis < 0)
      return;
    out.attribute("axis", state.axis);
    out.attribute("capacity", state.capacity);
  });
}

static void printState(const ingot_state_info &state) {
  const ingot_tensor_info &info = state.tensor;
  outs() << "  state " << info.name << ": " << ingot_dtype_name(info.dtype) << ' '
         << formatDims(ArrayRef<int64_t>(info.dims, size_t(info.rank)), info.symbols) << ", becomes " << state.output;
  if (state.axis >= 0)
    outs() << ", up to " << state.capacity << " along dimension " << state.axis;
  outs() << '\n';
}

static constexpr const char *variableKinds[] = {"parameter", "gradient", "slot", "buffer"};

// What there is to train, if anything.
static void printTraining(const ingot_model *model) {
  ingot_training_info training;
  if (ingot_model_training(model, &training))
    return;
  if (*training.loss)
    outs() << "training: minimizes " << training.loss << ", optimizer " << training.optimizer;
  else
    outs() << "training: the model's own algorithms";
  if (*training.schedule)
    outs() << ", schedule " << training.schedule;
  outs() << '\n';
  int64_t counts[4] = {}, bytes[4] = {};
  for (int32_t i = 0; i < training.variable_count; ++i) {
    ingot_variable_info variable;
    if (ingot_model_variable(model, i, &variable))
      return;
    ++counts[variable.kind];
    bytes[variable.kind] += variable.bytes;
    if (variable.kind == INGOT_PARAMETER || variable.kind == INGOT_BUFFER)
      printTensor(variableKinds[variable.kind], variable.tensor);
  }
  for (int kind = 0; kind < 4; ++kind)
    if (counts[kind])
      outs() << "  " << counts[kind] << ' ' << variableKinds[kind] << "s of " << formatBytes(uint64_t(bytes[kind])) << '\n';
}

static void jsonTraining(json::OStream &out, const ingot_model *model) {
  ingot_training_info training;
  if (ingot_model_training(model, &training))
    return;
  out.attributeObject("training", [&] {
    out.attribute("loss", training.loss);
    out.attribute("optimizer", training.optimizer);
    out.attribute("schedule", training.schedule);
    out.attributeArray("variables", [&] {
      for (int32_t i = 0; i < training.variable_count; ++i) {
        ingot_variable_info variable;
        if (ingot_model_variable(model, i, &variable))
          return;
        out.object([&] {
          jsonFields(out, variable.tensor);
          out.attribute("kind", variableKinds[variable.kind]);
          if (*variable.role)
            out.attribute("role", variable.role);
          out.attribute("bytes", variable.bytes);
        });
      }
    });
  });
}

static void printJson(const LoadedModel &model, const ingot_model_info &info, uint64_t bytes) {
  json::OStream out(outs());
  out.object([&] {
    out.attribute("name", info.name);
    out.attribute("compiler", info.compiler_version);
    out.attribute("target", info.target_triple);
    out.attribute("cpu", info.cpu);
    out.attribute("level", int64_t(info.level));
    out.attribute("file_bytes", int64_t(bytes));
    out.attribute("weights", int64_t(info.weight_count));
    out.attribute("weights_bytes", int64_t(info.weights_bytes));
    out.attribute("kernels", int64_t(info.kernel_count));
    out.attributeArray("functions", [&] {
      for (int32_t f = 0; f < info.function_count; ++f) {
        ingot_function_info function;
        ingot_model_function(model.get(), f, &function);
        out.object([&] {
          out.attribute("name", function.name);
          out.attribute("arena_bytes", function.arena_bytes);
          out.attribute("operations", function.operations);
          ingot_tensor_info tensor;
          out.attributeArray("inputs", [&] {
            for (int32_t i = 0; i < function.input_count; ++i)
              ingot_model_input(model.get(), f, i, &tensor), jsonTensor(out, tensor);
          });
          out.attributeArray("outputs", [&] {
            for (int32_t i = 0; i < function.output_count; ++i)
              ingot_model_output(model.get(), f, i, &tensor), jsonTensor(out, tensor);
          });
          out.attributeArray("specializations", [&] {
            for (int32_t i = 0; const char *sizes = ingot_model_specialization(model.get(), f, i); ++i)
              out.value(sizes);
          });
          out.attributeArray("states", [&] {
            ingot_state_info state;
            for (int32_t i = 0; i < ingot_model_state_count(model.get(), f); ++i)
              ingot_model_state(model.get(), f, i, &state), jsonState(out, state);
          });
        });
      }
    });
    jsonTraining(out, model.get());
  });
  outs() << '\n';
}

static void printText(const LoadedModel &model, const ingot_model_info &info, uint64_t bytes) {
  outs() << (*info.name ? info.name : "a model without a name") << ", compiled by Ingot " << info.compiler_version << " for "
         << info.target_triple << ", processor " << info.cpu;
  if (info.level)
    outs() << ", running the code for x86-64-v" << info.level;
  outs() << '\n' << "library " << formatBytes(bytes) << ", " << info.weight_count << " weights of " << formatBytes(info.weights_bytes)
         << ", " << info.kernel_count << " kernels\n";
  for (int32_t f = 0; f < info.function_count; ++f) {
    ingot_function_info function;
    ingot_model_function(model.get(), f, &function);
    outs() << "function " << function.name << ", arena "
           << (function.arena_bytes >= 0 ? formatBytes(uint64_t(function.arena_bytes)) : "by the sizes of the inputs");
    if (function.operations >= 0)
      outs() << ", " << function.operations << " floating-point operations";
    outs() << '\n';
    ingot_tensor_info tensor;
    for (int32_t i = 0; i < function.input_count; ++i)
      ingot_model_input(model.get(), f, i, &tensor), printTensor("input", tensor);
    for (int32_t i = 0; i < function.output_count; ++i)
      ingot_model_output(model.get(), f, i, &tensor), printTensor("output", tensor);
    ingot_state_info state;
    for (int32_t i = 0; i < ingot_model_state_count(model.get(), f); ++i)
      ingot_model_state(model.get(), f, i, &state), printState(state);
    for (int32_t i = 0; const char *sizes = ingot_model_specialization(model.get(), f, i); ++i)
      outs() << "  specialized for " << sizes << '\n';
  }
  printTraining(model.get());
}

//===----------------------------------------------------------------------===//
// Models, which are read but not compiled
//===----------------------------------------------------------------------===//

static void printModel(const ModelSummary &summary) {
  auto print = [](StringRef role, const ValueSummary &value) {
    outs() << "  " << role << ' ' << value.name << ": " << value.type << ' '
           << (!value.ranked ? "of any shape" : value.dims.empty() ? "scalar" : join(value.dims, "x")) << '\n';
  };
  outs() << (summary.name.empty() ? "a model without a name" : summary.name) << ", ONNX IR version " << summary.irVersion;
  if (!summary.producer.empty())
    outs() << ", made by " << summary.producer;
  for (const auto &[domain, version] : summary.opsets)
    outs() << ", " << (domain.empty() ? "ai.onnx" : domain) << " opset " << version;
  outs() << "\nparameters " << formatBytes(uint64_t(summary.parameterBytes)) << '\n';
  for (const ValueSummary &value : summary.inputs)
    print("input", value);
  for (const ValueSummary &value : summary.outputs)
    print("output", value);
  int64_t count = 0;
  for (const auto &[op, number] : summary.operators)
    count += number;
  outs() << count << " nodes:";
  for (const auto &[op, number] : summary.operators)
    outs() << ' ' << StringRef(op).ltrim(':') << " (" << number << ')';
  outs() << '\n';
}

static void printModelJson(const ModelSummary &summary) {
  json::OStream out(outs());
  auto values = [&](StringRef role, const std::vector<ValueSummary> &list) {
    out.attributeArray(role, [&] {
      for (const ValueSummary &value : list)
        out.object([&] {
          out.attribute("name", value.name);
          out.attribute("dtype", value.type);
          if (value.ranked)
            out.attributeArray("dims", [&] {
              for (const std::string &dim : value.dims)
                if (int64_t size; !StringRef(dim).getAsInteger(10, size))
                  out.value(size);
                else
                  out.value(dim);
            });
        });
    });
  };
  out.object([&] {
    out.attribute("name", summary.name);
    out.attribute("producer", summary.producer);
    out.attribute("ir_version", summary.irVersion);
    out.attributeObject("opsets", [&] {
      for (const auto &[domain, version] : summary.opsets)
        out.attribute(domain, version);
    });
    out.attribute("parameter_bytes", summary.parameterBytes);
    values("inputs", summary.inputs);
    values("outputs", summary.outputs);
    out.attributeObject("operators", [&] {
      for (const auto &[op, number] : summary.operators)
        out.attribute(StringRef(op).ltrim(':'), number);
    });
  });
  outs() << '\n';
}

Outcome runInfo(InfoCommand &command) {
  if (!isLibrary(command.model)) {
    ModelSummary summary;
    if (Status status = summarizeModel(command.model, summary); !status.ok())
      return fail(status);
    command.json ? printModelJson(summary) : printModel(summary);
    return Outcome::Ok;
  }
  LoadedModel model;
  if (Outcome outcome = model.open(command.model); outcome != Outcome::Ok)
    return outcome;
  ingot_model_info info;
  ingot_model_describe(model.get(), &info);
  uint64_t bytes = 0;
  sys::fs::file_size(command.model, bytes);
  command.json ? printJson(model, info, bytes) : printText(model, info, bytes);
  return Outcome::Ok;
}

} // namespace ingot
