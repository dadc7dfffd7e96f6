//===- Contraction.cpp - How a matrix product or convolution is cut --------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/strategy/Contraction.h"

#include <algorithm>

namespace ingot {

static DotInstruction chooseDot(const TargetInfo &target, Grouping grouping) {
  bool vnni = target.hasVnni || target.hasAvxVnni;
  switch (grouping) {
  case Grouping::None:
    return DotInstruction::None;
  case Grouping::Bytes:
    return vnni ? DotInstruction::Vpdpbusd : DotInstruction::Vpmaddwd;
  case Grouping::Words:
    return vnni ? DotInstruction::Vpdpwssd : DotInstruction::Vpmaddwd;
  case Grouping::Bf16:
    return target.hasBf16 ? DotInstruction::Vdpbf16ps : DotInstruction::Fma;
  }
  return DotInstruction::None;
}

ContractionConfig chooseContraction(const TargetInfo &target, int64_t batch, int64_t m, int64_t n, int64_t k, unsigned elementBits,
                                    Grouping grouping) {
  ContractionConfig config;
  config.lanes = std::max<int64_t>(target.vectorBits / std::max(elementBits, 32u), 2);
  // Measured on Zen 4: 8x32 floats (16 accumulators of 32 registers) reach 96-99.8 % of the FMA peak, larger tiles spill. With 16
  // registers, 6 rows of two vectors leave room for two columns and a broadcast.
  config.vectors = 2;
  config.rows = target.vectorRegisters >= 32 ? 8 : target.hasFma ? 6 : 4;
  config.dot = chooseDot(target, grouping);
  // Groups that are taken apart need twice the registers for columns and the broadcast.
  bool halves = config.dot == DotInstruction::Fma || (grouping == Grouping::Bytes && config.dot == DotInstruction::Vpmaddwd);
  if (halves)
    config.rows = std::min<int64_t>(config.rows, target.vectorRegisters >= 32 ? 8 : 4);
  config.chains = target.additionChains;
  config.blockRows = 128;
  // A unit of packed columns stays in the first-level cache beside the rows of a tile, the block's sums and operands in the second.
  int64_t unitBytes = config.vectors * config.lanes * std::max<int64_t>(elementBits, 32) / 8;
  config.packSteps = std::clamp<int64_t>(target.l1Bytes * 2 / 3 / unitBytes / 32 * 32, 64, 256);
  int64_t bytes = std::max<int64_t>(elementBits, 32) / 8;
  config.packRows = std::clamp<int64_t>(target.l2Bytes / 4 / (config.packSteps * bytes) / 64 * 64, 64, 256);
  // Wide blocks pack rows less often, narrow ones make enough tasks.
  bool fewBlocks = batch > 0 && m > 0 && n > 0 && batch * ((m + config.packRows - 1) / config.packRows) * ((n + 255) / 256) < 8;
  config.packColumns = fewBlocks ? 128 : 256;
  // A sum that is not much longer goes from the registers to the result, without waiting in memory for the rest of it.
  if (k > config.packSteps && k <= 2 * config.packSteps) {
    config.packSteps = k;
    config.packColumns = 128;
  }
  // Below about 5 us of work waking another thread costs more than it gains. Few rows wait for the weights from the second-level cache.
  double peakPerMicrosecond = 100e3 * config.lanes / 16, bytesPerMicrosecond = 150e3;
  if (config.dot != DotInstruction::None && !halves)
    peakPerMicrosecond *= groupSteps(grouping);
  if (batch > 0 && n > 0 && k > 0) {
    double weights = 1.0 * batch * n * k, rows = std::max<int64_t>(m, 1),
           bits = grouping == Grouping::None ? elementBits : 32.0 / groupSteps(grouping);
    config.serial = std::max(2 * weights * rows / peakPerMicrosecond, weights * bits / 8 / bytesPerMicrosecond) < 5;
  }
  return config;
}

} // namespace ingot
