//===- Upstream.h - Evaluation of MLIR's own ops ----------------*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// For the implementation of the evaluator only.
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_IR_EVAL_UPSTREAM_H
#define INGOT_IR_EVAL_UPSTREAM_H

#include "ir/Eval/Eval.h"

namespace ingot::eval {

/// Evaluates an op of `func`, `scf`, `arith` or `tensor`.
llvm::LogicalResult evaluateUpstream(mlir::Operation *op, EvalState &state);

/// By dialect; `std::nullopt` for an op of another one, or one that is not known.
std::optional<llvm::LogicalResult> evaluateArith(mlir::Operation *op, EvalState &state);
std::optional<llvm::LogicalResult> evaluateTensor(mlir::Operation *op, EvalState &state);
std::optional<llvm::LogicalResult> evaluateControlFlow(mlir::Operation *op, EvalState &state);

} // namespace ingot::eval

#endif // INGOT_IR_EVAL_UPSTREAM_H
