//===- Main.cpp - ingot-opt, the tool of the lit tests ---------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/Pipelines.h"
#include "ir/Ingot/Ingot.h"
#include "ir/LinalgExt/LinalgExt.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "passes/Passes.h"

using namespace mlir;

namespace {
/// Replaces every `tensor.dim` of a known dimension by what its op's reification says, so that tests can read it.
struct TestReifyPass : PassWrapper<TestReifyPass, OperationPass<>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(TestReifyPass)

  StringRef getArgument() const override { return "test-ingot-reify"; }
  StringRef getDescription() const override { return "Replace tensor.dim by the sizes that ops reify"; }

  void runOnOperation() override {
    SmallVector<tensor::DimOp> dims;
    getOperation()->walk([&](tensor::DimOp op) { dims.push_back(op); });
    for (tensor::DimOp op : dims) {
      auto result = dyn_cast<OpResult>(op.getSource());
      auto reifiable = result ? dyn_cast<ReifyRankedShapedTypeOpInterface>(result.getOwner()) : nullptr;
      if (!reifiable || !op.getConstantIndex())
        continue;
      OpBuilder builder(op);
      ReifiedRankedShapedTypeDims sizes;
      if (failed(reifiable.reifyResultShapes(builder, sizes)))
        continue;
      OpFoldResult size = sizes[result.getResultNumber()][*op.getConstantIndex()];
      if (!size)
        continue;
      op.replaceAllUsesWith(getValueOrCreateConstantIndexOp(builder, op.getLoc(), size));
      op.erase();
    }
  }
};
} // namespace

int main(int argc, char **argv) {
  DialectRegistry registry;
  registerAllDialects(registry);
  registerAllExtensions(registry);
  registry.insert<ingot::IngotDialect, ingot::linalg_ext::LinalgExtDialect>();
  ingot::registerCodegenDialects(registry);

  registerAllPasses();
  ingot::registerIngotPasses();
  ingot::registerCodegenPasses();
  PassRegistration<TestReifyPass>();

  return asMainReturnCode(MlirOptMain(argc, argv, "Ingot optimizer driver\n", registry));
}
