//===- PassEnvironment.cpp - The environment reaches kernels ----------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/Passes.h"
#include "codegen/memory/Frame.h"

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
    for (auto function : module.getOps<func::FuncOp>())
      if (!function.isExternal() && (function->hasAttr("ingot.kernel") || function->hasAttr("ingot.entry")))
        pass(module, function, calls);
    module->setAttr("ingot.calls", ArrayAttr::get(context, calls));
  }

private:
  void pass(ModuleOp module, func::FuncOp function, SmallVectorImpl<Attribute> &calls) {
    SmallVector<func::CallOp> sites;
    SymbolTable symbols(module);
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
    for (func::CallOp call : sites) {
      int64_t index = calls.size();
      calls.push_back(b.getArrayAttr({b.getStringAttr(call.getCallee()), call.getLoc()}));
      for (int begin : {1, 0}) {
        begin ? b.setInsertionPoint(call) : b.setInsertionPointAfter(call);
        auto when = scf::IfOp::create(b, call.getLoc(), wanted, /*withElseRegion=*/false);
        b.setInsertionPointToStart(when.thenBlock());
        LLVM::CallOp::create(b, call.getLoc(), signature,
                             ValueRange{profile, env, intConstant(b, loc, i32, index), intConstant(b, loc, i32, begin)});
      }
    }
  }
};

} // namespace
} // namespace ingot
