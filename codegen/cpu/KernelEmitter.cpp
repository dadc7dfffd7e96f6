//===- KernelEmitter.cpp - From what a kernel means to loops ---------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/cpu/KernelEmitter.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace ingot {

KernelEmitter::KernelEmitter(func::FuncOp meaning, const TargetInfo &target, OpBuilder &builder)
    : meaning(meaning), target(target), b(builder), loc(meaning.getLoc()) {}

std::optional<int64_t> KernelEmitter::known(Value v) {
  if (!v)
    return 0;
  return getConstantIntValue(v);
}

Value KernelEmitter::constant(int64_t value) { return arith::ConstantIndexOp::create(b, loc, value); }

Value KernelEmitter::add(Value a, Value c) {
  if (!a)
    return c;
  if (!c)
    return a;
  auto x = known(a), y = known(c);
  if (x && y)
    return constant(*x + *y);
  if (x && *x == 0)
    return c;
  if (y && *y == 0)
    return a;
  return arith::AddIOp::create(b, loc, a, c, arith::IntegerOverflowFlags::nsw);
}

Value KernelEmitter::sub(Value a, Value c) {
  if (!c)
    return a;
  auto x = known(a), y = known(c);
  if (x && y)
    return constant(*x - *y);
  if (y && *y == 0)
    return a;
  return arith::SubIOp::create(b, loc, orZero(a), c, arith::IntegerOverflowFlags::nsw);
}

Value KernelEmitter::mul(Value a, Value c) {
  if (!a || !c)
    return {};
  auto x = known(a), y = known(c);
  if (x && y)
    return constant(*x * *y);
  if ((x && *x == 0) || (y && *y == 0))
    return {};
  if (x && *x == 1)
    return c;
  if (y && *y == 1)
    return a;
  return arith::MulIOp::create(b, loc, a, c, arith::IntegerOverflowFlags::nsw);
}

// Sizes and indices are never negative, and unsigned division by a constant is cheaper.
Value KernelEmitter::ceilDiv(Value a, int64_t c) {
  if (auto x = known(a))
    return constant((*x + c - 1) / c);
  return arith::DivUIOp::create(b, loc, add(a, constant(c - 1)), constant(c));
}

Value KernelEmitter::floorDiv(Value a, Value c) {
  auto x = known(a), y = known(c);
  if (x && y && *y != 0)
    return constant(*x / *y);
  if (y && *y == 1)
    return a;
  return arith::DivUIOp::create(b, loc, orZero(a), c);
}

Value KernelEmitter::rem(Value a, Value c) {
  auto x = known(a), y = known(c);
  if (x && y && *y != 0)
    return constant(*x % *y);
  if (y && *y == 1)
    return constant(0);
  return arith::RemUIOp::create(b, loc, orZero(a), c);
}

Value KernelEmitter::minimum(Value a, Value c) {
  auto x = known(a), y = known(c);
  if (x && y)
    return constant(std::min(*x, *y));
  return arith::MinSIOp::create(b, loc, orZero(a), orZero(c));
}

Value KernelEmitter::maximum(Value a, Value c) {
  auto x = known(a), y = known(c);
  if (x && y)
    return constant(std::max(*x, *y));
  return arith::MaxSIOp::create(b, loc, orZero(a), orZero(c));
}

Access KernelEmitter::contiguous(Value memory, SmallVector<Value> sizes) {
  Access access;
  access.memory = memory;
  access.sizes = sizes;
  access.strides.resize(sizes.size());
  Value stride = constant(1);
  for (size_t i = sizes.size(); i-- > 0;) {
    access.strides[i] = stride;
    stride = mul(stride, sizes[i]);
    // A size of zero makes every stride useless but must not make it null (null means that the loop does not move).
    if (!stride)
      stride = constant(0);
  }
  access.joined.assign(sizes.empty() ? 0 : sizes.size() - 1, true);
  return access;
}

static MemRefType flatType(Type element) {
  MLIRContext *context = element.getContext();
  return MemRefType::get({ShapedType::kDynamic}, element, StridedLayoutAttr::get(context, ShapedType::kDynamic, {1}));
}

