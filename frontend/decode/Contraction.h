//===- Contraction.h - Matrix products for other decoders -------*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_FRONTEND_DECODE_CONTRACTION_H
#define INGOT_FRONTEND_DECODE_CONTRACTION_H

#include "frontend/Decoder.h"

namespace ingot {

/// NumPy's matmul: vectors, matrices and stacks of matrices with broadcast batch dimensions. `transposeLhs` and `transposeRhs` swap
/// the last two dimensions of an operand of rank 2 or more. `accumulator` is the result's element type, null for that of the
/// operands.
mlir::Value matmul(ImportBuilder &b, mlir::Value lhs, mlir::Value rhs, bool transposeLhs = false, bool transposeRhs = false,
                   mlir::Type accumulator = {});

/// An 8-bit tensor less its zero point (null: 0, else broadcast to x), as i32.
mlir::Value centered(ImportBuilder &b, mlir::Value x, mlir::Value zeroPoint);

/// The zero point or scale of a product's left side, made to broadcast along its rows.
mlir::Value rowZeroPoint(ImportBuilder &b, mlir::Value zeroPoint, mlir::Value lhs);

} // namespace ingot

#endif // INGOT_FRONTEND_DECODE_CONTRACTION_H
