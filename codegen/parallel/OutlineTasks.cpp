//===- OutlineTasks.cpp - Loops over tasks through the environment ----------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/Passes.h"

#include "mlir/Interfaces/LoopLikeInterface.h"
#include "codegen/memory/Frame.h"

#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Transforms/RegionUtils.h"

namespace ingot {
#define GEN_PASS_DEF_OUTLINETASKS
#include "codegen/Passes.h.inc"
} // namespace ingot

using namespace mlir;

namespace ingot {
namespace {

// Runs the loop in place, one task after another.
void runSerially(scf::ForallOp loop) {
  OpBuilder b(loop);
  Location loc = loop.getLoc();
  SmallVector<Value> lower = loop.getLowerBound(b), upper = loop.getUpperBound(b), step = loop.getStep(b);
  IRMapping mapping;
  for (unsigned d = 0; d < loop.getRank(); ++d) {
    auto each = scf::ForOp::create(b, loc, lower[d], upper[d], step[d]);
    mapping.map(loop.getInductionVar(d), each.getInductionVar());
    b.setInsertionPointToStart(each.getBody());
  }
  for (Operation &op : loop.getBody()->without_terminator())
    b.clone(op, mapping);
  loop.erase();
}

struct OutlineTasksPass : impl::OutlineTasksBase<OutlineTasksPass> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    LowerToLLVMOptions options(&getContext());
    LLVMTypeConverter converter(&getContext(), options);
    types = &converter;
    for (auto function : llvm::make_early_inc_range(module.getOps<func::FuncOp>())) {
      SmallVector<scf::ForallOp> loops;
      function.walk([&](scf::ForallOp loop) { loops.push_back(loop); });
      unsigned count = 0;
      // The walk is in post-order: an inner loop is seen, and made serial, before the one around it is outlined.
      for (scf::ForallOp loop : loops) {
        if (!loop.isNormalized() && loop.getRank() == 1) {
          loop.emitOpError("must count from 0 by 1; this is an internal error");
          return signalPassFailure();
        }
        bool serial = loop->hasAttr("ingot.serial") || loop->getParentOfType<scf::ForallOp>() || loop.getRank() != 1;
        if (serial)
          runSerially(loop);
        else
          outline(function, loop, count++);
      }
      takeScratchOnce(function);
      // Nobody after this pass knows the attribute.
      for (unsigned i = 0; i < function.getNumArguments(); ++i)
        function.removeArgAttr(i, "ingot.turn");
    }
  }

private:
  LLVMTypeConverter *types = nullptr;

  // An allocation on the stack ends with the function (or its `alloca_scope`): in a loop, each iteration would take more of it.
  static void takeScratchOnce(func::FuncOp function) {
    SmallVector<std::pair<memref::AllocaOp, Operation *>> inLoops;
    function.walk([&](memref::AllocaOp op) {
      Operation *outermost = nullptr;
      for (Operation *around = op->getParentOp(); around && !isa<memref::AllocaScopeOp, func::FuncOp>(around); around = around->getParentOp())
        if (isa<LoopLikeOpInterface>(around))
          outermost = around;
      if (outermost && op.getDynamicSizes().empty())
        inLoops.push_back({op, outermost});
    });
    for (auto [op, loop] : inLoops)
      op->moveBefore(loop);
  }

