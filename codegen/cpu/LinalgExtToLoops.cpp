//===- LinalgExtToLoops.cpp - Scatter, scan, sort and others on buffers -------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Runs on the main functions once they are on memrefs. The order of the updates of a scatter is part of its meaning, so the loops
// are sequential. A kernel call becomes a `func.call` of the C symbol with the address of its argument array (`ingot/kernel.h`).
//
//===----------------------------------------------------------------------===//

#include "codegen/Passes.h"

#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"


namespace ingot {
#define GEN_PASS_DEF_LINALGEXTTOLOOPS
#include "codegen/Passes.h.inc"
} // namespace ingot

using namespace mlir;

namespace ingot {
namespace {

using linalg_ext::ArgKind;
using linalg_ext::ScanKind;
using linalg_ext::ScatterKind;

/// Loops and element arithmetic at one op. 16-bit floats compute in f32.
class LoopBuilder : public ImplicitLocOpBuilder {
public:
  using ImplicitLocOpBuilder::ImplicitLocOpBuilder;
  using BodyFn = function_ref<void(LoopBuilder &, ValueRange)>;

  Value index(int64_t value) { return arith::ConstantIndexOp::create(*this, value); }
  Value size(Value buffer, int64_t d) { return createOrFold<memref::DimOp>(buffer, d); }

  /// Loops over the given sizes.
  void nest(ArrayRef<Value> sizes, BodyFn body) {
    if (sizes.empty())
      return body(*this, {});
    SmallVector<Value> low(sizes.size(), index(0)), step(sizes.size(), index(1));
    scf::buildLoopNest(*this, getLoc(), low, sizes, step, [&](OpBuilder &nested, Location loc, ValueRange indices) {
      LoopBuilder inner(loc, nested);
      body(inner, indices);
    });
  }

  static bool isShort(Type type) { return type.isF16() || type.isBF16(); }
  Type computeType(Type type) { return isShort(type) ? Type(getF32Type()) : type; }
  Value load(Value buffer, ValueRange indices) {
    Value value = memref::LoadOp::create(*this, buffer, indices);
    return isShort(value.getType()) ? arith::ExtFOp::create(*this, getF32Type(), value).getResult() : value;
  }
  void store(Value value, Value buffer, ValueRange indices) {
    Type element = cast<MemRefType>(buffer.getType()).getElementType();
    if (isShort(element))
      value = arith::TruncFOp::create(*this, element, value);
    memref::StoreOp::create(*this, value, buffer, indices);
  }

