//===- PlanMemory.cpp - Entry points and one arena ---------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From `main(inputs...) -> outputs...` on memrefs, two functions of the ABI's form are made. Both begin with the same header: load
// the inputs' sizes, compare them with the types and with each other, compute what follows from them. `plan` then stores the
// sizes of outputs and arena; `run` goes on with the body, whose allocations are views of the arena or of the outputs themselves.
//
//===----------------------------------------------------------------------===//

#include "codegen/Passes.h"
#include "codegen/memory/Arena.h"
#include "codegen/memory/Buffers.h"
#include "codegen/memory/EntryValues.h"
#include "codegen/memory/Frame.h"
#include "codegen/memory/Variables.h"
#include "codegen/memory/Weights.h"

#include "mlir/Dialect/Bufferization/Transforms/BufferViewFlowAnalysis.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"

#include <numeric>

namespace ingot {
#define GEN_PASS_DEF_PLANMEMORY
#include "codegen/Passes.h.inc"
} // namespace ingot

using namespace mlir;

namespace ingot {

Value flatBytes(OpBuilder &b, Location loc, Value pointer) {
  MLIRContext *context = b.getContext();
  Type i64 = b.getI64Type();
  auto array = LLVM::LLVMArrayType::get(i64, 1);
  auto descriptor = LLVM::LLVMStructType::getLiteral(context, {pointer.getType(), pointer.getType(), i64, array, array});
  Value value = LLVM::PoisonOp::create(b, loc, descriptor);
  Value zero = intConstant(b, loc, i64, 0), one = intConstant(b, loc, i64, 1);
  // Nothing reads the size of a flat buffer.
  value = LLVM::InsertValueOp::create(b, loc, value, pointer, ArrayRef<int64_t>{0});
  value = LLVM::InsertValueOp::create(b, loc, value, pointer, ArrayRef<int64_t>{1});
  value = LLVM::InsertValueOp::create(b, loc, value, zero, ArrayRef<int64_t>{2});
  value = LLVM::InsertValueOp::create(b, loc, value, zero, ArrayRef<int64_t>{3, 0});
  value = LLVM::InsertValueOp::create(b, loc, value, one, ArrayRef<int64_t>{4, 0});
  auto type = MemRefType::get({ShapedType::kDynamic}, b.getI8Type());
  return UnrealizedConversionCastOp::create(b, loc, type, value).getResult(0);
}

namespace {

struct Buffer {
  memref::AllocOp alloc;
  Lifetime lifetime;
  int output = -1;         // forwarded: the output's own memory
  bool escapesLoop = false; // reaches the next iteration: every iteration needs memory of its own
  int64_t staticBytes = -1;
};

// What sizes come to for inputs as they often are: one example, a hundred and some steps or pixels. Only decides what is likely to be
// larger than what.
class TypicalSizes {
public:
  void setInput(Value size, bool isFirstOfSeveral) { known[size] = isFirstOfSeveral ? 1 : usual; }

  int64_t operator()(Value value) {
    auto [at, isNew] = known.try_emplace(value, usual);
    if (!isNew)
      return at->second;
    int64_t result = compute(value);
    return known[value] = result;
  }

private:
  static constexpr int64_t usual = 128;

  int64_t compute(Value value) {
    if (std::optional<int64_t> constant = getConstantIntValue(value))
      return *constant;
    Operation *op = value.getDefiningOp();
    if (!op)
      return usual;
    if (isa<arith::IndexCastOp, arith::IndexCastUIOp, arith::ExtSIOp, arith::ExtUIOp, arith::TruncIOp>(op))
      return (*this)(op->getOperand(0));
    if (auto dim = dyn_cast<memref::DimOp>(op)) {
      auto view = dim.getSource().getDefiningOp<memref::ViewOp>();
      std::optional<int64_t> index = dim.getConstantIndex();
      if (!view || !index)
        return usual;
      auto type = view.getType();
      return type.isDynamicDim(*index) ? (*this)(view.getSizes()[type.getDynamicDimIndex(*index)]) : type.getDimSize(*index);
    }
    if (auto select = dyn_cast<arith::SelectOp>(op))
      return std::max((*this)(select.getTrueValue()), (*this)(select.getFalseValue()));
    if (op->getNumOperands() != 2)
      return usual;
    int64_t a = (*this)(op->getOperand(0)), b = (*this)(op->getOperand(1));
    return llvm::TypeSwitch<Operation *, int64_t>(op)
        .Case<arith::AddIOp>([&](auto) { return a + b; })
        .Case<arith::SubIOp>([&](auto) { return a - b; })
        .Case<arith::MulIOp>([&](auto) { return llvm::SaturatingMultiply<uint64_t>(std::abs(a), std::abs(b)) >> 40 ? int64_t(1) << 40 : a * b; })
        .Case<arith::AndIOp>([&](auto) { return a & b; })
        .Case<arith::DivSIOp, arith::DivUIOp, arith::FloorDivSIOp>([&](auto) { return b ? a / b : 0; })
        .Case<arith::CeilDivSIOp, arith::CeilDivUIOp>([&](auto) { return b ? (a + b - 1) / b : 0; })
        .Case<arith::MaxSIOp, arith::MaxUIOp>([&](auto) { return std::max(a, b); })
        .Case<arith::MinSIOp, arith::MinUIOp>([&](auto) { return std::min(a, b); })
        .Default([&](auto) { return usual; });
  }

