//===- Movement.cpp - Reshapes, slices, pads and concatenation ----------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/lower/Lowering.h"

using namespace mlir;

namespace ingot::lower {
namespace {

struct LowerReshape : LowerOp<ReshapeOp> {
  using LowerOp::LowerOp;
  FailureOr<Value> lower(ReshapeOp op, Adaptor adaptor, LinalgBuilder &b, ConversionPatternRewriter &) const override {
    Sizes sizes = getMixedValues(op.getStaticSizes(), adaptor.getSizes(), op.getContext());
    auto resultType = cast<RankedTensorType>(op.getType());
    auto sourceType = cast<RankedTensorType>(op.getX().getType());
    Sizes original = op.getMixedSizes();
    for (int64_t d = 0; d < resultType.getRank(); ++d)
      if (!resultType.isDynamicDim(d))
        sizes[d] = original[d] = b.getIndexAttr(resultType.getDimSize(d));
    // One dynamic size follows from a static source.
    if (sourceType.hasStaticShape() && resultType.getNumDynamicDims() == 1 && sourceType.getNumElements() != 0) {
      int64_t known = 1, unknown = 0;
      for (int64_t d = 0; d < resultType.getRank(); ++d) {
        if (resultType.isDynamicDim(d))
          unknown = d;
        else
          known *= resultType.getDimSize(d);
      }
      if (known > 0 && sourceType.getNumElements() % known == 0)
        sizes[unknown] = original[unknown] = b.getIndexAttr(sourceType.getNumElements() / known);
    }
    return b.reshape(adaptor.getX(), sizes, reshapeGroups(op.getX(), original));
  }
};

struct LowerBroadcast : LowerOp<BroadcastOp> {
  using LowerOp::LowerOp;
  FailureOr<Value> lower(BroadcastOp op, Adaptor adaptor, LinalgBuilder &b, ConversionPatternRewriter &) const override {
    Value x = adaptor.getX();
    ArrayRef<int64_t> dims = op.getDimensions();
    auto type = cast<RankedTensorType>(x.getType());
    auto resultType = cast<RankedTensorType>(op.getType());
    Sizes sizes = getMixedValues(op.getStaticSizes(), adaptor.getSizes(), op.getContext());
    for (int64_t d = 0; d < resultType.getRank(); ++d)
      if (!resultType.isDynamicDim(d))
        sizes[d] = b.getIndexAttr(resultType.getDimSize(d));
    if (std::optional<Value> view = addsUnitDims(op, x, sizes, b))
      return *view;

    bool dynamicRepeat = false;
    SmallVector<AffineExpr> exprs;
    for (int64_t i = 0; i < type.getRank(); ++i) {
      dynamicRepeat |= type.isDynamicDim(i) && op.mayRepeat(i);
      exprs.push_back(type.getDimSize(i) == 1 ? b.getAffineConstantExpr(0) : b.getAffineDimExpr(dims[i]));
    }
    if (!dynamicRepeat) {
      AffineMap map = AffineMap::get(sizes.size(), 0, exprs, b.getContext());
      return b.parallel({{x, map}}, sizes, type.getElementType(), [](LinalgBuilder &, ValueRange args) { return args[0]; });
    }
    // Dimensions that are 1 only at run time are told apart for every element.
    SmallVector<Value> isOne(type.getRank());
    for (int64_t i = 0; i < type.getRank(); ++i)
      if (type.isDynamicDim(i) && op.mayRepeat(i))
        isOne[i] = b.createOrFold<arith::CmpIOp>(arith::CmpIPredicate::eq, b.value(b.dim(x, i)), b.index(1));
    return b.parallel({}, sizes, type.getElementType(), [&](LinalgBuilder &in, ValueRange) {
      SmallVector<Value> indices;
      for (int64_t i = 0; i < type.getRank(); ++i) {
        if (type.getDimSize(i) == 1) {
          indices.push_back(in.index(0));
          continue;
        }
        Value index = in.loopIndex(dims[i]);
        indices.push_back(isOne[i] ? arith::SelectOp::create(in, isOne[i], in.index(0), index).getResult() : index);
      }
      return in.extract(x, indices);
    });
  }

