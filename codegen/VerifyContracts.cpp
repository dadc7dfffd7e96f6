//===- VerifyContracts.cpp - What a phase promises the next -----------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The contracts of docs/architecture.md from fuse to to-llvm as checks that end a phase. Each is one walk that looks at names and
// types only.
//
//===----------------------------------------------------------------------===//

#include "codegen/Passes.h"
#include "codegen/strategy/Config.h"

namespace ingot {
#define GEN_PASS_DEF_VERIFYFUSECONTRACT
#define GEN_PASS_DEF_VERIFYSTRATEGYCONTRACT
#define GEN_PASS_DEF_VERIFYBUFFERIZECONTRACT
#define GEN_PASS_DEF_VERIFYPLANMEMORYCONTRACT
#define GEN_PASS_DEF_VERIFYTILEVECTORIZECONTRACT
#define GEN_PASS_DEF_VERIFYPARALLELIZECONTRACT
#define GEN_PASS_DEF_VERIFYTOLLVMCONTRACT
#include "codegen/Passes.h.inc"
} // namespace ingot

using namespace mlir;

namespace ingot {
namespace {

constexpr const char *kernelAttrName = "ingot.kernel";

bool isKernel(Operation *op) { return isa<func::FuncOp>(op) && op->hasAttr(kernelAttrName); }

bool touchesTensors(Operation *op) {
  return llvm::any_of(op->getOperandTypes(), llvm::IsaPred<TensorType>) || llvm::any_of(op->getResultTypes(), llvm::IsaPred<TensorType>);
}

// Walks what lies outside of kernels, stops at the first op that `check` finds wrong.
LogicalResult walkMain(ModuleOp module, llvm::function_ref<LogicalResult(Operation *)> check) {
  WalkResult result = module.walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (isKernel(op))
      return WalkResult::skip();
    return failed(check(op)) ? WalkResult::interrupt() : WalkResult::advance();
  });
  return failure(result.wasInterrupted());
}

LogicalResult walkAll(ModuleOp module, llvm::function_ref<LogicalResult(Operation *)> check) {
  WalkResult result = module.walk<WalkOrder::PreOrder>(
      [&](Operation *op) { return failed(check(op)) ? WalkResult::interrupt() : WalkResult::advance(); });
  return failure(result.wasInterrupted());
}

InFlightDiagnostic refuse(Operation *op, StringRef phase) { return op->emitOpError() << "is not allowed at the end of " << phase; }

//===----------------------------------------------------------------------===//
// fuse
//===----------------------------------------------------------------------===//

bool isAllowedAfterFuse(Operation *op) {
  if (isa<scf::ForallOp>(op))
    return false;
  if (isa<arith::ArithDialect, math::MathDialect>(op->getDialect()))
    // Whole tensors are only named, or chosen by a scalar: that costs no pass over the elements.
    return !touchesTensors(op) || isa<arith::ConstantOp>(op) ||
           (isa<arith::SelectOp>(op) && !isa<TensorType>(op->getOperand(0).getType()));
  if (isa<tensor::TensorDialect>(op->getDialect()))
    return isa<tensor::ExpandShapeOp, tensor::CollapseShapeOp, tensor::ReshapeOp, tensor::ExtractSliceOp, tensor::InsertSliceOp,
               tensor::CastOp, tensor::EmptyOp, tensor::ExtractOp, tensor::FromElementsOp, tensor::DimOp>(op);
  return isa_and_nonnull<BuiltinDialect, func::FuncDialect, scf::SCFDialect, linalg_ext::LinalgExtDialect>(op->getDialect());
}

struct VerifyFuseContractPass : impl::VerifyFuseContractBase<VerifyFuseContractPass> {
  void runOnOperation() override {
    markAllAnalysesPreserved();
    ModuleOp module = getOperation();
    SymbolTable symbols(module);
    LogicalResult result = walkMain(module, [&](Operation *op) -> LogicalResult {
      if (!isAllowedAfterFuse(op))
        return refuse(op, "fuse") << " outside of kernels";
      auto dispatch = dyn_cast<linalg_ext::DispatchOp>(op);
      if (!dispatch)
        return success();
      auto kernel = symbols.lookup<func::FuncOp>(dispatch.getKernel());
      if (!kernel || !isKernel(kernel))
        return op->emitOpError() << "names no kernel: " << dispatch.getKernelAttr();
      if (kernel.getNumArguments() != dispatch->getNumOperands() || kernel.getNumResults() != dispatch.getOutputs().size())
        return op->emitOpError() << "does not pass what " << dispatch.getKernelAttr() << " takes";
      return success();
    });
    for (auto kernel : module.getOps<func::FuncOp>())
      if (succeeded(result) && isKernel(kernel) && !kernel->getAttrOfType<StringAttr>("ingot.form"))
        result = kernel.emitOpError() << "is a kernel without ingot.form";
    if (failed(result))
      signalPassFailure();
  }
};

