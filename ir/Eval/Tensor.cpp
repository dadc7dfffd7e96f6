//===- Tensor.cpp - Values of the evaluator ------------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ir/Eval/Elements.h"

#include "mlir/IR/DialectResourceBlobManager.h"

#include <cstdlib>

using namespace mlir;
using namespace ingot;
using namespace ingot::eval;

// At most as many elements stay inside the IR, where patterns and folds see them.
static constexpr int64_t kDenseElements = 64;
static constexpr size_t kAlignment = 64;

unsigned EvalTensor::getElementBytes(Type elementType) {
  return elementType.isIndex() ? 8 : llvm::divideCeil(elementType.getIntOrFloatBitWidth(), 8);
}

bool EvalTensor::isSupported(Type elementType) {
  if (elementType.isIndex() || elementType.isF64() || elementType.isF32() || elementType.isF16() || elementType.isBF16())
    return true;
  auto integer = dyn_cast<IntegerType>(elementType);
  return integer && llvm::is_contained({1u, 8u, 16u, 32u, 64u}, integer.getWidth());
}

EvalTensor EvalTensor::view(ArrayRef<int64_t> shape, Type elementType, const void *data, std::shared_ptr<const void> owner) {
  EvalTensor result;
  result.shape.assign(shape.begin(), shape.end());
  result.elementType = elementType;
  result.count = product(shape);
  result.elementBytes = getElementBytes(elementType);
  result.storage = std::shared_ptr<const char>(std::move(owner), static_cast<const char *>(data));
  return result;
}

EvalTensor EvalTensor::uninitialized(ArrayRef<int64_t> shape, Type elementType) {
  size_t bytes = llvm::alignTo(std::max<size_t>(product(shape) * getElementBytes(elementType), 1), kAlignment);
  void *memory = std::aligned_alloc(kAlignment, bytes);
  if (!memory)
    llvm::report_bad_alloc_error("no memory for a tensor");
  return view(shape, elementType, memory,
              std::shared_ptr<const void>(memory, [](const void *p) { std::free(const_cast<void *>(p)); }));
}

EvalTensor::EvalTensor(ArrayRef<int64_t> shape, Type elementType) {
  *this = uninitialized(shape, elementType);
  std::memset(bytes(), 0, getNumBytes());
}

EvalTensor EvalTensor::scalar(Type type, double value) {
  EvalTensor result = uninitialized({}, type);
  result.setDouble(0, value);
  return result;
}

EvalTensor EvalTensor::scalar(Type type, int64_t value) {
  EvalTensor result = uninitialized({}, type);
  result.setInt(0, value);
  return result;
}

EvalTensor EvalTensor::index(MLIRContext *context, int64_t value) {
  return scalar(IndexType::get(context), value);
}

//===--- Attributes --------------------------------------------------------===//

static EvalTensor fromDense(DenseElementsAttr dense) {
  auto type = dense.getType();
  Type element = type.getElementType();
  // Bits are packed in the attribute and bytes here; a splat is stored once.
  if (element.isInteger(1)) {
    EvalTensor result = EvalTensor::uninitialized(type.getShape(), element);
    char *out = result.bytes();
    for (bool value : dense.getValues<bool>())
      *out++ = value;
    return result;
  }
  ArrayRef<char> raw = dense.getRawData();
  if (!dense.isSplat())
    return EvalTensor::view(type.getShape(), element, raw.data(), nullptr);
  EvalTensor one = EvalTensor::view({}, element, raw.data(), nullptr);
  return strided(one, type.getShape(), SmallVector<int64_t>(type.getRank(), 0));
}

FailureOr<EvalTensor> EvalTensor::fromAttribute(Attribute attribute) {
  if (auto integer = dyn_cast_if_present<IntegerAttr>(attribute)) {
    if (!isSupported(integer.getType()))
      return failure();
    const APInt &value = integer.getValue();
    bool isSigned = !integer.getType().isInteger(1) && !integer.getType().isUnsignedInteger();
    return scalar(integer.getType(), isSigned ? value.getSExtValue() : static_cast<int64_t>(value.getZExtValue()));
  }
  if (auto real = dyn_cast_if_present<FloatAttr>(attribute)) {
    if (!isSupported(real.getType()))
      return failure();
    return scalar(real.getType(), real.getValueAsDouble());
  }
  auto elements = dyn_cast_if_present<ElementsAttr>(attribute);
  if (!elements || !isSupported(elements.getElementType()))
    return failure();
  if (auto dense = dyn_cast<DenseElementsAttr>(attribute))
    return fromDense(dense);
  auto resource = dyn_cast<DenseResourceElementsAttr>(attribute);
  if (!resource)
    return failure();
  auto shaped = resource.getType();
  AsmResourceBlob *blob = resource.getRawHandle().getBlob();
  size_t size = static_cast<size_t>(shaped.getNumElements()) * getElementBytes(shaped.getElementType());
  if (!blob || blob->getData().size() < size)
    return failure();
  const char *data = blob->getData().data();
  if (reinterpret_cast<uintptr_t>(data) % getElementBytes(shaped.getElementType()) == 0)
    return view(shaped.getShape(), shaped.getElementType(), data, nullptr);
  EvalTensor result = uninitialized(shaped.getShape(), shaped.getElementType());
  std::memcpy(result.bytes(), data, size);
  return result;
}

