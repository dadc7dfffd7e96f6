//===- Elementwise.cpp - Ops on corresponding elements -------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ir/Ingot/OpUtils.h"

using namespace mlir;
using namespace ingot;
using namespace ingot::detail;

//===--- What all elementwise ops share ------------------------------------===//

// Any operand tells the size; one that knows it is best.
static SizeSource sizeOfOperands(Operation *op, int64_t dim) {
  for (Value operand : op->getOperands())
    if (!tensorType(operand).isDynamicDim(dim))
      return {operand, dim};
  return {op->getOperand(0), dim};
}

static FailureOr<SmallVector<Value>> permuteElementwise(Operation *op, OpBuilder &builder, ValueRange operands,
                                                        ArrayRef<int64_t> permutation) {
  auto type = tensorType(op->getResult(0));
  if (!isPermutation(permutation, type.getRank()) || operands.size() != op->getNumOperands())
    return failure();
  return SmallVector<Value>{copyOn(builder, op, operands, permuteType(type, permutation))->getResult(0)};
}

#define INGOT_ELEMENTWISE(OP)                                                                                                      \
  FailureOr<SmallVector<Value>> OP::permuteDimensions(OpBuilder &builder, ValueRange operands, ArrayRef<int64_t> permutation) {    \
    return permuteElementwise(*this, builder, operands, permutation);                                                              \
  }                                                                                                                                \
  SmallVector<unsigned> OP::getTransposableOperands() {                                                                            \
    return llvm::to_vector(llvm::seq<unsigned>(0, (*this)->getNumOperands()));                                                     \
  }                                                                                                                                \
  SizeSource OP::getSizeSource(unsigned, int64_t dim) {                                                                            \
    return sizeOfOperands(*this, dim);                                                                                             \
  }                                                                                                                                \
  LogicalResult OP::reifyResultShapes(OpBuilder &builder, ReifiedRankedShapedTypeDims &sizes) {                                    \
    return reifySizes(*this, builder, sizes);                                                                                      \
  }

INGOT_ELEMENTWISE(AbsOp)
INGOT_ELEMENTWISE(NegOp)
INGOT_ELEMENTWISE(SignOp)
INGOT_ELEMENTWISE(CeilOp)
INGOT_ELEMENTWISE(FloorOp)
INGOT_ELEMENTWISE(RoundOp)
INGOT_ELEMENTWISE(SqrtOp)
INGOT_ELEMENTWISE(RsqrtOp)
INGOT_ELEMENTWISE(ExpOp)
INGOT_ELEMENTWISE(Expm1Op)
INGOT_ELEMENTWISE(LogOp)
INGOT_ELEMENTWISE(Log1pOp)
INGOT_ELEMENTWISE(SinOp)
INGOT_ELEMENTWISE(CosOp)
INGOT_ELEMENTWISE(TanOp)
INGOT_ELEMENTWISE(AsinOp)
INGOT_ELEMENTWISE(AcosOp)
INGOT_ELEMENTWISE(AtanOp)
INGOT_ELEMENTWISE(SinhOp)
INGOT_ELEMENTWISE(CoshOp)
INGOT_ELEMENTWISE(AsinhOp)
INGOT_ELEMENTWISE(AcoshOp)
INGOT_ELEMENTWISE(AtanhOp)
INGOT_ELEMENTWISE(TanhOp)
INGOT_ELEMENTWISE(ErfOp)
INGOT_ELEMENTWISE(SigmoidOp)
INGOT_ELEMENTWISE(NotOp)
INGOT_ELEMENTWISE(IsNanOp)
INGOT_ELEMENTWISE(IsInfOp)
INGOT_ELEMENTWISE(CastOp)
INGOT_ELEMENTWISE(BitcastOp)
INGOT_ELEMENTWISE(AddOp)
INGOT_ELEMENTWISE(SubOp)
INGOT_ELEMENTWISE(MulOp)
INGOT_ELEMENTWISE(DivOp)
INGOT_ELEMENTWISE(MaxOp)
INGOT_ELEMENTWISE(MinOp)
INGOT_ELEMENTWISE(AndOp)
INGOT_ELEMENTWISE(OrOp)
INGOT_ELEMENTWISE(XorOp)
INGOT_ELEMENTWISE(ShlOp)
INGOT_ELEMENTWISE(ShrOp)
INGOT_ELEMENTWISE(RemOp)
INGOT_ELEMENTWISE(PowOp)
INGOT_ELEMENTWISE(CompareOp)
INGOT_ELEMENTWISE(SelectOp)
INGOT_ELEMENTWISE(ClampOp)

