//===- AttentionKernel.cpp - Two products with a softmax between -----------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Everything is computed transposed: a lane is a query. The panel of queries of a task is turned once; keys and values are read
// where they are, a scalar at a time, as the scalar side of a contraction is; and the softmax needs no horizontal step. Keys come
// in blocks: the scores of a block with the work on them, their exponentials relative to the largest score so far, and the products
// with the values, which are added to what earlier blocks gave. Where a block brings a larger score, the earlier part shrinks by
// the difference. Keys at the end of a block whose scores are so low that they weigh nothing, as those that a causal mask hides,
// take part in neither the exponentials nor the products with the values.
//
//===----------------------------------------------------------------------===//

#include "codegen/cpu/LoopNest.h"
#include "codegen/fuse/Attention.h"
#include "codegen/strategy/Config.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include <limits>

using namespace mlir;

namespace ingot {
namespace {

class AttentionEmitter {
public:
  AttentionEmitter(KernelEmitter &e, Attention attention)
      : e(e), b(e.b), a(std::move(attention)), before(a.ops()), nest(e, a.output, before) {}
  LogicalResult run();

private:
  // Queries, keys or values seen from the loops of their contraction.
  struct Side {
    Value memory, offset;
    SmallVector<Value> strides;
    SmallVector<int64_t> divisors;
  };
  // What work on the scores reads besides them.
  struct Read {
    OpOperand *operand;
    LoopAccess access;      // in the dimensions of the scores
    bool turned = false;    // copied so that queries lie along lanes
    bool alongKeys = false; // then: whether it moves from key to key
    Value buffer;
  };
  // A panel of queries: where it begins, and its buffers on the stack.
  struct Panel {
    SmallVector<Value> outer;
    Value first, count;
    int64_t vectors;
    Value queries, scores, results;
    int64_t width;
  };

  // A single query and its buffers.
  struct Row {
    SmallVector<Value> outer;
    Value index;
    Value query, scores, result;
  };

  Side sideOf(const AttentionOperand &operand, AffineMap map);
  Value outerOffset(const Side &side, ArrayRef<unsigned> loops, ArrayRef<Value> outer);
  void pack(Value memory, Value base, Value laneStride, Value stepStride, Value steps, const Panel &panel, Value buffer,
            llvm::function_ref<Value(Value)> finish);
  SmallVector<Value> turn(SmallVector<Value> lines);
  Lane score(const Point &point, Value product, llvm::function_ref<Lane(Read &)> other, llvm::function_ref<Value()> mask);
  Lane panelScore(const Panel &panel, Value key, Value keyInBlock, int64_t v, Value product);
  SmallVector<Value> scoreTile(const Panel &panel, Value firstKey, Value tile, Value keys, bool clamped, ValueRange maxima);
  void resultTile(const Panel &panel, Value firstKey, Value keys, Value feature, int64_t rows, ArrayRef<Value> factors);
  Value scaleOf(Value sum, Value &exists);
  Value normalized(Value result, Value scale, Value exists);
  void finish(const Panel &panel, ArrayRef<Value> sums);
  void panel(ArrayRef<Value> outer, Value first, int64_t vectors);
  Value rowScores(const Row &row, Value firstKey, Value group, Value keys, bool masked);
  void row(ArrayRef<Value> outer, Value index);
  void addRow(const Row &row, Value firstKey, Value keys, Value factor);
  Value acrossLanes(Value v, llvm::function_ref<Value(Value, Value)> join);
  template <typename Body> void scoped(Body body);

  Value load(Value buffer, Value at) {
    return vector::LoadOp::create(b, e.loc, VectorType::get({config.lanes}, b.getF32Type()), buffer, ValueRange{e.orZero(at)});
  }
  void store(Value v, Value buffer, Value at) { vector::StoreOp::create(b, e.loc, v, buffer, ValueRange{e.orZero(at)}); }
  Value splat(double v) {
    return e.broadcast(arith::ConstantOp::create(b, e.loc, b.getF32FloatAttr(static_cast<float>(v))), config.lanes);
  }
  Value larger(Value x, Value y) {
    // A NaN need not show: it spoils the sum.
    return arith::SelectOp::create(b, e.loc, arith::CmpFOp::create(b, e.loc, arith::CmpFPredicate::OGT, x, y), x, y);
  }
  // Scales of both sides, on the queries.
  Value scaled(Value v) {
    Value factor;
    for (const AttentionOperand *operand : {&a.queries, &a.keys})
      for (Value next : operand->factors)
        factor = factor ? arith::MulFOp::create(b, e.loc, factor, e.scalar(next)).getResult() : e.scalar(next);
    return factor ? arith::MulFOp::create(b, e.loc, v, e.broadcast(factor, config.lanes)).getResult() : v;
  }
  Value exp(Value x) { return math::ExpOp::create(b, e.loc, x); }
  Value stack(int64_t elements, Type type) {
    return memref::AllocaOp::create(b, e.loc, MemRefType::get({elements}, type), b.getI64IntegerAttr(64));
  }
  int64_t wholeLanes(int64_t n) const { return (n + config.lanes - 1) / config.lanes * config.lanes; }

  KernelEmitter &e;
  OpBuilder &b;
  Attention a;
  SmallVector<Operation *> before; // all but the epilogue
  LoopNest nest;
  // So far below the largest score the exponential is 0.
  static constexpr double negligible = 110;

