//===- PassEnvironment.cpp - The environment reaches kernels ----------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/Passes.h"
#include "codegen/memory/Frame.h"

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
    for (func::CallOp call : sites) {
      int64_t index = calls.size();
      calls.push_back(b.getArrayAttr({b.getStringAttr(call.getCallee()), call.getLoc()}));
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
