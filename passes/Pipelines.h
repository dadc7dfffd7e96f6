//===- Pipelines.h - The phases up to to-linalg ------------------*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Each phase is one function and ends with the verifier of its contract (docs/architecture.md). The pass manager is anchored on
// the module.
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_PASSES_PIPELINES_H
#define INGOT_PASSES_PIPELINES_H

#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassOptions.h"

namespace ingot {

struct SimplifyOptions : public mlir::PassPipelineOptions<SimplifyOptions> {
  ListOption<std::string> shapes{*this, "shapes", llvm::cl::desc("Entries NAME=1x3x224x224 or SYMBOL=4")};
  ListOption<std::string> states{*this, "states", llvm::cl::desc("Entries INPUT=OUTPUT[:CAPACITY[:AXIS]]")};
  Option<int64_t> foldBudget{*this, "fold-budget", llvm::cl::desc("Bytes of constants that folding may create"),
                             llvm::cl::init(int64_t(2) << 30)};
};

/// Upstream's canonicalizations that break models: names for `disabledPatterns`. `ForOpTensorCastFolder` gives a loop the static type of
/// an initial value even when the body yields another size, as loops that collect their results do.
llvm::ArrayRef<std::string> getUnsoundPatterns();

/// The canonicalizer without those.
std::unique_ptr<mlir::Pass> createSoundCanonicalizerPass();

/// The options of `build-training` for one algorithm.
struct AlgorithmPassOptions {
  std::string name, forward, inference, optimizer, train;
  std::vector<std::string> losses, groups;
  double clipNorm = 0, clipValue = 0, ema = 0;
  bool checkGradients = false, scaleLoss = false;
};

struct DifferentiateOptions {
  std::vector<AlgorithmPassOptions> algorithms; ///< none: only the gradients that the model itself asks for
  std::vector<std::string> surrogates, adapters, masks, prunes; ///< of the passes `surrogate-gradients`, `insert-adapters`, `mask-parameters`
  bool bindVariables = false; ///< the module has training algorithms of its own
  std::vector<std::string> gradients, gradientLosses;           ///< of `build-input-gradients`
};

/// `differentiate`: training steps are built, and gradients become ops like all others.
void buildDifferentiatePipeline(mlir::OpPassManager &pm, const DifferentiateOptions &options = {});

/// `simplify`: binds `shapes`, forms `states`, folds constants, and brings the graph into canonical form.
void buildSimplifyPipeline(mlir::OpPassManager &pm, const SimplifyOptions &options);

/// `layout`: sinks and cancels the transposes around convolutions. `specializations` are entries NAME=SIZE, see `specialize`.
void buildLayoutPipeline(mlir::OpPassManager &pm, llvm::ArrayRef<std::string> specializations = {});

/// `to-linalg`: from the `ingot` dialect to linalg, tensor, scf and linalg_ext.
void buildLowerPipeline(mlir::OpPassManager &pm);

} // namespace ingot

#endif // INGOT_PASSES_PIPELINES_H
