//===- TrainingFixture.h - A linear regression to train ---------------*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_TEST_RUNTIME_TRAININGFIXTURE_H
#define INGOT_TEST_RUNTIME_TRAININGFIXTURE_H

#include "ingot/training.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#define INGOT_TEST_QUERY(name) extern "C" const ingot_library *name##_query(uint32_t, uint32_t);
INGOT_TEST_QUERY(regression)
INGOT_TEST_QUERY(regression_f16)
INGOT_TEST_QUERY(regression_other)
INGOT_TEST_QUERY(regression_renamed)

#define EXPECT_OK(call) EXPECT_EQ(call, INGOT_STATUS_OK) << ingot_last_error()
#define ASSERT_OK(call) ASSERT_EQ(call, INGOT_STATUS_OK) << ingot_last_error()
#define EXPECT_ERROR(call, status, text)                                                                                                \
  EXPECT_EQ(call, status);                                                                                                              \
  EXPECT_NE(std::string(ingot_last_error()).find(text), std::string::npos) << ingot_last_error()

/// A model, a context, and states of it.
struct Regression {
  explicit Regression(ingot_library_query_fn query = regression_query) {
    EXPECT_OK(ingot_model_open_static(query, &model));
    EXPECT_OK(ingot_context_create(model, nullptr, &context));
  }
  ~Regression() {
    for (ingot_state *state : states)
      ingot_state_destroy(state);
    ingot_context_destroy(context);
    ingot_model_close(model);
  }

  ingot_state *create(ingot_state_options options = {}) {
    options.struct_bytes = sizeof(options);
    ingot_state *state = nullptr;
    EXPECT_OK(ingot_state_create(model, &options, &state));
    states.push_back(state);
    return state;
  }

  ingot_model *model = nullptr;
  ingot_context *context = nullptr;
  std::vector<ingot_state *> states;
};

/// Rows [i, 2] and labels [i].
struct Batch {
  std::vector<float> x, y;
  ingot_tensor inputs[2];

  explicit Batch(std::vector<float> rows, std::vector<float> labels) : x(std::move(rows)), y(std::move(labels)) {
    inputs[0] = {x.data(), 0, INGOT_F32, 2, {int64_t(y.size()), 2}};
    inputs[1] = {y.data(), 0, INGOT_F32, 1, {int64_t(y.size())}};
  }
  Batch(const Batch &other) : Batch(other.x, other.y) {}
};

inline Batch someBatch(int number = 0, int rows = 4) {
  std::vector<float> x, y;
  for (int i = 0; i < rows; ++i) {
    float a = float((number * 7 + i * 3) % 11) / 8, b = float((number * 5 + i * 2) % 13) / 16;
    x.insert(x.end(), {a, b});
    y.push_back(3 + 2 * a - b);
  }
  return Batch(x, y);
}

/// All bytes of the variables of a kind.
inline std::string bytesOf(const ingot_state *state, int32_t kind) {
  std::string bytes(size_t(ingot_state_flat_bytes(state, kind)), 0);
  EXPECT_OK(ingot_state_flat_get(state, kind, &bytes[0], int64_t(bytes.size())));
  return bytes;
}
inline std::string bytesOf(const ingot_state *state) {
  std::string all;
  for (int32_t kind : {INGOT_PARAMETER, INGOT_GRADIENT, INGOT_SLOT, INGOT_BUFFER})
    all += bytesOf(state, kind);
  return all;
}

inline float *floatsOf(ingot_state *state, int32_t kind, const char *name, const char *role = nullptr) {
  ingot_tensor tensor;
  EXPECT_OK(ingot_state_tensor(state, kind, name, role, &tensor));
  return static_cast<float *>(tensor.data);
}

inline ingot_status train(Regression &regression, ingot_state *state, Batch &batch, uint32_t flags = 0, ingot_step_info *info = nullptr,
                          int32_t algorithm = 0) {
  return ingot_train_step(regression.context, state, algorithm, batch.inputs, 2, nullptr, 0, flags, info);
}

#endif // INGOT_TEST_RUNTIME_TRAININGFIXTURE_H