  void outline(func::FuncOp function, scf::ForallOp loop, unsigned number) {
    MLIRContext *context = &getContext();
    Location loc = loop.getLoc();
    OpBuilder b(loop);
    Type pointer = LLVM::LLVMPointerType::get(context), i64 = b.getI64Type();
    SetVector<Value> captured;
    getUsedValuesDefinedAbove(loop.getRegion(), captured);
    // In every other turn a thread runs its tasks from the last to the first.
    Value turn;
    for (BlockArgument argument : function.getArguments())
      if (function.getArgAttr(argument.getArgNumber(), "ingot.turn"))
        captured.insert(turn = argument);
    SmallVector<Value> shared;
    SmallVector<Operation *> cloned;
    SmallVector<Type> fields;
    for (Value v : captured) {
      Operation *def = v.getDefiningOp();
      if (def && def->hasTrait<OpTrait::ConstantLike>()) {
        cloned.push_back(def);
        continue;
      }
      shared.push_back(v);
      fields.push_back(types->convertType(v.getType()));
    }
    auto context_t = LLVM::LLVMStructType::getLiteral(context, fields);

    // body(context, begin, end)
    OpBuilder mb(function);
    auto body = func::FuncOp::create(mb, loc, (function.getName() + "_tasks" + Twine(number)).str(),
                                     mb.getFunctionType({pointer, i64, i64}, {}));
    body.setPrivate();
    body->setAttr("ingot.tasks", mb.getUnitAttr());
    Block *entry = body.addEntryBlock();
    mb.setInsertionPointToStart(entry);
    IRMapping mapping;
    for (Operation *op : cloned)
      mb.clone(*op, mapping);
    for (auto [i, v] : llvm::enumerate(shared)) {
      Value at = LLVM::GEPOp::create(mb, loc, pointer, context_t, entry->getArgument(0), ArrayRef<LLVM::GEPArg>{0, static_cast<int32_t>(i)});
      Value field = LLVM::LoadOp::create(mb, loc, fields[i], at);
      mapping.map(v, fields[i] == v.getType() ? field : UnrealizedConversionCastOp::create(mb, loc, v.getType(), field).getResult(0));
    }
    Value begin = arith::IndexCastOp::create(mb, loc, mb.getIndexType(), entry->getArgument(1));
    Value end = arith::IndexCastOp::create(mb, loc, mb.getIndexType(), entry->getArgument(2));
    Value one = arith::ConstantIndexOp::create(mb, loc, 1);
    Value odd, mirrored;
    if (turn) {
      Value number = arith::IndexCastOp::create(mb, loc, i64, mapping.lookup(turn));
      odd = arith::TruncIOp::create(mb, loc, mb.getI1Type(), number);
      mirrored = arith::AddIOp::create(mb, loc, begin, arith::SubIOp::create(mb, loc, end, one));
    }
    auto each = scf::ForOp::create(mb, loc, begin, end, one);
    OpBuilder inner = OpBuilder::atBlockBegin(each.getBody());
    Value task = each.getInductionVar();
    if (turn)
      task = arith::SelectOp::create(inner, loc, odd, arith::SubIOp::create(inner, loc, mirrored, task), task);
    mapping.map(loop.getInductionVar(0), task);
    for (Operation &op : loop.getBody()->without_terminator())
      inner.clone(op, mapping);
    mb.setInsertionPointToEnd(entry);
    func::ReturnOp::create(mb, loc);
    // Scratch memory is taken once, not by each task anew.
    SmallVector<memref::AllocaOp> scratch;
    each.walk([&](memref::AllocaOp op) {
      if (op.getDynamicSizes().empty())
        scratch.push_back(op);
    });
    for (memref::AllocaOp op : scratch)
      op->moveBefore(entry, entry->begin());

    // The call. With one task, or one thread, the body runs right here.
    OpBuilder top = OpBuilder::atBlockBegin(&function.front());
    Value single = LLVM::ConstantOp::create(top, loc, top.getI32Type(), top.getI32IntegerAttr(1));
    Value memory = LLVM::AllocaOp::create(top, loc, pointer, context_t, single, 16);
    for (auto [i, v] : llvm::enumerate(shared)) {
      Value field = fields[i] == v.getType() ? v : UnrealizedConversionCastOp::create(b, loc, fields[i], v).getResult(0);
      Value at = LLVM::GEPOp::create(b, loc, pointer, context_t, memory, ArrayRef<LLVM::GEPArg>{0, static_cast<int32_t>(i)});
      LLVM::StoreOp::create(b, loc, field, at);
    }
    Value env = function.getArgument(0);
    Value count = loop.getUpperBound(b)[0];
    Value tasks = arith::IndexCastOp::create(b, loc, i64, count);
    Value threads = loadField(b, loc, env, b.getI32Type(), offsetof(ingot_env, thread_count));
    Value many = LLVM::ICmpOp::create(b, loc, LLVM::ICmpPredicate::sgt, tasks, intConstant(b, loc, i64, 1));
    Value several = LLVM::ICmpOp::create(b, loc, LLVM::ICmpPredicate::ugt, threads, intConstant(b, loc, b.getI32Type(), 1));
    Value parallel = LLVM::AndOp::create(b, loc, many, several);
    auto branch = scf::IfOp::create(b, loc, parallel, /*withElseRegion=*/true);
    b.setInsertionPointToStart(branch.thenBlock());
    Value symbol = func::ConstantOp::create(b, loc, body.getFunctionType(), body.getName());
    Value address = UnrealizedConversionCastOp::create(b, loc, pointer, symbol).getResult(0);
    Value callee = loadField(b, loc, env, pointer, offsetof(ingot_env, parallel_for));
    auto signature = LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(context), {pointer, i64, pointer, pointer});
    LLVM::CallOp::create(b, loc, signature, ValueRange{callee, env, tasks, address, memory});
    b.setInsertionPointToStart(branch.elseBlock());
    func::CallOp::create(b, loc, body, ValueRange{memory, intConstant(b, loc, i64, 0), tasks});
    loop.erase();
  }
};

} // namespace
} // namespace ingot
