//===- Shapes.cpp - Sizes, static and dynamic -----------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ir/Ingot/Shapes.h"

using namespace mlir;

namespace ingot {

static constexpr int64_t kDynamic = ShapedType::kDynamic;

//===--- Sizes of values ---------------------------------------------------===//

SizeSource traceSize(Value tensor, int64_t dim) {
  while (true) {
    auto type = cast<RankedTensorType>(tensor.getType());
    if (!type.isDynamicDim(dim))
      return OpFoldResult(IntegerAttr::get(IndexType::get(type.getContext()), type.getDimSize(dim)));
    Operation *op = tensor.getDefiningOp();
    if (auto cast = dyn_cast_or_null<tensor::CastOp>(op); cast && isa<RankedTensorType>(cast.getSource().getType())) {
      tensor = cast.getSource();
      continue;
    }
    auto sized = dyn_cast_or_null<SizeOpInterface>(op);
    SizeSource source = sized ? sized.getSizeSource(cast<OpResult>(tensor).getResultNumber(), dim) : SizeSource();
    if (source.size) {
      if (std::optional<int64_t> known = getConstantIntValue(source.size))
        return OpFoldResult(IntegerAttr::get(IndexType::get(type.getContext()), *known));
      return source;
    }
    if (!source.tensor)
      return {tensor, dim};
    tensor = source.tensor;
    dim = source.dim;
  }
}

OpFoldResult getMixedSize(OpBuilder &builder, Location loc, Value tensor, int64_t dim) {
  SizeSource source = traceSize(tensor, dim);
  if (source.size)
    return source.size;
  return builder.createOrFold<tensor::DimOp>(loc, source.tensor, source.dim);
}

SmallVector<OpFoldResult> getMixedSizes(OpBuilder &builder, Location loc, Value tensor) {
  SmallVector<OpFoldResult> sizes;
  for (int64_t dim = 0, rank = cast<RankedTensorType>(tensor.getType()).getRank(); dim < rank; ++dim)
    sizes.push_back(getMixedSize(builder, loc, tensor, dim));
  return sizes;
}

// A size operand that is itself `tensor.dim` is traced on.
static SizeSource traceSize(SizeSource source) {
  while (auto value = dyn_cast_if_present<Value>(source.size)) {
    auto dim = value.getDefiningOp<tensor::DimOp>();
    if (!dim || !dim.getConstantIndex() || !isa<RankedTensorType>(dim.getSource().getType()) ||
        *dim.getConstantIndex() >= cast<RankedTensorType>(dim.getSource().getType()).getRank())
      break;
    source = traceSize(dim.getSource(), *dim.getConstantIndex());
  }
  return source;
}

static bool areEqual(const SizeSource &left, const SizeSource &right) {
  if (left.size && right.size)
    return isEqualConstantIntOrValue(left.size, right.size);
  return !left.size && !right.size && left.tensor == right.tensor && left.dim == right.dim;
}

bool areSizesEqual(Value left, int64_t leftDim, Value right, int64_t rightDim) {
  return areEqual(traceSize(traceSize(left, leftDim)), traceSize(traceSize(right, rightDim)));
}

bool isSizeOf(OpFoldResult size, Value tensor, int64_t dim) {
  SizeSource source(size);
  if (std::optional<int64_t> known = getConstantIntValue(size))
    source = OpFoldResult(IntegerAttr::get(IndexType::get(tensor.getContext()), *known));
  return areEqual(traceSize(source), traceSize(traceSize(tensor, dim)));
}

SmallVector<int64_t> getShape(ArrayRef<OpFoldResult> sizes) {
  SmallVector<int64_t> shape;
  for (OpFoldResult size : sizes)
    shape.push_back(getConstantIntValue(size).value_or(kDynamic));
  return shape;
}

RankedTensorType getTensorType(ArrayRef<OpFoldResult> sizes, Type elementType) {
  SmallVector<int64_t> shape = getShape(sizes);
  // A size below zero is for the verifier to report; the type itself cannot hold it.
  for (int64_t &size : shape)
    if (size < 0)
      size = kDynamic;
  return RankedTensorType::get(shape, elementType);
}

void splitMixed(ArrayRef<OpFoldResult> mixed, SmallVectorImpl<int64_t> &statics, SmallVectorImpl<Value> &dynamics) {
  for (OpFoldResult size : mixed) {
    std::optional<int64_t> known = getConstantIntValue(size);
    // The most negative integer marks a dynamic entry, so that as a number it can only be an operand.
    if (known && (*known != kDynamic || isa<Attribute>(size))) {
      statics.push_back(*known);
      continue;
    }
    statics.push_back(kDynamic);
    dynamics.push_back(cast<Value>(size));
  }
}

//===--- Arithmetic --------------------------------------------------------===//

template <typename Fold> static std::optional<int64_t> foldConstants(OpFoldResult a, OpFoldResult b, Fold fold) {
  std::optional<int64_t> left = getConstantIntValue(a), right = getConstantIntValue(b);
  if (!left || !right)
    return std::nullopt;
  return fold(*left, *right);
}

// Sizes in a hostile file may be anything: arithmetic on them wraps instead of being undefined.
static int64_t wrap(uint64_t bits) {
  return static_cast<int64_t>(bits);
}

Value SizeMath::value(OpFoldResult size) {
  return getValueOrCreateConstantIndexOp(builder, loc, size);
}

OpFoldResult SizeMath::add(OpFoldResult a, OpFoldResult b) {
  if (auto known = foldConstants(a, b, [](int64_t x, int64_t y) { return wrap(uint64_t(x) + uint64_t(y)); }))
    return constant(*known);
  if (isZeroInteger(a))
    return b;
  if (isZeroInteger(b))
    return a;
  return builder.createOrFold<arith::AddIOp>(loc, value(a), value(b));
}

OpFoldResult SizeMath::sub(OpFoldResult a, OpFoldResult b) {
  if (auto known = foldConstants(a, b, [](int64_t x, int64_t y) { return wrap(uint64_t(x) - uint64_t(y)); }))
    return constant(*known);
  if (isZeroInteger(b))
    return a;
  return builder.createOrFold<arith::SubIOp>(loc, value(a), value(b));
}

OpFoldResult SizeMath::mul(OpFoldResult a, OpFoldResult b) {
  if (auto known = foldConstants(a, b, [](int64_t x, int64_t y) { return wrap(uint64_t(x) * uint64_t(y)); }))
    return constant(*known);
  if (isOneInteger(a))
    return b;
  if (isOneInteger(b))
    return a;
  return builder.createOrFold<arith::MulIOp>(loc, value(a), value(b));
}

OpFoldResult SizeMath::div(OpFoldResult a, OpFoldResult b) {
  if (!isZeroInteger(b))
    if (auto known = foldConstants(a, b, [](int64_t x, int64_t y) { return wrap(uint64_t(x) / uint64_t(y)); }))
      return constant(*known);
  if (isOneInteger(b))
    return a;
  return builder.createOrFold<arith::DivUIOp>(loc, value(a), value(b));
}

OpFoldResult SizeMath::max(OpFoldResult a, OpFoldResult b) {
  if (auto known = foldConstants(a, b, [](int64_t x, int64_t y) { return std::max(x, y); }))
    return constant(*known);
  return builder.createOrFold<arith::MaxSIOp>(loc, value(a), value(b));
}

OpFoldResult SizeMath::min(OpFoldResult a, OpFoldResult b) {
  if (auto known = foldConstants(a, b, [](int64_t x, int64_t y) { return std::min(x, y); }))
    return constant(*known);
  return builder.createOrFold<arith::MinSIOp>(loc, value(a), value(b));
}

OpFoldResult SizeMath::windows(OpFoldResult size, OpFoldResult window, int64_t stride, int64_t dilation, int64_t low,
                               int64_t high) {
  // With a known window all constants join into one.
  OpFoldResult reach = mul(sub(window, constant(1)), constant(dilation));
  OpFoldResult fixed = sub(constant(low + high + stride - 1), reach);
  OpFoldResult room = add(size, fixed);
  // A size is never negative, so that a constant that is not either leaves nothing to clamp.
  std::optional<int64_t> known = getConstantIntValue(fixed);
  return div(known && *known >= 0 && !getConstantIntValue(room) ? room : max(room, constant(0)), constant(stride));
}

int64_t countWindows(int64_t size, int64_t window, int64_t stride, int64_t dilation, int64_t low, int64_t high) {
  if (size == kDynamic || window == kDynamic)
    return kDynamic;
  __int128 room = __int128(size) + low + high - (__int128(window - 1) * dilation + 1) + stride;
  __int128 count = room < 0 || stride < 1 ? __int128(0) : room / stride;
  return count > std::numeric_limits<int64_t>::max() ? std::numeric_limits<int64_t>::max() : static_cast<int64_t>(count);
}

//===--- Permutations ------------------------------------------------------===//

bool areDistinctDimensions(ArrayRef<int64_t> dimensions, int64_t rank) {
  SmallVector<bool> seen(rank, false);
  for (int64_t dim : dimensions) {
    if (dim < 0 || dim >= rank || seen[dim])
      return false;
    seen[dim] = true;
  }
  return true;
}

bool isPermutation(ArrayRef<int64_t> permutation, int64_t rank) {
  return static_cast<int64_t>(permutation.size()) == rank && areDistinctDimensions(permutation, rank);
}

bool isIdentityPermutation(ArrayRef<int64_t> permutation) {
  for (auto [index, entry] : llvm::enumerate(permutation))
    if (static_cast<int64_t>(index) != entry)
      return false;
  return true;
}

SmallVector<int64_t> invertPermutation(ArrayRef<int64_t> permutation) {
  SmallVector<int64_t> inverse(permutation.size());
  for (auto [index, entry] : llvm::enumerate(permutation))
    inverse[entry] = index;
  return inverse;
}

RankedTensorType permuteType(RankedTensorType type, ArrayRef<int64_t> permutation) {
  return RankedTensorType::get(permute(type.getShape(), permutation), type.getElementType());
}

SmallVector<int64_t> remainingDimensions(int64_t rank, ArrayRef<int64_t> some, ArrayRef<int64_t> others) {
  SmallVector<int64_t> rest;
  for (int64_t dim = 0; dim < rank; ++dim)
    if (!llvm::is_contained(some, dim) && !llvm::is_contained(others, dim))
      rest.push_back(dim);
  return rest;
}

//===--- Result types ------------------------------------------------------===//

RankedTensorType inferContractType(RankedTensorType lhs, RankedTensorType rhs, ArrayRef<int64_t> lhsBatch,
                                   ArrayRef<int64_t> rhsBatch, ArrayRef<int64_t> lhsContracting, ArrayRef<int64_t> rhsContracting,
                                   Type elementType) {
  auto valid = [](RankedTensorType type, ArrayRef<int64_t> batch, ArrayRef<int64_t> contracting) {
    SmallVector<int64_t> all(batch);
    llvm::append_range(all, contracting);
    return areDistinctDimensions(all, type.getRank());
  };
  if (lhsBatch.size() != rhsBatch.size() || !valid(lhs, lhsBatch, lhsContracting) || !valid(rhs, rhsBatch, rhsContracting))
    return {};
  SmallVector<int64_t> shape;
  for (auto [left, right] : llvm::zip(lhsBatch, rhsBatch))
    shape.push_back(lhs.isDynamicDim(left) ? rhs.getDimSize(right) : lhs.getDimSize(left));
  for (int64_t dim : remainingDimensions(lhs.getRank(), lhsBatch, lhsContracting))
    shape.push_back(lhs.getDimSize(dim));
  for (int64_t dim : remainingDimensions(rhs.getRank(), rhsBatch, rhsContracting))
    shape.push_back(rhs.getDimSize(dim));
  return RankedTensorType::get(shape, elementType);
}

RankedTensorType inferConvType(RankedTensorType x, RankedTensorType filter, ArrayRef<int64_t> strides, ArrayRef<int64_t> dilations,
                               ArrayRef<int64_t> padLow, ArrayRef<int64_t> padHigh, Type elementType) {
  int64_t rank = x.getRank();
  size_t spatial = rank < 3 ? 0 : rank - 2;
  if (spatial == 0 || filter.getRank() != rank || strides.size() != spatial || dilations.size() != spatial ||
      padLow.size() != spatial || padHigh.size() != spatial)
    return {};
  SmallVector<int64_t> shape = {x.getDimSize(0)};
  for (size_t i = 0; i < spatial; ++i)
    shape.push_back(countWindows(x.getDimSize(i + 1), filter.getDimSize(i), strides[i], dilations[i], padLow[i], padHigh[i]));
  shape.push_back(filter.getDimSize(rank - 1));
  return RankedTensorType::get(shape, elementType);
}

static int64_t timesGroups(int64_t size, int64_t groups) {
  int64_t product;
  return size == kDynamic || groups < 1 || llvm::MulOverflow(size, groups, product) ? kDynamic : product;
}

RankedTensorType inferConvGradInputType(RankedTensorType dy, RankedTensorType filter, ArrayRef<int64_t> sizes, int64_t groups) {
  int64_t rank = dy.getRank();
  if (rank < 3 || filter.getRank() != rank || static_cast<int64_t>(sizes.size()) != rank - 2)
    return {};
  SmallVector<int64_t> shape = {dy.getDimSize(0)};
  for (int64_t size : sizes)
    shape.push_back(size < 0 ? kDynamic : size);
  shape.push_back(timesGroups(filter.getDimSize(rank - 2), groups));
  return RankedTensorType::get(shape, dy.getElementType());
}

RankedTensorType inferConvGradFilterType(RankedTensorType x, RankedTensorType dy, ArrayRef<int64_t> filterSizes, int64_t groups) {
  int64_t rank = x.getRank();
  if (rank < 3 || dy.getRank() != rank || static_cast<int64_t>(filterSizes.size()) != rank - 2 ||
      llvm::any_of(filterSizes, [](int64_t size) { return size < 0; }))
    return {};
  SmallVector<int64_t> shape(filterSizes);
  int64_t channels = x.getDimSize(rank - 1);
  shape.push_back(channels == kDynamic || groups < 1 ? kDynamic : channels / groups);
  shape.push_back(dy.getDimSize(rank - 1));
  return RankedTensorType::get(shape, x.getElementType());
}

RankedTensorType inferWindowType(RankedTensorType x, ArrayRef<int64_t> window, ArrayRef<int64_t> strides,
                                 ArrayRef<int64_t> dilations, ArrayRef<int64_t> padLow, ArrayRef<int64_t> padHigh,
                                 Type elementType) {
  size_t rank = x.getRank();
  if (window.size() != rank || strides.size() != rank || dilations.size() != rank || padLow.size() != rank ||
      padHigh.size() != rank)
    return {};
  SmallVector<int64_t> shape;
  for (size_t i = 0; i < rank; ++i)
    shape.push_back(countWindows(x.getDimSize(i), window[i], strides[i], dilations[i], padLow[i], padHigh[i]));
  return RankedTensorType::get(shape, elementType);
}

RankedTensorType inferReduceType(RankedTensorType x, ArrayRef<int64_t> dimensions, Type elementType) {
  if (!areDistinctDimensions(dimensions, x.getRank()))
    return {};
  SmallVector<int64_t> shape;
  for (int64_t dim : remainingDimensions(x.getRank(), dimensions))
    shape.push_back(x.getDimSize(dim));
  return RankedTensorType::get(shape, elementType);
}

RankedTensorType inferConcatType(ArrayRef<RankedTensorType> inputs, int64_t axis) {
  if (inputs.empty() || axis < 0 || axis >= inputs[0].getRank())
    return {};
  SmallVector<int64_t> shape(inputs[0].getShape());
  for (RankedTensorType input : inputs.drop_front()) {
    if (input.getRank() != inputs[0].getRank())
      return {};
    for (int64_t dim = 0; dim < input.getRank(); ++dim) {
      int64_t size = input.getDimSize(dim), &sum = shape[dim];
      if (dim != axis)
        sum = sum == kDynamic ? size : sum;
      else if (sum == kDynamic || size == kDynamic || llvm::AddOverflow(sum, size, sum))
        sum = kDynamic;
    }
  }
  return RankedTensorType::get(shape, inputs[0].getElementType());
}

RankedTensorType inferPadType(RankedTensorType x, ArrayRef<int64_t> low, ArrayRef<int64_t> high) {
  if (static_cast<int64_t>(low.size()) != x.getRank() || static_cast<int64_t>(high.size()) != x.getRank())
    return {};
  SmallVector<int64_t> shape;
  for (auto [size, before, after] : llvm::zip(x.getShape(), low, high)) {
    if (size == kDynamic || before == kDynamic || after == kDynamic) {
      shape.push_back(kDynamic);
      continue;
    }
    __int128 sum = __int128(size) + before + after;
    if (sum < 0 || sum > std::numeric_limits<int64_t>::max())
      return {};
    shape.push_back(static_cast<int64_t>(sum));
  }
  return RankedTensorType::get(shape, x.getElementType());
}

RankedTensorType inferGatherType(RankedTensorType x, RankedTensorType indices, int64_t axis) {
  if (axis < 0 || axis >= x.getRank())
    return {};
  SmallVector<int64_t> shape(x.getShape().take_front(axis));
  llvm::append_range(shape, indices.getShape());
  llvm::append_range(shape, x.getShape().drop_front(axis + 1));
  return RankedTensorType::get(shape, x.getElementType());
}

RankedTensorType inferGatherNdType(RankedTensorType x, RankedTensorType indices, int64_t batchDims) {
  int64_t last = indices.getRank() - 1;
  if (batchDims < 0 || last < batchDims || x.getRank() < batchDims || indices.isDynamicDim(last) ||
      indices.getDimSize(last) > x.getRank() - batchDims)
    return {};
  SmallVector<int64_t> shape(indices.getShape().drop_back());
  for (int64_t dim = 0; dim < batchDims; ++dim)
    shape[dim] = shape[dim] == kDynamic ? x.getDimSize(dim) : shape[dim];
  llvm::append_range(shape, x.getShape().drop_front(batchDims + indices.getDimSize(last)));
  return RankedTensorType::get(shape, x.getElementType());
}

RankedTensorType inferTopkType(RankedTensorType x, int64_t k, int64_t axis) {
  if (axis < 0 || axis >= x.getRank())
    return {};
  SmallVector<int64_t> shape(x.getShape());
  shape[axis] = k < 0 ? kDynamic : k;
  return RankedTensorType::get(shape, x.getElementType());
}

RankedTensorType inferAttentionType(RankedTensorType q, RankedTensorType v) {
  if (q.getRank() != 4 || v.getRank() != 4)
    return {};
  return RankedTensorType::get({q.getDimSize(0), q.getDimSize(1), q.getDimSize(2), v.getDimSize(3)}, q.getElementType());
}

RankedTensorType inferFftType(RankedTensorType x, int64_t axis, bool inverse, bool onesided) {
  if (x.getRank() < 2 || axis < 0 || axis >= x.getRank() - 1)
    return {};
  SmallVector<int64_t> shape(x.getShape());
  if (onesided && !inverse && shape[axis] != kDynamic)
    shape[axis] = shape[axis] / 2 + 1;
  shape.back() = 2;
  return RankedTensorType::get(shape, x.getElementType());
}

//===--- Constants ---------------------------------------------------------===//

Attribute matchSplat(Value value) {
  while (Operation *op = value.getDefiningOp()) {
    if (isa<BroadcastOp, ReshapeOp, TransposeOp, tensor::CastOp>(op)) {
      value = op->getOperand(0);
      continue;
    }
    auto constant = dyn_cast<ConstantOp>(op);
    if (!constant)
      break;
    auto dense = dyn_cast<DenseElementsAttr>(constant.getValue());
    return dense && dense.isSplat() ? dense.getSplatValue<Attribute>() : Attribute();
  }
  return {};
}

bool isSplatOf(Value value, double number) {
  Attribute splat = matchSplat(value);
  if (auto real = dyn_cast_if_present<FloatAttr>(splat))
    return real.getValueAsDouble() == number;
  if (auto integer = dyn_cast_if_present<IntegerAttr>(splat)) {
    if (integer.getType().isInteger(1) || integer.getType().isUnsignedInteger())
      return integer.getValue().roundToDouble(/*isSigned=*/false) == number;
    return integer.getValue().roundToDouble(/*isSigned=*/true) == number;
  }
  return false;
}

} // namespace ingot
