//===- Variables.h - Arguments that a function changes ----------*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_CODEGEN_MEMORY_VARIABLES_H
#define INGOT_CODEGEN_MEMORY_VARIABLES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <optional>

namespace ingot {

/// On an argument and on the result that it becomes: the variable's name. `ingot.written` is on arguments that change, `ingot.scalar` on
/// those that the runtime fills anew for each step.
constexpr llvm::StringLiteral variableAttrName = "ingot.variable";
constexpr llvm::StringLiteral writtenAttrName = "ingot.written";
constexpr llvm::StringLiteral scalarAttrName = "ingot.scalar";
/// On the module: all variables, with their kinds and first values.
constexpr llvm::StringLiteral variablesAttrName = "ingot.variables";

/// For each result, the argument that it is the next value of.
llvm::SmallVector<std::optional<unsigned>> variableArguments(mlir::func::FuncOp function);

} // namespace ingot

#endif // INGOT_CODEGEN_MEMORY_VARIABLES_H
