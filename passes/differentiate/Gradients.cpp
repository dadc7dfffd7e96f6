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
  // Its cotangent is one of floats.
  if (isa<QuantizeOp>(op))
    return active.insert(op->getResult(0)).second;
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

//===--- Cotangents --------------------------------------------------------===//

void Differentiator::add(Location loc, Value value, Value cotangent) {
  if (!cotangent)
    return;
  GradBuilder b(builder, loc);
  // A quantized value's cotangent has other elements than the value.
  auto type = cast<RankedTensorType>(value.getType());
  cotangent = b.cast(cotangent, type.clone(getElementTypeOrSelf(cotangent.getType())));
  Value &sum = cotangents[value];
  sum = sum ? b.add(sum, cotangent) : cotangent;
}

Value Differentiator::take(Value value) {
  joinParts(value);
  return cotangents.lookup(value);
}

Value Differentiator::takeBase(Value value) {
  joinParts(value);
  return bases.lookup(value);
}

//===--- Slices of one value -----------------------------------------------===//

static bool hasUnitSteps(SliceOp op) {
  return llvm::all_of(op.getStaticSteps(), [](int64_t step) { return step == 1; });
}

// Parts that lie one after another along one dimension are a concatenation, with zeros in the gaps.
bool Differentiator::joinByConcat(Value value, ArrayRef<Part> list) {
  auto type = cast<RankedTensorType>(value.getType());
  std::optional<int64_t> axis;
  for (const Part &part : list)
    for (int64_t dim = 0; dim < type.getRank(); ++dim) {
      SliceOp slice = part.slice;
      if (slice.getStaticOffsets()[dim] == 0 && areSizesEqual(slice.getResult(), dim, value, dim))
        continue;
      if (axis.value_or(dim) != dim || type.isDynamicDim(dim) || ShapedType::isDynamic(slice.getStaticOffsets()[dim]) ||
          ShapedType::isDynamic(slice.getStaticSizes()[dim]))
        return false;
      axis = dim;
    }
  if (!axis)
    return false;
  SmallVector<Part> sorted(list);
  auto offsetOf = [&](const Part &part) { return SliceOp(part.slice).getStaticOffsets()[*axis]; };
  auto sizeOf = [&](const Part &part) { return SliceOp(part.slice).getStaticSizes()[*axis]; };
  llvm::sort(sorted, [&](const Part &left, const Part &right) { return offsetOf(left) < offsetOf(right); });
  for (size_t i = 1; i < sorted.size(); ++i) {
    bool same = offsetOf(sorted[i]) == offsetOf(sorted[i - 1]) && sizeOf(sorted[i]) == sizeOf(sorted[i - 1]);
    if (!same && offsetOf(sorted[i]) < offsetOf(sorted[i - 1]) + sizeOf(sorted[i - 1]))
      return false;
  }
  GradBuilder b(builder, sorted.front().slice.getLoc());
  SmallVector<Value> rows;
  int64_t end = 0, size = type.getDimSize(*axis);
  auto fill = [&](int64_t until) {
    if (until == end)
      return;
    SmallVector<OpFoldResult> sizes = b.sizes(value);
    sizes[*axis] = b.index(until - end);
    rows.push_back(b.splat(0, type.getElementType(), sizes));
  };
  for (size_t i = 0; i < sorted.size(); ++i) {
    if (i > 0 && offsetOf(sorted[i]) == offsetOf(sorted[i - 1])) {
      rows.back() = b.add(rows.back(), b.cast(sorted[i].cotangent, rows.back().getType()));
      continue;
    }
    fill(offsetOf(sorted[i]));
    rows.push_back(sorted[i].cotangent);
    end = offsetOf(sorted[i]) + sizeOf(sorted[i]);
  }
  fill(size);
  add(b.getLoc(), value, rows.size() == 1 ? rows.front() : b.make<ConcatOp>(ValueRange(rows), *axis));
  return true;
}

// Several slices of a value give back one tensor, not one each.
void Differentiator::joinParts(Value value) {
  auto it = parts.find(value);
  if (it == parts.end())
    return;
  SmallVector<Part> list = std::move(it->second);
  parts.erase(it);
  Value base = bases.lookup(value);
  if (!base && list.size() > 1 && joinByConcat(value, list))
    return;
  for (Part &part : list) {
    Location loc = part.slice.getLoc();
    GradBuilder b(builder, loc);
    if (!base && list.size() == 1 && !cotangents.lookup(value)) {
      add(loc, value, part.slice.buildVJP(builder, part.cotangent, {})[0]);
      return;
    }
    Value &sum = base ? bases[value] : cotangents[value];
    SmallVector<OpFoldResult> offsets = part.slice.getMixedOffsets();
    if (!sum) {
      sum = b.splat(0, value);
    } else {
      Value old = b.cast(b.slice(sum, offsets, part.slice.getMixedSizes()), part.cotangent.getType());
      part.cotangent = b.add(old, part.cotangent);
    }
    sum = b.cast(b.make<UpdateSliceOp>(sum, part.cotangent, offsets), value.getType());
  }
}

//===--- The walk ----------------------------------------------------------===//

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
      llvm::map_to_vector(op->getResults(), [&](Value result) { return activity.contains(result) ? take(result) : Value(); });
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
  if (auto branch = dyn_cast<scf::IfOp>(op))
    return visitIf(branch, dys);
  if (auto loop = dyn_cast<scf::ForOp>(op))
    return visitFor(loop, dys);
  if (auto loop = dyn_cast<scf::WhileOp>(op))
    return visitWhile(loop, dys);
  if (auto slice = dyn_cast<SliceOp>(op); slice && hasUnitSteps(slice)) {
    parts[slice.getX()].push_back({slice, dys[0]});
    return success();
  }
  if (auto gather = dyn_cast<GatherOp>(op); gather && addRows(gather, dys[0]))
    return success();
  auto differentiable = dyn_cast<DifferentiableOpInterface>(op);
  if (!differentiable || differentiable.getDifferentiability() != Differentiability::HasRule)
    return refuse(op);
  SmallVector<Value> dxs = differentiable.buildVJP(builder, dys, wanted);
  for (auto [operand, dx] : llvm::zip(op->getOperands(), dxs))
    if (activity.contains(operand))
      add(loc, operand, dx);
  return success();
}

// Rows of a table are added to what the table has already, if that is anything: a tensor of zeros to add them to would be as large.
bool Differentiator::addRows(GatherOp op, Value dy) {
  Value table = op.getX();
  bool hasBase = bases.contains(table);
  if (op.getAxis() != 0 || (!hasBase && !take(table)))
    return false;
  GradBuilder b(builder, op.getLoc());
  SmallVector<OpFoldResult> tuples = b.sizes(op.getIndices());
  tuples.push_back(b.index(1));
  Value &sum = hasBase ? bases[table] : cotangents[table];
  sum = b.cast(b.make<ScatterNdOp>(sum, b.reshape(op.getIndices(), tuples), dy, ScatterKind::Add), table.getType());
  return true;
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
    add(op.getLoc(), x, inner.take(x));
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
  for (auto it = builder.getInsertionPoint(); it != block->begin() && &*std::prev(it) != last;) {
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
    Value dx = differentiator.take(x);
    results.push_back(dx ? dx : GradBuilder(builder, x.getLoc()).splat(0, x));
  }
  eraseDead(builder, last, results);
  return results;
}

} // namespace ingot
