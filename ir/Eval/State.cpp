//===- State.cpp - Evaluation of blocks, functions and constants ---------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ir/Eval/Elements.h"
#include "ir/Eval/Upstream.h"

#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace ingot;
using namespace ingot::eval;

// No tensor that a model needs is larger; sizes beyond come from broken data, and must not end the process.
static constexpr int64_t kMaxElements = int64_t(1) << 33;

const EvalTensor &EvalState::tensor(Value value) const {
  auto it = values.find(value);
  if (it == values.end())
    llvm::report_fatal_error("the evaluator has no value for an operand");
  return it->second;
}

int64_t EvalState::index(OpFoldResult value) const {
  if (auto attribute = dyn_cast<Attribute>(value))
    return cast<IntegerAttr>(attribute).getInt();
  return index(cast<Value>(value));
}

SmallVector<int64_t> EvalState::integers(ValueRange dynamics, ArrayRef<int64_t> statics) const {
  SmallVector<int64_t> result;
  unsigned next = 0;
  for (int64_t entry : statics)
    result.push_back(ShapedType::isDynamic(entry) ? index(dynamics[next++]) : entry);
  return result;
}

FailureOr<SmallVector<int64_t>> EvalState::sizes(ValueRange dynamics, ArrayRef<int64_t> statics) {
  SmallVector<int64_t> result = integers(dynamics, statics);
  if (failed(checkShape(result)))
    return failure();
  return result;
}

LogicalResult EvalState::checkShape(ArrayRef<int64_t> shape) {
  int64_t count = 1;
  for (int64_t size : shape) {
    if (size < 0)
      return error("a size is negative: " + Twine(size));
    if (size > kMaxElements || llvm::MulOverflow(count, std::max<int64_t>(size, 1), count) || count > kMaxElements)
      return error("a tensor of shape " + describe(shape) + " is too large");
  }
  return success();
}

LogicalResult EvalState::error(const Twine &text) {
  if (message.empty()) {
    message = text.str();
    errorOp = current;
  }
  return failure();
}

LogicalResult EvalState::evaluate(Operation *op) {
  Operation *outer = std::exchange(current, op);
  auto fits = [&](Value value) {
    const EvalTensor &tensor = this->tensor(value);
    auto type = dyn_cast<RankedTensorType>(value.getType());
    if (!type)
      return tensor.getRank() == 0 && tensor.getElementType() == value.getType();
    return tensor.getElementType() == type.getElementType() && succeeded(verifyCompatibleShape(tensor.getShape(), type.getShape()));
  };
  LogicalResult result = failure();
  if (auto eval = dyn_cast<EvalOpInterface>(op))
    result = eval.evaluate(*this);
  else
    result = evaluateUpstream(op, *this);
  if (succeeded(result))
    for (Value value : op->getResults())
      if (!has(value) || !fits(value))
        result = error("the value of result " + Twine(cast<OpResult>(value).getResultNumber()) + " has shape " +
                       (has(value) ? describe(tensor(value).getShape()) : std::string("unknown")) + ", which its type rules out");
  if (failed(result) && message.empty())
    (void)error("cannot be evaluated");
  current = outer;
  return result;
}

const DenseMap<Operation *, SmallVector<Value, 2>> &EvalState::lastUses(Block &block) {
  auto &slot = lastUsesOf[&block];
  if (slot)
    return *slot;
  slot = std::make_unique<DenseMap<Operation *, SmallVector<Value, 2>>>();
  auto add = [&](Value value, Operation *definition) {
    Operation *last = definition;
    for (Operation *user : value.getUsers()) {
      Operation *ancestor = block.findAncestorOpInBlock(*user);
      if (ancestor && (!last || last->isBeforeInBlock(ancestor)))
        last = ancestor;
    }
    if (last)
      (*slot)[last].push_back(value);
  };
  for (Value argument : block.getArguments())
    add(argument, nullptr);
  for (Operation &op : block)
    for (Value result : op.getResults())
      add(result, &op);
  return *slot;
}

FailureOr<SmallVector<EvalTensor>> EvalState::run(Block &block, ArrayRef<EvalTensor> arguments) {
  if (arguments.size() != block.getNumArguments())
    return error("a block gets " + Twine(arguments.size()) + " values for " + Twine(block.getNumArguments()) + " arguments");
  for (auto [argument, value] : llvm::zip(block.getArguments(), arguments))
    set(argument, value);
  const auto &last = lastUses(block);
  for (Operation &op : block) {
    if (op.hasTrait<OpTrait::IsTerminator>()) {
      SmallVector<EvalTensor> results;
      for (Value operand : op.getOperands())
        results.push_back(tensor(operand));
      if (auto it = last.find(&op); it != last.end())
        for (Value value : it->second)
          erase(value);
      return results;
    }
    if (failed(evaluate(&op)))
      return failure();
    if (observer) {
      SmallVector<EvalTensor> results;
      for (Value value : op.getResults())
        results.push_back(tensor(value));
      (*observer)(&op, results);
    }
    if (auto it = last.find(&op); it != last.end())
      for (Value value : it->second)
        erase(value);
  }
  return error("a block without terminator");
}

