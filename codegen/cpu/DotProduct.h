//===- DotProduct.h - Groups of steps of a sum in one instruction -*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Weights packed in groups hold in each 32-bit lane the elements of one column for a few neighbouring steps. A row's elements for
// the same steps make one 32-bit number, broadcast to all lanes, and an instruction multiplies and adds both.
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_CODEGEN_CPU_DOTPRODUCT_H
#define INGOT_CODEGEN_CPU_DOTPRODUCT_H

#include "codegen/cpu/KernelEmitter.h"
#include "codegen/strategy/Contraction.h"

namespace ingot {

class DotProduct {
public:
  DotProduct(KernelEmitter &e, DotInstruction instruction, Grouping grouping, int64_t lanes)
      : e(e), instruction(instruction), grouping(grouping), lanes(lanes) {}

  int64_t steps() const { return groupSteps(grouping); }
  /// Whether sums may be added up in any order with the same result.
  bool isExact() const { return grouping != Grouping::Bf16; }

  /// What an operand gives to the instruction: one register, or one for the even steps and one for the odd ones.
  using Parts = llvm::SmallVector<mlir::Value, 2>;

  /// A register of columns whose groups begin at element `at` of `memory`.
  Parts loadColumns(mlir::Value memory, mlir::Value at);
  /// `count` elements of a row from element `at` of `memory` on, `stride` apart; the steps that are missing to a group are zero.
  Parts loadRow(mlir::Value memory, mlir::Value at, mlir::Value stride, int64_t count);
  mlir::Value multiplyAdd(const Parts &row, const Parts &columns, mlir::Value acc);

private:
  mlir::Value call(llvm::StringRef name, mlir::Type result, mlir::ValueRange operands);
  mlir::Value packedRow(mlir::Value memory, mlir::Value at, mlir::Value stride, int64_t count);
  mlir::Value bits(mlir::Value vector, int64_t count, mlir::Type element);
  mlir::Value splat(int64_t value, int64_t count, mlir::Type element);
  mlir::VectorType vectorOf(int64_t count, mlir::Type element) const { return mlir::VectorType::get({count}, element); }

  KernelEmitter &e;
  DotInstruction instruction;
  Grouping grouping;
  int64_t lanes;
};

} // namespace ingot

#endif // INGOT_CODEGEN_CPU_DOTPRODUCT_H
