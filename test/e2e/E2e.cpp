//===- E2e.cpp - Dialect to machine code, against the evaluator -----------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Compiles each case of cases/*.mlir for several processors and without optimization, runs it for all sizes it names and compares with
// the reference evaluator. Tensors lie before pages without access, and the bits must not depend on the number of threads or on the
// run. With --models, whole ONNX models are compared with recorded outputs in the same way.
//
//===----------------------------------------------------------------------===//

#include "passes/Pipelines.h"
#include "test/e2e/CaseFile.h"
#include "test/e2e/Models.h"
#include "test/e2e/Native.h"
#include "test/e2e/Workers.h"
#include "utils/compiler/Compiler.h"

#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/xxhash.h"

#include <cmath>
#include <regex>
#include <thread>

using namespace mlir;
using namespace ingot;
using namespace ingot::e2e;

namespace {

struct Configuration {
  const char *name, *cpu;
  int optLevel;
  unsigned level; ///< of the host that it needs
};

const Configuration configurations[] = {
    {"native", "native", 2, 0},       {"native -O0", "native", 0, 0},       {"x86-64-v4", "x86-64-v4", 2, 4},
    {"x86-64-v3", "x86-64-v3", 2, 3}, {"x86-64-v2", "x86-64-v2", 2, 2},
};

/// SplitMix64: the same inputs everywhere.
class Random {
public:
  explicit Random(uint64_t seed) : state(seed) {}
  uint64_t next() {
    uint64_t z = state += 0x9e3779b97f4a7c15ull;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
  }
  double uniform() { return std::ldexp(static_cast<double>(next() >> 11), -53); }

private:
  uint64_t state;
};

double specialValue(Random &random) {
  static const double values[] = {NAN,    INFINITY, -INFINITY, -0.0,  0.0,    1e-40, -1e-42, 3e38,  -3e38, 1e-30,
                                  1.0,    -1.0,     0.5,       -0.5,  88.7,   -88.0, 104.0,  -104., 1e4,   -1e4,
                                  16777217., 2.5,   -2.5,      1.5,   3.1415, 100.0, -20.0,  20.0,  0.1,   -0.1};
  return values[random.next() % std::size(values)];
}

EvalTensor makeInput(ArrayRef<int64_t> shape, Type type, const InputRule *rule, Random &random) {
  EvalTensor tensor = EvalTensor::uninitialized(shape, type);
  bool isFloat = isa<FloatType>(type);
  double low = isFloat ? -2 : type.isUnsignedInteger() || type.isInteger(1) ? 0 : -20, high = isFloat ? 2 : type.isInteger(1) ? 1 : 20;
  if (rule && !rule->special)
    low = rule->low, high = rule->high;
  for (int64_t i = 0; i < tensor.getNumElements(); ++i)
    if (isFloat)
      tensor.setDouble(i, rule && rule->special ? specialValue(random) : low + (high - low) * random.uniform());
    else
      tensor.setInt(i, static_cast<int64_t>(low) +
                           static_cast<int64_t>(random.next() % static_cast<uint64_t>(static_cast<int64_t>(high - low) + 1)));
  return tensor;
}

/// One case, in a process of its own.
class CaseTest {
public:
  CaseTest(const Case &one, const std::string &scratch, unsigned runs, Reporter &reporter)
      : one(one), scratch(scratch), runs(runs), reporter(reporter), context(makeRegistry(), MLIRContext::Threading::DISABLED) {
    context.loadAllAvailableDialects();
  }

  void run() {
    reporter.begin("parse");
    if (!parse() || !differentiate() || !evaluate())
      return;
    for (const Configuration &configuration : configurations) {
      if (configuration.level > ingot_cpu_level())
        continue;
      reporter.begin(std::string(configuration.name) + ", compile");
      if (!compile(configuration) || !compareAll(configuration))
        return;
    }
  }

private:
  static DialectRegistry makeRegistry() {
    DialectRegistry registry;
    registerAllIngotDialects(registry);
    return registry;
  }

  void fail(const std::string &text) { reporter.fail(text); }

  bool parse() {
    std::string message;
    ScopedDiagnosticHandler handler(&context, [&](mlir::Diagnostic &diagnostic) {
      message += diagnostic.str() + " ";
      return success();
    });
    module = parseSourceString<ModuleOp>(one.text, &context);
    if (!module)
      return fail(message), false;
    for (func::FuncOp candidate : module->getOps<func::FuncOp>())
      function = function ? function : candidate;
    return nameDimensions();
  }

