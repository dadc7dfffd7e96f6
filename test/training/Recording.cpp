//===- Recording.cpp - Recorded training runs ------------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/training/Recording.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Regex.h"

using namespace llvm;

namespace ingot::training {

static std::string print(double number) {
  std::string text;
  raw_string_ostream(text) << format("%.17g", number);
  return text;
}

static std::vector<std::string> stringsOf(const json::Object &object, StringRef key) {
  std::vector<std::string> strings;
  if (const json::Array *array = object.getArray(key))
    for (const json::Value &value : *array)
      if (std::optional<StringRef> text = value.getAsString())
        strings.push_back(text->str());
  return strings;
}

std::string Recording::load() {
  auto text = MemoryBuffer::getFile(folder + "/spec.json");
  if (!text)
    return "there is no spec.json";
  Expected<json::Value> parsed = json::parse((*text)->getBuffer());
  if (!parsed)
    return toString(parsed.takeError());
  if (!parsed->getAsObject())
    return "spec.json is no object";
  spec = std::move(*parsed->getAsObject());
  std::string problem;
  arrays = readArrays(folder + "/run_" + precision + ".npz", problem);
  batches = readArrays(folder + "/run_f32.npz", problem);
  if (!problem.empty())
    return problem;
  steps = spec.getInteger("steps").value_or(0);
  if (const json::Object *accumulation = spec.getObject("accumulation"))
    microBatches = accumulation->getInteger("micro_batches").value_or(1);
  for (auto &[name, array] : arrays)
    if (StringRef key = name; key.consume_front("param:0:"))
      parameters.push_back(key.str());
    else if (key.consume_front("buffer:0:"))
      buffers.push_back(key.str());
  options.inputPath = folder + "/model_" + precision + ".onnx";
  options.training.unbiasedVariance = true;
  if (isSaliency()) {
    options.gradients = {"logits:x", "loss:x"};
    options.gradientLosses = {"softmax_cross_entropy:logits,y:reduction=sum"};
    return "";
  }
  readTolerances();
  readAdapters();
  readSpikes();
  if (problem = readLoss(); !problem.empty())
    return problem;
  return readSchedule();
}

std::string Recording::readLoss() {
  const json::Object *loss = spec.getObject("loss");
  if (!loss)
    return "the recording has no loss";
  std::string kind = loss->getString("name").value_or("").str();
  std::vector<std::string> names = stringsOf(*loss, "outputs"), labels = stringsOf(*loss, "labels");
  if (kind == "gan_non_saturating") {
    // The discriminator's step and the generator's are algorithms of one model, which make-models.py joins of the two.
    AlgorithmOptions d, g;
    d.name = "d";
    d.losses = {"bce_with_logits:d_real,1", "bce_with_logits:d_fake,0"};
    d.train = "^D/";
    g.name = "g";
    g.losses = {"bce_with_logits:d_fake,1"};
    g.train = "^G/";
    const json::Object *both = spec.getObject("optimizer");
    if (!both || !both->getObject("D") || !both->getObject("G"))
      return "the recording lacks an optimizer";
    if (std::string problem = readOptimizer(*both->getObject("D"), d); !problem.empty())
      return problem;
    if (std::string problem = readOptimizer(*both->getObject("G"), g); !problem.empty())
      return problem;
    options.training.algorithms = {d, g};
    updates = {{"d", {{"real", "real"}, {"z", "z_d"}}, "loss_d", "D/", {{"D_real", "d_real"}, {"D_fake", "d_fake"}, {"G_fake", "fake"}}},
               {"g", {{"real", "real"}, {"z", "z_g"}}, "loss_g", "G/", {}}};
    return "";
  }
  std::vector<std::string> more;
  auto number = [&](StringRef name, StringRef key, bool always = false) {
    std::optional<double> value = loss->getNumber(key);
    if (value && (always || *value != 0))
      more.push_back((name + "=" + print(*value)).str());
  };
  if (kind == "softmax_cross_entropy") {
    more.push_back("axis=-1");
    number("label_smoothing", "label_smoothing");
    number("ignore_index", "ignore_index", true);
  } else if (kind == "smooth_l1") {
    number("beta", "beta");
  } else if (kind == "triplet_margin") {
    kind = "triplet";
  } else if (kind == "vae") {
    kind = "vae_elbo";
    names.insert(names.begin() + 1, labels[0]);
    labels.clear();
  } else if (kind == "distillation") {
    number("temperature", "T");
    more.push_back("alpha=0.5");
    std::swap(labels[0], labels[1]);
  }
  names.insert(names.end(), labels.begin(), labels.end());
  AlgorithmOptions algorithm;
  algorithm.losses.push_back(kind + ":" + join(names, ",") + (more.empty() ? "" : ":") + join(more, ","));
  const json::Object *optimizer = spec.getObject("optimizer");
  if (!optimizer)
    return "the recording has no optimizer";
  if (std::string problem = readOptimizer(*optimizer, algorithm); !problem.empty())
    return problem;
  if (const json::Object *clipping = spec.getObject("gradient_clipping"))
    algorithm.clipNorm = clipping->getNumber("max_norm").value_or(0);
  options.training.algorithms = {algorithm};
  Update update;
  update.algorithm = algorithm.name;
  for (auto &[name, array] : batches)
    if (StringRef key = name; key.consume_front("batch:"))
      update.batchOf[key.str()] = key.str();
  for (auto &[name, array] : arrays)
    if (StringRef key = name; key.consume_front("output:1:"))
      update.outputs[key.str()] = key.str();
  updates = {update};
  return "";
}

std::string Recording::readOptimizer(const json::Object &optimizer, AlgorithmOptions &algorithm) {
  std::string name = StringRef(optimizer.getString("name").value_or("")).lower();
  const json::Object *hyper = optimizer.getObject("hyper_parameters");
  if (!hyper)
    return "the optimizer has no parameters";
  std::vector<std::string> parameters;
  for (const char *key : {"momentum", "dampening", "weight_decay", "eps", "alpha", "lr_decay", "initial_accumulator_value"})
    if (std::optional<double> value = hyper->getNumber(key))
      parameters.push_back(std::string(key) + "=" + print(*value));
  for (const char *key : {"nesterov", "amsgrad", "centered"})
    if (std::optional<bool> value = hyper->getBoolean(key); value && *value)
      parameters.push_back(std::string(key) + "=true");
  if (const json::Array *betas = hyper->getArray("betas"); betas && betas->size() == 2)
    for (size_t i = 0; i < 2; ++i)
      parameters.push_back("beta" + std::to_string(i + 1) + "=" + print((*betas)[i].getAsNumber().value_or(0)));
  algorithm.optimizer = name + ":" + join(parameters, ",");
  options.training.learningRate = hyper->getNumber("lr").value_or(0);
  return "";
}

std::string Recording::readSchedule() {
  const json::Object *schedule = spec.getObject("schedule");
  std::string name = schedule ? schedule->getString("name").value_or("constant").str() : "constant";
  auto number = [&](StringRef key) { return schedule->getInteger(key).value_or(0); };
  if (name == "constant")
    options.training.schedule = "constant";
  else if (name == "StepLR")
    options.training.schedule =
        "step:T=" + std::to_string(number("step_size")) + ",gamma=" + print(schedule->getNumber("gamma").value_or(1));
  else if (name == "cosine_with_linear_warmup")
    options.training.schedule = "cosine:T=" + std::to_string(number("total_steps") - number("warmup_steps")) +
                                ",warmup=" + std::to_string(number("warmup_steps"));
  else
    return "there is no schedule '" + name + "'";
  return "";
}

void Recording::readAdapters() {
  const json::Object *lora = spec.getObject("lora");
  const json::Array *targets = lora ? lora->getArray("targets") : nullptr;
  if (!targets)
    return;
  std::string numbers = "r=" + std::to_string(lora->getInteger("r").value_or(0)) + ",alpha=" + print(lora->getNumber("alpha").value_or(0));
  for (const json::Value &value : *targets) {
    const json::Object *target = value.getAsObject();
    std::string weight = target->getString("weight").value_or("").str();
    options.training.adapters.push_back("^" + Regex::escape(weight) + "$:" + numbers);
    adapters[target->getString("A").value_or("").str()] = {weight, true};
    adapters[target->getString("B").value_or("").str()] = {weight, false};
  }
  if (const json::Array *frozen = spec.getArray("frozen_params"))
    for (const json::Value &value : *frozen)
      options.training.freeze.push_back("^" + Regex::escape(value.getAsObject()->getString("name").value_or("")) + "$");
}

void Recording::readSpikes() {
  const json::Object *surrogate = spec.getObject("surrogate");
  const json::Array *nodes = spec.getArray("spike_nodes");
  if (!surrogate || !nodes)
    return;
  std::vector<std::string> names;
  for (const json::Value &value : *nodes)
    if (const json::Object *node = value.getAsObject(); node && node->getString("gradient") == "surrogate")
      names.push_back(Regex::escape(node->getString("cast_node").value_or("")));
  options.surrogates = {"^(" + join(names, "|") + ")$=" + surrogate->getString("name").value_or("").str() +
                        ":slope=" + print(surrogate->getNumber("slope").value_or(1))};
}

void Recording::readTolerances() {
  const json::Object *all = spec.getObject("recommended_tolerances");
  const json::Object *own = all ? all->getObject(precision) : nullptr;
  if (!own)
    return;
  tolerances.loss = own->getNumber("loss_abs").value_or(0);
  tolerances.gradient = own->getNumber("grad_rel").value_or(0);
  tolerances.early = own->getNumber("param_abs_1to3").value_or(0);
  tolerances.last = own->getNumber("param_abs_final").value_or(0);
  tolerances.update = own->getNumber("update_rel_l2_final").value_or(0);
  // As the recordings' own check of forward passes has it.
  tolerances.output = precision == "f64" ? 1e-12 : 2e-5;
}

Arrays Recording::batch(int64_t s) const {
  Arrays batch;
  const Array *index = find("batch_index");
  int64_t row = index ? static_cast<int64_t>(index->number(s)) : 0;
  for (auto &[name, array] : batches)
    if (StringRef key = name; key.consume_front("batch:"))
      batch[key.str()] = array.row(row).asFloat(dtype());
  return batch;
}

const Array *Recording::find(const std::string &name) const {
  auto found = arrays.find(name);
  return found == arrays.end() ? nullptr : &found->second;
}

} // namespace ingot::training
