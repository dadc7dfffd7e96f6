//===- EntryValues.cpp - What is known when a function is entered -----------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/memory/EntryValues.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;

namespace ingot {

unsigned EntryValues::Equivalence::getHashValue(const Operation *op) {
  return OperationEquivalence::computeHash(const_cast<Operation *>(op), OperationEquivalence::directHashValue,
                                           OperationEquivalence::ignoreHashValue, OperationEquivalence::IgnoreLocations);
}

bool EntryValues::Equivalence::isEqual(const Operation *a, const Operation *b) {
  if (a == b)
    return true;
  if (a == getTombstoneKey() || a == getEmptyKey() || b == getTombstoneKey() || b == getEmptyKey())
    return false;
  return OperationEquivalence::isEquivalentTo(const_cast<Operation *>(a), const_cast<Operation *>(b),
                                              OperationEquivalence::IgnoreLocations);
}

Value EntryValues::unique(Operation *op) {
  auto [it, fresh] = made.insert(op);
  if (!fresh && *it != op)
    op->erase();
  return (*it)->getResult(0);
}

Value EntryValues::constant(Location loc, int64_t value) { return unique(arith::ConstantIndexOp::create(b, loc, value)); }

Value EntryValues::evaluate(Value value) {
  if (Value mapped = known.lookupOrNull(value))
    return mapped;
  // A value that is being evaluated depends on itself through a loop: unknown.
  auto [it, fresh] = values.try_emplace(value, Value());
  if (!fresh)
    return it->second;
  Value result = evaluateUncached(value);
  return values[value] = result;
}

static bool isDivision(Operation *op) {
  return isa<arith::DivSIOp, arith::DivUIOp, arith::RemSIOp, arith::RemUIOp, arith::CeilDivSIOp, arith::CeilDivUIOp,
             arith::FloorDivSIOp>(op);
}

Value EntryValues::evaluateUncached(Value value) {
  Operation *op = value.getDefiningOp();
  if (!op)
    return {};
  Location loc = op->getLoc();
  if (auto dim = dyn_cast<memref::DimOp>(op)) {
    std::optional<int64_t> index = dim.getConstantIndex();
    auto type = dyn_cast<MemRefType>(dim.getSource().getType());
    return index && type && *index < type.getRank() ? size(dim.getSource(), *index) : Value();
  }
  if (auto read = dyn_cast<memref::LoadOp>(op))
    return load(read);
  if (isa<scf::IfOp, scf::ForOp, scf::WhileOp>(op))
    return cloneWithRegions(cast<OpResult>(value));
  StringRef dialect = op->getDialect() ? op->getDialect()->getNamespace() : "";
  if (op->getNumRegions() || !isMemoryEffectFree(op) || op->getNumResults() != 1 ||
      !(dialect == "arith" || dialect == "math" || dialect == "affine" || dialect == "index"))
    return {};
  if (!value.getType().isIntOrIndexOrFloat())
    return {};
  IRMapping mapping;
  for (Value operand : op->getOperands()) {
    Value at = evaluate(operand);
    if (!at)
      return {};
    mapping.map(operand, at);
  }
  IntegerAttr folded;
  if (isDivision(op) && !matchPattern(op->getOperand(1), m_Constant(&folded))) {
    // The entry point also computes what a branch guards: a division there must not trap.
    Value divisor = mapping.lookup(op->getOperand(1));
    Type type = divisor.getType();
    Value zero = unique(arith::ConstantOp::create(b, loc, b.getIntegerAttr(type, 0)));
    Value one = unique(arith::ConstantOp::create(b, loc, b.getIntegerAttr(type, 1)));
    Value isZero = unique(arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, divisor, zero));
    mapping.map(op->getOperand(1), unique(arith::SelectOp::create(b, loc, isZero, one, divisor)));
  }
  return unique(b.clone(*op, mapping));
}

