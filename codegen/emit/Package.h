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
  /// A file for the weights, in the library's folder; empty: they are in the library.
  std::string weightsPath;
  /// A folder with object code of earlier compilations; empty: none.
  std::string cacheFolder;
  /// Something that the user should know, but that does not keep the library from being made.
  std::function<void(const std::string &text)> warn;
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
/// The FlatBuffer. `weightsHash` is what a file of weights must end with.
std::vector<uint8_t> buildManifest(llvm::ArrayRef<CodeLevel> levels, const PackageOptions &options, uint64_t &weightsHash);
/// The tables and `ingot_library_query`. `exportPlain`: under that name, for a shared library; else prefixed by the model's.
llvm::Expected<ObjectBytes> emitGlue(llvm::ArrayRef<CodeLevel> levels, llvm::ArrayRef<uint8_t> manifest, const PackageOptions &options,
                                     bool exportPlain);
/// An ELF object whose only section holds the weights of `module`; with `reserve` only their place.
llvm::Error writeWeightsObject(mlir::ModuleOp module, const std::string &symbol, const std::string &path, bool reserve, unsigned threads);
/// Adds the weights to a library that was linked with their place.
llvm::Error addWeights(mlir::ModuleOp module, const std::string &path, unsigned threads);
/// A file that the runtime maps.
llvm::Error writeWeightsFile(mlir::ModuleOp module, const std::string &path, uint64_t hash, unsigned threads);
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
