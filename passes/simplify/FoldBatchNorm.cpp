//===- FoldBatchNorm.cpp - Scales into weights, shifts into one bias ---------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// After import, and again after `layout`: between a convolution and the scale there may be transposes, reshapes that add or remove
// dimensions of size 1, and one addition of a bias.
//
//===----------------------------------------------------------------------===//

#include "passes/Passes.h"
#include "passes/Utils.h"
#include "passes/simplify/WeightFolding.h"

#include "mlir/IR/Remarks.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

#include <cmath>
#include <cstring>

using namespace mlir;

namespace ingot {

#define GEN_PASS_DEF_FOLDBATCHNORMPASS
#include "passes/Passes.h.inc"

static constexpr int64_t kScalar = -1;

namespace {

/// A constant that varies along one dimension at most: a vector or (`dim` = kScalar) a value of one element.
struct ChannelConstant {
  Value value;
  int64_t dim = kScalar;
};

/// A linear op, its constant weights and the dimension of them that a dimension of its result comes from.
struct LinearOp {
  Operation *op = nullptr;
  unsigned weights = 0; // operand number
};

/// What lies between a scale or shift and the linear op.
struct Chain {
  LinearOp linear;
  SmallVector<Operation *> views; // outermost first, those in front of `bias` included
  size_t viewsBeforeBias = 0;
  Operation *bias = nullptr; // add
  unsigned biasOperand = 0;
};

} // namespace

/// Whether `constant-fold` will make a constant of it.
static bool isConstantExpression(Value value, int depth = 8) {
  Operation *op = value.getDefiningOp();
  if (!op || depth == 0)
    return false;
  if (isa<ConstantOp>(op))
    return true;
  bool foldable = isElementwise(op) || isa<ReshapeOp, TransposeOp, BroadcastOp>(op);
  return foldable && getTensorType(value).hasStaticShape() &&
         llvm::all_of(op->getOperands(), [&](Value operand) {
           return isa<RankedTensorType>(operand.getType()) && isConstantExpression(operand, depth - 1);
         });
}

static std::optional<ChannelConstant> matchChannelConstant(Value value) {
  SmallVector<int64_t> dimensions;
  Value source = value; // in front of a broadcast, whose sizes may be dynamic
  if (auto broadcast = value.getDefiningOp<BroadcastOp>()) {
    source = broadcast.getX();
    dimensions.assign(broadcast.getDimensions().begin(), broadcast.getDimensions().end());
  } else {
    dimensions = llvm::to_vector(llvm::seq<int64_t>(0, getTensorType(value).getRank()));
  }
  RankedTensorType type = getTensorType(source);
  if (!type.hasStaticShape() || !isConstantExpression(source))
    return std::nullopt;
  ChannelConstant result{source, kScalar};
  for (auto [i, dim] : llvm::enumerate(dimensions)) {
    if (type.getDimSize(i) == 1)
      continue;
    if (result.dim != kScalar)
      return std::nullopt;
    result.dim = dim;
  }
  return result;
}

static LinearOp matchLinear(Operation *op) {
  if (!op || !isa<ConvOp, ConvGradInputOp, ContractOp>(op) || !isa<FloatType>(getTensorType(op->getResult(0)).getElementType()))
    return {};
  // The weights are the second operand, or of a contraction whichever is constant.
  for (unsigned operand : {1u, 0u})
    if ((operand == 1 || isa<ContractOp>(op)) && isConstantExpression(op->getOperand(operand)))
      return {op, operand};
  return {};
}

/// Whether the weights are what `split-weight-scales` leaves: whole numbers of 8 bits, which kernels store as such.
static bool areBytes(Value weights) {
  constexpr int64_t fewElements = 4096;
  RankedTensorType type = getTensorType(weights);
  if (auto cast = weights.getDefiningOp<CastOp>()) {
    auto integer = dyn_cast<IntegerType>(getTensorType(cast.getX()).getElementType());
    return integer && integer.getWidth() == 8 && type.hasStaticShape() && type.getNumElements() >= fewElements;
  }
  auto constant = weights.getDefiningOp<ConstantOp>();
  if (!constant || !type.getElementType().isF32() || type.getNumElements() < fewElements)
    return false;
  ArrayRef<char> bytes = getConstantBytes(constant.getValue());
  if (bytes.size() != static_cast<size_t>(type.getNumElements()) * sizeof(float))
    return false;
  for (size_t i = 0; i < bytes.size(); i += sizeof(float)) {
    float element;
    std::memcpy(&element, bytes.data() + i, sizeof(float));
    if (!(element >= -128 && element <= 255) || element != std::trunc(element))
      return false;
  }
  return true;
}

/// The dimension of the weights that dimension `dim` of the result is; nothing where the result does not come from it one to one.
static std::optional<int64_t> getWeightDim(const LinearOp &linear, int64_t dim) {
  int64_t last = getTensorType(linear.op->getResult(0)).getRank() - 1;
  if (isa<ConvOp>(linear.op))
    return dim == last ? std::optional(last) : std::nullopt;
  if (auto conv = dyn_cast<ConvGradInputOp>(linear.op))
    return dim == last && conv.getGroups() == 1 ? std::optional(last - 1) : std::nullopt;
  auto contract = cast<ContractOp>(linear.op);
  auto batch = linear.weights == 1 ? contract.getRhsBatch() : contract.getLhsBatch();
  int64_t batchCount = batch.size();
  if (dim < batchCount)
    return batch[dim];
  SmallVector<int64_t> lhsFree = contract.getLhsFree(), rhsFree = contract.getRhsFree();
  int64_t offset = dim - batchCount, lhsCount = lhsFree.size();
  if (offset < lhsCount)
    return linear.weights == 0 ? std::optional(lhsFree[offset]) : std::nullopt;
  return linear.weights == 1 ? std::optional(rhsFree[offset - lhsCount]) : std::nullopt;
}

/// The dimension of a view's operand that is dimension `dim` of its result.
static std::optional<int64_t> dimBeforeView(Operation *view, int64_t dim) {
  if (dim == kScalar)
    return kScalar;
  if (auto transpose = dyn_cast<TransposeOp>(view))
    return transpose.getPermutation()[dim];
  auto map = matchUnitReshape(view->getOperand(0), view->getResult(0));
  auto found = map ? llvm::find(*map, dim) : nullptr;
  return map && found != map->end() ? std::optional<int64_t>(found - map->begin()) : std::nullopt;
}

static bool isView(Operation *op) {
  return op && (isa<TransposeOp>(op) || (isa<ReshapeOp>(op) && matchUnitReshape(op->getOperand(0), op->getResult(0))));
}

/// Follows `value` to the linear op that it is computed by, through values that nothing else uses.
static std::optional<Chain> matchChain(Value value) {
  Chain chain;
  while (Operation *op = value.getDefiningOp()) {
    chain.linear = matchLinear(op);
    bool isLinear = chain.linear.op != nullptr;
    if (!isLinear && !isView(op) && !isa<AddOp>(op))
      return std::nullopt;
    if (!value.hasOneUse()) {
      if (isLinear)
        remark::missed(op->getLoc(), remark::RemarkOpts::name("FoldBatchNorm").category("simplify"))
            << "the scale stays an op: the unscaled result is used as well";
      return std::nullopt;
    }
    if (isLinear) {
      if (!chain.bias)
        chain.viewsBeforeBias = chain.views.size();
      return chain;
    }
    if (isView(op)) {
      chain.views.push_back(op);
      value = op->getOperand(0);
      continue;
    }
    if (chain.bias)
      return std::nullopt;
    unsigned constant = matchChannelConstant(op->getOperand(1)) ? 1 : 0;
    if (!matchChannelConstant(op->getOperand(constant)))
      return std::nullopt;
    chain.bias = op;
    chain.biasOperand = constant;
    chain.viewsBeforeBias = chain.views.size();
    value = op->getOperand(1 - constant);
  }
  return std::nullopt;
}

static std::optional<int64_t> dimBefore(ArrayRef<Operation *> views, int64_t dim) {
  std::optional<int64_t> result = dim;
  for (Operation *view : views)
    if (result)
      result = dimBeforeView(view, *result);
  return result;
}

/// The constant along dimension `dim` of a tensor of type `type`; a scalar is repeated.
static Value broadcastAlong(OpBuilder &builder, Location loc, Value constant, int64_t dim, RankedTensorType type,
                            ArrayRef<OpFoldResult> sizes) {
  int64_t count = getTensorType(constant).getNumElements();
  if (dim == kScalar) {
    Value scalar = buildReshape(builder, loc, constant, {});
    return BroadcastOp::create(builder, loc, scalar, ArrayRef<int64_t>(), sizes);
  }
  Value vector = buildReshape(builder, loc, constant, {builder.getIndexAttr(count)});
  return BroadcastOp::create(builder, loc, vector, ArrayRef<int64_t>{dim}, sizes);
}

namespace {

enum class Combine { Multiply, Divide, Add };

/// `mul`, `div`, `add` of a chain by a constant per channel.
template <typename OpTy, Combine kind>
struct FoldIntoLinear : OpRewritePattern<OpTy> {
  using OpRewritePattern<OpTy>::OpRewritePattern;

