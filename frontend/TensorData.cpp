//===- TensorData.cpp - ONNX tensors as attributes ----------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "frontend/TensorData.h"

#include "frontend/proto/onnx.pb.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectResourceBlobManager.h"

#include <cstring>

using namespace mlir;
using onnx::TensorProto;

namespace ingot {

int narrowBitsOf(int64_t onnxType) {
  if (onnxType == TensorProto::INT4 || onnxType == TensorProto::UINT4)
    return 4;
  return onnxType == TensorProto::INT2 || onnxType == TensorProto::UINT2 ? 2 : 0;
}

Type elementTypeFor(MLIRContext *context, int64_t onnxType) {
  Builder b(context);
  auto unsignedType = [&](unsigned width) { return IntegerType::get(context, width, IntegerType::Unsigned); };
  switch (onnxType) {
  case TensorProto::FLOAT:
    return b.getF32Type();
  case TensorProto::DOUBLE:
    return b.getF64Type();
  case TensorProto::FLOAT16:
    return b.getF16Type();
  case TensorProto::BFLOAT16:
    return b.getBF16Type();
  case TensorProto::BOOL:
    return b.getI1Type();
  case TensorProto::INT8:
  case TensorProto::INT4:
  case TensorProto::INT2:
    return b.getI8Type();
  case TensorProto::INT16:
    return b.getI16Type();
  case TensorProto::INT32:
    return b.getI32Type();
  case TensorProto::INT64:
    return b.getI64Type();
  case TensorProto::UINT8:
  case TensorProto::UINT4:
  case TensorProto::UINT2:
    return unsignedType(8);
  case TensorProto::UINT16:
    return unsignedType(16);
  case TensorProto::UINT32:
    return unsignedType(32);
  case TensorProto::UINT64:
    return unsignedType(64);
  default:
    return {};
  }
}

std::string onnxTypeName(int64_t onnxType) {
  if (onnxType >= 0 && onnxType <= INT_MAX && TensorProto::DataType_IsValid(static_cast<int>(onnxType)))
    return TensorProto::DataType_Name(static_cast<TensorProto::DataType>(onnxType));
  return "type " + std::to_string(onnxType);
}

static unsigned bytesOf(Type elementType) { return elementType.isInteger(1) ? 1 : elementType.getIntOrFloatBitWidth() / 8; }

static std::string label(const TensorProto &tensor) { return tensor.name().empty() ? "a tensor" : "tensor '" + tensor.name() + "'"; }

/// Elements of 2 or 4 bits, the first in the low bits of a byte.
static std::vector<char> unpack(ArrayRef<char> data, int64_t count, unsigned bits, bool isSigned) {
  std::vector<char> out(count);
  for (int64_t i = 0; i < count; ++i) {
    unsigned perByte = 8 / bits;
    auto value = static_cast<unsigned char>(data[i / perByte]) >> (i % perByte * bits) & ((1u << bits) - 1);
    out[i] = static_cast<char>(isSigned && value >> (bits - 1) ? int(value) - (1 << bits) : int(value));
  }
  return out;
}

/// Element i of a field for narrow integers goes to its width.
template <typename T, typename Field>
static std::vector<char> pack(const Field &field) {
  std::vector<char> out(field.size() * sizeof(T));
  for (int i = 0; i < field.size(); ++i) {
    T value = static_cast<T>(field.Get(i));
    std::memcpy(out.data() + i * sizeof(T), &value, sizeof(T));
  }
  return out;
}

/// The typed field that holds this data type.
static std::vector<char> packTyped(const TensorProto &tensor) {
  switch (tensor.data_type()) {
  case TensorProto::FLOAT:
    return pack<float>(tensor.float_data());
  case TensorProto::DOUBLE:
    return pack<double>(tensor.double_data());
  case TensorProto::INT64:
    return pack<int64_t>(tensor.int64_data());
  case TensorProto::UINT64:
    return pack<uint64_t>(tensor.uint64_data());
  case TensorProto::UINT32:
    return pack<uint32_t>(tensor.uint64_data());
  case TensorProto::INT32:
    return pack<int32_t>(tensor.int32_data());
  case TensorProto::INT16:
  case TensorProto::UINT16:
  case TensorProto::FLOAT16:
  case TensorProto::BFLOAT16:
    return pack<uint16_t>(tensor.int32_data());
  default:
    return pack<uint8_t>(tensor.int32_data());
  }
}

/// An attribute of these bytes. Short and uniform ones are stored inline; others refer to `owner`'s bytes.
static ElementsAttr makeElements(RankedTensorType type, ArrayRef<char> data, std::shared_ptr<const void> owner, StringRef name) {
  int64_t count = type.getNumElements();
  unsigned width = bytesOf(type.getElementType());
  if (type.getElementType().isInteger(1)) {
    SmallVector<bool> values;
    for (char c : data)
      values.push_back(c != 0);
    return DenseElementsAttr::get(type, values);
  }
  bool uniform = count > 0 && std::memcmp(data.data(), data.data() + width, data.size() - width) == 0;
  if (uniform)
    return DenseElementsAttr::getFromRawBuffer(type, data.take_front(width));
  if (count <= kInlineElements)
    return DenseElementsAttr::getFromRawBuffer(type, data);
  AsmResourceBlob blob =
      owner ? UnmanagedAsmResourceBlob::allocateWithAlign(data, 1, [owner](void *, size_t, size_t) mutable { owner.reset(); })
            : HeapAsmResourceBlob::allocateAndCopyWithAlign(data, 64, /*dataIsMutable=*/false);
  return DenseResourceElementsAttr::get(type, name.empty() ? "constant" : name, std::move(blob));
}

Status toElements(Model &model, const TensorProto &tensor, MLIRContext *context, int64_t maxBytes, ElementsAttr &out) {
  auto refuse = [&](const Twine &why) { return Status::badInput(label(tensor) + " " + why); };
  Type elementType = elementTypeFor(context, tensor.data_type());
  if (!elementType)
    return Status::unsupported(label(tensor) + " has elements of " + onnxTypeName(tensor.data_type()) + ", which is not supported");
  if (tensor.has_segment())
    return Status::unsupported(label(tensor) + " is stored in segments, which is not supported");

  int64_t count = 1, width = bytesOf(elementType);
  for (int64_t dim : tensor.dims()) {
    if (dim < 0)
      return refuse("has the negative size " + Twine(dim));
    if (__builtin_mul_overflow(count, dim, &count))
      return refuse("has sizes whose product does not fit in 64 bits");
  }
  if (tensor.dims_size() > 64)
    return refuse("has " + Twine(tensor.dims_size()) + " dimensions");
  int64_t byteSize;
  if (__builtin_mul_overflow(count, width, &byteSize) || byteSize > maxBytes)
    return refuse("has " + Twine(count) + " elements, more than the limit of " + Twine(maxBytes) + " bytes allows");

  int fields = (tensor.float_data_size() > 0) + (tensor.int32_data_size() > 0) + (tensor.int64_data_size() > 0) +
               (tensor.double_data_size() > 0) + (tensor.uint64_data_size() > 0) + (tensor.string_data_size() > 0);
  bool raw = tensor.has_raw_data() || tensor.has_mapped_offset(), external = tensor.data_location() == TensorProto::EXTERNAL;
  if (fields + raw + external > 1)
    return refuse("has data in more than one field");

  unsigned bits = 0;
  if (tensor.data_type() == TensorProto::INT4 || tensor.data_type() == TensorProto::UINT4)
    bits = 4;
  if (tensor.data_type() == TensorProto::INT2 || tensor.data_type() == TensorProto::UINT2)
    bits = 2;
  int64_t stored = bits ? (count * bits + 7) / 8 : byteSize;

  TensorBytes bytes;
  std::vector<char> typed;
  if (fields) {
    typed = packTyped(tensor);
    bytes.data = typed;
  } else if (Status status = model.getBytes(tensor, bytes); !status.ok()) {
    return status;
  }
  if (static_cast<int64_t>(bytes.data.size()) != stored)
    return refuse("has " + Twine(bytes.data.size()) + " bytes of data where its type and sizes ask for " + Twine(stored));

  if (bits) {
    bool isSigned = tensor.data_type() == TensorProto::INT4 || tensor.data_type() == TensorProto::INT2;
    typed = unpack(bytes.data, count, bits, isSigned);
    bytes = {typed, nullptr};
  }
  auto type = RankedTensorType::get(ArrayRef<int64_t>(tensor.dims().data(), tensor.dims_size()), elementType);
  out = makeElements(type, bytes.data, bytes.owner, tensor.name());
  return Status::success();
}

Status toElements(Model &model, const onnx::SparseTensorProto &tensor, MLIRContext *context, int64_t maxBytes, ElementsAttr &out) {
  auto refuse = [&](const Twine &why) { return Status::badInput("sparse " + label(tensor.values()) + " " + why); };
  ElementsAttr values, indices;
  if (Status status = toElements(model, tensor.values(), context, maxBytes, values); !status.ok())
    return status;
  if (Status status = toElements(model, tensor.indices(), context, maxBytes, indices); !status.ok())
    return status;
  int64_t count = 1;
  for (int64_t dim : tensor.dims())
    if (dim < 0 || __builtin_mul_overflow(count, dim, &count))
      return refuse("has sizes that are negative or too large");
  Type elementType = values.getElementType();
  int64_t width = bytesOf(elementType), rank = tensor.dims_size(), given = values.getNumElements();
  if (count > maxBytes / width)
    return refuse("has " + Twine(count) + " elements, more than the limit of " + Twine(maxBytes) + " bytes allows");
  auto indexType = cast<ShapedType>(indices.getType());
  bool linear = indexType.getRank() == 1;
  if (cast<ShapedType>(values.getType()).getRank() != 1 || !indexType.getElementType().isInteger(64) ||
      (linear ? indexType.getDimSize(0) != given
              : indexType.getRank() != 2 || indexType.getDimSize(0) != given || indexType.getDimSize(1) != rank))
    return refuse("has values and indices that do not go together");

  SmallVector<int64_t> positions = readInts(indices);
  std::vector<char> dense(count * width);
  ArrayRef<char> data;
  std::vector<char> packed;
  TensorBytes bytes;
  if (tensor.values().has_raw_data() || tensor.values().has_mapped_offset() || tensor.values().data_location() == TensorProto::EXTERNAL) {
    if (Status status = model.getBytes(tensor.values(), bytes); !status.ok())
      return status;
    data = bytes.data;
  } else {
    packed = packTyped(tensor.values());
    data = packed;
  }
  if (static_cast<int64_t>(data.size()) != given * width)
    return Status::unsupported("sparse " + label(tensor.values()) + " has packed elements, which is not supported");
  int64_t last = -1;
  for (int64_t i = 0; i < given; ++i) {
    int64_t position = linear ? positions[i] : 0;
    for (int64_t d = 0; !linear && d < rank; ++d) {
      int64_t index = positions[i * rank + d];
      if (index < 0 || index >= tensor.dims(d))
        return refuse("has an index out of range");
      position = position * tensor.dims(d) + index;
    }
    if (position <= last || position >= count)
      return refuse("has indices that are not sorted or out of range");
    last = position;
    std::memcpy(dense.data() + position * width, data.data() + i * width, width);
  }
  auto type = RankedTensorType::get(ArrayRef<int64_t>(tensor.dims().data(), tensor.dims_size()), elementType);
  out = makeElements(type, dense, nullptr, tensor.values().name());
  return Status::success();
}

Status readTensorFile(const std::string &path, MLIRContext *context, ElementsAttr &out) {
  std::shared_ptr<MappedFile> file;
  if (Status status = MappedFile::open(path, file); !status.ok())
    return status;
  TensorProto tensor;
  if (!tensor.ParseFromArray(file->bytes().data(), static_cast<int>(file->bytes().size())))
    return Status::badInput("'" + path + "' does not hold a tensor");
  return toElements(*Model::empty(), tensor, context, INT64_MAX, out);
}

/// Calls `visit` with each element as APInt or APFloat.
template <typename Visit>
static void visitElements(ElementsAttr attr, Visit visit) {
  Type elementType = attr.getElementType();
  if (auto dense = dyn_cast<DenseElementsAttr>(attr)) {
    if (isa<FloatType>(elementType))
      for (APFloat value : dense.getValues<APFloat>())
        visit(APInt(), &value);
    else
      for (APInt value : dense.getValues<APInt>())
        visit(value, nullptr);
    return;
  }
  auto resource = dyn_cast<DenseResourceElementsAttr>(attr);
  AsmResourceBlob *blob = resource ? resource.getRawHandle().getBlob() : nullptr;
  if (!blob)
    return;
  unsigned width = bytesOf(elementType);
  ArrayRef<char> data = blob->getData();
  for (size_t i = 0; i + width <= data.size(); i += width) {
    uint64_t bits = 0;
    std::memcpy(&bits, data.data() + i, width);
    APInt value(width * 8, bits);
    if (auto floatType = dyn_cast<FloatType>(elementType)) {
      APFloat number(floatType.getFloatSemantics(), value);
      visit(APInt(), &number);
    } else {
      visit(value, nullptr);
    }
  }
}

SmallVector<int64_t> readInts(ElementsAttr attr) {
  SmallVector<int64_t> out;
  out.reserve(attr.getNumElements());
  bool isUnsigned = attr.getElementType().isUnsignedInteger() || attr.getElementType().isInteger(1);
  visitElements(attr, [&](const APInt &value, const APFloat *number) {
    if (number) {
      APSInt integer(64, /*isUnsigned=*/false);
      bool exact;
      number->convertToInteger(integer, APFloat::rmTowardZero, &exact);
      out.push_back(integer.getSExtValue());
    } else {
      out.push_back(isUnsigned ? static_cast<int64_t>(value.getZExtValue()) : value.getSExtValue());
    }
  });
  return out;
}

SmallVector<double> readFloats(ElementsAttr attr) {
  SmallVector<double> out;
  out.reserve(attr.getNumElements());
  bool isUnsigned = attr.getElementType().isUnsignedInteger() || attr.getElementType().isInteger(1);
  visitElements(attr, [&](const APInt &value, const APFloat *number) {
    if (number) {
      APFloat wide = *number;
      bool loses;
      wide.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven, &loses);
      out.push_back(wide.convertToDouble());
    } else {
      out.push_back(isUnsigned ? static_cast<double>(value.getZExtValue()) : static_cast<double>(value.getSExtValue()));
    }
  });
  return out;
}

} // namespace ingot
