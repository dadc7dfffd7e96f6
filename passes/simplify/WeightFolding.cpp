//===- WeightFolding.cpp - Transposes and scales of large constants ----------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/simplify/WeightFolding.h"
#include "passes/Utils.h"
#include "utils/support/MappedFile.h"

#include "mlir/IR/DialectResourceBlobManager.h"

#include <cstring>

using namespace mlir;

namespace ingot {

static constexpr llvm::StringLiteral kFoldedName = "folded";
/// Larger results are resources, which can be freed and are not hashed.
static constexpr int64_t kInlineBytes = 4096;

ArrayRef<char> getConstantBytes(ElementsAttr value) {
  if (auto dense = dyn_cast<DenseElementsAttr>(value))
    return dense.getElementType().isInteger(1) ? ArrayRef<char>() : dense.getRawData();
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(value))
    if (AsmResourceBlob *blob = resource.getRawHandle().getBlob())
      return blob->getData();
  return {};
}

static ElementsAttr makeConstant(RankedTensorType type, AsmResourceBlob blob) {
  if (static_cast<int64_t>(blob.getData().size()) <= kInlineBytes)
    return DenseElementsAttr::getFromRawBuffer(type, blob.getData());
  return DenseResourceElementsAttr::get(type, kFoldedName, std::move(blob));
}

void releaseData(ElementsAttr value) {
  auto resource = dyn_cast<DenseResourceElementsAttr>(value);
  if (resource && resource.getRawHandle().getBlob())
    resource.getRawHandle().getResource()->setBlob(HeapAsmResourceBlob::allocate(0, 1));
}

//===----------------------------------------------------------------------===//
// Transposes
//===----------------------------------------------------------------------===//

/// Copies the elements in the order of the result: `strides` are those of the source, in elements, along the result's dimensions.
template <typename T>
static void gatherStrided(const T *source, T *target, ArrayRef<int64_t> shape, ArrayRef<int64_t> strides) {
  if (shape.empty()) {
    *target = *source;
    return;
  }
  int64_t inner = shape.back(), innerStride = strides.back(), total = 1;
  for (int64_t size : shape)
    total *= size;
  SmallVector<int64_t> index(shape.size(), 0);
  int64_t offset = 0;
  for (int64_t done = 0; done < total; done += inner) {
    for (int64_t i = 0; i < inner; ++i)
      target[done + i] = source[offset + i * innerStride];
    for (int64_t dim = static_cast<int64_t>(shape.size()) - 2; dim >= 0; --dim) {
      offset += strides[dim];
      if (++index[dim] < shape[dim])
        break;
      offset -= strides[dim] * shape[dim];
      index[dim] = 0;
    }
  }
}

static ElementsAttr foldTranspose(TransposeOp op) {
  auto constant = op.getX().getDefiningOp<ConstantOp>();
  RankedTensorType from = getTensorType(op.getX()), to = getTensorType(op.getResult());
  if (!constant || !to.hasStaticShape() || to.getNumElements() == 0)
    return {};
  ArrayRef<char> bytes = getConstantBytes(constant.getValue());
  unsigned width = from.getElementTypeBitWidth() / 8;
  if (width == 0 || static_cast<int64_t>(bytes.size()) != from.getNumElements() * width)
    return {}; // a splat, or packed bits
  SmallVector<int64_t> strides(from.getRank(), 1);
  for (int64_t i = from.getRank() - 2; i >= 0; --i)
    strides[i] = strides[i + 1] * from.getDimSize(i + 1);
  strides = permute<int64_t>(strides, op.getPermutation());
  AsmResourceBlob blob = HeapAsmResourceBlob::allocate(bytes.size(), 64);
  auto copy = [&](auto element) {
    using T = decltype(element);
    gatherStrided(reinterpret_cast<const T *>(bytes.data()), reinterpret_cast<T *>(blob.getMutableData().data()), to.getShape(),
                  strides);
  };
  switch (width) {
  case 1:
    copy(uint8_t());
    break;
  case 2:
    copy(uint16_t());
    break;
  case 4:
    copy(uint32_t());
    break;
  case 8:
    copy(uint64_t());
    break;
  default:
    return {};
  }
  MappedFile::releasePages(bytes);
  return makeConstant(to, std::move(blob));
}