  AttentionConfig config;
  SmallVector<Value> sizes; // of the scores
  unsigned query, key;      // dimensions of the scores
  bool mayHide = false;     // something that depends on the key is added to the scores or takes their place
  Side queries, keys, values;
  SmallVector<Read> reads;
  SmallVector<Axis> axes; // of the result: outer, query, feature
};

AttentionEmitter::Side AttentionEmitter::sideOf(const AttentionOperand &operand, AffineMap map) {
  Access access = e.accessOf(operand.stored);
  Side side{access.memory, access.offset, SmallVector<Value>(map.getNumDims()), SmallVector<int64_t>(map.getNumDims(), 1)};
  for (auto [k, expr] : llvm::enumerate(map.getResults())) {
    const AttentionOperand::Dimension &dimension = operand.dimensions[k];
    if (dimension.source < 0 || KernelEmitter::known(access.sizes[dimension.source]) == std::optional<int64_t>(1))
      continue;
    unsigned loop = cast<AffineDimExpr>(expr).getPosition();
    side.strides[loop] = access.strides[dimension.source];
    side.divisors[loop] = dimension.divisor;
  }
  return side;
}

// Where the head of `outer` begins; `loops`: those that walk the dimensions of the scores.
Value AttentionEmitter::outerOffset(const Side &side, ArrayRef<unsigned> loops, ArrayRef<Value> outer) {
  Value at = side.offset;
  for (auto [d, index] : llvm::enumerate(outer))
    if (Value stride = side.strides[loops[d]])
      at = e.add(at, e.mul(e.floorDiv(index, e.constant(side.divisors[loops[d]])), stride));
  return at;
}

// Transposes a square of vectors: halves change places at growing distances.
SmallVector<Value> AttentionEmitter::turn(SmallVector<Value> lines) {
  int64_t n = lines.size();
  for (int64_t distance = 1; distance < n; distance *= 2) {
    SmallVector<int64_t> low, high;
    for (int64_t i = 0; i < n; ++i) {
      low.push_back(i & distance ? n + i - distance : i);
      high.push_back(i & distance ? n + i : i + distance);
    }
    for (int64_t i = 0; i < n; ++i) {
      if (i & distance)
        continue;
      Value x = lines[i], y = lines[i + distance];
      lines[i] = vector::ShuffleOp::create(b, e.loc, x, y, low);
      lines[i + distance] = vector::ShuffleOp::create(b, e.loc, x, y, high);
    }
  }
  return lines;
}

// Copies element (query, step) at base + query * laneStride + step * stepStride to buffer[step * width + lane]. Lanes without a
// query repeat the last one. Whole vectors of steps are written.
void AttentionEmitter::pack(Value memory, Value base, Value laneStride, Value stepStride, Value steps, const Panel &panel,
                            Value buffer, llvm::function_ref<Value(Value)> finish) {
  int64_t lanes = config.lanes;
  Type element = cast<MemRefType>(memory.getType()).getElementType();
  unsigned bits = element.getIntOrFloatBitWidth();
  Value last = e.sub(sizes[query], e.constant(1));
  auto line = VectorType::get({lanes}, element);
  if (!stepStride || KernelEmitter::known(stepStride) != std::optional<int64_t>(1) || bits > 32 ||
      (bits < 32 && !element.isInteger())) {
    Value start = e.add(base, e.mul(panel.first, laneStride));
    e.loop({}, steps, 1, {}, [&](Value step, ValueRange) {
      for (int64_t v = 0; v < panel.vectors; ++v) {
        Point point;
        point.indices = {step, e.constant(v * lanes)};
        point.vectorLoop = 1;
        point.width = lanes;
        point.mask = e.tailMask(e.maximum(e.sub(panel.count, e.constant(v * lanes)), e.constant(0)), lanes);
        Value loaded = e.asVector(e.load({memory, start, {stepStride, laneStride}}, point), lanes);
        store(finish(loaded), buffer, e.add(e.mul(step, e.constant(panel.width)), e.constant(v * lanes)));
      }
      return SmallVector<Value>{};
    });
    return;
  }
  SmallVector<Value> starts;
  for (int64_t i = 0; i < panel.width; ++i)
    starts.push_back(e.add(base, e.mul(laneStride, e.minimum(e.add(panel.first, e.constant(i)), last))));
  auto floats = VectorType::get({lanes}, b.getF32Type()), words = VectorType::get({lanes}, b.getI32Type());
  auto squares = [&](Value step, Value mask) {
    for (int64_t v = 0; v < panel.vectors; ++v) {
      SmallVector<Value> lines;
      for (int64_t i = 0; i < lanes; ++i) {
        Value at = e.orZero(e.add(starts[v * lanes + i], step));
        Value loaded = mask ? vector::MaskedLoadOp::create(b, e.loc, line, memory, ValueRange{at}, mask,
                                                           arith::ConstantOp::create(b, e.loc, b.getZeroAttr(line)))
                                  .getResult()
                            : vector::LoadOp::create(b, e.loc, line, memory, ValueRange{at}).getResult();
        if (bits < 32)
          loaded = arith::ExtUIOp::create(b, e.loc, words, loaded);
        if (!isa<FloatType>(element))
          loaded = arith::BitcastOp::create(b, e.loc, floats, loaded);
        lines.push_back(loaded);
      }
      lines = turn(std::move(lines));
      for (int64_t i = 0; i < lanes; ++i) {
        Value out = lines[i];
        if (!isa<FloatType>(element))
          out = arith::BitcastOp::create(b, e.loc, words, out);
        if (bits < 32)
          out = arith::TruncIOp::create(b, e.loc, line, out);
        store(finish(out), buffer, e.add(e.mul(e.add(step, e.constant(i)), e.constant(panel.width)), e.constant(v * lanes)));
      }
    }
  };
  auto fixed = KernelEmitter::known(steps);
  Value whole = e.mul(e.floorDiv(steps, e.constant(lanes)), e.constant(lanes));
  e.loop({}, whole, lanes, {}, [&](Value step, ValueRange) {
    squares(step, {});
    return SmallVector<Value>{};
  });
  if (!fixed || *fixed % lanes)
    e.loop(whole, steps, lanes, {}, [&](Value step, ValueRange) {
      squares(step, e.tailMask(e.sub(steps, step), lanes));
      return SmallVector<Value>{};
    });
}

// The work on `product`, the products at `point` in the dimensions of the scores. `other` reads what else it needs.
Lane AttentionEmitter::score(const Point &point, Value product, llvm::function_ref<Lane(Read &)> other,
                             llvm::function_ref<Value()> mask) {
  DenseMap<Value, Lane> lanes;
  Lane result{product, {}, true};
  lanes[a.scores.getResult(0)] = result;
  for (linalg::GenericOp op : a.scoreOps) {
    SmallVector<Lane> arguments;
    for (OpOperand *input : op.getDpsInputOperands()) {
      if (auto it = lanes.find(input->get()); it != lanes.end())
        arguments.push_back(it->second);
      else if (Value splat = e.splatOf(input->get()))
        arguments.push_back({splat, {}, false});
      else
        arguments.push_back(other(*llvm::find_if(reads, [&](Read &r) { return r.operand == input; })));
    }
    Point place = point;
    bool extracts = false;
    op.getBody()->walk([&](tensor::ExtractOp) { extracts = true; });
    if (extracts)
      place.mask = mask();
    result = e.evaluate(op, place, arguments)[0];
    lanes[op.getResult(0)] = result;
  }
  return result;
}

// The work on the products of register `v` of queries with a key.
Lane AttentionEmitter::panelScore(const Panel &panel, Value keyIndex, Value keyInBlock, int64_t v, Value product) {
  Point point;
  llvm::append_range(point.indices, panel.outer);
  point.indices.push_back(e.add(panel.first, e.constant(v * config.lanes)));
  point.indices.push_back(keyIndex);
  point.vectorLoop = query;
  point.width = config.lanes;
  Value mask;
  auto masked = [&] {
    if (!mask)
      mask = e.tailMask(e.maximum(e.sub(panel.count, e.constant(v * config.lanes)), e.constant(0)), config.lanes);
    return mask;
  };
  auto other = [&](Read &read) -> Lane {
    if (read.turned) {
      auto type = VectorType::get({config.lanes}, cast<MemRefType>(read.buffer.getType()).getElementType());
      Value at = e.add(read.alongKeys ? e.mul(keyInBlock, e.constant(panel.width)) : Value(), e.constant(v * config.lanes));
      return {vector::LoadOp::create(b, e.loc, type, read.buffer, ValueRange{e.orZero(at)}), {}, true};
    }
    Point place = point;
    if (read.access.strides[query])
      place.mask = masked();
    return e.load(read.access, place);
  };
  return score(point, product, other, masked);
}

// The scores of a tile of keys of the block, `tile` its first; returns the largest scores so far and, where a mask may hide keys,
// the end of those that have any weight. `clamped`: there may be fewer keys; the last one then comes again, and nobody reads the
// scores.
SmallVector<Value> AttentionEmitter::scoreTile(const Panel &panel, Value firstKey, Value tile, Value keysInBlock, bool clamped,
                                               ValueRange maxima) {
  int64_t lanes = config.lanes;
  unsigned keyLoop = a.scoreLoops[key];
  Value base = outerOffset(keys, a.scoreLoops, panel.outer);
  SmallVector<Value> inBlock, starts;
  for (int64_t r = 0; r < config.rows; ++r) {
    Value index = e.add(tile, e.constant(r));
    inBlock.push_back(clamped ? e.minimum(index, e.sub(keysInBlock, e.constant(1))) : index);
  }
  Value first = e.add(base, e.mul(e.add(firstKey, tile), keys.strides[keyLoop]));
  for (int64_t r = 0; r < config.rows; ++r)
    starts.push_back(clamped ? e.add(base, e.mul(e.add(firstKey, inBlock[r]), keys.strides[keyLoop]))
                             : e.add(first, e.mul(e.constant(r), keys.strides[keyLoop])));
  SmallVector<Value> zero(config.rows * panel.vectors, splat(0));
  auto sums = e.loop({}, e.constant(a.depth), 1, zero, [&](Value step, ValueRange current) {
    SmallVector<Value> columns, next;
    for (int64_t v = 0; v < panel.vectors; ++v)
      columns.push_back(load(panel.queries, e.add(e.mul(step, e.constant(panel.width)), e.constant(v * lanes))));
    Value along = e.mul(step, keys.strides[a.depthLoop]);
    for (int64_t r = 0; r < config.rows; ++r) {
      Value scalar = memref::LoadOp::create(b, e.loc, keys.memory, ValueRange{e.orZero(e.add(starts[r], along))});
      Value wide = e.broadcast(scalar, lanes);
      for (int64_t v = 0; v < panel.vectors; ++v)
        next.push_back(vector::FMAOp::create(b, e.loc, wide, columns[v], current[r * panel.vectors + v]));
    }
    return next;
  });
  SmallVector<Value> largest(maxima.begin(), maxima.end()), bounds;
  Value weighs; // lanes with a score that counts, or is no number
  if (mayHide)
    for (int64_t v = 0; v < panel.vectors; ++v)
      bounds.push_back(arith::SubFOp::create(b, e.loc, maxima[v], splat(negligible)));
  for (int64_t r = 0; r < config.rows; ++r)
    for (int64_t v = 0; v < panel.vectors; ++v) {
      Lane lane = panelScore(panel, e.orZero(e.add(firstKey, inBlock[r])), inBlock[r], v, sums.getResult(r * panel.vectors + v));
      Value result = e.asVector(lane, lanes);
      largest[v] = larger(result, largest[v]);
      store(result, panel.scores, e.add(e.mul(e.add(tile, e.constant(r)), e.constant(panel.width)), e.constant(v * lanes)));
      if (!mayHide)
        continue;
      Value counts = arith::CmpFOp::create(b, e.loc, arith::CmpFPredicate::UGE, result, bounds[v]);
      weighs = weighs ? arith::OrIOp::create(b, e.loc, weighs, counts).getResult() : counts;
    }
  if (mayHide) {
    Value any = vector::ReductionOp::create(b, e.loc, vector::CombiningKind::OR, weighs);
    Value end = e.orZero(e.minimum(e.add(tile, e.constant(config.rows)), keysInBlock));
    largest.back() = arith::SelectOp::create(b, e.loc, any, end, maxima.back());
  }
  return largest;
}

// Adds the products of the block's exponentials with `rows` features of its values. `factors` shrink what is there; none when there
// is nothing yet.
void AttentionEmitter::resultTile(const Panel &panel, Value firstKey, Value keysInBlock, Value feature, int64_t rows,
                                  ArrayRef<Value> factors) {
  int64_t lanes = config.lanes;
  Value stride = values.strides[a.outputLoops[key]];
  Value start = e.add(outerOffset(values, a.outputLoops, panel.outer), e.mul(firstKey, stride));
  start = e.add(start, e.mul(feature, values.strides[a.featureLoop]));
  auto place = [&](int64_t r, int64_t v) {
    return e.add(e.mul(e.add(feature, e.constant(r)), e.constant(panel.width)), e.constant(v * lanes));
  };
  SmallVector<Value> init;
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t v = 0; v < panel.vectors; ++v)
      init.push_back(factors.empty() ? splat(0)
                                     : arith::MulFOp::create(b, e.loc, load(panel.results, place(r, v)), factors[v]).getResult());
  auto sums = e.loop({}, keysInBlock, 1, init, [&](Value index, ValueRange current) {
    SmallVector<Value> columns, next;
    for (int64_t v = 0; v < panel.vectors; ++v)
      columns.push_back(load(panel.scores, e.add(e.mul(index, e.constant(panel.width)), e.constant(v * lanes))));
    Value along = e.add(start, e.mul(index, stride));
    for (int64_t r = 0; r < rows; ++r) {
      Value at = e.add(along, e.mul(e.constant(r), values.strides[a.featureLoop]));
      Value wide = e.broadcast(memref::LoadOp::create(b, e.loc, values.memory, ValueRange{e.orZero(at)}), lanes);
      for (int64_t v = 0; v < panel.vectors; ++v)
        next.push_back(vector::FMAOp::create(b, e.loc, wide, columns[v], current[r * panel.vectors + v]));
    }
    return next;
  });
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t v = 0; v < panel.vectors; ++v)
      store(sums.getResult(r * panel.vectors + v), panel.results, place(r, v));
}