  LogicalResult matchAndRewrite(OpTy op, PatternRewriter &rewriter) const override {
    std::optional<ChannelConstant> constant = matchChannelConstant(op.getRhs());
    Value data = op.getLhs();
    if (!constant && kind != Combine::Divide) {
      constant = matchChannelConstant(op.getLhs());
      data = op.getRhs();
    }
    if (!constant)
      return rewriter.notifyMatchFailure(op, "no operand is a constant per channel");
    std::optional<Chain> chain = matchChain(data);
    if (!chain)
      return rewriter.notifyMatchFailure(op, "the other operand is not a linear op's result alone");
    if (kind == Combine::Add)
      return addToBias(op, data, *constant, *chain, rewriter);
    return scaleWeights(op, data, *constant, *chain, rewriter);
  }

private:
  LogicalResult scaleWeights(OpTy op, Value data, ChannelConstant scale, const Chain &chain, PatternRewriter &rewriter) const {
    ArrayRef<Operation *> views = chain.views;
    std::optional<int64_t> atBias = dimBefore(views.take_front(chain.viewsBeforeBias), scale.dim);
    std::optional<int64_t> atLinear = dimBefore(views, scale.dim);
    std::optional<int64_t> weightDim = kScalar;
    if (scale.dim != kScalar)
      weightDim = atLinear ? getWeightDim(chain.linear, *atLinear) : std::nullopt;
    if (!atBias || !weightDim) {
      remark::missed(op.getLoc(), remark::RemarkOpts::name("FoldBatchNorm").category("simplify"))
          << "the scale stays an op: it does not vary along an output channel of the weights";
      return rewriter.notifyMatchFailure(op, "the scale does not vary along an output channel of the weights");
    }
    Value weights = chain.linear.op->getOperand(chain.linear.weights);
    if (areBytes(weights))
      return rewriter.notifyMatchFailure(op, "the weights would no longer fit in bytes");
    if (chain.bias && !scaleBias(op, scale, *atBias, chain, rewriter))
      return rewriter.notifyMatchFailure(op, "bias and scale vary along different dimensions");
    rewriter.setInsertionPoint(chain.linear.op);
    Value scaled = combineAlong(op.getLoc(), weights, moveUp(scale.value, rewriter), *weightDim, rewriter);
    rewriter.modifyOpInPlace(chain.linear.op, [&] { chain.linear.op->setOperand(chain.linear.weights, scaled); });
    rewriter.replaceOp(op, data);
    return success();
  }