// Whether all elements have the bytes of the first: whether a tensor equals itself shifted by one element.
static bool isSplat(const EvalTensor &tensor) {
  size_t bytes = tensor.getNumBytes(), element = tensor.getElementBytes();
  return bytes > 0 && std::memcmp(tensor.bytes(), tensor.bytes() + element, bytes - element) == 0;
}

ElementsAttr EvalTensor::toElements() const {
  RankedTensorType type = getType();
  bool splat = isSplat(*this);
  if (elementType.isInteger(1) && (splat || count <= kDenseElements)) {
    SmallVector<bool> bits;
    for (int64_t i = 0; i < (splat ? 1 : count); ++i)
      bits.push_back(bytes()[i] != 0);
    return DenseElementsAttr::get(type, ArrayRef<bool>(bits));
  }
  if (splat || count <= kDenseElements)
    return DenseElementsAttr::getFromRawBuffer(type, ArrayRef<char>(bytes(), splat ? elementBytes : getNumBytes()));
  return DenseResourceElementsAttr::get(
      type, "folded", HeapAsmResourceBlob::allocateAndCopyWithAlign(ArrayRef<char>(bytes(), getNumBytes()), kAlignment));
}

Attribute EvalTensor::toAttribute(Type type) const {
  if (isa<TensorType>(type))
    return toElements();
  if (isa<FloatType>(type))
    return FloatAttr::get(type, getDouble(0));
  if (type.isIndex())
    return IntegerAttr::get(type, getInt(0));
  return IntegerAttr::get(type,
                          APInt(type.getIntOrFloatBitWidth(), static_cast<uint64_t>(getInt(0)), false, /*implicitTrunc=*/true));
}

//===--- Elements ----------------------------------------------------------===//

namespace {
template <typename C> C getAs(const EvalTensor &tensor, int64_t i) {
  return dispatch(tensor.getElementType(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    return convert<C>(tensor.data<T>()[i]);
  });
}

template <typename C> void setFrom(EvalTensor &tensor, int64_t i, C value) {
  dispatch(tensor.getElementType(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    tensor.data<T>()[i] = convert<T>(value);
  });
}

template <typename C> void loadAs(const EvalTensor &tensor, int64_t first, int64_t count, C *out) {
  dispatch(tensor.getElementType(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    const T *from = tensor.data<T>() + first;
    for (int64_t i = 0; i < count; ++i)
      out[i] = convert<C>(from[i]);
  });
}

template <typename C> void storeAs(EvalTensor &tensor, int64_t first, int64_t count, const C *values) {
  dispatch(tensor.getElementType(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    T *to = tensor.data<T>() + first;
    for (int64_t i = 0; i < count; ++i)
      to[i] = convert<T>(values[i]);
  });
}
} // namespace

double EvalTensor::getDouble(int64_t i) const {
  return getAs<double>(*this, i);
}
int64_t EvalTensor::getInt(int64_t i) const {
  return getAs<int64_t>(*this, i);
}
void EvalTensor::setDouble(int64_t i, double value) {
  setFrom(*this, i, value);
}
void EvalTensor::setInt(int64_t i, int64_t value) {
  setFrom(*this, i, value);
}

