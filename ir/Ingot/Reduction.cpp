//===- Reduction.cpp - Reductions, softmax, normalization, attention, fft ===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ir/Ingot/OpUtils.h"

using namespace mlir;
using namespace ingot;
using namespace ingot::detail;

#define INGOT_REIFY_TRACED(OP)                                                                                                     \
  LogicalResult OP::reifyResultShapes(OpBuilder &builder, ReifiedRankedShapedTypeDims &sizes) {                                    \
    return reifySizes(*this, builder, sizes);                                                                                      \
  }

INGOT_REIFY_TRACED(ReduceOp)
INGOT_REIFY_TRACED(ArgReduceOp)
INGOT_REIFY_TRACED(SoftmaxOp)
INGOT_REIFY_TRACED(LogSoftmaxOp)
INGOT_REIFY_TRACED(NormalizeOp)
INGOT_REIFY_TRACED(AttentionOp)

static std::optional<int64_t> countElements(RankedTensorType type) {
  return type.hasStaticShape() ? std::optional<int64_t>(type.getNumElements()) : std::nullopt;
}

//===--- reduce ------------------------------------------------------------===//

LogicalResult ReduceOp::verify() {
  auto x = getX().getType();
  if (failed(verifyDimensions(*this, "C1", "dimensions", getDimensions(), x.getRank())))
    return failure();
  if (x.getElementType().isInteger(1) && (getKind() == ReduceKind::Sum || getKind() == ReduceKind::Product))
    return emitOpError("(C2) bool has no sum and no product");
  return verifyType(*this, "C3", "the result", getResult().getType(), inferReduceType(x, getDimensions(), x.getElementType()));
}

LogicalResult ReduceOp::inferReturnTypes(MLIRContext *, std::optional<Location>, Adaptor adaptor, SmallVectorImpl<Type> &types) {
  auto x = tensorType(adaptor.getX());
  types.push_back(orElse(inferReduceType(x, adaptor.getDimensions(), x.getElementType()), x));
  return success();
}

bool ReduceOp::isCompatibleReturnTypes(TypeRange inferred, TypeRange declared) {
  return areCompatible(inferred, declared);
}

SizeSource ReduceOp::getSizeSource(unsigned, int64_t dim) {
  return {getX(), remainingDimensions(getX().getType().getRank(), getDimensions())[dim]};
}

OpFoldResult ReduceOp::fold(FoldAdaptor) {
  return getDimensions().empty() && getX().getType() == getResult().getType() ? OpFoldResult(getX()) : OpFoldResult();
}

std::optional<int64_t> ReduceOp::getOperationCount() {
  return countElements(getX().getType());
}

//===--- arg_reduce --------------------------------------------------------===//

LogicalResult ArgReduceOp::verify() {
  auto x = getX().getType();
  if (failed(verifyAxis(*this, "C1", getAxis(), x.getRank())))
    return failure();
  return verifyType(*this, "C2", "the result", getResult().getType(),
                    inferReduceType(x, {static_cast<int64_t>(getAxis())}, IntegerType::get(getContext(), 64)));
}

LogicalResult ArgReduceOp::inferReturnTypes(MLIRContext *context, std::optional<Location>, Adaptor adaptor,
                                            SmallVectorImpl<Type> &types) {
  auto x = tensorType(adaptor.getX());
  Type index = IntegerType::get(context, 64);
  types.push_back(orElse(inferReduceType(x, {static_cast<int64_t>(adaptor.getAxis())}, index), x.clone(index)));
  return success();
}

bool ArgReduceOp::isCompatibleReturnTypes(TypeRange inferred, TypeRange declared) {
  return areCompatible(inferred, declared);
}

SizeSource ArgReduceOp::getSizeSource(unsigned, int64_t dim) {
  return {getX(), dim < static_cast<int64_t>(getAxis()) ? dim : dim + 1};
}

std::optional<int64_t> ArgReduceOp::getOperationCount() {
  return countElements(getX().getType());
}

//===--- softmax, log_softmax ----------------------------------------------===//

template <typename OpTy>
static FailureOr<SmallVector<Value>> permuteAlongAxis(OpTy op, OpBuilder &builder, ValueRange operands,
                                                      ArrayRef<int64_t> permutation) {
  if (operands.size() != 1 || !isPermutation(permutation, op.getX().getType().getRank()))
    return failure();
  return SmallVector<Value>{OpTy::create(builder, op.getLoc(), operands[0], permuteAxis(op.getAxis(), permutation))};
}

LogicalResult SoftmaxOp::verify() {
  return verifyAxis(*this, "C1", getAxis(), getX().getType().getRank());
}

SizeSource SoftmaxOp::getSizeSource(unsigned, int64_t dim) {
  return {getX(), dim};
}

FailureOr<SmallVector<Value>> SoftmaxOp::permuteDimensions(OpBuilder &builder, ValueRange operands, ArrayRef<int64_t> permutation) {
  return permuteAlongAxis(*this, builder, operands, permutation);
}

SmallVector<unsigned> SoftmaxOp::getTransposableOperands() {
  return {0};
}

LogicalResult LogSoftmaxOp::verify() {
  return verifyAxis(*this, "C1", getAxis(), getX().getType().getRank());
}

SizeSource LogSoftmaxOp::getSizeSource(unsigned, int64_t dim) {
  return {getX(), dim};
}

FailureOr<SmallVector<Value>> LogSoftmaxOp::permuteDimensions(OpBuilder &builder, ValueRange operands,
                                                              ArrayRef<int64_t> permutation) {
  return permuteAlongAxis(*this, builder, operands, permutation);
}

SmallVector<unsigned> LogSoftmaxOp::getTransposableOperands() {
  return {0};
}

