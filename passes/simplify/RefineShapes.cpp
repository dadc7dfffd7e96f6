//===- RefineShapes.cpp - Propagate static sizes forward ---------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The ops' canonicalization folds constants into mixed sizes; here the types that follow from them are given to the users. Types
// are changed in place: an op of the dialect accepts operands that are more static than its result.
//
//===----------------------------------------------------------------------===//

#include "passes/simplify/RefineShapes.h"
#include "passes/Passes.h"
#include "passes/Pipelines.h"
#include "passes/Utils.h"
#include "passes/simplify/SizePatterns.h"

#include "llvm/ADT/TypeSwitch.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

using namespace mlir;

namespace ingot {

#define GEN_PASS_DEF_REFINESHAPESPASS
#include "passes/Passes.h.inc"

/// Whether the op may be given operands of more static types.
static bool acceptsRefinedOperands(Operation *op) {
  if (isa<tensor::DimOp, tensor::CastOp, tensor::ExtractOp, func::ReturnOp>(op))
    return true;
  return isa<IngotDialect>(op->getDialect()) && !isa<CompositeOp, YieldOp>(op);
}

void refineType(Value value, RankedTensorType type) {
  auto oldType = cast<RankedTensorType>(value.getType());
  if (oldType == type)
    return;
  value.setType(type);
  OpBuilder builder(value.getContext());
  builder.setInsertionPointAfterValue(value);
  Value asBefore;
  for (OpOperand &use : llvm::make_early_inc_range(value.getUses())) {
    if (acceptsRefinedOperands(use.getOwner()))
      continue;
    if (!asBefore)
      asBefore = tensor::CastOp::create(builder, value.getLoc(), oldType, value);
    use.set(asBefore);
  }
}

/// Both types' static sizes; where they contradict each other the first's, for the verifier of the op to report.
static RankedTensorType join(RankedTensorType type, RankedTensorType other) {
  if (!other || other.getRank() != type.getRank())
    return type;
  SmallVector<int64_t> shape(type.getShape());
  for (auto [size, otherSize] : llvm::zip_equal(shape, other.getShape()))
    if (ShapedType::isDynamic(size))
      size = otherSize;
  return RankedTensorType::get(shape, type.getElementType());
}

/// The type that the op's attributes and operand types say a result has; null when they say nothing.
static RankedTensorType inferType(Operation *op, unsigned number) {
  auto element = cast<RankedTensorType>(op->getResult(number).getType()).getElementType();
  auto typeOf = [](Value value) { return getTensorType(value); };
  return TypeSwitch<Operation *, RankedTensorType>(op)
      .Case([&](ContractOp o) {
        return inferContractType(typeOf(o.getLhs()), typeOf(o.getRhs()), o.getLhsBatch(), o.getRhsBatch(), o.getLhsContracting(),
                                 o.getRhsContracting(), element);
      })
      .Case([&](ConvOp o) {
        return inferConvType(typeOf(o.getX()), typeOf(o.getFilter()), o.getStrides(), o.getDilations(), o.getPadLow(),
                             o.getPadHigh(), element);
      })
      .Case([&](ConvGradInputOp o) {
        return inferConvGradInputType(typeOf(o.getDy()), typeOf(o.getFilter()), o.getStaticSizes(), o.getGroups());
      })
      .Case([&](ReduceWindowOp o) {
        return inferWindowType(typeOf(o.getX()), o.getWindow(), o.getStrides(), o.getDilations(), o.getPadLow(), o.getPadHigh(),
                               element);
      })
      .Case([&](ReduceOp o) { return inferReduceType(typeOf(o.getX()), o.getDimensions(), element); })
      .Case([&](ArgReduceOp o) {
        return inferReduceType(typeOf(o.getX()), {static_cast<int64_t>(o.getAxis())}, element);
      })
      .Case([&](ConcatOp o) {
        SmallVector<RankedTensorType> inputs = llvm::map_to_vector(o.getInputs(), typeOf);
        return inferConcatType(inputs, o.getAxis());
      })
      .Case([&](PadOp o) { return inferPadType(typeOf(o.getX()), o.getStaticLow(), o.getStaticHigh()); })
      .Case([&](GatherOp o) { return inferGatherType(typeOf(o.getX()), typeOf(o.getIndices()), o.getAxis()); })
      .Case([&](GatherNdOp o) { return inferGatherNdType(typeOf(o.getX()), typeOf(o.getIndices()), o.getBatchDims()); })
      .Case([&](TransposeOp o) { return permuteType(typeOf(o.getX()), o.getPermutation()); })
      .Case([&](AttentionOp o) { return inferAttentionType(typeOf(o.getQ()), typeOf(o.getV())); })
      .Case([&](TopkOp o) { return inferTopkType(typeOf(o.getX()), o.getStaticK().front(), o.getAxis()); })
      .Case([&](FftOp o) { return inferFftType(typeOf(o.getX()), o.getAxis(), o.getInverse(), o.getOnesided()); })
      .Case<GatherElementsOp>([&](auto o) { return typeOf(o.getIndices()); })
      .Case<UpdateSliceOp, ScatterNdOp, ScatterElementsOp, QuantizeOp, DequantizeOp, RescaleOp, SortOp, CumulateOp, ReverseOp,
            SoftmaxOp, LogSoftmaxOp, NormalizeOp>([&](auto o) { return typeOf(o.getX()); })
      .Case<ReshapeOp, BroadcastOp, SliceOp, ResizeOp, IotaOp, RandomOp>(
          [&](auto o) { return RankedTensorType::get(o.getStaticSizes(), element); })
      .Default([&](Operation *other) -> RankedTensorType {
        if (!isElementwise(other))
          return {};
        RankedTensorType type = getTensorType(other->getOperand(0));
        for (Value operand : other->getOperands().drop_front())
          type = join(type, getTensorType(operand));
        return type;
      });
}

/// What a cast forgets sizes of; the value itself when it is no such cast.
static Value getRefinedSource(Value value) {
  auto cast = value.getDefiningOp<tensor::CastOp>();
  if (!cast || !isa<RankedTensorType>(cast.getSource().getType()))
    return value;
  RankedTensorType source = getTensorType(cast.getSource());
  return join(source, getTensorType(cast.getResult())) == source ? cast.getSource() : value;
}

/// Ops of one type take the static sizes of all operands together; an operand that knows fewer is cast.
static bool refineSameType(Operation *op) {
  RankedTensorType type = getTensorType(op->getResult(0));
  for (Value operand : op->getOperands())
    type = join(type, getTensorType(getRefinedSource(operand)));
  bool changed = type != op->getResult(0).getType();
  OpBuilder builder(op);
  for (OpOperand &operand : op->getOpOperands()) {
    if (operand.get().getType() == type)
      continue;
    Value source = getRefinedSource(operand.get());
    if (source.getType() != type)
      source = tensor::CastOp::create(builder, op->getLoc(), type, source);
    operand.set(source);
    changed = true;
  }
  refineType(op->getResult(0), type);
  return changed;
}

/// Gives `op` the sources of casts that only forget sizes, and its results the types that follow.
static bool refineOp(Operation *op) {
  if (!acceptsRefinedOperands(op) || isa<tensor::CastOp>(op))
    return false;
  if (op->hasTrait<OpTrait::SameOperandsAndResultType>())
    return refineSameType(op);
  bool changed = false;
  for (OpOperand &operand : op->getOpOperands())
    if (Value source = getRefinedSource(operand.get()); source != operand.get()) {
      operand.set(source);
      changed = true;
    }
  if (!isa<IngotDialect>(op->getDialect()))
    return changed;
  for (OpResult result : op->getResults()) {
    if (!isa<RankedTensorType>(result.getType()))
      continue;
    RankedTensorType type = join(getTensorType(result), inferType(op, result.getResultNumber()));
    changed |= type != result.getType();
    refineType(result, type);
  }
  return changed;
}

/// A function returns what its body does.
static bool refineSignature(func::FuncOp func) {
  if (func.isExternal() || !llvm::hasSingleElement(func.getBody()))
    return false;
  FunctionType type = func.getFunctionType();
  auto returned = func.getBody().front().getTerminator()->getOperandTypes();
  if (TypeRange(returned) == TypeRange(type.getResults()) && func.getBody().getArgumentTypes() == type.getInputs())
    return false;
  func.setFunctionType(FunctionType::get(func.getContext(), func.getBody().getArgumentTypes(), returned));
  return true;
}

bool propagateTypes(Operation *root) {
  bool changed = false;
  root->walk<WalkOrder::PreOrder>([&](Operation *op) { changed |= refineOp(op); });
  root->walk([&](func::FuncOp func) { changed |= refineSignature(func); });
  return changed;
}

namespace {

struct RefineShapesPass : impl::RefineShapesPassBase<RefineShapesPass> {
  void runOnOperation() override {
    RewritePatternSet owned(&getContext());
    for (Dialect *dialect : getContext().getLoadedDialects())
      dialect->getCanonicalizationPatterns(owned);
    for (RegisteredOperationName name : getContext().getRegisteredOperations())
      name.getCanonicalizationPatterns(owned, &getContext());
    populateSizePatterns(owned);
    FrozenRewritePatternSet patterns(std::move(owned), getUnsoundPatterns());
    // Static sizes become constants, constants static sizes: each round carries them one step further. Nearly always two do.
    for (int round = 0; round < 16; ++round) {
      (void)applyPatternsGreedily(getOperation(), patterns);
      if (!propagateTypes(getOperation()))
        return;
    }
  }
};

} // namespace

} // namespace ingot
