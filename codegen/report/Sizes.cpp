//===- Sizes.cpp - What sizes are for assumed inputs -----------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/report/Sizes.h"
#include "codegen/memory/Frame.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"

#include "ingot/abi.h"

using namespace mlir;

namespace ingot {

std::optional<int64_t> countOf(ArrayRef<int64_t> shape) {
  int64_t count = 1;
  for (int64_t size : shape) {
    if (ShapedType::isDynamic(size) || llvm::MulOverflow(count, size, count))
      return std::nullopt;
  }
  return count;
}

Sizes::Sizes(func::FuncOp entry, ArrayRef<int64_t> inputDims) : frame(entry.getArgument(1)), inputDims(inputDims) {}

std::optional<Sizes::FramePlace> Sizes::framePlace(Value value) const {
  auto load = value.getDefiningOp<LLVM::LoadOp>();
  if (!load || !frame)
    return std::nullopt;
  Value address = load.getAddr();
  int64_t offset = 0;
  if (auto gep = address.getDefiningOp<LLVM::GEPOp>()) {
    if (!gep.getElemType().isInteger(8) || gep.getRawConstantIndices().size() != 1 || !gep.getDynamicIndices().empty())
      return std::nullopt;
    offset = gep.getRawConstantIndices()[0];
    address = gep.getBase();
  }
  if (address == frame)
    return FramePlace{0, offset, 0};
  auto base = framePlace(address);
  if (!base || base->depth != 0)
    return std::nullopt;
  return FramePlace{1, base->field, offset / 8};
}

std::optional<int64_t> Sizes::valueOf(OpFoldResult scalar) {
  if (auto attr = dyn_cast<Attribute>(scalar)) {
    auto integer = dyn_cast<IntegerAttr>(attr);
    return integer ? std::optional<int64_t>(integer.getInt()) : std::nullopt;
  }
  return valueOf(cast<Value>(scalar));
}

std::optional<int64_t> Sizes::valueOf(Value scalar) {
  if (auto known = values.find(scalar); known != values.end())
    return known->second;
  // Values of a loop that depend on themselves stay unknown.
  values[scalar] = std::nullopt;
  std::optional<int64_t> value = compute(scalar);
  values[scalar] = value;
  return value;
}

std::optional<int64_t> Sizes::compute(Value scalar) {
  Operation *op = scalar.getDefiningOp();
  if (!op)
    return std::nullopt;
  IntegerAttr constant;
  if (matchPattern(scalar, m_Constant(&constant)))
    return constant.getValue().getBitWidth() <= 64 ? std::optional<int64_t>(constant.getInt()) : std::nullopt;
  if (auto place = framePlace(scalar)) {
    bool isSize = place->depth == 1 && place->field == offsetof(ingot_frame, input_dims);
    if (isSize && place->element < static_cast<int64_t>(inputDims.size()) && !ShapedType::isDynamic(inputDims[place->element]))
      return inputDims[place->element];
    return std::nullopt;
  }
  if (isa<memref::DimOp, tensor::DimOp>(op)) {
    auto index = valueOf(op->getOperand(1));
    SmallVector<int64_t> shape = shapeOf(op->getOperand(0));
    if (!index || *index < 0 || *index >= static_cast<int64_t>(shape.size()) || ShapedType::isDynamic(shape[*index]))
      return std::nullopt;
    return shape[*index];
  }
  if (auto select = dyn_cast<arith::SelectOp>(op)) {
    auto condition = valueOf(select.getCondition());
    return condition ? valueOf(*condition ? select.getTrueValue() : select.getFalseValue()) : std::nullopt;
  }
  if (auto apply = dyn_cast<affine::AffineApplyOp>(op)) {
    SmallVector<Attribute> operands, results;
    for (Value operand : apply.getMapOperands()) {
      auto value = valueOf(operand);
      if (!value)
        return std::nullopt;
      operands.push_back(IntegerAttr::get(IndexType::get(op->getContext()), *value));
    }
    if (failed(apply.getAffineMap().constantFold(operands, results)))
      return std::nullopt;
    return cast<IntegerAttr>(results[0]).getInt();
  }
  StringRef dialect = op->getName().getDialectNamespace();
  if ((dialect == "arith" || isa<LLVM::MulOp, LLVM::AddOp>(op)) && op->getNumResults() == 1 && !op->getOperands().empty()) {
    SmallVector<int64_t> in;
    for (Value operand : op->getOperands()) {
      if (!operand.getType().isIntOrIndex())
        return std::nullopt;
      auto value = valueOf(operand);
      if (!value)
        return std::nullopt;
      in.push_back(*value);
    }
    using Result = std::optional<int64_t>;
    // Sizes are not negative, so signed and unsigned forms agree.
    return llvm::TypeSwitch<Operation *, Result>(op)
        .Case<arith::IndexCastOp, arith::IndexCastUIOp, arith::ExtSIOp, arith::ExtUIOp, arith::TruncIOp>(
            [&](auto) { return in[0]; })
        .Case<arith::AddIOp, LLVM::AddOp>([&](auto) { return in[0] + in[1]; })
        .Case<arith::SubIOp>([&](auto) { return in[0] - in[1]; })
        .Case<arith::MulIOp, LLVM::MulOp>([&](auto) { return in[0] * in[1]; })
        .Case<arith::AndIOp>([&](auto) { return in[0] & in[1]; })
        .Case<arith::OrIOp>([&](auto) { return in[0] | in[1]; })
        .Case<arith::XOrIOp>([&](auto) { return in[0] ^ in[1]; })
        .Case<arith::MaxSIOp, arith::MaxUIOp>([&](auto) { return std::max(in[0], in[1]); })
        .Case<arith::MinSIOp, arith::MinUIOp>([&](auto) { return std::min(in[0], in[1]); })
        .Case<arith::DivSIOp, arith::DivUIOp>([&](auto) { return in[1] ? Result(in[0] / in[1]) : Result(); })
        .Case<arith::RemSIOp, arith::RemUIOp>([&](auto) { return in[1] ? Result(in[0] % in[1]) : Result(); })
        .Case<arith::FloorDivSIOp>([&](auto) { return in[1] ? Result(llvm::divideFloorSigned(in[0], in[1])) : Result(); })
        .Case<arith::CeilDivSIOp, arith::CeilDivUIOp>(
            [&](auto) { return in[1] ? Result(llvm::divideCeilSigned(in[0], in[1])) : Result(); })
        .Case<arith::CmpIOp>([&](arith::CmpIOp compare) -> Result {
          APInt left(64, in[0], true), right(64, in[1], true);
          return arith::applyCmpPredicate(compare.getPredicate(), left, right);
        })
        .Default([](Operation *) { return Result(); });
  }
  return std::nullopt;
}

SmallVector<int64_t> Sizes::shapeOf(Value shaped) {
  auto type = cast<ShapedType>(shaped.getType());
  if (type.hasStaticShape())
    return SmallVector<int64_t>(type.getShape());
  if (auto known = shapes.find(shaped); known != shapes.end())
    return known->second;
  shapes[shaped] = SmallVector<int64_t>(type.getShape());
  SmallVector<int64_t> shape = computeShape(shaped);
  for (auto [size, fixed] : llvm::zip(shape, type.getShape()))
    if (!ShapedType::isDynamic(fixed))
      size = fixed;
  shapes[shaped] = shape;
  return shape;
}

// A loop carries what has one size all the time, or what grows: the size at the start is right if it follows from itself.
SmallVector<int64_t> Sizes::carriedShape(BlockArgument carried) {
  SmallVector<int64_t> unknown(cast<ShapedType>(carried.getType()).getShape());
  auto loop = dyn_cast<scf::ForOp>(carried.getOwner()->getParentOp());
  if (!loop || carried.getArgNumber() == 0)
    return unknown;
  unsigned index = carried.getArgNumber() - 1;
  SmallVector<int64_t> start = shapeOf(loop.getInitArgs()[index]);
  Sizes trial = *this;
  trial.shapes[carried] = start;
  if (trial.shapeOf(loop.getBody()->getTerminator()->getOperand(index)) != start)
    return unknown;
  *this = std::move(trial);
  return start;
}

SmallVector<int64_t> Sizes::computeShape(Value shaped) {
  SmallVector<int64_t> unknown(cast<ShapedType>(shaped.getType()).getShape());
  Operation *op = shaped.getDefiningOp();
  if (!op)
    return carriedShape(cast<BlockArgument>(shaped));
  auto fill = [&](ValueRange dynamic) {
    SmallVector<int64_t> shape = unknown;
    unsigned next = 0;
    for (int64_t &size : shape)
      if (ShapedType::isDynamic(size) && next < dynamic.size())
        size = valueOf(dynamic[next++]).value_or(ShapedType::kDynamic);
    return shape;
  };
  auto mixed = [&](ArrayRef<OpFoldResult> sizes) {
    SmallVector<int64_t> shape;
    for (OpFoldResult size : sizes)
      shape.push_back(valueOf(size).value_or(ShapedType::kDynamic));
    return shape;
  };
  auto kept = [&](ArrayRef<OpFoldResult> sizes, const llvm::SmallBitVector &dropped) {
    SmallVector<int64_t> shape, all = mixed(sizes);
    for (auto [d, size] : llvm::enumerate(all))
      if (!dropped.test(d))
        shape.push_back(size);
    return shape;
  };
  auto collapse = [&](Value source, ArrayRef<ReassociationIndices> groups) {
    SmallVector<int64_t> from = shapeOf(source), shape;
    for (const ReassociationIndices &group : groups) {
      SmallVector<int64_t> sizes;
      for (int64_t d : group)
        sizes.push_back(from[d]);
      shape.push_back(countOf(sizes).value_or(ShapedType::kDynamic));
    }
    return shape;
  };
  using Shape = SmallVector<int64_t>;
  return llvm::TypeSwitch<Operation *, Shape>(op)
      .Case<memref::ViewOp>([&](auto view) { return fill(view.getSizes()); })
      .Case<memref::AllocOp, memref::AllocaOp>([&](auto alloc) { return fill(alloc.getDynamicSizes()); })
      .Case<tensor::EmptyOp>([&](auto empty) { return fill(empty.getDynamicSizes()); })
      .Case<memref::SubViewOp, tensor::ExtractSliceOp>(
          [&](auto slice) { return kept(slice.getMixedSizes(), slice.getDroppedDims()); })
      .Case<memref::ReinterpretCastOp>([&](auto cast) { return mixed(cast.getMixedSizes()); })
      .Case<memref::ExpandShapeOp, tensor::ExpandShapeOp>([&](auto expand) { return mixed(expand.getMixedOutputShape()); })
      .Case<memref::CollapseShapeOp, tensor::CollapseShapeOp>(
          [&](auto collapsed) { return collapse(collapsed.getSrc(), collapsed.getReassociationIndices()); })
      .Case<memref::CastOp, tensor::CastOp>([&](auto cast) { return shapeOf(cast.getSource()); })
      .Case<tensor::PadOp>([&](tensor::PadOp pad) {
        Shape shape = shapeOf(pad.getSource());
        for (auto [size, low, high] : llvm::zip(shape, pad.getMixedLowPad(), pad.getMixedHighPad())) {
          auto before = valueOf(low), after = valueOf(high);
          size = before && after && !ShapedType::isDynamic(size) ? size + *before + *after : ShapedType::kDynamic;
        }
        return shape;
      })
      .Case<tensor::ConcatOp>([&](tensor::ConcatOp concat) {
        Shape shape = shapeOf(concat.getInputs().front());
        for (Value input : concat.getInputs().drop_front()) {
          int64_t more = shapeOf(input)[concat.getDim()];
          int64_t &size = shape[concat.getDim()];
          size = ShapedType::isDynamic(size) || ShapedType::isDynamic(more) ? ShapedType::kDynamic : size + more;
        }
        return shape;
      })
      .Case<tensor::InsertSliceOp>([&](auto insert) { return shapeOf(insert.getDest()); })
      .Case<DestinationStyleOpInterface>([&](auto dps) { return shapeOf(dps.getTiedOpOperand(cast<OpResult>(shaped))->get()); })
      .Case<scf::ForOp>([&](scf::ForOp loop) { return shapeOf(loop.getRegionIterArg(cast<OpResult>(shaped).getResultNumber())); })
      .Case<scf::IfOp>([&](scf::IfOp branch) {
        unsigned result = cast<OpResult>(shaped).getResultNumber();
        Shape yes = shapeOf(branch.thenYield().getOperand(result)), no = shapeOf(branch.elseYield().getOperand(result));
        for (auto [size, other] : llvm::zip(yes, no))
          size = size == other ? size : ShapedType::kDynamic;
        return yes;
      })
      .Default([&](Operation *) { return unknown; });
}

} // namespace ingot
