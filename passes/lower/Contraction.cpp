//===- Contraction.cpp - Matrix products and convolutions ---------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Products accumulate in the result's type, 16-bit floats in f32. Narrow unsigned operands are widened first, because linalg's
// casts are signed.
//
//===----------------------------------------------------------------------===//

#include "passes/lower/Lowering.h"

using namespace mlir;

namespace ingot::lower {
namespace {

/// An operand of a product: unsigned integers in the result's width.
Value widened(LinalgBuilder &b, Value tensor, Type logical, Type resultLogical) {
  if (logical.isUnsignedInteger() && logical.getIntOrFloatBitWidth() < resultLogical.getIntOrFloatBitWidth())
    return b.convert(tensor, logical, resultLogical);
  return tensor;
}

/// The type that the product of operands of `element` accumulates in.
Type accumulatorOf(Type resultLogical) {
  return computeType(resultLogical);
}

struct LowerContract : LowerOp<ContractOp> {
  using LowerOp::LowerOp;
  FailureOr<Value> lower(ContractOp op, Adaptor adaptor, LinalgBuilder &b, ConversionPatternRewriter &) const override {
    Type result = elementOf(op.getResult()), accumulator = accumulatorOf(result);
    Value lhs = widened(b, adaptor.getLhs(), elementOf(op.getLhs()), result);
    Value rhs = widened(b, adaptor.getRhs(), elementOf(op.getRhs()), result);
    int64_t lhsRank = rankOf(lhs), rhsRank = rankOf(rhs);
    SmallVector<int64_t> lhsLoops(lhsRank, -1), rhsLoops(rhsRank, -1);
    Sizes sizes;
    int64_t loops = 0;
    for (auto [l, r] : llvm::zip(op.getLhsBatch(), op.getRhsBatch())) {
      sizes.push_back(cast<RankedTensorType>(lhs.getType()).isDynamicDim(l) ? b.dim(rhs, r) : b.dim(lhs, l));
      lhsLoops[l] = rhsLoops[r] = loops++;
    }
    // Contracted dimensions are the innermost loops, after the free ones.
    SmallVector<int64_t> lhsFree, rhsFree;
    for (int64_t d = 0; d < lhsRank; ++d)
      if (lhsLoops[d] < 0 && !llvm::is_contained(op.getLhsContracting(), d))
        lhsLoops[d] = loops++, sizes.push_back(b.dim(lhs, d));
    for (int64_t d = 0; d < rhsRank; ++d)
      if (rhsLoops[d] < 0 && !llvm::is_contained(op.getRhsContracting(), d))
        rhsLoops[d] = loops++, sizes.push_back(b.dim(rhs, d));
    int64_t resultRank = loops;
    for (auto [l, r] : llvm::zip(op.getLhsContracting(), op.getRhsContracting()))
      lhsLoops[l] = rhsLoops[r] = loops++;
    SmallVector<int64_t> resultLoops = llvm::to_vector(llvm::seq<int64_t>(0, resultRank));
    if (op.getLhsContracting().empty()) { // an outer product adds nothing up
      Input inputs[] = {{lhs, b.select(loops, lhsLoops)}, {rhs, b.select(loops, rhsLoops)}};
      Type types[] = {lhs == adaptor.getLhs() ? elementOf(op.getLhs()) : result, rhs == adaptor.getRhs() ? elementOf(op.getRhs()) : result};
      return b.parallel(inputs, sizes, storageType(result), [&](LinalgBuilder &in, ValueRange args) {
        Element e(in, result);
        auto factor = [&](int i) { return convertElement(in, Element(in, types[i]).load(args[i]), types[i], result); };
        return e.store(e.mul(factor(0), factor(1)));
      });
    }
    Value init = b.filled(sizes, b.number(accumulator, 0));
    ArrayAttr maps = b.getAffineMapArrayAttr({b.select(loops, lhsLoops), b.select(loops, rhsLoops), b.select(loops, resultLoops)});
    Value product =
        linalg::ContractOp::create(b, TypeRange{init.getType()}, ValueRange{lhs, rhs}, ValueRange{init}, maps).getResult(0);
    return b.convert(product, accumulator, storageType(result));
  }
};

/// Sizes of a convolution's result, without padding left to do.
Sizes outputSizes(LinalgBuilder &b, Value padded, Value filter, ArrayRef<int64_t> strides, ArrayRef<int64_t> dilations) {
  Sizes sizes{b.dim(padded, 0)};
  for (int64_t i = 0, n = strides.size(); i < n; ++i) {
    OpFoldResult one = b.getIndexAttr(1);
    OpFoldResult extent = b.mul(b.sub(b.dim(filter, i), one), b.getIndexAttr(dilations[i]));
    OpFoldResult count = b.add(b.floorDiv(b.sub(b.sub(b.dim(padded, i + 1), extent), one), strides[i]), one);
    // A window that does not fit leaves nothing.
    sizes.push_back(getConstantIntValue(count) ? count : b.max(count, b.getIndexAttr(0)));
  }
  return sizes;
}

template <typename NamedOp>
Value namedConv(LinalgBuilder &b, Value x, Value filter, Value init, ArrayRef<int64_t> strides, ArrayRef<int64_t> dilations) {
  return NamedOp::create(b, TypeRange{init.getType()}, ValueRange{x, filter}, ValueRange{init}, b.getI64TensorAttr(strides),
                         b.getI64TensorAttr(dilations))
      .getResult(0);
}

struct LowerConv : LowerOp<ConvOp> {
  using LowerOp::LowerOp;
  FailureOr<Value> lower(ConvOp op, Adaptor adaptor, LinalgBuilder &b, ConversionPatternRewriter &) const override {
    Type result = elementOf(op.getResult()), accumulator = accumulatorOf(result);
    Value x = widened(b, adaptor.getX(), elementOf(op.getX()), result);
    Value filter = widened(b, adaptor.getFilter(), elementOf(op.getFilter()), result);
    ArrayRef<int64_t> strides = op.getStrides(), dilations = op.getDilations();
    int64_t spatial = strides.size();
    Sizes low{b.getIndexAttr(0)}, high{b.getIndexAttr(0)};
    for (auto [l, h] : llvm::zip(op.getPadLow(), op.getPadHigh())) {
      low.push_back(b.getIndexAttr(l));
      high.push_back(b.getIndexAttr(h));
    }
    low.push_back(b.getIndexAttr(0));
    high.push_back(b.getIndexAttr(0));
    bool padded = llvm::any_of(op.getPadLow(), [](int64_t p) { return p != 0; }) ||
                  llvm::any_of(op.getPadHigh(), [](int64_t p) { return p != 0; });
    if (padded)
      x = b.pad(x, low, high, b.constantNumber(elementOf(x), 0));
    Sizes sizes = outputSizes(b, x, filter, strides, dilations);
    auto resultType = cast<RankedTensorType>(op.getType());
    for (int64_t d = 0; d < spatial + 1; ++d)
      if (!resultType.isDynamicDim(d))
        sizes[d] = b.getIndexAttr(resultType.getDimSize(d));
    Value y = convolve(op, x, filter, sizes, accumulator, b);
    return b.convert(y, accumulator, storageType(result));
  }

