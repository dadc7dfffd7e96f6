//===- Variables.cpp - What of a model a training may change ------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Names are followed from the initializers of the main graph, its Constant nodes and its inputs through Identity, subgraphs and
// calls to the operators that they reach.
//
//===----------------------------------------------------------------------===//

#include "frontend/Variables.h"

#include "frontend/proto/onnx.pb.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/Regex.h"

#include <cstring>

using namespace llvm;

namespace ingot {
namespace {

constexpr int kMaxDepth = 64;

/// Where the value of a name comes from.
enum class Source { Initializer, ConstantNode, Input };

/// What nodes make of a tensor.
struct Uses {
  bool asData = false, asConstant = false, asStatistic = false, asWeight = false;
  bool asVariance = false;
  Source source = Source::Initializer;
  const void *message = nullptr; ///< its TensorProto or ValueInfoProto
  int rank = 0, wideDims = 0;    ///< wide are dimensions of other sizes than 1
  std::optional<bool> declared;  ///< the exporter says whether it is a parameter
  StringRef role;
};

bool isFloat(int type) {
  return type == onnx::TensorProto::FLOAT || type == onnx::TensorProto::DOUBLE || type == onnx::TensorProto::FLOAT16 ||
         type == onnx::TensorProto::BFLOAT16;
}

/// Whether an input's value decides what is compiled, or is no weight by its meaning.
bool isReadAsConstant(StringRef op, int input) {
  if (op.starts_with("QLinear") || op.starts_with("QGemm") || op.starts_with("QAttention") || op.starts_with("Dynamic"))
    return true;
  auto oneOf = [&](ArrayRef<int> inputs) { return is_contained(inputs, input); };
  return StringSwitch<bool>(op)
      .Case("Resize", input != 0)
      .Cases({"Upsample", "Dropout", "QuantizeLinear", "DequantizeLinear"}, input != 0)
      .Case("Clip", input != 0)
      .Case("Pad", input != 0)
      .Case("OneHot", input == 2)
      .Case("STFT", input == 2)
      // A derivative by an exponent is NaN where the base is negative.
      .Case("Pow", oneOf({1}))
      .Cases({"Range", "NonMaxSuppression", "MelWeightMatrix", "ConstantOfShape", "Bernoulli", "Multinomial"}, true)
      .Default(false);
}

/// Whether only the type and the sizes of an input count.
bool isReadForItsType(StringRef op, int input) {
  return StringSwitch<bool>(op)
      .Cases({"Shape", "Size", "RandomNormalLike", "RandomUniformLike", "EyeLike"}, true)
      .Case("CastLike", input == 1)
      .Default(false);
}

/// Parameters whose first values follow from what they are, not from a random rule.
StringRef roleOf(StringRef op, int input) {
  if (op == "BatchNormalization" || op == "InstanceNormalization" || op == "GroupNormalization" || op == "LayerNormalization")
    return input == 1 ? "scale" : input == 2 ? "bias" : "";
  if (op == "RMSNormalization" || op == "SimplifiedLayerNormalization")
    return input == 1 ? "scale" : "";
  if (op == "Conv" || op == "ConvTranspose" || op == "Gemm" || op == "DeformConv")
    return input == (op == "DeformConv" ? 3 : 2) ? "bias" : "";
  return (op == "LSTM" || op == "GRU" || op == "RNN") && input == 3 ? "bias" : "";
}

/// Where layers have their weights. Elsewhere a number in a Constant node or an input is more likely no weight: a factor, a mask,
/// data.
bool isWeight(StringRef op, int input, int rank) {
  auto oneOf = [&](ArrayRef<int> inputs) { return is_contained(inputs, input); };
  return StringSwitch<bool>(op)
      .Cases({"Conv", "ConvTranspose", "FusedConv", "Gemm", "FusedGemm"}, oneOf({1, 2}))
      .Case("DeformConv", oneOf({1, 3}))
      .Cases({"MatMul", "FusedMatMul", "Einsum"}, true)
      .Case("BatchNormalization", oneOf({1, 2, 3, 4}))
      .Cases({"InstanceNormalization", "GroupNormalization", "LayerNormalization"}, oneOf({1, 2}))
      .Cases({"RMSNormalization", "SimplifiedLayerNormalization", "PRelu"}, oneOf({1}))
      .Cases({"LSTM", "GRU", "RNN"}, oneOf({1, 2, 3, 7}))
      .Case("Gather", input == 0 && rank >= 2)
      .Default(false);
}

/// Whether all elements are `number`, as far as they are in the message itself.
bool isFilledWith(const onnx::TensorProto &tensor, double number) {
  auto all = [&](const auto &values) {
    return !values.empty() && all_of(values, [&](auto value) { return double(value) == number; });
  };
  auto allRaw = [&](auto pattern) {
    const std::string &raw = tensor.raw_data();
    bool fits = !raw.empty() && raw.size() % sizeof(pattern) == 0;
    for (size_t at = 0; fits && at < raw.size(); at += sizeof(pattern))
      fits = std::memcmp(raw.data() + at, &pattern, sizeof(pattern)) == 0;
    return fits;
  };
  switch (tensor.data_type()) {
  case onnx::TensorProto::FLOAT:
    return all(tensor.float_data()) || allRaw(static_cast<float>(number));
  case onnx::TensorProto::DOUBLE:
    return all(tensor.double_data()) || allRaw(number);
  case onnx::TensorProto::FLOAT16:
    return allRaw(static_cast<uint16_t>(number == 1 ? 0x3C00 : 0));
  default:
    return allRaw(static_cast<uint16_t>(number == 1 ? 0x3F80 : 0));
  }
}

/// Exporters write normalizations that have nothing to learn with a scale of ones and a bias of zeros.
bool isNeutral(const Uses &use, StringRef op, int input) {
  return use.source == Source::ConstantNode && op.ends_with("Normalization") && (input == 1 || input == 2) &&
         isFilledWith(*static_cast<const onnx::TensorProto *>(use.message), input == 1 ? 1 : 0);
}

/// Operators behind which a vector that is added is a bias.
bool isProduct(StringRef op) {
  return StringSwitch<bool>(op).Cases({"Conv", "ConvTranspose", "MatMul", "FusedMatMul", "Gemm", "Einsum"}, true).Default(false);
}

/// Operators whose result is their first input in another form.
bool isView(StringRef op) {
  return StringSwitch<bool>(op).Cases({"Transpose", "Reshape", "Squeeze", "Unsqueeze", "Flatten", "Cast"}, true).Default(false);
}

/// Operators that take elements of their first input, or move them.
bool isSelection(StringRef op) {
  return StringSwitch<bool>(op).Cases({"Gather", "Slice", "Squeeze", "Unsqueeze", "Reshape", "Split"}, true).Default(false);
}

/// Operators that compute sizes when all that they read are sizes and constants.
bool isSizeArithmetic(StringRef op) {
  return StringSwitch<bool>(op)
      .Cases({"Cast", "Add", "Sub", "Mul", "Div", "Mod", "Floor", "Ceil", "Round"}, true)
      .Cases({"Min", "Max", "Concat", "Gather", "Slice", "Squeeze", "Unsqueeze", "Reshape"}, true)
      .Cases({"Identity", "Neg", "Where", "Equal", "Sqrt", "Pow", "Split"}, true)
      .Default(false);
}

/// What PyTorch says of its parameters. `torch.export` declares each initializer a parameter, a buffer or a constant. The exporter before it
/// made Constant nodes of constants, and gave the initializers that it computed names like onnx::Mul_12, so that a scalar which has a
/// name of the module is a parameter as well.
std::optional<bool> declaredByPyTorch(const onnx::ModelProto &model, const StringMap<StringRef> &kinds, StringRef name, int rank) {
  if (auto kind = kinds.find(name); kind != kinds.end())
    return kind->second == "PARAMETER";
  if (kinds.empty() && model.producer_name() == "pytorch" && rank == 0 && !name.contains("::") && any_of(name, isAlpha))
    return true;
  return std::nullopt;
}

struct BatchNormalization {
  std::string scale, bias, mean, variance; // initializers, or empty
};

class UseFinder {
public:
  using FindFunction = function_ref<const onnx::FunctionProto *(const onnx::NodeProto &)>;

