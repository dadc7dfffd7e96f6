//===- Importer.h - From an ONNX model to the ingot dialect -----*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_FRONTEND_IMPORTER_H
#define INGOT_FRONTEND_IMPORTER_H

#include "utils/support/Diagnostics.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

#include <map>
#include <optional>

namespace ingot {

struct ImportOptions {
  std::string path;                                     ///< the file, unless `memory` is given; then its name in messages
  std::optional<llvm::ArrayRef<char>> memory;           ///< copied
  std::map<std::string, std::vector<int64_t>> shapes;   ///< sizes of inputs, by name; -1 leaves a dimension as it is
  int64_t maxBytes = int64_t(64) << 30;                 ///< of one tensor
};

struct ImportResult {
  mlir::OwningOpRef<mlir::ModuleOp> module; ///< null exactly when there are diagnostics
  DiagnosticList diagnostics;
  /// Every node that was imported, also those of which no op is left: its name and operator, `conv1 (Conv, opset 17)`.
  std::vector<std::string> nodes;
};

/// Imports a model. Weights refer to the mapped file, which stays mapped as long as the context lives. Never aborts for what the file
/// holds.
ImportResult importModel(const ImportOptions &options, mlir::MLIRContext &context);

/// Loads the dialects that an imported module is made of.
void loadImportDialects(mlir::MLIRContext &context);

struct ValueSummary {
  std::string name;
  std::string type;              ///< "float32", "int64", ..., or "?" where it is not a tensor
  bool ranked = false;
  std::vector<std::string> dims; ///< numbers, names or "?"
};

/// What `ingot info` prints of a model, without importing it.
struct ModelSummary {
  std::string name, producer;
  int64_t irVersion = 0;
  std::vector<std::pair<std::string, int64_t>> opsets; ///< "" is ONNX's own domain
  std::vector<ValueSummary> inputs, outputs;
  std::map<std::string, int64_t> operators; ///< nodes by "domain:op", subgraphs and functions included
  int64_t parameterBytes = 0;
};

Status summarizeModel(const std::string &path, ModelSummary &summary);

} // namespace ingot

#endif // INGOT_FRONTEND_IMPORTER_H
