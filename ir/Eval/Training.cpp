//===- Training.cpp - Evaluation of what only training says --------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ir/Eval/Eval.h"

using namespace mlir;
using namespace ingot;

LogicalResult StopGradientOp::evaluate(EvalState &state) {
  state.set(getResult(), state.tensor(getX()));
  return success();
}

LogicalResult StraightThroughOp::evaluate(EvalState &state) {
  state.set(getResult(), state.tensor(getValue()));
  return success();
}

// What it means is a transformation of the ops before it, which `expand-gradients` carries out.
LogicalResult GradOp::evaluate(EvalState &state) {
  return state.error("a gradient has a value only after expand-gradients");
}