  UseFinder(FindFunction findFunction) : findFunction(findFunction) {}

  void run(const onnx::GraphProto &graph) {
    Scope scope;
    auto add = [&](StringRef name, Source source, const void *message, int rank, int wideDims) {
      Uses use;
      use.source = source;
      use.message = message;
      use.rank = rank;
      use.wideDims = wideDims;
      if (uses.insert({name, use}).second)
        scope.initializers[name] = name.str();
    };
    auto addTensor = [&](StringRef name, Source source, const onnx::TensorProto &tensor) {
      add(name, source, &tensor, tensor.dims_size(),
          static_cast<int>(count_if(tensor.dims(), [](int64_t dim) { return dim != 1; })));
    };
    for (const onnx::TensorProto &tensor : graph.initializer()) {
      int type = tensor.data_type();
      if (isFloat(type))
        addTensor(tensor.name(), Source::Initializer, tensor);
      else if (type == onnx::TensorProto::INT8 || type == onnx::TensorProto::UINT8)
        quantized.push_back(tensor.name());
      scope.constants.insert(tensor.name());
    }
    for (const onnx::NodeProto &node : graph.node())
      for (const onnx::AttributeProto &attribute : node.attribute())
        if (node.op_type() == "Constant" && node.output_size() == 1 && attribute.name() == "value" && attribute.has_t() &&
            isFloat(attribute.t().data_type()) && attribute.t().dims_size() > 0)
          addTensor(node.output(0), Source::ConstantNode, attribute.t());
    for (const onnx::ValueInfoProto &input : graph.input())
      if (const auto &type = input.type().tensor_type(); isFloat(type.elem_type()) && type.shape().dim_size() > 0)
        if (!scope.constants.contains(input.name()))
          add(input.name(), Source::Input, &input, type.shape().dim_size(),
              static_cast<int>(count_if(type.shape().dim(), [](const auto &dim) { return dim.dim_value() != 1; })));
    visit(graph.node(), scope, 0);
  }