  // Each `?` of the arguments gets its symbol.
  bool nameDimensions() {
    Builder builder(&context);
    size_t next = 0;
    for (auto [i, type] : llvm::enumerate(function.getArgumentTypes())) {
      auto tensor = dyn_cast<RankedTensorType>(type);
      if (!tensor || !dtypeOf(tensor.getElementType()))
        return fail("argument " + std::to_string(i) + " is no tensor of a type that the runtime has"), false;
      SmallVector<StringRef> symbols;
      for (int64_t d = 0; d < tensor.getRank(); ++d) {
        if (!tensor.isDynamicDim(static_cast<unsigned>(d))) {
          symbols.push_back("");
        } else if (one.dims.empty() && one.sizes.front().size() == 1) {
          symbols.push_back(one.sizes.front().begin()->first);
        } else if (next < one.dims.size()) {
          symbols.push_back(one.dims[next++]);
        } else {
          return fail("DIMS names too few dimensions"), false;
        }
      }
      function.setArgAttr(i, "ingot.name", builder.getStringAttr("x" + Twine(i)));
      function.setArgAttr(i, "ingot.symbols", builder.getStrArrayAttr(symbols));
    }
    for (unsigned i = 0; i < function.getNumResults(); ++i)
      function.setResultAttr(i, "ingot.name", builder.getStringAttr("y" + Twine(i)));
    return true;
  }

  // Gradients have a value only when they are expanded.
  bool differentiate() {
    differentiated = module->clone();
    PassManager pm(&context);
    buildDifferentiatePipeline(pm);
    if (failed(pm.run(*differentiated)))
      return fail("its gradients cannot be expanded"), false;
    return true;
  }

  bool evaluate() {
    auto reference = differentiated->lookupSymbol<func::FuncOp>(function.getName());
    for (const Sizes &sizes : one.sizes) {
      reporter.begin("evaluator, " + describe(sizes));
      Random random(llvm::xxh3_64bits(describe(sizes)));
      std::vector<EvalTensor> values;
      for (auto [i, type] : llvm::enumerate(function.getArgumentTypes())) {
        auto tensor = cast<RankedTensorType>(type);
        SmallVector<int64_t> shape(tensor.getShape());
        auto symbols = function.getArgAttrOfType<ArrayAttr>(static_cast<unsigned>(i), "ingot.symbols");
        for (auto [size, symbol] : llvm::zip(shape, symbols))
          if (ShapedType::isDynamic(size)) {
            auto known = sizes.find(cast<StringAttr>(symbol).getValue().str());
            if (known == sizes.end())
              return fail("no size for " + cast<StringAttr>(symbol).getValue().str()), false;
            size = known->second;
          }
        auto rule = one.inputs.find(static_cast<unsigned>(i));
        values.push_back(makeInput(shape, tensor.getElementType(), rule == one.inputs.end() ? nullptr : &rule->second, random));
      }
      std::string error;
      auto results = interpret(reference, values, error);
      if (failed(results))
        return fail(error), false;
      inputs.push_back(std::move(values));
      expected.emplace_back(results->begin(), results->end());
    }
    return true;
  }

  bool compile(const Configuration &configuration) {
    std::string path = scratch + ".mlir";
    {
      std::error_code code;
      llvm::raw_fd_ostream out(path, code);
      module->print(out);
    }
    CompileOptions options;
    options.inputPath = path;
    options.outputPath = scratch + ".so";
    options.fromPhase = "import";
    options.cpu = configuration.cpu;
    options.optLevel = configuration.optLevel;
    CompileResult result = compileModel(options);
    llvm::sys::fs::remove(path);
    if (result.ok())
      return true;
    std::string text;
    for (const Message &message : result.messages)
      text += message.text + " ";
    return fail(text), false;
  }

