//===- BuildTraining.cpp - From a model to its training step ---------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Of a model in training mode (`forward`), which reads its parameters by `parameter` and says by `assign` what becomes of running
// statistics, come the functions of an algorithm:
//
//   <algorithm>           inputs, labels -> loss, metrics, outputs; parameters, slots and buffers change
//   <algorithm>_gradient  the same, but adds to gradients instead of changing parameters
//   <algorithm>_apply     changes parameters by the gradients
//   <algorithm>_evaluate  loss, metrics and outputs of the model in inference mode; nothing changes
//
// Where the loss is not finite (in `apply`, with a limit of the norm: where the norm is not), everything keeps its value.
//
//===----------------------------------------------------------------------===//

#include "passes/Passes.h"
#include "passes/differentiate/Gradients.h"
#include "passes/differentiate/ModelValues.h"
#include "passes/differentiate/Optimizers.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/Format.h"

#include <cmath>

using namespace mlir;

namespace ingot {

#define GEN_PASS_DEF_BUILDTRAININGPASS
#include "passes/Passes.h.inc"

namespace {

// The name of a scalar with an argument.
std::string withNumber(StringRef word, double number) {
  SmallString<32> text;
  llvm::raw_svector_ostream(text) << word << ":" << llvm::format("%.17g", number);
  return text.str().str();
}

/// What decides how variables that belong to a parameter are called.
struct Naming {
  std::string algorithm;
  llvm::StringSet<> ofModel; ///< names that the model's own variables have
  llvm::StringSet<> shared;  ///< parameters that an algorithm before this one changes
};

/// A function of an algorithm under construction.
class StepFunction : public ModelValues, public UpdateInputs {
public:
  StepFunction(func::FuncOp function, const TrainingSpec &spec, const Naming &naming)
      : ModelValues(function, "--loss"), spec(spec), naming(naming) {}

  //===--- UpdateInputs ---------------------------------------------------===//

  Value rate() override {
    Value rate = scalar("lr");
    return rateFactor == 1 ? rate : b.times(rate, rateFactor);
  }
  Value step() override { return b.convert(scalar("update"), builder.getF64Type()); }
  Value power(double base) override { return scalar(withNumber("power", base)); }
  Value slot(StringRef role, double initial) override { return variable(VariableKind::Slot, role, initial); }
  void setSlot(StringRef role, Value next) override { set(VariableKind::Slot, role, next); }

  //===--- Building -------------------------------------------------------===//

  Value scalar(StringRef name) {
    Value &value = scalars[name];
    if (!value) {
      OpBuilder::InsertionGuard guard(builder);
      builder.setInsertionPointToStart(&function.front());
      Type type = name == "update" ? Type(builder.getI64Type()) : builder.getF64Type();
      value = StepScalarOp::create(builder, function.getLoc(), RankedTensorType::get({}, type), builder.getStringAttr(name));
    }
    return value;
  }

  /// Each algorithm that changes a parameter has gradients and slots of its own; but there is one mask.
  std::string roleOf(StringRef role) {
    return naming.shared.contains(current.getName()) && role != "mask" ? naming.algorithm + "." + role.str() : role.str();
  }
  std::string nameOfVariable(StringRef role) {
    std::string name = roleOf(role) + ":" + current.getName().str();
    while (naming.ofModel.contains(name))
      name += "'";
    return name;
  }

  /// The variable of kind `kind` that belongs to the parameter at hand.
  Value variable(VariableKind kind, StringRef role, double initial) {
    std::string name = nameOfVariable(role);
    Value &value = variables[name];
    if (!value) {
      OpBuilder::InsertionGuard guard(builder);
      builder.setInsertionPointToStart(&function.front());
      auto type = cast<RankedTensorType>(current.getType());
      auto op = ParameterOp::create(builder, current.getLoc(), type, VariableKindAttr::get(builder.getContext(), kind), builder.getStringAttr(name),
                                    DenseElementsAttr::get(type, Attribute(builder.getFloatAttr(type.getElementType(), initial))));
      op->setAttr("ingot.of", builder.getStringAttr(current.getName()));
      op->setAttr("ingot.role", builder.getStringAttr(roleOf(role)));
      value = op;
    }
    return value;
  }
  void set(VariableKind kind, StringRef role, Value next) { changes.push_back({nameOfVariable(role), next, variable(kind, role, 0)}); }

