//===- LinalgExt.h - The linalg_ext dialect ---------------------*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_IR_LINALGEXT_LINALGEXT_H
#define INGOT_IR_LINALGEXT_LINALGEXT_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "ir/LinalgExt/LinalgExtDialect.h.inc"
#include "ir/LinalgExt/LinalgExtEnums.h.inc"

#define GET_ATTRDEF_CLASSES
#include "ir/LinalgExt/LinalgExtAttributes.h.inc"

#define GET_OP_CLASSES
#include "ir/LinalgExt/LinalgExtOps.h.inc"

#endif // INGOT_IR_LINALGEXT_LINALGEXT_H
