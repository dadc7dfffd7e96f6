//===- Native.cpp - Running and comparing native code ---------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/e2e/Native.h"

#include <cmath>
#include <cstring>
#include <sys/mman.h>
#include <unistd.h>

using namespace mlir;

namespace ingot::e2e {

//===----------------------------------------------------------------------===//
// Memory and types
//===----------------------------------------------------------------------===//

GuardedBuffer::GuardedBuffer(size_t bytes) : bytes(bytes) {
  size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE)), used = (bytes + page - 1) / page * page;
  mapBytes = used + page;
  void *memory = mmap(nullptr, mapBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED || mprotect(static_cast<char *>(memory) + used, page, PROT_NONE))
    llvm::report_fatal_error("no memory for a tensor");
  map = static_cast<char *>(memory);
  begin = map + used - bytes;
}

GuardedBuffer::~GuardedBuffer() {
  if (map)
    munmap(map, mapBytes);
}

GuardedBuffer::GuardedBuffer(GuardedBuffer &&other) noexcept
    : map(other.map), begin(other.begin), mapBytes(other.mapBytes), bytes(other.bytes) {
  other.map = nullptr;
}

Type typeOf(int32_t dtype, MLIRContext *context) {
  auto integer = [&](unsigned width, bool isUnsigned) -> Type {
    return IntegerType::get(context, width, isUnsigned ? IntegerType::Unsigned : IntegerType::Signless);
  };
  switch (dtype) {
  case INGOT_F32: return Float32Type::get(context);
  case INGOT_F64: return Float64Type::get(context);
  case INGOT_F16: return Float16Type::get(context);
  case INGOT_BF16: return BFloat16Type::get(context);
  case INGOT_BOOL: return integer(1, false);
  case INGOT_I8: return integer(8, false);
  case INGOT_I16: return integer(16, false);
  case INGOT_I32: return integer(32, false);
  case INGOT_I64: return integer(64, false);
  case INGOT_U8: return integer(8, true);
  case INGOT_U16: return integer(16, true);
  case INGOT_U32: return integer(32, true);
  default: return integer(64, true);
  }
}

int32_t dtypeOf(Type type) {
  for (int32_t dtype : {INGOT_F32, INGOT_F64, INGOT_F16, INGOT_BF16, INGOT_BOOL, INGOT_I8, INGOT_I16, INGOT_I32, INGOT_I64, INGOT_U8,
                        INGOT_U16, INGOT_U32, INGOT_U64})
    if (typeOf(dtype, type.getContext()) == type)
      return dtype;
  return 0;
}

EvalTensor Output::tensor(MLIRContext *context) const {
  return EvalTensor::view(dims, typeOf(dtype, context), bytes.data(), nullptr);
}

//===----------------------------------------------------------------------===//
// Comparing
//===----------------------------------------------------------------------===//

Tolerance defaultTolerance(Type type, double largest) {
  // The evaluator computes in f64 and rounds once. Native code rounds after each operation of a chain, and its functions are within a
  // few units in the last place.
  double relative = type.isF64() ? 1e-10 : type.isF32() ? 1e-4 : type.isF16() ? 4e-3 : 3e-2;
  return {relative, relative * (type.isF64() || type.isF32() ? 0.1 : 0.5) * largest + 1e-30};
}

static std::string show(double value) {
  char text[40];
  std::snprintf(text, sizeof text, "%.6g", value);
  return text;
}

static std::string show(ArrayRef<int64_t> dims) {
  std::string text;
  for (int64_t size : dims)
    text += (text.empty() ? "" : "x") + std::to_string(size);
  return text.empty() ? "scalar" : text;
}

std::string compare(const EvalTensor &got, const EvalTensor &want, double relative, double absolute) {
  if (got.getElementType() != want.getElementType())
    return std::string("element type ") + ingot_dtype_name(dtypeOf(got.getElementType())) + " instead of " +
           ingot_dtype_name(dtypeOf(want.getElementType()));
  if (got.getShape() != want.getShape())
    return "shape " + show(got.getShape()) + " instead of " + show(want.getShape());
  int64_t count = want.getNumElements(), wrong = 0, first = -1;
  bool isFloat = isa<FloatType>(want.getElementType());
  double largest = 0;
  for (int64_t i = 0; isFloat && i < count; ++i)
    if (double value = std::abs(want.getDouble(i)); std::isfinite(value))
      largest = std::max(largest, value);
  Tolerance tolerance = isFloat ? defaultTolerance(want.getElementType(), largest) : Tolerance{0, 0};
  if (relative >= 0)
    tolerance = {relative, relative * 0.1 * largest};
  if (absolute >= 0)
    tolerance.absolute = absolute;
  for (int64_t i = 0; i < count; ++i) {
    bool same;
    if (isFloat) {
      double a = got.getDouble(i), b = want.getDouble(i);
      same = a == b || (std::isnan(a) && std::isnan(b)) ||
             (!std::isinf(b) && std::abs(a - b) <= tolerance.relative * std::abs(b) + tolerance.absolute);
    } else {
      same = relative >= 0 ? std::abs(double(got.getInt(i)) - double(want.getInt(i))) <= relative : got.getInt(i) == want.getInt(i);
    }
    if (!same && first < 0)
      first = i;
    wrong += !same;
  }
  if (!wrong)
    return "";
  auto at = [&](const EvalTensor &tensor) { return isFloat ? show(tensor.getDouble(first)) : std::to_string(tensor.getInt(first)); };
  return std::to_string(wrong) + " of " + std::to_string(count) + " elements differ, the first at " + std::to_string(first) + ": " +
         at(got) + " instead of " + at(want);
}

