//===- Contraction.cpp - Matrix products and convolutions ---------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Products accumulate in the result's type, 16-bit floats in f32. Products with a narrow unsigned operand are spelled out as generic
// ops, because the casts of named ones are signed.
//
//===----------------------------------------------------------------------===//

#include "passes/lower/Lowering.h"

using namespace mlir;

namespace ingot::lower {
namespace {

/// Whether linalg's casts to the result's type would take an operand's elements for signed ones.
bool needsUnsignedCast(Type logical, Type resultLogical) {
  return logical.isUnsignedInteger() && logical.getIntOrFloatBitWidth() < resultLogical.getIntOrFloatBitWidth();
}

/// An operand of a product: unsigned integers in the result's width.
Value widened(LinalgBuilder &b, Value tensor, Type logical, Type resultLogical) {
  return needsUnsignedCast(logical, resultLogical) ? b.convert(tensor, logical, resultLogical) : tensor;
}

/// The sum of products of elements of types `left` and `right`, added to `init` through `out`; loops beyond its results are summed.
Value sumOfProducts(LinalgBuilder &b, Input l, Type left, Input r, Type right, Value init, AffineMap out, Type accumulator) {
  SmallVector<bool> reduced(out.getNumDims(), true);
  for (unsigned d = 0; d < out.getNumResults(); ++d)
    reduced[out.getDimPosition(d)] = false;
  return b.accumulate({l, r}, init, out, reduced, [&](LinalgBuilder &in, ValueRange args) {
    Element e(in, accumulator);
    Value x = convertElement(in, Element(in, left).load(args[0]), left, accumulator);
    Value y = convertElement(in, Element(in, right).load(args[1]), right, accumulator);
    return e.add(args[2], e.mul(x, y));
  });
}

/// The type that the product of operands of `element` accumulates in.
Type accumulatorOf(Type resultLogical) {
  return computeType(resultLogical);
}

struct LowerContract : LowerOp<ContractOp> {
  using LowerOp::LowerOp;
  FailureOr<Value> lower(ContractOp op, Adaptor adaptor, LinalgBuilder &b, ConversionPatternRewriter &) const override {
    Type result = elementOf(op.getResult()), accumulator = accumulatorOf(result);
    Value lhs = adaptor.getLhs(), rhs = adaptor.getRhs();
    Type left = elementOf(op.getLhs()), right = elementOf(op.getRhs());
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
      Type types[] = {left, right};
      return b.parallel(inputs, sizes, storageType(result), [&](LinalgBuilder &in, ValueRange args) {
        Element e(in, result);
        auto factor = [&](int i) { return convertElement(in, Element(in, types[i]).load(args[i]), types[i], result); };
        return e.store(e.mul(factor(0), factor(1)));
      });
    }
    Value init = b.filled(sizes, b.number(accumulator, 0));
    AffineMap maps[] = {b.select(loops, lhsLoops), b.select(loops, rhsLoops), b.select(loops, resultLoops)};
    Value product;
    if (needsUnsignedCast(left, result) || needsUnsignedCast(right, result))
      product = sumOfProducts(b, {lhs, maps[0]}, left, {rhs, maps[1]}, right, init, maps[2], accumulator);
    else
      product = linalg::ContractOp::create(b, TypeRange{init.getType()}, ValueRange{lhs, rhs}, ValueRange{init},
                                           b.getAffineMapArrayAttr(maps))
                    .getResult(0);
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
    Value x = adaptor.getX(), filter = adaptor.getFilter();
    Type left = elementOf(op.getX()), right = elementOf(op.getFilter());
    ArrayRef<int64_t> strides = op.getStrides(), dilations = op.getDilations();
    if (isDepthwise(op)) { // named in any case
      x = widened(b, x, left, result);
      filter = widened(b, filter, right, result);
    }
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
    bool unsignedCast = !isDepthwise(op) && (needsUnsignedCast(left, result) || needsUnsignedCast(right, result));
    Value y = unsignedCast ? generic(op, x, left, filter, right, sizes, accumulator, b) : convolve(op, x, filter, sizes, accumulator, b);
    return b.convert(y, accumulator, storageType(result));
  }

