//===- Diagnostics.h - What went wrong, for the person with the model -*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Errors carry a kind, which is also the exit code of the command line, and where they can the node they are about.
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_SUPPORT_DIAGNOSTICS_H
#define INGOT_SUPPORT_DIAGNOSTICS_H

#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/Twine.h"

#include <string>
#include <vector>

namespace ingot {

/// The values are the exit codes of `ingot`.
enum class ErrorKind : int {
  None = 0,
  Usage = 1,
  BadInput = 2,
  Unsupported = 3,
  Mismatch = 4,
  System = 5,
  Internal = 70,
};

/// "bad input", "unsupported", ...: the word that starts a printed message.
llvm::StringRef describe(ErrorKind kind);

/// Success, or a kind and one message.
struct [[nodiscard]] Status {
  ErrorKind kind = ErrorKind::None;
  std::string message;

  bool ok() const { return kind == ErrorKind::None; }

  static Status success() { return {}; }
  static Status badInput(const llvm::Twine &message) { return {ErrorKind::BadInput, message.str()}; }
  static Status unsupported(const llvm::Twine &message) { return {ErrorKind::Unsupported, message.str()}; }
  static Status system(const llvm::Twine &message) { return {ErrorKind::System, message.str()}; }
  static Status internal(const llvm::Twine &message) { return {ErrorKind::Internal, message.str()}; }
};

/// One thing that is wrong with a model. Empty strings where a field does not apply.
struct Diagnostic {
  ErrorKind kind = ErrorKind::Internal;
  std::string file;
  std::string node;    ///< the node's name, or that of its first output
  std::string op;      ///< "Conv", with "domain:" in front unless it is ONNX's own
  int64_t opset = 0;   ///< of the op's domain; 0 where there is no op
  std::string message; ///< the reason
  std::string remedy;  ///< what the user can do about it
  int64_t count = 1;   ///< how many nodes have the same problem; `node` is the first of them

  /// `model.onnx: "conv1" (Conv, opset 17): reason; remedy`
  std::string str() const;
};

/// All diagnostics of one import, equal reasons of equal operators counted once.
class DiagnosticList {
public:
  void add(Diagnostic diagnostic);
  void add(ErrorKind kind, llvm::StringRef file, const llvm::Twine &message, const llvm::Twine &remedy = "");

  bool empty() const { return entries.empty(); }
  const std::vector<Diagnostic> &all() const { return entries; }

  /// The gravest kind: internal, system, bad input, then unsupported.
  ErrorKind kind() const;

  /// One line each.
  std::string str() const;

private:
  std::vector<Diagnostic> entries;
};

} // namespace ingot

#endif // INGOT_SUPPORT_DIAGNOSTICS_H
