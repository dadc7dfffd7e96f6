//===- Runner.cpp - The ONNX backend cases through the compiler ------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Compiles every case of ONNX's backend suite, runs it and compares as ONNX does: same dtype, same shape, |a - b| <= 1e-7 + 1e-3 |b|,
// NaN equal to NaN, everything else exactly. Each case has a process of its own with bounds on time and memory. The list of
// expected passes is checked both ways: a case that fails though listed is a failure, and so is one that passes unlisted.
//
//===----------------------------------------------------------------------===//

#include "ingot/runtime.h"
#include "proto/onnx.pb.h"
#include "utils/compiler/Compiler.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <fstream>
#include <map>
#include <poll.h>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

using namespace ingot;

namespace {

std::vector<std::string> entriesOf(const std::string &folder) {
  std::vector<std::string> names;
  if (DIR *dir = opendir(folder.c_str())) {
    while (dirent *entry = readdir(dir))
      if (entry->d_name[0] != '.')
        names.push_back(entry->d_name);
    closedir(dir);
  }
  std::sort(names.begin(), names.end());
  return names;
}

bool readFile(const std::string &path, std::string &bytes) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream stream;
  stream << in.rdbuf();
  bytes = stream.str();
  return static_cast<bool>(in);
}

struct Tensor {
  int32_t dtype = 0;
  std::vector<int64_t> dims;
  std::string bytes; // as the runtime lays it out
};

// What the tensor holds, in the runtime's layout; false for types that it does not have.
bool decode(const onnx::TensorProto &proto, Tensor &out) {
  out.dtype = proto.data_type();
  out.dims.assign(proto.dims().begin(), proto.dims().end());
  int64_t count = 1;
  for (int64_t d : out.dims)
    count *= d;
  int64_t size = ingot_dtype_bytes(out.dtype);
  if (size == 0)
    return false;
  if (proto.has_raw_data()) {
    out.bytes = proto.raw_data();
    return static_cast<int64_t>(out.bytes.size()) == count * size;
  }
  out.bytes.resize(count * size);
  auto fill = [&](auto sample, const auto &values) {
    using T = decltype(sample);
    for (int64_t i = 0; i < count && i < values.size(); ++i) {
      T v = static_cast<T>(values[i]);
      std::memcpy(&out.bytes[i * sizeof(T)], &v, sizeof(T));
    }
  };
  switch (out.dtype) {
  case INGOT_F32: fill(float(), proto.float_data()); break;
  case INGOT_F64: fill(double(), proto.double_data()); break;
  case INGOT_I64: fill(int64_t(), proto.int64_data()); break;
  case INGOT_U64: fill(uint64_t(), proto.uint64_data()); break;
  case INGOT_U32: fill(uint32_t(), proto.uint64_data()); break;
  case INGOT_I32: fill(int32_t(), proto.int32_data()); break;
  case INGOT_I16: case INGOT_U16: case INGOT_F16: case INGOT_BF16: fill(uint16_t(), proto.int32_data()); break;
  default: fill(uint8_t(), proto.int32_data()); break;
  }
  return true;
}

double halfToDouble(uint16_t h) {
  int exponent = (h >> 10) & 31, mantissa = h & 1023;
  double v = exponent == 0 ? std::ldexp(mantissa, -24) : exponent == 31 ? (mantissa ? NAN : INFINITY) : std::ldexp(mantissa + 1024, exponent - 25);
  return h & 0x8000 ? -v : v;
}

double element(const Tensor &t, int64_t i) {
  const char *p = t.bytes.data() + i * ingot_dtype_bytes(t.dtype);
  auto as = [&](auto sample) {
    std::memcpy(&sample, p, sizeof(sample));
    return sample;
  };
  switch (t.dtype) {
  case INGOT_F32: return as(float());
  case INGOT_F64: return as(double());
  case INGOT_F16: return halfToDouble(as(uint16_t()));
  case INGOT_BF16: {
    uint32_t bits = static_cast<uint32_t>(as(uint16_t())) << 16;
    float f;
    std::memcpy(&f, &bits, 4);
    return f;
  }
  default: return 0;
  }
}

