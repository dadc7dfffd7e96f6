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

/// How nodes are read that behave differently in training: BatchNormalization, Dropout and random numbers.
enum class ImportMode {
  AsModel,   ///< as their attributes and inputs say
  Training,  ///< statistics of the batch, running ones updated; elements dropped; random numbers of their own in each step
  Algorithm, ///< as their attributes and inputs say, but random numbers of their own in each step
  Inference, ///< running statistics, nothing dropped
};

/// One reading of the graph.
struct ImportFunction {
  std::string name; ///< of the function in the module; the graph's where it is empty
  ImportMode mode = ImportMode::AsModel;
};

struct ImportOptions {
  std::string path;                                     ///< the file, unless `memory` is given; then its name in messages
  std::optional<llvm::ArrayRef<char>> memory;           ///< copied
  std::map<std::string, std::vector<int64_t>> shapes;   ///< sizes of inputs, by name; -1 leaves a dimension as it is
  int64_t maxBytes = int64_t(64) << 30;                 ///< of one tensor

  std::vector<ImportFunction> functions = {{}}; ///< a function of the module each
  /// Whether initializers become variables (`ingot.parameter`), which all functions share by name.
  bool training = false;
  /// Regular expressions that some part of an initializer's name has to match. What `freeze` names is left out of what `train`
  /// names, which is all of rank 1 and more where it is empty.
  std::vector<std::string> train, freeze;
  /// Of inputs of the graph that are parameters: weights that the file has no values for.
  std::vector<std::string> inputParameters;
  /// Of weights that adapters are for: variables whatever `train` says, and where it says nothing nothing else is one.
  std::vector<std::string> adapters;
  /// Whether the file's training algorithms (`training_info`) become functions, one each, and what initializes them `initialize`.
  /// The variables are then those that they bind, and `train` and `freeze` have no meaning.
  bool algorithms = false;
  /// Whether BatchNormalization's running variance gets the batch's unbiased one, as in PyTorch, where ONNX says the population's.
  bool unbiasedVariance = false;
};

struct ImportResult {
  mlir::OwningOpRef<mlir::ModuleOp> module; ///< null exactly when there are diagnostics
  DiagnosticList diagnostics;
  /// Every node that was imported, also those of which no op is left: its name and operator, `conv1 (Conv, opset 17)`.
  std::vector<std::string> nodes;
  /// Names of inputs that are used as weights, and are no parameters.
  std::vector<std::string> weightInputs;
  /// Names of the functions of the file's training algorithms. One iteration runs them in this order.
  std::vector<std::string> algorithms;
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