  /// A broadcast that only adds dimensions of size 1 is a view.
  static std::optional<Value> addsUnitDims(BroadcastOp op, Value x, ArrayRef<OpFoldResult> sizes, LinalgBuilder &b) {
    ArrayRef<int64_t> dims = op.getDimensions();
    auto type = cast<RankedTensorType>(x.getType());
    if (!llvm::is_sorted(dims))
      return std::nullopt;
    SmallVector<bool> fromX(sizes.size(), false);
    Sizes result(sizes.begin(), sizes.end());
    for (auto [i, d] : llvm::enumerate(dims)) {
      fromX[d] = true;
      std::optional<int64_t> size = getConstantIntValue(sizes[d]);
      if (op.mayRepeat(i) && !(size && *size == type.getDimSize(i)))
        return std::nullopt;
      result[d] = b.dim(x, i);
    }
    for (auto [d, size] : llvm::enumerate(sizes))
      if (!fromX[d] && getConstantIntValue(size) != 1)
        return std::nullopt;
    if (dims.size() == sizes.size())
      return x;
    if (dims.empty())
      return b.reshape(x, result);
    // Each dimension of x takes the ones that follow it, the first also those before it.
    SmallVector<ReassociationIndices> groups(dims.size());
    for (int64_t d = 0, group = 0, rank = sizes.size(); d < rank; ++d) {
      if (group + 1 < static_cast<int64_t>(dims.size()) && d >= dims[group + 1])
        ++group;
      groups[group].push_back(d);
    }
    return b.expand(x, groups, result);
  }
};

struct LowerTranspose : LowerOp<TransposeOp> {
  using LowerOp::LowerOp;
  FailureOr<Value> lower(TransposeOp op, Adaptor adaptor, LinalgBuilder &b, ConversionPatternRewriter &) const override {
    Value x = adaptor.getX();
    ArrayRef<int64_t> permutation = op.getPermutation();
    int64_t rank = permutation.size();
    auto type = cast<RankedTensorType>(x.getType());
    Sizes sizes, sourceSizes = b.sizes(x);
    SmallVector<int64_t> moved;
    for (int64_t d : permutation) {
      sizes.push_back(sourceSizes[d]);
      if (type.getDimSize(d) != 1)
        moved.push_back(d);
    }
    if (llvm::is_sorted(moved))
      return unitDimsMove(x, permutation, sizes, b);
    // Result dimension i is source dimension permutation[i].
    SmallVector<int64_t> map(rank);
    for (int64_t i = 0; i < rank; ++i)
      map[permutation[i]] = i;
    return b.parallel({{x, b.select(rank, map)}}, sizes, type.getElementType(),
                      [](LinalgBuilder &, ValueRange args) { return args[0]; });
  }