// Empty when equal within ONNX's tolerance, else what differs.
std::string compare(const Tensor &got, const Tensor &want) {
  char text[200];
  if (got.dtype != want.dtype)
    return std::string("mismatch: dtype ") + ingot_dtype_name(got.dtype) + " instead of " + ingot_dtype_name(want.dtype);
  if (got.dims != want.dims) {
    auto show = [](const std::vector<int64_t> &dims) {
      std::string s;
      for (int64_t d : dims)
        s += (s.empty() ? "" : "x") + std::to_string(d);
      return s.empty() ? std::string("scalar") : s;
    };
    return "mismatch: shape " + show(got.dims) + " instead of " + show(want.dims);
  }
  bool floats = want.dtype == INGOT_F32 || want.dtype == INGOT_F64 || want.dtype == INGOT_F16 || want.dtype == INGOT_BF16;
  int64_t size = ingot_dtype_bytes(want.dtype), count = want.bytes.size() / size, bad = 0;
  double worst = 0;
  for (int64_t i = 0; i < count; ++i) {
    if (!floats) {
      bad += std::memcmp(&got.bytes[i * size], &want.bytes[i * size], size) != 0;
      continue;
    }
    double a = element(got, i), b = element(want, i);
    if ((std::isnan(a) && std::isnan(b)) || a == b)
      continue;
    double error = std::fabs(a - b);
    if (!(error <= 1e-7 + 1e-3 * std::fabs(b)) || std::isinf(b)) {
      ++bad;
      if (!(error <= worst))
        worst = error;
    }
  }
  if (!bad)
    return "";
  std::snprintf(text, sizeof text, "mismatch: %lld of %lld elements, worst by %.3g", static_cast<long long>(bad), static_cast<long long>(count), worst);
  return text;
}

std::string firstLine(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text.substr(0, 220);
}

// The tensor in a file, and its name; false for types that the runtime does not have.
bool load(const std::string &path, Tensor &tensor, std::string *name = nullptr) {
  std::string bytes;
  onnx::TensorProto proto;
  if (!readFile(path, bytes) || !proto.ParseFromString(bytes) || !decode(proto, tensor))
    return false;
  if (name)
    *name = proto.name();
  return true;
}

// Runs with the given inputs and compares with the tensors in `outputs`0.pb, `outputs`1.pb, ...; empty when all is well.
std::string runSet(ingot_context *context, const ingot_function_info &function, std::vector<Tensor> &given, const std::string &expected) {
  std::vector<ingot_tensor> inputs(given.size()), outputs(function.output_count);
  for (size_t i = 0; i < given.size(); ++i) {
    inputs[i].data = &given[i].bytes[0];
    inputs[i].dtype = given[i].dtype;
    inputs[i].rank = given[i].dims.size();
    std::copy(given[i].dims.begin(), given[i].dims.end(), inputs[i].dims);
  }
  if (ingot_context_run(context, 0, inputs.data(), inputs.size(), outputs.data(), outputs.size()))
    return "run: " + firstLine(ingot_last_error());
  for (int32_t i = 0; i < function.output_count; ++i) {
    std::string path = expected + std::to_string(i) + ".pb";
    struct stat status;
    if (stat(path.c_str(), &status) != 0)
      continue;
    Tensor want, got;
    if (!load(path, want))
      return "unsupported: an output is no tensor of a type that the runtime has";
    got.dtype = outputs[i].dtype;
    got.dims.assign(outputs[i].dims, outputs[i].dims + outputs[i].rank);
    int64_t bytes = ingot_dtype_bytes(got.dtype);
    for (int64_t d : got.dims)
      bytes *= d;
    got.bytes.assign(static_cast<const char *>(outputs[i].data), bytes);
    if (std::string problem = compare(got, want); !problem.empty())
      return problem;
  }
  return "";
}

