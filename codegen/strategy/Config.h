//===- Config.h - Decisions written on kernels ------------------*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// `choose-config` decides once and writes `ingot.config`, a dictionary, on each kernel; the emitters read it back and obey.
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_CODEGEN_STRATEGY_CONFIG_H
#define INGOT_CODEGEN_STRATEGY_CONFIG_H

#include "codegen/strategy/Attention.h"
#include "codegen/strategy/Contraction.h"
#include "codegen/strategy/RowWise.h"
#include "codegen/strategy/Window.h"
#include "codegen/strategy/Winograd.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace ingot {

/// The attribute that holds a kernel's decisions.
inline constexpr const char *configAttrName = "ingot.config";

/// How the kernel's packed weights are grouped.
Grouping readGrouping(mlir::func::FuncOp kernel);
/// The value of `grouping` in the dictionary.
llvm::StringRef nameOf(Grouping grouping);

void writeConfig(mlir::func::FuncOp kernel, const ContractionConfig &config);
void writeConfig(mlir::func::FuncOp kernel, const RowWiseConfig &config);
void writeConfig(mlir::func::FuncOp kernel, const WindowConfig &config);
void writeConfig(mlir::func::FuncOp kernel, const WinogradConfig &config);
void writeConfig(mlir::func::FuncOp kernel, const AttentionConfig &config);

/// What is written on `kernel`; the defaults where nothing is.
ContractionConfig readContractionConfig(mlir::func::FuncOp kernel);
RowWiseConfig readRowWiseConfig(mlir::func::FuncOp kernel);
WindowConfig readWindowConfig(mlir::func::FuncOp kernel);
WinogradConfig readWinogradConfig(mlir::func::FuncOp kernel);
AttentionConfig readAttentionConfig(mlir::func::FuncOp kernel);

/// What a kernel of form `filters` computes: `transformFilters` at run time.
struct FilterTransform {
  int64_t tile = 2, offset = 0, khStride = 0, kwStride = 0, channelStride = 0, filterStride = 1, channels = 0, filters = 0;
  bool serial = false;
};
FilterTransform readFilterTransform(mlir::func::FuncOp kernel);

} // namespace ingot

#endif // INGOT_CODEGEN_STRATEGY_CONFIG_H
