//===- Dataset.cpp - Examples from arrays by name --------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "utils/ingot/Dataset.h"

#include "llvm/ADT/StringExtras.h"

#include <cstring>
#include <numeric>
#include <random>

using namespace llvm;

namespace ingot {
namespace {

// The elements of `array` as numbers of type `To`.
template <typename To, typename From>
void convertAll(const NpzArray &array, NpzArray &result) {
  auto *from = reinterpret_cast<const From *>(array.data);
  auto *to = reinterpret_cast<To *>(result.data);
  for (uint64_t i = 0, n = array.bytes / sizeof(From); i < n; ++i)
    to[i] = static_cast<To>(from[i]);
}

template <typename To>
bool convertTo(const NpzArray &array, NpzArray &result) {
  switch (array.dtype) {
  case INGOT_F32: convertAll<To, float>(array, result); return true;
  case INGOT_F64: convertAll<To, double>(array, result); return true;
  case INGOT_U8: case INGOT_BOOL: convertAll<To, uint8_t>(array, result); return true;
  case INGOT_I8: convertAll<To, int8_t>(array, result); return true;
  case INGOT_U16: convertAll<To, uint16_t>(array, result); return true;
  case INGOT_I16: convertAll<To, int16_t>(array, result); return true;
  case INGOT_U32: convertAll<To, uint32_t>(array, result); return true;
  case INGOT_I32: convertAll<To, int32_t>(array, result); return true;
  case INGOT_U64: convertAll<To, uint64_t>(array, result); return true;
  case INGOT_I64: convertAll<To, int64_t>(array, result); return true;
  default: return false;
  }
}

bool isFloat(int32_t dtype) { return dtype == INGOT_F32 || dtype == INGOT_F64 || dtype == INGOT_F16 || dtype == INGOT_BF16; }

// Numbers become floats, and integers other integers; floats do not become integers, which would hide a mistake.
bool convert(NpzArray &array, int32_t dtype) {
  if (array.dtype == dtype)
    return true;
  if (isFloat(array.dtype) && !isFloat(dtype))
    return false;
  NpzArray result;
  result.name = array.name;
  result.dtype = dtype;
  result.dims = array.dims;
  int64_t elements = std::accumulate(array.dims.begin(), array.dims.end(), int64_t(1), std::multiplies<>());
  if (!result.allocate(uint64_t(elements * ingot_dtype_bytes(dtype))))
    return false;
  bool known = dtype == INGOT_F32   ? convertTo<float>(array, result)
               : dtype == INGOT_F64 ? convertTo<double>(array, result)
               : dtype == INGOT_I64 ? convertTo<int64_t>(array, result)
               : dtype == INGOT_I32 ? convertTo<int32_t>(array, result)
                                    : false;
  if (known)
    array = std::move(result);
  return known;
}

std::string describe(const ingot_tensor_info &info) {
  return std::string(ingot_dtype_name(info.dtype)) + " " + formatDims(ArrayRef(info.dims, size_t(info.rank)), info.symbols);
}

} // namespace

Outcome Dataset::load(StringRef path, const ingot_model *model, int32_t function) {
  std::vector<NpzArray> arrays;
  if (Status status = readNpz(path, arrays); !status.ok())
    return fail(status);
  ingot_function_info info;
  if (ingot_status status = ingot_model_function(model, function, &info))
    return fail(status);
  std::vector<ingot_tensor_info> inputs(size_t(info.input_count));
  std::vector<std::string> names;
  for (const NpzArray &array : arrays)
    names.push_back("'" + array.name + "'");
  std::map<int64_t, int> sizes; // first sizes, and how many arrays have them
  for (int32_t i = 0; i < info.input_count; ++i) {
    ingot_tensor_info &input = inputs[size_t(i)];
    if (ingot_status status = ingot_model_input(model, function, i, &input))
      return fail(status);
    auto found = llvm::find_if(arrays, [&](const NpzArray &array) { return array.name == input.name; });
    if (found == arrays.end())
      return fail(Outcome::BadInput, Twine(path) + " has no array '" + input.name + "' (" + describe(input) + "); it has " +
                                         (names.empty() ? "none" : join(names, ", ")));
    Column &column = columns.emplace_back();
    column.array = std::move(*found);
    column.array.name = input.name;
    found->name.clear();
    bool fits = column.array.dims.size() == size_t(input.rank);
    for (int32_t d = 1; fits && d < input.rank; ++d)
      fits = input.dims[d] < 0 || input.dims[d] == column.array.dims[size_t(d)];
    if (!fits)
      return fail(Outcome::BadInput, "array '" + Twine(input.name) + "' in " + path + " is " + formatDims(column.array.dims) + ", not " +
                                         describe(input));
    if (!convert(column.array, input.dtype))
      return fail(Outcome::BadInput, "array '" + Twine(input.name) + "' in " + path + " holds " + ingot_dtype_name(column.array.dtype) +
                                         ", which does not become " + ingot_dtype_name(input.dtype));
    if (input.rank == 0 || (input.dims[0] >= 0 && input.dims[0] == column.array.dims[0] &&
                            std::all_of(input.dims, input.dims + input.rank, [](int64_t d) { return d >= 0; })))
      column.isWhole = true;
    else
      ++sizes[column.array.dims[0]];
  }
  // Everything has the sizes of one batch already: that is one example after another, as it stands.
  if (sizes.empty()) {
    count = columns.empty() ? 0 : 1;
    fixed = 1;
    tensors.resize(columns.size());
    return Outcome::Ok;
  }
  if (sizes.size() > 1)
    return fail(Outcome::BadInput, "the arrays in " + Twine(path) + " have different numbers of examples: " + Twine(sizes.begin()->first) +
                                       " and " + Twine(sizes.rbegin()->first));
  count = sizes.begin()->first;
  if (count == 0)
    return fail(Outcome::BadInput, Twine(path) + " has no examples");
  ingot_training_info training;
  if (ingot_status status = ingot_model_training(model, &training))
    return fail(status);
  auto isOpen = [](auto pair) { auto &[column, input] = pair; return !column.isWhole && input.dims[0] < 0; };
  bool hasOpenBatch = llvm::any_of(llvm::zip(columns, inputs), isOpen);
  for (auto [column, input] : llvm::zip(columns, inputs)) {
    // A whole array that has as many rows as there are examples has one for each, unless the batch is open: then labels without an open size
    // (weights of classes) have nothing to do with it.
    if (column.isWhole && input.rank > 0 && column.array.dims[0] == count) {
      bool isLabel = ingot_model_find_input(model, training.infer, input.name) < 0;
      if (hasOpenBatch && !isLabel)
        return fail(Outcome::BadInput, "array '" + Twine(input.name) + "' in " + path + " is " + formatDims(column.array.dims) + ": one for each of the " +
                                           Twine(count) + " examples, or one for all? Leave its first size open in the model, or give more examples");
      column.isWhole = hasOpenBatch;
    }
    if (!column.isWhole) {
      column.rowBytes = int64_t(column.array.bytes) / count;
      if (input.dims[0] > 0)
        fixed = input.dims[0];
    }
  }
  tensors.resize(columns.size());
  return Outcome::Ok;
}

ArrayRef<ingot_tensor> Dataset::batch(ArrayRef<int64_t> rows) {
  for (auto [column, tensor] : llvm::zip(columns, tensors)) {
    tensor = tensorOf(column.array);
    if (column.isWhole)
      continue;
    column.batch.resize(size_t(column.rowBytes) * rows.size() + 1);
    for (auto [i, row] : llvm::enumerate(rows))
      std::memcpy(column.batch.data() + i * size_t(column.rowBytes), column.array.data + row * column.rowBytes, size_t(column.rowBytes));
    tensor.data = column.batch.data();
    tensor.dims[0] = int64_t(rows.size());
    tensor.bytes = column.rowBytes * int64_t(rows.size());
  }
  return tensors;
}

std::vector<int64_t> shuffledOrder(int64_t count, uint64_t seed, int64_t epoch) {
  std::vector<int64_t> order(static_cast<size_t>(count));
  std::iota(order.begin(), order.end(), 0);
  std::seed_seq mixed{uint32_t(seed), uint32_t(seed >> 32), uint32_t(epoch), 0x6f726465u};
  std::mt19937_64 random(mixed);
  // Not std::shuffle, whose order is the library's own affair.
  for (size_t i = order.size(); i > 1; --i)
    std::swap(order[i - 1], order[random() % i]);
  return order;
}

} // namespace ingot
