//===- LowerPrecision.cpp - Products of f32 as products of bf16 or f16 -----===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Activations are rounded where they are computed, once for all products that read them: kernels then store them in half the
// memory.
//
//===----------------------------------------------------------------------===//

#include "codegen/Passes.h"
#include "codegen/fuse/Group.h"
#include "codegen/strategy/Winograd.h"

#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/AsmState.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/Matchers.h"

#include <cstring>

namespace ingot {
#define GEN_PASS_DEF_LOWERPRECISION
#include "codegen/Passes.h.inc"
} // namespace ingot

using namespace mlir;

namespace ingot {
namespace {

// A sum over fewer channels would mostly multiply the zeros that fill its groups.
constexpr int64_t minSum = 8;

// To nearest, ties to even; NaN stays one.
uint16_t roundToBf16(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof(bits));
  if ((bits & 0x7fffffff) > 0x7f800000)
    return static_cast<uint16_t>(bits >> 16 | 0x40);
  return static_cast<uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

struct LowerPrecisionPass : impl::LowerPrecisionBase<LowerPrecisionPass> {
  using Base::Base;

  void runOnOperation() override {
    auto info = TargetInfo::fromName(cpu);
    auto word = parseAccuracy(accuracy);
    if (!info || !word) {
      getOperation().emitError("unknown ") << (info ? "accuracy '" : "processor '") << (info ? accuracy : cpu) << "'";
      return signalPassFailure();
    }
    target = *info;
    allowed = *word;
    Builder builder(&getContext());
    narrow = type == "f16" ? Type(builder.getF16Type()) : builder.getBF16Type();
    done.clear();
    SmallVector<linalg::LinalgOp> products;
    getOperation()->walk([&](linalg::LinalgOp op) {
      if (isa<linalg::ContractionOpInterface, linalg::ConvolutionOpInterface, linalg::GenericOp, linalg::ContractOp>(
              op.getOperation()) &&
          isProduct(op))
        products.push_back(op);
    });
    IRRewriter rewriter(&getContext());
    for (linalg::LinalgOp op : products) {
      auto generic = dyn_cast<linalg::GenericOp>(op.getOperation());
      if (!generic) {
        rewriter.setInsertionPoint(op);
        FailureOr<linalg::GenericOp> spelled = linalg::generalizeNamedOp(rewriter, op);
        if (failed(spelled))
          continue;
        generic = *spelled;
      }
      if (isWorthwhile(generic))
        round(generic);
    }
  }

private:
  // Of two f32 tensors, one of them constant weights where only those count.
  bool isProduct(linalg::LinalgOp op) {
    if (op.getNumDpsInputs() != 2 || op.getNumDpsInits() != 1 || op.getNumReductionLoops() == 0)
      return false;
    for (Value operand : op->getOperands())
      if (!getElementTypeOrSelf(operand.getType()).isF32())
        return false;
    bool hasConstant = llvm::any_of(op.getDpsInputs(), [](Value v) { return constantBehind(v) != nullptr; });
    // Weights are packed in bf16 only.
    return hasConstant ? narrow.isBF16() : runTime;
  }

  // The constant that `value` is a view of.
  static arith::ConstantOp constantBehind(Value value) {
    while (Operation *op = value.getDefiningOp()) {
      if (auto constant = dyn_cast<arith::ConstantOp>(op))
        return isa<DenseElementsAttr, DenseResourceElementsAttr>(constant.getValue()) ? constant : arith::ConstantOp();
      if (!isa<tensor::ExpandShapeOp, tensor::CollapseShapeOp>(op))
        break;
      value = op->getOperand(0);
    }
    return {};
  }

  bool isWorthwhile(linalg::GenericOp op) {
    auto dims = getContractionDims(op);
    if (!dims || (!runTime && !constantBehind(op.getDpsInputs()[dims->swapped ? 0 : 1])))
      return false;
    SmallVector<int64_t> sizes = op.getStaticLoopRanges();
    int64_t sum = 1; // over a pixel's channels, or those of a window's line
    for (unsigned loop : ArrayRef<unsigned>(dims->k).take_back(2))
      sum = !ShapedType::isDynamic(sizes[loop]) ? sum * sizes[loop] : runTime ? std::max(sum, minSum) : 0;
    if (sum < minSum)
      return false;
    // Sixteen multiplications in place of 36, exact ones, beat half the time of each.
    auto winograd = getWinogradLoops(op);
    if (!winograd)
      return true;
    auto size = [&](unsigned loop) { return ShapedType::isDynamic(sizes[loop]) ? -1 : sizes[loop]; };
    return chooseWinograd(target, allowed, size(winograd->height), size(winograd->width), sizes[winograd->channel], sizes[winograd->filter]) != 4;
  }

