//===- ConfigFile.h - Choices by node name ----------------------*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_COMPILER_CONFIGFILE_H
#define INGOT_COMPILER_CONFIGFILE_H

#include "mlir/IR/BuiltinOps.h"

#include <string>

namespace ingot {

/// Reads the JSON file at `path` and leaves its choices on `module` as `ingot.pins`. `nodes`: of the model, as `conv1 (Conv, opset
/// 17)`. Returns what is wrong, empty when all is well.
std::string applyConfigFile(llvm::StringRef path, llvm::ArrayRef<std::string> nodes, mlir::ModuleOp module);

} // namespace ingot

#endif // INGOT_COMPILER_CONFIGFILE_H
