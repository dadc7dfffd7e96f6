//===- Pins.h - Choices that the user made by node --------------*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The module's `ingot.pins` takes the name of an ONNX node to a dictionary: `winograd` and `fuse` (bool), `tile`, `rows` and
// `threads` (i64). `fuse` keeps a pinned node apart and gives its kernels the other choices as `ingot.pin`, which `strategy` obeys.
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_CODEGEN_FUSE_PINS_H
#define INGOT_CODEGEN_FUSE_PINS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"

namespace ingot {

constexpr llvm::StringLiteral pinsAttrName = "ingot.pins";
constexpr llvm::StringLiteral pinAttrName = "ingot.pin";

/// The choices for a kernel of the nodes that `loc` names, null when there are none. Where nodes disagree the first counts.
mlir::DictionaryAttr pinsOf(mlir::ModuleOp module, mlir::Location loc);

/// The node that `op` belongs to when it is to be kept apart, else null.
mlir::StringAttr nodeKeptApart(mlir::Operation *op);

/// What was chosen for `kernel`, where it was, else `chosen`. 0 is not to use Winograd's form.
int64_t pinnedTile(mlir::func::FuncOp kernel, int64_t chosen);

} // namespace ingot

#endif // INGOT_CODEGEN_FUSE_PINS_H
