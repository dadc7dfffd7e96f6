//===- StateTest.cpp - What a context keeps from run to run ----------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ingot/runtime.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstring>
#include <string>
#include <unistd.h>
#include <vector>

namespace {

// `cache` of fake.c: `rows` [K, 4] go behind `past` [2, P, 2] (up to 5 along dimension 1), `hidden` [2] counts runs and adds up.
class StateTest : public ::testing::Test {
protected:
  void SetUp() override {
    ASSERT_EQ(ingot_model_open_file(FAKES "/fake.so", &model), INGOT_STATUS_OK) << ingot_last_error();
    cache = ingot_model_find_function(model, "cache");
    ASSERT_EQ(ingot_context_create(model, nullptr, &context), INGOT_STATUS_OK);
  }
  void TearDown() override {
    ingot_context_destroy(context);
    ingot_model_close(model);
    unlink(file.c_str());
  }

  ingot_status run(std::vector<float> rows, float *sum = nullptr) {
    ingot_tensor in = {rows.data(), 0, INGOT_F32, 2, {int64_t(rows.size() / 4), 4}}, out = {};
    ingot_status status = ingot_context_run(context, cache, &in, 1, &out, 1);
    if (!status && sum)
      *sum = *static_cast<float *>(out.data);
    return status;
  }

  std::vector<float> get(int32_t index, std::vector<int64_t> dims) {
    std::vector<float> values(64, -1);
    ingot_tensor value = {values.data(), 256, 0, 0, {}};
    EXPECT_EQ(ingot_context_state_get(context, cache, index, &value), INGOT_STATUS_OK) << ingot_last_error();
    EXPECT_EQ(std::vector<int64_t>(value.dims, value.dims + value.rank), dims);
    size_t count = 1;
    for (int64_t size : dims)
      count *= size_t(size);
    values.resize(count);
    return values;
  }

  ingot_status setPast(std::vector<float> values, int64_t rows) {
    ingot_tensor value = {values.data(), int64_t(values.size() * 4), INGOT_F32, 3, {2, rows, 2}};
    return ingot_context_state_set(context, cache, 0, &value);
  }

