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
  mlir::Value lookup(mlir::Value value) const { return cotangents.lookup(value); }

  /// Walks back from `ys`, whose cotangents have been added, to `xs`.
  llvm::LogicalResult run(mlir::ValueRange ys, mlir::ValueRange xs);

private:
  void collect(mlir::ValueRange ys);
  llvm::LogicalResult visit(mlir::Operation *op);
  llvm::LogicalResult visitComposite(CompositeOp op, mlir::ValueRange dys);
  llvm::LogicalResult refuse(mlir::Operation *op);

  mlir::OpBuilder &builder;
  llvm::DenseSet<mlir::Value> stops;
  llvm::DenseMap<mlir::Value, mlir::Value> cotangents;
  Activity activity;
  llvm::SmallVector<mlir::Operation *> slice; // in the order of execution
};

/// What a region op reads: its operands, and values from around it that its regions use.
llvm::SetVector<mlir::Value> getInputs(mlir::Operation *op);

/// Erases what was built before the insertion point, back to `first` (null: the begin of the block), and is of no use to `kept`.
void eraseDead(mlir::OpBuilder &builder, mlir::Operation *last, mlir::ValueRange kept);

} // namespace ingot

#endif // INGOT_PASSES_DIFFERENTIATE_DIFFERENTIATOR_H
