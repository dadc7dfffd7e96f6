//===- TrainingSpec.cpp - What is asked of a training step -----------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/differentiate/TrainingSpec.h"
#include "passes/differentiate/Losses.h"
#include "passes/differentiate/Optimizers.h"

#include "llvm/ADT/StringExtras.h"

#include <cmath>

using namespace llvm;

namespace ingot {

// `a=1,b=2` into `parameters`; false where an entry has no `=`, or its key stood there before.
static bool parseParameters(StringRef text, std::map<std::string, std::string> &parameters) {
  std::map<std::string, std::string> read;
  for (StringRef entry : split(text, ',')) {
    auto [key, value] = entry.split('=');
    if (key.trim().empty() || value.trim().empty() || !read.try_emplace(key.trim().str(), value.trim().str()).second)
      return false;
  }
  parameters = std::move(read);
  return true;
}

std::optional<TermSpec> TermSpec::parse(StringRef text, std::string &error) {
  TermSpec term;
  term.text = text.str();
  StringRef rest;
  std::tie(text, rest) = text.split(':');
  term.kind = text.trim().str();
  // Parameters are what stands behind the last colon, if that has an equals sign. Names with one are then the operands' own affair.
  auto [head, tail] = rest.rsplit(':');
  StringRef operands = rest;
  if (rest.contains(':') && tail.contains('=')) {
    if (!parseParameters(tail, term.parameters)) {
      error = "'" + term.text + "': expected KEY=VALUE,... behind the last colon, each key once";
      return std::nullopt;
    }
    operands = head;
  } else if (rest.contains('=') && parseParameters(rest, term.parameters)) {
    operands = "";
  }
  if (!operands.empty())
    for (StringRef name : split(operands, ','))
      term.operands.push_back(name.trim().str());
  if (term.kind.empty() || is_contained(term.operands, "")) {
    error = "'" + term.text + "': expected KIND:OPERAND,...";
    return std::nullopt;
  }
  return term;
}

double TermSpec::number(StringRef key, double otherwise, std::string &error) const {
  auto at = parameters.find(key.str());
  if (at == parameters.end())
    return otherwise;
  double value;
  if (StringRef(at->second).getAsDouble(value) || !std::isfinite(value)) {
    error = "'" + text + "': " + key.str() + " must be a number, not '" + at->second + "'";
    return otherwise;
  }
  return value;
}

bool TermSpec::flag(StringRef key, bool otherwise, std::string &error) const {
  auto at = parameters.find(key.str());
  if (at == parameters.end())
    return otherwise;
  if (at->second == "true" || at->second == "1")
    return true;
  if (at->second == "false" || at->second == "0")
    return false;
  error = "'" + text + "': " + key.str() + " must be true or false, not '" + at->second + "'";
  return otherwise;
}

std::string TermSpec::word(StringRef key, StringRef otherwise) const {
  auto at = parameters.find(key.str());
  return at == parameters.end() ? otherwise.str() : at->second;
}

std::optional<GroupSpec> GroupSpec::parse(StringRef text, std::string &error) {
  GroupSpec group;
  group.text = text.str();
  auto [pattern, rest] = text.rsplit(':');
  std::map<std::string, std::string> parameters;
  if (pattern.empty() || rest.empty() || !parseParameters(rest, parameters)) {
    error = "'" + group.text + "': expected RE:lr=FACTOR,weight_decay=DECAY";
    return std::nullopt;
  }
  group.pattern = std::make_shared<Regex>(pattern);
  std::string why;
  if (!group.pattern->isValid(why)) {
    error = "'" + group.text + "': " + why;
    return std::nullopt;
  }
  for (auto &[key, value] : parameters) {
    double number;
    if ((key != "lr" && key != "weight_decay") || StringRef(value).getAsDouble(number) || !(number >= 0) || std::isinf(number)) {
      error = "'" + group.text + "': expected lr=FACTOR or weight_decay=DECAY, not '" + key + "=" + value + "'";
      return std::nullopt;
    }
    (key == "lr" ? group.rate : group.decay) = number;
  }
  return group;
}

// Whether `term` has only parameters that `known` names.
static bool checkParameters(const TermSpec &term, ArrayRef<StringRef> known, StringRef what, std::string &error) {
  for (auto &[key, value] : term.parameters)
    if (!is_contained(known, StringRef(key))) {
      error = (what + " '" + term.kind + "' has no parameter '" + key + "'; it has: " + join(known, ", ")).str();
      return false;
    }
  return true;
}

// Whether the numbers of `term` are some with which its formula means anything.
static bool checkRanges(const TermSpec &term, std::string &error) {
  for (auto &[key, text] : term.parameters) {
    double value;
    if (StringRef(text).getAsDouble(value))
      continue;
    bool isShare = key == "beta1" || key == "beta2", isPart = key == "label_smoothing";
    if (isShare ? value >= 0 && value < 1 : isPart ? value >= 0 && value <= 1 : value >= 0)
      continue;
    static constexpr StringRef free[] = {"weight", "axis", "ignore_index", "dampening", "margin", "entropy", "value", "pos_weight"};
    if (is_contained(free, StringRef(key)))
      continue;
    error = "'" + term.text + "': " + key + " must lie in " + (isShare ? "[0, 1)" : isPart ? "[0, 1]" : "[0, inf)") + ", not be " + text;
    return false;
  }
  return true;
}

std::optional<TrainingSpec> TrainingSpec::parse(ArrayRef<std::string> losses, StringRef optimizer, ArrayRef<std::string> groups,
                                                std::string &error, StringRef lossOption) {
  TrainingSpec spec;
  auto refuse = [&](StringRef option) {
    error = option.str() + ": " + error;
    return std::nullopt;
  };
  for (const std::string &text : losses) {
    std::optional<TermSpec> term = TermSpec::parse(text, error);
    if (!term)
      return refuse(lossOption);
    const LossKind *kind = findLoss(term->kind);
    if (!kind) {
      error = "there is no loss '" + term->kind + "'; there are: " + listLosses();
      return refuse(lossOption);
    }
    if (term->operands.size() < kind->least || term->operands.size() > kind->most) {
      error = "loss '" + term->kind + "' is written " + kind->usage.str() + ", not '" + text + "'";
      return refuse(lossOption);
    }
    if (!checkParameters(*term, kind->parameters, "loss", error) || !checkRanges(*term, error))
      return refuse(lossOption);
    spec.losses.push_back(std::move(*term));
  }
  std::optional<TermSpec> term = TermSpec::parse(optimizer, error);
  if (!term)
    return refuse("--optimizer");
  const OptimizerKind *kind = findOptimizer(term->kind);
  if (!kind) {
    error = "there is no optimizer '" + term->kind + "'; there are: " + listOptimizers();
    return refuse("--optimizer");
  }
  if (!term->operands.empty()) {
    error = "'" + optimizer.str() + "': an optimizer is written KIND:KEY=VALUE,..., each key once";
    return refuse("--optimizer");
  }
  if (!checkParameters(*term, kind->parameters, "optimizer", error) || !checkRanges(*term, error))
    return refuse("--optimizer");
  spec.optimizer = std::move(*term);
  for (const std::string &text : groups) {
    std::optional<GroupSpec> group = GroupSpec::parse(text, error);
    if (!group)
      return refuse("--group");
    spec.groups.push_back(std::move(*group));
  }
  return spec;
}

} // namespace ingot