// One case, in a process of its own: "pass" or what is wrong. `light`: where a model without data of its own has its outputs.
std::string runCase(const std::string &folder, const std::string &modelPath, const std::string &light, const std::string &library,
                    const std::string &cpu) {
  CompileOptions options;
  options.inputPath = modelPath;
  options.outputPath = library;
  options.cpu = cpu;
  CompileResult compiled = compileModel(options);
  if (!compiled.ok()) {
    const char *kind = compiled.outcome == Outcome::Unsupported ? "unsupported: " : compiled.outcome == Outcome::Internal ? "internal: " : "compile: ";
    return kind + firstLine(compiled.messages.empty() ? "no message" : compiled.messages.front().text);
  }
  ingot_model *model = nullptr;
  ingot_context *context = nullptr;
  ingot_context_options contextOptions = {};
  contextOptions.struct_bytes = sizeof contextOptions;
  contextOptions.threads = 2;
  if (ingot_model_open_file(library.c_str(), &model) || ingot_context_create(model, &contextOptions, &context))
    return "open: " + firstLine(ingot_last_error());
  ingot_function_info function;
  ingot_model_function(model, 0, &function);
  // A light model comes with what its outputs are for inputs that count from 0 to 1.
  if (!light.empty()) {
    std::vector<Tensor> given(function.input_count);
    for (int32_t i = 0; i < function.input_count; ++i) {
      ingot_tensor_info info;
      ingot_model_input(model, 0, i, &info);
      given[i].dtype = INGOT_F32;
      int64_t count = 1;
      for (int32_t d = 0; d < info.rank; ++d) {
        given[i].dims.push_back(info.dims[d] < 0 ? 1 : info.dims[d]);
        count *= given[i].dims.back();
      }
      std::vector<float> values(count);
      for (int64_t k = 0; k < count; ++k)
        values[k] = static_cast<float>(k) / static_cast<float>(count);
      given[i].bytes.assign(reinterpret_cast<const char *>(values.data()), values.size() * sizeof(float));
    }
    std::string problem = runSet(context, function, given, light + "_output_");
    return problem.empty() ? "pass" : problem;
  }
  int sets = 0;
  for (const std::string &set : entriesOf(folder)) {
    if (set.rfind("test_data_set_", 0) != 0)
      continue;
    ++sets;
    std::string base = folder + "/" + set;
    // Inputs are numbered as the graph lists them; those that are initializers are not the model's any more.
    std::map<std::string, Tensor> byName;
    std::vector<Tensor> inOrder;
    for (int i = 0;; ++i) {
      std::string path = base + "/input_" + std::to_string(i) + ".pb", name;
      struct stat status;
      if (stat(path.c_str(), &status) != 0)
        break;
      Tensor tensor;
      if (!load(path, tensor, &name))
        return "unsupported: an input is no tensor of a type that the runtime has";
      byName[name] = tensor;
      inOrder.push_back(tensor);
    }
    std::vector<Tensor> given(function.input_count);
    for (int32_t i = 0; i < function.input_count; ++i) {
      ingot_tensor_info info;
      ingot_model_input(model, 0, i, &info);
      auto named = byName.find(info.name);
      if (named != byName.end())
        given[i] = named->second;
      else if (i < static_cast<int32_t>(inOrder.size()))
        given[i] = inOrder[i];
      else
        return "run: the case has no input for '" + std::string(info.name) + "'";
    }
    if (std::string problem = runSet(context, function, given, base + "/output_"); !problem.empty())
      return problem;
  }
  return sets ? "pass" : "run: the case has no data";
}

struct Case {
  std::string name, folder, model, light;
};

struct Running {
  pid_t pid;
  int pipe;
  size_t index;
  time_t started;
};

int usage() {
  std::fputs("usage: ingot-onnx-cases DATA [--expected FILE] [--write FILE] [--report FILE] [--only REGEX] [--jobs N] [--cpu NAME]\n"
             "DATA holds the folders node, simple, pytorch-converted, pytorch-operator of ONNX's backend tests.\n",
             stderr);
  return 1;
}

} // namespace

