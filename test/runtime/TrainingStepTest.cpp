//===- TrainingStepTest.cpp - States and steps ------------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TrainingFixture.h"

#include "ingot/training.hpp"

#include <cmath>
#include <cstring>
#include <limits>

INGOT_TEST_QUERY(bad_variable)
INGOT_TEST_QUERY(bad_parameter)
INGOT_TEST_QUERY(bad_weights)
INGOT_TEST_QUERY(bad_length)
INGOT_TEST_QUERY(bad_size)
INGOT_TEST_QUERY(huge_size)
INGOT_TEST_QUERY(bad_function)
INGOT_TEST_QUERY(bad_bucket)
INGOT_TEST_QUERY(bad_finished)
INGOT_TEST_QUERY(bad_roles)

extern "C" int training_header_test_run(ingot_library_query_fn query, int steps);

TEST(TrainingHeader, WorksFromC) { EXPECT_EQ(training_header_test_run(regression_query, 20), 0) << ingot_last_error(); }

TEST(TrainingHeader, WorksFromCxx) {
  ingot::Model model;
  ASSERT_OK(model.open(regression_query));
  ingot::Context context;
  ASSERT_OK(context.create(model));
  ingot::State state, copy;
  ASSERT_OK(state.create(model));
  ASSERT_OK(state.clone(copy));
  Batch batch = someBatch();
  ingot_step_info info = INGOT_STEP_INFO;
  ASSERT_OK(state.train(context, batch.inputs, 2, &info));
  EXPECT_EQ(info.step, 1);
  float *w = state.find<float>(INGOT_PARAMETER, "w");
  ASSERT_NE(w, nullptr);
  EXPECT_EQ(state.find<double>(INGOT_PARAMETER, "w"), nullptr);
  EXPECT_NE(w[0], copy.find<float>(INGOT_PARAMETER, "w")[0]);
  ASSERT_OK(copy.train(context, batch.inputs, 2, nullptr, INGOT_TRAIN_ACCUMULATE));
  ASSERT_OK(copy.update(context));
  EXPECT_EQ(w[0], copy.find<float>(INGOT_PARAMETER, "w")[0]);
  ASSERT_OK(state.evaluate(context, batch.inputs, 2, &info));
  ingot_tensor output = {};
  ASSERT_OK(state.infer(context, batch.inputs, 1, &output, 1));
  ingot::State moved = std::move(state);
  EXPECT_EQ(state.get(), nullptr);
  ASSERT_OK(moved.assign(copy));
  ingot::Collective collective;
  EXPECT_EQ(collective.open("none:x"), INGOT_STATUS_NOT_FOUND);
}

//===----------------------------------------------------------------------===//
// What a model says
//===----------------------------------------------------------------------===//

TEST(TrainingModel, RefusesDamagedManifests) {
  struct {
    ingot_library_query_fn query;
    const char *text;
  } cases[] = {{bad_variable_query, "a function's variable"}, {bad_parameter_query, "a variable's parameter"},
               {bad_weights_query, "outside of the weights"}, {bad_length_query, "outside of the weights"},
               {bad_size_query, "a variable's type"},         {huge_size_query, "a variable's type"},
               {bad_function_query, "an algorithm's function"}, {bad_bucket_query, "a bucket"},
               {bad_finished_query, "a gradient that a kernel finishes"},
               {bad_roles_query, "the roles"}};
  for (auto &c : cases) {
    ingot_model *model;
    EXPECT_ERROR(ingot_model_open_static(c.query, &model), INGOT_STATUS_NOT_A_LIBRARY, c.text);
  }
}

TEST(TrainingModel, IsDescribed) {
  Regression r;
  ingot_training_info info;
  ASSERT_OK(ingot_model_training(r.model, &info));
  EXPECT_EQ(info.variable_count, 12);
  EXPECT_EQ(info.algorithm_count, 2);
  EXPECT_EQ(info.infer, 0);
  EXPECT_EQ(info.model_hash, 12345678901234567u);
  EXPECT_STREQ(info.loss, "mse");
  EXPECT_STREQ(info.optimizer, "sgd");
  EXPECT_EQ(info.learning_rate, 0.125);
  ingot_variable_info variable;
  ASSERT_OK(ingot_model_variable(r.model, 6, &variable));
  EXPECT_STREQ(variable.tensor.name, "w.ema");
  EXPECT_EQ(variable.kind, INGOT_SLOT);
  EXPECT_EQ(variable.parameter, 0);
  EXPECT_STREQ(variable.role, "ema");
  EXPECT_EQ(variable.bytes, 8);
  EXPECT_EQ(ingot_model_variable(r.model, 12, &variable), INGOT_STATUS_ARGUMENT);
  EXPECT_EQ(ingot_model_variable(r.model, -1, &variable), INGOT_STATUS_ARGUMENT);
  ingot_algorithm_info algorithm;
  ASSERT_OK(ingot_model_algorithm(r.model, 1, &algorithm));
  EXPECT_STREQ(algorithm.name, "split");
  EXPECT_EQ(algorithm.step, -1);
  EXPECT_EQ(algorithm.gradient, 2);
  EXPECT_EQ(ingot_model_find_algorithm(r.model, "main"), 0);
  EXPECT_EQ(ingot_model_find_algorithm(r.model, "other"), -1);
  EXPECT_EQ(ingot_model_find_variable(r.model, INGOT_PARAMETER, "w", nullptr), 0);
  EXPECT_EQ(ingot_model_find_variable(r.model, INGOT_GRADIENT, "w", nullptr), 2);
  EXPECT_EQ(ingot_model_find_variable(r.model, INGOT_SLOT, "w", nullptr), 4);
  EXPECT_EQ(ingot_model_find_variable(r.model, INGOT_SLOT, "w", "ema"), 6);
  EXPECT_EQ(ingot_model_find_variable(r.model, INGOT_SLOT, "w.ema", nullptr), 6);
  EXPECT_EQ(ingot_model_find_variable(r.model, INGOT_SLOT, "b", "ema"), -1);
  EXPECT_EQ(ingot_model_find_variable(r.model, INGOT_BUFFER, "w", nullptr), -1);
}

