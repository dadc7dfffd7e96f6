//===- Manifest.cpp - What a library says about itself -----------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/emit/DataTypes.h"
#include "codegen/emit/NodeTable.h"
#include "codegen/emit/Package.h"
#include "codegen/memory/Variables.h"
#include "codegen/memory/Weights.h"

#include "ingot/manifest_generated.h"

#include "llvm/ADT/StringSet.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/xxhash.h"

using namespace mlir;
namespace fb = flatbuffers;

namespace ingot {

int32_t dataTypeOf(Type element, Attribute stated) {
  if (auto number = dyn_cast_or_null<IntegerAttr>(stated))
    return number.getInt();
  if (element.isF32())
    return manifest::DType_F32;
  if (element.isF64())
    return manifest::DType_F64;
  if (element.isF16())
    return manifest::DType_F16;
  if (element.isBF16())
    return manifest::DType_BF16;
  if (element.isInteger(1))
    return manifest::DType_Bool;
  bool isUnsigned = element.isUnsignedInteger();
  switch (element.isIndex() ? 64 : element.getIntOrFloatBitWidth()) {
  case 8:
    return isUnsigned ? manifest::DType_U8 : manifest::DType_I8;
  case 16:
    return isUnsigned ? manifest::DType_U16 : manifest::DType_I16;
  case 32:
    return isUnsigned ? manifest::DType_U32 : manifest::DType_I32;
  default:
    return isUnsigned ? manifest::DType_U64 : manifest::DType_I64;
  }
}

static fb::Offset<manifest::TensorInfo> tensorInfo(fb::FlatBufferBuilder &b, DictionaryAttr fields, const std::string &fallback) {
  auto type = cast<RankedTensorType>(fields.getAs<TypeAttr>("type").getValue());
  auto name = fields.getAs<StringAttr>("ingot.name");
  auto symbols = fields.getAs<ArrayAttr>("ingot.symbols");
  std::vector<fb::Offset<manifest::Dim>> dims;
  for (int64_t d = 0; d < type.getRank(); ++d) {
    StringRef symbol;
    if (type.isDynamicDim(d) && symbols && d < static_cast<int64_t>(symbols.size()))
      symbol = cast<StringAttr>(symbols[d]).getValue();
    auto text = symbol.empty() ? fb::Offset<fb::String>() : b.CreateString(symbol.data(), symbol.size());
    dims.push_back(manifest::CreateDim(b, type.isDynamicDim(d) ? -1 : type.getDimSize(d), text));
  }
  auto dimsVector = b.CreateVector(dims);
  auto nameString = b.CreateString(name ? name.str() : fallback);
  auto dtype = static_cast<manifest::DType>(dataTypeOf(type.getElementType(), fields.get("ingot.dtype")));
  return manifest::CreateTensorInfo(b, nameString, dtype, dimsVector, fields.contains("data_dependent"));
}

// `power:0.9` and the like: the kind of a scalar and its argument.
static fb::Offset<manifest::ScalarInfo> scalarInfo(fb::FlatBufferBuilder &b, DictionaryAttr fields) {
  auto [word, number] = fields.getAs<StringAttr>(scalarAttrName).getValue().split(':');
  double argument = 1;
  (void)number.getAsDouble(argument);
  auto kind = llvm::StringSwitch<manifest::ScalarKind>(word)
                  .Case("lr", manifest::ScalarKind_LearningRate)
                  .Case("update", manifest::ScalarKind_Step)
                  .Case("step", manifest::ScalarKind_Batch)
                  .Case("seed", manifest::ScalarKind_Seed)
                  .Case("power", manifest::ScalarKind_Power)
                  .Case("loss_scale", manifest::ScalarKind_LossScale)
                  .Case("keep", manifest::ScalarKind_Keep)
                  .Case("grad_scale", manifest::ScalarKind_GradientScale)
                  .Case("clip_norm", manifest::ScalarKind_ClipNorm)
                  .Case("clip_value", manifest::ScalarKind_ClipValue)
                  .Default(manifest::ScalarKind_Constant);
  auto type = cast<RankedTensorType>(fields.getAs<TypeAttr>("type").getValue());
  auto dtype = static_cast<manifest::DType>(dataTypeOf(type.getElementType(), fields.get("ingot.dtype")));
  return manifest::CreateScalarInfo(b, kind, argument, dtype, b.CreateString(word.data(), word.size()));
}

static fb::Offset<manifest::Initial> initialOf(fb::FlatBufferBuilder &b, DictionaryAttr fields) {
  auto value = cast<ElementsAttr>(fields.get("value"));
  if (auto offset = fields.getAs<IntegerAttr>("offset"))
    return manifest::CreateInitial(b, manifest::InitialKind_Weights, 0, 0, offset.getInt(), denseBytes(value.getShapedType()));
  if (auto bound = fields.getAs<FloatAttr>("uniform"))
    return manifest::CreateInitial(b, manifest::InitialKind_Uniform, -bound.getValueAsDouble(), bound.getValueAsDouble());
  double number = 0;
  if (value.isSplat() && value.getNumElements() > 0) {
    if (isa<FloatType>(value.getElementType()))
      number = value.getSplatValue<APFloat>().convertToDouble();
    else if (isa<IntegerType>(value.getElementType()))
      number = static_cast<double>(value.getSplatValue<APInt>().getSExtValue());
  }
  return manifest::CreateInitial(b, number == 0 ? manifest::InitialKind_Zeros : manifest::InitialKind_Constant, number);
}

// What there is to train, or nothing. `functions` are the names of the library's functions in order.
static fb::Offset<manifest::TrainingInfo> trainingInfo(fb::FlatBufferBuilder &b, ModuleOp module, ArrayRef<std::string> functions) {
  auto list = module->getAttrOfType<ArrayAttr>(variablesAttrName);
  if (!list)
    return {};
  llvm::StringMap<int32_t> indices;
  for (auto [i, attr] : llvm::enumerate(list))
    indices[cast<DictionaryAttr>(attr).getAs<StringAttr>("name").getValue()] = i;
  std::vector<fb::Offset<manifest::VariableInfo>> variables;
  uint64_t hash = 0;
  for (Attribute attr : list) {
    auto fields = cast<DictionaryAttr>(attr);
    auto type = cast<RankedTensorType>(fields.getAs<TypeAttr>("type").getValue());
    auto name = fields.getAs<StringAttr>("name"), of = fields.getAs<StringAttr>("of"), role = fields.getAs<StringAttr>("role");
    auto kind = llvm::StringSwitch<manifest::VariableKind>(fields.getAs<StringAttr>("kind").getValue())
                    .Case("gradient", manifest::VariableKind_Gradient)
                    .Case("slot", manifest::VariableKind_Slot)
                    .Case("buffer", manifest::VariableKind_Buffer)
                    .Default(manifest::VariableKind_Parameter);
    NamedAttrList described;
    described.set("type", fields.get("type"));
    described.set("ingot.name", name);
    auto tensor = tensorInfo(b, described.getDictionary(module.getContext()), name.str());
    auto roleText = role ? b.CreateString(role.str()) : fb::Offset<fb::String>();
    // An average of a parameter starts where that does, however it is initialized.
    bool isAverage = role && (role.getValue() == "ema" || role.getValue().ends_with(".ema"));
    auto initial = isAverage ? manifest::CreateInitial(b, manifest::InitialKind_Parameter) : initialOf(b, fields);
    manifest::VariableInfoBuilder info(b);
    info.add_tensor(tensor);
    info.add_kind(kind);
    if (of && indices.count(of.getValue()))
      info.add_parameter(indices[of.getValue()]);
    if (role)
      info.add_role(roleText);
    info.add_initial(initial);
    if (auto axis = fields.getAs<IntegerAttr>("output_axis"))
      info.add_output_axis(axis.getInt());
    variables.push_back(info.Finish());
    // What a checkpoint must agree on: names, kinds and shapes.
    std::string line = name.str() + "\n" + std::to_string(kind) + "\n";
    llvm::raw_string_ostream(line) << type;
    hash = llvm::xxh3_64bits(line) ^ (hash * 0x9E3779B97F4A7C15ull);
  }
  auto indexOf = [&](const Twine &name) -> int32_t {
    auto at = llvm::find(functions, name.str());
    return at == functions.end() ? -1 : at - functions.begin();
  };
  std::vector<fb::Offset<manifest::AlgorithmInfo>> algorithms;
  if (auto names = module->getAttrOfType<ArrayAttr>("ingot.algorithms"))
    for (StringRef name : names.getAsValueRange<StringAttr>())
      algorithms.push_back(manifest::CreateAlgorithmInfo(b, b.CreateString(name.str()), indexOf(name), indexOf(name + "_gradient"),
                                                         indexOf(name + "_apply"), indexOf(name + "_evaluate")));
  // Gradients as the backward pass ends them, in pieces that are exchanged as soon as they are there. The first is small, so that the exchange
  // begins early.
  llvm::StringMap<size_t> finishedBy;
  if (auto calls = module->getAttrOfType<ArrayAttr>("ingot.calls"))
    for (auto [i, call] : llvm::enumerate(calls))
      for (StringRef variable : cast<ArrayAttr>(cast<ArrayAttr>(call)[2]).getAsValueRange<StringAttr>())
        finishedBy.try_emplace(variable, i);
  std::vector<std::pair<size_t, DictionaryAttr>> gradients;
  for (Attribute attr : llvm::reverse(list))
    if (auto fields = cast<DictionaryAttr>(attr); fields.getAs<StringAttr>("kind").getValue() == "gradient") {
      auto known = finishedBy.find(fields.getAs<StringAttr>("name").getValue());
      gradients.push_back({known == finishedBy.end() ? SIZE_MAX : known->second, fields});
    }
  llvm::stable_sort(gradients, [](auto &a, auto &b) { return a.first < b.first; });
  auto chosen = module->getAttrOfType<IntegerAttr>("ingot.bucket_bytes");
  int64_t mostBytes = chosen ? chosen.getInt() : 25 << 20, bucketBytes = std::min<int64_t>(mostBytes, 1 << 20);
  std::vector<fb::Offset<manifest::Bucket>> buckets;
  std::vector<int32_t> bucket;
  int64_t bytes = 0;
  auto flush = [&] {
    if (!bucket.empty())
      buckets.push_back(manifest::CreateBucket(b, b.CreateVector(bucket)));
    bucket.clear();
    bytes = 0;
    bucketBytes = mostBytes;
  };
  for (auto &[call, fields] : gradients) {
    bucket.push_back(indices[fields.getAs<StringAttr>("name").getValue()]);
    bytes += denseBytes(cast<ShapedType>(fields.getAs<TypeAttr>("type").getValue()));
    if (bytes >= bucketBytes)
      flush();
  }
  flush();
  auto text = [&](StringRef key) {
    auto attribute = module->getAttrOfType<StringAttr>(key);
    return b.CreateString(attribute ? attribute.str() : "");
  };
  auto variableVector = b.CreateVector(variables);
  auto algorithmVector = b.CreateVector(algorithms);
  auto bucketVector = b.CreateVector(buckets);
  auto loss = text("ingot.loss"), optimizer = text("ingot.optimizer"), precision = text("ingot.precision"), schedule = text("ingot.schedule");
  manifest::TrainingInfoBuilder info(b);
  info.add_variables(variableVector);
  info.add_algorithms(algorithmVector);
  info.add_buckets(bucketVector);
  info.add_model_hash(hash);
  info.add_loss(loss);
  info.add_optimizer(optimizer);
  info.add_precision(precision);
  info.add_schedule(schedule);
  if (auto rate = module->getAttrOfType<FloatAttr>("ingot.learning_rate"))
    info.add_learning_rate(rate.getValueAsDouble());
  return info.Finish();
}

std::vector<uint8_t> buildManifest(ArrayRef<CodeLevel> levels, const PackageOptions &options, uint64_t &weightsHash) {
  fb::FlatBufferBuilder b;
  ModuleOp module = levels.front().module;
  NodeTable nodes(module);
  auto arrayOf = [&](StringRef name) -> ArrayRef<Attribute> {
    auto list = module->getAttrOfType<ArrayAttr>(name);
    return list ? list.getValue() : ArrayRef<Attribute>();
  };

  bool hasStates = false;
  std::vector<std::string> functionNames;
  llvm::StringMap<int32_t> variableIndices;
  llvm::StringSet<> gradients;
  for (auto [i, attr] : llvm::enumerate(arrayOf(variablesAttrName))) {
    auto variable = cast<DictionaryAttr>(attr);
    variableIndices[variable.getAs<StringAttr>("name").getValue()] = i;
    if (variable.getAs<StringAttr>("kind").getValue() == "gradient")
      gradients.insert(variable.getAs<StringAttr>("name").getValue());
  }
  std::vector<fb::Offset<manifest::FunctionInfo>> functions;
  for (Attribute attr : arrayOf("ingot.functions")) {
    auto fields = cast<DictionaryAttr>(attr);
    std::vector<fb::Offset<manifest::TensorInfo>> inputs, outputs;
    std::vector<fb::Offset<manifest::StateInfo>> states;
    std::vector<fb::Offset<manifest::ScalarInfo>> scalars;
    std::vector<fb::Offset<manifest::VariableUse>> uses;
    std::vector<int8_t> roles;
    for (auto [i, attr] : llvm::enumerate(fields.getAs<ArrayAttr>("inputs"))) {
      auto input = cast<DictionaryAttr>(attr);
      if (input.contains(scalarAttrName)) {
        scalars.push_back(scalarInfo(b, input));
        continue;
      }
      if (auto variable = input.getAs<StringAttr>(variableAttrName)) {
        uses.push_back(manifest::CreateVariableUse(b, variableIndices.lookup(variable.getValue()), input.contains(writtenAttrName)));
        continue;
      }
      auto info = tensorInfo(b, input, "input" + std::to_string(i));
      auto state = input.getAs<DictionaryAttr>("ingot.state");
      if (!state) {
        inputs.push_back(info);
        continue;
      }
      hasStates = true;
      states.push_back(manifest::CreateStateInfo(b, info, b.CreateString(state.getAs<StringAttr>("output").str()),
                                                 state.getAs<IntegerAttr>("axis").getInt(),
                                                 state.getAs<IntegerAttr>("capacity").getInt()));
    }
    for (auto [i, output] : llvm::enumerate(fields.getAs<ArrayAttr>("outputs")))
      if (!cast<DictionaryAttr>(output).contains("ingot.state")) {
        outputs.push_back(tensorInfo(b, cast<DictionaryAttr>(output), "output" + std::to_string(i)));
        auto role = cast<DictionaryAttr>(output).getAs<StringAttr>("ingot.output_role");
        roles.push_back(!role                              ? manifest::OutputRole_Model
                        : role.getValue() == "loss"          ? manifest::OutputRole_Loss
                        : role.getValue() == "gradient_norm" ? manifest::OutputRole_GradientNorm
                        : role.getValue() == "found_inf"     ? manifest::OutputRole_FoundInf
                        : role.getValue() == "metric"        ? manifest::OutputRole_Metric
                                                             : manifest::OutputRole_Model);
      }
    auto in = b.CreateVector(inputs), out = b.CreateVector(outputs);
    fb::Offset<fb::Vector<fb::Offset<manifest::StateInfo>>> stateVector;
    if (!states.empty())
      stateVector = b.CreateVector(states);
    std::vector<fb::Offset<fb::String>> specializations;
    if (auto list = fields.getAs<ArrayAttr>("specializations"))
      for (Attribute sizes : list)
        specializations.push_back(b.CreateString(cast<StringAttr>(sizes).str()));
    auto specializationVector = b.CreateVector(specializations);
    functionNames.push_back(fields.getAs<StringAttr>("name").str());
    auto name = b.CreateString(functionNames.back());
    bool trains = !scalars.empty() || !uses.empty();
    auto scalarVector = trains ? b.CreateVector(scalars) : fb::Offset<fb::Vector<fb::Offset<manifest::ScalarInfo>>>();
    auto useVector = trains ? b.CreateVector(uses) : fb::Offset<fb::Vector<fb::Offset<manifest::VariableUse>>>();
    auto roleVector = trains ? b.CreateVector(roles) : fb::Offset<fb::Vector<int8_t>>();
    int64_t operations = -1;
    if (auto known = fields.getAs<IntegerAttr>("operations"))
      operations = known.getInt();
    functions.push_back(manifest::CreateFunctionInfo(b, name, in, out, fields.getAs<IntegerAttr>("arena_bytes").getInt(),
                                                     operations, stateVector, specializationVector, scalarVector, useVector, roleVector));
  }

  std::vector<fb::Offset<manifest::WeightInfo>> weights;
  std::vector<uint64_t> hashes;
  for (const Weight &weight : getWeights(module)) {
    auto name = b.CreateString(weight.name);
    std::vector<int64_t> dims = weight.value.getShapedType().getShape().vec();
    auto dimsVector = b.CreateVector(dims);
    uint64_t hash = hashWeight(weight);
    hashes.push_back(hash);
    auto dtype = static_cast<manifest::DType>(dataTypeOf(weight.value.getShapedType().getElementType(), {}));
    weights.push_back(manifest::CreateWeightInfo(b, name, dtype, dimsVector, 0, weight.offset, weight.bytes, hash));
  }

  std::vector<fb::Offset<manifest::KernelInfo>> kernels;
  for (Attribute attr : arrayOf("ingot.calls")) {
    auto fields = cast<ArrayAttr>(attr);
    SmallVector<int32_t> indices = nodes.indicesOf(Location(cast<LocationAttr>(fields[1])));
    std::string description;
    for (int32_t index : indices) {
      if (description.size() > 200) {
        description += ", ...";
        break;
      }
      StringRef op = NodeTable::split(cast<StringAttr>(nodes.names()[index]).getValue()).second;
      description += (description.empty() ? "" : ", ") + op.str();
    }
    auto name = b.CreateString(cast<StringAttr>(fields[0]).str());
    auto nodeVector = b.CreateVector(std::vector<int32_t>(indices.begin(), indices.end()));
    std::vector<int32_t> finished;
    for (StringRef variable : cast<ArrayAttr>(fields[2]).getAsValueRange<StringAttr>())
      if (gradients.contains(variable))
        finished.push_back(variableIndices.lookup(variable));
    auto finishedVector = finished.empty() ? fb::Offset<fb::Vector<int32_t>>() : b.CreateVector(finished);
    kernels.push_back(manifest::CreateKernelInfo(b, name, nodeVector, b.CreateString(description), finishedVector));
  }
  std::vector<fb::Offset<manifest::NodeInfo>> nodeInfos;
  for (Attribute attr : nodes.names()) {
    auto [name, op] = NodeTable::split(cast<StringAttr>(attr).getValue());
    auto nameString = b.CreateString(name.data(), name.size());
    nodeInfos.push_back(manifest::CreateNodeInfo(b, nameString, b.CreateString(op.data(), op.size())));
  }
  std::vector<fb::Offset<fb::String>> messages, features;
  for (Attribute attr : arrayOf("ingot.messages"))
    messages.push_back(b.CreateString(cast<StringAttr>(attr).str()));
  for (const std::string &feature : levels.front().target.requiredFeatures())
    features.push_back(b.CreateString(feature));
  std::vector<uint32_t> numbers;
  if (levels.size() > 1)
    for (const CodeLevel &level : levels)
      numbers.push_back(level.target.level);

  auto functionVector = b.CreateVector(functions);
  auto weightVector = b.CreateVector(weights);
  auto kernelVector = b.CreateVector(kernels);
  auto nodeVector = b.CreateVector(nodeInfos);
  auto messageVector = b.CreateVector(messages);
  auto featureVector = b.CreateVector(features);
  auto levelVector = b.CreateVector(numbers);
  auto version = b.CreateString(INGOT_VERSION), model = b.CreateString(options.modelName);
  auto triple = b.CreateString("x86_64-unknown-linux-gnu"), cpu = b.CreateString(levels.size() > 1 ? "portable" : levels.front().target.cpu);
  auto weightsFile = b.CreateString(llvm::sys::path::filename(options.weightsPath).str());
  // Never 0, which says that there is none.
  weightsHash = llvm::xxh3_64bits(ArrayRef<uint8_t>(reinterpret_cast<const uint8_t *>(hashes.data()), hashes.size() * 8)) | 1;
  fb::Offset<manifest::TrainingInfo> training = trainingInfo(b, module, functionNames);
  manifest::ManifestBuilder root(b);
  // A runtime that knows nothing of states, or of training, must not run such code; without them it may.
  root.add_format_version(!training.IsNull() ? 3 : hasStates ? 2 : 1);
  root.add_compiler_version(version);
  root.add_model_name(model);
  root.add_target_triple(triple);
  root.add_cpu(cpu);
  root.add_features(featureVector);
  root.add_levels(levelVector);
  root.add_functions(functionVector);
  root.add_weights(weightVector);
  root.add_weights_bytes(getWeightsBytes(module));
  if (!options.weightsPath.empty()) {
    root.add_weights_file(weightsFile);
    root.add_weights_hash(weightsHash);
  }
  root.add_kernels(kernelVector);
  root.add_nodes(nodeVector);
  root.add_messages(messageVector);
  if (!training.IsNull())
    root.add_training(training);
  manifest::FinishManifestBuffer(b, root.Finish());
  return std::vector<uint8_t>(b.GetBufferPointer(), b.GetBufferPointer() + b.GetSize());
}

} // namespace ingot
