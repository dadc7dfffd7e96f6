//===- BlockedContraction.h - Products of operands in any order -*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_CODEGEN_CPU_BLOCKEDCONTRACTION_H
#define INGOT_CODEGEN_CPU_BLOCKEDCONTRACTION_H

#include "codegen/cpu/LoopNest.h"
#include "codegen/strategy/Contraction.h"

namespace ingot {

/// The axes of a contraction, in the order of the result, and which of its inputs gives scalars and which vectors.
struct ContractionAxes {
  llvm::SmallVector<Axis> batch, rows, outerColumns, steps;
  Axis columns;
  unsigned scalarSide = 0, vectorSide = 1;
  mlir::Type sum; // the type of the sums
};

/// Whether the rows' operand lies along the rows rather than along the steps of the sum.
bool liesAlongRows(const LoopNest &nest, const ContractionAxes &axes);

/// Whether the steps of a sum of products of bf16 come in pairs.
bool mayPair(const LoopNest &nest, const ContractionAxes &axes);

/// Emits a contraction of two operands that are both made at run time, in float and of one type: that of the sums, or a shorter one, whose
/// elements are widened while they are packed, or paired where they are bf16 and `mayPair`.
void emitBlockedContraction(KernelEmitter &emitter, LoopNest &nest, const ContractionAxes &axes, const ContractionConfig &config);

} // namespace ingot

#endif // INGOT_CODEGEN_CPU_BLOCKEDCONTRACTION_H
