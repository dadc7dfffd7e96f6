//===- NodeTable.h - The ONNX nodes that code belongs to --------*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The location of a node is `"conv1"("Conv, opset 17"("model.onnx":12:0))`. The table numbers nodes in order of appearance, for the
// manifest, as `conv1 (Conv, opset 17)`.
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_CODEGEN_EMIT_NODETABLE_H
#define INGOT_CODEGEN_EMIT_NODETABLE_H

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Location.h"
#include "llvm/ADT/SetVector.h"

namespace ingot {

class NodeTable {
public:
  NodeTable() = default;
  /// Continues the table that `module` carries.
  explicit NodeTable(mlir::ModuleOp module);

  /// The number of the first node that `loc` names, -1 when it names none.
  int32_t indexOf(mlir::Location loc);
  /// All that `loc` names.
  llvm::SmallVector<int32_t> indicesOf(mlir::Location loc);
  /// Leaves the table on the module as `ingot.nodes`.
  void store(mlir::ModuleOp module) const;
  llvm::ArrayRef<mlir::Attribute> names() const { return nodes.getArrayRef(); }

  /// Name and operator of `conv1 (Conv, opset 17)`.
  static std::pair<llvm::StringRef, llvm::StringRef> split(llvm::StringRef text);

private:
  void collect(mlir::Location loc, llvm::SmallSetVector<mlir::Attribute, 4> &found);
  llvm::SetVector<mlir::Attribute> nodes;
};

} // namespace ingot

#endif // INGOT_CODEGEN_EMIT_NODETABLE_H