  DenseMap<Value, int64_t> known;
};

// The header of an entry point, and what it computed.
struct Header {
  Value env, frame;
  Block *body = nullptr; // where the function goes on
  IRMapping inputs;
  TypicalSizes typical;
};

struct PlanMemoryPass : impl::PlanMemoryBase<PlanMemoryPass> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    SmallVector<func::FuncOp> mains;
    for (auto function : module.getOps<func::FuncOp>())
      if (!function.isExternal() && !function->hasAttr("ingot.kernel") && !function->hasAttr("ingot.entry"))
        mains.push_back(function);
    // Functions before their copies for some sizes, which they choose from.
    llvm::stable_sort(
        mains, [](func::FuncOp a, func::FuncOp b) { return !a->hasAttr("ingot.specializes") && b->hasAttr("ingot.specializes"); });
    SmallVector<Attribute> described;
    for (func::FuncOp main : mains)
      if (failed(lower(main, described)))
        return signalPassFailure();
    if (!described.empty())
      module->setAttr("ingot.functions", ArrayAttr::get(&getContext(), described));
  }

private:
  LogicalResult lower(func::FuncOp main, SmallVectorImpl<Attribute> &described);
  void findBuffers(func::FuncOp main);
  void forwardOutputs(func::FuncOp main);
  void dropCopiesOfStates(func::FuncOp main);
  Header buildHeader(func::FuncOp main, StringRef entry);
  void chooseSpecialization(func::FuncOp main, func::FuncOp function, StringRef entry, OpBuilder &b);
  SmallVector<func::FuncOp> specializationsOf(func::FuncOp main);

  // Sizes and layout as an entry point computes them.
  struct Layout {
    Value arenaBytes;
    int64_t liveBytes = 0; // of the buffers of constant size
    SmallVector<Value> offsets; // of each buffer; null: served by the environment
  };
  Layout layOut(EntryValues &values, TypicalSizes &typical, OpBuilder &b, Location loc);
  DictionaryAttr describe(func::FuncOp main, ArrayRef<bool> dataDependent, int64_t arena, int64_t live);

  SmallVector<Buffer> buffers;
};

// The buffer whose whole contents `value` is, seen through changes of shape; null when it is something else.
memref::AllocOp wholeAllocation(Value value) {
  while (Operation *op = value.getDefiningOp()) {
    if (auto alloc = dyn_cast<memref::AllocOp>(op))
      return alloc;
    if (isa<memref::ExpandShapeOp, memref::CollapseShapeOp, memref::CastOp>(op) ||
        (isa<memref::ReinterpretCastOp>(op) && op->hasAttr("ingot.reshape")))
      value = op->getOperand(0);
    else
      return {};
    if (!isa<MemRefType>(value.getType()))
      return {};
  }
  return {};
}

// Whether an op only makes or describes a view: it does not touch the elements.
bool isMetadataOp(Operation *op) {
  return isa<memref::DimOp, memref::ExtractStridedMetadataOp, memref::ExpandShapeOp, memref::CollapseShapeOp, memref::CastOp,
             memref::ReinterpretCastOp, memref::SubViewOp, memref::ViewOp, memref::TransposeOp>(op) ||
         op->hasTrait<OpTrait::IsTerminator>();
}

