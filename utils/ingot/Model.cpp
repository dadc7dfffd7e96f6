//===- Model.cpp - What the subcommands share -----------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "utils/ingot/Command.h"

#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

#include <chrono>
#include <condition_variable>
#include <fstream>
#include <mutex>
#include <thread>

#include <sys/ioctl.h>
#include <unistd.h>

using namespace llvm;

namespace ingot {

//===----------------------------------------------------------------------===//
// Messages
//===----------------------------------------------------------------------===//

Outcome fail(Outcome outcome, const Twine &text) {
  outs().flush();
  errs() << "ingot: error: " << text << '\n';
  return outcome;
}

Outcome outcomeOf(ingot_status status) {
  switch (status) {
  case INGOT_STATUS_OK:
    return Outcome::Ok;
  case INGOT_STATUS_MEMORY:
  case INGOT_STATUS_SYSTEM:
    return Outcome::System;
  case INGOT_STATUS_INTERNAL:
    return Outcome::Internal;
  default:
    return Outcome::BadInput;
  }
}

Outcome fail(ingot_status status, const Twine &what) { return fail(outcomeOf(status), what + ingot_last_error()); }

Outcome fail(const Status &status) { return fail(static_cast<Outcome>(status.kind), status.message); }

void printMessages(const CompileResult &result) {
  static constexpr const char *severities[] = {"error", "warning", "note", "remark"};
  outs().flush();
  for (const Message &message : result.messages) {
    errs() << "ingot: " << severities[unsigned(message.severity)] << ": ";
    if (!message.location.empty())
      errs() << message.location << ": ";
    errs() << message.text << '\n';
  }
}

std::string formatBytes(uint64_t bytes) {
  std::string text;
  raw_string_ostream out(text);
  if (bytes < 1024)
    out << bytes << " B";
  else if (bytes < 1024 * 1024)
    out << format("%.1f KiB", double(bytes) / 1024);
  else if (bytes < uint64_t(1) << 30)
    out << format("%.1f MiB", double(bytes) / (1 << 20));
  else
    out << format("%.2f GiB", double(bytes) / (1 << 30));
  return text;
}

std::string formatDims(ArrayRef<int64_t> dims, const char *const *symbols) {
  if (dims.empty())
    return "scalar";
  std::string text;
  for (size_t i = 0; i < dims.size(); ++i) {
    text += i ? "x" : "";
    if (dims[i] >= 0)
      text += std::to_string(dims[i]);
    else
      text += symbols && *symbols[i] ? symbols[i] : "?";
  }
  return text;
}

//===----------------------------------------------------------------------===//
// Progress
//===----------------------------------------------------------------------===//

struct Progress::State {
  std::mutex mutex;
  std::condition_variable changed;
  std::string step;
  bool stopped = false;
  std::thread thread;
};

Progress::Progress() {
  if (!isatty(STDERR_FILENO))
    return;
  state = std::make_unique<State>();
  // A thread of its own: a step that takes long says nothing meanwhile.
  state->thread = std::thread([this] {
    std::unique_lock<std::mutex> lock(state->mutex);
    auto isStopped = [this] { return state->stopped; };
    if (state->changed.wait_for(lock, std::chrono::seconds(1), isStopped))
      return;
    do {
      winsize size = {};
      size_t width = !ioctl(STDERR_FILENO, TIOCGWINSZ, &size) && size.ws_col ? size.ws_col - 1u : 79u;
      errs() << '\r' << StringRef(state->step).take_front(width) << "\033[K";
      errs().flush();
    } while (!state->changed.wait_for(lock, std::chrono::milliseconds(100), isStopped));
    errs() << "\r\033[K";
    errs().flush();
  });
}

Progress::~Progress() {
  if (!state)
    return;
  {
    std::lock_guard<std::mutex> lock(state->mutex);
    state->stopped = true;
  }
  state->changed.notify_all();
  state->thread.join();
}

std::function<void(StringRef, unsigned, unsigned)> Progress::callback() {
  if (!state)
    return nullptr;
  return [this](StringRef step, unsigned i, unsigned n) {
    std::lock_guard<std::mutex> lock(state->mutex);
    state->step = n ? (step + " " + Twine(i) + " of " + Twine(n)).str() : step.str();
  };
}

//===----------------------------------------------------------------------===//
// Models
//===----------------------------------------------------------------------===//

bool isLibrary(StringRef path) {
  std::ifstream file(path.str(), std::ios::binary);
  char magic[4] = {};
  file.read(magic, sizeof(magic));
  return StringRef(magic, 4) == "\177ELF" || path.ends_with(".so");
}

ingot_status RunState::create(const ingot_model *model, const std::string &path) {
  ingot_training_info training;
  if (path.empty() && ingot_model_training(model, &training))
    return INGOT_STATUS_OK;
  if (ingot_status status = ingot_state_create(model, nullptr, &state))
    return status;
  if (path.empty())
    return INGOT_STATUS_OK;
  // Inference needs no more of a checkpoint.
  ingot_file_options options = {};
  options.struct_bytes = sizeof(options);
  options.kinds = INGOT_KIND_BIT(INGOT_PARAMETER) | INGOT_KIND_BIT(INGOT_BUFFER);
  return ingot_checkpoint_load(state, path.c_str(), &options);
}

Outcome LoadedModel::describe() {
  ingot_model_function(model, index, &info);
  inputInfos.resize(size_t(info.input_count));
  outputInfos.resize(size_t(info.output_count));
  for (int32_t i = 0; i < info.input_count; ++i)
    ingot_model_input(model, index, i, &inputInfos[size_t(i)]);
  for (int32_t i = 0; i < info.output_count; ++i)
    ingot_model_output(model, index, i, &outputInfos[size_t(i)]);
  return Outcome::Ok;
}

Outcome LoadedModel::select(StringRef name) {
  ingot_model_info all;
  if (ingot_status status = ingot_model_describe(model, &all))
    return fail(status);
  std::string names;
  for (int32_t i = 0; i < all.function_count; ++i) {
    ingot_function_info function;
    if (ingot_status status = ingot_model_function(model, i, &function))
      return fail(status);
    if (name == function.name) {
      index = i;
      return describe();
    }
    names += (names.empty() ? "" : ", ") + std::string(function.name);
  }
  return fail(Outcome::Usage, "--function: the library has no function '" + name + "'; it has: " + names);
}

Outcome LoadedModel::open(StringRef path, ArrayRef<std::string> shapes, Explain explain) {
  if (isLibrary(path)) {
    if (ingot_status status = ingot_model_open_file(path.str().c_str(), &model))
      return fail(status, status == INGOT_STATUS_NOT_FOUND ? "" : "'" + path + "': ");
    return describe();
  }
  CompileOptions options;
  options.inputPath = path.str();
  options.shapes.assign(shapes.begin(), shapes.end());
  options.explain = explain;
  options.explainPath = "-";
  return compile(std::move(options));
}

Outcome LoadedModel::compile(CompileOptions options) {
  SmallString<128> folder;
  if (std::error_code code = sys::fs::createUniqueDirectory("ingot", folder))
    return fail(Outcome::System, "cannot make a temporary folder: " + code.message());
  // Once loaded, the library lives on without its name.
  llvm::scope_exit remove([&] { sys::fs::remove_directories(folder); });
  SmallString<128> library(folder);
  sys::path::append(library, sys::path::stem(options.inputPath) + ".so");
  options.outputPath = library.str().str();
  CompileResult result;
  {
    Progress progress;
    options.progress = progress.callback();
    result = compileModel(options);
  }
  if (!result.ok()) {
    printMessages(result);
    return result.outcome;
  }
  explanationText = std::move(result.explanation);
  if (ingot_status status = ingot_model_open_file(library.c_str(), &model))
    return fail(status, "the library just compiled cannot be opened: ");
  return describe();
}

ingot_status RunContext::create(const ingot_model *model, uint32_t threads, uint32_t profile) {
  ingot_context_options options = {};
  options.struct_bytes = sizeof(options);
  options.threads = threads;
  options.profile = profile;
  return ingot_context_create(model, &options, &context);
}

//===----------------------------------------------------------------------===//
// Arrays
//===----------------------------------------------------------------------===//

ingot_tensor tensorOf(NpzArray &array) {
  ingot_tensor tensor = {};
  tensor.data = array.data;
  tensor.bytes = int64_t(array.bytes);
  tensor.dtype = array.dtype;
  tensor.rank = int32_t(array.dims.size());
  std::copy(array.dims.begin(), array.dims.end(), tensor.dims);
  return tensor;
}

NpzArray arrayOf(const ingot_tensor &tensor, StringRef name) {
  NpzArray array;
  array.name = name.str();
  array.dtype = tensor.dtype;
  array.dims.assign(tensor.dims, tensor.dims + tensor.rank);
  array.bytes = uint64_t(ingot_dtype_bytes(tensor.dtype));
  for (int64_t size : array.dims)
    array.bytes *= uint64_t(size);
  array.data = static_cast<char *>(tensor.data);
  return array;
}

static std::string listNames(const std::vector<ingot_tensor_info> &tensors) {
  std::string names;
  for (const ingot_tensor_info &tensor : tensors)
    names += (names.empty() ? "'" : ", '") + std::string(tensor.name) + "'";
  return names.empty() ? "none" : names;
}

/// Whether an array may be passed for an input.
static bool fits(const NpzArray &array, const ingot_tensor_info &info, std::string &reason) {
  if (array.dtype != info.dtype) {
    reason = std::string("is ") + ingot_dtype_name(array.dtype) + ", the model takes " + ingot_dtype_name(info.dtype);
    return false;
  }
  bool same = array.dims.size() == size_t(info.rank);
  for (size_t i = 0; same && i < array.dims.size(); ++i)
    same = info.dims[i] < 0 || info.dims[i] == array.dims[i];
  if (!same)
    reason = "has shape " + formatDims(array.dims) + ", the model takes " +
             formatDims(ArrayRef<int64_t>(info.dims, size_t(info.rank)), info.symbols);
  return same;
}

Outcome setStates(ingot_context *context, const StateValues &states) {
  for (const auto &[index, value] : states)
    if (ingot_status status = ingot_context_state_set(context, 0, index, &value))
      return fail(status);
  return Outcome::Ok;
}

Outcome getStates(const LoadedModel &model, ingot_context *context, std::vector<NpzArray> &arrays) {
  for (int32_t i = 0; i < ingot_model_state_count(model.get(), 0); ++i) {
    ingot_state_info info;
    ingot_model_state(model.get(), 0, i, &info);
    ingot_tensor value = {};
    if (ingot_context_state_get(context, 0, i, &value))
      continue;
    NpzArray array = arrayOf(value, info.output);
    if (!array.allocate(array.bytes))
      return fail(Outcome::System, "out of memory");
    value.data = array.data;
    value.bytes = int64_t(array.bytes);
    if (ingot_status status = ingot_context_state_get(context, 0, i, &value))
      return fail(status);
    arrays.push_back(std::move(array));
  }
  return Outcome::Ok;
}

Outcome bindInputs(const LoadedModel &model, std::vector<NpzArray> &arrays, StringRef file, std::vector<ingot_tensor> &tensors,
                   StateValues &states) {
  bool prefixed = any_of(arrays, [](const NpzArray &array) { return StringRef(array.name).starts_with("in:"); });
  std::vector<NpzArray *> found(model.inputs().size(), nullptr);
  for (NpzArray &array : arrays) {
    StringRef name = array.name;
    if (prefixed && !name.consume_front("in:"))
      continue;
    if (int32_t state = ingot_model_find_state(model.get(), 0, name.str().c_str()); state >= 0) {
      states.push_back({state, tensorOf(array)});
      continue;
    }
    int32_t index = ingot_model_find_input(model.get(), model.functionIndex(), name.str().c_str());
    if (index < 0)
      return fail(Outcome::BadInput, "'" + file + "' has the array '" + name + "', which is no input of the model; inputs: " +
                                         listNames(model.inputs()));
    const ingot_tensor_info &info = model.inputs()[size_t(index)];
    // numpy has no bfloat16 of its own: its bits may come as unsigned integers.
    if (info.dtype == INGOT_BF16 && array.dtype == INGOT_U16)
      array.dtype = INGOT_BF16;
    std::string reason;
    if (!fits(array, info, reason))
      return fail(Outcome::BadInput, "'" + file + "': array '" + name + "' " + reason);
    found[size_t(index)] = &array;
  }
  for (size_t i = 0; i < found.size(); ++i) {
    if (!found[i])
      return fail(Outcome::BadInput, (file.empty() ? Twine("no --inputs were given") : "'" + file + "' lacks the array '" + model.inputs()[i].name + "'") +
                                         "; inputs: " + listNames(model.inputs()));
    tensors.push_back(tensorOf(*found[i]));
  }
  return Outcome::Ok;
}

} // namespace ingot
