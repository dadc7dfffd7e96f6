//===- NodeTable.cpp - The ONNX nodes that code belongs to ------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/emit/NodeTable.h"

using namespace mlir;

namespace ingot {

NodeTable::NodeTable(ModuleOp module) {
  if (auto list = module->getAttrOfType<ArrayAttr>("ingot.nodes"))
    nodes.insert(list.begin(), list.end());
}

void NodeTable::collect(Location loc, llvm::SmallSetVector<Attribute, 4> &found) {
  if (auto name = dyn_cast<NameLoc>(loc)) {
    // A node's location is its name around the operator's; other names are those of tensors.
    if (auto op = dyn_cast<NameLoc>(name.getChildLoc()))
      found.insert(StringAttr::get(loc.getContext(), name.getName().getValue() + " (" + op.getName().getValue() + ")"));
  } else if (auto fused = dyn_cast<FusedLoc>(loc)) {
    for (Location part : fused.getLocations())
      collect(part, found);
  } else if (auto call = dyn_cast<CallSiteLoc>(loc)) {
    collect(call.getCallee(), found);
  }
}

SmallVector<int32_t> NodeTable::indicesOf(Location loc) {
  llvm::SmallSetVector<Attribute, 4> found;
  collect(loc, found);
  SmallVector<int32_t> indices;
  for (Attribute name : found) {
    nodes.insert(name);
    indices.push_back(llvm::find(nodes, name) - nodes.begin());
  }
  return indices;
}

int32_t NodeTable::indexOf(Location loc) {
  SmallVector<int32_t> indices = indicesOf(loc);
  return indices.empty() ? -1 : indices.front();
}

void NodeTable::store(ModuleOp module) const {
  module->setAttr("ingot.nodes", ArrayAttr::get(module.getContext(), nodes.getArrayRef()));
}

std::pair<StringRef, StringRef> NodeTable::split(StringRef text) {
  size_t open = text.rfind(" (");
  if (open == StringRef::npos)
    return {text, ""};
  StringRef name = text.take_front(open).trim(), op = text.drop_front(open + 2);
  return {name.trim('"'), op.take_until([](char c) { return c == ',' || c == ')' || c == ' '; })};
}

} // namespace ingot
