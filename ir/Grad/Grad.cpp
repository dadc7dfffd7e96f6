//===- Grad.cpp - Short words for gradient rules -------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ir/Grad/Grad.h"

using namespace mlir;

namespace ingot {

static int64_t rankOf(Value x) {
  return cast<RankedTensorType>(x.getType()).getRank();
}

Value GradBuilder::cast(Value x, Type type) {
  return !x || x.getType() == type ? x : make<tensor::CastOp>(type, x);
}

Value GradBuilder::castElements(Value x, Type elementType) {
  return getElementTypeOrSelf(x.getType()) == elementType ? x : make<CastOp>(x, elementType);
}

//===--- Numbers -----------------------------------------------------------===//

static Attribute numberAttr(OpBuilder &builder, double number, Type type) {
  if (isa<FloatType>(type))
    return builder.getFloatAttr(type, number);
  return builder.getIntegerAttr(type, static_cast<int64_t>(number));
}

Value GradBuilder::scalar(double number, Type elementType) {
  return make<ConstantOp>(DenseElementsAttr::get(RankedTensorType::get({}, elementType), numberAttr(builder, number, elementType)));
}

Value GradBuilder::splat(double number, Value like) {
  auto type = llvm::cast<RankedTensorType>(like.getType());
  if (type.hasStaticShape())
    return make<ConstantOp>(DenseElementsAttr::get(type, numberAttr(builder, number, type.getElementType())));
  return splat(number, type.getElementType(), sizes(like));
}

Value GradBuilder::splat(double number, Type elementType, ArrayRef<OpFoldResult> sizes) {
  return broadcast(scalar(number, elementType), {}, sizes);
}

Value GradBuilder::number(OpFoldResult size, Type elementType) {
  if (std::optional<int64_t> known = getConstantIntValue(size))
    return scalar(static_cast<double>(*known), elementType);
  Type integer = builder.getI64Type();
  Value element = make<arith::IndexCastOp>(integer, llvm::cast<Value>(size));
  return castElements(make<tensor::FromElementsOp>(RankedTensorType::get({}, integer), element), elementType);
}

SmallVector<OpFoldResult> GradBuilder::sizes(Value x) {
  return getMixedSizes(builder, loc, x);
}
OpFoldResult GradBuilder::size(Value x, int64_t dim) {
  return getMixedSize(builder, loc, x, dim);
}

OpFoldResult GradBuilder::product(ArrayRef<OpFoldResult> sizes) {
  SizeMath sizeMath = math();
  OpFoldResult product = index(1);
  for (OpFoldResult size : sizes)
    product = sizeMath.mul(product, size);
  return product;
}

//===--- Reductions --------------------------------------------------------===//

Value GradBuilder::sum(Value x, ArrayRef<int64_t> dimensions) {
  return dimensions.empty() ? x : make<ReduceOp>(ReduceKind::Sum, x, dimensions);
}

Value GradBuilder::sumAll(Value x) {
  return sum(x, llvm::to_vector(llvm::seq<int64_t>(0, rankOf(x))));
}

Value GradBuilder::expandLike(Value x, Value like, ArrayRef<int64_t> reduced) {
  auto type = llvm::cast<RankedTensorType>(like.getType());
  return cast(broadcast(x, remainingDimensions(type.getRank(), reduced), sizes(like)), type);
}

Value GradBuilder::sumBack(Value x, ArrayRef<int64_t> dimensions) {
  return expandLike(sum(x, dimensions), x, dimensions);
}

Value GradBuilder::meanBack(Value x, ArrayRef<int64_t> dimensions) {
  Value total = sum(x, dimensions);
  SmallVector<OpFoldResult> all = sizes(x), summed;
  for (int64_t dim : dimensions)
    summed.push_back(all[dim]);
  OpFoldResult count = product(summed);
  if (std::optional<int64_t> known = getConstantIntValue(count))
    total = scale(total, 1.0 / static_cast<double>(*known));
  else
    total = div(total, cast(broadcast(number(count, getElementTypeOrSelf(x.getType())), {}, sizes(total)), total.getType()));
  return expandLike(total, x, dimensions);
}

//===--- Movement ----------------------------------------------------------===//

Value GradBuilder::reshapeLike(Value x, Value like) {
  return cast(reshape(x, sizes(like)), like.getType());
}

Value GradBuilder::transpose(Value x, ArrayRef<int64_t> permutation) {
  return isIdentityPermutation(permutation) ? x : make<TransposeOp>(x, permutation);
}

Value GradBuilder::slice(Value x, ArrayRef<OpFoldResult> offsets, ArrayRef<OpFoldResult> sizes) {
  return make<SliceOp>(x, offsets, sizes, SmallVector<OpFoldResult>(sizes.size(), index(1)));
}

Value GradBuilder::pad(Value x, ArrayRef<OpFoldResult> low, ArrayRef<OpFoldResult> high) {
  if (llvm::all_of(low, isZeroInteger) && llvm::all_of(high, isZeroInteger))
    return x;
  return make<PadOp>(x, scalar(0, getElementTypeOrSelf(x.getType())), low, high);
}

Value GradBuilder::interleave(Value x, int64_t dim, int64_t step) {
  if (step == 1)
    return x;
  SmallVector<OpFoldResult> joined = sizes(x), split = joined;
  split.insert(split.begin() + dim + 1, index(1));
  SmallVector<OpFoldResult> low(split.size(), index(0)), high = low;
  high[dim + 1] = index(step - 1);
  joined[dim] = math().mul(joined[dim], index(step));
  return reshape(pad(reshape(x, split), low, high), joined);
}

Value GradBuilder::scatterRows(Value rows, Value indices, OpFoldResult size) {
  Type elementType = getElementTypeOrSelf(rows.getType());
  SmallVector<OpFoldResult> all = sizes(rows);
  Value tuples = reshape(indices, {all[0], index(1)});
  all[0] = size;
  return make<ScatterNdOp>(splat(0, elementType, all), tuples, rows, ScatterKind::Add);
}

Value GradBuilder::scatterAlong(Value x, Value indices, int64_t axis, OpFoldResult size) {
  SmallVector<int64_t> order{axis};
  llvm::append_range(order, remainingDimensions(rankOf(x), {axis}));
  return transpose(scatterRows(transpose(x, order), indices, size), invertPermutation(order));
}

} // namespace ingot
