//===- Attention.h - Attention among linalg ops -----------------*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// softmax(f(Q K^T)) V: a contraction, elementwise work on its result (scales, masks, biases), softmax along the keys, and a
// contraction with its probabilities. Found in the main function by `form-kernels`, and again in the kernel by those who decide and
// emit.
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_CODEGEN_FUSE_ATTENTION_H
#define INGOT_CODEGEN_FUSE_ATTENTION_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "llvm/ADT/SmallVector.h"

#include <optional>

namespace ingot {

/// An operand of one of the contractions, seen through views and ops that only repeat, permute or scale what is stored: heads of
/// keys that several heads of queries share, a scale on each side.
struct AttentionOperand {
  /// Index i of a dimension moves dimension `source` of what is stored by i / `divisor`; not at all where `source` is negative.
  struct Dimension {
    int source;
    int64_t divisor = 1;
  };
  mlir::Value stored;
  llvm::SmallVector<Dimension> dimensions;
  llvm::SmallVector<mlir::Value> factors;       // scalars that every element is multiplied by
  llvm::SmallVector<mlir::Operation *> through; // ops that need not run then, the views between them included
};

struct Attention {
  mlir::linalg::GenericOp scores, output; // the contractions
  AttentionOperand queries, keys, values;
  llvm::SmallVector<mlir::linalg::GenericOp> scoreOps; // elementwise, from `scores` to the softmax, in order
  mlir::linalg::GenericOp maximum, exponential, sum;
  llvm::SmallVector<mlir::linalg::GenericOp> normalization; // what makes probabilities of exponentials
  bool nanIsZero = false;                                   // probabilities of a row without any are 0

  // Dimensions of the scores are (outer..., query, key). Loops of both contractions that walk them:
  llvm::SmallVector<unsigned> scoreLoops, outputLoops;
  unsigned depthLoop = 0, featureLoop = 0; // summed over in the first, made by the second
  unsigned querySide = 0, valueSide = 1;   // inputs of the first and second contraction
  bool queriesInnermost = false;           // in the result: (..., feature, query)
  bool rowsAreVectors = false;             // depth of keys and features of values lie one after another
  int64_t depth = 0, features = 0;

  /// All ops, in no order.
  llvm::SmallVector<mlir::Operation *> ops() const;
};

/// The attention that ends in contraction `output`, or nothing. All values in between have no other users.
std::optional<Attention> matchAttention(mlir::linalg::GenericOp output);

} // namespace ingot

#endif // INGOT_CODEGEN_FUSE_ATTENTION_H
