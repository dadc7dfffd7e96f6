//===- ConfigFile.cpp - Choices by node name --------------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "utils/compiler/ConfigFile.h"
#include "codegen/emit/NodeTable.h"
#include "codegen/fuse/Pins.h"

#include "mlir/IR/Builders.h"
#include "llvm/Support/GlobPattern.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"

#include <map>
#include <set>

using namespace mlir;

namespace ingot {

namespace {

using Choices = std::map<std::string, Attribute>;

class ConfigReader {
public:
  ConfigReader(StringRef path, ArrayRef<std::string> known, ModuleOp module) : path(path), module(module), b(module.getContext()) {
    for (const std::string &node : known)
      if (StringRef name = NodeTable::split(node).first; !name.empty())
        nodes.insert(name.str());
  }
  std::string run();

private:
  bool fail(const Twine &text) {
    error = (path + ": " + text).str();
    return false;
  }
  bool readChoices(StringRef pattern, const llvm::json::Value &value, Choices &choices);
  bool apply(StringRef pattern, const Choices &choices);

  std::string path, error;
  ModuleOp module;
  Builder b;
  std::set<std::string> nodes;
  // Node -> choice -> what it is and the pattern that says so.
  std::map<std::string, std::map<std::string, std::pair<Attribute, std::string>>> pins;
};

std::string printed(const llvm::json::Value &value) {
  std::string text;
  llvm::raw_string_ostream(text) << value;
  return text.size() > 60 ? text.substr(0, 57) + "..." : text;
}

bool ConfigReader::readChoices(StringRef pattern, const llvm::json::Value &value, Choices &choices) {
  std::string place = ("nodes.\"" + pattern + "\"").str();
  const llvm::json::Object *object = value.getAsObject();
  if (!object)
    return fail(place + " must be an object of choices, not " + printed(value));
  for (const auto &[key, choice] : *object) {
    StringRef name = key;
    auto wrong = [&, &choice = choice](const Twine &wanted) {
      return fail(place + "." + name + " must be " + wanted + ", not " + printed(choice));
    };
    if (name == "winograd" || name == "fuse") {
      auto flag = choice.getAsBoolean();
      if (!flag)
        return wrong("true or false");
      choices[name.str()] = b.getBoolAttr(*flag);
      continue;
    }
    auto number = choice.getAsInteger();
    if (name == "tile") {
      if (!number || (*number != 2 && *number != 4))
        return wrong("2 or 4");
    } else if (name == "rows") {
      if (!number || *number < 1 || *number > 8)
        return wrong("1 to 8");
    } else if (name == "threads") {
      // The number of threads is the caller's; what can be chosen is whether a kernel is cut at all.
      if (choice.getAsString() == std::optional<StringRef>("all"))
        number = 0;
      else if (number != std::optional<int64_t>(1))
        return wrong("1 or \"all\"");
    } else {
      return fail(place + "." + name + " is no choice; known are fuse, rows, threads, tile, winograd");
    }
    choices[name.str()] = b.getI64IntegerAttr(*number);
  }
  auto winograd = dyn_cast_or_null<BoolAttr>(choices["winograd"]);
  if (winograd && !winograd.getValue() && choices["tile"])
    return fail(place + " forbids Winograd's form (winograd) and says its tile");
  return true;
}

// A node's own name goes before patterns; two patterns must agree.
bool ConfigReader::apply(StringRef pattern, const Choices &choices) {
  bool isName = nodes.count(pattern.str());
  std::optional<llvm::GlobPattern> glob;
  if (!isName) {
    llvm::Expected<llvm::GlobPattern> parsed = llvm::GlobPattern::create(pattern);
    if (!parsed)
      return fail("nodes.\"" + pattern + "\" is no pattern: " + llvm::toString(parsed.takeError()));
    glob = std::move(*parsed);
  }
  bool found = false;
  for (const std::string &node : nodes) {
    if (isName ? node != pattern : !glob->match(node))
      continue;
    found = true;
    for (const auto &[name, value] : choices) {
      if (!value)
        continue;
      auto [it, isNew] = pins[node].try_emplace(name, value, pattern.str());
      if (isNew || it->second.first == value)
        continue;
      if (isName)
        it->second = {value, pattern.str()};
      else
        return fail("nodes.\"" + pattern + "\" and nodes.\"" + it->second.second + "\" disagree about " + name + " of node '" +
                    node + "'");
    }
  }
  return found || fail("nodes.\"" + pattern + "\" matches no node of the model");
}

std::string ConfigReader::run() {
  auto file = llvm::MemoryBuffer::getFile(path, /*IsText=*/true);
  if (!file)
    return "cannot open '" + path + "': " + file.getError().message();
  auto root = llvm::json::parse((*file)->getBuffer());
  if (!root) {
    fail("no JSON: " + llvm::toString(root.takeError()));
    return error;
  }
  const llvm::json::Object *object = root->getAsObject();
  if (!object) {
    fail("must be an object with \"nodes\"");
    return error;
  }
  for (const auto &[key, value] : *object)
    if (StringRef(key) != "nodes" && !fail("\"" + StringRef(key) + "\" is unknown; the file holds \"nodes\""))
      return error;
  const llvm::json::Object *entries = object->getObject("nodes");
  if (!entries) {
    fail("\"nodes\" must be an object of patterns of node names");
    return error;
  }
  // Patterns in order, names last.
  std::map<std::pair<bool, std::string>, Choices> ordered;
  for (const auto &[key, value] : *entries) {
    std::string pattern = StringRef(key).str();
    if (!readChoices(pattern, value, ordered[{nodes.count(pattern) != 0, pattern}]))
      return error;
  }
  for (const auto &[key, choices] : ordered)
    if (!apply(key.second, choices))
      return error;
  SmallVector<NamedAttribute> list;
  for (const auto &[node, choices] : pins) {
    SmallVector<NamedAttribute> fields;
    for (const auto &[name, value] : choices)
      fields.push_back(b.getNamedAttr(name, value.first));
    list.push_back(b.getNamedAttr(node, b.getDictionaryAttr(fields)));
  }
  module->setAttr(pinsAttrName, b.getDictionaryAttr(list));
  return error;
}

} // namespace

std::string applyConfigFile(StringRef path, ArrayRef<std::string> nodes, ModuleOp module) {
  return ConfigReader(path, nodes, module).run();
}

} // namespace ingot
