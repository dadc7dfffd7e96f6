//===- Peak.cpp - What the machine can do ---------------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Chains of multiply-adds that touch no memory. A chain waits for itself, so a core needs latency x throughput of them: 8 on the
// widest one known. Twelve leave room, and still fit the sixteen registers of AVX2.
//
//===----------------------------------------------------------------------===//

#include "utils/support/Peak.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <thread>
#include <vector>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace ingot {

namespace {

constexpr int kChains = 12;

/// Runs `rounds` steps of every chain; `seed` keeps the compiler from knowing the result.
using Chains = float (*)(int64_t rounds, float seed);

struct Probe {
  const char *name;
  Chains run;
  int64_t operationsPerRound;
};

// The chains are written out: a loop over an array of vectors is not sure to stay in registers.
#define INGOT_CHAINS(STEP)                                                                                                         \
  for (int64_t i = 0; i < rounds; ++i) {                                                                                           \
    STEP(0) STEP(1) STEP(2) STEP(3) STEP(4) STEP(5) STEP(6) STEP(7) STEP(8) STEP(9) STEP(10) STEP(11)                              \
  }

#if defined(__x86_64__)

__attribute__((target("avx512f"))) float chainsAvx512(int64_t rounds, float seed) {
  __m512 scale = _mm512_set1_ps(seed), shift = _mm512_set1_ps(1 - seed);
  __m512 a0 = scale, a1 = scale, a2 = scale, a3 = scale, a4 = scale, a5 = scale, a6 = scale, a7 = scale, a8 = scale, a9 = scale,
         a10 = scale, a11 = scale;
  // The empty statement keeps the chains apart: they all hold the same values.
#define INGOT_STEP(i)                                                                                                              \
  a##i = _mm512_fmadd_ps(a##i, scale, shift);                                                                                      \
  __asm__ volatile("" : "+v"(a##i));
  INGOT_CHAINS(INGOT_STEP)
#undef INGOT_STEP
  __m512 sum = _mm512_add_ps(_mm512_add_ps(_mm512_add_ps(a0, a1), _mm512_add_ps(a2, a3)),
                             _mm512_add_ps(_mm512_add_ps(a4, a5), _mm512_add_ps(a6, a7)));
  sum = _mm512_add_ps(sum, _mm512_add_ps(_mm512_add_ps(a8, a9), _mm512_add_ps(a10, a11)));
  return _mm512_cvtss_f32(sum);
}

__attribute__((target("avx2,fma"))) float chainsAvx2(int64_t rounds, float seed) {
  __m256 scale = _mm256_set1_ps(seed), shift = _mm256_set1_ps(1 - seed);
  __m256 a0 = scale, a1 = scale, a2 = scale, a3 = scale, a4 = scale, a5 = scale, a6 = scale, a7 = scale, a8 = scale, a9 = scale,
         a10 = scale, a11 = scale;
#define INGOT_STEP(i)                                                                                                              \
  a##i = _mm256_fmadd_ps(a##i, scale, shift);                                                                                      \
  __asm__ volatile("" : "+x"(a##i));
  INGOT_CHAINS(INGOT_STEP)
#undef INGOT_STEP
  __m256 sum = _mm256_add_ps(_mm256_add_ps(_mm256_add_ps(a0, a1), _mm256_add_ps(a2, a3)),
                             _mm256_add_ps(_mm256_add_ps(a4, a5), _mm256_add_ps(a6, a7)));
  sum = _mm256_add_ps(sum, _mm256_add_ps(_mm256_add_ps(a8, a9), _mm256_add_ps(a10, a11)));
  return _mm256_cvtss_f32(sum);
}

#endif

// A multiplication and an addition on vectors of 16 bytes, which every 64-bit machine has.
float chainsPlain(int64_t rounds, float seed) {
  typedef float Vector __attribute__((vector_size(16)));
  Vector scale = {seed, seed, seed, seed}, shift = 1 - scale;
  Vector a0 = scale, a1 = scale, a2 = scale, a3 = scale, a4 = scale, a5 = scale, a6 = scale, a7 = scale, a8 = scale, a9 = scale,
         a10 = scale, a11 = scale;
#if defined(__x86_64__)
#define INGOT_KEEP(i) __asm__ volatile("" : "+x"(a##i));
#else
#define INGOT_KEEP(i) __asm__ volatile("" : "+w"(a##i));
#endif
#define INGOT_STEP(i)                                                                                                              \
  a##i = a##i * scale + shift;                                                                                                     \
  INGOT_KEEP(i)
  INGOT_CHAINS(INGOT_STEP)
#undef INGOT_STEP
  Vector sum = ((a0 + a1) + (a2 + a3)) + ((a4 + a5) + (a6 + a7)) + ((a8 + a9) + (a10 + a11));
  return sum[0];
}

Probe chooseProbe() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f"))
    return {"AVX-512 FMA", chainsAvx512, kChains * 16 * 2};
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
    return {"AVX2 FMA", chainsAvx2, kChains * 8 * 2};
#endif
  return {"no FMA", chainsPlain, kChains * 4 * 2};
}

// Reads `bytes`, a multiple of 512; the sums keep the compiler from leaving the loads out.
#define INGOT_READ(VECTOR, LOAD, XOR)                                                                                              \
  VECTOR s0 = {}, s1 = {}, s2 = {}, s3 = {};                                                                                       \
  for (size_t i = 0; i < bytes; i += 8 * sizeof(VECTOR)) {                                                                         \
    const VECTOR *from = reinterpret_cast<const VECTOR *>(data + i);                                                               \
    s0 = XOR(s0, LOAD(from)), s1 = XOR(s1, LOAD(from + 1)), s2 = XOR(s2, LOAD(from + 2)), s3 = XOR(s3, LOAD(from + 3));            \
    s0 = XOR(s0, LOAD(from + 4)), s1 = XOR(s1, LOAD(from + 5)), s2 = XOR(s2, LOAD(from + 6)), s3 = XOR(s3, LOAD(from + 7));        \
  }                                                                                                                                \
  s0 = XOR(XOR(s0, s1), XOR(s2, s3));                                                                                              \
  return reinterpret_cast<const char *>(&s0)[0];

using Reader = char (*)(const char *data, size_t bytes);

#if defined(__x86_64__)
__attribute__((target("avx512f"))) char readAvx512(const char *data, size_t bytes) {
  INGOT_READ(__m512i, _mm512_load_si512, _mm512_xor_si512)
}
__attribute__((target("avx2"))) char readAvx2(const char *data, size_t bytes) {
  INGOT_READ(__m256i, _mm256_load_si256, _mm256_xor_si256)
}
#endif

typedef long long Plain __attribute__((vector_size(16)));
Plain loadPlain(const Plain *from) { return *from; }
Plain xorPlain(Plain a, Plain b) { return a ^ b; }
char readPlain(const char *data, size_t bytes) { INGOT_READ(Plain, loadPlain, xorPlain) }

Reader chooseReader() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f"))
    return readAvx512;
  if (__builtin_cpu_supports("avx2"))
    return readAvx2;
#endif
  return readPlain;
}

const Probe &probe() {
  static const Probe chosen = chooseProbe();
  return chosen;
}

} // namespace

const char *peakInstructions() {
  return probe().name;
}

double probePeak() {
  constexpr int64_t kRounds = 3000;
  static volatile float seed = 0.5f, sink;
  double best = 0;
  // Several short stretches, of which the fastest was not interrupted.
  for (int i = 0; i < 12; ++i) {
    auto start = std::chrono::steady_clock::now();
    sink = probe().run(kRounds, seed);
    double nanoseconds = std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - start).count();
    best = std::max(best, double(kRounds * probe().operationsPerRound) / nanoseconds);
  }
  (void)sink;
  return best;
}

double probeBandwidth(size_t bytes, unsigned threads) {
  bytes = (bytes + 511) / 512 * 512;
  Reader read = chooseReader();
  // Enough for the clock, and several times.
  int repeats = int(std::max<size_t>(1, (size_t(4) << 20) / bytes));
  std::vector<double> rates(std::max(threads, 1u));
  std::atomic<unsigned> ready{0};
  auto work = [&](unsigned thread) {
    std::unique_ptr<char, decltype(&std::free)> data(static_cast<char *>(std::aligned_alloc(512, bytes)), &std::free);
    if (data)
      std::memset(data.get(), 1, bytes);
    // All read at the same time, or the others' share would be measured as one's own.
    ++ready;
    while (ready.load() < rates.size())
      std::this_thread::yield();
    static volatile char sink;
    for (int i = 0; data && i < 6; ++i) {
      auto start = std::chrono::steady_clock::now();
      for (int k = 0; k < repeats; ++k)
        sink = read(data.get(), bytes);
      double nanoseconds = std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - start).count();
      rates[thread] = std::max(rates[thread], double(bytes) * repeats / nanoseconds);
    }
    (void)sink;
  };
  std::vector<std::thread> others;
  for (unsigned thread = 1; thread < rates.size(); ++thread)
    others.emplace_back(work, thread);
  work(0);
  for (std::thread &thread : others)
    thread.join();
  double sum = 0;
  for (double rate : rates)
    sum += rate;
  return sum / double(rates.size());
}

} // namespace ingot