  MapVector<StringRef, Uses> uses; // names lie in the model
  std::vector<BatchNormalization> normalizations;
  std::vector<std::string> quantized; // initializers of 8 bits

private:
  struct Scope {
    StringMap<std::string> initializers; ///< names that stand for an initializer, a Constant node or an input
    StringMap<std::string> views;        ///< names that stand for one in another form
    StringSet<> sizes, constants, hidden, products;
    const Scope *outer = nullptr;
  };

  static std::string initializerOf(const Scope &scope, const std::string &name) { return find(scope, &Scope::initializers, name); }
  static std::string find(const Scope &scope, StringMap<std::string> Scope::*member, const std::string &name) {
    for (const Scope *s = &scope; s; s = s->outer) {
      if (auto found = (s->*member).find(name); found != (s->*member).end())
        return found->second;
      if (s->hidden.contains(name))
        return "";
    }
    return "";
  }
  template <typename Member> static bool isIn(const Scope &scope, Member member, StringRef name) {
    for (const Scope *s = &scope; s; s = s->outer) {
      if ((s->*member).contains(name))
        return true;
      if (s->hidden.contains(name))
        return false;
    }
    return false;
  }

  void visitSubgraph(const onnx::GraphProto &graph, const Scope &outer, int depth) {
    Scope inner;
    inner.outer = &outer;
    for (const onnx::ValueInfoProto &input : graph.input())
      inner.hidden.insert(input.name());
    for (const onnx::TensorProto &tensor : graph.initializer()) {
      inner.hidden.insert(tensor.name());
      inner.constants.insert(tensor.name());
    }
    visit(graph.node(), inner, depth + 1);
  }

