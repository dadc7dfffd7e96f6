//===- LossTest.cpp - Losses and optimizers against PyTorch ----------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// losses.json and optimizers.json hold what PyTorch computes in f64 (make-tables.py). Here `build-training` makes the functions of an
// algorithm of a model whose outputs are its parameters, and the reference evaluator runs them.
//
//===----------------------------------------------------------------------===//

#include "ir/Eval/Eval.h"
#include "passes/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"

#include "gtest/gtest.h"

#include <cmath>

using namespace mlir;
using namespace ingot;
namespace json = llvm::json;

namespace {

json::Value readTable(StringRef name) {
  auto text = llvm::MemoryBuffer::getFile((INGOT_TABLES "/" + name).str());
  EXPECT_TRUE(static_cast<bool>(text)) << name.str();
  auto value = json::parse((*text)->getBuffer());
  if (!value) {
    ADD_FAILURE() << llvm::toString(value.takeError());
    return nullptr;
  }
  return std::move(*value);
}

std::vector<double> numbersOf(const json::Array &array) {
  std::vector<double> numbers;
  for (const json::Value &value : array)
    numbers.push_back(*value.getAsNumber());
  return numbers;
}

/// A tensor of a table.
struct Tensor {
  Tensor(StringRef name, const json::Object &object) : name(name), isIndex(object.getString("type") == "i64") {
    for (const json::Value &dim : *object.getArray("dims"))
      dims.push_back(*dim.getAsInteger());
    values = numbersOf(*object.getArray("values"));
  }
  std::string type(bool isOpen = false) const {
    std::string text = "tensor<";
    for (int64_t dim : dims)
      text += (isOpen ? "?" : std::to_string(dim)) + "x";
    return text + (isIndex ? "i64>" : "f64>");
  }
  EvalTensor tensor(MLIRContext *context) const {
    EvalTensor result(dims, isIndex ? Type(IntegerType::get(context, 64)) : Type(Float64Type::get(context)));
    for (auto [i, value] : llvm::enumerate(values))
      isIndex ? result.setInt(static_cast<int64_t>(i), static_cast<int64_t>(value)) : result.setDouble(static_cast<int64_t>(i), value);
    return result;
  }

  std::string name;
  bool isIndex;
  SmallVector<int64_t> dims;
  std::vector<double> values;
};

std::vector<Tensor> tensorsOf(const json::Object &object, StringRef key) {
  std::vector<Tensor> tensors;
  for (auto &[name, value] : *object.getObject(key))
    tensors.emplace_back(StringRef(name), *value.getAsObject());
  return tensors;
}

struct Training : testing::Test {
  Training() { context.loadDialect<IngotDialect, func::FuncDialect, arith::ArithDialect, tensor::TensorDialect>(); }

  // A model whose outputs are its parameters.
  static std::string parameterModel(ArrayRef<Tensor> outputs) {
    std::string body, values, types, results;
    for (auto [i, output] : llvm::enumerate(outputs)) {
      std::string value = "%p" + std::to_string(i), separator = i ? ", " : "";
      body += "  " + value + " = ingot.parameter parameter \"" + output.name + "\" dense<0.0> : " + output.type() + "\n";
      values += separator + value;
      types += separator + output.type();
      results += separator + output.type() + " {ingot.name = \"" + output.name + "\"}";
    }
    return "func.func @forward() -> (" + results + ") {\n" + body + "  return " + values + " : " + types + "\n}\n";
  }

  // The same with inputs of open sizes, each times a parameter "s".
  static std::string openModel(ArrayRef<Tensor> outputs) {
    std::string arguments, body = "  %s = ingot.parameter parameter \"s\" dense<1.0> : tensor<f64>\n", values, types, results;
    for (auto [i, output] : llvm::enumerate(outputs)) {
      std::string n = std::to_string(i), separator = i ? ", " : "", sizes, type = output.type(true);
      for (size_t dim = 0; dim < output.dims.size(); ++dim) {
        std::string d = n + "_" + std::to_string(dim);
        body += "  %c" + d + " = arith.constant " + std::to_string(dim) + " : index\n";
        body += "  %d" + d + " = tensor.dim %x" + n + ", %c" + d + " : " + type + "\n";
        sizes += (dim ? ", " : "") + ("%d" + d);
      }
      body += "  %b" + n + " = ingot.broadcast %s dimensions = [] sizes [" + sizes + "] : (tensor<f64>) -> " + type + "\n";
      body += "  %y" + n + " = ingot.mul %x" + n + ", %b" + n + " : " + type + "\n";
      arguments += separator + "%x" + n + ": " + type + " {ingot.name = \"in_" + output.name + "\"}";
      values += separator + "%y" + n;
      types += separator + type;
      results += separator + type + " {ingot.name = \"" + output.name + "\"}";
    }
    return "func.func @forward(" + arguments + ") -> (" + results + ") {\n" + body + "  return " + values + " : " + types + "\n}\n";
  }

