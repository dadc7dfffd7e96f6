//===- DataTypes.h - ONNX's numbers of element types ------------*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_CODEGEN_EMIT_DATATYPES_H
#define INGOT_CODEGEN_EMIT_DATATYPES_H

#include "mlir/IR/Attributes.h"
#include "mlir/IR/Types.h"

#include <cstdint>

namespace ingot {

/// The number in the manifest. `stated` is the attribute `ingot.dtype` of an argument or result: below `to-linalg` a type no longer
/// says whether an integer is unsigned or a byte is a bool.
int32_t dataTypeOf(mlir::Type element, mlir::Attribute stated);

} // namespace ingot

#endif // INGOT_CODEGEN_EMIT_DATATYPES_H