void PlanMemoryPass::findBuffers(func::FuncOp main) {
  buffers.clear();
  DenseMap<Operation *, Lifetime> moments;
  int64_t now = 0;
  std::function<void(Operation *)> number = [&](Operation *op) {
    Lifetime &span = moments[op];
    span.first = now++;
    int64_t first = span.first;
    for (Region &region : op->getRegions())
      for (Block &block : region)
        for (Operation &inner : block)
          number(&inner);
    moments[op] = {first, now++};
  };
  number(main);
  BufferViewFlowAnalysis flow(main);
  main.walk([&](memref::AllocOp alloc) {
    Buffer buffer;
    buffer.alloc = alloc;
    std::optional<Lifetime> lifetime;
    // Every op that encloses the allocation; what is not among them happens before or after it as a whole.
    SmallPtrSet<Operation *, 8> enclosing;
    for (Operation *op = alloc; op; op = op->getParentOp())
      enclosing.insert(op);
    for (Value alias : flow.resolve(alloc.getMemref())) {
      if (auto argument = dyn_cast<BlockArgument>(alias))
        if (auto loop = dyn_cast<LoopLikeOpInterface>(argument.getOwner()->getParentOp()))
          // The value comes around to an iteration that runs the allocation again.
          if (enclosing.contains(loop) && !isa<scf::WhileOp>(loop.getOperation()))
            buffer.escapesLoop = true;
      if (auto argument = dyn_cast<BlockArgument>(alias))
        if (auto loop = dyn_cast<scf::WhileOp>(argument.getOwner()->getParentOp()))
          if (enclosing.contains(loop) && argument.getOwner() == loop.getBeforeBody())
            buffer.escapesLoop = true;
      for (Operation *user : alias.getUsers()) {
        if (isMetadataOp(user) && !isa<func::ReturnOp>(user))
          continue;
        Operation *span = user;
        for (Operation *op = user; op && !enclosing.contains(op); op = op->getParentOp())
          if (isa<LoopLikeOpInterface>(op))
            span = op;
        Lifetime use = moments[span];
        lifetime = lifetime ? Lifetime{std::min(lifetime->first, use.first), std::max(lifetime->last, use.last)} : use;
      }
    }
    buffer.lifetime = lifetime.value_or(moments[alloc]);
    auto type = alloc.getType();
    if (type.hasStaticShape())
      buffer.staticBytes = llvm::alignTo(std::max<int64_t>(denseBytes(type), 1), 64);
    buffers.push_back(buffer);
  });
}

// A buffer that is returned as a whole lives in the output's memory from the start. It is the caller's, so nothing else can be there.
void PlanMemoryPass::forwardOutputs(func::FuncOp main) {
  Operation *ret = main.front().getTerminator();
  for (OpOperand &operand : ret->getOpOperands()) {
    memref::AllocOp alloc = wholeAllocation(operand.get());
    if (!alloc || alloc->getBlock() != ret->getBlock())
      continue;
    for (Buffer &buffer : buffers)
      if (buffer.alloc == alloc && buffer.output < 0)
        buffer.output = operand.getOperandNumber();
  }
}

// A state that grows and what it becomes are one piece of memory, which the host passes as input and as output.
void PlanMemoryPass::dropCopiesOfStates(func::FuncOp main) {
  auto skipCasts = [](Value value) {
    while (auto cast = value.getDefiningOp<memref::CastOp>())
      value = cast.getSource();
    return value;
  };
  Operation *ret = main.front().getTerminator();
  for (BlockArgument argument : main.getArguments()) {
    auto state = main.getArgAttrOfType<DictionaryAttr>(argument.getArgNumber(), "ingot.state");
    if (!state || state.getAs<IntegerAttr>("axis").getInt() < 0)
      continue;
    memref::AllocOp result;
    for (OpOperand &operand : ret->getOpOperands())
      if (main.getResultAttr(operand.getOperandNumber(), "ingot.state") == main.getArgAttr(argument.getArgNumber(), "ingot.name"))
        result = wholeAllocation(operand.get());
    if (!result || result->getBlock() != ret->getBlock())
      continue;
    SmallVector<memref::CopyOp> copies;
    main.walk([&](memref::CopyOp copy) {
      auto view = skipCasts(copy.getTarget()).getDefiningOp<memref::SubViewOp>();
      if (skipCasts(copy.getSource()) == argument && view && skipCasts(view.getSource()) == result.getMemref() &&
          llvm::all_of(view.getMixedOffsets(), [](OpFoldResult offset) { return getConstantIntValue(offset) == 0; }))
        copies.push_back(copy);
    });
    for (memref::CopyOp copy : copies)
      copy.erase();
  }
}

