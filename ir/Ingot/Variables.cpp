//===- Variables.cpp - Parameters, buffers and scalars of a step ---------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ir/Ingot/OpUtils.h"

using namespace mlir;
using namespace ingot;
using namespace ingot::detail;

template <typename OpTy> static LogicalResult verifyName(OpTy op) {
  if (op.getName().empty())
    return op.emitOpError("(C1) the name is empty");
  return success();
}

LogicalResult ParameterOp::verify() {
  return verifyName(*this);
}

SizeSource ParameterOp::getSizeSource(unsigned, int64_t) {
  return {};
}

LogicalResult ParameterOp::reifyResultShapes(OpBuilder &builder, ReifiedRankedShapedTypeDims &sizes) {
  return reifySizes(*this, builder, sizes);
}

LogicalResult AssignOp::verify() {
  return verifyName(*this);
}

SizeSource AssignOp::getSizeSource(unsigned, int64_t) {
  return {};
}

LogicalResult AssignOp::reifyResultShapes(OpBuilder &, ReifiedRankedShapedTypeDims &) {
  return success();
}

LogicalResult StepScalarOp::verify() {
  if (getResult().getType().getRank() != 0)
    return emitOpError() << "(C2) the result has rank " << getResult().getType().getRank() << " instead of 0";
  return verifyName(*this);
}

SizeSource StepScalarOp::getSizeSource(unsigned, int64_t) {
  return {};
}

LogicalResult StepScalarOp::reifyResultShapes(OpBuilder &builder, ReifiedRankedShapedTypeDims &sizes) {
  return reifySizes(*this, builder, sizes);
}
