//===- Limits.cpp - Measured times against what the machine can do ---------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "utils/ingot/Limits.h"
#include "codegen/TargetInfo.h"
#include "utils/compiler/Explain.h"
#include "utils/support/Peak.h"

#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

using namespace llvm;

namespace ingot {

static constexpr const char *levelNames[] = {"L2", "L3", "DRAM"};

Outcome Limits::load(const LoadedModel &model, const BenchCommand &command, ArrayRef<ingot_tensor> inputs) {
  std::string text = model.explanation(), path = command.explanation;
  bool demanded = !path.empty();
  if (!demanded && text.empty()) {
    SmallString<128> beside(command.model);
    sys::path::replace_extension(beside, ".explain.json");
    if (sys::fs::exists(beside))
      path = beside.str().str();
  }
  if (!path.empty()) {
    auto file = MemoryBuffer::getFile(path, /*IsText=*/true);
    if (!file)
      return fail(Outcome::BadInput, "cannot open '" + path + "': " + file.getError().message());
    text = (*file)->getBuffer().str();
  }
  if (text.empty() && path.empty())
    return Outcome::Ok;
  // What only lies beside the library may be of another time: it is left out then.
  auto refuse = [&](const Twine &reason) {
    groups.clear();
    if (demanded)
      return fail(Outcome::BadInput, "'" + path + "' " + reason);
    errs() << "ingot: warning: '" << path << "' " << reason << "; it is not used\n";
    return Outcome::Ok;
  };
  auto root = json::parse(text);
  const json::Object *object = root ? root->getAsObject() : nullptr;
  if (!root)
    consumeError(root.takeError());
  if (!object || object->getInteger("schema_version") != std::optional<int64_t>(explainSchemaVersion))
    return refuse("is no explanation of this version, as compile --explain=json writes it");
  const json::Object *target = object->getObject("target");
  const json::Array *functions = object->getArray("functions");
  if (!target || !functions || functions->empty() || !(*functions)[0].getAsObject())
    return refuse("has no functions");
  double peak = target->getNumber("peak_gflops").value_or(0);
  double rates[] = {target->getNumber("l2_gbps").value_or(0), target->getNumber("l3_gbps").value_or(0),
                    target->getNumber("dram_gbps").value_or(0)};

  // The sizes that it speaks of must be those that are run.
  const json::Object &function = *(*functions)[0].getAsObject();
  if (const json::Array *stated = function.getArray("inputs"))
    for (auto [i, value] : enumerate(*stated)) {
      const json::Array *dims = value.getAsObject() ? value.getAsObject()->getArray("dims") : nullptr;
      if (!dims || i >= inputs.size())
        continue;
      bool same = int32_t(dims->size()) == inputs[i].rank;
      for (int32_t d = 0; same && d < inputs[i].rank; ++d)
        same = (*dims)[size_t(d)].getAsInteger() == std::optional<int64_t>(inputs[i].dims[d]);
      if (!same)
        return refuse("is for other sizes of input '" + Twine(model.inputs()[i].name) + "' than " +
                      formatDims(ArrayRef<int64_t>(inputs[i].dims, size_t(inputs[i].rank))) + " (see --explain-shape)");
    }

  ingot_model_info info;
  ingot_model_describe(model.get(), &info);
  RunContext context;
  if (ingot_status status = context.create(model.get(), 1, /*profile=*/1))
    return fail(status);
  int32_t found = 0;
  for (const json::Value &value : *functions) {
    const json::Array *list = value.getAsObject() ? value.getAsObject()->getArray("groups") : nullptr;
    for (const json::Value &element : list ? *list : json::Array()) {
      const json::Object *fields = element.getAsObject();
      auto index = fields ? fields->getInteger("profile_index") : std::nullopt;
      if (!index)
        continue;
      ++found;
      ingot_kernel_profile kernel;
      if (*index >= info.kernel_count || ingot_context_profile(context.get(), int32_t(*index), &kernel) ||
          fields->getString("kernel") != std::optional<StringRef>(kernel.name))
        return refuse("does not belong to this library");
      auto compute = fields->getNumber("compute_us"), memory = fields->getNumber("memory_us");
      if (!compute || !memory)
        continue;
      Group group;
      group.level = StringSwitch<int>(fields->getString("memory_level").value_or("")).Case("dram", 2).Case("l3", 1).Default(0);
      group.operations = 1e3 * *compute * peak;
      group.bytes = 1e3 * *memory * rates[group.level];
      group.tasks = fields->getBoolean("serial").value_or(false) ? 1 : fields->getInteger("tasks").value_or(INT64_MAX);
      group.form = fields->getString("form").value_or("").str();
      if (const json::Array *why = fields->getArray("why"))
        for (const json::Value &reason : *why)
          group.reasons.push_back(reason.getAsString().value_or("").str());
      groups[int32_t(*index)] = std::move(group);
    }
  }
  // Copies for certain sizes are not explained.
  return found > 0 || info.kernel_count == 0 ? Outcome::Ok : refuse("does not belong to this library");
}

void Limits::measureMachine(uint32_t count) {
  if (empty())
    return;
  threads = count;
  TargetInfo host = TargetInfo::host();
  size_t third = size_t(host.l3Bytes);
  gigabytes[0] = probeBandwidth(size_t(host.l2Bytes) / 2, threads);
  gigabytes[1] = probeBandwidth(std::max(third / 4 / threads, size_t(host.l2Bytes) * 2), threads);
  gigabytes[2] = probeBandwidth(std::max(third * 4, size_t(128) << 20) / threads, threads);
  // A probe that could not get its memory must not make limits of nothing.
  for (double &rate : gigabytes)
    rate = std::max(rate, 1.0);
  for (int i = 0; i < 8; ++i)
    gigaflops = std::max(gigaflops, probePeak());
}

std::optional<KernelLimit> Limits::of(int32_t profileIndex) const {
  auto found = groups.find(profileIndex);
  if (found == groups.end())
    return std::nullopt;
  const Group &group = found->second;
  double cores = double(std::clamp<int64_t>(group.tasks, 1, threads));
  double compute = group.operations / gigaflops / cores / 1e3, memory = group.bytes / gigabytes[group.level] / cores / 1e3;
  KernelLimit limit;
  limit.microseconds = std::max(compute, memory);
  limit.bound = compute >= memory ? "arithmetic" : levelNames[group.level];
  limit.form = group.form;
  limit.reasons = group.reasons;
  return limit;
}

std::string Limits::describeMachine() const {
  std::string text;
  raw_string_ostream os(text);
  os << format("a core does %.0f GFLOP/s (%s), and reads %.0f GB/s from L2, %.0f from L3, %.0f from DRAM", gigaflops,
               peakInstructions(), gigabytes[0], gigabytes[1], gigabytes[2]);
  if (threads > 1)
    os << " while " << threads << " do";
  return text;
}

void Limits::writeMachine(json::OStream &out) const {
  out.attributeObject("machine", [&] {
    out.attribute("instructions", peakInstructions());
    out.attribute("gflops", gigaflops);
    out.attribute("l2_gbps", gigabytes[0]);
    out.attribute("l3_gbps", gigabytes[1]);
    out.attribute("dram_gbps", gigabytes[2]);
  });
}

} // namespace ingot
