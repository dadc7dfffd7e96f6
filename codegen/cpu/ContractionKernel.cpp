//===- ContractionKernel.cpp - Matrix products and convolutions ------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One register tile serves all of them: `rows` rows by two vectors of columns stay in registers over the whole sum; each step loads two
// vectors from one operand and multiplies them by one broadcast scalar a row from the other, wherever that lies (row-major, strided,
// under a sliding window). The epilogue runs on the registers before they are stored. Where it combines gates (equal parts of the
// result's columns), a tile has the same columns of every gate. Where weights are packed in groups, a step is a group and the scalar holds
// one of the row.
//
//===----------------------------------------------------------------------===//

#include "codegen/cpu/BlockedContraction.h"
#include "codegen/cpu/DotProduct.h"
#include "codegen/cpu/LoopNest.h"
#include "codegen/fuse/Group.h"
#include "codegen/strategy/Config.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace ingot {
namespace {

// A task's own panel may take this much of its stack.
constexpr int64_t stackPanelBytes = 128 << 10;

class ContractionEmitter {
public:
  ContractionEmitter(KernelEmitter &e, linalg::GenericOp anchor, ContractionDims dims)
      : e(e), b(e.b), nest(e, anchor), anchor(anchor), dims(std::move(dims)) {}
  LogicalResult run();

private:
  // Where a tile lies: indices of all axes but the rows' and the column.
  struct Place {
    SmallVector<Value> batch, outerN, outerM;
    Value unit; // index of the column tile
    Value tile; // number of the row tile among those of the task; null: unknown
  };

  Value product(ArrayRef<Axis> axes) {
    Value total = e.constant(1);
    for (const Axis &axis : axes)
      total = e.orZero(e.mul(total, axis.size));
    return total;
  }
  static int64_t sizeOf(Value v) { return KernelEmitter::known(v).value_or(-1); }
  bool mayBlock();
  LogicalResult emitBlocked();
  ContractionAxes blockedAxes();
  LogicalResult emitTiles();
  void tile(const Place &place, Value row, int64_t rows, int64_t vectors, std::optional<Value> rest, Value packed);
  void rowTiles(Place place, Value begin, Value end, int64_t vectors, std::optional<Value> rest, Value packed);
  Value convert(Value v, unsigned argument, int64_t width);
  Value plus(Value a, Value x);
  Value multiplyAdd(Value a, Value x, Value acc);
  /// Sums of groups along the innermost k axis: `step(first element, group, elements, sums)` adds one.
  using GroupStep = llvm::function_ref<SmallVector<Value>(Value, Value, int64_t, ValueRange)>;
  SmallVector<Value> sumGroups(ValueRange current, GroupStep step);
  Value packColumns(const Place &place);

