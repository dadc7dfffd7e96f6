//===- Attention.cpp - Attention among linalg ops --------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/fuse/Attention.h"
#include "codegen/fuse/Group.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/DenseSet.h"

using namespace mlir;

namespace ingot {
namespace {

// Panels of queries and results wait on a task's stack.
constexpr int64_t mostDepth = 256;
// Queries lie along the lanes of registers: where keys and values are not read row by row, few of them are better served otherwise.
constexpr int64_t fewestQueries = 8;
// Longer chains of masks and biases do not occur.
constexpr unsigned mostScoreOps = 16;

bool isSingleF32(linalg::GenericOp op) {
  return op && op.getNumDpsInits() == 1 && cast<RankedTensorType>(op.getResult(0).getType()).getElementType().isF32();
}

bool isElementwise(linalg::GenericOp op) {
  if (!op || op.getNumReductionLoops() || op.getNumDpsInits() != 1 || !op.getIndexingMapsArray().back().isIdentity())
    return false;
  return llvm::all_of(op.getBody()->without_terminator(), [](Operation &inner) { return inner.getNumRegions() == 0; });
}

Value yielded(linalg::GenericOp op) {
  return op.getBody()->getTerminator()->getOperand(0);
}

// The input that block argument `v` stands for, when the op reads it through `map`.
Value inputOf(linalg::GenericOp op, Value v, AffineMap map) {
  auto argument = dyn_cast<BlockArgument>(v);
  if (!argument || argument.getOwner() != op.getBody() || argument.getArgNumber() >= op.getNumDpsInputs())
    return {};
  OpOperand *operand = op.getDpsInputOperand(argument.getArgNumber());
  return op.getMatchingIndexingMap(operand) == map ? operand->get() : Value();
}

AffineMap identity(linalg::GenericOp op) {
  return AffineMap::getMultiDimIdentityMap(op.getNumLoops(), op.getContext());
}

// (d0, ..., dn) -> (d0, ..., dn-1)
AffineMap withoutLast(linalg::GenericOp op) {
  return identity(op).dropResult(op.getNumLoops() - 1);
}

bool startsFrom(linalg::GenericOp op, llvm::function_ref<bool(const APFloat &)> right) {
  auto fill = op.getDpsInits()[0].getDefiningOp<linalg::FillOp>();
  FloatAttr value;
  return fill && matchPattern(fill.getInputs()[0], m_Constant(&value)) && right(value.getValue());
}

// A reduction of the last dimension by `Combine` alone.
template <typename Combine> Value reducedBy(linalg::GenericOp op) {
  if (!isSingleF32(op) || op.getNumDpsInputs() != 1 || op.getNumReductionLoops() != 1 ||
      op.getIteratorTypesArray().back() != utils::IteratorType::reduction || op.getIndexingMapsArray().back() != withoutLast(op) ||
      !op.getIndexingMapsArray().front().isIdentity() || op.getBody()->getOperations().size() != 2)
    return {};
  auto combine = yielded(op).getDefiningOp<Combine>();
  Value in = op.getBody()->getArgument(0), out = op.getBody()->getArgument(1);
  if (!combine || !((combine.getLhs() == in && combine.getRhs() == out) || (combine.getLhs() == out && combine.getRhs() == in)))
    return {};
  return op.getDpsInputs()[0];
}

bool isUnit(int64_t size) {
  return size == 1;
}

// Follows `value` up through views and through ops that repeat, permute or (if `scaled`) scale.
AttentionOperand resolve(Value value, bool scaled) {
  auto type = cast<RankedTensorType>(value.getType());
  AttentionOperand leaf;
  leaf.stored = value;
  for (int64_t d = 0; d < type.getRank(); ++d)
    leaf.dimensions.push_back({static_cast<int>(d)});
  Operation *op = value.getDefiningOp();
  if (!op || !value.hasOneUse())
    return leaf;
  if (auto expand = dyn_cast<tensor::ExpandShapeOp>(op)) {
    AttentionOperand from = resolve(expand.getSrc(), scaled);
    if (from.through.empty())
      return leaf;
    SmallVector<AttentionOperand::Dimension> dimensions(type.getRank(), {-1});
    for (auto [g, group] : llvm::enumerate(expand.getReassociationIndices())) {
      SmallVector<int64_t> moving = llvm::filter_to_vector(group, [&](int64_t d) { return !isUnit(type.getDimSize(d)); });
      if (moving.size() > 1)
        return leaf;
      if (!moving.empty())
        dimensions[moving[0]] = from.dimensions[g];
    }
    from.dimensions = dimensions;
    from.through.push_back(op);
    return from;
  }
  if (auto collapse = dyn_cast<tensor::CollapseShapeOp>(op)) {
    AttentionOperand from = resolve(collapse.getSrc(), scaled);
    if (from.through.empty())
      return leaf;
    RankedTensorType source = collapse.getSrcType();
    SmallVector<AttentionOperand::Dimension> dimensions;
    for (auto &group : collapse.getReassociationIndices()) {
      // One dimension that moves, and repetitions inside of it.
      AttentionOperand::Dimension joined{-1};
      for (int64_t d : group) {
        AttentionOperand::Dimension part = from.dimensions[d];
        if (isUnit(source.getDimSize(d)))
          continue;
        if (part.source < 0) {
          if (joined.source >= 0 && source.isDynamicDim(d))
            return leaf;
          if (joined.source >= 0)
            joined.divisor *= source.getDimSize(d);
          continue;
        }
        // Repetitions outside of a dimension that moves would need a remainder.
        if (joined.source >= 0 || d != *llvm::find_if(group, [&](int64_t o) { return !isUnit(source.getDimSize(o)); }))
          return leaf;
        joined = part;
      }
      dimensions.push_back(joined);
    }
    from.dimensions = dimensions;
    from.through.push_back(op);
    return from;
  }
  auto generic = dyn_cast<linalg::GenericOp>(op);
  if (!isElementwise(generic) || !isSingleF32(generic) || generic.getNumDpsInputs() != 1)
    return leaf;
  AffineMap map = generic.getIndexingMapsArray().front();
  if (!map.isProjectedPermutation(/*allowZeroInResults=*/true) ||
      !cast<RankedTensorType>(generic.getDpsInputs()[0].getType()).getElementType().isF32())
    return leaf;
  Value result = yielded(generic), in = generic.getBody()->getArgument(0), factor;
  if (result != in) {
    auto product = result.getDefiningOp<arith::MulFOp>();
    if (!product || !scaled || generic.getBody()->getOperations().size() != 2)
      return leaf;
    factor = product.getLhs() == in ? product.getRhs() : product.getRhs() == in ? product.getLhs() : Value();
    if (!factor || !matchPattern(factor, m_Constant()))
      return leaf;
  }
  AttentionOperand from = resolve(generic.getDpsInputs()[0], scaled);
  SmallVector<AttentionOperand::Dimension> dimensions(type.getRank(), {-1});
  for (auto [k, expr] : llvm::enumerate(map.getResults()))
    if (auto d = dyn_cast<AffineDimExpr>(expr))
      dimensions[d.getPosition()] = from.dimensions[k];
  from.dimensions = dimensions;
  from.through.push_back(generic);
  if (factor)
    from.factors.push_back(factor);
  return from;
}

// A contraction of f32 that sums from zero, without windows.
bool isPlainContraction(linalg::GenericOp op) {
  if (!isSingleF32(op) || !getContractionDims(op) || !startsFrom(op, [](const APFloat &v) { return v.isZero(); }))
    return false;
  for (Value input : op.getDpsInputs())
    if (!cast<RankedTensorType>(input.getType()).getElementType().isF32())
      return false;
  return llvm::all_of(op.getIndexingMapsArray(), [](AffineMap map) { return map.isProjectedPermutation(); });
}

// Whether `loop` walks the innermost dimension of what is stored.
bool isInnermost(const AttentionOperand &operand, AffineMap map, unsigned loop) {
  int last = cast<RankedTensorType>(operand.stored.getType()).getRank() - 1;
  for (auto [k, expr] : llvm::enumerate(map.getResults()))
    if (operand.dimensions[k].source == last)
      return cast<AffineDimExpr>(expr).getPosition() == loop && operand.dimensions[k].divisor == 1;
  return false;
}

class Matcher {
public:
  explicit Matcher(linalg::GenericOp output) { a.output = output; }

