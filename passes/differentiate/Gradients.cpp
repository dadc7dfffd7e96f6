//===- Gradients.cpp - Reverse-mode differentiation ---------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Between `xs` and `ys`: the ops that lead to a y, in order; which of their values depend on an x; then one walk back, in which the
// rule of each op (ir/Grad) turns the cotangents of its results into those of its operands, which are summed.
//
//===----------------------------------------------------------------------===//

#include "passes/differentiate/Gradients.h"
#include "passes/differentiate/Differentiator.h"

#include "ir/Grad/Grad.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Transforms/RegionUtils.h"

using namespace mlir;

namespace ingot {

static bool isFloat(Type type) {
  return isa<FloatType>(getElementTypeOrSelf(type));
}

SetVector<Value> getInputs(Operation *op) {
  SetVector<Value> inputs(op->operand_begin(), op->operand_end());
  if (op->getNumRegions() != 0 && !op->hasTrait<OpTrait::IsIsolatedFromAbove>())
    getUsedValuesDefinedAbove(op->getRegions(), inputs);
  return inputs;
}

//===--- Activity ----------------------------------------------------------===//

bool Activity::addIfFloat(Value value) {
  return isFloat(value.getType()) && active.insert(value).second;
}

bool Activity::propagateBlock(Block &block) {
  bool changed = false;
  for (Operation &op : block.without_terminator())
    changed |= propagate(&op);
  return changed;
}

bool Activity::propagate(Operation *op) {
  if (!llvm::any_of(getInputs(op), [&](Value input) { return contains(input); }))
    return false;
  bool changed = false;
  if (auto differentiable = dyn_cast<DifferentiableOpInterface>(op);
      differentiable && differentiable.getDifferentiability() == Differentiability::NotDifferentiable)
    return false;
  if (auto branch = dyn_cast<scf::IfOp>(op)) {
    for (Region *region : {&branch.getThenRegion(), &branch.getElseRegion()}) {
      if (region->empty())
        continue;
      changed |= propagateBlock(region->front());
      for (auto [result, yielded] : llvm::zip(op->getResults(), region->front().getTerminator()->getOperands()))
        changed |= contains(yielded) && addIfFloat(result);
    }
    return changed;
  }
  if (auto loop = dyn_cast<scf::ForOp>(op)) {
    for (auto [init, argument] : llvm::zip(loop.getInitArgs(), loop.getRegionIterArgs()))
      changed |= contains(init) && addIfFloat(argument);
    // What one iteration yields the next one gets.
    for (bool again = true; again;) {
      again = propagateBlock(*loop.getBody());
      for (auto [yielded, argument] : llvm::zip(loop.getYieldedValues(), loop.getRegionIterArgs()))
        again |= contains(yielded) && addIfFloat(argument);
      changed |= again;
    }
    for (auto [argument, result] : llvm::zip(loop.getRegionIterArgs(), loop.getResults()))
      changed |= contains(argument) && addIfFloat(result);
    return changed;
  }
  for (Value result : op->getResults())
    changed |= addIfFloat(result);
  return changed;
}

//===--- The walk ----------------------------------------------------------===//

void Differentiator::add(Location loc, Value value, Value cotangent) {
  if (!cotangent)
    return;
  GradBuilder b(builder, loc);
  cotangent = b.cast(cotangent, value.getType());
  Value &sum = cotangents[value];
  sum = sum ? b.add(sum, cotangent) : cotangent;
}

// All of these ops are executed before the insertion point, so that of two blocks one is around the other.
static bool isExecutedBefore(Operation *left, Operation *right) {
  if (Operation *ancestor = left->getBlock()->findAncestorOpInBlock(*right))
    return left->isBeforeInBlock(ancestor);
  Operation *ancestor = right->getBlock()->findAncestorOpInBlock(*left);
  return ancestor && ancestor->isBeforeInBlock(right);
}

void Differentiator::collect(ValueRange ys) {
  DenseSet<Operation *> seen;
  SmallVector<Value> worklist(ys);
  while (!worklist.empty()) {
    Value value = worklist.pop_back_val();
    Operation *op = value.getDefiningOp();
    if (!op || stops.contains(value) || !seen.insert(op).second)
      continue;
    slice.push_back(op);
    llvm::append_range(worklist, getInputs(op));
  }
  llvm::sort(slice, isExecutedBefore);
}

LogicalResult Differentiator::run(ValueRange ys, ValueRange xs) {
  collect(ys);
  for (Value x : xs)
    activity.add(x);
  for (Operation *op : slice)
    activity.propagate(op);
  for (Operation *op : llvm::reverse(slice))
    if (failed(visit(op)))
      return failure();
  return success();
}

LogicalResult Differentiator::visit(Operation *op) {
  // What defines an x, and depends on no other one.
  if (llvm::none_of(getInputs(op), [&](Value input) { return activity.contains(input); }))
    return success();
  SmallVector<Value> dys =
      llvm::map_to_vector(op->getResults(), [&](Value result) { return activity.contains(result) ? lookup(result) : Value(); });
  SmallVector<bool> wanted = llvm::map_to_vector(op->getOperands(), [&](Value operand) { return activity.contains(operand); });
  if (llvm::none_of(dys, [](Value dy) { return static_cast<bool>(dy); }))
    return success();
  Location loc = op->getLoc();
  if (isa<tensor::CastOp>(op)) {
    add(loc, op->getOperand(0), dys[0]);
    return success();
  }
  if (auto composite = dyn_cast<CompositeOp>(op))
    return visitComposite(composite, dys);
  auto differentiable = dyn_cast<DifferentiableOpInterface>(op);
  if (!differentiable || differentiable.getDifferentiability() != Differentiability::HasRule)
    return refuse(op);
  SmallVector<Value> dxs = differentiable.buildVJP(builder, dys, wanted);
  for (auto [operand, dx] : llvm::zip(op->getOperands(), dxs))
    if (activity.contains(operand))
      add(loc, operand, dx);
  return success();
}

// The region on the composite's inputs is computed again, by ops that have rules.
LogicalResult Differentiator::visitComposite(CompositeOp op, ValueRange dys) {
  IRMapping mapping;
  Block &body = op.getBody().front();
  mapping.map(body.getArguments(), op.getInputs());
  for (Operation &inner : body.without_terminator())
    builder.clone(inner, mapping);
  SmallVector<Value> ys, xs;
  for (Value input : op.getInputs())
    if (activity.contains(input) && !llvm::is_contained(xs, input))
      xs.push_back(input);
  Differentiator inner(builder, op.getInputs());
  for (auto [yielded, dy] : llvm::zip(body.getTerminator()->getOperands(), dys)) {
    ys.push_back(mapping.lookupOrDefault(yielded));
    inner.add(op.getLoc(), ys.back(), dy);
  }
  if (failed(inner.run(ys, xs)))
    return failure();
  for (Value x : xs)
    add(op.getLoc(), x, inner.lookup(x));
  return success();
}

// Names the op, and the nodes that its result goes through on the way to a y.
LogicalResult Differentiator::refuse(Operation *op) {
  constexpr int mostNotes = 12;
  InFlightDiagnostic error = op->emitError() << "the gradient needs that of '" << op->getName() << "', which has none";
  DenseSet<Operation *> inSlice(slice.begin(), slice.end());
  SmallVector<Location> through{op->getLoc()};
  for (Operation *at = op; at;) {
    Operation *next = nullptr;
    for (Operation *user : at->getUsers())
      if (inSlice.contains(user) && llvm::any_of(user->getResults(), [&](Value v) { return activity.contains(v); }))
        if (!next || isExecutedBefore(user, next))
          next = user;
    if (next && next->getLoc() != through.back())
      through.push_back(next->getLoc());
    at = next;
  }
  for (auto [i, loc] : llvm::enumerate(ArrayRef(through).drop_front()))
    if (i < mostNotes)
      error.attachNote(loc) << "on the way to what is differentiated";
  return error;
}

//===--- All of it ---------------------------------------------------------===//

void eraseDead(OpBuilder &builder, Operation *last, ValueRange kept) {
  DenseSet<Operation *> used;
  for (Value value : kept)
    if (value && value.getDefiningOp())
      used.insert(value.getDefiningOp());
  Block *block = builder.getInsertionBlock();
  auto end = last ? std::next(Block::iterator(last)) : block->begin();
  for (auto it = builder.getInsertionPoint(); it != end;) {
    Operation &op = *std::prev(it);
    if (!used.contains(&op) && isOpTriviallyDead(&op))
      op.erase();
    else
      --it;
  }
}

FailureOr<SmallVector<Value>> buildGradients(OpBuilder &builder, ValueRange ys, ValueRange cotangents, ValueRange xs) {
  Block *block = builder.getInsertionBlock();
  Operation *last = builder.getInsertionPoint() == block->begin() ? nullptr : &*std::prev(builder.getInsertionPoint());
  Differentiator differentiator(builder);
  for (auto [i, y] : llvm::enumerate(ys)) {
    Value dy = cotangents.empty() ? GradBuilder(builder, y.getLoc()).splat(1, y) : cotangents[i];
    differentiator.add(y.getLoc(), y, dy);
  }
  if (failed(differentiator.run(ys, xs)))
    return failure();
  SmallVector<Value> results;
  for (Value x : xs) {
    Value dx = differentiator.lookup(x);
    results.push_back(dx ? dx : GradBuilder(builder, x.getLoc()).splat(0, x));
  }
  eraseDead(builder, last, results);
  return results;
}

} // namespace ingot
