//===- ExpandMath.cpp - Elementary functions as polynomials -----------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/Passes.h"
#include "codegen/cpu/MathExpansions.h"

namespace ingot {
#define GEN_PASS_DEF_EXPANDMATH
#include "codegen/Passes.h.inc"
} // namespace ingot

using namespace mlir;

namespace ingot {
namespace {

struct ExpandMathPass : impl::ExpandMathBase<ExpandMathPass> {
  using Base::Base;

  void runOnOperation() override {
    SmallVector<Operation *> ops;
    getOperation().walk([&](Operation *op) {
      if (isa<math::MathDialect>(op->getDialect()) || isa<arith::RemFOp>(op))
        ops.push_back(op);
    });
    for (Operation *op : ops) {
      FailureOr<Value> value = expandMath(op, fma);
      if (failed(value)) {
        op->emitOpError("has no expansion for ") << op->getResult(0).getType() << "; this is an internal error";
        return signalPassFailure();
      }
      if (!*value)
        continue; // LLVM has an instruction for it
      op->getResult(0).replaceAllUsesWith(*value);
      op->erase();
    }
  }
};

} // namespace
} // namespace ingot
