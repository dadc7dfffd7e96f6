//===- Sizes.h - What sizes are for assumed inputs --------------*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_CODEGEN_REPORT_SIZES_H
#define INGOT_CODEGEN_REPORT_SIZES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/DenseMap.h"

#include <optional>

namespace ingot {

/// Computes index values and sizes of an entry point, or of a kernel, from given sizes of the inputs. Nothing is built; what
/// depends on data is unknown.
class Sizes {
public:
  /// For an entry point: the sizes of all inputs, one after another, as the frame holds them.
  explicit Sizes(mlir::func::FuncOp entry, llvm::ArrayRef<int64_t> inputDims);
  /// For a kernel whose arguments are bound one by one.
  Sizes() = default;

  void bind(mlir::Value scalar, int64_t value) { values[scalar] = value; }
  void bindShape(mlir::Value shaped, llvm::ArrayRef<int64_t> shape) { shapes[shaped] = llvm::SmallVector<int64_t>(shape); }

  std::optional<int64_t> valueOf(mlir::Value scalar);
  std::optional<int64_t> valueOf(mlir::OpFoldResult scalar);
  /// kDynamic where a size is unknown.
  llvm::SmallVector<int64_t> shapeOf(mlir::Value shaped);

  /// A field of the frame: how often it was loaded through (0: the field itself, 1: an element of the array it points to), and
  /// where.
  struct FramePlace {
    unsigned depth = 0;
    int64_t field = 0, element = 0;
  };
  /// What the pointer or number `value`, loaded from the frame, is.
  std::optional<FramePlace> framePlace(mlir::Value value) const;

private:
  std::optional<int64_t> compute(mlir::Value scalar);
  llvm::SmallVector<int64_t> computeShape(mlir::Value shaped);
  llvm::SmallVector<int64_t> carriedShape(mlir::BlockArgument carried);

  mlir::Value frame;
  llvm::SmallVector<int64_t> inputDims;
  llvm::DenseMap<mlir::Value, std::optional<int64_t>> values;
  llvm::DenseMap<mlir::Value, llvm::SmallVector<int64_t>> shapes;
};

/// The product of sizes; nothing when one is unknown.
std::optional<int64_t> countOf(llvm::ArrayRef<int64_t> shape);

} // namespace ingot

#endif // INGOT_CODEGEN_REPORT_SIZES_H