TEST(TrainingModel, RunsWithoutStateOnlyWhereNoneIsNeeded) {
  Regression r;
  Batch batch = someBatch();
  EXPECT_ERROR(ingot_context_run(r.context, 0, batch.inputs, 1, nullptr, 0), INGOT_STATUS_ARGUMENT, "variables of training");
  int64_t arena = -1;
  ingot_tensor outputs[3] = {};
  ASSERT_OK(ingot_context_plan(r.context, 1, batch.inputs, 2, outputs, 3, &arena));
  EXPECT_EQ(outputs[0].dims[0], 4);
}

//===----------------------------------------------------------------------===//
// States
//===----------------------------------------------------------------------===//

TEST(TrainingState, StartsAsTheModelSays) {
  Regression r;
  ingot_state_options options = {};
  options.seed = 42;
  ingot_state *state = r.create(options);
  EXPECT_EQ(floatsOf(state, INGOT_PARAMETER, "w")[1], -2.0f);
  EXPECT_EQ(floatsOf(state, INGOT_PARAMETER, "b")[0], 0.5f);
  EXPECT_EQ(floatsOf(state, INGOT_SLOT, "w", "ema")[0], 1.0f);
  EXPECT_EQ(floatsOf(state, INGOT_SLOT, "w", "momentum")[0], 0.0f);
  uint16_t half;
  memcpy(&half, floatsOf(state, INGOT_PARAMETER, "scale"), 2);
  EXPECT_EQ(half, 0x3554); // 0.333
  ingot_tensor tensor;
  ASSERT_OK(ingot_state_tensor(state, INGOT_PARAMETER, "conv", nullptr, &tensor));
  EXPECT_EQ(uintptr_t(tensor.data) % 64, 0u);
  double sum = 0, least = 10, most = -10;
  for (int i = 0; i < 64 * 32 * 3; ++i) {
    double value = static_cast<float *>(tensor.data)[i];
    sum += value, least = std::fmin(least, value), most = std::fmax(most, value);
  }
  EXPECT_GE(least, -2);
  EXPECT_LE(most, 6);
  EXPECT_LT(least, -1.9);
  EXPECT_GT(most, 5.9);
  EXPECT_NEAR(sum / (64 * 32 * 3), 2, 0.1);
  ASSERT_OK(ingot_state_tensor(state, INGOT_PARAMETER, "dense", nullptr, &tensor));
  const double *values = static_cast<double *>(tensor.data);
  double mean = 0, square = 0;
  for (int i = 0; i < 40000; ++i)
    mean += values[i] / 40000;
  for (int i = 0; i < 40000; ++i)
    square += (values[i] - mean) * (values[i] - mean) / 40000;
  EXPECT_NEAR(mean, 3, 0.01);
  EXPECT_NEAR(std::sqrt(square), 0.5, 0.01);
  // The same seed gives the same values, another one others.
  EXPECT_EQ(bytesOf(r.create(options)), bytesOf(state));
  options.seed = 43;
  EXPECT_NE(bytesOf(r.create(options)), bytesOf(state));
  EXPECT_ERROR(ingot_state_tensor(state, INGOT_SLOT, "w", "exp_avg", &tensor), INGOT_STATUS_NOT_FOUND, "exp_avg");
  EXPECT_ERROR(ingot_state_tensor(state, INGOT_PARAMETER, "nowhere", nullptr, &tensor), INGOT_STATUS_NOT_FOUND, "no parameter 'nowhere'");
}

TEST(TrainingState, SpreadsWhatIsUsedTogether) {
  Regression r;
  ingot_state *state = r.create();
  std::vector<uintptr_t> places;
  for (float *variable : {floatsOf(state, INGOT_PARAMETER, "w"), floatsOf(state, INGOT_GRADIENT, "w"),
                          floatsOf(state, INGOT_SLOT, "w", "momentum"), floatsOf(state, INGOT_SLOT, "w", "ema")}) {
    for (uintptr_t place : places)
      EXPECT_NE(place, uintptr_t(variable) % 4096);
    EXPECT_EQ(uintptr_t(variable) % 64, 0u);
    places.push_back(uintptr_t(variable) % 4096);
  }
}

