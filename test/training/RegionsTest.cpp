//===- RegionsTest.cpp - Training inside of loops and branches -------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Random numbers in each iteration, and running statistics that a region changes: models of test/frontend/make-training-cases.py
// that tell what they drew and saw.
//
//===----------------------------------------------------------------------===//

#include "test/training/Trainer.h"

#include "llvm/Support/FileSystem.h"
#include "gtest/gtest.h"

#include <cmath>

using namespace ingot;
using namespace ingot::training;

namespace {

class Regions : public testing::Test {
protected:
  void SetUp() override {
    ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("ingot-regions", folder));
    ASSERT_EQ(std::system(("tar xf " INGOT_TRAINING_CASES " -C " + folder.str()).str().c_str()), 0);
  }
  void TearDown() override { llvm::sys::fs::remove_directories(folder); }

  std::string path(const std::string &name) { return (folder + "/training-cases/" + name).str(); }

  /// Gradient descent with the rate 1 on the mean of y.
  void compile(Trainer &trainer, const std::string &name, unsigned threads = 2) {
    CompileOptions options;
    options.inputPath = path(name + ".onnx");
    options.training.algorithms.emplace_back();
    options.training.algorithms[0].losses = {"output:y:reduction=mean"};
    options.training.algorithms[0].optimizer = "sgd";
    options.training.learningRate = 1;
    ASSERT_EQ(trainer.compile(options, path(name + ".so")), "");
    ASSERT_EQ(trainer.open(path(name + ".so"), threads), "");
  }

  /// Rows x 3 numbers.
  static Array examples(int64_t rows) {
    std::vector<double> values;
    for (int64_t i = 0; i < rows * 3; ++i)
      values.push_back(double(i * 7 % 11) / 4 - 1);
    return Array(INGOT_F32, {rows, 3}, values);
  }

  llvm::SmallString<128> folder;
};

class Noise : public Regions, public testing::WithParamInterface<const char *> {};

// y = x W times what the three iterations drew and kept: the backward pass must have seen the same numbers.
TEST_P(Noise, DiffersByIterationAndIsTheSameBackward) {
  Trainer trainer;
  compile(trainer, GetParam());
  State state = trainer.newState();
  ASSERT_TRUE(state.state) << ingot_last_error();
  constexpr int64_t rows = 40, width = 2;
  Array x = examples(rows), before = state.get(INGOT_PARAMETER, "W");
  std::vector<std::vector<double>> drawn;
  for (int step = 0; step < 2; ++step) {
    Array w = state.get(INGOT_PARAMETER, "W");
    StepResult result = trainer.step(state, {{"x", x}});
    ASSERT_EQ(result.problem, "");
    std::vector<double> noise = result.outputs["noise"].numbers(), masks = result.outputs["masks"].numbers();
    ASSERT_EQ(noise.size(), size_t(3 * rows * width));
    for (int64_t i = 0; i < 3; ++i) {
      drawn.emplace_back(noise.begin() + i * rows * width, noise.begin() + (i + 1) * rows * width);
      drawn.emplace_back(masks.begin() + i * rows * width, masks.begin() + (i + 1) * rows * width);
    }
    for (int64_t k = 0; k < 3; ++k)
      for (int64_t j = 0; j < width; ++j) {
        double slope = 0;
        for (int64_t n = 0; n < rows; ++n) {
          double factor = 1.0 / (rows * width);
          for (int64_t i = 0; i < 3; ++i)
            factor *= 2 * noise[size_t((i * rows + n) * width + j)] * masks[size_t((i * rows + n) * width + j)];
          slope += x.number(n * 3 + k) * factor;
        }
        EXPECT_NEAR(state.get(INGOT_PARAMETER, "W").number(k * width + j), w.number(k * width + j) - slope, 1e-5);
      }
  }
  // In each iteration of each step others.
  for (size_t i = 0; i < drawn.size(); ++i)
    for (size_t j = 0; j < i; ++j)
      EXPECT_NE(drawn[i], drawn[j]) << i << " and " << j;

  // The same for any number of threads.
  ASSERT_EQ(trainer.setThreads(1), "");
  State again = trainer.newState();
  for (int step = 0; step < 2; ++step)
    ASSERT_EQ(trainer.step(again, {{"x", x}}).problem, "");
  EXPECT_EQ(again.get(INGOT_PARAMETER, "W").bytes, state.get(INGOT_PARAMETER, "W").bytes);

  // Inference draws as well, and drops nothing.
  StepResult once = trainer.run(state, {{"x", x}}), twice = trainer.run(state, {{"x", x}});
  ASSERT_EQ(once.problem, "");
  EXPECT_EQ(once.outputs["noise"].bytes, twice.outputs["noise"].bytes);
  EXPECT_EQ(once.outputs["masks"].numbers(), std::vector<double>(size_t(3 * rows * width), 1));
  size_t each = once.outputs["noise"].bytes.size() / 3;
  EXPECT_NE(once.outputs["noise"].bytes.substr(0, each), once.outputs["noise"].bytes.substr(each, each));
}

