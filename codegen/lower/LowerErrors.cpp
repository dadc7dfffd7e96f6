//===- LowerErrors.cpp - Failing checks leave the entry point ---------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Runs when control flow is unstructured: any point can branch to the function's end.
//
//===----------------------------------------------------------------------===//

#include "codegen/Passes.h"
#include "codegen/emit/NodeTable.h"
#include "codegen/memory/Buffers.h"
#include "codegen/memory/Frame.h"
#include "codegen/memory/Weights.h"

namespace ingot {
#define GEN_PASS_DEF_LOWERERRORS
#include "codegen/Passes.h.inc"
} // namespace ingot

using namespace mlir;

namespace ingot {
namespace {

struct LowerErrorsPass : impl::LowerErrorsBase<LowerErrorsPass> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    NodeTable nodes(module);
    SmallVector<Attribute> messages;
    for (auto function : module.getOps<func::FuncOp>()) {
      SmallVector<Operation *> ops;
      function.walk([&](Operation *op) {
        if (isa<linalg_ext::AssertOp, cf::AssertOp, memref::AllocOp>(op))
          ops.push_back(op);
      });
      if (ops.empty())
        continue;
      if (!function->hasAttr("ingot.entry")) {
        ops.front()->emitOpError("outside of an entry point; this is an internal error");
        return signalPassFailure();
      }
      for (Operation *op : ops) {
        OpBuilder b(op);
        if (auto alloc = dyn_cast<memref::AllocOp>(op)) {
          allocate(function, alloc);
          continue;
        }
        Value condition = op->getOperand(0);
        StringRef message = isa<cf::AssertOp>(op) ? cast<cf::AssertOp>(op).getMsg() : cast<linalg_ext::AssertOp>(op).getMessage();
        int64_t index = -1;
        if (!message.empty()) {
          Attribute text = b.getStringAttr(message);
          auto known = llvm::find(messages, text);
          index = known - messages.begin();
          if (known == messages.end())
            messages.push_back(text);
        }
        leaveUnless(function, op, condition, message.empty() ? INGOT_ERROR_MEMORY : INGOT_ERROR_ASSERT, nodes.indexOf(op->getLoc()), index);
        op->erase();
      }
    }
    nodes.store(module);
    module->setAttr("ingot.messages", ArrayAttr::get(&getContext(), messages));
  }

private:
  // Branches out of the function in front of `op` when `condition` does not hold.
  void leaveUnless(func::FuncOp function, Operation *op, Value condition, int32_t code, int32_t node, int32_t detail) {
    Location loc = op->getLoc();
    Block *block = op->getBlock();
    Block *rest = block->splitBlock(op);
    OpBuilder b(function.getContext());
    Block *leave = b.createBlock(&function.getBody(), function.getBody().end());
    Type i32 = b.getI32Type();
    Value frame = function.getArgument(1);
    storeField(b, loc, frame, intConstant(b, loc, i32, node), offsetof(ingot_frame, error_node));
    storeField(b, loc, frame, intConstant(b, loc, i32, detail), offsetof(ingot_frame, error_detail));
    func::ReturnOp::create(b, loc, intConstant(b, loc, i32, code));
    b.setInsertionPointToEnd(block);
    cf::CondBranchOp::create(b, loc, condition, rest, ValueRange(), leave, ValueRange());
  }

  void allocate(func::FuncOp function, memref::AllocOp alloc) {
    OpBuilder b(alloc);
    Location loc = alloc.getLoc();
    Type pointer = LLVM::LLVMPointerType::get(b.getContext()), i64 = b.getI64Type();
    auto type = alloc.getType();
    SmallVector<int64_t> known;
    for (int64_t size : type.getShape())
      known.push_back(ShapedType::isDynamic(size) ? 1 : size);
    Value bytes = intConstant(b, loc, i64, denseBytes(MemRefType::get(known, type.getElementType())));
    for (Value size : alloc.getDynamicSizes())
      bytes = LLVM::MulOp::create(b, loc, bytes, arith::IndexCastOp::create(b, loc, i64, size));
    // An empty buffer has an address too, so that NULL always means failure.
    bytes = LLVM::UMaxOp::create(b, loc, bytes, intConstant(b, loc, i64, 1));
    Value env = function.getArgument(0);
    Value callee = loadField(b, loc, env, pointer, offsetof(ingot_env, allocate));
    auto signature = LLVM::LLVMFunctionType::get(pointer, {pointer, i64});
    Value memory = LLVM::CallOp::create(b, loc, signature, ValueRange{callee, env, bytes}).getResult();
    Value got = LLVM::ICmpOp::create(b, loc, LLVM::ICmpPredicate::ne, memory, LLVM::ZeroOp::create(b, loc, pointer));
    Value zero = arith::ConstantIndexOp::create(b, loc, 0);
    Value view = memref::ViewOp::create(b, loc, type, flatBytes(b, loc, memory), zero, alloc.getDynamicSizes());
    alloc.replaceAllUsesWith(view);
    leaveUnless(function, zero.getDefiningOp(), got, INGOT_ERROR_MEMORY, -1, -1);
    alloc.erase();
  }
};

} // namespace
} // namespace ingot