  KernelEmitter &e;
  OpBuilder &b;
  LoopNest nest;
  linalg::GenericOp anchor;
  ContractionDims dims;
  ContractionConfig config;
  std::optional<DotProduct> dot; // where weights are packed in groups
  SmallVector<Axis> batchAxes, outerMAxes, outerNAxes, kAxes;
  Axis rowAxis, columnAxis;
  SmallVector<Axis> allRows; // outer ones and `rowAxis`
  SmallVector<Axis> resultAxes; // batch, outer m, row, outer n, column
  Type accType;
  Value kTotal; // steps, with those that fill the last group
  unsigned scalarSide, vectorSide;
  int64_t smallRows = 0, bigTiles = 0; // static row counts: `bigTiles` tiles of `rows`, the rest of `smallRows`
  int64_t totalTiles = 0;
  Value taskTiles; // row tiles of a task, which share its columns
};

Value ContractionEmitter::convert(Value v, unsigned argument, int64_t width) {
  Type element = getElementTypeOrSelf(v.getType());
  if (element == accType)
    return v;
  Value blockArgument = anchor.getBody()->getArgument(argument);
  for (Operation *user : blockArgument.getUsers()) {
    if (user->getNumResults() != 1 || user->getResult(0).getType() != accType || user->getNumOperands() != 1)
      continue;
    IRMapping mapping;
    mapping.map(blockArgument, v);
    Operation *clone = b.clone(*user, mapping);
    if (auto vector = dyn_cast<VectorType>(v.getType()))
      clone->getResult(0).setType(VectorType::get(vector.getShape(), accType));
    return clone->getResult(0);
  }
  // Weights stored in fewer bits than they mean.
  Type wide = accType;
  if (auto vector = dyn_cast<VectorType>(v.getType()))
    wide = VectorType::get(vector.getShape(), accType);
  if (isa<FloatType>(accType))
    return arith::SIToFPOp::create(b, e.loc, wide, v);
  return arith::ExtSIOp::create(b, e.loc, wide, v);
}

Value ContractionEmitter::plus(Value a, Value x) {
  if (isa<FloatType>(accType))
    return arith::AddFOp::create(b, e.loc, a, x);
  return arith::AddIOp::create(b, e.loc, a, x);
}

Value ContractionEmitter::multiplyAdd(Value a, Value x, Value acc) {
  if (isa<FloatType>(accType))
    return vector::FMAOp::create(b, e.loc, a, x, acc);
  return arith::AddIOp::create(b, e.loc, acc, arith::MulIOp::create(b, e.loc, a, x));
}

SmallVector<Value> ContractionEmitter::sumGroups(ValueRange current, GroupStep step) {
  int64_t size = *KernelEmitter::known(kAxes.back().size), group = dot->steps(), full = size / group, tail = size % group;
  SmallVector<Value> sums(current);
  // Few sums wait for each other: several groups at once, each with sums of its own, where the order does not matter.
  int64_t chains = 1;
  while (dot->isExact() && 2 * chains * static_cast<int64_t>(current.size()) <= 8 && 4 * chains <= full)
    chains *= 2;
  auto at = [&](Value index) { return e.mul(index, e.constant(group)); };
  if (int64_t together = full / chains * chains; chains > 1) {
    Value zero = e.broadcast(arith::ConstantOp::create(b, e.loc, b.getZeroAttr(accType)), config.lanes);
    SmallVector<Value> all(sums);
    all.append((chains - 1) * sums.size(), zero);
    auto body = [&](Value index, ValueRange inner) {
      SmallVector<Value> next;
      for (int64_t c = 0; c < chains; ++c) {
        Value own = e.add(index, e.constant(c));
        llvm::append_range(next, step(at(own), own, group, inner.slice(c * sums.size(), sums.size())));
      }
      return next;
    };
    SmallVector<Value> result(e.loop({}, e.constant(together), chains, all, body).getResults());
    for (size_t i = 0; i < sums.size(); ++i) {
      sums[i] = result[i];
      for (int64_t c = 1; c < chains; ++c)
        sums[i] = arith::AddIOp::create(b, e.loc, sums[i], result[c * sums.size() + i]);
    }
    for (int64_t index = together; index < full; ++index)
      sums = step(at(e.constant(index)), e.constant(index), group, sums);
  } else if (full == 1) {
    sums = step(e.constant(0), e.constant(0), group, sums);
  } else if (full > 1) {
    auto body = [&](Value index, ValueRange inner) { return step(at(index), index, group, inner); };
    sums = SmallVector<Value>(e.loop({}, e.constant(full), 1, sums, body).getResults());
  }
  // Not a step is read that does not exist: the buffer may end there.
  if (tail)
    sums = step(at(e.constant(full)), e.constant(full), tail, sums);
  return sums;
}

// Rows `row` to `row + rows - 1` times the column tile at `place`, of every gate. `rest`: the tile's columns at run time, for a last
// tile that is not full; `vectors` registers hold them.
void ContractionEmitter::tile(const Place &place, Value row, int64_t rows, int64_t vectors, std::optional<Value> rest, Value packed) {
  int64_t lanes = config.lanes, unitColumns = config.lanes * config.vectors;
  const NestAccess &a = nest.inputs[scalarSide], &x = nest.inputs[vectorSide];
  auto base = [&](const NestAccess &access) {
    Value at = access.loops.offset;
    for (auto [axis, index] : llvm::zip(batchAxes, place.batch))
      at = e.add(at, e.mul(LoopNest::stride(access, axis), index));
    return at;
  };
  Value aBase = base(a);
  for (auto [axis, index] : llvm::zip(outerMAxes, place.outerM))
    aBase = e.add(aBase, e.mul(LoopNest::stride(a, axis), index));
  Value rowStride = LoopNest::stride(a, rowAxis);
  aBase = e.add(aBase, e.mul(rowStride, row));

  // Start of a gate's columns, and how far a step of each k axis moves it.
  SmallVector<Value> xStride;
  Value xMemory = x.loops.memory;
  auto knownN = KernelEmitter::known(columnAxis.size);
  bool panels = config.side == VectorSide::Packed || config.side == VectorSide::PackTask;
  auto startOf = [&](int64_t gate) {
    SmallVector<Value> strides;
    Value start;
    if (panels) {
      // Column tile -> panel and part of it. The last panel may be half as wide.
      int64_t perPanel = std::max<int64_t>(panelColumns / unitColumns, 1);
      Value panel = e.floorDiv(place.unit, e.constant(perPanel));
      Value part = e.mul(e.rem(place.unit, e.constant(perPanel)), e.constant(unitColumns));
      int64_t wide = panelColumns;
      bool lastPanel = rest && *knownN % panelColumns && *knownN % panelColumns <= panelColumns / 2;
      Value panelWidth = e.constant(wide);
      if (config.side == VectorSide::Packed && knownN && *knownN % panelColumns && *knownN % panelColumns <= panelColumns / 2) {
        int64_t fullPanels = *knownN / panelColumns;
        if (lastPanel && unitColumns >= panelColumns) {
          panelWidth = e.constant(panelColumns / 2);
        } else if (unitColumns < panelColumns) {
          Value isLast = arith::CmpIOp::create(b, e.loc, arith::CmpIPredicate::sge, panel, e.constant(fullPanels));
          panelWidth = arith::SelectOp::create(b, e.loc, isLast, e.constant(panelColumns / 2), e.constant(wide));
        }
      }
      // A step of the innermost axis is a group.
      int64_t group = dot ? dot->steps() : 1;
      Value stride = e.mul(panelWidth, e.constant(group));
      strides.resize(kAxes.size());
      for (size_t k = kAxes.size(); k-- > 0;) {
        strides[k] = stride;
        bool grouped = group > 1 && k + 1 == kAxes.size();
        stride = e.mul(stride, grouped ? e.ceilDiv(kAxes[k].size, group) : kAxes[k].size);
      }
      part = e.mul(part, e.constant(group));
      if (config.side == VectorSide::PackTask) {
        xMemory = packed; // which begins with this tile, whatever its place in a panel
      } else {
        Value padded = e.constant(paddedColumns(*knownN));
        Value block; // linear index over batch, outer n and gates
        for (auto [axis, index] : llvm::zip(batchAxes, place.batch))
          block = e.add(e.mul(block, axis.size), index);
        for (auto [axis, index] : llvm::zip(outerNAxes, place.outerN))
          block = e.add(e.mul(block, axis.size), index);
        block = e.add(e.mul(block, e.constant(nest.gates)), e.constant(gate));
        start = e.add(e.mul(e.mul(block, padded), kTotal), e.add(e.mul(e.mul(panel, e.constant(wide)), kTotal), part));
      }
    } else {
      start = base(x);
      for (auto [axis, index] : llvm::zip(outerNAxes, place.outerN))
        start = e.add(start, e.mul(LoopNest::stride(x, axis), index));
      Value column = e.add(e.mul(place.unit, e.constant(unitColumns)), e.constant(gate * nest.gateColumns));
      start = e.add(start, e.mul(LoopNest::stride(x, columnAxis), column));
      for (const Axis &axis : kAxes)
        strides.push_back(LoopNest::stride(x, axis));
    }
    xStride = strides;
    return start;
  };
  SmallVector<Value> masks(vectors);
  if (rest)
    for (int64_t v = 0; v < vectors; ++v)
      masks[v] = e.tailMask(e.maximum(e.sub(*rest, e.constant(v * lanes)), e.constant(0)), lanes);

  int64_t perGate = rows * vectors;
  // With few rows the sums are cut in parts, which take turns along the innermost k axis: one chain of additions would wait for itself.
  int64_t parts = 1;
  while (parts < 4 && parts * perGate < config.chains)
    parts *= 2;
  if (dot)
    parts = 1;
  if (auto innermost = KernelEmitter::known(kAxes.back().size); innermost && *innermost < 2 * parts)
    parts = 1;
  // The next panel comes to the second-level cache while this one is multiplied, a part of it with each row tile: read at once, in the
  // first tile, it would come no faster than memory gives it, which cost 8 % of a product with 128 rows.
  Value aheadStep;
  SmallVector<Value> aheadStride(kAxes.size()); // of each k axis
  auto knownTiles = taskTiles ? KernelEmitter::known(taskTiles) : std::nullopt;
  if (config.side == VectorSide::Packed && nest.gates == 1 && place.tile && taskTiles && (!knownTiles || *knownTiles > 1) && parts == 1) {
    aheadStep = e.maximum(e.floorDiv(e.constant(unitColumns), taskTiles), e.constant(1));
    Value stride = aheadStep;
    for (size_t k = kAxes.size(); k-- > 0; stride = e.mul(stride, kAxes[k].size))
      aheadStride[k] = stride;
  }
  auto prefetch = [&](Value at) {
    if (at)
      memref::PrefetchOp::create(b, e.loc, xMemory, ValueRange{at}, /*isWrite=*/false, /*localityHint=*/2, /*isDataCache=*/true);
  };
  // Adds the products of one step.
  auto step = [&](Value aAt, Value xAt, ValueRange current) {
    SmallVector<Value> columns;
    Value xColumnStride = panels ? e.constant(1) : LoopNest::stride(x, columnAxis);
    for (int64_t v = 0; v < vectors; ++v) {
      LoopAccess access{xMemory, xAt, {xColumnStride}};
      Point point;
      point.indices = {e.constant(v * lanes)};
      point.vectorLoop = 0;
      point.width = lanes;
      if (rest && !panels)
        point.mask = masks[v];
      Value loaded = e.asVector(e.load(access, point), lanes);
      columns.push_back(convert(loaded, vectorSide, lanes));
    }
    SmallVector<Value> next;
    for (int64_t r = 0; r < rows; ++r) {
      Value at = e.orZero(e.add(aAt, e.mul(rowStride, e.constant(r))));
      Value scalar = memref::LoadOp::create(b, e.loc, a.loops.memory, ValueRange{at});
      Value wide = e.broadcast(convert(scalar, scalarSide, 1), lanes);
      for (auto [c, column] : llvm::enumerate(columns))
        next.push_back(multiplyAdd(wide, column, current[r * columns.size() + c]));
    }
    return next;
  };
  // `current` holds the sums of all parts, one part after another; `aheadAt` is what to prefetch, null for nothing.
  std::function<SmallVector<Value>(unsigned, Value, Value, Value, ValueRange)> sum =
      [&](unsigned depth, Value aAt, Value xAt, Value aheadAt, ValueRange current) -> SmallVector<Value> {
    if (dot && depth + 1 == kAxes.size()) {
      Value stepStride = LoopNest::stride(a, kAxes.back());
      return sumGroups(current, [&](Value first, Value group, int64_t elements, ValueRange inner) {
        prefetch(aheadAt ? e.add(aheadAt, e.mul(e.mul(aheadStep, e.constant(dot->steps())), group)) : Value());
        SmallVector<DotProduct::Parts> columns;
        for (int64_t v = 0; v < vectors; ++v)
          columns.push_back(
              dot->loadColumns(xMemory, e.add(e.add(xAt, e.mul(xStride[depth], group)), e.constant(v * lanes * dot->steps()))));
        SmallVector<Value> next;
        Value start = e.add(aAt, e.mul(stepStride, first));
        for (int64_t r = 0; r < rows; ++r) {
          DotProduct::Parts line = dot->loadRow(a.loops.memory, e.add(start, e.mul(rowStride, e.constant(r))), stepStride, elements);
          for (auto [c, column] : llvm::enumerate(columns))
            next.push_back(dot->multiplyAdd(line, column, inner[r * columns.size() + c]));
        }
        return next;
      });
    }
    if (depth == kAxes.size()) {
      prefetch(aheadAt);
      return step(aAt, xAt, current);
    }
    auto deeper = [&](Value index, ValueRange inner) {
      return sum(depth + 1, e.add(aAt, e.mul(LoopNest::stride(a, kAxes[depth]), index)), e.add(xAt, e.mul(xStride[depth], index)),
                 e.add(aheadAt, e.mul(aheadStride[depth], index)), inner);
    };
    Value size = kAxes[depth].size;
    if (KernelEmitter::known(size) == std::optional<int64_t>(1))
      return deeper(e.constant(0), current);
    if (depth + 1 < kAxes.size() || parts == 1)
      return SmallVector<Value>(e.loop({}, size, 1, current, deeper).getResults());
    Value whole = e.mul(e.floorDiv(size, e.constant(parts)), e.constant(parts));
    auto turns = e.loop({}, whole, parts, current, [&](Value index, ValueRange inner) {
      SmallVector<Value> next;
      for (int64_t part = 0; part < parts; ++part)
        llvm::append_range(next, deeper(e.add(index, e.constant(part)), inner.slice(part * perGate, perGate)));
      return next;
    });
    SmallVector<Value> next(turns.getResults());
    if (auto known = KernelEmitter::known(size); known && *known % parts == 0)
      return next;
    auto tail = e.loop(whole, size, 1, ArrayRef(next).take_front(perGate), deeper);
    llvm::copy(tail.getResults(), next.begin());
    return next;
  };
  Value zero = arith::ConstantOp::create(b, e.loc, b.getZeroAttr(accType));
  auto sumsOf = [&](int64_t gate) {
    SmallVector<Value> sums(parts * perGate, e.broadcast(zero, lanes));
    if (nest.initial)
      std::fill_n(sums.begin(), perGate, e.broadcast(nest.initial, lanes));
    Value start = startOf(gate);
    Value ahead;
    if (aheadStep)
      ahead = e.add(e.add(start, e.mul(e.constant(panelColumns), kTotal)), e.mul(e.mul(place.tile, aheadStep), kTotal));
    sums = sum(0, aBase, start, ahead, sums);
    for (int64_t half = parts / 2; half > 0; half /= 2)
      for (int64_t i = 0; i < half * perGate; ++i)
        sums[i] = plus(sums[i], sums[half * perGate + i]);
    sums.resize(perGate);
    return sums;
  };
  auto pointOf = [&](Value line, int64_t v) {
    Point point;
    llvm::append_range(point.indices, place.batch);
    llvm::append_range(point.indices, place.outerM);
    point.indices.push_back(line);
    llvm::append_range(point.indices, place.outerN);
    point.vectorLoop = point.indices.size();
    point.indices.push_back(e.add(e.mul(place.unit, e.constant(unitColumns)), e.constant(v * lanes)));
    point.width = lanes;
    if (rest)
      point.mask = masks[v];
    return point;
  };
  // What the epilogue touches arrives while the sums are computed: a residual read at the end of 64 steps cost a quarter of the time.
  unsigned rowPosition = batchAxes.size() + outerMAxes.size();
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t v = 0; v < vectors; ++v)
      nest.prefetch(resultAxes, pointOf(e.orZero(e.add(row, e.constant(r))), v), rowPosition);

