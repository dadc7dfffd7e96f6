/*===- mt19937_uniform.c - The stream of NumPy's random.uniform(0, 1) -------------------------------------------------------===*\
|*
|* Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
|*
|* Inputs: none. Outputs: numbers (f64, one dimension); working memory of 624 32-bit words. Scalars: seed.
|*
|* MT19937 (Matsumoto and Nishimura, "Mersenne twister"), seeded as its authors' init_genrand does; a number is made of the upper 27
|* and 26 bits of two outputs. ONNX defines dropout with a seed by this stream, which can only be drawn in its order.
|*
\*===----------------------------------------------------------------------------------------------------------------------===*/
#include "ingot/kernel.h"

enum { WORDS = 624, SHIFT = 397 };

static void refill(uint32_t *state) {
  for (int i = 0; i < WORDS; ++i) {
    uint32_t mixed = (state[i] & 0x80000000u) | (state[(i + 1) % WORDS] & 0x7fffffffu);
    state[i] = state[(i + SHIFT) % WORDS] ^ (mixed >> 1) ^ (mixed & 1 ? 0x9908b0dfu : 0);
  }
}

static uint32_t temper(uint32_t word) {
  word ^= word >> 11;
  word ^= (word << 7) & 0x9d2c5680u;
  word ^= (word << 15) & 0xefc60000u;
  return word ^ (word >> 18);
}

int32_t ingot_kernel_mt19937_uniform(const int64_t *arguments) {
  ingot_kernel_tensor numbers, working;
  arguments = ingot_kernel_read(arguments, &numbers);
  arguments = ingot_kernel_read(arguments, &working);
  uint32_t *state = working.data;
  double *out = numbers.data;
  state[0] = (uint32_t)arguments[0];
  for (uint32_t i = 1; i < WORDS; ++i)
    state[i] = 1812433253u * (state[i - 1] ^ (state[i - 1] >> 30)) + i;
  int next = WORDS;
  for (int64_t i = 0; i < numbers.dims[0]; ++i) {
    if (next == WORDS) {
      refill(state);
      next = 0;
    }
    uint32_t upper = temper(state[next]) >> 5, lower = temper(state[next + 1]) >> 6;
    next += 2;
    out[i * numbers.strides[0]] = (upper * 67108864.0 + lower) / 9007199254740992.0;
  }
  return 0;
}
