//===- Cpu.cpp - CPU features and x86-64 levels --------------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Internal.h"

#include <string.h>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

using namespace ingot::runtime;

#if defined(__x86_64__)

namespace {

enum Register : uint8_t { A, B, C, D };
/// What the operating system must save besides: nothing, the YMM registers, those of AVX-512, or AMX tiles.
enum Saved : uint8_t { No, Ymm, Zmm, Tile };

struct Feature {
  const char *name; // LLVM's
  uint32_t leaf;
  uint8_t subleaf;
  Register reg;
  uint8_t bit;
  Saved saved;
};

constexpr uint32_t Ext1 = 0x80000001, Ext8 = 0x80000008;

constexpr Feature features[] = {
    {"64bit", Ext1, 0, D, 29, No},          {"adx", 7, 0, B, 19, No},
    {"aes", 1, 0, C, 25, No},               {"amx-bf16", 7, 0, D, 22, Tile},
    {"amx-complex", 7, 1, D, 8, Tile},      {"amx-fp16", 7, 1, A, 21, Tile},
    {"amx-int8", 7, 0, D, 25, Tile},        {"amx-tile", 7, 0, D, 24, Tile},
    {"avx", 1, 0, C, 28, Ymm},              {"avx2", 7, 0, B, 5, Ymm},
    {"avx512bf16", 7, 1, A, 5, Zmm},        {"avx512bitalg", 7, 0, C, 12, Zmm},
    {"avx512bw", 7, 0, B, 30, Zmm},         {"avx512cd", 7, 0, B, 28, Zmm},
    {"avx512dq", 7, 0, B, 17, Zmm},         {"avx512f", 7, 0, B, 16, Zmm},
    {"avx512fp16", 7, 0, D, 23, Zmm},       {"avx512ifma", 7, 0, B, 21, Zmm},
    {"avx512vbmi", 7, 0, C, 1, Zmm},        {"avx512vbmi2", 7, 0, C, 6, Zmm},
    {"avx512vl", 7, 0, B, 31, Zmm},         {"avx512vnni", 7, 0, C, 11, Zmm},
    {"avx512vp2intersect", 7, 0, D, 8, Zmm}, {"avx512vpopcntdq", 7, 0, C, 14, Zmm},
    {"avxifma", 7, 1, A, 23, Ymm},          {"avxneconvert", 7, 1, D, 5, Ymm},
    {"avxvnni", 7, 1, A, 4, Ymm},           {"avxvnniint16", 7, 1, D, 10, Ymm},
    {"avxvnniint8", 7, 1, D, 4, Ymm},       {"bmi", 7, 0, B, 3, No},
    {"bmi2", 7, 0, B, 8, No},               {"cldemote", 7, 0, C, 25, No},
    {"clflushopt", 7, 0, B, 23, No},        {"clwb", 7, 0, B, 24, No},
    {"clzero", Ext8, 0, B, 0, No},          {"cmov", 1, 0, D, 15, No},
    {"cmpccxadd", 7, 1, A, 7, No},          {"crc32", 1, 0, C, 20, No},
    {"cx16", 1, 0, C, 13, No},              {"cx8", 1, 0, D, 8, No},
    {"enqcmd", 7, 0, C, 29, No},            {"f16c", 1, 0, C, 29, Ymm},
    {"fma", 1, 0, C, 12, Ymm},              {"fma4", Ext1, 0, C, 16, Ymm},
    {"fsgsbase", 7, 0, B, 0, No},           {"fxsr", 1, 0, D, 24, No},
    {"gfni", 7, 0, C, 8, No},               {"hreset", 7, 1, A, 22, No},
    {"invpcid", 7, 0, B, 10, No},           {"lwp", Ext1, 0, C, 15, No},
    {"lzcnt", Ext1, 0, C, 5, No},           {"mmx", 1, 0, D, 23, No},
    {"movbe", 1, 0, C, 22, No},             {"movdir64b", 7, 0, C, 28, No},
    {"movdiri", 7, 0, C, 27, No},           {"mwaitx", Ext1, 0, C, 29, No},
    {"pclmul", 1, 0, C, 1, No},             {"pconfig", 7, 0, D, 18, No},
    {"pku", 7, 0, C, 4, No},                {"popcnt", 1, 0, C, 23, No},
    {"prefetchi", 7, 1, D, 14, No},         {"prfchw", Ext1, 0, C, 8, No},
    {"ptwrite", 0x14, 0, B, 4, No},         {"raoint", 7, 1, A, 3, No},
    {"rdpid", 7, 0, C, 22, No},             {"rdpru", Ext8, 0, B, 4, No},
    {"rdrnd", 1, 0, C, 30, No},             {"rdseed", 7, 0, B, 18, No},
    {"rtm", 7, 0, B, 11, No},               {"sahf", Ext1, 0, C, 0, No},
    {"serialize", 7, 0, D, 14, No},         {"sgx", 7, 0, B, 2, No},
    {"sha", 7, 0, B, 29, No},               {"sha512", 7, 1, A, 0, Ymm},
    {"shstk", 7, 0, C, 7, No},              {"sm3", 7, 1, A, 1, Ymm},
    {"sm4", 7, 1, A, 2, Ymm},               {"sse", 1, 0, D, 25, No},
    {"sse2", 1, 0, D, 26, No},              {"sse3", 1, 0, C, 0, No},
    {"sse4.1", 1, 0, C, 19, No},            {"sse4.2", 1, 0, C, 20, No},
    {"sse4a", Ext1, 0, C, 6, No},           {"ssse3", 1, 0, C, 9, No},
    {"tbm", Ext1, 0, C, 21, No},            {"tsxldtrk", 7, 0, D, 16, No},
    {"uintr", 7, 0, D, 5, No},              {"vaes", 7, 0, C, 9, Ymm},
    {"vpclmulqdq", 7, 0, C, 10, Ymm},       {"waitpkg", 7, 0, C, 5, No},
    {"wbnoinvd", Ext8, 0, B, 9, No},        {"xop", Ext1, 0, C, 11, Ymm},
    {"xsave", 1, 0, C, 26, No},             {"xsavec", 0xd, 1, A, 1, No},
    {"xsaveopt", 0xd, 1, A, 0, No},         {"xsaves", 0xd, 1, A, 3, No},
};

} // namespace

