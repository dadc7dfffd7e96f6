//===- WindowKernel.cpp - Depthwise convolution and pooling ----------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Vectors run along the channels; a tile of several neighbouring results along the last spatial dimension shares the loads of
// input and weights. Taps are unrolled.
//
//===----------------------------------------------------------------------===//

#include "codegen/cpu/LoopNest.h"
#include "codegen/fuse/Group.h"
#include "codegen/strategy/Config.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace ingot {
namespace {

class WindowEmitter {
public:
  WindowEmitter(KernelEmitter &e, linalg::GenericOp anchor) : e(e), b(e.b), nest(e, anchor), anchor(anchor) {}
  LogicalResult run();

private:
  void tile(ArrayRef<Value> outer, Value column, int64_t count, Value channel, Value mask);
  void loadWeights(Value channel, Value mask);

  KernelEmitter &e;
  OpBuilder &b;
  LoopNest nest;
  linalg::GenericOp anchor;
  SmallVector<unsigned> outerLoops, windowLoops;
  unsigned columnLoop = 0, channelLoop = 0;
  bool hasColumn = false, multiplyAdd = false;
  int64_t lanes = 16;
  SmallVector<SmallVector<int64_t>> taps;
  bool keepsWeights = false;
  DenseMap<std::pair<unsigned, unsigned>, Lane> weights; // of the current channels, by input and tap
};

// Loads what depends on channel and tap alone, once for all lines of a task.
void WindowEmitter::loadWeights(Value channel, Value mask) {
  weights.clear();
  if (!keepsWeights)
    return;
  Block *body = anchor.getBody();
  for (auto [i, input] : llvm::enumerate(nest.inputs)) {
    if (i == 0 || body->getArgument(i).use_empty() || e.splatOf(anchor.getDpsInputs()[i]))
      continue;
    bool fixed = !hasColumn || !input.loops.strides[columnLoop];
    for (unsigned loop : outerLoops)
      fixed &= !input.loops.strides[loop];
    if (!fixed)
      continue;
    for (auto [t, tap] : llvm::enumerate(taps)) {
      Value at = e.add(input.loops.offset, e.mul(input.loops.strides[channelLoop], channel));
      for (auto [loop, index] : llvm::zip(windowLoops, tap))
        at = e.add(at, e.mul(input.loops.strides[loop], e.constant(index)));
      LoopAccess access{input.loops.memory, at, {input.loops.strides[channelLoop]}};
      Point point;
      point.indices = {Value()};
      point.vectorLoop = 0;
      point.width = lanes;
      point.mask = mask;
      weights[{static_cast<unsigned>(i), static_cast<unsigned>(t)}] = e.load(access, point);
    }
  }
}

// Results `column` to `column + count - 1` for the channels from `channel` on.
void WindowEmitter::tile(ArrayRef<Value> outer, Value column, int64_t count, Value channel, Value mask) {
  Type accType = cast<RankedTensorType>(anchor.getResult(0).getType()).getElementType();
  Value start = nest.initial ? nest.initial : Value(arith::ConstantOp::create(b, e.loc, b.getZeroAttr(accType)));
  SmallVector<Value> acc(count, e.broadcast(start, lanes));
  Block *body = anchor.getBody();
  for (auto [tapIndex, tapIndices] : llvm::enumerate(taps)) {
    ArrayRef<int64_t> tap = tapIndices;
    SmallVector<Lane> shared(nest.inputs.size());
    for (int64_t t = 0; t < count; ++t) {
      SmallVector<Lane> arguments;
      for (auto [i, input] : llvm::enumerate(nest.inputs)) {
        if (body->getArgument(i).use_empty()) {
          arguments.push_back({acc[t], {}, true}); // a window without values
          continue;
        }
        if (auto kept = weights.find({static_cast<unsigned>(i), static_cast<unsigned>(tapIndex)}); kept != weights.end()) {
          arguments.push_back(kept->second);
          continue;
        }
        if (Value splat = e.splatOf(anchor.getDpsInputs()[i])) {
          arguments.push_back({splat, {}, false});
          continue;
        }
        // The address in two parts: what varies at run time, and one constant, so that equal loads of neighbours are seen to be equal.
        Value at = input.loops.offset;
        int64_t fixed = 0;
        auto move = [&](Value stride, Value index) {
          auto s = KernelEmitter::known(stride), n = KernelEmitter::known(index);
          if (s && n)
            fixed += *s * *n;
          else
            at = e.add(at, e.mul(stride, index));
        };
        for (auto [loop, index] : llvm::zip(outerLoops, outer))
          move(input.loops.strides[loop], index);
        if (hasColumn) {
          move(input.loops.strides[columnLoop], column);
          move(input.loops.strides[columnLoop], e.constant(t));
        }
        for (auto [loop, index] : llvm::zip(windowLoops, tap))
          move(input.loops.strides[loop], e.constant(index));
        move(input.loops.strides[channelLoop], channel);
        bool moves = hasColumn && input.loops.strides[columnLoop];
        if (!moves && t > 0) {
          arguments.push_back(shared[i]);
          continue;
        }
        LoopAccess access{input.loops.memory, e.add(at, e.constant(fixed)), {input.loops.strides[channelLoop]}};
        Point point;
        point.indices = {Value()};
        point.vectorLoop = 0;
        point.width = lanes;
        point.mask = mask;
        shared[i] = e.load(access, point);
        arguments.push_back(shared[i]);
      }
      if (multiplyAdd) {
        acc[t] = vector::FMAOp::create(b, e.loc, e.asVector(arguments[0], lanes), e.asVector(arguments[1], lanes), acc[t]);
        continue;
      }
      arguments.push_back({acc[t], {}, true});
      Point point;
      point.indices.resize(anchor.getNumLoops());
      for (auto [loop, index] : llvm::zip(outerLoops, outer))
        point.indices[loop] = index;
      if (hasColumn)
        point.indices[columnLoop] = e.add(column, e.constant(t));
      for (auto [loop, index] : llvm::zip(windowLoops, tap))
        point.indices[loop] = e.constant(index);
      point.indices[channelLoop] = channel;
      point.vectorLoop = static_cast<int>(channelLoop);
      point.width = lanes;
      point.mask = mask;
      acc[t] = e.asVector(e.evaluate(anchor, point, arguments)[0], lanes);
    }
  }
  SmallVector<Axis> axes;
  for (unsigned loop : outerLoops)
    axes.push_back({{loop}, nest.sizes[loop]});
  if (hasColumn)
    axes.push_back({{columnLoop}, nest.sizes[columnLoop]});
  axes.push_back({{channelLoop}, nest.sizes[channelLoop]});
  for (int64_t t = 0; t < count; ++t) {
    Point point;
    point.indices.assign(outer.begin(), outer.end());
    if (hasColumn)
      point.indices.push_back(e.add(column, e.constant(t)));
    point.vectorLoop = point.indices.size();
    point.indices.push_back(channel);
    point.width = lanes;
    point.mask = mask;
    nest.finish(Lane{acc[t], {}, true}, axes, point);
  }
}

LogicalResult WindowEmitter::run() {
  if (failed(nest.analyse()))
    return failure();
  AffineMap out = anchor.getIndexingMapsArray().back();
  SmallVector<unsigned> order;
  for (AffineExpr expr : out.getResults())
    order.push_back(cast<AffineDimExpr>(expr).getPosition());
  channelLoop = order.pop_back_val();
  if (!order.empty()) {
    columnLoop = order.pop_back_val();
    hasColumn = true;
  }
  outerLoops = order;
  SmallVector<int64_t> counts;
  int64_t total = 1;
  for (auto [d, kind] : llvm::enumerate(anchor.getIteratorTypesArray()))
    if (kind == utils::IteratorType::reduction) {
      windowLoops.push_back(d);
      counts.push_back(*KernelEmitter::known(nest.sizes[d]));
      total *= counts.back();
    }
  for (int64_t i = 0; i < total; ++i) {
    SmallVector<int64_t> tap(counts.size());
    int64_t rest = i;
    for (size_t k = counts.size(); k-- > 0;) {
      tap[k] = rest % counts[k];
      rest /= counts[k];
    }
    taps.push_back(tap);
  }
  Type accType = cast<RankedTensorType>(anchor.getResult(0).getType()).getElementType();
  multiplyAdd = hasMultiplyAddBody(anchor) && isa<FloatType>(accType) &&
                llvm::all_of(anchor.getDpsInputs(), [&](Value v) { return cast<RankedTensorType>(v.getType()).getElementType() == accType; });
  WindowConfig config = readWindowConfig(e.meaning);
  lanes = config.lanes;
  int64_t columns = config.columns;

  // Registers hold the weights of a small window beside a tile of results.
  keepsWeights = total + columns + 4 <= static_cast<int64_t>(e.target.vectorRegisters);

  // A task is a band of lines: for each block of channels, the lines of the band one after another, so that a line of the input is still
  // in the first-level cache when the next line of results needs it.
  Value bandLoop = e.constant(1), others = e.constant(1);
  for (auto [i, loop] : llvm::enumerate(outerLoops))
    (i + 1 == outerLoops.size() ? bandLoop : others) = e.orZero(e.mul(i + 1 == outerLoops.size() ? bandLoop : others, nest.sizes[loop]));
  Value columnSize = hasColumn ? nest.sizes[columnLoop] : e.constant(1), channels = nest.sizes[channelLoop];
  auto w = KernelEmitter::known(columnSize), c = KernelEmitter::known(channels);
  Value bands = e.ceilDiv(bandLoop, config.bandLines);
  e.forTasks(e.orZero(e.mul(others, bands)), config.serial, [&](Value task) {
    SmallVector<Value> outer(outerLoops.size());
    Value first = e.mul(e.rem(task, bands), e.constant(config.bandLines));
    Value until = e.minimum(e.add(first, e.constant(config.bandLines)), bandLoop);
    Value rest = e.floorDiv(task, bands);
    for (size_t i = outerLoops.empty() ? 0 : outerLoops.size() - 1; i-- > 0;) {
      if (i == 0) {
        outer[0] = rest;
        break;
      }
      outer[i] = e.rem(rest, nest.sizes[outerLoops[i]]);
      rest = e.floorDiv(rest, nest.sizes[outerLoops[i]]);
    }
    auto line = [&](Value channel, Value mask) {
      if (w) {
        int64_t whole = *w / columns * columns;
        if (whole)
          e.loop({}, e.constant(whole), columns, {}, [&](Value column, ValueRange) {
            tile(outer, column, columns, channel, mask);
            return SmallVector<Value>{};
          });
        if (*w > whole)
          tile(outer, e.constant(whole), *w - whole, channel, mask);
        return;
      }
      Value begin = e.constant(0);
      for (int64_t count = columns; count >= 1; count = count > 2 ? 2 : count - 1) {
        Value end = count == 1 ? columnSize
                               : e.add(begin, e.mul(e.floorDiv(e.sub(columnSize, begin), e.constant(count)), e.constant(count)));
        e.loop(begin, end, count, {}, [&](Value column, ValueRange) {
          tile(outer, column, count, channel, mask);
          return SmallVector<Value>{};
        });
        begin = end;
      }
    };
    auto channelBlock = [&](Value channel, Value mask) {
      loadWeights(channel, mask);
      if (outerLoops.empty()) {
        line(channel, mask);
        return;
      }
      e.loop(first, until, 1, {}, [&](Value index, ValueRange) {
        outer.back() = index;
        line(channel, mask);
        return SmallVector<Value>{};
      });
    };
    Value whole = c ? e.constant(*c / lanes * lanes) : e.mul(e.floorDiv(channels, e.constant(lanes)), e.constant(lanes));
    auto blocks = [&](Value from, Value to, bool masked) {
      e.loop(from, to, lanes, {}, [&](Value channel, ValueRange) {
        channelBlock(channel, masked ? e.tailMask(e.sub(channels, channel), lanes) : Value());
        return SmallVector<Value>{};
      });
    };
    if (!c || *c >= lanes)
      blocks({}, e.orZero(whole), false);
    if (!c || *c % lanes)
      blocks(e.orZero(whole), channels, true);
  });
  return success();
}

} // namespace

LogicalResult emitWindowKernel(KernelEmitter &e) {
  for (auto op : e.meaning.getOps<linalg::GenericOp>())
    if (isWindowOp(op))
      return WindowEmitter(e, op).run();
  return e.meaning.emitOpError("has no window; this is an internal error");
}

} // namespace ingot