TEST(TrainingState, StartsByRules) {
  Regression r;
  struct {
    const char *name;
    double conv, dense; ///< standard deviations
    bool uniform;
  } cases[] = {
      {"kaiming_uniform", std::sqrt(2.0 / (32 * 3)), std::sqrt(2.0 / 400), true},
      {"kaiming_normal", std::sqrt(2.0 / (32 * 3)), std::sqrt(2.0 / 400), false},
      {"xavier_uniform", std::sqrt(2.0 / (32 * 3 + 64 * 3)), std::sqrt(2.0 / 500), true},
      {"xavier_normal", std::sqrt(2.0 / (32 * 3 + 64 * 3)), std::sqrt(2.0 / 500), false},
      {"uniform", 0.05 / std::sqrt(3.0), 0.05 / std::sqrt(3.0), true},
      {"normal", 0.02, 0.02, false},
  };
  for (auto &c : cases) {
    SCOPED_TRACE(c.name);
    ingot_state_options options = {};
    options.initialization = ingot_initialization_find(c.name);
    ASSERT_GT(options.initialization, 0);
    ingot_state *state = r.create(options);
    auto check = [&](auto *values, int count, double expected) {
      double square = 0, most = 0;
      for (int i = 0; i < count; ++i)
        square += double(values[i]) * double(values[i]) / count, most = std::fmax(most, std::fabs(double(values[i])));
      EXPECT_NEAR(std::sqrt(square), expected, 0.03 * expected);
      EXPECT_EQ(most <= expected * std::sqrt(3.0) * 1.00001, c.uniform);
    };
    check(floatsOf(state, INGOT_PARAMETER, "conv"), 64 * 32 * 3, c.conv);
    ingot_tensor dense;
    ASSERT_OK(ingot_state_tensor(state, INGOT_PARAMETER, "dense", nullptr, &dense));
    check(static_cast<double *>(dense.data), 40000, c.dense);
    EXPECT_EQ(floatsOf(state, INGOT_PARAMETER, "b")[0], 0.0f); // a bias
    EXPECT_EQ(floatsOf(state, INGOT_PARAMETER, "w")[0], 1.0f); // of one dimension: as the model says
    uint16_t half;
    memcpy(&half, floatsOf(state, INGOT_PARAMETER, "scale"), 2);
    EXPECT_EQ(half, 0x3c00);
  }
  EXPECT_EQ(ingot_initialization_find("orthogonal"), -1);
  EXPECT_EQ(ingot_initialization_find("model"), INGOT_INIT_MODEL);
}

TEST(TrainingState, RefusesOptionsThatMakeNoSense) {
  Regression r;
  ingot_state *state;
  ingot_state_options options = {};
  EXPECT_EQ(ingot_state_create(r.model, &options, &state), INGOT_STATUS_ARGUMENT);
  options.struct_bytes = sizeof(options);
  options.initialization = 99;
  EXPECT_ERROR(ingot_state_create(r.model, &options, &state), INGOT_STATUS_ARGUMENT, "initialization 99");
  options.initialization = 0;
  options.loss_scale = std::nan("");
  EXPECT_ERROR(ingot_state_create(r.model, &options, &state), INGOT_STATUS_ARGUMENT, "not finite");
  options.loss_scale = 0;
  options.allocate = [](void *, size_t, size_t) -> void * { return nullptr; };
  EXPECT_ERROR(ingot_state_create(r.model, &options, &state), INGOT_STATUS_ARGUMENT, "go together");
  options.release = [](void *, void *, size_t) {};
  EXPECT_EQ(ingot_state_create(r.model, &options, &state), INGOT_STATUS_MEMORY);
}

namespace {
/// Counts the pieces of memory that are there, and gives no more than it may.
struct Counter {
  int left, live = 0;

  ingot_state_options options() {
    ingot_state_options options = {};
    options.struct_bytes = sizeof(options);
    options.user = this;
    options.allocate = [](void *user, size_t bytes, size_t align) -> void * {
      auto &counter = *static_cast<Counter *>(user);
      void *memory = nullptr;
      if (!counter.left || posix_memalign(&memory, align, bytes))
        return nullptr;
      --counter.left, ++counter.live;
      return memset(memory, 0xee, bytes);
    };
    options.release = [](void *user, void *memory, size_t) { --static_cast<Counter *>(user)->live, free(memory); };
    return options;
  }
};
} // namespace

TEST(TrainingState, SurvivesMissingMemory) {
  Regression r;
  for (int left = 0; left < 4; ++left) {
    Counter counter = {left};
    ingot_state_options options = counter.options();
    ingot_state *state = nullptr, *clone = nullptr;
    EXPECT_EQ(ingot_state_create(r.model, &options, &state), left < 3 ? INGOT_STATUS_MEMORY : INGOT_STATUS_OK);
    if (state) {
      EXPECT_EQ(ingot_state_clone(state, &clone), INGOT_STATUS_MEMORY);
    }
    ingot_state_destroy(state);
    EXPECT_EQ(counter.live, 0);
  }
}

