//===- OpUtils.h - What the op families share -------------------*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// For the implementation of the dialect only.
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_IR_INGOT_OPUTILS_H
#define INGOT_IR_INGOT_OPUTILS_H

#include "ir/Ingot/Shapes.h"
#include "mlir/IR/PatternMatch.h"

namespace ingot::detail {

/// Every size from `getSizeSource`, and `compute` (which may be null) for those that need arithmetic. A null size stays unknown.
mlir::LogicalResult reifySizes(mlir::Operation *op, mlir::OpBuilder &builder, mlir::ReifiedRankedShapedTypeDims &sizes,
                               llvm::function_ref<mlir::OpFoldResult(unsigned result, int64_t dim, SizeMath &math)> compute = {});

/// The number of operands goes with the dynamic entries of the list, of which there are `count`; static ones are not below `lowest`.
mlir::LogicalResult verifyMixed(mlir::Operation *op, llvm::StringRef label, llvm::StringRef what, llvm::ArrayRef<int64_t> statics,
                                mlir::ValueRange dynamics, int64_t count, int64_t lowest = 0);
/// `verifyMixed`, and the sizes are those of `type` as far as both are known.
mlir::LogicalResult verifySizes(mlir::Operation *op, llvm::StringRef label, llvm::ArrayRef<int64_t> statics, mlir::ValueRange dynamics,
                                llvm::ArrayRef<int64_t> shape);
mlir::LogicalResult verifyAxis(mlir::Operation *op, llvm::StringRef label, int64_t axis, int64_t rank);
mlir::LogicalResult verifyDimensions(mlir::Operation *op, llvm::StringRef label, llvm::StringRef what,
                                     llvm::ArrayRef<int64_t> dimensions, int64_t rank);
/// The declared type may be more or less static than the inferred one.
mlir::LogicalResult verifyType(mlir::Operation *op, llvm::StringRef label, llvm::StringRef what, mlir::Type declared,
                               mlir::RankedTensorType expected);

/// The same element types, and shapes that agree where both are known.
bool areCompatible(mlir::TypeRange inferred, mlir::TypeRange declared);

/// Moves entry `permutation[i]` of an axis list to `i`; the axis `axis` becomes `inverse(permutation)[axis]`.
int64_t permuteAxis(int64_t axis, llvm::ArrayRef<int64_t> permutation);

/// A copy of `op` on other operands, its first result of another type.
mlir::Operation *copyOn(mlir::OpBuilder &builder, mlir::Operation *op, mlir::ValueRange operands, mlir::Type resultType);

/// The value as `type`, through `tensor.cast` where it differs in what is static.
mlir::Value castTo(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value value, mlir::Type type);

/// Builders fall back to the first operand's type where inference fails; the verifier then says why.
inline mlir::Type orElse(mlir::RankedTensorType inferred, mlir::Type fallback) { return inferred ? inferred : fallback; }
inline mlir::RankedTensorType tensorType(mlir::Value value) { return mlir::cast<mlir::RankedTensorType>(value.getType()); }

} // namespace ingot::detail

#endif // INGOT_IR_INGOT_OPUTILS_H