//===--- Functions ---------------------------------------------------------===//

FailureOr<SmallVector<EvalTensor>> ingot::interpret(func::FuncOp function, ArrayRef<EvalTensor> inputs, std::string &error,
                                                    std::optional<EvalObserver> observer, EvalVariables *variables) {
  if (function.isExternal() || !function.getBody().hasOneBlock()) {
    error = "function '" + function.getName().str() + "' has no body of one block";
    return failure();
  }
  if (inputs.size() != function.getNumArguments()) {
    error = "function '" + function.getName().str() + "' has " + std::to_string(function.getNumArguments()) + " inputs, not " +
            std::to_string(inputs.size());
    return failure();
  }
  for (auto [i, input] : llvm::enumerate(inputs)) {
    auto type = dyn_cast<RankedTensorType>(function.getArgumentTypes()[i]);
    bool fits = type ? input.getElementType() == type.getElementType() &&
                           succeeded(verifyCompatibleShape(input.getShape(), type.getShape()))
                     : input.getElementType() == function.getArgumentTypes()[i];
    if (!fits) {
      llvm::raw_string_ostream(error) << "input " << i << " is " << input.getType() << " instead of "
                                      << function.getArgumentTypes()[i];
      return failure();
    }
  }
  EvalState state;
  state.observer = observer;
  state.variables = variables;
  FailureOr<SmallVector<EvalTensor>> results = state.run(function.getBody().front(), inputs);
  if (failed(results)) {
    llvm::raw_string_ostream os(error);
    if (Operation *op = state.getErrorOp())
      os << op->getName() << " at " << op->getLoc() << ": ";
    os << state.getError();
  }
  return results;
}

//===--- Constants ---------------------------------------------------------===//

LogicalResult ingot::foldByEvaluation(Operation *op, SmallVectorImpl<Attribute> &results, int64_t maxBytes) {
  if (op->getNumResults() == 0 || op->hasTrait<OpTrait::ConstantLike>() || op->hasTrait<OpTrait::IsTerminator>() ||
      op->hasTrait<KnownAtRunTime>() || !isMemoryEffectFree(op))
    return failure();
  auto isTooLarge = [&](int64_t count, Type element) {
    return maxBytes >= 0 && count > maxBytes / EvalTensor::getElementBytes(element);
  };
  for (Type type : op->getResultTypes()) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    if (!EvalTensor::isSupported(getElementTypeOrSelf(type)) || (!tensor && !type.isIntOrIndexOrFloat()))
      return failure();
    if (tensor && tensor.hasStaticShape() && isTooLarge(tensor.getNumElements(), tensor.getElementType()))
      return failure();
  }
  // Captured values would have to be constant as well.
  for (Region &region : op->getRegions())
    if (!region.getOps().empty() && !op->hasTrait<OpTrait::IsIsolatedFromAbove>())
      return failure();
  SmallVector<Attribute> constants;
  for (Value operand : op->getOperands()) {
    Attribute constant;
    if (!matchPattern(operand, m_Constant(&constant)))
      return failure();
    constants.push_back(constant);
  }
  EvalState state;
  for (auto [operand, constant] : llvm::zip(op->getOperands(), constants)) {
    FailureOr<EvalTensor> tensor = EvalTensor::fromAttribute(constant);
    if (failed(tensor))
      return failure();
    state.set(operand, *tensor);
  }
  if (failed(state.evaluate(op)))
    return failure();
  for (Value result : op->getResults())
    if (isTooLarge(state.tensor(result).getNumElements(), state.tensor(result).getElementType()))
      return failure();
  for (Value result : op->getResults())
    results.push_back(state.tensor(result).toAttribute(result.getType()));
  return success();
}

Value ingot::foldByEvaluation(OpBuilder &builder, Operation *op, int64_t maxBytes) {
  SmallVector<Attribute> results;
  if (op->getNumResults() != 1 || failed(foldByEvaluation(op, results, maxBytes)))
    return {};
  Type type = op->getResult(0).getType();
  if (auto elements = dyn_cast<ElementsAttr>(results[0])) {
    Value constant = ConstantOp::create(builder, op->getLoc(), elements);
    return constant.getType() == type ? constant : tensor::CastOp::create(builder, op->getLoc(), type, constant).getResult();
  }
  return arith::ConstantOp::create(builder, op->getLoc(), cast<TypedAttr>(results[0]));
}