// What a result is multiplied by. `exists` is set where rows without any probability must become 0.
Value AttentionEmitter::scaleOf(Value sum, Value &exists) {
  Value scale = arith::DivFOp::create(b, e.loc, splat(1), sum);
  if (a.nanIsZero)
    exists = arith::CmpFOp::create(b, e.loc, arith::CmpFPredicate::OGT, sum, splat(0));
  auto known = KernelEmitter::known(sizes[key]);
  if (known && *known)
    return scale;
  // A sum over no keys is 0.
  Value none = arith::CmpIOp::create(b, e.loc, arith::CmpIPredicate::eq, sizes[key], e.constant(0));
  return arith::SelectOp::create(b, e.loc, none, splat(1), scale);
}

Value AttentionEmitter::normalized(Value result, Value scale, Value exists) {
  Value scaled = arith::MulFOp::create(b, e.loc, result, scale);
  return exists ? arith::SelectOp::create(b, e.loc, exists, scaled, splat(0)).getResult() : scaled;
}

// Divides by the sums, runs the epilogue and stores.
void AttentionEmitter::finish(const Panel &panel, ArrayRef<Value> sums) {
  int64_t lanes = config.lanes;
  SmallVector<Value> scales, exists(sums.size());
  for (auto [sum, any] : llvm::zip(sums, exists))
    scales.push_back(scaleOf(sum, any));
  auto result = [&](Value feature, int64_t v) -> Value {
    return normalized(load(panel.results, e.add(e.mul(feature, e.constant(panel.width)), e.constant(v * lanes))), scales[v],
                      exists[v]);
  };
  auto pointAt = [&](Value row, Value feature, unsigned along, Value mask) {
    Point point;
    llvm::append_range(point.indices, panel.outer);
    point.indices.push_back(row);
    point.indices.push_back(feature);
    point.vectorLoop = along;
    point.width = lanes;
    point.mask = mask;
    return point;
  };
  unsigned featureAxis = axes.size() - 1;
  if (a.queriesInnermost) {
    auto fixed = KernelEmitter::known(panel.count);
    e.loop({}, e.constant(a.features), 1, {}, [&](Value feature, ValueRange) {
      for (int64_t v = 0; v < panel.vectors; ++v) {
        Value mask;
        if (!fixed || *fixed < (v + 1) * lanes)
          mask = e.tailMask(e.maximum(e.sub(panel.count, e.constant(v * lanes)), e.constant(0)), lanes);
        nest.finish(Lane{result(feature, v), {}, true}, axes,
                    pointAt(e.orZero(e.add(panel.first, e.constant(v * lanes))), feature, featureAxis - 1, mask));
      }
      return SmallVector<Value>{};
    });
    return;
  }
  // Back to rows of features; the scores are no longer needed.
  int64_t pitch = wholeLanes(a.features);
  e.loop({}, e.constant(pitch), lanes, {}, [&](Value feature, ValueRange) {
    for (int64_t v = 0; v < panel.vectors; ++v) {
      SmallVector<Value> lines;
      for (int64_t i = 0; i < lanes; ++i)
        lines.push_back(result(e.add(feature, e.constant(i)), v));
      lines = turn(std::move(lines));
      for (int64_t i = 0; i < lanes; ++i)
        store(lines[i], panel.scores, e.add(feature, e.constant((v * lanes + i) * pitch)));
    }
    return SmallVector<Value>{};
  });
  e.loop({}, panel.count, 1, {}, [&](Value row, ValueRange) {
    auto vectors = [&](Value feature, Value mask) {
      Value line = load(panel.scores, e.add(e.mul(row, e.constant(pitch)), feature));
      nest.finish(Lane{line, {}, true}, axes, pointAt(e.orZero(e.add(panel.first, row)), feature, featureAxis, mask));
    };
    int64_t whole = a.features / lanes * lanes;
    for (int64_t feature = 0; feature < whole; feature += lanes)
      vectors(e.constant(feature), {});
    if (whole < a.features)
      vectors(e.constant(whole), e.tailMask(e.constant(a.features - whole), lanes));
    return SmallVector<Value>{};
  });
}

