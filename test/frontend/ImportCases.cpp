//===- ImportCases.cpp - Imports models and evaluates ONNX's test cases -------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//     import-cases MODEL.onnx               prints the imported module, or the diagnostics; exits with their kind
//     import-cases [-q] MODEL.onnx NAME=1x3x224x224 ...
//     import-cases MODEL.onnx --training [--train=RE] [--freeze=RE] [--parameter=RE] [--unbiased-variance] [--function=NAME:MODE...]
//     import-cases MODEL.onnx --algorithms
//     import-cases --write MODEL.onnx VALUES.npz OUTPUT.onnx
//     import-cases --steps FOLDER...        evaluates each training case (model.onnx, steps.npz) step by step and compares
//     import-cases --cases FOLDER...        evaluates each case (model.onnx, test_data_set_*) and compares, a line each
//
//===----------------------------------------------------------------------===//

#include "frontend/Importer.h"
#include "frontend/ModelWriter.h"
#include "frontend/TensorData.h"
#include "ir/Eval/Eval.h"
#include "passes/Passes.h"
#include "utils/support/Npz.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>

using namespace mlir;
using namespace ingot;

/// input_0.pb, input_1.pb, ...
static std::string readAll(const std::string &folder, StringRef stem, MLIRContext &context, std::vector<ElementsAttr> &tensors) {
  for (int i = 0;; ++i) {
    std::string path = folder + "/" + stem.str() + "_" + std::to_string(i) + ".pb";
    if (!llvm::sys::fs::exists(path))
      return "";
    ElementsAttr attr;
    if (Status status = readTensorFile(path, &context, attr); !status.ok())
      return "data: " + status.message;
    tensors.push_back(attr);
  }
}

/// Empty when both are equal as ONNX's own runner asks.
static std::string compare(const EvalTensor &actual, const EvalTensor &expected) {
  if (actual.getType() != expected.getType()) {
    std::string text;
    llvm::raw_string_ostream(text) << "type " << actual.getType() << " instead of " << expected.getType();
    return text;
  }
  bool isFloat = isa<FloatType>(expected.getElementType());
  for (int64_t i = 0; i < expected.getNumElements(); ++i) {
    if (!isFloat) {
      if (actual.getInt(i) != expected.getInt(i))
        return "element " + std::to_string(i) + " is " + std::to_string(actual.getInt(i)) + " instead of " + std::to_string(expected.getInt(i));
      continue;
    }
    double a = actual.getDouble(i), e = expected.getDouble(i);
    bool same = a == e || (std::isnan(a) && std::isnan(e)) || std::abs(a - e) <= 1e-7 + 1e-3 * std::abs(e);
    if (!same)
      return "element " + std::to_string(i) + " is " + std::to_string(a) + " instead of " + std::to_string(e);
  }
  return "";
}

static std::string runCase(const std::string &folder) {
  MLIRContext context(MLIRContext::Threading::DISABLED);
  ImportOptions options;
  options.path = folder + "/model.onnx";
  ImportResult result = importModel(options, context);
  if (!result.module) {
    std::string text = result.diagnostics.str();
    return std::string(result.diagnostics.kind() == ErrorKind::Unsupported ? "unsupported " : "import ") + text.substr(0, text.find('\n'));
  }
  auto function = *result.module->getOps<func::FuncOp>().begin();
  for (int set = 0;; ++set) {
    std::string data = folder + "/test_data_set_" + std::to_string(set);
    if (!llvm::sys::fs::exists(data))
      return set ? "" : "no data";
    std::vector<ElementsAttr> inputs, outputs;
    if (std::string error = readAll(data, "input", context, inputs); !error.empty())
      return error;
    if (std::string error = readAll(data, "output", context, outputs); !error.empty())
      return error;
    std::vector<EvalTensor> arguments;
    for (ElementsAttr attr : inputs) {
      auto tensor = EvalTensor::fromAttribute(attr);
      if (failed(tensor))
        return "data: cannot be evaluated";
      arguments.push_back(*tensor);
    }
    if (arguments.size() != function.getNumArguments())
      return "arguments: " + std::to_string(arguments.size()) + " instead of " + std::to_string(function.getNumArguments());
    std::string error;
    auto results = interpret(function, arguments, error);
    if (failed(results))
      return "run " + error;
    for (size_t i = 0; i < outputs.size() && i < results->size(); ++i)
      if (std::string difference = compare((*results)[i], *EvalTensor::fromAttribute(outputs[i])); !difference.empty())
        return "mismatch output " + std::to_string(i) + ": " + difference;
  }
}

