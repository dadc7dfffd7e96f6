//===- NpzTest.cpp - NumPy's archives of arrays ---------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "utils/support/Npz.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"

#include <gtest/gtest.h>

#include <cstring>
#include <zlib.h>

using namespace ingot;

namespace {

/// A .npy file: version, header text and data.
std::string npy(int version, const std::string &header, const std::string &data) {
  std::string text = header + "\n", bytes("\x93NUMPY", 6);
  bytes += char(version);
  bytes += char(0);
  bytes += char(text.size() & 0xff);
  bytes += char(text.size() >> 8);
  if (version > 1)
    bytes += std::string(2, 0);
  return bytes + text + data;
}

std::string dict(const std::string &descr, const std::string &shape, const char *fortran = "False") {
  return "{'descr': '" + descr + "', 'fortran_order': " + fortran + ", 'shape': " + shape + ", }";
}

template <typename T> std::string bytesOf(std::initializer_list<T> values) {
  std::string bytes(values.size() * sizeof(T), 0);
  std::memcpy(bytes.data(), values.begin(), bytes.size());
  return bytes;
}

/// A zip archive of one deflated member.
std::string zip(const std::string &name, const std::string &content, bool deflated) {
  std::string packed = content;
  if (deflated) {
    z_stream stream = {};
    deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
    packed.resize(deflateBound(&stream, content.size()));
    stream.next_in = reinterpret_cast<Bytef *>(const_cast<char *>(content.data()));
    stream.avail_in = uInt(content.size());
    stream.next_out = reinterpret_cast<Bytef *>(packed.data());
    stream.avail_out = uInt(packed.size());
    deflate(&stream, Z_FINISH);
    packed.resize(stream.total_out);
    deflateEnd(&stream);
  }
  auto put = [](std::string &to, uint64_t value, int bytes) {
    for (int i = 0; i < bytes; ++i)
      to += char(value >> (8 * i));
  };
  auto crc = crc32(0, reinterpret_cast<const Bytef *>(content.data()), uInt(content.size()));
  std::string common, local, directory, end;
  put(common, 20, 2), put(common, 0, 2), put(common, deflated ? 8 : 0, 2), put(common, 0, 4), put(common, crc, 4);
  put(common, packed.size(), 4), put(common, content.size(), 4), put(common, name.size(), 2), put(common, 0, 2);
  put(local, 0x04034b50, 4);
  local += common + name + packed;
  put(directory, 0x02014b50, 4), put(directory, 20, 2);
  directory += common;
  put(directory, 0, 2), put(directory, 0, 4), put(directory, 0, 4), put(directory, 0, 4);
  directory += name;
  put(end, 0x06054b50, 4), put(end, 0, 4), put(end, 1, 2), put(end, 1, 2), put(end, directory.size(), 4), put(end, local.size(), 4),
      put(end, 0, 2);
  return local + directory + end;
}

Status read(const std::string &bytes, std::vector<NpzArray> &arrays) {
  return readNpz(llvm::ArrayRef<char>(bytes.data(), bytes.size()), "test.npz", arrays);
}

/// The one array of a file.
NpzArray readOne(const std::string &bytes) {
  std::vector<NpzArray> arrays;
  Status status = read(bytes, arrays);
  EXPECT_TRUE(status.ok()) << status.message;
  EXPECT_EQ(arrays.size(), 1u);
  return arrays.empty() ? NpzArray() : std::move(arrays[0]);
}

std::string errorOf(const std::string &bytes) {
  std::vector<NpzArray> arrays;
  Status status = read(bytes, arrays);
  EXPECT_EQ(status.kind, ErrorKind::BadInput);
  return status.message;
}

#define EXPECT_HAS(text, part) EXPECT_NE((text).find(part), std::string::npos) << (text)

TEST(Npz, ReadsEveryVersionAndOrder) {
  for (int version : {1, 2, 3}) {
    NpzArray array = readOne(npy(version, dict("<f4", "(2, 3)"), bytesOf<float>({0, 1, 2, 3, 4, 5})));
    EXPECT_EQ(array.dtype, 1);
    EXPECT_EQ(array.dims, (std::vector<int64_t>{2, 3}));
    EXPECT_EQ(reinterpret_cast<float *>(array.data)[5], 5);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(array.data) % 64, 0u);
  }
  // Columns first: rows are 0 2 4 and 1 3 5.
  NpzArray fortran = readOne(npy(1, dict("<i4", "(2, 3)", "True"), bytesOf<int32_t>({0, 1, 2, 3, 4, 5})));
  EXPECT_EQ(std::vector<int32_t>(reinterpret_cast<int32_t *>(fortran.data), reinterpret_cast<int32_t *>(fortran.data) + 6),
            (std::vector<int32_t>{0, 2, 4, 1, 3, 5}));
  NpzArray swapped = readOne(npy(1, dict(">i2", "(2,)"), std::string("\x01\x02\x03\x04", 4)));
  EXPECT_EQ(reinterpret_cast<int16_t *>(swapped.data)[0], 0x0102);
}