void eval::load(const EvalTensor &tensor, int64_t first, int64_t count, double *out) {
  loadAs(tensor, first, count, out);
}
void eval::load(const EvalTensor &tensor, int64_t first, int64_t count, int64_t *out) {
  loadAs(tensor, first, count, out);
}
void eval::load(const EvalTensor &tensor, int64_t first, int64_t count, uint64_t *out) {
  loadAs(tensor, first, count, out);
}
void eval::store(EvalTensor &tensor, int64_t first, int64_t count, const double *values) {
  storeAs(tensor, first, count, values);
}
void eval::store(EvalTensor &tensor, int64_t first, int64_t count, const int64_t *values) {
  storeAs(tensor, first, count, values);
}
void eval::store(EvalTensor &tensor, int64_t first, int64_t count, const uint64_t *values) {
  storeAs(tensor, first, count, values);
}

EvalTensor EvalTensor::reshaped(ArrayRef<int64_t> newShape) const {
  assert(product(newShape) == count && "as many elements");
  EvalTensor result = *this;
  result.shape.assign(newShape.begin(), newShape.end());
  return result;
}

EvalTensor EvalTensor::retyped(Type newElementType) const {
  assert(getElementBytes(newElementType) == elementBytes && "elements of the same width");
  EvalTensor result = *this;
  result.elementType = newElementType;
  return result;
}

EvalTensor EvalTensor::converted(Type newElementType) const {
  if (newElementType == elementType)
    return *this;
  EvalTensor result = uninitialized(shape, newElementType);
  dispatch(elementType, [&](auto fromTag) {
    using From = typename decltype(fromTag)::type;
    dispatch(newElementType, [&](auto toTag) {
      using To = typename decltype(toTag)::type;
      const From *from = data<From>();
      To *to = result.data<To>();
      for (int64_t i = 0; i < count; ++i)
        to[i] = convert<To>(from[i]);
    });
  });
  return result;
}

EvalTensor EvalTensor::copied() const {
  EvalTensor result = uninitialized(shape, elementType);
  std::memcpy(result.bytes(), bytes(), getNumBytes());
  return result;
}

//===--- Shapes and moved elements -----------------------------------------===//

int64_t eval::product(ArrayRef<int64_t> sizes) {
  int64_t result = 1;
  for (int64_t size : sizes)
    result *= size;
  return result;
}

SmallVector<int64_t> eval::rowMajorStrides(ArrayRef<int64_t> shape) {
  SmallVector<int64_t> strides(shape.size(), 1);
  for (int64_t dim = static_cast<int64_t>(shape.size()) - 2; dim >= 0; --dim)
    strides[dim] = strides[dim + 1] * shape[dim + 1];
  return strides;
}

std::string eval::describe(ArrayRef<int64_t> shape) {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << "[";
  llvm::interleaveComma(shape, os);
  os << "]";
  return text;
}

EvalTensor eval::strided(const EvalTensor &x, ArrayRef<int64_t> shape, ArrayRef<int64_t> strides, int64_t start) {
  EvalTensor result = EvalTensor::uninitialized(shape, x.getElementType());
  dispatchBytes(x.getElementBytes(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    const T *from = x.data<T>();
    T *to = result.data<T>();
    forEachRow(shape, strides, start, [&](int64_t offset, int64_t stride, int64_t count) {
      if (stride == 1) {
        std::memcpy(to, from + offset, count * sizeof(T));
      } else {
        for (int64_t i = 0; i < count; ++i)
          to[i] = from[offset + i * stride];
      }
      to += count;
    });
  });
  return result;
}

EvalTensor eval::transposed(const EvalTensor &x, ArrayRef<int64_t> permutation) {
  SmallVector<int64_t> strides = rowMajorStrides(x.getShape()), shape, moved;
  // Dimensions of size 1 may go anywhere without an element moving.
  int64_t last = -1;
  bool inOrder = true;
  for (int64_t dim : permutation) {
    shape.push_back(x.getDimSize(dim));
    moved.push_back(strides[dim]);
    if (x.getDimSize(dim) == 1)
      continue;
    inOrder &= dim > last;
    last = dim;
  }
  return inOrder ? x.reshaped(shape) : strided(x, shape, moved);
}

EvalTensor eval::select(const EvalTensor &x, ArrayRef<std::vector<int64_t>> indices, const EvalTensor &fill) {
  SmallVector<int64_t> shape, strides = rowMajorStrides(x.getShape());
  for (const std::vector<int64_t> &list : indices)
    shape.push_back(list.size());
  EvalTensor result = EvalTensor::uninitialized(shape, x.getElementType());
  dispatchBytes(x.getElementBytes(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    const T *from = x.data<T>();
    T *to = result.data<T>();
    T other = fill ? *fill.data<T>() : T(0);
    if (shape.empty()) {
      *to = *from;
      return;
    }
    auto outer = ArrayRef<int64_t>(shape).drop_back();
    forEachIndex(result.getNumElements() == 0 ? ArrayRef<int64_t>(shape) : outer, [&](ArrayRef<int64_t> index) {
      int64_t base = 0;
      bool inside = true;
      for (auto [dim, i] : llvm::enumerate(index)) {
        int64_t at = indices[dim][i];
        inside &= at >= 0;
        base += at * strides[dim];
      }
      for (int64_t at : indices.back())
        *to++ = inside && at >= 0 ? from[base + at * strides.back()] : other;
    });
  });
  return result;
}