/// An array as a tensor that refers to it.
static EvalTensor tensorOf(const NpzArray &array, MLIRContext &context) {
  return EvalTensor::view(array.dims, elementTypeFor(&context, array.dtype), array.data, nullptr);
}

/// Runs the file's training algorithms as steps.npz says. Of step K it holds `K:run`, the number of the algorithm (-1: the
/// initialization), `K:in:NAME`, `K:out:NAME` and, after the step, `K:var:NAME`; `seed` for all.
static std::string runSteps(const std::string &folder) {
  MLIRContext context(MLIRContext::Threading::DISABLED);
  ImportOptions options;
  options.path = folder + "/model.onnx";
  options.algorithms = true;
  ImportResult result = importModel(options, context);
  if (!result.module)
    return "import " + result.diagnostics.str();
  PassManager passes(&context);
  passes.addPass(createVerifyImportContractPass());
  passes.addPass(createExpandGradientsPass());
  if (failed(passes.run(*result.module)))
    return "gradients cannot be expanded";
  std::vector<NpzArray> arrays;
  if (Status status = readNpz(folder + "/steps.npz", arrays); !status.ok())
    return status.message;
  std::map<std::string, EvalTensor> record;
  for (const NpzArray &array : arrays)
    record[array.name] = tensorOf(array, context);

  EvalVariables variables;
  variables.scalars["seed"] = record["seed"];
  int64_t step = 0;
  for (int k = 1; record.count(std::to_string(k) + ":run"); ++k) {
    std::string prefix = std::to_string(k) + ":";
    int64_t run = record[prefix + "run"].getInt(0);
    if (run >= static_cast<int64_t>(result.algorithms.size()))
      return "there is no algorithm " + std::to_string(run);
    auto function = result.module->lookupSymbol<func::FuncOp>(run < 0 ? "initialize" : result.algorithms[run]);
    variables.scalars["step"] = EvalTensor::scalar(IntegerType::get(&context, 64), step++);
    std::vector<EvalTensor> inputs;
    for (unsigned i = 0; i < function.getNumArguments(); ++i) {
      auto name = function.getArgAttrOfType<StringAttr>(i, "ingot.name");
      if (!record.count(prefix + "in:" + name.str()))
        return prefix + " the input '" + name.str() + "' is not recorded";
      inputs.push_back(record[prefix + "in:" + name.str()]);
    }
    std::string error;
    auto results = interpret(function, inputs, error, std::nullopt, &variables);
    if (failed(results))
      return "run " + error;
    for (auto &changed : variables.changed)
      variables.values[changed.getKey()] = changed.second;
    size_t compared = 0;
    for (auto [i, value] : llvm::enumerate(*results)) {
      std::string name = function.getResultAttrOfType<StringAttr>(i, "ingot.name").str();
      auto expected = record.find(prefix + "out:" + name);
      if (expected == record.end())
        return prefix + " the output '" + name + "' is not recorded";
      if (std::string difference = compare(value, expected->second); !difference.empty())
        return prefix + name + ": " + difference;
      ++compared;
    }
    for (auto &[key, expected] : record) {
      StringRef name = key;
      if (!name.consume_front(prefix + "var:"))
        continue;
      auto found = variables.values.find(name);
      if (found == variables.values.end())
        return prefix + " nothing changed '" + name.str() + "'";
      if (std::string difference = compare(found->second, expected); !difference.empty())
        return prefix + name.str() + ": " + difference;
      ++compared;
    }
    if (!compared)
      return prefix + " nothing was compared";
    variables.changed.clear();
  }
  return step ? "" : "no steps";
}

