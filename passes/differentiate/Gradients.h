//===- Gradients.h - Reverse-mode differentiation ----------------*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_PASSES_DIFFERENTIATE_GRADIENTS_H
#define INGOT_PASSES_DIFFERENTIATE_GRADIENTS_H

#include "ir/Ingot/Ingot.h"

namespace ingot {

/// Builds, where `builder` stands, the cotangents of `xs`: what `cotangents` of `ys` give to them along all paths, in their types
/// and 0 where there is no path. Without `cotangents` each y is a scalar and its cotangent 1; a null one is 0. All values must be
/// defined before the insertion point, in its block or around it. On failure the reason has been reported at the op that is in the
/// way.
///
/// A loop on a path is replaced by one that also saves what its reverse needs. The values of the old one stay valid for the caller
/// to hold, but without users: take values from their users again (the operands of a `return`) afterwards.
llvm::FailureOr<llvm::SmallVector<mlir::Value>> buildGradients(mlir::OpBuilder &builder, mlir::ValueRange ys,
                                                               mlir::ValueRange cotangents, mlir::ValueRange xs);

} // namespace ingot

#endif // INGOT_PASSES_DIFFERENTIATE_GRADIENTS_H