  template <typename Nodes> void visit(const Nodes &nodes, Scope &scope, int depth) {
    // Deeper ones are refused by the import itself.
    if (depth > kMaxDepth)
      return;
    for (const onnx::NodeProto &node : nodes) {
      if (const onnx::FunctionProto *function = findFunction(node)) {
        Scope inner;
        for (int i = 0; i < node.input_size() && i < function->input_size(); ++i) {
          if (std::string name = initializerOf(scope, node.input(i)); !name.empty())
            inner.initializers[function->input(i)] = name;
          if (std::string name = find(scope, &Scope::views, node.input(i)); !name.empty())
            inner.views[function->input(i)] = name;
          if (isIn(scope, &Scope::sizes, node.input(i)))
            inner.sizes.insert(function->input(i));
          if (isIn(scope, &Scope::constants, node.input(i)))
            inner.constants.insert(function->input(i));
        }
        visit(function->node(), inner, depth + 1);
      } else {
        visitNode(node, scope);
      }
      for (const onnx::AttributeProto &attribute : node.attribute()) {
        if (attribute.has_g())
          visitSubgraph(attribute.g(), scope, depth);
        for (const onnx::GraphProto &graph : attribute.graphs())
          visitSubgraph(graph, scope, depth);
      }
    }
  }

  void visitNode(const onnx::NodeProto &node, Scope &scope) {
    StringRef op = node.op_type();
    bool touchesSizes = false, onlySizes = true;
    for (auto [i, name] : enumerate(node.input())) {
      // Rows of a table as many as a size says are no sizes.
      touchesSizes |= isIn(scope, &Scope::sizes, name) && (i == 0 || !isSelection(op));
      onlySizes &= name.empty() || isIn(scope, &Scope::sizes, name) || isIn(scope, &Scope::constants, name);
    }
    bool computesSizes = op == "Shape" || op == "Size" || (isSizeArithmetic(op) && touchesSizes && onlySizes);
    if (computesSizes || op == "Constant")
      for (const std::string &name : node.output())
        (computesSizes ? scope.sizes : scope.constants).insert(name);

    if (op == "Identity" && node.input_size() == 1 && node.output_size() == 1) {
      if (std::string name = initializerOf(scope, node.input(0)); !name.empty())
        scope.initializers[node.output(0)] = name;
      return;
    }
    bool normalizes = op == "BatchNormalization" && node.input_size() == 5;
    if (normalizes)
      normalizations.push_back({initializerOf(scope, node.input(1)), initializerOf(scope, node.input(2)),
                                initializerOf(scope, node.input(3)), initializerOf(scope, node.input(4))});
    bool biases = op == "Add" && any_of(node.input(), [&](const std::string &name) { return isIn(scope, &Scope::products, name); });
    if (isProduct(op))
      for (const std::string &name : node.output())
        scope.products.insert(name);
    for (int i = 0; i < node.input_size(); ++i) {
      std::string name = initializerOf(scope, node.input(i)),
                  form = name.empty() ? find(scope, &Scope::views, node.input(i)) : name;
      if (form.empty())
        continue;
      Uses &use = uses.find(form)->second;
      if (i == 0 && isView(op) && node.output_size() == 1)
        scope.views[node.output(0)] = form;
      use.asWeight |= (isWeight(op, i, use.rank) && !isNeutral(use, op, i)) || (biases && use.wideDims <= 1);
      if (name.empty())
        continue;
      use.asVariance |= normalizes && i == 4;
      if (isReadForItsType(op, i))
        continue;
      if (normalizes && i >= 3)
        use.asStatistic = true;
      else if (computesSizes || isReadAsConstant(op, i))
        use.asConstant = true;
      else
        use.asData = true;
      StringRef role = roleOf(op, i);
      // A vector that is added is a bias, as after MatMul.
      if (role.empty() && op == "Add" && use.rank == 1)
        role = "bias";
      if (use.role.empty())
        use.role = role;
    }
  }

