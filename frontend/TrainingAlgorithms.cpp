//===- TrainingAlgorithms.cpp - The training algorithms in a model file -------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A TrainingInfoProto says how a step changes initializers: its algorithm follows the model's graph as if both were one, and
// bindings name the outputs that the initializers become. That needs no loss: contrastive divergence, rules of plasticity, averages
// of weights and the turns of a GAN are algorithms like gradient descent. Each becomes a function that reads its initializers by
// `parameter` and ends in an `assign` for each binding; all initializations together become the function `initialize`.
//
//===----------------------------------------------------------------------===//

#include "frontend/GraphImporter.h"
#include "frontend/TensorData.h"

#include "frontend/proto/onnx.pb.h"

#include "llvm/ADT/ScopeExit.h"

using namespace mlir;

namespace ingot {

std::string GraphImporter::uniqueName(ModuleOp module, StringRef wish) {
  std::string name = sanitizedName(wish);
  for (int k = 2; module.lookupSymbol(name); ++k)
    name = sanitizedName(wish) + "_" + std::to_string(k);
  return name;
}

/// Variables become what they are bound to.
bool GraphImporter::assignBindings(const onnx::TrainingInfoProto &training, bool initialization, ImportBuilder &b) {
  const auto &bindings = initialization ? training.initialization_binding() : training.update_binding();
  llvm::StringSet<> keys;
  for (const onnx::StringStringEntryProto &binding : bindings) {
    auto refuse = [&](const Twine &why) {
      return report(Status::badInput("the training algorithm binds '" + binding.key() + "' to '" + binding.value() + "', " + why));
    };
    if (!keys.insert(binding.key()).second)
      return report(Status::badInput("the training algorithm binds '" + binding.key() + "' more than once"));
    Binding *value = find(binding.value());
    if (!value || value->failed())
      return refuse("which is not defined");
    // An initialization does not see the initializers that it makes.
    const onnx::TensorProto *tensor = nullptr;
    for (const onnx::GraphProto *graph : {&model.getProto().graph(), &training.algorithm()})
      for (const onnx::TensorProto &candidate : graph->initializer())
        if (!tensor && candidate.name() == binding.key())
          tensor = &candidate;
    const Variable &variable = variables.at(tensor);
    Type type = elementTypeFor(context, tensor->data_type());
    Value next = valueOf(*value);
    SmallVector<int64_t> shape(tensor->dims().begin(), tensor->dims().end());
    if (type != elementTypeOf(next) || failed(verifyCompatibleShape(shape, shapeOf(next))))
      return refuse("which has another type");
    next = b.castShape(next, RankedTensorType::get(shape, type));
    assignAtEnd(variable.name, next, b);
  }
  return true;
}

bool GraphImporter::importAlgorithm(ModuleOp module, const onnx::TrainingInfoProto &training, StringRef name) {
  FunctionSource source;
  source.name = name.str();
  source.mode = ImportMode::Algorithm;
  source.graphs = {&model.getProto().graph(), &training.algorithm()};
  llvm::StringSet<> bound;
  for (const onnx::StringStringEntryProto &binding : training.update_binding())
    bound.insert(binding.value());
  for (const onnx::ValueInfoProto &info : training.algorithm().output())
    if (!bound.contains(info.name()))
      source.outputs.push_back(&info);
  source.finish = [&](ImportBuilder &b) { return assignBindings(training, /*initialization=*/false, b); };
  func::FuncOp function = importFunction(module, source);
  if (!function)
    return false;
  // Inputs of the model that this algorithm does not look at.
  for (unsigned i = function.getNumArguments(); i-- > 0;)
    if (function.getArgument(i).use_empty() && failed(function.eraseArgument(i)))
      return false;
  function->setAttr("ingot.role", StringAttr::get(context, "step"));
  // What is called a loss has no other mark in the file: the first output that is one number.
  for (unsigned i = 0; i < function.getNumResults(); ++i)
    if (auto type = cast<RankedTensorType>(function.getResultTypes()[i]); type.getRank() == 0 && isa<FloatType>(type.getElementType())) {
      function.setResultAttr(i, "ingot.output_role", StringAttr::get(context, "loss"));
      break;
    }
  algorithms.push_back(name.str());
  return true;
}

bool GraphImporter::importInitialization(ModuleOp module) {
  bool any = llvm::any_of(model.getProto().training_info(),
                          [](const auto &training) { return training.initialization_binding_size() > 0; });
  if (!any)
    return true;
  FunctionSource source;
  source.name = uniqueName(module, "initialize");
  source.mode = ImportMode::Algorithm;
  source.finish = [&](ImportBuilder &b) {
    NameScope *outer = scope;
    auto leave = llvm::scope_exit([&] { scope = outer; });
    for (const onnx::TrainingInfoProto &training : model.getProto().training_info()) {
      NameScope names;
      scope = &names;
      if (!bindInitializers(training.initialization(), names))
        return false;
      importGraphNodes(training.initialization(), b);
      if (!diagnostics.empty() || !assignBindings(training, /*initialization=*/true, b))
        return false;
    }
    return true;
  };
  func::FuncOp function = importFunction(module, source);
  if (!function)
    return false;
  function->setAttr("ingot.role", StringAttr::get(context, "initialize"));
  module->setAttr("ingot.initialize", StringAttr::get(context, function.getName()));
  return true;
}

bool GraphImporter::importAlgorithms(ModuleOp module) {
  if (model.getProto().training_info_size() == 0)
    return report({ErrorKind::Usage, "the model holds no training algorithm; say what to minimize with --loss"});
  for (const onnx::TrainingInfoProto &training : model.getProto().training_info()) {
    StringRef wish = training.algorithm().name();
    if (!importAlgorithm(module, training, uniqueName(module, wish.empty() ? "train" : wish)))
      return false;
  }
  if (!importInitialization(module))
    return false;

  // What no function reads is no variable.
  llvm::StringSet<> read;
  module.walk([&](ParameterOp op) { read.insert(op.getName()); });
  SmallVector<AssignOp> lost;
  module.walk([&](AssignOp op) {
    if (!read.contains(op.getName()))
      lost.push_back(op);
  });
  for (AssignOp op : lost)
    op.erase();

  SmallVector<Attribute> names;
  for (const std::string &name : algorithms)
    names.push_back(StringAttr::get(context, name));
  // Behind the others: a step that only who begins anew takes.
  if (Attribute initialize = module->getAttr("ingot.initialize"))
    names.push_back(initialize);
  module->setAttr("ingot.algorithms", ArrayAttr::get(context, names));
  return true;
}

} // namespace ingot