  std::optional<Attention> match(unsigned probabilitySide) {
    a.valueSide = 1 - probabilitySide;
    if (!matchProbabilities(a.output.getDpsInputs()[probabilitySide]) || !matchScores() || !matchLoops(probabilitySide))
      return std::nullopt;
    a.queries = resolve(a.scores.getDpsInputs()[a.querySide], /*scaled=*/true);
    a.keys = resolve(a.scores.getDpsInputs()[1 - a.querySide], /*scaled=*/true);
    a.values = resolve(a.output.getDpsInputs()[a.valueSide], /*scaled=*/false);
    a.rowsAreVectors = isInnermost(a.keys, a.scores.getIndexingMapsArray()[1 - a.querySide], a.depthLoop) &&
                       isInnermost(a.values, a.output.getIndexingMapsArray()[a.valueSide], a.featureLoop);
    int64_t number = a.exponential.getStaticLoopRanges().end()[-2];
    if ((!ShapedType::isDynamic(number) && number < fewestQueries && !a.rowsAreVectors) || !isClosed())
      return std::nullopt;
    return std::move(a);
  }

private:
  bool matchProbabilities(Value probabilities);
  bool matchScores();
  bool matchLoops(unsigned probabilitySide);
  bool collect(Value value);
  bool isClosed();