  // False, with `error`, where it was refused.
  bool build(StringRef text, ArrayRef<std::string> losses, BuildTrainingPassOptions options = {}) {
    error.clear();
    ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
      if (diagnostic.getSeverity() == DiagnosticSeverity::Error)
        error += (error.empty() ? "" : "\n") + diagnostic.str();
      return success();
    });
    module = parseSourceString<ModuleOp>(text, &context);
    if (!module)
      return false;
    options.forwardName = "forward";
    options.inferenceName = "forward";
    options.losses.assign(losses.begin(), losses.end());
    PassManager pm(&context);
    pm.addPass(createBuildTrainingPass(options));
    return succeeded(pm.run(*module));
  }

  // The results of a function, given its arguments by name.
  SmallVector<EvalTensor> run(StringRef name, ArrayRef<Tensor> arguments, EvalVariables &variables) {
    auto function = module->lookupSymbol<func::FuncOp>(name);
    SmallVector<EvalTensor> inputs;
    for (unsigned i = 0; i < function.getNumArguments(); ++i) {
      auto own = cast<StringAttr>(function.getArgAttr(i, "ingot.name")).getValue();
      for (const Tensor &argument : arguments)
        if (argument.name == own || "in_" + argument.name == own)
          inputs.push_back(argument.tensor(&context));
      EXPECT_EQ(inputs.size(), i + 1) << own.str();
    }
    auto results = interpret(function, inputs, error, std::nullopt, &variables);
    return succeeded(results) ? *results : SmallVector<EvalTensor>();
  }

  EvalTensor number(double value) { return EvalTensor::scalar(Float64Type::get(&context), value); }

  static void expectNear(const EvalTensor &got, ArrayRef<double> want, const std::string &what) {
    ASSERT_TRUE(static_cast<bool>(got)) << what;
    ASSERT_EQ(static_cast<size_t>(got.getNumElements()), want.size()) << what;
    double largest = 1e-3;
    for (double value : want)
      largest = std::max(largest, std::abs(value));
    for (auto [i, value] : llvm::enumerate(want))
      EXPECT_NEAR(got.getDouble(static_cast<int64_t>(i)), value, 2e-14 * largest) << what << ", element " << i;
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
  std::string error;
};

