//===- ShapeValues.cpp - Shape arithmetic at import ---------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Elements of a host tensor are attributes where they are known. Where not: integers are `index` values, bools `i1` values, and floats
// `f64` values, or `index` values where they are exact integers (a size cast to float, perhaps times an integer), so that
// Cast(Floor(Cast(size) * 2.0)) is a size again.
//
//===----------------------------------------------------------------------===//

#include "frontend/ShapeValues.h"
#include "frontend/TensorData.h"

#include <cmath>

using namespace mlir;

namespace ingot {
namespace {

using Element = OpFoldResult;
using Elements = SmallVector<OpFoldResult>;

bool isHostType(Type type) { return type.isInteger(32) || type.isInteger(64) || type.isInteger(1) || type.isF32() || type.isF64(); }

Element numberElement(Builder b, double value, Type elementType) {
  if (elementType.isF32())
    value = static_cast<float>(value);
  return b.getF64FloatAttr(value);
}

std::optional<int64_t> knownInt(Element e) { return getConstantIntValue(e); }

std::optional<double> knownFloat(Element e) {
  if (auto attr = dyn_cast<Attribute>(e))
    if (auto number = dyn_cast<FloatAttr>(attr))
      return number.getValueAsDouble();
  return std::nullopt;
}

/// The elements of a float tensor as tensor.from_elements has them.
Element floatElementOf(Value scalar) {
  if (auto constant = scalar.getDefiningOp<arith::ConstantOp>())
    if (auto number = dyn_cast<FloatAttr>(constant.getValue()))
      return FloatAttr::get(Float64Type::get(scalar.getContext()), number.getValueAsDouble());
  if (auto narrow = scalar.getDefiningOp<arith::TruncFOp>())
    return narrow.getIn();
  if (auto convert = scalar.getDefiningOp<arith::SIToFPOp>())
    if (auto cast = convert.getIn().getDefiningOp<arith::IndexCastOp>(); cast && cast.getIn().getType().isIndex())
      return cast.getIn();
  return scalar.getType().isF64() ? Element(scalar) : Element();
}

class Evaluator {
public:
  Evaluator(NodeReader &node, ImportBuilder &b) : node(node), b(b) {}
  std::optional<SmallVector<Value>> run();

private:
  std::optional<HostTensor> evaluate();
  std::optional<SmallVector<HostTensor>> split();
  std::optional<HostTensor> shape();
  std::optional<HostTensor> elementwise(size_t arity);
  Element binary(StringRef op, Element x, Element y, Type type);
  Element floatBinary(StringRef op, Element x, Element y, Type type);
  Element unary(StringRef op, Element x, Type type);
  Element cast(Element x, Type from, Type to);
  Value asFloat(Element x);
  Value asBool(Element x) {
    if (auto attr = dyn_cast<Attribute>(x))
      return arith::ConstantOp::create(b, b.getLoc(), b.getBoolAttr(*knownInt(attr) != 0));
    return llvm::cast<Value>(x);
  }
  std::optional<HostTensor> gather();
  std::optional<HostTensor> slice();
  std::optional<HostTensor> concat();
  std::optional<HostTensor> range();
  std::optional<HostTensor> reduce(StringRef op);
  std::optional<HostTensor> changeRank(bool toScalar);

  /// Known integers of input i.
  std::optional<SmallVector<int64_t>> ints(unsigned i) { return node.constantInts(i); }

