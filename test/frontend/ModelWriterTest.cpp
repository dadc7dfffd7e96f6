//===- ModelWriterTest.cpp - Trained values back into the model's file ------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "frontend/ModelWriter.h"
#include "frontend/ModelReader.h"
#include "frontend/TensorData.h"

#include "frontend/proto/onnx.pb.h"

#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "gtest/gtest.h"

#include <csignal>
#include <fstream>
#include <sys/resource.h>

using namespace ingot;

namespace {

class ModelWriter : public testing::Test {
protected:
  void SetUp() override {
    ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("ingot-writer", folder));
    model.set_ir_version(8);
    model.set_producer_name("a producer");
    onnx::OperatorSetIdProto *set = model.add_opset_import();
    set->set_version(17);
    onnx::GraphProto &graph = *model.mutable_graph();
    graph.set_name("g");
    *graph.add_output() = named("y");
    onnx::NodeProto *constant = graph.add_node();
    constant->set_op_type("Constant");
    constant->add_output("c");
    onnx::AttributeProto *value = constant->add_attribute();
    value->set_name("value");
    value->set_type(onnx::AttributeProto::TENSOR);
    fill(*value->mutable_t(), "", {1, 2, 3});
    onnx::NodeProto *add = graph.add_node();
    add->set_op_type("Add");
    add->add_input("raw");
    add->add_input("c");
    add->add_output("y");
    onnx::TensorProto *raw = graph.add_initializer();
    fill(*raw, "raw", {4, 5, 6});
    raw->set_doc_string("kept");
    onnx::TensorProto *typed = graph.add_initializer();
    typed->set_name("typed");
    typed->set_data_type(onnx::TensorProto::FLOAT);
    typed->add_dims(2);
    typed->add_float_data(7);
    typed->add_float_data(8);
    onnx::TensorProto *large = graph.add_initializer();
    fill(*large, "large", std::vector<float>(1000, 9));
  }
  void TearDown() override { llvm::sys::fs::remove_directories(folder); }

  static onnx::ValueInfoProto named(const char *name) {
    onnx::ValueInfoProto info;
    info.set_name(name);
    info.mutable_type()->mutable_tensor_type()->set_elem_type(onnx::TensorProto::FLOAT);
    return info;
  }
  static void fill(onnx::TensorProto &tensor, const char *name, const std::vector<float> &values) {
    tensor.set_name(name);
    tensor.set_data_type(onnx::TensorProto::FLOAT);
    tensor.add_dims(static_cast<int64_t>(values.size()));
    tensor.set_raw_data(values.data(), values.size() * sizeof(float));
  }

  std::string path(const std::string &name) { return (folder + "/" + name).str(); }
  void save(const std::string &name, const std::string &more = "") {
    std::ofstream file(path(name), std::ios::binary);
    file << model.SerializeAsString() << more;
  }
  static std::string contentOf(const std::string &path) {
    auto buffer = llvm::MemoryBuffer::getFile(path);
    return buffer ? (*buffer)->getBuffer().str() : "";
  }
  static TrainedTensor trained(const std::string &name, const std::vector<float> &values) {
    return {name,
            onnx::TensorProto::FLOAT,
            {static_cast<int64_t>(values.size())},
            llvm::ArrayRef<char>(reinterpret_cast<const char *>(values.data()), values.size() * sizeof(float))};
  }
  std::vector<double> values(Model &model, const onnx::TensorProto &tensor) {
    mlir::ElementsAttr elements;
    Status status = toElements(model, tensor, &context, 1 << 30, elements);
    EXPECT_TRUE(status.ok()) << status.message;
    if (!elements)
      return {};
    llvm::SmallVector<double> read = readFloats(elements);
    return {read.begin(), read.end()};
  }
  std::vector<double> initializer(const std::string &name, unsigned i) {
    std::unique_ptr<Model> read;
    Status status = Model::open(path(name), read);
    EXPECT_TRUE(status.ok()) << status.message;
    return values(*read, read->getProto().graph().initializer(static_cast<int>(i)));
  }

  llvm::SmallString<128> folder;
  onnx::ModelProto model;
  mlir::MLIRContext context;
};

using Values = std::vector<double>;

TEST_F(ModelWriter, ReplacesWhateverFormTheDataHas) {
  // A field of a later version of the format.
  save("in.onnx", std::string("\xfa\x7f\x03new", 6));
  std::vector<float> a = {1, 0, -1}, b = {0.5, 0.25}, c(1000, 2), d = {3, 2, 1};
  ASSERT_EQ(writeTrainedModel(path("in.onnx"), {trained("raw", a), trained("typed", b), trained("large", c), trained("c", d)},
                              path("out.onnx"))
                .message,
            "");
  EXPECT_EQ(initializer("out.onnx", 0), (Values{1, 0, -1}));
  EXPECT_EQ(initializer("out.onnx", 1), (Values{0.5, 0.25}));
  EXPECT_EQ(initializer("out.onnx", 2), Values(1000, 2));
  std::unique_ptr<Model> read;
  ASSERT_TRUE(Model::open(path("out.onnx"), read).ok());
  EXPECT_EQ(values(*read, read->getProto().graph().node(0).attribute(0).t()), (Values{3, 2, 1}));
  EXPECT_EQ(read->getProto().graph().initializer(0).doc_string(), "kept");
  EXPECT_EQ(read->getProto().producer_name(), "a producer");
  EXPECT_TRUE(llvm::StringRef(contentOf(path("out.onnx"))).ends_with(llvm::StringRef("\xfa\x7f\x03new", 6)));
}

