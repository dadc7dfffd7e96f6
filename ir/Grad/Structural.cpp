//===- Structural.cpp - Constants, iota, random, composites, calls -------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ir/Grad/Grad.h"

INGOT_NOT_DIFFERENTIABLE(ConstantOp)
INGOT_NOT_DIFFERENTIABLE(IotaOp)
INGOT_NOT_DIFFERENTIABLE(RandomOp)
INGOT_NOT_DIFFERENTIABLE(AssertOp)
INGOT_NOT_DIFFERENTIABLE(ParameterOp)
INGOT_NOT_DIFFERENTIABLE(AssignOp)
INGOT_NOT_DIFFERENTIABLE(StepScalarOp)

INGOT_NO_RULE_YET(CompositeOp)
INGOT_NO_RULE_YET(CustomCallOp)
