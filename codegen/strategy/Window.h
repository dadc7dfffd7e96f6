//===- Window.h - How depthwise convolutions and pools are cut ---*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_CODEGEN_STRATEGY_WINDOW_H
#define INGOT_CODEGEN_STRATEGY_WINDOW_H

#include "codegen/TargetInfo.h"

namespace ingot {

struct WindowConfig {
  int64_t columns = 8; // neighbouring results that share loads
  int64_t lanes = 16;  // channels of a register
  int64_t bandLines = 8; // lines of a task
  bool serial = false;
};

/// Sizes of the result (`lines` is what is neither column nor channel) and of the window; negative when dynamic.
WindowConfig chooseWindow(const TargetInfo &target, int64_t lines, int64_t columns, int64_t channels, int64_t taps, unsigned elementBits);

} // namespace ingot

#endif // INGOT_CODEGEN_STRATEGY_WINDOW_H
