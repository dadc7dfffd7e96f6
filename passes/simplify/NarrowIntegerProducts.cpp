//===- NarrowIntegerProducts.cpp - Bytes instead of centered integers --------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/Passes.h"
#include "passes/Utils.h"
#include "passes/simplify/WeightFolding.h"

#include "mlir/IR/AsmState.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

#include <algorithm>
#include <cstring>

using namespace mlir;

namespace ingot {

#define GEN_PASS_DEF_NARROWINTEGERPRODUCTSPASS
#include "passes/Passes.h.inc"

namespace {

/// An i32 tensor that is `values - zero`: 8-bit values, and a scalar i32 tensor or none.
struct Centered {
  Value values, zero;
};

/// The number that is the same for all elements of `value`, as a scalar tensor; null for anything else.
Value scalarOf(Value value, PatternRewriter &rewriter) {
  if (auto broadcast = value.getDefiningOp<BroadcastOp>())
    value = broadcast.getX();
  RankedTensorType type = getTensorType(value);
  if (!type.hasStaticShape() || type.getNumElements() != 1)
    return {};
  return buildReshape(rewriter, value.getLoc(), value, {});
}

/// Through transposes and reshapes, which are repeated on the values.
std::optional<Centered> matchCentered(Value value, PatternRewriter &rewriter) {
  Operation *op = value.getDefiningOp();
  if (auto cast = dyn_cast_or_null<CastOp>(op)) {
    auto type = dyn_cast<IntegerType>(getTensorType(cast.getX()).getElementType());
    if (type && type.getWidth() == 8)
      return Centered{cast.getX(), {}};
    return std::nullopt;
  }
  if (auto sub = dyn_cast_or_null<SubOp>(op)) {
    auto cast = sub.getLhs().getDefiningOp<CastOp>();
    auto type = cast ? dyn_cast<IntegerType>(getTensorType(cast.getX()).getElementType()) : IntegerType();
    if (!type || type.getWidth() != 8)
      return std::nullopt;
    rewriter.setInsertionPoint(sub);
    Value zero = scalarOf(sub.getRhs(), rewriter);
    return zero ? std::optional(Centered{cast.getX(), zero}) : std::nullopt;
  }
  if (!isa_and_nonnull<TransposeOp, ReshapeOp>(op))
    return std::nullopt;
  std::optional<Centered> inner = matchCentered(op->getOperand(0), rewriter);
  if (!inner)
    return std::nullopt;
  rewriter.setInsertionPoint(op);
  SmallVector<Value> operands(op->getOperands());
  operands.front() = inner->values;
  Type type = getTensorType(value).clone(getTensorType(inner->values).getElementType());
  return Centered{rebuildWith(rewriter, op, operands, type)->getResult(0), inner->zero};
}

/// The elements of a constant of i32 that fit in 16 bits; empty for anything else.
std::vector<int32_t> readWeights(Value value) {
  auto constant = value.getDefiningOp<ConstantOp>();
  RankedTensorType type = getTensorType(value);
  if (!constant || !type.getElementType().isInteger(32) || !type.hasStaticShape() || type.getNumElements() == 0)
    return {};
  ArrayRef<char> bytes = getConstantBytes(constant.getValue());
  size_t count = type.getNumElements();
  if (bytes.size() != 4 && bytes.size() != 4 * count)
    return {};
  std::vector<int32_t> elements(count);
  for (size_t i = 0; i < count; ++i) {
    std::memcpy(&elements[i], bytes.data() + (bytes.size() == 4 ? 0 : 4 * i), 4);
    if (elements[i] != static_cast<int16_t>(elements[i]))
      return {};
  }
  return elements;
}

/// Sums over the dimensions that `kept` does not hold; the result has those, in the order of `kept`.
Value sumWeights(OpBuilder &builder, Location loc, const std::vector<int32_t> &weights, RankedTensorType type,
                 ArrayRef<int64_t> kept) {
  SmallVector<int64_t> shape, steps(type.getRank(), 0);
  for (int64_t dim : kept)
    shape.push_back(type.getDimSize(dim));
  int64_t total = 1;
  for (int64_t dim : llvm::reverse(kept)) {
    steps[dim] = total;
    total *= type.getDimSize(dim);
  }
  std::vector<uint32_t> sums(total, 0); // unsigned, since they wrap
  SmallVector<int64_t> index(type.getRank(), 0);
  int64_t at = 0;
  for (int32_t weight : weights) {
    sums[at] += static_cast<uint32_t>(weight);
    for (int64_t dim = type.getRank() - 1; dim >= 0; --dim) {
      at += steps[dim];
      if (++index[dim] < type.getDimSize(dim))
        break;
      at -= steps[dim] * type.getDimSize(dim);
      index[dim] = 0;
    }
  }
  auto sumType = RankedTensorType::get(shape, type.getElementType());
  SmallVector<int32_t> values(sums.begin(), sums.end());
  return ConstantOp::create(builder, loc, DenseElementsAttr::get(sumType, ArrayRef<int32_t>(values)));
}

ElementsAttr makeIntegers(RankedTensorType type, const std::vector<int32_t> &values) {
  ArrayRef<char> bytes(reinterpret_cast<const char *>(values.data()), values.size() * sizeof(int32_t));
  return DenseResourceElementsAttr::get(type, "centered", HeapAsmResourceBlob::allocateAndCopyWithAlign(bytes, 64));
}

Value splatScalar(OpBuilder &builder, Location loc, int64_t value, Type element) {
  auto type = RankedTensorType::get({}, element);
  return ConstantOp::create(builder, loc, DenseElementsAttr::get(type, builder.getIntegerAttr(element, value)));
}

/// Values as unsigned bytes: signed ones plus 128, and the zero point with them.
Centered asUnsigned(Centered x, PatternRewriter &rewriter, Location loc) {
  RankedTensorType type = getTensorType(x.values);
  if (cast<IntegerType>(type.getElementType()).isUnsigned())
    return x;
  Type byte = rewriter.getIntegerType(8, /*isSigned=*/false), i32 = rewriter.getI32Type();
  Value bits = BitcastOp::create(rewriter, loc, type.clone(byte), x.values);
  Value top = splatScalar(rewriter, loc, 128, byte);
  Value tops = BroadcastOp::create(rewriter, loc, top, ArrayRef<int64_t>(), getMixedSizes(rewriter, loc, bits));
  Value moved = XorOp::create(rewriter, loc, bits.getType(), bits, tops);
  Value shift = splatScalar(rewriter, loc, 128, i32);
  return {moved, x.zero ? AddOp::create(rewriter, loc, shift.getType(), x.zero, shift).getResult() : shift};
}

/// `product - zero * sums`, the sums lying along `dimensions` of the product.
Value correct(PatternRewriter &rewriter, Location loc, Value product, Value zero, Value sums, ArrayRef<int64_t> dimensions) {
  SmallVector<OpFoldResult> sizes = getMixedSizes(rewriter, loc, product);
  Value wideSums = BroadcastOp::create(rewriter, loc, sums, dimensions, sizes);
  Value wideZero = BroadcastOp::create(rewriter, loc, zero, ArrayRef<int64_t>(), sizes);
  Value correction = MulOp::create(rewriter, loc, product.getType(), wideZero, wideSums);
  return SubOp::create(rewriter, loc, product.getType(), product, correction);
}

/// Moves weights that need nine bits, but do not differ by more than eight hold, into the range of bytes; returns how far.
int32_t centerWeights(std::vector<int32_t> &weights) {
  auto [low, high] = std::minmax_element(weights.begin(), weights.end());
  bool fits = *low >= -128 && *high <= 127;
  if (fits || *high - *low > 255)
    return 0;
  int32_t shift = *low + 128;
  for (int32_t &weight : weights)
    weight -= shift;
  return shift;
}

bool isZero(Value zero) {
  if (!zero)
    return true;
  std::optional<APInt> value = getIntSplat(zero);
  return value && value->isZero();
}

struct NarrowContract : OpRewritePattern<ContractOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ContractOp op, PatternRewriter &rewriter) const override {
    if (!getTensorType(op.getLhs()).getElementType().isInteger(32) || !getTensorType(op.getResult()).getElementType().isInteger(32))
      return rewriter.notifyMatchFailure(op, "no product of i32");
    std::vector<int32_t> weights = readWeights(op.getRhs());
    if (weights.empty())
      return rewriter.notifyMatchFailure(op, "the right side is no constant of 16 bits");
    std::optional<Centered> x = matchCentered(op.getLhs(), rewriter);
    if (!x)
      return rewriter.notifyMatchFailure(op, "the left side is not widened from 8 bits");
    Location loc = op.getLoc();
    rewriter.setInsertionPoint(op);
    *x = asUnsigned(*x, rewriter, loc);
    Value right = op.getRhs();
    RankedTensorType rightType = getTensorType(right);
    std::vector<int32_t> moved = weights;
    int32_t shift = op.getLhsBatch().empty() ? centerWeights(moved) : 0;
    if (shift != 0)
      right = ConstantOp::create(rewriter, loc, makeIntegers(rightType, moved));
    Value product = ContractOp::create(rewriter, loc, op.getType(), x->values, right, op.getLhsBatch(), op.getRhsBatch(),
                                       op.getLhsContracting(), op.getRhsContracting());
    if (shift != 0) {
      // x (w + shift) is x w + shift * sum(x).
      RankedTensorType type = getTensorType(x->values);
      SmallVector<int64_t> rows = op.getLhsFree(), shape;
      for (int64_t dim : rows)
        shape.push_back(type.getDimSize(dim));
      Value wide = CastOp::create(rewriter, loc, x->values, rewriter.getI32Type());
      Value sums = ReduceOp::create(rewriter, loc, RankedTensorType::get(shape, rewriter.getI32Type()), ReduceKind::Sum, wide,
                                    op.getLhsContracting());
      Value factor = splatScalar(rewriter, loc, -int64_t(shift), rewriter.getI32Type());
      product = correct(rewriter, loc, product, factor, sums, llvm::to_vector(llvm::seq<int64_t>(0, rows.size())));
    }
    if (!isZero(x->zero)) {
      SmallVector<int64_t> kept(op.getRhsBatch()), dimensions = llvm::to_vector(llvm::seq<int64_t>(0, kept.size()));
      SmallVector<int64_t> free = op.getRhsFree();
      llvm::append_range(kept, free);
      int64_t rank = op.getType().getRank();
      llvm::append_range(dimensions, llvm::seq<int64_t>(rank - free.size(), rank));
      product = correct(rewriter, loc, product, x->zero, sumWeights(rewriter, loc, weights, rightType, kept), dimensions);
    }
    rewriter.replaceOp(op, product);
    return success();
  }
};