/// XCR0: which registers the operating system saves at a context switch.
static uint64_t savedRegisters() {
  uint32_t a, b, c, d;
  if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & (1u << 27)))
    return 0;
  __asm__ volatile("xgetbv" : "=a"(a), "=d"(d) : "c"(0));
  return uint64_t(d) << 32 | a;
}

bool ingot::runtime::hasCpuFeature(const char *name) {
  for (const Feature &feature : features) {
    if (strcmp(feature.name, name))
      continue;
    uint32_t r[4];
    if (!__get_cpuid_count(feature.leaf, feature.subleaf, &r[0], &r[1], &r[2], &r[3]) || !(r[feature.reg] >> feature.bit & 1))
      return false;
    static constexpr uint64_t needed[] = {0, 0x6, 0xe6, 0x60000};
    return (savedRegisters() & needed[feature.saved]) == needed[feature.saved];
  }
  return false;
}

uint32_t ingot_cpu_level(void) {
  static const char *const level2[] = {"cx16", "sahf", "popcnt", "sse3", "sse4.1", "sse4.2", "ssse3"};
  static const char *const level3[] = {"avx", "avx2", "bmi", "bmi2", "f16c", "fma", "lzcnt", "movbe"};
  static const char *const level4[] = {"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"};
  for (const char *name : level2)
    if (!hasCpuFeature(name))
      return 1;
  for (const char *name : level3)
    if (!hasCpuFeature(name))
      return 2;
  for (const char *name : level4)
    if (!hasCpuFeature(name))
      return 3;
  return 4;
}

#else

// On the processors besides x86-64 the compiler targets their baseline only, so a library that names a feature is not for them.
bool ingot::runtime::hasCpuFeature(const char *) { return false; }

uint32_t ingot_cpu_level(void) { return 0; }

#endif
