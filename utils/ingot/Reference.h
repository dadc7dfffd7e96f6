//===- Reference.h - Values of the runtime and of the evaluator -*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_COMMAND_REFERENCE_H
#define INGOT_COMMAND_REFERENCE_H

#include "utils/ingot/Command.h"

#include "ir/Eval/Eval.h"

namespace ingot {

/// The element type of the dialect for a number of ONNX (ingot_dtype), and back (0 for others).
mlir::Type typeOf(int32_t dtype, mlir::MLIRContext *context);
int32_t dtypeOf(mlir::Type type);
/// The runtime's memory as a value of the evaluator.
EvalTensor viewOf(const ingot_tensor &tensor, mlir::MLIRContext *context);
/// The node that a location names: `"conv1" (Conv, opset 17)`.
std::string nodeOf(mlir::Location loc);

/// The first node of the model `path`, in training mode with the parameters of `state` and these inputs (by name), whose result is NaN or
/// infinite where its operands are not: a sentence that says so, or that it is none of them. The evaluator runs all of the model for it.
std::string findNonFinite(const CompileOptions &options, ingot_state *state, llvm::ArrayRef<ingot_tensor> inputs,
                          llvm::ArrayRef<std::string> names);

} // namespace ingot

#endif // INGOT_COMMAND_REFERENCE_H
