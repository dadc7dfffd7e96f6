//===- Window.cpp - How depthwise convolutions and pools are cut -----------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/strategy/Window.h"

#include <algorithm>

namespace ingot {

WindowConfig chooseWindow(const TargetInfo &target, int64_t lines, int64_t columns, int64_t channels, int64_t taps, unsigned elementBits) {
  WindowConfig config;
  config.lanes = target.lanes(std::max(32u, elementBits));
  while (channels >= 0 && config.lanes > 4 && config.lanes / 2 >= channels)
    config.lanes /= 2;
  // Registers: a tile of results, the weights of a 3x3 window and the loads in flight.
  config.columns = target.vectorRegisters >= 32 ? 8 : 4;
  if (columns > config.columns && columns % config.columns && columns % config.columns < config.columns / 2) {
    // Nearly equal tiles instead of a small last one: 18 columns are 3 times 6.
    int64_t tiles = (columns + config.columns - 1) / config.columns;
    config.columns = (columns + tiles - 1) / tiles;
  }
  // Waking a second thread gains nothing below about 5 us.
  config.serial = lines >= 0 && columns >= 0 && channels >= 0 && lines * columns * channels * taps < 200000;
  return config;
}

} // namespace ingot