TEST_F(Training, LossesAreThoseOfTheTable) {
  json::Value table = readTable("losses.json");
  for (const json::Value &entry : *table.getAsArray()) {
    const json::Object &one = *entry.getAsObject();
    std::vector<std::string> texts;
    for (const json::Value &text : *one.getArray("loss"))
      texts.push_back(text.getAsString()->str());
    SCOPED_TRACE(llvm::join(texts, " + "));
    std::vector<Tensor> outputs = tensorsOf(one, "outputs"), labels = tensorsOf(one, "labels");
    const json::Object &gradients = *one.getObject("gradients");
    double loss = *one.getNumber("value");

    ASSERT_TRUE(build(parameterModel(outputs), texts)) << error;
    EvalVariables variables;
    for (const Tensor &output : outputs)
      variables.values[output.name] = output.tensor(&context);
    variables.scalars["keep"] = number(0);
    SmallVector<EvalTensor> results = run("train_gradient", labels, variables);
    ASSERT_FALSE(results.empty()) << error;
    EXPECT_NEAR(results[0].getDouble(0), loss, 2e-14 * std::max(1.0, std::abs(loss)));
    for (const Tensor &output : outputs)
      expectNear(variables.changed["gradient:" + output.name], numbersOf(*gradients.getArray(output.name)), "gradient of " + output.name);
    EvalVariables unchanged;
    for (const Tensor &output : outputs)
      unchanged.values[output.name] = output.tensor(&context);
    results = run("train_evaluate", labels, unchanged);
    ASSERT_FALSE(results.empty()) << error;
    EXPECT_NEAR(results[0].getDouble(0), loss, 2e-14 * std::max(1.0, std::abs(loss)));
    EXPECT_TRUE(unchanged.changed.empty());

    // By inputs of open sizes, the gradient of a common factor.
    double want = 0, size = 0;
    for (const Tensor &output : outputs)
      for (auto [value, slope] : llvm::zip(output.values, numbersOf(*gradients.getArray(output.name)))) {
        want += value * slope;
        size += std::abs(value * slope);
      }
    ASSERT_TRUE(build(openModel(outputs), texts)) << error;
    EvalVariables open;
    open.scalars["keep"] = number(0);
    std::vector<Tensor> all = outputs;
    all.insert(all.end(), labels.begin(), labels.end());
    results = run("train_gradient", all, open);
    ASSERT_FALSE(results.empty()) << error;
    EXPECT_NEAR(results[0].getDouble(0), loss, 2e-14 * std::max(1.0, std::abs(loss)));
    EXPECT_NEAR(open.changed["gradient:s"].getDouble(0), want, 5e-14 * std::max(1.0, size));
  }
}

TEST_F(Training, OptimizersAreThoseOfTheTable) {
  json::Value table = readTable("optimizers.json");
  const json::Object &root = *table.getAsObject();
  std::vector<Tensor> first = tensorsOf(root, "first");
  std::vector<double> rates = numbersOf(*root.getArray("rates"));
  for (const json::Value &entry : *root.getArray("cases")) {
    const json::Object &one = *entry.getAsObject();
    std::string text = one.getString("optimizer")->str();
    SCOPED_TRACE(text);
    BuildTrainingPassOptions options;
    options.optimizer = text;
    options.clipNorm = one.getNumber("clip_norm").value_or(0);
    options.clipValue = one.getNumber("clip_value").value_or(0);
    options.ema = one.getNumber("ema").value_or(0);
    if (const json::Array *groups = one.getArray("groups_text"))
      for (const json::Value &group : *groups)
        options.groups.push_back(group.getAsString()->str());
    ASSERT_TRUE(build(parameterModel(first), {"output:w:reduction=sum"}, options)) << error;
    EvalVariables variables;
    for (const Tensor &parameter : first) {
      variables.values[parameter.name] = parameter.tensor(&context);
      // It begins where the parameter does, which is not what the model's text says.
      if (options.ema)
        variables.values["ema:" + parameter.name] = parameter.tensor(&context);
    }
    for (size_t step = 0; step < rates.size(); ++step) {
      for (const Tensor &parameter : first) {
        Tensor gradient = parameter;
        gradient.values = numbersOf(*(*root.getArray("gradients"))[step].getAsObject()->getArray(parameter.name));
        variables.values["gradient:" + parameter.name] = gradient.tensor(&context);
      }
      variables.scalars["lr"] = number(rates[step]);
      variables.scalars["grad_scale"] = number(1);
      variables.scalars["update"] = EvalTensor::scalar(IntegerType::get(&context, 64), static_cast<int64_t>(step + 1));
      auto apply = module->lookupSymbol<func::FuncOp>("train_apply");
      // base^step and limits, as the runtime has them.
      apply.walk([&](StepScalarOp op) {
        auto [word, argument] = op.getName().split(':');
        double value = 0;
        if (argument.getAsDouble(value))
          return;
        variables.scalars[op.getName()] = number(word == "power" ? std::pow(value, static_cast<double>(step + 1)) : value);
      });
      SmallVector<EvalTensor> results = run("train_apply", {}, variables);
      ASSERT_TRUE(error.empty()) << error;
      if (const json::Array *norms = one.getArray("norms"))
        EXPECT_NEAR(results[0].getDouble(0), *(*norms)[step].getAsNumber(), 1e-13);
      const json::Object &after = *(*one.getArray("after"))[step].getAsObject();
      for (const Tensor &parameter : first)
        expectNear(variables.changed[parameter.name], numbersOf(*after.getArray(parameter.name)),
                   parameter.name + " after step " + std::to_string(step + 1));
      if (const json::Array *averages = one.getArray("averages"))
        for (const Tensor &parameter : first)
          expectNear(variables.changed["ema:" + parameter.name], numbersOf(*(*averages)[step].getAsObject()->getArray(parameter.name)),
                     "average of " + parameter.name);
      for (auto &changed : variables.changed)
        variables.values[changed.getKey()] = changed.getValue();
    }
  }
}