TEST(Npz, ReadsEveryType) {
  const std::pair<const char *, std::pair<int, int>> types[] = {
      {"<f4", {1, 4}}, {"|u1", {2, 1}}, {"|i1", {3, 1}},  {"<u2", {4, 2}},  {"<i2", {5, 2}},  {"<i4", {6, 4}}, {"<i8", {7, 8}},
      {"|b1", {9, 1}}, {"<f2", {10, 2}}, {"<f8", {11, 8}}, {"<u4", {12, 4}}, {"<u8", {13, 8}}, {"<V2", {16, 2}}, {"|V2", {16, 2}}};
  for (auto &[descr, expected] : types) {
    NpzArray array = readOne(npy(1, dict(descr, "(3, )"), std::string(size_t(expected.second) * 3, 1)));
    EXPECT_EQ(array.dtype, expected.first) << descr;
    EXPECT_EQ(array.bytes, uint64_t(expected.second) * 3);
  }
}

TEST(Npz, ReadsScalarsAndEmptyArrays) {
  NpzArray scalar = readOne(npy(1, dict("<i8", "()"), bytesOf<int64_t>({16000})));
  EXPECT_TRUE(scalar.dims.empty());
  EXPECT_EQ(*reinterpret_cast<int64_t *>(scalar.data), 16000);
  NpzArray empty = readOne(npy(1, dict("<f4", "(0, 9223372036854775807, 4)"), ""));
  EXPECT_EQ(empty.bytes, 0u);
  EXPECT_EQ(empty.dims.size(), 3u);
}

TEST(Npz, ReadsStoredAndDeflatedArchives) {
  std::string content = npy(1, dict("<f4", "(1000,)"), std::string(4000, 'a'));
  for (bool deflated : {false, true}) {
    NpzArray array = readOne(zip("x.npy", content, deflated));
    EXPECT_EQ(array.name, "x");
    EXPECT_EQ(array.bytes, 4000u);
    EXPECT_EQ(array.data[3999], 'a');
  }
}

TEST(Npz, RefusesWhatItCannotRead) {
  EXPECT_HAS(errorOf("hello"), "no .npz file");
  EXPECT_HAS(errorOf(""), "no .npz file");
  EXPECT_HAS(errorOf(npy(1, dict("<U5", "(1,)"), std::string(20, 0))), "'<U5' is not supported");
  EXPECT_HAS(errorOf(npy(1, "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}", "1234")), "records");
  EXPECT_HAS(errorOf(npy(1, dict("<f4", "(2,)"), "1234")), "4 bytes of data, its shape needs 8");
  EXPECT_HAS(errorOf(npy(1, dict("<f4", "(1,)"), "12345678")), "8 bytes of data, its shape needs 4");
  EXPECT_HAS(errorOf(npy(1, dict("<f4", "(-1,)"), "1234")), "shape is malformed");
  EXPECT_HAS(errorOf(npy(1, dict("<f8", "(9223372036854775807, 16)"), "1234")), "too large");
  EXPECT_HAS(errorOf(npy(1, dict("<f4", "(99999999999999999999,)"), "1234")), "malformed");
  EXPECT_HAS(errorOf(npy(1, "{'descr': '<f4'}", "1234")), "malformed");
  EXPECT_HAS(errorOf(npy(9, dict("<f4", "(1,)"), "1234")), "no .npy array");
  std::string content = npy(1, dict("<f4", "(2,)"), "12345678"), archive = zip("x.npy", content, false);
  size_t data = archive.find("12345678");
  archive[data] = 'X';
  EXPECT_HAS(errorOf(archive), "checksum");
}

// A promise of a terabyte in a small file must not cost a terabyte.
TEST(Npz, RefusesBombs) {
  std::string archive = zip("x.npy", npy(1, dict("<f4", "(1000,)"), std::string(4000, 0)), true);
  size_t directory = archive.find("PK\x01\x02");
  for (size_t at : {size_t(22), directory + 24})
    std::memcpy(&archive[at], "\xf0\xff\xff\x7f", 4);
  EXPECT_HAS(errorOf(archive), "contradict");
}

