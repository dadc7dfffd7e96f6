//===- TapKernel.cpp - Filter gradients of depthwise convolutions ----------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A sum of products along lines for a few places of a window, the taps, with the channels innermost. Vectors run along the channels; for each
// line, which stays in the first-level cache, and each vector of channels, the sums of all taps are in registers, so that what does not
// move with the tap is loaded once and no addition waits for another. Lines are shared out in parts, whose sums are added at the end.
//
//===----------------------------------------------------------------------===//

#include "codegen/cpu/KernelEmitter.h"
#include "codegen/fuse/Group.h"
#include "codegen/strategy/Config.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace ingot {
namespace {

constexpr int64_t mostTaps = 49, mostParts = 16, leastLines = 4;
// Sums of all parts, in elements: they lie in the caller's frame.
constexpr int64_t mostSums = 1 << 18;

class TapEmitter {
public:
  TapEmitter(KernelEmitter &e, linalg::GenericOp op) : e(e), b(e.b), op(op), config(readRowWiseConfig(e.meaning)) {}
  bool analyse();
  void run();

private:
  void sumChannels(ArrayRef<Value> starts, Value first, Value mask, Value sums);
  Value product(ArrayRef<unsigned> loops);

  KernelEmitter &e;
  OpBuilder &b;
  linalg::GenericOp op;
  RowWiseConfig config;
  SmallVector<Value> sizes;
  SmallVector<LoopAccess> inputs;
  SmallVector<Access> results;
  SmallVector<unsigned> tapLoops, lineLoops;
  unsigned channelLoop = 0, columnLoop = 0;
  SmallVector<SmallVector<int64_t>> taps;
  int64_t lanes = 0, channels = 0, pitch = 0;
  VectorType vector;
};

bool TapEmitter::analyse() {
  auto type = cast<RankedTensorType>(op.getResult(0).getType());
  Type element = type.getElementType();
  auto fill = op.getDpsInits()[0].getDefiningOp<linalg::FillOp>();
  if (!hasMultiplyAddBody(op) || !(element.isF32() || element.isF64()) || !fill || !matchPattern(fill.getInputs()[0], m_AnyZeroFloat()))
    return false;
  for (Value input : op.getDpsInputs())
    if (getElementTypeOrSelf(input.getType()) != element || e.splatOf(input))
      return false;
  AffineMap out = op.getIndexingMapsArray().back();
  if (!out.isProjectedPermutation() || out.getNumResults() < 2)
    return false;
  for (AffineExpr expr : out.getResults())
    tapLoops.push_back(cast<AffineDimExpr>(expr).getPosition());
  channelLoop = tapLoops.pop_back_val();
  int64_t count = 1;
  SmallVector<int64_t> ranges = op.getStaticLoopRanges();
  for (unsigned loop : tapLoops) {
    if (ShapedType::isDynamic(ranges[loop]))
      return false;
    count *= ranges[loop];
  }
  for (auto [d, kind] : llvm::enumerate(op.getIteratorTypesArray()))
    if (kind == utils::IteratorType::reduction)
      lineLoops.push_back(d);
  channels = ranges[channelLoop];
  lanes = e.target.lanes(element.getIntOrFloatBitWidth());
  if (lineLoops.empty() || count < 2 || count > mostTaps || ShapedType::isDynamic(channels) || channels < lanes / 2)
    return false;
  columnLoop = lineLoops.pop_back_val();
  pitch = (channels + lanes - 1) / lanes * lanes;
  if (count * pitch > mostSums)
    return false;
  sizes = e.loopSizes(op);
  for (OpOperand *input : op.getDpsInputOperands()) {
    Access access = e.accessOf(input->get());
    if (!access.memory)
      return false;
    inputs.push_back(e.throughMap(access, op.getMatchingIndexingMap(input)));
    if (KernelEmitter::known(inputs.back().strides[channelLoop]) != std::optional<int64_t>(1))
      return false;
  }
  results = e.destinations(op.getResult(0));
  vector = VectorType::get({lanes}, element);
  for (int64_t i = 0; i < count; ++i) {
    SmallVector<int64_t> tap(tapLoops.size());
    int64_t rest = i;
    for (size_t k = tapLoops.size(); k-- > 0; rest /= ranges[tapLoops[k]])
      tap[k] = rest % ranges[tapLoops[k]];
    taps.push_back(tap);
  }
  return true;
}

Value TapEmitter::product(ArrayRef<unsigned> loops) {
  Value total = e.constant(1);
  for (unsigned loop : loops)
    total = e.orZero(e.mul(total, sizes[loop]));
  return total;
}

// The sums of one line for `lanes` channels from `first` on, added to those in `sums`. `starts`: where the line begins in each input.
void TapEmitter::sumChannels(ArrayRef<Value> starts, Value first, Value mask, Value sums) {
  Value zero = arith::ConstantOp::create(b, e.loc, b.getZeroAttr(vector));
  // Registers hold the sums of some taps beside what is loaded.
  int64_t most = e.target.vectorRegisters >= 32 ? 26 : 10, count = taps.size();
  for (int64_t begin = 0; begin < count; begin += most) {
    int64_t end = std::min(begin + most, count);
    auto line = e.loop({}, sizes[columnLoop], 1, SmallVector<Value>(end - begin, zero), [&](Value column, ValueRange current) {
      SmallVector<Value> fixed(inputs.size()), next;
      for (int64_t t = begin; t < end; ++t) {
        SmallVector<Value> factors;
        for (auto [i, input] : llvm::enumerate(inputs)) {
          bool moves = false;
          for (unsigned loop : tapLoops)
            moves |= static_cast<bool>(input.strides[loop]);
          if (!moves && fixed[i]) {
            factors.push_back(fixed[i]);
            continue;
          }
          Value at = e.add(e.add(starts[i], e.mul(input.strides[columnLoop], column)), first);
          for (auto [loop, index] : llvm::zip(tapLoops, taps[t]))
            at = e.add(at, e.mul(input.strides[loop], e.constant(index)));
          at = e.orZero(at);
          Value loaded = mask ? Value(vector::MaskedLoadOp::create(b, e.loc, vector, input.memory, ValueRange{at}, mask, zero))
                              : Value(vector::LoadOp::create(b, e.loc, vector, input.memory, ValueRange{at}));
          fixed[i] = loaded;
          factors.push_back(loaded);
        }
        next.push_back(vector::FMAOp::create(b, e.loc, factors[0], factors[1], current[t - begin]));
      }
      return next;
    });
    for (int64_t t = begin; t < end; ++t) {
      Value at = e.add(e.constant(t * pitch), first);
      Value total = arith::AddFOp::create(b, e.loc, vector::LoadOp::create(b, e.loc, vector, sums, ValueRange{at}), line.getResult(t - begin));
      vector::StoreOp::create(b, e.loc, total, sums, ValueRange{at});
    }
  }
}

void TapEmitter::run() {
  int64_t count = taps.size(), sumElements = count * pitch;
  Value lines = product(lineLoops);
  Value zero = arith::ConstantOp::create(b, e.loc, b.getZeroAttr(vector));
  int64_t most = config.serial ? 1 : std::clamp<int64_t>(mostSums / sumElements, 1, mostParts);
  Value parts = e.maximum(e.minimum(e.floorDiv(lines, e.constant(leastLines)), e.constant(most)), e.constant(1));
  Value perPart = e.floorDiv(e.sub(e.add(lines, parts), e.constant(1)), parts);
  OpBuilder::InsertionGuard guard(b);
  auto scope = memref::AllocaScopeOp::create(b, e.loc, TypeRange{});
  Block *body = b.createBlock(&scope.getBodyRegion());
  memref::AllocaScopeReturnOp::create(b, e.loc);
  b.setInsertionPointToStart(body);
  int64_t known = KernelEmitter::known(parts).value_or(most);
  auto flat = MemRefType::get({sumElements}, vector.getElementType(), StridedLayoutAttr::get(b.getContext(), ShapedType::kDynamic, {1}));
  Value all = memref::AllocaOp::create(b, e.loc, MemRefType::get({known * sumElements}, vector.getElementType()), b.getI64IntegerAttr(64));
  e.forTasks(e.orZero(parts), config.serial, [&](Value part) {
    Value sums = memref::ReinterpretCastOp::create(b, e.loc, flat, all, OpFoldResult(e.orZero(e.mul(part, e.constant(sumElements)))),
                                                   SmallVector<OpFoldResult>{b.getIndexAttr(sumElements)},
                                                   SmallVector<OpFoldResult>{b.getIndexAttr(1)});
    e.loop({}, e.constant(sumElements), lanes, {}, [&](Value at, ValueRange) {
      vector::StoreOp::create(b, e.loc, zero, sums, ValueRange{at});
      return SmallVector<Value>{};
    });
    Value begin = e.mul(part, perPart), end = e.minimum(e.add(begin, perPart), lines);
    e.loop(begin, end, 1, {}, [&](Value line, ValueRange) {
      SmallVector<Value> starts;
      for (const LoopAccess &input : inputs)
        starts.push_back(input.offset);
      Value rest = line;
      for (size_t k = lineLoops.size(); k-- > 0;) {
        Value index = k == 0 ? rest : e.rem(rest, sizes[lineLoops[k]]);
        if (k > 0)
          rest = e.floorDiv(rest, sizes[lineLoops[k]]);
        for (auto [i, input] : llvm::enumerate(inputs))
          starts[i] = e.add(starts[i], e.mul(input.strides[lineLoops[k]], index));
      }
      int64_t whole = channels / lanes * lanes;
      e.loop({}, e.constant(whole), lanes, {}, [&](Value first, ValueRange) {
        sumChannels(starts, first, {}, sums);
        return SmallVector<Value>{};
      });
      if (whole < channels)
        sumChannels(starts, e.constant(whole), e.tailMask(e.constant(channels - whole), lanes), sums);
      return SmallVector<Value>{};
    });
  });
  for (int64_t t = 0; t < count; ++t)
    e.loop({}, e.constant(channels), lanes, {}, [&](Value first, ValueRange) {
      Value at = e.add(e.constant(t * pitch), first);
      Value total = e.loop(e.constant(1), parts, 1, ValueRange{vector::LoadOp::create(b, e.loc, vector, all, ValueRange{at})},
                           [&](Value part, ValueRange current) {
                             Value more = vector::LoadOp::create(b, e.loc, vector, all, ValueRange{e.add(at, e.mul(part, e.constant(sumElements)))});
                             return SmallVector<Value>{arith::AddFOp::create(b, e.loc, current[0], more)};
                           })
                        .getResult(0);
      Point point;
      for (int64_t index : taps[t])
        point.indices.push_back(e.constant(index));
      point.vectorLoop = point.indices.size();
      point.indices.push_back(first);
      point.width = lanes;
      if (channels % lanes)
        point.mask = e.tailMask(e.minimum(e.sub(e.constant(channels), first), e.constant(lanes)), lanes);
      for (const Access &access : results)
        e.store({total, {}, true}, {access.memory, access.offset, access.strides}, point);
      return SmallVector<Value>{};
    });
}

} // namespace

bool emitTapKernel(KernelEmitter &e, linalg::GenericOp op) {
  TapEmitter emitter(e, op);
  if (!emitter.analyse())
    return false;
  emitter.run();
  return true;
}

} // namespace ingot
