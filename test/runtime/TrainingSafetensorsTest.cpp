//===- TrainingSafetensorsTest.cpp - The format of safetensors --------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TrainingFiles.h"
#include "TrainingFixture.h"

namespace {

class TrainingSafetensors : public ::testing::Test {
protected:
  static std::string withHeader(const std::string &header, const std::string &data = "") {
    std::string result(8, 0);
    for (int i = 0; i < 8; ++i)
      result[size_t(i)] = char(uint64_t(header.size()) >> 8 * i);
    return result + header + data;
  }
  static ingot_file_options only(const char *names, uint32_t flags = 0, uint32_t kinds = 0) {
    ingot_file_options options = {};
    options.struct_bytes = sizeof(options);
    options.names = names;
    options.flags = flags;
    options.kinds = kinds;
    return options;
  }
  TemporaryFolder folder;
  std::string path = folder.file("weights.safetensors");
  Regression r;
};

} // namespace

TEST_F(TrainingSafetensors, GoesRound) {
  ingot_state_options random = {};
  random.seed = 5;
  ingot_state *state = r.create(random), *loaded = r.create();
  Batch batch = someBatch();
  ASSERT_OK(train(r, state, batch));
  ASSERT_OK(ingot_safetensors_save(state, path.c_str(), nullptr));
  ASSERT_OK(ingot_safetensors_load(loaded, path.c_str(), nullptr));
  EXPECT_EQ(bytesOf(loaded, INGOT_PARAMETER), bytesOf(state, INGOT_PARAMETER));
  EXPECT_EQ(bytesOf(loaded, INGOT_BUFFER), bytesOf(state, INGOT_BUFFER));
  EXPECT_NE(bytesOf(loaded, INGOT_SLOT), bytesOf(state, INGOT_SLOT));
  ingot_file_options all = only(nullptr, 0, 0xf);
  ASSERT_OK(ingot_safetensors_save(state, path.c_str(), &all));
  ASSERT_OK(ingot_safetensors_load(loaded, path.c_str(), &all));
  EXPECT_EQ(bytesOf(loaded), bytesOf(state));
  std::string bytes = readFile(path);
  EXPECT_NE(bytes.find("\"w@gradient\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":["), std::string::npos);
  EXPECT_NE(bytes.find("\"w.momentum\":"), std::string::npos);
  EXPECT_NE(bytes.find("\"nothing\":{\"dtype\":\"F32\",\"shape\":[0,4],"), std::string::npos);
}

TEST_F(TrainingSafetensors, ReadsWhatOthersWrite) {
  ingot_state *state = r.create();
  float w[2] = {7, 8}, b = 9;
  std::string data(reinterpret_cast<char *>(&b), 4);
  data.append(reinterpret_cast<char *>(w), 8);
  // Spaces, escapes, another order, metadata behind.
  writeFile(
      path,
      withHeader("{ \"\\u0077\" : {\"shape\":[ 2 ],\n\"data_offsets\": [4,12] , \"dtype\":\"F32\"},"
                 "\"b\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,4]},\"__metadata__\":{\"a\\n\\ud83d\\ude00\":\"b\"}}   ",
                 data));
  ingot_file_options options = only("^[wb]$", 0, INGOT_KIND_BIT(INGOT_PARAMETER));
  ASSERT_OK(ingot_safetensors_load(state, path.c_str(), &options));
  EXPECT_EQ(floatsOf(state, INGOT_PARAMETER, "w")[1], 8);
  EXPECT_EQ(floatsOf(state, INGOT_PARAMETER, "b")[0], 9);
  // The model has more.
  EXPECT_ERROR(ingot_safetensors_load(state, path.c_str(), nullptr), INGOT_STATUS_STATE, "lacks 'seen' of the model");
}

static std::vector<std::string> reports;
static void report(void *, const char *text) { reports.push_back(text); }

TEST_F(TrainingSafetensors, TakesWhatFits) {
  ingot_state *state = r.create();
  std::string before = bytesOf(state);
  writeFile(path, withHeader("{\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},\"b\":{\"dtype\":\"F16\",\"shape\":[],"
                             "\"data_offsets\":[8,10]},\"x\":{\"dtype\":\"F8_E4M3\",\"shape\":[1],\"data_offsets\":[10,11]}}",
                             std::string(11, 0)));
  EXPECT_ERROR(ingot_safetensors_load(state, path.c_str(), nullptr), INGOT_STATUS_STATE, "'b' with another type");
  EXPECT_EQ(bytesOf(state), before);
  ingot_file_options options = only("^(w|b|seen)$", INGOT_FILE_PARTIAL);
  options.report = report;
  reports.clear();
  ASSERT_OK(ingot_safetensors_load(state, path.c_str(), &options));
  EXPECT_EQ(floatsOf(state, INGOT_PARAMETER, "w")[0], 0);
  EXPECT_EQ(reports, (std::vector<std::string>{"'b' has another type or other sizes in the file than in the model",
                                               "'x' of the file is not in the model", "'b' of the model is not in the file",
                                               "'seen' of the model is not in the file"}));
  writeFile(path, withHeader("{\"x\":{\"dtype\":\"U8\",\"shape\":[],\"data_offsets\":[0,1]}}", "1"));
  EXPECT_ERROR(ingot_safetensors_load(state, path.c_str(), nullptr), INGOT_STATUS_STATE, "the tensor 'x', which the model does not have");
  EXPECT_ERROR(ingot_safetensors_load(state, path.c_str(), &options), INGOT_STATUS_STATE, "nothing that fits");
}

TEST_F(TrainingSafetensors, RefusesHostileFiles) {
  ingot_state *state = r.create();
  std::string before = bytesOf(state);
  const std::string good = "\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}";
  struct {
    std::string header, data;
    const char *text;
  } cases[] = {
      {"", "xx", "no JSON object"},
      {" {}", "", "no JSON object"},
      {"[]", "", "no JSON object"},
      {"{", "x", "no JSON object"},
      {"{}x", "", "no JSON object"},
      {"{}", "x", "do not fill"},
      {"{" + good + "}", "1234567", "do not fill"},
      {"{" + good + "}", "123456789", "do not fill"},
      {"{" + good + ",}", "12345678", "no JSON object"},
      {"{" + good + "," + good + "}", "12345678", "overlap"},
      {"{" + good + ",\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,16]}}", std::string(16, 0), "twice"},
      {"{" + good + ",\"b\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[9,13]}}", std::string(13, 0), "gaps"},
      {"{" + good + ",\"b\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[4,8]}}", "12345678", "overlap"},
      {"{\"__metadata__\":{},\"__metadata__\":{}}", "", "metadata twice"},
      {"{\"__metadata__\":{\"a\":1}}", "", "no JSON object"},
      {"{\"__metadata__\":[]}", "", "no JSON object"},
      {"{\"w\":{\"dtype\":\"F32\",\"shape\":[2]}}", "12345678", "lacks"},
      {"{\"w\":{\"dtype\":\"F31\",\"shape\":[2],\"data_offsets\":[0,8]}}", "12345678", "unknown type"},
      {"{\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8],\"x\":1}}", "12345678", "unknown names"},
      {"{\"w\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", "12345678", "twice"},
      {"{\"w\":{\"dtype\":\"F32\",\"shape\":[-2],\"data_offsets\":[0,8]}}", "12345678", "a shape that is none"},
      {"{\"w\":{\"dtype\":\"F32\",\"shape\":[02],\"data_offsets\":[0,8]}}", "12345678", "a shape that is none"},
      {"{\"w\":{\"dtype\":\"F32\",\"shape\":[2.0],\"data_offsets\":[0,8]}}", "12345678", "a shape that is none"},
      {"{\"w\":{\"dtype\":\"F32\",\"shape\":[99999999999999999999],\"data_offsets\":[0,8]}}", "12345678", "a shape that is none"},
      {"{\"w\":{\"dtype\":\"F32\",\"shape\":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,2],\"data_offsets\":[0,8]}}", "12345678",
       "a shape that is none"},
      {"{\"w\":{\"dtype\":\"F32\",\"shape\":[4611686018427387904,4],\"data_offsets\":[0,0]}}", "", "impossible size"},
      {"{\"w\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,8]}}", "12345678", "do not fit the shape"},
      {"{\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]}}", "12345678", "do not fit the shape"},
      {"{\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0]}}", "12345678", "offsets that are none"},
      {"{\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8,9]}}", "12345678", "offsets that are none"},
      {"{\"w\\u0000\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", "12345678", "no JSON object"},
      {"{\"w\\ud800\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", "12345678", "no JSON object"},
      {"{\"w\\x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", "12345678", "no JSON object"},
      {std::string("{\"w\n\":{}}"), "", "no JSON object"},
      {"{" + std::string(100000, '{'), "", "no JSON object"},
  };
  for (auto &c : cases) {
    writeFile(path, withHeader(c.header, c.data));
    EXPECT_ERROR(ingot_safetensors_load(state, path.c_str(), nullptr), INGOT_STATUS_STATE, c.text) << c.header.substr(0, 200);
  }
  for (uint64_t size : {uint64_t(0), uint64_t(3), uint64_t(100000001), uint64_t(1) << 40, ~uint64_t(0)}) {
    std::string bytes = withHeader("{}");
    for (int i = 0; i < 8; ++i)
      bytes[size_t(i)] = char(size >> 8 * i);
    writeFile(path, bytes);
    EXPECT_EQ(ingot_safetensors_load(state, path.c_str(), nullptr), INGOT_STATUS_STATE);
  }
  // Any file that is cut.
  ASSERT_OK(ingot_safetensors_save(state, path.c_str(), nullptr));
  size_t size = readFile(path).size();
  for (size_t length = size; length--;)
    if (length < 2000 || length > size - 2000 || length % 101 == 0) {
      ASSERT_EQ(truncate(path.c_str(), off_t(length)), 0);
      ASSERT_EQ(ingot_safetensors_load(state, path.c_str(), nullptr), INGOT_STATUS_STATE) << length;
    }
  EXPECT_EQ(bytesOf(state), before);
  EXPECT_EQ(ingot_safetensors_load(state, folder.file("none").c_str(), nullptr), INGOT_STATUS_NOT_FOUND);
}
