//===- Contraction.cpp - Matrix products and convolutions ----------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ir/Ingot/MixedPatterns.h"

using namespace mlir;
using namespace ingot;
using namespace ingot::detail;

static constexpr int64_t kDynamic = ShapedType::kDynamic;

// Floats of one type give that type or a wider one; integers, of whatever type each, an integer at least as wide.
static LogicalResult verifyElementTypes(Operation *op, StringRef label, Type left, Type right, Type result) {
  unsigned width = std::max(left.getIntOrFloatBitWidth(), right.getIntOrFloatBitWidth());
  bool floats =
      isa<FloatType>(left) && left == right && isa<FloatType>(result) && (result == left || result.getIntOrFloatBitWidth() > width);
  bool integers =
      isa<IntegerType>(left) && isa<IntegerType>(right) && isa<IntegerType>(result) && result.getIntOrFloatBitWidth() >= width;
  if (!floats && !integers)
    return op->emitOpError() << "(" << label << ") " << left << " and " << right << " cannot be multiplied into " << result;
  return success();
}

static std::optional<int64_t> multiplyAdds(RankedTensorType result, ArrayRef<int64_t> summed) {
  if (!result.hasStaticShape() || llvm::is_contained(summed, kDynamic))
    return std::nullopt;
  int64_t count = 2 * result.getNumElements();
  for (int64_t size : summed)
    count *= size;
  return count;
}

//===--- contract ----------------------------------------------------------===//

void ContractOp::build(OpBuilder &builder, OperationState &state, Value lhs, Value rhs, ArrayRef<int64_t> lhsBatch,
                       ArrayRef<int64_t> rhsBatch, ArrayRef<int64_t> lhsContracting, ArrayRef<int64_t> rhsContracting,
                       Type elementType) {
  RankedTensorType type = inferContractType(tensorType(lhs), tensorType(rhs), lhsBatch, rhsBatch, lhsContracting, rhsContracting,
                                            elementType ? elementType : tensorType(lhs).getElementType());
  build(builder, state, orElse(type, lhs.getType()), lhs, rhs, lhsBatch, rhsBatch, lhsContracting, rhsContracting);
}

SmallVector<int64_t> ContractOp::getLhsFree() {
  return remainingDimensions(getLhs().getType().getRank(), getLhsBatch(), getLhsContracting());
}

SmallVector<int64_t> ContractOp::getRhsFree() {
  return remainingDimensions(getRhs().getType().getRank(), getRhsBatch(), getRhsContracting());
}

LogicalResult ContractOp::verify() {
  auto lhs = getLhs().getType(), rhs = getRhs().getType(), result = getResult().getType();
  if (getLhsBatch().size() != getRhsBatch().size() || getLhsContracting().size() != getRhsContracting().size())
    return emitOpError("(C1) lhs and rhs do not have equally many batch and contracting dimensions");
  auto join = [](ArrayRef<int64_t> batch, ArrayRef<int64_t> contracting) {
    SmallVector<int64_t> all(batch);
    llvm::append_range(all, contracting);
    return all;
  };
  SmallVector<int64_t> left = join(getLhsBatch(), getLhsContracting()), right = join(getRhsBatch(), getRhsContracting());
  if (failed(verifyDimensions(*this, "C2", "the dimensions of lhs", left, lhs.getRank())) ||
      failed(verifyDimensions(*this, "C2", "the dimensions of rhs", right, rhs.getRank())))
    return failure();
  for (auto [leftDim, rightDim] : llvm::zip(left, right))
    if (failed(verifyCompatibleShape(lhs.getShape().slice(leftDim, 1), rhs.getShape().slice(rightDim, 1))))
      return emitOpError() << "(C3) dimension " << leftDim << " of lhs has size " << lhs.getDimSize(leftDim) << ", dimension "
                           << rightDim << " of rhs " << rhs.getDimSize(rightDim);
  if (failed(verifyElementTypes(*this, "C4", lhs.getElementType(), rhs.getElementType(), result.getElementType())))
    return failure();
  return verifyType(
      *this, "C5", "the result", result,
      inferContractType(lhs, rhs, getLhsBatch(), getRhsBatch(), getLhsContracting(), getRhsContracting(), result.getElementType()));
}

