//===- Objects.cpp - Object code, side by side -------------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/emit/KernelCache.h"
#include "codegen/emit/Package.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Bitcode/BitcodeWriter.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/Verifier.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"

#include <atomic>
#include <mutex>
#include <thread>

using namespace mlir;

namespace ingot {

char SystemError::ID = 0;

std::string identifierFrom(StringRef text) {
  std::string result;
  for (char c : text)
    result += llvm::isAlnum(c) ? c : '_';
  if (result.empty() || llvm::isDigit(result[0]))
    result = "m_" + result;
  return result;
}

std::string levelSuffix(ArrayRef<CodeLevel> levels, const CodeLevel &level) {
  return levels.size() > 1 ? "_v" + std::to_string(level.target.level) : "";
}

namespace {

const char *triple = "x86_64-unknown-linux-gnu";

std::unique_ptr<llvm::TargetMachine> createMachine(const TargetInfo &target, int optLevel, std::string &error) {
  static std::once_flag once;
  std::call_once(once, [] {
    LLVMInitializeX86TargetInfo();
    LLVMInitializeX86Target();
    LLVMInitializeX86TargetMC();
    LLVMInitializeX86AsmPrinter();
    LLVMInitializeX86AsmParser();
  });
  llvm::Triple parsed(triple);
  const llvm::Target *found = llvm::TargetRegistry::lookupTarget(parsed, error);
  if (!found)
    return nullptr;
  llvm::TargetOptions options;
  options.FunctionSections = true;
  // a * b + c of the source, where it allows contraction, is one instruction; nothing else may change the result.
  options.AllowFPOpFusion = llvm::FPOpFusion::Standard;
  auto level = optLevel <= 0   ? llvm::CodeGenOptLevel::None
               : optLevel == 1 ? llvm::CodeGenOptLevel::Less
               : optLevel == 2 ? llvm::CodeGenOptLevel::Default
                               : llvm::CodeGenOptLevel::Aggressive;
  return std::unique_ptr<llvm::TargetMachine>(
      found->createTargetMachine(parsed, target.cpu, target.features, options, llvm::Reloc::PIC_, std::nullopt, level));
}

// What the MLIR pipeline leaves to LLVM: memory to registers, and invariants of loops that only exist after lowering. The rest of
// LLVM's own pipeline takes time and gains nothing measurable on these kernels.
void optimize(llvm::Module &module, llvm::TargetMachine &machine, int optLevel) {
  if (optLevel <= 0)
    return;
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager graphs;
  llvm::ModuleAnalysisManager modules;
  llvm::PassBuilder builder(&machine);
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(graphs);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, graphs, modules);
  llvm::ModulePassManager passes;
  // Simplifying the control flow of an entry point of thousands of calls takes the square of its length, and its code runs once.
  size_t longest = 0;
  for (llvm::Function &function : module)
    longest = std::max(longest, function.size());
  const char *pipeline = longest > 2000 ? "function(sroa,early-cse<memssa>,loop-simplify,loop-mssa(licm),early-cse)"
                                        : "function(sroa,early-cse<memssa>,simplifycfg,loop-simplify,loop-mssa(licm),early-cse,simplifycfg)";
  if (llvm::Error error = builder.parsePassPipeline(passes, pipeline)) {
    llvm::consumeError(std::move(error));
    return;
  }
  passes.run(module, modules);
}

// Names that code generation may refer to without anybody's having declared them.
bool isExternalName(StringRef name) {
  return name.starts_with("llvm.") || name == "memcpy" || name == "memset" || name == "memmove" || name == "memcmp" ||
         name.starts_with("ingot_kernel_");
}

// A kernel with the bodies of its parallel loops, or an entry point with its own.
struct Part {
  OwningOpRef<ModuleOp> module;
  size_t weight = 0;
  bool calls = false; // functions of other parts: it is an entry point

