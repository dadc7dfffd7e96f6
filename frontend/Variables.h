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
class TensorProto;
} // namespace onnx

namespace ingot {

/// What a variable starts with.
enum class FirstValue { OfFile, Zeros, Ones, Random };

/// A tensor whose value is not the file's for ever.
struct Variable {
  VariableKind kind = VariableKind::Parameter;
  std::string name; ///< the tensor's, or one of its own where several graphs have one of that name
  std::string role; ///< "bias" or "scale", which begin with zeros and ones
  /// It only looks like one, so that nothing is folded before a gradient by it is taken.
  bool isFixed = false;
  FirstValue first = FirstValue::OfFile; ///< another one for inputs
};

/// By the TensorProto of an initializer or Constant node, or the ValueInfoProto of an input.
using Variables = std::map<const void *, Variable>;

/// In a training, those initializers are parameters that `options.train` or `options.adapters` names, or where neither names any those
/// of rank 1 and more, or what PyTorch's exporter declares (`InputSpec.kind` of the initializer's value info) or, for scalars, implies by
/// their names, unless `options.freeze` names them. An initializer whose values decide what is compiled (scales of Resize, bounds of
/// Clip, factors of sizes, ...) never is one. Running statistics of batch normalization are buffers unless they, or both scale and
/// bias of their node, are left out. With `options.algorithms` they are those that the file's training algorithms bind. Fails for
/// regular expressions that are wrong or name nothing, and for bindings of what is no initializer. `findFunction` gives the
/// function that a node calls, if it does.
///
/// What a Constant node of the main graph holds counts like an initializer where it is the weight of a layer: an operand of a product,
/// a bias behind one, scale, bias or statistics of a normalization, a table of Gather. So do inputs that `options.inputParameters`
/// names, whose sizes must be known. `weightInputs` gets the names of the inputs that are used so and not named.
Status findVariables(const onnx::ModelProto &model, const ImportOptions &options,
                     llvm::function_ref<const onnx::FunctionProto *(const onnx::NodeProto &)> findFunction, Variables &variables,
                     std::vector<std::string> &weightInputs);

} // namespace ingot

#endif // INGOT_FRONTEND_VARIABLES_H