  /// Only dimensions of size 1 change places: drop and add them.
  static Value unitDimsMove(Value x, ArrayRef<int64_t> permutation, ArrayRef<OpFoldResult> sizes, LinalgBuilder &b) {
    auto type = cast<RankedTensorType>(x.getType());
    int64_t rank = permutation.size();
    if (llvm::is_sorted(permutation))
      return x;
    auto groupsOf = [&](function_ref<int64_t(int64_t)> sizeAt) {
      SmallVector<ReassociationIndices> groups;
      ReassociationIndices leading;
      for (int64_t d = 0; d < rank; ++d) {
        if (sizeAt(d) != 1) {
          groups.emplace_back();
          groups.back().append(leading.begin(), leading.end());
          leading.clear();
          groups.back().push_back(d);
        } else {
          (groups.empty() ? leading : groups.back()).push_back(d);
        }
      }
      return groups;
    };
    SmallVector<ReassociationIndices> source = groupsOf([&](int64_t d) { return type.getDimSize(d); });
    if (source.empty())
      return x; // All dimensions are 1.
    Value dense = b.collapse(x, source);
    return b.expand(dense, groupsOf([&](int64_t d) { return type.getDimSize(permutation[d]); }), sizes);
  }
};

bool allOnes(ArrayRef<OpFoldResult> values) {
  return llvm::all_of(values, [](OpFoldResult value) { return getConstantIntValue(value) == 1; });
}

struct LowerSlice : LowerOp<SliceOp> {
  using LowerOp::LowerOp;
  FailureOr<Value> lower(SliceOp op, Adaptor adaptor, LinalgBuilder &b, ConversionPatternRewriter &) const override {
    Value x = adaptor.getX();
    Sizes offsets = getMixedValues(op.getStaticOffsets(), adaptor.getOffsets(), op.getContext());
    Sizes sizes = getMixedValues(op.getStaticSizes(), adaptor.getSizes(), op.getContext());
    Sizes steps = getMixedValues(op.getStaticSteps(), adaptor.getSteps(), op.getContext());
    // Upstream's slices begin inside their source, also when they are empty.
    auto resultType = cast<RankedTensorType>(op.getType());
    auto isZero = [](OpFoldResult size) { return getConstantIntValue(size) == 0; };
    if (llvm::is_contained(resultType.getShape(), 0) || llvm::any_of(sizes, isZero) || llvm::any_of(b.sizes(x), isZero))
      return b.empty(sizes, elementOf(x));
    // The step of a slice of one element does not matter.
    for (auto [size, step] : llvm::zip(sizes, steps))
      if (getConstantIntValue(size) == 1)
        step = b.getIndexAttr(1);
    if (allOnes(steps))
      return tensor::ExtractSliceOp::create(b, x, offsets, sizes, steps).getResult();
    SmallVector<Value> first, step;
    for (auto [offset, stride] : llvm::zip(offsets, steps)) {
      first.push_back(b.value(offset));
      step.push_back(b.value(stride));
    }
    return b.parallel({}, sizes, elementOf(x), [&](LinalgBuilder &in, ValueRange) {
      SmallVector<Value> indices;
      for (int64_t d = 0, rank = sizes.size(); d < rank; ++d)
        indices.push_back(in.createOrFold<arith::AddIOp>(in.createOrFold<arith::MulIOp>(in.loopIndex(d), step[d]), first[d]));
      return in.extract(x, indices);
    });
  }
};

struct LowerUpdateSlice : LowerOp<UpdateSliceOp> {
  using LowerOp::LowerOp;
  FailureOr<Value> lower(UpdateSliceOp op, Adaptor adaptor, LinalgBuilder &b, ConversionPatternRewriter &) const override {
    if (llvm::is_contained(cast<RankedTensorType>(op.getUpdate().getType()).getShape(), 0))
      return adaptor.getX();
    Sizes offsets = getMixedValues(op.getStaticOffsets(), adaptor.getOffsets(), op.getContext());
    Sizes steps(offsets.size(), b.getIndexAttr(1));
    return tensor::InsertSliceOp::create(b, adaptor.getUpdate(), adaptor.getX(), offsets, b.sizes(adaptor.getUpdate()), steps)
        .getResult();
  }
};

struct LowerConcat : LowerOp<ConcatOp> {
  using LowerOp::LowerOp;
  FailureOr<Value> lower(ConcatOp op, Adaptor adaptor, LinalgBuilder &b, ConversionPatternRewriter &) const override {
    if (adaptor.getInputs().size() == 1)
      return adaptor.getInputs().front();
    return tensor::ConcatOp::create(b, op.getAxis(), adaptor.getInputs()).getResult();
  }
};

struct LowerReverse : LowerOp<ReverseOp> {
  using LowerOp::LowerOp;
  FailureOr<Value> lower(ReverseOp op, Adaptor adaptor, LinalgBuilder &b, ConversionPatternRewriter &) const override {
    Value x = adaptor.getX();
    Sizes sizes = b.sizes(x);
    SmallVector<Value> last(sizes.size());
    for (int64_t d : op.getDimensions())
      last[d] = b.value(b.sub(sizes[d], b.getIndexAttr(1)));
    return b.parallel({}, sizes, elementOf(x), [&](LinalgBuilder &in, ValueRange) {
      SmallVector<Value> indices;
      for (int64_t d = 0, rank = sizes.size(); d < rank; ++d) {
        Value index = in.loopIndex(d);
        indices.push_back(last[d] ? arith::SubIOp::create(in, last[d], index).getResult() : index);
      }
      return in.extract(x, indices);
    });
  }
};

struct LowerPad : LowerOp<PadOp> {
  using LowerOp::LowerOp;
  FailureOr<Value> lower(PadOp op, Adaptor adaptor, LinalgBuilder &b, ConversionPatternRewriter &) const override {
    Value x = adaptor.getX();
    Sizes low = getMixedValues(op.getStaticLow(), adaptor.getLow(), op.getContext());
    Sizes high = getMixedValues(op.getStaticHigh(), adaptor.getHigh(), op.getContext());
    if (op.getMode() == PadMode::Constant) {
      TypedAttr splat = splatOf(op.getValue());
      Value value = splat ? b.constant(splat) : b.extract(adaptor.getValue(), {});
      return b.pad(x, low, high, value);
    }
    Sizes source = b.sizes(x), sizes;
    for (auto [d, size] : llvm::enumerate(source))
      sizes.push_back(b.add(b.add(low[d], size), high[d]));
    SmallVector<Value> before, size;
    for (int64_t d = 0, rank = sizes.size(); d < rank; ++d) {
      before.push_back(b.value(low[d]));
      size.push_back(b.value(source[d]));
    }
    return b.parallel({}, sizes, elementOf(x), [&](LinalgBuilder &in, ValueRange) {
      SmallVector<Value> indices;
      for (int64_t d = 0, rank = sizes.size(); d < rank; ++d) {
        Value index = in.loopIndex(d);
        bool padded = getConstantIntValue(low[d]) != 0 || getConstantIntValue(high[d]) != 0;
        indices.push_back(padded ? sourceIndex(op.getMode(), arith::SubIOp::create(in, index, before[d]), size[d], in) : index);
      }
      return in.extract(x, indices);
    });
  }

