//===- ToLinalg.cpp - The pass `to-linalg` ------------------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One dialect conversion: every `ingot` op is illegal, and tensors of bool and of unsigned integers become tensors of signless
// bytes and integers, in signatures and `scf` ops as well. What the elements of an argument or result were stays in the attribute
// `ingot.element`, for the manifest.
//
//===----------------------------------------------------------------------===//

#include "ir/LinalgExt/LinalgExt.h"
#include "passes/Passes.h"
#include "passes/lower/Lowering.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Func/Transforms/FuncConversions.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/SCF/Transforms/Patterns.h"

namespace ingot {
#define GEN_PASS_DEF_TOLINALGPASS
#include "passes/Passes.h.inc"
} // namespace ingot

using namespace mlir;

namespace ingot {
namespace {

/// Notes element types that the conversion changes.
void recordElements(func::FuncOp function) {
  auto changed = [](Type type) -> TypeAttr {
    auto tensor = dyn_cast<RankedTensorType>(type);
    if (!tensor || lower::storageType(tensor.getElementType()) == tensor.getElementType())
      return {};
    return TypeAttr::get(tensor.getElementType());
  };
  for (auto [i, type] : llvm::enumerate(function.getArgumentTypes()))
    if (TypeAttr element = changed(type))
      function.setArgAttr(i, "ingot.element", element);
  for (auto [i, type] : llvm::enumerate(function.getResultTypes()))
    if (TypeAttr element = changed(type))
      function.setResultAttr(i, "ingot.element", element);
}

struct ToLinalgPass : impl::ToLinalgPassBase<ToLinalgPass> {
  using ToLinalgPassBase::ToLinalgPassBase;

  void getDependentDialects(DialectRegistry &registry) const override {
    ToLinalgPassBase::getDependentDialects(registry);
    registry.insert<linalg_ext::LinalgExtDialect>();
  }

  void runOnOperation() override {
    MLIRContext *context = &getContext();
    getOperation()->walk(recordElements);
    lower::decompose(getOperation());

    TypeConverter types;
    types.addConversion([](Type type) { return type; });
    types.addConversion([](IntegerType type) -> Type { return type.isUnsigned() ? lower::storageType(type) : Type(type); });
    types.addConversion([](RankedTensorType type) -> Type {
      return RankedTensorType::get(type.getShape(), lower::storageType(type.getElementType()), type.getEncoding());
    });

    ConversionTarget target(*context);
    target.addLegalDialect<linalg::LinalgDialect, math::MathDialect, linalg_ext::LinalgExtDialect>();
    target.addIllegalDialect<IngotDialect>();
    target.addLegalOp<ModuleOp>();
    target.addDynamicallyLegalDialect<arith::ArithDialect, tensor::TensorDialect>([&](Operation *op) { return types.isLegal(op); });
    target.addDynamicallyLegalOp<func::FuncOp>(
        [&](func::FuncOp op) { return types.isSignatureLegal(op.getFunctionType()) && types.isLegal(&op.getBody()); });
    target.addDynamicallyLegalOp<func::CallOp, func::ReturnOp>([&](Operation *op) { return types.isLegal(op); });

    RewritePatternSet patterns(context);
    scf::populateSCFStructuralTypeConversionsAndLegality(types, patterns, target);
    populateFunctionOpInterfaceTypeConversionPattern<func::FuncOp>(patterns, types);
    populateCallOpTypeConversionPattern(patterns, types);
    populateReturnOpTypeConversionPattern(patterns, types);
    lower::populateStructural(types, patterns);
    lower::populateElementwise(types, patterns);
    lower::populateReduction(types, patterns);
    lower::populateMovement(types, patterns);
    lower::populateIndexing(types, patterns);
    lower::populateRandom(types, patterns);
    lower::populateResize(types, patterns);
    lower::populateContraction(types, patterns);
    lower::populateWindow(types, patterns);
    lower::populateQuantization(types, patterns);
    if (failed(applyFullConversion(getOperation(), target, std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
} // namespace ingot