  /// A slot that no step changes, with a value of its own to begin with.
  Value constantSlot(StringRef role, ElementsAttr first) {
    Value value = variable(VariableKind::Slot, role, 0);
    value.getDefiningOp<ParameterOp>().setValueAttr(first);
    return value;
  }

  Value isFinite(Value x) {
    return b.compare(Comparison::LT, b.abs(x), b.splat(std::numeric_limits<double>::infinity(), x));
  }

  /// Results: the loss, the metrics, what the model has.
  void finish(Value loss, StringRef role, ArrayRef<std::pair<StringRef, Value>> more) {
    struct Result {
      std::string name;
      Value value;
      DictionaryAttr attributes;
    };
    SmallVector<Result> results;
    auto named = [&](StringRef name, Value value, StringRef role) {
      SmallVector<NamedAttribute> attributes = {{"ingot.name", builder.getStringAttr(name)}, {"ingot.symbols", builder.getArrayAttr({})},
                                                {"ingot.output_role", builder.getStringAttr(role)}};
      results.push_back({name.str(), value, builder.getDictionaryAttr(attributes)});
    };
    if (loss)
      named("loss", loss, "loss");
    for (auto &[name, value] : metrics)
      named(name, value, "metric");
    for (auto &[name, value] : more)
      named(name, value, name);
    // In every function, so that an output has one name in all of them.
    llvm::StringSet<> taken = {"loss", "gradient_norm", "found_inf"};
    for (const Result &result : results)
      taken.insert(result.name);
    for (const Output &output : outputs) {
      NamedAttrList attributes(function.getResultAttrDict(output.position));
      if (taken.contains(output.name))
        attributes.set("ingot.name", builder.getStringAttr("model." + output.name));
      results.push_back({output.name, output.value, attributes.getDictionary(builder.getContext())});
    }
    SmallVector<Type> types;
    SmallVector<Value> values;
    SmallVector<Attribute> attributes;
    for (const Result &result : results) {
      types.push_back(result.value.getType());
      values.push_back(result.value);
      attributes.push_back(result.attributes);
    }
    function.front().getTerminator()->setOperands(values);
    function.setFunctionType(FunctionType::get(builder.getContext(), function.front().getArgumentTypes(), types));
    function.setAllResultAttrs(attributes);
    function->setAttr("ingot.role", builder.getStringAttr(role));
  }

  SmallVector<ParameterOp> parametersToTrain(llvm::Regex *pattern) {
    SmallVector<ParameterOp> found;
    llvm::StringSet<> seen;
    function.walk([&](ParameterOp op) {
      if (op.getKind() != VariableKind::Parameter || !isa<FloatType>(op.getType().getElementType()))
        return;
      if (pattern && !pattern->match(op.getName()))
        return;
      if (seen.insert(op.getName()).second)
        found.push_back(op);
    });
    return found;
  }

  /// One op a parameter, at the begin, so that there is one value to differentiate by.
  void uniteParameters() {
    llvm::StringMap<ParameterOp> first;
    SmallVector<ParameterOp> ops;
    function.walk([&](ParameterOp op) { ops.push_back(op); });
    for (ParameterOp op : ops) {
      auto [known, isNew] = first.try_emplace(op.getName(), op);
      if (isNew) {
        op->moveBefore(&function.front(), function.front().begin());
        continue;
      }
      op.replaceAllUsesWith(known->second.getResult());
      op.erase();
    }
  }

