//===- Contraction.h - How a matrix product or convolution is cut --*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_CODEGEN_STRATEGY_CONTRACTION_H
#define INGOT_CODEGEN_STRATEGY_CONTRACTION_H

#include "codegen/TargetInfo.h"

namespace ingot {

/// Columns of a panel of packed weights. A library holds one packing for all instruction sets: narrower registers walk a panel in
/// parts. The last panel has half the columns when they suffice.
constexpr int64_t panelColumns = 32;

/// Offset of each panel and of their end, in columns, for `n` columns.
inline int64_t paddedColumns(int64_t n) {
  int64_t rest = n % panelColumns;
  return n - rest + (rest == 0 ? 0 : rest <= panelColumns / 2 ? panelColumns / 2 : panelColumns);
}

enum class VectorSide {
  Packed,    // constant, packed at compile time: [panel][k][column]
  Direct,    // columns lie one after another in memory
  PackTask,  // each task packs the columns it needs on its stack
  Gather,    // anything else
  Blocked    // blocks of the result, packed piece by piece along the sum
};

/// How packed weights lie in groups of neighbouring steps of the sum, [panel][step / group][column][group], for instructions that
/// multiply and add whole groups. It is one for all processors.
enum class Grouping {
  None,
  Bytes, // four i8, multiplied with unsigned bytes
  Words, // two i16, multiplied with unsigned bytes
  Bf16   // two bf16, multiplied with bf16
};

/// Steps of a group.
inline int64_t groupSteps(Grouping grouping) {
  return grouping == Grouping::Bytes ? 4 : grouping == Grouping::None ? 1 : 2;
}

/// What multiplies a group with a row's elements and adds it up. All that apply to integers give the same sums.
enum class DotInstruction {
  None,      // step by step
  Vpdpbusd,  // u8 x i8, four at once
  Vpdpwssd,  // i16 x i16, two at once
  Vpmaddwd,  // as Vpdpwssd, but for the addition; bytes are widened
  Vdpbf16ps, // bf16 x bf16, two at once
  Fma        // bf16 widened to f32
};

struct ContractionConfig {
  int64_t rows = 8;       // largest tile, in rows
  int64_t vectors = 2;    // registers of a tile's row
  int64_t lanes = 16;     // elements of a register
  int64_t chains = 8;     // sums that have to be in flight: few rows (less than `rows`) have several for each element
  int64_t blockRows = 128; // rows of a task
  bool serial = false;    // where the number of rows is not known: if they are few
  DotInstruction dot = DotInstruction::None;
  VectorSide side = VectorSide::Direct;
  // Where both operands are made at run time.
  int64_t packRows = 256;    // rows of a task's block of the result
  int64_t packColumns = 128; // its columns
  int64_t packSteps = 256;   // steps of the sum that are packed at once
  int64_t parts = 16;        // tasks at least where the sum is long
};

/// With fewer rows or steps, columns that lie one after another in memory are not worth packing.
constexpr int64_t leastPackedRows = 48, leastPackedSteps = 24;

/// `m`, `n`, `k`, `batch`: sizes, negative when dynamic. `elementBits` of the accumulator.
ContractionConfig chooseContraction(const TargetInfo &target, int64_t batch, int64_t m, int64_t n, int64_t k, unsigned elementBits,
                                    Grouping grouping = Grouping::None);

} // namespace ingot

#endif // INGOT_CODEGEN_STRATEGY_CONTRACTION_H