  bool scaleBias(OpTy op, ChannelConstant scale, int64_t scaleDim, const Chain &chain, PatternRewriter &rewriter) const {
    ChannelConstant bias = *matchChannelConstant(chain.bias->getOperand(chain.biasOperand));
    if (bias.dim != kScalar && scaleDim != kScalar && bias.dim != scaleDim)
      return false;
    rewriter.setInsertionPoint(chain.bias);
    setBias(op.getLoc(), chain, bias, {moveUp(scale.value, rewriter), scaleDim}, rewriter);
    return true;
  }

  LogicalResult addToBias(OpTy op, Value data, ChannelConstant shift, const Chain &chain, PatternRewriter &rewriter) const {
    if (!chain.bias)
      return rewriter.notifyMatchFailure(op, "the only bias");
    std::optional<int64_t> dim = dimBefore(ArrayRef(chain.views).take_front(chain.viewsBeforeBias), shift.dim);
    ChannelConstant bias = *matchChannelConstant(chain.bias->getOperand(chain.biasOperand));
    if (!dim || (bias.dim != kScalar && *dim != kScalar && bias.dim != *dim))
      return rewriter.notifyMatchFailure(op, "the two biases vary along different dimensions");
    rewriter.setInsertionPoint(chain.bias);
    setBias(op.getLoc(), chain, bias, {moveUp(shift.value, rewriter), *dim}, rewriter);
    rewriter.replaceOp(op, data);
    return success();
  }