ArrayRef<Attribute> symbolsOf(func::FuncOp main, unsigned argument) {
  auto list = main.getArgAttrOfType<ArrayAttr>(argument, "ingot.symbols");
  return list ? list.getValue() : ArrayRef<Attribute>();
}

SmallVector<func::FuncOp> PlanMemoryPass::specializationsOf(func::FuncOp main) {
  SmallVector<func::FuncOp> copies;
  for (auto function : getOperation().getOps<func::FuncOp>())
    if (function->getAttr("ingot.specializes") == main.getNameAttr())
      copies.push_back(function);
  return copies;
}

// Leaves `function` for the copy of `main` whose sizes all inputs have; goes on behind otherwise.
void PlanMemoryPass::chooseSpecialization(func::FuncOp main, func::FuncOp function, StringRef entry, OpBuilder &b) {
  Location loc = main.getLoc();
  Type pointer = LLVM::LLVMPointerType::get(b.getContext()), i32 = b.getI32Type(), i64 = b.getI64Type();
  Value frame = function.getArgument(1), dims;
  for (func::FuncOp copy : specializationsOf(main)) {
    if (!dims)
      dims = loadField(b, loc, frame, pointer, offsetof(ingot_frame, input_dims));
    Value chosen;
    int64_t position = 0;
    for (unsigned i = 0; i < main.getNumArguments(); ++i) {
      if (main.getArgAttr(i, constantsArgAttrName))
        continue;
      auto general = cast<MemRefType>(main.getArgument(i).getType()), special = cast<MemRefType>(copy.getArgument(i).getType());
      for (int64_t d = 0; d < general.getRank(); ++d, ++position) {
        if (!general.isDynamicDim(d) || special.isDynamicDim(d))
          continue;
        Value size = loadField(b, loc, dims, i64, 8 * position);
        Value same = LLVM::ICmpOp::create(b, loc, LLVM::ICmpPredicate::eq, size, intConstant(b, loc, i64, special.getDimSize(d)));
        chosen = chosen ? LLVM::AndOp::create(b, loc, chosen, same).getResult() : same;
      }
    }
    if (!chosen)
      continue;
    Block *here = b.getInsertionBlock(), *call = function.addBlock(), *next = function.addBlock();
    b.setInsertionPointToEnd(here);
    cf::CondBranchOp::create(b, loc, chosen, call, ValueRange(), next, ValueRange());
    b.setInsertionPointToStart(call);
    auto result = func::CallOp::create(b, loc, (copy.getName() + "_" + entry).str(), TypeRange{i32}, function.getArguments());
    func::ReturnOp::create(b, loc, result.getResults());
    b.setInsertionPointToStart(next);
  }
}

