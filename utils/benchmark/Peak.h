//===- Peak.h - What the machine can do -------------------------*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_BENCHMARK_PEAK_H
#define INGOT_BENCHMARK_PEAK_H

namespace ingot::benchmark {

/// The instructions that the probe uses here: "AVX-512 FMA", "AVX2 FMA" or "no FMA".
const char *peakInstructions();

/// f32 operations of one core in a nanosecond (GF/s), measured now by multiply-adds on registers alone; takes about 150 us.
double probePeak();

} // namespace ingot::benchmark

#endif // INGOT_BENCHMARK_PEAK_H