INSTANTIATE_TEST_SUITE_P(Loops, Noise, testing::Values("noise_for", "noise_while"),
                         [](const auto &info) { return std::string(info.param); });

// A branch changes the statistics of its own normalization, and a loop in it those of another one in each iteration; the other
// branch changes none.
TEST_F(Regions, ChangeRunningStatistics) {
  Trainer trainer;
  compile(trainer, "statistics");
  State state = trainer.newState();
  ASSERT_TRUE(state.state) << ingot_last_error();
  constexpr int64_t rows = 20;
  Array x = examples(rows), yes(INGOT_BOOL, {}), no(INGOT_BOOL, {});
  yes.bytes[0] = 1;
  auto mix = [&](double &mean, double &variance, const Array &seen, int64_t first, int64_t channel) {
    double sum = 0, squares = 0;
    for (int64_t n = 0; n < rows; ++n)
      sum += seen.number(first + n * 2 + channel) / rows;
    for (int64_t n = 0; n < rows; ++n)
      squares += (seen.number(first + n * 2 + channel) - sum) * (seen.number(first + n * 2 + channel) - sum) / rows;
    mean = 0.75 * mean + 0.25 * sum;
    variance = 0.75 * variance + 0.25 * squares;
  };
  double mean[2][2] = {{0.25, 0.25}, {0.25, 0.25}}, variance[2][2] = {{2, 2}, {2, 2}};
  for (bool flag : {true, false, true}) {
    StepResult result = trainer.step(state, {{"x", x}, {"flag", flag ? yes : no}});
    ASSERT_EQ(result.problem, "");
    for (int64_t c = 0; c < 2 && flag; ++c) {
      mix(mean[0][c], variance[0][c], result.outputs["product"], 0, c);
      for (int64_t i = 0; i < 3; ++i)
        mix(mean[1][c], variance[1][c], result.outputs["h"], i * rows * 2, c);
    }
    for (int64_t k : {0, 1})
      for (int64_t c : {0, 1}) {
        std::string name = k ? "second" : "first";
        double bound = 1e-4 * (1 + std::abs(mean[k][c]) + variance[k][c]);
        EXPECT_NEAR(state.get(INGOT_BUFFER, name + ".mean").number(c), mean[k][c], bound) << name << flag;
        EXPECT_NEAR(state.get(INGOT_BUFFER, name + ".var").number(c), variance[k][c], bound) << name << flag;
      }
  }
}

