//===- Specialize.cpp - Copies of a function for hot sizes ---------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A function with dynamic sizes gets copies in which some of them are fixed. They hold the same constants, so that weights are
// packed and stored once, and kernels that come out equal are one. `plan-memory` makes the entry points choose among them.
//
//===----------------------------------------------------------------------===//

#include "passes/Passes.h"
#include "passes/simplify/BindSymbols.h"
#include "passes/simplify/RefineShapes.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;

namespace ingot {

#define GEN_PASS_DEF_SPECIALIZEPASS
#include "passes/Passes.h.inc"

namespace {

/// Each copy is a whole network's worth of code.
constexpr size_t maxCombinations = 16;

using Sizes = SmallVector<std::pair<StringRef, int64_t>>;

struct SpecializePass : impl::SpecializePassBase<SpecializePass> {
  using Base::Base;

  void runOnOperation() override {
    if (sizes.empty())
      return;
    llvm::MapVector<StringRef, SmallVector<int64_t>> choices;
    for (const std::string &entry : sizes) {
      auto [name, text] = StringRef(entry).rsplit('=');
      int64_t size;
      if (name.empty() || text.getAsInteger(10, size) || size < 0) {
        emitError(getOperation()->getLoc()) << "--specialize " << entry << ": expected NAME=SIZE, for example sequence=128";
        return signalPassFailure();
      }
      if (!llvm::is_contained(choices[name], size))
        choices[name].push_back(size);
    }
    std::vector<Sizes> combinations(1);
    for (auto &[name, values] : choices) {
      std::vector<Sizes> longer;
      for (const Sizes &combination : combinations)
        for (int64_t value : values) {
          longer.push_back(combination);
          longer.back().push_back({name, value});
        }
      combinations = std::move(longer);
      if (combinations.size() > maxCombinations) {
        emitError(getOperation()->getLoc()) << "--specialize: these are " << combinations.size()
                                            << " combinations of sizes or more, at most " << maxCombinations << " are possible";
        return signalPassFailure();
      }
    }
    SmallVector<func::FuncOp> functions;
    getOperation()->walk([&](func::FuncOp func) {
      if (func.isPublic() && !func.isExternal())
        functions.push_back(func);
    });
    for (func::FuncOp func : functions) {
      for (auto &[name, values] : choices)
        if (!hasSymbol(func, name)) {
          emitError(func.getLoc()) << "--specialize " << name << "=" << values.front() << ": no input has a dimension of this name";
          return signalPassFailure();
        }
      func::FuncOp last = func;
      for (const Sizes &combination : combinations)
        if (!(last = copy(func, last, combination)))
          return signalPassFailure();
    }
    propagateTypes(getOperation());
  }

private:
  static func::FuncOp copy(func::FuncOp func, func::FuncOp after, const Sizes &combination) {
    OpBuilder b(func.getContext());
    b.setInsertionPointAfter(after);
    auto clone = cast<func::FuncOp>(b.clone(*func));
    std::string suffix = llvm::join(llvm::map_range(combination, [](auto &size) { return std::to_string(size.second); }), "x");
    clone.setName((func.getName() + "$" + suffix).str());
    std::string text = llvm::join(
        llvm::map_range(combination, [](auto &size) { return (size.first + "=" + llvm::Twine(size.second)).str(); }), ", ");
    clone->setAttr("ingot.specializes", func.getNameAttr());
    clone->setAttr("ingot.sizes", b.getStringAttr(text));
    return succeeded(bindSymbols(clone, combination)) ? clone : func::FuncOp();
  }
};

} // namespace

} // namespace ingot
