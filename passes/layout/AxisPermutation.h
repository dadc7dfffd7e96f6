//===- AxisPermutation.h - Ops computed on permuted dimensions --*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// `AxisOpInterface` speaks of ops whose operands and results have the same dimensions. This adds the ops that drop, add, merge or
// split some, so that a permutation can be followed through all of them.
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_PASSES_LAYOUT_AXISPERMUTATION_H
#define INGOT_PASSES_LAYOUT_AXISPERMUTATION_H

#include "passes/Utils.h"

namespace ingot {

/// How the operands and results of an op are permuted together. An empty permutation leaves its value as it is.
struct AxisPermutation {
  llvm::SmallVector<Permutation> operands, results;
};

/// The permutation of all operands and results when the operand (result) `number` is permuted by `permutation`; nothing when the op
/// cannot work so, or its other values do not follow from this one.
std::optional<AxisPermutation> permuteFromOperand(mlir::Operation *op, unsigned number, llvm::ArrayRef<int64_t> permutation);
std::optional<AxisPermutation> permuteFromResult(mlir::Operation *op, unsigned number, llvm::ArrayRef<int64_t> permutation);

/// Builds the op on operands permuted as `permutation` says; its results are permuted likewise. Nothing is built on failure.
llvm::FailureOr<llvm::SmallVector<mlir::Value>> buildPermuted(mlir::OpBuilder &builder, mlir::Operation *op,
                                                              const AxisPermutation &permutation,
                                                              llvm::ArrayRef<mlir::Value> operands);

/// Whether two permutations differ in the places of dimensions of size 1 only.
bool isSameOrder(mlir::RankedTensorType type, llvm::ArrayRef<int64_t> left, llvm::ArrayRef<int64_t> right);

} // namespace ingot

#endif // INGOT_PASSES_LAYOUT_AXISPERMUTATION_H
