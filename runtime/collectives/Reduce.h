//===- Reduce.h - Sums of elements of any type ----------------------*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_RUNTIME_COLLECTIVES_REDUCE_H
#define INGOT_RUNTIME_COLLECTIVES_REDUCE_H

#include "../src/training/Floats.h"

#include "ingot/training.h"

namespace ingot::runtime {

/// What adds up `count` elements of type `T` from each of `sources`, from the first to the last. Integers wrap around.
template <typename T> void addUp(void *to, const void *const *sources, int sourceCount, int64_t count) {
  auto *sum = static_cast<T *>(to);
  for (int64_t i = 0; i < count; ++i)
    sum[i] = static_cast<const T *>(sources[0])[i];
  for (int source = 1; source < sourceCount; ++source) {
    const auto *values = static_cast<const T *>(sources[source]);
    for (int64_t i = 0; i < count; ++i)
      sum[i] = T(sum[i] + values[i]);
  }
}

/// Numbers of 16 bits are rounded once, at the end.
template <uint16_t (*To)(float), float (*From)(uint16_t)>
void addUpHalves(void *to, const void *const *sources, int sourceCount, int64_t count) {
  for (int64_t i = 0; i < count; ++i) {
    float sum = 0;
    for (int source = 0; source < sourceCount; ++source)
      sum += From(static_cast<const uint16_t *>(sources[source])[i]);
    static_cast<uint16_t *>(to)[i] = To(sum);
  }
}

using AddUp = void (*)(void *to, const void *const *sources, int sourceCount, int64_t count);

/// The one for a type, and the bytes of its elements; null for a type that has no sum. `to` may be one of the sources only if that is the
/// first.
inline AddUp addUpOf(int32_t dtype, int64_t &bytes) {
  switch (dtype) {
  case INGOT_F32: return bytes = 4, addUp<float>;
  case INGOT_F64: return bytes = 8, addUp<double>;
  case INGOT_F16: return bytes = 2, addUpHalves<toHalf, fromHalf>;
  case INGOT_BF16: return bytes = 2, addUpHalves<toBFloat, fromBFloat>;
  case INGOT_I8: case INGOT_U8: return bytes = 1, addUp<uint8_t>;
  case INGOT_I16: case INGOT_U16: return bytes = 2, addUp<uint16_t>;
  case INGOT_I32: case INGOT_U32: return bytes = 4, addUp<uint32_t>;
  case INGOT_I64: case INGOT_U64: return bytes = 8, addUp<uint64_t>;
  default: return bytes = 0, nullptr;
  }
}

} // namespace ingot::runtime

#endif // INGOT_RUNTIME_COLLECTIVES_REDUCE_H
