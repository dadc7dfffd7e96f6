//===- FormState.cpp - Inputs that the context keeps from run to run -----------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A pair of an input and the output that takes its place in the next run becomes a slot of the context's state. Where the output is
// the input with more rows along an axis (a cache of keys or values), the slot is stored with that axis first: what is valid is
// then the beginning of its memory, and new rows are written behind it without moving anything.
//
//===----------------------------------------------------------------------===//

#include "passes/Passes.h"
#include "passes/Utils.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;

namespace ingot {

#define GEN_PASS_DEF_FORMSTATEPASS
#include "passes/Passes.h.inc"

namespace {

/// One entry INPUT=OUTPUT[:CAPACITY[:AXIS]].
struct StateEntry {
  StringRef text, input, output;
  std::optional<int64_t> capacity, axis;

  static std::optional<StateEntry> parse(StringRef text) {
    StateEntry entry;
    entry.text = text;
    StringRef rest = text;
    // Names may hold colons: only numbers at the end are capacity and axis.
    SmallVector<int64_t, 2> numbers;
    while (numbers.size() < 2) {
      auto [before, last] = rest.rsplit(':');
      int64_t value;
      if (before.size() == rest.size() || last.getAsInteger(10, value) || value < 0)
        break;
      numbers.insert(numbers.begin(), value);
      rest = before;
    }
    std::tie(entry.input, entry.output) = rest.split('=');
    if (entry.input.empty() || entry.output.empty() || entry.input.count('*') > 1 ||
        entry.input.count('*') != entry.output.count('*'))
      return std::nullopt;
    if (!numbers.empty())
      entry.capacity = numbers[0];
    if (numbers.size() > 1)
      entry.axis = numbers[1];
    if (entry.capacity && *entry.capacity == 0)
      return std::nullopt;
    return entry;
  }

  /// The output that belongs to input `name`; nothing when the entry does not mean this input.
  std::optional<std::string> outputOf(StringRef name) const {
    if (!input.contains('*'))
      return name == input ? std::optional<std::string>(output.str()) : std::nullopt;
    auto [head, tail] = input.split('*');
    if (name.size() < head.size() + tail.size() || !name.starts_with(head) || !name.ends_with(tail))
      return std::nullopt;
    auto [before, after] = output.split('*');
    return (before + name.drop_front(head.size()).drop_back(tail.size()) + after).str();
  }
};

/// A pair that was found.
struct Slot {
  const StateEntry *entry;
  unsigned argument, result;
};

Value skipCasts(Value value) {
  while (auto cast = value.getDefiningOp<tensor::CastOp>())
    value = cast.getSource();
  return value;
}

StringRef nameOf(Attribute name) {
  auto text = dyn_cast_or_null<StringAttr>(name);
  return text ? text.getValue() : StringRef();
}

class StateFormer {
public:
  StateFormer(func::FuncOp func, ArrayRef<StateEntry> entries) : func(func), entries(entries) {}

  LogicalResult run() {
    if (failed(findSlots()))
      return failure();
    for (const Slot &slot : slots)
      if (failed(form(slot)))
        return failure();
    moveToEnd();
    return success();
  }

private:
  InFlightDiagnostic error(const StateEntry &entry) { return emitError(func.getLoc()) << "--state " << entry.text << ": "; }

  LogicalResult findSlots() {
    SmallVector<const StateEntry *> owners(func.getNumArguments(), nullptr);
    for (const StateEntry &entry : entries) {
      bool found = false;
      for (unsigned i = 0; i < func.getNumArguments(); ++i) {
        StringRef name = nameOf(func.getArgAttr(i, "ingot.name"));
        std::optional<std::string> output = entry.outputOf(name);
        if (!output)
          continue;
        found = true;
        if (owners[i])
          return error(entry) << "the input '" << name << "' is state by --state " << owners[i]->text << " already";
        owners[i] = &entry;
        std::optional<unsigned> result;
        for (unsigned r = 0; r < func.getNumResults(); ++r)
          if (nameOf(func.getResultAttr(r, "ingot.name")) == *output)
            result = r;
        if (!result)
          return error(entry) << "the model has no output '" << *output << "' for the input '" << name << "'";
        for (const Slot &other : slots)
          if (other.result == *result)
            return error(entry) << "the output '" << *output << "' belongs to two inputs";
        slots.push_back({&entry, i, *result});
      }
      if (!found)
        return error(entry) << "the model has no input " << (entry.input.contains('*') ? "like '" : "'") << entry.input << "'";
    }
    return success();
  }