TEST_F(Training, MistakesAreNamed) {
  json::Object x{{"type", "f64"}, {"dims", json::Array{2, 3}}, {"values", json::Array{}}};
  json::Object v{{"type", "f64"}, {"dims", json::Array{3}}, {"values", json::Array{}}};
  std::vector<Tensor> outputs = {Tensor("x", x), Tensor("v", v)};
  std::string model = parameterModel(outputs);
  struct Mistake {
    const char *loss, *optimizer, *message;
  };
  const Mistake mistakes[] = {
      {"mean:x,t", "sgd", "--loss: there is no loss 'mean'; there are: softmax_cross_entropy, nll"},
      {"mse:x", "sgd", "--loss: loss 'mse' is written mse:OUTPUT,TARGET, not 'mse:x'"},
      {"mse:x,t,u", "sgd", "--loss: loss 'mse' is written mse:OUTPUT,TARGET"},
      {"mse:y,t", "sgd", "--loss: the model has no output 'y'; it has: x, v"},
      {"mse:x,v", "sgd", "'v' is [3], not [2, 3] as 'x' asks for"},
      {"mse:x,", "sgd", "'mse:x,': expected KIND:OPERAND"},
      {"mse:x,t:delta=1", "sgd", "--loss: loss 'mse' has no parameter 'delta'; it has: reduction, weight"},
      {"mse:x,t:reduction=median", "sgd", "reduction must be mean, sum or batchmean"},
      {"mse:x,t:weight=much", "sgd", "weight must be a number, not 'much'"},
      {"huber:x,t:delta=0", "sgd", "delta must be positive"},
      {"smooth_l1:x,t:beta=0", "sgd", "beta must be positive"},
      {"softmax_cross_entropy:x,y:axis=2", "sgd", "axis must lie in [-2, 2)"},
      {"softmax_cross_entropy:x,y:ignore_index=1.5", "sgd", "ignore_index must be an integer"},
      {"softmax_cross_entropy:x,y:soft=maybe", "sgd", "soft must be true or false, not 'maybe'"},
      {"softmax_cross_entropy:x,v", "sgd", "'v' is [3], not [2, 3] as 'x' asks for"},
      {"softmax_cross_entropy:x,y,x", "sgd", "'x' must be a vector with a weight for each class"},
      {"softmax_cross_entropy:x,y:reduction=batchmean", "sgd", "reduction must be mean or sum"},
      {"distillation:x,t:temperature=0", "sgd", "temperature must be positive"},
      {"vae_elbo:x,t,x,v", "sgd", "'v' is [3], not [2, 3] as 'x' asks for"},
      {"vae_elbo:x,t,x,x:reconstruction=l1", "sgd", "reconstruction must be bce_with_logits or mse"},
      {"triplet:x,x,v", "sgd", "'v' is [3], not [2, 3] as 'x' asks for"},
      {"info_nce:v,v", "sgd", "the operands must be rows of features"},
      {"ppo_clip:v,a,o,d", "sgd", "the policy's logits must be rows of actions"},
      {"ppo_clip:x,a,o,d,v", "sgd", "takes values and returns together"},
      {"output:x", "sgd", "'x' is no scalar; say reduction=mean or reduction=sum"},
      {"mse:x,t", "adamax", "--optimizer: there is no optimizer 'adamax'; there are: sgd, adagrad"},
      {"mse:x,t", "sgd:beta1=0.9", "--optimizer: optimizer 'sgd' has no parameter 'beta1'; it has: momentum"},
      {"mse:x,t", "sgd:momentum", "--optimizer: 'sgd:momentum': an optimizer is written KIND:KEY=VALUE"},
      {"mse:x,t", "sgd:momentum=0.5,momentum=0.9", "each key once"},
      {"mse:x,t", "sgd:momentum=fast", "momentum must be a number, not 'fast'"},
      {"mse:x,t", "sgd:nesterov=true", "nesterov needs a momentum and no dampening"},
      {"mse:x,t:weight=nan", "sgd", "--loss: 'mse:x,t:weight=nan': weight must be a number, not 'nan'"},
      {"softmax_cross_entropy:x,y:label_smoothing=1.5", "sgd", "label_smoothing must lie in [0, 1], not be 1.5"},
      {"mse:x,t", "adam:beta1=1", "--optimizer: 'adam:beta1=1': beta1 must lie in [0, 1), not be 1"},
      {"mse:x,t", "rmsprop:eps=-1e-8", "eps must lie in [0, inf), not be -1e-8"},
      {"mse:x,t", "sgd:momentum=-0.5", "momentum must lie in [0, inf), not be -0.5"},
      {"mse:x,t", "adam:amsgrad=2", "amsgrad must be true or false, not '2'"},
  };
  for (const Mistake &mistake : mistakes) {
    SCOPED_TRACE(std::string(mistake.loss) + " " + mistake.optimizer);
    BuildTrainingPassOptions options;
    options.optimizer = mistake.optimizer;
    EXPECT_FALSE(build(model, {mistake.loss}, options));
    EXPECT_NE(error.find(mistake.message), std::string::npos) << error;
  }
}

