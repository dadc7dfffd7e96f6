//===- Network.h - A network that a test trains -----------------*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Compiled as `ingot train` compiles, and driven by the runtime's C interface, with inputs by name.
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_TEST_TRAINING_CONVERGENCE_NETWORK_H
#define INGOT_TEST_TRAINING_CONVERGENCE_NETWORK_H

#include "ingot/training.h"
#include "utils/compiler/Compiler.h"

#include "llvm/ADT/ArrayRef.h"

#include <chrono>
#include <map>
#include <string>
#include <vector>

namespace ingot::convergence {

ingot_tensor tensorOf(llvm::ArrayRef<float> values, llvm::ArrayRef<int64_t> dims);
ingot_tensor tensorOf(llvm::ArrayRef<int64_t> values, llvm::ArrayRef<int64_t> dims);

using Inputs = std::map<std::string, ingot_tensor>;

/// A training with one loss.
TrainOptions training(const std::string &loss, const std::string &optimizer);

/// A library that trains, a context and a state. What fails is a failure of the test that runs, and `false`.
class Network {
public:
  Network(const std::string &path, const TrainOptions &options, std::vector<std::string> surrogates = {});
  Network(const Network &) = delete;
  ~Network();

  /// A state of its own for a seed, at its first step; what else `options` says holds for it.
  bool begin(uint64_t seed, const char *initialization, double gain = 0, ingot_state_options options = {});
  /// As `ingot train --schedule`, for one algorithm or all.
  bool schedule(const std::string &text, double rate, int32_t algorithm = -1);

  bool step(const Inputs &inputs, int32_t algorithm = 0);
  bool evaluate(const Inputs &inputs, int32_t algorithm = 0);
  bool infer(const Inputs &inputs);

  double loss() const { return info.loss; }
  /// What the last step or evaluation said.
  const ingot_step_info &said() const { return info; }
  /// Updates done by all algorithms.
  int64_t steps() const;
  /// An output of the last call; empty where there is none of that name.
  llvm::ArrayRef<float> output(const std::string &name) const;
  double number(const std::string &name) const;

  ingot_model *model = nullptr;
  ingot_context *context = nullptr;
  ingot_state *state = nullptr;

private:
  bool good(ingot_status status);
  bool prepare(int32_t function, const Inputs &inputs, bool withLoss);

  std::string library;
  ingot_training_info trained = {};
  ingot_step_info info = {};
  std::vector<ingot_tensor> arguments, results;
  std::vector<std::string> names;
};

//===----------------------------------------------------------------------===//
// Random numbers: the same on every machine
//===----------------------------------------------------------------------===//

class Random {
public:
  explicit Random(uint64_t seed) : state(seed) {}
  uint64_t next();
  double uniform() { return double(next() >> 11) * 0x1p-53; }
  double uniform(double low, double high) { return low + (high - low) * uniform(); }
  int64_t below(int64_t limit) { return int64_t(next() % uint64_t(limit)); }
  double normal();
  void shuffle(std::vector<int64_t> &order);

private:
  uint64_t state;
};

//===----------------------------------------------------------------------===//
// Figures
//===----------------------------------------------------------------------===//

/// From 0 on, as many as INGOT_CONVERGENCE_SEEDS says; one otherwise.
std::vector<uint64_t> seeds();
/// Whether everything is run, what takes minutes too.
bool isLong();

class Clock {
public:
  double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(); }

private:
  std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now();
};

/// Prints a line of the table in docs/training.md.
void report(const std::string &network, uint64_t seed, const Network &trained, const Clock &clock, const std::string &figure);

//===----------------------------------------------------------------------===//
// Pictures of digits
//===----------------------------------------------------------------------===//

struct Digits {
  int64_t count = 0;
  std::vector<float> pixels; ///< count x 28 x 28, from 0 to 1
  std::vector<int64_t> labels;
};

/// MNIST's files in `folder`: `train` or `t10k` / `test`. Empty, after a failure of the test, where they are not sound.
Digits readDigits(const std::string &folder, const std::string &which);
/// Those of examples/digits: 6,000 and 1,000.
const Digits &trainingDigits();
const Digits &testDigits();

/// The examples in batches, in an order of their own each time; ends early where `use` fails.
bool forEachBatch(int64_t count, int64_t batch, Random &random, llvm::function_ref<bool(llvm::ArrayRef<int64_t> rows)> use);
/// Rows of `width` elements.
std::vector<float> rowsOf(llvm::ArrayRef<float> values, int64_t width, llvm::ArrayRef<int64_t> rows);

/// Trains a classifier of digits with the label `label`, an example having the sizes `dims`. Each time a picture is seen it is
/// moved by up to `shift` pixels.
bool trainClassifier(Network &network, const Digits &data, const char *input, llvm::ArrayRef<int64_t> dims, int64_t batch,
                     int64_t epochs, double rate, int64_t shift, uint64_t seed);
/// The share of digits for which the largest element of the output is that of the label.
double accuracyOf(Network &network, const Digits &data, const char *input, llvm::ArrayRef<int64_t> dims, const char *output);

} // namespace ingot::convergence

#endif // INGOT_TEST_TRAINING_CONVERGENCE_NETWORK_H
