//===- BlockedContraction.cpp - Products of operands in any order ----------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Where neither operand is a weight that was packed at compile time. A task owns a block of the result, rows by columns, and walks the sum
// in pieces of some hundred steps: of each it packs the columns into units, [unit][step][column], turned in registers where the operand
// lies along the steps, and the rows as well, [tile][step][row], where they lie along the rows; multiplies tile by unit with the sums in
// registers; and adds these to the block's sums, which wait in the second-level cache. So a long sum is one of partial sums, and all
// layouts run at the speed of packed weights. The epilogue runs when the sums are complete.
//
// Rows of all loops count as one list, whose offsets a task writes down first: tiles cross lines and images. Rows beyond the end are the
// last one again, columns beyond the end are zero; neither is stored.
//
// Operands in bf16 are multiplied two steps at a time: units and tiles are [pair of steps][column or row][2], packed as single steps and then
// put together, or turned as numbers of 32 bits; rows that stay where they are have their pairs in memory. Other operands that are shorter
// than the sums are widened while they are packed; rows that would stay where they are are copied for that, [row][step].
//
// Few blocks with long sums are cut along the sum as well, into parts whose number follows from sizes alone.
//
//===----------------------------------------------------------------------===//

#include "codegen/cpu/BlockedContraction.h"
#include "codegen/cpu/DotProduct.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace ingot {
namespace {

// Panels lie nearly a power of two apart: without a gap they would share the sets of the cache.
constexpr int64_t gapElements = 16;
// What is on its way from memory while a block is packed.
constexpr int64_t aheadBytes = 8 << 10;

bool isOne(Value stride) { return stride && KernelEmitter::known(stride) == std::optional<int64_t>(1); }

class BlockedEmitter {
public:
  BlockedEmitter(KernelEmitter &e, LoopNest &nest, const ContractionAxes &axes, const ContractionConfig &config)
      : e(e), b(e.b), nest(nest), axes(axes), config(config), rowSide(nest.inputs[axes.scalarSide]),
        columnSide(nest.inputs[axes.vectorSide]) {}
  void run();

private:
  // What a task works on; all are null where they are zero.
  struct Block {
    SmallVector<Value> batch, outerColumns;
    Value batchIndex, firstRow, rowCount, firstColumn, columnCount;
  };
  // A piece of the sum: `length` steps, which are those of axis `splitAxis` from `start` on with all of the axes within it.
  struct Piece {
    SmallVector<Value> outer; // indices of the axes around
    Value start, length, steps;
  };

  void decide();
  Value product(ArrayRef<Axis> list);
  SmallVector<Value> split(ArrayRef<Axis> list, Value linear);
  Value moved(const NestAccess &access, ArrayRef<Axis> list, ArrayRef<Value> indices);
  Piece pieceOf(Value number);
  Value offsetOf(const NestAccess &access, const Piece &piece);
  using StepBody = llvm::function_ref<void(Value offset, Value step)>;
  void eachStep(const NestAccess &access, const Piece &piece, Value base, int64_t by, StepBody body);
  void prefetch(const NestAccess &access, Value at, int64_t blockElements);
  void listRows(const Block &block);
  void listSteps(const Piece &piece);
  void packColumns(const Block &block, const Piece &piece);
  void packTurnedColumns(Value base, const Block &block, const Piece &piece);
  void packRows(const Block &block, const Piece &piece);
  void widenRows(const Block &block, const Piece &piece);
  Value widened(Value value);
  void pairSteps(Value panel, Value panels, int64_t pitch, int64_t width, int64_t registers, const Piece &piece);
  void multiply(const Block &block, const Piece &piece, Value sums, Value first);
  void tile(const Block &block, Value tileIndex, Value unit, int64_t vectors, bool isRest, const Piece &piece, Value sums, Value first);
  SmallVector<Axis> resultAxes();
  unsigned rowPosition() const { return axes.batch.size() + axes.rows.size() - 1; }
  Point pointOf(const Block &block, Value row, Value column, Value mask);
  void finish(const Block &block, Value sums, int64_t parts, Value partStride, Value partCount);
  void scoped(llvm::function_ref<void()> emit);
  Value scratch(int64_t elements, Type type);
  Value compare(arith::CmpIPredicate predicate, Value x, Value y) {
    return arith::CmpIOp::create(b, e.loc, predicate, e.orZero(x), e.orZero(y));
  }
  void when(Value condition, llvm::function_ref<void()> emit);