  /// One channel to a group, for which there are named ops.
  static bool isDepthwise(ConvOp op) {
    int64_t spatial = op.getStrides().size(), groups = op.getGroups();
    auto filter = cast<RankedTensorType>(op.getFilter().getType());
    return spatial <= 3 && groups > 1 && filter.getDimSize(spatial) == 1 && filter.getDimSize(spatial + 1) == groups;
  }

  static Value convolve(ConvOp op, Value x, Value filter, Sizes sizes, Type accumulator, LinalgBuilder &b) {
    ArrayRef<int64_t> strides = op.getStrides(), dilations = op.getDilations();
    int64_t spatial = strides.size(), groups = op.getGroups();
    OpFoldResult outputs = b.dim(filter, spatial + 1);
    bool depthwise = isDepthwise(op), named = spatial >= 1 && spatial <= 3;
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
    return generic(op, x, elementOf(x), filter, elementOf(filter), sizes, accumulator, b);
  }

  /// Loops: n, spatial..., group, output of the group, window..., input of the group; those of the group where there is more than one.
  static Value generic(ConvOp op, Value x, Type left, Value filter, Type right, Sizes sizes, Type accumulator, LinalgBuilder &b) {
    ArrayRef<int64_t> strides = op.getStrides(), dilations = op.getDilations();
    int64_t spatial = strides.size(), groups = op.getGroups();
    bool split = groups > 1;
    SmallVector<ReassociationIndices> data, weights;
    for (int64_t d = 0; d <= spatial; ++d)
      data.push_back({d}), weights.push_back({d});
    data.push_back({spatial + 1, spatial + 2});
    weights.push_back({spatial + 1, spatial + 2});
    OpFoldResult outputs = b.dim(filter, spatial + 1);
    if (split) {
      OpFoldResult groupAttr = b.getIndexAttr(groups), perGroup = b.floorDiv(outputs, groups);
      Sizes xSizes = b.sizes(x), filterSizes = b.sizes(filter);
      xSizes.back() = groupAttr;
      xSizes.push_back(filterSizes[spatial]);
      filterSizes.back() = groupAttr;
      filterSizes.push_back(perGroup);
      x = b.expand(x, data, xSizes);
      filter = b.expand(filter, weights, filterSizes);
      sizes.push_back(groupAttr);
      outputs = perGroup;
    }
    sizes.push_back(outputs);

    int64_t output = spatial + (split ? 2 : 1), window = output + 1, loops = window + spatial + 1, input = loops - 1;
    SmallVector<AffineExpr> xExprs{b.getAffineDimExpr(0)}, filterExprs;
    for (int64_t i = 0; i < spatial; ++i) {
      xExprs.push_back(b.getAffineDimExpr(i + 1) * strides[i] + b.getAffineDimExpr(window + i) * dilations[i]);
      filterExprs.push_back(b.getAffineDimExpr(window + i));
    }
    filterExprs.push_back(b.getAffineDimExpr(input));
    if (split) {
      xExprs.push_back(b.getAffineDimExpr(spatial + 1));
      filterExprs.push_back(b.getAffineDimExpr(spatial + 1));
    }
    xExprs.push_back(b.getAffineDimExpr(input));
    filterExprs.push_back(b.getAffineDimExpr(output));
    Value init = b.filled(sizes, b.number(accumulator, 0));
    SmallVector<int64_t> resultLoops = llvm::to_vector(llvm::seq<int64_t>(0, window));
    Value y = sumOfProducts(b, {x, AffineMap::get(loops, 0, xExprs, b.getContext())}, left,
                            {filter, AffineMap::get(loops, 0, filterExprs, b.getContext())}, right, init, b.select(loops, resultLoops),
                            accumulator);
    return split ? b.collapse(y, data) : y;
  }
};

/// dw[k, c, f] = sum over n, o of x[n, o * s + k * d - pad, c] * dy[n, o, f]: a product whose rows are the places of the window and the
/// channels, and whose sum runs over all places of dy.
struct LowerConvGradFilter : LowerOp<ConvGradFilterOp> {
  using LowerOp::LowerOp;
  FailureOr<Value> lower(ConvGradFilterOp op, Adaptor adaptor, LinalgBuilder &b, ConversionPatternRewriter &) const override {
    Type result = elementOf(op.getResult()), accumulator = accumulatorOf(result);
    Type left = elementOf(op.getX()), right = elementOf(op.getDy());
    Value x = adaptor.getX(), dy = adaptor.getDy();
    int64_t spatial = op.getStrides().size(), groups = op.getGroups();
    Sizes low{b.getIndexAttr(0)}, high{b.getIndexAttr(0)};
    bool padded = false;
    for (auto [l, h] : llvm::zip(op.getPadLow(), op.getPadHigh())) {
      low.push_back(b.getIndexAttr(l));
      high.push_back(b.getIndexAttr(h));
      padded |= l != 0 || h != 0;
    }
    low.push_back(b.getIndexAttr(0));
    high.push_back(b.getIndexAttr(0));
    if (padded)
      x = b.pad(x, low, high, b.constantNumber(elementOf(x), 0));

    // Loops: window..., channel, group, feature of the group, n, spatial...; without those of groups or of the single channel and feature
    // of one.
    OpFoldResult channels = b.dim(x, spatial + 1), features = b.dim(dy, spatial + 1);
    bool split = groups > 1, depthwise = split && isOne(channels, groups) && isOne(features, groups);
    Sizes sizes;
    for (int64_t k : op.getFilterSizes())
      sizes.push_back(b.getIndexAttr(k));
    SmallVector<ReassociationIndices> data;
    for (int64_t d = 0; d <= spatial; ++d)
      data.push_back({d});
    data.push_back({spatial + 1, spatial + 2});
    auto expanded = [&](Value tensor, OpFoldResult inner) {
      Sizes all = b.sizes(tensor);
      all.back() = b.getIndexAttr(groups);
      all.push_back(inner);
      return b.expand(tensor, data, all);
    };
    if (depthwise) {
      sizes.push_back(channels);
    } else if (split) {
      channels = b.floorDiv(channels, groups);
      features = b.floorDiv(features, groups);
      x = expanded(x, channels);
      dy = expanded(dy, features);
      sizes.append({channels, b.getIndexAttr(groups), features});
    } else {
      sizes.append({channels, features});
    }
    int64_t results = sizes.size(), loops = results + 1 + spatial;
    auto dim = [&](int64_t d) { return b.getAffineDimExpr(d); };
    SmallVector<AffineExpr> xExprs{dim(results)}, dyExprs{dim(results)};
    for (int64_t d = 0; d < spatial; ++d) {
      xExprs.push_back(dim(results + 1 + d) * op.getStrides()[d] + dim(d) * op.getDilations()[d]);
      dyExprs.push_back(dim(results + 1 + d));
    }
    if (depthwise) {
      xExprs.push_back(dim(spatial));
      dyExprs.push_back(dim(spatial));
    } else {
      if (split) {
        xExprs.push_back(dim(spatial + 1));
        dyExprs.push_back(dim(spatial + 1));
      }
      xExprs.push_back(dim(spatial));
      dyExprs.push_back(dim(results - 1));
    }
    Value init = b.filled(sizes, b.number(accumulator, 0));
    Value y = sumOfProducts(b, {x, AffineMap::get(loops, 0, xExprs, b.getContext())}, left,
                            {dy, AffineMap::get(loops, 0, dyExprs, b.getContext())}, right, init,
                            b.select(loops, llvm::to_vector(llvm::seq<int64_t>(0, results))), accumulator);
    y = b.convert(y, accumulator, storageType(result));
    if (!split)
      return y;
    SmallVector<ReassociationIndices> filter;
    for (int64_t d = 0; d < spatial + (depthwise ? 0 : 1); ++d)
      filter.push_back({d});
    filter.push_back(depthwise ? ReassociationIndices{spatial, spatial + 1} : ReassociationIndices{spatial + 1, spatial + 2});
    if (!depthwise)
      return b.collapse(y, filter);
    Sizes all(sizes);
    all.insert(all.end() - 1, b.getIndexAttr(1));
    return b.expand(y, filter, all);
  }

  static bool isOne(OpFoldResult size, int64_t groups) { return getConstantIntValue(size) == std::optional<int64_t>(groups); }
};

} // namespace

void populateContraction(const TypeConverter &types, Patterns &patterns) {
  patterns.add<LowerContract, LowerConv, LowerConvGradFilter>(types, patterns.getContext());
}

} // namespace ingot::lower
