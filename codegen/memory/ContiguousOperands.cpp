//===- ContiguousOperands.cpp - Row-major operands for kernels --------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/Passes.h"
#include "codegen/memory/Buffers.h"

namespace ingot {
#define GEN_PASS_DEF_CONTIGUOUSOPERANDS
#include "codegen/Passes.h.inc"
} // namespace ingot

using namespace mlir;

namespace ingot {

bool isRowMajor(MemRefType type) {
  SmallVector<int64_t> strides;
  int64_t offset;
  if (failed(type.getStridesAndOffset(strides, offset)))
    return false;
  int64_t expected = 1;
  for (int64_t d = type.getRank(); d-- > 0;) {
    int64_t size = type.getDimSize(d);
    // The stride of a dimension of size one does not matter.
    if (size != 1 && (ShapedType::isDynamic(expected) ? !type.getLayout().isIdentity() : strides[d] != expected))
      return false;
    if (ShapedType::isDynamic(size) || ShapedType::isDynamic(expected))
      expected = ShapedType::kDynamic;
    else
      expected *= size;
  }
  return true;
}

// The size of a memref's dimension as the op that made it states it.
static OpFoldResult statedSize(Value memref, unsigned dim, OpBuilder &b) {
  auto type = cast<MemRefType>(memref.getType());
  if (!type.isDynamicDim(dim))
    return b.getIndexAttr(type.getDimSize(dim));
  unsigned dynamic = type.getDynamicDimIndex(dim);
  Operation *def = memref.getDefiningOp();
  if (auto alloc = dyn_cast_or_null<memref::AllocOp>(def))
    return alloc.getDynamicSizes()[dynamic];
  if (auto view = dyn_cast_or_null<memref::ReinterpretCastOp>(def))
    return view.getMixedSizes()[dim];
  return {};
}

// Whether `size` is the whole of dimension `dim` of `source`.
static bool isWhole(OpFoldResult size, Value source, unsigned dim, OpBuilder &b) {
  if (statedSize(source, dim, b) == size && size)
    return true;
  if (auto value = dyn_cast<Value>(size))
    if (auto op = value.getDefiningOp<memref::DimOp>())
      return op.getSource() == source && op.getConstantIndex() == static_cast<int64_t>(dim);
  return false;
}

bool isRowMajor(Value memref) {
  auto type = cast<MemRefType>(memref.getType());
  if (isRowMajor(type))
    return true;
  if (auto cast = memref.getDefiningOp<memref::CastOp>())
    return isa<MemRefType>(cast.getSource().getType()) && isRowMajor(cast.getSource());
  auto view = memref.getDefiningOp<memref::SubViewOp>();
  if (!view || !isRowMajor(view.getSource()))
    return false;
  // Ones, then one dimension of any size, then whole dimensions.
  OpBuilder b(memref.getContext());
  bool cut = false;
  for (auto [d, size] : llvm::enumerate(view.getMixedSizes())) {
    if (getConstantIntValue(view.getMixedStrides()[d]) != 1)
      return false;
    bool one = getConstantIntValue(size) == 1;
    if (!cut) {
      cut = !one;
      continue;
    }
    if (!isWhole(size, view.getSource(), d, b))
      return false;
  }
  return true;
}

SmallVector<Value> dynamicSizesOf(OpBuilder &b, Location loc, Value memref) {
  SmallVector<Value> sizes;
  auto type = cast<MemRefType>(memref.getType());
  for (int64_t d = 0; d < type.getRank(); ++d)
    if (type.isDynamicDim(d))
      sizes.push_back(memref::DimOp::create(b, loc, memref, d));
  return sizes;
}

memref::AllocOp allocateLike(OpBuilder &b, Location loc, Value memref) {
  auto type = cast<MemRefType>(memref.getType());
  auto plain = MemRefType::get(type.getShape(), type.getElementType());
  return memref::AllocOp::create(b, loc, plain, dynamicSizesOf(b, loc, memref), b.getI64IntegerAttr(64));
}

namespace {

// The elements of a small tensor of sizes, if it is filled by stores to constant places only.
SmallVector<Value> storedElements(Value memref) {
  SmallVector<Value> elements;
  auto type = cast<MemRefType>(memref.getType());
  if (!memref.getDefiningOp<memref::AllocOp>() || !type.hasStaticShape() || type.getRank() != 1)
    return {};
  elements.resize(type.getNumElements());
  for (Operation *user : memref.getUsers()) {
    if (auto store = dyn_cast<memref::StoreOp>(user)) {
      std::optional<int64_t> index = getConstantIntValue(store.getIndices()[0]);
      if (store.getMemRef() != memref || !index || *index < 0 || *index >= type.getNumElements() || elements[*index])
        return {};
      elements[*index] = store.getValue();
    } else if (!isa<memref::ReshapeOp, memref::LoadOp, memref::DimOp>(user)) {
      return {};
    }
  }
  return llvm::all_of(elements, [](Value v) { return bool(v); }) ? elements : SmallVector<Value>();
}

Value toIndex(OpBuilder &b, Location loc, Value value) {
  return isa<IndexType>(value.getType()) ? value : arith::IndexCastOp::create(b, loc, b.getIndexType(), value);
}

void lowerReshape(memref::ReshapeOp op) {
  OpBuilder b(op);
  Location loc = op.getLoc();
  auto type = cast<MemRefType>(op.getType());
  SmallVector<Value> stored = storedElements(op.getShape());
  SmallVector<OpFoldResult> sizes, strides(type.getRank());
  for (int64_t d = 0; d < type.getRank(); ++d) {
    if (!type.isDynamicDim(d)) {
      sizes.push_back(b.getIndexAttr(type.getDimSize(d)));
      continue;
    }
    Value size = !stored.empty() ? stored[d]
                                 : memref::LoadOp::create(b, loc, op.getShape(),
                                                          ValueRange(arith::ConstantIndexOp::create(b, loc, d).getResult()))
                                       .getResult();
    sizes.push_back(toIndex(b, loc, size));
  }
  OpFoldResult stride = b.getIndexAttr(1);
  for (int64_t d = type.getRank(); d-- > 0;) {
    strides[d] = stride;
    auto a = getConstantIntValue(stride), n = getConstantIntValue(sizes[d]);
    if (a && n)
      stride = b.getIndexAttr(*a * *n);
    else
      stride = arith::MulIOp::create(b, loc, getValueOrCreateConstantIndexOp(b, loc, stride),
                                     getValueOrCreateConstantIndexOp(b, loc, sizes[d]))
                   .getResult();
  }
  // The strides of the type must be those that are static here; the memref that users see is the row-major one.
  SmallVector<int64_t> staticStrides;
  for (OpFoldResult s : strides)
    staticStrides.push_back(getConstantIntValue(s).value_or(ShapedType::kDynamic));
  auto strided = MemRefType::get(type.getShape(), type.getElementType(), StridedLayoutAttr::get(b.getContext(), 0, staticStrides));
  auto view = memref::ReinterpretCastOp::create(b, loc, strided, op.getSource(), b.getIndexAttr(0), sizes, strides);
  view->setAttr("ingot.reshape", b.getUnitAttr());
  op.replaceAllUsesWith(memref::CastOp::create(b, loc, type, view).getResult());
  Value shape = op.getShape();
  op.erase();
  if (!stored.empty() && llvm::all_of(shape.getUsers(), [](Operation *user) { return isa<memref::StoreOp>(user); })) {
    for (Operation *user : llvm::make_early_inc_range(shape.getUsers()))
      user->erase();
    shape.getDefiningOp()->erase();
  }
}

struct ContiguousOperandsPass : impl::ContiguousOperandsBase<ContiguousOperandsPass> {
  void runOnOperation() override {
    SmallVector<memref::ReshapeOp> reshapes;
    SmallVector<DestinationStyleOpInterface> users;
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      if (function->hasAttr("ingot.kernel"))
        continue;
      function.walk([&](Operation *op) {
        if (auto reshape = dyn_cast<memref::ReshapeOp>(op))
          reshapes.push_back(reshape);
        else if (auto destination = dyn_cast<DestinationStyleOpInterface>(op);
                 destination && isa<linalg_ext::LinalgExtDialect>(op->getDialect()))
          users.push_back(destination);
      });
    }
    llvm::for_each(reshapes, lowerReshape);
    for (DestinationStyleOpInterface op : users)
      makeContiguous(op);
  }

private:
  void makeContiguous(DestinationStyleOpInterface op) {
    // An operand that is both read and written is still one buffer.
    DenseMap<Value, Value> copies;
    auto dispatch = dyn_cast<linalg_ext::DispatchOp>(op.getOperation());
    bool overwrites = !isa<linalg_ext::ScatterOp>(op.getOperation()) && !(dispatch && dispatch.getAccumulates());
    for (OpOperand &operand : op->getOpOperands()) {
      Value memref = operand.get();
      if (!isa<MemRefType>(memref.getType()) || isRowMajor(memref))
        continue;
      OpBuilder b(op);
      Value &copy = copies[memref];
      bool output = op.isDpsInit(&operand);
      if (!copy) {
        copy = allocateLike(b, op.getLoc(), memref);
        if (!output || !overwrites)
          memref::CopyOp::create(b, op.getLoc(), memref, copy);
      }
      if (output) {
        b.setInsertionPointAfter(op);
        memref::CopyOp::create(b, op.getLoc(), copy, memref);
      }
      operand.set(copy);
    }
  }
};

} // namespace
} // namespace ingot