// Runs `body` where the stack is given back at the end.
template <typename Body> void AttentionEmitter::scoped(Body body) {
  OpBuilder::InsertionGuard guard(b);
  auto scope = memref::AllocaScopeOp::create(b, e.loc, TypeRange{});
  Block *block = b.createBlock(&scope.getBodyRegion());
  memref::AllocaScopeReturnOp::create(b, e.loc);
  b.setInsertionPointToStart(block);
  body();
}

void AttentionEmitter::panel(ArrayRef<Value> outer, Value first, int64_t vectors) {
  Panel p;
  p.outer.assign(outer.begin(), outer.end());
  p.first = first;
  p.vectors = vectors;
  p.width = vectors * config.lanes;
  auto known = KernelEmitter::known(sizes[query]);
  p.count = known && *known % p.width == 0 ? e.constant(p.width) : e.minimum(e.sub(sizes[query], first), e.constant(p.width));
  Type f32 = b.getF32Type();
  p.queries = stack(wholeLanes(a.depth) * p.width, f32);
  p.scores = stack(std::max(config.blockKeys, wholeLanes(a.features)) * p.width, f32);
  p.results = stack(wholeLanes(a.features) * p.width, f32);
  for (Read &read : reads)
    if (read.turned)
      read.buffer = stack((read.alongKeys ? wholeLanes(config.blockKeys) : 1) * p.width,
                          cast<MemRefType>(read.access.memory.getType()).getElementType());
  auto readBase = [&](Read &read) {
    Value at = read.access.offset;
    for (auto [stride, index] : llvm::zip(read.access.strides, outer))
      at = e.add(at, e.mul(stride, index));
    return at;
  };
  auto same = [](Value v) { return v; };

  pack(queries.memory, outerOffset(queries, a.scoreLoops, outer), queries.strides[a.scoreLoops[query]],
       queries.strides[a.depthLoop], e.constant(a.depth), p, p.queries, [&](Value v) { return scaled(v); });
  for (Read &read : reads)
    if (read.turned && !read.alongKeys)
      pack(read.access.memory, readBase(read), read.access.strides[query], {}, e.constant(1), p, read.buffer, same);

  auto fixed = KernelEmitter::known(sizes[key]);
  bool single = fixed && *fixed <= config.blockKeys;
  Value lowest = splat(-std::numeric_limits<double>::infinity());
  // One block; returns the new maxima and sums.
  auto block = [&](Value firstKey, Value keysInBlock, ValueRange maxima, ValueRange sums) {
    for (Read &read : reads)
      if (read.turned && read.alongKeys)
        pack(read.access.memory, e.add(readBase(read), e.mul(firstKey, read.access.strides[key])), read.access.strides[query],
             read.access.strides[key], keysInBlock, p, read.buffer, same);
    auto n = KernelEmitter::known(keysInBlock);
    Value whole = e.mul(e.floorDiv(keysInBlock, e.constant(config.rows)), e.constant(config.rows));
    auto tiles = [&](Value from, Value to, bool clamped, ValueRange init) {
      return SmallVector<Value>(e.loop(from, to, config.rows, init, [&](Value tile, ValueRange current) {
                                   return scoreTile(p, firstKey, tile, keysInBlock, clamped, current);
                                 }).getResults());
    };
    SmallVector<Value> largest(maxima);
    if (mayHide)
      largest.push_back(e.constant(0));
    largest = tiles({}, whole, false, largest);
    if (!n || *n % config.rows)
      largest = tiles(whole, keysInBlock, true, largest);
    Value seen = mayHide ? largest.pop_back_val() : keysInBlock;
    SmallVector<Value> base = largest, factors;
    if (!single)
      for (int64_t v = 0; v < vectors; ++v) {
        // Before there was a score, nothing shrinks, and -inf less itself must not become NaN: a later block may bring one.
        Value none = arith::CmpFOp::create(b, e.loc, arith::CmpFPredicate::OEQ, largest[v], lowest);
        base[v] = arith::SelectOp::create(b, e.loc, none, splat(0), largest[v]);
        factors.push_back(exp(arith::SubFOp::create(b, e.loc, maxima[v], base[v])));
      }
    SmallVector<Value> zero(vectors, splat(0));
    auto added = e.loop({}, seen, 1, zero, [&](Value index, ValueRange current) {
      SmallVector<Value> next;
      for (int64_t v = 0; v < vectors; ++v) {
        Value at = e.add(e.mul(index, e.constant(p.width)), e.constant(v * config.lanes));
        Value power = exp(arith::SubFOp::create(b, e.loc, load(p.scores, at), base[v]));
        store(power, p.scores, at);
        next.push_back(arith::AddFOp::create(b, e.loc, current[v], power));
      }
      return next;
    });
    SmallVector<Value> result = largest;
    for (int64_t v = 0; v < vectors; ++v)
      result.push_back(single ? added.getResult(v)
                              : vector::FMAOp::create(b, e.loc, sums[v], factors[v], added.getResult(v)).getResult());
    int64_t wholeFeatures = a.features / config.rows * config.rows;
    if (wholeFeatures)
      e.loop({}, e.constant(wholeFeatures), config.rows, {}, [&](Value feature, ValueRange) {
        resultTile(p, firstKey, seen, feature, config.rows, factors);
        return SmallVector<Value>{};
      });
    if (wholeFeatures < a.features)
      resultTile(p, firstKey, seen, e.constant(wholeFeatures), a.features - wholeFeatures, factors);
    return result;
  };
  SmallVector<Value> start(vectors, lowest), none(vectors, splat(0));
  if (single) {
    SmallVector<Value> all = block(e.constant(0), sizes[key], start, none);
    finish(p, ArrayRef(all).drop_front(vectors));
    return;
  }
  e.loop({}, e.constant(a.features), 1, {}, [&](Value feature, ValueRange) {
    for (int64_t v = 0; v < vectors; ++v)
      store(splat(0), p.results, e.add(e.mul(feature, e.constant(p.width)), e.constant(v * config.lanes)));
    return SmallVector<Value>{};
  });
  llvm::append_range(start, none);
  auto blocks = e.loop({}, sizes[key], config.blockKeys, start, [&](Value firstKey, ValueRange state) {
    Value count = fixed && *fixed % config.blockKeys == 0 ? e.constant(config.blockKeys)
                                                          : e.minimum(e.sub(sizes[key], firstKey), e.constant(config.blockKeys));
    return block(firstKey, count, state.take_front(vectors), state.drop_front(vectors));
  });
  finish(p, SmallVector<Value>(blocks.getResults().drop_front(vectors)));
}

