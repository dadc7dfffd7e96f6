//===- ConstantFold.cpp - Evaluate what is known, within a budget ------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ir/Eval/Eval.h"
#include "passes/Passes.h"
#include "passes/Utils.h"
#include "passes/simplify/WeightFolding.h"

#include "llvm/ADT/SetVector.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;

namespace ingot {

#define GEN_PASS_DEF_CONSTANTFOLDPASS
#include "passes/Passes.h.inc"

/// A result of this size is worth a constant wherever it comes from: masks, ranges of positions, small tables.
static constexpr int64_t kSmallBytes = 4096;

/// Ops that are cheaper to compute than to load, and may stand between a constant and the op that is folded.
static bool isGenerator(Operation *op) { return isa_and_nonnull<BroadcastOp, IotaOp>(op); }

static bool isKnownOperand(Value value) {
  if (!isa<RankedTensorType>(value.getType()))
    return getConstantIntValue(value).has_value();
  Operation *op = value.getDefiningOp();
  if (isGenerator(op))
    return getTensorType(value).hasStaticShape() && llvm::all_of(op->getOperands(), isKnownOperand);
  return isa_and_nonnull<ConstantOp>(op);
}

/// Bytes of the constants that a value is made of.
static int64_t getSourceBytes(Value value) {
  Operation *op = value.getDefiningOp();
  if (auto constant = dyn_cast<ConstantOp>(op))
    return std::max<int64_t>(1, getConstantBytes(constant.getValue()).size());
  int64_t bytes = 0;
  if (isGenerator(op))
    for (Value operand : op->getOperands())
      if (isa<RankedTensorType>(operand.getType()))
        bytes += getSourceBytes(operand);
  return bytes;
}

static bool isFoldable(Operation *op) {
  if (!isa<EvalOpInterface>(op) || isGenerator(op) || isa<ConstantOp>(op) || op->getNumRegions() != 0 || op->getNumResults() != 1)
    return false;
  return isMemoryEffectFree(op) && op->getNumOperands() != 0 && llvm::all_of(op->getOperands(), isKnownOperand);
}

static void reportMissed(Operation *op, const Twine &reason) {
  remark::missed(op->getLoc(), remark::RemarkOpts::name("ConstantFold").category("simplify")) << "not folded: " << reason.str();
}

/// Gives the state the value of an operand, computing those of generators.
static LogicalResult setOperand(EvalState &state, Value operand) {
  if (state.has(operand))
    return success();
  Operation *op = operand.getDefiningOp();
  if (isGenerator(op)) {
    for (Value inner : op->getOperands())
      if (failed(setOperand(state, inner)))
        return failure();
    return state.evaluate(op);
  }
  Attribute value;
  if (!matchPattern(operand, m_Constant(&value)))
    return failure();
  FailureOr<EvalTensor> tensor =
      isa<IndexType>(operand.getType())
          ? FailureOr(EvalTensor::index(operand.getContext(), cast<IntegerAttr>(value).getInt()))
          : EvalTensor::fromAttribute(value);
  if (failed(tensor))
    return failure();
  state.set(operand, *tensor);
  return success();
}

/// A constant in front of `op` with its value; null where the evaluator finds an error, which the run will then report.
static Value evaluate(Operation *op) {
  OpBuilder builder(op);
  if (ElementsAttr value = foldWeights(op))
    return ConstantOp::create(builder, op->getLoc(), value);
  EvalState state;
  for (Value operand : op->getOperands())
    if (failed(setOperand(state, operand)))
      return {};
  if (failed(state.evaluate(op)))
    return {};
  return ConstantOp::create(builder, op->getLoc(), state.tensor(op->getResult(0)).toElements());
}

namespace {

struct ConstantFoldPass : impl::ConstantFoldPassBase<ConstantFoldPass> {
  using Base::Base;

  void runOnOperation() override {
    int64_t spent = 0;
    created.clear();
    SmallVector<Operation *> ops;
    getOperation()->walk<WalkOrder::PreOrder>([&](Operation *op) { ops.push_back(op); });
    // Operands come before users, so that one pass folds whole expressions.
    for (Operation *op : ops)
      if (isFoldable(op))
        fold(op, spent);
    release();
  }

private:
  void fold(Operation *op, int64_t &spent) {
    std::optional<int64_t> bytes = getBytes(getTensorType(op->getResult(0)));
    if (!bytes)
      return;
    int64_t sources = 0;
    for (Value operand : op->getOperands())
      if (isa<RankedTensorType>(operand.getType()))
        sources += getSourceBytes(operand);
    if (*bytes > std::max(kSmallBytes, sources * growth))
      return reportMissed(op, Twine(*bytes) + " bytes from constants of " + Twine(sources));
    if (spent + *bytes > budget)
      return reportMissed(op, "the budget of " + Twine(budget) + " bytes is spent");
    Value value = evaluate(op);
    if (!value || value.getType() != op->getResult(0).getType())
      return reportMissed(op, "the evaluator reports an error");
    spent += *bytes;
    if (auto resource = dyn_cast<DenseResourceElementsAttr>(value.getDefiningOp<ConstantOp>().getValue()))
      created.insert(resource.getRawHandle().getKey());
    op->getResult(0).replaceAllUsesWith(value);
    drop(op);
    // Weights are transposed, scaled and transposed again: hold few copies of them.
    if (droppedBytes > (int64_t(256) << 20))
      release();
  }

  /// Erases the op and whatever only it used. All of it comes before the next op to fold.
  void drop(Operation *op) {
    SmallVector<Value> operands(op->getOperands());
    if (auto constant = dyn_cast<ConstantOp>(op)) {
      dropped.push_back(constant.getValue());
      droppedBytes += getConstantBytes(constant.getValue()).size();
    }
    op->erase();
    for (Value operand : llvm::SmallSetVector<Value, 4>(operands.begin(), operands.end())) {
      Operation *producer = operand.getDefiningOp();
      if ((isGenerator(producer) || isa_and_nonnull<ConstantOp>(producer)) && producer->use_empty())
        drop(producer);
    }
  }

  /// Frees what this run made and dropped, unless another constant holds it: reshapes share data. What came from outside may be held
  /// by a copy of the module.
  void release() {
    llvm::DenseSet<StringRef> live;
    auto keyOf = [](ElementsAttr value) {
      auto resource = dyn_cast<DenseResourceElementsAttr>(value);
      return resource ? resource.getRawHandle().getKey() : StringRef();
    };
    Operation *root = getOperation();
    while (Operation *parent = root->getParentOp())
      root = parent;
    root->walk([&](ConstantOp op) { live.insert(keyOf(op.getValue())); });
    for (ElementsAttr value : dropped)
      if (created.contains(keyOf(value)) && !live.contains(keyOf(value)))
        releaseData(value);
    dropped.clear();
    droppedBytes = 0;
  }

  llvm::DenseSet<StringRef> created; // keys of resources
  SmallVector<ElementsAttr> dropped;
  int64_t droppedBytes = 0;
};

} // namespace

} // namespace ingot
