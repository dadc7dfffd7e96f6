//===- Pipelines.cpp - The phases up to to-linalg ----------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/Pipelines.h"
#include "passes/Passes.h"

#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

namespace ingot {

ArrayRef<std::string> getUnsoundPatterns() {
  static const std::string names[] = {"(anonymous namespace)::ForOpTensorCastFolder"};
  return names;
}

std::unique_ptr<Pass> createSoundCanonicalizerPass() {
  return createCanonicalizerPass(GreedyRewriteConfig(), getUnsoundPatterns());
}

/// Folding and clean-up between the passes that open new opportunities.
static void addCleanUp(OpPassManager &pm, int64_t foldBudget) {
  pm.addPass(createSoundCanonicalizerPass());
  ConstantFoldPassOptions fold;
  fold.budget = foldBudget;
  pm.addPass(createConstantFoldPass(fold));
  pm.addPass(createCSEPass());
}

void buildDifferentiatePipeline(OpPassManager &pm, const DifferentiateOptions &options) {
  if (!options.surrogates.empty()) {
    SurrogateGradientsPassOptions surrogate;
    surrogate.surrogates.assign(options.surrogates.begin(), options.surrogates.end());
    pm.addPass(createSurrogateGradientsPass(surrogate));
  }
  if (!options.adapters.empty()) {
    InsertAdaptersPassOptions insert;
    insert.adapters.assign(options.adapters.begin(), options.adapters.end());
    pm.addPass(createInsertAdaptersPass(insert));
  }
  if (!options.masks.empty() || !options.prunes.empty()) {
    MaskParametersPassOptions mask;
    mask.masks.assign(options.masks.begin(), options.masks.end());
    mask.prunes.assign(options.prunes.begin(), options.prunes.end());
    pm.addPass(createMaskParametersPass(mask));
  }
  if (!options.gradients.empty() || !options.gradientLosses.empty()) {
    BuildInputGradientsPassOptions build;
    build.gradients.assign(options.gradients.begin(), options.gradients.end());
    build.losses.assign(options.gradientLosses.begin(), options.gradientLosses.end());
    pm.addPass(createBuildInputGradientsPass(build));
  }
  for (const AlgorithmPassOptions &algorithm : options.algorithms) {
    BuildTrainingPassOptions build;
    build.forwardName = algorithm.forward;
    build.inferenceName = algorithm.inference;
    build.algorithm = algorithm.name;
    build.losses.assign(algorithm.losses.begin(), algorithm.losses.end());
    build.optimizer = algorithm.optimizer;
    build.groups.assign(algorithm.groups.begin(), algorithm.groups.end());
    build.train = algorithm.train;
    build.clipNorm = algorithm.clipNorm;
    build.clipValue = algorithm.clipValue;
    build.ema = algorithm.ema;
    build.checkGradients = algorithm.checkGradients;
    build.scaleLoss = algorithm.scaleLoss;
    pm.addPass(createBuildTrainingPass(build));
  }
  if (options.bindVariables)
    pm.addPass(createGuardUpdatesPass());
  // Without a training, variables are constants after all.
  if (options.bindVariables || !options.algorithms.empty())
    pm.addPass(createBindVariablesPass());
  pm.addPass(createExpandGradientsPass());
  // Last: these ops say nothing any more.
  pm.addPass(createDropGradientMarksPass());
  pm.addPass(createVerifyImportContractPass());
}

void buildSimplifyPipeline(OpPassManager &pm, const SimplifyOptions &options) {
  // What `differentiate` left of the variables: nothing trains them.
  pm.addPass(createFreezeParametersPass());
  BindSymbolsPassOptions bind;
  bind.shapes.assign(options.shapes.begin(), options.shapes.end());
  pm.addPass(createBindSymbolsPass(bind));
  // Before anything that folds sizes into types: it also drops the branches that the sizes contradict.
  pm.addPass(createRefineShapesPass());
  pm.addPass(createSplitWeightScalesPass());
  addCleanUp(pm, options.foldBudget);
  // Before a transpose of a state's new rows can be folded into anything: the state decides how it lies.
  FormStatePassOptions form;
  form.states.assign(options.states.begin(), options.states.end());
  pm.addPass(createFormStatePass(form));
  pm.addPass(createSimplifyAlgebraPass());
  pm.addPass(createSimplifyMovementPass());
  pm.addPass(createSimplifyReductionsPass());
  pm.addPass(createSinkUnitReshapesPass());
  addCleanUp(pm, options.foldBudget);
  pm.addPass(createFoldBatchNormPass());
  // Sums of weights are the last thing to be computed from them in full width.
  pm.addPass(createNarrowIntegerProductsPass());
  addCleanUp(pm, options.foldBudget);
  pm.addPass(createDedupeConstantsPass());
  pm.addPass(createVerifyImportContractPass());
}

void buildLayoutPipeline(OpPassManager &pm, ArrayRef<std::string> specializations) {
  const int64_t foldBudget = SimplifyOptions().foldBudget;
  pm.addPass(createSinkTransposesPass());
  // The cut leaves transposes of constants and of unit dimensions behind: fold them before looking for what they hid.
  addCleanUp(pm, foldBudget);
  pm.addPass(createSimplifyMovementPass());
  pm.addPass(createSinkUnitReshapesPass());
  pm.addPass(createFoldBatchNormPass());
  addCleanUp(pm, foldBudget);
  pm.addPass(createSinkTransposesPass());
  pm.addPass(createSimplifyMovementPass());
  // Last: while `sink-transposes` runs, a transpose in front of a contraction must be visible to it.
  pm.addPass(createFoldTransposeIntoContractPass());
  addCleanUp(pm, foldBudget);
  pm.addPass(createDedupeConstantsPass());
  if (!specializations.empty()) {
    // Only now: what was folded into weights is the same constant in all copies.
    SpecializePassOptions specialize;
    specialize.sizes.assign(specializations.begin(), specializations.end());
    pm.addPass(createSpecializePass(specialize));
    pm.addPass(createRefineShapesPass());
    addCleanUp(pm, foldBudget);
  }
  pm.addPass(createVerifyImportContractPass());
}

void buildLowerPipeline(OpPassManager &pm) {
  pm.addPass(createToLinalgPass());
  pm.addPass(createSoundCanonicalizerPass());
  pm.addPass(createCSEPass());
  pm.addPass(createVerifyLinalgContractPass());
}

// The generated function has the name that this floor's own, which adds the pipelines, has for its users.
namespace generated {
#define GEN_PASS_REGISTRATION
#include "passes/Passes.h.inc"
} // namespace generated

void registerIngotPasses() {
  generated::registerIngotPasses();
  PassPipelineRegistration<>("ingot-differentiate", "The phase `differentiate`",
                             [](OpPassManager &pm) { buildDifferentiatePipeline(pm); });
  PassPipelineRegistration<SimplifyOptions>("ingot-simplify", "The phase `simplify`", buildSimplifyPipeline);
  PassPipelineRegistration<>("ingot-layout", "The phase `layout`", [](OpPassManager &pm) { buildLayoutPipeline(pm); });
  PassPipelineRegistration<>("ingot-to-linalg", "The phase `to-linalg`", buildLowerPipeline);
}

} // namespace ingot
