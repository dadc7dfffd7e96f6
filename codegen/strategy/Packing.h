//===- Packing.h - How a packed weight is made ------------------*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// `pack-weights` may leave a packed constant without data: the recipe stays on the module and the data is made, panel by panel, when
// the weights are written. So the packed weights of a model are never all in memory.
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_CODEGEN_STRATEGY_PACKING_H
#define INGOT_CODEGEN_STRATEGY_PACKING_H

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallVector.h"

#include <vector>

namespace ingot {

/// On the module: the recipes of packed constants that have no data, by the keys of their resources.
constexpr llvm::StringLiteral packingAttrName = "ingot.packing";

struct Packing {
  mlir::ElementsAttr source;
  int64_t bytes = 4, storedBytes = 4; ///< of an element in the source and in the panels
  bool isFloat = false;               ///< f32, which may be stored as integers
  int64_t group = 1, inner = 1;       ///< steps that lie side by side for a column; those of the innermost loop, which groups do not leave
  int64_t offset = 0;                 ///< of the first element in the source
  int64_t columns = 0, columnStride = 0;
  std::vector<int64_t> kOffsets, batchOffsets;
  int64_t tile = 0; ///< of Winograd's form; 0: plain panels
  int64_t khStride = 0, kwStride = 0, channelStride = 0, channels = 0;

  /// Elements of the result.
  int64_t elements() const;
  /// Steps of the sum with what fills up the groups.
  int64_t paddedSteps() const;
  /// Hands the result's bytes to `sink`, piece by piece in their order.
  void write(llvm::function_ref<void(llvm::ArrayRef<char>)> sink) const;
  /// All but the source: equal lists mean equal results from equal sources.
  std::vector<int64_t> layout() const;

  mlir::DictionaryAttr toAttribute(mlir::MLIRContext *context) const;
  static Packing fromAttribute(mlir::DictionaryAttr attribute);
};

/// The raw bytes of a constant; `expanded` keeps those of a splat. Empty when there are none.
llvm::ArrayRef<char> rawData(mlir::Attribute attr, unsigned bytes, std::vector<char> &expanded);

} // namespace ingot

#endif // INGOT_CODEGEN_STRATEGY_PACKING_H
