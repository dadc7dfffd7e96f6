//===- ConvertToLLVM.cpp - The last conversion -------------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// All dialects at once: one walk over the module instead of one for each upstream pass.
//
//===----------------------------------------------------------------------===//

#include "codegen/Passes.h"

#include "mlir/Conversion/AffineToStandard/AffineToStandard.h"
#include "mlir/Conversion/ArithToLLVM/ArithToLLVM.h"
#include "mlir/Conversion/ControlFlowToLLVM/ControlFlowToLLVM.h"
#include "mlir/Conversion/FuncToLLVM/ConvertFuncToLLVM.h"
#include "mlir/Conversion/IndexToLLVM/IndexToLLVM.h"
#include "mlir/Conversion/LLVMCommon/ConversionTarget.h"
#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Conversion/MathToLLVM/MathToLLVM.h"
#include "mlir/Conversion/MemRefToLLVM/MemRefToLLVM.h"
#include "mlir/Conversion/UBToLLVM/UBToLLVM.h"
#include "mlir/Conversion/VectorToLLVM/ConvertVectorToLLVM.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/Index/IR/IndexDialect.h"
#include "mlir/Dialect/MemRef/Transforms/Transforms.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/Dialect/Vector/Transforms/LoweringPatterns.h"
#include "mlir/Dialect/Vector/Transforms/VectorRewritePatterns.h"
#include "mlir/IR/Threading.h"
#include "mlir/Transforms/DialectConversion.h"

namespace ingot {
#define GEN_PASS_DEF_CONVERTTOLLVM
#include "codegen/Passes.h.inc"
} // namespace ingot

using namespace mlir;

namespace ingot {
namespace {

/// LLVM moves masked vectors of 16-bit floats through f32 on processors that do not compute with them, and calls a library for that;
/// the same bits as integers it just moves.
void moveHalvesAsIntegers(ModuleOp module) {
  auto bitsOf = [](Type type) -> Type {
    auto vector = dyn_cast<VectorType>(type);
    if (!vector || !(vector.getElementType().isF16() || vector.getElementType().isBF16()))
      return {};
    return vector.clone(IntegerType::get(type.getContext(), 16));
  };
  auto cast = [](OpBuilder &b, Location loc, Type type, Value value) -> Value { return LLVM::BitcastOp::create(b, loc, type, value); };
  module.walk([&](Operation *op) {
    OpBuilder b(op);
    Location loc = op->getLoc();
    if (auto store = dyn_cast<LLVM::MaskedStoreOp>(op)) {
      if (Type bits = bitsOf(store.getValue().getType()))
        store.getValueMutable().assign(cast(b, loc, bits, store.getValue()));
      return;
    }
    if (!isa<LLVM::MaskedLoadOp, LLVM::masked_gather>(op))
      return;
    Type type = op->getResult(0).getType(), bits = bitsOf(type);
    if (!bits)
      return;
    for (OpOperand &operand : op->getOpOperands())
      if (operand.get().getType() == type)
        operand.set(cast(b, loc, bits, operand.get()));
    op->getResult(0).setType(bits);
    b.setInsertionPointAfter(op);
    Value back = cast(b, loc, type, op->getResult(0));
    op->getResult(0).replaceAllUsesExcept(back, back.getDefiningOp());
  });
}

struct ConvertToLLVMPass : impl::ConvertToLLVMBase<ConvertToLLVMPass> {
  void getDependentDialects(DialectRegistry &registry) const override {
    registry.insert<LLVM::LLVMDialect, index::IndexDialect, ub::UBDialect>();
  }

  void runOnOperation() override {
    MLIRContext *context = &getContext();
    LowerToLLVMOptions options(context);
    LLVMTypeConverter converter(context, options);
    RewritePatternSet patterns(context);
    arith::populateCeilFloorDivExpandOpsPatterns(patterns);
    arith::populateArithToLLVMConversionPatterns(converter, patterns);
    cf::populateControlFlowToLLVMConversionPatterns(converter, patterns);
    populateFuncToLLVMConversionPatterns(converter, patterns);
    index::populateIndexToLLVMConversionPatterns(converter, patterns);
    populateMathToLLVMConversionPatterns(converter, patterns);
    populateFinalizeMemRefToLLVMConversionPatterns(converter, patterns);
    ub::populateUBToLLVMConversionPatterns(converter, patterns);
    vector::populateVectorRankReducingFMAPattern(patterns);
    vector::populateVectorInsertExtractStridedSliceTransforms(patterns);
    vector::populateVectorStepLoweringPatterns(patterns);
    vector::populateVectorBroadcastLoweringPatterns(patterns);
    vector::populateVectorShapeCastLoweringPatterns(patterns);
    vector::populateVectorMaskOpLoweringPatterns(patterns);
    vector::populateVectorBitCastLoweringPatterns(patterns);
    vector::populateVectorMaskMaterializationPatterns(patterns, /*force32BitVectorIndices=*/true);
    // Sums of vectors may be taken in any order: their order is fixed by the code, not by the number of threads.
    populateVectorToLLVMConversionPatterns(converter, patterns, /*reassociateFPReductions=*/true, /*force32BitVectorIndices=*/true,
                                           /*useVectorAlignment=*/false);
    FrozenRewritePatternSet frozen(std::move(patterns));
    auto convert = [&](ModuleOp module) {
      LLVMConversionTarget target(*context);
      target.addLegalOp<ModuleOp, UnrealizedConversionCastOp>();
      if (failed(applyFullConversion(module, target, frozen)))
        return failure();
      moveHalvesAsIntegers(module);
      return success();
    };
    // Functions replace themselves, so that threads need modules of their own. Nothing is looked up in the others.
    std::vector<OwningOpRef<ModuleOp>> parts = split(getOperation());
    if (failed(failableParallelForEach(context, parts, [&](OwningOpRef<ModuleOp> &part) { return convert(*part); })) ||
        failed(convert(getOperation())))
      return signalPassFailure();
    for (OwningOpRef<ModuleOp> &part : parts)
      getOperation().getBody()->getOperations().splice(getOperation().getBody()->end(), part->getBody()->getOperations());
  }

private:
  // Takes the functions with bodies out of `module`, some of them in order to each part.
  static std::vector<OwningOpRef<ModuleOp>> split(ModuleOp module) {
    constexpr size_t functionsOfPart = 16;
    std::vector<OwningOpRef<ModuleOp>> parts;
    size_t count = 0;
    for (auto function : llvm::make_early_inc_range(module.getOps<func::FuncOp>())) {
      if (function.isExternal())
        continue;
      if (count++ % functionsOfPart == 0)
        parts.push_back(ModuleOp::create(module.getLoc()));
      function->moveBefore(parts.back()->getBody(), parts.back()->getBody()->end());
    }
    return parts;
  }
};

} // namespace
} // namespace ingot
