//===- ControlFlow.cpp - If, Loop, Scan -----------------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A branch whose condition is known is imported in place. Otherwise bodies are imported into a draft op first, since only the body
// says what the types are, and moved into the final one. A size of a loop's tensor is taken to stay as it is until the body says
// otherwise; then the body is imported again with that size as dynamic. Likewise a loop carries variables that its body changes
// (running statistics) once that is known; branches give them as results.
//
//===----------------------------------------------------------------------===//

#include "frontend/Decoder.h"
#include "frontend/GraphImporter.h"

#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;

namespace ingot {

static bool isInside(Dim dim, Operation *op) {
  auto value = dyn_cast<Value>(dim);
  return value && op->isAncestor(value.getParentRegion()->getParentOp());
}

// Sizes of `v` as far as they are known outside of `op`; null entries else.
static Dims sizesOutside(ImportBuilder &b, Value v, Operation *op) {
  Dims sizes = b.sizes(v);
  for (Dim &size : sizes)
    if (isInside(size, op))
      size = {};
  return sizes;
}

static void setSizes(ImportBuilder &b, Value v, ArrayRef<Dim> sizes) {
  for (auto [dim, size] : llvm::enumerate(sizes))
    if (size)
      b.getDims().setSize(v, dim, size);
}

//===--- If ----------------------------------------------------------------===//

// Branches of different ranks cannot be one value. Exporters write them for "squeeze this dimension if its size is 1", and mean the
// model to be run where it is: the first branch is taken, and a run where the condition does not hold ends with an error.
static Decoded takeThenBranch(NodeReader &node, ImportBuilder &b, const onnx::GraphProto &branch, Value condition) {
  b.create<AssertOp>(condition,
                     b.getStringAttr("the model's results have other ranks for inputs of these sizes: the condition of '" +
                                     node.name() + "' must hold"));
  return node.importSubgraph(branch, {}, b, /*sameBlock=*/true);
}

static Decoded ifNode(NodeReader &node, ImportBuilder &b) {
  const onnx::GraphProto *branches[2] = {node.graph("then_branch"), node.graph("else_branch")};
  if (!branches[0] || !branches[1])
    return node.fail("then_branch or else_branch is missing");
  if (std::optional<int64_t> known = node.constantInt(0))
    return node.importSubgraph(*branches[*known ? 0 : 1], {}, b, /*sameBlock=*/true);
  Value input = node.input(0);
  if (!node.check(llvm::all_of(shapeOf(input), [](int64_t size) { return size == 1 || ShapedType::isDynamic(size); }),
                  "the condition must be one value"))
    return failure();
  Value condition = b.extractScalar(input);
  auto draft = scf::IfOp::create(b, b.getLoc(), condition, /*withElseRegion=*/true);
  SmallVector<Value> values[2];
  SmallVector<Dims> sizes[2];
  GraphImporter &importer = node.getImporter();
  GraphImporter::Changes changes[2];
  for (int i : {0, 1}) {
    OpBuilder::InsertionGuard guard(b);
    DimScope scope(b.getDims());
    Block *block = i == 0 ? draft.thenBlock() : draft.elseBlock();
    b.setInsertionPoint(block->getTerminator());
    importer.enterRegion(changes[i]);
    FailureOr<SmallVector<Value>> results = node.importSubgraph(*branches[i], {}, b, /*sameBlock=*/true);
    importer.leaveRegion();
    if (failed(results))
      return failure();
    values[i] = *results;
    for (Value v : values[i])
      sizes[i].push_back(sizesOutside(b, v, draft));
  }
  if (!node.check(values[0].size() == values[1].size() && values[0].size() >= node.numOutputs(),
                  "the branches give " + Twine(values[0].size()) + " and " + Twine(values[1].size()) + " results"))
    return failure();
  // A branch that leaves a variable alone gives what it was.
  size_t count = values[0].size();
  GraphImporter::Changes changed = changes[0];
  for (auto &entry : changes[1])
    changed.insert(entry);
  for (auto &[name, change] : changed)
    for (int i : {0, 1}) {
      auto found = changes[i].find(name);
      values[i].push_back(found == changes[i].end() ? importer.currentValue(change.first) : found->second.second);
      sizes[i].push_back(b.sizes(change.first.getResult()));
    }

  SmallVector<Type> types;
  SmallVector<Dims> common;
  for (size_t i = 0; i < values[0].size(); ++i) {
    Value left = values[0][i], right = values[1][i];
    if (elementTypeOf(left) != elementTypeOf(right))
      return node.fail("output " + Twine(i) + " has another element type in then_branch than in else_branch");
    if (rankOf(left) != rankOf(right)) {
      draft.erase();
      return takeThenBranch(node, b, *branches[0], condition);
    }
    Dims joined;
    SmallVector<int64_t> shape;
    for (auto [leftSize, rightSize] : llvm::zip(sizes[0][i], sizes[1][i])) {
      joined.push_back(leftSize && rightSize && b.same(leftSize, rightSize) ? leftSize : Dim());
      shape.push_back(joined.back() ? ImportBuilder::known(joined.back()).value_or(ShapedType::kDynamic) : ShapedType::kDynamic);
    }
    common.push_back(joined);
    types.push_back(RankedTensorType::get(shape, elementTypeOf(left)));
  }
  for (int i : {0, 1}) {
    OpBuilder::InsertionGuard guard(b);
    Block *block = i == 0 ? draft.thenBlock() : draft.elseBlock();
    block->getTerminator()->erase();
    b.setInsertionPointToEnd(block);
    SmallVector<Value> yields;
    for (auto [value, type] : llvm::zip(values[i], types))
      yields.push_back(b.castShape(value, cast<RankedTensorType>(type)));
    scf::YieldOp::create(b, b.getLoc(), yields);
  }
  auto op = scf::IfOp::create(b, b.getLoc(), types, condition, /*withElseRegion=*/true);
  op.getThenRegion().takeBody(draft.getThenRegion());
  op.getElseRegion().takeBody(draft.getElseRegion());
  draft.erase();
  for (auto [result, size] : llvm::zip(op.getResults(), common))
    setSizes(b, result, size);
  for (auto [entry, result] : llvm::zip(changed, op.getResults().drop_front(count)))
    importer.assign(entry.second.first, result, b);
  return op.getResults().take_front(count);
}

//===--- Loops -------------------------------------------------------------===//

namespace {

// What one iteration gives: the condition to go on (null: always), the next values of the carried tensors, one slice of each
// collected one.
struct Iteration {
  Value condition;
  SmallVector<Value> carried, slices;
};

using IterationBuilder = llvm::function_ref<FailureOr<Iteration>(Value counter, ValueRange carried)>;

// Where the slices of a collected output go.
struct Collected {
  int64_t axis = 0;
  bool reverse = false;
};

class LoopBuilder {
public:
  LoopBuilder(NodeReader &node, ImportBuilder &b, Dim count, ArrayRef<Value> initials, ArrayRef<Collected> collected)
      : node(node), b(b), count(count), initials(initials), collected(collected) {}