SizeSource ContractOp::getSizeSource(unsigned, int64_t dim) {
  int64_t batch = getLhsBatch().size();
  if (dim < batch) {
    bool known = !getLhs().getType().isDynamicDim(getLhsBatch()[dim]);
    return known || getRhs().getType().isDynamicDim(getRhsBatch()[dim]) ? SizeSource(getLhs(), getLhsBatch()[dim])
                                                                        : SizeSource(getRhs(), getRhsBatch()[dim]);
  }
  SmallVector<int64_t> free = getLhsFree();
  int64_t index = dim - batch, lhsFree = free.size();
  return index < lhsFree ? SizeSource(getLhs(), free[index]) : SizeSource(getRhs(), getRhsFree()[index - lhsFree]);
}

LogicalResult ContractOp::reifyResultShapes(OpBuilder &builder, ReifiedRankedShapedTypeDims &sizes) {
  return reifySizes(*this, builder, sizes);
}

std::optional<int64_t> ContractOp::getOperationCount() {
  return multiplyAdds(getResult().getType(), permute(getLhs().getType().getShape(), getLhsContracting()));
}

//===--- What the convolutions share ---------------------------------------===//

// (C1) ranks, (C2) the window's attributes, (C3) groups.
template <typename OpTy>
static LogicalResult verifyWindow(OpTy op, RankedTensorType data, RankedTensorType other, int64_t inChannels, int64_t outChannels) {
  int64_t spatial = data.getRank() - 2;
  if (spatial < 1 || other.getRank() != data.getRank())
    return op.emitOpError() << "(C1) " << data << " and " << other << " do not both have a rank of 3 or more";
  for (ArrayRef<int64_t> list : {op.getStrides(), op.getDilations(), op.getPadLow(), op.getPadHigh()})
    if (static_cast<int64_t>(list.size()) != spatial)
      return op.emitOpError() << "(C2) strides, dilations and pads do not all have " << spatial << " entries";
  auto isPositive = [](int64_t entry) { return entry > 0; };
  auto isNatural = [](int64_t entry) { return entry >= 0; };
  if (!llvm::all_of(op.getStrides(), isPositive) || !llvm::all_of(op.getDilations(), isPositive))
    return op.emitOpError("(C2) strides and dilations are not all positive");
  if (!llvm::all_of(op.getPadLow(), isNatural) || !llvm::all_of(op.getPadHigh(), isNatural))
    return op.emitOpError("(C2) a pad is negative");
  int64_t groups = op.getGroups();
  if (groups < 1 || (inChannels != kDynamic && inChannels % groups != 0) || (outChannels != kDynamic && outChannels % groups != 0))
    return op.emitOpError() << "(C3) " << groups << " groups do not divide the channels";
  return success();
}

//===--- conv --------------------------------------------------------------===//

void ConvOp::build(OpBuilder &builder, OperationState &state, Value x, Value filter, ArrayRef<int64_t> strides,
                   ArrayRef<int64_t> dilations, ArrayRef<int64_t> padLow, ArrayRef<int64_t> padHigh, int64_t groups,
                   Type elementType) {
  RankedTensorType type = inferConvType(tensorType(x), tensorType(filter), strides, dilations, padLow, padHigh,
                                        elementType ? elementType : tensorType(x).getElementType());
  build(builder, state, orElse(type, x.getType()), x, filter, strides, dilations, padLow, padHigh, groups);
}

