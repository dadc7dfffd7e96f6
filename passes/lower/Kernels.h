//===- Kernels.h - Calls of the runtime's C kernels -------------*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_PASSES_LOWER_KERNELS_H
#define INGOT_PASSES_LOWER_KERNELS_H

#include "passes/lower/Lowering.h"

namespace ingot::lower {

/// The first `k` values of `x` in order along `axis`, and their indices, by `ingot_kernel_sort`. `op` gives the result types.
llvm::SmallVector<mlir::Value> sortAlong(LinalgBuilder &b, mlir::Operation *op, mlir::Value x, mlir::OpFoldResult k, int64_t axis,
                                         bool descending, const mlir::TypeConverter &types);

void populateKernels(const mlir::TypeConverter &types, Patterns &patterns);

} // namespace ingot::lower

#endif // INGOT_PASSES_LOWER_KERNELS_H
