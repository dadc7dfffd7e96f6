//===- Elements.h - Element types and loops for the evaluator ---*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// For the implementation of the evaluator only. Elements are computed with in three types: floats in `double`, signed integers in
// `int64_t`, unsigned ones and bool in `uint64_t`.
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_IR_EVAL_ELEMENTS_H
#define INGOT_IR_EVAL_ELEMENTS_H

#include "ir/Eval/Eval.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>

namespace ingot::eval {

//===--- Element types -----------------------------------------------------===//

/// A float of 16 bits with `Mantissa` explicit bits and smallest normal exponent `MinExponent`.
template <int Mantissa, int MinExponent> struct SmallFloat {
  uint16_t bits;

  static constexpr unsigned infinity = (0x7fffu >> Mantissa) << Mantissa;

  double toDouble() const {
    int exponent = (bits & 0x7fff) >> Mantissa, fraction = bits & ((1 << Mantissa) - 1);
    double magnitude;
    if ((bits & infinity) == infinity)
      magnitude = fraction ? std::numeric_limits<double>::quiet_NaN() : std::numeric_limits<double>::infinity();
    else if (exponent == 0)
      magnitude = std::ldexp(fraction, MinExponent - Mantissa);
    else
      magnitude = std::ldexp(fraction + (1 << Mantissa), exponent - 1 + MinExponent - Mantissa);
    return bits & 0x8000 ? -magnitude : magnitude;
  }

  /// Rounds to nearest, ties to even.
  static SmallFloat fromDouble(double value) {
    unsigned sign = std::signbit(value) ? 0x8000 : 0;
    if (std::isnan(value))
      return {static_cast<uint16_t>(sign | infinity | (1u << (Mantissa - 1)))};
    double magnitude = std::fabs(value);
    if (magnitude >= std::ldexp(1.0, 2 - MinExponent))
      return {static_cast<uint16_t>(sign | infinity)};
    int exponent = magnitude == 0 ? MinExponent : std::max(std::ilogb(magnitude), MinExponent);
    // A mantissa that rounds up to the next power of two carries into the exponent by itself.
    auto mantissa = static_cast<unsigned>(std::nearbyint(std::ldexp(magnitude, Mantissa - exponent)));
    unsigned encoded = mantissa + (static_cast<unsigned>(exponent - MinExponent) << Mantissa);
    return {static_cast<uint16_t>(sign | std::min(encoded, infinity))};
  }
};
using Half = SmallFloat<10, -14>;
using BFloat = SmallFloat<7, -126>;
struct Bool {
  uint8_t value;
};

template <typename T> constexpr bool isSmallFloat = std::is_same_v<T, Half> || std::is_same_v<T, BFloat>;
template <typename T> constexpr bool isReal = std::is_floating_point_v<T> || isSmallFloat<T>;

/// The meaning of `cast`: floats round to nearest even; a float becomes an integer toward zero, saturated, NaN the lowest value;
/// integers wrap; what is not zero is true.
template <typename To, typename From> To convert(From from) {
  if constexpr (std::is_same_v<From, To>) {
    return from;
  } else if constexpr (isSmallFloat<From>) {
    return convert<To>(from.toDouble());
  } else if constexpr (std::is_same_v<From, Bool>) {
    return convert<To>(static_cast<uint64_t>(from.value != 0));
  } else if constexpr (std::is_same_v<To, Bool>) {
    return {static_cast<uint8_t>(from != 0)};
  } else if constexpr (isSmallFloat<To>) {
    return To::fromDouble(static_cast<double>(from));
  } else if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) {
    // One above the highest value is a power of two and thus exact, which the highest value may not be.
    const double above = std::ldexp(1.0, std::numeric_limits<To>::digits);
    double lowest = static_cast<double>(std::numeric_limits<To>::min()), value = from;
    if (!(value > lowest))
      return std::numeric_limits<To>::min();
    return value >= above ? std::numeric_limits<To>::max() : static_cast<To>(value);
  } else {
    return static_cast<To>(from);
  }
}

template <typename T> struct Tag {
  using type = T;
};

/// Calls `fn(Tag<T>())` with the host type of elements of `type`.
template <typename Fn> decltype(auto) dispatch(mlir::Type type, Fn &&fn) {
  if (type.isF32())
    return fn(Tag<float>());
  if (type.isF64())
    return fn(Tag<double>());
  if (type.isF16())
    return fn(Tag<Half>());
  if (type.isBF16())
    return fn(Tag<BFloat>());
  if (type.isIndex())
    return fn(Tag<int64_t>());
  bool isUnsigned = type.isUnsignedInteger();
  switch (type.getIntOrFloatBitWidth()) {
  case 1:
    return fn(Tag<Bool>());
  case 8:
    return isUnsigned ? fn(Tag<uint8_t>()) : fn(Tag<int8_t>());
  case 16:
    return isUnsigned ? fn(Tag<uint16_t>()) : fn(Tag<int16_t>());
  case 32:
    return isUnsigned ? fn(Tag<uint32_t>()) : fn(Tag<int32_t>());
  default:
    return isUnsigned ? fn(Tag<uint64_t>()) : fn(Tag<int64_t>());
  }
}

/// Calls `fn(Tag<C>())` with the type that elements of `type` are computed in.
template <typename Fn> decltype(auto) dispatchCompute(mlir::Type type, Fn &&fn) {
  if (mlir::isa<mlir::FloatType>(type))
    return fn(Tag<double>());
  if (type.isUnsignedInteger() || type.isInteger(1))
    return fn(Tag<uint64_t>());
  return fn(Tag<int64_t>());
}

