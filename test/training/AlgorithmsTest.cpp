//===- AlgorithmsTest.cpp - The training algorithms of a model file, compiled ===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The cases of test/frontend/make-training-cases.py, which the evaluator has been compared with, as libraries: contrastive
// divergence, plasticity, an averaged teacher and a GAN need no loss.
//
//===----------------------------------------------------------------------===//

#include "test/training/Trainer.h"

#include "llvm/Support/FileSystem.h"
#include "gtest/gtest.h"

using namespace ingot;
using namespace ingot::training;

namespace {

class Algorithms : public testing::TestWithParam<const char *> {
protected:
  void SetUp() override {
    ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("ingot-algorithms", folder));
    ASSERT_EQ(std::system(("tar xf " INGOT_TRAINING_CASES " -C " + folder.str()).str().c_str()), 0);
  }
  void TearDown() override { llvm::sys::fs::remove_directories(folder); }
  llvm::SmallString<128> folder;
};

TEST_P(Algorithms, FollowTheRecord) {
  std::string base = (folder + "/training-cases/" + GetParam()).str(), problem;
  CompileOptions options;
  options.inputPath = base + "/model.onnx";
  options.training.modelAlgorithms = true;
  Trainer trainer;
  ASSERT_EQ(trainer.compile(options, base + ".so"), "");
  ASSERT_EQ(trainer.open(base + ".so"), "");
  Arrays record = readArrays(base + "/steps.npz", problem);
  ASSERT_EQ(problem, "");
  State state = trainer.newState();
  ASSERT_TRUE(state.state) << ingot_last_error();
  ingot_state_set_seed(state.state, static_cast<uint64_t>(record["seed"].number(0)));

  int compared = 0;
  for (int k = 1; record.count(std::to_string(k) + ":run"); ++k) {
    std::string prefix = std::to_string(k) + ":";
    Arrays inputs;
    for (auto &[name, array] : record)
      if (llvm::StringRef(name).starts_with(prefix + "in:"))
        inputs[name.substr(prefix.size() + 3)] = array;
    auto run = static_cast<int>(record[prefix + "run"].number(0));
    StepResult result = trainer.step(state, inputs, 0, run < 0 ? trainer.algorithm("initialize") : run);
    ASSERT_EQ(result.problem, "") << "step " << k;
    for (auto &[name, expected] : record) {
      llvm::StringRef rest = name;
      if (!rest.consume_front(prefix))
        continue;
      double bound = 1e-5 + 1e-5 * largestOf(expected);
      if (rest.consume_front("var:")) {
        Array got = state.get(INGOT_PARAMETER, rest.str());
        if (got.dtype == 0)
          got = state.get(INGOT_BUFFER, rest.str());
        EXPECT_LE(largestDifference(got, expected), bound) << name;
        ++compared;
      } else if (rest.consume_front("out:")) {
        // What is one number is reported as the loss.
        if (rest == "loss")
          EXPECT_NEAR(result.info.loss, expected.number(0), bound) << name;
        else
          EXPECT_LE(largestDifference(result.outputs[rest.str()], expected), bound) << name;
        ++compared;
      }
    }
  }
  EXPECT_GE(compared, 3);
}

INSTANTIATE_TEST_SUITE_P(Cases, Algorithms, testing::Values("sgd", "rbm", "teacher", "plasticity", "gan", "elsewhere"),
                         [](const auto &info) { return std::string(info.param); });

} // namespace