  // The epilogue of one row; `result` gives vector `v` of the sums of a gate.
  auto finishRow = [&](Value line, llvm::function_ref<Value(int64_t gate, int64_t v)> result) {
    for (int64_t v = 0; v < vectors; ++v) {
      SmallVector<Lane> gates;
      for (int64_t gate = 0; gate < nest.gates; ++gate)
        gates.push_back({result(gate, v), {}, true});
      nest.finish(gates, resultAxes, pointOf(line, v));
    }
  };
  // Each gate reads one stream of weights to its end before the next begins: several at once come slower out of the caches.
  if (rows < 3 || (nest.gates == 1 && !nest.hasCostlyEpilogue())) {
    SmallVector<SmallVector<Value>> sums;
    for (int64_t gate = 0; gate < nest.gates; ++gate)
      sums.push_back(sumsOf(gate));
    for (int64_t r = 0; r < rows; ++r)
      finishRow(e.orZero(e.add(row, e.constant(r))), [&](int64_t gate, int64_t v) { return sums[gate][r * vectors + v]; });
    return;
  }
  // Polynomials need the registers, and so do further gates: the sums wait in the first-level cache, and the code of the epilogue exists
  // once a row.
  OpBuilder::InsertionGuard guard(b);
  auto scope = memref::AllocaScopeOp::create(b, e.loc, TypeRange{});
  Block *body = b.createBlock(&scope.getBodyRegion());
  memref::AllocaScopeReturnOp::create(b, e.loc);
  b.setInsertionPointToStart(body);
  int64_t perRow = nest.gates * vectors;
  Value buffer = memref::AllocaOp::create(b, e.loc, MemRefType::get({rows * perRow * lanes}, accType), b.getI64IntegerAttr(64));
  for (int64_t gate = 0; gate < nest.gates; ++gate) {
    SmallVector<Value> sums = sumsOf(gate);
    for (int64_t r = 0; r < rows; ++r)
      for (int64_t v = 0; v < vectors; ++v)
        vector::StoreOp::create(b, e.loc, sums[r * vectors + v], buffer, ValueRange{e.constant((r * perRow + gate * vectors + v) * lanes)});
  }
  e.loop({}, e.constant(rows), 1, {}, [&](Value r, ValueRange) {
    finishRow(e.add(row, r), [&](int64_t gate, int64_t v) -> Value {
      Value at = e.add(e.mul(r, e.constant(perRow * lanes)), e.constant((gate * vectors + v) * lanes));
      return vector::LoadOp::create(b, e.loc, VectorType::get({lanes}, accType), buffer, ValueRange{at});
    });
    return SmallVector<Value>{};
  });
}

