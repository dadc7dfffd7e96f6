//===- Exchange.h - Gradients of all ranks, while they are made ----*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_RUNTIME_SRC_TRAINING_EXCHANGE_H
#define INGOT_RUNTIME_SRC_TRAINING_EXCHANGE_H

#include "../Internal.h"

namespace ingot::runtime {

/// What a state with a collective of several ranks has for its gradients.
struct Exchange;

ingot_status createExchange(ingot_state &state);
void destroyExchange(ingot_state &state);

/// The gradients that the function `apply` uses will be replaced by their means over all ranks.
void beginExchange(ingot_state &state, int32_t apply);
/// While it lives, the exchange learns from the context's function which gradients are ready.
class ObservedRun {
public:
  ObservedRun(ingot_context &context, ingot_state &state);
  ~ObservedRun();
  ObservedRun(const ObservedRun &) = delete;

private:
  ingot_context &context;
  Exchange &exchange;
  void (*profile)(const ingot_env *env, int32_t kernel, int32_t begin);
};
/// Exchanges what is left. Every rank has to come here, whatever became of its function.
ingot_status finishExchange(ingot_state &state);

} // namespace ingot::runtime

#endif // INGOT_RUNTIME_SRC_TRAINING_EXCHANGE_H
