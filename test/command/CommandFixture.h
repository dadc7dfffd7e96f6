//===- CommandFixture.h - Runs the command in a folder of its own -*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_TEST_COMMAND_COMMANDFIXTURE_H
#define INGOT_TEST_COMMAND_COMMANDFIXTURE_H

#include "ingot/runtime.h"
#include "proto/onnx.pb.h"
#include "utils/support/Npz.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <set>
#include <sys/resource.h>
#include <sys/wait.h>

namespace ingot {

#define EXPECT_HAS(text, part) EXPECT_NE((text).find(part), std::string::npos) << (text)

class Command : public ::testing::Test {
protected:
  void SetUp() override {
    const char *binary = std::getenv("INGOT");
    ingot = binary ? binary : "build/bin/ingot";
    ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("command-test", folder));
  }
  void TearDown() override { llvm::sys::fs::remove_directories(folder); }

  std::string path(const std::string &name) { return folder.str().str() + "/" + name; }

  static std::string contentsOf(const std::string &path) {
    std::ifstream file(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  }

  /// Runs `ingot arguments` in a shell; sets `out` and `err`.
  int run(const std::string &arguments, const std::string &before = "") {
    std::string line = before + ingot + " " + arguments + " >" + path("out") + " 2>" + path("err");
    int status = std::system(line.c_str());
    out = contentsOf(path("out"));
    err = contentsOf(path("err"));
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
  }

  std::string write(const char *name, const std::string &contents) {
    std::ofstream(path(name), std::ios::binary) << contents;
    return path(name);
  }

  static NpzArray array(const char *name, int32_t dtype, std::vector<int64_t> dims) {
    NpzArray array;
    array.name = name;
    array.dtype = dtype;
    array.dims = std::move(dims);
    uint64_t bytes = uint64_t(ingot_dtype_bytes(dtype));
    for (int64_t size : array.dims)
      bytes *= uint64_t(size);
    EXPECT_TRUE(array.allocate(bytes));
    if (bytes)
      std::memset(array.data, 0, bytes);
    return array;
  }
  static NpzArray floats(const char *name, std::vector<float> values) {
    NpzArray result = array(name, INGOT_F32, {int64_t(values.size())});
    std::memcpy(result.data, values.data(), values.size() * sizeof(float));
    return result;
  }
  template <typename... T> std::string npz(const char *name, T... arrays) {
    std::vector<NpzArray> list;
    (list.push_back(std::move(arrays)), ...);
    EXPECT_TRUE(writeNpz(path(name), list).ok());
    return path(name);
  }

  /// y = Op(x), or y = Op(x, x) with `arity` 2, for x of shape (N, 4).
  std::string model(const char *name, const char *op, int arity = 1) {
    onnx::ModelProto proto;
    proto.set_ir_version(8);
    proto.add_opset_import()->set_version(17);
    onnx::GraphProto *graph = proto.mutable_graph();
    graph->set_name("test");
    for (auto *value : {graph->add_input(), graph->add_output()}) {
      value->set_name(value == &graph->input(0) ? "x" : "y");
      auto *type = value->mutable_type()->mutable_tensor_type();
      type->set_elem_type(1);
      type->mutable_shape()->add_dim()->set_dim_param("N");
      type->mutable_shape()->add_dim()->set_dim_value(4);
    }
    onnx::NodeProto *node = graph->add_node();
    node->set_name("the_node");
    node->set_op_type(op);
    for (int i = 0; i < arity; ++i)
      node->add_input("x");
    node->add_output("y");
    return write(name, proto.SerializeAsString());
  }

  /// y = x + w for x of shape (N, 4), with `first` the first of the weights.
  std::string weighted(const char *name, float first) {
    onnx::ModelProto proto;
    EXPECT_TRUE(proto.ParseFromString(contentsOf(model(name, "Add", 1))));
    proto.mutable_graph()->mutable_node(0)->add_input("w");
    onnx::TensorProto *tensor = proto.mutable_graph()->add_initializer();
    tensor->set_name("w");
    tensor->set_data_type(1);
    tensor->add_dims(4);
    for (float value : {first, 2.f, 3.f, 4.f})
      tensor->add_float_data(value);
    return write(name, proto.SerializeAsString());
  }

  /// A decoder with a cache: x = table[ids], present = Concat(past, x), logits = mean(present) W; past (1, P, 4), 5 tokens.
  std::string decoder(const char *name) {
    onnx::ModelProto proto;
    proto.set_ir_version(8);
    proto.add_opset_import()->set_version(17);
    onnx::GraphProto *graph = proto.mutable_graph();
    graph->set_name("decoder");
    auto value = [](onnx::ValueInfoProto *info, const char *id, int32_t dtype, std::vector<std::string> dims) {
      info->set_name(id);
      auto *type = info->mutable_type()->mutable_tensor_type();
      type->set_elem_type(dtype);
      for (const std::string &dim : dims)
        if (std::isdigit(dim[0]) && dim.size() == 1)
          type->mutable_shape()->add_dim()->set_dim_value(std::stoi(dim));
        else
          type->mutable_shape()->add_dim()->set_dim_param(dim);
    };
    value(graph->add_input(), "input_ids", 7, {"1", "1"});
    value(graph->add_input(), "past_0", 1, {"1", "past", "4"});
    value(graph->add_output(), "logits", 1, {"1", "1", "5"});
    value(graph->add_output(), "present_0", 1, {"1", "past + 1", "4"});
    auto weights = [&](const char *id, std::vector<int64_t> dims, float step) {
      onnx::TensorProto *tensor = graph->add_initializer();
      tensor->set_name(id);
      tensor->set_data_type(1);
      int64_t count = 1;
      for (int64_t dim : dims)
        tensor->add_dims(dim), count *= dim;
      for (int64_t i = 0; i < count; ++i)
        tensor->add_float_data(float((i * 7) % 11) * step - 1);
    };
    weights("table", {5, 4}, 0.25f);
    weights("w", {4, 5}, 0.125f);
    auto node = [&](const char *op, std::vector<const char *> inputs, const char *output) {
      onnx::NodeProto *result = graph->add_node();
      result->set_name(std::string(op) + "_node");
      result->set_op_type(op);
      for (const char *input : inputs)
        result->add_input(input);
      result->add_output(output);
      return result;
    };
    auto number = [](onnx::NodeProto *of, const char *id, int64_t i) {
      onnx::AttributeProto *attribute = of->add_attribute();
      attribute->set_name(id);
      attribute->set_type(onnx::AttributeProto::INT);
      attribute->set_i(i);
      return attribute;
    };
    node("Gather", {"table", "input_ids"}, "x");
    number(node("Concat", {"past_0", "x"}, "present_0"), "axis", 1);
    onnx::AttributeProto *axes = node("ReduceMean", {"present_0"}, "mean")->add_attribute();
    axes->set_name("axes");
    axes->set_type(onnx::AttributeProto::INTS);
    axes->add_ints(1);
    node("MatMul", {"mean", "w"}, "logits");
    return write(name, proto.SerializeAsString());
  }

  static const NpzArray &find(const std::vector<NpzArray> &arrays, const std::string &name) {
    for (const NpzArray &array : arrays)
      if (array.name == name)
        return array;
    ADD_FAILURE() << "no array " << name;
    return arrays.front();
  }

  std::vector<std::string> listFiles() {
    std::vector<std::string> files;
    std::error_code code;
    for (llvm::sys::fs::directory_iterator i(folder, code), end; i != end && !code; i.increment(code))
      files.push_back(i->path());
    return files;
  }

  std::string ingot, out, err;
  std::set<std::string> names;
  llvm::SmallString<128> folder;
  const std::string fake = FAKES "/fake.so";
};

} // namespace ingot

#endif // INGOT_TEST_COMMAND_COMMANDFIXTURE_H