Header PlanMemoryPass::buildHeader(func::FuncOp main, StringRef entry) {
  MLIRContext *context = &getContext();
  Location loc = main.getLoc();
  OpBuilder b(main);
  Type pointer = LLVM::LLVMPointerType::get(context), i32 = b.getI32Type(), i64 = b.getI64Type();
  auto function = func::FuncOp::create(b, loc, (main.getName() + "_" + entry).str(), b.getFunctionType({pointer, pointer}, {i32}));
  function->setAttr("ingot.entry", b.getStringAttr(entry));
  function->setAttr("ingot.function", b.getStringAttr(main.getName()));
  Block *block = function.addEntryBlock();
  Header header;
  header.env = block->getArgument(0);
  header.frame = block->getArgument(1);
  b.setInsertionPointToStart(block);
  chooseSpecialization(main, function, entry, b);
  block = b.getInsertionBlock();
  Value inputs = loadField(b, loc, header.frame, pointer, offsetof(ingot_frame, inputs));
  Value dims = loadField(b, loc, header.frame, pointer, offsetof(ingot_frame, input_dims));
  Value detail = intConstant(b, loc, i32, -1);
  llvm::StringMap<Value> symbols;
  int64_t position = 0, input = 0;
  SmallVector<std::pair<Value, int64_t>> checks; // wrong when true, and the detail
  for (unsigned i = 0; i < main.getNumArguments(); ++i) {
    auto type = cast<MemRefType>(main.getArgument(i).getType());
    if (main.getArgAttr(i, constantsArgAttrName)) {
      Value constants = loadField(b, loc, header.frame, pointer, offsetof(ingot_frame, constants));
      header.inputs.map(main.getArgument(i), flatBytes(b, loc, constants));
      continue;
    }
    SmallVector<Value> dynamic;
    ArrayRef<Attribute> names = symbolsOf(main, i);
    for (int64_t d = 0; d < type.getRank(); ++d) {
      Value size = loadField(b, loc, dims, i64, 8 * position++);
      Value expected;
      if (!type.isDynamicDim(d)) {
        expected = intConstant(b, loc, i64, type.getDimSize(d));
      } else {
        StringRef name = d < static_cast<int64_t>(names.size()) ? cast<StringAttr>(names[d]).getValue() : StringRef();
        Value *known = name.empty() ? nullptr : &symbols[name];
        if (known && *known)
          expected = *known;
        else if (known)
          *known = size;
        if (!expected)
          header.typical.setInput(size, d == 0 && type.getRank() > 1);
        // Equal dimensions are one value, so that what follows from them is computed once.
        dynamic.push_back(arith::IndexCastOp::create(b, loc, b.getIndexType(), expected ? expected : size));
      }
      if (expected) {
        Value wrong = LLVM::ICmpOp::create(b, loc, LLVM::ICmpPredicate::ne, size, expected);
        checks.push_back({wrong, input * INGOT_MAX_RANK + d});
      }
    }
    Value memory = loadField(b, loc, inputs, pointer, 8 * input++);
    Value zero = arith::ConstantIndexOp::create(b, loc, 0);
    auto plain = MemRefType::get(type.getShape(), type.getElementType());
    auto view = memref::ViewOp::create(b, loc, plain, flatBytes(b, loc, memory), zero, dynamic);
    if (main.getArgAttr(i, writtenAttrName))
      view->setAttr(variableAttrName, main.getArgAttr(i, variableAttrName));
    header.inputs.map(main.getArgument(i), view.getResult());
  }
  header.body = block;
  if (checks.empty())
    return header;
  for (auto &[wrong, code] : llvm::reverse(checks))
    detail = LLVM::SelectOp::create(b, loc, wrong, intConstant(b, loc, i32, code), detail);
  Value failed = LLVM::ICmpOp::create(b, loc, LLVM::ICmpPredicate::ne, detail, intConstant(b, loc, i32, -1));
  Block *wrong = function.addBlock();
  header.body = function.addBlock();
  cf::CondBranchOp::create(b, loc, failed, wrong, ValueRange(), header.body, ValueRange());
  b.setInsertionPointToStart(wrong);
  storeField(b, loc, header.frame, detail, offsetof(ingot_frame, error_detail));
  func::ReturnOp::create(b, loc, intConstant(b, loc, i32, INGOT_ERROR_SHAPE));
  return header;
}