  bool compareAll(const Configuration &configuration) {
    reporter.begin(std::string(configuration.name) + ", open");
    Native native;
    std::string problem = native.open(scratch + ".so");
    if (!problem.empty())
      return fail(problem), false;
    for (auto [i, sizes] : llvm::enumerate(one.sizes)) {
      reporter.begin(std::string(configuration.name) + ", " + describe(sizes));
      std::vector<ingot_tensor> tensors;
      for (const EvalTensor &value : inputs[i]) {
        ingot_tensor &tensor = tensors.emplace_back();
        tensor.data = const_cast<char *>(value.data<char>());
        tensor.dtype = dtypeOf(value.getElementType());
        tensor.rank = static_cast<int32_t>(value.getRank());
        std::copy(value.getShape().begin(), value.getShape().end(), tensor.dims);
      }
      native.setInputs(tensors);
      std::vector<Output> outputs;
      problem = native.run(2, outputs, /*guarded=*/true);
      for (size_t k = 0; problem.empty() && k < outputs.size(); ++k) {
        problem = compare(outputs[k].tensor(&context), expected[i][k], one.tolerance);
        if (!problem.empty() && outputs.size() > 1)
          problem = "result " + std::to_string(k) + ": " + problem;
      }
      if (problem.empty() && &configuration == configurations)
        problem = native.checkSameBits(runs);
      if (!problem.empty())
        return fail(problem), false;
    }
    return true;
  }

  const Case &one;
  std::string scratch;
  unsigned runs;
  Reporter &reporter;
  MLIRContext context;
  OwningOpRef<ModuleOp> module, differentiated;
  func::FuncOp function;
  std::vector<std::vector<EvalTensor>> inputs, expected;
};

int usage() {
  llvm::errs() << "usage: ingot-e2e [CASES.mlir ...] [--models FOLDER] [--only REGEX] [--jobs N] [--runs N] [--verbose]\n"
                  "--runs: how often each is run to see the same bits (default 100)\n";
  return 1;
}

} // namespace

int main(int argc, char **argv) {
  std::vector<std::string> files;
  std::string modelFolder, only;
  unsigned jobs = std::max(1u, std::thread::hardware_concurrency()), runs = 100;
  bool verbose = false;
  for (int i = 1; i < argc; ++i) {
    std::string argument = argv[i];
    bool hasNext = i + 1 < argc;
    if (argument == "--verbose")
      verbose = true;
    else if (argument == "--models" && hasNext)
      modelFolder = argv[++i];
    else if (argument == "--only" && hasNext)
      only = argv[++i];
    else if (argument == "--jobs" && hasNext)
      jobs = static_cast<unsigned>(std::max(1, std::atoi(argv[++i])));
    else if (argument == "--runs" && hasNext)
      runs = static_cast<unsigned>(std::max(1, std::atoi(argv[++i])));
    else if (argument.rfind("--", 0) == 0)
      return usage();
    else
      files.push_back(argument);
  }
  if (files.empty() && modelFolder.empty())
    return usage();

  std::vector<Case> cases;
  std::string error;
  for (const std::string &file : files)
    if (!readCases(file, cases, error)) {
      llvm::errs() << "ingot-e2e: " << error << "\n";
      return 2;
    }
  std::vector<Model> models;
  if (!modelFolder.empty())
    models = findModels(modelFolder);
  if (!only.empty()) {
    std::regex filter(only);
    llvm::erase_if(cases, [&](const Case &one) { return !std::regex_search(one.name, filter); });
    llvm::erase_if(models, [&](const Model &one) { return !std::regex_search(one.name, filter); });
  }

  llvm::SmallString<128> scratch;
  if (llvm::sys::fs::createUniqueDirectory("ingot-e2e", scratch)) {
    llvm::errs() << "ingot-e2e: cannot make a temporary folder\n";
    return 5;
  }
  auto pathOf = [&](size_t i) { return (scratch + "/case" + llvm::Twine(i)).str(); };
  size_t passed = 0, failedCount = 0;
  auto done = [&](const std::string &name, const std::vector<std::string> &problems) {
    problems.empty() ? ++passed : ++failedCount;
    for (const std::string &problem : problems)
      llvm::outs() << "FAIL " << name << ": " << problem << "\n";
    if (problems.empty() && verbose)
      llvm::outs() << "ok   " << name << "\n";
    llvm::outs().flush();
  };
  runInProcesses(
      cases.size(), jobs, 300, [&](size_t i, Reporter &reporter) { CaseTest(cases[i], pathOf(i), runs, reporter).run(); },
      [&](size_t i, const std::vector<std::string> &problems) { done(cases[i].name, problems); });
  // One at a time: they are large, and run with threads of their own.
  runInProcesses(
      models.size(), 1, 600, [&](size_t i, Reporter &reporter) { testModel(models[i], pathOf(cases.size() + i) + ".so", runs, reporter); },
      [&](size_t i, const std::vector<std::string> &problems) { done(models[i].name, problems); });
  llvm::sys::fs::remove_directories(scratch);
  llvm::outs() << passed << " passed, " << failedCount << " failed\n";
  return failedCount || !passed ? 4 : 0;
}