  Attention a;
  Value softmaxInput;
};

// From what the second contraction reads up to what softmax reads.
bool Matcher::matchProbabilities(Value probabilities) {
  auto define = [](Value v) { return v ? v.getDefiningOp<linalg::GenericOp>() : linalg::GenericOp(); };
  auto op = define(probabilities);
  if (!isElementwise(op) || !isSingleF32(op))
    return false;
  // where(isnan(p), 0, p)
  if (auto select = yielded(op).getDefiningOp<arith::SelectOp>()) {
    FloatAttr zero;
    Value p = inputOf(op, select.getFalseValue(), identity(op));
    if (!p || !matchPattern(select.getTrueValue(), m_Constant(&zero)) || !zero.getValue().isPosZero())
      return false;
    auto isNan = [](Value v, Value x) {
      auto compare = v.getDefiningOp<arith::CmpFOp>();
      return compare && compare.getLhs() == x && compare.getRhs() == x &&
             (compare.getPredicate() == arith::CmpFPredicate::UNE || compare.getPredicate() == arith::CmpFPredicate::UNO);
    };
    if (!isNan(select.getCondition(), select.getFalseValue())) {
      auto compare = select.getCondition().getDefiningOp<arith::CmpIOp>();
      if (!compare || compare.getPredicate() != arith::CmpIPredicate::ne || !matchPattern(compare.getRhs(), m_Zero()))
        return false;
      auto test = define(inputOf(op, compare.getLhs(), identity(op)));
      if (!isElementwise(test) || test.getNumDpsInputs() != 1 || inputOf(test, test.getBody()->getArgument(0), identity(test)) != p)
        return false;
      auto extend = yielded(test).getDefiningOp<arith::ExtUIOp>();
      if (!extend || !isNan(extend.getIn(), test.getBody()->getArgument(0)))
        return false;
      a.normalization.push_back(test);
    }
    a.normalization.push_back(op);
    a.nanIsZero = true;
    op = define(p);
    if (!isElementwise(op) || !isSingleF32(op))
      return false;
  }
  // e * (1 / sum) or e / sum
  Value e, divisor;
  Operation *last = yielded(op).getDefiningOp();
  if (op.getBody()->getOperations().size() != 2 || !last)
    return false;
  a.normalization.push_back(op);
  if (isa<arith::DivFOp>(last)) {
    e = inputOf(op, last->getOperand(0), identity(op));
    divisor = inputOf(op, last->getOperand(1), withoutLast(op));
  } else if (isa<arith::MulFOp>(last)) {
    unsigned side = inputOf(op, last->getOperand(0), identity(op)) ? 0 : 1;
    e = inputOf(op, last->getOperand(side), identity(op));
    auto reciprocal = define(inputOf(op, last->getOperand(1 - side), withoutLast(op)));
    if (!isElementwise(reciprocal) || !isSingleF32(reciprocal) || reciprocal.getNumDpsInputs() != 1 ||
        reciprocal.getBody()->getOperations().size() != 2)
      return false;
    auto division = yielded(reciprocal).getDefiningOp<arith::DivFOp>();
    if (!division || !matchPattern(division.getLhs(), m_OneFloat()))
      return false;
    divisor = inputOf(reciprocal, division.getRhs(), identity(reciprocal));
    a.normalization.push_back(reciprocal);
  }
  a.exponential = define(e);
  a.sum = define(divisor);
  if (!isElementwise(a.exponential) || !isSingleF32(a.exponential) || !a.sum || reducedBy<arith::AddFOp>(a.sum) != e ||
      !startsFrom(a.sum, [](const APFloat &v) { return v.isZero(); }))
    return false;
  // exp(x - maximum)
  auto exp = yielded(a.exponential).getDefiningOp<math::ExpOp>();
  auto difference = exp ? exp.getOperand().getDefiningOp<arith::SubFOp>() : arith::SubFOp();
  if (!difference || a.exponential.getBody()->getOperations().size() != 3)
    return false;
  softmaxInput = inputOf(a.exponential, difference.getLhs(), identity(a.exponential));
  a.maximum = define(inputOf(a.exponential, difference.getRhs(), withoutLast(a.exponential)));
  return softmaxInput && a.maximum && reducedBy<arith::MaximumFOp>(a.maximum) == softmaxInput &&
         startsFrom(a.maximum, [](const APFloat &v) { return v.isInfinity() && v.isNegative(); });
}

// Collects the elementwise ops that lead from the first contraction to `value`; false when none does.
bool Matcher::collect(Value value) {
  auto op = value.getDefiningOp<linalg::GenericOp>();
  if (!op || op->getBlock() != a.output->getBlock())
    return false;
  if (op == a.scores || llvm::is_contained(a.scoreOps, op))
    return true;
  if (isPlainContraction(op) && !a.scores) {
    a.scores = op;
    return true;
  }
  if (!isElementwise(op) || a.scoreOps.size() >= mostScoreOps)
    return false;
  bool reaches = false;
  for (OpOperand *operand : op.getDpsInputOperands())
    if (op.getMatchingIndexingMap(operand).isIdentity())
      reaches |= collect(operand->get());
  if (reaches)
    a.scoreOps.push_back(op);
  return reaches;
}

bool Matcher::matchScores() {
  if (!collect(softmaxInput) || !a.scores)
    return false;
  return cast<RankedTensorType>(softmaxInput.getType()).getRank() >= 2;
}

bool Matcher::matchLoops(unsigned probabilitySide) {
  int64_t rank = cast<RankedTensorType>(softmaxInput.getType()).getRank();
  unsigned query = rank - 2, key = rank - 1;
  auto loopsOf = [](AffineMap map) {
    SmallVector<unsigned> loops;
    for (AffineExpr expr : map.getResults())
      loops.push_back(cast<AffineDimExpr>(expr).getPosition());
    return loops;
  };
  auto uses = [&](linalg::GenericOp op, unsigned input, unsigned loop) {
    return llvm::is_contained(loopsOf(op.getIndexingMapsArray()[input]), loop);
  };
  // The scores: one dimension is summed, queries and keys are on different sides.
  a.scoreLoops = loopsOf(a.scores.getIndexingMapsArray()[2]);
  if (a.scores.getNumLoops() != rank + 1 || a.scores.getNumReductionLoops() != 1)
    return false;
  for (unsigned loop = 0; loop < a.scores.getNumLoops(); ++loop)
    if (!llvm::is_contained(a.scoreLoops, loop))
      a.depthLoop = loop;
  a.querySide = uses(a.scores, 0, a.scoreLoops[query]) ? 0 : 1;
  if (!uses(a.scores, a.querySide, a.scoreLoops[query]) || uses(a.scores, 1 - a.querySide, a.scoreLoops[query]) ||
      !uses(a.scores, 1 - a.querySide, a.scoreLoops[key]) || uses(a.scores, a.querySide, a.scoreLoops[key]))
    return false;
  // The result: keys are summed over, the values do not depend on the query.
  a.outputLoops = loopsOf(a.output.getIndexingMapsArray()[probabilitySide]);
  SmallVector<unsigned> result = loopsOf(a.output.getIndexingMapsArray()[2]);
  if (a.output.getNumLoops() != rank + 1 || a.output.getNumReductionLoops() != 1 ||
      static_cast<int64_t>(a.outputLoops.size()) != rank || llvm::is_contained(result, a.outputLoops[key]))
    return false;
  for (unsigned loop = 0; loop < a.output.getNumLoops(); ++loop)
    if (!llvm::is_contained(a.outputLoops, loop))
      a.featureLoop = loop;
  if (!uses(a.output, a.valueSide, a.featureLoop) || !uses(a.output, a.valueSide, a.outputLoops[key]) ||
      uses(a.output, a.valueSide, a.outputLoops[query]))
    return false;
  a.queriesInnermost = result.back() == a.outputLoops[query];
  if (!a.queriesInnermost && result.back() != a.featureLoop)
    return false;
  a.depth = a.scores.getStaticLoopRanges()[a.depthLoop];
  a.features = a.output.getStaticLoopRanges()[a.featureLoop];
  return a.depth > 0 && a.depth <= mostDepth && a.features > 0 && a.features <= mostDepth;
}

// Nobody else needs a value in between, and all ops are in one block.
bool Matcher::isClosed() {
  SmallVector<Operation *> all = a.ops();
  DenseSet<Operation *> own(all.begin(), all.end());
  for (Operation *op : all) {
    if (op->getBlock() != a.output->getBlock())
      return false;
    if (op == a.output)
      continue;
    if (!llvm::all_of(op->getUsers(), [&](Operation *user) { return own.contains(user); }))
      return false;
  }
  return true;
}

} // namespace

SmallVector<Operation *> Attention::ops() const {
  SmallVector<Operation *> all{scores, maximum, exponential, sum, output};
  llvm::append_range(all, scoreOps);
  llvm::append_range(all, normalization);
  for (const AttentionOperand *operand : {&queries, &keys, &values})
    llvm::append_range(all, operand->through);
  return all;
}

std::optional<Attention> matchAttention(linalg::GenericOp output) {
  if (!isPlainContraction(output))
    return std::nullopt;
  for (unsigned side : {0u, 1u})
    if (auto found = Matcher(output).match(side))
      return found;
  return std::nullopt;
}

} // namespace ingot
