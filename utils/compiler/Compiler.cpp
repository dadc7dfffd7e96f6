//===- Compiler.cpp - From a model to an artefact ----------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "utils/compiler/Compiler.h"

#include "codegen/Passes.h"
#include "codegen/Pipelines.h"
#include "codegen/emit/DataTypes.h"
#include "codegen/emit/NodeTable.h"
#include "codegen/emit/Package.h"
#include "codegen/memory/Weights.h"
#include "frontend/Importer.h"
#include "ir/Ingot/Ingot.h"
#include "passes/Passes.h"
#include "passes/Pipelines.h"
#include "utils/support/MappedFile.h"
#include "utils/compiler/ConfigFile.h"
#include "utils/compiler/Explain.h"

#include "mlir/IR/Remarks.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"

#include <cmath>
#include <chrono>
#include <map>
#include <sys/resource.h>
#include <thread>

using namespace mlir;

namespace ingot {

bool parseEmit(StringRef word, Emit &emit) {
  std::optional<Emit> found = llvm::StringSwitch<std::optional<Emit>>(word)
                                  .Case("so", Emit::SharedLibrary)
                                  .Case("obj", Emit::Object)
                                  .Case("static", Emit::StaticLibrary)
                                  .Case("mlir", Emit::Mlir)
                                  .Case("llvm", Emit::Llvm)
                                  .Case("asm", Emit::Assembly)
                                  .Case("header", Emit::Header)
                                  .Default(std::nullopt);
  if (found)
    emit = *found;
  return found.has_value();
}

bool parseExplain(StringRef word, Explain &explain) {
  auto found = llvm::StringSwitch<std::optional<Explain>>(word)
                   .Case("text", Explain::Text)
                   .Case("json", Explain::Json)
                   .Case("html", Explain::Html)
                   .Default(std::nullopt);
  if (found)
    explain = *found;
  return found.has_value();
}

//===----------------------------------------------------------------------===//
// Phases
//===----------------------------------------------------------------------===//

/// Whether the input is MLIR and no model.
static bool isText(const CompileOptions &options) {
  StringRef path = options.inputPath;
  return path.ends_with(".mlir") || path.ends_with(".mlirbc") || !options.fromPhase.empty();
}

// The functions that a model is imported as when it is trained.
static constexpr StringLiteral forwardFunction = "ingot_forward";

static void buildDifferentiate(OpPassManager &pm, const CompileOptions &options, const TargetInfo &) {
  DifferentiateOptions differentiate;
  for (const AlgorithmOptions &algorithm : options.training.algorithms) {
    AlgorithmPassOptions &pass = differentiate.algorithms.emplace_back();
    pass.forward = forwardFunction.str();
    pass.name = algorithm.name;
    pass.losses = algorithm.losses;
    pass.optimizer = algorithm.optimizer;
    pass.groups = algorithm.groups;
    pass.train = algorithm.train;
    pass.clipNorm = algorithm.clipNorm;
    pass.clipValue = algorithm.clipValue;
    pass.ema = algorithm.ema;
    pass.checkGradients = algorithm.checkGradients;
    pass.scaleLoss = options.training.mixed == "f16";
  }
  differentiate.surrogates = options.surrogates;
  differentiate.bindVariables = options.training.modelAlgorithms;
  differentiate.adapters = options.training.adapters;
  differentiate.masks = options.training.masks;
  differentiate.prunes = options.training.prunes;
  differentiate.gradients = options.gradients;
  differentiate.gradientLosses = options.gradientLosses;
  buildDifferentiatePipeline(pm, differentiate);
}

static void buildSimplify(OpPassManager &pm, const CompileOptions &options, const TargetInfo &) {
  SimplifyOptions simplify;
  // The importer has bound them in a model.
  if (isText(options))
    for (const std::string &shape : options.shapes)
      simplify.shapes.push_back(shape);
  for (const std::string &state : options.states)
    simplify.states.push_back(state);
  buildSimplifyPipeline(pm, simplify);
}

static void buildLayout(OpPassManager &pm, const CompileOptions &options, const TargetInfo &) {
  std::vector<std::string> entries;
  for (StringRef text : options.specializations) {
    auto [name, sizes] = text.rsplit('=');
    for (StringRef size : llvm::split(sizes, ','))
      entries.push_back((name + "=" + size).str());
  }
  buildLayoutPipeline(pm, entries);
}

// Whether weights are written; text needs them in the module.
static bool isPackaged(const CompileOptions &options) {
  bool isText = options.emit == Emit::Mlir || options.emit == Emit::Llvm || options.emit == Emit::Assembly || options.emit == Emit::Header;
  return !isText && (options.toPhase.empty() || options.toPhase == "package");
}

ArrayRef<Phase> getPhases() {
  using Options = const CompileOptions &;
  using Target = const TargetInfo &;
  static const Phase phases[] = {
      {"differentiate", "training steps built, gradients expanded", buildDifferentiate},
      {"simplify", "constants folded, canonical forms", buildSimplify},
      {"layout", "transposes sunk and cancelled", buildLayout},
      {"to-linalg", "linalg, tensor, scf and linalg_ext", [](OpPassManager &pm, Options, Target) { buildLowerPipeline(pm); }},
      {"fuse", "kernels outlined",
       [](OpPassManager &pm, Options o, Target t) {
         FuseOptions fuse;
         fuse.bf16 = o.precision == "bf16";
         fuse.accuracy = o.accuracy;
         fuse.mixed = o.training.mixed;
         fuse.rematBudget = o.training.rematBudget;
         buildFusePipeline(pm, t, fuse);
       }},
      {"strategy", "tiles and packed weights",
       [](OpPassManager &pm, Options o, Target t) { buildStrategyPipeline(pm, t, /*lazyPacking=*/isPackaged(o), o.accuracy); }},
      {"bufferize", "the main function on memrefs", [](OpPassManager &pm, Options, Target) { buildBufferizePipeline(pm); }},
      {"plan-memory", "entry points and one arena", [](OpPassManager &pm, Options, Target) { buildPlanMemoryPipeline(pm); }},
      {"tile-vectorize", "kernels as loops of vectors",
       [](OpPassManager &pm, Options, Target t) { buildVectorizePipeline(pm, t); }},
      {"parallelize", "tasks outlined", [](OpPassManager &pm, Options, Target) { buildParallelizePipeline(pm); }},
      {"to-llvm", "the LLVM dialect", [](OpPassManager &pm, Options, Target t) { buildToLLVMPipeline(pm, t); }},
  };
  return phases;
}

// The first phase whose result depends on the processor: what comes before is done once for all levels.
static constexpr StringRef firstPhaseOfLevel = "tile-vectorize";

void registerAllIngotDialects(DialectRegistry &registry) {
  registry.insert<IngotDialect>();
  registerCodegenDialects(registry);
  registerBuiltinDialectTranslation(registry);
  registerLLVMDialectTranslation(registry);
}

void registerAllIngotPasses() {
  registerTransformsPasses();
  registerIngotPasses();
  registerCodegenPasses();
}

//===----------------------------------------------------------------------===//
// One compilation
//===----------------------------------------------------------------------===//

namespace {

class Compilation {
public:
  Compilation(const CompileOptions &options, CompileResult &result) : options(options), result(result), context(makeRegistry()) {
    // Arguments are checked by those who give them; a pass that finds them wrong reports it.
    context.getDiagEngine().registerHandler([this](mlir::Diagnostic &diagnostic) {
      record(diagnostic);
      return success();
    });
  }

