//===- Network.cpp - A network that a test trains --------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/training/convergence/Network.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <numeric>

#include <gtest/gtest.h>

using namespace llvm;

namespace ingot::convergence {

static ingot_tensor tensorAt(const void *data, int32_t dtype, ArrayRef<int64_t> dims) {
  ingot_tensor tensor = {};
  tensor.data = const_cast<void *>(data);
  tensor.dtype = dtype;
  tensor.rank = int32_t(dims.size());
  std::copy(dims.begin(), dims.end(), tensor.dims);
  return tensor;
}

ingot_tensor tensorOf(ArrayRef<float> values, ArrayRef<int64_t> dims) {
  return tensorAt(values.data(), INGOT_F32, dims);
}
ingot_tensor tensorOf(ArrayRef<int64_t> values, ArrayRef<int64_t> dims) {
  return tensorAt(values.data(), INGOT_I64, dims);
}

TrainOptions training(const std::string &loss, const std::string &optimizer) {
  TrainOptions options;
  options.algorithms.emplace_back();
  options.algorithms[0].losses = {loss};
  options.algorithms[0].optimizer = optimizer;
  return options;
}

//===----------------------------------------------------------------------===//
// Networks
//===----------------------------------------------------------------------===//

Network::Network(const std::string &path, const TrainOptions &options, std::vector<std::string> surrogates) {
  SmallString<128> file;
  if (sys::fs::createTemporaryFile("converge", "so", file)) {
    ADD_FAILURE() << "no temporary file";
    return;
  }
  library = file.str().str();
  CompileOptions compile;
  compile.inputPath = path;
  compile.outputPath = library;
  compile.training = options;
  compile.training.learningRate = 1e-3;
  compile.surrogates = std::move(surrogates);
  CompileResult result = compileModel(compile);
  for (const Message &message : result.messages)
    if (message.severity == Severity::Error)
      ADD_FAILURE() << message.location << ": " << message.text;
  ingot_context_options threads = {};
  threads.struct_bytes = sizeof(threads);
  if (result.ok() && good(ingot_model_open_file(library.c_str(), &model)) && good(ingot_model_training(model, &trained)))
    (void)good(ingot_context_create(model, &threads, &context));
}

Network::~Network() {
  ingot_state_destroy(state);
  ingot_context_destroy(context);
  ingot_model_close(model);
  SmallString<128> header(library);
  sys::fs::remove(library);
  header.pop_back_n(2);
  header += "h";
  sys::fs::remove(header);
}

bool Network::good(ingot_status status) {
  if (status)
    ADD_FAILURE() << ingot_status_name(status) << ": " << ingot_last_error();
  return !status;
}

bool Network::begin(uint64_t seed, const char *initialization, double gain, ingot_state_options options) {
  options.struct_bytes = sizeof(options);
  options.seed = seed;
  options.initialization = ingot_initialization_find(initialization);
  options.gain = gain;
  ingot_state_destroy(state);
  state = nullptr;
  if (!context || !good(ingot_state_create(model, &options, &state)))
    return false;
  // What the file itself says of the first values.
  ingot_model_info all;
  ingot_function_info function;
  if (!good(ingot_model_describe(model, &all)))
    return false;
  for (int32_t i = 0; i < all.function_count; ++i)
    if (!ingot_model_function(model, i, &function) && !strcmp(function.name, "initialize"))
      return good(ingot_state_run(context, state, i, nullptr, 0, nullptr, 0));
  return true;
}

bool Network::schedule(const std::string &text, double rate, int32_t algorithm) {
  ingot_schedule schedule;
  return state && good(ingot_schedule_parse(text.c_str(), rate, &schedule)) &&
         good(ingot_state_set_schedule(state, algorithm, &schedule));
}

bool Network::prepare(int32_t function, const Inputs &inputs, bool withLoss) {
  ingot_function_info described;
  if (!state || !good(ingot_model_function(model, function, &described)))
    return false;
  arguments.clear();
  for (int32_t i = 0; i < described.input_count; ++i) {
    ingot_tensor_info input;
    if (!good(ingot_model_input(model, function, i, &input)))
      return false;
    auto found = inputs.find(input.name);
    if (found == inputs.end()) {
      ADD_FAILURE() << "the function wants '" << input.name << "'";
      return false;
    }
    arguments.push_back(found->second);
  }
  results.clear();
  names.clear();
  for (int32_t i = 0; i < described.output_count; ++i) {
    ingot_tensor_info output;
    if (!good(ingot_model_output(model, function, i, &output)))
      return false;
    // What the others say comes back in ingot_step_info.
    int32_t role = ingot_model_output_role(model, function, i);
    if (withLoss && role != INGOT_OUTPUT_MODEL && role != INGOT_OUTPUT_METRIC)
      continue;
    results.push_back({nullptr, INGOT_CONTEXT_MEMORY, 0, 0, {0}});
    names.push_back(output.name);
  }
  info = {};
  info.struct_bytes = sizeof(info);
  return true;
}

bool Network::step(const Inputs &inputs, int32_t algorithm) {
  ingot_algorithm_info described;
  return context && good(ingot_model_algorithm(model, algorithm, &described)) && prepare(described.step, inputs, true) &&
         good(ingot_train_step(context, state, algorithm, arguments.data(), int32_t(arguments.size()), results.data(),
                               int32_t(results.size()), 0, &info));
}

bool Network::evaluate(const Inputs &inputs, int32_t algorithm) {
  ingot_algorithm_info described;
  return context && good(ingot_model_algorithm(model, algorithm, &described)) && prepare(described.evaluate, inputs, true) &&
         good(ingot_evaluate_step(context, state, algorithm, arguments.data(), int32_t(arguments.size()), results.data(),
                                  int32_t(results.size()), &info));
}

bool Network::infer(const Inputs &inputs) {
  return context && prepare(trained.infer, inputs, false) &&
         good(ingot_infer(context, state, arguments.data(), int32_t(arguments.size()), results.data(), int32_t(results.size())));
}

int64_t Network::steps() const {
  int64_t steps = 0;
  for (int32_t i = 0; i < trained.algorithm_count; ++i)
    steps += ingot_state_step(state, i);
  return steps;
}

ArrayRef<float> Network::output(const std::string &name) const {
  for (auto [i, other] : enumerate(names))
    if (other == name && results[i].dtype == INGOT_F32 && results[i].data) {
      int64_t count = std::accumulate(results[i].dims, results[i].dims + results[i].rank, int64_t(1), std::multiplies<>());
      return ArrayRef(static_cast<const float *>(results[i].data), size_t(count));
    }
  ADD_FAILURE() << "there is no output '" << name << "'";
  return {};
}

double Network::number(const std::string &name) const {
  ArrayRef<float> values = output(name);
  return values.empty() ? NAN : double(values[0]);
}

//===----------------------------------------------------------------------===//
// Random numbers
//===----------------------------------------------------------------------===//

// SplitMix64.
uint64_t Random::next() {
  uint64_t z = state += 0x9E3779B97F4A7C15ull;
  z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9ull;
  z = (z ^ z >> 27) * 0x94D049BB133111EBull;
  return z ^ z >> 31;
}

double Random::normal() {
  double radius = std::sqrt(-2 * std::log1p(-uniform()));
  return radius * std::cos(6.283185307179586 * uniform());
}

void Random::shuffle(std::vector<int64_t> &order) {
  for (size_t i = order.size(); i > 1; --i)
    std::swap(order[i - 1], order[size_t(below(int64_t(i)))]);
}

//===----------------------------------------------------------------------===//
// Figures
//===----------------------------------------------------------------------===//

static int64_t seedCount() {
  const char *text = std::getenv("INGOT_CONVERGENCE_SEEDS");
  return std::max<int64_t>(1, text ? std::atoll(text) : 1);
}

std::vector<uint64_t> seeds() {
  std::vector<uint64_t> seeds(static_cast<size_t>(seedCount()));
  std::iota(seeds.begin(), seeds.end(), 0);
  return seeds;
}

bool isLong() {
  return seedCount() >= 3;
}

void report(const std::string &network, uint64_t seed, const Network &trained, const Clock &clock, const std::string &figure) {
  std::printf("| %s | seed %llu | %lld steps | %.1f s | %s |\n", network.c_str(), (unsigned long long)seed,
              (long long)(trained.state ? trained.steps() : 0), clock.seconds(), figure.c_str());
  std::fflush(stdout);
}

} // namespace ingot::convergence
