//===- Floats.h - Numbers of 16 bits --------------------------------*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_RUNTIME_SRC_TRAINING_FLOATS_H
#define INGOT_RUNTIME_SRC_TRAINING_FLOATS_H

#include <stdint.h>
#include <string.h>

namespace ingot::runtime {

inline uint32_t bitsOf(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof(bits));
  return bits;
}

/// To nearest, ties to even, as the compiled code rounds.
inline uint16_t toHalf(float value) {
  uint32_t bits = bitsOf(value), sign = bits >> 16 & 0x8000u, rest = bits & 0x7fffffffu;
  if (rest > 0x7f800000u)
    return uint16_t(sign | 0x7e00u);
  if (rest >= 0x477ff000u)
    return uint16_t(sign | 0x7c00u);
  if (rest < 0x38800000u) { // subnormal: adding 1/2 leaves the result in the last bits, rounded
    float shifted;
    memcpy(&shifted, &rest, sizeof(shifted));
    return uint16_t(sign | (bitsOf(shifted + 0.5f) - bitsOf(0.5f)));
  }
  return uint16_t(sign | ((rest - 0x38000000u + 0xfffu + (rest >> 13 & 1)) >> 13));
}

inline uint16_t toBFloat(float value) {
  uint32_t bits = bitsOf(value);
  if ((bits & 0x7fffffffu) > 0x7f800000u)
    return uint16_t(bits >> 16 | 0x40u);
  return uint16_t((bits + 0x7fffu + (bits >> 16 & 1)) >> 16);
}

inline float fromHalf(uint16_t half) {
  uint32_t sign = uint32_t(half & 0x8000u) << 16, exponent = half >> 10 & 31, mantissa = half & 0x3ffu, bits;
  if (!exponent) {
    float value = float(mantissa) * 0x1p-24f;
    return sign ? -value : value;
  }
  bits = sign | (exponent == 31 ? 0x7f800000u : (exponent + 112) << 23) | mantissa << 13;
  float value;
  memcpy(&value, &bits, sizeof(value));
  return value;
}

inline float fromBFloat(uint16_t value) {
  uint32_t bits = uint32_t(value) << 16;
  float result;
  memcpy(&result, &bits, sizeof(result));
  return result;
}

} // namespace ingot::runtime

#endif // INGOT_RUNTIME_SRC_TRAINING_FLOATS_H
