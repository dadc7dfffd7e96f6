//===- Trace.h - Runs as a Chrome trace -------------------------*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_COMMAND_TRACE_H
#define INGOT_COMMAND_TRACE_H

#include "utils/ingot/Command.h"
#include "utils/ingot/Limits.h"

#include "llvm/ADT/STLFunctionalExtras.h"

namespace ingot {

/// Runs the model some times and writes what its kernels and threads did to `command.trace`. `limits` may know the kernels' forms.
/// `begin` gives a new context its state, `rewind` takes it back there before each run.
Outcome writeTrace(const LoadedModel &model, const BenchCommand &command, const Limits &limits, llvm::ArrayRef<ingot_tensor> inputs,
                   llvm::function_ref<Outcome(ingot_context *)> begin, llvm::function_ref<void(ingot_context *)> rewind);

} // namespace ingot

#endif // INGOT_COMMAND_TRACE_H
