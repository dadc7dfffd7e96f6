//===- MathExpansions.h - Elementary functions as polynomials ---*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The same code for scalars and vectors, so that a value does not depend on whether it was computed in a vector or its tail.
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_CODEGEN_CPU_MATHEXPANSIONS_H
#define INGOT_CODEGEN_CPU_MATHEXPANSIONS_H

#include "mlir/IR/Operation.h"
#include "mlir/IR/Value.h"

namespace ingot {

/// What the processor has: fused multiply-add, and AVX-512's `vscalefps`.
struct MathInstructions {
  bool fma = false, scalef = false;
};

/// The value of `op`, an op of the math dialect or arith.remf, built in front of it; null when LLVM has an instruction for it; failure
/// when nobody knows how.
llvm::FailureOr<mlir::Value> expandMath(mlir::Operation *op, MathInstructions has);

/// The same for conversions from and to 16-bit floats; null where LLVM has an instruction. `f16c`: the processor
/// converts from and to f16.
mlir::Value expandConversion(mlir::Operation *op, bool f16c);

} // namespace ingot

#endif // INGOT_CODEGEN_CPU_MATHEXPANSIONS_H
