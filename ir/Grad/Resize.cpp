//===- Resize.cpp - Gradient of resampling -------------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Resampling is linear and separable: along each dimension it is a product with a matrix, which is what it makes of the unit
// matrix. The gradient is the product with the transposed one. With static sizes the matrix is a constant.
//
//===----------------------------------------------------------------------===//

#include "ir/Eval/Eval.h"
#include "ir/Grad/Grad.h"

using namespace mlir;
using namespace ingot;

using Sizes = SmallVector<OpFoldResult>;

// A constant right away, where the operands are: what the matrix looks like decides how the product is best computed.
static Value fold(GradBuilder &b, Value value) {
  Operation *op = value.getDefiningOp();
  Value folded = foldByEvaluation(b.getBuilder(), op);
  if (!folded)
    return value;
  op->erase();
  return folded;
}

// Entry `at` of a vector, then `second`.
static Value pair(GradBuilder &b, Value vector, int64_t at, double second) {
  Value first = fold(b, b.slice(vector, {b.index(at)}, {b.index(1)}));
  Value other = fold(b, b.reshape(b.scalar(second, b.getBuilder().getF32Type()), {b.index(1)}));
  return fold(b, b.make<ConcatOp>(ValueRange{first, other}, 0));
}

// [result size, x's size] along `dim`.
static Value buildMatrix(GradBuilder &b, ResizeOp op, int64_t dim, Type elementType) {
  OpFoldResult in = b.size(op.getX(), dim), out = op.getMixedSizes()[dim];
  Type integer = b.getBuilder().getI64Type();
  Value unit = b.compare(Comparison::EQ, fold(b, b.iota(integer, 0, {in, in})), fold(b, b.iota(integer, 1, {in, in})));
  unit = fold(b, b.castElements(fold(b, unit), elementType));
  Value scales, roi;
  if (op.getScales())
    scales = pair(b, op.getScales(), dim, 1);
  if (op.getRoi()) {
    Value start = pair(b, op.getRoi(), dim, 0), end = pair(b, op.getRoi(), dim + op.getX().getType().getRank(), 1);
    roi = fold(b, b.make<ConcatOp>(ValueRange{start, end}, 0));
  }
  SmallVector<int64_t> statics;
  SmallVector<Value> dynamics;
  splitMixed({out, in}, statics, dynamics);
  return fold(b, b.make<ResizeOp>(ingot::getTensorType({out, in}, elementType), unit, scales, roi, dynamics, statics, op.getMode(),
                                  op.getCoordinates(), op.getRounding(), op.getCubicCoefficient(), llvm::APFloat(0.0),
                                  op.getExcludeOutside(), op.getAntialias()));
}

// How often each row of the unit matrix is repeated, if the matrix is that.
static std::optional<int64_t> getRepetitions(Value matrix) {
  auto constant = matrix.getDefiningOp<ConstantOp>();
  if (!constant)
    return std::nullopt;
  FailureOr<EvalTensor> tensor = EvalTensor::fromAttribute(constant.getValue());
  if (failed(tensor))
    return std::nullopt;
  int64_t out = tensor->getDimSize(0), in = tensor->getDimSize(1);
  if (in == 0 || out % in != 0)
    return std::nullopt;
  for (int64_t i = 0; i < out; ++i)
    for (int64_t j = 0; j < in; ++j)
      if (tensor->getDouble(i * in + j) != (j == i / (out / in) ? 1 : 0))
        return std::nullopt;
  return out / in;
}

INGOT_RULE(ResizeOp) {
  Value x = op.getX();
  Type element = getElementTypeOrSelf(x.getType());
  Type type = element.isF64() ? element : Type(b.getBuilder().getF32Type());
  Value dx = b.castElements(dys[0], type);
  int64_t rank = op.getX().getType().getRank();
  // Dimension i is now dimension `order[i]` of x.
  SmallVector<int64_t> order = llvm::to_vector(llvm::seq<int64_t>(0, rank));
  FailureOr<EvalTensor> scales = failure();
  if (op.getScales())
    if (auto constant = op.getScales().getDefiningOp<ConstantOp>())
      scales = EvalTensor::fromAttribute(constant.getValue());
  for (int64_t dim = 0; dim < rank; ++dim) {
    bool keepsScale = !op.getScales() || (succeeded(scales) && scales->getDouble(dim) == 1);
    if (keepsScale && !op.getRoi() && areSizesEqual(x, dim, op.getResult(), dim))
      continue;
    Value matrix = buildMatrix(b, op, dim, type);
    int64_t at = std::distance(order.begin(), llvm::find(order, dim));
    std::optional<int64_t> repetitions = getRepetitions(matrix);
    if (repetitions == 1)
      continue;
    if (repetitions) {
      Sizes split = b.sizes(dx);
      split[at] = b.size(x, dim);
      split.insert(split.begin() + at + 1, b.index(*repetitions));
      dx = b.sum(b.reshape(dx, split), {at + 1});
      continue;
    }
    dx = b.make<ContractOp>(dx, matrix, ArrayRef<int64_t>{}, ArrayRef<int64_t>{}, ArrayRef<int64_t>{at}, ArrayRef<int64_t>{0});
    order.erase(order.begin() + at);
    order.push_back(dim);
  }
  return {b.cast(b.castElements(b.transpose(dx, invertPermutation(order)), element), x.getType())};
}
