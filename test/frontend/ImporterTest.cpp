//===- ImporterTest.cpp - What the importer builds, and what it refuses -------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "frontend/Importer.h"

#include "frontend/proto/onnx.pb.h"

#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/raw_ostream.h"
#include "gtest/gtest.h"

#include <fstream>
#include <unistd.h>

using namespace ingot;

namespace {

using onnx::TensorProto;
using Names = std::vector<std::string>;

onnx::ModelProto emptyModel(int64_t opset = 21) {
  onnx::ModelProto model;
  model.set_ir_version(8);
  model.mutable_graph()->set_name("test");
  auto *set = model.add_opset_import();
  set->set_domain("");
  set->set_version(opset);
  return model;
}

onnx::NodeProto &addNode(google::protobuf::RepeatedPtrField<onnx::NodeProto> *nodes, const std::string &op, const Names &inputs,
                         const Names &outputs) {
  onnx::NodeProto &node = *nodes->Add();
  node.set_op_type(op);
  for (const std::string &name : inputs)
    node.add_input(name);
  for (const std::string &name : outputs)
    node.add_output(name);
  return node;
}

onnx::NodeProto &addNode(onnx::ModelProto &model, const std::string &op, const Names &inputs, const Names &outputs) {
  return addNode(model.mutable_graph()->mutable_node(), op, inputs, outputs);
}

/// A size is a number or a name; "?" has neither.
void setType(onnx::ValueInfoProto &info, const std::string &name, int type, const Names &dims) {
  info.set_name(name);
  auto *tensor = info.mutable_type()->mutable_tensor_type();
  tensor->set_elem_type(type);
  tensor->mutable_shape();
  for (const std::string &dim : dims) {
    auto *proto = tensor->mutable_shape()->add_dim();
    if (dim == "?")
      continue;
    if (std::isdigit(dim[0]) || dim[0] == '-')
      proto->set_dim_value(std::stoll(dim));
    else
      proto->set_dim_param(dim);
  }
}

void addInput(onnx::ModelProto &model, const std::string &name, const Names &dims, int type = TensorProto::FLOAT) {
  setType(*model.mutable_graph()->add_input(), name, type, dims);
}

void addOutput(onnx::ModelProto &model, const std::string &name) { model.mutable_graph()->add_output()->set_name(name); }

TensorProto &addInitializer(onnx::ModelProto &model, const std::string &name, const std::vector<int64_t> &dims,
                            int type = TensorProto::FLOAT) {
  TensorProto &tensor = *model.mutable_graph()->add_initializer();
  tensor.set_name(name);
  tensor.set_data_type(type);
  for (int64_t dim : dims)
    tensor.add_dims(dim);
  return tensor;
}

void addInts(onnx::ModelProto &model, const std::string &name, const std::vector<int64_t> &values) {
  TensorProto &tensor = addInitializer(model, name, {static_cast<int64_t>(values.size())}, TensorProto::INT64);
  for (int64_t value : values)
    tensor.add_int64_data(value);
}

void setInt(onnx::NodeProto &node, const std::string &name, int64_t value) {
  auto *attribute = node.add_attribute();
  attribute->set_name(name);
  attribute->set_type(onnx::AttributeProto::INT);
  attribute->set_i(value);
}

/// y = Relu(x) on x: [N, 4].
onnx::ModelProto reluModel() {
  onnx::ModelProto model = emptyModel();
  addInput(model, "x", {"N", "4"});
  addNode(model, "Relu", {"x"}, {"y"});
  addOutput(model, "y");
  return model;
}

struct Imported {
  ErrorKind kind;
  std::string text; // the module or the diagnostics
};

Imported finish(const ImportOptions &options) {
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  ImportResult result = importModel(options, context);
  if (!result.module)
    return {result.diagnostics.kind(), result.diagnostics.str()};
  std::string text;
  llvm::raw_string_ostream stream(text);
  result.module->print(stream);
  return {ErrorKind::None, text};
}

Imported importBytes(const std::string &bytes, std::map<std::string, std::vector<int64_t>> shapes = {}) {
  ImportOptions options;
  options.path = "model.onnx";
  options.memory = llvm::ArrayRef<char>(bytes.data(), bytes.size());
  options.shapes = std::move(shapes);
  return finish(options);
}

Imported import(const onnx::ModelProto &model, std::map<std::string, std::vector<int64_t>> shapes = {}) {
  return importBytes(model.SerializeAsString(), std::move(shapes));
}

bool contains(const std::string &text, const std::string &part) { return text.find(part) != std::string::npos; }

#define EXPECT_IMPORTS(imported, part)                                                                                                       \
  do {                                                                                                                                       \
    Imported result = (imported);                                                                                                            \
    EXPECT_EQ(result.kind, ErrorKind::None) << result.text;                                                                                  \
    EXPECT_TRUE(contains(result.text, part)) << result.text;                                                                                 \
  } while (false)

#define EXPECT_REFUSES(imported, expected, part)                                                                                             \
  do {                                                                                                                                       \
    Imported result = (imported);                                                                                                            \
    EXPECT_EQ(result.kind, expected) << result.text;                                                                                         \
    EXPECT_TRUE(contains(result.text, part)) << result.text;                                                                                 \
  } while (false)

// --- What is built -------------------------------------------------------------------------------------------------------------------

TEST(Importer, NamesArgumentsResultsAndSymbols) {
  Imported result = import(reluModel());
  ASSERT_EQ(result.kind, ErrorKind::None) << result.text;
  EXPECT_TRUE(contains(result.text, "func.func @test(%arg0: tensor<?x4xf32> {ingot.name = \"x\", ingot.symbols = [\"N\", \"\"]})")) << result.text;
  EXPECT_TRUE(contains(result.text, "-> (tensor<?x4xf32> {ingot.name = \"y\", ingot.symbols = [\"N\", \"\"]})")) << result.text;
}

TEST(Importer, ShapesFixSymbolsEverywhere) {
  onnx::ModelProto model = emptyModel();
  addInput(model, "a", {"N", "4"});
  addInput(model, "b", {"N", "4"});
  addNode(model, "Add", {"a", "b"}, {"y"});
  addOutput(model, "y");
  EXPECT_IMPORTS(import(model, {{"a", {3, 4}}}), "%arg1: tensor<3x4xf32>");
  // A single size may be that of a dimension.
  EXPECT_IMPORTS(import(model, {{"N", {5}}}), "%arg1: tensor<5x4xf32>");
  EXPECT_TRUE(contains(import(model, {{"M", {5}}}).text, "--shape names the input or dimension 'M'"));
  // Unfixed, both have the same size, so nothing is broadcast.
  EXPECT_FALSE(contains(import(model).text, "ingot.broadcast"));
}

TEST(Importer, ShapeArithmeticBecomesSizes) {
  onnx::ModelProto model = emptyModel();
  addInput(model, "x", {"N", "C", "8"});
  addNode(model, "Shape", {"x"}, {"shape"});
  addInts(model, "zero", {0});
  addInts(model, "rest", {-1});
  addNode(model, "Gather", {"shape", "zero"}, {"n"});
  addNode(model, "Concat", {"n", "rest"}, {"sizes"}).add_attribute()->set_name("axis");
  model.mutable_graph()->mutable_node(2)->mutable_attribute(0)->set_type(onnx::AttributeProto::INT);
  addNode(model, "Reshape", {"x", "sizes"}, {"y"});
  addOutput(model, "y");
  Imported result = import(model);
  ASSERT_EQ(result.kind, ErrorKind::None) << result.text;
  // -1 is C * 8, and no tensor of sizes is left.
  EXPECT_TRUE(contains(result.text, "arith.muli")) << result.text;
  EXPECT_FALSE(contains(result.text, "tensor.from_elements")) << result.text;
  EXPECT_FALSE(contains(result.text, "arith.floordivsi")) << result.text;
}

TEST(Importer, InlinesFunctionsWithTheirAttributes) {
  onnx::ModelProto model = emptyModel();
  onnx::FunctionProto &function = *model.add_functions();
  function.set_domain("local");
  function.set_name("Leaky");
  function.add_input("a");
  function.add_output("b");
  function.add_attribute("slope");
  auto *set = function.add_opset_import();
  set->set_domain("");
  set->set_version(16);
  auto *attribute = addNode(function.mutable_node(), "LeakyRelu", {"a"}, {"b"}).add_attribute();
  attribute->set_name("alpha");
  attribute->set_type(onnx::AttributeProto::FLOAT);
  attribute->set_ref_attr_name("slope");
  addInput(model, "x", {"4"});
  onnx::NodeProto &call = addNode(model, "Leaky", {"x"}, {"y"});
  call.set_domain("local");
  auto *actual = call.add_attribute();
  actual->set_name("slope");
  actual->set_type(onnx::AttributeProto::FLOAT);
  actual->set_f(0.25f);
  addOutput(model, "y");
  EXPECT_IMPORTS(import(model), "dense<2.500000e-01>");
}

TEST(Importer, InitializersThatAreInputsAreConstants) {
  onnx::ModelProto model = reluModel();
  addInput(model, "w", {"4"});
  addInitializer(model, "w", {4}).set_raw_data(std::string(16, '\0'));
  addNode(model, "Add", {"y", "w"}, {"z"});
  addOutput(model, "z");
  Imported result = import(model);
  EXPECT_EQ(result.kind, ErrorKind::None);
  EXPECT_FALSE(contains(result.text, "\"w\"")) << result.text;
}

// --- Bad files -----------------------------------------------------------------------------------------------------------------------

TEST(BadFile, Empty) { EXPECT_REFUSES(importBytes(""), ErrorKind::BadInput, "the file is empty"); }

TEST(BadFile, WrongMagic) {
  EXPECT_REFUSES(importBytes("\x7f" "ELF\2\1\1 no model at all"), ErrorKind::BadInput, "not a valid ONNX file");
  EXPECT_REFUSES(importBytes("\x89PNG\r\n\x1a\n"), ErrorKind::BadInput, "not a valid ONNX file");
}

TEST(BadFile, Random) {
  std::string bytes;
  uint32_t state = 1;
  for (int i = 0; i < 4096; ++i)
    bytes.push_back(static_cast<char>((state = state * 1664525 + 1013904223) >> 24));
  EXPECT_EQ(importBytes(bytes).kind, ErrorKind::BadInput);
}

TEST(BadFile, TruncatedAnywhere) {
  onnx::ModelProto model = reluModel();
  addInitializer(model, "w", {64}).set_raw_data(std::string(256, 'w'));
  std::string bytes = model.SerializeAsString();
  for (size_t length = 0; length < bytes.size(); ++length)
    EXPECT_NE(importBytes(bytes.substr(0, length)).kind, ErrorKind::Internal) << length;
  EXPECT_REFUSES(importBytes(bytes.substr(0, bytes.size() / 2)), ErrorKind::BadInput, "truncated");
}

TEST(BadFile, Missing) {
  ImportOptions options;
  options.path = "/nonexistent/model.onnx";
  EXPECT_REFUSES(finish(options), ErrorKind::BadInput, "No such file");
}

TEST(BadFile, NewerVersions) {
  onnx::ModelProto model = reluModel();
  model.set_ir_version(99);
  EXPECT_REFUSES(import(model), ErrorKind::Unsupported, "IR version 99");
  model.set_ir_version(8);
  model.mutable_opset_import(0)->set_version(1000);
  EXPECT_REFUSES(import(model), ErrorKind::Unsupported, "opset 1000");
}

// --- Bad graphs ----------------------------------------------------------------------------------------------------------------------

TEST(BadGraph, Cycle) {
  onnx::ModelProto model = emptyModel();
  addInput(model, "x", {"4"});
  addNode(model, "Add", {"x", "b"}, {"a"});
  addNode(model, "Relu", {"a"}, {"b"});
  addOutput(model, "b");
  EXPECT_REFUSES(import(model), ErrorKind::BadInput, "form a cycle or are not sorted");
}

TEST(BadGraph, UndefinedName) {
  onnx::ModelProto model = emptyModel();
  addNode(model, "Relu", {"nowhere"}, {"y"});
  addOutput(model, "y");
  EXPECT_REFUSES(import(model), ErrorKind::BadInput, "'nowhere' is not defined anywhere");
}

TEST(BadGraph, DuplicateName) {
  onnx::ModelProto model = reluModel();
  addNode(model, "Exp", {"x"}, {"y"});
  EXPECT_REFUSES(import(model), ErrorKind::BadInput, "'y' is defined more than once");
}

TEST(BadGraph, MissingInputAndWrongAttributes) {
  onnx::ModelProto model = emptyModel();
  addInput(model, "x", {"4"});
  addNode(model, "Add", {"x"}, {"a"});
  addOutput(model, "a");
  EXPECT_REFUSES(import(model), ErrorKind::BadInput, "required input 1 is missing");

  model.mutable_graph()->mutable_node(0)->set_op_type("Softmax");
  onnx::NodeProto &node = *model.mutable_graph()->mutable_node(0);
  setInt(node, "axis", 3);
  EXPECT_REFUSES(import(model), ErrorKind::BadInput, "axis 3 is out of range for rank 1");
  node.mutable_attribute(0)->set_type(onnx::AttributeProto::STRING);
  EXPECT_REFUSES(import(model), ErrorKind::BadInput, "attribute 'axis' has the wrong kind");
}

TEST(BadGraph, WrongTypesAndSizes) {
  onnx::ModelProto model = emptyModel();
  addInput(model, "x", {"4"});
  addInput(model, "i", {"4"}, TensorProto::INT64);
  addNode(model, "Add", {"x", "i"}, {"y"});
  addOutput(model, "y");
  EXPECT_REFUSES(import(model), ErrorKind::BadInput, "must have the same element type");

  onnx::ModelProto other = emptyModel();
  addInput(other, "x", {"4"});
  addInput(other, "z", {"3"});
  addNode(other, "Add", {"x", "z"}, {"y"}).set_name("adder");
  addOutput(other, "y");
  EXPECT_REFUSES(import(other), ErrorKind::BadInput, "model.onnx: \"adder\" (Add, opset 21): sizes 4 and 3");
}

TEST(BadGraph, FunctionCycle) {
  onnx::ModelProto model = emptyModel();
  onnx::FunctionProto &function = *model.add_functions();
  function.set_domain("local");
  function.set_name("Loop");
  function.add_input("a");
  function.add_output("b");
  addNode(function.mutable_node(), "Loop", {"a"}, {"b"}).set_domain("local");
  addInput(model, "x", {"4"});
  addNode(model, "Loop", {"x"}, {"y"}).set_domain("local");
  addOutput(model, "y");
  EXPECT_REFUSES(import(model), ErrorKind::BadInput, "is there a cycle?");
}

TEST(BadGraph, AllUnsupportedOperatorsAtOnce) {
  onnx::ModelProto model = reluModel();
  addNode(model, "Frobnicate", {"x"}, {"a"});
  addNode(model, "Frobnicate", {"a"}, {"b"});
  addNode(model, "Quux", {"x"}, {"c"}).set_domain("com.example");
  Imported result = import(model);
  EXPECT_EQ(result.kind, ErrorKind::Unsupported);
  EXPECT_TRUE(contains(result.text, "(Frobnicate, opset 21): this operator is not supported (2 nodes)")) << result.text;
  EXPECT_TRUE(contains(result.text, "com.example:Quux")) << result.text;
}

// --- Bad tensors ---------------------------------------------------------------------------------------------------------------------

Imported importTensor(std::function<void(TensorProto &)> edit) {
  onnx::ModelProto model = reluModel();
  edit(addInitializer(model, "w", {}));
  return import(model);
}

TEST(BadTensor, Lengths) {
  EXPECT_REFUSES(importTensor([](TensorProto &t) { t.add_dims(4), t.set_raw_data("1234567"); }), ErrorKind::BadInput,
                 "has 7 bytes of data where its type and sizes ask for 16");
  EXPECT_REFUSES(importTensor([](TensorProto &t) { t.add_dims(2), t.add_float_data(1); }), ErrorKind::BadInput, "has 4 bytes of data");
  EXPECT_REFUSES(importTensor([](TensorProto &t) { t.add_dims(1), t.add_float_data(1), t.set_raw_data("1234"); }), ErrorKind::BadInput,
                 "data in more than one field");
}

TEST(BadTensor, Sizes) {
  EXPECT_REFUSES(importTensor([](TensorProto &t) { t.add_dims(-3); }), ErrorKind::BadInput, "negative size -3");
  EXPECT_REFUSES(importTensor([](TensorProto &t) { t.add_dims(int64_t(1) << 40), t.add_dims(int64_t(1) << 40); }), ErrorKind::BadInput,
                 "does not fit in 64 bits");
  EXPECT_REFUSES(importTensor([](TensorProto &t) { t.add_dims(int64_t(1) << 40); }), ErrorKind::BadInput, "more than the limit");
  onnx::ModelProto model = reluModel();
  model.mutable_graph()->mutable_input(0)->mutable_type()->mutable_tensor_type()->mutable_shape()->mutable_dim(1)->set_dim_value(-7);
  EXPECT_REFUSES(import(model), ErrorKind::BadInput, "negative size -7");
}

TEST(BadTensor, Types) {
  EXPECT_REFUSES(importTensor([](TensorProto &t) { t.set_data_type(TensorProto::STRING); }), ErrorKind::Unsupported, "STRING");
  EXPECT_REFUSES(importTensor([](TensorProto &t) { t.set_data_type(99); }), ErrorKind::Unsupported, "type 99");
}

// --- External data -------------------------------------------------------------------------------------------------------------------

class ExternalData : public testing::Test {
protected:
  void SetUp() override {
    char pattern[] = "/tmp/ingot-importer-XXXXXX";
    folder = mkdtemp(pattern);
    ASSERT_EQ(::system(("mkdir " + folder + "/model").c_str()), 0);
    std::ofstream(folder + "/model/weights.bin") << std::string(64, 'w');
    std::ofstream(folder + "/outside.bin") << std::string(64, 'o');
  }
  void TearDown() override { EXPECT_EQ(::system(("rm -r " + folder).c_str()), 0); }

