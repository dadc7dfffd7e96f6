//===- EntryValues.h - What is known when a function is entered -*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Computes values of a main function at an entry point, from the sizes of the inputs and, where a size depends on it, from the
// contents of inputs and constants. `plan` consists of nothing else; `run` lays out its arena by it.
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_CODEGEN_MEMORY_ENTRYVALUES_H
#define INGOT_CODEGEN_MEMORY_ENTRYVALUES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/DenseSet.h"

namespace ingot {

class EntryValues {
public:
  /// `inputs` takes each argument of the main function to its memref at the entry point, where `b` stands.
  EntryValues(mlir::OpBuilder &b, const mlir::IRMapping &inputs) : b(b), known(inputs) {}

  /// The value of scalar `value`, or null when the entry point cannot know it.
  mlir::Value evaluate(mlir::Value value);
  /// The size of dimension `dim`, or null.
  mlir::Value size(mlir::Value memref, unsigned dim);
  /// The number of bytes of a row-major buffer of these sizes (null: unknown), rounded up to a multiple of 64.
  mlir::Value bytes(mlir::Value memref);
  mlir::Value constant(mlir::Location loc, int64_t value);

private:
  mlir::Value evaluateUncached(mlir::Value value);
  mlir::Value sizeUncached(mlir::Value memref, unsigned dim);
  mlir::Value sizeFromMixed(mlir::OpFoldResult size, mlir::Location loc);
  mlir::Value cloneView(mlir::Value memref);
  mlir::Value load(mlir::memref::LoadOp op);
  mlir::Value cloneWithRegions(mlir::OpResult result);

  /// The result of `op`, or of an equal op made before: sizes that are computed the same way are one value, so that a branch whose
  /// two sides agree on a size has that size.
  mlir::Value unique(mlir::Operation *op);

  struct Equivalence : llvm::DenseMapInfo<mlir::Operation *> {
    static unsigned getHashValue(const mlir::Operation *op);
    static bool isEqual(const mlir::Operation *a, const mlir::Operation *b);
  };

  mlir::OpBuilder &b;
  llvm::DenseSet<mlir::Operation *, Equivalence> made;
  mlir::IRMapping known;
  llvm::DenseMap<mlir::Value, mlir::Value> values;
  llvm::DenseMap<std::pair<mlir::Value, unsigned>, mlir::Value> sizes;
};

} // namespace ingot

#endif // INGOT_CODEGEN_MEMORY_ENTRYVALUES_H
