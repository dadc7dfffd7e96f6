//===- Tokens.h - One token after another -----------------------*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_COMMAND_TOKENS_H
#define INGOT_COMMAND_TOKENS_H

#include "utils/ingot/Command.h"

#include <map>

namespace ingot {

/// In microseconds.
struct TokenTimes {
  int64_t count = 0;
  double first = 0;               ///< of the first run, with everything that a first run costs
  double median = 0, minimum = 0; ///< of the others
  double perSecond = 0;
};

/// Runs a decoder: each run gets the likeliest token of the one before it, and the caches that it left. These are states of the
/// context, or pairs of an input `past...` and an output `present...`.
class TokenLoop {
public:
  explicit TokenLoop(const LoadedModel &model) : model(model) {}

  /// Finds out what is what. `first` are the inputs of the first run, which holds the prompt.
  Outcome prepare(const std::vector<ingot_tensor> &first, int64_t tokens);
  /// Prints what goes wrong.
  Outcome run(ingot_context *context, int64_t tokens, TokenTimes &times);

private:
  struct Pair {
    size_t input, output;
    int32_t axis; ///< that grows, -1 when none does
    NpzArray buffers[2];
  };

  int64_t promptTokens() const;
  int64_t rows(ingot_context *context) const;
  Outcome nextInputs(int64_t past);

  const LoadedModel &model;
  std::vector<ingot_tensor> start, inputs, outputs;
  std::vector<Pair> pairs;
  std::map<size_t, NpzArray> owned; ///< inputs that change from token to token
  int tokenInput = -1, logits = -1;
  int64_t token = 0;
};

} // namespace ingot

#endif // INGOT_COMMAND_TOKENS_H