// How rows whose number is known at run time only are cut into tiles: `counts[l] >> 2 * l & 3` tiles of each height for the last `l`
// rows, fewer than two of the largest tiles. One row behind full tiles, which reads the weights once more, takes as long as four: 9 rows
// are 5 and 4.
struct TailCut {
  int64_t height;
  uint64_t counts = 0;
};

SmallVector<TailCut> cutTails(int64_t rows) {
  SmallVector<TailCut> cuts{{rows}};
  // Each height is code: a tile of 7 rows is 4 and 3, 15 are 6, 5 and 4.
  for (int64_t height = std::min<int64_t>(rows - 1, 6); height >= 1; --height)
    cuts.push_back({height});
  auto cost = [](int64_t height) { return 4 * std::max<int64_t>(height, 4) + 1; };
  SmallVector<int64_t> best{0};
  SmallVector<unsigned> choice{0};
  for (int64_t length = 1; length < 2 * rows; ++length) {
    best.push_back(std::numeric_limits<int64_t>::max());
    choice.push_back(0);
    for (auto [i, cut] : llvm::enumerate(cuts))
      if (cut.height <= length && best[length - cut.height] + cost(cut.height) < best[length]) {
        best[length] = best[length - cut.height] + cost(cut.height);
        choice[length] = i;
      }
    for (int64_t rest = length; rest > 0; rest -= cuts[choice[rest]].height)
      cuts[choice[rest]].counts += uint64_t(1) << (2 * length);
  }
  return cuts;
}