  const std::string file = "/tmp/ingot-state-test-" + std::to_string(getpid());
  ingot_model *model = nullptr;
  ingot_context *context = nullptr;
  int32_t cache = -1;
};

TEST_F(StateTest, Describes) {
  EXPECT_EQ(ingot_model_state_count(model, cache), 2);
  EXPECT_EQ(ingot_model_state_count(model, 0), 0);
  ingot_state_info info;
  ASSERT_EQ(ingot_model_state(model, cache, 0, &info), INGOT_STATUS_OK);
  EXPECT_STREQ(info.tensor.name, "past");
  EXPECT_STREQ(info.output, "present");
  EXPECT_EQ(info.axis, 1);
  EXPECT_EQ(info.capacity, 5);
  EXPECT_EQ(info.tensor.rank, 3);
  EXPECT_EQ(info.tensor.dims[0], 2);
  EXPECT_EQ(info.tensor.dims[1], -1);
  EXPECT_STREQ(info.tensor.symbols[1], "P");
  ASSERT_EQ(ingot_model_state(model, cache, 1, &info), INGOT_STATUS_OK);
  EXPECT_EQ(info.axis, -1);
  EXPECT_EQ(ingot_model_state(model, cache, 2, &info), INGOT_STATUS_ARGUMENT);
  EXPECT_EQ(ingot_model_find_state(model, cache, "hidden"), 1);
  EXPECT_EQ(ingot_model_find_state(model, cache, "rows"), -1);
  ingot_function_info function;
  ASSERT_EQ(ingot_model_function(model, cache, &function), INGOT_STATUS_OK);
  EXPECT_EQ(function.input_count, 1);
  EXPECT_EQ(function.output_count, 1);
}

TEST_F(StateTest, GrowsAndKeeps) {
  float sum;
  ASSERT_EQ(run({1, 2, 3, 4}, &sum), INGOT_STATUS_OK) << ingot_last_error();
  EXPECT_EQ(sum, 10);
  ASSERT_EQ(run({5, 6, 7, 8, 1, 1, 1, 1}, &sum), INGOT_STATUS_OK) << ingot_last_error();
  EXPECT_EQ(sum, 40);
  EXPECT_EQ(get(0, {2, 3, 2}), std::vector<float>({1, 2, 5, 6, 1, 1, 3, 4, 7, 8, 1, 1}));
  EXPECT_EQ(get(1, {2}), std::vector<float>({2, 6}));
}

TEST_F(StateTest, RefusesWhatDoesNotFitAndLosesNothing) {
  ASSERT_EQ(run(std::vector<float>(16, 1)), INGOT_STATUS_OK);
  EXPECT_EQ(run(std::vector<float>(8, 2)), INGOT_STATUS_STATE);
  EXPECT_NE(std::string(ingot_last_error()).find("state 'past' is full: it has 4 rows of at most 5, and the run adds 2"),
            std::string::npos)
      << ingot_last_error();
  EXPECT_EQ(get(0, {2, 4, 2}), std::vector<float>(16, 1));
  EXPECT_EQ(get(1, {2}), std::vector<float>({1, 1}));
  // The last row still goes in.
  EXPECT_EQ(run({3, 3, 3, 3}), INGOT_STATUS_OK);
  EXPECT_EQ(run({3, 3, 3, 3}), INGOT_STATUS_STATE);
}

TEST_F(StateTest, AFailedRunChangesNothing) {
  ASSERT_EQ(run({1, 2, 3, 4}), INGOT_STATUS_OK);
  EXPECT_NE(run({-1, 0, 0, 0}), INGOT_STATUS_OK);
  EXPECT_EQ(get(0, {2, 1, 2}), std::vector<float>({1, 2, 3, 4}));
  EXPECT_EQ(get(1, {2}), std::vector<float>({1, 1}));
}

TEST_F(StateTest, SetsTruncatesAndResets) {
  EXPECT_EQ(get(0, {2, 0, 2}), std::vector<float>());
  EXPECT_EQ(get(1, {2}), std::vector<float>({0, 0}));
  ASSERT_EQ(setPast({1, 2, 3, 4, 5, 6, 7, 8}, 2), INGOT_STATUS_OK) << ingot_last_error();
  EXPECT_EQ(get(0, {2, 2, 2}), std::vector<float>({1, 2, 3, 4, 5, 6, 7, 8}));
  float sum;
  ASSERT_EQ(run({1, 0, 0, 0}, &sum), INGOT_STATUS_OK);
  EXPECT_EQ(sum, 37);
  ASSERT_EQ(ingot_context_state_truncate(context, cache, 1), INGOT_STATUS_OK);
  EXPECT_EQ(get(0, {2, 1, 2}), std::vector<float>({1, 2, 5, 6}));
  ASSERT_EQ(ingot_context_state_truncate(context, cache, 4), INGOT_STATUS_OK);
  EXPECT_EQ(get(0, {2, 1, 2}), std::vector<float>({1, 2, 5, 6}));
  ASSERT_EQ(ingot_context_state_reset(context), INGOT_STATUS_OK);
  ASSERT_EQ(run({1, 0, 0, 0}, &sum), INGOT_STATUS_OK);
  EXPECT_EQ(sum, 1);
  EXPECT_EQ(get(1, {2}), std::vector<float>({1, 1}));
}

TEST_F(StateTest, RefusesWrongValues) {
  EXPECT_EQ(setPast(std::vector<float>(24), 6), INGOT_STATUS_STATE);
  EXPECT_EQ(setPast(std::vector<float>(4), 2), INGOT_STATUS_SHAPE);
  float value = 0;
  ingot_tensor wrong = {&value, 0, INGOT_I32, 1, {2}};
  EXPECT_EQ(ingot_context_state_set(context, cache, 1, &wrong), INGOT_STATUS_DTYPE);
  wrong = {&value, 0, INGOT_F32, 1, {1}};
  EXPECT_EQ(ingot_context_state_set(context, cache, 1, &wrong), INGOT_STATUS_SHAPE);
  wrong = {nullptr, 0, INGOT_F32, 1, {2}};
  EXPECT_EQ(ingot_context_state_set(context, cache, 1, &wrong), INGOT_STATUS_ARGUMENT);
  EXPECT_EQ(ingot_context_state_set(context, cache, 2, &wrong), INGOT_STATUS_ARGUMENT);
  EXPECT_EQ(ingot_context_state_set(nullptr, cache, 0, &wrong), INGOT_STATUS_ARGUMENT);
  // A buffer that is too small is not written.
  ASSERT_EQ(run({1, 2, 3, 4}), INGOT_STATUS_OK);
  ingot_tensor small = {&value, 4, 0, 0, {}};
  EXPECT_EQ(ingot_context_state_get(context, cache, 0, &small), INGOT_STATUS_SHAPE);
  EXPECT_EQ(value, 0);
}

TEST_F(StateTest, SavesAndLoads) {
  ASSERT_EQ(run({1, 2, 3, 4, 5, 6, 7, 8}), INGOT_STATUS_OK);
  ASSERT_EQ(ingot_context_state_save(context, file.c_str()), INGOT_STATUS_OK) << ingot_last_error();
  ingot_context_destroy(context);
  ASSERT_EQ(ingot_context_create(model, nullptr, &context), INGOT_STATUS_OK);
  ASSERT_EQ(ingot_context_state_load(context, file.c_str()), INGOT_STATUS_OK) << ingot_last_error();
  EXPECT_EQ(get(0, {2, 2, 2}), std::vector<float>({1, 2, 5, 6, 3, 4, 7, 8}));
  EXPECT_EQ(get(1, {2}), std::vector<float>({1, 1}));
  EXPECT_EQ(ingot_context_state_save(context, "/no/such/folder/file"), INGOT_STATUS_SYSTEM);
  EXPECT_EQ(ingot_context_state_load(context, "/no/such/file"), INGOT_STATUS_NOT_FOUND);
}

TEST_F(StateTest, RefusesDamagedFiles) {
  ASSERT_EQ(run({1, 2, 3, 4, 5, 6, 7, 8}), INGOT_STATUS_OK);
  ASSERT_EQ(ingot_context_state_save(context, file.c_str()), INGOT_STATUS_OK);
  std::vector<char> bytes(1 << 16);
  FILE *in = fopen(file.c_str(), "rb");
  bytes.resize(fread(bytes.data(), 1, bytes.size(), in));
  fclose(in);
  ASSERT_EQ(run({9, 9, 9, 9}), INGOT_STATUS_OK);
  // Cut anywhere, or with any byte changed, the file changes nothing.
  for (size_t i = 0; i < bytes.size(); ++i)
    for (bool cut : {false, true}) {
      std::vector<char> damaged(bytes.begin(), bytes.begin() + long(cut ? i : bytes.size()));
      if (!cut)
        damaged[i] = char(damaged[i] ^ 0x11);
      FILE *out = fopen(file.c_str(), "wb");
      fwrite(damaged.data(), 1, damaged.size(), out);
      fclose(out);
      ASSERT_NE(ingot_context_state_load(context, file.c_str()), INGOT_STATUS_OK) << i << (cut ? " cut" : " changed");
    }
  EXPECT_EQ(get(1, {2}), std::vector<float>({2, 10}));
}

} // namespace
