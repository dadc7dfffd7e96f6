//===- PlaceVariables.cpp - What changes a variable writes to its memory ---===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A result with `ingot.variable` is what becomes of the argument of that name. The dispatch that makes it gets the argument itself as
// its destination, and moves behind everything else that reads it, so that bufferization finds nothing to copy.
//
//===----------------------------------------------------------------------===//

#include "codegen/Passes.h"
#include "codegen/memory/Variables.h"

#include "mlir/Analysis/SliceAnalysis.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Remarks.h"

namespace ingot {
#define GEN_PASS_DEF_PLACEVARIABLES
#include "codegen/Passes.h.inc"
} // namespace ingot

using namespace mlir;

namespace ingot {

SmallVector<std::optional<unsigned>> variableArguments(func::FuncOp function) {
  DenseMap<Attribute, unsigned> arguments;
  for (unsigned i = 0; i < function.getNumArguments(); ++i)
    if (Attribute name = function.getArgAttr(i, variableAttrName))
      arguments.try_emplace(name, i);
  SmallVector<std::optional<unsigned>> result(function.getNumResults());
  for (unsigned i = 0; i < function.getNumResults(); ++i)
    if (Attribute name = function.getResultAttr(i, variableAttrName))
      if (auto it = arguments.find(name); it != arguments.end())
        result[i] = it->second;
  return result;
}

namespace {

struct PlaceVariablesPass : impl::PlaceVariablesBase<PlaceVariablesPass> {
  void runOnOperation() override {
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      if (function.isExternal() || function->hasAttr("ingot.kernel"))
        continue;
      for (auto [i, argument] : llvm::enumerate(variableArguments(function)))
        if (argument)
          place(function, i, function.getArgument(*argument));
    }
  }

private:
  // The argument under the shape that `value` has before the reshapes that lead to the result.
  static Value reshaped(OpBuilder &b, BlockArgument argument, ArrayRef<Operation *> reshapes) {
    Value value = argument;
    for (Operation *op : reshapes) {
      Location loc = op->getLoc();
      Value source = op->getOperand(0);
      auto type = cast<RankedTensorType>(source.getType());
      if (auto expand = dyn_cast<tensor::ExpandShapeOp>(op))
        value = tensor::CollapseShapeOp::create(b, loc, type, value, expand.getReassociationIndices());
      else if (auto collapse = dyn_cast<tensor::CollapseShapeOp>(op))
        value = tensor::ExpandShapeOp::create(b, loc, type, value, collapse.getReassociationIndices());
      else
        value = tensor::CastOp::create(b, loc, type, value);
    }
    return value;
  }

  void place(func::FuncOp function, unsigned result, BlockArgument argument) {
    Operation *ret = function.front().getTerminator();
    Value value = ret->getOperand(result);
    SmallVector<Operation *> reshapes;
    while (Operation *op = value.getDefiningOp()) {
      bool isReshape = isa<tensor::ExpandShapeOp, tensor::CollapseShapeOp, tensor::CastOp>(op);
      // Sizes that only the run knows stay where they are.
      if (isa<tensor::CollapseShapeOp>(op) && !cast<RankedTensorType>(op->getOperand(0).getType()).hasStaticShape())
        return;
      if (!isReshape)
        break;
      reshapes.push_back(op);
      value = op->getOperand(0);
    }
    auto dispatch = value.getDefiningOp<linalg_ext::DispatchOp>();
    if (!dispatch || dispatch->getBlock() != &function.front() || dispatch.getAccumulates())
      return;
    unsigned output = cast<OpResult>(value).getResultNumber();
    OpOperand &destination = dispatch.getOutputsMutable()[output];
    if (!destination.get().getDefiningOp<tensor::EmptyOp>())
      return;
    if (!moveBehindReaders(dispatch, argument)) {
      remark::missed(dispatch.getLoc(), remark::RemarkOpts::name("PlaceVariables").category("memory"))
          << "a variable is copied: what it becomes is needed before its old value was read for the last time";
      return;
    }
    OpBuilder b(dispatch);
    destination.set(reshaped(b, argument, reshapes));
  }

  // The op of the function's own block that `op` lies in.
  static Operation *inBlock(Operation *op, Block *block) {
    while (op && op->getBlock() != block)
      op = op->getParentOp();
    return op;
  }

  // False where something that needs the new value comes before the last reader of the old one.
  static bool moveBehindReaders(linalg_ext::DispatchOp dispatch, BlockArgument argument) {
    Block *block = dispatch->getBlock();
    Operation *last = nullptr;
    SmallVector<Value> views = {argument};
    while (!views.empty()) {
      Value view = views.pop_back_val();
      for (Operation *user : view.getUsers()) {
        if (user == dispatch || isa<tensor::DimOp>(user))
          continue;
        Operation *at = inBlock(user, block);
        if (at == block->getTerminator())
          continue;
        if (isa<tensor::ExpandShapeOp, tensor::CollapseShapeOp, tensor::CastOp, tensor::ExtractSliceOp>(user))
          views.push_back(user->getResult(0));
        if (!last || last->isBeforeInBlock(at))
          last = at;
      }
    }
    if (!last || last->isBeforeInBlock(dispatch))
      return true;
    // Users of the results, seen through reshapes, which come along.
    SmallVector<Operation *> followers;
    SmallVector<Value> results(dispatch->getResults());
    while (!results.empty()) {
      Value value = results.pop_back_val();
      for (Operation *user : value.getUsers()) {
        Operation *at = inBlock(user, block);
        if (last->isBeforeInBlock(at))
          continue;
        if (!isa<tensor::ExpandShapeOp, tensor::CollapseShapeOp, tensor::CastOp>(user) || user == last)
          return false;
        followers.push_back(user);
        results.push_back(user->getResult(0));
      }
    }
    Operation *at = last;
    dispatch->moveAfter(at);
    at = dispatch;
    for (Operation *follower : followers) {
      follower->moveAfter(at);
      at = follower;
    }
    return true;
  }
};

} // namespace
} // namespace ingot
