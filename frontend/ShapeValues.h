//===- ShapeValues.h - Shape arithmetic at import ---------------*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// ONNX computes sizes by tensors: Shape, Gather, Concat, integer arithmetic. On tensors of rank <= 1 whose elements are known one by one
// that is done here, on sizes, so that a Reshape gets its sizes as numbers and `index` values.
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_FRONTEND_SHAPEVALUES_H
#define INGOT_FRONTEND_SHAPEVALUES_H

#include "frontend/Decoder.h"

namespace ingot {

/// The most elements of a tensor that is treated so.
constexpr int64_t kMaxHostElements = 64;

/// Elements of a constant or of a tensor made by `tensorOf`.
std::optional<HostTensor> hostTensorOf(mlir::Value value);
std::optional<HostTensor> hostTensorOf(mlir::ElementsAttr constant);

/// The tensor: a constant where all elements are known, else `tensor.from_elements`.
mlir::Value tensorOf(const HostTensor &tensor, ImportBuilder &b);

/// The results of a node of shape arithmetic; `std::nullopt` leaves it to its decoder.
std::optional<llvm::SmallVector<mlir::Value>> evaluateShapeNode(NodeReader &node, ImportBuilder &b);

} // namespace ingot

#endif // INGOT_FRONTEND_SHAPEVALUES_H
