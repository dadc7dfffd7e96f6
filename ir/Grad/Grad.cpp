//===- Grad.cpp - Short words for gradient rules -------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ir/Grad/Grad.h"

using namespace mlir;

namespace ingot {

Value GradBuilder::splat(double number, Value like) {
  auto type = cast<RankedTensorType>(like.getType());
  auto scalar = RankedTensorType::get({}, type.getElementType());
  Attribute value = isa<FloatType>(type.getElementType())
                        ? Attribute(builder.getFloatAttr(type.getElementType(), number))
                        : builder.getIntegerAttr(type.getElementType(), static_cast<int64_t>(number));
  if (type.hasStaticShape())
    return make<ConstantOp>(DenseElementsAttr::get(type, value));
  return make<BroadcastOp>(make<ConstantOp>(DenseElementsAttr::get(scalar, value)), ArrayRef<int64_t>(),
                           getMixedSizes(builder, loc, like));
}

Value GradBuilder::sum(Value x, ArrayRef<int64_t> dimensions) {
  return dimensions.empty() ? x : make<ReduceOp>(ReduceKind::Sum, x, dimensions);
}

Value GradBuilder::expandLike(Value x, Value like, ArrayRef<int64_t> reduced) {
  auto type = cast<RankedTensorType>(like.getType());
  Value expanded = make<BroadcastOp>(x, remainingDimensions(type.getRank(), reduced), getMixedSizes(builder, loc, like));
  return expanded.getType() == type ? expanded : make<tensor::CastOp>(type, expanded);
}

Value GradBuilder::sumBack(Value x, ArrayRef<int64_t> dimensions) {
  return expandLike(sum(x, dimensions), x, dimensions);
}

Value GradBuilder::reshapeLike(Value x, Value like) {
  Value reshaped = make<ReshapeOp>(x, getMixedSizes(builder, loc, like));
  return reshaped.getType() == like.getType() ? reshaped : make<tensor::CastOp>(like.getType(), reshaped);
}

} // namespace ingot