// All lanes of `v` joined, in every lane.
Value AttentionEmitter::acrossLanes(Value v, llvm::function_ref<Value(Value, Value)> join) {
  for (int64_t distance = config.lanes / 2; distance > 0; distance /= 2) {
    SmallVector<int64_t> other;
    for (int64_t i = 0; i < config.lanes; ++i)
      other.push_back(i ^ distance);
    v = join(v, vector::ShuffleOp::create(b, e.loc, v, v, other));
  }
  return v;
}

// The scores of a register of keys of the block from `group` on. `masked`: there may be fewer keys; the other scores are -inf.
Value AttentionEmitter::rowScores(const Row &row, Value firstKey, Value group, Value keysInBlock, bool masked) {
  int64_t lanes = config.lanes;
  auto vector = VectorType::get({lanes}, b.getF32Type());
  Value stride = keys.strides[a.scoreLoops[key]];
  Value base = outerOffset(keys, a.scoreLoops, row.outer);
  SmallVector<Value> starts;
  for (int64_t i = 0; i < lanes; ++i) {
    Value index = e.add(group, e.constant(i));
    if (masked)
      index = e.minimum(index, e.sub(keysInBlock, e.constant(1)));
    starts.push_back(e.add(base, e.mul(e.add(firstKey, index), stride)));
  }
  auto products = [&](Value step, Value mask, ValueRange current) {
    SmallVector<Value> next;
    Value column = load(row.query, step);
    for (int64_t i = 0; i < lanes; ++i) {
      Value at = e.orZero(e.add(starts[i], step));
      Value line = mask ? vector::MaskedLoadOp::create(b, e.loc, vector, keys.memory, ValueRange{at}, mask, splat(0)).getResult()
                        : vector::LoadOp::create(b, e.loc, vector, keys.memory, ValueRange{at}).getResult();
      next.push_back(vector::FMAOp::create(b, e.loc, line, column, current[i]));
    }
    return next;
  };
  SmallVector<Value> sums(lanes, splat(0));
  int64_t whole = a.depth / lanes * lanes;
  if (whole)
    sums = SmallVector<Value>(e.loop({}, e.constant(whole), lanes, sums, [&](Value step, ValueRange current) {
                                 return products(step, {}, current);
                               }).getResults());
  if (whole < a.depth)
    sums = products(e.constant(whole), e.tailMask(e.constant(a.depth - whole), lanes), sums);
  // Sums across lanes of all registers at once: each step joins pairs of them, until lane i holds the sum of register i.
  for (int64_t distance = 1; distance < lanes; distance *= 2) {
    SmallVector<int64_t> low, high;
    for (int64_t i = 0; i < lanes; ++i) {
      low.push_back(i & distance ? lanes + i - distance : i);
      high.push_back(i & distance ? lanes + i : i + distance);
    }
    SmallVector<Value> joined;
    for (size_t i = 0; i < sums.size(); i += 2)
      joined.push_back(arith::AddFOp::create(b, e.loc, vector::ShuffleOp::create(b, e.loc, sums[i], sums[i + 1], low),
                                             vector::ShuffleOp::create(b, e.loc, sums[i], sums[i + 1], high)));
    sums = joined;
  }
  Point point;
  llvm::append_range(point.indices, row.outer);
  point.indices.push_back(row.index);
  point.indices.push_back(e.orZero(e.add(firstKey, group)));
  point.vectorLoop = key;
  point.width = lanes;
  if (masked)
    point.mask = e.tailMask(e.sub(keysInBlock, group), lanes);
  Lane lane = score(
      point, sums[0], [&](Read &read) { return e.load(read.access, point); }, [&] { return point.mask; });
  Value result = e.asVector(lane, lanes);
  if (masked)
    result = arith::SelectOp::create(b, e.loc, point.mask, result, splat(-std::numeric_limits<double>::infinity()));
  return result;
}