//===--- Result types ------------------------------------------------------===//

// What is static in any operand is static in the result.
static RankedTensorType joinShapes(ValueRange operands, Type elementType) {
  SmallVector<int64_t> shape(tensorType(operands[0]).getShape());
  for (Value operand : operands.drop_front())
    for (auto [known, size] : llvm::zip(shape, tensorType(operand).getShape()))
      known = known == ShapedType::kDynamic ? size : known;
  return RankedTensorType::get(shape, elementType);
}

#define INGOT_JOINED_TYPE(OP, ELEMENT)                                                                                             \
  LogicalResult OP::inferReturnTypes(MLIRContext *context, std::optional<Location>, OP::Adaptor adaptor,                           \
                                     SmallVectorImpl<Type> &types) {                                                               \
    ValueRange operands = adaptor.getOperands();                                                                                   \
    types.push_back(joinShapes(operands, ELEMENT));                                                                                \
    return success();                                                                                                              \
  }                                                                                                                                \
  bool OP::isCompatibleReturnTypes(TypeRange inferred, TypeRange declared) {                                                       \
    return areCompatible(inferred, declared);                                                                                      \
  }

INGOT_JOINED_TYPE(IsNanOp, IntegerType::get(context, 1))
INGOT_JOINED_TYPE(IsInfOp, IntegerType::get(context, 1))
INGOT_JOINED_TYPE(CompareOp, IntegerType::get(context, 1))
INGOT_JOINED_TYPE(PowOp, getElementTypeOrSelf(operands[0]))
INGOT_JOINED_TYPE(SelectOp, getElementTypeOrSelf(operands[1]))

void CastOp::build(OpBuilder &builder, OperationState &state, Value x, Type elementType) {
  build(builder, state, tensorType(x).clone(elementType), x);
}

void BitcastOp::build(OpBuilder &builder, OperationState &state, Value x, Type elementType) {
  build(builder, state, tensorType(x).clone(elementType), x);
}

LogicalResult BitcastOp::verify() {
  Type from = getX().getType().getElementType(), to = getResult().getType().getElementType();
  if (from.getIntOrFloatBitWidth() != to.getIntOrFloatBitWidth())
    return emitOpError() << "(C1) " << from << " and " << to << " differ in width";
  return success();
}

//===--- Folding -----------------------------------------------------------===//

// The operand takes the result's place where the types are the same one.
static OpFoldResult replaceBy(Operation *op, Value operand) {
  return operand.getType() == op->getResult(0).getType() ? OpFoldResult(operand) : OpFoldResult();
}

template <typename OpTy> static OpFoldResult foldInvolution(OpTy op) {
  auto inner = op.getX().template getDefiningOp<OpTy>();
  return inner ? replaceBy(op, inner.getX()) : OpFoldResult();
}

template <typename OpTy> static OpFoldResult foldIdempotent(OpTy op) {
  return op.getX().template getDefiningOp<OpTy>() ? replaceBy(op, op.getX()) : OpFoldResult();
}

OpFoldResult AbsOp::fold(FoldAdaptor) {
  return foldIdempotent(*this);
}
OpFoldResult SignOp::fold(FoldAdaptor) {
  return foldIdempotent(*this);
}
OpFoldResult CeilOp::fold(FoldAdaptor) {
  return foldIdempotent(*this);
}
OpFoldResult FloorOp::fold(FoldAdaptor) {
  return foldIdempotent(*this);
}
OpFoldResult RoundOp::fold(FoldAdaptor) {
  return foldIdempotent(*this);
}
OpFoldResult NegOp::fold(FoldAdaptor) {
  return foldInvolution(*this);
}
OpFoldResult NotOp::fold(FoldAdaptor) {
  return foldInvolution(*this);
}

// x + 0 is x: the sign of a zero sum is not specified.
OpFoldResult AddOp::fold(FoldAdaptor) {
  if (isSplatOf(getRhs(), 0))
    return replaceBy(*this, getLhs());
  return isSplatOf(getLhs(), 0) ? replaceBy(*this, getRhs()) : OpFoldResult();
}

OpFoldResult SubOp::fold(FoldAdaptor) {
  return isSplatOf(getRhs(), 0) ? replaceBy(*this, getLhs()) : OpFoldResult();
}