struct NarrowConv : OpRewritePattern<ConvOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ConvOp op, PatternRewriter &rewriter) const override {
    RankedTensorType filterType = getTensorType(op.getFilter());
    int64_t last = filterType.getRank() - 1;
    if (!getTensorType(op.getX()).getElementType().isInteger(32) || !getTensorType(op.getResult()).getElementType().isInteger(32))
      return rewriter.notifyMatchFailure(op, "no convolution of i32");
    if (op.getGroups() > 1 && filterType.getDimSize(last - 1) == 1)
      return rewriter.notifyMatchFailure(op, "depthwise: no sum over channels");
    std::vector<int32_t> weights = readWeights(op.getFilter());
    if (weights.empty())
      return rewriter.notifyMatchFailure(op, "the filter is no constant of 16 bits");
    std::optional<Centered> x = matchCentered(op.getX(), rewriter);
    if (!x)
      return rewriter.notifyMatchFailure(op, "the input is not widened from 8 bits");
    Location loc = op.getLoc();
    rewriter.setInsertionPoint(op);
    *x = asUnsigned(*x, rewriter, loc);
    SmallVector<int64_t> low(op.getPadLow()), high(op.getPadHigh());
    auto none = [](int64_t pad) { return pad == 0; };
    if (!isZero(x->zero) && !(llvm::all_of(low, none) && llvm::all_of(high, none))) {
      // What lies outside is 0 once the zero point is subtracted.
      SmallVector<OpFoldResult> before(last + 1, rewriter.getIndexAttr(0)), after = before;
      for (auto [i, pads] : llvm::enumerate(llvm::zip(low, high))) {
        before[i + 1] = rewriter.getIndexAttr(std::get<0>(pads));
        after[i + 1] = rewriter.getIndexAttr(std::get<1>(pads));
      }
      Type byte = getTensorType(x->values).getElementType();
      Value outside = CastOp::create(rewriter, loc, RankedTensorType::get({}, byte), x->zero);
      x->values = PadOp::create(rewriter, loc, x->values, outside, before, after);
      low.assign(low.size(), 0);
      high = low;
    }
    Value y = ConvOp::create(rewriter, loc, op.getType(), x->values, op.getFilter(), op.getStrides(), op.getDilations(), low, high,
                             op.getGroups());
    if (!isZero(x->zero))
      y = correct(rewriter, loc, y, x->zero, sumWeights(rewriter, loc, weights, filterType, {last}), {op.getType().getRank() - 1});
    rewriter.replaceOp(op, y);
    return success();
  }
};

struct NarrowIntegerProductsPass : impl::NarrowIntegerProductsPassBase<NarrowIntegerProductsPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<NarrowContract, NarrowConv>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace

} // namespace ingot
