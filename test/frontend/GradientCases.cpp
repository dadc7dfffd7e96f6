//===- GradientCases.cpp - Differentiates ONNX's test cases -------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//     gradient-cases OPERATORS.txt FOLDER...
//
// Imports each case, differentiates its float outputs with respect to its float inputs, and evaluates the gradient on the case's
// inputs. Each operator of the list must be in a case for which that goes without error.
//
//===----------------------------------------------------------------------===//

#include "frontend/Importer.h"
#include "frontend/TensorData.h"
#include "ir/Eval/Eval.h"
#include "passes/differentiate/Gradients.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Verifier.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>

using namespace mlir;
using namespace ingot;

namespace {

enum class Outcome { Passed, Failed, Skipped };

bool isFloat(Type type) {
  return isa<FloatType>(getElementTypeOrSelf(type));
}

/// The operators that the importer has named in locations.
void collectOperators(Location loc, llvm::StringSet<> &operators) {
  if (auto name = dyn_cast<NameLoc>(loc)) {
    if (auto child = dyn_cast<NameLoc>(name.getChildLoc()))
      operators.insert(child.getName().getValue().split(',').first);
    collectOperators(name.getChildLoc(), operators);
  } else if (auto call = dyn_cast<CallSiteLoc>(loc)) {
    collectOperators(call.getCallee(), operators);
    collectOperators(call.getCaller(), operators);
  } else if (auto fused = dyn_cast<FusedLoc>(loc)) {
    for (Location each : fused.getLocations())
      collectOperators(each, operators);
  }
}

Outcome differentiate(func::FuncOp function, std::string &why) {
  Operation *end = function.getBody().front().getTerminator();
  OpBuilder builder(end);
  SmallVector<Value> xs, ys, dys;
  for (BlockArgument argument : function.getArguments())
    if (isFloat(argument.getType()))
      xs.push_back(argument);
  for (Value y : end->getOperands())
    if (isFloat(y.getType()))
      ys.push_back(y);
  if (xs.empty() || ys.empty())
    return Outcome::Skipped;
  for (Value y : ys)
    dys.push_back(function.getBody().addArgument(y.getType(), y.getLoc()));
  ScopedDiagnosticHandler handler(function.getContext(), [&](mlir::Diagnostic &diagnostic) {
    why += diagnostic.str() + "; ";
    return success();
  });
  FailureOr<SmallVector<Value>> dxs = buildGradients(builder, ys, dys, xs);
  if (failed(dxs))
    return Outcome::Failed;
  SmallVector<Value> results(end->getOperands());
  llvm::append_range(results, *dxs);
  end->setOperands(results);
  function.setFunctionType(builder.getFunctionType(function.getBody().getArgumentTypes(), ValueRange(results).getTypes()));
  function.setArgAttrsAttr({});
  function.setResAttrsAttr({});
  return succeeded(mlir::verify(function)) ? Outcome::Passed : Outcome::Failed;
}

Outcome evaluate(func::FuncOp function, const std::string &folder, MLIRContext &context, std::string &why, bool withCotangents) {
  SmallVector<EvalTensor> inputs;
  for (int i = 0;; ++i) {
    std::string path = folder + "/test_data_set_0/input_" + std::to_string(i) + ".pb";
    if (!llvm::sys::fs::exists(path))
      break;
    ElementsAttr attr;
    if (Status status = readTensorFile(path, &context, attr); !status.ok())
      return Outcome::Skipped;
    auto tensor = EvalTensor::fromAttribute(attr);
    if (failed(tensor))
      return Outcome::Skipped;
    inputs.push_back(*tensor);
  }
  // The forward results say which sizes the cotangents have.
  SmallVector<EvalTensor> outputs;
  for (int i = 0;; ++i) {
    std::string path = folder + "/test_data_set_0/output_" + std::to_string(i) + ".pb";
    ElementsAttr attr;
    if (!llvm::sys::fs::exists(path) || !readTensorFile(path, &context, attr).ok())
      break;
    auto tensor = EvalTensor::fromAttribute(attr);
    if (failed(tensor))
      return Outcome::Skipped;
    outputs.push_back(*tensor);
  }
  for (const EvalTensor &output : outputs) {
    if (!withCotangents || !isFloat(output.getElementType()))
      continue;
    EvalTensor dy(output.getShape(), output.getElementType());
    for (int64_t i = 0; i < dy.getNumElements(); ++i)
      dy.setDouble(i, 1);
    inputs.push_back(dy);
  }
  if (inputs.size() != function.getNumArguments())
    return Outcome::Skipped;
  auto results = interpret(function, inputs, why);
  return succeeded(results) ? Outcome::Passed : Outcome::Failed;
}

} // namespace

int main(int argc, char **argv) {
  if (argc < 3) {
    llvm::errs() << "usage: gradient-cases OPERATORS.txt FOLDER...\n";
    return 1;
  }
  llvm::StringSet<> covered;
  int counts[3] = {0, 0, 0};
  for (int i = 2; i < argc; ++i) {
    MLIRContext context(MLIRContext::Threading::DISABLED);
    ImportOptions options;
    options.path = std::string(argv[i]) + "/model.onnx";
    ImportResult imported = importModel(options, context);
    if (!imported.module)
      continue;
    auto function = *imported.module->getOps<func::FuncOp>().begin();
    llvm::StringSet<> operators;
    function->walk([&](Operation *op) { collectOperators(op->getLoc(), operators); });
    std::string why;
    // What the importer knows to go wrong for these sizes has no gradient either.
    func::FuncOp forward = function.clone();
    imported.module->push_back(forward);
    forward.setName("forward");
    if (evaluate(forward, argv[i], context, why, /*withCotangents=*/false) == Outcome::Failed)
      continue;
    Outcome outcome = differentiate(function, why);
    if (outcome == Outcome::Passed && evaluate(function, argv[i], context, why, /*withCotangents=*/true) == Outcome::Failed)
      outcome = Outcome::Failed;
    ++counts[static_cast<int>(outcome)];
    if (outcome == Outcome::Failed)
      llvm::outs() << "FAIL " << llvm::sys::path::filename(argv[i]) << ": " << why << "\n";
    if (outcome == Outcome::Passed)
      for (const auto &name : operators)
        covered.insert(name.getKey());
  }
  auto list = llvm::MemoryBuffer::getFile(argv[1]);
  if (!list) {
    llvm::errs() << "cannot read " << argv[1] << "\n";
    return 1;
  }
  SmallVector<StringRef> names;
  (*list)->getBuffer().split(names, '\n', -1, /*KeepEmpty=*/false);
  int missing = 0;
  for (StringRef name : names)
    if (!covered.contains(name)) {
      llvm::outs() << "MISSING " << name << "\n";
      ++missing;
    }
  llvm::outs() << counts[0] << " cases differentiated, " << counts[1] << " not, " << counts[2] << " have nothing to differentiate; "
               << names.size() - missing << " of " << names.size() << " operators\n";
  return counts[1] == 0 && missing == 0 ? 0 : 4;
}
