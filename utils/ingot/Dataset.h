//===- Dataset.h - Examples from arrays by name -----------------*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_COMMAND_DATASET_H
#define INGOT_COMMAND_DATASET_H

#include "utils/ingot/Command.h"

namespace ingot {

/// Arrays of an npz file, an example a row, as the inputs of a function take them: converted to their element types once. Arrays of
/// exactly an input's (static) shape that have another first size than the others go whole into every batch (a graph's adjacency).
class Dataset {
public:
  /// Prints what is wrong: a missing array, a shape that does not fit, a type that cannot be converted.
  Outcome load(llvm::StringRef path, const ingot_model *model, int32_t function);

  int64_t examples() const { return count; }
  /// The number of examples that every batch must have; 0: any.
  int64_t fixedBatch() const { return fixed; }
  /// Tensors of the examples `rows`, in the order of the function's inputs. They point to memory that the next call overwrites.
  llvm::ArrayRef<ingot_tensor> batch(llvm::ArrayRef<int64_t> rows);

private:
  struct Column {
    NpzArray array;
    bool isWhole = false;
    int64_t rowBytes = 0;
    std::vector<char> batch;
  };
  std::vector<Column> columns;
  std::vector<ingot_tensor> tensors;
  int64_t count = 0, fixed = 0;
};

/// A permutation of `count` examples that follows from seed and epoch alone.
std::vector<int64_t> shuffledOrder(int64_t count, uint64_t seed, int64_t epoch);

} // namespace ingot

#endif // INGOT_COMMAND_DATASET_H