  Value number(Type type, double value) {
    if (isa<FloatType>(type))
      return arith::ConstantOp::create(*this, getFloatAttr(type, value));
    return arith::ConstantOp::create(*this, getIntegerAttr(type, static_cast<int64_t>(value)));
  }
  Value add(Value a, Value b) {
    return isa<FloatType>(a.getType()) ? arith::AddFOp::create(*this, a, b).getResult()
                                       : arith::AddIOp::create(*this, a, b).getResult();
  }
  Value mul(Value a, Value b) {
    return isa<FloatType>(a.getType()) ? arith::MulFOp::create(*this, a, b).getResult()
                                       : arith::MulIOp::create(*this, a, b).getResult();
  }
  Value max(Value a, Value b, bool isUnsigned) {
    if (isa<FloatType>(a.getType()))
      return arith::MaximumFOp::create(*this, a, b);
    return isUnsigned ? arith::MaxUIOp::create(*this, a, b).getResult() : arith::MaxSIOp::create(*this, a, b).getResult();
  }
  Value min(Value a, Value b, bool isUnsigned) {
    if (isa<FloatType>(a.getType()))
      return arith::MinimumFOp::create(*this, a, b);
    return isUnsigned ? arith::MinUIOp::create(*this, a, b).getResult() : arith::MinSIOp::create(*this, a, b).getResult();
  }
};

//===----------------------------------------------------------------------===//
// scatter
//===----------------------------------------------------------------------===//

/// An index from data, made safe for a dimension of `size` (which is not 0).
Value safeIndex(LoopBuilder &b, Value index, Value size) {
  Value position = arith::IndexCastOp::create(b, b.getIndexType(), index);
  Value negative = arith::CmpIOp::create(b, arith::CmpIPredicate::slt, position, b.index(0));
  position = arith::SelectOp::create(b, negative, arith::AddIOp::create(b, position, size), position);
  Value last = arith::SubIOp::create(b, size, b.index(1));
  return arith::MaxSIOp::create(b, arith::MinSIOp::create(b, position, last), b.index(0));
}

void join(LoopBuilder &b, linalg_ext::ScatterOp op, Value update, Value output, ValueRange position) {
  bool isUnsigned = op.getIsUnsigned();
  if (op.getKind() == ScatterKind::Replace)
    return b.store(update, output, position);
  Value old = b.load(output, position);
  switch (op.getKind()) {
  case ScatterKind::Add:
    return b.store(b.add(old, update), output, position);
  case ScatterKind::Mul:
    return b.store(b.mul(old, update), output, position);
  case ScatterKind::Min:
    return b.store(b.min(old, update, isUnsigned), output, position);
  default:
    return b.store(b.max(old, update, isUnsigned), output, position);
  }
}

/// Joins a slice along its innermost dimension in vectors, where that lies in one piece; whether it does.
bool joinRows(LoopBuilder &b, linalg_ext::ScatterOp op, Value updates, Value output, ValueRange from, ValueRange to, ArrayRef<Value> sizes) {
  Type element = cast<MemRefType>(output.getType()).getElementType();
  auto isContiguous = [](Value buffer) {
    SmallVector<int64_t> strides;
    int64_t offset;
    return succeeded(cast<MemRefType>(buffer.getType()).getStridesAndOffset(strides, offset)) && !strides.empty() && strides.back() == 1;
  };
  bool adds = op.getKind() == ScatterKind::Add;
  if (sizes.empty() || !(element.isF32() || element.isF64()) || !(adds || op.getKind() == ScatterKind::Replace) || !isContiguous(updates) ||
      !isContiguous(output))
    return false;
  int64_t width = 512 / element.getIntOrFloatBitWidth();
  auto type = VectorType::get({width}, element);
  b.nest(sizes.drop_back(), [&](LoopBuilder &line, ValueRange outer) {
    auto pieces = [&](Value begin, Value end, int64_t step, Type piece) {
      scf::ForOp::create(line, begin, end, line.index(step), ValueRange{}, [&](OpBuilder &nested, Location loc, Value index, ValueRange) {
        LoopBuilder in(loc, nested);
        auto position = [&](ValueRange start) {
          SmallVector<Value> result(start);
          result.append(outer.begin(), outer.end());
          result.push_back(index);
          return result;
        };
        SmallVector<Value> source = position(from), target = position(to);
        auto load = [&](Value buffer, ValueRange at) -> Value {
          if (isa<VectorType>(piece))
            return vector::LoadOp::create(in, cast<VectorType>(piece), buffer, at);
          return memref::LoadOp::create(in, buffer, at);
        };
        Value value = load(updates, source);
        if (adds)
          value = arith::AddFOp::create(in, load(output, target), value);
        if (isa<VectorType>(piece))
          vector::StoreOp::create(in, value, output, target);
        else
          memref::StoreOp::create(in, value, output, target);
        scf::YieldOp::create(in);
      });
    };
    Value size = sizes.back();
    Value whole = line.createOrFold<arith::MulIOp>(line.createOrFold<arith::DivUIOp>(size, line.index(width)), line.index(width));
    pieces(line.index(0), whole, width, type);
    pieces(whole, size, 1, element);
  });
  return true;
}

void lowerScatter(linalg_ext::ScatterOp op, LoopBuilder &b) {
  Value indices = op.getInputs()[0], updates = op.getInputs()[1], output = op.getOutputs()[0];
  int64_t indexRank = cast<MemRefType>(indices.getType()).getRank(), rank = cast<MemRefType>(output.getType()).getRank();
  SmallVector<Value> size, updateSizes;
  Value elements = b.index(1);
  for (int64_t d = 0; d < rank; ++d) {
    size.push_back(b.size(output, d));
    elements = b.createOrFold<arith::MulIOp>(elements, size.back());
  }
  // Nothing can be written into an empty tensor, whatever the indices say.
  Value nonempty = arith::CmpIOp::create(b, arith::CmpIPredicate::ne, elements, b.index(0));
  auto guard = scf::IfOp::create(b, nonempty, /*withElseRegion=*/false);
  LoopBuilder inside(b.getLoc(), b);
  inside.setInsertionPoint(guard.thenBlock()->getTerminator());

  if (std::optional<uint64_t> axis = op.getAxis()) {
    for (int64_t d = 0; d < indexRank; ++d)
      updateSizes.push_back(inside.size(indices, d));
    inside.nest(updateSizes, [&](LoopBuilder &in, ValueRange at) {
      SmallVector<Value> position(at);
      position[*axis] = safeIndex(in, memref::LoadOp::create(in, indices, at), size[*axis]);
      join(in, op, in.load(updates, at), output, position);
    });
    return;
  }
  int64_t lead = indexRank - 1, depth = cast<MemRefType>(indices.getType()).getDimSize(lead);
  for (int64_t d = 0; d < lead; ++d)
    updateSizes.push_back(inside.size(indices, d));
  inside.nest(updateSizes, [&](LoopBuilder &in, ValueRange at) {
    SmallVector<Value> tuple;
    for (int64_t k = 0; k < depth; ++k) {
      SmallVector<Value> entry(at);
      entry.push_back(in.index(k));
      tuple.push_back(safeIndex(in, memref::LoadOp::create(in, indices, entry), size[k]));
    }
    // The update's slice lies in one piece in both.
    if (joinRows(in, op, updates, output, at, tuple, ArrayRef(size).drop_front(depth)))
      return;
    in.nest(ArrayRef(size).drop_front(depth), [&](LoopBuilder &innermost, ValueRange rest) {
      SmallVector<Value> from(at), to(tuple);
      from.append(rest.begin(), rest.end());
      to.append(rest.begin(), rest.end());
      join(innermost, op, innermost.load(updates, from), output, to);
    });
  });
}

//===----------------------------------------------------------------------===//
// scan and arg_reduce
//===----------------------------------------------------------------------===//

/// Loops over all dimensions but `axis`; the body gets the others' indices and can complete them.
template <typename Body> void overRows(LoopBuilder &b, Value x, int64_t axis, Body body) {
  int64_t rank = cast<MemRefType>(x.getType()).getRank();
  SmallVector<Value> sizes;
  for (int64_t d = 0; d < rank; ++d)
    if (d != axis)
      sizes.push_back(b.size(x, d));
  b.nest(sizes, [&](LoopBuilder &in, ValueRange row) {
    body(in, row, [&, row](Value along) {
      SmallVector<Value> position(row.begin(), row.end());
      position.insert(position.begin() + axis, along);
      return position;
    });
  });
}

void lowerScan(linalg_ext::ScanOp op, LoopBuilder &b) {
  Value x = op.getInputs()[0], y = op.getOutputs()[0];
  int64_t axis = op.getAxis();
  Type compute = b.computeType(cast<MemRefType>(x.getType()).getElementType());
  bool sum = op.getKind() == ScanKind::Sum;
  Value size = b.size(x, axis);
  overRows(b, x, axis, [&](LoopBuilder &in, ValueRange, auto at) {
    Value neutral = in.number(compute, sum ? 0 : 1);
    scf::ForOp::create(in, in.index(0), size, in.index(1), ValueRange{neutral},
                       [&](OpBuilder &nested, Location loc, Value i, ValueRange carried) {
                         LoopBuilder body(loc, nested);
                         Value along = i;
                         if (op.getReverse())
                           along = arith::SubIOp::create(body, arith::SubIOp::create(body, size, body.index(1)), i);
                         SmallVector<Value> position = at(along);
                         Value element = body.load(x, position);
                         Value next = sum ? body.add(carried[0], element) : body.mul(carried[0], element);
                         body.store(op.getExclusive() ? carried[0] : next, y, position);
                         scf::YieldOp::create(body, ValueRange{next});
                       });
  });
}

/// The value that every other one beats.
Value worst(LoopBuilder &b, Type type, bool largest, bool isUnsigned) {
  if (auto real = dyn_cast<FloatType>(type))
    return arith::ConstantOp::create(b, FloatAttr::get(type, APFloat::getInf(real.getFloatSemantics(), /*Negative=*/largest)));
  unsigned bits = type.getIntOrFloatBitWidth();
  APInt value = isUnsigned ? (largest ? APInt::getMinValue(bits) : APInt::getMaxValue(bits))
                           : (largest ? APInt::getSignedMinValue(bits) : APInt::getSignedMaxValue(bits));
  return arith::ConstantOp::create(b, IntegerAttr::get(type, value));
}

/// Whether `value` takes the place of `best`. A NaN beats every number, and nothing beats the first NaN.
Value beats(LoopBuilder &b, Value value, Value best, bool largest, bool last, bool isUnsigned) {
  if (!isa<FloatType>(value.getType())) {
    arith::CmpIPredicate predicate;
    if (largest)
      predicate = isUnsigned ? (last ? arith::CmpIPredicate::uge : arith::CmpIPredicate::ugt)
                             : (last ? arith::CmpIPredicate::sge : arith::CmpIPredicate::sgt);
    else
      predicate = isUnsigned ? (last ? arith::CmpIPredicate::ule : arith::CmpIPredicate::ult)
                             : (last ? arith::CmpIPredicate::sle : arith::CmpIPredicate::slt);
    return arith::CmpIOp::create(b, predicate, value, best);
  }
  auto predicate = largest ? (last ? arith::CmpFPredicate::OGE : arith::CmpFPredicate::OGT)
                           : (last ? arith::CmpFPredicate::OLE : arith::CmpFPredicate::OLT);
  Value better = arith::CmpFOp::create(b, predicate, value, best);
  Value isNan = arith::CmpFOp::create(b, arith::CmpFPredicate::UNO, value, value);
  Value bestIsNumber = arith::CmpFOp::create(b, arith::CmpFPredicate::ORD, best, best);
  isNan = arith::AndIOp::create(b, isNan, bestIsNumber);
  return arith::OrIOp::create(b, better, isNan);
}

void lowerArgReduce(linalg_ext::ArgReduceOp op, LoopBuilder &b) {
  Value x = op.getInputs()[0], y = op.getOutputs()[0];
  int64_t axis = op.getAxis();
  bool largest = op.getKind() == ArgKind::Max, isUnsigned = op.getIsUnsigned();
  Type compute = b.computeType(cast<MemRefType>(x.getType()).getElementType());
  Value size = b.size(x, axis);
  overRows(b, x, axis, [&](LoopBuilder &in, ValueRange row, auto at) {
    Value start = worst(in, compute, largest, isUnsigned);
    auto loop = scf::ForOp::create(in, in.index(0), size, in.index(1), ValueRange{start, in.index(0)},
                                   [&](OpBuilder &nested, Location loc, Value i, ValueRange carried) {
                                     LoopBuilder body(loc, nested);
                                     Value element = body.load(x, at(i));
                                     Value taken = beats(body, element, carried[0], largest, op.getLast(), isUnsigned);
                                     Value value = arith::SelectOp::create(body, taken, element, carried[0]);
                                     Value where = arith::SelectOp::create(body, taken, i, carried[1]);
                                     scf::YieldOp::create(body, ValueRange{value, where});
                                   });
    Type element = cast<MemRefType>(y.getType()).getElementType();
    in.store(arith::IndexCastOp::create(in, element, loop.getResult(1)), y, row);
  });
}

//===----------------------------------------------------------------------===//
// nonzero
//===----------------------------------------------------------------------===//

/// A small buffer of the function's frame.
Value frameBuffer(Operation *op, MemRefType type) {
  OpBuilder entry = OpBuilder::atBlockBegin(&op->getParentOfType<func::FuncOp>().getBody().front());
  return memref::AllocaOp::create(entry, op->getLoc(), type);
}

void lowerNonzero(linalg_ext::NonzeroOp op, LoopBuilder &b) {
  Value x = op.getInputs()[0], y = op.getOutputs()[0];
  auto type = cast<MemRefType>(x.getType());
  Value next = frameBuffer(op, MemRefType::get({}, b.getIndexType()));
  memref::StoreOp::create(b, b.index(0), next, ValueRange{});
  SmallVector<Value> sizes;
  for (int64_t d = 0; d < type.getRank(); ++d)
    sizes.push_back(b.size(x, d));
  b.nest(sizes, [&](LoopBuilder &in, ValueRange at) {
    Value element = memref::LoadOp::create(in, x, at);
    Value zero = in.number(element.getType(), 0), nonzero;
    if (isa<FloatType>(element.getType()))
      nonzero = arith::CmpFOp::create(in, arith::CmpFPredicate::UNE, element, zero);
    else
      nonzero = arith::CmpIOp::create(in, arith::CmpIPredicate::ne, element, zero);
    auto found = scf::IfOp::create(in, nonzero, /*withElseRegion=*/false);
    LoopBuilder then(in.getLoc(), in);
    then.setInsertionPoint(found.thenBlock()->getTerminator());
    Value column = memref::LoadOp::create(then, next, ValueRange{});
    for (auto [d, coordinate] : llvm::enumerate(at)) {
      Value number = arith::IndexCastOp::create(then, then.getI64Type(), coordinate);
      memref::StoreOp::create(then, number, y, ValueRange{then.index(d), column});
    }
    memref::StoreOp::create(then, arith::AddIOp::create(then, column, then.index(1)), next, ValueRange{});
  });
}

//===----------------------------------------------------------------------===//
// kernel_call
//===----------------------------------------------------------------------===//

func::FuncOp declare(ModuleOp module, StringRef name, Location loc) {
  if (auto existing = module.lookupSymbol<func::FuncOp>(name))
    return existing;
  OpBuilder builder = OpBuilder::atBlockBegin(module.getBody());
  auto type = builder.getFunctionType({builder.getIndexType()}, {builder.getI32Type()});
  auto function = func::FuncOp::create(builder, loc, name, type);
  function.setPrivate();
  function->setAttr("ingot.runtime_kernel", builder.getUnitAttr());
  return function;
}

void lowerKernelCall(linalg_ext::KernelCallOp op, LoopBuilder &b) {
  SmallVector<Value> tensors(op.getInputs());
  tensors.append(op.getOutputs().begin(), op.getOutputs().end());
  int64_t words = op.getScalars().size();
  for (Value tensor : tensors)
    words += 3 + 2 * cast<MemRefType>(tensor.getType()).getRank();
  Type i64 = b.getI64Type();
  Value arguments = frameBuffer(op, MemRefType::get({std::max<int64_t>(words, 1)}, i64));
  int64_t next = 0;
  auto push = [&](Value value) { memref::StoreOp::create(b, value, arguments, ValueRange{b.index(next++)}); };
  auto pushIndex = [&](Value value) { push(arith::IndexCastOp::create(b, i64, value)); };
  for (auto [i, tensor] : llvm::enumerate(tensors)) {
    auto type = cast<MemRefType>(tensor.getType());
    auto metadata = memref::ExtractStridedMetadataOp::create(b, tensor);
    Value base = memref::ExtractAlignedPointerAsIndexOp::create(b, tensor);
    int64_t bytes = type.getElementType().isIndex() ? 8 : (type.getElementTypeBitWidth() + 7) / 8;
    Value offset = b.createOrFold<arith::MulIOp>(metadata.getOffset(), b.index(bytes));
    pushIndex(b.createOrFold<arith::AddIOp>(base, offset));
    push(arith::ConstantOp::create(b, b.getI64IntegerAttr(op.getDtypes()[i])));
    push(arith::ConstantOp::create(b, b.getI64IntegerAttr(type.getRank())));
    for (Value size : metadata.getSizes())
      pushIndex(size);
    for (Value stride : metadata.getStrides())
      pushIndex(stride);
  }
  for (Value scalar : op.getScalars()) {
    if (scalar.getType().isIndex())
      pushIndex(scalar);
    else if (scalar.getType().isF64())
      push(arith::BitcastOp::create(b, i64, scalar));
    else
      push(scalar);
  }
  func::FuncOp callee = declare(op->getParentOfType<ModuleOp>(), op.getCallee(), op.getLoc());
  Value address = memref::ExtractAlignedPointerAsIndexOp::create(b, arguments);
  auto call = func::CallOp::create(b, callee, ValueRange{address});
  Value zero = arith::ConstantOp::create(b, b.getI32IntegerAttr(0));
  Value succeeded = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, call.getResult(0), zero);
  linalg_ext::AssertOp::create(b, succeeded, b.getStringAttr(op.getCallee() + " refused its arguments"));
}

struct LinalgExtToLoops : impl::LinalgExtToLoopsBase<LinalgExtToLoops> {
  using LinalgExtToLoopsBase::LinalgExtToLoopsBase;

  void runOnOperation() override {
    getOperation().walk([](Operation *op) {
      // On tensors there is nothing to lower yet.
      if (!isa<linalg_ext::LinalgExtDialect>(op->getDialect()) || op->getNumResults() != 0)
        return;
      LoopBuilder b(op->getLoc(), op);
      if (auto scatter = dyn_cast<linalg_ext::ScatterOp>(op))
        lowerScatter(scatter, b);
      else if (auto scan = dyn_cast<linalg_ext::ScanOp>(op))
        lowerScan(scan, b);
      else if (auto argReduce = dyn_cast<linalg_ext::ArgReduceOp>(op))
        lowerArgReduce(argReduce, b);
      else if (auto nonzero = dyn_cast<linalg_ext::NonzeroOp>(op))
        lowerNonzero(nonzero, b);
      else if (auto call = dyn_cast<linalg_ext::KernelCallOp>(op))
        lowerKernelCall(call, b);
      else
        return;
      op->erase();
    });
  }
};

} // namespace
} // namespace ingot