  FindFunction findFunction;
};

/// Names that match any of the regular expressions, each of which has to match one of `candidates`.
Status matchNames(StringRef option, ArrayRef<std::string> expressions, ArrayRef<std::string> candidates, StringSet<> &matches,
                  StringRef what = "parameter") {
  for (const std::string &text : expressions) {
    Regex regex(text);
    std::string error;
    if (!regex.isValid(error))
      return {ErrorKind::Usage, (option + " '" + text + "' is not a regular expression: " + error).str()};
    bool any = false;
    for (const std::string &name : candidates)
      if (regex.match(name)) {
        matches.insert(name);
        any = true;
      }
    if (any)
      continue;
    std::string known;
    constexpr size_t kListed = 40;
    for (const std::string &name : ArrayRef(candidates).take_front(kListed))
      known += (known.empty() ? "" : ", ") + name;
    if (candidates.size() > kListed)
      known += " and " + std::to_string(candidates.size() - kListed) + " more";
    return {ErrorKind::Usage, (option + " '" + text + "' matches no " + what + " of the model" +
                               (known.empty() ? Twine(", which has none") : "; there are " + Twine(known)))
                                  .str()};
  }
  return Status::success();
}

const onnx::ValueInfoProto *inputOf(const Uses &use) {
  return static_cast<const onnx::ValueInfoProto *>(use.message);
}

bool hasFixedSizes(const onnx::ValueInfoProto &input, const ImportOptions &options) {
  auto given = options.shapes.find(input.name());
  for (auto [i, dim] : enumerate(input.type().tensor_type().shape().dim()))
    if (dim.dim_value() <= 0 && (given == options.shapes.end() || i >= given->second.size() || given->second[i] <= 0))
      return false;
  return true;
}

/// Of a training that the options describe.
Status findTrainedVariables(const onnx::ModelProto &model, const ImportOptions &options, UseFinder::FindFunction findFunction,
                            Variables &variables, std::vector<std::string> &weightInputs) {
  UseFinder finder(findFunction);
  finder.run(model.graph());
  StringMap<StringRef> kinds;
  for (const onnx::ValueInfoProto &value : model.graph().value_info())
    for (const onnx::StringStringEntryProto &entry : value.metadata_props())
      if (entry.key() == "pkg.torch.export.graph_signature.InputSpec.kind")
        kinds[value.name()] = entry.value();
  for (auto &[name, use] : finder.uses)
    if (use.source == Source::Initializer)
      use.declared = declaredByPyTorch(model, kinds, name, use.rank);

  // Inputs are parameters where they are asked for.
  StringSet<> asked;
  std::vector<std::string> inputs;
  for (auto &[name, use] : finder.uses)
    if (use.source == Source::Input)
      inputs.push_back(name.str());
  if (Status status = matchNames("--parameter", options.inputParameters, inputs, asked, "float input"); !status.ok())
    return status;
  for (auto &[name, use] : finder.uses)
    if (use.source == Source::Input && use.asWeight && !asked.contains(name) && hasFixedSizes(*inputOf(use), options))
      weightInputs.push_back(name.str());

  std::vector<std::string> parameters, statistics, all;
  for (auto &[name, use] : finder.uses) {
    if (use.source == Source::Input && !asked.contains(name))
      continue;
    bool isParameter = use.asData && !use.asConstant && (use.source != Source::ConstantNode || use.asWeight);
    bool isStatistic = use.asStatistic && !use.asData && !use.asConstant;
    if (use.source == Source::Input) {
      if (!isParameter && !isStatistic)
        return {ErrorKind::Usage,
                ("--parameter: the value of the input '" + name + "' decides what is compiled, or nothing uses it").str()};
      if (!hasFixedSizes(*inputOf(use), options))
        return {ErrorKind::Usage,
                ("--parameter: the input '" + name + "' has open sizes; give them with --shape " + name + "=...").str()};
    }
    if (isParameter)
      parameters.push_back(name.str());
    if (isStatistic)
      statistics.push_back(name.str());
    if (isParameter || isStatistic)
      all.push_back(name.str());
  }
  StringSet<> trained, frozen, adapted;
  std::vector<std::string> weights = parameters;
  for (const std::string &name : finder.quantized)
    weights.push_back(name);
  if (Status status = matchNames("--lora", options.adapters, weights, adapted); !status.ok())
    return status;
  if (Status status = matchNames("--train", options.train, parameters, trained); !status.ok())
    return status;
  if (Status status = matchNames("--freeze", options.freeze, all, frozen); !status.ok())
    return status;

  StringSet<> kept;
  bool trainsAll = options.train.empty() && options.adapters.empty();
  for (const std::string &name : parameters) {
    const Uses &use = finder.uses.find(name)->second;
    bool isTrained = trainsAll ? use.declared.value_or(use.rank > 0) : trained.contains(name);
    if (!adapted.contains(name) && (frozen.contains(name) || !isTrained))
      continue;
    kept.insert(name);
    Variable &variable = variables[use.message] = {VariableKind::Parameter, name, use.role.str()};
    if (use.source == Source::Input)
      variable.first = use.role == "scale" ? FirstValue::Ones : use.role == "bias" ? FirstValue::Zeros : FirstValue::Random;
  }
  StringSet<> ofFrozenNodes;
  for (const BatchNormalization &node : finder.normalizations) {
    bool isLearned = is_contained(parameters, node.scale) || is_contained(parameters, node.bias);
    if (frozen.contains(node.mean) || frozen.contains(node.variance) ||
        (isLearned && !kept.contains(node.scale) && !kept.contains(node.bias))) {
      ofFrozenNodes.insert(node.mean);
      ofFrozenNodes.insert(node.variance);
    }
  }
  for (const std::string &name : statistics)
    if (!ofFrozenNodes.contains(name)) {
      const Uses &use = finder.uses.find(name)->second;
      Variable &variable = variables[use.message] = {VariableKind::Buffer, name, ""};
      if (use.source == Source::Input)
        variable.first = use.asVariance ? FirstValue::Ones : FirstValue::Zeros;
    }
  return Status::success();
}

const onnx::TensorProto *findInitializer(const onnx::GraphProto &graph, StringRef name) {
  for (const onnx::TensorProto &tensor : graph.initializer())
    if (tensor.name() == name)
      return &tensor;
  return nullptr;
}

/// Of the algorithms in the file.
Status findBoundVariables(const onnx::ModelProto &model, Variables &variables) {
  StringSet<> names;
  for (auto [index, training] : enumerate(model.training_info())) {
    auto add = [&](const onnx::StringStringEntryProto &binding) {
      const onnx::TensorProto *tensor = findInitializer(model.graph(), binding.key());
      bool isMain = tensor;
      if (!tensor)
        tensor = findInitializer(training.algorithm(), binding.key());
      if (!tensor)
        return Status::badInput("training algorithm " + Twine(index + 1) + " binds '" + binding.key() +
                                "', which is no initializer");
      if (variables.count(tensor))
        return Status::success();
      std::string name = tensor->name();
      for (int k = 2; !names.insert(name).second; ++k)
        name = tensor->name() + "_" + std::to_string(k);
      variables[tensor] = {isMain && isFloat(tensor->data_type()) ? VariableKind::Parameter : VariableKind::Buffer, name, ""};
      return Status::success();
    };
    for (const onnx::StringStringEntryProto &binding : training.initialization_binding())
      if (Status status = add(binding); !status.ok())
        return status;
    for (const onnx::StringStringEntryProto &binding : training.update_binding())
      if (Status status = add(binding); !status.ok())
        return status;
  }
  return Status::success();
}

/// Initializers of `graphs` that a Gradient node of the last of them differentiates by.
void findGradientVariables(ArrayRef<const onnx::GraphProto *> graphs, Variables &variables) {
  for (const onnx::NodeProto &node : graphs.back()->node()) {
    if (node.op_type() != "Gradient")
      continue;
    for (const onnx::AttributeProto &attribute : node.attribute())
      if (attribute.name() == "xs" || attribute.name() == "zs")
        for (const std::string &name : attribute.strings())
          for (const onnx::GraphProto *graph : graphs)
            if (const onnx::TensorProto *tensor = findInitializer(*graph, name))
              variables.try_emplace(tensor, Variable{VariableKind::Parameter, name, "", /*isFixed=*/true});
  }
}

} // namespace

Status findVariables(const onnx::ModelProto &model, const ImportOptions &options,
                     function_ref<const onnx::FunctionProto *(const onnx::NodeProto &)> findFunction, Variables &variables,
                     std::vector<std::string> &weightInputs) {
  Status status;
  if (options.algorithms)
    status = findBoundVariables(model, variables);
  else if (options.training)
    status = findTrainedVariables(model, options, findFunction, variables, weightInputs);
  findGradientVariables({&model.graph()}, variables);
  if (options.algorithms)
    for (const onnx::TrainingInfoProto &training : model.training_info())
      findGradientVariables({&model.graph(), &training.algorithm()}, variables);
  return status;
}

} // namespace ingot