  /// What `current` becomes.
  Value update(ParameterOp parameter, Value gradient, std::string &error) {
    current = parameter;
    rateFactor = 1;
    double decay = decayOf(spec.optimizer, error);
    for (const GroupSpec &group : spec.groups)
      if (group.pattern->match(parameter.getName())) {
        rateFactor = group.rate.value_or(1);
        decay = group.decay.value_or(decay);
        break;
      }
    return findOptimizer(spec.optimizer.kind)->build(spec.optimizer, b, *this, parameter.getResult(), gradient, decay, error);
  }

  /// Gradients within the limits of the step. `norm` gets their norm before, if there is a limit of it.
  void clip(MutableArrayRef<Value> gradients, Value &norm) {
    if (spec.clipValue) {
      Value limit = scalar(withNumber("clip_value", spec.clipValue));
      for (Value &gradient : gradients) {
        Value high = b.spread(limit, gradient);
        gradient = b.make<ClampOp>(gradient, b.neg(high), high);
      }
    }
    if (!spec.clipNorm && !spec.checkGradients)
      return;
    Value sum;
    for (Value gradient : gradients) {
      Value squares = b.convert(b.sumAll(b.square(gradient)), builder.getF64Type());
      sum = sum ? b.add(sum, squares) : squares;
    }
    norm = b.sqrt(sum);
    if (!spec.clipNorm)
      return;
    // torch.nn.utils.clip_grad_norm_: the factor is min(1, limit / (norm + 1e-6)).
    Value factor = b.smaller(b.div(scalar(withNumber("clip_norm", spec.clipNorm)), b.plus(norm, 1e-6)), 1);
    for (Value &gradient : gradients)
      gradient = b.times(gradient, factor);
  }

  /// What changes, where `good` says so.
  struct Change {
    std::string name;
    Value next, old;
  };

  void commit(Value good) {
    SmallVector<AssignOp> assigns;
    function.walk([&](AssignOp op) { assigns.push_back(op); });
    for (AssignOp op : assigns) {
      Value old;
      function.walk([&](ParameterOp parameter) {
        if (parameter.getName() == op.getName())
          old = parameter;
      });
      if (old)
        changes.push_back({op.getName().str(), op.getValue(), old});
      op.erase();
    }
    for (const Change &change : changes) {
      Value next = good ? b.choose(good, change.next, change.old) : change.next;
      if (next.getType() != change.old.getType())
        next = tensor::CastOp::create(builder, b.getLoc(), change.old.getType(), next);
      AssignOp::create(builder, b.getLoc(), builder.getStringAttr(change.name), next);
    }
  }

  const TrainingSpec &spec;
  const Naming &naming;
  std::vector<Change> changes;
  ParameterOp current;
  double rateFactor = 1;

private:
  llvm::StringMap<Value> scalars, variables;
};

struct BuildTrainingPass : impl::BuildTrainingPassBase<BuildTrainingPass> {
  using Base::Base;

  void runOnOperation() override {
    if (failed(build()))
      signalPassFailure();
  }

private:
  Naming naming;

  LogicalResult usage(const Twine &message) { return emitError(getOperation().getLoc()) << message; }

  func::FuncOp copyOf(func::FuncOp original, const Twine &name) {
    func::FuncOp copy = original.clone();
    copy.setName(name.str());
    copy.setPublic();
    // Set where another algorithm was built of it before.
    copy->removeAttr("ingot.forward");
    getOperation().push_back(copy);
    return copy;
  }

