//===- Pipelines.cpp - The phases from fuse to to-llvm -----------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/Pipelines.h"
#include "codegen/Passes.h"
#include "codegen/memory/BufferizationModels.h"

#include "mlir/Conversion/AffineToStandard/AffineToStandard.h"
#include "mlir/Conversion/SCFToControlFlow/SCFToControlFlow.h"
#include "mlir/Dialect/Arith/Transforms/BufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/Bufferization/Transforms/FuncBufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/Bufferization/Transforms/Passes.h"
#include "mlir/Dialect/ControlFlow/Transforms/BufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/Linalg/Transforms/BufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/Linalg/Transforms/SubsetInsertionOpInterfaceImpl.h"
#include "mlir/Dialect/Linalg/Transforms/TilingInterfaceImpl.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Dialect/SCF/Transforms/BufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/Tensor/IR/TensorInferTypeOpInterfaceImpl.h"
#include "mlir/Dialect/Tensor/IR/TensorTilingInterfaceImpl.h"
#include "mlir/Dialect/Tensor/IR/ValueBoundsOpInterfaceImpl.h"
#include "mlir/Dialect/Tensor/Transforms/BufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/Tensor/Transforms/SubsetInsertionOpInterfaceImpl.h"
#include "mlir/Dialect/Vector/Transforms/BufferizableOpInterfaceImpl.h"
#include "mlir/Pass/PassOptions.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