LogicalResult ConvOp::verify() {
  auto x = getX().getType(), filter = getFilter().getType(), result = getResult().getType();
  int64_t channels = x.getRank() == 0 ? kDynamic : x.getShape().back();
  int64_t features = filter.getRank() == 0 ? kDynamic : filter.getShape().back();
  if (failed(verifyWindow(*this, x, filter, channels, features)))
    return failure();
  int64_t perGroup = filter.getDimSize(filter.getRank() - 2);
  if (channels != kDynamic && perGroup != kDynamic && perGroup != channels / static_cast<int64_t>(getGroups()))
    return emitOpError() << "(C3) the filter reads " << perGroup << " channels a group, x has " << channels << " in " << getGroups()
                         << " groups";
  if (failed(verifyElementTypes(*this, "C4", x.getElementType(), filter.getElementType(), result.getElementType())))
    return failure();
  return verifyType(*this, "C5", "the result", result,
                    inferConvType(x, filter, getStrides(), getDilations(), getPadLow(), getPadHigh(), result.getElementType()));
}

SizeSource ConvOp::getSizeSource(unsigned, int64_t dim) {
  int64_t last = getX().getType().getRank() - 1;
  if (dim == 0)
    return {getX(), 0};
  if (dim == last)
    return {getFilter(), last};
  // A window of 1 and a stride of 1 without padding, or "same" padding of a known odd window: the size stays.
  int64_t i = dim - 1, window = getFilter().getType().getDimSize(i);
  bool keeps = getStrides()[i] == 1 && window != kDynamic && getPadLow()[i] + getPadHigh()[i] == (window - 1) * getDilations()[i];
  return keeps ? SizeSource(getX(), dim) : SizeSource();
}

LogicalResult ConvOp::reifyResultShapes(OpBuilder &builder, ReifiedRankedShapedTypeDims &sizes) {
  return reifySizes(*this, builder, sizes, [&](unsigned, int64_t dim, SizeMath &math) {
    int64_t i = dim - 1;
    return math.windows(getMixedSize(builder, getLoc(), getX(), dim), getMixedSize(builder, getLoc(), getFilter(), i),
                        getStrides()[i], getDilations()[i], getPadLow()[i], getPadHigh()[i]);
  });
}

std::optional<int64_t> ConvOp::getOperationCount() {
  return multiplyAdds(getResult().getType(), getFilter().getType().getShape().drop_back());
}

//===--- conv_grad_input ---------------------------------------------------===//

void ConvGradInputOp::build(OpBuilder &builder, OperationState &state, Value dy, Value filter, ArrayRef<OpFoldResult> sizes,
                            ArrayRef<int64_t> strides, ArrayRef<int64_t> dilations, ArrayRef<int64_t> padLow,
                            ArrayRef<int64_t> padHigh, int64_t groups) {
  SmallVector<int64_t> statics;
  SmallVector<Value> dynamics;
  splitMixed(sizes, statics, dynamics);
  build(builder, state, orElse(inferConvGradInputType(tensorType(dy), tensorType(filter), statics, groups), dy.getType()), dy,
        filter, dynamics, statics, strides, dilations, padLow, padHigh, groups);
}

LogicalResult ConvGradInputOp::verify() {
  auto dy = getDy().getType(), filter = getFilter().getType(), result = getResult().getType();
  int64_t features = dy.getRank() == 0 ? kDynamic : dy.getShape().back();
  if (failed(verifyWindow(*this, dy, filter, kDynamic, features)))
    return failure();
  if (failed(verifyCompatibleShape(dy.getShape().take_back(1), filter.getShape().take_back(1))))
    return emitOpError() << "(C3) the filter has " << filter.getShape().back() << " features, dy has " << features;
  if (failed(verifyElementTypes(*this, "C4", dy.getElementType(), filter.getElementType(), result.getElementType())) ||
      failed(verifyMixed(*this, "C5", "sizes", getStaticSizes(), getSizes(), dy.getRank() - 2)))
    return failure();
  RankedTensorType inferred = inferConvGradInputType(dy, filter, getStaticSizes(), getGroups());
  return verifyType(*this, "C6", "the result", result, inferred ? inferred.clone(result.getElementType()) : inferred);
}