  KernelEmitter &e;
  OpBuilder &b;
  LoopNest &nest;
  const ContractionAxes &axes;
  ContractionConfig config;
  const NestAccess &rowSide, &columnSide;
  Type element; // of the sums
  Type source;  // of the operands
  Type stored;  // of what is packed of them
  VectorType vector;
  std::optional<DotProduct> dot; // where two steps are one
  Value rows, columns, steps; // of the whole product
  int64_t height = 0, pitch = 0; // rows of a tile, and their places in a packed step
  int64_t lanes = 0, vectors = 0, unitColumns = 0;
  int64_t blockRows = 0, blockColumns = 0, pieceSteps = 0;
  bool packsRows = false, rowsInOneRun = false;
  bool widensRows = false; // copies those that lie along the sum
  size_t splitAxis = 0;
  int64_t perPiece = 0, innerSteps = 1; // steps of the axis that is cut, and of those within it
  int64_t unitPitch = 0, tilePitch = 0, rowPitch = 0, sumPitch = 0;
  bool restIsNarrow = false; // the last unit has one vector
  bool turnsPairs = false;   // columns are packed as pairs at once
  int64_t group() const { return dot ? 2 : 1; }
  Value rowOffsets, stepOffsets, packedRows, packedColumns;
};

Value BlockedEmitter::product(ArrayRef<Axis> list) {
  Value total = e.constant(1);
  for (const Axis &axis : list)
    total = e.orZero(e.mul(total, axis.size));
  return total;
}

SmallVector<Value> BlockedEmitter::split(ArrayRef<Axis> list, Value linear) {
  SmallVector<Value> indices(list.size());
  for (size_t i = list.size(); i-- > 0;) {
    if (i == 0) {
      indices[0] = linear;
      break;
    }
    indices[i] = e.rem(linear, list[i].size);
    linear = e.floorDiv(linear, list[i].size);
  }
  return indices;
}

Value BlockedEmitter::moved(const NestAccess &access, ArrayRef<Axis> list, ArrayRef<Value> indices) {
  Value at;
  for (auto [axis, index] : llvm::zip(list, indices))
    at = e.add(at, e.mul(LoopNest::stride(access, axis), index));
  return at;
}

void BlockedEmitter::scoped(llvm::function_ref<void()> emit) {
  OpBuilder::InsertionGuard guard(b);
  auto scope = memref::AllocaScopeOp::create(b, e.loc, TypeRange{});
  mlir::Block *body = b.createBlock(&scope.getBodyRegion());
  memref::AllocaScopeReturnOp::create(b, e.loc);
  b.setInsertionPointToStart(body);
  emit();
}

Value BlockedEmitter::scratch(int64_t elements, Type type) {
  return memref::AllocaOp::create(b, e.loc, MemRefType::get({elements}, type), b.getI64IntegerAttr(64));
}

// An operand's element or vector as it is packed.
Value BlockedEmitter::widened(Value value) {
  if (source == stored)
    return value;
  Type type = stored;
  if (auto vector = dyn_cast<VectorType>(value.getType()))
    type = VectorType::get(vector.getShape(), stored);
  return arith::ExtFOp::create(b, e.loc, type, value);
}

void BlockedEmitter::when(Value condition, llvm::function_ref<void()> emit) {
  auto branch = scf::IfOp::create(b, e.loc, condition, /*withElseRegion=*/false);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(branch.thenBlock());
  emit();
}

// Sizes of tiles, blocks and pieces.
void BlockedEmitter::decide() {
  rows = product(axes.rows);
  columns = e.orZero(axes.columns.size);
  steps = product(axes.steps);
  auto m = KernelEmitter::known(rows), n = KernelEmitter::known(columns), k = KernelEmitter::known(steps);
  lanes = config.lanes;
  vectors = n && *n <= lanes ? 1 : config.vectors;
  unitColumns = lanes * vectors;
  restIsNarrow = vectors == 2 && n && *n % unitColumns != 0 && *n % unitColumns <= lanes;

  // Tiles of nearly equal height: 20 rows are 3 of 7, of which one repeats a row.
  auto evenly = [](int64_t size, int64_t most) { return (size + (size + most - 1) / most - 1) / ((size + most - 1) / most); };
  height = config.rows;
  if (m && *m > 0)
    height = evenly(*m, height);
  packsRows = liesAlongRows(nest, axes) && (dot || !n || *n > lanes);
  if (packsRows) {
    // Where several loops make rows, a tile is a run of elements if it divides the innermost loop.
    rowsInOneRun = axes.rows.size() == 1;
    auto run = KernelEmitter::known(axes.rows.back().size);
    if (!rowsInOneRun && run)
      for (int64_t h = config.rows; h > config.rows / 2 && !rowsInOneRun; --h)
        if (*run % h == 0) {
          height = h;
          rowsInOneRun = true;
        }
  }
  pitch = llvm::PowerOf2Ceil(height);

  auto rounded = [](int64_t size, int64_t unit) { return (size + unit - 1) / unit * unit; };
  blockRows = rounded(m && *m > 0 ? evenly(*m, config.packRows) : config.packRows, height);
  blockColumns = rounded(n && *n > 0 ? evenly(rounded(*n, unitColumns) / unitColumns, config.packColumns / unitColumns) * unitColumns
                                     : config.packColumns,
                         unitColumns);
  pieceSteps = k && *k > 0 ? evenly(*k, config.packSteps) : config.packSteps;

  // Packed rows walk the sum as one list. Rows that stay where they are walk the axes: the innermost of them that fit a piece whole, and
  // a part of the next.
  size_t last = axes.steps.size() - 1;
  if (packsRows) {
    splitAxis = last;
    perPiece = pieceSteps;
  } else {
    splitAxis = last;
    for (; splitAxis > 0; --splitAxis) {
      auto size = KernelEmitter::known(axes.steps[splitAxis].size);
      if (!size || innerSteps * *size > config.packSteps)
        break;
      innerSteps *= *size;
    }
    auto size = KernelEmitter::known(axes.steps[splitAxis].size);
    int64_t most = std::max<int64_t>(config.packSteps / innerSteps, 1);
    // Pairs do not lie across pieces.
    perPiece = rounded(size && *size > 0 ? evenly(*size, most) : most, splitAxis == last ? group() : 1);
    pieceSteps = perPiece * innerSteps;
  }
  // Squares that are turned may write beyond the last step.
  unitPitch = rounded(pieceSteps, group() * lanes) * unitColumns + gapElements;
  tilePitch = rounded(pieceSteps, group()) * pitch + gapElements;
  widensRows = !packsRows && source != stored;
  rowPitch = rounded(pieceSteps, lanes) + lanes + gapElements;
  sumPitch = blockColumns;
}

// Piece `number` of the sum.
BlockedEmitter::Piece BlockedEmitter::pieceOf(Value number) {
  Piece piece;
  if (packsRows) {
    piece.start = e.mul(number, e.constant(pieceSteps));
    piece.steps = piece.length = e.minimum(e.sub(steps, piece.start), e.constant(pieceSteps));
    return piece;
  }
  const Axis &axis = axes.steps[splitAxis];
  Value perLine = e.ceilDiv(axis.size, perPiece);
  piece.start = e.mul(e.rem(number, perLine), e.constant(perPiece));
  piece.outer = split(ArrayRef(axes.steps).take_front(splitAxis), e.floorDiv(number, perLine));
  piece.length = e.minimum(e.sub(axis.size, piece.start), e.constant(perPiece));
  piece.steps = e.mul(piece.length, e.constant(innerSteps));
  return piece;
}

// Where the first step of `piece` lies, from the beginning of the sum.
Value BlockedEmitter::offsetOf(const NestAccess &access, const Piece &piece) {
  Value at = moved(access, ArrayRef(axes.steps).take_front(splitAxis), piece.outer);
  return e.add(at, e.mul(LoopNest::stride(access, axes.steps[splitAxis]), piece.start));
}

// Runs `body` for every `by`-th step of the innermost axis of `piece`.
void BlockedEmitter::eachStep(const NestAccess &access, const Piece &piece, Value base, int64_t by, StepBody body) {
  if (packsRows) {
    bool listed = axes.steps.size() > 1;
    if (!listed)
      base = e.add(base, e.mul(LoopNest::stride(access, axes.steps[0]), piece.start));
    // The second half of the list belongs to the columns.
    int64_t half = &access == &columnSide ? pieceSteps : 0;
    e.loop({}, piece.steps, by, {}, [&](Value step, ValueRange) {
      Value offset = listed ? Value(memref::LoadOp::create(b, e.loc, stepOffsets, ValueRange{e.add(step, e.constant(half))}))
                            : e.mul(LoopNest::stride(access, axes.steps[0]), step);
      body(e.add(base, offset), step);
      return SmallVector<Value>{};
    });
    return;
  }
  std::function<void(size_t, Value, Value)> walk = [&](size_t depth, Value offset, Value step) {
    if (depth == axes.steps.size())
      return body(offset, step);
    const Axis &axis = axes.steps[depth];
    Value size = depth == splitAxis ? piece.length : axis.size, inner = e.constant(1);
    for (size_t k = depth + 1; k < axes.steps.size(); ++k)
      inner = e.mul(inner, axes.steps[k].size);
    e.loop({}, size, depth + 1 == axes.steps.size() ? by : 1, {}, [&](Value index, ValueRange) {
      walk(depth + 1, e.add(offset, e.mul(LoopNest::stride(access, axis), index)), e.add(step, e.mul(inner, index)));
      return SmallVector<Value>{};
    });
  };
  walk(splitAxis, e.add(base, offsetOf(access, piece)), {});
}

// Asks for what packing will read some steps on, of lines of `blockElements`: the short lines of a block lie too far apart for the processor
// to see them coming, and a product of operands in memory took twice as long.
void BlockedEmitter::prefetch(const NestAccess &access, Value at, int64_t blockElements) {
  int64_t bytes = blockElements * source.getIntOrFloatBitWidth() / 8;
  int64_t ahead = std::clamp<int64_t>(aheadBytes / std::max<int64_t>(bytes, 1), 4, 32);
  Value stride = LoopNest::stride(access, axes.steps.back());
  if (stride)
    memref::PrefetchOp::create(b, e.loc, access.loops.memory, ValueRange{e.orZero(e.add(at, e.mul(stride, e.constant(ahead))))},
                               /*isWrite=*/false, /*localityHint=*/3, /*isDataCache=*/true);
}

// Offsets of all rows of a block; those beyond the end are the last one's.
void BlockedEmitter::listRows(const Block &block) {
  Value base = e.add(rowSide.loops.offset, moved(rowSide, axes.batch, block.batch)), last = e.sub(rows, e.constant(1));
  Value count = e.mul(e.ceilDiv(block.rowCount, height), e.constant(height));
  e.loop({}, count, 1, {}, [&](Value r, ValueRange) {
    Value row = e.minimum(e.add(block.firstRow, r), last);
    Value at = e.orZero(e.add(base, moved(rowSide, axes.rows, split(axes.rows, row))));
    memref::StoreOp::create(b, e.loc, at, rowOffsets, ValueRange{r});
    return SmallVector<Value>{};
  });
}

// Offsets of the steps of a piece, for both operands, where the sum has several loops.
void BlockedEmitter::listSteps(const Piece &piece) {
  if (axes.steps.size() == 1)
    return;
  e.loop({}, piece.steps, 1, {}, [&](Value step, ValueRange) {
    SmallVector<Value> indices = split(axes.steps, e.add(piece.start, step));
    memref::StoreOp::create(b, e.loc, e.orZero(moved(rowSide, axes.steps, indices)), stepOffsets, ValueRange{step});
    memref::StoreOp::create(b, e.loc, e.orZero(moved(columnSide, axes.steps, indices)), stepOffsets,
                            ValueRange{e.add(step, e.constant(pieceSteps))});
    return SmallVector<Value>{};
  });
}

void BlockedEmitter::packColumns(const Block &block, const Piece &piece) {
  Value base = e.add(columnSide.loops.offset, moved(columnSide, axes.batch, block.batch));
  base = e.add(base, moved(columnSide, axes.outerColumns, block.outerColumns));
  Value stride = LoopNest::stride(columnSide, axes.columns);
  base = e.add(base, e.mul(stride, block.firstColumn));
  auto line = VectorType::get({lanes}, source);
  Value memory = columnSide.loops.memory, zero = arith::ConstantOp::create(b, e.loc, b.getZeroAttr(line));
  auto pair = [&] {
    if (dot && !turnsPairs)
      pairSteps(packedColumns, e.ceilDiv(block.columnCount, unitColumns), unitPitch, lanes, vectors, piece);
  };
  if (!isOne(stride)) {
    packTurnedColumns(base, block, piece);
    pair();
    return;
  }
  auto count = KernelEmitter::known(block.columnCount);
  auto n = KernelEmitter::known(columns);
  bool mayRest = count ? *count % unitColumns != 0 : !n || *n % unitColumns != 0;
  Value whole = e.floorDiv(block.columnCount, e.constant(unitColumns));
  Value rest = e.orZero(e.sub(block.columnCount, e.mul(whole, e.constant(unitColumns))));
  SmallVector<Value> masks;
  Value hasRest;
  if (mayRest) {
    hasRest = compare(arith::CmpIPredicate::ne, rest, {});
    for (int64_t v = 0; v < vectors; ++v)
      masks.push_back(e.tailMask(e.maximum(e.sub(rest, e.constant(v * lanes)), e.constant(0)), lanes));
  }
  eachStep(columnSide, piece, base, 1, [&](Value offset, Value step) {
    auto copy = [&](Value unit, bool masked) {
      Value from = e.add(offset, e.mul(unit, e.constant(unitColumns)));
      Value to = e.add(e.mul(unit, e.constant(unitPitch)), e.mul(step, e.constant(unitColumns)));
      for (int64_t v = 0; v < vectors; ++v) {
        Value at = e.orZero(e.add(from, e.constant(v * lanes)));
        prefetch(columnSide, at, blockColumns);
        Value loaded = masked ? Value(vector::MaskedLoadOp::create(b, e.loc, line, memory, ValueRange{at}, masks[v], zero))
                              : Value(vector::LoadOp::create(b, e.loc, line, memory, ValueRange{at}));
        vector::StoreOp::create(b, e.loc, widened(loaded), packedColumns, ValueRange{e.orZero(e.add(to, e.constant(v * lanes)))});
      }
    };
    e.loop({}, whole, 1, {}, [&](Value unit, ValueRange) {
      copy(unit, false);
      return SmallVector<Value>{};
    });
    if (mayRest)
      when(hasRest, [&] { copy(whole, true); });
  });
  pair();
}

// Columns that do not lie one after another: squares are turned in registers where the innermost steps do.
void BlockedEmitter::packTurnedColumns(Value base, const Block &block, const Piece &piece) {
  Value stride = LoopNest::stride(columnSide, axes.columns), memory = columnSide.loops.memory;
  Value last = e.sub(block.columnCount, e.constant(1)), units = e.ceilDiv(block.columnCount, unitColumns);
  // A square of pairs is one of numbers of 32 bits.
  auto line = VectorType::get({group() * lanes}, source);
  Value zero = arith::ConstantOp::create(b, e.loc, b.getZeroAttr(line));
  const Axis &innermost = axes.steps.back();
  bool turns = isOne(LoopNest::stride(columnSide, innermost)) && !(packsRows && axes.steps.size() > 1);
  e.loop({}, units, 1, {}, [&](Value unit, ValueRange) {
    Value to = e.mul(unit, e.constant(unitPitch)), firstColumn = e.mul(unit, e.constant(unitColumns));
    if (!turns) {
      eachStep(columnSide, piece, base, 1, [&](Value offset, Value step) {
        e.loop({}, e.constant(unitColumns), 1, {}, [&](Value c, ValueRange) {
          Value from = e.minimum(e.add(firstColumn, c), last);
          Value value = memref::LoadOp::create(b, e.loc, memory, ValueRange{e.orZero(e.add(offset, e.mul(stride, from)))});
          memref::StoreOp::create(b, e.loc, widened(value), packedColumns, ValueRange{e.add(e.add(to, e.mul(step, e.constant(unitColumns))), c)});
          return SmallVector<Value>{};
        });
      });
      return SmallVector<Value>{};
    }
    Value run = splitAxis + 1 == axes.steps.size() ? piece.length : innermost.size;
    auto known = KernelEmitter::known(run);
    for (int64_t v = 0; v < vectors; ++v) {
      SmallVector<Value> lines; // of the columns
      for (int64_t i = 0; i < lanes; ++i)
        lines.push_back(e.mul(stride, e.minimum(e.add(firstColumn, e.constant(v * lanes + i)), last)));
      eachStep(columnSide, piece, base, group() * lanes, [&](Value offset, Value step) {
        auto square = [&](Value mask) {
          SmallVector<Value> loaded;
          for (int64_t i = 0; i < lanes; ++i) {
            Value at = e.orZero(e.add(offset, lines[i]));
            prefetch(columnSide, at, aheadBytes / 64);
            Value run = mask ? Value(vector::MaskedLoadOp::create(b, e.loc, line, memory, ValueRange{at}, mask, zero))
                             : Value(vector::LoadOp::create(b, e.loc, line, memory, ValueRange{at}));
            loaded.push_back(dot ? Value(vector::BitCastOp::create(b, e.loc, vector, run)) : widened(run));
          }
          Value place = e.add(e.add(to, e.mul(step, e.constant(unitColumns))), e.constant(v * group() * lanes));
          for (auto [i, turned] : llvm::enumerate(e.transposed(loaded)))
            vector::StoreOp::create(b, e.loc, dot ? Value(vector::BitCastOp::create(b, e.loc, line, turned)) : turned, packedColumns,
                                    ValueRange{e.orZero(e.add(place, e.constant(i * group() * unitColumns)))});
        };
        if (known && *known % (group() * lanes) == 0)
          return square({});
        // Steps of this line; those beyond its end are overwritten by the next line or never read.
        Value index = e.rem(step, e.orZero(run)), left = e.orZero(e.sub(run, index));
        Value isWhole = compare(arith::CmpIPredicate::sge, left, e.constant(group() * lanes));
        auto branch = scf::IfOp::create(b, e.loc, isWhole, /*withElseRegion=*/true);
        OpBuilder::InsertionGuard guard(b);
        b.setInsertionPointToStart(branch.thenBlock());
        square({});
        b.setInsertionPointToStart(branch.elseBlock());
        square(e.tailMask(left, group() * lanes));
      });
    }
    return SmallVector<Value>{};
  });
}

void BlockedEmitter::packRows(const Block &block, const Piece &piece) {
  Value tiles = e.ceilDiv(block.rowCount, height), memory = rowSide.loops.memory;
  auto type = VectorType::get({pitch}, source);
  Value zero = arith::ConstantOp::create(b, e.loc, b.getZeroAttr(type));
  bool whole = KernelEmitter::known(rows) && *KernelEmitter::known(rows) % height == 0 && height == pitch;
  eachStep(rowSide, piece, {}, 1, [&](Value offset, Value step) {
    e.loop({}, tiles, 1, {}, [&](Value t, ValueRange) {
      Value row = e.mul(t, e.constant(height)), to = e.add(e.mul(t, e.constant(tilePitch)), e.mul(step, e.constant(pitch)));
      auto offsetOfRow = [&](int64_t r) {
        Value at = memref::LoadOp::create(b, e.loc, rowOffsets, ValueRange{e.add(row, e.constant(r))});
        return e.orZero(e.add(at, offset));
      };
      if (!rowsInOneRun) {
        for (int64_t r = 0; r < height; ++r) {
          Value value = memref::LoadOp::create(b, e.loc, memory, ValueRange{offsetOfRow(r)});
          memref::StoreOp::create(b, e.loc, widened(value), packedRows, ValueRange{e.add(to, e.constant(r))});
        }
        return SmallVector<Value>{};
      }
      Value at = offsetOfRow(0), loaded;
      prefetch(rowSide, at, blockRows);
      if (whole) {
        loaded = vector::LoadOp::create(b, e.loc, type, memory, ValueRange{at});
      } else {
        Value left = e.minimum(e.sub(block.rowCount, row), e.constant(height));
        loaded = vector::MaskedLoadOp::create(b, e.loc, type, memory, ValueRange{at}, e.tailMask(left, pitch), zero);
      }
      vector::StoreOp::create(b, e.loc, widened(loaded), packedRows, ValueRange{to});
      return SmallVector<Value>{};
    });
  });
  if (dot)
    pairSteps(packedRows, tiles, tilePitch, pitch, 1, piece);
}

// Rows that lie along the sum, line by line of the innermost steps.
void BlockedEmitter::widenRows(const Block &block, const Piece &piece) {
  Value count = e.mul(e.ceilDiv(block.rowCount, height), e.constant(height)), memory = rowSide.loops.memory;
  const Axis &innermost = axes.steps.back();
  bool runs = isOne(LoopNest::stride(rowSide, innermost));
  auto line = VectorType::get({lanes}, source);
  Value zero = arith::ConstantOp::create(b, e.loc, b.getZeroAttr(line));
  Value run = splitAxis + 1 == axes.steps.size() ? piece.length : innermost.size;
  e.loop({}, count, 1, {}, [&](Value row, ValueRange) {
    Value from = memref::LoadOp::create(b, e.loc, rowOffsets, ValueRange{row}), to = e.mul(row, e.constant(rowPitch));
    eachStep(rowSide, piece, from, runs ? lanes : 1, [&](Value offset, Value step) {
      Value at = e.orZero(offset), place = e.orZero(e.add(to, step));
      if (!runs) {
        memref::StoreOp::create(b, e.loc, widened(memref::LoadOp::create(b, e.loc, memory, ValueRange{at})), packedRows, ValueRange{place});
        return;
      }
      // What is stored beyond the end of a line is overwritten by the next line or never read.
      Value left = e.sub(run, e.rem(step, e.orZero(run)));
      auto known = KernelEmitter::known(run);
      Value loaded = known && *known % lanes == 0
                         ? Value(vector::LoadOp::create(b, e.loc, line, memory, ValueRange{at}))
                         : Value(vector::MaskedLoadOp::create(b, e.loc, line, memory, ValueRange{at}, e.tailMask(e.orZero(left), lanes), zero));
      vector::StoreOp::create(b, e.loc, widened(loaded), packedRows, ValueRange{place});
    });
    return SmallVector<Value>{};
  });
}

// Puts every two steps of packed columns or rows together, in place. `width` elements are one register, `registers` of them a step. An odd
// last step goes with zeros.
void BlockedEmitter::pairSteps(Value panel, Value panels, int64_t pitch, int64_t width, int64_t registers, const Piece &piece) {
  auto type = VectorType::get({width}, stored);
  Value zero = arith::ConstantOp::create(b, e.loc, b.getZeroAttr(type));
  Value isOdd = e.orZero(e.rem(piece.steps, e.constant(2)));
  e.loop({}, panels, 1, {}, [&](Value number, ValueRange) {
    Value start = e.mul(number, e.constant(pitch));
    auto placeOf = [&](Value step, int64_t r) {
      return e.orZero(e.add(e.add(start, e.mul(step, e.constant(registers * width))), e.constant(r * width)));
    };
    when(compare(arith::CmpIPredicate::ne, isOdd, {}), [&] {
      for (int64_t r = 0; r < registers; ++r)
        vector::StoreOp::create(b, e.loc, zero, panel, ValueRange{placeOf(piece.steps, r)});
    });
    e.loop({}, piece.steps, 2, {}, [&](Value step, ValueRange) {
      SmallVector<Value> first, second;
      for (int64_t r = 0; r < registers; ++r) {
        first.push_back(vector::LoadOp::create(b, e.loc, type, panel, ValueRange{placeOf(step, r)}));
        second.push_back(vector::LoadOp::create(b, e.loc, type, panel, ValueRange{placeOf(step, registers + r)}));
      }
      for (int64_t r = 0; r < registers; ++r)
        for (auto [half, pairs] : llvm::enumerate(e.interleaved({first[r], second[r]})))
          vector::StoreOp::create(b, e.loc, pairs, panel, ValueRange{placeOf(step, 2 * r + half)});
      return SmallVector<Value>{};
    });
    return SmallVector<Value>{};
  });
}

SmallVector<Axis> BlockedEmitter::resultAxes() {
  SmallVector<Axis> result(axes.batch);
  llvm::append_range(result, axes.rows);
  llvm::append_range(result, axes.outerColumns);
  result.push_back(axes.columns);
  return result;
}

// A vector of the result at `row` and `column` of a block.
Point BlockedEmitter::pointOf(const Block &block, Value row, Value column, Value mask) {
  Point point;
  llvm::append_range(point.indices, block.batch);
  llvm::append_range(point.indices, split(axes.rows, e.orZero(e.add(block.firstRow, row))));
  llvm::append_range(point.indices, block.outerColumns);
  point.vectorLoop = point.indices.size();
  point.indices.push_back(e.add(block.firstColumn, column));
  point.width = lanes;
  point.mask = mask;
  return point;
}

// Sums of one tile over one piece, added to the block's; `first` tells that there are none yet. Null `sums`: the piece is the whole sum, and
// the epilogue takes it from the registers. `isRest`: some columns of the unit do not exist.
void BlockedEmitter::tile(const Block &block, Value tileIndex, Value unit, int64_t vectors, bool isRest, const Piece &piece, Value sums,
                          Value first) {
  Value row = e.mul(tileIndex, e.constant(height)), right = e.mul(unit, e.constant(unitPitch));
  Value zero = arith::ConstantOp::create(b, e.loc, b.getZeroAttr(vector));
  SmallVector<Value> acc(height * vectors, zero);
  // What the epilogue touches arrives while the sums are computed.
  Value column = e.mul(unit, e.constant(unitColumns));
  if (!sums)
    for (int64_t r = 0; r < height; ++r)
      for (int64_t v = 0; v < vectors; ++v)
        nest.prefetch(resultAxes(), pointOf(block, e.add(row, e.constant(r)), e.add(column, e.constant(v * lanes)), {}), rowPosition());
  // Two steps; `rowAt` says where those of a row begin.
  auto pair = [&](Value memory, llvm::function_ref<Value(int64_t)> rowAt, int64_t count, Value at, ValueRange current) {
    SmallVector<DotProduct::Parts> loaded;
    SmallVector<Value> next;
    for (int64_t v = 0; v < vectors; ++v)
      loaded.push_back(dot->loadColumns(packedColumns, e.add(at, e.constant(2 * v * lanes))));
    for (int64_t r = 0; r < height; ++r) {
      DotProduct::Parts line = dot->loadRow(memory, rowAt(r), e.constant(1), count);
      for (int64_t v = 0; v < vectors; ++v)
        next.push_back(dot->multiplyAdd(line, loaded[v], current[r * vectors + v]));
    }
    return next;
  };
  auto step = [&](llvm::function_ref<Value(int64_t)> scalarOf, Value at, ValueRange current) {
    SmallVector<Value> loaded, next;
    for (int64_t v = 0; v < vectors; ++v)
      loaded.push_back(vector::LoadOp::create(b, e.loc, vector, packedColumns, ValueRange{e.orZero(e.add(at, e.constant(v * lanes)))}));
    for (int64_t r = 0; r < height; ++r) {
      Value wide = e.broadcast(scalarOf(r), lanes);
      for (int64_t v = 0; v < vectors; ++v)
        next.push_back(vector::FMAOp::create(b, e.loc, wide, loaded[v], current[r * vectors + v]));
    }
    return next;
  };
  if (widensRows) {
    acc = SmallVector<Value>(e.loop({}, piece.steps, 1, acc, [&](Value index, ValueRange current) {
                                auto scalarOf = [&](int64_t r) -> Value {
                                  Value line = e.mul(e.add(row, e.constant(r)), e.constant(rowPitch));
                                  return memref::LoadOp::create(b, e.loc, packedRows, ValueRange{e.orZero(e.add(line, index))});
                                };
                                return step(scalarOf, e.add(right, e.mul(index, e.constant(unitColumns))), current);
                              }).getResults());
  } else if (packsRows) {
    Value left = e.mul(tileIndex, e.constant(tilePitch));
    acc = SmallVector<Value>(e.loop({}, piece.steps, group(), acc, [&](Value index, ValueRange current) {
                                Value from = e.add(left, e.mul(index, e.constant(pitch)));
                                if (dot)
                                  return pair(packedRows, [&](int64_t r) { return e.add(from, e.constant(2 * r)); }, 2,
                                              e.add(right, e.mul(index, e.constant(unitColumns))), current);
                                auto scalarOf = [&](int64_t r) -> Value {
                                  return memref::LoadOp::create(b, e.loc, packedRows, ValueRange{e.add(from, e.constant(r))});
                                };
                                return step(scalarOf, e.add(right, e.mul(index, e.constant(unitColumns))), current);
                              }).getResults());
  } else {
    SmallVector<Value> lines;
    Value start = offsetOf(rowSide, piece);
    for (int64_t r = 0; r < height; ++r)
      lines.push_back(e.add(memref::LoadOp::create(b, e.loc, rowOffsets, ValueRange{e.add(row, e.constant(r))}), start));
    std::function<SmallVector<Value>(size_t, Value, Value, ValueRange)> walk = [&](size_t depth, Value offset, Value at,
                                                                                   ValueRange current) -> SmallVector<Value> {
      if (depth == axes.steps.size())
        return step(
            [&](int64_t r) -> Value {
              return memref::LoadOp::create(b, e.loc, rowSide.loops.memory, ValueRange{e.orZero(e.add(lines[r], offset))});
            },
            at, current);
      const Axis &axis = axes.steps[depth];
      Value size = depth == splitAxis ? piece.length : axis.size, inner = e.constant(unitColumns);
      for (size_t k = depth + 1; k < axes.steps.size(); ++k)
        inner = e.mul(inner, axes.steps[k].size);
      if (dot && depth + 1 == axes.steps.size()) {
        auto pairAt = [&](Value index, int64_t count, ValueRange carried) {
          Value moved = e.add(offset, index);
          return pair(rowSide.loops.memory, [&](int64_t r) { return e.add(lines[r], moved); }, count, e.add(at, e.mul(inner, index)), carried);
        };
        Value whole = e.orZero(e.mul(e.floorDiv(size, e.constant(2)), e.constant(2)));
        SmallVector<Value> sums(
            e.loop({}, whole, 2, current, [&](Value index, ValueRange carried) { return pairAt(index, 2, carried); }).getResults());
        if (auto known = KernelEmitter::known(size); known && *known % 2 == 0)
          return sums;
        return SmallVector<Value>(
            e.loop(whole, size, 2, sums, [&](Value index, ValueRange carried) { return pairAt(index, 1, carried); }).getResults());
      }
      return SmallVector<Value>(e.loop({}, size, 1, current, [&](Value index, ValueRange carried) {
                                   return walk(depth + 1, e.add(offset, e.mul(LoopNest::stride(rowSide, axis), index)),
                                               e.add(at, e.mul(inner, index)), carried);
                                 }).getResults());
    };
    acc = walk(splitAxis, {}, right, acc);
  }
  if (!sums) {
    Value left = e.orZero(e.sub(block.columnCount, column));
    auto m = KernelEmitter::known(rows);
    SmallVector<Value> masks(vectors);
    for (int64_t v = 0; isRest && v < vectors; ++v)
      masks[v] = e.tailMask(e.maximum(e.sub(left, e.constant(v * lanes)), e.constant(0)), lanes);
    for (int64_t r = 0; r < height; ++r) {
      Value line = e.add(row, e.constant(r));
      auto finishRow = [&] {
        for (int64_t v = 0; v < vectors; ++v)
          nest.finish(Lane{acc[r * vectors + v], {}, true}, resultAxes(), pointOf(block, line, e.add(column, e.constant(v * lanes)), masks[v]));
      };
      if (r == 0 || (m && *m % height == 0))
        finishRow();
      else
        when(compare(arith::CmpIPredicate::slt, line, block.rowCount), finishRow);
    }
    return;
  }
  Value to = e.add(e.mul(row, e.constant(sumPitch)), e.mul(unit, e.constant(unitColumns)));
  auto store = [&](bool adds) {
    for (int64_t r = 0; r < height; ++r)
      for (int64_t v = 0; v < vectors; ++v) {
        Value at = e.orZero(e.add(to, e.constant(r * sumPitch + v * lanes))), value = acc[r * vectors + v];
        if (adds)
          value = arith::AddFOp::create(b, e.loc, vector::LoadOp::create(b, e.loc, vector, sums, ValueRange{at}), value);
        vector::StoreOp::create(b, e.loc, value, sums, ValueRange{at});
      }
  };
  if (!first)
    return store(false);
  auto branch = scf::IfOp::create(b, e.loc, first, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(branch.thenBlock());
  store(false);
  b.setInsertionPointToStart(branch.elseBlock());
  store(true);
}

void BlockedEmitter::multiply(const Block &block, const Piece &piece, Value sums, Value first) {
  Value tiles = e.ceilDiv(block.rowCount, height), units = e.ceilDiv(block.columnCount, unitColumns);
  auto unit = [&](Value index, int64_t vectors, bool isRest) {
    e.loop({}, tiles, 1, {}, [&](Value t, ValueRange) {
      tile(block, t, index, vectors, isRest, piece, sums, first);
      return SmallVector<Value>{};
    });
  };
  // The last unit is code of its own where it needs masks or has one vector.
  auto n = KernelEmitter::known(columns);
  bool apart = restIsNarrow || (!sums && !(n && *n % unitColumns == 0));
  Value whole = apart ? e.floorDiv(block.columnCount, e.constant(unitColumns)) : units;
  e.loop({}, whole, 1, {}, [&](Value index, ValueRange) {
    unit(index, vectors, false);
    return SmallVector<Value>{};
  });
  if (apart)
    when(compare(arith::CmpIPredicate::ult, whole, units), [&] { unit(whole, restIsNarrow ? 1 : vectors, true); });
}

// The epilogue of a block, whose sums are the sum of `partCount` blocks that lie `partStride` apart.
void BlockedEmitter::finish(const Block &block, Value sums, int64_t parts, Value partStride, Value partCount) {
  auto count = KernelEmitter::known(block.columnCount);
  auto n = KernelEmitter::known(columns);
  bool mayRest = count ? *count % lanes != 0 : !n || *n % lanes != 0;
  Value whole = e.orZero(e.mul(e.floorDiv(block.columnCount, e.constant(lanes)), e.constant(lanes)));
  e.loop({}, block.rowCount, 1, {}, [&](Value r, ValueRange) {
    Point point = pointOf(block, r, {}, {});
    // Rows to come; of those in several loops only where that is a matter of one addition.
    bool nearRow = axes.rows.size() == 1;
    Point ahead = nearRow ? pointOf(block, e.add(r, e.constant(4)), {}, {}) : point;
    auto columnsAt = [&](Value column, Value mask) {
      Value at = e.orZero(e.add(e.mul(r, e.constant(sumPitch)), column));
      Value value = vector::LoadOp::create(b, e.loc, vector, sums, ValueRange{at});
      if (parts > 1)
        value = e.loop(e.constant(1), partCount, 1, ValueRange{value}, [&](Value part, ValueRange total) {
                   Value more = vector::LoadOp::create(b, e.loc, vector, sums, ValueRange{e.add(at, e.mul(part, partStride))});
                   return SmallVector<Value>{arith::AddFOp::create(b, e.loc, total[0], more)};
                 }).getResult(0);
      if (nest.initial && !matchPattern(nest.initial, m_AnyZeroFloat()))
        value = arith::AddFOp::create(b, e.loc, value, e.broadcast(nest.initial, lanes));
      if (nearRow) {
        ahead.indices.back() = e.add(block.firstColumn, column);
        nest.prefetch(resultAxes(), ahead, rowPosition());
      }
      Point here = point;
      here.indices.back() = e.add(block.firstColumn, column);
      here.mask = mask;
      nest.finish(Lane{value, {}, true}, resultAxes(), here);
    };
    e.loop({}, whole, lanes, {}, [&](Value column, ValueRange) {
      columnsAt(column, {});
      return SmallVector<Value>{};
    });
    if (mayRest)
      when(compare(arith::CmpIPredicate::slt, whole, block.columnCount),
           [&] { columnsAt(whole, e.tailMask(e.sub(block.columnCount, whole), lanes)); });
    return SmallVector<Value>{};
  });
}

void BlockedEmitter::run() {
  source = stored = cast<MemRefType>(rowSide.loops.memory.getType()).getElementType();
  element = axes.sum;
  if (stored.isBF16() && element != stored && mayPair(nest, axes))
    dot.emplace(e, config.dot == DotInstruction::Vdpbf16ps ? config.dot : DotInstruction::Fma, Grouping::Bf16, config.lanes);
  else
    stored = element;
  decide();
  vector = VectorType::get({lanes}, element);
  turnsPairs = !isOne(LoopNest::stride(columnSide, axes.columns)) && isOne(LoopNest::stride(columnSide, axes.steps.back())) &&
               !(packsRows && axes.steps.size() > 1);
  Value batches = product(axes.batch), outerColumns = product(axes.outerColumns);
  Value rowBlocks = e.ceilDiv(rows, blockRows), columnBlocks = e.ceilDiv(columns, blockColumns);
  Value blocks = e.orZero(e.mul(e.mul(e.mul(batches, rowBlocks), outerColumns), columnBlocks));
  Value pieces = packsRows ? e.ceilDiv(steps, pieceSteps) : e.ceilDiv(axes.steps[splitAxis].size, perPiece);
  for (size_t k = 0; !packsRows && k < splitAxis; ++k)
    pieces = e.mul(pieces, axes.steps[k].size);
  pieces = e.orZero(pieces);

  // Parts of the sum: as many as make enough tasks, each of some pieces at least.
  constexpr int64_t leastPieces = 4;
  Value parts = e.constant(1);
  auto knownBlocks = KernelEmitter::known(blocks), knownPieces = KernelEmitter::known(pieces);
  bool mayPart = !config.serial && !(knownBlocks && *knownBlocks > config.parts / 2) && !(knownPieces && *knownPieces < 2 * leastPieces);
  if (mayPart) {
    Value wanted = e.floorDiv(e.constant(config.parts), e.maximum(blocks, e.constant(1)));
    parts = e.maximum(e.minimum(wanted, e.floorDiv(pieces, e.constant(leastPieces))), e.constant(1));
  }
  auto knownParts = KernelEmitter::known(parts);
  mayPart = !knownParts || *knownParts > 1;
  Value perPart = e.floorDiv(e.sub(e.add(pieces, parts), e.constant(1)), parts);

  auto blockOf = [&](Value index) {
    Block block;
    Value column = e.rem(index, columnBlocks);
    Value rest = e.floorDiv(index, columnBlocks);
    block.outerColumns = split(axes.outerColumns, e.rem(rest, outerColumns));
    rest = e.floorDiv(rest, outerColumns);
    Value row = e.rem(rest, rowBlocks);
    block.batch = split(axes.batch, e.floorDiv(rest, rowBlocks));
    block.firstRow = e.orZero(e.mul(row, e.constant(blockRows)));
    block.firstColumn = e.orZero(e.mul(column, e.constant(blockColumns)));
    auto lengthOf = [&](Value size, Value first, int64_t most) {
      auto known = KernelEmitter::known(size);
      if (known && *known % most == 0)
        return e.constant(most);
      return e.orZero(e.minimum(e.sub(size, first), e.constant(most)));
    };
    block.rowCount = lengthOf(rows, block.firstRow, blockRows);
    block.columnCount = lengthOf(columns, block.firstColumn, blockColumns);
    return block;
  };
  int64_t sumElements = blockRows * sumPitch;
  // A sum that is one piece goes to the epilogue without waiting in memory.
  bool atOnce = !mayPart && knownPieces && *knownPieces == 1 && !nest.hasCostlyEpilogue() &&
                (!nest.initial || matchPattern(nest.initial, m_AnyZeroFloat()));
  auto work = [&](const Block &block, Value from, Value until, Value sums) {
    rowOffsets = scratch(blockRows, b.getIndexType());
    packedColumns = scratch(blockColumns / unitColumns * unitPitch, stored);
    if (packsRows) {
      packedRows = scratch(blockRows / height * tilePitch, stored);
      stepOffsets = scratch(axes.steps.size() > 1 ? 2 * pieceSteps : 1, b.getIndexType());
    } else if (widensRows) {
      packedRows = scratch(blockRows * rowPitch, stored);
    }
    listRows(block);
    auto f = KernelEmitter::known(from), u = KernelEmitter::known(until);
    auto one = [&](Value number, Value first) {
      Piece piece = pieceOf(number);
      if (packsRows) {
        listSteps(piece);
        packRows(block, piece);
      } else if (widensRows) {
        widenRows(block, piece);
      }
      packColumns(block, piece);
      multiply(block, piece, sums, first);
    };
    if (f && u && *u - *f == 1)
      return one(from, {});
    e.loop(from, until, 1, {}, [&](Value number, ValueRange) {
      one(number, compare(arith::CmpIPredicate::eq, number, from));
      return SmallVector<Value>{};
    });
  };
  // An empty sum is zero.
  auto clear = [&](Value sums) {
    if (knownPieces && *knownPieces > 0)
      return;
    when(compare(arith::CmpIPredicate::eq, pieces, {}), [&] {
      Value zero = arith::ConstantOp::create(b, e.loc, b.getZeroAttr(vector));
      e.loop({}, e.constant(sumElements), lanes, {}, [&](Value at, ValueRange) {
        vector::StoreOp::create(b, e.loc, zero, sums, ValueRange{at});
        return SmallVector<Value>{};
      });
    });
  };
  if (!mayPart) {
    e.forTasks(blocks, config.serial, [&](Value task) {
      scoped([&] {
        Block block = blockOf(task);
        if (atOnce)
          return work(block, e.constant(0), pieces, {});
        Value sums = scratch(sumElements, element);
        work(block, e.constant(0), pieces, sums);
        clear(sums);
        finish(block, sums, 1, {}, {});
      });
    });
    return;
  }
  // The sums of all parts lie in the caller's frame: [part][block][row][column]. A number of blocks beyond the limit has one part, and sums
  // of its own.
  int64_t most = knownBlocks ? *knownBlocks * knownParts.value_or(config.parts / *knownBlocks) : config.parts;
  scoped([&] {
    Value all = scratch(most * sumElements, element);
    Value own = compare(arith::CmpIPredicate::eq, parts, e.constant(1));
    auto subview = [&](Value index) -> Value {
      Value at = e.orZero(e.mul(index, e.constant(sumElements)));
      auto type = MemRefType::get({sumElements}, element, StridedLayoutAttr::get(b.getContext(), ShapedType::kDynamic, {1}));
      return memref::ReinterpretCastOp::create(b, e.loc, type, all, OpFoldResult(at), SmallVector<OpFoldResult>{b.getIndexAttr(sumElements)},
                                               SmallVector<OpFoldResult>{b.getIndexAttr(1)});
    };
    Value partTasks = e.orZero(e.mul(blocks, parts));
    e.forTasks(partTasks, config.serial, [&](Value task) {
      Value part = e.floorDiv(task, blocks), index = e.rem(task, blocks);
      Block block = blockOf(index);
      auto sumPart = [&] {
        scoped([&] {
          Value from = e.orZero(e.mul(part, perPart)), until = e.minimum(e.add(from, perPart), pieces);
          Value sums = subview(task);
          // The last parts may have nothing left to do.
          when(compare(arith::CmpIPredicate::sge, from, until), [&] {
            Value zero = arith::ConstantOp::create(b, e.loc, b.getZeroAttr(vector));
            e.loop({}, e.constant(sumElements), lanes, {}, [&](Value at, ValueRange) {
              vector::StoreOp::create(b, e.loc, zero, sums, ValueRange{at});
              return SmallVector<Value>{};
            });
          });
          work(block, from, until, sums);
        });
      };
      if (knownParts)
        return sumPart();
      auto branch = scf::IfOp::create(b, e.loc, own, /*withElseRegion=*/true);
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(branch.thenBlock());
      scoped([&] {
        Value sums = scratch(sumElements, element);
        work(block, e.constant(0), pieces, sums);
        clear(sums);
        finish(block, sums, 1, {}, {});
      });
      b.setInsertionPointToStart(branch.elseBlock());
      sumPart();
    });
    Value complete = knownParts ? blocks : arith::SelectOp::create(b, e.loc, own, e.constant(0), blocks).getResult();
    e.forTasks(complete, config.serial, [&](Value index) {
      Block block = blockOf(index);
      finish(block, subview(index), most, e.mul(blocks, e.constant(sumElements)), parts);
    });
  });
}

} // namespace

bool mayPair(const LoopNest &nest, const ContractionAxes &axes) {
  // Packed rows are one list of steps. Others have their pairs in memory, and along the innermost loop only.
  if (liesAlongRows(nest, axes))
    return true;
  auto size = KernelEmitter::known(axes.steps.back().size);
  return isOne(LoopNest::stride(nest.inputs[axes.scalarSide], axes.steps.back())) && (axes.steps.size() == 1 || (size && *size % 2 == 0));
}

bool liesAlongRows(const LoopNest &nest, const ContractionAxes &axes) {
  const NestAccess &access = nest.inputs[axes.scalarSide];
  return isOne(LoopNest::stride(access, axes.rows.back())) && !isOne(LoopNest::stride(access, axes.steps.back()));
}

void emitBlockedContraction(KernelEmitter &emitter, LoopNest &nest, const ContractionAxes &axes, const ContractionConfig &config) {
  BlockedEmitter(emitter, nest, axes, config).run();
}

} // namespace ingot
