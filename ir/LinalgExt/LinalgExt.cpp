//===- LinalgExt.cpp - The linalg_ext dialect ---------------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ir/LinalgExt/LinalgExt.h"

#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace ingot::linalg_ext;

#include "ir/LinalgExt/LinalgExtDialect.cpp.inc"
#include "ir/LinalgExt/LinalgExtEnums.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "ir/LinalgExt/LinalgExtAttributes.cpp.inc"

#define GET_OP_CLASSES
#include "ir/LinalgExt/LinalgExtOps.cpp.inc"

void LinalgExtDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "ir/LinalgExt/LinalgExtAttributes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "ir/LinalgExt/LinalgExtOps.cpp.inc"
      >();
}

static ShapedType shaped(Value value) { return cast<ShapedType>(value.getType()); }

template <typename OpT>
static LogicalResult expectOperands(OpT op, size_t inputs, size_t outputs) {
  if (op.getInputs().size() != inputs || op.getOutputs().size() != outputs)
    return op.emitOpError() << "takes " << inputs << " inputs and " << outputs << " outputs";
  return success();
}

LogicalResult ScatterOp::verify() {
  if (failed(expectOperands(*this, 2, 1)))
    return failure();
  ShapedType indices = shaped(getInputs()[0]), updates = shaped(getInputs()[1]), output = shaped(getOutputs()[0]);
  if (updates.getElementType() != output.getElementType())
    return emitOpError("updates and output have different element types");
  if (std::optional<uint64_t> scattered = getAxis()) {
    if (static_cast<int64_t>(*scattered) >= output.getRank() || indices.getRank() != output.getRank() ||
        updates.getRank() != output.getRank())
      return emitOpError("indices, updates and output must have one rank, and axis a dimension of it");
    return success();
  }
  if (indices.getRank() == 0 || indices.isDynamicDim(indices.getRank() - 1))
    return emitOpError("the last dimension of the indices must be static");
  int64_t depth = indices.getDimSize(indices.getRank() - 1);
  if (depth > output.getRank() || updates.getRank() != indices.getRank() - 1 + output.getRank() - depth)
    return emitOpError("ranks of indices, updates and output disagree");
  return success();
}

LogicalResult ScanOp::verify() {
  if (failed(expectOperands(*this, 1, 1)))
    return failure();
  if (static_cast<int64_t>(getAxis()) >= shaped(getInputs()[0]).getRank())
    return emitOpError("axis is out of range");
  return success();
}

LogicalResult ArgReduceOp::verify() {
  if (failed(expectOperands(*this, 1, 1)))
    return failure();
  int64_t rank = shaped(getInputs()[0]).getRank();
  if (static_cast<int64_t>(getAxis()) >= rank || shaped(getOutputs()[0]).getRank() != rank - 1)
    return emitOpError("axis is out of range, or the output does not have one dimension less");
  return success();
}

LogicalResult NonzeroOp::verify() {
  if (failed(expectOperands(*this, 1, 1)))
    return failure();
  if (shaped(getOutputs()[0]).getRank() != 2)
    return emitOpError("the output has two dimensions");
  return success();
}