SizeSource ConvGradInputOp::getSizeSource(unsigned, int64_t dim) {
  int64_t last = getDy().getType().getRank() - 1;
  if (dim == 0)
    return {getDy(), 0};
  if (dim < last)
    return getMixedSizes()[dim - 1];
  return getGroups() == 1 ? SizeSource(getFilter(), last - 1) : SizeSource();
}

LogicalResult ConvGradInputOp::reifyResultShapes(OpBuilder &builder, ReifiedRankedShapedTypeDims &sizes) {
  return reifySizes(*this, builder, sizes, [&](unsigned, int64_t dim, SizeMath &math) {
    return math.mul(getMixedSize(builder, getLoc(), getFilter(), dim - 1), math.constant(getGroups()));
  });
}

void ConvGradInputOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<MakeSizesStatic<ConvGradInputOp, /*FirstDim=*/1>>(context);
}

std::optional<int64_t> ConvGradInputOp::getOperationCount() {
  return multiplyAdds(getDy().getType(), getFilter().getType().getShape().drop_back());
}

//===--- conv_grad_filter --------------------------------------------------===//

void ConvGradFilterOp::build(OpBuilder &builder, OperationState &state, Value x, Value dy, ArrayRef<int64_t> filterSizes,
                             ArrayRef<int64_t> strides, ArrayRef<int64_t> dilations, ArrayRef<int64_t> padLow,
                             ArrayRef<int64_t> padHigh, int64_t groups) {
  build(builder, state, orElse(inferConvGradFilterType(tensorType(x), tensorType(dy), filterSizes, groups), x.getType()), x, dy,
        filterSizes, strides, dilations, padLow, padHigh, groups);
}

LogicalResult ConvGradFilterOp::verify() {
  auto x = getX().getType(), dy = getDy().getType(), result = getResult().getType();
  int64_t channels = x.getRank() == 0 ? kDynamic : x.getShape().back(),
          features = dy.getRank() == 0 ? kDynamic : dy.getShape().back();
  if (failed(verifyWindow(*this, x, dy, channels, features)))
    return failure();
  if (failed(verifyElementTypes(*this, "C4", x.getElementType(), dy.getElementType(), result.getElementType())))
    return failure();
  int64_t spatial = x.getRank() - 2;
  if (static_cast<int64_t>(getFilterSizes().size()) != spatial ||
      !llvm::all_of(getFilterSizes(), [](int64_t size) { return size >= 0; }))
    return emitOpError() << "(C5) filter_sizes [" << getFilterSizes() << "] are not " << spatial << " sizes";
  RankedTensorType inferred = inferConvGradFilterType(x, dy, getFilterSizes(), getGroups());
  return verifyType(*this, "C6", "the result", result, inferred ? inferred.clone(result.getElementType()) : inferred);
}

SizeSource ConvGradFilterOp::getSizeSource(unsigned, int64_t dim) {
  int64_t last = getX().getType().getRank() - 1;
  if (dim < last - 1)
    return OpFoldResult(Builder(getContext()).getIndexAttr(getFilterSizes()[dim]));
  if (dim == last)
    return {getDy(), last};
  return getGroups() == 1 ? SizeSource(getX(), last) : SizeSource();
}

LogicalResult ConvGradFilterOp::reifyResultShapes(OpBuilder &builder, ReifiedRankedShapedTypeDims &sizes) {
  return reifySizes(*this, builder, sizes, [&](unsigned, int64_t dim, SizeMath &math) {
    return math.div(getMixedSize(builder, getLoc(), getX(), dim + 1), math.constant(getGroups()));
  });
}

std::optional<int64_t> ConvGradFilterOp::getOperationCount() {
  return multiplyAdds(getResult().getType(), getDy().getType().getShape().drop_back());
}
