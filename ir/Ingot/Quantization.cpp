//===- Quantization.cpp - Quantize, dequantize, rescale ------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ir/Ingot/OpUtils.h"

using namespace mlir;
using namespace ingot;
using namespace ingot::detail;

// (C1) the axis, (C2) the shape of scale and zero point.
static LogicalResult verifyParameters(Operation *op, RankedTensorType x, RankedTensorType scale, RankedTensorType zeroPoint,
                                      int64_t axis, int64_t blockSize) {
  bool scalar = scale.getRank() == 0;
  if (!scalar && failed(verifyAxis(op, "C1", axis, x.getRank())))
    return failure();
  bool fits = zeroPoint.getRank() == scale.getRank() && succeeded(verifyCompatibleShape(zeroPoint.getShape(), scale.getShape())) &&
              blockSize >= 0;
  if (blockSize == 0) {
    fits &= scalar || (scale.getRank() == 1 && succeeded(verifyCompatibleShape(scale.getShape(), x.getShape().slice(axis, 1))));
  } else if ((fits &= scale.getRank() == x.getRank() && x.getRank() > 0)) {
    for (int64_t dim = 0; dim < x.getRank(); ++dim) {
      int64_t size = x.getDimSize(dim), entries = scale.getDimSize(dim);
      if (dim == axis && size != ShapedType::kDynamic)
        size = llvm::divideCeil(size, blockSize);
      fits &= size == ShapedType::kDynamic || entries == ShapedType::kDynamic || size == entries;
    }
  }
  if (!fits)
    return op->emitOpError() << "(C2) scale " << scale << " and zero point " << zeroPoint << " do not fit " << x
                             << " along dimension " << axis;
  return success();
}

//===--- quantize ----------------------------------------------------------===//

void QuantizeOp::build(OpBuilder &builder, OperationState &state, Value x, Value scale, Value zeroPoint, int64_t axis,
                       int64_t blockSize) {
  build(builder, state, tensorType(x).clone(tensorType(zeroPoint).getElementType()), x, scale, zeroPoint, axis, blockSize);
}

LogicalResult QuantizeOp::verify() {
  auto x = getX().getType(), zeroPoint = getZeroPoint().getType();
  if (failed(verifyParameters(*this, x, getScale().getType(), zeroPoint, getAxis(), getBlockSize())))
    return failure();
  return verifyType(*this, "C3", "the result", getResult().getType(), x.clone(zeroPoint.getElementType()));
}

SizeSource QuantizeOp::getSizeSource(unsigned, int64_t dim) {
  return {getX(), dim};
}

LogicalResult QuantizeOp::reifyResultShapes(OpBuilder &builder, ReifiedRankedShapedTypeDims &sizes) {
  return reifySizes(*this, builder, sizes);
}

//===--- dequantize --------------------------------------------------------===//

void DequantizeOp::build(OpBuilder &builder, OperationState &state, Value x, Value scale, Value zeroPoint, int64_t axis,
                         int64_t blockSize) {
  build(builder, state, tensorType(x).clone(tensorType(scale).getElementType()), x, scale, zeroPoint, axis, blockSize);
}

LogicalResult DequantizeOp::verify() {
  auto x = getX().getType(), scale = getScale().getType(), zeroPoint = getZeroPoint().getType();
  if (failed(verifyParameters(*this, x, scale, zeroPoint, getAxis(), getBlockSize())))
    return failure();
  if (zeroPoint.getElementType() != x.getElementType())
    return emitOpError() << "(C3) the zero point " << zeroPoint << " does not have the element type of " << x;
  return verifyType(*this, "C4", "the result", getResult().getType(), x.clone(scale.getElementType()));
}

SizeSource DequantizeOp::getSizeSource(unsigned, int64_t dim) {
  return {getX(), dim};
}

LogicalResult DequantizeOp::reifyResultShapes(OpBuilder &builder, ReifiedRankedShapedTypeDims &sizes) {
  return reifySizes(*this, builder, sizes);
}

//===--- rescale -----------------------------------------------------------===//

void RescaleOp::build(OpBuilder &builder, OperationState &state, Value x, Value scale, Value zeroPoint, int64_t axis) {
  build(builder, state, tensorType(x).clone(tensorType(zeroPoint).getElementType()), x, scale, zeroPoint, axis);
}

LogicalResult RescaleOp::verify() {
  auto x = getX().getType(), scale = getScale().getType(), zeroPoint = getZeroPoint().getType();
  bool scalars = scale.getRank() == 0 && zeroPoint.getRank() == 0;
  if (!scalars && failed(verifyAxis(*this, "C1", getAxis(), x.getRank())))
    return failure();
  auto fits = [&](RankedTensorType type) {
    return type.getRank() == 0 ||
           (type.getRank() == 1 && succeeded(verifyCompatibleShape(type.getShape(), x.getShape().slice(getAxis(), 1))));
  };
  if (!fits(zeroPoint) || !fits(scale))
    return emitOpError() << "(C2) scale " << scale << " and zero point " << zeroPoint << " do not fit " << x << " along dimension "
                         << static_cast<int64_t>(getAxis());
  return verifyType(*this, "C3", "the result", getResult().getType(), x.clone(zeroPoint.getElementType()));
}

SizeSource RescaleOp::getSizeSource(unsigned, int64_t dim) {
  return {getX(), dim};
}

LogicalResult RescaleOp::reifyResultShapes(OpBuilder &builder, ReifiedRankedShapedTypeDims &sizes) {
  return reifySizes(*this, builder, sizes);
}
