//===- GuardUpdates.cpp - Algorithms that change all or nothing -------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a model's file calls a training algorithm says what variables become, whatever the numbers are. Here a step that would ruin
// them is made one that changes nothing and says so, like one that `build-training` made.
//
//===----------------------------------------------------------------------===//

#include "passes/Passes.h"
#include "passes/differentiate/TrainingBuilder.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/StringMap.h"

using namespace mlir;

namespace ingot {

#define GEN_PASS_DEF_GUARDUPDATESPASS
#include "passes/Passes.h.inc"

namespace {

struct GuardUpdatesPass : impl::GuardUpdatesPassBase<GuardUpdatesPass> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    module.walk([&](ParameterOp op) { known.try_emplace(op.getName(), op); });
    for (auto function : module.getOps<func::FuncOp>())
      if (auto role = function->getAttrOfType<StringAttr>("ingot.role"); role && role.getValue() == "step")
        guard(function);
    known.clear();
  }

private:
  llvm::StringMap<ParameterOp> known; // one that reads it, in whatever function

  static Value isFinite(TrainingBuilder &b, Value x) {
    return b.compare(Comparison::LT, b.abs(x), b.splat(std::numeric_limits<double>::infinity(), x));
  }

  static Value all(TrainingBuilder &b, Value x) {
    auto reduce = [&](int64_t first) {
      x = b.make<ReduceOp>(ReduceKind::Min, x, llvm::to_vector(llvm::seq<int64_t>(first, rankOf(x))));
    };
    // As a sum of all: first each row by itself.
    if (rankOf(x) > 1)
      reduce(1);
    if (rankOf(x) > 0)
      reduce(0);
    return x;
  }

  void guard(func::FuncOp function) {
    Operation *end = function.front().getTerminator();
    OpBuilder builder(end);
    TrainingBuilder b(builder, function.getLoc());
    llvm::StringMap<Value> before;
    function.walk([&](ParameterOp op) { before.try_emplace(op.getName(), op.getResult()); });
    SmallVector<AssignOp> updates;
    function.walk([&](AssignOp op) { updates.push_back(op); });

    Value good;
    auto require = [&](Value condition) { good = good ? b.make<AndOp>(good, condition) : condition; };
    for (unsigned i = 0; i < function.getNumResults(); ++i)
      if (auto role = function.getResultAttrOfType<StringAttr>(i, "ingot.output_role"); role && role.getValue() == "loss")
        require(isFinite(b, end->getOperand(i)));
    for (AssignOp update : updates) {
      auto parameter = known.find(update.getName());
      if (parameter == known.end())
        continue;
      Value &old = before[update.getName()];
      if (!old) {
        OpBuilder::InsertionGuard inner(builder);
        builder.setInsertionPointToStart(&function.front());
        old = builder.clone(*parameter->second)->getResult(0);
      }
      // What was infinite before, a mask or a bound, may stay so.
      if (isa<FloatType>(elementOf(old)))
        require(all(b, b.make<OrOp>(isFinite(b, b.cast(update.getValue(), old.getType())), b.make<NotOp>(isFinite(b, old)))));
    }
    if (!good)
      return;
    for (AssignOp update : updates)
      if (Value old = before.lookup(update.getName())) {
        Value next = b.choose(good, b.cast(update.getValue(), old.getType()), old);
        builder.setInsertionPoint(end);
        AssignOp::create(builder, update.getLoc(), update.getNameAttr(), next);
        update.erase();
      }

    Value found = b.choose(good, b.scalar(0, builder.getF64Type()), b.scalar(1, builder.getF64Type()));
    unsigned position = function.getNumResults();
    (void)function.insertResult(position, found.getType(),
                                builder.getDictionaryAttr({{"ingot.name", builder.getStringAttr("found_inf")},
                                                           {"ingot.symbols", builder.getArrayAttr({})},
                                                           {"ingot.output_role", builder.getStringAttr("found_inf")}}));
    end->insertOperands(position, found);
  }
};

} // namespace
} // namespace ingot