  TargetInfo target;
  Accuracy allowed = Accuracy::Default;
  Type narrow;

  void round(linalg::GenericOp op) {
    OpBuilder b(op);
    for (unsigned i = 0; i < 2; ++i) {
      op->setOperand(i, rounded(op.getDpsInputs()[i]));
      BlockArgument argument = op.getBody()->getArgument(i);
      argument.setType(narrow);
      b.setInsertionPointToStart(op.getBody());
      Value wide = arith::ExtFOp::create(b, op.getLoc(), b.getF32Type(), argument);
      argument.replaceAllUsesExcept(wide, wide.getDefiningOp());
    }
  }

  Value rounded(Value value) {
    if (Value known = done.lookup(value))
      return known;
    Value result = build(value);
    done[value] = result;
    return result;
  }

  Value build(Value value) {
    auto type = cast<RankedTensorType>(value.getType());
    OpBuilder b(&getContext());
    b.setInsertionPointAfterValue(value);
    Location loc = value.getLoc();
    auto narrowType = RankedTensorType::get(type.getShape(), narrow, type.getEncoding());
    Operation *op = value.getDefiningOp();
    if (auto constant = dyn_cast_or_null<arith::ConstantOp>(op))
      if (Attribute attr = roundedConstant(constant.getValue(), narrowType))
        return arith::ConstantOp::create(b, loc, cast<TypedAttr>(attr));
    // In front of views and borders, where the producer can round.
    if (auto expand = dyn_cast_or_null<tensor::ExpandShapeOp>(op))
      return tensor::ExpandShapeOp::create(b, loc, narrowType, rounded(expand.getSrc()), expand.getReassociationIndices(),
                                           expand.getMixedOutputShape());
    if (auto collapse = dyn_cast_or_null<tensor::CollapseShapeOp>(op))
      return tensor::CollapseShapeOp::create(b, loc, narrowType, rounded(collapse.getSrc()), collapse.getReassociationIndices());
    if (auto pad = dyn_cast_or_null<tensor::PadOp>(op))
      if (Value border = pad.getConstantPaddingValue(); border && matchPattern(border, m_AnyZeroFloat())) {
        Value zero = arith::ConstantOp::create(b, loc, b.getZeroAttr(narrow));
        return tensor::PadOp::create(b, loc, narrowType, rounded(pad.getSource()), pad.getMixedLowPad(), pad.getMixedHighPad(), zero);
      }
    SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(b, loc, value);
    Value empty = tensor::EmptyOp::create(b, loc, sizes, narrow);
    AffineMap identity = b.getMultiDimIdentityMap(type.getRank());
    SmallVector<utils::IteratorType> parallel(type.getRank(), utils::IteratorType::parallel);
    return linalg::GenericOp::create(b, loc, TypeRange{narrowType}, ValueRange{value}, ValueRange{empty},
                                     ArrayRef<AffineMap>{identity, identity}, parallel,
                                     [&](OpBuilder &inner, Location at, ValueRange args) {
                                       Value half = arith::TruncFOp::create(inner, at, narrow, args[0]);
                                       linalg::YieldOp::create(inner, at, half);
                                     })
        .getResult(0);
  }

  static Attribute roundedConstant(Attribute attr, RankedTensorType type) {
    if (auto splat = dyn_cast<SplatElementsAttr>(attr)) {
      APFloat value = splat.getSplatValue<APFloat>();
      bool losesInfo;
      value.convert(APFloat::BFloat(), APFloat::rmNearestTiesToEven, &losesInfo);
      return DenseElementsAttr::get(type, value);
    }
    ArrayRef<char> raw;
    if (auto dense = dyn_cast<DenseElementsAttr>(attr)) {
      raw = dense.getRawData();
    } else if (auto resource = dyn_cast<DenseResourceElementsAttr>(attr)) {
      if (AsmResourceBlob *blob = resource.getRawHandle().getBlob())
        raw = blob->getData();
    }
    size_t count = type.getNumElements();
    if (raw.size() != count * sizeof(float))
      return {};
    AsmResourceBlob blob = HeapAsmResourceBlob::allocate(count * sizeof(uint16_t), 64, /*dataIsMutable=*/true);
    auto *target = reinterpret_cast<uint16_t *>(blob.getMutableData().data());
    for (size_t i = 0; i < count; ++i) {
      float value;
      std::memcpy(&value, raw.data() + i * sizeof(float), sizeof(float));
      target[i] = roundToBf16(value);
    }
    return DenseResourceElementsAttr::get(type, "bf16", std::move(blob));
  }

  DenseMap<Value, Value> done;
};

} // namespace
} // namespace ingot