func::FuncOp KernelEmitter::createFunction() {
  // Arguments: a flat buffer for each tensor, its dynamic sizes after it; scalars as they are.
  // Packed weights may be stored in fewer bits than they mean.
  auto config = meaning->getAttrOfType<DictionaryAttr>("ingot.config");
  auto packed = config ? config.getAs<IntegerAttr>("packed") : IntegerAttr();
  auto stored = config ? config.getAs<TypeAttr>("stored") : TypeAttr();
  SmallVector<Type> types;
  for (auto [i, type] : llvm::enumerate(meaning.getArgumentTypes())) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    if (!tensor) {
      types.push_back(type);
      continue;
    }
    bool narrow = stored && packed && packed.getInt() == static_cast<int64_t>(i);
    types.push_back(flatType(narrow ? stored.getValue() : tensor.getElementType()));
    types.append(tensor.getNumDynamicDims(), b.getIndexType());
  }
  function = func::FuncOp::create(loc, meaning.getSymName(), FunctionType::get(b.getContext(), types, {}));
  function.setPrivate();
  function->setAttr("ingot.kernel", b.getUnitAttr());
  Block *entry = function.addEntryBlock();
  b.setInsertionPointToStart(entry);
  unsigned next = 0;
  unsigned firstOutput = meaning.getNumArguments() - meaning.getNumResults();
  for (BlockArgument argument : meaning.getArguments()) {
    auto tensor = dyn_cast<RankedTensorType>(argument.getType());
    if (!tensor) {
      if (meaning.getArgAttr(argument.getArgNumber(), "ingot.turn"))
        function.setArgAttr(next, "ingot.turn", b.getUnitAttr());
      scalars.map(argument, entry->getArgument(next++));
      continue;
    }
    Value memory = entry->getArgument(next++);
    SmallVector<Value> sizes;
    for (int64_t size : tensor.getShape())
      // A size that is negative (a window that does not fit into its input) means that there is nothing to do. From here on sizes may
      // be divided as unsigned numbers.
      sizes.push_back(ShapedType::isDynamic(size) ? maximum(entry->getArgument(next++), constant(0)) : constant(size));
    Access access = contiguous(memory, sizes);
    accesses[argument] = access;
    if (argument.getArgNumber() >= firstOutput)
      outputs.push_back(access);
  }
  func::ReturnOp ret = func::ReturnOp::create(b, loc);
  b.setInsertionPoint(ret);
  return function;
}

Access KernelEmitter::outputAccess(unsigned index) { return outputs[index]; }

Access KernelEmitter::sliceOf(Access access, tensor::InsertSliceOp insert) {
  auto value = [&](OpFoldResult v) {
    return isa<Attribute>(v) ? constant(cast<IntegerAttr>(cast<Attribute>(v)).getInt()) : scalar(cast<Value>(v));
  };
  for (auto [d, offset, size, step] : llvm::enumerate(insert.getMixedOffsets(), insert.getMixedSizes(), insert.getMixedStrides())) {
    access.offset = add(access.offset, mul(value(offset), access.strides[d]));
    access.strides[d] = mul(access.strides[d], value(step));
    Value extent = value(size);
    bool whole = extent == access.sizes[d] || (known(extent) && known(extent) == known(access.sizes[d]));
    if (d > 0)
      access.joined[d - 1] = access.joined[d - 1] && whole;
    if (d + 1 < access.sizes.size() && !isConstantIntValue(step, 1))
      access.joined[d] = false;
    access.sizes[d] = extent;
  }
  return access;
}