  LogicalResult form(const Slot &slot) {
    const StateEntry &entry = *slot.entry;
    BlockArgument argument = func.getArgument(slot.argument);
    auto in = dyn_cast<RankedTensorType>(argument.getType());
    Operation *ret = func.front().getTerminator();
    auto out = dyn_cast<RankedTensorType>(ret->getOperand(slot.result).getType());
    StringRef input = nameOf(func.getArgAttr(slot.argument, "ingot.name")),
              output = nameOf(func.getResultAttr(slot.result, "ingot.name"));
    if (!in || !out || in.getElementType() != out.getElementType() || in.getRank() != out.getRank())
      return error(entry) << "'" << input << "' and '" << output << "' differ in type: " << argument.getType() << " and "
                          << ret->getOperand(slot.result).getType();
    auto concat = skipCasts(ret->getOperand(slot.result)).getDefiningOp<ConcatOp>();
    int64_t axis = -1;
    if (concat && skipCasts(concat.getInputs().front()) == argument &&
        llvm::count_if(concat.getInputs(), [&](Value v) { return skipCasts(v) == argument; }) == 1)
      axis = concat.getAxis();
    if (axis < 0) {
      if (entry.capacity)
        return error(entry) << "a capacity is given, but '" << output << "' is not '" << input
                            << "' with more rows behind it (Concat)";
      for (auto [dim, size] : llvm::enumerate(in.getShape()))
        if (!ShapedType::isDynamic(size) && !ShapedType::isDynamic(out.getDimSize(dim)) && size != out.getDimSize(dim))
          return error(entry) << "'" << output << "' cannot take the place of '" << input << "': dimension " << dim << " is "
                              << out.getDimSize(dim) << ", not " << size;
      describe(slot, output, axis, 0);
      return success();
    }
    if (entry.axis && *entry.axis != axis)
      return error(entry) << "'" << output << "' grows along axis " << axis << ", not " << *entry.axis;
    if (!in.isDynamicDim(axis))
      return error(entry) << "the input '" << input << "' always has " << in.getDimSize(axis) << " rows along axis " << axis
                          << "; export the model with a dynamic dimension there";
    if (!entry.capacity)
      return error(entry) << "'" << output << "' grows along axis " << axis << ": say how far, as in " << entry.text << ":1024";
    storeAxisFirst(slot, concat, axis);
    describe(slot, output, axis, *entry.capacity);
    return success();
  }

  void describe(const Slot &slot, StringRef output, int64_t axis, int64_t capacity) {
    Builder b(func.getContext());
    SmallVector<NamedAttribute> fields = {b.getNamedAttr("output", b.getStringAttr(output)),
                                          b.getNamedAttr("axis", b.getI64IntegerAttr(axis)),
                                          b.getNamedAttr("capacity", b.getI64IntegerAttr(capacity))};
    func.setArgAttr(slot.argument, "ingot.state", b.getDictionaryAttr(fields));
    func.setResultAttr(slot.result, "ingot.state", func.getArgAttr(slot.argument, "ingot.name"));
  }

