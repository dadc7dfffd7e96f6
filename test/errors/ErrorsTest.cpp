//===- ErrorsTest.cpp - One test for each kind of bad input ---------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Each asserts the exit code, what the message says, and that nothing new lies in the output's folder afterwards.
//
//===----------------------------------------------------------------------===//

#include "ingot/runtime.h"
#include "proto/onnx.pb.h"
#include "utils/support/Npz.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <set>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace ingot;

namespace {

enum { Ok = 0, Usage = 1, BadInput = 2, Unsupported = 3, System = 5 };

std::string contentsOf(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

class Errors : public ::testing::Test {
protected:
  void SetUp() override {
    const char *binary = std::getenv("INGOT");
    ingot = binary ? binary : "build/bin/ingot";
    ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("errors-test", folder));
    ASSERT_EQ(mkdir(path("out").c_str(), 0777), 0);
    ASSERT_EQ(mkdir(path("in").c_str(), 0777), 0);
  }
  void TearDown() override {
    chmod(path("out").c_str(), 0777);
    llvm::sys::fs::remove_directories(folder);
  }

  std::string path(const std::string &name) { return folder.str().str() + "/" + name; }
  std::string output() { return path("out/model.so"); }

  std::string write(const std::string &name, const std::string &contents) {
    std::ofstream(path(name), std::ios::binary) << contents;
    return path(name);
  }

  /// Runs `ingot arguments` and sets `err`.
  int run(const std::string &arguments, const std::string &before = "") {
    int status = std::system((before + ingot + " " + arguments + " >" + path("stdout") + " 2>" + path("stderr")).c_str());
    err = contentsOf(path("stderr"));
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
  }

  std::set<std::string> outputs() {
    std::set<std::string> files;
    std::error_code code;
    for (llvm::sys::fs::directory_iterator i(path("out"), code), end; i != end && !code; i.increment(code))
      files.insert(i->path());
    return files;
  }

  /// The last command told a person what is wrong, and did not crash.
  void expectMessage(const std::vector<std::string> &words) {
    EXPECT_EQ(err.compare(0, 7, "ingot: "), 0) << err;
    EXPECT_EQ(err.find("Stack dump"), std::string::npos) << err;
    for (const std::string &word : words)
      EXPECT_NE(err.find(word), std::string::npos) << "no '" << word << "' in: " << err;
  }

  /// Every command that reads a model refuses it with `code`; `compile` writes nothing.
  void expectRefused(const std::string &model, const std::vector<std::string> &words, int code = BadInput) {
    EXPECT_EQ(run("compile " + model + " -o " + output()), code) << err;
    expectMessage(words);
    EXPECT_TRUE(outputs().empty());
    for (const char *command : {"check ", "run ", "bench ", "diff "}) {
      EXPECT_EQ(run(command + model), code) << command << err;
      expectMessage(words);
    }
  }

  //===--- Models ----------------------------------------------------------===//

  static void setType(onnx::ValueInfoProto *value, const char *name, int type, std::vector<int64_t> dims) {
    value->set_name(name);
    auto *tensor = value->mutable_type()->mutable_tensor_type();
    tensor->set_elem_type(type);
    tensor->mutable_shape();
    for (int64_t size : dims)
      tensor->mutable_shape()->add_dim()->set_dim_value(size);
  }
  static void addNode(onnx::GraphProto *graph, const char *name, const char *op, std::vector<const char *> inputs, const char *output) {
    onnx::NodeProto *node = graph->add_node();
    node->set_name(name);
    node->set_op_type(op);
    for (const char *input : inputs)
      node->add_input(input);
    node->add_output(output);
  }
  /// A model with input x and output y of 4 floats and no nodes.
  static onnx::ModelProto empty() {
    onnx::ModelProto model;
    model.set_ir_version(8);
    model.add_opset_import()->set_version(17);
    model.mutable_graph()->set_name("test");
    setType(model.mutable_graph()->add_input(), "x", 1, {4});
    setType(model.mutable_graph()->add_output(), "y", 1, {4});
    return model;
  }
  /// y = x + w, with w still to be filled in.
  static onnx::ModelProto addition(onnx::TensorProto *&weight) {
    onnx::ModelProto model = empty();
    addNode(model.mutable_graph(), "the_sum", "Add", {"x", "w"}, "y");
    weight = model.mutable_graph()->add_initializer();
    weight->set_name("w");
    weight->set_data_type(1);
    weight->add_dims(4);
    return model;
  }
  std::string write(const onnx::ModelProto &model) { return write("in/model.onnx", model.SerializeAsString()); }
  std::string good() {
    onnx::TensorProto *weight;
    onnx::ModelProto model = addition(weight);
    weight->set_raw_data(std::string(16, '\0'));
    return model.SerializeAsString();
  }
  /// y = x + w with w in a file.
  std::string external(const std::string &location, const std::string &offset = "", const std::string &length = "") {
    onnx::TensorProto *weight;
    onnx::ModelProto model = addition(weight);
    weight->set_data_location(onnx::TensorProto::EXTERNAL);
    for (auto [key, value] : {std::pair<const char *, std::string>{"location", location}, {"offset", offset}, {"length", length}})
      if (!value.empty()) {
        auto *entry = weight->add_external_data();
        entry->set_key(key);
        entry->set_value(value);
      }
    return write(model);
  }

  //===--- Arrays ----------------------------------------------------------===//

  static NpzArray array(const char *name, int32_t dtype, std::vector<int64_t> dims) {
    NpzArray array;
    array.name = name;
    array.dtype = dtype;
    array.dims = std::move(dims);
    uint64_t bytes = uint64_t(ingot_dtype_bytes(dtype));
    for (int64_t size : array.dims)
      bytes *= uint64_t(size);
    EXPECT_TRUE(array.allocate(bytes));
    std::memset(array.data, 0, bytes);
    return array;
  }
  /// `run` of a compiled x + w with this array.
  int runWith(NpzArray input) {
    if (library.empty()) {
      library = path("in/good.so");
      EXPECT_EQ(run("compile " + write("in/good.onnx", good()) + " -o " + library), Ok) << err;
    }
    std::vector<NpzArray> arrays;
    arrays.push_back(std::move(input));
    EXPECT_TRUE(writeNpz(path("in/in.npz"), arrays).ok());
    int code = run("run " + library + " --inputs " + path("in/in.npz") + " --outputs " + path("out/out.npz"));
    if (code)
      EXPECT_TRUE(outputs().empty());
    return code;
  }

  std::string ingot, err, library;
  llvm::SmallString<128> folder;
};

TEST_F(Errors, TheGoodModelIsGood) {
  EXPECT_EQ(run("compile " + write("in/model.onnx", good()) + " -o " + output()), Ok) << err;
  EXPECT_EQ(outputs(), (std::set<std::string>{output(), path("out/model.h")}));
  EXPECT_EQ(runWith(array("x", INGOT_F32, {4})), Ok) << err;
}

TEST_F(Errors, TruncatedModel) {
  std::string bytes = good();
  for (size_t size : {size_t(1), bytes.size() / 2, bytes.size() - 1})
    expectRefused(write("in/model.onnx", bytes.substr(0, size)), {"model.onnx"});
}

TEST_F(Errors, EmptyModel) {
  expectRefused(write("in/model.onnx", ""), {"model.onnx", "empty"});
}

TEST_F(Errors, RandomBytes) {
  uint32_t state = 12345;
  for (size_t size : {17, 1000, 100000}) {
    std::string bytes(size, '\0');
    for (char &byte : bytes)
      byte = static_cast<char>((state = state * 1664525u + 1013904223u) >> 24);
    expectRefused(write("in/model.onnx", bytes), {"model.onnx"});
    EXPECT_EQ(run("info " + write("in/model.so", bytes)), BadInput);
    expectMessage({"model.so"});
  }
}

TEST_F(Errors, WrongMagic) {
  expectRefused(write("in/model.onnx", "\x89PNG\r\n\x1a\n" + std::string(100, 'x')), {"model.onnx"});
  expectRefused(write("in/model.onnx", "PK\x03\x04" + std::string(100, 'x')), {"model.onnx"});
  std::string elf = contentsOf(FAKES "/fake.so");
  ASSERT_GT(elf.size(), 4u);
  elf[1] = 'F';
  for (const char *command : {"run ", "info ", "bench "}) {
    EXPECT_EQ(run(command + write("in/model.so", elf)), BadInput);
    expectMessage({"model.so"});
  }
}

TEST_F(Errors, CyclicGraph) {
  onnx::ModelProto model = empty();
  addNode(model.mutable_graph(), "first", "Add", {"x", "b"}, "a");
  addNode(model.mutable_graph(), "second", "Neg", {"a"}, "b");
  addNode(model.mutable_graph(), "third", "Abs", {"b"}, "y");
  expectRefused(write(model), {"first", "cycl"});
  model = empty();
  addNode(model.mutable_graph(), "itself", "Add", {"x", "y"}, "y");
  expectRefused(write(model), {"itself"});
}

TEST_F(Errors, UndefinedValue) {
  onnx::ModelProto model = empty();
  addNode(model.mutable_graph(), "the_sum", "Add", {"x", "nowhere"}, "y");
  expectRefused(write(model), {"the_sum", "nowhere"});
}

TEST_F(Errors, WrongTypes) {
  onnx::TensorProto *weight;
  onnx::ModelProto model = addition(weight);
  weight->set_data_type(7);
  weight->set_raw_data(std::string(32, '\0'));
  expectRefused(write(model), {"the_sum"});
  // A number that is no element type, and a tensor whose data does not fit its size.
  model = addition(weight);
  weight->set_data_type(99);
  weight->set_raw_data(std::string(16, '\0'));
  expectRefused(write(model), {"w", "99"}, Unsupported);
  model = addition(weight);
  weight->set_raw_data(std::string(13, '\0'));
  expectRefused(write(model), {"w", "13"});
}

TEST_F(Errors, BadConfig) {
  std::string model = write("in/model.onnx", good());
  struct {
    const char *contents;
    std::vector<std::string> words;
  } cases[] = {
      {"{", {"JSON"}},
      {"[]", {"object"}},
      {"{}", {"nodes"}},
      {"{\"nodes\": []}", {"nodes"}},
      {"{\"nodes\": {}, \"kernels\": {}}", {"kernels", "unknown"}},
      {"{\"nodes\": {\"the_sum\": 3}}", {"the_sum", "3"}},
      {"{\"nodes\": {\"the_sum\": {\"rowz\": 3}}}", {"the_sum", "rowz", "known are"}},
      {"{\"nodes\": {\"the_sum\": {\"rows\": 3.5}}}", {"rows", "1 to 8", "3.5"}},
      {"{\"nodes\": {\"the_sum\": {\"rows\": 99}}}", {"rows", "1 to 8", "99"}},
      {"{\"nodes\": {\"the_sum\": {\"tile\": 3}}}", {"tile", "2 or 4"}},
      {"{\"nodes\": {\"the_sum\": {\"threads\": 2}}}", {"threads", "all"}},
      {"{\"nodes\": {\"the_sum\": {\"fuse\": \"no\"}}}", {"fuse", "true or false"}},
      {"{\"nodes\": {\"the_sum\": {\"winograd\": false, \"tile\": 2}}}", {"winograd", "tile"}},
      {"{\"nodes\": {\"the_product\": {\"fuse\": false}}}", {"the_product", "no node"}},
      {"{\"nodes\": {\"the_*\": {\"rows\": 2}, \"*_sum\": {\"rows\": 3}}}", {"the_*", "*_sum", "disagree", "rows"}},
      {"{\"nodes\": {\"the_[\": {\"rows\": 2}}}", {"the_[", "pattern"}},
  };
  for (auto &[contents, words] : cases) {
    std::string config = write("in/choices.json", contents);
    EXPECT_EQ(run("compile " + model + " -o " + output() + " --config " + config), BadInput) << contents;
    expectMessage(words);
    expectMessage({"choices.json"});
    EXPECT_TRUE(outputs().empty());
  }
  EXPECT_EQ(run("compile " + model + " -o " + output() + " --config " + path("in/none.json")), BadInput);
  expectMessage({"none.json"});
  EXPECT_EQ(run("compile " + model + " -o " + output() + " --config " +
                write("in/choices.json", "{\"nodes\": {\"the_*\": {\"rows\": 2}, \"the_sum\": {\"rows\": 3, \"threads\": \"all\"}}}")),
            Ok)
      << err;
}

TEST_F(Errors, BadExplanation) {
  onnx::TensorProto *weight;
  onnx::ModelProto proto = addition(weight);
  for (float value : {1, 2, 3, 4})
    weight->add_float_data(value);
  std::string model = write(proto), in = path("in/good.so");
  EXPECT_EQ(run("compile " + model + " -o " + output() + " --explain=yaml"), Usage);
  EXPECT_EQ(run("compile " + model + " -o " + output() + " --explain-output " + path("out/x.json")), Usage);
  EXPECT_EQ(run("compile " + model + " -o " + output() + " --explain=json --to=fuse"), Usage);
  EXPECT_EQ(run("compile " + model + " -o " + output() + " --explain=json --explain-shape x"), Usage);
  expectMessage({"--explain-shape"});
  EXPECT_TRUE(outputs().empty());
  EXPECT_EQ(run("compile " + model + " -o " + in + " --explain=json"), Ok) << err;
  std::string bench = "bench " + in + " --seconds 0.01 --profile";
  EXPECT_EQ(run(bench + " --explain-json " + path("in/none.json")), BadInput);
  expectMessage({"none.json"});
  for (const char *contents : {"", "[]", "{}", "{\"schema_version\": 1}", "{\"schema_version\": 77, \"functions\": [{}], \"target\": {}}",
                               "{\"schema_version\": 1, \"functions\": [{\"groups\": []}], \"target\": {}}"}) {
    // What is asked for must be right; what only lies there is left out.
    EXPECT_EQ(run(bench + " --explain-json " + write("in/other.json", contents)), BadInput) << contents;
    expectMessage({"other.json"});
    write("in/good.explain.json", contents);
    EXPECT_EQ(run(bench), Ok) << contents;
    expectMessage({"warning", "good.explain.json"});
  }
  EXPECT_EQ(run("bench " + in + " --seconds 0.01 --trace " + path("none/trace.json")), System);
  expectMessage({"trace.json"});
}

TEST_F(Errors, MissingFile) {
  expectRefused(path("in/none.onnx"), {"none.onnx", "No such file"});
  EXPECT_EQ(run("info " + path("in/none.so")), BadInput);
  expectMessage({"none.so"});
  EXPECT_EQ(run("run " FAKES "/fake.so --inputs " + path("in/none.npz")), BadInput);
  expectMessage({"none.npz"});
}

TEST_F(Errors, OverlongDimensions) {
  onnx::TensorProto *weight;
  for (std::vector<int64_t> dims : {std::vector<int64_t>{int64_t(1) << 40, int64_t(1) << 40}, {int64_t(1) << 62}, {-5}}) {
    onnx::ModelProto model = addition(weight);
    weight->clear_dims();
    for (int64_t size : dims)
      weight->add_dims(size);
    weight->set_raw_data(std::string(16, '\0'));
    expectRefused(write(model), {"w"});
  }
  // More dimensions than the runtime has.
  onnx::ModelProto model = empty();
  for (auto *value : {model.mutable_graph()->mutable_input(0), model.mutable_graph()->mutable_output(0)})
    setType(value, value->name().c_str(), 1, std::vector<int64_t>(100, 1));
  addNode(model.mutable_graph(), "the_neg", "Neg", {"x"}, "y");
  int code = run("compile " + write(model) + " -o " + output());
  EXPECT_TRUE(code == BadInput || code == Unsupported) << code << err;
  expectMessage({});
  EXPECT_TRUE(outputs().empty());
}

TEST_F(Errors, ExternalDataOutsideOfTheFolder) {
  write("secret.bin", std::string(16, '\0'));
  expectRefused(external("../secret.bin"), {"../secret.bin", "leaves the model's folder"});
  expectRefused(external(path("secret.bin")), {"secret.bin"});
  ASSERT_EQ(symlink(path("secret.bin").c_str(), path("in/link.bin").c_str()), 0);
  expectRefused(external("link.bin"), {"link.bin"});
}

TEST_F(Errors, ExternalDataThatIsNotThere) {
  expectRefused(external("none.bin"), {"none.bin"});
  write("in/short.bin", std::string(10, '\0'));
  expectRefused(external("short.bin"), {"'w'", "10 bytes"});
  write("in/data.bin", std::string(16, '\0'));
  expectRefused(external("data.bin", "8"), {"'w'", "8 bytes"});
  expectRefused(external("data.bin", "-4"), {"w"});
  expectRefused(external("data.bin", "0", "7"), {"w"});
  EXPECT_EQ(run("compile " + external("data.bin") + " -o " + output()), Ok) << err;
}

TEST_F(Errors, FullDisk) {
  // A limit on the size of files stands for a disk without room: either way a write fails half way through.
  std::string model = write("in/model.onnx", good());
  EXPECT_EQ(run("compile " + model + " -o " + output(), "ulimit -f 1; "), System);
  expectMessage({"cannot write"});
  EXPECT_TRUE(outputs().empty());
  write("out/model.so", "what was there");
  EXPECT_EQ(run("compile " + model + " -o " + output(), "ulimit -f 1; "), System);
  EXPECT_EQ(contentsOf(output()), "what was there");
  EXPECT_EQ(outputs().size(), 1u);
}

TEST_F(Errors, UnwritableOutput) {
  std::string model = write("in/model.onnx", good());
  EXPECT_EQ(run("compile " + model + " -o " + path("no/such/folder/model.so")), System);
  expectMessage({"no/such/folder"});
  EXPECT_EQ(run("compile " + model + " -o " + path("out")), System);
  expectMessage({});
  EXPECT_TRUE(outputs().empty());
  if (geteuid() == 0)
    GTEST_SKIP() << "root may write everywhere";
  chmod(path("out").c_str(), 0555);
  EXPECT_EQ(run("compile " + model + " -o " + output()), System);
  expectMessage({"model.so"});
}

TEST_F(Errors, WrongNameOfAnArray) {
  EXPECT_EQ(runWith(array("z", INGOT_F32, {4})), BadInput);
  expectMessage({"'z'"});
}

TEST_F(Errors, WrongTypeOfAnArray) {
  EXPECT_EQ(runWith(array("x", INGOT_F64, {4})), BadInput);
  expectMessage({"'x'", "f64", "f32"});
}

TEST_F(Errors, WrongShapeOfAnArray) {
  EXPECT_EQ(runWith(array("x", INGOT_F32, {5})), BadInput);
  expectMessage({"'x'", "5"});
  EXPECT_EQ(runWith(array("x", INGOT_F32, {4, 1})), BadInput);
  expectMessage({"'x'", "4x1"});
}

TEST_F(Errors, LibraryForAnotherProcessor) {
  for (const char *command : {"run ", "bench "}) {
    EXPECT_EQ(run(command + std::string(FAKES "/other_cpu.so")), BadInput);
    expectMessage({"other_cpu.so", "avx4096"});
  }
}

TEST_F(Errors, LibraryOfAnotherVersion) {
  for (const char *name : {"newer", "newer_manifest", "abi9"}) {
    EXPECT_EQ(run("run " FAKES "/" + std::string(name) + ".so"), BadInput);
    expectMessage({std::string(name) + ".so", std::string(name) == "newer_manifest" ? "format" : "version"});
  }
}

TEST_F(Errors, UnknownOperator) {
  onnx::ModelProto model = empty();
  addNode(model.mutable_graph(), "the_node", "NoSuchOperator", {"x"}, "y");
  expectRefused(write(model), {"the_node", "NoSuchOperator"}, Unsupported);
}

} // namespace
