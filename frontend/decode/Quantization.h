//===- Quantization.h - Quantization for other decoders ---------*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_FRONTEND_DECODE_QUANTIZATION_H
#define INGOT_FRONTEND_DECODE_QUANTIZATION_H

#include "frontend/Decoder.h"

namespace ingot {

/// A tensor quantized to ui8 by its own range, with the scalars that say how.
struct DynamicallyQuantized {
  mlir::Value values, scale, zeroPoint;
};

/// DynamicQuantizeLinear. A tensor of zeros gets a scale of 1.
DynamicallyQuantized quantizeDynamically(ImportBuilder &b, mlir::Value x);

} // namespace ingot

#endif // INGOT_FRONTEND_DECODE_QUANTIZATION_H