//===--- normalize ---------------------------------------------------------===//

LogicalResult NormalizeOp::verify() {
  if (getDimensions().empty())
    return emitOpError("(C1) there is no dimension to normalize over");
  if (failed(verifyDimensions(*this, "C1", "dimensions", getDimensions(), getX().getType().getRank())))
    return failure();
  if (!(getEpsilon().convertToDouble() >= 0))
    return emitOpError("(C2) epsilon is negative");
  return success();
}

SizeSource NormalizeOp::getSizeSource(unsigned, int64_t dim) {
  return {getX(), dim};
}

FailureOr<SmallVector<Value>> NormalizeOp::permuteDimensions(OpBuilder &builder, ValueRange operands,
                                                             ArrayRef<int64_t> permutation) {
  if (operands.size() != 1 || !isPermutation(permutation, getX().getType().getRank()))
    return failure();
  SmallVector<int64_t> dimensions;
  for (int64_t dim : getDimensions())
    dimensions.push_back(permuteAxis(dim, permutation));
  llvm::sort(dimensions);
  return SmallVector<Value>{NormalizeOp::create(builder, getLoc(), operands[0], dimensions, getEpsilon(), getRms())};
}

SmallVector<unsigned> NormalizeOp::getTransposableOperands() {
  return {0};
}

//===--- attention ---------------------------------------------------------===//

void AttentionOp::build(OpBuilder &builder, OperationState &state, Value q, Value k, Value v, Value mask, double scale,
                        bool causal) {
  build(builder, state, orElse(inferAttentionType(tensorType(q), tensorType(v)), q.getType()), q, k, v, mask, llvm::APFloat(scale),
        causal);
}

LogicalResult AttentionOp::verify() {
  auto q = getQ().getType(), k = getK().getType(), v = getV().getType();
  if (q.getRank() != 4 || k.getRank() != 4 || v.getRank() != 4)
    return emitOpError("(C1) q, k and v are not all of rank 4");
  if (q.getElementType() != k.getElementType() || q.getElementType() != v.getElementType())
    return emitOpError("(C2) q, k and v are not all of one element type");
  auto agree = [](RankedTensorType left, RankedTensorType right, int64_t dim) {
    return succeeded(verifyCompatibleShape(left.getShape().slice(dim, 1), right.getShape().slice(dim, 1)));
  };
  if (!agree(q, k, 0) || !agree(q, v, 0) || !agree(k, v, 1) || !agree(k, v, 2) || !agree(q, k, 3))
    return emitOpError() << "(C3) the sizes of " << q << ", " << k << " and " << v << " do not fit";
  if (!q.isDynamicDim(1) && !k.isDynamicDim(1) && (k.getDimSize(1) == 0 || q.getDimSize(1) % k.getDimSize(1) != 0))
    return emitOpError() << "(C4) " << q.getDimSize(1) << " heads are not a multiple of " << k.getDimSize(1);
  if (getMask()) {
    auto mask = getMask().getType();
    int64_t full[] = {q.getDimSize(0), q.getDimSize(1), q.getDimSize(2), k.getDimSize(2)};
    bool fits = mask.getRank() == 4 && mask.getElementType() == q.getElementType();
    for (int64_t dim = 0; fits && dim < 4; ++dim)
      fits = mask.getDimSize(dim) == 1 || succeeded(verifyCompatibleShape(mask.getShape().slice(dim, 1), {full[dim]}));
    if (!fits)
      return emitOpError() << "(C5) the mask " << mask << " does not broadcast to [batch, heads, queries, keys]";
  }
  return verifyType(*this, "C6", "the result", getResult().getType(), inferAttentionType(q, v));
}

SizeSource AttentionOp::getSizeSource(unsigned, int64_t dim) {
  return dim == 3 ? SizeSource(getV(), 3) : SizeSource(getQ(), dim);
}

std::optional<int64_t> AttentionOp::getOperationCount() {
  auto q = getQ().getType(), v = getV().getType();
  if (!q.hasStaticShape() || !v.hasStaticShape())
    return std::nullopt;
  return 2 * q.getDimSize(0) * q.getDimSize(1) * q.getDimSize(2) * v.getDimSize(2) * (q.getDimSize(3) + v.getDimSize(3));
}

//===--- fft ---------------------------------------------------------------===//

void FftOp::build(OpBuilder &builder, OperationState &state, Value x, int64_t axis, bool inverse, bool onesided) {
  build(builder, state, orElse(inferFftType(tensorType(x), axis, inverse, onesided), x.getType()), x, axis, inverse, onesided);
}

LogicalResult FftOp::verify() {
  auto x = getX().getType();
  if (x.getRank() < 2 || (x.getShape().back() != 1 && x.getShape().back() != 2))
    return emitOpError() << "(C1) the last dimension of " << x << " does not hold a real number or a complex one";
  if (failed(verifyAxis(*this, "C2", getAxis(), x.getRank() - 1)))
    return failure();
  return verifyType(*this, "C3", "the result", getResult().getType(), inferFftType(x, getAxis(), getInverse(), getOnesided()));
}

SizeSource FftOp::getSizeSource(unsigned, int64_t dim) {
  bool halved = dim == static_cast<int64_t>(getAxis()) && getOnesided() && !getInverse();
  return halved ? SizeSource() : SizeSource(getX(), dim);
}

LogicalResult FftOp::reifyResultShapes(OpBuilder &builder, ReifiedRankedShapedTypeDims &sizes) {
  return reifySizes(*this, builder, sizes, [&](unsigned, int64_t dim, SizeMath &math) {
    return math.add(math.div(getMixedSize(builder, getLoc(), getX(), dim), math.constant(2)), math.constant(1));
  });
}