// Adds the values of the block, weighed by the exponentials, to the result shrunk by `factor`.
void AttentionEmitter::addRow(const Row &row, Value firstKey, Value keysInBlock, Value factor) {
  int64_t lanes = config.lanes, vectors = wholeLanes(a.features) / lanes;
  // Several keys at once, or the chain of dependent additions is the limit.
  int64_t unroll = std::max<int64_t>(8 / vectors, 1);
  auto type = VectorType::get({lanes}, b.getF32Type());
  Value stride = values.strides[a.outputLoops[key]];
  Value start = e.add(outerOffset(values, a.outputLoops, row.outer), e.mul(firstKey, stride));
  Value mask = a.features % lanes ? e.tailMask(e.constant(a.features % lanes), lanes) : Value();
  SmallVector<Value> sums;
  for (int64_t u = 0; u < unroll; ++u)
    for (int64_t f = 0; f < vectors; ++f)
      sums.push_back(u ? splat(0) : arith::MulFOp::create(b, e.loc, load(row.result, e.constant(f * lanes)), factor).getResult());
  auto keysFrom = [&](Value first, int64_t count, ValueRange current) {
    SmallVector<Value> next(current.begin(), current.end());
    for (int64_t u = 0; u < count; ++u) {
      Value index = e.orZero(e.add(first, e.constant(u)));
      Value weight = e.broadcast(memref::LoadOp::create(b, e.loc, row.scores, ValueRange{index}), lanes);
      Value line = e.add(start, e.mul(index, stride));
      for (int64_t f = 0; f < vectors; ++f) {
        Value at = e.orZero(e.add(line, e.constant(f * lanes)));
        Value part = mask && f + 1 == vectors
                         ? vector::MaskedLoadOp::create(b, e.loc, type, values.memory, ValueRange{at}, mask, splat(0)).getResult()
                         : vector::LoadOp::create(b, e.loc, type, values.memory, ValueRange{at}).getResult();
        next[u * vectors + f] = vector::FMAOp::create(b, e.loc, weight, part, next[u * vectors + f]);
      }
    }
    return next;
  };
  auto walk = [&](Value from, Value to, int64_t count) {
    sums = SmallVector<Value>(e.loop(from, to, count, sums, [&](Value index, ValueRange current) {
                                 return keysFrom(index, count, current);
                               }).getResults());
  };
  Value whole = e.mul(e.floorDiv(keysInBlock, e.constant(unroll)), e.constant(unroll));
  walk({}, whole, unroll);
  if (unroll > 1)
    walk(whole, keysInBlock, 1);
  for (int64_t f = 0; f < vectors; ++f) {
    Value total = sums[f];
    for (int64_t u = 1; u < unroll; ++u)
      total = arith::AddFOp::create(b, e.loc, total, sums[u * vectors + f]);
    store(total, row.result, e.constant(f * lanes));
  }
}

