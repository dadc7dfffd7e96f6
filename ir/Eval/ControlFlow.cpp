//===- ControlFlow.cpp - Evaluation of calls, branches and loops ---------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ir/Eval/Upstream.h"

#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace ingot;
using namespace ingot::eval;

LogicalResult eval::evaluateUpstream(Operation *op, EvalState &state) {
  for (auto evaluate : {evaluateArith, evaluateTensor, evaluateControlFlow})
    if (std::optional<LogicalResult> result = evaluate(op, state))
      return *result;
  return state.error("the evaluator does not know " + op->getName().getStringRef());
}

static SmallVector<EvalTensor> valuesOf(EvalState &state, ValueRange values) {
  return llvm::map_to_vector(values, [&](Value value) { return state.tensor(value); });
}

static LogicalResult setAll(EvalState &state, ValueRange values, FailureOr<SmallVector<EvalTensor>> tensors) {
  if (failed(tensors))
    return failure();
  for (auto [value, tensor] : llvm::zip_equal(values, *tensors))
    state.set(value, tensor);
  return success();
}

static LogicalResult evaluateCall(func::CallOp op, EvalState &state) {
  auto callee = SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(op, op.getCalleeAttr());
  if (!callee || callee.isExternal() || !callee.getBody().hasOneBlock())
    return state.error("function '" + op.getCallee() + "' has no body of one block");
  return setAll(state, op.getResults(), state.run(callee.getBody().front(), valuesOf(state, op.getOperands())));
}

static LogicalResult evaluateIf(scf::IfOp op, EvalState &state) {
  Region &region = state.index(op.getCondition()) ? op.getThenRegion() : op.getElseRegion();
  if (region.empty())
    return success();
  return setAll(state, op.getResults(), state.run(region.front(), {}));
}

static LogicalResult evaluateFor(scf::ForOp op, EvalState &state) {
  int64_t lower = state.index(op.getLowerBound()), upper = state.index(op.getUpperBound()), step = state.index(op.getStep());
  if (step <= 0)
    return state.error("a loop's step is " + Twine(step));
  SmallVector<EvalTensor> carried = valuesOf(state, op.getInitArgs());
  for (int64_t i = lower; i < upper; i += step) {
    SmallVector<EvalTensor> arguments{EvalTensor::scalar(op.getInductionVar().getType(), i)};
    llvm::append_range(arguments, carried);
    // The loop's own copy would keep a buffer alive that the body replaces.
    carried.clear();
    FailureOr<SmallVector<EvalTensor>> next = state.run(*op.getBody(), arguments);
    if (failed(next))
      return failure();
    carried = std::move(*next);
  }
  return setAll(state, op.getResults(), carried);
}

static LogicalResult evaluateWhile(scf::WhileOp op, EvalState &state) {
  SmallVector<EvalTensor> carried = valuesOf(state, op.getInits());
  while (true) {
    // What the first block yields is the condition and what goes on.
    FailureOr<SmallVector<EvalTensor>> forwarded = state.run(op.getBefore().front(), carried);
    if (failed(forwarded))
      return failure();
    ArrayRef<EvalTensor> values = ArrayRef<EvalTensor>(*forwarded).drop_front();
    if (!forwarded->front().getInt(0))
      return setAll(state, op.getResults(), SmallVector<EvalTensor>(values));
    FailureOr<SmallVector<EvalTensor>> next = state.run(op.getAfter().front(), values);
    if (failed(next))
      return failure();
    carried = std::move(*next);
  }
}

std::optional<LogicalResult> eval::evaluateControlFlow(Operation *op, EvalState &state) {
  if (auto call = dyn_cast<func::CallOp>(op))
    return evaluateCall(call, state);
  if (auto branch = dyn_cast<scf::IfOp>(op))
    return evaluateIf(branch, state);
  if (auto loop = dyn_cast<scf::ForOp>(op))
    return evaluateFor(loop, state);
  if (auto loop = dyn_cast<scf::WhileOp>(op))
    return evaluateWhile(loop, state);
  return std::nullopt;
}