PlanMemoryPass::Layout PlanMemoryPass::layOut(EntryValues &values, TypicalSizes &typical, OpBuilder &b, Location loc) {
  Layout layout;
  layout.offsets.assign(buffers.size(), Value());
  SmallVector<unsigned> fixed, formula;
  SmallVector<Value> bytes;
  for (auto [i, buffer] : llvm::enumerate(buffers)) {
    if (buffer.output >= 0 || buffer.escapesLoop)
      continue;
    if (buffer.staticBytes >= 0) {
      fixed.push_back(i);
    } else if (Value size = values.bytes(buffer.alloc.getMemref())) {
      formula.push_back(i);
      bytes.push_back(size);
    }
  }
  SmallVector<Lifetime> lifetimes;
  SmallVector<int64_t> sizes;
  for (unsigned i : fixed) {
    lifetimes.push_back(buffers[i].lifetime);
    sizes.push_back(buffers[i].staticBytes);
  }
  ArenaLayout placed = placeBuffers(lifetimes, sizes);
  int64_t live = largestLiveBytes(lifetimes, sizes);
  arenaBytes = placed.bytes;
  liveBytes = live;
  layout.liveBytes = live;
  for (auto [k, i] : llvm::enumerate(fixed))
    layout.offsets[i] = values.constant(loc, placed.offsets[k]);
  layout.arenaBytes = values.constant(loc, placed.bytes);
  if (formula.empty())
    return layout;
  lifetimes.clear();
  SmallVector<const void *> kinds;
  SmallVector<int64_t> weights;
  for (auto [k, i] : llvm::enumerate(formula)) {
    lifetimes.push_back(buffers[i].lifetime);
    kinds.push_back(bytes[k].getAsOpaquePointer());
    weights.push_back(llvm::alignTo(std::clamp<int64_t>(typical(bytes[k]), 1, int64_t(1) << 40), 64));
  }
  SmallVector<unsigned> slots = assignSlots(lifetimes, kinds, weights);
  unsigned count = slots.empty() ? 0 : 1 + *llvm::max_element(slots);
  SmallVector<int64_t> slotWeights(count);
  for (auto [k, slot] : llvm::enumerate(slots))
    slotWeights[slot] = std::max(slotWeights[slot], weights[k]);
  auto larger = [&](Value a, Value other) { return a ? (a == other ? a : arith::MaxUIOp::create(b, loc, a, other).getResult()) : other; };

  // All buffers in one stack, those of known sizes as well. Slots behind the known ones take fewer instructions.
  SmallVector<unsigned> all(formula);
  SmallVector<Value> allBytes(bytes);
  SmallVector<int64_t> allWeights(weights);
  SmallVector<Lifetime> allLifetimes(lifetimes);
  for (auto [k, i] : llvm::enumerate(fixed)) {
    all.push_back(i);
    allBytes.push_back(values.constant(loc, sizes[k]));
    allWeights.push_back(sizes[k]);
    allLifetimes.push_back(buffers[i].lifetime);
  }
  ArenaStack stack = stackBuffers(allLifetimes, allWeights);
  if (stack.bytes < std::accumulate(slotWeights.begin(), slotWeights.end(), placed.bytes)) {
    SmallVector<Value> ends(all.size());
    SmallVector<bool> covered(all.size());
    Value start = values.constant(loc, 0);
    for (unsigned k : stack.order) {
      Value offset;
      for (unsigned other : stack.below[k]) {
        offset = larger(offset, ends[other]);
        covered[other] = true;
      }
      layout.offsets[all[k]] = offset = offset ? offset : start;
      ends[k] = arith::AddIOp::create(b, loc, offset, allBytes[k]);
    }
    // What lies under another one ends below it.
    Value end;
    for (auto [k, above] : llvm::enumerate(ends))
      if (!covered[k])
        end = larger(end, above);
    layout.arenaBytes = end;
    return layout;
  }
  SmallVector<Value> slotBytes(count), slotOffsets(count);
  SmallVector<SmallPtrSet<const void *, 4>> seen(count);
  for (auto [k, slot] : llvm::enumerate(slots))
    if (seen[slot].insert(kinds[k]).second)
      slotBytes[slot] = larger(slotBytes[slot], bytes[k]);
  for (unsigned slot = 0; slot < count; ++slot) {
    slotOffsets[slot] = layout.arenaBytes;
    layout.arenaBytes = arith::AddIOp::create(b, loc, layout.arenaBytes, slotBytes[slot]);
  }
  for (auto [k, i] : llvm::enumerate(formula))
    layout.offsets[i] = slotOffsets[slots[k]];
  return layout;
}