  /// A long list of calls. Of its time little is spent in the part itself, whatever its code is like, but compiling it well takes seconds.
  bool isPlain() const { return calls && weight > 4000; }
};

// The function whose parallel loop `name` is the body of, or `name` itself.
StringRef ownerOf(StringRef name, const llvm::StringMap<LLVM::LLVMFuncOp> &functions) {
  StringRef owner = name.substr(0, name.rfind("_tasks"));
  return functions.contains(owner) ? owner : name;
}

// One module for each part; each declares what it calls. How a module is divided depends on nothing but its functions, so that a part
// of one compilation is found again in the next.
std::vector<Part> split(ModuleOp module) {
  llvm::StringMap<LLVM::LLVMFuncOp> functions;
  llvm::StringMap<Operation *> globals;
  for (Operation &op : *module.getBody()) {
    if (auto function = dyn_cast<LLVM::LLVMFuncOp>(op))
      functions[function.getName()] = function;
    else if (auto symbol = dyn_cast<SymbolOpInterface>(op))
      globals[symbol.getName()] = &op;
  }
  llvm::MapVector<StringRef, SmallVector<LLVM::LLVMFuncOp>> members;
  for (auto function : module.getOps<LLVM::LLVMFuncOp>())
    if (!function.isExternal())
      members[ownerOf(function.getName(), functions)].push_back(function);
  std::vector<Part> parts(members.size());
  for (size_t i = 0; i < parts.size(); ++i) {
    Part &part = parts[i];
    ArrayRef<LLVM::LLVMFuncOp> own = (members.begin() + i)->second;
    part.module = ModuleOp::create(module.getLoc());
    OpBuilder b = OpBuilder::atBlockBegin(part.module->getBody());
    // Constant tables travel with every part that refers to them.
    llvm::StringSet<> defined;
    llvm::SetVector<StringRef> needed;
    for (LLVM::LLVMFuncOp function : own)
      defined.insert(function.getName());
    for (LLVM::LLVMFuncOp function : own)
      function.walk([&](Operation *op) {
        ++part.weight;
        StringRef name;
        if (auto call = dyn_cast<LLVM::CallOp>(op))
          name = call.getCallee().value_or("");
        else if (auto address = dyn_cast<LLVM::AddressOfOp>(op))
          name = address.getGlobalName();
        if (!name.empty() && !defined.contains(name))
          needed.insert(name);
      });
    for (StringRef name : needed) {
      auto known = functions.find(name);
      if (known == functions.end()) {
        if (Operation *global = globals.lookup(name))
          b.clone(*global);
        continue;
      }
      part.calls |= !known->second.isExternal();
      LLVM::LLVMFuncOp declaration = known->second.cloneWithoutRegions();
      declaration.setLinkage(LLVM::Linkage::External);
      SymbolTable::setSymbolVisibility(declaration, SymbolTable::Visibility::Private);
      b.insert(declaration);
    }
  }
  for (auto &&[part, entry] : llvm::zip(parts, members))
    for (LLVM::LLVMFuncOp function : entry.second)
      function->moveBefore(part.module->getBody(), part.module->getBody()->end());
  return parts;
}

// Own functions get the model's name in front, so that several models can be in one program, and are not visible outside.
void adoptNames(llvm::Module &module, const std::string &prefix, StringRef suffix) {
  for (llvm::Function &function : module) {
    if (function.isIntrinsic() || isExternalName(function.getName()))
      continue;
    function.setName(prefix + "_" + function.getName() + suffix);
    function.setVisibility(llvm::GlobalValue::HiddenVisibility);
    function.setLinkage(llvm::GlobalValue::ExternalLinkage);
    function.setDSOLocal(true);
    function.addFnAttr(llvm::Attribute::NoUnwind);
  }
  for (llvm::GlobalVariable &global : module.globals())
    if (global.hasInitializer())
      global.setLinkage(llvm::GlobalValue::InternalLinkage);
}

// Names that say nothing of the model, so that equal code is equal text. `names` receives what they stand for.
void makeAnonymous(llvm::Module &module, llvm::StringMap<std::string> &names) {
  module.setModuleIdentifier("kernel");
  module.setSourceFileName("kernel");
  unsigned functions = 0, globals = 0;
  for (llvm::Function &function : module) {
    if (function.isIntrinsic() || isExternalName(function.getName()))
      continue;
    std::string name = function.getName().str(), anonymous = "f" + std::to_string(functions++);
    function.setName(anonymous);
    names[anonymous] = name;
  }
  for (llvm::GlobalVariable &global : module.globals())
    global.setName("c" + std::to_string(globals++));
}

llvm::Expected<std::unique_ptr<llvm::Module>> translate(ModuleOp module, llvm::LLVMContext &context, llvm::TargetMachine &machine,
                                                        const PackageOptions &options, StringRef suffix) {
  std::unique_ptr<llvm::Module> result = translateModuleToLLVMIR(module, context, options.modelName);
  if (!result)
    return llvm::createStringError("the LLVM dialect could not be translated");
  result->setTargetTriple(llvm::Triple(triple));
  result->setDataLayout(machine.createDataLayout());
  adoptNames(*result, options.modelName, suffix);
  return std::move(result);
}

llvm::Error emit(llvm::Module &module, llvm::TargetMachine &machine, llvm::raw_pwrite_stream &os, llvm::CodeGenFileType kind) {
  llvm::legacy::PassManager passes;
  if (machine.addPassesToEmitFile(passes, os, nullptr, kind, /*DisableVerify=*/true))
    return llvm::createStringError("LLVM cannot write this kind of file");
  passes.run(module);
  return llvm::Error::success();
}

} // namespace