// A single query: lanes are keys in the scores and features in the result, so that keys and values are read once, whole vectors at
// a time.
void AttentionEmitter::row(ArrayRef<Value> outer, Value index) {
  int64_t lanes = config.lanes;
  Row row;
  row.outer.assign(outer.begin(), outer.end());
  row.index = index;
  row.query = stack(wholeLanes(a.depth), b.getF32Type());
  row.scores = stack(wholeLanes(config.blockKeys), b.getF32Type());
  row.result = stack(wholeLanes(a.features), b.getF32Type());
  LoopAccess source{queries.memory,
                    e.add(outerOffset(queries, a.scoreLoops, outer), e.mul(index, queries.strides[a.scoreLoops[query]])),
                    {queries.strides[a.depthLoop]}};
  for (int64_t at = 0; at < a.depth; at += lanes) {
    Point point{{e.constant(at)}, 0, lanes, {}};
    if (a.depth - at < lanes)
      point.mask = e.tailMask(e.constant(a.depth - at), lanes);
    store(scaled(e.asVector(e.load(source, point), lanes)), row.query, e.constant(at));
  }
  for (int64_t at = 0; at < a.features; at += lanes)
    store(splat(0), row.result, e.constant(at));
  Value lowest = splat(-std::numeric_limits<double>::infinity());
  auto blocks = e.loop({}, sizes[key], config.blockKeys, {lowest, splat(0)}, [&](Value firstKey, ValueRange state) {
    Value count = e.minimum(e.sub(sizes[key], firstKey), e.constant(config.blockKeys));
    Value whole = e.mul(e.floorDiv(count, e.constant(lanes)), e.constant(lanes));
    Value largest = state[0];
    auto groups = [&](Value from, Value to, bool masked) {
      largest = e.loop(from, to, lanes, largest, [&](Value group, ValueRange current) {
                   Value result = rowScores(row, firstKey, group, count, masked);
                   store(result, row.scores, group);
                   return SmallVector<Value>{larger(result, current[0])};
                 }).getResult(0);
    };
    groups({}, whole, false);
    groups(whole, count, true);
    largest = acrossLanes(largest, [&](Value x, Value y) { return larger(x, y); });
    Value none = arith::CmpFOp::create(b, e.loc, arith::CmpFPredicate::OEQ, largest, lowest);
    Value base = arith::SelectOp::create(b, e.loc, none, splat(0), largest);
    Value factor = exp(arith::SubFOp::create(b, e.loc, state[0], base));
    Value start = arith::MulFOp::create(b, e.loc, state[1], factor);
    Value sum = e.loop({}, count, lanes, start, [&](Value group, ValueRange current) {
                   Value power = exp(arith::SubFOp::create(b, e.loc, load(row.scores, group), base));
                   store(power, row.scores, group);
                   return SmallVector<Value>{arith::AddFOp::create(b, e.loc, current[0], power)};
                 }).getResult(0);
    addRow(row, firstKey, count, factor);
    return SmallVector<Value>{largest, sum};
  });
  Value sum = acrossLanes(blocks.getResult(1), [&](Value x, Value y) -> Value { return arith::AddFOp::create(b, e.loc, x, y); });
  Value exists, scale = scaleOf(sum, exists);
  for (int64_t at = 0; at < a.features; at += lanes) {
    Point point;
    llvm::append_range(point.indices, outer);
    point.indices.push_back(index);
    point.indices.push_back(e.constant(at));
    point.vectorLoop = point.indices.size() - 1;
    point.width = lanes;
    if (a.features - at < lanes)
      point.mask = e.tailMask(e.constant(a.features - at), lanes);
    nest.finish(Lane{normalized(load(row.result, e.constant(at)), scale, exists), {}, true}, axes, point);
  }
}