//===----------------------------------------------------------------------===//
// Running
//===----------------------------------------------------------------------===//

Native::~Native() { ingot_model_close(model); }

std::string Native::open(const std::string &library) {
  if (ingot_model_open_file(library.c_str(), &model))
    return std::string("cannot open the library: ") + ingot_last_error();
  ingot_model_function(model, 0, &info);
  return "";
}

void Native::setInputs(ArrayRef<ingot_tensor> values) {
  inputs.assign(values.begin(), values.end());
  buffers.clear();
  for (ingot_tensor &input : inputs) {
    int64_t bytes = ingot_dtype_bytes(input.dtype);
    for (int32_t i = 0; i < input.rank; ++i)
      bytes *= input.dims[i];
    buffers.emplace_back(static_cast<size_t>(bytes));
    if (bytes)
      std::memcpy(buffers.back().data(), input.data, static_cast<size_t>(bytes));
    input.data = buffers.back().data();
    input.bytes = 0;
  }
}

static size_t bytesOf(const ingot_tensor &tensor) {
  int64_t bytes = ingot_dtype_bytes(tensor.dtype);
  for (int32_t i = 0; i < tensor.rank; ++i)
    bytes *= tensor.dims[i];
  return static_cast<size_t>(bytes);
}

std::string Native::runIn(ingot_context *context, std::vector<Output> &outputs, std::vector<ingot_tensor> &tensors) {
  if (ingot_context_run(context, 0, inputs.data(), static_cast<int32_t>(inputs.size()), tensors.data(),
                        static_cast<int32_t>(tensors.size())))
    return std::string("the run fails: ") + ingot_last_error();
  outputs.resize(tensors.size());
  for (size_t i = 0; i < tensors.size(); ++i) {
    outputs[i].dtype = tensors[i].dtype;
    outputs[i].dims.assign(tensors[i].dims, tensors[i].dims + tensors[i].rank);
    outputs[i].bytes.assign(static_cast<const char *>(tensors[i].data), bytesOf(tensors[i]));
  }
  return "";
}

static ingot_context *createContext(ingot_model *model, unsigned threads) {
  ingot_context_options options = {};
  options.struct_bytes = sizeof options;
  options.threads = threads;
  ingot_context *context = nullptr;
  return ingot_context_create(model, &options, &context) ? nullptr : context;
}

std::string Native::run(unsigned threads, std::vector<Output> &outputs, bool guarded) {
  ingot_context *context = createContext(model, threads);
  if (!context)
    return std::string("cannot create a context: ") + ingot_last_error();
  std::vector<ingot_tensor> planned(static_cast<size_t>(info.output_count)), tensors(planned.size());
  std::string problem;
  if (ingot_context_plan(context, 0, inputs.data(), static_cast<int32_t>(inputs.size()), planned.data(),
                         static_cast<int32_t>(planned.size()), nullptr))
    problem = std::string("the plan fails: ") + ingot_last_error();
  std::vector<GuardedBuffer> memory;
  for (size_t i = 0; guarded && problem.empty() && i < planned.size(); ++i) {
    bool known = true;
    for (int32_t d = 0; d < planned[i].rank; ++d)
      known &= planned[i].dims[d] >= 0;
    if (!known)
      continue;
    memory.emplace_back(bytesOf(planned[i]));
    tensors[i] = planned[i];
    tensors[i].data = memory.back().data();
    tensors[i].bytes = static_cast<int64_t>(memory.back().size());
  }
  if (problem.empty())
    problem = runIn(context, outputs, tensors);
  for (size_t i = 0; problem.empty() && i < planned.size(); ++i)
    for (int32_t d = 0; d < planned[i].rank; ++d)
      if (planned[i].dims[d] >= 0 && planned[i].dims[d] != outputs[i].dims[static_cast<size_t>(d)])
        problem = "the plan says " + show(ArrayRef<int64_t>(planned[i].dims, static_cast<size_t>(planned[i].rank))) + ", the run " +
                  show(outputs[i].dims);
  ingot_context_destroy(context);
  return problem;
}

std::string Native::checkSameBits(unsigned runs) {
  std::vector<Output> first, again;
  for (unsigned threads : {2u, 1u, 3u, 7u}) {
    std::vector<Output> &outputs = threads == 2 ? first : again;
    if (std::string problem = run(threads, outputs); !problem.empty())
      return problem;
    if (threads != 2 && !(again == first))
      return "other bits with " + std::to_string(threads) + " threads than with 2";
  }
  ingot_context *context = createContext(model, 2);
  if (!context)
    return "cannot create a context";
  std::string problem;
  for (unsigned i = 0; problem.empty() && i < runs; ++i) {
    std::vector<ingot_tensor> tensors(static_cast<size_t>(info.output_count));
    problem = runIn(context, again, tensors);
    if (problem.empty() && !(again == first))
      problem = "other bits in run " + std::to_string(i);
  }
  ingot_context_destroy(context);
  return problem;
}

} // namespace ingot::e2e
