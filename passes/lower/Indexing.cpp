//===- Indexing.cpp - Gather, scatter, sort, running sums and generators ------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Indices that come from data count from the end when negative and are clamped into range: no model input can make compiled code
// read or write outside a tensor.
//
//===----------------------------------------------------------------------===//

#include "ir/LinalgExt/LinalgExt.h"
#include "passes/lower/Kernels.h"
#include "passes/lower/Lowering.h"

using namespace mlir;

namespace ingot::lower {
namespace {

/// An index from data, made safe for a dimension of `size`.
Value safeIndex(LinalgBuilder &b, Value index, Value size) {
  Value zero = b.index(0);
  Value position = arith::IndexCastOp::create(b, b.getIndexType(), index);
  Value negative = arith::CmpIOp::create(b, arith::CmpIPredicate::slt, position, zero);
  position = arith::SelectOp::create(b, negative, arith::AddIOp::create(b, position, size), position);
  Value last = b.createOrFold<arith::SubIOp>(size, b.index(1));
  return arith::MaxSIOp::create(b, arith::MinSIOp::create(b, position, last), zero);
}

struct LowerGather : LowerOp<GatherOp> {
  using LowerOp::LowerOp;
  FailureOr<Value> lower(GatherOp op, Adaptor adaptor, LinalgBuilder &b, ConversionPatternRewriter &) const override {
    Value x = adaptor.getX(), indices = adaptor.getIndices();
    int64_t axis = op.getAxis(), indexRank = rankOf(indices), rank = rankOf(x);
    Sizes source = b.sizes(x), chosen = b.sizes(indices);
    Sizes sizes(source.begin(), source.begin() + axis);
    sizes.append(chosen);
    sizes.append(source.begin() + axis + 1, source.end());
    SmallVector<int64_t> indexDims;
    for (int64_t d = 0; d < indexRank; ++d)
      indexDims.push_back(axis + d);
    Value size = b.value(source[axis]);
    return b.parallel({{indices, b.select(sizes.size(), indexDims)}}, sizes, elementOf(x), [&](LinalgBuilder &in, ValueRange args) {
      SmallVector<Value> position;
      for (int64_t d = 0; d < rank; ++d)
        position.push_back(d == axis ? safeIndex(in, args[0], size) : in.loopIndex(d < axis ? d : d + indexRank - 1));
      return in.extract(x, position);
    });
  }
};

struct LowerGatherNd : LowerOp<GatherNdOp> {
  using LowerOp::LowerOp;
  FailureOr<Value> lower(GatherNdOp op, Adaptor adaptor, LinalgBuilder &b, ConversionPatternRewriter &rewriter) const override {
    Value x = adaptor.getX(), indices = adaptor.getIndices();
    auto indexType = cast<RankedTensorType>(indices.getType());
    int64_t batch = op.getBatchDims(), lead = indexType.getRank() - 1, depth = indexType.getDimSize(lead), rank = rankOf(x);
    if (ShapedType::isDynamic(depth))
      return failure();
    Sizes source = b.sizes(x), sizes = b.sizes(indices);
    sizes.pop_back();
    sizes.append(source.begin() + batch + depth, source.end());
    SmallVector<Value> size;
    for (OpFoldResult s : source)
      size.push_back(b.value(s));
    return b.parallel({}, sizes, elementOf(x), [&](LinalgBuilder &in, ValueRange) {
      SmallVector<Value> tuple, position;
      for (int64_t d = 0; d < lead; ++d)
        tuple.push_back(in.loopIndex(d));
      for (int64_t d = 0; d < rank; ++d) {
        if (d < batch) {
          position.push_back(tuple[d]);
        } else if (d < batch + depth) {
          SmallVector<Value> entry(tuple);
          entry.push_back(in.index(d - batch));
          position.push_back(safeIndex(in, in.extract(indices, entry), size[d]));
        } else {
          position.push_back(in.loopIndex(lead + d - batch - depth));
        }
      }
      return in.extract(x, position);
    });
  }
};

struct LowerGatherElements : LowerOp<GatherElementsOp> {
  using LowerOp::LowerOp;
  FailureOr<Value> lower(GatherElementsOp op, Adaptor adaptor, LinalgBuilder &b, ConversionPatternRewriter &) const override {
    Value x = adaptor.getX(), indices = adaptor.getIndices();
    int64_t rank = rankOf(x), axis = op.getAxis();
    Value size = b.value(b.dim(x, axis));
    return b.parallel({{indices, b.identity(rank)}}, b.sizes(indices), elementOf(x), [&](LinalgBuilder &in, ValueRange args) {
      SmallVector<Value> position;
      for (int64_t d = 0; d < rank; ++d)
        position.push_back(d == axis ? safeIndex(in, args[0], size) : in.loopIndex(d));
      return in.extract(x, position);
    });
  }
};

linalg_ext::ScatterKind scatterKind(ScatterKind kind) {
  return static_cast<linalg_ext::ScatterKind>(kind);
}

template <typename OpT> Value scatter(OpT op, typename OpT::Adaptor adaptor, LinalgBuilder &b, IntegerAttr axis) {
  bool isUnsigned = Element(b, elementOf(op.getX())).isUnsigned();
  return linalg_ext::ScatterOp::create(b, TypeRange{adaptor.getX().getType()}, scatterKind(op.getKind()),
                                       ValueRange{adaptor.getIndices(), adaptor.getUpdates()}, ValueRange{adaptor.getX()}, axis,
                                       isUnsigned)
      .getResult(0);
}

struct LowerScatterNd : LowerOp<ScatterNdOp> {
  using LowerOp::LowerOp;
  FailureOr<Value> lower(ScatterNdOp op, Adaptor adaptor, LinalgBuilder &b, ConversionPatternRewriter &) const override {
    auto type = cast<RankedTensorType>(adaptor.getIndices().getType());
    if (type.isDynamicDim(type.getRank() - 1))
      return failure();
    return scatter(op, adaptor, b, {});
  }
};

struct LowerScatterElements : LowerOp<ScatterElementsOp> {
  using LowerOp::LowerOp;
  FailureOr<Value> lower(ScatterElementsOp op, Adaptor adaptor, LinalgBuilder &b, ConversionPatternRewriter &) const override {
    return scatter(op, adaptor, b, b.getI64IntegerAttr(op.getAxis()));
  }
};

/// Two steps: how many there are sizes the result, then they are written.
struct LowerNonzero : LowerOp<NonzeroOp> {
  using LowerOp::LowerOp;
  FailureOr<Value> lower(NonzeroOp op, Adaptor adaptor, LinalgBuilder &b, ConversionPatternRewriter &) const override {
    Value x = adaptor.getX();
    int64_t rank = rankOf(x);
    Type logical = elementOf(op.getX());
    Value count;
    Value init = b.filled({}, b.getI64IntegerAttr(0));
    AffineMap scalar = AffineMap::get(rank, 0, {}, b.getContext());
    SmallVector<bool> reduced(rank, true);
    Value total = b.accumulate({{x, b.identity(rank)}}, init, scalar, reduced, [&](LinalgBuilder &in, ValueRange args) {
      Element e(in, logical);
      Value one = arith::ExtUIOp::create(in, in.getI64Type(), e.isNonzero(e.load(args[0])));
      return arith::AddIOp::create(in, args[1], one);
    });
    count = arith::IndexCastOp::create(b, b.getIndexType(), b.extract(total, {}));
    Value result = b.empty({b.getIndexAttr(rank), count}, b.getI64Type());
    return linalg_ext::NonzeroOp::create(b, TypeRange{result.getType()}, ValueRange{x}, ValueRange{result}).getResult(0);
  }
};

struct LowerCumulate : LowerOp<CumulateOp> {
  using LowerOp::LowerOp;
  FailureOr<Value> lower(CumulateOp op, Adaptor adaptor, LinalgBuilder &b, ConversionPatternRewriter &) const override {
    Value x = adaptor.getX();
    Value init = b.empty(b.sizes(x), elementOf(x));
    return linalg_ext::ScanOp::create(b, TypeRange{init.getType()}, static_cast<linalg_ext::ScanKind>(op.getKind()), ValueRange{x},
                                      ValueRange{init}, op.getAxis(), op.getExclusive(), op.getReverse())
        .getResult(0);
  }
};

struct LowerIota : LowerOp<IotaOp> {
  using LowerOp::LowerOp;
  FailureOr<Value> lower(IotaOp op, Adaptor adaptor, LinalgBuilder &b, ConversionPatternRewriter &) const override {
    Sizes sizes = getMixedValues(op.getStaticSizes(), adaptor.getSizes(), op.getContext());
    Type logical = elementOf(op.getResult());
    return b.parallel({}, sizes, storageType(logical), [&](LinalgBuilder &in, ValueRange) {
      Value position = arith::IndexCastOp::create(in, in.getI64Type(), in.loopIndex(op.getDimension()));
      return Element(in, logical).store(convertElement(in, position, in.getI64Type(), logical));
    });
  }
};

struct LowerTopk : OpConversionPattern<TopkOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(TopkOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    LinalgBuilder b(op.getLoc(), rewriter);
    OpFoldResult k = getMixedValues(op.getStaticK(), adaptor.getK(), op.getContext()).front();
    rewriter.replaceOp(op, sortAlong(b, op, adaptor.getX(), k, op.getAxis(), op.getLargest(), *getTypeConverter()));
    return success();
  }
};

struct LowerSort : OpConversionPattern<SortOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(SortOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    LinalgBuilder b(op.getLoc(), rewriter);
    OpFoldResult size = b.dim(adaptor.getX(), op.getAxis());
    rewriter.replaceOp(op, sortAlong(b, op, adaptor.getX(), size, op.getAxis(), op.getDescending(), *getTypeConverter()));
    return success();
  }
};

} // namespace

void populateIndexing(const TypeConverter &types, Patterns &patterns) {
  patterns.add<LowerGather, LowerGatherNd, LowerGatherElements, LowerScatterNd, LowerScatterElements, LowerNonzero, LowerCumulate,
               LowerIota, LowerTopk, LowerSort>(types, patterns.getContext());
  populateKernels(types, patterns);
}

} // namespace ingot::lower