// Rows [begin, end) in tiles: equal static ones where the count is known (begin and end then count tiles), else as `cutTails` says.
// `place.tile` is the number of the first.
void ContractionEmitter::rowTiles(Place place, Value begin, Value end, int64_t vectors, std::optional<Value> rest, Value packed) {
  Value firstOfTask = place.tile, start = begin;
  auto number = [&](Value tilesBefore) { return e.orZero(e.add(firstOfTask, tilesBefore)); };
  if (totalTiles) {
    auto tiles = [&](Value from, Value to, int64_t rows, int64_t firstTile, int64_t firstRow) {
      auto f = KernelEmitter::known(from), t = KernelEmitter::known(to);
      if (f && t && *f >= *t)
        return;
      auto body = [&](Value index, ValueRange) {
        Value row = e.add(e.constant(firstRow), e.mul(e.sub(index, e.constant(firstTile)), e.constant(rows)));
        place.tile = number(e.sub(index, start));
        tile(place, e.orZero(row), rows, vectors, rest, packed);
        return SmallVector<Value>{};
      };
      if (f && t && *t - *f == 1)
        body(from, {});
      else
        e.loop(from, to, 1, {}, body);
    };
    tiles(begin, e.minimum(end, e.constant(bigTiles)), config.rows, 0, 0);
    if (bigTiles < totalTiles)
      tiles(e.maximum(begin, e.constant(bigTiles)), end, smallRows, bigTiles, bigTiles * config.rows);
    return;
  }
  Value length = e.orZero(e.sub(end, begin)), largest = e.constant(config.rows);
  Value bulk = e.maximum(e.sub(e.floorDiv(length, largest), e.constant(1)), e.constant(0));
  Value tail = e.orZero(e.sub(length, e.mul(bulk, largest))), shift = e.orZero(e.mul(tail, e.constant(2)));
  for (const TailCut &cut : cutTails(config.rows)) {
    Value table = e.constant(static_cast<int64_t>(cut.counts));
    Value count = arith::AndIOp::create(b, e.loc, arith::ShRUIOp::create(b, e.loc, table, shift), e.constant(3));
    if (cut.height == config.rows)
      count = e.add(bulk, count);
    Value until = e.add(begin, e.mul(count, e.constant(cut.height)));
    e.loop(begin, until, cut.height, {}, [&](Value row, ValueRange) {
      place.tile = number(e.floorDiv(e.sub(row, start), largest));
      tile(place, row, cut.height, vectors, rest, packed);
      return SmallVector<Value>{};
    });
    begin = until;
  }
}

// Copies the columns of one tile, [k][column], to the task's stack; missing columns are zero.
Value ContractionEmitter::packColumns(const Place &place) {
  const NestAccess &x = nest.inputs[vectorSide];
  Type element = cast<MemRefType>(x.loops.memory.getType()).getElementType();
  int64_t k = *KernelEmitter::known(kTotal);
  auto type = MemRefType::get({k * panelColumns}, element);
  Value buffer = memref::AllocaOp::create(b, e.loc, type, b.getI64IntegerAttr(64));
  Value at = x.loops.offset;
  for (auto [axis, index] : llvm::zip(batchAxes, place.batch))
    at = e.add(at, e.mul(LoopNest::stride(x, axis), index));
  for (auto [axis, index] : llvm::zip(outerNAxes, place.outerN))
    at = e.add(at, e.mul(LoopNest::stride(x, axis), index));
  int64_t unitColumns = config.lanes * config.vectors;
  Value first = e.mul(place.unit, e.constant(unitColumns));
  Value columnStride = LoopNest::stride(x, columnAxis);
  Value last = e.sub(columnAxis.size, e.constant(1));
  int64_t blocks = 0; // of 16 steps, transposed in registers
  bool steps = kAxes.size() == 1 && KernelEmitter::known(LoopNest::stride(x, kAxes[0])) == std::optional<int64_t>(1);
  if (steps && config.lanes == 16 && element.isF32())
    blocks = k / 16;
  if (blocks) {
    auto line = VectorType::get({16}, element), square = VectorType::get({16, 16}, element);
    e.loop({}, e.constant(blocks), 1, {}, [&](Value block, ValueRange) {
      Value step = e.mul(block, e.constant(16));
      for (int64_t c = 0; c < unitColumns; c += 16) {
        Value tile = arith::ConstantOp::create(b, e.loc, b.getZeroAttr(square));
        for (int64_t i = 0; i < 16; ++i) {
          Value from = e.minimum(e.add(first, e.constant(c + i)), last);
          Value source = e.orZero(e.add(e.add(at, e.mul(columnStride, from)), step));
          Value loaded = vector::LoadOp::create(b, e.loc, line, x.loops.memory, ValueRange{source});
          tile = vector::InsertOp::create(b, e.loc, loaded, tile, ArrayRef<int64_t>{i});
        }
        Value turned = vector::TransposeOp::create(b, e.loc, tile, ArrayRef<int64_t>{1, 0});
        for (int64_t i = 0; i < 16; ++i) {
          Value out = vector::ExtractOp::create(b, e.loc, turned, ArrayRef<int64_t>{i});
          Value target = e.add(e.mul(e.add(step, e.constant(i)), e.constant(panelColumns)), e.constant(c));
          vector::StoreOp::create(b, e.loc, out, buffer, ValueRange{target});
        }
      }
      return SmallVector<Value>{};
    });
    if (blocks * 16 == k)
      return buffer;
  }
  e.loop({}, e.constant(unitColumns), 1, {}, [&](Value column, ValueRange) {
    // Columns beyond the end repeat the last one: they are never stored.
    Value from = e.minimum(e.add(first, column), last);
    Value source = e.add(at, e.mul(columnStride, from));
    std::function<void(unsigned, Value, Value)> copy = [&](unsigned depth, Value src, Value dst) {
      if (depth == kAxes.size()) {
        Value v = memref::LoadOp::create(b, e.loc, x.loops.memory, ValueRange{e.orZero(src)});
        memref::StoreOp::create(b, e.loc, v, buffer, ValueRange{e.orZero(dst)});
        return;
      }
      Value step = e.constant(panelColumns);
      for (size_t k = depth + 1; k < kAxes.size(); ++k)
        step = e.mul(step, kAxes[k].size);
      e.loop(blocks ? e.constant(blocks * 16) : Value(), kAxes[depth].size, 1, {}, [&](Value index, ValueRange) {
        copy(depth + 1, e.add(src, e.mul(LoopNest::stride(x, kAxes[depth]), index)), e.add(dst, e.mul(step, index)));
        return SmallVector<Value>{};
      });
    };
    copy(0, source, column);
    return SmallVector<Value>{};
  });
  return buffer;
}

