//===- Sizes.h - Where the size of a dimension comes from -------*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_CODEGEN_FUSE_SIZES_H
#define INGOT_CODEGEN_FUSE_SIZES_H

#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/Value.h"

namespace ingot {

/// A number, a scalar value, or dimension `dim` of a tensor of which nothing more is known. Equal sources are equal sizes.
struct SizeSource {
  std::optional<int64_t> number;
  mlir::Value value;
  int64_t dim = -1;

  bool operator==(const SizeSource &other) const { return number == other.number && value == other.value && dim == other.dim; }
};

/// Follows dimension `dim` of `tensor` through views, destinations and what loops carry without changing its size.
SizeSource sizeSource(mlir::Value tensor, int64_t dim);
SizeSource sizeSource(mlir::OpFoldResult size);

} // namespace ingot

#endif // INGOT_CODEGEN_FUSE_SIZES_H