TEST(TrainingState, HasGradientsFromTheirFirstUse) {
  Regression r;
  Batch batch = someBatch();
  Counter counter = {3};
  ingot_state_options options = counter.options();
  ingot_state *state, *clone;
  ASSERT_OK(ingot_state_create(r.model, &options, &state));
  ASSERT_OK(train(r, state, batch));
  EXPECT_EQ(bytesOf(state, INGOT_GRADIENT), std::string(12, 0));
  // Whatever needs them fails without memory, and changes nothing.
  std::string before = bytesOf(state);
  ingot_tensor tensor;
  float values[3] = {1, 2, 3};
  EXPECT_ERROR(train(r, state, batch, INGOT_TRAIN_ACCUMULATE), INGOT_STATUS_MEMORY, "out of memory: the gradients of training need 128 bytes");
  EXPECT_EQ(ingot_state_tensor(state, INGOT_GRADIENT, "w", nullptr, &tensor), INGOT_STATUS_MEMORY);
  EXPECT_EQ(ingot_state_flat_set(state, INGOT_GRADIENT, values, 12), INGOT_STATUS_MEMORY);
  EXPECT_EQ(bytesOf(state), before);
  EXPECT_EQ(ingot_accumulated(state, 0), 0);
  EXPECT_EQ(ingot_state_batch(state), 1);
  ASSERT_OK(ingot_set_accumulated(state, 0, 1));
  EXPECT_EQ(ingot_optimizer_step(r.context, state, 0, nullptr, nullptr), INGOT_STATUS_MEMORY);
  EXPECT_EQ(ingot_checkpoint_save(state, "gradients.ckpt", nullptr), INGOT_STATUS_MEMORY);
  ASSERT_OK(ingot_zero_grad(state, 0));
  EXPECT_EQ(bytesOf(state), before);

  counter.left = 3;
  ASSERT_OK(ingot_state_clone(state, &clone)); // without gradients, too
  counter.left = 1;
  ASSERT_OK(train(r, state, batch, INGOT_TRAIN_ACCUMULATE));
  EXPECT_EQ(counter.live, 7);
  EXPECT_NE(bytesOf(state, INGOT_GRADIENT), std::string(12, 0));
  EXPECT_EQ(ingot_state_assign(clone, state), INGOT_STATUS_MEMORY);
  EXPECT_EQ(bytesOf(clone), before);
  // Of a state without gradients a view sees zeros.
  float *view = floatsOf(state, INGOT_GRADIENT, "w");
  EXPECT_NE(view[0], 0);
  ASSERT_OK(ingot_state_assign(state, clone));
  EXPECT_EQ(view[0], 0);
  EXPECT_EQ(bytesOf(state), before);
  ingot_state_destroy(state);
  ingot_state_destroy(clone);
  EXPECT_EQ(counter.live, 0);
}

TEST(TrainingState, IsClonedAndAssigned) {
  Regression r;
  ingot_state *state = r.create(), *clone;
  Batch batch = someBatch();
  ASSERT_OK(train(r, state, batch));
  ASSERT_OK(ingot_state_clone(state, &clone));
  r.states.push_back(clone);
  EXPECT_EQ(bytesOf(clone), bytesOf(state));
  EXPECT_EQ(ingot_state_step(clone, 0), 1);
  std::string before = bytesOf(state);
  ASSERT_OK(train(r, state, batch));
  EXPECT_EQ(bytesOf(clone), before);
  EXPECT_NE(bytesOf(state), before);
  ASSERT_OK(train(r, clone, batch));
  EXPECT_EQ(bytesOf(clone), bytesOf(state));
  ingot_state *fresh = r.create();
  float *view = floatsOf(fresh, INGOT_PARAMETER, "w");
  ASSERT_OK(ingot_state_assign(fresh, state));
  EXPECT_EQ(view[0], floatsOf(state, INGOT_PARAMETER, "w")[0]);
  EXPECT_EQ(ingot_state_step(fresh, 0), 2);
  Regression other(regression_other_query);
  EXPECT_EQ(ingot_state_assign(fresh, other.create()), INGOT_STATUS_ARGUMENT);
}

TEST(TrainingState, IsFlat) {
  Regression r;
  ingot_state *state = r.create(), *other = r.create();
  EXPECT_EQ(ingot_state_flat_bytes(state, INGOT_GRADIENT), 12);
  EXPECT_EQ(ingot_state_flat_bytes(state, INGOT_SLOT), 8 + 4 + 8);
  EXPECT_EQ(ingot_state_flat_bytes(state, INGOT_BUFFER), 8);
  EXPECT_EQ(ingot_state_flat_bytes(state, INGOT_PARAMETER), 8 + 4 + 64 * 32 * 3 * 4 + 40000 * 8 + 10);
  float gradients[3] = {1, 2, 3};
  ASSERT_OK(ingot_state_flat_set(state, INGOT_GRADIENT, gradients, 12));
  EXPECT_EQ(floatsOf(state, INGOT_GRADIENT, "w")[1], 2.0f);
  EXPECT_EQ(floatsOf(state, INGOT_GRADIENT, "b")[0], 3.0f);
  std::string parameters = bytesOf(state, INGOT_PARAMETER);
  parameters[0] = 17;
  ASSERT_OK(ingot_state_flat_set(other, INGOT_PARAMETER, parameters.data(), int64_t(parameters.size())));
  EXPECT_EQ(bytesOf(other, INGOT_PARAMETER), parameters);
  EXPECT_ERROR(ingot_state_flat_get(state, INGOT_GRADIENT, gradients, 8), INGOT_STATUS_SHAPE, "12 bytes");
  EXPECT_EQ(ingot_state_flat_set(state, 4, gradients, 0), INGOT_STATUS_ARGUMENT);
  EXPECT_EQ(ingot_state_flat_set(state, INGOT_GRADIENT, nullptr, 12), INGOT_STATUS_ARGUMENT);
}

//===----------------------------------------------------------------------===//
// Scalars
//===----------------------------------------------------------------------===//

