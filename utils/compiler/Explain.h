//===- Explain.h - A compilation explained ----------------------*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_COMPILER_EXPLAIN_H
#define INGOT_COMPILER_EXPLAIN_H

#include "codegen/report/Report.h"
#include "utils/compiler/Compiler.h"

#include <string>
#include <vector>

namespace ingot {

/// The version of the JSON's schema (docs/explain.md). Fields may be added without a new one.
constexpr int explainSchemaVersion = 1;

struct Explanation {
  std::string model; ///< file name
  TargetInfo target;
  std::vector<std::string> nodes; ///< of the model as it was imported: `conv1 (Conv, opset 17)`
  std::vector<FunctionReport> functions;
};

/// `messages`: the remarks are told at their nodes.
std::string explainAsJson(const Explanation &explanation, llvm::ArrayRef<Message> messages);
/// A table, the slowest group first.
std::string explainAsText(const Explanation &explanation);
/// One page that needs no network, from the JSON.
std::string explainAsHtml(llvm::StringRef json);

} // namespace ingot

#endif // INGOT_COMPILER_EXPLAIN_H
