//===- WinogradKernel.cpp - 3x3 convolutions as products of transforms -----===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The tiles of all images count as one list, and a task takes a block of it with some panels of filters. It transforms the patches of
// the block into `inputs`, [point][tile][channel] on its stack; for each panel of 32 filters it multiplies them, point by point, into
// `products`, [point][tile][filter], and transforms these into tiles of the result, where the epilogue runs on registers.
//
// Tiles that stick out of the result read the last line or column of the input again instead of those that do not exist. But for
// rounding, no value that is stored depends on that: its own window lies inside.
//
//===----------------------------------------------------------------------===//

#include "codegen/cpu/LoopNest.h"
#include "codegen/strategy/Config.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace ingot {
namespace {

// Points lie a power of two apart, or nearly so: without a gap they would share the sets of the cache.
constexpr int64_t gapElements = 16;

class WinogradEmitter {
public:
  WinogradEmitter(KernelEmitter &e, linalg::GenericOp anchor, WinogradLoops loops)
      : e(e), b(e.b), nest(e, anchor), loops(std::move(loops)), config(readWinogradConfig(e.meaning)),
        matrices(winogradMatrices(config.tile)) {}
  LogicalResult run();

private:
  // Of a tile: its image and the first row and column of its results.
  struct Tile {
    Value image, row, column;
  };
  Tile locate(Value tile);
  Value combine(ArrayRef<double> factors, ArrayRef<Value> values);
  void transformInput(const Tile &tile, Value at, Value mask, Value channel);
  void transformInputs(Value first, Value place, Value count);
  void multiply(Value panelStart, Value units, Value half, int64_t width);
  int64_t halfRows() const { return (config.rows + 1) / 2; }
  void finishTiles(Value first, Value count, Value firstFilter, int64_t width, int64_t valid);
  void finish(const Tile &tile, Value from, Value filter, Value mask);
  Value less(Value x, Value y) { return arith::CmpIOp::create(b, e.loc, arith::CmpIPredicate::slt, x, y); }

