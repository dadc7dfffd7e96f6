//===- Package.h - From the LLVM dialect to files ---------------*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_CODEGEN_EMIT_PACKAGE_H
#define INGOT_CODEGEN_EMIT_PACKAGE_H

#include "codegen/TargetInfo.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/Error.h"

#include <functional>
#include <string>
#include <vector>

namespace ingot {

using ObjectBytes = llvm::SmallVector<char, 0>;

/// One instruction set's code: the module in the LLVM dialect, and what it was compiled for.
struct CodeLevel {
  mlir::ModuleOp module;
  TargetInfo target;
};

struct PackageOptions {
  std::string modelName = "model"; ///< a C identifier, prefix of all symbols
  int optLevel = 2;
  unsigned threads = 2;
  bool standalone = false;
  /// Where libingot_kernels.a and libingot_runtime.a are.
  std::string libraryFolder;
  std::function<void(llvm::StringRef step, unsigned i, unsigned n)> progress;
};

/// Fails with the error's text where the operating system refused.
struct SystemError : public llvm::ErrorInfo<SystemError> {
  static char ID;
  std::string text;
  explicit SystemError(std::string text) : text(std::move(text)) {}
  void log(llvm::raw_ostream &os) const override { os << text; }
  std::error_code convertToErrorCode() const override { return std::make_error_code(std::errc::io_error); }
};

// The steps, for those who want only some of them.

/// Object code of the modules of `levels`, in several objects made side by side. The modules are consumed.
llvm::Expected<std::vector<ObjectBytes>> emitObjects(llvm::ArrayRef<CodeLevel> levels, const PackageOptions &options);
/// LLVM's assembly or the processor's as text.
llvm::Expected<std::string> emitText(mlir::ModuleOp module, const TargetInfo &target, const PackageOptions &options, bool assembly);
/// The FlatBuffer.
std::vector<uint8_t> buildManifest(llvm::ArrayRef<CodeLevel> levels, const PackageOptions &options);
/// The tables and `ingot_library_query`. `exportPlain`: under that name, for a shared library; else prefixed by the model's.
llvm::Expected<ObjectBytes> emitGlue(llvm::ArrayRef<CodeLevel> levels, llvm::ArrayRef<uint8_t> manifest, const PackageOptions &options,
                                     bool exportPlain);
/// An ELF object whose only section holds the weights of `module`.
llvm::Error writeWeightsObject(mlir::ModuleOp module, const std::string &symbol, const std::string &path);
/// The C header of the model, from `ingot.functions`.
std::string buildHeader(mlir::ModuleOp module, const PackageOptions &options);

// The artefacts. Each is complete or not there at all. The weights' data is freed on the way.

enum class Artefact { SharedLibrary, Object, StaticLibrary };
llvm::Error package(llvm::ArrayRef<CodeLevel> levels, const PackageOptions &options, Artefact kind, const std::string &path);
/// Writes a text or binary file in one go.
llvm::Error writeFile(const std::string &path, llvm::StringRef contents);

/// Symbols of a level end in this.
std::string levelSuffix(llvm::ArrayRef<CodeLevel> levels, const CodeLevel &level);
/// A C identifier made of `text`.
std::string identifierFrom(llvm::StringRef text);

} // namespace ingot

#endif // INGOT_CODEGEN_EMIT_PACKAGE_H
