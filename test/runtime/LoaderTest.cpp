//===- LoaderTest.cpp - Opening and describing libraries ------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ingot/runtime.h"

#include <gtest/gtest.h>

#include <cstring>
#include <elf.h>
#include <fstream>
#include <iterator>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

extern "C" const ingot_library *fake_library_query(uint32_t version, uint32_t level);
extern "C" int header_test_run(const char *path);

static std::string pathOf(const char *name) { return std::string(FAKES) + "/" + name + ".so"; }

static std::string contentsOf(const char *name) {
  std::ifstream file(pathOf(name), std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

/// Opens a fake and closes it again.
static ingot_status open(const char *name) {
  ingot_model *model = nullptr;
  ingot_status status = ingot_model_open_file(pathOf(name).c_str(), &model);
  EXPECT_EQ(status == INGOT_STATUS_OK, model != nullptr);
  ingot_model_close(model);
  return status;
}

static ingot_status openBytes(const std::string &bytes) {
  ingot_model *model = nullptr;
  ingot_status status = ingot_model_open_memory(bytes.data(), bytes.size(), &model);
  EXPECT_EQ(status == INGOT_STATUS_OK, model != nullptr);
  ingot_model_close(model);
  return status;
}

#define EXPECT_ERROR(call, status, text)                                                                                                \
  EXPECT_EQ(call, status);                                                                                                              \
  EXPECT_NE(std::string(ingot_last_error()).find(text), std::string::npos) << ingot_last_error()

TEST(Header, RunsFromC) { EXPECT_EQ(header_test_run(pathOf("fake").c_str()), 0); }

TEST(Loader, DescribesAModel) {
  ingot_model *model;
  ASSERT_EQ(ingot_model_open_file(pathOf("fake").c_str(), &model), INGOT_STATUS_OK) << ingot_last_error();
  ingot_model_info info;
  ASSERT_EQ(ingot_model_describe(model, &info), INGOT_STATUS_OK);
  EXPECT_STREQ(info.name, "fake");
  EXPECT_EQ(info.function_count, 6);
  EXPECT_EQ(info.kernel_count, 1);
  EXPECT_EQ(info.level, 0u);
  ingot_function_info function;
  ASSERT_EQ(ingot_model_function(model, 1, &function), INGOT_STATUS_OK);
  EXPECT_STREQ(function.name, "one");
  EXPECT_EQ(function.arena_bytes, 64);
  ingot_tensor_info tensor;
  ASSERT_EQ(ingot_model_input(model, 0, 1, &tensor), INGOT_STATUS_OK);
  EXPECT_STREQ(tensor.name, "y");
  EXPECT_EQ(tensor.dtype, INGOT_F32);
  EXPECT_EQ(tensor.rank, 1);
  EXPECT_EQ(tensor.dims[0], -1);
  EXPECT_STREQ(tensor.symbols[0], "N");
  ASSERT_EQ(ingot_model_output(model, 2, 0, &tensor), INGOT_STATUS_OK);
  EXPECT_TRUE(tensor.shape_depends_on_data);
  EXPECT_EQ(ingot_model_find_function(model, "nonzero"), 2);
  EXPECT_EQ(ingot_model_find_function(model, "none"), -1);
  EXPECT_EQ(ingot_model_find_input(model, 0, "y"), 1);
  EXPECT_EQ(ingot_model_find_output(model, 0, "z"), 0);
  EXPECT_EQ(ingot_model_find_output(model, 77, "z"), -1);
  uint64_t bytes;
  EXPECT_NE(ingot_model_manifest(model, &bytes), nullptr);
  EXPECT_GT(bytes, 100u);
  EXPECT_EQ(ingot_model_function(model, 6, &function), INGOT_STATUS_ARGUMENT);
  EXPECT_EQ(ingot_model_input(model, 0, 2, &tensor), INGOT_STATUS_ARGUMENT);
  ingot_model_close(model);
}

TEST(Loader, OpensFromMemoryAndStatically) {
  EXPECT_EQ(openBytes(contentsOf("fake")), INGOT_STATUS_OK) << ingot_last_error();
  ingot_model *model;
  ASSERT_EQ(ingot_model_open_static(fake_library_query, &model), INGOT_STATUS_OK) << ingot_last_error();
  ingot_model_close(model);
  ingot_model_close(nullptr);
  EXPECT_EQ(open("late"), INGOT_STATUS_OK) << ingot_last_error();
}

TEST(Loader, ChoosesTheLevel) {
  for (const char *name : {"levels", "levels_late"}) {
    ingot_model *model;
    uint32_t machine = ingot_cpu_level();
    ingot_status status = ingot_model_open_file(pathOf(name).c_str(), &model);
    if (machine < 2) {
      EXPECT_EQ(status, INGOT_STATUS_CPU);
      continue;
    }
    ASSERT_EQ(status, INGOT_STATUS_OK) << ingot_last_error();
    ingot_model_info info;
    ingot_model_describe(model, &info);
    EXPECT_EQ(info.level, machine);
    ingot_model_close(model);
  }
}

TEST(Loader, RefusesOtherVersionsAndProcessors) {
  EXPECT_ERROR(open("newer"), INGOT_STATUS_VERSION, "newer runtime");
  EXPECT_ERROR(open("abi9"), INGOT_STATUS_VERSION, "ABI version 9");
  EXPECT_ERROR(open("newer_manifest"), INGOT_STATUS_VERSION, "manifest format 99");
  EXPECT_ERROR(open("other_cpu"), INGOT_STATUS_CPU, "avx4096");
  EXPECT_ERROR(open("level9"), INGOT_STATUS_CPU, "no code for this processor");
}

TEST(Loader, RefusesOtherFiles) {
  EXPECT_ERROR(open("no-such-file"), INGOT_STATUS_NOT_FOUND, "No such file");
  EXPECT_ERROR(open("noquery"), INGOT_STATUS_NOT_A_LIBRARY, "does not export");
  ingot_model *model;
  EXPECT_ERROR(ingot_model_open_file(FAKES, &model), INGOT_STATUS_NOT_A_LIBRARY, "no file");
  EXPECT_ERROR(ingot_model_open_file("/dev/null", &model), INGOT_STATUS_NOT_A_LIBRARY, "no file");
  EXPECT_ERROR(ingot_model_open_file("/proc/self/exe", &model), INGOT_STATUS_NOT_A_LIBRARY, "not a");
  EXPECT_ERROR(openBytes("no ELF file at all, just some text"), INGOT_STATUS_NOT_A_LIBRARY, "no ELF file");
  EXPECT_ERROR(openBytes(""), INGOT_STATUS_NOT_A_LIBRARY, "no bytes");
  std::string bytes = contentsOf("fake");
  bytes[18] = char(bytes[18] ^ 0x55); // e_machine
  EXPECT_ERROR(openBytes(bytes), INGOT_STATUS_CPU, "another kind of processor");
}

TEST(Loader, RefusesInconsistentManifests) {
  EXPECT_ERROR(open("weight_outside"), INGOT_STATUS_NOT_A_LIBRARY, "weight lies outside");
  EXPECT_ERROR(open("weights_missing"), INGOT_STATUS_NOT_A_LIBRARY, "lacks weights");
  EXPECT_ERROR(open("weights_elsewhere"), INGOT_STATUS_NOT_A_LIBRARY, "file of weights");
  EXPECT_ERROR(open("other_name"), INGOT_STATUS_NOT_A_LIBRARY, "disagree about function 0");
  EXPECT_ERROR(open("bad_dim"), INGOT_STATUS_NOT_A_LIBRARY, "type");
  EXPECT_ERROR(open("bad_state"), INGOT_STATUS_NOT_A_LIBRARY, "a state's type");
  EXPECT_ERROR(open("bad_node"), INGOT_STATUS_NOT_A_LIBRARY, "kernel's node");
}

TEST(Loader, MapsAFileOfWeights) {
  std::string path = std::string(FAKES) + "/fake.weights";
  unlink(path.c_str());
  EXPECT_ERROR(open("weights_file"), INGOT_STATUS_NOT_FOUND, "fake.weights");
  std::ofstream(path) << "1234";
  EXPECT_ERROR(open("weights_file"), INGOT_STATUS_NOT_A_LIBRARY, "too short");
  std::ofstream(path) << "12345678";
  EXPECT_EQ(open("weights_file"), INGOT_STATUS_OK) << ingot_last_error();
  EXPECT_ERROR(openBytes(contentsOf("weights_file")), INGOT_STATUS_NOT_FOUND, "must be opened from a file");
  unlink(path.c_str());
}

TEST(Loader, TellsFilesOfWeightsApart) {
  std::string path = std::string(FAKES) + "/fake.weights";
  auto write = [&](uint64_t bytes, uint64_t hash, const char *magic, const char *after = "") {
    ingot_weights_end end = {};
    memcpy(end.magic, magic, sizeof(end.magic));
    end.bytes = bytes;
    end.hash = hash;
    std::ofstream(path, std::ios::binary) << std::string(64, 'w') + std::string(reinterpret_cast<char *>(&end), sizeof(end)) + after;
  };
  write(8, 77, INGOT_WEIGHTS_MAGIC);
  EXPECT_EQ(open("weights_hashed"), INGOT_STATUS_OK) << ingot_last_error();
  write(8, 78, INGOT_WEIGHTS_MAGIC);
  EXPECT_ERROR(open("weights_hashed"), INGOT_STATUS_NOT_A_LIBRARY, "belongs to another library");
  write(9, 77, INGOT_WEIGHTS_MAGIC);
  EXPECT_ERROR(open("weights_hashed"), INGOT_STATUS_NOT_A_LIBRARY, "belongs to another library");
  write(8, 77, "INGOTWT9");
  EXPECT_ERROR(open("weights_hashed"), INGOT_STATUS_NOT_A_LIBRARY, "belongs to another library");
  write(8, 77, INGOT_WEIGHTS_MAGIC, "more");
  EXPECT_ERROR(open("weights_hashed"), INGOT_STATUS_NOT_A_LIBRARY, "damaged");
  std::ofstream(path) << std::string(80, 'w');
  EXPECT_ERROR(open("weights_hashed"), INGOT_STATUS_NOT_A_LIBRARY, "it has 80 bytes, the library needs 96");
  unlink(path.c_str());
  ASSERT_EQ(mkdir(path.c_str(), 0777), 0);
  EXPECT_ERROR(open("weights_hashed"), INGOT_STATUS_NOT_A_LIBRARY, "fake.weights");
  rmdir(path.c_str());
}

TEST(Loader, RefusesEveryTruncation) {
  std::string bytes = contentsOf("fake");
  for (size_t size = 0; size < bytes.size(); size += size < 4096 ? 37 : 509)
    EXPECT_NE(openBytes(bytes.substr(0, size)), INGOT_STATUS_OK) << size;
}

/// Where the manifest is in the file.
static std::pair<size_t, size_t> findManifest(const std::string &bytes) {
  auto header = reinterpret_cast<const Elf64_Ehdr *>(bytes.data());
  auto sections = reinterpret_cast<const Elf64_Shdr *>(bytes.data() + header->e_shoff);
  for (unsigned i = 0; i < header->e_shnum; ++i)
    if (!strcmp(bytes.data() + sections[header->e_shstrndx].sh_offset + sections[i].sh_name, INGOT_MANIFEST_SECTION))
      return {sections[i].sh_offset, sections[i].sh_size};
  return {0, 0};
}

// Whatever a byte of the manifest says: opening gives a status, and what opens can be described and closed.
TEST(Loader, SurvivesEveryDamageOfTheManifest) {
  const std::string bytes = contentsOf("fake");
  auto [begin, size] = findManifest(bytes);
  ASSERT_GT(size, 0u);
  int opened = 0;
  for (size_t i = 0; i < size; ++i)
    for (unsigned char value : {0x00, 0x7f, 0xff}) {
      std::string damaged = bytes;
      damaged[begin + i] = char(value);
      ingot_model *model = nullptr;
      if (ingot_model_open_memory(damaged.data(), damaged.size(), &model))
        continue;
      ++opened;
      ingot_model_info info;
      ingot_model_describe(model, &info);
      ingot_function_info function;
      ingot_tensor_info tensor;
      for (int32_t f = 0; !ingot_model_function(model, f, &function); ++f)
        for (int32_t t = 0; t < function.input_count; ++t)
          EXPECT_EQ(ingot_model_input(model, f, t, &tensor), INGOT_STATUS_OK);
      ingot_model_close(model);
    }
  EXPECT_GT(opened, 0); // bytes of names, for example
}

// The ELF headers: every byte of the file and section headers, both ends of the file.
TEST(Loader, SurvivesDamagedHeaders) {
  const std::string bytes = contentsOf("fake");
  auto header = reinterpret_cast<const Elf64_Ehdr *>(bytes.data());
  auto damage = [&](size_t at, unsigned char value) {
    std::string damaged = bytes;
    damaged[at] = char(value);
    // Only the checks before loading are tried: the dynamic loader trusts what it is given, e.g. addresses in the dynamic section.
    ingot_model *model = nullptr;
    if (!ingot_model_open_memory(damaged.data(), damaged.size(), &model))
      ingot_model_close(model);
  };
  for (size_t i = 0; i < header->e_shnum * sizeof(Elf64_Shdr); ++i)
    damage(header->e_shoff + i, 0xff);
  for (size_t i = 40; i < sizeof(Elf64_Ehdr); ++i)
    damage(i, 0xff);
}

TEST(Loader, KeepsModelsApart) {
  // The same file name with other contents while the first model is open, as after compiling again.
  std::string path = std::string(FAKES) + "/replaced.so", other = path + ".new";
  std::ofstream(path, std::ios::binary) << contentsOf("fake");
  ingot_model *first, *second, *third;
  ASSERT_EQ(ingot_model_open_file(path.c_str(), &first), INGOT_STATUS_OK) << ingot_last_error();
  std::ofstream(other, std::ios::binary) << contentsOf("levels_late");
  ASSERT_EQ(rename(other.c_str(), path.c_str()), 0);
  ingot_model_info a, b, c;
  if (ingot_cpu_level() >= 2) {
    ASSERT_EQ(ingot_model_open_file(path.c_str(), &second), INGOT_STATUS_OK) << ingot_last_error();
    ingot_model_describe(first, &a);
    ingot_model_describe(second, &b);
    EXPECT_STREQ(a.cpu, "generic");
    EXPECT_STREQ(b.cpu, "portable");
    std::string bytes = contentsOf("fake");
    ASSERT_EQ(ingot_model_open_memory(bytes.data(), bytes.size(), &third), INGOT_STATUS_OK);
    ingot_model_describe(third, &c);
    EXPECT_STREQ(c.cpu, "generic");
    ingot_model_close(third);
    ingot_model_close(second);
  }
  ingot_model_close(first);
  unlink(path.c_str());
}

TEST(Loader, ChecksItsArguments) {
  ingot_model *model;
  EXPECT_EQ(ingot_model_open_file(nullptr, &model), INGOT_STATUS_ARGUMENT);
  EXPECT_EQ(ingot_model_open_file("x", nullptr), INGOT_STATUS_ARGUMENT);
  EXPECT_EQ(ingot_model_open_memory(nullptr, 1, &model), INGOT_STATUS_ARGUMENT);
  EXPECT_EQ(ingot_model_open_static(nullptr, &model), INGOT_STATUS_ARGUMENT);
  EXPECT_STREQ(ingot_status_name(INGOT_STATUS_CPU), "cpu");
  EXPECT_EQ(ingot_dtype_bytes(INGOT_BF16), 2);
  EXPECT_EQ(ingot_dtype_bytes(8), 0);
  EXPECT_STREQ(ingot_dtype_name(INGOT_BF16), "bf16");
  EXPECT_STREQ(ingot_dtype_name(-1), "?");
}
