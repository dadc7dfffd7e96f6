//===- ModelValues.cpp - What a loss reads of a function -------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/differentiate/ModelValues.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/StringExtras.h"

#include <cmath>

using namespace mlir;

namespace ingot {

ModelValues::ModelValues(func::FuncOp function, StringRef option)
    : function(function), builder(function.front().getTerminator()), b(builder, function.getLoc()), option(option) {
  for (unsigned i = 0; i < function.getNumResults(); ++i)
    outputs.push_back({nameOf(function.getResultAttr(i, "ingot.name")).str(), function.front().getTerminator()->getOperand(i), i});
}

std::string ModelValues::listOutputs() const {
  std::string names;
  for (const Output &output : outputs)
    names += (names.empty() ? "" : ", ") + output.name;
  return names;
}

Value ModelValues::find(StringRef name) {
  for (const Output &output : outputs)
    if (output.name == name)
      return output.value;
  for (unsigned i = 0; i < function.getNumArguments(); ++i)
    if (nameOf(function.getArgAttr(i, "ingot.name")) == name)
      return function.getArgument(i);
  auto known = labels.find(name);
  return known == labels.end() ? Value() : known->second;
}

Value ModelValues::model(StringRef name) {
  if (Value value = find(name))
    return value;
  return fail("the model has no output '" + name + "'; it has: " + listOutputs());
}

Value ModelValues::label(StringRef name, Type elementType, Value like, ArrayRef<int64_t> dims) {
  if (Value value = find(name))
    return value;
  SmallVector<OpFoldResult> sizes;
  SmallVector<int64_t> shape;
  SmallVector<Attribute> symbols;
  for (int64_t dim : dims) {
    sizes.push_back(getMixedSize(builder, b.getLoc(), like, dim));
    shape.push_back(cast<RankedTensorType>(like.getType()).getDimSize(dim));
    symbols.push_back(builder.getStringAttr(symbolOf(like, dim)));
  }
  double number;
  if (!name.getAsDouble(number) && std::isfinite(number))
    return b.make<BroadcastOp>(b.scalar(number, elementType), ArrayRef<int64_t>(), sizes);
  auto type = RankedTensorType::get(shape, elementType);
  SmallVector<NamedAttribute> attributes = {{"ingot.name", builder.getStringAttr(name)},
                                            {"ingot.symbols", builder.getArrayAttr(symbols)}};
  unsigned position = function.getNumArguments();
  if (failed(function.insertArgument(position, type, builder.getDictionaryAttr(attributes), b.getLoc())))
    return {};
  Value argument = function.getArgument(position);
  return labels[name.str()] = argument;
}

std::string ModelValues::describeSizes(Value value, ArrayRef<int64_t> dims) {
  auto one = [&](int64_t dim) {
    if (!cast<RankedTensorType>(value.getType()).isDynamicDim(dim))
      return std::to_string(cast<RankedTensorType>(value.getType()).getDimSize(dim));
    StringRef symbol = symbolOf(value, dim);
    return symbol.empty() ? std::string("?") : symbol.str();
  };
  return "[" + llvm::join(llvm::map_range(dims, one), ", ") + "]";
}

bool ModelValues::fits(StringRef name, Value value, StringRef likeName, Value like, ArrayRef<int64_t> dims) {
  auto type = cast<RankedTensorType>(value.getType()), wanted = cast<RankedTensorType>(like.getType());
  auto own = llvm::to_vector(llvm::seq<int64_t>(0, type.getRank()));
  bool isPossible = type.getRank() == static_cast<int64_t>(dims.size());
  for (size_t i = 0; isPossible && i < dims.size(); ++i)
    isPossible = type.isDynamicDim(i) || wanted.isDynamicDim(dims[i]) || type.getDimSize(i) == wanted.getDimSize(dims[i]);
  if (!isPossible) {
    fail("'" + name + "' is " + describeSizes(value, own) + ", not " + describeSizes(like, dims) + " as '" + likeName + "' asks for");
    return false;
  }
  for (auto [i, dim] : llvm::enumerate(dims)) {
    if ((!type.isDynamicDim(i) && !wanted.isDynamicDim(dim)) || areSizesEqual(value, i, like, dim))
      continue;
    // The runtime compares what has one name.
    if (StringRef symbol = symbolOf(value, i); !symbol.empty() && symbol == symbolOf(like, dim))
      continue;
    Value left = tensor::DimOp::create(builder, b.getLoc(), value, i), right = tensor::DimOp::create(builder, b.getLoc(), like, dim);
    Value same = arith::CmpIOp::create(builder, b.getLoc(), arith::CmpIPredicate::eq, left, right);
    AssertOp::create(builder, b.getLoc(), same,
                     builder.getStringAttr("dimension " + Twine(i) + " of '" + name + "' is not that of '" + likeName + "'"));
  }
  return true;
}

Value ModelValues::fail(const Twine &message) {
  emitError(function.getLoc()) << option << ": " << message;
  isBad = true;
  return {};
}

Value ModelValues::buildLoss(ArrayRef<TermSpec> losses) {
  Value total;
  for (const TermSpec &term : losses) {
    Value loss = findLoss(term.kind)->build(term, b, *this);
    if (!loss || isBad)
      return {};
    total = total ? b.add(total, b.convert(loss, elementOf(total))) : loss;
  }
  return total;
}

void ModelValues::refreshOutputs() {
  for (Output &output : outputs)
    output.value = function.front().getTerminator()->getOperand(output.position);
}

// The model's name of a dimension of an input or output.
StringRef ModelValues::symbolOf(Value value, int64_t dim) {
  auto pick = [&](Attribute attribute) -> StringRef {
    auto list = dyn_cast_or_null<ArrayAttr>(attribute);
    return list && dim < static_cast<int64_t>(list.size()) ? nameOf(list[dim]) : StringRef();
  };
  for (const Output &output : outputs)
    if (output.value == value)
      if (StringRef name = pick(function.getResultAttr(output.position, "ingot.symbols")); !name.empty())
        return name;
  SizeSource source = traceSize(value, dim);
  if (source.tensor)
    if (auto argument = dyn_cast<BlockArgument>(source.tensor)) {
      dim = source.dim;
      return pick(function.getArgAttr(argument.getArgNumber(), "ingot.symbols"));
    }
  return "";
}

} // namespace ingot