// Clones a loop or branch that computes with scalars alone.
Value EntryValues::cloneWithRegions(OpResult result) {
  Operation *op = result.getOwner();
  bool plain = true;
  SetVector<Value> captured;
  op->walk([&](Operation *inner) {
    if (inner != op && inner->getNumRegions() == 0 && !inner->hasTrait<OpTrait::IsTerminator>() && !isMemoryEffectFree(inner))
      plain = false;
    for (Value v : inner->getOperands()) {
      Region *region = v.getParentRegion();
      if (!op->isAncestor(region->getParentOp()))
        captured.insert(v);
      else if (!v.getType().isIntOrIndexOrFloat())
        plain = false;
    }
  });
  for (Type type : op->getResultTypes())
    plain &= type.isIntOrIndexOrFloat();
  if (!plain)
    return {};
  IRMapping mapping;
  for (Value v : captured) {
    Value at = v.getType().isIntOrIndexOrFloat() ? evaluate(v) : Value();
    if (!at)
      return {};
    mapping.map(v, at);
  }
  Operation *clone = b.clone(*op, mapping);
  for (auto [from, to] : llvm::zip(op->getResults(), clone->getResults()))
    values[from] = to;
  return clone->getResult(result.getResultNumber());
}

// A view of an input or of constants, made again at the entry point.
Value EntryValues::cloneView(Value memref) {
  if (Value mapped = known.lookupOrNull(memref))
    return mapped;
  Operation *op = memref.getDefiningOp();
  if (!op || !isa<memref::ViewOp, memref::SubViewOp, memref::ExpandShapeOp, memref::CollapseShapeOp, memref::CastOp,
                  memref::ReinterpretCastOp>(op))
    return {};
  IRMapping mapping;
  for (Value operand : op->getOperands()) {
    Value at = isa<MemRefType>(operand.getType()) ? cloneView(operand) : evaluate(operand);
    if (!at)
      return {};
    mapping.map(operand, at);
  }
  Value result = unique(b.clone(*op, mapping));
  known.map(memref, result);
  return result;
}

Value EntryValues::load(memref::LoadOp op) {
  // What was stored to a small buffer of sizes that nothing else writes.
  if (auto alloc = op.getMemRef().getDefiningOp<memref::AllocOp>()) {
    Value stored;
    for (Operation *user : alloc->getUsers()) {
      if (auto store = dyn_cast<memref::StoreOp>(user)) {
        if (store.getMemRef() != alloc.getMemref() || store->getBlock() != alloc->getBlock())
          return {};
        bool same = true;
        for (auto [a, c] : llvm::zip(store.getIndices(), op.getIndices())) {
          auto i = getConstantIntValue(a), j = getConstantIntValue(c);
          if (!i || !j)
            return {};
          same &= *i == *j;
        }
        if (same && stored)
          return {};
        if (same)
          stored = store.getValue();
      } else if (!isa<memref::LoadOp, memref::DimOp>(user)) {
        return {};
      }
    }
    return stored ? evaluate(stored) : Value();
  }
  // Reading under a condition could read what is not there.
  if (!isa<func::FuncOp>(op->getParentOp()))
    return {};
  Value memref = cloneView(op.getMemRef());
  if (!memref)
    return {};
  SmallVector<Value> indices;
  for (Value index : op.getIndices()) {
    Value at = evaluate(index);
    if (!at)
      return {};
    indices.push_back(at);
  }
  return unique(memref::LoadOp::create(b, op.getLoc(), memref, indices));
}

Value EntryValues::size(Value memref, unsigned dim) {
  auto type = cast<MemRefType>(memref.getType());
  if (!type.isDynamicDim(dim))
    return constant(memref.getLoc(), type.getDimSize(dim));
  auto [it, fresh] = sizes.try_emplace({memref, dim}, Value());
  if (!fresh)
    return it->second;
  Value result = sizeUncached(memref, dim);
  return sizes[{memref, dim}] = result;
}

Value EntryValues::sizeFromMixed(OpFoldResult size, Location loc) {
  if (auto value = dyn_cast<Value>(size))
    return evaluate(value);
  return constant(loc, *getConstantIntValue(size));
}

