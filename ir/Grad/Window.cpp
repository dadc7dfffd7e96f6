//===- Window.cpp - Pooling ----------------------------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ir/Grad/Grad.h"

INGOT_NOT_DIFFERENTIABLE(ArgMaxWindowOp)

INGOT_NO_RULE_YET(ReduceWindowOp)
INGOT_NO_RULE_YET(MaxPoolGradOp)
