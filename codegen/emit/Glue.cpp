//===- Glue.cpp - Tables of a library and its query function ----------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/emit/Package.h"
#include "codegen/memory/Weights.h"

#include "ingot/abi.h"

#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Module.h"

using namespace llvm;

namespace ingot {

llvm::Expected<ObjectBytes> emitModule(llvm::Module &module, const TargetInfo &target);

llvm::Expected<ObjectBytes> emitGlue(ArrayRef<CodeLevel> levels, ArrayRef<uint8_t> manifest, const PackageOptions &options,
                                     bool exportPlain) {
  LLVMContext context;
  Module module(options.modelName + "_glue", context);
  IRBuilder<> b(context);
  Type *i32 = b.getInt32Ty(), *i64 = b.getInt64Ty(), *pointer = b.getPtrTy();
  const std::string &prefix = options.modelName;

  Constant *bytes = ConstantDataArray::get(context, manifest);
  auto *manifestGlobal = new GlobalVariable(module, bytes->getType(), true, GlobalValue::InternalLinkage, bytes, prefix + "_manifest");
  manifestGlobal->setSection(".ingot.manifest");
  manifestGlobal->setAlignment(Align(16));

  int64_t weightsBytes = getWeightsBytes(levels.front().module);
  // In a file of their own they are the runtime's to find.
  Constant *weights = ConstantPointerNull::get(cast<PointerType>(pointer));
  if (weightsBytes && options.weightsPath.empty()) {
    auto *symbol = new GlobalVariable(module, b.getInt8Ty(), true, GlobalValue::ExternalLinkage, nullptr, prefix + "_constants");
    symbol->setVisibility(GlobalValue::HiddenVisibility);
    weights = symbol;
  }

  auto *entryType = StructType::get(context, {pointer, pointer, pointer});
  auto *libraryType = StructType::get(context, {i32, i32, pointer, pointer, i64, pointer, i64});
  auto functions = levels.front().module->getAttrOfType<mlir::ArrayAttr>("ingot.functions");
  std::vector<GlobalVariable *> libraries;
  for (const CodeLevel &level : levels) {
    std::string suffix = levelSuffix(levels, level);
    std::vector<Constant *> entries;
    for (mlir::Attribute attr : functions ? functions.getValue() : ArrayRef<mlir::Attribute>()) {
      std::string name = mlir::cast<mlir::DictionaryAttr>(attr).getAs<mlir::StringAttr>("name").str();
      auto *type = FunctionType::get(i32, {pointer, pointer}, false);
      auto entryPoint = [&](const char *kind) -> Constant * {
        auto *function = Function::Create(type, GlobalValue::ExternalLinkage, prefix + "_" + name + "_" + kind + suffix, module);
        function->setVisibility(GlobalValue::HiddenVisibility);
        return function;
      };
      Constant *text = b.CreateGlobalString(name, "name", 0, &module);
      entries.push_back(ConstantStruct::get(entryType, {text, entryPoint("plan"), entryPoint("run")}));
    }
    auto *tableType = ArrayType::get(entryType, entries.size());
    auto *table = new GlobalVariable(module, tableType, true, GlobalValue::InternalLinkage, ConstantArray::get(tableType, entries),
                                     "functions" + suffix);
    Constant *library = ConstantStruct::get(
        libraryType, {b.getInt32(INGOT_ABI_VERSION), b.getInt32(entries.size()), table, manifestGlobal, b.getInt64(manifest.size()),
                      weights, b.getInt64(options.weightsPath.empty() ? weightsBytes : 0)});
    libraries.push_back(new GlobalVariable(module, libraryType, true, GlobalValue::InternalLinkage, library, "library" + suffix));
  }

  // Levels are in ascending order: the highest one that is not above what was asked for.
  std::string queryName = exportPlain ? INGOT_LIBRARY_QUERY : prefix + "_" INGOT_LIBRARY_QUERY;
  auto *query = Function::Create(FunctionType::get(pointer, {i32, i32}, false), GlobalValue::ExternalLinkage, queryName, module);
  b.SetInsertPoint(BasicBlock::Create(context, "", query));
  Value *result = libraries.front();
  for (size_t i = 1; i < levels.size(); ++i)
    result = b.CreateSelect(b.CreateICmpUGE(query->getArg(1), b.getInt32(levels[i].target.level)), libraries[i], result);
  Value *known = b.CreateICmpUGE(query->getArg(0), b.getInt32(INGOT_ABI_VERSION));
  b.CreateRet(b.CreateSelect(known, result, ConstantPointerNull::get(cast<PointerType>(pointer))));
  // This code runs before anybody knows what the processor can do.
  return emitModule(module, TargetInfo::forLevel(2));
}

} // namespace ingot