Value EntryValues::sizeUncached(Value memref, unsigned dim) {
  Location loc = memref.getLoc();
  if (Value at = known.lookupOrNull(memref)) {
    // Inputs are views whose sizes are operands.
    if (auto view = at.getDefiningOp<memref::ViewOp>())
      return view.getSizes()[view.getType().getDynamicDimIndex(dim)];
    return unique(memref::DimOp::create(b, loc, at, dim));
  }
  Operation *op = memref.getDefiningOp();
  if (!op)
    return {};
  unsigned dynamic = cast<MemRefType>(memref.getType()).getDynamicDimIndex(dim);
  if (auto alloc = dyn_cast<memref::AllocOp>(op))
    return evaluate(alloc.getDynamicSizes()[dynamic]);
  if (auto view = dyn_cast<memref::ViewOp>(op))
    return evaluate(view.getSizes()[dynamic]);
  if (auto view = dyn_cast<memref::ReinterpretCastOp>(op))
    return sizeFromMixed(view.getMixedSizes()[dim], loc);
  if (auto cast = dyn_cast<memref::CastOp>(op))
    return isa<MemRefType>(cast.getSource().getType()) ? size(cast.getSource(), dim) : Value();
  if (auto view = dyn_cast<memref::TransposeOp>(op))
    return size(view.getIn(), view.getPermutation().getDimPosition(dim));
  if (auto view = dyn_cast<memref::SubViewOp>(op)) {
    llvm::SmallBitVector dropped = view.getDroppedDims();
    unsigned at = 0;
    for (auto [d, mixed] : llvm::enumerate(view.getMixedSizes()))
      if (!dropped.test(d) && at++ == dim)
        return sizeFromMixed(mixed, loc);
    return {};
  }
  if (auto view = dyn_cast<memref::ExpandShapeOp>(op)) {
    SmallVector<OpFoldResult> mixed = getMixedValues(view.getStaticOutputShape(), view.getOutputShape(), b);
    return sizeFromMixed(mixed[dim], loc);
  }
  if (auto view = dyn_cast<memref::CollapseShapeOp>(op)) {
    Value product;
    ReassociationIndices group = view.getReassociationIndices()[dim];
    for (int64_t d : group) {
      Value factor = size(view.getSrc(), d);
      if (!factor)
        return {};
      product = product ? unique(arith::MulIOp::create(b, loc, product, factor)) : factor;
    }
    return product;
  }
  if (auto branch = dyn_cast<scf::IfOp>(op)) {
    unsigned i = cast<OpResult>(memref).getResultNumber();
    Value yes = size(branch.thenYield().getOperand(i), dim), no = size(branch.elseYield().getOperand(i), dim);
    if (!yes || !no)
      return {};
    if (yes == no)
      return yes;
    Value condition = evaluate(branch.getCondition());
    return condition ? unique(arith::SelectOp::create(b, loc, condition, yes, no)) : Value();
  }
  if (auto choice = dyn_cast<arith::SelectOp>(op)) {
    Value yes = size(choice.getTrueValue(), dim), no = size(choice.getFalseValue(), dim);
    return yes && yes == no ? yes : Value();
  }
  return {};
}

Value EntryValues::bytes(Value memref) {
  auto type = cast<MemRefType>(memref.getType());
  Location loc = memref.getLoc();
  Type element = type.getElementType();
  int64_t factor = isa<IndexType>(element) ? 8 : (element.getIntOrFloatBitWidth() + 7) / 8;
  Value product;
  for (int64_t d = 0; d < type.getRank(); ++d) {
    if (!type.isDynamicDim(d)) {
      factor *= type.getDimSize(d);
      continue;
    }
    Value at = size(memref, d);
    if (!at)
      return {};
    // In a branch that inputs of these sizes never take, a size may come out negative.
    at = unique(arith::MaxSIOp::create(b, loc, at, constant(loc, 0)));
    product = product ? unique(arith::MulIOp::create(b, loc, product, at)) : at;
  }
  if (!product)
    return constant(loc, (factor + 63) / 64 * 64);
  Value all = unique(arith::MulIOp::create(b, loc, product, constant(loc, factor)));
  if (factor % 64 == 0)
    return all;
  Value padded = unique(arith::AddIOp::create(b, loc, all, constant(loc, 63)));
  return unique(arith::AndIOp::create(b, loc, padded, constant(loc, -64)));
}

} // namespace ingot
