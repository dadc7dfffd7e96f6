//===- ExpandMath.cpp - Elementary functions as polynomials -----------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/Passes.h"
#include "codegen/cpu/MathExpansions.h"

#include "mlir/IR/Matchers.h"

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
    getOperation().walk(divideAtOnce);
    SmallVector<Operation *> functions;
    getOperation().walk([&](Operation *op) {
      if (isa<math::MathDialect>(op->getDialect()) || isa<arith::RemFOp>(op))
        functions.push_back(op);
    });
    for (Operation *op : functions) {
      FailureOr<Value> value = expandMath(op, {fma, scalef});
      if (failed(value)) {
        op->emitOpError("has no expansion for ") << op->getResult(0).getType() << "; this is an internal error";
        return signalPassFailure();
      }
      if (*value)
        replace(op, *value);
    }
    // Conversions last: the expansions contain some. Those to and from double are taken apart once more.
    for (int round = 0; round < 2; ++round) {
      SmallVector<Operation *> conversions;
      getOperation().walk([&](Operation *op) {
        if (isa<arith::ExtFOp, arith::TruncFOp, arith::SIToFPOp, arith::UIToFPOp>(op) || (isa<vector::FMAOp>(op) && !fma))
          conversions.push_back(op);
      });
      for (Operation *op : conversions) {
        if (auto product = dyn_cast<vector::FMAOp>(op)) {
          OpBuilder b(op);
          Value both = arith::MulFOp::create(b, op->getLoc(), product.getLhs(), product.getRhs());
          replace(op, arith::AddFOp::create(b, op->getLoc(), both, product.getAcc()));
        } else if (Value value = expandConversion(op, /*f16c=*/fma)) {
          replace(op, value);
        }
      }
    }
  }

private:
  // x * sigmoid(x) as x / (1 + exp(-x)): one rounding less, and one step less to wait for. Not where the bits of the product must not depend on
  // what else the kernel does with sigmoid(x).
  static void divideAtOnce(arith::MulFOp product) {
    Type element = getElementTypeOrSelf(product.getType());
    if ((!element.isF32() && !element.isF64()) || !arith::bitEnumContainsAny(product.getFastmath(), arith::FastMathFlags::contract))
      return;
    for (auto [quotient, factor] : {std::pair(product.getRhs(), product.getLhs()), std::pair(product.getLhs(), product.getRhs())}) {
      auto division = quotient.getDefiningOp<arith::DivFOp>();
      auto sum = division ? division.getRhs().getDefiningOp<arith::AddFOp>() : nullptr;
      if (!sum || !division->hasOneUse() || !matchPattern(division.getLhs(), m_OneFloat()))
        continue;
      if (!sum.getLhs().getDefiningOp<math::ExpOp>() && !sum.getRhs().getDefiningOp<math::ExpOp>())
        continue;
      OpBuilder b(product);
      replace(product, arith::DivFOp::create(b, product.getLoc(), factor, sum.getResult()));
      division->erase();
      return;
    }
  }

  static void replace(Operation *op, Value value) {
    op->getResult(0).replaceAllUsesWith(value);
    op->erase();
  }
};

} // namespace
} // namespace ingot
