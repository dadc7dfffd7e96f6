//===- KernelCases.cpp - The kernels that are timed -----------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Each case is what the frontend makes of a node and its activation, with weights of random values as resources of the module: they
// are folded, packed and stored as a model's are.
//
//===----------------------------------------------------------------------===//

#include "utils/benchmark/KernelCases.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/Twine.h"

#include <cstring>

using namespace llvm;

namespace ingot::benchmark {

namespace {

using Sizes = std::vector<int64_t>;

int64_t volume(ArrayRef<int64_t> sizes) {
  int64_t count = 1;
  for (int64_t size : sizes)
    count *= size;
  return count;
}

/// `tensor<1x?x64xf32>`: the dimensions in `open` are left open.
std::string type(ArrayRef<int64_t> sizes, ArrayRef<int64_t> open = {}) {
  std::string text = "tensor<";
  for (size_t i = 0; i < sizes.size(); ++i)
    text += (is_contained(open, int64_t(i)) ? "?" : std::to_string(sizes[i])) + "x";
  return text + "f32>";
}

std::string list(ArrayRef<int64_t> numbers) {
  std::string text = "[";
  for (size_t i = 0; i < numbers.size(); ++i)
    text += (i ? ", " : "") + std::to_string(numbers[i]);
  return text + "]";
}

/// A resource of random values, small enough that sums stay in range: its name, then alignment and elements in hexadecimal.
void writeWeights(raw_ostream &out, StringRef name, ArrayRef<int64_t> sizes) {
  static const char digits[] = "0123456789ABCDEF";
  out << "      " << name << ": \"0x40000000";
  uint32_t state = 12345;
  std::string block;
  for (int64_t i = 0, count = volume(sizes); i < count; ++i) {
    state = state * 1664525 + 1013904223;
    float value = (float(state >> 8) / 16777216.0f - 0.5f) / 16;
    unsigned char bytes[4];
    memcpy(bytes, &value, 4);
    for (unsigned char byte : bytes)
      block += {digits[byte >> 4], digits[byte & 15]};
    if (block.size() > 1 << 16) {
      out << block;
      block.clear();
    }
  }
  out << block << "\"";
}

struct Weight {
  std::string name;
  Sizes sizes;
};

void writeModule(raw_ostream &out, const std::string &function, ArrayRef<Weight> weights) {
  out << "module {\n" << function << "}\n";
  if (weights.empty())
    return;
  out << "\n{-#\n  dialect_resources: {\n    builtin: {\n";
  for (size_t i = 0; i < weights.size(); ++i) {
    writeWeights(out, weights[i].name, weights[i].sizes);
    out << (i + 1 < weights.size() ? ",\n" : "\n");
  }
  out << "    }\n  }\n#-}\n";
}

std::string constant(const Weight &weight) {
  return "  %" + weight.name + " = ingot.constant dense_resource<" + weight.name + "> : " + type(weight.sizes) + "\n";
}

std::string argument(StringRef name, ArrayRef<int64_t> sizes, ArrayRef<int64_t> open = {}) {
  std::string symbols;
  for (size_t i = 0; i < sizes.size(); ++i)
    symbols += std::string(i ? ", " : "") + "\"" + (is_contained(open, int64_t(i)) ? "d" + std::to_string(i) : "") + "\"";
  return ("%" + name + ": " + type(sizes, open) + " {ingot.name = \"" + name + "\", ingot.symbols = [" + symbols + "]}").str();
}

/// `%c` with a bias, then `activation` ("relu", "gelu" or ""), as `%y`.
std::string epilogue(ArrayRef<int64_t> sizes, StringRef activation) {
  std::string t = type(sizes), text;
  text += "  %bb = ingot.broadcast %b dimensions = [" + std::to_string(sizes.size() - 1) + "] sizes " + list(sizes) + " : (" +
          type({sizes.back()}) + ") -> " + t + "\n";
  text += "  %s = ingot.add %c, %bb : " + t + "\n";
  auto splat = [&](StringRef name, StringRef value) {
    text += ("  %" + name + " = ingot.constant dense<" + value + "> : " + t + "\n").str();
  };
  if (activation == "relu") {
    splat("zero", "0.0");
    return text + "  %y = ingot.max %s, %zero : " + t + "\n";
  }
  splat("half", "0.5");
  splat("root", "0.707106769");
  splat("one", "1.0");
  text += "  %h = ingot.mul %s, %half : " + t + "\n  %r = ingot.mul %s, %root : " + t + "\n";
  return text + "  %e = ingot.erf %r : " + t + "\n  %p = ingot.add %e, %one : " + t + "\n  %y = ingot.mul %h, %p : " + t + "\n";
}

/// [m, k] by constant [k, n].
KernelCase gemm(int64_t m, int64_t n, int64_t k, StringRef activation = "", bool dynamic = false, StringRef group = "gemm") {
  KernelCase result;
  result.group = group.str();
  result.name = group.str() + " " + std::to_string(m) + "x" + std::to_string(n) + "x" + std::to_string(k);
  if (!activation.empty())
    result.name += " " + activation.str();
  if (dynamic)
    result.name += " dyn";
  result.operations = 2.0 * double(m) * double(n) * double(k);
  result.bytes = 4.0 * double(m * k + n * k + m * n);
  result.inputs = {{m, k}};
  std::vector<Weight> weights = {{"w", {k, n}}};
  if (!activation.empty())
    weights.push_back({"b", {n}});
  Sizes open = dynamic ? Sizes{0} : Sizes{};
  std::string y = type({m, n}, open);
  std::string text = "func.func @gemm(" + argument("x", {m, k}, open) + ") -> (" + y + " {ingot.name = \"y\"}) {\n";
  for (const Weight &weight : weights)
    text += constant(weight);
  text += std::string(activation.empty() ? "  %y" : "  %c") + " = ingot.contract %x, %w batch [] x [] contracting [1] x [0] : (" +
          type({m, k}, open) + ", " + type({k, n}) + ") -> " + y + "\n";
  if (!activation.empty())
    text += epilogue({m, n}, activation);
  text += "  return %y : " + y + "\n}\n";
  result.write = [=](raw_ostream &out) { writeModule(out, text, weights); };
  return result;
}

struct Conv {
  int64_t window, stride, channels, features, size;
  int64_t groups = 1;
};

/// A square convolution that pads by half its window, with bias and ReLU, channels last. `padded`: its input comes with the
/// padding, as in a network the kernel before writes it.
KernelCase conv(const Conv &c, StringRef group, bool dynamic = false, bool padded = false) {
  KernelCase result;
  int64_t pad = padded ? 0 : c.window / 2, inSize = c.size + (padded ? c.window / 2 * 2 : 0);
  int64_t outSize = (inSize + 2 * pad - c.window) / c.stride + 1;
  result.group = group.str();
  result.name = group.str() + " " + std::to_string(c.window) + "x" + std::to_string(c.window);
  if (c.stride != 1)
    result.name += " s" + std::to_string(c.stride);
  result.name +=
      c.groups == 1 ? " " + std::to_string(c.channels) + "->" + std::to_string(c.features) : " " + std::to_string(c.channels);
  result.name += ", " + std::to_string(c.size);
  if (padded)
    result.name += " padded";
  if (dynamic)
    result.name += " dyn";
  Sizes xSizes = {1, inSize, inSize, c.channels}, ySizes = {1, outSize, outSize, c.features};
  Weight w = {"w", {c.window, c.window, c.channels / c.groups, c.features}}, b = {"b", {c.features}};
  result.operations = 2.0 * double(volume(ySizes)) * double(c.window * c.window * c.channels / c.groups);
  result.bytes = 4.0 * double(volume(xSizes) + volume(w.sizes) + volume(ySizes));
  result.inputs = {xSizes};
  Sizes open = dynamic ? Sizes{1, 2} : Sizes{};
  std::string y = type(ySizes, open);
  auto two = [](int64_t value) { return list({value, value}); };
  std::string text = "func.func @conv(" + argument("x", xSizes, open) + ") -> (" + y + " {ingot.name = \"y\"}) {\n" + constant(w);
  if (!dynamic)
    text += constant(b);
  text += std::string(dynamic ? "  %y" : "  %c") + " = ingot.conv %x, %w strides " + two(c.stride) + " dilations [1, 1] pads " +
          two(pad) + " x " + two(pad) + (c.groups == 1 ? std::string() : " {groups = " + std::to_string(c.groups) + " : i64}") +
          " : (" + type(xSizes, open) + ", " + type(w.sizes) + ") -> " + y + "\n";
  if (!dynamic)
    text += epilogue(ySizes, "relu");
  text += "  return %y : " + y + "\n}\n";
  std::vector<Weight> weights = {w};
  if (!dynamic)
    weights.push_back(b);
  result.write = [=](raw_ostream &out) { writeModule(out, text, weights); };
  return result;
}

/// Products of two inputs for every head: Q by K transposed (`scores`), or the probabilities by V.
KernelCase attention(bool scores, int64_t heads, int64_t length, int64_t depth, bool dynamic = false) {
  KernelCase result;
  result.group = "attention";
  result.name = std::string(scores ? "attention QK^T " : "attention PV ") + std::to_string(heads) + "x" + std::to_string(length) +
                "x" + std::to_string(depth) + (dynamic ? " dyn" : "");
  Sizes left = {heads, length, scores ? depth : length}, right = {heads, length, depth};
  Sizes outSizes = {heads, length, scores ? length : depth};
  result.operations = 2.0 * double(heads * length * length * depth);
  result.bytes = 4.0 * double(volume(left) + volume(right) + volume(outSizes));
  result.inputs = {left, right};
  Sizes openLeft, openRight, openOut;
  if (dynamic) {
    openRight = {1};
    openLeft = openOut = {1};
    (scores ? openOut : openLeft).push_back(2);
  }
  std::string y = type(outSizes, openOut);
  // The length has one name wherever it stands.
  auto operand = [&](StringRef name, const Sizes &sizes, const Sizes &open) {
    std::string text = argument(name, sizes, open);
    for (size_t at; (at = text.find("\"d2\"")) != std::string::npos;)
      text.replace(at, 4, "\"d1\"");
    return text;
  };
  std::string text = "func.func @attention(" + operand("l", left, openLeft) + ", " + operand("r", right, openRight) + ") -> (" + y +
                     " {ingot.name = \"y\"}) {\n  %y = ingot.contract %l, %r batch [0] x [0] contracting [2] x [" +
                     (scores ? "2" : "1") + "] : (" + type(left, openLeft) + ", " + type(right, openRight) + ") -> " + y +
                     "\n  return %y : " + y + "\n}\n";
  result.write = [=](raw_ostream &out) { writeModule(out, text, {}); };
  return result;
}

} // namespace

std::vector<KernelCase> kernelCases() {
  std::vector<KernelCase> cases;
  // BERT's four products, at 128 tokens and one of them at 512.
  cases.push_back(gemm(1024, 1024, 1024));
  cases.push_back(gemm(128, 768, 768));
  cases.push_back(gemm(128, 3072, 768));
  cases.push_back(gemm(128, 768, 3072));
  cases.push_back(gemm(512, 3072, 768));
  cases.push_back(gemm(197, 1001, 769)); // tails on every side
  cases.push_back(gemm(128, 768, 768, "gelu"));
  cases.push_back(gemm(128, 3072, 768, "gelu"));
  cases.push_back(gemm(128, 768, 3072, "gelu"));
  cases.push_back(gemm(512, 3072, 768, "gelu"));
  cases.push_back(gemm(1024, 1024, 1024, "", /*dynamic=*/true));
  cases.push_back(gemm(128, 768, 768, "", /*dynamic=*/true));
  cases.push_back(gemm(128, 3072, 768, "", /*dynamic=*/true));
  cases.push_back(gemm(197, 1001, 769, "", /*dynamic=*/true));

  // The 23 distinct convolutions of ResNet-50.
  const Conv resnet[] = {{7, 2, 3, 64, 224},     {1, 1, 64, 64, 56},    {3, 1, 64, 64, 56},    {1, 1, 64, 256, 56},
                         {1, 1, 256, 64, 56},    {1, 1, 256, 128, 56},  {3, 2, 128, 128, 56},  {1, 1, 128, 512, 28},
                         {1, 2, 256, 512, 56},   {1, 1, 512, 128, 28},  {3, 1, 128, 128, 28},  {1, 1, 512, 256, 28},
                         {3, 2, 256, 256, 28},   {1, 1, 256, 1024, 14}, {1, 2, 512, 1024, 28}, {1, 1, 1024, 256, 14},
                         {3, 1, 256, 256, 14},   {1, 1, 1024, 512, 14}, {3, 2, 512, 512, 14},  {1, 1, 512, 2048, 7},
                         {1, 2, 1024, 2048, 14}, {1, 1, 2048, 512, 7},  {3, 1, 512, 512, 7}};
  for (const Conv &c : resnet)
    cases.push_back(conv(c, "conv"));
  for (const Conv &c : {Conv{3, 1, 64, 64, 56}, Conv{1, 1, 256, 64, 56}, Conv{3, 2, 128, 128, 56}, Conv{3, 1, 256, 256, 14}})
    cases.push_back(conv(c, "conv", /*dynamic=*/true));

  for (const Conv &c : {Conv{3, 1, 144, 144, 56, 144}, Conv{3, 1, 384, 384, 14, 384}, Conv{3, 2, 144, 144, 56, 144},
                        Conv{5, 1, 240, 240, 14, 240}, Conv{5, 2, 96, 96, 28, 96}})
    for (bool padded : {true, false})
      cases.push_back(conv(c, "depthwise", /*dynamic=*/false, padded));
  cases.push_back(conv({3, 1, 144, 144, 56, 144}, "depthwise", /*dynamic=*/true, /*padded=*/true));

  for (int64_t length : {128, 512})
    for (bool scores : {true, false})
      cases.push_back(attention(scores, 12, length, 64));
  cases.push_back(attention(true, 12, 128, 64, /*dynamic=*/true));
  cases.push_back(attention(false, 12, 128, 64, /*dynamic=*/true));

  cases.push_back(gemm(1, 1000, 2048, "", false, "gemv"));
  cases.push_back(gemm(1, 4096, 4096, "", false, "gemv"));
  return cases;
}

} // namespace ingot::benchmark
