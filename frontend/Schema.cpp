//===- Schema.cpp - What ONNX asks of its operators ---------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "frontend/Schema.h"
#include "frontend/Decoder.h"

#include "frontend/proto/onnx.pb.h"

using namespace mlir;

namespace ingot {
namespace {

struct Operator {
  const char *name;
  int since, minInputs, maxInputs;
  const char *types, *attributes;
};

const Operator kOperators[] = {
#define OPERATOR(NAME, SINCE, MIN, MAX, TYPES, ATTRIBUTES) {NAME, SINCE, MIN, MAX, TYPES, ATTRIBUTES},
#include "frontend/OperatorSchemas.inc"
#undef OPERATOR
};

const Operator *findOperator(StringRef name, int64_t opset) {
  static const auto *byName = [] {
    auto *map = new llvm::StringMap<SmallVector<const Operator *>>();
    for (const Operator &op : kOperators)
      (*map)[op.name].push_back(&op);
    return map;
  }();
  auto found = byName->find(name);
  if (found == byName->end())
    return nullptr;
  const Operator *best = nullptr;
  for (const Operator *op : found->second)
    if (op->since <= opset)
      best = op;
  return best;
}

char kindOf(const onnx::AttributeProto &attribute) {
  using Attr = onnx::AttributeProto;
  switch (attribute.type()) {
  case Attr::FLOAT:
    return 'f';
  case Attr::INT:
    return 'i';
  case Attr::STRING:
    return 's';
  case Attr::TENSOR:
    return 't';
  case Attr::GRAPH:
    return 'g';
  case Attr::FLOATS:
    return 'F';
  case Attr::INTS:
    return 'I';
  case Attr::STRINGS:
    return 'S';
  case Attr::SPARSE_TENSOR:
    return 'p';
  case Attr::TYPE_PROTO:
    return 'y';
  case Attr::TENSORS:
    return 'T';
  case Attr::GRAPHS:
    return 'G';
  default:
    return 0; // files of the first IR version do not say
  }
}

bool checkAttributes(NodeReader &node, const Operator &op) {
  SmallVector<StringRef> entries;
  StringRef(op.attributes).split(entries, ',', -1, /*KeepEmpty=*/false);
  for (StringRef entry : entries) {
    auto [name, kinds] = entry.split(':');
    bool required = kinds.ends_with("!");
    bool found = false;
    for (const onnx::AttributeProto &attribute : node.getProto().attribute()) {
      if (attribute.name() != name)
        continue;
      found = true;
      char kind = kindOf(attribute);
      if (kind && kind != kinds[0])
        return succeeded(node.fail("attribute '" + name + "' has the wrong kind"));
    }
    if (required && !found)
      return succeeded(node.fail("attribute '" + name + "' is missing"));
  }
  return true;
}

/// One input of a schema's types: its variable, and '*' (variadic), '?' (optional) or 0.
struct Input {
  char variable = '-', kind = 0;
};

SmallVector<Input> inputsOf(const Operator &op) {
  SmallVector<Input> inputs;
  for (const char *p = op.types; *p; ++p) {
    if (*p == '*' || *p == '?')
      inputs.back().kind = *p;
    else
      inputs.push_back({*p, 0});
  }
  return inputs;
}

bool checkInputs(NodeReader &node, const Operator &op) {
  int64_t given = node.numInputs();
  if (op.maxInputs >= 0 && given > op.maxInputs)
    return succeeded(node.fail("it has " + Twine(given) + " inputs, but takes at most " + Twine(op.maxInputs)));
  SmallVector<Input> inputs = inputsOf(op);
  llvm::SmallDenseMap<char, std::pair<Type, unsigned>> variables;
  for (int64_t i = 0; i < std::max<int64_t>(given, op.minInputs) && !inputs.empty(); ++i) {
    Input input = i < static_cast<int64_t>(inputs.size()) ? inputs[i] : inputs.back();
    if (!node.hasInput(i)) {
      if (input.kind == '?')
        continue;
      return succeeded(node.fail("its required input " + Twine(i) + " is missing"));
    }
    if (input.variable == '-')
      continue;
    Type type = node.inputElementType(i);
    auto [entry, isNew] = variables.try_emplace(input.variable, type, i);
    if (!isNew && entry->second.first != type) {
      std::string first, second;
      llvm::raw_string_ostream(first) << entry->second.first;
      llvm::raw_string_ostream(second) << type;
      return succeeded(node.fail("inputs " + Twine(entry->second.second) + " and " + Twine(i) + " must have the same element type, but are " +
                                 first + " and " + second));
    }
  }
  return true;
}

} // namespace

bool checkSchema(NodeReader &node) {
  std::string name = node.domain().empty() ? node.op().str() : (node.domain() + ":" + node.op()).str();
  const Operator *op = findOperator(name, node.opset());
  return !op || (checkInputs(node, *op) && checkAttributes(node, *op));
}

} // namespace ingot
