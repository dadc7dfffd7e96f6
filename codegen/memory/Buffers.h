//===- Buffers.h - Facts about memrefs of the main function -----*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_CODEGEN_MEMORY_BUFFERS_H
#define INGOT_CODEGEN_MEMORY_BUFFERS_H

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/Builders.h"

namespace ingot {

/// Whether the elements lie one after another from the offset on.
bool isRowMajor(mlir::MemRefType type);
/// The same, looking at how the view was made where the type does not tell.
bool isRowMajor(mlir::Value memref);

/// The dynamic sizes of `memref`, as an allocation of the same shape takes them.
llvm::SmallVector<mlir::Value> dynamicSizesOf(mlir::OpBuilder &b, mlir::Location loc, mlir::Value memref);
/// A row-major buffer of the shape of `memref`.
mlir::memref::AllocOp allocateLike(mlir::OpBuilder &b, mlir::Location loc, mlir::Value memref);

/// A memref over raw memory at `pointer` (an !llvm.ptr): `memref<?xi8>`, to be shaped by memref.view.
mlir::Value flatBytes(mlir::OpBuilder &b, mlir::Location loc, mlir::Value pointer);

} // namespace ingot

#endif // INGOT_CODEGEN_MEMORY_BUFFERS_H