// Gradients of all inputs against differences, with as many tokens as there are; one token after the other gives what all do at
// once.
TEST_F(Regions, LinearAttention) {
  CompileOptions options;
  options.inputPath = path("linear_attention.onnx");
  options.gradients = {"y:query,key,value,past,decay,beta"};
  Trainer trainer;
  ASSERT_EQ(trainer.compile(options, path("attention.so")), "");
  ASSERT_EQ(trainer.open(path("attention.so")), "");
  int gradient = ingot_model_find_function(trainer.model, "grad_y");
  ASSERT_GE(gradient, 0);
  constexpr int64_t batch = 2, tokens = 5;
  uint32_t seed = 1;
  auto draw = [&](std::vector<int64_t> dims, double low, double high) {
    Array array(INGOT_F64, std::move(dims));
    for (int64_t i = 0; i < array.count(); ++i) {
      seed = seed * 1664525 + 1013904223;
      array.setNumber(i, low + (high - low) * double(seed >> 8) / (1 << 24));
    }
    return array;
  };
  Arrays inputs = {{"query", draw({batch, tokens, 12}, -1, 1)}, {"key", draw({batch, tokens, 6}, -1, 1)},
                   {"value", draw({batch, tokens, 8}, -1, 1)},  {"past", draw({batch, 2, 3, 4}, -1, 1)},
                   {"decay", draw({batch, tokens, 6}, -1, 0)},  {"beta", draw({batch, tokens, 2}, 0, 1)}};
  Array weights = draw({batch, tokens, 16}, -1, 1);
  auto weighted = [&](const Arrays &arrays) {
    StepResult result = trainer.call(0, arrays);
    EXPECT_EQ(result.problem, "");
    double sum = 0;
    for (int64_t i = 0; i < weights.count(); ++i)
      sum += weights.number(i) * result.outputs["y"].number(i);
    return sum;
  };
  Arrays all = inputs;
  all["grad.y"] = weights;
  StepResult slopes = trainer.call(gradient, all);
  ASSERT_EQ(slopes.problem, "");
  for (auto &[name, array] : inputs)
    for (int64_t i = 0; i < array.count(); i += 3) {
      constexpr double epsilon = 1e-6;
      Arrays above = inputs, below = inputs;
      above[name].setNumber(i, array.number(i) + epsilon);
      below[name].setNumber(i, array.number(i) - epsilon);
      double slope = (weighted(above) - weighted(below)) / (2 * epsilon);
      EXPECT_NEAR(slopes.outputs["grad." + name].number(i), slope, 1e-7) << name << " " << i;
    }

  StepResult whole = trainer.call(0, inputs);
  Array state = inputs["past"];
  for (int64_t t = 0; t < tokens; ++t) {
    Arrays one = {{"past", state}};
    for (auto &[name, array] : inputs)
      if (name != "past") {
        int64_t width = array.dims[2];
        Array &row = one[name] = Array(INGOT_F64, {batch, 1, width});
        for (int64_t i = 0; i < batch * width; ++i)
          row.setNumber(i, array.number((i / width * tokens + t) * width + i % width));
      }
    StepResult result = trainer.call(0, one);
    ASSERT_EQ(result.problem, "");
    state = result.outputs["last"];
    for (int64_t i = 0; i < batch * 16; ++i)
      EXPECT_NEAR(result.outputs["y"].number(i), whole.outputs["y"].number((i / 16 * tokens + t) * 16 + i % 16), 1e-14);
  }
  EXPECT_LE(largestDifference(state, whole.outputs["last"]), 1e-14);
}

// Weights in Constant nodes are trained and written back.
TEST_F(Regions, WeightsInNodesAreVariables) {
  Trainer trainer;
  compile(trainer, "constants");
  State state = trainer.newState();
  Array words(INGOT_I64, {4});
  std::string before = state.allBytes();
  ASSERT_EQ(trainer.step(state, {{"x", examples(4)}, {"words", words}}).problem, "");
  EXPECT_NE(state.allBytes(), before);
  EXPECT_EQ(state.get(INGOT_PARAMETER, "fc2.kernel").dims, (std::vector<int64_t>{5, 4}));
  EXPECT_EQ(state.get(INGOT_PARAMETER, "table").dims, (std::vector<int64_t>{7, 3}));
  EXPECT_EQ(state.get(INGOT_PARAMETER, "mean").dtype, 0);
}

} // namespace
