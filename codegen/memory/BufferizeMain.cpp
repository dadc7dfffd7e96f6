//===- BufferizeMain.cpp - Tensors of the main functions to buffers ---------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/Passes.h"
#include "codegen/memory/BufferizationModels.h"
#include "codegen/memory/Variables.h"

#include "mlir/Dialect/Bufferization/Transforms/OneShotAnalysis.h"
#include "mlir/Dialect/Bufferization/Transforms/OneShotModuleBufferize.h"
#include "mlir/Dialect/Bufferization/Transforms/Transforms.h"

namespace ingot {
#define GEN_PASS_DEF_BUFFERIZEMAIN
#include "codegen/Passes.h.inc"
} // namespace ingot

using namespace mlir;

namespace ingot {
namespace {

struct BufferizeMainPass : impl::BufferizeMainBase<BufferizeMainPass> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    // Kernels keep their meaning on tensors until they are vectorized. Nobody but a dispatch refers to them, by name, so that they
    // can step aside while the whole module is bufferized.
    SymbolTable symbols(module);
    module.walk([&](linalg_ext::DispatchOp dispatch) {
      if (auto kernel = symbols.lookup<func::FuncOp>(dispatch.getKernel()))
        markInPlace(dispatch, kernel);
    });
    OwningOpRef<ModuleOp> aside = ModuleOp::create(module.getLoc());
    for (auto function : llvm::make_early_inc_range(module.getOps<func::FuncOp>()))
      if (function->hasAttr("ingot.kernel"))
        function->moveBefore(aside->getBody(), aside->getBody()->end());
    LogicalResult done = bufferize(module);
    for (Operation &kernel : llvm::make_early_inc_range(*aside->getBody()))
      kernel.moveBefore(module.getBody(), module.getBody()->end());
    module.walk([](linalg_ext::DispatchOp dispatch) { dispatch->removeAttr(inPlaceAttrName); });
    if (failed(done))
      signalPassFailure();
  }

private:
  // CSE makes one op of all `tensor.empty` of a size. Each use is to be a buffer of its own, near its writer: sharing one means copies,
  // and a long life.
  static void separateEmpties(ModuleOp module) {
    SmallVector<tensor::EmptyOp> empties;
    module.walk([&](tensor::EmptyOp op) { empties.push_back(op); });
    for (tensor::EmptyOp op : empties) {
      for (OpOperand &use : llvm::make_early_inc_range(op->getUses()))
        use.set(OpBuilder(use.getOwner()).clone(*op)->getResult(0));
      op.erase();
    }
  }

  LogicalResult bufferize(ModuleOp module) {
    MLIRContext *context = &getContext();
    separateEmpties(module);
    for (auto function : module.getOps<func::FuncOp>())
      for (unsigned i = 0; i < function.getNumArguments(); ++i)
        if (isa<TensorType>(function.getArgument(i).getType()))
          function.setArgAttr(i, bufferization::BufferizationDialect::kWritableAttrName,
                              BoolAttr::get(context, function.getArgAttr(i, writtenAttrName) != nullptr));
    IRRewriter rewriter(context);
    if (failed(bufferization::eliminateEmptyTensors(rewriter, module)))
      return failure();
    bufferization::OneShotBufferizationOptions options;
    options.bufferizeFunctionBoundaries = true;
    options.allowReturnAllocsFromLoops = true;
    options.setFunctionBoundaryTypeConversion(bufferization::LayoutMapOption::IdentityLayoutMap);
    bufferization::BufferizationState state;
    if (failed(bufferization::runOneShotModuleBufferize(module, options, state)))
      return failure();
    for (auto function : module.getOps<func::FuncOp>())
      for (unsigned i = 0; i < function.getNumArguments(); ++i)
        function.removeArgAttr(i, bufferization::BufferizationDialect::kWritableAttrName);
    return success();
  }
};

} // namespace
} // namespace ingot