  // Runs `count` times (null: without bound), or as long as `start` (an i1; null: true) and the iterations' conditions hold. The
  // final carried tensors, then the collected ones.
  FailureOr<SmallVector<Value>> build(Value start, IterationBuilder body);

private:
  enum class Draft { Failed, SizesVary, Done };
  Draft tryBody(IterationBuilder body);
  void makeBuffers();
  SmallVector<Value> collectAll(ValueRange buffers, Value counter);
  SmallVector<Value> buildFor();
  SmallVector<Value> buildWhile(Value start);

  NodeReader &node;
  ImportBuilder &b;
  Dim count;
  SmallVector<Value> initials;
  SmallVector<Dims> initialSizes; // null entries where a size varies
  SmallVector<Collected> collected;
  SmallVector<ParameterOp> variables; // that the body changes: the last of `initials`
  scf::ForOp draft;                   // its body is moved to the final loop
  Iteration iteration;                // values in the draft's body
  SmallVector<Dims> sliceSizes;       // null entries where they are not known outside
  SmallVector<Value> buffers;
  bool grows = false; // collected tensors start empty, each iteration appends
};

} // namespace

static RankedTensorType typeOf(ArrayRef<Dim> sizes, Type elementType) {
  SmallVector<int64_t> shape;
  for (Dim size : sizes)
    shape.push_back(size ? ImportBuilder::known(size).value_or(ShapedType::kDynamic) : ShapedType::kDynamic);
  return RankedTensorType::get(shape, elementType);
}

LoopBuilder::Draft LoopBuilder::tryBody(IterationBuilder body) {
  SmallVector<Value> starts;
  for (auto [initial, sizes] : llvm::zip(initials, initialSizes))
    starts.push_back(b.castShape(initial, typeOf(sizes, elementTypeOf(initial))));
  Value bound = count ? b.index(count) : b.index(std::numeric_limits<int64_t>::max());
  draft = scf::ForOp::create(b, b.getLoc(), b.index(0), bound, b.index(1), starts);

  OpBuilder::InsertionGuard guard(b);
  DimScope scope(b.getDims());
  // Without carried tensors the builder has made a terminator.
  if (!draft.getBody()->empty())
    draft.getBody()->getTerminator()->erase();
  b.setInsertionPointToStart(draft.getBody());
  for (auto [arg, sizes] : llvm::zip(draft.getRegionIterArgs(), initialSizes))
    setSizes(b, arg, sizes);
  GraphImporter &importer = node.getImporter();
  GraphImporter::Changes changes;
  ValueRange carried = ValueRange(draft.getRegionIterArgs()).drop_back(variables.size());
  for (auto [variable, now] : llvm::zip(variables, ValueRange(draft.getRegionIterArgs()).take_back(variables.size())))
    changes[variable.getNameAttr()] = {variable, now};
  importer.enterRegion(changes);
  importer.enterLoop(draft.getInductionVar());
  FailureOr<Iteration> result = body(draft.getInductionVar(), carried);
  importer.leaveLoop();
  importer.leaveRegion();
  if (failed(result))
    return Draft::Failed;
  iteration = *result;
  for (auto &[name, change] : changes)
    iteration.carried.push_back(b.castShape(change.second, change.first.getType()));

  bool vary = changes.size() > variables.size();
  for (auto &[name, change] : llvm::drop_begin(changes, variables.size())) {
    variables.push_back(change.first);
    initials.push_back(b.castShape(importer.currentValue(change.first), change.first.getType()));
    initialSizes.push_back(b.sizes(change.first.getResult()));
  }
  for (auto [i, next] : llvm::enumerate(iteration.carried)) {
    Value initial = initials[i];
    if (elementTypeOf(next) != elementTypeOf(initial)) {
      (void)node.fail("carried tensor " + Twine(i) + " changes its element type");
      return Draft::Failed;
    }
    if (rankOf(next) != rankOf(initial)) {
      (void)node.unsupported("carried tensor " + Twine(i) + " begins with rank " + Twine(rankOf(initial)) +
                                 " and goes on with rank " + Twine(rankOf(next)),
                             "give it the same rank in every iteration");
      return Draft::Failed;
    }
    for (auto [dim, size] : llvm::enumerate(initialSizes[i]))
      if (size && !b.same(size, b.size(next, dim))) {
        size = {};
        vary = true;
      }
  }
  if (vary)
    return Draft::SizesVary;
  for (auto [i, next] : llvm::enumerate(iteration.carried))
    next = b.castShape(next, ingot::typeOf(draft.getRegionIterArgs()[i]));
  sliceSizes.clear();
  for (Value slice : iteration.slices)
    sliceSizes.push_back(sizesOutside(b, slice, draft));
  return Draft::Done;
}

// The most iterations whose results are collected in place when not all of them may happen.
static constexpr int64_t kMaxReserved = 4096;

// Collected tensors have room for all iterations where the number is known before the loop, and the slices' sizes are.
void LoopBuilder::makeBuffers() {
  bool knownSizes = llvm::all_of(sliceSizes, [](const Dims &sizes) { return llvm::all_of(sizes, [](Dim d) { return bool(d); }); });
  bool mayStop = static_cast<bool>(iteration.condition);
  bool reserves = count && (!mayStop || (ImportBuilder::known(count) && *ImportBuilder::known(count) <= kMaxReserved));
  grows = !knownSizes || !reserves;
  for (auto [i, sizes] : llvm::enumerate(sliceSizes)) {
    Dims all;
    for (Dim size : sizes)
      all.push_back(size ? size : b.dim(0));
    all.insert(all.begin() + collected[i].axis, grows ? b.dim(0) : b.maxDims(count, b.dim(0)));
    Type elementType = elementTypeOf(iteration.slices[i]);
    Value buffer = b.splat(0, elementType, all);
    if (grows) {
      all = sizes;
      all.insert(all.begin() + collected[i].axis, Dim());
      buffer = b.castShape(buffer, typeOf(all, elementType));
    } else if (b.isKnown(all[collected[i].axis], 0)) {
      // No iteration will ever store into it, but the body's slice does not fit the type of an empty buffer.
      all[collected[i].axis] = Dim();
      buffer = b.castShape(buffer, typeOf(all, elementType));
    }
    buffers.push_back(buffer);
  }
}

// At the end of the body: the buffers with this iteration's slices.
SmallVector<Value> LoopBuilder::collectAll(ValueRange held, Value counter) {
  SmallVector<Value> updated;
  for (auto [slice, sizes] : llvm::zip(iteration.slices, sliceSizes))
    setSizes(b, slice, sizes);
  for (auto [i, buffer] : llvm::enumerate(held)) {
    const Collected &where = collected[i];
    Value row = b.unsqueeze(iteration.slices[i], {where.axis});
    if (!grows) {
      Dim position = counter;
      if (where.reverse)
        position = Dim(arith::SubIOp::create(b, b.getLoc(), b.index(b.subDims(count, b.dim(1))), counter).getResult());
      Dims offsets(rankOf(buffer), b.dim(0));
      offsets[where.axis] = position;
      updated.push_back(b.castShape(b.create<UpdateSliceOp>(buffer, row, offsets), ingot::typeOf(buffer)));
      continue;
    }
    // The first slice is the whole, as the empty start does not have its sizes.
    auto type = ingot::typeOf(buffer);
    Value isFirst = arith::CmpIOp::create(b, b.getLoc(), arith::CmpIPredicate::eq, counter, b.index(0));
    auto choice = scf::IfOp::create(b, b.getLoc(), TypeRange{type}, isFirst, /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(choice.thenBlock());
    scf::YieldOp::create(b, b.getLoc(), b.castShape(row, type));
    b.setInsertionPointToStart(choice.elseBlock());
    SmallVector<Value> parts = {buffer, row};
    if (where.reverse)
      std::swap(parts[0], parts[1]);
    scf::YieldOp::create(b, b.getLoc(), b.castShape(b.concat(parts, where.axis), type));
    updated.push_back(choice.getResult(0));
  }
  return updated;
}

SmallVector<Value> LoopBuilder::buildFor() {
  SmallVector<Value> starts(draft.getInitArgs());
  llvm::append_range(starts, buffers);
  auto loop = scf::ForOp::create(b, b.getLoc(), draft.getLowerBound(), draft.getUpperBound(), draft.getStep(), starts);
  loop.getRegion().takeBody(draft.getRegion());
  OpBuilder::InsertionGuard guard(b);
  DimScope scope(b.getDims());
  Block *block = loop.getBody();
  SmallVector<Value> held;
  for (Value buffer : buffers)
    held.push_back(block->addArgument(buffer.getType(), b.getLoc()));
  b.setInsertionPointToEnd(block);
  SmallVector<Value> yields = iteration.carried;
  llvm::append_range(yields, collectAll(held, loop.getInductionVar()));
  scf::YieldOp::create(b, b.getLoc(), yields);
  return loop.getResults();
}

// The loop carries a counter and the condition before the tensors.
SmallVector<Value> LoopBuilder::buildWhile(Value start) {
  SmallVector<Value> starts = {b.index(0),
                               start ? start : arith::ConstantOp::create(b, b.getLoc(), b.getBoolAttr(true)).getResult()};
  llvm::append_range(starts, draft.getInitArgs());
  llvm::append_range(starts, buffers);
  SmallVector<Type> types = llvm::to_vector(ValueRange(starts).getTypes());
  SmallVector<Location> locations(types.size(), b.getLoc());
  Value bound = draft.getUpperBound();
  auto loop = scf::WhileOp::create(b, b.getLoc(), types, starts);
  OpBuilder::InsertionGuard guard(b);
  DimScope scope(b.getDims());
  Block *before = b.createBlock(&loop.getBefore(), {}, types, locations);
  Value goesOn = before->getArgument(1);
  if (count) {
    Value inBound = arith::CmpIOp::create(b, b.getLoc(), arith::CmpIPredicate::slt, before->getArgument(0), bound);
    goesOn = arith::AndIOp::create(b, b.getLoc(), goesOn, inBound);
  }
  scf::ConditionOp::create(b, b.getLoc(), goesOn, before->getArguments());

  loop.getAfter().takeBody(draft.getRegion());
  Block *after = &loop.getAfter().front();
  after->insertArgument(1u, b.getI1Type(), b.getLoc());
  SmallVector<Value> held;
  for (Value buffer : buffers)
    held.push_back(after->addArgument(buffer.getType(), b.getLoc()));
  b.setInsertionPointToEnd(after);
  Value counter = after->getArgument(0);
  SmallVector<Value> yields = {arith::AddIOp::create(b, b.getLoc(), counter, b.index(1)), b.extractScalar(iteration.condition)};
  llvm::append_range(yields, iteration.carried);
  llvm::append_range(yields, collectAll(held, counter));
  scf::YieldOp::create(b, b.getLoc(), yields);
  return loop.getResults();
}

FailureOr<SmallVector<Value>> LoopBuilder::build(Value start, IterationBuilder body) {
  for (Value initial : initials)
    initialSizes.push_back(b.sizes(initial));
  Draft state;
  while ((state = tryBody(body)) == Draft::SizesVary) {
    draft.erase();
    draft = {};
  }
  if (state == Draft::Failed)
    return failure();
  makeBuffers();
  // A start that is not known makes a counted loop run no times or all.
  SmallVector<Value> results;
  Value iterations;
  if (iteration.condition || !count) {
    if (!iteration.condition) {
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToEnd(draft.getBody());
      iteration.condition = b.scalarInt(1, b.getI1Type());
    }
    results = buildWhile(start);
    iterations = results.front();
    results.erase(results.begin(), results.begin() + 2);
  } else {
    if (start) {
      iterations = arith::SelectOp::create(b, b.getLoc(), start, draft.getUpperBound(), b.index(0));
      draft.getUpperBoundMutable().assign(iterations);
      iterations = b.index(b.maxDims(Dim(iterations), b.dim(0)));
    }
    results = buildFor();
  }
  draft.erase();

  size_t carried = initials.size();
  for (size_t i = 0; i < carried; ++i)
    setSizes(b, results[i], initialSizes[i]);
  for (ParameterOp variable : variables) {
    node.getImporter().assign(variable, results[carried - variables.size()], b);
    results.erase(results.begin() + (carried - variables.size()));
  }
  carried -= variables.size();
  for (size_t i = 0; i < collected.size(); ++i) {
    Value &all = results[carried + i];
    Dims sizes = sliceSizes[i];
    sizes.insert(sizes.begin() + collected[i].axis, grows || !count ? Dim() : b.maxDims(count, b.dim(0)));
    setSizes(b, all, sizes);
    // Room that was not needed is cut off.
    if (!grows && iterations)
      all = b.sliceAlong(all, collected[i].axis, b.dim(0), Dim(iterations));
  }
  return results;
}

static LogicalResult checkTensors(NodeReader &node, ArrayRef<Value> values) {
  for (Value v : values)
    if (!v)
      return node.failed() ? failure() : node.fail("a carried tensor or scan input is missing");
  return success();
}

static bool isConstantTrue(Value v) {
  DenseElementsAttr value;
  return matchPattern(v, m_Constant(&value)) && value.isSplat() && value.getSplatValue<bool>();
}

static Decoded loopNode(NodeReader &node, ImportBuilder &b) {
  const onnx::GraphProto *graph = node.graph("body");
  if (!graph)
    return node.fail("body is missing");
  SmallVector<Value> initials = llvm::to_vector(ArrayRef<Value>(node.inputs()).drop_front(std::min(2u, node.numInputs())));
  size_t outputs = NodeReader::numGraphOutputs(*graph);
  if (!node.check(NodeReader::numGraphInputs(*graph) == initials.size() + 2 && outputs >= initials.size() + 1,
                  "its body takes " + Twine(NodeReader::numGraphInputs(*graph)) + " inputs and gives " + Twine(outputs) +
                      " outputs for " + Twine(initials.size()) + " carried tensors") ||
      failed(checkTensors(node, initials)))
    return failure();
  Dim count;
  if (node.hasInput(0))
    count = b.extractDim(node.input(0));
  Value start;
  if (node.hasInput(1)) {
    if (std::optional<int64_t> known = node.constantInt(1)) {
      if (*known == 0)
        count = b.dim(0);
    } else {
      start = b.extractScalar(node.input(1));
    }
  }
  SmallVector<Collected> collected(outputs - 1 - initials.size());
  LoopBuilder loop(node, b, count, initials, collected);
  FailureOr<SmallVector<Value>> results = loop.build(start, [&](Value counter, ValueRange carried) -> FailureOr<Iteration> {
    // The condition holds whenever an iteration begins.
    SmallVector<Value> args = {b.dimScalar(Dim(counter)), b.scalarInt(1, b.getI1Type())};
    llvm::append_range(args, carried);
    FailureOr<SmallVector<Value>> values = node.importSubgraph(*graph, args, b, /*sameBlock=*/true);
    if (failed(values))
      return failure();
    Iteration iteration;
    if (!isConstantTrue(values->front()))
      iteration.condition = values->front();
    ArrayRef<Value> rest = ArrayRef<Value>(*values).drop_front();
    llvm::append_range(iteration.carried, rest.take_front(initials.size()));
    llvm::append_range(iteration.slices, rest.drop_front(initials.size()));
    return iteration;
  });
  return results;
}

//===--- Scan --------------------------------------------------------------===//

namespace {

struct ScanInput {
  Value value;
  int64_t axis = 0;
  bool reverse = false;
};

} // namespace

static FailureOr<SmallVector<Value>> buildScan(NodeReader &node, ImportBuilder &b, const onnx::GraphProto &graph,
                                               ArrayRef<Value> states, ArrayRef<ScanInput> scanned, ArrayRef<Collected> collected) {
  Dim count = b.size(scanned[0].value, scanned[0].axis);
  for (const ScanInput &input : scanned)
    if (ImportBuilder::known(b.size(input.value, input.axis)))
      count = b.size(input.value, input.axis);
  LoopBuilder loop(node, b, count, states, collected);
  return loop.build(Value(), [&](Value counter, ValueRange carried) -> FailureOr<Iteration> {
    SmallVector<Value> args(carried);
    for (const ScanInput &input : scanned) {
      Dim position = counter;
      if (input.reverse)
        position = Dim(arith::SubIOp::create(b, b.getLoc(), b.index(b.subDims(count, b.dim(1))), counter).getResult());
      args.push_back(b.pick(input.value, input.axis, position));
    }
    FailureOr<SmallVector<Value>> values = node.importSubgraph(graph, args, b, /*sameBlock=*/true);
    if (failed(values))
      return failure();
    Iteration iteration;
    llvm::append_range(iteration.carried, ArrayRef<Value>(*values).take_front(states.size()));
    llvm::append_range(iteration.slices, ArrayRef<Value>(*values).drop_front(states.size()));
    return iteration;
  });
}

static FailureOr<const onnx::GraphProto *> readScanBody(NodeReader &node, size_t states, size_t scanned) {
  const onnx::GraphProto *graph = node.graph("body");
  if (!graph)
    return node.fail("body is missing");
  if (!node.check(NodeReader::numGraphInputs(*graph) == states + scanned && NodeReader::numGraphOutputs(*graph) >= states,
                  "its body takes " + Twine(NodeReader::numGraphInputs(*graph)) + " inputs and gives " +
                      Twine(NodeReader::numGraphOutputs(*graph)) + " outputs for " + Twine(states) + " states and " +
                      Twine(scanned) + " scan inputs"))
    return failure();
  return graph;
}

static Decoded scanNode(NodeReader &node, ImportBuilder &b) {
  SmallVector<Value> inputs = node.inputs();
  int64_t numScanned = node.i("num_scan_inputs", 1), numStates = static_cast<int64_t>(inputs.size()) - numScanned;
  if (!node.check(numScanned >= 1 && numStates >= 0, "num_scan_inputs does not fit the inputs") ||
      failed(checkTensors(node, inputs)))
    return failure();
  FailureOr<const onnx::GraphProto *> graph = readScanBody(node, numStates, numScanned);
  if (failed(graph))
    return failure();
  int64_t numCollected = NodeReader::numGraphOutputs(**graph) - numStates;
  SmallVector<int64_t> inputAxes = node.ints("scan_input_axes", SmallVector<int64_t>(numScanned, 0));
  SmallVector<int64_t> inputDirections = node.ints("scan_input_directions", SmallVector<int64_t>(numScanned, 0));
  SmallVector<int64_t> outputAxes = node.ints("scan_output_axes", SmallVector<int64_t>(numCollected, 0));
  SmallVector<int64_t> outputDirections = node.ints("scan_output_directions", SmallVector<int64_t>(numCollected, 0));
  if (!node.check(static_cast<int64_t>(inputAxes.size()) == numScanned &&
                      static_cast<int64_t>(inputDirections.size()) == numScanned &&
                      static_cast<int64_t>(outputAxes.size()) == numCollected &&
                      static_cast<int64_t>(outputDirections.size()) == numCollected,
                  "the axes or directions do not fit the scan inputs and outputs"))
    return failure();
  SmallVector<ScanInput> scanned;
  for (int64_t i = 0; i < numScanned; ++i) {
    Value value = inputs[numStates + i];
    if (!node.checkRank(value, 1))
      return failure();
    scanned.push_back({value, node.normalizeAxis(inputAxes[i], rankOf(value)), inputDirections[i] != 0});
  }
  SmallVector<Collected> collected;
  for (int64_t i = 0; i < numCollected; ++i) {
    // A negative axis needs the rank that the body only says when it is imported.
    int64_t axis = outputAxes[i];
    if (axis < 0) {
      RankedTensorType declared = node.graphOutputType(**graph, numStates + i);
      if (!declared)
        return node.unsupported("a negative scan output axis of a tensor whose rank is not declared", "use a positive axis");
      axis = node.normalizeAxis(axis, declared.getRank() + 1);
    }
    collected.push_back({axis, outputDirections[i] != 0});
  }
  if (node.failed())
    return failure();
  return buildScan(node, b, **graph, ArrayRef<Value>(inputs).take_front(numStates), scanned, collected);
}

// Version 8 runs a scan for each entry of a batch; all tensors have the batch as first dimension, the scan's is the second.
static Decoded batchedScan(NodeReader &node, ImportBuilder &b) {
  if (node.hasInput(0))
    return node.unsupported("Scan with sequence_lens", "convert the model to opset 9 or later");
  SmallVector<Value> inputs = llvm::to_vector(ArrayRef<Value>(node.inputs()).drop_front());
  int64_t numScanned = node.i("num_scan_inputs", 1), numStates = static_cast<int64_t>(inputs.size()) - numScanned;
  if (!node.check(numScanned >= 1 && numStates >= 0, "num_scan_inputs does not fit the inputs") ||
      failed(checkTensors(node, inputs)))
    return failure();
  FailureOr<const onnx::GraphProto *> graph = readScanBody(node, numStates, numScanned);
  if (failed(graph))
    return failure();
  SmallVector<int64_t> directions = node.ints("directions", SmallVector<int64_t>(numScanned, 0));
  if (!node.check(static_cast<int64_t>(directions.size()) == numScanned, "directions does not fit the scan inputs"))
    return failure();
  for (auto [i, input] : llvm::enumerate(inputs))
    if (!node.checkRank(input, static_cast<int64_t>(i) < numStates ? 1 : 2))
      return failure();
  SmallVector<Collected> inner(NodeReader::numGraphOutputs(**graph) - numStates), outer(NodeReader::numGraphOutputs(**graph));
  LoopBuilder batch(node, b, b.size(inputs[0], 0), {}, outer);
  return batch.build(Value(), [&](Value counter, ValueRange) -> FailureOr<Iteration> {
    SmallVector<Value> states;
    SmallVector<ScanInput> scanned;
    for (auto [i, input] : llvm::enumerate(inputs)) {
      Value entry = b.pick(input, 0, Dim(counter));
      if (static_cast<int64_t>(i) < numStates)
        states.push_back(entry);
      else
        scanned.push_back({entry, 0, directions[i - numStates] != 0});
    }
    FailureOr<SmallVector<Value>> results = buildScan(node, b, **graph, states, scanned, inner);
    if (failed(results))
      return failure();
    return Iteration{{}, {}, *results};
  });
}

void registerControlFlow(DecoderTable &table) {
  table.on("If", 1, ifNode);
  table.on("Loop", 1, loopNode);
  table.on("Scan", 8, batchedScan);
  table.on("Scan", 9, scanNode);
}

} // namespace ingot