SmallVector<Access> KernelEmitter::destinations(Value value) {
  SmallVector<Access> result;
  for (OpOperand &use : value.getUses()) {
    if (isa<func::ReturnOp>(use.getOwner())) {
      result.push_back(outputAccess(use.getOperandNumber()));
      continue;
    }
    if (auto insert = dyn_cast<tensor::InsertSliceOp>(use.getOwner())) {
      for (OpOperand &whole : insert.getResult().getUses())
        if (isa<func::ReturnOp>(whole.getOwner()))
          result.push_back(sliceOf(outputAccess(whole.getOperandNumber()), insert));
      continue;
    }
    auto pad = dyn_cast<tensor::PadOp>(use.getOwner());
    if (!pad)
      continue;
    for (OpOperand &padded : pad.getResult().getUses()) {
      if (!isa<func::ReturnOp>(padded.getOwner()))
        continue;
      Access access = outputAccess(padded.getOperandNumber());
      auto low = pad.getMixedLowPad(), high = pad.getMixedHighPad();
      for (size_t d = 0; d < low.size(); ++d) {
        Value before = isa<Attribute>(low[d]) ? constant(cast<IntegerAttr>(cast<Attribute>(low[d])).getInt()) : scalar(cast<Value>(low[d]));
        access.offset = add(access.offset, mul(before, access.strides[d]));
        bool whole = isConstantIntValue(low[d], 0) && isConstantIntValue(high[d], 0);
        if (d > 0)
          access.joined[d - 1] = access.joined[d - 1] && whole;
        if (!whole) {
          Value after = isa<Attribute>(high[d]) ? constant(cast<IntegerAttr>(cast<Attribute>(high[d])).getInt()) : scalar(cast<Value>(high[d]));
          access.sizes[d] = sub(sub(access.sizes[d], before), after);
        }
      }
      result.push_back(access);
    }
  }
  return result;
}

Access KernelEmitter::accessOf(Value tensor) {
  auto it = accesses.find(tensor);
  if (it != accesses.end())
    return it->second;
  Operation *op = tensor.getDefiningOp();
  if (!op)
    return {};
  auto value = [&](OpFoldResult v) -> Value {
    if (auto attr = dyn_cast<Attribute>(v))
      return constant(cast<IntegerAttr>(attr).getInt());
    return scalar(cast<Value>(v));
  };
  if (auto cast = dyn_cast<tensor::CastOp>(op))
    return accessOf(cast.getSource());
  if (auto slice = dyn_cast<tensor::ExtractSliceOp>(op)) {
    Access from = accessOf(slice.getSource()), to;
    if (!from.memory)
      return {};
    llvm::SmallBitVector dropped = slice.getDroppedDims();
    to.memory = from.memory;
    to.offset = from.offset;
    auto offsets = slice.getMixedOffsets(), sizes = slice.getMixedSizes();
    int last = -1;
    bool run = true;
    for (int64_t d = 0; d < static_cast<int64_t>(sizes.size()); ++d) {
      to.offset = add(to.offset, mul(value(offsets[d]), from.strides[d]));
      if (d > 0)
        run = run && from.joined[d - 1] && getConstantIntValue(sizes[d]) && getConstantIntValue(sizes[d]) == known(from.sizes[d]);
      if (dropped.test(d)) {
        run = false;
        continue;
      }
      if (last >= 0)
        to.joined.push_back(run);
      to.sizes.push_back(maximum(value(sizes[d]), constant(0)));
      to.strides.push_back(from.strides[d]);
      last = d;
      run = true;
    }
    return to;
  }
  if (auto expand = dyn_cast<tensor::ExpandShapeOp>(op)) {
    Access from = accessOf(expand.getSrc()), to;
    if (!from.memory)
      return {};
    to.memory = from.memory;
    to.offset = from.offset;
    auto sizes = expand.getMixedOutputShape();
    to.sizes.resize(sizes.size());
    to.strides.resize(sizes.size());
    to.joined.assign(sizes.empty() ? 0 : sizes.size() - 1, true);
    auto groups = expand.getReassociationIndices();
    for (auto [g, group] : llvm::enumerate(groups)) {
      Value stride = from.strides[g];
      for (int64_t d : llvm::reverse(group)) {
        to.sizes[d] = value(sizes[d]);
        to.strides[d] = stride;
        stride = mul(stride, to.sizes[d]);
        if (!stride)
          stride = constant(0);
      }
      if (g + 1 < groups.size())
        to.joined[group.back()] = from.joined[g];
    }
    // Leading dimensions of size 1 made from a scalar.
    if (groups.empty())
      for (size_t d = 0; d < sizes.size(); ++d) {
        to.sizes[d] = constant(1);
        to.strides[d] = constant(1);
      }
    return to;
  }
  if (auto collapse = dyn_cast<tensor::CollapseShapeOp>(op)) {
    Access from = accessOf(collapse.getSrc()), to;
    if (!from.memory)
      return {};
    to.memory = from.memory;
    to.offset = from.offset;
    int64_t before = -1; // the last dimension of the group before that has more than one element
    for (auto &group : collapse.getReassociationIndices()) {
      Value size = constant(1), stride;
      int64_t first = group.back(), last = -1;
      for (int64_t d : group) {
        size = mul(size, from.sizes[d]);
        if (!size)
          size = constant(0);
        // The innermost dimension that is not 1 gives the stride.
        bool isOne = known(from.sizes[d]) == std::optional<int64_t>(1);
        if (!stride || !isOne)
          stride = from.strides[d];
        if (isOne)
          continue;
        if (last < 0)
          first = d;
        last = d;
      }
      to.sizes.push_back(size);
      to.strides.push_back(stride);
      if (before >= 0)
        to.joined.push_back(llvm::all_of(llvm::seq(before, first), [&](int64_t d) { return from.joined[d]; }));
      before = last < 0 ? group.front() : last;
    }
    return to;
  }
  return {};
}

