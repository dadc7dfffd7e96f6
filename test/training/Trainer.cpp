//===- Trainer.cpp - Compiled training steps and their states --------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/training/Trainer.h"

#include <cmath>
#include <cstring>
#include <limits>

using namespace llvm;

namespace ingot::training {

//===----------------------------------------------------------------------===//
// Arrays
//===----------------------------------------------------------------------===//

Array::Array(int32_t dtype, std::vector<int64_t> dims) : dtype(dtype), dims(std::move(dims)) {
  bytes.assign(static_cast<size_t>(count() * ingot_dtype_bytes(dtype)), '\0');
}

Array::Array(int32_t dtype, std::vector<int64_t> dims, ArrayRef<double> values) : Array(dtype, std::move(dims)) {
  for (auto [i, value] : enumerate(values))
    setNumber(static_cast<int64_t>(i), value);
}

Array::Array(const NpzArray &array) : dtype(array.dtype), dims(array.dims), bytes(array.data ? std::string(array.data, array.bytes) : "") {}

Array::Array(const ingot_tensor &tensor) : Array(tensor.dtype, std::vector<int64_t>(tensor.dims, tensor.dims + tensor.rank)) {
  if (!bytes.empty())
    std::memcpy(bytes.data(), tensor.data, bytes.size());
}

int64_t Array::count() const {
  int64_t count = 1;
  for (int64_t dim : dims)
    count *= dim;
  return count;
}

double Array::number(int64_t i) const {
  auto at = [&](auto zero) {
    std::memcpy(&zero, bytes.data() + static_cast<size_t>(i) * sizeof(zero), sizeof(zero));
    return static_cast<double>(zero);
  };
  switch (dtype) {
  case INGOT_F32: return at(0.0f);
  case INGOT_F64: return at(0.0);
  case INGOT_I64: return at(int64_t(0));
  case INGOT_I32: return at(int32_t(0));
  case INGOT_BOOL: return at(uint8_t(0));
  default: return std::numeric_limits<double>::quiet_NaN();
  }
}

void Array::setNumber(int64_t i, double value) {
  auto put = [&](auto number) { std::memcpy(bytes.data() + static_cast<size_t>(i) * sizeof(number), &number, sizeof(number)); };
  if (dtype == INGOT_F32)
    put(static_cast<float>(value));
  else if (dtype == INGOT_F64)
    put(value);
  else if (dtype == INGOT_I64)
    put(static_cast<int64_t>(value));
}

std::vector<double> Array::numbers() const {
  std::vector<double> numbers;
  for (int64_t i = 0; i < count(); ++i)
    numbers.push_back(number(i));
  return numbers;
}

Array Array::asFloat(int32_t to) const {
  if (!isFloat() || dtype == to)
    return *this;
  return Array(to, dims, numbers());
}

Array Array::rows(int64_t i, int64_t n) const {
  Array part;
  part.dtype = dtype;
  part.dims = dims;
  size_t each = dims[0] ? bytes.size() / static_cast<size_t>(dims[0]) : 0;
  part.dims[0] = n;
  part.bytes = bytes.substr(static_cast<size_t>(i) * each, static_cast<size_t>(n) * each);
  return part;
}

Array Array::row(int64_t i) const {
  Array part = rows(i, 1);
  part.dims.erase(part.dims.begin());
  return part;
}

ingot_tensor Array::view() const {
  ingot_tensor tensor = {};
  tensor.data = const_cast<char *>(bytes.data());
  tensor.dtype = dtype;
  tensor.rank = static_cast<int32_t>(dims.size());
  std::copy(dims.begin(), dims.end(), tensor.dims);
  return tensor;
}

Arrays readArrays(const std::string &path, std::string &problem) {
  std::vector<NpzArray> read;
  Arrays arrays;
  if (Status status = readNpz(path, read); !status.ok())
    problem = "cannot read " + path;
  for (const NpzArray &array : read)
    arrays.emplace(array.name, Array(array));
  return arrays;
}

double largestDifference(const Array &got, const Array &want) {
  if (got.dims != want.dims)
    return std::numeric_limits<double>::infinity();
  double largest = 0;
  for (int64_t i = 0; i < got.count(); ++i) {
    double difference = std::abs(got.number(i) - want.number(i));
    if (!(difference <= largest))
      largest = std::isnan(difference) ? std::numeric_limits<double>::infinity() : difference;
  }
  return largest;
}

double largestOf(const Array &array) {
  double largest = 0;
  for (int64_t i = 0; i < array.count(); ++i)
    largest = std::max(largest, std::abs(array.number(i)));
  return largest;
}

//===----------------------------------------------------------------------===//
// State
//===----------------------------------------------------------------------===//

State State::clone() const {
  State copy;
  ingot_state_clone(state, &copy.state);
  return copy;
}

Array State::get(int32_t kind, const std::string &name, const char *role) const {
  ingot_tensor tensor;
  return ingot_state_tensor(state, kind, name.c_str(), role, &tensor) ? Array() : Array(tensor);
}

bool State::set(int32_t kind, const std::string &name, const Array &value) {
  ingot_tensor tensor;
  if (ingot_state_tensor(state, kind, name.c_str(), nullptr, &tensor) || Array(tensor).bytes.size() != value.bytes.size())
    return false;
  std::memcpy(tensor.data, value.bytes.data(), value.bytes.size());
  return true;
}

std::string State::allBytes() const {
  std::string all;
  for (int32_t kind : {INGOT_PARAMETER, INGOT_GRADIENT, INGOT_SLOT, INGOT_BUFFER}) {
    std::string part(static_cast<size_t>(ingot_state_flat_bytes(state, kind)), '\0');
    ingot_state_flat_get(state, kind, part.data(), static_cast<int64_t>(part.size()));
    all += part;
  }
  return all;
}

//===----------------------------------------------------------------------===//
// Trainer
//===----------------------------------------------------------------------===//

Trainer::~Trainer() {
  ingot_context_destroy(context);
  ingot_model_close(model);
}

std::string Trainer::compile(CompileOptions options, const std::string &library) {
  options.outputPath = library;
  compiled = compileModel(options);
  if (compiled.ok())
    return "";
  for (const Message &message : compiled.messages)
    if (message.severity == Severity::Error)
      return "compilation: " + message.text;
  return "compilation failed without a message";
}

std::string Trainer::open(const std::string &library, unsigned threads) {
  if (ingot_model_open_file(library.c_str(), &model))
    return ingot_last_error();
  return setThreads(threads);
}

std::string Trainer::setThreads(unsigned threads) {
  ingot_context_destroy(context);
  context = nullptr;
  ingot_context_options options = {};
  options.struct_bytes = sizeof(options);
  options.threads = threads;
  return ingot_context_create(model, &options, &context) ? ingot_last_error() : "";
}

State Trainer::newState(const ingot_state_options *options) const {
  State state;
  ingot_state_create(model, options, &state.state);
  return state;
}

std::string Trainer::bind(int32_t function, const Arrays &inputs, std::vector<ingot_tensor> &tensors) const {
  ingot_function_info info;
  if (ingot_model_function(model, function, &info))
    return ingot_last_error();
  for (int32_t i = 0; i < info.input_count; ++i) {
    ingot_tensor_info input;
    if (ingot_model_input(model, function, i, &input))
      return ingot_last_error();
    auto found = inputs.find(input.name);
    if (found == inputs.end())
      return "there are no values for the input '" + std::string(input.name) + "'";
    tensors.push_back(found->second.view());
  }
  return "";
}

std::vector<std::string> Trainer::outputsOf(int32_t function, bool all) const {
  std::vector<std::string> names;
  ingot_function_info info;
  if (ingot_model_function(model, function, &info))
    return names;
  for (int32_t i = 0; i < info.output_count; ++i) {
    ingot_tensor_info output;
    if (ingot_model_output(model, function, i, &output))
      return names;
    int32_t role = ingot_model_output_role(model, function, i);
    if (all || role == INGOT_OUTPUT_MODEL || role == INGOT_OUTPUT_METRIC)
      names.push_back(output.name);
  }
  return names;
}

// Calls `run` with the tensors of inputs and outputs, and keeps what it returns.
template <typename RunT>
static void callWith(StepResult &result, std::vector<ingot_tensor> &inputs, const std::vector<std::string> &names, RunT run) {
  if (!result.problem.empty())
    return;
  ingot_tensor empty = {};
  empty.bytes = INGOT_CONTEXT_MEMORY;
  std::vector<ingot_tensor> outputs(names.size(), empty);
  result.status = run(inputs.data(), static_cast<int32_t>(inputs.size()), outputs.data(), static_cast<int32_t>(outputs.size()));
  if (result.status) {
    result.problem = ingot_last_error();
    return;
  }
  for (auto [name, tensor] : zip(names, outputs))
    result.outputs[name] = Array(tensor);
}

StepResult Trainer::step(State &state, const Arrays &inputs, uint32_t flags, int algorithm) {
  StepResult result;
  result.info.struct_bytes = sizeof(result.info);
  ingot_algorithm_info info;
  if (ingot_model_algorithm(model, algorithm, &info))
    result.problem = ingot_last_error();
  std::vector<ingot_tensor> tensors;
  if (result.problem.empty())
    result.problem = bind(info.step, inputs, tensors);
  callWith(result, tensors, outputsOf(info.step, false), [&](const ingot_tensor *in, int32_t ins, ingot_tensor *out, int32_t outs) {
    return ingot_train_step(context, state.state, algorithm, in, ins, out, outs, flags, &result.info);
  });
  return result;
}

StepResult Trainer::evaluate(State &state, const Arrays &inputs, int algorithm) {
  StepResult result;
  result.info.struct_bytes = sizeof(result.info);
  ingot_algorithm_info info;
  if (ingot_model_algorithm(model, algorithm, &info))
    result.problem = ingot_last_error();
  std::vector<ingot_tensor> tensors;
  if (result.problem.empty())
    result.problem = bind(info.evaluate, inputs, tensors);
  callWith(result, tensors, outputsOf(info.evaluate, false), [&](const ingot_tensor *in, int32_t ins, ingot_tensor *out, int32_t outs) {
    return ingot_evaluate_step(context, state.state, algorithm, in, ins, out, outs, &result.info);
  });
  return result;
}

StepResult Trainer::run(State &state, const Arrays &inputs, int function) {
  StepResult result;
  ingot_training_info info;
  if (function < 0 && ingot_model_training(model, &info) == INGOT_STATUS_OK)
    function = info.infer;
  std::vector<ingot_tensor> tensors;
  result.problem = bind(function, inputs, tensors);
  callWith(result, tensors, outputsOf(function, true), [&](const ingot_tensor *in, int32_t ins, ingot_tensor *out, int32_t outs) {
    return ingot_state_run(context, state.state, function, in, ins, out, outs);
  });
  return result;
}

StepResult Trainer::call(int function, const Arrays &inputs) {
  StepResult result;
  std::vector<ingot_tensor> tensors;
  result.problem = bind(function, inputs, tensors);
  callWith(result, tensors, outputsOf(function, true), [&](const ingot_tensor *in, int32_t ins, ingot_tensor *out, int32_t outs) {
    return ingot_context_run(context, function, in, ins, out, outs);
  });
  return result;
}

} // namespace ingot::training
