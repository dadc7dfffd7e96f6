//===- Pipelines.h - The phases from fuse to to-llvm ------------*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Each phase is one function and ends with what docs/architecture.md promises. The pass manager is anchored on the module.
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_CODEGEN_PIPELINES_H
#define INGOT_CODEGEN_PIPELINES_H

#include "codegen/TargetInfo.h"
#include "mlir/Pass/PassManager.h"

namespace mlir {
class DialectRegistry;
}

namespace ingot {

struct FuseOptions {
  bool bf16 = false;              ///< products with weights in bf16, but for convolutions that are faster in Winograd's form
  std::string accuracy = "default"; ///< what those may cost: strict, default or fast
  std::string mixed;              ///< bf16 or f16: products of any two operands in it, as in training; empty: none
  double rematBudget = 1;         ///< the part of what the backward pass reads that may be kept for it, see `rematerialize`
};

/// `fuse`: kernels outlined, the main function dispatches them.
void buildFusePipeline(mlir::OpPassManager &pm, const TargetInfo &target, const FuseOptions &options = {});
/// `strategy`: tiles, forms and packed weights decided for `target`. `lazyPacking`: the data is left to who writes the weights.
void buildStrategyPipeline(mlir::OpPassManager &pm, const TargetInfo &target, bool lazyPacking = false,
                           llvm::StringRef accuracy = "default");
/// `bufferize`: the main functions on memrefs, weights in the constants section; kernels still on tensors.
void buildBufferizePipeline(mlir::OpPassManager &pm);
/// `plan-memory`: `run` and `plan` entry points, one arena.
void buildPlanMemoryPipeline(mlir::OpPassManager &pm);
/// `tile-vectorize`: kernels as loops over vectors and flat buffers.
void buildVectorizePipeline(mlir::OpPassManager &pm, const TargetInfo &target);
/// `parallelize`: loops over tasks outlined and called through the environment.
void buildParallelizePipeline(mlir::OpPassManager &pm);
/// `to-llvm`: the LLVM dialect.
void buildToLLVMPipeline(mlir::OpPassManager &pm, const TargetInfo &target);

/// Dialects, interfaces and external models that the passes of this floor load.
void registerCodegenDialects(mlir::DialectRegistry &registry);
/// Passes and pipelines for tools that name them on the command line. Pipelines are `ingot-<phase>`, for the host's processor or
/// that of `cpu=`.
void registerCodegenPasses();

} // namespace ingot

#endif // INGOT_CODEGEN_PIPELINES_H
