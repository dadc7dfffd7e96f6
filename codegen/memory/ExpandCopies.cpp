//===- ExpandCopies.cpp - Copies as loops over contiguous runs --------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/Passes.h"
#include "codegen/memory/Buffers.h"
#include "codegen/memory/Weights.h"

namespace ingot {
#define GEN_PASS_DEF_EXPANDCOPIES
#include "codegen/Passes.h.inc"
} // namespace ingot

using namespace mlir;

namespace ingot {
namespace {

// One side of a copy: where element (i0, i1, ...) lies.
struct Side {
  Value base, offset; // address as an index; in elements
  SmallVector<Value> strides;
  SmallVector<int64_t> staticStrides;
};

Side describe(OpBuilder &b, Location loc, Value memref) {
  Side side;
  side.base = memref::ExtractAlignedPointerAsIndexOp::create(b, loc, memref);
  auto metadata = memref::ExtractStridedMetadataOp::create(b, loc, memref);
  side.offset = metadata.getOffset();
  side.strides = metadata.getStrides();
  int64_t offset;
  if (failed(cast<MemRefType>(memref.getType()).getStridesAndOffset(side.staticStrides, offset)))
    side.staticStrides.assign(side.strides.size(), ShapedType::kDynamic);
  return side;
}

// The first dimension of the longest run that is contiguous on both sides.
int64_t runStart(MemRefType type, const Side &from, const Side &to) {
  int64_t expected = 1, d = type.getRank();
  for (; d > 0; --d) {
    int64_t size = type.getDimSize(d - 1);
    if (size == 1)
      continue;
    if (ShapedType::isDynamic(expected) || from.staticStrides[d - 1] != expected || to.staticStrides[d - 1] != expected)
      break;
    expected = ShapedType::isDynamic(size) ? ShapedType::kDynamic : expected * size;
  }
  return d;
}

Value address(OpBuilder &b, Location loc, const Side &side, ValueRange indices, int64_t elementBytes) {
  Value offset = side.offset;
  for (auto [index, stride] : llvm::zip(indices, side.strides))
    offset = arith::AddIOp::create(b, loc, offset, arith::MulIOp::create(b, loc, index, stride));
  Value bytes = arith::MulIOp::create(b, loc, offset, arith::ConstantIndexOp::create(b, loc, elementBytes));
  Value at = arith::IndexCastOp::create(b, loc, b.getI64Type(), arith::AddIOp::create(b, loc, side.base, bytes));
  return LLVM::IntToPtrOp::create(b, loc, LLVM::LLVMPointerType::get(b.getContext()), at);
}

void expand(memref::CopyOp op) {
  OpBuilder b(op);
  Location loc = op.getLoc();
  auto type = cast<MemRefType>(op.getSource().getType());
  auto targetType = cast<MemRefType>(op.getTarget().getType());
  SmallVector<int64_t> shape;
  for (auto [x, y] : llvm::zip(type.getShape(), targetType.getShape()))
    shape.push_back(ShapedType::isDynamic(x) ? y : x);
  auto known = MemRefType::get(shape, type.getElementType());
  Side from = describe(b, loc, op.getSource()), to = describe(b, loc, op.getTarget());
  int64_t elementBytes = denseBytes(MemRefType::get({1}, type.getElementType()));
  auto sizeOf = [&](int64_t d) -> Value {
    if (!known.isDynamicDim(d))
      return arith::ConstantIndexOp::create(b, loc, known.getDimSize(d));
    return memref::DimOp::create(b, loc, op.getSource(), d);
  };
  bool whole = isRowMajor(op.getSource()) && isRowMajor(op.getTarget());
  int64_t start = whole ? 0 : runStart(known, from, to);
  int64_t staticRun = elementBytes;
  Value dynamicRun;
  for (int64_t d = start; d < known.getRank(); ++d) {
    if (!known.isDynamicDim(d))
      staticRun *= known.getDimSize(d);
    else
      dynamicRun = dynamicRun ? arith::MulIOp::create(b, loc, dynamicRun, sizeOf(d)).getResult() : sizeOf(d);
  }
  Value bytes = LLVM::ConstantOp::create(b, loc, b.getI64Type(), b.getI64IntegerAttr(staticRun));
  if (dynamicRun)
    bytes = LLVM::MulOp::create(b, loc, bytes, arith::IndexCastOp::create(b, loc, b.getI64Type(), dynamicRun));
  Value zero = arith::ConstantIndexOp::create(b, loc, 0), one = arith::ConstantIndexOp::create(b, loc, 1);
  SmallVector<Value> sizes, indices;
  for (int64_t d = 0; d < start; ++d)
    sizes.push_back(sizeOf(d));
  for (Value size : sizes) {
    auto loop = scf::ForOp::create(b, loc, zero, size, one);
    indices.push_back(loop.getInductionVar());
    b.setInsertionPointToStart(loop.getBody());
  }
  LLVM::MemcpyOp::create(b, loc, address(b, loc, to, indices, elementBytes), address(b, loc, from, indices, elementBytes), bytes,
                         /*isVolatile=*/false);
  op.erase();
}

struct ExpandCopiesPass : impl::ExpandCopiesBase<ExpandCopiesPass> {
  void runOnOperation() override {
    SmallVector<memref::CopyOp> copies;
    getOperation().walk([&](memref::CopyOp op) { copies.push_back(op); });
    for (memref::CopyOp op : copies) {
      if (op.getSource() == op.getTarget())
        op.erase();
      else
        expand(op);
    }
  }
};

} // namespace
} // namespace ingot
