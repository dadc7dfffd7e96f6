//===- TargetInfo.h - Facts about the machine to compile for ----*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Every number in the compiler that is a fact about a processor comes from here.
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_CODEGEN_TARGETINFO_H
#define INGOT_CODEGEN_TARGETINFO_H

#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ingot {

struct TargetInfo {
  /// What LLVM calls the processor: `znver4`, `x86-64-v3`.
  std::string cpu = "x86-64-v2";
  /// LLVM's feature string, `+avx2,-avx512f`; empty where `cpu` says all.
  std::string features;
  /// The x86-64 level that the code needs, 2 to 4.
  int level = 2;
  unsigned vectorBits = 128;
  unsigned vectorRegisters = 16;
  /// Additions that depend on nothing of each other which keep the units busy: two a cycle, four cycles each.
  int64_t additionChains = 8;
  bool hasFma = false;
  bool hasF16c = false;
  /// `vpdpbusd` and `vpdpwssd` in 512-bit registers, and in 256-bit ones without AVX-512.
  bool hasVnni = false;
  bool hasAvxVnni = false;
  /// `vdpbf16ps`.
  bool hasBf16 = false;
  int64_t l1Bytes = 32 << 10;
  int64_t l2Bytes = 512 << 10;
  int64_t l3Bytes = 32 << 20;

  // What predictions of time rest on: those of `--explain`, and the choice of Winograd's form. Nominal, one core.
  double gigahertz = 3.5;
  /// Vector multiply-adds (without FMA: pairs of a multiplication and an addition) that start in a cycle.
  double multiplyAddsPerCycle = 1;
  /// Bytes that a core reads in a cycle. Measured on Zen 4 at 3.66 GHz: 118, 100 and 27 GB/s.
  double l2BytesPerCycle = 32, l3BytesPerCycle = 27;
  double dramGigabytesPerSecond = 27;

  /// The machine that the compiler runs on.
  static TargetInfo host();
  /// x86-64-v2, -v3 or -v4.
  static TargetInfo forLevel(int level);
  /// `native`, `x86-64-v2|v3|v4` or a processor that LLVM knows; nothing for another name.
  static std::optional<TargetInfo> fromName(llvm::StringRef name);

  unsigned vectorBytes() const { return vectorBits / 8; }
  /// Elements of `elementBits` in a register.
  unsigned lanes(unsigned elementBits) const { return vectorBits / elementBits; }
  /// f32 operations of one core in a nanosecond.
  double peakGigaflops() const { return 2 * lanes(32) * multiplyAddsPerCycle * gigahertz; }
  /// LLVM feature names without which the code may not run, for the manifest.
  std::vector<std::string> requiredFeatures() const;
};

} // namespace ingot

#endif // INGOT_CODEGEN_TARGETINFO_H
