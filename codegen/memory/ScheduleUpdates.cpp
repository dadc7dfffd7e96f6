//===- ScheduleUpdates.cpp - Variables change as soon as they can ----------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A gradient that is used up right behind the kernel that makes it shares its memory with the next one; with all updates at the end of
// a step, every gradient would have its own. So a dispatch that makes the next value of a variable moves up to where its
// operands are there and nobody reads the old value any more, and the few numbers that all updates wait for (the learning rate, whether the
// loss is finite) come as early as they can.
//
//===----------------------------------------------------------------------===//

#include "codegen/Passes.h"
#include "codegen/memory/Variables.h"

namespace ingot {
#define GEN_PASS_DEF_SCHEDULEUPDATES
#include "codegen/Passes.h.inc"
} // namespace ingot

using namespace mlir;

namespace ingot {
namespace {

struct ScheduleUpdatesPass : impl::ScheduleUpdatesBase<ScheduleUpdatesPass> {
  void runOnOperation() override {
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      if (function.isExternal() || function->hasAttr("ingot.kernel"))
        continue;
      bool changes = false;
      for (unsigned i = 0; i < function.getNumArguments(); ++i)
        changes |= function.getArgAttr(i, writtenAttrName) != nullptr;
      if (changes)
        schedule(function);
    }
  }

private:
  // The last op of the block that must come before `op`: what makes its operands, and effects it may not pass.
  static Operation *lastBefore(Operation *op) {
    Block *block = op->getBlock();
    Operation *last = nullptr;
    for (Value operand : op->getOperands()) {
      Operation *source = operand.getDefiningOp();
      if (source && source->getBlock() == block && (!last || last->isBeforeInBlock(source)))
        last = source;
    }
    return last;
  }

  static void moveUp(Operation *op, Operation *last) {
    Block *block = op->getBlock();
    if (last)
      op->moveAfter(last);
    else
      op->moveBefore(block, block->begin());
  }

  static bool isTiny(linalg_ext::DispatchOp dispatch) {
    return llvm::all_of(dispatch->getResults(), [](Value result) {
      auto type = cast<RankedTensorType>(result.getType());
      return type.hasStaticShape() && type.getNumElements() <= 4;
    });
  }

  // Empty tensors, views and arithmetic on sizes stand just where their dispatch was formed: they go ahead of it.
  static void raiseSupport(Operation *op) {
    for (Value operand : op->getOperands()) {
      Operation *source = operand.getDefiningOp();
      if (!source || source->getBlock() != op->getBlock() || !isPure(source) || isa<linalg_ext::DispatchOp>(source) || source->getNumRegions())
        continue;
      raiseSupport(source);
      moveUp(source, lastBefore(source));
    }
  }

  static void schedule(func::FuncOp function) {
    Block &body = function.front();
    Operation *ret = body.getTerminator();
    // Numbers first: in order, so that one that needs another follows it.
    for (Operation &op : llvm::make_early_inc_range(body))
      if (auto dispatch = dyn_cast<linalg_ext::DispatchOp>(op); dispatch && isTiny(dispatch)) {
        raiseSupport(dispatch);
        moveUp(dispatch, lastBefore(dispatch));
      }
    llvm::MapVector<Operation *, SmallVector<BlockArgument, 4>> written; // the variables that a dispatch makes the next values of
    for (auto [i, argument] : llvm::enumerate(variableArguments(function))) {
      if (!argument)
        continue;
      Value value = ret->getOperand(i);
      while (Operation *op = value.getDefiningOp()) {
        if (!isa<tensor::ExpandShapeOp, tensor::CollapseShapeOp, tensor::CastOp>(op))
          break;
        value = op->getOperand(0);
      }
      auto dispatch = value.getDefiningOp<linalg_ext::DispatchOp>();
      if (dispatch && dispatch->getBlock() == &body && !isTiny(dispatch))
        written[dispatch].push_back(function.getArgument(*argument));
    }
    for (auto &[dispatch, variables] : written) {
      raiseSupport(dispatch);
      Operation *last = lastBefore(dispatch);
      // Readers of all variables that it will write come first, or these would be copied.
      for (BlockArgument variable : variables)
        last = later(last, lastReader(variable, dispatch));
      if (!last || last->isBeforeInBlock(dispatch))
        moveUp(dispatch, last);
    }
  }

  static Operation *later(Operation *a, Operation *b) { return !a || (b && a->isBeforeInBlock(b)) ? b : a; }

  static Operation *lastReader(Value variable, Operation *writer) {
    Operation *last = nullptr;
    for (Operation *user : variable.getUsers()) {
      if (user == writer || isa<tensor::DimOp>(user))
        continue;
      Operation *at = writer->getBlock()->findAncestorOpInBlock(*user);
      if (!at || at->hasTrait<OpTrait::IsTerminator>())
        continue;
      last = later(last, at);
      if (isa<tensor::ExpandShapeOp, tensor::CollapseShapeOp, tensor::CastOp, tensor::ExtractSliceOp>(user))
        last = later(last, lastReader(user->getResult(0), writer));
    }
    return last;
  }
};

} // namespace
} // namespace ingot
