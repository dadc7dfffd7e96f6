//===- BuildInputGradients.cpp - Functions of gradients by inputs ----------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// For `OUTPUT:INPUT,...` a copy of the model that returns OUTPUT and how it, weighted by one more input `grad.OUTPUT`, changes with
// each of the inputs. Weights are the constants that they are in the model.
//
//===----------------------------------------------------------------------===//

#include "passes/Passes.h"
#include "passes/differentiate/Gradients.h"
#include "passes/differentiate/ModelValues.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;

namespace ingot {

#define GEN_PASS_DEF_BUILDINPUTGRADIENTSPASS
#include "passes/Passes.h.inc"

namespace {

constexpr StringLiteral lossName = "loss";

/// What one function returns.
struct Request {
  std::string output;
  SmallVector<std::string> inputs;
};

struct BuildInputGradientsPass : impl::BuildInputGradientsPassBase<BuildInputGradientsPass> {
  using Base::Base;

  void runOnOperation() override {
    if (failed(build()))
      signalPassFailure();
  }

private:
  LogicalResult usage(const Twine &message) { return emitError(getOperation().getLoc()) << message; }

  func::FuncOp findModel() {
    if (!inferenceName.empty())
      return getOperation().lookupSymbol<func::FuncOp>(inferenceName);
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (!function.isExternal() && !function->hasAttr("ingot.role"))
        return function;
    return {};
  }

  LogicalResult build() {
    func::FuncOp model = findModel();
    if (!model)
      return usage("there is no function '" + inferenceName + "' to differentiate");
    std::string error;
    std::optional<TrainingSpec> spec = TrainingSpec::parse(llvm::to_vector(losses), "sgd", {}, error, "--grad-loss");
    if (!spec)
      return usage(error);
    SmallVector<Request> requests;
    if (failed(parse(model, requests)))
      return failure();
    for (const Request &request : requests)
      if (failed(build(model, request, *spec)))
        return failure();
    return success();
  }

  LogicalResult parse(func::FuncOp model, SmallVectorImpl<Request> &requests) {
    ModelValues values(model, "--grad");
    SmallVector<std::string> names =
        llvm::map_to_vector(values.outputs, [](const ModelValues::Output &output) { return output.name; });
    if (!losses.empty()) {
      if (llvm::is_contained(names, lossName))
        return usage("--grad-loss: the model has an output 'loss' of its own, which --grad would mean");
      names.push_back(lossName.str());
    }
    for (StringRef text : gradients) {
      // Names may hold colons: the output is the longest one that the entry begins with.
      StringRef output;
      for (StringRef name : names)
        if (name.size() > output.size() && text.starts_with(name) && text.drop_front(name.size()).starts_with(":"))
          output = name;
      if (output.empty())
        return usage("--grad: '" + text + "' does not begin with an output and a colon; there are: " + llvm::join(names, ", "));
      auto known = llvm::find_if(requests, [&](const Request &request) { return request.output == output; });
      if (known == requests.end()) {
        requests.push_back({output.str(), {}});
        known = requests.end() - 1;
      }
      for (StringRef input : llvm::split(text.drop_front(output.size() + 1), ','))
        if (!llvm::is_contained(known->inputs, input))
          known->inputs.push_back(input.str());
    }
    if (!losses.empty() && llvm::none_of(requests, [](const Request &request) { return request.output == lossName; }))
      return usage("--grad-loss: say by what to differentiate: --grad loss:INPUT");
    return success();
  }

  // A symbol of its own, of letters that all tools take.
  std::string symbolFor(StringRef output) {
    std::string name = "grad_";
    for (char c : output.ltrim("/_."))
      name += llvm::isAlnum(c) ? c : '_';
    std::string symbol = name;
    for (unsigned i = 1; getOperation().lookupSymbol(symbol); ++i)
      symbol = name + "_" + std::to_string(i);
    return symbol;
  }

  LogicalResult build(func::FuncOp model, const Request &request, const TrainingSpec &spec) {
    func::FuncOp function = model.clone();
    function.setName(symbolFor(request.output));
    function.setPublic();
    getOperation().push_back(function);
    SmallVector<AssignOp> assigns;
    function.walk([&](AssignOp op) { assigns.push_back(op); });
    for (AssignOp op : assigns)
      op.erase();

    bool isLoss = request.output == lossName && !spec.losses.empty();
    ModelValues values(function, isLoss ? "--grad-loss" : "--grad");
    SmallVector<Value> xs;
    SmallVector<unsigned> positions;
    for (StringRef name : request.inputs)
      if (failed(findInput(function, name, xs, positions)))
        return failure();
    OpBuilder &builder = values.builder;
    Value y = isLoss ? values.buildLoss(spec.losses) : values.find(request.output);
    if (!y)
      return failure();
    if (!isa<FloatType>(elementOf(y)))
      return usage("--grad: the output '" + request.output + "' does not hold floats");
    SmallVector<Value> cotangents;
    auto type = cast<RankedTensorType>(y.getType());
    if (!type.hasStaticShape() || type.getNumElements() != 1)
      cotangents.push_back(
          values.label("grad." + request.output, type.getElementType(), y, llvm::to_vector(llvm::seq<int64_t>(0, type.getRank()))));
    FailureOr<SmallVector<Value>> gradients = buildGradients(builder, y, cotangents, xs);
    if (failed(gradients))
      return failure();

    SmallVector<Value> results;
    SmallVector<Attribute> attributes;
    if (isLoss) {
      results.push_back(y);
      attributes.push_back(builder.getDictionaryAttr(
          {{"ingot.name", builder.getStringAttr(lossName)}, {"ingot.symbols", builder.getArrayAttr({})}}));
    } else {
      // A loop on the way has been replaced by one that keeps more.
      values.refreshOutputs();
      for (const ModelValues::Output &output : values.outputs)
        if (output.name == request.output && results.empty()) {
          results.push_back(output.value);
          attributes.push_back(function.getResultAttrDict(output.position));
        }
    }
    for (auto [gradient, x, position] : llvm::zip(*gradients, xs, positions)) {
      results.push_back(gradient.getType() == x.getType()
                            ? gradient
                            : Value(tensor::CastOp::create(builder, gradient.getLoc(), x.getType(), gradient)));
      NamedAttrList named(function.getArgAttrDict(position));
      named.set("ingot.name", builder.getStringAttr("grad." + nameOf(named.get("ingot.name"))));
      attributes.push_back(named.getDictionary(&getContext()));
    }
    function.front().getTerminator()->setOperands(results);
    function.setFunctionType(FunctionType::get(&getContext(), function.front().getArgumentTypes(),
                                               llvm::map_to_vector(results, [](Value v) { return v.getType(); })));
    function.setAllResultAttrs(attributes);
    function->setAttr("ingot.role", builder.getStringAttr("input_gradient"));
    return success();
  }

  LogicalResult findInput(func::FuncOp function, StringRef name, SmallVectorImpl<Value> &xs, SmallVectorImpl<unsigned> &positions) {
    std::string names;
    for (unsigned i = 0; i < function.getNumArguments(); ++i) {
      StringRef own = nameOf(function.getArgAttr(i, "ingot.name"));
      if (own == name) {
        if (!isa<FloatType>(elementOf(function.getArgument(i))))
          return usage("--grad: the input '" + name + "' does not hold floats");
        xs.push_back(function.getArgument(i));
        positions.push_back(i);
        return success();
      }
      names += (names.empty() ? "" : ", ") + own.str();
    }
    return usage("--grad: the model has no input '" + name + "'; it has: " + names);
  }
};

} // namespace
} // namespace ingot
