//===- Bench.cpp - ingot bench --------------------------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "utils/ingot/Limits.h"
#include "utils/ingot/Tokens.h"
#include "utils/ingot/Trace.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/JSON.h"

#include <algorithm>
#include <chrono>
#include <random>
#include <tuple>

using namespace llvm;

namespace ingot {

namespace {

using Clock = std::chrono::steady_clock;

double secondsSince(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

/// Sizes given by --shape: lists by input name, single numbers by symbol as well.
using Shapes = StringMap<std::vector<int64_t>>;

Outcome parseShapes(ArrayRef<std::string> texts, Shapes &shapes) {
  for (StringRef text : texts) {
    auto [name, sizes] = text.rsplit('=');
    std::vector<int64_t> &dims = shapes[name];
    SmallVector<StringRef> words;
    sizes.split(words, 'x');
    for (StringRef word : words) {
      int64_t size;
      if (word.getAsInteger(10, size) || size < 0)
        return fail(Outcome::Usage, "--shape '" + text + "' is not NAME=1x3x224x224");
      dims.push_back(size);
    }
  }
  return Outcome::Ok;
}

/// Fills an input with plausible values: floats in [-1, 1); integers 0 or 1, which most indices may be, and 1 where they may be sizes.
void fillRandom(NpzArray &array, std::mt19937 &random) {
  uint64_t count = array.bytes / uint64_t(ingot_dtype_bytes(array.dtype));
  auto unit = [&] { return float(random()) / 2147483648.0f - 1.0f; };
  for (uint64_t i = 0; i < count; ++i) {
    uint64_t integer = array.dims.size() <= 1 && array.dtype != INGOT_BOOL ? 1 : random() & 1;
    switch (array.dtype) {
    case INGOT_F32:
      reinterpret_cast<float *>(array.data)[i] = unit();
      break;
    case INGOT_F64:
      reinterpret_cast<double *>(array.data)[i] = double(unit());
      break;
    case INGOT_F16: // a sign and a significand around 1/2 to 1
      reinterpret_cast<uint16_t *>(array.data)[i] = uint16_t(0x3800 | (random() & 0x83ff));
      break;
    case INGOT_BF16:
      reinterpret_cast<uint16_t *>(array.data)[i] = uint16_t(0x3f00 | (random() & 0x807f));
      break;
    default:
      memcpy(array.data + i * uint64_t(ingot_dtype_bytes(array.dtype)), &integer, size_t(ingot_dtype_bytes(array.dtype)));
    }
  }
}

/// A random value with the sizes that --shape says, else 1.
Outcome makeInput(const ingot_tensor_info &info, const Shapes &shapes, std::mt19937 &random, NpzArray &array) {
  array.name = info.name;
  array.dtype = info.dtype;
  array.dims.assign(info.dims, info.dims + info.rank);
  auto given = shapes.find(info.name);
  if (given != shapes.end() && given->second.size() == array.dims.size())
    array.dims = given->second;
  uint64_t bytes = uint64_t(ingot_dtype_bytes(info.dtype));
  for (size_t i = 0; i < array.dims.size(); ++i) {
    auto symbol = shapes.find(info.symbols[i]);
    if (array.dims[i] < 0)
      array.dims[i] = *info.symbols[i] && symbol != shapes.end() && symbol->second.size() == 1 ? symbol->second[0] : 1;
    if (__builtin_mul_overflow(bytes, uint64_t(array.dims[i]), &bytes))
      return fail(Outcome::Usage, "--shape: input '" + Twine(info.name) + "' is too large");
  }
  if (!array.allocate(bytes))
    return fail(Outcome::System, "out of memory");
  fillRandom(array, random);
  return Outcome::Ok;
}

Outcome makeInputs(const LoadedModel &model, ArrayRef<std::string> texts, std::vector<NpzArray> &arrays) {
  Shapes shapes;
  if (Outcome outcome = parseShapes(texts, shapes); outcome != Outcome::Ok)
    return outcome;
  std::mt19937 random(1);
  for (const ingot_tensor_info &info : model.inputs()) {
    arrays.emplace_back();
    if (Outcome outcome = makeInput(info, shapes, random, arrays.back()); outcome != Outcome::Ok)
      return outcome;
  }
  // A state has a value of its own; one that grows gets rows when --shape says how many.
  for (int32_t i = 0; i < ingot_model_state_count(model.get(), 0); ++i) {
    ingot_state_info state;
    ingot_model_state(model.get(), 0, i, &state);
    if (state.axis < 0 || (!shapes.count(state.tensor.symbols[state.axis]) && !shapes.count(state.tensor.name)))
      continue;
    arrays.emplace_back();
    if (Outcome outcome = makeInput(state.tensor, shapes, random, arrays.back()); outcome != Outcome::Ok)
      return outcome;
  }
  return Outcome::Ok;
}

/// What every run starts from: caches would grow from run to run.
struct StartState {
  const LoadedModel &model;
  StateValues values;
  int64_t rows = 0;

  StartState(const LoadedModel &model) : model(model) {}
  Outcome set(ingot_context *context) {
    for (const auto &[index, value] : values) {
      ingot_state_info state;
      ingot_model_state(model.get(), 0, index, &state);
      if (state.axis >= 0)
        rows = std::max(rows, value.dims[state.axis]);
    }
    return setStates(context, values);
  }
  void rewind(ingot_context *context) const { ingot_context_state_truncate(context, 0, rows); }
};

struct Timing {
  double minimum = 0, median = 0;
  size_t runs = 0;
};

/// Runs for `seconds`, at least three times.
ingot_status measure(ingot_context *context, const StartState &state, std::vector<ingot_tensor> &inputs,
                     std::vector<ingot_tensor> &outputs, double seconds, Timing &timing) {
  std::vector<float> times; // in us
  times.reserve(1 << 20);
  auto start = Clock::now();
  do {
    state.rewind(context);
    auto before = Clock::now();
    if (ingot_status status =
            ingot_context_run(context, 0, inputs.data(), int32_t(inputs.size()), outputs.data(), int32_t(outputs.size())))
      return status;
    times.push_back(std::chrono::duration<float, std::micro>(Clock::now() - before).count());
  } while (times.size() < 3 || secondsSince(start) < seconds);
  std::sort(times.begin(), times.end());
  timing.runs = times.size();
  timing.minimum = double(times[0]);
  timing.median = (double(times[(times.size() - 1) / 2]) + double(times[times.size() / 2])) / 2;
  return INGOT_STATUS_OK;
}

struct KernelTime {
  ingot_kernel_profile profile;
  double microseconds; ///< of one run
  std::optional<KernelLimit> limit;
};

/// Times of the kernels in one of `runs` runs, the slowest first.
ingot_status collectKernels(const LoadedModel &model, ingot_context *context, size_t runs, const Limits &limits,
                            std::vector<KernelTime> &kernels) {
  ingot_model_info info;
  ingot_model_describe(model.get(), &info);
  for (int32_t i = 0; i < info.kernel_count; ++i) {
    KernelTime kernel;
    if (ingot_status status = ingot_context_profile(context, i, &kernel.profile))
      return status;
    kernel.microseconds = double(kernel.profile.total_ns) / 1000 / double(runs);
    kernel.limit = limits.of(i);
    if (kernel.profile.calls)
      kernels.push_back(kernel);
  }
  llvm::sort(kernels, [](const KernelTime &a, const KernelTime &b) {
    return std::tie(a.microseconds, a.profile.last_start_ns) > std::tie(b.microseconds, b.profile.last_start_ns);
  });
  return INGOT_STATUS_OK;
}

Outcome profileKernels(const LoadedModel &model, uint32_t threads, StartState &state, std::vector<ingot_tensor> &inputs,
                       double seconds, const Limits &limits, std::vector<KernelTime> &kernels) {
  RunContext context;
  if (ingot_status status = context.create(model.get(), threads, /*profile=*/1))
    return fail(status);
  if (Outcome outcome = state.set(context.get()); outcome != Outcome::Ok)
    return outcome;
  std::vector<ingot_tensor> outputs(model.outputs().size());
  Timing timing;
  if (ingot_status status = measure(context.get(), state, inputs, outputs, 0, timing))
    return fail(status);
  ingot_context_profile_reset(context.get());
  if (ingot_status status = measure(context.get(), state, inputs, outputs, seconds, timing))
    return fail(status);
  ingot_status status = collectKernels(model, context.get(), timing.runs, limits, kernels);
  return status ? fail(status) : Outcome::Ok;
}

std::string describeNode(const ingot_kernel_profile &profile) {
  std::string text;
  if (profile.node_count)
    text = std::string(profile.node) + " (" + profile.op + ")";
  if (profile.node_count > 1)
    text += " and " + std::to_string(profile.node_count - 1) + " more";
  return text;
}

void printKernels(ArrayRef<KernelTime> kernels, const Limits &limits) {
  double total = 0, limit = 0;
  for (const KernelTime &kernel : kernels) {
    total += kernel.microseconds;
    limit += kernel.limit ? kernel.limit->microseconds : 0;
  }
  bool known = !limits.empty();
  outs() << '\n';
  if (known)
    outs() << limits.describeMachine() << '\n';
  outs() << (known ? "        us   share  limit  of          kernel\n" : "        us   share  kernel\n");
  for (const KernelTime &kernel : kernels) {
    outs() << format("%10.1f  %5.1f%%  ", kernel.microseconds, 100 * kernel.microseconds / total);
    if (kernel.limit)
      outs() << format("%4.0f%%  ", 100 * kernel.limit->microseconds / kernel.microseconds) << left_justify(kernel.limit->bound, 12);
    else if (known)
      outs() << "   -   " << left_justify("", 12);
    outs() << kernel.profile.name;
    if (std::string node = describeNode(kernel.profile); !node.empty())
      outs() << "  " << node;
    if (*kernel.profile.description)
      outs() << "  [" << kernel.profile.description << ']';
    outs() << '\n';
  }
  outs() << format("%10.1f  in kernels", total);
  if (known && limit > 0)
    outs() << format(", %.1f at the limits of those whose limit is known", limit);
  outs() << '\n';
}

void jsonKernels(json::OStream &out, ArrayRef<KernelTime> kernels) {
  out.attributeArray("kernels", [&] {
    for (const KernelTime &kernel : kernels)
      out.object([&] {
        out.attribute("name", kernel.profile.name);
        out.attribute("node", kernel.profile.node);
        out.attribute("op", kernel.profile.op);
        out.attribute("description", kernel.profile.description);
        out.attribute("us", kernel.microseconds);
        out.attribute("calls", kernel.profile.calls);
        if (!kernel.limit)
          return;
        out.attribute("limit_us", kernel.limit->microseconds);
        out.attribute("limit_of", kernel.limit->bound);
        out.attribute("limit_share", kernel.limit->microseconds / std::max(kernel.microseconds, 1e-3));
        out.attribute("form", kernel.limit->form);
        out.attributeArray("why", [&] {
          for (const std::string &reason : kernel.limit->reasons)
            out.value(reason);
        });
      });
  });
}

Outcome benchTokens(BenchCommand &command, const LoadedModel &model, StartState &state, const std::vector<ingot_tensor> &inputs) {
  TokenLoop loop(model);
  if (Outcome outcome = loop.prepare(inputs, command.tokens); outcome != Outcome::Ok)
    return outcome;
  TokenTimes times;
  std::vector<KernelTime> kernels;
  uint32_t threads = 0;
  for (bool profile : {false, true}) {
    if (profile && !command.profile)
      break;
    RunContext context;
    if (ingot_status status = context.create(model.get(), command.threads, profile))
      return fail(status);
    if (Outcome outcome = state.set(context.get()); outcome != Outcome::Ok)
      return outcome;
    threads = ingot_context_threads(context.get());
    TokenTimes profiled;
    if (Outcome outcome = loop.run(context.get(), command.tokens, profile ? profiled : times); outcome != Outcome::Ok)
      return outcome;
    if (profile)
      if (ingot_status status = collectKernels(model, context.get(), size_t(command.tokens), Limits(), kernels))
        return fail(status);
  }
  if (command.json) {
    json::OStream out(outs());
    out.object([&] {
      out.attribute("tokens", times.count);
      out.attribute("first_token_us", times.first);
      out.attribute("token_median_us", times.median);
      out.attribute("token_min_us", times.minimum);
      out.attribute("tokens_per_second", times.perSecond);
      out.attribute("threads", int64_t(threads));
      if (command.profile)
        jsonKernels(out, kernels);
    });
    outs() << '\n';
    return Outcome::Ok;
  }
  outs() << format("first token %.1f us, then median %.1f us, min %.1f us, %.1f tokens/s, ", times.first, times.median,
                   times.minimum, times.perSecond)
         << times.count << " tokens, " << threads << (threads == 1 ? " thread" : " threads") << '\n';
  if (command.profile)
    printKernels(kernels, Limits());
  return Outcome::Ok;
}

} // namespace

Outcome runBench(BenchCommand &command) {
  LoadedModel model;
  bool explains = (command.profile || !command.trace.empty()) && command.explanation.empty() && !command.tokens;
  // Caches grow from token to token: their sizes stay open.
  ArrayRef<std::string> fixed = command.tokens ? ArrayRef<std::string>() : ArrayRef<std::string>(command.shapes);
  if (Outcome outcome = model.open(command.model, fixed, explains ? Explain::Json : Explain::No); outcome != Outcome::Ok)
    return outcome;
  std::vector<NpzArray> arrays;
  if (command.inputs.empty()) {
    if (Outcome outcome = makeInputs(model, command.shapes, arrays); outcome != Outcome::Ok)
      return outcome;
  } else if (Status status = readNpz(command.inputs, arrays); !status.ok()) {
    return fail(status);
  }
  std::vector<ingot_tensor> inputs, outputs(model.outputs().size());
  StartState state(model);
  if (Outcome outcome = bindInputs(model, arrays, command.inputs, inputs, state.values); outcome != Outcome::Ok)
    return outcome;
  if (command.tokens)
    return benchTokens(command, model, state, inputs);

  RunContext context;
  if (ingot_status status = context.create(model.get(), command.threads, /*profile=*/0))
    return fail(status);
  if (Outcome outcome = state.set(context.get()); outcome != Outcome::Ok)
    return outcome;
  int64_t arena = 0;
  if (ingot_status status = ingot_context_plan(context.get(), 0, inputs.data(), int32_t(inputs.size()), nullptr, 0, &arena))
    return fail(status);
  // The first runs fault the pages in and wake the threads.
  Timing timing;
  if (ingot_status status = measure(context.get(), state, inputs, outputs, std::min(0.1, command.seconds / 5), timing))
    return fail(status);
  if (ingot_status status = measure(context.get(), state, inputs, outputs, command.seconds, timing))
    return fail(status);
  uint32_t threads = ingot_context_threads(context.get());
  std::vector<KernelTime> kernels;
  Limits limits;
  if (command.profile || !command.trace.empty())
    if (Outcome outcome = limits.load(model, command, inputs); outcome != Outcome::Ok)
      return outcome;
  if (command.profile) {
    limits.measureMachine(threads);
    if (Outcome outcome =
            profileKernels(model, command.threads, state, inputs, std::min(1.0, std::max(0.1, command.seconds)), limits, kernels);
        outcome != Outcome::Ok)
      return outcome;
  }
  if (!command.trace.empty()) {
    auto begin = [&](ingot_context *traced) { return state.set(traced); };
    auto rewind = [&](ingot_context *traced) { state.rewind(traced); };
    if (Outcome outcome = writeTrace(model, command, limits, inputs, begin, rewind); outcome != Outcome::Ok)
      return outcome;
  }

  if (command.json) {
    json::OStream out(outs());
    out.object([&] {
      out.attribute("min_us", timing.minimum);
      out.attribute("median_us", timing.median);
      out.attribute("runs", int64_t(timing.runs));
      out.attribute("arena_bytes", arena);
      out.attribute("threads", int64_t(threads));
      if (command.profile && !limits.empty())
        limits.writeMachine(out);
      if (command.profile)
        jsonKernels(out, kernels);
    });
    outs() << '\n';
    return Outcome::Ok;
  }
  outs() << format("median %.1f us, min %.1f us, %zu runs, ", timing.median, timing.minimum, timing.runs) << threads
         << (threads == 1 ? " thread" : " threads") << ", arena " << formatBytes(uint64_t(arena)) << '\n';
  if (command.profile)
    printKernels(kernels, limits);
  return Outcome::Ok;
}

} // namespace ingot