TEST(TrainingStep, PassesEveryScalar) {
  Regression r;
  ingot_state_options options = {};
  options.seed = 0xfedcba9876543210u;
  options.loss_scale = 4;
  ingot_state *state = r.create(options);
  int32_t function = ingot_model_find_function(r.model, "scalars");
  ASSERT_OK(ingot_state_set_step(state, -1, 6));
  ASSERT_OK(ingot_state_set_batch(state, 11));
  uint64_t bits[14];
  ingot_tensor output = {bits, sizeof(bits), INGOT_U64, 1, {14}};
  auto f64 = [&](int i) {
    double value;
    memcpy(&value, &bits[i], 8);
    return value;
  };
  ASSERT_OK(ingot_state_run(r.context, state, function, nullptr, 0, &output, 1));
  EXPECT_EQ(f64(0), 0.5 * 0.125);
  EXPECT_EQ(bits[1], 7u);
  EXPECT_EQ(bits[2], 0xfedcba9876543210u);
  EXPECT_EQ(f64(3), std::pow(0.9, 7.0));
  EXPECT_EQ(bits[4], 0x4400u); // f16 4
  EXPECT_EQ(bits[5], 0u);
  EXPECT_EQ(bits[6], 0x3e80u); // bf16 0.25
  EXPECT_EQ(f64(7), 2);
  float three;
  memcpy(&three, &bits[8], 4);
  EXPECT_EQ(three, 3);
  EXPECT_EQ(int8_t(bits[9]), -7);
  EXPECT_EQ(bits[10], 11u);
  EXPECT_EQ(f64(11), 0.25);
  EXPECT_EQ(bits[12], 1u);
  EXPECT_EQ(bits[13], 2u); // 1e-7 is 1.68 of f16's smallest
  ingot_hyper hyper = INGOT_HYPER_UNCHANGED;
  hyper.learning_rate = 0.25;
  hyper.weight_decay = 2;
  hyper.clip_norm = 9;
  hyper.loss_scale = 8;
  ASSERT_OK(ingot_state_set_hyper(state, -1, &hyper));
  ASSERT_OK(ingot_state_run(r.context, state, function, nullptr, 0, &output, 1));
  EXPECT_EQ(f64(0), 0.125);
  EXPECT_EQ(bits[4], 0x4800u);
  EXPECT_EQ(f64(7), 9);
  EXPECT_EQ(f64(11), 0.5);
  hyper.weight_decay = INFINITY;
  EXPECT_EQ(ingot_state_set_hyper(state, -1, &hyper), INGOT_STATUS_ARGUMENT);
}

//===----------------------------------------------------------------------===//
// Steps
//===----------------------------------------------------------------------===//

namespace {
/// The same steps in double precision.
struct Expected {
  double w[2] = {1, -2}, b = 0.5, v[3] = {}, ema[2] = {1, -2}, loss = 0, gradient[3] = {};

  void differentiate(const Batch &batch) {
    loss = 0;
    double g[3] = {};
    size_t n = batch.y.size();
    for (size_t i = 0; i < n; ++i) {
      double x0 = batch.x[2 * i], x1 = batch.x[2 * i + 1], d = x0 * w[0] + x1 * w[1] + b - batch.y[i];
      loss += d * d / double(n);
      g[0] += 2 * d * x0 / double(n), g[1] += 2 * d * x1 / double(n), g[2] += 2 * d / double(n);
    }
    for (int i = 0; i < 3; ++i)
      gradient[i] += g[i];
  }
  void apply(double lr, double scale = 1) {
    double *p[3] = {&w[0], &w[1], &b};
    for (int i = 0; i < 3; ++i) {
      v[i] = 0.5 * v[i] + gradient[i] * scale;
      *p[i] -= lr * v[i];
      gradient[i] = 0;
    }
    for (int i = 0; i < 2; ++i)
      ema[i] = 0.75 * ema[i] + 0.25 * w[i];
  }
};

void expectNear(ingot_state *state, const Expected &expected) {
  for (int i = 0; i < 2; ++i) {
    EXPECT_NEAR(floatsOf(state, INGOT_PARAMETER, "w")[i], expected.w[i], 1e-5);
    EXPECT_NEAR(floatsOf(state, INGOT_SLOT, "w", "momentum")[i], expected.v[i], 1e-5);
    EXPECT_NEAR(floatsOf(state, INGOT_SLOT, "w", "ema")[i], expected.ema[i], 1e-5);
  }
  EXPECT_NEAR(floatsOf(state, INGOT_PARAMETER, "b")[0], expected.b, 1e-5);
}
} // namespace

TEST(TrainingStep, Trains) {
  Regression r;
  ingot_state *state = r.create();
  Expected expected;
  for (int i = 0; i < 20; ++i) {
    Batch batch = someBatch(i, 3 + i % 3);
    ingot_step_info info = INGOT_STEP_INFO;
    std::vector<float> prediction(batch.y.size());
    ingot_tensor output = {};
    output.data = prediction.data(), output.bytes = int64_t(prediction.size() * 4);
    ASSERT_OK(ingot_train_step(r.context, state, 0, batch.inputs, 2, &output, 1, 0, &info));
    EXPECT_NEAR(prediction[0], batch.x[0] * expected.w[0] + batch.x[1] * expected.w[1] + expected.b, 1e-5);
    expected.differentiate(batch);
    expected.apply(0.125);
    EXPECT_NEAR(info.loss, expected.loss, 1e-5);
    EXPECT_EQ(info.step, i + 1);
    EXPECT_EQ(info.learning_rate, 0.125);
    EXPECT_TRUE(info.has_loss && info.updated && !info.skipped && !info.found_inf && !info.has_gradient_norm);
    expectNear(state, expected);
  }
  EXPECT_EQ(ingot_state_step(state, 0), 20);
  EXPECT_EQ(ingot_state_step(state, 1), 0);
  EXPECT_EQ(ingot_state_batch(state), 20);
}