  /// Argument and result with `axis` in front; everything else sees them through transposes.
  void storeAxisFirst(const Slot &slot, ConcatOp concat, int64_t axis) {
    BlockArgument argument = func.getArgument(slot.argument);
    Operation *ret = func.front().getTerminator();
    if (axis == 0) {
      ret->setOperand(slot.result, concat.getResult());
      return;
    }
    auto type = cast<RankedTensorType>(argument.getType());
    Permutation to = {axis}, back(type.getRank());
    for (int64_t d = 0; d < type.getRank(); ++d)
      if (d != axis)
        to.push_back(d);
    for (auto [to_, from] : llvm::enumerate(to))
      back[from] = to_;
    SmallVector<int64_t> shape;
    for (int64_t d : to)
      shape.push_back(type.getDimSize(d));
    argument.setType(RankedTensorType::get(shape, type.getElementType()));
    OpBuilder b = OpBuilder::atBlockBegin(&func.front());
    Location loc = concat.getLoc();
    Value old = buildTranspose(b, argument.getLoc(), argument, back);
    old.setType(type);
    argument.replaceUsesWithIf(old, [&](OpOperand &use) { return use.getOwner() != old.getDefiningOp(); });
    for (Operation *user : llvm::make_early_inc_range(old.getUsers()))
      if (auto dim = dyn_cast<tensor::DimOp>(user))
        if (std::optional<int64_t> index = dim.getConstantIndex()) {
          OpBuilder at(dim);
          dim.replaceAllUsesWith(tensor::DimOp::create(at, dim.getLoc(), argument, back[*index]).getResult());
          dim.erase();
        }
    b.setInsertionPoint(concat);
    SmallVector<Value> inputs = {argument};
    for (Value input : concat.getInputs().drop_front())
      inputs.push_back(buildTranspose(b, loc, input, to));
    Value stored = ConcatOp::create(b, loc, inputs, 0);
    Value result = buildTranspose(b, loc, stored, back);
    if (result.getType() != concat.getType())
      result = tensor::CastOp::create(b, loc, concat.getType(), result);
    ret->setOperand(slot.result, stored);
    concat.getResult().replaceAllUsesWith(result);
    concat.erase();
    auto permute = [&](Attribute attr) -> Attribute {
      auto symbols = dyn_cast_or_null<ArrayAttr>(attr);
      if (!symbols || symbols.size() != to.size())
        return attr;
      SmallVector<Attribute> moved;
      for (int64_t d : to)
        moved.push_back(symbols[d]);
      return ArrayAttr::get(func.getContext(), moved);
    };
    if (Attribute symbols = func.getArgAttr(slot.argument, "ingot.symbols"))
      func.setArgAttr(slot.argument, "ingot.symbols", permute(symbols));
    if (Attribute symbols = func.getResultAttr(slot.result, "ingot.symbols"))
      func.setResultAttr(slot.result, "ingot.symbols", permute(symbols));
  }

  /// State comes after what the caller passes, in one order among inputs and outputs.
  void moveToEnd() {
    SmallVector<unsigned> arguments, results;
    for (unsigned i = 0; i < func.getNumArguments(); ++i)
      if (!func.getArgAttr(i, "ingot.state"))
        arguments.push_back(i);
    for (unsigned i = 0; i < func.getNumResults(); ++i)
      if (!func.getResultAttr(i, "ingot.state"))
        results.push_back(i);
    llvm::sort(slots, [](const Slot &a, const Slot &b) { return a.argument < b.argument; });
    for (const Slot &slot : slots) {
      arguments.push_back(slot.argument);
      results.push_back(slot.result);
    }
    Block &body = func.front();
    Operation *ret = body.getTerminator();
    SmallVector<Attribute> argumentAttrs, resultAttrs;
    SmallVector<Type> types;
    SmallVector<Value> returned;
    unsigned count = func.getNumArguments();
    for (unsigned i : arguments) {
      BlockArgument old = body.getArgument(i);
      argumentAttrs.push_back(func.getArgAttrDict(i) ? func.getArgAttrDict(i) : DictionaryAttr::get(func.getContext()));
      old.replaceAllUsesWith(body.addArgument(old.getType(), old.getLoc()));
    }
    body.eraseArguments(0, count);
    for (unsigned i : results) {
      resultAttrs.push_back(func.getResultAttrDict(i) ? func.getResultAttrDict(i) : DictionaryAttr::get(func.getContext()));
      types.push_back(ret->getOperand(i).getType());
      returned.push_back(ret->getOperand(i));
    }
    ret->setOperands(returned);
    func.setFunctionType(FunctionType::get(func.getContext(), body.getArgumentTypes(), types));
    func.setAllArgAttrs(argumentAttrs);
    func.setAllResultAttrs(resultAttrs);
  }

  func::FuncOp func;
  ArrayRef<StateEntry> entries;
  SmallVector<Slot> slots;
};

struct FormStatePass : impl::FormStatePassBase<FormStatePass> {
  using Base::Base;

  void runOnOperation() override {
    if (states.empty())
      return;
    SmallVector<StateEntry> entries;
    for (const std::string &text : states) {
      std::optional<StateEntry> entry = StateEntry::parse(text);
      if (!entry) {
        emitError(getOperation()->getLoc()) << "--state " << text << ": expected INPUT=OUTPUT or INPUT=OUTPUT:CAPACITY, "
                                            << "for example past_*=present_*:1024";
        return signalPassFailure();
      }
      entries.push_back(*entry);
    }
    getOperation()->walk([&](func::FuncOp func) {
      if (func.isPublic() && !func.isExternal() && failed(StateFormer(func, entries).run()))
        signalPassFailure();
    });
  }
};

} // namespace

} // namespace ingot