  Imported importFrom(const std::string &location, const std::string &offset = "0", const std::string &length = "16") {
    onnx::ModelProto model = reluModel();
    TensorProto &tensor = addInitializer(model, "w", {4});
    tensor.set_data_location(TensorProto::EXTERNAL);
    for (auto &[key, value] : std::map<std::string, std::string>{{"location", location}, {"offset", offset}, {"length", length}}) {
      auto *entry = tensor.add_external_data();
      entry->set_key(key);
      entry->set_value(value);
    }
    std::ofstream(folder + "/model/model.onnx") << model.SerializeAsString();
    ImportOptions options;
    options.path = folder + "/model/model.onnx";
    return finish(options);
  }

  std::string folder;
};

TEST_F(ExternalData, IsRead) { EXPECT_EQ(importFrom("weights.bin", "48").kind, ErrorKind::None); }

TEST_F(ExternalData, StaysInTheFolder) {
  EXPECT_REFUSES(importFrom("../outside.bin"), ErrorKind::BadInput, "leaves the model's folder");
  EXPECT_REFUSES(importFrom(folder + "/outside.bin"), ErrorKind::BadInput, "is absolute");
  EXPECT_REFUSES(importFrom(""), ErrorKind::BadInput, "empty location");
  EXPECT_REFUSES(importFrom("..\\outside.bin"), ErrorKind::BadInput, "backslash");
  EXPECT_REFUSES(importFrom(std::string("weights.bin\0x", 13)), ErrorKind::BadInput, "NUL");
}

TEST_F(ExternalData, FollowsNoLinks) {
  ASSERT_EQ(::symlink((folder + "/outside.bin").c_str(), (folder + "/model/soft.bin").c_str()), 0);
  EXPECT_REFUSES(importFrom("soft.bin"), ErrorKind::BadInput, "symbolic link");
  ASSERT_EQ(::link((folder + "/outside.bin").c_str(), (folder + "/model/hard.bin").c_str()), 0);
  EXPECT_REFUSES(importFrom("hard.bin"), ErrorKind::BadInput, "hard link");
  EXPECT_REFUSES(importFrom("."), ErrorKind::BadInput, "not a regular file");
}

TEST_F(ExternalData, LiesInTheFile) {
  EXPECT_REFUSES(importFrom("missing.bin"), ErrorKind::BadInput, "No such file");
  EXPECT_REFUSES(importFrom("weights.bin", "60"), ErrorKind::BadInput, "lies beyond the end");
  EXPECT_REFUSES(importFrom("weights.bin", "18446744073709551615"), ErrorKind::BadInput, "lies beyond the end");
  EXPECT_REFUSES(importFrom("weights.bin", "-1"), ErrorKind::BadInput, "wrong offset");
  EXPECT_REFUSES(importFrom("weights.bin", "0", "12"), ErrorKind::BadInput, "has 12 bytes of data");
}

} // namespace
