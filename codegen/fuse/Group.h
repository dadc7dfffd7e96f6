//===- Group.h - Which linalg ops become one kernel -------------*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_CODEGEN_FUSE_GROUP_H
#define INGOT_CODEGEN_FUSE_GROUP_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/SmallVector.h"

#include <optional>

namespace ingot {

/// On ops that `rematerialize` made, and on the dispatches of their kernels: they are not to become one with what they repeat.
constexpr llvm::StringLiteral recomputedAttrName = "ingot.recomputed";

/// Whether the op's body is `acc + a * b`, possibly with conversions of `a` and `b`.
bool hasMultiplyAddBody(mlir::linalg::GenericOp op);

/// How the loops of a multiply-add take part: `batch` dimensions are in both inputs and the result, `m` in the first input
/// and the result, `n` in the second and the result, `k` in both inputs only. `swapped` tells that the inputs change places.
struct ContractionDims {
  llvm::SmallVector<unsigned> batch, m, n, k;
  bool swapped = false;
};

/// The dimensions of a matrix-product-like op, or nothing when `op` is none. `n` is never empty: it holds the innermost
/// dimension of the result.
std::optional<ContractionDims> getContractionDims(mlir::linalg::GenericOp op);

/// The columns of one gate where the kernel of `anchor` works on equal parts of its result's columns; 0 where it does not.
int64_t getGateColumns(mlir::linalg::GenericOp anchor);

/// Whether `op` slides a window over its first input: depthwise convolution and pooling, with the vector dimension innermost.
bool isWindowOp(mlir::linalg::GenericOp op);

} // namespace ingot

#endif // INGOT_CODEGEN_FUSE_GROUP_H
