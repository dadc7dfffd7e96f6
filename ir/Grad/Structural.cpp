//===- Structural.cpp - Constants, iota, random, composites, calls -------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ir/Grad/Grad.h"

using namespace mlir;
using namespace ingot;

INGOT_NOT_DIFFERENTIABLE(ConstantOp)
INGOT_NOT_DIFFERENTIABLE(IotaOp)
INGOT_NOT_DIFFERENTIABLE(RandomOp)
INGOT_NOT_DIFFERENTIABLE(AssertOp)
INGOT_NOT_DIFFERENTIABLE(ParameterOp)
INGOT_NOT_DIFFERENTIABLE(AssignOp)
INGOT_NOT_DIFFERENTIABLE(StepScalarOp)

INGOT_WITHOUT_RULE(CompositeOp, ByRegion)

// What a kernel computes nobody knows, but where it gives indices there is nothing to differentiate.
Differentiability CustomCallOp::getDifferentiability() {
  bool hasFloats = llvm::any_of(getResultTypes(), [](Type type) { return isa<FloatType>(getElementTypeOrSelf(type)); });
  return hasFloats ? Differentiability::NoRule : Differentiability::NotDifferentiable;
}

SmallVector<Value> CustomCallOp::buildVJP(OpBuilder &, ValueRange, ArrayRef<bool>) {
  return {};
}
