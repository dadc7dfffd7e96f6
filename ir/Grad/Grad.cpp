//===- Grad.cpp - Short words for gradient rules -------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ir/Grad/Grad.h"

using namespace mlir;

namespace ingot {

Value GradBuilder::cast(Value x, Type type) { return !x || x.getType() == type ? x : make<tensor::CastOp>(type, x); }

Value GradBuilder::splat(double number, Value like) {
  auto type = llvm::cast<RankedTensorType>(like.getType());
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
  auto type = llvm::cast<RankedTensorType>(like.getType());
  Value expanded = make<BroadcastOp>(x, remainingDimensions(type.getRank(), reduced), getMixedSizes(builder, loc, like));
  return cast(expanded, type);
}

Value GradBuilder::sumBack(Value x, ArrayRef<int64_t> dimensions) {
  return expandLike(sum(x, dimensions), x, dimensions);
}

Value GradBuilder::reshapeLike(Value x, Value like) {
  Value reshaped = make<ReshapeOp>(x, getMixedSizes(builder, loc, like));
  return cast(reshaped, like.getType());
}

} // namespace ingot
