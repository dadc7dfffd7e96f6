//===- BindSymbols.cpp - Fixed sizes for named dimensions --------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/simplify/BindSymbols.h"
#include "passes/Passes.h"
#include "passes/Utils.h"
#include "passes/simplify/RefineShapes.h"

#include "llvm/ADT/StringMap.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;

namespace ingot {

#define GEN_PASS_DEF_BINDSYMBOLSPASS
#include "passes/Passes.h.inc"

namespace {

/// One entry NAME=SIZES; `kDynamic` for `?`.
struct Binding {
  StringRef text, name;
  SmallVector<int64_t> sizes;
};

/// The sizes that a function's inputs are to have.
class SignatureBinder {
public:
  explicit SignatureBinder(func::FuncOp func) : func(func) {
    for (BlockArgument argument : func.getArguments())
      if (auto type = dyn_cast<RankedTensorType>(argument.getType()))
        shapes[argument.getArgNumber()].assign(type.getShape().begin(), type.getShape().end());
  }

  LogicalResult bind(const Binding &binding) {
    bool found = false;
    for (auto &[number, shape] : shapes) {
      auto name = func.getArgAttrOfType<StringAttr>(number, "ingot.name");
      if (!name || name.getValue() != binding.name)
        continue;
      found = true;
      if (shape.size() != binding.sizes.size())
        return emitError(func.getLoc()) << "--shape " << binding.text << ": the input '" << binding.name << "' has " << shape.size()
                                        << " dimensions, not " << binding.sizes.size();
      for (auto [dim, size] : llvm::enumerate(binding.sizes))
        if (!ShapedType::isDynamic(size) && failed(bindDim(binding, number, dim, size)))
          return failure();
    }
    if (!found && binding.sizes.size() == 1 && !ShapedType::isDynamic(binding.sizes.front()))
      found = symbolExists(binding.name) && succeeded(bindSymbol(binding, binding.name, binding.sizes.front()));
    if (!found)
      return emitError(func.getLoc()) << "--shape " << binding.text << ": the model has no input and no dimension of this name";
    return success();
  }

  /// Spreads bound symbols over all inputs and gives the inputs their types.
  LogicalResult apply() {
    for (auto &[number, shape] : shapes)
      for (size_t dim = 0; dim < shape.size(); ++dim) {
        auto bound = symbols.find(getSymbol(number, dim));
        if (bound == symbols.end())
          continue;
        Binding binding{bound->second.second, {}, {}};
        if (failed(bindDim(binding, number, dim, bound->second.first)))
          return failure();
      }
    SmallVector<Type> types(func.getArgumentTypes());
    for (auto &[number, shape] : shapes) {
      auto type = RankedTensorType::get(shape, cast<RankedTensorType>(types[number]).getElementType());
      types[number] = type;
      dropBoundSymbols(number, type);
      refineType(func.getArgument(number), type);
    }
    func.setFunctionType(FunctionType::get(func.getContext(), types, func.getResultTypes()));
    return success();
  }

  LogicalResult bindSymbol(const Binding &binding, StringRef symbol, int64_t size) {
    auto [known, isNew] = symbols.try_emplace(symbol, size, binding.text);
    if (!isNew && known->second.first != size)
      return emitError(func.getLoc()) << "--shape " << binding.text << ": the dimension '" << symbol << "' is bound to "
                                      << known->second.first << " already";
    return success();
  }

private:
  StringRef getSymbol(unsigned number, size_t dim) {
    auto names = func.getArgAttrOfType<ArrayAttr>(number, "ingot.symbols");
    return names && dim < names.size() ? cast<StringAttr>(names[dim]).getValue() : StringRef();
  }

  bool symbolExists(StringRef name) {
    for (auto &[number, shape] : shapes)
      for (size_t dim = 0; dim < shape.size(); ++dim)
        if (getSymbol(number, dim) == name)
          return true;
    return false;
  }

