//===- Variables.h - What of a model a training may change ------*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_FRONTEND_VARIABLES_H
#define INGOT_FRONTEND_VARIABLES_H

#include "frontend/Importer.h"
#include "ir/Ingot/Ingot.h"

namespace onnx {
class FunctionProto;
class ModelProto;
class NodeProto;
} // namespace onnx

namespace ingot {

/// The initializers of the main graph that become variables, by name.
using VariableKinds = llvm::StringMap<VariableKind>;

/// Those are parameters that `options.train` or `options.adapters` names, or where it names none those of rank 1 and more, unless `options.freeze` names
/// them. An initializer whose values decide what is compiled (scales of Resize, bounds of Clip, factors of sizes, ...) never is
/// one. Running statistics of batch normalization are buffers unless they, or both scale and bias of their node, are left out.
/// Fails for regular expressions that are wrong or name nothing. `findFunction` gives the function that a node calls, if it does.
Status findVariables(const onnx::ModelProto &model, const ImportOptions &options,
                     llvm::function_ref<const onnx::FunctionProto *(const onnx::NodeProto &)> findFunction, VariableKinds &kinds);

} // namespace ingot

#endif // INGOT_FRONTEND_VARIABLES_H