TEST(TrainingStep, IsTheSameInOneFunctionAndInTwo) {
  Regression r;
  ingot_state *one = r.create(), *two = r.create(), *three = r.create();
  for (int i = 0; i < 10; ++i) {
    Batch batch = someBatch(i);
    ASSERT_OK(ingot_fused_step(r.context, one, 0, nullptr, batch.inputs, 2, nullptr, 0, nullptr));
    ingot_step_info info = INGOT_STEP_INFO;
    ASSERT_OK(train(r, two, batch, 0, &info, 1));
    EXPECT_TRUE(info.has_loss && info.has_gradient_norm && info.updated);
    ASSERT_OK(train(r, three, batch, INGOT_TRAIN_ACCUMULATE, &info));
    EXPECT_FALSE(info.updated);
    ASSERT_OK(ingot_optimizer_step(r.context, three, 0, nullptr, &info));
    EXPECT_TRUE(info.updated && !info.has_loss && info.has_gradient_norm);
    EXPECT_GT(info.gradient_norm, 0);
    EXPECT_EQ(bytesOf(one, INGOT_PARAMETER), bytesOf(two, INGOT_PARAMETER));
    EXPECT_EQ(bytesOf(one, INGOT_SLOT), bytesOf(three, INGOT_SLOT));
  }
}

TEST(TrainingStep, Accumulates) {
  Regression r;
  ingot_state *state = r.create();
  Expected expected;
  for (int i = 0; i < 5; ++i) {
    for (int j = 0; j < 4; ++j) {
      Batch batch = someBatch(4 * i + j);
      expected.differentiate(batch);
      EXPECT_EQ(ingot_accumulated(state, 0), j);
      ASSERT_OK(train(r, state, batch, j < 3 ? INGOT_TRAIN_ACCUMULATE : 0));
    }
    expected.apply(0.125, 0.25);
    expectNear(state, expected);
  }
  EXPECT_EQ(ingot_state_step(state, 0), 5);
  EXPECT_EQ(ingot_state_batch(state), 20);
  Batch batch = someBatch();
  EXPECT_ERROR(ingot_optimizer_step(r.context, state, 0, nullptr, nullptr), INGOT_STATUS_ARGUMENT, "no gradients");
  ASSERT_OK(train(r, state, batch, INGOT_TRAIN_ACCUMULATE));
  EXPECT_ERROR(ingot_fused_step(r.context, state, 0, nullptr, batch.inputs, 2, nullptr, 0, nullptr), INGOT_STATUS_ARGUMENT, "accumulated");
  ASSERT_OK(ingot_zero_grad(state, 0));
  ASSERT_OK(train(r, state, batch));
  expected.differentiate(batch);
  expected.apply(0.125);
  expectNear(state, expected);
  // Gradients of the caller's.
  float gradients[3] = {1, 2, 3};
  ASSERT_OK(ingot_state_flat_set(state, INGOT_GRADIENT, gradients, 12));
  ASSERT_OK(ingot_set_accumulated(state, 0, 2));
  ASSERT_OK(ingot_optimizer_step(r.context, state, 0, nullptr, nullptr));
  for (int i = 0; i < 3; ++i)
    expected.gradient[i] = gradients[i];
  expected.apply(0.125, 0.5);
  expectNear(state, expected);
}

TEST(TrainingStep, TakesHyperparameters) {
  Regression r;
  ingot_state *state = r.create();
  Expected expected;
  Batch batch = someBatch();
  ASSERT_OK(train(r, state, batch, INGOT_TRAIN_ACCUMULATE));
  ingot_hyper hyper = INGOT_HYPER_UNCHANGED;
  hyper.learning_rate = 0.5;
  hyper.clip_norm = 0.5;
  ingot_step_info info = INGOT_STEP_INFO;
  ASSERT_OK(ingot_optimizer_step(r.context, state, 0, &hyper, &info));
  EXPECT_EQ(info.learning_rate, 0.5);
  EXPECT_GT(info.gradient_norm, 0.5);
  expected.differentiate(batch);
  expected.apply(0.5, 0.5 / info.gradient_norm);
  expectNear(state, expected);
  // For that call alone.
  ASSERT_OK(train(r, state, batch, 0, &info));
  expected.differentiate(batch);
  expected.apply(0.125);
  expectNear(state, expected);
  ASSERT_OK(ingot_state_set_hyper(state, 0, &hyper));
  ASSERT_OK(ingot_fused_step(r.context, state, 0, nullptr, batch.inputs, 2, nullptr, 0, &info));
  EXPECT_EQ(info.learning_rate, 0.5);
}