namespace {

// Object code of one part, from the cache where it is there. With and without a cache the bytes are the same.
llvm::Error emitPart(const Part &part, const CodeLevel &level, llvm::TargetMachine &machine, StringRef suffix, const PackageOptions &options,
                     KernelCache &cache, ObjectBytes &bytes) {
  llvm::LLVMContext context;
  llvm::Expected<std::unique_ptr<llvm::Module>> module = translate(*part.module, context, machine, options, suffix);
  if (!module)
    return module.takeError();
  llvm::StringMap<std::string> names;
  makeAnonymous(**module, names);
  std::string key;
  if (cache.isEnabled()) {
    llvm::SmallVector<char, 0> bitcode;
    llvm::raw_svector_ostream os(bitcode);
    llvm::WriteBitcodeToFile(**module, os);
    key = KernelCache::keyOf({"ingot " INGOT_VERSION ", LLVM " LLVM_VERSION_STRING, level.target.cpu, level.target.features,
                              std::to_string(options.optLevel) + (part.isPlain() ? "p" : ""), StringRef(bitcode.data(), bitcode.size())});
    if (cache.load(key, bytes))
      return renameSymbols(bytes, names);
  }
  optimize(**module, machine, options.optLevel);
  llvm::raw_svector_ostream os(bytes);
  if (llvm::Error error = emit(**module, machine, os, llvm::CodeGenFileType::ObjectFile))
    return error;
  if (cache.isEnabled())
    cache.store(key, bytes);
  return renameSymbols(bytes, names);
}

} // namespace

llvm::Expected<std::vector<ObjectBytes>> emitObjects(ArrayRef<CodeLevel> levels, const PackageOptions &options) {
  struct Job {
    Part part;
    size_t level;
    ObjectBytes bytes;
    std::string error;
  };
  std::vector<Job> jobs;
  std::vector<std::string> suffixes;
  for (auto [i, level] : llvm::enumerate(levels)) {
    suffixes.push_back(levelSuffix(levels, level));
    for (Part &part : split(level.module)) {
      jobs.emplace_back();
      jobs.back().part = std::move(part);
      jobs.back().level = i;
    }
  }
  // The heaviest first, so that no thread is left with one at the end.
  std::vector<Job *> order;
  for (Job &job : jobs)
    order.push_back(&job);
  llvm::sort(order, [](Job *a, Job *b) { return a->part.weight != b->part.weight ? a->part.weight > b->part.weight : a < b; });
  KernelCache cache(options.cacheFolder, options.warn);
  std::atomic<size_t> next{0};
  std::atomic<unsigned> finished{0};
  std::mutex reporting;
  auto work = [&] {
    std::vector<std::unique_ptr<llvm::TargetMachine>> machines(2 * levels.size());
    for (size_t i; (i = next++) < order.size();) {
      Job &job = *order[i];
      const CodeLevel &level = levels[job.level];
      bool isPlain = job.part.isPlain();
      std::unique_ptr<llvm::TargetMachine> &machine = machines[2 * job.level + isPlain];
      if (!machine)
        machine = createMachine(level.target, isPlain ? 0 : options.optLevel, job.error);
      if (!machine)
        continue;
      if (llvm::Error error = emitPart(job.part, level, *machine, suffixes[job.level], options, cache, job.bytes))
        job.error = llvm::toString(std::move(error));
      std::lock_guard<std::mutex> lock(reporting);
      if (options.progress)
        options.progress("codegen", ++finished, jobs.size());
    }
  };
  std::vector<std::thread> threads;
  for (unsigned i = 1; i < options.threads; ++i)
    threads.emplace_back(work);
  work();
  for (std::thread &thread : threads)
    thread.join();
  std::vector<ObjectBytes> objects;
  for (Job &job : jobs) {
    if (!job.error.empty())
      return llvm::createStringError(job.error);
    objects.push_back(std::move(job.bytes));
  }
  return objects;
}

llvm::Expected<std::string> emitText(ModuleOp module, const TargetInfo &target, const PackageOptions &options, bool assembly) {
  std::string error;
  std::unique_ptr<llvm::TargetMachine> machine = createMachine(target, options.optLevel, error);
  if (!machine)
    return llvm::createStringError(error);
  llvm::LLVMContext context;
  llvm::Expected<std::unique_ptr<llvm::Module>> translated = translate(module, context, *machine, options, "");
  if (!translated)
    return translated.takeError();
  optimize(**translated, *machine, options.optLevel);
  if (!assembly) {
    std::string text;
    llvm::raw_string_ostream(text) << **translated;
    return text;
  }
  llvm::SmallString<0> text;
  llvm::raw_svector_ostream os(text);
  if (llvm::Error failed = emit(**translated, *machine, os, llvm::CodeGenFileType::AssemblyFile))
    return std::move(failed);
  return text.str().str();
}

// Shared with Glue.cpp, which builds its module directly.
llvm::Expected<ObjectBytes> emitModule(llvm::Module &module, const TargetInfo &target) {
  std::string error;
  std::unique_ptr<llvm::TargetMachine> machine = createMachine(target, 1, error);
  if (!machine)
    return llvm::createStringError(error);
  module.setTargetTriple(llvm::Triple(triple));
  module.setDataLayout(machine->createDataLayout());
  ObjectBytes bytes;
  llvm::raw_svector_ostream os(bytes);
  if (llvm::Error failed = emit(module, *machine, os, llvm::CodeGenFileType::ObjectFile))
    return std::move(failed);
  return bytes;
}

} // namespace ingot
