//===- Runner.cpp - ingot-bench-runner: a process that only runs ----------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// An app as small as can be around the runtime, for what must be measured in a process of its own: memory, contexts side by side,
// and what threads do when there is nothing to do. Prints one JSON object. Driven by `utils/bench memory` and `utils/bench
// threads`.
//
//===----------------------------------------------------------------------===//

#include "ingot/runtime.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>
#include <sys/resource.h>
#include <thread>
#include <time.h>
#include <unistd.h>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

[[noreturn]] void fail(const std::string &text) {
  std::fprintf(stderr, "ingot-bench-runner: error: %s\n", text.c_str());
  std::exit(1);
}

void check(ingot_status status) {
  if (status)
    fail(ingot_last_error());
}

/// KiB, by the name of a line in /proc/self/status.
long memory(const char *name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.compare(0, std::strlen(name), name) == 0)
      return std::atol(line.c_str() + std::strlen(name) + 1);
  return 0;
}

double processorSeconds() {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + 1e-6 * double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

struct Input {
  std::vector<char> bytes;
  ingot_tensor tensor = {};
};

/// For each input, in the model's order: dtype and rank (int32), sizes (int64), the elements. No file: ones of size 1.
std::vector<Input> readInputs(const char *path, const ingot_model *model) {
  ingot_function_info info;
  check(ingot_model_function(model, 0, &info));
  std::vector<Input> inputs(size_t(info.input_count));
  std::ifstream file(path, std::ios::binary);
  auto read = [&](void *to, size_t bytes) {
    if (!file.read(static_cast<char *>(to), std::streamsize(bytes)))
      fail(std::string("'") + path + "' is too short");
  };
  for (Input &input : inputs) {
    read(&input.tensor.dtype, 4);
    read(&input.tensor.rank, 4);
    if (input.tensor.rank < 0 || input.tensor.rank > INGOT_MAX_RANK)
      fail("bad rank");
    read(input.tensor.dims, size_t(input.tensor.rank) * 8);
    int64_t bytes = ingot_dtype_bytes(input.tensor.dtype);
    for (int32_t i = 0; i < input.tensor.rank; ++i)
      bytes *= input.tensor.dims[i];
    input.bytes.resize(size_t(bytes));
    read(input.bytes.data(), input.bytes.size());
    input.tensor.data = input.bytes.data();
  }
  return inputs;
}

/// A context with its own inputs.
struct Runner {
  ingot_context *context = nullptr;
  std::vector<ingot_tensor> inputs, outputs;
  double median = 0;

  Runner(const ingot_model *model, std::vector<Input> &given, uint32_t threads) {
    ingot_context_options options = {};
    options.struct_bytes = sizeof(options);
    options.threads = threads;
    check(ingot_context_create(model, &options, &context));
    ingot_function_info info;
    check(ingot_model_function(model, 0, &info));
    for (Input &input : given)
      inputs.push_back(input.tensor);
    outputs.resize(size_t(info.output_count));
  }
  ~Runner() { ingot_context_destroy(context); }
  void run() {
    check(ingot_context_run(context, 0, inputs.data(), int32_t(inputs.size()), outputs.data(), int32_t(outputs.size())));
  }
  void measure(double seconds) {
    std::vector<double> times;
    auto start = Clock::now();
    do {
      auto before = Clock::now();
      run();
      times.push_back(std::chrono::duration<double, std::micro>(Clock::now() - before).count());
    } while (times.size() < 3 || std::chrono::duration<double>(Clock::now() - start).count() < seconds);
    std::nth_element(times.begin(), times.begin() + long(times.size() / 2), times.end());
    median = times[times.size() / 2];
  }
};

} // namespace

int main(int argc, char **argv) {
  if (argc != 6) {
    std::fprintf(stderr, "usage: ingot-bench-runner LIBRARY INPUTS THREADS CONTEXTS SECONDS\n");
    return 1;
  }
  uint32_t threads = uint32_t(std::atoi(argv[3]));
  int contexts = std::atoi(argv[4]);
  double seconds = std::atof(argv[5]);
  long before = memory("VmRSS:");
  ingot_model *model;
  check(ingot_model_open_file(argv[1], &model));
  std::vector<Input> given = readInputs(argv[2], model);
  long resident, peak, anonymous, idle;
  double alone;
  std::vector<double> together;
  {
    Runner one(model, given, threads);
    one.run();
    one.measure(seconds);
    alone = one.median;
    resident = memory("VmRSS:");
    peak = memory("VmHWM:");
    anonymous = memory("RssAnon:");
    double used = processorSeconds();
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
    idle = long((processorSeconds() - used) * 1e6);
  }
  if (contexts > 1) {
    std::vector<Runner *> runners;
    std::vector<std::thread> workers;
    for (int i = 0; i < contexts; ++i)
      runners.push_back(new Runner(model, given, threads));
    for (Runner *runner : runners)
      workers.emplace_back([=] { runner->measure(seconds); });
    for (std::thread &worker : workers)
      worker.join();
    for (Runner *runner : runners) {
      together.push_back(runner->median);
      delete runner;
    }
  }
  std::printf("{\"start_kib\": %ld, \"resident_kib\": %ld, \"peak_kib\": %ld, \"anonymous_kib\": %ld, \"idle_us\": %ld, "
              "\"median_us\": %.3f, "
              "\"together_us\": [",
              before, resident, peak, anonymous, idle, alone);
  for (size_t i = 0; i < together.size(); ++i)
    std::printf("%s%.3f", i ? ", " : "", together[i]);
  std::printf("]}\n");
  ingot_model_close(model);
  return 0;
}
