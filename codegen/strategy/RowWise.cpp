//===- RowWise.cpp - How rows of elementwise work are cut ------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/strategy/RowWise.h"

#include <algorithm>

namespace ingot {

RowWiseConfig chooseRowWise(const TargetInfo &target, int64_t elements, int64_t cost) {
  RowWiseConfig config;
  // Two registers give independent chains: layer normalization of 768 took 20 us with one and 14 with more.
  config.width = 2 * target.lanes(32);
  // A task is some microseconds of work, and never less than a few vectors.
  config.taskElements = std::max<int64_t>(16384 / cost, config.width * 8);
  // Waking a second thread gains nothing below about 5 us.
  config.serial = elements >= 0 && elements * cost < 49152;
  return config;
}

} // namespace ingot