static int importOne(int argc, char **argv) {
  ImportOptions options;
  bool quiet = false, functionsGiven = false;
  for (int i = 1; i < argc; ++i) {
    StringRef arg = argv[i];
    auto [name, sizes] = arg.split('=');
    if (arg == "-q") {
      quiet = true;
    } else if (arg == "--training") {
      options.training = true;
    } else if (arg == "--algorithms") {
      options.algorithms = true;
    } else if (arg == "--unbiased-variance") {
      options.unbiasedVariance = true;
    } else if (name == "--train") {
      options.train.push_back(sizes.str());
    } else if (name == "--freeze") {
      options.freeze.push_back(sizes.str());
    } else if (name == "--parameter") {
      options.inputParameters.push_back(sizes.str());
    } else if (name == "--function") {
      auto [function, mode] = sizes.split(':');
      if (!functionsGiven)
        options.functions.clear();
      functionsGiven = true;
      options.functions.push_back({function.str(), mode == "training"    ? ImportMode::Training
                                                   : mode == "inference" ? ImportMode::Inference
                                                                         : ImportMode::AsModel});
    } else if (sizes.empty()) {
      options.path = arg.str();
    } else {
      SmallVector<StringRef> parts;
      sizes.split(parts, 'x');
      for (StringRef part : parts) {
        int64_t size = -1;
        if (part != "?" && part.getAsInteger(10, size)) {
          llvm::errs() << "wrong size '" << part << "'\n";
          return 1;
        }
        options.shapes[name.str()].push_back(size);
      }
    }
  }
  MLIRContext context(MLIRContext::Threading::DISABLED);
  ImportResult result = importModel(options, context);
  if (!result.module) {
    llvm::errs() << result.diagnostics.str();
    return static_cast<int>(result.diagnostics.kind());
  }
  if (!quiet) {
    OpPrintingFlags flags;
    flags.elideLargeElementsAttrs(16).elideLargeResourceString(16);
    result.module->print(llvm::outs(), flags);
    llvm::outs() << "\n";
  }
  return 0;
}

static int write(const std::string &model, const std::string &npz, const std::string &output) {
  std::vector<NpzArray> arrays;
  Status status = readNpz(npz, arrays);
  std::vector<TrainedTensor> tensors;
  for (const NpzArray &array : arrays)
    tensors.push_back({array.name, array.dtype, array.dims, llvm::ArrayRef<char>(array.data, array.bytes)});
  if (status.ok())
    status = writeTrainedModel(model, tensors, output);
  if (!status.ok())
    llvm::errs() << status.message << "\n";
  return static_cast<int>(status.kind);
}

int main(int argc, char **argv) {
  if (argc < 2) {
    llvm::errs() << "usage: import-cases [-q] MODEL.onnx [NAME=SIZES...] | --cases FOLDER...\n";
    return 1;
  }
  if (argc == 5 && StringRef(argv[1]) == "--write")
    return write(argv[2], argv[3], argv[4]);
  bool hasSteps = StringRef(argv[1]) == "--steps";
  if (!hasSteps && StringRef(argv[1]) != "--cases")
    return importOne(argc, argv);
  int passed = 0;
  for (int i = 2; i < argc; ++i) {
    std::string why = hasSteps ? runSteps(argv[i]) : runCase(argv[i]);
    passed += why.empty();
    llvm::outs() << (why.empty() ? "pass " : "FAIL ") << llvm::sys::path::filename(argv[i]) << (why.empty() ? "" : ": ") << why << "\n";
    llvm::outs().flush();
  }
  llvm::outs() << passed << " of " << argc - 2 << " passed\n";
  return passed == argc - 2 ? 0 : 4;
}