LoopAccess KernelEmitter::throughMap(const Access &access, AffineMap map) {
  LoopAccess result;
  result.memory = access.memory;
  result.offset = access.offset;
  result.strides.resize(map.getNumDims());
  // Each result of the map is a sum of loops times constants.
  std::function<void(AffineExpr, int64_t, unsigned)> walk = [&](AffineExpr e, int64_t factor, unsigned k) {
    if (auto d = dyn_cast<AffineDimExpr>(e)) {
      Value &stride = result.strides[d.getPosition()];
      stride = add(stride, mul(access.strides[k], constant(factor)));
    } else if (auto c = dyn_cast<AffineConstantExpr>(e)) {
      result.offset = add(result.offset, mul(access.strides[k], constant(factor * c.getValue())));
    } else {
      auto binary = cast<AffineBinaryOpExpr>(e);
      if (e.getKind() == AffineExprKind::Add) {
        walk(binary.getLHS(), factor, k);
        walk(binary.getRHS(), factor, k);
      } else {
        walk(binary.getLHS(), factor * cast<AffineConstantExpr>(binary.getRHS()).getValue(), k);
      }
    }
  };
  for (auto [k, e] : llvm::enumerate(map.getResults())) {
    // A dimension of size 1 does not move, whatever its loop does elsewhere.
    if (known(access.sizes[k]) == std::optional<int64_t>(1) && isa<AffineDimExpr>(e))
      continue;
    walk(e, 1, k);
  }
  return result;
}

SmallVector<Value> KernelEmitter::loopSizes(linalg::GenericOp op) {
  SmallVector<Value> sizes(op.getNumLoops());
  SmallVector<int64_t> fixed = op.getStaticLoopRanges();
  for (auto [i, size] : llvm::enumerate(fixed))
    if (!ShapedType::isDynamic(size))
      sizes[i] = constant(size);
  std::function<Access(Value)> find = [&](Value v) -> Access {
    // Sizes of values computed inside follow their destination back to a buffer or an empty tensor.
    if (Access access = accessOf(v); access.memory)
      return access;
    Access access;
    Operation *def = v.getDefiningOp();
    if (auto empty = dyn_cast_or_null<tensor::EmptyOp>(def)) {
      for (OpFoldResult size : empty.getMixedSizes())
        access.sizes.push_back(isa<Attribute>(size) ? constant(cast<IntegerAttr>(cast<Attribute>(size)).getInt())
                                                    : maximum(scalar(cast<Value>(size)), constant(0)));
    } else if (auto dps = dyn_cast_or_null<DestinationStyleOpInterface>(def)) {
      return find(dps.getTiedOpOperand(cast<OpResult>(v))->get());
    } else if (auto cast = dyn_cast_or_null<tensor::CastOp>(def)) {
      return find(cast.getSource());
    }
    return access;
  };
  for (OpOperand &operand : op->getOpOperands()) {
    auto type = dyn_cast<RankedTensorType>(operand.get().getType());
    if (!type)
      continue;
    AffineMap map = op.getMatchingIndexingMap(&operand);
    Access access;
    for (auto [k, e] : llvm::enumerate(map.getResults())) {
      auto d = dyn_cast<AffineDimExpr>(e);
      if (!d || sizes[d.getPosition()])
        continue;
      if (access.sizes.empty())
        access = find(operand.get());
      if (k < access.sizes.size())
        sizes[d.getPosition()] = access.sizes[k];
    }
  }
  return sizes;
}