LogicalResult AttentionEmitter::run() {
  if (failed(nest.analyse()))
    return failure();
  config = readAttentionConfig(e.meaning);
  sizes = e.loopSizes(a.exponential);
  query = sizes.size() - 2;
  key = sizes.size() - 1;
  queries = sideOf(a.queries, a.scores.getIndexingMapsArray()[a.querySide]);
  keys = sideOf(a.keys, a.scores.getIndexingMapsArray()[1 - a.querySide]);
  values = sideOf(a.values, a.output.getIndexingMapsArray()[a.valueSide]);
  if (!queries.memory || !keys.memory || !values.memory || llvm::any_of(sizes, [](Value v) { return !v; }))
    return e.meaning.emitOpError("has an operand of attention without a place; this is an internal error");
  DenseSet<Value> own{a.scores.getResult(0)};
  for (linalg::GenericOp op : a.scoreOps)
    own.insert(op.getResult(0));
  for (linalg::GenericOp op : a.scoreOps)
    for (OpOperand *input : op.getDpsInputOperands()) {
      if (own.contains(input->get()) || e.splatOf(input->get()) || !isa<RankedTensorType>(input->get().getType()))
        continue;
      Read read{input, e.throughMap(e.accessOf(input->get()), op.getMatchingIndexingMap(input)), false, false, {}};
      Value lane = read.access.strides[query];
      read.turned = lane && KernelEmitter::known(lane) != std::optional<int64_t>(1) &&
                    llvm::count_if(reads, [](Read &r) { return r.turned; }) < 4;
      read.alongKeys = static_cast<bool>(read.access.strides[key]);
      mayHide |= read.alongKeys;
      reads.push_back(read);
    }
  for (linalg::GenericOp op : a.scoreOps)
    op.getBody()->walk([&](linalg::IndexOp) { mayHide = true; });
  for (unsigned d = 0; d < query; ++d)
    axes.push_back({{a.outputLoops[d]}, sizes[d]});
  axes.push_back({{a.outputLoops[query]}, sizes[query]});
  axes.push_back({{a.featureLoop}, e.constant(a.features)});

  // Few queries would leave most lanes idle.
  auto known = KernelEmitter::known(sizes[query]);
  bool byRows = a.rowsAreVectors && (!known || *known <= config.fewQueries), byPanels = !byRows || !known;
  int64_t width = config.vectors * config.lanes;
  Value few =
      byRows && byPanels
          ? arith::CmpIOp::create(b, e.loc, arith::CmpIPredicate::ule, sizes[query], e.constant(config.fewQueries)).getResult()
          : Value();
  Value panels = e.ceilDiv(sizes[query], width), heads = e.constant(1);
  if (!byPanels)
    panels = sizes[query];
  else if (few)
    panels = arith::SelectOp::create(b, e.loc, few, sizes[query], panels);
  for (unsigned d = 0; d < query; ++d)
    heads = e.orZero(e.mul(heads, sizes[d]));
  e.forTasks(e.orZero(e.mul(heads, panels)), config.serial, [&](Value task) {
    Value index = e.rem(task, panels), rest = e.floorDiv(task, panels);
    SmallVector<Value> outer(query);
    for (unsigned d = query; d-- > 0;) {
      outer[d] = d ? e.rem(rest, sizes[d]) : rest;
      rest = e.floorDiv(rest, sizes[d]);
    }
    auto choose = [&](Value condition, llvm::function_ref<void()> then, llvm::function_ref<void()> otherwise) {
      auto ifOp = scf::IfOp::create(b, e.loc, condition, /*withElseRegion=*/true);
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(ifOp.thenBlock());
      then();
      b.setInsertionPointToStart(ifOp.elseBlock());
      otherwise();
    };
    auto single = [&] { scoped([&] { row(outer, index); }); };
    auto several = [&] {
      Value first = e.orZero(e.mul(index, e.constant(width)));
      auto wide = [&] { scoped([&] { panel(outer, first, config.vectors); }); };
      if (config.vectors == 1 || (known && (*known % width == 0 || *known % width > config.lanes)))
        return wide();
      // A last panel that one register holds.
      Value narrow =
          arith::CmpIOp::create(b, e.loc, arith::CmpIPredicate::ule, e.sub(sizes[query], first), e.constant(config.lanes));
      choose(
          narrow, [&] { scoped([&] { panel(outer, first, 1); }); }, wide);
    };
    if (few)
      choose(few, single, several);
    else if (byRows)
      single();
    else
      several();
  });
  return success();
}

} // namespace

LogicalResult emitAttentionKernel(KernelEmitter &e) {
  for (auto op : e.meaning.getOps<linalg::GenericOp>())
    if (auto attention = matchAttention(op))
      return AttentionEmitter(e, std::move(*attention)).run();
  return e.meaning.emitOpError("has no attention; this is an internal error");
}

} // namespace ingot