  LogicalResult build() {
    ModuleOp module = getOperation();
    auto forward = module.lookupSymbol<func::FuncOp>(forwardName);
    auto inference = inferenceName.empty() ? forward : module.lookupSymbol<func::FuncOp>(inferenceName);
    if (inferenceName.empty())
      for (auto function : module.getOps<func::FuncOp>())
        if (function != forward && !function->hasAttr("ingot.role") && !function.isExternal()) {
          inference = function;
          break;
        }
    if (!forward || !inference)
      return usage("there is no function '" + (forward ? inferenceName : forwardName) + "' to train");
    std::string error;
    std::optional<TrainingSpec> parsed = TrainingSpec::parse(llvm::to_vector(losses), optimizer, llvm::to_vector(groups), error);
    if (!parsed)
      return usage(error);
    TrainingSpec &spec = *parsed;
    spec.clipNorm = clipNorm;
    spec.clipValue = clipValue;
    spec.ema = ema;
    spec.checkGradients = checkGradients || scaleLoss;
    spec.scaleLoss = scaleLoss;
    llvm::Regex pattern(train.empty() ? ".*" : train.getValue());
    if (!pattern.isValid(error))
      return usage("--only " + train + ": " + error);
    if (!std::isfinite(clipNorm) || clipNorm < 0 || !std::isfinite(clipValue) || clipValue < 0)
      return usage("--clip-norm and --clip-value must be numbers that are not negative");
    if (!(ema >= 0 && ema < 1))
      return usage("--ema must lie in [0, 1)");
    if (failed(chooseNames(forward, inference)) || failed(checkGroups(forward, spec)))
      return failure();

    if (failed(buildStep(copyOf(forward, algorithm), spec, pattern)) ||
        failed(buildGradient(copyOf(forward, algorithm + "_gradient"), spec, pattern)) ||
        failed(buildApply(forward, algorithm + "_apply", spec, pattern)) ||
        failed(buildEvaluate(copyOf(inference, algorithm + "_evaluate"), spec)))
      return failure();
    Builder builder(&getContext());
    SmallVector<Attribute> algorithms;
    if (auto known = module->getAttrOfType<ArrayAttr>("ingot.algorithms"))
      llvm::append_range(algorithms, known);
    algorithms.push_back(builder.getStringAttr(algorithm));
    module->setAttr("ingot.algorithms", builder.getArrayAttr(algorithms));
    forward->setAttr("ingot.forward", builder.getUnitAttr());
    return success();
  }

  LogicalResult chooseNames(func::FuncOp forward, func::FuncOp inference) {
    ModuleOp module = getOperation();
    naming = Naming{algorithm, {}, {}};
    for (StringRef suffix : {"", "_gradient", "_apply", "_evaluate"}) {
      std::string name = (algorithm + suffix).str();
      Operation *other = module.lookupSymbol(name);
      if (!other)
        continue;
      // The model's own function is called like its graph, which nobody chose with an eye to algorithms.
      if (other != forward && other != inference)
        return usage("--loss: there is a function '" + name + "' already; give the algorithm another name, as in other@mse:out,target");
      std::string free = name + "_model";
      while (module.lookupSymbol(free))
        free += "_";
      SymbolTable::setSymbolName(other, free);
    }
    forward.walk([&](ParameterOp op) { naming.ofModel.insert(op.getName()); });
    for (auto function : module.getOps<func::FuncOp>())
      if (function->hasAttr("ingot.role"))
        function.walk([&](AssignOp op) { naming.shared.insert(op.getName()); });
    return success();
  }

  LogicalResult checkGroups(func::FuncOp forward, const TrainingSpec &spec) {
    for (const GroupSpec &group : spec.groups) {
      bool used = false;
      std::string names;
      forward.walk([&](ParameterOp op) {
        if (op.getKind() != VariableKind::Parameter)
          return;
        used |= group.pattern->match(op.getName());
        names += (names.empty() ? "" : ", ") + op.getName().str();
      });
      if (!used)
        return usage("--group: '" + group.text + "' matches no parameter that is trained; there are: " + names);
    }
    return success();
  }

