//===- Weights.h - The constants section ------------------------*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What `place-constants` leaves on the module for `package`: where each constant lies in the section.
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_CODEGEN_MEMORY_WEIGHTS_H
#define INGOT_CODEGEN_MEMORY_WEIGHTS_H

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallVector.h"

#include <string>
#include <vector>

namespace ingot {

constexpr llvm::StringLiteral weightsAttrName = "ingot.weights";
constexpr llvm::StringLiteral weightsBytesAttrName = "ingot.weights_bytes";
constexpr llvm::StringLiteral constantsArgAttrName = "ingot.constants";
/// Alignment of an entry: a cache line, and the widest vector.
constexpr int64_t weightAlignment = 64;

struct Weight {
  std::string name;
  mlir::ElementsAttr value;
  mlir::DictionaryAttr packing; ///< how the data is made (see strategy/Packing.h); null where `value` holds it
  int64_t offset = 0, bytes = 0;
};

/// Bytes of a dense tensor of `type` in memory.
int64_t denseBytes(mlir::ShapedType type);

/// The bytes of `value` in row-major order; `scratch` holds them where the attribute does not. Empty when there are none.
llvm::ArrayRef<char> rawBytes(mlir::ElementsAttr value, llvm::SmallVectorImpl<char> &scratch);

/// Hands the bytes of `weight` to `sink`, piece by piece.
void readWeight(const Weight &weight, llvm::function_ref<void(llvm::ArrayRef<char>)> sink);
/// Tells weights apart: a hash of the data, or of what it is made from.
uint64_t hashWeight(const Weight &weight);

/// The section's entries in order of their offsets.
std::vector<Weight> getWeights(mlir::ModuleOp module);
/// Frees the data of all constants that `module` does not refer to (`all`: of all). Nothing else in the context may need them.
void releaseConstants(mlir::ModuleOp module, bool all);
/// The section's size.
int64_t getWeightsBytes(mlir::ModuleOp module);

} // namespace ingot

#endif // INGOT_CODEGEN_MEMORY_WEIGHTS_H