LogicalResult ContractionEmitter::run() {
  if (failed(nest.analyse()))
    return failure();
  scalarSide = dims.swapped ? 1 : 0;
  vectorSide = dims.swapped ? 0 : 1;
  accType = cast<RankedTensorType>(anchor.getResult(0).getType()).getElementType();
  auto attributes = e.meaning->getAttrOfType<DictionaryAttr>(configAttrName);
  bool packedWeights = attributes && attributes.get("packed");
  SmallVector<int> ignored;
  if (packedWeights)
    ignored.push_back(vectorSide);

  // Axes in the order of the result, so that what lies together in the result stays together.
  AffineMap out = anchor.getIndexingMapsArray().back();
  auto inResultOrder = [&](ArrayRef<unsigned> loops) {
    SmallVector<unsigned> ordered;
    for (AffineExpr expr : out.getResults())
      if (auto d = dyn_cast<AffineDimExpr>(expr); d && llvm::is_contained(loops, d.getPosition()))
        ordered.push_back(d.getPosition());
    return ordered;
  };
  batchAxes = nest.merge(inResultOrder(dims.batch), ignored);
  SmallVector<Axis> mAxes = nest.merge(inResultOrder(dims.m), ignored), nAxes;
  if (packedWeights) {
    // Panels hold columns of the innermost loop: the others are not joined with it, even if all else would allow that.
    SmallVector<unsigned> columns = inResultOrder(dims.n);
    for (unsigned loop : columns)
      if (loop == columns.back() || KernelEmitter::known(nest.sizes[loop]) != std::optional<int64_t>(1))
        nAxes.push_back({{loop}, nest.sizes[loop]});
  } else {
    nAxes = nest.merge(inResultOrder(dims.n), ignored);
  }
  Grouping grouping = readGrouping(e.meaning);
  config = readContractionConfig(e.meaning);
  if (grouping == Grouping::None) {
    kAxes = nest.merge(dims.k, ignored);
  } else {
    dot.emplace(e, config.dot, grouping, config.lanes);
    auto loops = attributes.getAs<IntegerAttr>("grouped_loops");
    ArrayRef<unsigned> all = dims.k, inner = all.take_back(loops ? loops.getInt() : 1);
    Value size = e.constant(1);
    for (unsigned loop : inner)
      size = e.orZero(e.mul(size, nest.sizes[loop]));
    if (*KernelEmitter::known(size) % dot->steps() == 0 && inner.size() == 1) {
      kAxes = nest.merge(all, ignored);
    } else {
      // Groups end with the loops that they run through.
      kAxes = nest.merge(all.drop_back(inner.size()), ignored);
      kAxes.push_back({SmallVector<unsigned>(inner), size});
    }
  }
  columnAxis = nAxes.pop_back_val();
  if (nest.gateColumns)
    columnAxis.size = e.constant(nest.gateColumns);
  outerNAxes = nAxes;
  if (mAxes.empty())
    mAxes.push_back({{}, e.constant(1)});
  allRows = mAxes;
  // Images of a batch whose size is known at run time: lines of their own, so that tiles of a static number of rows remain.
  if (Axis &last = mAxes.back(); last.loops.size() > 1 && !KernelEmitter::known(last.size)) {
    Axis inner{{}, e.constant(1)};
    while (last.loops.size() > 1 && KernelEmitter::known(nest.sizes[last.loops.back()])) {
      inner.size = e.orZero(e.mul(inner.size, nest.sizes[last.loops.back()]));
      inner.loops.insert(inner.loops.begin(), last.loops.pop_back_val());
    }
    if (KernelEmitter::known(inner.size).value_or(0) >= 4) {
      last.size = e.constant(1);
      for (unsigned loop : last.loops)
        last.size = e.orZero(e.mul(last.size, nest.sizes[loop]));
      mAxes.push_back(inner);
    } else {
      llvm::append_range(last.loops, inner.loops);
    }
  }
  rowAxis = mAxes.pop_back_val();
  outerMAxes = mAxes;
  llvm::append_range(resultAxes, batchAxes);
  llvm::append_range(resultAxes, outerMAxes);
  resultAxes.push_back(rowAxis);
  llvm::append_range(resultAxes, outerNAxes);
  resultAxes.push_back(columnAxis);

  kTotal = product(kAxes);
  if (dot) {
    Value inner = kAxes.back().size;
    kTotal = e.mul(e.floorDiv(kTotal, inner), e.mul(e.ceilDiv(inner, dot->steps()), e.constant(dot->steps())));
  }
  int64_t k = sizeOf(kTotal);
  Value columnStride = LoopNest::stride(nest.inputs[vectorSide], columnAxis);
  unsigned vectorBits = cast<MemRefType>(nest.inputs[vectorSide].loops.memory.getType()).getElementTypeBitWidth();
  if (packedWeights)
    config.side = VectorSide::Packed;
  else if (KernelEmitter::known(columnStride) == std::optional<int64_t>(1) && columnStride)
    config.side = VectorSide::Direct;
  else if (nest.gates == 1 && k > 0 && k * panelColumns * vectorBits / 8 <= stackPanelBytes)
    config.side = VectorSide::PackTask;
  else
    config.side = VectorSide::Gather;
  if (config.side != VectorSide::Packed && mayBlock())
    return emitBlocked();
  return emitTiles();
}

