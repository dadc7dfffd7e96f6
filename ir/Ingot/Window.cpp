//===- Window.cpp - Pooling ----------------------------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ir/Ingot/OpUtils.h"

using namespace mlir;
using namespace ingot;
using namespace ingot::detail;

template <typename OpTy> static LogicalResult verifyWindow(OpTy op) {
  int64_t rank = op.getX().getType().getRank();
  for (ArrayRef<int64_t> list : {op.getWindow(), op.getStrides(), op.getDilations(), op.getPadLow(), op.getPadHigh()})
    if (static_cast<int64_t>(list.size()) != rank)
      return op.emitOpError() << "(C1) window, strides, dilations and pads do not all have " << rank << " entries";
  auto isPositive = [](int64_t entry) { return entry > 0; };
  auto isNatural = [](int64_t entry) { return entry >= 0; };
  if (!llvm::all_of(op.getWindow(), isPositive) || !llvm::all_of(op.getStrides(), isPositive) ||
      !llvm::all_of(op.getDilations(), isPositive))
    return op.emitOpError("(C2) window, strides and dilations are not all positive");
  if (!llvm::all_of(op.getPadLow(), isNatural) || !llvm::all_of(op.getPadHigh(), isNatural))
    return op.emitOpError("(C2) a pad is negative");
  return success();
}

template <typename OpTy> static RankedTensorType inferTypeOf(OpTy op, Type elementType) {
  return ingot::inferWindowType(op.getX().getType(), op.getWindow(), op.getStrides(), op.getDilations(), op.getPadLow(),
                                op.getPadHigh(), elementType);
}

// A dimension that is not pooled keeps its size, and so does one whose padding makes up for its window.
template <typename OpTy> static SizeSource sizeOfWindows(OpTy op, int64_t dim) {
  bool keeps =
      op.getStrides()[dim] == 1 && op.getPadLow()[dim] + op.getPadHigh()[dim] == (op.getWindow()[dim] - 1) * op.getDilations()[dim];
  return keeps ? SizeSource(op.getX(), dim) : SizeSource();
}

template <typename OpTy> static LogicalResult reifyWindows(OpTy op, OpBuilder &builder, ReifiedRankedShapedTypeDims &sizes) {
  return reifySizes(op, builder, sizes, [&](unsigned, int64_t dim, SizeMath &math) {
    return math.windows(getMixedSize(builder, op.getLoc(), op.getX(), dim), math.constant(op.getWindow()[dim]),
                        op.getStrides()[dim], op.getDilations()[dim], op.getPadLow()[dim], op.getPadHigh()[dim]);
  });
}

//===--- reduce_window -----------------------------------------------------===//

void ReduceWindowOp::build(OpBuilder &builder, OperationState &state, WindowKind kind, Value x, ArrayRef<int64_t> window,
                           ArrayRef<int64_t> strides, ArrayRef<int64_t> dilations, ArrayRef<int64_t> padLow,
                           ArrayRef<int64_t> padHigh, bool countPadding) {
  RankedTensorType type =
      ingot::inferWindowType(tensorType(x), window, strides, dilations, padLow, padHigh, tensorType(x).getElementType());
  build(builder, state, orElse(type, x.getType()), kind, x, window, strides, dilations, padLow, padHigh, countPadding);
}

LogicalResult ReduceWindowOp::verify() {
  if (failed(verifyWindow(*this)))
    return failure();
  return verifyType(*this, "C3", "the result", getResult().getType(), inferTypeOf(*this, getX().getType().getElementType()));
}

SizeSource ReduceWindowOp::getSizeSource(unsigned, int64_t dim) {
  return sizeOfWindows(*this, dim);
}

LogicalResult ReduceWindowOp::reifyResultShapes(OpBuilder &builder, ReifiedRankedShapedTypeDims &sizes) {
  return reifyWindows(*this, builder, sizes);
}

FailureOr<SmallVector<Value>> ReduceWindowOp::permuteDimensions(OpBuilder &builder, ValueRange operands,
                                                                ArrayRef<int64_t> permutation) {
  if (operands.size() != 1 || !isPermutation(permutation, getX().getType().getRank()))
    return failure();
  return SmallVector<Value>{ReduceWindowOp::create(
      builder, getLoc(), permuteType(getResult().getType(), permutation), getKind(), operands[0], permute(getWindow(), permutation),
      permute(getStrides(), permutation), permute(getDilations(), permutation), permute(getPadLow(), permutation),
      permute(getPadHigh(), permutation), getCountPadding())};
}

SmallVector<unsigned> ReduceWindowOp::getTransposableOperands() {
  return {0};
}

std::optional<int64_t> ReduceWindowOp::getOperationCount() {
  if (!getResult().getType().hasStaticShape())
    return std::nullopt;
  int64_t count = getResult().getType().getNumElements();
  for (int64_t size : getWindow())
    count *= size;
  return count;
}

//===--- arg_max_window ----------------------------------------------------===//

void ArgMaxWindowOp::build(OpBuilder &builder, OperationState &state, Value x, ArrayRef<int64_t> window, ArrayRef<int64_t> strides,
                           ArrayRef<int64_t> dilations, ArrayRef<int64_t> padLow, ArrayRef<int64_t> padHigh) {
  RankedTensorType type = ingot::inferWindowType(tensorType(x), window, strides, dilations, padLow, padHigh, builder.getI64Type());
  build(builder, state, orElse(type, tensorType(x).clone(builder.getI64Type())), x, window, strides, dilations, padLow, padHigh);
}

LogicalResult ArgMaxWindowOp::verify() {
  if (failed(verifyWindow(*this)))
    return failure();
  return verifyType(*this, "C3", "the result", getResult().getType(), inferTypeOf(*this, IntegerType::get(getContext(), 64)));
}

SizeSource ArgMaxWindowOp::getSizeSource(unsigned, int64_t dim) {
  return sizeOfWindows(*this, dim);
}

LogicalResult ArgMaxWindowOp::reifyResultShapes(OpBuilder &builder, ReifiedRankedShapedTypeDims &sizes) {
  return reifyWindows(*this, builder, sizes);
}

//===--- max_pool_grad -----------------------------------------------------===//

void MaxPoolGradOp::build(OpBuilder &builder, OperationState &state, Value x, Value dy, ArrayRef<int64_t> window,
                          ArrayRef<int64_t> strides, ArrayRef<int64_t> dilations, ArrayRef<int64_t> padLow,
                          ArrayRef<int64_t> padHigh) {
  build(builder, state, x.getType(), x, dy, window, strides, dilations, padLow, padHigh);
}

LogicalResult MaxPoolGradOp::verify() {
  if (failed(verifyWindow(*this)) ||
      failed(verifyType(*this, "C3", "the gradient dy", getDy().getType(), inferTypeOf(*this, getX().getType().getElementType()))))
    return failure();
  return verifyType(*this, "C4", "the result", getResult().getType(), getX().getType());
}

SizeSource MaxPoolGradOp::getSizeSource(unsigned, int64_t dim) {
  return {getX(), dim};
}

LogicalResult MaxPoolGradOp::reifyResultShapes(OpBuilder &builder, ReifiedRankedShapedTypeDims &sizes) {
  return reifySizes(*this, builder, sizes);
}
