//===- BufferizationModels.h - How linalg_ext bufferizes --------*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_CODEGEN_MEMORY_BUFFERIZATIONMODELS_H
#define INGOT_CODEGEN_MEMORY_BUFFERIZATIONMODELS_H

#include "ir/LinalgExt/LinalgExt.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace mlir {
class DialectRegistry;
}

namespace ingot {

/// BufferizableOpInterface for the destination-style ops of linalg_ext.
void registerLinalgExtBufferization(mlir::DialectRegistry &registry);

/// On a dispatch: pairs of an input and an output that may be one memory, for the time of bufferization.
constexpr llvm::StringLiteral inPlaceAttrName = "ingot.in_place";

/// Writes down which inputs `kernel` reads only where it writes an output.
void markInPlace(linalg_ext::DispatchOp dispatch, mlir::func::FuncOp kernel);

} // namespace ingot

#endif // INGOT_CODEGEN_MEMORY_BUFFERIZATIONMODELS_H