//===----------------------------------------------------------------------===//
// strategy
//===----------------------------------------------------------------------===//

// What `choose-config` decides for kernels of `form`; nothing for a form that is unknown.
std::optional<ArrayRef<StringRef>> decisionsOf(StringRef form) {
  static constexpr StringRef contract[] = {"rows", "vectors", "lanes", "chains", "block_rows", "serial"};
  static constexpr StringRef winograd[] = {"tile", "packed", "rows", "vectors", "lanes", "block_tiles", "tasks", "serial"};
  static constexpr StringRef filters[] = {"tile", "channels", "filters", "serial"};
  static constexpr StringRef attention[] = {"rows", "vectors", "lanes", "block_keys", "few_queries", "serial"};
  static constexpr StringRef window[] = {"columns", "lanes", "band_lines", "serial"};
  static constexpr StringRef rows[] = {"width", "task_elements", "serial"};
  return llvm::StringSwitch<std::optional<ArrayRef<StringRef>>>(form)
      .Case("contract", ArrayRef(contract))
      .Case("winograd", ArrayRef(winograd))
      .Case("filters", ArrayRef(filters))
      .Case("attention", ArrayRef(attention))
      .Case("window", ArrayRef(window))
      .Cases({"rows", "map"}, ArrayRef(rows))
      .Case("copy", ArrayRef<StringRef>()) // a copy has one way to go
      .Default(std::nullopt);
}

struct VerifyStrategyContractPass : impl::VerifyStrategyContractBase<VerifyStrategyContractPass> {
  void runOnOperation() override {
    markAllAnalysesPreserved();
    for (auto kernel : getOperation().getOps<func::FuncOp>())
      if (isKernel(kernel) && failed(verify(kernel)))
        return signalPassFailure();
  }

  static LogicalResult verify(func::FuncOp kernel) {
    auto form = kernel->getAttrOfType<StringAttr>("ingot.form");
    auto decisions = form ? decisionsOf(form.getValue()) : std::nullopt;
    if (!decisions)
      return kernel.emitOpError() << "has no known ingot.form at the end of strategy";
    auto config = kernel->getAttrOfType<DictionaryAttr>(configAttrName);
    for (StringRef decision : *decisions)
      if (!config || !config.contains(decision))
        return kernel.emitOpError() << "of form " << form << " has no '" << decision << "' in " << configAttrName
                                    << " at the end of strategy";
    return success();
  }
};

//===----------------------------------------------------------------------===//
// bufferize
//===----------------------------------------------------------------------===//

struct VerifyBufferizeContractPass : impl::VerifyBufferizeContractBase<VerifyBufferizeContractPass> {
  void runOnOperation() override {
    markAllAnalysesPreserved();
    LogicalResult result = walkMain(getOperation(), [](Operation *op) -> LogicalResult {
      if (isa_and_nonnull<tensor::TensorDialect, bufferization::BufferizationDialect, linalg::LinalgDialect>(op->getDialect()))
        return refuse(op, "bufferize") << " outside of kernels";
      bool tensors = touchesTensors(op);
      for (Region &region : op->getRegions())
        for (Block &block : region)
          tensors |= llvm::any_of(block.getArgumentTypes(), llvm::IsaPred<TensorType>);
      if (tensors)
        return op->emitOpError() << "is on tensors at the end of bufferize";
      return success();
    });
    if (failed(result))
      signalPassFailure();
  }
};

//===----------------------------------------------------------------------===//
// plan-memory
//===----------------------------------------------------------------------===//

// Whether arithmetic alone leads from the entry's sizes, which are loaded from the frame, and constants to `value`.
bool followsFromEntry(Value value, DenseMap<Value, bool> &known) {
  auto [it, fresh] = known.try_emplace(value, false);
  if (!fresh)
    return it->second;
  Operation *op = value.getDefiningOp();
  bool follows = op && (op->hasTrait<OpTrait::ConstantLike>() || isa<LLVM::LoadOp>(op) ||
                        (isa<arith::ArithDialect>(op->getDialect()) &&
                         llvm::all_of(op->getOperands(), [&](Value operand) { return followsFromEntry(operand, known); })));
  return known[value] = follows;
}

struct VerifyPlanMemoryContractPass : impl::VerifyPlanMemoryContractBase<VerifyPlanMemoryContractPass> {
  void runOnOperation() override {
    markAllAnalysesPreserved();
    if (failed(verify(getOperation())))
      signalPassFailure();
  }