LogicalResult PlanMemoryPass::lower(func::FuncOp main, SmallVectorImpl<Attribute> &described) {
  if (!main.getBody().hasOneBlock())
    return main.emitOpError("must be structured control flow in one block; this is an internal error");
  dropCopiesOfStates(main);
  findBuffers(main);
  forwardOutputs(main);
  MLIRContext *context = &getContext();
  Location loc = main.getLoc();
  OpBuilder b(main);
  Type i64 = b.getI64Type(), i32 = b.getI32Type(), pointer = LLVM::LLVMPointerType::get(context);
  Operation *ret = main.front().getTerminator();
  SmallVector<bool> dataDependent(ret->getNumOperands());
  int64_t staticArena = -1, staticLive = -1;

  for (StringRef entry : {"plan", "run"}) {
    Header header = buildHeader(main, entry);
    b.setInsertionPointToEnd(header.body);
    EntryValues values(b, header.inputs);
    // Outputs' sizes; those that depend on data are -1 until `run` knows.
    Value outputDims;
    if (ret->getNumOperands())
      outputDims = loadField(b, loc, header.frame, pointer, offsetof(ingot_frame, output_dims));
    int64_t position = 0;
    SmallVector<int64_t> firstDim;
    for (auto [i, value] : llvm::enumerate(ret->getOperands())) {
      auto type = cast<MemRefType>(value.getType());
      firstDim.push_back(position);
      dataDependent[i] = false;
      for (int64_t d = 0; d < type.getRank(); ++d) {
        Value size = values.size(value, d);
        dataDependent[i] = dataDependent[i] || !size;
        Value stored = size ? arith::IndexCastOp::create(b, loc, i64, size).getResult() : intConstant(b, loc, i64, -1);
        storeField(b, loc, outputDims, stored, 8 * position++);
      }
    }
    for (Buffer &buffer : buffers)
      if (buffer.output >= 0 && dataDependent[buffer.output])
        buffer.output = -1;
    Layout layout = layOut(values, header.typical, b, loc);
    if (entry == "plan") {
      if (std::optional<int64_t> bytes = getConstantIntValue(layout.arenaBytes)) {
        staticArena = *bytes;
        staticLive = layout.liveBytes;
      }
      storeField(b, loc, header.frame, arith::IndexCastOp::create(b, loc, i64, layout.arenaBytes), offsetof(ingot_frame, arena_bytes));
      func::ReturnOp::create(b, loc, intConstant(b, loc, i32, INGOT_OK));
      continue;
    }

    // `run`: memory first, then the body.
    Value arena;
    if (!buffers.empty()) {
      Value reserved = loadField(b, loc, header.frame, i64, offsetof(ingot_frame, arena_bytes));
      Value needed = arith::IndexCastOp::create(b, loc, i64, layout.arenaBytes);
      Value tooSmall = LLVM::ICmpOp::create(b, loc, LLVM::ICmpPredicate::ult, reserved, needed);
      Region *region = header.body->getParent();
      Block *refuse = b.createBlock(region, region->end());
      func::ReturnOp::create(b, loc, intConstant(b, loc, i32, INGOT_ERROR_MEMORY));
      Block *go = b.createBlock(region, region->end());
      b.setInsertionPointToEnd(header.body);
      cf::CondBranchOp::create(b, loc, tooSmall, refuse, ValueRange(), go, ValueRange());
      header.body = go;
      b.setInsertionPointToEnd(go);
      arena = flatBytes(b, loc, loadField(b, loc, header.frame, pointer, offsetof(ingot_frame, arena)));
    }
    SmallVector<Value> outputs;
    Value outputPointers;
    if (ret->getNumOperands())
      outputPointers = loadField(b, loc, header.frame, pointer, offsetof(ingot_frame, outputs));
    for (unsigned i = 0; i < ret->getNumOperands(); ++i)
      outputs.push_back(dataDependent[i] ? Value() : flatBytes(b, loc, loadField(b, loc, outputPointers, pointer, 8 * i)));

    for (auto [i, buffer] : llvm::enumerate(buffers)) {
      memref::AllocOp alloc = buffer.alloc;
      Value memory = buffer.output >= 0 ? outputs[buffer.output] : arena, offset = layout.offsets[i];
      if (buffer.output >= 0)
        offset = values.constant(loc, 0);
      if (!offset)
        continue;
      OpBuilder at(alloc);
      Value view = memref::ViewOp::create(at, alloc.getLoc(), alloc.getType(), memory, offset, alloc.getDynamicSizes());
      alloc.replaceAllUsesWith(view);
      alloc.erase();
    }
    for (BlockArgument argument : main.getArguments())
      argument.replaceAllUsesWith(header.inputs.lookup(argument));

    // What is not in the output's memory yet is copied there.
    b.setInsertionPoint(ret);
    for (auto [i, value] : llvm::enumerate(ret->getOperands())) {
      auto type = cast<MemRefType>(value.getType());
      auto plain = MemRefType::get(type.getShape(), type.getElementType());
      if (llvm::any_of(buffers, [&, i = i](const Buffer &buffer) { return buffer.output == static_cast<int>(i); }))
        continue;
      Value memory = outputs[i];
      if (dataDependent[i]) {
        int64_t element = denseBytes(MemRefType::get({1}, type.getElementType()));
        Value bytes = intConstant(b, loc, i64, element);
        for (int64_t d = 0; d < type.getRank(); ++d) {
          Value size = arith::IndexCastOp::create(b, loc, i64, memref::DimOp::create(b, loc, value, d));
          storeField(b, loc, outputDims, size, 8 * (firstDim[i] + d));
          bytes = LLVM::MulOp::create(b, loc, bytes, size);
        }
        Value callee = loadField(b, loc, header.env, pointer, offsetof(ingot_env, allocate_output));
        Value dims = addressOf(b, loc, outputDims, 8 * firstDim[i]);
        auto signature = LLVM::LLVMFunctionType::get(pointer, {pointer, i32, pointer, i32, i64});
        Value got = LLVM::CallOp::create(b, loc, signature,
                                         ValueRange{callee, header.env, intConstant(b, loc, i32, i), dims,
                                                    intConstant(b, loc, i32, type.getRank()), bytes})
                        .getResult();
        Value null = LLVM::ZeroOp::create(b, loc, pointer);
        Value missing = LLVM::ICmpOp::create(b, loc, LLVM::ICmpPredicate::eq, got, null);
        Value empty = LLVM::ICmpOp::create(b, loc, LLVM::ICmpPredicate::eq, bytes, intConstant(b, loc, i64, 0));
        Value fine = LLVM::XOrOp::create(b, loc, LLVM::AndOp::create(b, loc, missing, LLVM::XOrOp::create(b, loc, empty,
                                         intConstant(b, loc, b.getI1Type(), 1))), intConstant(b, loc, b.getI1Type(), 1));
        linalg_ext::AssertOp::create(b, loc, fine, b.getStringAttr(""));
        memory = flatBytes(b, loc, got);
      }
      Value zero = arith::ConstantIndexOp::create(b, loc, 0);
      Value target = memref::ViewOp::create(b, loc, plain, memory, zero, dynamicSizesOf(b, loc, value));
      memref::CopyOp::create(b, loc, value, target);
    }
    func::ReturnOp::create(b, loc, intConstant(b, loc, i32, INGOT_OK));
    if (!main->hasAttr("ingot.specializes"))
      described.push_back(describe(main, dataDependent, staticArena, staticLive));
    ret->erase();
    header.body->getOperations().splice(header.body->end(), main.front().getOperations());
  }
  main.erase();
  return success();
}