  KernelEmitter &e;
  OpBuilder &b;
  LoopNest nest;
  WinogradLoops loops;
  WinogradConfig config;
  const WinogradMatrices &matrices;
  SmallVector<Axis> axes; // image, height, width, filter
  Value height, width, tileRows, tileColumns, tiles;
  int64_t m = 0, patch = 0, channels = 0, filters = 0;
  int64_t channelPitch = 0, inputPoint = 0, productPoint = 0; // strides of tiles and points in the buffers
  Value inputs, products;
  VectorType vector;
};

// The position of a tile, from its number.
WinogradEmitter::Tile WinogradEmitter::locate(Value tile) {
  Value line = e.floorDiv(tile, tileColumns), image = e.floorDiv(line, tileRows);
  Value column = e.sub(tile, e.mul(line, tileColumns)), row = e.sub(line, e.mul(image, tileRows));
  return {loops.images.empty() ? Value() : image, e.orZero(e.mul(row, e.constant(m))), e.orZero(e.mul(column, e.constant(m)))};
}

// The sum of factors times values.
Value WinogradEmitter::combine(ArrayRef<double> factors, ArrayRef<Value> values) {
  Value sum;
  auto splat = [&](double factor) -> Value {
    return arith::ConstantOp::create(b, e.loc, DenseElementsAttr::get(vector, b.getF32FloatAttr(static_cast<float>(factor)).getValue()));
  };
  // Terms to add come first: a sum that starts with one needs no negation.
  for (int pass = 0; pass < 3; ++pass)
    for (auto [factor, value] : llvm::zip(factors, values)) {
      int turn = factor == 1 ? 0 : factor == -1 ? 2 : 1;
      if (factor == 0 || turn != pass)
        continue;
      if (factor == 1)
        sum = sum ? Value(arith::AddFOp::create(b, e.loc, sum, value)) : value;
      else if (factor == -1)
        sum = sum ? Value(arith::SubFOp::create(b, e.loc, sum, value)) : Value(arith::NegFOp::create(b, e.loc, value));
      else
        sum = sum ? Value(vector::FMAOp::create(b, e.loc, value, splat(factor), sum))
                  : Value(arith::MulFOp::create(b, e.loc, value, splat(factor)));
    }
  return sum;
}

// One vector of channels of one patch: B^T d B goes to `at` of each point.
void WinogradEmitter::transformInput(const Tile &tile, Value at, Value mask, Value channel) {
  const LoopAccess &input = nest.inputs[0].loops;
  Value base = e.add(input.offset, channel);
  if (!loops.images.empty())
    base = e.add(base, e.mul(input.strides[loops.images[0]], tile.image));
  // The input has two lines and columns more than the result.
  auto offsets = [&](Value first, Value size, Value stride) {
    SmallVector<Value> result;
    auto known = KernelEmitter::known(size);
    bool whole = known && *known % m == 0;
    for (int64_t i = 0; i < patch; ++i) {
      Value index = e.add(first, e.constant(i));
      if (!whole && i >= 3)
        index = e.minimum(index, e.add(size, e.constant(1)));
      result.push_back(e.mul(stride, index));
    }
    return result;
  };
  SmallVector<Value> lines = offsets(tile.row, height, input.strides[loops.kh]),
                     columns = offsets(tile.column, width, input.strides[loops.kw]);
  SmallVector<SmallVector<Value>> left(patch, SmallVector<Value>(patch));
  Value zero = arith::ConstantOp::create(b, e.loc, b.getZeroAttr(vector));
  for (int64_t j = 0; j < patch; ++j) {
    SmallVector<Value> values;
    for (int64_t i = 0; i < patch; ++i) {
      Value from = e.orZero(e.add(base, e.add(lines[i], columns[j])));
      values.push_back(mask ? Value(vector::MaskedLoadOp::create(b, e.loc, vector, input.memory, ValueRange{from}, mask, zero))
                            : Value(vector::LoadOp::create(b, e.loc, vector, input.memory, ValueRange{from})));
    }
    for (int64_t i = 0; i < patch; ++i)
      left[i][j] = combine(matrices.inputs[i], values);
  }
  for (int64_t i = 0; i < patch; ++i)
    for (int64_t j = 0; j < patch; ++j) {
      Value to = e.add(at, e.constant((i * patch + j) * inputPoint));
      vector::StoreOp::create(b, e.loc, combine(matrices.inputs[j], left[i]), inputs, ValueRange{e.orZero(to)});
    }
}

// Tiles `first` to `first + count`, to places from `place` on; the last of all is repeated where there are no more.
void WinogradEmitter::transformInputs(Value first, Value place, Value count) {
  int64_t full = channels / config.lanes * config.lanes;
  e.loop({}, count, 1, {}, [&](Value t, ValueRange) {
    Tile tile = locate(e.minimum(e.add(first, t), e.sub(tiles, e.constant(1))));
    Value start = e.mul(e.add(place, t), e.constant(channelPitch));
    e.loop({}, e.constant(full), config.lanes, {}, [&](Value channel, ValueRange) {
      transformInput(tile, e.add(start, channel), {}, channel);
      return SmallVector<Value>{};
    });
    if (full < channels)
      transformInput(tile, e.add(start, e.constant(full)), e.tailMask(e.constant(channels - full), config.lanes), e.constant(full));
    return SmallVector<Value>{};
  });
}

// Products of all points of `units` times `config.rows` tiles with one panel of filters, which starts at `panelStart`; where `half`
// holds, of half as many tiles behind them as well.
void WinogradEmitter::multiply(Value panelStart, Value units, Value half, int64_t panelWidth) {
  const LoopAccess &weights = nest.inputs[1].loops;
  int64_t vectors = std::min(config.vectors, panelWidth / config.lanes), columns = vectors * config.lanes;
  e.loop({}, e.constant(patch * patch), 1, {}, [&](Value point, ValueRange) {
    Value inputStart = e.mul(point, e.constant(inputPoint)), productStart = e.mul(point, e.constant(productPoint));
    Value filterStart = e.add(panelStart, e.mul(point, e.constant(channels * panelWidth)));
    e.loop({}, e.constant(panelWidth), columns, {}, [&](Value column, ValueRange) {
      Value right = e.add(filterStart, column);
      auto block = [&](Value unit, int64_t rows) {
        Value left = e.add(inputStart, e.mul(unit, e.constant(config.rows * channelPitch)));
        Value zero = arith::ConstantOp::create(b, e.loc, b.getZeroAttr(vector));
        SmallVector<Value> init(rows * vectors, zero);
        auto sums = e.loop({}, e.constant(channels), 1, init, [&](Value channel, ValueRange current) {
          SmallVector<Value> filter, next;
          Value at = e.add(right, e.mul(channel, e.constant(panelWidth)));
          for (int64_t v = 0; v < vectors; ++v)
            filter.push_back(vector::LoadOp::create(b, e.loc, vector, weights.memory, ValueRange{e.add(at, e.constant(v * config.lanes))}));
          Value from = e.add(left, channel);
          for (int64_t r = 0; r < rows; ++r) {
            Value scalar = memref::LoadOp::create(b, e.loc, inputs, ValueRange{e.add(from, e.constant(r * channelPitch))});
            Value wide = e.broadcast(scalar, config.lanes);
            for (int64_t v = 0; v < vectors; ++v)
              next.push_back(vector::FMAOp::create(b, e.loc, wide, filter[v], current[r * vectors + v]));
          }
          return next;
        });
        Value to = e.add(e.add(productStart, column), e.mul(unit, e.constant(config.rows * panelColumns)));
        for (int64_t r = 0; r < rows; ++r)
          for (int64_t v = 0; v < vectors; ++v)
            vector::StoreOp::create(b, e.loc, sums.getResult(r * vectors + v), products,
                                    ValueRange{e.add(to, e.constant(r * panelColumns + v * config.lanes))});
      };
      e.loop({}, units, 1, {}, [&](Value unit, ValueRange) {
        block(unit, config.rows);
        return SmallVector<Value>{};
      });
      if (half) {
        auto last = scf::IfOp::create(b, e.loc, half, /*withElseRegion=*/false);
        OpBuilder::InsertionGuard guard(b);
        b.setInsertionPointToStart(last.thenBlock());
        block(units, halfRows());
      }
      return SmallVector<Value>{};
    });
    return SmallVector<Value>{};
  });
}

// A^T m A of one vector of filters, with the epilogue. `from`: the products of the first point.
void WinogradEmitter::finish(const Tile &tile, Value from, Value filter, Value mask) {
  SmallVector<SmallVector<Value>> left(m, SmallVector<Value>(patch));
  for (int64_t j = 0; j < patch; ++j) {
    SmallVector<Value> values;
    for (int64_t i = 0; i < patch; ++i)
      values.push_back(vector::LoadOp::create(b, e.loc, vector, products,
                                              ValueRange{e.add(from, e.constant((i * patch + j) * productPoint))}));
    for (int64_t i = 0; i < m; ++i)
      left[i][j] = combine(matrices.outputs[i], values);
  }
  auto whole = [&](Value size) {
    auto known = KernelEmitter::known(size);
    return known && *known % m == 0;
  };
  // `i`, `j`: constants or not; the first result of a tile always exists.
  auto store = [&](Value result, Value i, Value j) {
    Value row = e.orZero(e.add(tile.row, i)), column = e.orZero(e.add(tile.column, j)), exists;
    if (!whole(height) && KernelEmitter::known(i) != std::optional<int64_t>(0))
      exists = less(row, height);
    if (!whole(width) && KernelEmitter::known(j) != std::optional<int64_t>(0)) {
      Value also = less(column, width);
      exists = exists ? Value(arith::AndIOp::create(b, e.loc, exists, also)) : also;
    }
    OpBuilder::InsertionGuard guard(b);
    if (exists) {
      auto ifOp = scf::IfOp::create(b, e.loc, exists, /*withElseRegion=*/false);
      b.setInsertionPointToStart(ifOp.thenBlock());
    }
    Point point;
    if (tile.image)
      point.indices.push_back(tile.image);
    llvm::append_values(point.indices, row, column, filter);
    point.vectorLoop = point.indices.size() - 1;
    point.width = config.lanes;
    point.mask = mask;
    nest.finish(Lane{result, {}, true}, axes, point);
  };
  auto result = [&](int64_t i, int64_t j) { return combine(matrices.outputs[j], left[i]); };
  if (m == 2 && !nest.hasCostlyEpilogue()) {
    for (int64_t i = 0; i < m; ++i)
      for (int64_t j = 0; j < m; ++j)
        store(result(i, j), e.constant(i), e.constant(j));
    return;
  }
  // Polynomials need the registers: the results wait in the first-level cache, and the code of the epilogue exists once.
  OpBuilder::InsertionGuard guard(b);
  auto scope = memref::AllocaScopeOp::create(b, e.loc, TypeRange{});
  Block *body = b.createBlock(&scope.getBodyRegion());
  memref::AllocaScopeReturnOp::create(b, e.loc);
  b.setInsertionPointToStart(body);
  Value buffer = memref::AllocaOp::create(b, e.loc, MemRefType::get({m * m * config.lanes}, b.getF32Type()), b.getI64IntegerAttr(64));
  for (int64_t i = 0; i < m; ++i)
    for (int64_t j = 0; j < m; ++j)
      vector::StoreOp::create(b, e.loc, result(i, j), buffer, ValueRange{e.constant((i * m + j) * config.lanes)});
  e.loop({}, e.constant(m * m), 1, {}, [&](Value index, ValueRange) {
    Value value = vector::LoadOp::create(b, e.loc, vector, buffer, ValueRange{e.mul(index, e.constant(config.lanes))});
    store(value, e.floorDiv(index, e.constant(m)), e.rem(index, e.constant(m)));
    return SmallVector<Value>{};
  });
}

// Results of `count` tiles for one panel, of which `valid` filters exist.
void WinogradEmitter::finishTiles(Value first, Value count, Value firstFilter, int64_t panelWidth, int64_t valid) {
  int64_t full = std::min(panelWidth, valid) / config.lanes * config.lanes;
  e.loop({}, count, 1, {}, [&](Value t, ValueRange) {
    Tile tile = locate(e.add(first, t));
    Value from = e.mul(t, e.constant(panelColumns));
    if (full)
      e.loop({}, e.constant(full), config.lanes, {}, [&](Value column, ValueRange) {
        finish(tile, e.add(from, column), e.add(firstFilter, column), {});
        return SmallVector<Value>{};
      });
    if (full < valid)
      finish(tile, e.add(from, e.constant(full)), e.add(firstFilter, e.constant(full)),
             e.tailMask(e.constant(valid - full), config.lanes));
    return SmallVector<Value>{};
  });
}

LogicalResult WinogradEmitter::run() {
  if (failed(nest.analyse()))
    return failure();
  m = matrices.m;
  patch = matrices.patch;
  auto axis = [&](unsigned loop) { axes.push_back({{loop}, nest.sizes[loop]}); };
  for (unsigned image : loops.images)
    axis(image);
  axis(loops.height);
  axis(loops.width);
  axis(loops.filter);
  height = nest.sizes[loops.height];
  width = nest.sizes[loops.width];
  channels = *KernelEmitter::known(nest.sizes[loops.channel]);
  filters = *KernelEmitter::known(nest.sizes[loops.filter]);
  tileRows = e.ceilDiv(height, m);
  tileColumns = e.ceilDiv(width, m);
  tiles = e.orZero(e.mul(tileRows, tileColumns));
  if (!loops.images.empty())
    tiles = e.orZero(e.mul(tiles, nest.sizes[loops.images[0]]));
  vector = VectorType::get({config.lanes}, b.getF32Type());
  channelPitch = (channels + config.lanes - 1) / config.lanes * config.lanes;
  inputPoint = config.blockTiles * channelPitch + gapElements;
  productPoint = config.blockTiles * panelColumns + gapElements;

  int64_t columns = paddedColumns(filters), full = filters / panelColumns, panels = (columns + panelColumns - 1) / panelColumns;
  // A scope gives the stack back at the end of each task.
  auto scoped = [&](llvm::function_ref<void()> emit) {
    OpBuilder::InsertionGuard guard(b);
    auto scope = memref::AllocaScopeOp::create(b, e.loc, TypeRange{});
    Block *body = b.createBlock(&scope.getBodyRegion());
    memref::AllocaScopeReturnOp::create(b, e.loc);
    b.setInsertionPointToStart(body);
    emit();
  };
  auto scratch = [&](int64_t size) -> Value {
    return memref::AllocaOp::create(b, e.loc, MemRefType::get({size}, b.getF32Type()), b.getI64IntegerAttr(64));
  };
  // Results of `count` tiles, in `units` times `config.rows`, for panels `begin` to `end`.
  auto results = [&](Value first, Value count, Value units, Value half, Value begin, Value end) {
    products = scratch(patch * patch * productPoint);
    auto panel = [&](Value index, int64_t panelWidth, int64_t valid) {
      Value start = e.add(nest.inputs[1].loops.offset, e.mul(index, e.constant(panelColumns * patch * patch * channels)));
      multiply(e.orZero(start), units, half, panelWidth);
      finishTiles(first, count, e.orZero(e.mul(index, e.constant(panelColumns))), panelWidth, valid);
    };
    if (full)
      e.loop(begin, e.minimum(end, e.constant(full)), 1, {}, [&](Value index, ValueRange) {
        panel(index, panelColumns, panelColumns);
        return SmallVector<Value>{};
      });
    if (full < panels) {
      // The last panel is not full.
      auto last = scf::IfOp::create(b, e.loc, arith::CmpIOp::create(b, e.loc, arith::CmpIPredicate::eq, end, e.constant(panels)),
                                    /*withElseRegion=*/false);
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(last.thenBlock());
      panel(e.constant(full), columns - full * panelColumns, filters - full * panelColumns);
    }
  };

  if (config.shared) {
    scoped([&] {
      inputs = scratch(patch * patch * inputPoint);
      Value units = e.ceilDiv(tiles, config.rows);
      e.forTasks(units, config.serial, [&](Value unit) {
        Value first = e.orZero(e.mul(unit, e.constant(config.rows)));
        transformInputs(first, first, e.constant(config.rows));
      });
      e.forTasks(e.constant(panels), config.serial, [&](Value panel) {
        scoped([&] { results(e.constant(0), tiles, units, {}, panel, e.orZero(e.add(panel, e.constant(1)))); });
      });
    });
    return success();
  }

  // Few blocks: the panels are shared out as well, and the transforms of the inputs repeated.
  Value blocks = e.ceilDiv(tiles, config.blockTiles), groups = e.constant(1);
  if (panels > 1 && !config.serial) {
    Value wanted = e.floorDiv(e.constant(config.tasks), e.maximum(blocks, e.constant(1)));
    groups = e.maximum(e.minimum(wanted, e.constant(panels / 2)), e.constant(1));
  }
  auto divideUp = [&](Value x, Value y) { return e.floorDiv(e.sub(e.add(x, y), e.constant(1)), y); };
  Value perGroup = divideUp(e.constant(panels), groups);
  groups = divideUp(e.constant(panels), perGroup);
  e.forTasks(e.orZero(e.mul(blocks, groups)), config.serial, [&](Value task) {
    Value block = e.floorDiv(task, groups), group = e.rem(task, groups);
    Value first = e.orZero(e.mul(block, e.constant(config.blockTiles)));
    Value count = e.minimum(e.sub(tiles, first), e.constant(config.blockTiles)), units = e.ceilDiv(count, config.rows), half;
    Value transformed = e.mul(units, e.constant(config.rows));
    if (!KernelEmitter::known(tiles) && config.rows > 1) {
      // A number of tiles that no height could be chosen for: a last one of half the height where that is enough.
      units = e.floorDiv(e.add(count, e.constant(config.rows - 1 - halfRows())), e.constant(config.rows));
      transformed = e.orZero(e.mul(units, e.constant(config.rows)));
      half = less(transformed, count);
      transformed = arith::SelectOp::create(b, e.loc, half, e.add(transformed, e.constant(halfRows())), transformed);
    }
    Value begin = e.orZero(e.mul(group, perGroup)), end = e.minimum(e.add(begin, perGroup), e.constant(panels));
    scoped([&] {
      inputs = scratch(patch * patch * inputPoint);
      transformInputs(first, {}, transformed);
      results(first, count, units, half, begin, end);
    });
  });
  return success();
}

} // namespace

LogicalResult emitWinogradKernel(KernelEmitter &e) {
  for (auto op : e.meaning.getOps<linalg::GenericOp>())
    if (auto loops = getWinogradLoops(op))
      return WinogradEmitter(e, op, *loops).run();
  return e.meaning.emitOpError("has no convolution to transform; this is an internal error");
}

} // namespace ingot
