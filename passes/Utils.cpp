//===- Utils.cpp - Sizes, permutations and constants -------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/Utils.h"

#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace ingot {

//===----------------------------------------------------------------------===//
// Sizes
//===----------------------------------------------------------------------===//

SizeKey getSizeKey(OpFoldResult size) {
  SizeKey key;
  if (std::optional<int64_t> constant = getConstantIntValue(size)) {
    key.constant = *constant;
    return key;
  }
  Value value = cast<Value>(size);
  if (auto dim = value.getDefiningOp<tensor::DimOp>())
    if (std::optional<int64_t> index = dim.getConstantIndex())
      if (isa<RankedTensorType>(dim.getSource().getType()))
        return getSizeKey(dim.getSource(), *index);
  key.value = value;
  return key;
}

SizeKey getSizeKey(Value tensor, int64_t dim) {
  RankedTensorType type = getTensorType(tensor);
  SizeKey key;
  if (!type.isDynamicDim(dim)) {
    key.constant = type.getDimSize(dim);
    return key;
  }
  if (auto cast = tensor.getDefiningOp<tensor::CastOp>(); cast && isa<RankedTensorType>(cast.getSource().getType()))
    return getSizeKey(cast.getSource(), dim);
  if (auto op = tensor.getDefiningOp<SizeOpInterface>()) {
    SizeSource source = op.getSizeSource(cast<OpResult>(tensor).getResultNumber(), dim);
    if (source.tensor)
      return getSizeKey(source.tensor, source.dim);
    if (source.size)
      return getSizeKey(source.size);
  }
  key.value = tensor;
  key.dim = dim;
  return key;
}

OpFoldResult getSize(OpBuilder &builder, Location loc, Value tensor, int64_t dim) {
  SizeKey key = getSizeKey(tensor, dim);
  if (key.isConstant())
    return builder.getIndexAttr(key.constant);
  if (key.dim < 0)
    return key.value;
  return tensor::DimOp::create(builder, loc, key.value, key.dim).getResult();
}

SmallVector<OpFoldResult> getSizes(OpBuilder &builder, Location loc, Value tensor) {
  SmallVector<OpFoldResult> sizes;
  for (int64_t i = 0, e = getTensorType(tensor).getRank(); i < e; ++i)
    sizes.push_back(getSize(builder, loc, tensor, i));
  return sizes;
}

std::optional<int64_t> getBytes(RankedTensorType type) {
  if (!type.hasStaticShape())
    return std::nullopt;
  return type.getNumElements() * std::max<int64_t>(1, type.getElementTypeBitWidth() / 8);
}

//===----------------------------------------------------------------------===//
// Building
//===----------------------------------------------------------------------===//

Value buildReshape(OpBuilder &builder, Location loc, Value x, ArrayRef<OpFoldResult> sizes) {
  auto [staticSizes, dynamicSizes] = decomposeMixedValues(SmallVector<OpFoldResult>(sizes));
  if (dynamicSizes.empty() && getTensorType(x).getShape() == ArrayRef<int64_t>(staticSizes))
    return x;
  return ReshapeOp::create(builder, loc, x, sizes);
}

Value buildTranspose(OpBuilder &builder, Location loc, Value x, ArrayRef<int64_t> permutation) {
  if (isIdentity(permutation))
    return x;
  RankedTensorType type = getTensorType(x);
  RankedTensorType result = RankedTensorType::get(permuted(type.getShape(), permutation), type.getElementType());
  return TransposeOp::create(builder, loc, result, x, permutation);
}

Value buildSplat(OpBuilder &builder, Location loc, double value, Value like) {
  Type element = getTensorType(like).getElementType();
  TypedAttr number;
  if (auto floating = dyn_cast<FloatType>(element))
    number = builder.getFloatAttr(floating, value);
  else
    number = builder.getIntegerAttr(element, static_cast<int64_t>(value));
  auto scalar = ConstantOp::create(builder, loc, DenseElementsAttr::get(RankedTensorType::get({}, element), Attribute(number)));
  return BroadcastOp::create(builder, loc, scalar, ArrayRef<int64_t>(), getSizes(builder, loc, like));
}