  void run();
  void check();

private:
  static DialectRegistry makeRegistry() {
    DialectRegistry registry;
    registerAllIngotDialects(registry);
    return registry;
  }

  void record(mlir::Diagnostic &diagnostic);
  void fail(Outcome outcome, const Twine &text);
  bool load();
  bool import();
  bool runPhase(const Phase &phase, ModuleOp module, const TargetInfo &target, StringRef label);
  bool runPhases(size_t begin, size_t end, ModuleOp module, const TargetInfo &target, StringRef label = "");
  void annotateDataTypes();
  void emit(ArrayRef<CodeLevel> levels);
  bool chooseWeightsFile(Artefact kind, PackageOptions &package);
  bool writeText(StringRef text);
  bool parseShapes(ArrayRef<std::string> entries, StringRef option, std::map<std::string, std::vector<int64_t>> &shapes);
  bool obeyConfig();
  void describeTraining();
  void listAdapters(ModuleOp module);
  int64_t assumedSize(StringRef input, unsigned dim, StringRef symbol);
  void explainPhase(StringRef phase, ModuleOp module);
  void writeExplanation();
  void report(llvm::Error error);
  void addTime(StringRef name, double seconds);
  std::string defaultOutput() const;

  const CompileOptions &options;
  CompileResult &result;
  MLIRContext context;
  OwningOpRef<ModuleOp> module;
  bool isImported = false;
  Explanation explanation;
  const TargetInfo *explained = nullptr; // of several processors the last
  std::map<std::string, std::vector<int64_t>> explainShapes;
};

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

std::string textOf(Location loc) {
  std::string text;
  llvm::raw_string_ostream os(text);
  loc.print(os);
  return text;
}

/// `[Missed] Pass | Category:fuse | Remark="a", Remark="b"` as `fuse: ab`.
std::string readableRemark(StringRef text) {
  std::string result;
  if (auto [before, after] = text.split("Category:"); !after.empty())
    result = after.take_until([](char c) { return c == ' ' || c == '|' || c == ':'; }).str() + ": ";
  bool found = false;
  for (StringRef rest = text.split("Remark=\"").second; !rest.empty(); rest = rest.split("Remark=\"").second) {
    result += rest.take_until([](char c) { return c == '"'; });
    found = true;
  }
  return found ? result : text.str();
}

void Compilation::record(mlir::Diagnostic &diagnostic) {
  Severity severity = diagnostic.getSeverity() == DiagnosticSeverity::Error     ? Severity::Error
                      : diagnostic.getSeverity() == DiagnosticSeverity::Warning ? Severity::Warning
                      : diagnostic.getSeverity() == DiagnosticSeverity::Remark  ? Severity::Remark
                                                                                : Severity::Note;
  if (severity == Severity::Remark && options.explain == Explain::No)
    return;
  Message message;
  message.severity = severity;
  message.text = diagnostic.str();
  Location loc = diagnostic.getLocation();
  if (!isa<UnknownLoc>(loc))
    message.location = textOf(loc);
  NodeTable nodes;
  if (int32_t node = nodes.indexOf(loc); node >= 0)
    message.node = cast<StringAttr>(nodes.names()[node]).str();
  if (severity == Severity::Remark)
    message.text = readableRemark(message.text);
  if (!message.node.empty())
    message.location = message.node;
  // What is wrong with an option is nobody's place in the model.
  if (StringRef(message.text).starts_with("--"))
    message.location.clear();
  result.messages.push_back(std::move(message));
  for (mlir::Diagnostic &note : diagnostic.getNotes())
    record(note);
}

void Compilation::fail(Outcome outcome, const Twine &text) {
  result.outcome = outcome;
  Message message;
  message.text = text.str();
  result.messages.push_back(std::move(message));
}

void Compilation::addTime(StringRef name, double seconds) {
  for (auto &[known, sum] : result.phaseSeconds)
    if (known == name) {
      sum += seconds;
      return;
    }
  result.phaseSeconds.push_back({name.str(), seconds});
}

bool Compilation::parseShapes(ArrayRef<std::string> entries, StringRef option, std::map<std::string, std::vector<int64_t>> &shapes) {
  for (StringRef entry : entries) {
    auto [name, sizes] = entry.split('=');
    std::vector<int64_t> dims;
    bool valid = !sizes.empty();
    for (StringRef size : llvm::split(sizes, 'x')) {
      int64_t value = -1;
      valid &= size == "?" || (!size.getAsInteger(10, value) && value >= 0);
      dims.push_back(value);
    }
    if (!valid) {
      fail(Outcome::Usage, option + " wants NAME=1x3x224x224 or SYMBOL=4, not '" + entry + "'");
      return false;
    }
    shapes[name.str()] = dims;
  }
  return true;
}

bool Compilation::import() {
  ImportOptions import;
  import.path = options.inputPath;
  if (!options.inputBytes.empty())
    import.memory = options.inputBytes;
  if (options.maxBytes)
    import.maxBytes = options.maxBytes;
  // What is bound before import makes sizes constants from the start.
  std::map<std::string, std::vector<int64_t>> shapes;
  if (!parseShapes(options.shapes, "--shape", shapes))
    return false;
  for (auto &[name, dims] : shapes)
    import.shapes[name] = dims;
  const TrainOptions &training = options.training;
  if (!training.algorithms.empty()) {
    import.training = true;
    import.train = training.train;
    import.freeze = training.freeze;
    import.inputParameters = training.inputParameters;
    // The pattern alone; the pass reads the rest.
    for (StringRef entry : training.adapters)
      import.adapters.push_back((entry.rsplit(':').second.contains('=') ? entry.rsplit(':').first : entry).str());
    import.unbiasedVariance = training.unbiasedVariance;
    import.functions = {{"", ImportMode::Inference}, {forwardFunction.str(), ImportMode::Training}};
  }
  if (training.modelAlgorithms) {
    import.algorithms = true;
    import.functions = {{"", ImportMode::Inference}};
  }
  loadImportDialects(context);
  ImportResult imported = importModel(import, context);
  for (const Diagnostic &diagnostic : imported.diagnostics.all()) {
    Message message;
    message.text = diagnostic.str();
    message.node = diagnostic.node;
    result.messages.push_back(std::move(message));
  }
  if (!imported.diagnostics.empty() || !imported.module) {
    result.outcome = imported.diagnostics.empty() ? Outcome::Internal : static_cast<Outcome>(imported.diagnostics.kind());
    return false;
  }
  if (!imported.weightInputs.empty()) {
    std::string names = llvm::join(llvm::ArrayRef(imported.weightInputs).take_front(5), ", ");
    if (imported.weightInputs.size() > 5)
      names += " and " + std::to_string(imported.weightInputs.size() - 5) + " more";
    Message message;
    message.severity = Severity::Warning;
    message.text = "inputs are used as weights: " + names + "; the file has no values for them, and each step takes them as data. " +
                   "--parameter RE makes those that match parameters, --init says what they begin with";
    result.messages.push_back(std::move(message));
  }
  module = std::move(imported.module);
  explanation.nodes = std::move(imported.nodes);
  isImported = true;
  return true;
}

bool Compilation::load() {
  double start = now();
  if (options.progress)
    options.progress("import", 0, 0);
  if (!isText(options)) {
    bool ok = import();
    addTime("import", now() - start);
    return ok;
  }
  if (!llvm::sys::fs::exists(options.inputPath)) {
    fail(Outcome::BadInput, "cannot open '" + options.inputPath + "': no such file");
    return false;
  }
  context.loadAllAvailableDialects();
  // Constants in bytecode are read where they lie, if that is aligned as when they were written.
  auto buffer = llvm::MemoryBuffer::getFile(options.inputPath, /*IsText=*/false, /*RequiresNullTerminator=*/true, /*IsVolatile=*/false,
                                            llvm::Align(64));
  if (!buffer) {
    fail(Outcome::BadInput, "cannot read '" + options.inputPath + "': " + buffer.getError().message());
    return false;
  }
  auto sources = std::make_shared<llvm::SourceMgr>();
  sources->AddNewSourceBuffer(std::move(*buffer), llvm::SMLoc());
  module = parseSourceFile<ModuleOp>(sources, ParserConfig(&context));
  addTime("import", now() - start);
  if (!module)
    result.outcome = Outcome::BadInput;
  return static_cast<bool>(module);
}

// Below `to-linalg` a type does not say whether an integer is unsigned, or a byte a bool; the manifest must.
void Compilation::annotateDataTypes() {
  Builder b(&context);
  for (auto function : module->getOps<func::FuncOp>()) {
    auto number = [&](Type type) -> Attribute {
      auto tensor = dyn_cast<RankedTensorType>(type);
      return tensor ? b.getI32IntegerAttr(dataTypeOf(tensor.getElementType(), {})) : IntegerAttr();
    };
    for (unsigned i = 0; i < function.getNumArguments(); ++i)
      if (Attribute dtype = number(function.getArgumentTypes()[i]); dtype && !function.getArgAttr(i, "ingot.dtype"))
        function.setArgAttr(i, "ingot.dtype", dtype);
    for (unsigned i = 0; i < function.getNumResults(); ++i)
      if (Attribute dtype = number(function.getResultTypes()[i]); dtype && !function.getResultAttr(i, "ingot.dtype"))
        function.setResultAttr(i, "ingot.dtype", dtype);
  }
}

// The choices of the configuration reach the passes as an attribute of the module.
bool Compilation::obeyConfig() {
  if (options.configPath.empty())
    return true;
  std::string error = applyConfigFile(options.configPath, explanation.nodes, *module);
  if (!error.empty())
    fail(Outcome::BadInput, error);
  return error.empty();
}

// What the manifest says of a training, for those who read it.
void Compilation::describeTraining() {
  const TrainOptions &training = options.training;
  if (training.algorithms.empty())
    return;
  Builder b(&context);
  std::string losses;
  for (const std::string &loss : training.algorithms[0].losses)
    losses += (losses.empty() ? "" : " + ") + loss;
  (*module)->setAttr("ingot.loss", b.getStringAttr(losses));
  (*module)->setAttr("ingot.optimizer", b.getStringAttr(training.algorithms[0].optimizer));
  (*module)->setAttr("ingot.schedule", b.getStringAttr(training.schedule));
  (*module)->setAttr("ingot.precision", b.getStringAttr(training.mixed));
  (*module)->setAttr("ingot.learning_rate", b.getF64FloatAttr(training.learningRate));
  (*module)->setAttr("ingot.bucket_bytes", b.getI64IntegerAttr(static_cast<int64_t>(std::ceil(training.bucketMiB * (1 << 20)))));
}

void Compilation::listAdapters(ModuleOp module) {
  if (auto list = module->getAttrOfType<ArrayAttr>("ingot.adapters"))
    for (auto fields : list.getAsRange<DictionaryAttr>())
      result.adapters.push_back({fields.getAs<StringAttr>("weight").str(), fields.getAs<StringAttr>("a").str(), fields.getAs<StringAttr>("b").str(),
                                 fields.getAs<FloatAttr>("scale").getValueAsDouble(), fields.getAs<IntegerAttr>("output_dim").getInt()});
}

// Where the model leaves a size open and nobody says one: one sample of 128.
int64_t Compilation::assumedSize(StringRef input, unsigned dim, StringRef symbol) {
  if (auto given = explainShapes.find(input.str()); given != explainShapes.end() && dim < given->second.size())
    return given->second[dim];
  // A symbol has one size, the one that it has where it is seen first.
  int64_t size = dim == 0 ? 1 : 128;
  if (symbol.empty())
    return size;
  return explainShapes.try_emplace(symbol.str(), std::vector<int64_t>{size}).first->second.front();
}

void Compilation::explainPhase(StringRef phase, ModuleOp module) {
  if (options.explain == Explain::No)
    return;
  if (phase == "plan-memory")
    explanation.functions = reportFunctions(module, explanation.target, [this](StringRef input, unsigned dim, StringRef symbol) {
      return assumedSize(input, dim, symbol);
    });
  else if (phase == "tile-vectorize")
    addTasks(module, explanation.functions);
}

void Compilation::writeExplanation() {
  explanation.model = llvm::sys::path::filename(options.inputPath).str();
  if (options.explain == Explain::Text) {
    result.explanation = explainAsText(explanation);
  } else {
    result.explanation = explainAsJson(explanation, result.messages);
    if (options.explain == Explain::Html)
      result.explanation = explainAsHtml(result.explanation);
  }
  SmallString<128> path(options.explainPath);
  if (path.empty() && options.explain != Explain::Text) {
    path = result.outputPath == "-" ? defaultOutput() : result.outputPath;
    llvm::sys::path::replace_extension(path, options.explain == Explain::Json ? ".explain.json" : ".explain.html");
  }
  if (path.empty() || path == "-")
    return;
  if (llvm::Error error = writeFile(path.str().str(), result.explanation))
    return report(std::move(error));
  result.explanationPath = path.str().str();
}

bool Compilation::runPhase(const Phase &phase, ModuleOp module, const TargetInfo &target, StringRef label) {
  double start = now();
  size_t firstMessage = result.messages.size();
  if (options.progress)
    options.progress(phase.name, 0, 0);
  PassManager pm(&context, ModuleOp::getOperationName());
  pm.enableVerifier(options.verifyEach);
  phase.build(pm, options, target);
  bool ok = succeeded(pm.run(module));
  // Once a phase is enough: a pass that breaks the IR is found by its phase.
  if (ok && !options.verifyEach)
    ok = succeeded(mlir::verify(module));
  addTime(phase.name, now() - start);
  // Folded and packed weights have taken the place of those in the file.
  if (ok && (StringRef(phase.name) == "simplify" || StringRef(phase.name) == "strategy"))
    releaseConstants(module, /*all=*/false);
  MappedFile::releaseAllPages();
  // Parameters, gradients and labels have become arguments.
  if (ok && StringRef(phase.name) == "fuse")
    for (auto function : module.getOps<func::FuncOp>())
      if (auto bytes = function->getAttrOfType<ArrayAttr>("ingot.saved_bytes"))
        result.rematerialized.push_back({function.getName().str(), cast<IntegerAttr>(bytes[0]).getInt(), cast<IntegerAttr>(bytes[1]).getInt()});
  if (ok && StringRef(phase.name) == "differentiate") {
    annotateDataTypes();
    listAdapters(module);
  }
  if (ok && &target == explained)
    explainPhase(phase.name, module);
  if (ok)
    return true;
  // A pass that refuses what an option says names the option first.
  for (const Message &message : ArrayRef(result.messages).drop_front(firstMessage))
    if (message.severity == Severity::Error && StringRef(message.text).starts_with("--")) {
      result.outcome = Outcome::Usage;
      return false;
    }
  // What stands in the way of a gradient has been said, with its node.
  if (StringRef(phase.name) == "differentiate" && result.messages.size() > firstMessage) {
    result.outcome = Outcome::Unsupported;
    return false;
  }
  fail(Outcome::Internal, "internal error in phase '" + Twine(phase.name) + "'" + label);
  if (options.printAfterFailure) {
    module->print(llvm::errs(), OpPrintingFlags().elideLargeElementsAttrs(16).elideLargeResourceString(64));
    llvm::errs() << "\n";
  }
  return false;
}

bool Compilation::runPhases(size_t begin, size_t end, ModuleOp module, const TargetInfo &target, StringRef label) {
  for (const Phase &phase : getPhases().slice(begin, end - begin))
    if (!runPhase(phase, module, target, label))
      return false;
  return true;
}

std::string Compilation::defaultOutput() const {
  static const char *const endings[] = {".so", ".o", ".a", ".mlir", ".ll", ".s", ".h"};
  SmallString<128> path(options.inputPath.empty() ? "model" : options.inputPath);
  llvm::sys::path::replace_extension(path, options.toPhase.empty() || options.toPhase == "package"
                                               ? endings[static_cast<int>(options.emit)]
                                               : ".mlir");
  return path.str().str();
}

void Compilation::report(llvm::Error error) {
  llvm::handleAllErrors(std::move(error),
                        [&](const SystemError &e) { fail(Outcome::System, e.text); },
                        [&](const llvm::ErrorInfoBase &e) { fail(Outcome::Internal, e.message()); });
}

bool Compilation::writeText(StringRef text) {
  if (result.outputPath == "-") {
    llvm::outs() << text;
    llvm::outs().flush();
    return true;
  }
  if (llvm::Error error = writeFile(result.outputPath, text)) {
    report(std::move(error));
    return false;
  }
  return true;
}

// Relocations of compiled code reach 2 GiB.
static constexpr uint64_t mostWeightsInside = (uint64_t(2) << 30) - (uint64_t(64) << 20);

bool Compilation::chooseWeightsFile(Artefact kind, PackageOptions &package) {
  StringRef folder = llvm::sys::path::parent_path(result.outputPath);
  bool isLarge = result.weightBytes > mostWeightsInside;
  if (options.weightsPath.empty() && !isLarge)
    return true;
  if (kind != Artefact::SharedLibrary) {
    fail(Outcome::Usage, options.weightsPath.empty() ? "weights of more than 2 GiB need a file of their own, which only a shared library can have"
                                                     : "--weights needs a shared library: without it nobody knows where the file lies");
    return false;
  }
  SmallString<128> path(options.weightsPath);
  if (path.empty()) {
    path = result.outputPath;
    llvm::sys::path::replace_extension(path, ".weights");
  } else if (llvm::sys::path::parent_path(path).empty() && !folder.empty()) {
    path = folder;
    llvm::sys::path::append(path, options.weightsPath);
  }
  // The library knows the file by its name alone, so that both can be moved together.
  bool isBeside = llvm::sys::fs::equivalent(folder.empty() ? "." : folder, llvm::sys::path::has_parent_path(path) ? llvm::sys::path::parent_path(path) : ".");
  if (!isBeside || llvm::sys::path::filename(path) == llvm::sys::path::filename(result.outputPath) || llvm::sys::fs::is_directory(path)) {
    fail(Outcome::Usage, "--weights must name another file in the folder of '" + result.outputPath + "', not '" + path + "'");
    return false;
  }
  package.weightsPath = path.str().str();
  return true;
}

void Compilation::emit(ArrayRef<CodeLevel> levels) {
  PackageOptions package;
  package.modelName = identifierFrom(!options.modelName.empty() ? StringRef(options.modelName)
                                     : result.outputPath == "-" ? llvm::sys::path::stem(options.inputPath)
                                                                : llvm::sys::path::stem(result.outputPath));
  package.optLevel = options.optLevel;
  package.standalone = options.standalone;
  package.threads = std::max(1u, std::min(8u, std::thread::hardware_concurrency()));
  package.progress = options.progress;
  package.cacheFolder = options.cacheFolder;
  package.warn = [this](const std::string &text) {
    Message message;
    message.severity = Severity::Warning;
    message.text = text;
    result.messages.push_back(std::move(message));
  };
  // The archives lie beside the command, in a build folder and when installed.
  std::string self = llvm::sys::fs::getMainExecutable(nullptr, nullptr);
  SmallString<128> folder(llvm::sys::path::parent_path(llvm::sys::path::parent_path(self)));
  llvm::sys::path::append(folder, "lib");
  package.libraryFolder = llvm::sys::fs::exists(folder + "/libingot_kernels.a") ? folder.str().str() : INGOT_BUILD_LIBRARY_FOLDER;

  double start = now();
  ModuleOp first = levels.front().module;
  std::string header = buildHeader(first, package);
  result.weightBytes = getWeightsBytes(first);
  llvm::StringSet<> kernels;
  if (auto calls = first->getAttrOfType<ArrayAttr>("ingot.calls"))
    for (Attribute call : calls)
      kernels.insert(cast<StringAttr>(cast<ArrayAttr>(call)[0]).getValue());
  result.kernels = kernels.size();
  if (auto functions = first->getAttrOfType<ArrayAttr>("ingot.functions"); functions && !functions.empty()) {
    for (auto fields : functions.getAsRange<DictionaryAttr>())
      result.arenas.push_back({fields.getAs<StringAttr>("name").str(), fields.getAs<IntegerAttr>("arena_bytes").getInt()});
    auto fields = cast<DictionaryAttr>(functions[0]);
    result.arenaBytes = fields.getAs<IntegerAttr>("arena_bytes").getInt();
    if (auto live = fields.getAs<IntegerAttr>("live_bytes"))
      result.liveBytes = live.getInt();
  }

  switch (options.emit) {
  case Emit::Mlir: {
    std::string text;
    llvm::raw_string_ostream os(text);
    first->print(os, OpPrintingFlags().enableDebugInfo());
    os << "\n";
    writeText(text);
    break;
  }
  case Emit::Llvm:
  case Emit::Assembly: {
    llvm::Expected<std::string> text = emitText(first, levels.front().target, package, options.emit == Emit::Assembly);
    if (!text)
      report(text.takeError());
    else
      writeText(*text);
    break;
  }
  case Emit::Header:
    writeText(header);
    break;
  case Emit::SharedLibrary:
  case Emit::Object:
  case Emit::StaticLibrary: {
    Artefact kind = options.emit == Emit::SharedLibrary ? Artefact::SharedLibrary
                    : options.emit == Emit::Object      ? Artefact::Object
                                                        : Artefact::StaticLibrary;
    if (result.outputPath == "-")
      return fail(Outcome::Usage, "a library cannot be written to standard output");
    if (!chooseWeightsFile(kind, package))
      return;
    if (llvm::Error error = ingot::package(levels, package, kind, result.outputPath))
      return report(std::move(error));
    if (result.weightBytes)
      result.weightsPath = package.weightsPath;
    SmallString<128> headerPath(result.outputPath);
    llvm::sys::path::replace_extension(headerPath, ".h");
    if (llvm::Error error = writeFile(headerPath.str().str(), header)) {
      llvm::sys::fs::remove(result.outputPath);
      return report(std::move(error));
    }
    result.headerPath = headerPath.str().str();
    break;
  }
  }
  addTime("package", now() - start);
}

void Compilation::check() { import(); }

void Compilation::run() {
  if (options.explain != Explain::No) {
    // Missed fusions, foldings and vectorizations arrive as remarks, each at the location of its ONNX node.
    remark::RemarkCategories categories;
    categories.missed = ".*";
    (void)remark::enableOptimizationRemarks(context, nullptr, std::make_unique<remark::RemarkEmittingPolicyAll>(), categories,
                                            /*printAsEmitRemarks=*/true);
  }
  ArrayRef<Phase> phases = getPhases();
  auto find = [&](StringRef name) -> size_t {
    for (auto [i, phase] : llvm::enumerate(phases))
      if (name == phase.name)
        return i;
    return phases.size();
  };
  result.outputPath = options.outputPath.empty() ? defaultOutput() : options.outputPath;
  size_t begin = 0, end = phases.size();
  bool stopsEarly = !options.toPhase.empty() && options.toPhase != "package";
  if (stopsEarly && options.toPhase == "import") {
    end = 0;
  } else if (stopsEarly) {
    end = find(options.toPhase) + 1;
    if (end > phases.size())
      return fail(Outcome::Usage, "unknown phase '" + options.toPhase + "' in --to");
  }
  if (!options.fromPhase.empty() && options.fromPhase != "import") {
    begin = options.fromPhase == "package" ? phases.size() : find(options.fromPhase);
    if (begin == phases.size() && options.fromPhase != "package")
      return fail(Outcome::Usage, "unknown phase '" + options.fromPhase + "' in --from");
  }
  if (begin > end)
    return fail(Outcome::Usage, "--from=" + options.fromPhase + " comes after --to=" + options.toPhase);
  // What is asked for must be in reach of the phases that run.
  size_t planned = find("plan-memory");
  bool inFile = options.explain == Explain::Json || options.explain == Explain::Html;
  if (inFile && (begin > planned || end <= planned))
    return fail(Outcome::Usage, "--explain=json and --explain=html need the phase plan-memory, which does not run");
  if (!options.configPath.empty() && begin > find("fuse"))
    return fail(Outcome::Usage, "--config is for phases up to fuse, which do not run");
  if (!parseShapes(options.explainShapes, "--explain-shape", explainShapes))
    return;
  std::vector<TargetInfo> targets;
  if (options.cpu == "portable") {
    for (int level : {2, 3, 4})
      targets.push_back(TargetInfo::forLevel(level));
  } else if (std::optional<TargetInfo> target = TargetInfo::fromName(options.cpu)) {
    targets.push_back(*target);
  } else {
    return fail(Outcome::Usage, "unknown processor '" + options.cpu + "'; `native`, `portable`, x86-64-v2 to -v4 and LLVM's names are known");
  }
  if (options.accuracy != "strict" && options.accuracy != "default" && options.accuracy != "fast")
    return fail(Outcome::Usage, "unknown accuracy '" + options.accuracy + "'; strict, default and fast are known");
  if (StringRef mixed = options.training.mixed; !mixed.empty() && mixed != "bf16" && mixed != "f16")
    return fail(Outcome::Usage, "unknown precision '" + mixed + "' in --amp; bf16 and f16 are known");
  if (!(options.training.rematBudget >= 0 && options.training.rematBudget <= 1))
    return fail(Outcome::Usage, "--remat-budget must be a number from 0 to 1");
  if (!(options.training.bucketMiB > 0 && options.training.bucketMiB <= 1 << 20))
    return fail(Outcome::Usage, "--bucket-size must be a positive number of MiB");
  if (options.precision != "f32" && options.precision != "bf16")
    return fail(Outcome::Usage, "unknown precision '" + options.precision + "'; f32 and bf16 are known");
  if (!load())
    return;
  if (!isImported && (options.explain != Explain::No || !options.configPath.empty()))
    explanation.nodes = listNodes(*module);
  if (!obeyConfig())
    return;
  describeTraining();
  annotateDataTypes();

  // Text, and every phase that is the same for all, needs one level only.
  bool isText = options.emit == Emit::Mlir || options.emit == Emit::Llvm || options.emit == Emit::Assembly || options.emit == Emit::Header;
  if (stopsEarly || isText)
    targets.erase(targets.begin(), targets.end() - 1);
  explained = &targets.back();
  explanation.target = targets.back();
  size_t fork = std::max(begin, std::min(end, find(firstPhaseOfLevel)));
  if (!runPhases(begin, fork, *module, targets.back()))
    return;
  std::vector<OwningOpRef<ModuleOp>> copies;
  std::vector<CodeLevel> levels;
  for (auto [i, target] : llvm::enumerate(targets)) {
    ModuleOp copy = *module;
    if (i + 1 < targets.size()) {
      copies.push_back(cast<ModuleOp>(module->getOperation()->clone()));
      copy = *copies.back();
    }
    if (!runPhases(fork, end, copy, target, targets.size() > 1 ? " for " + target.cpu : ""))
      return;
    levels.push_back({copy, target});
  }
  if (stopsEarly) {
    std::string text;
    llvm::raw_string_ostream os(text);
    module->print(os, OpPrintingFlags().enableDebugInfo());
    os << "\n";
    writeText(text);
  } else {
    emit(levels);
  }
  if (result.ok() && !explanation.functions.empty())
    writeExplanation();
}

// Runs `work` and fills in what every result has.
template <typename WorkT>
CompileResult measured(const CompileOptions &options, WorkT work) {
  CompileResult result;
  double start = now();
  {
    Compilation compilation(options, result);
    work(compilation);
  }
  result.seconds = now() - start;
  struct rusage usage;
  if (getrusage(RUSAGE_SELF, &usage) == 0)
    result.peakMemoryBytes = static_cast<uint64_t>(usage.ru_maxrss) << 10;
  uint64_t size = 0;
  if (result.ok() && result.outputPath != "-" && !llvm::sys::fs::file_size(result.outputPath, size))
    result.outputBytes = size;
  return result;
}

} // namespace

CompileResult compileModel(const CompileOptions &options) {
  return measured(options, [](Compilation &compilation) { compilation.run(); });
}

CompileResult checkModel(const CompileOptions &options) {
  return measured(options, [](Compilation &compilation) { compilation.check(); });
}

} // namespace ingot