  static LogicalResult verify(ModuleOp module) {
    llvm::StringMap<unsigned> entries;
    for (auto function : module.getOps<func::FuncOp>()) {
      if (isKernel(function) || function.isExternal())
        continue;
      auto entry = function->getAttrOfType<StringAttr>("ingot.entry");
      auto name = function->getAttrOfType<StringAttr>("ingot.function");
      if (!entry || !name || (entry.getValue() != "plan" && entry.getValue() != "run"))
        return function.emitOpError() << "is neither a kernel nor an entry point at the end of plan-memory";
      entries[name.getValue()] |= entry.getValue() == "plan" ? 1 : 2;
    }
    for (auto &[name, seen] : entries)
      if (seen != 3)
        return module.emitError() << "'" << name << "' has no " << (seen == 1 ? "run" : "plan") << " at the end of plan-memory";
    DenseMap<Value, bool> known;
    return walkMain(module, [&](Operation *op) -> LogicalResult {
      auto alloc = dyn_cast<memref::AllocOp>(op);
      // A loop may hand a buffer on to its next iteration, which then needs one of its own: these stay whatever their size.
      if (!alloc || alloc->getParentOfType<LoopLikeOpInterface>())
        return success();
      if (llvm::all_of(alloc.getDynamicSizes(), [&](Value size) { return followsFromEntry(size, known); }))
        return op->emitOpError() << "of a size that the plan can know, at the end of plan-memory";
      return success();
    });
  }
};

//===----------------------------------------------------------------------===//
// tile-vectorize
//===----------------------------------------------------------------------===//

bool isFlat(MemRefType type) {
  auto layout = dyn_cast<StridedLayoutAttr>(type.getLayout());
  return type.getRank() == 1 && type.isDynamicDim(0) && layout && layout.getStrides() == ArrayRef<int64_t>{1} &&
         ShapedType::isDynamic(layout.getOffset());
}

struct VerifyTileVectorizeContractPass : impl::VerifyTileVectorizeContractBase<VerifyTileVectorizeContractPass> {
  void runOnOperation() override {
    markAllAnalysesPreserved();
    LogicalResult result = walkAll(getOperation(), [](Operation *op) -> LogicalResult {
      // Checks stay until control flow is unstructured.
      bool allowed = !isa_and_nonnull<linalg::LinalgDialect, tensor::TensorDialect, linalg_ext::LinalgExtDialect>(op->getDialect()) ||
                     isa<linalg_ext::AssertOp>(op);
      if (!allowed)
        return refuse(op, "tile-vectorize");
      if (touchesTensors(op))
        return op->emitOpError() << "is on tensors at the end of tile-vectorize";
      if (!isKernel(op))
        return success();
      auto kernel = cast<func::FuncOp>(op);
      for (Type type : kernel.getArgumentTypes()) {
        auto memory = dyn_cast<MemRefType>(type);
        if (memory ? !isFlat(memory) : !type.isIntOrIndexOrFloat())
          return kernel.emitOpError() << "takes " << type << " instead of a flat buffer or a scalar at the end of tile-vectorize";
      }
      if (kernel.getNumResults())
        return kernel.emitOpError() << "has results at the end of tile-vectorize";
      return success();
    });
    if (failed(result))
      signalPassFailure();
  }
};

//===----------------------------------------------------------------------===//
// parallelize
//===----------------------------------------------------------------------===//

struct VerifyParallelizeContractPass : impl::VerifyParallelizeContractBase<VerifyParallelizeContractPass> {
  void runOnOperation() override {
    markAllAnalysesPreserved();
    LogicalResult result = walkAll(getOperation(), [](Operation *op) -> LogicalResult {
      if (isa<scf::ForallOp, scf::ParallelOp>(op))
        return refuse(op, "parallelize");
      if (!isKernel(op))
        return success();
      auto kernel = cast<func::FuncOp>(op);
      if (!kernel.getNumArguments() || !isa<LLVM::LLVMPointerType>(kernel.getArgumentTypes().front()))
        return kernel.emitOpError() << "does not take the environment first at the end of parallelize";
      return success();
    });
    if (failed(result))
      signalPassFailure();
  }
};

//===----------------------------------------------------------------------===//
// to-llvm
//===----------------------------------------------------------------------===//

struct VerifyToLLVMContractPass : impl::VerifyToLLVMContractBase<VerifyToLLVMContractPass> {
  void runOnOperation() override {
    markAllAnalysesPreserved();
    LogicalResult result = walkAll(getOperation(), [](Operation *op) -> LogicalResult {
      if (!isa<ModuleOp>(op) && !isa_and_nonnull<LLVM::LLVMDialect>(op->getDialect()))
        return refuse(op, "to-llvm");
      return success();
    });
    if (failed(result))
      signalPassFailure();
  }
};

} // namespace
} // namespace ingot
