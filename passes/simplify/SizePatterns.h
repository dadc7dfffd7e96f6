//===- SizePatterns.h - Arithmetic on sizes ---------------------*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_PASSES_SIMPLIFY_SIZEPATTERNS_H
#define INGOT_PASSES_SIMPLIFY_SIZEPATTERNS_H

#include "mlir/IR/PatternMatch.h"

namespace ingot {

/// What import computes sizes by (broadcasting, `-1` of a reshape) and upstream does not simplify, and code behind an assertion that
/// is known to fail.
void populateSizePatterns(mlir::RewritePatternSet &patterns);

} // namespace ingot

#endif // INGOT_PASSES_SIMPLIFY_SIZEPATTERNS_H