  static Value sourceIndex(PadMode mode, Value index, Value size, LinalgBuilder &b) {
    Value zero = b.index(0), one = b.index(1);
    Value last = b.createOrFold<arith::SubIOp>(size, one);
    if (mode == PadMode::Edge)
      return arith::MaxSIOp::create(b, arith::MinSIOp::create(b, index, last), zero);
    // Wrap repeats with the size as its period; reflect with twice the size less its ends, mirrored in the second half.
    Value period = size;
    if (mode == PadMode::Reflect)
      period = b.createOrFold<arith::MaxSIOp>(b.createOrFold<arith::AddIOp>(last, last), one);
    Value rest = arith::RemSIOp::create(b, index, period);
    Value negative = arith::CmpIOp::create(b, arith::CmpIPredicate::slt, rest, zero);
    rest = arith::SelectOp::create(b, negative, arith::AddIOp::create(b, rest, period), rest);
    if (mode == PadMode::Wrap)
      return rest;
    return arith::MinSIOp::create(b, rest, arith::SubIOp::create(b, period, rest));
  }
};

} // namespace

void populateMovement(const TypeConverter &types, Patterns &patterns) {
  patterns.add<LowerReshape, LowerBroadcast, LowerTranspose, LowerSlice, LowerUpdateSlice, LowerConcat, LowerReverse, LowerPad>(
      types, patterns.getContext());
}

} // namespace ingot::lower