// What the manifest says about the function; its own signature is gone afterwards.
DictionaryAttr PlanMemoryPass::describe(func::FuncOp main, ArrayRef<bool> dataDependent, int64_t arena, int64_t live) {
  Builder b(&getContext());
  auto tensor = [&](MemRefType type, DictionaryAttr attrs, bool depends) -> Attribute {
    NamedAttrList fields;
    if (attrs)
      fields.append(attrs.begin(), attrs.end());
    fields.set("type", TypeAttr::get(RankedTensorType::get(type.getShape(), type.getElementType())));
    if (depends)
      fields.set("data_dependent", b.getUnitAttr());
    return fields.getDictionary(&getContext());
  };
  SmallVector<Attribute> inputs, outputs;
  for (unsigned i = 0; i < main.getNumArguments(); ++i)
    if (!main.getArgAttr(i, constantsArgAttrName))
      inputs.push_back(tensor(cast<MemRefType>(main.getArgument(i).getType()), main.getArgAttrDict(i), false));
  for (unsigned i = 0; i < main.getNumResults(); ++i)
    outputs.push_back(tensor(cast<MemRefType>(main.getResultTypes()[i]), main.getResultAttrDict(i), dataDependent[i]));
  SmallVector<Attribute> copies;
  for (func::FuncOp copy : specializationsOf(main))
    copies.push_back(copy->getAttr("ingot.sizes"));
  return b.getDictionaryAttr({b.getNamedAttr("name", b.getStringAttr(main.getName())),
                              b.getNamedAttr("specializations", b.getArrayAttr(copies)),
                              b.getNamedAttr("inputs", b.getArrayAttr(inputs)), b.getNamedAttr("outputs", b.getArrayAttr(outputs)),
                              b.getNamedAttr("arena_bytes", b.getI64IntegerAttr(copies.empty() ? arena : -1)),
                              b.getNamedAttr("live_bytes", b.getI64IntegerAttr(copies.empty() ? live : -1))});
}

} // namespace
} // namespace ingot
