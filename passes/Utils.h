//===- Utils.h - Reshapes, permutations and constants ------------*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What several passes ask of values of the `ingot` dialect.
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_PASSES_UTILS_H
#define INGOT_PASSES_UTILS_H

#include "ir/Ingot/Shapes.h"

#include "mlir/IR/PatternMatch.h"

namespace ingot {

inline mlir::RankedTensorType getTensorType(mlir::Value value) { return llvm::cast<mlir::RankedTensorType>(value.getType()); }

/// Bytes of a static tensor's elements; `std::nullopt` when a size is dynamic.
std::optional<int64_t> getBytes(mlir::RankedTensorType type);

//===----------------------------------------------------------------------===//
// Building
//===----------------------------------------------------------------------===//

/// `x` itself when it has these static sizes already.
mlir::Value buildReshape(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value x, llvm::ArrayRef<mlir::OpFoldResult> sizes);
mlir::Value buildTranspose(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value x, llvm::ArrayRef<int64_t> permutation);

/// The number `value` broadcast to the shape of `like`, in its element type.
mlir::Value buildSplat(mlir::OpBuilder &builder, mlir::Location loc, double value, mlir::Value like);

/// `op` with other operands and result types; regions are not supported.
mlir::Operation *rebuildWith(mlir::OpBuilder &builder, mlir::Operation *op, mlir::ValueRange operands, mlir::TypeRange types);

//===----------------------------------------------------------------------===//
// Permutations: dimension i of the result is dimension `p[i]` of the operand
//===----------------------------------------------------------------------===//

using Permutation = llvm::SmallVector<int64_t>;

/// First `first`, then `second`, as one.
Permutation compose(llvm::ArrayRef<int64_t> first, llvm::ArrayRef<int64_t> second);
/// Whether dimensions of a size other than 1 keep their order, so that the transpose is a reshape.
bool movesOnlyUnits(mlir::RankedTensorType type, llvm::ArrayRef<int64_t> permutation);

/// Matches dimensions that are not of size 1, in order, when `from` and `to` differ in dimensions of size 1 only. Entry i is the
/// dimension of `to` that dimension i of `from` became, or -1 for a dropped one.
std::optional<llvm::SmallVector<int64_t>> matchUnitReshape(mlir::Value from, mlir::Value to);

//===----------------------------------------------------------------------===//
// Locations
//===----------------------------------------------------------------------===//

/// The names of the ONNX nodes that a location stands for.
llvm::SmallVector<llvm::StringRef> nodeNames(mlir::Location loc);

//===----------------------------------------------------------------------===//
// Constants
//===----------------------------------------------------------------------===//

/// Whether every operand and result has one shape and each element is computed from those at its place.
bool isElementwise(mlir::Operation *op);

/// The number that each element of `value` is.
std::optional<llvm::APFloat> getFloatSplat(mlir::Value value);
std::optional<llvm::APInt> getIntSplat(mlir::Value value);

inline bool isConstant(mlir::Value value) { return value.getDefiningOp<ConstantOp>() != nullptr; }

} // namespace ingot

#endif // INGOT_PASSES_UTILS_H
