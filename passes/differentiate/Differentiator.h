//===- Differentiator.h - One walk back over some ops ------------*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// For the implementation of `buildGradients` only.
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_PASSES_DIFFERENTIATE_DIFFERENTIATOR_H
#define INGOT_PASSES_DIFFERENTIATE_DIFFERENTIATOR_H

#include "ir/Ingot/Shapes.h"

#include "mlir/Dialect/SCF/IR/SCF.h"

#include "llvm/ADT/SetVector.h"

namespace ingot {

/// The values that depend differentiably on some others.
class Activity {
public:
  void add(mlir::Value value) { active.insert(value); }
  bool contains(mlir::Value value) const { return active.contains(value); }
  /// Adds what of the op's results (and inside its regions) depends on active values. Whether that was anything new.
  bool propagate(mlir::Operation *op);

private:
  bool propagateBlock(mlir::Block &block);
  bool addIfFloat(mlir::Value value);

  llvm::DenseSet<mlir::Value> active;
};

/// Cotangents that flow from some values back to others, through the ops between them.
class Differentiator {
public:
  /// `stops` are values whose definitions are not looked at.
  Differentiator(mlir::OpBuilder &builder, mlir::ValueRange stops = {}) : builder(builder), stops(stops.begin(), stops.end()) {}

  /// Adds to the cotangent of a value. A null one is nothing.
  void add(mlir::Location loc, mlir::Value value, mlir::Value cotangent);
  /// The sum of what came; null: zero.
  mlir::Value take(mlir::Value value);

  /// Gives a value a tensor to which what arrives in parts (slices) is added in place; `takeBase` gives it back. It does not count
  /// in `take`.
  void setBase(mlir::Value value, mlir::Value base) { bases[value] = base; }
  mlir::Value takeBase(mlir::Value value);

  /// Walks back from `ys`, whose cotangents have been added, to `xs`.
  llvm::LogicalResult run(mlir::ValueRange ys, mlir::ValueRange xs);

private:
  /// What a slice of a value gave back.
  struct Part {
    SliceOp slice;
    mlir::Value cotangent;
  };

  void collect(mlir::ValueRange ys);
  void joinParts(mlir::Value value);
  bool joinByConcat(mlir::Value value, llvm::ArrayRef<Part> parts);
  bool addRows(GatherOp op, mlir::Value dy);
  llvm::LogicalResult visit(mlir::Operation *op);
  llvm::LogicalResult visitComposite(CompositeOp op, mlir::ValueRange dys);
  llvm::LogicalResult visitIf(mlir::scf::IfOp op, mlir::ValueRange dys);
  llvm::LogicalResult visitFor(mlir::scf::ForOp op, mlir::ValueRange dys);
  llvm::LogicalResult visitWhile(mlir::scf::WhileOp op, mlir::ValueRange dys);
  llvm::LogicalResult refuse(mlir::Operation *op);

  mlir::OpBuilder &builder;
  llvm::DenseSet<mlir::Value> stops;
  llvm::DenseMap<mlir::Value, mlir::Value> cotangents, bases;
  llvm::DenseMap<mlir::Value, llvm::SmallVector<Part>> parts;
  Activity activity;
  llvm::SmallVector<mlir::Operation *> slice; // in the order of execution
};

/// What an op reads: its operands, and values from around it that its regions use.
llvm::SetVector<mlir::Value> getInputs(mlir::Operation *op);

/// Erases what was built before the insertion point, back to `last` (null: the begin of the block), and is of no use to `kept`.
void eraseDead(mlir::OpBuilder &builder, mlir::Operation *last, mlir::ValueRange kept = {});

} // namespace ingot

#endif // INGOT_PASSES_DIFFERENTIATE_DIFFERENTIATOR_H
