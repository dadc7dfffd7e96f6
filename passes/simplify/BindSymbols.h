//===- BindSymbols.h - Fixed sizes for named dimensions ---------*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_PASSES_SIMPLIFY_BINDSYMBOLS_H
#define INGOT_PASSES_SIMPLIFY_BINDSYMBOLS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace ingot {

/// Whether an input of `func` has a dimension of this name.
bool hasSymbol(mlir::func::FuncOp func, llvm::StringRef symbol);

/// Gives dimensions of these names their sizes in the inputs' types; `propagateTypes` carries them on. Fails after an error.
mlir::LogicalResult bindSymbols(mlir::func::FuncOp func, llvm::ArrayRef<std::pair<llvm::StringRef, int64_t>> sizes);

} // namespace ingot

#endif // INGOT_PASSES_SIMPLIFY_BINDSYMBOLS_H
