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

bool checkTypes(NodeReader &node, const Operator &op) {
  llvm::SmallDenseMap<char, std::pair<Type, unsigned>> variables;
  StringRef types = op.types;
  unsigned position = 0;
  for (unsigned i = 0; i < node.numInputs() && position < types.size(); ++i) {
    char variable = types[position];
    bool variadic = position + 1 < types.size() && types[position + 1] == '*';
    if (!variadic)
      ++position;
    if (variable == '-' || !node.hasInput(i))
      continue;
    Type type = node.inputElementType(i);
    auto [entry, isNew] = variables.try_emplace(variable, type, i);
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
  if (!node.domain().empty())
    return true;
  const Operator *op = findOperator(node.op(), node.opset());
  if (!op)
    return true;
  int64_t given = node.numInputs();
  if (op->maxInputs >= 0 && given > op->maxInputs)
    return succeeded(node.fail("it has " + Twine(given) + " inputs, but takes at most " + Twine(op->maxInputs)));
  for (int64_t i = 0; i < op->minInputs; ++i)
    if (i >= given || (!node.hasInput(i) && op->maxInputs >= 0))
      return succeeded(node.fail("its required input " + Twine(i) + " is missing"));
  return checkAttributes(node, *op) && checkTypes(node, *op);
}

} // namespace ingot