  static bool dependsOnAny(Value loss, ArrayRef<ParameterOp> parameters) {
    DenseSet<Operation *> seen;
    SmallVector<Operation *> ops;
    auto reach = [&](Value value) {
      if (Operation *op = value.getDefiningOp(); op && seen.insert(op).second)
        ops.push_back(op);
    };
    reach(loss);
    // With what the regions of an op read.
    while (!ops.empty())
      ops.pop_back_val()->walk([&](Operation *op) { llvm::for_each(op->getOperands(), reach); });
    return llvm::any_of(parameters, [&](ParameterOp parameter) { return seen.contains(parameter); });
  }

  // The loss and its gradients by `parameters`.
  FailureOr<Value> differentiate(StepFunction &step, llvm::Regex &pattern, SmallVectorImpl<ParameterOp> &parameters,
                                 SmallVectorImpl<Value> &gradients) {
    step.uniteParameters();
    Value loss = step.buildLoss(step.spec.losses);
    if (!loss)
      return failure();
    llvm::append_range(parameters, step.parametersToTrain(&pattern));
    if (parameters.empty())
      return FailureOr<Value>(usage(train.empty() ? Twine("--train: no parameter of the model is trained")
                                                  : "--only " + train + ": matches no parameter that is trained"));
    if (!dependsOnAny(loss, parameters))
      return FailureOr<Value>(usage("--loss: it depends on no parameter that is trained"));
    SmallVector<Value> xs;
    for (ParameterOp parameter : parameters)
      xs.push_back(parameter.getResult());
    // Small gradients would be zero in f16: all of them are times the scale, until the parameters change.
    SmallVector<Value> cotangents;
    if (step.spec.scaleLoss)
      cotangents.push_back(step.b.convert(step.scalar("loss_scale"), elementOf(loss)));
    FailureOr<SmallVector<Value>> found = buildGradients(step.builder, loss, cotangents, xs);
    if (failed(found))
      return failure();
    step.refreshOutputs();
    gradients.assign(found->begin(), found->end());
    for (auto [gradient, x] : llvm::zip(gradients, xs))
      if (!gradient)
        gradient = step.b.splat(0, x);
    return loss;
  }

  LogicalResult changeParameters(StepFunction &step, MutableArrayRef<ParameterOp> parameters, ArrayRef<Value> gradients) {
    std::string error;
    for (auto [parameter, gradient] : llvm::zip(parameters, gradients)) {
      Value next = step.update(parameter, gradient, error);
      if (!error.empty())
        return usage("--optimizer: " + error);
      // Also what momentum and decay add is taken away again.
      if (auto mask = parameter->getAttrOfType<ElementsAttr>("ingot.mask"))
        next = step.b.mul(next, step.constantSlot("mask", mask));
      step.changes.push_back({parameter.getName().str(), next, parameter.getResult()});
      if (step.spec.ema > 0) {
        // A copy that follows slowly and begins where the parameter does.
        Value old = step.variable(VariableKind::Slot, "ema", 0);
        old.getDefiningOp<ParameterOp>().setValueAttr(parameter.getValueAttr());
        step.set(VariableKind::Slot, "ema", step.b.add(step.b.times(old, step.spec.ema), step.b.times(next, 1 - step.spec.ema)));
      }
    }
    return success();
  }

  // What the runtime lowers the loss scale by.
  static void addFound(StepFunction &step, Value good, SmallVectorImpl<std::pair<StringRef, Value>> &more) {
    if (step.spec.scaleLoss && good)
      more.push_back({"found_inf", step.b.choose(good, step.b.scalar(0, step.builder.getF64Type()), step.b.scalar(1, step.builder.getF64Type()))});
  }

