//===- PassEnvironment.cpp - The environment reaches kernels ----------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Kernels get the environment as an argument, and entry points tell its profile which kernel begins or ends. That is also how a host learns
// that a gradient is ready while the function still runs: with each call stands which variables nothing behind it looks at.
//
//===----------------------------------------------------------------------===//

#include "codegen/Passes.h"
#include "codegen/memory/Frame.h"
#include "codegen/memory/Variables.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace ingot {
#define GEN_PASS_DEF_PASSENVIRONMENT
#include "codegen/Passes.h.inc"
} // namespace ingot

using namespace mlir;

namespace ingot {
namespace {

struct PassEnvironmentPass : impl::PassEnvironmentBase<PassEnvironmentPass> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    MLIRContext *context = &getContext();
    Type pointer = LLVM::LLVMPointerType::get(context);
    for (auto function : module.getOps<func::FuncOp>())
      if (function->hasAttr("ingot.kernel"))
        if (failed(function.insertArgument(0, pointer, {}, function.getLoc())))
          return signalPassFailure();
    SmallVector<Attribute> calls;
    SymbolTable symbols(module);
    SmallVector<func::FuncOp> functions;
    for (auto function : module.getOps<func::FuncOp>())
      if (!function.isExternal() && (function->hasAttr("ingot.kernel") || function->hasAttr("ingot.entry")))
        functions.push_back(function);
    for (func::FuncOp function : functions)
      pass(symbols, function, calls);
    module->setAttr("ingot.calls", ArrayAttr::get(context, calls));
  }

private:
  // A place in an entry point at which the profile is told of kernels that begin or end.
  struct Mark {
    Operation *before;
    SmallVector<std::pair<int64_t, int>, 2> events; // index of the call, and whether it begins
  };

  void pass(const SymbolTable &symbols, func::FuncOp function, SmallVectorImpl<Attribute> &calls) {
    SmallVector<func::CallOp> sites;
    function.walk([&](func::CallOp call) {
      auto callee = symbols.lookup<func::FuncOp>(call.getCallee());
      if (callee && callee->hasAttr("ingot.kernel"))
        sites.push_back(call);
    });
    if (sites.empty())
      return;
    OpBuilder b(function.getContext());
    Location loc = function.getLoc();
    Value env = function.getArgument(0);
    for (func::CallOp call : sites)
      call->insertOperands(0, env);
    if (!function->hasAttr("ingot.entry"))
      return;
    b.setInsertionPointToStart(&function.front());
    Type pointer = env.getType(), i32 = b.getI32Type();
    auto signature = LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(b.getContext()), {pointer, i32, i32});
    Value profile = loadField(b, loc, env, pointer, offsetof(ingot_env, profile));
    Value null = LLVM::ZeroOp::create(b, loc, pointer);
    Value wanted = LLVM::ICmpOp::create(b, loc, LLVM::ICmpPredicate::ne, profile, null);
    std::vector<Mark> marks;
    llvm::MapVector<Operation *, SmallVector<Attribute>> finished = findFinished(function, sites);
    for (func::CallOp call : sites) {
      int64_t index = calls.size();
      calls.push_back(b.getArrayAttr({b.getStringAttr(call.getCallee()), call.getLoc(), b.getArrayAttr(finished.lookup(call))}));
      // The end of one kernel and the beginning of the next are told at once where nothing happens between them.
      if (marks.empty() || !follows(marks.back().before, call))
        marks.push_back({call, {}});
      marks.back().before = call;
      marks.back().events.push_back({index, 1});
      marks.push_back({call->getNextNode(), {{index, 0}}});
    }
    // From the end to the beginning: a block is split at its last mark, so that each op moves once.
    for (Mark &mark : llvm::reverse(marks)) {
      Location where = mark.before->getLoc();
      b.setInsertionPoint(mark.before);
      if (mark.before->getParentOp() == function) {
        Block *block = mark.before->getBlock(), *rest = block->splitBlock(mark.before);
        Block *when = b.createBlock(rest);
        b.setInsertionPointToEnd(block);
        cf::CondBranchOp::create(b, where, wanted, when, ValueRange(), rest, ValueRange());
        b.setInsertionPointToEnd(when);
        cf::BranchOp::create(b, where, rest);
        b.setInsertionPointToStart(when);
      } else {
        b.setInsertionPointToStart(scf::IfOp::create(b, where, wanted, /*withElseRegion=*/false).thenBlock());
      }
      for (auto [index, begin] : mark.events)
        LLVM::CallOp::create(b, where, signature,
                             ValueRange{profile, env, intConstant(b, loc, i32, index), intConstant(b, loc, i32, begin)});
    }
  }

  // Ops that read or write the memory of `view`, by way of other views of it; false where it is not known where it goes.
  static bool collectUses(Value view, llvm::SetVector<Operation *> &uses) {
    for (Operation *user : view.getUsers()) {
      if (user->hasTrait<OpTrait::IsTerminator>() || isa<memref::ExtractAlignedPointerAsIndexOp>(user))
        return false;
      if (!isMemoryEffectFree(user)) {
        uses.insert(user);
        continue;
      }
      for (Value result : user->getResults())
        if (isa<MemRefType>(result.getType()) && !collectUses(result, uses))
          return false;
    }
    return true;
  }

  static bool isReachable(Block *from, Block *to) {
    llvm::SetVector<Block *> seen(from->succ_begin(), from->succ_end());
    for (size_t i = 0; i < seen.size(); ++i)
      seen.insert(seen[i]->succ_begin(), seen[i]->succ_end());
    return seen.contains(to);
  }

  // For calls of kernels the variables which nothing that runs behind them looks at.
  static llvm::MapVector<Operation *, SmallVector<Attribute>> findFinished(func::FuncOp function, ArrayRef<func::CallOp> sites) {
    llvm::MapVector<Operation *, SmallVector<Attribute>> finished;
    llvm::MapVector<Attribute, llvm::SetVector<Operation *>> uses;
    llvm::DenseSet<Attribute> lost;
    function.walk([&](memref::ViewOp view) {
      if (Attribute variable = view->getAttr(variableAttrName))
        if (!collectUses(view, uses[variable]))
          lost.insert(variable);
    });
    llvm::SmallPtrSet<Operation *, 32> isSite(sites.begin(), sites.end());
    for (auto &[variable, ops] : uses) {
      llvm::MapVector<Block *, Operation *> last;
      for (Operation *op : ops) {
        Operation *at = function.getBody().findAncestorOpInRegion(*op);
        Operation *&known = last[at->getBlock()];
        if (!known || known->isBeforeInBlock(at))
          known = at;
      }
      for (auto [block, op] : last) {
        if (lost.contains(variable) || llvm::any_of(last, [&, block = block](auto &other) { return isReachable(block, other.first); }))
          continue;
        while (op && !isSite.contains(op))
          op = op->getNextNode();
        if (op)
          finished[op].push_back(variable);
      }
    }
    return finished;
  }

  // Whether `call` comes after `op` or is it, with nothing but computations of addresses and sizes on the way.
  static bool follows(Operation *op, Operation *call) {
    if (op->getBlock() != call->getBlock())
      return false;
    for (; op != call; op = op->getNextNode())
      if (!op || !isMemoryEffectFree(op))
        return false;
    return true;
  }
};

} // namespace
} // namespace ingot
