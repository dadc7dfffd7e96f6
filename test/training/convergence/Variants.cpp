//===- Variants.cpp - The same network, trained in other ways --------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The convolutional network of examples/digits in mixed precision, with masked weights and with less memory: what each of them
// promises besides, and that it learns all the same.
//
//===----------------------------------------------------------------------===//

#include "test/training/convergence/Network.h"

#include "frontend/ModelWriter.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"

#include <cmath>

#include <gtest/gtest.h>

using namespace llvm;

namespace ingot::convergence {
namespace {

constexpr const char *model = INGOT_DIGITS "/digits.onnx";
constexpr int64_t batch = 64;
const std::vector<int64_t> picture = {1, 28, 28};

TrainOptions digitsTraining(const std::string &optimizer) {
  return training("softmax_cross_entropy:logits,label", optimizer);
}

bool train(Network &network, int64_t epochs, double rate, uint64_t seed) {
  return trainClassifier(network, trainingDigits(), "image", picture, batch, epochs, rate, 0, seed);
}
double accuracyOf(Network &network) {
  return accuracyOf(network, testDigits(), "image", picture, "logits");
}

/// The first `batch` pictures.
bool stepOnce(Network &network) {
  const Digits &digits = trainingDigits();
  return network.step({{"image", tensorOf(ArrayRef(digits.pixels).take_front(batch * 784), {batch, 1, 28, 28})},
                       {"label", tensorOf(ArrayRef(digits.labels).take_front(batch), batch)}});
}

MutableArrayRef<float> floatsOf(Network &network, int32_t kind, const char *name, const char *role = nullptr) {
  ingot_tensor tensor;
  if (ingot_state_tensor(network.state, kind, name, role, &tensor)) {
    ADD_FAILURE() << ingot_last_error();
    return {};
  }
  int64_t count = 1;
  for (int32_t i = 0; i < tensor.rank; ++i)
    count *= tensor.dims[i];
  return {static_cast<float *>(tensor.data), size_t(count)};
}

std::string bytesOf(Network &network) {
  std::string all;
  for (int32_t kind : {INGOT_PARAMETER, INGOT_SLOT}) {
    std::string part(size_t(ingot_state_flat_bytes(network.state, kind)), '\0');
    EXPECT_FALSE(ingot_state_flat_get(network.state, kind, part.data(), int64_t(part.size())));
    all += part;
  }
  return all;
}

} // namespace

TEST(Variants, MixedBf16) {
  TrainOptions options = digitsTraining("adam");
  options.mixed = "bf16";
  Network network(model, options);
  for (uint64_t seed : seeds()) {
    Clock clock;
    ASSERT_TRUE(network.begin(seed, "kaiming_normal"));
    ASSERT_TRUE(train(network, 4, 2e-3, seed));
    double accuracy = accuracyOf(network);
    report("digits CNN, bf16", seed, network, clock, formatv("accuracy {0:f4}", accuracy));
    EXPECT_GE(accuracy, 0.95);
  }
}

// The scale begins much too high: steps are skipped, which change nothing, until gradients are finite. Then it grows again after so
// many steps, until one is skipped.
TEST(Variants, MixedF16) {
  TrainOptions options = digitsTraining("adam");
  options.mixed = "f16";
  Network network(model, options);
  for (uint64_t seed : seeds()) {
    Clock clock;
    ingot_state_options scaling = {};
    scaling.loss_scale = 0x1p60;
    scaling.scale_interval = 20;
    ASSERT_TRUE(network.begin(seed, "kaiming_normal", 0, scaling));
    std::string before = bytesOf(network);
    int64_t skipped = 0;
    for (; skipped < 60; ++skipped) {
      double scale = ingot_state_loss_scale(network.state);
      ASSERT_TRUE(stepOnce(network));
      EXPECT_EQ(network.said().loss_scale, scale);
      if (!network.said().skipped)
        break;
      EXPECT_TRUE(network.said().found_inf && !network.said().updated && std::isfinite(network.loss()));
      EXPECT_EQ(ingot_state_loss_scale(network.state), scale / 2);
      EXPECT_EQ(bytesOf(network), before);
      EXPECT_EQ(ingot_state_step(network.state, 0), 0);
    }
    EXPECT_GT(skipped, 10);
    EXPECT_LT(skipped, 60);
    EXPECT_NE(bytesOf(network), before);

    int64_t grown = 0, fallen = 0, steps = 0;
    for (double scale = ingot_state_loss_scale(network.state); steps < 400 && !(grown && fallen); ++steps) {
      ASSERT_TRUE(stepOnce(network));
      double now = ingot_state_loss_scale(network.state);
      grown += now == 2 * scale;
      fallen += now == scale / 2;
      EXPECT_EQ(now == scale / 2, bool(network.said().skipped));
      scale = now;
    }
    EXPECT_GE(grown, 1);
    EXPECT_GE(fallen, 1);

    scaling.loss_scale = 0;
    ASSERT_TRUE(network.begin(seed, "kaiming_normal", 0, scaling));
    EXPECT_EQ(ingot_state_loss_scale(network.state), 65536);
    ASSERT_TRUE(train(network, 4, 2e-3, seed));
    double accuracy = accuracyOf(network);
    report("digits CNN, f16", seed, network, clock,
           formatv("accuracy {0:f4}; of scales from 2^60 on {1} were too high", accuracy, skipped));
    EXPECT_GE(accuracy, 0.95);
  }
}

// Weights that a mask leaves out are exactly zero from the begin to the end, whatever momentum, Adam's averages and decay do.
TEST(Variants, Masks) {
  for (const char *optimizer : {"adamw:weight_decay=0.05", "sgd:momentum=0.9,nesterov=true,weight_decay=1e-3"}) {
    bool isAdam = StringRef(optimizer).starts_with("adam");
    TrainOptions options = digitsTraining(optimizer);
    options.masks = {"^(conv2|fc1).weight$"};
    Network network(model, options);
    for (uint64_t seed : seeds()) {
      Clock clock;
      ASSERT_TRUE(network.begin(seed, "kaiming_normal"));
      Random random(seed + 7);
      for (const char *name : {"conv2.weight", "fc1.weight"}) {
        MutableArrayRef<float> weight = floatsOf(network, INGOT_PARAMETER, name),
                               mask = floatsOf(network, INGOT_SLOT, name, "mask");
        ASSERT_EQ(weight.size(), mask.size());
        for (size_t i = 0; i < mask.size(); ++i) {
          EXPECT_EQ(mask[i], 1);
          mask[i] = random.uniform() < 0.5;
        }
      }
      ASSERT_TRUE(train(network, 4, isAdam ? 2e-3 : 3e-2, seed));
      for (const char *name : {"conv2.weight", "fc1.weight"}) {
        MutableArrayRef<float> weight = floatsOf(network, INGOT_PARAMETER, name),
                               mask = floatsOf(network, INGOT_SLOT, name, "mask");
        size_t wrong = 0, changed = 0;
        for (size_t i = 0; i < mask.size(); ++i) {
          wrong += mask[i] == 0 && weight[i] != 0;
          changed += mask[i] != 0 && weight[i] != 0;
        }
        EXPECT_EQ(wrong, 0u) << name;
        EXPECT_GT(changed, mask.size() / 3) << name;
      }
      double accuracy = accuracyOf(network);
      report(std::string("digits CNN, half masked, ") + (isAdam ? "AdamW" : "SGD"), seed, network, clock,
             formatv("accuracy {0:f4}", accuracy));
      EXPECT_GE(accuracy, 0.93);
    }
  }
}

// Four fifths of a trained network's weights are taken away, and the others trained on.
TEST(Variants, Prunes) {
  uint64_t seed = 0;
  Clock clock;
  SmallString<128> trained;
  ASSERT_FALSE(sys::fs::createTemporaryFile("pruned", "onnx", trained));
  const char *weights[] = {"conv1.weight", "conv1.bias", "conv2.weight", "conv2.bias",
                           "fc1.weight",   "fc1.bias",   "fc2.weight",   "fc2.bias"};
  double dense;
  {
    Network network(model, digitsTraining("adam"));
    ASSERT_TRUE(network.begin(seed, "kaiming_normal"));
    ASSERT_TRUE(train(network, 4, 2e-3, seed));
    dense = accuracyOf(network);
    std::vector<TrainedTensor> values;
    for (const char *name : weights) {
      ingot_tensor tensor;
      ASSERT_FALSE(ingot_state_tensor(network.state, INGOT_PARAMETER, name, nullptr, &tensor));
      ArrayRef<float> all = floatsOf(network, INGOT_PARAMETER, name);
      values.push_back({name,
                        tensor.dtype,
                        {tensor.dims, tensor.dims + tensor.rank},
                        {reinterpret_cast<const char *>(all.data()), all.size() * 4}});
    }
    ASSERT_TRUE(writeTrainedModel(model, values, trained.str().str()).ok());
  }
  TrainOptions options = digitsTraining("adamw:weight_decay=0.02");
  options.prunes = {"fc1.weight:sparsity=0.9", "conv2.weight:sparsity=0.6", "fc2.weight:pattern=2:4"};
  Network network(trained.str().str(), options);
  sys::fs::remove(trained);
  ASSERT_TRUE(network.begin(seed, "model"));
  std::map<std::string, std::vector<bool>> zeros;
  for (auto [name, share] : {std::pair("fc1.weight", 0.9), std::pair("conv2.weight", 0.6), std::pair("fc2.weight", 0.5)}) {
    ArrayRef<float> values = floatsOf(network, INGOT_PARAMETER, name);
    for (float value : values)
      zeros[name].push_back(value == 0);
    EXPECT_NEAR(double(count(zeros[name], true)), share * double(values.size()), 1) << name;
  }
  double before = accuracyOf(network);
  ASSERT_TRUE(train(network, 2, 1e-3, seed));
  for (auto &[name, isZero] : zeros) {
    ArrayRef<float> values = floatsOf(network, INGOT_PARAMETER, name.c_str());
    for (size_t i = 0; i < values.size(); ++i)
      ASSERT_EQ(values[i] == 0, bool(isZero[i])) << name << " " << i;
  }
  double accuracy = accuracyOf(network);
  report("digits CNN, pruned", seed, network, clock,
         formatv("accuracy {0:f4} after pruning, {1:f4} after two more epochs (dense {2:f4})", before, accuracy, dense));
  EXPECT_GE(accuracy, 0.93);
}

// Less is kept for the backward pass; what is learned is the same.
TEST(Variants, Rematerialization) {
  std::vector<double> accuracies;
  for (double budget : {1.0, 0.25}) {
    TrainOptions options = digitsTraining("adam");
    options.rematBudget = budget;
    Network network(model, options);
    Clock clock;
    ASSERT_TRUE(network.begin(0, "kaiming_normal"));
    ASSERT_TRUE(train(network, 3, 2e-3, 0));
    accuracies.push_back(accuracyOf(network));
    report("digits CNN, budget " + formatv("{0:f2}", budget).str(), 0, network, clock,
           formatv("accuracy {0:f4}", accuracies.back()));
    EXPECT_GE(accuracies.back(), 0.94);
  }
  EXPECT_NEAR(accuracies[0], accuracies[1], 0.01);
}

} // namespace ingot::convergence
