//===- Frame.h - The entry points' view of the ABI --------------*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Loads and stores of fields of ingot_frame and ingot_env, at the offsets of runtime/include/ingot/abi.h.
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_CODEGEN_MEMORY_FRAME_H
#define INGOT_CODEGEN_MEMORY_FRAME_H

#include "ingot/abi.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/Builders.h"

#include <cstddef>

namespace ingot {

/// An integer constant of `type`.
inline mlir::Value intConstant(mlir::OpBuilder &b, mlir::Location loc, mlir::Type type, int64_t value) {
  return mlir::LLVM::ConstantOp::create(b, loc, type, b.getIntegerAttr(type, value));
}

/// Address `bytes` after `pointer`.
inline mlir::Value addressOf(mlir::OpBuilder &b, mlir::Location loc, mlir::Value pointer, int64_t bytes) {
  if (bytes == 0)
    return pointer;
  return mlir::LLVM::GEPOp::create(b, loc, pointer.getType(), b.getI8Type(), pointer,
                                   llvm::ArrayRef<mlir::LLVM::GEPArg>{static_cast<int32_t>(bytes)});
}

inline mlir::Value loadField(mlir::OpBuilder &b, mlir::Location loc, mlir::Value base, mlir::Type type, int64_t offset) {
  return mlir::LLVM::LoadOp::create(b, loc, type, addressOf(b, loc, base, offset));
}

inline void storeField(mlir::OpBuilder &b, mlir::Location loc, mlir::Value base, mlir::Value value, int64_t offset) {
  mlir::LLVM::StoreOp::create(b, loc, value, addressOf(b, loc, base, offset));
}

} // namespace ingot

#endif // INGOT_CODEGEN_MEMORY_FRAME_H
