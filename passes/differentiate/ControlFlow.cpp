//===- ControlFlow.cpp - Gradients of branches and loops ----------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A branch is computed again in its reverse. A counted loop saves on tapes, a row for each iteration, what its reverse reads and
// cannot cheaply compute again; the reverse loop takes the rows from the last to the first. A product with a tensor from outside
// the loop gives that tensor one cotangent an iteration: these are not summed up in the loop, but their factors are kept on tapes
// and multiplied once. What has other sizes in each iteration does not fit a tape: it is computed again, if need be from the
// beginning of the loop.
//
//===----------------------------------------------------------------------===//

#include "passes/differentiate/Differentiator.h"

#include "ir/Grad/Grad.h"

#include "mlir/IR/IRMapping.h"

using namespace mlir;

namespace ingot {

static bool isOutside(Value value, Operation *op) {
  return !op->isAncestor(value.getParentBlock()->getParentOp());
}

static bool isFloatTensor(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type && isa<FloatType>(type.getElementType());
}

/// Copies the ops of a block but its terminator. What was asserted once holds.
static void cloneBody(OpBuilder &builder, Block &block, IRMapping &mapping) {
  for (Operation &op : block.without_terminator())
    if (!isa<AssertOp>(op))
      builder.clone(op, mapping);
}

static SmallVector<Value> mapAll(ValueRange values, const IRMapping &mapping) {
  return llvm::map_to_vector(values, [&](Value value) { return mapping.lookupOrDefault(value); });
}

//===--- if ----------------------------------------------------------------===//

LogicalResult Differentiator::visitIf(scf::IfOp op, ValueRange dys) {
  Location loc = op.getLoc();
  SetVector<Value> inputs = getInputs(op);
  SmallVector<Value> xs =
      llvm::filter_to_vector(inputs, [&](Value input) { return activity.contains(input) && isFloatTensor(input); });
  if (xs.empty())
    return success();
  auto reverse = scf::IfOp::create(builder, loc, ValueRange(xs).getTypes(), op.getCondition(), /*withElseRegion=*/true);
  for (auto [from, to] :
       {std::pair(&op.getThenRegion(), reverse.thenBlock()), std::pair(&op.getElseRegion(), reverse.elseBlock())}) {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(to);
    IRMapping mapping;
    cloneBody(builder, from->front(), mapping);
    SmallVector<Value> ys = mapAll(from->front().getTerminator()->getOperands(), mapping), results;
    Differentiator inner(builder, inputs.getArrayRef());
    for (auto [y, dy] : llvm::zip(ys, dys))
      inner.add(loc, y, dy);
    if (failed(inner.run(ys, xs)))
      return failure();
    for (Value x : xs) {
      Value dx = inner.take(x);
      results.push_back(dx ? dx : GradBuilder(builder, loc).splat(0, x));
    }
    scf::YieldOp::create(builder, loc, results);
    builder.setInsertionPoint(to->getTerminator());
    eraseDead(builder, nullptr, results);
  }
  for (auto [x, dx] : llvm::zip(xs, reverse.getResults()))
    add(loc, x, dx);
  return success();
}

//===--- for ---------------------------------------------------------------===//

namespace {

/// One value for each iteration of a loop, as the rows of a tensor that the loop carries.
class Tape {
public:
  /// The value's sizes must be the same in all iterations.
  static Tape make(GradBuilder &b, scf::ForOp loop, Value value, OpFoldResult rows);

  Value getInit() const { return init; }
  Value write(GradBuilder &b, Value tape, Value value, Value row) const;
  Value read(GradBuilder &b, Value tape, Value row) const;

private:
  SmallVector<OpFoldResult> slots(GradBuilder &b, OpFoldResult first, OpFoldResult rest) const {
    SmallVector<OpFoldResult> list(1, first);
    list.append(sizes.size(), rest);
    return list;
  }

  Type type; // of the value; scalars have no sizes
  SmallVector<OpFoldResult> sizes;
  Value init;
};

/// The reverse of one loop.
class LoopReverser {
public:
  LoopReverser(OpBuilder &builder, scf::ForOp loop) : builder(builder), loop(loop), loc(loop.getLoc()) {}

  /// `dys` are those of the results, `activity` tells what depends on the xs.
  LogicalResult build(ValueRange dys, const Activity &activity);

  /// Cotangents of the initial values and of `captured` values from outside; null: zero.
  SmallVector<Value> initials, captured, captures;

private:
  /// A product whose sum over all iterations is built after the loop.
  struct Hoisted {
    unsigned capture;
    ContractOp product;
    SmallVector<int64_t> permutation;
  };

  void findCarried(ValueRange dys, const Activity &activity);
  void findTrip();
  LogicalResult buildBody();
  void fixSizes();
  bool isFree(Value value);
  bool isRegular(scf::ForOp around, Value value);
  void need(Value value);
  void tapeForward();
  void runAgain();
  void readTapes();
  void hoist(unsigned capture, Value sum, SmallVectorImpl<Value> &rest);
  bool isDistinct(Value offset);
  bool isOwnRow(UpdateSliceOp update);
  bool isTapeOf(UpdateSliceOp update, Value factor, Value tape);
  void dropVainUpdates();
  void finish();

