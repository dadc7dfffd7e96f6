//===- RefineShapes.h - Give a value a more static type ---------*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_PASSES_SIMPLIFY_REFINESHAPES_H
#define INGOT_PASSES_SIMPLIFY_REFINESHAPES_H

#include "ir/Ingot/Ingot.h"

namespace ingot {

/// Changes the type of `value` in place to `type`, which has the same rank. Uses by ops that must not see another type (`scf`, calls,
/// regions) get a cast to the old one; `ingot` ops and returns take the new one.
void refineType(mlir::Value value, mlir::RankedTensorType type);

/// Gives every op below `root`, and functions, the types that follow from those of its operands; true when one changed. To be called
/// after `refineType`: ops whose operands and result have one type are invalid until then.
bool propagateTypes(mlir::Operation *root);

} // namespace ingot

#endif // INGOT_PASSES_SIMPLIFY_REFINESHAPES_H
