//===- FilterKernel.cpp - Filters in Winograd's form, at run time ----------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What `pack-weights` does with constant filters, for those that are made at run time: G g G^T of each pair of channel and filter, in double
// precision, to [panel of filters][point][channel][filter]. Points lie a power of two apart there, and a store to each of them would have
// all of them in a few sets of the caches: a run of channels is put together on the stack and copied point by point.
//
//===----------------------------------------------------------------------===//

#include "codegen/cpu/KernelEmitter.h"
#include "codegen/strategy/Config.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace ingot {
namespace {

class FilterEmitter {
public:
  explicit FilterEmitter(KernelEmitter &e)
      : e(e), b(e.b), transform(readFilterTransform(e.meaning)), matrices(winogradMatrices(transform.tile)) {}
  LogicalResult run();

private:
  Value combine(ArrayRef<double> factors, ArrayRef<Value> values);
  void vectorOf(Value channel, Value filter, Value target, int64_t width, Value mask);

  KernelEmitter &e;
  OpBuilder &b;
  FilterTransform transform;
  const WinogradMatrices &matrices;
  Access source, result;
  Value buffer; // [point][channel][filter]
  int64_t lanes = 0;
};

Value FilterEmitter::combine(ArrayRef<double> factors, ArrayRef<Value> values) {
  Value sum;
  auto type = cast<VectorType>(values.front().getType());
  for (auto [factor, value] : llvm::zip(factors, values)) {
    if (factor == 0)
      continue;
    Value splat = arith::ConstantOp::create(b, e.loc, DenseElementsAttr::get(type, factor));
    sum = sum ? Value(vector::FMAOp::create(b, e.loc, value, splat, sum))
          : factor == 1 ? value
                        : Value(arith::MulFOp::create(b, e.loc, value, splat));
  }
  return sum;
}

// Channels of a task, and how far its points lie apart.
constexpr int64_t taskChannels = 8, aheadChannels = 4;
int64_t pitchOf(int64_t width) { return taskChannels * width + 16; }

// `lanes` filters of one channel, from `filter` on. `target`: where the first point's go; `width`: columns of the panel.
void FilterEmitter::vectorOf(Value channel, Value filter, Value target, int64_t width, Value mask) {
  auto wide = VectorType::get({lanes}, b.getF64Type()), narrow = VectorType::get({lanes}, b.getF32Type());
  Value base = e.add(e.add(source.offset, e.constant(transform.offset)), e.mul(channel, e.constant(transform.channelStride)));
  SmallVector<SmallVector<Value>> window(3), left;
  for (int64_t h = 0; h < 3; ++h)
    for (int64_t w = 0; w < 3; ++w) {
      LoopAccess access{source.memory, e.add(base, e.constant(h * transform.khStride + w * transform.kwStride)),
                        {e.constant(transform.filterStride)}};
      Point point;
      point.indices = {filter};
      point.vectorLoop = 0;
      point.width = lanes;
      point.mask = mask;
      // Places of the window lie far apart, and each is read for a line or two.
      if (transform.filterStride == 1)
        memref::PrefetchOp::create(b, e.loc, source.memory,
                                   ValueRange{e.orZero(e.add(e.add(access.offset, filter), e.constant(aheadChannels * transform.channelStride)))},
                                   /*isWrite=*/false, /*localityHint=*/3, /*isDataCache=*/true);
      window[w].push_back(arith::ExtFOp::create(b, e.loc, wide, e.load(access, point).value));
    }
  for (int64_t i = 0; i < matrices.patch; ++i) {
    left.emplace_back();
    for (int64_t w = 0; w < 3; ++w)
      left.back().push_back(combine(matrices.filters[i], window[w]));
  }
  for (int64_t i = 0; i < matrices.patch; ++i)
    for (int64_t j = 0; j < matrices.patch; ++j) {
      Value value = arith::TruncFOp::create(b, e.loc, narrow, combine(matrices.filters[j], left[i]));
      Value at = e.add(target, e.constant((i * matrices.patch + j) * pitchOf(width)));
      vector::StoreOp::create(b, e.loc, value, buffer, ValueRange{e.orZero(at)});
    }
}

LogicalResult FilterEmitter::run() {
  source = e.accessOf(e.meaning.getArgument(0));
  result = e.outputAccess(0);
  // Twice the bits: half of the lanes.
  lanes = std::max<int64_t>(e.target.lanes(64), 4);
  int64_t points = matrices.patch * matrices.patch, columns = paddedColumns(transform.filters);
  int64_t panels = (columns + panelColumns - 1) / panelColumns, runs = (transform.channels + taskChannels - 1) / taskChannels;
  e.forTasks(e.constant(panels * runs), transform.serial, [&](Value task) {
    Value panel = e.floorDiv(task, e.constant(runs)), first = e.mul(e.rem(task, e.constant(runs)), e.constant(taskChannels));
    Value until = e.minimum(e.add(first, e.constant(taskChannels)), e.constant(transform.channels));
    auto emit = [&](int64_t width) {
      OpBuilder::InsertionGuard guard(b);
      auto scope = memref::AllocaScopeOp::create(b, e.loc, TypeRange{});
      Block *body = b.createBlock(&scope.getBodyRegion());
      memref::AllocaScopeReturnOp::create(b, e.loc);
      b.setInsertionPointToStart(body);
      buffer = memref::AllocaOp::create(b, e.loc, MemRefType::get({points * pitchOf(width)}, b.getF32Type()), b.getI64IntegerAttr(64));
      Value start = e.add(result.offset, e.mul(panel, e.constant(panelColumns * points * transform.channels)));
      Value firstFilter = e.mul(panel, e.constant(panelColumns));
      e.loop(first, until, 1, {}, [&](Value channel, ValueRange) {
        Value line = e.mul(e.sub(channel, first), e.constant(width));
        e.loop({}, e.constant(width), lanes, {}, [&](Value column, ValueRange) {
          Value filter = e.add(firstFilter, column), mask;
          // Filters that do not exist are zero.
          if (transform.filters % panelColumns)
            mask = e.tailMask(e.maximum(e.minimum(e.sub(e.constant(transform.filters), filter), e.constant(lanes)), e.constant(0)), lanes);
          vectorOf(channel, filter, e.add(line, column), width, mask);
          return SmallVector<Value>{};
        });
        return SmallVector<Value>{};
      });
      auto type = VectorType::get({16}, b.getF32Type());
      Value length = e.mul(e.sub(until, first), e.constant(width));
      e.loop({}, e.constant(points), 1, {}, [&](Value point, ValueRange) {
        Value from = e.mul(point, e.constant(pitchOf(width)));
        Value to = e.add(e.add(start, e.mul(point, e.constant(transform.channels * width))), e.mul(first, e.constant(width)));
        e.loop({}, length, 16, {}, [&](Value index, ValueRange) {
          Value moved = vector::LoadOp::create(b, e.loc, type, buffer, ValueRange{e.add(from, index)});
          vector::StoreOp::create(b, e.loc, moved, result.memory, ValueRange{e.orZero(e.add(to, index))});
          return SmallVector<Value>{};
        });
        return SmallVector<Value>{};
      });
    };
    int64_t lastWidth = columns - (panels - 1) * panelColumns;
    if (lastWidth == panelColumns)
      return emit(panelColumns);
    if (panels == 1)
      return emit(lastWidth);
    Value isFull = arith::CmpIOp::create(b, e.loc, arith::CmpIPredicate::ult, e.orZero(panel), e.constant(panels - 1));
    auto branch = scf::IfOp::create(b, e.loc, isFull, /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(branch.thenBlock());
    emit(panelColumns);
    b.setInsertionPointToStart(branch.elseBlock());
    emit(lastWidth);
  });
  return success();
}

} // namespace

LogicalResult emitFilterKernel(KernelEmitter &e) { return FilterEmitter(e).run(); }

} // namespace ingot