Value KernelEmitter::scalar(Value v) {
  if (Value mapped = scalars.lookupOrNull(v))
    return mapped;
  Operation *op = v.getDefiningOp();
  if (!op)
    return {};
  // Constants and scalar arithmetic of the meaning are cloned at the start of the function, once.
  OpBuilder::InsertionGuard guard(b);
  if (op->getParentRegion() == &meaning.getBody()) {
    Block &entry = function.getBody().front();
    Operation *after = nullptr;
    for (Value operand : op->getOperands()) {
      if (isa<RankedTensorType>(operand.getType())) {
        // tensor.dim of an argument.
        if (auto dim = dyn_cast<tensor::DimOp>(op)) {
          Value size = accessOf(dim.getSource()).sizes[*dim.getConstantIndex()];
          scalars.map(v, size);
          return size;
        }
        return {};
      }
      Value s = scalar(operand);
      if (Operation *def = s.getDefiningOp(); def && (!after || after->isBeforeInBlock(def)))
        after = def;
    }
    if (after)
      b.setInsertionPointAfter(after);
    else
      b.setInsertionPointToStart(&entry);
    Operation *clone = b.clone(*op, scalars);
    (void)clone;
    return scalars.lookup(v);
  }
  return {};
}

Value KernelEmitter::splatOf(Value v) {
  if (!isa<RankedTensorType>(v.getType()))
    return scalar(v);
  if (auto fill = v.getDefiningOp<linalg::FillOp>())
    return scalar(fill.getInputs()[0]);
  if (auto slice = v.getDefiningOp<tensor::ExtractSliceOp>())
    return splatOf(slice.getSource());
  DenseElementsAttr attr;
  if (matchPattern(v, m_Constant(&attr)) && attr.isSplat()) {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(&function.getBody().front());
    return arith::ConstantOp::create(b, loc, cast<TypedAttr>(attr.getSplatValue<Attribute>()));
  }
  return {};
}

bool KernelEmitter::isVectorizable(linalg::GenericOp op) {
  for (Operation &inner : *op.getBody()) {
    if (isa<linalg::IndexOp, linalg::YieldOp, tensor::ExtractOp, tensor::DimOp>(inner))
      continue;
    if (inner.getNumRegions() || !(OpTrait::hasElementwiseMappableTraits(&inner) || inner.hasTrait<OpTrait::ConstantLike>()))
      return false;
  }
  return true;
}

Value KernelEmitter::broadcast(Value v, int64_t width) {
  if (isa<VectorType>(v.getType()))
    return v;
  return vector::BroadcastOp::create(b, loc, VectorType::get({width}, v.getType()), v);
}

Value KernelEmitter::iota(int64_t width) {
  SmallVector<APInt> values;
  for (int64_t i = 0; i < width; ++i)
    values.push_back(APInt(64, i));
  auto type = VectorType::get({width}, b.getIndexType());
  return arith::ConstantOp::create(b, loc, DenseElementsAttr::get(type, values));
}

Value KernelEmitter::asVector(const Lane &lane, int64_t width) {
  if (lane.unitBase)
    return arith::AddIOp::create(b, loc, broadcast(lane.unitBase, width), iota(width));
  return broadcast(lane.value, width);
}

SmallVector<Value> KernelEmitter::transposed(SmallVector<Value> rows) {
  int64_t width = rows.size();
  // Swaps the blocks off the diagonal, of half the matrix, a quarter and so on.
  for (int64_t half = width / 2; half > 0; half /= 2) {
    SmallVector<int64_t> upper, lower;
    for (int64_t lane = 0; lane < width; ++lane) {
      bool second = lane & half;
      upper.push_back(second ? width + lane - half : lane);
      lower.push_back(second ? width + lane : lane + half);
    }
    for (int64_t i = 0; i < width; ++i) {
      if (i & half)
        continue;
      Value a = rows[i], c = rows[i + half];
      rows[i] = vector::ShuffleOp::create(b, loc, a, c, upper);
      rows[i + half] = vector::ShuffleOp::create(b, loc, a, c, lower);
    }
  }
  return rows;
}

