//===- FreezeParameters.cpp - Variables that nothing trains are constants -===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ir/Eval/Eval.h"
#include "passes/Passes.h"

using namespace mlir;

namespace ingot {

#define GEN_PASS_DEF_FREEZEPARAMETERSPASS
#include "passes/Passes.h.inc"

namespace {

struct FreezeParametersPass : impl::FreezeParametersPassBase<FreezeParametersPass> {
  void runOnOperation() override {
    getOperation()->walk([](Operation *op) {
      OpBuilder b(op);
      if (isa<AssignOp>(op)) {
        op->erase();
      } else if (auto parameter = dyn_cast<ParameterOp>(op)) {
        parameter.replaceAllUsesWith(ConstantOp::create(b, op->getLoc(), parameter.getValue()).getResult());
        op->erase();
      } else if (auto scalar = dyn_cast<StepScalarOp>(op)) {
        // The evaluator knows what it is without a runtime.
        EvalState state;
        if (failed(state.evaluate(op)))
          return;
        ElementsAttr value = state.tensor(scalar.getResult()).toElements();
        scalar.replaceAllUsesWith(ConstantOp::create(b, op->getLoc(), value).getResult());
        op->erase();
      }
    });
  }
};

} // namespace

} // namespace ingot
