//===- Models.cpp - Whole models against recorded outputs -----------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/e2e/Models.h"

#include "test/e2e/Native.h"
#include "utils/compiler/Compiler.h"
#include "utils/support/Npz.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

#include <algorithm>

using namespace llvm;

namespace ingot::e2e {

static std::vector<std::string> filesIn(const Twine &folder, StringRef ending) {
  std::vector<std::string> files;
  std::error_code code;
  for (sys::fs::directory_iterator i(folder, code), end; !code && i != end; i.increment(code))
    if (StringRef(i->path()).ends_with(ending))
      files.push_back(i->path());
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<Model> findModels(const std::string &folder) {
  std::vector<Model> models;
  json::Value tolerances = nullptr;
  if (auto buffer = MemoryBuffer::getFile(folder + "/cases/tolerance.json")) {
    if (auto parsed = json::parse((*buffer)->getBuffer()))
      tolerances = std::move(*parsed);
    else
      consumeError(parsed.takeError());
  }
  for (const std::string &path : filesIn(folder, ".onnx")) {
    Model model;
    model.name = sys::path::stem(path).str();
    model.path = path;
    model.cases = filesIn(folder + "/cases/" + model.name, ".npz");
    if (auto *object = tolerances.getAsObject())
      if (auto value = object->getNumber(model.name))
        model.absolute = *value;
    if (!model.cases.empty())
      models.push_back(std::move(model));
  }
  return models;
}

// Both sides of one recorded case.
static std::string testCase(Native &native, const Model &model, const std::string &path, unsigned runs, mlir::MLIRContext *context) {
  std::vector<NpzArray> arrays;
  if (Status status = readNpz(path, arrays); !status.ok())
    return "cannot read the case";
  auto find = [&](const std::string &name) {
    return std::find_if(arrays.begin(), arrays.end(), [&](const NpzArray &array) { return array.name == name; });
  };
  std::vector<ingot_tensor> inputs;
  for (int32_t i = 0; i < native.function().input_count; ++i) {
    ingot_tensor_info info;
    ingot_model_input(native.get(), 0, i, &info);
    auto array = find("in:" + std::string(info.name));
    if (array == arrays.end())
      return "the case lacks the input '" + std::string(info.name) + "'";
    ingot_tensor &tensor = inputs.emplace_back();
    tensor.data = array->data;
    tensor.dtype = array->dtype;
    tensor.rank = static_cast<int32_t>(array->dims.size());
    std::copy(array->dims.begin(), array->dims.end(), tensor.dims);
  }
  native.setInputs(inputs);
  std::vector<Output> outputs;
  if (std::string problem = native.run(2, outputs, /*guarded=*/true); !problem.empty())
    return problem;
  for (int32_t i = 0; i < native.function().output_count; ++i) {
    ingot_tensor_info info;
    ingot_model_output(native.get(), 0, i, &info);
    auto array = find("out:" + std::string(info.name));
    if (array == arrays.end())
      continue;
    EvalTensor want = EvalTensor::view(array->dims, typeOf(array->dtype, context), array->data, nullptr);
    EvalTensor got = outputs[static_cast<size_t>(i)].tensor(context);
    double relative = isa<mlir::FloatType>(want.getElementType()) ? 1e-3 : -1, absolute = model.absolute;
    if (absolute < 0 && relative > 0) {
      absolute = 1e-7;
      for (int64_t k = 0; k < want.getNumElements(); ++k)
        if (double value = std::abs(want.getDouble(k)); std::isfinite(value))
          absolute = std::max(absolute, 1e-5 * value);
    }
    if (std::string problem = compare(got, want, relative, absolute); !problem.empty())
      return "output '" + std::string(info.name) + "': " + problem;
  }
  return native.checkSameBits(runs);
}

void testModel(const Model &model, const std::string &library, unsigned runs, Reporter &reporter) {
  reporter.begin("compile");
  CompileOptions options;
  options.inputPath = model.path;
  options.outputPath = library;
  CompileResult result = compileModel(options);
  if (!result.ok())
    return reporter.fail(result.messages.empty() ? "no message" : result.messages.front().text);
  mlir::MLIRContext context;
  Native native;
  std::string problem = native.open(library);
  for (const std::string &path : model.cases) {
    reporter.begin(sys::path::stem(path).str());
    if (problem.empty())
      problem = testCase(native, model, path, runs, &context);
    if (!problem.empty())
      return reporter.fail(problem);
  }
}

} // namespace ingot::e2e