SmallVector<Value> KernelEmitter::interleaved(ArrayRef<Value> vectors) {
  int64_t count = vectors.size(), width = cast<VectorType>(vectors[0].getType()).getNumElements();
  SmallVector<Value> result;
  for (int64_t k = 0; k < count; ++k) {
    Value joined = vectors[0];
    for (int64_t c = 1; c < count; ++c) {
      SmallVector<int64_t> lanes;
      for (int64_t lane = 0; lane < width; ++lane) {
        int64_t from = k * width + lane, element = from / count;
        // The first step brings those of the first vector into place.
        lanes.push_back(from % count == c ? width + element : c == 1 ? element : lane);
      }
      joined = vector::ShuffleOp::create(b, loc, joined, vectors[c], lanes);
    }
    result.push_back(joined);
  }
  return result;
}

Value KernelEmitter::tailMask(Value count, int64_t width) {
  return vector::CreateMaskOp::create(b, loc, VectorType::get({width}, b.getI1Type()), ValueRange{count});
}

Value KernelEmitter::address(const LoopAccess &access, const Point &point) {
  Value at = access.offset;
  for (auto [stride, index] : llvm::zip(access.strides, point.indices))
    at = add(at, mul(stride, index));
  return orZero(at);
}

// What lanes that are masked off hold: for integers 1, so that a division by it cannot trap.
static Value passThrough(KernelEmitter &e, VectorType type) {
  Attribute one = isa<FloatType>(type.getElementType()) ? Attribute(e.b.getFloatAttr(type.getElementType(), 0.0))
                                                        : Attribute(e.b.getIntegerAttr(type.getElementType(), 1));
  return arith::ConstantOp::create(e.b, e.loc, DenseElementsAttr::get(type, one));
}

static Value fullMask(KernelEmitter &e, int64_t width) {
  return e.tailMask(e.constant(width), width);
}

Lane KernelEmitter::load(const LoopAccess &access, const Point &point) {
  Value at = address(access, point);
  Type element = cast<MemRefType>(access.memory.getType()).getElementType();
  Value stride = point.vectorLoop < 0 ? Value() : access.strides[point.vectorLoop];
  if (!stride || known(stride) == std::optional<int64_t>(0))
    return {memref::LoadOp::create(b, loc, access.memory, ValueRange{at}), {}, false};
  auto type = VectorType::get({point.width}, element);
  if (known(stride) == std::optional<int64_t>(1)) {
    if (!point.mask)
      return {vector::LoadOp::create(b, loc, type, access.memory, ValueRange{at}), {}, true};
    Value zero = passThrough(*this, type);
    return {vector::MaskedLoadOp::create(b, loc, type, access.memory, ValueRange{at}, point.mask, zero), {}, true};
  }
  Value indices = arith::MulIOp::create(b, loc, iota(point.width), broadcast(stride, point.width));
  Value zero = passThrough(*this, type);
  Value mask = point.mask ? point.mask : fullMask(*this, point.width);
  return {vector::GatherOp::create(b, loc, type, access.memory, ValueRange{at}, indices, mask, zero), {}, true};
}

void KernelEmitter::store(const Lane &value, const LoopAccess &access, const Point &point) {
  Value at = address(access, point);
  Value stride = point.vectorLoop < 0 ? Value() : access.strides[point.vectorLoop];
  if (point.vectorLoop < 0) {
    memref::StoreOp::create(b, loc, value.value, access.memory, ValueRange{at});
    return;
  }
  Value v = asVector(value, point.width);
  if (known(stride) == std::optional<int64_t>(1)) {
    if (point.mask)
      vector::MaskedStoreOp::create(b, loc, access.memory, ValueRange{at}, point.mask, v);
    else
      vector::StoreOp::create(b, loc, v, access.memory, ValueRange{at});
    return;
  }
  Value indices = arith::MulIOp::create(b, loc, iota(point.width), broadcast(orZero(stride), point.width));
  Value mask = point.mask ? point.mask : fullMask(*this, point.width);
  vector::ScatterOp::create(b, loc, Type(), access.memory, ValueRange{at}, indices, mask, v);
}