  static Value convolve(ConvOp op, Value x, Value filter, Sizes sizes, Type accumulator, LinalgBuilder &b) {
    ArrayRef<int64_t> strides = op.getStrides(), dilations = op.getDilations();
    int64_t spatial = strides.size(), groups = op.getGroups();
    OpFoldResult outputs = b.dim(filter, spatial + 1);
    auto filterType = cast<RankedTensorType>(filter.getType());
    bool depthwise = groups > 1 && filterType.getDimSize(spatial) == 1 && filterType.getDimSize(spatial + 1) == groups;
    bool named = spatial >= 1 && spatial <= 3;
    TypedAttr zero = b.number(accumulator, 0);
    if (named && (groups == 1 || depthwise)) {
      sizes.push_back(outputs);
      Value init = b.filled(sizes, zero);
      if (!depthwise) {
        if (spatial == 1)
          return namedConv<linalg::Conv1DNwcWcfOp>(b, x, filter, init, strides, dilations);
        if (spatial == 2)
          return namedConv<linalg::Conv2DNhwcHwcfOp>(b, x, filter, init, strides, dilations);
        return namedConv<linalg::Conv3DNdhwcDhwcfOp>(b, x, filter, init, strides, dilations);
      }
      SmallVector<ReassociationIndices> joined;
      for (int64_t d = 0; d < spatial; ++d)
        joined.push_back({d});
      joined.push_back({spatial, spatial + 1});
      filter = b.collapse(filter, joined);
      if (spatial == 1)
        return namedConv<linalg::DepthwiseConv1DNwcWcOp>(b, x, filter, init, strides, dilations);
      if (spatial == 2)
        return namedConv<linalg::DepthwiseConv2DNhwcHwcOp>(b, x, filter, init, strides, dilations);
      return namedConv<linalg::DepthwiseConv3DNdhwcDhwcOp>(b, x, filter, init, strides, dilations);
    }
    return grouped(op, x, filter, sizes, accumulator, b);
  }

