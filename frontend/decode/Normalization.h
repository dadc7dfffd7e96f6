//===- Normalization.h - Normalizations for other decoders ------*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_FRONTEND_DECODE_NORMALIZATION_H
#define INGOT_FRONTEND_DECODE_NORMALIZATION_H

#include "frontend/Decoder.h"

namespace ingot {

/// x less its mean over `axes` (unless `rms`), divided by the root of the mean square plus epsilon.
mlir::Value normalize(ImportBuilder &b, mlir::Value x, llvm::ArrayRef<int64_t> axes, double epsilon, bool rms = false);

/// `x * scale + bias`, both (the bias may be null) broadcast to x with dimensions aligned at the right.
mlir::Value scaleAndShift(ImportBuilder &b, mlir::Value x, mlir::Value scale, mlir::Value bias);

/// The mean and the reciprocal of the standard deviation over `axes`, which stay as dimensions of 1.
std::pair<mlir::Value, mlir::Value> meanAndInverseDeviation(ImportBuilder &b, mlir::Value x, llvm::ArrayRef<int64_t> axes,
                                                            double epsilon);

} // namespace ingot

#endif // INGOT_FRONTEND_DECODE_NORMALIZATION_H
