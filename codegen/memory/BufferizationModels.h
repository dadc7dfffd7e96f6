//===- BufferizationModels.h - How linalg_ext bufferizes --------*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_CODEGEN_MEMORY_BUFFERIZATIONMODELS_H
#define INGOT_CODEGEN_MEMORY_BUFFERIZATIONMODELS_H

namespace mlir {
class DialectRegistry;
}

namespace ingot {

/// BufferizableOpInterface for the destination-style ops of linalg_ext.
void registerLinalgExtBufferization(mlir::DialectRegistry &registry);

} // namespace ingot

#endif // INGOT_CODEGEN_MEMORY_BUFFERIZATIONMODELS_H
