//===- LoopNest.cpp - Loops of an anchor op and its epilogue ---------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/cpu/LoopNest.h"
#include "codegen/fuse/Group.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;

namespace ingot {

LoopNest::LoopNest(KernelEmitter &e, linalg::GenericOp anchor, ArrayRef<Operation *> before)
    : e(e), anchor(anchor), before(before.begin(), before.end()) {}

NestAccess LoopNest::view(const Access &access, AffineMap map) {
  // Loops of one iteration never move anything: without them, window maps of 1x1 windows are plain dimensions.
  SmallVector<AffineExpr> dims;
  for (unsigned d = 0; d < map.getNumDims(); ++d)
    dims.push_back(KernelEmitter::known(sizes[d]) == std::optional<int64_t>(1) ? getAffineConstantExpr(0, map.getContext())
                                                                              : getAffineDimExpr(d, map.getContext()));
  AffineMap simple = map.replaceDimsAndSymbols(dims, {}, map.getNumDims(), 0);
  return {access, simple, e.throughMap(access, simple)};
}

LogicalResult LoopNest::analyse() {
  sizes = e.loopSizes(anchor);
  for (auto [d, size] : llvm::enumerate(sizes))
    if (!size)
      return e.meaning.emitOpError("has a loop without a size; this is an internal error");
  auto maps = anchor.getIndexingMapsArray();
  for (auto [i, input] : llvm::enumerate(anchor.getDpsInputs())) {
    Access access = e.accessOf(input);
    inputs.push_back(access.memory ? view(access, maps[i]) : NestAccess{});
  }
  initial = e.splatOf(anchor.getDpsInits()[0]);
  AffineMap out = maps.back(); // loops -> result dimensions
  MLIRContext *context = anchor.getContext();
  int64_t columns = cast<RankedTensorType>(anchor.getResult(0).getType()).getShape().back();
  if ((gateColumns = getGateColumns(anchor)))
    gates = columns / gateColumns;
  // Epilogue loops are the result's dimensions: dimension k is loop out[k].
  auto composed = [&](AffineMap map) { return map.compose(out); };
  DenseSet<Value> own{anchor.getResult(0)};
  auto addStores = [&](linalg::GenericOp op, AffineMap toResult, bool ofGates) {
    for (const Access &access : e.destinations(op.getResult(0)))
      stores.push_back({op.getResult(0), view(access, toResult), ofGates});
  };
  auto addOp = [&](Operation *op, AffineMap loops, bool ofGates) {
    own.insert(op->getResult(0));
    epilogue.push_back(op);
    epilogueLoops.push_back(loops);
    epilogueOfGates.push_back(ofGates);
  };
  addStores(anchor, out, false);
  for (Operation &member : *anchor->getBlock()) {
    if (auto slice = dyn_cast<tensor::ExtractSliceOp>(member); slice && own.contains(slice.getSource()))
      addOp(slice, out, true);
    auto op = dyn_cast<linalg::GenericOp>(member);
    if (!op || op == anchor || before.contains(op))
      continue;
    // A permuting epilogue reads the group's value through `permutation`: its loops are the result's dimensions in another order.
    AffineMap permutation = AffineMap::getMultiDimIdentityMap(op.getNumLoops(), context);
    for (OpOperand *input : op.getDpsInputOperands())
      if (own.contains(input->get()))
        permutation = op.getMatchingIndexingMap(input);
    AffineMap loopsOfOp = inversePermutation(permutation); // result dimensions -> the op's loops
    bool ofGates = gateColumns && op.getStaticLoopRanges().back() == gateColumns;
    for (OpOperand *input : op.getDpsInputOperands())
      if (!own.contains(input->get()) && !e.splatOf(input->get()) && isa<RankedTensorType>(input->get().getType()))
        reads.push_back({input, view(e.accessOf(input->get()), composed(op.getMatchingIndexingMap(input).compose(loopsOfOp))), ofGates});
    addStores(op, composed(op.getIndexingMapsArray().back().compose(loopsOfOp)), ofGates);
    addOp(op, composed(loopsOfOp), ofGates);
    op.getBody()->walk([&](linalg::IndexOp) { readsIndices = true; });
  }
  return success();
}

bool LoopNest::joined(const NestAccess &access, unsigned outer, unsigned inner) {
  Value x = access.loops.strides[outer], y = access.loops.strides[inner];
  if (!x && !y)
    return true;
  auto a = KernelEmitter::known(x), c = KernelEmitter::known(y), n = KernelEmitter::known(sizes[inner]);
  if (a && c && n && x && y)
    return *a == *c * *n;
  // Symbolic sizes: two whole neighbouring dimensions of the tensor.
  auto position = [&](unsigned loop) {
    for (auto [k, expr] : llvm::enumerate(access.map.getResults()))
      if (expr == getAffineDimExpr(loop, expr.getContext()))
        return static_cast<int>(k);
    return -1;
  };
  int p = position(outer), q = position(inner);
  for (auto [k, expr] : llvm::enumerate(access.map.getResults()))
    if (static_cast<int>(k) != p && static_cast<int>(k) != q && (expr.isFunctionOfDim(outer) || expr.isFunctionOfDim(inner)))
      return false;
  return p >= 0 && q == p + 1 && access.access.joined[p];
}

SmallVector<Axis> LoopNest::merge(ArrayRef<unsigned> loops, ArrayRef<int> ignored) {
  SmallVector<Axis> axes;
  for (unsigned loop : loops) {
    if (KernelEmitter::known(sizes[loop]) == std::optional<int64_t>(1) && loops.size() > 1 && (loop != loops.back() || !axes.empty()))
      continue;
    // The index within one of the loops is that of the axis only while the axis has no other.
    bool join = !axes.empty() && !readsIndices;
    if (join) {
      unsigned outer = axes.back().loops.back();
      for (auto [i, input] : llvm::enumerate(inputs))
        if (input.access.memory && !llvm::is_contained(ignored, static_cast<int>(i)))
          join &= joined(input, outer, loop);
      for (Store &store : stores)
        join &= joined(store.access, outer, loop);
      for (Read &read : reads)
        join &= joined(read.access, outer, loop);
    }
    if (join) {
      axes.back().loops.push_back(loop);
      axes.back().size = e.orZero(e.mul(axes.back().size, sizes[loop]));
    } else {
      axes.push_back({{loop}, sizes[loop]});
    }
  }
  return axes;
}

Value LoopNest::stride(const NestAccess &access, const Axis &axis) {
  for (unsigned loop : llvm::reverse(axis.loops))
    if (access.loops.strides[loop])
      return access.loops.strides[loop];
  return {};
}

LoopAccess LoopNest::along(const NestAccess &access, ArrayRef<Axis> axes) {
  LoopAccess result;
  result.memory = access.loops.memory;
  result.offset = access.loops.offset;
  for (const Axis &axis : axes)
    result.strides.push_back(stride(access, axis));
  return result;
}

void LoopNest::prefetch(ArrayRef<Axis> axes, const Point &point, unsigned moving) {
  auto ask = [&](const NestAccess &access, bool ofGates, bool write) {
    LoopAccess lines = along(access, axes);
    if (!lines.strides[moving])
      return;
    for (int64_t gate = 0; gate < (ofGates ? 1 : gates); ++gate)
      memref::PrefetchOp::create(e.b, e.loc, lines.memory, ValueRange{e.address(lines, inGate(gate, point))}, write,
                                 /*localityHint=*/3, /*isDataCache=*/true);
  };
  for (Read &read : reads)
    ask(read.access, read.ofGates, false);
  for (Store &store : stores)
    ask(store.access, store.ofGates, true);
}

Point LoopNest::inGate(int64_t gate, const Point &point) {
  Point result = point;
  if (gate)
    result.indices.back() = e.add(result.indices.back(), e.constant(gate * gateColumns));
  return result;
}

bool LoopNest::hasCostlyEpilogue() {
  bool found = false;
  for (Operation *op : epilogue)
    op->walk([&](Operation *inner) { found |= inner->getName().getDialectNamespace() == "math"; });
  return found;
}

Point LoopNest::inLoopsOf(unsigned epilogueOp, ArrayRef<Axis> axes, const Point &point) {
  Point result = point;
  result.indices.clear();
  result.vectorLoop = -1;
  for (AffineExpr expr : epilogueLoops[epilogueOp].getResults()) {
    Value index; // null, which is 0, for a loop of one iteration
    auto loop = dyn_cast<AffineDimExpr>(expr);
    for (auto [i, axis] : llvm::enumerate(axes))
      if (loop && llvm::is_contained(axis.loops, loop.getPosition())) {
        index = point.indices[i];
        if (static_cast<int>(i) == point.vectorLoop)
          result.vectorLoop = static_cast<int>(result.indices.size());
      }
    result.indices.push_back(index);
  }
  return result;
}

void LoopNest::finish(ArrayRef<Lane> results, ArrayRef<Axis> axes, const Point &point) {
  // What works on all gates has a lane for each of them, the rest one.
  DenseMap<Value, SmallVector<Lane>> lanes;
  lanes[anchor.getResult(0)] = SmallVector<Lane>(results);
  for (auto [i, member] : llvm::enumerate(epilogue)) {
    if (auto slice = dyn_cast<tensor::ExtractSliceOp>(member)) {
      int64_t first = slice.getStaticOffsets().back();
      Lane cut = lanes[slice.getSource()][first / gateColumns];
      lanes[slice.getResult()] = {cut};
      continue;
    }
    auto op = cast<linalg::GenericOp>(member);
    SmallVector<Lane> computed;
    for (int64_t gate = 0; gate < (epilogueOfGates[i] ? 1 : gates); ++gate) {
      Point place = inGate(gate, point);
      SmallVector<Lane> arguments;
      for (OpOperand *input : op.getDpsInputOperands()) {
        if (auto it = lanes.find(input->get()); it != lanes.end()) {
          arguments.push_back(it->second[gate]);
          continue;
        }
        if (Value splat = e.splatOf(input->get())) {
          arguments.push_back({splat, {}, false});
          continue;
        }
        auto read = llvm::find_if(reads, [&](Read &r) { return r.operand == input; });
        arguments.push_back(e.load(along(read->access, axes), place));
      }
      computed.push_back(e.evaluate(op, inLoopsOf(i, axes, place), arguments)[0]);
    }
    lanes[op.getResult(0)] = computed;
  }
  for (Store &store : stores)
    for (auto [gate, lane] : llvm::enumerate(lanes[store.value]))
      e.store(lane, along(store.access, axes), inGate(gate, point));
}

} // namespace ingot
