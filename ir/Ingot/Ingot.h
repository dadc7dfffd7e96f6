//===- Ingot.h - The ingot dialect ------------------------------*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_IR_INGOT_INGOT_H
#define INGOT_IR_INGOT_INGOT_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Interfaces/ViewLikeInterface.h"

#include <optional>

namespace ingot {

class EvalState;

/// What an op says of its gradient: there may be one but nobody can build it; it is zero wherever it is defined; there is a rule; it is
/// that of the ops in its region.
enum class Differentiability { NoRule, NotDifferentiable, HasRule, ByRegion };

/// Where a size comes from: a constant or `index` value (`size`), or dimension `dim` of `tensor`. Neither: it must be computed.
struct SizeSource {
  mlir::OpFoldResult size;
  mlir::Value tensor;
  int64_t dim = 0;

  SizeSource() = default;
  SizeSource(mlir::OpFoldResult size) : size(size) {}
  SizeSource(mlir::Value tensor, int64_t dim) : tensor(tensor), dim(dim) {}
};

/// One operation for each element of the first result; `std::nullopt` when its shape is dynamic.
std::optional<int64_t> countElementwiseOperations(mlir::Operation *op);

/// Of ops whose value is known only when the function runs: they are pure, but nothing may fold them.
template <typename ConcreteType> class KnownAtRunTime : public mlir::OpTrait::TraitBase<ConcreteType, KnownAtRunTime> {};

/// The variables of a training, as a place that ops have effects on.
struct VariableResource : mlir::SideEffects::Resource::Base<VariableResource> {
  llvm::StringRef getName() final { return "<Variable>"; }
};

} // namespace ingot

#include "ir/Ingot/IngotDialect.h.inc"
#include "ir/Ingot/IngotEnums.h.inc"
#include "ir/Ingot/IngotInterfaces.h.inc"

#define GET_ATTRDEF_CLASSES
#include "ir/Ingot/IngotAttributes.h.inc"

#define GET_OP_CLASSES
#include "ir/Ingot/IngotOps.h.inc"

#endif // INGOT_IR_INGOT_INGOT_H
