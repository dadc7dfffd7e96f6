//===- ResolveSizes.cpp - Ask for sizes where they come from ---------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// `tensor.dim` of a computed tensor becomes the scalar or the dimension of the input that decides it. Only then do two tensors of the
// same size say so by the same value, also across a loop over time that carries its state.
//
//===----------------------------------------------------------------------===//

#include "codegen/Passes.h"
#include "codegen/fuse/Sizes.h"

#include "mlir/Interfaces/DestinationStyleOpInterface.h"

namespace ingot {
#define GEN_PASS_DEF_RESOLVESIZES
#include "codegen/Passes.h.inc"
} // namespace ingot

using namespace mlir;

namespace ingot {
namespace {

class Tracer {
public:
  SizeSource of(OpFoldResult size);
  SizeSource of(Value tensor, int64_t dim);

private:
  SizeSource ofCarried(scf::ForOp loop, unsigned index, int64_t dim);

  // Dimensions that loops under examination carry, and where they start.
  SmallVector<std::pair<SizeSource, SizeSource>> assumed;
};

SizeSource Tracer::of(OpFoldResult size) {
  if (auto number = getConstantIntValue(size))
    return {number, {}, -1};
  Value v = cast<Value>(size);
  if (auto dim = v.getDefiningOp<tensor::DimOp>())
    if (auto index = dim.getConstantIndex(); index && isa<RankedTensorType>(dim.getSource().getType()))
      return of(dim.getSource(), *index);
  return {std::nullopt, v, -1};
}

// What a loop carries has the size it starts with if each iteration yields that size, provided that it got it.
SizeSource Tracer::ofCarried(scf::ForOp loop, unsigned index, int64_t dim) {
  SizeSource self{std::nullopt, loop.getRegionIterArg(index), dim};
  for (auto &[known, start] : assumed)
    if (known == self)
      return start;
  SizeSource start = of(loop.getInits()[index], dim);
  assumed.push_back({self, start});
  SizeSource end = of(loop.getYieldedValues()[index], dim);
  assumed.pop_back();
  return end == start ? start : self;
}

SizeSource Tracer::of(Value tensor, int64_t dim) {
  auto type = cast<RankedTensorType>(tensor.getType());
  if (!type.isDynamicDim(dim))
    return {type.getDimSize(dim), {}, -1};
  SizeSource self{std::nullopt, tensor, dim};
  if (auto argument = dyn_cast<BlockArgument>(tensor)) {
    auto loop = dyn_cast_or_null<scf::ForOp>(argument.getOwner()->getParentOp());
    return loop && argument.getArgNumber() > 0 ? ofCarried(loop, argument.getArgNumber() - 1, dim) : self;
  }
  Operation *op = tensor.getDefiningOp();
  unsigned result = cast<OpResult>(tensor).getResultNumber();
  if (auto loop = dyn_cast<scf::ForOp>(op)) {
    // Without a proof the size after the loop is another than that within.
    SizeSource carried = ofCarried(loop, result, dim);
    return carried.value == loop.getRegionIterArg(result) ? self : carried;
  }
  if (auto cast = dyn_cast<tensor::CastOp>(op))
    return isa<RankedTensorType>(cast.getSource().getType()) ? of(cast.getSource(), dim) : self;
  if (auto empty = dyn_cast<tensor::EmptyOp>(op))
    return of(empty.getMixedSizes()[dim]);
  if (auto insert = dyn_cast<tensor::InsertSliceOp>(op))
    return of(insert.getDest(), dim);
  if (auto slice = dyn_cast<tensor::ExtractSliceOp>(op)) {
    llvm::SmallBitVector dropped = slice.getDroppedDims();
    auto sizes = slice.getMixedSizes();
    for (auto [d, size] : llvm::enumerate(sizes))
      if (!dropped.test(d) && dim-- == 0)
        return of(size);
    return self;
  }
  if (auto expand = dyn_cast<tensor::ExpandShapeOp>(op))
    return of(expand.getMixedOutputShape()[dim]);
  if (auto collapse = dyn_cast<tensor::CollapseShapeOp>(op)) {
    std::optional<int64_t> only;
    SmallVector<int64_t, 2> joined = collapse.getReassociationIndices()[dim];
    for (int64_t d : joined) {
      if (collapse.getSrcType().getDimSize(d) == 1)
        continue;
      if (only)
        return self;
      only = d;
    }
    return only ? of(collapse.getSrc(), *only) : self;
  }
  if (auto destination = dyn_cast<DestinationStyleOpInterface>(op))
    return of(destination.getTiedOpOperand(op->getResult(result))->get(), dim);
  return self;
}

struct ResolveSizesPass : impl::ResolveSizesBase<ResolveSizesPass> {
  void runOnOperation() override {
    SmallVector<tensor::DimOp> dims;
    getOperation().walk([&](tensor::DimOp op) { dims.push_back(op); });
    for (tensor::DimOp op : dims) {
      SizeSource source = sizeSource(op.getResult());
      if (source.dim >= 0 && source.value == op.getSource())
        continue; // nothing is known
      OpBuilder b(op);
      Value size = source.value;
      if (source.number)
        size = arith::ConstantIndexOp::create(b, op.getLoc(), *source.number);
      else if (source.dim >= 0)
        size = tensor::DimOp::create(b, op.getLoc(), source.value, source.dim);
      op.replaceAllUsesWith(size);
      op.erase();
    }
  }
};

} // namespace

SizeSource sizeSource(Value tensor, int64_t dim) { return Tracer().of(tensor, dim); }
SizeSource sizeSource(OpFoldResult size) { return Tracer().of(size); }

} // namespace ingot
