//===- SettleVariables.cpp - Variables are arguments and no results --------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/Passes.h"
#include "codegen/memory/Variables.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/Remarks.h"

namespace ingot {
#define GEN_PASS_DEF_SETTLEVARIABLES
#include "codegen/Passes.h.inc"
} // namespace ingot

using namespace mlir;

namespace ingot {
namespace {

struct SettleVariablesPass : impl::SettleVariablesBase<SettleVariablesPass> {
  void runOnOperation() override {
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (!function.isExternal() && !function->hasAttr("ingot.kernel"))
        settle(function);
  }

private:
  // The memory that a view is of.
  static Value rootOf(Value value) {
    while (Operation *op = value.getDefiningOp()) {
      if (!isa<memref::CastOp, memref::ExpandShapeOp, memref::CollapseShapeOp, memref::ReinterpretCastOp, memref::SubViewOp>(op))
        break;
      value = op->getOperand(0);
    }
    return value;
  }

  static void settle(func::FuncOp function) {
    Operation *ret = function.front().getTerminator();
    llvm::BitVector dropped(function.getNumResults());
    struct Copy {
      Value source;
      BlockArgument target;
    };
    SmallVector<Copy> copies;
    for (auto [i, argument] : llvm::enumerate(variableArguments(function))) {
      if (!argument)
        continue;
      dropped.set(i);
      BlockArgument target = function.getArgument(*argument);
      Value value = ret->getOperand(i);
      if (rootOf(value) != target)
        copies.push_back({value, target});
    }
    if (dropped.none())
      return;
    OpBuilder b(ret);
    Location loc = function.getLoc();
    // A variable that becomes what another one was: that must be read before anything is written.
    for (Copy &copy : copies)
      if (auto source = dyn_cast<BlockArgument>(rootOf(copy.source)); source && llvm::any_of(copies, [&](const Copy &other) { return other.target == source; })) {
        auto type = cast<MemRefType>(copy.source.getType());
        SmallVector<Value> sizes;
        for (int64_t dim = 0; dim < type.getRank(); ++dim)
          if (type.isDynamicDim(dim))
            sizes.push_back(memref::DimOp::create(b, loc, copy.source, dim));
        Value kept = memref::AllocOp::create(b, loc, MemRefType::get(type.getShape(), type.getElementType()), sizes);
        memref::CopyOp::create(b, loc, copy.source, kept);
        copy.source = kept;
      }
    for (Copy &copy : copies) {
      remark::missed(loc, remark::RemarkOpts::name("SettleVariables").category("memory"))
          << "the variable '" << cast<StringAttr>(function.getArgAttr(copy.target.getArgNumber(), variableAttrName)).getValue()
          << "' is copied to its memory";
      memref::CopyOp::create(b, loc, copy.source, copy.target);
    }
    SmallVector<Value> kept;
    for (unsigned i = 0; i < ret->getNumOperands(); ++i)
      if (!dropped.test(i))
        kept.push_back(ret->getOperand(i));
    ret->setOperands(kept);
    (void)function.eraseResults(dropped);
  }
};

} // namespace
} // namespace ingot