TEST_F(Training, LabelsOutOfRangeStopTheStep) {
  json::Object x{{"type", "f64"}, {"dims", json::Array{2, 3}}, {"values", json::Array{1, 2, 3, 4, 5, 6}}};
  json::Object y{{"type", "i64"}, {"dims", json::Array{2}}, {"values", json::Array{0, 0}}};
  std::vector<Tensor> outputs = {Tensor("x", x)};
  Tensor labels("y", y);
  for (auto [loss, label, isGood] : {std::tuple("softmax_cross_entropy:x,y", 3.0, false), {"softmax_cross_entropy:x,y", 2.0, true},
                                     {"softmax_cross_entropy:x,y", -1.0, false}, {"softmax_cross_entropy:x,y", -100.0, false},
                                     {"softmax_cross_entropy:x,y:ignore_index=-100", -100.0, true}, {"nll:x,y:ignore_index=-100", -99.0, false},
                                     {"ppo_clip:x,y,0,1", 3.0, false}, {"distillation:x,x,y", 7.0, false}}) {
    SCOPED_TRACE(std::string(loss) + " " + std::to_string(label));
    ASSERT_TRUE(build(parameterModel(outputs), {loss})) << error;
    EvalVariables variables;
    variables.values["x"] = outputs[0].tensor(&context);
    variables.scalars["lr"] = number(1);
    labels.values[1] = label;
    SmallVector<EvalTensor> results = run("train", {labels}, variables);
    EXPECT_EQ(!results.empty(), isGood) << error;
    if (!isGood)
      EXPECT_NE(error.find("a label in 'y' is not in [0, classes)"), std::string::npos) << error;
  }
}

TEST_F(Training, WhatIsNotFiniteChangesNothing) {
  json::Object x{{"type", "f64"}, {"dims", json::Array{2}}, {"values", json::Array{1, 2}}};
  json::Object t{{"type", "f64"}, {"dims", json::Array{2}}, {"values", json::Array{0, 0}}};
  std::vector<Tensor> outputs = {Tensor("x", x)};
  Tensor target("t", t);
  for (double bad : {std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN()}) {
    target.values[1] = bad;
    ASSERT_TRUE(build(parameterModel(outputs), {"mse:x,t"})) << error;
    EvalVariables variables;
    variables.values["x"] = outputs[0].tensor(&context);
    variables.scalars["lr"] = number(1);
    SmallVector<EvalTensor> results = run("train", {target}, variables);
    ASSERT_FALSE(results.empty()) << error;
    EXPECT_FALSE(std::isfinite(results[0].getDouble(0)));
    expectNear(variables.changed["x"], {1, 2}, "x");
  }
}

} // namespace