namespace ingot {

// Upstream's pattern gives a value that a loop carries the static type it starts with, also where the size changes from iteration to
// iteration (a list that grows from nothing).
//
// Another one moves a task's own memory out of the loop over tasks, since `scf.forall` is no scope of allocations: all threads would share
// it.
static void addCanonicalizer(OpPassManager &pm) {
  pm.addPass(createCanonicalizerPass(GreedyRewriteConfig(), {"(anonymous namespace)::ForOpTensorCastFolder", "AllocaScopeHoister"}));
}

// Names the target in an option. What the machine itself can do may be less than its processor's name says.
static std::string cpuOption(const TargetInfo &target) { return target.features.empty() ? target.cpu : "native"; }

void buildFusePipeline(OpPassManager &pm, const TargetInfo &target, const FuseOptions &options) {
  pm.addPass(createResolveSizes());
  pm.addPass(createCSEPass());
  pm.addPass(createSimplifyLoopSlices());
  if (options.bf16 || !options.mixed.empty()) {
    LowerPrecisionOptions lower;
    lower.runTime = !options.mixed.empty();
    lower.type = options.mixed.empty() ? "bf16" : options.mixed;
    lower.cpu = cpuOption(target);
    lower.accuracy = options.accuracy;
    pm.addPass(createLowerPrecision(lower));
  }
  RematerializeOptions remat;
  remat.budget = options.rematBudget;
  pm.addPass(createRematerialize(remat));
  pm.addPass(createFormKernels());
  addCanonicalizer(pm);
  // Canonical forms say sizes of joined dimensions in affine maps, which the plan of memory does not read.
  pm.addPass(createLowerAffinePass());
  pm.addPass(createCSEPass());
  pm.addPass(createPlaceConcatenations());
  pm.addPass(createVerifyFuseContract());
}

void buildStrategyPipeline(OpPassManager &pm, const TargetInfo &target, bool lazyPacking, StringRef accuracy) {
  PackWeightsOptions pack;
  pack.cpu = cpuOption(target);
  pack.accuracy = accuracy.str();
  pack.lazy = lazyPacking;
  pm.addPass(createPackWeights(pack));
  pm.addPass(createAlternateTurns());
  ChooseConfigOptions choose;
  choose.cpu = cpuOption(target);
  pm.addPass(createChooseConfig(choose));
  pm.addPass(createVerifyStrategyContract());
}

void buildBufferizePipeline(OpPassManager &pm) {
  pm.addPass(createScheduleUpdates());
  pm.addPass(createPlaceVariables());
  pm.addPass(createPlaceConstants());
  pm.addPass(createBufferizeMain());
  pm.addPass(createSettleVariables());
  addCanonicalizer(pm);
  pm.addPass(createCSEPass());
  pm.addPass(createContiguousOperands());
  addCanonicalizer(pm);
  pm.addPass(createVerifyBufferizeContract());
}

void buildPlanMemoryPipeline(OpPassManager &pm) {
  pm.addPass(createStabilizeLoopBuffers());
  // The loop does not carry what lies in one place.
  addCanonicalizer(pm);
  pm.addPass(createPlanMemory());
  // Canonical forms turn a copy between two views of one buffer into one onto itself, which then goes.
  addCanonicalizer(pm);
  pm.addPass(createCSEPass());
  pm.addPass(createExpandCopies());
  pm.addPass(createVerifyPlanMemoryContract());
}

void buildVectorizePipeline(OpPassManager &pm, const TargetInfo &target) {
  // A library for several instruction sets comes here once for each of them.
  ChooseConfigOptions choose;
  choose.cpu = cpuOption(target);
  pm.addPass(createChooseConfig(choose));
  EmitKernelsOptions emit;
  emit.cpu = cpuOption(target);
  pm.addPass(createEmitKernels(emit));
  pm.addPass(createLinalgExtToLoops());
  OpPassManager &functions = pm.nest<func::FuncOp>(); // side by side, and none waits in the others' worklist
  addCanonicalizer(functions);
  functions.addPass(createCSEPass());
  pm.addPass(createVerifyTileVectorizeContract());
}

void buildParallelizePipeline(OpPassManager &pm) {
  pm.addPass(createPassEnvironment());
  pm.addPass(createOutlineTasks());
  pm.addPass(createVerifyParallelizeContract());
}

void buildToLLVMPipeline(OpPassManager &pm, const TargetInfo &target) {
  OpPassManager &functions = pm.nest<func::FuncOp>();
  functions.addPass(createLowerVectors());
  ExpandMathOptions math;
  math.fma = target.hasFma;
  math.scalef = target.level >= 4;
  functions.addPass(createExpandMath(math));
  functions.addPass(createLoopInvariantCodeMotionPass());
  functions.addPass(createCSEPass());
  functions.addPass(memref::createExpandStridedMetadataPass());
  functions.addPass(createLowerAffinePass());
  functions.addPass(createSCFToControlFlowPass());
  // Only now can a failing check leave the function from inside of loops.
  pm.addPass(createLowerErrors());
  pm.addPass(createConvertToLLVM());
  OpPassManager &converted = pm.nest<LLVM::LLVMFuncOp>();
  addCanonicalizer(converted);
  converted.addPass(createCSEPass());
  pm.addPass(createVerifyToLLVMContract());
}

void registerCodegenDialects(DialectRegistry &registry) {
  registry.insert<affine::AffineDialect, arith::ArithDialect, bufferization::BufferizationDialect, cf::ControlFlowDialect,
                  func::FuncDialect, linalg::LinalgDialect, linalg_ext::LinalgExtDialect, LLVM::LLVMDialect, math::MathDialect,
                  memref::MemRefDialect, scf::SCFDialect, tensor::TensorDialect, vector::VectorDialect>();
  arith::registerBufferizableOpInterfaceExternalModels(registry);
  bufferization::func_ext::registerBufferizableOpInterfaceExternalModels(registry);
  cf::registerBufferizableOpInterfaceExternalModels(registry);
  linalg::registerBufferizableOpInterfaceExternalModels(registry);
  linalg::registerSubsetOpInterfaceExternalModels(registry);
  linalg::registerTilingInterfaceExternalModels(registry);
  scf::registerBufferizableOpInterfaceExternalModels(registry);
  tensor::registerBufferizableOpInterfaceExternalModels(registry);
  tensor::registerInferTypeOpInterfaceExternalModels(registry);
  tensor::registerSubsetOpInterfaceExternalModels(registry);
  tensor::registerTilingInterfaceExternalModels(registry);
  tensor::registerValueBoundsOpInterfaceExternalModels(registry);
  vector::registerBufferizableOpInterfaceExternalModels(registry);
  registerLinalgExtBufferization(registry);
}

namespace {
struct TargetOptions : public PassPipelineOptions<TargetOptions> {
  Option<std::string> cpu{*this, "cpu", llvm::cl::desc("native, x86-64-v2|v3|v4 or a processor"), llvm::cl::init("native")};
  TargetInfo target() const { return TargetInfo::fromName(cpu).value_or(TargetInfo::host()); }
};

namespace generated {
#define GEN_PASS_REGISTRATION
#include "codegen/Passes.h.inc"
} // namespace generated
} // namespace

void registerCodegenPasses() {
  generated::registerIngotCodegenPasses();
  PassPipelineRegistration<TargetOptions>("ingot-fuse", "The phase `fuse`", [](OpPassManager &pm, const TargetOptions &options) {
    buildFusePipeline(pm, options.target());
  });
  PassPipelineRegistration<TargetOptions>("ingot-strategy", "The phase `strategy`", [](OpPassManager &pm, const TargetOptions &options) {
    buildStrategyPipeline(pm, options.target());
  });
  PassPipelineRegistration<>("ingot-bufferize", "The phase `bufferize`", buildBufferizePipeline);
  PassPipelineRegistration<>("ingot-plan-memory", "The phase `plan-memory`", buildPlanMemoryPipeline);
  PassPipelineRegistration<TargetOptions>("ingot-tile-vectorize", "The phase `tile-vectorize`",
                                          [](OpPassManager &pm, const TargetOptions &options) {
                                            buildVectorizePipeline(pm, options.target());
                                          });
  PassPipelineRegistration<>("ingot-parallelize", "The phase `parallelize`", buildParallelizePipeline);
  PassPipelineRegistration<TargetOptions>("ingot-to-llvm", "The phase `to-llvm`", [](OpPassManager &pm, const TargetOptions &options) {
    buildToLLVMPipeline(pm, options.target());
  });
}

} // namespace ingot