TEST_F(ModelWriter, ChangesNothingElse) {
  save("in.onnx");
  ASSERT_TRUE(writeTrainedModel(path("in.onnx"), {}, path("out.onnx")).ok());
  EXPECT_EQ(contentOf(path("out.onnx")), contentOf(path("in.onnx")));
  std::vector<float> a = {1, 0, -1};
  ASSERT_TRUE(writeTrainedModel(path("in.onnx"), {trained("raw", a)}, path("in.onnx")).ok()) << "in place";
  EXPECT_EQ(initializer("in.onnx", 0), (Values{1, 0, -1}));
  EXPECT_EQ(initializer("in.onnx", 2), Values(1000, 9));
}

TEST_F(ModelWriter, RefusesWhatDoesNotFit) {
  save("in.onnx");
  std::vector<float> two = {1, 2};
  auto write = [&](const TrainedTensor &tensor) { return writeTrainedModel(path("in.onnx"), tensor, path("out.onnx")).message; };
  EXPECT_EQ(write(trained("raw", two)), "the trained value of 'raw' has another type or other sizes than the model's tensor");
  TrainedTensor integer = trained("typed", two);
  integer.dtype = onnx::TensorProto::INT32;
  EXPECT_EQ(write(integer), "the trained value of 'typed' has another type or other sizes than the model's tensor");
  EXPECT_EQ(write(trained("nothing", two)), "the model has no tensor 'nothing' to write the trained value to");
  EXPECT_FALSE(llvm::sys::fs::exists(path("out.onnx")));
}

TEST_F(ModelWriter, ExternalDataGoesIntoOneNewFile) {
  std::ofstream(path("weights.bin"), std::ios::binary) << std::string(64, 'x') << std::string("\0\0\x80\x3f\0\0\0\x40", 8);
  auto external = [&](const char *name) {
    onnx::TensorProto *tensor = model.mutable_graph()->add_initializer();
    tensor->set_name(name);
    tensor->set_data_type(onnx::TensorProto::FLOAT);
    tensor->add_dims(2);
    tensor->set_data_location(onnx::TensorProto::EXTERNAL);
    for (auto [key, value] : {std::pair("location", "weights.bin"), std::pair("offset", "64"), std::pair("length", "8")}) {
      onnx::StringStringEntryProto *entry = tensor->add_external_data();
      entry->set_key(key);
      entry->set_value(value);
    }
  };
  external("kept");
  external("changed");
  save("in.onnx");
  ASSERT_FALSE(llvm::sys::fs::create_directory(folder + "/other"));
  std::vector<float> values = {5, 6};
  for (const char *data : {"out.onnx.data", "out.onnx.1.data", "out.onnx.data"}) {
    Status status = writeTrainedModel(path("in.onnx"), trained("changed", values), path("other/out.onnx"));
    ASSERT_TRUE(status.ok()) << status.message;
    EXPECT_EQ(initializer("other/out.onnx", 3), (Values{1, 2}));
    EXPECT_EQ(initializer("other/out.onnx", 4), (Values{5, 6}));
    EXPECT_TRUE(llvm::sys::fs::exists(path("other/") + data));
  }
  EXPECT_FALSE(llvm::sys::fs::exists(path("other/out.onnx.1.data"))) << "nothing refers to it any more";
}

TEST_F(ModelWriter, KeepsTheOldFileWhenTheDiskIsFull) {
  save("in.onnx");
  save("out.onnx");
  std::string before = contentOf(path("out.onnx"));
  std::vector<float> values(1000, 2);
  signal(SIGXFSZ, SIG_IGN);
  rlimit old, low = {1024, RLIM_INFINITY};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &old), 0);
  low.rlim_max = old.rlim_max;
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &low), 0);
  Status status = writeTrainedModel(path("in.onnx"), trained("large", values), path("out.onnx"));
  setrlimit(RLIMIT_FSIZE, &old);
  EXPECT_EQ(status.kind, ErrorKind::System);
  EXPECT_EQ(contentOf(path("out.onnx")), before);
  EXPECT_EQ(writeTrainedModel(path("in.onnx"), {}, "/dev/full").kind, ErrorKind::System);
}

TEST_F(ModelWriter, TrainingAlgorithms) {
  for (int i = 0; i < 2; ++i) {
    onnx::TrainingInfoProto *training = model.add_training_info();
    training->mutable_algorithm()->set_name("a");
    fill(*training->mutable_algorithm()->add_initializer(), "step", {0});
    onnx::StringStringEntryProto *binding = training->add_update_binding();
    binding->set_key("step");
    binding->set_value("next");
  }
  save("in.onnx");
  std::vector<float> one = {1}, two = {2};
  ASSERT_EQ(writeTrainedModel(path("in.onnx"), {trained("step", one), trained("step_2", two)}, path("out.onnx")).message, "");
  std::unique_ptr<Model> read;
  ASSERT_TRUE(Model::open(path("out.onnx"), read).ok());
  EXPECT_EQ(values(*read, read->getProto().training_info(0).algorithm().initializer(0)), (Values{1}));
  EXPECT_EQ(values(*read, read->getProto().training_info(1).algorithm().initializer(0)), (Values{2}));
  WriteOptions drop;
  drop.dropTraining = true;
  ASSERT_TRUE(writeTrainedModel(path("in.onnx"), {}, path("out.onnx"), drop).ok());
  ASSERT_TRUE(Model::open(path("out.onnx"), read).ok());
  EXPECT_EQ(read->getProto().training_info_size(), 0);
}

} // namespace
