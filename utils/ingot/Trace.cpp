//===- Trace.cpp - Runs as a Chrome trace -----------------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A JSON array of complete events ("X"), times in microseconds. The first lane holds runs and calls of kernels, the others what
// each thread did of them.
//
//===----------------------------------------------------------------------===//

#include "utils/ingot/Trace.h"
#include "codegen/emit/Package.h"

#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"

#include <chrono>
#include <map>

using namespace llvm;

namespace ingot {

namespace {

// So many runs show what differs from one to the next and stay quick to load.
constexpr int mostRuns = 10;
constexpr double mostSeconds = 1;

int64_t nanoseconds() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

class TraceWriter {
public:
  TraceWriter(raw_ostream &os, int64_t origin) : out(os), origin(origin) {}

  template <typename ArgumentsT>
  void complete(StringRef name, StringRef category, int64_t lane, int64_t start, int64_t end, ArgumentsT arguments) {
    out.object([&] {
      out.attribute("name", json::fixUTF8(name));
      out.attribute("cat", category);
      out.attribute("ph", "X");
      time("ts", start - origin);
      time("dur", end - start);
      out.attribute("pid", 1);
      out.attribute("tid", lane);
      out.attributeObject("args", arguments);
    });
  }
  /// In microseconds.
  void time(StringRef field, int64_t nanoseconds) {
    out.attributeBegin(field);
    out.rawValue(formatv("{0}.{1,0+3}", nanoseconds / 1000, nanoseconds % 1000).str());
    out.attributeEnd();
  }
  void nameLane(int64_t lane, StringRef name) {
    out.object([&] {
      out.attribute("name", "thread_name");
      out.attribute("ph", "M");
      out.attribute("pid", 1);
      out.attribute("tid", lane);
      out.attributeObject("args", [&] { out.attribute("name", name); });
    });
  }

  json::OStream out;
  int64_t origin;
};

} // namespace

Outcome writeTrace(const LoadedModel &model, const BenchCommand &command, const Limits &limits, ArrayRef<ingot_tensor> inputs,
                   function_ref<Outcome(ingot_context *)> begin, function_ref<void(ingot_context *)> rewind) {
  // Without an explanation the name says most of it: kernel_contract_5 was formed as a contraction.
  auto formOf = [&](int32_t index, StringRef kernel) {
    if (std::string form = limits.formOf(index); !form.empty())
      return form;
    kernel.consume_front("kernel_");
    return kernel.rtrim("0123456789").rtrim('_').str();
  };
  RunContext context;
  if (ingot_status status = context.create(model.get(), command.threads, /*profile=*/2))
    return fail(status);
  if (Outcome outcome = begin(context.get()); outcome != Outcome::Ok)
    return outcome;
  std::vector<ingot_tensor> outputs(model.outputs().size());
  std::vector<std::pair<int64_t, int64_t>> runs;
  auto run = [&] {
    rewind(context.get());
    int64_t start = nanoseconds();
    ingot_status status =
        ingot_context_run(context.get(), 0, inputs.data(), int32_t(inputs.size()), outputs.data(), int32_t(outputs.size()));
    runs.push_back({start, nanoseconds()});
    return status;
  };
  if (ingot_status status = run())
    return fail(status);
  ingot_context_profile_reset(context.get());
  runs.clear();
  do {
    if (ingot_status status = run())
      return fail(status);
  } while (runs.size() < mostRuns && double(runs.back().second - runs.front().first) < mostSeconds * 1e9);
  const ingot_profile_event *events;
  int64_t count;
  if (ingot_status status = ingot_context_profile_events(context.get(), &events, &count))
    return fail(status);

  std::string text;
  raw_string_ostream os(text);
  TraceWriter writer(os, runs.front().first);
  writer.out.array([&] {
    writer.nameLane(0, "runs and kernels");
    std::map<int32_t, int64_t> lanes; // in the order of their first appearance
    for (int64_t i = 0; i < count; ++i)
      if (events[i].thread >= 0)
        lanes.try_emplace(events[i].thread, int64_t(lanes.size()) + 1);
    for (auto [thread, lane] : lanes)
      writer.nameLane(lane, "thread " + std::to_string(lane));
    for (auto [start, end] : runs)
      writer.complete("run", "run", 0, start, end, [] {});
    for (int64_t i = 0; i < count; ++i) {
      const ingot_profile_event &event = events[i];
      ingot_kernel_profile kernel;
      if (ingot_context_profile(context.get(), event.kernel, &kernel))
        continue;
      bool isCall = event.thread < 0;
      StringRef name = *kernel.node ? kernel.node : kernel.name;
      writer.complete(name, isCall ? "kernel" : "part", isCall ? 0 : lanes[event.thread], event.start_ns, event.end_ns, [&] {
        writer.out.attribute("node", json::fixUTF8(kernel.node));
        writer.out.attribute("op", kernel.op);
        writer.out.attribute("form", formOf(event.kernel, kernel.name));
        writer.out.attribute("kernel", kernel.name);
        writer.out.attribute("ops", kernel.description);
        writer.out.attribute("index", event.kernel);
      });
    }
  });
  os << '\n';
  if (llvm::Error error = writeFile(command.trace, text))
    return fail(Outcome::System, toString(std::move(error)));
  return Outcome::Ok;
}

} // namespace ingot
