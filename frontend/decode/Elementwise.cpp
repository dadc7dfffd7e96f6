//===- Elementwise.cpp - ONNX's elementwise operators -------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "frontend/Decoder.h"

#include <cmath>

using namespace mlir;

namespace ingot {
namespace {

bool isFloat(Value x) { return isa<FloatType>(elementTypeOf(x)); }

template <typename OpT>
Decoded unary(NodeReader &node, ImportBuilder &b) {
  return b.create<OpT>(node.input(0));
}

// Until opset 6 an operand is only repeated when `broadcast` says so, its first dimension then aligned at `axis` (default: at the end).
void alignLegacy(NodeReader &node, ImportBuilder &b, Value &lhs, Value &rhs) {
  if (node.opset() >= 7 || node.i("broadcast", 0) == 0 || !node.has("axis"))
    return;
  int64_t axis = node.axis("axis", 0, std::max<int64_t>(rankOf(lhs), 1)), trailing = rankOf(lhs) - axis - rankOf(rhs);
  if (trailing < 0)
    return (void)node.fail("its second input has too many dimensions for axis " + Twine(axis));
  Dims sizes = b.sizes(rhs);
  sizes.append(trailing, b.dim(1));
  rhs = b.reshape(rhs, sizes);
}

template <typename OpT>
Decoded binary(NodeReader &node, ImportBuilder &b) {
  Value lhs = node.input(0), rhs = node.input(1);
  alignLegacy(node, b, lhs, rhs);
  return b.binary<OpT>(lhs, rhs);
}

template <Comparison relation>
Decoded comparison(NodeReader &node, ImportBuilder &b) {
  Value lhs = node.input(0), rhs = node.input(1);
  alignLegacy(node, b, lhs, rhs);
  return b.compare(relation, lhs, rhs);
}

template <typename OpT>
Decoded variadic(NodeReader &node, ImportBuilder &b) {
  SmallVector<Value> inputs = node.inputs();
  b.broadcastTogether(inputs);
  Value result = inputs.front();
  for (Value next : ArrayRef<Value>(inputs).drop_front())
    result = b.create<OpT>(result, next);
  return result;
}

Decoded mean(NodeReader &node, ImportBuilder &b) {
  SmallVector<Value> inputs = node.inputs();
  b.broadcastTogether(inputs);
  Value sum = inputs.front();
  for (Value next : ArrayRef<Value>(inputs).drop_front())
    sum = b.create<AddOp>(sum, next);
  return b.div(sum, static_cast<double>(inputs.size()));
}

Decoded power(NodeReader &node, ImportBuilder &b) {
  Value lhs = node.input(0), rhs = node.input(1);
  alignLegacy(node, b, lhs, rhs);
  // Squares and cubes are products; only where the exponent does not decide the shape.
  if (auto exponent = node.constantFloat(1); exponent && rankOf(rhs) <= rankOf(lhs)) {
    if (*exponent == 1)
      return lhs;
    if (*exponent == 2)
      return b.create<MulOp>(lhs, lhs);
    if (*exponent == 3)
      return b.create<MulOp>(b.create<MulOp>(lhs, lhs), lhs);
  }
  if (!isFloat(lhs) && isFloat(rhs)) {
    // The power is cut to an integer, which an error in its last bits must not change.
    Value real = b.binary<PowOp>(b.castTo(lhs, b.getF64Type()), b.castTo(rhs, b.getF64Type()));
    Value whole = b.create<RoundOp>(real), error = b.create<AbsOp>(b.sub(real, whole));
    Value isWhole = b.compare(Comparison::LE, error, b.mul(b.create<AbsOp>(whole), 1e-12));
    return b.castTo(b.select(isWhole, whole, real), elementTypeOf(lhs));
  }
  return b.binary<PowOp>(lhs, rhs);
}

Decoded modulo(NodeReader &node, ImportBuilder &b) {
  Value lhs = node.input(0), rhs = node.input(1);
  bool fmod = node.i("fmod", 0) != 0;
  if (!fmod && isFloat(lhs))
    return node.fail("Mod of floats needs fmod = 1");
  if (auto divisor = node.constantInts(1); divisor && !isFloat(rhs) && llvm::is_contained(*divisor, 0))
    return node.fail("it divides by 0");
  b.broadcastTogether(lhs, rhs);
  return b.create<RemOp>(lhs, rhs, fmod);
}

Decoded divide(NodeReader &node, ImportBuilder &b) {
  if (auto divisor = node.constantInput(1) && !isa<FloatType>(node.inputElementType(1)) ? node.constantInts(1) : std::nullopt)
    if (llvm::is_contained(*divisor, 0))
      return node.fail("it divides integers by 0");
  return binary<DivOp>(node, b);
}

Decoded bitShift(NodeReader &node, ImportBuilder &b) {
  StringRef direction = node.s("direction");
  if (direction == "LEFT")
    return b.binary<ShlOp>(node.input(0), node.input(1));
  if (direction == "RIGHT")
    return b.binary<ShrOp>(node.input(0), node.input(1));
  return node.fail("direction must be LEFT or RIGHT, not '" + direction + "'");
}

Decoded reciprocal(NodeReader &node, ImportBuilder &b) {
  Value x = node.input(0);
  return b.create<DivOp>(b.splatLike(1, x), x);
}

Decoded isInf(NodeReader &node, ImportBuilder &b) {
  return b.create<IsInfOp>(node.input(0), node.i("detect_positive", 1) != 0, node.i("detect_negative", 1) != 0);
}

// --- Conversion ----------------------------------------------------------------------------------------------------------------------

/// Width of ONNX's integers of less than 8 bits (0 for other types), which are kept in 8.
int64_t narrowWidth(int64_t onnxType) {
  constexpr int64_t kUint4 = 21, kInt4 = 22, kUint2 = 25, kInt2 = 26;
  return onnxType == kUint4 || onnxType == kInt4 ? 4 : onnxType == kUint2 || onnxType == kInt2 ? 2 : 0;
}

Decoded cast(NodeReader &node, ImportBuilder &b) {
  int64_t to = node.i("to", 0);
  Value x = node.input(0);
  Type type = node.dtype(to);
  int64_t width = narrowWidth(to);
  if (!width)
    return b.castTo(x, type);
  // The low bits, extended: values wrap.
  Value wide = b.castTo(b.castTo(x, b.getI32Type()), type);
  Value shift = b.splatLike(static_cast<double>(8 - width), wide);
  return b.create<ShrOp>(b.create<ShlOp>(wide, shift), shift);
}

// Until opset 5 the type is given by its name.
Decoded castByName(NodeReader &node, ImportBuilder &b) {
  static const llvm::StringMap<int64_t> numbers = {{"FLOAT", 1},  {"UINT8", 2}, {"INT8", 3},   {"UINT16", 4},   {"INT16", 5},  {"INT32", 6},
                                                   {"INT64", 7},  {"STRING", 8}, {"BOOL", 9},   {"FLOAT16", 10}, {"DOUBLE", 11}, {"UINT32", 12},
                                                   {"UINT64", 13}};
  auto found = numbers.find(node.s("to"));
  if (found == numbers.end())
    return node.fail("there is no data type '" + node.s("to") + "'");
  return b.castTo(node.input(0), node.dtype(found->second));
}

Decoded castLike(NodeReader &node, ImportBuilder &b) { return b.castTo(node.input(0), elementTypeOf(node.input(1))); }

Decoded bitCast(NodeReader &node, ImportBuilder &b) {
  Value x = node.input(0);
  Type type = node.dtype(node.i("to", 0));
  // A bool is a byte.
  auto width = [](Type t) { return t.isInteger(1) ? 8u : t.getIntOrFloatBitWidth(); };
  if (width(type) == 8 && width(elementTypeOf(x)) == 8 && (type.isInteger(1) || elementTypeOf(x).isInteger(1)))
    return b.castTo(x, type);
  if (type.getIntOrFloatBitWidth() != elementTypeOf(x).getIntOrFloatBitWidth())
    return node.fail("both types must have the same width");
  return type == elementTypeOf(x) ? x : b.create<BitcastOp>(x, type);
}

// --- Selection -----------------------------------------------------------------------------------------------------------------------

Decoded where(NodeReader &node, ImportBuilder &b) { return b.select(node.input(0), node.input(1), node.input(2)); }

Value clip(ImportBuilder &b, Value x, Value low, Value high) {
  if (low && high)
    return b.create<ClampOp>(x, b.broadcastLike(low, x), b.broadcastLike(high, x));
  if (low)
    return b.create<MaxOp>(x, b.broadcastLike(low, x));
  return high ? b.create<MinOp>(x, b.broadcastLike(high, x)) : x;
}

Decoded clipByAttributes(NodeReader &node, ImportBuilder &b) {
  Value x = node.input(0);
  Value low = node.f("min") ? b.scalar(*node.f("min"), elementTypeOf(x)) : Value();
  Value high = node.f("max") ? b.scalar(*node.f("max"), elementTypeOf(x)) : Value();
  return clip(b, x, low, high);
}

Decoded clipByInputs(NodeReader &node, ImportBuilder &b) {
  Value bounds[2];
  for (unsigned i : {0u, 1u}) {
    Value bound = node.input(i + 1);
    if (!bound)
      continue;
    // A bound of shape [1] is against the letter, but met.
    if (rankOf(bound) > 1 || (rankOf(bound) == 1 && !typeOf(bound).isDynamicDim(0) && typeOf(bound).getDimSize(0) != 1))
      return node.fail("its bounds must be scalars");
    bounds[i] = b.reshape(bound, Dims());
  }
  return clip(b, node.input(0), bounds[0], bounds[1]);
}

// --- Activations ---------------------------------------------------------------------------------------------------------------------

Decoded relu(NodeReader &node, ImportBuilder &b) {
  Value x = node.input(0);
  return b.create<MaxOp>(x, b.splatLike(0, x));
}

Value ifNegative(ImportBuilder &b, Value x, Value negative) { return b.select(b.compare(Comparison::LT, x, 0), negative, x); }

Decoded leakyRelu(NodeReader &node, ImportBuilder &b) {
  Value x = node.input(0);
  return ifNegative(b, x, b.mul(x, node.f("alpha", 0.01)));
}

Decoded prelu(NodeReader &node, ImportBuilder &b) {
  Value x = node.input(0), slope = node.input(1);
  // Until opset 6 a slope with one entry a channel needs no dimensions of size 1 behind.
  if (node.opset() < 7 && rankOf(slope) == 1 && rankOf(x) > 1 && !b.isKnown(b.size(slope, 0), 1))
    slope = b.broadcastVector(slope, 1, x);
  return ifNegative(b, x, b.mul(x, b.broadcastLike(slope, x)));
}

Decoded elu(NodeReader &node, ImportBuilder &b) {
  Value x = node.input(0);
  return ifNegative(b, x, b.mul(b.create<Expm1Op>(x), node.f("alpha", 1)));
}

Decoded selu(NodeReader &node, ImportBuilder &b) {
  // The defaults until opset 5 differ in the last digits.
  bool old = node.opset() < 6;
  double alpha = node.f("alpha", old ? 1.6732f : 1.67326319217681884765625), gamma = node.f("gamma", old ? 1.0507f : 1.05070102214813232421875);
  Value x = node.input(0);
  return b.mul(ifNegative(b, x, b.mul(b.create<Expm1Op>(x), alpha)), gamma);
}

Decoded celu(NodeReader &node, ImportBuilder &b) {
  Value x = node.input(0);
  double alpha = node.f("alpha", 1);
  if (alpha == 0)
    return node.fail("alpha must not be 0");
  return b.add(b.max(x, b.splatLike(0, x)), b.min(b.splatLike(0, x), b.mul(b.create<Expm1Op>(b.div(x, alpha)), alpha)));
}

Decoded thresholdedRelu(NodeReader &node, ImportBuilder &b) {
  Value x = node.input(0);
  return b.select(b.compare(Comparison::GT, x, node.f("alpha", 1)), x, b.splatLike(0, x));
}

Decoded hardSigmoid(NodeReader &node, ImportBuilder &b) {
  return b.clamp(b.add(b.mul(node.input(0), node.f("alpha", 0.2)), node.f("beta", 0.5)), 0, 1);
}

Decoded hardSwish(NodeReader &node, ImportBuilder &b) {
  Value x = node.input(0);
  return b.mul(x, b.clamp(b.add(b.mul(x, 1.0 / 6), 0.5), 0, 1));
}

// log(1 + e^x) that does not overflow.
Value softplusOf(ImportBuilder &b, Value x) {
  Value tail = b.create<Log1pOp>(b.create<ExpOp>(b.create<NegOp>(b.create<AbsOp>(x))));
  return b.add(b.max(x, b.splatLike(0, x)), tail);
}

Decoded softplus(NodeReader &node, ImportBuilder &b) { return softplusOf(b, node.input(0)); }

Decoded mish(NodeReader &node, ImportBuilder &b) {
  Value x = node.input(0);
  return b.mul(x, b.create<TanhOp>(softplusOf(b, x)));
}

Decoded softsign(NodeReader &node, ImportBuilder &b) {
  Value x = node.input(0);
  return b.div(x, b.add(b.create<AbsOp>(x), 1));
}

Decoded swish(NodeReader &node, ImportBuilder &b) {
  Value x = node.input(0);
  double alpha = node.f("alpha", 1);
  return b.mul(x, b.create<SigmoidOp>(alpha == 1 ? x : b.mul(x, alpha)));
}

Decoded gelu(NodeReader &node, ImportBuilder &b) {
  Value x = node.input(0);
  StringRef approximate = node.s("approximate", "none");
  if (approximate == "none")
    return b.mul(b.mul(x, 0.5), b.add(b.create<ErfOp>(b.mul(x, std::sqrt(0.5))), 1));
  if (approximate != "tanh")
    return node.fail("approximate must be none or tanh, not '" + approximate + "'");
  Value cubic = b.mul(b.mul(b.mul(x, x), x), 0.044715);
  Value inner = b.mul(b.add(x, cubic), std::sqrt(2 / M_PI));
  return b.mul(b.mul(x, 0.5), b.add(b.create<TanhOp>(inner), 1));
}

Decoded shrink(NodeReader &node, ImportBuilder &b) {
  Value x = node.input(0);
  Type type = elementTypeOf(x);
  double bias = node.f("bias", 0), lambda = node.f("lambd", 0.5);
  if (!isa<FloatType>(type))
    x = b.castTo(x, b.getF32Type()); // the bounds need not be integers
  Value high = b.select(b.compare(Comparison::GT, x, lambda), b.sub(x, bias), b.splatLike(0, x));
  return b.castTo(b.select(b.compare(Comparison::LT, x, -lambda), b.add(x, bias), high), type);
}

} // namespace

void registerElementwise(DecoderTable &table) {
  table.on("Abs", 1, unary<AbsOp>);
  table.on("Acos", 7, unary<AcosOp>);
  table.on("Acosh", 9, unary<AcoshOp>);
  table.on("Asin", 7, unary<AsinOp>);
  table.on("Asinh", 9, unary<AsinhOp>);
  table.on("Atan", 7, unary<AtanOp>);
  table.on("Atanh", 9, unary<AtanhOp>);
  table.on("Ceil", 1, unary<CeilOp>);
  table.on("Cos", 7, unary<CosOp>);
  table.on("Cosh", 9, unary<CoshOp>);
  table.on("Erf", 9, unary<ErfOp>);
  table.on("Exp", 1, unary<ExpOp>);
  table.on("Floor", 1, unary<FloorOp>);
  table.on("IsNaN", 9, unary<IsNanOp>);
  table.on("Log", 1, unary<LogOp>);
  table.on("Neg", 1, unary<NegOp>);
  table.on("Not", 1, unary<NotOp>);
  table.on("BitwiseNot", 18, unary<NotOp>);
  table.on("Round", 11, unary<RoundOp>);
  table.on("Sigmoid", 1, unary<SigmoidOp>);
  table.on("Sign", 9, unary<SignOp>);
  table.on("Sin", 7, unary<SinOp>);
  table.on("Sinh", 9, unary<SinhOp>);
  table.on("Sqrt", 1, unary<SqrtOp>);
  table.on("Tan", 7, unary<TanOp>);
  table.on("Tanh", 1, unary<TanhOp>);
  table.on("Reciprocal", 1, reciprocal);
  table.on("IsInf", 10, isInf);

  table.on("Add", 1, binary<AddOp>);
  table.on("Sub", 1, binary<SubOp>);
  table.on("Mul", 1, binary<MulOp>);
  table.on("Div", 1, divide);
  table.on("And", 1, binary<AndOp>);
  table.on("Or", 1, binary<OrOp>);
  table.on("Xor", 1, binary<XorOp>);
  table.on("BitwiseAnd", 18, binary<AndOp>);
  table.on("BitwiseOr", 18, binary<OrOp>);
  table.on("BitwiseXor", 18, binary<XorOp>);
  table.on("BitShift", 11, bitShift);
  table.on("Pow", 1, power);
  table.on("Mod", 10, modulo);
  table.on("Equal", 1, comparison<Comparison::EQ>);
  table.on("Less", 1, comparison<Comparison::LT>);
  table.on("LessOrEqual", 12, comparison<Comparison::LE>);
  table.on("Greater", 1, comparison<Comparison::GT>);
  table.on("GreaterOrEqual", 12, comparison<Comparison::GE>);

  table.on("Max", 1, variadic<MaxOp>);
  table.on("Min", 1, variadic<MinOp>);
  table.on("Sum", 1, variadic<AddOp>);
  table.on("Mean", 1, mean);

  table.on("Cast", 1, castByName);
  table.on("Cast", 6, cast);
  table.on("CastLike", 15, castLike);
  table.on("BitCast", 26, bitCast);
  table.on("Where", 9, where);
  table.on("Clip", 1, clipByAttributes);
  table.on("Clip", 11, clipByInputs);

  table.on("Relu", 1, relu);
  table.on("LeakyRelu", 1, leakyRelu);
  table.on("PRelu", 1, prelu);
  table.on("Elu", 1, elu);
  table.on("Selu", 1, selu);
  table.on("Celu", 12, celu);
  table.on("ThresholdedRelu", 1, thresholdedRelu);
  table.on("HardSigmoid", 1, hardSigmoid);
  table.on("HardSwish", 14, hardSwish);
  table.on("Softplus", 1, softplus);
  table.on("Softsign", 1, softsign);
  table.on("Mish", 18, mish);
  table.on("Swish", 24, swish);
  table.on("Gelu", 20, gelu);
  table.on("Shrink", 9, shrink);
}

} // namespace ingot
