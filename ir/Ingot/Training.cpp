//===- Training.cpp - What only training says ----------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ir/Ingot/OpUtils.h"

using namespace mlir;
using namespace ingot;
using namespace ingot::detail;

#define INGOT_SIZES_OF(OP, OPERANDS)                                                                                               \
  SizeSource OP::getSizeSource(unsigned result, int64_t dim) {                                                                     \
    return {(OPERANDS)[result], dim};                                                                                              \
  }                                                                                                                                \
  LogicalResult OP::reifyResultShapes(OpBuilder &builder, ReifiedRankedShapedTypeDims &sizes) {                                    \
    return reifySizes(*this, builder, sizes);                                                                                      \
  }

INGOT_SIZES_OF(StopGradientOp, getOperation()->getOperands())
INGOT_SIZES_OF(StraightThroughOp, getOperation()->getOperands())
INGOT_SIZES_OF(GradOp, getXs())

LogicalResult GradOp::verify() {
  if (getYs().empty() || getXs().empty())
    return emitOpError("(C1) has no y or no x");
  if (!getCotangents().empty() && !areCompatible(getCotangents().getTypes(), getYs().getTypes()))
    return emitOpError("(C2) the cotangents do not have the types of the ys");
  if (getCotangents().empty())
    for (auto [i, y] : llvm::enumerate(getYs()))
      if (tensorType(y).getRank() != 0)
        return emitOpError() << "(C3) y " << i << " is " << y.getType() << ": what is no scalar needs a cotangent";
  if (!areCompatible(getXs().getTypes(), getResults().getTypes()))
    return emitOpError("(C4) the results do not have the types of the xs");
  return success();
}
