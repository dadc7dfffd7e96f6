//===- Quantization.cpp - Quantize, dequantize, rescale ------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ir/Grad/Grad.h"

INGOT_NOT_DIFFERENTIABLE(QuantizeOp)
INGOT_NOT_DIFFERENTIABLE(RescaleOp)

INGOT_NO_RULE_YET(DequantizeOp)