TEST(TrainingStep, FollowsASchedule) {
  Regression r;
  ingot_state *state = r.create();
  ingot_schedule schedule;
  ASSERT_OK(ingot_schedule_parse("step:T=2,gamma=0.5", 0.25, &schedule));
  ASSERT_OK(ingot_state_set_schedule(state, 0, &schedule));
  Batch batch = someBatch();
  for (double rate : {0.25, 0.25, 0.125, 0.125, 0.0625}) {
    EXPECT_EQ(ingot_state_learning_rate(state, 0), rate);
    ingot_step_info info = INGOT_STEP_INFO;
    ASSERT_OK(train(r, state, batch, 0, &info));
    EXPECT_EQ(info.learning_rate, rate);
  }
  EXPECT_EQ(ingot_state_learning_rate(state, 1), 0.125);
  ASSERT_OK(ingot_state_set_schedule(state, 0, nullptr));
  ASSERT_OK(train(r, state, batch));
  EXPECT_EQ(ingot_state_learning_rate(state, 0), 0.0625);
  EXPECT_EQ(ingot_state_schedule(state, 0, &schedule), INGOT_STATUS_NOT_FOUND);
}

TEST(TrainingStep, EvaluatesAndInfers) {
  Regression r;
  ingot_state *state = r.create();
  Batch batch = someBatch();
  std::string before = bytesOf(state);
  ingot_step_info info = INGOT_STEP_INFO;
  ingot_tensor output = {};
  ASSERT_OK(ingot_evaluate_step(r.context, state, 0, batch.inputs, 2, &output, 1, &info));
  Expected expected;
  expected.differentiate(batch);
  EXPECT_NEAR(info.loss, expected.loss, 1e-5);
  EXPECT_EQ(output.dims[0], 4);
  EXPECT_EQ(info.step, 0);
  ingot_tensor inferred = {};
  ASSERT_OK(ingot_infer(r.context, state, batch.inputs, 1, &inferred, 1));
  EXPECT_NEAR(static_cast<float *>(inferred.data)[0], batch.x[0] * 1 - batch.x[1] * 2 + 0.5, 1e-6);
  EXPECT_EQ(bytesOf(state), before);
  EXPECT_ERROR(ingot_evaluate_step(r.context, state, 1, batch.inputs, 2, nullptr, 0, nullptr), INGOT_STATUS_NOT_FOUND,
               "evaluates in 'split'");
  EXPECT_ERROR(ingot_fused_step(r.context, state, 1, nullptr, batch.inputs, 2, nullptr, 0, nullptr), INGOT_STATUS_NOT_FOUND, "'split'");
  // All outputs of a function that is run by its number.
  ingot_tensor all[2] = {};
  ASSERT_OK(ingot_state_run(r.context, state, 4, batch.inputs, 2, all, 2));
  EXPECT_EQ(all[1].dtype, INGOT_F64);
  EXPECT_NEAR(static_cast<double *>(all[1].data)[0], expected.loss, 1e-5);
}

//===----------------------------------------------------------------------===//
// What goes wrong
//===----------------------------------------------------------------------===//

TEST(TrainingStep, ChangesNothingWhenItFails) {
  Regression r;
  ingot_state *state = r.create();
  Batch good = someBatch(), negative = someBatch(), nan = someBatch();
  negative.y[2] = -1;
  nan.x[3] = std::numeric_limits<float>::quiet_NaN();
  ASSERT_OK(train(r, state, good));
  std::string before = bytesOf(state);
  auto unchanged = [&] {
    EXPECT_EQ(bytesOf(state), before);
    EXPECT_EQ(ingot_state_step(state, 0), 1);
    EXPECT_EQ(ingot_state_batch(state), 1);
    EXPECT_EQ(ingot_accumulated(state, 0), 0);
  };
  for (uint32_t flags : {0u, INGOT_TRAIN_ACCUMULATE}) {
    EXPECT_ERROR(train(r, state, negative, flags), INGOT_STATUS_ASSERT, "'Gather_3' (Gather): a label is negative");
    unchanged();
    ingot_step_info info = INGOT_STEP_INFO;
    EXPECT_ERROR(train(r, state, nan, flags, &info), INGOT_STATUS_NUMERIC, "the loss 'loss' is not a number in step 2 of 'main'");
    EXPECT_TRUE(std::isnan(info.loss) && info.found_inf && !info.skipped && !info.updated);
    unchanged();
  }
  Batch infinite = someBatch();
  infinite.y[0] = std::numeric_limits<float>::infinity();
  EXPECT_ERROR(train(r, state, infinite), INGOT_STATUS_NUMERIC, "is infinite");
  unchanged();
  Batch lacking = someBatch();
  lacking.inputs[1].dims[0] = 3;
  EXPECT_ERROR(train(r, state, lacking), INGOT_STATUS_SHAPE, "'y'");
  EXPECT_ERROR(ingot_train_step(r.context, state, 0, good.inputs, 1, nullptr, 0, 0, nullptr), INGOT_STATUS_ARGUMENT, "2 inputs");
  ingot_tensor outputs[2] = {};
  EXPECT_ERROR(ingot_train_step(r.context, state, 0, good.inputs, 2, outputs, 2, 0, nullptr), INGOT_STATUS_ARGUMENT,
               "1 outputs of the model");
  EXPECT_ERROR(ingot_train_step(r.context, state, 2, good.inputs, 2, nullptr, 0, 0, nullptr), INGOT_STATUS_ARGUMENT, "no algorithm 2");
  EXPECT_EQ(train(r, state, good, 1u << 31), INGOT_STATUS_ARGUMENT);
  Regression other;
  EXPECT_ERROR(train(other, state, good), INGOT_STATUS_ARGUMENT, "different models");
  unchanged();
  EXPECT_STREQ(ingot_status_name(INGOT_STATUS_NUMERIC), "numeric");
}