/// Integers wrap, which is only defined for unsigned ones.
template <typename T, typename Fn> T wrapping(T x, T y, Fn fn) {
  if constexpr (std::is_integral_v<T>)
    return static_cast<T>(fn(static_cast<uint64_t>(x), static_cast<uint64_t>(y)));
  else
    return fn(x, y);
}

/// Calls `fn(Tag<T>())` with an unsigned type of as many bytes as an element has, to move elements without looking at them.
template <typename Fn> decltype(auto) dispatchBytes(unsigned bytes, Fn &&fn) {
  switch (bytes) {
  case 1:
    return fn(Tag<uint8_t>());
  case 2:
    return fn(Tag<uint16_t>());
  case 4:
    return fn(Tag<uint32_t>());
  default:
    return fn(Tag<uint64_t>());
  }
}

/// Elements `first` to `first + count` in a type to compute in.
void load(const EvalTensor &tensor, int64_t first, int64_t count, double *out);
void load(const EvalTensor &tensor, int64_t first, int64_t count, int64_t *out);
void load(const EvalTensor &tensor, int64_t first, int64_t count, uint64_t *out);
void store(EvalTensor &tensor, int64_t first, int64_t count, const double *values);
void store(EvalTensor &tensor, int64_t first, int64_t count, const int64_t *values);
void store(EvalTensor &tensor, int64_t first, int64_t count, const uint64_t *values);

template <typename C> std::vector<C> loadAll(const EvalTensor &tensor) {
  std::vector<C> values(tensor.getNumElements());
  load(tensor, 0, tensor.getNumElements(), values.data());
  return values;
}
template <typename C> EvalTensor storeAll(llvm::ArrayRef<int64_t> shape, mlir::Type elementType, const std::vector<C> &values) {
  EvalTensor result = EvalTensor::uninitialized(shape, elementType);
  store(result, 0, result.getNumElements(), values.data());
  return result;
}

//===--- Shapes and loops --------------------------------------------------===//

int64_t product(llvm::ArrayRef<int64_t> sizes);
llvm::SmallVector<int64_t> rowMajorStrides(llvm::ArrayRef<int64_t> shape);
std::string describe(llvm::ArrayRef<int64_t> shape);

/// A tensor seen as [outer, size, inner] around one dimension.
struct AxisLoops {
  int64_t outer, size, inner;
  AxisLoops(llvm::ArrayRef<int64_t> shape, int64_t axis)
      : outer(product(shape.take_front(axis))), size(shape[axis]), inner(product(shape.drop_front(axis + 1))) {}
};

/// Calls `fn(offset, stride, count)` for each row along the last dimension of a box of sizes `shape`, in row-major order, where
/// going one index along dimension `d` moves by `strides[d]`.
template <typename Fn> void forEachRow(llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<int64_t> strides, int64_t start, Fn &&fn) {
  if (shape.empty())
    return fn(start, int64_t(1), int64_t(1));
  for (int64_t size : shape)
    if (size <= 0)
      return;
  int64_t outer = shape.size() - 1, offset = start;
  llvm::SmallVector<int64_t, 8> index(outer, 0);
  while (true) {
    fn(offset, strides[outer], shape[outer]);
    int64_t dim = outer - 1;
    for (; dim >= 0; --dim) {
      offset += strides[dim];
      if (++index[dim] < shape[dim])
        break;
      offset -= strides[dim] * shape[dim];
      index[dim] = 0;
    }
    if (dim < 0)
      return;
  }
}

/// Calls `fn(index)` for each index of a box, in row-major order.
template <typename Fn> void forEachIndex(llvm::ArrayRef<int64_t> shape, Fn &&fn) {
  for (int64_t size : shape)
    if (size <= 0)
      return;
  llvm::SmallVector<int64_t, 8> index(shape.size(), 0);
  while (true) {
    fn(llvm::ArrayRef<int64_t>(index));
    int64_t dim = static_cast<int64_t>(shape.size()) - 1;
    for (; dim >= 0; --dim) {
      if (++index[dim] < shape[dim])
        break;
      index[dim] = 0;
    }
    if (dim < 0)
      return;
  }
}

/// The elements of x at `start + sum(index * strides)` for each index below `shape`.
EvalTensor strided(const EvalTensor &x, llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<int64_t> strides, int64_t start = 0);
EvalTensor transposed(const EvalTensor &x, llvm::ArrayRef<int64_t> permutation);
/// The elements of x at the indices listed for each dimension; where one of them is -1, `fill`'s element.
EvalTensor select(const EvalTensor &x, llvm::ArrayRef<std::vector<int64_t>> indices, const EvalTensor &fill);
/// Writes `update` into `x` at `start + sum(index * strides)`.
void writeStrided(EvalTensor &x, const EvalTensor &update, llvm::ArrayRef<int64_t> strides, int64_t start);
/// The checked slice of a tensor, and a copy of it with the slice replaced.
llvm::FailureOr<EvalTensor> slice(EvalState &state, const EvalTensor &x, llvm::ArrayRef<int64_t> offsets,
                                  llvm::ArrayRef<int64_t> sizes, llvm::ArrayRef<int64_t> steps);
llvm::FailureOr<EvalTensor> updateSlice(EvalState &state, const EvalTensor &x, const EvalTensor &update,
                                        llvm::ArrayRef<int64_t> offsets, llvm::ArrayRef<int64_t> sizes,
                                        llvm::ArrayRef<int64_t> steps);
llvm::FailureOr<EvalTensor> concatenate(EvalState &state, llvm::ArrayRef<EvalTensor> inputs, int64_t axis);

} // namespace ingot::eval

#endif // INGOT_IR_EVAL_ELEMENTS_H
