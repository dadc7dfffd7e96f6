//===- SimplifyLoopSlices.cpp - Rows that loops read and write --------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A loop over time reads a row of each of its inputs and writes a row of each of its results; in training it keeps what its reverse needs
// in the same way. So that these rows cost nothing:
//   - a result of which every row is written starts as memory, not as zeros that somebody has to copy;
//   - a row is written as it was computed, without a view that adds its dimension of one element: its kernel can then store it in place;
//   - what is computed of a row that was read is computed without that dimension, as the rest is, and becomes part of the same kernel.
//
//===----------------------------------------------------------------------===//

#include "codegen/Passes.h"
#include "codegen/fuse/Sizes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace ingot {
#define GEN_PASS_DEF_SIMPLIFYLOOPSLICES
#include "codegen/Passes.h.inc"
} // namespace ingot

using namespace mlir;

namespace ingot {
namespace {

/// A sum of whole multiples of values and a number.
struct LinearForm {
  llvm::SmallDenseMap<Value, int64_t> factors;
  int64_t number = 0;

  void add(OpFoldResult value, int64_t factor) {
    if (auto constant = getConstantIntValue(value)) {
      number += factor * *constant;
      return;
    }
    Value v = cast<Value>(value);
    if (auto sum = v.getDefiningOp<arith::AddIOp>()) {
      add(sum.getLhs(), factor);
      add(sum.getRhs(), factor);
    } else if (auto difference = v.getDefiningOp<arith::SubIOp>()) {
      add(difference.getLhs(), factor);
      add(difference.getRhs(), -factor);
    } else if (int64_t &entry = factors[v]; (entry += factor) == 0) {
      factors.erase(v);
    }
  }

  bool operator==(const LinearForm &other) const {
    return number == other.number && factors.size() == other.factors.size() &&
           llvm::all_of(factors, [&](auto &entry) { return other.factors.lookup(entry.first) == entry.second; });
  }
};

/// Whether iteration i of 0, 1, ... writes row i, or row n - 1 - i of n.
bool visitsEveryRow(scf::ForOp loop, OpFoldResult row) {
  if (!isConstantIntValue(loop.getLowerBound(), 0) || !isConstantIntValue(loop.getStep(), 1))
    return false;
  LinearForm form, forwards, backwards;
  form.add(row, 1);
  forwards.add(loop.getInductionVar(), 1);
  backwards.add(loop.getUpperBound(), 1);
  backwards.add(loop.getInductionVar(), -1);
  backwards.number -= 1;
  return form == forwards || form == backwards;
}

/// Whether the iterations of `loop` write all that result `index` has, whatever it was before.
bool writesAllOf(scf::ForOp loop, unsigned index) {
  BlockArgument carried = loop.getRegionIterArg(index);
  auto insert = loop.getYieldedValues()[index].getDefiningOp<tensor::InsertSliceOp>();
  if (!insert || insert.getDest() != carried || !carried.hasOneUse() || !insert.getResult().hasOneUse() || !insert.hasUnitStride())
    return false;
  unsigned rows = 0;
  SmallVector<OpFoldResult> offsets = insert.getMixedOffsets(), sizes = insert.getMixedSizes();
  for (auto [dim, offset] : llvm::enumerate(offsets)) {
    if (isConstantIntValue(offset, 0) && sizeSource(sizes[dim]) == sizeSource(carried, dim))
      continue;
    if (!isConstantIntValue(sizes[dim], 1) || !visitsEveryRow(loop, offset) ||
        !(sizeSource(OpFoldResult(loop.getUpperBound())) == sizeSource(carried, dim)))
      return false;
    ++rows;
  }
  return rows == 1;
}

struct StartWithoutValues : OpRewritePattern<scf::ForOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(scf::ForOp loop, PatternRewriter &rewriter) const override {
    bool changed = false;
    for (unsigned i = 0; i < loop.getNumRegionIterArgs(); ++i) {
      Value start = loop.getInits()[i];
      auto type = dyn_cast<RankedTensorType>(start.getType());
      if (!type || start.getDefiningOp<tensor::EmptyOp>() || !writesAllOf(loop, i))
        continue;
      rewriter.setInsertionPoint(loop);
      Value empty =
          tensor::EmptyOp::create(rewriter, loop.getLoc(), tensor::getMixedSizes(rewriter, loop.getLoc(), start), type.getElementType());
      if (empty.getType() != type)
        empty = tensor::CastOp::create(rewriter, loop.getLoc(), type, empty);
      rewriter.modifyOpInPlace(loop, [&] { loop.getInitsMutable()[i].set(empty); });
      changed = true;
    }
    return success(changed);
  }
};

struct InsertWithoutUnits : OpRewritePattern<tensor::InsertSliceOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(tensor::InsertSliceOp op, PatternRewriter &rewriter) const override {
    auto expand = op.getSource().getDefiningOp<tensor::ExpandShapeOp>();
    if (!expand || !op->getParentOfType<scf::ForOp>() || op.getSourceType().getRank() != op.getDestType().getRank())
      return rewriter.notifyMatchFailure(op, "not the expansion of a row in a loop");
    // A slice that lacks dimensions must say which: those that the view added are the first of their groups with one element.
    auto slice = RankedTensorType::get(op.getStaticSizes(), op.getDestType().getElementType());
    if (isRankReducedType(slice, expand.getSrcType()) != SliceVerificationResult::Success)
      return rewriter.notifyMatchFailure(op, "more than dimensions of one element were added");
    rewriter.modifyOpInPlace(op, [&] { op.getSourceMutable().set(expand.getSrc()); });
    return success();
  }
};

