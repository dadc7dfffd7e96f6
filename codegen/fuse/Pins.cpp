//===- Pins.cpp - Choices that the user made by node ------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/fuse/Pins.h"
#include "codegen/emit/NodeTable.h"

using namespace mlir;

namespace ingot {

// Calls `visit` with the name and the choices of each pinned node, until it returns true.
static void forEachPin(ModuleOp module, Location loc, llvm::function_ref<bool(StringAttr, DictionaryAttr)> visit) {
  auto pins = module->getAttrOfType<DictionaryAttr>(pinsAttrName);
  if (!pins)
    return;
  NodeTable table;
  table.indicesOf(loc);
  for (Attribute node : table.names()) {
    auto name = StringAttr::get(module.getContext(), NodeTable::split(cast<StringAttr>(node).getValue()).first);
    if (auto pin = pins.getAs<DictionaryAttr>(name); pin && visit(name, pin))
      return;
  }
}

DictionaryAttr pinsOf(ModuleOp module, Location loc) {
  NamedAttrList found;
  forEachPin(module, loc, [&](StringAttr, DictionaryAttr pin) {
    for (NamedAttribute choice : pin)
      if (choice.getName() != "fuse" && !found.get(choice.getName()))
        found.append(choice);
    return false;
  });
  return found.empty() ? DictionaryAttr() : found.getDictionary(module.getContext());
}

StringAttr nodeKeptApart(Operation *op) {
  StringAttr apart;
  forEachPin(op->getParentOfType<ModuleOp>(), op->getLoc(), [&](StringAttr name, DictionaryAttr pin) {
    auto fuse = pin.getAs<BoolAttr>("fuse");
    if (fuse && !fuse.getValue())
      apart = name;
    return apart != nullptr;
  });
  return apart;
}

int64_t pinnedTile(func::FuncOp kernel, int64_t chosen) {
  auto pin = kernel->getAttrOfType<DictionaryAttr>(pinAttrName);
  if (!pin)
    return chosen;
  if (auto tile = pin.getAs<IntegerAttr>("tile"))
    return tile.getInt();
  if (auto winograd = pin.getAs<BoolAttr>("winograd"))
    return !winograd.getValue() ? 0 : chosen ? chosen : 4;
  return chosen;
}

} // namespace ingot
