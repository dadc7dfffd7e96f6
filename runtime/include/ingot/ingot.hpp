//===- ingot/ingot.hpp - Owning handles for C++ -----------------*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// ingot/runtime.h with destructors and types. No exceptions: everything that can fail returns an ingot_status.
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_INGOT_HPP
#define INGOT_INGOT_HPP

#include "ingot/runtime.h"

#include <initializer_list>

namespace ingot {

template <typename T> struct DTypeOf;
template <> struct DTypeOf<float> { static constexpr ingot_dtype value = INGOT_F32; };
template <> struct DTypeOf<double> { static constexpr ingot_dtype value = INGOT_F64; };
template <> struct DTypeOf<int8_t> { static constexpr ingot_dtype value = INGOT_I8; };
template <> struct DTypeOf<int16_t> { static constexpr ingot_dtype value = INGOT_I16; };
template <> struct DTypeOf<int32_t> { static constexpr ingot_dtype value = INGOT_I32; };
template <> struct DTypeOf<int64_t> { static constexpr ingot_dtype value = INGOT_I64; };
template <> struct DTypeOf<uint8_t> { static constexpr ingot_dtype value = INGOT_U8; };
template <> struct DTypeOf<uint16_t> { static constexpr ingot_dtype value = INGOT_U16; };
template <> struct DTypeOf<uint32_t> { static constexpr ingot_dtype value = INGOT_U32; };
template <> struct DTypeOf<uint64_t> { static constexpr ingot_dtype value = INGOT_U64; };
template <> struct DTypeOf<bool> { static constexpr ingot_dtype value = INGOT_BOOL; };

/// A view of the caller's elements with these dimensions, at most INGOT_MAX_RANK.
template <typename T> ingot_tensor tensor(const T *data, std::initializer_list<int64_t> dims) {
  ingot_tensor result = {};
  result.data = const_cast<T *>(data);
  result.dtype = DTypeOf<T>::value;
  for (int64_t size : dims)
    if (result.rank < INGOT_MAX_RANK)
      result.dims[result.rank++] = size;
  return result;
}

/// The elements of a tensor, null when they are of another type.
template <typename T> T *data(const ingot_tensor &tensor) {
  return tensor.dtype == DTypeOf<T>::value ? static_cast<T *>(tensor.data) : nullptr;
}

/// An open model. Must outlive its contexts.
class Model {
public:
  Model() = default;
  Model(Model &&other) : model(other.model) { other.model = nullptr; }
  Model &operator=(Model &&other) {
    ingot_model *mine = model;
    model = other.model;
    other.model = mine;
    return *this;
  }
  ~Model() { ingot_model_close(model); }

  ingot_status open(const char *path) { return close(), ingot_model_open_file(path, &model); }
  ingot_status open(const void *bytes, size_t size) { return close(), ingot_model_open_memory(bytes, size, &model); }
  ingot_status open(ingot_library_query_fn query) { return close(), ingot_model_open_static(query, &model); }
  void close() { ingot_model_close(model), model = nullptr; }
  ingot_model *get() const { return model; }

private:
  ingot_model *model = nullptr;
};

/// A context, for one thread at a time.
class Context {
public:
  Context() = default;
  Context(Context &&other) : context(other.context) { other.context = nullptr; }
  Context &operator=(Context &&other) {
    ingot_context *mine = context;
    context = other.context;
    other.context = mine;
    return *this;
  }
  ~Context() { ingot_context_destroy(context); }

  ingot_status create(const Model &model, const ingot_context_options *options = nullptr) {
    ingot_context_destroy(context);
    context = nullptr;
    return ingot_context_create(model.get(), options, &context);
  }
  ingot_status run(int32_t function, const ingot_tensor *inputs, int32_t inputCount, ingot_tensor *outputs, int32_t outputCount) {
    return ingot_context_run(context, function, inputs, inputCount, outputs, outputCount);
  }
  ingot_context *get() const { return context; }

private:
  ingot_context *context = nullptr;
};

} // namespace ingot

#endif // INGOT_INGOT_HPP
