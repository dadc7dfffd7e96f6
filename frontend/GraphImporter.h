//===- GraphImporter.h - Nodes in order onto the ingot dialect --*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_FRONTEND_GRAPHIMPORTER_H
#define INGOT_FRONTEND_GRAPHIMPORTER_H

#include "frontend/Decoder.h"
#include "frontend/Importer.h"
#include "frontend/ModelReader.h"
#include "frontend/Variables.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringSet.h"

namespace onnx {
class FunctionProto;
class SparseTensorProto;
class TensorProto;
class TrainingInfoProto;
class ValueInfoProto;
} // namespace onnx

namespace ingot {

/// What a name stands for: a value, a constant that has not been needed as a value yet, or nothing because its node failed.
struct Binding {
  mlir::Value value;
  mlir::ElementsAttr constant;
  std::string name;
  /// Bits of an initializer's integers that are held in bytes here: 2 or 4, else 0.
  int narrowBits = 0;
  /// The constant is only what this variable begins with.
  const Variable *variable = nullptr;

  bool failed() const { return !value && !constant; }
};

/// Names of one graph or function body; `outer` is what a subgraph sees besides.
struct NameScope {
  llvm::StringMap<Binding> names;
  NameScope *outer = nullptr;
};

class GraphImporter {
public:
  GraphImporter(Model &model, const ImportOptions &options, mlir::MLIRContext *context, DiagnosticList &diagnostics);

  /// Null if anything was reported.
  mlir::OwningOpRef<mlir::ModuleOp> import();

  // For NodeReader.
  Binding *find(llvm::StringRef name);
  mlir::Value valueOf(Binding &binding);
  mlir::FailureOr<llvm::SmallVector<mlir::Value>> importSubgraph(NodeReader &node, const onnx::GraphProto &graph, mlir::ValueRange args,
                                                                 ImportBuilder &b, bool sameBlock);
  mlir::ElementsAttr tensorAttr(NodeReader &node, const onnx::TensorProto &tensor);
  mlir::ElementsAttr sparseAttr(NodeReader &node, const onnx::SparseTensorProto &tensor);
  mlir::RankedTensorType declaredType(const onnx::ValueInfoProto &info);
  llvm::StringRef fileName() const { return model.getName(); }
  DiagnosticList &getDiagnostics() { return diagnostics; }
  std::vector<std::string> takeNodes() { return std::move(nodes); }
  std::vector<std::string> takeAlgorithms() { return std::move(algorithms); }
  std::vector<std::string> takeWeightInputs() { return std::move(weightInputs); }
  const Variables &getVariables() const { return variables; }

  // For decoders of nodes that training changes.
  ImportMode getMode() const { return mode; }
  /// A scalar of the step (`seed`, `step`), the same value wherever it is asked for.
  mlir::Value stepScalar(llvm::StringRef name);
  /// A number that no other node of the function has, from the node's name.
  int64_t uniqueSeed(llvm::StringRef nodeName);
  /// What the variable is so far in this step: its value at the begin or what `assign` was given last.
  mlir::Value currentValue(ParameterOp variable);
  void assign(ParameterOp variable, mlir::Value value, ImportBuilder &b);
  /// The variable that the tensor of a Constant node is; null where it is a constant.
  mlir::Value variableOf(const onnx::TensorProto &tensor, mlir::ElementsAttr value);

  /// What becomes of variables in a region that is being imported: the op around it has to hand it on.
  using Changes = llvm::MapVector<mlir::StringAttr, std::pair<ParameterOp, mlir::Value>>;
  void enterRegion(Changes &changes) { regions.push_back(&changes); }
  void leaveRegion() { regions.pop_back(); }

  /// `counter`, an index, tells the iterations of the loop apart whose body is imported.
  void enterLoop(mlir::Value counter) { loops.push_back(counter); }
  void leaveLoop() { loops.pop_back(); }
  bool isInLoop() const { return !loops.empty(); }
  /// A number for the iteration at hand of all loops around, in an i64 tensor of rank 0.
  mlir::Value iterationNumber(ImportBuilder &b);

  const ImportOptions &getOptions() const { return options; }
  mlir::MLIRContext *getContext() const { return context; }

private:
  using Nodes = llvm::ArrayRef<const onnx::NodeProto *>;
  using Opsets = std::map<std::string, int64_t>;