// Whether blocks of the result that pack what they need are faster, at least with the numbers of rows that need them.
bool ContractionEmitter::mayBlock() {
  auto typeOf = [&](unsigned side) { return cast<MemRefType>(nest.inputs[side].loops.memory.getType()).getElementType(); };
  if (!isa<FloatType>(accType) || typeOf(scalarSide) != typeOf(vectorSide) || nest.gates > 1)
    return false;
  Type operand = typeOf(scalarSide);
  if (operand != accType && !(accType.isF32() && (operand.isBF16() || operand.isF16())))
    return false;
  int64_t m = sizeOf(product(allRows)), n = sizeOf(columnAxis.size), k = sizeOf(kTotal);
  // Small products have no panel that would leave the first-level cache.
  if (m > 0 && n > 0 && k > 0 && m * n * k < 32 * 32 * 32)
    return false;
  // Few sums that are long: only parts of them make several tasks.
  bool deep = k >= 4096 && m > 0 && n > 0 && m * n <= 64 * 64;
  // A few steps are over before packing them has paid.
  if (config.side == VectorSide::Direct)
    return deep || ((m < 0 || m >= leastPackedRows) && (k < 0 || k >= leastPackedSteps));
  return config.side == VectorSide::Gather || m < 0 || m >= config.rows;
}

ContractionAxes ContractionEmitter::blockedAxes() {
  ContractionAxes axes;
  axes.batch = batchAxes;
  axes.rows = allRows;
  axes.outerColumns = outerNAxes;
  axes.columns = columnAxis;
  axes.steps = kAxes;
  axes.scalarSide = scalarSide;
  axes.vectorSide = vectorSide;
  axes.sum = accType;
  return axes;
}

