//===- Explain.cpp - A compilation explained -------------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "utils/compiler/Explain.h"
#include "codegen/emit/NodeTable.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>
#include <map>

using namespace llvm;

namespace ingot {

namespace {

json::Value orNull(std::optional<int64_t> value) {
  return value ? json::Value(*value) : json::Value(nullptr);
}

// Four digits are more than a prediction has; counts stay exact.
void attribute(json::OStream &out, StringRef name, std::optional<double> value) {
  out.attributeBegin(name);
  if (!value || !std::isfinite(*value)) {
    out.value(nullptr);
  } else if (*value == std::floor(*value) && std::abs(*value) < 9e15) {
    out.value(int64_t(*value));
  } else {
    std::string text;
    raw_string_ostream(text) << format("%.4g", *value);
    out.rawValue(text);
  }
  out.attributeEnd();
}

template <typename T> std::optional<T> times(std::optional<T> value, std::optional<int64_t> calls) {
  return value && calls ? std::optional<T>(*value * T(*calls)) : std::nullopt;
}

const char *nameOf(Level level) {
  return level == Level::L2 ? "l2" : level == Level::L3 ? "l3" : "dram";
}

std::optional<double> shareOf(const GroupReport &group) {
  auto limit = group.limitUs();
  return limit && group.predictedUs && *group.predictedUs > 0 ? std::optional<double>(*limit / *group.predictedUs) : std::nullopt;
}

std::string nodeName(StringRef text) {
  return NodeTable::split(text).first.str();
}

class JsonWriter {
public:
  JsonWriter(const Explanation &explanation, ArrayRef<Message> messages) : e(explanation), out(os) {
    for (const Message &message : messages)
      if (message.severity == Severity::Remark && !message.node.empty() &&
          !is_contained(remarks[nodeName(message.node)], message.text))
        remarks[nodeName(message.node)].push_back(message.text);
  }

  std::string run();

private:
  void writeTarget();
  void writeFunction(const FunctionReport &function);
  void writeGroup(const FunctionReport &function, const GroupReport &group);
  void writeAccess(const Access &access);
  void writeNodes();