SmallVector<Lane> KernelEmitter::evaluate(linalg::GenericOp op, const Point &point, ArrayRef<Lane> arguments) {
  DenseMap<Value, Lane> lanes;
  Block *body = op.getBody();
  for (auto [argument, lane] : llvm::zip(body->getArguments(), arguments))
    lanes[argument] = lane;
  auto laneOf = [&](Value v) -> Lane {
    auto it = lanes.find(v);
    if (it != lanes.end())
      return it->second;
    return {scalar(v), {}, false};
  };
  int64_t width = point.width;
  for (Operation &inner : body->without_terminator()) {
    if (auto index = dyn_cast<linalg::IndexOp>(inner)) {
      int d = index.getDim();
      Value at = orZero(point.indices[d]);
      lanes[index] = d == point.vectorLoop ? Lane{{}, at, true} : Lane{at, {}, false};
      continue;
    }
    if (auto dim = dyn_cast<tensor::DimOp>(inner)) {
      lanes[dim] = {accessOf(dim.getSource()).sizes[*dim.getConstantIndex()], {}, false};
      continue;
    }
    if (auto extract = dyn_cast<tensor::ExtractOp>(inner)) {
      if (Value splat = splatOf(extract.getTensor())) {
        lanes[extract] = {splat, {}, false};
        continue;
      }
      Access access = accessOf(extract.getTensor());
      Value at = access.offset, varying;
      Value unit;
      int vectors = 0;
      for (auto [stride, index] : llvm::zip(access.strides, extract.getIndices())) {
        Lane lane = laneOf(index);
        if (!lane.isVector) {
          at = add(at, mul(stride, lane.value));
          continue;
        }
        ++vectors;
        if (lane.unitBase && known(stride) == std::optional<int64_t>(1)) {
          unit = lane.unitBase;
          continue;
        }
        Value term = arith::MulIOp::create(b, loc, asVector(lane, width), broadcast(stride, width));
        varying = varying ? Value(arith::AddIOp::create(b, loc, varying, term)) : term;
      }
      Type element = cast<RankedTensorType>(extract.getTensor().getType()).getElementType();
      if (vectors == 0) {
        lanes[extract] = {memref::LoadOp::create(b, loc, access.memory, ValueRange{orZero(at)}), {}, false};
        continue;
      }
      auto type = VectorType::get({width}, element);
      if (!varying) {
        Value base = orZero(add(at, unit));
        Value zero = passThrough(*this, type);
        lanes[extract] = {point.mask ? Value(vector::MaskedLoadOp::create(b, loc, type, access.memory, ValueRange{base}, point.mask, zero))
                                     : Value(vector::LoadOp::create(b, loc, type, access.memory, ValueRange{base})),
                          {},
                          true};
        continue;
      }
      if (unit)
        varying = arith::AddIOp::create(b, loc, varying, asVector({{}, unit, true}, width));
      Value zero = passThrough(*this, type);
      Value mask = point.mask ? point.mask : fullMask(*this, width);
      lanes[extract] = {vector::GatherOp::create(b, loc, type, access.memory, ValueRange{orZero(at)}, varying, mask, zero), {}, true};
      continue;
    }
    bool vector = false;
    for (Value operand : inner.getOperands())
      vector |= laneOf(operand).isVector;
    // base + i + uniform stays an index of unit stride.
    if (vector && isa<arith::AddIOp, arith::SubIOp>(inner)) {
      Lane x = laneOf(inner.getOperand(0)), y = laneOf(inner.getOperand(1));
      if (x.unitBase && !y.isVector) {
        lanes[inner.getResult(0)] = {{}, isa<arith::AddIOp>(inner) ? add(x.unitBase, y.value) : sub(x.unitBase, y.value), true};
        continue;
      }
      if (isa<arith::AddIOp>(inner) && y.unitBase && !x.isVector) {
        lanes[inner.getResult(0)] = {{}, add(x.value, y.unitBase), true};
        continue;
      }
    }
    // With a constant that is not NaN, a comparison that lets NaN fall through is one instruction; the exact maximum is three.
    if (isa<arith::MaximumFOp, arith::MinimumFOp>(inner)) {
      for (unsigned side : {0u, 1u}) {
        Lane bound = laneOf(inner.getOperand(side)), other = laneOf(inner.getOperand(1 - side));
        FloatAttr constantBound;
        if (bound.isVector || !matchPattern(bound.value, m_Constant(&constantBound)) || constantBound.getValue().isNaN())
          continue;
        Value c = vector ? asVector(bound, width) : bound.value, x = vector ? asVector(other, width) : other.value;
        auto relation = isa<arith::MaximumFOp>(inner) ? arith::CmpFPredicate::OGT : arith::CmpFPredicate::OLT;
        Value wins = arith::CmpFOp::create(b, loc, relation, c, x);
        lanes[inner.getResult(0)] = {arith::SelectOp::create(b, loc, wins, c, x), {}, vector};
        break;
      }
      if (lanes.count(inner.getResult(0)))
        continue;
    }
    IRMapping mapping;
    for (Value operand : inner.getOperands()) {
      Lane lane = laneOf(operand);
      mapping.map(operand, vector ? asVector(lane, width) : lane.value);
    }
    if (inner.getNumRegions()) {
      // Point by point only; inner values come from the lanes as well.
      inner.walk([&](Operation *nested) {
        for (Value operand : nested->getOperands())
          if (operand.getParentRegion() == &op.getRegion() || operand.getParentRegion() == &meaning.getBody())
            if (!isa<RankedTensorType>(operand.getType()))
              mapping.map(operand, laneOf(operand).value);
      });
    }
    Operation *clone = b.clone(inner, mapping);
    if (vector)
      for (Value result : clone->getResults())
        result.setType(VectorType::get({width}, result.getType()));
    SmallVector<tensor::ExtractOp> extracts;
    clone->walk([&](tensor::ExtractOp extract) { extracts.push_back(extract); });
    for (tensor::ExtractOp extract : extracts) {
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPoint(extract);
      Access access = accessOf(extract.getTensor());
      Value at = access.offset;
      for (auto [stride, index] : llvm::zip(access.strides, extract.getIndices()))
        at = add(at, mul(stride, index));
      extract.replaceAllUsesWith(memref::LoadOp::create(b, loc, access.memory, ValueRange{orZero(at)}).getResult());
      extract.erase();
    }
    SmallVector<linalg::IndexOp> nestedIndices;
    clone->walk([&](linalg::IndexOp index) { nestedIndices.push_back(index); });
    for (linalg::IndexOp index : nestedIndices) {
      index.replaceAllUsesWith(orZero(point.indices[index.getDim()]));
      index.erase();
    }
    for (auto [from, to] : llvm::zip(inner.getResults(), clone->getResults()))
      lanes[from] = {to, {}, vector};
  }
  SmallVector<Lane> results;
  for (Value v : body->getTerminator()->getOperands())
    results.push_back(laneOf(v));
  return results;
}

