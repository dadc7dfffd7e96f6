//===- Passes.h - The passes up to to-linalg ---------------------*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_PASSES_PASSES_H
#define INGOT_PASSES_PASSES_H

#include "mlir/Pass/Pass.h"

#include <memory>
#include <string>

namespace ingot {

#define GEN_PASS_DECL
#include "passes/Passes.h.inc"

/// Registers every pass of Passes.td and the pipelines of Pipelines.h, for tools that name them on the command line.
void registerIngotPasses();

} // namespace ingot

#endif // INGOT_PASSES_PASSES_H