OpFoldResult MulOp::fold(FoldAdaptor) {
  if (isSplatOf(getRhs(), 1))
    return replaceBy(*this, getLhs());
  return isSplatOf(getLhs(), 1) ? replaceBy(*this, getRhs()) : OpFoldResult();
}

OpFoldResult DivOp::fold(FoldAdaptor) {
  return isSplatOf(getRhs(), 1) ? replaceBy(*this, getLhs()) : OpFoldResult();
}
OpFoldResult PowOp::fold(FoldAdaptor) {
  return isSplatOf(getRhs(), 1) ? replaceBy(*this, getLhs()) : OpFoldResult();
}
OpFoldResult ShlOp::fold(FoldAdaptor) {
  return isSplatOf(getRhs(), 0) ? replaceBy(*this, getLhs()) : OpFoldResult();
}
OpFoldResult ShrOp::fold(FoldAdaptor) {
  return isSplatOf(getRhs(), 0) ? replaceBy(*this, getLhs()) : OpFoldResult();
}

OpFoldResult MaxOp::fold(FoldAdaptor) {
  return getLhs() == getRhs() ? replaceBy(*this, getLhs()) : OpFoldResult();
}
OpFoldResult MinOp::fold(FoldAdaptor) {
  return getLhs() == getRhs() ? replaceBy(*this, getLhs()) : OpFoldResult();
}

static bool isSplatOfOnes(Value value) {
  auto splat = dyn_cast_if_present<IntegerAttr>(matchSplat(value));
  return splat && splat.getValue().isAllOnes();
}

OpFoldResult AndOp::fold(FoldAdaptor) {
  if (getLhs() == getRhs() || isSplatOfOnes(getRhs()))
    return replaceBy(*this, getLhs());
  return isSplatOfOnes(getLhs()) ? replaceBy(*this, getRhs()) : OpFoldResult();
}

OpFoldResult OrOp::fold(FoldAdaptor) {
  if (getLhs() == getRhs() || isSplatOf(getRhs(), 0))
    return replaceBy(*this, getLhs());
  return isSplatOf(getLhs(), 0) ? replaceBy(*this, getRhs()) : OpFoldResult();
}

OpFoldResult XorOp::fold(FoldAdaptor) {
  if (isSplatOf(getRhs(), 0))
    return replaceBy(*this, getLhs());
  return isSplatOf(getLhs(), 0) ? replaceBy(*this, getRhs()) : OpFoldResult();
}

// Clamping twice between the same bounds is clamping once.
OpFoldResult ClampOp::fold(FoldAdaptor) {
  auto inner = getX().getDefiningOp<ClampOp>();
  return inner && inner.getLow() == getLow() && inner.getHigh() == getHigh() ? replaceBy(*this, getX()) : OpFoldResult();
}

OpFoldResult SelectOp::fold(FoldAdaptor) {
  if (getOnTrue() == getOnFalse())
    return replaceBy(*this, getOnTrue());
  auto splat = dyn_cast_if_present<IntegerAttr>(matchSplat(getCondition()));
  return splat ? replaceBy(*this, splat.getValue().isZero() ? getOnFalse() : getOnTrue()) : OpFoldResult();
}

// Whether every value of `from` is one of `to`, so that casting there and back changes nothing.
static bool isLossless(Type from, Type to) {
  unsigned fromWidth = from.getIntOrFloatBitWidth(), toWidth = to.getIntOrFloatBitWidth();
  if (isa<FloatType>(from))
    return isa<FloatType>(to) && toWidth > fromWidth;
  if (from.isInteger(1))
    return true;
  if (isa<FloatType>(to))
    return fromWidth < static_cast<unsigned>(cast<FloatType>(to).getFPMantissaWidth());
  if (from.isUnsignedInteger() == to.isUnsignedInteger())
    return toWidth >= fromWidth && !to.isInteger(1);
  return from.isUnsignedInteger() && toWidth > fromWidth;
}

OpFoldResult CastOp::fold(FoldAdaptor) {
  if (getX().getType() == getResult().getType())
    return getX();
  auto inner = getX().getDefiningOp<CastOp>();
  if (inner && isLossless(getElementTypeOrSelf(inner.getX()), getElementTypeOrSelf(inner)))
    return replaceBy(*this, inner.getX());
  return {};
}