/// Elementwise of slices alone, each of the shape of the result.
bool isComputedOfSlices(Value value) {
  if (value.getDefiningOp<tensor::ExtractSliceOp>())
    return true;
  auto op = value.getDefiningOp<linalg::GenericOp>();
  return op && op.getNumResults() == 1 && op.getNumParallelLoops() == op.getNumLoops() && op.getNumDpsInputs() > 0 &&
         op.payloadUsesValueFromOperand(op.getDpsInitOperand(0)) == false && !op.hasIndexSemantics() &&
         llvm::all_of(op.getIndexingMapsArray(), [](AffineMap map) { return map.isIdentity(); }) &&
         llvm::all_of(op.getDpsInputs(), isComputedOfSlices);
}

struct CollapseBeforeComputing : OpRewritePattern<tensor::CollapseShapeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(tensor::CollapseShapeOp op, PatternRewriter &rewriter) const override {
    auto generic = op.getSrc().getDefiningOp<linalg::GenericOp>();
    if (!generic || !generic->getParentOfType<scf::ForOp>() || !generic.getResult(0).hasOneUse() || !isComputedOfSlices(op.getSrc()))
      return rewriter.notifyMatchFailure(op, "not computed of slices in a loop alone");
    if (isRankReducedType(op.getSrcType(), op.getResultType()) != SliceVerificationResult::Success)
      return rewriter.notifyMatchFailure(op, "joins dimensions of more than one element");
    Location loc = generic.getLoc();
    rewriter.setInsertionPoint(generic);
    auto collapsed = [&](Value value) -> Value {
      auto type = op.getResultType().clone(getElementTypeOrSelf(value.getType()));
      return tensor::CollapseShapeOp::create(rewriter, loc, type, value, op.getReassociationIndices());
    };
    SmallVector<Value> inputs = llvm::map_to_vector(generic.getDpsInputs(), collapsed);
    Value output = collapsed(generic.getDpsInits()[0]);
    SmallVector<AffineMap> maps(inputs.size() + 1, rewriter.getMultiDimIdentityMap(op.getResultType().getRank()));
    SmallVector<utils::IteratorType> iterators(op.getResultType().getRank(), utils::IteratorType::parallel);
    auto result = linalg::GenericOp::create(rewriter, loc, output.getType(), inputs, output, maps, iterators);
    rewriter.inlineRegionBefore(generic.getRegion(), result.getRegion(), result.getRegion().begin());
    result->setDiscardableAttrs(generic->getDiscardableAttrDictionary());
    rewriter.replaceOp(op, result.getResult(0));
    rewriter.eraseOp(generic);
    return success();
  }
};

struct SimplifyLoopSlicesPass : impl::SimplifyLoopSlicesBase<SimplifyLoopSlicesPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<StartWithoutValues, InsertWithoutUnits, CollapseBeforeComputing>(&getContext());
    tensor::CollapseShapeOp::getCanonicalizationPatterns(patterns, &getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
} // namespace ingot