  const Explanation &e;
  std::string text;
  raw_string_ostream os{text};
  json::OStream out;
  StringMap<std::vector<std::string>> remarks;
  std::map<std::string, std::vector<int>> groupsOf; // node -> group ids
  int nextGroup = 0, firstBuffer = 0;
};

void JsonWriter::writeTarget() {
  const TargetInfo &t = e.target;
  out.attributeObject("target", [&] {
    out.attribute("cpu", t.cpu);
    out.attribute("level", t.level);
    out.attribute("vector_bits", int64_t(t.vectorBits));
    attribute(out, "gigahertz", t.gigahertz);
    attribute(out, "peak_gflops", t.peakGigaflops());
    out.attribute("l1_bytes", t.l1Bytes);
    out.attribute("l2_bytes", t.l2Bytes);
    out.attribute("l3_bytes", t.l3Bytes);
    attribute(out, "l2_gbps", t.l2BytesPerCycle * t.gigahertz);
    attribute(out, "l3_gbps", t.l3BytesPerCycle * t.gigahertz);
    attribute(out, "dram_gbps", t.dramGigabytesPerSecond);
  });
}

void JsonWriter::writeAccess(const Access &access) {
  static constexpr const char *places[] = {"input", "output", "weight", "arena", "allocated"};
  out.object([&] {
    out.attribute("place", places[int(access.place)]);
    if (!access.name.empty())
      out.attribute("name", json::fixUTF8(access.name));
    if (access.buffer >= 0)
      out.attribute("buffer", firstBuffer + access.buffer);
    if (access.place == Place::Arena || access.place == Place::Weight)
      out.attribute("offset", orNull(access.offset));
    out.attribute("bytes", orNull(access.moved));
  });
}

void JsonWriter::writeGroup(const FunctionReport &function, const GroupReport &group) {
  int id = nextGroup++;
  std::vector<std::string> reasons = group.reasons;
  out.object([&] {
    out.attribute("id", id);
    out.attribute("kernel", group.kernel.empty() ? json::Value(nullptr) : json::Value(group.kernel));
    out.attribute("form", group.form);
    out.attribute("profile_index", group.profileIndex < 0 ? json::Value(nullptr) : json::Value(group.profileIndex));
    out.attributeArray("nodes", [&] {
      for (const std::string &node : group.nodes) {
        std::string name = nodeName(node);
        groupsOf[name].push_back(id);
        out.value(json::fixUTF8(name));
        for (const std::string &remark : remarks.lookup(name))
          if (!is_contained(reasons, remark))
            reasons.push_back(remark);
      }
    });
    out.attributeArray("ops", [&] {
      for (const std::string &node : group.nodes)
        out.value(NodeTable::split(node).second);
    });
    out.attributeObject("config", [&] {
      for (const auto &[name, value] : group.config) {
        out.attributeBegin(name);
        out.rawValue(value);
        out.attributeEnd();
      }
    });
    out.attribute("serial", group.serial);
    out.attribute("tasks", orNull(group.tasks));
    out.attribute("calls", orNull(group.calls));
    out.attribute("conditional", group.conditional);
    out.attributeArray("reads", [&] {
      for (const Access &access : group.reads)
        writeAccess(access);
    });
    out.attributeArray("writes", [&] {
      for (const Access &access : group.writes)
        writeAccess(access);
    });
    attribute(out, "flops", times(group.flops, group.calls));
    attribute(out, "direct_flops", times(group.directFlops ? group.directFlops : group.flops, group.calls));
    out.attribute("bytes_read", orNull(times(group.bytesRead, group.calls)));
    out.attribute("bytes_written", orNull(times(group.bytesWritten, group.calls)));
    out.attribute("weight_bytes", orNull(times(group.weightBytes, group.calls)));
    attribute(out, "compute_us", group.computeUs);
    attribute(out, "memory_us", group.memoryUs);
    out.attribute("memory_level", group.memoryUs ? json::Value(nameOf(group.level)) : json::Value(nullptr));
    attribute(out, "limit_us", group.limitUs());
    out.attribute("bound", group.limitUs() ? json::Value(group.isComputeBound() ? "compute" : "memory") : json::Value(nullptr));
    attribute(out, "predicted_us", group.predictedUs);
    attribute(out, "share", shareOf(group));
    out.attributeArray("why", [&] {
      for (const std::string &reason : reasons)
        out.value(json::fixUTF8(reason));
    });
  });
}

void JsonWriter::writeFunction(const FunctionReport &function) {
  out.object([&] {
    out.attribute("name", function.name);
    out.attributeArray("inputs", [&] {
      for (const FunctionReport::Input &input : function.inputs)
        out.object([&] {
          out.attribute("name", json::fixUTF8(input.name));
          for (auto [field, dims] : {std::pair("dims", &input.dims), std::pair("declared", &input.declared)})
            out.attributeArray(field, [&, dims = dims] {
              for (int64_t size : *dims)
                out.value(size < 0 ? json::Value(nullptr) : json::Value(size));
            });
        });
    });
    out.attribute("arena_bytes", orNull(function.arenaBytes));
    out.attribute("live_bytes", orNull(function.liveBytes));
    out.attribute("weight_bytes", function.weightBytes);
    double flops = 0, predicted = 0, limit = 0;
    int64_t bytes = 0;
    bool complete = true;
    for (const GroupReport &group : function.groups) {
      flops += times(group.flops, group.calls).value_or(0);
      bytes += times(group.bytesRead, group.calls).value_or(0) + times(group.bytesWritten, group.calls).value_or(0);
      predicted += group.predictedUs.value_or(0);
      limit += group.limitUs().value_or(0);
      complete &= group.predictedUs.has_value();
    }
    attribute(out, "flops", flops);
    out.attribute("bytes", bytes);
    attribute(out, "limit_us", limit);
    attribute(out, "predicted_us", predicted);
    out.attribute("complete", complete);
    out.attributeArray("groups", [&] {
      for (const GroupReport &group : function.groups)
        writeGroup(function, group);
    });
    out.attributeArray("buffers", [&] {
      int firstGroup = nextGroup - int(function.groups.size());
      for (const ArenaBuffer &buffer : function.buffers)
        out.object([&] {
          out.attribute("id", firstBuffer++);
          out.attribute("offset", orNull(buffer.offset));
          out.attribute("bytes", orNull(buffer.bytes));
          out.attribute("first", firstGroup + buffer.first);
          out.attribute("last", firstGroup + buffer.last);
        });
    });
  });
}

void JsonWriter::writeNodes() {
  out.attributeArray("nodes", [&] {
    for (const std::string &node : e.nodes) {
      auto [name, op] = NodeTable::split(node);
      out.object([&, name = name, op = op] {
        out.attribute("name", json::fixUTF8(name));
        out.attribute("op", op);
        out.attributeArray("groups", [&] {
          for (int id : groupsOf[name.str()])
            out.value(id);
        });
        out.attributeArray("why", [&] {
          for (const std::string &remark : remarks.lookup(name))
            out.value(json::fixUTF8(remark));
        });
      });
    }
  });
}

std::string JsonWriter::run() {
  out.object([&] {
    out.attribute("schema_version", explainSchemaVersion);
    out.attribute("model", json::fixUTF8(e.model));
    writeTarget();
    out.attributeArray("functions", [&] {
      for (const FunctionReport &function : e.functions)
        writeFunction(function);
    });
    writeNodes();
  });
  os << '\n';
  return text;
}

} // namespace

std::string explainAsJson(const Explanation &explanation, ArrayRef<Message> messages) {
  return JsonWriter(explanation, messages).run();
}

std::string explainAsText(const Explanation &explanation) {
  std::string text;
  raw_string_ostream os(text);
  for (const FunctionReport &function : explanation.functions) {
    std::vector<const GroupReport *> groups;
    double total = 0;
    for (const GroupReport &group : function.groups) {
      groups.push_back(&group);
      total += group.predictedUs.value_or(0);
    }
    llvm::sort(groups, [](const GroupReport *a, const GroupReport *b) {
      double left = a->predictedUs.value_or(0), right = b->predictedUs.value_or(0);
      return left != right ? left > right : a < b;
    });
    os << function.name << format(": %zu groups, %.1f us predicted for one thread of ", groups.size(), total)
       << explanation.target.cpu << "\n        us   share  limit  bound    GFLOP      MB  kernel\n";
    for (const GroupReport *group : groups) {
      if (group->predictedUs && total > 0)
        os << format("%10.1f  %5.1f%%", *group->predictedUs, 100 * *group->predictedUs / total);
      else
        os << "         ?       ";
      if (auto share = shareOf(*group))
        os << format("  %4.0f%%  ", 100 * *share) << left_justify(group->isComputeBound() ? "compute" : nameOf(group->level), 7);
      else
        os << "      ?  ?      ";
      if (auto flops = times(group->flops, group->calls))
        os << format(" %6.3f", *flops / 1e9);
      else
        os << "      ?";
      auto read = times(group->bytesRead, group->calls), written = times(group->bytesWritten, group->calls);
      if (read && written)
        os << format(" %7.2f", double(*read + *written) / 1e6);
      else
        os << "       ?";
      os << "  " << (group->kernel.empty() ? group->form : group->kernel);
      if (!group->nodes.empty())
        os << "  " << group->nodes.front();
      if (group->nodes.size() > 1)
        os << " and " << group->nodes.size() - 1 << " more";
      os << '\n';
      if (group->predictedUs && total > 0 && *group->predictedUs > 0.02 * total)
        for (const std::string &reason : group->reasons)
          os << "              - " << reason << '\n';
    }
  }
  return text;
}

} // namespace ingot