TEST(TrainingStep, SaysWhereItComesFrom) {
  Regression r;
  ingot_state *state = r.create();
  std::string before = bytesOf(state);
  float *w = floatsOf(state, INGOT_PARAMETER, "w");
  Batch nan = someBatch(), infinite = someBatch(), large = someBatch();
  nan.x[3] = std::numeric_limits<float>::quiet_NaN();
  infinite.y[1] = std::numeric_limits<float>::infinity();
  large.x[2] = 3e38f;
  for (int algorithm : {0, 1}) {
    EXPECT_ERROR(train(r, state, nan, 0, nullptr, algorithm), INGOT_STATUS_NUMERIC, "; it comes from input 'x'; the parameters");
    EXPECT_ERROR(train(r, state, infinite, 0, nullptr, algorithm), INGOT_STATUS_NUMERIC, "; it comes from input 'y'; the parameters");
  }
  EXPECT_ERROR(train(r, state, large), INGOT_STATUS_NUMERIC,
               "is infinite in step 1 of 'main'; it comes from node 'Sub_2' (Sub) or a node computed with it; the parameters");
  w[0] = 2;
  EXPECT_ERROR(train(r, state, large), INGOT_STATUS_NUMERIC, "; it comes from node 'Gemm_1' (Gemm); the parameters");
  Batch good = someBatch();
  w[0] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_ERROR(train(r, state, good), INGOT_STATUS_NUMERIC, "; it comes from parameter 'w'; the parameters");
  w[0] = 1;
  EXPECT_EQ(bytesOf(state), before);
  ASSERT_OK(train(r, state, good));
  ingot_step_info info = {};
  EXPECT_ERROR(train(r, state, good, 0, &info), INGOT_STATUS_ARGUMENT, "struct_bytes is not set");
}

TEST(TrainingStep, SkipsAsAsked) {
  Regression r;
  ingot_state_options options = {};
  options.numeric_policy = INGOT_NUMERIC_SKIP;
  ingot_state *state = r.create(options);
  Batch good = someBatch(), nan = someBatch();
  nan.x[3] = std::numeric_limits<float>::quiet_NaN();
  std::string before = bytesOf(state, INGOT_PARAMETER);
  ingot_step_info info = INGOT_STEP_INFO;
  ASSERT_OK(train(r, state, nan, 0, &info));
  EXPECT_TRUE(info.skipped && info.found_inf && !info.updated);
  EXPECT_EQ(bytesOf(state, INGOT_PARAMETER), before);
  EXPECT_EQ(ingot_state_step(state, 0), 0);
  EXPECT_EQ(ingot_state_batch(state), 1);
  // A batch of several spoils the update that it is a part of.
  ASSERT_OK(train(r, state, good, INGOT_TRAIN_ACCUMULATE));
  ASSERT_OK(train(r, state, nan, INGOT_TRAIN_ACCUMULATE, &info));
  EXPECT_TRUE(info.skipped);
  EXPECT_EQ(ingot_accumulated(state, 0), 0);
  EXPECT_EQ(bytesOf(state, INGOT_PARAMETER), before);
}

TEST(TrainingStep, ScalesTheLoss) {
  Regression r(regression_f16_query);
  ingot_state_options options = {};
  options.scale_interval = 3;
  ingot_state *state = r.create(options), *plain;
  EXPECT_EQ(ingot_state_loss_scale(state), 65536);
  ASSERT_OK(ingot_state_clone(state, &plain));
  r.states.push_back(plain);
  ingot_hyper hyper = INGOT_HYPER_UNCHANGED;
  hyper.loss_scale = 1;
  ASSERT_OK(ingot_state_set_hyper(plain, -1, &hyper));
  Batch batch = someBatch();
  std::string before = bytesOf(state, INGOT_PARAMETER);
  ingot_step_info info = INGOT_STEP_INFO;
  int skipped = 0;
  double scale = 65536;
  for (; skipped < 20; ++skipped) {
    // In one function and in two, in turns.
    ASSERT_OK(train(r, state, batch, 0, &info, skipped & 1));
    EXPECT_EQ(info.loss_scale, scale);
    if (!info.skipped)
      break;
    scale /= 2;
    EXPECT_EQ(ingot_state_loss_scale(state), scale);
    EXPECT_EQ(bytesOf(state, INGOT_PARAMETER), before);
  }
  EXPECT_GT(skipped, 0);
  EXPECT_LT(skipped, 10);
  EXPECT_TRUE(info.updated);
  ASSERT_OK(train(r, plain, batch, 0, &info, skipped & 1));
  EXPECT_EQ(bytesOf(state, INGOT_PARAMETER), bytesOf(plain, INGOT_PARAMETER)); // scaled by powers of two
  ASSERT_OK(train(r, state, batch));
  EXPECT_EQ(ingot_state_loss_scale(state), scale);
  ASSERT_OK(train(r, state, batch)); // the third without a skip
  EXPECT_EQ(ingot_state_loss_scale(state), 2 * scale);
  // At the lowest scale, it is the model.
  Batch infinite = someBatch();
  infinite.y[0] = std::numeric_limits<float>::infinity();
  for (; ingot_state_loss_scale(state) > 1;)
    ASSERT_OK(train(r, state, infinite));
  EXPECT_EQ(train(r, state, infinite), INGOT_STATUS_NUMERIC);
}