  OpBuilder &builder;
  scf::ForOp loop, taped, reverse;
  Location loc;
  SmallVector<bool> isWanted;    // of the initial values
  SmallVector<unsigned> carried; // iteration arguments whose cotangents the reverse carries
  OpFoldResult trip;
  Value row, variable; // in the reverse loop: which iteration is reversed, and its induction variable
  Operation *beforeForward = nullptr, *lastForward = nullptr;
  SmallVector<bool> hasSum;         // for each captured value, whether the body's terminator has a sum of cotangents for it
  DenseMap<Value, Value> originals; // of what the reverse computes again
  DenseMap<Value, bool> freeValues;
  SetVector<Value> needed, recorded,
      rerun; // recorded: values of the reverse body to be read from tapes; rerun: handed on by iterations
  SmallVector<Tape> tapes;
  DenseMap<Value, Value> forwardTapes; // by the value read from it
  SmallVector<Hoisted> hoisted;
};

} // namespace

static OpFoldResult getInvariantSize(OpBuilder &builder, scf::ForOp loop, Value value, int64_t dim, DenseSet<Value> &seen);

/// An index of the body that is the same in all iterations, as computed outside.
static OpFoldResult getInvariantIndex(OpBuilder &builder, scf::ForOp loop, Value value, DenseSet<Value> &seen) {
  if (isOutside(value, loop))
    return value;
  Operation *op = value.getDefiningOp();
  if (auto dim = dyn_cast_or_null<tensor::DimOp>(op))
    return dim.getConstantIndex() ? getInvariantSize(builder, loop, dim.getSource(), *dim.getConstantIndex(), seen)
                                  : OpFoldResult();
  if (!op || !isa<arith::ArithDialect>(op->getDialect()) || op->getNumResults() != 1)
    return {};
  IRMapping mapping;
  for (Value operand : op->getOperands()) {
    OpFoldResult outer = getInvariantIndex(builder, loop, operand, seen);
    if (!outer)
      return {};
    mapping.map(operand, getValueOrCreateConstantIndexOp(builder, loop.getLoc(), outer));
  }
  return builder.clone(*op, mapping)->getResult(0);
}

/// A size of a value in the body that is the same in all iterations, as seen from outside.
static OpFoldResult getInvariantSize(OpBuilder &builder, scf::ForOp loop, Value value, int64_t dim, DenseSet<Value> &seen) {
  SizeSource source = traceSize(value, dim);
  if (source.size) {
    auto size = dyn_cast<Value>(source.size);
    return size ? getInvariantIndex(builder, loop, size, seen) : source.size;
  }
  if (isOutside(source.tensor, loop))
    return getMixedSize(builder, loop.getLoc(), source.tensor, source.dim);
  auto argument = dyn_cast<BlockArgument>(source.tensor);
  if (!argument || argument.getOwner() != loop.getBody() || argument.getArgNumber() == 0)
    return {};
  Value initial = loop.getInitArgs()[argument.getArgNumber() - 1], next = loop.getYieldedValues()[argument.getArgNumber() - 1];
  OpFoldResult size = getMixedSize(builder, loop.getLoc(), initial, source.dim);
  if (!seen.insert(argument).second)
    return size;
  // It stays what it is if the next value has it from the same argument.
  SizeSource nextSource = traceSize(next, source.dim);
  if (!nextSource.size && nextSource.tensor == argument && nextSource.dim == source.dim)
    return size;
  OpFoldResult nextSize = getInvariantSize(builder, loop, next, source.dim, seen);
  return nextSize && isSizeOf(nextSize, initial, source.dim) ? size : OpFoldResult();
}

Tape Tape::make(GradBuilder &b, scf::ForOp loop, Value value, OpFoldResult rows) {
  Tape tape;
  tape.type = value.getType();
  Type elementType = getElementTypeOrSelf(value.getType());
  if (auto type = dyn_cast<RankedTensorType>(value.getType()))
    for (int64_t dim = 0; dim < type.getRank(); ++dim) {
      DenseSet<Value> seen;
      tape.sizes.push_back(getInvariantSize(b.getBuilder(), loop, value, dim, seen));
    }
  if (elementType.isIndex())
    elementType = b.getBuilder().getI64Type();
  SmallVector<OpFoldResult> all{rows};
  llvm::append_range(all, tape.sizes);
  // Each row is written before it is read.
  tape.init = b.make<tensor::EmptyOp>(all, elementType);
  return tape;
}

Value Tape::write(GradBuilder &b, Value tape, Value value, Value row) const {
  if (!isa<RankedTensorType>(value.getType())) {
    if (value.getType().isIndex())
      value = b.make<arith::IndexCastOp>(b.getBuilder().getI64Type(), value);
    value = b.make<tensor::FromElementsOp>(RankedTensorType::get({1}, value.getType()), value);
  } else {
    SmallVector<OpFoldResult> line{b.index(1)};
    llvm::append_range(line, sizes);
    value = b.reshape(value, line);
  }
  return b.cast(b.make<UpdateSliceOp>(tape, value, slots(b, row, b.index(0))), tape.getType());
}

Value Tape::read(GradBuilder &b, Value tape, Value row) const {
  if (!isa<RankedTensorType>(type)) {
    Value value = b.make<tensor::ExtractOp>(tape, row);
    return type.isIndex() ? b.make<arith::IndexCastOp>(type, value) : value;
  }
  SmallVector<OpFoldResult> line{b.index(1)};
  llvm::append_range(line, sizes);
  return b.cast(b.reshape(b.slice(tape, slots(b, row, b.index(0)), line), sizes), type);
}

// Of the active arguments only those get a cotangent whose results have one, or that such ones are computed from.
void LoopReverser::findCarried(ValueRange dys, const Activity &activity) {
  DenseSet<Value> reached;
  SmallVector<Value> worklist;
  for (auto [dy, yielded] : llvm::zip(dys, loop.getYieldedValues()))
    if (dy)
      worklist.push_back(yielded);
  while (!worklist.empty()) {
    Value value = worklist.pop_back_val();
    if (!reached.insert(value).second || isOutside(value, loop))
      continue;
    if (auto argument = dyn_cast<BlockArgument>(value)) {
      if (argument.getOwner() == loop.getBody() && argument.getArgNumber() > 0)
        worklist.push_back(loop.getYieldedValues()[argument.getArgNumber() - 1]);
    } else {
      llvm::append_range(worklist, getInputs(value.getDefiningOp()));
    }
  }
  for (auto [i, argument] : llvm::enumerate(loop.getRegionIterArgs()))
    if (isFloatTensor(argument) && activity.contains(argument) && (dys[i] || reached.contains(argument)))
      carried.push_back(i);
  SetVector<Value> inputs;
  for (Operation &op : *loop.getBody())
    for (Value input : getInputs(&op))
      if (isOutside(input, loop) && isFloatTensor(input) && activity.contains(input) && reached.contains(input))
        inputs.insert(input);
  captured = inputs.takeVector();
}

void LoopReverser::findTrip() {
  SizeMath math(builder, loc);
  OpFoldResult lower = loop.getLowerBound(), upper = loop.getUpperBound(), step = loop.getStep();
  OpFoldResult length = math.max(math.sub(upper, lower), math.constant(0));
  trip = math.div(math.add(length, math.sub(step, math.constant(1))), step);
}

static void dropTerminator(Block *block) {
  if (!block->empty() && block->back().hasTrait<OpTrait::IsTerminator>())
    block->back().erase();
}

LogicalResult LoopReverser::build(ValueRange dys, const Activity &activity) {
  initials.assign(loop.getInitArgs().size(), Value());
  findCarried(dys, activity);
  for (Value initial : loop.getInitArgs())
    isWanted.push_back(activity.contains(initial));
  captures.assign(captured.size(), Value());
  if (carried.empty())
    return success();
  GradBuilder b(builder, loc);
  {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPoint(loop);
    findTrip();
  }
  if (isZeroInteger(trip)) {
    llvm::copy(dys, initials.begin());
    return success();
  }
  SmallVector<Value> starts;
  for (unsigned i : carried)
    starts.push_back(b.cast(dys[i] ? dys[i] : b.splat(0, loop.getInitArgs()[i]), loop.getRegionIterArgs()[i].getType()));
  for (Value value : captured)
    starts.push_back(b.splat(0, value));
  SizeMath math = b.math();
  Value zero = math.value(b.index(0)), one = math.value(b.index(1)), count = math.value(trip);
  reverse = scf::ForOp::create(builder, loc, zero, count, one, starts);
  if (failed(buildBody()))
    return failure();
  // What the reverse reads of the forward body. Later ops first, so that these are recorded before what they are computed from.
  fixSizes();
  for (Operation *op = &reverse.getBody()->back(); op != lastForward; op = op->getPrevNode())
    for (Value input : getInputs(op))
      need(input);
  tapeForward();
  readTapes();
  runAgain();
  builder.setInsertionPointAfter(lastForward);
  eraseDead(builder, beforeForward);
  finish();
  for (auto [i, number] : llvm::enumerate(carried))
    initials[number] = reverse.getResult(i);
  return success();
}

// The forward body once more, on placeholders for what iterations hand on, and what goes back through it. The terminator gets the
// next cotangents, then those of captured values: the parts that were added in place, and what else there is as a sum.
LogicalResult LoopReverser::buildBody() {
  GradBuilder b(builder, loc);
  SizeMath math = b.math();
  Block *body = reverse.getBody();
  dropTerminator(body);
  builder.setInsertionPointToStart(body);
  row = math.value(math.sub(math.sub(trip, b.index(1)), reverse.getInductionVar()));
  variable = math.value(math.add(loop.getLowerBound(), math.mul(row, loop.getStep())));
  beforeForward = body->empty() ? nullptr : &body->back();
  IRMapping mapping;
  mapping.map(loop.getInductionVar(), variable);
  SmallVector<Value> placeholders, stops;
  for (Value argument : loop.getRegionIterArgs()) {
    placeholders.push_back(UnrealizedConversionCastOp::create(builder, loc, argument.getType(), ValueRange()).getResult(0));
    mapping.map(argument, placeholders.back());
  }
  cloneBody(builder, *loop.getBody(), mapping);
  lastForward = &body->back();
  for (auto [from, to] : mapping.getValueMap())
    if (to != variable)
      originals[to] = from;

  SmallVector<Value> xs(captured), ys, yielded = mapAll(loop.getYieldedValues(), mapping);
  for (unsigned i : carried) {
    xs.push_back(placeholders[i]);
    ys.push_back(yielded[i]);
  }
  for (Operation &op : *loop.getBody())
    for (Value input : getInputs(&op))
      if (isOutside(input, loop))
        stops.push_back(input);
  llvm::append_range(stops, placeholders);
  Differentiator inner(builder, stops);
  for (auto [i, y] : llvm::enumerate(ys))
    inner.add(loc, y, reverse.getRegionIterArg(i));
  for (auto [i, value] : llvm::enumerate(captured))
    inner.setBase(value, reverse.getRegionIterArg(carried.size() + i));
  if (failed(inner.run(ys, xs)))
    return failure();
  SmallVector<Value> next, sums;
  for (unsigned i : carried) {
    Value dx = inner.take(placeholders[i]);
    next.push_back(dx ? dx : b.splat(0, placeholders[i]));
  }
  for (Value value : captured) {
    next.push_back(inner.takeBase(value));
    Value sum = inner.take(value);
    hasSum.push_back(static_cast<bool>(sum));
    if (sum)
      sums.push_back(sum);
  }
  llvm::append_range(next, sums);
  scf::YieldOp::create(builder, loc, next);
  builder.setInsertionPoint(body->getTerminator());
  eraseDead(builder, lastForward);
  return success();
}

// Sizes of the loop's values that are the same in all iterations are read outside.
void LoopReverser::fixSizes() {
  for (Operation &op : llvm::make_early_inc_range(*reverse.getBody())) {
    auto dim = dyn_cast<tensor::DimOp>(op);
    if (!dim || !dim.getConstantIndex() || !originals.contains(dim.getSource()))
      continue;
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPoint(loop);
    DenseSet<Value> seen;
    OpFoldResult size = getInvariantSize(builder, loop, originals.lookup(dim.getSource()), *dim.getConstantIndex(), seen);
    if (!size)
      continue;
    dim->replaceAllUsesWith(ValueRange{getValueOrCreateConstantIndexOp(builder, loc, size)});
  }
}

//===--- What is saved, and what is computed again -------------------------===//

// Ops that move elements or compute each from a few: cheaper to compute again than to write and to read.
static bool isCheap(Operation *op) {
  return op->getNumRegions() == 0 &&
         !isa<ContractOp, ConvOp, ConvGradInputOp, ConvGradFilterOp, AttentionOp, SoftmaxOp, LogSoftmaxOp, NormalizeOp, ReduceOp,
              ReduceWindowOp, ArgReduceOp, ArgMaxWindowOp, MaxPoolGradOp, FftOp, CumulateOp, SortOp, TopkOp, ResizeOp, CustomCallOp,
              RandomOp, ScatterNdOp, ScatterElementsOp, NonzeroOp>(op);
}

// Whether a value of the reverse body depends on the number of the iteration only.
bool LoopReverser::isFree(Value value) {
  Operation *op = value.getDefiningOp();
  if (isOutside(value, reverse) || value == variable || value == row || value == reverse.getInductionVar())
    return true;
  if (!op || isa<UnrealizedConversionCastOp>(op))
    return false;
  auto [it, isNew] = freeValues.try_emplace(value, false);
  if (!isNew)
    return it->second;
  bool free = isCheap(op) && llvm::all_of(getInputs(op), [&](Value input) { return isFree(input); });
  return freeValues[value] = free;
}

bool LoopReverser::isRegular(scf::ForOp around, Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPoint(around);
  return !type || llvm::all_of(llvm::seq<int64_t>(0, type.getRank()), [&](int64_t dim) {
    DenseSet<Value> seen;
    return static_cast<bool>(getInvariantSize(builder, around, value, dim, seen));
  });
}

void LoopReverser::need(Value value) {
  Operation *op = value.getDefiningOp();
  // Only the forward part of the body is in question.
  bool isForward = op && op->getBlock() == reverse.getBody() && !lastForward->isBeforeInBlock(op) &&
                   (!beforeForward || beforeForward->isBeforeInBlock(op));
  if (!isForward || !needed.insert(value))
    return;
  // What an op of the forward body was replaced by (an inner loop with tapes) is not in the loop itself.
  bool isNew = !originals.contains(value);
  bool isView =
      isa<ReshapeOp, BroadcastOp, tensor::CastOp, NegOp, StopGradientOp>(op) || isa<arith::ArithDialect>(op->getDialect());
  bool isHandedOn = isa<UnrealizedConversionCastOp>(op);
  if (isHandedOn || !(isNew || isView || isFree(value))) {
    bool fits = isRegular(loop, originals.lookup(value));
    if (fits || isHandedOn) {
      (fits ? recorded : rerun).insert(value);
      return;
    }
  }
  for (Value input : getInputs(op))
    need(input);
}

// The loop with tapes, in place of the old one, which nobody uses any more.
void LoopReverser::tapeForward() {
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPoint(loop);
  GradBuilder b(builder, loc);
  SmallVector<Value> starts(loop.getInitArgs());
  for (Value value : recorded) {
    tapes.push_back(Tape::make(b, loop, originals.lookup(value), trip));
    starts.push_back(tapes.back().getInit());
  }
  if (recorded.empty())
    return;
  taped = scf::ForOp::create(builder, loc, loop.getLowerBound(), loop.getUpperBound(), loop.getStep(), starts);
  taped->setDiscardableAttrs(loop->getDiscardableAttrDictionary());
  Block *body = taped.getBody();
  dropTerminator(body);
  builder.setInsertionPointToStart(body);
  IRMapping mapping;
  mapping.map(loop.getBody()->getArguments(), body->getArguments().take_front(loop.getBody()->getNumArguments()));
  for (Operation &op : loop.getBody()->without_terminator())
    builder.clone(op, mapping);
  SizeMath math = b.math();
  Value at = math.value(math.div(math.sub(taped.getInductionVar(), loop.getLowerBound()), loop.getStep()));
  SmallVector<Value> yields = mapAll(loop.getYieldedValues(), mapping);
  unsigned first = loop.getInitArgs().size();
  for (auto [i, value] : llvm::enumerate(recorded))
    yields.push_back(tapes[i].write(b, taped.getRegionIterArg(first + i), mapping.lookup(originals.lookup(value)), at));
  scf::YieldOp::create(builder, loc, yields);
  loop->replaceAllUsesWith(taped.getResults().take_front(first));
}

// What the iterations before this one hand on.
void LoopReverser::runAgain() {
  if (rerun.empty())
    return;
  OpBuilder::InsertionGuard guard(builder);
  if (beforeForward)
    builder.setInsertionPointAfter(beforeForward);
  else
    builder.setInsertionPointToStart(reverse.getBody());
  auto before = scf::ForOp::create(builder, loc, loop.getLowerBound(), variable, loop.getStep(), loop.getInitArgs());
  dropTerminator(before.getBody());
  {
    OpBuilder::InsertionGuard inside(builder);
    builder.setInsertionPointToStart(before.getBody());
    IRMapping mapping;
    mapping.map(loop.getBody()->getArguments(), before.getBody()->getArguments());
    cloneBody(builder, *loop.getBody(), mapping);
    scf::YieldOp::create(builder, loc, mapAll(loop.getYieldedValues(), mapping));
  }
  for (Value value : SmallVector<Value>(rerun.getArrayRef())) {
    auto argument = cast<BlockArgument>(originals.lookup(value));
    value.replaceAllUsesWith(before.getResult(argument.getArgNumber() - 1));
  }
}

void LoopReverser::readTapes() {
  OpBuilder::InsertionGuard guard(builder);
  // Behind what computes the row.
  if (Operation *op = row.getDefiningOp(); op && op->getBlock() == reverse.getBody())
    builder.setInsertionPointAfter(op);
  else
    builder.setInsertionPointToStart(reverse.getBody());
  GradBuilder b(builder, loc);
  unsigned first = loop.getInitArgs().size();
  for (auto [i, value] : llvm::enumerate(recorded.getArrayRef())) {
    Value tape = taped.getResult(first + i), read = tapes[i].read(b, tape, row);
    forwardTapes[read] = tape;
    Value(value).replaceAllUsesWith(read);
  }
}

//===--- Sums over all iterations ------------------------------------------===//

// Takes products out of a sum of cotangents of a value from outside; the other terms stay.
void LoopReverser::hoist(unsigned capture, Value sum, SmallVectorImpl<Value> &rest) {
  if (auto add = sum.getDefiningOp<AddOp>(); add && add->getBlock() == reverse.getBody()) {
    hoist(capture, add.getLhs(), rest);
    hoist(capture, add.getRhs(), rest);
    return;
  }
  Value value = sum;
  if (auto cast = value.getDefiningOp<tensor::CastOp>())
    value = cast.getSource();
  SmallVector<int64_t> permutation;
  if (auto transpose = value.getDefiningOp<TransposeOp>()) {
    permutation = llvm::to_vector(transpose.getPermutation());
    value = transpose.getX();
  }
  auto product = value.getDefiningOp<ContractOp>();
  // Both factors change, and their sizes do not.
  auto canBeTaped = [&](Value factor) { return !isOutside(factor, reverse) && isRegular(reverse, factor); };
  if (!product || product->getBlock() != reverse.getBody() || !canBeTaped(product.getLhs()) || !canBeTaped(product.getRhs()))
    rest.push_back(sum);
  else
    hoisted.push_back({capture, product, permutation});
}

// Whether an offset is another one in each iteration.
bool LoopReverser::isDistinct(Value offset) {
  if (offset == variable || offset == row || offset == reverse.getInductionVar())
    return true;
  Operation *op = offset.getDefiningOp();
  if (!op || !isa<arith::AddIOp, arith::SubIOp>(op))
    return false;
  Value left = op->getOperand(0), right = op->getOperand(1);
  return (isOutside(right, reverse) && isDistinct(left)) || (isOutside(left, reverse) && isDistinct(right));
}

// Whether no two iterations update the same elements.
bool LoopReverser::isOwnRow(UpdateSliceOp update) {
  SmallVector<OpFoldResult> offsets = update.getMixedOffsets();
  for (auto [dim, offset] : llvm::enumerate(offsets))
    if (auto value = dyn_cast<Value>(offset); value && update.getUpdate().getType().getDimSize(dim) == 1 && isDistinct(value))
      return true;
  return false;
}

// Whether an accumulator ends up with the factors of all iterations as its rows.
bool LoopReverser::isTapeOf(UpdateSliceOp update, Value factor, Value tape) {
  auto type = cast<RankedTensorType>(tape.getType());
  auto row = update.getUpdate().getDefiningOp<ReshapeOp>();
  SmallVector<OpFoldResult> offsets = update.getMixedOffsets();
  return row && row.getX() == factor && type.getRank() == cast<RankedTensorType>(factor.getType()).getRank() + 1 &&
         isSizeOf(trip, tape, 0) && update.getUpdate().getType().getDimSize(0) == 1 && offsets[0] == OpFoldResult(this->row) &&
         llvm::all_of(ArrayRef(offsets).drop_front(), isZeroInteger) &&
         llvm::all_of(llvm::seq<int64_t>(1, type.getRank()), [&](int64_t dim) {
           return areSizesEqual(update.getUpdate(), dim, tape, dim) && areSizesEqual(factor, dim - 1, tape, dim);
         });
}

// Where each iteration has a part of a tensor to itself, what is added to the tensor of zeros need not be added but put there, and
// what was read of a cotangent need not be set to zero when the rest is of no use.
void LoopReverser::dropVainUpdates() {
  Operation *end = reverse.getBody()->getTerminator();
  for (unsigned i = 0; i < carried.size() + captured.size(); ++i) {
    Value argument = reverse.getRegionIterArg(i);
    auto update = end->getOperand(i).getDefiningOp<UpdateSliceOp>();
    if (!update || update.getX() != argument || !isOwnRow(update))
      continue;
    bool isAccumulator = i >= carried.size();
    SliceOp read;
    bool alone = true;
    for (Operation *user : argument.getUsers()) {
      auto slice = dyn_cast<SliceOp>(user);
      if (slice && slice.getMixedOffsets() == update.getMixedOffsets() && slice.getType() == update.getUpdate().getType())
        read = slice;
      else
        alone &= user == update;
    }
    if (!alone || !read)
      continue;
    auto sum = update.getUpdate().getDefiningOp<AddOp>();
    if (isAccumulator && sum && sum.getLhs() == read.getResult() && read->hasOneUse())
      update.getUpdateMutable().assign(sum.getRhs());
    else if (!isAccumulator && !isWanted[carried[i]] && isSplatOf(update.getUpdate(), 0))
      end->setOperand(i, argument);
  }
}

// The final form of the reverse loop, with tapes of factors, and the sums behind it.
void LoopReverser::finish() {
  dropVainUpdates();
  Block *old = reverse.getBody();
  Operation *end = old->getTerminator();
  SmallVector<Value> yields(end->getOperands().take_front(carried.size())), sums(end->getOperands().drop_front(carried.size()));
  builder.setInsertionPoint(end);
  GradBuilder b(builder, loc);
  unsigned nextSum = captured.size();
  SmallVector<bool> accumulates;
  for (unsigned i = 0; i < captured.size(); ++i) {
    Value base = sums[i];
    SmallVector<Value> rest;
    if (hasSum[i])
      hoist(i, sums[nextSum++], rest);
    for (Value part : rest)
      base = b.add(base, b.cast(part, base.getType()));
    accumulates.push_back(base != reverse.getRegionIterArg(carried.size() + i));
    yields.push_back(base);
  }
  end->setOperands(yields);

  // Factors that are not on a tape of the forward loop go on one of this loop, which may be there already.
  DenseMap<Value, unsigned> accumulated;
  SmallVector<Value> factors;
  for (Hoisted &one : hoisted)
    for (Value factor : {Value(one.product.getLhs()), Value(one.product.getRhs())})
      if (!forwardTapes.contains(factor) && !llvm::is_contained(factors, factor) && !accumulated.contains(factor)) {
        for (unsigned i = 0; i < captured.size(); ++i)
          if (auto update = yields[carried.size() + i].getDefiningOp<UpdateSliceOp>();
              update && update.getX() == reverse.getRegionIterArg(carried.size() + i) && isTapeOf(update, factor, captured[i]))
            accumulated[factor] = carried.size() + i;
        if (!accumulated.contains(factor))
          factors.push_back(factor);
      }
  SmallVector<Tape> factorTapes;
  SmallVector<Value> starts(reverse.getInitArgs());
  builder.setInsertionPoint(reverse);
  for (Value factor : factors) {
    factorTapes.push_back(Tape::make(b, reverse, factor, trip));
    starts.push_back(factorTapes.back().getInit());
  }
  auto whole = scf::ForOp::create(builder, loc, reverse.getLowerBound(), reverse.getUpperBound(), reverse.getStep(), starts);
  Block *body = whole.getBody();
  dropTerminator(body);
  body->getOperations().splice(body->end(), old->getOperations());
  if (row == old->getArgument(0))
    row = body->getArgument(0);
  for (auto [from, to] : llvm::zip(old->getArguments(), body->getArguments())) {
    from.replaceAllUsesWith(to);
    llvm::replace(factors, Value(from), Value(to));
    if (auto it = accumulated.find(from); it != accumulated.end())
      accumulated[to] = unsigned(it->second);
  }
  builder.setInsertionPoint(end);
  yields.assign(end->operand_begin(), end->operand_end());
  unsigned first = yields.size();
  for (auto [i, factor] : llvm::enumerate(factors))
    yields.push_back(factorTapes[i].write(b, whole.getRegionIterArg(first + i), factor, row));
  end->setOperands(yields);

  builder.setInsertionPointAfter(whole);
  for (unsigned i = 0; i < captured.size(); ++i)
    if (accumulates[i])
      captures[i] = whole.getResult(carried.size() + i);
  auto tapeOf = [&](Value factor) -> Value {
    if (auto it = accumulated.find(factor); it != accumulated.end())
      return whole.getResult(it->second);
    Value tape = forwardTapes.lookup(factor);
    return tape ? tape : whole.getResult(first + std::distance(factors.begin(), llvm::find(factors, factor)));
  };
  auto behindRows = [](ArrayRef<int64_t> dims) { return llvm::map_to_vector(dims, [](int64_t dim) { return dim + 1; }); };
  for (Hoisted &one : hoisted) {
    ContractOp product = one.product;
    SmallVector<int64_t> left = behindRows(product.getLhsContracting()), right = behindRows(product.getRhsContracting());
    left.insert(left.begin(), 0);
    right.insert(right.begin(), 0);
    Value lhs = tapeOf(product.getLhs()), rhs = tapeOf(product.getRhs());
    if (left == ArrayRef<int64_t>{0, 1} && right == left && product.getLhsBatch().empty()) {
      // The rows of all iterations as one dimension: a plain product of matrices.
      for (Value *factor : {&lhs, &rhs}) {
        SmallVector<OpFoldResult> sizes = b.sizes(*factor);
        sizes[1] = b.math().mul(sizes[0], sizes[1]);
        *factor = b.reshape(*factor, ArrayRef(sizes).drop_front());
      }
      left = right = {0};
    }
    Value sum = b.make<ContractOp>(lhs, rhs, behindRows(product.getLhsBatch()), behindRows(product.getRhsBatch()), left, right,
                                   getElementTypeOrSelf(product.getType()));
    if (!one.permutation.empty())
      sum = b.transpose(sum, one.permutation);
    sum = b.cast(sum, captured[one.capture].getType());
    Value &total = captures[one.capture];
    total = total ? b.add(total, sum) : sum;
  }
  reverse.erase();
  reverse = whole;
  builder.setInsertionPoint(body->getTerminator());
  eraseDead(builder, nullptr);
}

LogicalResult Differentiator::visitFor(scf::ForOp op, ValueRange dys) {
  Operation *anchor = builder.getInsertionPoint() == builder.getInsertionBlock()->end() ? nullptr : &*builder.getInsertionPoint();
  Block *block = builder.getInsertionBlock();
  LoopReverser reverser(builder, op);
  if (failed(reverser.build(dys, activity)))
    return failure();
  if (anchor)
    builder.setInsertionPoint(anchor);
  else
    builder.setInsertionPointToEnd(block);
  for (auto [initial, dx] : llvm::zip(op.getInitArgs(), reverser.initials))
    if (activity.contains(initial))
      add(op.getLoc(), initial, dx);
  for (auto [value, dx] : llvm::zip(reverser.captured, reverser.captures))
    add(op.getLoc(), value, dx);
  return success();
}

//===--- while -------------------------------------------------------------===//

// Which result counts the iterations, if one does: it starts at 0, is handed on as it is and grows by 1.
static std::optional<unsigned> findCounter(scf::WhileOp op) {
  for (auto [i, forwarded] : llvm::enumerate(op.getConditionOp().getArgs())) {
    auto argument = dyn_cast<BlockArgument>(forwarded);
    if (!argument || argument.getOwner() != op.getBeforeBody() || !argument.getType().isIndex())
      continue;
    unsigned number = argument.getArgNumber();
    auto next = op.getYieldOp().getOperand(number).getDefiningOp<arith::AddIOp>();
    if (isZeroInteger(op.getInits()[number]) && next && next.getLhs() == op.getAfterArguments()[i] && isOneInteger(next.getRhs()))
      return i;
  }
  return std::nullopt;
}

/// The loop with a counter, as its last result, in place of the old one.
static scf::WhileOp addCounter(OpBuilder &builder, scf::WhileOp op) {
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPoint(op);
  Location loc = op.getLoc();
  SmallVector<Value> inits(op.getInits());
  inits.push_back(arith::ConstantIndexOp::create(builder, loc, 0));
  SmallVector<Type> types(op.getResultTypes());
  types.push_back(builder.getIndexType());
  auto counted = scf::WhileOp::create(builder, loc, types, inits);
  IRMapping mapping;
  op.getBefore().cloneInto(&counted.getBefore(), mapping);
  op.getAfter().cloneInto(&counted.getAfter(), mapping);
  Value before = counted.getBefore().front().addArgument(builder.getIndexType(), loc);
  Value after = counted.getAfter().front().addArgument(builder.getIndexType(), loc);
  counted.getConditionOp().getArgsMutable().append(before);
  builder.setInsertionPoint(counted.getYieldOp());
  Value next = arith::AddIOp::create(builder, loc, after, arith::ConstantIndexOp::create(builder, loc, 1));
  counted.getYieldOp().getResultsMutable().append(next);
  op->replaceAllUsesWith(counted.getResults().drop_back());
  return counted;
}

// How often it ran is known behind it: it is run again as a counted loop, which has a reverse.
LogicalResult Differentiator::visitWhile(scf::WhileOp op, ValueRange dys) {
  Location loc = op.getLoc();
  SetVector<Value> inputs = getInputs(op);
  SmallVector<Value> xs =
      llvm::filter_to_vector(inputs, [&](Value input) { return activity.contains(input) && isFloatTensor(input); });
  if (xs.empty())
    return success();
  std::optional<unsigned> counter = findCounter(op);
  Value count = counter ? op.getResult(*counter) : Value(addCounter(builder, op).getResults().back());
  Operation *last =
      builder.getInsertionPoint() == builder.getInsertionBlock()->begin() ? nullptr : &*std::prev(builder.getInsertionPoint());

  auto zero = arith::ConstantIndexOp::create(builder, loc, 0), one = arith::ConstantIndexOp::create(builder, loc, 1);
  auto loop = scf::ForOp::create(builder, loc, zero, count, one, op.getInits());
  // The ops of the condition's block, on the values that are carried; what it hands on.
  auto cloneCondition = [&](ValueRange values) {
    IRMapping mapping;
    mapping.map(op.getBeforeArguments(), values);
    cloneBody(builder, *op.getBeforeBody(), mapping);
    return mapAll(op.getConditionOp().getArgs(), mapping);
  };
  {
    OpBuilder::InsertionGuard guard(builder);
    Block *body = loop.getBody();
    dropTerminator(body);
    builder.setInsertionPointToStart(body);
    IRMapping mapping;
    mapping.map(op.getAfterArguments(), cloneCondition(loop.getRegionIterArgs()));
    cloneBody(builder, *op.getAfterBody(), mapping);
    scf::YieldOp::create(builder, loc, mapAll(op.getYieldOp().getResults(), mapping));
  }
  SmallVector<Value> ys = cloneCondition(loop.getResults());
  SmallVector<Value> ends(inputs.getArrayRef());
  ends.push_back(count);
  Differentiator inner(builder, ends);
  for (auto [y, dy] : llvm::zip(ys, dys))
    inner.add(loc, y, dy);
  if (failed(inner.run(ys, xs)))
    return failure();
  SmallVector<Value> dxs = llvm::map_to_vector(xs, [&](Value x) { return inner.take(x); });
  eraseDead(builder, last, dxs);
  for (auto [x, dx] : llvm::zip(xs, dxs))
    add(loc, x, dx);
  return success();
}

} // namespace ingot
