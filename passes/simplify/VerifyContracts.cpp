//===- VerifyContracts.cpp - What a phase promises the next ------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The contracts of docs/architecture.md as checks that end a phase.
//
//===----------------------------------------------------------------------===//

#include "ir/Ingot/Ingot.h"
#include "ir/LinalgExt/LinalgExt.h"
#include "passes/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;

namespace ingot {

#define GEN_PASS_DEF_VERIFYIMPORTCONTRACTPASS
#define GEN_PASS_DEF_VERIFYLINALGCONTRACTPASS
#include "passes/Passes.h.inc"

/// Whether some location names a place: an op made of several carries a fused one.
static bool isLocated(Location loc) {
  if (isa<UnknownLoc>(loc))
    return false;
  if (auto fused = dyn_cast<FusedLoc>(loc))
    return llvm::any_of(fused.getLocations(), isLocated);
  if (auto named = dyn_cast<NameLoc>(loc))
    return !named.getName().empty();
  return true;
}

template <typename... Dialects>
static bool isOf(Operation *op) {
  return isa_and_nonnull<BuiltinDialect, func::FuncDialect, scf::SCFDialect, arith::ArithDialect, tensor::TensorDialect, Dialects...>(
      op->getDialect());
}

/// What both contracts say: located, known dialects, ranked tensors of allowed elements.
static LogicalResult verifyOp(Operation *op, StringRef phase, bool isAllowed, llvm::function_ref<StringRef(Type)> complaint) {
  if (!isAllowed)
    return op->emitOpError() << "is not allowed at the end of " << phase;
  // A named linalg op builds its body without locations.
  bool isPayload = isa_and_nonnull<linalg::LinalgOp>(op->getParentOp());
  // MLIR's folder moves constants, and drops the location of one that several ops share.
  bool isConstant = op->hasTrait<OpTrait::ConstantLike>();
  if (!isa<ModuleOp>(op) && !isPayload && !isConstant && !isLocated(op->getLoc()))
    return op->emitOpError() << "has no location";
  auto check = [&](Type type) -> LogicalResult {
    if (isa<UnrankedTensorType>(type))
      return op->emitOpError() << "has an unranked tensor";
    auto tensor = dyn_cast<RankedTensorType>(type);
    if (!tensor)
      return success();
    StringRef text = complaint(tensor.getElementType());
    if (!text.empty())
      return op->emitOpError() << text << " at the end of " << phase << ": " << type;
    return success();
  };
  for (Type type : op->getResultTypes())
    if (failed(check(type)))
      return failure();
  for (Region &region : op->getRegions())
    for (Block &block : region)
      for (BlockArgument argument : block.getArguments())
        if (failed(check(argument.getType())))
          return failure();
  return success();
}

/// Argument and result attributes that name the model's inputs and outputs.
static LogicalResult verifySignature(func::FuncOp func) {
  for (unsigned i = 0, e = func.getNumArguments(); i < e; ++i) {
    Attribute symbols = func.getArgAttr(i, "ingot.symbols");
    auto type = dyn_cast<RankedTensorType>(func.getArgument(i).getType());
    if (!symbols || !type)
      continue;
    auto names = dyn_cast<ArrayAttr>(symbols);
    if (!names || names.size() != static_cast<size_t>(type.getRank()) || !llvm::all_of(names, llvm::IsaPred<StringAttr>))
      return func.emitOpError() << "argument " << i << ": ingot.symbols must be one string for each dimension";
  }
  return success();
}

/// Variables are told apart by name in all functions: one type and kind each, and one change a step.
static LogicalResult verifyVariables(Operation *root) {
  llvm::StringMap<ParameterOp> variables;
  WalkResult result = root->walk([&](ParameterOp op) {
    auto [known, isNew] = variables.try_emplace(op.getName(), op);
    if (isNew || (known->second.getType() == op.getType() && known->second.getKind() == op.getKind()))
      return WalkResult::advance();
    op.emitOpError() << "is another kind or type of variable than the one called '" << op.getName() << "' elsewhere";
    return WalkResult::interrupt();
  });
  if (result.wasInterrupted())
    return failure();
  llvm::DenseMap<Operation *, llvm::StringSet<>> assigned; // by function
  result = root->walk([&](AssignOp op) {
    auto known = variables.find(op.getName());
    if (known != variables.end() && known->second.getType() != op.getValue().getType()) {
      op.emitOpError() << "gives the variable '" << op.getName() << "' of " << known->second.getType() << " a value of "
                       << op.getValue().getType();
      return WalkResult::interrupt();
    }
    if (assigned[op->getParentOfType<func::FuncOp>()].insert(op.getName()).second)
      return WalkResult::advance();
    op.emitOpError() << "assigns '" << op.getName() << "' a second time";
    return WalkResult::interrupt();
  });
  return failure(result.wasInterrupted());
}

namespace {

struct VerifyImportContractPass : impl::VerifyImportContractPassBase<VerifyImportContractPass> {
  void runOnOperation() override {
    markAllAnalysesPreserved();
    WalkResult result = getOperation()->walk([&](Operation *op) {
      if (failed(verifyOp(op, "import", isOf<IngotDialect>(op), [](Type) { return StringRef(); })))
        return WalkResult::interrupt();
      auto func = dyn_cast<func::FuncOp>(op);
      return func && failed(verifySignature(func)) ? WalkResult::interrupt() : WalkResult::advance();
    });
    if (result.wasInterrupted() || failed(verifyVariables(getOperation())))
      signalPassFailure();
  }
};

struct VerifyLinalgContractPass : impl::VerifyLinalgContractPassBase<VerifyLinalgContractPass> {
  void runOnOperation() override {
    markAllAnalysesPreserved();
    auto complaint = [](Type element) -> StringRef {
      if (element.isUnsignedInteger())
        return "has an unsigned element type";
      return element.isInteger(1) ? "has a tensor of i1 (bool is i8)" : "";
    };
    WalkResult result = getOperation()->walk([&](Operation *op) {
      bool allowed = isOf<linalg::LinalgDialect, math::MathDialect, linalg_ext::LinalgExtDialect>(op);
      return failed(verifyOp(op, "to-linalg", allowed, complaint)) ? WalkResult::interrupt() : WalkResult::advance();
    });
    if (result.wasInterrupted())
      signalPassFailure();
  }
};

} // namespace

} // namespace ingot