  bool reportUnsupported();
  /// What a function is made of: graphs that follow each other as one.
  struct FunctionSource {
    std::string name;
    ImportMode mode = ImportMode::AsModel;
    llvm::SmallVector<const onnx::GraphProto *> graphs;
    llvm::SmallVector<const onnx::ValueInfoProto *> outputs;
    std::function<bool(ImportBuilder &)> finish; ///< called behind the nodes, while their names are known
  };
  /// Null if anything was reported.
  mlir::func::FuncOp importFunction(mlir::ModuleOp module, const FunctionSource &function);
  mlir::func::FuncOp importMain(mlir::ModuleOp module, const ImportFunction &function);
  // Of TrainingAlgorithms.cpp.
  bool importAlgorithms(mlir::ModuleOp module);
  bool importAlgorithm(mlir::ModuleOp module, const onnx::TrainingInfoProto &training, llvm::StringRef name);
  bool importInitialization(mlir::ModuleOp module);
  bool assignBindings(const onnx::TrainingInfoProto &training, bool initialization, ImportBuilder &b);
  std::string uniqueName(mlir::ModuleOp module, llvm::StringRef wish);
  bool bindInitializers(const onnx::GraphProto &graph, NameScope &scope);
  void bindInputParameters(const onnx::GraphProto &graph, NameScope &scope);
  void assignAtEnd(llvm::StringRef variable, mlir::Value value, ImportBuilder &b);
  bool addArguments(llvm::ArrayRef<const onnx::GraphProto *> graphs, llvm::SmallVectorImpl<const onnx::ValueInfoProto *> &inputs,
                    llvm::SmallVectorImpl<mlir::Type> &types, llvm::SmallVectorImpl<llvm::SmallVector<std::string>> &symbols);
  void importNodes(Nodes nodes, ImportBuilder &b);
  void importGraphNodes(const onnx::GraphProto &graph, ImportBuilder &b);
  void importNode(const onnx::NodeProto &node, int64_t index, ImportBuilder &b);
  bool importCall(NodeReader &reader, const onnx::FunctionProto &function, ImportBuilder &b);
  bool verifyNewOps(NodeReader &reader, mlir::Block *block, mlir::Operation *last);
  void bindOutputs(const onnx::NodeProto &node, llvm::ArrayRef<mlir::Value> values);
  bool report(const Status &status);
  void reportUndefined(NodeReader &reader, llvm::StringRef name, Nodes later);
  const onnx::FunctionProto *findFunction(const onnx::NodeProto &node) const;
  int64_t opsetOf(llvm::StringRef domain) const;
  mlir::Location locationOf(const onnx::NodeProto &node, int64_t index, int64_t opset) const;

  Model &model;
  const ImportOptions &options;
  mlir::MLIRContext *context;
  DiagnosticList &diagnostics;
  std::vector<std::string> nodes; // each once, `conv1 (Conv, opset 17)`
  llvm::StringSet<> seenNodes;
  std::vector<std::string> algorithms, weightInputs;
  DimTable dims;
  Opsets opsets;
  std::map<std::string, const onnx::FunctionProto *> functions; // by domain:name:overload
  NameScope *scope = nullptr;
  mlir::Block *entry = nullptr; // constants go to its beginning
  std::optional<mlir::Location> callSite;
  Nodes currentNodes;
  int64_t graphDepth = 0, callDepth = 0, nodeCount = 0;
  std::vector<std::string> mlirErrors;
  Variables variables;
  llvm::DenseMap<const onnx::TensorProto *, mlir::ElementsAttr> initializers; // the same data in every function

  // Of the function at hand.
  ImportMode mode = ImportMode::AsModel;
  llvm::StringMap<mlir::Value> stepScalars;
  llvm::StringMap<AssignOp> assignments;
  llvm::SmallVector<Changes *> regions;
  llvm::SmallVector<mlir::Value> loops;
  llvm::DenseSet<int64_t> seeds;
};

/// A name that C and MLIR take: letters, digits and '_'.
std::string sanitizedName(llvm::StringRef name);

/// ONNX's own domain has two names.
llvm::StringRef canonicalDomain(llvm::StringRef domain);

} // namespace ingot

#endif // INGOT_FRONTEND_GRAPHIMPORTER_H
