//===- StabilizeLoopBuffers.cpp - One place for a loop-carried buffer -------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Bufferization lets a loop yield a buffer that the iteration allocated, so the buffer changes from iteration to iteration and no
// fixed place in the arena can hold it. Where the sizes never change, the value gets a buffer in front of the loop: the initial
// value is copied there, and each iteration ends by copying what it yields.
//
//===----------------------------------------------------------------------===//

#include "codegen/Passes.h"
#include "codegen/memory/Buffers.h"

namespace ingot {
#define GEN_PASS_DEF_STABILIZELOOPBUFFERS
#include "codegen/Passes.h.inc"
} // namespace ingot

using namespace mlir;

namespace ingot {
namespace {

// The size that a dimension of a buffer was made with, seen through views; null where that is not seen, or known.
Value sizeOf(Value value, unsigned dim) {
  while (Operation *op = value.getDefiningOp()) {
    auto type = cast<MemRefType>(value.getType());
    if (!type.isDynamicDim(dim))
      return {};
    Value size;
    if (auto alloc = dyn_cast<memref::AllocOp>(op))
      size = alloc.getDynamicSizes()[type.getDynamicDimIndex(dim)];
    else if (auto expand = dyn_cast<memref::ExpandShapeOp>(op))
      size = dyn_cast<Value>(expand.getMixedOutputShape()[dim]);
    else if (auto part = dyn_cast<memref::SubViewOp>(op); part && part.getDroppedDims().none())
      size = dyn_cast<Value>(part.getMixedSizes()[dim]);
    if (size) {
      // Itself the size of another buffer, of which this one is a copy?
      auto sizeOp = size.getDefiningOp<memref::DimOp>();
      std::optional<int64_t> index = sizeOp ? sizeOp.getConstantIndex() : std::nullopt;
      Value first = index && isa<MemRefType>(sizeOp.getSource().getType()) ? sizeOf(sizeOp.getSource(), static_cast<unsigned>(*index)) : Value();
      return first ? first : size;
    }
    if (auto cast = dyn_cast<memref::CastOp>(op); cast && isa<MemRefType>(cast.getSource().getType())) {
      value = cast.getSource();
      continue;
    }
    auto collapse = dyn_cast<memref::CollapseShapeOp>(op);
    if (!collapse)
      return {};
    // Of the dimensions that become one, all but one must be 1.
    std::optional<int64_t> from;
    for (int64_t d : collapse.getReassociationIndices()[dim]) {
      if (collapse.getSrcType().getDimSize(d) == 1)
        continue;
      if (from)
        return {};
      from = d;
    }
    if (!from)
      return {};
    value = collapse.getSrc();
    dim = static_cast<unsigned>(*from);
  }
  return {};
}

// Whether dimension `dim` of `value`, yielded by the loop, is that of the region's argument `argument`.
bool keepsSize(Value value, unsigned dim, Value argument, Value initial, unsigned depth = 0) {
  if (value == argument || value == initial)
    return true;
  if (depth > 8)
    return false;
  auto type = cast<MemRefType>(value.getType());
  Operation *op = value.getDefiningOp();
  if (!op)
    return false;
  if (auto cast = dyn_cast<memref::CastOp>(op))
    return isa<MemRefType>(cast.getSource().getType()) && keepsSize(cast.getSource(), dim, argument, initial, depth + 1);
  if (!type.isDynamicDim(dim)) {
    // The size of the argument is that of the initial value, where the type of either tells.
    auto initialType = dyn_cast<MemRefType>(initial.getType());
    if (auto cast = initial.getDefiningOp<memref::CastOp>())
      initialType = dyn_cast<MemRefType>(cast.getSource().getType());
    return initialType && initialType.getRank() == type.getRank() && initialType.getDimSize(dim) == type.getDimSize(dim);
  }
  Value size = sizeOf(value, dim);
  if (!size)
    return false;
  if (auto sizeOp = size.getDefiningOp<memref::DimOp>())
    if (sizeOp.getConstantIndex() == static_cast<int64_t>(dim) &&
        (sizeOp.getSource() == argument || sizeOp.getSource() == initial))
      return true;
  // The initial value was allocated with the very same size.
  while (auto cast = initial.getDefiningOp<memref::CastOp>())
    initial = cast.getSource();
  if (isa<MemRefType>(initial.getType()) && sizeOf(initial, dim) == size)
    return true;
  if (auto sizeOp = size.getDefiningOp<memref::DimOp>())
    return sizeOp.getSource() == initial && sizeOp.getConstantIndex() == static_cast<int64_t>(dim);
  return false;
}

bool keepsSizes(Value yielded, Value argument, Value initial) {
  auto type = dyn_cast<MemRefType>(argument.getType());
  if (!type)
    return false;
  for (int64_t d = 0; d < type.getRank(); ++d)
    if (type.isDynamicDim(d) && !keepsSize(yielded, d, argument, initial))
      return false;
  return true;
}

// Copies `from` to `to`, all as if at once: what another copy overwrites is put aside first.
void copyAll(OpBuilder &b, Location loc, ArrayRef<std::pair<Value, Value>> copies) {
  SmallVector<Value> sources;
  for (auto [from, to] : copies) {
    bool endangered = false;
    for (auto [otherFrom, otherTo] : copies) {
      (void)otherFrom;
      Value root = from;
      while (Operation *op = root.getDefiningOp()) {
        auto view = dyn_cast<ViewLikeOpInterface>(op);
        if (!view)
          break;
        root = view.getViewSource();
      }
      endangered |= otherTo != to && (root == otherTo || isa<BlockArgument>(root) || root.getDefiningOp<scf::IfOp>());
    }
    if (!endangered) {
      sources.push_back(from);
      continue;
    }
    Value aside = allocateLike(b, loc, from);
    memref::CopyOp::create(b, loc, from, aside);
    sources.push_back(aside);
  }
  for (auto [copy, source] : llvm::zip(copies, sources))
    memref::CopyOp::create(b, loc, source, copy.second);
}

// `arguments` see the carried values at the start of an iteration, `yield` ends it.
template <typename LoopT>
void stabilize(LoopT loop, Block::BlockArgListType arguments, Operation *yield, unsigned firstYield) {
  OpBuilder b(loop);
  Location loc = loop.getLoc();
  SmallVector<std::pair<Value, Value>> copies;
  for (auto [i, argument] : llvm::enumerate(arguments)) {
    Value initial = loop.getInits()[i], yielded = yield->getOperand(firstYield + i);
    if (yielded == argument || yielded == initial || !keepsSizes(yielded, argument, initial))
      continue;
    auto type = cast<MemRefType>(argument.getType());
    Value place = allocateLike(b, loc, initial);
    memref::CopyOp::create(b, loc, initial, place);
    if (place.getType() != type)
      place = memref::CastOp::create(b, loc, type, place);
    copies.push_back({yielded, place});
    argument.replaceAllUsesWith(place);
    loop.getInitsMutable()[i].set(place);
    yield->setOperand(firstYield + i, place);
    if constexpr (std::is_same_v<LoopT, scf::ForOp>)
      loop.getResult(i).replaceAllUsesWith(place);
  }
  for (auto &[from, to] : copies)
    if (auto argument = dyn_cast<BlockArgument>(from))
      for (auto [i, other] : llvm::enumerate(arguments))
        if (argument == other)
          from = loop.getInits()[i];
  b.setInsertionPoint(yield);
  copyAll(b, loc, copies);
}

struct StabilizeLoopBuffersPass : impl::StabilizeLoopBuffersBase<StabilizeLoopBuffersPass> {
  void runOnOperation() override {
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      if (function->hasAttr("ingot.kernel"))
        continue;
      function.walk([&](Operation *op) {
        if (auto loop = dyn_cast<scf::ForOp>(op))
          stabilize(loop, loop.getRegionIterArgs(), loop.getBody()->getTerminator(), 0);
        else if (auto loop = dyn_cast<scf::WhileOp>(op))
          stabilize(loop, loop.getBeforeBody()->getArguments(), loop.getYieldOp(), 0);
      });
    }
  }
};

} // namespace
} // namespace ingot
