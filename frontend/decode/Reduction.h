//===- Reduction.h - Reductions for other decoders --------------*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_FRONTEND_DECODE_REDUCTION_H
#define INGOT_FRONTEND_DECODE_REDUCTION_H

#include "frontend/Decoder.h"

namespace ingot {

/// The arithmetic mean; of integers rounded toward zero.
mlir::Value reduceMean(ImportBuilder &b, mlir::Value x, llvm::ArrayRef<int64_t> axes, bool keepDims);

/// All dimensions of x from `first` on.
llvm::SmallVector<int64_t> axesFrom(mlir::Value x, int64_t first);

} // namespace ingot

#endif // INGOT_FRONTEND_DECODE_REDUCTION_H
