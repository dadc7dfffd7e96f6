//===- ExpandGradients.cpp - The ops that only training says ------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/Passes.h"
#include "passes/differentiate/Gradients.h"

#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;

namespace ingot {

#define GEN_PASS_DEF_EXPANDGRADIENTSPASS
#define GEN_PASS_DEF_DROPGRADIENTMARKSPASS
#include "passes/Passes.h.inc"

namespace {

struct ExpandGradientsPass : impl::ExpandGradientsPassBase<ExpandGradientsPass> {
  void runOnOperation() override {
    // In the order of execution, so that a gradient of a gradient finds the inner one expanded.
    SmallVector<GradOp> grads;
    getOperation()->walk([&](GradOp op) { grads.push_back(op); });
    for (GradOp op : grads) {
      OpBuilder builder(op);
      FailureOr<SmallVector<Value>> results = buildGradients(builder, op.getYs(), op.getCotangents(), op.getXs());
      if (failed(results))
        return signalPassFailure();
      for (auto [old, value] : llvm::zip(op.getResults(), *results)) {
        if (value.getType() != old.getType())
          value = tensor::CastOp::create(builder, op.getLoc(), old.getType(), value);
        old.replaceAllUsesWith(value);
      }
      op.erase();
    }
    if (grads.empty())
      markAllAnalysesPreserved();
  }
};

struct DropGradientMarksPass : impl::DropGradientMarksPassBase<DropGradientMarksPass> {
  void runOnOperation() override {
    getOperation()->walk([](Operation *op) {
      if (!isa<StopGradientOp, StraightThroughOp>(op))
        return;
      op->getResult(0).replaceAllUsesWith(op->getOperand(0));
      op->erase();
    });
  }
};

} // namespace
} // namespace ingot