LogicalResult ContractionEmitter::emitBlocked() {
  ContractionAxes axes = blockedAxes();
  Value all = product(allRows);
  if (sizeOf(all) >= 0 || config.side == VectorSide::Gather) {
    emitBlockedContraction(e, nest, axes, config);
    return success();
  }
  int64_t least = config.side == VectorSide::Direct ? leastPackedRows : config.rows;
  Value many = arith::CmpIOp::create(b, e.loc, arith::CmpIPredicate::sge, all, e.constant(least));
  auto branch = scf::IfOp::create(b, e.loc, many, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(branch.thenBlock());
  emitBlockedContraction(e, nest, axes, config);
  b.setInsertionPointToStart(branch.elseBlock());
  return emitTiles();
}

LogicalResult ContractionEmitter::emitTiles() {
  Value batches = product(batchAxes), outerM = product(outerMAxes), outerN = product(outerNAxes);
  int64_t n = sizeOf(columnAxis.size), m = sizeOf(rowAxis.size);
  int64_t unitColumns = config.lanes * config.vectors;
  if (m > 0) {
    // Tiles of nearly equal height: 197 rows are 22 tiles of 8 and 3 of 7.
    totalTiles = (m + config.rows - 1) / config.rows;
    int64_t big = (m + totalTiles - 1) / totalTiles;
    smallRows = big - 1;
    bigTiles = smallRows == 0 ? totalTiles : m - totalTiles * smallRows;
    config.rows = big;
  }
  // Blocks of rows.
  Value rowUnits = totalTiles ? e.constant(totalTiles) : rowAxis.size; // tiles, or rows
  int64_t blockUnits = totalTiles ? std::max<int64_t>(config.blockRows / config.rows, 1) : config.blockRows;
  Value blocks, outerPerBlock = e.constant(1);
  int64_t lineBlocks = 1; // a long line is several blocks
  if (!outerMAxes.empty()) {
    // Whole lines; as many as make a block.
    if (m > 0)
      outerPerBlock = e.constant(std::max<int64_t>(config.blockRows / m, 1));
    else
      outerPerBlock = e.maximum(e.floorDiv(e.constant(config.blockRows), e.maximum(rowAxis.size, e.constant(1))), e.constant(1));
    blocks = e.floorDiv(e.sub(e.add(outerM, outerPerBlock), e.constant(1)), outerPerBlock);
    if (totalTiles > 2 * blockUnits && config.side != VectorSide::PackTask) {
      lineBlocks = (totalTiles + blockUnits - 1) / blockUnits;
      blocks = e.mul(blocks, e.constant(lineBlocks));
    }
  } else if (totalTiles && totalTiles <= 2 * blockUnits) {
    blockUnits = totalTiles;
    blocks = e.constant(1);
  } else {
    blocks = e.ceilDiv(rowUnits, blockUnits);
  }
  if (config.side == VectorSide::PackTask) {
    // Packing is done once a task: all rows belong to it.
    if (!outerMAxes.empty())
      outerPerBlock = outerM;
    lineBlocks = 1;
    blockUnits = totalTiles ? totalTiles : 0;
    blocks = e.constant(1);
  }
  Value lineTiles = totalTiles ? e.constant(totalTiles) : e.ceilDiv(rowAxis.size, config.rows);
  // Columns: full tiles, then one that may not be full.
  int64_t restColumns = n >= 0 ? n % unitColumns : -1;
  Value tiles = e.ceilDiv(columnAxis.size, unitColumns), fullTiles = e.floorDiv(columnAxis.size, e.constant(unitColumns));
  // Few rows, which show only now, may not be worth a second thread: then one task has all columns.
  Value together = e.constant(1), groups = tiles;
  if (m < 0 && outerMAxes.empty() && config.serial) {
    Value few = arith::CmpIOp::create(b, e.loc, arith::CmpIPredicate::ult, rowAxis.size, e.constant(config.rows));
    together = arith::SelectOp::create(b, e.loc, few, e.orZero(tiles), together);
    groups = arith::SelectOp::create(b, e.loc, few, e.constant(1), e.orZero(tiles));
  }
  Value tasks = e.orZero(e.mul(e.mul(e.mul(batches, blocks), outerN), groups));
  bool serial = config.serial && m >= 0 && KernelEmitter::known(outerM);

  e.forTasks(tasks, serial, [&](Value task) {
    Place place;
    Value group = e.rem(task, groups), rest = e.floorDiv(task, groups);
    auto split = [&](ArrayRef<Axis> axes, SmallVectorImpl<Value> &indices, Value linear) {
      indices.resize(axes.size());
      for (size_t i = axes.size(); i-- > 0;) {
        if (i == 0) {
          indices[0] = linear;
          break;
        }
        indices[i] = e.rem(linear, axes[i].size);
        linear = e.floorDiv(linear, axes[i].size);
      }
    };
    Value nIndex = e.rem(rest, outerN);
    rest = e.floorDiv(rest, outerN);
    split(outerNAxes, place.outerN, nIndex);
    Value block = e.rem(rest, blocks);
    rest = e.floorDiv(rest, blocks);
    split(batchAxes, place.batch, rest);

    auto tilesIn = [&](Value begin, Value end) {
      return totalTiles ? e.constant(blockUnits) : e.ceilDiv(e.orZero(e.sub(end, begin)), config.rows);
    };
    auto rows = [&](int64_t vectors, std::optional<Value> columns) {
      Value packed;
      OpBuilder::InsertionGuard guard(b);
      if (config.side == VectorSide::PackTask) {
        // The scope gives the stack back at the end of each task.
        auto scope = memref::AllocaScopeOp::create(b, e.loc, TypeRange{});
        Block *body = b.createBlock(&scope.getBodyRegion());
        memref::AllocaScopeReturnOp::create(b, e.loc);
        b.setInsertionPointToStart(body);
        packed = packColumns(place);
      }
      if (outerMAxes.empty()) {
        Value begin = blockUnits ? e.mul(block, e.constant(blockUnits)) : e.constant(0);
        Value end = blockUnits ? e.minimum(e.add(begin, e.constant(blockUnits)), rowUnits) : rowUnits;
        taskTiles = tilesIn(begin, end);
        rowTiles(place, e.orZero(begin), end, vectors, columns, packed);
        return;
      }
      Value from = e.constant(0), to = rowUnits, lines = block;
      if (lineBlocks > 1) {
        lines = e.floorDiv(block, e.constant(lineBlocks));
        from = e.orZero(e.mul(e.rem(block, e.constant(lineBlocks)), e.constant(blockUnits)));
        to = e.minimum(e.add(from, e.constant(blockUnits)), rowUnits);
      }
      Value begin = e.mul(lines, outerPerBlock), end = e.minimum(e.add(begin, outerPerBlock), outerM);
      taskTiles = lineBlocks > 1 ? tilesIn(from, to) : e.mul(KernelEmitter::known(outerPerBlock) ? outerPerBlock : e.sub(end, begin), lineTiles);
      e.loop(begin, end, 1, {}, [&](Value line, ValueRange) {
        split(outerMAxes, place.outerM, line);
        place.tile = e.mul(e.sub(line, begin), lineTiles);
        rowTiles(place, from, to, vectors, columns, packed);
        return SmallVector<Value>{};
      });
    };
    // A full tile, or the rest behind a mask.
    auto columns = [&](Value unit) {
      place.unit = unit;
      if (restColumns == 0)
        return rows(config.vectors, std::nullopt);
      auto last = [&] {
        if (n < 0)
          return rows(config.vectors, e.sub(columnAxis.size, e.mul(unit, e.constant(unitColumns))));
        place.unit = fullTiles;
        rows((restColumns + config.lanes - 1) / config.lanes, e.constant(restColumns));
      };
      if (KernelEmitter::known(fullTiles) == std::optional<int64_t>(0))
        return last();
      Value isFull = arith::CmpIOp::create(b, e.loc, arith::CmpIPredicate::ult, e.orZero(unit), e.orZero(fullTiles));
      auto branch = scf::IfOp::create(b, e.loc, isFull, /*withElseRegion=*/true);
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(branch.thenBlock());
      rows(config.vectors, std::nullopt);
      b.setInsertionPointToStart(branch.elseBlock());
      last();
    };
    if (KernelEmitter::known(together) == std::optional<int64_t>(1))
      return columns(group);
    Value begin = e.mul(group, together);
    e.loop(begin, e.minimum(e.add(begin, together), tiles), 1, {}, [&](Value unit, ValueRange) {
      columns(unit);
      return SmallVector<Value>{};
    });
  });
  return success();
}

} // namespace

LogicalResult emitContractionKernel(KernelEmitter &e) {
  for (auto op : e.meaning.getOps<linalg::GenericOp>())
    if (auto dims = getContractionDims(op))
      return ContractionEmitter(e, op, *dims).run();
  return e.meaning.emitOpError("has no contraction; this is an internal error");
}

} // namespace ingot
