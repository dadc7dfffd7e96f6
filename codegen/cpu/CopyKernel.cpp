//===- CopyKernel.cpp - Padding and concatenation --------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/cpu/KernelEmitter.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace ingot {
namespace {

int64_t copyWidth(KernelEmitter &e, Type element) { return std::max<int64_t>(e.target.vectorBits / std::max(element.getIntOrFloatBitWidth(), 8u), 2); }

// `count` elements from `at` on: fills with `value`, or copies from `source` at `from`.
void run(KernelEmitter &e, Value memory, Value at, Value count, Value value, Value source, Value from, Value sourceStride) {
  Type element = cast<MemRefType>(memory.getType()).getElementType();
  int64_t width = copyWidth(e, element);
  auto known = KernelEmitter::known(count);
  LoopAccess to{memory, at, {e.constant(1)}}, read{source, from, {sourceStride}};
  auto vectors = [&](Value lower, Value upper, bool masked) {
    e.loop(lower, upper, width, {}, [&](Value index, ValueRange) {
      Point point;
      point.indices = {index};
      point.vectorLoop = 0;
      point.width = width;
      if (masked)
        point.mask = e.tailMask(e.sub(count, index), width);
      e.store(source ? e.load(read, point) : Lane{value, {}, false}, to, point);
      return SmallVector<Value>{};
    });
  };
  Value whole = known ? e.constant(*known / width * width) : e.mul(e.floorDiv(count, e.constant(width)), e.constant(width));
  if (!known || *known >= width)
    vectors({}, whole, false);
  if (!known || *known % width)
    vectors(e.orZero(whole), count, true);
}

// Linear index -> indices of `sizes`.
SmallVector<Value> delinearize(KernelEmitter &e, Value linear, ArrayRef<Value> sizes) {
  SmallVector<Value> indices(sizes.size());
  for (size_t i = sizes.size(); i-- > 0;) {
    if (i == 0) {
      indices[0] = linear;
      break;
    }
    indices[i] = e.rem(linear, sizes[i]);
    linear = e.floorDiv(linear, sizes[i]);
  }
  return indices;
}

Value product(KernelEmitter &e, ArrayRef<Value> sizes) {
  Value total = e.constant(1);
  for (Value size : sizes)
    total = e.orZero(e.mul(total, size));
  return total;
}

// Writes the padding of `pad` into `to`, and the source into its interior where `from` says that the source is in memory.
LogicalResult emitPad(KernelEmitter &e, tensor::PadOp pad, const Access &from, const Access &to) {
  OpBuilder &b = e.b;
  bool copies = static_cast<bool>(from.memory);
  int64_t rank = to.sizes.size();
  auto index = [&](OpFoldResult v) {
    return isa<Attribute>(v) ? e.constant(cast<IntegerAttr>(cast<Attribute>(v)).getInt()) : e.scalar(cast<Value>(v));
  };
  Value value = pad.getConstantPaddingValue();
  if (!value)
    return pad.emitOpError("pads with a computed value; this is an internal error");
  if (value.getParentRegion() == &pad.getRegion())
    value = b.clone(*value.getDefiningOp())->getResult(0);
  else
    value = e.scalar(value);
  SmallVector<Value> low, high;
  for (OpFoldResult v : pad.getMixedLowPad())
    low.push_back(index(v));
  for (OpFoldResult v : pad.getMixedHighPad())
    high.push_back(index(v));
  auto none = [](Value v) { return KernelEmitter::known(v) == std::optional<int64_t>(0); };
  SmallVector<Value> sizes; // of the source
  for (int64_t d = 0; d < rank; ++d)
    sizes.push_back(copies ? from.sizes[d] : e.sub(e.sub(to.sizes[d], low[d]), high[d]));
  // Dimensions behind the last padded one move together with it.
  int64_t last = rank - 1;
  while (last > 0 && none(low[last]) && none(high[last]) && (!copies || from.joined[last - 1]))
    --last;
  if (rank == 0)
    return pad.emitOpError("pads a scalar; this is an internal error");
  Value inner = product(e, ArrayRef<Value>(to.sizes).drop_front(last + 1));
  ArrayRef<Value> outerSizes = ArrayRef<Value>(to.sizes).take_front(last);
  Value lines = product(e, outerSizes);
  Value total = e.orZero(e.mul(e.mul(lines, to.sizes[last]), inner));
  bool serial = KernelEmitter::known(total) && *KernelEmitter::known(total) < 32768;
  Value sourceStride = copies ? from.strides.back() : Value();
  for (int64_t d = last; copies && d + 1 < rank; ++d)
    if (!from.joined[d])
      return pad.emitOpError("pads a strided view; this is an internal error");
  e.forTasks(lines, serial, [&](Value line) {
    SmallVector<Value> at = delinearize(e, line, outerSizes);
    Value inside, source = copies ? from.offset : Value();
    for (int64_t d = 0; d < last; ++d) {
      Value offset = e.sub(at[d], low[d]);
      if (copies)
        source = e.add(source, e.mul(from.strides[d], offset));
      if (none(low[d]) && none(high[d]))
        continue;
      // One unsigned comparison checks both ends.
      Value ok = arith::CmpIOp::create(b, e.loc, arith::CmpIPredicate::ult, offset, sizes[d]);
      inside = inside ? Value(arith::AndIOp::create(b, e.loc, inside, ok)) : ok;
    }
    Value start = e.orZero(e.mul(e.mul(line, to.sizes[last]), inner));
    auto copyLine = [&] {
      Value before = e.orZero(e.mul(low[last], inner)), middle = e.orZero(e.mul(sizes[last], inner)),
            after = e.orZero(e.mul(high[last], inner));
      if (!none(before))
        run(e, to.memory, start, before, value, {}, {}, {});
      if (copies)
        run(e, to.memory, e.add(start, before), middle, {}, from.memory, source, sourceStride);
      if (!none(after))
        run(e, to.memory, e.add(e.add(start, before), middle), after, value, {}, {}, {});
    };
    if (!inside) {
      copyLine();
      return;
    }
    auto ifOp = scf::IfOp::create(b, e.loc, inside, true);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(ifOp.thenBlock());
    copyLine();
    b.setInsertionPointToStart(ifOp.elseBlock());
    run(e, to.memory, start, e.orZero(e.mul(to.sizes[last], inner)), value, {}, {}, {});
  });
  return success();
}

// Copies `from` to the slice of `to` that begins at `start` along `axis` and has all of the other dimensions.
void emitPart(KernelEmitter &e, const Access &from, const Access &to, int64_t axis, Value start) {
  int64_t rank = to.sizes.size();
  Value innerOut = product(e, ArrayRef<Value>(to.sizes).drop_front(axis + 1));
  // What lies together in the input, from `first` on, is copied as one.
  int64_t first = rank - 1;
  while (first > axis && from.joined[first - 1])
    --first;
  Value run1 = product(e, ArrayRef<Value>(from.sizes).drop_front(first));
  ArrayRef<Value> outer = ArrayRef<Value>(from.sizes).take_front(first);
  Value lines = product(e, outer);
  // A single long line is cut into pieces.
  constexpr int64_t piece = 16384;
  auto knownLines = KernelEmitter::known(lines), knownRun = KernelEmitter::known(run1);
  bool cut = knownLines == std::optional<int64_t>(1) && (!knownRun || *knownRun > 2 * piece);
  bool serial = knownLines && knownRun && *knownLines * *knownRun < 32768;
  Value tasks = cut ? e.ceilDiv(run1, piece) : lines;
  Value stride = from.strides.back();
  e.forTasks(tasks, serial, [&](Value task) {
    SmallVector<Value> at = delinearize(e, cut ? e.constant(0) : task, outer);
    Value source = from.offset, target = e.orZero(e.mul(start, innerOut));
    for (int64_t d = 0; d < first; ++d) {
      source = e.add(source, e.mul(from.strides[d], at[d]));
      target = e.add(target, e.mul(to.strides[d], at[d]));
    }
    Value offset = cut ? e.mul(task, e.constant(piece)) : Value();
    Value count = cut ? e.minimum(e.sub(run1, e.orZero(offset)), e.constant(piece)) : run1;
    run(e, to.memory, e.orZero(e.add(target, offset)), count, {}, from.memory, e.add(source, e.mul(stride, offset)), stride);
  });
}

LogicalResult emitConcat(KernelEmitter &e, tensor::ConcatOp concat) {
  Access to = e.outputAccess(0);
  int64_t axis = concat.getDim();
  Value start = e.constant(0);
  for (Value input : concat.getInputs()) {
    Access from = e.accessOf(input);
    emitPart(e, from, to, axis, start);
    start = e.add(start, from.sizes[axis]);
  }
  return success();
}

// One part of a concatenation whose other parts are stored by the kernels that make them.
LogicalResult emitInsert(KernelEmitter &e, tensor::InsertSliceOp insert) {
  Access to = e.outputAccess(0);
  for (auto [d, offset] : llvm::enumerate(insert.getMixedOffsets()))
    if (!isConstantIntValue(offset, 0)) {
      emitPart(e, e.accessOf(insert.getSource()), to, d, e.constant(*getConstantIntValue(offset)));
      return success();
    }
  // The first part, along whichever dimension it is shorter.
  auto from = insert.getSourceType(), whole = insert.getDestType();
  int64_t axis = 0;
  for (int64_t d = 0; d < from.getRank(); ++d)
    if (from.getDimSize(d) != whole.getDimSize(d))
      axis = d;
  emitPart(e, e.accessOf(insert.getSource()), to, axis, {});
  return success();
}

} // namespace

LogicalResult emitCopyKernel(KernelEmitter &e) {
  for (Operation &op : e.meaning.getBody().front()) {
    if (auto pad = dyn_cast<tensor::PadOp>(op))
      return emitPad(e, pad, e.accessOf(pad.getSource()), e.outputAccess(0));
    if (auto concat = dyn_cast<tensor::ConcatOp>(op))
      return emitConcat(e, concat);
    if (auto insert = dyn_cast<tensor::InsertSliceOp>(op))
      return emitInsert(e, insert);
  }
  return e.meaning.emitOpError("copies nothing; this is an internal error");
}

LogicalResult emitPadBorders(KernelEmitter &e) {
  auto ret = cast<func::ReturnOp>(e.meaning.getBody().front().getTerminator());
  for (auto [i, v] : llvm::enumerate(ret.getOperands()))
    if (auto pad = v.getDefiningOp<tensor::PadOp>())
      if (failed(emitPad(e, pad, {}, e.outputAccess(i))))
        return failure();
  return success();
}

} // namespace ingot