TEST(Npz, SurvivesEveryDamage) {
  for (bool deflated : {false, true}) {
    std::string archive = zip("x.npy", npy(1, dict("<i2", "(4, 2)"), std::string(16, 7)), deflated);
    for (size_t size = 0; size < archive.size(); ++size)
      EXPECT_FALSE(errorOf(archive.substr(0, size)).empty());
    for (size_t i = 0; i < archive.size(); ++i)
      for (int flip : {1, 0x80, 0xff}) {
        std::string damaged = archive;
        damaged[i] = char(damaged[i] ^ flip);
        std::vector<NpzArray> arrays;
        (void)read(damaged, arrays).ok(); // some bytes do not matter
      }
  }
}

class NpzFile : public ::testing::Test {
protected:
  void SetUp() override { ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("npz-test", folder)); }
  void TearDown() override { llvm::sys::fs::remove_directories(folder); }
  std::string path(const char *name) { return (folder + "/" + name).str(); }
  int countFiles() {
    std::error_code code;
    int count = 0;
    for (llvm::sys::fs::directory_iterator i(folder, code), end; i != end && !code; i.increment(code))
      ++count;
    return count;
  }
  llvm::SmallString<128> folder;
};

TEST_F(NpzFile, RoundTrips) {
  std::vector<NpzArray> arrays, back;
  const std::vector<int64_t> shapes[] = {{}, {0}, {3}, {2, 3}, {2, 0, 5}, {1, 2, 3, 4, 5, 6}};
  for (int dtype : {1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 16})
    for (const auto &shape : shapes) {
      static constexpr int sizes[] = {0, 4, 1, 1, 2, 2, 4, 8, 0, 1, 2, 8, 4, 8, 0, 0, 2};
      NpzArray array;
      array.name = "a/b:" + std::to_string(arrays.size()) + (arrays.empty() ? "\xc3\xa9" : "");
      array.dtype = dtype;
      array.dims = shape;
      uint64_t bytes = uint64_t(sizes[dtype]);
      for (int64_t size : shape)
        bytes *= uint64_t(size);
      ASSERT_TRUE(array.allocate(bytes));
      for (uint64_t i = 0; i < bytes; ++i)
        array.data[i] = char(i * 7 + uint64_t(dtype));
      arrays.push_back(std::move(array));
    }
  ASSERT_TRUE(writeNpz(path("a.npz"), arrays).ok());
  Status status = readNpz(path("a.npz"), back);
  ASSERT_TRUE(status.ok()) << status.message;
  ASSERT_EQ(back.size(), arrays.size());
  for (size_t i = 0; i < arrays.size(); ++i) {
    EXPECT_EQ(back[i].name, arrays[i].name);
    EXPECT_EQ(back[i].dtype, arrays[i].dtype);
    EXPECT_EQ(back[i].dims, arrays[i].dims);
    ASSERT_EQ(back[i].bytes, arrays[i].bytes);
    EXPECT_TRUE(!arrays[i].bytes || !std::memcmp(back[i].data, arrays[i].data, arrays[i].bytes));
  }
  EXPECT_EQ(countFiles(), 1);
  EXPECT_EQ(readNpz(path("none.npz"), back).kind, ErrorKind::BadInput);
  arrays.push_back(NpzArray());
  arrays.back().name = arrays.front().name;
  arrays.back().dtype = 1;
  arrays.back().dims = {0};
  ASSERT_TRUE(writeNpz(path("b.npz"), arrays).ok());
  back.clear();
  EXPECT_HAS(readNpz(path("b.npz"), back).message, "two arrays named");
}

TEST_F(NpzFile, LeavesNothingHalfWritten) {
  NpzArray array;
  array.name = "x";
  array.dtype = 1;
  array.dims = {1000000};
  ASSERT_TRUE(array.allocate(4000000));
  EXPECT_EQ(writeNpz("/dev/full", array).kind, ErrorKind::System);
  EXPECT_EQ(writeNpz(path("no/such/folder.npz"), array).kind, ErrorKind::System);
  EXPECT_EQ(writeNpz(folder.str(), array).kind, ErrorKind::System);
  ASSERT_TRUE(writeNpz(path("x.npz"), array).ok());
  EXPECT_EQ(countFiles(), 1);
}

} // namespace
