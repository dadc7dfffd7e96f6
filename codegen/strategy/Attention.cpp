//===- Attention.cpp - How attention is cut --------------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/strategy/Attention.h"

#include <algorithm>

namespace ingot {

AttentionConfig chooseAttention(const TargetInfo &target, int64_t heads, int64_t queries, int64_t keys, int64_t depth,
                                int64_t features) {
  AttentionConfig config;
  config.lanes = target.lanes(32);
  // The register tile of a contraction: as many accumulators as leave room for two vectors and a broadcast.
  config.rows = target.vectorRegisters >= 32 ? 8 : target.hasFma ? 6 : 4;
  config.vectors = queries >= 0 && queries <= config.lanes ? 1 : 2;
  // Measured on Zen 5 with 12 heads of 32 and 64 features: 8 queries of their own take twice the time of a panel that half of them
  // fill.
  config.fewQueries = config.lanes / 4;
  // The scores of a block take half of the first-level cache; keys, values, queries and results pass through the other.
  int64_t fit = target.l1Bytes / 2 / (config.vectors * config.lanes * int64_t(sizeof(float)));
  fit = std::clamp<int64_t>(fit, 64, 512);
  auto whole = [&](int64_t n) { return (n + config.rows - 1) / config.rows * config.rows; };
  config.blockKeys = fit / config.rows * config.rows;
  if (keys > 0) {
    // Blocks of nearly equal size.
    int64_t blocks = (keys + config.blockKeys - 1) / config.blockKeys;
    config.blockKeys = whole((keys + blocks - 1) / blocks);
  }
  // Below about 5 us of work waking another thread costs more than it gains.
  double peakPerMicrosecond = 100e3 * config.lanes / 16;
  if (heads >= 0 && queries >= 0 && keys >= 0)
    config.serial = 2.0 * heads * queries * keys * (depth + features) < 5 * peakPerMicrosecond;
  return config;
}

} // namespace ingot
