//===- TargetInfo.cpp - Facts about the machine to compile for -------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/TargetInfo.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/X86TargetParser.h"

#include <fstream>
#include <unistd.h>

using namespace llvm;

namespace ingot {

static int64_t cacheBytes(int name, int64_t otherwise) {
  long bytes = sysconf(name);
  return bytes > 0 ? bytes : otherwise;
}

// A number that the system has written into a file, with K or M after it or not.
static std::optional<int64_t> systemNumber(const char *path) {
  std::ifstream file(path);
  int64_t value;
  char suffix = 0;
  if (!(file >> value) || value <= 0)
    return std::nullopt;
  file >> suffix;
  return suffix == 'K' ? value << 10 : suffix == 'M' ? value << 20 : value;
}

// Derives the facts from the set of features that are on.
static void derive(TargetInfo &info, const StringSet<> &on) {
  bool v3 = on.contains("avx2") && on.contains("fma") && on.contains("bmi2") && on.contains("f16c");
  bool v4 = v3 && on.contains("avx512f") && on.contains("avx512bw") && on.contains("avx512dq") && on.contains("avx512vl");
  info.level = v4 ? 4 : v3 ? 3 : 2;
  info.vectorBits = v4 ? 512 : v3 ? 256 : 128;
  info.vectorRegisters = v4 ? 32 : 16;
  info.hasFma = v3;
  info.hasF16c = v3;
  info.hasVnni = v4 && on.contains("avx512vnni");
  info.hasAvxVnni = v3 && !v4 && on.contains("avxvnni");
  info.hasBf16 = v4 && on.contains("avx512bf16");
  // 256 bits run twice in a cycle on all of these processors. Zen 4 takes 512 bits once; Zen 5 and Intel's servers twice.
  bool doubleWide = info.cpu == "znver5" || info.cpu == "znver6" || StringRef(info.cpu).contains("sapphire") ||
                    StringRef(info.cpu).contains("rapids") || StringRef(info.cpu).contains("icelake-server") ||
                    StringRef(info.cpu).contains("skylake-avx512") || StringRef(info.cpu).contains("cascadelake");
  info.multiplyAddsPerCycle = v4 ? (doubleWide ? 2 : 1) : v3 ? 2 : 1;
}

TargetInfo TargetInfo::host() {
  TargetInfo info;
  info.cpu = sys::getHostCPUName().str();
  StringSet<> on;
  for (const auto &feature : sys::getHostCPUFeatures()) {
    if (feature.second)
      on.insert(feature.first());
    info.features += (info.features.empty() ? "" : ",") + std::string(feature.second ? "+" : "-") + feature.first().str();
  }
  derive(info, on);
#ifdef _SC_LEVEL1_DCACHE_SIZE
  info.l1Bytes = cacheBytes(_SC_LEVEL1_DCACHE_SIZE, info.l1Bytes);
  info.l2Bytes = cacheBytes(_SC_LEVEL2_CACHE_SIZE, info.l2Bytes);
#endif
  // sysconf adds up the third-level caches of all groups of cores; a core has its own group's.
  info.l3Bytes = systemNumber("/sys/devices/system/cpu/cpu0/cache/index3/size").value_or(info.l3Bytes);
  if (auto kilohertz = systemNumber("/sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq"))
    info.gigahertz = double(*kilohertz) / 1e6;
  return info;
}

static TargetInfo fromCpu(StringRef cpu) {
  TargetInfo info;
  info.cpu = cpu.str();
  SmallVector<StringRef> features;
  X86::getFeaturesForCPU(cpu, features);
  // The list leaves out what its entries imply.
  StringMap<bool> all;
  for (StringRef feature : features) {
    all[feature] = true;
    X86::updateImpliedFeatures(feature, true, all);
  }
  StringSet<> on;
  for (const auto &feature : all)
    if (feature.second)
      on.insert(feature.first());
  derive(info, on);
  info.l2Bytes = StringSwitch<int64_t>(cpu)
                     .Cases({"znver4", "znver5"}, 1 << 20)
                     .Cases({"sapphirerapids", "emeraldrapids", "graniterapids"}, 2 << 20)
                     .Default(info.l2Bytes);
  return info;
}

TargetInfo TargetInfo::forLevel(int level) { return fromCpu(level >= 4 ? "x86-64-v4" : level == 3 ? "x86-64-v3" : "x86-64-v2"); }

std::optional<TargetInfo> TargetInfo::fromName(StringRef name) {
  if (name.empty() || name == "native")
    return host();
  if (X86::parseArchX86(name, /*Only64Bit=*/true) == X86::CK_None)
    return std::nullopt;
  TargetInfo info = fromCpu(name);
  // The baseline of every library is v2; an older processor has no code path of its own.
  if (name == "x86-64")
    return std::nullopt;
  return info;
}

std::vector<std::string> TargetInfo::requiredFeatures() const {
  std::vector<std::string> result = {"sse4.2", "popcnt"};
  if (level >= 3)
    for (const char *feature : {"avx2", "fma", "bmi", "bmi2", "f16c", "lzcnt"})
      result.push_back(feature);
  if (level >= 4)
    for (const char *feature : {"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"})
      result.push_back(feature);
  if (hasVnni)
    result.push_back("avx512vnni");
  if (hasAvxVnni)
    result.push_back("avxvnni");
  if (hasBf16)
    result.push_back("avx512bf16");
  return result;
}

} // namespace ingot