  LogicalResult buildStep(func::FuncOp function, const TrainingSpec &spec, llvm::Regex &pattern) {
    StepFunction step(function, spec, naming);
    SmallVector<ParameterOp> parameters;
    SmallVector<Value> gradients;
    FailureOr<Value> loss = differentiate(step, pattern, parameters, gradients);
    if (failed(loss))
      return failure();
    if (spec.scaleLoss) {
      Type f64 = step.builder.getF64Type();
      Value inverse = step.b.div(step.b.scalar(1, f64), step.scalar("loss_scale"));
      for (Value &gradient : gradients)
        gradient = step.b.times(gradient, inverse);
    }
    Value norm, good = step.isFinite(*loss);
    step.clip(gradients, norm);
    if (norm)
      good = step.b.make<AndOp>(good, step.isFinite(norm));
    if (failed(changeParameters(step, parameters, gradients)))
      return failure();
    step.commit(good);
    SmallVector<std::pair<StringRef, Value>> more;
    addFound(step, good, more);
    if (norm)
      more.push_back({"gradient_norm", norm});
    step.finish(*loss, "step", more);
    return success();
  }

  LogicalResult buildGradient(func::FuncOp function, const TrainingSpec &spec, llvm::Regex &pattern) {
    StepFunction step(function, spec, naming);
    SmallVector<ParameterOp> parameters;
    SmallVector<Value> gradients;
    FailureOr<Value> loss = differentiate(step, pattern, parameters, gradients);
    if (failed(loss))
      return failure();
    Value keep = step.b.compare(Comparison::GT, step.scalar("keep"), step.b.scalar(0, step.builder.getF64Type()));
    for (auto [parameter, gradient] : llvm::zip(parameters, gradients)) {
      step.current = parameter;
      Value old = step.variable(VariableKind::Gradient, "gradient", 0);
      Value base = step.b.choose(keep, old, step.b.splat(0, old));
      step.set(VariableKind::Gradient, "gradient", step.b.add(base, gradient));
    }
    step.commit(step.isFinite(*loss));
    step.finish(*loss, "gradient", {});
    return success();
  }

  // Parameters and gradients only: no input of the model takes part.
  LogicalResult buildApply(func::FuncOp forward, const std::string &name, const TrainingSpec &spec, llvm::Regex &pattern) {
    OpBuilder builder(&getContext());
    auto function = func::FuncOp::create(builder, forward.getLoc(), name, builder.getFunctionType({}, {}));
    Block *block = function.addEntryBlock();
    builder.setInsertionPointToEnd(block);
    func::ReturnOp::create(builder, forward.getLoc());
    getOperation().push_back(function);
    StepFunction step(function, spec, naming);
    {
      StepFunction model(forward, spec, naming);
      step.builder.setInsertionPoint(block->getTerminator());
      for (ParameterOp parameter : model.parametersToTrain(&pattern))
        step.builder.clone(*parameter);
    }
    SmallVector<ParameterOp> parameters = step.parametersToTrain(nullptr);
    SmallVector<Value> gradients;
    Value scale = step.scalar("grad_scale");
    for (ParameterOp parameter : parameters) {
      step.current = parameter;
      gradients.push_back(step.b.times(step.variable(VariableKind::Gradient, "gradient", 0), scale));
    }
    Value norm, good;
    step.clip(gradients, norm);
    if (norm)
      good = step.isFinite(norm);
    if (failed(changeParameters(step, parameters, gradients)))
      return failure();
    step.commit(good);
    SmallVector<std::pair<StringRef, Value>> more;
    addFound(step, good, more);
    if (norm)
      more.push_back({"gradient_norm", norm});
    step.finish({}, "apply", more);
    return success();
  }

  LogicalResult buildEvaluate(func::FuncOp function, const TrainingSpec &spec) {
    StepFunction step(function, spec, naming);
    step.uniteParameters();
    Value loss = step.buildLoss(step.spec.losses);
    if (!loss)
      return failure();
    SmallVector<AssignOp> assigns;
    function.walk([&](AssignOp op) { assigns.push_back(op); });
    for (AssignOp op : assigns)
      op.erase();
    step.finish(loss, "evaluate", {});
    return success();
  }
};

} // namespace
} // namespace ingot
