//===- TrainingBuilder.cpp - Arithmetic of losses and updates --------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/differentiate/TrainingBuilder.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

namespace ingot {

Value TrainingBuilder::scalar(double value, Type elementType) {
  auto type = RankedTensorType::get({}, elementType);
  Attribute number = isa<FloatType>(elementType)
                         ? Attribute(getBuilder().getFloatAttr(elementType, value))
                         : Attribute(getBuilder().getIntegerAttr(elementType, static_cast<int64_t>(value)));
  return make<ConstantOp>(DenseElementsAttr::get(type, number));
}

Value TrainingBuilder::convert(Value x, Type elementType) { return elementOf(x) == elementType ? x : make<CastOp>(x, elementType); }

Value TrainingBuilder::spread(Value x, Value like) {
  x = convert(x, elementOf(like));
  if (rankOf(x) == rankOf(like))
    return x;
  return make<BroadcastOp>(x, ArrayRef<int64_t>(), getMixedSizes(getBuilder(), getLoc(), like));
}

Value TrainingBuilder::softplus(Value x) {
  return add(larger(x, 0), make<Log1pOp>(exp(neg(abs(x)))));
}

Value TrainingBuilder::choose(Value condition, Value x, Value y) {
  Value like = rankOf(x) >= rankOf(y) ? x : y;
  if (rankOf(condition) == 0 && rankOf(like) != 0)
    condition = make<BroadcastOp>(condition, ArrayRef<int64_t>(), getMixedSizes(getBuilder(), getLoc(), like));
  else if (rankOf(like) == 0 && rankOf(condition) != 0)
    like = condition;
  auto fit = [&](Value value) -> Value {
    if (rankOf(value) == rankOf(like))
      return value;
    return make<BroadcastOp>(value, ArrayRef<int64_t>(), getMixedSizes(getBuilder(), getLoc(), like));
  };
  return select(condition, fit(x), fit(y));
}

Value TrainingBuilder::sumAll(Value x) {
  // A sum is one task. Over a large parameter it is one of rows, which are tasks of their own.
  auto type = mlir::cast<RankedTensorType>(x.getType());
  constexpr int64_t large = 1 << 15;
  if (type.hasStaticShape() && type.getRank() > 1 && type.getNumElements() >= large && type.getDimSize(0) >= 8)
    x = sum(x, llvm::to_vector(llvm::seq<int64_t>(1, type.getRank())));
  return sum(x, llvm::to_vector(llvm::seq<int64_t>(0, rankOf(x))));
}
Value TrainingBuilder::meanAll(Value x) { return rankOf(x) ? over(sumAll(x), countOf(x)) : x; }

Value TrainingBuilder::fromSize(OpFoldResult size, Type elementType) {
  if (std::optional<int64_t> known = getConstantIntValue(size))
    return scalar(static_cast<double>(*known), elementType);
  OpBuilder &b = getBuilder();
  Value number = arith::IndexCastOp::create(b, getLoc(), b.getI64Type(), cast_if_present<Value>(size));
  return convert(tensor::FromElementsOp::create(b, getLoc(), RankedTensorType::get({}, b.getI64Type()), number), elementType);
}

Value TrainingBuilder::sizeOf(Value x, int64_t dim, Type elementType) {
  return fromSize(getMixedSize(getBuilder(), getLoc(), x, dim), elementType);
}

Value TrainingBuilder::countOf(Value x) {
  SizeMath math(getBuilder(), getLoc());
  OpFoldResult count = math.constant(1);
  for (OpFoldResult size : getMixedSizes(getBuilder(), getLoc(), x))
    count = math.mul(count, size);
  return fromSize(count, elementOf(x));
}

} // namespace ingot