void KernelEmitter::forTasks(Value tasks, bool serial, llvm::function_ref<void(Value)> body) {
  if (known(tasks) == std::optional<int64_t>(1)) {
    body(constant(0));
    return;
  }
  if (serial) {
    auto forOp = scf::ForOp::create(b, loc, constant(0), tasks, constant(1));
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(forOp.getBody());
    body(forOp.getInductionVar());
    return;
  }
  auto forall = scf::ForallOp::create(b, loc, SmallVector<OpFoldResult>{OpFoldResult(tasks)}, ValueRange{}, std::nullopt);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPoint(forall.getTerminator());
  body(forall.getInductionVar(0));
}

scf::ForOp KernelEmitter::loop(Value lower, Value upper, int64_t step, ValueRange init,
                               llvm::function_ref<SmallVector<Value>(Value, ValueRange)> body) {
  auto forOp = scf::ForOp::create(b, loc, orZero(lower), orZero(upper), constant(step), init);
  OpBuilder::InsertionGuard guard(b);
  if (init.empty()) {
    b.setInsertionPointToStart(forOp.getBody());
    body(forOp.getInductionVar(), {});
  } else {
    b.setInsertionPointToStart(forOp.getBody());
    SmallVector<Value> next = body(forOp.getInductionVar(), forOp.getRegionIterArgs());
    scf::YieldOp::create(b, loc, next);
  }
  return forOp;
}

} // namespace ingot