Operation *rebuildWith(OpBuilder &builder, Operation *op, ValueRange operands, TypeRange types) {
  OperationState state(op->getLoc(), op->getName(), operands, types, op->getDiscardableAttrDictionary().getValue());
  state.propertiesAttr = op->getPropertiesAsAttribute();
  return builder.create(state);
}

//===----------------------------------------------------------------------===//
// Permutations
//===----------------------------------------------------------------------===//

bool isIdentity(ArrayRef<int64_t> permutation) {
  for (auto [i, from] : llvm::enumerate(permutation))
    if (static_cast<int64_t>(i) != from)
      return false;
  return true;
}

Permutation inverse(ArrayRef<int64_t> permutation) {
  Permutation result(permutation.size());
  for (auto [i, from] : llvm::enumerate(permutation))
    result[from] = i;
  return result;
}

Permutation compose(ArrayRef<int64_t> first, ArrayRef<int64_t> second) { return permuted(first, second); }

bool movesOnlyUnits(RankedTensorType type, ArrayRef<int64_t> permutation) {
  int64_t last = -1;
  for (int64_t from : permutation) {
    if (type.getDimSize(from) == 1)
      continue;
    if (from < last)
      return false;
    last = from;
  }
  return true;
}

std::optional<SmallVector<int64_t>> matchUnitReshape(Value from, Value to) {
  RankedTensorType fromType = getTensorType(from), toType = getTensorType(to);
  SmallVector<int64_t> map(fromType.getRank(), -1);
  int64_t j = 0, toRank = toType.getRank();
  for (int64_t i = 0, e = fromType.getRank(); i < e; ++i) {
    bool isUnit = fromType.getDimSize(i) == 1;
    // A unit dimension stands for the one at its place, if that is one as well and needed by no other.
    if (isUnit) {
      if (j < toRank && toType.getDimSize(j) == 1)
        map[i] = j++;
      continue;
    }
    while (j < toRank && toType.getDimSize(j) == 1)
      ++j;
    if (j == toRank || getSizeKey(from, i) != getSizeKey(to, j))
      return std::nullopt;
    map[i] = j++;
  }
  for (; j < toRank; ++j)
    if (toType.getDimSize(j) != 1)
      return std::nullopt;
  return map;
}

//===----------------------------------------------------------------------===//
// Constants
//===----------------------------------------------------------------------===//

bool isElementwise(Operation *op) {
  if (!op || !isa<IngotDialect>(op->getDialect()) || op->getNumResults() != 1 || op->getNumRegions() != 0)
    return false;
  if (isa<CastOp, BitcastOp, IsNanOp, IsInfOp, PowOp, CompareOp, SelectOp>(op))
    return true;
  // The other ops whose operands have the result's type but whose elements depend on neighbours.
  if (isa<SoftmaxOp, LogSoftmaxOp, NormalizeOp, CumulateOp, ReverseOp>(op))
    return false;
  return op->hasTrait<OpTrait::SameOperandsAndResultType>() && isa<AxisOpInterface>(op);
}

static DenseElementsAttr getSplatAttr(Value value) {
  while (Operation *op = value.getDefiningOp()) {
    if (auto constant = dyn_cast<ConstantOp>(op)) {
      auto dense = dyn_cast<DenseElementsAttr>(constant.getValue());
      return dense && dense.isSplat() ? dense : DenseElementsAttr();
    }
    if (!isa<BroadcastOp, ReshapeOp, TransposeOp, tensor::CastOp>(op))
      return {};
    value = op->getOperand(0);
  }
  return {};
}

std::optional<APFloat> getFloatSplat(Value value) {
  DenseElementsAttr attr = getSplatAttr(value);
  if (!attr || !isa<FloatType>(attr.getElementType()))
    return std::nullopt;
  return attr.getSplatValue<APFloat>();
}

std::optional<APInt> getIntSplat(Value value) {
  DenseElementsAttr attr = getSplatAttr(value);
  if (!attr || !isa<IntegerType>(attr.getElementType()))
    return std::nullopt;
  return attr.getSplatValue<APInt>();
}

} // namespace ingot