void eval::writeStrided(EvalTensor &x, const EvalTensor &update, ArrayRef<int64_t> strides, int64_t start) {
  dispatchBytes(x.getElementBytes(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    const T *from = update.data<T>();
    T *to = x.data<T>();
    forEachRow(update.getShape(), strides, start, [&](int64_t offset, int64_t stride, int64_t count) {
      for (int64_t i = 0; i < count; ++i)
        to[offset + i * stride] = *from++;
    });
  });
}

// Checks that a slice lies in x; gives its strides and where it starts.
static LogicalResult locateSlice(EvalState &state, const EvalTensor &x, ArrayRef<int64_t> offsets, ArrayRef<int64_t> sizes,
                                 ArrayRef<int64_t> steps, SmallVectorImpl<int64_t> &strides, int64_t &start) {
  SmallVector<int64_t> own = rowMajorStrides(x.getShape());
  bool empty = llvm::is_contained(sizes, 0);
  start = 0;
  for (int64_t dim = 0; dim < x.getRank(); ++dim) {
    int64_t size = x.getDimSize(dim), first = offsets[dim], last = first + (sizes[dim] - 1) * steps[dim];
    if (!empty && (first < 0 || first >= size || last < 0 || last >= size))
      return state.error("elements " + Twine(first) + " to " + Twine(last) + " of dimension " + Twine(dim) + " of size " +
                         Twine(size) + " do not exist");
    strides.push_back(own[dim] * steps[dim]);
    start += own[dim] * first;
  }
  return success();
}

FailureOr<EvalTensor> eval::slice(EvalState &state, const EvalTensor &x, ArrayRef<int64_t> offsets, ArrayRef<int64_t> sizes,
                                  ArrayRef<int64_t> steps) {
  SmallVector<int64_t> strides;
  int64_t start;
  if (failed(state.checkShape(sizes)) || failed(locateSlice(state, x, offsets, sizes, steps, strides, start)))
    return failure();
  return strided(x, sizes, strides, start);
}

FailureOr<EvalTensor> eval::updateSlice(EvalState &state, const EvalTensor &x, const EvalTensor &update, ArrayRef<int64_t> offsets,
                                        ArrayRef<int64_t> sizes, ArrayRef<int64_t> steps) {
  SmallVector<int64_t> strides;
  int64_t start;
  if (failed(state.checkShape(sizes)) || failed(locateSlice(state, x, offsets, sizes, steps, strides, start)))
    return failure();
  if (product(sizes) != update.getNumElements())
    return state.error("an update of shape " + describe(update.getShape()) + " does not fit a slice of " + describe(sizes));
  EvalTensor result = x.copied();
  writeStrided(result, update.reshaped(sizes), strides, start);
  return result;
}

FailureOr<EvalTensor> eval::concatenate(EvalState &state, ArrayRef<EvalTensor> inputs, int64_t axis) {
  SmallVector<int64_t> shape(inputs[0].getShape());
  shape[axis] = 0;
  for (const EvalTensor &input : inputs) {
    SmallVector<int64_t> other(input.getShape());
    int64_t size = std::exchange(other[axis], shape[axis]);
    if (other != shape)
      return state.error("tensors of shapes " + describe(inputs[0].getShape()) + " and " + describe(input.getShape()) +
                         " cannot be joined along dimension " + Twine(axis));
    shape[axis] += size;
  }
  EvalTensor result = EvalTensor::uninitialized(shape, inputs[0].getElementType());
  AxisLoops loops(shape, axis);
  int64_t element = result.getElementBytes(), row = loops.size * loops.inner * element, begin = 0;
  for (const EvalTensor &input : inputs) {
    int64_t part = input.getDimSize(axis) * loops.inner * element;
    for (int64_t i = 0; i < loops.outer; ++i)
      std::memcpy(result.bytes() + i * row + begin, input.bytes() + i * part, part);
    begin += part;
  }
  return result;
}