  /// Loops: n, spatial..., group, output of the group, window..., input of the group.
  static Value grouped(ConvOp op, Value x, Value filter, Sizes sizes, Type accumulator, LinalgBuilder &b) {
    ArrayRef<int64_t> strides = op.getStrides(), dilations = op.getDilations();
    int64_t spatial = strides.size(), groups = op.getGroups();
    OpFoldResult groupAttr = b.getIndexAttr(groups), perGroup = b.floorDiv(b.dim(filter, spatial + 1), groups);
    SmallVector<ReassociationIndices> data, weights;
    for (int64_t d = 0; d <= spatial; ++d)
      data.push_back({d}), weights.push_back({d});
    data.push_back({spatial + 1, spatial + 2});
    weights.push_back({spatial + 1, spatial + 2});
    Sizes xSizes = b.sizes(x), filterSizes = b.sizes(filter);
    xSizes.back() = groupAttr;
    xSizes.push_back(filterSizes[spatial]);
    filterSizes.back() = groupAttr;
    filterSizes.push_back(perGroup);
    x = b.expand(x, data, xSizes);
    filter = b.expand(filter, weights, filterSizes);

    int64_t loops = 2 * spatial + 4, group = spatial + 1, output = spatial + 2, window = spatial + 3, input = loops - 1;
    SmallVector<AffineExpr> xExprs{b.getAffineDimExpr(0)}, filterExprs;
    for (int64_t i = 0; i < spatial; ++i) {
      xExprs.push_back(b.getAffineDimExpr(i + 1) * strides[i] + b.getAffineDimExpr(window + i) * dilations[i]);
      filterExprs.push_back(b.getAffineDimExpr(window + i));
    }
    xExprs.append({b.getAffineDimExpr(group), b.getAffineDimExpr(input)});
    filterExprs.append({b.getAffineDimExpr(input), b.getAffineDimExpr(group), b.getAffineDimExpr(output)});
    SmallVector<bool> reduced(loops, false);
    for (int64_t d = window; d < loops; ++d)
      reduced[d] = true;
    sizes.append({groupAttr, perGroup});
    Value init = b.filled(sizes, b.number(accumulator, 0));
    SmallVector<int64_t> resultLoops = llvm::to_vector(llvm::seq<int64_t>(0, window));
    Type xLogical = elementOf(x), filterLogical = elementOf(filter);
    Value y = b.accumulate(
        {{x, AffineMap::get(loops, 0, xExprs, b.getContext())}, {filter, AffineMap::get(loops, 0, filterExprs, b.getContext())}},
        init, b.select(loops, resultLoops), reduced, [&](LinalgBuilder &in, ValueRange args) {
          Element e(in, accumulator);
          Value l = convertElement(in, Element(in, xLogical).load(args[0]), xLogical, accumulator);
          Value r = convertElement(in, Element(in, filterLogical).load(args[1]), filterLogical, accumulator);
          return e.add(args[2], e.mul(l, r));
        });
    return b.collapse(y, data);
  }
};

} // namespace

void populateContraction(const TypeConverter &types, Patterns &patterns) {
  patterns.add<LowerContract, LowerConv>(types, patterns.getContext());
}

} // namespace ingot::lower
