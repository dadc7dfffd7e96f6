//===- Utils.cpp - Reshapes, permutations and constants ----------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/Utils.h"

#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace ingot {

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
  if (isIdentityPermutation(permutation))
    return x;
  return TransposeOp::create(builder, loc, permuteType(getTensorType(x), permutation), x, permutation);
}

Value buildSplat(OpBuilder &builder, Location loc, double value, Value like) {
  Type element = getTensorType(like).getElementType();
  TypedAttr number;
  if (auto floating = dyn_cast<FloatType>(element))
    number = builder.getFloatAttr(floating, value);
  else
    number = builder.getIntegerAttr(element, static_cast<int64_t>(value));
  auto scalar = ConstantOp::create(builder, loc, DenseElementsAttr::get(RankedTensorType::get({}, element), Attribute(number)));
  return BroadcastOp::create(builder, loc, scalar, ArrayRef<int64_t>(), getMixedSizes(builder, loc, like));
}

Operation *rebuildWith(OpBuilder &builder, Operation *op, ValueRange operands, TypeRange types) {
  OperationState state(op->getLoc(), op->getName(), operands, types, op->getDiscardableAttrDictionary().getValue());
  state.propertiesAttr = op->getPropertiesAsAttribute();
  return builder.create(state);
}

//===----------------------------------------------------------------------===//
// Permutations
//===----------------------------------------------------------------------===//

Permutation compose(ArrayRef<int64_t> first, ArrayRef<int64_t> second) { return permute(first, second); }

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
    if (j == toRank || !areSizesEqual(from, i, to, j))
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

std::optional<APFloat> getFloatSplat(Value value) {
  auto attr = dyn_cast_or_null<FloatAttr>(matchSplat(value));
  return attr ? std::optional(attr.getValue()) : std::nullopt;
}

std::optional<APInt> getIntSplat(Value value) {
  auto attr = dyn_cast_or_null<IntegerAttr>(matchSplat(value));
  return attr ? std::optional(attr.getValue()) : std::nullopt;
}

//===----------------------------------------------------------------------===//
// Locations
//===----------------------------------------------------------------------===//

SmallVector<StringRef> nodeNames(Location loc) {
  SmallVector<StringRef> names;
  // A node's location is its name around the operator's; other names are those of tensors.
  if (auto name = dyn_cast<NameLoc>(loc)) {
    if (isa<NameLoc>(name.getChildLoc()))
      names.push_back(name.getName().getValue());
  } else if (auto fused = dyn_cast<FusedLoc>(loc)) {
    for (Location part : fused.getLocations())
      llvm::append_range(names, nodeNames(part));
  } else if (auto call = dyn_cast<CallSiteLoc>(loc)) {
    return nodeNames(call.getCallee());
  }
  return names;
}

} // namespace ingot
