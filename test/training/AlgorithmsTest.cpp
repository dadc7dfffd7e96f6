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

#include <limits>

using namespace ingot;
using namespace ingot::training;

namespace {

class AlgorithmFiles : public testing::Test {
protected:
  void SetUp() override {
    ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("ingot-algorithms", folder));
    ASSERT_EQ(std::system(("tar xf " INGOT_TRAINING_CASES " -C " + folder.str()).str().c_str()), 0);
  }
  void TearDown() override { llvm::sys::fs::remove_directories(folder); }

  void compile(Trainer &trainer, const std::string &base) {
    CompileOptions options;
    options.inputPath = base + "/model.onnx";
    options.training.modelAlgorithms = true;
    ASSERT_EQ(trainer.compile(options, base + ".so"), "");
    ASSERT_EQ(trainer.open(base + ".so"), "");
  }
  llvm::SmallString<128> folder;
};

class Algorithms : public AlgorithmFiles, public testing::WithParamInterface<const char *> {};

TEST_P(Algorithms, FollowTheRecord) {
  std::string base = (folder + "/training-cases/" + GetParam()).str(), problem;
  Trainer trainer;
  compile(trainer, base);
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

// What would ruin a variable changes none, neither that one nor others nor counters.
TEST_F(AlgorithmFiles, KeepVariablesFinite) {
  Trainer trainer;
  compile(trainer, (folder + "/training-cases/sgd").str());
  Array x(INGOT_F32, {2, 3}, {1, 2, 3, 4, 5, 6}), label(INGOT_F32, {2, 2}, {1, 2, 3, 4}), bad = x;
  bad.setNumber(4, std::numeric_limits<double>::quiet_NaN());
  for (int32_t policy : {INGOT_NUMERIC_ERROR, INGOT_NUMERIC_SKIP}) {
    ingot_state_options options = {};
    options.struct_bytes = sizeof(options);
    options.numeric_policy = policy;
    State state = trainer.newState(&options);
    ASSERT_EQ(trainer.step(state, {{"x", x}, {"label", label}}).problem, "");
    std::string before = state.allBytes();
    StepResult result = trainer.step(state, {{"x", bad}, {"label", label}});
    EXPECT_EQ(state.allBytes(), before);
    EXPECT_EQ(ingot_state_step(state.state, 0), 1);
    EXPECT_EQ(result.status, policy == INGOT_NUMERIC_ERROR ? INGOT_STATUS_NUMERIC : INGOT_STATUS_OK);
    if (policy == INGOT_NUMERIC_ERROR)
      EXPECT_NE(result.problem.find("the loss 'loss' is not a number in step 2 of 'descend'; it comes from input 'x'"),
                std::string::npos)
          << result.problem;
    else
      EXPECT_TRUE(result.info.found_inf && result.info.skipped && !result.info.updated);
    // It goes on as if nothing had been.
    EXPECT_EQ(trainer.step(state, {{"x", x}, {"label", label}}).problem, "");
    EXPECT_NE(state.allBytes(), before);
  }
}

// Without a loss, the updates themselves are looked at; the error names the node.
TEST_F(AlgorithmFiles, NameTheUpdateThatIsNotFinite) {
  Trainer trainer;
  compile(trainer, (folder + "/training-cases/rbm").str());
  State state = trainer.newState();
  std::string before = state.allBytes();
  std::vector<double> values(30, 3e38);
  StepResult result = trainer.step(state, {{"v", Array(INGOT_F32, {5, 6}, values)}});
  EXPECT_EQ(result.status, INGOT_STATUS_NUMERIC);
  EXPECT_NE(result.problem.find("an update is not finite in step 1 of 'divergence'; it comes from node '"), std::string::npos)
      << result.problem;
  EXPECT_EQ(state.allBytes(), before);
}

// Callers of a step get the outputs of the model and metrics.
TEST_F(AlgorithmFiles, TellTheRolesOfOutputs) {
  Trainer trainer;
  compile(trainer, (folder + "/training-cases/elsewhere").str());
  std::vector<int32_t> roles;
  for (int32_t i = 0; ingot_model_output_role(trainer.model, 1, i) >= 0; ++i)
    roles.push_back(ingot_model_output_role(trainer.model, 1, i));
  EXPECT_EQ(roles, (std::vector<int32_t>{INGOT_OUTPUT_MODEL, INGOT_OUTPUT_MODEL, INGOT_OUTPUT_MODEL, INGOT_OUTPUT_FOUND_INF}));
  EXPECT_EQ(ingot_model_output_role(trainer.model, 0, 0), INGOT_OUTPUT_MODEL);
  EXPECT_EQ(ingot_model_output_role(trainer.model, 9, 0), -1);
}

} // namespace