  LogicalResult bindDim(const Binding &binding, unsigned number, size_t dim, int64_t size) {
    int64_t &old = shapes[number][dim];
    if (!ShapedType::isDynamic(old) && old != size)
      return emitError(func.getLoc()) << "--shape " << binding.text << ": dimension " << dim << " of the input "
                                      << func.getArgAttr(number, "ingot.name") << " is " << old << ", not " << size;
    old = size;
    StringRef symbol = getSymbol(number, dim);
    return symbol.empty() ? success() : bindSymbol(binding, symbol, size);
  }

  void dropBoundSymbols(unsigned number, RankedTensorType type) {
    auto names = func.getArgAttrOfType<ArrayAttr>(number, "ingot.symbols");
    if (!names || names.size() != static_cast<size_t>(type.getRank()))
      return;
    SmallVector<Attribute> kept;
    for (auto [dim, name] : llvm::enumerate(names))
      kept.push_back(type.isDynamicDim(dim) ? name : StringAttr::get(func.getContext(), ""));
    func.setArgAttr(number, "ingot.symbols", ArrayAttr::get(func.getContext(), kept));
  }

  func::FuncOp func;
  llvm::MapVector<unsigned, SmallVector<int64_t>> shapes;
  llvm::StringMap<std::pair<int64_t, StringRef>> symbols; // size, and the entry that said so
};

} // namespace

bool hasSymbol(func::FuncOp func, StringRef symbol) {
  for (unsigned i = 0; i < func.getNumArguments(); ++i)
    if (auto names = func.getArgAttrOfType<ArrayAttr>(i, "ingot.symbols"); names && !symbol.empty())
      for (Attribute name : names)
        if (cast<StringAttr>(name).getValue() == symbol)
          return true;
  return false;
}

LogicalResult bindSymbols(func::FuncOp func, ArrayRef<std::pair<StringRef, int64_t>> sizes) {
  SignatureBinder binder(func);
  for (auto [name, size] : sizes)
    if (failed(binder.bindSymbol({name, name, {size}}, name, size)))
      return failure();
  return binder.apply();
}

namespace {

struct BindSymbolsPass : impl::BindSymbolsPassBase<BindSymbolsPass> {
  using Base::Base;

  void runOnOperation() override {
    if (shapes.empty())
      return;
    SmallVector<Binding> bindings;
    for (const std::string &entry : shapes) {
      std::optional<Binding> binding = parse(entry);
      if (!binding) {
        emitError(getOperation()->getLoc()) << "--shape " << entry << ": expected NAME=SIZES, for example image=1x3x224x224";
        return signalPassFailure();
      }
      bindings.push_back(*binding);
    }
    getOperation()->walk([&](func::FuncOp func) {
      if (func.isPublic() && !func.isExternal() && failed(bindAll(func, bindings)))
        signalPassFailure();
    });
    propagateTypes(getOperation());
  }

private:
  /// A name may hold `=`: the sizes follow the last one.
  static std::optional<Binding> parse(StringRef entry) {
    Binding binding;
    StringRef sizes;
    std::tie(binding.name, sizes) = entry.rsplit('=');
    binding.text = entry;
    if (binding.name.empty() || sizes.empty())
      return std::nullopt;
    SmallVector<StringRef> parts;
    sizes.split(parts, 'x');
    for (StringRef part : parts) {
      int64_t size = ShapedType::kDynamic;
      if (part != "?" && (part.getAsInteger(10, size) || size < 0))
        return std::nullopt;
      binding.sizes.push_back(size);
    }
    return binding;
  }

  static LogicalResult bindAll(func::FuncOp func, ArrayRef<Binding> bindings) {
    SignatureBinder binder(func);
    for (const Binding &binding : bindings)
      if (failed(binder.bind(binding)))
        return failure();
    return binder.apply();
  }
};

} // namespace

} // namespace ingot