  /// Combines the bias with `other` as vectors, or as scalars, and broadcasts the result where the bias was.
  void setBias(Location loc, const Chain &chain, ChannelConstant bias, ChannelConstant other, PatternRewriter &rewriter) const {
    int64_t dim = bias.dim != kScalar ? bias.dim : other.dim;
    RankedTensorType type = getTensorType(chain.bias->getResult(0));
    SmallVector<OpFoldResult> vectorSizes;
    if (dim != kScalar)
      vectorSizes.push_back(rewriter.getIndexAttr(getTensorType(bias.dim != kScalar ? bias.value : other.value).getNumElements()));
    auto vectorType = RankedTensorType::get(getShape(vectorSizes), type.getElementType());
    auto asVector = [&](ChannelConstant constant) {
      return broadcastAlong(rewriter, loc, constant.value, constant.dim == kScalar ? kScalar : 0, vectorType, vectorSizes);
    };
    Value combined = create(loc, asVector(bias), asVector(other), rewriter);
    Value old = chain.bias->getOperand(chain.biasOperand);
    Value broadcast = broadcastAlong(rewriter, loc, combined, dim, type, getMixedSizes(rewriter, loc, old));
    rewriter.modifyOpInPlace(chain.bias, [&] { chain.bias->setOperand(chain.biasOperand, broadcast); });
  }

  Value combineAlong(Location loc, Value weights, Value scale, int64_t dim, PatternRewriter &rewriter) const {
    RankedTensorType type = getTensorType(weights);
    return create(loc, weights, broadcastAlong(rewriter, loc, scale, dim, type, getMixedSizes(rewriter, loc, weights)), rewriter);
  }

  Value create(Location loc, Value lhs, Value rhs, PatternRewriter &rewriter) const {
    return OpTy::create(rewriter, loc, lhs.getType(), lhs, rhs);
  }

  /// A copy of the constant expression in front of the insertion point, where the linear op can use it.
  Value moveUp(Value value, PatternRewriter &rewriter) const {
    Operation *op = value.getDefiningOp();
    IRMapping mapping;
    for (Value operand : op->getOperands())
      mapping.map(operand, moveUp(operand, rewriter));
    return rewriter.clone(*op, mapping)->getResult(0);
  }
};

/// x - c is x + (-c), exactly; the other patterns then need not know subtraction.
struct SubToAdd : OpRewritePattern<SubOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(SubOp op, PatternRewriter &rewriter) const override {
    std::optional<ChannelConstant> constant = matchChannelConstant(op.getRhs());
    if (!constant || !matchChain(op.getLhs()))
      return rewriter.notifyMatchFailure(op, "not a constant per channel taken from a linear op's result");
    Value negated = NegOp::create(rewriter, op.getLoc(), constant->value.getType(), constant->value);
    if (auto broadcast = op.getRhs().getDefiningOp<BroadcastOp>())
      negated = rebuildWith(rewriter, broadcast, replaceFirst(broadcast, negated), broadcast->getResultTypes())->getResult(0);
    rewriter.replaceOpWithNewOp<AddOp>(op, op.getType(), op.getLhs(), negated);
    return success();
  }

private:
  static SmallVector<Value> replaceFirst(Operation *op, Value value) {
    SmallVector<Value> operands(op->getOperands());
    operands.front() = value;
    return operands;
  }
};

struct FoldBatchNormPass : impl::FoldBatchNormPassBase<FoldBatchNormPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<FoldIntoLinear<MulOp, Combine::Multiply>, FoldIntoLinear<DivOp, Combine::Divide>,
                 FoldIntoLinear<AddOp, Combine::Add>, SubToAdd>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace

} // namespace ingot
