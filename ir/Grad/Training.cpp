//===- Training.cpp - Gradients of what only training says ---------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ir/Grad/Grad.h"

using namespace mlir;
using namespace ingot;

INGOT_NOT_DIFFERENTIABLE(StopGradientOp)

INGOT_RULE(StraightThroughOp) {
  return {Value(), dys[0]};
}

INGOT_REFUSED(GradOp)
