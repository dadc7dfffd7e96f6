//===- RowWise.h - How rows of elementwise work are cut ----------*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_CODEGEN_STRATEGY_ROWWISE_H
#define INGOT_CODEGEN_STRATEGY_ROWWISE_H

#include "codegen/TargetInfo.h"

namespace ingot {

struct RowWiseConfig {
  int64_t width = 32;           // elements of a vector
  int64_t taskElements = 8192;  // elements of a task
  bool serial = false;          // too little work for a second thread
};

/// `elements`: of the domain, negative when dynamic. `cost`: work of an element relative to an addition.
RowWiseConfig chooseRowWise(const TargetInfo &target, int64_t elements, int64_t cost);

} // namespace ingot

#endif // INGOT_CODEGEN_STRATEGY_ROWWISE_H