//===----------------------------------------------------------------------===//
// Arithmetic with a number, or one for each index along a dimension
//===----------------------------------------------------------------------===//

namespace {

/// f32 elements of an operand, read at `(position / inner) % count`.
struct Channels {
  const float *data = nullptr;
  int64_t inner = 1, count = 1;
};

} // namespace

static std::optional<Channels> readChannels(Value value) {
  RankedTensorType type = getTensorType(value);
  if (!type.hasStaticShape())
    return std::nullopt;
  Value source = value;
  int64_t dim = -1;
  if (auto broadcast = value.getDefiningOp<BroadcastOp>()) {
    source = broadcast.getX();
    for (auto [i, target] : llvm::enumerate(broadcast.getDimensions())) {
      if (getTensorType(source).getDimSize(i) == 1)
        continue;
      if (dim >= 0)
        return std::nullopt;
      dim = target;
    }
  }
  auto constant = source.getDefiningOp<ConstantOp>();
  if (!constant || !getTensorType(source).hasStaticShape())
    return std::nullopt;
  ArrayRef<char> bytes = getConstantBytes(constant.getValue());
  Channels result{reinterpret_cast<const float *>(bytes.data()), 1, static_cast<int64_t>(bytes.size() / sizeof(float))};
  if (result.count == 0 || (result.count != 1 && result.count != getTensorType(source).getNumElements()))
    return std::nullopt;
  if (dim >= 0)
    for (int64_t i = dim + 1; i < type.getRank(); ++i)
      result.inner *= type.getDimSize(i);
  return result;
}

template <typename Function>
static ElementsAttr combine(Operation *op, Function function) {
  RankedTensorType type = getTensorType(op->getResult(0));
  if (!type.getElementType().isF32() || !type.hasStaticShape() || type.getNumElements() == 0)
    return {};
  std::optional<Channels> lhs = readChannels(op->getOperand(0)), rhs = readChannels(op->getOperand(1));
  int64_t total = type.getNumElements();
  if (!lhs || !rhs || (lhs->count != total && rhs->count != total))
    return {};
  AsmResourceBlob blob = HeapAsmResourceBlob::allocate(total * sizeof(float), 64);
  auto *target = reinterpret_cast<float *>(blob.getMutableData().data());
  // Within a run neither operand's index jumps other than by its own stride: one of them has an element for each position.
  int64_t run = std::min(lhs->count == total ? total : lhs->inner, rhs->count == total ? total : rhs->inner);
  auto at = [total](const Channels &channels, int64_t position) {
    return channels.count == total ? position : (position / channels.inner) % channels.count;
  };
  for (int64_t begin = 0; begin < total; begin += run) {
    const float *a = lhs->data + at(*lhs, begin), *b = rhs->data + at(*rhs, begin);
    int64_t stepA = lhs->count == total, stepB = rhs->count == total;
    for (int64_t i = 0, e = std::min(run, total - begin); i < e; ++i)
      target[begin + i] = function(a[i * stepA], b[i * stepB]);
  }
  for (const Channels *side : {&*lhs, &*rhs})
    MappedFile::releasePages({reinterpret_cast<const char *>(side->data), static_cast<size_t>(side->count) * sizeof(float)});
  return makeConstant(type, std::move(blob));
}

ElementsAttr foldWeights(Operation *op) {
  if (auto transpose = dyn_cast<TransposeOp>(op))
    return foldTranspose(transpose);
  if (isa<MulOp>(op))
    return combine(op, [](float a, float b) { return a * b; });
  if (isa<DivOp>(op))
    return combine(op, [](float a, float b) { return a / b; });
  if (isa<AddOp>(op))
    return combine(op, [](float a, float b) { return a + b; });
  if (isa<SubOp>(op))
    return combine(op, [](float a, float b) { return a - b; });
  return {};
}

} // namespace ingot