int main(int argc, char **argv) {
  std::string data, expectedPath, writePath, reportPath, only, cpu = "native";
  int jobs = 2;
  for (int i = 1; i < argc; ++i) {
    std::string argument = argv[i];
    auto next = [&](std::string &into) { return i + 1 < argc ? (into = argv[++i], true) : false; };
    std::string number;
    if (argument == "--expected" ? !next(expectedPath)
        : argument == "--write"  ? !next(writePath)
        : argument == "--report" ? !next(reportPath)
        : argument == "--only"   ? !next(only)
        : argument == "--cpu"    ? !next(cpu)
        : argument == "--jobs"   ? !next(number)
                                 : argument.rfind("--", 0) == 0 || !data.empty())
      return usage();
    if (!number.empty())
      jobs = std::max(1, std::atoi(number.c_str()));
    else if (argument.rfind("--", 0) != 0)
      data = argument;
  }
  if (data.empty())
    return usage();
  std::regex filter(only);
  std::vector<Case> cases;
  for (const char *kind : {"node", "simple", "pytorch-converted", "pytorch-operator"})
    for (const std::string &name : entriesOf(data + "/" + kind)) {
      std::string folder = data + "/" + kind + "/" + name, label = std::string(kind) + "/" + name;
      if (only.empty() || std::regex_search(label, filter))
        cases.push_back({label, folder, folder + "/model.onnx", ""});
    }
  // Well-known networks, with weights that are all alike.
  for (const std::string &name : entriesOf(data + "/real")) {
    std::string label = "real/" + name, light = data + "/light/light_" + name.substr(std::min<size_t>(5, name.size()));
    if (only.empty() || std::regex_search(label, filter))
      cases.push_back({label, data + "/real/" + name, light + ".onnx", light});
  }
  if (cases.empty()) {
    std::fprintf(stderr, "ingot-onnx-cases: no cases in %s\n", data.c_str());
    return 2;
  }
  std::set<std::string> expected;
  if (!expectedPath.empty()) {
    std::ifstream in(expectedPath);
    for (std::string line; std::getline(in, line);)
      if (!line.empty() && line[0] != '#')
        expected.insert(line);
  }
  char scratch[] = "/tmp/ingot-onnx-XXXXXX";
  if (!mkdtemp(scratch))
    return 5;
  std::vector<std::string> results(cases.size());
  std::vector<Running> running;
  size_t next = 0;
  const int limitSeconds = 120;
  while (next < cases.size() || !running.empty()) {
    while (next < cases.size() && static_cast<int>(running.size()) < jobs) {
      int ends[2];
      if (pipe(ends))
        return 5;
      std::string library = std::string(scratch) + "/" + std::to_string(next) + ".so";
      pid_t pid = fork();
      if (pid == 0) {
        close(ends[0]);
        int null = open("/dev/null", O_WRONLY);
        dup2(null, 2);
        rlimit memory = {8ull << 30, 8ull << 30};
        setrlimit(RLIMIT_AS, &memory);
        rlimit core = {0, 0};
        setrlimit(RLIMIT_CORE, &core);
        std::string result = runCase(cases[next].folder, cases[next].model, cases[next].light, library, cpu);
        if (write(ends[1], result.data(), result.size()) < 0)
          _exit(5);
        _exit(0);
      }
      close(ends[1]);
      running.push_back({pid, ends[0], next++, time(nullptr)});
    }
    std::vector<pollfd> polls;
    for (Running &r : running)
      polls.push_back({r.pipe, POLLIN, 0});
    poll(polls.data(), polls.size(), 1000);
    for (size_t k = 0; k < running.size();) {
      Running &r = running[k];
      bool late = time(nullptr) - r.started > limitSeconds;
      if (!late && !(polls[k].revents & (POLLIN | POLLHUP))) {
        ++k;
        continue;
      }
      if (late)
        kill(r.pid, SIGKILL);
      std::string &result = results[r.index];
      char buffer[512];
      for (ssize_t n; !late && (n = read(r.pipe, buffer, sizeof buffer)) > 0;)
        result.append(buffer, n);
      int status;
      waitpid(r.pid, &status, 0);
      if (late)
        result = "timeout";
      else if (WIFSIGNALED(status))
        result = std::string("crash: ") + strsignal(WTERMSIG(status));
      close(r.pipe);
      unlink((std::string(scratch) + "/" + std::to_string(r.index) + ".so").c_str());
      unlink((std::string(scratch) + "/" + std::to_string(r.index) + ".h").c_str());
      running.erase(running.begin() + k);
      polls.erase(polls.begin() + k);
    }
  }
  rmdir(scratch);
  size_t passed = 0, unexpected = 0;
  std::ofstream write(writePath.empty() ? "/dev/null" : writePath), report(reportPath.empty() ? "/dev/null" : reportPath);
  for (size_t i = 0; i < cases.size(); ++i) {
    bool pass = results[i] == "pass";
    passed += pass;
    report << cases[i].name << "\t" << results[i] << "\n";
    if (pass)
      write << cases[i].name << "\n";
    if (expectedPath.empty()) {
      if (!pass)
        std::printf("%s: %s\n", cases[i].name.c_str(), results[i].c_str());
      continue;
    }
    bool listed = expected.count(cases[i].name);
    if (pass == listed)
      continue;
    ++unexpected;
    if (pass)
      std::printf("unexpected pass: %s (add it to the list)\n", cases[i].name.c_str());
    else
      std::printf("FAIL %s: %s\n", cases[i].name.c_str(), results[i].c_str());
  }
  std::printf("%zu of %zu cases pass\n", passed, cases.size());
  if (!expectedPath.empty())
    std::printf("%zu as expected, %zu not\n", cases.size() - unexpected, unexpected);
  return unexpected ? 4 : 0;
}
