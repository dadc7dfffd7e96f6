//===- Attention.h - How attention is cut ------------------------*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A task owns one panel of queries of one head, a lane for each, and walks the keys in blocks: the scores of a block, which stay in
// the first-level cache, then their exponentials, then what they add to the result. A running maximum and sum make blocks one
// softmax.
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_CODEGEN_STRATEGY_ATTENTION_H
#define INGOT_CODEGEN_STRATEGY_ATTENTION_H

#include "codegen/TargetInfo.h"

namespace ingot {

struct AttentionConfig {
  int64_t rows = 8;        // keys, later features, of a register tile
  int64_t vectors = 2;     // registers of queries
  int64_t lanes = 16;      // elements of a register
  int64_t blockKeys = 128; // a multiple of `rows`
  int64_t fewQueries = 8;  // up to so many are tasks of their own, with keys and features along the lanes
  bool serial = false;
};

/// `heads`, `queries`, `keys`: sizes, negative when dynamic.
AttentionConfig chooseAttention(const TargetInfo &target, int64_t heads, int64_t queries, int64_t keys, int64_t depth,
                                int64_t features);

} // namespace ingot

#endif // INGOT_CODEGEN_STRATEGY_ATTENTION_H