  NodeReader &node;
  ImportBuilder &b;
  SmallVector<HostTensor> inputs; // an absent input has no element type
};

std::optional<HostTensor> Evaluator::shape() {
  Value x = node.input(0);
  int64_t rank = rankOf(x);
  HostTensor result{b.getI64Type(), false, {}};
  if (node.op() == "Size") {
    result.isScalar = true;
    result.elements.push_back(b.product(b.sizes(x)));
    return result;
  }
  auto bound = [&](int64_t i) { return std::clamp<int64_t>(i < 0 ? i + rank : i, 0, rank); };
  int64_t start = bound(node.i("start", 0)), end = bound(node.i("end", rank));
  for (int64_t i = start; i < end; ++i)
    result.elements.push_back(b.size(x, i));
  return result;
}

Value Evaluator::asFloat(Element x) {
  if (auto number = knownFloat(x))
    return arith::ConstantOp::create(b, b.getLoc(), b.getF64FloatAttr(*number));
  Value value = llvm::cast<Value>(x);
  if (!value.getType().isIndex())
    return value;
  Value integer = b.createOrFold<arith::IndexCastOp>(b.getI64Type(), value);
  return b.createOrFold<arith::SIToFPOp>(b.getF64Type(), integer);
}

Element Evaluator::floatBinary(StringRef op, Element x, Element y, Type type) {
  auto l = knownFloat(x), r = knownFloat(y);
  if (l && r) {
    double result;
    if (op == "Add" || op == "Sum")
      result = *l + *r;
    else if (op == "Sub")
      result = *l - *r;
    else if (op == "Mul")
      result = *l * *r;
    else if (op == "Div")
      result = *l / *r;
    else
      return {};
    return numberElement(b, result, type);
  }
  // Exact integers stay sizes.
  auto integer = [&](Element e) -> Element {
    if (auto number = knownFloat(e))
      return std::floor(*number) == *number && std::abs(*number) < 1e9 ? Element(b.dim(static_cast<int64_t>(*number))) : Element();
    return llvm::cast<Value>(e).getType().isIndex() ? e : Element();
  };
  Element xi = integer(x), yi = integer(y);
  if (xi && yi && op == "Mul")
    return b.mulDims(xi, yi);
  if (xi && yi && (op == "Add" || op == "Sum"))
    return b.addDims(xi, yi);
  if (xi && yi && op == "Sub")
    return b.subDims(xi, yi);
  if (xi && r == 1.0 && op == "Div")
    return xi;
  Value lhs = asFloat(x), rhs = asFloat(y);
  if (op == "Add" || op == "Sum")
    return b.createOrFold<arith::AddFOp>(lhs, rhs);
  if (op == "Sub")
    return b.createOrFold<arith::SubFOp>(lhs, rhs);
  if (op == "Mul")
    return b.createOrFold<arith::MulFOp>(lhs, rhs);
  if (op == "Div")
    return b.createOrFold<arith::DivFOp>(lhs, rhs);
  return {};
}

Element Evaluator::binary(StringRef op, Element x, Element y, Type type) {
  if (isa<FloatType>(type))
    return floatBinary(op, x, y, type);
  auto l = knownInt(x), r = knownInt(y);
  auto compare = [&](arith::CmpIPredicate predicate) -> Element {
    if (type.isInteger(1) && !(l && r))
      return predicate == arith::CmpIPredicate::eq ? Element(b.createOrFold<arith::CmpIOp>(predicate, asBool(x), asBool(y))) : Element();
    return b.compareDims(predicate, x, y);
  };
  if (op == "Equal")
    return compare(arith::CmpIPredicate::eq);
  if (op == "Less")
    return compare(arith::CmpIPredicate::slt);
  if (op == "LessOrEqual")
    return compare(arith::CmpIPredicate::sle);
  if (op == "Greater")
    return compare(arith::CmpIPredicate::sgt);
  if (op == "GreaterOrEqual")
    return compare(arith::CmpIPredicate::sge);
  if (type.isInteger(1)) {
    if (op == "And") {
      if (l || r)
        return *(l ? l : r) ? (l ? y : x) : Element(b.getBoolAttr(false));
      return b.createOrFold<arith::AndIOp>(asBool(x), asBool(y));
    }
    if (op == "Or") {
      if (l || r)
        return *(l ? l : r) ? Element(b.getBoolAttr(true)) : (l ? y : x);
      return b.createOrFold<arith::OrIOp>(asBool(x), asBool(y));
    }
    if (op == "Xor" && l && r)
      return b.getBoolAttr((*l != 0) != (*r != 0));
    return {};
  }
  if (l && r) {
    // Wrapping 64-bit arithmetic; 32-bit values that would wrap are left to the op.
    int64_t result;
    auto u = [](int64_t v) { return static_cast<uint64_t>(v); };
    if (op == "Add" || op == "Sum")
      result = u(*l) + u(*r);
    else if (op == "Sub")
      result = u(*l) - u(*r);
    else if (op == "Mul")
      result = u(*l) * u(*r);
    else if (op == "Max")
      result = std::max(*l, *r);
    else if (op == "Min")
      result = std::min(*l, *r);
    else if (op == "Div" && *r != 0 && !(*r == -1 && *l == INT64_MIN))
      result = *l / *r;
    else if (op == "Mod" && *r > 0 && *l >= 0)
      result = *l % *r;
    else
      return {};
    if (type.isInteger(32) && result != static_cast<int32_t>(result))
      return {};
    return b.dim(result);
  }
  if (op == "Add" || op == "Sum")
    return b.addDims(x, y);
  if (op == "Sub")
    return b.subDims(x, y);
  if (op == "Mul")
    return b.mulDims(x, y);
  if (op == "Max")
    return b.maxDims(x, y);
  if (op == "Min")
    return b.minDims(x, y);
  // Sizes are not negative, where truncation and floor agree.
  if (op == "Div" && r && *r > 0)
    return b.floorDivDims(x, y);
  if (op == "Div" && !r)
    return b.floorDivDims(x, y);
  if (op == "Mod" && r && *r > 0)
    return b.modDims(x, y);
  return {};
}

Element Evaluator::unary(StringRef op, Element x, Type type) {
  if (op == "Identity")
    return x;
  if (op == "Not")
    return knownInt(x) ? Element(b.getBoolAttr(!*knownInt(x)))
                       : Element(b.createOrFold<arith::XOrIOp>(asBool(x), asBool(b.getBoolAttr(true))));
  if (!isa<FloatType>(type)) {
    if (op == "Neg")
      return b.subDims(b.dim(0), x);
    if (op == "Abs" && knownInt(x))
      return b.dim(std::abs(*knownInt(x)));
    return {};
  }
  if (auto number = knownFloat(x)) {
    if (op == "Floor")
      return numberElement(b, std::floor(*number), type);
    if (op == "Ceil")
      return numberElement(b, std::ceil(*number), type);
    if (op == "Round")
      return numberElement(b, std::nearbyint(*number), type);
    if (op == "Neg")
      return numberElement(b, -*number, type);
    if (op == "Sqrt")
      return numberElement(b, std::sqrt(*number), type);
    return {};
  }
  bool rounding = op == "Floor" || op == "Ceil" || op == "Round";
  if (llvm::cast<Value>(x).getType().isIndex())
    return rounding ? x : op == "Neg" ? Element(b.subDims(b.dim(0), x)) : Element();
  if (op != "Floor" && op != "Ceil")
    return {};
  // Truncate, then step to the other side of x if needed.
  Value value = llvm::cast<Value>(x);
  Value integer = b.createOrFold<arith::FPToSIOp>(b.getI64Type(), value);
  Value whole = b.createOrFold<arith::SIToFPOp>(b.getF64Type(), integer);
  bool floor = op == "Floor";
  Value beyond = b.createOrFold<arith::CmpFOp>(floor ? arith::CmpFPredicate::OGT : arith::CmpFPredicate::OLT, whole, value);
  Value one = arith::ConstantOp::create(b, b.getLoc(), b.getI64IntegerAttr(floor ? -1 : 1));
  Value stepped = b.createOrFold<arith::AddIOp>(integer, one);
  return b.createOrFold<arith::IndexCastOp>(b.getIndexType(), b.createOrFold<arith::SelectOp>(beyond, stepped, integer));
}

Element Evaluator::cast(Element x, Type from, Type to) {
  if (from == to)
    return x;
  bool fromFloat = isa<FloatType>(from), toFloat = isa<FloatType>(to);
  if (fromFloat && toFloat)
    return knownFloat(x) ? numberElement(b, *knownFloat(x), to) : x;
  if (to.isInteger(1)) {
    if (fromFloat)
      return knownFloat(x) ? Element(b.getBoolAttr(*knownFloat(x) != 0)) : Element();
    return b.compareDims(arith::CmpIPredicate::ne, x, b.dim(0));
  }
  if (from.isInteger(1)) {
    if (auto value = knownInt(x))
      return toFloat ? numberElement(b, *value != 0, to) : Element(b.dim(*value != 0));
    return toFloat ? Element() : b.selectDim(x, b.dim(1), b.dim(0));
  }
  if (toFloat)
    return knownInt(x) ? numberElement(b, static_cast<double>(*knownInt(x)), to) : x;
  if (fromFloat) {
    if (auto number = knownFloat(x))
      return std::abs(*number) < 2e9 ? Element(b.dim(static_cast<int64_t>(*number))) : Element();
    Value value = llvm::cast<Value>(x);
    if (value.getType().isIndex())
      return x;
    return b.createOrFold<arith::IndexCastOp>(b.getIndexType(), b.createOrFold<arith::FPToSIOp>(b.getI64Type(), value));
  }
  if (to.isInteger(32) && knownInt(x) && *knownInt(x) != static_cast<int32_t>(*knownInt(x)))
    return {};
  return x;
}

/// Applies `binary`, `unary`, Cast or Where element by element, scalars and single elements repeated.
std::optional<HostTensor> Evaluator::elementwise(size_t arity) {
  StringRef op = node.op();
  size_t count = 1;
  bool isScalar = true;
  for (const HostTensor &input : inputs) {
    isScalar &= input.isScalar;
    if (input.elements.size() != 1) {
      if (count != 1 && count != input.elements.size())
        return std::nullopt;
      count = input.elements.size();
    }
  }
  Type type = inputs[0].elementType;
  HostTensor result{type, isScalar, {}};
  static const char *const relations[] = {"Equal", "Less", "LessOrEqual", "Greater", "GreaterOrEqual"};
  if (llvm::is_contained(relations, op))
    result.elementType = b.getI1Type();
  if (op == "Cast")
    result.elementType = elementTypeFor(node.context(), node.i("to", 0));
  if (op == "Where")
    result.elementType = inputs[1].elementType;
  if (!result.elementType || !isHostType(result.elementType))
    return std::nullopt;
  for (size_t i = 0; i < count; ++i) {
    auto at = [&](size_t k) { return inputs[k].elements[inputs[k].elements.size() == 1 ? 0 : i]; };
    Element e;
    if (op == "Where") {
      if (auto condition = knownInt(at(0)))
        e = *condition ? at(1) : at(2);
      else if (result.elementType.isInteger(32) || result.elementType.isInteger(64))
        e = b.selectDim(at(0), at(1), at(2));
    } else if (op == "Cast") {
      e = cast(at(0), type, result.elementType);
    } else if (arity == 1) {
      e = unary(op, at(0), type);
    } else {
      e = at(0);
      for (size_t k = 1; e && k < inputs.size(); ++k)
        e = binary(op, e, at(k), type);
    }
    if (!e)
      return std::nullopt;
    result.elements.push_back(e);
  }
  return result;
}

std::optional<HostTensor> Evaluator::gather() {
  auto indices = ints(1);
  if (inputs[0].isScalar || !indices)
    return std::nullopt;
  HostTensor result{inputs[0].elementType, inputs[1].isScalar, {}};
  int64_t count = inputs[0].elements.size();
  for (int64_t index : *indices) {
    if (index < -count || index >= count)
      return std::nullopt; // the decoder reports it
    result.elements.push_back(inputs[0].elements[index < 0 ? index + count : index]);
  }
  return result;
}

std::optional<HostTensor> Evaluator::slice() {
  if (inputs[0].isScalar)
    return std::nullopt;
  int64_t start, end, step = 1, count = inputs[0].elements.size();
  if (node.opset() < 10) {
    auto starts = node.ints("starts"), ends = node.ints("ends");
    if (starts.size() != 1 || ends.size() != 1)
      return std::nullopt;
    start = starts[0];
    end = ends[0];
  } else {
    auto starts = ints(1), ends = ints(2), steps = ints(4);
    if (!starts || !ends || starts->size() != 1 || ends->size() != 1 || (node.hasInput(4) && (!steps || steps->size() != 1)))
      return std::nullopt;
    start = starts->front();
    end = ends->front();
    step = steps ? steps->front() : 1;
  }
  if (step == 0 || step == INT64_MIN)
    return std::nullopt;
  int64_t low = step > 0 ? 0 : -1, high = step > 0 ? count : count - 1;
  start = std::clamp(start < 0 ? start + count : start, step > 0 ? int64_t(0) : int64_t(-1), high);
  end = std::clamp(end < 0 && end >= -count ? end + count : end < 0 ? low : end, low, high);
  if (step < 0 && start < 0)
    start = -1;
  HostTensor result{inputs[0].elementType, false, {}};
  for (int64_t i = start; step > 0 ? i < end : i > end; i += step)
    result.elements.push_back(inputs[0].elements[i]);
  return result;
}

std::optional<HostTensor> Evaluator::concat() {
  HostTensor result{inputs[0].elementType, false, {}};
  for (const HostTensor &input : inputs) {
    if (input.isScalar || input.elementType != result.elementType)
      return std::nullopt;
    result.elements.append(input.elements);
  }
  return result;
}

std::optional<HostTensor> Evaluator::range() {
  auto start = node.constantInt(0), limit = node.constantInt(1), step = node.constantInt(2);
  if (!isa<IntegerType>(inputs[0].elementType) || !start || !limit || !step || *step == 0)
    return std::nullopt;
  double count = std::ceil((static_cast<double>(*limit) - static_cast<double>(*start)) / static_cast<double>(*step));
  if (count > kMaxHostElements)
    return std::nullopt;
  HostTensor result{inputs[0].elementType, false, {}};
  for (int64_t i = 0; i < count; ++i)
    result.elements.push_back(b.dim(*start + i * *step));
  return result;
}

std::optional<HostTensor> Evaluator::reduce(StringRef op) {
  if (inputs[0].isScalar || inputs[0].elements.empty() || !isa<IntegerType>(inputs[0].elementType) || inputs[0].elementType.isInteger(1))
    return std::nullopt;
  auto axes = node.numInputs() > 1 && node.hasInput(1) ? ints(1) : std::optional<SmallVector<int64_t>>(node.ints("axes"));
  if (!axes || (axes->empty() && node.i("noop_with_empty_axes", 0)))
    return std::nullopt;
  Element e = inputs[0].elements.front();
  for (Element next : ArrayRef<Element>(inputs[0].elements).drop_front())
    e = binary(op == "ReduceProd" ? "Mul" : op == "ReduceSum" ? "Add" : op == "ReduceMax" ? "Max" : "Min", e, next, inputs[0].elementType);
  if (!e)
    return std::nullopt;
  return HostTensor{inputs[0].elementType, node.i("keepdims", 1) == 0, {e}};
}

/// Squeeze, Unsqueeze and Reshape between rank 0 and 1.
std::optional<HostTensor> Evaluator::changeRank(bool toScalar) {
  HostTensor result = inputs[0];
  if (toScalar && result.elements.size() != 1)
    return std::nullopt;
  result.isScalar = toScalar;
  return result;
}

std::optional<SmallVector<HostTensor>> Evaluator::split() {
  if (inputs[0].isScalar)
    return std::nullopt;
  int64_t count = inputs[0].elements.size(), parts = node.numOutputs();
  SmallVector<int64_t> lengths = node.ints("split");
  if (node.opset() >= 13 && node.hasInput(1)) {
    auto given = ints(1);
    if (!given)
      return std::nullopt;
    lengths = *given;
  }
  if (lengths.empty()) {
    int64_t each = (count + parts - 1) / parts;
    for (int64_t rest = count; static_cast<int64_t>(lengths.size()) < parts; rest -= each)
      lengths.push_back(std::clamp<int64_t>(rest, 0, each));
  }
  if (static_cast<int64_t>(lengths.size()) != parts || llvm::any_of(lengths, [](int64_t l) { return l < 0; }) ||
      std::accumulate(lengths.begin(), lengths.end(), int64_t(0)) != count)
    return std::nullopt;
  SmallVector<HostTensor> results;
  ArrayRef<Element> rest(inputs[0].elements);
  for (int64_t length : lengths) {
    results.push_back({inputs[0].elementType, false, Elements(rest.take_front(length))});
    rest = rest.drop_front(length);
  }
  return results;
}

std::optional<HostTensor> Evaluator::evaluate() {
  StringRef op = node.op();
  if (op == "Identity" || op == "Neg" || op == "Abs" || op == "Floor" || op == "Ceil" || op == "Round" || op == "Not" || op == "Sqrt" ||
      op == "Cast")
    return elementwise(1);
  bool isLegacyBroadcast = node.opset() < 7;
  if (!isLegacyBroadcast &&
      (op == "Add" || op == "Sub" || op == "Mul" || op == "Div" || op == "Max" || op == "Min" || op == "Sum" || op == "Equal" ||
       op == "Less" || op == "LessOrEqual" || op == "Greater" || op == "GreaterOrEqual" || op == "And" || op == "Or" || op == "Xor"))
    return elementwise(2);
  if (op == "Mod" && node.i("fmod", 0) == 0)
    return elementwise(2);
  if (op == "Where")
    return elementwise(3);
  if (op == "Gather")
    return gather();
  if (op == "Slice")
    return slice();
  if (op == "Concat")
    return concat();
  if (op == "Range")
    return range();
  if (op == "ReduceProd" || op == "ReduceSum" || op == "ReduceMax" || op == "ReduceMin")
    return reduce(op);
  if (op == "Unsqueeze") {
    bool one = node.opset() >= 13 ? (ints(1) && ints(1)->size() == 1) : node.ints("axes").size() == 1;
    return inputs[0].isScalar && one ? changeRank(false) : std::nullopt;
  }
  if (op == "Squeeze")
    return !inputs[0].isScalar && inputs[0].elements.size() == 1 &&
                   (node.opset() >= 13 ? (!node.hasInput(1) || (ints(1) && !ints(1)->empty())) : true)
               ? changeRank(true)
               : std::nullopt;
  if (op == "Reshape" && node.opset() >= 5) {
    auto sizes = ints(1);
    if (!sizes || sizes->size() > 1)
      return std::nullopt;
    if (!sizes->empty() && sizes->front() != -1 && sizes->front() != static_cast<int64_t>(inputs[0].elements.size()))
      return std::nullopt;
    return changeRank(sizes->empty());
  }
  if (op == "Expand") {
    auto sizes = ints(1);
    if (!sizes || sizes->size() != 1 || sizes->front() < 0 || sizes->front() > kMaxHostElements)
      return std::nullopt;
    if (inputs[0].elements.size() == 1) {
      HostTensor result{inputs[0].elementType, false, {}};
      result.elements.assign(sizes->front(), inputs[0].elements.front());
      return result;
    }
    return sizes->front() == 1 || sizes->front() == static_cast<int64_t>(inputs[0].elements.size()) ? changeRank(false) : std::nullopt;
  }
  return std::nullopt;
}

std::optional<SmallVector<Value>> Evaluator::run() {
  StringRef op = node.op();
  if (!node.domain().empty())
    return std::nullopt;
  SmallVector<Value> values;
  if (op == "Shape" || op == "Size") {
    auto result = shape();
    values.push_back(tensorOf(*result, b));
    return values;
  }
  static const llvm::StringMap<bool> *known = [] {
    auto *set = new llvm::StringMap<bool>();
    for (const char *name :
         {"Identity", "Neg", "Abs",   "Floor",   "Ceil",   "Round",      "Not",       "Sqrt",      "Cast",      "Add",
          "Sub",      "Mul", "Div",   "Max",     "Min",    "Sum",        "Equal",     "Less",      "Greater",   "LessOrEqual",
          "GreaterOrEqual",  "And",   "Or",      "Xor",    "Mod",        "Where",     "Gather",    "Slice",     "Concat",
          "Range",    "ReduceProd",   "ReduceSum", "ReduceMax", "ReduceMin", "Unsqueeze", "Squeeze", "Reshape",  "Expand", "Split"})
      (*set)[name] = true;
    return set;
  }();
  if (!known->count(op) || node.numInputs() == 0)
    return std::nullopt;
  for (unsigned i = 0; i < node.numInputs(); ++i) {
    if (!node.hasInput(i)) {
      inputs.push_back({});
      continue;
    }
    auto tensor = node.hostInput(i);
    if (!tensor || (!tensor->isScalar && static_cast<int64_t>(tensor->elements.size()) > kMaxHostElements))
      return std::nullopt;
    inputs.push_back(std::move(*tensor));
  }
  if (!inputs[0].elementType)
    return std::nullopt;
  if (op == "Split") {
    auto results = split();
    if (!results)
      return std::nullopt;
    for (const HostTensor &result : *results)
      values.push_back(tensorOf(result, b));
    return values;
  }
  auto result = evaluate();
  if (!result || static_cast<int64_t>(result->elements.size()) > kMaxHostElements)
    return std::nullopt;
  values.push_back(tensorOf(*result, b));
  return values;
}

} // namespace

std::optional<HostTensor> hostTensorOf(ElementsAttr constant) {
  auto type = llvm::cast<ShapedType>(constant.getType());
  Type elementType = type.getElementType();
  if (type.getRank() > 1 || type.getNumElements() > kMaxHostElements || !isHostType(elementType))
    return std::nullopt;
  Builder b(constant.getContext());
  HostTensor result{elementType, type.getRank() == 0, {}};
  if (isa<FloatType>(elementType))
    for (double value : readFloats(constant))
      result.elements.push_back(b.getF64FloatAttr(value));
  else
    for (int64_t value : readInts(constant))
      result.elements.push_back(elementType.isInteger(1) ? Attribute(b.getBoolAttr(value)) : Attribute(b.getIndexAttr(value)));
  return result;
}

std::optional<HostTensor> hostTensorOf(Value value) {
  if (auto constant = value.getDefiningOp<ConstantOp>())
    return hostTensorOf(constant.getValue());
  Type elementType = elementTypeOf(value);
  if (auto cast = value.getDefiningOp<CastOp>(); cast && elementType.isInteger(32) && elementTypeOf(cast.getX()).isInteger(64)) {
    auto result = hostTensorOf(cast.getX());
    if (result)
      result->elementType = elementType;
    return result;
  }
  auto op = value.getDefiningOp<tensor::FromElementsOp>();
  if (!op || rankOf(value) > 1 || !isHostType(elementType))
    return std::nullopt;
  HostTensor result{elementType, rankOf(value) == 0, {}};
  for (Value scalar : op.getElements()) {
    Element element;
    if (isa<FloatType>(elementType)) {
      element = floatElementOf(scalar);
    } else if (auto known = getConstantIntValue(scalar)) {
      Builder b(value.getContext());
      element = elementType.isInteger(1) ? Attribute(b.getBoolAttr(*known)) : Attribute(b.getIndexAttr(*known));
    } else if (elementType.isInteger(1)) {
      element = scalar;
    } else if (auto cast = scalar.getDefiningOp<arith::IndexCastOp>(); cast && cast.getIn().getType().isIndex()) {
      element = cast.getIn();
    }
    if (!element)
      return std::nullopt;
    result.elements.push_back(element);
  }
  return result;
}

Value tensorOf(const HostTensor &tensor, ImportBuilder &b) {
  Type elementType = tensor.elementType;
  int64_t count = tensor.elements.size();
  auto type = tensor.isScalar ? RankedTensorType::get({}, elementType) : RankedTensorType::get({count}, elementType);
  bool isFloat = isa<FloatType>(elementType);
  if (llvm::all_of(tensor.elements, [](OpFoldResult e) { return isa<Attribute>(e); })) {
    SmallVector<Attribute> values;
    for (OpFoldResult e : tensor.elements) {
      if (isFloat)
        values.push_back(b.numberAttr(*knownFloat(e), elementType));
      else if (elementType.isInteger(1))
        values.push_back(b.getBoolAttr(*knownInt(e) != 0));
      else
        values.push_back(IntegerAttr::get(elementType, APInt(64, *knownInt(e), true).trunc(elementType.getIntOrFloatBitWidth())));
    }
    return b.constant(DenseElementsAttr::get(type, values));
  }
  SmallVector<Value> scalars;
  for (OpFoldResult e : tensor.elements) {
    Value value = dyn_cast<Value>(e);
    if (!value) {
      Attribute attr = isFloat                      ? Attribute(b.numberAttr(*knownFloat(e), elementType))
                       : elementType.isInteger(1)   ? Attribute(b.getBoolAttr(*knownInt(e) != 0))
                                                    : Attribute(b.getIntegerAttr(elementType, *knownInt(e)));
      scalars.push_back(arith::ConstantOp::create(b, b.getLoc(), llvm::cast<TypedAttr>(attr)));
    } else if (elementType.isInteger(1)) {
      scalars.push_back(value);
    } else if (!isFloat) {
      scalars.push_back(arith::IndexCastOp::create(b, b.getLoc(), elementType, value)); // unfolded: hostTensorOf looks for it
    } else if (value.getType().isIndex()) {
      scalars.push_back(b.createOrFold<arith::SIToFPOp>(elementType, arith::IndexCastOp::create(b, b.getLoc(), b.getI64Type(), value)));
    } else {
      scalars.push_back(elementType.isF64() ? value : b.createOrFold<arith::TruncFOp>(elementType, value));
    }
  }
  return tensor::FromElementsOp::create(b, b.getLoc(), type, scalars);
}

std::optional<SmallVector<Value>> evaluateShapeNode(NodeReader &node, ImportBuilder &b) { return Evaluator(node, b).run(); }

} // namespace ingot
