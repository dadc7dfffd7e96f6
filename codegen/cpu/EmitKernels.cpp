//===- EmitKernels.cpp - Kernels become loops, dispatches become calls -----===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/Passes.h"
#include "codegen/cpu/KernelEmitter.h"

namespace ingot {
#define GEN_PASS_DEF_EMITKERNELS
#include "codegen/Passes.h.inc"
} // namespace ingot

using namespace mlir;

namespace ingot {
namespace {

// A row-major buffer as a flat one.
Value flatten(OpBuilder &b, Location loc, Value memory) {
  auto type = cast<MemRefType>(memory.getType());
  auto target = MemRefType::get({ShapedType::kDynamic}, type.getElementType(),
                                StridedLayoutAttr::get(b.getContext(), ShapedType::kDynamic, {1}));
  auto metadata = memref::ExtractStridedMetadataOp::create(b, loc, memory);
  OpFoldResult total = b.getIndexAttr(1);
  int64_t fixed = 1;
  Value dynamic;
  for (int64_t d = 0; d < type.getRank(); ++d) {
    if (!type.isDynamicDim(d)) {
      fixed *= type.getDimSize(d);
      continue;
    }
    Value size = metadata.getSizes()[d];
    dynamic = dynamic ? Value(arith::MulIOp::create(b, loc, dynamic, size)) : size;
  }
  if (dynamic) {
    Value f = arith::ConstantIndexOp::create(b, loc, fixed);
    total = Value(arith::MulIOp::create(b, loc, dynamic, f));
  } else {
    total = b.getIndexAttr(fixed);
  }
  SmallVector<OpFoldResult> sizes{total}, strides{OpFoldResult(b.getIndexAttr(1))};
  Value flat = memref::ReinterpretCastOp::create(
      b, loc,
      MemRefType::get({dynamic ? ShapedType::kDynamic : fixed}, type.getElementType(),
                      StridedLayoutAttr::get(b.getContext(), ShapedType::kDynamic, {1})),
      metadata.getBaseBuffer(), OpFoldResult(metadata.getOffset()), sizes, strides);
  return memref::CastOp::create(b, loc, target, flat);
}

struct EmitKernelsPass : impl::EmitKernelsBase<EmitKernelsPass> {
  using EmitKernelsBase::EmitKernelsBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto info = TargetInfo::fromName(cpu);
    if (!info) {
      module.emitError("unknown processor '") << cpu << "'";
      return signalPassFailure();
    }
    SymbolTable symbols(module);
    OpBuilder b(module.getContext());
    SmallVector<func::FuncOp> kernels;
    for (auto function : module.getOps<func::FuncOp>())
      if (function->hasAttr("ingot.kernel") && !function.isExternal())
        kernels.push_back(function);
    // Calls first: they read what kernels mean from their types.
    SmallVector<linalg_ext::DispatchOp> dispatches;
    module.walk([&](linalg_ext::DispatchOp op) { dispatches.push_back(op); });
    for (linalg_ext::DispatchOp dispatch : dispatches) {
      b.setInsertionPoint(dispatch);
      auto kernel = symbols.lookup<func::FuncOp>(dispatch.getKernel());
      SmallVector<Value> operands;
      auto pass = [&](Value v, Type meaning) {
        if (!isa<MemRefType>(v.getType())) {
          operands.push_back(v);
          return;
        }
        operands.push_back(flatten(b, dispatch.getLoc(), v));
        auto tensor = cast<RankedTensorType>(meaning);
        for (int64_t d = 0; d < tensor.getRank(); ++d)
          if (tensor.isDynamicDim(d))
            operands.push_back(memref::DimOp::create(b, dispatch.getLoc(), v, d));
      };
      unsigned argument = 0;
      for (Value v : dispatch.getInputs())
        pass(v, kernel.getArgumentTypes()[argument++]);
      for (Value v : dispatch.getScalars())
        pass(v, kernel.getArgumentTypes()[argument++]);
      for (Value v : dispatch.getOutputs())
        pass(v, kernel.getArgumentTypes()[argument++]);
      func::CallOp::create(b, dispatch.getLoc(), dispatch.getKernel(), TypeRange{}, operands);
      dispatch.erase();
    }
    for (func::FuncOp meaning : kernels) {
      auto form = meaning->getAttrOfType<StringAttr>("ingot.form");
      if (!form)
        continue; // already loops
      KernelEmitter emitter(meaning, *info, b);
      b.setInsertionPoint(meaning);
      func::FuncOp function = emitter.createFunction();
      LogicalResult result = form.getValue() == "contract" ? emitContractionKernel(emitter)
                             : form.getValue() == "winograd" ? emitWinogradKernel(emitter)
                             : form.getValue() == "filters" ? emitFilterKernel(emitter)
                             : form.getValue() == "attention" ? emitAttentionKernel(emitter)
                             : form.getValue() == "window" ? emitWindowKernel(emitter)
                             : form.getValue() == "copy"   ? emitCopyKernel(emitter)
                                                           : emitRowKernel(emitter);
      if (succeeded(result) && form.getValue() != "copy" && form.getValue() != "filters")
        result = emitPadBorders(emitter);
      if (failed(result)) {
        function.erase();
        return signalPassFailure();
      }
      symbols.erase(meaning);
      symbols.insert(function);
    }
  }
};

} // namespace
} // namespace ingot
